//! Amazon SageMaker Model Monitor: the distances of deequ, which it is built on.
//!
//! By its documentation and deequ's published source (`analyzers/Distance.scala`): the largest
//! gap between distribution functions, or between shares, less `1.8 √((n + m) / (n m))`
//! ("robust", the default), against `comparison_threshold` 0.1.

use super::{Column, Counted, PeerResult, only, sorted};
use crate::special::ln_chi_squared_sf;
use crate::two_sample::two_sample_ks;

const THRESHOLD: f64 = 0.1;
const LEVEL: f64 = 0.05;
const ROBUST: &str = "largest gap less 1.8 √(1/n + 1/m) (robust), limit 0.1";

fn robust(gap: f64, n: f64, m: f64) -> f64 {
    (gap - 1.8 * ((n + m) / (n * m)).sqrt()).max(0.0)
}

pub(super) fn numeric(column: &Column<'_, f64>) -> PeerResult {
    let Ok(found) = two_sample_ks(&sorted(column.reference), &sorted(column.current)) else {
        return PeerResult::silent("ks", ROBUST);
    };
    let (n, m) = (column.reference.len() as f64, column.current.len() as f64);
    let gap = robust(found.statistic, n, m);
    PeerResult::of_distance("ks", ROBUST, gap, THRESHOLD, gap > THRESHOLD)
}

pub(super) fn categorical(
    counted: &Counted,
    method: Option<&str>,
) -> Result<PeerResult, &'static [&'static str]> {
    only(method, &["l_infinity", "chi2"])?;
    let (n, m) = (counted.n_reference(), counted.n_current());
    let method = method.unwrap_or("l_infinity");
    if n == 0.0 || m == 0.0 {
        return Ok(PeerResult::silent("l_infinity", ROBUST));
    }
    if method == "l_infinity" {
        let (p, q) = counted.shares();
        let gap = p
            .iter()
            .zip(&q)
            .map(|(p, q)| (p - q).abs())
            .fold(0.0, f64::max);
        let gap = robust(gap, n, m);
        return Ok(PeerResult::of_distance(
            "l_infinity",
            ROBUST,
            gap,
            THRESHOLD,
            gap > THRESHOLD,
        ));
    }
    // One sample: the reference's shares are taken as exact.
    let expected: Vec<f64> = counted
        .reference
        .iter()
        .map(|count| count * m / n)
        .collect();
    let statistic: f64 = expected
        .iter()
        .zip(&counted.current)
        .filter(|(expected, found)| **expected + **found > 0.0)
        .map(|(expected, found)| (found - expected) * (found - expected) / expected)
        .sum();
    let df = counted.shares().0.len() as f64 - 1.0;
    let p_value = if df > 0.0 {
        ln_chi_squared_sf(statistic, df).exp()
    } else {
        1.0
    };
    Ok(PeerResult::of_p(
        "chi2",
        "one sample against the reference's shares, limit 0.05",
        statistic,
        p_value,
        LEVEL,
        p_value < LEVEL,
    ))
}
