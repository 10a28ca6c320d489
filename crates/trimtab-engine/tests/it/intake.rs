//! What comes in, what is refused, what is counted.

use crate::world::{World, models, shop};
use std::fmt::Write;
use trimtab_domain::ErrorKind;
use trimtab_domain::fold::{LabelAge, PerformanceProfile, PredictionRole};
use trimtab_domain::intake::{EventKind, IngestMode, MediaType, RejectionCode};
use trimtab_domain::ports::engine::{EventLog, Intake, References};

const GOOD: &str = r#"[
 {"prediction_id":"a","timestamp":"2025-06-01T10:05:00Z","basket":12.5,"device":"phone","visits":3,"is_new":true,"country":"de","score":0.8,"prediction":1,"latency_ms":11.0},
 {"prediction_id":"b","timestamp":"2025-06-01T10:45:00Z","basket":7,"device":null,"country":"fr","score":0.2},
 {"prediction_id":"c","timestamp":1748775900000000,"basket":1e2,"device":"desk","visits":2.0,"country":"de","score":0.6,"model_version":"2"}
]"#;

#[tokio::test]
async fn accepts_rows_once_and_knows_retries_and_conflicts() {
    let world = World::new();
    let spec = shop();
    let receipt = world.send(&spec, EventKind::Predictions, GOOD).await;
    assert_eq!(
        (receipt.accepted, receipt.duplicates, receipt.n_rejected),
        (3, 0, 0),
        "{receipt:?}"
    );
    assert_eq!(receipt.position, world.engine().head());
    let receipt = world.send(&spec, EventKind::Predictions, GOOD).await;
    assert_eq!((receipt.accepted, receipt.duplicates), (0, 3));

    let other = GOOD.replace("12.5", "13.5");
    let receipt = world.send(&spec, EventKind::Predictions, &other).await;
    assert_eq!(
        (receipt.accepted, receipt.n_rejected),
        (0, 1),
        "all or nothing"
    );
    assert_eq!(receipt.rejected[0].code, RejectionCode::IdConflict);
    assert_eq!(receipt.rejected[0].row, 0);
}

#[tokio::test]
async fn retries_in_other_encodings_are_duplicates_too() {
    let world = World::new();
    let spec = shop();
    world.send(&spec, EventKind::Predictions, GOOD).await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(GOOD).unwrap();
    let lines = rows.iter().fold(String::new(), |mut lines, row| {
        writeln!(lines, "{row}\n").unwrap();
        lines
    });
    let receipt = world
        .try_send(
            &spec,
            EventKind::Predictions,
            MediaType::Ndjson,
            lines.into_bytes(),
        )
        .await
        .unwrap();
    assert_eq!(
        (receipt.accepted, receipt.duplicates),
        (0, 3),
        "{receipt:?}"
    );
}

#[tokio::test]
async fn every_wrong_row_says_field_reason_and_fix() {
    let world = World::new();
    let spec = shop();
    let cases = [
        (
            r#"{"timestamp":"2025-06-01T10:05:00Z","basket":1}"#,
            "prediction_id",
            RejectionCode::MissingField,
        ),
        (
            r#"{"prediction_id":"x","basket":1}"#,
            "timestamp",
            RejectionCode::MissingField,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z"}"#,
            "basket",
            RejectionCode::MissingField,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":"12"}"#,
            "basket",
            RejectionCode::WrongType,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":1,"visits":1.5}"#,
            "visits",
            RejectionCode::WrongType,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":1,"is_new":1}"#,
            "is_new",
            RejectionCode::WrongType,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":1,"device":7}"#,
            "device",
            RejectionCode::WrongType,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":1,"baskets":2}"#,
            "baskets",
            RejectionCode::UnknownColumn,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"9999-06-01T10:05:00Z","basket":1}"#,
            "timestamp",
            RejectionCode::TimestampOutOfRange,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2027-06-01T10:05:00Z","basket":1}"#,
            "timestamp",
            RejectionCode::TimestampOutOfRange,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"yesterday","basket":1}"#,
            "timestamp",
            RejectionCode::WrongType,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":1,"score":1.5}"#,
            "score",
            RejectionCode::InvalidValue,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":1,"role":"ghost"}"#,
            "role",
            RejectionCode::InvalidValue,
        ),
        (
            r#"{"prediction_id":"","timestamp":"2025-06-01T10:05:00Z","basket":1}"#,
            "prediction_id",
            RejectionCode::InvalidValue,
        ),
        (
            r#"{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":1,"basket":2}"#,
            "basket",
            RejectionCode::Malformed,
        ),
    ];
    for (row, field, code) in cases {
        let receipt = world
            .send(&spec, EventKind::Predictions, &format!("[{row}]"))
            .await;
        assert_eq!(receipt.accepted, 0, "{row}");
        let rejection = &receipt.rejected[0];
        assert_eq!(
            (rejection.field.as_deref(), rejection.code),
            (Some(field), code),
            "{row}: {rejection:?}"
        );
        assert!(!rejection.reason.is_empty() && !rejection.fix.is_empty());
    }
    assert_eq!(world.engine().head().offset, 8, "nothing was written");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_say_where() {
    let world = World::new();
    let spec = shop();
    let cases: [(MediaType, &[u8], &str); 9] = [
        (MediaType::Json, b"", "empty"),
        (MediaType::Json, b"[]", "no rows"),
        (MediaType::Json, b"{\"a\":1}", "not a JSON array"),
        (
            MediaType::Json,
            b"[{\"prediction_id\":\"x\",\n \"basket\":}]",
            "line 2",
        ),
        (
            MediaType::Json,
            b"[{\"prediction_id\":\"\xff\"}]",
            "not UTF-8",
        ),
        (MediaType::Ndjson, b"\n\n", "no rows"),
        (
            MediaType::Ndjson,
            b"{\"prediction_id\":\"\xff\"}\n",
            "not UTF-8",
        ),
        (MediaType::Parquet, b"PAR1nonsense", "Parquet"),
        (
            MediaType::ArrowStream,
            b"\xff\xff\xff\xff\x10\0\0\0",
            "Arrow",
        ),
    ];
    for (media_type, body, needle) in cases {
        let error = world
            .try_send(&spec, EventKind::Predictions, media_type, body.to_vec())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(needle), "{needle}: {error}");
    }
}

#[tokio::test]
async fn right_rows_are_kept_on_request() {
    let world = World::new();
    let spec = shop();
    let body = r#"{"prediction_id":"a","timestamp":"2025-06-01T10:05:00Z","basket":1}
{"prediction_id":"b","timestamp":"2025-06-01T10:05:00Z"
{"prediction_id":"c","timestamp":"2025-06-01T10:05:00Z","basket":true}
{"prediction_id":"d","timestamp":"2025-06-01T10:05:00Z","basket":2}"#;
    let receipt = world
        .send_as(
            &spec,
            EventKind::Predictions,
            MediaType::Ndjson,
            body.into(),
            IngestMode::AcceptValid,
        )
        .await
        .unwrap();
    assert_eq!(
        (receipt.accepted, receipt.n_rejected),
        (2, 2),
        "{receipt:?}"
    );
    let rows: Vec<u64> = receipt
        .rejected
        .iter()
        .map(|rejection| rejection.row)
        .collect();
    assert_eq!(rows, [1, 2]);
}

#[tokio::test]
async fn labels_join_wait_and_correct() {
    let world = World::new();
    let spec = shop();
    // A label before its prediction waits; one afterwards joins.
    let early = r#"[{"prediction_id":"a","label":1,"label_timestamp":"2025-06-01T12:00:00Z"}]"#;
    assert_eq!(
        world.send(&spec, EventKind::Labels, early).await.accepted,
        1
    );
    world.send(&spec, EventKind::Predictions, GOOD).await;
    let late = r#"[{"prediction_id":"b","bought":0,"label_timestamp":"2025-06-03T12:00:00Z"}]"#;
    assert_eq!(world.send(&spec, EventKind::Labels, late).await.accepted, 1);
    assert_eq!(
        world.send(&spec, EventKind::Labels, late).await.duplicates,
        1
    );
    let correction =
        r#"[{"prediction_id":"b","label":true,"label_timestamp":"2025-06-04T12:00:00Z"}]"#;
    assert_eq!(
        world
            .send(&spec, EventKind::Labels, correction)
            .await
            .accepted,
        1
    );
    let outdated = r#"[{"prediction_id":"b","label":0,"label_timestamp":"2025-06-02T12:00:00Z"}]"#;
    assert_eq!(
        world
            .send(&spec, EventKind::Labels, outdated)
            .await
            .accepted,
        1
    );

    let folds = world.fold_all(&models(&spec, None)).await;
    let fold = &folds[0];
    assert_eq!(fold.unmatched_labels[&spec.name], 1);
    let binary = |profile: &Option<PerformanceProfile>| match profile {
        Some(PerformanceProfile::Binary(profile)) => profile.metrics().confusion,
        _ => panic!("no profile"),
    };
    let by_age = |age| {
        fold.performance
            .iter()
            .find(|delta| delta.age == age && delta.key.segment.is_empty())
            .unwrap()
    };
    // Known within a day: a was right. Known within a week: b, first 0, then 1.
    let day = by_age(LabelAge::Day);
    assert_eq!(binary(&day.added).true_positive, 1);
    let week = by_age(LabelAge::Week);
    assert_eq!(binary(&week.added).true_negative, 1);
    assert_eq!(binary(&week.added).false_negative, 1);
    assert_eq!(binary(&week.removed).true_negative, 1);
}

#[tokio::test]
async fn one_label_serves_every_version_and_shadows_stay_apart() {
    let world = World::new();
    let spec = shop();
    world.send(&spec, EventKind::Predictions, GOOD).await;
    let shadow = r#"[{"prediction_id":"a","timestamp":"2025-06-01T10:05:00Z","model_version":"9","role":"shadow","score":0.1}]"#;
    assert_eq!(
        world
            .send(&spec, EventKind::Predictions, shadow)
            .await
            .accepted,
        1
    );
    let label = r#"[{"prediction_id":"a","label":1,"label_timestamp":"2025-06-01T12:00:00Z"}]"#;
    world.send(&spec, EventKind::Labels, label).await;
    let reference = reference(&world).await;
    let folds = world.fold_all(&models(&spec, Some(reference))).await;
    let fold = &folds[0];
    let of = |role| {
        fold.performance
            .iter()
            .filter(|delta| delta.key.role == role)
            .count()
    };
    assert_eq!(of(PredictionRole::Live), 2, "all traffic and its country");
    assert_eq!(of(PredictionRole::Shadow), 2, "in the live one's country");
    let shadow = fold
        .profiles
        .iter()
        .find(|delta| delta.key.role == PredictionRole::Shadow)
        .unwrap();
    assert_eq!(shadow.profile.n_rows, 1);
    assert_eq!(
        shadow.profile.columns[0].n_rows(),
        0,
        "no input of a shadow is counted"
    );
}

async fn reference(world: &World) -> std::sync::Arc<trimtab_stats::Grid> {
    let rows = r#"[{"basket":1,"device":"phone","visits":1,"is_new":true,"country":"de","score":0.5,"prediction":1,"timestamp":"2025-05-01T00:00:00Z","bought":1},
                   {"basket":2,"device":"desk","visits":2,"is_new":false,"country":"fr","score":0.4,"prediction":0,"timestamp":"2025-05-01T01:00:00Z","bought":1}]"#;
    let reference = world
        .engine()
        .profile_data(&shop(), MediaType::Json, rows.into(), None, 1)
        .await
        .unwrap();
    assert_eq!(reference.windows.len(), 2);
    assert!(reference.windows[0].performance.is_some());
    reference.grid
}

#[tokio::test]
async fn references_name_missing_columns() {
    let world = World::new();
    let error = world
        .engine()
        .profile_data(
            &shop(),
            MediaType::Csv,
            "basket,device\n1,phone\n".into(),
            None,
            1,
        )
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("visits, is_new, country, score, prediction"),
        "{error}"
    );
}

#[tokio::test]
async fn profiles_count_columns_segments_and_missing_values() {
    let world = World::new();
    let spec = shop();
    let grid = reference(&world).await;
    world.send(&spec, EventKind::Predictions, GOOD).await;
    let folds = world
        .fold_all(&models(&spec, Some(std::sync::Arc::clone(&grid))))
        .await;
    let fold = &folds[0];
    assert_eq!(fold.n_rows, 3);
    let slices: Vec<(String, String, u64)> = fold
        .profiles
        .iter()
        .map(|delta| {
            (
                delta.key.version.clone(),
                delta.key.segment.clone(),
                delta.profile.n_rows,
            )
        })
        .collect();
    assert_eq!(
        slices,
        [
            ("1".into(), String::new(), 2),
            ("1".into(), "country=de".into(), 1),
            ("1".into(), "country=fr".into(), 1),
            ("2".into(), String::new(), 1),
            ("2".into(), "country=de".into(), 1),
        ]
    );
    let column =
        |i: usize, name: &str| &fold.profiles[i].profile.columns[grid.position(name).unwrap()];
    assert_eq!(
        (
            column(0, "basket").n(),
            column(0, "device").n(),
            column(0, "device").n_missing()
        ),
        (2, 1, 1)
    );
    assert_eq!(
        (column(0, "is_new").n(), column(0, "is_new").n_missing()),
        (1, 1)
    );
    assert_eq!(
        fold.progress[&spec.name].watermark.unwrap().to_string(),
        "2025-06-01T11:05:00Z"
    );
}

#[tokio::test]
async fn a_lone_row_far_ahead_does_not_move_the_watermark() {
    let world = World::new();
    let spec = shop();
    world.send(&spec, EventKind::Predictions, GOOD).await;
    let row = |id: &str, day: u32| {
        format!(
            r#"[{{"prediction_id":"{id}","timestamp":"2025-06-{day:02}T00:00:00Z","basket":1}}]"#
        )
    };
    let watermark = async |world: &World| {
        let folds = world.fold_all(&models(&spec, None)).await;
        folds[0].progress[&spec.name].watermark.unwrap().to_string()
    };
    world
        .send(&spec, EventKind::Predictions, &row("far", 20))
        .await;
    assert_eq!(watermark(&world).await, "2025-06-01T11:05:00Z");
    world
        .send(&spec, EventKind::Predictions, &row("far2", 20))
        .await;
    assert_eq!(
        watermark(&world).await,
        "2025-06-20T00:00:00Z",
        "a second batch supports it"
    );
}

#[tokio::test]
async fn metric_points_become_signals_and_completion_a_mark() {
    let world = World::new();
    let spec = shop();
    let points = r#"[{"name":"revenue","value":12.5,"timestamp":"2025-06-01T10:20:00Z","labels":{"shop":"berlin","tier":1}},
                     {"name":"orders","value":3,"timestamp":"2025-06-01T10:20:00Z"}]"#;
    assert_eq!(
        world
            .send(&spec, EventKind::MetricPoints, points)
            .await
            .accepted,
        2
    );
    let until = "2025-06-01T12:00:00Z".parse().unwrap();
    world
        .engine()
        .complete(&spec.name, until, crate::world::now())
        .await
        .unwrap();
    let folds = world.fold_all(&models(&spec, None)).await;
    assert_eq!(folds[0].progress[&spec.name].complete_until, Some(until));
    let point = &folds[0].points[0];
    assert_eq!(point.key.name, "metric.revenue");
    assert_eq!(point.key.labels["tier"], "1");
    assert_eq!(point.value, Some(12.5));
    assert_eq!(point.window.end.to_string(), "2025-06-01T11:00:00Z");
}

#[tokio::test]
async fn a_second_engine_on_the_directory_is_refused() {
    let world = World::new();
    let error = trimtab_engine::Engine::open(
        world.folder.path(),
        &trimtab_engine::EngineSettings::default(),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error.to_string().contains("in use by another process"),
        "{error}"
    );
}

#[tokio::test]
async fn a_restart_still_knows_every_id() {
    let mut world = World::new();
    let spec = shop();
    world.send(&spec, EventKind::Predictions, GOOD).await;
    world.restart(|_| ());
    let receipt = world.send(&spec, EventKind::Predictions, GOOD).await;
    assert_eq!((receipt.accepted, receipt.duplicates), (0, 3));
    // Without its index the engine rebuilds it from the journal.
    world.restart(|folder| std::fs::remove_dir_all(folder.join("index")).unwrap());
    let receipt = world.send(&spec, EventKind::Predictions, GOOD).await;
    assert_eq!((receipt.accepted, receipt.duplicates), (0, 3));
}
