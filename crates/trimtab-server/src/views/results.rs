//! Views of results, signals and the server's own status.

use super::{DecisionView, Instant, IntoView, PointKindView, SeverityView, view};
use serde::Serialize;
use std::collections::BTreeMap;
use trimtab_app::read::{results, status};
use trimtab_domain::ports::store::StoredResult;
use utoipa::ToSchema;

/// A page of results.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResultList)]
pub(crate) struct ResultListView {
    /// Newest windows first.
    pub(crate) items: Vec<ResultView>,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// One outcome of one monitor on one window.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MonitorResult)]
pub(crate) struct ResultView {
    /// Identifier.
    id: String,
    /// The monitor.
    monitor: String,
    /// `data_drift`, `prediction_drift`, `performance`, `data_quality` or `service`.
    monitor_kind: String,
    /// Start of the window, event time.
    window_start: Instant,
    /// End of the window.
    window_end: Instant,
    /// What was found.
    decision: DecisionView,
    /// How bad.
    #[schema(required = true)]
    severity: Option<SeverityView>,
    /// Rows in the window.
    n_rows: u64,
    /// 1 for the first look at this window, counting up.
    revision: u32,
    /// When it was looked at (wall clock).
    evaluated_at: Instant,
    /// What the model's data reached when it was looked at (event time).
    watermark: Instant,
    /// Whether a later revision replaced it.
    superseded: bool,
    /// The numbers behind it; `kind` says which: `drift`, `performance`, `checks` or `failed`.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

impl IntoView<ResultView> for StoredResult {
    fn into_view(self) -> ResultView {
        let result = self.result;
        ResultView {
            id: result.id.into_view(),
            monitor: result.monitor.into_view(),
            monitor_kind: result.monitor_kind,
            window_start: result.window.start.into_view(),
            window_end: result.window.end.into_view(),
            decision: result.decision.into_view(),
            severity: result.severity.into_view(),
            n_rows: result.n_rows,
            revision: result.revision,
            evaluated_at: result.evaluated_at.into_view(),
            watermark: result.watermark.into_view(),
            superseded: self.superseded,
            detail: serde_json::to_value(&result.detail).unwrap_or_default(),
        }
    }
}

/// Signals.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignalList)]
pub(crate) struct SignalListView {
    /// By name, then labels.
    pub(crate) items: Vec<SignalView>,
}

view! {
    /// A named time series.
    SignalView as Signal from results::SignalLine {
        /// Dotted name: `performance.roc_auc`, `drift.psi`, `metric.revenue`…
        name: String,
        /// `column`, `version`, `monitor`…
        labels: BTreeMap<String, String>,
        /// In time order.
        points: Vec<SignalPointView>,
    }
}

view! {
    /// One point of a signal.
    SignalPointView as SignalPoint from results::SignalValue {
        /// Start of the window.
        start: Instant,
        /// End of the window.
        end: Instant,
        /// The value; `null` where it was looked for in vain.
        value: Option<f64>,
        /// Rows behind it.
        n: u64,
        /// Observed or inferred.
        kind: PointKindView,
    }
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Status)]
pub(crate) struct StatusView {
    /// Version of the program.
    pub(crate) version: String,
    /// Whether it can take and answer requests.
    pub(crate) ready: bool,
    /// The journal.
    pub(crate) journal: JournalStatusView,
    /// Who reads the journal.
    pub(crate) consumers: Vec<ConsumerStatusView>,
    /// Messages on their way out.
    pub(crate) queue: QueueStatusView,
}

view! {
    /// The journal.
    JournalStatusView as JournalStatus from status::JournalStatus {
        /// Its end, `segment:offset`.
        position: String,
        /// Bytes on disk.
        bytes: u64,
    }
}

view! {
    /// A reader of the journal.
    ConsumerStatusView as ConsumerStatus from status::ConsumerStatus {
        /// `profiler` or `lake`.
        name: String,
        /// How far it is, `segment:offset`.
        position: String,
        /// Bytes it is behind; `null` while it reads an older segment.
        lag_bytes: Option<u64>,
    }
}

view! {
    /// Messages on their way out.
    QueueStatusView as QueueStatus from status::QueueStatus {
        /// Due now (counted to 1,000).
        n_due: u64,
        /// When the next one falls due.
        next_at: Option<Instant>,
    }
}
