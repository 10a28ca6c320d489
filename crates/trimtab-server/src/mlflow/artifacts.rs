//! Artifacts: listings, and files streamed in and out.

use super::answer::{done, json};
use super::error::{Code, MlflowError, MlflowResult};
use super::input::{Input, decoded};
use super::runs::id;
use crate::access::Caller;
use crate::state::Server;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::Serialize;
use std::time::Duration;
use trimtab_app::App;
use trimtab_domain::Error;
use trimtab_domain::ports::artifacts::ByteStream;
use trimtab_domain::tracking::places::own_artifact_path;

/// A sender that goes silent in the middle of a file is given up.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// Below which prefix a file's path stands in an address.
const PREFIXES: [&str; 2] = [
    "/api/2.0/mlflow-artifacts/artifacts",
    "/ajax-api/2.0/mlflow-artifacts/artifacts",
];

#[derive(Serialize)]
struct FileView {
    path: String,
    is_dir: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<u64>,
}

#[derive(Serialize)]
struct Listing<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    root_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileView>,
}

/// What lies in a folder below a root: paths are relative to the root.
pub(super) async fn listing(
    app: &App,
    root_uri: &str,
    root: Option<&str>,
    below: &str,
) -> MlflowResult {
    let Some(root) = root else {
        return Err(MlflowError::new(
            Code::NotImplemented,
            format!("artifacts at '{root_uri}' are not kept here: list them where they lie"),
        ));
    };
    let below = below.trim_matches('/');
    let folder = match below {
        "" => root.to_owned(),
        below => format!("{root}/{below}"),
    };
    let entries = app.list_artifacts(&folder).await?;
    let files = entries
        .into_iter()
        .map(|entry| FileView {
            path: match below {
                "" => entry.name,
                below => format!("{below}/{}", entry.name),
            },
            is_dir: entry.n_bytes.is_none(),
            file_size: entry.n_bytes,
        })
        .collect();
    json(&Listing {
        root_uri: Some(root_uri),
        files,
    })
}

pub(super) async fn list(State(app): State<App>, input: Input) -> MlflowResult {
    let fields = input.fields();
    let info = app.run_info(&id(fields)?).await?;
    let below = fields.text("path")?.unwrap_or_default();
    let root = own_artifact_path(&info.artifact_uri);
    listing(&app, &info.artifact_uri, root, below).await
}

/// A listing with base names, as the client asks for before it downloads.
pub(super) async fn list_all(State(app): State<App>, input: Input) -> MlflowResult {
    let folder = input.fields().text("path")?.unwrap_or_default();
    let entries = app.list_artifacts(folder.trim_matches('/')).await?;
    let files = entries
        .into_iter()
        .map(|entry| FileView {
            path: entry.name,
            is_dir: entry.n_bytes.is_none(),
            file_size: entry.n_bytes,
        })
        .collect();
    json(&Listing {
        root_uri: None,
        files,
    })
}

/// The path of a file in an address, as it was sent: a framework that cleans it first would hide
/// what was meant.
fn path_of(request: &Request) -> Result<String, MlflowError> {
    let whole = request.uri().path();
    let path = PREFIXES
        .iter()
        .find_map(|prefix| whole.strip_prefix(prefix))
        .unwrap_or_default()
        .strip_prefix('/')
        .unwrap_or_default();
    // A plus is a plus in a path.
    decoded(&path.replace('+', "%2B"))
}

pub(super) async fn download(State(app): State<App>, request: Request) -> MlflowResult {
    let path = path_of(&request)?;
    let opened = app.open_artifact(&path).await?;
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut response = Body::from_stream(opened.stream).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(opened.file.content.n_bytes),
    );
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(name)),
    );
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Ok(hash) = HeaderValue::from_str(opened.file.content.hash.as_str()) {
        headers.insert(HeaderName::from_static("x-content-sha256"), hash);
    }
    Ok(response)
}

/// Files of others are never shown as pages of ours, only saved.
fn disposition(name: &str) -> HeaderValue {
    let encode = |byte: u8| match byte {
        b'-' | b'_' | b'.' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let encoded: String = name.bytes().map(encode).collect();
    HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{encoded}"))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "json" => "application/json",
        "txt" | "log" | "md" | "py" | "yaml" | "yml" | "cfg" | "conf" | "toml" => "text/plain",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        _ if matches!(name, "MLmodel" | "MLproject") => "text/plain",
        _ => "application/octet-stream",
    }
}

pub(super) async fn upload(State(server): State<Server>, request: Request) -> MlflowResult {
    let path = path_of(&request)?;
    let stream = incoming(request);
    server.app.put_artifact(&path, stream).await?;
    Ok(StatusCode::OK.into_response())
}

/// The body, piece by piece; one that ends early or falls silent ends with an error.
fn incoming(request: Request) -> ByteStream {
    let body = request.into_body().into_data_stream();
    futures::stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        match tokio::time::timeout(SILENCE_MAX, body.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(body))),
            Ok(Some(Err(source))) => {
                let error = Error::invalid("the file ended before it was complete");
                Some((Err(error.with_source(source)), None))
            }
            Err(_) => {
                let error =
                    Error::unavailable("the file stopped arriving").with_hint("send it again");
                Some((Err(error), None))
            }
        }
    })
    .boxed()
}

pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> MlflowResult {
    let path = path_of(&request)?;
    app.delete_artifacts(&path, caller.actor()).await?;
    done()
}

/// Large files come in one stream here; the client knows this answer and sends it so.
pub(super) async fn no_multipart() -> Response {
    MlflowError::new(
        Code::NotImplemented,
        "Multipart upload is not supported for the current artifact repository",
    )
    .into_response()
}

/// As [`no_multipart`], for addresses signed by a bucket.
pub(super) async fn no_presigned() -> Response {
    MlflowError::new(
        Code::NotImplemented,
        "Presigned URLs are not supported for the current artifact repository",
    )
    .into_response()
}
