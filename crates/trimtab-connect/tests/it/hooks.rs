//! Jobs of somebody else, asked for by a signed request.

use crate::jobs::{clock, handle, job};
use crate::{SECRET, base64, hmac_sha256};
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use trimtab_connect::orchestrators::webhook::{WebhookJobs, WebhookSettings};
use trimtab_connect::{AllowList, Orchestrators};
use trimtab_domain::ErrorKind;
use trimtab_domain::ports::orchestrator::{JobStatus, Orchestrator as _};

#[derive(Default)]
struct Seen {
    bodies: Vec<(String, Value)>,
    answer: Option<(u16, Value)>,
    status: Option<(u16, Value)>,
}

/// Somebody who runs jobs.
struct Somebody {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Somebody {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Somebody {
    async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let router = Router::new()
            .route("/jobs", post(take))
            .route("/jobs/status", get(tell))
            .with_state(Arc::clone(&seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            seen,
            task,
        }
    }

    fn orchestrators(&self) -> Orchestrators {
        let settings = WebhookSettings {
            url: format!("http://{}/jobs", self.address),
            secret: SECRET.to_owned(),
            jobs: vec!["train".to_owned()],
            // The operator named the address: that is permission enough.
            allowed: AllowList::new(&[] as &[&str]).unwrap(),
        };
        Orchestrators {
            webhook: Some(WebhookJobs::new(settings, clock()).unwrap()),
            ..Orchestrators::default()
        }
    }

    fn answers(&self, status: u16, body: Value) {
        self.seen.lock().unwrap().answer = Some((status, body));
    }

    fn says(&self, status: u16, body: Value) {
        self.seen.lock().unwrap().status = Some((status, body));
    }

    fn bodies(&self) -> Vec<(String, Value)> {
        self.seen.lock().unwrap().bodies.clone()
    }
}

fn verify(headers: &HeaderMap, body: &[u8]) -> String {
    let header = |name: &str| headers[name].to_str().unwrap();
    let id = header("webhook-id").to_owned();
    let key: Vec<u8> = (0..32).collect();
    let signed = [
        format!("{id}.{}.", header("webhook-timestamp")).as_bytes(),
        body,
    ]
    .concat();
    let expected = format!("v1,{}", base64(&hmac_sha256(&key, &signed)));
    assert_eq!(header("webhook-signature"), expected);
    id
}

async fn take(
    State(seen): State<Arc<Mutex<Seen>>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let id = verify(&headers, &body);
    let mut seen = seen.lock().unwrap();
    seen.bodies
        .push((id, serde_json::from_slice(&body).unwrap()));
    let (status, answer) = seen.answer.clone().unwrap_or((202, Value::Null));
    (StatusCode::from_u16(status).unwrap(), Json(answer))
}

async fn tell(
    State(seen): State<Arc<Mutex<Seen>>>,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    verify(&headers, b"");
    let (status, answer) = seen.lock().unwrap().status.clone().unwrap();
    (StatusCode::from_u16(status).unwrap(), Json(answer))
}

#[tokio::test]
async fn a_job_is_asked_for_signed_with_all_it_needs_and_waits_for_its_callback() {
    let somebody = Somebody::start().await;
    let jobs = somebody.orchestrators();
    let job = job("webhook", "train", "1");
    let submitted = jobs.submit(&job).await.unwrap();
    assert_eq!(submitted.external_id, "trimtab-ret_1");
    // A lost reply: the second request has the same identity, so it is the same job.
    jobs.submit(&job).await.unwrap();
    let bodies = somebody.bodies();
    assert_eq!(bodies[0].0, "trimtab-ret_1");
    assert_eq!(bodies[1].0, bodies[0].0);
    let event = &bodies[0].1;
    assert_eq!(event["type"], "retrain.requested");
    let data = &event["data"];
    assert_eq!(data["retraining"], "ret_1");
    assert_eq!(data["job"], "train");
    assert_eq!(data["priority"], "high");
    assert_eq!(data["parameters"], json!({"seed": "7"}));
    assert_eq!(data["snapshot"]["n_rows"], 109_081);
    assert_eq!(data["callback"]["token"], "hush-token");
    let handle = handle(&job, Some("trimtab-ret_1"));
    assert_eq!(jobs.status(&handle).await.unwrap(), JobStatus::Running);
    jobs.cancel(&handle).await.unwrap();
    let last = somebody.bodies().pop().unwrap();
    assert_eq!(last.0, "trimtab-ret_1-cancel");
    assert_eq!(last.1["type"], "retrain.cancel_requested");
}

#[tokio::test]
async fn a_status_url_is_polled() {
    let somebody = Somebody::start().await;
    let jobs = somebody.orchestrators();
    somebody.answers(
        202,
        json!({"status_url": "/jobs/status", "url": "https://jobs.example/1"}),
    );
    let job = job("webhook", "train", "1");
    let submitted = jobs.submit(&job).await.unwrap();
    assert_eq!(submitted.url.as_deref(), Some("https://jobs.example/1"));
    let handle = handle(&job, Some(&submitted.external_id));
    somebody.says(200, json!({"status": "queued"}));
    assert_eq!(jobs.status(&handle).await.unwrap(), JobStatus::Queued);
    somebody.says(200, json!({"status": "running"}));
    assert_eq!(jobs.status(&handle).await.unwrap(), JobStatus::Running);
    // Away, or talking nonsense: not an answer yet.
    for (status, body) in [(503, Value::Null), (429, Value::Null), (200, json!("well"))] {
        somebody.says(status, body);
        let error = jobs.status(&handle).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
    somebody.says(200, json!({"status": "succeeded", "registered_version": 3}));
    let JobStatus::Succeeded(result) = jobs.status(&handle).await.unwrap() else {
        panic!("not a success");
    };
    assert_eq!(result.registered_version, Some(3));
    somebody.says(404, Value::Null);
    let status = jobs.status(&handle).await.unwrap();
    assert!(matches!(status, JobStatus::Lost { .. }), "{status:?}");
}

#[tokio::test]
async fn refusals_are_final_and_absence_is_not() {
    let somebody = Somebody::start().await;
    let jobs = somebody.orchestrators();
    let job = job("webhook", "train", "1");
    for (status, kind) in [
        (400, ErrorKind::Invalid),
        (401, ErrorKind::Invalid),
        (429, ErrorKind::Unavailable),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
    ] {
        somebody.answers(status, Value::Null);
        let error = jobs.submit(&job).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}: {error}");
        assert!(!error.to_string().contains("/jobs"), "{error}");
    }
    // "I have this one."
    somebody.answers(409, Value::Null);
    jobs.submit(&job).await.unwrap();
    let other = crate::jobs::job("webhook", "format-disk", "1");
    assert_eq!(
        jobs.submit(&other).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    drop(somebody);
    tokio::task::yield_now().await;
    let error = jobs.submit(&job).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn an_answer_sends_us_nowhere() {
    let somebody = Somebody::start().await;
    let jobs = somebody.orchestrators();
    let job = job("webhook", "train", "1");
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/",
        "http://localhost:1/",
    ] {
        somebody.answers(202, json!({"status_url": url}));
        let error = jobs.submit(&job).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{url}: {error}");
        // Whatever was stored, it is not followed.
        let handle = handle(&job, Some(url));
        assert!(jobs.status(&handle).await.is_err(), "{url}");
    }
    somebody.answers(202, json!({"url": "javascript:alert(1)"}));
    assert_eq!(jobs.submit(&job).await.unwrap().url, None);
}
