//! Runs: their life, their search, what they read and made.

use super::answer::{done, json};
use super::error::{MlflowError, MlflowResult};
use super::experiments::{ids, search_of};
use super::input::{Fields, Input};
use super::views::{RunInfoView, RunView};
use crate::access::Caller;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use trimtab_app::App;
use trimtab_app::tracking::NewRun;
use trimtab_domain::tracking::search::RUNS;
use trimtab_domain::tracking::{
    DatasetInput, LifecycleStage, LoggedModelId, RunChange, RunId, RunStatus,
};

#[derive(Serialize)]
struct One<'a> {
    run: RunView<'a>,
}

#[derive(Serialize)]
struct Changed<'a> {
    run_info: RunInfoView<'a>,
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<RunView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub(super) fn id(fields: Fields<'_>) -> Result<RunId, MlflowError> {
    fields.run_id().map(RunId::new)
}

pub(super) async fn create(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let experiment = fields
        .text("experiment_id")?
        .filter(|id| !id.is_empty())
        .map(str::parse)
        .transpose()?;
    let run = app
        .create_run(NewRun {
            experiment,
            user_id: fields.text("user_id")?.map(str::to_owned),
            name: fields.text("run_name")?.map(str::to_owned),
            start_ms: fields.integer("start_time")?,
            tags: fields.tags("tags")?,
        })
        .await?;
    json(&One { run: (&run).into() })
}

pub(super) async fn get(State(app): State<App>, input: Input) -> MlflowResult {
    let run = app.run(&id(input.fields())?).await?;
    json(&One { run: (&run).into() })
}

pub(super) async fn update(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let status: Option<RunStatus> = fields.text("status")?.map(str::parse).transpose()?;
    let change = RunChange {
        status,
        end_ms: fields.integer("end_time")?,
        name: fields.text("run_name")?.map(str::to_owned),
    };
    let info = app.update_run(&id(fields)?, change).await?;
    json(&Changed {
        run_info: (&info).into(),
    })
}

pub(super) async fn search(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let mut search = search_of(fields, &RUNS, "run_view_type", 1_000)?;
    search.experiments = ids(fields)?;
    let page = app.store().search_runs(&search).await?;
    json(&Found {
        runs: page.items.iter().map(RunView::from).collect(),
        next_page_token: page.next,
    })
}

pub(super) async fn delete(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let id = id(input.fields())?;
    app.move_run(&id, LifecycleStage::Deleted, caller.actor())
        .await?;
    done()
}

pub(super) async fn restore(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let id = id(input.fields())?;
    app.move_run(&id, LifecycleStage::Active, caller.actor())
        .await?;
    done()
}

fn dataset(input: Fields<'_>) -> Result<DatasetInput, MlflowError> {
    let dataset = input
        .message("dataset")?
        .ok_or_else(|| MlflowError::missing("dataset"))?;
    let optional = |name: &str| -> Result<Option<String>, MlflowError> {
        Ok(dataset.text(name)?.map(str::to_owned))
    };
    let tags: BTreeMap<String, String> = input.tags("tags")?;
    Ok(DatasetInput {
        name: dataset.required_text("name")?.to_owned(),
        digest: dataset.required_text("digest")?.to_owned(),
        source_type: dataset.required_text("source_type")?.to_owned(),
        source: dataset.required_text("source")?.to_owned(),
        schema: optional("schema")?,
        profile: optional("profile")?,
        tags,
    })
}

fn model_id(model: Fields<'_>) -> Result<LoggedModelId, MlflowError> {
    model.required_text("model_id").map(LoggedModelId::new)
}

pub(super) async fn log_inputs(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let datasets = fields.messages("datasets")?;
    let datasets = datasets
        .into_iter()
        .map(dataset)
        .collect::<Result<Vec<_>, _>>()?;
    let models = fields.messages("models")?;
    let models = models
        .into_iter()
        .map(model_id)
        .collect::<Result<Vec<_>, _>>()?;
    app.log_inputs(&id(fields)?, &datasets, &models).await?;
    done()
}

pub(super) async fn outputs(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let models = fields
        .messages("models")?
        .into_iter()
        .map(|model| Ok((model_id(model)?, model.integer("step")?.unwrap_or(0))))
        .collect::<Result<Vec<_>, MlflowError>>()?;
    app.store().log_outputs(&id(fields)?, &models).await?;
    done()
}
