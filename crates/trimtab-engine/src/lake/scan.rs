//! Stored predictions, read again: for a new grid, or for a reference from a period.

use super::Snapshot;
use super::known::{KnownLabels, LabelOf};
use super::rows::{lake_name, prediction_rows};
use super::table::within;
use crate::decode::{Kind, Shape, columnar};
use crate::failure::wrap;
use crate::fold::Profiles;
use crate::journal::FrameKind;
use crate::prepare::{self, PREDICTED, SCORE, frame_column};
use crate::references::{Outcome, ReferenceRows};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Float64Type, Int32Type, TimestampMicrosecondType};
use std::sync::Arc;
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::fold::ProfileDelta;
use trimtab_domain::{Error, Result, Window};
use trimtab_stats::Grid;

/// Profiles all stored predictions on a grid: those up to the lake's position and none beyond,
/// so that a profiler that stands there can go on.
pub(crate) async fn profile_again(
    snapshot: Snapshot,
    spec: &ModelSpec,
    grid: &Grid,
) -> Result<Vec<ProfileDelta>> {
    let stored = Snapshot {
        tail: Vec::new(),
        ..snapshot
    };
    let mut profiles = Profiles::new(spec, Some(grid))?;
    each_frame(&stored, spec, None, |frame| profiles.add(&frame)).await?;
    Ok(profiles.into_deltas())
}

/// The live predictions of a period with the labels known so far.
pub(crate) async fn reference_rows(
    snapshot: &Snapshot,
    spec: &ModelSpec,
    period: Window,
) -> Result<ReferenceRows> {
    let mut frames = Vec::new();
    each_frame(snapshot, spec, Some(period), |frame| {
        let live = frame_column(&frame, "role")?.as_dictionary::<Int32Type>();
        let names = live.values().as_string::<i32>();
        let mask = (0..live.len())
            .map(|row| live.key(row).map(|key| names.value(key) == "live"))
            .collect();
        let kept = filter_record_batch(&frame, &mask).map_err(wrap("cannot select rows"))?;
        if kept.num_rows() > 0 {
            frames.push(kept);
        }
        Ok(())
    })
    .await?;
    let Some(first) = frames.first() else {
        return Err(Error::invalid(format!(
            "model `{}` has no predictions from {} to {}",
            spec.name, period.start, period.end
        ))
        .with_hint("choose a period that holds data"));
    };
    let batch = concat_batches(&first.schema(), &frames).map_err(wrap("cannot join rows"))?;
    let labels = KnownLabels::read(snapshot, period, None).await?;
    let ids = frame_column(&batch, "prediction_id")?.as_string::<i32>();
    let versions = frame_column(&batch, "model_version")?.as_dictionary::<Int32Type>();
    let version_names = versions.values().as_string::<i32>();
    let scores = frame_column(&batch, SCORE)?.as_primitive::<Float64Type>();
    let predicted = frame_column(&batch, PREDICTED)?.as_primitive::<Float64Type>();
    let outcomes = (0..batch.num_rows())
        .map(|row| Outcome {
            score: scores.is_valid(row).then(|| scores.value(row)),
            predicted: predicted.is_valid(row).then(|| predicted.value(row)),
            label: versions
                .key(row)
                .and_then(|key| labels.of(ids.value(row), version_names.value(key)))
                .map(|LabelOf { value, .. }| *value),
        })
        .collect();
    let times = Arc::clone(frame_column(&batch, "timestamp")?);
    Ok(ReferenceRows {
        batch,
        times: Some(times),
        outcomes,
    })
}

/// Every stored prediction as the rows of a frame, from the tables and the journal's tail.
pub(super) async fn each_frame(
    snapshot: &Snapshot,
    spec: &ModelSpec,
    range: Option<Window>,
    mut take: impl FnMut(RecordBatch) -> Result<()> + Send,
) -> Result<()> {
    let shape = Shape::predictions(spec);
    let mut each = |rows: &RecordBatch| take(frame_of_rows(spec, &shape, rows)?);
    if let Some(table) = &snapshot.predictions {
        table
            .scan(None, range.map(within), |batch| each(&batch))
            .await?;
    }
    for (frame, _) in &snapshot.tail {
        if frame.kind != FrameKind::Predictions {
            continue;
        }
        let mut rows = prediction_rows(&frame.batch()?)?;
        if let Some(range) = range {
            let times =
                frame_column(&rows, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
            let (start, end) = (range.start.as_microsecond(), range.end.as_microsecond());
            let mask = times
                .iter()
                .map(|time| time.map(|time| (start..end).contains(&time)))
                .collect();
            rows = filter_record_batch(&rows, &mask).map_err(wrap("cannot select rows"))?;
        }
        if rows.num_rows() > 0 {
            each(&rows)?;
        }
    }
    Ok(())
}

/// Rows of the table as they once were in the journal, in the model's present columns.
fn frame_of_rows(spec: &ModelSpec, shape: &Shape, rows: &RecordBatch) -> Result<RecordBatch> {
    let columns: Vec<ArrayRef> = shape
        .fields
        .iter()
        .map(|field| {
            let kind = match field.kind {
                Kind::Category => Kind::CategoryOfAny,
                other => other,
            };
            match rows.column_by_name(&lake_name(&field.name)) {
                Some(array) => columnar::conform(array, kind).array,
                None => new_null_array(&kind.arrow_type(), rows.num_rows()),
            }
        })
        .collect();
    prepare::frame_of(spec, shape, columns, rows.num_rows())
}
