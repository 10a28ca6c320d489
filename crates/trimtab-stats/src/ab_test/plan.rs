//! An interval for a difference that holds at all looks at once.

use super::moments::Estimate;
use super::sizing;
use crate::error::StatsError;
use crate::special::normal_sf;
use crate::streams::parts;

/// Share of the level that is spent up to the planned precision; the rest never expires.
const SHARE_PLANNED: f64 = 0.8;

/// Always-valid inference for a difference, planned for a smallest effect that matters.
///
/// Two confidence sequences share the level `α`, and the interval is their intersection:
///
/// * *planned* (0.8 α): the estimate lies within `c √I_max / I` of the truth at all times up to
///   the information `I_max` (one over the squared standard error) at which an effect of
///   `minimum_effect` is found with the power asked for. `c` is the limit that a Brownian
///   motion on `[0, 1]` passes with probability 0.8 α: O'Brien and Fleming's boundary, looked
///   at without a break. At `I_max` the interval is a sixth wider than that of a single look
///   (5 % level).
/// * *open-ended* (0.2 α): within `√((1/I)(1 + 1/x)(ln(1 + x) − 2 ln α))`, `x = I
///   minimum_effect²`, at all times whatever (a normal mixture over effects of that size).
///
/// So one may look after every unit, stop at will, and go on after the planned end. The level
/// rests on the central limit theorem; early looks, where that is rough, have the widest
/// margins (eleven standard errors at a twentieth of the way). Units that come back are taken
/// in whole at each look. Where what a unit does later goes with what it did before, the
/// normalised sums are more alike from look to look than those of new units, and pass a
/// boundary less often (D. Slepian, 1962): then the level is held with something to spare.
///
/// # Source
///
/// P. O'Brien, T. Fleming (1979); C. Mehta, A. Tsiatis, *Flexible sample size considerations
/// under information based interim monitoring* (2001); H. Robbins (1970); I. Waudby-Smith,
/// D. Arbour, R. Sinha, E. Kennedy, A. Ramdas, *Time-uniform central limit theory and
/// asymptotic confidence sequences* (2024). Golden values: `tests/oracle/stats/ab_test.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::ab_test::{Estimate, SequentialPlan};
///
/// let plan = SequentialPlan::new(0.05, 0.8, 0.02)?;
/// let estimate = Estimate { value: 0.03, standard_error: 0.008 };
/// let (low, high) = plan.interval(estimate);
/// assert!(low > 0.0 && high < 0.06);
/// assert!(plan.p_value(estimate, 0.0) < 0.05);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SequentialPlan {
    alpha: f64,
    minimum_effect: f64,
    limit: f64,
    information_max: f64,
}

impl SequentialPlan {
    /// A plan.
    ///
    /// * `alpha`: in `(0, 1)`; `power`: in `(alpha, 1)`.
    /// * `minimum_effect`: the smallest difference that matters, `> 0`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn new(alpha: f64, power: f64, minimum_effect: f64) -> Result<Self, StatsError> {
        sizing::check_level(alpha, power)?;
        parts::positive("minimum_effect", minimum_effect)?;
        let limit = limit_of(SHARE_PLANNED * alpha);
        Ok(Self {
            alpha,
            minimum_effect,
            limit,
            information_max: sizing::planned_drift(limit, power)
                / (minimum_effect * minimum_effect),
        })
    }

    /// The information at which the plan ends.
    pub fn information_max(&self) -> f64 {
        self.information_max
    }

    /// Whether the planned part has ended; rounding at its very end does not count.
    fn is_over(&self, information: f64) -> bool {
        information > self.information_max * (1.0 + 1e-9)
    }

    /// The share of that information that an estimate has.
    pub fn progress(&self, estimate: Estimate) -> f64 {
        estimate.information() / self.information_max
    }

    /// Bounds on the difference.
    pub fn interval(&self, estimate: Estimate) -> (f64, f64) {
        let radius = self.radius(estimate);
        (estimate.value - radius, estimate.value + radius)
    }

    fn radius(&self, estimate: Estimate) -> f64 {
        let information = estimate.information();
        let x = information * self.minimum_effect * self.minimum_effect;
        let level = (1.0 - SHARE_PLANNED) * self.alpha;
        let open_ended =
            ((1.0 + 1.0 / x) * (x.ln_1p() - 2.0 * level.ln())).sqrt() * estimate.standard_error;
        if self.is_over(information) {
            return open_ended;
        }
        let planned = self.limit * self.information_max.sqrt() / information;
        planned.min(open_ended)
    }

    /// The p-value of "the difference is `null`" at this look; the smallest of all looks so far
    /// is valid whenever one stops. At most `alpha` exactly when the interval leaves `null` out.
    pub fn p_value(&self, estimate: Estimate, null: f64) -> f64 {
        let open_ended = 1.0 / self.e_value(estimate, null) / (1.0 - SHARE_PLANNED);
        let information = estimate.information();
        if self.is_over(information) {
            return open_ended.min(1.0);
        }
        let height = (estimate.value - null).abs() * information / self.information_max.sqrt();
        (two_sided_passage(height) / SHARE_PLANNED)
            .min(open_ended)
            .min(1.0)
    }

    /// The e-value of "the difference is `null`": how many times likelier the estimate is if the
    /// difference is drawn around it with the spread of `minimum_effect`. Its mean is at most one
    /// at every look if nothing differs.
    pub fn e_value(&self, estimate: Estimate, null: f64) -> f64 {
        let x = estimate.information() * self.minimum_effect * self.minimum_effect;
        let z = (estimate.value - null) / estimate.standard_error;
        (0.5 * z * z * x / (1.0 + x) - 0.5 * x.ln_1p())
            .exp()
            .clamp(1e-300, 1e300)
    }
}

/// The probability that a Brownian motion on `[0, 1]` leaves `±height`: `4 Σ (−1)^k Φ̄((2k+1)
/// height)`, or one where that is more.
pub(super) fn two_sided_passage(height: f64) -> f64 {
    if height < 0.2 {
        // Below, the series alternates for long and the answer is one to nine places.
        return 1.0;
    }
    let mut total = 0.0;
    for k in 0..40 {
        let term = 4.0 * normal_sf(f64::from(2 * k + 1) * height);
        total += if k % 2 == 0 { term } else { -term };
        if term < 1e-18 {
            break;
        }
    }
    total.clamp(0.0, 1.0)
}

/// The height that is left with probability `alpha`, by bisection.
pub(super) fn limit_of(alpha: f64) -> f64 {
    let (mut low, mut high) = (0.2, 40.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if two_sided_passage(middle) > alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
