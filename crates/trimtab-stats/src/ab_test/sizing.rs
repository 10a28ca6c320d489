//! How many units a test takes, and how many it saves by being looked at on the way.

use super::plan::limit_of;
use crate::error::StatsError;
use crate::special::{ln_normal_sf, normal_quantile, normal_sf};
use crate::streams::parts;

/// What decides how long a test takes.
///
/// # Examples
///
/// ```
/// use trimtab_stats::ab_test::Sizing;
///
/// // From 10 % to 12 %, half and half.
/// let sizes = Sizing {
///     variance_champion: 0.10 * 0.90,
///     variance_challenger: 0.12 * 0.88,
///     challenger_share: 0.5,
///     minimum_effect: 0.02,
///     alpha: 0.05,
///     power: 0.8,
/// }
/// .sizes()?;
/// assert!((sizes.fixed - 7_680.0).abs() < 10.0);
/// assert!(sizes.sequential_median < 0.85 * sizes.fixed);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizing {
    /// Variance of the metric between the champion's units, `> 0`. Of a share: `p (1 − p)`.
    pub variance_champion: f64,
    /// The same of the challenger's.
    pub variance_challenger: f64,
    /// Share of the units that the challenger gets, in `(0, 1)`.
    pub challenger_share: f64,
    /// The smallest difference that matters, `> 0`.
    pub minimum_effect: f64,
    /// Two-sided level, in `(0, 1)`.
    pub alpha: f64,
    /// Probability to find that difference, in `(alpha, 1)`.
    pub power: f64,
}

/// Numbers of units, both variants together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// By one look at the end.
    pub fixed: f64,
    /// By looks on the way: where the plan ends.
    pub sequential_max: f64,
    /// Half of the tests with an effect of that size have ended by then.
    pub sequential_median: f64,
    /// The mean over such tests, those that reach the end counted there.
    pub sequential_mean: f64,
    /// The challenger's units among `fixed`.
    pub fixed_challenger: f64,
}

impl Sizing {
    /// The numbers of units.
    ///
    /// By the central limit theorem: variances known, units independent.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside the ranges of the fields.
    pub fn sizes(&self) -> Result<Sizes, StatsError> {
        check_level(self.alpha, self.power)?;
        parts::positive("minimum_effect", self.minimum_effect)?;
        parts::positive("variance_champion", self.variance_champion)?;
        parts::positive("variance_challenger", self.variance_challenger)?;
        parts::probability("challenger_share", self.challenger_share)?;
        // Units that one unit of information takes, in units of one over the squared effect.
        let share = self.challenger_share;
        let per_information =
            self.variance_champion / (1.0 - share) + self.variance_challenger / share;
        let scale = per_information / (self.minimum_effect * self.minimum_effect);
        let fixed = normal_quantile(1.0 - 0.5 * self.alpha) + normal_quantile(self.power);
        let limit = limit_of(0.8 * self.alpha);
        let end = planned_drift(limit, self.power);
        let height = limit * end.sqrt();
        Ok(Sizes {
            fixed: scale * fixed * fixed,
            sequential_max: scale * end,
            sequential_median: scale * median_passage(height, end),
            sequential_mean: scale * mean_passage(height, end),
            fixed_challenger: scale * fixed * fixed * share,
        })
    }
}

pub(super) fn check_level(alpha: f64, power: f64) -> Result<(), StatsError> {
    parts::probability("alpha", alpha)?;
    let is_domain = power > alpha && power < 1.0;
    parts::check("power", "between alpha and 1", power, is_domain)
}

/// The probability that a Brownian motion with drift 1 has passed `height` by `time`.
fn passed(height: f64, time: f64) -> f64 {
    let root = time.sqrt();
    let ahead = normal_sf((height - time) / root);
    let reflected = (2.0 * height + ln_normal_sf((height + time) / root)).exp();
    (ahead + reflected).min(1.0)
}

/// The end of the plan in units of one over the squared effect: where the boundary `limit
/// √end` has been passed with probability `power`.
pub(super) fn planned_drift(limit: f64, power: f64) -> f64 {
    bisect(0.01, 10_000.0, |end| {
        passed(limit * end.sqrt(), end) >= power
    })
}

fn median_passage(height: f64, end: f64) -> f64 {
    if passed(height, end) <= 0.5 {
        return end;
    }
    bisect(1e-6, end, |time| passed(height, time) >= 0.5)
}

/// `∫ P(not passed by t) dt` to the end, by Simpson's rule.
fn mean_passage(height: f64, end: f64) -> f64 {
    const N_STEPS: u32 = 400;
    let step = end / f64::from(N_STEPS);
    let mut total = 0.0;
    for i in 0..=N_STEPS {
        let time = f64::from(i) * step;
        let left = if i == 0 {
            1.0
        } else {
            1.0 - passed(height, time)
        };
        let weight = match i {
            0 | N_STEPS => 1.0,
            i if i % 2 == 1 => 4.0,
            _ => 2.0,
        };
        total += weight * left;
    }
    total * step / 3.0
}

/// The smallest value from which on a monotone condition holds.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
