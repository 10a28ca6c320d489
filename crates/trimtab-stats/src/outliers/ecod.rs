//! Outliers by empirical cumulative distributions.

use super::{check_width, count_rows};
use crate::error::StatsError;

/// Empirical-cumulative-distribution-based outlier detection: how rare a value is in its
/// column's tail, summed over the columns.
///
/// With `F` the empirical distribution of the reference and the row itself, a column's
/// summand is the largest of `−ln F(x)` (left tail), `−ln(1 − F(x−))` (right tail) and
/// the tail on the side to which the column is skewed. There is nothing to tune. Columns
/// are taken to be independent.
///
/// # Source
///
/// Z. Li et al., *ECOD: unsupervised outlier detection using empirical cumulative
/// distribution functions*, IEEE TKDE (2022). The maximum is taken column by column, as
/// in `pyod`; the paper sums three scores and takes the largest sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Ecod {
    /// Every column's finite values, sorted.
    columns: Vec<Vec<f64>>,
}

impl Ecod {
    /// Sorts the reference's columns.
    ///
    /// * `reference`: row-major, shape `(n, n_columns)`. Values that are not a number are
    ///   left out; infinities are the ends of their column.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without rows.
    /// * [`StatsError::ParameterOutOfDomain`] if `n_columns` does not divide the number of
    ///   values.
    pub fn fit(reference: &[f64], n_columns: usize) -> Result<Self, StatsError> {
        count_rows(reference, n_columns)?;
        let columns = (0..n_columns)
            .map(|j| {
                let column = reference.iter().skip(j).step_by(n_columns).copied();
                let mut column: Vec<f64> = column.filter(|x| !x.is_nan()).collect();
                column.sort_unstable_by(f64::total_cmp);
                column
            })
            .collect();
        Ok(Self { columns })
    }

    /// Scores a row; larger is farther out; at least 0.
    ///
    /// The skewed side needs no look: the larger tail is never below it.
    ///
    /// * `contributions`: filled with each column's summand, in nats; their sum is the
    ///   score. A missing value adds 0.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if a slice has another number of columns.
    pub fn score(&self, row: &[f64], contributions: &mut [f64]) -> Result<f64, StatsError> {
        check_width(self.columns.len(), row, contributions)?;
        let mut total = 0.0;
        for ((&value, column), out) in row.iter().zip(&self.columns).zip(contributions) {
            *out = tail_surprise(column, value);
            total += *out;
        }
        Ok(total)
    }
}

fn tail_surprise(sorted: &[f64], value: f64) -> f64 {
    if value.is_nan() {
        return 0.0;
    }
    let n = sorted.len() as f64 + 1.0;
    let at_most = sorted.partition_point(|&x| x <= value) as f64 + 1.0;
    let at_least = (sorted.len() - sorted.partition_point(|&x| x < value)) as f64 + 1.0;
    (n / at_most.min(at_least)).ln()
}
