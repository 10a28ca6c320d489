//! The HTTP face of Trimtab: API, OpenAPI document, telemetry and the embedded dashboard.
//!
//! Floor 3: it imports `trimtab-app` and `trimtab-domain`; the database and the engine are
//! strangers to it.
//!
//! Invariants:
//! * No route without a permission: [`routes`] is the only place where one can be added, and its
//!   helper asks for what it requires.
//! * Every refusal is a problem document with a stable code and the request's id, the
//!   framework's own refusals included ([`problem`]).
//! * Read models become views field by field ([`views`]): what the wire shows changes only on
//!   purpose, and `api/openapi.json` is a snapshot.
//! * Foreign interfaces speak their own language to the last error ([`mlflow`]), over the same use
//!   cases.
//! * A trusted local user is not a trusted web page ([`access`]).
//!
//! To add an endpoint: a read model or a use case in `trimtab-app`, a view in `views/`, a
//! function in `handlers/`, a line in [`routes`]; then `cargo x gen`.
//!
//! Deliberately absent: rules, SQL, sessions, CORS (the dashboard is of the same origin).

mod access;
mod docs_page;
mod extract;
mod handlers;
mod mlflow;
mod ofrep;
mod problem;
mod reference;
mod routes;
mod state;
mod telemetry;
mod views;
mod web;

pub use reference::api_reference;
pub use routes::{foreign_paths_required, openapi, operations_required};
pub use state::{Access, ServerSettings};
pub use web::is_dashboard_embedded;

use crate::access::identify;
use crate::handlers::events::Shutdown;
use crate::state::Server;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use axum::{Extension, Router};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use trimtab_app::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_LENGTH_MAX: usize = 64;

/// What a page of ours may load, and from where.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; \
     object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// Serves until `shutdown`, then lets open requests end (for a while).
///
/// # Errors
///
/// If the listener fails.
pub async fn serve(
    app: App,
    settings: ServerSettings,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let patience = Duration::from_millis(settings.shutdown_ms_max);
    let router = router_until(app, settings, shutdown.clone());
    let ended = shutdown.clone();
    // Small answers must not wait for the client to acknowledge the one before.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its answers waiting");
        }
    });
    let serving = axum::serve(listener, router)
        .with_graceful_shutdown(async move { shutdown.cancelled().await });
    let overdue = async {
        ended.cancelled().await;
        tokio::time::sleep(patience).await;
    };
    tokio::select! {
        served = serving => served,
        () = overdue => {
            tracing::warn!("requests were still open at shutdown and were cut off");
            Ok(())
        }
    }
}

/// The whole server as a service, for tests and for [`serve`].
pub fn router(app: App, settings: ServerSettings) -> Router {
    router_until(app, settings, CancellationToken::new())
}

fn router_until(app: App, settings: ServerSettings, shutdown: CancellationToken) -> Router {
    let server = Server::new(app, settings);
    routes::router()
        .fallback(web::serve)
        .layer(Extension(Shutdown(shutdown)))
        // Bodies are read by our own extractors, which know the limit.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(server.clone(), identify))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(server.clone(), answer))
        .with_state(server)
}

/// The outermost layer: gives the request an id, its answer the usual headers, and refusals
/// their document.
async fn answer(
    State(server): State<Server>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let request_id = request_id(&server, &request);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = matched.map_or_else(|| "(page)".to_owned(), |it| it.as_str().to_owned());
    let began = tokio::time::Instant::now();
    let response = next.run(request).await;
    let mut response = if mlflow::is_ours(&path) {
        mlflow::error::render(response, &request_id)
    } else if ofrep::is_ours(&path) {
        ofrep::render(response, &request_id)
    } else {
        problem::render(response, &request_id)
    };
    let took = began.elapsed();
    let status = response.status().as_u16();
    server
        .telemetry
        .answered(method.as_str(), &route, status, took);
    tracing::debug!(
        request_id,
        method = method.as_str(),
        path,
        status,
        duration_ms = took.as_secs_f64() * 1_000.0,
        "a request was answered"
    );
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The caller's own id where it is harmless to log, else a new one.
fn request_id(server: &Server, request: &Request) -> String {
    request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            !id.is_empty()
                && id.len() <= REQUEST_ID_LENGTH_MAX
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        })
        .map_or_else(
            || format!("req_{}", server.app.unique_suffix()),
            str::to_owned,
        )
}
