//! Shapes of the incident list and of one incident.

use super::shapes::Series;
use jiff::Timestamp;
use trimtab_domain::incident::{IncidentEvent, IncidentState};
use trimtab_domain::outbox::MessageState;
use trimtab_domain::ports::store::IncidentCounts;
use trimtab_domain::result::Severity;
use trimtab_domain::sentence::Sentence;
use trimtab_domain::{DocumentName, IncidentId, ModelName};

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct AskedIncidents {
    /// One model, or all.
    pub model: Option<ModelName>,
    /// These states, or all where empty.
    pub states: Vec<IncidentState>,
    /// This severity, or all.
    pub severity: Option<Severity>,
    /// At most so many.
    pub limit: u32,
    /// Only those numbered below.
    pub below_number: Option<u64>,
}

/// A page of incidents.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentList {
    /// Newest first.
    pub items: Vec<IncidentSummary>,
    /// How many there are in each state.
    pub counts: IncidentCounts,
    /// The number to go on below.
    pub next: Option<u64>,
}

/// An incident in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentSummary {
    /// Identifier.
    pub id: IncidentId,
    /// For people: `#3`.
    pub number: u64,
    /// The model.
    pub model: ModelName,
    /// The monitor whose findings it gathers.
    pub monitor: String,
    /// The monitor's kind.
    pub kind: String,
    /// A headline.
    pub title: String,
    /// Worst severity so far.
    pub severity: Severity,
    /// Where it stands.
    pub state: IncidentState,
    /// Event time of the first window that belongs to it.
    pub opened_at: Timestamp,
    /// Event time of its end.
    pub resolved_at: Option<Timestamp>,
    /// Wall clock of its opening.
    pub known_opened_at: Timestamp,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// All alerts that ever fired inside.
    pub n_alerts: u32,
    /// Columns named by its alerts.
    pub columns: Vec<String>,
    /// Whom it touches.
    pub for_whom: String,
    /// The finding in words.
    pub sentence: Sentence,
    /// The page, without a host.
    pub link: String,
}

/// An incident in full.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentPage {
    /// As in lists.
    pub summary: IncidentSummary,
    /// What happened.
    pub what: String,
    /// Since when, event time.
    pub since: Timestamp,
    /// Why we say so.
    pub why: Sentence,
    /// What happens next.
    pub next: String,
    /// Link to what to do about it.
    pub playbook: Option<String>,
    /// The numbers, strongest first.
    pub evidence: Vec<Evidence>,
    /// What happened to it, oldest first.
    pub timeline: Vec<IncidentEvent>,
    /// The line that shows it.
    pub series: Option<Series>,
    /// Whom it told.
    pub notifications: Vec<Notification>,
}

/// A number behind an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The column, where it is about one.
    pub column: Option<String>,
    /// The metric or check, where it is about one.
    pub metric: Option<String>,
    /// In words.
    pub text: String,
    /// The page that shows it, without a host.
    pub link: Option<String>,
}

/// A message about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Where to.
    pub channel: DocumentName,
    /// Of its opening or of its end.
    pub kind: NotificationKind,
    /// Where it stands.
    pub state: MessageState,
    /// Attempts so far.
    pub attempts: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was written (wall clock).
    pub at: Timestamp,
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationKind {
    /// It has opened.
    Firing,
    /// It is over.
    Resolved,
}
