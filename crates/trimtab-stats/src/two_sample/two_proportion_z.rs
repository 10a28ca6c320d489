//! Two proportions, by the pooled z statistic.

use crate::error::StatsError;
use crate::special::ln_normal_sf;

/// What the comparison of two proportions found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoProportionZ {
    /// Current minus reference proportion, in `[-1, 1]`.
    pub difference: f64,
    /// Its pooled z statistic; above 0 where the current proportion is larger.
    pub statistic: f64,
    /// Two-sided p-value of the normal law.
    pub p_value: f64,
}

/// Compares two proportions by the pooled z statistic (its square is the χ² of the
/// two-by-two table without continuity correction).
///
/// # Arguments
///
/// * `reference`, `current`: successes and trials, unit: rows.
///
/// # Returns
///
/// Difference, statistic and two-sided p-value; `0` and `1` where no row, or every
/// row, is a success. The normal law wants about five expected successes and
/// failures a side; below that the p-value is rough.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if there are no trials.
/// * [`StatsError::NotContained`] if there are more successes than trials.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_proportion_z;
///
/// let outcome = two_proportion_z((30, 200), (50, 200))?;
/// assert!((outcome.statistic - 2.5).abs() < 1e-12);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn two_proportion_z(
    reference: (u64, u64),
    current: (u64, u64),
) -> Result<TwoProportionZ, StatsError> {
    for (sample, (successes, trials)) in [("reference", reference), ("current", current)] {
        if trials == 0 {
            return Err(StatsError::EmptySample { sample });
        }
        if successes > trials {
            return Err(StatsError::NotContained);
        }
    }
    let (n, m) = (reference.1 as f64, current.1 as f64);
    let difference = current.0 as f64 / m - reference.0 as f64 / n;
    let pooled = (reference.0 as f64 + current.0 as f64) / (n + m);
    let variance = pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m);
    if variance <= 0.0 {
        return Ok(TwoProportionZ {
            difference,
            statistic: 0.0,
            p_value: 1.0,
        });
    }
    let statistic = difference / variance.sqrt();
    Ok(TwoProportionZ {
        difference,
        statistic,
        p_value: (2.0 * ln_normal_sf(statistic.abs()).exp()).min(1.0),
    })
}
