//! Rollouts, from the events to the registry.

use crate::bench::{Bench, Row, at, day_start, days, model};
use jiff::SignedDuration;
use serde_json::{Value, json};
use trimtab_app::RolloutOrder;
use trimtab_app::registry::Promotion;
use trimtab_domain::ErrorKind;
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::{RegistryStore, RolloutStore, ValidationStore};
use trimtab_domain::retraining::RunState;
use trimtab_domain::rollout::{Phase, ReadingState, Rollout};
use trimtab_domain::validation::Verdict;
use trimtab_testkit::candidates;
use trimtab_testkit::samples::{self, Day, MODEL};

/// Shadow for a day, a third for a day, then everybody for a day.
fn policy() -> Value {
    json!([{
        "kind": "rollout_policy", "model": MODEL, "name": "default",
        "steps": [
            {"stage": "shadow", "hours_min": 24, "rows_min": 100},
            {"stage": "canary", "share_percent": 33, "hours_min": 24, "rows_min": 100},
            {"stage": "full", "hours_min": 24, "rows_min": 100}
        ],
        "guardrails": [{"latency": {"quantile": 0.99, "ratio_max": 1.5}}],
        "requests_min": 50
    }])
}

async fn ready() -> Bench {
    let bench = Bench::loans().await;
    let store = &bench.world.store;
    bench
        .app
        .apply_documents(samples::documents(policy()), "local")
        .await
        .unwrap();
    store
        .commit_registry(&candidates::registered(MODEL, 2, 3))
        .await
        .unwrap();
    let passed = candidates::validation(MODEL, "v3", Verdict::Passed, 1);
    store.put_validation(&passed).await.unwrap();
    bench.app.refresh_flags().await.unwrap();
    bench
}

async fn start(bench: &Bench) -> Rollout {
    bench
        .app
        .start_rollout(&model(), "v3", "val_1", "ines", "September is lost")
        .await
        .unwrap()
}

/// A day of traffic as a serving system that obeys the flag sends it.
async fn serve_day(bench: &Bench, day: u64, latency_of_candidate: f64) {
    let flag = format!("route.{MODEL}");
    let rows = samples::day_rows(day_start(day), Day::default(), 7_000 + day);
    let mut sent: Vec<Row> = Vec::new();
    for mut row in samples::predictions(&rows) {
        let key = row["prediction_id"].as_str().unwrap().to_owned();
        let answer = bench.app.evaluate_flag(&flag, Some(&key)).unwrap();
        if answer.value == "v3" {
            row.insert("latency_ms".to_owned(), json!(latency_of_candidate));
        }
        row.insert("model_version".to_owned(), json!(answer.value));
        let shadow = answer.flag.challenger.as_ref().filter(|one| one.is_shadow);
        if let Some(shadow) = shadow {
            let mut beside = row.clone();
            beside.insert("model_version".to_owned(), json!(shadow.version));
            beside.insert("role".to_owned(), json!("shadow"));
            beside.insert("latency_ms".to_owned(), json!(latency_of_candidate));
            sent.push(beside);
        }
        sent.push(row);
    }
    bench.send(EventKind::Predictions, &sent).await;
    bench.app.catch_up().await.unwrap();
    bench.world.clock.advance(SignedDuration::from_secs(20));
    bench.app.advance_rollouts().await.unwrap();
}

/// Serves until a third of the users get the candidate; the day that comes next.
async fn lead_to_canary(bench: &Bench) -> u64 {
    for day in 0..6 {
        serve_day(bench, day, 21.0).await;
        if now(bench).await.stage_in_words() == "canary 33 %" {
            return day + 1;
        }
    }
    panic!("no canary after six days: {:?}", now(bench).await.findings)
}

async fn now(bench: &Bench) -> Rollout {
    bench.app.rollouts(&model()).await.unwrap().remove(0)
}

async fn champion(bench: &Bench) -> u32 {
    let found = bench.world.store.registered_model(MODEL).await.unwrap();
    found.unwrap().aliases["champion"]
}

#[tokio::test]
async fn traffic_leads_a_candidate_from_shadow_to_champion() {
    let bench = ready().await;
    serve_day(&bench, 0, 20.0).await;
    start(&bench).await;
    let mut stages = vec![now(&bench).await.stage_in_words()];
    for day in 1..9 {
        serve_day(&bench, day, 21.0).await;
        let rollout = now(&bench).await;
        stages.push(rollout.stage_in_words());
        if rollout.phase == Phase::Completed {
            break;
        }
    }
    let rollout = now(&bench).await;
    assert_eq!(rollout.phase, Phase::Completed, "{:?}", rollout.findings);
    stages.dedup();
    assert_eq!(stages, ["shadow", "canary 33 %", "full"]);
    assert_eq!(champion(&bench).await, 3);
    let latency = &rollout.findings.guardrails[0];
    assert_ne!(latency.state, ReadingState::Breached, "{}", latency.text);
    let history = bench.world.store.registry_history(MODEL).await.unwrap();
    assert!(
        history
            .iter()
            .any(|entry| entry.after.as_deref() == Some("v3")
                && entry.alias.as_deref() == Some("champion")),
        "the registry knows who made it so: {history:?}"
    );
}

#[tokio::test]
async fn a_slow_candidate_is_taken_back_by_its_guardrail() {
    let bench = ready().await;
    start(&bench).await;
    let day = lead_to_canary(&bench).await;
    serve_day(&bench, day, 400.0).await;
    let rollout = now(&bench).await;
    assert_eq!(rollout.phase, Phase::RolledBack, "{:?}", rollout.findings);
    let ending = rollout.ending.unwrap();
    assert_eq!(ending.guardrail.as_deref(), Some("latency_p99"));
    assert_eq!(champion(&bench).await, 2);
    let flag = bench
        .app
        .evaluate_flag("route.loans", Some("anybody"))
        .unwrap();
    assert_eq!(flag.value, "v2");
}

#[tokio::test]
async fn only_what_passed_the_gate_may_begin() {
    let bench = ready().await;
    let begin = async |candidate: &str, validation: &str| {
        bench
            .app
            .start_rollout(&model(), candidate, validation, "ines", "why not")
            .await
            .map(drop)
            .map_err(|error| error.kind())
    };
    let store = &bench.world.store;
    let failed = candidates::validation(MODEL, "v1", Verdict::Failed, 2);
    store.put_validation(&failed).await.unwrap();
    assert_eq!(
        begin("v9", "val_1").await,
        Err(ErrorKind::NotFound),
        "no such version"
    );
    assert_eq!(
        begin("v1", "val_1").await,
        Err(ErrorKind::Conflict),
        "of another version"
    );
    assert_eq!(
        begin("v1", "val_2").await,
        Err(ErrorKind::Conflict),
        "not passed"
    );
    assert_eq!(
        begin("v3", "val_7").await,
        Err(ErrorKind::NotFound),
        "no such validation"
    );
    assert_eq!(
        begin("v2", "val_1").await,
        Err(ErrorKind::Invalid),
        "it serves already"
    );
    let later = candidates::validation(MODEL, "v3", Verdict::Failed, 3);
    store.put_validation(&later).await.unwrap();
    assert_eq!(
        begin("v3", "val_1").await,
        Err(ErrorKind::Conflict),
        "found worse since"
    );
    assert!(store.active_rollouts().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_validation_that_is_withdrawn_takes_the_candidate_back() {
    let bench = ready().await;
    start(&bench).await;
    let later = candidates::validation(MODEL, "v3", Verdict::Failed, 3);
    bench.world.store.put_validation(&later).await.unwrap();
    bench.app.advance_rollouts().await.unwrap();
    assert_eq!(now(&bench).await.phase, Phase::RolledBack);
}

#[tokio::test]
async fn a_rollback_is_seen_by_the_next_evaluation_and_by_other_replicas() {
    let bench = ready().await;
    let replica = crate::bench::app_of(&bench.world);
    start(&bench).await;
    lead_to_canary(&bench).await;
    replica.refresh_flags().await.unwrap();
    let sides = |app: &trimtab_app::App| -> Vec<String> {
        (0..100)
            .map(|i| {
                app.evaluate_flag("route.loans", Some(&format!("u{i}")))
                    .unwrap()
                    .value
            })
            .collect()
    };
    assert_eq!(
        sides(&bench.app),
        sides(&replica),
        "the same side everywhere"
    );
    assert!(sides(&bench.app).contains(&"v3".to_owned()));
    replica
        .rollback(&model(), "ines", "complaints")
        .await
        .unwrap();
    assert!(!sides(&replica).contains(&"v3".to_owned()));
    bench.app.refresh_flags().await.unwrap();
    assert!(!sides(&bench.app).contains(&"v3".to_owned()));
    let challenger = bench
        .world
        .store
        .registered_model(MODEL)
        .await
        .unwrap()
        .unwrap();
    assert!(!challenger.aliases.contains_key("challenger"));
}

/// What the registry and the flag say: champion, challenger, and who serves `anybody`.
async fn said(bench: &Bench) -> (u32, Option<u32>, String) {
    let found = bench.world.store.registered_model(MODEL).await.unwrap();
    let aliases = found.unwrap().aliases;
    let flag = bench.app.evaluate_flag("route.loans", Some("anybody"));
    let challenger = aliases.get("challenger").copied();
    (aliases["champion"], challenger, flag.unwrap().value)
}

#[tokio::test]
async fn a_candidate_promoted_by_hand_serves_and_leaves_no_challenger() {
    for by_client in [false, true] {
        let bench = ready().await;
        start(&bench).await;
        lead_to_canary(&bench).await;
        assert_eq!(said(&bench).await.1, Some(3));
        let app = &bench.app;
        if by_client {
            app.set_alias_by_hand(MODEL, "champion", Some("v3"), "ines")
                .await
                .unwrap();
        } else {
            let promotion = Promotion {
                model: MODEL.to_owned(),
                version: "v3".to_owned(),
                reason: "no time".to_owned(),
                without_validation: false,
            };
            app.promote(&promotion, "ines").await.unwrap();
        }
        let (champion, _, serving) = said(&bench).await;
        assert_eq!((champion, &*serving), (3, "v3"), "obeyed at once");
        app.advance_rollouts().await.unwrap();
        let rollout = now(&bench).await;
        assert_eq!(rollout.phase, Phase::Superseded);
        assert!(rollout.is_promoted_by_hand());
        assert_eq!(said(&bench).await, (3, None, "v3".to_owned()));
        app.advance_rollouts().await.unwrap();
        assert_eq!(said(&bench).await, (3, None, "v3".to_owned()));
    }
}

#[tokio::test]
async fn another_champion_by_hand_ends_a_rollout_and_its_challenger() {
    let bench = ready().await;
    start(&bench).await;
    lead_to_canary(&bench).await;
    bench
        .app
        .set_alias_by_hand(MODEL, "champion", Some("v1"), "ines")
        .await
        .unwrap();
    assert_eq!(said(&bench).await, (1, Some(3), "v1".to_owned()));
    bench.app.advance_rollouts().await.unwrap();
    assert_eq!(said(&bench).await, (1, None, "v1".to_owned()));
    let rollout = now(&bench).await;
    assert_eq!(rollout.phase, Phase::Superseded);
    assert!(!rollout.is_promoted_by_hand());
}

/// A person could not wait for the last step: what was trained serves all the same.
#[tokio::test]
async fn a_training_whose_candidate_was_promoted_by_hand_is_promoted() {
    let bench = ready().await;
    let app = &bench.app;
    let policy = json!([{
        "kind": "retraining_policy", "model": MODEL, "name": "usual", "rollout": true,
        "job": {"orchestrator": "process", "job": "train"},
        "data": {"holdout_days": 7}, "guards": {"new_labelled_rows_min": 100}
    }]);
    app.apply_documents(samples::documents(policy), "local")
        .await
        .unwrap();
    bench.live_through(&days(14, Day::default())).await;
    let run = app
        .request_retraining(&model(), None, "autumn", "ines")
        .await
        .unwrap();
    let mut passed = candidates::validation(MODEL, "v3", Verdict::Passed, 9);
    passed.requested_at = app.now();
    let store = &bench.world.store;
    store.put_validation(&passed).await.unwrap();
    let state = async || {
        bench.world.clock.advance(SignedDuration::from_secs(1));
        app.advance_retrainings().await.unwrap();
        app.retraining(&model(), &run.id).await.unwrap().run.state
    };
    let mut last = state().await;
    for _ in 0..20 {
        if last == RunState::Submitted {
            bench.world.orchestrator.succeed(&run.id, 3);
        }
        last = state().await;
    }
    assert_eq!(last, RunState::RollingOut);
    app.set_alias_by_hand(MODEL, "champion", Some("v3"), "ines")
        .await
        .unwrap();
    app.advance_rollouts().await.unwrap();
    assert_eq!(state().await, RunState::Promoted);
}

/// Whatever was stored last, a new process goes on from it.
#[tokio::test]
async fn a_process_that_died_between_deciding_and_telling_is_taken_over() {
    let bench = ready().await;
    let mut rollout = start(&bench).await;
    // It decided to promote, and died before the registry was told.
    rollout.phase = Phase::Promoting;
    rollout.step = 1;
    rollout.revision += 1;
    bench
        .world
        .store
        .put_rollout(&rollout, &[], &[])
        .await
        .unwrap();
    let next = crate::bench::app_of(&bench.world);
    next.refresh_flags().await.unwrap();
    let flag = next.evaluate_flag("route.loans", Some("anybody")).unwrap();
    assert_eq!(flag.value, "v3", "nobody waits for the registry");
    next.advance_rollouts().await.unwrap();
    assert_eq!(champion(&bench).await, 3);
    let mut rollout = now(&bench).await;
    assert_eq!(rollout.stage_in_words(), "full");
    // It decided to take it back, and died again.
    rollout.phase = Phase::RollingBack;
    rollout.revision += 1;
    bench
        .world
        .store
        .put_rollout(&rollout, &[], &[])
        .await
        .unwrap();
    let last = crate::bench::app_of(&bench.world);
    last.refresh_flags().await.unwrap();
    let flag = last.evaluate_flag("route.loans", Some("anybody")).unwrap();
    assert_eq!(flag.value, "v2");
    last.advance_rollouts().await.unwrap();
    assert_eq!(champion(&bench).await, 2);
    assert_eq!(now(&bench).await.phase, Phase::RolledBack);
}

#[tokio::test]
async fn every_step_is_in_the_audit_log_with_before_and_after() {
    let bench = ready().await;
    start(&bench).await;
    bench
        .app
        .order_rollout(&model(), RolloutOrder::Pause, "omar", "holiday")
        .await
        .unwrap();
    bench
        .app
        .rollback(&model(), "ines", "complaints")
        .await
        .unwrap();
    let query = trimtab_domain::ports::audit::AuditQuery::newest(50);
    let page = bench.app.audit_log(query, 50).await.unwrap();
    let of_rollout: Vec<_> = page
        .items
        .iter()
        .map(|chained| &chained.entry)
        .filter(|entry| entry.action.starts_with("rollout_"))
        .collect();
    let actions: Vec<_> = of_rollout
        .iter()
        .map(|entry| entry.action.as_str())
        .collect();
    assert_eq!(
        actions,
        [
            "rollout_rolled_back",
            "rollout_rolling_back",
            "rollout_paused",
            "rollout_started"
        ]
    );
    let taken_back = of_rollout[1];
    assert_eq!(taken_back.actor, "ines");
    assert_eq!(taken_back.reason.as_deref(), Some("complaints"));
    assert_eq!(taken_back.before.as_ref().unwrap()["phase"], "paused");
    assert_eq!(taken_back.after.as_ref().unwrap()["phase"], "rolling_back");
    assert!(taken_back.at >= at("2026-01-01T00:00:00Z"));
}

#[tokio::test]
async fn policies_are_documents_that_say_what_is_wrong() {
    let bench = Bench::loans().await;
    let apply = async |steps: Value, guardrails: Value| {
        let document = json!([{
            "kind": "rollout_policy", "model": MODEL, "name": "p",
            "steps": steps, "guardrails": guardrails
        }]);
        let refused = bench
            .app
            .apply_documents(samples::documents(document), "local")
            .await
            .unwrap_err();
        refused.to_string()
    };
    for (steps, named) in [
        (json!([]), "full"),
        (json!([{"stage": "shadow"}]), "full"),
        (
            json!([{"stage": "canary"}, {"stage": "full"}]),
            "share_percent",
        ),
        (
            json!([{"stage": "shadow", "share_percent": 3}, {"stage": "full"}]),
            "share_percent",
        ),
        (
            json!([{"stage": "ab", "share_percent": 50}, {"stage": "canary", "share_percent": 5}, {"stage": "full"}]),
            "shrink",
        ),
        (
            json!([{"stage": "shadow", "hours_min": 9, "hours_max": 9}, {"stage": "full"}]),
            "hours_max",
        ),
    ] {
        let told = apply(steps, json!([])).await;
        assert!(told.contains(named), "{named}: {told}");
    }
    for (guardrail, named) in [
        (
            json!({"latency": {"quantile": 1.5, "ms_max": 5}}),
            "quantile",
        ),
        (json!({"latency": {}}), "ratio_max"),
        (json!({"errors": {}}), "share_max"),
        (json!({"errors": {"share_max": 3}}), "between 0 and 1"),
    ] {
        let told = apply(json!([{"stage": "full"}]), json!([guardrail])).await;
        assert!(told.contains(named), "{named}: {told}");
    }
}
