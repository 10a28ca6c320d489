//! Rollouts: beginning one, looking at it, and what people say to it.

use crate::access::Caller;
use crate::extract::{InBody, InPath};
use crate::problem::ApiError;
use crate::views::{
    IntoView, RolloutListView, RolloutOrderRequest, RolloutRequest, RolloutSummaryView, RolloutView,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use trimtab_app::{App, RolloutOrder};
use trimtab_domain::{Error, ModelName, RolloutId};

/// List the rollouts of a model
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/rollouts",
    operation_id = "list_rollouts",
    tag = "rollouts",
    params(("model" = String, Path, description = "Name of the model")),
    responses((status = 200, description = "Newest first", body = RolloutListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
) -> Result<Json<RolloutListView>, ApiError> {
    let items = app.rollouts(&model).await?.into_view();
    Ok(Json(RolloutListView { items, next: None }))
}

/// Read a rollout
///
/// Where it stands, what it waits for, its guardrails as the last look found them, and its
/// history.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/rollouts/{rollout}",
    operation_id = "get_rollout",
    tag = "rollouts",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("rollout" = String, Path, description = "Identifier, `rol_…`"),
    ),
    responses((status = 200, description = "The rollout", body = RolloutView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath((model, rollout)): InPath<(ModelName, String)>,
) -> Result<Json<RolloutView>, ApiError> {
    let missing = || Error::not_found("rollout", &rollout);
    let id = rollout.parse::<RolloutId>().map_err(|_| missing())?;
    let (found, notes) = app.rollout(&id).await?;
    if found.model != model {
        return Err(missing().into());
    }
    Ok(Json(RolloutView::new(found, notes)))
}

/// Begin a rollout
///
/// The candidate must have passed the validation that is named. It begins in the first step of
/// the policy.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/rollouts",
    operation_id = "start_rollout",
    tag = "rollouts",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = RolloutRequest, description = "Which candidate, and why"),
    responses((status = 201, description = "The rollout in its first step", body = RolloutSummaryView)),
)]
pub(crate) async fn start(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<RolloutRequest>,
) -> Result<(StatusCode, Json<RolloutSummaryView>), ApiError> {
    let rollout = app
        .start_rollout_by(
            &model,
            &request.candidate,
            &request.validation,
            request.policy.as_ref(),
            caller.actor(),
            &request.reason,
        )
        .await?;
    Ok((StatusCode::CREATED, Json(rollout.into_view())))
}

/// Let the next step begin
///
/// Where the policy wants a person's word before the next step. The step still waits for the rest
/// of its conditions.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/rollouts/approve",
    operation_id = "approve_rollout",
    tag = "rollouts",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = RolloutOrderRequest, description = "Why"),
    responses((status = 200, description = "The active rollout as it is now", body = RolloutSummaryView)),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<RolloutOrderRequest>,
) -> Result<Json<RolloutSummaryView>, ApiError> {
    order(&app, &caller, &model, RolloutOrder::Approve, &request).await
}

/// Pause a rollout
///
/// Shares stay as they are, guardrails still watch. A pause that nobody ends ends in a rollback.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/rollouts/pause",
    operation_id = "pause_rollout",
    tag = "rollouts",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = RolloutOrderRequest, description = "Why"),
    responses((status = 200, description = "The active rollout as it is now", body = RolloutSummaryView)),
)]
pub(crate) async fn pause(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<RolloutOrderRequest>,
) -> Result<Json<RolloutSummaryView>, ApiError> {
    order(&app, &caller, &model, RolloutOrder::Pause, &request).await
}

/// Resume a paused rollout
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/rollouts/resume",
    operation_id = "resume_rollout",
    tag = "rollouts",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = RolloutOrderRequest, description = "Why"),
    responses((status = 200, description = "The active rollout as it is now", body = RolloutSummaryView)),
)]
pub(crate) async fn resume(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<RolloutOrderRequest>,
) -> Result<Json<RolloutSummaryView>, ApiError> {
    order(&app, &caller, &model, RolloutOrder::Resume, &request).await
}

/// Roll back
///
/// The champion of before serves everybody from the next evaluation on. Reaches the active
/// rollout, or the newest completed one whose candidate still is the champion.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/rollouts/rollback",
    operation_id = "roll_back",
    tag = "rollouts",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = RolloutOrderRequest, description = "Why"),
    responses((status = 200, description = "The rollout as it is now", body = RolloutSummaryView)),
)]
pub(crate) async fn rollback(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<RolloutOrderRequest>,
) -> Result<Json<RolloutSummaryView>, ApiError> {
    order(&app, &caller, &model, RolloutOrder::RollBack, &request).await
}

async fn order(
    app: &App,
    caller: &Caller,
    model: &ModelName,
    order: RolloutOrder,
    request: &RolloutOrderRequest,
) -> Result<Json<RolloutSummaryView>, ApiError> {
    let rollout = app
        .order_rollout(model, order, caller.actor(), &request.reason)
        .await?;
    Ok(Json(rollout.into_view()))
}
