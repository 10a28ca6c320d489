//! The server itself: who asks, how it is, what it offers.

use crate::access::Caller;
use crate::docs_page;
use crate::problem::{ApiError, Code};
use crate::routes;
use crate::state::Server;
use crate::telemetry::{self, Dialect};
use crate::views::{IntoView, SessionView, StatusView};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use trimtab_app::{App, read};

/// Who am I?
///
/// The caller as the server knows them, and what they may do.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "get_session",
    tag = "server",
    responses((status = 200, description = "The caller", body = SessionView)),
)]
pub(crate) async fn session(caller: Caller) -> Json<SessionView> {
    Json(SessionView {
        actor: caller.actor().to_owned(),
        trusted_local: caller.is_trusted_local,
        permissions: caller.permissions.into_view(),
    })
}

/// How the server is
///
/// Its version, the journal, the consumers of the journal and the messages on their way out.
#[utoipa::path(
    get,
    path = "/api/v1/status",
    operation_id = "get_status",
    tag = "server",
    responses((status = 200, description = "The status", body = StatusView)),
)]
pub(crate) async fn status(State(app): State<App>) -> Result<Json<StatusView>, ApiError> {
    let status = read::status::status(&app).await?;
    Ok(Json(StatusView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ready: status.ready,
        journal: status.journal.into_view(),
        consumers: status.consumers.into_view(),
        queue: status.queue.into_view(),
    }))
}

/// This document
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "get_openapi",
    tag = "server",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(crate) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(routes::openapi())
}

/// This document, as a page for people
#[utoipa::path(
    get,
    path = "/api/docs",
    operation_id = "get_docs",
    tag = "server",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")),
)]
pub(crate) async fn docs() -> Response {
    let mut response = Html(docs_page::render(&routes::openapi())).into_response();
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(docs_page::CONTENT_SECURITY_POLICY),
    );
    response
}

/// Telemetry
///
/// Our own counters and the newest point of every signal, in OpenMetrics (or, for those who
/// don't ask for it, in the Prometheus text format).
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "get_telemetry",
    tag = "server",
    responses((status = 200, description = "Metrics", body = String, content_type = "application/openmetrics-text")),
)]
pub(crate) async fn metrics(
    State(server): State<Server>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let dialect = Dialect::asked_for(&headers);
    let text = telemetry::scrape(&server, dialect).await?;
    Ok((
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static(dialect.content_type()),
        )],
        text,
    )
        .into_response())
}

/// Is the process alive?
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "get_health",
    tag = "server",
    responses((status = 200, description = "It is", body = String, content_type = "text/plain")),
)]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Can it take and answer requests?
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "get_readiness",
    tag = "server",
    responses(
        (status = 200, description = "It can", body = String, content_type = "text/plain"),
        (status = 503, description = "`unavailable`: the store does not answer", body = crate::problem::Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn readyz(State(app): State<App>) -> Result<(StatusCode, &'static str), ApiError> {
    app.store()
        .ping()
        .await
        .map_err(|_| ApiError::new(Code::Unavailable, "the store does not answer"))?;
    Ok((StatusCode::OK, "ready\n"))
}
