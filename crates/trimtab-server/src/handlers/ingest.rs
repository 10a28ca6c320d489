//! Ingest: predictions, labels and metric points. What a receipt counts as accepted is on disk.

use crate::access::Caller;
use crate::extract::{InBody, InPath, InQuery, Rows};
use crate::problem::{ApiError, Code};
use crate::state::Server;
use crate::views::{
    Instant, IntoView, ReceiptView, SettledView, WatermarkReceiptView, WatermarkRequest,
};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use trimtab_app::App;
use trimtab_domain::ModelName;
use trimtab_domain::intake::{EventKind, IngestMode, Receipt, RejectionCode};
use utoipa::{IntoParams, ToSchema};

/// What happens to a batch with wrong rows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct IngestParams {
    /// Whether one wrong row refuses the batch.
    #[serde(default)]
    #[param(inline)]
    mode: ModeParam,
}

/// What happens to a batch with wrong rows.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ModeParam {
    /// One wrong row refuses the batch, which then leaves no trace.
    #[default]
    AllOrNothing,
    /// Right rows are kept, wrong ones are reported.
    AcceptValid,
}

impl From<ModeParam> for IngestMode {
    fn from(mode: ModeParam) -> Self {
        match mode {
            ModeParam::AllOrNothing => Self::AllOrNothing,
            ModeParam::AcceptValid => Self::AcceptValid,
        }
    }
}

/// Send predictions
///
/// Rows have `prediction_id`, `timestamp`, the model's columns by name, and optionally
/// `model_version` (the model's default where absent), `role` (`live`, or `shadow` for a version
/// that runs beside) and `entity_id`. A batch that is sent again counts once.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/predictions",
    operation_id = "send_predictions",
    tag = "ingest",
    params(("model" = String, Path, description = "Name of the model"), IngestParams),
    request_body(
        description = "A JSON array of objects, one JSON object a line, an Arrow IPC stream, or a Parquet file",
        content(
            (Vec<crate::views::Row> = "application/json"),
            (String = "application/x-ndjson"),
            (crate::views::File = "application/vnd.apache.arrow.stream"),
            (crate::views::File = "application/vnd.apache.parquet"),
        ),
    ),
    responses(
        (status = 200, description = "Accepted rows are on disk", body = ReceiptView),
        (status = 409, description = "`conflict`: an identifier was sent before with other content", body = crate::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid`: rows are wrong; `errors` names row, field and fix", body = crate::problem::Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn predictions(
    State(server): State<Server>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<IngestParams>,
    rows: Rows,
) -> Result<Json<ReceiptView>, ApiError> {
    ingest(&server, &model, EventKind::Predictions, params.mode, rows).await
}

/// Send labels
///
/// Rows have `prediction_id`, `label` and optionally `label_timestamp`, when the label became
/// known (its arrival where absent). A later label for the same prediction is a correction.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/labels",
    operation_id = "send_labels",
    tag = "ingest",
    params(("model" = String, Path, description = "Name of the model"), IngestParams),
    request_body(
        description = "A JSON array of objects, one JSON object a line, an Arrow IPC stream, or a Parquet file",
        content(
            (Vec<crate::views::Row> = "application/json"),
            (String = "application/x-ndjson"),
            (crate::views::File = "application/vnd.apache.arrow.stream"),
            (crate::views::File = "application/vnd.apache.parquet"),
        ),
    ),
    responses(
        (status = 200, description = "Accepted rows are on disk", body = ReceiptView),
        (status = 422, description = "`invalid`: rows are wrong; `errors` names row, field and fix", body = crate::problem::Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn labels(
    State(server): State<Server>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<IngestParams>,
    rows: Rows,
) -> Result<Json<ReceiptView>, ApiError> {
    let mode = IngestMode::from(params.mode);
    let answer = server
        .app
        .import_labels(&model, rows.media_type, rows.body, mode, caller.actor())
        .await;
    told(&server, &model, EventKind::Labels, mode, answer)
}

/// Send metric points
///
/// Business or infrastructure numbers: `name`, `value`, `timestamp` and optionally `labels`, an
/// object of words. They become signals named `metric.<name>`.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/metrics",
    operation_id = "send_metric_points",
    tag = "ingest",
    params(("model" = String, Path, description = "Name of the model"), IngestParams),
    request_body(
        description = "A JSON array of objects, or one JSON object a line",
        content(
            (Vec<crate::views::Row> = "application/json"),
            (String = "application/x-ndjson"),
        ),
    ),
    responses(
        (status = 200, description = "Accepted rows are on disk", body = ReceiptView),
        (status = 422, description = "`invalid`: rows are wrong; `errors` names row, field and fix", body = crate::problem::Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn metrics(
    State(server): State<Server>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<IngestParams>,
    rows: Rows,
) -> Result<Json<ReceiptView>, ApiError> {
    ingest(&server, &model, EventKind::MetricPoints, params.mode, rows).await
}

async fn ingest(
    server: &Server,
    model: &ModelName,
    kind: EventKind,
    mode: ModeParam,
    rows: Rows,
) -> Result<Json<ReceiptView>, ApiError> {
    let mode = IngestMode::from(mode);
    let answer = server
        .app
        .ingest(model, kind, rows.media_type, rows.body, mode)
        .await;
    told(server, model, kind, mode, answer)
}

/// What a sender is told of its batch.
fn told(
    server: &Server,
    model: &ModelName,
    kind: EventKind,
    mode: IngestMode,
    answer: trimtab_domain::Result<Receipt>,
) -> Result<Json<ReceiptView>, ApiError> {
    server.telemetry.ingested(model, kind, &answer);
    let receipt = answer?;
    if mode == IngestMode::AllOrNothing && receipt.n_rejected > 0 {
        return Err(refusal(receipt));
    }
    Ok(Json(receipt.into_view()))
}

/// A batch that was refused as a whole.
fn refusal(receipt: Receipt) -> ApiError {
    let is_conflict = receipt
        .rejected
        .iter()
        .all(|rejection| rejection.code == RejectionCode::IdConflict);
    let code = if is_conflict {
        Code::Conflict
    } else {
        Code::Invalid
    };
    let n_rejected = receipt.n_rejected;
    let (rows, them) = if n_rejected == 1 {
        ("row is", "it")
    } else {
        ("rows are", "them")
    };
    ApiError::new(
        code,
        format!(
            "{n_rejected} {rows} wrong and nothing was stored: mend {them}, or send with \
             `?mode=accept_valid` to keep the others"
        ),
    )
    .with_rejections(receipt.rejected)
}

/// Say that everything before an instant has been sent
///
/// Closes the windows before it without waiting for later rows.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/watermark",
    operation_id = "set_watermark",
    tag = "ingest",
    params(("model" = String, Path, description = "Name of the model")),
    request_body = WatermarkRequest,
    responses((status = 200, description = "Recorded", body = WatermarkReceiptView)),
)]
pub(crate) async fn watermark(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<WatermarkRequest>,
) -> Result<Json<WatermarkReceiptView>, ApiError> {
    let position = app.complete(&model, request.complete_until).await?;
    Ok(Json(WatermarkReceiptView {
        complete_until: Instant(request.complete_until),
        position: position.to_string(),
    }))
}

/// Count and judge what was sent, and say what is under way
///
/// For a sender that lets event time stand still, such as a replay that serves: it asks until
/// nothing is under way (a training, a validation, a change of champion) that its rows brought
/// about, and then sends what came next. What waits for people or for traffic is not under way.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/settle",
    operation_id = "settle_model",
    tag = "ingest",
    params(("model" = String, Path, description = "Name of the model")),
    responses((status = 200, description = "Counted and judged", body = SettledView)),
)]
pub(crate) async fn settle(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
) -> Result<Json<SettledView>, ApiError> {
    let under_way = Box::pin(app.settle_model(&model)).await?;
    Ok(Json(SettledView { under_way }))
}
