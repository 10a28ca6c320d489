//! Orchestrators: whoever runs training jobs, behind one port.
//!
//! Each is off until the server's settings name it, and a job runs only if the settings list it:
//! what a document asks for is a name in an allow-list, never a command or an address.
//!
//! To add one, give it a module beside [`webhook`] with `check`, `submit`, `status`, `cancel` and
//! `logs`, and a field in [`Orchestrators`].

pub mod airflow;
pub mod process;
pub mod webhook;

use crate::failure::Failure;
use airflow::Airflow;
use async_trait::async_trait;
use process::ProcessJobs;
use trimtab_domain::ports::orchestrator::{
    JobHandle, JobLogs, JobStatus, JobTarget, Orchestrator, SubmittedJob, TrainingJob,
};
use trimtab_domain::{Error, Result, RetrainingId};
use webhook::WebhookJobs;

/// Every orchestrator of the settings.
#[derive(Debug, Default)]
pub struct Orchestrators {
    /// `process`: commands on the server's own machine.
    pub process: Option<ProcessJobs>,
    /// `webhook`: a signed request, answered by a callback or polled.
    pub webhook: Option<WebhookJobs>,
    /// `airflow`: DAG runs.
    pub airflow: Option<Airflow>,
}

/// The one that a target names.
enum Chosen<'a> {
    Process(&'a ProcessJobs),
    Webhook(&'a WebhookJobs),
    Airflow(&'a Airflow),
}

impl Orchestrators {
    /// The names of those that are there.
    pub fn names(&self) -> Vec<&'static str> {
        [
            ("process", self.process.is_some()),
            ("webhook", self.webhook.is_some()),
            ("airflow", self.airflow.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name))
        .collect()
    }

    fn choose(&self, target: &JobTarget) -> Result<Chosen<'_>> {
        let name = target.orchestrator.as_str();
        let chosen = match name {
            "process" => self.process.as_ref().map(Chosen::Process),
            "webhook" => self.webhook.as_ref().map(Chosen::Webhook),
            "airflow" => self.airflow.as_ref().map(Chosen::Airflow),
            _ => {
                return Err(Error::invalid(format!("there is no orchestrator `{name}`"))
                    .with_hint("it is one of `process`, `webhook` and `airflow`"));
            }
        };
        chosen.ok_or_else(|| {
            let setting = match name {
                "process" => "orchestrators.process_commands",
                "webhook" => "orchestrators.webhook_url",
                _ => "orchestrators.airflow_url",
            };
            Error::invalid(format!("the orchestrator `{name}` is not configured")).with_hint(
                format!("the operator sets `{setting}` in the server's settings"),
            )
        })
    }
}

#[async_trait]
impl Orchestrator for Orchestrators {
    fn check(&self, target: &JobTarget) -> Result<()> {
        match self.choose(target)? {
            Chosen::Process(jobs) => jobs.check(&target.job),
            Chosen::Webhook(jobs) => jobs.check(&target.job),
            Chosen::Airflow(airflow) => airflow.check(&target.job),
        }
    }

    async fn submit(&self, job: &TrainingJob) -> Result<SubmittedJob> {
        match self.choose(&job.target)? {
            Chosen::Process(jobs) => jobs.submit(job).await,
            Chosen::Webhook(jobs) => jobs.submit(job).await,
            Chosen::Airflow(airflow) => airflow.submit(job).await,
        }
    }

    async fn status(&self, job: &JobHandle) -> Result<JobStatus> {
        match self.choose(&job.target) {
            Ok(Chosen::Process(jobs)) => jobs.status(&job.run).await,
            Ok(Chosen::Webhook(jobs)) => jobs.status(job).await,
            Ok(Chosen::Airflow(airflow)) => airflow.status(job).await,
            // Somebody took the orchestrator out of the settings while a job was under way.
            Err(error) => Ok(JobStatus::Lost {
                reason: error.message().to_owned(),
            }),
        }
    }

    async fn cancel(&self, job: &JobHandle) -> Result<()> {
        match self.choose(&job.target) {
            Ok(Chosen::Process(jobs)) => jobs.cancel(&job.run).await,
            Ok(Chosen::Webhook(jobs)) => jobs.cancel(job).await,
            Ok(Chosen::Airflow(airflow)) => airflow.cancel(job).await,
            Err(_) => Ok(()),
        }
    }

    async fn logs(&self, job: &JobHandle, bytes_max: u64) -> Result<JobLogs> {
        match self.choose(&job.target)? {
            Chosen::Process(jobs) => jobs.logs(&job.run, bytes_max).await,
            Chosen::Webhook(_) => Ok(JobLogs::default()),
            Chosen::Airflow(airflow) => airflow.logs(job, bytes_max).await,
        }
    }
}

/// What every orchestrator calls a run: made from its identity alone, so that a repeated
/// submission meets the first one.
fn external_id(run: &RetrainingId) -> String {
    format!("trimtab-{run}")
}

/// A failed attempt as an error: what may pass is `Unavailable`, the rest is refused.
fn refused_or_away(what: &str, failure: &Failure) -> Error {
    let text = format!("{what}: {}", failure.message);
    if failure.is_temporary {
        Error::unavailable(text)
    } else {
        Error::invalid(text)
    }
}

/// The last `bytes_max` bytes of a text, from the beginning of a line.
fn tail(text: &str, bytes_max: u64, is_cut: bool) -> JobLogs {
    let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    if text.len() <= bytes_max {
        return JobLogs {
            text: text.to_owned(),
            is_cut,
        };
    }
    let mut from = text.len() - bytes_max;
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let from = text[from..].find('\n').map_or(from, |end| from + end + 1);
    JobLogs {
        text: text[from..].to_owned(),
        is_cut: true,
    }
}
