//! A monitor: a declared, scheduled comparison.

use crate::error::{Error, Result};
use crate::ids::{DocumentName, ModelName};
use crate::time::Granularity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A monitor of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitorSpec {
    /// The model.
    pub model: ModelName,
    /// Unique among the model's monitors.
    pub name: DocumentName,
    /// What it compares, with its settings: `monitors: {data_drift: {}}`.
    #[serde(rename = "monitors")]
    pub monitor: MonitorKind,
    /// The length of the windows it judges.
    #[serde(default = "day")]
    pub window: Granularity,
    /// Which reference; the model's first where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<DocumentName>,
    /// Windows with fewer rows are `not_enough_data`.
    #[serde(default = "default_rows_min")]
    pub rows_min: u64,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

fn day() -> Granularity {
    Granularity::Day
}
fn default_rows_min() -> u64 {
    30
}
fn five_percent() -> f64 {
    0.05
}
fn one_percent() -> f64 {
    0.01
}

/// What a monitor compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonitorKind {
    /// The distributions of the inputs.
    DataDrift(Drift),
    /// The distributions of score and prediction.
    PredictionDrift(Drift),
    /// Quality against labels.
    Performance(Performance),
    /// Missing values, ranges, unseen categories, volume, freshness.
    DataQuality(DataQuality),
    /// Latency, throughput, errors.
    Service(Service),
}

/// Settings of a drift monitor: the decision rule's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Drift {
    /// Only these columns; all inputs (or score and prediction) where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// All but these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Share of drift-free windows that may alarm, over all columns.
    pub alpha: f64,
    /// How p-values of several columns are adjusted.
    pub correction: Correction,
    /// Smallest Wasserstein-1, in interquartile ranges of the reference, that matters.
    pub floor_wasserstein_iqr: f64,
    /// Smallest Cramér's V that matters.
    pub floor_cramers_v: f64,
    /// Smallest change of the largest-moving category's share that matters.
    pub floor_share_change: f64,
}

impl Default for Drift {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            ignore: Vec::new(),
            alpha: five_percent(),
            correction: Correction::BenjaminiHochberg,
            floor_wasserstein_iqr: 0.1,
            floor_cramers_v: 0.1,
            floor_share_change: 0.05,
        }
    }
}

/// How p-values of several columns are adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// False discovery rate.
    #[default]
    BenjaminiHochberg,
    /// Family-wise error rate, the strict option.
    Holm,
    /// Family-wise error rate, the simplest.
    Bonferroni,
    /// None.
    None,
}

impl Correction {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BenjaminiHochberg => "benjamini_hochberg",
            Self::Holm => "holm",
            Self::Bonferroni => "bonferroni",
            Self::None => "none",
        }
    }
}

/// Settings of a performance monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Performance {
    /// Which metric is judged; all are stored.
    pub metric: PerformanceMetric,
    /// Which change alarms; the metric's bad direction where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The mean of the last so many windows is judged, fast one first.
    #[serde(default = "seven_and_fourteen")]
    pub over_windows: Vec<u32>,
    /// p-value at or below which a mean of windows is a breach.
    #[serde(default = "one_percent")]
    pub alpha: f64,
    /// A fixed floor (or ceiling) drawn and judged beside the test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}

fn seven_and_fourteen() -> Vec<u32> {
    vec![7, 14]
}

/// A quality measure of a model.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PerformanceMetric {
    /// Area under the ROC curve.
    RocAuc,
    /// Harmonic mean of precision and recall.
    F1,
    /// Share of right predictions.
    Accuracy,
    /// Share of predicted positives that are.
    Precision,
    /// Share of positives that were predicted.
    Recall,
    /// Mean squared error of the score.
    Brier,
    /// Mean negative log likelihood.
    LogLoss,
    /// Mean absolute error.
    Mae,
    /// Root mean squared error.
    Rmse,
    /// Mean error (prediction minus label).
    MeanError,
    /// Share of variance explained.
    R2,
}

impl PerformanceMetric {
    /// Those of a binary classifier.
    pub const BINARY: [Self; 7] = [
        Self::RocAuc,
        Self::F1,
        Self::Accuracy,
        Self::Precision,
        Self::Recall,
        Self::Brier,
        Self::LogLoss,
    ];
    /// Those of a regression.
    pub const REGRESSION: [Self; 4] = [Self::Mae, Self::Rmse, Self::MeanError, Self::R2];

    /// The word in documents, signals and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RocAuc => "roc_auc",
            Self::F1 => "f1",
            Self::Accuracy => "accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::Brier => "brier",
            Self::LogLoss => "log_loss",
            Self::Mae => "mae",
            Self::Rmse => "rmse",
            Self::MeanError => "mean_error",
            Self::R2 => "r2",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::RocAuc => "AUC",
            Self::F1 => "F1",
            Self::Accuracy => "Accuracy",
            Self::Precision => "Precision",
            Self::Recall => "Recall",
            Self::Brier => "Brier score",
            Self::LogLoss => "Log loss",
            Self::Mae => "MAE",
            Self::Rmse => "RMSE",
            Self::MeanError => "Mean error",
            Self::R2 => "R²",
        }
    }

    /// Which way is worse; `None` where both are (bias).
    pub fn bad_direction(self) -> Option<Direction> {
        match self {
            Self::RocAuc
            | Self::F1
            | Self::Accuracy
            | Self::Precision
            | Self::Recall
            | Self::R2 => Some(Direction::Down),
            Self::Brier | Self::LogLoss | Self::Mae | Self::Rmse => Some(Direction::Up),
            Self::MeanError => None,
        }
    }
}

impl std::str::FromStr for PerformanceMetric {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        Self::BINARY
            .into_iter()
            .chain(Self::REGRESSION)
            .find(|metric| metric.as_str() == word)
            .ok_or_else(|| Error::invalid(format!("`{word}` is not a performance metric")))
    }
}

/// A direction of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Higher.
    Up,
    /// Lower.
    Down,
    /// Either.
    Both,
}

impl Direction {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Both => "both",
        }
    }
}

/// Settings of a data quality monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DataQuality {
    /// Which checks run.
    pub checks: Vec<QualityCheck>,
    /// p-value, corrected over columns and checks, at or below which a check is a breach.
    pub alpha: f64,
    /// Smallest change of a share (missing, out of range, unseen) that matters.
    pub floor_share_change: f64,
    /// Largest age of the newest row, in minutes, for freshness; off where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness_minutes_max: Option<u32>,
    /// Columns left alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
}

impl Default for DataQuality {
    fn default() -> Self {
        Self {
            checks: vec![
                QualityCheck::Missing,
                QualityCheck::OutOfRange,
                QualityCheck::Unseen,
                QualityCheck::Volume,
                QualityCheck::Freshness,
            ],
            alpha: one_percent(),
            floor_share_change: 0.02,
            freshness_minutes_max: None,
            ignore: Vec::new(),
        }
    }
}

/// One data quality check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QualityCheck {
    /// Share of missing values.
    Missing,
    /// Share of values outside the declared range (or, without one, the reference's).
    OutOfRange,
    /// Share of categories the reference doesn't have.
    Unseen,
    /// Rows per window.
    Volume,
    /// Age of the newest row.
    Freshness,
}

/// Settings of a service monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Which quantile of the latency is judged.
    pub latency_quantile: f64,
    /// Its limit in milliseconds; judged only where present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms_max: Option<f64>,
    /// Largest share of failed predictions; judged only where present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_share_max: Option<f64>,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            latency_quantile: 0.95,
            latency_ms_max: None,
            error_share_max: None,
        }
    }
}

impl MonitorKind {
    /// The word in documents, results and answers.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::DataDrift(_) => "data_drift",
            Self::PredictionDrift(_) => "prediction_drift",
            Self::Performance(_) => "performance",
            Self::DataQuality(_) => "data_quality",
            Self::Service(_) => "service",
        }
    }
}

impl MonitorSpec {
    pub(crate) fn validate(&self) -> Result<()> {
        let field = |text: String| Error::invalid(format!("monitor `{}`: {text}", self.name));
        let probability = |name: &str, value: f64| {
            if value > 0.0 && value < 1.0 {
                Ok(())
            } else {
                Err(field(format!(
                    "`{name}` must lie between 0 and 1, found {value}"
                )))
            }
        };
        match &self.monitor {
            MonitorKind::DataDrift(drift) | MonitorKind::PredictionDrift(drift) => {
                probability("alpha", drift.alpha)?;
                let floors = [
                    drift.floor_wasserstein_iqr,
                    drift.floor_cramers_v,
                    drift.floor_share_change,
                ];
                if floors
                    .iter()
                    .any(|floor| !(floor.is_finite() && *floor >= 0.0))
                {
                    return Err(field("a floor must be 0 or more".to_owned()));
                }
            }
            MonitorKind::Performance(performance) => {
                probability("alpha", performance.alpha)?;
                if performance.over_windows.is_empty() || performance.over_windows.contains(&0) {
                    return Err(field(
                        "`over_windows` needs numbers of 1 or more".to_owned(),
                    ));
                }
            }
            MonitorKind::DataQuality(quality) => probability("alpha", quality.alpha)?,
            MonitorKind::Service(service) => {
                probability("latency_quantile", service.latency_quantile)?;
            }
        }
        Ok(())
    }
}
