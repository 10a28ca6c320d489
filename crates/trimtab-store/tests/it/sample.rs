//! Things to store.

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_domain::fold::{
    Fold, LabelAge, PerformanceDelta, PerformanceProfile, PredictionRole, ProfileDelta, ProfileKey,
};
use trimtab_domain::incident::{Incident, IncidentEvent, IncidentState};
use trimtab_domain::intake::{ModelProgress, Position};
use trimtab_domain::outbox::{MessageState, OutboxMessage};
use trimtab_domain::ports::store::ProfileQuery;
use trimtab_domain::reference::{ReferenceProfile, ReferenceWindow};
use trimtab_domain::result::{
    ColumnOutcome, Decision, DriftDetail, EffectSize, MethodOutcome, MonitorResult, ResultDetail,
    Severity, SharePair,
};
use trimtab_domain::sentence::Sentence;
use trimtab_domain::signal::{PointKind, SignalKey, SignalPoint};
use trimtab_domain::{IncidentId, MessageId, ModelName, ResultId, Window};
use trimtab_stats::{
    BinaryPerformance, CategoricalGrid, ColumnGrid, ColumnProfile, DatasetProfile, Grid,
    NumericGrid,
};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn model(name: &str) -> ModelName {
    name.parse().unwrap()
}

/// The hour `n` after the first of April 2013.
pub(crate) fn hour(n: i64) -> Window {
    let start = at("2013-04-01T00:00:00Z").as_second() + 3_600 * n;
    Window {
        start: Timestamp::from_second(start).unwrap(),
        end: Timestamp::from_second(start + 3_600).unwrap(),
    }
}

/// One number and one category.
pub(crate) fn grid(version: u32) -> Grid {
    grid_of(version, 1)
}

/// As many numbers as asked for, and one category.
pub(crate) fn grid_of(version: u32, n_numeric: usize) -> Grid {
    let mut values: Vec<f64> = (0..5_000).map(|i| f64::from(i) * 0.37).collect();
    let numeric = NumericGrid::from_sample(&mut values, 1_024).unwrap();
    let carriers = [("UA".to_owned(), 60), ("DL".to_owned(), 40)];
    let mut columns: Vec<(String, ColumnGrid)> = (0..n_numeric)
        .map(|i| (format!("x{i}"), ColumnGrid::Numeric(numeric.clone())))
        .collect();
    columns.push((
        "carrier".to_owned(),
        ColumnGrid::Categorical(CategoricalGrid::from_counts(&carriers, 100)),
    ));
    Grid { version, columns }
}

/// A profile of `n_rows` rows that depend on `seed`.
pub(crate) fn profile(grid: &Grid, n_rows: u32, seed: u32) -> DatasetProfile {
    let mut profile = DatasetProfile::empty(grid);
    let values: Vec<f64> = (0..n_rows)
        .map(|i| f64::from((i * 7_919 + seed * 104_729) % 5_003) * 0.37)
        .collect();
    for (column, (_, grid)) in profile.columns.iter_mut().zip(&grid.columns) {
        match (column, grid) {
            (ColumnProfile::Numeric(column), ColumnGrid::Numeric(grid)) => {
                column.add_values(grid, &values);
            }
            (ColumnProfile::Categorical(column), ColumnGrid::Categorical(grid)) => {
                column.add(grid, "UA", u64::from(n_rows / 2));
                column.add(grid, "ZZ", u64::from(n_rows - n_rows / 2));
            }
            _ => unreachable!("an empty profile has its grid's shape"),
        }
    }
    profile.n_rows = u64::from(n_rows);
    profile
}

pub(crate) fn key(name: &str, window: Window) -> ProfileKey {
    ProfileKey {
        model: model(name),
        version: "1".to_owned(),
        role: PredictionRole::Live,
        segment: String::new(),
        window,
    }
}

pub(crate) fn delta(key: ProfileKey, grid: &Grid, n_rows: u32, seed: u32) -> ProfileDelta {
    ProfileDelta {
        key,
        grid_version: grid.version,
        profile: profile(grid, n_rows, seed),
    }
}

pub(crate) fn position(offset: u64) -> Position {
    Position { segment: 1, offset }
}

pub(crate) fn labels(n_positive: u32, n_negative: u32) -> PerformanceProfile {
    let mut performance = BinaryPerformance::default();
    for i in 0..n_positive {
        performance.add(Some(0.6 + f64::from(i % 40) / 100.0), true, true);
    }
    for i in 0..n_negative {
        performance.add(Some(f64::from(i % 40) / 100.0), false, false);
    }
    PerformanceProfile::Binary(performance)
}

pub(crate) fn n_labels(performance: &PerformanceProfile) -> u64 {
    match performance {
        PerformanceProfile::Binary(profile) => profile.n(),
        PerformanceProfile::Regression(profile) => profile.n(),
    }
}

pub(crate) fn labelled(key: ProfileKey, age: LabelAge, n: u32) -> PerformanceDelta {
    PerformanceDelta {
        key,
        age,
        added: Some(labels(n, n)),
        removed: None,
    }
}

/// A fold of one hour of one model, ending at `next`.
pub(crate) fn fold(name: &str, hours: &[i64], n_rows: u32, next: u64) -> Fold {
    let grid = grid(1);
    let deltas = hours
        .iter()
        .map(|&n| delta(key(name, hour(n)), &grid, n_rows, u32::try_from(n).unwrap()));
    let progress = ModelProgress {
        data_from: hours.first().map(|&n| hour(n).start),
        watermark: hours.last().map(|&n| hour(n).end),
        ..ModelProgress::default()
    };
    Fold {
        next: position(next),
        n_rows: u64::from(n_rows),
        profiles: deltas.collect(),
        progress: BTreeMap::from([(model(name), progress)]),
        ..Fold::default()
    }
}

pub(crate) fn everything(name: &str) -> ProfileQuery {
    ProfileQuery {
        model: model(name),
        version: None,
        role: None,
        segment: String::new(),
        range: Window {
            start: at("1970-01-01T00:00:00Z"),
            end: at("2200-01-01T00:00:00Z"),
        },
    }
}

pub(crate) fn reference(grid: &Grid, n_windows: i64) -> ReferenceProfile {
    let windows: Vec<ReferenceWindow> = (0..n_windows)
        .map(|n| ReferenceWindow {
            window: hour(n),
            profile: profile(grid, 20, u32::try_from(n).unwrap()),
            performance: (n % 2 == 0).then(|| labels(3, 4)),
        })
        .collect();
    let mut total = DatasetProfile::empty(grid);
    for window in &windows {
        total.merge(&window.profile).unwrap();
    }
    ReferenceProfile {
        grid: Arc::new(grid.clone()),
        total,
        windows,
    }
}

pub(crate) fn column(name: &str, decision: Decision, severity: Option<Severity>) -> ColumnOutcome {
    ColumnOutcome {
        name: name.to_owned(),
        column_type: "numeric".to_owned(),
        decision,
        severity,
        reason: "because".to_owned(),
        p_value_row: Some(1e-300),
        p_value_window: None,
        p_value_adjusted: Some(0.012_345_678_901_234_5),
        inflation: Some(3.5),
        n_windows_effective: None,
        effect: EffectSize {
            name: "wasserstein_iqr".to_owned(),
            value: Some(0.31),
            floor: Some(0.1),
        },
        detectable_effect: None,
        differs_because: None,
        n_reference: 1_000,
        n_current: 100,
        null_share: SharePair {
            reference: Some(0.0),
            current: Some(0.25),
        },
        error: None,
        results: vec![MethodOutcome {
            method: "psi".to_owned(),
            variant: "deciles".to_owned(),
            statistic: Some(0.21),
            p_value: None,
            effect_size: None,
            threshold: None,
            noise_floor: Some(0.01),
            reason: None,
        }],
    }
}

pub(crate) fn result(id: u32, name: &str, monitor: &str, window: Window) -> MonitorResult {
    MonitorResult {
        id: ResultId::from_suffix(id),
        model: model(name),
        monitor: monitor.parse().unwrap(),
        monitor_kind: "data_drift".to_owned(),
        window,
        decision: Decision::Drift,
        severity: Some(Severity::High),
        n_rows: 100,
        revision: 1,
        evaluated_at: at("2026-11-28T10:00:00.123456Z"),
        watermark: window.end,
        detail: ResultDetail::Drift(DriftDetail {
            reference: "march".to_owned(),
            assumes_independent_rows: false,
            columns: vec![
                column("temp", Decision::Drift, Some(Severity::High)),
                column("humid", Decision::Ok, None),
            ],
            skipped: Vec::new(),
        }),
    }
}

pub(crate) fn point(
    name: &str,
    signal: &str,
    label: &str,
    n: i64,
    value: Option<f64>,
) -> SignalPoint {
    SignalPoint {
        key: SignalKey {
            model: model(name),
            name: signal.to_owned(),
            labels: BTreeMap::from([("column".to_owned(), label.to_owned())]),
        },
        window: hour(n),
        value,
        n: 7,
        kind: PointKind::Measured,
    }
}

pub(crate) fn incident(number: u64, name: &str, monitor: &str) -> Incident {
    Incident {
        id: IncidentId::from_suffix(number),
        number,
        model: model(name),
        monitor: monitor.to_owned(),
        kind: "data_drift".to_owned(),
        title: "temp drifts".to_owned(),
        severity: Severity::High,
        state: IncidentState::Open,
        opened_at: at("2013-06-01T00:00:00Z"),
        resolved_at: None,
        known_opened_at: at("2026-11-28T10:00:00Z"),
        acknowledged_by: None,
        firing: Vec::new(),
        n_alerts: 1,
        columns: vec!["temp".to_owned(), "humid".to_owned()],
        sentence: Sentence::new().text("It is ").strong("warm"),
        playbook: None,
    }
}

pub(crate) fn event(kind: &str, text: &str) -> IncidentEvent {
    IncidentEvent {
        at: at("2013-06-01T00:00:00Z"),
        known_at: at("2026-11-28T10:00:00Z"),
        kind: kind.to_owned(),
        text: text.to_owned(),
        actor: None,
    }
}

pub(crate) fn message(id: u32, incident: u64, due: &str) -> OutboxMessage {
    OutboxMessage {
        id: MessageId::from_suffix(id),
        channel: "ops".parse().unwrap(),
        incident: IncidentId::from_suffix(incident),
        event_type: "incident.opened".to_owned(),
        data: serde_json::json!({"b": 1, "a": [0.1, null]}),
        created_at: at("2026-11-28T10:00:00Z"),
        state: MessageState::Pending,
        attempts: 0,
        next_attempt_at: at(due),
        last_error: None,
    }
}
