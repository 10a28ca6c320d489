//! An orchestrator that does as it is told, and counts what it really started.

use crate::lock;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Mutex;
use trimtab_domain::ports::orchestrator::{
    JobHandle, JobLogs, JobResult, JobStatus, JobTarget, Orchestrator, SubmittedJob, TrainingJob,
};
use trimtab_domain::{Error, Result, RetrainingId};

struct Job {
    handed_over: TrainingJob,
    status: JobStatus,
    n_submissions: u32,
    is_cancel_asked: bool,
}

#[derive(Default)]
struct State {
    jobs: BTreeMap<RetrainingId, Job>,
    n_lost_replies: u32,
    n_away: u32,
    refusal: Option<String>,
    obeys_no_cancel: bool,
}

/// Jobs stand where the test puts them.
#[derive(Default)]
pub struct ScriptedOrchestrator {
    state: Mutex<State>,
}

impl ScriptedOrchestrator {
    /// The next so many submissions are taken, and their replies get lost.
    pub fn lose_replies(&self, times: u32) {
        lock(&self.state).n_lost_replies = times;
    }

    /// The next so many calls find nobody.
    pub fn be_away(&self, times: u32) {
        lock(&self.state).n_away = times;
    }

    /// Every submission from here on is refused.
    pub fn refuse(&self, reason: &str) {
        lock(&self.state).refusal = Some(reason.to_owned());
    }

    /// Jobs go on however often they are asked to stop.
    pub fn obey_no_cancel(&self) {
        lock(&self.state).obeys_no_cancel = true;
    }

    /// Puts a job somewhere.
    pub fn put(&self, run: &RetrainingId, status: JobStatus) {
        if let Some(job) = lock(&self.state).jobs.get_mut(run) {
            job.status = status;
        }
    }

    /// Lets a job make a version.
    pub fn succeed(&self, run: &RetrainingId, version: u32) {
        self.put(
            run,
            JobStatus::Succeeded(JobResult {
                registered_version: Some(version),
                ..JobResult::default()
            }),
        );
    }

    /// Jobs that were really started, in the order of their runs.
    pub fn started(&self) -> Vec<TrainingJob> {
        let state = lock(&self.state);
        state
            .jobs
            .values()
            .map(|one| one.handed_over.clone())
            .collect()
    }

    /// How often a run's job was submitted.
    pub fn n_submissions(&self, run: &RetrainingId) -> u32 {
        let state = lock(&self.state);
        state.jobs.get(run).map_or(0, |job| job.n_submissions)
    }

    /// Whether a job was asked to stop.
    pub fn is_cancel_asked(&self, run: &RetrainingId) -> bool {
        let state = lock(&self.state);
        state.jobs.get(run).is_some_and(|job| job.is_cancel_asked)
    }
}

impl State {
    fn answer(&mut self) -> Result<()> {
        if self.n_away == 0 {
            return Ok(());
        }
        self.n_away -= 1;
        Err(Error::unavailable("the orchestrator is away"))
    }
}

#[async_trait]
impl Orchestrator for ScriptedOrchestrator {
    fn check(&self, target: &JobTarget) -> Result<()> {
        if target.orchestrator == "process" {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "there is no orchestrator `{}`",
            target.orchestrator
        )))
    }

    async fn submit(&self, job: &TrainingJob) -> Result<SubmittedJob> {
        let mut state = lock(&self.state);
        state.answer()?;
        if let Some(reason) = &state.refusal {
            return Err(Error::invalid(reason.clone()));
        }
        let known = state.jobs.entry(job.run.clone()).or_insert_with(|| Job {
            handed_over: job.clone(),
            status: JobStatus::Queued,
            n_submissions: 0,
            is_cancel_asked: false,
        });
        known.n_submissions += 1;
        // The newest token is good too.
        known.handed_over.callback.clone_from(&job.callback);
        if state.n_lost_replies > 0 {
            state.n_lost_replies -= 1;
            return Err(Error::unavailable("the reply got lost"));
        }
        Ok(SubmittedJob {
            external_id: format!("job of {}", job.run),
            url: None,
        })
    }

    async fn status(&self, job: &JobHandle) -> Result<JobStatus> {
        let mut state = lock(&self.state);
        state.answer()?;
        Ok(state.jobs.get(&job.run).map_or_else(
            || JobStatus::Lost {
                reason: "there is no such job".to_owned(),
            },
            |known| known.status.clone(),
        ))
    }

    async fn cancel(&self, job: &JobHandle) -> Result<()> {
        let mut state = lock(&self.state);
        state.answer()?;
        let obeys = !state.obeys_no_cancel;
        if let Some(known) = state.jobs.get_mut(&job.run) {
            known.is_cancel_asked = true;
            if obeys && matches!(known.status, JobStatus::Queued | JobStatus::Running) {
                known.status = JobStatus::Cancelled;
            }
        }
        Ok(())
    }

    async fn logs(&self, job: &JobHandle, _bytes_max: u64) -> Result<JobLogs> {
        let mut state = lock(&self.state);
        state.answer()?;
        Ok(JobLogs {
            text: format!("log of {}\n", job.run),
            is_cut: false,
        })
    }
}
