//! The dashboard, embedded: hashed assets for ever, the page always fresh, deep links answered
//! with the page, and a missing asset with 404 and never with the page.

use crate::problem::{ApiError, Code};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::read::GzDecoder;
use std::io::Read;

/// A file of the dashboard.
pub(crate) struct Embedded {
    pub(crate) path: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) is_gzip: bool,
    pub(crate) etag: &'static str,
    pub(crate) bytes: &'static [u8],
}

mod embedded {
    use super::Embedded;
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

const PAGE: &str = "index.html";

/// Paths of machines: an unknown one is an error and not a page.
const NOT_PAGES: [&str; 5] = ["/api/", "/ajax-api/", "/v1/", "/assets/", "/monitoring/"];

/// Said instead of the dashboard where it was not built in.
const NOTICE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Trimtab</title>\
</head><body><main><h1>Trimtab is running, without its dashboard</h1>\
<p>This program was built before the dashboard was. To have it, run these two commands and start \
again:</p><pre>(cd web &amp;&amp; npm ci &amp;&amp; npm run build)\n\
cargo build --profile demo --workspace</pre>\
<p>The API answers: <a href=\"/api/docs\">its page</a>.</p></main></body></html>\n";

/// Whether the dashboard is inside.
pub fn is_dashboard_embedded() -> bool {
    find(PAGE).is_some()
}

fn find(path: &str) -> Option<&'static Embedded> {
    embedded::FILES
        .binary_search_by(|file| file.path.cmp(path))
        .ok()
        .and_then(|idx| embedded::FILES.get(idx))
}

/// Answers whatever is no route.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    let not_found =
        || ApiError::new(Code::NotFound, format!("nothing is at `{path}`")).into_response();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_found();
    }
    let name = path.trim_start_matches('/');
    if let Some(file) = find(name).filter(|file| file.path != PAGE) {
        return answer(file, request.headers());
    }
    let is_machines = NOT_PAGES.iter().any(|prefix| path.starts_with(prefix));
    let looks_like_file =
        name.rsplit('/').next().is_some_and(|it| it.contains('.')) && !path.starts_with("/models/");
    if is_machines || (looks_like_file && name != PAGE) {
        return not_found();
    }
    match find(PAGE) {
        Some(page) => answer(page, request.headers()),
        None => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOTICE).into_response(),
    }
}

fn answer(file: &'static Embedded, asked: &HeaderMap) -> Response {
    let cache = if file.path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, HeaderValue::from_static(file.etag));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if holds(asked, header::IF_NONE_MATCH, file.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(file.content_type),
    );
    let body = if !file.is_gzip {
        Bytes::from_static(file.bytes)
    } else if holds(asked, header::ACCEPT_ENCODING, "gzip") {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        Bytes::from_static(file.bytes)
    } else {
        let mut plain = Vec::new();
        if GzDecoder::new(file.bytes).read_to_end(&mut plain).is_err() {
            return ApiError::new(Code::Internal, "an embedded file is broken").into_response();
        }
        Bytes::from(plain)
    };
    (headers, Body::from(body)).into_response()
}

/// Whether a comma-separated header lists a word (weights aside).
fn holds(headers: &HeaderMap, name: header::HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let item = item.split(';').next().unwrap_or_default().trim();
            item.trim_start_matches("W/") == word
        })
}
