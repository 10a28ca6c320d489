//! The smallest effect that given sizes can detect.
//!
//! "No drift found" means little when a drift worth knowing could not have been found.
//! Each function gives the effect, in the method's own unit, that a two-sided test at
//! level `alpha` finds with probability `power`, rows taken as independent. All are
//! approximations; what they were checked against is said at each.

use crate::error::StatsError;
use crate::special::{chi_squared_noncentrality, normal_quantile};

/// Level and power that Trimtab states effects for unless told otherwise.
pub const DEFAULT: Sensitivity = Sensitivity {
    alpha: 0.05,
    power: 0.8,
};

/// How sure a test must be, on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity {
    /// Two-sided level, in `(0, 1)`.
    pub alpha: f64,
    /// Probability to find the effect, in `(alpha, 1)`.
    pub power: f64,
}

impl Sensitivity {
    fn check(self, n: u64, m: u64) -> Result<(), StatsError> {
        for (sample, size) in [("reference", n), ("current", m)] {
            if size == 0 {
                return Err(StatsError::EmptySample { sample });
            }
        }
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "alpha",
                domain: "between 0 and 1",
                found: self.alpha,
            });
        }
        if !(self.power > self.alpha && self.power < 1.0) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "power",
                domain: "between alpha and 1",
                found: self.power,
            });
        }
        Ok(())
    }

    /// `z_{1−α/2} + z_{power}`.
    fn quantiles(self) -> f64 {
        normal_quantile(1.0 - 0.5 * self.alpha) + normal_quantile(self.power)
    }
}

/// The standardised difference of means (Cohen's d) that a z or Welch test detects:
/// `(z_{1−α/2} + z_{power}) √(1/n + 1/m)`.
///
/// * `n`, `m`: rows of the samples, `> 0`.
///
/// In standard deviations, both samples varying alike. By simulation the power at this
/// effect is within 2 points of the one asked for from 20 rows a side on.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a size is 0.
/// * [`StatsError::ParameterOutOfDomain`] if level or power lie outside their domains.
///
/// # Examples
///
/// ```
/// use trimtab_stats::power::{DEFAULT, detectable_mean_shift};
///
/// let effect = detectable_mean_shift(1_000, 1_000, DEFAULT)?;
/// assert!((effect - 0.1253).abs() < 1e-4);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn detectable_mean_shift(n: u64, m: u64, wanted: Sensitivity) -> Result<f64, StatsError> {
    wanted.check(n, m)?;
    Ok(wanted.quantiles() * root_of_sizes(n, m))
}

/// The Kolmogorov–Smirnov distance between two laws that the test detects:
/// `(c_α + 0.45 z_{power} − 0.42) √(1/n + 1/m)`, at most 1, with `c_α = √(½ ln(2/α))` the
/// limit of the statistic.
///
/// The two constants were fitted to the limit process of a shifted normal law (4,000
/// simulated bridges, levels from 0.05 to 0.001, powers from 0.5 to 0.95: within 0.03 of
/// the bracket), where the test may find the gap at many places; the statistic then
/// exceeds the true distance by 0.42 units on average. By simulation the power is within
/// 5 points of the one asked for. A gap at one place only (a lump of new values) must be
/// up to 0.4 units wider.
///
/// # Errors
///
/// As [`detectable_mean_shift`].
pub fn detectable_ks_distance(n: u64, m: u64, wanted: Sensitivity) -> Result<f64, StatsError> {
    wanted.check(n, m)?;
    let limit = (0.5 * (2.0 / wanted.alpha).ln()).sqrt();
    let distance = (limit + 0.45 * normal_quantile(wanted.power) - 0.42) * root_of_sizes(n, m);
    Ok(distance.clamp(0.0, 1.0))
}

/// The effect size `w = √(Σ (q − p)² / pooled)` between the shares of two samples of
/// equal weight that χ² detects: `√(λ (1/n + 1/m))` with `λ` the noncentrality at which
/// the χ² law of `degrees_of_freedom` has the power.
///
/// Half of it is Cramér's V between equally large samples of such shares. By simulation
/// within 3 points of power where expected counts are above 5.
///
/// # Errors
///
/// As [`detectable_mean_shift`], and [`StatsError::ParameterOutOfDomain`] at no degrees
/// of freedom.
pub fn detectable_chi_squared(
    degrees_of_freedom: u64,
    n: u64,
    m: u64,
    wanted: Sensitivity,
) -> Result<f64, StatsError> {
    wanted.check(n, m)?;
    if degrees_of_freedom == 0 {
        return Err(StatsError::ParameterOutOfDomain {
            name: "degrees_of_freedom",
            domain: "at least 1",
            found: 0.0,
        });
    }
    let df = degrees_of_freedom as f64;
    let lambda = chi_squared_noncentrality(df, wanted.alpha, wanted.power);
    Ok(lambda.sqrt() * root_of_sizes(n, m))
}

/// The change of a proportion, upwards and downwards, that the pooled z test detects
/// from a reference proportion.
///
/// The change solves `δ = z_{1−α/2} √(p̄ (1 − p̄) (1/n + 1/m)) + z_{power} √(p (1 − p)/n +
/// q (1 − q)/m)` with `q = p ± δ` and `p̄` the pooled proportion. Not symmetric: from 1 %
/// one can go far up but not down. `None` where no proportion in that direction is far
/// enough.
///
/// * `proportion`: of the reference, in `[0, 1]`.
/// * `n`, `m`: rows of the samples, `> 0`.
///
/// By simulation within 4 points of power where five successes and failures a side are
/// expected.
///
/// # Errors
///
/// As [`detectable_mean_shift`], and [`StatsError::ParameterOutOfDomain`] if the
/// proportion lies outside `[0, 1]`.
pub fn detectable_proportion_change(
    proportion: f64,
    n: u64,
    m: u64,
    wanted: Sensitivity,
) -> Result<(Option<f64>, Option<f64>), StatsError> {
    wanted.check(n, m)?;
    if !(0.0..=1.0).contains(&proportion) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "proportion",
            domain: "between 0 and 1",
            found: proportion,
        });
    }
    let up = smallest_change(proportion, n, m, wanted);
    let down = smallest_change(1.0 - proportion, n, m, wanted);
    Ok((up, down))
}

/// The smallest detectable change upwards, by bisection.
fn smallest_change(p: f64, n: u64, m: u64, wanted: Sensitivity) -> Option<f64> {
    let (n, m) = (n as f64, m as f64);
    let (z_level, z_power) = (
        normal_quantile(1.0 - 0.5 * wanted.alpha),
        normal_quantile(wanted.power),
    );
    let is_enough = |change: f64| {
        let q = (p + change).min(1.0);
        let pooled = (n * p + m * q) / (n + m);
        let under_null = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).max(0.0);
        let under_change = (p * (1.0 - p) / n + q * (1.0 - q) / m).max(0.0);
        change >= z_level * under_null.sqrt() + z_power * under_change.sqrt()
    };
    let most = 1.0 - p;
    if most <= 0.0 || !is_enough(most) {
        return None;
    }
    let (mut low, mut high) = (0.0, most);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

fn root_of_sizes(n: u64, m: u64) -> f64 {
    (1.0 / n as f64 + 1.0 / m as f64).sqrt()
}
