//! Results: judged looks of a monitor at a window.

use crate::documents::PerformanceMetric;
use crate::ids::{DocumentName, ModelName, ResultId};
use crate::time::Window;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing, and there was enough data to see something.
    Ok,
    /// The distribution moved.
    Drift,
    /// A limit was passed.
    Breach,
    /// Too little to say.
    NotEnoughData,
    /// The look itself failed.
    Failed,
}

impl Decision {
    /// The word in results and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Drift => "drift",
            Self::Breach => "breach",
            Self::NotEnoughData => "not_enough_data",
            Self::Failed => "failed",
        }
    }

    /// Whether it is a finding.
    pub fn is_finding(self) -> bool {
        matches!(self, Self::Drift | Self::Breach)
    }
}

/// How bad a finding is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth a look.
    Medium,
    /// Worth a look today.
    High,
    /// Quality is lost: now.
    Critical,
}

impl Severity {
    /// The word in results and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One outcome of one monitor on one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorResult {
    /// Identifier.
    pub id: ResultId,
    /// The model.
    pub model: ModelName,
    /// The monitor.
    pub monitor: DocumentName,
    /// [`crate::documents::MonitorKind::as_str`].
    pub monitor_kind: String,
    /// Which window, event time.
    pub window: Window,
    /// What was found.
    pub decision: Decision,
    /// How bad, where something was found.
    pub severity: Option<Severity>,
    /// Rows in the window.
    pub n_rows: u64,
    /// 1 for the first look, counting up when late data or a changed monitor ask for another.
    pub revision: u32,
    /// When it was looked at (wall clock).
    pub evaluated_at: Timestamp,
    /// What the model's data reached when it was looked at (event time).
    pub watermark: Timestamp,
    /// The numbers behind it.
    pub detail: ResultDetail,
}

/// The numbers behind a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ResultDetail {
    /// Of a drift monitor.
    Drift(DriftDetail),
    /// Of a performance monitor.
    Performance(PerformanceDetail),
    /// Of a data quality or a service monitor.
    Checks(ChecksDetail),
    /// The look failed: why.
    Failed {
        /// For people.
        reason: String,
    },
}

/// What a drift monitor found, column by column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DriftDetail {
    /// The reference's name.
    pub reference: String,
    /// Whether no column had a usable window-aware law.
    pub assumes_independent_rows: bool,
    /// Every column that was looked at.
    pub columns: Vec<ColumnOutcome>,
    /// Columns without a look, and why.
    pub skipped: Vec<SkippedColumn>,
}

/// A column that was not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkippedColumn {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// One column's evidence and decision. Numbers that don't exist are `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnOutcome {
    /// Its name.
    pub name: String,
    /// `numeric`, `categorical`, `boolean`.
    #[serde(rename = "type")]
    pub column_type: String,
    /// `ok`, `drift`, `not_enough_data` or `failed`.
    pub decision: Decision,
    /// How bad, where it drifted.
    pub severity: Option<Severity>,
    /// One sentence on why the decision is what it is.
    pub reason: String,
    /// The test's p-value with rows taken as independent.
    pub p_value_row: Option<f64>,
    /// The window-aware p-value, where the reference has enough independent windows.
    pub p_value_window: Option<f64>,
    /// Corrected over columns.
    pub p_value_adjusted: Option<f64>,
    /// How many times more the reference's own windows differ than independent rows would.
    pub inflation: Option<f64>,
    /// Windows of the reference, after allowing for neighbours that are alike.
    pub n_windows_effective: Option<f64>,
    /// Size of the difference.
    pub effect: EffectSize,
    /// Smallest effect, in the same measure, that these sizes show with 80 % probability.
    #[serde(default)]
    pub detectable_effect: Option<f64>,
    /// Why the decision is not what the plain test alone would say, where it isn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs_because: Option<String>,
    /// Rows with a value in the reference.
    pub n_reference: u64,
    /// Rows with a value in the current window.
    pub n_current: u64,
    /// Shares of missing values.
    pub null_share: SharePair,
    /// Why there is no answer, where there is none.
    pub error: Option<String>,
    /// Every statistic that was computed.
    pub results: Vec<MethodOutcome>,
}

/// A difference in units that people can judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EffectSize {
    /// `wasserstein_iqr`, `cramers_v`, `largest_share_change`…
    pub name: String,
    /// Its value.
    pub value: Option<f64>,
    /// Smaller ones don't matter.
    pub floor: Option<f64>,
}

/// A share on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SharePair {
    /// In the reference.
    pub reference: Option<f64>,
    /// In the current window.
    pub current: Option<f64>,
}

/// One statistic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MethodOutcome {
    /// `ks`, `chi2`, `psi`, `wasserstein`, `jensen_shannon`…
    pub method: String,
    /// Which variant: binned or exact, which bins, which smoothing.
    pub variant: String,
    /// Its value.
    pub statistic: Option<f64>,
    /// Its p-value, where it is a test.
    pub p_value: Option<f64>,
    /// The difference in a unit that does not depend on the number of rows.
    #[serde(default)]
    pub effect_size: Option<f64>,
    /// A fixed threshold, where the user set one.
    pub threshold: Option<f64>,
    /// What it shows at these sizes when nothing has moved.
    pub noise_floor: Option<f64>,
    /// Why a number is missing.
    pub reason: Option<String>,
}

/// What a performance monitor found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PerformanceDetail {
    /// The metric that is judged.
    pub metric: PerformanceMetric,
    /// Predictions in the window.
    pub n_predictions: u64,
    /// Those with a label.
    pub n_labelled: u64,
    /// Share of labels arrived.
    pub maturity: Option<f64>,
    /// Share that has usually arrived at this age.
    pub usual_maturity: Option<f64>,
    /// Every metric of the window.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// The reference's windows: mean of the judged metric.
    pub reference_mean: Option<f64>,
    /// Their standard deviation.
    pub reference_sd: Option<f64>,
    /// How many there are.
    pub n_reference_windows: u32,
    /// The means over the last windows, judged.
    pub judgements: Vec<MeanJudgement>,
}

/// The mean of the last `w` windows, judged by the spread of the reference's windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeanJudgement {
    /// Over how many windows.
    pub over_windows: u32,
    /// How many of them had a value.
    pub n_windows: u32,
    /// The mean.
    pub mean: Option<f64>,
    /// Standard score.
    pub z: Option<f64>,
    /// One-sided p-value in the bad direction.
    pub p_value: Option<f64>,
    /// `ok`, `breach` or `not_enough_data`.
    pub decision: Decision,
}

/// What a data quality or service monitor found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ChecksDetail {
    /// Every check.
    pub checks: Vec<CheckOutcome>,
}

/// One check of one column, or of the whole window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckOutcome {
    /// `missing`, `out_of_range`, `unseen`, `volume`, `freshness`, `latency`, `errors`.
    pub check: String,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// What was found.
    pub decision: Decision,
    /// How bad.
    pub severity: Option<Severity>,
    /// The value in this window.
    pub value: Option<f64>,
    /// The reference's value.
    pub reference: Option<f64>,
    /// The limit that was judged against.
    pub limit: Option<f64>,
    /// Adjusted p-value, where it is a test.
    pub p_value: Option<f64>,
    /// One sentence.
    pub text: String,
}
