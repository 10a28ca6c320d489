//! Data quality: missing, impossible and unseen values, volume and freshness of one window.
//!
//! Shares and row counts are judged as drift is: by how much the reference's own windows differ
//! where it has a time axis, and never without a change that matters.

use super::data::{CutReference, WindowRows, seed};
use super::{Judged, point};
use crate::sentences::{number, percent, thousands};
use jiff::tz::TimeZone;
use trimtab_domain::documents::{
    ColumnRole, ColumnSpec, ModelSpec, MonitorSpec, QualityCheck, monitor::DataQuality,
};
use trimtab_domain::result::{CheckOutcome, ChecksDetail, Decision, ResultDetail, Severity};
use trimtab_domain::{Granularity, Window};
use trimtab_stats::{
    ColumnGrid, ColumnProfile, Correction, Direction, MissingNull, NumericGrid, NumericProfile,
    SignalNull, WindowNull, two_proportion_z,
};

/// A change of a share this many times its floor is `high`.
const SHARE_HIGH: f64 = 10.0;
/// A smaller relative change of the row count doesn't matter.
const VOLUME_CHANGE_MIN: f64 = 0.2;
/// A larger one is `high`.
const VOLUME_CHANGE_HIGH: f64 = 0.5;
/// Row counts are compared like with like (weekday with weekday, hour with hour) when the
/// reference has at least so many windows of the kind.
const LIKE_WINDOWS_MIN: usize = 8;
/// More windows of a reference are not looked at.
const REFERENCE_WINDOWS_MAX: usize = 20_000;

/// One check, before its p-value is adjusted.
struct Probe {
    check: QualityCheck,
    column: Option<String>,
    value: Option<f64>,
    reference: Option<f64>,
    limit: Option<f64>,
    /// `None` where no test exists: then the size decides.
    p_value: Option<f64>,
    /// Change over the smallest change that matters.
    ratio: f64,
    high_at: f64,
    /// Whether there is enough to judge.
    is_enough: bool,
    text: String,
}

pub(crate) fn judge(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    settings: &DataQuality,
    reference: &CutReference,
    rows: &WindowRows,
) -> Judged {
    let mut probes = Vec::new();
    for check in &settings.checks {
        match check {
            QualityCheck::Missing | QualityCheck::OutOfRange | QualityCheck::Unseen => {
                probes.extend(share_probes(
                    spec, monitor, settings, reference, rows, *check,
                ));
            }
            QualityCheck::Volume => probes.push(volume(spec, monitor, reference, rows)),
            QualityCheck::Freshness => probes.extend(freshness(settings, rows)),
        }
    }
    let p_values: Vec<f64> = probes
        .iter()
        .map(|probe| {
            probe
                .p_value
                .filter(|_| probe.is_enough)
                .unwrap_or(f64::NAN)
        })
        .collect();
    let adjusted = Correction::BenjaminiHochberg.adjust(&p_values);
    let mut points = Vec::new();
    for probe in &probes {
        let labels = probe
            .column
            .iter()
            .map(|column| ("column".to_owned(), column.clone()))
            .collect();
        let name = signal(probe.check);
        let (value, n) = (probe.value, rows.n_rows);
        points.push(point(&spec.name, name, labels, rows.window, value, n));
    }
    let checks: Vec<CheckOutcome> = probes
        .into_iter()
        .zip(adjusted)
        .map(|(probe, p_value)| probe.outcome(p_value, settings.alpha))
        .collect();
    let any = |decision: Decision| checks.iter().any(|check| check.decision == decision);
    let decision = if any(Decision::Breach) {
        Decision::Breach
    } else if any(Decision::Ok) {
        Decision::Ok
    } else {
        Decision::NotEnoughData
    };
    Judged {
        window: rows.window,
        decision,
        severity: checks.iter().filter_map(|check| check.severity).max(),
        n_rows: rows.n_rows,
        points,
        detail: ResultDetail::Checks(ChecksDetail { checks }),
    }
}

fn word(check: QualityCheck) -> &'static str {
    match check {
        QualityCheck::Missing => "missing",
        QualityCheck::OutOfRange => "out_of_range",
        QualityCheck::Unseen => "unseen",
        QualityCheck::Volume => "volume",
        QualityCheck::Freshness => "freshness",
    }
}

fn signal(check: QualityCheck) -> &'static str {
    match check {
        QualityCheck::Missing => "quality.missing",
        QualityCheck::OutOfRange => "quality.out_of_range",
        QualityCheck::Unseen => "quality.unseen",
        QualityCheck::Volume => "volume.rows",
        QualityCheck::Freshness => "quality.freshness_minutes",
    }
}

impl Probe {
    fn outcome(self, adjusted: f64, alpha: f64) -> CheckOutcome {
        let p_value = Some(adjusted).filter(|adjusted| adjusted.is_finite());
        let is_sure = p_value.is_none_or(|p_value| p_value <= alpha);
        let decision = if !self.is_enough {
            Decision::NotEnoughData
        } else if self.ratio >= 1.0 && is_sure {
            Decision::Breach
        } else {
            Decision::Ok
        };
        let severity = (decision == Decision::Breach).then_some(if self.ratio >= self.high_at {
            Severity::High
        } else {
            Severity::Medium
        });
        CheckOutcome {
            check: word(self.check).to_owned(),
            column: self.column,
            decision,
            severity,
            value: self.value.filter(|value| value.is_finite()),
            reference: self.reference.filter(|value| value.is_finite()),
            limit: self.limit.filter(|value| value.is_finite()),
            p_value,
            text: self.text,
        }
    }
}

/// One probe for every column that a check of shares is about.
fn share_probes(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    settings: &DataQuality,
    reference: &CutReference,
    rows: &WindowRows,
    check: QualityCheck,
) -> Vec<Probe> {
    let columns = spec.profiled_columns().filter(|column| {
        !settings.ignore.contains(&column.name)
            && matches!(
                column.role,
                ColumnRole::Feature
                    | ColumnRole::Score
                    | ColumnRole::Prediction
                    | ColumnRole::Segment
            )
    });
    columns
        .filter_map(|column| {
            let place = reference.grid.position(&column.name)?;
            let (_, grid) = reference.grid.columns.get(place)?;
            let count = |profile: &ColumnProfile| bad_rows(check, column, grid, profile);
            let before = count(reference.total.columns.get(place)?)?;
            let now = rows
                .profile
                .as_ref()
                .and_then(|profile| count(profile.columns.get(place)?));
            Some(share_probe(
                monitor, settings, reference, rows, check, column, place, before, now, &count,
            ))
        })
        .collect()
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call, and a struct would only rename them"
)]
fn share_probe(
    monitor: &MonitorSpec,
    settings: &DataQuality,
    reference: &CutReference,
    rows: &WindowRows,
    check: QualityCheck,
    column: &ColumnSpec,
    place: usize,
    before: (u64, u64),
    now: Option<(u64, u64)>,
    count: &dyn Fn(&ColumnProfile) -> Option<(u64, u64)>,
) -> Probe {
    let share = |(bad, all): (u64, u64)| (all > 0).then(|| bad as f64 / all as f64);
    let usual = share(before);
    let value = now.and_then(share);
    // Only more of it is worse.
    let change = match (usual, value) {
        (Some(usual), Some(value)) => value - usual,
        _ => 0.0,
    };
    let floor = settings.floor_share_change;
    let ratio = if change <= 0.0 {
        0.0
    } else if floor > 0.0 {
        change / floor
    } else {
        f64::INFINITY
    };
    let p_value = now
        .filter(|_| ratio >= 1.0)
        .and_then(|now| p_of_share(reference, check, place, before, now, count));
    let what = match check {
        QualityCheck::OutOfRange => "out of range",
        QualityCheck::Unseen => "unseen categories",
        _ => "missing",
    };
    let text = match (value, usual) {
        (Some(value), Some(usual)) => format!(
            "{}: {what} in {} of rows ({} in the reference)",
            column.name,
            percent(value),
            percent(usual)
        ),
        _ => format!("{}: no values to look at", column.name),
    };
    Probe {
        check,
        column: Some(column.name.clone()),
        value,
        reference: usual,
        limit: usual.map(|usual| usual + floor),
        // Nothing to be sure of where nothing got worse.
        p_value: p_value.or(value.map(|_| 1.0)),
        ratio,
        high_at: SHARE_HIGH,
        is_enough: value.is_some() && rows.n_rows >= monitor.rows_min.max(1),
        text,
    }
}

/// The larger of the row-level p-value and the one that knows the reference's windows.
fn p_of_share(
    reference: &CutReference,
    check: QualityCheck,
    place: usize,
    before: (u64, u64),
    now: (u64, u64),
    count: &dyn Fn(&ColumnProfile) -> Option<(u64, u64)>,
) -> Option<f64> {
    let by_rows = two_proportion_z(before, now).ok()?.p_value;
    let share = |(bad, all): (u64, u64)| bad as f64 / all as f64;
    let (usual, value) = (share(before), share(now));
    let by_windows = if check == QualityCheck::Missing {
        reference
            .law(place)
            .and_then(|law| law.missing_p_value(usual, value))
    } else {
        let shares: Vec<(f64, f64)> = reference
            .windows
            .iter()
            .filter_map(|window| count(window.profile.columns.get(place)?))
            .filter(|&(_, all)| all > 0 && all < before.1)
            .map(|(bad, all)| {
                let rest = (before.0.saturating_sub(bad), before.1 - all);
                (share(rest), share((bad, all)))
            })
            .collect();
        WindowNull::fit(&[], &[], seed(place))
            .with_missing(MissingNull::fit(&shares, seed(place)))
            .missing_p_value(usual, value)
    };
    Some(by_windows.map_or(by_rows, |by_windows| by_rows.max(by_windows)))
}

/// Bad rows and all rows that a check counts; `None` where it is not about this column.
fn bad_rows(
    check: QualityCheck,
    column: &ColumnSpec,
    grid: &ColumnGrid,
    profile: &ColumnProfile,
) -> Option<(u64, u64)> {
    match (check, grid, profile) {
        (QualityCheck::Missing, ..) => Some((profile.n_missing(), profile.n_rows())),
        (QualityCheck::OutOfRange, ColumnGrid::Numeric(grid), ColumnProfile::Numeric(numbers)) => {
            let (below, above) = numbers.n_infinite();
            let n = numbers.n() + below + above;
            Some((out_of_range(column, grid, numbers) + below + above, n))
        }
        (QualityCheck::Unseen, _, ColumnProfile::Categorical(words)) => {
            Some((words.n_unseen(), words.n()))
        }
        _ => None,
    }
}

/// Values outside the declared range, or the reference's where none is declared.
///
/// Counted in bins: a bin that a limit cuts counts as inside, except the open outer ones, where
/// the sum of their values tells how many lie far out.
fn out_of_range(column: &ColumnSpec, grid: &NumericGrid, numbers: &NumericProfile) -> u64 {
    let edges = grid.edges();
    let counts = numbers.counts();
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else {
        return 0;
    };
    if column.min.is_none() && column.max.is_none() {
        return numbers.n_outside();
    }
    let mut n_outside = 0;
    if let (Some(min), Some(smallest)) = (column.min, numbers.min())
        && smallest < min
    {
        n_outside += match grid.bin(min) {
            0 => far_out(counts[0], numbers.mean_below(), *first, smallest),
            holds => counts[..holds].iter().sum(),
        };
    }
    if let (Some(max), Some(largest)) = (column.max, numbers.max())
        && max < largest
    {
        let holds = grid.bin(max);
        n_outside += if holds == edges.len() {
            far_out(counts[holds], numbers.mean_above(), *last, largest)
        } else {
            counts[holds + 1..].iter().sum()
        };
    }
    n_outside
}

/// How many of the values in an open bin lie at its far end, if the others lie at its edge and
/// the mean is as given: at least one, since the extreme is known to be out of range.
fn far_out(n: u64, mean: Option<f64>, edge: f64, extreme: f64) -> u64 {
    let Some(mean) = mean.filter(|_| n > 0) else {
        return 0;
    };
    let share = ((mean - edge) / (extreme - edge)).clamp(0.0, 1.0);
    let estimate = (share * n as f64).round();
    if estimate.is_nan() {
        return n;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and n"
    )]
    let estimate = estimate as u64;
    estimate.clamp(1, n)
}

/// Rows in the window against the reference's windows of like kind.
fn volume(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    reference: &CutReference,
    rows: &WindowRows,
) -> Probe {
    let zone = spec.zone().unwrap_or(TimeZone::UTC);
    let counts = like_counts(reference, monitor.window, &zone, rows.window);
    let law = SignalNull::fit(&counts).ok();
    let value = rows.n_rows as f64;
    let usual = law.as_ref().map(SignalNull::mean);
    let change = match usual {
        Some(usual) if usual > 0.0 => (value - usual).abs() / usual,
        _ => 0.0,
    };
    let p_value = law
        .as_ref()
        .and_then(|law| law.judge_mean_of_last(1, value, Direction::Both))
        .map(|evidence| evidence.p_value);
    let text = match usual {
        Some(usual) => format!(
            "{} rows, {} in a usual {}",
            thousands(value),
            thousands(usual),
            monitor.window.as_str()
        ),
        None => format!("{} rows; the reference has no time axis", thousands(value)),
    };
    let text = if rows.is_whole {
        text
    } else {
        format!("{text}; the data begins in this window")
    };
    Probe {
        check: QualityCheck::Volume,
        column: None,
        value: Some(value),
        reference: usual,
        limit: None,
        p_value,
        ratio: change / VOLUME_CHANGE_MIN,
        high_at: VOLUME_CHANGE_HIGH / VOLUME_CHANGE_MIN,
        is_enough: usual.is_some() && rows.is_whole,
        text,
    }
}

/// Row counts of the reference's whole windows: those of the same weekday or hour if there are
/// enough of them, else all. Windows without rows count.
fn like_counts(
    reference: &CutReference,
    length: Granularity,
    zone: &TimeZone,
    window: Window,
) -> Vec<f64> {
    let (Some(first), Some(last)) = (reference.windows.first(), reference.windows.last()) else {
        return Vec::new();
    };
    let period = Window {
        start: first.window.start,
        end: last.window.end,
    };
    let Ok(windows) = length.windows(period, zone, REFERENCE_WINDOWS_MAX) else {
        return Vec::new();
    };
    let kind = |window: Window| {
        let start = window.start.to_zoned_datetime(zone.clone());
        match length {
            Granularity::Minute | Granularity::Hour => start.hour(),
            Granularity::Day => start.weekday().to_monday_zero_offset(),
            Granularity::Week => 0,
        }
    };
    let mut all = Vec::new();
    let mut like = Vec::new();
    for one in windows {
        let place = reference
            .windows
            .binary_search_by_key(&one.start, |cut| cut.window.start)
            .ok()
            .map(|place| &reference.windows[place]);
        if place.is_some_and(|cut| !cut.is_whole) {
            continue;
        }
        let n_rows = place.map_or(0, |cut| cut.profile.n_rows) as f64;
        all.push(n_rows);
        if kind(one) == kind(window) {
            like.push(n_rows);
        }
    }
    if like.len() >= LIKE_WINDOWS_MIN {
        like
    } else {
        all
    }
}

/// How long before the window's end the last row came.
fn freshness(settings: &DataQuality, rows: &WindowRows) -> Option<Probe> {
    let limit = f64::from(settings.freshness_minutes_max?);
    let length = rows.window.end.duration_since(rows.window.start);
    let age = match rows.last_rows_until {
        Some(until) => rows.window.end.duration_since(until.min(rows.window.end)),
        None => length,
    };
    let minutes = age.as_secs_f64() / 60.0;
    let at_least = if rows.last_rows_until.is_none() {
        "more than "
    } else {
        ""
    };
    Some(Probe {
        check: QualityCheck::Freshness,
        column: None,
        value: Some(minutes),
        reference: None,
        limit: Some(limit),
        p_value: None,
        ratio: f64::from(u8::from(minutes > limit)),
        high_at: 1.0,
        is_enough: true,
        text: format!(
            "The last row came {at_least}{} minutes before the window's end, {} are allowed",
            number(minutes),
            number(limit)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_domain::documents::DataType;

    fn column(min: Option<f64>, max: Option<f64>) -> ColumnSpec {
        ColumnSpec {
            name: "temp".to_owned(),
            data_type: DataType::Float,
            role: ColumnRole::Feature,
            semantic: None,
            required: false,
            importance: None,
            unit: None,
            min,
            max,
        }
    }

    #[test]
    fn impossible_values_are_counted_beyond_the_reference_and_inside_it() {
        let mut reference: Vec<f64> = (0..2_000).map(|i| 30.0 + f64::from(i) * 0.02).collect();
        let grid = NumericGrid::from_sample(&mut reference, 256).unwrap();
        let count = |column: &ColumnSpec, values: &[f64]| {
            let mut numbers = NumericProfile::empty(&grid);
            numbers.add_values(&grid, values);
            out_of_range(column, &grid, &numbers)
        };
        let declared = column(Some(-40.0), Some(130.0));
        let summer = [80.0; 90];
        assert_eq!(
            count(&declared, &summer),
            0,
            "warmer than March is possible"
        );
        let sentinels = [&summer[..], &[-999.0; 10]].concat();
        assert_eq!(count(&declared, &sentinels), 10);
        let broken = [&summer[..], &[9_999.0; 10]].concat();
        assert_eq!(count(&declared, &broken), 10);
        let narrow = column(Some(40.0), Some(60.0));
        assert_eq!(count(&narrow, &[35.0, 50.0, 65.0, 90.0]), 3);
        let undeclared = column(None, None);
        assert_eq!(count(&undeclared, &[35.0, 50.0, 90.0]), 1);
    }

    #[test]
    fn a_check_breaches_only_when_sure_and_large() {
        let probe = |p_value, ratio| Probe {
            check: QualityCheck::Missing,
            column: None,
            value: Some(0.1),
            reference: Some(0.0),
            limit: None,
            p_value,
            ratio,
            high_at: SHARE_HIGH,
            is_enough: true,
            text: String::new(),
        };
        let decision = |p: f64, ratio| probe(Some(p), ratio).outcome(p, 0.01).decision;
        assert_eq!(decision(0.001, 2.0), Decision::Breach);
        assert_eq!(decision(0.001, 0.5), Decision::Ok);
        assert_eq!(decision(0.5, 20.0), Decision::Ok);
        let untested = probe(None, 2.0).outcome(f64::NAN, 0.01);
        assert_eq!(untested.decision, Decision::Breach, "the size decides");
        assert_eq!(untested.severity, Some(Severity::Medium));
        let large = probe(Some(0.0), 20.0).outcome(0.0, 0.01);
        assert_eq!(large.severity, Some(Severity::High));
    }
}
