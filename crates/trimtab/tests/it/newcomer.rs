//! What the README tells a newcomer, with files of their own: from a data set to a drift map.

use crate::program::{Server, shared_data};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_ones_own_become_a_drift_map() {
    let Some(bank) = shared_data("bank") else {
        return;
    };
    let server = Server::start().await;
    let path = |name: &str| bank.join(name).display().to_string();
    let written = server
        .client(&["init", &path("bank_reference.parquet"), "--model", "bank"])
        .fine();
    assert!(written.out.contains("bank/model.yaml"), "{}", written.out);
    assert!(
        written.err.contains("timestamp: timestamp"),
        "{}",
        written.err
    );
    server
        .client(&["init", &path("bank_reference.parquet"), "--model", "bank"])
        .refused(&["there already", "--force"]);
    let applied = server.client(&["apply", "bank"]).fine();
    assert!(applied.out.contains("5,999 rows"), "{}", applied.out);
    let replayed = server
        .client(&[
            "replay",
            "bank",
            "--predictions",
            &path("bank_production.parquet"),
            "--labels",
            &path("bank_production_labels.parquet"),
            "--shadow",
            &path("bank_shadow_v2.parquet"),
        ])
        .fine();
    assert!(
        replayed.out.contains("39,346 rows stored"),
        "{}{}",
        replayed.out,
        replayed.err
    );
    server.settle().await;

    the_map_shows_the_fall_of_rates(&server).await;
    let summary = server.client(&["summary", "bank"]).fine();
    assert!(
        summary.out.contains("17,191 predictions"),
        "{}",
        summary.out
    );
}

async fn the_map_shows_the_fall_of_rates(server: &Server) {
    let range = "from=2008-10-01T00:00:00Z&to=2010-12-01T00:00:00Z";
    let path = format!("/api/v1/models/bank/drift?{range}");
    let map = server
        .wait_for(&path, |map| {
            let is_last_judged = |window: &Value| !window["decision"].is_null();
            map["windows"]
                .as_array()
                .and_then(|all| all.last())
                .is_some_and(is_last_judged)
                || judged(map) > 200
        })
        .await;
    let rate = map["columns"]
        .as_array()
        .unwrap()
        .iter()
        .find(|column| column["name"] == "euribor3m")
        .unwrap();
    let drifted = rate["cells"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|cell| cell["decision"] == json!("drift"))
        .count();
    assert!(
        drifted > 50,
        "the interest rate fell for two years: {drifted} days"
    );
}

fn judged(map: &Value) -> usize {
    map["windows"].as_array().map_or(0, |all| {
        all.iter()
            .filter(|window| !window["decision"].is_null())
            .count()
    })
}
