//! What is stored about a model, as its retraining policies look at it.
//!
//! Everything carries the event time at which it could be known: looked at a year later, it
//! tells the same story.

use crate::app::App;
use crate::catalog::ModelEntry;
use crate::evaluate::{closes_at, first_judgements, later, n_labelled};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use trimtab_domain::documents::retraining_policy::{
    RetrainingPolicySpec, TriggerCondition, TriggerSpec,
};
use trimtab_domain::documents::{Direction, ModelSpec, MonitorKind, MonitorSpec, Performance};
use trimtab_domain::fold::{LabelAge, PredictionRole};
use trimtab_domain::ports::store::{ProfileQuery, SignalQuery};
use trimtab_domain::result::{Decision, MeanJudgement, MonitorResult, ResultDetail};
use trimtab_domain::retraining::facts::{
    LabelRecord, PerformanceRecord, ServingRecord, SignalRecord,
};
use trimtab_domain::retraining::{AlertRecordChange, History};
use trimtab_domain::signal::SignalPoint;
use trimtab_domain::time::TIMESTAMP_MAX;
use trimtab_domain::{ErrorKind, ModelName, Result, Window};

/// Labels older than a month are taken to be known so long after their window.
const LATER_DAYS: i64 = 60;

/// All of time.
fn always() -> Window {
    Window {
        start: Timestamp::UNIX_EPOCH,
        end: TIMESTAMP_MAX.parse().unwrap_or(Timestamp::MAX),
    }
}

/// Reads what a policy may look at.
pub(super) async fn load(
    app: &App,
    entry: &ModelEntry,
    policy: &RetrainingPolicySpec,
    data_from: Timestamp,
) -> Result<History> {
    let spec = &entry.spec;
    let mut history = History {
        data_from: Some(data_from),
        alerts: app.store().alert_history(&spec.name).await?,
        labels: labels(app, spec).await?,
        ..History::default()
    };
    let is_asked =
        |trigger: &TriggerCondition| matches!(trigger, TriggerCondition::PerformanceLoss(_));
    if policy
        .triggers
        .iter()
        .any(|trigger| is_asked(&trigger.when))
    {
        for monitor in entry.monitors.values() {
            if let MonitorKind::Performance(settings) = &monitor.monitor {
                let records = performance(app, spec, monitor, settings).await?;
                history.performance.extend(records);
            }
        }
    }
    let names: BTreeSet<&str> = policy
        .triggers
        .iter()
        .filter_map(|trigger| match &trigger.when {
            TriggerCondition::Signal(condition) => Some(condition.signal.as_str()),
            _ => None,
        })
        .collect();
    for name in names {
        history.signals.extend(signal(app, spec, name).await?);
    }
    let is_age = |trigger: &TriggerSpec| matches!(trigger.when, TriggerCondition::Age { .. });
    if policy.triggers.iter().any(is_age) {
        history.serving = serving(app, &spec.name).await?;
    }
    keep_known_alerts(&mut history);
    Ok(history)
}

/// Which version served from when on, and until when the rows go that it was trained on.
async fn serving(app: &App, model: &ModelName) -> Result<Vec<ServingRecord>> {
    let served = match app.served(model.as_str()).await {
        // A model need not be registered to be monitored.
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        served => served?,
    };
    let mut records = Vec::with_capacity(served.len());
    for one in served {
        let snapshot = app.trained_on(model, one.version).await?;
        records.push(ServingRecord {
            at: one.from,
            trained_through: snapshot.map_or(one.from, |period| period.end),
        });
    }
    Ok(records)
}

/// An alert's end whose beginning was never recorded says nothing.
fn keep_known_alerts(history: &mut History) {
    let mut begun = BTreeSet::new();
    history.alerts.retain(|record| {
        if record.change == AlertRecordChange::Resolved {
            return begun.contains(&record.alert);
        }
        begun.insert(record.alert.clone());
        true
    });
}

async fn labels(app: &App, spec: &ModelSpec) -> Result<Vec<LabelRecord>> {
    let stored = app
        .store()
        .performance(&ProfileQuery {
            model: spec.name.clone(),
            version: None,
            role: Some(PredictionRole::Live),
            segment: String::new(),
            range: always(),
        })
        .await?;
    Ok(stored
        .into_iter()
        .map(|stored| {
            let window = stored.key.window;
            let wait = match stored.age {
                LabelAge::Later => SignedDuration::from_hours(24 * LATER_DAYS),
                age => SignedDuration::from_secs(age.seconds_max()),
            };
            LabelRecord {
                until: window.end,
                at: later(window.end, wait),
                n: n_labelled(&stored.performance),
            }
        })
        .filter(|record| record.n > 0)
        .collect())
}

async fn performance(
    app: &App,
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    settings: &Performance,
) -> Result<Vec<PerformanceRecord>> {
    let results = first_judgements(app, &spec.name, monitor, always()).await?;
    Ok(results
        .into_iter()
        // A window that says nothing neither begins a loss nor ends it.
        .filter(|result| matches!(result.decision, Decision::Ok | Decision::Breach))
        .filter_map(|result| judged(spec, settings, &result))
        .collect())
}

fn judged(
    spec: &ModelSpec,
    settings: &Performance,
    result: &MonitorResult,
) -> Option<PerformanceRecord> {
    let ResultDetail::Performance(detail) = &result.detail else {
        return None;
    };
    // The mean that shows a breach best; without one, the first that exists.
    let surest = |one: &&MeanJudgement| one.p_value.unwrap_or(1.0);
    let breach = detail
        .judgements
        .iter()
        .filter(|one| one.decision == Decision::Breach)
        .min_by(|a, b| surest(a).total_cmp(&surest(b)));
    let shown = breach.or_else(|| detail.judgements.iter().find(|one| one.mean.is_some()));
    let in_window = detail.metrics.get(settings.metric.as_str()).copied();
    let mean = shown.and_then(|one| one.mean).or(in_window.flatten());
    let reference = detail.reference_mean.or(settings.limit);
    let direction = settings
        .direction
        .or(settings.metric.bad_direction())
        .unwrap_or(Direction::Both);
    let loss_percent = mean
        .zip(reference)
        .filter(|(_, reference)| *reference != 0.0)
        .map(|(mean, reference)| {
            let percent = (mean - reference) / reference.abs() * 100.0;
            match direction {
                Direction::Down => -percent,
                Direction::Up => percent,
                Direction::Both => percent.abs(),
            }
        });
    Some(PerformanceRecord {
        monitor: result.monitor.clone(),
        metric: settings.metric.as_str().to_owned(),
        at: closes_at(spec, &result.monitor_kind, result.window),
        window: result.window,
        is_breach: result.decision == Decision::Breach,
        mean,
        over_windows: shown.map_or(1, |one| one.over_windows),
        p_value: shown.and_then(|one| one.p_value),
        reference_mean: reference,
        loss_percent,
    })
}

async fn signal(app: &App, spec: &ModelSpec, name: &str) -> Result<Vec<SignalRecord>> {
    let points = app
        .store()
        .signals(&SignalQuery {
            model: Some(spec.name.clone()),
            name: Some(name.to_owned()),
            range: None,
            newest_only: false,
        })
        .await?;
    // A shadow version serves nobody.
    let is_shadow = |point: &SignalPoint| {
        let role = point.key.labels.get("role");
        role.is_some_and(|role| role == PredictionRole::Shadow.as_str())
    };
    let mut windows: BTreeMap<Window, Vec<f64>> = BTreeMap::new();
    for point in points.iter().filter(|point| !is_shadow(point)) {
        let values = windows.entry(point.window).or_default();
        values.extend(point.value);
    }
    let kind = name.split('.').next().unwrap_or_default();
    Ok(windows
        .into_iter()
        .map(|(window, values)| SignalRecord {
            signal: name.to_owned(),
            at: closes_at(spec, kind, window),
            window,
            values,
        })
        .collect())
}
