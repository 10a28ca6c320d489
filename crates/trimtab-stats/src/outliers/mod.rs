//! Rows that stand out, and the columns that made them.
//!
//! [`OutlierDetector`] fits one of the methods to a reference and says of each current
//! row how far out it is among rows of the reference, with a stated share of alarms. The
//! methods themselves ([`IsolationForest`], [`Hbos`], [`Ecod`], [`LocalOutlierFactor`],
//! [`Mahalanobis`]) can be used alone; their scores are those of the usual programs.
//!
//! Matrices are row-major slices with a number of columns.
//!
//! # How to add a method
//!
//! One file with `fit` and `score` (which also fills one contribution per column), a name
//! in [`OutlierMethod`], a page in `docs/statistics/outliers`, an oracle.

mod detector;
mod ecod;
mod filling;
mod hbos;
mod isolation_forest;
mod local_outlier_factor;
mod mahalanobis;

pub use detector::{OutlierDetector, OutlierMethod, RowScore};
pub use ecod::Ecod;
pub use hbos::{Hbos, HistogramHeight};
pub use isolation_forest::{IsolationForest, IsolationForestOptions};
pub use local_outlier_factor::LocalOutlierFactor;
pub use mahalanobis::Mahalanobis;

use crate::error::StatsError;

/// Number of rows of a row-major matrix with at least one row and one column.
fn count_rows(values: &[f64], n_columns: usize) -> Result<usize, StatsError> {
    if n_columns == 0 || !values.len().is_multiple_of(n_columns) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "n_columns",
            domain: "a divisor of the number of values, at least 1",
            found: n_columns as f64,
        });
    }
    if values.is_empty() {
        return Err(StatsError::EmptySample {
            sample: "reference",
        });
    }
    Ok(values.len() / n_columns)
}

/// Refuses a row, or a place for contributions, of another width.
fn check_width(n_columns: usize, row: &[f64], contributions: &[f64]) -> Result<(), StatsError> {
    for found in [row.len(), contributions.len()] {
        if found != n_columns {
            return Err(StatsError::BinCountMismatch {
                reference: n_columns,
                current: found,
            });
        }
    }
    Ok(())
}
