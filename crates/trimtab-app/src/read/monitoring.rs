//! What the original plan's paths show, from the same stored results.

use super::period::{Subject, is_drift};
use crate::app::App;
use jiff::Timestamp;
use std::collections::BTreeMap;
use trimtab_domain::documents::{MonitorKind, MonitorSpec};
use trimtab_domain::incident::{Incident, IncidentState};
use trimtab_domain::ports::store::{IncidentQuery, ResultQuery};
use trimtab_domain::result::{
    ColumnOutcome, Decision, MeanJudgement, MonitorResult, PerformanceDetail, ResultDetail,
    Severity,
};
use trimtab_domain::{IncidentId, ModelName, Result, Window};

const HISTORY_MAX: u32 = 1_000;

/// Drift of a model, from the newest judged windows.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftStatus {
    /// The model.
    pub model_id: ModelName,
    /// Share of the compared inputs that drifted.
    pub overall_drift_score: Option<f64>,
    /// Input by input.
    pub data_drift: Vec<ColumnDrift>,
    /// Score and prediction.
    pub model_drift: Vec<ColumnDrift>,
    /// What labels say.
    pub concept_drift: Vec<ConceptDrift>,
    /// Unresolved incidents.
    pub alerts: Vec<Alert>,
    /// When a drift monitor looked last (wall clock).
    pub last_checked: Option<Timestamp>,
}

/// Drift of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDrift {
    /// The column.
    pub feature: String,
    /// The test whose p-value decided.
    pub method: String,
    /// The test's statistic.
    pub statistic: Option<f64>,
    /// Corrected p-value.
    pub p_value: Option<f64>,
    /// Size of the difference.
    pub effect: Option<f64>,
    /// Smaller effects don't matter.
    pub effect_floor: Option<f64>,
    /// Whether it drifted.
    pub drifted: bool,
    /// What was found.
    pub decision: Decision,
    /// How bad.
    pub severity: Option<Severity>,
    /// The window.
    pub window_start: Timestamp,
}

/// What labels say about one mean of windows.
#[derive(Debug, Clone, PartialEq)]
pub struct ConceptDrift {
    /// The metric.
    pub metric: String,
    /// Over how many windows.
    pub over_windows: u32,
    /// Their mean.
    pub value: Option<f64>,
    /// The reference's mean.
    pub reference: Option<f64>,
    /// One-sided p-value in the bad direction.
    pub p_value: Option<f64>,
    /// Whether quality is lost.
    pub drifted: bool,
    /// What was found.
    pub decision: Decision,
    /// The newest window inside.
    pub window_start: Timestamp,
}

/// One judged window.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftHistoryEntry {
    /// The model.
    pub model_id: ModelName,
    /// The monitor.
    pub monitor: String,
    /// Start of the window.
    pub window_start: Timestamp,
    /// End of the window.
    pub window_end: Timestamp,
    /// When it was judged.
    pub checked_at: Timestamp,
    /// What was found.
    pub decision: Decision,
    /// How bad.
    pub severity: Option<Severity>,
    /// Share of the compared columns that drifted.
    pub overall_drift_score: Option<f64>,
    /// Which drifted.
    pub drifted_features: Vec<String>,
}

/// Quality of a model in its newest judged window.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelPerformance {
    /// The model.
    pub model_id: ModelName,
    /// Start of the window.
    pub window_start: Option<Timestamp>,
    /// End of the window.
    pub window_end: Option<Timestamp>,
    /// Every metric of the window.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// The metric that is judged.
    pub metric: Option<String>,
    /// The reference's mean of it.
    pub reference: Option<f64>,
    /// Predictions in the window.
    pub n_predictions: u64,
    /// Those with a label.
    pub n_labelled: u64,
    /// Means over the last windows.
    pub judgements: Vec<ConceptDrift>,
    /// When it was judged.
    pub last_checked: Option<Timestamp>,
}

/// An alert: what the rest calls an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Identifier.
    pub alert_id: IncidentId,
    /// The model.
    pub model_id: ModelName,
    /// Kind of the monitor.
    pub alert_type: String,
    /// How bad.
    pub severity: Severity,
    /// In words.
    pub message: String,
    /// Where it stands.
    pub status: IncidentState,
    /// Whether somebody has it.
    pub acknowledged: bool,
    /// Who.
    pub acknowledged_by: Option<String>,
    /// Event time of its beginning.
    pub timestamp: Timestamp,
    /// Event time of its end.
    pub resolved_at: Option<Timestamp>,
    /// Columns named by it.
    pub features: Vec<String>,
}

/// Drift of every model.
///
/// # Errors
///
/// `Unavailable` if the store is away.
pub async fn statuses(app: &App) -> Result<Vec<DriftStatus>> {
    let catalog = app.catalog().await?;
    let mut found = Vec::new();
    for model in catalog.models.keys() {
        found.push(status(app, model).await?);
    }
    Ok(found)
}

/// Drift of a model.
///
/// # Errors
///
/// `NotFound` without such a model.
pub async fn status(app: &App, model: &ModelName) -> Result<DriftStatus> {
    let subject = Subject::load(app, model).await?;
    let mut status = DriftStatus {
        model_id: model.clone(),
        overall_drift_score: None,
        data_drift: Vec::new(),
        model_drift: Vec::new(),
        concept_drift: Vec::new(),
        alerts: open_alerts(app, model).await?,
        last_checked: None,
    };
    for monitor in subject.entry()?.monitors.values() {
        let Some(newest) = subject.newest(app, &monitor.name, 1).await?.pop() else {
            continue;
        };
        if is_drift(&monitor.monitor) {
            status.last_checked = status.last_checked.max(Some(newest.evaluated_at));
        }
        match (&monitor.monitor, &newest.detail) {
            (MonitorKind::DataDrift(_), ResultDetail::Drift(_)) => {
                status.data_drift.extend(column_drifts(&newest));
            }
            (MonitorKind::PredictionDrift(_), ResultDetail::Drift(_)) => {
                status.model_drift.extend(column_drifts(&newest));
            }
            (MonitorKind::Performance(_), ResultDetail::Performance(detail)) => {
                status.concept_drift.extend(concept_drifts(&newest, detail));
            }
            _ => {}
        }
    }
    status.overall_drift_score = score(status.data_drift.iter().map(|one| one.drifted));
    Ok(status)
}

fn score(drifted: impl Iterator<Item = bool>) -> Option<f64> {
    let (mut n_drifted, mut n_columns) = (0_u32, 0_u32);
    for has_drifted in drifted {
        n_columns += 1;
        n_drifted += u32::from(has_drifted);
    }
    (n_columns > 0).then(|| f64::from(n_drifted) / f64::from(n_columns))
}

fn column_drifts(result: &MonitorResult) -> Vec<ColumnDrift> {
    let ResultDetail::Drift(detail) = &result.detail else {
        return Vec::new();
    };
    let view = |column: &ColumnOutcome| {
        let test = column
            .results
            .iter()
            .find(|one| matches!(one.method.as_str(), "ks" | "chi2"));
        ColumnDrift {
            feature: column.name.clone(),
            method: test.map_or_else(|| column.effect.name.clone(), |one| one.method.clone()),
            statistic: test.and_then(|one| one.statistic),
            p_value: column.p_value_adjusted,
            effect: column.effect.value,
            effect_floor: column.effect.floor,
            drifted: column.decision == Decision::Drift,
            decision: column.decision,
            severity: column.severity,
            window_start: result.window.start,
        }
    };
    detail.columns.iter().map(view).collect()
}

fn concept_drifts(result: &MonitorResult, detail: &PerformanceDetail) -> Vec<ConceptDrift> {
    let view = |one: &MeanJudgement| ConceptDrift {
        metric: detail.metric.as_str().to_owned(),
        over_windows: one.over_windows,
        value: one.mean,
        reference: detail.reference_mean,
        p_value: one.p_value,
        drifted: one.decision == Decision::Breach,
        decision: one.decision,
        window_start: result.window.start,
    };
    detail.judgements.iter().map(view).collect()
}

/// Judged windows of the drift monitors, newest first: of one model, or of all.
///
/// # Errors
///
/// `NotFound` without such a model.
pub async fn history(
    app: &App,
    model: Option<&ModelName>,
    range: Option<Window>,
) -> Result<Vec<DriftHistoryEntry>> {
    let models = match model {
        Some(model) => vec![model.clone()],
        None => app.catalog().await?.models.keys().cloned().collect(),
    };
    let mut history = Vec::new();
    for model in &models {
        let subject = Subject::load(app, model).await?;
        for monitor in subject.monitors(is_drift)? {
            history.extend(history_of(app, model, monitor, range).await?);
        }
    }
    history.sort_by(|a, b| {
        (b.window_start, &a.model_id, &a.monitor).cmp(&(a.window_start, &b.model_id, &b.monitor))
    });
    Ok(history)
}

async fn history_of(
    app: &App,
    model: &ModelName,
    monitor: &MonitorSpec,
    range: Option<Window>,
) -> Result<Vec<DriftHistoryEntry>> {
    let results = app
        .store()
        .results(&ResultQuery {
            model: model.clone(),
            monitor: Some(monitor.name.clone()),
            range,
            with_superseded: false,
            limit: Some(HISTORY_MAX),
        })
        .await?;
    let entry = |result: MonitorResult| {
        let drifts = column_drifts(&result);
        DriftHistoryEntry {
            model_id: result.model,
            monitor: result.monitor.to_string(),
            window_start: result.window.start,
            window_end: result.window.end,
            checked_at: result.evaluated_at,
            decision: result.decision,
            severity: result.severity,
            overall_drift_score: score(drifts.iter().map(|one| one.drifted)),
            drifted_features: drifts
                .into_iter()
                .filter(|one| one.drifted)
                .map(|one| one.feature)
                .collect(),
        }
    };
    Ok(results
        .into_iter()
        .map(|stored| entry(stored.result))
        .collect())
}

/// Quality of a model in its newest judged window.
///
/// # Errors
///
/// `NotFound` without such a model.
pub async fn performance(app: &App, model: &ModelName) -> Result<ModelPerformance> {
    let subject = Subject::load(app, model).await?;
    let mut found = ModelPerformance {
        model_id: model.clone(),
        window_start: None,
        window_end: None,
        metrics: BTreeMap::new(),
        metric: None,
        reference: None,
        n_predictions: 0,
        n_labelled: 0,
        judgements: Vec::new(),
        last_checked: None,
    };
    let Some((monitor, _)) = super::performance::monitor(&subject)? else {
        return Ok(found);
    };
    let Some(newest) = subject.newest(app, &monitor.name, 1).await?.pop() else {
        return Ok(found);
    };
    found.window_start = Some(newest.window.start);
    found.window_end = Some(newest.window.end);
    found.last_checked = Some(newest.evaluated_at);
    if let ResultDetail::Performance(detail) = &newest.detail {
        found.judgements = concept_drifts(&newest, detail);
        found.metrics.clone_from(&detail.metrics);
        found.metric = Some(detail.metric.as_str().to_owned());
        found.reference = detail.reference_mean;
        found.n_predictions = detail.n_predictions;
        found.n_labelled = detail.n_labelled;
    }
    Ok(found)
}

/// The newest incidents as alerts: of one model, or of all.
///
/// # Errors
///
/// `NotFound` without such a model.
pub async fn alerts(app: &App, model: Option<&ModelName>) -> Result<Vec<Alert>> {
    if let Some(model) = model {
        app.model(model).await?;
    }
    let incidents = app
        .store()
        .incidents(&IncidentQuery {
            model: model.cloned(),
            limit: Some(HISTORY_MAX),
            ..IncidentQuery::default()
        })
        .await?;
    Ok(incidents.into_iter().map(alert).collect())
}

async fn open_alerts(app: &App, model: &ModelName) -> Result<Vec<Alert>> {
    let incidents = app
        .store()
        .incidents(&IncidentQuery {
            model: Some(model.clone()),
            states: vec![IncidentState::Open, IncidentState::Acknowledged],
            ..IncidentQuery::default()
        })
        .await?;
    Ok(incidents.into_iter().map(alert).collect())
}

/// An incident as an alert.
pub fn alert(incident: Incident) -> Alert {
    Alert {
        message: incident.sentence.plain(),
        acknowledged: incident.acknowledged_by.is_some(),
        alert_id: incident.id,
        model_id: incident.model,
        alert_type: incident.kind,
        severity: incident.severity,
        status: incident.state,
        acknowledged_by: incident.acknowledged_by,
        timestamp: incident.opened_at,
        resolved_at: incident.resolved_at,
        features: incident.columns,
    }
}

/// Runs a model's drift monitors by hand (on their newest judged window where no period is
/// given), and reads the status they leave.
///
/// # Errors
///
/// `NotFound` without such a model or any drift monitor.
pub async fn check(
    app: &App,
    model: &ModelName,
    range: Option<Window>,
    actor: &str,
) -> Result<DriftStatus> {
    let subject = Subject::load(app, model).await?;
    let monitors = subject.monitors(is_drift)?;
    if monitors.is_empty() {
        return Err(trimtab_domain::Error::not_found(
            "drift monitor of model",
            model,
        ));
    }
    for monitor in monitors {
        let range = match range {
            Some(range) => Some(range),
            None => subject
                .newest(app, &monitor.name, 1)
                .await?
                .pop()
                .map(|newest| newest.window),
        };
        app.evaluate(model, &monitor.name, range, actor).await?;
    }
    status(app, model).await
}
