//! Files by the hash of their contents, over `object_store`: a folder now, a bucket by address.
//!
//! A stream is written under a name of its own while it is hashed, then takes the name of its
//! contents: `sha256/ab/cdef…`. What is there already is kept once. Reading hashes along, and the
//! last piece is held back until the hash is known to be right.

use crate::blocking;
use crate::failure::wrap;
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use trimtab_domain::ports::ArtifactStore;
use trimtab_domain::ports::artifacts::{ByteStream, ContentHash, Received, StoredContent};
use trimtab_domain::{Error, Result};

/// Pieces of a file on their way to the store.
const PIECE_BYTES: usize = 5 << 20;
/// Pieces that are written at the same time.
const PIECES_AT_ONCE: usize = 4;

/// Keeps artifacts in one folder.
#[derive(Debug)]
pub struct ArtifactFiles {
    store: Arc<dyn ObjectStore>,
    /// Where the store is a folder of this machine: what was written there is forced to the disk.
    folder: Option<PathBuf>,
    /// Tells uploads apart.
    n_uploads: AtomicU64,
}

impl ArtifactFiles {
    /// Opens a folder, making it if need be. What a crash left half-written is removed.
    ///
    /// # Errors
    ///
    /// `Unavailable` or `Internal` if the disk refuses.
    pub fn open(folder: &Path) -> Result<Self> {
        let cannot = format!("cannot open `{}`", folder.display());
        let incoming = folder.join(INCOMING);
        match std::fs::remove_dir_all(&incoming) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(wrap(cannot)(error)),
        }
        std::fs::create_dir_all(folder).map_err(wrap(cannot.clone()))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(wrap(cannot))?;
        Ok(Self {
            store: Arc::new(store),
            folder: Some(folder.to_owned()),
            n_uploads: AtomicU64::new(0),
        })
    }

    /// Over any object store.
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            folder: None,
            n_uploads: AtomicU64::new(0),
        }
    }

    async fn write(&self, at: &ObjectPath, mut stream: ByteStream) -> Result<StoredContent> {
        let upload = self
            .store
            .put_multipart(at)
            .await
            .map_err(wrap("cannot begin to store an artifact"))?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PIECE_BYTES);
        let mut hasher = Sha256::new();
        let mut n_bytes = 0;
        while let Some(piece) = stream.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    abort(upload).await;
                    return Err(error);
                }
            };
            hasher.update(&piece);
            n_bytes += piece.len() as u64;
            if let Err(error) = upload.wait_for_capacity(PIECES_AT_ONCE).await {
                abort(upload).await;
                return Err(wrap("cannot store an artifact")(error));
            }
            upload.put(piece);
        }
        upload
            .finish()
            .await
            .map_err(wrap("cannot store an artifact"))?;
        Ok(StoredContent {
            hash: ContentHash::from_digest(&hasher.finalize()),
            n_bytes,
        })
    }
}

/// A file that has arrived under a name of its own.
struct Arrived {
    store: Arc<dyn ObjectStore>,
    folder: Option<PathBuf>,
    at: ObjectPath,
    content: StoredContent,
    is_kept: bool,
}

#[async_trait]
impl Received for Arrived {
    fn content(&self) -> &StoredContent {
        &self.content
    }

    async fn keep(mut self: Box<Self>) -> Result<()> {
        let to = place(&self.content.hash);
        // The same contents under the same name: whoever comes second changes nothing.
        self.store
            .rename(&self.at, &to)
            .await
            .map_err(wrap("cannot name an artifact"))?;
        self.is_kept = true;
        match &self.folder {
            Some(folder) => force(folder.join(to.as_ref())).await,
            None => Ok(()),
        }
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        // In a bucket it stays: nobody can wait for an answer here.
        if let Some(folder) = &self.folder
            && let Err(error) = std::fs::remove_file(folder.join(self.at.as_ref()))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "an artifact that is not wanted stays until the next start");
        }
    }
}

/// Forces a file and the folder that names it to the disk.
async fn force(path: PathBuf) -> Result<()> {
    blocking(move || {
        let failed = || wrap("cannot force an artifact to the disk");
        let sync = |path: &Path| std::fs::File::open(path)?.sync_all();
        sync(&path).map_err(failed())?;
        for above in path.ancestors().skip(1).take(2) {
            sync(above).map_err(failed())?;
        }
        Ok(())
    })
    .await
}

const INCOMING: &str = "incoming";

fn place(hash: &ContentHash) -> ObjectPath {
    let (head, tail) = hash.as_str().split_at(2);
    ObjectPath::from(format!("sha256/{head}/{tail}"))
}

async fn abort(upload: WriteMultipart) {
    if let Err(error) = upload.abort().await {
        tracing::warn!(%error, "a half-written artifact stays until the next start");
    }
}

#[async_trait]
impl ArtifactStore for ArtifactFiles {
    async fn receive(&self, stream: ByteStream) -> Result<Box<dyn Received>> {
        let number = self.n_uploads.fetch_add(1, Ordering::Relaxed);
        let at = ObjectPath::from(format!("{INCOMING}/{}-{number}", std::process::id()));
        let content = self.write(&at, stream).await?;
        Ok(Box::new(Arrived {
            store: Arc::clone(&self.store),
            folder: self.folder.clone(),
            at,
            content,
            is_kept: false,
        }))
    }

    async fn contents(&self, first_byte: u8) -> Result<Vec<ContentHash>> {
        let head = format!("{first_byte:02x}");
        let folder = ObjectPath::from(format!("sha256/{head}"));
        let mut listed = self.store.list(Some(&folder));
        let mut found = Vec::new();
        while let Some(file) = listed
            .try_next()
            .await
            .map_err(wrap("cannot list artifacts"))?
        {
            // Whatever else lies there is not ours.
            let tail = file.location.filename().unwrap_or_default();
            found.extend(ContentHash::try_from(format!("{head}{tail}")).ok());
        }
        Ok(found)
    }

    async fn open(&self, hash: &ContentHash) -> Result<ByteStream> {
        let found = match self.store.get(&place(hash)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => {
                return Err(Error::not_found("artifact", hash));
            }
            Err(error) => return Err(wrap("cannot read an artifact")(error)),
        };
        let pieces = found
            .into_stream()
            .map_err(|error| wrap("cannot read an artifact")(error))
            .boxed();
        Ok(verified(pieces, hash.clone()))
    }

    async fn remove(&self, hash: &ContentHash) -> Result<()> {
        match self.store.delete(&place(hash)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(wrap("cannot remove an artifact")(error)),
        }
    }
}

struct Verifying {
    pieces: ByteStream,
    hasher: Sha256,
    /// What was read and not yet given out.
    held: Option<Bytes>,
    hash: ContentHash,
}

/// Passes pieces on, one behind, so that the last one goes out only if all were right.
fn verified(pieces: ByteStream, hash: ContentHash) -> ByteStream {
    let state = Verifying {
        pieces,
        hasher: Sha256::new(),
        held: None,
        hash,
    };
    futures::stream::try_unfold(Some(state), |state| async move {
        let Some(mut state) = state else {
            return Ok(None);
        };
        while let Some(piece) = state.pieces.try_next().await? {
            state.hasher.update(&piece);
            if let Some(before) = state.held.replace(piece) {
                return Ok(Some((before, Some(state))));
            }
        }
        let found = ContentHash::from_digest(&state.hasher.finalize());
        if found != state.hash {
            return Err(Error::internal(format!(
                "artifact `{}` is damaged: its contents have the hash `{found}`",
                state.hash
            )));
        }
        Ok(state.held.map(|last| (last, None)))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(pieces: &[&'static [u8]]) -> ByteStream {
        let pieces: Vec<Result<Bytes>> = pieces
            .iter()
            .map(|piece| Ok(Bytes::from_static(piece)))
            .collect();
        futures::stream::iter(pieces).boxed()
    }

    async fn put(files: &ArtifactFiles, stream: ByteStream) -> Result<StoredContent> {
        let received = files.receive(stream).await?;
        let content = received.content().clone();
        received.keep().await?;
        Ok(content)
    }

    async fn read(files: &ArtifactFiles, hash: &ContentHash) -> Result<Vec<u8>> {
        let mut stream = files.open(hash).await?;
        let mut all = Vec::new();
        while let Some(piece) = stream.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all)
    }

    fn count(folder: &Path) -> usize {
        std::fs::read_dir(folder).map_or(0, |entries| {
            entries
                .flatten()
                .map(|entry| {
                    if entry.path().is_dir() {
                        count(&entry.path())
                    } else {
                        1
                    }
                })
                .sum()
        })
    }

    #[tokio::test]
    async fn contents_come_back_and_are_kept_once() {
        let dir = tempfile::tempdir().unwrap();
        let files = ArtifactFiles::open(dir.path()).unwrap();
        let one = put(&files, stream(&[b"ab", b"c"])).await.unwrap();
        let two = put(&files, stream(&[b"abc"])).await.unwrap();
        let empty = put(&files, stream(&[])).await.unwrap();
        assert_eq!(one, two);
        assert_eq!(
            one.hash.as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(one.n_bytes, 3);
        assert_eq!(read(&files, &one.hash).await.unwrap(), b"abc");
        assert_eq!(read(&files, &empty.hash).await.unwrap(), b"");
        assert_eq!(count(dir.path()), 2);
        let found = files.contents(0xba).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&one.hash));
        assert_eq!(files.contents(0xbb).await.unwrap(), []);
        files.remove(&one.hash).await.unwrap();
        files.remove(&one.hash).await.unwrap();
        assert!(read(&files, &one.hash).await.is_err());
    }

    #[tokio::test]
    async fn a_stream_that_breaks_off_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let files = ArtifactFiles::open(dir.path()).unwrap();
        let broken = futures::stream::iter([
            Ok(Bytes::from_static(b"half")),
            Err(Error::invalid("the client went away")),
        ]);
        assert!(files.receive(broken.boxed()).await.is_err());
        assert_eq!(count(dir.path()), 0);
        let unwanted = files.receive(stream(&[b"abc"])).await.unwrap();
        assert_eq!(count(dir.path()), 1);
        drop(unwanted);
        assert_eq!(count(dir.path()), 0);
    }

    #[tokio::test]
    async fn damaged_contents_never_arrive_whole() {
        let dir = tempfile::tempdir().unwrap();
        let files = ArtifactFiles::open(dir.path()).unwrap();
        let stored = put(&files, stream(&[b"abc"])).await.unwrap();
        let path = dir.path().join(place(&stored.hash).as_ref());
        std::fs::write(path, b"abd").unwrap();
        let mut opened = files.open(&stored.hash).await.unwrap();
        let mut n_bytes = 0;
        let mut failed = false;
        while let Some(piece) = opened.next().await {
            match piece {
                Ok(piece) => n_bytes += piece.len(),
                Err(_) => failed = true,
            }
        }
        assert!(failed);
        assert!(n_bytes < 3, "{n_bytes}");
    }
}
