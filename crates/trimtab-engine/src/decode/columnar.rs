//! Arrow IPC streams and Parquet: batches cast to the columns of a shape.

use super::json::unknown_field;
use super::shape::{category_type, instant_type};
use super::{Decoded, Kind, Problem, Refused, Shape, instant_us, number_text};
use crate::failure::{guarded, unreadable};
use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::root_as_message;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::sync::Arc;
use trimtab_domain::intake::{REJECTIONS_LISTED_MAX, RejectionCode};
use trimtab_domain::{Error, Result};

/// What the buffers of one message may unpack to.
const UNPACKED_BYTES_MAX: u64 = 4 << 30;

/// Reads an Arrow IPC stream into one batch.
pub(crate) fn read_arrow(body: &Bytes) -> Result<RecordBatch> {
    const WHAT: &str = "the body is not a whole Arrow IPC stream";
    let failed = || unreadable(WHAT);
    check_stream(WHAT, body)?;
    guarded(WHAT, || {
        let reader = StreamReader::try_new(body.as_ref(), None).map_err(failed())?;
        let schema = reader.schema();
        let batches: Vec<RecordBatch> = reader
            .collect::<std::result::Result<_, _>>()
            .map_err(failed())?;
        concat_batches(&schema, &batches).map_err(failed())
    })
}

/// Reads a Parquet file into one batch.
pub(crate) fn read_parquet(body: &Bytes) -> Result<RecordBatch> {
    const WHAT: &str = "the body is not a whole Parquet file";
    guarded(WHAT, || {
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(body.clone()).map_err(unreadable(WHAT))?;
        let schema = Arc::clone(builder.schema());
        let batches: Vec<RecordBatch> = builder
            .with_batch_size(65_536)
            .build()
            .map_err(unreadable(WHAT))?
            .collect::<std::result::Result<_, _>>()
            .map_err(unreadable(WHAT))?;
        concat_batches(&schema, &batches).map_err(unreadable(WHAT))
    })
}

/// Walks the messages of an Arrow IPC stream and checks that what they claim is there: the
/// reader would reserve memory for any claim.
pub(crate) fn check_stream(what: &str, body: &[u8]) -> Result<()> {
    let damaged = || Error::invalid(format!("{what}: a message claims more than there is"));
    let mut rest = body;
    while let Some((word, after)) = rest.split_first_chunk::<4>() {
        let (length, after) = if *word == [0xff; 4] {
            let (length, after) = after.split_first_chunk::<4>().ok_or_else(damaged)?;
            (i32::from_le_bytes(*length), after)
        } else {
            (i32::from_le_bytes(*word), after)
        };
        if length == 0 {
            break;
        }
        let length = usize::try_from(length).map_err(|_| damaged())?;
        let (header, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        let message = root_as_message(header).map_err(|_| damaged())?;
        let length = usize::try_from(message.bodyLength()).map_err(|_| damaged())?;
        let (data, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        let batch = message.header_as_record_batch().or_else(|| {
            let dictionary = message.header_as_dictionary_batch()?;
            dictionary.data()
        });
        if let Some(batch) = batch {
            check_batch(&batch, data).ok_or_else(damaged)?;
        }
        rest = after;
    }
    Ok(())
}

/// Whether a batch's buffers lie in its data and unpack to a bounded size.
fn check_batch(batch: &arrow::ipc::RecordBatch<'_>, data: &[u8]) -> Option<()> {
    let mut unpacked = 0_u64;
    for buffer in batch.buffers()? {
        let start = usize::try_from(buffer.offset()).ok()?;
        let length = usize::try_from(buffer.length()).ok()?;
        let bytes = data.get(start..start.checked_add(length)?)?;
        // A packed buffer begins with its size when unpacked; -1 says that it isn't packed.
        if batch.compression().is_some()
            && let Some(claim) = bytes.first_chunk::<8>()
        {
            unpacked =
                unpacked.checked_add(u64::try_from(i64::from_le_bytes(*claim)).unwrap_or(0))?;
        }
    }
    (unpacked <= UNPACKED_BYTES_MAX).then_some(())
}

/// Casts a batch to the columns of a shape.
pub(crate) fn decode(shape: &Shape, batch: &RecordBatch) -> Result<Decoded> {
    let n_rows = batch.num_rows();
    let mut refused = Refused::default();
    let mut columns: Vec<Option<ArrayRef>> = vec![None; shape.fields.len()];
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let name = field.name();
        let Some(position) = shape.position(name) else {
            if array.logical_null_count() < n_rows {
                for row in 0..n_rows {
                    refused.add(row, || unknown_field(shape, name));
                }
            }
            continue;
        };
        if columns[position].is_some() {
            return Err(Error::invalid(format!("column `{name}` appears twice"))
                .with_hint("send every column once"));
        }
        let cast = conform(array, shape.fields[position].kind);
        let kind = shape.fields[position].kind;
        for (row, problem) in cast.problems {
            refused.add(row, || Problem {
                field: Some(name.clone()),
                ..problem
            });
        }
        for row in cast.more {
            refused.add(row, || lost(kind, array.data_type()));
        }
        columns[position] = Some(cast.array);
    }
    let columns = columns
        .into_iter()
        .zip(&shape.fields)
        .map(|(column, field)| {
            column.unwrap_or_else(|| new_null_array(&field.kind.arrow_type(), n_rows))
        })
        .collect();
    Ok(Decoded {
        n_rows,
        columns,
        refused,
    })
}

/// An array of the wanted type, and the rows whose value could not be kept.
pub(crate) struct Conformed {
    pub(crate) array: ArrayRef,
    /// The first rows, with reasons.
    pub(crate) problems: Vec<(usize, Problem)>,
    /// Rows beyond those that are listed.
    pub(crate) more: Vec<usize>,
}

impl Conformed {
    fn new(array: ArrayRef) -> Self {
        Self {
            array,
            problems: Vec::new(),
            more: Vec::new(),
        }
    }

    fn lose(&mut self, row: usize, problem: impl FnOnce() -> Problem) {
        if self.problems.len() < REJECTIONS_LISTED_MAX {
            self.problems.push((row, problem()));
        } else {
            self.more.push(row);
        }
    }
}

/// Casts an array to a kind's type. What can't be kept is null and named.
pub(crate) fn conform(array: &ArrayRef, kind: Kind) -> Conformed {
    let array = &plain(array);
    let wanted = kind.arrow_type();
    let cast_to = |wanted: &DataType| cast(array, wanted).ok();
    let fits = match (kind, array.data_type()) {
        (_, DataType::Null) => {
            return Conformed::new(new_null_array(&wanted, array.len()));
        }
        (kind, t) if is_plain_cast(kind, t) => cast_to(&wanted),
        (Kind::Integer, t) if t.is_numeric() => cast_to(&DataType::Float64).map(|floats| {
            let floats = floats.as_primitive::<Float64Type>();
            let whole: Int64Array = floats.iter().map(|value| value.and_then(whole)).collect();
            Arc::new(whole) as ArrayRef
        }),
        (Kind::Boolean, DataType::Boolean) | (Kind::TextOfAny, DataType::Utf8) => {
            Some(Arc::clone(array))
        }
        (Kind::Time, DataType::Timestamp(_, _) | DataType::Date32 | DataType::Date64) => {
            microseconds(array)
        }
        (Kind::Time, t) if t.is_integer() => cast_to(&DataType::Int64).map(|integers| {
            let integers = integers.as_primitive::<Int64Type>();
            instants(integers.iter())
        }),
        (Kind::Time, DataType::Utf8) => return parse_instants(array.as_string::<i32>()),
        (Kind::CategoryOfAny, _) => {
            scalar_texts(array).and_then(|texts| cast(&texts, &category_type()).ok())
        }
        (Kind::TextOfAny, _) => scalar_texts(array),
        _ => None,
    };
    let result = fits.unwrap_or_else(|| new_null_array(&wanted, array.len()));
    let mut conformed = Conformed::new(result);
    if conformed.array.null_count() > array.null_count() {
        for row in 0..array.len() {
            if array.is_valid(row) && conformed.array.is_null(row) {
                conformed.lose(row, || lost(kind, array.data_type()));
            }
        }
    }
    conformed
}

/// Whether a cast keeps every value, or makes it null where it doesn't fit.
fn is_plain_cast(kind: Kind, from: &DataType) -> bool {
    match kind {
        Kind::Float => from.is_numeric(),
        Kind::Integer => from.is_integer(),
        Kind::Category | Kind::CategoryOfAny => *from == DataType::Utf8,
        _ => false,
    }
}

fn lost(kind: Kind, from: &DataType) -> Problem {
    let code = match (kind, from) {
        (Kind::Time, DataType::Timestamp(_, _) | DataType::Date32 | DataType::Date64) => {
            RejectionCode::TimestampOutOfRange
        }
        _ => RejectionCode::WrongType,
    };
    Problem {
        field: None,
        code,
        reason: format!("expected {}, found a value of type {from}", kind.expected()),
        fix: format!("cast the column to {} before sending", kind.arrow_type()),
    }
}

/// Dictionaries, views and large texts as plain `Utf8`; half-known encodings unfolded.
fn plain(array: &ArrayRef) -> ArrayRef {
    let wanted = match array.data_type() {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, value) => match value.as_ref() {
            DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
            other => other.clone(),
        },
        DataType::RunEndEncoded(_, value) => value.data_type().clone(),
        _ => return Arc::clone(array),
    };
    cast(array, &wanted).unwrap_or_else(|_| Arc::clone(array))
}

/// Any instant as microseconds UTC; one without a zone is taken as UTC.
pub(crate) fn microseconds(array: &ArrayRef) -> Option<ArrayRef> {
    let zone = match array.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let cast = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, zone)).ok()?;
    let cast = cast.as_primitive::<TimestampMicrosecondType>().clone();
    Some(Arc::new(cast.with_timezone("UTC")))
}

fn instants(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    let array: TimestampMicrosecondArray = values.collect();
    Arc::new(array.with_timezone("UTC"))
}

fn parse_instants(texts: &StringArray) -> Conformed {
    let mut conformed = Conformed::new(new_null_array(&instant_type(), 0));
    let array = instants(texts.iter().enumerate().map(|(row, text)| {
        text.and_then(|text| match instant_us(text) {
            Ok(instant) => Some(instant),
            Err(problem) => {
                conformed.lose(row, || problem);
                None
            }
        })
    }));
    conformed.array = array;
    conformed
}

/// Scalars as text, numbers as JSON would write them.
pub(crate) fn scalar_texts(array: &ArrayRef) -> Option<ArrayRef> {
    let texts: StringArray = match array.data_type() {
        DataType::Utf8 => return Some(Arc::clone(array)),
        DataType::Null => return Some(new_null_array(&DataType::Utf8, array.len())),
        DataType::Boolean => array
            .as_boolean()
            .iter()
            .map(|value| value.map(|value| if value { "true" } else { "false" }))
            .collect(),
        t if t.is_integer() => return cast(array, &DataType::Utf8).ok(),
        t if t.is_numeric() => {
            let floats = cast(array, &DataType::Float64).ok()?;
            let floats: &Float64Array = floats.as_primitive();
            floats.iter().map(|value| value.map(number_text)).collect()
        }
        _ => return None,
    };
    Some(Arc::new(texts))
}

/// A whole number that an `i64` holds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and within the range"
)]
pub(crate) fn whole(value: f64) -> Option<i64> {
    let is_whole = value.fract() == 0.0 && value.abs() < 9.2e18;
    is_whole.then_some(value as i64)
}
