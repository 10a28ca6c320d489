//! The reference's own windows: distances, locations, and the law fitted to them.

use super::categorical::distance_of_profiles;
use crate::error::StatsError;
use crate::grid::{ColumnGrid, NumericGrid};
use crate::profile::{ColumnProfile, NumericProfile};
use crate::two_sample::{ks_statistic_binned, wasserstein_distance_binned};
use crate::window_null::{MissingNull, WindowNull};

/// Distance of a window from the reference, of a kind that does not saturate.
///
/// Numbers: the square of Wasserstein-1 in units of the reference's
/// [`Spread::scale`](crate::Spread::scale); where that does not exist (a constant
/// column) 1 if any value differs, else 0. Categories: χ² per degree of freedom.
///
/// For a window of the reference itself, `rest` is the reference without it.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if kinds or shapes differ.
/// * [`StatsError::EmptySample`] if a side has no values.
pub fn window_distance(
    grid: &ColumnGrid,
    rest: &ColumnProfile,
    window: &ColumnProfile,
) -> Result<f64, StatsError> {
    match (grid, rest, window) {
        (
            ColumnGrid::Numeric(grid),
            ColumnProfile::Numeric(rest),
            ColumnProfile::Numeric(window),
        ) => {
            let distance = wasserstein_distance_binned(grid, rest, window)?;
            Ok(match grid.spread().scale() {
                Some(scale) => (distance / scale).powi(2),
                None => f64::from(u8::from(distance > 0.0)),
            })
        }
        (
            ColumnGrid::Categorical(grid),
            ColumnProfile::Categorical(rest),
            ColumnProfile::Categorical(window),
        ) => distance_of_profiles(grid, rest, window),
        _ => Err(StatsError::GridMismatch),
    }
}

/// Where a window lies in the reference: the mean rank of its values in `total`, or
/// the share of the commonest category of `total`; in `[0, 1]`.
///
/// # Errors
///
/// As [`window_distance`].
pub fn window_location(total: &ColumnProfile, window: &ColumnProfile) -> Result<f64, StatsError> {
    if window.n() == 0 {
        return Err(StatsError::EmptySample { sample: "current" });
    }
    if total.n() == 0 {
        return Err(StatsError::EmptySample {
            sample: "reference",
        });
    }
    match (total, window) {
        (ColumnProfile::Numeric(total), ColumnProfile::Numeric(window)) => mean_rank(total, window),
        (ColumnProfile::Categorical(total), ColumnProfile::Categorical(window)) => {
            let (total, window_counts) = (total.counts_with_unseen(), window.counts_with_unseen());
            if total.len() != window_counts.len() {
                return Err(StatsError::GridMismatch);
            }
            // The first of the largest, so that ties are broken by the grid's order.
            let commonest = (0..total.len())
                .rev()
                .max_by_key(|&i| total[i])
                .unwrap_or(0);
            Ok(window_counts[commonest] as f64 / window.n() as f64)
        }
        _ => Err(StatsError::GridMismatch),
    }
}

fn mean_rank(total: &NumericProfile, window: &NumericProfile) -> Result<f64, StatsError> {
    if total.n_bins() != window.n_bins() {
        return Err(StatsError::GridMismatch);
    }
    let mut below = 0.0;
    let mut sum = 0.0;
    for (&in_total, &in_window) in total.counts().iter().zip(window.counts().iter()) {
        sum += in_window as f64 * (below + 0.5 * in_total as f64);
        below += in_total as f64;
    }
    Ok(sum / (window.n() as f64 * total.n() as f64))
}

/// Fits the law of windows without drift from the reference's own windows.
///
/// # Arguments
///
/// * `grid`: of the column.
/// * `windows`: profiles of the reference's windows, in the order of time, of the
///   length that will be monitored. Empty ones are left out.
/// * `total`: their sum.
/// * `seed`: of the simulation inside [`WindowNull::fit`].
///
/// A window that is not part of `total`, or of another grid, is left out.
pub fn fit_window_null(
    grid: &ColumnGrid,
    windows: &[ColumnProfile],
    total: &ColumnProfile,
    seed: u64,
) -> WindowNull {
    let mut distances = Vec::with_capacity(windows.len());
    let mut locations = Vec::with_capacity(windows.len());
    let mut ratios = Vec::with_capacity(windows.len());
    let mut missing = Vec::with_capacity(windows.len());
    for window in windows {
        let mut rest = total.clone();
        if rest.subtract(window).is_err() {
            continue;
        }
        if let (Some(in_rest), Some(in_window)) = (rest.missing_share(), window.missing_share()) {
            missing.push((in_rest, in_window));
        }
        let distance = window_distance(grid, &rest, window);
        let location = window_location(total, window);
        if let (Ok(distance), Ok(location)) = (distance, location) {
            distances.push(distance);
            locations.push(location);
            ratios.push(row_level_ratio(grid, &rest, window, distance));
        }
    }
    let inflation = (!ratios.is_empty())
        .then(|| ratios.iter().sum::<f64>() / ratios.len() as f64)
        .filter(|inflation| *inflation > 0.0);
    WindowNull::fit(&distances, &locations, seed)
        .with_inflation(inflation)
        .with_missing(MissingNull::fit(&missing, seed))
}

/// The window's row-level statistic over its expectation with independent rows:
/// χ² per degree of freedom, or `D² nm/(n+m)` over its mean `π²/12`.
fn row_level_ratio(
    grid: &ColumnGrid,
    rest: &ColumnProfile,
    window: &ColumnProfile,
    distance: f64,
) -> f64 {
    match (grid, rest, window) {
        (
            ColumnGrid::Numeric(NumericGrid { .. }),
            ColumnProfile::Numeric(rest),
            ColumnProfile::Numeric(window),
        ) => {
            let (n, m) = (rest.n() as f64, window.n() as f64);
            let expected = std::f64::consts::PI.powi(2) / 12.0;
            ks_statistic_binned(&rest.counts(), &window.counts()).map_or(0.0, |statistic| {
                statistic.powi(2) * n * m / (n + m) / expected
            })
        }
        _ => distance,
    }
}
