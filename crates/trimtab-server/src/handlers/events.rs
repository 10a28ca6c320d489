//! Events: a page that is open learns that something changed, and asks again.

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream::unfold;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use trimtab_app::{App, Change};
use trimtab_domain::ModelName;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Ends the streams at shutdown, which would otherwise wait for them.
#[derive(Clone)]
pub(crate) struct Shutdown(pub(crate) CancellationToken);

/// Listen to changes
///
/// Server-sent events named `changed`, with `{"kind": "fleet"|"model"|"incident", "model": …}`.
/// A listener that falls behind gets one `{"kind": "fleet"}`, which means: read everything again.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "listen",
    tag = "server",
    responses((status = 200, description = "A stream of events", body = String, content_type = "text/event-stream")),
)]
pub(crate) async fn stream(
    State(app): State<App>,
    axum::Extension(shutdown): axum::Extension<Shutdown>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = unfold((app.events(), shutdown), next);
    Sse::new(changes).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

async fn next(
    (mut changes, shutdown): (Receiver<Change>, Shutdown),
) -> Option<(Result<Event, Infallible>, (Receiver<Change>, Shutdown))> {
    let received = tokio::select! {
        () = shutdown.0.cancelled() => return None,
        received = changes.recv() => received,
    };
    let event = match received {
        Ok(change) => event(
            change.kind.as_str(),
            change.model.as_ref().map(ModelName::as_str),
        ),
        Err(RecvError::Lagged(_)) => event("fleet", None),
        Err(RecvError::Closed) => return None,
    };
    Some((Ok(event), (changes, shutdown)))
}

fn event(kind: &str, model: Option<&str>) -> Event {
    let data = serde_json::json!({ "kind": kind, "model": model });
    Event::default().event("changed").data(data.to_string())
}
