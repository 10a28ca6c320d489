//! Scouter 0.25: population stability index on the reference's deciles.

use super::{Column, Counted, PeerResult, sorted};
use crate::special::gamma_quantile_upper;

/// Added to every share.
const EPSILON: f64 = 1e-10;
/// Level of its χ² limit.
const ALPHA: f64 = 0.05;
const VARIANT: &str = "reference deciles (R-7), bins closed above, 1e-10 added to shares; limit χ²₀.₉₅(bins − 1) / current rows, which takes the reference as exact";
const CATEGORIES: &str = "the reference's categories, unseen ones dropped, 1e-10 added to shares; limit χ²₀.₉₅(bins − 1) / current rows";

pub(super) fn numeric(column: &Column<'_, f64>) -> PeerResult {
    if column.reference.is_empty() || column.current.is_empty() {
        return PeerResult::silent("psi", VARIANT);
    }
    let reference = sorted(column.reference);
    let edges: Vec<f64> = (1..10)
        .map(|decile| quantile(&reference, f64::from(decile) / 10.0))
        .collect();
    let shares = |values: &[f64]| {
        let mut counts = vec![0.0; edges.len() + 1];
        for value in values {
            counts[edges.partition_point(|edge| edge < value)] += 1.0;
        }
        counts
            .iter()
            .map(|count| count / values.len() as f64)
            .collect::<Vec<f64>>()
    };
    judged(
        VARIANT,
        &shares(column.reference),
        &shares(column.current),
        column.current.len() as f64,
    )
}

pub(super) fn categorical(counted: &Counted) -> PeerResult {
    let (n, m) = (counted.n_reference(), counted.n_current());
    if n == 0.0 || m == 0.0 {
        return PeerResult::silent("psi", CATEGORIES);
    }
    let (p, q): (Vec<f64>, Vec<f64>) = counted
        .reference
        .iter()
        .zip(&counted.current)
        .filter(|(reference, _)| **reference > 0.0)
        .map(|(reference, current)| (reference / n, current / m))
        .unzip();
    judged(CATEGORIES, &p, &q, m)
}

fn judged(variant: &'static str, p: &[f64], q: &[f64], n_current: f64) -> PeerResult {
    let index: f64 = p
        .iter()
        .zip(q)
        .map(|(p, q)| (p - q) * ((p + EPSILON) / (q + EPSILON)).ln())
        .sum();
    let df = p.len() as f64 - 1.0;
    // χ²(df) is twice a gamma law of shape df/2.
    let quantile = if df > 0.0 {
        2.0 * gamma_quantile_upper(df / 2.0, ALPHA.ln())
    } else {
        0.0
    };
    let threshold = quantile / n_current;
    PeerResult::of_distance("psi", variant, index, threshold, index >= threshold)
}

/// Quantile by linear interpolation of order statistics (R-7, NumPy's default).
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let position = level * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
    low + (high - low) * (position - below as f64)
}
