//! What a client asks before it asks for anything.

use crate::mlflow::answer;
use crate::mlflow::error::MlflowResult;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The version of MLflow whose interface this is.
pub(crate) async fn version() -> Response {
    text(super::VERSION)
}

/// MLflow's own probe.
pub(crate) async fn health() -> Response {
    text("OK")
}

fn text(text: &'static str) -> Response {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    ([(header::CONTENT_TYPE, plain)], text).into_response()
}

#[derive(Serialize)]
struct ServerInfo {
    store_type: &'static str,
    workspaces_enabled: bool,
    multipart_uploads_enabled: bool,
    multipart_downloads_enabled: bool,
}

/// What this server can do beyond the common.
pub(crate) async fn server_info() -> MlflowResult {
    answer::json(&ServerInfo {
        store_type: "SqlStore",
        workspaces_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
    })
}
