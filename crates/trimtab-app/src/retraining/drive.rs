//! The driver: takes every open run as far as it goes now.
//!
//! What a run needs is a function of its stored state, so "in its turn", "after a crash" and "by
//! another server" are one path. Each step is stored before what comes of it is done, and every
//! deed may be done twice: the job's key is its run.

use super::look::SYSTEM;
use super::onward::{self, Standing};
use crate::app::{App, ChangeKind};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::incident::Incident;
use trimtab_domain::ports::orchestrator::{
    JobCallback, JobSnapshot, JobStatus, SubmittedJob, TrainingJob,
};
use trimtab_domain::ports::retraining::{RetrainingEntry, RetrainingQuery};
use trimtab_domain::ports::store::IncidentQuery;
use trimtab_domain::retraining::run::{next_action, step};
use trimtab_domain::retraining::{
    Exclusion, RetrainingRun, RunAction, RunEvent, RunSnapshot, RunState, SnapshotRequest,
    StoredSnapshot,
};
use trimtab_domain::{Error, ErrorKind, Result, SnapshotId, Window};

/// Steps that one run takes in one go.
const STEPS_MAX: u32 = 32;
/// Runs that are open at once, at most.
const OPEN_MAX: u32 = 1_000;

/// Takes every open run as far as it goes now.
pub(crate) async fn step_all(app: &App) -> Result<()> {
    let _driving = app.inner.driving.lock().await;
    let query = RetrainingQuery {
        open_only: true,
        limit: Some(OPEN_MAX),
        ..RetrainingQuery::default()
    };
    let mut runs = app.store().retrainings(&query).await?;
    // The most urgent first, then the oldest: who is asked first takes its model's turn.
    runs.reverse();
    runs.sort_by_key(|run| std::cmp::Reverse(run.priority));
    let mut first_error = Ok(());
    for run in runs {
        // One run's trouble is not the others'.
        if let Err(error) = Box::pin(drive(app, run)).await {
            first_error = first_error.and(Err(error));
        }
    }
    first_error
}

async fn drive(app: &App, run: RetrainingRun) -> Result<()> {
    let mut run = run;
    for _ in 0..STEPS_MAX {
        run = feed(app, run, RunEvent::Tick, SYSTEM).await?;
        let before = run.revision;
        let action = next_action(&run, app.now());
        let Some(next) = Box::pin(act(app, run, action)).await? else {
            return Ok(());
        };
        run = next;
        if run.revision == before || run.state.is_over() {
            return Ok(());
        }
    }
    Ok(())
}

/// Lets something happen to a run, stores what came of it and tells of it. Whoever was overtaken
/// gets the run as it is now.
pub(super) async fn feed(
    app: &App,
    run: RetrainingRun,
    event: RunEvent,
    actor: &str,
) -> Result<RetrainingRun> {
    let before = run.clone();
    let (after, is_changed) = step(run, event, app.now());
    if !is_changed {
        return Ok(after);
    }
    let told = tell(&before, &after);
    let entries: Vec<RetrainingEntry> = told
        .iter()
        .map(|text| RetrainingEntry {
            at: app.now(),
            state: after.state,
            actor: actor.to_owned(),
            text: text.clone(),
        })
        .collect();
    let audit = audited(app, &before, &after, told, actor);
    let stored = match app
        .store()
        .update_retraining(&after, &entries, audit.as_slice())
        .await
    {
        Err(error) if error.kind() == ErrorKind::Conflict => {
            return super::find(app, &before.id).await;
        }
        stored => stored?,
    };
    if audit.is_some() {
        app.announce(ChangeKind::Model, Some(&after.model));
    }
    Ok(stored)
}

/// The entry of the audit log that a step deserves.
fn audited(
    app: &App,
    before: &RetrainingRun,
    after: &RetrainingRun,
    told: Option<String>,
    actor: &str,
) -> Option<AuditEntry> {
    if before.state == after.state && before.approvals.len() == after.approvals.len() {
        return None;
    }
    let action = if before.state == after.state {
        "retraining_agreed".to_owned()
    } else {
        format!("retraining_{}", after.state.as_str())
    };
    let text = told.unwrap_or_else(|| after.state.as_str().to_owned());
    let reason = after.end_reason.as_deref().unwrap_or(&after.cause.text);
    let stands = |run: &RetrainingRun| {
        let people: Vec<&str> = run
            .approvals
            .iter()
            .map(|one| one.person.as_str())
            .collect();
        Some(json!({
            "state": run.state,
            "agreed": people,
            "snapshot": run.snapshot.as_ref().map(|one| &one.sha256),
            "version": run.result.as_ref().and_then(|one| one.registered_version),
            "validation": run.validation,
            "rollout": run.rollout,
        }))
    };
    let entry = app
        .entry(actor, &action, after.id.to_string(), text)
        .of_model(&after.model)
        .with_change(stands(before), stands(after))
        .because(reason);
    Some(entry)
}

/// One sentence on a step, where it is worth one.
fn tell(before: &RetrainingRun, after: &RetrainingRun) -> Option<String> {
    if before.approvals.len() < after.approvals.len() {
        let approval = after.approvals.last()?;
        let note = approval.note.as_deref().map(|note| format!(": {note}"));
        return Some(format!(
            "{} agreed ({} of {}){}",
            approval.person,
            after.approvals.len(),
            after.approvals_needed,
            note.unwrap_or_default()
        ));
    }
    if before.state == after.state {
        let is_news = before.last_error != after.last_error;
        return after
            .last_error
            .clone()
            .filter(|_| is_news)
            .map(|error| format!("not yet: {error}"));
    }
    if let Some(reason) = after.end_reason.clone().filter(|_| after.state.is_over()) {
        return Some(reason);
    }
    Some(match after.state {
        RunState::Snapshot => "its turn has come: its data are written".to_owned(),
        RunState::Submitting => match &after.snapshot {
            Some(snapshot) => format!(
                "{} labelled rows are written ({}), and handed over",
                snapshot.n_rows, snapshot.id
            ),
            None => "it is handed over".to_owned(),
        },
        RunState::Submitted => format!(
            "`{}` has it as {}",
            after.job.orchestrator,
            after.external_id.as_deref().unwrap_or("a job")
        ),
        RunState::Running => "the job is at work".to_owned(),
        RunState::Cancelling => match &after.stop {
            Some(stop) => format!("it is being stopped: {}", stop.reason),
            None => "it is being stopped".to_owned(),
        },
        RunState::Succeeded => {
            let version = after.result.as_ref().and_then(|one| one.registered_version);
            version.map_or_else(
                || "the job ended well".to_owned(),
                |version| format!("the job made version v{version}"),
            )
        }
        RunState::Validating => "the candidate meets the champion".to_owned(),
        RunState::Registered => "the candidate passed".to_owned(),
        RunState::RollingOut => "the candidate's rollout began".to_owned(),
        other => other.as_str().replace('_', " "),
    })
}

/// Does what a run needs; `None` where it rests.
async fn act(app: &App, run: RetrainingRun, action: RunAction) -> Result<Option<RetrainingRun>> {
    let event = match action {
        RunAction::Rest => return Ok(None),
        RunAction::Begin => {
            if !is_its_turn(app, &run).await? {
                return Ok(None);
            }
            RunEvent::Begun
        }
        RunAction::WriteSnapshot => write_snapshot(app, &run).await,
        RunAction::Submit => return submit(app, run).await.map(Some),
        RunAction::Poll => poll(app, &run).await,
        RunAction::Cancel => match app.inner.parts.orchestrator.cancel(&run.handle()).await {
            Ok(()) => poll(app, &run).await,
            Err(error) => attempted(&error),
        },
        RunAction::Validate => return validate(app, run).await,
        RunAction::StartRollout => start_rollout(app, &run).await,
        RunAction::WatchRollout => match onward::rollout(app, &run).await {
            Ok(Standing::UnderWay) => return Ok(None),
            Ok(Standing::Over {
                is_promoted,
                reason,
            }) => RunEvent::RolloutEnded {
                is_promoted,
                reason,
            },
            Err(error) => attempted(&error),
        },
    };
    feed(app, run, event, SYSTEM).await.map(Some)
}

fn attempted(error: &Error) -> RunEvent {
    RunEvent::Attempted {
        error: error.to_string(),
    }
}

/// Whether the model has room for one more run at work.
async fn is_its_turn(app: &App, run: &RetrainingRun) -> Result<bool> {
    let catalog = app.catalog().await?;
    let at_once = catalog
        .models
        .get(&run.model)
        .and_then(|entry| entry.retraining.get(&run.policy))
        .map_or(1, |policy| policy.spec.guards.concurrent_max);
    let query = RetrainingQuery {
        model: Some(run.model.clone()),
        open_only: true,
        ..RetrainingQuery::default()
    };
    let open = app.store().retrainings(&query).await?;
    let at_work = |one: &&RetrainingRun| {
        one.id != run.id && !matches!(one.state, RunState::Requested | RunState::Approved)
    };
    Ok(open.iter().filter(at_work).count() < usize::try_from(at_once).unwrap_or(usize::MAX))
}

async fn write_snapshot(app: &App, run: &RetrainingRun) -> RunEvent {
    match snapshot_of(app, run).await {
        Ok(stored) => RunEvent::SnapshotWritten(RunSnapshot {
            id: stored.manifest.id,
            sha256: stored.manifest.sha256,
            period: stored.manifest.period,
            n_rows: stored.manifest.n_rows,
        }),
        Err(error) => match error.kind() {
            ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Conflict => {
                RunEvent::SnapshotRefused {
                    reason: format!("its data cannot be written: {error}"),
                }
            }
            _ => attempted(&error),
        },
    }
}

async fn snapshot_of(app: &App, run: &RetrainingRun) -> Result<StoredSnapshot> {
    let suffix = run.id.as_str();
    let suffix = suffix.split_once('_').map_or(suffix, |(_, suffix)| suffix);
    let catalog = app.catalog().await?;
    let entry = catalog
        .models
        .get(&run.model)
        .ok_or_else(|| Error::not_found("model", &run.model))?;
    let kinds = entry
        .retraining
        .get(&run.policy)
        .map(|policy| policy.spec.data.exclude_incidents.clone())
        .unwrap_or_default();
    let request = SnapshotRequest {
        id: SnapshotId::from_suffix(suffix),
        model: std::sync::Arc::clone(&entry.spec),
        period: run.period,
        known_at: run.event_at,
        exclusions: exclusions(app, run, &kinds).await?,
    };
    app.inner.parts.snapshots.write_snapshot(&request).await
}

/// The stretches of the period that lie in incidents of some kinds.
async fn exclusions(app: &App, run: &RetrainingRun, kinds: &[String]) -> Result<Vec<Exclusion>> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let query = IncidentQuery {
        model: Some(run.model.clone()),
        ..IncidentQuery::default()
    };
    let mut incidents = app.store().incidents(&query).await?;
    incidents.retain(|incident| kinds.contains(&incident.kind));
    incidents.sort_by_key(|incident| (incident.opened_at, incident.number));
    Ok(incidents
        .iter()
        .filter_map(|incident| exclusion(run, incident))
        .collect())
}

fn exclusion(run: &RetrainingRun, incident: &Incident) -> Option<Exclusion> {
    // What ended later was not over when the run was asked for.
    let end = incident.resolved_at.unwrap_or(run.event_at);
    let window = Window::new(
        incident.opened_at.max(run.period.start),
        end.min(run.event_at).min(run.period.end),
    )
    .ok()?;
    Some(Exclusion {
        window,
        reason: format!("#{} {}", incident.number, incident.title),
        incident: Some(incident.id.clone()),
    })
}

/// Hands the job over. The token it may report with is stored first, so that its first word is
/// understood however fast it comes.
async fn submit(app: &App, run: RetrainingRun) -> Result<RetrainingRun> {
    let token = app.inner.parts.identity.secret();
    let handed = RunEvent::HandingOver {
        token_hash: Some(hash(&token)),
    };
    let run = feed(app, run, handed, SYSTEM).await?;
    if run.state != RunState::Submitting {
        return Ok(run);
    }
    let event = match hand_over(app, &run, token).await {
        Ok(SubmittedJob { external_id, url }) => RunEvent::Submitted { external_id, url },
        Err(error) if error.kind() == ErrorKind::Unavailable => attempted(&error),
        Err(error) => RunEvent::SubmissionRefused {
            reason: format!("`{}` refused the job: {error}", run.job.orchestrator),
        },
    };
    // The job may have reported meanwhile.
    let run = super::find(app, &run.id).await?;
    feed(app, run, event, SYSTEM).await
}

async fn hand_over(app: &App, run: &RetrainingRun, token: String) -> Result<SubmittedJob> {
    let parts = &app.inner.parts;
    let gone = || Error::conflict("its data snapshot is gone");
    let known = run.snapshot.as_ref().ok_or_else(gone)?;
    let stored = parts
        .snapshots
        .snapshot(&known.id)
        .await?
        .ok_or_else(gone)?;
    if stored.manifest.sha256 != known.sha256 {
        return Err(Error::conflict("its data snapshot is not what was written"));
    }
    let job = TrainingJob {
        run: run.id.clone(),
        model: run.model.clone(),
        target: run.job.clone(),
        parameters: run.parameters.clone(),
        reason: run.cause.text.clone(),
        requested_by: run.requested_by.clone(),
        priority: run.priority,
        snapshot: JobSnapshot {
            id: stored.manifest.id,
            folder: stored.folder,
            manifest_sha256: stored.manifest_sha256,
            period: stored.manifest.period,
            n_rows: stored.manifest.n_rows,
        },
        callback: Some(JobCallback {
            url: super::report_url(app, &run.id),
            token,
        }),
        deadline: run.deadline(),
    };
    parts.orchestrator.submit(&job).await
}

async fn poll(app: &App, run: &RetrainingRun) -> RunEvent {
    match app.inner.parts.orchestrator.status(&run.handle()).await {
        Ok(status) => RunEvent::Job(status),
        Err(error) if error.kind() == ErrorKind::Unavailable => attempted(&error),
        // It will say the same for ever: as good as gone.
        Err(error) => RunEvent::Job(JobStatus::Lost {
            reason: error.to_string(),
        }),
    }
}

/// Asks the gate; `None` while it looks, which holds up nobody else.
async fn validate(app: &App, run: RetrainingRun) -> Result<Option<RetrainingRun>> {
    let run = feed(app, run, RunEvent::ValidationBegun, SYSTEM).await?;
    if run.state != RunState::Validating {
        return Ok(Some(run));
    }
    let event = match onward::validate(app, &run).await {
        Ok(None) => return Ok(None),
        Ok(Some(gate)) => RunEvent::Validated {
            validation: gate.validation,
            verdict: gate.verdict,
            reason: gate.reason,
        },
        Err(error) => match error.kind() {
            ErrorKind::Unavailable => attempted(&error),
            _ => RunEvent::Validated {
                validation: None,
                verdict: trimtab_domain::retraining::GateVerdict::CouldNotDecide,
                reason: format!("the candidate could not be validated: {error}"),
            },
        },
    };
    // People may have stopped it meanwhile.
    let run = super::find(app, &run.id).await?;
    feed(app, run, event, SYSTEM).await.map(Some)
}

async fn start_rollout(app: &App, run: &RetrainingRun) -> RunEvent {
    if !run.rolls_out {
        return RunEvent::NoRollout { refused: None };
    }
    match onward::start_rollout(app, run).await {
        Ok(rollout) => RunEvent::RolloutStarted { rollout },
        Err(error) if error.kind() == ErrorKind::Unavailable => attempted(&error),
        Err(error) => RunEvent::NoRollout {
            refused: Some(format!("its rollout could not begin: {error}")),
        },
    }
}

/// SHA-256 of a token, hex.
pub(super) fn hash(token: &str) -> String {
    let digest = Sha256::digest(token.as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in digest {
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}
