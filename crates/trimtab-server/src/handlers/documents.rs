//! Documents: monitors as code.

use crate::access::Caller;
use crate::extract::{InBody, InPath, InQuery, Rows};
use crate::problem::ApiError;
use crate::views::{
    DocumentChangesView, DocumentListView, DocumentsRequest, IntoView, ReferenceStoredView,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use trimtab_app::App;
use trimtab_domain::documents::{Document, DocumentKind};
use trimtab_domain::{DocumentName, Error, ModelName};
use utoipa::IntoParams;

/// Which documents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DocumentParams {
    /// `model`, `reference`, `channel`, `monitor`, `rule` or `validation_policy`.
    kind: Option<String>,
    /// Only this model's.
    #[param(value_type = Option<String>)]
    model: Option<ModelName>,
}

/// List documents
///
/// As they are now, in the order in which they are applied.
#[utoipa::path(
    get,
    path = "/api/v1/documents",
    operation_id = "list_documents",
    tag = "documents",
    params(DocumentParams),
    responses((status = 200, description = "Documents", body = DocumentListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InQuery(params): InQuery<DocumentParams>,
) -> Result<Json<DocumentListView>, ApiError> {
    let kind = params.kind.map(|kind| kind.parse()).transpose()?;
    let items = app
        .export_documents(kind, params.model.as_ref())
        .await?
        .into_view();
    Ok(Json(DocumentListView { items, next: None }))
}

/// Whether to apply.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApplyParams {
    /// Say what would change, and change nothing.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    dry_run: bool,
}

/// Apply documents
///
/// Makes them so, all or none, and says what changed. Documents that are stored and not sent
/// stay as they are.
#[utoipa::path(
    post,
    path = "/api/v1/documents",
    operation_id = "apply_documents",
    tag = "documents",
    params(ApplyParams),
    request_body = DocumentsRequest,
    responses((status = 200, description = "What changed (or would)", body = DocumentChangesView)),
)]
pub(crate) async fn apply(
    State(app): State<App>,
    caller: Caller,
    InQuery(params): InQuery<ApplyParams>,
    InBody(request): InBody<DocumentsRequest>,
) -> Result<Json<DocumentChangesView>, ApiError> {
    let documents = parse(request.documents)?;
    let changes = if params.dry_run {
        app.plan_documents(documents).await?
    } else {
        app.apply_documents(documents, caller.actor()).await?
    };
    Ok(Json(DocumentChangesView {
        changes: changes.into_view(),
        applied: !params.dry_run,
    }))
}

/// Parses one by one, so that the refusal can say which document is wrong.
fn parse(documents: Vec<serde_json::Value>) -> Result<Vec<Document>, Error> {
    let parse_one = |(idx, value): (usize, serde_json::Value)| {
        let kind = value.get("kind").and_then(serde_json::Value::as_str);
        let name = value.get("name").and_then(serde_json::Value::as_str);
        let place = format!(
            "document {} ({} `{}`)",
            idx + 1,
            kind.unwrap_or("without kind"),
            name.unwrap_or("?")
        );
        serde_json::from_value::<Document>(value)
            .map_err(|source| Error::invalid(format!("{place}: {source}")))
    };
    documents.into_iter().enumerate().map(parse_one).collect()
}

/// Which model's document to delete.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteParams {
    /// The model it belongs to; channels belong to none.
    #[param(value_type = Option<String>)]
    model: Option<ModelName>,
}

/// Delete a document
///
/// Its versions stay for the record. A model goes by `DELETE /api/v1/models/{model}`.
#[utoipa::path(
    delete,
    path = "/api/v1/documents/{kind}/{name}",
    operation_id = "delete_document",
    tag = "documents",
    params(
        ("kind" = String, Path, description = "`reference`, `channel`, `monitor` or `rule`"),
        ("name" = String, Path, description = "Name of the document"),
        DeleteParams,
    ),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    InPath((kind, name)): InPath<(String, String)>,
    InQuery(params): InQuery<DeleteParams>,
) -> Result<StatusCode, ApiError> {
    let kind: DocumentKind = kind.parse()?;
    app.delete_document(kind, params.model.as_ref(), &name, caller.actor())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Store a reference's data
///
/// The rows become profiles; the model's first reference makes the grid on which all its columns
/// are counted.
#[utoipa::path(
    put,
    path = "/api/v1/models/{model}/references/{reference}/data",
    operation_id = "put_reference_data",
    tag = "documents",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("reference" = String, Path, description = "Name of the reference"),
    ),
    request_body(
        description = "A JSON array of objects, one JSON object a line, an Arrow IPC stream, or a Parquet file",
        content(
            (Vec<crate::views::Row> = "application/json"),
            (String = "application/x-ndjson"),
            (crate::views::File = "application/vnd.apache.arrow.stream"),
            (crate::views::File = "application/vnd.apache.parquet"),
        ),
    ),
    responses((status = 200, description = "What was stored", body = ReferenceStoredView)),
)]
pub(crate) async fn put_reference_data(
    State(app): State<App>,
    caller: Caller,
    InPath((model, reference)): InPath<(ModelName, DocumentName)>,
    rows: Rows,
) -> Result<Json<ReferenceStoredView>, ApiError> {
    let stored = app
        .put_reference_data(
            &model,
            &reference,
            rows.media_type,
            rows.body,
            caller.actor(),
        )
        .await?;
    Ok(Json(stored.into_view()))
}
