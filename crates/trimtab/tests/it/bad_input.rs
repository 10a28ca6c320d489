//! What is wrong is refused with a reason, and changes nothing.

use crate::program::{Server, lines, row, run, shop};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/models/shop/predictions";
const NDJSON: &str = "application/x-ndjson";

#[track_caller]
fn is_problem(answer: Option<(u16, Value)>, statuses: &[u16], words: &[&str]) {
    let (status, body) = answer.unwrap();
    assert!(statuses.contains(&status), "{status}: {body}");
    for name in ["type", "title", "status", "code", "request_id"] {
        assert!(!body[name].is_null(), "`{name}` is missing in {body}");
    }
    let text = body.to_string();
    for word in words {
        assert!(text.contains(word), "`{word}` is not in {text}");
    }
}

async fn state(server: &Server) -> (Value, Value) {
    let status = server.get("/api/v1/status").await;
    let page = server.get("/api/v1/models/shop").await;
    (
        status["journal"]["position"].clone(),
        page["versions"].clone(),
    )
}

fn changed(n: u32, field: &str, value: Value) -> Value {
    let mut row = row(n);
    row[field] = value;
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_rows_and_bodies_change_nothing() {
    let server = Server::start().await;
    server.declare(&[shop()]).await;
    let good: Vec<Value> = (0..50).map(row).collect();
    let (status, _) = server.post(PATH, NDJSON, lines(&good)).await.unwrap();
    assert_eq!(status, 200);
    server.settle().await;
    let before = state(&server).await;

    let cases = [
        ("price", json!("cheap")),
        ("timestamp", Value::Null),
        ("timestamp", json!("9999-01-01T00:00:00Z")),
        ("prcie", json!(1.0)),
    ];
    for (field, value) in cases {
        let rows = [row(100), changed(101, field, value), row(102)];
        let answer = server.post(PATH, NDJSON, lines(&rows)).await;
        is_problem(answer, &[400, 422], &[field, "\"row\":1", "\"fix\""]);
    }
    let conflict = [row(100), changed(1, "price", json!(1.0))];
    is_problem(
        server.post(PATH, NDJSON, lines(&conflict)).await,
        &[409],
        &["p-1"],
    );

    let mut latin = lines(&[row(100)]).into_bytes();
    let at = latin
        .windows(2)
        .position(|two| two == b"FR" || two == b"DE" || two == b"IT")
        .unwrap();
    latin[at] = 0xff;
    is_problem(
        server.post(PATH, NDJSON, latin).await,
        &[400, 422],
        &["UTF-8"],
    );
    is_problem(server.post(PATH, NDJSON, "").await, &[400, 422], &["empty"]);
    is_problem(
        server.post(PATH, "application/json", "[{").await,
        &[400, 422],
        &[],
    );
    is_problem(server.post(PATH, "text/plain", "x").await, &[415], &[]);
    let parquet = "application/vnd.apache.parquet";
    is_problem(
        server.post(PATH, parquet, "PAR1 cut off").await,
        &[400, 422],
        &["Parquet"],
    );
    let nobody = "/api/v1/models/nobody/predictions";
    is_problem(
        server.post(nobody, NDJSON, lines(&good)).await,
        &[404],
        &["nobody"],
    );
    let typo = json!({"documents": [{"kind": "model", "name": "m", "taks": "regression"}]});
    is_problem(
        server.post_json("/api/v1/documents", &typo).await,
        &[400, 422],
        &["taks"],
    );

    assert_eq!(state(&server).await, before);
    // A refused batch uses up no ids.
    let rows = [row(100), row(101), row(102)];
    let (_, receipt) = server.post(PATH, NDJSON, lines(&rows)).await.unwrap();
    assert_eq!(receipt["accepted"], json!(3), "{receipt}");
}

#[test]
fn the_command_line_names_file_place_and_fix() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |name: &str, body: &[u8]| std::fs::write(folder.join(name), body).unwrap();
    write("good.csv", b"a,b\n1,x\n2,y\n3,x\n");
    write("empty.csv", b"");
    write("cut.parquet", b"PAR1 and then nothing");
    write("latin.csv", b"a,b\n1,caf\xe9\n");
    write("text.parquet", b"hello");
    for name in [
        "empty.csv",
        "cut.parquet",
        "latin.csv",
        "text.parquet",
        "absent.csv",
    ] {
        run(folder, &["check", "good.csv", name]).refused(&[name]);
    }
    run(folder, &["init", "cut.parquet"]).refused(&["cut.parquet"]);
    run(
        folder,
        &["check", "good.csv", "good.csv", "--timestamp", "when"],
    )
    .refused(&["when"]);
    run(folder, &["check", "good.csv", "good.csv", "--ignore", "c"]).refused(&["`c`"]);

    let typo = "kind: model\nname: m\ntask: regression\ncolums:\n  - {name: a, data_type: float}\n";
    write("typo.yaml", typo.as_bytes());
    run(folder, &["apply", "typo.yaml"]).refused(&["typo.yaml:4:1", "did you mean `columns`?"]);
    write("broken.yaml", b"kind: model\n  name: [\n");
    run(folder, &["apply", "broken.yaml"]).refused(&["broken.yaml:2"]);
    run(folder, &["apply", "nowhere.yaml"]).refused(&["nowhere.yaml"]);
    let orphan = "kind: reference\nmodel: m\nname: r\ndata: {file: gone.parquet}\n";
    write("orphan.yaml", orphan.as_bytes());
    run(folder, &["apply", "orphan.yaml"]).refused(&["orphan.yaml:1", "gone.parquet"]);
    run(folder, &["summary", "m", "--server", "http://127.0.0.1:9"])
        .refused(&["no server answers at http://127.0.0.1:9"]);
    run(folder, &["summary", "m", "--server", "127.0.0.1:9"]).refused(&["http://host:port"]);
}
