//! Port to whoever runs training jobs: a local process, a webhook, a workflow engine.

use crate::error::Result;
use crate::ids::{ModelName, RetrainingId, SnapshotId};
use crate::retraining::Priority;
use crate::time::Window;
use async_trait::async_trait;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A training job, ready to be handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingJob {
    /// Whose job it is. It is the idempotency key too: however often a job of this run is
    /// submitted, it runs once.
    pub run: RetrainingId,
    /// The model to train.
    pub model: ModelName,
    /// Which orchestrator, and which of its jobs.
    pub target: JobTarget,
    /// Free words for the job, from the policy.
    pub parameters: BTreeMap<String, String>,
    /// Why it is trained, one sentence.
    pub reason: String,
    /// Who asked: `system`, `local`, `token:tok_…`.
    pub requested_by: String,
    /// What goes first where jobs wait in a queue.
    pub priority: Priority,
    /// What to train on.
    pub snapshot: JobSnapshot,
    /// Where the job may report its end, for orchestrators that do.
    pub callback: Option<JobCallback>,
    /// When we shall give it up (wall clock): the orchestrator should stop it by then too.
    pub deadline: Timestamp,
}

/// Which orchestrator runs it, and which of its jobs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobTarget {
    /// The name of an orchestrator in the server's settings: `process`, `webhook`, `airflow`.
    pub orchestrator: String,
    /// The name of one of its jobs: an entry of the allow-list of commands, a DAG.
    pub job: String,
}

/// Where a job finds its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSnapshot {
    /// Which snapshot.
    pub id: SnapshotId,
    /// Folder on the server's disk with `manifest.json` and the Parquet files it names.
    pub folder: String,
    /// SHA-256 of `manifest.json`, hex.
    pub manifest_sha256: String,
    /// Event time of its rows.
    pub period: Window,
    /// Rows, all of them labelled.
    pub n_rows: u64,
}

/// Where a job may report.
#[derive(Clone, PartialEq, Eq)]
pub struct JobCallback {
    /// `POST` a [`JobReport`] here.
    pub url: String,
    /// With this as bearer token. It is good for this run only, until its end.
    pub token: String,
}

impl std::fmt::Debug for JobCallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobCallback")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A job that was submitted, or may have been: the reply can get lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobHandle {
    /// Whose job it is: the idempotency key of its submission.
    pub run: RetrainingId,
    /// Who has it.
    pub target: JobTarget,
    /// What the orchestrator calls it; absent while the reply to the submission is not known.
    pub external_id: Option<String>,
}

/// What a submission gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedJob {
    /// What the orchestrator calls it: a process, a DAG run.
    pub external_id: String,
    /// Where people can look at it.
    pub url: Option<String>,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum JobStatus {
    /// Accepted; it has not begun.
    Queued,
    /// At work.
    Running,
    /// Over, and well.
    Succeeded(JobResult),
    /// Over, and not well.
    Failed {
        /// One sentence for people.
        reason: String,
    },
    /// Stopped on request.
    Cancelled,
    /// The orchestrator knows no such job (any more): it will never end by itself.
    Lost {
        /// One sentence for people.
        reason: String,
    },
}

/// What a job made: the content of its result file, the body of its callback.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct JobResult {
    /// The registered version it made: MLflow's number.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "version_number"
    )]
    pub registered_version: Option<u32>,
    /// What the job measured itself.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Where people can look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
}

/// What a job says about itself, in its result file or through its callback:
/// `{"status": "succeeded", "registered_version": 3, "metrics": {"roc_auc": 0.71}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobReport {
    /// `running`, `succeeded`, `failed` or `cancelled`.
    pub status: JobReportStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it made.
    #[serde(flatten)]
    pub result: JobResult,
}

/// The words of [`JobReport::status`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobReportStatus {
    /// It has begun, or goes on.
    Running,
    /// It made a version.
    Succeeded,
    /// It did not.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl From<JobReport> for JobStatus {
    fn from(report: JobReport) -> Self {
        match report.status {
            JobReportStatus::Running => Self::Running,
            JobReportStatus::Succeeded => Self::Succeeded(report.result),
            JobReportStatus::Failed => Self::Failed {
                reason: report
                    .reason
                    .unwrap_or_else(|| "the job says that it failed, and not why".to_owned()),
            },
            JobReportStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// `3`, `"3"` and `"v3"` are one version: MLflow's client gives text.
fn version_number<'de, D>(deserializer: D) -> std::result::Result<Option<u32>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sent {
        Number(u32),
        Text(String),
    }
    let sent: Option<Sent> = Option::deserialize(deserializer)?;
    match sent {
        None => Ok(None),
        Some(Sent::Number(number)) => Ok(Some(number)),
        Some(Sent::Text(text)) => {
            let digits = text.strip_prefix('v').unwrap_or(&text);
            digits.parse().map(Some).map_err(|_| {
                serde::de::Error::custom(format!("`{text}` is not the number of a version"))
            })
        }
    }
}

/// The last lines a job wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobLogs {
    /// The lines, oldest first.
    pub text: String,
    /// Whether there were more, which are not here.
    pub is_cut: bool,
}

/// Runs training jobs.
///
/// Every orchestrator of the server's settings stands behind one implementation, which
/// dispatches by [`JobTarget::orchestrator`].
#[async_trait]
pub trait Orchestrator: Send + Sync {
    /// Whether jobs of this target could be submitted at all, as the settings stand.
    ///
    /// # Errors
    ///
    /// `Invalid`, saying which setting is missing.
    fn check(&self, target: &JobTarget) -> Result<()>;

    /// Hands a job over. A second submission of the same run starts nothing and gives the same
    /// answer: it is called again when a reply was lost, also after a restart.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the job may or may not have been accepted: submit again. Any other kind
    /// if it was refused and will not run.
    async fn submit(&self, job: &TrainingJob) -> Result<SubmittedJob>;

    /// Where a job stands. A job whose submission was never answered is looked for by its run.
    ///
    /// # Errors
    ///
    /// `Unavailable` if that cannot be known now: ask again. A job that is not there is
    /// [`JobStatus::Lost`], not an error.
    async fn status(&self, job: &JobHandle) -> Result<JobStatus>;

    /// Asks for a job to be stopped; [`Orchestrator::status`] says when it is. Stopping what is
    /// over, or was never there, is no error.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the orchestrator is away: ask again.
    async fn cancel(&self, job: &JobHandle) -> Result<()>;

    /// The last lines a job wrote, `bytes_max` at most.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the orchestrator is away.
    async fn logs(&self, job: &JobHandle, bytes_max: u64) -> Result<JobLogs>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_takes_versions_as_numbers_and_as_text() {
        let read = |text: &str| serde_json::from_str::<JobReport>(text);
        for version in ["3", "\"3\"", "\"v3\""] {
            let text = format!(
                r#"{{"status":"succeeded","registered_version":{version},"metrics":{{"auc":0.7}}}}"#
            );
            let JobStatus::Succeeded(result) = read(&text).unwrap().into() else {
                panic!("not a success: {text}");
            };
            assert_eq!(result.registered_version, Some(3));
            assert_eq!(result.metrics.get("auc"), Some(&0.7));
        }
        assert!(read(r#"{"status":"succeeded","registered_version":"latest"}"#).is_err());
        assert!(read(r#"{"status":"done"}"#).is_err());
        let failed: JobStatus = read(r#"{"status":"failed","reason":"no memory"}"#)
            .unwrap()
            .into();
        assert_eq!(
            failed,
            JobStatus::Failed {
                reason: "no memory".to_owned()
            }
        );
    }
}
