//! Logging to runs, and reading metrics back.

use super::answer::{done, json};
use super::error::{MlflowError, MlflowResult};
use super::experiments::token;
use super::input::{Fields, Input};
use super::runs::id;
use super::views::MetricView;
use axum::extract::State;
use serde::Serialize;
use trimtab_app::App;
use trimtab_domain::ports::tracking::HistoryQuery;
use trimtab_domain::tracking::{LogBatch, LoggedModelId, Metric, RunId};

/// Points that one page of a history answers at most, where a page was asked for.
const HISTORY_MAX: u32 = 25_000;
/// Runs whose histories are answered together at most.
const RUNS_MAX: usize = 100;
/// Points per run that are answered of several histories at most.
const BULK_POINTS_MAX: u32 = 2_500;

fn point(fields: Fields<'_>) -> Result<Metric, MlflowError> {
    let name = fields.text("dataset_name")?.filter(|it| !it.is_empty());
    let digest = fields.text("dataset_digest")?.filter(|it| !it.is_empty());
    let dataset = name
        .zip(digest)
        .map(|(name, digest)| (name.to_owned(), digest.to_owned()));
    Ok(Metric {
        key: fields.required_text("key")?.to_owned(),
        value: fields
            .double("value")?
            .ok_or_else(|| MlflowError::missing("value"))?,
        at_ms: fields
            .integer("timestamp")?
            .ok_or_else(|| MlflowError::missing("timestamp"))?,
        step: fields.integer("step")?.unwrap_or(0),
        model: fields
            .text("model_id")?
            .filter(|id| !id.is_empty())
            .map(LoggedModelId::new),
        dataset,
    })
}

pub(super) async fn log_metric(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    app.log_metric(&id(fields)?, point(fields)?).await?;
    done()
}

pub(super) async fn log_parameter(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let key = fields.required_text("key")?.to_owned();
    let value = fields.text("value")?.unwrap_or_default().to_owned();
    let batch = LogBatch {
        params: vec![(key, value)],
        ..LogBatch::default()
    };
    app.log_batch(&id(fields)?, &batch).await?;
    done()
}

pub(super) async fn set_tag(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let key = fields.required_text("key")?.to_owned();
    let value = fields.text("value")?.unwrap_or_default().to_owned();
    let batch = LogBatch {
        tags: vec![(key, value)],
        ..LogBatch::default()
    };
    app.log_batch(&id(fields)?, &batch).await?;
    done()
}

pub(super) async fn delete_tag(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let key = fields.required_text("key")?;
    app.delete_run_tag(&id(fields)?, key).await?;
    done()
}

pub(super) async fn log_batch(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let batch = LogBatch {
        metrics: fields
            .messages("metrics")?
            .into_iter()
            .map(point)
            .collect::<Result<_, _>>()?,
        params: fields.pairs("params")?,
        tags: fields.pairs("tags")?,
    };
    app.log_batch(&id(fields)?, &batch).await?;
    done()
}

pub(super) async fn log_model(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let description = fields.required_text("model_json")?;
    app.log_model_description(&id(fields)?, description).await?;
    done()
}

#[derive(Serialize)]
struct History<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub(super) async fn history(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let limit = match fields.integer("max_results")? {
        None => None,
        Some(_) => Some(fields.max_results(HISTORY_MAX, u32::MAX)?.min(HISTORY_MAX)),
    };
    let query = HistoryQuery {
        run: id(fields)?,
        key: fields.required_text("metric_key")?.to_owned(),
        limit,
        after: token(fields)?,
    };
    app.run_info(&query.run).await?;
    let page = app.store().metric_history(&query).await?;
    json(&History {
        metrics: page.items.iter().map(MetricView::from).collect(),
        next_page_token: page.next,
    })
}

/// Several histories, thinned where they are long: per stretch of points the lowest and the
/// highest stay, and both ends.
pub(super) async fn history_bulk_interval(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let runs = bulk_runs(fields, "run_ids")?;
    let key = fields.required_text("metric_key")?;
    let start = fields.integer("start_step")?;
    let end = fields.integer("end_step")?;
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(MlflowError::invalid(format!(
            "end_step must be greater than start_step. Found start_step={start} and \
             end_step={end}."
        )));
    }
    let limit = fields.max_results(320, BULK_POINTS_MAX)?;
    let mut found = Vec::new();
    for run in runs {
        let mut points = points_of(&app, &run, key, None).await?;
        points.retain(|point| {
            start.is_none_or(|start| start <= point.step) && end.is_none_or(|end| point.step <= end)
        });
        points.sort_by_key(|point| (point.step, point.at_ms));
        found.push((run, thinned(points, limit as usize)));
    }
    answer_bulk(&found)
}

pub(super) async fn history_bulk(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let runs = bulk_runs(fields, "run_id")?;
    let key = fields.required_text("metric_key")?;
    let limit = fields.max_results(HISTORY_MAX, HISTORY_MAX)?;
    let mut found = Vec::new();
    for run in runs {
        let points = points_of(&app, &run, key, Some(limit)).await?;
        found.push((run, points));
    }
    answer_bulk(&found)
}

fn bulk_runs(fields: Fields<'_>, name: &str) -> Result<Vec<RunId>, MlflowError> {
    let runs = fields.texts(name)?;
    if runs.is_empty() {
        return Err(MlflowError::missing(name));
    }
    if runs.len() > RUNS_MAX {
        return Err(MlflowError::invalid(format!(
            "GetMetricHistoryBulk request cannot specify more than {RUNS_MAX} run_ids. Received \
             {} run_ids.",
            runs.len()
        )));
    }
    Ok(runs.into_iter().map(RunId::new).collect())
}

async fn points_of(
    app: &App,
    run: &RunId,
    key: &str,
    limit: Option<u32>,
) -> Result<Vec<Metric>, MlflowError> {
    let query = HistoryQuery {
        run: run.clone(),
        key: key.to_owned(),
        limit,
        after: None,
    };
    Ok(app.store().metric_history(&query).await?.items)
}

fn answer_bulk(found: &[(RunId, Vec<Metric>)]) -> MlflowResult {
    json(&History {
        metrics: found
            .iter()
            .flat_map(|(run, points)| points.iter().map(|point| MetricView::of_run(run, point)))
            .collect(),
        next_page_token: None,
    })
}

/// At most `limit` points: of each stretch the lowest and the highest, and both ends.
fn thinned(points: Vec<Metric>, limit: usize) -> Vec<Metric> {
    if points.len() <= limit || points.len() < 3 {
        return points;
    }
    let inner = 1..points.len() - 1;
    let n_stretches = (limit.saturating_sub(2) / 2).max(1);
    let mut kept = vec![0];
    for stretch in 0..n_stretches {
        let from = inner.start + stretch * inner.len() / n_stretches;
        let to = inner.start + (stretch + 1) * inner.len() / n_stretches;
        let rank = |at: &usize| trimtab_domain::tracking::points::rank(points[*at].value);
        kept.extend((from..to).min_by_key(rank));
        kept.extend((from..to).max_by_key(rank));
    }
    kept.push(points.len() - 1);
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|at| points[at].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_ends_and_extremes() {
        let points: Vec<Metric> = (0..10_000)
            .map(|step| Metric {
                key: "loss".to_owned(),
                value: if step == 4_321 { 1e9 } else { 1.0 },
                at_ms: step,
                step,
                model: None,
                dataset: None,
            })
            .collect();
        for limit in [1, 2, 3, 10, 320] {
            let thin = thinned(points.clone(), limit);
            assert!(thin.len() <= limit.max(4), "{limit}: {}", thin.len());
            assert_eq!((thin[0].step, thin[thin.len() - 1].step), (0, 9_999));
            assert!(thin.iter().any(|point| point.step == 4_321));
            assert!(thin.is_sorted_by_key(|point| point.step));
        }
        assert_eq!(thinned(points[..50].to_vec(), 320).len(), 50);
    }
}
