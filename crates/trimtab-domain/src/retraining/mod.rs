//! Retraining: when a model is trained again, and the life of one such run. Pure decisions.

pub mod decide;
pub mod facts;
pub mod request;
pub mod run;
pub mod slot;
pub mod snapshot;

pub use decide::{Decision, GuardVerdict, Outcome, TriggerState, TriggerVerdict, Turn, decide};
pub use facts::{AlertRecord, AlertRecordChange, Facts, History, PastRun, Playback};
pub use request::{RunRequest, training_period};
pub use run::{
    Approval, Cause, GateVerdict, RetrainingRun, RunAction, RunEvent, RunSnapshot, RunState, Stop,
};
pub use snapshot::{
    Exclusion, LabelMaturity, SnapshotColumn, SnapshotFile, SnapshotManifest, SnapshotRequest,
    StoredSnapshot,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What goes first where runs or jobs wait.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// When nothing else waits.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before others.
    High,
    /// At once.
    Critical,
}

impl Priority {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
