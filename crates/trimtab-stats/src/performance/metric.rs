//! A measure with its interval, or the reason why there is none.

use std::fmt;

/// One measure of performance.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name, as on the command line: `roc_auc`, `f1_macro`, `ndcg_at_10`, …
    pub name: String,
    /// The class it speaks of, where it speaks of one.
    pub class: Option<u32>,
    /// The value; absent where the measure has no meaning, see `reason`.
    pub value: Option<f64>,
    /// Lower end of the confidence interval.
    pub lower: Option<f64>,
    /// Upper end of the confidence interval.
    pub upper: Option<f64>,
    /// How the interval was made.
    pub interval_method: Option<IntervalMethod>,
    /// Rows (queries, for ranking) that the value speaks of: its denominator.
    pub n: u64,
    /// Why the value or its interval is absent.
    pub reason: Option<&'static str>,
}

impl Metric {
    /// A measure that has no value here.
    pub(crate) fn absent(name: impl Into<String>, n: u64, reason: &'static str) -> Self {
        Self {
            name: name.into(),
            class: None,
            value: None,
            lower: None,
            upper: None,
            interval_method: None,
            n,
            reason: Some(reason),
        }
    }

    /// A measure whose interval is still to come, or will stay absent for `reason`.
    pub(crate) fn bare(
        name: impl Into<String>,
        value: f64,
        n: u64,
        reason: Option<&'static str>,
    ) -> Self {
        Self {
            value: Some(value),
            reason,
            ..Self::absent(name, n, "")
        }
    }

    /// The same with an interval.
    #[must_use]
    pub(crate) fn within(mut self, interval: (f64, f64), method: IntervalMethod) -> Self {
        self.lower = Some(interval.0);
        self.upper = Some(interval.1);
        self.interval_method = Some(method);
        self.reason = None;
        self
    }

    /// The same without an interval.
    #[must_use]
    pub(crate) fn without_interval(mut self, reason: &'static str) -> Self {
        self.lower = None;
        self.upper = None;
        self.interval_method = None;
        self.reason = Some(reason);
        self
    }

    /// The same for one class.
    #[must_use]
    pub(crate) fn of_class(mut self, class: u32) -> Self {
        self.class = Some(class);
        self
    }
}

/// How a confidence interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IntervalMethod {
    /// E. Wilson's score interval of a share (1927); with sample weights at the
    /// effective number of rows `(Σw)² / Σw²`.
    Wilson,
    /// The variance of the linearised measure, turned into an effective number of rows
    /// for Wilson's interval (measures in `[0, 1]` or `[−1, 1]`), or into a normal
    /// interval on a scale where the measure is unbounded.
    Delta,
    /// E. `DeLong`, D. `DeLong` and D. Clarke-Pearson (1988).
    DeLong,
    /// R. Newcombe's score-like interval of an AUC (2006), where the one of `DeLong`
    /// would leave `[0, 1]` or has no width.
    AucScore,
    /// Mean ± Student quantile × standard error.
    StudentT,
    /// The sandwich variance of a fitted regression; with blocks, clustered by them.
    Sandwich,
    /// Percentiles of bootstrap replicates of rows, expanded for few rows.
    BootstrapPercentile,
    /// Of a measure that chance pushes upwards (a maximum, a sum of absolute gaps): the
    /// push is taken away before the standard error is added.
    BiasAware,
    /// As [`IntervalMethod::BootstrapPercentile`], with whole blocks resampled.
    BlockBootstrapPercentile,
    /// Estimate ± Student quantile × standard deviation of block replicates; where
    /// chance pushes the measure upwards, with the push taken from the lower end.
    BlockBootstrapT,
    /// R. Newcombe's interval of a difference of shares from two Wilson intervals
    /// (1998, method 10).
    Newcombe,
    /// The logarithm of a ratio of shares ± normal quantile × its standard error
    /// (D. Katz and others, 1978).
    LogRatio,
    /// The range over several groups, from intervals of all pairs that hold together
    /// (Bonferroni).
    AllPairs,
}

/// Whether more of a measure is better; `None` for measures that are neither (a rate, a
/// mean) or unknown.
pub fn is_better_when_higher(name: &str) -> Option<bool> {
    match name {
        "accuracy" | "balanced_accuracy" | "precision" | "recall" | "specificity" | "f1"
        | "mcc" | "roc_auc" | "gini" | "average_precision" | "ks" | "r2" => Some(true),
        "log_loss" | "brier" | "ece" | "mae" | "mse" | "rmse" | "quantile_loss" | "mape"
        | "smape" | "rmsle" => Some(false),
        _ => None,
    }
}

impl IntervalMethod {
    /// The name in JSON and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::Delta => "delta",
            Self::DeLong => "delong",
            Self::AucScore => "auc_score",
            Self::StudentT => "student_t",
            Self::Sandwich => "sandwich",
            Self::BootstrapPercentile => "bootstrap_percentile",
            Self::BiasAware => "bias_aware",
            Self::BlockBootstrapPercentile => "block_bootstrap_percentile",
            Self::BlockBootstrapT => "block_bootstrap_t",
            Self::Newcombe => "newcombe",
            Self::LogRatio => "log_ratio",
            Self::AllPairs => "all_pairs",
        }
    }
}

impl fmt::Display for IntervalMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reasons that more than one measure gives.
pub(crate) mod reason {
    pub(crate) const NO_ROWS: &str = "no rows";
    pub(crate) const NO_POSITIVES: &str = "no positive rows";
    pub(crate) const NO_NEGATIVES: &str = "no negative rows";
    pub(crate) const NONE_PREDICTED: &str = "nothing predicted positive";
    pub(crate) const NEITHER: &str = "neither labels nor predictions of the class";
    pub(crate) const ONE_CLASS: &str = "labels of one class only";
    pub(crate) const ONE_CLASS_OR_PREDICTION: &str = "labels or predictions of one class only";
    pub(crate) const NO_SCORES: &str = "no scores";
    pub(crate) const NOT_PROBABILITIES: &str = "scores are not probabilities in [0, 1]";
    pub(crate) const ONE_ROW: &str = "no interval from one row";
    pub(crate) const ONE_QUERY: &str = "no interval from one query";
    pub(crate) const FEW_BLOCKS: &str = "no interval from fewer than 8 blocks";
    pub(crate) const FEW_ROWS: &str = "no interval from fewer than 8 rows";
    pub(crate) const NOT_IN_RESAMPLES: &str =
        "no interval: without meaning in more than a tenth of the resamples";
    pub(crate) const NEEDS_ROWS: &str = "no interval from merged counts: it needs the rows";
    pub(crate) const OVERFLOW: &str = "too large for a 64-bit float";
    pub(crate) const LABELS_CONSTANT: &str = "labels do not vary";
}
