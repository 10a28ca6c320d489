//! Retraining with the real lake: what a policy would do, a suggestion, a data snapshot.

use crate::program::{Server, lines, row, shop};
use serde_json::{Value, json};

/// Rows a day.
const DAY: u32 = 24 * 60;

/// Ten days with labels known an hour later.
async fn send(server: &Server) {
    let rows: Vec<Value> = (0..10 * DAY).step_by(20).map(row).collect();
    let labels: Vec<Value> = rows
        .iter()
        .map(|row| {
            let at: jiff::Timestamp = row["timestamp"].as_str().unwrap().parse().unwrap();
            json!({
                "prediction_id": row["prediction_id"],
                "label": i32::from(row["score"].as_f64().unwrap() > 0.4),
                "label_timestamp": at + jiff::SignedDuration::from_hours(1),
            })
        })
        .collect();
    for (kind, rows) in [("predictions", rows), ("labels", labels)] {
        let path = format!("/api/v1/models/shop/{kind}");
        let body = lines(&rows);
        let sent = server.post(&path, "application/x-ndjson", body).await;
        assert_eq!(sent.unwrap().0, 200);
    }
    server.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suggestion_is_taken_and_its_data_are_written_across_a_kill() {
    let mut server = Server::start().await;
    let policy = json!({
        "kind": "retraining_policy", "model": "shop", "name": "weekly", "mode": "suggestion",
        "job": {"orchestrator": "nobody", "job": "train"},
        "data": {"holdout_days": 2},
        "guards": {"new_labelled_rows_min": 10},
        "triggers": [{"name": "often", "when": {"calendar": {"at": "06:00"}},
                      "start": "at_once"}],
    });
    let file = server.folder.path().join("policy.yaml");
    std::fs::write(file, policy.to_string()).unwrap();
    server.declare(&[shop(), policy]).await;
    send(&server).await;

    let told = server
        .client(&["policy", "dry-run", "policy.yaml", "--model", "shop"])
        .fine();
    assert!(told.out.contains("asked for"), "{}", told.out);
    assert!(told.out.contains("Cost: "), "{}", told.out);

    let path = "/api/v1/models/shop/retraining";
    let list = server
        .wait_for(path, |list| {
            list["items"].as_array().is_some_and(|all| !all.is_empty())
        })
        .await;
    let run = &list["items"][0];
    assert_eq!(run["state"], "requested", "{run}");
    assert_eq!(run["is_suggestion"], true);
    let id = run["id"].as_str().unwrap();
    let listed = server.client(&["retrain", "list", "shop"]).fine();
    assert!(listed.out.contains(id), "{}", listed.out);

    server.client(&["retrain", "approve", "shop", id]).fine();
    server.kill();
    server.again().await;
    // Nobody runs jobs here: its data are written, and it ends with the reason.
    let path = format!("{path}/{id}");
    let run = server.wait_for(&path, |run| run["is_over"] == true).await;
    assert_eq!(run["state"], "failed", "{run}");
    assert!(
        run["end_reason"].as_str().unwrap().contains("nobody"),
        "{run}"
    );
    let snapshot = run["snapshot"]["id"].as_str().unwrap();
    let folder = server.data_dir().join("snapshots").join(snapshot);
    let manifest = std::fs::read(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["sha256"], run["snapshot"]["sha256"]);
    // The first five hours: the two days after them are held out for the gate.
    assert_eq!(manifest["n_rows"], 15, "{manifest}");
    assert!(
        folder
            .join(manifest["files"][0]["name"].as_str().unwrap())
            .is_file()
    );
    let shown = server.client(&["retrain", "show", "shop", id]).fine();
    for word in ["failed", "labelled rows", "agreed: local"] {
        assert!(
            shown.out.contains(word),
            "`{word}` is not in: {}",
            shown.out
        );
    }
    let why = server.client(&["retrain", "decisions", "shop"]).fine();
    assert!(why.out.contains("suggested"), "{}", why.out);
    let asked = server.client(&["retrain", "shop", "--reason", "by hand"]);
    asked.refused(&["nobody"]);
}
