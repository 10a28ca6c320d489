//! The total variation distance.

use super::totals;
use crate::error::StatsError;

/// Computes the total variation distance of two binned samples.
///
/// `½ Σ |p − q|` over the shares: the share of rows that would have to change bins
/// to make the samples equal. In `[0, 1]`.
///
/// * `reference`, `current`: observations per bin, shape `(k,)`, unit: rows, cut with
///   the same edges.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// # Examples
///
/// ```
/// use trimtab_stats::total_variation_distance;
///
/// assert_eq!(total_variation_distance(&[1, 3], &[2, 2])?, 0.25);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn total_variation_distance(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    let changes = reference
        .iter()
        .zip(current)
        .map(|(&r, &c)| (r as f64 / n - c as f64 / m).abs());
    Ok((0.5 * changes.sum::<f64>()).min(1.0))
}

/// Expected distance without drift at these samples' sizes (normal approximation,
/// shares of the pooled sample).
///
/// # Errors
///
/// As [`total_variation_distance`].
pub fn total_variation_noise_floor(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    let spread = (2.0 / std::f64::consts::PI * (1.0 / n + 1.0 / m)).sqrt();
    let roots = reference.iter().zip(current).map(|(&r, &c)| {
        let pooled = (r as f64 + c as f64) / (n + m);
        (pooled * (1.0 - pooled)).max(0.0).sqrt()
    });
    Ok((0.5 * spread * roots.sum::<f64>()).min(1.0))
}
