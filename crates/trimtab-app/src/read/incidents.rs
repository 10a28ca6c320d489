//! Incidents: the list, and one in full.

pub use super::incident_shape::IncidentSummary;

use super::drift_column::effect_series;
use super::incident_shape::{
    AskedIncidents, Evidence, IncidentList, IncidentPage, Notification, NotificationKind,
};
use super::performance::Line;
use super::period::{Subject, back};
use super::shapes::{Gap, Series, SeriesPoint};
use crate::app::App;
use crate::links;
use crate::sentences::{self, effect_ratio};
use std::sync::Arc;
use trimtab_domain::documents::{Direction, MonitorKind, MonitorSpec};
use trimtab_domain::incident::{Incident, IncidentState};
use trimtab_domain::outbox::OutboxMessage;
use trimtab_domain::ports::store::IncidentQuery;
use trimtab_domain::result::{CheckOutcome, ColumnOutcome, Decision, MonitorResult, ResultDetail};
use trimtab_domain::signal::PointKind;
use trimtab_domain::{DocumentName, Error, IncidentId, Result, Window};

/// Windows drawn before an incident's beginning, and after its end.
const WINDOWS_BEFORE: i64 = 14;
const WINDOWS_AFTER: i64 = 3;
const EVIDENCE_MAX: usize = 12;

/// Incidents, newest first.
///
/// # Errors
///
/// `Unavailable` if the store is away.
pub async fn list(app: &App, asked: AskedIncidents) -> Result<IncidentList> {
    let counts = app.store().incident_counts(asked.model.as_ref()).await?;
    let mut incidents = app
        .store()
        .incidents(&IncidentQuery {
            model: asked.model,
            states: asked.states,
            severities: asked.severity.into_iter().collect(),
            limit: Some(asked.limit.saturating_add(1)),
            below_number: asked.below_number,
        })
        .await?;
    let length = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let has_more = incidents.len() > length;
    incidents.truncate(length);
    let next = incidents
        .last()
        .filter(|_| has_more)
        .map(|incident| incident.number);
    let mut items = Vec::with_capacity(incidents.len());
    for incident in incidents {
        items.push(summary(app, incident).await?);
    }
    Ok(IncidentList {
        items,
        counts,
        next,
    })
}

/// An incident as lists show it.
///
/// # Errors
///
/// `Unavailable` if the store is away.
pub async fn summary(app: &App, incident: Incident) -> Result<IncidentSummary> {
    let catalog = app.catalog().await?;
    let title = catalog
        .models
        .get(&incident.model)
        .map_or(incident.model.as_str(), |entry| entry.spec.title());
    Ok(IncidentSummary {
        link: links::incident("", &incident.id),
        for_whom: format!("all live traffic of {title}"),
        id: incident.id,
        number: incident.number,
        model: incident.model,
        monitor: incident.monitor,
        kind: incident.kind,
        title: incident.title,
        severity: incident.severity,
        state: incident.state,
        opened_at: incident.opened_at,
        resolved_at: incident.resolved_at,
        known_opened_at: incident.known_opened_at,
        acknowledged_by: incident.acknowledged_by,
        n_alerts: incident.n_alerts,
        columns: incident.columns,
        sentence: incident.sentence,
    })
}

/// The incident that people call `#3`.
///
/// # Errors
///
/// `NotFound` without one.
pub async fn id_of_number(app: &App, number: u64) -> Result<IncidentId> {
    let found = app
        .store()
        .incidents(&IncidentQuery {
            limit: Some(1),
            below_number: Some(number.saturating_add(1)),
            ..IncidentQuery::default()
        })
        .await?;
    found
        .into_iter()
        .find(|incident| incident.number == number)
        .map(|incident| incident.id)
        .ok_or_else(|| Error::not_found("incident", format!("#{number}")))
}

/// An incident in full.
///
/// # Errors
///
/// `NotFound` without one.
pub async fn page(app: &App, id: &IncidentId) -> Result<IncidentPage> {
    let incident = app
        .store()
        .incident(id)
        .await?
        .ok_or_else(|| Error::not_found("incident", id))?;
    let messages = app.store().incident_messages(id).await?;
    let timeline = app.store().incident_events(id).await?;
    let subject = Subject::load(app, &incident.model).await?;
    let monitor = DocumentName::new(incident.monitor.clone())
        .ok()
        .and_then(|name| subject.monitor(&name).ok());
    let (evidence, series) = match monitor {
        Some(monitor) => {
            let results = results(app, &subject, monitor, &incident).await?;
            (
                evidence(&incident, monitor, &results),
                series(&subject, &incident, monitor, &results),
            )
        }
        None => (Vec::new(), None),
    };
    Ok(IncidentPage {
        what: incident.title.clone(),
        since: incident.opened_at,
        why: incident.sentence.clone(),
        next: next(&incident, &messages),
        playbook: incident.playbook.clone(),
        evidence,
        timeline,
        series,
        notifications: messages.into_iter().map(notification).collect(),
        summary: summary(app, incident).await?,
    })
}

/// The monitor's results from some windows before the incident to some after.
async fn results(
    app: &App,
    subject: &Subject,
    monitor: &MonitorSpec,
    incident: &Incident,
) -> Result<Arc<Vec<MonitorResult>>> {
    let end = incident
        .resolved_at
        .or(subject.data_end())
        .unwrap_or(incident.opened_at)
        .max(incident.opened_at);
    let range = Window::new(
        back(
            incident.opened_at,
            WINDOWS_BEFORE,
            monitor.window,
            &subject.zone,
        )?,
        back(end, -WINDOWS_AFTER, monitor.window, &subject.zone)?,
    )?;
    subject.results(app, Some(&monitor.name), range).await
}

fn next(incident: &Incident, messages: &[OutboxMessage]) -> String {
    let untold = messages
        .iter()
        .filter(|message| message.state == trimtab_domain::outbox::MessageState::Pending)
        .count();
    let telling = match untold {
        0 => String::new(),
        1 => " One message is still on its way.".to_owned(),
        n => format!(" {n} messages are still on their way."),
    };
    let what = match incident.state {
        IncidentState::Open => {
            "Nobody has it yet: acknowledge it. It resolves by itself when its rule has been \
             quiet for long enough."
        }
        IncidentState::Acknowledged => {
            "Somebody has it. It resolves by itself when its rule has been quiet for long enough, \
             or by hand."
        }
        IncidentState::Resolved => "Nothing: it is over.",
    };
    format!("{what}{telling}")
}

fn notification(message: OutboxMessage) -> Notification {
    Notification {
        channel: message.channel,
        kind: if message.event_type == "incident.resolved" {
            NotificationKind::Resolved
        } else {
            NotificationKind::Firing
        },
        state: message.state,
        attempts: message.attempts,
        last_error: message.last_error,
        at: message.created_at,
    }
}

/// Whether a window belongs to the incident.
fn is_during(incident: &Incident, window: Window) -> bool {
    incident.opened_at <= window.start && incident.resolved_at.is_none_or(|end| window.start < end)
}

/// The numbers of the window in which it was worst.
fn evidence(
    incident: &Incident,
    monitor: &MonitorSpec,
    results: &[MonitorResult],
) -> Vec<Evidence> {
    let worst = results
        .iter()
        .filter(|result| is_during(incident, result.window) && result.decision.is_finding())
        .max_by(|a, b| {
            loudness(incident, a)
                .total_cmp(&loudness(incident, b))
                .then(a.window.cmp(&b.window))
        });
    let Some(worst) = worst else {
        return Vec::new();
    };
    match &worst.detail {
        ResultDetail::Drift(detail) => columns_of(incident, &detail.columns)
            .into_iter()
            .take(EVIDENCE_MAX)
            .map(|column| drift_evidence(incident, column, worst.window))
            .collect(),
        ResultDetail::Performance(detail) => {
            let link = links::performance("", &incident.model, Some(detail.metric.as_str()), None);
            detail
                .judgements
                .iter()
                .filter(|one| one.decision == Decision::Breach)
                .filter_map(|one| {
                    let p_value = one.p_value.map_or_else(String::new, |p| {
                        format!(", {} by chance", sentences::odds(p))
                    });
                    Some(Evidence {
                        column: None,
                        metric: Some(detail.metric.as_str().to_owned()),
                        text: format!(
                            "{} averaged {} over the last {} windows{p_value}",
                            detail.metric.title(),
                            sentences::number(one.mean?),
                            one.n_windows
                        ),
                        link: Some(link.clone()),
                    })
                })
                .collect()
        }
        ResultDetail::Checks(detail) => detail
            .checks
            .iter()
            .filter(|check| check.decision == Decision::Breach)
            .take(EVIDENCE_MAX)
            .map(|check| Evidence {
                column: check.column.clone(),
                metric: Some(check.check.clone()),
                text: check.text.clone(),
                link: Some(links::model("", &incident.model)),
            })
            .collect(),
        ResultDetail::Failed { reason } => vec![Evidence {
            column: None,
            metric: Some(monitor.monitor.as_str().to_owned()),
            text: reason.clone(),
            link: None,
        }],
    }
}

/// How strongly a result speaks, to find the worst of an incident.
fn loudness(incident: &Incident, result: &MonitorResult) -> f64 {
    match &result.detail {
        ResultDetail::Drift(detail) => columns_of(incident, &detail.columns)
            .first()
            .map_or(0.0, |column| effect_ratio(column)),
        ResultDetail::Performance(detail) => detail
            .judgements
            .iter()
            .filter_map(|one| one.z)
            .map(f64::abs)
            .fold(0.0, f64::max),
        ResultDetail::Checks(detail) => detail
            .checks
            .iter()
            .filter(|check| check.decision == Decision::Breach)
            .filter_map(|check| Some(check.value? / check.limit.filter(|it| *it > 0.0)?))
            .fold(0.0, f64::max),
        ResultDetail::Failed { .. } => 0.0,
    }
}

/// The incident's columns that drifted in a result, loudest first.
fn columns_of<'a>(incident: &Incident, columns: &'a [ColumnOutcome]) -> Vec<&'a ColumnOutcome> {
    let mut found: Vec<&ColumnOutcome> = columns
        .iter()
        .filter(|column| column.decision == Decision::Drift)
        .filter(|column| incident.columns.is_empty() || incident.columns.contains(&column.name))
        .collect();
    found.sort_by(|a, b| {
        effect_ratio(b)
            .total_cmp(&effect_ratio(a))
            .then_with(|| a.name.cmp(&b.name))
    });
    found
}

fn drift_evidence(incident: &Incident, column: &ColumnOutcome, window: Window) -> Evidence {
    let p_value = column.p_value_adjusted.map_or_else(String::new, |p| {
        format!("; {} by chance", sentences::odds(p))
    });
    Evidence {
        column: Some(column.name.clone()),
        metric: Some(column.effect.name.clone()),
        text: format!("{} {}{p_value}", column.name, sentences::evidence(column)),
        link: Some(links::drift(
            "",
            &incident.model,
            None,
            Some(&column.name),
            Some(window.start),
        )),
    }
}

/// The line that shows it: the loudest column's effect, the judged mean, or the check's value.
fn series(
    subject: &Subject,
    incident: &Incident,
    monitor: &MonitorSpec,
    results: &[MonitorResult],
) -> Option<Series> {
    let during = || {
        results
            .iter()
            .filter(|result| is_during(incident, result.window))
    };
    match &monitor.monitor {
        MonitorKind::DataDrift(_) | MonitorKind::PredictionDrift(_) => {
            let loudest = during()
                .filter_map(|result| match &result.detail {
                    ResultDetail::Drift(detail) => {
                        columns_of(incident, &detail.columns).first().copied()
                    }
                    _ => None,
                })
                .max_by(|a, b| effect_ratio(a).total_cmp(&effect_ratio(b)));
            loudest.map(|loudest| effect_series(loudest, results))
        }
        MonitorKind::Performance(settings) => {
            let newest = results.iter().rev().find_map(super::performance::detail);
            let line = Line::new(
                settings.metric,
                Some(settings),
                newest.map(|(_, detail)| detail),
            );
            let longest = settings.over_windows.iter().max().copied().unwrap_or(1);
            Some(line.judged(results, longest))
        }
        MonitorKind::DataQuality(_) | MonitorKind::Service(_) => {
            let loudest = during().find_map(|result| match &result.detail {
                ResultDetail::Checks(detail) => detail
                    .checks
                    .iter()
                    .find(|check| check.decision == Decision::Breach),
                _ => None,
            });
            loudest.map(|check| check_series(subject, check, results))
        }
    }
}

fn check_series(subject: &Subject, shown: &CheckOutcome, results: &[MonitorResult]) -> Series {
    let unit = match shown.check.as_str() {
        "latency" => Some("ms".to_owned()),
        "volume" => Some("rows".to_owned()),
        _ => None,
    };
    let name = match &shown.column {
        Some(column) => format!("{}: {column}", sentences::check_title(shown)),
        None => sentences::check_title(shown),
    };
    let points = results
        .iter()
        .filter_map(|result| match &result.detail {
            ResultDetail::Checks(detail) => detail
                .checks
                .iter()
                .find(|check| check.check == shown.check && check.column == shown.column)
                .map(|check| (result, check)),
            _ => None,
        })
        .map(|(result, check)| SeriesPoint {
            window_start: result.window.start,
            window_end: result.window.end,
            v: check.value,
            lo: None,
            hi: None,
            n: result.n_rows,
            kind: PointKind::Measured,
            gap: check.value.is_none().then_some(Gap::NoData),
            maturity: None,
        })
        .collect();
    Series {
        name: format!("{} of {}", name, subject.name()),
        metric: shown.check.clone(),
        unit,
        good_direction: (shown.check != "volume").then_some(Direction::Down),
        reference_value: shown.reference,
        floor: shown.limit,
        points,
    }
}
