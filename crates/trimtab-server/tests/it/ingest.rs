//! Rows come in.

use crate::world::{Bench, day_start, rows_a_day};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use trimtab_server::ServerSettings;
use trimtab_testkit::samples::{self, Day, MODEL};

fn path(what: &str) -> String {
    format!("/api/v1/models/{MODEL}/{what}")
}

#[tokio::test]
async fn a_batch_sent_again_counts_once() {
    let bench = Bench::new().with_model().await;
    let rows = samples::day_rows(day_start(0), Day::default(), 1);
    let rows = samples::predictions(&rows);
    let first = bench.post_ndjson(&path("predictions"), &rows).await.json();
    assert_eq!(first["accepted"], rows_a_day());
    assert_eq!(first["duplicates"], 0);
    assert_eq!(first["durable"], true);
    assert!(first["position"].as_str().unwrap().contains(':'));
    let again = bench.post_ndjson(&path("predictions"), &rows).await.json();
    assert_eq!(again["accepted"], 0);
    assert_eq!(again["duplicates"], rows_a_day());
}

#[tokio::test]
async fn wrong_rows_refuse_the_batch_or_are_reported() {
    let bench = Bench::new().with_model().await;
    let rows = samples::day_rows(day_start(0), Day::default(), 1);
    let mut rows = samples::predictions(&rows[..10]);
    rows[3].insert("income".to_owned(), json!("a lot"));
    let refused = bench.post_ndjson(&path("predictions"), &rows).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.problem(), "invalid");
    let errors = refused.json()["errors"].clone();
    assert_eq!(errors[0]["row"], 3);
    assert_eq!(errors[0]["field"], "income");
    assert!(!errors[0]["fix"].as_str().unwrap().is_empty());

    let kept = bench
        .post_ndjson(&path("predictions?mode=accept_valid"), &rows)
        .await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text());
    assert_eq!(kept.json()["accepted"], 9);
    assert_eq!(kept.json()["n_rejected"], 1);
    assert_eq!(kept.json()["rejected"][0]["code"], "wrong_type");
}

#[tokio::test]
async fn many_large_batches_at_once_wait_for_memory_and_all_come_in() {
    let bench = Bench::with(ServerSettings {
        body_bytes_max: 100_000,
        ..ServerSettings::default()
    })
    .with_small_model("m")
    .await;
    let batches = (0..12).map(|batch| {
        let rows: Vec<Value> = (0..1_000)
            .map(|row| {
                json!({
                    "prediction_id": format!("{batch}-{row}"),
                    "timestamp": "2013-04-01T00:00:00Z",
                    "x": row
                })
            })
            .collect();
        let bench = &bench;
        async move {
            bench
                .post("/api/v1/models/m/predictions", &Value::from(rows))
                .await
        }
    });
    for answer in futures::future::join_all(batches).await {
        assert_eq!(answer.json()["accepted"], 1_000, "{}", answer.text());
    }
}

#[tokio::test]
async fn the_same_id_with_other_content_is_a_conflict() {
    let bench = Bench::new().with_model().await;
    let rows = samples::day_rows(day_start(0), Day::default(), 1);
    let mut rows = samples::predictions(&rows[..5]);
    bench.post_ndjson(&path("predictions"), &rows).await;
    rows[0].insert("score".to_owned(), json!(0.123));
    let conflict = bench.post_ndjson(&path("predictions"), &rows[..1]).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    assert_eq!(conflict.problem(), "conflict");
}

#[tokio::test]
async fn labels_and_metric_points_come_in_too() {
    let bench = Bench::new().with_model().await;
    let rows = samples::day_rows(day_start(0), Day::default(), 1);
    bench
        .post_ndjson(&path("predictions"), &samples::predictions(&rows))
        .await;
    let labels = samples::labels(&rows, SignedDuration::from_hours(1));
    let labelled = bench.post_ndjson(&path("labels"), &labels).await;
    assert_eq!(
        labelled.json()["accepted"],
        rows_a_day(),
        "{}",
        labelled.text()
    );
    let point = json!([{
        "name": "revenue", "value": 12.5, "timestamp": "2013-04-01T10:00:00Z",
        "labels": { "shop": "north" }
    }]);
    let measured = bench.post(&path("metrics"), &point).await;
    assert_eq!(measured.json()["accepted"], 1, "{}", measured.text());
    bench.app.catch_up().await.unwrap();
    let signals = bench.get(&path("signals?name=metric.revenue")).await.json();
    let items = signals["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{signals}");
    assert_eq!(items[0]["labels"]["shop"], "north");
    assert_eq!(items[0]["points"][0]["value"], 12.5);
    assert_eq!(items[0]["points"][0]["kind"], Value::from("measured"));
}
