//! The server itself: probes, documents for people and machines, events, shutdown.

use crate::world::{Bench, request};
use axum::body::Body;
use axum::http::{StatusCode, header};
use futures::StreamExt;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use trimtab_server::{ServerSettings, router, serve};

#[tokio::test]
async fn probes_and_status_answer() {
    let bench = Bench::new();
    assert_eq!(bench.get("/healthz").await.text(), "ok\n");
    assert_eq!(bench.get("/readyz").await.text(), "ready\n");
    let status = bench.get("/api/v1/status").await;
    assert_eq!(status.header(header::CACHE_CONTROL), "no-store");
    let status = status.json();
    assert_eq!(status["ready"], true);
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status["consumers"][0]["name"], "profiler");
}

#[tokio::test]
async fn the_api_explains_itself() {
    let bench = Bench::new();
    let document = bench.get("/api/v1/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let page = bench.get("/api/docs").await;
    let text = page.text();
    assert!(text.contains("/api/v1/models/{model}/predictions"));
    assert!(text.contains("id=\"precondition_failed\""));
    assert!(!text.contains("<script"));
    assert!(
        page.header(header::CONTENT_SECURITY_POLICY)
            .contains("default-src 'none'")
    );
}

#[tokio::test]
async fn an_open_page_learns_of_changes() {
    let bench = Bench::new();
    let service = router(bench.app.clone(), ServerSettings::default());
    let ask = request("GET", "/api/v1/events")
        .body(Body::empty())
        .unwrap();
    let response = service.oneshot(ask).await.unwrap();
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/event-stream"
    );
    let mut stream = response.into_body().into_data_stream();
    let document = json!({ "documents": [{
        "kind": "model", "name": "m", "task": "regression",
        "columns": [{ "name": "x", "data_type": "float" }]
    }]});
    let applied = bench.post("/api/v1/documents", &document).await;
    assert_eq!(applied.status, StatusCode::OK);
    let event = tokio::time::timeout(Duration::from_secs(5), stream.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let event = String::from_utf8_lossy(&event);
    assert!(event.contains("event: changed"), "{event}");
    assert!(event.contains("\"kind\":\"fleet\""), "{event}");
}

async fn served() -> (
    std::net::SocketAddr,
    CancellationToken,
    tokio::task::JoinHandle<std::io::Result<()>>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let settings = ServerSettings {
        body_bytes_max: 10_000,
        ..ServerSettings::default()
    };
    let bench = Bench::new();
    let serving = tokio::spawn(serve(bench.app, settings, listener, shutdown.clone()));
    (address, shutdown, serving)
}

#[tokio::test]
async fn shutdown_ends_streams_and_the_server() {
    let (address, shutdown, serving) = served().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let ask = format!("GET /api/v1/events HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    shutdown.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), serving).await;
    ended.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_sends_too_much_gets_to_read_why() {
    let (address, shutdown, serving) = served().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let n_bytes = 8 << 20;
    let head = format!(
        "POST /api/v1/models/m/predictions HTTP/1.1\r\nHost: {address}\r\n\
         Content-Type: application/json\r\nContent-Length: {n_bytes}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; n_bytes]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("\"code\":\"too_large\""), "{answer}");
    shutdown.cancel();
    serving.await.unwrap().unwrap();
}
