//! The lake: exactly once, and what was known when.

use crate::world::{World, models, shop};
use jiff::Timestamp;
use std::sync::Arc;
use trimtab_domain::fold::PerformanceProfile;
use trimtab_domain::intake::{EventKind, Position};
use trimtab_domain::ports::engine::{AsKnown, EventLog, KnownPerformance, Lake, References};
use trimtab_domain::{Granularity, Window};

const PREDICTIONS: &str = r#"[
 {"prediction_id":"a","timestamp":"2025-06-01T10:05:00Z","basket":12.5,"device":"phone","country":"de","score":0.8},
 {"prediction_id":"b","timestamp":"2025-06-01T23:45:00Z","basket":7,"country":"fr","score":0.2},
 {"prediction_id":"c","timestamp":"2025-06-02T00:05:00Z","basket":3,"device":"desk","country":"de","score":0.6},
 {"prediction_id":"a","timestamp":"2025-06-01T10:05:00Z","model_version":"2","role":"shadow","score":0.1}
]"#;
const LABELS: &str = r#"[
 {"prediction_id":"a","label":1,"label_timestamp":"2025-06-01T12:00:00Z"},
 {"prediction_id":"b","label":1,"label_timestamp":"2025-06-03T12:00:00Z"},
 {"prediction_id":"z","label":1,"label_timestamp":"2025-06-03T12:00:00Z"}
]"#;
const CORRECTION: &str =
    r#"[{"prediction_id":"a","label":0,"label_timestamp":"2025-06-05T12:00:00Z"}]"#;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn known(world: &World, known_at: &str, version: Option<&str>) -> Vec<KnownPerformance> {
    let query = AsKnown {
        model: shop(),
        version: version.map(str::to_owned),
        range: Window::new(at("2025-06-01T00:00:00Z"), at("2025-06-03T00:00:00Z")).unwrap(),
        granularity: Granularity::Day,
        known_at: at(known_at),
    };
    world.engine().performance_as_known(&query).await.unwrap()
}

/// Per window: predictions, labelled, right.
fn counts(known: &[KnownPerformance]) -> Vec<(u64, u64, u64)> {
    known
        .iter()
        .map(|window| match &window.performance {
            PerformanceProfile::Binary(binary) => {
                let confusion = binary.metrics().confusion;
                let right = confusion.true_positive + confusion.true_negative;
                (window.n_predictions, binary.n(), right)
            }
            PerformanceProfile::Regression(_) => panic!("not binary"),
        })
        .collect()
}

async fn check_known(world: &World) {
    let live = async |date| counts(&known(world, date, None).await);
    // What had not happened by then was not known either.
    assert_eq!(live("2025-06-01T11:00:00Z").await, [(1, 0, 0)]);
    assert_eq!(live("2025-06-02T00:00:00Z").await, [(2, 1, 1)]);
    assert_eq!(live("2025-06-04T00:00:00Z").await, [(2, 2, 1), (1, 0, 0)]);
    assert_eq!(live("2025-06-06T00:00:00Z").await, [(2, 2, 0), (1, 0, 0)]);
    let shadow = known(world, "2025-06-02T00:00:00Z", Some("2")).await;
    assert_eq!(counts(&shadow), [(1, 1, 0)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_known_when_is_the_same_from_journal_and_tables() {
    let mut world = World::new();
    let spec = shop();
    world.send(&spec, EventKind::Predictions, PREDICTIONS).await;
    world.send(&spec, EventKind::Labels, LABELS).await;
    world.send(&spec, EventKind::Labels, CORRECTION).await;
    check_known(&world).await;
    let models = models(&spec, None);
    let position = world.engine().write_pending(&models).await.unwrap();
    assert_eq!(position, world.engine().head());
    check_known(&world).await;

    // Losing the position file writes nothing twice: every table knows its own position.
    world.restart(|folder| std::fs::remove_file(folder.join("lake/position")).unwrap());
    assert_eq!(
        Lake::position(world.engine()).await.unwrap(),
        Position::default()
    );
    world
        .send(
            &spec,
            EventKind::Predictions,
            &PREDICTIONS
                .replace("\"b\"", "\"d\"")
                .replace("T23:45", "T22:45")
                .replace("\"a\"", "\"e\"")
                .replace("\"c\"", "\"f\"")
                .replace("2025-06-0", "2025-07-0"),
        )
        .await;
    world.engine().write_pending(&models).await.unwrap();
    check_known(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_period_of_traffic_becomes_a_reference_and_profiles_can_be_made_again() {
    let world = World::new();
    let spec = shop();
    world.send(&spec, EventKind::Predictions, PREDICTIONS).await;
    world.send(&spec, EventKind::Labels, LABELS).await;
    for is_written in [false, true] {
        if is_written {
            world
                .engine()
                .write_pending(&models(&spec, None))
                .await
                .unwrap();
        }
        let period = Window::new(at("2025-06-01T00:00:00Z"), at("2025-06-02T00:00:00Z")).unwrap();
        let reference = world
            .engine()
            .profile_period(&spec, period, None, 4)
            .await
            .unwrap();
        assert_eq!((reference.total.n_rows, reference.windows.len()), (2, 2));
        assert_eq!(reference.grid.version, 4);
        assert!(
            reference
                .windows
                .iter()
                .all(|window| window.performance.is_some())
        );

        let again = world
            .engine()
            .profile_again(&spec, &reference.grid)
            .await
            .unwrap();
        if !is_written {
            assert!(again.is_empty(), "nothing beyond the lake's position");
            continue;
        }
        let folds = world
            .fold_all(&models(&spec, Some(Arc::clone(&reference.grid))))
            .await;
        let folded = &folds[0].profiles;
        assert_eq!(again.len(), folded.len());
        for (again, folded) in again.iter().zip(folded) {
            assert_eq!(again.key, folded.key);
            assert_eq!(again.profile, folded.profile, "{:?}", again.key);
        }
    }
    let empty = Window::new(at("2024-06-01T00:00:00Z"), at("2024-06-02T00:00:00Z")).unwrap();
    let error = world
        .engine()
        .profile_period(&spec, empty, None, 4)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no predictions"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_model_leaves_nothing_and_can_begin_again() {
    let world = World::new();
    let spec = shop();
    let models = models(&spec, None);
    world.send(&spec, EventKind::Predictions, PREDICTIONS).await;
    world.engine().write_pending(&models).await.unwrap();
    world.send(&spec, EventKind::Labels, LABELS).await;
    world.engine().delete_model(&spec.name).await.unwrap();
    assert!(!world.folder.path().join("lake/shop").exists());
    let folds = world.fold_all(&models).await;
    assert!(
        folds
            .iter()
            .all(|fold| fold.profiles.is_empty() && fold.performance.is_empty())
    );
    let receipt = world.send(&spec, EventKind::Predictions, PREDICTIONS).await;
    assert_eq!((receipt.accepted, receipt.duplicates), (4, 0));
    world.engine().write_pending(&models).await.unwrap();
    assert_eq!(
        counts(&known(&world, "2025-06-04T00:00:00Z", None).await),
        [(2, 0, 0), (1, 0, 0)]
    );
}
