//! How long a test takes, before it begins.

use serde::{Deserialize, Serialize};
use trimtab_domain::{Error, Result};
use trimtab_stats::ab_test::Sizing;

/// What one knows and wants before a test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AbPlanRequest {
    /// The champion's value: a share, or a mean.
    pub champion: f64,
    /// Standard deviation between units; absent where the value is a share of units.
    pub standard_deviation: Option<f64>,
    /// The smallest difference that matters.
    pub minimum_effect: f64,
    /// Whether that is a share of the champion's value.
    pub is_relative: bool,
    /// Share of the units that the challenger gets.
    pub challenger_share: f64,
    /// Two-sided level.
    pub alpha: f64,
    /// Chance to find that difference.
    pub power: f64,
    /// Units (users, say) that come new in a day.
    pub units_per_day: Option<f64>,
}

/// How many units it takes, both versions together, and how many days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AbPlan {
    /// The smallest difference that matters, in the metric's unit.
    pub minimum_effect: f64,
    /// By one look at the end.
    pub n_fixed: u64,
    /// By looks whenever one likes: where the plan ends.
    pub n_sequential_max: u64,
    /// Half of the tests with that difference have ended by then.
    pub n_sequential_median: u64,
    /// The mean over such tests.
    pub n_sequential_mean: u64,
    /// Days until `n_fixed`.
    pub days_fixed: Option<f64>,
    /// Days until `n_sequential_max`.
    pub days_sequential_max: Option<f64>,
    /// Days until `n_sequential_median`.
    pub days_sequential_median: Option<f64>,
}

/// Plans a test.
///
/// # Errors
///
/// `Invalid` for numbers that fit no test: it says which.
pub fn plan_ab_test(request: &AbPlanRequest) -> Result<AbPlan> {
    let effect = if request.is_relative {
        request.minimum_effect * request.champion.abs()
    } else {
        request.minimum_effect
    };
    let (variance_champion, variance_challenger) = match request.standard_deviation {
        Some(deviation) => (deviation * deviation, deviation * deviation),
        None => (
            of_share("champion", request.champion)?,
            of_share("champion + minimum_effect", request.champion + effect)
                .or_else(|_| of_share("champion − minimum_effect", request.champion - effect))?,
        ),
    };
    let sizes = Sizing {
        variance_champion,
        variance_challenger,
        challenger_share: request.challenger_share,
        minimum_effect: effect,
        alpha: request.alpha,
        power: request.power,
    }
    .sizes()
    .map_err(|source| {
        Error::invalid(format!(
            "no test can be planned from these numbers: {source}"
        ))
    })?;
    if request
        .units_per_day
        .is_some_and(|n| !(n.is_finite() && n > 0.0))
    {
        return Err(Error::invalid("`units_per_day` must be above 0"));
    }
    let days = |n: f64| request.units_per_day.map(|per_day| n.ceil() / per_day);
    Ok(AbPlan {
        minimum_effect: effect,
        n_fixed: whole(sizes.fixed),
        n_sequential_max: whole(sizes.sequential_max),
        n_sequential_median: whole(sizes.sequential_median),
        n_sequential_mean: whole(sizes.sequential_mean),
        days_fixed: days(sizes.fixed),
        days_sequential_max: days(sizes.sequential_max),
        days_sequential_median: days(sizes.sequential_median),
    })
}

/// The variance between units of a share.
fn of_share(name: &str, share: f64) -> Result<f64> {
    if share > 0.0 && share < 1.0 {
        return Ok(share * (1.0 - share));
    }
    Err(
        Error::invalid(format!("`{name}` is {share}, and is no share of units"))
            .with_hint("give `standard_deviation` for what is not 0 or 1 per unit"),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of units; more than 2^64 nobody waits for"
)]
fn whole(n: f64) -> u64 {
    n.ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AbPlanRequest {
        AbPlanRequest {
            champion: 0.1,
            standard_deviation: None,
            minimum_effect: 0.2,
            is_relative: true,
            challenger_share: 0.5,
            alpha: 0.05,
            power: 0.8,
            units_per_day: Some(500.0),
        }
    }

    #[test]
    fn units_and_days_are_said() {
        let plan = plan_ab_test(&request()).unwrap();
        assert!((plan.minimum_effect - 0.02).abs() < 1e-12);
        assert_eq!(plan.n_fixed, 7_677);
        assert!(plan.n_sequential_median < plan.n_fixed && plan.n_fixed < plan.n_sequential_max);
        assert!((plan.days_fixed.unwrap() - 15.354).abs() < 1e-9);
        let of_mean = AbPlanRequest {
            champion: 20.0,
            standard_deviation: Some(30.0),
            minimum_effect: 1.0,
            is_relative: false,
            units_per_day: None,
            ..request()
        };
        let plan = plan_ab_test(&of_mean).unwrap();
        assert_eq!(plan.n_fixed, 28_256);
        assert_eq!(plan.days_fixed, None);
    }

    #[test]
    fn what_cannot_be_planned_is_said() {
        let wrong = |change: fn(&mut AbPlanRequest)| {
            let mut request = request();
            change(&mut request);
            plan_ab_test(&request).unwrap_err().to_string()
        };
        assert!(wrong(|one| one.champion = 20.0).contains("share"));
        assert!(wrong(|one| one.minimum_effect = 0.0).contains("minimum_effect"));
        assert!(wrong(|one| one.alpha = 2.0).contains("alpha"));
        assert!(wrong(|one| one.units_per_day = Some(0.0)).contains("units_per_day"));
    }
}
