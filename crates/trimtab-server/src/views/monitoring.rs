//! Views of the original plan's paths.

use super::{DecisionView, IncidentStateView, Instant, SeverityView, view};
use serde::Serialize;
use std::collections::BTreeMap;
use trimtab_app::read::monitoring;
use utoipa::ToSchema;

/// Drift of every model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DriftStatusList)]
pub(crate) struct DriftStatusListView {
    /// One status a model.
    pub(crate) models: Vec<DriftStatusView>,
}

view! {
    /// Drift of a model, from the newest judged windows.
    DriftStatusView as DriftStatus from monitoring::DriftStatus {
        /// The model.
        model_id: String,
        /// Share of the compared inputs that drifted, 0 to 1; `null` before the first check.
        overall_drift_score: Option<f64>,
        /// Input by input.
        data_drift: Vec<ColumnDriftView>,
        /// Score and prediction.
        model_drift: Vec<ColumnDriftView>,
        /// What labels say: the means that the performance monitor judges.
        concept_drift: Vec<ConceptDriftView>,
        /// Unresolved incidents.
        alerts: Vec<AlertView>,
        /// When a drift monitor looked last (wall clock).
        last_checked: Option<Instant>,
    }
}

view! {
    /// Drift of one column.
    ColumnDriftView as ColumnDrift from monitoring::ColumnDrift {
        /// The column.
        feature: String,
        /// The test whose p-value decided.
        method: String,
        /// The test's statistic.
        statistic: Option<f64>,
        /// Corrected p-value.
        p_value: Option<f64>,
        /// Size of the difference.
        effect: Option<f64>,
        /// Smaller effects don't matter.
        effect_floor: Option<f64>,
        /// Whether it drifted.
        drifted: bool,
        /// What was found.
        decision: DecisionView,
        /// How bad.
        severity: Option<SeverityView>,
        /// Start of the window, event time.
        window_start: Instant,
    }
}

view! {
    /// What labels say about one mean of windows.
    ConceptDriftView as ConceptDrift from monitoring::ConceptDrift {
        /// The metric.
        metric: String,
        /// Mean of the last so many windows.
        over_windows: u32,
        /// Their mean.
        value: Option<f64>,
        /// The reference's mean.
        reference: Option<f64>,
        /// One-sided p-value in the bad direction.
        p_value: Option<f64>,
        /// Whether quality is lost.
        drifted: bool,
        /// What was found.
        decision: DecisionView,
        /// Start of the newest window inside, event time.
        window_start: Instant,
    }
}

/// Drift over time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DriftHistory)]
pub(crate) struct DriftHistoryView {
    /// One entry a judged window, newest first.
    pub(crate) history: Vec<DriftHistoryEntryView>,
}

view! {
    /// One judged window.
    DriftHistoryEntryView as DriftHistoryEntry from monitoring::DriftHistoryEntry {
        /// The model.
        model_id: String,
        /// The monitor.
        monitor: String,
        /// Start of the window, event time.
        window_start: Instant,
        /// End of the window.
        window_end: Instant,
        /// When it was judged (wall clock).
        checked_at: Instant,
        /// What was found.
        decision: DecisionView,
        /// How bad.
        severity: Option<SeverityView>,
        /// Share of the compared columns that drifted.
        overall_drift_score: Option<f64>,
        /// Which drifted.
        drifted_features: Vec<String>,
    }
}

view! {
    /// Quality of a model in its newest judged window.
    ModelPerformanceView as ModelPerformance from monitoring::ModelPerformance {
        /// The model.
        model_id: String,
        /// Start of the window, event time; `null` before the first judgement.
        window_start: Option<Instant>,
        /// End of the window.
        window_end: Option<Instant>,
        /// Every metric of the window.
        metrics: BTreeMap<String, Option<f64>>,
        /// The metric that is judged.
        metric: Option<String>,
        /// The reference's mean of that metric.
        reference: Option<f64>,
        /// Predictions in the window.
        n_predictions: u64,
        /// Those with a label.
        n_labelled: u64,
        /// Means over the last windows, as judged.
        judgements: Vec<ConceptDriftView>,
        /// When it was judged (wall clock).
        last_checked: Option<Instant>,
    }
}

/// Alerts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertList)]
pub(crate) struct AlertListView {
    /// Newest first.
    pub(crate) alerts: Vec<AlertView>,
}

view! {
    /// An alert: what `/api/v1` calls an incident.
    AlertView as Alert from monitoring::Alert {
        /// Identifier.
        alert_id: String,
        /// The model.
        model_id: String,
        /// Kind of the monitor: `data_drift`, `performance`…
        alert_type: String,
        /// How bad.
        severity: SeverityView,
        /// In words.
        message: String,
        /// Where it stands.
        status: IncidentStateView,
        /// Whether somebody has it.
        acknowledged: bool,
        /// Who.
        acknowledged_by: Option<String>,
        /// Event time of the first window that belongs to it.
        timestamp: Instant,
        /// Event time of its end.
        resolved_at: Option<Instant>,
        /// Columns named by it.
        features: Vec<String>,
    }
}
