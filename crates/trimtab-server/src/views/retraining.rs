//! Shapes of retraining: runs, decisions of policies, dry runs.

use super::{Instant, IntoView, view, words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trimtab_app::retraining::{DryRun, DryRunCost, DryRunTraining, RetrainingDetail};
use trimtab_domain::documents::RetrainingPolicySpec;
use trimtab_domain::ports::orchestrator::{JobLogs, JobResult, JobTarget};
use trimtab_domain::ports::retraining::{RetrainingEntry, StoredDecision};
use trimtab_domain::retraining::{
    Approval, Cause, Decision, GuardVerdict, Outcome, Priority, RetrainingRun, RunSnapshot,
    TriggerState, TriggerVerdict,
};
use trimtab_domain::{RetrainingId, SnapshotId, Window};
use utoipa::ToSchema;

/// A stretch of event time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Span)]
pub(crate) struct SpanView {
    /// First instant.
    start: Instant,
    /// First instant after.
    end: Instant,
}

impl IntoView<SpanView> for Window {
    fn into_view(self) -> SpanView {
        SpanView {
            start: Instant(self.start),
            end: Instant(self.end),
        }
    }
}

impl IntoView<String> for RetrainingId {
    fn into_view(self) -> String {
        self.to_string()
    }
}

impl IntoView<String> for SnapshotId {
    fn into_view(self) -> String {
        self.to_string()
    }
}

words! {
    /// What goes first.
    PriorityView as Priority from Priority {
        /// When nothing else waits.
        Low,
        /// In its turn.
        Normal,
        /// Before others.
        High,
        /// At once.
        Critical,
    }
}

view! {
    /// Why a model is trained again.
    CauseView as RetrainingCause from Cause {
        /// What makes it one cause: it has one training.
        key: String,
        /// The policy's trigger; null where a person asked.
        trigger: Option<String>,
        /// One sentence.
        text: String,
    }
}

view! {
    /// A person's yes.
    ApprovalView as RetrainingApproval from Approval {
        /// Who, by name.
        person: String,
        /// With which identity.
        actor: String,
        /// When, wall clock.
        at: Instant,
        /// What they said.
        note: Option<String>,
    }
}

view! {
    /// What a run trains on.
    RunSnapshotView as RetrainingSnapshot from RunSnapshot {
        /// Which snapshot: `snap_…`.
        id: String,
        /// Hash over its files, hex.
        sha256: String,
        /// Event time of its rows.
        period: SpanView,
        /// Rows, all of them labelled.
        n_rows: u64,
    }
}

view! {
    /// Who runs the job.
    JobTargetView as JobTarget from JobTarget {
        /// The orchestrator.
        orchestrator: String,
        /// Its job.
        job: String,
    }
}

/// What the job made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetrainingResult)]
pub(crate) struct JobResultView {
    /// The registered version: `v3`.
    version: Option<String>,
    /// What the job measured itself.
    metrics: BTreeMap<String, f64>,
    /// The tracking run, where its address names one.
    run_id: Option<String>,
    /// Where people can look at it.
    run_url: Option<String>,
}

impl IntoView<JobResultView> for JobResult {
    fn into_view(self) -> JobResultView {
        // `…/runs/<32 hex>` is how tracking servers write it.
        let run_id = self.run_url.as_deref().and_then(|url| {
            let (_, rest) = url.rsplit_once("/runs/")?;
            let id = rest.split(['/', '?', '#']).next()?;
            let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_id.then(|| id.to_owned())
        });
        JobResultView {
            version: self.registered_version.map(|version| format!("v{version}")),
            metrics: self.metrics,
            run_id,
            run_url: self.run_url,
        }
    }
}

/// One execution of a retraining.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetrainingRun)]
pub(crate) struct RetrainingRunView {
    /// `ret_…`.
    id: String,
    /// The model.
    model: String,
    /// The policy it follows.
    policy: String,
    /// Which version of that document.
    policy_version: u64,
    /// Why.
    cause: CauseView,
    /// What goes first.
    priority: PriorityView,
    /// Who asked: `system` for the policy itself.
    requested_by: String,
    /// When, wall clock.
    requested_at: Instant,
    /// Where the model's own clock stood: labels known later are not used.
    event_at: Instant,
    /// Whether the policy only suggests it.
    is_suggestion: bool,
    /// How many people must agree.
    approvals_needed: u32,
    /// Who has.
    approvals: Vec<ApprovalView>,
    /// Which job trains.
    job: JobTargetView,
    /// Event time of the rows it asks for.
    period: SpanView,
    /// `requested`, `approved`, `snapshot`, `submitting`, `submitted`, `running`, `cancelling`,
    /// `succeeded`, `validating`, `registered`, `rolling_out`; over: `finished`, `promoted`,
    /// `rolled_back`, `rejected`, `failed`, `timed_out`, `cancelled`.
    state: String,
    /// Since when, wall clock.
    state_since: Instant,
    /// Whether nothing more will happen.
    is_over: bool,
    /// Attempts of what the present state needs.
    n_attempts: u32,
    /// What went wrong last in this state.
    last_error: Option<String>,
    /// What it trains on, once written.
    snapshot: Option<RunSnapshotView>,
    /// When the job was handed over first, wall clock.
    submitted_at: Option<Instant>,
    /// What the orchestrator calls the job.
    external_id: Option<String>,
    /// Where people can look at the job.
    job_url: Option<String>,
    /// What the job made.
    result: Option<JobResultView>,
    /// The candidate's validation: `val_…`.
    validation: Option<String>,
    /// The candidate's rollout: `rol_…`.
    rollout: Option<String>,
    /// Why it ended as it did.
    end_reason: Option<String>,
    /// When it ended, wall clock.
    ended_at: Option<Instant>,
}

impl IntoView<RetrainingRunView> for RetrainingRun {
    fn into_view(self) -> RetrainingRunView {
        RetrainingRunView {
            id: self.id.into_view(),
            model: self.model.into_view(),
            policy: self.policy.into_view(),
            policy_version: self.policy_version,
            cause: self.cause.into_view(),
            priority: self.priority.into_view(),
            requested_by: self.requested_by,
            requested_at: self.requested_at.into_view(),
            event_at: self.event_at.into_view(),
            is_suggestion: self.is_suggestion,
            approvals_needed: u32::from(self.approvals_needed),
            approvals: self.approvals.into_view(),
            job: self.job.into_view(),
            period: self.period.into_view(),
            is_over: self.state.is_over(),
            state: self.state.as_str().to_owned(),
            state_since: self.state_since.into_view(),
            n_attempts: self.n_attempts,
            last_error: self.last_error,
            snapshot: self.snapshot.into_view(),
            submitted_at: self.submitted_at.into_view(),
            external_id: self.external_id,
            job_url: self.job_url,
            result: self.result.into_view(),
            validation: self.validation,
            rollout: self.rollout,
            end_reason: self.end_reason,
            ended_at: self.ended_at.into_view(),
        }
    }
}

/// Retraining runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetrainingList)]
pub(crate) struct RetrainingListView {
    /// The runs, newest first.
    pub(crate) items: Vec<RetrainingRunView>,
    /// Where to go on; null at the end.
    pub(crate) next: Option<String>,
}

/// One entry of a run's timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetrainingEntry)]
pub(crate) struct RetrainingEntryView {
    /// Wall clock.
    at: Instant,
    /// Where the run stood after it.
    kind: String,
    /// Who.
    actor: String,
    /// For people.
    text: String,
}

impl IntoView<RetrainingEntryView> for RetrainingEntry {
    fn into_view(self) -> RetrainingEntryView {
        RetrainingEntryView {
            at: self.at.into_view(),
            kind: self.state.as_str().to_owned(),
            actor: self.actor,
            text: self.text,
        }
    }
}

/// A run with its timeline and the job's log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetrainingDetail)]
pub(crate) struct RetrainingDetailView {
    #[serde(flatten)]
    run: RetrainingRunView,
    /// What happened to it, oldest first.
    history: Vec<RetrainingEntryView>,
    /// The last lines the job wrote; null before it was handed over, and where its orchestrator
    /// is away.
    log: Option<String>,
    /// Whether the job wrote more than that.
    is_log_cut: bool,
}

impl IntoView<RetrainingDetailView> for (RetrainingDetail, Option<JobLogs>) {
    fn into_view(self) -> RetrainingDetailView {
        let (detail, log) = self;
        RetrainingDetailView {
            run: detail.run.into_view(),
            history: detail.history.into_view(),
            is_log_cut: log.as_ref().is_some_and(|log| log.is_cut),
            log: log.map(|log| log.text),
        }
    }
}

/// What a trigger said.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TriggerState)]
pub(crate) enum TriggerStateView {
    /// It asks for a training.
    Fired,
    /// It holds back: its cause had its training, or it waits for the schedule.
    Held,
    /// Its condition does not hold.
    Quiet,
}

/// What a trigger said, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriggerReading)]
pub(crate) struct TriggerReadingView {
    /// The trigger.
    name: String,
    /// `alert`, `performance_loss`, `signal`, `age`, `new_labels`, `calendar`.
    kind: String,
    /// Where it stood.
    state: TriggerStateView,
    /// Why, one sentence.
    reason: String,
}

impl IntoView<TriggerReadingView> for TriggerVerdict {
    fn into_view(self) -> TriggerReadingView {
        TriggerReadingView {
            name: self.trigger.into_view(),
            kind: self.condition,
            state: match self.state {
                TriggerState::Fired => TriggerStateView::Fired,
                TriggerState::Held | TriggerState::Waiting => TriggerStateView::Held,
                TriggerState::Quiet => TriggerStateView::Quiet,
            },
            reason: self.reason,
        }
    }
}

view! {
    /// What a guard said.
    GuardReadingView as GuardReading from GuardVerdict {
        /// `concurrency`, `rollout`, `cooldown`, `budget`, `new_labels`, `data`.
        guard: String,
        /// Whether it held the training back.
        holds_back: bool,
        /// Why, one sentence.
        reason: String,
    }
}

/// What a policy decided.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RetrainingOutcome)]
pub(crate) enum OutcomeView {
    /// A training began, or waits for people.
    Fired,
    /// A training was suggested.
    Suggested,
    /// Something held it back, or it waits for the schedule.
    Held,
    /// Nothing asked for a training.
    Quiet,
}

impl IntoView<OutcomeView> for Outcome {
    fn into_view(self) -> OutcomeView {
        match self {
            Self::Fires => OutcomeView::Fired,
            Self::Suggests => OutcomeView::Suggested,
            Self::Held | Self::Waiting => OutcomeView::Held,
            Self::Quiet => OutcomeView::Quiet,
        }
    }
}

/// What a policy decided at one moment, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetrainingDecision)]
pub(crate) struct RetrainingDecisionView {
    /// When it was recorded, wall clock; null in a dry run.
    at: Option<Instant>,
    /// When, on the model's own clock.
    event_at: Instant,
    /// The policy; null in a dry run.
    policy: Option<String>,
    /// What.
    outcome: OutcomeView,
    /// One sentence.
    text: String,
    /// The cause that fired, or would have.
    cause: Option<CauseView>,
    /// The run it began.
    run: Option<String>,
    /// Every trigger.
    triggers: Vec<TriggerReadingView>,
    /// Every guard, where a trigger fired.
    guards: Vec<GuardReadingView>,
}

impl IntoView<RetrainingDecisionView> for Decision {
    fn into_view(self) -> RetrainingDecisionView {
        RetrainingDecisionView {
            at: None,
            event_at: self.at.into_view(),
            policy: None,
            outcome: self.outcome.into_view(),
            text: in_words(&self),
            cause: self.cause.into_view(),
            run: None,
            triggers: self.triggers.into_view(),
            guards: self.guards.into_view(),
        }
    }
}

impl IntoView<RetrainingDecisionView> for StoredDecision {
    fn into_view(self) -> RetrainingDecisionView {
        RetrainingDecisionView {
            at: Some(self.known_at.into_view()),
            policy: Some(self.policy.into_view()),
            run: self.run.into_view(),
            ..self.decision.into_view()
        }
    }
}

/// A decision in one sentence.
fn in_words(decision: &Decision) -> String {
    let guard = decision.guards.iter().find(|guard| guard.holds_back);
    let cause = decision.cause.as_ref().map(|cause| cause.text.clone());
    let telling = |state| {
        let of_state = decision.triggers.iter().find(|one| one.state == state);
        of_state.map(|one| one.reason.clone())
    };
    match (decision.outcome, guard) {
        (Outcome::Held, Some(guard)) => match cause {
            Some(cause) => format!("{cause}; held: {}", guard.reason),
            None => guard.reason.clone(),
        },
        (Outcome::Held, None) => telling(TriggerState::Held).unwrap_or_default(),
        (Outcome::Waiting, _) => telling(TriggerState::Waiting).unwrap_or_default(),
        (Outcome::Fires | Outcome::Suggests, _) => cause.unwrap_or_default(),
        (Outcome::Quiet, _) => "nothing asks for a training".to_owned(),
    }
}

/// Decisions of a model's policies.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetrainingDecisionList)]
pub(crate) struct RetrainingDecisionListView {
    /// Those that said something new, newest first.
    pub(crate) items: Vec<RetrainingDecisionView>,
}

/// A training that a policy would have asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DryRunTraining)]
pub(crate) struct DryRunTrainingView {
    /// When, event time.
    at: Instant,
    /// Why.
    cause: CauseView,
    /// What goes first.
    priority: PriorityView,
    /// The rows it would have trained on.
    period: SpanView,
    /// How many labelled rows of that period were known.
    n_rows: u64,
    /// How many people would have had to agree.
    approvals_needed: u32,
    /// Whether it would have been a suggestion only.
    is_suggestion: bool,
}

impl IntoView<DryRunTrainingView> for DryRunTraining {
    fn into_view(self) -> DryRunTrainingView {
        DryRunTrainingView {
            at: self.at.into_view(),
            cause: self.cause.into_view(),
            priority: self.priority.into_view(),
            period: self.period.into_view(),
            n_rows: self.n_rows,
            approvals_needed: u32::from(self.approvals_needed),
            is_suggestion: self.is_suggestion,
        }
    }
}

view! {
    /// What trainings would have cost.
    DryRunCostView as DryRunCost from DryRunCost {
        /// Trainings.
        n_trainings: u64,
        /// Labelled rows read by all of them together.
        n_rows: u64,
        /// Times that a person would have had to agree.
        n_approvals: u64,
        /// Median minutes of the model's own earlier jobs; null where it had none.
        minutes_each: Option<f64>,
        /// Minutes of all trainings together, by that.
        minutes: Option<f64>,
        /// Minutes that all trainings together cannot exceed: the policy's timeouts.
        minutes_max: u64,
    }
}

view! {
    /// What a policy would have done over what is stored.
    DryRunView as DryRun from DryRun {
        /// The model.
        model: String,
        /// The period it was played over, event time.
        period: SpanView,
        /// Moments at which it looked.
        n_moments: u64,
        /// The trainings it would have asked for.
        trainings: Vec<DryRunTrainingView>,
        /// Decisions that said something new, in the order of time.
        decisions: Vec<RetrainingDecisionView>,
        /// Whether there were more decisions than are shown.
        is_cut: bool,
        /// What they would have cost.
        cost: DryRunCostView,
    }
}

/// Asks for a training by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetrainingRequest {
    /// Why: it stands in the record.
    pub(crate) reason: String,
    /// Which policy says how; the model's only one where absent.
    pub(crate) policy: Option<String>,
}

/// A reason, for the record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetrainingReason {
    /// Why.
    pub(crate) reason: String,
}

/// A policy to be played over what is stored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DryRunRequest {
    /// A document of the kind `retraining_policy`.
    #[schema(value_type = Object)]
    pub(crate) policy: RetrainingPolicySpec,
    /// From here on, event time; from the first row where absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) from: Option<jiff::Timestamp>,
    /// Until here; until where everything is judged where absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) to: Option<jiff::Timestamp>,
}

/// What a training job says about itself.
pub(crate) struct JobReportBody;

impl utoipa::PartialSchema for JobReportBody {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "`{\"status\": \"succeeded\", \"registered_version\": 3, \"metrics\": \
                 {\"roc_auc\": 0.71}, \"run_url\": \"…\"}`; `status` is `running`, `succeeded`, \
                 `failed` (with `reason`) or `cancelled`.",
            ))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for JobReportBody {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("JobReport")
    }
}
