//! From a loss of quality to a trained candidate, by policy and by hand.

use crate::bench::{Bench, app_of, at, days, model};
use jiff::SignedDuration;
use serde_json::{Value, json};
use trimtab_app::App;
use trimtab_domain::documents::{Document, RetrainingPolicySpec};
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::ports::orchestrator::{JobReport, JobStatus};
use trimtab_domain::ports::retraining::RetrainingQuery;
use trimtab_domain::ports::{AuditStore as _, RetrainingStore as _};
use trimtab_domain::retraining::{Outcome, RetrainingRun, RunState};
use trimtab_domain::{ErrorKind, Result};
use trimtab_testkit::samples::{self, Day, MODEL};

fn lost() -> Day {
    Day {
        skill: 0.1,
        ..Day::default()
    }
}

/// Two good weeks, then three bad ones; a fifth of the rows suffices.
fn story() -> Vec<Day> {
    let small = |day: Day| Day { n_rows: 100, ..day };
    [days(14, small(Day::default())), days(21, small(lost()))].concat()
}

fn policy(more: &Value) -> Document {
    let mut spec = json!({
        "kind": "retraining_policy", "model": MODEL, "name": "usual",
        "job": {"orchestrator": "process", "job": "train"},
        "data": {"holdout_days": 7}, "guards": {"new_labelled_rows_min": 100}
    });
    if let (Some(spec), Some(more)) = (spec.as_object_mut(), more.as_object()) {
        spec.extend(more.clone());
    }
    samples::documents(json!([spec])).remove(0)
}

async fn with_policy(more: &Value) -> Bench {
    let bench = Bench::loans().await;
    let documents = vec![policy(more)];
    bench.app.apply_documents(documents, "local").await.unwrap();
    bench
}

async fn runs(app: &App) -> Vec<RetrainingRun> {
    let mut runs = app.retrainings(&RetrainingQuery::default()).await.unwrap();
    runs.reverse();
    runs
}

/// Some time passes, and the driver looks.
async fn wait(bench: &Bench, app: &App, seconds: i64) {
    bench
        .world
        .clock
        .advance(SignedDuration::from_secs(seconds));
    app.advance_retrainings().await.unwrap();
}

async fn state(app: &App, run: &RetrainingRun) -> RunState {
    app.retraining(&model(), &run.id).await.unwrap().run.state
}

#[tokio::test]
async fn a_real_loss_leads_to_one_training_on_what_was_known() {
    let bench = with_policy(&json!({})).await;
    bench.live_through(&days(14, Day::default())).await;
    assert!(runs(&bench.app).await.is_empty(), "nothing is wrong yet");
    bench.live_from(14, &days(21, lost())).await;
    let found = runs(&bench.app).await;
    assert_eq!(found.len(), 1, "one cause, one training: {found:#?}");
    let run = &found[0];
    assert!(run.event_at > at("2013-04-15T00:00:00Z"));
    assert!(run.cause.text.contains("auc"), "{}", run.cause.text);
    assert_eq!(run.requested_by, "system");
    assert_eq!(run.period.start, at("2013-04-01T00:00:00Z"));
    // A week of labelled rows is kept back, and nothing later than the request is used.
    let kept_back = run.event_at.duration_since(run.period.end).as_hours();
    assert!((7 * 24..=9 * 24).contains(&kept_back), "{kept_back}");

    bench.app.advance_retrainings().await.unwrap();
    assert_eq!(state(&bench.app, run).await, RunState::Submitted);
    let jobs = bench.world.orchestrator.started();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].snapshot.n_rows, 1_000);
    let asked = bench.world.snapshots.requests();
    assert_eq!(asked[0].known_at, run.event_at);
    bench.world.orchestrator.put(&run.id, JobStatus::Running);
    wait(&bench, &bench.app, 2).await;
    assert_eq!(state(&bench.app, run).await, RunState::Running);
    bench.world.orchestrator.succeed(&run.id, 3);
    wait(&bench, &bench.app, 60).await;
    let detail = bench.app.retraining(&model(), &run.id).await.unwrap();
    assert!(detail.run.state >= RunState::Succeeded, "{detail:#?}");
    let version = detail.run.result.and_then(|one| one.registered_version);
    assert_eq!(version, Some(3));
    let told: Vec<&str> = detail.history.iter().map(|one| one.text.as_str()).collect();
    assert!(
        told.iter().any(|text| text.contains("1000 labelled rows")),
        "{told:?}"
    );
    assert!(told.contains(&"the job made version v3"), "{told:?}");
    // Every decision is on record.
    let audit = bench
        .world
        .store
        .audit_entries(&AuditQuery::newest(100).of_model(&model()))
        .await
        .unwrap();
    for action in [
        "retraining_requested",
        "retraining_snapshot",
        "retraining_succeeded",
    ] {
        assert!(
            audit.iter().any(|one| one.entry.action == action),
            "{action}"
        );
    }
    let decisions = bench.app.policy_decisions(&model(), 100).await.unwrap();
    let fired = decisions
        .iter()
        .find(|one| one.decision.outcome == Outcome::Fires)
        .unwrap();
    assert_eq!(fired.run.as_ref(), Some(&run.id));
    assert_eq!(
        decisions[0].decision.outcome,
        Outcome::Held,
        "and says why it holds now"
    );
}

/// What was decided: when, what, for which cause.
async fn decided(app: &App) -> Vec<(String, String, String)> {
    let mut found = app.policy_decisions(&model(), 1_000).await.unwrap();
    found.reverse();
    found
        .into_iter()
        .map(|stored| {
            let cause = stored.decision.cause.map(|cause| cause.key);
            (
                stored.decision.at.to_string(),
                stored.decision.outcome.as_str().to_owned(),
                cause.unwrap_or_default(),
            )
        })
        .collect()
}

#[tokio::test]
async fn batches_and_restarts_change_no_decision() {
    let by_day = with_policy(&json!({})).await;
    by_day.live_through(&story()).await;
    let expected = decided(&by_day.app).await;
    assert!(expected.len() > 2, "{expected:?}");
    // All at once.
    let at_once = with_policy(&json!({})).await;
    for (number, day) in (0_u64..).zip(story()) {
        let rows = samples::day_rows(crate::bench::day_start(number), day, 3_000 + number);
        let predictions = samples::predictions(&rows);
        let labels = samples::labels(&rows, SignedDuration::from_hours(3));
        at_once.send(EventKind::Predictions, &predictions).await;
        at_once.send(EventKind::Labels, &labels).await;
    }
    at_once.app.catch_up().await.unwrap();
    assert_eq!(decided(&at_once.app).await, expected);
    // A new server every day.
    let restarting = with_policy(&json!({})).await;
    for (number, day) in (0_u64..).zip(story()) {
        let restarted = Bench {
            world: restarting.world.clone(),
            app: app_of(&restarting.world),
        };
        restarted.live_from(number, &[day]).await;
    }
    assert_eq!(decided(&restarting.app).await, expected);
    // And a dry run says beforehand what happened, up to what the real run changed.
    let Document::RetrainingPolicy(spec) = policy(&json!({})) else {
        unreachable!("it is a policy");
    };
    let told = by_day
        .app
        .dry_run_policy(&model(), spec, None)
        .await
        .unwrap();
    let real = runs(&by_day.app).await;
    assert_eq!(told.trainings[0].at, real[0].event_at);
    assert_eq!(told.trainings[0].cause, real[0].cause);
    assert_eq!(told.trainings[0].period, real[0].period);
    assert_eq!(told.cost.n_trainings, told.trainings.len() as u64);
    assert!(told.cost.n_rows > 0 && told.n_moments > 35 * 24 - 48);
}

#[tokio::test]
async fn a_dry_run_counts_what_guards_cost() {
    let bench = Bench::loans().await;
    bench.live_through(&story()).await;
    let spec = |more: &Value| -> RetrainingPolicySpec {
        let Document::RetrainingPolicy(spec) = policy(more) else {
            unreachable!("it is a policy");
        };
        spec
    };
    let weekly = json!([{"name": "weekly", "when": {"calendar": {"on": "monday", "at": "06:00"}},
                         "start": "at_once"}]);
    let free = json!({"triggers": weekly,
        "guards": {"cooldown_hours": 0, "same_cause_days": 0, "new_labelled_rows_min": 0}});
    let told = bench
        .app
        .dry_run_policy(&model(), spec(&free), None)
        .await
        .unwrap();
    let mondays: Vec<String> = told
        .trainings
        .iter()
        .map(|one| one.at.to_string())
        .collect();
    // The first Monday has less than the week that is kept back.
    assert_eq!(
        mondays,
        [
            "2013-04-15T06:00:00Z",
            "2013-04-22T06:00:00Z",
            "2013-04-29T06:00:00Z"
        ]
    );
    let guarded = json!({"triggers": weekly, "guards": {"cooldown_hours": 240,
        "same_cause_days": 0, "new_labelled_rows_min": 0, "approvals": 2}});
    let told = bench
        .app
        .dry_run_policy(&model(), spec(&guarded), None)
        .await
        .unwrap();
    assert_eq!(told.trainings.len(), 2);
    assert_eq!(told.cost.n_approvals, 4);
    let held = told
        .decisions
        .iter()
        .filter(|one| one.outcome == Outcome::Held)
        .flat_map(|one| &one.guards)
        .any(|guard| guard.guard == "cooldown" && guard.holds_back);
    assert!(held, "{:#?}", told.decisions);
    assert!(
        runs(&bench.app).await.is_empty(),
        "a dry run begins nothing"
    );
}

#[tokio::test]
async fn approval_takes_two_people_and_never_the_one_who_asked() {
    let bench = with_policy(&json!({"guards": {"approvals": 2}})).await;
    bench.live_through(&days(14, Day::default())).await;
    let app = &bench.app;
    let mut actors = Vec::new();
    for person in [Some("ann"), Some("ann"), Some("ben"), Some("cleo"), None] {
        let token = app
            .create_token_for(
                person,
                "cli",
                &[trimtab_app::Permission::Edit],
                None,
                "local",
            )
            .await
            .unwrap();
        actors.push(format!("token:{}", token.token.id));
    }
    let [ann, ann_again, ben, cleo, nobody] = actors.try_into().unwrap_or_else(|_| unreachable!());
    let run = app
        .request_retraining(&model(), None, "we know better", &ann)
        .await
        .unwrap();
    assert_eq!(run.state, RunState::Requested);
    let approve = async |actor: &str| -> Result<RetrainingRun> {
        app.approve_retraining(&model(), &run.id, actor, None).await
    };
    for actor in [&ann, &ann_again, &nobody] {
        let error = approve(actor).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    }
    assert_eq!(approve(&ben).await.unwrap().state, RunState::Requested);
    assert_eq!(approve(&ben).await.unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(approve(&cleo).await.unwrap().state, RunState::Approved);
    assert_eq!(
        approve(&cleo).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    app.advance_retrainings().await.unwrap();
    assert_eq!(state(app, &run).await, RunState::Submitted);

    // A no ends it, and a wait without an answer does too.
    let second = app
        .request_retraining(&model(), None, "again", "local")
        .await
        .unwrap();
    let said = app
        .reject_retraining(&model(), &second.id, &ben, "not before the holidays")
        .await
        .unwrap();
    assert_eq!(said.state, RunState::Rejected);
    let third = app
        .request_retraining(&model(), None, "again", "local")
        .await
        .unwrap();
    wait(&bench, app, 73 * 3_600).await;
    assert_eq!(state(app, &third).await, RunState::TimedOut);
}

#[tokio::test]
async fn a_suggestion_waits_for_a_person() {
    let bench = with_policy(&json!({"mode": "suggestion"})).await;
    bench.live_through(&story()).await;
    let found = runs(&bench.app).await;
    assert_eq!(found.len(), 1);
    wait(&bench, &bench.app, 60).await;
    assert_eq!(state(&bench.app, &found[0]).await, RunState::Requested);
    assert!(bench.world.orchestrator.started().is_empty());
    bench
        .app
        .approve_retraining(&model(), &found[0].id, "local", Some("go on"))
        .await
        .unwrap();
    wait(&bench, &bench.app, 1).await;
    assert_eq!(state(&bench.app, &found[0]).await, RunState::Submitted);
}

#[tokio::test]
async fn a_lost_reply_or_a_restart_in_any_state_never_starts_a_second_job() {
    let bench = with_policy(&json!({})).await;
    bench.live_through(&days(14, Day::default())).await;
    let run = bench
        .app
        .request_retraining(&model(), None, "by hand", "local")
        .await
        .unwrap();
    bench.world.snapshots.fail(2);
    bench.world.orchestrator.lose_replies(3);
    let mut seen = Vec::new();
    for second in 0..120 {
        // Another server takes over every time.
        let app = app_of(&bench.world);
        wait(&bench, &app, 1).await;
        let state = state(&app, &run).await;
        if seen.last() != Some(&state) {
            seen.push(state);
        }
        match state {
            RunState::Submitted => bench.world.orchestrator.put(&run.id, JobStatus::Running),
            RunState::Running if second > 60 => bench.world.orchestrator.succeed(&run.id, 3),
            _ => {}
        }
    }
    let before_validation: Vec<RunState> = seen
        .into_iter()
        .filter(|state| *state <= RunState::Running)
        .collect();
    assert_eq!(
        before_validation,
        [
            RunState::Snapshot,
            RunState::Submitting,
            RunState::Submitted,
            RunState::Running
        ]
    );
    assert_eq!(bench.world.orchestrator.started().len(), 1);
    assert_eq!(bench.world.orchestrator.n_submissions(&run.id), 4);
    assert!(state(&bench.app, &run).await >= RunState::Succeeded);
}

#[tokio::test]
async fn a_job_is_stopped_by_people_and_by_time() {
    let bench = with_policy(&json!({"timeout_minutes": 10})).await;
    bench.live_through(&days(14, Day::default())).await;
    let app = &bench.app;
    let ask = async || {
        let asked = app
            .request_retraining(&model(), None, "by hand", "local")
            .await;
        asked.unwrap()
    };
    // Before it is handed over.
    let first = ask().await;
    let stopped = app
        .cancel_retraining(&model(), &first.id, "local", "a mistake")
        .await
        .unwrap();
    assert_eq!(stopped.state, RunState::Cancelled);
    let again = app
        .cancel_retraining(&model(), &first.id, "local", "twice")
        .await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
    // At work.
    let second = ask().await;
    app.advance_retrainings().await.unwrap();
    let stopping = app
        .cancel_retraining(&model(), &second.id, "local", "a mistake")
        .await
        .unwrap();
    assert_eq!(stopping.state, RunState::Cancelling);
    wait(&bench, app, 1).await;
    assert_eq!(state(app, &second).await, RunState::Cancelled);
    assert!(bench.world.orchestrator.is_cancel_asked(&second.id));
    // A job that never answers, in an orchestrator that does not obey: it ends all the same.
    bench.world.orchestrator.obey_no_cancel();
    let third = ask().await;
    app.advance_retrainings().await.unwrap();
    bench.world.orchestrator.put(&third.id, JobStatus::Running);
    for _ in 0..30 {
        wait(&bench, app, 60).await;
    }
    let third = app.retraining(&model(), &third.id).await.unwrap().run;
    assert_eq!(third.state, RunState::TimedOut);
    let why = third.end_reason.unwrap();
    assert!(
        why.contains("10 minutes") && why.contains("did not confirm"),
        "{why}"
    );
}

#[tokio::test]
async fn a_refused_job_and_missing_data_end_with_their_reason() {
    let bench = with_policy(&json!({})).await;
    let ask = async || {
        bench
            .app
            .request_retraining(&model(), None, "by hand", "local")
            .await
    };
    assert_eq!(
        ask().await.unwrap_err().kind(),
        ErrorKind::Invalid,
        "no data yet"
    );
    bench.live_through(&days(14, Day::default())).await;
    bench.world.orchestrator.refuse("no such DAG");
    let refused = ask().await.unwrap();
    bench.app.advance_retrainings().await.unwrap();
    bench.world.snapshots.refuse("no labelled rows");
    let empty = ask().await.unwrap();
    bench.app.advance_retrainings().await.unwrap();
    for (run, word) in [(refused, "no such DAG"), (empty, "no labelled rows")] {
        let run = bench.app.retraining(&model(), &run.id).await.unwrap().run;
        assert_eq!(run.state, RunState::Failed);
        assert!(run.end_reason.as_deref().unwrap().contains(word), "{run:?}");
    }
    assert!(bench.world.orchestrator.started().is_empty());
    let nobody = bench
        .app
        .request_retraining(&model(), None, " ", "local")
        .await;
    assert_eq!(
        nobody.unwrap_err().kind(),
        ErrorKind::Invalid,
        "a reason is asked for"
    );
    let other = "other".parse().unwrap();
    let missing = bench
        .app
        .request_retraining(&model(), Some(&other), "by hand", "local")
        .await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_job_reports_with_its_token_and_nobody_else_does() {
    let bench = with_policy(&json!({})).await;
    bench.live_through(&days(14, Day::default())).await;
    let app = &bench.app;
    let run = app
        .request_retraining(&model(), None, "by hand", "local")
        .await
        .unwrap();
    let report = |text: &str| -> JobReport { serde_json::from_str(text).unwrap() };
    app.advance_retrainings().await.unwrap();
    let callback = bench.world.orchestrator.started()[0]
        .callback
        .clone()
        .unwrap();
    let expected = format!(
        "https://trimtab.example/api/v1/retraining/{}/events",
        run.id
    );
    assert_eq!(callback.url, expected);
    let done = report(r#"{"status":"succeeded","registered_version":"4"}"#);
    let before = bench.world.store.retraining(&run.id).await.unwrap();
    for wrong in ["", "x", &before.as_ref().unwrap().callback_hashes[0]] {
        let error = app
            .report_job(&run.id, wrong, done.clone())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
    }
    let missing = app
        .report_job(&"ret_none".parse().unwrap(), &callback.token, done.clone())
        .await;
    assert_eq!(
        missing.unwrap_err().kind(),
        ErrorKind::Denied,
        "as a wrong token"
    );
    assert_eq!(
        bench.world.store.retraining(&run.id).await.unwrap(),
        before,
        "no trace"
    );
    let running = report(r#"{"status":"running"}"#);
    let now = app
        .report_job(&run.id, &callback.token, running)
        .await
        .unwrap();
    assert_eq!(now.state, RunState::Running);
    let now = app
        .report_job(&run.id, &callback.token, done.clone())
        .await
        .unwrap();
    assert_eq!(now.state, RunState::Succeeded);
    // The token ends with the job.
    let late = app
        .report_job(&run.id, &callback.token, done)
        .await
        .unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Denied);
}

#[tokio::test]
async fn a_policy_that_is_new_does_not_train_for_last_month() {
    let bench = Bench::loans().await;
    bench.live_through(&story()).await;
    // Quality is back for two weeks: what was lost is over.
    bench.live_from(35, &days(14, Day::default())).await;
    let documents = vec![policy(&json!({}))];
    bench.app.apply_documents(documents, "local").await.unwrap();
    bench.live_from(49, &days(3, Day::default())).await;
    assert!(runs(&bench.app).await.is_empty());
}
