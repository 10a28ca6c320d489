//! What a crash can leave behind, and what must still be true.

use crate::world::{World, models, shop};
use std::path::Path;
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::engine::{EventLog, Lake};

fn batch(first: u32, n: u32) -> String {
    let rows: Vec<String> = (first..first + n)
        .map(|i| {
            let minute = i % 60;
            format!(
                r#"{{"prediction_id":"p{i}","timestamp":"2025-06-01T10:{minute:02}:00Z","basket":{i},"score":0.5}}"#
            )
        })
        .collect();
    format!("[{}]", rows.join(","))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

async fn n_rows(world: &World) -> u64 {
    let folds = world.fold_all(&models(&shop(), None)).await;
    folds
        .iter()
        .flat_map(|fold| &fold.profiles)
        .map(|delta| delta.profile.n_rows)
        .sum()
}

#[tokio::test]
async fn a_torn_tail_loses_only_what_was_never_acknowledged() {
    let spec = shop();
    // Bytes of the last batch that reached the disk, in hundredths.
    for share in [0, 1, 37, 50, 99] {
        let aside = tempfile::tempdir().unwrap();
        let mut world = World::new();
        world
            .send(&spec, EventKind::Predictions, &batch(0, 50))
            .await;
        let acknowledged = world.engine().head().offset;
        world.restart(|folder| copy(&folder.join("index"), aside.path()));
        world
            .send(&spec, EventKind::Predictions, &batch(50, 50))
            .await;
        let whole = world.engine().head().offset;
        world.restart(|folder| {
            // The index of before: the crash came before it was told.
            std::fs::remove_dir_all(folder.join("index")).unwrap();
            copy(aside.path(), &folder.join("index"));
            let path = folder.join("journal/00000000000000000001.seg");
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_len(acknowledged + (whole - acknowledged) * share / 100)
                .unwrap();
        });
        assert_eq!(n_rows(&world).await, 50, "cut at {share} %");
        // The sender never got its receipt and sends again; both batches count once.
        let receipt = world
            .send(&spec, EventKind::Predictions, &batch(40, 60))
            .await;
        assert_eq!((receipt.accepted, receipt.duplicates), (50, 10));
        assert_eq!(n_rows(&world).await, 100);
    }
}

#[tokio::test]
async fn an_index_that_missed_the_last_appends_catches_up() {
    let spec = shop();
    let aside = tempfile::tempdir().unwrap();
    let mut world = World::new();
    world
        .send(&spec, EventKind::Predictions, &batch(0, 50))
        .await;
    world.restart(|folder| copy(&folder.join("index"), aside.path()));
    world
        .send(&spec, EventKind::Predictions, &batch(50, 50))
        .await;
    let label = r#"[{"prediction_id":"p60","label":1},
                   {"prediction_id":"late","label":1,"label_timestamp":"2025-06-02T00:00:00Z"}]"#;
    world.send(&spec, EventKind::Labels, label).await;
    world.restart(|folder| {
        std::fs::remove_dir_all(folder.join("index")).unwrap();
        copy(aside.path(), &folder.join("index"));
    });
    let receipt = world
        .send(&spec, EventKind::Predictions, &batch(0, 100))
        .await;
    assert_eq!((receipt.accepted, receipt.duplicates), (0, 100));
    assert_eq!(
        world.send(&spec, EventKind::Labels, label).await.duplicates,
        2
    );
    // The label that waited still joins.
    let late =
        r#"[{"prediction_id":"late","timestamp":"2025-06-01T10:05:00Z","basket":1,"score":0.9}]"#;
    world.send(&spec, EventKind::Predictions, late).await;
    let folds = world.fold_all(&models(&spec, None)).await;
    let n_joined = folds
        .iter()
        .map(|fold| fold.performance.len())
        .sum::<usize>();
    assert_eq!(n_joined, 1, "one hour, one age");
    assert_eq!(folds[0].performance[0].key.version, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trimming_needs_neither_index_nor_lake_again() {
    let spec = shop();
    let mut world = World::new();
    let settings = trimtab_engine::EngineSettings {
        segment_bytes_max: 20_000,
        ..trimtab_engine::EngineSettings::default()
    };
    world.engine = None;
    world.engine = Some(trimtab_engine::Engine::open(world.folder.path(), &settings).unwrap());
    for i in 0..20 {
        world
            .send(&spec, EventKind::Predictions, &batch(i * 50, 50))
            .await;
    }
    let models = models(&spec, None);
    let position = world.engine().write_pending(&models).await.unwrap();
    let before = world.engine().size_bytes();
    world.engine().trim(position).await.unwrap();
    assert!(world.engine().size_bytes() < before / 2);
    world.restart(|_| ());
    let receipt = world
        .send(&spec, EventKind::Predictions, &batch(0, 1_000))
        .await;
    assert_eq!((receipt.accepted, receipt.duplicates), (0, 1_000));
    assert_eq!(Lake::position(world.engine()).await.unwrap(), position);
}
