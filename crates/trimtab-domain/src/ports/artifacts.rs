//! Files by the hash of their contents.

use crate::error::Result;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes on their way, piece by piece.
pub type ByteStream = BoxStream<'static, Result<Bytes>>;

/// SHA-256 of a file's contents, 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash(String);

impl ContentHash {
    /// From the 32 bytes of the digest.
    pub fn from_digest(digest: &[u8]) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in digest {
            for digit in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        Self(hex)
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ContentHash {
    type Error = crate::Error;
    fn try_from(text: String) -> Result<Self> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(is_hex) {
            return Ok(Self(text));
        }
        Err(crate::Error::invalid(
            "a content hash has 64 hexadecimal digits",
        ))
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContent {
    /// The hash by which it is found.
    pub hash: ContentHash,
    /// Its length in bytes.
    pub n_bytes: u64,
}

/// Contents that have arrived and are not kept yet. Dropped, they leave no trace.
#[async_trait]
pub trait Received: Send {
    /// What arrived.
    fn content(&self) -> &StoredContent;

    /// Keeps it: from here on it is found by its hash, and is on disk.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the disk refuses.
    async fn keep(self: Box<Self>) -> Result<()>;
}

/// Keeps files by the hash of their contents; equal contents are kept once.
#[async_trait]
pub trait ArtifactStore: Send + Sync {
    /// Takes a stream to its end. A stream that breaks off leaves no trace.
    ///
    /// # Errors
    ///
    /// The stream's own error, or `Unavailable` if the disk refuses.
    async fn receive(&self, stream: ByteStream) -> Result<Box<dyn Received>>;

    /// The contents that are kept and whose hash begins with this byte.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the disk refuses.
    async fn contents(&self, first_byte: u8) -> Result<Vec<ContentHash>>;

    /// Opens a file. The contents are checked while they are read: if they are not what the hash
    /// says, the stream ends with an error instead of its last piece.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none.
    async fn open(&self, hash: &ContentHash) -> Result<ByteStream>;

    /// Removes a file that nothing names any more; absent ones are fine.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the disk refuses.
    async fn remove(&self, hash: &ContentHash) -> Result<()>;
}
