//! Retraining: runs, what people say to them, what policies decided.

use super::window;
use crate::access::Caller;
use crate::extract::{InBody, InOptionalBody, InPath, InQuery, parse, small_body};
use crate::problem::{ApiError, Code};
use crate::views::{
    DryRunRequest, DryRunView, IntoView, JobReportBody, NoteRequest, RetrainingDecisionListView,
    RetrainingDetailView, RetrainingListView, RetrainingReason, RetrainingRequest,
    RetrainingRunView,
};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use serde::Deserialize;
use trimtab_app::App;
use trimtab_domain::ports::orchestrator::JobReport;
use trimtab_domain::ports::retraining::RetrainingQuery;
use trimtab_domain::{DocumentName, ModelName, RetrainingId};
use utoipa::IntoParams;

/// Largest report of a job.
const REPORT_BYTES_MAX: usize = 64 << 10;
const PAGE_LENGTH: u32 = 50;
const PAGE_LENGTH_MAX: u32 = 500;

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RetrainingParams {
    /// Only those that are not over.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    open: bool,
    /// At most so many (50, up to 500).
    limit: Option<u32>,
    /// Where to go on: `next` of the answer before.
    #[param(value_type = Option<String>)]
    cursor: Option<RetrainingId>,
}

/// List retraining runs
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/retraining",
    operation_id = "list_retrainings",
    tag = "retraining",
    params(("model" = String, Path, description = "Name of the model"), RetrainingParams),
    responses((status = 200, description = "Runs, newest first", body = RetrainingListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<RetrainingParams>,
) -> Result<Json<RetrainingListView>, ApiError> {
    let limit = params
        .limit
        .unwrap_or(PAGE_LENGTH)
        .clamp(1, PAGE_LENGTH_MAX);
    let runs = app
        .retrainings(&RetrainingQuery {
            model: Some(model),
            open_only: params.open,
            limit: Some(limit),
            before: params.cursor,
        })
        .await?;
    let is_full = runs.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = runs
        .last()
        .filter(|_| is_full)
        .map(|run| run.id.to_string());
    Ok(Json(RetrainingListView {
        items: runs.into_view(),
        next,
    }))
}

/// Ask for a retraining
///
/// Now, by hand. The policy says on which rows, by which job and with whose agreement; its other
/// guards hold back its own triggers only.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/retraining",
    operation_id = "create_retraining",
    tag = "retraining",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = RetrainingRequest, description = "Why"),
    responses((status = 201, description = "The run", body = RetrainingRunView)),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<RetrainingRequest>,
) -> Result<(StatusCode, Json<RetrainingRunView>), ApiError> {
    let policy = request.policy.map(DocumentName::new).transpose()?;
    let run = app
        .request_retraining(&model, policy.as_ref(), &request.reason, caller.actor())
        .await?;
    Ok((StatusCode::CREATED, Json(run.into_view())))
}

/// Read a retraining run
///
/// With its timeline and the last lines of the job's log.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/retraining/{run}",
    operation_id = "get_retraining",
    tag = "retraining",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("run" = String, Path, description = "Identifier, `ret_…`"),
    ),
    responses((status = 200, description = "The run in full", body = RetrainingDetailView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath((model, run)): InPath<(ModelName, RetrainingId)>,
) -> Result<Json<RetrainingDetailView>, ApiError> {
    let detail = app.retraining(&model, &run).await?;
    let log = app.retraining_log(&detail.run).await;
    Ok(Json((detail, log).into_view()))
}

/// Agree to a retraining
///
/// Or take a suggestion. Never by the person who asked for it, and once per person, however many
/// tokens each holds.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/retraining/{run}/approve",
    operation_id = "approve_retraining",
    tag = "retraining",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("run" = String, Path, description = "Identifier, `ret_…`"),
    ),
    request_body(content = NoteRequest, description = "A note for the record"),
    responses((status = 200, description = "The run as it is now", body = RetrainingRunView)),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    InPath((model, run)): InPath<(ModelName, RetrainingId)>,
    InOptionalBody(request): InOptionalBody<NoteRequest>,
) -> Result<Json<RetrainingRunView>, ApiError> {
    let run = app
        .approve_retraining(&model, &run, caller.actor(), request.note.as_deref())
        .await?;
    Ok(Json(run.into_view()))
}

/// Say no to a retraining
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/retraining/{run}/reject",
    operation_id = "reject_retraining",
    tag = "retraining",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("run" = String, Path, description = "Identifier, `ret_…`"),
    ),
    request_body(content = RetrainingReason, description = "Why"),
    responses((status = 200, description = "The run as it is now", body = RetrainingRunView)),
)]
pub(crate) async fn reject(
    State(app): State<App>,
    caller: Caller,
    InPath((model, run)): InPath<(ModelName, RetrainingId)>,
    InBody(request): InBody<RetrainingReason>,
) -> Result<Json<RetrainingRunView>, ApiError> {
    let run = app
        .reject_retraining(&model, &run, caller.actor(), &request.reason)
        .await?;
    Ok(Json(run.into_view()))
}

/// Stop a retraining
///
/// Wherever it stands. A job at work is asked to stop, and given up if it does not.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/retraining/{run}/cancel",
    operation_id = "cancel_retraining",
    tag = "retraining",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("run" = String, Path, description = "Identifier, `ret_…`"),
    ),
    request_body(content = RetrainingReason, description = "Why"),
    responses((status = 200, description = "The run as it is now", body = RetrainingRunView)),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    InPath((model, run)): InPath<(ModelName, RetrainingId)>,
    InBody(request): InBody<RetrainingReason>,
) -> Result<Json<RetrainingRunView>, ApiError> {
    let run = app
        .cancel_retraining(&model, &run, caller.actor(), &request.reason)
        .await?;
    Ok(Json(run.into_view()))
}

/// How many decisions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DecisionParams {
    /// At most so many (50, up to 500).
    limit: Option<u32>,
}

/// List decisions of retraining policies
///
/// Why each fired or held, every trigger with its reason; those that said something new.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/retraining/decisions",
    operation_id = "list_retraining_decisions",
    tag = "retraining",
    params(("model" = String, Path, description = "Name of the model"), DecisionParams),
    responses(
        (status = 200, description = "Decisions, newest first", body = RetrainingDecisionListView),
    ),
)]
pub(crate) async fn decisions(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<DecisionParams>,
) -> Result<Json<RetrainingDecisionListView>, ApiError> {
    let limit = params
        .limit
        .unwrap_or(PAGE_LENGTH)
        .clamp(1, PAGE_LENGTH_MAX);
    let items = app.policy_decisions(&model, limit).await?.into_view();
    Ok(Json(RetrainingDecisionListView { items }))
}

/// Play a retraining policy over what is stored
///
/// When it would have fired, what held it back, and what that would have cost. Nothing is stored
/// and nothing is trained; no candidate is taken to have been promoted.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/retraining/dry-run",
    operation_id = "dry_run_retraining_policy",
    tag = "retraining",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = DryRunRequest, description = "The policy"),
    responses((status = 200, description = "What it would have done", body = DryRunView)),
)]
pub(crate) async fn dry_run(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<DryRunRequest>,
) -> Result<Json<DryRunView>, ApiError> {
    let range = window(request.from, request.to)?;
    let told = app.dry_run_policy(&model, request.policy, range).await?;
    Ok(Json(told.into_view()))
}

/// Report how a training job stands
///
/// With the token that was handed over with the job, as bearer token; it is good until the job's
/// end. The same word twice changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/retraining/{run}/events",
    operation_id = "report_retraining_job",
    tag = "retraining",
    params(("run" = String, Path, description = "Identifier, `ret_…`")),
    request_body(content = JobReportBody, description = "How it stands"),
    responses((status = 204, description = "Understood")),
)]
pub(crate) async fn report(
    State(app): State<App>,
    InPath(run): InPath<RetrainingId>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (parts, body) = request.into_parts();
    let token = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            ApiError::new(
                Code::Unauthenticated,
                "send the job's own token as `Authorization: Bearer …`",
            )
        })?;
    // Who it is comes first: nobody's body is kept in memory.
    app.check_job_token(&run, token).await?;
    let bytes = small_body(body, REPORT_BYTES_MAX).await.ok_or_else(|| {
        ApiError::malformed(format!(
            "the report is larger than {REPORT_BYTES_MAX} bytes, or broke off"
        ))
    })?;
    let report: JobReport = parse(&bytes)?;
    app.report_job(&run, token, report).await?;
    Ok(StatusCode::NO_CONTENT)
}
