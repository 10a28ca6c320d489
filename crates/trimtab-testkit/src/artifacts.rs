//! Files in memory, by the hash of their contents.

use crate::lock;
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Mutex;
use trimtab_domain::ports::ArtifactStore;
use trimtab_domain::ports::artifacts::{ByteStream, ContentHash, StoredContent};
use trimtab_domain::{Error, Result};

/// An artifact store without a disk.
#[derive(Default)]
pub struct MemoryArtifacts {
    files: Mutex<BTreeMap<ContentHash, Bytes>>,
}

impl MemoryArtifacts {
    /// How many different contents it keeps.
    pub fn n_files(&self) -> usize {
        lock(&self.files).len()
    }
}

#[async_trait]
impl ArtifactStore for MemoryArtifacts {
    async fn put(&self, mut stream: ByteStream) -> Result<StoredContent> {
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece?);
        }
        let stored = StoredContent {
            hash: ContentHash::from_digest(&Sha256::digest(&bytes)),
            n_bytes: bytes.len() as u64,
        };
        lock(&self.files).insert(stored.hash.clone(), bytes.into());
        Ok(stored)
    }

    async fn open(&self, hash: &ContentHash) -> Result<ByteStream> {
        let bytes = lock(&self.files)
            .get(hash)
            .cloned()
            .ok_or_else(|| Error::not_found("artifact", hash))?;
        Ok(futures::stream::iter([Ok(bytes)]).boxed())
    }

    async fn remove(&self, hash: &ContentHash) -> Result<()> {
        lock(&self.files).remove(hash);
        Ok(())
    }
}
