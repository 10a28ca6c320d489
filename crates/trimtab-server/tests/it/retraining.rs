//! Retraining over HTTP: asked well and wrongly.

use crate::world::{Bench, day_start, request};
use axum::body::Body;
use axum::http::{StatusCode, header};
use jiff::SignedDuration;
use serde_json::{Value, json};
use trimtab_app::Permission;
use trimtab_domain::intake::{EventKind, IngestMode, MediaType};
use trimtab_testkit::samples::{self, Day, MODEL};

fn policy(more: &Value) -> Value {
    let mut policy = json!({
        "kind": "retraining_policy", "model": MODEL, "name": "usual",
        "job": {"orchestrator": "process", "job": "train"},
        "data": {"holdout_days": 2}
    });
    if let (Some(policy), Some(more)) = (policy.as_object_mut(), more.as_object()) {
        policy.extend(more.clone());
    }
    policy
}

/// A model with ten days of labelled traffic.
async fn bench(more: &Value) -> Bench {
    let bench = Bench::locked();
    let mut documents = samples::loans();
    documents.extend(samples::documents(json!([policy(more)])));
    bench.app.apply_documents(documents, "local").await.unwrap();
    let model = MODEL.parse().unwrap();
    for day in 0..10 {
        let of_day = Day {
            n_rows: 50,
            ..Day::default()
        };
        let seed = u64::try_from(day).unwrap();
        let rows = samples::day_rows(day_start(day), of_day, seed);
        let labels = samples::labels(&rows, SignedDuration::from_hours(3));
        for (kind, rows) in [
            (EventKind::Predictions, samples::predictions(&rows)),
            (EventKind::Labels, labels),
        ] {
            let body = samples::ndjson(&rows).into();
            let mode = IngestMode::AllOrNothing;
            let sent = bench
                .app
                .ingest(&model, kind, MediaType::Ndjson, body, mode);
            assert_eq!(sent.await.unwrap().n_rejected, 0);
        }
    }
    bench.app.catch_up().await.unwrap();
    bench
}

struct Person<'a> {
    bench: &'a Bench,
    secret: String,
}

impl<'a> Person<'a> {
    async fn named(bench: &'a Bench, person: Option<&str>) -> Self {
        let permissions = [Permission::Read, Permission::Edit];
        let made = bench
            .app
            .create_token_for(person, "cli", &permissions, None, "local")
            .await
            .unwrap();
        Self {
            bench,
            secret: made.secret,
        }
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let path = format!("/api/v1/models/{MODEL}/retraining{path}");
        let mut request =
            request(method, &path).header(header::AUTHORIZATION, format!("Bearer {}", self.secret));
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let answer = self.bench.send(request.body(body).unwrap()).await;
        (answer.status, answer.json())
    }
}

#[tokio::test]
async fn a_training_is_asked_for_agreed_to_listed_and_stopped() {
    let bench = bench(&json!({"guards": {"approvals": 1}})).await;
    let ann = Person::named(&bench, Some("ann")).await;
    let ben = Person::named(&bench, Some("ben")).await;
    let (status, problem) = ann.ask("POST", "", Some(json!({"reason": " "}))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let (status, run) = ann
        .ask("POST", "", Some(json!({"reason": "a new airport"})))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{run}");
    assert_eq!(run["state"], "requested");
    assert_eq!(run["cause"]["text"], "a new airport");
    let id = run["id"].as_str().unwrap().to_owned();
    let (status, _) = ann.ask("POST", &format!("/{id}/approve"), None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "never one's own");
    let note = Some(json!({"note": "fine"}));
    let (status, run) = ben.ask("POST", &format!("/{id}/approve"), note).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(run["state"], "approved");
    assert_eq!(run["approvals"][0]["person"], "ben");
    bench.app.advance_retrainings().await.unwrap();
    let (status, run) = ben.ask("GET", &format!("/{id}"), None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(run["state"], "submitted");
    assert_eq!(run["log"], format!("log of {id}\n"));
    assert_eq!(run["snapshot"]["n_rows"], 1_000);
    assert!(run["history"].as_array().unwrap().len() > 3);
    assert!(run.get("callback_hashes").is_none(), "secrets stay inside");
    let (_, list) = ben.ask("GET", "?open=true", None).await;
    assert_eq!(list["items"][0]["id"], id.as_str());
    let (status, run) = ben
        .ask(
            "POST",
            &format!("/{id}/cancel"),
            Some(json!({"reason": "wrong data"})),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(run["state"], "cancelling");
    bench.app.advance_retrainings().await.unwrap();
    let (_, list) = ben.ask("GET", "?open=true", None).await;
    assert_eq!(list["items"], json!([]));
    let again = Some(json!({"reason": "twice"}));
    let (status, _) = ben.ask("POST", &format!("/{id}/cancel"), again).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) = ben.ask("GET", "/ret_none", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = ben.ask("GET", "/none", None).await;
    assert!(status.is_client_error());
}

#[tokio::test]
async fn a_job_reports_with_its_own_token_only() {
    let bench = bench(&json!({})).await;
    let ann = Person::named(&bench, None).await;
    let (_, run) = ann
        .ask("POST", "", Some(json!({"reason": "by hand"})))
        .await;
    let id = run["id"].as_str().unwrap();
    bench.app.advance_retrainings().await.unwrap();
    let report = async |secret: Option<&str>, body: &str| {
        let mut request = request("POST", &format!("/api/v1/retraining/{id}/events"))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(secret) = secret {
            request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
        }
        let sent = request.body(Body::from(body.to_owned())).unwrap();
        bench.send(sent).await.status
    };
    let running = r#"{"status":"running"}"#;
    assert_eq!(report(None, running).await, StatusCode::UNAUTHORIZED);
    for wrong in ["x", ann.secret.as_str()] {
        assert_eq!(report(Some(wrong), running).await, StatusCode::FORBIDDEN);
    }
    let jobs = bench.orchestrator.started();
    let token = jobs[0].callback.clone().unwrap().token;
    assert_eq!(
        report(Some(&token), r#"{"status":"done"}"#).await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(report(Some(&token), running).await, StatusCode::NO_CONTENT);
    let done = r#"{"status":"succeeded","registered_version":3,
        "run_url":"http://x/#/experiments/1/runs/0123456789abcdef0123456789abcdef"}"#;
    assert_eq!(report(Some(&token), done).await, StatusCode::NO_CONTENT);
    let (_, run) = ann.ask("GET", &format!("/{id}"), None).await;
    assert_eq!(run["state"], "succeeded");
    assert_eq!(run["result"]["version"], "v3");
    assert_eq!(run["result"]["run_id"], "0123456789abcdef0123456789abcdef");
    assert_eq!(
        report(Some(&token), done).await,
        StatusCode::FORBIDDEN,
        "it ends with the job"
    );
}

#[tokio::test]
async fn decisions_and_dry_runs_say_why() {
    let bench = bench(&json!({"mode": "suggestion"})).await;
    let ann = Person::named(&bench, None).await;
    let (status, decisions) = ann.ask("GET", "/decisions", None).await;
    assert_eq!(status, StatusCode::OK);
    let first = &decisions["items"][0];
    assert_eq!(first["policy"], "usual");
    assert_eq!(first["triggers"].as_array().unwrap().len(), 4, "{first}");
    let mut asked = policy(&json!({
        "triggers": [{"name": "daily", "when": {"calendar": {"at": "06:00"}}}],
        "guards": {"cooldown_hours": 0, "same_cause_days": 0, "new_labelled_rows_min": 0,
                   "per_week_max": 3}
    }));
    asked.as_object_mut().unwrap().remove("kind");
    let (status, told) = ann
        .ask("POST", "/dry-run", Some(json!({"policy": asked})))
        .await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(told["cost"]["n_trainings"], 3, "{told}");
    assert_eq!(told["trainings"][0]["cause"]["trigger"], "daily");
    let guards: Vec<&Value> = told["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["outcome"] == "held")
        .flat_map(|one| one["guards"].as_array().unwrap())
        .filter(|guard| guard["holds_back"] == true)
        .collect();
    assert!(
        guards.iter().any(|guard| guard["guard"] == "budget"),
        "{guards:?}"
    );
    let (status, _) = ann
        .ask("POST", "/dry-run", Some(json!({"policy": {"name": "x"}})))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_sender_that_lets_time_stand_still_hears_what_is_under_way() {
    let bench = bench(&json!({})).await;
    let token = bench.token(&[Permission::Ingest]).await;
    let settled = async || {
        let request = request("POST", &format!("/api/v1/models/{MODEL}/settle"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = bench.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.json()["under_way"].as_array().unwrap().clone()
    };
    assert!(settled().await.is_empty());
    let ann = Person::named(&bench, Some("ann")).await;
    let asked = Some(json!({"reason": "a new airport"}));
    let (_, run) = ann.ask("POST", "", asked).await;
    let id = run["id"].as_str().unwrap();
    assert_eq!(settled().await, [json!(format!("{id} is approved"))]);
    let stopped = Some(json!({"reason": "an old airport"}));
    let (status, _) = ann.ask("POST", &format!("/{id}/cancel"), stopped).await;
    assert_eq!(status, StatusCode::OK);
    assert!(settled().await.is_empty());
}
