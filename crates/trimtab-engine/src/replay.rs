//! Brings the index up to the journal's end after a crash.

use crate::admit::PredictionRows;
use crate::index::{Changes, IdKey, Index, Labelled, ModelKey};
use crate::journal::{Frame, FrameKind, Journal, NO_MARK};
use crate::prepare::frame_column;
use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int32Type, TimestampMicrosecondType};
use trimtab_domain::Result;

/// Replays what the journal holds beyond the index's own position. Applying a frame twice
/// changes nothing.
pub(crate) fn catch_up(journal: &Journal, index: &Index) -> Result<()> {
    let from = index.position()?;
    if from > journal.head() {
        // Only a disk that loses what it has synced can do this.
        tracing::error!(
            index = %from,
            journal = %journal.head(),
            "the index knows more than the journal: rows that were acknowledged are lost"
        );
    }
    let mut reader = journal.read_from(from)?;
    let mut n_frames = 0_u64;
    while let Some((frame, position)) = reader.next()? {
        let mut changes = Changes::default();
        if position > index.deleted_before(&frame.model)? {
            apply(&frame, index, &mut changes)?;
        }
        index.apply(&changes, position)?;
        n_frames += 1;
    }
    if n_frames > 0 {
        tracing::info!(n_frames, "brought the index up to the journal's end");
    }
    Ok(())
}

fn apply(frame: &Frame, index: &Index, changes: &mut Changes) -> Result<()> {
    match frame.kind {
        FrameKind::Predictions => {
            if frame.mark != NO_MARK {
                let mut marks = index.marks(&frame.model)?;
                marks.watermark_us = marks.watermark_us.max(Some(frame.mark));
                changes.marks.insert(frame.model.clone(), marks);
            }
            predictions(frame, index, changes)
        }
        FrameKind::Labels => labels(frame, index, changes),
        FrameKind::MetricPoints | FrameKind::Complete => Ok(()),
    }
}

fn predictions(frame: &Frame, index: &Index, changes: &mut Changes) -> Result<()> {
    let batch = frame.batch()?;
    let rows = PredictionRows::of(&batch)?;
    let model = ModelKey::new(&frame.model);
    for row in 0..rows.len() {
        let key = IdKey::new(model, rows.id(row));
        let mut state = match changes.ids.get(&key) {
            Some(state) => state.clone(),
            None => index.get(&key)?.unwrap_or_default(),
        };
        let entry = rows.entry(row);
        if !state
            .predictions
            .iter()
            .any(|known| known.version == entry.version)
        {
            state.predictions.push(entry);
            changes.ids.insert(key, state);
        }
    }
    Ok(())
}

fn labels(frame: &Frame, index: &Index, changes: &mut Changes) -> Result<()> {
    let batch = frame.batch()?;
    let model = ModelKey::new(&frame.model);
    let ids = frame_column(&batch, "prediction_id")?.as_string::<i32>();
    let known_at = frame_column(&batch, "known_at")?.as_primitive::<TimestampMicrosecondType>();
    let texts = frame_column(&batch, "label")?.as_dictionary::<Int32Type>();
    let words = texts.values().as_string::<i32>();
    let values = frame_column(&batch, "value")?.as_primitive::<Float64Type>();
    for row in 0..batch.num_rows() {
        let key = IdKey::new(model, ids.value(row));
        let mut state = match changes.ids.get(&key) {
            Some(state) => state.clone(),
            None => index.get(&key)?.unwrap_or_default(),
        };
        let label = Labelled {
            text: texts.key(row).map_or("", |key| words.value(key)).to_owned(),
            value: values.value(row),
            known_at_us: known_at.value(row),
        };
        if !state.labels.contains(&label) {
            state.labels.push(label);
            changes.ids.insert(key, state);
        }
    }
    Ok(())
}
