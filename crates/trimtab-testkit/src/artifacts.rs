//! Files in memory, by the hash of their contents.

use crate::lock;
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use trimtab_domain::ports::ArtifactStore;
use trimtab_domain::ports::artifacts::{ByteStream, ContentHash, Received, StoredContent};
use trimtab_domain::{Error, Result};

/// An artifact store without a disk.
#[derive(Default)]
pub struct MemoryArtifacts {
    files: Arc<Mutex<BTreeMap<ContentHash, Bytes>>>,
}

struct Arrived {
    files: Arc<Mutex<BTreeMap<ContentHash, Bytes>>>,
    content: StoredContent,
    bytes: Bytes,
}

#[async_trait]
impl Received for Arrived {
    fn content(&self) -> &StoredContent {
        &self.content
    }

    async fn keep(self: Box<Self>) -> Result<()> {
        lock(&self.files).insert(self.content.hash, self.bytes);
        Ok(())
    }
}

impl MemoryArtifacts {
    /// How many different contents it keeps.
    pub fn n_files(&self) -> usize {
        lock(&self.files).len()
    }
}

#[async_trait]
impl ArtifactStore for MemoryArtifacts {
    async fn receive(&self, mut stream: ByteStream) -> Result<Box<dyn Received>> {
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece?);
        }
        let content = StoredContent {
            hash: ContentHash::from_digest(&Sha256::digest(&bytes)),
            n_bytes: bytes.len() as u64,
        };
        Ok(Box::new(Arrived {
            files: Arc::clone(&self.files),
            content,
            bytes: bytes.into(),
        }))
    }

    async fn contents(&self, first_byte: u8) -> Result<Vec<ContentHash>> {
        let head = format!("{first_byte:02x}");
        let files = lock(&self.files);
        let found = files.keys().filter(|hash| hash.as_str().starts_with(&head));
        Ok(found.cloned().collect())
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
