//! The G-test: the likelihood ratio on a table of counts.

use super::{ChiSquared, chi_squared_contingency, excess_entropy};
use crate::error::StatsError;
use crate::special::ln_chi_squared_sf;

/// What the G-test of two columns of counts found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GTest {
    /// The likelihood ratio `G`, `≥ 0`.
    pub statistic: f64,
    /// Degrees of freedom: categories in use less one.
    pub degrees_of_freedom: u64,
    /// Upper tail of the χ² law.
    pub p_value: f64,
    /// Pearson's χ² of the same table, with its Cramér's V and expected counts.
    pub chi_squared: ChiSquared,
}

/// Computes the G-test of a two-row contingency table: were two samples of categories
/// drawn from one law?
///
/// `G = 2 Σ observed ln(observed / expected)`, empty cells counting 0, without
/// continuity correction; judged by the χ² law.
///
/// # Arguments
///
/// * `reference`, `current`: observations per category, shape `(k,)`, unit: rows.
///
/// # Returns
///
/// Statistic, degrees of freedom, p-value. `G / (2 N)` is the mutual information of
/// sample and category in nats. With small expected counts it alarms too often, where
/// χ² alarms too rarely; see [`ChiSquared::small_expected_share`].
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// # Source
///
/// R. Sokal and F. Rohlf, *Biometry* (1981); equal to `SciPy`'s
/// `chi2_contingency(lambda_="log-likelihood", correction=False)`. Golden values:
/// `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::g_test;
///
/// let outcome = g_test(&[10, 20, 30], &[20, 20, 20])?;
/// assert_eq!(outcome.degrees_of_freedom, 2);
/// assert!((outcome.statistic - 5.411_532_091).abs() < 1e-6);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn g_test(reference: &[u64], current: &[u64]) -> Result<GTest, StatsError> {
    let chi_squared = chi_squared_contingency(reference, current)?;
    let degrees_of_freedom = chi_squared.degrees_of_freedom;
    let statistic = if degrees_of_freedom == 0 {
        0.0
    } else {
        likelihood_ratio(reference, current)
    };
    let p_value = if degrees_of_freedom == 0 {
        1.0
    } else {
        ln_chi_squared_sf(statistic, degrees_of_freedom as f64).exp()
    };
    Ok(GTest {
        statistic,
        degrees_of_freedom,
        p_value,
        chi_squared,
    })
}

/// `G` of a table both of whose rows have counts.
pub(super) fn likelihood_ratio(reference: &[u64], current: &[u64]) -> f64 {
    let total = |counts: &[u64]| counts.iter().map(|&count| count as f64).sum::<f64>();
    let (n, m) = (total(reference), total(current));
    let all = n + m;
    let mut sum = 0.0;
    for (&in_reference, &in_current) in reference.iter().zip(current) {
        let column = in_reference as f64 + in_current as f64;
        for (row, observed) in [(n, in_reference as f64), (m, in_current as f64)] {
            let expected = row * column / all;
            if expected > 0.0 {
                // observed ln(observed / expected) − (observed − expected): the
                // differences add up to 0, and without them no digits cancel.
                sum += expected * excess_entropy((observed - expected) / expected);
            }
        }
    }
    2.0 * sum
}
