//! What a metric loses when a column is shuffled.

use super::mean_change::Moments;
use crate::error::StatsError;
use crate::random::Random;
use crate::special::student_t_quantile;

/// How often, and how, columns are shuffled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PermutationSettings {
    /// Shuffles per column, at least 1; an interval needs 2.
    pub n_repeats: u32,
    /// The same seed gives the same shuffles.
    pub seed: u64,
    /// Level of the interval, between 0 and 1.
    pub confidence: f64,
    /// Whether a larger metric is better (AUC, accuracy) or worse (log loss, MAE).
    pub higher_is_better: bool,
}

/// How much a model needs one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnImportance {
    /// Mean loss of the metric over the shuffles, at or above 0 for a useful column; a little
    /// below 0 by chance.
    pub importance: f64,
    /// Standard deviation over the shuffles; NaN with one.
    pub standard_deviation: f64,
    /// Student's interval of the mean over shuffles of *these* rows; NaN with one. (Other rows
    /// would move it further: the metric's own interval says how far.)
    pub interval: (f64, f64),
}

/// Shuffles each column of the rows in turn and measures what the metric loses.
///
/// Works for any model: only its metric on changed rows is asked for. A column that the model
/// does not use has exactly 0. Of columns that carry the same information, each one alone may
/// look unimportant.
///
/// # Arguments
///
/// * `rows`: shape `(n_rows, width)`, row-major; given back unchanged.
/// * `column_of_value`: for each of the `width` values the column it belongs to; the values of a
///   one-hot block move together. Columns are numbered from 0 without gaps.
/// * `metric`: of the model on rows like these, with the labels in their places.
///
/// # Returns
///
/// The metric of the rows as they are, and the importance of each column.
///
/// # Errors
///
/// [`StatsError::EmptySample`] without rows, [`StatsError::ShapeMismatch`] if they are not whole,
/// [`StatsError::ParameterOutOfDomain`] without repeats or for a confidence outside (0, 1); and
/// whatever `metric` returns.
///
/// # Numerics
///
/// `n_repeats · n_columns + 1` calls of `metric`; the rows are shuffled in place and put back.
///
/// # Source
///
/// L. Breiman, *Random forests* (2001), section 10, for any model and metric as in
/// scikit-learn's `permutation_importance`.
pub fn permutation_importance<E: From<StatsError>>(
    rows: &mut [f32],
    column_of_value: &[usize],
    settings: PermutationSettings,
    mut metric: impl FnMut(&[f32]) -> Result<f64, E>,
) -> Result<(f64, Vec<ColumnImportance>), E> {
    let width = column_of_value.len();
    check(rows, width, settings)?;
    let n_columns = column_of_value.iter().max().map_or(0, |&last| last + 1);
    let whole = metric(rows)?;
    let sign = if settings.higher_is_better { 1.0 } else { -1.0 };
    let mut random = Random::from_seed(settings.seed);
    let mut order: Vec<usize> = (0..rows.len() / width).collect();
    let mut importances = Vec::with_capacity(n_columns);
    for column in 0..n_columns {
        let values: Vec<usize> = (0..width)
            .filter(|&value| column_of_value[value] == column)
            .collect();
        let original: Vec<Vec<f32>> = values
            .iter()
            .map(|&value| rows.iter().skip(value).step_by(width).copied().collect())
            .collect();
        let mut losses = Vec::with_capacity(settings.n_repeats as usize);
        for _ in 0..settings.n_repeats {
            shuffle(&mut order, &mut random);
            put(rows, width, &values, &original, |row| order[row]);
            losses.push(sign * (whole - metric(rows)?));
        }
        put(rows, width, &values, &original, |row| row);
        importances.push(importance(&losses, settings.confidence));
    }
    Ok((whole, importances))
}

fn importance(losses: &[f64], confidence: f64) -> ColumnImportance {
    let moments = Moments::of(losses.iter().copied());
    let n = losses.len() as f64;
    let half = student_t_quantile(0.5 + 0.5 * confidence, n - 1.0) * moments.squared_error.sqrt();
    ColumnImportance {
        importance: moments.mean,
        standard_deviation: (moments.squared_error * n).sqrt(),
        interval: (moments.mean - half, moments.mean + half),
    }
}

/// R. Durstenfeld's shuffle.
fn shuffle(order: &mut [usize], random: &mut Random) {
    for last in (1..order.len()).rev() {
        let other = (random.uniform() * (last + 1) as f64) as usize;
        order.swap(last, other);
    }
}

/// Gives each row the values that another one had.
fn put(
    rows: &mut [f32],
    width: usize,
    values: &[usize],
    original: &[Vec<f32>],
    from: impl Fn(usize) -> usize,
) {
    for (&value, column) in values.iter().zip(original) {
        for (row, target) in rows.iter_mut().skip(value).step_by(width).enumerate() {
            *target = column[from(row)];
        }
    }
}

fn check(rows: &[f32], width: usize, settings: PermutationSettings) -> Result<(), StatsError> {
    if width == 0 || !rows.len().is_multiple_of(width) {
        return Err(StatsError::ShapeMismatch {
            expected: width,
            found: rows.len(),
        });
    }
    if rows.is_empty() {
        return Err(StatsError::EmptySample { sample: "current" });
    }
    if settings.n_repeats == 0 {
        return Err(StatsError::ParameterOutOfDomain {
            name: "n_repeats",
            domain: "at least 1",
            found: 0.0,
        });
    }
    if !(settings.confidence > 0.0 && settings.confidence < 1.0) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "confidence",
            domain: "between 0 and 1",
            found: settings.confidence,
        });
    }
    Ok(())
}
