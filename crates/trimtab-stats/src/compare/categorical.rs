//! Comparing categorical columns.

use super::sparse::{pool_rare, sparse_test};
use super::unseen::Cells;
use super::{POWER, POWER_ALPHA, add_missing, add_window, histogram_distances, result};
use crate::error::StatsError;
use crate::evidence::{ColumnEvidence, ColumnKind, Effect, EffectMeasure, MethodResult};
use crate::grid::CategoricalGrid;
use crate::profile::CategoricalProfile;
use crate::special::chi_squared_noncentrality;
use crate::two_sample::{
    ChiSquared, category_turnover_results, chi_squared_contingency, cramers_v_noise_floor,
};
use crate::window_null::WindowNull;
use std::collections::BTreeMap;

/// Compares two columns of counted values exactly.
///
/// # Arguments
///
/// * `name`: of the column, for the evidence.
/// * `reference`, `current`: value and number of rows, in any order; a value may occur
///   more than once.
/// * `n_missing_reference`, `n_missing_current`: missing values beside them.
/// * `window_null`: the law of the reference's own windows, where there is one.
///
/// # Returns
///
/// Evidence; an empty sample gives evidence that says so.
pub fn compare_categorical_counts(
    name: &str,
    reference: &[(String, u64)],
    current: &[(String, u64)],
    n_missing_reference: u64,
    n_missing_current: u64,
    window_null: Option<&WindowNull>,
) -> ColumnEvidence {
    let mut table: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (side, counts) in [reference, current].into_iter().enumerate() {
        for (value, count) in counts {
            table.entry(value).or_default()[side] += count;
        }
    }
    let in_reference: Vec<u64> = table.values().map(|row| row[0]).collect();
    let in_current: Vec<u64> = table.values().map(|row| row[1]).collect();
    let mut evidence = describe(name, &in_reference, &in_current, "every value", None);
    evidence.results.extend(category_turnover_results(
        &in_reference,
        &in_current,
        "every value",
    ));
    let missing = [n_missing_reference, n_missing_current];
    let [reference_rows, current_rows] = [evidence.n_reference, evidence.n_current];
    add_missing(
        &mut evidence,
        (missing[0], reference_rows + missing[0]),
        (missing[1], current_rows + missing[1]),
    );
    let distance = distance_of_counts(&in_reference, &in_current).ok();
    add_window(&mut evidence, window_null, distance);
    evidence
}

pub(super) fn compare_profiles(
    name: &str,
    grid: &CategoricalGrid,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Result<ColumnEvidence, StatsError> {
    let tested = Cells::of_profiles(grid, reference, current)?;
    Ok(describe(
        name,
        &by_name(grid, reference),
        &by_name(grid, current),
        "reference categories, unseen as one",
        tested.as_ref(),
    ))
}

/// Counts of a profile of the grid, then the unseen values.
///
/// By name and not by frequency in the reference, as the grid has them: with which rare category
/// an equally frequent one is put together must not depend on one side's counts.
fn by_name(grid: &CategoricalGrid, profile: &CategoricalProfile) -> Vec<u64> {
    let counts = profile.counts_with_unseen();
    let mut order: Vec<usize> = (0..grid.categories().len()).collect();
    order.sort_by_key(|&place| &grid.categories()[place]);
    order.push(grid.categories().len());
    order
        .into_iter()
        .filter_map(|place| counts.get(place).copied())
        .collect()
}

/// Distances are those of the counts; tests and effects those of the `tested` cells, where they
/// are others.
fn describe(
    name: &str,
    reference: &[u64],
    current: &[u64],
    bins: &str,
    tested: Option<&Cells>,
) -> ColumnEvidence {
    let mut evidence = ColumnEvidence::empty(name, ColumnKind::Categorical);
    evidence.n_reference = reference.iter().sum();
    evidence.n_current = current.iter().sum();
    evidence.constant_reference = reference.iter().filter(|&&count| count > 0).count() == 1;
    let outcome = chi_squared_contingency(reference, current);
    let variant = outcome.map_or_else(|_| bins.to_owned(), |chi| chi_squared_variant(&chi, bins));
    evidence.p_value_row = outcome.ok().map(|chi| chi.p_value);
    evidence.results.push(MethodResult {
        effect_size: outcome.ok().map(|chi| chi.cramers_v),
        ..result(
            "chi2",
            &variant,
            outcome.map(|chi| chi.statistic),
            evidence.p_value_row,
            outcome.ok().map(|chi| chi.degrees_of_freedom as f64),
        )
    });
    let outcome_tested = match tested {
        Some(cells) => chi_squared_contingency(&cells.reference, &cells.current),
        None => outcome,
    };
    if let Some(decisive) = decisive_test(reference, current, tested) {
        evidence.p_value_row = decisive.p_value;
        evidence.results.push(decisive);
    }
    let (n, m) = (evidence.n_reference, evidence.n_current);
    evidence.results.push(result(
        "cramers_v",
        bins,
        outcome.map(|chi| chi.cramers_v),
        None,
        outcome
            .ok()
            .map(|chi| cramers_v_noise_floor(chi.degrees_of_freedom, n, m)),
    ));
    evidence
        .results
        .extend(histogram_distances(reference, current, bins));
    if let Ok(chi) = outcome_tested {
        let change = match tested {
            Some(cells) => largest_share_change(&cells.reference, &cells.current, n, m),
            None => largest_share_change(reference, current, n, m),
        };
        if evidence.constant_reference {
            let off = reference
                .iter()
                .zip(current)
                .filter(|&(&in_reference, _)| in_reference == 0)
                .map(|(_, &in_current)| in_current)
                .sum::<u64>();
            evidence.effect = Some(Effect {
                measure: EffectMeasure::ShareOffConstant,
                value: off as f64 / m as f64,
            });
        } else {
            evidence.effect = Some(Effect {
                measure: EffectMeasure::CramersV,
                value: chi.cramers_v,
            });
            evidence.second_effect = Some(Effect {
                measure: EffectMeasure::LargestShareChange,
                value: change,
            });
            evidence.detectable_effect = Some(detectable_v(chi.degrees_of_freedom, n, m));
        }
    }
    evidence
}

/// The test that decides where χ² on the counts as they are has no law.
fn decisive_test(
    reference: &[u64],
    current: &[u64],
    tested: Option<&Cells>,
) -> Option<MethodResult> {
    let Some(cells) = tested else {
        return sparse_test(reference, current);
    };
    let found = sparse_test(&cells.reference, &cells.current).or_else(|| {
        let chi = chi_squared_contingency(&cells.reference, &cells.current).ok()?;
        let df = chi.degrees_of_freedom as f64;
        let variant = format!("{} groups", cells.reference.len());
        Some(result(
            "chi2_pooled",
            &variant,
            Ok(chi.statistic),
            Some(chi.p_value),
            Some(df),
        ))
    })?;
    Some(MethodResult {
        variant: format!("{}, {}", found.variant, cells.how),
        ..found
    })
}

fn chi_squared_variant(chi: &ChiSquared, bins: &str) -> String {
    let variant = format!(
        "contingency on counts, no continuity correction, {bins}, {} degrees of freedom",
        chi.degrees_of_freedom
    );
    if chi.small_expected_share > 0.2 {
        let share = 100.0 * chi.small_expected_share;
        format!("{variant}, {share:.0} % of expected counts below 5 (conservative)")
    } else {
        variant
    }
}

/// The largest absolute change of one category's share, in `[0, 1]`.
fn largest_share_change(reference: &[u64], current: &[u64], n: u64, m: u64) -> f64 {
    reference
        .iter()
        .zip(current)
        .map(|(&r, &c)| (r as f64 / n as f64 - c as f64 / m as f64).abs())
        .fold(0.0, f64::max)
}

/// The Cramér's V between equally large samples of such shares that χ² sees with
/// 80 % probability at the 5 % level: `√(λ / 4) · √(1/n + 1/m)`.
fn detectable_v(degrees_of_freedom: u64, n: u64, m: u64) -> f64 {
    let df = degrees_of_freedom.max(1) as f64;
    let lambda = chi_squared_noncentrality(df, POWER_ALPHA, POWER);
    0.5 * (lambda * (1.0 / n as f64 + 1.0 / m as f64)).sqrt()
}

/// χ² per degree of freedom of two profiles; see [`distance_of_counts`].
pub(super) fn distance_of_profiles(
    grid: &CategoricalGrid,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Result<f64, StatsError> {
    match Cells::of_profiles(grid, reference, current)? {
        Some(cells) => distance_of_counts(&cells.reference, &cells.current),
        None => distance_of_counts(&by_name(grid, reference), &by_name(grid, current)),
    }
}

/// χ² per degree of freedom, rare categories put together; 0 where there is one category only.
pub(super) fn distance_of_counts(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let chi = match pool_rare(reference, current) {
        Some(pooled) => chi_squared_contingency(&pooled.side(0), &pooled.side(1)),
        None => chi_squared_contingency(reference, current),
    }?;
    Ok(if chi.degrees_of_freedom == 0 {
        0.0
    } else {
        chi.statistic / chi.degrees_of_freedom as f64
    })
}
