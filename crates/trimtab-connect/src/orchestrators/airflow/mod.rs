//! Jobs as DAG runs of Apache Airflow: 3 through `/api/v2`, 2 through `/api/v1`, found out by
//! asking.
//!
//! The run's identity makes the `dag_run_id`, so a repeated submission meets the first one
//! (status 409). What the job made is the return value of its last task that returned an object
//! with `registered_version` or `status`.

mod api;
mod replies;

use super::{external_id, tail};
use crate::guard::AllowList;
use api::{Api, Generation};
use replies::{DagRun, TaskInstance, log_text, report_of};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;
use trimtab_domain::ports::Clock;
use trimtab_domain::ports::orchestrator::{
    JobHandle, JobLogs, JobReport, JobResult, JobStatus, SubmittedJob, TrainingJob,
};
use trimtab_domain::{Error, Result};

/// What a run that we stopped has as its note: Airflow knows no word for it.
const STOPPED: &str = "stopped by Trimtab";
/// Airflow takes so much.
const NOTE_CHARS_MAX: usize = 1_000;
/// Tasks whose return values and logs are looked at.
const TASKS_MAX: usize = 20;

/// How we prove who we are.
#[derive(Clone)]
pub enum AirflowLogin {
    /// User and password: for a token where the server gives one, as they are where it does not.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that the operator made.
    Token(String),
}

/// What the operator allows.
#[derive(Clone)]
pub struct AirflowSettings {
    /// Where Airflow answers, without `/api`.
    pub url: String,
    /// Who we are there.
    pub login: AirflowLogin,
    /// The allow-list: DAGs that may be run.
    pub dags: Vec<String>,
    /// Private targets that may be reached, besides the one of `url`.
    pub allowed: AllowList,
}

impl fmt::Debug for AirflowSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AirflowSettings")
            .field("dags", &self.dags)
            .finish_non_exhaustive()
    }
}

/// Runs jobs as DAG runs.
#[derive(Debug)]
pub struct Airflow {
    api: Api,
    dags: Vec<String>,
}

impl Airflow {
    /// Checks the settings; nobody is asked yet.
    ///
    /// # Errors
    ///
    /// `Invalid` if the address cannot be used.
    pub fn new(settings: AirflowSettings, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            api: Api::new(&settings.url, settings.login, settings.allowed, clock)?,
            dags: settings.dags,
        })
    }

    pub(super) fn check(&self, dag: &str) -> Result<()> {
        if self.dags.iter().any(|known| known == dag) {
            return Ok(());
        }
        Err(
            Error::invalid(format!("`{dag}` is not a DAG of the allow-list")).with_hint(format!(
                "`orchestrators.airflow_dags` of the server's settings lists {}",
                self.dags.join(", ")
            )),
        )
    }

    pub(super) async fn submit(&self, job: &TrainingJob) -> Result<SubmittedJob> {
        let dag = job.target.job.as_str();
        self.check(dag)?;
        let id = external_id(&job.run);
        let submitted = |generation: Generation| SubmittedJob {
            external_id: id.clone(),
            url: Some(self.api.page(generation, dag, &id)),
        };
        let known = self.api.get(&["dags", dag, "dagRuns", &id]).await?;
        if known.is_success() {
            return Ok(submitted(known.generation));
        }
        self.refuse_paused(dag).await?;
        let generation = known.generation;
        let body = trigger(job, &id, generation);
        let answer = self
            .api
            .send(Method::POST, &["dags", dag, "dagRuns"], Some(body))
            .await?;
        match answer.status {
            200 | 201 | 409 => Ok(submitted(generation)),
            _ => Err(answer.refusal(&format!("Airflow does not run `{dag}`"))),
        }
    }

    /// A run of a paused DAG would wait for ever.
    async fn refuse_paused(&self, dag: &str) -> Result<()> {
        let answer = self.api.get(&["dags", dag]).await?;
        if answer.status == 404 {
            return Err(
                Error::invalid(format!("Airflow has no DAG `{dag}`")).with_hint(
                    "it may not have been read yet, or its file may be broken: see Airflow",
                ),
            );
        }
        if !answer.is_success() {
            return Err(answer.refusal(&format!("Airflow does not show the DAG `{dag}`")));
        }
        if answer.json()?["is_paused"] == Value::Bool(true) {
            return Err(
                Error::invalid(format!("the DAG `{dag}` is paused in Airflow"))
                    .with_hint("unpause it there, then ask again"),
            );
        }
        Ok(())
    }

    pub(super) async fn status(&self, job: &JobHandle) -> Result<JobStatus> {
        let (dag, id) = Self::names(job);
        let answer = self.api.get(&["dags", dag, "dagRuns", &id]).await?;
        if answer.status == 404 {
            return Ok(JobStatus::Lost {
                reason: format!("Airflow has no run `{id}` of `{dag}` (any more)"),
            });
        }
        if !answer.is_success() {
            return Err(answer.away("Airflow does not say how the run stands"));
        }
        let run: DagRun = answer.read()?;
        match run.state.as_str() {
            "queued" => Ok(JobStatus::Queued),
            "success" => self.result(dag, &id).await,
            "failed" if run.note.as_deref() == Some(STOPPED) => Ok(JobStatus::Cancelled),
            "failed" => Ok(JobStatus::Failed {
                reason: self.why_failed(dag, &id).await?,
            }),
            // `running`, and whatever a later version adds: the deadline ends it.
            _ => Ok(JobStatus::Running),
        }
    }

    pub(super) async fn cancel(&self, job: &JobHandle) -> Result<()> {
        let (dag, id) = Self::names(job);
        let path = ["dags", dag, "dagRuns", id.as_str()];
        let answer = self.api.get(&path).await?;
        if answer.status == 404 {
            return Ok(());
        }
        if !answer.is_success() {
            return Err(answer.away("Airflow does not say how the run stands"));
        }
        let run: DagRun = answer.read()?;
        if matches!(run.state.as_str(), "success" | "failed") {
            return Ok(());
        }
        // The note first: a run that failed without it failed by itself.
        let noted = match answer.generation {
            Generation::Three => {
                let body = json!({"note": STOPPED});
                self.api.send(Method::PATCH, &path, Some(body)).await?
            }
            Generation::Two => {
                let path = [path.as_slice(), &["setNote"]].concat();
                let body = json!({"note": STOPPED});
                self.api.send(Method::PATCH, &path, Some(body)).await?
            }
        };
        if !noted.is_success() {
            return Err(noted.away("Airflow does not take a note to the run"));
        }
        let body = json!({"state": "failed"});
        let stopped = self.api.send(Method::PATCH, &path, Some(body)).await?;
        if stopped.is_success() || stopped.status == 404 {
            return Ok(());
        }
        Err(stopped.away("Airflow does not stop the run"))
    }

    pub(super) async fn logs(&self, job: &JobHandle, bytes_max: u64) -> Result<JobLogs> {
        let (dag, id) = Self::names(job);
        let mut text = String::new();
        let mut is_cut = false;
        for task in self.tasks(dag, &id).await? {
            // Tries that never began have nothing to say.
            if task.try_number == 0 {
                continue;
            }
            let number = task.try_number.to_string();
            let path = [
                "dags",
                dag,
                "dagRuns",
                &id,
                "taskInstances",
                &task.task_id,
                "logs",
                &number,
            ];
            let answer = self.api.get(&path).await?;
            if answer.is_success() {
                text.extend(["── ", &task.task_id, " (try ", &number, ")\n"]);
                text.push_str(&log_text(&answer.body));
                is_cut |= answer.is_cut;
            }
        }
        Ok(tail(&text, bytes_max, is_cut))
    }

    fn names(job: &JobHandle) -> (&str, String) {
        let id = job.external_id.clone();
        (
            job.target.job.as_str(),
            id.unwrap_or_else(|| external_id(&job.run)),
        )
    }

    /// The tasks of a run, in the order in which they ended.
    async fn tasks(&self, dag: &str, id: &str) -> Result<Vec<TaskInstance>> {
        let answer = self
            .api
            .get(&["dags", dag, "dagRuns", id, "taskInstances"])
            .await?;
        if answer.status == 404 {
            return Ok(Vec::new());
        }
        if !answer.is_success() {
            return Err(answer.away("Airflow does not show the tasks of the run"));
        }
        let mut tasks: Vec<TaskInstance> =
            serde_json::from_value(answer.json()?["task_instances"].take()).map_err(|source| {
                Error::unavailable("the tasks of a run in Airflow cannot be read")
                    .with_source(source)
            })?;
        tasks.sort_by(|a, b| a.end_date.cmp(&b.end_date));
        tasks.truncate(TASKS_MAX);
        Ok(tasks)
    }

    /// What the last task with something to report returned.
    async fn result(&self, dag: &str, id: &str) -> Result<JobStatus> {
        for task in self.tasks(dag, id).await?.into_iter().rev() {
            let path = [
                "dags",
                dag,
                "dagRuns",
                id,
                "taskInstances",
                &task.task_id,
                "xcomEntries",
                "return_value",
            ];
            let answer = self.api.get_value(&path).await?;
            if answer.status == 404 {
                continue;
            }
            if !answer.is_success() {
                return Err(answer.away("Airflow does not show what a task returned"));
            }
            match report_of(&answer.json()?["value"]) {
                None => {}
                Some(Ok(report)) => return Ok(finished(report)),
                Some(Err(why)) => {
                    return Ok(JobStatus::Failed {
                        reason: format!(
                            "the run ended well, but what task `{}` returned cannot be read: {why}",
                            task.task_id
                        ),
                    });
                }
            }
        }
        Ok(JobStatus::Succeeded(JobResult::default()))
    }

    async fn why_failed(&self, dag: &str, id: &str) -> Result<String> {
        let tasks = self.tasks(dag, id).await?;
        let failed: Vec<String> = tasks
            .iter()
            .filter(|task| task.state.as_deref() == Some("failed"))
            .map(|task| format!("`{}` (try {})", task.task_id, task.try_number))
            .collect();
        Ok(if failed.is_empty() {
            "the run failed in Airflow, though none of its tasks did".to_owned()
        } else {
            format!("the run failed in Airflow, in task {}", failed.join(", "))
        })
    }
}

/// A run that ended well is over, whatever its last task says.
fn finished(report: JobReport) -> JobStatus {
    match JobStatus::from(report.clone()) {
        JobStatus::Running => JobStatus::Succeeded(report.result),
        over => over,
    }
}

fn trigger(job: &TrainingJob, id: &str, generation: Generation) -> Value {
    let note: String = job.reason.chars().take(NOTE_CHARS_MAX).collect();
    let mut body = Map::new();
    body.insert("dag_run_id".to_owned(), json!(id));
    body.insert("note".to_owned(), json!(note));
    body.insert("conf".to_owned(), conf(job));
    if generation == Generation::Three {
        // It must be there, and it may be null.
        body.insert("logical_date".to_owned(), Value::Null);
    }
    Value::Object(body)
}

/// What the DAG gets to know. No secrets: Airflow shows it to everybody who may see the run.
fn conf(job: &TrainingJob) -> Value {
    json!({
        "retraining": job.run.as_str(),
        "model": job.model.as_str(),
        "parameters": job.parameters,
        "reason": job.reason,
        "requested_by": job.requested_by,
        "priority": job.priority,
        "deadline": job.deadline,
        "snapshot": super::webhook::snapshot(job),
    })
}
