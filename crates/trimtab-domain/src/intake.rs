//! Intake: what serving systems send, and what they are told about it.

use crate::error::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of rows a batch holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Inference events.
    Predictions,
    /// Ground truth for them.
    Labels,
    /// Numbers from outside.
    MetricPoints,
}

/// How rows are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// A JSON array of objects.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// An Arrow IPC stream.
    ArrowStream,
    /// A Parquet file.
    Parquet,
    /// Comma-separated values with a header (files only).
    Csv,
}

impl MediaType {
    /// Reads a `Content-Type`.
    ///
    /// # Errors
    ///
    /// `Invalid`, listing what is understood.
    pub fn from_content_type(content_type: &str) -> Result<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" => Ok(Self::Json),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Self::Ndjson),
            "application/vnd.apache.arrow.stream" => Ok(Self::ArrowStream),
            "application/vnd.apache.parquet" | "application/x-parquet" => Ok(Self::Parquet),
            _ => Err(
                Error::invalid(format!("content type `{essence}` is not understood")).with_hint(
                    "send application/json, application/x-ndjson, \
                     application/vnd.apache.arrow.stream or application/vnd.apache.parquet",
                ),
            ),
        }
    }

    /// As a `Content-Type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::ArrowStream => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Csv => "text/csv",
        }
    }
}

/// What happens to a batch with wrong rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IngestMode {
    /// One wrong row refuses the batch, which then leaves no trace.
    #[default]
    AllOrNothing,
    /// Right rows are kept, wrong ones are reported.
    AcceptValid,
}

/// The answer to a batch. What it counts as accepted is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Rows appended.
    pub accepted: u64,
    /// Rows that were there already, with the same content.
    pub duplicates: u64,
    /// Rows refused (the first [`REJECTIONS_LISTED_MAX`] of them).
    pub rejected: Vec<Rejection>,
    /// All rows refused.
    pub n_rejected: u64,
    /// Where the journal ended after the append.
    pub position: Position,
}

/// More refused rows than this are counted, not listed.
pub const REJECTIONS_LISTED_MAX: usize = 100;

/// One refused row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Zero-based position in the batch.
    pub row: u64,
    /// Which field, where it is about one.
    pub field: Option<String>,
    /// Why.
    pub reason: String,
    /// What to do.
    pub fix: String,
    /// Stable word: `missing_field`, `wrong_type`, `unknown_column`, `timestamp_out_of_range`,
    /// `id_conflict`…
    pub code: RejectionCode,
}

/// Why a row was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionCode {
    /// A required field is absent or null.
    MissingField,
    /// A value does not have the column's type.
    WrongType,
    /// A field that the schema doesn't have.
    UnknownColumn,
    /// An event time too far in the future, or outside what is kept.
    TimestampOutOfRange,
    /// The same identifier with other content.
    IdConflict,
    /// A value outside what the field allows.
    InvalidValue,
    /// The row could not be read at all.
    Malformed,
}

/// A place in the journal; places order as they were written.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Position {
    /// Number of the segment file.
    pub segment: u64,
    /// Byte offset in it.
    pub offset: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.segment, self.offset)
    }
}

impl std::str::FromStr for Position {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        text.split_once(':')
            .and_then(|(segment, offset)| {
                Some(Self {
                    segment: segment.parse().ok()?,
                    offset: offset.parse().ok()?,
                })
            })
            .ok_or_else(|| Error::internal(format!("`{text}` is not a journal position")))
    }
}

/// How far a model's events have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModelProgress {
    /// Oldest event time seen.
    pub data_from: Option<Timestamp>,
    /// Newest event time seen that enough rows support: the watermark before lateness.
    pub watermark: Option<Timestamp>,
    /// The sender's word that everything before it has been sent.
    pub complete_until: Option<Timestamp>,
    /// Newest known-at time of a label.
    pub labels_through: Option<Timestamp>,
}
