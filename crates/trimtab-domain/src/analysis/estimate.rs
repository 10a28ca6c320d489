//! `estimate`: performance without labels, chunk by chunk.

use super::evaluate::{LabelFiles, Task};
use crate::check::CheckWindows;
use crate::time::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trimtab_stats::estimation::ConfusionUnit;

/// How rows are cut into chunks.
#[derive(Debug, Clone, PartialEq)]
pub enum Chunking {
    /// Ten of equally many rows, and the rest as one more, in the order of the file.
    Ten,
    /// Of so many rows, in the order of the file; the rest as one more.
    Rows(u64),
    /// By the calendar.
    Windows(CheckWindows),
}

/// What to estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct EstimateRequest {
    /// Files with labels to learn from.
    pub reference: Vec<String>,
    /// Files to estimate.
    pub current: Vec<String>,
    /// What the model does: binary, multiclass or regression.
    pub task: Task,
    /// The column that holds what happened.
    pub label: String,
    /// The column that holds what was predicted.
    pub prediction: Option<String>,
    /// The columns that hold scores.
    pub scores: Vec<String>,
    /// The label that is the positive one.
    pub positive: Option<String>,
    /// From this score on a row is predicted positive, where there are no predictions.
    pub threshold: f64,
    /// Where the other side's labels are, if they are known and not beside its rows.
    pub labels: Option<LabelFiles>,
    /// How both sides are cut into chunks.
    pub chunks: Chunking,
    /// Metrics wanted; all but the confusion matrix where empty.
    pub metrics: Vec<String>,
    /// What the cells of a confusion matrix are counted in (multiclass).
    pub confusion: ConfusionUnit,
    /// Columns to leave out of the features (regression).
    pub ignore: Vec<String>,
    /// Seeds everything random.
    pub seed: u64,
}

/// What was estimated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EstimateReport {
    /// Shape of this document; grows when a field changes its meaning.
    pub schema_version: u32,
    /// `cbpe` or `dle`.
    pub method: String,
    /// Its choices, in words.
    pub variant: String,
    /// What the estimate rests on.
    pub assumes: String,
    /// Rows of the reference.
    pub n_reference: u64,
    /// Rows that were estimated.
    pub n_current: u64,
    /// Whether scores were calibrated first (classification).
    pub is_calibrated: Option<bool>,
    /// Chunk by chunk, metric by metric.
    pub chunks: Vec<EstimatedChunk>,
    /// How far estimates were off where labels came, by metric.
    pub past_error: Vec<PastError>,
}

/// One metric of one chunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EstimatedChunk {
    /// Its place, from 0.
    pub chunk: u64,
    /// Its window, where chunks are of the calendar.
    pub window: Option<Window>,
    /// Its first row in the file, from 0, where chunks are of rows.
    pub first_row: Option<u64>,
    /// Its rows.
    pub n: u64,
    /// The metric.
    pub metric: String,
    /// The estimate.
    pub estimate: Option<f64>,
    /// Standard deviation of the realised value around it, by sampling alone.
    pub sampling_error: Option<f64>,
    /// The estimate less three sampling errors.
    pub lower: Option<f64>,
    /// The estimate and three sampling errors.
    pub upper: Option<f64>,
    /// Values below alarm: three standard deviations below the mean of the reference's chunks.
    pub limit_low: Option<f64>,
    /// Values above alarm.
    pub limit_high: Option<f64>,
    /// Whether the estimate alarms.
    pub alarm: bool,
    /// The value that labels give, where they are known.
    pub realised: Option<f64>,
}

/// An estimator's own past error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PastError {
    /// The metric.
    pub metric: String,
    /// Chunks that have labels.
    pub n_chunks: u64,
    /// Mean absolute difference between estimate and realised value.
    pub mean_absolute_error: f64,
    /// Chunks whose realised value lay within three sampling errors.
    pub n_within: u64,
}
