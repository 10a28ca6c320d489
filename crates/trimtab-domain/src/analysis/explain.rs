//! `explain`: what moved a model's scores, row by row and between two data sets.

use super::evaluate::LabelFiles;
use crate::documents::EncodingSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a model is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainMethod {
    /// Exact attributions, paths weighted by the reference's rows.
    TreeShap,
    /// Exact attributions against reference rows, each in turn.
    Interventional,
    /// What a metric loses when a column is shuffled; any model, needs labels.
    Permutation,
}

/// What to explain.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainRequest {
    /// What the model is called in the answer.
    pub model: String,
    /// How input columns become the model's row.
    pub encoding: EncodingSpec,
    /// Rows to explain.
    pub source: Vec<String>,
    /// Rows to compare with; the rows themselves where empty.
    pub reference: Vec<String>,
    /// How.
    pub method: ExplainMethod,
    /// The column that holds what happened.
    pub label: Option<String>,
    /// Where labels of the rows are, if not beside them.
    pub labels: Option<LabelFiles>,
    /// Rows whose own attributions are in the answer at most.
    pub n_rows: usize,
    /// Seeds everything random.
    pub seed: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainReport {
    /// Shape of this document; grows when a field changes its meaning.
    pub schema_version: u32,
    /// What the model is called.
    pub model: String,
    /// `tree_shap`, `interventional` or `permutation`.
    pub method: String,
    /// Its choices, in words.
    pub variant: String,
    /// Rows that were explained.
    pub n_rows: u64,
    /// Mean score of the rows.
    pub mean_score: Option<f64>,
    /// The margin that attributions are measured from.
    pub expected_margin: Option<f64>,
    /// Columns, the most important first.
    pub columns: Vec<ExplainedColumn>,
    /// The change of the mean margin from the reference to the rows, column by column.
    pub margin_change: Option<ExplainedChange>,
    /// The change of a metric from the reference to the rows, where both have labels.
    pub metric_change: Option<ExplainedChange>,
    /// Single rows.
    pub rows: Vec<ExplainedRow>,
}

/// A column's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedColumn {
    /// The column.
    pub name: String,
    /// Mean absolute attribution, in the unit of the margin; for `permutation` what the metric
    /// loses.
    pub importance: f64,
    /// Lower end of a 95 % interval (`permutation`).
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
    /// Mean attribution.
    pub mean: Option<f64>,
    /// Whether the model looks at the column at all, where that is known.
    pub is_used: Option<bool>,
}

/// A change, split over columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedChange {
    /// What changed: `margin`, `brier`, `squared_error`.
    pub of: String,
    /// In the reference.
    pub reference: f64,
    /// In the rows.
    pub current: f64,
    /// The change.
    pub change: f64,
    /// What each column explains of it, the largest first.
    pub columns: Vec<ChangeShare>,
    /// What no column explains.
    pub rest: f64,
    /// Standard error of the rest, rows taken as independent.
    pub rest_standard_error: Option<f64>,
}

/// A column's share of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeShare {
    /// The column.
    pub name: String,
    /// Its part, in the unit of the change.
    pub value: f64,
    /// Its standard error, rows taken as independent.
    pub standard_error: Option<f64>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedRow {
    /// Its place in the file, from 0.
    pub row: u64,
    /// The model's score.
    pub score: Option<f64>,
    /// Attribution of each column, in the order of the encoding document: with the expected margin
    /// they add up to the row's margin.
    pub attributions: std::collections::BTreeMap<String, f64>,
}
