//! Mann–Whitney U (Wilcoxon rank sum): do current values tend to be larger?

use super::ties::{Tie, ties, ties_of_bins};
use super::{check_sorted, totals};
use crate::error::StatsError;
use crate::special::ln_normal_sf;

/// Size of the smaller sample up to which the exact law is used.
const MAX_EXACT: u64 = 8;
/// Largest `n m` for which it is: the law has that many points.
const MAX_EXACT_PAIRS: u64 = 10_000_000;

/// What the Mann–Whitney comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitneyU {
    /// Pairs in which the reference value is the larger one, ties counting one half:
    /// `SciPy`'s `mannwhitneyu(reference, current).statistic`, in `[0, nm]`.
    pub statistic: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// Rank-biserial correlation, in `[-1, 1]`: the share of pairs in which the
    /// current value is larger less the share in which it is smaller.
    pub rank_biserial: f64,
    /// Whether the p-value counts all orders; else the normal law.
    pub is_exact: bool,
}

/// Computes the two-sided Mann–Whitney U test.
///
/// `U = Σ over pairs ([x > y] + ½ [x = y])` for `x` of the reference and `y` of the
/// current sample.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`.
///
/// # Returns
///
/// Statistic, two-sided p-value and the rank-biserial correlation, its effect. It sees
/// shifts and is blind to a change of spread around the same middle.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// # Numerics
///
/// Exact when a sample has at most 8 values and no value occurs twice (and `n m ≤ 10⁷`,
/// where `SciPy` knows no limit), else the normal law with tie correction and
/// continuity correction: `SciPy`'s `method="auto"`. `O(n + m)`, integers throughout.
/// Where all values are equal the p-value is 1.
///
/// # Source
///
/// H. Mann and D. Whitney (1947); D. Kerby (2014) for the effect. Golden values:
/// `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::mann_whitney_u;
///
/// let outcome = mann_whitney_u(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0])?;
/// assert_eq!(outcome.statistic, 0.0);
/// assert_eq!(outcome.rank_biserial, 1.0);
/// assert!((outcome.p_value - 0.1).abs() < 1e-15);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn mann_whitney_u(reference: &[f64], current: &[f64]) -> Result<MannWhitneyU, StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as u64, current.len() as u64);
    Ok(judge(ties(reference, current), n, m))
}

/// The Mann–Whitney U test of two samples counted in the same bins; each bin is a tie.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
pub fn mann_whitney_u_binned(
    reference: &[u64],
    current: &[u64],
) -> Result<MannWhitneyU, StatsError> {
    totals(reference, current)?;
    let (n, m) = (reference.iter().sum(), current.iter().sum());
    Ok(judge(ties_of_bins(reference, current), n, m))
}

fn judge(ties: impl Iterator<Item = Tie>, n: u64, m: u64) -> MannWhitneyU {
    // In half pairs, so that ties stay whole numbers.
    let mut halves = 0_u128;
    let mut below = 0_u64;
    let mut tie_sum = 0.0;
    let mut is_tied = false;
    for tie in ties {
        halves += u128::from(tie.reference) * u128::from(2 * below + tie.current);
        below += tie.current;
        let size = tie.n() as f64;
        tie_sum += size * (size * size - 1.0);
        is_tied |= tie.n() > 1;
    }
    let pairs = n as f64 * m as f64;
    let statistic = halves as f64 / 2.0;
    let larger = statistic.max(pairs - statistic);
    let is_exact = n.min(m) <= MAX_EXACT
        && !is_tied
        && n.checked_mul(m)
            .is_some_and(|pairs| pairs <= MAX_EXACT_PAIRS);
    let p_value = if is_exact {
        exact_p_value(larger as usize, n as usize, m as usize)
    } else {
        normal_p_value(larger, tie_sum, n as f64, m as f64)
    };
    MannWhitneyU {
        statistic,
        p_value,
        rank_biserial: 1.0 - 2.0 * statistic / pairs,
        is_exact,
    }
}

fn normal_p_value(larger: f64, tie_sum: f64, n: f64, m: f64) -> f64 {
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - tie_sum / (all * (all - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (larger - n * m / 2.0 - 0.5) / variance.sqrt();
    (2.0 * ln_normal_sf(z).exp()).min(1.0)
}

/// Twice `P(U ≥ larger)` over all orders of distinct values.
///
/// The number of orders with `U = u` is a coefficient of the Gaussian binomial
/// `Π (1 − q^(m+i)) / (1 − q^i)`. Its law is symmetric, so the upper tail is the lower
/// one up to `nm − larger`, and only those coefficients are made.
fn exact_p_value(larger: usize, n: usize, m: usize) -> f64 {
    let (small, large) = (n.min(m), n.max(m));
    let last = n * m - larger;
    let mut law = vec![0.0_f64; last + 1];
    law[0] = 1.0;
    for i in 1..=small {
        let step = large + i;
        for u in (step..=last).rev() {
            law[u] -= law[u - step];
        }
        for u in i..=last {
            law[u] += law[u - i];
        }
        // Keep the sum of the whole law at 1.
        let weight = i as f64 / step as f64;
        for probability in &mut law {
            *probability *= weight;
        }
    }
    (2.0 * law.iter().sum::<f64>()).min(1.0)
}
