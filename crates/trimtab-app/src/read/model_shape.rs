//! Shapes of the model list, a model and its overview.

use super::incidents::IncidentSummary;
use super::shapes::{Annotation, CellState, Range, Series};
use jiff::Timestamp;
use trimtab_domain::documents::{Clock, ColumnRole, ModelSpec, SemanticType, Task};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::sentence::Sentence;
use trimtab_domain::{DocumentName, Granularity, ModelName};

/// A line of the model list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelLine {
    /// Its name.
    pub model: ModelName,
    /// Its name for people.
    pub display_name: String,
    /// What it predicts.
    pub task: Task,
    /// Versions seen.
    pub versions: Vec<String>,
    /// Which clock closes its windows.
    pub clock: Clock,
    /// The zone in which its days begin.
    pub time_zone: String,
    /// Oldest event time.
    pub data_from: Option<Timestamp>,
    /// Newest event time that enough rows support.
    pub data_through: Option<Timestamp>,
}

/// A model with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelPage {
    /// The document.
    pub spec: ModelSpec,
    /// Version of the document.
    pub document_version: u64,
    /// Versions seen.
    pub versions: Vec<VersionLine>,
    /// References.
    pub references: Vec<ReferenceLine>,
    /// Monitors.
    pub monitors: Vec<MonitorLine>,
    /// Oldest event time.
    pub data_from: Option<Timestamp>,
    /// Newest event time that enough rows support.
    pub data_through: Option<Timestamp>,
    /// Columns.
    pub columns: Vec<ColumnLine>,
}

/// A version of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionLine {
    /// The version.
    pub version: String,
    /// Live or shadow.
    pub role: PredictionRole,
    /// First window with rows.
    pub first_seen: Timestamp,
    /// End of the last window with rows.
    pub last_seen: Timestamp,
    /// All predictions.
    pub n_predictions: u64,
}

/// A reference of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceLine {
    /// Its name.
    pub name: DocumentName,
    /// Its rows.
    pub n_rows: u64,
    /// Its period's start, where it has a time axis.
    pub from: Option<Timestamp>,
    /// Its period's end.
    pub to: Option<Timestamp>,
    /// The grid it is counted on.
    pub grid_version: u32,
    /// Whether monitors that name none use it.
    pub is_default: bool,
}

/// A monitor of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorLine {
    /// Its name.
    pub name: DocumentName,
    /// Its kind.
    pub kind: String,
    /// The length of the windows it judges.
    pub window: Granularity,
}

/// A column of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnLine {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: ColumnRole,
    /// How it is compared.
    pub semantic: Option<SemanticType>,
    /// Share of the model's attention, of 1.
    pub importance: Option<f64>,
}

/// What changed, when and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The period shown.
    pub range: Range,
    /// The finding in words.
    pub sentence: Sentence,
    /// The few numbers on top.
    pub facts: OverviewFacts,
    /// One lane a kind of finding.
    pub lanes: Vec<Lane>,
    /// Incidents that touch the period, newest first.
    pub incidents: Vec<IncidentSummary>,
    /// Quality over windows, where a performance monitor exists.
    pub performance: Option<Series>,
    /// What happened meanwhile.
    pub annotations: Vec<Annotation>,
    /// Columns that moved most.
    pub top_columns: Vec<TopColumn>,
}

/// The numbers on top of the overview.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OverviewFacts {
    /// The live version seen last.
    pub version: Option<String>,
    /// Predictions of the period.
    pub n_predictions: u64,
    /// Those with a label.
    pub n_labels: u64,
    /// Their share.
    pub label_maturity: Option<f64>,
    /// When the newest result was made (wall clock).
    pub last_result_at: Option<Timestamp>,
    /// Inputs with an answer in the newest drift result, of all it looked at.
    pub inputs_checked: DoneOfTotal,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DoneOfTotal {
    /// Done.
    pub done: u64,
    /// All.
    pub total: u64,
}

/// One kind of finding over windows.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Which kind.
    pub name: LaneName,
    /// One cell a window.
    pub cells: Vec<LaneCell>,
}

/// The kinds of lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneName {
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

/// One window of a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneCell {
    /// Its start.
    pub window_start: Timestamp,
    /// Its colour.
    pub state: CellState,
    /// Its number.
    pub value: Option<f64>,
    /// In words.
    pub text: String,
}

/// A column that moved.
#[derive(Debug, Clone, PartialEq)]
pub struct TopColumn {
    /// The column.
    pub column: String,
    /// Its effect in the newest judged window.
    pub effect: Option<f64>,
    /// Which effect.
    pub effect_name: String,
    /// Start of the run of drifted windows that reaches to the end.
    pub drifting_since: Option<Timestamp>,
    /// Of the judged windows.
    pub share_of_windows_drifted: f64,
}
