//! whylogs 1.6: KS of quantile sketches for numbers, one-sample χ² of frequent items for others.
//!
//! Its KLL sketch draws random numbers, so its own answers differ from run to run; here the exact
//! distribution takes the sketch's place. It reads KS at 100 quantiles of each side and counts
//! values *below* them.

use super::{Column, Counted, PeerResult, only, sorted};
use crate::special::ln_chi_squared_sf;
use crate::two_sample::kolmogorov_sf;

const DRIFT: f64 = 0.05;
/// Quantiles read of each side.
const N_QUANTILES: usize = 100;
/// Frequent items kept.
const N_FREQUENT: usize = 128;
const KS: &str = "gap at 100 quantiles of each side, distribution exact where whylogs has a KLL sketch; drift below p 0.05";
const HELLINGER: &str =
    "equal bins over both sides, at most 30, about 4 values a bin; drift from 0.4";
const CHI2: &str = "one sample: expected counts are truncated reference shares, a new category makes it infinite; drift below p 0.05";

pub(super) fn numeric(
    column: &Column<'_, f64>,
    method: Option<&str>,
) -> Result<PeerResult, &'static [&'static str]> {
    only(method, &["ks", "hellinger"])?;
    let (reference, current) = (sorted(column.reference), sorted(column.current));
    let is_hellinger = method == Some("hellinger");
    if reference.is_empty() || current.is_empty() {
        let (name, variant) = if is_hellinger {
            ("hellinger", HELLINGER)
        } else {
            ("ks", KS)
        };
        return Ok(PeerResult::silent(name, variant));
    }
    Ok(if is_hellinger {
        hellinger(&reference, &current)
    } else {
        ks(&reference, &current)
    })
}

fn ks(reference: &[f64], current: &[f64]) -> PeerResult {
    let below =
        |values: &[f64], at: f64| values.partition_point(|v| *v < at) as f64 / values.len() as f64;
    let quantiles = |values: &[f64]| -> Vec<f64> {
        (0..N_QUANTILES)
            .map(|i| {
                let rank = i as f64 / (N_QUANTILES - 1) as f64 * values.len() as f64;
                values[(rank as usize).min(values.len() - 1)]
            })
            .collect()
    };
    let gap = quantiles(reference)
        .into_iter()
        .chain(quantiles(current))
        .map(|at| (below(reference, at) - below(current, at)).abs())
        .fold(0.0, f64::max);
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let p_value = kolmogorov_sf(gap, (n * m / (n + m)).round() as u64);
    PeerResult::of_p("ks", KS, gap, p_value, DRIFT, p_value < DRIFT)
}

fn hellinger(reference: &[f64], current: &[f64]) -> PeerResult {
    const DRIFT: f64 = 0.4;
    let start = reference[0].min(current[0]);
    let end = reference[reference.len() - 1].max(current[current.len() - 1]);
    // The end is moved a little so that the largest value lies inside.
    let end = end + (end - start).abs() / 1e7;
    let n = (reference.len() + current.len()) as f64;
    let n_bins = ((n / 4.0).ceil() as usize).clamp(2, 30);
    let width = (end - start) / n_bins as f64;
    let shares = |values: &[f64]| -> Vec<f64> {
        let mut counts = vec![0.0; n_bins + 2];
        for value in values {
            let bin = if width > 0.0 {
                ((value - start) / width) as usize
            } else {
                0
            };
            counts[(bin + 1).min(n_bins + 1)] += 1.0;
        }
        counts
            .iter()
            .map(|count| count / values.len() as f64)
            .collect()
    };
    let squares: f64 = shares(reference)
        .iter()
        .zip(shares(current))
        .map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2))
        .sum();
    let distance = (squares / 2.0).sqrt();
    PeerResult::of_distance("hellinger", HELLINGER, distance, DRIFT, distance >= DRIFT)
}

pub(super) fn categorical(counted: &Counted) -> PeerResult {
    let (n, m) = (counted.n_reference(), counted.n_current());
    if n == 0.0 || m == 0.0 {
        return PeerResult::silent("chi2", CHI2);
    }
    let frequent = |counts: &[f64]| {
        let mut order: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] > 0.0).collect();
        order.sort_by(|&a, &b| counts[b].total_cmp(&counts[a]).then(a.cmp(&b)));
        order.truncate(N_FREQUENT);
        order
    };
    let in_reference = frequent(&counted.reference);
    let in_current = frequent(&counted.current);
    let mut statistic = 0.0;
    for &category in in_current.iter().chain(
        in_reference
            .iter()
            .filter(|category| !in_current.contains(category)),
    ) {
        let expected = if in_reference.contains(&category) {
            (counted.reference[category] / n * m).trunc()
        } else {
            0.0
        };
        let found = if in_current.contains(&category) {
            counted.current[category]
        } else {
            0.0
        };
        if expected == 0.0 {
            statistic = f64::INFINITY;
            break;
        }
        statistic += (found - expected) * (found - expected) / expected;
    }
    let distinct = counted.current.iter().filter(|count| **count > 0.0).count();
    let df = distinct.saturating_sub(1).max(1) as f64;
    let p_value = if statistic.is_infinite() {
        0.0
    } else {
        ln_chi_squared_sf(statistic, df).exp()
    };
    PeerResult::of_p("chi2", CHI2, statistic, p_value, DRIFT, p_value < DRIFT)
}
