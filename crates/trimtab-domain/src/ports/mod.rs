//! Ports: everything that touches the world, as traits.
//!
//! `engine` ports speak of profiles and positions, never of rows; `store` ports are grouped by
//! what they keep; `scoring` takes bounded batches of model rows; `world` holds the clock, identity and outgoing messages.

pub mod ab_test;
pub mod analysis;
pub mod artifacts;
pub mod audit;
pub mod engine;
pub mod orchestrator;
pub mod registry;
pub mod retraining;
pub mod rollout;
pub mod scoring;
pub mod store;
pub mod tracking;
pub mod validation;
pub mod world;

pub use ab_test::{AbTestStore, OutcomeLog};
pub use analysis::DataSetAnalysis;
pub use artifacts::ArtifactStore;
pub use audit::AuditStore;
pub use engine::{Append, DataSetComparison, EventLog, Intake, Lake, References, Snapshots};
pub use orchestrator::Orchestrator;
pub use registry::RegistryStore;
pub use retraining::RetrainingStore;
pub use rollout::{ExposureSink, RolloutStore};
pub use scoring::{Explainer, ModelReader, ScoringModel};
pub use store::{
    AlertStore, DocumentStore, ModelStore, ProfileStore, ResultStore, SignalStore, Store,
    TokenStore,
};
pub use tracking::TrackingStore;
pub use validation::{ModelTrials, ValidationStore};
pub use world::{Clock, Identity, Notifier};
