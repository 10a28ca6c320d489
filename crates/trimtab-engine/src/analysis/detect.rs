//! `detect`: one column, row by row.

use super::{refused, unknown};
use crate::files::{FileSet, MISSING};
use jiff::Timestamp;
use trimtab_domain::analysis::ANALYSIS_SCHEMA_VERSION;
use trimtab_domain::analysis::detect::{
    ChangePoint, DetectReport, DetectRequest, DetectTask, DetectedRow, SeriesSummary, StreamEvent,
};
use trimtab_domain::{Error, Result};
use trimtab_stats::series::{
    SegmentCost, SeriesMethod, SeriesOptions, bic_penalty, detect_series, pelt,
};
use trimtab_stats::streams::{Detector, DetectorKind, StreamModel, StreamState};

/// Microseconds between rows that have no time of their own.
const STEP_WITHOUT_TIME: i64 = 1_000_000;

/// One series: its rows in the order of the file.
struct Series {
    name: Option<String>,
    rows: Vec<usize>,
}

/// The columns that are looked at.
struct Columns {
    values: Vec<f64>,
    times: Option<Vec<Option<i64>>>,
    series: Vec<Series>,
}

impl Columns {
    fn read(request: &DetectRequest, column: &str) -> Result<Self> {
        let files = FileSet::open("data set", &request.source)?;
        files.require(column)?;
        let values = files.numbers(column)?;
        let times = match &request.timestamp {
            Some(name) => Some(files.times(name)?),
            None => None,
        };
        let series = match &request.series {
            Some(name) => by_name(&files, name)?,
            None => vec![Series {
                name: None,
                rows: (0..values.len()).collect(),
            }],
        };
        Ok(Self {
            values,
            times,
            series,
        })
    }

    fn values_of(&self, series: &Series) -> Vec<f64> {
        series.rows.iter().map(|&row| self.values[row]).collect()
    }

    /// Microseconds of every row; rows without a time follow the one before by a step.
    fn micros_of(&self, series: &Series) -> Vec<i64> {
        let mut last = 0;
        series
            .rows
            .iter()
            .map(|&row| {
                let time = self.times.as_ref().and_then(|times| times[row]);
                last = time.unwrap_or(last + STEP_WITHOUT_TIME);
                last
            })
            .collect()
    }

    fn time_of(&self, row: usize) -> Option<Timestamp> {
        let micros = self.times.as_ref()?[row]?;
        Timestamp::from_microsecond(micros).ok()
    }
}

fn by_name(files: &FileSet, name: &str) -> Result<Vec<Series>> {
    files.require(name)?;
    let found = files.categories(name)?;
    let mut series: Vec<Series> = found
        .words
        .iter()
        .map(|word| Series {
            name: Some(word.clone()),
            rows: Vec::new(),
        })
        .collect();
    for (row, &code) in found.codes.iter().enumerate() {
        if code == MISSING {
            return Err(Error::invalid(format!(
                "column `{name}`, row {}: no series is named",
                row + 1
            ))
            .with_hint("fill the column, or leave --series out"));
        }
        series[code as usize].rows.push(row);
    }
    Ok(series)
}

pub(super) fn detect(request: &DetectRequest) -> Result<DetectReport> {
    match &request.task {
        DetectTask::Points {
            value,
            method,
            alarm_rate,
        } => points(request, value, method, *alarm_rate),
        DetectTask::Stream {
            column,
            detectors,
            run_length,
            error_rate,
        } => {
            let calibrated = run_length.map(|run_length| (run_length, *error_rate));
            streams(request, column, detectors, calibrated)
        }
        DetectTask::ChangePoints {
            value,
            with_variance,
        } => change_points(request, value, *with_variance),
    }
}

fn empty_report(task: &str, column: &str) -> DetectReport {
    DetectReport {
        schema_version: ANALYSIS_SCHEMA_VERSION,
        task: task.to_owned(),
        column: column.to_owned(),
        series: Vec::new(),
        rows: Vec::new(),
        events: Vec::new(),
        change_points: Vec::new(),
    }
}

fn n_missing(values: &[f64]) -> u64 {
    values.iter().filter(|value| value.is_nan()).count() as u64
}

fn points(
    request: &DetectRequest,
    value: &str,
    method: &str,
    alarm_rate: f64,
) -> Result<DetectReport> {
    let known: Vec<&str> = SeriesMethod::ALL.iter().map(|one| one.as_str()).collect();
    let method =
        SeriesMethod::from_name(method).ok_or_else(|| unknown("--method", method, &known))?;
    let columns = Columns::read(request, value)?;
    let options = SeriesOptions {
        alarm_rate,
        ..SeriesOptions::default()
    };
    let mut report = empty_report("points", value);
    // Rows leave in the order of the file, whatever their series.
    let mut rows: Vec<Option<DetectedRow>> = vec![None; columns.values.len()];
    for series in &columns.series {
        let values = columns.values_of(series);
        let scored = detect_series(&columns.micros_of(series), &values, method, &options)
            .map_err(refused("cannot judge the rows"))?;
        let mut n_alarms = 0;
        for (&row, scored) in series.rows.iter().zip(&scored) {
            n_alarms += u64::from(scored.alarm);
            let value = columns.values[row];
            rows[row] = Some(DetectedRow {
                series: series.name.clone(),
                timestamp: columns.time_of(row),
                value: (!value.is_nan()).then_some(value),
                score: scored.score,
                alarm: scored.alarm,
                expected: scored.expected.is_finite().then_some(scored.expected),
                reason: scored.reason.as_str().to_owned(),
            });
        }
        report.series.push(SeriesSummary {
            series: series.name.clone(),
            method: method.as_str().to_owned(),
            variant: format!("causal, an alarm at a tail probability of {alarm_rate} a row"),
            n_rows: values.len() as u64,
            n_missing: n_missing(&values),
            n_alarms,
            n_warnings: 0,
        });
    }
    report.rows = rows.into_iter().flatten().collect();
    Ok(report)
}

/// `calibrated`: values to a false alarm, and the share of errors where the stream holds errors.
fn streams(
    request: &DetectRequest,
    column: &str,
    detectors: &[String],
    calibrated: Option<(f64, Option<f64>)>,
) -> Result<DetectReport> {
    let known: Vec<&str> = DetectorKind::ALL.iter().map(|kind| kind.name()).collect();
    let kinds: Vec<DetectorKind> = detectors
        .iter()
        .map(|name| DetectorKind::from_name(name).ok_or_else(|| unknown("--stream", name, &known)))
        .collect::<Result<_>>()?;
    let columns = Columns::read(request, column)?;
    let mut report = empty_report("stream", column);
    for series in &columns.series {
        let values = columns.values_of(series);
        for &kind in &kinds {
            let (mut detector, variant) = made(kind, calibrated, request.seed)?;
            let mut summary = SeriesSummary {
                series: series.name.clone(),
                method: kind.name().to_owned(),
                variant,
                n_rows: values.len() as u64,
                n_missing: n_missing(&values),
                n_alarms: 0,
                n_warnings: 0,
            };
            let mut last = StreamState::Stable;
            for (row, &value) in values.iter().enumerate() {
                let state = detector.update(value);
                let begins = state == StreamState::Drift || state != last;
                last = state;
                match state {
                    StreamState::Drift => summary.n_alarms += 1,
                    StreamState::Warning if begins => summary.n_warnings += 1,
                    StreamState::Warning | StreamState::Stable => continue,
                }
                report.events.push(StreamEvent {
                    series: series.name.clone(),
                    detector: kind.name().to_owned(),
                    row: row as u64,
                    timestamp: columns.time_of(series.rows[row]),
                    state: state.name().to_owned(),
                });
            }
            report.series.push(summary);
        }
    }
    Ok(report)
}

fn made(
    kind: DetectorKind,
    calibrated: Option<(f64, Option<f64>)>,
    seed: u64,
) -> Result<(Detector, String)> {
    let Some((run_length, error_rate)) = calibrated else {
        let detector =
            Detector::with_defaults(kind, seed).map_err(refused("the detector cannot be made"))?;
        return Ok((
            detector,
            "a peer's defaults, which state no false-alarm rate".to_owned(),
        ));
    };
    let model = match error_rate {
        Some(rate) => StreamModel::Errors { rate },
        None => StreamModel::Values,
    };
    let detector = Detector::with_arl(kind, run_length, model, seed).map_err(refused(&format!(
        "{} cannot be calibrated for that run length",
        kind.name()
    )))?;
    let variant = format!(
        "calibrated: {run_length} values to a false alarm on average, for {}",
        model.describe()
    );
    Ok((detector, variant))
}

fn change_points(
    request: &DetectRequest,
    value: &str,
    with_variance: bool,
) -> Result<DetectReport> {
    let cost = if with_variance {
        SegmentCost::MeanAndVariance
    } else {
        SegmentCost::Mean
    };
    let columns = Columns::read(request, value)?;
    let mut report = empty_report("change_points", value);
    for series in &columns.series {
        let present: Vec<usize> = series
            .rows
            .iter()
            .copied()
            .filter(|&row| columns.values[row].is_finite())
            .collect();
        let values: Vec<f64> = present.iter().map(|&row| columns.values[row]).collect();
        let failed = || refused("cannot look for change points");
        let penalty = bic_penalty(&values, cost).map_err(failed())?;
        let mut starts = pelt(&values, cost, penalty, cost.shortest()).map_err(failed())?;
        let n_found = starts.len() as u64;
        starts.insert(0, 0);
        starts.push(values.len());
        let mean =
            |from: usize, to: usize| values[from..to].iter().sum::<f64>() / (to - from) as f64;
        for bounds in starts.windows(3) {
            let &[before, at, after] = bounds else {
                continue;
            };
            report.change_points.push(ChangePoint {
                series: series.name.clone(),
                row: present[at] as u64,
                timestamp: columns.time_of(present[at]),
                mean_before: mean(before, at),
                mean_after: mean(at, after),
                n_rows: (after - at) as u64,
            });
        }
        report.series.push(SeriesSummary {
            series: series.name.clone(),
            method: "pelt".to_owned(),
            variant: format!(
                "{}, penalty {penalty:.4} (BIC)",
                if with_variance {
                    "mean and variance"
                } else {
                    "mean"
                }
            ),
            n_rows: series.rows.len() as u64,
            n_missing: (series.rows.len() - values.len()) as u64,
            n_alarms: n_found,
            n_warnings: 0,
        });
    }
    Ok(report)
}
