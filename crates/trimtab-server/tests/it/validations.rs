//! What the gate found, over the wire.

use crate::world::Bench;
use axum::http::StatusCode;
use trimtab_app::validation::VersionFile;
use trimtab_testkit::samples::MODEL;

async fn validated() -> (Bench, String) {
    let bench = Bench::new().with_model().await;
    let candidate = VersionFile {
        version: "v3".to_owned(),
        file: b"model".as_slice().into(),
        encoding: br#"{"numeric": ["income"], "one_hot": []}"#.as_slice().into(),
        expected_sha256: None,
        snapshot: None,
        claimed: std::collections::BTreeMap::new(),
    };
    let model = MODEL.parse().unwrap();
    let app = &bench.app;
    let found = app
        .validate_files(&model, None, &candidate, None, "local")
        .await
        .unwrap();
    (bench, found.id.to_string())
}

#[tokio::test]
async fn a_validation_is_listed_shown_and_sent() {
    let (bench, id) = validated().await;
    let base = format!("/api/v1/models/{MODEL}/validations");
    let list = bench.get(&base).await.json();
    assert_eq!(list["items"][0]["id"], id);
    assert_eq!(list["items"][0]["evidence"], serde_json::Value::Null);
    let none = bench.get(&format!("{base}?candidate=v9")).await.json();
    assert_eq!(none["items"], serde_json::json!([]));
    let one = bench.get(&format!("{base}/{id}")).await.json();
    assert_eq!(one["verdict"], "could_not_decide");
    assert_eq!(one["state"], "finished");
    assert_eq!(one["candidate"], "v3");
    let checks = one["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["name"] == "roc_auc"));
    assert!(one["evidence"].is_object());
    let page = bench.get(&format!("{base}/{id}/report")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains("v3"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (bench, id) = validated().await;
    for path in [
        format!("/api/v1/models/{MODEL}/validations/val_none"),
        format!("/api/v1/models/nobody/validations/{id}"),
        "/api/v1/models/nobody/validations".to_owned(),
    ] {
        let answer = bench.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        answer.problem();
    }
}

#[tokio::test]
async fn only_a_registered_version_is_validated() {
    let bench = Bench::new().with_model().await;
    let base = format!("/api/v1/models/{MODEL}/validations");
    let missing = bench
        .post(&base, &serde_json::json!({"candidate": "v3"}))
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "{}", missing.text());
    let unknown = bench
        .post(&base, &serde_json::json!({"candidat": "v3"}))
        .await;
    assert!(unknown.status.is_client_error());
    unknown.problem();
    // Nothing was stored.
    let list = bench.get(&base).await.json();
    assert_eq!(list["items"], serde_json::json!([]));
}
