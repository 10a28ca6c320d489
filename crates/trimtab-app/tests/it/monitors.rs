//! What monitors find.

use crate::bench::{Bench, at, day_start, days, model};
use jiff::SignedDuration;
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::store::{SignalQuery, SignalStore};
use trimtab_domain::result::{Decision, ResultDetail, Severity};
use trimtab_testkit::samples::{self, Day};

const QUIET: Day = Day {
    n_rows: 500,
    income_shift: 0.0,
    skill: 1.0,
    missing: 0.0,
    latency_ms: 20.0,
};

#[tokio::test]
async fn nothing_alarms_where_nothing_happened() {
    let bench = Bench::loans().await;
    bench.live_through(&days(30, QUIET)).await;
    for monitor in ["inputs", "outputs", "auc", "quality", "service"] {
        let story = bench.story(monitor).await;
        let n_found = story
            .chars()
            .filter(|c| matches!(c, 'D' | 'B' | '!'))
            .count();
        assert!(n_found <= 2, "{monitor}: {story}");
    }
    assert_eq!(bench.incidents().await, []);
}

#[tokio::test]
async fn a_window_closes_when_the_events_pass_its_end() {
    let bench = Bench::loans().await;
    bench.live_through(&days(3, QUIET)).await;
    assert_eq!(
        bench.story("inputs").await,
        "..",
        "the third day is still open"
    );
    bench.complete(3).await;
    assert_eq!(
        bench.story("inputs").await,
        "...",
        "the sender's word closes it"
    );
    assert_eq!(
        bench.results("auc").await.len(),
        2,
        "quality waits a day for its labels"
    );
}

#[tokio::test]
async fn a_shifted_column_drifts_and_names_itself() {
    let bench = Bench::loans().await;
    let shifted = Day {
        income_shift: 25.0,
        ..QUIET
    };
    let story = [days(5, QUIET), days(4, shifted), days(6, QUIET)].concat();
    bench.live_through(&story).await;
    assert_eq!(bench.story("inputs").await, ".....DDDD.....");
    let results = bench.results("inputs").await;
    let ResultDetail::Drift(detail) = &results[5].detail else {
        panic!("a drift monitor has drift detail");
    };
    let income = detail
        .columns
        .iter()
        .find(|column| column.name == "income")
        .unwrap();
    assert_eq!(income.decision, Decision::Drift);
    assert!(income.p_value_window.unwrap() < 0.01);
    assert!(income.inflation.unwrap() > 1.0, "days share a shift");
    assert!(!detail.assumes_independent_rows);
    assert_eq!(
        results[5].severity,
        Some(Severity::High),
        "no quality was lost: not critical"
    );
    let methods: Vec<_> = income
        .results
        .iter()
        .map(|result| result.method.as_str())
        .collect();
    for method in ["ks", "psi", "wasserstein", "jensen_shannon"] {
        assert!(methods.contains(&method), "{method} is reported beside");
    }
}

#[tokio::test]
async fn lost_skill_breaches_and_makes_drift_critical() {
    let bench = Bench::loans().await;
    let lost = Day {
        skill: 0.0,
        ..QUIET
    };
    let both = Day {
        income_shift: 25.0,
        ..lost
    };
    let story = [days(8, QUIET), days(8, lost), days(3, both)].concat();
    bench.live_through(&story).await;
    let auc = bench.story("auc").await;
    assert!(
        auc.starts_with("--......"),
        "the first means need their windows: {auc}"
    );
    assert!(auc[10..].chars().all(|c| c == 'B'), "{auc}");
    let results = bench.results("auc").await;
    assert_eq!(results[13].severity, Some(Severity::Critical));
    let drift = bench.results("inputs").await;
    let last = drift.last().unwrap();
    assert_eq!(
        (last.decision, last.severity),
        (Decision::Drift, Some(Severity::Critical))
    );
}

#[tokio::test]
async fn late_labels_revise_the_past() {
    let bench = Bench::loans().await;
    let day = Day {
        n_rows: 200,
        ..QUIET
    };
    let rows = samples::day_rows(day_start(0), day, 7);
    bench
        .send(EventKind::Predictions, &samples::predictions(&rows))
        .await;
    let early = &rows[..100];
    let late = &rows[100..];
    let hours = SignedDuration::from_hours;
    bench
        .send(EventKind::Labels, &samples::labels(early, hours(2)))
        .await;
    bench.complete(2).await;
    let first = bench.results("auc").await.remove(0);
    let ResultDetail::Performance(detail) = &first.detail else {
        panic!("a performance monitor has performance detail");
    };
    assert_eq!((first.revision, detail.n_labelled), (1, 100));
    assert_eq!(detail.maturity, Some(0.5));

    bench
        .send(EventKind::Labels, &samples::labels(late, hours(24 * 5)))
        .await;
    bench.app.catch_up().await.unwrap();
    let all = bench.stored_results("auc", true).await;
    let of_first_day: Vec<_> = all
        .iter()
        .filter(|stored| stored.result.window.start == day_start(0))
        .collect();
    assert_eq!(
        of_first_day.len(),
        2,
        "the past is superseded, not overwritten"
    );
    assert!(of_first_day[0].superseded);
    assert_eq!(of_first_day[1].result.revision, 2);
    let ResultDetail::Performance(detail) = &of_first_day[1].result.detail else {
        panic!("a performance monitor has performance detail");
    };
    assert_eq!(detail.n_labelled, 200);

    bench.app.catch_up().await.unwrap();
    assert_eq!(
        bench.stored_results("auc", true).await.len(),
        all.len(),
        "looking again at what has not changed saves nothing"
    );
}

#[tokio::test]
async fn missing_values_and_vanished_traffic_breach() {
    let bench = Bench::loans().await;
    let holes = Day {
        missing: 0.3,
        ..QUIET
    };
    let trickle = Day {
        n_rows: 100,
        ..QUIET
    };
    let story = [
        days(3, QUIET),
        days(2, holes),
        days(2, trickle),
        days(2, QUIET),
    ]
    .concat();
    bench.live_through(&story).await;
    assert_eq!(bench.story("quality").await, "...BBBB.");
    let results = bench.results("quality").await;
    let found = |place: usize| match &results[place].detail {
        ResultDetail::Checks(detail) => detail
            .checks
            .iter()
            .filter(|check| check.decision == Decision::Breach)
            .map(|check| (check.check.clone(), check.column.clone()))
            .collect::<Vec<_>>(),
        other => panic!("checks expected, found {other:?}"),
    };
    assert_eq!(
        found(3),
        [("missing".to_owned(), Some("income".to_owned()))]
    );
    assert_eq!(found(5), [("volume".to_owned(), None)]);
}

#[tokio::test]
async fn days_without_rows_are_seen_and_a_long_silence_is_not_counted_for_ever() {
    let bench = Bench::loans().await;
    bench.live_through(&days(2, QUIET)).await;
    bench.live_from(5, &days(1, QUIET)).await;
    bench.complete(6).await;
    assert_eq!(bench.story("quality").await, "..BBB.");
    assert_eq!(bench.story("inputs").await, "..---.");
    bench.live_from(500, &days(1, QUIET)).await;
    bench.complete(501).await;
    let results = bench.results("quality").await;
    assert_eq!(results.len(), 6 + 48 + 1);
    assert_eq!(results.last().unwrap().window.start, day_start(500));
}

#[tokio::test]
async fn a_first_day_that_began_late_is_not_too_small() {
    let bench = Bench::loans().await;
    let rows = samples::day_rows(day_start(0), QUIET, 1);
    let evening = samples::predictions(&rows[400..]);
    bench.send(EventKind::Predictions, &evening).await;
    bench.live_from(1, &days(2, QUIET)).await;
    let first = bench.results("quality").await.remove(0);
    let ResultDetail::Checks(detail) = &first.detail else {
        panic!("checks expected");
    };
    let volume = detail
        .checks
        .iter()
        .find(|check| check.check == "volume")
        .unwrap();
    assert_eq!(volume.decision, Decision::NotEnoughData, "{}", volume.text);
}

#[tokio::test]
async fn slow_answers_breach_the_service_limit() {
    let bench = Bench::loans().await;
    let slow = Day {
        latency_ms: 150.0,
        ..QUIET
    };
    bench
        .live_through(&[days(2, QUIET), days(1, slow), days(2, QUIET)].concat())
        .await;
    assert_eq!(bench.story("service").await, "..B.");
    let points = bench
        .world
        .store
        .signals(&SignalQuery {
            model: Some(model()),
            name: Some("service.latency_ms_p95".to_owned()),
            ..SignalQuery::default()
        })
        .await
        .unwrap();
    let values: Vec<f64> = points.iter().filter_map(|point| point.value).collect();
    assert_eq!(values.len(), 4);
    assert!((values[2] - 150.0).abs() < 1.0, "{values:?}");
}

#[tokio::test]
async fn a_live_model_notices_silence_by_the_wall_clock() {
    let mut documents = samples::loans();
    for document in &mut documents {
        if let trimtab_domain::documents::Document::Model(spec) = document {
            spec.clock = trimtab_domain::documents::Clock::Live;
        }
    }
    let bench = Bench::bare(documents).await;
    bench.put_reference().await;
    bench.world.clock.set(day_start(2));
    bench.live_through(&days(2, QUIET)).await;
    assert_eq!(bench.story("quality").await, "..");
    bench.world.clock.set(day_start(4));
    bench.app.catch_up().await.unwrap();
    assert_eq!(bench.story("quality").await, "..BB", "silence is a finding");
}

#[tokio::test]
async fn what_came_before_the_reference_is_profiled_and_judged_when_it_is_there() {
    let bench = Bench::bare(samples::loans()).await;
    bench.live_through(&days(4, QUIET)).await;
    assert_eq!(
        bench.story("inputs").await,
        "",
        "a monitor waits for its reference"
    );
    bench.put_reference().await;
    bench.app.catch_up().await.unwrap();
    assert_eq!(bench.story("inputs").await, "...");
}

#[tokio::test]
async fn a_changed_monitor_is_judged_again_on_request() {
    let bench = Bench::loans().await;
    let shifted = Day {
        income_shift: 25.0,
        ..QUIET
    };
    bench
        .live_through(&[days(2, QUIET), days(3, shifted)].concat())
        .await;
    assert_eq!(bench.story("inputs").await, "..DD");
    let changed = samples::documents(serde_json::json!([
        {"kind": "monitor", "model": "loans", "name": "inputs", "window": "day",
         "monitors": {"data_drift": {"ignore": ["income"]}}}
    ]));
    bench.app.apply_documents(changed, "local").await.unwrap();
    bench.app.catch_up().await.unwrap();
    assert_eq!(
        bench.story("inputs").await,
        "..DD",
        "history stays until asked"
    );
    let range = trimtab_domain::Window {
        start: at("2013-04-03T00:00:00Z"),
        end: at("2013-04-04T00:00:00Z"),
    };
    let again = bench
        .app
        .evaluate(&model(), &"inputs".parse().unwrap(), Some(range), "local")
        .await
        .unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].revision, again[0].decision), (2, Decision::Ok));
    bench
        .app
        .evaluate(&model(), &"inputs".parse().unwrap(), None, "local")
        .await
        .unwrap();
    assert_eq!(bench.story("inputs").await, "....");
}

#[tokio::test]
async fn a_crash_after_a_reference_was_stored_is_mended() {
    use trimtab_domain::ports::{ModelStore, References};
    let mut bench = Bench::bare(samples::loans()).await;
    bench.live_through(&days(4, QUIET)).await;
    let spec = bench.app.model(&model()).await.unwrap();
    let body = samples::ndjson(&crate::bench::reference_rows()).into();
    let media_type = trimtab_domain::intake::MediaType::Ndjson;
    let profile = bench
        .world
        .engine
        .profile_data(&spec, media_type, body, None, 1)
        .await
        .unwrap();
    let name = "first".parse().unwrap();
    bench
        .world
        .store
        .put_reference(&model(), &name, &profile, at("2026-01-01T00:00:00Z"))
        .await
        .unwrap();
    bench.app = crate::bench::app_of(&bench.world);
    bench.app.catch_up().await.unwrap();
    assert_eq!(bench.story("inputs").await, "...");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_background_does_it_all_by_itself() {
    let bench = Bench::loans().await;
    let shutdown = tokio_util::sync::CancellationToken::new();
    let mut changes = bench.app.events();
    let background = tokio::spawn({
        let (app, shutdown) = (bench.app.clone(), shutdown.clone());
        async move { app.run_background(shutdown).await }
    });
    for day in 0..3 {
        let rows = samples::day_rows(day_start(day), QUIET, 3_000 + day);
        bench
            .send(EventKind::Predictions, &samples::predictions(&rows))
            .await;
    }
    let seen = async {
        while bench.story("inputs").await.len() < 2 {
            changes.recv().await.unwrap();
        }
    };
    let limit = std::time::Duration::from_mins(1);
    tokio::time::timeout(limit, seen).await.unwrap();
    shutdown.cancel();
    background.await.unwrap();
}
