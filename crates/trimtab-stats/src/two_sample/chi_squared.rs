//! χ² on a table of counts, and Cramér's V.

use super::{chi_mean, totals};
use crate::error::StatsError;
use crate::special::ln_chi_squared_sf;

/// What the χ² comparison of two columns of counts found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// Pearson's χ², `≥ 0`.
    pub statistic: f64,
    /// Degrees of freedom: categories in use less one.
    pub degrees_of_freedom: u64,
    /// Upper tail of the χ² law.
    pub p_value: f64,
    /// Cramér's V, in `[0, 1]`.
    pub cramers_v: f64,
    /// Share of cells whose expected count is below 5; where it is large the
    /// p-value is an approximation on the conservative side.
    pub small_expected_share: f64,
}

/// Computes Pearson's χ² of a two-row contingency table: were two samples of
/// categories drawn from one law?
///
/// `χ² = Σ (observed − expected)² / expected` over both rows and all categories in
/// use, with `expected = row total · column total / total`, without continuity
/// correction.
///
/// # Arguments
///
/// * `reference`, `current`: observations per category, shape `(k,)`, unit: rows.
///   Give unseen values a place of their own.
///
/// # Returns
///
/// The statistic, its degrees of freedom and p-value, and Cramér's V. With one
/// category in use there is nothing to compare: χ² 0, p-value 1. With very many
/// sparse categories the p-value is conservative: see `small_expected_share`.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// Never panics.
///
/// # Numerics
///
/// `O(k)`; the tail is computed as a logarithm, relative error of the p-value below
/// 1e-9 down to 1e-290.
///
/// # Source
///
/// K. Pearson (1900); equal to `SciPy`'s `chi2_contingency(correction=False)`.
/// Golden values: `tests/oracle/stats/two_sample.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::chi_squared_contingency;
///
/// let outcome = chi_squared_contingency(&[10, 20, 30], &[20, 20, 20])?;
/// assert_eq!(outcome.degrees_of_freedom, 2);
/// assert!((outcome.statistic - 5.333_333_333_333_333).abs() < 1e-12);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn chi_squared_contingency(
    reference: &[u64],
    current: &[u64],
) -> Result<ChiSquared, StatsError> {
    let (n, m) = totals(reference, current)?;
    let total = n + m;
    let mut statistic = 0.0;
    let mut n_used = 0_u64;
    let mut n_small = 0_u64;
    for (&in_reference, &in_current) in reference.iter().zip(current) {
        let column = in_reference as f64 + in_current as f64;
        if column == 0.0 {
            continue;
        }
        n_used += 1;
        for (row, observed) in [(n, in_reference as f64), (m, in_current as f64)] {
            let expected = row * column / total;
            let difference = observed - expected;
            statistic += difference * difference / expected;
            n_small += u64::from(expected < 5.0);
        }
    }
    let degrees_of_freedom = n_used - 1;
    if degrees_of_freedom == 0 {
        // Rounding alone would leave a trace here.
        statistic = 0.0;
    }
    let p_value = if degrees_of_freedom == 0 {
        1.0
    } else {
        ln_chi_squared_sf(statistic, degrees_of_freedom as f64).exp()
    };
    Ok(ChiSquared {
        statistic,
        degrees_of_freedom,
        p_value,
        cramers_v: (statistic / total).sqrt().min(1.0),
        small_expected_share: n_small as f64 / (2 * n_used) as f64,
    })
}

/// Computes Cramér's V of a two-row table: `√(χ² / (n + m))`, in `[0, 1]`.
///
/// 0 means equal shares, 1 that no category occurs in both samples. It depends on
/// the balance of the samples: with a small current sample even a large change of
/// shares gives a small V, so read it beside the largest share change.
///
/// # Errors
///
/// As [`chi_squared_contingency`].
///
/// # Source
///
/// H. Cramér (1946), without bias correction.
pub fn cramers_v(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    Ok(chi_squared_contingency(reference, current)?.cramers_v)
}

/// Expected Cramér's V without drift at `n` and `m` independent rows.
pub fn cramers_v_noise_floor(degrees_of_freedom: u64, n: u64, m: u64) -> f64 {
    chi_mean(degrees_of_freedom as f64) / (n as f64 + m as f64).sqrt()
}
