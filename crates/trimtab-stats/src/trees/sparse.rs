//! Rows of which most values are zero.

use crate::error::StatsError;

/// Rows as pairs of column and value, zeros left out.
///
/// # Examples
///
/// ```
/// use trimtab_stats::trees::SparseRows;
///
/// let mut rows = SparseRows::new(1 << 10)?;
/// rows.push_counts(&[(3, 2), (700, 1)])?;
/// assert_eq!(rows.n_rows(), 1);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRows {
    n_columns: usize,
    /// Where each row ends in `entries`.
    ends: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl SparseRows {
    /// No rows yet.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] unless `n_columns` is from 1 to 2^32 − 1.
    pub fn new(n_columns: usize) -> Result<Self, StatsError> {
        if n_columns == 0 || n_columns > u32::MAX as usize {
            return Err(StatsError::ParameterOutOfDomain {
                name: "n_columns",
                domain: "from 1 to 2^32 - 1",
                found: n_columns as f64,
            });
        }
        Ok(Self {
            n_columns,
            ends: Vec::new(),
            entries: Vec::new(),
        })
    }

    /// Appends a row of `(column, value)`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] if a column does not exist,
    /// [`StatsError::NotFinite`] if a value is not finite; nothing is appended then.
    pub fn push(&mut self, row: &[(u32, f64)]) -> Result<(), StatsError> {
        for &(column, value) in row {
            if column as usize >= self.n_columns {
                return Err(StatsError::ParameterOutOfDomain {
                    name: "column",
                    domain: "below n_columns",
                    found: f64::from(column),
                });
            }
            if !value.is_finite() {
                return Err(StatsError::NotFinite { sample: "sparse" });
            }
        }
        self.entries.extend_from_slice(row);
        self.ends.push(self.entries.len());
        Ok(())
    }

    /// Appends a row of counts (of words, of n-grams) as `1 + ln count`, scaled to unit
    /// length: long texts then do not speak louder than short ones.
    ///
    /// # Errors
    ///
    /// As [`Self::push`].
    pub fn push_counts(&mut self, counts: &[(u32, u32)]) -> Result<(), StatsError> {
        let weight = |count: u32| {
            if count == 0 {
                0.0
            } else {
                1.0 + f64::from(count).ln()
            }
        };
        let squares = counts.iter().map(|&(_, count)| weight(count).powi(2));
        let length = squares.sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        let row: Vec<(u32, f64)> = counts
            .iter()
            .map(|&(column, count)| (column, weight(count) / length))
            .collect();
        self.push(&row)
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.ends.len()
    }

    /// Columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The pairs of one row.
    pub(crate) fn row(&self, row: usize) -> &[(u32, f64)] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.entries[start..self.ends[row]]
    }
}
