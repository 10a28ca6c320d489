//! Performance of a model against its labels.
//!
//! * [`evaluate_binary`], [`evaluate_multiclass`], [`evaluate_regression`],
//!   [`evaluate_ranking`]: every measure of a task with its confidence interval, from
//!   rows.
//! * [`evaluate_fairness`]: error rates by group, and how far they lie apart.
//! * [`BinaryPerformance`], [`MulticlassPerformance`], [`RegressionPerformance`],
//!   [`RankingPerformance`]: mergeable forms, for windows.
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
mod mergeable;
mod metric;
mod multiclass_auc;
mod query;
mod rank_measures;
mod roc;
mod rows;

pub use confusion::ConfusionMatrix;
pub use evaluate::{
    Evaluation, evaluate_binary, evaluate_multiclass, evaluate_ranking, evaluate_regression,
};
pub use fairness::{
    Fairness, FairnessRows, FairnessSettings, GroupComparison, GroupRates, evaluate_fairness,
};
pub use intervals::{log_ratio_interval, newcombe_interval, wilson_interval};
pub use mergeable::{
    BinaryMetrics, BinaryPerformance, CalibrationBin, Confusion, MulticlassPerformance,
    RankingPerformance, RegressionMetrics, RegressionPerformance,
};
pub use metric::{IntervalMethod, Metric};
pub use roc::{DeLong, PairedDeLong, delong, delong_test};
pub use rows::{BinaryRows, EvaluationSettings, MulticlassRows, RankingRows, RegressionRows};
