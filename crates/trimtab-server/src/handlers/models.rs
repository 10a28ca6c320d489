//! Models, and what is known of them.

use super::RangeParams;
use crate::access::Caller;
use crate::extract::{InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{IntoView, ModelListView, ModelView, OverviewView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use trimtab_app::{App, read};
use trimtab_domain::ModelName;

/// List the models
#[utoipa::path(
    get,
    path = "/api/v1/models",
    operation_id = "list_models",
    tag = "models",
    responses((status = 200, description = "Every model, by name", body = ModelListView)),
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<ModelListView>, ApiError> {
    let items = read::models::list(&app).await?.into_view();
    Ok(Json(ModelListView { items, next: None }))
}

/// Read a model
///
/// Its document, with the versions, references and monitors that are known of it.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}",
    operation_id = "get_model",
    tag = "models",
    params(("model" = String, Path, description = "Name of the model")),
    responses((status = 200, description = "The model", body = ModelView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
) -> Result<Json<ModelView>, ApiError> {
    Ok(Json(read::models::page(&app, &model).await?.into_view()))
}

/// Delete a model with all its data
///
/// Documents, profiles, results, incidents, raw events: everything that belongs to it. There is
/// no way back.
#[utoipa::path(
    delete,
    path = "/api/v1/models/{model}",
    operation_id = "delete_model",
    tag = "models",
    params(("model" = String, Path, description = "Name of the model")),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
) -> Result<StatusCode, ApiError> {
    app.delete_model(&model, caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read a model's overview
///
/// What changed, when and why, over a period.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/overview",
    operation_id = "get_overview",
    tag = "models",
    params(("model" = String, Path, description = "Name of the model"), RangeParams),
    responses((status = 200, description = "The overview", body = OverviewView)),
)]
pub(crate) async fn overview(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(range): InQuery<RangeParams>,
) -> Result<Json<OverviewView>, ApiError> {
    let overview = read::overview::overview(&app, &model, range.into()).await?;
    Ok(Json(overview.into_view()))
}
