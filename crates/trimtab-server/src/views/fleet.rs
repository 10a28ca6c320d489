//! Views of the fleet page.

use super::{
    CellStateView, ClockView, IncidentSummaryView, Instant, PointKindView, SentenceView, view,
    words,
};
use trimtab_app::read::fleet_shape as fleet;

view! {
    /// Every model at a glance.
    FleetView as Fleet from fleet::Fleet {
        /// The finding in words.
        sentence: SentenceView,
        /// When this was composed (wall clock).
        generated_at: Instant,
        /// The few numbers on top.
        facts: FleetFactsView,
        /// Unresolved incidents, worst first.
        attention: Vec<IncidentSummaryView>,
        /// What happened lately, newest first.
        changes: Vec<FleetChangeView>,
        /// One row a model, worst first.
        models: Vec<FleetModelView>,
    }
}

view! {
    /// The numbers on top of the fleet page.
    FleetFactsView as FleetFacts from fleet::FleetFacts {
        /// Models.
        n_models: u64,
        /// Models with data and nothing open.
        n_healthy: u64,
        /// Predictions of each model's newest day of data.
        n_predictions_24h: u64,
        /// Unresolved incidents.
        n_open_incidents: u64,
        /// Judged windows of those that are due.
        checks_on_time: DoneOfDueView,
    }
}

view! {
    /// So many of so many.
    DoneOfDueView as DoneOfDue from fleet::DoneOfDue {
        /// Done.
        done: u64,
        /// Should be done.
        due: u64,
    }
}

view! {
    /// Something that happened.
    FleetChangeView as FleetChange from fleet::FleetChange {
        /// Event time for incidents, wall clock for the rest.
        at: Instant,
        /// What.
        kind: FleetChangeKindView,
        /// For people.
        text: String,
        /// Which model.
        model: Option<String>,
        /// Which incident.
        incident_id: Option<String>,
    }
}

words! {
    /// What happened.
    FleetChangeKindView as FleetChangeKind from fleet::FleetChangeKind {
        /// An incident opened.
        IncidentOpened,
        /// An incident ended.
        IncidentResolved,
        /// Somebody took an incident.
        IncidentAcknowledged,
        /// A model's document was applied.
        ModelApplied,
        /// Another document was applied or deleted.
        DocumentChanged,
        /// A reference was stored.
        ReferenceSet,
    }
}

view! {
    /// One model at a glance.
    FleetModelView as FleetModel from fleet::FleetModel {
        /// Its name.
        model: String,
        /// Its name for people.
        display_name: String,
        /// The live version seen last.
        version: Option<String>,
        /// Team or person.
        owner: Option<String>,
        /// Free words.
        tags: Vec<String>,
        /// How it is.
        status: ModelStatusView,
        /// One cell a day, at most 30.
        health: Vec<HealthCellView>,
        /// How good it is.
        performance: Option<FleetPerformanceView>,
        /// Drift of the newest judged window.
        drift: FleetDriftView,
        /// Share of rows without a value outside its declared range, where that is checked.
        rows_valid_share: Option<f64>,
        /// Predictions of the last windows of the model's granularity, at most 48.
        volume: Vec<u64>,
        /// Predictions of the newest of them.
        n_predictions_last_window: u64,
        /// 95 % of predictions take at most so many milliseconds.
        latency_ms_p95: Option<f64>,
        /// Newest event time that enough rows support.
        data_through: Option<Instant>,
        /// Which clock closes its windows.
        clock: ClockView,
        /// Unresolved incidents.
        n_open_incidents: u64,
    }
}

words! {
    /// How a model is.
    ModelStatusView as ModelStatus from fleet::ModelStatus {
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
}

view! {
    /// A day on the strip.
    HealthCellView as HealthCell from fleet::HealthCell {
        /// The day.
        window_start: Instant,
        /// Its worst finding.
        state: CellStateView,
    }
}

view! {
    /// How good a model is.
    FleetPerformanceView as FleetPerformance from fleet::FleetPerformance {
        /// Which metric.
        metric: String,
        /// Mean over the monitor's slow span of windows, else the newest window.
        value: f64,
        /// Lower end of the 95 % interval.
        lo: Option<f64>,
        /// Upper end of the 95 % interval.
        hi: Option<f64>,
        /// Beyond it the monitor alarms.
        floor: Option<f64>,
        /// Observed or inferred.
        kind: PointKindView,
        /// Difference from the reference's mean.
        change_from_reference: Option<f64>,
        /// Share of labels arrived in the newest judged window.
        maturity: Option<f64>,
    }
}

view! {
    /// Columns that drifted in the newest judged window.
    FleetDriftView as FleetDrift from fleet::FleetDrift {
        /// Drifted.
        n_drifted: u64,
        /// Looked at.
        n_columns: u64,
    }
}
