//! Performance that merges over windows: counts and exact sums, so that a day is the
//! merge of its hours, in any order, to the last bit.

mod binary;
mod multiclass;
mod ranking;
mod regression;
mod score_counts;

pub use binary::{BinaryMetrics, BinaryPerformance, CalibrationBin, Confusion};
pub use multiclass::MulticlassPerformance;
pub use ranking::RankingPerformance;
pub use regression::{RegressionMetrics, RegressionPerformance};

/// A sum of counts, `None` beyond 64 bits.
fn total(mut counts: impl Iterator<Item = u64>) -> Option<u64> {
    counts.try_fold(0, u64::checked_add)
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
