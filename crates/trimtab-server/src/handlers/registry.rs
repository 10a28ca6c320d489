//! Registered models: what is there, what served when, and what may serve.

use crate::access::Caller;
use crate::extract::{InBody, InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{
    IntoView, ModelVersionView, RegisteredModelView, RegistryHistoryView, RegistryListView,
    ServingView, VersionDiffView,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use trimtab_app::App;
use trimtab_app::registry::{NewVersion, Promotion};
use utoipa::{IntoParams, ToSchema};

/// List the registered models
#[utoipa::path(
    get,
    path = "/api/v1/registry/models",
    operation_id = "list_registered_models",
    tag = "registry",
    responses((status = 200, description = "Every registered model", body = RegistryListView)),
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<RegistryListView>, ApiError> {
    Ok(Json(RegistryListView {
        items: app.registered_models_shown().await?.into_view(),
        next: None,
    }))
}

/// Read a registered model
///
/// Its versions with where they come from, who served when, and what happened.
#[utoipa::path(
    get,
    path = "/api/v1/registry/models/{model}",
    operation_id = "get_registered_model",
    tag = "registry",
    params(("model" = String, Path, description = "Name of the registered model")),
    responses((status = 200, description = "The model", body = RegisteredModelView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath(model): InPath<String>,
) -> Result<Json<RegisteredModelView>, ApiError> {
    Ok(Json(app.registered_model_shown(&model).await?.into_view()))
}

/// Read a version
#[utoipa::path(
    get,
    path = "/api/v1/registry/models/{model}/versions/{version}",
    operation_id = "get_model_version",
    tag = "registry",
    params(
        ("model" = String, Path, description = "Name of the registered model"),
        ("version" = String, Path, description = "Label, number or alias"),
    ),
    responses((status = 200, description = "The version", body = ModelVersionView)),
)]
pub(crate) async fn version(
    State(app): State<App>,
    InPath((model, version)): InPath<(String, String)>,
) -> Result<Json<ModelVersionView>, ApiError> {
    Ok(Json(app.version_shown(&model, &version).await?.into_view()))
}

/// Read the history of a registered model
///
/// Every move of an alias or a stage, with who and why. It outlives the model.
#[utoipa::path(
    get,
    path = "/api/v1/registry/models/{model}/history",
    operation_id = "get_registry_history",
    tag = "registry",
    params(("model" = String, Path, description = "Name of the registered model")),
    responses((status = 200, description = "What happened, newest first", body = RegistryHistoryView)),
)]
pub(crate) async fn history(
    State(app): State<App>,
    InPath(model): InPath<String>,
) -> Result<Json<RegistryHistoryView>, ApiError> {
    let mut history = app.registry_history(&model).await?;
    history.reverse();
    Ok(Json(RegistryHistoryView {
        items: history.into_view(),
        next: None,
    }))
}

/// Which versions to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffParams {
    /// The first: label, number or alias.
    from: String,
    /// The second.
    to: String,
}

/// Compare two versions
///
/// Only what differs: parameters, metrics, signature, lineage, tags.
#[utoipa::path(
    get,
    path = "/api/v1/registry/models/{model}/diff",
    operation_id = "diff_model_versions",
    tag = "registry",
    params(("model" = String, Path, description = "Name of the registered model"), DiffParams),
    responses((status = 200, description = "What differs", body = VersionDiffView)),
)]
pub(crate) async fn diff(
    State(app): State<App>,
    InPath(model): InPath<String>,
    InQuery(params): InQuery<DiffParams>,
) -> Result<Json<VersionDiffView>, ApiError> {
    let diff = app.version_diff(&model, &params.from, &params.to).await?;
    Ok(Json(diff.into_view()))
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ServingParams {
    /// An instant of the model's own clock; now where absent.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// Ask what served
///
/// Which version was champion at an instant, since when, and by whose word.
#[utoipa::path(
    get,
    path = "/api/v1/registry/models/{model}/serving",
    operation_id = "get_serving_version",
    tag = "registry",
    params(("model" = String, Path, description = "Name of the registered model"), ServingParams),
    responses((status = 200, description = "What served then", body = ServingView)),
)]
pub(crate) async fn serving(
    State(app): State<App>,
    InPath(model): InPath<String>,
    InQuery(params): InQuery<ServingParams>,
) -> Result<Json<ServingView>, ApiError> {
    let at = params.at.unwrap_or_else(|| app.now());
    let served = app.serving_at(&model, at).await?;
    Ok(Json(ServingView::new(at, served)))
}

/// A version to register, from files that were uploaded as artifacts or lie elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewModelVersion)]
pub(crate) struct RegisterRequest {
    /// Where its files lie: `mlflow-artifacts:/…`, `runs:/…`, `models:/…`, `s3://…`.
    source: String,
    /// The run it comes from.
    run_id: Option<String>,
    /// The logged model it comes from.
    model_id: Option<String>,
    /// For people.
    description: Option<String>,
    /// Its tags.
    #[serde(default)]
    tags: BTreeMap<String, String>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Register a version
///
/// The model is registered too where it is not yet.
#[utoipa::path(
    post,
    path = "/api/v1/registry/models/{model}/versions",
    operation_id = "register_model_version",
    tag = "registry",
    params(("model" = String, Path, description = "Name of the registered model")),
    request_body = RegisterRequest,
    responses((status = 201, description = "The version", body = ModelVersionView)),
)]
pub(crate) async fn register(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<String>,
    InBody(request): InBody<RegisterRequest>,
) -> Result<(StatusCode, Json<ModelVersionView>), ApiError> {
    let new = NewVersion {
        model: model.clone(),
        source: request.source,
        run_id: request.run_id,
        run_link: None,
        logged_model_id: request.model_id,
        description: request.description,
        tags: request.tags,
    };
    let version = app
        .register_from_source(new, caller.actor(), &request.reason)
        .await?;
    let shown = app.version_shown(&model, &version.label()).await?;
    Ok((StatusCode::CREATED, Json(shown.into_view())))
}

/// A version that shall serve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Promotion)]
pub(crate) struct PromoteRequest {
    /// Label, number or alias.
    version: String,
    /// Why.
    reason: String,
    /// Past the gate; the log says so.
    #[serde(default)]
    without_validation: bool,
}

/// Promote a version
///
/// Lets it serve at once: the alias `champion` points to it. One that has not passed a validation
/// is refused, unless the request says so, which is recorded.
#[utoipa::path(
    post,
    path = "/api/v1/registry/models/{model}/promote",
    operation_id = "promote_model_version",
    tag = "registry",
    params(("model" = String, Path, description = "Name of the registered model")),
    request_body = PromoteRequest,
    responses((status = 200, description = "The version that serves now", body = ModelVersionView)),
)]
pub(crate) async fn promote(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<String>,
    InBody(request): InBody<PromoteRequest>,
) -> Result<Json<ModelVersionView>, ApiError> {
    let promotion = Promotion {
        model: model.clone(),
        version: request.version,
        reason: request.reason,
        without_validation: request.without_validation,
    };
    let version = app.promote(&promotion, caller.actor()).await?;
    let shown = app.version_shown(&model, &version.label()).await?;
    Ok(Json(shown.into_view()))
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reason)]
pub(crate) struct ReasonRequest {
    /// In a few words.
    reason: String,
}

/// Go back to the version that served before
#[utoipa::path(
    post,
    path = "/api/v1/registry/models/{model}/rollback",
    operation_id = "roll_back_model",
    tag = "registry",
    params(("model" = String, Path, description = "Name of the registered model")),
    request_body = ReasonRequest,
    responses((status = 200, description = "The version that serves now", body = ModelVersionView)),
)]
pub(crate) async fn rollback(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<String>,
    InBody(request): InBody<ReasonRequest>,
) -> Result<Json<ModelVersionView>, ApiError> {
    let version = app
        .restore_champion(&model, caller.actor(), &request.reason)
        .await?;
    let shown = app.version_shown(&model, &version.label()).await?;
    Ok(Json(shown.into_view()))
}

/// Approve a version
///
/// Puts the caller's name under it. Each may do so once.
#[utoipa::path(
    post,
    path = "/api/v1/registry/models/{model}/versions/{version}/approve",
    operation_id = "approve_model_version",
    tag = "registry",
    params(
        ("model" = String, Path, description = "Name of the registered model"),
        ("version" = String, Path, description = "Label, number or alias"),
    ),
    request_body = ReasonRequest,
    responses((status = 200, description = "The version", body = ModelVersionView)),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    InPath((model, version)): InPath<(String, String)>,
    InBody(request): InBody<ReasonRequest>,
) -> Result<Json<ModelVersionView>, ApiError> {
    let found = app.find_version(&model, &version).await?;
    app.approve_version(&model, found.version, caller.actor(), &request.reason)
        .await?;
    let shown = app.version_shown(&model, &found.label()).await?;
    Ok(Json(shown.into_view()))
}
