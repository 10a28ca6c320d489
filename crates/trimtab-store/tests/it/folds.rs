//! Folds: what the profiler commits.

use crate::Database;
use crate::sample::{
    at, delta, everything, fold, grid, grid_of, hour, key, labelled, labels, model, n_labels,
    point, position, profile, reference, result,
};
use futures::FutureExt as _;
use std::collections::BTreeMap;
use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;
use trimtab_domain::ErrorKind;
use trimtab_domain::fold::{
    Fold, LabelAge, PerformanceDelta, PerformanceProfile, PredictionRole, ProfileKey,
};
use trimtab_domain::intake::{ModelProgress, Position};
use trimtab_domain::ports::store::{ProfileQuery, SignalQuery};
use trimtab_domain::ports::{
    ModelStore as _, ProfileStore as _, ResultStore as _, SignalStore as _,
};
use trimtab_stats::{DatasetProfile, RegressionPerformance};
use trimtab_store::SqlStore;

pub(crate) async fn profiles_merge_to_the_same_bytes_as_one_pass(database: Database) {
    let store = database.open().await;
    let grid = grid(1);
    let mut whole = DatasetProfile::empty(&grid);
    let mut from = Position::default();
    for seed in 0..5 {
        let part = delta(key("m", hour(0)), &grid, 30 + seed, seed);
        whole.merge(&part.profile).unwrap();
        let fold = Fold {
            next: position(u64::from(seed) + 1),
            // Twice the same key in one fold is added too.
            profiles: vec![part.clone(), part.clone()],
            ..Fold::default()
        };
        whole.merge(&part.profile).unwrap();
        store.commit_fold("profiler", from, &fold).await.unwrap();
        from = fold.next;
    }
    let stored = store.profiles(&everything("m")).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].key, key("m", hour(0)));
    assert_eq!(stored[0].grid_version, 1);
    assert_eq!(stored[0].profile.to_bytes(), whole.to_bytes());
    let volumes = store.volumes(&everything("m")).await.unwrap();
    assert_eq!(volumes[0].n_rows, whole.n_rows);
    assert_eq!(store.position("profiler").await.unwrap(), position(5));
    assert_eq!(
        store.position("another").await.unwrap(),
        Position::default()
    );
}

pub(crate) async fn a_consumer_that_was_overtaken_changes_nothing(database: Database) {
    let store = database.open().await;
    let first = fold("m", &[0], 10, 5);
    store
        .commit_fold("profiler", Position::default(), &first)
        .await
        .unwrap();
    for from in [Position::default(), position(4), position(6)] {
        let late = fold("m", &[0], 10, 9);
        let error = store
            .commit_fold("profiler", from, &late)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    }
    assert_eq!(store.volumes(&everything("m")).await.unwrap()[0].n_rows, 10);
    assert_eq!(store.position("profiler").await.unwrap(), position(5));
    // Consumers don't know of each other.
    let other = fold("n", &[0], 10, 3);
    store
        .commit_fold("other", Position::default(), &other)
        .await
        .unwrap();
}

pub(crate) async fn of_two_committers_one_wins(database: Database) {
    let store = database.open().await;
    let mut from = Position::default();
    for round in 0..5_u64 {
        let folds: Vec<Fold> = (0..6)
            .map(|i| fold("m", &[0, 1], 10, 10 * round + i + 1))
            .collect();
        let attempts = folds
            .iter()
            .map(|fold| store.commit_fold("profiler", from, fold));
        let outcomes = futures::future::join_all(attempts).await;
        let mut winners = Vec::new();
        for (fold, outcome) in folds.iter().zip(outcomes) {
            match outcome {
                Ok(()) => winners.push(fold.next),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
            }
        }
        assert_eq!(winners.len(), 1);
        from = store.position("profiler").await.unwrap();
        assert_eq!(winners, [from]);
        let volumes = store.volumes(&everything("m")).await.unwrap();
        assert!(
            volumes
                .iter()
                .all(|volume| volume.n_rows == 10 * (round + 1))
        );
    }
}

pub(crate) async fn progress_merges_by_earliest_and_latest(database: Database) {
    let store = database.open().await;
    let seen = |data_from, watermark, complete_until, labels_through| ModelProgress {
        data_from: Option::map(data_from, at),
        watermark: Option::map(watermark, at),
        complete_until: Option::map(complete_until, at),
        labels_through: Option::map(labels_through, at),
    };
    let (april, may, june) = (
        "2013-04-01T00:00:00Z",
        "2013-05-01T00:00:00Z",
        "2013-06-01T00:00:00Z",
    );
    let mut from = Position::default();
    for (i, progress) in [
        seen(Some(may), Some(may), None, None),
        seen(Some(june), Some(june), Some(may), Some(april)),
        seen(None, None, None, None),
        seen(Some(april), Some(april), Some(april), None),
    ]
    .into_iter()
    .enumerate()
    {
        let fold = Fold {
            next: position(i as u64 + 1),
            progress: BTreeMap::from([(model("m"), progress)]),
            unmatched_labels: BTreeMap::from([(model("m"), i as u64)]),
            ..Fold::default()
        };
        store.commit_fold("profiler", from, &fold).await.unwrap();
        from = fold.next;
    }
    let merged = store.progress().await.unwrap();
    assert_eq!(
        merged[&model("m")],
        seen(Some(april), Some(june), Some(may), Some(april))
    );
    assert_eq!(store.unmatched_labels(&model("m")).await.unwrap(), 6);
    assert_eq!(store.unmatched_labels(&model("n")).await.unwrap(), 0);
}

/// Four hours of a live version with one segment and of a shadow one.
async fn two_versions(store: &SqlStore) {
    let grid = grid(1);
    let of = |version: &str, role, segment: &str, n| ProfileKey {
        version: version.to_owned(),
        role,
        segment: segment.to_owned(),
        ..key("m", hour(n))
    };
    let (live, shadow) = (PredictionRole::Live, PredictionRole::Shadow);
    let mut profiles = Vec::new();
    for n in 0..4 {
        profiles.push(delta(of("1", live, "", n), &grid, 10, 1));
        profiles.push(delta(of("2", shadow, "", n), &grid, 20, 1));
        profiles.push(delta(of("1", live, "origin=JFK", n), &grid, 4, 1));
    }
    profiles.push(delta(key("other", hour(0)), &grid, 99, 1));
    let fold = Fold {
        next: position(1),
        profiles,
        ..Fold::default()
    };
    store
        .commit_fold("profiler", Position::default(), &fold)
        .await
        .unwrap();
}

pub(crate) async fn queries_select_by_version_role_segment_and_range(database: Database) {
    let store = database.open().await;
    two_versions(&store).await;
    let count = async |query: ProfileQuery| -> Vec<(u64, i64)> {
        let volumes = store.volumes(&query).await.unwrap();
        let profiles = store.profiles(&query).await.unwrap();
        assert_eq!(volumes.len(), profiles.len());
        let first = hour(0).start.as_second();
        volumes
            .iter()
            .zip(&profiles)
            .map(|(volume, profile)| {
                assert_eq!(volume.key, profile.key);
                assert_eq!(volume.n_rows, profile.profile.n_rows);
                (
                    volume.n_rows,
                    (volume.key.window.start.as_second() - first) / 3_600,
                )
            })
            .collect()
    };
    let all = everything("m");
    let expected: Vec<(u64, i64)> = (0..4).flat_map(|n| [(10, n), (20, n)]).collect();
    assert_eq!(count(all.clone()).await, expected, "in order of window");
    let only_shadow = ProfileQuery {
        role: Some(PredictionRole::Shadow),
        ..all.clone()
    };
    assert_eq!(
        count(only_shadow).await,
        [(20, 0), (20, 1), (20, 2), (20, 3)]
    );
    let version = ProfileQuery {
        version: Some("1".to_owned()),
        ..all.clone()
    };
    assert_eq!(count(version).await.len(), 4);
    let segment = ProfileQuery {
        segment: "origin=JFK".to_owned(),
        ..all.clone()
    };
    assert_eq!(count(segment).await, [(4, 0), (4, 1), (4, 2), (4, 3)]);
    let range = trimtab_domain::Window {
        start: hour(1).start,
        end: hour(3).start,
    };
    let inside = ProfileQuery {
        role: Some(PredictionRole::Live),
        range,
        ..all
    };
    assert_eq!(count(inside).await, [(10, 1), (10, 2)]);
}

pub(crate) async fn versions_are_those_seen_in_all_traffic(database: Database) {
    let store = database.open().await;
    two_versions(&store).await;
    let (live, shadow) = (PredictionRole::Live, PredictionRole::Shadow);
    let versions = store.versions(&model("m")).await.unwrap();
    let versions: Vec<_> = versions
        .iter()
        .map(|info| (info.version.as_str(), info.role, info.n_predictions))
        .collect();
    assert_eq!(versions, [("1", live, 40), ("2", shadow, 80)]);
    let info = &store.versions(&model("m")).await.unwrap()[0];
    assert_eq!(
        (info.first_seen, info.last_seen),
        (hour(0).start, hour(3).end)
    );
}

pub(crate) async fn performance_is_kept_by_age_and_corrected(database: Database) {
    let store = database.open().await;
    let window = || key("m", hour(0));
    let mut wrong = PerformanceDelta {
        key: window(),
        age: LabelAge::Hour,
        added: None,
        removed: Some(labels(2, 0)),
    };
    let folds = [
        vec![
            labelled(window(), LabelAge::Hour, 5),
            labelled(window(), LabelAge::Week, 7),
        ],
        vec![labelled(window(), LabelAge::Hour, 3)],
        vec![wrong.clone()],
        // A label and its correction in one run, the correction first.
        {
            wrong.age = LabelAge::Later;
            wrong.removed = Some(labels(1, 1));
            vec![wrong, labelled(window(), LabelAge::Later, 4)]
        },
    ];
    let mut from = Position::default();
    for (i, performance) in folds.into_iter().enumerate() {
        let fold = Fold {
            next: position(i as u64 + 1),
            performance,
            ..Fold::default()
        };
        store.commit_fold("profiler", from, &fold).await.unwrap();
        from = fold.next;
    }
    let stored = store.performance(&everything("m")).await.unwrap();
    let counts: Vec<(LabelAge, u64)> = stored
        .iter()
        .map(|stored| (stored.age, n_labels(&stored.performance)))
        .collect();
    assert_eq!(
        counts,
        [
            (LabelAge::Hour, 14),
            (LabelAge::Week, 14),
            (LabelAge::Later, 6)
        ]
    );
    assert_eq!(stored[1].performance, labels(7, 7));
    assert!(stored.iter().all(|stored| stored.key == window()));
}

pub(crate) async fn a_correction_of_an_uncounted_label_is_passed_over(database: Database) {
    let store = database.open().await;
    let correction = |next, added: Option<PerformanceProfile>| Fold {
        next: position(next),
        performance: vec![PerformanceDelta {
            key: key("m", hour(0)),
            age: LabelAge::Day,
            added,
            removed: Some(labels(9, 9)),
        }],
        ..Fold::default()
    };
    let nothing = correction(1, None);
    store
        .commit_fold("profiler", Position::default(), &nothing)
        .await
        .unwrap();
    assert!(
        store
            .performance(&everything("m"))
            .await
            .unwrap()
            .is_empty()
    );
    let too_much = correction(2, Some(labels(1, 1)));
    store
        .commit_fold("profiler", position(1), &too_much)
        .await
        .unwrap();
    let stored = store.performance(&everything("m")).await.unwrap();
    assert_eq!(n_labels(&stored[0].performance), 2);
}

pub(crate) async fn touched_windows_are_forgotten_unless_they_change_again(database: Database) {
    let store = database.open().await;
    let m = model("m");
    store
        .commit_fold("profiler", Position::default(), &fold("m", &[2, 0], 10, 1))
        .await
        .unwrap();
    let labels = Fold {
        next: position(2),
        performance: vec![labelled(key("m", hour(2)), LabelAge::Day, 1)],
        ..fold("other", &[7], 1, 2)
    };
    store
        .commit_fold("profiler", position(1), &labels)
        .await
        .unwrap();
    let touched = store.touched_windows(&m).await.unwrap();
    let seen: Vec<_> = touched
        .iter()
        .map(|touched| (touched.window, touched.rows, touched.labels))
        .collect();
    assert_eq!(
        seen,
        [(hour(0), true, false), (hour(2), true, true)],
        "oldest first"
    );
    assert!(touched[0].sequence < touched[1].sequence);

    // Hour 0 changes again while both are being judged.
    store
        .commit_fold("profiler", position(2), &fold("m", &[0], 1, 3))
        .await
        .unwrap();
    let looked = [
        result(1, "m", "drift", hour(0)),
        result(2, "m", "drift", hour(2)),
    ];
    store.save_results(&looked, &[], &touched).await.unwrap();
    let left = store.touched_windows(&m).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].window, hour(0));
    assert!(left[0].sequence > touched[1].sequence);
    store.save_results(&[], &[], &left).await.unwrap();
    assert!(store.touched_windows(&m).await.unwrap().is_empty());
    assert_eq!(
        store.touched_windows(&model("other")).await.unwrap().len(),
        1
    );
}

pub(crate) async fn shadow_predictions_touch_no_window(database: Database) {
    let store = database.open().await;
    let shadow = ProfileKey {
        role: PredictionRole::Shadow,
        ..key("m", hour(0))
    };
    let fold = Fold {
        next: position(1),
        profiles: vec![delta(shadow.clone(), &grid(1), 10, 1)],
        performance: vec![labelled(shadow, LabelAge::Day, 1)],
        ..Fold::default()
    };
    store
        .commit_fold("profiler", Position::default(), &fold)
        .await
        .unwrap();
    assert!(store.touched_windows(&model("m")).await.unwrap().is_empty());
    assert_eq!(store.profiles(&everything("m")).await.unwrap().len(), 1);
}

pub(crate) async fn counts_on_an_older_grid_are_refused(database: Database) {
    let store = database.open().await;
    let (m, march) = (model("m"), "march".parse().unwrap());
    let now = at("2026-11-28T10:00:00Z");
    store
        .put_reference(&m, &march, &reference(&grid(2), 2), now)
        .await
        .unwrap();
    let stale = fold("m", &[0], 10, 1);
    let error = store
        .commit_fold("profiler", Position::default(), &stale)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(
        store.position("profiler").await.unwrap(),
        Position::default()
    );
    let fresh = Fold {
        profiles: vec![delta(key("m", hour(0)), &grid(2), 10, 1)],
        ..stale
    };
    store
        .commit_fold("profiler", Position::default(), &fresh)
        .await
        .unwrap();
}

pub(crate) async fn rows_before_the_first_grid_are_counted(database: Database) {
    let store = database.open().await;
    let mut without = fold("m", &[0], 0, 1);
    without.profiles[0].grid_version = 0;
    without.profiles[0].profile = DatasetProfile {
        n_rows: 25,
        columns: Vec::new(),
    };
    store
        .commit_fold("profiler", Position::default(), &without)
        .await
        .unwrap();
    without.next = position(2);
    store
        .commit_fold("profiler", position(1), &without)
        .await
        .unwrap();
    assert_eq!(store.volumes(&everything("m")).await.unwrap()[0].n_rows, 50);
    store
        .commit_fold("profiler", position(2), &fold("m", &[0], 10, 3))
        .await
        .unwrap();
    let stored = store.profiles(&everything("m")).await.unwrap();
    assert_eq!((stored[0].grid_version, stored[0].profile.n_rows), (1, 60));
    assert_eq!(stored[0].profile.columns, profile(&grid(1), 10, 0).columns);
}

pub(crate) async fn profiles_can_be_replaced_as_a_whole(database: Database) {
    let store = database.open().await;
    let mut first = fold("m", &[0, 1, 2], 10, 1);
    first
        .performance
        .push(labelled(key("m", hour(1)), LabelAge::Day, 2));
    first
        .profiles
        .push(delta(key("other", hour(0)), &grid(1), 3, 1));
    store
        .commit_fold("profiler", Position::default(), &first)
        .await
        .unwrap();
    let m = model("m");
    let touched = store.touched_windows(&m).await.unwrap();
    store.save_results(&[], &[], &touched).await.unwrap();

    let again = [
        delta(key("m", hour(1)), &grid(2), 7, 1),
        delta(key("m", hour(5)), &grid(2), 8, 1),
    ];
    store.replace_profiles(&m, &again).await.unwrap();
    let stored = store.profiles(&everything("m")).await.unwrap();
    let seen: Vec<_> = stored
        .iter()
        .map(|stored| {
            (
                stored.key.window,
                stored.grid_version,
                stored.profile.n_rows,
            )
        })
        .collect();
    assert_eq!(seen, [(hour(1), 2, 7), (hour(5), 2, 8)]);
    assert_eq!(store.performance(&everything("m")).await.unwrap().len(), 1);
    assert_eq!(store.profiles(&everything("other")).await.unwrap().len(), 1);
    assert_eq!(
        store.touched_windows(&m).await.unwrap().len(),
        2,
        "they are to be judged again"
    );
    let foreign = [delta(key("other", hour(1)), &grid(2), 7, 1)];
    assert!(store.replace_profiles(&m, &foreign).await.is_err());
    store.replace_profiles(&m, &[]).await.unwrap();
    assert!(store.profiles(&everything("m")).await.unwrap().is_empty());
}

pub(crate) async fn a_fold_of_many_profiles_crosses_batches(database: Database) {
    let store = database.open().await;
    let grid = grid_of(1, 2);
    let mut profiles = Vec::new();
    for n in 0..60 {
        for segment in ["", "origin=EWR", "origin=JFK", "origin=LGA"] {
            let key = ProfileKey {
                segment: segment.to_owned(),
                ..key("m", hour(n))
            };
            profiles.push(delta(key, &grid, 5, u32::try_from(n).unwrap()));
        }
    }
    let points =
        (0..300).map(|n| point("m", "metric.revenue", &format!("c{}", n % 7), n, Some(0.5)));
    let mut fold = Fold {
        next: position(1),
        profiles,
        points: points.collect(),
        ..Fold::default()
    };
    store
        .commit_fold("profiler", Position::default(), &fold)
        .await
        .unwrap();
    fold.next = position(2);
    store
        .commit_fold("profiler", position(1), &fold)
        .await
        .unwrap();
    for segment in ["", "origin=EWR", "origin=JFK", "origin=LGA"] {
        let query = ProfileQuery {
            segment: segment.to_owned(),
            ..everything("m")
        };
        let stored = store.profiles(&query).await.unwrap();
        assert_eq!(stored.len(), 60);
        for (n, stored) in stored.iter().enumerate() {
            let mut twice = profile(&grid, 5, u32::try_from(n).unwrap());
            twice.merge(&twice.clone()).unwrap();
            assert_eq!(stored.profile, twice, "{segment} {n}");
        }
    }
    let points = store.signals(&SignalQuery::default()).await.unwrap();
    assert_eq!(points.len(), 300);
}

/// A fold whose last part (quality of another task) cannot be stored.
fn doomed(next: u64) -> Fold {
    let mut regression = RegressionPerformance::default();
    regression.add(1.0, 2.0);
    Fold {
        performance: vec![PerformanceDelta {
            key: key("m", hour(0)),
            age: LabelAge::Day,
            added: Some(PerformanceProfile::Regression(regression)),
            removed: None,
        }],
        points: vec![point("m", "metric.revenue", "all", 0, Some(1.0))],
        ..fold("m", &[0, 1], 10, next)
    }
}

pub(crate) async fn a_fold_that_fails_late_leaves_no_trace(database: Database) {
    let store = database.open().await;
    let mut first = fold("m", &[0], 10, 1);
    first
        .performance
        .push(labelled(key("m", hour(0)), LabelAge::Day, 2));
    store
        .commit_fold("profiler", Position::default(), &first)
        .await
        .unwrap();
    let touched = store.touched_windows(&model("m")).await.unwrap();
    let error = store
        .commit_fold("profiler", position(1), &doomed(2))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(store.position("profiler").await.unwrap(), position(1));
    let volumes = store.volumes(&everything("m")).await.unwrap();
    assert_eq!((volumes.len(), volumes[0].n_rows), (1, 10));
    assert_eq!(store.touched_windows(&model("m")).await.unwrap(), touched);
    assert!(
        store
            .signals(&SignalQuery::default())
            .await
            .unwrap()
            .is_empty()
    );
}

/// Dropping the future at any of its steps stands for a crash there: the transaction is rolled
/// back, and the same fold can be committed again.
pub(crate) async fn a_fold_that_is_dropped_half_way_leaves_no_trace(database: Database) {
    let store = database.open().await;
    let mut from = Position::default();
    let mut n_rows = 0;
    let mut n_dropped = 0;
    for n_steps in 0..400 {
        let mut next = fold("m", &[0, 1], 10, from.offset + 1);
        next.performance
            .push(labelled(key("m", hour(0)), LabelAge::Day, 1));
        next.points
            .push(point("m", "metric.revenue", "all", 0, Some(1.0)));
        let is_done = {
            let mut commit = pin!(store.commit_fold("profiler", from, &next));
            // Polled when it is woken, so that a step is an answer of the database and no span of
            // time.
            let mut n_polls = 0;
            poll_fn(|context| {
                if n_polls == n_steps {
                    return Poll::Ready(false);
                }
                n_polls += 1;
                commit.as_mut().poll(context).map(|_| true)
            })
            .await
        };
        let position = settled(&store, from, n_rows).await;
        if position == from {
            assert!(!is_done);
            n_dropped += 1;
        } else {
            assert_eq!(position, next.next);
            n_rows += 10;
            from = position;
        }
        if is_done && n_steps > 5 {
            break;
        }
    }
    assert!(n_rows > 0, "no attempt was given enough steps");
    assert!(n_dropped > 3, "no attempt was dropped half way");
    let last = fold("m", &[0], 10, from.offset + 1);
    let first_poll = store.commit_fold("profiler", from, &last).now_or_never();
    assert!(!matches!(&first_poll, Some(Err(error)) if error.kind() != ErrorKind::Conflict));
    // What was dropped may still move the consumer; whoever reads its place again gets through.
    let mut has_committed = false;
    for _ in 0..200 {
        let from = store.position("profiler").await.unwrap();
        let last = fold("m", &[0], 10, from.offset + 1);
        match store.commit_fold("profiler", from, &last).await {
            Ok(()) => {
                has_committed = true;
                break;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict),
        }
    }
    assert!(has_committed, "a dropped fold stays in the way");
}

/// Where the profiler stands once its rows agree with that: `n_rows` at `from`, ten more beyond.
///
/// A commit that was dropped after its last statement was sent may still land between two reads;
/// the next look then agrees. A fold that is stored by half never does.
async fn settled(store: &SqlStore, from: Position, n_rows: u64) -> Position {
    let mut agreed = None;
    for _ in 0..200 {
        let position = store.position("profiler").await.unwrap();
        let expected = if position == from {
            n_rows
        } else {
            n_rows + 10
        };
        let volumes = store.volumes(&everything("m")).await.unwrap();
        let n_windows = if expected == 0 { 0 } else { 2 };
        if volumes.len() == n_windows && volumes.iter().all(|volume| volume.n_rows == expected) {
            agreed = Some(position);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(agreed.is_some(), "a part of a dropped fold stayed");
    agreed.unwrap()
}
