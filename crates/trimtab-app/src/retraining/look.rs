//! Policies look: at every full hour, at every time of their schedule, and whenever something
//! became known; on the model's own clock.
//!
//! A look is a function of what is stored, so a crash, a replay or a late start gives the same
//! decisions. What it decides, how far it has looked and the run that begins are one transaction.

use super::history;
use crate::app::{App, ChangeKind};
use crate::catalog::{Catalog, ModelEntry, PolicyEntry};
use crate::evaluate::Reach;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::Document;
use trimtab_domain::documents::retraining_policy::{
    PolicyMode, RetrainingPolicySpec, Slot, TriggerCondition,
};
use trimtab_domain::ports::retraining::{PolicyCommit, RetrainingEntry, RetrainingQuery};
use trimtab_domain::retraining::slot::moments;
use trimtab_domain::retraining::{
    Decision, Facts, GuardVerdict, Outcome, PastRun, Playback, RetrainingRun, RunRequest, Turn,
    decide, training_period,
};
use trimtab_domain::{DocumentName, ErrorKind, ModelName, Result, RetrainingId, Window};

/// Moments looked at in one go.
pub(super) const MOMENTS_MAX: usize = 5_000;
/// Runs a policy remembers.
const RUNS_MAX: u32 = 1_000;
const HOUR_SECONDS: i64 = 3_600;
/// Who a policy is in timelines and in the audit log.
pub(super) const SYSTEM: &str = "system";

/// Lets every policy of a model look. `has_news` says whether anything was judged just now.
pub(crate) async fn look(
    app: &App,
    entry: &ModelEntry,
    reach: &Reach,
    has_news: bool,
) -> Result<()> {
    for policy in entry.retraining.values() {
        if policy.spec.mode == PolicyMode::Off {
            continue;
        }
        match look_once(app, entry, policy, reach, has_news).await {
            // Another server, or a person, was faster: the next look sees what they did.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                tracing::debug!(policy = %policy.spec.name, error = %error, "a look was overtaken");
            }
            looked => looked?,
        }
    }
    Ok(())
}

/// One policy's look, from where it stood to where everything is judged.
struct Look<'a> {
    app: &'a App,
    policy: &'a PolicyEntry,
    zone: TimeZone,
    runs: Vec<PastRun>,
    is_rolling_out: bool,
    stored_until: Option<Timestamp>,
    previous: Timestamp,
    newest: Option<Decision>,
    /// Decisions that say something new, not stored yet.
    fresh: Vec<Decision>,
}

async fn look_once(
    app: &App,
    entry: &ModelEntry,
    policy: &PolicyEntry,
    reach: &Reach,
    has_news: bool,
) -> Result<()> {
    let spec = &entry.spec;
    let state = app
        .store()
        .policy_state(&spec.name, &policy.spec.name)
        .await?;
    let stored_until = state.as_ref().map(|state| state.looked_until);
    let previous = stored_until.unwrap_or(reach.data_from);
    let until = reach.settled_until();
    let zone = spec.zone()?;
    if until <= previous || !(has_news || is_due(&policy.spec, previous, until, &zone)) {
        return Ok(());
    }
    let mut look = Look {
        app,
        policy,
        zone,
        runs: past_runs(app, &spec.name).await?,
        is_rolling_out: super::onward::is_rolling_out(app, &spec.name).await?,
        stored_until,
        previous,
        newest: state.and_then(|state| state.decision),
        fresh: Vec::new(),
    };
    let history = history::load(app, entry, &policy.spec, reach.data_from).await?;
    let mut playback = Playback::new(&policy.spec, history);
    look.play(&mut playback, until).await
}

/// Whether a full hour or a time of the policy lies between.
fn is_due(
    policy: &RetrainingPolicySpec,
    after: Timestamp,
    until: Timestamp,
    zone: &TimeZone,
) -> bool {
    let hour = |at: Timestamp| at.as_second().div_euclid(HOUR_SECONDS);
    hour(after) != hour(until)
        || slots(policy)
            .iter()
            .any(|slot| slot.is_between(after, until, zone))
}

/// Every time at which a policy wants to look.
pub(super) fn slots(policy: &RetrainingPolicySpec) -> Vec<&Slot> {
    let calendar = policy.triggers.iter().filter_map(|one| match &one.when {
        TriggerCondition::Calendar(slot) => Some(slot),
        _ => None,
    });
    std::iter::once(&policy.schedule).chain(calendar).collect()
}

/// A model's runs as a policy knows them, oldest first.
pub(super) async fn past_runs(app: &App, model: &ModelName) -> Result<Vec<PastRun>> {
    let query = RetrainingQuery {
        model: Some(model.clone()),
        limit: Some(RUNS_MAX),
        ..RetrainingQuery::default()
    };
    let runs = app.store().retrainings(&query).await?;
    Ok(runs.iter().rev().map(PastRun::from).collect())
}

impl Look<'_> {
    async fn play(&mut self, playback: &mut Playback<'_>, until: Timestamp) -> Result<()> {
        let changes = playback.changes();
        let slots = slots(&self.policy.spec);
        loop {
            let from = self.previous;
            let turns = moments(from, until, &slots, &changes, &self.zone, MOMENTS_MAX);
            let is_last = turns.len() < MOMENTS_MAX;
            for now in turns {
                self.turn(playback, now).await?;
            }
            if is_last || self.previous == from {
                break;
            }
        }
        self.previous = self.previous.max(until);
        self.commit(None).await
    }

    async fn turn(&mut self, playback: &mut Playback<'_>, now: Timestamp) -> Result<()> {
        let facts = playback.facts(now, &self.runs, self.is_rolling_out);
        let turn = Turn {
            previous: self.previous,
            now,
        };
        let mut decision = decide(&self.policy.spec, &facts, turn, &self.zone);
        let period = with_data(&self.policy.spec, &mut decision, &facts, playback);
        self.previous = now;
        if self
            .newest
            .as_ref()
            .is_none_or(|newest| is_new(newest, &decision))
        {
            self.fresh.push(decision.clone());
        }
        let run = period.and_then(|period| self.run_of(&decision, period));
        self.newest = Some(decision);
        match run {
            Some(run) => self.begin(run).await,
            None => Ok(()),
        }
    }

    fn run_of(&self, decision: &Decision, period: Window) -> Option<RetrainingRun> {
        let is_suggestion = decision.outcome == Outcome::Suggests;
        let request = RunRequest {
            id: RetrainingId::from_suffix(self.app.suffix()),
            cause: decision.cause.clone()?,
            priority: decision.priority,
            requested_by: SYSTEM.to_owned(),
            requester: None,
            now: self.app.now(),
            event_at: decision.at,
            period,
            is_suggestion,
        };
        let policy = self.policy;
        Some(RetrainingRun::requested(
            &policy.spec,
            policy.version,
            request,
        ))
    }

    async fn begin(&mut self, run: RetrainingRun) -> Result<()> {
        self.runs.push(PastRun::from(&run));
        self.commit(Some(&run)).await?;
        self.app.inner.retrainer_nudge.notify_one();
        self.app.announce(ChangeKind::Model, Some(&run.model));
        Ok(())
    }

    fn audited(&self, run: &RetrainingRun) -> AuditEntry {
        let verb = if run.is_suggestion {
            "suggests"
        } else {
            "asks for"
        };
        let text = format!("policy `{}` {verb} a retraining", run.policy);
        self.app
            .entry(SYSTEM, "retraining_requested", run.id.to_string(), text)
            .of_model(&run.model)
            .with_change(None, crate::audit::in_json(&self.newest))
            .because(&run.cause.text)
    }

    /// Stores how far it has looked, with what it decided and the run it began.
    async fn commit(&mut self, run: Option<&RetrainingRun>) -> Result<()> {
        let now = self.app.now();
        let commit = PolicyCommit {
            model: self.policy.spec.model.clone(),
            policy: self.policy.spec.name.clone(),
            looked_before: self.stored_until,
            looked_until: self.previous,
            decision: self.newest.clone(),
            decisions: std::mem::take(&mut self.fresh),
            run: run.map(|run| {
                let entry = RetrainingEntry {
                    at: now,
                    state: run.state,
                    actor: SYSTEM.to_owned(),
                    text: run.cause.text.clone(),
                };
                (run.clone(), entry)
            }),
            audit: run.map(|run| self.audited(run)).into_iter().collect(),
            now,
        };
        self.app.store().commit_policy(&commit).await?;
        self.stored_until = Some(self.previous);
        Ok(())
    }
}

/// The rows a training would get; a decision to train without any is held.
pub(super) fn with_data(
    policy: &RetrainingPolicySpec,
    decision: &mut Decision,
    facts: &Facts,
    playback: &Playback<'_>,
) -> Option<Window> {
    if !matches!(decision.outcome, Outcome::Fires | Outcome::Suggests) {
        return None;
    }
    match training_period(&policy.data, facts.data_from, playback.labels()) {
        Ok(period) => Some(period),
        Err(reason) => {
            decision.outcome = Outcome::Held;
            decision.guards.push(GuardVerdict {
                guard: "data".to_owned(),
                holds_back: true,
                reason,
            });
            None
        }
    }
}

/// Whether a decision says something that the one before it did not.
pub(super) fn is_new(before: &Decision, now: &Decision) -> bool {
    fn told(decision: &Decision) -> impl PartialEq {
        let triggers: Vec<_> = decision
            .triggers
            .iter()
            .map(|one| (one.trigger.clone(), one.state))
            .collect();
        let guards: Vec<_> = decision
            .guards
            .iter()
            .filter(|one| one.holds_back)
            .map(|one| one.guard.clone())
            .collect();
        let cause = decision.cause.as_ref().map(|cause| cause.key.clone());
        (decision.outcome, cause, triggers, guards)
    }
    told(before) != told(now)
}

/// A policy that is new looks from now on: declaring one must not train for last year.
pub(crate) async fn start_policies(
    app: &App,
    catalog: &Catalog,
    changed: &[Document],
) -> Result<()> {
    for document in changed {
        let Document::RetrainingPolicy(policy) = document else {
            continue;
        };
        let entry = catalog.models.get(&policy.model);
        let Some(entry) = entry.filter(|entry| !entry.retraining.contains_key(&policy.name)) else {
            continue;
        };
        let progress = app.store().progress().await?;
        let reach = progress
            .get(&policy.model)
            .and_then(|progress| Reach::of(&entry.spec, progress, app.now()));
        // Without data its first look begins where the data will.
        let Some(reach) = reach else { continue };
        start(app, &policy.model, &policy.name, reach.settled_until()).await?;
    }
    Ok(())
}

async fn start(
    app: &App,
    model: &ModelName,
    policy: &DocumentName,
    looked_until: Timestamp,
) -> Result<()> {
    let known = app.store().policy_state(model, policy).await?;
    app.store()
        .commit_policy(&PolicyCommit {
            model: model.clone(),
            policy: policy.clone(),
            looked_before: known.map(|known| known.looked_until),
            looked_until,
            decision: None,
            decisions: Vec::new(),
            run: None,
            audit: Vec::new(),
            now: app.now(),
        })
        .await
}
