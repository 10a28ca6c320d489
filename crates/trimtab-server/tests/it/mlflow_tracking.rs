//! Experiments, runs, logged models and artifacts as MLflow's client asks for them.

use crate::world::{Answer, Bench, request};
use axum::body::Body;
use axum::http::{StatusCode, header};
use futures::StreamExt;
use serde_json::{Value, json};
use trimtab_app::Permission;
use trimtab_server::ServerSettings;

const API: &str = "/api/2.0/mlflow";
const FILES: &str = "/api/2.0/mlflow-artifacts/artifacts";

async fn call(bench: &Bench, path: &str, body: Value) -> Value {
    let answer = bench.post(&format!("{API}/{path}"), &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.json()
}

async fn get(bench: &Bench, path: &str) -> Value {
    let answer = bench.get(&format!("{API}/{path}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.json()
}

/// The code and the message of a refusal.
async fn refused(bench: &Bench, path: &str, body: Value) -> (StatusCode, String, String) {
    let answer = bench.post(&format!("{API}/{path}"), &body).await;
    let said = answer.json();
    let word = |name: &str| said[name].as_str().unwrap().to_owned();
    (answer.status, word("error_code"), word("message"))
}

async fn run_of(bench: &Bench, experiment: &str, name: &str) -> String {
    let body = json!({ "experiment_id": experiment, "run_name": name, "start_time": 1_000 });
    let made = call(bench, "runs/create", body).await;
    made["run"]["info"]["run_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_run_comes_back_as_it_was_logged() {
    let bench = Bench::new();
    let made = call(&bench, "experiments/create", json!({ "name": "churn" })).await;
    let experiment = made["experiment_id"].as_str().unwrap();
    let by_name = get(&bench, "experiments/get-by-name?experiment_name=churn").await;
    assert_eq!(by_name["experiment"]["experiment_id"], experiment);
    assert_eq!(
        by_name["experiment"]["artifact_location"],
        format!("mlflow-artifacts:/{experiment}")
    );

    let run = run_of(&bench, experiment, "first").await;
    assert_eq!(run.len(), 32);
    let batch = json!({
        "runId": run,
        "metrics": [
            { "key": "auc", "value": 0.5, "timestamp": "10", "step": 0 },
            { "key": "auc", "value": 0.75, "timestamp": 20, "step": "1" },
            { "key": "loss", "value": "NaN", "timestamp": 20 },
            { "key": "gap", "value": "-Infinity", "timestamp": 20 },
        ],
        "params": [{ "key": "depth", "value": "4" }],
        "tags": [{ "key": "team", "value": "red" }],
    });
    for _ in 0..2 {
        // A repeated batch changes nothing.
        assert_eq!(
            call(&bench, "runs/log-batch", batch.clone()).await,
            json!({})
        );
    }
    let seen = get(
        &bench,
        &format!("runs/get?run_uuid={run}&run_id={run}&other=1"),
    )
    .await;
    let data = &seen["run"]["data"];
    assert_eq!(data["metrics"][0]["key"], "auc");
    assert_eq!(data["metrics"][0]["value"], 0.75);
    assert_eq!(data["metrics"][0]["step"], 1);
    assert_eq!(data["metrics"][1]["value"], "-Infinity");
    assert_eq!(data["metrics"][2]["value"], "NaN");
    assert_eq!(data["params"], json!([{ "key": "depth", "value": "4" }]));
    let history = get(
        &bench,
        &format!("metrics/get-history?run_id={run}&metric_key=auc"),
    )
    .await;
    assert_eq!(history["metrics"].as_array().unwrap().len(), 2);
    let unknown = get(
        &bench,
        &format!("metrics/get-history?run_id={run}&metric_key=no"),
    )
    .await;
    assert_eq!(unknown, json!({}));

    let end = json!({ "run_id": run, "status": "FINISHED", "end_time": 2_000, "run_name": "best" });
    let ended = call(&bench, "runs/update", end).await;
    assert_eq!(ended["run_info"]["status"], "FINISHED");
    let seen = get(&bench, &format!("runs/get?run_id={run}")).await;
    let tags = seen["run"]["data"]["tags"].to_string();
    assert!(
        tags.contains(r#"{"key":"mlflow.runName","value":"best"}"#),
        "{tags}"
    );
}

#[tokio::test]
async fn a_refused_batch_leaves_nothing_behind() {
    let bench = Bench::new();
    let run = run_of(&bench, "0", "a").await;
    let depth = |value: &str| json!([{ "key": "depth", "value": value }]);
    call(
        &bench,
        "runs/log-batch",
        json!({ "run_id": run, "params": depth("4") }),
    )
    .await;
    let changed = json!({
        "run_id": run, "params": depth("5"),
        "tags": [{ "key": "half", "value": "done" }],
        "metrics": [{ "key": "auc", "value": 1, "timestamp": 1 }],
    });
    let (status, code, message) = refused(&bench, "runs/log-batch", changed).await;
    assert_eq!(
        (status, code.as_str()),
        (StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE")
    );
    assert!(
        message.contains("Changing param values is not allowed"),
        "{message}"
    );
    let seen = get(&bench, &format!("runs/get?run_id={run}")).await;
    assert!(!seen.to_string().contains("half"), "{seen}");
    assert_eq!(seen["run"]["data"].get("metrics"), None);

    call(&bench, "runs/delete", json!({ "run_id": run })).await;
    let late = json!({ "run_id": run, "key": "a", "value": "b" });
    let (_, _, message) = refused(&bench, "runs/set-tag", late.clone()).await;
    assert!(
        message.contains("must be in the 'active' state"),
        "{message}"
    );
    call(&bench, "runs/restore", json!({ "run_id": run })).await;
    call(&bench, "runs/set-tag", late).await;
}

/// Posts each and checks code and message of the refusal.
async fn all_refused(bench: &Bench, cases: Vec<(&str, Value, &str, &str)>) {
    for (path, body, code, part) in cases {
        let (status, said, message) = refused(bench, path, body).await;
        let wanted = match code {
            "RESOURCE_DOES_NOT_EXIST" => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        assert_eq!((status, said.as_str()), (wanted, code), "{path}: {message}");
        assert!(message.contains(part), "{path}: {message}");
        assert!(!message.to_lowercase().contains("select "), "{message}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_in_mlflows_words() {
    const INVALID: &str = "INVALID_PARAMETER_VALUE";
    let bench = Bench::new();
    call(&bench, "experiments/create", json!({ "name": "taken" })).await;
    let run = run_of(&bench, "0", "a").await;
    let point = |key: &str, value: Value| json!({ "run_id": run, "key": key, "value": value, "timestamp": 1 });
    let create = "experiments/create";
    let log = "runs/log-metric";
    let many: Vec<Value> = (0..1_001)
        .map(|step| json!({ "key": "m", "value": 1, "timestamp": 1, "step": step }))
        .collect();
    let cases = vec![
        (
            create,
            json!({ "name": "taken" }),
            "RESOURCE_ALREADY_EXISTS",
            "taken",
        ),
        (
            create,
            json!({}),
            INVALID,
            "Missing value for required parameter 'name'",
        ),
        (
            "experiments/delete",
            json!({ "experiment_id": "77" }),
            "RESOURCE_DOES_NOT_EXIST",
            "No Experiment with id=77 exists",
        ),
        ("runs/create", json!({ "experiment_id": "x" }), INVALID, "x"),
        (
            log,
            json!({ "run_id": "no", "key": "m", "value": 1, "timestamp": 1 }),
            "RESOURCE_DOES_NOT_EXIST",
            "Run with id=no not found",
        ),
        (log, point("../m", json!(1)), INVALID, "../m"),
        (
            log,
            point(&"m".repeat(251), json!(1)),
            INVALID,
            "exceeds the maximum length of 250 characters",
        ),
        (
            log,
            point("m", json!("high")),
            INVALID,
            "Invalid value \"high\" for parameter 'value' supplied",
        ),
        (
            "runs/log-batch",
            json!({ "run_id": run, "metrics": many }),
            INVALID,
            "at most 1000 metrics",
        ),
        (
            "logged-models",
            json!({ "experiment_id": "0", "name": "a/b" }),
            INVALID,
            "Invalid model name",
        ),
    ];
    all_refused(&bench, cases).await;
    // What Python's own `json.dumps` makes of NaN is refused, not read as 0.
    let bare = format!(r#"{{"run_id": "{run}", "key": "m", "value": NaN, "timestamp": 1}}"#);
    let sent = request("POST", &format!("{API}/runs/log-metric"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(bare))
        .unwrap();
    assert_eq!(bench.send(sent).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_search_that_cannot_be_read_says_where() {
    let bench = Bench::new();
    let ask = |name: &str, value: Value| json!({ "experiment_ids": ["0"], name: value });
    let cases = [
        (
            "filter",
            json!("attributes.nope = 'a'"),
            "Invalid attribute key",
        ),
        (
            "filter",
            json!("metrics.a >"),
            "Invalid clause(s) in filter string",
        ),
        (
            "filter",
            json!("params.a = "),
            "Invalid clause(s) in filter string",
        ),
        ("max_results", json!(50_001), "max_results"),
        ("page_token", json!("zzz"), "token"),
    ];
    let cases = cases.map(|(name, value, part)| {
        (
            "runs/search",
            ask(name, value),
            "INVALID_PARAMETER_VALUE",
            part,
        )
    });
    all_refused(&bench, cases.to_vec()).await;
}

#[tokio::test]
async fn runs_are_found_page_by_page() {
    let bench = Bench::new();
    let mut runs = Vec::new();
    for at in 0..7 {
        let run = run_of(&bench, "0", &format!("r{at}")).await;
        let batch = json!({
            "run_id": run,
            "metrics": [{ "key": "auc", "value": 0.1 * f64::from(at), "timestamp": 1 }],
            "params": [{ "key": "kind", "value": if at % 2 == 0 { "even" } else { "odd" } }],
        });
        call(&bench, "runs/log-batch", batch).await;
        runs.push(run);
    }
    let names = |found: &Value| -> Vec<String> {
        found["runs"].as_array().map_or(Vec::new(), |runs| {
            let name = |run: &Value| run["info"]["run_name"].as_str().unwrap().to_owned();
            runs.iter().map(name).collect()
        })
    };
    let ask = |filter: &str, token: Option<&str>| {
        json!({
            "experiment_ids": ["0"], "filter": filter, "max_results": 2,
            "order_by": ["metrics.auc DESC"], "page_token": token,
        })
    };
    let mut seen = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let found = call(&bench, "runs/search", ask("", token.as_deref())).await;
        seen.extend(names(&found));
        token = found["next_page_token"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]);
    for (filter, wanted) in [
        (
            "metrics.auc > 0.35 AND params.kind = 'even'",
            vec!["r6", "r4"],
        ),
        ("params.kind = 'odd' and metrics.auc < 0.2", vec!["r1"]),
        ("(run_name = 'r0' OR run_name = 'r3')", vec!["r3", "r0"]),
        ("NOT params.kind = 'even' and metrics.auc > 0.4", vec!["r5"]),
        ("run_name LIKE 'R%'", vec![]),
    ] {
        let found = call(&bench, "runs/search", ask(filter, None)).await;
        assert_eq!(names(&found), wanted, "{filter}");
    }
    call(&bench, "runs/delete", json!({ "run_id": runs[6] })).await;
    let deleted = json!({ "experiment_ids": ["0"], "run_view_type": "DELETED_ONLY" });
    assert_eq!(names(&call(&bench, "runs/search", deleted).await), ["r6"]);
}

async fn put(bench: &Bench, path: &str, body: Body) -> Answer {
    let sent = request("PUT", &format!("{FILES}/{path}"));
    bench.send(sent.body(body).unwrap()).await
}

#[tokio::test]
async fn artifacts_come_back_and_go() {
    let bench = Bench::new();
    let run = run_of(&bench, "0", "a").await;
    let root = format!("0/{run}/artifacts");
    let text = "x,y\n1,2\n";
    let stored = put(&bench, &format!("{root}/data/a%20b.csv"), Body::from(text)).await;
    assert_eq!(
        (stored.status, stored.text().as_str()),
        (StatusCode::OK, "")
    );
    put(
        &bench,
        &format!("{root}/MLmodel"),
        Body::from("flavors: {}"),
    )
    .await;

    let listed = get(&bench, &format!("artifacts/list?run_id={run}")).await;
    assert_eq!(
        listed["files"],
        json!([{ "path": "MLmodel", "is_dir": false, "file_size": 11 },
               { "path": "data", "is_dir": true }])
    );
    let below = get(&bench, &format!("artifacts/list?run_id={run}&path=data")).await;
    assert_eq!(below["files"][0]["path"], "data/a b.csv");
    let based = bench.get(&format!("{FILES}?path={root}/data")).await;
    assert_eq!(based.json()["files"][0]["path"], "a b.csv");

    let back = bench.get(&format!("{FILES}/{root}/data/a%20b.csv")).await;
    assert_eq!(back.text(), text);
    assert_eq!(back.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(
        back.header(header::CONTENT_DISPOSITION)
            .starts_with("attachment")
    );

    let gone = request("DELETE", &format!("{FILES}/{root}/data"));
    assert_eq!(
        bench.send(gone.body(Body::empty()).unwrap()).await.status,
        StatusCode::OK
    );
    let back = bench.get(&format!("{FILES}/{root}/data/a%20b.csv")).await;
    assert_eq!(back.status, StatusCode::NOT_FOUND);
    assert_eq!(back.json()["error_code"], "RESOURCE_DOES_NOT_EXIST");
}

#[tokio::test]
async fn refused_artifacts_leave_no_trace() {
    let bench = Bench::new();
    let root = "0/run/artifacts";
    for path in [
        "..",
        "a/../b",
        "%2e%2e/a",
        "a/%2E%2E/b",
        "a/%252e%252e/b",
        "a%5C..%5Cb",
    ] {
        let refused = put(&bench, path, Body::from("x")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(
            refused.text().contains("Invalid path"),
            "{path}: {}",
            refused.text()
        );
    }
    let pieces = futures::stream::iter([Ok("half"), Err(std::io::Error::other("gone"))]);
    let broken = put(
        &bench,
        &format!("{root}/half"),
        Body::from_stream(pieces.boxed()),
    )
    .await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        bench.get(&format!("{FILES}/{root}/half")).await.status,
        StatusCode::NOT_FOUND
    );

    let multipart = bench
        .post("/api/2.0/mlflow-artifacts/mpu/create/a", &json!({}))
        .await;
    assert_eq!(multipart.status, StatusCode::NOT_IMPLEMENTED);
    let message = multipart.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Multipart upload is not supported for the current artifact"));
}

#[tokio::test]
async fn logged_models_carry_what_was_measured_on_them() {
    let bench = Bench::new();
    let run = run_of(&bench, "0", "a").await;
    let new = json!({
        "experiment_id": "0", "name": "churn", "model_type": "sklearn", "source_run_id": run,
        "params": [{ "key": "depth", "value": "4" }], "tags": [{ "key": "t", "value": "1" }],
    });
    let made = call(&bench, "logged-models", new).await;
    let id = made["model"]["info"]["model_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(id.starts_with("m-") && id.len() == 34, "{id}");
    assert_eq!(made["model"]["info"]["status"], "LOGGED_MODEL_PENDING");

    let ready = request("PATCH", &format!("{API}/logged-models/{id}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"status": "LOGGED_MODEL_READY"}"#))
        .unwrap();
    assert_eq!(
        bench.send(ready).await.json()["model"]["info"]["status"],
        "LOGGED_MODEL_READY"
    );
    let measured = json!({
        "run_id": run, "key": "auc", "value": 0.9, "timestamp": 5, "model_id": id,
        "dataset_name": "may", "dataset_digest": "d1",
    });
    call(&bench, "runs/log-metric", measured).await;
    call(
        &bench,
        "runs/outputs",
        json!({ "run_id": run, "models": [{ "model_id": id, "step": "0" }] }),
    )
    .await;
    let seen = get(&bench, &format!("logged-models/{id}")).await;
    let metric = &seen["model"]["data"]["metrics"][0];
    assert_eq!(
        (&metric["value"], &metric["dataset_name"]),
        (&json!(0.9), &json!("may"))
    );
    let outputs = &get(&bench, &format!("runs/get?run_id={run}")).await["run"]["outputs"];
    assert_eq!(outputs["model_outputs"][0]["model_id"], id);

    let ask = |filter: &str| {
        json!({
            "experiment_ids": ["0"], "filter": filter,
            "order_by": [{ "field_name": "metrics.auc", "ascending": false, "dataset_name": "may" }],
        })
    };
    for (filter, n) in [
        ("metrics.auc > 0.8", 1),
        ("params.depth = '5'", 0),
        ("name = 'churn'", 1),
    ] {
        let found = call(&bench, "logged-models/search", ask(filter)).await;
        assert_eq!(
            found["models"].as_array().map_or(0, Vec::len),
            n,
            "{filter}"
        );
    }
    let gone = request("DELETE", &format!("{API}/logged-models/{id}"));
    assert_eq!(
        bench.send(gone.body(Body::empty()).unwrap()).await.status,
        StatusCode::OK
    );
    let missing = bench.get(&format!("{API}/logged-models/{id}")).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_deleted_can_be_removed_for_good() {
    let bench = Bench::new();
    let made = call(&bench, "experiments/create", json!({ "name": "old" })).await;
    let run = run_of(&bench, made["experiment_id"].as_str().unwrap(), "a").await;
    let root = format!(
        "{}/{run}/artifacts",
        made["experiment_id"].as_str().unwrap()
    );
    put(&bench, &format!("{root}/a.txt"), Body::from("a")).await;
    call(&bench, "experiments/delete", made.clone()).await;
    let (_, code, _) = refused(&bench, "experiments/create", json!({ "name": "old" })).await;
    assert_eq!(code, "RESOURCE_ALREADY_EXISTS");
    let purged = call(&bench, "experiments/purge", json!({})).await;
    let wanted = json!({ "n_experiments": 1, "n_runs": 1, "n_logged_models": 0, "n_files": 1 });
    assert_eq!(purged, wanted);
    let gone = bench.get(&format!("{API}/runs/get?run_id={run}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    // The name is free again.
    let again = call(&bench, "experiments/create", json!({ "name": "old" })).await;
    assert_ne!(again, made);
}

#[tokio::test]
async fn who_may_log_may_not_delete() {
    let bench = Bench::locked();
    let job = bench.token(&[Permission::Ingest, Permission::Read]).await;
    let ask = |method: &str, path: &str, body: &'static str| {
        let sent = request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {job}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body));
        bench.send(sent.unwrap())
    };
    let made = ask(
        "POST",
        &format!("{API}/logged-models"),
        r#"{"experiment_id": "0"}"#,
    )
    .await;
    let id = made.json()["model"]["info"]["model_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let model = format!("{API}/logged-models/{id}");
    for (method, path, body, status) in [
        (
            "PATCH",
            model.as_str(),
            r#"{"status": "LOGGED_MODEL_READY"}"#,
            StatusCode::OK,
        ),
        ("GET", &model, "", StatusCode::OK),
        ("DELETE", &model, "", StatusCode::FORBIDDEN),
        ("PUT", &format!("{FILES}/0/a.txt"), "a", StatusCode::OK),
        ("GET", &format!("{FILES}/0/a.txt"), "", StatusCode::OK),
        (
            "DELETE",
            &format!("{FILES}/0/a.txt"),
            "",
            StatusCode::FORBIDDEN,
        ),
        (
            "POST",
            &format!("{API}/experiments/purge"),
            "{}",
            StatusCode::FORBIDDEN,
        ),
    ] {
        assert_eq!(
            ask(method, path, body).await.status,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn large_requests_wait_for_memory_and_larger_ones_are_refused() {
    let bench = Bench::with(ServerSettings {
        body_bytes_max: 100_000,
        ..ServerSettings::default()
    });
    let run = run_of(&bench, "0", "large").await;
    // Each takes all the memory there is while it is read and written.
    let batches = (0..6).map(|batch| {
        let points: Vec<Value> = (0..1_000)
            .map(|step| json!({ "key": "m", "value": 1, "timestamp": batch, "step": step }))
            .collect();
        call(
            &bench,
            "runs/log-batch",
            json!({ "run_id": run, "metrics": points }),
        )
    });
    futures::future::join_all(batches).await;
    let history = format!("metrics/get-history?run_id={run}&metric_key=m");
    let history = get(&bench, &history).await;
    assert_eq!(history["metrics"].as_array().unwrap().len(), 6_000);
    let tag = json!({ "run_id": run, "key": "long", "value": "x".repeat(100_000) });
    let (status, code, _) = refused(&bench, "runs/set-tag", tag).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{code}");
}
