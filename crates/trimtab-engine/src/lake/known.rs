//! "What could we know on that evening?": quality from the labels known by a date.

use super::Snapshot;
use super::rows::label_rows;
use super::table::within;
use crate::decode::{Kind, columnar};
use crate::fold::windows::Windows;
use crate::fold::{count, empty};
use crate::journal::FrameKind;
use crate::prepare::frame_column;
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use trimtab_domain::fold::PerformanceProfile;
use trimtab_domain::ports::engine::{AsKnown, KnownPerformance};
use trimtab_domain::{Result, Window};
use xxhash_rust::xxh3::xxh3_128;

/// Quality by window, each prediction with the newest label known by the query's date.
pub(crate) async fn performance_as_known(
    snapshot: &Snapshot,
    query: &AsKnown,
) -> Result<Vec<KnownPerformance>> {
    let spec = &query.model;
    let mut windows = Windows::new(query.granularity, spec.zone()?);
    let mut found: BTreeMap<Window, (u64, PerformanceProfile)> = BTreeMap::new();
    each_prediction(snapshot, query, |time_us| {
        let window = windows.of(time_us)?;
        let entry = found.entry(window);
        entry.or_insert_with(|| (0, empty(spec.task))).0 += 1;
        Ok(())
    })
    .await?;
    let labels = KnownLabels::read(snapshot, query.range, Some(query.known_at)).await?;
    for label in labels.in_order() {
        let is_wanted = match &query.version {
            Some(version) => label.version == *version,
            None => !label.is_shadow,
        };
        if !is_wanted {
            continue;
        }
        let window = windows.of(label.time_us)?;
        let entry = found.entry(window);
        let (_, profile) = entry.or_insert_with(|| (0, empty(spec.task)));
        count(profile, label.score, label.predicted, label.value);
    }
    Ok(found
        .into_iter()
        .map(|(window, (n_predictions, performance))| KnownPerformance {
            window,
            n_predictions,
            performance,
        })
        .collect())
}

/// Calls with the event time of every prediction that the query is about.
pub(super) async fn each_prediction(
    snapshot: &Snapshot,
    query: &AsKnown,
    mut take: impl FnMut(i64) -> Result<()> + Send,
) -> Result<()> {
    // What had not happened by then was not known either.
    let known = query.known_at.as_microsecond().saturating_add(1);
    let (start, end) = (
        query.range.start.as_microsecond(),
        query.range.end.as_microsecond().min(known),
    );
    let mut each = |batch: &RecordBatch| -> Result<()> {
        let versions = words(batch, "model_version")?;
        let roles = words(batch, "role")?;
        let times = instants(batch, "timestamp")?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            let is_wanted = match &query.version {
                Some(version) => word_at(&versions, row) == Some(version),
                None => word_at(&roles, row) == Some("live"),
            };
            let time = times.value(row);
            if is_wanted && (start..end).contains(&time) {
                take(time)?;
            }
        }
        Ok(())
    };
    if let Some(table) = &snapshot.predictions {
        table
            .scan(
                Some(&["model_version", "role", "timestamp"]),
                Some(within(query.range)),
                |batch| each(&batch),
            )
            .await?;
    }
    for (frame, _) in &snapshot.tail {
        if frame.kind == FrameKind::Predictions {
            each(&frame.batch()?)?;
        }
    }
    Ok(())
}

/// The label of one version's prediction, as known by some date.
#[derive(Debug, Clone)]
pub(super) struct LabelOf {
    pub(super) version: String,
    pub(super) is_shadow: bool,
    pub(super) time_us: i64,
    pub(super) score: Option<f64>,
    pub(super) predicted: Option<f64>,
    pub(super) value: f64,
    /// As it was written; only where texts were asked for.
    pub(super) text: Option<String>,
    /// Newest known wins; of equals the last to arrive.
    order: (i64, i64, i64),
}

impl LabelOf {
    /// When it became known, in microseconds.
    pub(super) fn known_at_us(&self) -> i64 {
        self.order.0
    }
}

/// Labels by prediction id (hashed) and version.
#[derive(Default)]
pub(super) struct KnownLabels {
    labels: HashMap<(u128, String), LabelOf>,
    with_texts: bool,
}

impl KnownLabels {
    /// Reads the labels of predictions in a range that were known by a date.
    pub(super) async fn read(
        snapshot: &Snapshot,
        range: Window,
        known_at: Option<Timestamp>,
    ) -> Result<Self> {
        let mut known = Self::default();
        known.read_all(snapshot, range, known_at).await?;
        Ok(known)
    }

    /// As [`KnownLabels::read`], each label as it was written too.
    pub(super) async fn read_with_texts(
        snapshot: &Snapshot,
        range: Window,
        known_at: Timestamp,
    ) -> Result<Self> {
        let mut known = Self {
            with_texts: true,
            ..Self::default()
        };
        known.read_all(snapshot, range, Some(known_at)).await?;
        Ok(known)
    }

    async fn read_all(
        &mut self,
        snapshot: &Snapshot,
        range: Window,
        known_at: Option<Timestamp>,
    ) -> Result<()> {
        let until_us = known_at.map_or(i64::MAX, Timestamp::as_microsecond);
        if let Some(table) = &snapshot.labels {
            table
                .scan(None, Some(within(range)), |batch| {
                    self.add(&batch, range, until_us)
                })
                .await?;
        }
        for (frame, position) in &snapshot.tail {
            if frame.kind == FrameKind::Labels {
                let rows = label_rows(&frame.batch()?, *position)?;
                self.add(&rows, range, until_us)?;
            }
        }
        Ok(())
    }

    /// The label of a prediction.
    pub(super) fn of(&self, prediction_id: &str, version: &str) -> Option<&LabelOf> {
        let key = (xxh3_128(prediction_id.as_bytes()), version.to_owned());
        self.labels.get(&key)
    }

    /// All labels in an order that does not depend on hashing.
    fn in_order(&self) -> Vec<&LabelOf> {
        let mut labels: Vec<&LabelOf> = self.labels.values().collect();
        labels.sort_unstable_by_key(|label| (label.time_us, label.order));
        labels
    }

    fn add(&mut self, batch: &RecordBatch, range: Window, until_us: i64) -> Result<()> {
        let (start, end) = (range.start.as_microsecond(), range.end.as_microsecond());
        let ids = texts(batch, "prediction_id")?;
        let ids = ids.as_string::<i32>();
        let written = if self.with_texts {
            Some(texts(batch, "label")?)
        } else {
            None
        };
        let versions = words(batch, "model_version")?;
        let known_at = instants(batch, "known_at")?;
        let known_at = known_at.as_primitive::<TimestampMicrosecondType>();
        let times = instants(batch, "timestamp")?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let scores = frame_column(batch, "score")?.as_primitive::<Float64Type>();
        let predicted = frame_column(batch, "predicted_value")?.as_primitive::<Float64Type>();
        let values = frame_column(batch, "label_value")?.as_primitive::<Float64Type>();
        let is_shadow = frame_column(batch, "is_shadow")?.as_boolean();
        let positions = frame_column(batch, "journal_position")?.as_primitive::<Int64Type>();
        let rows = frame_column(batch, "journal_row")?.as_primitive::<Int32Type>();
        for row in 0..batch.num_rows() {
            let Some(version) = word_at(&versions, row) else {
                continue;
            };
            let is_wanted = times.is_valid(row)
                && (start..end).contains(&times.value(row))
                && known_at.value(row) <= until_us;
            if !is_wanted {
                continue;
            }
            let order = (
                known_at.value(row),
                positions.value(row),
                i64::from(rows.value(row)),
            );
            let key = (xxh3_128(ids.value(row).as_bytes()), version.to_owned());
            if self
                .labels
                .get(&key)
                .is_some_and(|label| label.order > order)
            {
                continue;
            }
            let number = |array: &Float64Array| array.is_valid(row).then(|| array.value(row));
            self.labels.insert(
                key,
                LabelOf {
                    version: version.to_owned(),
                    is_shadow: is_shadow.value(row),
                    time_us: times.value(row),
                    score: number(scores),
                    predicted: number(predicted),
                    value: values.value(row),
                    text: written.as_ref().and_then(|texts| {
                        let texts = texts.as_string::<i32>();
                        texts.is_valid(row).then(|| texts.value(row).to_owned())
                    }),
                    order,
                },
            );
        }
        Ok(())
    }
}

pub(super) fn texts(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    Ok(columnar::conform(frame_column(batch, name)?, Kind::TextOfAny).array)
}

pub(super) fn words(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    Ok(columnar::conform(frame_column(batch, name)?, Kind::CategoryOfAny).array)
}

pub(super) fn word_at(words: &ArrayRef, row: usize) -> Option<&str> {
    let words = words.as_dictionary::<Int32Type>();
    words
        .key(row)
        .map(|key| words.values().as_string::<i32>().value(key))
}

pub(super) fn instants(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    Ok(columnar::conform(frame_column(batch, name)?, Kind::Time).array)
}

/// A column as numbers: booleans are 1 and 0, what is no number is missing.
pub(super) fn number_column(array: &ArrayRef) -> Float64Array {
    if let Some(booleans) = array.as_boolean_opt() {
        return booleans
            .iter()
            .map(|value| value.map(|value| f64::from(u8::from(value))))
            .collect();
    }
    let numbers = columnar::conform(array, Kind::Float).array;
    numbers.as_primitive::<Float64Type>().clone()
}
