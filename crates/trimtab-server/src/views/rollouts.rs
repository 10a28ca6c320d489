//! Views of rollouts.

use super::{Instant, IntoView, view, words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trimtab_domain::DocumentName;
use trimtab_domain::documents::rollout_policy::{EntryCondition, RolloutStep, Stage};
use trimtab_domain::rollout::{
    Findings, NoteKind, Phase, Reading, ReadingState, Rollout, RolloutNote,
};
use utoipa::ToSchema;

/// A candidate to roll out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolloutRequest {
    /// Label of the version: `v3`.
    pub(crate) candidate: String,
    /// The validation it passed: `val_…`.
    pub(crate) validation: String,
    /// A rollout policy of the model; `default` where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) policy: Option<DocumentName>,
    /// Why, for the record.
    pub(crate) reason: String,
}

/// What a person says to a rollout.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolloutOrderRequest {
    /// Why, for the record.
    pub(crate) reason: String,
}

/// A page of rollouts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RolloutList)]
pub(crate) struct RolloutListView {
    /// Newest first.
    pub(crate) items: Vec<RolloutSummaryView>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// A rollout as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RolloutSummary)]
pub(crate) struct RolloutSummaryView {
    /// Identifier.
    id: String,
    /// The model.
    model: String,
    /// Label of the version that served when it began.
    champion: String,
    /// Label of the candidate.
    challenger: String,
    /// The validation that let it begin.
    validation: String,
    /// Name of its policy.
    policy: String,
    /// Where it stands.
    phase: RolloutPhaseView,
    /// Whether something is still to happen.
    is_active: bool,
    /// Its step's kind.
    stage: StageView,
    /// Which of its steps it is in, from 0.
    step: u64,
    /// All its steps.
    steps: Vec<RolloutStepView>,
    /// The candidate's share of the traffic, in percent.
    share_percent: f64,
    /// Wall clock of its beginning.
    started_at: Instant,
    /// Event time of its beginning.
    #[schema(required = true)]
    started_event_at: Option<Instant>,
    /// Who began it.
    started_by: String,
    /// Why.
    reason: String,
    /// Wall clock since which it is in this step.
    entered_at: Instant,
    /// Event time of that.
    #[schema(required = true)]
    entered_event_at: Option<Instant>,
    /// What the last look found.
    findings: RolloutFindingsView,
    /// How it ended, or is about to.
    #[schema(required = true)]
    ending: Option<RolloutEndingView>,
}

/// A rollout with its history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rollout)]
pub(crate) struct RolloutView {
    #[serde(flatten)]
    rollout: RolloutSummaryView,
    /// What happened to it, oldest first.
    history: Vec<RolloutNoteView>,
}

impl RolloutView {
    pub(crate) fn new(rollout: Rollout, notes: Vec<RolloutNote>) -> Self {
        let mut rollout: RolloutSummaryView = rollout.into_view();
        for (place, at) in beginnings(&notes) {
            if let Some(step) = rollout.steps.get_mut(place) {
                step.entered_at = Some(at.into_view());
            }
        }
        Self {
            rollout,
            history: notes.into_view(),
        }
    }
}

/// A step of a rollout's policy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RolloutStep)]
pub(crate) struct RolloutStepView {
    /// Its kind.
    stage: StageView,
    /// The candidate's share, in percent.
    share_percent: f64,
    /// Predictions of the candidate that it needs at least.
    rows_min: u64,
    /// Hours of event time that it lasts at least.
    hours_min: u32,
    /// Hours of event time after which it has had its time.
    #[schema(required = true)]
    hours_max: Option<u32>,
    /// Whether a person must say so before it begins.
    approval: bool,
    /// `done`, `running` or `ahead`.
    state: String,
    /// What must hold before it begins, in words; absent where nothing must.
    #[schema(required = true)]
    text: Option<String>,
    /// Wall clock of its beginning; absent before that, and where only the list was asked for.
    #[schema(required = true)]
    entered_at: Option<Instant>,
}

/// How a rollout ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RolloutEnding)]
pub(crate) struct RolloutEndingView {
    /// Wall clock.
    at: Instant,
    /// Who.
    by: String,
    /// Why.
    reason: String,
    /// The guardrail that was breached.
    #[schema(required = true)]
    guardrail: Option<String>,
}

impl IntoView<RolloutSummaryView> for Rollout {
    fn into_view(self) -> RolloutSummaryView {
        let share = self.share();
        let stage = self.stage();
        let steps = steps(&self);
        RolloutSummaryView {
            id: self.id.to_string(),
            model: self.model.to_string(),
            champion: self.champion,
            challenger: self.challenger,
            validation: self.validation,
            policy: self.policy.name.to_string(),
            is_active: self.phase.is_active(),
            phase: self.phase.into_view(),
            stage: stage.into_view(),
            step: self.step.into_view(),
            steps,
            share_percent: f64::from(share) / 100.0,
            started_at: self.started_at.into_view(),
            started_event_at: self.started_event_at.into_view(),
            started_by: self.started_by,
            reason: self.reason,
            entered_at: self.entered.at.into_view(),
            entered_event_at: self.entered.event_at.into_view(),
            findings: self.findings.into_view(),
            ending: self.ending.map(|ending| RolloutEndingView {
                at: ending.at.into_view(),
                by: ending.by,
                reason: ending.reason,
                guardrail: ending.guardrail,
            }),
        }
    }
}

/// When each step began, by the history: the first began with the rollout.
fn beginnings(notes: &[RolloutNote]) -> BTreeMap<usize, jiff::Timestamp> {
    notes
        .iter()
        .filter(|note| matches!(note.kind, NoteKind::Started | NoteKind::StepEntered))
        .map(|note| (note.step, note.at))
        .collect()
}

fn needs(step: &RolloutStep) -> Option<String> {
    let mut needs: Vec<String> = step.entry.iter().map(EntryCondition::name).collect();
    if step.approval {
        needs.push("a person's approval".to_owned());
    }
    (!needs.is_empty()).then(|| needs.join(", "))
}

fn steps(rollout: &Rollout) -> Vec<RolloutStepView> {
    let is_over = rollout.phase == Phase::Completed;
    let step = |(i, step): (usize, &RolloutStep)| {
        let state = if i < rollout.step || is_over {
            "done"
        } else if i == rollout.step {
            "running"
        } else {
            "ahead"
        };
        RolloutStepView {
            stage: step.stage.into_view(),
            share_percent: f64::from(step.share()) / 100.0,
            rows_min: step.rows_min,
            hours_min: step.hours_min,
            hours_max: step.hours_max,
            approval: step.approval,
            state: state.to_owned(),
            text: needs(step),
            entered_at: (i == rollout.step).then(|| rollout.entered.at.into_view()),
        }
    };
    rollout.policy.steps.iter().enumerate().map(step).collect()
}

view! {
    /// What the last look at a rollout found.
    RolloutFindingsView as RolloutFindings from Findings {
        /// The candidate's predictions in this step.
        n_challenger: u64,
        /// The champion's in the same time.
        n_champion: u64,
        /// Hours of event time in this step.
        hours: f64,
        /// What the next step waits for.
        waits_for: Vec<String>,
        /// The guardrails.
        guardrails: Vec<ReadingView>,
        /// What must hold before the next step.
        conditions: Vec<ReadingView>,
    }
}

/// A guardrail or a condition, as the last look found it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reading)]
pub(crate) struct ReadingView {
    /// Its name: `latency_p99`, `errors`, `quality roc_auc`, `ab_test`.
    name: String,
    /// What was found.
    state: ReadingStateView,
    /// The candidate's value.
    #[schema(required = true)]
    value: Option<f64>,
    /// The champion's value.
    #[schema(required = true)]
    champion: Option<f64>,
    /// What the value is held against.
    #[schema(required = true)]
    limit: Option<f64>,
    /// Rows, labels or windows behind it.
    n: u64,
    /// In words.
    text: String,
}

impl IntoView<ReadingView> for Reading {
    fn into_view(self) -> ReadingView {
        ReadingView {
            name: self.name,
            state: self.state.into_view(),
            value: self.challenger,
            champion: self.champion,
            limit: self.limit,
            n: self.n,
            text: self.text,
        }
    }
}

/// One line of a rollout's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RolloutNote)]
pub(crate) struct RolloutNoteView {
    /// Wall clock.
    at: Instant,
    /// Event time.
    #[schema(required = true)]
    event_at: Option<Instant>,
    /// `started`, `step_entered`, `approved`, `paused`, `resumed`, `promoting`, `promoted`,
    /// `rolling_back`, `rolled_back`, `completed` or `superseded`.
    kind: String,
    /// The step it happened in, from 0.
    step: u64,
    /// Who.
    actor: String,
    /// Why, where somebody or a rule said so.
    #[schema(required = true)]
    reason: Option<String>,
    /// For people.
    text: String,
}

impl IntoView<RolloutNoteView> for RolloutNote {
    fn into_view(self) -> RolloutNoteView {
        RolloutNoteView {
            at: self.at.into_view(),
            event_at: self.event_at.into_view(),
            kind: self.kind.as_str().to_owned(),
            step: self.step.into_view(),
            actor: self.actor,
            reason: self.reason,
            text: self.text,
        }
    }
}

words! {
    /// Where a rollout stands.
    RolloutPhaseView as RolloutPhase from Phase {
        /// In one of its steps.
        Running,
        /// Its step's shares stay until a person decides.
        Paused,
        /// Everybody gets the candidate; the registry is about to know.
        Promoting,
        /// Nobody gets the candidate any more; the registry is about to know.
        RollingBack,
        /// The candidate is the champion.
        Completed,
        /// The champion of before serves again.
        RolledBack,
        /// The champion was changed by hand.
        Superseded,
    }
}

words! {
    /// What kind of exposure a step is.
    StageView as Stage from Stage {
        /// Asked beside the champion; nobody gets its answer.
        Shadow,
        /// A small share gets its answer.
        Canary,
        /// A large share gets its answer.
        Ab,
        /// Everybody gets its answer.
        Full,
    }
}

words! {
    /// What a look found.
    ReadingStateView as ReadingState from ReadingState {
        /// It holds.
        Holds,
        /// It does not.
        Breached,
        /// Too little to say.
        NotEnoughData,
        /// It cannot be seen here.
        NotMeasured,
    }
}
