//! `check`: two data sets compared without a server. [`CheckReport`] is a public, versioned
//! interface.

use crate::result::{ColumnOutcome, Decision, SharePair, SkippedColumn};
use crate::time::{Granularity, Window};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trimtab_stats::ColumnEvidence;
use trimtab_stats::compat::{Peer, PeerResult};
use trimtab_stats::two_sample::Method;

/// The version of [`CheckReport`]'s shape.
pub const CHECK_SCHEMA_VERSION: u32 = 1;

/// What to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRequest {
    /// Files, globs, folders, or `-` for standard input.
    pub reference: Vec<String>,
    /// The other side.
    pub current: Vec<String>,
    /// Columns to take as categorical.
    pub categorical: Vec<String>,
    /// Columns to take as numeric.
    pub numeric: Vec<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Makes the decision window-aware.
    pub windows: Option<CheckWindows>,
    /// Whether days are compared with those of their weekday, where the reference shows a weekly
    /// rhythm.
    pub weekly: bool,
    /// Two-sample methods whose results are wanted; those of the default where empty.
    pub methods: Vec<Method>,
    /// The peer whose methods, limits and verdicts are wanted.
    pub compat: Option<Peer>,
    /// Columns by whose values rows are compared apart.
    pub segments: Vec<String>,
    /// What some columns are to the model.
    pub roles: ColumnRoles,
    /// Columns whose values are texts: compared by their form and by their words.
    pub texts: Vec<String>,
    /// Whether all columns together are compared too.
    pub multivariate: bool,
    /// Seeds everything random.
    pub seed: u64,
}

/// What some columns are to the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnRoles {
    /// What happened.
    pub label: Option<String>,
    /// What was predicted.
    pub prediction: Option<String>,
    /// How sure the model was.
    pub score: Option<String>,
}

/// How the reference is cut into windows.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckWindows {
    /// The column that holds event time.
    pub timestamp: String,
    /// Length of a window.
    pub length: WindowLength,
    /// IANA zone in which days begin.
    pub time_zone: String,
}

/// Length of a window of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowLength {
    /// Of the calendar.
    Calendar(Granularity),
    /// Of the calendar month.
    Month,
    /// Of so many rows, in time order.
    Rows(u64),
}

/// What the engine found.
#[derive(Debug, Clone)]
pub struct CheckEvidence {
    /// Rows of the reference.
    pub n_reference: u64,
    /// Rows of the other side.
    pub n_current: u64,
    /// Windows of the other side: one where no timestamp was given.
    pub windows: Vec<CheckWindowEvidence>,
    /// Columns only the other side has.
    pub added: Vec<String>,
    /// Columns only the reference has.
    pub removed: Vec<String>,
    /// Columns without a look.
    pub skipped: Vec<SkippedColumn>,
    /// Both sides drawn, for the columns that were compared.
    pub sketches: Vec<ColumnSketch>,
    /// The segments that were asked for, column by column.
    pub segments: Vec<SegmentEvidence>,
    /// The texts that were asked for.
    pub texts: Vec<TextEvidence>,
    /// What the peer that was asked says.
    pub peer_columns: Vec<PeerColumn>,
    /// All columns together, where they were asked for.
    pub multivariate: Option<MultivariateReport>,
    /// Performance on both sides, where both have labels.
    pub performance: Option<PerformanceChange>,
}

/// Evidence on one segment.
#[derive(Debug, Clone)]
pub struct SegmentEvidence {
    /// The column that makes it.
    pub column: String,
    /// Its value there.
    pub value: String,
    /// Its rows in the reference.
    pub n_reference: u64,
    /// Its rows on the other side.
    pub n_current: u64,
    /// Column by column.
    pub columns: Vec<ColumnEvidence>,
}

/// Evidence on a column of texts.
#[derive(Debug, Clone)]
pub struct TextEvidence {
    /// The column.
    pub column: String,
    /// Length, words and classes of characters, as numeric columns.
    pub features: Vec<ColumnEvidence>,
    /// What a model sees in the words.
    pub words: TextWords,
}

/// What a peer says of one column.
#[derive(Debug, Clone)]
pub struct PeerColumn {
    /// The column.
    pub name: String,
    /// `numeric`, `categorical` or `boolean`.
    pub column_type: String,
    /// Values in the reference.
    pub n_reference: u64,
    /// Values on the other side.
    pub n_current: u64,
    /// Missing shares.
    pub null_share: SharePair,
    /// One result, or one for each chunk.
    pub results: Vec<PeerResult>,
    /// Why there is none.
    pub error: Option<String>,
}

/// Evidence on one window of the other side.
#[derive(Debug, Clone)]
pub struct CheckWindowEvidence {
    /// When; absent where the whole side is one window.
    pub window: Option<Window>,
    /// Its rows.
    pub n_rows: u64,
    /// Column by column.
    pub columns: Vec<ColumnEvidence>,
}

/// Shares of both sides in a few bins, for a small histogram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnSketch {
    /// The column.
    pub name: String,
    /// What each bin holds: a range or a category.
    pub labels: Vec<String>,
    /// Shares of the reference.
    pub reference: Vec<f64>,
    /// Shares of the other side.
    pub current: Vec<f64>,
}

/// The answer of `trimtab check --output json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// Shape of this document; grows when a field changes its meaning.
    pub schema_version: u32,
    /// `drift` if a column drifted, else `failed` if a column failed, else `not_enough_data` if
    /// no column had enough, else `ok`.
    pub decision: Decision,
    /// One sentence on the decision.
    pub reason: String,
    /// Whether rows were taken as independent (no time axis, or too few windows).
    pub assumes_independent_rows: bool,
    /// How p-values were adjusted.
    pub correction: CorrectionReport,
    /// The reference's size.
    pub reference: SideReport,
    /// The other side's size.
    pub current: SideReport,
    /// Column by column; with windows, the newest window's.
    pub columns: Vec<ColumnOutcome>,
    /// With a timestamp: the decision of each window of the other side.
    pub windows: Vec<CheckWindowReport>,
    /// Columns only the other side has.
    pub added: Vec<String>,
    /// Columns only the reference has.
    pub removed: Vec<String>,
    /// Columns without a look, and why.
    pub skipped: Vec<SkippedColumn>,
    /// Small histograms.
    pub sketches: Vec<ColumnSketch>,
    /// The peer whose methods, limits and verdicts these are, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compat: Option<String>,
    /// The segments that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentReport>,
    /// The columns of texts that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextReport>,
    /// All columns together, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multivariate: Option<MultivariateReport>,
    /// Performance on both sides, where both have labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance: Option<PerformanceChange>,
    /// Share of the columns that drifted, each counted by its importance, where weights were
    /// given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drifted_importance: Option<f64>,
}

/// The decision on one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentReport {
    /// The column that makes it.
    pub column: String,
    /// Its value there.
    pub value: String,
    /// Its rows in the reference.
    pub n_reference: u64,
    /// Its rows on the other side.
    pub n_current: u64,
    /// What was found.
    pub decision: Decision,
    /// Columns that drifted.
    pub drifted: Vec<String>,
    /// Column by column.
    pub columns: Vec<ColumnOutcome>,
}

/// The decision on a column of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextReport {
    /// The column.
    pub column: String,
    /// `drift` if a feature or the words have drifted.
    pub decision: Decision,
    /// Features that drifted.
    pub drifted: Vec<String>,
    /// Length, words and classes of characters, as numeric columns `COLUMN.FEATURE`; decided
    /// together with all other columns.
    pub features: Vec<ColumnOutcome>,
    /// The words.
    pub words: TextWords,
}

/// Can a model tell the sides' texts apart by their words and runs of characters?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextWords {
    /// `text_classifier`.
    pub method: String,
    /// Its choices, in words.
    pub variant: String,
    /// Probability that the model ranks a text of the other side above one of the reference; 0.5
    /// where it can't tell them apart.
    pub auc: Option<f64>,
    /// Lower end of its interval.
    pub auc_low: Option<f64>,
    /// Upper end of its interval.
    pub auc_high: Option<f64>,
    /// Its p-value; texts are taken as independent.
    pub p_value: Option<f64>,
    /// Whether that is drift at the level of the check, divided by the columns of texts.
    pub is_drift: Option<bool>,
    /// What tells the sides apart, the strongest first.
    pub pieces: Vec<TextPiece>,
    /// Why there is no answer.
    pub error: Option<String>,
}

/// A word, a pair of words or a run of characters that tells the sides apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextPiece {
    /// The piece, lower case.
    pub text: String,
    /// The model's weight: above 0 where the other side has more of it.
    pub weight: f64,
}

/// All columns together: can a model tell the sides apart?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MultivariateReport {
    /// `domain_classifier`.
    pub method: String,
    /// Its choices, in words.
    pub variant: String,
    /// Probability that the model ranks a row of the other side above one of the reference; 0.5
    /// where it can't tell them apart.
    pub auc: Option<f64>,
    /// Lower end of its interval.
    pub auc_low: Option<f64>,
    /// Upper end of its interval.
    pub auc_high: Option<f64>,
    /// Its p-value; rows are taken as independent.
    pub p_value: Option<f64>,
    /// Whether that is drift at the level of the check.
    pub is_drift: Option<bool>,
    /// Columns by how much the model needs them, the largest first.
    pub columns: Vec<SeparatingColumn>,
    /// Why there is no answer.
    pub error: Option<String>,
}

/// A column that tells the sides apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeparatingColumn {
    /// The column.
    pub name: String,
    /// What the model loses of its AUC when the column is shuffled.
    pub auc_drop: f64,
}

/// A metric on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PerformanceChange {
    /// The metric.
    pub metric: String,
    /// In the reference.
    pub reference: Option<f64>,
    /// On the other side.
    pub current: Option<f64>,
    /// Lower end of the interval of the loss.
    pub loss_low: Option<f64>,
    /// What was lost: above 0 the other side is worse.
    pub loss: Option<f64>,
    /// Upper end of the interval of the loss.
    pub loss_high: Option<f64>,
    /// Smaller losses don't matter.
    pub floor: f64,
    /// Whether more than the floor was lost, beyond chance.
    pub is_lost: bool,
    /// Why it can't be said.
    pub reason: Option<String>,
}

/// How p-values were adjusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CorrectionReport {
    /// `benjamini_hochberg`, `holm`, `bonferroni` or `none`.
    pub method: String,
    /// Share of drift-free data sets that may alarm.
    pub alpha: f64,
}

/// One side's size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SideReport {
    /// Rows.
    pub n_rows: u64,
}

/// The decision on one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckWindowReport {
    /// When.
    pub window: Window,
    /// Rows.
    pub n_rows: u64,
    /// What was found.
    pub decision: Decision,
    /// Columns that drifted.
    pub drifted: Vec<String>,
}
