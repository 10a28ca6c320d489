//! Labelled rows of a period, as they were known at a moment: what a training reads.

use super::Snapshot;
use super::known::KnownLabels;
use super::scan::each_frame;
use crate::decode::{Kind, columnar};
use crate::failure::wrap;
use crate::prepare::frame_column;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::{
    SortColumn, cast, concat_batches, filter_record_batch, lexsort_to_indices, take_record_batch,
};
use arrow::datatypes::{DataType as ArrowType, Field, Int32Type, Schema, TimestampMicrosecondType};
use jiff::Timestamp;
use std::sync::Arc;
use trimtab_domain::documents::{ColumnRole, DataType, ModelSpec};
use trimtab_domain::retraining::SnapshotRequest;
use trimtab_domain::{Result, Window};

/// When a row's label became known.
pub(crate) const LABEL_KNOWN_AT: &str = "label_known_at";

/// The rows of a training, in the order of time.
pub(crate) struct TrainingRows {
    /// Every row has its label.
    pub(crate) batch: RecordBatch,
    pub(crate) label: String,
    /// Rows of the period without a label.
    pub(crate) n_unlabelled: u64,
    /// Rows of the period inside exclusions.
    pub(crate) n_excluded: u64,
}

/// What is read so far.
#[derive(Default)]
struct Gathered {
    parts: Vec<RecordBatch>,
    labels: Vec<String>,
    known_at: Vec<i64>,
    n_unlabelled: u64,
    n_excluded: u64,
}

/// Reads the live predictions of a period that have a label; `None` where none has.
pub(crate) async fn training_rows(
    snapshot: &Snapshot,
    request: &SnapshotRequest,
) -> Result<Option<TrainingRows>> {
    let spec = &*request.model;
    let labels = KnownLabels::read_with_texts(snapshot, request.period, request.known_at).await?;
    let exclusions: Vec<Window> = request
        .exclusions
        .iter()
        .map(|exclusion| exclusion.window)
        .collect();
    let mut gathered = Gathered::default();
    each_frame(snapshot, spec, Some(request.period), |frame| {
        gathered.add(&frame, &labels, &exclusions, request.known_at)
    })
    .await?;
    gathered.finish(spec)
}

impl Gathered {
    fn add(
        &mut self,
        frame: &RecordBatch,
        labels: &KnownLabels,
        exclusions: &[Window],
        known_at: Timestamp,
    ) -> Result<()> {
        let ids = frame_column(frame, "prediction_id")?.as_string::<i32>();
        let times = frame_column(frame, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
        let roles = words(frame, "role")?;
        let versions = words(frame, "model_version")?;
        let known_us = known_at.as_microsecond();
        let mut keep = Vec::with_capacity(frame.num_rows());
        for row in 0..frame.num_rows() {
            let time = times.value(row);
            // What had not happened by then was not known either.
            let is_wanted = word_at(&roles, row) == Some("live") && time <= known_us;
            let is_excluded = exclusions.iter().any(|window| {
                (window.start.as_microsecond()..window.end.as_microsecond()).contains(&time)
            });
            self.n_excluded += u64::from(is_wanted && is_excluded);
            let label = word_at(&versions, row)
                .filter(|_| is_wanted && !is_excluded)
                .map(|version| labels.of(ids.value(row), version));
            keep.push(matches!(label, Some(Some(_))));
            match label {
                Some(Some(label)) => {
                    self.labels.push(label.text.clone().unwrap_or_default());
                    self.known_at.push(label.known_at_us());
                }
                Some(None) => self.n_unlabelled += 1,
                None => {}
            }
        }
        let kept = filter_record_batch(frame, &BooleanArray::from(keep))
            .map_err(wrap("cannot select labelled rows"))?;
        if kept.num_rows() > 0 {
            self.parts.push(kept);
        }
        Ok(())
    }

    fn finish(self, spec: &ModelSpec) -> Result<Option<TrainingRows>> {
        let Some(first) = self.parts.first() else {
            return Ok(None);
        };
        let rows =
            concat_batches(&first.schema(), &self.parts).map_err(wrap("cannot join rows"))?;
        let mut columns = Vec::new();
        for name in ["prediction_id", "timestamp", "model_version", "entity_id"] {
            columns.push((name.to_owned(), plain(frame_column(&rows, name)?)?));
        }
        for column in &spec.columns {
            if !matches!(column.role, ColumnRole::Label | ColumnRole::Timestamp) {
                let array = plain(frame_column(&rows, &column.name)?)?;
                columns.push((column.name.clone(), array));
            }
        }
        let declared = spec.column_of_role(ColumnRole::Label);
        let label = declared.map_or("label", |column| &column.name).to_owned();
        let truth = label_column(declared.map(|column| column.data_type), &self.labels);
        columns.push((label.clone(), truth));
        let known_at = TimestampMicrosecondArray::from(self.known_at).with_timezone("UTC");
        columns.push((LABEL_KNOWN_AT.to_owned(), Arc::new(known_at)));
        Ok(Some(TrainingRows {
            batch: in_order(columns)?,
            label,
            n_unlabelled: self.n_unlabelled,
            n_excluded: self.n_excluded,
        }))
    }
}

/// Assembles columns, their rows in the order of time and name: the same rows give the same
/// bytes, in whatever parts the lake holds them.
fn in_order(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch> {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns
        .into_iter()
        .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
        .unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(wrap("cannot assemble the rows of a snapshot"))?;
    let by = |name: &str| -> Result<SortColumn> {
        Ok(SortColumn {
            values: Arc::clone(frame_column(&batch, name)?),
            options: None,
        })
    };
    let order = [by("timestamp")?, by("prediction_id")?, by("model_version")?];
    let order = lexsort_to_indices(&order, None).map_err(wrap("cannot order rows"))?;
    take_record_batch(&batch, &order).map_err(wrap("cannot order rows"))
}

/// The labels as the model declares them; as text where one of them is not.
fn label_column(declared: Option<DataType>, texts: &[String]) -> ArrayRef {
    let typed: Option<ArrayRef> = match declared {
        Some(DataType::Integer) => integers(texts),
        Some(DataType::Float) => floats(texts),
        Some(DataType::Boolean) => texts
            .iter()
            .map(|text| match text.as_str() {
                "true" | "True" | "1" => Some(true),
                "false" | "False" | "0" => Some(false),
                _ => None,
            })
            .collect::<Option<Vec<bool>>>()
            .map(|values| Arc::new(BooleanArray::from(values)) as ArrayRef),
        Some(DataType::String | DataType::Timestamp) => None,
        None => integers(texts).or_else(|| floats(texts)),
    };
    typed.unwrap_or_else(|| Arc::new(StringArray::from_iter_values(texts)))
}

fn integers(texts: &[String]) -> Option<ArrayRef> {
    let whole = |text: &String| match text.as_str() {
        "true" | "True" => Some(1),
        "false" | "False" => Some(0),
        text => text.strip_suffix(".0").unwrap_or(text).parse::<i64>().ok(),
    };
    let values: Option<Vec<i64>> = texts.iter().map(whole).collect();
    Some(Arc::new(Int64Array::from(values?)))
}

fn floats(texts: &[String]) -> Option<ArrayRef> {
    let values: Option<Vec<f64>> = texts.iter().map(|text| text.parse().ok()).collect();
    Some(Arc::new(Float64Array::from(values?)))
}

/// Dictionaries become plain text, which every reader knows.
fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        ArrowType::Dictionary(_, value) => {
            cast(array, value).map_err(wrap("cannot unfold a dictionary"))
        }
        _ => Ok(Arc::clone(array)),
    }
}

fn words(frame: &RecordBatch, name: &str) -> Result<ArrayRef> {
    Ok(columnar::conform(frame_column(frame, name)?, Kind::CategoryOfAny).array)
}

fn word_at(words: &ArrayRef, row: usize) -> Option<&str> {
    let words = words.as_dictionary::<Int32Type>();
    words
        .key(row)
        .map(|key| words.values().as_string::<i32>().value(key))
}
