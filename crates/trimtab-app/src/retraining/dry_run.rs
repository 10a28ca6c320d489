//! "What would this policy have done?": played over everything that is stored.
//!
//! The history is that of the versions that really served: no candidate is taken to have been
//! promoted, so a loss that a training would have cured goes on, and only the policy's own guards
//! keep it from firing again.

use super::history;
use super::look::{MOMENTS_MAX, is_new, past_runs, slots, with_data};
use crate::app::App;
use crate::evaluate::Reach;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use trimtab_domain::documents::retraining_policy::PolicyMode;
use trimtab_domain::documents::{Document, RetrainingPolicySpec};
use trimtab_domain::ports::retraining::RetrainingQuery;
use trimtab_domain::retraining::slot::moments;
use trimtab_domain::retraining::{
    Cause, Decision, PastRun, Playback, Priority, RetrainingRun, Turn, decide,
};
use trimtab_domain::{Error, ModelName, Result, RetrainingId, Window};

/// Decisions in an answer.
const DECISIONS_MAX: usize = 2_000;

/// What a policy would have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRun {
    /// The model.
    pub model: ModelName,
    /// The period it was played over, event time.
    pub period: Window,
    /// Moments at which it looked.
    pub n_moments: u64,
    /// The trainings it would have asked for.
    pub trainings: Vec<DryRunTraining>,
    /// Decisions that said something new, in the order of time.
    pub decisions: Vec<Decision>,
    /// Whether there were more decisions than are shown.
    pub is_cut: bool,
    /// What they would have cost.
    pub cost: DryRunCost,
}

/// A training that a policy would have asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRunTraining {
    /// When, event time.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// What goes first.
    pub priority: Priority,
    /// The rows it would have trained on.
    pub period: Window,
    /// How many labelled rows of that period were known.
    pub n_rows: u64,
    /// How many people would have had to agree.
    pub approvals_needed: u8,
    /// Whether it would have been a suggestion only.
    pub is_suggestion: bool,
}

/// What trainings would have cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRunCost {
    /// Trainings.
    pub n_trainings: u64,
    /// Labelled rows read by all of them together.
    pub n_rows: u64,
    /// Times that a person would have had to agree.
    pub n_approvals: u64,
    /// Median minutes of the model's own earlier jobs; absent where it had none.
    pub minutes_each: Option<f64>,
    /// Minutes of all trainings together, by that.
    pub minutes: Option<f64>,
    /// Minutes that no training exceeds: the policy's timeout, times trainings.
    pub minutes_max: u64,
}

pub(super) async fn run(
    app: &App,
    model: &ModelName,
    mut policy: RetrainingPolicySpec,
    range: Option<Window>,
) -> Result<DryRun> {
    let catalog = app.catalog().await?;
    let entry = catalog
        .models
        .get(model)
        .ok_or_else(|| Error::not_found("model", model))?;
    let progress = app.store().progress().await?;
    let reach = progress
        .get(model)
        .and_then(|progress| Reach::of(&entry.spec, progress, app.now()))
        .ok_or_else(|| {
            Error::invalid(format!("model `{model}` has no data yet"))
                .with_hint("send predictions first: a dry run plays what is stored")
        })?;
    policy.model = model.clone();
    Document::RetrainingPolicy(policy.clone()).validate()?;
    if policy.mode == PolicyMode::Off {
        // What it would do if it did anything.
        policy.mode = PolicyMode::Automatic;
    }
    let settled = reach.settled_until();
    let period = match range {
        Some(range) => Window::new(
            range.start.max(reach.data_from),
            range.end.min(settled).max(reach.data_from),
        ),
        None => Window::new(reach.data_from, settled),
    }
    .map_err(|_| {
        Error::invalid(format!(
            "model `{model}` has nothing to play in that period"
        ))
        .with_hint(format!(
            "its data reach from {} to {settled}",
            reach.data_from
        ))
    })?;
    let history = history::load(app, entry, &policy, reach.data_from).await?;
    let zone = entry.spec.zone()?;
    let mut game = Game {
        policy: &policy,
        zone,
        previous: period.start,
        runs: before(past_runs(app, model).await?, period.start),
        n_moments: 0,
        trainings: Vec::new(),
        decisions: Vec::new(),
        newest: None,
    };
    game.play(&mut Playback::new(&policy, history), period.end);
    let minutes_each = minutes_each(app, model).await?;
    Ok(game.answer(model, period, minutes_each))
}

/// Real runs from before the period: they are its history too.
fn before(mut runs: Vec<PastRun>, start: Timestamp) -> Vec<PastRun> {
    runs.retain(|run| run.requested_at < start);
    for run in &mut runs {
        run.is_over = true;
    }
    runs
}

struct Game<'a> {
    policy: &'a RetrainingPolicySpec,
    zone: jiff::tz::TimeZone,
    previous: Timestamp,
    runs: Vec<PastRun>,
    n_moments: u64,
    trainings: Vec<DryRunTraining>,
    decisions: Vec<Decision>,
    newest: Option<Decision>,
}

impl Game<'_> {
    fn play(&mut self, playback: &mut Playback<'_>, until: Timestamp) {
        let changes = playback.changes();
        let slots = slots(self.policy);
        loop {
            let from = self.previous;
            let turns = moments(from, until, &slots, &changes, &self.zone, MOMENTS_MAX);
            let is_last = turns.len() < MOMENTS_MAX;
            for now in turns {
                self.turn(playback, now);
            }
            if is_last || self.previous == from {
                return;
            }
        }
    }

    fn turn(&mut self, playback: &mut Playback<'_>, now: Timestamp) {
        self.n_moments += 1;
        let facts = playback.facts(now, &self.runs, false);
        let turn = Turn {
            previous: self.previous,
            now,
        };
        let mut decision = decide(self.policy, &facts, turn, &self.zone);
        let period = with_data(self.policy, &mut decision, &facts, playback);
        self.previous = now;
        if let (Some(period), Some(cause)) = (period, decision.cause.clone()) {
            self.train(&decision, cause, period, playback);
        }
        if self
            .newest
            .as_ref()
            .is_none_or(|newest| is_new(newest, &decision))
        {
            self.decisions.push(decision.clone());
        }
        self.newest = Some(decision);
    }

    fn train(
        &mut self,
        decision: &Decision,
        cause: Cause,
        period: Window,
        playback: &Playback<'_>,
    ) {
        let is_suggestion = self.policy.mode == PolicyMode::Suggestion;
        // Labels stand at the end of their window.
        let n_rows = playback
            .labels()
            .iter()
            .filter(|(until, _)| period.start < **until && **until <= period.end)
            .map(|(_, n)| n)
            .sum();
        self.runs.push(PastRun {
            id: RetrainingId::from_suffix(format!("dryrun{}", self.trainings.len() + 1)),
            cause: cause.key.clone(),
            requested_at: decision.at,
            trained_through: period.end,
            has_trained: true,
            is_over: true,
            is_promoted: false,
        });
        self.trainings.push(DryRunTraining {
            at: decision.at,
            cause,
            priority: decision.priority,
            period,
            n_rows,
            approvals_needed: self.policy.guards.approvals.max(u8::from(is_suggestion)),
            is_suggestion,
        });
    }

    #[expect(clippy::cast_precision_loss, reason = "trainings are few")]
    fn answer(mut self, model: &ModelName, period: Window, minutes_each: Option<f64>) -> DryRun {
        let n_trainings = self.trainings.len() as u64;
        let cost = DryRunCost {
            n_trainings,
            n_rows: self.trainings.iter().map(|one| one.n_rows).sum(),
            n_approvals: self
                .trainings
                .iter()
                .map(|one| u64::from(one.approvals_needed))
                .sum(),
            minutes_each,
            minutes: minutes_each.map(|minutes| minutes * n_trainings as f64),
            minutes_max: n_trainings * u64::from(self.policy.timeout_minutes),
        };
        let is_cut = self.decisions.len() > DECISIONS_MAX;
        self.decisions.truncate(DECISIONS_MAX);
        DryRun {
            model: model.clone(),
            period,
            n_moments: self.n_moments,
            trainings: self.trainings,
            decisions: self.decisions,
            is_cut,
            cost,
        }
    }
}

/// Median minutes from handing a job over to its version, of the model's own runs.
async fn minutes_each(app: &App, model: &ModelName) -> Result<Option<f64>> {
    let query = RetrainingQuery {
        model: Some(model.clone()),
        limit: Some(100),
        ..RetrainingQuery::default()
    };
    let runs = app.store().retrainings(&query).await?;
    let mut minutes = Vec::new();
    for run in runs.iter().filter(|run| run.result.is_some()) {
        minutes.extend(
            job_time(app, run)
                .await?
                .map(|time| time.as_secs_f64() / 60.0),
        );
    }
    minutes.sort_by(f64::total_cmp);
    Ok(minutes.get(minutes.len() / 2).copied())
}

async fn job_time(app: &App, run: &RetrainingRun) -> Result<Option<SignedDuration>> {
    let Some(from) = run.submitted_at else {
        return Ok(None);
    };
    let entries = app.store().retraining_entries(&run.id).await?;
    let made = trimtab_domain::retraining::RunState::Succeeded;
    let end = entries.iter().find(|entry| entry.state == made);
    Ok(end.map(|entry| entry.at.duration_since(from)))
}
