//! Incidents: what people work on. One open incident per model and monitor.

use crate::ids::{AlertId, IncidentId, ModelName};
use crate::result::Severity;
use crate::sentence::Sentence;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Identifier.
    pub id: IncidentId,
    /// Counts up from 1, for people: `#318`.
    pub number: u64,
    /// The model.
    pub model: ModelName,
    /// The monitor (or, for rules on signals, the rule) whose findings it gathers.
    pub monitor: String,
    /// The monitor's kind, or `signal`.
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
    /// Alerts that fire inside.
    pub firing: Vec<AlertId>,
    /// All alerts that ever fired inside.
    pub n_alerts: u32,
    /// Columns named by its alerts.
    pub columns: Vec<String>,
    /// The finding in words.
    pub sentence: Sentence,
    /// Link to what to do about it.
    pub playbook: Option<String>,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Nobody has it.
    Open,
    /// Somebody has it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl IncidentState {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// One entry of an incident's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentEvent {
    /// Event time.
    pub at: Timestamp,
    /// Wall clock.
    pub known_at: Timestamp,
    /// `opened`, `alert_fired`, `alert_updated`, `alert_resolved`, `acknowledged`, `resolved`,
    /// `note`.
    pub kind: String,
    /// For people.
    pub text: String,
    /// Who, where it was a person.
    pub actor: Option<String>,
}

/// What happens to an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum IncidentInput {
    /// An alert joined.
    AlertFired {
        /// Which.
        alert: AlertId,
        /// How bad.
        severity: Severity,
        /// Which columns.
        columns: Vec<String>,
    },
    /// An alert inside has news.
    AlertUpdated {
        /// How bad now.
        severity: Severity,
        /// Which columns now.
        columns: Vec<String>,
    },
    /// An alert inside is over.
    AlertResolved {
        /// Which.
        alert: AlertId,
        /// Event time.
        at: Timestamp,
    },
    /// A person takes it.
    Acknowledge {
        /// Who.
        actor: String,
    },
    /// A person closes it.
    Resolve {
        /// Event time at which it counts as over.
        at: Timestamp,
    },
}

/// Whether a step ended the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// It has just been resolved.
    Ended,
    /// It goes on (or was over before).
    None,
}

/// Advances an incident. An acknowledgement after the end changes nothing (the caller records
/// it as a note), so a late click cannot reopen what is over.
pub fn step(mut incident: Incident, input: IncidentInput) -> (Incident, Transition) {
    let was_over = incident.state == IncidentState::Resolved;
    match input {
        IncidentInput::AlertFired {
            alert,
            severity,
            columns,
        } => {
            if !incident.firing.contains(&alert) {
                incident.firing.push(alert);
                incident.n_alerts += 1;
            }
            absorb(&mut incident, severity, columns);
        }
        IncidentInput::AlertUpdated { severity, columns } => {
            absorb(&mut incident, severity, columns);
        }
        IncidentInput::AlertResolved { alert, at } => {
            incident.firing.retain(|firing| *firing != alert);
            if incident.firing.is_empty() && !was_over {
                incident.state = IncidentState::Resolved;
                incident.resolved_at = Some(at);
            }
        }
        IncidentInput::Acknowledge { actor } => {
            if !was_over {
                incident.state = IncidentState::Acknowledged;
                incident.acknowledged_by = Some(actor);
            }
        }
        IncidentInput::Resolve { at } => {
            if !was_over {
                incident.state = IncidentState::Resolved;
                incident.resolved_at = Some(at);
            }
        }
    }
    let ended = !was_over && incident.state == IncidentState::Resolved;
    (
        incident,
        if ended {
            Transition::Ended
        } else {
            Transition::None
        },
    )
}

fn absorb(incident: &mut Incident, severity: Severity, columns: Vec<String>) {
    incident.severity = incident.severity.max(severity);
    for column in columns {
        if !incident.columns.contains(&column) {
            incident.columns.push(column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn incident() -> Incident {
        Incident {
            id: IncidentId::from_suffix(1),
            number: 1,
            model: "m".parse().unwrap(),
            monitor: "inputs".to_owned(),
            kind: "data_drift".to_owned(),
            title: "temp drifted".to_owned(),
            severity: Severity::Medium,
            state: IncidentState::Open,
            opened_at: at("2013-06-01T00:00:00Z"),
            resolved_at: None,
            known_opened_at: at("2026-01-01T00:00:00Z"),
            acknowledged_by: None,
            firing: vec![AlertId::from_suffix(1)],
            n_alerts: 1,
            columns: vec!["temp".to_owned()],
            sentence: Sentence::new(),
            playbook: None,
        }
    }

    fn resolved(alert: u32) -> IncidentInput {
        IncidentInput::AlertResolved {
            alert: AlertId::from_suffix(alert),
            at: at("2013-06-09T00:00:00Z"),
        }
    }

    #[test]
    fn ends_once_when_its_last_alert_does() {
        let fired = IncidentInput::AlertFired {
            alert: AlertId::from_suffix(2),
            severity: Severity::High,
            columns: vec!["dest".to_owned(), "temp".to_owned()],
        };
        let (grown, transition) = step(incident(), fired);
        assert_eq!((grown.severity, grown.n_alerts), (Severity::High, 2));
        assert_eq!(grown.columns, ["temp", "dest"]);
        assert_eq!(transition, Transition::None);

        let (half, transition) = step(grown, resolved(1));
        assert_eq!(
            (half.state, transition),
            (IncidentState::Open, Transition::None)
        );
        let (over, transition) = step(half, resolved(2));
        assert_eq!(
            (over.state, transition),
            (IncidentState::Resolved, Transition::Ended)
        );
        assert_eq!(over.resolved_at, Some(at("2013-06-09T00:00:00Z")));
        let (again, transition) = step(over.clone(), resolved(2));
        assert_eq!((again, transition), (over, Transition::None));
    }

    #[test]
    fn a_late_acknowledgement_does_not_reopen_it() {
        let (over, _) = step(incident(), resolved(1));
        let acknowledge = IncidentInput::Acknowledge {
            actor: "local".to_owned(),
        };
        let (still, transition) = step(over.clone(), acknowledge);
        assert_eq!((still, transition), (over, Transition::None));
    }
}
