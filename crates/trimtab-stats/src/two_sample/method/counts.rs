//! One method on two columns of counts.

use super::{Domain, Found, Method, MethodSettings, named, not_applicable};
use crate::error::StatsError;
use crate::evidence::MethodResult;
use crate::two_sample::{
    category_turnover, chi_squared_contingency, chi_squared_monte_carlo, cramers_v_bias_corrected,
    cramers_v_bias_corrected_noise_floor, fisher_exact, fisher_exact_monte_carlo, g_test,
    hellinger_distance, hellinger_noise_floor, jensen_shannon_distance, jensen_shannon_noise_floor,
    kullback_leibler_divergence, kullback_leibler_noise_floor, l_infinity_distance,
    l_infinity_noise_floor, population_stability_index, population_stability_index_noise_floor,
    total_variation_distance, total_variation_noise_floor, totals, two_proportion_z,
};

/// Runs one method on two columns of counts.
///
/// # Arguments
///
/// * `method`: see [`Method::applies_to`].
/// * `reference`, `current`: observations per category, shape `(k,)`, unit: rows, each
///   category in the same place of both.
/// * `bins`: what the categories are, in words, for the variant: `"every value"`.
/// * `settings`: what the method leaves open.
///
/// # Returns
///
/// What it said. A method that does not apply, or that refuses the counts, gives a
/// result without numbers and with a reason.
///
/// χ² takes its p-value from random tables where expected counts are too small for the
/// χ² law, and says so. Fisher's test is exact on two categories and drawn beyond.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::{Method, MethodSettings, run_on_counts};
///
/// let settings = MethodSettings::default();
/// let result =
///     run_on_counts(Method::LInfinity, &[1, 3], &[2, 2], "every value", &settings);
/// assert_eq!(result.statistic, Some(0.25));
/// ```
pub fn run_on_counts(
    method: Method,
    reference: &[u64],
    current: &[u64],
    bins: &str,
    settings: &MethodSettings,
) -> MethodResult {
    let found = match method.domain() {
        Domain::Numbers => return not_applicable(method),
        Domain::Histograms => histogram_distance(method, reference, current, bins, settings),
        Domain::Categories => compare(method, reference, current, bins, settings),
    };
    named(method, found)
}

fn compare(
    method: Method,
    reference: &[u64],
    current: &[u64],
    bins: &str,
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    // Refuses what cannot be compared, or counted.
    totals(reference, current)?;
    match method {
        Method::ChiSquared => chi_squared(reference, current, bins, settings),
        Method::GTest => {
            let outcome = g_test(reference, current)?;
            let df = outcome.degrees_of_freedom;
            let small = if outcome.chi_squared.has_enough_rows() {
                ""
            } else {
                ", expected counts too small for it (alarms too often)"
            };
            Ok(Found {
                variant: format!("likelihood ratio, {bins}, {df} degrees of freedom{small}"),
                statistic: outcome.statistic,
                p_value: Some(outcome.p_value),
                noise_floor: Some(df as f64),
                effect_size: Some(outcome.chi_squared.cramers_v),
            })
        }
        Method::FisherExact => fisher(reference, current, bins, settings),
        Method::TwoProportionZ => {
            let (r, c) = two_categories(reference, current)?;
            let outcome = two_proportion_z((r[1], r[0] + r[1]), (c[1], c[0] + c[1]))?;
            Ok(Found {
                variant: format!("share of the second of two categories, pooled z, {bins}"),
                statistic: outcome.statistic,
                p_value: Some(outcome.p_value),
                noise_floor: None,
                effect_size: Some(outcome.difference),
            })
        }
        _ => {
            let df = chi_squared_contingency(reference, current)?.degrees_of_freedom;
            let (n, m) = (reference.iter().sum(), current.iter().sum());
            Ok(Found::distance(
                format!("bias-corrected, {bins}"),
                cramers_v_bias_corrected(reference, current)?,
                Some(cramers_v_bias_corrected_noise_floor(df, n, m)),
            ))
        }
    }
}

fn chi_squared(
    reference: &[u64],
    current: &[u64],
    bins: &str,
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    let chi = chi_squared_contingency(reference, current)?;
    let df = chi.degrees_of_freedom;
    let (law, p_value) = if df == 0 || chi.has_enough_rows() {
        (String::new(), chi.p_value)
    } else {
        let (b, seed) = (settings.n_resamples, settings.seed);
        (
            format!(
                ", p from {b} random tables (smallest expected count {:.2})",
                chi.smallest_expected
            ),
            chi_squared_monte_carlo(reference, current, b, seed)?,
        )
    };
    Ok(Found {
        variant: format!(
            "contingency on counts, no continuity correction, {bins}, {df} degrees of freedom{law}"
        ),
        statistic: chi.statistic,
        p_value: Some(p_value),
        noise_floor: Some(df as f64),
        effect_size: Some(chi.cramers_v),
    })
}

fn fisher(
    reference: &[u64],
    current: &[u64],
    bins: &str,
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    let chi = chi_squared_contingency(reference, current)?;
    let effect_size = Some(chi.cramers_v);
    if let Ok((r, c)) = two_categories(reference, current) {
        let outcome = fisher_exact(r, c)?;
        return Ok(Found {
            variant: format!("two by two, two-sided, statistic the odds ratio, {bins}"),
            statistic: outcome.odds_ratio,
            p_value: Some(outcome.p_value),
            noise_floor: Some(1.0),
            effect_size,
        });
    }
    let (b, seed) = (settings.n_resamples, settings.seed);
    Ok(Found {
        variant: format!("Freeman-Halton, p from {b} random tables, statistic Cramér's V, {bins}"),
        statistic: chi.cramers_v,
        p_value: Some(fisher_exact_monte_carlo(reference, current, b, seed)?),
        noise_floor: None,
        effect_size,
    })
}

/// The counts of the two categories in use.
fn two_categories(reference: &[u64], current: &[u64]) -> Result<([u64; 2], [u64; 2]), StatsError> {
    let in_use: Vec<(u64, u64)> = reference
        .iter()
        .copied()
        .zip(current.iter().copied())
        .filter(|&(r, c)| r > 0 || c > 0)
        .collect();
    match in_use[..] {
        [(r0, c0), (r1, c1)] => Ok(([r0, r1], [c0, c1])),
        _ => Err(StatsError::NotTwoCategories {
            found: in_use.len(),
        }),
    }
}

/// New and vanished categories as results beside those of the methods.
///
/// * `new_category_share`: share of current rows in categories that the reference does
///   not have; `vanished_category_share`: share of reference rows in categories that the
///   current sample does not have. Statistic and effect are the share, the noise floor
///   what it would be without drift; see
///   [`category_turnover`](crate::two_sample::category_turnover).
/// * Arguments as for [`run_on_counts`].
pub fn category_turnover_results(
    reference: &[u64],
    current: &[u64],
    bins: &str,
) -> [MethodResult; 2] {
    let turnover = category_turnover(reference, current);
    let result = |method, share: f64, expected: f64, n_categories: u64| MethodResult {
        method,
        variant: format!("{n_categories} categories, {bins}"),
        statistic: Some(share),
        p_value: None,
        threshold: None,
        noise_floor: Some(expected),
        effect_size: Some(share),
        reason: None,
    };
    let refused = |method, error: StatsError| MethodResult {
        method,
        variant: bins.to_owned(),
        statistic: None,
        p_value: None,
        threshold: None,
        noise_floor: None,
        effect_size: None,
        reason: Some(error.to_string()),
    };
    let (new, vanished) = ("new_category_share", "vanished_category_share");
    match turnover {
        Ok(found) => [
            result(new, found.new_share, found.new_share_expected, found.n_new),
            result(
                vanished,
                found.vanished_share,
                found.vanished_share_expected,
                found.n_vanished,
            ),
        ],
        Err(error) => [refused(new, error), refused(vanished, error)],
    }
}

/// A distance between two histograms cut with the same edges.
pub(super) fn histogram_distance(
    method: Method,
    reference: &[u64],
    current: &[u64],
    bins: &str,
    settings: &MethodSettings,
) -> Result<Found, StatsError> {
    let a = settings.pseudocount;
    let (how, distance, floor) = match method {
        Method::PopulationStabilityIndex => (
            format!(", pseudocount {a}, nats"),
            population_stability_index(reference, current, a)?,
            population_stability_index_noise_floor(reference, current)?,
        ),
        Method::KullbackLeibler => (
            format!(", of current from reference, pseudocount {a}, nats"),
            kullback_leibler_divergence(reference, current, a)?.current_from_reference,
            kullback_leibler_noise_floor(reference, current)?,
        ),
        Method::JensenShannon => (
            ", distance, base 2".to_owned(),
            jensen_shannon_distance(reference, current)?,
            jensen_shannon_noise_floor(reference, current)?,
        ),
        Method::Hellinger => (
            String::new(),
            hellinger_distance(reference, current)?,
            hellinger_noise_floor(reference, current)?,
        ),
        Method::TotalVariation => (
            String::new(),
            total_variation_distance(reference, current)?,
            total_variation_noise_floor(reference, current)?,
        ),
        _ => (
            String::new(),
            l_infinity_distance(reference, current)?,
            l_infinity_noise_floor(reference, current)?,
        ),
    };
    Ok(Found::distance(
        format!("{bins}{how}"),
        distance,
        Some(floor),
    ))
}
