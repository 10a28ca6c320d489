//! What happens to alerts, as retraining policies read it later.

use jiff::Timestamp;
use trimtab_domain::ModelName;
use trimtab_domain::alert::{AlertChange, Phase};
use trimtab_domain::documents::RuleSpec;
use trimtab_domain::result::Severity;
use trimtab_domain::retraining::{AlertRecord, AlertRecordChange};

/// What a rule watches, in the words of a record.
pub(crate) struct Watched<'a> {
    pub(crate) model: &'a ModelName,
    pub(crate) rule: &'a RuleSpec,
    /// A monitor's name, or the rule's for signals.
    pub(crate) subject: String,
    /// The monitor's kind, or `signal`.
    pub(crate) kind: &'a str,
    /// Event time at which it could be known.
    pub(crate) at: Timestamp,
}

/// The record of a change; `None` where nothing fires yet. `before` is the phase it came from.
pub(crate) fn record(
    watched: Watched<'_>,
    before: &Phase,
    change: &AlertChange,
) -> Option<AlertRecord> {
    let (known_since, known_severity, known_columns) = match before {
        Phase::Firing {
            since,
            severity,
            columns,
            ..
        } => (Some(*since), *severity, columns.clone()),
        Phase::Inactive | Phase::Pending { .. } => (None, Severity::Low, Vec::new()),
    };
    let (alert, since, change, severity, columns) = match change {
        AlertChange::Pending => return None,
        AlertChange::Fired {
            alert,
            since,
            severity,
            columns,
        } => (
            alert,
            *since,
            AlertRecordChange::Fired,
            *severity,
            columns.clone(),
        ),
        AlertChange::Updated {
            alert,
            severity,
            columns,
        } => (
            alert,
            known_since.unwrap_or(watched.at),
            AlertRecordChange::Updated,
            *severity,
            columns.clone(),
        ),
        AlertChange::Resolved { alert, .. } => (
            alert,
            known_since.unwrap_or(watched.at),
            AlertRecordChange::Resolved,
            known_severity,
            known_columns,
        ),
    };
    Some(AlertRecord {
        model: watched.model.clone(),
        rule: watched.rule.name.clone(),
        alert: alert.clone(),
        subject: watched.subject,
        kind: watched.kind.to_owned(),
        at: watched.at,
        since,
        change,
        severity,
        columns,
    })
}
