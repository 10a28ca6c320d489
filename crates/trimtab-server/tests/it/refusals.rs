//! Every refusal is a problem document, the framework's own included.

use crate::world::{Bench, request};
use axum::body::Body;
use axum::http::header;
use serde_json::json;
use trimtab_server::ServerSettings;

async fn check(method: &str, path: &str, body: &str, content_type: &str, expected: (u16, &str)) {
    let bench = Bench::with(ServerSettings {
        body_bytes_max: 1_000,
        ..ServerSettings::default()
    })
    .with_small_model("m")
    .await;
    let mut request = request(method, path);
    if !content_type.is_empty() {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    let answer = bench
        .send(request.body(Body::from(body.to_owned())).unwrap())
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.problem().as_str()),
        expected,
        "{method} {path}: {}",
        answer.text()
    );
}

const JSON: &str = "application/json";

#[tokio::test]
async fn unknown_things_are_not_found() {
    for path in [
        "/api/v1/nothing",
        "/api/nothing",
        "/monitoring/nothing/at/all",
        "/api/v1/models/ghost",
        "/api/v1/models/ghost/overview",
        "/api/v1/models/ghost/drift",
        "/api/v1/models/m/drift",
        "/api/v1/models/m/drift/columns/ghost",
        "/api/v1/models/ghost/performance",
        "/api/v1/models/m/performance?version=ghost",
        "/api/v1/models/ghost/signals",
        "/api/v1/models/ghost/results",
        "/api/v1/incidents/inc_ghost",
        "/api/v1/incidents/77",
        "/monitoring/drift/ghost",
        "/monitoring/performance/ghost",
        "/assets/ghost.js",
        "/favicon-ghost.ico",
    ] {
        check("GET", path, "", "", (404, "not_found")).await;
    }
    check("DELETE", "/api/v1/models/ghost", "", "", (404, "not_found")).await;
    check(
        "DELETE",
        "/api/v1/documents/ghost/x",
        "",
        "",
        (404, "not_found"),
    )
    .await;
    let predictions = "/api/v1/models/ghost/predictions";
    check("POST", predictions, "[{}]", JSON, (404, "not_found")).await;
}

#[tokio::test]
async fn wrong_paths_and_queries_are_refused() {
    for path in [
        "/api/v1/models/b%20d",
        "/api/v1/models/%FF",
        "/api/v1/models/m/overview?from=yesterday",
        "/api/v1/models/m/overview?form=2013-01-01T00:00:00Z",
        "/api/v1/models/m/drift?by=magic",
        "/api/v1/models/m/performance?metric=magic",
        "/api/v1/models/m/performance?every=century",
        "/api/v1/incidents?state=asleep",
        "/api/v1/incidents?limit=many",
    ] {
        check("GET", path, "", "", (400, "invalid")).await;
    }
    for path in [
        "/api/v1/models/m/overview?from=2013-02-01T00:00:00Z&to=2013-01-01T00:00:00Z",
        "/api/v1/models/m/overview?from=1913-02-01T00:00:00Z&to=2013-01-01T00:00:00Z",
        "/api/v1/models/m/performance?metric=rmse",
        "/api/v1/incidents?severity=awful",
        "/api/v1/incidents?cursor=x",
    ] {
        check("GET", path, "", "", (422, "invalid")).await;
    }
}

#[tokio::test]
async fn wrong_methods_and_bodies_are_refused() {
    check(
        "PATCH",
        "/api/v1/models",
        "",
        "",
        (405, "method_not_allowed"),
    )
    .await;
    check("POST", "/api/v1/fleet", "", "", (405, "method_not_allowed")).await;
    check("POST", "/", "", "", (404, "not_found")).await;
    let predictions = "/api/v1/models/m/predictions";
    check(
        "POST",
        predictions,
        "a,b",
        "text/csv",
        (415, "unsupported_media_type"),
    )
    .await;
    check(
        "POST",
        predictions,
        "[]",
        "",
        (415, "unsupported_media_type"),
    )
    .await;
    check("POST", predictions, "", JSON, (422, "invalid")).await;
    check("POST", predictions, "{", JSON, (422, "invalid")).await;
    let long = format!("[{}]", " ".repeat(2_000));
    check("POST", predictions, &long, JSON, (413, "too_large")).await;
    check(
        "POST",
        &format!("{predictions}?mode=maybe"),
        "[]",
        JSON,
        (400, "invalid"),
    )
    .await;
    let watermark = "/api/v1/models/m/watermark";
    check("POST", watermark, "{}", JSON, (400, "invalid")).await;
    check("POST", watermark, "{", JSON, (400, "invalid")).await;
    check(
        "POST",
        watermark,
        "{}",
        "application/x-ndjson",
        (415, "unsupported_media_type"),
    )
    .await;
    let documents = "/api/v1/documents";
    check(
        "POST",
        documents,
        r#"{"document":[]}"#,
        JSON,
        (400, "invalid"),
    )
    .await;
    let typo = r#"{"documents":[{"kind":"model","name":"n","tsak":"regression"}]}"#;
    check("POST", documents, typo, JSON, (422, "invalid")).await;
}

#[tokio::test]
async fn a_document_with_a_typo_is_named() {
    let bench = Bench::new();
    let answer = bench
        .post(
            "/api/v1/documents",
            &json!({ "documents": [
                { "kind": "channel", "name": "ok", "to": { "webhook": { "url": "https://x.example" } } },
                { "kind": "model", "name": "n", "task": "regression", "colums": [] }
            ]}),
        )
        .await;
    assert_eq!(answer.problem(), "invalid");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("ocument 2 (model `n`)"), "{detail}");
    assert!(detail.contains("colums"), "{detail}");
    let stored = bench.get("/api/v1/documents").await.json();
    assert_eq!(stored["items"], json!([]), "nothing was changed");
}

#[tokio::test]
async fn a_callers_own_request_id_is_kept_if_it_is_harmless() {
    let bench = Bench::new();
    for (sent, is_kept) in [("abc-123", true), ("<script>", false), ("", false)] {
        let answer = bench
            .send(
                request("GET", "/api/v1/nothing")
                    .header("x-request-id", sent)
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        answer.problem();
        assert_eq!(answer.header("x-request-id") == sent, is_kept, "{sent}");
    }
}
