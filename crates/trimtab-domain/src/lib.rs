//! The words of Trimtab: documents, events, results, alerts, and the ports to the world.
//!
//! Floor 1: it imports `trimtab-stats` and nothing else of ours.
//!
//! Invariants:
//! * Nothing here does input or output, reads a clock or draws a random number: time and
//!   identity are parameters.
//! * Decisions are pure: [`alert::step`] and [`incident::step`] are functions over plain data,
//!   so a year of alerts replays in a second.
//! * Rows never pass through a port: only profiles, histograms and bounded samples do.
//!
//! To add a document kind, write its struct under [`documents`], add it to
//! [`documents::Document`] and give it a `validate`. To reach something new in the world,
//! add a trait to [`ports`].
//!
//! Deliberately absent: SQL, HTTP, YAML text, Arrow.

pub mod ab_test;
pub mod alert;
pub mod analysis;
pub mod audit;
pub mod check;
pub mod documents;
pub mod encoding;
pub mod error;
pub mod fold;
pub mod ids;
pub mod incident;
pub mod intake;
pub mod outbox;
pub mod ports;
pub mod reference;
pub mod registry;
pub mod result;
pub mod retraining;
pub mod rollout;
pub mod sentence;
pub mod signal;
pub mod time;
pub mod tracking;
pub mod validation;

pub use error::{Error, ErrorKind, Result};
pub use ids::{
    AbTestId, AlertId, DocumentName, IncidentId, MessageId, ModelName, ResultId, RetrainingId,
    RolloutId, SnapshotId, TokenId, ValidationId,
};
pub use time::{Granularity, Window};
