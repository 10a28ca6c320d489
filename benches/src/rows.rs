//! Made-up rows of 30 columns, always the same for the same seed.

use anyhow::Result;
use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::ipc::writer::StreamWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use trimtab_stats::Random;

const N_FLOATS: usize = 18;
const N_INTEGERS: usize = 6;
const N_TEXTS: usize = 6;
const CITIES: [&str; 8] = ["ams", "ber", "cph", "dub", "edi", "fra", "gva", "ham"];
/// 1 March 2024.
const START_US: i64 = 1_709_251_200_000_000;

/// The feature columns: 18 floats (normal, log-normal, zero-inflated), 6 integers, 6 texts.
///
/// # Errors
///
/// If Arrow or Parquet refuse, which they have no reason to.
pub fn features(n_rows: usize, seed: u64, shift: f64) -> Result<RecordBatch> {
    let mut random = Random::from_seed(seed);
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for i in 0..N_FLOATS {
        let values = (0..n_rows).map(|_| match i % 3 {
            0 => random.normal() + shift,
            1 => random.normal().exp(),
            _ if random.uniform() < 0.6 => 0.0,
            _ => random.gamma(2.0),
        });
        let values: Float64Array = values.map(Some).collect();
        columns.push((format!("f{i}"), Arc::new(values)));
    }
    for i in 0..N_INTEGERS {
        let values: Int64Array = (0..n_rows)
            .map(|_| Some(i64::try_from(random.bits() % 100).unwrap_or_default()))
            .collect();
        columns.push((format!("i{i}"), Arc::new(values)));
    }
    for i in 0..N_TEXTS {
        let values: StringArray = (0..n_rows)
            .map(|_| {
                let at = usize::try_from(random.bits() % 8).unwrap_or_default();
                Some(CITIES[at.min(usize::try_from(random.bits() % 8).unwrap_or_default())])
            })
            .collect();
        columns.push((format!("t{i}"), Arc::new(values)));
    }
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// Prediction events with these features: ids from `first` on, one a millisecond.
///
/// # Errors
///
/// If Arrow or Parquet refuse, which they have no reason to.
pub fn predictions(n_rows: usize, first: usize, seed: u64) -> Result<RecordBatch> {
    let features = features(n_rows, seed, 0.0)?;
    let mut fields = vec![
        Field::new("prediction_id", DataType::Utf8, false),
        Field::new(
            "timestamp",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            false,
        ),
    ];
    fields.extend(
        features
            .schema()
            .fields()
            .iter()
            .map(|field| field.as_ref().clone()),
    );
    fields.push(Field::new("score", DataType::Float64, false));
    let ids: StringArray = (first..first + n_rows)
        .map(|i| Some(format!("p-{i}")))
        .collect();
    let stamps: TimestampMicrosecondArray = (first..first + n_rows)
        .map(|i| Some(START_US + 1_000 * i64::try_from(i).unwrap_or_default()))
        .collect();
    let mut random = Random::from_seed(seed + 1);
    let scores: Float64Array = (0..n_rows).map(|_| Some(random.uniform())).collect();
    let mut columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(stamps.with_timezone("UTC"))];
    columns.extend(features.columns().iter().cloned());
    columns.push(Arc::new(scores));
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}

/// The same rows as an Arrow IPC stream.
///
/// # Errors
///
/// If Arrow or Parquet refuse, which they have no reason to.
pub fn to_arrow(batch: &RecordBatch) -> Result<Vec<u8>> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner()?)
}

/// The same rows as a JSON array of objects.
///
/// # Errors
///
/// If Arrow or Parquet refuse, which they have no reason to.
pub fn to_json(batch: &RecordBatch) -> Result<Vec<u8>> {
    let mut writer = arrow::json::ArrayWriter::new(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner())
}

/// Rows that are made, and written, at a time.
const PART_ROWS: usize = 1_000_000;

/// Writes feature columns as Parquet as most tools do: zstd, row groups of 128 thousand rows.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_features(n_rows: usize, seed: u64, shift: f64, path: &Path) -> Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(131_072))
        .build();
    let schema = features(1, seed, shift)?.schema();
    let mut writer = ArrowWriter::try_new(File::create(path)?, schema, Some(properties))?;
    for (part, first) in (0..n_rows).step_by(PART_ROWS).enumerate() {
        let n_rows = PART_ROWS.min(n_rows - first);
        writer.write(&features(n_rows, seed + part as u64, shift)?)?;
    }
    writer.close()?;
    Ok(())
}

/// The document of a model with these columns.
pub fn model(name: &str) -> Value {
    let mut columns: Vec<Value> = Vec::new();
    let mut add = |column: Value| columns.push(column);
    for i in 0..N_FLOATS {
        add(json!({"name": format!("f{i}"), "data_type": "float"}));
    }
    for i in 0..N_INTEGERS {
        add(json!({"name": format!("i{i}"), "data_type": "integer"}));
    }
    for i in 0..N_TEXTS {
        add(json!({"name": format!("t{i}"), "data_type": "string"}));
    }
    add(json!({"name": "score", "data_type": "float", "role": "score"}));
    let mut document = Map::new();
    document.insert("kind".into(), "model".into());
    document.insert("name".into(), name.into());
    document.insert("task".into(), "binary_classification".into());
    document.insert("clock".into(), "event".into());
    document.insert("columns".into(), columns.into());
    Value::Object(document)
}
