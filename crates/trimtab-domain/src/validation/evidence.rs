//! Numbers about a candidate and the champion, found on the same rows. Never rows.

use crate::time::Window;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that was measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TrialEvidence {
    /// Labelled rows that were scored.
    pub n_rows: u64,
    /// Of a classifier: positive ones.
    pub n_positive: Option<u64>,
    /// Rows of the period without a label.
    pub n_unlabelled: u64,
    /// Labelled rows beyond what the policy takes.
    pub n_beyond_limit: u64,
    /// Days with labelled rows; absent where rows have no time.
    pub n_days: Option<u64>,
    /// The event times of the rows.
    pub period: Option<Window>,
    /// What was asked of the lake: rows from when on neither model was trained on.
    pub asked_period: Option<Window>,
    /// Until when the models were trained; absent where somebody chose the rows by hand.
    pub trained_until: Option<TrainedUntil>,
    /// Level of the intervals.
    pub confidence: f64,
    /// The candidate.
    pub candidate: Contender,
    /// The champion; absent where none serves.
    pub champion: Option<Contender>,
    /// Metrics of both.
    pub metrics: Vec<MetricEvidence>,
    /// Rows that only the champion, and only the candidate, decided right, and the exact p-value
    /// (which takes rows as independent).
    pub mcnemar: Option<(u64, u64, f64)>,
    /// Parts of the traffic; intervals hold for all of them together.
    pub segments: Vec<SegmentEvidence>,
    /// Groups of people.
    pub fairness: Vec<FairnessEvidence>,
    /// Labels that were known before the prediction.
    pub known_before: Option<KnownBefore>,
    /// What the candidate's training run says of its quality, by metric.
    #[serde(default)]
    pub claimed: BTreeMap<String, f64>,
    /// How well single columns tell the label.
    pub strengths: Vec<ColumnStrength>,
    /// What the candidate was trained on, beside present traffic.
    pub training: Option<TrainingEvidence>,
}

/// Until when the two models' training data reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrainedUntil {
    /// The candidate's; absent where nothing says so.
    #[schemars(with = "Option<String>")]
    pub candidate: Option<Timestamp>,
    /// The champion's.
    #[schemars(with = "Option<String>")]
    pub champion: Option<Timestamp>,
}

/// One of the two models.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Contender {
    /// Its version.
    pub version: String,
    /// `trees`, `linear`, `graph`, `command`, `constant`.
    pub form: String,
    /// SHA-256 of the model file.
    pub sha256: String,
    /// What the registry says it is.
    pub expected_sha256: Option<String>,
    /// Size of the model file.
    pub size_bytes: u64,
    /// The columns it looks at.
    pub columns: Vec<String>,
    /// Why it does not fit the model's events, one sentence each.
    pub misfits: Vec<String>,
    /// Columns with categories that the model does not know.
    pub unseen: Vec<UnseenShare>,
    /// How long it takes.
    pub latency: Option<Latency>,
    /// Shares of its attention, largest first; absent for models that cannot be explained.
    pub importances: Vec<ColumnShare>,
    /// From which score on it says yes.
    pub threshold: Option<f64>,
}

/// Rows with a category that the model does not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnseenShare {
    /// The column.
    pub column: String,
    /// Share of rows.
    pub share: f64,
}

/// A column's share of a model's attention: mean absolute attribution over the sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnShare {
    /// The column.
    pub column: String,
    /// In [0, 1].
    pub share: f64,
}

/// How long a model takes on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// Single rows that were timed.
    pub n: u64,
    /// Median of one row alone, in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile of it.
    pub p99_ms: f64,
    /// In batches: microseconds a row.
    pub batch_us_per_row: f64,
}

/// One metric of both models.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct MetricEvidence {
    /// Its name.
    pub metric: String,
    /// Of the champion.
    pub champion: Option<f64>,
    /// Of the candidate.
    pub candidate: Option<f64>,
    /// Candidate − champion.
    pub difference: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
    /// Two-sided p-value of no difference.
    pub p_value: Option<f64>,
    /// How the interval was made.
    pub interval: Option<String>,
    /// Why a number is absent.
    pub reason: Option<String>,
}

/// One part of the traffic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentEvidence {
    /// The column that cuts it out.
    pub column: String,
    /// By this value.
    pub value: String,
    /// Its labelled rows.
    pub n_rows: u64,
    /// The metric there.
    pub metric: MetricEvidence,
}

/// The largest gap of true positive rates between groups of one column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct FairnessEvidence {
    /// The column.
    pub column: String,
    /// The champion's gap.
    pub champion: Option<f64>,
    /// The candidate's.
    pub candidate: Option<f64>,
    /// Candidate − champion.
    pub difference: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
    /// Groups that were compared.
    pub n_groups: u32,
    /// Why there is no number.
    pub reason: Option<String>,
}

/// Labels that were known before their prediction was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownBefore {
    /// Such rows.
    pub n: u64,
    /// Rows whose times are known.
    pub n_rows: u64,
}

/// Where a column's strength was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StrengthOn {
    /// On the rows that decide.
    Rows,
    /// On the candidate's training data.
    Training,
}

/// How well one column alone tells the label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnStrength {
    /// The column.
    pub column: String,
    /// Where.
    pub on: StrengthOn,
    /// Cross-fitted over bins or categories: AUC of a classifier's label, R² of a regression's.
    pub strength: f64,
}

/// What the candidate was trained on, beside the rows that decide.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TrainingEvidence {
    /// Its rows.
    pub n_rows: u64,
    /// Its event times.
    pub period: Option<Window>,
    /// Column by column, the least covered first.
    pub columns: Vec<ColumnCoverage>,
    /// Why it could not be looked at.
    pub reason: Option<String>,
}

/// How well training covers present traffic in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnCoverage {
    /// The column.
    pub column: String,
    /// Share of present rows beyond training's outer half percents, or in a category it had not.
    pub uncovered: f64,
    /// Distance: Wasserstein-1 in units of training's interquartile range, or Cramér's V.
    pub effect: Option<f64>,
    /// Whose share of the candidate's attention is this.
    pub importance: Option<f64>,
}
