//! Shapes that several pages share.

use jiff::Timestamp;
use trimtab_domain::documents::Direction;
use trimtab_domain::signal::PointKind;
use trimtab_domain::{IncidentId, Window};

/// What a reader asked for; absent ends are filled with the data's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct AskedRange {
    /// First instant inside.
    pub from: Option<Timestamp>,
    /// First instant after.
    pub to: Option<Timestamp>,
}

/// The period an answer covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// First instant inside.
    pub from: Timestamp,
    /// First instant after.
    pub to: Timestamp,
    /// The zone in which the model's days begin.
    pub time_zone: String,
    /// Whether nobody asked for it: the data's own last windows.
    pub is_default: bool,
    /// `data_is_old` where the default range ends well before now.
    pub reason: Option<RangeReason>,
}

/// Why a range is not the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeReason {
    /// The newest row is older than a default range would reach back.
    DataIsOld,
}

impl Range {
    /// As a window.
    pub fn window(&self) -> Window {
        Window {
            start: self.from,
            end: self.to,
        }
    }
}

/// A line over windows.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// For people.
    pub name: String,
    /// What is drawn: `roc_auc`, `wasserstein_iqr`…
    pub metric: String,
    /// Unit, where there is one.
    pub unit: Option<String>,
    /// Which way is better.
    pub good_direction: Option<Direction>,
    /// The reference's value.
    pub reference_value: Option<f64>,
    /// Beyond it something is wrong.
    pub floor: Option<f64>,
    /// In time order, gaps included.
    pub points: Vec<SeriesPoint>,
}

/// One window of a [`Series`].
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPoint {
    /// Its start.
    pub window_start: Timestamp,
    /// Its end.
    pub window_end: Timestamp,
    /// The value.
    pub v: Option<f64>,
    /// Lower end of the 95 % interval, where one is known.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Rows (or labels) behind it.
    pub n: u64,
    /// Observed or inferred.
    pub kind: PointKind,
    /// Why there is no value.
    pub gap: Option<Gap>,
    /// Share of labels arrived, for quality.
    pub maturity: Option<f64>,
}

/// Why a point has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Too few rows to say.
    FewRows,
    /// No rows.
    NoData,
    /// Rows, but no labels yet.
    LabelsPending,
    /// No monitor looked.
    NotMonitored,
}

/// Something that happened, to draw over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Event time.
    pub at: Timestamp,
    /// `incident`, `version`.
    pub kind: &'static str,
    /// For people.
    pub text: String,
    /// The incident it is about.
    pub incident_id: Option<IncidentId>,
}

/// The colour of a cell on a health strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellState {
    /// Nothing was looked at, or there was nothing to see.
    NoData,
    /// Looked at and fine.
    Ok,
    /// A finding.
    Warning,
    /// A finding that needs a person now.
    Critical,
}
