//! Decoding: bytes of any understood encoding to typed columns, with every wrong row named.
//!
//! Instants are accepted as RFC 3339 text, as Arrow timestamps and as integers, which count
//! microseconds since 1970.

pub(crate) mod columnar;
pub(crate) mod json;
mod shape;

pub(crate) use shape::{Kind, Shape};

use arrow::array::ArrayRef;
use bytes::Bytes;
use trimtab_domain::intake::{MediaType, REJECTIONS_LISTED_MAX, Rejection, RejectionCode};
use trimtab_domain::{Error, Result};

/// Rows as columns of a [`Shape`], in its order.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) n_rows: usize,
    pub(crate) columns: Vec<ArrayRef>,
    pub(crate) refused: Refused,
}

/// Rows that were refused, with the first reason of each.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    flags: Vec<bool>,
    n: u64,
    listed: Vec<Rejection>,
}

/// Why a row is refused.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) field: Option<String>,
    pub(crate) code: RejectionCode,
    pub(crate) reason: String,
    pub(crate) fix: String,
}

impl Refused {
    /// Refuses a row, unless it is already.
    pub(crate) fn add(&mut self, row: usize, problem: impl FnOnce() -> Problem) {
        if self.contains(row) {
            return;
        }
        if self.flags.len() <= row {
            self.flags.resize(row + 1, false);
        }
        self.flags[row] = true;
        self.n += 1;
        if self.listed.len() < REJECTIONS_LISTED_MAX {
            let Problem {
                field,
                code,
                reason,
                fix,
            } = problem();
            self.listed.push(Rejection {
                row: row as u64,
                field,
                reason,
                fix,
                code,
            });
        }
    }

    /// Whether a row is refused.
    pub(crate) fn contains(&self, row: usize) -> bool {
        self.flags.get(row).copied().unwrap_or(false)
    }

    /// How many rows are refused.
    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    /// The listed reasons in order of rows.
    pub(crate) fn into_listed(self) -> Vec<Rejection> {
        let mut listed = self.listed;
        listed.sort_by_key(|rejection| rejection.row);
        listed
    }
}

/// Decodes a body into the columns of a shape.
///
/// # Errors
///
/// `Invalid` if the body cannot be read at all, or holds no row.
pub(crate) fn decode(shape: &Shape, media_type: MediaType, body: &Bytes) -> Result<Decoded> {
    if body.is_empty() {
        return Err(Error::invalid("the body is empty").with_hint("send at least one row"));
    }
    let decoded = match media_type {
        MediaType::Json => json::decode_array(shape, body)?,
        MediaType::Ndjson => json::decode_lines(shape, body)?,
        MediaType::ArrowStream => columnar::decode(shape, &columnar::read_arrow(body)?)?,
        MediaType::Parquet => columnar::decode(shape, &columnar::read_parquet(body)?)?,
        MediaType::Csv => {
            return Err(Error::invalid("CSV is not accepted here")
                .with_hint("send JSON, NDJSON, an Arrow stream or Parquet"));
        }
    };
    if decoded.n_rows == 0 {
        return Err(Error::invalid("the body holds no rows").with_hint("send at least one row"));
    }
    Ok(decoded)
}

/// A number as text: the same for `1` and `1.0`.
pub(crate) fn number_text(value: f64) -> String {
    // Beyond 2^53 Display would print digits that nobody sent.
    if value == 0.0 {
        "0".to_owned()
    } else if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        format!("{value:.0}")
    } else {
        format!("{value:?}")
    }
}

/// Reads an instant.
pub(crate) fn instant_us(text: &str) -> std::result::Result<i64, Problem> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(instant.as_microsecond());
    }
    let year: Option<u32> = text.get(..4).and_then(|year| year.parse().ok());
    let code = match year {
        Some(year) if !(1970..2200).contains(&year) => RejectionCode::TimestampOutOfRange,
        _ => RejectionCode::WrongType,
    };
    Err(Problem {
        field: None,
        code,
        reason: format!("`{}` is not an instant", crate::failure::one_line(text)),
        fix: "write RFC 3339 with a zone, such as 2013-09-01T12:00:00Z, or microseconds since 1970"
            .to_owned(),
    })
}
