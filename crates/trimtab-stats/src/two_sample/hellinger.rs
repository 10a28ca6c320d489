//! The Hellinger distance.

use super::{chi_mean, degrees, totals};
use crate::error::StatsError;

/// Computes the Hellinger distance of two binned samples.
///
/// `√(½ Σ (√p − √q)²)` over the shares: a metric in `[0, 1]`, 0 for equal shares, 1
/// when no bin is used by both.
///
/// * `reference`, `current`: observations per bin, shape `(k,)`, unit: rows, cut with
///   the same edges.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// # Source
///
/// E. Hellinger (1909).
///
/// # Examples
///
/// ```
/// use trimtab_stats::hellinger_distance;
///
/// assert_eq!(hellinger_distance(&[3, 0], &[0, 5])?, 1.0);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn hellinger_distance(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    let squares = reference.iter().zip(current).map(|(&r, &c)| {
        let difference = (r as f64 / n).sqrt() - (c as f64 / m).sqrt();
        difference * difference
    });
    Ok((0.5 * squares.sum::<f64>()).clamp(0.0, 1.0).sqrt())
}

/// Expected distance without drift at these samples' sizes (first order in `1/n`).
///
/// # Errors
///
/// As [`hellinger_distance`].
pub fn hellinger_noise_floor(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    let per_degree = (1.0 / n + 1.0 / m) / 8.0;
    Ok((per_degree.sqrt() * chi_mean(degrees(reference, current))).min(1.0))
}
