//! Versions of registered models.

use super::answer::{Pair, done, json, pairs};
use super::error::{MlflowError, MlflowResult};
use super::input::{Fields, Input};
use crate::access::Caller;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use trimtab_app::App;
use trimtab_app::registry::NewVersion;
use trimtab_domain::registry::{ModelVersion, RegisteredModel, Stage, version_of_label};
use trimtab_domain::tracking::places::ARTIFACT_ROOT;

/// Versions that one search answers, where none are asked for and at most.
const VERSIONS_DEFAULT: u32 = 10_000;
const VERSIONS_MAX: u32 = 200_000;

/// A version on MLflow's wire.
#[derive(Serialize)]
pub(super) struct VersionView<'a> {
    name: &'a str,
    version: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    user_id: &'a str,
    current_stage: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a str>,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
}

impl<'a> VersionView<'a> {
    pub(super) fn new(version: &'a ModelVersion, model: &RegisteredModel) -> Self {
        Self {
            name: &version.model,
            version: version.version.to_string(),
            creation_timestamp: version.created_ms,
            last_updated_timestamp: version.updated_ms,
            user_id: &version.created_by,
            current_stage: version.stage.as_str(),
            description: version.description.as_deref(),
            source: &version.source,
            run_id: version.run_id.as_deref(),
            status: version.status.as_str(),
            run_link: version.run_link.as_deref(),
            model_id: version.logged_model_id.as_deref(),
            tags: pairs(&version.tags),
            aliases: model.aliases_of(version.version),
        }
    }
}

#[derive(Serialize)]
struct One<'a> {
    model_version: VersionView<'a>,
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_versions: Vec<VersionView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Serialize)]
struct Location {
    artifact_uri: String,
}

pub(super) fn one(version: &ModelVersion, model: &RegisteredModel) -> MlflowResult {
    json(&One {
        model_version: VersionView::new(version, model),
    })
}

async fn changed(app: &App, version: &ModelVersion) -> MlflowResult {
    one(version, &app.registered_model(&version.model).await?)
}

/// The number of a version, which travels as text.
pub(super) fn version_number(fields: Fields<'_>) -> Result<u32, MlflowError> {
    let found = fields
        .get("version")?
        .ok_or_else(|| MlflowError::missing("version"))?;
    let text = match found {
        serde_json::Value::Number(number) => number.to_string(),
        _ => fields.required_text("version")?.to_owned(),
    };
    version_of_label(&text)
        .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| {
            MlflowError::invalid(format!(
                "Parameter 'version' must be an integer, got '{text}'."
            ))
        })
}

fn named(fields: Fields<'_>) -> Result<(&str, u32), MlflowError> {
    Ok((fields.required_text("name")?, version_number(fields)?))
}

pub(super) async fn create(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let fields = input.fields();
    let optional = |name| -> Result<Option<String>, MlflowError> {
        let text = fields.text(name)?.filter(|text| !text.is_empty());
        Ok(text.map(str::to_owned))
    };
    let new = NewVersion {
        model: fields.required_text("name")?.to_owned(),
        source: fields.required_text("source")?.to_owned(),
        run_id: optional("run_id")?,
        run_link: optional("run_link")?,
        logged_model_id: optional("model_id")?,
        description: optional("description")?,
        tags: fields.tags("tags")?,
    };
    let version = app.create_model_version(new, caller.actor(), "").await?;
    changed(&app, &version).await
}

pub(super) async fn get(State(app): State<App>, input: Input) -> MlflowResult {
    let (name, number) = named(input.fields())?;
    let version = app.model_version(name, number).await?;
    changed(&app, &version).await
}

pub(super) async fn update(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let fields = input.fields();
    let (name, number) = named(fields)?;
    let text = fields.text("description")?.unwrap_or_default();
    let version = app
        .describe_model_version(name, number, text, caller.actor())
        .await?;
    changed(&app, &version).await
}

pub(super) async fn delete(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let (name, number) = named(input.fields())?;
    app.delete_model_version(name, number, caller.actor())
        .await?;
    done()
}

pub(super) async fn transition(
    State(app): State<App>,
    caller: Caller,
    input: Input,
) -> MlflowResult {
    let fields = input.fields();
    let (name, number) = named(fields)?;
    let stage: Stage = fields.required_text("stage")?.parse()?;
    let archive = fields
        .boolean("archive_existing_versions")?
        .unwrap_or_default();
    let version = app
        .move_stage(name, number, stage, archive, caller.actor())
        .await?;
    changed(&app, &version).await
}

pub(super) async fn set_tag(State(app): State<App>, caller: Caller, input: Input) -> MlflowResult {
    let fields = input.fields();
    let (name, number) = named(fields)?;
    let key = fields.required_text("key")?;
    let value = fields.text("value")?.unwrap_or_default();
    app.tag_model_version(name, number, key, Some(value), caller.actor())
        .await?;
    done()
}

pub(super) async fn delete_tag(
    State(app): State<App>,
    caller: Caller,
    input: Input,
) -> MlflowResult {
    let fields = input.fields();
    let (name, number) = named(fields)?;
    let key = fields.required_text("key")?;
    app.tag_model_version(name, number, key, None, caller.actor())
        .await?;
    done()
}

pub(super) async fn download_uri(State(app): State<App>, input: Input) -> MlflowResult {
    let (name, number) = named(input.fields())?;
    let version = app.model_version(name, number).await?;
    json(&Location {
        artifact_uri: match &version.folder {
            Some(folder) => format!("{ARTIFACT_ROOT}{folder}"),
            None => version.source,
        },
    })
}

pub(super) async fn latest(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let mut stages = Vec::new();
    for stage in fields.texts("stages")? {
        stages.push(stage.parse::<Stage>()?);
    }
    let model = app.registered_model(fields.required_text("name")?).await?;
    let versions = app.latest_versions(&model.name, &stages).await?;
    json(&Found {
        model_versions: versions
            .iter()
            .map(|version| VersionView::new(version, &model))
            .collect(),
        next_page_token: None,
    })
}

pub(super) async fn search(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let page = app
        .search_model_versions(
            fields.text("filter")?.unwrap_or_default(),
            &fields.texts("order_by")?,
            fields.max_results(VERSIONS_DEFAULT, VERSIONS_MAX)?,
            fields.text("page_token")?,
        )
        .await?;
    let models: BTreeMap<String, RegisteredModel> = app
        .store()
        .registered_models()
        .await?
        .into_iter()
        .map(|model| (model.name.clone(), model))
        .collect();
    json(&Found {
        model_versions: page
            .items
            .iter()
            .filter_map(|version| Some(VersionView::new(version, models.get(&version.model)?)))
            .collect(),
        next_page_token: page.next,
    })
}
