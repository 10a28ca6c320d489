//! Experiments, runs, metrics, artifacts and logged models: MLflow's nouns, with MLflow's meaning.
//!
//! Instants here are what clients sent: milliseconds since 1970, not checked against our clock.

pub mod limits;
pub mod matching;
pub mod names;
pub mod places;
pub mod points;
pub mod search;

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The experiment that always exists.
pub const DEFAULT_EXPERIMENT: ExperimentId = ExperimentId(0);

/// The tag that repeats a run's name.
pub const RUN_NAME_TAG: &str = "mlflow.runName";
/// The tag that names who started a run.
pub const USER_TAG: &str = "mlflow.user";
/// The tag in which old clients note the models of a run.
pub const MODEL_HISTORY_TAG: &str = "mlflow.log-model.history";

/// The number of an experiment; clients see it as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExperimentId(pub i64);

impl fmt::Display for ExperimentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ExperimentId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self).map_err(|_| {
            Error::invalid(format!(
                "Invalid experiment ID: '{text}'. Experiment ID must be a valid integer."
            ))
        })
    }
}

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(String);

        impl $name {
            /// Takes what a client sent, or what we made: what does not exist is not found.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_id!(
    /// A run: 32 hexadecimal digits.
    RunId
);
opaque_id!(
    /// A logged model: `m-` and 32 hexadecimal digits.
    LoggedModelId
);

/// Whether something was deleted (it can be restored until it is purged).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LifecycleStage {
    /// It is there.
    Active,
    /// It was deleted.
    Deleted,
}

impl LifecycleStage {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
        }
    }
}

impl FromStr for LifecycleStage {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "active" => Ok(Self::Active),
            "deleted" => Ok(Self::Deleted),
            _ => Err(Error::invalid(format!("`{word}` is not a lifecycle stage"))),
        }
    }
}

/// Which of them a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewType {
    /// What is not deleted.
    #[default]
    ActiveOnly,
    /// What is deleted.
    DeletedOnly,
    /// Both.
    All,
}

impl ViewType {
    /// The stages it shows.
    pub fn shows(self, stage: LifecycleStage) -> bool {
        match self {
            Self::ActiveOnly => stage == LifecycleStage::Active,
            Self::DeletedOnly => stage == LifecycleStage::Deleted,
            Self::All => true,
        }
    }
}

impl FromStr for ViewType {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        match word {
            "ACTIVE_ONLY" => Ok(Self::ActiveOnly),
            "DELETED_ONLY" => Ok(Self::DeletedOnly),
            "ALL" => Ok(Self::All),
            _ => Err(Error::invalid(format!(
                "Invalid view type '{word}': use ACTIVE_ONLY, DELETED_ONLY or ALL"
            ))),
        }
    }
}

/// How a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunStatus {
    /// It runs.
    Running,
    /// It will.
    Scheduled,
    /// It ended well.
    Finished,
    /// It ended badly.
    Failed,
    /// It was stopped.
    Killed,
}

impl RunStatus {
    /// Each of them.
    pub const ALL: [Self; 5] = [
        Self::Running,
        Self::Scheduled,
        Self::Finished,
        Self::Failed,
        Self::Killed,
    ];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Scheduled => "SCHEDULED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
        }
    }
}

impl FromStr for RunStatus {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "Invalid value \"{word}\" for parameter 'status' supplied: use RUNNING, \
                     SCHEDULED, FINISHED, FAILED or KILLED"
                ))
            })
    }
}

/// A named group of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// Its number.
    pub id: ExperimentId,
    /// Its name, unique among all, the deleted ones included.
    pub name: String,
    /// Where the artifacts of its runs lie.
    pub artifact_location: String,
    /// Whether it was deleted.
    pub stage: LifecycleStage,
    /// When it was made, milliseconds.
    pub created_ms: i64,
    /// When it last changed, milliseconds.
    pub updated_ms: i64,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// An experiment that is to be made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewExperiment {
    /// Its name.
    pub name: String,
    /// Where artifacts shall lie; with us where absent.
    pub artifact_location: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A run, without what was logged to it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    /// Its identifier.
    pub id: RunId,
    /// Where it belongs.
    pub experiment: ExperimentId,
    /// Its name.
    pub name: String,
    /// Who started it.
    pub user_id: String,
    /// How it is doing.
    pub status: RunStatus,
    /// When it began, milliseconds.
    pub start_ms: i64,
    /// When it ended, milliseconds.
    pub end_ms: Option<i64>,
    /// Where its artifacts lie.
    pub artifact_uri: String,
    /// Whether it was deleted.
    pub stage: LifecycleStage,
}

/// A run with what was logged to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The run itself.
    pub info: RunInfo,
    /// The latest value of every metric, by key.
    pub metrics: Vec<Metric>,
    /// Its parameters.
    pub params: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The data sets it read.
    pub datasets: Vec<DatasetInput>,
    /// The logged models it read.
    pub model_inputs: Vec<LoggedModelId>,
    /// The logged models it made, with the step at which it did.
    pub model_outputs: Vec<(LoggedModelId, i64)>,
}

/// What changes about a run; `None` leaves it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunChange {
    /// How it is doing.
    pub status: Option<RunStatus>,
    /// When it ended, milliseconds.
    pub end_ms: Option<i64>,
    /// Its name.
    pub name: Option<String>,
}

/// A value of a metric at a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Which metric.
    pub key: String,
    /// Its value: NaN and infinities included.
    pub value: f64,
    /// When it was measured, milliseconds.
    pub at_ms: i64,
    /// At which step.
    pub step: i64,
    /// The logged model it was measured on.
    pub model: Option<LoggedModelId>,
    /// The data set it was measured on: name and digest.
    pub dataset: Option<(String, String)>,
}

/// What is logged to a run in one stroke: all of it or nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogBatch {
    /// Metrics; a point that is there already is passed over.
    pub metrics: Vec<Metric>,
    /// Parameters, which never change their value.
    pub params: Vec<(String, String)>,
    /// Tags, which do.
    pub tags: Vec<(String, String)>,
}

/// A data set that a run read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetInput {
    /// Its name.
    pub name: String,
    /// What tells its contents apart.
    pub digest: String,
    /// What kind of source it has.
    pub source_type: String,
    /// Where it comes from.
    pub source: String,
    /// Its schema, as text.
    pub schema: Option<String>,
    /// Its profile, as text.
    pub profile: Option<String>,
    /// What it was for: `mlflow.data.context`.
    pub tags: BTreeMap<String, String>,
}

/// The tag of a data set that says what it was for.
pub const DATASET_CONTEXT_TAG: &str = "mlflow.data.context";

/// A data set of an experiment, for lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatasetSummary {
    /// Where it was used.
    pub experiment: ExperimentId,
    /// Its name.
    pub name: String,
    /// What tells its contents apart.
    pub digest: String,
    /// What it was for.
    pub context: Option<String>,
}

/// How a logged model is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoggedModelStatus {
    /// Nothing was said.
    Unspecified,
    /// Its files are on the way.
    Pending,
    /// It can be loaded.
    Ready,
    /// Its files did not arrive.
    UploadFailed,
}

impl LoggedModelStatus {
    /// Each of them.
    pub const ALL: [Self; 4] = [
        Self::Unspecified,
        Self::Pending,
        Self::Ready,
        Self::UploadFailed,
    ];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "LOGGED_MODEL_STATUS_UNSPECIFIED",
            Self::Pending => "LOGGED_MODEL_PENDING",
            Self::Ready => "LOGGED_MODEL_READY",
            Self::UploadFailed => "LOGGED_MODEL_UPLOAD_FAILED",
        }
    }

    /// The word in filters.
    pub fn search_word(self) -> &'static str {
        match self {
            Self::Unspecified => "UNSPECIFIED",
            Self::Pending => "PENDING",
            Self::Ready => "READY",
            Self::UploadFailed => "FAILED",
        }
    }
}

impl FromStr for LoggedModelStatus {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "Invalid value \"{word}\" for parameter 'status' supplied."
                ))
            })
    }
}

/// A model that a run wrote, before (or without) being registered.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModel {
    /// Its identifier.
    pub id: LoggedModelId,
    /// Where it belongs.
    pub experiment: ExperimentId,
    /// Its name.
    pub name: String,
    /// Where its files lie.
    pub artifact_uri: String,
    /// When it was made, milliseconds.
    pub created_ms: i64,
    /// When it last changed, milliseconds.
    pub updated_ms: i64,
    /// How it is doing.
    pub status: LoggedModelStatus,
    /// What kind of model.
    pub model_type: Option<String>,
    /// The run that wrote it.
    pub source_run: Option<RunId>,
    /// Whether it was deleted.
    pub stage: LifecycleStage,
    /// Its parameters.
    pub params: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The latest value of every metric and data set, with the run that logged it.
    pub metrics: Vec<(RunId, Metric)>,
}

/// Where a page of a list ended: what the next begins after.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Opaque; absent on the last page.
    pub next: Option<String>,
}

/// What to search for.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// In which experiments; empty means in none (for experiments themselves: in all).
    pub experiments: Vec<ExperimentId>,
    /// What must hold.
    pub filter: search::Filter,
    /// In which order; ties are broken by time and identifier.
    pub order: Vec<search::OrderBy>,
    /// Deleted ones too?
    pub view: ViewType,
    /// How many at most.
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// What a purge removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Experiments.
    pub n_experiments: u64,
    /// Runs.
    pub n_runs: u64,
    /// Logged models.
    pub n_logged_models: u64,
    /// Artifact files.
    pub n_files: u64,
}
