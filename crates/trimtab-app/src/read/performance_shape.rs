//! The performance page's shape.

use super::shapes::{Range, Series};
use jiff::Timestamp;
use std::collections::BTreeMap;
use trimtab_domain::documents::PerformanceMetric;
use trimtab_domain::result::Decision;
use trimtab_domain::sentence::Sentence;

/// How good a model is, and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub struct PerformancePage {
    /// The period shown.
    pub range: Range,
    /// The finding in words.
    pub sentence: Sentence,
    /// The metric shown.
    pub metric: PerformanceMetric,
    /// Metrics to choose from.
    pub metrics: Vec<PerformanceMetric>,
    /// The version shown; all live traffic where absent.
    pub version: Option<String>,
    /// Versions to choose from.
    pub versions: Vec<String>,
    /// Every window.
    pub series: Series,
    /// The same of shadow versions.
    pub compare: Vec<VersionSeries>,
    /// Mean of the last few windows.
    pub fast: Option<Series>,
    /// Mean of more windows.
    pub slow: Option<Series>,
    /// What the monitor made of the means.
    pub judgement: Vec<Judgement>,
    /// The reference's windows.
    pub reference: ReferenceSpread,
    /// Months of the period.
    pub months: Vec<MonthLine>,
    /// How many labels have arrived.
    pub maturity: Vec<MaturityPoint>,
    /// Of the whole period, for classifiers.
    pub confusion: Option<Confusion>,
    /// Labels known later don't count, where asked.
    pub known_at: Option<Timestamp>,
    /// Newest known-at time of a label.
    pub labels_through: Option<Timestamp>,
}

/// A version's line.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionSeries {
    /// The version.
    pub version: String,
    /// Its line.
    pub series: Series,
}

/// One judgement of a mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The newest window inside.
    pub window_start: Timestamp,
    /// Over how many windows.
    pub w: u32,
    /// Standard score.
    pub z: Option<f64>,
    /// One-sided p-value in the bad direction.
    pub p_value: Option<f64>,
    /// What was found.
    pub decision: Decision,
}

/// The reference's windows, as the monitor saw them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReferenceSpread {
    /// Their mean.
    pub value: Option<f64>,
    /// Their standard deviation.
    pub sd: Option<f64>,
    /// How many.
    pub n_windows: Option<u32>,
    /// How many, after allowing for neighbours that are alike.
    pub n_windows_effective: Option<f64>,
}

/// A month of the period.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthLine {
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// Predictions.
    pub n: u64,
    /// Those with a label.
    pub n_labelled: u64,
    /// Their share.
    pub maturity: Option<f64>,
    /// Every metric of the whole month.
    pub values: BTreeMap<String, Option<f64>>,
}

/// Share of labels arrived.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaturityPoint {
    /// The window.
    pub window_start: Timestamp,
    /// Share arrived; absent without predictions.
    pub share_labelled: Option<f64>,
    /// Share that has usually arrived at this age.
    pub usual_share_at_age: Option<f64>,
}

/// A classifier's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confusion {
    /// True positives.
    pub tp: u64,
    /// False positives.
    pub fp: u64,
    /// False negatives.
    pub fn_: u64,
    /// True negatives.
    pub tn: u64,
}
