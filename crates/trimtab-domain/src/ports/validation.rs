//! Ports of the gate: where validations are kept, and who lets two models meet on rows.

use super::scoring::ScoringModel;
use crate::analysis::evaluate::LabelFiles;
use crate::documents::validation_policy::MetricRule;
use crate::documents::{EncodingSpec, ModelSpec, Task, ValidationRules};
use crate::error::Result;
use crate::ids::{ModelName, ValidationId};
use crate::time::Window;
use crate::validation::{TrialEvidence, Validation};
use async_trait::async_trait;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Validations, as they were asked for and as they ended.
#[async_trait]
pub trait ValidationStore: Send + Sync {
    /// Stores a new validation, or the end of one that was running. One that has ended is
    /// never changed.
    ///
    /// # Errors
    ///
    /// `Conflict` if it has ended before.
    async fn put_validation(&self, validation: &Validation) -> Result<()>;

    /// One validation.
    async fn validation(&self, id: &ValidationId) -> Result<Option<Validation>>;

    /// A model's validations, newest first; of one candidate where it is named.
    async fn validations(
        &self,
        model: &ModelName,
        candidate: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Validation>>;

    /// Validations that have not ended, of all models, oldest first.
    async fn running_validations(&self) -> Result<Vec<Validation>>;
}

/// How a contender makes scores.
#[derive(Debug, Clone)]
pub enum Scorer {
    /// By our own reader.
    Model {
        /// The model.
        model: Arc<dyn ScoringModel>,
        /// How input columns become its row.
        encoding: Arc<EncodingSpec>,
    },
    /// By a program: rows as Parquet in, scores as Parquet out.
    Command {
        /// Runs it.
        command: Arc<dyn ScoringCommand>,
        /// The columns it wants; all of the model's features where empty.
        columns: Vec<String>,
    },
    /// The same score for every row: what a first version is compared with.
    Constant,
}

/// One of two models that meet on the same rows.
#[derive(Debug, Clone)]
pub struct ContenderModel {
    /// Its version: `v3`.
    pub version: String,
    /// How it makes scores.
    pub scorer: Scorer,
    /// From which score on it says yes; the model's or the encoding document's.
    pub threshold: Option<f64>,
    /// SHA-256 of the model file; empty without one.
    pub sha256: String,
    /// What the registry says it is.
    pub expected_sha256: Option<String>,
    /// Size of the model file.
    pub size_bytes: u64,
}

/// A program that scores rows.
#[async_trait]
pub trait ScoringCommand: std::fmt::Debug + Send + Sync {
    /// Scores the rows of one Parquet file into another: column `score`, in the same order.
    ///
    /// # Errors
    ///
    /// `Invalid` with the last lines it wrote if it fails, writes too much or takes too long.
    async fn score(&self, rows: &Path, scores: &Path) -> Result<()>;
}

/// Where the rows are that decide.
#[derive(Debug, Clone)]
pub enum TrialRows {
    /// Live, labelled predictions of a model in the lake.
    Lake {
        /// The model.
        model: Arc<ModelSpec>,
        /// Event time: from when on neither model was trained on it.
        period: Window,
        /// Labels known later do not count.
        known_at: Timestamp,
    },
    /// Files.
    Files(FileRows),
}

/// Rows of files.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRows {
    /// Files, globs, folders.
    pub source: Vec<String>,
    /// The column that holds what happened.
    pub label: String,
    /// Where labels are, if not beside the rows.
    pub labels: Option<LabelFiles>,
    /// The label that is the positive one.
    pub positive: Option<String>,
    /// The column that holds event time.
    pub timestamp: Option<String>,
    /// The column, among the labels, that says when a label became known.
    pub label_timestamp: Option<String>,
    /// Only rows from here on.
    pub from: Option<Timestamp>,
    /// Only rows before.
    pub until: Option<Timestamp>,
}

/// What a candidate was trained on.
#[derive(Debug, Clone)]
pub enum TrainingRows {
    /// Labelled predictions of a model in the lake.
    Lake {
        /// The model.
        model: Arc<ModelSpec>,
        /// Event time.
        period: Window,
        /// Labels known later were not there.
        known_at: Timestamp,
    },
    /// The snapshot's files.
    Files(FileRows),
}

/// Who meets where.
#[derive(Debug, Clone)]
pub struct TrialRequest {
    /// The rows that decide.
    pub rows: TrialRows,
    /// What the models predict.
    pub task: Task,
    /// The one that serves.
    pub champion: ContenderModel,
    /// The one that wants to.
    pub candidate: ContenderModel,
    /// What the candidate was trained on, where that is known.
    pub training: Option<TrainingRows>,
    /// What will be asked of the numbers: which segments, groups, limits of rows.
    pub rules: ValidationRules,
    /// The metric of segments.
    pub segment_metric: MetricRule,
    /// Columns that cut the traffic.
    pub segments: Vec<String>,
    /// Seeds everything random.
    pub seed: u64,
    /// A folder for files of scoring commands; removed again.
    pub scratch: PathBuf,
}

/// Lets two models meet on the same rows.
#[async_trait]
pub trait ModelTrials: Send + Sync {
    /// Scores the same labelled rows with both models and measures everything that checks need.
    /// What the candidate lacks to be scored is in its `misfits`, not an error.
    ///
    /// # Errors
    ///
    /// `Invalid` if the rows cannot be read, or the champion cannot be scored on them.
    async fn run(&self, request: TrialRequest) -> Result<TrialEvidence>;
}
