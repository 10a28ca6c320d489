//! `evaluate`: how good a model was, with intervals, by window and group.

use crate::check::CheckWindows;
use crate::time::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One of two classes.
    Binary,
    /// One of several classes.
    Multiclass,
    /// A number.
    Regression,
    /// An order, query by query.
    Ranking,
}

impl Task {
    /// The name used in documents and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Multiclass => "multiclass",
            Self::Regression => "regression",
            Self::Ranking => "ranking",
        }
    }
}

/// Labels that are in files of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFiles {
    /// The files.
    pub files: Vec<String>,
    /// The column that both sides share.
    pub id: String,
}

/// Which rows are resampled together.
#[derive(Debug, Clone, PartialEq)]
pub enum BlockChoice {
    /// Those of a UTC day, where there is a time; else none.
    Auto,
    /// Those with one value of a column: a user, a store.
    Column(String),
    /// Each row by itself.
    None,
}

/// What to evaluate.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateRequest {
    /// Files, globs, folders, or `-` for standard input.
    pub source: Vec<String>,
    /// What the model does.
    pub task: Task,
    /// The column that holds what happened.
    pub label: String,
    /// The column that holds what was predicted.
    pub prediction: Option<String>,
    /// The columns that hold scores: one, or one for each class.
    pub scores: Vec<String>,
    /// The label that is the positive one.
    pub positive: Option<String>,
    /// The column that names the query of a ranking.
    pub query: Option<String>,
    /// The column that holds sample weights.
    pub weight: Option<String>,
    /// Where labels are, if not beside the predictions.
    pub labels: Option<LabelFiles>,
    /// The column that holds event time: rows of a day are resampled together.
    pub timestamp: Option<String>,
    /// Cuts rows into windows by that column.
    pub windows: Option<CheckWindows>,
    /// Columns by whose values rows are grouped.
    pub groups: Vec<String>,
    /// Which rows are resampled together.
    pub blocks: BlockChoice,
    /// From this score on a row is predicted positive, where there are no predictions.
    pub threshold: f64,
    /// The `β` of F-β.
    pub beta: f64,
    /// Depths of ranking measures.
    pub depths: Vec<u32>,
    /// The quantile that a regression model predicts.
    pub quantile: f64,
    /// Level of the intervals.
    pub confidence: f64,
    /// Bootstrap replicates.
    pub replicates: u32,
    /// Seeds the bootstrap.
    pub seed: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvaluateReport {
    /// Shape of this document; grows when a field changes its meaning.
    pub schema_version: u32,
    /// What the model does.
    pub task: Task,
    /// Rows that were read.
    pub n_rows: u64,
    /// Rows without a label: they are in no measure.
    pub n_unlabelled: u64,
    /// The label that counts as positive, of a binary model.
    pub positive: Option<String>,
    /// Names of the classes, in the order of the confusion matrix.
    pub classes: Vec<String>,
    /// Level of the intervals.
    pub confidence: f64,
    /// All rows; then by window, by group, and by both.
    pub slices: Vec<EvaluatedSlice>,
    /// Differences between the groups of a column.
    pub fairness: Vec<FairnessMeasure>,
}

/// Some rows, evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvaluatedSlice {
    /// Their window; absent for all times.
    pub window: Option<Window>,
    /// The column by which they are grouped.
    pub group_column: Option<String>,
    /// Its value in these rows.
    pub group: Option<String>,
    /// Rows (queries, for ranking).
    pub n: u64,
    /// Blocks that the intervals resample; absent where rows are taken as independent.
    pub n_blocks: Option<u64>,
    /// Whether the intervals take rows as independent.
    pub assumes_independent_rows: bool,
    /// The measures.
    pub metrics: Vec<MetricValue>,
    /// Rows by label and prediction, for classifiers: one list for each label.
    pub confusion: Option<Vec<Vec<f64>>>,
    /// Why nothing could be evaluated.
    pub error: Option<String>,
}

/// A measure with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricValue {
    /// Its name: `roc_auc`, `f1_macro`, `ndcg_at_10`, ….
    pub metric: String,
    /// The class it speaks of, where it speaks of one.
    pub class: Option<String>,
    /// Its value; absent where it has no meaning.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub lower: Option<f64>,
    /// Upper end of the interval.
    pub upper: Option<f64>,
    /// How the interval was made.
    pub interval: Option<String>,
    /// Rows (queries) the value speaks of.
    pub n: u64,
    /// Why value or interval is absent.
    pub reason: Option<String>,
}

/// A difference, or ratio, between groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FairnessMeasure {
    /// The column that makes the groups.
    pub column: String,
    /// `demographic_parity_difference`, ….
    pub measure: String,
    /// The group that is compared.
    pub group: String,
    /// The group it is compared with.
    pub other: String,
    /// Its value; absent where a group is too small.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub lower: Option<f64>,
    /// Upper end of the interval.
    pub upper: Option<f64>,
    /// How the interval was made.
    pub interval: Option<String>,
    /// Why value or interval is absent.
    pub reason: Option<String>,
}
