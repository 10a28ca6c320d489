//! Artifacts: names in the store, contents by their hash.

use super::check_artifact_path;
use crate::app::App;
use trimtab_domain::ports::artifacts::{ByteStream, ContentHash, StoredContent};
use trimtab_domain::ports::tracking::{ArtifactEntry, ArtifactFile};

use trimtab_domain::{Error, ErrorKind, Result};

/// Entries of one folder that are listed at most.
const ENTRIES_MAX: u32 = 100_000;
/// Contents that are looked at, and removed, while uploads wait to name theirs.
const COLLECTED_AT_ONCE: usize = 200;

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
        let received = self.inner.parts.artifacts.receive(stream).await?;
        let file = ArtifactFile {
            path: path.to_owned(),
            content: received.content().clone(),
        };
        let named = {
            // However long the file was on its way: only from here on its contents could be taken
            // for those that nothing names.
            let _naming = self.inner.artifact_naming.read().await;
            received.keep().await?;
            self.store().put_artifact(&file, self.now_ms()).await
        };
        if let Err(refusal) = named {
            let contents = std::slice::from_ref(&file.content.hash);
            if let Err(error) = self.collect(contents).await {
                tracing::warn!(%error, "contents without a name stay until they are collected");
            }
            return Err(refusal);
        }
        Ok(file.content)
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
        let orphans = self.store().delete_artifacts(path).await?;
        self.collect(&orphans).await?;
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

    /// Removes the contents that nothing names any more: those that a later upload replaced, of
    /// versions that are gone, of an upload that a crash cut off before it had its name. Answers
    /// how many.
    ///
    /// # Errors
    ///
    /// `Unavailable` if store or disk are away: the rest waits for the next time.
    pub async fn collect_contents(&self) -> Result<u64> {
        let mut n_removed = 0;
        for first_byte in 0..=u8::MAX {
            let all = self.inner.parts.artifacts.contents(first_byte).await?;
            for some in all.chunks(COLLECTED_AT_ONCE) {
                // A look without the lock finds most rounds empty.
                let unnamed = self.store().unnamed_contents(some).await?;
                n_removed += self.collect(&unnamed).await?;
            }
        }
        Ok(n_removed)
    }

    /// Removes those of these contents that nothing names.
    pub(super) async fn collect(&self, hashes: &[ContentHash]) -> Result<u64> {
        let mut n_removed = 0;
        for some in hashes.chunks(COLLECTED_AT_ONCE) {
            // Nobody is between keeping contents and naming them meanwhile.
            let _collecting = self.inner.artifact_naming.write().await;
            for hash in self.store().unnamed_contents(some).await? {
                self.inner.parts.artifacts.remove(&hash).await?;
                n_removed += 1;
            }
        }
        Ok(n_removed)
    }
}
