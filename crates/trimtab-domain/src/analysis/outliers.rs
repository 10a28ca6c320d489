//! `outliers`: rows that stand out, and the columns that made them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to compare with what.
#[derive(Debug, Clone, PartialEq)]
pub struct OutliersRequest {
    /// Files of ordinary rows.
    pub reference: Vec<String>,
    /// Files of the rows to judge.
    pub current: Vec<String>,
    /// A column that names a row in the answer.
    pub id: Option<String>,
    /// Columns to take as categorical.
    pub categorical: Vec<String>,
    /// Columns to take as numeric.
    pub numeric: Vec<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// `isolation_forest`, `hbos`, `ecod`, `lof`, `mahalanobis`.
    pub method: String,
    /// Share of ordinary rows that may be called outliers.
    pub share: f64,
    /// Columns named for each outlier.
    pub n_columns: usize,
    /// Seeds everything random.
    pub seed: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutliersReport {
    /// Shape of this document; grows when a field changes its meaning.
    pub schema_version: u32,
    /// The method.
    pub method: String,
    /// Its choices, in words.
    pub variant: String,
    /// Rows of the reference.
    pub n_reference: u64,
    /// Rows that were judged.
    pub n_current: u64,
    /// Share of ordinary rows that may be called outliers.
    pub share: f64,
    /// Rows called outliers.
    pub n_outliers: u64,
    /// Probability of so many or more, if rows were like the reference's and independent.
    pub p_value: f64,
    /// Columns that were used, by how much they contribute to outliers, largest first.
    pub columns: Vec<OutlierColumn>,
    /// Columns without a look, and why.
    pub skipped: Vec<crate::result::SkippedColumn>,
    /// Every row that was judged, in the order of the file.
    pub rows: Vec<OutlierRow>,
}

/// A column's part in the outliers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutlierColumn {
    /// The column.
    pub name: String,
    /// Its share of all contributions to rows called outliers.
    pub share: f64,
    /// Outliers that it is the first column of.
    pub n_first: u64,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutlierRow {
    /// Its place in the file, from 0.
    pub row: u64,
    /// Its name, where a column gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The method's score; larger is farther out.
    pub score: f64,
    /// Share of ordinary rows that score at least as high.
    pub tail: f64,
    /// Whether it is called an outlier.
    pub is_outlier: bool,
    /// The columns that made it, the largest part first; empty for ordinary rows.
    pub columns: Vec<RowColumn>,
}

/// A column's part in one row's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowColumn {
    /// The column.
    pub name: String,
    /// Its value in this row, as text.
    pub value: Option<String>,
    /// Its share of the row's contributions.
    pub share: f64,
}
