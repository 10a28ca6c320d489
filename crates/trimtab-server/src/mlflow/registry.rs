//! Registered models: their names, tags and aliases.

use super::answer::{Pair, done, json, pairs};
use super::error::{MlflowError, MlflowResult};
use super::input::{Fields, Input};
use super::model_versions::{VersionView, version_number};
use crate::access::Caller;
use axum::extract::State;
use serde::Serialize;
use trimtab_app::App;
use trimtab_app::registry::NewRegisteredModel;
use trimtab_domain::registry::{ModelVersion, RegisteredModel, check_alias, version_label};

/// Registered models that one search answers, where none are asked for and at most.
const MODELS_DEFAULT: u32 = 100;
const MODELS_MAX: u32 = 1_000;

#[derive(Serialize)]
struct AliasView<'a> {
    alias: &'a str,
    version: String,
}

#[derive(Serialize)]
struct ModelView<'a> {
    name: &'a str,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    latest_versions: Vec<VersionView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<AliasView<'a>>,
}

impl<'a> ModelView<'a> {
    fn new(model: &'a RegisteredModel, latest: &'a [ModelVersion]) -> Self {
        Self {
            name: &model.name,
            creation_timestamp: model.created_ms,
            last_updated_timestamp: model.updated_ms,
            description: model.description.as_deref().filter(|it| !it.is_empty()),
            latest_versions: latest
                .iter()
                .map(|version| VersionView::new(version, model))
                .collect(),
            tags: pairs(&model.tags),
            aliases: model
                .aliases
                .iter()
                .map(|(alias, version)| AliasView {
                    alias,
                    version: version.to_string(),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct One<'a> {
    registered_model: ModelView<'a>,
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    registered_models: Vec<ModelView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

async fn one(app: &App, model: &RegisteredModel) -> MlflowResult {
    let latest = app.latest_versions(&model.name, &[]).await?;
    json(&One {
        registered_model: ModelView::new(model, &latest),
    })
}

fn name(fields: Fields<'_>) -> Result<&str, MlflowError> {
    fields.required_text("name")
}

pub(super) async fn create(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let fields = input.fields();
    let new = NewRegisteredModel {
        name: name(fields)?.to_owned(),
        description: fields.text("description")?.map(str::to_owned),
        tags: fields.tags("tags")?,
    };
    let model = app.create_registered_model(new, caller.actor()).await?;
    one(&app, &model).await
}

pub(super) async fn get(State(app): State<App>, input: Input) -> MlflowResult {
    let model = app.registered_model(name(input.fields())?).await?;
    one(&app, &model).await
}

pub(super) async fn update(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let fields = input.fields();
    let text = fields.text("description")?.unwrap_or_default();
    let model = app
        .describe_registered_model(name(fields)?, text, caller.actor())
        .await?;
    one(&app, &model).await
}

pub(super) async fn rename(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let fields = input.fields();
    let new_name = fields.required_text("new_name")?;
    let model = app
        .rename_registered_model(name(fields)?, new_name, caller.actor())
        .await?;
    one(&app, &model).await
}

pub(super) async fn delete(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let fields = input.fields();
    app.delete_registered_model(name(fields)?, caller.actor())
        .await?;
    done()
}

pub(super) async fn search(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let page = app
        .search_registered_models(
            fields.text("filter")?.unwrap_or_default(),
            &fields.texts("order_by")?,
            fields.max_results(MODELS_DEFAULT, MODELS_MAX)?,
            fields.text("page_token")?,
        )
        .await?;
    let mut latest = Vec::with_capacity(page.items.len());
    for model in &page.items {
        latest.push(app.latest_versions(&model.name, &[]).await?);
    }
    json(&Found {
        registered_models: page
            .items
            .iter()
            .zip(&latest)
            .map(|(model, latest)| ModelView::new(model, latest))
            .collect(),
        next_page_token: page.next,
    })
}

pub(super) async fn set_tag(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let fields = input.fields();
    let key = fields.required_text("key")?;
    let value = fields.text("value")?.unwrap_or_default();
    app.tag_registered_model(name(fields)?, key, Some(value), caller.actor())
        .await?;
    done()
}

pub(super) async fn delete_tag(
    State(app): State<App>,
    caller: Caller,
    input: Input,
) -> MlflowResult {
    let fields = input.fields();
    let key = fields.required_text("key")?;
    app.tag_registered_model(name(fields)?, key, None, caller.actor())
        .await?;
    done()
}

pub(super) async fn set_alias(
    State(app): State<App>,
    caller: Caller,
    input: Input,
) -> MlflowResult {
    let fields = input.fields();
    let alias = fields.required_text("alias")?;
    let version = version_label(version_number(fields)?);
    app.set_alias_by_hand(name(fields)?, alias, Some(&version), caller.actor())
        .await?;
    done()
}

pub(super) async fn delete_alias(
    State(app): State<App>,
    caller: Caller,
    input: Input,
) -> MlflowResult {
    let fields = input.fields();
    let alias = fields.required_text("alias")?;
    app.set_alias_by_hand(name(fields)?, alias, None, caller.actor())
        .await?;
    done()
}

pub(super) async fn get_by_alias(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let alias = fields.required_text("alias")?;
    let model = app.registered_model(name(fields)?).await?;
    let is_latest = alias.eq_ignore_ascii_case(trimtab_domain::registry::LATEST);
    if !is_latest {
        check_alias(alias)?;
        if !model.aliases.contains_key(alias) {
            // Not a 404: MLflow's own answer, on which its client relies.
            return Err(MlflowError::invalid(format!(
                "Registered model alias {alias} not found."
            )));
        }
    }
    let version = app.find_version(&model.name, alias).await?;
    super::model_versions::one(&version, &model)
}
