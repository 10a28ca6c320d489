//! The data plane: intake, journal, fold, references, lake and file comparison.
//!
//! Floor 2: it imports `trimtab-domain` and `trimtab-stats`, and is the only crate that knows
//! Arrow, DataFusion and Delta Lake. Only the binary and the benches depend on it.
//!
//! Invariants:
//! * What a receipt counts as accepted is on disk; a refused batch leaves no trace.
//! * The index is consulted before the append, so every consumer of the journal sees each event
//!   once, and is a pure function of the journal.
//! * Rows stay here: profiles, references and evidence go out.
//! * Data never panics; what cannot be read is `Invalid` and says where.
//!
//! To add an encoding, write a reader under `decode` and name it in
//! [`trimtab_domain::intake::MediaType`]. To add a kind of event, give it a `Shape`, a check in
//! `prepare`, an admission in `admit` and an arm in `fold`.
//!
//! Deliberately absent: alerts, metadata, HTTP, and any decision about what a number means.

mod admit;
mod analysis;
mod artifacts;
mod compare;
mod decode;
mod engine;
mod failure;
mod files;
mod fold;
mod index;
pub mod inspect;
mod intake;
mod journal;
mod lake;
mod local_file;
mod parallel;
mod prepare;
mod references;
mod replay;
pub mod replay_source;
mod snapshots;
mod tables;
mod truth;

pub use analysis::{FileAnalysis, FileTrials};
pub use artifacts::ArtifactFiles;
pub use compare::FileComparison;
pub use engine::{Engine, EngineSettings};

use trimtab_domain::Result;

/// Runs work that computes or touches the disk where it doesn't hold up the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(failure::wrap("a background step was cut off"))?
}
