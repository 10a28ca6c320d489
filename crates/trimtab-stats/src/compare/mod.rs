//! One column, reference against current: from profiles or from samples to evidence.

mod categorical;
mod numeric;
mod rhythm;
mod sparse;
mod unseen;
mod windows;

pub use categorical::compare_categorical_counts;
pub use numeric::compare_numeric_samples;
pub use rhythm::WeeklyRhythm;
pub use windows::{fit_window_null, window_distance, window_location};

use crate::error::StatsError;
use crate::evidence::{ColumnEvidence, ColumnKind, Effect, EffectMeasure, MethodResult, WindowLaw};
use crate::grid::ColumnGrid;
use crate::profile::ColumnProfile;
use crate::special::normal_quantile;
use crate::two_sample::{
    hellinger_distance, hellinger_noise_floor, jensen_shannon_distance, jensen_shannon_noise_floor,
    population_stability_index, population_stability_index_noise_floor, total_variation_distance,
    total_variation_noise_floor, two_proportion_z,
};
use crate::window_null::WindowNull;

/// Smoothing of the population stability index (Jeffreys).
const PSEUDOCOUNT: f64 = 0.5;
/// Level and power for which the smallest detectable effect is stated.
const POWER_ALPHA: f64 = 0.05;
const POWER: f64 = 0.8;

/// Compares a column of two profiles on one grid.
///
/// # Arguments
///
/// * `name`: of the column, for the evidence.
/// * `grid`: both profiles must have been cut on it.
/// * `reference`, `current`: the profiles.
/// * `window_null`: the law of the reference's own windows, where there is one; see
///   [`fit_window_null`].
///
/// # Returns
///
/// Evidence with the results of all methods. It never fails: profiles of another
/// grid, or without values, give evidence that says so.
pub fn compare_column(
    name: &str,
    grid: &ColumnGrid,
    reference: &ColumnProfile,
    current: &ColumnProfile,
    window_null: Option<&WindowNull>,
) -> ColumnEvidence {
    let found = match (grid, reference, current) {
        (
            ColumnGrid::Numeric(grid),
            ColumnProfile::Numeric(reference),
            ColumnProfile::Numeric(current),
        ) => numeric::compare_profiles(name, grid, reference, current),
        (
            ColumnGrid::Categorical(grid),
            ColumnProfile::Categorical(reference),
            ColumnProfile::Categorical(current),
        ) => categorical::compare_profiles(name, grid, reference, current),
        _ => Err(StatsError::GridMismatch),
    };
    let mut evidence = match found {
        Ok(evidence) => evidence,
        Err(error) => return ColumnEvidence::failed(name, kind_of(grid), error.to_string()),
    };
    add_missing(
        &mut evidence,
        (reference.n_missing(), reference.n_rows()),
        (current.n_missing(), current.n_rows()),
    );
    let distance = window_distance(grid, reference, current);
    add_window(&mut evidence, window_null, distance.ok());
    evidence
}

fn kind_of(grid: &ColumnGrid) -> ColumnKind {
    match grid {
        ColumnGrid::Numeric(_) => ColumnKind::Numeric,
        ColumnGrid::Categorical(_) => ColumnKind::Categorical,
    }
}

/// Tests the missing share, where a value is missing at all.
///
/// `reference`, `current`: missing values and all rows.
fn add_missing(evidence: &mut ColumnEvidence, reference: (u64, u64), current: (u64, u64)) {
    let share = |(missing, rows): (u64, u64)| (rows > 0).then(|| missing as f64 / rows as f64);
    evidence.null_share = (share(reference), share(current));
    if reference.0 + current.0 == 0 {
        return;
    }
    if let Ok(outcome) = two_proportion_z(reference, current) {
        evidence.p_value_missing = Some(outcome.p_value);
        evidence.missing_effect = Some(Effect {
            measure: EffectMeasure::MissingShareChange,
            value: outcome.difference.abs(),
        });
        evidence.results.push(MethodResult {
            method: "missing_share",
            variant: "two proportions, pooled z, two-sided".to_owned(),
            statistic: Some(outcome.statistic),
            p_value: Some(outcome.p_value),
            threshold: None,
            noise_floor: None,
            effect_size: Some(outcome.difference),
            reason: None,
        });
    }
}

/// Asks the law of the reference's windows.
fn add_window(
    evidence: &mut ColumnEvidence,
    window_null: Option<&WindowNull>,
    distance: Option<f64>,
) {
    let Some(null) = window_null else { return };
    evidence.n_windows = null.n_windows();
    evidence.n_windows_effective = Some(null.n_windows_effective());
    evidence.inflation = null.inflation();
    evidence.window_law = if null.is_usable() {
        WindowLaw::Usable
    } else if null.is_all_zero() {
        WindowLaw::AllAlike
    } else {
        WindowLaw::TooFew
    };
    if evidence.p_value_row.is_some() {
        evidence.p_value_window = distance.and_then(|distance| null.p_value(distance));
    }
    if let (Some(_), (Some(reference), Some(current))) =
        (evidence.p_value_missing, evidence.null_share)
    {
        evidence.p_value_missing_window = null.missing_p_value(reference, current);
    }
}

/// A result from a method that may refuse.
fn result(
    method: &'static str,
    variant: &str,
    statistic: Result<f64, StatsError>,
    p_value: Option<f64>,
    noise_floor: Option<f64>,
) -> MethodResult {
    let (statistic, reason) = match statistic {
        Ok(value) if value.is_finite() => (Some(value), None),
        Ok(_) => (None, Some("the value is too large for a number".to_owned())),
        Err(error) => (None, Some(error.to_string())),
    };
    MethodResult {
        method,
        variant: variant.to_owned(),
        statistic,
        p_value: p_value.filter(|_| statistic.is_some()),
        threshold: None,
        noise_floor: noise_floor.filter(|floor| floor.is_finite()),
        effect_size: effect_of(method, statistic),
        reason,
    }
}

/// Distances without a unit are their own effects.
fn effect_of(method: &str, statistic: Option<f64>) -> Option<f64> {
    statistic.filter(|_| {
        !matches!(
            method,
            "chi2" | "chi2_pooled" | "combined" | "wasserstein_raw"
        )
    })
}

/// The distances between two histograms.
fn histogram_distances(reference: &[u64], current: &[u64], bins: &str) -> Vec<MethodResult> {
    vec![
        result(
            "psi",
            &format!("{bins}, Jeffreys smoothing 0.5, nats"),
            population_stability_index(reference, current, PSEUDOCOUNT),
            None,
            population_stability_index_noise_floor(reference, current).ok(),
        ),
        result(
            "jensen_shannon",
            &format!("{bins}, distance, base 2"),
            jensen_shannon_distance(reference, current),
            None,
            jensen_shannon_noise_floor(reference, current).ok(),
        ),
        result(
            "hellinger",
            bins,
            hellinger_distance(reference, current),
            None,
            hellinger_noise_floor(reference, current).ok(),
        ),
        result(
            "total_variation",
            bins,
            total_variation_distance(reference, current),
            None,
            total_variation_noise_floor(reference, current).ok(),
        ),
    ]
}

/// The standardised difference of two means that a two-sided z test at the 5 % level
/// sees with 80 % probability: `(z_0.975 + z_0.8) √(1/n + 1/m)`.
fn detectable_shift(n: u64, m: u64) -> f64 {
    let quantiles = normal_quantile(1.0 - POWER_ALPHA / 2.0) + normal_quantile(POWER);
    quantiles * (1.0 / n as f64 + 1.0 / m as f64).sqrt()
}
