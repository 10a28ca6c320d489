//! `OpenFeature`'s remote evaluation protocol, and rollouts over HTTP.

use crate::serving::validated;
use crate::world::{Bench, request};
use axum::body::Body;
use axum::http::header;
use serde_json::{Value, json};
use trimtab_app::Permission;
use trimtab_testkit::samples::MODEL;

const FLAG: &str = "/ofrep/v1/evaluate/flags/route.loans";

async fn serving() -> Bench {
    let bench = Bench::new().with_model().await;
    bench.serve(2, 3).await;
    bench
}

fn context(key: &str) -> Value {
    json!({ "context": { "targetingKey": key, "country": "FR" } })
}

/// Policy whose first step is a canary of a third.
async fn canary(bench: &Bench) {
    let policy = json!({ "documents": [{
        "kind": "rollout_policy", "model": MODEL, "name": "default",
        "steps": [{ "stage": "canary", "share_percent": 33.3 }, { "stage": "full", "approval": true }]
    }]});
    let applied = bench.post("/api/v1/documents", &policy).await;
    assert_eq!(applied.status, 200, "{}", applied.text());
    let started = bench
        .post(
            &format!("/api/v1/models/{MODEL}/rollouts"),
            &json!({ "candidate": "v3", "validation": validated(bench, "v3").await, "reason": "autumn" }),
        )
        .await;
    assert_eq!(started.status, 201, "{}", started.text());
    assert_eq!(started.json()["share_percent"], 33.3);
}

#[tokio::test]
async fn without_a_rollout_everybody_gets_the_champion() {
    let bench = serving().await;
    let answer = bench.post(FLAG, &context("u-1")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "key": "route.loans", "value": "v2", "variant": "champion", "reason": "STATIC",
            "metadata": { "model": "loans" }
        })
    );
}

#[tokio::test]
async fn a_split_is_the_same_every_time_and_counted_once_a_key() {
    let bench = serving().await;
    canary(&bench).await;
    let mut n_challenger = 0;
    for i in 0..300 {
        let key = format!("user-{i}");
        let first = bench.post(FLAG, &context(&key)).await.json();
        let again = bench.post(FLAG, &context(&key)).await.json();
        assert_eq!(first, again);
        assert_eq!(first["reason"], "SPLIT");
        assert_eq!(first["metadata"]["stage"], "canary");
        n_challenger += u32::from(first["variant"] == "challenger");
        let version = if first["variant"] == "challenger" {
            "v3"
        } else {
            "v2"
        };
        assert_eq!(first["value"], version);
    }
    assert!((75..125).contains(&n_challenger), "{n_challenger}");
    bench.app.flush_exposures().await.unwrap();
    let (n_evaluations, n_keys) = bench.exposures().await;
    assert_eq!((n_evaluations, n_keys), (600, 300));
}

#[tokio::test]
async fn who_has_no_key_gets_the_default_and_is_no_exposure() {
    let bench = serving().await;
    canary(&bench).await;
    for body in [
        json!({}),
        json!({ "context": null }),
        json!({ "context": {} }),
        json!({ "context": { "targetingKey": null } }),
        json!({ "context": { "targetingKey": "" } }),
    ] {
        let answer = bench.post(FLAG, &body).await;
        assert_eq!(answer.status, 200, "{body}");
        let answer = answer.json();
        assert_eq!(
            (&answer["value"], &answer["variant"], &answer["reason"]),
            (&json!("v2"), &json!("champion"), &json!("DEFAULT")),
            "{body}"
        );
    }
    bench.app.flush_exposures().await.unwrap();
    assert_eq!(bench.exposures().await, (0, 0));
}

#[tokio::test]
async fn refusals_have_the_protocols_form() {
    let bench = serving().await;
    let send = async |path: &str, body: &str| {
        let sent = request("POST", path)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let answer = bench.send(sent).await;
        (answer.status.as_u16(), answer.json())
    };
    for (path, body, status, code) in [
        (
            "/ofrep/v1/evaluate/flags/route.nothing",
            "{}",
            404,
            "FLAG_NOT_FOUND",
        ),
        (FLAG, "{", 400, "PARSE_ERROR"),
        (FLAG, "[]", 400, "PARSE_ERROR"),
        (FLAG, "{\"context\": 7}", 400, "INVALID_CONTEXT"),
        (
            FLAG,
            "{\"context\": {\"targetingKey\": 7}}",
            400,
            "INVALID_CONTEXT",
        ),
        (
            "/ofrep/v1/evaluate/flags",
            "{\"context\": []}",
            400,
            "INVALID_CONTEXT",
        ),
        ("/ofrep/v1/nothing", "{}", 404, "GENERAL"),
    ] {
        let (found, answer) = send(path, body).await;
        assert_eq!(found, status, "{path} {body}: {answer}");
        assert_eq!(answer["errorCode"], code, "{path} {body}");
        assert!(
            answer["errorDetails"]
                .as_str()
                .is_some_and(|it| !it.is_empty())
        );
    }
    let long = format!(
        "{{\"context\": {{\"targetingKey\": \"{}\"}}}}",
        "x".repeat(70_000)
    );
    let (status, answer) = send(FLAG, &long).await;
    assert_eq!(
        (status, &answer["errorCode"]),
        (400, &json!("INVALID_CONTEXT"))
    );
}

#[tokio::test]
async fn a_token_is_asked_for_in_the_protocols_form() {
    let bench = Bench::locked();
    let answer = bench.post(FLAG, &context("u")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["errorCode"], "GENERAL");
    let secret = bench.token(&[Permission::Read]).await;
    for (name, value) in [
        ("authorization", format!("Bearer {secret}")),
        ("x-api-key", secret.clone()),
    ] {
        let sent = request("POST", FLAG)
            .header(name, value)
            .body(Body::from("{}"))
            .unwrap();
        assert_eq!(bench.send(sent).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn all_flags_come_with_a_tag_that_changes_with_them() {
    let bench = serving().await;
    canary(&bench).await;
    let all = "/ofrep/v1/evaluate/flags";
    let first = bench.post(all, &context("user-1")).await;
    assert_eq!(first.json()["flags"].as_array().unwrap().len(), 1);
    assert_eq!(first.json()["eventStreams"][0]["type"], "sse");
    let etag = first.header(header::ETAG).to_owned();
    let ask = async |key: &str, etag: &str| {
        let sent = request("POST", all)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::IF_NONE_MATCH, etag)
            .body(Body::from(context(key).to_string()))
            .unwrap();
        bench.send(sent).await
    };
    let same = ask("user-1", &etag).await;
    assert_eq!((same.status.as_u16(), same.body.len()), (304, 0));
    assert_eq!(ask("user-2", &etag).await.status, 200, "another context");
    let back = bench
        .post(
            &format!("/api/v1/models/{MODEL}/rollouts/rollback"),
            &json!({ "reason": "worse" }),
        )
        .await;
    assert_eq!(back.status, 200, "{}", back.text());
    let changed = ask("user-1", &etag).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["flags"][0]["reason"], "STATIC");
}

#[tokio::test]
async fn flagd_gets_the_definition_of_the_same_split() {
    let bench = serving().await;
    canary(&bench).await;
    let exported = bench.get("/ofrep/v1/flagd.json").await.json();
    let flag = &exported["flags"]["route.loans"];
    assert_eq!(
        flag["variants"],
        json!({ "champion": "v2", "challenger": "v3" })
    );
    assert_eq!(
        flag["targeting"],
        json!({ "fractional": [["champion", 6670], ["challenger", 3330]] })
    );
    assert_eq!(flag["defaultVariant"], "champion");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story from start to rollback")]
async fn a_rollout_is_led_and_taken_back_over_http() {
    let bench = serving().await;
    let base = format!("/api/v1/models/{MODEL}/rollouts");
    let reason = json!({ "reason": "a look" });
    for (path, body, code) in [
        (
            base.clone(),
            json!({ "candidate": "v9", "validation": "val_1", "reason": "x" }),
            "not_found",
        ),
        (
            base.clone(),
            json!({ "candidate": "v3", "validation": "val_1", "reason": "x" }),
            "not_found",
        ),
        (
            base.clone(),
            json!({ "candidate": "v2", "validation": "val_1", "reason": "x" }),
            "invalid",
        ),
        (
            base.clone(),
            json!({ "candidate": "v3", "validation": "val_1", "reason": " " }),
            "invalid",
        ),
        (format!("{base}/pause"), reason.clone(), "not_found"),
        (format!("{base}/rollback"), reason.clone(), "not_found"),
    ] {
        let answer = bench.post(&path, &body).await;
        assert_eq!(answer.problem(), code, "{path} {body}");
    }
    canary(&bench).await;
    let id = bench.get(&base).await.json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = bench
        .post(&base, &json!({ "candidate": "v3", "validation": validated(&bench, "v3").await, "reason": "again" }))
        .await;
    assert_eq!(refused.problem(), "conflict");
    for (order, phase) in [
        ("pause", "paused"),
        ("resume", "running"),
        ("approve", "running"),
    ] {
        let answer = bench.post(&format!("{base}/{order}"), &reason).await;
        assert_eq!(answer.json()["phase"], phase, "{order}");
    }
    bench.app.advance_rollouts().await.unwrap();
    let full = bench.get(&format!("{base}/{id}")).await.json();
    assert_eq!(
        (&full["stage"], &full["share_percent"]),
        (&json!("full"), &json!(100.0))
    );
    assert_eq!(
        bench.post(FLAG, &context("anybody")).await.json()["value"],
        "v3"
    );
    bench.app.advance_rollouts().await.unwrap();
    let done = bench.get(&format!("{base}/{id}")).await.json();
    assert_eq!(done["phase"], "completed");
    let back = bench.post(&format!("{base}/rollback"), &reason).await;
    assert_eq!(back.json()["phase"], "rolled_back", "{}", back.text());
    assert_eq!(
        bench.post(FLAG, &context("anybody")).await.json()["value"],
        "v2"
    );
    let history = bench.get(&format!("{base}/{id}")).await.json()["history"].clone();
    let kinds: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "started",
            "paused",
            "resumed",
            "approved",
            "promoting",
            "promoted",
            "step_entered",
            "completed",
            "rolling_back",
            "rolled_back"
        ]
    );
}
