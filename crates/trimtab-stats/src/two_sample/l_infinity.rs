//! The L∞ distance: the largest change of a share.

use super::totals;
use crate::error::StatsError;
use crate::special::normal_sf;

/// Computes the L∞ distance of two binned samples: the largest absolute change of one
/// bin's share.
///
/// * `reference`, `current`: observations per bin, shape `(k,)`, unit: rows, cut with
///   the same edges.
///
/// In `[0, 1]`; it depends on how the bins are cut, and sees one category only.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::l_infinity_distance;
///
/// assert_eq!(l_infinity_distance(&[1, 3, 0], &[2, 1, 1])?, 0.5);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn l_infinity_distance(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    Ok(reference
        .iter()
        .zip(current)
        .map(|(&r, &c)| (r as f64 / n - c as f64 / m).abs())
        .fold(0.0, f64::max))
}

/// Expected distance without drift at these samples' sizes.
///
/// `∫ (1 − Π P(|Z_i| ≤ x)) dx` with `Z_i` normal of variance
/// `p_i (1 − p_i) (1/n + 1/m)`, `p` the shares of the pooled sample: changes of shares
/// taken as normal and, but for the last of two categories, as independent. Within 10 %
/// where the shares have a few rows each.
///
/// # Errors
///
/// As [`l_infinity_distance`].
pub fn l_infinity_noise_floor(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    const N_STEPS: u32 = 400;
    let (n, m) = totals(reference, current)?;
    let mut deviations: Vec<f64> = reference
        .iter()
        .zip(current)
        .filter(|&(&r, &c)| r > 0 || c > 0)
        .map(|(&r, &c)| {
            let pooled = (r as f64 + c as f64) / (n + m);
            (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
                .max(0.0)
                .sqrt()
        })
        .collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let Some(&largest) = deviations.last() else {
        return Ok(0.0);
    };
    if largest == 0.0 {
        return Ok(0.0);
    }
    if deviations.len() == 2 {
        // Both shares change by the same amount.
        deviations.pop();
    }
    let step = 8.0 * largest / f64::from(N_STEPS);
    let mut integral = 0.0;
    for i in 0..N_STEPS {
        let x = (f64::from(i) + 0.5) * step;
        let mut all_below = 1.0;
        for &deviation in deviations.iter().rev() {
            let z = x / deviation;
            if z > 9.0 {
                // So are all that follow.
                break;
            }
            all_below *= 1.0 - 2.0 * normal_sf(z);
        }
        integral += (1.0 - all_below) * step;
    }
    Ok(integral.min(1.0))
}
