//! Port to models: bounded batches of rows in, scores and attributions out.
//!
//! All of it computes and nothing waits: call it where blocking is allowed.

use crate::error::{Error, Result};
use std::fmt::Debug;
use std::sync::Arc;

/// Rows as a model takes them: `f32`, row-major, missing = NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct RowBatch {
    width: usize,
    values: Vec<f32>,
}

impl RowBatch {
    /// Rows of `width` values.
    ///
    /// # Errors
    ///
    /// `Invalid` if `width` is 0 or the values are not whole rows.
    pub fn new(width: usize, values: Vec<f32>) -> Result<Self> {
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(Error::invalid(format!(
                "{} values are not whole rows of {width}",
                values.len()
            )));
        }
        Ok(Self { width, values })
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.width
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, row-major, to be changed and put into another batch.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Row by row.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }
}

/// Reads model files.
pub trait ModelReader: Send + Sync {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// `Invalid` if the bytes are no model, or one that cannot be run: the message names the node.
    fn read(&self, file: &[u8]) -> Result<Arc<dyn ScoringModel>>;
}

/// What kind of model it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelForm {
    /// Decision trees: exact attributions.
    Trees,
    /// A linear model: exact attributions.
    Linear,
    /// Any other graph: scores only.
    Graph,
}

/// What a model predicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelOutput {
    /// One number per row and target.
    Values {
        /// How many targets.
        n_targets: usize,
    },
    /// One probability per row and class.
    Probabilities {
        /// The classes, in order. Of two, the second is the positive one.
        classes: Vec<String>,
    },
}

impl ModelOutput {
    /// Numbers per row.
    pub fn n_columns(&self) -> usize {
        match self {
            Self::Values { n_targets } => *n_targets,
            Self::Probabilities { classes } => classes.len(),
        }
    }
}

/// What is known about a model without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDescription {
    /// Trees, linear, or a graph.
    pub form: ModelForm,
    /// Values per row that it takes; `None` where a file of a tree ensemble or graph leaves it open.
    pub n_features: Option<usize>,
    /// What it predicts.
    pub output: ModelOutput,
    /// Which values of the row it looks at; `None` where that is not known.
    pub used_features: Option<Vec<bool>>,
}

/// Predictions of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Numbers per row.
    pub n_columns: usize,
    /// Shape `(n_rows, n_columns)`, row-major.
    pub values: Vec<f64>,
}

impl Scores {
    /// The one number per row that monitoring calls the score: the probability of the positive
    /// class of two, or the prediction of a single target. `None` with more classes or targets.
    pub fn single(&self) -> Option<Vec<f64>> {
        match self.n_columns {
            1 => Some(self.values.clone()),
            2 => Some(self.values.chunks_exact(2).map(|row| row[1]).collect()),
            _ => None,
        }
    }
}

/// A model that can be run.
pub trait ScoringModel: Debug + Send + Sync {
    /// What it is.
    fn description(&self) -> &ModelDescription;

    /// Its predictions.
    ///
    /// # Errors
    ///
    /// `Invalid` if the rows do not fit the model, or its graph fails on them.
    fn score(&self, rows: &RowBatch) -> Result<Scores>;

    /// Prepares exact attributions of the margin (log-odds for a logistic model and for two classes
    /// under a softmax, the logarithm for an exponential one, else the prediction).
    ///
    /// # Errors
    ///
    /// `Invalid` if the reference is empty or does not fit, or the model is a
    /// [graph](ModelForm::Graph): permutation importance works on those.
    fn explainer(&self, reference: &RowBatch, method: ShapMethod) -> Result<Box<dyn Explainer>>;
}

/// What an absent value is replaced by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShapMethod {
    /// Trees: the split is averaged over, weighted by how many reference rows take each side.
    /// Linear models: the reference mean.
    #[default]
    PathDependent,
    /// The reference rows' own values, each in turn: exact for the model as it is, and its cost
    /// grows with the reference; a few hundred rows are enough.
    Interventional,
}

/// Exact attributions.
pub trait Explainer: Debug + Send + Sync {
    /// The mean margin that attributions are measured from, one per output.
    fn expected_values(&self) -> &[f64];

    /// Explains rows' margins.
    ///
    /// # Errors
    ///
    /// `Invalid` if the rows do not fit the model.
    fn explain(&self, rows: &RowBatch) -> Result<Attributions>;

    /// The scores at the expected margins: what [`explain_scores`](Self::explain_scores) is
    /// measured from. `None` where scores of several classes depend on one another.
    fn expected_scores(&self) -> Option<&[f64]>;

    /// Explains rows' scores: each row's attributions are scaled by one factor so that, with the
    /// [expected score](Self::expected_scores), they add up to the score in place of the margin.
    /// Averages over rows then split a change of the mean score over the columns.
    ///
    /// # Errors
    ///
    /// `Invalid` if the rows do not fit the model, or where there are no expected scores.
    fn explain_scores(&self, rows: &RowBatch) -> Result<Attributions>;
}

/// Attributions of a batch: with the expected value they add up to each row's margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributions {
    /// Numbers explained per row: 1 for two classes (the positive one), a regression, else one
    /// per class or target.
    pub n_outputs: usize,
    /// Values per row, or columns after [`summed_to_columns`](Self::summed_to_columns).
    pub n_features: usize,
    /// Shape `(n_rows, n_outputs, n_features)`, row-major.
    pub values: Vec<f64>,
}

impl Attributions {
    /// Sums the values of a one-hot block into one number per input column; see
    /// [`EncodingSpec::column_of_value`](crate::documents::EncodingSpec::column_of_value).
    ///
    /// # Errors
    ///
    /// `Invalid` if `column_of_value` does not have one entry per feature.
    pub fn summed_to_columns(&self, column_of_value: &[usize]) -> Result<Self> {
        if column_of_value.len() != self.n_features {
            return Err(Error::invalid(format!(
                "the encoding document makes {} values, but the model's row has {}",
                column_of_value.len(),
                self.n_features
            )));
        }
        let n_columns = column_of_value.iter().max().map_or(0, |&last| last + 1);
        let n_sums = self.values.len() / self.n_features.max(1) * n_columns;
        let mut values = vec![0.0; n_sums];
        let rows = self.values.chunks_exact(self.n_features.max(1));
        for (row, sums) in rows.zip(values.chunks_exact_mut(n_columns.max(1))) {
            for (value, &column) in row.iter().zip(column_of_value) {
                sums[column] += value;
            }
        }
        Ok(Self {
            n_outputs: self.n_outputs,
            n_features: n_columns,
            values,
        })
    }
}
