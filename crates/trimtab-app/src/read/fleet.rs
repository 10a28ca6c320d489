//! The fleet: is any model unhealthy right now?

use super::fleet_shape::{
    DoneOfDue, Fleet, FleetChange, FleetChangeKind, FleetDrift, FleetFacts, FleetModel,
    FleetPerformance, HealthCell, ModelStatus,
};
use super::incidents::{IncidentSummary, summary};
use super::merged::{query, volumes};
use super::models::live_version;
use super::overview::state;
use super::performance::{floor, interval, monitor};
use super::period::{Subject, WINDOWS_DEFAULT, back, place};
use super::sentences;
use super::shapes::{AskedRange, CellState};
use crate::app::App;
use crate::evaluate::closes_at;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::{MonitorKind, MonitorSpec, Performance};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::incident::{Incident, IncidentState};
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::ports::store::{IncidentQuery, ProfileQuery};
use trimtab_domain::result::{
    ColumnOutcome, Decision, MonitorResult, PerformanceDetail, ResultDetail, Severity,
};
use trimtab_domain::signal::PointKind;
use trimtab_domain::{Granularity, ModelName, Result, Window};

/// Incidents listed as needing attention.
const ATTENTION_MAX: u32 = 50;
/// Entries under "what changed".
const CHANGES_MAX: usize = 20;
/// Points of a volume line.
const VOLUME_POINTS: u8 = 48;
/// Results looked through for performance when the strip's period holds none.
const RESULTS_BEFORE: u32 = 30;

/// Every model at a glance.
///
/// # Errors
///
/// `Unavailable` if the store is away.
pub async fn fleet(app: &App) -> Result<Fleet> {
    let catalog = app.catalog().await?;
    let open = app
        .store()
        .incidents(&IncidentQuery {
            states: vec![IncidentState::Open, IncidentState::Acknowledged],
            ..IncidentQuery::default()
        })
        .await?;
    let mut models = Vec::new();
    let mut facts = FleetFacts::default();
    for name in catalog.models.keys() {
        let mine: Vec<&Incident> = open.iter().filter(|one| one.model == *name).collect();
        let (model, checks, n_last_day) = row(app, name, &mine).await?;
        facts.n_models += 1;
        facts.n_healthy += u64::from(model.status == ModelStatus::Ok);
        facts.n_predictions_24h += n_last_day;
        facts.checks_on_time.done += checks.done;
        facts.checks_on_time.due += checks.due;
        models.push(model);
    }
    facts.n_open_incidents = open.len() as u64;
    models.sort_by(|a, b| {
        b.status
            .cmp(&a.status)
            .then_with(|| b.n_open_incidents.cmp(&a.n_open_incidents))
            .then_with(|| a.display_name.cmp(&b.display_name))
    });
    let attention = attention(app, open).await?;
    Ok(Fleet {
        sentence: sentences::fleet(&models, &attention),
        generated_at: app.now(),
        facts,
        changes: changes(app).await?,
        attention,
        models,
    })
}

async fn attention(app: &App, mut open: Vec<Incident>) -> Result<Vec<IncidentSummary>> {
    open.sort_by_key(|incident| Reverse((incident.severity, incident.opened_at, incident.number)));
    let mut found = Vec::new();
    for incident in open.into_iter().take(ATTENTION_MAX as usize) {
        found.push(summary(app, incident).await?);
    }
    Ok(found)
}

/// A model's row, its judged windows of those due, and the predictions of its newest day.
async fn row(
    app: &App,
    name: &ModelName,
    open: &[&Incident],
) -> Result<(FleetModel, DoneOfDue, u64)> {
    let subject = Subject::load(app, name).await?;
    let spec = subject.spec()?;
    let length = strip_length(&subject)?;
    let range = subject.range(AskedRange::default(), length)?;
    let windows = subject.windows(&range, length)?;
    let has_data = subject.data_end().is_some();
    let results = if has_data {
        subject.results(app, None, range.window()).await?
    } else {
        Arc::default()
    };
    let status = match open.iter().map(|incident| incident.severity).max() {
        Some(Severity::Critical) => ModelStatus::Critical,
        Some(_) => ModelStatus::Warning,
        None if !has_data => ModelStatus::NoData,
        None if results.is_empty() => ModelStatus::Collecting,
        None => ModelStatus::Ok,
    };
    let volume = if has_data {
        volume(app, &subject).await?
    } else {
        Vec::new()
    };
    let last_day = match subject.data_end() {
        Some(end) => {
            let day = Granularity::Day.window(end, &subject.zone)?;
            volumes(app, name, &[day]).await?.live.iter().sum()
        }
        None => 0,
    };
    let model = FleetModel {
        model: name.clone(),
        display_name: spec.title().to_owned(),
        version: live_version(app, name).await?,
        owner: spec.owner.clone(),
        tags: spec.tags.clone(),
        status,
        health: if has_data {
            health(&windows, &results)
        } else {
            Vec::new()
        },
        performance: performance(app, &subject, &results).await?,
        drift: drift(&results),
        rows_valid_share: rows_valid_share(&results),
        n_predictions_last_window: volume.last().copied().unwrap_or(0),
        volume,
        latency_ms_p95: latency(&results),
        data_through: subject.progress.watermark,
        clock: spec.clock,
        n_open_incidents: open.len() as u64,
    };
    let checks = checks_on_time(&subject, &results, range.window())?;
    Ok((model, checks, last_day))
}

/// Length of the windows of a model's strip: its monitors' own where all look at weeks, else days.
fn strip_length(subject: &Subject) -> Result<Granularity> {
    let shortest = subject
        .entry()?
        .monitors
        .values()
        .map(|monitor| monitor.window)
        .min();
    Ok(shortest.map_or(Granularity::Day, |shortest| shortest.max(Granularity::Day)))
}

fn health(windows: &[Window], results: &[MonitorResult]) -> Vec<HealthCell> {
    let mut cells: Vec<HealthCell> = windows
        .iter()
        .map(|window| HealthCell {
            window_start: window.start,
            state: CellState::NoData,
        })
        .collect();
    for result in results {
        let found = state(result.decision, result.severity);
        // A week is found in each of its days.
        let first = windows.partition_point(|window| window.end <= result.window.start);
        for (window, cell) in windows.iter().zip(&mut cells).skip(first) {
            if result.window.end <= window.start {
                break;
            }
            cell.state = cell.state.max(found);
        }
    }
    cells
}

/// The newest judged performance: of the strip's period, else of before, since labels are late.
async fn performance(
    app: &App,
    subject: &Subject,
    results: &[MonitorResult],
) -> Result<Option<FleetPerformance>> {
    let Some((spec, settings)) = monitor(subject)? else {
        return Ok(None);
    };
    let mine = results.iter().filter(|one| one.monitor == spec.name);
    if let Some(found) = newest_performance(settings, mine) {
        return Ok(Some(found));
    }
    let before = subject.newest(app, &spec.name, RESULTS_BEFORE).await?;
    Ok(newest_performance(settings, before.iter()))
}

fn newest_performance<'a>(
    settings: &Performance,
    results: impl DoubleEndedIterator<Item = &'a MonitorResult>,
) -> Option<FleetPerformance> {
    let mean = |detail: &PerformanceDetail| {
        detail
            .judgements
            .iter()
            .filter(|one| one.mean.is_some())
            .max_by_key(|one| one.over_windows)
            .cloned()
    };
    let own = |detail: &PerformanceDetail| {
        detail
            .metrics
            .get(detail.metric.as_str())
            .copied()
            .flatten()
    };
    let newest = results
        .rev()
        .filter_map(|result| match &result.detail {
            ResultDetail::Performance(detail) => Some(detail),
            _ => None,
        })
        .find(|detail| mean(detail).is_some() || own(detail).is_some())?;
    let judged = mean(newest);
    let value = judged.as_ref().and_then(|one| one.mean).or(own(newest))?;
    let (lo, hi) = judged
        .as_ref()
        .map_or((None, None), |one| interval(one, newest.reference_mean));
    Some(FleetPerformance {
        metric: newest.metric.as_str().to_owned(),
        value,
        lo,
        hi,
        floor: floor(settings, Some(newest)),
        kind: PointKind::Measured,
        change_from_reference: newest.reference_mean.map(|reference| value - reference),
        maturity: newest.maturity,
    })
}

/// Columns of the newest judged window of each drift monitor.
fn drift(results: &[MonitorResult]) -> FleetDrift {
    let mut newest: BTreeMap<&str, &[ColumnOutcome]> = BTreeMap::new();
    for result in results {
        if let ResultDetail::Drift(detail) = &result.detail
            && !detail.columns.is_empty()
        {
            newest.insert(result.monitor.as_str(), &detail.columns);
        }
    }
    let columns: Vec<&ColumnOutcome> = newest.values().copied().flatten().collect();
    FleetDrift {
        n_drifted: columns
            .iter()
            .filter(|column| column.decision == Decision::Drift)
            .count() as u64,
        n_columns: columns.len() as u64,
    }
}

/// Rows without a value outside its declared range, from the newest data quality result: at
/// most one minus the worst column's share.
fn rows_valid_share(results: &[MonitorResult]) -> Option<f64> {
    let newest = results
        .iter()
        .rev()
        .find_map(|result| match &result.detail {
            ResultDetail::Checks(detail) if result.monitor_kind == "data_quality" => Some(detail),
            _ => None,
        })?;
    let worst = newest
        .checks
        .iter()
        .filter(|check| check.check == "out_of_range")
        .filter_map(|check| check.value)
        .max_by(f64::total_cmp)?;
    Some((1.0 - worst).clamp(0.0, 1.0))
}

fn latency(results: &[MonitorResult]) -> Option<f64> {
    results
        .iter()
        .rev()
        .find_map(|result| match &result.detail {
            ResultDetail::Checks(detail) if result.monitor_kind == "service" => detail
                .checks
                .iter()
                .find(|check| check.check == "latency")
                .and_then(|check| check.value),
            _ => None,
        })
}

/// Live predictions in the last windows of the model's granularity.
async fn volume(app: &App, subject: &Subject) -> Result<Vec<u64>> {
    let Some(data_end) = subject.data_end() else {
        return Ok(Vec::new());
    };
    let length = subject.spec()?.granularity;
    let last = length.window(data_end, &subject.zone)?;
    let range = Window::new(
        back(last.end, i64::from(VOLUME_POINTS), length, &subject.zone)?,
        last.end,
    )?;
    let windows = length.windows(range, &subject.zone, 2 * usize::from(VOLUME_POINTS))?;
    let mut counts = vec![0; windows.len()];
    let query = ProfileQuery {
        role: Some(PredictionRole::Live),
        ..query(subject.name(), range)
    };
    for volume in app.store().volumes(&query).await? {
        if let Some(idx) = place(&windows, volume.key.window.start) {
            counts[idx] += volume.n_rows;
        }
    }
    Ok(counts)
}

/// Judged windows of those that are due, over the last windows of each monitor.
fn checks_on_time(
    subject: &Subject,
    results: &[MonitorResult],
    range: Window,
) -> Result<DoneOfDue> {
    let mut checks = DoneOfDue::default();
    let (Some(clock_at), Some(data_from)) = (subject.clock_at()?, subject.progress.data_from)
    else {
        return Ok(checks);
    };
    for monitor in subject.entry()?.monitors.values() {
        let range = Window {
            start: range.start.max(data_from),
            end: range.end,
        };
        if range.start >= range.end {
            continue;
        }
        let n_max = usize::try_from(WINDOWS_DEFAULT)
            .unwrap_or(usize::MAX)
            .saturating_mul(1_500);
        for window in monitor.window.windows(range, &subject.zone, n_max)? {
            let is_whole = range.start <= window.start;
            checks.due += u64::from(is_whole && is_due(subject, monitor, window, clock_at)?);
        }
        checks.done += results
            .iter()
            .filter(|result| result.monitor == monitor.name)
            .filter(|result| result.window.start >= range.start)
            .count() as u64;
    }
    checks.done = checks.done.min(checks.due);
    Ok(checks)
}

/// Whether a monitor should have judged a window by now: the evaluator's own rule.
fn is_due(
    subject: &Subject,
    monitor: &MonitorSpec,
    window: Window,
    clock_at: Timestamp,
) -> Result<bool> {
    let spec = subject.spec()?;
    let closes_at = closes_at(spec, monitor.monitor.as_str(), window);
    if matches!(monitor.monitor, MonitorKind::Performance(_)) {
        return Ok(closes_at <= clock_at);
    }
    let is_promised = subject
        .progress
        .complete_until
        .is_some_and(|until| window.end <= until);
    let waited = closes_at.checked_add(spec.allowed_lateness());
    Ok(is_promised || waited.is_ok_and(|at| at <= clock_at))
}

async fn changes(app: &App) -> Result<Vec<FleetChange>> {
    let query = AuditQuery {
        actions: CHANGE_ACTIONS.map(str::to_owned).to_vec(),
        ..AuditQuery::newest(200)
    };
    let entries = app.store().audit_entries(&query).await?;
    let incidents = app
        .store()
        .incidents(&IncidentQuery {
            limit: Some(50),
            ..IncidentQuery::default()
        })
        .await?;
    let mut found: Vec<(Timestamp, FleetChange)> = Vec::new();
    for incident in &incidents {
        let change = |at, kind, text: String| FleetChange {
            at,
            kind,
            text,
            model: Some(incident.model.clone()),
            incident_id: Some(incident.id.clone()),
        };
        let name = format!("#{} {}", incident.number, incident.title);
        found.push((
            incident.known_opened_at,
            change(
                incident.opened_at,
                FleetChangeKind::IncidentOpened,
                name.clone(),
            ),
        ));
        if let Some(end) = incident.resolved_at {
            found.push((
                incident.known_opened_at,
                change(
                    end,
                    FleetChangeKind::IncidentResolved,
                    format!("{name}: over"),
                ),
            ));
        }
    }
    found.extend(
        entries
            .iter()
            .filter_map(|chained| Some((chained.entry.at, audited(&chained.entry)?))),
    );
    // What became known last comes first; event time orders what became known together.
    found.sort_by_key(|(known_at, change)| Reverse((*known_at, change.at)));
    found.truncate(CHANGES_MAX);
    Ok(found.into_iter().map(|(_, change)| change).collect())
}

/// The actions of the audit log that a fleet's page shows.
const CHANGE_ACTIONS: [&str; 5] = [
    "document_put",
    "document_deleted",
    "model_deleted",
    "reference_stored",
    "incident_acknowledged",
];

fn audited(entry: &AuditEntry) -> Option<FleetChange> {
    let kind = match entry.action.as_str() {
        "document_put" if entry.object.starts_with("model/") => FleetChangeKind::ModelApplied,
        "document_put" | "document_deleted" | "model_deleted" => FleetChangeKind::DocumentChanged,
        "reference_stored" => FleetChangeKind::ReferenceSet,
        "incident_acknowledged" => FleetChangeKind::IncidentAcknowledged,
        _ => return None,
    };
    Some(FleetChange {
        at: entry.at,
        kind,
        text: entry.text.clone(),
        model: entry.model.as_deref().and_then(|name| name.parse().ok()),
        incident_id: entry.object.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use trimtab_domain::ResultId;
    use trimtab_domain::result::ChecksDetail;

    #[test]
    fn a_week_is_found_in_each_of_its_days_and_in_its_own_cell() {
        let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
        let cut = |length: Granularity| {
            let range = Window::new(at("2018-11-05"), at("2018-11-19")).unwrap();
            length.windows(range, &TimeZone::UTC, 100).unwrap()
        };
        let result = MonitorResult {
            id: ResultId::from_suffix("1"),
            model: "loans".parse().unwrap(),
            monitor: "inputs".parse().unwrap(),
            monitor_kind: "data_quality".to_owned(),
            window: Window::new(at("2018-11-12"), at("2018-11-19")).unwrap(),
            decision: Decision::Ok,
            severity: None,
            n_rows: 100,
            revision: 1,
            evaluated_at: at("2018-11-19"),
            watermark: at("2018-11-19"),
            detail: ResultDetail::Checks(ChecksDetail { checks: Vec::new() }),
        };
        let states = |length| {
            let cells = health(&cut(length), std::slice::from_ref(&result));
            cells.iter().map(|cell| cell.state).collect::<Vec<_>>()
        };
        assert_eq!(
            states(Granularity::Week),
            [CellState::NoData, CellState::Ok]
        );
        let days = states(Granularity::Day);
        assert_eq!(days[..7], [CellState::NoData; 7]);
        assert_eq!(days[7..], [CellState::Ok; 7]);
    }
}
