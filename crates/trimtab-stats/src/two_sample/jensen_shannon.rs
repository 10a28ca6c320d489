//! The Jensen–Shannon distance (JS).

use super::{chi_mean, degrees, totals};
use crate::error::StatsError;

/// Computes the Jensen–Shannon (JS) distance of two binned samples, base 2.
///
/// With shares `p`, `q` and `r = (p + q) / 2` it is the square root of
/// `½ Σ p log2(p/r) + ½ Σ q log2(q/r)`: a metric in `[0, 1]`, 0 for equal shares, 1
/// when no bin is used by both. Empty bins need no smoothing.
///
/// * `reference`, `current`: observations per bin, shape `(k,)`, unit: rows, cut with
///   the same edges.
///
/// The divergence is its square; tools differ in which of the two they print, and
/// in the base (this is `SciPy`'s `jensenshannon(p, q, base=2)`).
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// # Source
///
/// D. Endres and J. Schindelin, *A new metric for probability distributions* (2003).
///
/// # Examples
///
/// ```
/// use trimtab_stats::jensen_shannon_distance;
///
/// assert_eq!(jensen_shannon_distance(&[3, 0], &[0, 5])?, 1.0);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn jensen_shannon_distance(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    let mut divergence = 0.0;
    for (&in_reference, &in_current) in reference.iter().zip(current) {
        let p = in_reference as f64 / n;
        let q = in_current as f64 / m;
        let sum = p + q;
        if sum > 0.0 {
            divergence += 0.25 * sum * entropy_gap((p - q) / sum);
        }
    }
    divergence /= std::f64::consts::LN_2;
    Ok(divergence.clamp(0.0, 1.0).sqrt())
}

/// `(1 + u) ln(1 + u) + (1 − u) ln(1 − u)` for `u` in `[-1, 1]`, with all its digits
/// near 0, where the two terms cancel.
fn entropy_gap(u: f64) -> f64 {
    let square = u * u;
    if square < 1e-4 {
        return square * (1.0 + square * (1.0 / 6.0 + square * (1.0 / 15.0 + square / 28.0)));
    }
    let term = |v: f64| if v > -1.0 { (1.0 + v) * v.ln_1p() } else { 0.0 };
    term(u) + term(-u)
}

/// Expected distance without drift at these samples' sizes (first order in `1/n`).
///
/// # Errors
///
/// As [`jensen_shannon_distance`].
pub fn jensen_shannon_noise_floor(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    let per_degree = (1.0 / n + 1.0 / m) / (8.0 * std::f64::consts::LN_2);
    Ok((per_degree.sqrt() * chi_mean(degrees(reference, current))).min(1.0))
}
