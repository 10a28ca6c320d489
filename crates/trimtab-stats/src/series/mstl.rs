//! Several seasons at once.

use super::stl::{StlOptions, stl};
use crate::error::StatsError;

/// A series as the sum of several seasons, a trend and a rest.
#[derive(Debug, Clone, PartialEq)]
pub struct MultipleDecomposition {
    /// One season per period, shortest first, each of shape `(n,)`.
    pub seasonal: Vec<Vec<f64>>,
    /// The slow part, shape `(n,)`.
    pub trend: Vec<f64>,
    /// The rest, shape `(n,)`.
    pub residual: Vec<f64>,
}

/// Splits a series into several seasons, a trend and a rest.
///
/// STL is run for each period in turn on the series without the other seasons, twice
/// round (once if there is one period), with seasonal spans 11, 15, 19, … .
///
/// # Arguments
///
/// * `values`: the series, shape `(n,)`, equally spaced, finite.
/// * `periods`: in rows, each at least 2 and at most `n / 2`; any order; at least one.
/// * `robust`: whether outlying rows are weighed down.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if there are no periods, or fewer rows than two of the
///   longest.
/// * As [`stl`].
///
/// # Source
///
/// K. Bandara, R. Hyndman, C. Bergmeir, *MSTL: a seasonal-trend decomposition algorithm
/// for time series with multiple seasonal patterns* (2021); spans as in statsmodels.
pub fn mstl(
    values: &[f64],
    periods: &[usize],
    robust: bool,
) -> Result<MultipleDecomposition, StatsError> {
    decompose(values, periods, |options| StlOptions { robust, ..options })
}

/// As [`mstl`], with the options of every round as the caller would have them.
pub(super) fn decompose(
    values: &[f64],
    periods: &[usize],
    adjust: impl Fn(StlOptions) -> StlOptions,
) -> Result<MultipleDecomposition, StatsError> {
    let mut periods = periods.to_vec();
    periods.sort_unstable();
    periods.dedup();
    if periods.is_empty() {
        return Err(StatsError::EmptySample { sample: "periods" });
    }
    let n = values.len();
    let n_rounds = if periods.len() == 1 { 1 } else { 2 };
    let mut seasonal = vec![vec![0.0; n]; periods.len()];
    let mut rest = values.to_vec();
    let mut trend = Vec::new();
    for _ in 0..n_rounds {
        for (i, (&period, season)) in periods.iter().zip(&mut seasonal).enumerate() {
            for (x, s) in rest.iter_mut().zip(season.iter()) {
                *x += s;
            }
            let options = adjust(StlOptions::new(period, 7 + 4 * (i + 1)));
            let parts = stl(&rest, &options)?;
            for (x, s) in rest.iter_mut().zip(&parts.seasonal) {
                *x -= s;
            }
            *season = parts.seasonal;
            trend = parts.trend;
        }
    }
    let residual = rest.iter().zip(&trend).map(|(x, t)| x - t).collect();
    Ok(MultipleDecomposition {
        seasonal,
        trend,
        residual,
    })
}
