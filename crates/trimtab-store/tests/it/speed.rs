//! How long a fold of a replay takes to commit: printed, and held far from the absurd.

use crate::Database;
use crate::sample::{delta, grid_of, hour, key, labelled, position};
use std::time::Duration;
use trimtab_domain::fold::{Fold, LabelAge, ProfileKey};
use trimtab_domain::intake::Position;
use trimtab_domain::ports::ProfileStore as _;

/// Fifty thousand rows of twenty columns in a thousand profiles, and their labels.
fn replay_fold(next: u64, first_hour: i64) -> Fold {
    let grid = grid_of(1, 20);
    let mut profiles = Vec::new();
    let mut performance = Vec::new();
    for n in first_hour..first_hour + 250 {
        for segment in ["", "origin=EWR", "origin=JFK", "origin=LGA"] {
            let key = ProfileKey {
                segment: segment.to_owned(),
                ..key("m", hour(n))
            };
            let seed = u32::try_from(n).unwrap();
            performance.push(labelled(key.clone(), LabelAge::Day, 10));
            profiles.push(delta(key, &grid, 50, seed));
        }
    }
    Fold {
        next: position(next),
        n_rows: 50_000,
        profiles,
        performance,
        ..Fold::default()
    }
}

async fn measure(database: Database, what: &str) {
    let store = database.open().await;
    let mut from = Position::default();
    for (first_hour, kind) in [
        (0, "new windows"),
        (0, "merged"),
        (250, "new windows"),
        (125, "half merged"),
    ] {
        let fold = replay_fold(from.offset + 1, first_hour);
        let started = tokio::time::Instant::now();
        store.commit_fold("profiler", from, &fold).await.unwrap();
        let took = started.elapsed();
        println!(
            "{what}: a fold of 1,000 profiles and 1,000 performance rows ({kind}) took {took:?}"
        );
        assert!(took < Duration::from_secs(20));
        from = fold.next;
    }
}

#[tokio::test]
async fn a_replay_commits_its_folds_quickly_on_sqlite() {
    measure(Database::sqlite(), "SQLite").await;
}

#[tokio::test]
async fn a_replay_commits_its_folds_quickly_on_postgresql() {
    if let Some(database) = Database::postgres().await {
        measure(database, "PostgreSQL").await;
    }
}
