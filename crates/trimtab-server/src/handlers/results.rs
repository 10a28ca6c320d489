//! Results and signals, as they are stored.

use super::window;
use crate::access::Caller;
use crate::extract::{InOptionalBody, InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{EvaluationRequest, IntoView, ResultListView, SignalListView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use trimtab_app::{App, read};
use trimtab_domain::ports::store::StoredResult;
use trimtab_domain::{DocumentName, ModelName};
use utoipa::IntoParams;

const PAGE_LENGTH: u32 = 200;
const PAGE_LENGTH_MAX: u32 = 2_000;

/// Which results.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultParams {
    /// Windows that start at or after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Windows that start before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Only this monitor's.
    #[param(value_type = Option<String>)]
    monitor: Option<DocumentName>,
    /// Those that a later revision replaced, too.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    superseded: bool,
    /// At most so many (200, up to 2,000).
    limit: Option<u32>,
}

/// List results
///
/// The newest windows first. To go back further than one page, ask with `to` set to the start of
/// the oldest window, which is what `next` says.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/results",
    operation_id = "list_results",
    tag = "monitors",
    params(("model" = String, Path, description = "Name of the model"), ResultParams),
    responses((status = 200, description = "Results", body = ResultListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<ResultParams>,
) -> Result<Json<ResultListView>, ApiError> {
    let limit = params
        .limit
        .unwrap_or(PAGE_LENGTH)
        .clamp(1, PAGE_LENGTH_MAX);
    let results = read::results::results(
        &app,
        &model,
        params.monitor,
        window(params.from, params.to)?,
        params.superseded,
        limit,
    )
    .await?;
    let next = read::results::next_page(&results, limit).map(|start| start.to_string());
    Ok(Json(ResultListView {
        items: results.into_view(),
        next,
    }))
}

/// Which signals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignalParams {
    /// Windows that start at or after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Windows that start before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Only signals of this name: `performance.roc_auc`, `volume.rows`…
    name: Option<String>,
}

/// Read signals
///
/// Every number that came out of this model's monitors, and the metric points sent in, as time
/// series.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/signals",
    operation_id = "list_signals",
    tag = "monitors",
    params(("model" = String, Path, description = "Name of the model"), SignalParams),
    responses((status = 200, description = "Signals with their points", body = SignalListView)),
)]
pub(crate) async fn signals(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<SignalParams>,
) -> Result<Json<SignalListView>, ApiError> {
    let range = window(params.from, params.to)?;
    let items = read::results::signals(&app, &model, params.name, range)
        .await?
        .into_view();
    Ok(Json(SignalListView { items }))
}

/// Evaluate a monitor now
///
/// Judges its closed windows in the period again. A window judged before gets a new revision,
/// which supersedes the old one; alerting sees each window once.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/monitors/{monitor}/results",
    operation_id = "create_results",
    tag = "monitors",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("monitor" = String, Path, description = "Name of the monitor"),
    ),
    request_body(content = EvaluationRequest, description = "The period; all windows where absent"),
    responses((status = 201, description = "The new results", body = ResultListView)),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    InPath((model, monitor)): InPath<(ModelName, DocumentName)>,
    InOptionalBody(request): InOptionalBody<EvaluationRequest>,
) -> Result<(StatusCode, Json<ResultListView>), ApiError> {
    let range = window(request.from, request.to)?;
    let results: Vec<StoredResult> = app
        .evaluate(&model, &monitor, range, caller.actor())
        .await?
        .into_iter()
        .map(|result| StoredResult {
            result,
            superseded: false,
        })
        .collect();
    let view = ResultListView {
        items: results.into_view(),
        next: None,
    };
    Ok((StatusCode::CREATED, Json(view)))
}
