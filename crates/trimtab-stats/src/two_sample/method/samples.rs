//! One method on two samples of numbers.

use super::counts::histogram_distance;
use super::{Domain, Found, Method, MethodSettings, named, not_applicable};
use crate::error::StatsError;
use crate::evidence::MethodResult;
use crate::grid::Spread;
use crate::two_sample::{
    AndersonDarling, CramerVonMises, EppsSingleton, KsLaw, MannWhitneyU, WelchT, anderson_darling,
    anderson_darling_permutation, check_sorted, coarse_counts, coarse_edges,
    cramer_von_mises_noise_floor, energy_distance, energy_noise_floor, energy_permutation,
    epps_singleton_pooled, ks_noise_floor, kuiper_noise_floor, mann_whitney_u, ties,
    two_sample_cramer_von_mises, two_sample_ks, two_sample_kuiper, two_sample_kuiper_permutation,
    wasserstein_distance, wasserstein_noise_floor, welch_t,
};

/// Runs one method on two samples of numbers, exactly.
///
/// # Arguments
///
/// * `method`: see [`Method::applies_to`].
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`.
/// * `settings`: what the method leaves open.
///
/// # Returns
///
/// What it said. A method that does not apply, or that refuses the samples, gives a
/// result without numbers and with a reason.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::{Method, MethodSettings, run_on_samples};
///
/// let (reference, current) = ([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0, 6.0]);
/// let settings = MethodSettings::default();
/// let ks = run_on_samples(Method::KolmogorovSmirnov, &reference, &current, &settings);
/// assert_eq!(ks.statistic, Some(0.5));
/// assert_eq!(ks.effect_size, Some(0.5));
/// let chi2 = run_on_samples(Method::ChiSquared, &reference, &current, &settings);
/// assert_eq!(chi2.reason.as_deref(), Some("it compares categories"));
/// ```
pub fn run_on_samples(
    method: Method,
    reference: &[f64],
    current: &[f64],
    settings: &MethodSettings,
) -> MethodResult {
    let found = match method.domain() {
        Domain::Categories => return not_applicable(method),
        Domain::Histograms => check_sorted(reference, current).and_then(|()| {
            let edges = coarse_edges(reference);
            histogram_distance(
                method,
                &coarse_counts(reference, &edges),
                &coarse_counts(current, &edges),
                &format!("{} reference quantile bins", edges.len() + 1),
                settings,
            )
        }),
        Domain::Numbers => compare(method, reference, current, settings),
    };
    named(method, found)
}

fn compare(
    method: Method,
    reference: &[f64],
    current: &[f64],
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    let (n, m) = (reference.len() as u64, current.len() as u64);
    match method {
        Method::KolmogorovSmirnov => {
            let ks = two_sample_ks(reference, current)?;
            Ok(Found {
                variant: format!("two-sided, {}", law_name(ks.law)),
                statistic: ks.statistic,
                p_value: Some(ks.p_value),
                noise_floor: Some(ks_noise_floor(n, m)),
                effect_size: Some(ks.statistic),
            })
        }
        Method::Kuiper => kuiper(reference, current, settings),
        Method::AndersonDarling => {
            let outcome = anderson_darling(reference, current)?;
            let (b, seed) = (settings.n_resamples, settings.seed);
            anderson_darling_found(&outcome, (n, m), "ties by midranks", b, || {
                anderson_darling_permutation(reference, current, b, seed)
            })
        }
        Method::MannWhitneyU => {
            let outcome = mann_whitney_u(reference, current)?;
            Ok(mann_whitney_found(&outcome, "ties corrected"))
        }
        Method::WelchT => welch_t(reference, current).map(|outcome| welch_found(&outcome, "")),
        Method::EppsSingleton => {
            let outcome = epps_singleton_pooled(reference, current)?;
            Ok(epps_singleton_found(&outcome, n, m, ""))
        }
        Method::Energy => energy(reference, current, settings),
        Method::CramerVonMises => cramer_von_mises(reference, current),
        _ => wasserstein(reference, current),
    }
}

pub(super) fn law_name(law: KsLaw) -> &'static str {
    match law {
        KsLaw::Exact => "exact",
        KsLaw::Asymptotic => "asymptotic",
    }
}

/// `√(statistic (1/n + 1/m))`: statistics that grow with the rows, as an effect.
fn per_row(statistic: f64, n: u64, m: u64) -> f64 {
    (statistic.max(0.0) * (1.0 / n as f64 + 1.0 / m as f64)).sqrt()
}

/// `nm / (n + m)` below which Kuiper's limit law is not trusted.
const KUIPER_ROWS_MIN: f64 = 20.0;

fn kuiper(
    reference: &[f64],
    current: &[f64],
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    let (n, m) = (reference.len() as u64, current.len() as u64);
    let kuiper = two_sample_kuiper(reference, current)?;
    let (b, seed) = (settings.n_resamples, settings.seed);
    let (variant, p_value) = if (n * m) as f64 / ((n + m) as f64) < KUIPER_ROWS_MIN {
        (
            format!("{b} permutations"),
            two_sample_kuiper_permutation(reference, current, b, seed)?,
        )
    } else {
        (
            "asymptotic with Stephens' first-order term".to_owned(),
            kuiper.p_value,
        )
    };
    Ok(Found {
        variant,
        statistic: kuiper.statistic,
        p_value: Some(p_value),
        noise_floor: Some(kuiper_noise_floor(n, m)),
        effect_size: Some(kuiper.statistic),
    })
}

fn cramer_von_mises(reference: &[f64], current: &[f64]) -> Result<Found, StatsError> {
    let outcome = two_sample_cramer_von_mises(reference, current)?;
    let (in_reference, in_current): (Vec<u64>, Vec<u64>) = ties(reference, current)
        .map(|tie| (tie.reference, tie.current))
        .unzip();
    Ok(cramer_von_mises_found(
        &outcome,
        &in_reference,
        &in_current,
        "",
    ))
}

/// `how`: `, binned …` where not from the rows themselves.
pub(super) fn cramer_von_mises_found(
    outcome: &CramerVonMises,
    reference: &[u64],
    current: &[u64],
    how: &str,
) -> Found {
    let (n, m) = (reference.iter().sum(), current.iter().sum());
    Found {
        variant: format!("safe for ties, {}{how}", outcome.law.name()),
        statistic: outcome.statistic,
        p_value: Some(outcome.p_value),
        noise_floor: Some(cramer_von_mises_noise_floor(reference, current)),
        effect_size: Some(per_row(outcome.statistic, n, m)),
    }
}

/// Share of all rows at one value beyond which the limit law of untied values is not
/// trusted.
const TIE_SHARE_MAX: f64 = 0.005;

/// `permuted`: the permutation p-value of `n_resamples`, asked for where values are tied.
pub(super) fn anderson_darling_found(
    outcome: &AndersonDarling,
    (n, m): (u64, u64),
    ties: &str,
    n_resamples: usize,
    permuted: impl FnOnce() -> Result<f64, StatsError>,
) -> Result<Found, StatsError> {
    let (law, p_value) = if outcome.largest_tie_share > TIE_SHARE_MAX {
        (format!("p from {n_resamples} permutations"), permuted()?)
    } else {
        ("limit law".to_owned(), outcome.p_value)
    };
    Ok(Found {
        variant: format!("standardised, {ties}, {law}"),
        statistic: outcome.statistic,
        p_value: Some(p_value),
        noise_floor: Some(0.0),
        effect_size: Some(per_row(outcome.a_squared, n, m)),
    })
}

pub(super) fn mann_whitney_found(outcome: &MannWhitneyU, ties: &str) -> Found {
    let law = if outcome.is_exact {
        "exact".to_owned()
    } else {
        format!("normal law with continuity correction, {ties}")
    };
    Found {
        variant: format!("two-sided, {law}"),
        statistic: outcome.statistic,
        p_value: Some(outcome.p_value),
        noise_floor: None,
        effect_size: Some(outcome.rank_biserial),
    }
}

/// `how`: ` from …` where not from the rows themselves.
pub(super) fn welch_found(outcome: &WelchT, how: &str) -> Found {
    let df = outcome.degrees_of_freedom;
    let law = if df.is_nan() {
        "neither sample varies".to_owned()
    } else {
        format!("{df:.1} degrees of freedom")
    };
    Found {
        variant: format!("unequal variances, two-sided, {law}{how}"),
        statistic: outcome.statistic,
        p_value: Some(outcome.p_value),
        noise_floor: None,
        effect_size: Some(outcome.cohens_d),
    }
}

pub(super) fn epps_singleton_found(outcome: &EppsSingleton, n: u64, m: u64, how: &str) -> Found {
    let df = outcome.degrees_of_freedom;
    Found {
        variant: format!(
            "pooled covariance, t = 0.4 and 0.8 per half interquartile range, {df} degrees of freedom{how}"
        ),
        statistic: outcome.statistic,
        p_value: Some(outcome.p_value),
        noise_floor: Some(df as f64),
        effect_size: Some(per_row(outcome.statistic, n, m)),
    }
}

fn energy(
    reference: &[f64],
    current: &[f64],
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    let distance = energy_distance(reference, current)?;
    let p_value = energy_permutation(reference, current, settings.n_resamples, settings.seed)?;
    let scale = Spread::from_sorted(reference)?.scale();
    Ok(Found {
        variant: format!(
            "in the root of the column's unit, {} permutations",
            settings.n_resamples
        ),
        statistic: distance,
        p_value: Some(p_value),
        noise_floor: energy_noise_floor(reference, current).ok(),
        effect_size: scale.map(|scale| distance / scale.sqrt()),
    })
}

fn wasserstein(reference: &[f64], current: &[f64]) -> Result<Found, StatsError> {
    let distance = wasserstein_distance(reference, current)?;
    let spread = Spread::from_sorted(reference)?;
    let floor = wasserstein_noise_floor(reference, current).ok();
    Ok(wasserstein_found(distance, floor, Some(spread), "exact"))
}

pub(super) fn wasserstein_found(
    distance: f64,
    floor: Option<f64>,
    spread: Option<Spread>,
    how: &str,
) -> Found {
    let Some((scale, spread)) = spread.and_then(|spread| Some((spread.scale()?, spread))) else {
        return Found {
            variant: format!("{how}, in the column's unit"),
            statistic: distance,
            p_value: None,
            noise_floor: floor,
            effect_size: None,
        };
    };
    let unit = if spread.iqr > 0.0 {
        "interquartile range"
    } else {
        "standard deviation"
    };
    Found::distance(
        format!("{how}, in units of the {unit} of the reference"),
        distance / scale,
        floor.map(|floor| floor / scale),
    )
}
