//! One frame of the journal: a length, a checksum, and what happened.

use crate::failure::wrap;
use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use trimtab_domain::{Error, Result};

/// Length and checksum before every payload.
pub(crate) const FRAME_HEADER_BYTES: usize = 8;
/// No frame is larger: a length beyond it is damage, not data.
pub(crate) const FRAME_BYTES_MAX: usize = 1 << 30;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// Inference events.
    Predictions,
    /// Labels with what they were joined to.
    Labels,
    /// Numbers from outside.
    MetricPoints,
    /// The sender's word that everything before `mark` was sent.
    Complete,
}

impl FrameKind {
    fn code(self) -> u8 {
        match self {
            Self::Predictions => 1,
            Self::Labels => 2,
            Self::MetricPoints => 3,
            Self::Complete => 4,
        }
    }

    fn of(code: u8) -> Option<Self> {
        [
            Self::Predictions,
            Self::Labels,
            Self::MetricPoints,
            Self::Complete,
        ]
        .into_iter()
        .find(|kind| kind.code() == code)
    }
}

/// A frame before it is written, or after it was read.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    pub(crate) model: String,
    /// For predictions: the model's watermark after them. For a completion: its instant.
    /// Microseconds; `i64::MIN` where there is none.
    pub(crate) mark: i64,
    /// Rows in the body.
    pub(crate) n_rows: u64,
    /// An Arrow IPC stream; empty for a completion.
    pub(crate) body: Vec<u8>,
}

/// A mark that says nothing.
pub(crate) const NO_MARK: i64 = i64::MIN;

impl Frame {
    /// A frame around a batch.
    pub(crate) fn of_batch(
        kind: FrameKind,
        model: &str,
        mark: i64,
        batch: &RecordBatch,
    ) -> Result<Self> {
        let failed = || wrap("cannot encode rows for the journal");
        let mut body = Vec::with_capacity(batch.get_array_memory_size() / 2 + 1_024);
        let mut writer = StreamWriter::try_new(&mut body, batch.schema_ref()).map_err(failed())?;
        writer.write(batch).map_err(failed())?;
        writer.finish().map_err(failed())?;
        drop(writer);
        Ok(Self {
            kind,
            model: model.to_owned(),
            mark,
            n_rows: batch.num_rows() as u64,
            body,
        })
    }

    /// The rows.
    pub(crate) fn batch(&self) -> Result<RecordBatch> {
        let failed = || wrap("cannot decode rows of the journal");
        let mut reader = StreamReader::try_new(self.body.as_slice(), None).map_err(failed())?;
        reader
            .next()
            .ok_or_else(|| Error::internal("a journal frame holds no rows"))?
            .map_err(failed())
    }

    /// Appends the frame's bytes to `out`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        out.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
        out.push(self.kind.code());
        out.extend_from_slice(&self.mark.to_le_bytes());
        out.extend_from_slice(&self.n_rows.to_le_bytes());
        let name = self.model.as_bytes();
        let name_length = u16::try_from(name.len())
            .map_err(|_| Error::internal("a model name is longer than a frame can hold"))?;
        out.extend_from_slice(&name_length.to_le_bytes());
        out.extend_from_slice(name);
        out.extend_from_slice(&self.body);
        let payload = &out[start + FRAME_HEADER_BYTES..];
        if payload.len() > FRAME_BYTES_MAX {
            return Err(
                Error::invalid("the batch is too large for one journal frame")
                    .with_hint("send it in smaller parts"),
            );
        }
        let length = u32::try_from(payload.len())
            .map_err(|_| Error::internal("a frame's length does not fit"))?;
        let checksum = crc32fast::hash(payload);
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
        out[start + 4..start + 8].copy_from_slice(&checksum.to_le_bytes());
        Ok(())
    }

    /// Reads a payload whose checksum was right.
    pub(crate) fn read(payload: &[u8]) -> Result<Self> {
        let foreign = || Error::internal("a journal frame has an unknown shape");
        let (&code, rest) = payload.split_first().ok_or_else(foreign)?;
        let kind = FrameKind::of(code).ok_or_else(foreign)?;
        let (mark, rest) = rest.split_first_chunk::<8>().ok_or_else(foreign)?;
        let (n_rows, rest) = rest.split_first_chunk::<8>().ok_or_else(foreign)?;
        let (name_length, rest) = rest.split_first_chunk::<2>().ok_or_else(foreign)?;
        let (name, body) = rest
            .split_at_checked(usize::from(u16::from_le_bytes(*name_length)))
            .ok_or_else(foreign)?;
        Ok(Self {
            kind,
            model: std::str::from_utf8(name).map_err(|_| foreign())?.to_owned(),
            mark: i64::from_le_bytes(*mark),
            n_rows: u64::from_le_bytes(*n_rows),
            body: body.to_vec(),
        })
    }
}

/// What stands at the start of a byte run.
pub(crate) enum Parsed<'a> {
    /// A whole frame's payload, and the bytes it and its header take.
    Whole(&'a [u8], usize),
    /// The run ends inside a frame that needs so many bytes.
    Short(usize),
    /// The checksum or the length is wrong.
    Damaged,
}

/// Looks at the first frame of a byte run.
pub(crate) fn parse(bytes: &[u8]) -> Parsed<'_> {
    let Some((header, rest)) = bytes.split_first_chunk::<FRAME_HEADER_BYTES>() else {
        return Parsed::Short(FRAME_HEADER_BYTES);
    };
    let [a, b, c, d, e, f, g, h] = *header;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let checksum = u32::from_le_bytes([e, f, g, h]);
    if length == 0 || length > FRAME_BYTES_MAX {
        return Parsed::Damaged;
    }
    match rest.get(..length) {
        None => Parsed::Short(FRAME_HEADER_BYTES + length),
        Some(payload) if crc32fast::hash(payload) == checksum => {
            Parsed::Whole(payload, FRAME_HEADER_BYTES + length)
        }
        Some(_) => Parsed::Damaged,
    }
}
