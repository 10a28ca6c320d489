//! `check`: two data sets compared without a server. [`CheckReport`] is a public, versioned
//! interface.

use crate::result::{ColumnOutcome, Decision, SkippedColumn};
use crate::time::{Granularity, Window};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trimtab_stats::ColumnEvidence;

/// The version of [`CheckReport`]'s shape.
pub const CHECK_SCHEMA_VERSION: u32 = 1;

/// What to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRequest {
    /// Files, globs, folders, or `-` for standard input.
    pub reference: Vec<String>,
    /// The other side.
    pub current: Vec<String>,
    /// Columns to take as categorical.
    pub categorical: Vec<String>,
    /// Columns to take as numeric.
    pub numeric: Vec<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Makes the decision window-aware.
    pub windows: Option<CheckWindows>,
    /// Seeds everything random.
    pub seed: u64,
}

/// How the reference is cut into windows.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckWindows {
    /// The column that holds event time.
    pub timestamp: String,
    /// Length of a window.
    pub length: WindowLength,
    /// IANA zone in which days begin.
    pub time_zone: String,
}

/// Length of a window of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowLength {
    /// Of the calendar.
    Calendar(Granularity),
    /// Of so many rows, in time order.
    Rows(u64),
}

/// What the engine found.
#[derive(Debug, Clone)]
pub struct CheckEvidence {
    /// Rows of the reference.
    pub n_reference: u64,
    /// Rows of the other side.
    pub n_current: u64,
    /// Windows of the other side: one where no timestamp was given.
    pub windows: Vec<CheckWindowEvidence>,
    /// Columns only the other side has.
    pub added: Vec<String>,
    /// Columns only the reference has.
    pub removed: Vec<String>,
    /// Columns without a look.
    pub skipped: Vec<SkippedColumn>,
    /// Both sides drawn, for the columns that were compared.
    pub sketches: Vec<ColumnSketch>,
}

/// Evidence on one window of the other side.
#[derive(Debug, Clone)]
pub struct CheckWindowEvidence {
    /// When; absent where the whole side is one window.
    pub window: Option<Window>,
    /// Its rows.
    pub n_rows: u64,
    /// Column by column.
    pub columns: Vec<ColumnEvidence>,
}

/// Shares of both sides in a few bins, for a small histogram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnSketch {
    /// The column.
    pub name: String,
    /// What each bin holds: a range or a category.
    pub labels: Vec<String>,
    /// Shares of the reference.
    pub reference: Vec<f64>,
    /// Shares of the other side.
    pub current: Vec<f64>,
}

/// The answer of `trimtab check --output json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// Shape of this document; grows when a field changes its meaning.
    pub schema_version: u32,
    /// `drift` if a column drifted, else `failed` if a column failed, else `not_enough_data` if
    /// no column had enough, else `ok`.
    pub decision: Decision,
    /// One sentence on the decision.
    pub reason: String,
    /// Whether rows were taken as independent (no time axis, or too few windows).
    pub assumes_independent_rows: bool,
    /// How p-values were adjusted.
    pub correction: CorrectionReport,
    /// The reference's size.
    pub reference: SideReport,
    /// The other side's size.
    pub current: SideReport,
    /// Column by column; with windows, the newest window's.
    pub columns: Vec<ColumnOutcome>,
    /// With a timestamp: the decision of each window of the other side.
    pub windows: Vec<CheckWindowReport>,
    /// Columns only the other side has.
    pub added: Vec<String>,
    /// Columns only the reference has.
    pub removed: Vec<String>,
    /// Columns without a look, and why.
    pub skipped: Vec<SkippedColumn>,
    /// Small histograms.
    pub sketches: Vec<ColumnSketch>,
}

/// How p-values were adjusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CorrectionReport {
    /// `benjamini_hochberg`, `holm`, `bonferroni` or `none`.
    pub method: String,
    /// Share of drift-free data sets that may alarm.
    pub alpha: f64,
}

/// One side's size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SideReport {
    /// Rows.
    pub n_rows: u64,
}

/// The decision on one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckWindowReport {
    /// When.
    pub window: Window,
    /// Rows.
    pub n_rows: u64,
    /// What was found.
    pub decision: Decision,
    /// Columns that drifted.
    pub drifted: Vec<String>,
}
