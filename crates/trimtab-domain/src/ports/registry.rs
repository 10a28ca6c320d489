//! The port to registered models.

use crate::error::Result;
use crate::registry::{HistoryEntry, ModelVersion, RegisteredModel, RegistryCommit};
use async_trait::async_trait;

/// Registered models, their versions and history.
#[async_trait]
pub trait RegistryStore: Send + Sync {
    /// One model.
    async fn registered_model(&self, name: &str) -> Result<Option<RegisteredModel>>;

    /// All models, by name.
    async fn registered_models(&self) -> Result<Vec<RegisteredModel>>;

    /// One version.
    async fn model_version(&self, model: &str, version: u32) -> Result<Option<ModelVersion>>;

    /// The versions of one model, or of all, by model and number.
    async fn model_versions(&self, model: Option<&str>) -> Result<Vec<ModelVersion>>;

    /// What happened to a model, oldest first. It outlives the model.
    async fn registry_history(&self, model: &str) -> Result<Vec<HistoryEntry>>;

    /// Commits a deed with its history and its audit entries: all or nothing.
    ///
    /// A model of a name that was in use before counts its versions on from there: whatever still
    /// speaks of an old version (a flag, an approval, a file kept elsewhere) must not mean a new
    /// one.
    ///
    /// # Errors
    ///
    /// `Conflict` if the model is not at the expected revision (read again and decide again), or
    /// is there although it must not be, or is to get a name whose versions are on record.
    async fn commit_registry(&self, commit: &RegistryCommit) -> Result<()>;
}
