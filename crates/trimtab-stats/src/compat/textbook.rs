//! What the textbooks say: the test of the column's type at 5 %, column by column.

use super::{Column, Counted, PeerResult, only, sorted};
use crate::special::ln_chi_squared_sf;
use crate::two_sample::two_sample_ks;

const LEVEL: f64 = 0.05;
const INDEX_LIMIT: f64 = 0.25;

pub(super) fn numeric(
    column: &Column<'_, f64>,
    method: Option<&str>,
) -> Result<PeerResult, &'static [&'static str]> {
    only(method, &["ks", "psi"])?;
    if method == Some("psi") {
        let found = super::scouter::numeric(column);
        return Ok(PeerResult {
            variant: "reference deciles, 1e-10 added to shares, limit 0.25",
            threshold: Some(INDEX_LIMIT),
            is_drift: found.statistic.map(|index| index > INDEX_LIMIT),
            ..found
        });
    }
    let variant = "two-sided, p below 0.05, no correction over columns";
    let Ok(found) = two_sample_ks(&sorted(column.reference), &sorted(column.current)) else {
        return Ok(PeerResult::silent("ks", variant));
    };
    Ok(PeerResult::of_p(
        "ks",
        variant,
        found.statistic,
        found.p_value,
        LEVEL,
        found.p_value < LEVEL,
    ))
}

pub(super) fn categorical(
    counted: &Counted,
    method: Option<&str>,
) -> Result<PeerResult, &'static [&'static str]> {
    only(method, &["chi2", "psi"])?;
    if method == Some("psi") {
        let found = super::scouter::categorical(counted);
        return Ok(PeerResult {
            variant: "shares of categories, 1e-10 added, limit 0.25",
            threshold: Some(INDEX_LIMIT),
            is_drift: found.statistic.map(|index| index > INDEX_LIMIT),
            ..found
        });
    }
    let variant =
        "contingency of counts without Yates' correction, p below 0.05, no correction over columns";
    let (n, m) = (counted.n_reference(), counted.n_current());
    if n == 0.0 || m == 0.0 {
        return Ok(PeerResult::silent("chi2", variant));
    }
    let occupied: Vec<(f64, f64)> = counted
        .reference
        .iter()
        .zip(&counted.current)
        .map(|(r, c)| (*r, *c))
        .filter(|(r, c)| r + c > 0.0)
        .collect();
    let statistic: f64 = occupied
        .iter()
        .map(|(r, c)| {
            let share = (r + c) / (n + m);
            (r - n * share).powi(2) / (n * share) + (c - m * share).powi(2) / (m * share)
        })
        .sum();
    let df = occupied.len() as f64 - 1.0;
    let p_value = if df > 0.0 {
        ln_chi_squared_sf(statistic, df).exp()
    } else {
        1.0
    };
    Ok(PeerResult::of_p(
        "chi2",
        variant,
        statistic,
        p_value,
        LEVEL,
        p_value < LEVEL,
    ))
}
