//! A process that is killed while it commits folds.

use crate::Database;
use crate::sample::{everything, fold};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use trimtab_domain::intake::Position;
use trimtab_domain::ports::ProfileStore as _;

const URL: &str = "TRIMTAB_TEST_CRASH_URL";

#[expect(
    clippy::disallowed_methods,
    reason = "how the child learns that it is one"
)]
fn child_url() -> Option<String> {
    std::env::var(URL).ok()
}

/// The child: commits until it is killed, and says after each commit where it stands. As an
/// ordinary test it has nothing to do.
#[tokio::test]
async fn child_commits_until_it_is_killed() {
    let Some(url) = child_url() else {
        return;
    };
    let store = trimtab_store::SqlStore::open(&url).await.unwrap();
    let mut from = store.position("profiler").await.unwrap();
    loop {
        let next = fold("m", &[0, 1, 2, 3], 10, from.offset + 1);
        store.commit_fold("profiler", from, &next).await.unwrap();
        from = next.next;
        println!("\ncommitted {}", from.offset);
    }
}

async fn survives(database: Database) {
    let mut last = 0;
    for n_commits in [1, 3, 8] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "crash::child_commits_until_it_is_killed",
                "--nocapture",
            ])
            .env(URL, &database.url)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok())
            .take(n_commits)
            .last();
        child.kill().unwrap();
        child.wait().unwrap();
        let said = said.unwrap();

        let store = database.open().await;
        let position = store.position("profiler").await.unwrap();
        assert!(
            position.offset >= said,
            "{position} was acknowledged as {said}"
        );
        assert!(position.offset > last);
        last = position.offset;
        assert_ne!(position, Position::default());
        let volumes = store.volumes(&everything("m")).await.unwrap();
        assert_eq!(volumes.len(), 4);
        assert!(
            volumes
                .iter()
                .all(|volume| volume.n_rows == 10 * position.offset)
        );
        store.close().await;
    }
}

#[tokio::test]
async fn a_killed_process_leaves_whole_folds_on_sqlite() {
    survives(Database::sqlite()).await;
}

#[tokio::test]
async fn a_killed_process_leaves_whole_folds_on_postgresql() {
    if let Some(database) = Database::postgres().await {
        survives(database).await;
    }
}
