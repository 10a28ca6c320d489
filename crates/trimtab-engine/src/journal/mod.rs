//! The journal: an append-only, ordered, replayable log in segment files.
//!
//! One thread appends ([`Journal::append`]); any number read up to [`Journal::head`], which
//! moves only after `fdatasync`. A tail that a crash tore is cut at open: it was never
//! acknowledged.

mod frame;
mod reader;

pub(crate) use frame::{Frame, FrameKind, NO_MARK};
pub(crate) use reader::FrameReader;

use crate::failure::wrap;
use frame::{Parsed, parse};
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tokio::sync::watch;
use trimtab_domain::intake::Position;
use trimtab_domain::{Error, Result};

/// What every segment file begins with.
const MAGIC: &[u8; 8] = b"TRIMJNL1";
/// Where the first frame of a segment stands.
pub(crate) const SEGMENT_HEADER_BYTES: u64 = MAGIC.len() as u64;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    segment_bytes_max: u64,
    /// Who appends holds it; nobody waits, there is one writer.
    writer: Mutex<Writer>,
    head: watch::Sender<Position>,
}

#[derive(Debug)]
struct Writer {
    segment: u64,
    length: u64,
    file: File,
    /// Set when the disk's state is unknown (a failed sync): only a restart reads the truth.
    is_closed: bool,
}

impl Journal {
    /// Opens the journal of a folder, making it if need be, and cuts a torn tail.
    pub(crate) fn open(folder: &Path, segment_bytes_max: u64) -> Result<Self> {
        fs::create_dir_all(folder)
            .map_err(wrap(format!("cannot create `{}`", folder.display())))?;
        let writer = match segments(folder)?.last() {
            None => create_segment(folder, 1)?,
            Some(&segment) => recover_segment(folder, segment)?,
        };
        let head = Position {
            segment: writer.segment,
            offset: writer.length,
        };
        Ok(Self {
            folder: folder.to_owned(),
            segment_bytes_max,
            writer: Mutex::new(writer),
            head: watch::Sender::new(head),
        })
    }

    /// Appends encoded frames in one write and one `fdatasync`, and returns where the journal
    /// ends then. Readers see them after [`Journal::publish`].
    pub(crate) fn append(&self, frames: &[u8]) -> Result<Position> {
        let mut writer = self
            .writer
            .lock()
            .map_err(|_| Error::internal("the journal's writer panicked"))?;
        if writer.is_closed {
            return Err(
                Error::unavailable("the journal is closed after a disk error").with_hint(
                    "check the disk, then restart the server: what was acknowledged is safe",
                ),
            );
        }
        if writer.length > SEGMENT_HEADER_BYTES
            && writer.length + frames.len() as u64 > self.segment_bytes_max
        {
            *writer = create_segment(&self.folder, writer.segment + 1)?;
        }
        let path = segment_path(&self.folder, writer.segment);
        if let Err(source) = writer.file.write_all_at(frames, writer.length) {
            // What was half written must not stay: the next frame belongs there.
            if writer.file.set_len(writer.length).is_err() {
                writer.is_closed = true;
            }
            return Err(wrap(format!("cannot write `{}`", path.display()))(source));
        }
        if let Err(source) = writer.file.sync_data() {
            // After a failed sync nobody knows what is on disk.
            writer.is_closed = true;
            return Err(wrap(format!("cannot sync `{}`", path.display()))(source));
        }
        writer.length += frames.len() as u64;
        Ok(Position {
            segment: writer.segment,
            offset: writer.length,
        })
    }

    /// Refuses further appends until a restart.
    pub(crate) fn close(&self) {
        if let Ok(mut writer) = self.writer.lock() {
            writer.is_closed = true;
        }
    }

    /// Shows readers everything before `position`.
    pub(crate) fn publish(&self, position: Position) {
        self.head.send_replace(position);
    }

    /// Where the journal ends for readers.
    pub(crate) fn head(&self) -> Position {
        *self.head.borrow()
    }

    /// Waits until the journal ends beyond `position`.
    pub(crate) async fn wait_beyond(&self, position: Position) {
        let mut head = self.head.subscribe();
        // The sender lives as long as `self`.
        drop(head.wait_for(|head| *head > position).await);
    }

    /// Reads frames from a position up to the head of this moment.
    pub(crate) fn read_from(&self, from: Position) -> Result<FrameReader> {
        FrameReader::new(self.folder.clone(), from, self.head())
    }

    /// Removes segments that end before `before`; the last one always stays.
    pub(crate) fn trim(&self, before: Position) -> Result<()> {
        let head = self.head();
        for segment in segments(&self.folder)? {
            if segment < before.segment && segment < head.segment {
                let path = segment_path(&self.folder, segment);
                fs::remove_file(&path)
                    .map_err(wrap(format!("cannot remove `{}`", path.display())))?;
            }
        }
        Ok(())
    }

    /// Bytes on disk.
    pub(crate) fn size_bytes(&self) -> u64 {
        segments(&self.folder)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|segment| fs::metadata(segment_path(&self.folder, segment)).ok())
            .map(|metadata| metadata.len())
            .sum()
    }
}

fn segment_path(folder: &Path, segment: u64) -> PathBuf {
    folder.join(format!("{segment:020}.seg"))
}

/// The numbers of the segment files of a folder, ascending.
fn segments(folder: &Path) -> Result<Vec<u64>> {
    let failed = || wrap(format!("cannot list `{}`", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed())? {
        let name = entry.map_err(failed())?.file_name();
        let number: Option<u64> = name
            .to_str()
            .and_then(|name| name.strip_suffix(".seg"))
            .and_then(|stem| stem.parse().ok());
        found.extend(number);
    }
    found.sort_unstable();
    Ok(found)
}

fn create_segment(folder: &Path, segment: u64) -> Result<Writer> {
    let path = segment_path(folder, segment);
    let failed = || wrap(format!("cannot create `{}`", path.display()));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .map_err(failed())?;
    file.write_all_at(MAGIC, 0).map_err(failed())?;
    file.sync_all().map_err(failed())?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed())?;
    Ok(Writer {
        segment,
        length: SEGMENT_HEADER_BYTES,
        file,
        is_closed: false,
    })
}

/// Opens the last segment and cuts what a crash left half written.
fn recover_segment(folder: &Path, segment: u64) -> Result<Writer> {
    let path = segment_path(folder, segment);
    let failed = || wrap(format!("cannot open `{}`", path.display()));
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(failed())?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed())?;
    if bytes.len() < MAGIC.len() {
        // The crash came between creating the file and its first bytes.
        return create_segment(folder, segment);
    }
    if bytes.get(..MAGIC.len()) != Some(MAGIC.as_slice()) {
        return Err(Error::internal(format!(
            "`{}` is not a journal segment of this program",
            path.display()
        )));
    }
    let mut good = MAGIC.len();
    while let Parsed::Whole(_, n_bytes) = parse(&bytes[good..]) {
        good += n_bytes;
    }
    if good < bytes.len() {
        tracing::warn!(
            segment,
            cut_bytes = bytes.len() - good,
            "cut a torn tail of the journal: it was never acknowledged"
        );
        file.set_len(good as u64).map_err(failed())?;
        file.sync_all().map_err(failed())?;
    }
    Ok(Writer {
        segment,
        length: good as u64,
        file,
        is_closed: false,
    })
}

#[cfg(test)]
mod tests;
