//! Artifacts: names in the store, contents by their hash.

use super::check_artifact_path;
use crate::app::App;
use trimtab_domain::ports::artifacts::{ByteStream, StoredContent};
use trimtab_domain::ports::tracking::{ArtifactEntry, ArtifactFile};

use trimtab_domain::{Error, ErrorKind, Result};

/// Entries of one folder that are listed at most.
const ENTRIES_MAX: u32 = 100_000;

/// A file whose contents are on their way.
pub struct OpenArtifact {
    /// What it is.
    pub file: ArtifactFile,
    /// Its contents, checked while they are read.
    pub stream: ByteStream,
}

impl App {
    /// Stores a file under a path below the root of all artifacts (`1/<run>/artifacts/a.txt`),
    /// replacing what was there.
    ///
    /// # Errors
    ///
    /// `Invalid` for a path that could mean another one, or the stream's own error: then nothing
    /// has changed.
    pub async fn put_artifact(&self, path: &str, stream: ByteStream) -> Result<StoredContent> {
        check_artifact_path(path)?;
        // Contents without a name must not be swept away before they get theirs.
        let _naming = self.inner.artifact_naming.read().await;
        let content = self.inner.parts.artifacts.put(stream).await?;
        let file = ArtifactFile {
            path: path.to_owned(),
            content: content.clone(),
        };
        self.store().put_artifact(&file, self.now_ms()).await?;
        Ok(content)
    }

    /// Opens a file by its path.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn open_artifact(&self, path: &str) -> Result<OpenArtifact> {
        check_artifact_path(path)?;
        let file = self.store().artifact(path).await?;
        let file = file.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("No such artifact: '{path}'"))
        })?;
        let stream = self.inner.parts.artifacts.open(&file.content.hash).await?;
        Ok(OpenArtifact { file, stream })
    }

    /// What lies directly in a folder.
    ///
    /// # Errors
    ///
    /// `Invalid` for a path that could mean another one.
    pub async fn list_artifacts(&self, folder: &str) -> Result<Vec<ArtifactEntry>> {
        if !folder.is_empty() {
            check_artifact_path(folder)?;
        }
        self.store().list_artifacts(folder, ENTRIES_MAX).await
    }

    /// Removes a file, or everything below a folder.
    ///
    /// # Errors
    ///
    /// `Invalid` for a path that could mean another one.
    pub async fn delete_artifacts(&self, path: &str, actor: &str) -> Result<()> {
        check_artifact_path(path)?;
        let _writing = self.inner.artifact_naming.write().await;
        let orphans = self.store().delete_artifacts(path).await?;
        self.remove_contents(&orphans).await?;
        let text = format!("artifacts at `{path}` deleted");
        self.audit(
            actor,
            "artifacts_deleted",
            None,
            format!("artifact/{path}"),
            text,
        )
        .await
    }
}
