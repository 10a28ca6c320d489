//! A/B tests over HTTP.

use crate::world::Bench;
use axum::http::StatusCode;
use serde_json::{Value, json};
use trimtab_testkit::samples::MODEL;

fn base() -> String {
    format!("/api/v1/models/{MODEL}/ab-tests")
}

fn asked() -> Value {
    json!({"champion": "v1", "challenger": "v2", "challenger_share": 0.5,
           "since": "2013-04-01T00:00:00Z"})
}

#[tokio::test]
async fn a_test_is_begun_read_and_stopped() {
    let bench = Bench::new().with_model().await;
    let begun = bench.post(&base(), &asked()).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
    let test = begun.json();
    assert_eq!(test["state"], "running");
    assert_eq!(test["verdict"], "undecided");
    assert_eq!(test["primary_metric"], "brier");
    assert_eq!(test["challenger_share"], 0.5);
    assert_eq!(
        test["document"]["minimum_effect"],
        json!({"relative": 0.02})
    );
    let id = test["id"].as_str().unwrap();

    for list in [base(), "/api/v1/ab-tests".to_owned()] {
        let listed = bench.get(&list).await.json();
        assert_eq!(listed["items"][0]["id"], id, "{list}");
        assert_eq!(listed["items"][0]["look"], Value::Null);
    }
    let page = bench.get(&format!("{}/{id}", base())).await.json();
    assert_eq!(page["looks"], json!([]));
    assert_eq!(page["decision"], Value::Null);

    let stop = format!("{}/{id}/stop", base());
    let stopped = bench.post(&stop, &json!({"reason": "another first"})).await;
    assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.text());
    let stopped = stopped.json();
    assert_eq!(stopped["state"], "stopped");
    assert_eq!(stopped["decision"]["reason"], "another first");
    assert_eq!(stopped["decision"]["actor"], "local");
    let again = bench.post(&stop, &json!({"reason": "again"})).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_fits_no_test_is_refused() {
    let bench = Bench::new().with_model().await;
    let mut lopsided = asked();
    lopsided["challenger_share"] = json!(1.5);
    let mut same = asked();
    same["challenger"] = json!("v1");
    for body in [lopsided, same] {
        let answer = bench.post(&base(), &body).await;
        assert_eq!(answer.problem(), "invalid", "{body}");
    }
    let mut unknown = asked();
    unknown["test"] = json!("none");
    assert_eq!(bench.post(&base(), &unknown).await.problem(), "not_found");
    let elsewhere = "/api/v1/models/nobody/ab-tests";
    assert_eq!(bench.get(elsewhere).await.problem(), "not_found");
    for id in ["abt_9", "nonsense"] {
        let answer = bench.get(&format!("{}/{id}", base())).await;
        assert_eq!(answer.problem(), "not_found", "{id}");
    }
}

#[tokio::test]
async fn a_test_is_planned() {
    let bench = Bench::new();
    let path = "/api/v1/ab-tests/plan?champion=0.1&minimum_effect=0.02&units_per_day=500";
    let plan = bench.get(path).await;
    assert_eq!(plan.status, StatusCode::OK, "{}", plan.text());
    let plan = plan.json();
    assert_eq!(plan["n_fixed"], 7_677);
    assert!(plan["n_sequential_median"].as_u64().unwrap() < 7_000);
    assert!(plan["days_sequential_median"].as_f64().unwrap() < 14.0);
    let path = "/api/v1/ab-tests/plan?champion=20&minimum_effect=0.02";
    assert_eq!(bench.get(path).await.problem(), "invalid");
}
