//! Comparing numeric columns.

use super::{add_missing, add_window, detectable_shift, histogram_distances, result};
use crate::error::StatsError;
use crate::evidence::{ColumnEvidence, ColumnKind, Effect, EffectMeasure, RowLevelTest};
use crate::grid::{NumericGrid, Spread};
use crate::profile::NumericProfile;
use crate::sort::sort_numbers;
use crate::two_sample::{
    KsLaw, RowTest, coarse_counts, coarse_edges, coarse_groups, combined_row_test,
    combined_row_test_binned, grouped, ks_noise_floor, wasserstein_distance_binned,
    wasserstein_noise_floor_binned, wasserstein_with_noise_floor,
};
use crate::window_null::WindowNull;

/// Interquartile range of the standard normal law.
const NORMAL_IQR: f64 = 1.348_979_500_392_163_6;

/// Compares two samples of numbers exactly.
///
/// # Arguments
///
/// * `name`: of the column, for the evidence.
/// * `reference`, `current`: finite values in any order; sorted in place.
/// * `n_missing_reference`, `n_missing_current`: missing values beside them.
/// * `window_null`: the law of the reference's own windows, where there is one.
///
/// # Returns
///
/// Evidence; an empty sample, or values that are not finite, give evidence that says
/// so.
pub fn compare_numeric_samples(
    name: &str,
    reference: &mut [f64],
    current: &mut [f64],
    n_missing_reference: u64,
    n_missing_current: u64,
    window_null: Option<&WindowNull>,
) -> ColumnEvidence {
    let mut evidence = ColumnEvidence::empty(name, ColumnKind::Numeric);
    for values in [&mut *reference, &mut *current] {
        if values.iter().any(|value| !value.is_finite()) {
            let error = "a value is not finite".to_owned();
            return ColumnEvidence::failed(name, ColumnKind::Numeric, error);
        }
        for value in values.iter_mut() {
            // Both zeros are one value.
            *value += 0.0;
        }
        sort_numbers(values);
    }
    let (reference, current) = (&*reference, &*current);
    let (n, m) = (reference.len() as u64, current.len() as u64);
    evidence.n_reference = n;
    evidence.n_current = m;
    let spread = Spread::from_sorted(reference).ok();
    evidence.constant_reference = spread.is_some_and(|spread| spread.min == spread.max);
    let off_constant = current
        .iter()
        .filter(|&value| reference.first() != Some(value));
    let off_constant = off_constant.count() as u64;
    let row_test = combined_row_test(reference, current);
    let (distance, distance_floor) = match wasserstein_with_noise_floor(reference, current) {
        Ok((distance, floor)) => (Ok(distance), Some(floor)),
        Err(error) => (Err(error), None),
    };
    describe(
        &mut evidence,
        &Found {
            row_test,
            binning: String::new(),
            distance,
            distance_floor,
            distance_variant: "exact",
            spread,
            off_constant,
        },
    );
    let edges = coarse_edges(reference);
    let bins = format!("{} reference quantile bins", edges.len() + 1);
    evidence.results.extend(histogram_distances(
        &coarse_counts(reference, &edges),
        &coarse_counts(current, &edges),
        &bins,
    ));
    add_missing(
        &mut evidence,
        (n_missing_reference, n + n_missing_reference),
        (n_missing_current, m + n_missing_current),
    );
    let scaled = match (spread.and_then(|spread| spread.scale()), distance) {
        (Some(scale), Ok(distance)) => Some((distance / scale).powi(2)),
        (None, Ok(_)) => Some(f64::from(u8::from(off_constant > 0))),
        _ => None,
    };
    add_window(&mut evidence, window_null, scaled);
    evidence
}

/// What profiles and samples alike can say.
struct Found {
    row_test: Result<RowTest, StatsError>,
    /// How the values were binned, as the end of a variant.
    binning: String,
    distance: Result<f64, StatsError>,
    distance_floor: Option<f64>,
    distance_variant: &'static str,
    spread: Option<Spread>,
    off_constant: u64,
}

fn describe(evidence: &mut ColumnEvidence, found: &Found) {
    let (n, m) = (evidence.n_reference, evidence.n_current);
    add_row_tests(evidence, found);
    let scale = found.spread.and_then(|spread| spread.scale());
    let (measure, unit) = match found.spread {
        Some(spread) if spread.iqr > 0.0 => (
            EffectMeasure::WassersteinIqr,
            "interquartile range of the reference",
        ),
        _ => (
            EffectMeasure::WassersteinSd,
            "standard deviation of the reference",
        ),
    };
    if let Some(scale) = scale {
        evidence.results.push(result(
            "wasserstein",
            &format!("{}, in units of the {unit}", found.distance_variant),
            found.distance.map(|distance| distance / scale),
            None,
            found.distance_floor.map(|floor| floor / scale),
        ));
    }
    evidence.results.push(result(
        "wasserstein_raw",
        &format!("{}, in the column's unit", found.distance_variant),
        found.distance,
        None,
        found.distance_floor,
    ));
    if n == 0 || m == 0 {
        return;
    }
    evidence.effect = match (scale, found.distance) {
        (Some(scale), Ok(distance)) => Some(Effect {
            measure,
            value: distance / scale,
        }),
        (None, Ok(_)) => Some(Effect {
            measure: EffectMeasure::ShareOffConstant,
            value: found.off_constant as f64 / m as f64,
        }),
        _ => None,
    };
    let per_unit = if measure == EffectMeasure::WassersteinIqr {
        NORMAL_IQR
    } else {
        1.0
    };
    evidence.detectable_effect = scale.map(|_| detectable_shift(n, m) / per_unit);
}

/// The row-level tests, each a result of its own, and the p-value of the default one.
fn add_row_tests(evidence: &mut ColumnEvidence, found: &Found) {
    let (n, m) = (evidence.n_reference, evidence.n_current);
    let (test, binning) = (found.row_test, &found.binning);
    let law = match test.map(|test| test.ks.law) {
        Ok(KsLaw::Exact) => "exact",
        _ => "asymptotic",
    };
    evidence.results.push(result(
        "ks",
        &format!("two-sided, {law}{binning}"),
        test.map(|test| test.ks.statistic),
        test.ok().map(|test| test.ks.p_value),
        (n > 0 && m > 0).then(|| ks_noise_floor(n, m)),
    ));
    let Ok(test) = test else { return };
    let cramer = test.cramer_von_mises;
    evidence.results.push(result(
        "cramer_von_mises",
        &format!("safe with ties, {}{binning}", cramer.law.name()),
        Ok(cramer.statistic),
        Some(cramer.p_value),
        Some(cramer.mean),
    ));
    if let Some(spread) = test.brown_forsythe {
        evidence.results.push(result(
            "brown_forsythe",
            &format!("F of deviations from the own median, on pooled ranks{binning}"),
            Ok(spread.statistic),
            Some(spread.p_value),
            Some(1.0),
        ));
    }
    evidence.results.push(result(
        "combined",
        "-log10 of the Cauchy combination of ks, cramer_von_mises and brown_forsythe",
        Ok(-test.p_value.max(f64::MIN_POSITIVE).log10()),
        Some(test.p_value),
        None,
    ));
    evidence.p_value_row = Some(test.p_value);
    evidence.choose_row_test(RowLevelTest::default());
}

pub(super) fn compare_profiles(
    name: &str,
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Result<ColumnEvidence, StatsError> {
    let n_bins = grid.n_bins();
    if reference.n_bins() != n_bins || current.n_bins() != n_bins {
        return Err(StatsError::GridMismatch);
    }
    let mut evidence = ColumnEvidence::empty(name, ColumnKind::Numeric);
    evidence.n_reference = reference.n();
    evidence.n_current = current.n();
    let constant = constant_bin(grid, reference);
    evidence.constant_reference = constant.is_some();
    let off_constant = constant.map_or(0, |bin| current.n() - current.count(bin));
    let counts = (reference.counts(), current.counts());
    let row_test = combined_row_test_binned(&counts.0, &counts.1);
    let bound = largest_bin_share(reference);
    let binning = if grid.is_exact() {
        ", binned on every distinct reference value".to_owned()
    } else {
        format!(", binned (largest bin {:.3} %)", 100.0 * bound)
    };
    let spread = (!evidence.constant_reference).then(|| *grid.spread());
    describe(
        &mut evidence,
        &Found {
            row_test,
            binning,
            distance: wasserstein_distance_binned(grid, reference, current),
            distance_floor: wasserstein_noise_floor_binned(grid, reference, current).ok(),
            distance_variant: "binned",
            spread,
            off_constant,
        },
    );
    let groups = coarse_groups(&counts.0);
    let bins = format!("{} reference quantile bins", groups.len());
    evidence.results.extend(histogram_distances(
        &grouped(&counts.0, &groups),
        &grouped(&counts.1, &groups),
        &bins,
    ));
    Ok(evidence)
}

/// The bin of the reference's only value, where the grid was made from one value and
/// the reference still holds no other.
fn constant_bin(grid: &NumericGrid, reference: &NumericProfile) -> Option<usize> {
    let bin = grid.bin(grid.spread().min);
    let only = reference.n() > 0 && reference.count(bin) == reference.n();
    (grid.is_constant() && only).then_some(bin)
}

fn largest_bin_share(profile: &NumericProfile) -> f64 {
    let largest = profile.counts().iter().max().copied().unwrap_or(0);
    largest as f64 / profile.n().max(1) as f64
}
