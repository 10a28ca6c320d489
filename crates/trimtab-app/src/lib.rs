//! Use cases and background work of Trimtab, written against the ports of `trimtab-domain`.
//!
//! Floor 2: it imports `trimtab-domain` and `trimtab-stats`; adapters are strangers to it.
//!
//! Invariants:
//! * One code path: "run now", "scheduled" and "after a crash" enter [`evaluate`] by the same
//!   door, and what they find is a function of stored data in event time order, never of when a
//!   tick happened.
//! * Background tasks take no input but the store and the journal; each is idempotent and wakes
//!   by an interval or a nudge ([`background`]).
//! * Decisions are made in `trimtab-stats` (columns) and `trimtab-domain` (alerts, incidents):
//!   this crate fetches, calls them and commits.
//!
//! To add a monitor kind, write one file under `evaluate/` and name it in `evaluate::judge`.
//! To add a use case, give it a file here and a method on [`App`].
//!
//! Deliberately absent: SQL, Arrow, HTTP.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts of rows and columns stay far below 2^53"
)]

pub mod ab_test;
mod alert_history;
mod alerting;
pub mod answer;
pub mod app;
pub mod audit;
pub mod background;
mod catalog;
pub mod check;
mod deliver;
pub mod documents;
pub mod evaluate;
mod incidents;
mod lake_writer;
pub mod links;
mod profiler;
pub mod read;
mod references;
pub mod registry;
pub mod report;
pub mod retraining;
pub mod rollout;
pub mod sentences;
mod settle;
pub mod tokens;
pub mod tracking;
pub mod validation;

pub use app::{App, AppSettings, Change, ChangeKind, Parts, ReferenceStored};
pub use documents::{DocumentChange, FieldChange, PlannedAction};
pub use rollout::{FlagAnswer, FlagSet, RolloutOrder};
pub use tokens::{NewToken, Permission};
