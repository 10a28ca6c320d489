//! Logged models.

use super::answer::{done, json};
use super::error::{MlflowError, MlflowResult};
use super::experiments::{ids, token};
use super::input::Input;
use super::views::LoggedModelView;
use crate::access::Caller;
use axum::extract::{Path, State};
use serde::Serialize;
use trimtab_app::App;
use trimtab_app::tracking::NewLoggedModel;
use trimtab_domain::tracking::places::own_artifact_path;
use trimtab_domain::tracking::search::{LOGGED_MODELS, OrderBy, parse, parse_order};
use trimtab_domain::tracking::{
    LoggedModel, LoggedModelId, LoggedModelStatus, RunId, Search, ViewType,
};

#[derive(Serialize)]
struct One<'a> {
    model: LoggedModelView<'a>,
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<LoggedModelView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

fn one(model: &LoggedModel) -> MlflowResult {
    json(&One {
        model: model.into(),
    })
}

pub(super) async fn create(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let model = app
        .create_logged_model(NewLoggedModel {
            experiment: super::experiments::id(fields)?,
            name: fields.text("name")?.map(str::to_owned),
            model_type: fields.text("model_type")?.map(str::to_owned),
            source_run: fields
                .text("source_run_id")?
                .filter(|id| !id.is_empty())
                .map(RunId::new),
            params: fields.tags("params")?,
            tags: fields.tags("tags")?,
        })
        .await?;
    one(&model)
}

pub(super) async fn get(State(app): State<App>, Path(id): Path<String>) -> MlflowResult {
    one(&app.logged_model(&LoggedModelId::new(id)).await?)
}

pub(super) async fn finish(
    State(app): State<App>,
    Path(id): Path<String>,
    input: Input,
) -> MlflowResult {
    let status: LoggedModelStatus = input.fields().required_text("status")?.parse()?;
    let model = app
        .finish_logged_model(&LoggedModelId::new(id), status)
        .await?;
    one(&model)
}

pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    caller: Caller,
) -> MlflowResult {
    app.delete_logged_model(&LoggedModelId::new(id), caller.actor())
        .await?;
    done()
}

pub(super) async fn set_tags(
    State(app): State<App>,
    Path(id): Path<String>,
    input: Input,
) -> MlflowResult {
    let tags = input.fields().tags("tags")?;
    let model = app
        .set_logged_model_tags(&LoggedModelId::new(id), &tags)
        .await?;
    one(&model)
}

pub(super) async fn delete_tag(
    State(app): State<App>,
    Path((id, key)): Path<(String, String)>,
) -> MlflowResult {
    app.delete_logged_model_tag(&LoggedModelId::new(id), &key)
        .await?;
    done()
}

pub(super) async fn add_params(
    State(app): State<App>,
    Path(id): Path<String>,
    input: Input,
) -> MlflowResult {
    let params = input.fields().tags("params")?;
    app.add_logged_model_params(&LoggedModelId::new(id), &params)
        .await?;
    done()
}

pub(super) async fn directories(
    State(app): State<App>,
    Path(id): Path<String>,
    input: Input,
) -> MlflowResult {
    let model = app.logged_model(&LoggedModelId::new(id)).await?;
    let below = input
        .fields()
        .text("artifact_directory_path")?
        .unwrap_or_default();
    let root = own_artifact_path(&model.artifact_uri);
    super::artifacts::listing(&app, &model.artifact_uri, root, below).await
}

pub(super) async fn search(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let mut order: Vec<OrderBy> = Vec::new();
    for by in fields.messages("order_by")? {
        let field = by.required_text("field_name")?;
        let name = by.text("dataset_name")?.filter(|it| !it.is_empty());
        let digest = by.text("dataset_digest")?.filter(|it| !it.is_empty());
        for mut parsed in parse_order(&LOGGED_MODELS, &[quoted(field)])? {
            parsed.is_descending = !by.boolean("ascending")?.unwrap_or(true);
            parsed.dataset = name.map(|name| (name.to_owned(), digest.map(str::to_owned)));
            order.push(parsed);
        }
    }
    if digest_without_name(fields)? {
        return Err(MlflowError::missing("dataset_name"));
    }
    let search = Search {
        experiments: ids(fields)?,
        filter: parse(&LOGGED_MODELS, fields.text("filter")?.unwrap_or_default())?,
        order,
        view: ViewType::ActiveOnly,
        limit: fields.max_results(50, super::experiments::PAGE_MAX)?,
        after: token(fields)?,
    };
    let page = app.store().search_logged_models(&search).await?;
    json(&Found {
        models: page.items.iter().map(LoggedModelView::from).collect(),
        next_page_token: page.next,
    })
}

/// `metrics.my key` as the search language writes it.
fn quoted(field: &str) -> String {
    match field.split_once('.') {
        Some((prefix, key)) if !key.starts_with(['`', '"']) => {
            format!("{prefix}.`{}`", key.replace('`', "``"))
        }
        _ => field.to_owned(),
    }
}

fn digest_without_name(fields: super::input::Fields<'_>) -> Result<bool, MlflowError> {
    for by in fields.messages("order_by")? {
        let name = by.text("dataset_name")?.filter(|it| !it.is_empty());
        let digest = by.text("dataset_digest")?.filter(|it| !it.is_empty());
        if name.is_none() && digest.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
