//! A/B tests from logged rows to a verdict.

use crate::bench::{Bench, at, day_start, model};
use jiff::SignedDuration;
use serde_json::json;
use trimtab_app::ab_test::NewAbTest;
use trimtab_domain::ab_test::{AbDesign, AbState, AbTest, AbVerdict, GuardrailState};
use trimtab_domain::documents::Document;
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::audit::{AuditQuery, AuditStore};
use trimtab_domain::ports::{RegistryStore, RolloutStore, ValidationStore};
use trimtab_domain::validation::Verdict;
use trimtab_domain::{AbTestId, ErrorKind};
use trimtab_stats::Random;
use trimtab_testkit::candidates;
use trimtab_testkit::samples::{self, Day, MODEL};

/// Users, each with two rows a day.
const N_USERS: usize = 500;

fn documents() -> Vec<Document> {
    let mut documents = samples::loans();
    documents.extend(samples::documents(json!([{
        "kind": "ab_test", "model": MODEL, "name": "default",
        "primary": {"quality": {"metric": "brier"}},
        "minimum_effect": {"relative": 0.05},
        "guardrails": [
            {"metric": {"latency": {"quantile": 0.9}}, "worse_by_max": {"relative": 0.5}},
            {"metric": {"signal": {"signal": "metric.returns", "better": "lower"}},
             "worse_by_max": {"absolute": 5.0}},
        ],
        "segments": ["region"], "units_min": 50, "days_max": 40,
    }])));
    documents
}

fn split(challenger_share: f64) -> NewAbTest {
    NewAbTest {
        test: None,
        champion: "v1".to_owned(),
        challenger: "v2".to_owned(),
        design: AbDesign::Split { challenger_share },
        since: Some(day_start(0)),
        rollout: None,
    }
}

/// What a day of split traffic is like.
#[derive(Clone, Copy)]
struct Traffic {
    /// Of all users, those that the challenger serves.
    share: f64,
    /// How much of the label the challenger's score knows.
    skill: f64,
    latency_ms: f64,
}

const SAME: Traffic = Traffic {
    share: 0.5,
    skill: 1.0,
    latency_ms: 20.0,
};

async fn live(bench: &Bench, day: u64, traffic: Traffic) {
    let of = |skill, latency_ms| Day {
        n_rows: 1_000,
        skill,
        latency_ms,
        ..Day::default()
    };
    let seed = 7_000 + day;
    let mut rows = samples::day_rows(day_start(day), of(1.0, 20.0), seed);
    let others = samples::day_rows(day_start(day), of(traffic.skill, traffic.latency_ms), seed);
    for (i, (row, other)) in rows.iter_mut().zip(others).enumerate() {
        let user = (i * 7 + usize::try_from(day).unwrap() * 31) % N_USERS;
        let is_challenger = Random::from_seed(user as u64).uniform() < traffic.share;
        if is_challenger {
            *row = other;
        }
        let version = if is_challenger { "v2" } else { "v1" };
        row.insert("model_version".to_owned(), version.into());
        row.insert("entity_id".to_owned(), format!("user-{user}").into());
    }
    bench
        .send(EventKind::Predictions, &samples::predictions(&rows))
        .await;
    let labels = samples::labels(&rows, SignedDuration::from_hours(3));
    bench.send(EventKind::Labels, &labels).await;
    let points: Vec<_> = ["v1", "v2"]
        .into_iter()
        .map(|version| {
            let value = 40.0 + (Random::from_seed(seed).uniform() - 0.5) * 4.0;
            let own = Random::from_seed(seed + 1_000_000).uniform();
            let own = if version == "v2" { own } else { 0.0 };
            let point = json!({"name": "returns", "value": value + own,
                "timestamp": day_start(day).to_string(), "labels": {"version": version}});
            point.as_object().unwrap().clone()
        })
        .collect();
    bench.send(EventKind::MetricPoints, &points).await;
    bench.app.catch_up().await.unwrap();
}

async fn begun(new: NewAbTest) -> (Bench, AbTestId) {
    let bench = Bench::bare(documents()).await;
    let test = bench
        .app
        .start_ab_test(&model(), new, "anna")
        .await
        .unwrap();
    (bench, test.id)
}

async fn test_of(bench: &Bench, id: &AbTestId) -> AbTest {
    bench.app.ab_test_page(&model(), id).await.unwrap().test
}

#[tokio::test]
async fn a_better_challenger_ships_once_every_guardrail_holds() {
    let (bench, id) = begun(split(0.5)).await;
    for day in 0..18 {
        live(&bench, day, Traffic { skill: 1.6, ..SAME }).await;
    }
    let page = bench.app.ab_test_page(&model(), &id).await.unwrap();
    let decision = page.test.decision.clone().unwrap();
    assert_eq!(page.test.state, AbState::Decided);
    assert_eq!(decision.verdict, AbVerdict::Ship, "{}", decision.reason);
    let last = page.looks.last().unwrap();
    assert!(last.primary.high.unwrap() < 0.0, "less is better");
    assert!(last.n_units.iter().all(|n| *n > 200) && last.n_crossed == 0);
    let states: Vec<_> = last.guardrails.iter().map(|one| one.state).collect();
    assert_eq!(states, [GuardrailState::Holds; 2]);
    // The signal has a point a day, and needs fourteen.
    assert!(page.looks.len() >= 14, "{}", page.looks.len());
    let segments: Vec<_> = last
        .segments
        .iter()
        .map(|one| one.segment.as_str())
        .collect();
    assert_eq!(segments.len(), 3, "{segments:?}");
    assert!(last.segments.iter().any(|one| one.differs));
    let looks = &page.looks;
    assert!(
        looks
            .windows(2)
            .all(|pair| pair[0].primary.p_value.unwrap_or(1.0)
                >= pair[1].primary.p_value.unwrap_or(1.0)),
        "what was once unlikely stays so"
    );
    let verdict = bench.app.ab_verdict(&model(), "v1", "v2").await.unwrap();
    assert_eq!(verdict, Some(AbVerdict::Ship));
    assert_eq!(
        bench.app.ab_verdict(&model(), "v1", "v9").await.unwrap(),
        None
    );
    let query = AuditQuery::newest(10).of_model(MODEL);
    let entries = bench.world.store.audit_entries(&query).await.unwrap();
    let actions: Vec<_> = entries
        .iter()
        .map(|chained| &chained.entry)
        .filter(|entry| entry.object == id.as_str())
        .map(|entry| (entry.actor.as_str(), entry.action.as_str()))
        .collect();
    assert_eq!(
        actions,
        [("system", "ab_test_decided"), ("anna", "ab_test_started")]
    );
}

#[tokio::test]
async fn a_worse_or_a_slow_challenger_is_not_shipped() {
    let (bench, id) = begun(split(0.5)).await;
    for day in 0..8 {
        live(&bench, day, Traffic { skill: 0.3, ..SAME }).await;
    }
    let test = test_of(&bench, &id).await;
    assert_eq!(test.verdict(), AbVerdict::Keep);

    let (bench, id) = begun(split(0.5)).await;
    let slow = Traffic {
        skill: 1.6,
        latency_ms: 80.0,
        ..SAME
    };
    for day in 0..4 {
        live(&bench, day, slow).await;
    }
    let decision = test_of(&bench, &id).await.decision.unwrap();
    assert_eq!(decision.verdict, AbVerdict::Keep);
    assert!(
        decision.reason.contains("latency_p90"),
        "{}",
        decision.reason
    );
}

#[tokio::test]
async fn a_split_that_is_not_as_promised_blocks_the_verdict() {
    let (bench, id) = begun(split(0.5)).await;
    let better_but_lopsided = Traffic {
        share: 0.35,
        skill: 1.6,
        ..SAME
    };
    for day in 0..10 {
        live(&bench, day, better_but_lopsided).await;
    }
    let page = bench.app.ab_test_page(&model(), &id).await.unwrap();
    assert_eq!(page.test.state, AbState::Running);
    assert_eq!(page.test.verdict(), AbVerdict::BlockedBySampleRatio);
    let last = page.looks.last().unwrap();
    assert!(!last.sample_ratio.clone().unwrap().holds);
    assert!(
        last.primary.high.unwrap() < 0.0,
        "the numbers alone would ship it"
    );
}

#[tokio::test]
async fn looking_late_sees_what_looking_early_saw() {
    let (early, early_id) = begun(split(0.5)).await;
    let late = Bench::bare(documents()).await;
    for day in 0..5 {
        live(&early, day, SAME).await;
        live(&late, day, SAME).await;
    }
    let late_id = late
        .app
        .start_ab_test(&model(), split(0.5), "anna")
        .await
        .unwrap()
        .id;
    while late.app.advance_ab_tests().await.unwrap() > 0 {}
    let page = |bench: &Bench, id: &AbTestId| {
        let (app, id) = (bench.app.clone(), id.clone());
        async move { app.ab_test_page(&model(), &id).await.unwrap() }
    };
    let (one, other) = (page(&early, &early_id).await, page(&late, &late_id).await);
    assert_eq!(one.looks, other.looks);
    assert_eq!(one.test.progress, other.test.progress);
    assert_eq!(one.looks.len(), 4, "the fifth day is still open");
}

#[tokio::test]
async fn a_shadow_is_compared_on_the_champions_rows() {
    let shadow = NewAbTest {
        design: AbDesign::Shadow,
        ..split(0.5)
    };
    let (bench, id) = begun(shadow).await;
    for day in 0..18 {
        let of = |skill| Day {
            n_rows: 300,
            skill,
            ..Day::default()
        };
        let mut rows = samples::day_rows(day_start(day), of(1.0), day);
        for row in &mut rows {
            row.insert("model_version".to_owned(), "v1".into());
        }
        let mut scores = samples::predictions(&samples::day_rows(day_start(day), of(1.6), day));
        for row in &mut scores {
            row.insert("model_version".to_owned(), "v2".into());
            row.insert("role".to_owned(), "shadow".into());
        }
        bench
            .send(EventKind::Predictions, &samples::predictions(&rows))
            .await;
        bench.send(EventKind::Predictions, &scores).await;
        let labels = samples::labels(&rows, SignedDuration::from_hours(3));
        bench.send(EventKind::Labels, &labels).await;
        bench.app.catch_up().await.unwrap();
    }
    let page = bench.app.ab_test_page(&model(), &id).await.unwrap();
    let last = page.looks.last().unwrap();
    assert!(last.sample_ratio.is_none());
    assert!(last.primary.high.unwrap() < 0.0, "{}", last.reason);
    assert_eq!(last.primary.n_rows[0], last.primary.n_rows[1]);
    // A shadow has no business metric of its own: that guardrail stays open, and says so.
    assert_eq!(page.test.verdict(), AbVerdict::Undecided);
    assert!(last.reason.contains("metric.returns"), "{}", last.reason);
}

#[tokio::test]
async fn what_cannot_be_begun_or_stopped_is_refused() {
    let (bench, id) = begun(split(0.5)).await;
    let start = |new: NewAbTest| {
        let app = bench.app.clone();
        async move {
            let model = model();
            app.start_ab_test(&model, new, "bob").await
        }
    };
    let kind = |result: Result<AbTest, trimtab_domain::Error>| result.unwrap_err().kind();
    assert_eq!(kind(start(split(0.5)).await), ErrorKind::Conflict);
    assert_eq!(kind(start(split(1.0)).await), ErrorKind::Invalid);
    let same = NewAbTest {
        challenger: "v1".to_owned(),
        ..split(0.5)
    };
    assert_eq!(kind(start(same).await), ErrorKind::Invalid);
    let unknown = NewAbTest {
        test: Some("none".parse().unwrap()),
        ..split(0.5)
    };
    assert_eq!(kind(start(unknown).await), ErrorKind::NotFound);

    let stop = |reason: &'static str| {
        let (app, id) = (bench.app.clone(), id.clone());
        async move {
            let model = model();
            app.stop_ab_test(&model, &id, "bob", reason).await
        }
    };
    assert_eq!(kind(stop(" ").await), ErrorKind::Invalid);
    let stopped = stop("another first").await.unwrap();
    assert_eq!(stopped.state, AbState::Stopped);
    assert_eq!(kind(stop("again").await), ErrorKind::Conflict);
    // A step of a rollout begins its test once.
    let of_step = NewAbTest {
        rollout: Some("rol_1 step 3".to_owned()),
        since: Some(at("2013-04-02T00:00:00Z")),
        ..split(0.5)
    };
    let first = start(of_step.clone()).await.unwrap();
    assert_eq!(start(of_step).await.unwrap().id, first.id);
    assert_eq!(bench.app.ab_tests(&model(), 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn documents_must_fit_their_model() {
    let refused = |change: serde_json::Value| async move {
        let mut document = json!({
            "kind": "ab_test", "model": MODEL, "name": "x",
            "primary": {"quality": {"metric": "brier"}}, "minimum_effect": {"absolute": 0.01},
        });
        document
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let mut documents = samples::loans();
        documents.extend(samples::documents(json!([document])));
        let app = crate::bench::app_of(&trimtab_testkit::World::new());
        app.apply_documents(documents, "local")
            .await
            .unwrap_err()
            .to_string()
    };
    let text = refused(json!({"primary": {"quality": {"metric": "mae"}}})).await;
    assert!(text.contains("`mae`"), "{text}");
    let text = refused(json!({"primary": {"errors": {}}})).await;
    assert!(text.contains("role `error`"), "{text}");
    let text = refused(json!({"segments": ["planet"]})).await;
    assert!(text.contains("`planet`"), "{text}");
}

/// A day as a serving system that obeys the flag sends it; the candidate knows more.
async fn serve(bench: &Bench, day: u64) {
    let of = |skill| Day {
        n_rows: 1_000,
        skill,
        ..Day::default()
    };
    let mut rows = samples::day_rows(day_start(day), of(1.0), day);
    let others = samples::day_rows(day_start(day), of(1.6), day);
    let mut beside = Vec::new();
    for (i, (row, other)) in rows.iter_mut().zip(others).enumerate() {
        let user = format!(
            "user-{}",
            (i * 7 + usize::try_from(day).unwrap() * 31) % N_USERS
        );
        let answer = bench.app.evaluate_flag("route.loans", Some(&user)).unwrap();
        let shadow = answer.flag.challenger.as_ref().filter(|one| one.is_shadow);
        if shadow.is_some() {
            let mut other = other.clone();
            other.insert("model_version".to_owned(), "v3".into());
            other.insert("role".to_owned(), "shadow".into());
            beside.push(other);
        }
        if answer.value == "v3" {
            *row = other;
        }
        row.insert("model_version".to_owned(), answer.value.clone().into());
        row.insert("entity_id".to_owned(), user.into());
    }
    let mut sent = samples::predictions(&rows);
    sent.extend(samples::predictions(&beside));
    bench.send(EventKind::Predictions, &sent).await;
    let labels = samples::labels(&rows, SignedDuration::from_hours(3));
    bench.send(EventKind::Labels, &labels).await;
    bench.app.flush_exposures().await.unwrap();
    bench.app.catch_up().await.unwrap();
    bench.world.clock.advance(SignedDuration::from_secs(20));
    bench.app.advance_rollouts().await.unwrap();
}

#[tokio::test]
async fn a_step_of_a_rollout_waits_for_its_own_test() {
    let bench = Bench::loans().await;
    let documents = samples::documents(json!([
        {"kind": "rollout_policy", "model": MODEL, "name": "default", "requests_min": 50,
         "steps": [
            {"stage": "shadow", "hours_min": 24, "rows_min": 100},
            {"stage": "ab", "share_percent": 50, "hours_min": 24, "rows_min": 100},
            {"stage": "full", "entry": [{"ab_test": {"accept": ["ship"]}}]}
         ]},
        {"kind": "ab_test", "model": MODEL, "name": "default", "units_min": 50,
         "primary": {"quality": {"metric": "brier"}}, "minimum_effect": {"relative": 0.05}}
    ]));
    bench.app.apply_documents(documents, "local").await.unwrap();
    let store = &bench.world.store;
    let registered = candidates::registered(MODEL, 2, 3);
    store.commit_registry(&registered).await.unwrap();
    let passed = candidates::validation(MODEL, "v3", Verdict::Passed, 1);
    store.put_validation(&passed).await.unwrap();
    bench.app.refresh_flags().await.unwrap();
    serve(&bench, 0).await;
    let started = bench
        .app
        .start_rollout(&model(), "v3", "val_1", "ines", "better")
        .await
        .unwrap();
    let mut stages = Vec::new();
    for day in 1..16 {
        serve(&bench, day).await;
        let rollout = store.rollout(&started.id).await.unwrap().unwrap();
        stages.push(rollout.stage_in_words());
        if !rollout.phase.is_active() {
            break;
        }
    }
    let tests = bench.app.ab_tests(&model(), 10).await.unwrap();
    stages.dedup();
    let told = format!("{stages:?} {tests:?}");
    assert_eq!(stages, ["ab 50 %", "full"], "{told}");
    let [of_step, of_shadow] = tests.as_slice() else {
        panic!("two tests: {told}");
    };
    // The shadow's step was over before fourteen days were, whatever its rows said.
    assert_eq!(of_shadow.design, AbDesign::Shadow);
    assert_eq!(of_shadow.state, AbState::Stopped);
    assert_eq!(of_step.rollout, Some(format!("{} step 2", started.id)));
    assert_eq!(of_step.verdict(), AbVerdict::Ship, "{told}");
    let ratio = of_step
        .newest
        .as_ref()
        .unwrap()
        .sample_ratio
        .clone()
        .unwrap();
    let exposed = ratio.n_exposed.unwrap();
    assert!(ratio.holds && exposed.iter().all(|n| *n > 150), "{told}");
}
