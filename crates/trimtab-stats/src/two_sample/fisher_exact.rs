//! Fisher's exact test: tables judged among all tables with the same margins.

use super::chi_squared::columns_in_use;
use super::tables::monte_carlo_p_value;
use super::totals;
use crate::error::StatsError;
use crate::special::ln_gamma;

/// Relative slack within which two probabilities count as equal.
const SLACK: f64 = 1e-14;
/// Rows of a table at most: the sum takes some dozens of their square root of steps.
const MAX_ROWS: f64 = 1e10;

/// What Fisher's exact test of a two-by-two table found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FisherExact {
    /// Sample odds ratio `(a d) / (b c)`, in `[0, ∞]`; not a number where a row or a
    /// column is empty.
    pub odds_ratio: f64,
    /// Two-sided p-value.
    pub p_value: f64,
}

/// Computes Fisher's exact test of a two-by-two table.
///
/// The two-sided p-value is the probability, both margins fixed, of a table that is at
/// most as likely as the one observed.
///
/// # Arguments
///
/// * `reference`, `current`: rows of the first and of the second kind.
///
/// # Returns
///
/// Sample odds ratio and p-value; p 1 where a margin is 0. Conservative, the more so the
/// smaller the table.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a sample has no rows.
/// * [`StatsError::TooManyRows`] beyond 10¹⁰ rows, where χ² says the same.
///
/// # Numerics
///
/// Probabilities relative to the likeliest table, by ratios of neighbours outwards from
/// it, so that no logarithm of a factorial costs digits: relative error about 1e-12 for
/// tables of millions of rows, in a few dozen standard deviations of steps. Below 1e-300
/// it is 0.
///
/// # Source
///
/// R. Fisher (1935); the two-sided choice of `SciPy`'s `fisher_exact` and R's
/// `fisher.test`. Golden values: `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::fisher_exact;
///
/// let outcome = fisher_exact([8, 2], [1, 5])?;
/// assert_eq!(outcome.odds_ratio, 20.0);
/// assert!((outcome.p_value - 0.034_965_034_965_034_96).abs() < 1e-14);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn fisher_exact(reference: [u64; 2], current: [u64; 2]) -> Result<FisherExact, StatsError> {
    let (n, m) = totals(&reference, &current)?;
    if n + m > MAX_ROWS {
        return Err(StatsError::TooManyRows);
    }
    let odds = |[a, b]: [u64; 2]| a as f64 / b as f64;
    let p_value = Law::new(reference, current).two_sided(reference[0]);
    Ok(FisherExact {
        odds_ratio: odds(reference) / odds(current),
        p_value,
    })
}

/// The law of the first cell, margins fixed.
struct Law {
    /// Rows of the first kind, of the second kind, and of the reference.
    first: u64,
    second: u64,
    n: u64,
}

impl Law {
    fn new(reference: [u64; 2], current: [u64; 2]) -> Self {
        Self {
            first: reference[0] + current[0],
            second: reference[1] + current[1],
            n: reference[0] + reference[1],
        }
    }

    fn mode(&self) -> u64 {
        let (first, n) = (u128::from(self.first), u128::from(self.n));
        let all = first + u128::from(self.second);
        ((first + 1) * (n + 1) / (all + 2)) as u64
    }

    /// Probability of `x + 1` over that of `x`.
    fn ratio(&self, x: u64) -> f64 {
        let [x, first, second, n] = [x, self.first, self.second, self.n].map(|x| x as f64);
        (first - x) * (n - x) / ((x + 1.0) * (second - n + x + 1.0))
    }

    /// Weights of the values from the mode, relative to it, going up or down as far as
    /// they count.
    fn weights(&self, is_up: bool) -> impl Iterator<Item = (u64, f64)> + '_ {
        let mode = self.mode();
        std::iter::successors(Some((mode, 1.0)), move |&(x, weight)| {
            let (next, weight) = if is_up {
                (x + 1, weight * self.ratio(x))
            } else {
                let next = x.checked_sub(1)?;
                (next, weight / self.ratio(next))
            };
            (weight > 0.0 && weight.is_finite()).then_some((next, weight))
        })
    }

    fn two_sided(&self, observed: u64) -> f64 {
        let weight_observed = self
            .weights(observed >= self.mode())
            .find(|&(x, _)| x == observed)
            .map_or(0.0, |(_, weight)| weight);
        let limit = weight_observed * (1.0 + SLACK);
        let (mut all, mut extreme) = (0.0, 0.0);
        for is_up in [true, false] {
            // From the far end inwards: small terms first.
            let side: Vec<f64> = self
                .weights(is_up)
                .skip(usize::from(!is_up))
                .map(|(_, weight)| weight)
                .collect();
            for &weight in side.iter().rev() {
                all += weight;
                if weight <= limit {
                    extreme += weight;
                }
            }
        }
        (extreme / all).min(1.0)
    }
}

/// Fisher's exact test of a two-row table of any width by Monte Carlo (the test of G.
/// Freeman and J. Halton).
///
/// `(1 + b) / (1 + B)`, where `b` of `B` random tables with the same margins are at most
/// as likely as the one observed.
///
/// # Arguments
///
/// * `reference`, `current`: observations per category, shape `(k,)`, unit: rows.
/// * `n_resamples`: the `B` above.
/// * `seed`: of the tables.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// # Source
///
/// G. Freeman and J. Halton (1951); the law is that of R's
/// `fisher.test(simulate.p.value = TRUE)`.
pub fn fisher_exact_monte_carlo(
    reference: &[u64],
    current: &[u64],
    n_resamples: usize,
    seed: u64,
) -> Result<f64, StatsError> {
    totals(reference, current)?;
    let (columns, in_reference) = columns_in_use(reference, current);
    let largest = columns.iter().max().copied().unwrap_or(0);
    let ln_factorials = LnFactorials::up_to(largest);
    Ok(monte_carlo_p_value(
        &columns,
        &in_reference,
        n_resamples,
        seed,
        |drawn| {
            // Minus the logarithm of the table's probability, but for a constant.
            let terms = drawn.iter().zip(&columns).map(|(&x, &column)| {
                ln_factorials.at(x) + ln_factorials.at(column - x) - ln_factorials.at(column)
            });
            terms.sum()
        },
    ))
}

/// Logarithms of factorials: a table where it pays.
struct LnFactorials(Vec<f64>);

impl LnFactorials {
    const N_MAX: u64 = 100_000;

    fn up_to(largest: u64) -> Self {
        let mut sum = 0.0;
        Self(
            (0..=largest.min(Self::N_MAX))
                .map(|i| {
                    sum += (i.max(1) as f64).ln();
                    sum
                })
                .collect(),
        )
    }

    fn at(&self, n: u64) -> f64 {
        let known = usize::try_from(n).ok().and_then(|n| self.0.get(n));
        known.copied().unwrap_or_else(|| ln_gamma(n as f64 + 1.0))
    }
}
