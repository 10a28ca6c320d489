//! An A/B test: what decides between two versions, what must not get worse, and how sure one
//! wants to be.

use crate::documents::{ColumnRole, ModelSpec, PerformanceMetric, Task};
use crate::error::{Error, Result};
use crate::ids::{DocumentName, ModelName};
use crate::time::Granularity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How two versions of one model are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbTestSpec {
    /// The model.
    pub model: ModelName,
    /// Unique among the model's A/B tests.
    pub name: DocumentName,
    /// What decides.
    pub primary: AbMetric,
    /// The smallest difference that matters, in the metric's unit.
    pub minimum_effect: Effect,
    /// What must not get worse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<AbGuardrail>,
    /// Columns whose values are looked at apart. Findings, with multiplicity controlled; they
    /// never decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// What is assigned to a side, and so is independent of others.
    #[serde(default)]
    pub unit: AbUnit,
    /// Chance of a verdict for a difference that is not there, over all looks.
    #[serde(default = "five_percent")]
    pub alpha: f64,
    /// Chance to find the smallest difference that matters by the planned end.
    #[serde(default = "eighty_percent")]
    pub power: f64,
    /// Chance to be blocked by a split that is as promised, over all looks.
    #[serde(default = "one_percent")]
    pub sample_ratio_alpha: f64,
    /// How often it is looked at, in event time: `hour`, `day` or `week`.
    #[serde(default = "day")]
    pub look_every: Granularity,
    /// Units that either side needs before anything is said.
    #[serde(default = "hundred")]
    pub units_min: u64,
    /// Days of event time after which it ends undecided.
    #[serde(default = "sixty")]
    pub days_max: u32,
    /// What the challenger must be to be shipped.
    #[serde(default)]
    pub ship_when: ShipWhen,
    /// Days before the test whose rows tell how units were before (CUPED); off where absent.
    /// Units then count alike, however many rows they have. Not for `roc_auc`, quantiles and
    /// signals; by `entity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_days: Option<u32>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

fn five_percent() -> f64 {
    0.05
}
fn eighty_percent() -> f64 {
    0.8
}
fn one_percent() -> f64 {
    0.01
}
fn day() -> Granularity {
    Granularity::Day
}
fn hundred() -> u64 {
    100
}
fn sixty() -> u32 {
    60
}

/// A number to compare versions by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AbMetric {
    /// Quality against labels: `accuracy`, `brier`, `log_loss`, `roc_auc`, `mae`, or `rmse`
    /// (compared by its square).
    Quality {
        /// Which.
        metric: PerformanceMetric,
    },
    /// The mean of the labels themselves, where the prediction changes what happens: clicks,
    /// orders, returns.
    LabelMean {
        /// Which way is good.
        better: Better,
    },
    /// The mean of a numeric or boolean column of the predictions: revenue, say.
    Column {
        /// The column.
        column: String,
        /// Which way is good.
        better: Better,
    },
    /// A quantile of the latency, in milliseconds.
    Latency {
        /// Which: 0.99 for p99.
        #[serde(default = "p99")]
        quantile: f64,
    },
    /// The share of predictions that fail.
    Errors {},
    /// A signal that is kept by version (label `version`): a business metric, compared instant by
    /// instant.
    Signal {
        /// Its name: `metric.revenue_per_order`.
        signal: String,
        /// Which way is good.
        better: Better,
    },
}

fn p99() -> f64 {
    0.99
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More.
    Higher,
    /// Less.
    Lower,
}

/// A size of difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// In the metric's unit.
    Absolute(f64),
    /// As a share of the champion's value when the test is first looked at.
    Relative(f64),
}

/// What must not get worse, and by how much it may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbGuardrail {
    /// The metric.
    pub metric: AbMetric,
    /// By how much it may be worse.
    pub worse_by_max: Effect,
}

/// What is assigned to a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbUnit {
    /// Whoever the flag was asked for: `entity_id`, which is the targeting key. Rows without one
    /// stand for themselves.
    #[default]
    Entity,
    /// Each prediction.
    Row,
}

/// What the challenger must be to be shipped. Guardrails must hold in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShipWhen {
    /// Better.
    #[default]
    Better,
    /// Not worse by the smallest difference that matters (a retraining that keeps the level).
    NotWorse,
}

impl Better {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }

    /// 1 where more is good, −1 where less is.
    pub fn sign(self) -> f64 {
        match self {
            Self::Higher => 1.0,
            Self::Lower => -1.0,
        }
    }
}

impl Effect {
    /// The size in the metric's unit, given the champion's value.
    pub fn absolute(self, champion: f64) -> f64 {
        match self {
            Self::Absolute(size) => size,
            Self::Relative(share) => share * champion.abs(),
        }
    }

    fn size(self) -> f64 {
        match self {
            Self::Absolute(size) | Self::Relative(size) => size,
        }
    }
}

impl AbMetric {
    /// Its name in answers: `brier`, `latency_p99`, `errors`, `label_mean`, `revenue`.
    pub fn name(&self) -> String {
        match self {
            Self::Quality {
                metric: PerformanceMetric::Rmse,
            } => "mse".to_owned(),
            Self::Quality { metric } => metric.as_str().to_owned(),
            Self::LabelMean { .. } => "label_mean".to_owned(),
            Self::Column { column, .. } => column.clone(),
            Self::Latency { quantile } => {
                let percent = format!("{:.3}", quantile * 100.0);
                let percent = percent.trim_end_matches('0').trim_end_matches('.');
                format!("latency_p{}", percent.replace('.', "_"))
            }
            Self::Errors {} => "errors".to_owned(),
            Self::Signal { signal, .. } => signal.clone(),
        }
    }

    /// Which way is good.
    pub fn better(&self) -> Better {
        match self {
            Self::Quality { metric } => match metric {
                PerformanceMetric::Accuracy
                | PerformanceMetric::RocAuc
                | PerformanceMetric::F1
                | PerformanceMetric::Precision
                | PerformanceMetric::Recall
                | PerformanceMetric::R2 => Better::Higher,
                PerformanceMetric::Brier
                | PerformanceMetric::LogLoss
                | PerformanceMetric::Mae
                | PerformanceMetric::Rmse
                | PerformanceMetric::MeanError => Better::Lower,
            },
            Self::LabelMean { better }
            | Self::Column { better, .. }
            | Self::Signal { better, .. } => *better,
            Self::Latency { .. } | Self::Errors {} => Better::Lower,
        }
    }

    /// Whether it waits for labels.
    pub fn needs_labels(&self) -> bool {
        matches!(self, Self::Quality { .. } | Self::LabelMean { .. })
    }

    fn check(&self) -> std::result::Result<(), String> {
        match self {
            Self::Quality { metric } => {
                let known = [
                    PerformanceMetric::Accuracy,
                    PerformanceMetric::Brier,
                    PerformanceMetric::LogLoss,
                    PerformanceMetric::RocAuc,
                    PerformanceMetric::Mae,
                    PerformanceMetric::Rmse,
                ];
                if known.contains(metric) {
                    return Ok(());
                }
                let words: Vec<_> = known.iter().map(|one| one.as_str()).collect();
                Err(format!(
                    "`{}` cannot be compared unit by unit; use {}",
                    metric.as_str(),
                    words.join(", ")
                ))
            }
            Self::Latency { quantile } if !(*quantile > 0.0 && *quantile < 1.0) => {
                Err("`quantile` must lie between 0 and 1".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What the model lacks for it, and what to do about that.
    pub fn missing_in(&self, spec: &ModelSpec) -> Option<(String, &'static str)> {
        let lacks = |role: ColumnRole, word: &str, fix| {
            spec.column_of_role(role)
                .is_none()
                .then(|| (format!("it needs a column with the role `{word}`"), fix))
        };
        match self {
            Self::Quality { metric } => {
                let fitting: &[PerformanceMetric] = match spec.task {
                    Task::BinaryClassification => &PerformanceMetric::BINARY,
                    Task::Regression => &PerformanceMetric::REGRESSION,
                };
                (!fitting.contains(metric)).then(|| {
                    (
                        format!(
                            "`{}` is not a metric of `{}`",
                            metric.as_str(),
                            spec.task.as_str()
                        ),
                        "use one of the model's task",
                    )
                })
            }
            Self::Column { column, .. } => spec.column(column).is_none().then(|| {
                (
                    format!("`{column}` is not a column of model `{}`", spec.name),
                    "declare it, or name another",
                )
            }),
            Self::Latency { .. } => lacks(ColumnRole::Latency, "latency", "add one to the model"),
            Self::Errors {} => lacks(ColumnRole::Error, "error", "add one to the model"),
            Self::LabelMean { .. } | Self::Signal { .. } => None,
        }
    }
}

impl AbTestSpec {
    /// The test of a model that declares none: Brier score (or absolute error) by entity, with
    /// latency and errors as guardrails where the model has them.
    ///
    /// # Errors
    ///
    /// None in practice: its name is a valid one.
    pub fn shipped(model: &ModelSpec) -> Result<Self> {
        let (metric, minimum_effect) = match model.task {
            Task::BinaryClassification => (PerformanceMetric::Brier, Effect::Relative(0.02)),
            Task::Regression => (PerformanceMetric::Mae, Effect::Relative(0.02)),
        };
        let guardrails = [
            AbGuardrail {
                metric: AbMetric::Latency { quantile: p99() },
                worse_by_max: Effect::Relative(0.5),
            },
            AbGuardrail {
                metric: AbMetric::Errors {},
                worse_by_max: Effect::Absolute(0.005),
            },
        ]
        .into_iter()
        .filter(|one| one.metric.missing_in(model).is_none())
        .collect();
        Ok(Self {
            model: model.name.clone(),
            name: DocumentName::new("default")?,
            primary: AbMetric::Quality { metric },
            minimum_effect,
            guardrails,
            segments: model.segments.clone(),
            unit: AbUnit::Entity,
            alpha: five_percent(),
            power: eighty_percent(),
            sample_ratio_alpha: one_percent(),
            look_every: day(),
            units_min: hundred(),
            days_max: sixty(),
            ship_when: ShipWhen::Better,
            baseline_days: None,
            description: Some("What a model gets that declares no test of its own.".to_owned()),
        })
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let wrong = |text: String| Error::invalid(format!("A/B test `{}`: {text}", self.name));
        let within = |name: &str, value: f64, low: f64, high: f64| {
            if value > low && value < high {
                return Ok(());
            }
            Err(wrong(format!("`{name}` must lie between {low} and {high}")))
        };
        within("alpha", self.alpha, 0.0, 0.5)?;
        within("power", self.power, self.alpha, 1.0)?;
        within("sample_ratio_alpha", self.sample_ratio_alpha, 0.0, 0.5)?;
        let is_size = |effect: Effect| effect.size().is_finite() && effect.size() > 0.0;
        if !is_size(self.minimum_effect) {
            return Err(wrong("`minimum_effect` must be above 0".to_owned())
                .with_hint("say which difference would matter: `{absolute: 0.01}`"));
        }
        self.primary
            .check()
            .map_err(|text| wrong(format!("`primary`: {text}")))?;
        for (i, guardrail) in self.guardrails.iter().enumerate() {
            let name = guardrail.metric.name();
            guardrail
                .metric
                .check()
                .map_err(|text| wrong(format!("guardrail `{name}`: {text}")))?;
            if !is_size(guardrail.worse_by_max) {
                return Err(wrong(format!(
                    "guardrail `{name}`: `worse_by_max` must be above 0"
                )));
            }
            let is_again = self.guardrails[..i]
                .iter()
                .any(|earlier| earlier.metric.name() == name);
            if is_again || self.primary.name() == name {
                return Err(wrong(format!("`{name}` is named twice")));
            }
        }
        if self.look_every == Granularity::Minute {
            return Err(wrong(
                "`look_every` must be `hour`, `day` or `week`".to_owned(),
            ));
        }
        if self.units_min < 30 || self.days_max == 0 {
            return Err(wrong(
                "`units_min` must be 30 or more, and `days_max` 1 or more".to_owned(),
            ));
        }
        self.baseline_fits().map_err(wrong)
    }

    fn baseline_fits(&self) -> std::result::Result<(), String> {
        let Some(days) = self.baseline_days else {
            return Ok(());
        };
        let is_mean = match &self.primary {
            AbMetric::Quality { metric } => *metric != PerformanceMetric::RocAuc,
            AbMetric::LabelMean { .. } | AbMetric::Column { .. } | AbMetric::Errors {} => true,
            AbMetric::Latency { .. } | AbMetric::Signal { .. } => false,
        };
        if !is_mean {
            return Err(format!(
                "`baseline_days` takes nothing out of `{}`: leave it away",
                self.primary.name()
            ));
        }
        if days == 0 || self.unit == AbUnit::Row {
            return Err("`baseline_days` must be 1 or more, by `unit: entity`".to_owned());
        }
        Ok(())
    }
}
