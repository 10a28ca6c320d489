//! Views of A/B tests.

use super::writing::Row;
use super::{Instant, IntoView, view, words};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trimtab_app::ab_test::{AbPlan, AbTestPage};
use trimtab_domain::ab_test::{
    AbDesign, AbLook, AbState, AbTest, AbVerdict, Comparison, Decision, GuardrailLook,
    GuardrailState, RatioCheck, SegmentLook,
};
use utoipa::ToSchema;

/// A list of A/B tests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AbTestList)]
pub(crate) struct AbTestListView {
    /// Newest first.
    pub(crate) items: Vec<AbTestListedView>,
}

/// A comparison of two versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AbTest)]
pub(crate) struct AbTestView {
    /// Identifier.
    id: String,
    /// The model.
    model: String,
    /// Name of the document whose rules it follows.
    name: String,
    /// Label of the version that serves.
    champion: String,
    /// Label of the candidate.
    challenger: String,
    /// The challenger's promised share of the units; `null` for a shadow.
    #[schema(required = true)]
    challenger_share: Option<f64>,
    /// What decides.
    primary_metric: String,
    /// The document as it was when the test began.
    #[schema(value_type = Row)]
    document: Value,
    /// The rollout and the step it belongs to.
    #[schema(required = true)]
    rollout: Option<String>,
    /// Rows from then on count, event time.
    since: Instant,
    /// Wall clock of its beginning.
    started_at: Instant,
    /// Who began it.
    started_by: String,
    /// Where it stands.
    state: AbStateView,
    /// What it says now.
    verdict: AbVerdictView,
    /// The newest look, event time.
    #[schema(required = true)]
    looked_until: Option<Instant>,
    /// How many looks.
    n_looks: u64,
    /// What was decided; `null` while it runs.
    #[schema(required = true)]
    decision: Option<AbDecisionView>,
}

impl IntoView<AbTestView> for AbTest {
    fn into_view(self) -> AbTestView {
        AbTestView {
            verdict: self.verdict().into_view(),
            id: self.id.to_string(),
            model: self.model.into_view(),
            name: self.spec.name.to_string(),
            champion: self.champion,
            challenger: self.challenger,
            challenger_share: match self.design {
                AbDesign::Split { challenger_share } => Some(challenger_share),
                AbDesign::Shadow => None,
            },
            primary_metric: self.spec.primary.name(),
            // A document that was read as one can be written as one.
            document: serde_json::to_value(&self.spec).unwrap_or_default(),
            rollout: self.rollout,
            since: self.since.into_view(),
            started_at: self.started_at.into_view(),
            started_by: self.started_by,
            state: self.state.into_view(),
            looked_until: self.progress.looked_until.into_view(),
            n_looks: self.progress.n_looks,
            decision: self.decision.into_view(),
        }
    }
}

/// An A/B test in a list, with its newest look.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AbTestListed)]
pub(crate) struct AbTestListedView {
    #[serde(flatten)]
    test: AbTestView,
    /// The newest look; `null` before the first.
    #[schema(required = true)]
    look: Option<AbLookView>,
}

impl IntoView<AbTestListedView> for AbTest {
    fn into_view(self) -> AbTestListedView {
        let look = self.newest.as_deref().cloned();
        AbTestListedView {
            look: look.into_view(),
            test: self.into_view(),
        }
    }
}

/// An A/B test with all its looks: the lines of its charts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AbTestPage)]
pub(crate) struct AbTestPageView {
    #[serde(flatten)]
    test: AbTestView,
    /// Oldest first.
    looks: Vec<AbLookView>,
}

impl IntoView<AbTestPageView> for AbTestPage {
    fn into_view(self) -> AbTestPageView {
        AbTestPageView {
            test: self.test.into_view(),
            looks: self.looks.into_view(),
        }
    }
}

view! {
    /// What was decided about an A/B test.
    AbDecisionView as AbDecision from Decision {
        /// The verdict.
        verdict: AbVerdictView,
        /// Why.
        reason: String,
        /// Event time of the look that showed it.
        at: Instant,
        /// Wall clock.
        decided_at: Instant,
        /// Who: `system`, or a person that stopped it.
        actor: String,
    }
}

words! {
    /// Where an A/B test stands.
    AbStateView as AbState from AbState {
        /// It is looked at.
        Running,
        /// It has a verdict.
        Decided,
        /// Its time was up without one.
        Expired,
        /// Somebody stopped it.
        Stopped,
    }
}

words! {
    /// What an A/B test says.
    AbVerdictView as AbVerdict from AbVerdict {
        /// The challenger should serve.
        Ship,
        /// The champion should.
        Keep,
        /// Neither is better by as much as matters.
        NoDifference,
        /// The split is not as promised: nothing measured on it counts.
        BlockedBySampleRatio,
        /// Not enough is known.
        Undecided,
    }
}

/// A number of either side.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AbCounts)]
pub(crate) struct AbCountsView {
    champion: u64,
    challenger: u64,
}

impl IntoView<AbCountsView> for [u64; 2] {
    fn into_view(self) -> AbCountsView {
        let [champion, challenger] = self;
        AbCountsView {
            champion,
            challenger,
        }
    }
}

/// A value of either side.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AbValues)]
pub(crate) struct AbValuesView {
    #[schema(required = true)]
    champion: Option<f64>,
    #[schema(required = true)]
    challenger: Option<f64>,
}

impl IntoView<AbValuesView> for [Option<f64>; 2] {
    fn into_view(self) -> AbValuesView {
        let [champion, challenger] = self;
        AbValuesView {
            champion,
            challenger,
        }
    }
}

view! {
    /// One look at an A/B test. Its intervals hold at all looks at once.
    AbLookView as AbLook from AbLook {
        /// The moment, event time.
        at: Instant,
        /// Units of either side (of a shadow: days).
        n_units: AbCountsView,
        /// Predictions of either side.
        n_rows: AbCountsView,
        /// Units that were met on both sides, and left out.
        n_crossed: u64,
        /// Is the split as promised? `null` for a shadow.
        sample_ratio: Option<AbRatioView>,
        /// What decides.
        primary: AbComparisonView,
        /// What must not get worse.
        guardrails: Vec<AbGuardrailLookView>,
        /// The primary metric apart, with multiplicity controlled.
        segments: Vec<AbSegmentView>,
        /// Share of the planned information that has come in.
        share_of_plan: Option<f64>,
        /// What it says.
        verdict: AbVerdictView,
        /// Why.
        reason: String,
    }
}

view! {
    /// Is the split as promised?
    AbRatioView as AbRatio from RatioCheck {
        /// The challenger's promised share.
        promised: f64,
        /// Keys by side that the flag's evaluator put there.
        n_exposed: Option<AbCountsView>,
        /// The smallest sequential p-value of all looks so far.
        p_value: f64,
        /// The p-value of χ² at this look alone.
        chi_squared_p_value: f64,
        /// Whether it is as promised.
        holds: bool,
    }
}

view! {
    /// Two versions by one metric.
    AbComparisonView as AbComparison from Comparison {
        /// The metric.
        metric: String,
        /// 1 where more is good, −1 where less is.
        sign: f64,
        /// Its value on either side.
        values: AbValuesView,
        /// Rows of either side that have it.
        n_rows: AbCountsView,
        /// Units of either side that have it.
        n_units: AbCountsView,
        /// Challenger less champion, in the metric's unit.
        difference: Option<f64>,
        /// Always-valid lower bound on it.
        low: Option<f64>,
        /// Always-valid upper bound.
        high: Option<f64>,
        /// The size that matters (or may be lost), in the metric's unit.
        scale: Option<f64>,
        /// Always-valid p-value of "no difference".
        p_value: Option<f64>,
        /// Share of the variance that the units' past explained.
        variance_removed: Option<f64>,
    }
}

view! {
    /// A metric that must not get worse.
    AbGuardrailLookView as AbGuardrailLook from GuardrailLook {
        /// How it compares.
        comparison: AbComparisonView,
        /// Where it stands.
        state: AbGuardrailStateView,
    }
}

words! {
    /// Where a guardrail of an A/B test stands.
    AbGuardrailStateView as AbGuardrailState from GuardrailState {
        /// It is not worse by more than it may be.
        Holds,
        /// It is.
        Breached,
        /// Not enough is known.
        Open,
    }
}

view! {
    /// The primary metric within one segment.
    AbSegmentView as AbSegment from SegmentLook {
        /// `column=value`.
        segment: String,
        /// How it compares; its p-value is adjusted over the segments of the look.
        comparison: AbComparisonView,
        /// Whether it differs.
        differs: bool,
    }
}

view! {
    /// How many units a test takes, both versions together, and how many days.
    AbPlanView as AbPlan from AbPlan {
        /// The smallest difference that matters, in the metric's unit.
        minimum_effect: f64,
        /// Units by one look at the end.
        n_fixed: u64,
        /// Units by looks whenever one likes: where the plan ends.
        n_sequential_max: u64,
        /// Half of the tests with that difference have ended by then.
        n_sequential_median: u64,
        /// The mean over such tests.
        n_sequential_mean: u64,
        /// Days until `n_fixed`; `null` where `units_per_day` is not known.
        days_fixed: Option<f64>,
        /// Days until `n_sequential_max`.
        days_sequential_max: Option<f64>,
        /// Days until `n_sequential_median`.
        days_sequential_median: Option<f64>,
    }
}

/// What to compare.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartAbTestRequest {
    /// Name of the document with the rules; where absent the one called `default`, else the
    /// shipped rules.
    pub(crate) test: Option<String>,
    /// Label of the version that serves.
    pub(crate) champion: String,
    /// Label of the candidate.
    pub(crate) challenger: String,
    /// The challenger's share of the units, between 0 and 1; where absent the challenger is a
    /// shadow that scores the champion's rows.
    pub(crate) challenger_share: Option<f64>,
    /// Rows from then on count, event time; where absent from where the model's clock stands.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) since: Option<Timestamp>,
}

/// Why a test ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopAbTestRequest {
    /// The reason, for the record.
    pub(crate) reason: String,
}
