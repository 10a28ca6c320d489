//! Views of incidents.

use super::{
    IncidentStateView, Instant, IntoView, SentenceView, SeriesView, SeverityView, view, words,
};
use serde::Serialize;
use trimtab_app::read::incident_shape as shape;
use trimtab_domain::incident::IncidentEvent;
use trimtab_domain::outbox::MessageState;
use trimtab_domain::ports::store::IncidentCounts;
use utoipa::ToSchema;

/// A page of incidents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncidentList)]
pub(crate) struct IncidentListView {
    /// Newest first.
    items: Vec<IncidentSummaryView>,
    /// How many there are in each state.
    counts: IncidentCountsView,
    /// Where to go on; `null` at the end.
    #[schema(required = true)]
    next: Option<String>,
}

impl IntoView<IncidentListView> for shape::IncidentList {
    fn into_view(self) -> IncidentListView {
        IncidentListView {
            items: self.items.into_view(),
            counts: self.counts.into_view(),
            next: self.next.map(|number| number.to_string()),
        }
    }
}

view! {
    /// How many incidents stand where.
    IncidentCountsView as IncidentCounts from IncidentCounts {
        /// Nobody has them.
        open: u64,
        /// Somebody has them.
        acknowledged: u64,
        /// Over.
        resolved: u64,
    }
}

view! {
    /// An incident in a list.
    IncidentSummaryView as IncidentSummary from shape::IncidentSummary {
        /// Identifier.
        id: String,
        /// For people: `#3`.
        number: u64,
        /// The model.
        model: String,
        /// The monitor whose findings it gathers (or, for rules on signals, the rule).
        monitor: String,
        /// The monitor's kind, or `signal`.
        kind: String,
        /// A headline.
        title: String,
        /// Worst severity so far.
        severity: SeverityView,
        /// Where it stands.
        state: IncidentStateView,
        /// Event time of the first window that belongs to it.
        opened_at: Instant,
        /// Event time of its end.
        resolved_at: Option<Instant>,
        /// Wall clock of its opening.
        known_opened_at: Instant,
        /// Who acknowledged it.
        acknowledged_by: Option<String>,
        /// All alerts that ever fired inside.
        n_alerts: u32,
        /// Columns named by its alerts.
        columns: Vec<String>,
        /// Whom it touches.
        for_whom: String,
        /// The finding in words.
        sentence: SentenceView,
        /// Its page, without a host.
        link: String,
    }
}

/// An incident in full.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub(crate) struct IncidentView {
    #[serde(flatten)]
    summary: IncidentSummaryView,
    /// What happened.
    what: String,
    /// Since when, event time.
    since: Instant,
    /// Why we say so.
    why: SentenceView,
    /// What happens next.
    next: String,
    /// Link to what to do about it.
    #[schema(required = true)]
    playbook: Option<String>,
    /// The numbers, strongest first.
    evidence: Vec<EvidenceView>,
    /// What happened to it, oldest first.
    timeline: Vec<IncidentEventView>,
    /// The line that shows it.
    #[schema(required = true)]
    series: Option<SeriesView>,
    /// Whom it told.
    notifications: Vec<NotificationView>,
}

impl IntoView<IncidentView> for shape::IncidentPage {
    fn into_view(self) -> IncidentView {
        IncidentView {
            summary: self.summary.into_view(),
            what: self.what,
            since: self.since.into_view(),
            why: self.why.into_view(),
            next: self.next,
            playbook: self.playbook,
            evidence: self.evidence.into_view(),
            timeline: self.timeline.into_view(),
            series: self.series.into_view(),
            notifications: self.notifications.into_view(),
        }
    }
}

view! {
    /// A number behind an incident.
    EvidenceView as Evidence from shape::Evidence {
        /// The column, where it is about one.
        column: Option<String>,
        /// The metric or check, where it is about one.
        metric: Option<String>,
        /// In words.
        text: String,
        /// The page that shows it, without a host.
        link: Option<String>,
    }
}

view! {
    /// One entry of an incident's timeline.
    IncidentEventView as IncidentEvent from IncidentEvent {
        /// Event time.
        at: Instant,
        /// Wall clock.
        known_at: Instant,
        /// `opened`, `alert_fired`, `alert_updated`, `alert_resolved`, `acknowledged`,
        /// `resolved` or `note`.
        kind: String,
        /// For people.
        text: String,
        /// Who, where it was a person.
        actor: Option<String>,
    }
}

view! {
    /// A message about an incident.
    NotificationView as Notification from shape::Notification {
        /// Where to.
        channel: String,
        /// Of its opening or of its end.
        kind: NotificationKindView,
        /// Where it stands.
        state: MessageStateView,
        /// Attempts so far.
        attempts: u32,
        /// What went wrong last.
        last_error: Option<String>,
        /// When it was written (wall clock).
        at: Instant,
    }
}

words! {
    /// What a message says.
    NotificationKindView as NotificationKind from shape::NotificationKind {
        /// The incident has opened.
        Firing,
        /// It is over.
        Resolved,
    }
}

words! {
    /// Where a message stands.
    MessageStateView as MessageState from MessageState {
        /// To be tried (again).
        Pending,
        /// The receiver said yes.
        Delivered,
        /// Given up.
        Failed,
    }
}
