//! Retraining: policies look, people decide, the driver takes runs to their end.
//!
//! [`look`] runs after every judgement and decides; [`drive`] takes each open run as far as it
//! goes; this file is what people and jobs do. Decisions and the life of a run are pure, in
//! `trimtab_domain::retraining`.

mod drive;
mod dry_run;
mod history;
mod look;
mod onward;

pub use dry_run::{DryRun, DryRunCost, DryRunTraining};

pub(crate) use drive::step_all;
pub(crate) use look::{look, start_policies};

use crate::app::{App, ChangeKind};
use crate::catalog::PolicyEntry;
use crate::evaluate::Reach;
use drive::feed;
use trimtab_domain::documents::RetrainingPolicySpec;
use trimtab_domain::ports::orchestrator::{JobLogs, JobReport};
use trimtab_domain::ports::retraining::{RetrainingEntry, RetrainingQuery, StoredDecision};
use trimtab_domain::retraining::{
    Approval, Cause, History, Playback, Priority, RetrainingRun, RunEvent, RunRequest, RunState,
    training_period,
};
use trimtab_domain::{DocumentName, Error, ErrorKind, ModelName, Result, RetrainingId, Window};

/// Bytes of a job's log that are shown.
const LOG_BYTES_MAX: u64 = 64 << 10;

/// A run with its timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct RetrainingDetail {
    /// The run.
    pub run: RetrainingRun,
    /// What happened to it, oldest first.
    pub history: Vec<RetrainingEntry>,
}

/// Where a job reports.
pub(crate) fn report_url(app: &App, id: &RetrainingId) -> String {
    format!(
        "{}/api/v1/retraining/{id}/events",
        app.inner.settings.public_url
    )
}

pub(crate) async fn find(app: &App, id: &RetrainingId) -> Result<RetrainingRun> {
    app.store()
        .retraining(id)
        .await?
        .ok_or_else(|| Error::not_found("retraining", id))
}

/// Why somebody does it: never nothing.
fn said(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("a reason is missing")
            .with_hint("say why, for those who read the record later"));
    }
    Ok(reason.to_owned())
}

impl App {
    /// Asks for a training by hand, now: guards of the policy that hold back its own triggers do
    /// not hold back people, its approvals do.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model or policy, `Invalid` without a reason, if the model has
    /// several policies and none is named, if there is nothing to train on, or if the policy's
    /// job cannot be run as the server's settings stand.
    pub async fn request_retraining(
        &self,
        model: &ModelName,
        policy: Option<&DocumentName>,
        reason: &str,
        actor: &str,
    ) -> Result<RetrainingRun> {
        let reason = said(reason)?;
        let catalog = self.catalog().await?;
        let entry = catalog
            .models
            .get(model)
            .ok_or_else(|| Error::not_found("model", model))?;
        let policy = choose(model, &entry.retraining, policy)?;
        self.inner.parts.orchestrator.check(&policy.spec.job)?;
        let nothing = |why: String| {
            Error::invalid(format!("model `{model}` cannot be trained now: {why}"))
                .with_hint("send predictions with their labels first")
        };
        let progress = self.store().progress().await?;
        let reach = progress
            .get(model)
            .and_then(|progress| Reach::of(&entry.spec, progress, self.now()))
            .ok_or_else(|| nothing("it has no data yet".to_owned()))?;
        let period = self
            .period(entry, &policy.spec, &reach)
            .await?
            .map_err(nothing)?;
        let id = RetrainingId::from_suffix(self.suffix());
        let run = RetrainingRun::requested(
            &policy.spec,
            policy.version,
            RunRequest {
                cause: Cause {
                    key: format!("by_hand@{id}"),
                    trigger: None,
                    text: reason,
                },
                id,
                priority: Priority::Normal,
                requested_by: actor.to_owned(),
                requester: self.person_of(actor).await?,
                now: self.now(),
                event_at: reach.clock_at,
                period,
                is_suggestion: false,
            },
        );
        let text = format!("{actor} asks for it: {}", run.cause.text);
        let entry = RetrainingEntry {
            at: run.requested_at,
            state: run.state,
            actor: actor.to_owned(),
            text: text.clone(),
        };
        let audit = self
            .entry(actor, "retraining_requested", run.id.to_string(), text)
            .of_model(model)
            .with_change(None, crate::audit::in_json(&run.cause))
            .because(&run.cause.text);
        self.store()
            .insert_retraining(&run, &entry, &[audit])
            .await?;
        self.inner.retrainer_nudge.notify_one();
        self.announce(ChangeKind::Model, Some(model));
        Ok(run)
    }

    async fn period(
        &self,
        entry: &crate::catalog::ModelEntry,
        policy: &RetrainingPolicySpec,
        reach: &Reach,
    ) -> Result<std::result::Result<Window, String>> {
        let history = history::load(self, entry, policy, reach.data_from).await?;
        // Its labels are all that is asked.
        let history = History {
            data_from: history.data_from,
            labels: history.labels,
            ..History::default()
        };
        let mut playback = Playback::new(policy, history);
        let facts = playback.facts(reach.clock_at, &[], false);
        Ok(training_period(
            &policy.data,
            facts.data_from,
            playback.labels(),
        ))
    }

    /// A person agrees to a run, or takes a suggestion.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a run; `Conflict` if it does not wait for people; `Denied` if the
    /// person asked for it or has agreed already, or if nobody knows who stands behind the token.
    pub async fn approve_retraining(
        &self,
        model: &ModelName,
        id: &RetrainingId,
        actor: &str,
        note: Option<&str>,
    ) -> Result<RetrainingRun> {
        let run = self.waiting_run(model, id).await?;
        let person = self.person_of(actor).await?.ok_or_else(|| {
            Error::denied(format!(
                "nobody is named behind {actor}: approvals count people"
            ))
            .with_hint("make the token with `trimtab token create --person NAME`")
        })?;
        if run.requester.as_deref() == Some(person.as_str()) || run.requested_by == actor {
            return Err(Error::denied(format!(
                "{person} asked for {id}: somebody else must agree"
            )));
        }
        if run.approvals.iter().any(|one| one.person == person) {
            return Err(Error::denied(format!(
                "{person} has agreed to {id} already: somebody else must too"
            )));
        }
        let approval = Approval {
            person,
            actor: actor.to_owned(),
            at: self.now(),
            note: note.map(str::to_owned).filter(|note| !note.is_empty()),
        };
        let run = feed(self, run, RunEvent::Approved(approval), actor).await?;
        self.inner.retrainer_nudge.notify_one();
        Ok(run)
    }

    /// A person says no to a run that waits for people.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a run, `Conflict` if it does not wait for people, `Invalid` without
    /// a reason.
    pub async fn reject_retraining(
        &self,
        model: &ModelName,
        id: &RetrainingId,
        actor: &str,
        reason: &str,
    ) -> Result<RetrainingRun> {
        let reason = said(reason)?;
        let run = self.waiting_run(model, id).await?;
        let event = RunEvent::Refused {
            actor: actor.to_owned(),
            reason,
        };
        feed(self, run, event, actor).await
    }

    /// A person stops a run, wherever it stands.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a run, `Conflict` if it is over, `Invalid` without a reason.
    pub async fn cancel_retraining(
        &self,
        model: &ModelName,
        id: &RetrainingId,
        actor: &str,
        reason: &str,
    ) -> Result<RetrainingRun> {
        let reason = said(reason)?;
        let run = self.run_of(model, id).await?;
        if run.state.is_over() {
            return Err(Error::conflict(format!(
                "{id} is over already: {}",
                run.end_reason.as_deref().unwrap_or(run.state.as_str())
            )));
        }
        let event = RunEvent::CancelAsked {
            actor: actor.to_owned(),
            reason,
        };
        let run = feed(self, run, event, actor).await?;
        self.inner.retrainer_nudge.notify_one();
        Ok(run)
    }

    /// The run whose job was handed this token.
    ///
    /// # Errors
    ///
    /// `Denied` if there is none, or its job has ended.
    pub async fn check_job_token(&self, id: &RetrainingId, token: &str) -> Result<RetrainingRun> {
        let hash = drive::hash(token);
        let found = self.store().retraining(id).await?;
        // Hashes of secrets: where they differ tells nobody anything.
        found
            .filter(|run| run.callback_hashes.contains(&hash))
            .ok_or_else(|| {
                Error::denied("the token is not that of a retraining job that is at work")
                    .with_hint("send the token that came with the job, before its end")
            })
    }

    /// A job says how it stands. A word that comes late, or twice, changes nothing.
    ///
    /// # Errors
    ///
    /// `Denied` without the token that was handed over with the job; it ends with the job.
    pub async fn report_job(
        &self,
        id: &RetrainingId,
        token: &str,
        report: JobReport,
    ) -> Result<RetrainingRun> {
        let run = self.check_job_token(id, token).await?;
        let job = format!("job:{id}");
        let run = feed(self, run, RunEvent::Job(report.into()), &job).await?;
        self.inner.retrainer_nudge.notify_one();
        Ok(run)
    }

    /// Retraining runs, newest first.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model.
    pub async fn retrainings(&self, query: &RetrainingQuery) -> Result<Vec<RetrainingRun>> {
        if let Some(model) = &query.model {
            self.model(model).await?;
        }
        self.store().retrainings(query).await
    }

    /// One run with its timeline.
    ///
    /// # Errors
    ///
    /// `NotFound` if the model has no such run.
    pub async fn retraining(
        &self,
        model: &ModelName,
        id: &RetrainingId,
    ) -> Result<RetrainingDetail> {
        let run = self.run_of(model, id).await?;
        let history = self.store().retraining_entries(id).await?;
        Ok(RetrainingDetail { run, history })
    }

    /// The last lines that a run's job wrote; `None` before it was handed over, and where its
    /// orchestrator is away.
    pub async fn retraining_log(&self, run: &RetrainingRun) -> Option<JobLogs> {
        run.submitted_at?;
        let handle = run.handle();
        match self
            .inner
            .parts
            .orchestrator
            .logs(&handle, LOG_BYTES_MAX)
            .await
        {
            Ok(logs) => Some(logs),
            Err(error) => {
                tracing::debug!(run.id = %run.id, error = %error, "no log of a job");
                None
            }
        }
    }

    /// What a model's policies decided, newest first.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model.
    pub async fn policy_decisions(
        &self,
        model: &ModelName,
        limit: u32,
    ) -> Result<Vec<StoredDecision>> {
        self.model(model).await?;
        self.store().policy_decisions(model, limit).await
    }

    /// What a policy would have decided over everything that is stored.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model, `Invalid` if it has no data yet.
    pub async fn dry_run_policy(
        &self,
        model: &ModelName,
        policy: RetrainingPolicySpec,
        range: Option<Window>,
    ) -> Result<DryRun> {
        dry_run::run(self, model, policy, range).await
    }

    /// Takes every open retraining as far as it goes now; the background does so too.
    ///
    /// # Errors
    ///
    /// The first error of any of them, after all were looked at.
    pub async fn advance_retrainings(&self) -> Result<()> {
        step_all(self).await
    }

    async fn run_of(&self, model: &ModelName, id: &RetrainingId) -> Result<RetrainingRun> {
        let run = find(self, id).await?;
        if run.model != *model {
            return Err(Error::not_found("retraining", id));
        }
        Ok(run)
    }

    async fn waiting_run(&self, model: &ModelName, id: &RetrainingId) -> Result<RetrainingRun> {
        let run = self.run_of(model, id).await?;
        if run.state == RunState::Requested {
            return Ok(run);
        }
        let why = run.end_reason.as_deref().unwrap_or(run.state.as_str());
        Err(Error::conflict(format!(
            "{id} does not wait for people: {why}"
        )))
    }

    /// The person behind an identity, where one is known: several tokens of one person are one.
    async fn person_of(&self, actor: &str) -> Result<Option<String>> {
        let Some(token) = actor.strip_prefix("token:") else {
            // Who sits at this machine.
            return Ok((actor == "local").then(|| actor.to_owned()));
        };
        match token.parse() {
            Ok(id) => Ok(self
                .store()
                .token(&id)
                .await?
                .and_then(|token| token.person)),
            Err(error) => match Error::kind(&error) {
                ErrorKind::Invalid => Ok(None),
                _ => Err(error),
            },
        }
    }
}

/// The policy of that name, or the only one.
fn choose<'a>(
    model: &ModelName,
    policies: &'a std::collections::BTreeMap<DocumentName, PolicyEntry>,
    wanted: Option<&DocumentName>,
) -> Result<&'a PolicyEntry> {
    if let Some(name) = wanted {
        return policies
            .get(name)
            .ok_or_else(|| Error::not_found("retraining policy", name));
    }
    let mut all = policies.values();
    match (all.next(), all.next()) {
        (Some(policy), None) => Ok(policy),
        (None, _) => Err(Error::new(
            ErrorKind::NotFound,
            format!("model `{model}` has no retraining policy, which says how it is trained"),
        )
        .with_hint("apply a document of the kind `retraining_policy`")),
        (Some(_), Some(_)) => {
            let names: Vec<&str> = policies.keys().map(DocumentName::as_str).collect();
            Err(
                Error::invalid(format!("model `{model}` has several retraining policies"))
                    .with_hint(format!("name one of {}", names.join(", "))),
            )
        }
    }
}
