//! Rows of finite numbers: embeddings, or tables made numeric.

use crate::error::StatsError;
use crate::trees::{FeatureColumn, FeatureTable, MISSING_CATEGORY};

/// Rows of finite numbers, all of the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseRows {
    values: Vec<f64>,
    n_columns: usize,
}

impl DenseRows {
    /// Rows from their values, row by row.
    ///
    /// # Errors
    ///
    /// * [`StatsError::ParameterOutOfDomain`] if there are no columns, or values that do not
    ///   fill the last row.
    /// * [`StatsError::NotFinite`] if a value is NaN or infinite.
    pub fn new(values: Vec<f64>, n_columns: usize) -> Result<Self, StatsError> {
        if n_columns == 0 || !values.len().is_multiple_of(n_columns) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "n_columns",
                domain: "at least 1, and a divisor of the number of values",
                found: n_columns as f64,
            });
        }
        if values.len() / n_columns >= u32::MAX as usize {
            return Err(StatsError::TooManyRows);
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(StatsError::NotFinite { sample: "dense" });
        }
        Ok(Self { values, n_columns })
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_columns
    }

    /// Values per row.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The rows as a table of numeric columns, for a
    /// [`domain_classifier`](super::domain_classifier()) on embeddings.
    ///
    /// # Errors
    ///
    /// As [`FeatureTable::new`].
    pub fn to_table(&self) -> Result<FeatureTable, StatsError> {
        let column = |idx: usize| {
            let values = self.values.iter().skip(idx).step_by(self.n_columns);
            FeatureColumn::Numeric(values.copied().collect())
        };
        FeatureTable::new((0..self.n_columns).map(column).collect())
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_columns..(row + 1) * self.n_columns]
    }

    /// The given rows.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        let values = rows.iter().flat_map(|&row| self.row(row as usize));
        Self {
            values: values.copied().collect(),
            n_columns: self.n_columns,
        }
    }
}

/// Refuses samples that cannot be compared.
pub(super) fn check_pair(
    reference: &DenseRows,
    current: &DenseRows,
    least: usize,
) -> Result<(), StatsError> {
    if reference.n_columns != current.n_columns {
        return Err(StatsError::GridMismatch);
    }
    if reference.n_rows() < least {
        return Err(StatsError::EmptySample {
            sample: "reference",
        });
    }
    if current.n_rows() < least {
        return Err(StatsError::EmptySample { sample: "current" });
    }
    Ok(())
}

/// Turns tables into rows of numbers, as it learnt from one table.
///
/// Missing numbers (and infinite ones) become the mean of the column, missing categories the
/// most frequent one; categories become their share of the rows, unseen ones 0; then every
/// column is centred and divided by its standard deviation (denominator `n`; a constant column
/// is only centred). These are the steps of `NannyML`'s multivariate drift.
#[derive(Debug, Clone, PartialEq)]
pub struct RowEncoder {
    columns: Vec<EncodedColumn>,
}

#[derive(Debug, Clone, PartialEq)]
struct EncodedColumn {
    kind: EncodedKind,
    mean: f64,
    deviation: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum EncodedKind {
    Numeric { fill: f64 },
    Categorical { shares: Vec<f64>, fill: u32 },
}

impl EncodedKind {
    fn fit(column: &FeatureColumn) -> Self {
        match column {
            FeatureColumn::Numeric(values) => Self::Numeric {
                fill: mean_of(values.iter().copied().filter(|x| x.is_finite())),
            },
            FeatureColumn::Categorical {
                codes,
                n_categories,
            } => {
                let mut counts = vec![0_u64; *n_categories as usize];
                let mut n_missing = 0;
                for &code in codes {
                    match counts.get_mut(code as usize) {
                        Some(count) => *count += 1,
                        None => n_missing += 1,
                    }
                }
                // The first of the most frequent.
                let largest = counts.iter().copied().max().unwrap_or(0);
                let fill = counts.iter().position(|&count| count == largest);
                let fill = fill.unwrap_or(0);
                if let Some(count) = counts.get_mut(fill) {
                    *count += n_missing;
                }
                let n = codes.len().max(1) as f64;
                Self::Categorical {
                    shares: counts.iter().map(|&count| count as f64 / n).collect(),
                    fill: fill as u32,
                }
            }
        }
    }

    fn encode(&self, column: &FeatureColumn) -> Result<Vec<f64>, StatsError> {
        match (self, column) {
            (Self::Numeric { fill }, FeatureColumn::Numeric(values)) => {
                let filled = values
                    .iter()
                    .map(|&x| if x.is_finite() { x } else { *fill });
                Ok(filled.collect())
            }
            (Self::Categorical { shares, fill }, FeatureColumn::Categorical { codes, .. }) => {
                let share = |&code: &u32| {
                    let code = if code == MISSING_CATEGORY {
                        *fill
                    } else {
                        code
                    };
                    shares.get(code as usize).copied().unwrap_or(0.0)
                };
                Ok(codes.iter().map(share).collect())
            }
            _ => Err(StatsError::GridMismatch),
        }
    }
}

impl RowEncoder {
    /// Learns from a table.
    ///
    /// # Errors
    ///
    /// [`StatsError::EmptySample`] without rows.
    pub fn fit(table: &FeatureTable) -> Result<Self, StatsError> {
        if table.n_rows() == 0 {
            return Err(StatsError::EmptySample {
                sample: "reference",
            });
        }
        let columns = table.columns().iter().map(|column| {
            let kind = EncodedKind::fit(column);
            let values = kind.encode(column)?;
            let mean = mean_of(values.iter().copied());
            let largest = values
                .iter()
                .fold(0.0_f64, |max, x| max.max((x - mean).abs()));
            // Scaled first: squares of values near 1e308 would overflow.
            let scale = if largest > 0.0 { largest } else { 1.0 };
            let variance = mean_of(values.iter().map(|x| ((x - mean) / scale).powi(2)));
            let deviation = variance.sqrt() * scale;
            // A spread of rounding size is no spread.
            let is_constant = deviation <= 10.0 * f64::EPSILON * mean.abs();
            Ok(EncodedColumn {
                kind,
                mean,
                deviation: if is_constant || deviation == 0.0 {
                    1.0
                } else {
                    deviation
                },
            })
        });
        Ok(Self {
            columns: columns.collect::<Result<_, StatsError>>()?,
        })
    }

    /// Encodes a table with the same columns.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if the columns differ in number or kind;
    /// [`StatsError::NotFinite`] if a value lies so far out that its distance overflows.
    pub fn encode(&self, table: &FeatureTable) -> Result<DenseRows, StatsError> {
        if self.columns.len() != table.n_columns() {
            return Err(StatsError::GridMismatch);
        }
        let n_columns = self.columns.len();
        let mut values = vec![0.0; table.n_rows() * n_columns];
        for (idx, (encoded, column)) in self.columns.iter().zip(table.columns()).enumerate() {
            let found = encoded.kind.encode(column)?;
            let slots = values.iter_mut().skip(idx).step_by(n_columns);
            for (slot, value) in slots.zip(found) {
                *slot = (value - encoded.mean) / encoded.deviation;
            }
        }
        DenseRows::new(values, n_columns)
    }
}

/// Mean without overflow; 0 of nothing.
pub(super) fn mean_of(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count();
    if n == 0 {
        return 0.0;
    }
    let n = n as f64;
    let rough: f64 = values.clone().map(|x| x / n).sum();
    rough + values.map(|x| (x - rough) / n).sum::<f64>()
}
