//! Live predictions of a period with the labels known by a date: what a candidate is judged on.

use super::Snapshot;
use super::known::{KnownLabels, LabelOf, each_prediction};
use super::scan::each_frame;
use crate::failure::wrap;
use crate::prepare::frame_column;
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::ports::engine::AsKnown;
use trimtab_domain::{Granularity, Result, Window};

const DAY_US: i64 = 86_400_000_000;

/// Rows with what happened and when that became known, where it did.
pub(crate) struct LabelledRows {
    /// As frames hold them; absent without rows.
    pub(crate) batch: Option<RecordBatch>,
    /// Event times, in microseconds.
    pub(crate) times: Vec<i64>,
    /// `(value, known at in microseconds)`.
    pub(crate) labels: Vec<Option<(f64, i64)>>,
    /// Rows of the period that were left out because there were too many.
    pub(crate) n_left_out: u64,
}

/// What is read.
pub(crate) struct Asked {
    /// Event time.
    pub(crate) period: Window,
    /// What became known later did not exist.
    pub(crate) known_at: Timestamp,
    /// Rows at most.
    pub(crate) max: u64,
    /// Of too many: whole days, the newest first; else evenly spaced rows.
    pub(crate) newest: bool,
}

/// Reads live predictions with their labels.
pub(crate) async fn labelled_rows(
    snapshot: &Snapshot,
    spec: &Arc<ModelSpec>,
    asked: &Asked,
) -> Result<LabelledRows> {
    let by_day = rows_by_day(snapshot, spec, asked).await?;
    let n_all: u64 = by_day.values().sum();
    let (period, stride) = if asked.newest {
        (newest_days(asked, &by_day), 1)
    } else {
        (asked.period, n_all.div_ceil(asked.max.max(1)).max(1))
    };
    let until = asked.known_at.as_microsecond();
    let mut counter = 0_u64;
    let mut frames = Vec::new();
    each_frame(snapshot, spec, Some(period), |frame| {
        let roles = frame_column(&frame, "role")?.as_dictionary::<Int32Type>();
        let names = roles.values().as_string::<i32>();
        let times = frame_column(&frame, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
        let mask = (0..roles.len())
            .map(|row| {
                let is_live = roles.key(row).is_some_and(|key| names.value(key) == "live");
                if !is_live || times.value(row) > until {
                    return Some(false);
                }
                counter += 1;
                Some((counter - 1).is_multiple_of(stride))
            })
            .collect();
        let kept = filter_record_batch(&frame, &mask).map_err(wrap("cannot select rows"))?;
        if kept.num_rows() > 0 {
            frames.push(kept);
        }
        Ok(())
    })
    .await?;
    let Some(first) = frames.first() else {
        return Ok(LabelledRows {
            batch: None,
            times: Vec::new(),
            labels: Vec::new(),
            n_left_out: n_all,
        });
    };
    let batch = concat_batches(&first.schema(), &frames).map_err(wrap("cannot join rows"))?;
    drop(frames);
    let known = KnownLabels::read(snapshot, period, Some(asked.known_at)).await?;
    let ids = frame_column(&batch, "prediction_id")?.as_string::<i32>();
    let versions = frame_column(&batch, "model_version")?.as_dictionary::<Int32Type>();
    let version_names = versions.values().as_string::<i32>();
    let labels = (0..batch.num_rows())
        .map(|row| {
            let key = versions.key(row)?;
            let label: &LabelOf = known.of(ids.value(row), version_names.value(key))?;
            Some((label.value, label.known_at_us()))
        })
        .collect();
    let times = frame_column(&batch, "timestamp")?.as_primitive::<TimestampMicrosecondType>();
    let times = (0..batch.num_rows()).map(|row| times.value(row)).collect();
    Ok(LabelledRows {
        n_left_out: n_all.saturating_sub(batch.num_rows() as u64),
        batch: Some(batch),
        times,
        labels,
    })
}

/// Live rows by UTC day.
async fn rows_by_day(
    snapshot: &Snapshot,
    spec: &Arc<ModelSpec>,
    asked: &Asked,
) -> Result<BTreeMap<i64, u64>> {
    let query = AsKnown {
        model: Arc::clone(spec),
        version: None,
        range: asked.period,
        granularity: Granularity::Day,
        known_at: asked.known_at,
    };
    let mut by_day = BTreeMap::new();
    each_prediction(snapshot, &query, |time| {
        *by_day.entry(time.div_euclid(DAY_US)).or_insert(0) += 1;
        Ok(())
    })
    .await?;
    Ok(by_day)
}

/// The part of the period whose days together stay within the limit; one day at least.
fn newest_days(asked: &Asked, by_day: &BTreeMap<i64, u64>) -> Window {
    let mut n_rows = 0;
    let mut first = None;
    for (&day, &n) in by_day.iter().rev() {
        n_rows += n;
        if n_rows > asked.max && first.is_some() {
            break;
        }
        first = Some(day);
    }
    let start = first
        .and_then(|day| Timestamp::from_microsecond(day * DAY_US).ok())
        .map_or(asked.period.start, |start| start.max(asked.period.start));
    Window {
        start,
        end: asked.period.end,
    }
}
