//! The alert state machine: pure, one step a window.

use crate::documents::RuleSpec;
use crate::ids::AlertId;
use crate::result::Severity;
use crate::time::Window;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where one rule stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AlertState {
    /// Its phase.
    pub phase: Phase,
    /// End of the last window it has seen; older or equal ones are not stepped again.
    pub seen_until: Option<Timestamp>,
}

/// The phases of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// The condition does not hold.
    #[default]
    Inactive,
    /// It holds, but not yet for long enough.
    Pending {
        /// Start of the first window in which it held.
        since: Timestamp,
        /// In how many windows in a row.
        n_windows: u32,
    },
    /// It has held for long enough.
    Firing {
        /// The alert's identity.
        alert: AlertId,
        /// Start of the first window in which it held.
        since: Timestamp,
        /// Worst severity so far.
        severity: Severity,
        /// Columns seen so far.
        columns: Vec<String>,
        /// For how many windows in a row it has not held since.
        n_clear: u32,
    },
}

/// What a window says about a rule's condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// It holds.
    Holds {
        /// How bad.
        severity: Severity,
        /// Which columns.
        columns: Vec<String>,
    },
    /// It does not hold.
    Clear,
    /// Too little data, or the look failed: no state changes.
    Unknown,
}

/// What a step changed.
#[derive(Debug, Clone, PartialEq)]
pub enum AlertChange {
    /// Pending began.
    Pending,
    /// It fires now.
    Fired {
        /// The new alert.
        alert: AlertId,
        /// Start of the first window in which the condition held.
        since: Timestamp,
        /// How bad.
        severity: Severity,
        /// Which columns.
        columns: Vec<String>,
    },
    /// It still fires, and something about it is new.
    Updated {
        /// The alert.
        alert: AlertId,
        /// Worst severity so far.
        severity: Severity,
        /// All columns so far.
        columns: Vec<String>,
    },
    /// It is over.
    Resolved {
        /// The alert.
        alert: AlertId,
        /// Start of the window from which on the condition no longer held.
        at: Timestamp,
    },
}

/// Advances a rule by one window.
///
/// Windows arrive in time order; a window not after the last one seen changes nothing, so a
/// second judgement of an old window cannot open or close an alert again. `new_alert` is used
/// if the step fires.
pub fn step(
    state: AlertState,
    rule: &RuleSpec,
    window: Window,
    observation: &Observation,
    new_alert: impl FnOnce() -> AlertId,
) -> (AlertState, Option<AlertChange>) {
    if state.seen_until.is_some_and(|seen| window.end <= seen) {
        return (state, None);
    }
    let seen_until = Some(window.end);
    let (phase, change) = match (state.phase, observation) {
        (phase, Observation::Unknown) => (phase, None),
        (Phase::Inactive | Phase::Pending { .. }, Observation::Clear) => (Phase::Inactive, None),
        (Phase::Inactive, Observation::Holds { severity, columns }) => {
            hold(rule, window.start, 1, *severity, columns, new_alert, true)
        }
        (Phase::Pending { since, n_windows }, Observation::Holds { severity, columns }) => hold(
            rule,
            since,
            n_windows + 1,
            *severity,
            columns,
            new_alert,
            false,
        ),
        (
            Phase::Firing {
                alert,
                since,
                severity,
                columns,
                ..
            },
            Observation::Holds {
                severity: seen,
                columns: more,
            },
        ) => keep_firing(alert, since, severity, columns, *seen, more),
        (
            Phase::Firing {
                alert,
                since,
                severity,
                columns,
                n_clear,
            },
            Observation::Clear,
        ) => {
            let n_clear = n_clear + 1;
            if n_clear >= rule.resolve_after_windows {
                (
                    Phase::Inactive,
                    Some(AlertChange::Resolved {
                        alert,
                        at: window.start,
                    }),
                )
            } else {
                (
                    Phase::Firing {
                        alert,
                        since,
                        severity,
                        columns,
                        n_clear,
                    },
                    None,
                )
            }
        }
    };
    (AlertState { phase, seen_until }, change)
}

fn hold(
    rule: &RuleSpec,
    since: Timestamp,
    n_windows: u32,
    severity: Severity,
    columns: &[String],
    new_alert: impl FnOnce() -> AlertId,
    is_first: bool,
) -> (Phase, Option<AlertChange>) {
    if n_windows < rule.for_windows {
        let change = is_first.then_some(AlertChange::Pending);
        return (Phase::Pending { since, n_windows }, change);
    }
    let alert = new_alert();
    let columns = columns.to_vec();
    let change = AlertChange::Fired {
        alert: alert.clone(),
        since,
        severity,
        columns: columns.clone(),
    };
    (
        Phase::Firing {
            alert,
            since,
            severity,
            columns,
            n_clear: 0,
        },
        Some(change),
    )
}

fn keep_firing(
    alert: AlertId,
    since: Timestamp,
    severity: Severity,
    mut columns: Vec<String>,
    seen: Severity,
    more: &[String],
) -> (Phase, Option<AlertChange>) {
    let n_before = columns.len();
    for column in more {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    let worst = severity.max(seen);
    let is_news = worst > severity || columns.len() > n_before;
    let change = is_news.then(|| AlertChange::Updated {
        alert: alert.clone(),
        severity: worst,
        columns: columns.clone(),
    });
    (
        Phase::Firing {
            alert,
            since,
            severity: worst,
            columns,
            n_clear: 0,
        },
        change,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Condition;
    use jiff::ToSpan;

    fn rule(for_windows: u32, resolve_after_windows: u32) -> RuleSpec {
        RuleSpec {
            model: "m".parse().unwrap(),
            name: "r".parse().unwrap(),
            when: Condition::Monitor {
                monitor: "drift".parse().unwrap(),
                severity_min: Severity::Low,
                columns: Vec::new(),
            },
            for_windows,
            resolve_after_windows,
            severity: None,
            channels: Vec::new(),
            playbook: None,
            description: None,
        }
    }

    fn holds(column: &str) -> Observation {
        Observation::Holds {
            severity: Severity::Medium,
            columns: vec![column.to_owned()],
        }
    }

    /// Steps through days and returns one letter a day: `P`ending, `F`ired, `U`pdated,
    /// `R`esolved, or `.`.
    fn story(rule: &RuleSpec, days: &[Observation]) -> String {
        let first: Timestamp = "2013-04-01T00:00:00Z".parse().unwrap();
        let mut state = AlertState::default();
        let mut start = first;
        let mut letters = String::new();
        for (day, observation) in days.iter().enumerate() {
            let end = start.checked_add(24.hours()).unwrap();
            let window = Window { start, end };
            let (next, change) = step(state, rule, window, observation, || {
                AlertId::from_suffix(day)
            });
            letters.push(match change {
                None => '.',
                Some(AlertChange::Pending) => 'P',
                Some(AlertChange::Fired { .. }) => 'F',
                Some(AlertChange::Updated { .. }) => 'U',
                Some(AlertChange::Resolved { .. }) => 'R',
            });
            let (again, repeated) = step(next.clone(), rule, window, observation, || {
                AlertId::from_suffix("again")
            });
            assert_eq!((&again, &repeated), (&next, &None), "a window steps once");
            state = next;
            start = end;
        }
        letters
    }

    #[test]
    fn fires_after_enough_windows_and_resolves_after_enough_quiet_ones() {
        use Observation::{Clear, Unknown};
        let a = || holds("a");
        assert_eq!(story(&rule(1, 1), &[a(), Clear]), "FR");
        assert_eq!(
            story(&rule(3, 2), &[a(), a(), a(), Clear, a(), Clear, Clear]),
            "P.F...R"
        );
        assert_eq!(story(&rule(2, 1), &[a(), Clear, a(), a()]), "P.PF");
        assert_eq!(
            story(&rule(2, 1), &[a(), Unknown, a(), Unknown, Clear]),
            "P.F.R"
        );
        assert_eq!(story(&rule(1, 1), &[a(), holds("b"), a(), Clear]), "FU.R");
    }
}
