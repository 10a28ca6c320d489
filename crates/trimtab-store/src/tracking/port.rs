//! The port, method by method.

use super::{artifacts, experiments, log, logged_models, purge, runs};
use crate::open::SqlStore;
use async_trait::async_trait;
use std::collections::BTreeMap;
use trimtab_domain::Result;
use trimtab_domain::ports::TrackingStore;
use trimtab_domain::ports::artifacts::ContentHash;
use trimtab_domain::ports::tracking::{ArtifactEntry, ArtifactFile, HistoryQuery};
use trimtab_domain::tracking::{
    DatasetInput, DatasetSummary, Experiment, ExperimentId, LifecycleStage, LogBatch, LoggedModel,
    LoggedModelId, LoggedModelStatus, Metric, NewExperiment, Page, Purged, Run, RunChange, RunId,
    RunInfo, Search,
};

#[async_trait]
impl TrackingStore for SqlStore {
    async fn create_experiment(
        &self,
        new: &NewExperiment,
        artifact_root: &str,
        now_ms: i64,
    ) -> Result<Experiment> {
        experiments::create(&self.db, new, artifact_root, now_ms).await
    }

    async fn experiment(&self, id: ExperimentId) -> Result<Option<Experiment>> {
        experiments::by(&self.db, "e.id = $1", id.0.into()).await
    }

    async fn experiment_by_name(&self, name: &str) -> Result<Option<Experiment>> {
        experiments::by(&self.db, "e.name = $1", name.into()).await
    }

    async fn search_experiments(&self, search: &Search) -> Result<Page<Experiment>> {
        experiments::search(&self.db, search).await
    }

    async fn rename_experiment(&self, id: ExperimentId, name: &str, now_ms: i64) -> Result<()> {
        experiments::rename(&self.db, id, name, now_ms).await
    }

    async fn move_experiment(
        &self,
        id: ExperimentId,
        stage: LifecycleStage,
        now_ms: i64,
    ) -> Result<()> {
        experiments::move_to(&self.db, id, stage, now_ms).await
    }

    async fn set_experiment_tag(
        &self,
        id: ExperimentId,
        key: &str,
        value: &str,
        now_ms: i64,
    ) -> Result<()> {
        experiments::set_tag(&self.db, id, key, value, now_ms).await
    }

    async fn delete_experiment_tag(&self, id: ExperimentId, key: &str, now_ms: i64) -> Result<()> {
        experiments::delete_tag(&self.db, id, key, now_ms).await
    }

    async fn create_run(&self, run: &RunInfo, tags: &BTreeMap<String, String>) -> Result<()> {
        runs::create(&self.db, run, tags).await
    }

    async fn run_info(&self, id: &RunId) -> Result<Option<RunInfo>> {
        runs::run_info(&self.db, id).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<Run>> {
        runs::run(&self.db, id).await
    }

    async fn update_run(&self, id: &RunId, change: &RunChange) -> Result<RunInfo> {
        runs::update(&self.db, id, change).await
    }

    async fn move_run(&self, id: &RunId, stage: LifecycleStage, now_ms: i64) -> Result<()> {
        runs::move_to(&self.db, id, stage, now_ms).await
    }

    async fn log_batch(&self, id: &RunId, batch: &LogBatch) -> Result<()> {
        log::log_batch(&self.db, &self.log_queue, id, batch).await
    }

    async fn delete_run_tag(&self, id: &RunId, key: &str) -> Result<()> {
        runs::delete_tag(&self.db, id, key).await
    }

    async fn log_inputs(
        &self,
        id: &RunId,
        datasets: &[DatasetInput],
        models: &[LoggedModelId],
    ) -> Result<()> {
        runs::log_inputs(&self.db, id, datasets, models).await
    }

    async fn log_outputs(&self, id: &RunId, models: &[(LoggedModelId, i64)]) -> Result<()> {
        runs::log_outputs(&self.db, id, models).await
    }

    async fn search_runs(&self, search: &Search) -> Result<Page<Run>> {
        runs::search(&self.db, search).await
    }

    async fn metric_history(&self, query: &HistoryQuery) -> Result<Page<Metric>> {
        runs::history(&self.db, query).await
    }

    async fn dataset_summaries(
        &self,
        experiments: &[ExperimentId],
        limit: u32,
    ) -> Result<Vec<DatasetSummary>> {
        runs::dataset_summaries(&self.db, experiments, limit).await
    }

    async fn create_logged_model(&self, model: &LoggedModel) -> Result<()> {
        logged_models::create(&self.db, model).await
    }

    async fn logged_model(&self, id: &LoggedModelId) -> Result<Option<LoggedModel>> {
        logged_models::one(&self.db, id).await
    }

    async fn set_logged_model_status(
        &self,
        id: &LoggedModelId,
        status: LoggedModelStatus,
        now_ms: i64,
    ) -> Result<()> {
        logged_models::set_status(&self.db, id, status, now_ms).await
    }

    async fn set_logged_model_tags(
        &self,
        id: &LoggedModelId,
        tags: &BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<()> {
        logged_models::set_tags(&self.db, id, tags, now_ms).await
    }

    async fn delete_logged_model_tag(
        &self,
        id: &LoggedModelId,
        key: &str,
        now_ms: i64,
    ) -> Result<()> {
        logged_models::delete_tag(&self.db, id, key, now_ms).await
    }

    async fn add_logged_model_params(
        &self,
        id: &LoggedModelId,
        params: &BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<()> {
        logged_models::add_params(&self.db, id, params, now_ms).await
    }

    async fn delete_logged_model(&self, id: &LoggedModelId, now_ms: i64) -> Result<()> {
        logged_models::delete(&self.db, id, now_ms).await
    }

    async fn search_logged_models(&self, search: &Search) -> Result<Page<LoggedModel>> {
        logged_models::search(&self.db, search).await
    }

    async fn put_artifact(&self, file: &ArtifactFile, now_ms: i64) -> Result<()> {
        artifacts::put(&self.db, file, now_ms).await
    }

    async fn artifact(&self, path: &str) -> Result<Option<ArtifactFile>> {
        artifacts::one(&self.db, path).await
    }

    async fn list_artifacts(&self, folder: &str, limit: u32) -> Result<Vec<ArtifactEntry>> {
        artifacts::list(&self.db, folder, limit).await
    }

    async fn artifacts_below(&self, folder: &str, limit: u32) -> Result<Vec<ArtifactFile>> {
        artifacts::below(&self.db, folder, limit).await
    }

    async fn delete_artifacts(&self, path: &str) -> Result<Vec<ContentHash>> {
        artifacts::delete(&self.db, path).await
    }

    async fn unnamed_contents(&self, hashes: &[ContentHash]) -> Result<Vec<ContentHash>> {
        artifacts::unnamed(&self.db, hashes).await
    }

    async fn purge(&self, before_ms: i64) -> Result<(Purged, Vec<ContentHash>)> {
        purge::purge(&self.db, before_ms).await
    }
}
