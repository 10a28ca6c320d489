//! A log of the past as the batches a serving system would have sent, in the order in which
//! things became known.
//!
//! Rows are sorted by time and cut into slices of whole hours. Each slice gives its predictions,
//! then the shadow scores on them, then the labels that became known in it: a label is known
//! after its prediction, so no label goes before it.

mod answered;

pub use answered::{Answering, ReplayRows};

use crate::decode::Kind;
use crate::decode::columnar::conform;
use crate::inspect::stream;
use crate::local_file;
use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, Schema, TimestampMicrosecondType};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trimtab_domain::documents::{ColumnRole, ModelSpec};
use trimtab_domain::intake::EventKind;
use trimtab_domain::{Error, Result};

const HOUR_US: i64 = 3_600_000_000;

/// Where the log is.
#[derive(Debug, Clone)]
pub struct ReplayFiles {
    /// What the service logged.
    pub predictions: PathBuf,
    /// Labels, with the time when they became known.
    pub labels: Option<PathBuf>,
    /// Scores of other versions on the same predictions.
    pub shadows: Vec<PathBuf>,
}

/// How it is cut.
#[derive(Debug, Clone, Copy)]
pub struct ReplayCut {
    /// A slice ends at the first full hour after so many predictions…
    pub slice_rows: usize,
    /// …or after so many hours.
    pub slice_hours: i64,
    /// Rows of one batch at most.
    pub batch_rows_max: usize,
    /// When a label without a time of its own became known, after its prediction.
    pub label_delay: SignedDuration,
    /// Only what happened, or became known, from here on.
    pub from: Option<Timestamp>,
    /// Only what happened, or became known, before.
    pub until: Option<Timestamp>,
}

impl Default for ReplayCut {
    fn default() -> Self {
        Self {
            slice_rows: 2_000,
            slice_hours: 24,
            batch_rows_max: 10_000,
            label_delay: SignedDuration::ZERO,
            from: None,
            until: None,
        }
    }
}

/// One batch to send.
#[derive(Debug, Clone)]
pub struct ReplayBatch {
    /// Predictions or labels.
    pub kind: EventKind,
    /// Rows.
    pub n_rows: u64,
    /// The time of its last row.
    pub until: Timestamp,
    /// An Arrow IPC stream.
    pub body: Bytes,
    /// The same rows, to be answered anew.
    pub rows: ReplayRows,
}

/// A log, sorted and ready to be sent.
pub struct ReplaySource {
    streams: Vec<Stream>,
    slices: Vec<i64>,
    cut: ReplayCut,
    left_out: BTreeSet<String>,
    slice_idx: usize,
    stream_idx: usize,
}

/// Rows of one kind in time order.
struct Stream {
    kind: EventKind,
    batch: RecordBatch,
    times_us: Vec<i64>,
    next: usize,
}

impl ReplaySource {
    /// Reads and sorts the files. Columns that the model does not know are left out.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the file and the column, if something needed is not there.
    pub fn open(files: &ReplayFiles, model: &ModelSpec, cut: ReplayCut) -> Result<Self> {
        let mut left_out = BTreeSet::new();
        let predictions = predictions(&files.predictions, model, false, &mut left_out)?;
        let labels = match &files.labels {
            Some(path) => Some(labels(path, model, &predictions, cut.label_delay)?),
            None => None,
        };
        let mut streams = vec![predictions];
        for path in &files.shadows {
            streams.push(self::predictions(path, model, true, &mut left_out)?);
        }
        streams.extend(labels);
        for stream in &mut streams {
            stream.keep(cut);
        }
        let times_us = streams.first().map_or(&[][..], |stream| &stream.times_us);
        let slices = slices(times_us, cut);
        Ok(Self {
            streams,
            slices,
            cut,
            left_out,
            slice_idx: 0,
            stream_idx: 0,
        })
    }

    /// All rows of all files.
    pub fn n_rows(&self) -> u64 {
        self.streams
            .iter()
            .map(|stream| stream.times_us.len() as u64)
            .sum()
    }

    /// Rows of predictions (live ones), shadow predictions and labels.
    pub fn n_rows_by_kind(&self) -> (u64, u64, u64) {
        let mut counts = (0, 0, 0);
        for (idx, stream) in self.streams.iter().enumerate() {
            let n = stream.times_us.len() as u64;
            match (stream.kind, idx) {
                (EventKind::Labels, _) => counts.2 += n,
                (_, 0) => counts.0 += n,
                _ => counts.1 += n,
            }
        }
        counts
    }

    /// When the first and the last prediction happened.
    pub fn period(&self) -> Option<(Timestamp, Timestamp)> {
        let times = &self.streams.first()?.times_us;
        Some((instant(*times.first()?)?, instant(*times.last()?)?))
    }

    /// Columns of the files that the model does not know.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.left_out.iter().map(String::as_str)
    }

    fn next_batch(&mut self) -> Result<Option<ReplayBatch>> {
        while self.slice_idx <= self.slices.len() {
            // After the last slice comes everything that is left.
            let end_us = self.slices.get(self.slice_idx).copied();
            while let Some(stream) = self.streams.get_mut(self.stream_idx) {
                if let Some(batch) = stream.before(end_us, self.cut.batch_rows_max)? {
                    return Ok(Some(batch));
                }
                self.stream_idx += 1;
            }
            self.stream_idx = 0;
            self.slice_idx += 1;
        }
        Ok(None)
    }
}

impl Iterator for ReplaySource {
    type Item = Result<ReplayBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}

impl Stream {
    /// Lets go of what lies before and behind the cut.
    fn keep(&mut self, cut: ReplayCut) {
        let place = |at: Timestamp| {
            self.times_us
                .partition_point(|&time| time < at.as_microsecond())
        };
        let start = cut.from.map_or(0, place);
        let end = cut.until.map_or(self.times_us.len(), place).max(start);
        self.batch = self.batch.slice(start, end - start);
        self.times_us = self.times_us[start..end].to_vec();
    }

    /// The next rows before `end_us`.
    fn before(&mut self, end_us: Option<i64>, n_rows_max: usize) -> Result<Option<ReplayBatch>> {
        let rest = &self.times_us[self.next..];
        let n_due = end_us.map_or(rest.len(), |end| rest.partition_point(|&time| time < end));
        let n = n_due.min(n_rows_max);
        if n == 0 {
            return Ok(None);
        }
        let rows = self.batch.slice(self.next, n);
        self.next += n;
        let until = instant(self.times_us[self.next - 1])
            .ok_or_else(|| Error::invalid("a row lies outside the calendar"))?;
        Ok(Some(ReplayBatch {
            kind: self.kind,
            n_rows: n as u64,
            until,
            body: stream(&rows)?,
            rows: ReplayRows::new(rows),
        }))
    }
}

/// Ends of slices: full hours after enough rows or enough hours.
fn slices(times_us: &[i64], cut: ReplayCut) -> Vec<i64> {
    let mut ends = Vec::new();
    let mut at = 0;
    while let Some(&first) = times_us.get(at) {
        let start = first.div_euclid(HOUR_US) * HOUR_US;
        let latest = start + cut.slice_hours.max(1) * HOUR_US;
        let full = times_us
            .get(at + cut.slice_rows.max(1))
            .map_or(latest, |&time| (time.div_euclid(HOUR_US) + 1) * HOUR_US);
        let end = latest.min(full);
        ends.push(end);
        at += times_us[at..].partition_point(|&time| time < end);
    }
    ends
}

fn predictions(
    path: &Path,
    model: &ModelSpec,
    is_shadow: bool,
    left_out: &mut BTreeSet<String>,
) -> Result<Stream> {
    let batch = local_file::read(path)?;
    let id = id_column(path, &batch)?;
    let time = time_column(path, &batch, model)?;
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        let name = match name {
            _ if name == id => "prediction_id",
            _ if name == time => "timestamp",
            "role" if is_shadow => continue,
            "model_version" | "role" | "entity_id" => name,
            _ if is_sent(model, name) => name,
            _ => {
                left_out.insert(name.to_owned());
                continue;
            }
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        columns.push(Arc::clone(array));
    }
    if is_shadow {
        if batch.column_by_name("model_version").is_none() {
            return Err(Error::invalid(format!(
                "{}: a shadow log needs the column `model_version`",
                path.display()
            )));
        }
        let role = StringArray::from_iter_values(std::iter::repeat_n("shadow", batch.num_rows()));
        fields.push(Field::new("role", DataType::Utf8, true));
        columns.push(Arc::new(role));
    }
    let times = batch
        .column_by_name(&time)
        .map(|array| conform(array, Kind::Time).array);
    sorted(path, EventKind::Predictions, fields, columns, times)
}

fn labels(
    path: &Path,
    model: &ModelSpec,
    predictions: &Stream,
    delay: SignedDuration,
) -> Result<Stream> {
    let batch = local_file::read(path)?;
    let id = id_column(path, &batch)?;
    let declared = model.column_of_role(ColumnRole::Label);
    let label = ["label"]
        .into_iter()
        .chain(declared.map(|column| column.name.as_str()))
        .find(|name| batch.column_by_name(name).is_some())
        .ok_or_else(|| {
            Error::invalid(format!("{}: no column `label`", path.display())).with_hint(format!(
                "name the column `label`, or declare it in the model with `role: label`; the file \
                 has {}",
                names(&batch)
            ))
        })?;
    let ids = &batch[id.as_str()];
    let times: ArrayRef = match batch.column_by_name("label_timestamp") {
        Some(array) => conform(array, Kind::Time).array,
        None => times_of_predictions(path, ids, predictions, delay)?,
    };
    let fields = vec![
        Field::new("prediction_id", ids.data_type().clone(), true),
        Field::new("label", batch[label].data_type().clone(), true),
        Field::new("label_timestamp", times.data_type().clone(), true),
    ];
    let columns = vec![
        Arc::clone(ids),
        Arc::clone(&batch[label]),
        Arc::clone(&times),
    ];
    sorted(path, EventKind::Labels, fields, columns, Some(times))
}

/// The time of each label's prediction, plus the delay.
fn times_of_predictions(
    path: &Path,
    ids: &ArrayRef,
    predictions: &Stream,
    delay: SignedDuration,
) -> Result<ArrayRef> {
    let failed = |source: arrow::error::ArrowError| {
        Error::invalid(format!("{}: the ids are not texts", path.display())).with_source(source)
    };
    let delay_us = i64::try_from(delay.as_micros())
        .map_err(|_| Error::invalid("the label delay is too long"))?;
    let known = cast(&predictions.batch["prediction_id"], &DataType::Utf8).map_err(failed)?;
    let known: HashMap<&str, i64> = known
        .as_string::<i32>()
        .iter()
        .zip(&predictions.times_us)
        .filter_map(|(id, &time)| Some((id?, time)))
        .collect();
    let ids = cast(ids, &DataType::Utf8).map_err(failed)?;
    let last = predictions.times_us.last().copied();
    let times: Vec<Option<i64>> = ids
        .as_string::<i32>()
        .iter()
        .map(|id| {
            // A label without its prediction goes last.
            id.and_then(|id| known.get(id).copied())
                .or(last)
                .map(|time| time.saturating_add(delay_us))
        })
        .collect();
    Ok(Arc::new(
        TimestampMicrosecondArray::from(times).with_timezone("UTC"),
    ))
}

/// Puts columns in the order of their rows' times.
fn sorted(
    path: &Path,
    kind: EventKind,
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
    times: Option<ArrayRef>,
) -> Result<Stream> {
    let failed = |source: arrow::error::ArrowError| {
        Error::internal(format!("cannot sort {}", path.display())).with_source(source)
    };
    let times = times.ok_or_else(|| Error::internal("no times to sort by"))?;
    if times.null_count() > 0 {
        let row = (0..times.len())
            .find(|&row| times.is_null(row))
            .unwrap_or(0);
        return Err(Error::invalid(format!(
            "{}: row {row} has no time, or one that is not an instant",
            path.display()
        ))
        .with_hint("write RFC 3339 with a zone, such as 2013-09-01T12:00:00Z"));
    }
    let whole = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(failed)?;
    // Rows of one instant stay in the file's order.
    let times = times.as_primitive::<TimestampMicrosecondType>();
    let is_sorted = times.values().is_sorted();
    let (batch, times) = if is_sorted {
        (whole, times.clone())
    } else {
        let order = stable_order(times.values());
        let columns = whole
            .columns()
            .iter()
            .map(|array| take(array, &order, None))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(failed)?;
        let taken = take(times, &order, None).map_err(failed)?;
        let batch = RecordBatch::try_new(whole.schema(), columns).map_err(failed)?;
        (
            batch,
            taken.as_primitive::<TimestampMicrosecondType>().clone(),
        )
    };
    Ok(Stream {
        kind,
        batch,
        times_us: times.values().to_vec(),
        next: 0,
    })
}

fn stable_order(times: &[i64]) -> UInt32Array {
    let mut order: Vec<u32> = (0..u32::try_from(times.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|&row| times[row as usize]);
    order.into()
}

/// Whether predictions may carry this column.
fn is_sent(model: &ModelSpec, name: &str) -> bool {
    if let Some(column) = model.column(name) {
        return !matches!(column.role, ColumnRole::Label);
    }
    // Columns answer to the name of their role too.
    let has = |role| model.column_of_role(role).is_some();
    match name {
        "score" => has(ColumnRole::Score),
        "prediction" => has(ColumnRole::Prediction),
        "latency_ms" => has(ColumnRole::Latency),
        "error" => has(ColumnRole::Error),
        _ => false,
    }
}

fn id_column(path: &Path, batch: &RecordBatch) -> Result<String> {
    ["prediction_id", "id"]
        .into_iter()
        .find(|name| batch.column_by_name(name).is_some())
        .map(str::to_owned)
        .ok_or_else(|| {
            Error::invalid(format!("{}: no column `prediction_id`", path.display()))
                .with_hint(format!("the file has {}", names(batch)))
        })
}

fn time_column(path: &Path, batch: &RecordBatch, model: &ModelSpec) -> Result<String> {
    let declared = model.column_of_role(ColumnRole::Timestamp);
    ["timestamp"]
        .into_iter()
        .chain(declared.map(|column| column.name.as_str()))
        .find(|name| batch.column_by_name(name).is_some())
        .map(str::to_owned)
        .ok_or_else(|| {
            Error::invalid(format!("{}: no column `timestamp`", path.display())).with_hint(format!(
                "name the column `timestamp`, or declare it with `role: timestamp`; the file has {}",
                names(batch)
            ))
        })
}

fn names(batch: &RecordBatch) -> String {
    let names: Vec<_> = batch
        .schema_ref()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    names.join(", ")
}

fn instant(time_us: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(time_us).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> ModelSpec {
        serde_json::from_value(serde_json::json!({
            "name": "m", "task": "binary_classification",
            "columns": [
                {"name": "x", "data_type": "float"},
                {"name": "p", "data_type": "float", "role": "score"},
                {"name": "y", "data_type": "integer", "role": "label"},
            ],
        }))
        .unwrap()
    }

    fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    const PREDICTIONS: &str = "id,timestamp,x,p,other\n\
        b,2026-01-01T02:00:00Z,2.0,0.2,z\n\
        a,2026-01-01T00:10:00Z,1.0,0.1,z\n\
        c,2026-01-03T00:00:00Z,3.0,0.3,z\n";

    fn replayed(files: &ReplayFiles, cut: ReplayCut) -> Vec<(EventKind, u64, String)> {
        ReplaySource::open(files, &model(), cut)
            .unwrap()
            .map(|batch| {
                let batch = batch.unwrap();
                (batch.kind, batch.n_rows, batch.until.to_string())
            })
            .collect()
    }

    #[test]
    fn rows_go_out_in_the_order_in_which_they_became_known() {
        let dir = tempfile::tempdir().unwrap();
        let labels = "prediction_id,label,label_timestamp\n\
            c,1,2026-01-04T00:00:00Z\na,0,2026-01-01T01:00:00Z\nb,1,2026-01-02T00:00:00Z\n";
        let shadow = "prediction_id,timestamp,model_version,p\nc,2026-01-03T00:00:00Z,v2,0.5\n";
        let files = ReplayFiles {
            predictions: write(dir.path(), "p.csv", PREDICTIONS),
            labels: Some(write(dir.path(), "l.csv", labels)),
            shadows: vec![write(dir.path(), "s.csv", shadow)],
        };
        let cut = ReplayCut::default();
        let source = ReplaySource::open(&files, &model(), cut).unwrap();
        assert_eq!(source.n_rows(), 7);
        assert_eq!(source.left_out().collect::<Vec<_>>(), ["other"]);
        let (p, l) = (EventKind::Predictions, EventKind::Labels);
        let at = str::to_owned;
        assert_eq!(
            replayed(&files, cut),
            [
                (p, 2, at("2026-01-01T02:00:00Z")),
                (l, 1, at("2026-01-01T01:00:00Z")),
                (p, 1, at("2026-01-03T00:00:00Z")),
                (p, 1, at("2026-01-03T00:00:00Z")),
                (l, 1, at("2026-01-02T00:00:00Z")),
                (l, 1, at("2026-01-04T00:00:00Z")),
            ]
        );
    }

    #[test]
    fn labels_without_a_time_follow_their_prediction() {
        let dir = tempfile::tempdir().unwrap();
        let files = ReplayFiles {
            predictions: write(dir.path(), "p.csv", PREDICTIONS),
            labels: Some(write(dir.path(), "l.csv", "id,y\nb,1\na,0\n")),
            shadows: Vec::new(),
        };
        let cut = ReplayCut {
            label_delay: SignedDuration::from_hours(1),
            ..ReplayCut::default()
        };
        let sent = replayed(&files, cut);
        assert_eq!(
            sent[1],
            (EventKind::Labels, 2, "2026-01-01T03:00:00Z".to_owned())
        );
    }

    #[test]
    fn a_log_may_be_sent_in_parts() {
        let dir = tempfile::tempdir().unwrap();
        let labels = "prediction_id,label,label_timestamp\n\
            a,0,2026-01-01T01:00:00Z\nb,1,2026-01-02T00:00:00Z\nc,1,2026-01-04T00:00:00Z\n";
        let files = ReplayFiles {
            predictions: write(dir.path(), "p.csv", PREDICTIONS),
            labels: Some(write(dir.path(), "l.csv", labels)),
            shadows: Vec::new(),
        };
        let border = Some("2026-01-01T02:00:00Z".parse().unwrap());
        let (p, l) = (EventKind::Predictions, EventKind::Labels);
        let first = ReplayCut {
            until: border,
            ..ReplayCut::default()
        };
        let second = ReplayCut {
            from: border,
            ..ReplayCut::default()
        };
        let counts = |cut| {
            let sent = replayed(&files, cut).into_iter();
            sent.map(|(kind, n, _)| (kind, n)).collect::<Vec<_>>()
        };
        assert_eq!(counts(first), [(p, 1), (l, 1)]);
        assert_eq!(counts(second), [(p, 1), (l, 1), (p, 1), (l, 1)]);
    }

    #[test]
    fn batches_have_a_limit() {
        let dir = tempfile::tempdir().unwrap();
        let files = ReplayFiles {
            predictions: write(dir.path(), "p.csv", PREDICTIONS),
            labels: None,
            shadows: Vec::new(),
        };
        let cut = ReplayCut {
            batch_rows_max: 1,
            ..ReplayCut::default()
        };
        assert_eq!(replayed(&files, cut).len(), 3);
    }

    #[test]
    fn what_is_missing_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let files = ReplayFiles {
            predictions: write(dir.path(), "p.csv", "id,x\na,1\n"),
            labels: None,
            shadows: Vec::new(),
        };
        let message = match ReplaySource::open(&files, &model(), ReplayCut::default()) {
            Err(err) => err.to_string(),
            Ok(_) => String::new(),
        };
        assert!(
            message.contains("`timestamp`") && message.contains("p.csv"),
            "{message}"
        );
    }
}
