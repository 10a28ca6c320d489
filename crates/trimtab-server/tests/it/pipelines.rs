//! A candidate's way, from what is kept of its training, its validation and its rollout.

use crate::world::Bench;
use axum::http::StatusCode;
use serde_json::{Value, json};
use trimtab_domain::ports::retraining::RetrainingEntry;
use trimtab_domain::retraining::RetrainingRun;
use trimtab_domain::rollout::{Rollout, RolloutNote};
use trimtab_domain::validation::Validation;
use trimtab_testkit::samples::MODEL;

/// A training in a state, with what differs from the usual.
fn run(id: &str, minute: u32, state: &str, change: &Value) -> RetrainingRun {
    let at = format!("2026-11-28T10:{minute:02}:00Z");
    let mut run = json!({
        "id": id, "model": MODEL, "policy": "default", "policy_version": 1,
        "cause": {"key": id, "trigger": "performance-loss", "text": "AUC fell below 0.700"},
        "priority": "high", "requested_by": "system", "requester": null,
        "requested_at": at, "event_at": "2013-09-14T04:00:00Z",
        "is_suggestion": false, "approvals_needed": 0, "approvals": [],
        "job": {"orchestrator": "local", "job": "train"}, "parameters": {},
        "period": {"start": "2013-07-10T00:00:00Z", "end": "2013-09-08T00:00:00Z"},
        "validation_policy": null, "rolls_out": true, "timeout_minutes": 60,
        "approval_timeout_hours": 72, "state": state, "state_since": at,
        "n_attempts": 0, "next_attempt_at": at, "last_error": null, "snapshot": null,
        "submitted_at": null, "external_id": null, "job_url": null, "callback_hashes": [],
        "result": null, "validation": null, "rollout": null, "stop": null,
        "end_reason": null, "ended_at": null, "revision": 1
    });
    merge(&mut run, change);
    serde_json::from_value(run).unwrap()
}

fn merge(into: &mut Value, change: &Value) {
    for (name, value) in change.as_object().unwrap() {
        into[name] = value.clone();
    }
}

fn gate(id: &str, candidate: &str, verdict: &str) -> Validation {
    let outcome = if verdict == "passed" { "pass" } else { "fail" };
    let state = if verdict == "passed" {
        "better"
    } else {
        "worse"
    };
    serde_json::from_value(json!({
        "schema_version": 1, "id": id, "model": MODEL, "candidate": candidate, "champion": "v1",
        "policy": "default", "state": "finished", "verdict": verdict,
        "sentence": "AUC differs by 0.021", "evidence": null,
        "checks": [{
            "name": "roc_auc", "title": "AUC", "state": state, "outcome": outcome,
            "required": true, "champion": 0.67, "candidate": 0.69, "value": 0.02, "low": 0.01,
            "high": 0.03, "limit": -0.01, "wanted": "at_least", "unit": "", "reason": "paired"
        }],
        "requested_by": "system", "requested_at": "2026-11-28T10:20:00Z",
        "finished_at": "2026-11-28T10:21:00Z"
    }))
    .unwrap()
}

/// The second step of three, in a phase.
fn rollout(id: &str, challenger: &str, phase: &str) -> (Rollout, Vec<RolloutNote>) {
    let at = "2026-11-28T10:30:00Z";
    let rollout = json!({
        "id": id, "model": MODEL, "champion": "v1", "challenger": challenger,
        "validation": "val_1",
        "policy": {"model": MODEL, "name": "default", "steps": [
            {"stage": "shadow"}, {"stage": "canary", "share_percent": 10.0},
            {"stage": "full", "approval": true}
        ]},
        "phase": phase, "step": 1, "entered": {"at": at, "event_at": "2013-09-21T04:00:00Z"},
        "baseline": {"challenger_live": 0, "challenger_shadow": 0, "champion_live": 0}, "waited_seconds": 0, "looked_at": at, "is_approved": false,
        "started_at": at, "started_event_at": "2013-09-14T04:00:00Z", "started_by": "system",
        "reason": "it passed", "ending": null,
        "findings": {"n_challenger": 5, "n_champion": 50, "hours": 24.0,
            "waits_for": ["a person's approval"], "guardrails": [], "conditions": []},
        "revision": 1
    });
    let note = |kind: &str, step: u32, event_at: &str| {
        serde_json::from_value(json!({
            "at": at, "event_at": event_at, "kind": kind, "step": step, "actor": "system",
            "reason": null, "text": kind
        }))
        .unwrap()
    };
    let notes = vec![
        note("started", 0, "2013-09-14T04:00:00Z"),
        note("step_entered", 1, "2013-09-21T04:00:00Z"),
    ];
    (serde_json::from_value(rollout).unwrap(), notes)
}

async fn keep(bench: &Bench, run: &RetrainingRun) {
    let entry = RetrainingEntry {
        at: run.requested_at,
        state: run.state,
        actor: "system".to_owned(),
        text: "asked for".to_owned(),
    };
    bench
        .app
        .store()
        .insert_retraining(run, &entry, &[])
        .await
        .unwrap();
}

const MADE_V3: &str = r#"{"registered_version": 3, "metrics": {}, "run_url": null}"#;

fn made_v3() -> Value {
    json!({
        "result": serde_json::from_str::<Value>(MADE_V3).unwrap(),
        "submitted_at": "2026-11-28T10:02:00Z",
        "validation": "val_1", "rollout": "rol_1"
    })
}

fn states(pipeline: &Value) -> Vec<String> {
    let stages = pipeline["stages"].as_array().unwrap();
    stages
        .iter()
        .map(|stage| {
            format!(
                "{} {}",
                stage["name"].as_str().unwrap(),
                stage["state"].as_str().unwrap()
            )
        })
        .collect()
}

#[tokio::test]
async fn an_installation_that_never_trained_says_so() {
    let bench = Bench::new().with_model().await;
    let list = bench.get("/api/v1/pipelines").await.json();
    assert_eq!(list["items"], json!([]));
    assert_eq!(
        list["sentence"]["plain"],
        "No model has been retrained yet."
    );
    for path in [
        "/api/v1/pipelines/ret_none",
        "/api/v1/pipelines/nobody:v3",
        "/api/v1/pipelines/x",
    ] {
        let answer = bench.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        answer.problem();
    }
}

#[tokio::test]
async fn a_candidate_is_followed_from_its_cause_to_the_step_that_waits_for_a_person() {
    let bench = Bench::new().with_model().await;
    keep(&bench, &run("ret_1", 0, "rolling_out", &made_v3())).await;
    let store = bench.app.store();
    store
        .put_validation(&gate("val_1", "v3", "passed"))
        .await
        .unwrap();
    let (going, notes) = rollout("rol_1", "v3", "running");
    store.put_rollout(&going, &notes, &[]).await.unwrap();

    let list = bench
        .get(&format!("/api/v1/pipelines?model={MODEL}"))
        .await
        .json();
    let first = &list["items"][0];
    assert_eq!(first["id"], "ret_1");
    assert_eq!(first["state"], "waiting");
    assert_eq!(first["version"], "v3");
    assert_eq!(first["champion"], "v1");
    assert_eq!(
        first["sentence"]["plain"],
        "v3 takes 10% of the traffic and waits for a person. AUC differs by 0.021."
    );
    assert_eq!(
        states(first),
        [
            "trigger done",
            "data done",
            "train done",
            "validate done",
            "shadow done",
            "canary waiting",
            "ab skipped",
            "full ahead"
        ]
    );
    assert_eq!(first["stages"][3]["text"], "1 of 1");
    assert_eq!(first["stages"][5]["event_at"], "2013-09-21T04:00:00Z");
    assert_eq!(
        list["sentence"]["plain"],
        format!("v3 of {MODEL} waits for a person.")
    );

    let page = bench.get("/api/v1/pipelines/ret_1").await.json();
    assert_eq!(page["run"]["state"], "rolling_out");
    assert_eq!(page["gate"]["checks"][0]["name"], "roc_auc");
    assert_eq!(page["traffic"]["history"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_candidate_that_the_gate_stopped_goes_no_further() {
    let bench = Bench::new().with_model().await;
    let change = json!({
        "result": serde_json::from_str::<Value>(MADE_V3).unwrap(),
        "validation": "val_1", "end_reason": "the gate said no",
        "ended_at": "2026-11-28T10:22:00Z"
    });
    keep(&bench, &run("ret_1", 0, "rejected", &change)).await;
    let store = bench.app.store();
    store
        .put_validation(&gate("val_1", "v3", "failed"))
        .await
        .unwrap();
    let page = bench.get("/api/v1/pipelines/ret_1").await.json();
    assert_eq!(page["state"], "stopped");
    assert_eq!(
        page["sentence"]["plain"],
        "v3 was stopped by the gate. AUC differs by 0.021."
    );
    assert_eq!(states(&page)[3..5], ["validate failed", "shadow ahead"]);
    assert_eq!(page["ended_at"], "2026-11-28T10:22:00Z");
}

#[tokio::test]
async fn trainings_that_wait_fail_or_are_suggested_are_told_as_such() {
    let bench = Bench::new().with_model().await;
    let failed = json!({
        "submitted_at": "2026-11-28T10:02:00Z", "end_reason": "the job ended with code 1",
        "ended_at": "2026-11-28T10:03:00Z"
    });
    keep(&bench, &run("ret_1", 0, "failed", &failed)).await;
    keep(
        &bench,
        &run("ret_2", 5, "requested", &json!({"approvals_needed": 2})),
    )
    .await;
    keep(
        &bench,
        &run("ret_3", 9, "requested", &json!({"is_suggestion": true})),
    )
    .await;
    let list = bench.get("/api/v1/pipelines").await.json();
    let told: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["state"].as_str().unwrap(),
                one["sentence"]["parts"][0]["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "suggested",
                format!("Retraining of {MODEL} is suggested.").as_str()
            ),
            (
                "waiting",
                format!("Retraining of {MODEL} waits for 2 people.").as_str()
            ),
            ("stopped", format!("Retraining of {MODEL} failed.").as_str()),
        ]
    );
    assert_eq!(
        states(&list["items"][2])[..4],
        [
            "trigger done",
            "data done",
            "train failed",
            "validate ahead"
        ]
    );
}

#[tokio::test]
async fn a_version_that_somebody_registered_is_a_pipeline_without_a_training() {
    let bench = Bench::new().with_model().await;
    let store = bench.app.store();
    store
        .put_validation(&gate("val_1", "v4", "passed"))
        .await
        .unwrap();
    let id = format!("{MODEL}:v4");
    let page = bench.get(&format!("/api/v1/pipelines/{id}")).await.json();
    assert_eq!(page["state"], "waiting");
    assert_eq!(
        page["sentence"]["parts"][0]["text"],
        "v4 passed its gate and waits for a rollout."
    );
    let (mut gone, notes) = rollout("rol_1", "v4", "rolled_back");
    gone.ending = Some(
        serde_json::from_value(json!({
            "at": "2026-11-28T10:40:00Z", "by": "system", "reason": "p99 latency is 212 ms",
            "guardrail": "latency_p99"
        }))
        .unwrap(),
    );
    store.put_rollout(&gone, &notes, &[]).await.unwrap();
    let page = bench.get(&format!("/api/v1/pipelines/{id}")).await.json();
    assert_eq!(page["state"], "rolled_back");
    assert_eq!(
        page["sentence"]["plain"],
        "v4 was rolled back at 10% of the traffic. P99 latency is 212 ms."
    );
    assert_eq!(
        states(&page)[2..6],
        [
            "train skipped",
            "validate done",
            "shadow done",
            "canary failed"
        ]
    );
}
