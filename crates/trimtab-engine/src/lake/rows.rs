//! Journal frames as rows of the lake's tables.

use super::table::DATE;
use super::{TableKind, position_number};
use crate::failure::wrap;
use crate::index::Index;
use crate::journal::{Frame, FrameKind, FrameReader};
use crate::prepare::{CONTENT, PREDICTED, SCORE, SEGMENTS, frame_column};
use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int32Array, Int64Array, RecordBatch};
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, TimestampMicrosecondType};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use trimtab_domain::intake::Position;
use trimtab_domain::{ModelName, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Rows of an hour that the sample keeps.
const SAMPLE_ROWS: usize = 1_000;
const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 86_400_000_000;

/// A round of events on their way into the lake.
pub(super) struct Pending {
    pub(super) next: Position,
    pub(super) models: BTreeMap<ModelName, ModelRows>,
}

/// One model's part of a round.
#[derive(Default)]
pub(super) struct ModelRows {
    /// With the positions behind their frames.
    predictions: Vec<(Position, RecordBatch)>,
    labels: Vec<(Position, RecordBatch)>,
}

impl Pending {
    /// Reads frames until the rows suffice or the journal ends.
    pub(super) fn read(
        mut reader: FrameReader,
        index: &Index,
        models: &[ModelName],
        n_rows_max: u64,
    ) -> Result<Self> {
        let mut pending = Self {
            next: reader.position(),
            models: BTreeMap::new(),
        };
        let mut deleted: HashMap<String, Position> = HashMap::new();
        let mut n_rows = 0;
        while n_rows < n_rows_max {
            let Some((frame, position)) = reader.next()? else {
                pending.next = reader.position();
                break;
            };
            pending.next = position;
            n_rows += frame.n_rows;
            let Some(name) = models.iter().find(|name| name.as_str() == frame.model) else {
                continue;
            };
            if !deleted.contains_key(&frame.model) {
                deleted.insert(frame.model.clone(), index.deleted_before(&frame.model)?);
            }
            if deleted
                .get(&frame.model)
                .is_some_and(|before| position <= *before)
            {
                continue;
            }
            let rows = pending.models.entry(name.clone()).or_default();
            rows.add(&frame, position)?;
        }
        Ok(pending)
    }
}

impl ModelRows {
    fn add(&mut self, frame: &Frame, position: Position) -> Result<()> {
        match frame.kind {
            FrameKind::Predictions => {
                let rows = prediction_rows(&frame.batch()?)?;
                self.predictions.push((position, rows));
            }
            FrameKind::Labels => {
                let rows = label_rows(&frame.batch()?, position)?;
                self.labels.push((position, rows));
            }
            // Points are signals, completions are marks: the store keeps both.
            FrameKind::MetricPoints | FrameKind::Complete => {}
        }
        Ok(())
    }

    fn of(&self, kind: TableKind) -> &[(Position, RecordBatch)] {
        match kind {
            TableKind::Predictions | TableKind::Sample => &self.predictions,
            TableKind::Labels => &self.labels,
        }
    }

    /// Whether the round holds nothing for a table.
    pub(super) fn is_empty_for(&self, kind: TableKind) -> bool {
        self.of(kind).is_empty()
    }

    /// What a table lacks that has everything up to a position.
    pub(super) fn beyond(&self, kind: TableKind, reached: Position) -> Result<Vec<RecordBatch>> {
        let batches: Vec<RecordBatch> = self
            .of(kind)
            .iter()
            .filter(|(position, _)| *position > reached)
            .map(|(_, batch)| batch.clone())
            .collect();
        match kind {
            TableKind::Sample => sample(&batches),
            TableKind::Predictions | TableKind::Labels => Ok(batches),
        }
    }
}

/// A name that Delta tables and their readers take.
pub(super) fn lake_name(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            ' ' | ',' | ';' | '{' | '}' | '(' | ')' | '\n' | '\t' | '=' => '_',
            other => other,
        })
        .collect()
}

fn date_of(times: &ArrayRef) -> ArrayRef {
    let dates: Date32Array = times
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .map(|time| time.and_then(|time| i32::try_from(time.div_euclid(DAY_US)).ok()))
        .collect();
    Arc::new(dates)
}

/// Columns by name; dictionaries become plain text, which every reader knows.
#[derive(Default)]
struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn add(&mut self, name: &str, array: &ArrayRef) -> Result<()> {
        let array = match array.data_type() {
            DataType::Dictionary(_, value) => {
                cast(array, value).map_err(wrap("cannot unfold a dictionary"))?
            }
            _ => Arc::clone(array),
        };
        let name = lake_name(name);
        if !self.fields.iter().any(|field| *field.name() == name) {
            self.fields
                .push(Field::new(name, array.data_type().clone(), true));
            self.arrays.push(array);
        }
        Ok(())
    }

    fn finish(self) -> Result<RecordBatch> {
        RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays)
            .map_err(wrap("cannot assemble rows for the lake"))
    }
}

pub(super) fn prediction_rows(frame: &RecordBatch) -> Result<RecordBatch> {
    let mut columns = Columns::default();
    columns.add(DATE, &date_of(frame_column(frame, "timestamp")?))?;
    for (field, array) in frame.schema_ref().fields().iter().zip(frame.columns()) {
        if ![CONTENT, SCORE, PREDICTED, SEGMENTS].contains(&field.name().as_str()) {
            columns.add(field.name(), array)?;
        }
    }
    columns.finish()
}

/// The columns of the table of labels, by their names in a frame.
pub(super) const LABEL_COLUMNS: [(&str, &str); 13] = [
    ("prediction_id", "prediction_id"),
    ("label", "label"),
    ("value", "label_value"),
    ("known_at", "known_at"),
    ("model_version", "model_version"),
    ("is_shadow", "is_shadow"),
    ("timestamp", "timestamp"),
    (SCORE, "score"),
    (PREDICTED, "predicted_value"),
    (SEGMENTS, "segments"),
    ("is_current", "is_current"),
    ("previous_value", "previous_value"),
    ("previous_known_at", "previous_known_at"),
];

pub(super) fn label_rows(frame: &RecordBatch, position: Position) -> Result<RecordBatch> {
    let mut columns = Columns::default();
    columns.add(DATE, &date_of(frame_column(frame, "timestamp")?))?;
    for (name, lake_name) in LABEL_COLUMNS {
        columns.add(lake_name, frame_column(frame, name)?)?;
    }
    let n_rows = frame.num_rows();
    let number = position_number(position)?;
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![number; n_rows]));
    columns.add("journal_position", &numbers)?;
    let rows: ArrayRef = Arc::new(
        (0..n_rows)
            .map(|row| i32::try_from(row).ok())
            .collect::<Int32Array>(),
    );
    columns.add("journal_row", &rows)?;
    columns.finish()
}

/// Of every hour the live rows with the smallest hashes.
fn sample(batches: &[RecordBatch]) -> Result<Vec<RecordBatch>> {
    let mut by_hour: BTreeMap<i64, Vec<(u64, usize, u32)>> = BTreeMap::new();
    for (part, batch) in batches.iter().enumerate() {
        let ids = frame_column(batch, "prediction_id")?.as_string::<i32>();
        let roles = frame_column(batch, "role")?.as_string::<i32>();
        let times = frame_column(batch, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            if roles.value(row) != "live" {
                continue;
            }
            let hour = times.value(row).div_euclid(HOUR_US);
            // One bit less, so that the hash keeps its order as a signed number.
            let hash = xxh3_64(ids.value(row).as_bytes()) >> 1;
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            by_hour.entry(hour).or_default().push((hash, part, row));
        }
    }
    let mut picked: BTreeMap<usize, Vec<(u32, i64)>> = BTreeMap::new();
    for rows in by_hour.values_mut() {
        if rows.len() > SAMPLE_ROWS {
            rows.select_nth_unstable(SAMPLE_ROWS - 1);
            rows.truncate(SAMPLE_ROWS);
        }
        for (hash, part, row) in rows {
            let picked = picked.entry(*part).or_default();
            picked.push((*row, hash.cast_signed()));
        }
    }
    let mut sample = Vec::new();
    for (part, mut rows) in picked {
        rows.sort_unstable();
        let (rows, hashes): (Vec<u32>, Vec<i64>) = rows.into_iter().unzip();
        let taken = take_record_batch(&batches[part], &arrow::array::UInt32Array::from(rows))
            .map_err(wrap("cannot pick sample rows"))?;
        let mut columns = Columns::default();
        for (field, array) in taken.schema_ref().fields().iter().zip(taken.columns()) {
            columns.add(field.name(), array)?;
        }
        let hashes: ArrayRef = Arc::new(Int64Array::from(hashes));
        columns.add("sample_hash", &hashes)?;
        sample.push(columns.finish()?);
    }
    Ok(sample)
}
