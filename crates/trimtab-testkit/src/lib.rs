//! Stand-ins for the world, so that tests of the app and the server run without engine and SQL.
//!
//! Aside from the floors: a dev-dependency only. The clock is virtual, identities count up, the
//! store keeps everything in memory, and the engine profiles plain JSON rows.
//!
//! To test a use case, take a [`World`], build the app from its parts, send rows, let the app
//! catch up, and look at what the store holds.
//!
//! Deliberately absent: anything random, slow or on disk.

mod artifacts;
pub mod candidates;
mod clock;
mod engine;
mod identity;
mod notifier;
mod orchestrator;
mod outcomes;
mod references;
pub mod samples;
mod snapshots;
mod store;
mod store_ab_test;
mod store_audit;
mod store_registry;
mod store_retraining;
mod store_rollout;
mod store_tracking;
mod store_validation;
mod trials;

pub use artifacts::MemoryArtifacts;
pub use clock::VirtualClock;
pub use engine::MemoryEngine;
pub use identity::CountingIdentity;
pub use notifier::RecordingNotifier;
pub use orchestrator::ScriptedOrchestrator;
pub use snapshots::MemorySnapshots;
pub use store::MemoryStore;
pub use trials::{CannedTrials, NamedModels};

use std::sync::Arc;

/// One of everything.
#[derive(Clone)]
pub struct World {
    /// Stands still until it is moved.
    pub clock: Arc<VirtualClock>,
    /// Counts up.
    pub identity: Arc<CountingIdentity>,
    /// The metadata database in memory.
    pub store: Arc<MemoryStore>,
    /// Intake, journal, lake and references in memory.
    pub engine: Arc<MemoryEngine>,
    /// Files in memory.
    pub artifacts: Arc<MemoryArtifacts>,
    /// Keeps what it was given to send.
    pub notifier: Arc<RecordingNotifier>,
    /// Reads `model …` as a model.
    pub models: Arc<NamedModels>,
    /// Answers with the evidence it was given.
    pub trials: Arc<CannedTrials>,
    /// Writes nothing, and says so of how many rows.
    pub snapshots: Arc<MemorySnapshots>,
    /// Runs jobs as it is told.
    pub orchestrator: Arc<ScriptedOrchestrator>,
}

impl World {
    /// A fresh world on the morning of 1 January 2026.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(VirtualClock::default()),
            identity: Arc::new(CountingIdentity::default()),
            store: Arc::new(MemoryStore::default()),
            engine: Arc::new(MemoryEngine::default()),
            artifacts: Arc::new(MemoryArtifacts::default()),
            notifier: Arc::new(RecordingNotifier::default()),
            models: Arc::new(NamedModels),
            trials: Arc::new(CannedTrials::default()),
            snapshots: Arc::new(MemorySnapshots::default()),
            orchestrator: Arc::new(ScriptedOrchestrator::default()),
        }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Locks, and goes on after another test thread's panic.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
