//! Data snapshots: labelled rows of a period, as known at a moment.

use crate::world::{World, models, shop};
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::path::Path;
use trimtab_domain::ErrorKind;
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::engine::{Lake, Snapshots};
use trimtab_domain::retraining::{Exclusion, SnapshotRequest, StoredSnapshot};
use trimtab_domain::{SnapshotId, Window};

const PREDICTIONS: &str = r#"[
 {"prediction_id":"b","timestamp":"2025-06-01T12:00:00Z","basket":7,"country":"fr","score":0.2},
 {"prediction_id":"a","timestamp":"2025-06-01T10:00:00Z","basket":12.5,"device":"phone","country":"de","score":0.8},
 {"prediction_id":"c","timestamp":"2025-06-02T10:00:00Z","basket":3,"country":"de","score":0.6},
 {"prediction_id":"d","timestamp":"2025-06-02T11:00:00Z","basket":4,"country":"de","score":0.6},
 {"prediction_id":"e","timestamp":"2025-06-03T10:00:00Z","basket":5,"country":"de","score":0.6},
 {"prediction_id":"f","timestamp":"2025-06-09T10:00:00Z","basket":6,"country":"de","score":0.6},
 {"prediction_id":"a","timestamp":"2025-06-01T10:00:00Z","model_version":"2","role":"shadow","score":0.1}
]"#;
const LABELS: &str = r#"[
 {"prediction_id":"a","label":1,"label_timestamp":"2025-06-01T11:00:00Z"},
 {"prediction_id":"b","label":0,"label_timestamp":"2025-06-01T14:00:00Z"},
 {"prediction_id":"c","label":1,"label_timestamp":"2025-06-02T12:00:00Z"},
 {"prediction_id":"d","label":1,"label_timestamp":"2025-06-20T12:00:00Z"},
 {"prediction_id":"e","label":1,"label_timestamp":"2025-06-03T12:00:00Z"},
 {"prediction_id":"f","label":1,"label_timestamp":"2025-06-09T12:00:00Z"}
]"#;
/// Known after the snapshot's moment.
const CORRECTION: &str =
    r#"[{"prediction_id":"a","label":0,"label_timestamp":"2025-06-15T00:00:00Z"}]"#;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window(start: &str, end: &str) -> Window {
    Window::new(at(start), at(end)).unwrap()
}

fn request(id: &str, known_at: &str) -> SnapshotRequest {
    SnapshotRequest {
        id: SnapshotId::from_suffix(id),
        model: shop(),
        period: window("2025-06-01T00:00:00Z", "2025-06-08T00:00:00Z"),
        known_at: at(known_at),
        exclusions: vec![Exclusion {
            window: window("2025-06-03T00:00:00Z", "2025-06-04T00:00:00Z"),
            reason: "the feed was broken".to_owned(),
            incident: None,
        }],
    }
}

/// Identifiers and labels of its rows.
fn rows(stored: &StoredSnapshot) -> Vec<(String, i64)> {
    let mut rows = Vec::new();
    let columns = &stored.manifest.columns;
    let label = columns.iter().find(|column| column.role == "label");
    let label = &label.unwrap().name;
    for file in &stored.manifest.files {
        let path = Path::new(&stored.folder).join(&file.name);
        let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap())
            .unwrap()
            .build()
            .unwrap();
        for batch in reader {
            let batch = batch.unwrap();
            let ids = batch.column_by_name("prediction_id").unwrap();
            let labels = batch.column_by_name(label).unwrap();
            let labels = labels.as_primitive::<Int64Type>();
            for (row, id) in ids.as_string::<i32>().iter().enumerate() {
                rows.push((id.unwrap().to_owned(), labels.value(row)));
            }
        }
    }
    rows
}

async fn filled() -> World {
    let world = World::new();
    let spec = shop();
    world.send(&spec, EventKind::Predictions, PREDICTIONS).await;
    world.send(&spec, EventKind::Labels, LABELS).await;
    world.send(&spec, EventKind::Labels, CORRECTION).await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_holds_what_was_known_and_says_what_it_left_out() {
    let world = filled().await;
    let stored = world
        .engine()
        .write_snapshot(&request("1", "2025-06-10T00:00:00Z"))
        .await
        .unwrap();
    let ids = |rows: &[(&str, i64)]| -> Vec<(String, i64)> {
        rows.iter()
            .map(|(id, label)| ((*id).to_owned(), *label))
            .collect()
    };
    assert_eq!(
        rows(&stored),
        ids(&[("a", 1), ("b", 0), ("c", 1)]),
        "in the order of time"
    );
    let manifest = &stored.manifest;
    assert_eq!(
        (manifest.n_rows, manifest.n_unlabelled, manifest.n_excluded),
        (3, 1, 1)
    );
    assert_eq!(manifest.maturity.share_labelled, Some(0.75));
    assert_eq!(
        manifest.maturity.newest_row,
        Some(at("2025-06-02T10:00:00Z"))
    );
    assert_eq!(
        manifest.maturity.newest_label,
        Some(at("2025-06-02T12:00:00Z"))
    );
    assert_eq!(manifest.maturity.delay_median_seconds, Some(7_200.0));
    let described: Vec<(&str, &str)> = manifest
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.role.as_str()))
        .collect();
    assert!(described.contains(&("basket", "feature")), "{described:?}");
    assert!(described.contains(&("bought", "label")));
    assert!(described.contains(&("country", "segment")));
    // Later, more was known.
    let later = world
        .engine()
        .write_snapshot(&request("2", "2025-06-30T00:00:00Z"))
        .await
        .unwrap();
    assert_eq!(rows(&later), ids(&[("a", 0), ("b", 0), ("c", 1), ("d", 1)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_gives_the_same_bytes_from_journal_and_tables() {
    let mut world = filled().await;
    let wanted = request("1", "2025-06-10T00:00:00Z");
    let first = world.engine().write_snapshot(&wanted).await.unwrap();
    let again = world.engine().write_snapshot(&wanted).await.unwrap();
    assert_eq!(first, again);
    world
        .engine()
        .write_pending(&models(&shop(), None))
        .await
        .unwrap();
    // Gone, with the traces of a crash in its place.
    world.restart(|folder| {
        let folder = folder.join("snapshots");
        std::fs::remove_dir_all(folder.join("snap_1")).unwrap();
        std::fs::create_dir(folder.join(".draft-snap_1")).unwrap();
        std::fs::write(folder.join(".draft-snap_1/rows-00000.parquet"), "half").unwrap();
    });
    assert_eq!(world.engine().snapshot(&wanted.id).await.unwrap(), None);
    let after = world.engine().write_snapshot(&wanted).await.unwrap();
    assert_eq!(first, after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_snapshot_is_refused_and_an_empty_one_is_not_written() {
    let world = filled().await;
    let wanted = request("1", "2025-06-10T00:00:00Z");
    let stored = world.engine().write_snapshot(&wanted).await.unwrap();
    let path = Path::new(&stored.folder).join(&stored.manifest.files[0].name);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    for error in [
        world.engine().snapshot(&wanted.id).await.unwrap_err(),
        world.engine().write_snapshot(&wanted).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    let early = request("2", "2025-06-01T10:30:00Z");
    let error = world.engine().write_snapshot(&early).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(!world.folder.path().join("snapshots/snap_2").exists());
    // What belongs to a model goes with it.
    Lake::delete_model(world.engine(), &shop().name)
        .await
        .unwrap();
    assert!(!world.folder.path().join("snapshots/snap_1").exists());
}
