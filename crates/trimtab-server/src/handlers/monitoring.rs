//! The paths of the original plan, for those who were promised them. They answer from the same
//! read models as `/api/v1`.

use super::incidents::identify;
use super::window;
use crate::access::Caller;
use crate::extract::{InBody, InOptionalBody, InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{
    AlertListView, AlertView, DriftHistoryView, DriftStatusListView, DriftStatusView, IntoView,
    ModelPerformanceView, NoteRequest,
};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use trimtab_app::{App, read};
use trimtab_domain::ModelName;
use utoipa::{IntoParams, ToSchema};

/// Drift status of every model
#[utoipa::path(
    get,
    path = "/monitoring/drift/status",
    operation_id = "monitoring_drift_status",
    tag = "monitoring",
    responses((status = 200, description = "One status a model", body = DriftStatusListView)),
)]
pub(crate) async fn drift_status(
    State(app): State<App>,
) -> Result<Json<DriftStatusListView>, ApiError> {
    let models = read::monitoring::statuses(&app).await?.into_view();
    Ok(Json(DriftStatusListView { models }))
}

/// Which results.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// Only this model's.
    #[param(value_type = Option<String>)]
    model_id: Option<ModelName>,
    /// Windows that start at or after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Windows that start before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Drift over time
#[utoipa::path(
    get,
    path = "/monitoring/drift/history",
    operation_id = "monitoring_drift_history",
    tag = "monitoring",
    params(HistoryParams),
    responses((status = 200, description = "One entry a judged window, newest first, at most 1,000 a model", body = DriftHistoryView)),
)]
pub(crate) async fn drift_history(
    State(app): State<App>,
    InQuery(params): InQuery<HistoryParams>,
) -> Result<Json<DriftHistoryView>, ApiError> {
    let range = window(params.from, params.to)?;
    let history = read::monitoring::history(&app, params.model_id.as_ref(), range)
        .await?
        .into_view();
    Ok(Json(DriftHistoryView { history }))
}

/// Drift status of a model
#[utoipa::path(
    get,
    path = "/monitoring/drift/{model_id}",
    operation_id = "monitoring_drift_of_model",
    tag = "monitoring",
    params(("model_id" = String, Path, description = "Name of the model")),
    responses((status = 200, description = "The status", body = DriftStatusView)),
)]
pub(crate) async fn drift_of_model(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
) -> Result<Json<DriftStatusView>, ApiError> {
    Ok(Json(
        read::monitoring::status(&app, &model).await?.into_view(),
    ))
}

/// Performance of a model
///
/// Of the newest judged window, beside the reference.
#[utoipa::path(
    get,
    path = "/monitoring/performance/{model_id}",
    operation_id = "monitoring_performance_of_model",
    tag = "monitoring",
    params(("model_id" = String, Path, description = "Name of the model")),
    responses((status = 200, description = "The performance", body = ModelPerformanceView)),
)]
pub(crate) async fn performance_of_model(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
) -> Result<Json<ModelPerformanceView>, ApiError> {
    Ok(Json(
        read::monitoring::performance(&app, &model)
            .await?
            .into_view(),
    ))
}

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertParams {
    /// Only this model's.
    #[param(value_type = Option<String>)]
    model_id: Option<ModelName>,
}

/// Alerts
///
/// The newest 1,000 incidents, whatever their state.
#[utoipa::path(
    get,
    path = "/monitoring/alerts",
    operation_id = "monitoring_alerts",
    tag = "monitoring",
    params(AlertParams),
    responses((status = 200, description = "Alerts, newest first", body = AlertListView)),
)]
pub(crate) async fn alerts(
    State(app): State<App>,
    InQuery(params): InQuery<AlertParams>,
) -> Result<Json<AlertListView>, ApiError> {
    let alerts = read::monitoring::alerts(&app, params.model_id.as_ref())
        .await?
        .into_view();
    Ok(Json(AlertListView { alerts }))
}

/// Acknowledge an alert
#[utoipa::path(
    post,
    path = "/monitoring/alerts/{alert_id}/acknowledge",
    operation_id = "monitoring_acknowledge_alert",
    tag = "monitoring",
    params(("alert_id" = String, Path, description = "Identifier, `inc_…`, or number")),
    request_body(content = NoteRequest, description = "A note for the timeline"),
    responses((status = 200, description = "The alert as it is now", body = AlertView)),
)]
pub(crate) async fn acknowledge_alert(
    State(app): State<App>,
    caller: Caller,
    InPath(alert): InPath<String>,
    InOptionalBody(request): InOptionalBody<NoteRequest>,
) -> Result<Json<AlertView>, ApiError> {
    let id = identify(&app, &alert).await?;
    let incident = app
        .acknowledge(&id, caller.actor(), request.note.as_deref())
        .await?;
    Ok(Json(read::monitoring::alert(incident).into_view()))
}

/// What to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DriftCheckRequest {
    /// The model.
    #[schema(value_type = String)]
    model_id: ModelName,
    /// Windows that start at or after it; only the newest closed window where both are absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Windows that start before it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Check a model's drift now
///
/// Runs its drift monitors by hand and returns the status they leave.
#[utoipa::path(
    post,
    path = "/monitoring/drift/check",
    operation_id = "monitoring_check_drift",
    tag = "monitoring",
    request_body = DriftCheckRequest,
    responses((status = 200, description = "The status after the check", body = DriftStatusView)),
)]
pub(crate) async fn check_drift(
    State(app): State<App>,
    caller: Caller,
    InBody(request): InBody<DriftCheckRequest>,
) -> Result<Json<DriftStatusView>, ApiError> {
    let range = window(request.from, request.to)?;
    let status = read::monitoring::check(&app, &request.model_id, range, caller.actor()).await?;
    Ok(Json(status.into_view()))
}
