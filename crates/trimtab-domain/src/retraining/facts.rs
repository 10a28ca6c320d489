//! What a policy decides from, and how it comes about: stored history, played in the order in
//! which it became known on the model's own clock.

use crate::documents::retraining_policy::{RetrainingPolicySpec, TriggerCondition};
use crate::ids::{AlertId, DocumentName, ModelName, RetrainingId};
use crate::result::Severity;
use crate::retraining::{RetrainingRun, RunState};
use crate::time::Window;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What happened to an alert, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRecord {
    /// The model.
    pub model: ModelName,
    /// The rule.
    pub rule: DocumentName,
    /// Which alert.
    pub alert: AlertId,
    /// What it watches: a monitor's name, or the rule's for signals.
    pub subject: String,
    /// The monitor's kind, or `signal`.
    pub kind: String,
    /// Event time at which it could be known: when its window closed.
    pub at: Timestamp,
    /// Start of the first window in which the condition held.
    pub since: Timestamp,
    /// What happened.
    pub change: AlertRecordChange,
    /// Worst severity so far.
    pub severity: Severity,
    /// Columns so far.
    pub columns: Vec<String>,
}

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertRecordChange {
    /// It fires from now on.
    Fired,
    /// It is worse, or about more.
    Updated,
    /// It is over.
    Resolved,
}

impl AlertRecordChange {
    /// The word in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Updated => "updated",
            Self::Resolved => "resolved",
        }
    }
}

/// An alert that fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiringAlert {
    /// The rule.
    pub rule: DocumentName,
    /// What it watches.
    pub subject: String,
    /// The monitor's kind, or `signal`.
    pub kind: String,
    /// Start of the first window in which the condition held.
    pub since: Timestamp,
    /// How its severity grew: from when on, and how bad.
    pub severities: Vec<(Timestamp, Severity)>,
    /// Columns so far.
    pub columns: Vec<String>,
}

impl FiringAlert {
    /// Since when it has been at least this severe.
    pub fn severe_since(&self, severity: Severity) -> Option<Timestamp> {
        self.severities
            .iter()
            .find(|(_, reached)| severity <= *reached)
            .map(|(at, _)| *at)
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severities
            .last()
            .map_or(Severity::Low, |(_, severity)| *severity)
    }
}

/// The first judgement of one window by a performance monitor.
#[derive(Debug, Clone, PartialEq)]
pub struct PerformanceRecord {
    /// The monitor.
    pub monitor: DocumentName,
    /// Its metric.
    pub metric: String,
    /// Event time at which it could be known.
    pub at: Timestamp,
    /// Which window.
    pub window: Window,
    /// Whether it is a breach: by the spread of the reference's windows, or by a limit.
    pub is_breach: bool,
    /// The mean over the last windows that shows the breach best.
    pub mean: Option<f64>,
    /// Over how many windows.
    pub over_windows: u32,
    /// Its p-value.
    pub p_value: Option<f64>,
    /// The reference's mean.
    pub reference_mean: Option<f64>,
    /// How much worse than the reference, in percent of it; negative is better.
    pub loss_percent: Option<f64>,
}

/// A loss of performance that lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// Start of the first window of the unbroken run of breaches.
    pub since: Timestamp,
    /// The newest judgement.
    pub newest: PerformanceRecord,
}

/// One window of a signal.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalRecord {
    /// The signal's name.
    pub signal: String,
    /// Event time at which it could be known.
    pub at: Timestamp,
    /// Which window.
    pub window: Window,
    /// The values of its series in that window (live ones only).
    pub values: Vec<f64>,
}

/// For how long a signal has passed a trigger's threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalStreak {
    /// Start of the first window.
    pub since: Timestamp,
    /// In how many windows in a row.
    pub n_windows: u32,
    /// The newest value that passes.
    pub value: f64,
}

/// Labelled rows of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelRecord {
    /// End of the window, event time.
    pub until: Timestamp,
    /// Event time at which they could be known.
    pub at: Timestamp,
    /// How many.
    pub n: u64,
}

/// What a policy needs to know of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// Which.
    pub id: RetrainingId,
    /// Its cause.
    pub cause: String,
    /// Where the model's clock stood when it was asked for.
    pub requested_at: Timestamp,
    /// End of the rows it trains on.
    pub trained_through: Timestamp,
    /// Whether a training was, or may have been, started.
    pub has_trained: bool,
    /// Whether it is over.
    pub is_over: bool,
    /// Whether its candidate serves.
    pub is_promoted: bool,
}

impl From<&RetrainingRun> for PastRun {
    fn from(run: &RetrainingRun) -> Self {
        Self {
            id: run.id.clone(),
            cause: run.cause.key.clone(),
            requested_at: run.event_at,
            trained_through: run.period.end,
            has_trained: run.has_trained(),
            is_over: run.state.is_over(),
            is_promoted: run.state == RunState::Promoted,
        }
    }
}

/// What is known of a model at one moment of its clock.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Where its data begin.
    pub data_from: Option<Timestamp>,
    /// Alerts that fire.
    pub alerts: Vec<FiringAlert>,
    /// Losses of performance that last, by monitor.
    pub losses: Vec<Loss>,
    /// Signals that pass a threshold, by trigger.
    pub streaks: BTreeMap<DocumentName, SignalStreak>,
    /// Labelled rows that came after the last training's data.
    pub n_new_labels: u64,
    /// Earlier runs, oldest first.
    pub runs: Vec<PastRun>,
    /// Whether a rollout of the model is under way.
    pub is_rolling_out: bool,
    /// End of the rows that the serving version was trained on, as far as known: where the
    /// model's data begin, if nothing is known of what serves.
    pub serving_trained_through: Option<Timestamp>,
}

impl Facts {
    /// End of the rows of the newest training, however it ended.
    pub fn last_training_through(&self) -> Option<Timestamp> {
        self.runs
            .iter()
            .filter(|run| run.has_trained)
            .map(|run| run.trained_through)
            .max()
    }
}

/// A version that began to serve, however it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServingRecord {
    /// Since when, event time.
    pub at: Timestamp,
    /// End of the rows it was trained on; when it began to serve, if it was trained elsewhere.
    pub trained_through: Timestamp,
}

/// Everything stored about a model that a policy may look at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// Where its data begin.
    pub data_from: Option<Timestamp>,
    /// What happened to alerts.
    pub alerts: Vec<AlertRecord>,
    /// First judgements of performance monitors.
    pub performance: Vec<PerformanceRecord>,
    /// Windows of the signals that triggers watch.
    pub signals: Vec<SignalRecord>,
    /// Labelled rows by window.
    pub labels: Vec<LabelRecord>,
    /// What served when, oldest first.
    pub serving: Vec<ServingRecord>,
}

/// Plays a [`History`] forward: time only grows, so a year costs as much as its records.
#[derive(Debug)]
pub struct Playback<'a> {
    policy: &'a RetrainingPolicySpec,
    history: History,
    n_alerts: usize,
    n_performance: usize,
    n_signals: usize,
    n_labels: usize,
    firing: BTreeMap<AlertId, FiringAlert>,
    losses: BTreeMap<DocumentName, Loss>,
    streaks: BTreeMap<DocumentName, SignalStreak>,
    labels: BTreeMap<Timestamp, u64>,
}

impl<'a> Playback<'a> {
    /// Puts the records in the order in which they became known.
    pub fn new(policy: &'a RetrainingPolicySpec, mut history: History) -> Self {
        history.alerts.sort_by_key(|record| record.at);
        history
            .performance
            .sort_by_key(|record| (record.at, record.window.start));
        history
            .signals
            .sort_by_key(|record| (record.at, record.window.start));
        history.labels.sort_by_key(|record| record.at);
        Self {
            policy,
            history,
            n_alerts: 0,
            n_performance: 0,
            n_signals: 0,
            n_labels: 0,
            firing: BTreeMap::new(),
            losses: BTreeMap::new(),
            streaks: BTreeMap::new(),
            labels: BTreeMap::new(),
        }
    }

    /// When something became known, in order: moments at which a policy must look.
    pub fn changes(&self) -> BTreeSet<Timestamp> {
        let history = &self.history;
        let alerts = history.alerts.iter().map(|record| record.at);
        let performance = history.performance.iter().map(|record| record.at);
        let signals = history.signals.iter().map(|record| record.at);
        alerts.chain(performance).chain(signals).collect()
    }

    /// What was known at `now`, which must not be before the last question.
    pub fn facts(&mut self, now: Timestamp, runs: &[PastRun], is_rolling_out: bool) -> Facts {
        self.play(now);
        let mut facts = Facts {
            data_from: self.history.data_from,
            alerts: self.firing.values().cloned().collect(),
            losses: self.losses.values().cloned().collect(),
            streaks: self.streaks.clone(),
            n_new_labels: 0,
            runs: runs.to_vec(),
            is_rolling_out,
            serving_trained_through: self.serving_trained_through(now),
        };
        let from = facts.last_training_through();
        facts.n_new_labels = match from {
            Some(from) => {
                let newer = (std::ops::Bound::Excluded(from), std::ops::Bound::Unbounded);
                self.labels.range(newer).map(|(_, n)| n).sum()
            }
            None => self.labels.values().sum(),
        };
        facts
    }

    /// Labelled rows by the end of their window, as known at the last question.
    pub fn labels(&self) -> &BTreeMap<Timestamp, u64> {
        &self.labels
    }

    fn serving_trained_through(&self, now: Timestamp) -> Option<Timestamp> {
        let serving = &self.history.serving;
        let newest = serving.iter().rev().find(|record| record.at <= now);
        newest
            .map(|record| record.trained_through)
            .or(self.history.data_from)
    }

    fn play(&mut self, now: Timestamp) {
        while let Some(record) = self.history.alerts.get(self.n_alerts)
            && record.at <= now
        {
            play_alert(&mut self.firing, record);
            self.n_alerts += 1;
        }
        while let Some(record) = self.history.performance.get(self.n_performance)
            && record.at <= now
        {
            play_performance(&mut self.losses, record);
            self.n_performance += 1;
        }
        while let Some(record) = self.history.signals.get(self.n_signals)
            && record.at <= now
        {
            play_signal(self.policy, &mut self.streaks, record);
            self.n_signals += 1;
        }
        while let Some(record) = self.history.labels.get(self.n_labels)
            && record.at <= now
        {
            *self.labels.entry(record.until).or_default() += record.n;
            self.n_labels += 1;
        }
    }
}

fn play_alert(firing: &mut BTreeMap<AlertId, FiringAlert>, record: &AlertRecord) {
    if record.change == AlertRecordChange::Resolved {
        firing.remove(&record.alert);
        return;
    }
    let is_new = !firing.contains_key(&record.alert);
    let alert = firing
        .entry(record.alert.clone())
        .or_insert_with(|| FiringAlert {
            rule: record.rule.clone(),
            subject: record.subject.clone(),
            kind: record.kind.clone(),
            since: record.since,
            severities: Vec::new(),
            columns: Vec::new(),
        });
    if is_new || alert.severity() < record.severity {
        // A new alert has been this severe since its condition held first.
        let from = if is_new { record.since } else { record.at };
        alert.severities.push((from, record.severity));
    }
    alert.columns.clone_from(&record.columns);
}

fn play_performance(losses: &mut BTreeMap<DocumentName, Loss>, record: &PerformanceRecord) {
    if !record.is_breach {
        losses.remove(&record.monitor);
        return;
    }
    let since = losses
        .get(&record.monitor)
        .map_or(record.window.start, |loss| loss.since);
    let newest = record.clone();
    losses.insert(record.monitor.clone(), Loss { since, newest });
}

fn play_signal(
    policy: &RetrainingPolicySpec,
    streaks: &mut BTreeMap<DocumentName, SignalStreak>,
    record: &SignalRecord,
) {
    for trigger in &policy.triggers {
        let TriggerCondition::Signal(condition) = &trigger.when else {
            continue;
        };
        if condition.signal != record.signal || record.values.is_empty() {
            continue;
        }
        let passing = record
            .values
            .iter()
            .copied()
            .find(|value| condition.op.holds(*value, condition.threshold));
        let Some(value) = passing else {
            streaks.remove(&trigger.name);
            continue;
        };
        let streak = streaks
            .entry(trigger.name.clone())
            .or_insert_with(|| SignalStreak {
                since: record.window.start,
                n_windows: 0,
                value,
            });
        streak.n_windows += 1;
        streak.value = value;
    }
}
