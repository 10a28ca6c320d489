//! `detect`: rows of a series that stand out, streams that change, levels that moved.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to look at, and for.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectRequest {
    /// Files, globs, folders, or `-` for standard input.
    pub source: Vec<String>,
    /// The column that holds event time; rows are numbered where absent.
    pub timestamp: Option<String>,
    /// A column whose values tell several series apart.
    pub series: Option<String>,
    /// What is looked for.
    pub task: DetectTask,
    /// Seeds everything random.
    pub seed: u64,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum DetectTask {
    /// Rows that stand out, each judged by rows before it.
    Points {
        /// The column with the values.
        value: String,
        /// `auto`, `robust_z`, `mstl`, …
        method: String,
        /// False alarms a row in a series without change.
        alarm_rate: f64,
    },
    /// Changes of a stream, value by value.
    Stream {
        /// The column with the values; 0 and 1 for detectors of errors.
        column: String,
        /// `adwin`, `ddm`, ….
        detectors: Vec<String>,
        /// Values to a false alarm, on average; the peers' defaults where absent.
        run_length: Option<f64>,
        /// Share of errors of a stream without change, where the column holds errors: what a run
        /// length is calibrated for.
        error_rate: Option<f64>,
    },
    /// Where the level changed, looking back over the whole series.
    ChangePoints {
        /// The column with the values.
        value: String,
        /// Whether the variance may change too.
        with_variance: bool,
    },
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DetectReport {
    /// Shape of this document; grows when a field changes its meaning.
    pub schema_version: u32,
    /// `points`, `stream` or `change_points`.
    pub task: String,
    /// The column that was looked at.
    pub column: String,
    /// Series by series.
    pub series: Vec<SeriesSummary>,
    /// `points`: every row in the order of the file.
    pub rows: Vec<DetectedRow>,
    /// `stream`: where a detector warned or fired.
    pub events: Vec<StreamEvent>,
    /// `change_points`: where the level changed.
    pub change_points: Vec<ChangePoint>,
}

/// One series, by one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesSummary {
    /// Its name, where a column tells several apart.
    pub series: Option<String>,
    /// The method or detector.
    pub method: String,
    /// Its settings, and what false-alarm rate they promise, in words.
    pub variant: String,
    /// Rows.
    pub n_rows: u64,
    /// Rows without a value.
    pub n_missing: u64,
    /// Alarms, drifts or changes.
    pub n_alarms: u64,
    /// Warnings, of detectors that have them.
    pub n_warnings: u64,
}

/// One row, judged by rows before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DetectedRow {
    /// Its series, where a column tells several apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Its time.
    #[schemars(with = "Option<String>")]
    pub timestamp: Option<Timestamp>,
    /// Its value; absent where missing.
    pub value: Option<f64>,
    /// How surprising it is, in `[0, 1]`; an alarm starts at one half.
    pub score: f64,
    /// Whether an event begins here.
    pub alarm: bool,
    /// What was expected of it, in the unit of the values.
    pub expected: Option<f64>,
    /// `quiet`, `high`, `low`, `level_shift`, …
    pub reason: String,
}

/// A detector warned or fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamEvent {
    /// Its series, where a column tells several apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Which detector.
    pub detector: String,
    /// At which row of the series, from 0.
    pub row: u64,
    /// The row's time.
    #[schemars(with = "Option<String>")]
    pub timestamp: Option<Timestamp>,
    /// `warning` where a warning begins, or `drift`.
    pub state: String,
}

/// The level changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangePoint {
    /// Its series, where a column tells several apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// First row of the new level, from 0.
    pub row: u64,
    /// The row's time.
    #[schemars(with = "Option<String>")]
    pub timestamp: Option<Timestamp>,
    /// Mean of the segment before.
    pub mean_before: f64,
    /// Mean of the segment that begins here.
    pub mean_after: f64,
    /// Rows of the segment that begins here.
    pub n_rows: u64,
}
