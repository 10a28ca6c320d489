//! A model's overview: what changed, when and why.

use super::drift::annotations;
use super::incidents::{IncidentSummary, summary};
use super::model_shape::{
    DoneOfTotal, Lane, LaneCell, LaneName, Overview, OverviewFacts, TopColumn,
};
use super::models::live_version;
use super::performance::{Data, Line, detail as performance_detail, monitor};
use super::period::{Subject, is_drift, place};
use super::shapes::{CellState, Range};
use super::{AskedRange, sentences};
use crate::app::App;
use crate::sentences::{number, percent};
use jiff::Timestamp;
use std::collections::BTreeMap;
use trimtab_domain::ports::store::IncidentQuery;
use trimtab_domain::result::{Decision, MonitorResult, ResultDetail, Severity};
use trimtab_domain::{Granularity, ModelName, Result, Window};

/// Columns named on the overview.
const TOP_COLUMNS_MAX: usize = 8;

/// A model's overview over a period.
///
/// # Errors
///
/// `NotFound` without such a model.
pub async fn overview(app: &App, model: &ModelName, asked: AskedRange) -> Result<Overview> {
    let subject = Subject::load(app, model).await?;
    let range = subject.range(asked, Granularity::Day)?;
    let windows = subject.windows(&range, Granularity::Day)?;
    let results = subject.results(app, None, range.window()).await?;
    let data = Data::now(app, &subject, &windows, None).await?;
    let performance = monitor(&subject)?.map(|(spec, settings)| {
        let newest = results
            .iter()
            .rev()
            .filter(|result| result.monitor == spec.name)
            .find_map(performance_detail);
        let line = Line::new(
            settings.metric,
            Some(settings),
            newest.map(|(_, detail)| detail),
        );
        line.series(settings.metric.title(), &data)
    });
    let incidents = touching(app, model, &range).await?;
    let top_columns = top_columns(&results);
    Ok(Overview {
        sentence: sentences::overview(&subject, &incidents, &top_columns, !results.is_empty())?,
        facts: OverviewFacts {
            version: live_version(app, model).await?,
            n_predictions: data.n_predictions(),
            n_labels: data.n_labelled(),
            label_maturity: super::merged::share(data.n_labelled(), data.n_predictions()),
            last_result_at: results.iter().map(|result| result.evaluated_at).max(),
            inputs_checked: inputs_checked(&results),
        },
        lanes: lanes(&windows, &results, &data),
        incidents,
        performance,
        annotations: annotations(app, model, &range).await?,
        top_columns,
        range,
    })
}

/// Incidents that were open at some time of the period, newest first.
async fn touching(app: &App, model: &ModelName, range: &Range) -> Result<Vec<IncidentSummary>> {
    let incidents = app
        .store()
        .incidents(&IncidentQuery {
            model: Some(model.clone()),
            ..IncidentQuery::default()
        })
        .await?;
    let mut found = Vec::new();
    for incident in incidents {
        let began = incident.opened_at < range.to;
        let lasted = incident.resolved_at.is_none_or(|end| range.from <= end);
        if began && lasted {
            found.push(summary(app, incident).await?);
        }
    }
    Ok(found)
}

fn inputs_checked(results: &[MonitorResult]) -> DoneOfTotal {
    let newest = results
        .iter()
        .filter(|result| result.monitor_kind == "data_drift")
        .max_by_key(|result| result.window);
    let Some(ResultDetail::Drift(detail)) = newest.map(|result| &result.detail) else {
        return DoneOfTotal::default();
    };
    let has_answer =
        |decision: Decision| matches!(decision, Decision::Ok | Decision::Drift | Decision::Breach);
    DoneOfTotal {
        done: detail
            .columns
            .iter()
            .filter(|column| has_answer(column.decision))
            .count() as u64,
        total: detail.columns.len() as u64,
    }
}

/// How bad a result is, as a colour.
pub(super) fn state(decision: Decision, severity: Option<Severity>) -> CellState {
    match (decision, severity) {
        (Decision::Drift | Decision::Breach, Some(Severity::Critical)) => CellState::Critical,
        (Decision::Drift | Decision::Breach | Decision::Failed, _) => CellState::Warning,
        (Decision::Ok, _) => CellState::Ok,
        (Decision::NotEnoughData, _) => CellState::NoData,
    }
}

fn lanes(windows: &[Window], results: &[MonitorResult], data: &Data) -> Vec<Lane> {
    let lane = |name: LaneName, kinds: &[&str]| {
        let mut cells = cells(windows, results, kinds);
        for (cell, &n_rows) in cells.iter_mut().zip(data.volumes()) {
            if cell.text.is_empty() {
                cell.text = if n_rows == 0 {
                    "no predictions".to_owned()
                } else {
                    "not judged".to_owned()
                };
            }
        }
        Lane { name, cells }
    };
    vec![
        lane(LaneName::Performance, &["performance"]),
        lane(LaneName::Drift, &["data_drift", "prediction_drift"]),
        lane(LaneName::DataQuality, &["data_quality"]),
        lane(LaneName::Service, &["service"]),
        Lane {
            name: LaneName::Volume,
            cells: volume_cells(windows, results, data.volumes()),
        },
    ]
}

/// The worst result of each window of the kinds of monitors.
fn cells(windows: &[Window], results: &[MonitorResult], kinds: &[&str]) -> Vec<LaneCell> {
    let mut cells: Vec<LaneCell> = windows.iter().map(|window| empty(window.start)).collect();
    for result in results {
        let Some(idx) = place(windows, result.window.start) else {
            continue;
        };
        if !kinds.contains(&result.monitor_kind.as_str()) {
            continue;
        }
        let found = state(result.decision, result.severity);
        let cell = &mut cells[idx];
        if cell.text.is_empty() || found > cell.state {
            let (value, text) = words(result);
            cell.state = found;
            cell.value = value;
            cell.text = text;
        }
    }
    cells
}

fn empty(window_start: Timestamp) -> LaneCell {
    LaneCell {
        window_start,
        state: CellState::NoData,
        value: None,
        text: String::new(),
    }
}

/// A result's number and a few words on it.
fn words(result: &MonitorResult) -> (Option<f64>, String) {
    match &result.detail {
        ResultDetail::Drift(detail) => {
            let drifted: Vec<&str> = detail
                .columns
                .iter()
                .filter(|column| column.decision == Decision::Drift)
                .map(|column| column.name.as_str())
                .collect();
            let text = match drifted.as_slice() {
                [] if detail.columns.is_empty() => "not enough rows".to_owned(),
                [] => "no column drifted".to_owned(),
                names => format!(
                    "{} of {} drifted: {}",
                    names.len(),
                    detail.columns.len(),
                    crate::sentences::listed(names)
                ),
            };
            (Some(drifted.len() as f64), text)
        }
        ResultDetail::Performance(detail) => {
            let mean = detail.judgements.iter().rev().find_map(|one| {
                one.mean.map(|mean| {
                    (
                        mean,
                        format!("{} over {} windows", detail.metric.title(), one.n_windows),
                    )
                })
            });
            let own = detail
                .metrics
                .get(detail.metric.as_str())
                .copied()
                .flatten();
            match (mean, own) {
                (Some((mean, name)), _) => (Some(mean), format!("{name}: {}", number(mean))),
                (None, Some(value)) => (
                    Some(value),
                    format!("{}: {}", detail.metric.title(), number(value)),
                ),
                (None, None) => (None, "no labels yet".to_owned()),
            }
        }
        ResultDetail::Checks(detail) => {
            let breached: Vec<&str> = detail
                .checks
                .iter()
                .filter(|check| check.decision == Decision::Breach)
                .map(|check| check.text.as_str())
                .collect();
            let value = detail
                .checks
                .iter()
                .find(|check| check.decision == Decision::Breach)
                .or(detail.checks.first())
                .and_then(|check| check.value);
            match breached.as_slice() {
                [] if detail.checks.is_empty() => (None, "nothing to check".to_owned()),
                [] => (value, "all checks passed".to_owned()),
                [one] => (value, (*one).to_owned()),
                [first, rest @ ..] => (value, format!("{first}; {} more", rest.len())),
            }
        }
        ResultDetail::Failed { reason } => (None, reason.clone()),
    }
}

/// Rows, coloured by the volume check where there is one.
fn volume_cells(windows: &[Window], results: &[MonitorResult], volumes: &[u64]) -> Vec<LaneCell> {
    let mut checked: BTreeMap<Timestamp, (CellState, String)> = BTreeMap::new();
    for result in results {
        let ResultDetail::Checks(detail) = &result.detail else {
            continue;
        };
        if let Some(check) = detail.checks.iter().find(|check| check.check == "volume") {
            checked.insert(
                result.window.start,
                (state(check.decision, check.severity), check.text.clone()),
            );
        }
    }
    windows
        .iter()
        .zip(volumes)
        .map(|(window, &n_rows)| {
            let usual = if n_rows == 0 {
                CellState::NoData
            } else {
                CellState::Ok
            };
            let rows = format!("{} predictions", crate::sentences::thousands(n_rows as f64));
            let (state, text) = match checked.remove(&window.start) {
                Some((state, text)) => (state, format!("{rows}: {text}")),
                None => (usual, rows),
            };
            LaneCell {
                window_start: window.start,
                state,
                value: Some(n_rows as f64),
                text,
            }
        })
        .collect()
}

/// The columns that drifted most, of all drift monitors.
fn top_columns(results: &[MonitorResult]) -> Vec<TopColumn> {
    struct Seen<'a> {
        n_judged: u64,
        n_drifted: u64,
        since: Option<Timestamp>,
        newest: &'a trimtab_domain::result::ColumnOutcome,
    }
    let mut seen: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    let mut ordered: Vec<&MonitorResult> = results.iter().collect();
    ordered.sort_by_key(|result| result.window);
    for result in ordered {
        let ResultDetail::Drift(detail) = &result.detail else {
            continue;
        };
        for column in &detail.columns {
            let entry = seen.entry(&column.name).or_insert(Seen {
                n_judged: 0,
                n_drifted: 0,
                since: None,
                newest: column,
            });
            match column.decision {
                Decision::Drift => {
                    entry.n_judged += 1;
                    entry.n_drifted += 1;
                    entry.since = entry.since.or(Some(result.window.start));
                    entry.newest = column;
                }
                Decision::Ok | Decision::Breach => {
                    entry.n_judged += 1;
                    entry.since = None;
                    entry.newest = column;
                }
                Decision::NotEnoughData | Decision::Failed => {}
            }
        }
    }
    let mut top: Vec<(f64, TopColumn)> = seen
        .into_iter()
        .filter(|(_, seen)| seen.n_drifted > 0)
        .map(|(name, seen)| {
            let column = TopColumn {
                column: name.to_owned(),
                effect: seen.newest.effect.value,
                effect_name: seen.newest.effect.name.clone(),
                drifting_since: seen.since,
                share_of_windows_drifted: seen.n_drifted as f64 / seen.n_judged as f64,
            };
            (crate::sentences::effect_ratio(seen.newest), column)
        })
        .collect();
    top.sort_by(|(a_ratio, a), (b_ratio, b)| {
        b.drifting_since
            .is_some()
            .cmp(&a.drifting_since.is_some())
            .then_with(|| b_ratio.total_cmp(a_ratio))
            .then_with(|| {
                b.share_of_windows_drifted
                    .total_cmp(&a.share_of_windows_drifted)
            })
            .then_with(|| a.column.cmp(&b.column))
    });
    top.truncate(TOP_COLUMNS_MAX);
    top.into_iter().map(|(_, column)| column).collect()
}

/// A column's effect and how often it drifted, in words.
pub(super) fn moved(column: &TopColumn) -> String {
    match column.effect {
        Some(value) => sentences::moved_by(&column.effect_name, value),
        None => format!("{} of windows", percent(column.share_of_windows_drifted)),
    }
}

/// The monitors of a model that compare distributions, for sentences.
pub(super) fn has_drift_monitor(subject: &Subject) -> Result<bool> {
    Ok(!subject.monitors(is_drift)?.is_empty())
}
