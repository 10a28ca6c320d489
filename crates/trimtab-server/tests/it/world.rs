//! A server over a world in memory, and a client for it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tower::ServiceExt;
use trimtab_app::{App, AppSettings, Parts, Permission};
use trimtab_server::{Access, ServerSettings, router};
use trimtab_testkit::samples::{self, Day, MODEL};
use trimtab_testkit::{MemoryStore, ScriptedOrchestrator, World};

pub(crate) struct Bench {
    pub(crate) app: App,
    pub(crate) orchestrator: Arc<ScriptedOrchestrator>,
    pub(crate) store: Arc<MemoryStore>,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        assert!(parsed.is_ok(), "not JSON: {}", self.text());
        parsed.unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is a whole problem document, and returns its code.
    pub(crate) fn problem(&self) -> String {
        let problem = self.json();
        assert_eq!(
            self.header(header::CONTENT_TYPE),
            "application/problem+json",
            "{problem}"
        );
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        assert_eq!(
            problem["request_id"].as_str().unwrap(),
            self.header("x-request-id")
        );
        for field in ["type", "title", "detail"] {
            assert!(
                problem[field].as_str().is_some_and(|it| !it.is_empty()),
                "{problem}"
            );
        }
        problem["code"].as_str().unwrap().to_owned()
    }
}

/// Midnight of a production day: 0 is 1 April 2013.
pub(crate) fn day_start(day: i64) -> Timestamp {
    let first: Timestamp = "2013-04-01T00:00:00Z".parse().unwrap();
    first
        .checked_add(SignedDuration::from_secs(day * 86_400))
        .unwrap()
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(ServerSettings::default())
    }

    pub(crate) fn with(settings: ServerSettings) -> Self {
        let world = World::new();
        let app = App::new(
            Parts {
                store: Arc::clone(&world.store) as _,
                intake: Arc::clone(&world.engine) as _,
                log: Arc::clone(&world.engine) as _,
                lake: Arc::clone(&world.engine) as _,
                outcomes: Arc::clone(&world.engine) as _,
                references: Arc::clone(&world.engine) as _,
                models: Arc::clone(&world.models) as _,
                trials: Arc::clone(&world.trials) as _,
                snapshots: Arc::clone(&world.snapshots) as _,
                orchestrator: Arc::clone(&world.orchestrator) as _,
                artifacts: Arc::clone(&world.artifacts) as _,
                notifier: Arc::clone(&world.notifier) as _,
                clock: Arc::clone(&world.clock) as _,
                identity: Arc::clone(&world.identity) as _,
            },
            AppSettings::new("https://trimtab.example"),
        );
        let router = router(app.clone(), settings);
        Self {
            app,
            orchestrator: world.orchestrator,
            store: world.store,
            router,
        }
    }

    /// With tokens asked for.
    pub(crate) fn locked() -> Self {
        Self::with(ServerSettings {
            access: Access::Tokens,
            ..ServerSettings::default()
        })
    }

    /// A secret with these permissions.
    pub(crate) async fn token(&self, permissions: &[Permission]) -> String {
        self.app
            .create_token("test", permissions, None, "local")
            .await
            .unwrap()
            .secret
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let mut bytes = Vec::new();
        let mut stream = body.into_data_stream();
        while let Some(chunk) = stream.next().await {
            bytes.extend_from_slice(&chunk.unwrap());
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: bytes,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path).body(Body::empty()).unwrap())
            .await
    }

    /// A JSON body, sent and its answer taken.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = request("POST", path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn post_ndjson(&self, path: &str, rows: &[Map<String, Value>]) -> Answer {
        let request = request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-ndjson")
            .body(Body::from(samples::ndjson(rows)))
            .unwrap();
        self.send(request).await
    }

    /// A model of one column.
    pub(crate) async fn with_small_model(self, name: &str) -> Self {
        let documents = json!({ "documents": [{
            "kind": "model", "name": name, "task": "binary_classification", "clock": "event",
            "columns": [{ "name": "x", "data_type": "float" }]
        }]});
        let applied = self.post("/api/v1/documents", &documents).await;
        assert_eq!(applied.status, StatusCode::OK, "{}", applied.text());
        self
    }

    /// The sample documents with a month of reference, all through the API.
    pub(crate) async fn with_model(self) -> Self {
        let documents: Vec<Value> = samples::loans()
            .iter()
            .map(|document| serde_json::to_value(document).unwrap())
            .collect();
        let applied = self
            .post("/api/v1/documents", &json!({ "documents": documents }))
            .await;
        assert_eq!(applied.status, StatusCode::OK, "{}", applied.text());
        let rows: Vec<_> = (-31..0)
            .flat_map(|day| samples::day_rows(day_start(day), Day::default(), seed(day)))
            .collect();
        let put = request(
            "PUT",
            &format!("/api/v1/models/{MODEL}/references/first/data"),
        )
        .header(header::CONTENT_TYPE, "application/x-ndjson")
        .body(Body::from(samples::ndjson(&rows)))
        .unwrap();
        let stored = self.send(put).await;
        assert_eq!(stored.status, StatusCode::OK, "{}", stored.text());
        assert_eq!(stored.json()["n_rows"], 31 * rows_a_day());
        self
    }

    /// Days of traffic with their labels; from `breaks_at` on, income has moved and the score
    /// guesses.
    pub(crate) async fn with_story(self, n_days: i64, breaks_at: i64) -> Self {
        for day in 0..n_days {
            let kind = if day < breaks_at {
                Day::default()
            } else {
                Day {
                    income_shift: 25.0,
                    skill: 0.0,
                    ..Day::default()
                }
            };
            let rows = samples::day_rows(day_start(day), kind, seed(day));
            let sent = self
                .post_ndjson(
                    &format!("/api/v1/models/{MODEL}/predictions"),
                    &samples::predictions(&rows),
                )
                .await;
            assert_eq!(sent.status, StatusCode::OK, "{}", sent.text());
            let labels = samples::labels(&rows, SignedDuration::from_hours(12));
            let sent = self
                .post_ndjson(&format!("/api/v1/models/{MODEL}/labels"), &labels)
                .await;
            assert_eq!(sent.status, StatusCode::OK, "{}", sent.text());
        }
        let until = json!({ "complete_until": day_start(n_days).to_string() });
        let complete = self
            .post(&format!("/api/v1/models/{MODEL}/watermark"), &until)
            .await;
        assert_eq!(complete.status, StatusCode::OK, "{}", complete.text());
        self.app.catch_up().await.unwrap();
        self
    }
}

fn seed(day: i64) -> u64 {
    u64::try_from(day + 1_000).unwrap()
}

pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:3000")
}

/// Rows of a sample day.
pub(crate) fn rows_a_day() -> i64 {
    i64::try_from(Day::default().n_rows).unwrap()
}
