//! The fleet page's shape.

use super::incidents::IncidentSummary;
use super::shapes::CellState;
use jiff::Timestamp;
use trimtab_domain::documents::Clock;
use trimtab_domain::sentence::Sentence;
use trimtab_domain::signal::PointKind;
use trimtab_domain::{IncidentId, ModelName};

/// Every model at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// The finding in words.
    pub sentence: Sentence,
    /// When this was composed (wall clock).
    pub generated_at: Timestamp,
    /// The few numbers on top.
    pub facts: FleetFacts,
    /// Unresolved incidents, worst first.
    pub attention: Vec<IncidentSummary>,
    /// What happened lately, newest first.
    pub changes: Vec<FleetChange>,
    /// One row a model, worst first.
    pub models: Vec<FleetModel>,
}

/// The numbers on top of the fleet page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FleetFacts {
    /// Models.
    pub n_models: u64,
    /// Models with nothing open.
    pub n_healthy: u64,
    /// Predictions of each model's newest data day.
    pub n_predictions_24h: u64,
    /// Unresolved incidents.
    pub n_open_incidents: u64,
    /// Judged windows of those that are due.
    pub checks_on_time: DoneOfDue,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DoneOfDue {
    /// Done.
    pub done: u64,
    /// Should be done.
    pub due: u64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetChange {
    /// When: event time for incidents, wall clock for the rest.
    pub at: Timestamp,
    /// What.
    pub kind: FleetChangeKind,
    /// For people.
    pub text: String,
    /// Which model.
    pub model: Option<ModelName>,
    /// Which incident.
    pub incident_id: Option<IncidentId>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FleetChangeKind {
    /// An incident opened.
    IncidentOpened,
    /// An incident ended.
    IncidentResolved,
    /// Somebody took an incident.
    IncidentAcknowledged,
    /// A model's document was applied.
    ModelApplied,
    /// Another document was applied.
    DocumentChanged,
    /// A reference was stored.
    ReferenceSet,
}

/// One model at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetModel {
    /// Its name.
    pub model: ModelName,
    /// Its name for people.
    pub display_name: String,
    /// The live version seen last.
    pub version: Option<String>,
    /// Team or person.
    pub owner: Option<String>,
    /// Free words.
    pub tags: Vec<String>,
    /// How it is.
    pub status: ModelStatus,
    /// One cell a day, at most 30.
    pub health: Vec<HealthCell>,
    /// How good it is.
    pub performance: Option<FleetPerformance>,
    /// Drift of the newest judged window.
    pub drift: FleetDrift,
    /// Share of rows without a value outside its declared range, where that is checked.
    pub rows_valid_share: Option<f64>,
    /// Predictions of the last windows, at most 48.
    pub volume: Vec<u64>,
    /// Predictions of the newest window of the volume line.
    pub n_predictions_last_window: u64,
    /// 95 % of predictions take at most so long.
    pub latency_ms_p95: Option<f64>,
    /// Newest event time that enough rows support.
    pub data_through: Option<Timestamp>,
    /// Which clock closes its windows.
    pub clock: Clock,
    /// Unresolved incidents.
    pub n_open_incidents: u64,
}

/// How a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelStatus {
    /// Nothing open.
    Ok,
    /// Data arrives, nothing is judged yet.
    Collecting,
    /// Nothing has arrived.
    NoData,
    /// Something is open.
    Warning,
    /// Something critical is open.
    Critical,
}

/// A day on the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthCell {
    /// The day.
    pub window_start: Timestamp,
    /// Its worst finding.
    pub state: CellState,
}

/// How good a model is.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetPerformance {
    /// Which metric.
    pub metric: String,
    /// Mean over the slow span of windows, else the newest window.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Beyond it the monitor alarms.
    pub floor: Option<f64>,
    /// Observed or inferred.
    pub kind: PointKind,
    /// Against the reference's mean.
    pub change_from_reference: Option<f64>,
    /// Share of labels arrived.
    pub maturity: Option<f64>,
}

/// Columns that drifted in the newest judged window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FleetDrift {
    /// Drifted.
    pub n_drifted: u64,
    /// Looked at.
    pub n_columns: u64,
}
