//! The gate: which rows decide, what is stored, and what a crash leaves.

use crate::bench::{Bench, at, days, model};
use bytes::Bytes;
use trimtab_app::validation::{ValidationAnswer, VersionFile};
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::{ModelSpec, ValidationRules};
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::ports::validation::{TrainingRows, TrialRequest, TrialRows};
use trimtab_domain::ports::{AuditStore, ValidationStore};
use trimtab_domain::validation::{
    Contender, MetricEvidence, TrialEvidence, Validation, ValidationState, Verdict,
};
use trimtab_domain::{Error, ErrorKind, ValidationId, Window};
use trimtab_testkit::samples::{Day, documents, loans};

fn file(version: &str, trained_until: &str) -> VersionFile {
    VersionFile {
        version: version.to_owned(),
        file: Bytes::from_static(b"model"),
        encoding: Bytes::from(format!(
            r#"{{"numeric": ["income"], "one_hot": [],
                "training_period": {{"start": "2013-01-01T00:00:00Z", "end": "{trained_until}"}}}}"#
        )),
        expected_sha256: None,
        snapshot: None,
        claimed: std::collections::BTreeMap::new(),
    }
}

/// What a candidate shows that is better in everything.
fn better() -> TrialEvidence {
    let metric = |name: &str, sign: f64| MetricEvidence {
        metric: name.to_owned(),
        champion: Some(0.5),
        candidate: Some(0.5 + sign * 0.1),
        difference: Some(sign * 0.1),
        low: Some(sign * 0.1 - 0.01),
        high: Some(sign * 0.1 + 0.01),
        ..MetricEvidence::default()
    };
    TrialEvidence {
        n_rows: 5_000,
        n_positive: Some(1_500),
        n_days: Some(10),
        period: Some(Window {
            start: at("2013-04-02T00:00:00Z"),
            end: at("2013-04-12T00:00:00Z"),
        }),
        candidate: Contender {
            version: "v3".to_owned(),
            latency: Some(trimtab_domain::validation::Latency {
                n: 300,
                p50_ms: 0.01,
                p99_ms: 0.02,
                batch_us_per_row: 1.0,
            }),
            ..Contender::default()
        },
        champion: Some(Contender::default()),
        metrics: vec![
            metric("roc_auc", 1.0),
            metric("brier", -1.0),
            metric("ece", -1.0),
        ],
        ..TrialEvidence::default()
    }
}

async fn validate(bench: &Bench) -> trimtab_domain::Result<Validation> {
    bench
        .app
        .validate_files(
            &model(),
            Some(&file("v1", "2013-02-01T00:00:00Z")),
            &file("v3", "2013-04-02T00:00:00Z"),
            None,
            "local",
        )
        .await
}

/// What trials find is given to them here: little traffic will do.
const QUIET: Day = Day {
    n_rows: 20,
    income_shift: 0.0,
    skill: 1.0,
    missing: 0.0,
    latency_ms: 20.0,
};

/// Some days of traffic.
async fn lived() -> Bench {
    let bench = Bench::bare(loans()).await;
    bench.live_through(&days(5, QUIET)).await;
    bench
}

async fn entries(bench: &Bench) -> Vec<AuditEntry> {
    let newest = AuditQuery::newest(100);
    let found = bench.world.store.audit_entries(&newest).await.unwrap();
    found.into_iter().map(|chained| chained.entry).collect()
}

fn only(mut requests: Vec<TrialRequest>) -> TrialRequest {
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[tokio::test]
async fn the_rows_lie_behind_the_training_data_and_have_had_time_for_their_labels() {
    let bench = lived().await;
    bench.world.trials.next(Ok(better()));
    let found = validate(&bench).await.unwrap();
    assert_eq!(found.verdict, Some(Verdict::Passed), "{found:#?}");
    let request = only(bench.world.trials.requests());
    let TrialRows::Lake {
        period, known_at, ..
    } = &request.rows
    else {
        unreachable!("a server's rows are in the lake");
    };
    // The candidate's training data reach further than the champion's.
    assert_eq!(period.start, at("2013-04-02T00:00:00Z"));
    let spec: &ModelSpec = &bench.app.model(&model()).await.unwrap();
    let wait = known_at.as_second() - period.end.as_second();
    assert_eq!(wait, i64::from(spec.label_delay_seconds));
    let Some(TrainingRows::Lake { period, .. }) = &request.training else {
        unreachable!("the encoding document says what it was trained on");
    };
    assert_eq!(period.end, at("2013-04-02T00:00:00Z"));
    assert_eq!(request.rules, ValidationRules::default());
}

#[tokio::test]
async fn what_ended_is_stored_listed_and_in_the_audit_log() {
    let bench = lived().await;
    bench.world.trials.next(Ok(better()));
    let passed = validate(&bench).await.unwrap();
    let again = validate(&bench).await.unwrap();
    assert_eq!(again.verdict, Some(Verdict::CouldNotDecide));
    let app = &bench.app;
    let listed = app.validations(&model(), None, 10).await.unwrap();
    assert_eq!(listed, [again.clone(), passed.clone()]);
    assert_eq!(app.validation(&model(), &passed.id).await.unwrap(), passed);
    // The newest one counts: an older pass is no leave.
    assert_eq!(app.passed_validation(&model(), "v3").await.unwrap(), None);
    bench.world.trials.next(Ok(better()));
    let newest = validate(&bench).await.unwrap();
    let leave = app.passed_validation(&model(), "v3").await.unwrap();
    assert_eq!(leave.map(|it| it.id), Some(newest.id));
    assert_eq!(app.passed_validation(&model(), "v9").await.unwrap(), None);
    let log = entries(&bench).await;
    let ended: Vec<&str> = log
        .iter()
        .filter(|entry| entry.action == "validation_ended")
        .map(|entry| entry.text.as_str())
        .collect();
    assert_eq!(ended.len(), 3);
    assert!(ended.iter().any(|text| text.contains("passed")));
    let page = trimtab_app::report::answer_report(
        &ValidationAnswer(passed),
        app.now(),
        &jiff::tz::TimeZone::UTC,
    );
    assert!(page.contains("v3 passed beside v1"), "{page}");
    assert!(page.contains("AUC"), "{page}");
}

#[tokio::test]
async fn a_file_that_is_no_model_is_refused_and_leaves_no_trace() {
    let bench = lived().await;
    let mut candidate = file("v3", "2013-04-02T00:00:00Z");
    candidate.file = Bytes::from_static(b"a pickle");
    let refused = bench
        .app
        .validate_files(&model(), None, &candidate, None, "local")
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(refused.message().contains("v3"), "{refused}");
    let mut candidate = file("v3", "2013-04-02T00:00:00Z");
    candidate.encoding = Bytes::from_static(b"[]");
    let refused = bench
        .app
        .validate_files(&model(), None, &candidate, None, "local")
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let listed = bench.app.validations(&model(), None, 10).await.unwrap();
    assert_eq!(listed, []);
    let log = entries(&bench).await;
    assert!(log.iter().all(|entry| entry.action != "validation_ended"));
}

#[tokio::test]
async fn a_gate_that_cannot_look_says_so_and_lets_nobody_through() {
    let bench = lived().await;
    let why = Error::invalid("the champion cannot be scored on these rows");
    bench.world.trials.next(Err(why));
    let found = validate(&bench).await.unwrap();
    assert_eq!(found.state, ValidationState::Failed);
    assert_eq!(found.verdict, Some(Verdict::CouldNotDecide));
    assert!(
        found.sentence.contains("cannot be scored"),
        "{}",
        found.sentence
    );
    let leave = bench.app.passed_validation(&model(), "v3").await.unwrap();
    assert_eq!(leave, None);
}

#[tokio::test]
async fn what_a_crash_cut_off_is_closed_at_the_next_start() {
    let bench = lived().await;
    let running = Validation::requested(
        ValidationId::from_suffix("cut"),
        model(),
        ("v3".to_owned(), None),
        "default".to_owned(),
        "local",
        at("2013-04-10T00:00:00Z"),
    );
    bench.world.store.put_validation(&running).await.unwrap();
    let next = crate::bench::app_of(&bench.world);
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    next.run_background(stop).await;
    let found = next.validation(&model(), &running.id).await.unwrap();
    assert_eq!(found.state, ValidationState::Interrupted);
    assert_eq!(found.verdict, Some(Verdict::CouldNotDecide));
}

#[tokio::test]
async fn the_declared_policy_holds_and_an_unknown_one_is_not_found() {
    let mut all = loans();
    all.extend(documents(serde_json::json!([
        {"kind": "validation_policy", "model": "loans", "name": "default",
         "rules": {"size": {"max_mb": 0.5}, "segments": {"columns": ["region"]}}},
        {"kind": "validation_policy", "model": "loans", "name": "strict",
         "rules": {"metrics": [{"metric": "roc_auc", "goal": "better"}]}}
    ])));
    let bench = Bench::bare(all).await;
    bench.live_through(&days(5, QUIET)).await;
    let found = validate(&bench).await.unwrap();
    assert_eq!(found.policy, "default");
    let request = only(bench.world.trials.requests());
    assert!((request.rules.size.max_mb - 0.5).abs() < 1e-12);
    assert_eq!(request.segments, ["region"]);
    let with = async |policy: &str| {
        let candidate = file("v3", "2013-04-02T00:00:00Z");
        let policy = policy.parse().unwrap();
        let app = &bench.app;
        app.validate_files(&model(), None, &candidate, Some(&policy), "local")
            .await
    };
    let strict = with("strict").await.unwrap();
    assert_eq!(strict.policy, "strict");
    assert_eq!(strict.champion, None);
    let missing = with("nowhere").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}
