//! Experiments.

use super::answer::{done, json};
use super::error::{MlflowError, MlflowResult};
use super::input::{Fields, Input};
use super::views::ExperimentView;
use crate::access::Caller;
use axum::extract::State;
use serde::Serialize;
use trimtab_app::App;
use trimtab_domain::tracking::search::{EXPERIMENTS, Grammar, parse, parse_order};
use trimtab_domain::tracking::{
    DatasetSummary, Experiment, ExperimentId, LifecycleStage, NewExperiment, Search, ViewType,
};

/// The most that any search answers at once.
pub(super) const PAGE_MAX: u32 = 50_000;

#[derive(Serialize)]
struct Created {
    experiment_id: String,
}

#[derive(Serialize)]
struct One<'a> {
    experiment: ExperimentView<'a>,
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiments: Vec<ExperimentView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub(super) async fn create(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let experiment = app
        .create_experiment(NewExperiment {
            name: fields.required_text("name")?.to_owned(),
            artifact_location: fields.text("artifact_location")?.map(str::to_owned),
            tags: fields.tags("tags")?,
        })
        .await?;
    json(&Created {
        experiment_id: experiment.id.to_string(),
    })
}

pub(super) fn id(fields: Fields<'_>) -> Result<ExperimentId, MlflowError> {
    Ok(fields.required_text("experiment_id")?.parse()?)
}

fn one(found: Option<Experiment>, missing: impl FnOnce() -> String) -> MlflowResult {
    match found {
        Some(experiment) => json(&One {
            experiment: (&experiment).into(),
        }),
        None => Err(MlflowError::not_found(missing())),
    }
}

pub(super) async fn get(State(app): State<App>, input: Input) -> MlflowResult {
    let id = id(input.fields())?;
    let found = app.store().experiment(id).await?;
    one(found, || format!("No Experiment with id={id} exists"))
}

pub(super) async fn get_by_name(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let name = fields.required_text("experiment_name")?;
    let found = app.store().experiment_by_name(name).await?;
    one(found, || {
        format!("Could not find experiment with name '{name}'")
    })
}

/// The parts of a search that all nouns share.
pub(super) fn search_of(
    fields: Fields<'_>,
    grammar: &Grammar,
    view: &str,
    default: u32,
) -> Result<Search, MlflowError> {
    let filter = match fields.text("filter")? {
        Some(text) => text,
        None => fields.text("filter_string")?.unwrap_or_default(),
    };
    let view = match fields.text(view)? {
        Some(word) => word.parse()?,
        None => ViewType::ActiveOnly,
    };
    Ok(Search {
        experiments: Vec::new(),
        filter: parse(grammar, filter)?,
        order: parse_order(grammar, &fields.texts("order_by")?)?,
        view,
        limit: fields.max_results(default, PAGE_MAX)?,
        after: token(fields)?,
    })
}

pub(super) fn token(fields: Fields<'_>) -> Result<Option<String>, MlflowError> {
    Ok(fields
        .text("page_token")?
        .filter(|token| !token.is_empty())
        .map(str::to_owned))
}

pub(super) fn ids(fields: Fields<'_>) -> Result<Vec<ExperimentId>, MlflowError> {
    fields
        .texts("experiment_ids")?
        .into_iter()
        .map(|id| Ok(id.parse()?))
        .collect()
}

pub(super) async fn search(State(app): State<App>, input: Input) -> MlflowResult {
    let search = search_of(input.fields(), &EXPERIMENTS, "view_type", 1_000)?;
    let page = app.store().search_experiments(&search).await?;
    json(&Found {
        experiments: page.items.iter().map(ExperimentView::from).collect(),
        next_page_token: page.next,
    })
}

pub(super) async fn update(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let id = id(fields)?;
    let name = fields.required_text("new_name")?;
    app.rename_experiment(id, name).await?;
    done()
}

pub(super) async fn delete(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let id = id(input.fields())?;
    app.move_experiment(id, LifecycleStage::Deleted, caller.actor())
        .await?;
    done()
}

pub(super) async fn restore(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let id = id(input.fields())?;
    app.move_experiment(id, LifecycleStage::Active, caller.actor())
        .await?;
    done()
}

/// Removes for good what was deleted `older_than_days` ago or earlier.
pub(super) async fn purge(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let days = input.fields().integer("older_than_days")?.unwrap_or(0);
    let days = u32::try_from(days).map_err(|_| {
        MlflowError::invalid(format!(
            "Invalid value {days} for parameter 'older_than_days' supplied."
        ))
    })?;
    let purged = app.purge_deleted(days, caller.actor()).await?;
    json(&serde_json::json!({
        "n_experiments": purged.n_experiments,
        "n_runs": purged.n_runs,
        "n_logged_models": purged.n_logged_models,
        "n_files": purged.n_files,
    }))
}

pub(super) async fn set_tag(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let key = fields.required_text("key")?;
    let value = fields.text("value")?.unwrap_or_default();
    app.set_experiment_tag(id(fields)?, key, value).await?;
    done()
}

pub(super) async fn delete_tag(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let key = fields.required_text("key")?;
    app.delete_experiment_tag(id(fields)?, key).await?;
    done()
}

#[derive(Serialize)]
struct SummaryView {
    experiment_id: String,
    name: String,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
}

#[derive(Serialize)]
struct Summaries {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_summaries: Vec<SummaryView>,
}

pub(super) async fn search_datasets(State(app): State<App>, input: Input) -> MlflowResult {
    const EXPERIMENTS_MAX: usize = 20;
    const SUMMARIES_MAX: u32 = 1_000;
    let ids = ids(input.fields())?;
    if ids.is_empty() {
        return Err(MlflowError::missing("experiment_ids"));
    }
    if ids.len() > EXPERIMENTS_MAX {
        return Err(MlflowError::invalid(format!(
            "SearchDatasets request must specify at most {EXPERIMENTS_MAX} experiment_ids. \
             Received {} experiment_ids.",
            ids.len()
        )));
    }
    let found = app.store().dataset_summaries(&ids, SUMMARIES_MAX).await?;
    let view = |summary: DatasetSummary| SummaryView {
        experiment_id: summary.experiment.to_string(),
        name: summary.name,
        digest: summary.digest,
        context: summary.context,
    };
    json(&Summaries {
        dataset_summaries: found.into_iter().map(view).collect(),
    })
}
