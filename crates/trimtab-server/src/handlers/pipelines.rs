//! Pipelines: candidates from what set them off to all traffic.

use crate::extract::{InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{IntoView, PipelineListView, PipelineView};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use trimtab_app::{App, read};
use trimtab_domain::ModelName;
use utoipa::IntoParams;

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PipelineParams {
    /// Only this model's.
    #[param(value_type = Option<String>)]
    model: Option<ModelName>,
}

/// List pipelines
///
/// Each is one candidate's way: trigger, data, training, gate, shadow, canary, A/B test, full.
#[utoipa::path(
    get,
    path = "/api/v1/pipelines",
    operation_id = "list_pipelines",
    tag = "pipelines",
    params(PipelineParams),
    responses((status = 200, description = "Newest first", body = PipelineListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InQuery(params): InQuery<PipelineParams>,
) -> Result<Json<PipelineListView>, ApiError> {
    let list = read::pipelines::list(&app, params.model.as_ref()).await?;
    Ok(Json(list.into_view()))
}

/// Read a pipeline
///
/// With its training, its newest validation and its newest rollout.
#[utoipa::path(
    get,
    path = "/api/v1/pipelines/{pipeline}",
    operation_id = "get_pipeline",
    tag = "pipelines",
    params(("pipeline" = String, Path, description = "`ret_…`, or `model:version` for a version without a training")),
    responses((status = 200, description = "The pipeline", body = PipelineView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath(pipeline): InPath<String>,
) -> Result<Json<PipelineView>, ApiError> {
    Ok(Json(
        read::pipelines::page(&app, &pipeline).await?.into_view(),
    ))
}
