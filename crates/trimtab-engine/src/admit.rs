//! Admission: which checked rows are new, what their labels join, and the frames to append.
//!
//! Runs on the one writing thread, so what it reads and what it decides belong together.

use crate::decode::{Kind, Problem, Refused};
use crate::failure::wrap;
use crate::index::{Changes, IdKey, IdState, Index, Labelled, Marks, ModelKey, PredictionEntry};
use crate::journal::{Frame, FrameKind, NO_MARK};
use crate::prepare::{CONTENT, PREDICTED, SCORE, SEGMENTS, frame_column};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, DictionaryArray, Float64Array,
    Float64Builder, RecordBatch, StringArray, StringBuilder, StringDictionaryBuilder,
    TimestampMicrosecondArray, TimestampMicrosecondBuilder, UInt64Array,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{
    DataType, Field, Float64Type, Int32Type, Schema, TimestampMicrosecondType, UInt64Type,
};
use std::sync::{Arc, LazyLock};
use trimtab_domain::Result;
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::intake::RejectionCode;

/// A frame has at most so many rows: a consumer's step stays bounded.
const FRAME_ROWS_MAX: usize = 16_384;
/// Rows that support a jump of the watermark.
const JUMP_ROWS_MIN: usize = 100;
const DAY_US: i64 = 86_400_000_000;
/// Labels of one id that are remembered.
const LABELS_MAX: usize = 16;

/// The index as the next append will find it: what is written, and what this group changes.
pub(crate) struct View<'a> {
    pub(crate) index: &'a Index,
    pub(crate) group: &'a Changes,
    pub(crate) own: Changes,
}

impl View<'_> {
    fn state(&self, key: &IdKey) -> Result<IdState> {
        if let Some(state) = self.own.ids.get(key).or_else(|| self.group.ids.get(key)) {
            return Ok(state.clone());
        }
        Ok(self.index.get(key)?.unwrap_or_default())
    }

    fn marks(&self, model: &str) -> Result<Marks> {
        match self.group.marks.get(model) {
            Some(marks) => Ok(*marks),
            None => self.index.marks(model),
        }
    }
}

/// What admission decided.
#[derive(Debug, Default)]
pub(crate) struct Admitted {
    pub(crate) frames: Vec<Frame>,
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
}

/// The columns of a frame of predictions that identity needs.
pub(crate) struct PredictionRows<'a> {
    ids: &'a StringArray,
    times: &'a TimestampMicrosecondArray,
    versions: &'a DictionaryArray<Int32Type>,
    version_names: &'a StringArray,
    roles: &'a DictionaryArray<Int32Type>,
    role_names: &'a StringArray,
    content: &'a UInt64Array,
    score: &'a Float64Array,
    predicted: &'a Float64Array,
    segments: &'a DictionaryArray<Int32Type>,
    segment_names: &'a StringArray,
}

impl<'a> PredictionRows<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Result<Self> {
        let dictionary = |name| {
            frame_column(batch, name).map(|column| {
                let dictionary = column.as_dictionary::<Int32Type>();
                (dictionary, dictionary.values().as_string::<i32>())
            })
        };
        let (versions, version_names) = dictionary("model_version")?;
        let (roles, role_names) = dictionary("role")?;
        let (segments, segment_names) = dictionary(SEGMENTS)?;
        Ok(Self {
            ids: frame_column(batch, "prediction_id")?.as_string::<i32>(),
            times: frame_column(batch, "timestamp")?.as_primitive::<TimestampMicrosecondType>(),
            versions,
            version_names,
            roles,
            role_names,
            content: frame_column(batch, CONTENT)?.as_primitive::<UInt64Type>(),
            score: frame_column(batch, SCORE)?.as_primitive::<Float64Type>(),
            predicted: frame_column(batch, PREDICTED)?.as_primitive::<Float64Type>(),
            segments,
            segment_names,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn id(&self, row: usize) -> &'a str {
        self.ids.value(row)
    }

    pub(crate) fn time_us(&self, row: usize) -> i64 {
        self.times.value(row)
    }

    pub(crate) fn version(&self, row: usize) -> &'a str {
        self.versions
            .key(row)
            .map_or("", |key| self.version_names.value(key))
    }

    pub(crate) fn is_shadow(&self, row: usize) -> bool {
        self.roles
            .key(row)
            .is_some_and(|key| self.role_names.value(key) == "shadow")
    }

    pub(crate) fn score(&self, row: usize) -> Option<f64> {
        number_at(self.score, row)
    }

    pub(crate) fn predicted(&self, row: usize) -> Option<f64> {
        number_at(self.predicted, row)
    }

    pub(crate) fn segments(&self, row: usize) -> &'a str {
        self.segments
            .key(row)
            .map_or("", |key| self.segment_names.value(key))
    }

    /// As the index keeps it.
    pub(crate) fn entry(&self, row: usize) -> PredictionEntry {
        PredictionEntry {
            version: self.version(row).to_owned(),
            is_shadow: self.is_shadow(row),
            content: self.content.value(row),
            time_us: self.time_us(row),
            score: self.score(row),
            predicted: self.predicted(row),
            segments: self.segments(row).to_owned(),
        }
    }
}

fn number_at(array: &Float64Array, row: usize) -> Option<f64> {
    let value = array.is_valid(row).then(|| array.value(row))?;
    (!value.is_nan()).then_some(value)
}

/// Admits predictions: new ones are kept, repeated ones counted, conflicting ones refused.
pub(crate) fn predictions(
    spec: &ModelSpec,
    batch: &RecordBatch,
    view: &mut View<'_>,
    refused: &mut Refused,
) -> Result<Admitted> {
    let model = ModelKey::new(spec.name.as_str());
    let rows = PredictionRows::of(batch)?;
    let mut is_kept = vec![false; rows.len()];
    let mut joins = JoinBuilder::default();
    let mut admitted = Admitted::default();
    view.own.ids.reserve(rows.len());
    for (row, is_kept) in is_kept.iter_mut().enumerate() {
        if refused.contains(row) {
            continue;
        }
        let id = rows.id(row);
        let key = IdKey::new(model, id);
        let mut state = view.state(&key)?;
        let entry = rows.entry(row);
        let known = state
            .predictions
            .iter()
            .find(|known| known.version == entry.version);
        match known {
            Some(known) if known.content == entry.content => {
                admitted.duplicates += 1;
                continue;
            }
            Some(_) => {
                refused.add(row, || conflict(id, &entry.version));
                continue;
            }
            None => {}
        }
        *is_kept = true;
        admitted.accepted += 1;
        join_waiting(spec, id, &state, &entry, &mut joins);
        state.predictions.push(entry);
        view.own.ids.insert(key, state);
    }
    if admitted.accepted == 0 {
        return Ok(admitted);
    }
    let kept = if admitted.accepted == rows.len() as u64 {
        batch.clone()
    } else {
        filter_record_batch(batch, &BooleanArray::from(is_kept))
            .map_err(wrap("cannot select rows"))?
    };
    let marks = advance(view.marks(spec.name.as_str())?, &kept)?;
    view.own.marks.insert(spec.name.to_string(), marks);
    let mark = marks.watermark_us.unwrap_or(NO_MARK);
    frames_of(
        FrameKind::Predictions,
        spec,
        mark,
        &kept,
        &mut admitted.frames,
    )?;
    if let Some(joined) = joins.finish()? {
        frames_of(
            FrameKind::Labels,
            spec,
            NO_MARK,
            &joined,
            &mut admitted.frames,
        )?;
    }
    Ok(admitted)
}

/// Labels that waited for this prediction.
fn join_waiting(
    spec: &ModelSpec,
    id: &str,
    state: &IdState,
    entry: &PredictionEntry,
    joins: &mut JoinBuilder,
) {
    let entry = with_live_segments(entry, state);
    let mut told: IdState = IdState::default();
    for label in &state.labels {
        if is_within_horizon(spec, &entry, label.known_at_us) {
            let previous = told.current_label().cloned();
            joins.add(id, label, Some(&entry), previous.as_ref());
        }
        told.labels.push(label.clone());
    }
}

fn conflict(id: &str, version: &str) -> Problem {
    Problem {
        field: Some("prediction_id".to_owned()),
        code: RejectionCode::IdConflict,
        reason: format!("`{id}` was already sent for version `{version}` with other content"),
        fix: "give every prediction its own id, or resend exactly what was sent".to_owned(),
    }
}

/// Admits labels: joins them, keeps corrections, lets early ones wait.
pub(crate) fn labels(
    spec: &ModelSpec,
    batch: &RecordBatch,
    view: &mut View<'_>,
    refused: &mut Refused,
) -> Result<Admitted> {
    let model = ModelKey::new(spec.name.as_str());
    let ids = frame_column(batch, "prediction_id")?.as_string::<i32>();
    let texts = frame_column(batch, "label")?.as_string::<i32>();
    let known_at = frame_column(batch, "known_at")?.as_primitive::<TimestampMicrosecondType>();
    let values = frame_column(batch, "value")?.as_primitive::<Float64Type>();
    let mut joins = JoinBuilder::default();
    let mut admitted = Admitted::default();
    for row in 0..batch.num_rows() {
        if refused.contains(row) {
            continue;
        }
        let label = Labelled {
            text: texts.value(row).to_owned(),
            value: values.value(row),
            known_at_us: known_at.value(row),
        };
        let id = ids.value(row);
        let key = IdKey::new(model, id);
        let mut state = view.state(&key)?;
        let current = state.current_label().cloned();
        // The same word again says nothing new, whenever it was said.
        let is_repeated = current
            .as_ref()
            .is_some_and(|current| current.text == label.text)
            || state.labels.contains(&label);
        if is_repeated {
            admitted.duplicates += 1;
            continue;
        }
        if state.labels.len() >= LABELS_MAX {
            refused.add(row, || Problem {
                field: Some("label".to_owned()),
                code: RejectionCode::IdConflict,
                reason: format!("`{id}` was corrected {LABELS_MAX} times already"),
                fix: "find out which label is right before sending it".to_owned(),
            });
            continue;
        }
        admitted.accepted += 1;
        let mut is_joined = false;
        for entry in &state.predictions {
            if is_within_horizon(spec, entry, label.known_at_us) {
                let entry = with_live_segments(entry, &state);
                joins.add(id, &label, Some(&entry), current.as_ref());
                is_joined = true;
            }
        }
        if !is_joined {
            joins.add(id, &label, None, None);
        }
        state.labels.push(label);
        view.own.ids.insert(key, state);
    }
    if let Some(joined) = joins.finish()? {
        frames_of(
            FrameKind::Labels,
            spec,
            NO_MARK,
            &joined,
            &mut admitted.frames,
        )?;
    }
    Ok(admitted)
}

/// Admits metric points: they have no identity, a later point for the same instant replaces.
pub(crate) fn metric_points(
    spec: &ModelSpec,
    batch: &RecordBatch,
    refused: &Refused,
) -> Result<Admitted> {
    let mut admitted = Admitted::default();
    let mask: BooleanArray = (0..batch.num_rows())
        .map(|row| Some(!refused.contains(row)))
        .collect();
    let kept = filter_record_batch(batch, &mask).map_err(wrap("cannot select rows"))?;
    admitted.accepted = kept.num_rows() as u64;
    if admitted.accepted > 0 {
        frames_of(
            FrameKind::MetricPoints,
            spec,
            NO_MARK,
            &kept,
            &mut admitted.frames,
        )?;
    }
    Ok(admitted)
}

fn frames_of(
    kind: FrameKind,
    spec: &ModelSpec,
    mark: i64,
    batch: &RecordBatch,
    frames: &mut Vec<Frame>,
) -> Result<()> {
    let mut start = 0;
    while start < batch.num_rows() {
        let length = FRAME_ROWS_MAX.min(batch.num_rows() - start);
        let part = batch.slice(start, length);
        frames.push(Frame::of_batch(kind, spec.name.as_str(), mark, &part)?);
        start += length;
    }
    Ok(())
}

fn is_within_horizon(spec: &ModelSpec, entry: &PredictionEntry, known_at_us: i64) -> bool {
    let horizon = i64::from(spec.label_horizon_days).saturating_mul(DAY_US);
    known_at_us.saturating_sub(entry.time_us) <= horizon
}

/// A shadow prediction without columns of its own lies in the segments of the live one.
fn with_live_segments(entry: &PredictionEntry, state: &IdState) -> PredictionEntry {
    let mut entry = entry.clone();
    if entry.is_shadow && entry.segments.is_empty() {
        let live = state.predictions.iter().find(|other| !other.is_shadow);
        entry.segments = live.map(|live| live.segments.clone()).unwrap_or_default();
    }
    entry
}

/// Moves a watermark by new rows. A jump of more than a day needs many rows, or a second batch.
fn advance(marks: Marks, batch: &RecordBatch) -> Result<Marks> {
    let times = frame_column(batch, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
    let Some(newest) = arrow::compute::max(times) else {
        return Ok(marks);
    };
    let mut marks = marks;
    // A first row has nothing to jump from.
    let start = match marks.watermark_us {
        Some(watermark) => watermark,
        None => arrow::compute::min(times).unwrap_or(newest),
    };
    if newest <= start.saturating_add(DAY_US) {
        marks.watermark_us = Some(start.max(newest));
        return Ok(marks);
    }
    let mut ahead: Vec<i64> = times
        .values()
        .iter()
        .copied()
        .filter(|t| *t > start)
        .collect();
    ahead.sort_unstable();
    let mut watermark = start;
    for (i, &time) in ahead.iter().enumerate() {
        if time > watermark.saturating_add(DAY_US) {
            let has_company = ahead.len() - i >= JUMP_ROWS_MIN;
            let seen_before = marks
                .outlier_us
                .is_some_and(|outlier| outlier > watermark.saturating_add(DAY_US));
            if !has_company && !seen_before {
                marks.outlier_us = Some(time);
                break;
            }
            marks.outlier_us = None;
        }
        watermark = time;
    }
    marks.watermark_us = Some(watermark);
    Ok(marks)
}

/// The columns of a frame of labels.
pub(crate) static LABEL_SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let instant = Kind::Time.arrow_type();
    let category = Kind::Category.arrow_type();
    let fields = [
        ("prediction_id", DataType::Utf8),
        ("known_at", instant.clone()),
        ("label", category.clone()),
        ("value", DataType::Float64),
        ("model_version", category.clone()),
        ("is_shadow", DataType::Boolean),
        ("timestamp", instant.clone()),
        (SCORE, DataType::Float64),
        (PREDICTED, DataType::Float64),
        (SEGMENTS, category),
        ("is_current", DataType::Boolean),
        ("previous_value", DataType::Float64),
        ("previous_known_at", instant),
    ];
    Arc::new(Schema::new(
        fields
            .map(|(name, data_type)| Field::new(name, data_type, true))
            .to_vec(),
    ))
});

/// Builds frames of labels: one row a label and prediction it joins, or one row that waits.
#[derive(Default)]
struct JoinBuilder {
    n: usize,
    ids: StringBuilder,
    known_at: TimestampMicrosecondBuilder,
    labels: StringDictionaryBuilder<Int32Type>,
    values: Float64Builder,
    versions: StringDictionaryBuilder<Int32Type>,
    is_shadow: BooleanBuilder,
    times: TimestampMicrosecondBuilder,
    scores: Float64Builder,
    predicted: Float64Builder,
    segments: StringDictionaryBuilder<Int32Type>,
    is_current: BooleanBuilder,
    previous_values: Float64Builder,
    previous_known_at: TimestampMicrosecondBuilder,
}

impl JoinBuilder {
    fn add(
        &mut self,
        id: &str,
        label: &Labelled,
        entry: Option<&PredictionEntry>,
        previous: Option<&Labelled>,
    ) {
        let is_current = previous.is_none_or(|previous| label.known_at_us >= previous.known_at_us);
        let previous = previous.filter(|_| is_current);
        self.n += 1;
        self.ids.append_value(id);
        self.known_at.append_value(label.known_at_us);
        self.labels.append_value(&label.text);
        self.values.append_value(label.value);
        self.versions
            .append_option(entry.map(|entry| &entry.version));
        self.is_shadow
            .append_option(entry.map(|entry| entry.is_shadow));
        self.times.append_option(entry.map(|entry| entry.time_us));
        self.scores
            .append_option(entry.and_then(|entry| entry.score));
        self.predicted
            .append_option(entry.and_then(|entry| entry.predicted));
        self.segments
            .append_option(entry.map(|entry| &entry.segments));
        self.is_current.append_value(is_current);
        self.previous_values
            .append_option(previous.map(|previous| previous.value));
        self.previous_known_at
            .append_option(previous.map(|previous| previous.known_at_us));
    }

    fn finish(mut self) -> Result<Option<RecordBatch>> {
        if self.n == 0 {
            return Ok(None);
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.ids.finish()),
            Arc::new(self.known_at.finish().with_timezone("UTC")),
            Arc::new(self.labels.finish()),
            Arc::new(self.values.finish()),
            Arc::new(self.versions.finish()),
            Arc::new(self.is_shadow.finish()),
            Arc::new(self.times.finish().with_timezone("UTC")),
            Arc::new(self.scores.finish()),
            Arc::new(self.predicted.finish()),
            Arc::new(self.segments.finish()),
            Arc::new(self.is_current.finish()),
            Arc::new(self.previous_values.finish()),
            Arc::new(self.previous_known_at.finish().with_timezone("UTC")),
        ];
        RecordBatch::try_new(Arc::clone(&LABEL_SCHEMA), columns)
            .map(Some)
            .map_err(wrap("cannot assemble joined labels"))
    }
}
