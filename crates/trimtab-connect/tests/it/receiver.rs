//! A receiver of webhooks that remembers what it was sent.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// How the receiver answers.
#[derive(Clone)]
pub(crate) enum Answer {
    Status(u16),
    Redirect(String),
    Busy(&'static str),
    Endless,
    Silence,
}

pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
    headers: HeaderMap,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

struct Shared {
    answer: Answer,
    requests: Mutex<Vec<Request>>,
    arrived: Notify,
}

/// Serves until dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start(answer: Answer) -> Self {
        let shared = Arc::new(Shared {
            answer,
            requests: Mutex::default(),
            arrived: Notify::new(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            shared,
            task,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn first_request(&self) {
        self.shared.arrived.notified().await;
    }

    pub(crate) fn requests(&self) -> std::sync::MutexGuard<'_, Vec<Request>> {
        self.shared.requests.lock().unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    OriginalUri(target): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.requests.lock().unwrap().push(Request {
        target: target.to_string(),
        body: body.to_vec(),
        headers,
    });
    shared.arrived.notify_one();
    match &shared.answer {
        Answer::Status(status) => StatusCode::from_u16(*status).unwrap().into_response(),
        Answer::Redirect(to) => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, to.clone())],
        )
            .into_response(),
        Answer::Busy(retry_after) => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, *retry_after)],
        )
            .into_response(),
        Answer::Endless => {
            let chunk = || Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 16 * 1024]));
            Body::from_stream(futures::stream::repeat_with(chunk)).into_response()
        }
        Answer::Silence => std::future::pending().await,
    }
}
