//! Views of pipelines: a candidate's way from trigger to full.

use super::{
    Instant, IntoView, RetrainingRunView, RolloutView, SentenceView, ValidationView, view, words,
};
use serde::Serialize;
use trimtab_app::read::pipeline_shape::{
    PipelineList, PipelinePage, PipelineStage, PipelineState, PipelineSummary, StageName,
    StageState,
};
use utoipa::ToSchema;

/// Candidates on their way, and those that have gone it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PipelineList)]
pub(crate) struct PipelineListView {
    /// The finding.
    sentence: SentenceView,
    /// Newest first.
    items: Vec<PipelineSummaryView>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    next: Option<String>,
}

impl IntoView<PipelineListView> for PipelineList {
    fn into_view(self) -> PipelineListView {
        PipelineListView {
            sentence: self.sentence.into_view(),
            items: self.items.into_view(),
            next: None,
        }
    }
}

view! {
    /// A candidate's way in a list.
    PipelineSummaryView as PipelineSummary from PipelineSummary {
        /// The training's identifier, or `model:version` for a version without one.
        id: String,
        /// The model.
        model: String,
        /// Where it stands as a whole.
        state: PipelineStateView,
        /// Label of the version, once it is registered.
        version: Option<String>,
        /// Label of the version that served beside it.
        champion: Option<String>,
        /// The finding.
        sentence: SentenceView,
        /// Why it began.
        cause: Option<String>,
        /// When it began (wall clock).
        began_at: Instant,
        /// The model's own clock then.
        event_at: Option<Instant>,
        /// When it ended (wall clock).
        ended_at: Option<Instant>,
        /// From trigger to full.
        stages: Vec<PipelineStageView>,
        /// Its training.
        retraining: Option<String>,
        /// Its validation.
        validation: Option<String>,
        /// Its rollout.
        rollout: Option<String>,
    }
}

view! {
    /// One stop on the way.
    PipelineStageView as PipelineStage from PipelineStage {
        /// Which.
        name: StageNameView,
        /// How far it has come.
        state: StageStateView,
        /// When it began (wall clock).
        at: Option<Instant>,
        /// The model's own clock then.
        event_at: Option<Instant>,
        /// A few words.
        text: Option<String>,
    }
}

/// A candidate's way with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pipeline)]
pub(crate) struct PipelineView {
    #[serde(flatten)]
    summary: PipelineSummaryView,
    /// Its training.
    #[schema(required = true)]
    run: Option<RetrainingRunView>,
    /// Its newest validation, without the numbers behind the checks.
    #[schema(required = true)]
    gate: Option<ValidationView>,
    /// Its newest rollout.
    #[schema(required = true)]
    traffic: Option<RolloutView>,
}

impl IntoView<PipelineView> for PipelinePage {
    fn into_view(self) -> PipelineView {
        let gate: Option<ValidationView> = self.candidate.gate.into_view();
        PipelineView {
            summary: self.summary.into_view(),
            run: self.candidate.run.into_view(),
            gate: gate.map(ValidationView::without_evidence),
            traffic: self
                .candidate
                .traffic
                .map(|(rollout, notes)| RolloutView::new(rollout, notes)),
        }
    }
}

words! {
    /// Where a candidate stands as a whole.
    PipelineStateView as PipelineState from PipelineState {
        /// A policy suggests it; nobody has taken it up.
        Suggested,
        /// It moves by itself.
        Running,
        /// It waits for a person.
        Waiting,
        /// It got all traffic.
        Shipped,
        /// It ended before it took any traffic, or somebody else took its place.
        Stopped,
        /// It took traffic and gave it back.
        RolledBack,
    }
}

words! {
    /// A stop on a candidate's way.
    StageNameView as PipelineStageName from StageName {
        /// What set it off.
        Trigger,
        /// The rows it is trained on.
        Data,
        /// The training.
        Train,
        /// The gate.
        Validate,
        /// Asked beside the champion.
        Shadow,
        /// A small share of the traffic.
        Canary,
        /// A share large enough to compare.
        Ab,
        /// All traffic.
        Full,
    }
}

words! {
    /// How far a stop has come.
    StageStateView as PipelineStageState from StageState {
        /// Over, well.
        Done,
        /// Under way.
        Running,
        /// A person must say something.
        Waiting,
        /// The way ended here.
        Failed,
        /// Not on this way.
        Skipped,
        /// Still to come.
        Ahead,
    }
}
