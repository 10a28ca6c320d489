//! The port to what MLflow's clients keep.

use crate::error::Result;
use crate::ports::artifacts::StoredContent;
use crate::tracking::{
    DatasetInput, DatasetSummary, Experiment, ExperimentId, LifecycleStage, LogBatch, LoggedModel,
    LoggedModelId, LoggedModelStatus, Metric, Page, Purged, Run, RunChange, RunId, RunInfo, Search,
};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// A file among the artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactFile {
    /// Its path below the root of all artifacts.
    pub path: String,
    /// Its contents.
    pub content: StoredContent,
}

/// A file or a folder of a listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtifactEntry {
    /// Its name within the folder that was listed.
    pub name: String,
    /// The length of a file in bytes; absent for a folder.
    pub n_bytes: Option<u64>,
}

/// Which part of a metric's history to read.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryQuery {
    /// The run.
    pub run: RunId,
    /// The metric.
    pub key: String,
    /// How many points at most.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// Experiments, runs, logged models and the names of artifacts.
///
/// What is not found is `NotFound`, what is deleted and written to is `Invalid`, a name that is
/// taken is `Conflict`: each with the sentence that MLflow's users know.
#[async_trait]
pub trait TrackingStore: Send + Sync {
    /// Makes an experiment. `artifact_root` begins the location of one that names none.
    async fn create_experiment(
        &self,
        new: &crate::tracking::NewExperiment,
        artifact_root: &str,
        now_ms: i64,
    ) -> Result<Experiment>;

    /// One experiment, deleted or not.
    async fn experiment(&self, id: ExperimentId) -> Result<Option<Experiment>>;

    /// One experiment by its name, deleted or not.
    async fn experiment_by_name(&self, name: &str) -> Result<Option<Experiment>>;

    /// Experiments, newest first where no order is given.
    async fn search_experiments(&self, search: &Search) -> Result<Page<Experiment>>;

    /// Gives an active experiment another name.
    async fn rename_experiment(&self, id: ExperimentId, name: &str, now_ms: i64) -> Result<()>;

    /// Deletes or restores an experiment with all its runs.
    async fn move_experiment(
        &self,
        id: ExperimentId,
        stage: LifecycleStage,
        now_ms: i64,
    ) -> Result<()>;

    /// Sets a tag of an active experiment.
    async fn set_experiment_tag(
        &self,
        id: ExperimentId,
        key: &str,
        value: &str,
        now_ms: i64,
    ) -> Result<()>;

    /// Removes a tag of an active experiment.
    async fn delete_experiment_tag(&self, id: ExperimentId, key: &str, now_ms: i64) -> Result<()>;

    /// Stores a new run of an active experiment with its tags. A run whose identifier is there
    /// already is left as it is.
    async fn create_run(&self, run: &RunInfo, tags: &BTreeMap<String, String>) -> Result<()>;

    /// A run without what was logged to it.
    async fn run_info(&self, id: &RunId) -> Result<Option<RunInfo>>;

    /// A run with everything.
    async fn run(&self, id: &RunId) -> Result<Option<Run>>;

    /// Changes an active run, and the tag that repeats its name.
    async fn update_run(&self, id: &RunId, change: &RunChange) -> Result<RunInfo>;

    /// Deletes or restores a run.
    async fn move_run(&self, id: &RunId, stage: LifecycleStage, now_ms: i64) -> Result<()>;

    /// Logs to an active run: all of the batch or nothing.
    async fn log_batch(&self, id: &RunId, batch: &LogBatch) -> Result<()>;

    /// Removes a tag of an active run.
    async fn delete_run_tag(&self, id: &RunId, key: &str) -> Result<()>;

    /// Notes data sets and logged models that an active run read.
    async fn log_inputs(
        &self,
        id: &RunId,
        datasets: &[DatasetInput],
        models: &[LoggedModelId],
    ) -> Result<()>;

    /// Notes logged models that an active run made.
    async fn log_outputs(&self, id: &RunId, models: &[(LoggedModelId, i64)]) -> Result<()>;

    /// Runs, newest first where no order is given.
    async fn search_runs(&self, search: &Search) -> Result<Page<Run>>;

    /// A metric's points by time, step and value.
    async fn metric_history(&self, query: &HistoryQuery) -> Result<Page<Metric>>;

    /// The data sets that runs of some experiments read.
    async fn dataset_summaries(
        &self,
        experiments: &[ExperimentId],
        limit: u32,
    ) -> Result<Vec<DatasetSummary>>;

    /// Stores a new logged model of an active experiment.
    async fn create_logged_model(&self, model: &LoggedModel) -> Result<()>;

    /// One logged model, deleted ones not.
    async fn logged_model(&self, id: &LoggedModelId) -> Result<Option<LoggedModel>>;

    /// Says how a logged model is doing.
    async fn set_logged_model_status(
        &self,
        id: &LoggedModelId,
        status: LoggedModelStatus,
        now_ms: i64,
    ) -> Result<()>;

    /// Sets tags of a logged model.
    async fn set_logged_model_tags(
        &self,
        id: &LoggedModelId,
        tags: &BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<()>;

    /// Removes a tag of a logged model.
    async fn delete_logged_model_tag(
        &self,
        id: &LoggedModelId,
        key: &str,
        now_ms: i64,
    ) -> Result<()>;

    /// Adds parameters to a logged model; their values never change.
    async fn add_logged_model_params(
        &self,
        id: &LoggedModelId,
        params: &BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<()>;

    /// Deletes a logged model.
    async fn delete_logged_model(&self, id: &LoggedModelId, now_ms: i64) -> Result<()>;

    /// Logged models, newest first where no order is given.
    async fn search_logged_models(&self, search: &Search) -> Result<Page<LoggedModel>>;

    /// Gives a file its name; what stood there before is replaced.
    async fn put_artifact(&self, file: &ArtifactFile, now_ms: i64) -> Result<()>;

    /// A file by its path.
    async fn artifact(&self, path: &str) -> Result<Option<ArtifactFile>>;

    /// What lies directly in a folder, by name; at most `limit` of it.
    async fn list_artifacts(&self, folder: &str, limit: u32) -> Result<Vec<ArtifactEntry>>;

    /// Every file below a folder, by path; at most `limit` of them.
    async fn artifacts_below(&self, folder: &str, limit: u32) -> Result<Vec<ArtifactFile>>;

    /// Removes a file, or everything below a folder, and answers which contents no file names any
    /// more.
    async fn delete_artifacts(
        &self,
        path: &str,
    ) -> Result<Vec<crate::ports::artifacts::ContentHash>>;

    /// Which of these contents neither a file nor a registered version names.
    async fn unnamed_contents(
        &self,
        hashes: &[crate::ports::artifacts::ContentHash],
    ) -> Result<Vec<crate::ports::artifacts::ContentHash>>;

    /// Removes for good what was deleted before `before_ms`, and answers which contents no file
    /// names any more.
    async fn purge(
        &self,
        before_ms: i64,
    ) -> Result<(Purged, Vec<crate::ports::artifacts::ContentHash>)>;
}
