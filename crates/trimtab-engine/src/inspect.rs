//! What a data set looks like, for `trimtab init`; and a local file as an upload.

use crate::decode::Kind;
use crate::decode::columnar::{conform, scalar_texts};
use crate::local_file;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Float64Type, TimestampMicrosecondType};
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use trimtab_domain::documents::DataType;
use trimtab_domain::intake::MediaType;
use trimtab_domain::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Different values listed at most.
const VALUES_LISTED_MAX: usize = 50;

/// A data set at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// Rows.
    pub n_rows: u64,
    /// Columns, in the file's order.
    pub columns: Vec<InspectedColumn>,
}

/// A column at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct InspectedColumn {
    /// Its name.
    pub name: String,
    /// How its values are written; `None` for what is neither number, text, boolean nor instant.
    pub data_type: Option<DataType>,
    /// Missing values.
    pub n_missing: u64,
    /// Different values.
    pub n_distinct: u64,
    /// Smallest number.
    pub min: Option<f64>,
    /// Largest number.
    pub max: Option<f64>,
    /// The values of text, boolean and whole-number columns, if there are few.
    pub values: Option<Vec<String>>,
    /// First and last instant.
    pub period: Option<(Timestamp, Timestamp)>,
}

/// Looks at a local file.
///
/// # Errors
///
/// `Invalid`, naming the file, if it cannot be read or holds no row.
pub fn inspect(path: &Path) -> Result<Inspection> {
    let batch = local_file::read(path)?;
    Ok(Inspection {
        n_rows: batch.num_rows() as u64,
        columns: batch
            .schema_ref()
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, array)| column(field.name(), array))
            .collect(),
    })
}

/// A local file as a body that the API takes: CSV and Arrow files become Arrow streams.
///
/// # Errors
///
/// As [`inspect`].
pub fn for_upload(path: &Path, body: Bytes) -> Result<(MediaType, Bytes)> {
    let media_type = local_file::media_type(path, &body)?;
    if media_type != MediaType::Csv && !body.starts_with(b"ARROW1") {
        return Ok((media_type, body));
    }
    let batch = local_file::read_body(path, &body)?;
    Ok((MediaType::ArrowStream, stream(&batch)?))
}

/// A batch as an Arrow IPC stream.
pub(crate) fn stream(batch: &RecordBatch) -> Result<Bytes> {
    let failed = |source: arrow::error::ArrowError| {
        Error::internal("cannot write an Arrow stream").with_source(source)
    };
    let mut body = Vec::with_capacity(batch.get_array_memory_size());
    let mut writer = StreamWriter::try_new(&mut body, batch.schema_ref()).map_err(failed)?;
    writer.write(batch).map_err(failed)?;
    writer.finish().map_err(failed)?;
    drop(writer);
    Ok(body.into())
}

fn column(name: &str, array: &ArrayRef) -> InspectedColumn {
    let data_type = data_type(array);
    let mut column = InspectedColumn {
        name: name.to_owned(),
        data_type,
        n_missing: array.null_count() as u64,
        n_distinct: 0,
        min: None,
        max: None,
        values: None,
        period: None,
    };
    match data_type {
        Some(DataType::Timestamp) => {
            let instants = conform(array, Kind::Time).array;
            let instants = instants.as_primitive::<TimestampMicrosecondType>();
            let distinct: HashSet<i64> = instants.iter().flatten().collect();
            column.n_distinct = distinct.len() as u64;
            let ends = (distinct.iter().min(), distinct.iter().max());
            if let (Some(&first), Some(&last)) = ends
                && let (Ok(first), Ok(last)) = (
                    Timestamp::from_microsecond(first),
                    Timestamp::from_microsecond(last),
                )
            {
                column.period = Some((first, last));
            }
        }
        Some(DataType::Float | DataType::Integer) => {
            if let Ok(floats) = cast(array, &ArrowType::Float64) {
                let floats = floats.as_primitive::<Float64Type>();
                let finite = || floats.iter().flatten().filter(|value| value.is_finite());
                column.min = finite().reduce(f64::min);
                column.max = finite().reduce(f64::max);
            }
            distinct_texts(array, &mut column);
        }
        Some(DataType::String | DataType::Boolean) => distinct_texts(array, &mut column),
        None => {}
    }
    column
}

/// Counts different values and keeps them while they are few.
fn distinct_texts(array: &ArrayRef, column: &mut InspectedColumn) {
    let Some(texts) = plain_texts(array) else {
        return;
    };
    let mut hashes = HashSet::new();
    let mut values: BTreeSet<String> = BTreeSet::new();
    for text in texts.as_string::<i32>().iter().flatten() {
        if hashes.insert(xxh3_64(text.as_bytes())) && values.len() <= VALUES_LISTED_MAX {
            values.insert(text.to_owned());
        }
    }
    column.n_distinct = hashes.len() as u64;
    if values.len() <= VALUES_LISTED_MAX && column.data_type != Some(DataType::Float) {
        column.values = Some(values.into_iter().collect());
    }
}

fn plain_texts(array: &ArrayRef) -> Option<ArrayRef> {
    match array.data_type() {
        ArrowType::Dictionary(_, _) | ArrowType::LargeUtf8 | ArrowType::Utf8View => {
            cast(array, &ArrowType::Utf8).ok()
        }
        _ => scalar_texts(array),
    }
}

fn data_type(array: &ArrayRef) -> Option<DataType> {
    match array.data_type() {
        t if t.is_integer() => Some(DataType::Integer),
        t if t.is_numeric() => Some(DataType::Float),
        ArrowType::Boolean => Some(DataType::Boolean),
        ArrowType::Timestamp(_, _) | ArrowType::Date32 | ArrowType::Date64 => {
            Some(DataType::Timestamp)
        }
        ArrowType::Utf8
        | ArrowType::LargeUtf8
        | ArrowType::Utf8View
        | ArrowType::Dictionary(_, _) => {
            if is_written_instants(array) {
                Some(DataType::Timestamp)
            } else {
                Some(DataType::String)
            }
        }
        _ => None,
    }
}

/// Whether a text column holds instants, by its first values.
fn is_written_instants(array: &ArrayRef) -> bool {
    const LOOKED_AT_MAX: usize = 20;
    let Some(texts) = plain_texts(&array.slice(0, array.len().min(1_000))) else {
        return false;
    };
    let mut texts = texts
        .as_string::<i32>()
        .iter()
        .flatten()
        .take(LOOKED_AT_MAX)
        .peekable();
    texts.peek().is_some() && texts.all(|text| text.parse::<Timestamp>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_periods_and_values_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.ndjson");
        let lines = "{\"at\":\"2026-01-01T00:00:00Z\",\"n\":1,\"x\":1.5,\"s\":\"a\",\"b\":true}\n\
                     {\"at\":\"2026-01-02T00:00:00Z\",\"n\":2,\"x\":null,\"s\":\"b\",\"b\":true}\n";
        std::fs::write(&path, lines).unwrap();
        let inspection = inspect(&path).unwrap();
        assert_eq!(inspection.n_rows, 2);
        let of = |name: &str| {
            inspection
                .columns
                .iter()
                .find(|column| column.name == name)
                .unwrap()
        };
        assert_eq!(of("at").data_type, Some(DataType::Timestamp));
        assert_eq!(
            of("at").period.unwrap().0.to_string(),
            "2026-01-01T00:00:00Z"
        );
        assert_eq!(of("n").data_type, Some(DataType::Integer));
        assert_eq!((of("n").min, of("n").max), (Some(1.0), Some(2.0)));
        assert_eq!(
            (of("x").data_type, of("x").n_missing),
            (Some(DataType::Float), 1)
        );
        assert_eq!(of("s").values.as_ref().unwrap(), &["a", "b"]);
        assert_eq!(of("b").n_distinct, 1);
    }

    #[test]
    fn csv_becomes_a_stream() {
        let body = Bytes::from_static(b"a,b\n1,x\n");
        let (media_type, body) = for_upload(Path::new("x.csv"), body).unwrap();
        assert_eq!(media_type, MediaType::ArrowStream);
        assert_eq!(
            crate::decode::columnar::read_arrow(&body)
                .unwrap()
                .num_rows(),
            1
        );
    }
}
