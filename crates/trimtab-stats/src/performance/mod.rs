//! Performance of a model against its labels.
//!
//! * [`evaluate_binary`], [`evaluate_multiclass`], [`evaluate_regression`],
//!   [`evaluate_ranking`]: every measure of a task with its confidence interval, from
//!   rows.
//! * [`evaluate_fairness`]: error rates by group, and how far they lie apart.
//! * [`BinaryPerformance`], [`MulticlassPerformance`], [`RegressionPerformance`],
//!   [`RankingPerformance`]: mergeable forms, for windows.
//! * [`compare_binary`], [`compare_regression`], [`compare_gaps`]: two models on the same
//!   rows, with the interval of their difference.
//! * [`delong`], [`delong_test`], [`wilson_interval`] and others: the parts.
//!
//! # How to add a measure
//!
//! Its term per row in `losses.rs` (or the pass in `rank_measures.rs`, or a function of
//! the cells in `confusion.rs`); a line in `evaluate/`; a case in `tests/oracle/stats`
//! and a page in `docs/statistics/performance`.

mod calibration;
mod confusion;
mod evaluate;
mod fairness;
mod intervals;
mod losses;
mod mcnemar;
mod mergeable;
mod metric;
mod multiclass_auc;
mod paired_auc;
mod paired_gap;
mod query;
mod rank_measures;
mod roc;
mod rows;

pub use confusion::ConfusionMatrix;
pub use evaluate::{
    Evaluation, PairedBinaryRows, PairedEvaluation, PairedMetric, PairedRegressionRows, ScoredBy,
    compare_binary, compare_regression, evaluate_binary, evaluate_multiclass, evaluate_ranking,
    evaluate_regression,
};
pub use fairness::{
    Fairness, FairnessRows, FairnessSettings, GroupComparison, GroupRates, evaluate_fairness,
};
pub use intervals::{log_ratio_interval, newcombe_interval, wilson_interval};
pub use mcnemar::{McNemar, mcnemar_exact};
pub use mergeable::{
    BinaryMetrics, BinaryPerformance, CalibrationBin, Confusion, MulticlassPerformance,
    RankingPerformance, RegressionMetrics, RegressionPerformance,
};
pub use metric::{IntervalMethod, Metric, is_better_when_higher};
pub use paired_auc::{ClusteredDeLong, clustered_delong_test};
pub use paired_gap::{PairedGap, PairedGapRows, compare_gaps};
pub use roc::{DeLong, PairedDeLong, delong, delong_test};
pub use rows::{BinaryRows, EvaluationSettings, MulticlassRows, RankingRows, RegressionRows};
