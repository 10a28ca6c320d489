//! Reads frames in order, segment after segment, a bounded chunk at a time.

use super::frame::{Frame, Parsed, parse};
use super::{SEGMENT_HEADER_BYTES, segment_path, segments};
use crate::failure::wrap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use trimtab_domain::intake::Position;
use trimtab_domain::{Error, Result};

const CHUNK_BYTES: usize = 4 << 20;

/// Walks the journal from one position to another.
#[derive(Debug)]
pub(crate) struct FrameReader {
    folder: PathBuf,
    /// Where the next frame stands.
    next: Position,
    end: Position,
    file: Option<(u64, File)>,
    buffer: Vec<u8>,
    /// Where in the buffer the next frame begins.
    start: usize,
}

impl FrameReader {
    pub(super) fn new(folder: PathBuf, from: Position, end: Position) -> Result<Self> {
        let mut next = from;
        if next.segment == 0 {
            // Before the beginning: start with the oldest segment there is.
            next = Position {
                segment: segments(&folder)?.first().copied().unwrap_or(end.segment),
                offset: SEGMENT_HEADER_BYTES,
            };
        }
        next.offset = next.offset.max(SEGMENT_HEADER_BYTES);
        Ok(Self {
            folder,
            next,
            end,
            file: None,
            buffer: Vec::new(),
            start: 0,
        })
    }

    /// Where the next frame stands.
    pub(crate) fn position(&self) -> Position {
        self.next
    }

    /// The next frame with the position behind it; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(Frame, Position)>> {
        loop {
            if self.next >= self.end {
                return Ok(None);
            }
            match parse(&self.buffer[self.start..]) {
                Parsed::Whole(payload, n_bytes) => {
                    let frame = Frame::read(payload)?;
                    self.start += n_bytes;
                    self.next.offset += n_bytes as u64;
                    return Ok(Some((frame, self.next)));
                }
                Parsed::Damaged => return Err(self.damaged()),
                Parsed::Short(n_bytes) => {
                    if !self.fill(n_bytes)? {
                        self.enter_next_segment()?;
                    }
                }
            }
        }
    }

    /// Reads until the buffer holds `n_bytes` from the next frame on; `false` at a segment's end.
    fn fill(&mut self, n_bytes: usize) -> Result<bool> {
        let segment = self.next.segment;
        let path = segment_path(&self.folder, segment);
        let failed = || wrap(format!("cannot read `{}`", path.display()));
        if self.file.as_ref().is_none_or(|(open, _)| *open != segment) {
            self.file = Some((segment, File::open(&path).map_err(failed())?));
            self.buffer.clear();
            self.start = 0;
        }
        let Some((_, file)) = &self.file else {
            return Ok(false);
        };
        self.buffer.drain(..self.start);
        self.start = 0;
        let mut wanted = n_bytes.max(CHUNK_BYTES);
        if segment == self.end.segment {
            // Never beyond the head: what follows is not durable yet.
            let left = usize::try_from(self.end.offset - self.next.offset).unwrap_or(usize::MAX);
            wanted = wanted.min(left);
        }
        let mut length = self.buffer.len();
        if wanted > length {
            self.buffer.resize(wanted, 0);
            while length < wanted {
                let offset = self.next.offset + length as u64;
                match file.read_at(&mut self.buffer[length..], offset) {
                    Ok(0) => break,
                    Ok(n) => length += n,
                    Err(source) if source.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(source) => return Err(failed()(source)),
                }
            }
            self.buffer.truncate(length);
        }
        Ok(self.buffer.len() >= n_bytes)
    }

    fn enter_next_segment(&mut self) -> Result<()> {
        if !self.buffer.is_empty() || self.next.segment >= self.end.segment {
            return Err(self.damaged());
        }
        let after = segments(&self.folder)?
            .into_iter()
            .find(|segment| *segment > self.next.segment)
            .ok_or_else(|| self.damaged())?;
        self.next = Position {
            segment: after,
            offset: SEGMENT_HEADER_BYTES,
        };
        Ok(())
    }

    fn damaged(&self) -> Error {
        Error::internal(format!("the journal is damaged at {}", self.next))
            .with_hint("restore the segment file from a backup of the data directory")
    }
}
