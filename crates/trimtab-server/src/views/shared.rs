//! Views that several pages share.

use super::{Instant, IntoView, view, words};
use serde::Serialize;
use trimtab_app::read::shapes;
use trimtab_domain::sentence::{Part, PartRef, RefKind, Sentence};
use trimtab_domain::{documents, fold, incident, result, signal};
use utoipa::ToSchema;

/// A finding in words, written on the server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sentence)]
pub(crate) struct SentenceView {
    /// The whole as one line of text.
    pub(crate) plain: String,
    /// The same in parts, some of which can be linked; spaces are part of the text.
    pub(crate) parts: Vec<PartView>,
}

/// A piece of a sentence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Part)]
pub(crate) struct PartView {
    /// What to read.
    pub(crate) text: String,
    /// Whether it carries the point.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub(crate) strong: bool,
    /// What it is about.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) reference: Option<PartRefView>,
}

/// A thing a sentence speaks of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartRef)]
pub(crate) struct PartRefView {
    /// Its kind.
    pub(crate) kind: RefKindView,
    /// Its name or identifier.
    pub(crate) id: String,
    /// Its model, where the kind needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) model: Option<String>,
}

words! {
    /// A kind of thing that a sentence can link.
    RefKindView as RefKind from RefKind {
        /// A model.
        Model,
        /// A column of a model.
        Column,
        /// An incident.
        Incident,
        /// A monitor of a model.
        Monitor,
    }
}

impl IntoView<SentenceView> for Sentence {
    fn into_view(self) -> SentenceView {
        SentenceView {
            plain: self.plain(),
            parts: self
                .parts
                .into_iter()
                .filter(|part| !part.text.is_empty())
                .map(IntoView::into_view)
                .collect(),
        }
    }
}

impl IntoView<PartView> for Part {
    fn into_view(self) -> PartView {
        PartView {
            text: self.text,
            strong: self.strong,
            reference: self.reference.into_view(),
        }
    }
}

impl IntoView<PartRefView> for PartRef {
    fn into_view(self) -> PartRefView {
        PartRefView {
            kind: self.kind.into_view(),
            id: self.id,
            model: self.model,
        }
    }
}

view! {
    /// The period an answer covers, in event time.
    RangeView as Range from shapes::Range {
        /// First instant inside.
        from: Instant,
        /// First instant after.
        to: Instant,
        /// IANA name of the zone in which the model's days begin.
        time_zone: String,
        /// Whether nobody asked for it: it is then the data's own last 30 windows.
        is_default: bool,
        /// Why the default range is not the last days by the wall clock.
        reason: Option<RangeReasonView>,
    }
}

words! {
    /// Why a range is not the usual one.
    RangeReasonView as RangeReason from shapes::RangeReason {
        /// The newest row is older than the usual range reaches back.
        DataIsOld,
    }
}

view! {
    /// A line over windows.
    SeriesView as Series from shapes::Series {
        /// Name for people.
        name: String,
        /// What is drawn: `roc_auc`, `wasserstein_iqr`…
        metric: String,
        /// Unit, where there is one.
        unit: Option<String>,
        /// Which way is better.
        good_direction: Option<GoodDirectionView>,
        /// The reference's value.
        reference_value: Option<f64>,
        /// Beyond it something is wrong.
        floor: Option<f64>,
        /// Windows in time order, gaps included.
        points: Vec<SeriesPointView>,
    }
}

words! {
    /// Which way is better.
    GoodDirectionView as GoodDirection from documents::Direction {
        /// Higher.
        Up,
        /// Lower.
        Down,
        /// Neither: staying where it is.
        Both,
    }
}

view! {
    /// One window of a series.
    SeriesPointView as SeriesPoint from shapes::SeriesPoint {
        /// Start of the window.
        window_start: Instant,
        /// End of the window.
        window_end: Instant,
        /// The value.
        v: Option<f64>,
        /// Lower end of the 95 % interval, where one is known.
        lo: Option<f64>,
        /// Upper end of the 95 % interval, where one is known.
        hi: Option<f64>,
        /// Rows (for quality: labels) behind the value.
        n: u64,
        /// Whether the value was observed or inferred.
        kind: PointKindView,
        /// Why there is no value.
        gap: Option<GapView>,
        /// Share of labels arrived, for quality.
        maturity: Option<f64>,
    }
}

words! {
    /// Whether a value was observed or inferred.
    PointKindView as PointKind from signal::PointKind {
        /// Observed.
        Measured,
        /// Inferred without labels.
        Estimated,
    }
}

words! {
    /// Why a window has no value.
    GapView as Gap from shapes::Gap {
        /// Too few rows to say.
        FewRows,
        /// No rows.
        NoData,
        /// Rows, but no labels yet.
        LabelsPending,
        /// No monitor looked.
        NotMonitored,
    }
}

view! {
    /// Something that happened, to draw over time.
    AnnotationView as Annotation from shapes::Annotation {
        /// Event time.
        at: Instant,
        /// `incident` or `version`.
        kind: String,
        /// For people.
        text: String,
        /// The incident it is about.
        incident_id: Option<String>,
    }
}

words! {
    /// The colour of a cell on a strip.
    CellStateView as CellState from shapes::CellState {
        /// Nothing was looked at, or there was nothing to see.
        NoData,
        /// Looked at and fine.
        Ok,
        /// A finding.
        Warning,
        /// A finding that needs a person now.
        Critical,
    }
}

words! {
    /// What a look found.
    DecisionView as Decision from result::Decision {
        /// Nothing, and there was enough data to see something.
        Ok,
        /// The distribution moved.
        Drift,
        /// A limit was passed.
        Breach,
        /// Too little to say.
        NotEnoughData,
        /// The look itself failed.
        Failed,
    }
}

words! {
    /// How bad a finding is.
    SeverityView as Severity from result::Severity {
        /// Worth knowing.
        Low,
        /// Worth a look.
        Medium,
        /// Worth a look today.
        High,
        /// Quality is lost: now.
        Critical,
    }
}

words! {
    /// Where an incident stands.
    IncidentStateView as IncidentState from incident::IncidentState {
        /// Nobody has it.
        Open,
        /// Somebody has it.
        Acknowledged,
        /// It is over.
        Resolved,
    }
}

words! {
    /// Which clock closes a model's windows.
    ClockView as Clock from documents::Clock {
        /// The wall clock too, so that silence is noticed.
        Live,
        /// Only the events themselves (replays, backfills).
        Event,
    }
}

words! {
    /// What a model predicts.
    TaskView as Task from documents::Task {
        /// One of two classes, with a score for the positive one.
        BinaryClassification,
        /// A number.
        Regression,
    }
}

words! {
    /// How a column is compared.
    SemanticTypeView as SemanticType from documents::SemanticType {
        /// By order and distance.
        Numeric,
        /// By counts of its values.
        Categorical,
        /// By counts of true and false.
        Boolean,
    }
}

words! {
    /// What a column is for.
    ColumnRoleView as ColumnRole from documents::ColumnRole {
        /// An input of the model.
        Feature,
        /// The model's decision.
        Prediction,
        /// The probability of the positive class.
        Score,
        /// Ground truth.
        Label,
        /// Cuts the traffic.
        Segment,
        /// When the prediction happened.
        Timestamp,
        /// Identifies something.
        Id,
        /// Milliseconds that the prediction took.
        Latency,
        /// Whether, or how, the prediction failed.
        Error,
        /// Stored, never compared.
        Metadata,
    }
}

words! {
    /// Length of a window.
    GranularityView as Granularity from trimtab_domain::Granularity {
        /// Sixty seconds.
        Minute,
        /// From minute 0 to minute 0.
        Hour,
        /// From local midnight to local midnight.
        Day,
        /// From Monday to Monday, local.
        Week,
    }
}

words! {
    /// Whether predictions served users.
    PredictionRoleView as PredictionRole from fold::PredictionRole {
        /// They did.
        Live,
        /// They ran beside.
        Shadow,
    }
}
