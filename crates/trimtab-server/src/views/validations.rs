//! Shapes of validations.

use super::{Instant, IntoView, view, words};
use serde::{Deserialize, Serialize};
use trimtab_app::validation::Meeting;
use trimtab_domain::validation::{
    Check, CheckOutcome, CheckState, Validation, ValidationState, Verdict, Wanted,
};
use trimtab_domain::{DocumentName, ValidationId, Window};
use utoipa::ToSchema;

/// Which candidate to validate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValidationRequest {
    /// The version that wants to serve: `3` or `v3`.
    #[schema(example = "v3")]
    pub(crate) candidate: String,
    /// The version to compare with; the one that serves where absent.
    #[serde(default)]
    pub(crate) champion: Option<String>,
    /// The validation policy; the model's `default`, else the shipped one, where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) policy: Option<DocumentName>,
}

impl From<ValidationRequest> for Meeting {
    fn from(request: ValidationRequest) -> Self {
        Self {
            candidate: request.candidate,
            champion: request.champion,
            policy: request.policy,
        }
    }
}

/// Validations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValidationList)]
pub(crate) struct ValidationListView {
    /// Newest first, without the numbers behind the checks.
    pub(crate) items: Vec<ValidationView>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// One look of the gate at one candidate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Validation)]
pub(crate) struct ValidationView {
    /// Shape of this document.
    schema_version: u32,
    /// Which.
    id: String,
    /// The model.
    model: String,
    /// The version that wants to serve.
    candidate: String,
    /// The version that serves; `null` where none does.
    #[schema(required = true)]
    champion: Option<String>,
    /// The policy's name.
    policy: String,
    /// How far it has come.
    state: ValidationStateView,
    /// What came of it; `null` while it runs.
    #[schema(required = true)]
    verdict: Option<VerdictView>,
    /// That in one sentence.
    sentence: String,
    /// Labelled rows that decided.
    #[schema(required = true)]
    n_rows: Option<u64>,
    /// Their event times.
    #[schema(required = true)]
    period: Option<ValidationPeriodView>,
    /// What was looked at; what stops the candidate stands first.
    checks: Vec<CheckView>,
    /// The numbers behind the checks: `docs/reference/validation-schema.json` describes them.
    #[schema(required = true, value_type = Option<Object>)]
    evidence: Option<serde_json::Value>,
    /// Who asked.
    requested_by: String,
    /// When.
    requested_at: Instant,
    /// When it ended.
    #[schema(required = true)]
    finished_at: Option<Instant>,
}

impl ValidationView {
    /// The same without the numbers behind the checks, for lists.
    pub(crate) fn without_evidence(mut self) -> Self {
        self.evidence = None;
        self
    }
}

impl IntoView<ValidationView> for Validation {
    fn into_view(self) -> ValidationView {
        let evidence = self.evidence.as_ref();
        ValidationView {
            schema_version: self.schema_version,
            id: self.id.into_view(),
            model: self.model.into_view(),
            candidate: self.candidate,
            champion: self.champion,
            policy: self.policy,
            state: self.state.into_view(),
            verdict: self.verdict.into_view(),
            sentence: self.sentence,
            n_rows: evidence.map(|evidence| evidence.n_rows),
            period: evidence.and_then(|evidence| evidence.period).into_view(),
            checks: self.checks.into_view(),
            evidence: evidence.and_then(|evidence| serde_json::to_value(evidence).ok()),
            requested_by: self.requested_by,
            requested_at: self.requested_at.into_view(),
            finished_at: self.finished_at.into_view(),
        }
    }
}

impl IntoView<String> for ValidationId {
    fn into_view(self) -> String {
        self.to_string()
    }
}

view! {
    /// Event times of rows.
    ValidationPeriodView as ValidationPeriod from Window {
        /// First instant.
        start: Instant,
        /// First instant after.
        end: Instant,
    }
}

view! {
    /// One thing that was looked at.
    CheckView as Check from Check {
        /// Its stable name: `roc_auc`, `worst_segment`, `fairness:sex`…
        name: String,
        /// What it asks, in a few words.
        title: String,
        /// What was found.
        state: CheckStateView,
        /// What that means for the candidate.
        outcome: CheckOutcomeView,
        /// Whether it decides; an advisory check is only shown.
        required: bool,
        /// The champion's number.
        champion: Option<f64>,
        /// The candidate's.
        candidate: Option<f64>,
        /// What is held against the limit: candidate − champion, or the candidate's own.
        value: Option<f64>,
        /// Lower end of its interval.
        low: Option<f64>,
        /// Upper end of it.
        high: Option<f64>,
        /// The limit.
        limit: Option<f64>,
        /// Which side of it is wanted.
        wanted: Option<WantedView>,
        /// The unit of these numbers; may be empty.
        unit: String,
        /// One sentence.
        reason: String,
    }
}

words! {
    /// How far a validation has come.
    ValidationStateView as ValidationState from ValidationState {
        /// Rows are being scored.
        Running,
        /// It has a verdict.
        Finished,
        /// It could not look.
        Failed,
        /// The server stopped while it ran.
        Interrupted,
    }
}

words! {
    /// What came of a validation.
    VerdictView as Verdict from Verdict {
        /// A rollout may begin.
        Passed,
        /// A required check stopped the candidate.
        Failed,
        /// A required check could not be decided or computed.
        CouldNotDecide,
    }
}

words! {
    /// What a check found.
    CheckStateView as CheckState from CheckState {
        /// The interval lies on the better side of no difference.
        Better,
        /// No difference is shown, and none beyond the margin is possible.
        Equal,
        /// The interval lies on the worse side of no difference.
        Worse,
        /// The condition holds.
        Passed,
        /// The condition does not hold.
        Failed,
        /// A loss beyond the margin is possible, and none is shown.
        CouldNotDecide,
        /// There is no number.
        CouldNotCompute,
    }
}

words! {
    /// What a check means for the candidate.
    CheckOutcomeView as CheckOutcome from CheckOutcome {
        /// It stops the candidate.
        Fail,
        /// It neither stops nor clears it.
        Undecided,
        /// It has nothing against it.
        Pass,
    }
}

words! {
    /// Which side of a limit is wanted.
    WantedView as Wanted from Wanted {
        /// At or above it.
        AtLeast,
        /// At or below it.
        AtMost,
    }
}
