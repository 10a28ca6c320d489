//! Views of the model list, a model and its overview.

use super::{
    AnnotationView, CellStateView, ClockView, ColumnRoleView, GranularityView, IncidentSummaryView,
    Instant, IntoView, PredictionRoleView, RangeView, SemanticTypeView, SentenceView, SeriesView,
    TaskView, view, words,
};
use serde::Serialize;
use trimtab_app::read::model_shape as model;
use utoipa::ToSchema;

/// The models.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModelList)]
pub(crate) struct ModelListView {
    /// By name.
    pub(crate) items: Vec<ModelLineView>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

view! {
    /// A line of the model list.
    ModelLineView as ModelLine from model::ModelLine {
        /// Its name.
        model: String,
        /// Its name for people.
        display_name: String,
        /// What it predicts.
        task: TaskView,
        /// Versions seen in its events.
        versions: Vec<String>,
        /// Which clock closes its windows.
        clock: ClockView,
        /// IANA name of the zone in which its days begin.
        time_zone: String,
        /// Oldest event time.
        data_from: Option<Instant>,
        /// Newest event time that enough rows support.
        data_through: Option<Instant>,
    }
}

/// A model with what is known of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
pub(crate) struct ModelView {
    /// Its name.
    name: String,
    /// Its name for people.
    display_name: String,
    /// One sentence.
    #[schema(required = true)]
    description: Option<String>,
    /// Team or person.
    #[schema(required = true)]
    owner: Option<String>,
    /// Free words.
    tags: Vec<String>,
    /// What it predicts.
    task: TaskView,
    /// IANA name of the zone in which its days begin.
    time_zone: String,
    /// Which clock closes its windows.
    clock: ClockView,
    /// Length of a profile's window.
    granularity: GranularityView,
    /// How long labels can take, in seconds.
    label_delay_seconds: u32,
    /// How late a row may be and still be part of the first judgement, in seconds.
    allowed_lateness_seconds: u32,
    /// Columns whose values cut the traffic.
    segments: Vec<String>,
    /// Counts up with every change of its document.
    document_version: u64,
    /// Versions seen in its events.
    versions: Vec<VersionLineView>,
    /// References, oldest first.
    references: Vec<ReferenceLineView>,
    /// Monitors.
    monitors: Vec<MonitorLineView>,
    /// Oldest event time.
    #[schema(required = true)]
    data_from: Option<Instant>,
    /// Newest event time that enough rows support.
    #[schema(required = true)]
    data_through: Option<Instant>,
    /// Columns.
    columns: Vec<ColumnLineView>,
}

impl IntoView<ModelView> for model::ModelPage {
    fn into_view(self) -> ModelView {
        let spec = self.spec;
        ModelView {
            display_name: spec.title().to_owned(),
            name: spec.name.into_view(),
            description: spec.description,
            owner: spec.owner,
            tags: spec.tags,
            task: spec.task.into_view(),
            time_zone: spec.time_zone,
            clock: spec.clock.into_view(),
            granularity: spec.granularity.into_view(),
            label_delay_seconds: spec.label_delay_seconds,
            allowed_lateness_seconds: spec.allowed_lateness_seconds,
            segments: spec.segments,
            document_version: self.document_version,
            versions: self.versions.into_view(),
            references: self.references.into_view(),
            monitors: self.monitors.into_view(),
            data_from: self.data_from.into_view(),
            data_through: self.data_through.into_view(),
            columns: self.columns.into_view(),
        }
    }
}

view! {
    /// A version of a model, as its events showed it.
    VersionLineView as VersionLine from model::VersionLine {
        /// The version.
        version: String,
        /// Live or shadow.
        role: PredictionRoleView,
        /// Start of the first window with rows.
        first_seen: Instant,
        /// End of the last window with rows.
        last_seen: Instant,
        /// All predictions.
        n_predictions: u64,
    }
}

view! {
    /// A reference of a model.
    ReferenceLineView as ReferenceLine from model::ReferenceLine {
        /// Its name.
        name: String,
        /// Its rows.
        n_rows: u64,
        /// Its period's start, where it has a time axis.
        from: Option<Instant>,
        /// Its period's end.
        to: Option<Instant>,
        /// The grid it is counted on.
        grid_version: u32,
        /// Whether monitors that name none use it.
        is_default: bool,
    }
}

view! {
    /// A monitor of a model.
    MonitorLineView as MonitorLine from model::MonitorLine {
        /// Its name.
        name: String,
        /// `data_drift`, `prediction_drift`, `performance`, `data_quality` or `service`.
        kind: String,
        /// Length of the windows it judges.
        window: GranularityView,
    }
}

view! {
    /// A column of a model.
    ColumnLineView as ColumnLine from model::ColumnLine {
        /// Its name.
        name: String,
        /// What it is for.
        role: ColumnRoleView,
        /// How it is compared; `null` where it never is.
        semantic: Option<SemanticTypeView>,
        /// Share of the model's attention, of 1.
        importance: Option<f64>,
    }
}

view! {
    /// What changed, when and why.
    OverviewView as Overview from model::Overview {
        /// The period shown.
        range: RangeView,
        /// The finding in words.
        sentence: SentenceView,
        /// The few numbers on top.
        facts: OverviewFactsView,
        /// One lane a kind of finding.
        lanes: Vec<LaneView>,
        /// Incidents that touch the period, newest first.
        incidents: Vec<IncidentSummaryView>,
        /// Quality over windows, where a performance monitor exists.
        performance: Option<SeriesView>,
        /// What happened meanwhile.
        annotations: Vec<AnnotationView>,
        /// Columns that moved most.
        top_columns: Vec<TopColumnView>,
    }
}

view! {
    /// The numbers on top of the overview.
    OverviewFactsView as OverviewFacts from model::OverviewFacts {
        /// The live version seen last.
        version: Option<String>,
        /// Predictions of the period.
        n_predictions: u64,
        /// Those with a label.
        n_labels: u64,
        /// Their share.
        label_maturity: Option<f64>,
        /// When the newest result was made (wall clock).
        last_result_at: Option<Instant>,
        /// Inputs with an answer in the newest drift result.
        inputs_checked: DoneOfTotalView,
    }
}

view! {
    /// So many of so many.
    DoneOfTotalView as DoneOfTotal from model::DoneOfTotal {
        /// Done.
        done: u64,
        /// All.
        total: u64,
    }
}

view! {
    /// One kind of finding over windows.
    LaneView as Lane from model::Lane {
        /// Which kind.
        name: LaneNameView,
        /// One cell a window.
        cells: Vec<LaneCellView>,
    }
}

words! {
    /// A kind of finding.
    LaneNameView as LaneName from model::LaneName {
        /// Quality against labels.
        Performance,
        /// Inputs and predictions.
        Drift,
        /// Missing values, ranges, unseen categories.
        DataQuality,
        /// Latency and errors.
        Service,
        /// Rows.
        Volume,
    }
}

view! {
    /// One window of a lane.
    LaneCellView as LaneCell from model::LaneCell {
        /// Its start.
        window_start: Instant,
        /// Its colour.
        state: CellStateView,
        /// Its number.
        value: Option<f64>,
        /// In words.
        text: String,
    }
}

view! {
    /// A column that moved.
    TopColumnView as TopColumn from model::TopColumn {
        /// The column.
        column: String,
        /// Its effect in the newest judged window.
        effect: Option<f64>,
        /// Which effect.
        effect_name: String,
        /// Start of the run of drifted windows that reaches to the end.
        drifting_since: Option<Instant>,
        /// Share of the judged windows in which it drifted.
        share_of_windows_drifted: f64,
    }
}
