//! Registered models as MLflow's client asks for them, and as the dashboard does.

use crate::world::{Answer, Bench, request};
use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

const API: &str = "/api/2.0/mlflow";
const OURS: &str = "/api/v1/registry/models/my%20model";

fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

async fn call(bench: &Bench, method: &str, path: &str, body: Value) -> Answer {
    let request = request(method, &format!("{API}/{path}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    bench.send(request).await
}

async fn put(bench: &Bench, path: &str, contents: &'static str) {
    let path = format!("/api/2.0/mlflow-artifacts/artifacts/{path}");
    let request = request("PUT", &path)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(contents))
        .unwrap();
    let answer = bench.send(request).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

/// A model of two versions.
async fn registered() -> Bench {
    let bench = Bench::new();
    ok(&call(
        &bench,
        "POST",
        "registered-models/create",
        json!({"name": "my model", "tags": [{"key": "team", "value": "x"}]}),
    )
    .await);
    for contents in ["onnx 1", "onnx 2"] {
        let folder = contents.replace(' ', "_");
        put(&bench, &format!("{folder}/model.onnx"), contents).await;
        let body = json!({"name": "my model", "source": format!("mlflow-artifacts:/{folder}")});
        ok(&call(&bench, "POST", "model-versions/create", body).await);
    }
    bench
}

#[tokio::test]
async fn the_client_of_mlflow_finds_what_it_registered() {
    let bench = registered().await;
    let body = json!({"name": "my model", "alias": "champion", "version": "1"});
    ok(&call(&bench, "POST", "registered-models/alias", body.clone()).await);
    let again = call(&bench, "POST", "registered-models/alias", body).await;
    assert_eq!(again.json(), json!({}));
    let get = async |path: &str| ok(&bench.get(&format!("{API}/{path}")).await);
    let model = get("registered-models/get?name=my+model").await;
    let model = &model["registered_model"];
    assert_eq!(
        model["aliases"],
        json!([{"alias": "champion", "version": "1"}])
    );
    assert_eq!(model["latest_versions"][0]["version"], "2");
    let version = get("registered-models/alias?name=my%20model&alias=champion").await;
    let version = &version["model_version"];
    assert_eq!(version["version"], "1");
    assert_eq!(version["status"], "READY");
    assert_eq!(version["current_stage"], "None");
    assert_eq!(version["aliases"], json!(["champion"]));
    assert!(
        version.get("run_id").is_none(),
        "absent fields are left out"
    );
    let latest = get("registered-models/alias?name=my%20model&alias=latest").await;
    assert_eq!(latest["model_version"]["version"], "2");
    let uri = get("model-versions/get-download-uri?name=my%20model&version=2").await;
    assert_eq!(uri["artifact_uri"], "mlflow-artifacts:/onnx_2");
    let filter = "tag.%60mlflow.prompt.is_prompt%60%20!%3D%20'true'";
    let found = get(&format!(
        "registered-models/search?filter={filter}&max_results=100"
    ))
    .await;
    assert_eq!(found["registered_models"][0]["name"], "my model");
    let found = get("model-versions/search?filter=name%20%3D%20'my%20model'&max_results=10000");
    let found = found.await;
    assert_eq!(found["model_versions"].as_array().unwrap().len(), 2);
    let body = json!({"name": "my model", "version": "2", "stage": "production"});
    let moved = call(&bench, "POST", "model-versions/transition-stage", body).await;
    assert_eq!(ok(&moved)["model_version"]["current_stage"], "Production");
    let body = json!({"name": "my model", "key": "never"});
    ok(&call(&bench, "DELETE", "registered-models/delete-tag", body).await);
}

#[tokio::test]
async fn refusals_are_mlflows() {
    let bench = registered().await;
    let code = |answer: Answer| {
        let code = answer.json()["error_code"].as_str().unwrap().to_owned();
        (answer.status.as_u16(), code)
    };
    let taken = json!({"name": "my model"});
    let taken = call(&bench, "POST", "registered-models/create", taken).await;
    assert!(taken.text().contains("already exists"), "{}", taken.text());
    assert_eq!(code(taken), (400, "RESOURCE_ALREADY_EXISTS".to_owned()));
    let invalid = (400, "INVALID_PARAMETER_VALUE".to_owned());
    for source in ["/etc/passwd", "mlflow-artifacts:/a/%2e%2e/b", "file:///etc"] {
        let body = json!({"name": "my model", "source": source});
        let refused = call(&bench, "POST", "model-versions/create", body).await;
        assert_eq!(code(refused), invalid, "{source}");
    }
    let get = async |path: &str| code(bench.get(&format!("{API}/{path}")).await);
    // Not a 404: its client relies on it.
    assert_eq!(
        get("registered-models/alias?name=my%20model&alias=no").await,
        invalid
    );
    let missing = (404, "RESOURCE_DOES_NOT_EXIST".to_owned());
    assert_eq!(get("registered-models/get?name=none").await, missing);
    assert_eq!(
        get("model-versions/get?name=my%20model&version=9").await,
        missing
    );
    assert_eq!(
        get("model-versions/get?name=my%20model&version=x").await,
        invalid
    );
    let body = json!({"name": "my model", "alias": "v3", "version": "1"});
    let reserved = call(&bench, "POST", "registered-models/alias", body).await;
    assert_eq!(code(reserved), invalid);
}

#[tokio::test]
async fn the_dashboard_sees_versions_history_and_who_serves() {
    let bench = registered().await;
    let promote = |version: &str, without: bool| json!({"version": version, "reason": "better", "without_validation": without});
    let path = format!("{OURS}/promote");
    let refused = bench.post(&path, &promote("v1", false)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    ok(&bench.post(&path, &promote("v1", true)).await);
    let second = ok(&bench.post(&path, &promote("v2", true)).await);
    assert_eq!(second["aliases"], json!(["champion"]));
    assert_eq!(second["artifact"]["verified"], true);
    let back = bench
        .post(&format!("{OURS}/rollback"), &json!({"reason": "worse"}))
        .await;
    assert_eq!(ok(&back)["version"], "v1");
    let shown = ok(&bench.get(OURS).await);
    assert_eq!(shown["versions"][0]["version"], "v2");
    let kinds: Vec<_> = shown["served"].as_array().unwrap().iter().collect();
    assert_eq!(kinds.len(), 3);
    assert_eq!(kinds[2]["kind"], "rolled_back");
    let serving = ok(&bench.get(&format!("{OURS}/serving")).await);
    assert_eq!(serving["version"], "v1");
    let list = ok(&bench.get("/api/v1/registry/models").await);
    assert_eq!(list["items"][0]["champion"], "v1");
    let history = ok(&bench.get(&format!("{OURS}/history")).await);
    assert_eq!(history["items"][0]["reason"], "worse");
    let diff = ok(&bench.get(&format!("{OURS}/diff?from=v1&to=v2")).await);
    assert_eq!(diff["lineage"][0]["name"], "artifact_sha256");
    let path = format!("{OURS}/versions/v2/approve");
    ok(&bench.post(&path, &json!({"reason": "seen"})).await);
    let twice = bench.post(&path, &json!({"reason": "seen"})).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    let new = json!({"source": "mlflow-artifacts:/onnx_1", "tags": {"a": "b"}});
    let made = bench
        .post("/api/v1/registry/models/other/versions", &new)
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let none = json!({"source": "mlflow-artifacts:/nothing_there"});
    let none = bench
        .post("/api/v1/registry/models/third/versions", &none)
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let third = bench.get("/api/v1/registry/models/third").await;
    assert_eq!(
        third.status,
        StatusCode::NOT_FOUND,
        "a refusal leaves no trace"
    );
}
