//! Validations: what a candidate must show before it may take traffic.

use crate::access::Caller;
use crate::extract::{InBody, InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{IntoView, ValidationListView, ValidationRequest, ValidationView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use jiff::tz::TimeZone;
use serde::Deserialize;
use trimtab_app::App;
use trimtab_app::report::answer_report;
use trimtab_app::validation::{Meeting, ValidationAnswer};
use trimtab_domain::{ModelName, ValidationId};
use utoipa::IntoParams;

/// Validations in one answer, where nothing else is asked for.
const LIMIT: u32 = 50;

/// Which validations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ValidationParams {
    /// Only of this candidate: `v3`.
    candidate: Option<String>,
    /// Entries at most, up to 200.
    limit: Option<u32>,
}

/// List a model's validations
///
/// Newest first, without the numbers behind the checks.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/validations",
    operation_id = "list_validations",
    tag = "validations",
    params(("model" = String, Path, description = "Name of the model"), ValidationParams),
    responses((status = 200, description = "Validations", body = ValidationListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<ValidationParams>,
) -> Result<Json<ValidationListView>, ApiError> {
    let limit = params.limit.unwrap_or(LIMIT);
    let candidate = params.candidate.as_deref();
    let found = app.validations(&model, candidate, limit).await?;
    let items = found
        .into_iter()
        .map(|validation| validation.into_view().without_evidence())
        .collect();
    Ok(Json(ValidationListView { items, next: None }))
}

/// Validate a candidate
///
/// Both versions score the live, labelled rows that neither was trained on. It runs on by itself:
/// ask for it until its state is no longer `running`. A version without an ONNX file and an
/// encoding document is refused, and nothing is stored.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/validations",
    operation_id = "create_validation",
    tag = "validations",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = ValidationRequest, description = "Which versions, by which policy"),
    responses((status = 202, description = "It runs", body = ValidationView)),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<ValidationRequest>,
) -> Result<(StatusCode, Json<ValidationView>), ApiError> {
    let meeting = Meeting::from(request);
    let started = app
        .start_validation(&model, &meeting, caller.actor())
        .await?;
    Ok((StatusCode::ACCEPTED, Json(started.into_view())))
}

/// Show a validation
///
/// Every check with its interval, limit and reason, and the numbers behind them.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/validations/{validation}",
    operation_id = "get_validation",
    tag = "validations",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("validation" = String, Path, description = "Identifier of the validation"),
    ),
    responses((status = 200, description = "The validation", body = ValidationView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath((model, validation)): InPath<(ModelName, ValidationId)>,
) -> Result<Json<ValidationView>, ApiError> {
    Ok(Json(app.validation(&model, &validation).await?.into_view()))
}

/// A validation as a page
///
/// One self-contained HTML file that can be sent to people without a login.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/validations/{validation}/report",
    operation_id = "get_validation_report",
    tag = "validations",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("validation" = String, Path, description = "Identifier of the validation"),
    ),
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
)]
pub(crate) async fn report(
    State(app): State<App>,
    InPath((model, validation)): InPath<(ModelName, ValidationId)>,
) -> Result<Html<String>, ApiError> {
    let found = app.validation(&model, &validation).await?;
    let page = answer_report(&ValidationAnswer(found), app.now(), &TimeZone::UTC);
    Ok(Html(page))
}
