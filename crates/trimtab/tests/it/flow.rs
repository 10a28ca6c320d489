//! Documents in, rows in, results out.

use crate::program::{Server, lines, row, shop};
use serde_json::{Value, json};

/// Rows a day.
const DAY: u32 = 24 * 60;

fn documents() -> Vec<Value> {
    vec![
        json!({"kind": "monitor", "model": "shop", "name": "inputs",
               "monitors": {"data_drift": {}}}),
        json!({"kind": "monitor", "model": "shop", "name": "auc",
               "monitors": {"performance": {"metric": "roc_auc", "over_windows": [2]}}}),
        json!({"kind": "rule", "model": "shop", "name": "inputs-drifted",
               "when": {"monitor": {"monitor": "inputs"}}}),
    ]
}

fn write_documents(server: &Server) {
    let folder = server.folder.path();
    let reference: Vec<Value> = (0..14 * DAY)
        .step_by(3)
        .map(|n| {
            let mut reference = row(n);
            reference["label"] = json!(i32::from(reference["score"].as_f64().unwrap() > 0.4));
            reference
        })
        .collect();
    std::fs::write(folder.join("reference.ndjson"), lines(&reference)).unwrap();
    let yaml = "kind: reference\nmodel: shop\nname: first\ndata: {file: reference.ndjson}\n";
    std::fs::write(folder.join("reference.yaml"), yaml).unwrap();
    let mut all = vec![shop()];
    all.extend(documents());
    // JSON is YAML.
    let text: Vec<String> = all.iter().map(Value::to_string).collect();
    std::fs::write(folder.join("shop.yaml"), text.join("\n---\n")).unwrap();
}

/// Two quiet days, then three on which prices are three times as high.
fn traffic() -> (Vec<Value>, Vec<Value>) {
    let mut predictions = Vec::new();
    let mut labels = Vec::new();
    for n in (14 * DAY..19 * DAY).step_by(3) {
        let mut prediction = row(n);
        if n >= 16 * DAY {
            prediction["price"] = json!(prediction["price"].as_f64().unwrap() * 3.0);
        }
        labels.push(json!({
            "prediction_id": prediction["prediction_id"],
            "label": i32::from(prediction["score"].as_f64().unwrap() > 0.4),
            "label_timestamp": prediction["timestamp"],
        }));
        predictions.push(prediction);
    }
    (predictions, labels)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_become_results_an_incident_and_a_report() {
    let mut server = Server::start().await;
    write_documents(&server);
    documents_are_planned_and_applied(&server).await;
    the_log_is_sent_once(&server);
    days_are_judged(&server).await;
    findings_are_told(&server);
    documents_come_back(&server);

    let delete = |confirm| server.client(&["model", "delete", "shop", "--confirm", confirm]);
    delete("shp").refused(&["not the model's name"]);
    delete("shop").fine();
    let summary = server.client(&["summary", "shop"]);
    summary.refused(&["no model `shop`"]);
    assert_eq!(server.stop(), Some(0), "SIGTERM ends it gracefully");
}

async fn documents_are_planned_and_applied(server: &Server) {
    let plan = server
        .client(&["plan", "shop.yaml", "reference.yaml"])
        .fine();
    assert!(
        plan.out.contains("5 documents would change"),
        "{}",
        plan.out
    );
    let models = server.get("/api/v1/models").await;
    assert_eq!(models["items"], json!([]), "a plan changes nothing");
    let lost = "kind: rule\nmodel: shop\nname: lost\nwhen:\n  monitor: {monitor: nothing}\n";
    std::fs::write(server.folder.path().join("lost.yaml"), lost).unwrap();
    let refused = server.client(&["apply", "shop.yaml", "lost.yaml"]);
    refused.refused(&["lost.yaml:1: ", "nothing"]);
    assert_eq!(server.get("/api/v1/models").await["items"], json!([]));
    let applied = server
        .client(&["apply", "shop.yaml", "reference.yaml"])
        .fine();
    assert!(
        applied.out.contains("6,720 rows in 336 windows"),
        "{}",
        applied.out
    );
    let again = server
        .client(&["plan", "shop.yaml", "reference.yaml"])
        .fine();
    assert!(again.out.contains("Nothing to change."), "{}", again.out);
}

fn the_log_is_sent_once(server: &Server) {
    let (predictions, labels) = traffic();
    std::fs::write(server.folder.path().join("p.ndjson"), lines(&predictions)).unwrap();
    std::fs::write(server.folder.path().join("l.ndjson"), lines(&labels)).unwrap();
    let files = [
        "replay",
        "shop",
        "--predictions",
        "p.ndjson",
        "--labels",
        "l.ndjson",
    ];
    let replayed = server.client(&files).fine();
    assert!(
        replayed.out.contains("4,800 rows stored"),
        "{}",
        replayed.out
    );
    let again = server.client(&files).fine();
    assert!(
        again.out.contains("4,800 were there already"),
        "{}",
        again.out
    );
}

async fn days_are_judged(server: &Server) {
    let range = "from=2026-03-15T00:00:00Z&to=2026-03-20T00:00:00Z";
    let path = format!("/api/v1/models/shop/results?monitor=inputs&{range}");
    let is_judged = |answer: &Value| answer["items"].as_array().is_some_and(|all| all.len() == 5);
    let results = server.wait_for(&path, is_judged).await;
    let word = |result: &Value, name: &str| result[name].as_str().unwrap().to_owned();
    let mut decisions: Vec<(String, String)> = results["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| (word(result, "window_start"), word(result, "decision")))
        .collect();
    decisions.sort();
    let words: Vec<&str> = decisions.iter().map(|(_, word)| word.as_str()).collect();
    assert_eq!(words, ["ok", "ok", "drift", "drift", "drift"]);
    let is_open = |answer: &Value| answer["items"].as_array().is_some_and(|all| all.len() == 1);
    let incidents = server
        .wait_for("/api/v1/incidents?model=shop", is_open)
        .await;
    assert_eq!(incidents["items"][0]["columns"], json!(["price"]));
}

fn findings_are_told(server: &Server) {
    let summary = server.client(&["summary", "shop"]).fine();
    assert!(summary.out.contains("price moved most"), "{}", summary.out);
    let report = server.client(&["report", "shop", "-o", "shop.html"]).fine();
    assert!(report.out.contains("shop.html"), "{}", report.out);
    let html = std::fs::read_to_string(server.folder.path().join("shop.html")).unwrap();
    assert!(html.contains("price") && html.contains("<svg"));
}

fn documents_come_back(server: &Server) {
    let exported = server.client(&["export", "-o", "out"]).fine();
    assert!(
        exported.out.contains("shop.monitors.yaml"),
        "{}",
        exported.out
    );
    // The reference names a file beside its document, which is not beside the export.
    let folder = server.folder.path();
    std::fs::copy(
        folder.join("reference.ndjson"),
        folder.join("out/reference.ndjson"),
    )
    .unwrap();
    let same = server.client(&["plan", "out"]).fine();
    assert!(same.out.contains("Nothing to change."), "{}", same.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_survives_a_restart() {
    let mut server = Server::start().await;
    server.declare(&[shop()]).await;
    let rows: Vec<Value> = (0..500).map(row).collect();
    let path = "/api/v1/models/shop/predictions";
    let (status, receipt) = server
        .post(path, "application/x-ndjson", lines(&rows))
        .await
        .unwrap();
    assert_eq!(
        (status, &receipt["accepted"]),
        (200, &json!(500)),
        "{receipt}"
    );
    assert_eq!(server.stop(), Some(0));
    server.again().await;
    server.settle().await;
    let page = server.get("/api/v1/models/shop").await;
    assert_eq!(page["versions"][0]["n_predictions"], json!(500), "{page}");
    let (_, receipt) = server
        .post(path, "application/x-ndjson", lines(&rows))
        .await
        .unwrap();
    assert_eq!(receipt["duplicates"], json!(500));
}
