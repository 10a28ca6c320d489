//! The life of one retraining: a pure state machine, one step per event.
//!
//! A driver asks [`next_action`] what a run needs, does it, and feeds what came of it to
//! [`step`]. Every action may be done twice: after a crash the same state asks for the same
//! action, and a job that was submitted already is not started again (its run is the key).

use crate::ids::{DocumentName, ModelName, RetrainingId, SnapshotId};
use crate::ports::orchestrator::{JobHandle, JobResult, JobStatus, JobTarget};
use crate::retraining::Priority;
use crate::time::Window;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It waits for people: for their agreement, or for somebody to take the suggestion.
    Requested,
    /// It may begin when it is its turn.
    Approved,
    /// Its data are being written.
    Snapshot,
    /// It is being handed to the orchestrator, which may have it already.
    Submitting,
    /// The orchestrator has it; it has not begun.
    Submitted,
    /// The job is at work.
    Running,
    /// The job is to be stopped; the orchestrator has not said yet that it is.
    Cancelling,
    /// The job made a version.
    Succeeded,
    /// The candidate is compared with the champion.
    Validating,
    /// The candidate passed.
    Registered,
    /// The candidate takes traffic, step by step.
    RollingOut,
    /// Over: the candidate passed, and the policy leaves the rollout to people.
    Finished,
    /// Over: the candidate serves.
    Promoted,
    /// Over: the candidate took traffic and gave it back.
    RolledBack,
    /// Over: people said no, or the gate did.
    Rejected,
    /// Over: something went wrong.
    Failed,
    /// Over: it took too long.
    TimedOut,
    /// Over: somebody stopped it.
    Cancelled,
}

impl RunState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 18] = [
        Self::Requested,
        Self::Approved,
        Self::Snapshot,
        Self::Submitting,
        Self::Submitted,
        Self::Running,
        Self::Cancelling,
        Self::Succeeded,
        Self::Validating,
        Self::Registered,
        Self::RollingOut,
        Self::Finished,
        Self::Promoted,
        Self::RolledBack,
        Self::Rejected,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
    ];

    /// The word in answers and storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Snapshot => "snapshot",
            Self::Submitting => "submitting",
            Self::Submitted => "submitted",
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Succeeded => "succeeded",
            Self::Validating => "validating",
            Self::Registered => "registered",
            Self::RollingOut => "rolling_out",
            Self::Finished => "finished",
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled_back",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        self >= Self::Finished
    }

    /// Whether an orchestrator has, or may have, a job of this run that has not ended.
    pub fn has_job(self) -> bool {
        matches!(
            self,
            Self::Submitting | Self::Submitted | Self::Running | Self::Cancelling
        )
    }
}

/// Why a model is trained again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What makes it one cause: `alert:inputs-drifted@2013-06-03T00:00:00Z`. A model is trained
    /// once for each.
    pub key: String,
    /// The policy's trigger; absent where a person asked.
    pub trigger: Option<DocumentName>,
    /// One sentence.
    pub text: String,
}

/// A person's yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who, by name: several tokens of one person are one person.
    pub person: String,
    /// With which identity: `local`, `token:tok_…`.
    pub actor: String,
    /// When (wall clock).
    pub at: Timestamp,
    /// What they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How a run came to be stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Who: a person, or `system` after a timeout.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// What the run is when its job has stopped.
    pub leads_to: RunState,
}

/// What a run trains on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSnapshot {
    /// Which snapshot.
    pub id: SnapshotId,
    /// Hash over its files, hex.
    pub sha256: String,
    /// Event time of its rows.
    pub period: Window,
    /// Rows.
    pub n_rows: u64,
}

/// One execution of a retraining, from its cause to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetrainingRun {
    /// Which: also the idempotency key of its job.
    pub id: RetrainingId,
    /// The model.
    pub model: ModelName,
    /// The policy it follows.
    pub policy: DocumentName,
    /// Which version of that document.
    pub policy_version: u64,
    /// Why.
    pub cause: Cause,
    /// What goes first.
    pub priority: Priority,
    /// Who asked: `system` for the policy itself.
    pub requested_by: String,
    /// The person behind `requested_by`, where there is one.
    pub requester: Option<String>,
    /// When (wall clock).
    pub requested_at: Timestamp,
    /// Where the model's own clock stood: labels known later are not used.
    pub event_at: Timestamp,
    /// Whether the policy only suggests it.
    pub is_suggestion: bool,
    /// How many people must agree.
    pub approvals_needed: u8,
    /// Who has.
    pub approvals: Vec<Approval>,
    /// Which job trains.
    pub job: JobTarget,
    /// Free words for it.
    pub parameters: BTreeMap<String, String>,
    /// Event time of the rows it asks for.
    pub period: Window,
    /// The validation policy, where one is named.
    pub validation_policy: Option<DocumentName>,
    /// Whether a candidate that passed goes on to a rollout.
    pub rolls_out: bool,
    /// Minutes a job may take.
    pub timeout_minutes: u32,
    /// Hours people have to agree.
    pub approval_timeout_hours: u32,
    /// Where it stands.
    pub state: RunState,
    /// Since when (wall clock).
    pub state_since: Timestamp,
    /// Attempts of what the present state needs.
    pub n_attempts: u32,
    /// Nothing is to be tried before (wall clock).
    pub next_attempt_at: Timestamp,
    /// What went wrong last in this state.
    pub last_error: Option<String>,
    /// What it trains on, once written.
    pub snapshot: Option<RunSnapshot>,
    /// When the job was handed over for the first time (wall clock).
    pub submitted_at: Option<Timestamp>,
    /// What the orchestrator calls the job.
    pub external_id: Option<String>,
    /// Where people can look at the job.
    pub job_url: Option<String>,
    /// SHA-256 of the callback tokens given out, hex; none after the job's end.
    pub callback_hashes: Vec<String>,
    /// What the job made.
    pub result: Option<JobResult>,
    /// The validation of the candidate.
    pub validation: Option<String>,
    /// The rollout of the candidate.
    pub rollout: Option<String>,
    /// How it came to be stopped, where it was.
    pub stop: Option<Stop>,
    /// Why it ended as it did, one sentence.
    pub end_reason: Option<String>,
    /// When it ended (wall clock).
    pub ended_at: Option<Timestamp>,
    /// Counts up with every stored change.
    pub revision: u64,
}

/// What the gate says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateVerdict {
    /// It may go on.
    Passed,
    /// It may not.
    Failed,
    /// Nobody can say: it may not.
    CouldNotDecide,
}

/// What happens to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// A person agrees.
    Approved(Approval),
    /// A person says no.
    Refused {
        /// Who.
        actor: String,
        /// Why.
        reason: String,
    },
    /// A person stops it.
    CancelAsked {
        /// Who.
        actor: String,
        /// Why.
        reason: String,
    },
    /// It is its turn.
    Begun,
    /// Its data are on disk.
    SnapshotWritten(RunSnapshot),
    /// Its data cannot be written, ever.
    SnapshotRefused {
        /// Why.
        reason: String,
    },
    /// It is about to be handed over, with this callback token's hash.
    HandingOver {
        /// SHA-256 of the token, hex.
        token_hash: Option<String>,
    },
    /// The orchestrator took it.
    Submitted {
        /// What it calls the job.
        external_id: String,
        /// Where people can look at it.
        url: Option<String>,
    },
    /// The orchestrator refused it: it will not run.
    SubmissionRefused {
        /// Why.
        reason: String,
    },
    /// Where the job stands: from a poll, or from the job itself.
    Job(JobStatus),
    /// What the state needs was tried and could not be done now.
    Attempted {
        /// Why.
        error: String,
    },
    /// The comparison with the champion begins.
    ValidationBegun,
    /// The gate has spoken.
    Validated {
        /// Which validation.
        validation: Option<String>,
        /// What it says.
        verdict: GateVerdict,
        /// In one sentence.
        reason: String,
    },
    /// The rollout began.
    RolloutStarted {
        /// Which.
        rollout: String,
    },
    /// There will be no rollout: by policy, or because it was refused.
    NoRollout {
        /// Why; `None` where the policy leaves it to people.
        refused: Option<String>,
    },
    /// The rollout is over.
    RolloutEnded {
        /// Whether the candidate serves.
        is_promoted: bool,
        /// In one sentence.
        reason: String,
    },
    /// Time passed.
    Tick,
}

/// What a run needs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunAction {
    /// Nothing: it is over, waits for people, or waits for its next attempt.
    Rest,
    /// Its turn: see whether another run of the model is before it.
    Begin,
    /// Write its data.
    WriteSnapshot,
    /// Hand it to the orchestrator.
    Submit,
    /// Ask how the job stands.
    Poll,
    /// Ask for the job to be stopped, and how it stands.
    Cancel,
    /// Compare the candidate with the champion.
    Validate,
    /// Begin the rollout.
    StartRollout,
    /// See how the rollout stands.
    WatchRollout,
}

/// How long a state may last (wall clock).
const SNAPSHOT_MAX: SignedDuration = SignedDuration::from_hours(1);
const SUBMITTING_MAX: SignedDuration = SignedDuration::from_mins(15);
const CANCELLING_MAX: SignedDuration = SignedDuration::from_mins(10);
const VALIDATING_MAX: SignedDuration = SignedDuration::from_hours(2);
const REGISTERED_MAX: SignedDuration = SignedDuration::from_hours(2);
/// The longest rest between two attempts.
const REST_MAX: SignedDuration = SignedDuration::from_secs(30);

/// What a run needs at `now`.
pub fn next_action(run: &RetrainingRun, now: Timestamp) -> RunAction {
    let action = match run.state {
        RunState::Approved => RunAction::Begin,
        RunState::Snapshot => RunAction::WriteSnapshot,
        RunState::Submitting => RunAction::Submit,
        RunState::Submitted | RunState::Running => RunAction::Poll,
        RunState::Cancelling => RunAction::Cancel,
        RunState::Succeeded | RunState::Validating => RunAction::Validate,
        RunState::Registered => RunAction::StartRollout,
        RunState::RollingOut => RunAction::WatchRollout,
        RunState::Requested
        | RunState::Finished
        | RunState::Promoted
        | RunState::RolledBack
        | RunState::Rejected
        | RunState::Failed
        | RunState::TimedOut
        | RunState::Cancelled => RunAction::Rest,
    };
    // A clock that jumped back must not keep a run resting for ever.
    let rests = now < run.next_attempt_at && run.next_attempt_at <= after(now, REST_MAX);
    if rests { RunAction::Rest } else { action }
}

/// Advances a run. An event that does not fit the state changes nothing, so late answers and
/// repeated clicks do no harm; the answer says whether anything changed.
pub fn step(mut run: RetrainingRun, event: RunEvent, now: Timestamp) -> (RetrainingRun, bool) {
    let before = run.clone();
    match event {
        RunEvent::Approved(approval) => approve(&mut run, approval, now),
        RunEvent::Refused { actor, reason } => {
            if matches!(run.state, RunState::Requested | RunState::Approved) {
                let reason = format!("{actor} said no: {reason}");
                end(&mut run, RunState::Rejected, reason, now);
            }
        }
        RunEvent::CancelAsked { actor, reason } => cancel(&mut run, actor, reason, now),
        RunEvent::Begun => advance(&mut run, RunState::Approved, RunState::Snapshot, now),
        RunEvent::SnapshotWritten(snapshot) => {
            if run.state == RunState::Snapshot {
                run.snapshot = Some(snapshot);
                enter(&mut run, RunState::Submitting, now);
            }
        }
        RunEvent::SnapshotRefused { reason } => {
            fail(&mut run, RunState::Snapshot, reason, now);
        }
        RunEvent::HandingOver { token_hash } => {
            if run.state == RunState::Submitting {
                run.submitted_at.get_or_insert(now);
                run.callback_hashes.extend(token_hash);
            }
        }
        RunEvent::Submitted { external_id, url } => submitted(&mut run, external_id, url, now),
        RunEvent::SubmissionRefused { reason } => {
            fail(&mut run, RunState::Submitting, reason, now);
        }
        RunEvent::Job(status) => job_stands(&mut run, status, now),
        RunEvent::Attempted { error } => attempted(&mut run, error, now),
        RunEvent::ValidationBegun => {
            advance(&mut run, RunState::Succeeded, RunState::Validating, now);
        }
        RunEvent::Validated {
            validation,
            verdict,
            reason,
        } => validated(&mut run, validation, verdict, reason, now),
        RunEvent::RolloutStarted { rollout } => {
            if run.state == RunState::Registered {
                run.rollout = Some(rollout);
                enter(&mut run, RunState::RollingOut, now);
            }
        }
        RunEvent::NoRollout { refused } => no_rollout(&mut run, refused, now),
        RunEvent::RolloutEnded {
            is_promoted,
            reason,
        } => {
            if run.state == RunState::RollingOut {
                let state = if is_promoted {
                    RunState::Promoted
                } else {
                    RunState::RolledBack
                };
                end(&mut run, state, reason, now);
            }
        }
        RunEvent::Tick => tick(&mut run, now),
    }
    let is_changed = run != before;
    (run, is_changed)
}

impl RetrainingRun {
    /// The job as the orchestrator is asked about it.
    pub fn handle(&self) -> JobHandle {
        JobHandle {
            run: self.id.clone(),
            target: self.job.clone(),
            external_id: self.external_id.clone(),
        }
    }

    /// When its job is given up (wall clock).
    pub fn deadline(&self) -> Timestamp {
        let minutes = SignedDuration::from_mins(i64::from(self.timeout_minutes));
        after(self.submitted_at.unwrap_or(self.state_since), minutes)
    }

    /// Whether enough people have agreed.
    pub fn is_agreed(&self) -> bool {
        self.approvals.len() >= usize::from(self.approvals_needed)
    }

    /// Whether a training was, or may have been, started for it.
    pub fn has_trained(&self) -> bool {
        self.submitted_at.is_some()
    }
}

fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn enter(run: &mut RetrainingRun, state: RunState, now: Timestamp) {
    run.state = state;
    run.state_since = now;
    run.n_attempts = 0;
    run.next_attempt_at = now;
    run.last_error = None;
}

fn advance(run: &mut RetrainingRun, from: RunState, to: RunState, now: Timestamp) {
    if run.state == from {
        enter(run, to, now);
    }
}

fn end(run: &mut RetrainingRun, state: RunState, reason: String, now: Timestamp) {
    let last_error = run.last_error.take();
    enter(run, state, now);
    run.last_error = last_error;
    run.end_reason = Some(reason);
    run.ended_at = Some(now);
    run.callback_hashes.clear();
}

fn fail(run: &mut RetrainingRun, from: RunState, reason: String, now: Timestamp) {
    if run.state == from {
        end(run, RunState::Failed, reason, now);
    }
}

fn attempted(run: &mut RetrainingRun, error: String, now: Timestamp) {
    if run.state.is_over() {
        return;
    }
    run.n_attempts = run.n_attempts.saturating_add(1);
    run.last_error = Some(error);
    let seconds = 1_i64 << run.n_attempts.min(5);
    run.next_attempt_at = after(now, SignedDuration::from_secs(seconds).min(REST_MAX));
}

fn no_rollout(run: &mut RetrainingRun, refused: Option<String>, now: Timestamp) {
    if run.state != RunState::Registered {
        return;
    }
    let state = match refused {
        Some(_) => RunState::Failed,
        None => RunState::Finished,
    };
    let reason = refused.unwrap_or_else(|| {
        "the candidate passed; the policy leaves its rollout to people".to_owned()
    });
    end(run, state, reason, now);
}

fn approve(run: &mut RetrainingRun, approval: Approval, now: Timestamp) {
    if run.state != RunState::Requested {
        return;
    }
    let asked = run.requester.as_deref() == Some(approval.person.as_str())
        || run.requested_by == approval.actor;
    let has_agreed = run
        .approvals
        .iter()
        .any(|one| one.person == approval.person);
    if asked || has_agreed {
        return;
    }
    run.approvals.push(approval);
    if run.is_agreed() {
        enter(run, RunState::Approved, now);
    }
}

fn cancel(run: &mut RetrainingRun, actor: String, reason: String, now: Timestamp) {
    if run.state.is_over() || run.state == RunState::Cancelling {
        return;
    }
    let text = format!("{actor} stopped it: {reason}");
    if run.state.has_job() {
        run.stop = Some(Stop {
            actor,
            reason,
            leads_to: RunState::Cancelled,
        });
        enter(run, RunState::Cancelling, now);
    } else {
        end(run, RunState::Cancelled, text, now);
    }
}

fn submitted(run: &mut RetrainingRun, external_id: String, url: Option<String>, now: Timestamp) {
    match run.state {
        RunState::Submitting => {
            run.external_id = Some(external_id);
            run.job_url = url;
            enter(run, RunState::Submitted, now);
        }
        // The reply came after somebody had stopped it, or after the job itself had reported:
        // now it can be asked for by name.
        RunState::Cancelling | RunState::Submitted | RunState::Running
            if run.external_id.is_none() =>
        {
            run.external_id = Some(external_id);
            run.job_url = url;
        }
        _ => {}
    }
}

fn job_stands(run: &mut RetrainingRun, status: JobStatus, now: Timestamp) {
    if !run.state.has_job() {
        return;
    }
    if run.state == RunState::Cancelling {
        let is_at_work = matches!(status, JobStatus::Queued | JobStatus::Running);
        if is_at_work {
            rest(run, now);
        } else {
            stopped(run, now, &status);
        }
        return;
    }
    match status {
        JobStatus::Queued => rest(run, now),
        JobStatus::Running => {
            // A report of the job itself also answers a submission whose reply was lost.
            if run.state != RunState::Running {
                enter(run, RunState::Running, now);
            }
            rest(run, now);
        }
        JobStatus::Succeeded(result) => {
            let has_version = result.registered_version.is_some();
            run.result = Some(result);
            run.callback_hashes.clear();
            if has_version {
                enter(run, RunState::Succeeded, now);
            } else {
                let reason = "the job ended well, and named no registered version".to_owned();
                end(run, RunState::Failed, reason, now);
            }
        }
        JobStatus::Failed { reason } => {
            end(
                run,
                RunState::Failed,
                format!("the job failed: {reason}"),
                now,
            );
        }
        JobStatus::Cancelled => {
            let reason = "the job was stopped in the orchestrator".to_owned();
            end(run, RunState::Cancelled, reason, now);
        }
        // Before the submission is answered the orchestrator need not know the job.
        JobStatus::Lost { .. } if run.state == RunState::Submitting => {}
        JobStatus::Lost { reason } => {
            end(
                run,
                RunState::Failed,
                format!("the job was lost: {reason}"),
                now,
            );
        }
    }
}

/// The next look at a job: often at first, then less and less.
fn rest(run: &mut RetrainingRun, now: Timestamp) {
    let age = now.duration_since(run.submitted_at.unwrap_or(run.state_since));
    let pause = (age / 10).clamp(SignedDuration::from_secs(1), REST_MAX);
    run.next_attempt_at = after(now, pause);
    run.n_attempts = 0;
    run.last_error = None;
}

/// The job is gone, whichever way: the stop has its effect.
fn stopped(run: &mut RetrainingRun, now: Timestamp, status: &JobStatus) {
    let (state, mut reason) = match run.stop.clone() {
        Some(stop) if stop.leads_to == RunState::Cancelled => (
            RunState::Cancelled,
            format!("{} stopped it: {}", stop.actor, stop.reason),
        ),
        Some(stop) => (stop.leads_to, stop.reason),
        None => (RunState::Cancelled, "it was stopped".to_owned()),
    };
    if let JobStatus::Succeeded(result) = status {
        run.result = Some(result.clone());
        reason.push_str("; its job had ended by then, and what it made is not used");
    }
    end(run, state, reason, now);
}

fn validated(
    run: &mut RetrainingRun,
    validation: Option<String>,
    verdict: GateVerdict,
    reason: String,
    now: Timestamp,
) {
    if !matches!(run.state, RunState::Succeeded | RunState::Validating) {
        return;
    }
    run.validation = validation;
    match verdict {
        GateVerdict::Passed => enter(run, RunState::Registered, now),
        GateVerdict::Failed | GateVerdict::CouldNotDecide => {
            end(run, RunState::Rejected, reason, now);
        }
    }
}

/// Leaves a state that has lasted too long.
fn tick(run: &mut RetrainingRun, now: Timestamp) {
    if run.state.is_over() {
        return;
    }
    if now < run.state_since {
        // The clock was set back: what has passed so far is unknown, so it counts from here.
        run.state_since = now;
        run.submitted_at = run.submitted_at.map(|at| at.min(now));
    }
    let lasted = now.duration_since(run.state_since);
    let last = run.last_error.clone();
    let because = |text: String| match &last {
        Some(error) => format!("{text}: {error}"),
        None => text,
    };
    match run.state {
        RunState::Requested | RunState::Approved => {
            let hours = run.approval_timeout_hours;
            if lasted > SignedDuration::from_hours(i64::from(hours)) {
                let what = if run.state == RunState::Requested {
                    "nobody agreed to it"
                } else {
                    "its turn did not come"
                };
                let reason = format!("{what} within {hours} hours");
                end(run, RunState::TimedOut, reason, now);
            }
        }
        RunState::Snapshot if lasted > SNAPSHOT_MAX => {
            let reason = because("its data could not be written within an hour".to_owned());
            end(run, RunState::TimedOut, reason, now);
        }
        RunState::Submitting if lasted > SUBMITTING_MAX => {
            let reason = because("the orchestrator did not take it within 15 minutes".to_owned());
            give_up(run, reason, now);
        }
        RunState::Submitted | RunState::Running if now > run.deadline() => {
            let reason = format!("its job did not end within {} minutes", run.timeout_minutes);
            give_up(run, because(reason), now);
        }
        RunState::Cancelling if lasted > CANCELLING_MAX => {
            let unconfirmed = JobStatus::Lost {
                reason: String::new(),
            };
            stopped(run, now, &unconfirmed);
            if let Some(reason) = &mut run.end_reason {
                reason.push_str("; the orchestrator did not confirm within 10 minutes");
            }
        }
        RunState::Succeeded | RunState::Validating if lasted > VALIDATING_MAX => {
            let reason = because("its validation took longer than 2 hours".to_owned());
            end(run, RunState::TimedOut, reason, now);
        }
        RunState::Registered if lasted > REGISTERED_MAX => {
            let reason = because("its rollout could not begin within 2 hours".to_owned());
            end(run, RunState::TimedOut, reason, now);
        }
        _ => {}
    }
}

fn give_up(run: &mut RetrainingRun, reason: String, now: Timestamp) {
    run.stop = Some(Stop {
        actor: "system".to_owned(),
        reason,
        leads_to: RunState::TimedOut,
    });
    enter(run, RunState::Cancelling, now);
}
