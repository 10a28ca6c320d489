//! `kill -9` in the middle of an ingest: no acknowledged row is lost, none is counted twice.

use crate::program::{Server, lines, row, shop};
use serde_json::{Value, json};
use std::time::Duration;

const KILLS: u32 = 20;
const BATCH: u32 = 200;
const PATH: &str = "/api/v1/models/shop/predictions";

/// Sends batches until the connection breaks; what was acknowledged, and the next row.
async fn send_until_broken(server: &Server, mut next: u32) -> (u32, u32) {
    let mut acknowledged = 0;
    loop {
        let rows: Vec<Value> = (next..next + BATCH).map(row).collect();
        let sent = server
            .post(PATH, "application/x-ndjson", lines(&rows))
            .await;
        let Some((200, receipt)) = sent else {
            return (acknowledged, next);
        };
        let known = receipt["accepted"].as_u64().unwrap() + receipt["duplicates"].as_u64().unwrap();
        assert_eq!(known, u64::from(BATCH), "{receipt}");
        acknowledged += BATCH;
        next += BATCH;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_row_is_lost_and_none_counts_twice() {
    let mut server = Server::start().await;
    server.declare(&[shop()]).await;
    let mut next = 0;
    let mut total = 0;
    // Moments between 5 and 400 ms, spread by a fixed recipe.
    let mut moment = 20_260_301_u32;
    for _ in 0..KILLS {
        moment = moment.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let delay = Duration::from_millis(u64::from(5 + (moment >> 16) % 395));
        let sender = send_until_broken(&server, next);
        let pid = server.pid();
        let killer = async {
            tokio::time::sleep(delay).await;
            kill(pid);
        };
        let ((acknowledged, resume_at), ()) = tokio::join!(sender, killer);
        total += acknowledged;
        // A batch that was cut off may be there or not: sending it again must not count it twice.
        next = resume_at;
        server.kill();
        server.again().await;
    }
    let rows: Vec<Value> = (next..next + BATCH).map(row).collect();
    let (status, receipt) = server
        .post(PATH, "application/x-ndjson", lines(&rows))
        .await
        .unwrap();
    assert_eq!(status, 200, "{receipt}");
    total += BATCH;
    assert!(
        total > KILLS * BATCH / 4,
        "hardly anything was sent: {total}"
    );

    server.settle().await;
    let page = server.get("/api/v1/models/shop").await;
    assert_eq!(page["versions"][0]["n_predictions"], json!(total), "{page}");
    // Whatever was ever sent is known: the index agrees with the profiles.
    for start in (0..total).step_by(BATCH as usize * 10) {
        let rows: Vec<Value> = (start..start + BATCH).map(row).collect();
        let (_, receipt) = server
            .post(PATH, "application/x-ndjson", lines(&rows))
            .await
            .unwrap();
        assert_eq!(
            receipt["duplicates"],
            json!(BATCH),
            "rows from {start}: {receipt}"
        );
    }
    server.settle().await;
    let page = server.get("/api/v1/models/shop").await;
    assert_eq!(page["versions"][0]["n_predictions"], json!(total), "{page}");
    assert_eq!(server.stop(), Some(0));
}

fn kill(pid: u32) {
    let status = std::process::Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}
