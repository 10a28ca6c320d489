//! A validation policy: what a candidate must show before it may take traffic.

use super::model::Task;
use crate::error::{Error, Result};
use crate::ids::{DocumentName, ModelName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trimtab_stats::performance::is_better_when_higher;

/// What a candidate of one model must show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidationPolicySpec {
    /// The model.
    pub model: ModelName,
    /// Unique among the model's validation policies.
    pub name: DocumentName,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The rules.
    #[serde(default)]
    pub rules: ValidationRules,
}

/// The rules of a policy. Every part has a default: `{}` is the shipped policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ValidationRules {
    /// Level of every interval, in (0.5, 1).
    pub confidence: f64,
    /// Which rows decide.
    pub rows: RowRules,
    /// The metrics that decide; where empty, by task: `roc_auc` and `brier` for a classifier,
    /// `mae` for a regression.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricRule>,
    /// No part of the traffic may lose much.
    pub segments: SegmentRules,
    /// Groups of people must not be treated less alike than now.
    pub fairness: FairnessRules,
    /// Scores must stay probabilities (classifiers).
    pub calibration: CalibrationRules,
    /// How long a prediction may take.
    pub latency: LatencyRules,
    /// How large the model file may be.
    pub size: SizeRules,
    /// The training data must resemble present traffic.
    pub training: TrainingRules,
    /// Nothing may have told the candidate the answer.
    pub leakage: LeakageRules,
    /// Checks by name that are shown but decide nothing: `latency`, `worst_segment`, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub advisory: Vec<String>,
}

impl Default for ValidationRules {
    fn default() -> Self {
        Self {
            confidence: 0.95,
            rows: RowRules::default(),
            metrics: Vec::new(),
            segments: SegmentRules::default(),
            fairness: FairnessRules::default(),
            calibration: CalibrationRules::default(),
            latency: LatencyRules::default(),
            size: SizeRules::default(),
            training: TrainingRules::default(),
            leakage: LeakageRules::default(),
            advisory: Vec::new(),
        }
    }
}

/// Which rows decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RowRules {
    /// Labelled rows at least.
    pub min: u64,
    /// Of a classifier: rows of each class at least.
    pub min_per_class: u64,
    /// Days with labelled rows at least: rows of one day are not independent. At least 8.
    pub min_days: u32,
    /// Days before the newest data at most; older rows say little about now.
    pub max_days: u32,
    /// Rows at most; of more, whole days are taken, the newest first.
    pub max: u64,
}

impl Default for RowRules {
    fn default() -> Self {
        Self {
            min: 500,
            min_per_class: 50,
            min_days: 8,
            max_days: 60,
            max: 200_000,
        }
    }
}

/// What is asked of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The interval must not reach a loss beyond the margin.
    #[default]
    NotWorse,
    /// The whole interval must lie on the better side of no difference.
    Better,
}

/// One metric that decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricRule {
    /// `roc_auc`, `average_precision`, `log_loss`, `brier`, `accuracy`, `balanced_accuracy`,
    /// `precision`, `recall`, `specificity`, `f1`, `mcc`; `mae`, `rmse`, `mse`, `r2`, `mape`,
    /// `smape`, `rmsle`.
    pub metric: String,
    /// What is asked.
    #[serde(default)]
    pub goal: Goal,
    /// The largest loss that still counts as none, in the metric's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// The same as a share of the champion's value; used where `margin` is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative_margin: Option<f64>,
}

impl MetricRule {
    /// The margin in the metric's unit, given the champion's value.
    pub fn margin_at(&self, champion: f64) -> f64 {
        match (self.margin, self.relative_margin) {
            (Some(margin), _) => margin,
            (None, Some(share)) => share * champion.abs(),
            (None, None) => 0.01,
        }
    }
}

/// No part of the traffic may lose much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentRules {
    /// Columns that cut the traffic; the model's segments where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The metric; the first of the policy's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// The largest loss that a segment may be shown to take, in the metric's unit; three times
    /// the metric's own margin where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Smaller segments are not looked at.
    pub min_rows: u64,
}

impl Default for SegmentRules {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            metric: None,
            margin: None,
            min_rows: 300,
        }
    }
}

/// Groups of people must not be treated less alike than now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FairnessRules {
    /// Columns that say who belongs to which group; nothing is checked where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The largest gap of true positive rates between two groups that a candidate may have.
    pub max_gap: f64,
    /// How much larger than the champion's gap it may be.
    pub max_increase: f64,
    /// Groups with fewer positive rows are left out.
    pub min_rows: u64,
}

impl Default for FairnessRules {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            max_gap: 0.2,
            max_increase: 0.02,
            min_rows: 30,
        }
    }
}

/// Scores must stay probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalibrationRules {
    /// How much larger than the champion's expected calibration error the candidate's may be.
    pub max_increase: f64,
    /// And how large at most, whatever the champion's is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_error: Option<f64>,
}

impl Default for CalibrationRules {
    fn default() -> Self {
        Self {
            max_increase: 0.02,
            max_error: None,
        }
    }
}

/// How long a prediction may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LatencyRules {
    /// Of one row alone, at the 99th percentile.
    pub max_p99_ms: f64,
    /// The median may be so many times the champion's; below a tenth of a millisecond it does
    /// not matter.
    pub max_ratio: f64,
}

impl Default for LatencyRules {
    fn default() -> Self {
        Self {
            max_p99_ms: 50.0,
            max_ratio: 5.0,
        }
    }
}

/// How large the model file may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SizeRules {
    /// Megabytes at most.
    pub max_mb: f64,
}

impl Default for SizeRules {
    fn default() -> Self {
        Self { max_mb: 200.0 }
    }
}

/// The training data must resemble present traffic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingRules {
    /// The share of present rows that may lie outside what training saw of a column: beyond its
    /// outer half percents, or in a category it had not.
    pub max_uncovered: f64,
    /// How far present numbers may have moved from training's: Wasserstein distance in
    /// interquartile ranges of the training data.
    pub max_distance: f64,
    /// Columns with a smaller share of the candidate's attention are only shown.
    pub min_importance: f64,
}

impl Default for TrainingRules {
    fn default() -> Self {
        Self {
            max_uncovered: 0.2,
            max_distance: 1.0,
            min_importance: 0.02,
        }
    }
}

/// Nothing may have told the candidate the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LeakageRules {
    /// The share of rows whose label may have been known before the prediction.
    pub max_known_before: f64,
    /// How well one column alone may tell the label: AUC of a classifier, R² of a regression.
    pub max_single_column: f64,
    /// The share of the candidate's attention that one column may have.
    pub max_importance: f64,
    /// How much better the training run may have reported the candidate to be than it is on rows
    /// it never saw: AUC of a classifier, R² of a regression.
    pub max_optimism: f64,
}

impl Default for LeakageRules {
    fn default() -> Self {
        Self {
            max_known_before: 0.001,
            max_single_column: 0.98,
            max_importance: 0.9,
            max_optimism: 0.15,
        }
    }
}

impl ValidationRules {
    /// The metrics that decide.
    pub fn metrics_for(&self, task: Task) -> Vec<MetricRule> {
        let rule = |metric: &str, margin: Option<f64>, relative_margin: Option<f64>| MetricRule {
            metric: metric.to_owned(),
            goal: Goal::NotWorse,
            margin,
            relative_margin,
        };
        if !self.metrics.is_empty() {
            return self.metrics.clone();
        }
        match task {
            Task::BinaryClassification => vec![
                rule("roc_auc", Some(0.01), None),
                rule("brier", Some(0.005), None),
            ],
            Task::Regression => vec![rule("mae", None, Some(0.05))],
        }
    }

    /// The metric of segments.
    pub fn segment_metric(&self, task: Task) -> MetricRule {
        let metrics = self.metrics_for(task);
        let wanted = self.segments.metric.as_ref();
        let found = match wanted {
            Some(name) => metrics.iter().find(|rule| rule.metric == *name),
            None => metrics.first(),
        };
        found.cloned().unwrap_or_else(|| MetricRule {
            metric: wanted.cloned().unwrap_or_else(|| "roc_auc".to_owned()),
            goal: Goal::NotWorse,
            margin: None,
            relative_margin: None,
        })
    }

    /// Checks the rules.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the field and the fix.
    pub fn validate(&self) -> Result<()> {
        let check = |field: &str, value: f64, fits: bool, wanted: &str| {
            if fits {
                Ok(())
            } else {
                Err(Error::invalid(format!("`{field}` is {value}")).with_hint(wanted))
            }
        };
        let share = |field: &str, value: f64| {
            let fits = (0.0..=1.0).contains(&value);
            check(field, value, fits, "choose a share from 0 to 1")
        };
        let positive = |field: &str, value: f64| {
            let fits = value.is_finite() && value > 0.0;
            check(field, value, fits, "choose a number above 0")
        };
        let fits = self.confidence > 0.5 && self.confidence < 1.0;
        check("confidence", self.confidence, fits, "choose 0.95, say")?;
        let days = f64::from(self.rows.min_days);
        let fits = self.rows.min_days >= 8;
        check("rows.min_days", days, fits, "intervals need 8 days")?;
        let fits = self.rows.max_days >= self.rows.min_days;
        let most = f64::from(self.rows.max_days);
        check("rows.max_days", most, fits, "no fewer than `rows.min_days`")?;
        if let Some(metric) = &self.segments.metric
            && is_better_when_higher(metric).is_none()
        {
            return Err(Error::invalid(format!(
                "`segments.metric` is `{metric}`, which is no metric that can be better or worse"
            )));
        }
        for (i, rule) in self.metrics.iter().enumerate() {
            if is_better_when_higher(&rule.metric).is_none() {
                return Err(Error::invalid(format!(
                    "`metrics[{i}].metric` is `{}`, which is no metric that can be better or worse",
                    rule.metric
                ))
                .with_hint("roc_auc, brier, log_loss, f1, mae, rmse and others"));
            }
            for (field, margin) in [
                ("margin", rule.margin),
                ("relative_margin", rule.relative_margin),
            ] {
                let margin = margin.unwrap_or(0.0);
                let fits = margin.is_finite() && margin >= 0.0;
                let field = format!("metrics[{i}].{field}");
                check(&field, margin, fits, "choose a number from 0 on")?;
            }
        }
        share("fairness.max_gap", self.fairness.max_gap)?;
        share("fairness.max_increase", self.fairness.max_increase)?;
        share("calibration.max_increase", self.calibration.max_increase)?;
        share("training.max_uncovered", self.training.max_uncovered)?;
        share("training.min_importance", self.training.min_importance)?;
        share("leakage.max_known_before", self.leakage.max_known_before)?;
        share("leakage.max_single_column", self.leakage.max_single_column)?;
        share("leakage.max_importance", self.leakage.max_importance)?;
        share("leakage.max_optimism", self.leakage.max_optimism)?;
        positive("training.max_distance", self.training.max_distance)?;
        positive("latency.max_p99_ms", self.latency.max_p99_ms)?;
        positive("latency.max_ratio", self.latency.max_ratio)?;
        positive("size.max_mb", self.size.max_mb)
    }
}

impl ValidationPolicySpec {
    /// The name of the policy that holds where nobody declared one.
    pub const SHIPPED: &'static str = "default";

    pub(crate) fn validate(&self) -> Result<()> {
        self.rules.validate().map_err(|err| {
            Error::invalid(format!(
                "validation policy `{}`: {}",
                self.name,
                err.message()
            ))
            .with_hint(
                err.hint()
                    .unwrap_or("see docs/guides/validation.md")
                    .to_owned(),
            )
        })
    }
}
