//! What the profiler carries from the journal to the store: deltas that merge.

use crate::documents::ModelSpec;
use crate::ids::ModelName;
use crate::intake::{ModelProgress, Position};
use crate::signal::SignalPoint;
use crate::time::Window;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_stats::{BinaryPerformance, DatasetProfile, Grid, RegressionPerformance};

/// What the engine needs to know of a model to fold its events.
#[derive(Debug, Clone)]
pub struct FoldModel {
    /// Its schema.
    pub spec: Arc<ModelSpec>,
    /// Its grid, once a reference has made one; until then rows are counted, columns are not.
    pub grid: Option<Arc<Grid>>,
}

/// Every model whose events may be met.
pub type FoldModels = BTreeMap<ModelName, FoldModel>;

/// Whether a prediction served users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PredictionRole {
    /// It did.
    Live,
    /// It ran beside: counts in its version's score and performance only.
    Shadow,
}

impl PredictionRole {
    /// The word in events and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Shadow => "shadow",
        }
    }
}

/// Which profile a delta belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileKey {
    /// The model.
    pub model: ModelName,
    /// The version.
    pub version: String,
    /// Live or shadow.
    pub role: PredictionRole,
    /// `""` is all traffic, else `column=value`.
    pub segment: String,
    /// A window of the model's granularity.
    pub window: Window,
}

/// Rows to add to a profile.
#[derive(Debug, Clone)]
pub struct ProfileDelta {
    /// Where.
    pub key: ProfileKey,
    /// The grid its columns are counted on; 0 before there is one (then no columns).
    pub grid_version: u32,
    /// What to merge in.
    pub profile: DatasetProfile,
}

/// How old a label was when it became known, counted from its prediction's event time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelAge {
    /// At most an hour.
    Hour,
    /// At most a day.
    Day,
    /// At most seven days.
    Week,
    /// At most thirty days.
    Month,
    /// Older.
    Later,
}

impl LabelAge {
    /// All ages, youngest first.
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Later];

    /// The age of a label known at `known_at` for a prediction of `event_time`.
    pub fn of(event_time: Timestamp, known_at: Timestamp) -> Self {
        let seconds = known_at.as_second() - event_time.as_second();
        match seconds {
            ..=3_600 => Self::Hour,
            3_601..=86_400 => Self::Day,
            86_401..=604_800 => Self::Week,
            604_801..=2_592_000 => Self::Month,
            _ => Self::Later,
        }
    }

    /// Upper end in seconds.
    pub fn seconds_max(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
            Self::Month => 2_592_000,
            Self::Later => i64::MAX,
        }
    }

    /// A stable number for storage.
    pub fn index(self) -> u8 {
        match self {
            Self::Hour => 0,
            Self::Day => 1,
            Self::Week => 2,
            Self::Month => 3,
            Self::Later => 4,
        }
    }

    /// The inverse of [`LabelAge::index`].
    pub fn from_index(index: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|age| age.index() == index)
    }
}

/// Mergeable quality of one window: what a task's metrics are computed from.
#[derive(Debug, Clone, PartialEq)]
pub enum PerformanceProfile {
    /// Of a binary classifier.
    Binary(BinaryPerformance),
    /// Of a regression.
    Regression(RegressionPerformance),
}

/// Labels to add to, or (a correction) to take from, a window's performance.
#[derive(Debug, Clone)]
pub struct PerformanceDelta {
    /// Where.
    pub key: ProfileKey,
    /// How old the labels were.
    pub age: LabelAge,
    /// What to merge in.
    pub added: Option<PerformanceProfile>,
    /// What to subtract: labels that were corrected.
    pub removed: Option<PerformanceProfile>,
}

/// A run of the journal, folded.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    /// Where the next run begins.
    pub next: Position,
    /// Rows read, of all kinds.
    pub n_rows: u64,
    /// Profiles to merge.
    pub profiles: Vec<ProfileDelta>,
    /// Performance to merge.
    pub performance: Vec<PerformanceDelta>,
    /// Metric points of the outside world, as signals.
    pub points: Vec<SignalPoint>,
    /// How far each model's events came in this run (only what this run saw; the store merges
    /// by earliest and latest).
    pub progress: BTreeMap<ModelName, ModelProgress>,
    /// Labels in this run without a prediction (yet), by model.
    pub unmatched_labels: BTreeMap<ModelName, u64>,
}
