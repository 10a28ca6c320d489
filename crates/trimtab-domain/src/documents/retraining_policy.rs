//! A retraining policy: when a model is trained again, on what, by whom, and what holds it back.

use super::rule::Comparison;
use crate::error::{Error, Result};
use crate::ids::{DocumentName, ModelName};
use crate::ports::orchestrator::JobTarget;
use crate::result::Severity;
use crate::retraining::Priority;
use jiff::civil::{Time, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// When, on what and by whom a model is trained again.
///
/// Without `triggers` it has the shipped four: critical data drift at once, critical model drift
/// at once, high drift that lasts longer than a day at the next scheduled time, and a loss of
/// performance beyond a threshold at the next scheduled time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetrainingPolicySpec {
    /// The model.
    pub model: ModelName,
    /// Unique among the model's retraining policies.
    pub name: DocumentName,
    /// Whether it trains, suggests, or rests.
    #[serde(default)]
    pub mode: PolicyMode,
    /// Which job of which orchestrator trains.
    pub job: JobTarget,
    /// Free words for the job.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Which rows it trains on.
    #[serde(default)]
    pub data: TrainingData,
    /// What may cause a training. Each is looked at on every turn, and says why it fired or held.
    #[serde(default = "shipped_triggers")]
    pub triggers: Vec<TriggerSpec>,
    /// When triggers that are not urgent get their turn, in the model's time zone.
    #[serde(default)]
    pub schedule: Slot,
    /// What holds a training back.
    #[serde(default)]
    pub guards: Guards,
    /// After how many minutes a job that has not ended is stopped.
    #[serde(default = "two_hours")]
    pub timeout_minutes: u32,
    /// The validation policy that a candidate must pass; the shipped one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<DocumentName>,
    /// Whether a candidate that passed goes on to a rollout by itself.
    #[serde(default = "yes")]
    pub rollout: bool,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

fn two_hours() -> u32 {
    120
}
fn yes() -> bool {
    true
}

/// Whether a policy trains, suggests, or rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyMode {
    /// It starts trainings itself.
    #[default]
    Automatic,
    /// It says what it would do; a person accepts.
    Suggestion,
    /// It decides nothing; people may still ask for a training by hand.
    Off,
}

impl PolicyMode {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Suggestion => "suggestion",
            Self::Off => "off",
        }
    }
}

/// Which rows a training reads: predictions with their labels, as known at its request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingData {
    /// The last so many days; all stored rows where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// So many of the newest labelled days are kept back, for the comparison with the champion on
    /// rows that neither was trained on.
    pub holdout_days: u32,
    /// Rows inside incidents of these kinds are left out: `data_quality`, `service`, `signal`,
    /// `data_drift`, `prediction_drift`, `performance`.
    pub exclude_incidents: Vec<String>,
}

impl Default for TrainingData {
    fn default() -> Self {
        Self {
            days: None,
            holdout_days: 14,
            exclude_incidents: vec!["data_quality".to_owned()],
        }
    }
}

/// One thing that may cause a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerSpec {
    /// Unique in the policy.
    pub name: DocumentName,
    /// What must be so.
    pub when: TriggerCondition,
    /// Whether it waits for the schedule.
    #[serde(default)]
    pub start: TriggerStart,
    /// Where its run stands in the queue.
    #[serde(default)]
    pub priority: Priority,
}

/// Whether a trigger waits for the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerStart {
    /// It fires as soon as it holds.
    AtOnce,
    /// It fires at the policy's next scheduled time, if it still holds then.
    #[default]
    Scheduled,
}

/// What must be so for a trigger to fire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TriggerCondition {
    /// An alert fires.
    Alert(AlertCondition),
    /// A performance monitor found a breach, and the loss is large enough.
    PerformanceLoss(LossCondition),
    /// A signal passes a threshold.
    Signal(SignalCondition),
    /// The serving version's training data are old.
    Age {
        /// Older than so many days.
        days: u32,
    },
    /// Many labelled rows are new since the last training.
    NewLabels {
        /// At least so many.
        rows: u64,
    },
    /// The calendar says so.
    Calendar(Slot),
}

/// Which firing alerts count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertCondition {
    /// Of monitors of these kinds (or `signal`); all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Of these rules; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<DocumentName>,
    /// At least this severe.
    #[serde(default = "low")]
    pub severity_min: Severity,
    /// Only those that have held, at that severity, for longer than so many hours.
    #[serde(default)]
    pub lasting_hours: u32,
}

fn low() -> Severity {
    Severity::Low
}

/// Which losses of performance count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LossCondition {
    /// Only this performance monitor; any where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor: Option<DocumentName>,
    /// The mean of the last windows must be worse than the reference's by so much, in percent of
    /// the reference's value.
    pub loss_percent_min: f64,
}

/// Which values of a signal count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalCondition {
    /// The signal's name.
    pub signal: String,
    /// How it is compared.
    pub op: Comparison,
    /// With what.
    pub threshold: f64,
    /// In so many windows in a row.
    #[serde(default = "one")]
    pub for_windows: u32,
}

fn one() -> u32 {
    1
}

/// A time that comes again, in the model's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Slot {
    /// Only on this day of the week; every day where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<DayOfWeek>,
    /// Only on this day of the month (1 to 28).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_of_month: Option<u8>,
    /// At this time: `02:00`.
    pub at: String,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            on: None,
            day_of_month: None,
            at: "02:00".to_owned(),
        }
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days of the week explain themselves")]
pub enum DayOfWeek {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl DayOfWeek {
    /// As the calendar knows it.
    pub fn weekday(self) -> Weekday {
        match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
            Self::Sunday => Weekday::Sunday,
        }
    }
}

/// What holds a training back. Times count on the model's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Guards {
    /// Hours that must have passed since the last training was asked for.
    pub cooldown_hours: u32,
    /// Runs of the model that may be on their way at once.
    pub concurrent_max: u32,
    /// Trainings in any seven days.
    pub per_week_max: u32,
    /// Labelled rows that must have come since the last training's data ended (or in all, before
    /// the first).
    pub new_labelled_rows_min: u64,
    /// Days in which the same trigger does not cause a second training: what the last one did not
    /// cure needs a person.
    pub same_cause_days: u32,
    /// Days after which a cause that still lasts may have another training; never where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_after_days: Option<u32>,
    /// How many distinct people must agree: 0, 1 or 2. Never the one who asked.
    pub approvals: u8,
    /// Hours (wall clock) after which a run that nobody agreed to is given up.
    pub approval_timeout_hours: u32,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            cooldown_hours: 7 * 24,
            concurrent_max: 1,
            per_week_max: 2,
            new_labelled_rows_min: 1_000,
            same_cause_days: 14,
            repeat_after_days: None,
            approvals: 0,
            approval_timeout_hours: 72,
        }
    }
}

/// The kinds of monitors that see drift of inputs and outputs.
const DRIFT_KINDS: [&str; 2] = ["data_drift", "prediction_drift"];

/// The four triggers of a policy that names none.
pub fn shipped_triggers() -> Vec<TriggerSpec> {
    let alert = |kinds: &[&str], severity_min, lasting_hours| {
        TriggerCondition::Alert(AlertCondition {
            kinds: kinds.iter().map(|&kind| kind.to_owned()).collect(),
            rules: Vec::new(),
            severity_min,
            lasting_hours,
        })
    };
    let trigger = |name: &str, when, start, priority| {
        Some(TriggerSpec {
            name: name.parse().ok()?,
            when,
            start,
            priority,
        })
    };
    [
        trigger(
            "critical-data-drift",
            alert(&DRIFT_KINDS, Severity::Critical, 0),
            TriggerStart::AtOnce,
            Priority::Critical,
        ),
        trigger(
            "critical-model-drift",
            alert(&["performance"], Severity::Critical, 0),
            TriggerStart::AtOnce,
            Priority::Critical,
        ),
        trigger(
            "lasting-high-drift",
            alert(&DRIFT_KINDS, Severity::High, 24),
            TriggerStart::Scheduled,
            Priority::Normal,
        ),
        trigger(
            "performance-loss",
            TriggerCondition::PerformanceLoss(LossCondition {
                monitor: None,
                loss_percent_min: 5.0,
            }),
            TriggerStart::Scheduled,
            Priority::High,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Slot {
    /// The time of day.
    ///
    /// # Errors
    ///
    /// `Invalid` if it is not written as `02:00`.
    pub fn time(&self) -> Result<Time> {
        self.at.parse().map_err(|source: jiff::Error| {
            Error::invalid(format!("`{}` is not a time of day", self.at))
                .with_hint("write it as `02:00`")
                .with_source(source)
        })
    }

    fn validate(&self) -> std::result::Result<(), String> {
        self.time().map_err(|error| error.to_string())?;
        if self.on.is_some() && self.day_of_month.is_some() {
            return Err("give `on` or `day_of_month`, not both".to_owned());
        }
        if self
            .day_of_month
            .is_some_and(|day| !(1..=28).contains(&day))
        {
            return Err("`day_of_month` must be from 1 to 28, which every month has".to_owned());
        }
        Ok(())
    }
}

impl TriggerCondition {
    /// The word of its kind.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Alert(_) => "alert",
            Self::PerformanceLoss(_) => "performance_loss",
            Self::Signal(_) => "signal",
            Self::Age { .. } => "age",
            Self::NewLabels { .. } => "new_labels",
            Self::Calendar(_) => "calendar",
        }
    }

    fn validate(&self) -> std::result::Result<(), String> {
        match self {
            Self::Alert(alert) => check_kinds(&alert.kinds),
            Self::PerformanceLoss(loss) => {
                if loss.loss_percent_min.is_finite() && loss.loss_percent_min >= 0.0 {
                    Ok(())
                } else {
                    Err("`loss_percent_min` must be 0 or more".to_owned())
                }
            }
            Self::Signal(signal) => {
                if signal.signal.trim().is_empty() {
                    Err("`signal` is empty".to_owned())
                } else if !signal.threshold.is_finite() {
                    Err("`threshold` must be a number".to_owned())
                } else if signal.for_windows == 0 {
                    Err("`for_windows` must be 1 or more".to_owned())
                } else {
                    Ok(())
                }
            }
            Self::Age { days: 0 } => Err("`days` must be 1 or more".to_owned()),
            Self::NewLabels { rows: 0 } => Err("`rows` must be 1 or more".to_owned()),
            Self::Age { .. } | Self::NewLabels { .. } => Ok(()),
            Self::Calendar(slot) => slot.validate(),
        }
    }
}

fn check_kinds(kinds: &[String]) -> std::result::Result<(), String> {
    const KNOWN: [&str; 6] = [
        "data_drift",
        "prediction_drift",
        "performance",
        "data_quality",
        "service",
        "signal",
    ];
    match kinds.iter().find(|kind| !KNOWN.contains(&kind.as_str())) {
        Some(kind) => Err(format!(
            "`{kind}` is not a kind of monitor: use {}",
            KNOWN.join(", ")
        )),
        None => Ok(()),
    }
}

impl RetrainingPolicySpec {
    pub(crate) fn validate(&self) -> Result<()> {
        let wrong =
            |text: String| Error::invalid(format!("retraining policy `{}`: {text}", self.name));
        if self.job.orchestrator.trim().is_empty() || self.job.job.trim().is_empty() {
            return Err(wrong(
                "`job` needs an `orchestrator` and a `job`".to_owned(),
            ));
        }
        if self.timeout_minutes == 0 {
            return Err(wrong("`timeout_minutes` must be 1 or more".to_owned()));
        }
        if self.data.days == Some(0) {
            return Err(wrong("`data.days` must be 1 or more".to_owned()));
        }
        check_kinds(&self.data.exclude_incidents)
            .map_err(|text| wrong(format!("`data.exclude_incidents`: {text}")))?;
        self.schedule
            .validate()
            .map_err(|text| wrong(format!("`schedule`: {text}")))?;
        let guards = &self.guards;
        if guards.approvals > 2 {
            return Err(wrong("`guards.approvals` must be 0, 1 or 2".to_owned()));
        }
        if guards.concurrent_max == 0 || guards.per_week_max == 0 {
            return Err(wrong(
                "`guards.concurrent_max` and `guards.per_week_max` must be 1 or more; \
                 `mode: off` stops a policy"
                    .to_owned(),
            ));
        }
        if guards.approval_timeout_hours == 0 {
            return Err(wrong(
                "`guards.approval_timeout_hours` must be 1 or more".to_owned(),
            ));
        }
        let mut names = BTreeSet::new();
        for trigger in &self.triggers {
            let name = &trigger.name;
            if !names.insert(name) {
                return Err(wrong(format!("trigger `{name}` is declared twice")));
            }
            trigger
                .when
                .validate()
                .map_err(|text| wrong(format!("trigger `{name}`: {text}")))?;
        }
        Ok(())
    }
}
