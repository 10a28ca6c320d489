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

    /// Whether a version of any model holds a file with these contents (SHA-256, hex).
    async fn is_registered_content(&self, sha256: &str) -> Result<bool>;

    /// Commits a deed with its history and its audit entries: all or nothing.
    ///
    /// # Errors
    ///
    /// `Conflict` if the model is not at the expected revision (read again and decide again), or
    /// is there although it must not be.
    async fn commit_registry(&self, commit: &RegistryCommit) -> Result<()>;
}
