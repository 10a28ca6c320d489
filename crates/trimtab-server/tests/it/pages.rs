//! What pages show after a story: 31 reference days, then traffic that breaks on day 14.

use crate::world::{Bench, day_start, rows_a_day};
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use trimtab_testkit::samples::MODEL;

const N_DAYS: i64 = 24;
const BREAKS_AT: i64 = 14;

async fn story() -> Bench {
    Bench::new()
        .with_model()
        .await
        .with_story(N_DAYS, BREAKS_AT)
        .await
}

/// The same story for every test that only reads.
async fn read_only() -> &'static Bench {
    static STORY: OnceCell<Bench> = OnceCell::const_new();
    STORY.get_or_init(story).await
}

async fn page(bench: &Bench, path: &str) -> Value {
    let answer = bench.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.json()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[tokio::test]
async fn an_empty_server_says_what_to_do() {
    let fleet = page(&Bench::new(), "/api/v1/fleet").await;
    assert_eq!(fleet["facts"]["n_models"], 0);
    let plain = fleet["sentence"]["plain"].as_str().unwrap();
    assert!(plain.starts_with("No models yet."), "{plain}");
}

#[tokio::test]
async fn a_model_without_data_is_waited_for() {
    let bench = Bench::new().with_model().await;
    let fleet = page(&bench, "/api/v1/fleet").await;
    assert_eq!(fleet["models"][0]["status"], "no_data");
    assert_eq!(fleet["models"][0]["performance"], Value::Null);
    let base = format!("/api/v1/models/{MODEL}");
    for path in ["overview", "drift", "performance", "results", "signals"] {
        page(&bench, &format!("{base}/{path}")).await;
    }
    let model = page(&bench, &base).await;
    assert_eq!(model["references"][0]["n_rows"], 31 * rows_a_day());
    assert_eq!(model["references"][0]["is_default"], true);
    assert_eq!(model["data_from"], Value::Null);
    assert_eq!(model["monitors"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn the_fleet_ranks_what_needs_attention() {
    let bench = read_only().await;
    let fleet = page(bench, "/api/v1/fleet").await;
    let model = &fleet["models"][0];
    assert_eq!(model["model"], MODEL);
    assert!(matches!(
        model["status"].as_str(),
        Some("critical" | "warning")
    ));
    assert_eq!(model["health"].as_array().unwrap().len(), 30);
    assert_eq!(model["volume"].as_array().unwrap().len(), 48);
    assert!(model["drift"]["n_drifted"].as_u64().unwrap() >= 1);
    let performance = &model["performance"];
    assert_eq!(performance["metric"], "roc_auc");
    assert!(performance["change_from_reference"].as_f64().unwrap() < -0.1);
    let (lo, hi) = (
        performance["lo"].as_f64().unwrap(),
        performance["hi"].as_f64().unwrap(),
    );
    let value = performance["value"].as_f64().unwrap();
    assert!(lo < value && value < hi, "{performance}");
    assert!(!items(&fleet["attention"]).is_empty());
    let facts = &fleet["facts"];
    assert_eq!(facts["n_models"], 1);
    assert_eq!(facts["n_predictions_24h"], rows_a_day());
    assert_eq!(
        facts["checks_on_time"]["done"], facts["checks_on_time"]["due"],
        "{facts}"
    );
    let kinds: Vec<_> = items(&fleet["changes"])
        .iter()
        .map(|change| change["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"incident_opened"), "{kinds:?}");
    assert!(kinds.contains(&"reference_set"), "{kinds:?}");
    let plain = fleet["sentence"]["plain"].as_str().unwrap();
    assert!(plain.starts_with(MODEL), "{plain}");
}

#[tokio::test]
async fn the_overview_opens_on_the_data_and_says_so() {
    let bench = read_only().await;
    let overview = page(bench, &format!("/api/v1/models/{MODEL}/overview")).await;
    let range = &overview["range"];
    assert_eq!(range["is_default"], true);
    assert_eq!(range["reason"], "data_is_old");
    assert_eq!(range["to"], day_start(N_DAYS).to_string());
    assert_eq!(overview["facts"]["n_predictions"], N_DAYS * rows_a_day());
    assert_eq!(overview["facts"]["n_labels"], N_DAYS * rows_a_day());
    assert_eq!(
        overview["facts"]["inputs_checked"],
        json!({"done": 2, "total": 2})
    );
    let lanes = items(&overview["lanes"]);
    assert_eq!(lanes.len(), 5);
    for lane in lanes {
        assert_eq!(
            lane["cells"].as_array().unwrap().len(),
            30,
            "{}",
            lane["name"]
        );
    }
    assert_eq!(overview["top_columns"][0]["column"], "income");
    assert_eq!(
        overview["top_columns"][0]["drifting_since"],
        day_start(BREAKS_AT).to_string()
    );
    assert!(!items(&overview["annotations"]).is_empty());
}

#[tokio::test]
async fn the_drift_map_is_quiet_before_and_loud_after() {
    let bench = read_only().await;
    let from = day_start(0).to_string();
    let to = day_start(N_DAYS).to_string();
    let base = format!("/api/v1/models/{MODEL}/drift?from={from}&to={to}");
    let map = page(bench, &base).await;
    assert_eq!(map["windows"].as_array().unwrap().len(), 24);
    let income = items(&map["columns"])
        .iter()
        .find(|column| column["name"] == "income")
        .unwrap();
    let cells = items(&income["cells"]);
    assert_eq!(cells.len(), 24);
    let (before, after) = cells.split_at(usize::try_from(BREAKS_AT).unwrap());
    let n_false = before
        .iter()
        .filter(|cell| cell["decision"] == "drift")
        .count();
    assert!(n_false <= 2, "{before:?}");
    for cell in after {
        assert_eq!(cell["decision"], "drift", "{cell}");
        assert!(cell["v"].as_f64().unwrap() > 1.0, "{cell}");
    }
    assert_eq!(income["drifting_since"], day_start(BREAKS_AT).to_string());
    assert_eq!(map["reference"]["n_rows"], 31 * rows_a_day());
    let roles: Vec<_> = items(&map["columns"])
        .iter()
        .map(|column| column["role"].as_str().unwrap())
        .collect();
    assert!(roles[0] != "feature", "outputs first: {roles:?}");
    let plain = map["sentence"]["plain"].as_str().unwrap();
    assert!(plain.starts_with("1 of 2 inputs drifts"), "{plain}");
    for by in ["psi", "wasserstein", "jensen_shannon", "ks"] {
        let map = page(bench, &format!("{base}&by={by}")).await;
        assert_eq!(map["by"], by);
        let loud = &map["columns"]
            .as_array()
            .unwrap()
            .iter()
            .find(|column| column["name"] == "income")
            .unwrap()["cells"][20];
        assert!(loud["v"].as_f64().unwrap() > 1.0, "{by}: {loud}");
    }
}

#[tokio::test]
async fn a_cell_opens_with_both_distributions() {
    let bench = read_only().await;
    let base = format!("/api/v1/models/{MODEL}/drift/columns");
    let at = day_start(20);
    let numeric = page(bench, &format!("{base}/income?at={at}")).await;
    assert_eq!(numeric["decision"], "drift");
    assert_eq!(numeric["window"]["n_rows"], rows_a_day());
    let bins = items(&numeric["distribution"]["bins"]);
    assert!(bins.len() <= 40);
    for side in ["reference", "current"] {
        let total: f64 = bins.iter().map(|bin| bin[side].as_f64().unwrap()).sum();
        assert!((total - 1.0).abs() < 1e-9, "{side}: {total}");
    }
    let mean = &numeric["distribution"]["mean"];
    let moved = mean["current"].as_f64().unwrap() - mean["reference"].as_f64().unwrap();
    assert!((20.0..30.0).contains(&moved), "{moved}");
    assert_eq!(numeric["previous_window_start"], day_start(19).to_string());
    assert_eq!(numeric["next_window_start"], day_start(21).to_string());
    assert_eq!(numeric["history"]["points"].as_array().unwrap().len(), 21);

    let categorical = page(bench, &format!("{base}/region")).await;
    assert_eq!(categorical["distribution"]["kind"], "categorical");
    assert_eq!(
        categorical["distribution"]["bars"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(categorical["next_window_start"], Value::Null);
    let score = page(bench, &format!("{base}/score")).await;
    assert_eq!(score["semantic"], "numeric");
}

#[tokio::test]
async fn performance_falls_and_can_be_seen_as_known_then() {
    let bench = read_only().await;
    let (from, to) = (day_start(0), day_start(N_DAYS));
    let base = format!("/api/v1/models/{MODEL}/performance?from={from}&to={to}");
    let now = page(bench, &base).await;
    let points = items(&now["series"]["points"]);
    assert_eq!(points.len(), 24);
    assert!(points[3]["v"].as_f64().unwrap() > 0.75);
    assert!(points[20]["v"].as_f64().unwrap() < 0.65);
    assert_eq!(now["months"].as_array().unwrap().len(), 1);
    assert_eq!(now["months"][0]["n_labelled"], N_DAYS * rows_a_day());
    let confusion = &now["confusion"];
    let n: i64 = ["tp", "fp", "fn", "tn"]
        .iter()
        .map(|cell| confusion[*cell].as_i64().unwrap())
        .sum();
    assert_eq!(n, 24 * rows_a_day());
    assert!(
        items(&now["judgement"])
            .iter()
            .any(|one| one["decision"] == "breach")
    );
    assert!(now["slow"]["points"].as_array().unwrap().len() >= 20);
    assert_eq!(now["reference"]["n_windows"], 31);
    let usual = now["reference"]["value"].as_f64().unwrap();
    let drawn = now["series"]["reference_value"].as_f64().unwrap();
    assert!((usual - drawn).abs() < 1e-12, "{usual} {drawn}");

    let known_at = day_start(10);
    let then = page(bench, &format!("{base}&known_at={known_at}")).await;
    assert_eq!(then["known_at"], known_at.to_string());
    assert_eq!(then["series"]["points"][3]["v"], points[3]["v"]);
    assert_eq!(then["series"]["points"][20]["v"], Value::Null);
    let plain = then["sentence"]["plain"].as_str().unwrap();
    assert!(
        plain.starts_with("As known on 11 Apr 2013: AUC is 0."),
        "{plain}"
    );

    let weekly = page(bench, &format!("{base}&every=week&metric=brier")).await;
    assert_eq!(weekly["series"]["points"].as_array().unwrap().len(), 4);
    assert_eq!(weekly["series"]["good_direction"], "down");
}

#[tokio::test]
async fn incidents_are_read_taken_and_closed() {
    let bench = story().await;
    let list = page(&bench, "/api/v1/incidents").await;
    let first = &items(&list["items"])[0];
    let id = first["id"].as_str().unwrap();
    assert_eq!(first["link"], format!("/incidents/{id}"));
    let incident = page(&bench, &format!("/api/v1/incidents/{id}")).await;
    assert!(!items(&incident["evidence"]).is_empty(), "{incident}");
    assert!(!items(&incident["timeline"]).is_empty());
    assert!(incident["series"]["points"].as_array().unwrap().len() > 5);
    assert_eq!(incident["notifications"][0]["kind"], "firing");
    let number = incident["number"].as_u64().unwrap();
    let same = page(&bench, &format!("/api/v1/incidents/{number}")).await;
    assert_eq!(same["id"], id);

    let path = format!("/api/v1/incidents/{id}/acknowledge");
    let taken = bench.post(&path, &json!({ "note": "on it" })).await.json();
    assert_eq!(taken["state"], "acknowledged");
    assert_eq!(taken["acknowledged_by"], "local");
    let closed = bench
        .post(&format!("/api/v1/incidents/{id}/resolve"), &json!({}))
        .await
        .json();
    assert_eq!(closed["state"], "resolved");
    let all = page(&bench, "/api/v1/incidents?state=all&limit=1").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    assert!(all["counts"]["resolved"].as_u64().unwrap() >= 1);
    if let Some(cursor) = all["next"].as_str() {
        let more = page(
            &bench,
            &format!("/api/v1/incidents?state=all&cursor={cursor}"),
        )
        .await;
        assert!(more["items"][0]["number"].as_u64() < all["items"][0]["number"].as_u64());
    }
}

#[tokio::test]
async fn results_are_listed_and_made_again() {
    let bench = story().await;
    let base = format!("/api/v1/models/{MODEL}");
    let list = page(&bench, &format!("{base}/results?monitor=inputs&limit=5")).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 5);
    let next = list["next"].as_str().unwrap();
    let older = page(&bench, &format!("{base}/results?monitor=inputs&to={next}")).await;
    assert_eq!(older["items"].as_array().unwrap().len(), 19);

    let again = bench
        .post(
            &format!("{base}/monitors/inputs/results"),
            &json!({ "from": day_start(3), "to": day_start(5) }),
        )
        .await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text());
    let made = again.json();
    assert_eq!(made["items"].as_array().unwrap().len(), 2);
    assert_eq!(made["items"][0]["monitor"], "inputs");
    assert_eq!(made["items"][0]["detail"]["kind"], "drift");
}

#[tokio::test]
async fn the_original_plans_paths_answer() {
    let bench = story().await;
    let status = page(&bench, &format!("/monitoring/drift/{MODEL}")).await;
    let fields: Vec<_> = status.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        fields,
        [
            "model_id",
            "overall_drift_score",
            "data_drift",
            "model_drift",
            "concept_drift",
            "alerts",
            "last_checked"
        ]
    );
    assert_eq!(status["overall_drift_score"], 0.5);
    let all = page(&bench, "/monitoring/drift/status").await;
    assert_eq!(all["models"][0], status);
    let history = page(
        &bench,
        &format!("/monitoring/drift/history?model_id={MODEL}"),
    )
    .await;
    assert_eq!(history["history"].as_array().unwrap().len(), 2 * 24);
    let performance = page(&bench, &format!("/monitoring/performance/{MODEL}")).await;
    assert!(performance["metrics"]["roc_auc"].is_number());
    let alerts = page(&bench, "/monitoring/alerts").await;
    let id = alerts["alerts"][0]["alert_id"].as_str().unwrap();
    let taken = bench
        .post(&format!("/monitoring/alerts/{id}/acknowledge"), &json!({}))
        .await
        .json();
    assert_eq!(taken["acknowledged"], true);
    let checked = bench
        .post("/monitoring/drift/check", &json!({ "model_id": MODEL }))
        .await;
    assert_eq!(checked.status, StatusCode::OK, "{}", checked.text());
    assert_eq!(checked.json()["model_id"], MODEL);
}

#[tokio::test]
async fn documents_are_planned_applied_listed_and_deleted() {
    let bench = Bench::new().with_model().await;
    let list = page(
        &bench,
        &format!("/api/v1/documents?model={MODEL}&kind=monitor"),
    )
    .await;
    assert_eq!(list["items"].as_array().unwrap().len(), 5);
    let mut document = list["items"][0]["document"].clone();
    document["description"] = json!("said better");
    let body = json!({ "documents": [document] });
    let plan = bench
        .post("/api/v1/documents?dry_run=true", &body)
        .await
        .json();
    assert_eq!(plan["applied"], false);
    assert_eq!(plan["changes"][0]["action"], "update");
    assert_eq!(plan["changes"][0]["diff"][0]["after"], "said better");
    let applied = bench.post("/api/v1/documents", &body).await.json();
    assert_eq!(applied["applied"], true);
    let again = bench.post("/api/v1/documents", &body).await.json();
    assert_eq!(again["changes"][0]["action"], "unchanged");

    let delete = |path: String| {
        let request = crate::world::request("DELETE", &path)
            .body(axum::body::Body::empty())
            .unwrap();
        bench.send(request)
    };
    let gone = delete(format!("/api/v1/documents/rule/data-broken?model={MODEL}")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    let gone = delete(format!("/api/v1/models/{MODEL}")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    let models = page(&bench, "/api/v1/models").await;
    assert_eq!(models["items"], json!([]));
}
