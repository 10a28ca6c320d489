//! The drift explorer's shapes: the map and one cell's detail.

use super::shapes::{Annotation, Range, Series};
use jiff::Timestamp;
use trimtab_domain::documents::{ColumnRole, Correction, SemanticType};
use trimtab_domain::result::{
    Decision, EffectSize, MethodOutcome, Severity, SharePair, SkippedColumn,
};
use trimtab_domain::sentence::Sentence;
use trimtab_domain::{DocumentName, Granularity};

/// Columns by windows.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftMap {
    /// The period shown.
    pub range: Range,
    /// The finding in words.
    pub sentence: Sentence,
    /// The monitor whose results these are.
    pub monitor: DocumentName,
    /// What the windows were compared with.
    pub reference: DriftReference,
    /// Length of a window.
    pub window: Granularity,
    /// What the cells show.
    pub by: DriftBy,
    /// Whether the newest result took rows as independent.
    pub assumes_independent_rows: bool,
    /// Share of drift-free windows that may alarm.
    pub alpha: f64,
    /// How p-values were adjusted.
    pub correction: Correction,
    /// In time order, every window of the range.
    pub windows: Vec<DriftWindow>,
    /// Predictions first, then inputs, strongest first.
    pub columns: Vec<DriftColumn>,
    /// Columns that only the current data has.
    pub added: Vec<String>,
    /// Columns that only the reference has.
    pub removed: Vec<String>,
    /// Columns without a look.
    pub skipped: Vec<SkippedColumn>,
    /// What happened meanwhile.
    pub annotations: Vec<Annotation>,
}

/// A reference in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftReference {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub n_rows: u64,
    /// Its period's start, where it has a time axis.
    pub from: Option<Timestamp>,
    /// Its period's end.
    pub to: Option<Timestamp>,
}

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DriftBy {
    /// Effect over its floor, coloured by the decision.
    #[default]
    Decision,
    /// Population stability index.
    Psi,
    /// Wasserstein distance in interquartile ranges.
    Wasserstein,
    /// Jensen–Shannon distance.
    JensenShannon,
    /// Kolmogorov–Smirnov statistic.
    Ks,
}

/// A column of the map's time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftWindow {
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// Rows.
    pub n_rows: u64,
    /// The result's decision; absent where nothing was judged.
    pub decision: Option<Decision>,
    /// Columns that drifted.
    pub n_drifted: u64,
    /// Whether late rows can't change it any more.
    pub is_final: bool,
    /// How often it was judged.
    pub revision: u32,
}

/// A row of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftColumn {
    /// The column.
    pub name: String,
    /// How it is compared.
    pub semantic: SemanticType,
    /// What it is for.
    pub role: ColumnRole,
    /// Share of the model's attention, of 1.
    pub importance: Option<f64>,
    /// In the newest judged window.
    pub decision_last: Option<Decision>,
    /// In the newest judged window.
    pub severity_last: Option<Severity>,
    /// In the newest judged window.
    pub effect_last: Option<f64>,
    /// Which effect.
    pub effect_name: String,
    /// Smaller effects don't matter.
    pub effect_floor: Option<f64>,
    /// In the newest judged window.
    pub p_value_adjusted_last: Option<f64>,
    /// Start of the run of drifted windows that reaches to the end.
    pub drifting_since: Option<Timestamp>,
    /// How much more the reference's windows differ than independent rows would.
    pub inflation: Option<f64>,
    /// Independent windows of the reference.
    pub n_windows_effective: Option<f64>,
    /// Aligned with the windows.
    pub cells: Vec<DriftCell>,
}

/// One column in one window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DriftCell {
    /// The value over its threshold: 1 is where it starts to matter.
    pub v: Option<f64>,
    /// The value.
    pub raw: Option<f64>,
    /// What was found.
    pub decision: Option<Decision>,
    /// How bad.
    pub severity: Option<Severity>,
}

/// One column in one window, in full.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftDetailPage {
    /// The column.
    pub column: String,
    /// How it is compared.
    pub semantic: SemanticType,
    /// The window.
    pub window: SizedWindow,
    /// What it was compared with.
    pub reference: NamedSize,
    /// What was found.
    pub decision: Decision,
    /// How bad.
    pub severity: Option<Severity>,
    /// Why.
    pub reason: String,
    /// The test's p-value with rows taken as independent.
    pub p_value_row: Option<f64>,
    /// The window-aware p-value.
    pub p_value_window: Option<f64>,
    /// Corrected over columns.
    pub p_value_adjusted: Option<f64>,
    /// How much more the reference's windows differ than independent rows would.
    pub inflation: Option<f64>,
    /// Independent windows of the reference.
    pub n_windows_effective: Option<f64>,
    /// Size of the difference.
    pub effect: EffectSize,
    /// Shares of missing values.
    pub null_share: SharePair,
    /// Share of rows in categories that the reference doesn't have.
    pub unseen_share: Option<f64>,
    /// Every statistic.
    pub results: Vec<MethodOutcome>,
    /// Both sides drawn; absent where the profiles are on different grids.
    pub distribution: Option<Distribution>,
    /// The effect over windows.
    pub history: Series,
    /// The judged window before.
    pub previous_window_start: Option<Timestamp>,
    /// The judged window after.
    pub next_window_start: Option<Timestamp>,
}

/// A window and its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizedWindow {
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// Rows.
    pub n_rows: u64,
}

/// A name and its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSize {
    /// The name.
    pub name: String,
    /// Rows.
    pub n_rows: u64,
}

/// Both sides of a column, to draw.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Of numbers.
    Numeric(NumericDistribution),
    /// Of categories.
    Categorical(Vec<CategoryBar>),
}

/// Both sides of a numeric column.
#[derive(Debug, Clone, PartialEq)]
pub struct NumericDistribution {
    /// At most 40, in order.
    pub bins: Vec<DisplayBin>,
    /// Quantiles, from the profiles' bins.
    pub quantiles: QuantilePair,
    /// Means.
    pub mean: SharePair,
}

/// A bin to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DisplayBin {
    /// Lower end; absent where open.
    pub from: Option<f64>,
    /// Upper end; absent where open.
    pub to: Option<f64>,
    /// Share of the reference.
    pub reference: f64,
    /// Share of the window.
    pub current: f64,
}

/// Quantiles of both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantilePair {
    /// Of the reference.
    pub reference: Quantiles,
    /// Of the window.
    pub current: Quantiles,
}

/// Five quantiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantiles {
    /// 5 %.
    pub p5: Option<f64>,
    /// 25 %.
    pub p25: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// 75 %.
    pub p75: Option<f64>,
    /// 95 %.
    pub p95: Option<f64>,
}

/// A category to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryBar {
    /// Its name.
    pub category: String,
    /// Share of the reference.
    pub reference: f64,
    /// Share of the window.
    pub current: f64,
    /// Whether the reference doesn't have it.
    pub is_unseen: bool,
    /// Whether it gathers the rest.
    pub is_other: bool,
}
