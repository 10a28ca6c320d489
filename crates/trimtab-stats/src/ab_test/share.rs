//! Bounds on a share that hold at all looks, however few or many of the units have it.

use crate::error::StatsError;
use crate::special::ln_gamma;
use crate::streams::parts;

/// Bounds on a mean of outcomes in `[0, 1]` (a share of units that failed, say), at all looks at
/// once and without any approximation: they hold where nothing was met yet.
///
/// A mixture of binomial likelihoods over Jeffreys' law, against the likelihood of a mean: the
/// means for which it is below `1/α`. For outcomes between 0 and 1 it is a supermartingale all
/// the same, because a weighted geometric mean is below the arithmetic one.
///
/// # Source
///
/// H. Robbins (1970); S. Howard, A. Ramdas, J. `McAuliffe`, J. Sekhon, *Time-uniform,
/// nonparametric, nonasymptotic confidence sequences* (2021). Golden values:
/// `tests/oracle/stats/ab_test.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::ab_test::ShareBounds;
///
/// let none_of_2000 = ShareBounds::of(0.0, 2_000.0, 0.05)?;
/// assert_eq!(none_of_2000.low, 0.0);
/// assert!(none_of_2000.high < 0.004);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareBounds {
    /// The lower one.
    pub low: f64,
    /// The upper one.
    pub high: f64,
}

impl ShareBounds {
    /// Bounds from the sum of outcomes of `n` units.
    ///
    /// * `sum`: in `[0, n]`; `alpha`: in `(0, 1)`, for both sides together.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn of(sum: f64, n: f64, alpha: f64) -> Result<Self, StatsError> {
        parts::probability("alpha", alpha)?;
        let is_count = n.is_finite() && n >= 0.0;
        parts::check("n", "finite and not below 0", n, is_count)?;
        parts::check("sum", "between 0 and n", sum, (0.0..=n).contains(&sum))?;
        let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
        let evidence = ln_beta(0.5 + sum, 0.5 + n - sum) - ln_beta(0.5, 0.5);
        let limit = -alpha.ln();
        let times_ln = |weight: f64, x: f64| if weight > 0.0 { weight * x.ln() } else { 0.0 };
        let is_inside =
            |mean: f64| evidence - times_ln(sum, mean) - times_ln(n - sum, 1.0 - mean) < limit;
        let centre = if n > 0.0 { sum / n } else { 0.5 };
        // The likelihood falls on either side of its top: the edges are found by bisection.
        let edge = |outside: f64| {
            if is_inside(outside) {
                return outside;
            }
            let (mut inside, mut outside) = (centre, outside);
            for _ in 0..80 {
                let middle = 0.5 * (inside + outside);
                if is_inside(middle) {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
            outside
        };
        Ok(Self {
            low: edge(0.0),
            high: edge(1.0),
        })
    }

    /// Bounds on the challenger's share less the champion's, each at half of the level.
    pub fn difference(champion: &Self, challenger: &Self) -> (f64, f64) {
        (
            challenger.low - champion.high,
            challenger.high - champion.low,
        )
    }
}
