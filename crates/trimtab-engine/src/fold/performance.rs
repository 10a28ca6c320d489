//! Joined labels into quality profiles, by window and age of the label.

use super::windows::{Windows, instant};
use super::{SliceKey, role_of, segment_names};
use crate::prepare::{PREDICTED, SCORE, SEGMENTS, frame_column};
use arrow::array::{
    Array, AsArray, BooleanArray, DictionaryArray, Float64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Float64Type, Int32Type, TimestampMicrosecondType};
use std::collections::BTreeMap;
use trimtab_domain::Result;
use trimtab_domain::documents::{ModelSpec, Task};
use trimtab_domain::fold::{LabelAge, PerformanceDelta, PerformanceProfile};
use trimtab_stats::{BinaryPerformance, Grid, RegressionPerformance};

/// The columns of a frame of labels.
pub(crate) struct Labels<'a> {
    known_at: &'a TimestampMicrosecondArray,
    values: &'a Float64Array,
    versions: &'a DictionaryArray<Int32Type>,
    version_names: &'a StringArray,
    is_shadow: &'a BooleanArray,
    times: &'a TimestampMicrosecondArray,
    scores: &'a Float64Array,
    predicted: &'a Float64Array,
    segments: &'a DictionaryArray<Int32Type>,
    segment_names: &'a StringArray,
    is_current: &'a BooleanArray,
    previous_values: &'a Float64Array,
    previous_known_at: &'a TimestampMicrosecondArray,
}

impl<'a> Labels<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Result<Self> {
        let floats = |name| frame_column(batch, name).map(AsArray::as_primitive::<Float64Type>);
        let instants =
            |name| frame_column(batch, name).map(AsArray::as_primitive::<TimestampMicrosecondType>);
        let flags = |name| frame_column(batch, name).map(AsArray::as_boolean);
        let versions = frame_column(batch, "model_version")?.as_dictionary::<Int32Type>();
        let segments = frame_column(batch, SEGMENTS)?.as_dictionary::<Int32Type>();
        Ok(Self {
            known_at: instants("known_at")?,
            values: floats("value")?,
            versions,
            version_names: versions.values().as_string::<i32>(),
            is_shadow: flags("is_shadow")?,
            times: instants("timestamp")?,
            scores: floats(SCORE)?,
            predicted: floats(PREDICTED)?,
            segments,
            segment_names: segments.values().as_string::<i32>(),
            is_current: flags("is_current")?,
            previous_values: floats("previous_value")?,
            previous_known_at: instants("previous_known_at")?,
        })
    }

    /// Labels that wait for their prediction.
    pub(crate) fn n_unmatched(&self) -> u64 {
        self.versions.null_count() as u64
    }

    pub(crate) fn newest_known_at(&self) -> Option<i64> {
        arrow::compute::max(self.known_at)
    }
}

/// Which quality profile, within one model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PerformanceKey {
    pub(crate) slice: SliceKey,
    pub(crate) age: LabelAge,
}

/// Quality of one model's predictions, by slice and age.
pub(crate) struct Quality<'m> {
    spec: &'m ModelSpec,
    grid: Option<&'m Grid>,
    windows: Windows,
    added: BTreeMap<PerformanceKey, PerformanceProfile>,
    removed: BTreeMap<PerformanceKey, PerformanceProfile>,
}

impl<'m> Quality<'m> {
    pub(crate) fn new(spec: &'m ModelSpec, grid: Option<&'m Grid>) -> Result<Self> {
        Ok(Self {
            spec,
            grid,
            windows: Windows::new(spec.granularity, spec.zone()?),
            added: BTreeMap::new(),
            removed: BTreeMap::new(),
        })
    }

    /// Counts the labels that count; a correction also takes the old label away.
    pub(crate) fn add(&mut self, labels: &Labels<'_>) -> Result<()> {
        for row in 0..labels.versions.len() {
            let Some(version) = labels.versions.key(row) else {
                continue;
            };
            if !labels.is_current.value(row) {
                continue;
            }
            let score = labels
                .scores
                .is_valid(row)
                .then(|| labels.scores.value(row));
            let predicted = labels
                .predicted
                .is_valid(row)
                .then(|| labels.predicted.value(row));
            let time_us = labels.times.value(row);
            let window = self.windows.of(time_us)?;
            let time = instant(time_us)?;
            let segments = labels
                .segments
                .key(row)
                .map_or("", |key| labels.segment_names.value(key));
            for segment in segment_names(self.grid, segments) {
                let slice = SliceKey {
                    version: labels.version_names.value(version).to_owned(),
                    role: role_of(labels.is_shadow.value(row)),
                    segment,
                    window,
                };
                if labels.previous_known_at.is_valid(row) {
                    let known_at = instant(labels.previous_known_at.value(row))?;
                    let key = PerformanceKey {
                        slice: slice.clone(),
                        age: LabelAge::of(time, known_at),
                    };
                    let removed = self.removed.entry(key);
                    count(
                        removed.or_insert_with(|| empty(self.spec.task)),
                        score,
                        predicted,
                        labels.previous_values.value(row),
                    );
                }
                let key = PerformanceKey {
                    slice,
                    age: LabelAge::of(time, instant(labels.known_at.value(row))?),
                };
                let added = self.added.entry(key);
                count(
                    added.or_insert_with(|| empty(self.spec.task)),
                    score,
                    predicted,
                    labels.values.value(row),
                );
            }
        }
        Ok(())
    }

    pub(crate) fn into_deltas(mut self) -> Vec<PerformanceDelta> {
        let model = &self.spec.name;
        let mut deltas: Vec<PerformanceDelta> = Vec::new();
        for (key, added) in self.added {
            let removed = self.removed.remove(&key);
            deltas.push(key.into_delta(model, Some(added), removed));
        }
        for (key, removed) in self.removed {
            deltas.push(key.into_delta(model, None, Some(removed)));
        }
        deltas
    }
}

/// No rows yet.
pub(crate) fn empty(task: Task) -> PerformanceProfile {
    match task {
        Task::BinaryClassification => PerformanceProfile::Binary(BinaryPerformance::default()),
        Task::Regression => PerformanceProfile::Regression(RegressionPerformance::default()),
    }
}

/// Counts one labelled row; one without any output says nothing about quality.
pub(crate) fn count(
    profile: &mut PerformanceProfile,
    score: Option<f64>,
    predicted: Option<f64>,
    value: f64,
) {
    match profile {
        PerformanceProfile::Binary(profile) => {
            if let Some(predicted) = predicted {
                profile.add(score, predicted >= 0.5, value >= 0.5);
            }
        }
        PerformanceProfile::Regression(profile) => {
            if let Some(predicted) = predicted {
                profile.add(predicted, value);
            }
        }
    }
}
