//! Performance of a model against its labels.
//!
//! * [`BinaryPerformance`], [`RegressionPerformance`]: mergeable forms, for windows.

mod losses;
mod mergeable;

pub use mergeable::{
    BinaryMetrics, BinaryPerformance, CalibrationBin, Confusion, RegressionMetrics,
    RegressionPerformance,
};
