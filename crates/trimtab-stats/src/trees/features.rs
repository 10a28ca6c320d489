//! Tables of features: numbers with gaps, and categories as codes.

use crate::error::StatsError;

/// The code of a missing category.
pub const MISSING_CATEGORY: u32 = u32::MAX;

/// One column of a [`FeatureTable`].
#[derive(Debug, Clone, PartialEq)]
pub enum FeatureColumn {
    /// Numbers in any unit; NaN is missing, the infinities are values like others.
    Numeric(Vec<f64>),
    /// Codes below `n_categories`, or [`MISSING_CATEGORY`]. Their order means nothing.
    Categorical {
        /// One code per row.
        codes: Vec<u32>,
        /// How many codes there are.
        n_categories: u32,
    },
}

impl FeatureColumn {
    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Columns of equal length: what trees are fitted on, and what is compared as a whole.
///
/// # Examples
///
/// ```
/// use trimtab_stats::trees::{FeatureColumn, FeatureTable};
///
/// let table = FeatureTable::new(vec![
///     FeatureColumn::Numeric(vec![1.0, f64::NAN, 3.0]),
///     FeatureColumn::Categorical { codes: vec![0, 1, 0], n_categories: 2 },
/// ])?;
/// assert_eq!((table.n_rows(), table.n_columns()), (3, 2));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    columns: Vec<FeatureColumn>,
    n_rows: usize,
}

impl FeatureTable {
    /// A table of these columns.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without columns.
    /// * [`StatsError::ParameterOutOfDomain`] if the columns differ in length, a code lies
    ///   outside its range, or there are more than 2^32 − 2 rows.
    pub fn new(columns: Vec<FeatureColumn>) -> Result<Self, StatsError> {
        let Some(first) = columns.first() else {
            return Err(StatsError::EmptySample { sample: "columns" });
        };
        let n_rows = first.len();
        if n_rows >= u32::MAX as usize {
            return Err(StatsError::TooManyRows);
        }
        for column in &columns {
            if column.len() != n_rows {
                return Err(StatsError::ParameterOutOfDomain {
                    name: "columns",
                    domain: "all of the same length",
                    found: column.len() as f64,
                });
            }
            if let FeatureColumn::Categorical {
                codes,
                n_categories,
            } = column
                && let Some(code) = codes
                    .iter()
                    .find(|&&code| code >= *n_categories && code != MISSING_CATEGORY)
            {
                return Err(StatsError::ParameterOutOfDomain {
                    name: "codes",
                    domain: "below n_categories, or MISSING_CATEGORY",
                    found: f64::from(*code),
                });
            }
        }
        Ok(Self { columns, n_rows })
    }

    /// The columns.
    pub fn columns(&self) -> &[FeatureColumn] {
        &self.columns
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Columns.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// The rows of this table, then those of `other`.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if the columns differ in number or kind. Of two numbers of
    /// categories the larger is taken: codes must mean the same in both.
    pub fn stack(&self, other: &Self) -> Result<Self, StatsError> {
        if self.columns.len() != other.columns.len() {
            return Err(StatsError::GridMismatch);
        }
        let columns = self.columns.iter().zip(&other.columns);
        let columns = columns.map(|pair| match pair {
            (FeatureColumn::Numeric(above), FeatureColumn::Numeric(below)) => {
                Ok(FeatureColumn::Numeric([&above[..], below].concat()))
            }
            (
                FeatureColumn::Categorical {
                    codes: above,
                    n_categories: n_above,
                },
                FeatureColumn::Categorical {
                    codes: below,
                    n_categories: n_below,
                },
            ) => Ok(FeatureColumn::Categorical {
                codes: [&above[..], below].concat(),
                n_categories: *n_above.max(n_below),
            }),
            _ => Err(StatsError::GridMismatch),
        });
        Self::new(columns.collect::<Result<_, _>>()?)
    }

    /// The given rows, in that order; positions beyond the last row are left out.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        let n_rows = self.n_rows as u32;
        let rows: Vec<usize> = rows
            .iter()
            .filter(|&&row| row < n_rows)
            .map(|&row| row as usize)
            .collect();
        let pick = |column: &FeatureColumn| match column {
            FeatureColumn::Numeric(values) => {
                FeatureColumn::Numeric(rows.iter().map(|&row| values[row]).collect())
            }
            FeatureColumn::Categorical {
                codes,
                n_categories,
            } => FeatureColumn::Categorical {
                codes: rows.iter().map(|&row| codes[row]).collect(),
                n_categories: *n_categories,
            },
        };
        Self {
            columns: self.columns.iter().map(pick).collect(),
            n_rows: rows.len(),
        }
    }
}
