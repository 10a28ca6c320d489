//! The change of a mean output, split over columns by the rows' attributions.

use crate::error::StatsError;
use crate::trees::Link;

/// What one column contributes to a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnShare {
    /// In units of the output or metric; negative where it worked against the change.
    pub value: f64,
    /// Its sampling error if rows are independent; NaN with fewer than two rows on a side.
    pub standard_error: f64,
}

/// A change of a mean output, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanChange {
    /// Mean output of the reference.
    pub reference: f64,
    /// Mean output of the current rows.
    pub current: f64,
    /// `current − reference`.
    pub change: f64,
    /// One per column, in the order of the attributions.
    pub columns: Vec<ColumnShare>,
    /// `change − Σ columns`: rounding where attributions are exact for these outputs.
    pub rest: f64,
}

/// Splits the change of a model's mean output between two periods over its columns.
///
/// Each row's output is `expected + Σ attributions`, so the mean output is `expected + Σ mean
/// attributions`, and its change is the sum of the columns' changes of mean attribution. A column
/// that the model never looks at gets exactly 0, however loudly it drifted.
///
/// # Arguments
///
/// * `reference`, `current`: attributions, shape `(n_rows, n_columns)`, row-major, of both
///   periods by one explainer (one expected value).
/// * `reference_outputs`, `current_outputs`: what the attributions add up to (with the expected
///   value), one per row.
///
/// # Returns
///
/// Read the shares with their errors; with the reference as background of an interventional
/// explainer they are the Shapley values of the game "the columns of S as now, the others as in
/// the reference".
///
/// # Errors
///
/// [`StatsError::EmptySample`] without rows on a side or without columns,
/// [`StatsError::ShapeMismatch`] if attributions and outputs don't fit,
/// [`StatsError::NotFinite`] if a value is not finite.
///
/// # Source
///
/// S. Lundberg et al., *From local explanations to global understanding with explainable AI for
/// trees* (2020), section on monitoring, where attributions of the loss are followed over time.
///
/// # Examples
///
/// ```
/// use trimtab_stats::attribution::mean_change;
///
/// let change = mean_change(&[1.0, 0.0, -1.0, 0.0], &[1.0, -1.0], &[3.5, 1.5], &[2.5])?;
/// assert_eq!((change.change, change.rest), (0.0, 0.0));
/// assert_eq!((change.columns[0].value, change.columns[1].value), (1.0, -1.0));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn mean_change(
    reference: &[f64],
    current: &[f64],
    reference_outputs: &[f64],
    current_outputs: &[f64],
) -> Result<MeanChange, StatsError> {
    let n_columns = n_columns(reference, reference_outputs, "reference")?;
    if n_columns != self::n_columns(current, current_outputs, "current")? {
        return Err(StatsError::ShapeMismatch {
            expected: n_columns * current_outputs.len(),
            found: current.len(),
        });
    }
    let reference_mean = Moments::of(reference_outputs.iter().copied()).mean;
    let current_mean = Moments::of(current_outputs.iter().copied()).mean;
    let columns: Vec<ColumnShare> = (0..n_columns)
        .map(|column| {
            let of = |values: &[f64]| {
                Moments::of(values.iter().skip(column).step_by(n_columns).copied())
            };
            of(current).minus(&of(reference))
        })
        .collect();
    let change = current_mean - reference_mean;
    let explained: f64 = columns.iter().map(|share| share.value).sum();
    Ok(MeanChange {
        reference: reference_mean,
        current: current_mean,
        change,
        columns,
        rest: change - explained,
    })
}

/// Turns attributions of margins into attributions of predictions, row by row and in place: each
/// row's are scaled by one factor, so that they add up to `link(margin) − link(expected)`.
///
/// Shapley values on the scale of probabilities would need the model run on many mixtures of
/// rows; this keeps each row's proportions (the rescale rule of A. Shrikumar et al., *Learning
/// important features through propagating activation differences*, 2017, applied to the link).
///
/// # Arguments
///
/// * `attributions`: shape `(n_rows, n_columns)`, of one output.
/// * `n_columns`: at least 1.
/// * `expected_margin`: of the explainer.
/// * `link`: [`Link::Identity`] changes nothing.
///
/// # Errors
///
/// [`StatsError::ShapeMismatch`] if the attributions are not whole rows;
/// [`StatsError::ParameterOutOfDomain`] for links that mix outputs.
pub fn rescale_to_predictions(
    attributions: &mut [f64],
    n_columns: usize,
    expected_margin: f64,
    link: Link,
) -> Result<(), StatsError> {
    if n_columns == 0 || !attributions.len().is_multiple_of(n_columns) {
        return Err(StatsError::ShapeMismatch {
            expected: n_columns,
            found: attributions.len(),
        });
    }
    if matches!(link, Link::Softmax | Link::SoftmaxZero) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "link",
            domain: "of one output by itself",
            found: f64::NAN,
        });
    }
    let predict = |margin: f64| {
        let mut value = [margin];
        link.apply(&mut value, 1);
        value[0]
    };
    let expected = predict(expected_margin);
    for row in attributions.chunks_exact_mut(n_columns) {
        let difference: f64 = row.iter().sum();
        // Nothing to share out, and the parts may still be large: the slope of the link.
        let factor = if difference.abs() < 1e-9 {
            (predict(expected_margin + 1e-6) - predict(expected_margin - 1e-6)) / 2e-6
        } else {
            (predict(expected_margin + difference) - expected) / difference
        };
        for value in row {
            *value *= factor;
        }
    }
    Ok(())
}

fn n_columns(
    attributions: &[f64],
    outputs: &[f64],
    sample: &'static str,
) -> Result<usize, StatsError> {
    if outputs.is_empty() || attributions.is_empty() {
        return Err(StatsError::EmptySample { sample });
    }
    if !attributions.len().is_multiple_of(outputs.len()) {
        return Err(StatsError::ShapeMismatch {
            expected: outputs.len(),
            found: attributions.len(),
        });
    }
    if attributions.iter().chain(outputs).any(|x| !x.is_finite()) {
        return Err(StatsError::NotFinite { sample });
    }
    Ok(attributions.len() / outputs.len())
}

/// Mean and its squared error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    pub(super) mean: f64,
    pub(super) squared_error: f64,
}

impl Moments {
    /// Welford's update: no cancellation.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for value in values {
            n += 1.0;
            let before = value - mean;
            mean += before / n;
            squares += before * (value - mean);
        }
        Self {
            mean,
            squared_error: if n > 1.0 {
                squares / (n - 1.0) / n
            } else {
                f64::NAN
            },
        }
    }

    /// The difference of two means.
    pub(super) fn minus(&self, other: &Self) -> ColumnShare {
        ColumnShare {
            value: self.mean - other.mean,
            standard_error: (self.squared_error + other.squared_error).sqrt(),
        }
    }
}
