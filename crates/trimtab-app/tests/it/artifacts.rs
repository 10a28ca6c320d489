//! Artifacts: uploads beside deletions, and what becomes of contents that nothing names.

use crate::bench::app_of;
use bytes::Bytes;
use futures::StreamExt as _;
use trimtab_app::App;
use trimtab_app::registry::{LocalFile, Registration};
use trimtab_domain::Result;
use trimtab_domain::ports::artifacts::ByteStream;
use trimtab_testkit::World;

fn whole(contents: &'static str) -> ByteStream {
    futures::stream::iter([Ok(Bytes::from_static(contents.as_bytes()))]).boxed()
}

async fn put(app: &App, path: &str, contents: &'static str) {
    app.put_artifact(path, whole(contents)).await.unwrap();
}

async fn read(app: &App, path: &str) -> Result<Vec<u8>> {
    let mut stream = app.open_artifact(path).await?.stream;
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        all.extend_from_slice(&piece?);
    }
    Ok(all)
}

#[tokio::test]
async fn a_slow_upload_holds_up_neither_deletions_nor_other_uploads() {
    let world = World::new();
    let app = app_of(&world);
    put(&app, "1/old.txt", "old").await;
    let (piece, pieces) = futures::channel::mpsc::unbounded::<Result<Bytes>>();
    let slow = tokio::spawn({
        let app = app.clone();
        async move { app.put_artifact("1/slow.bin", pieces.boxed()).await }
    });
    piece.unbounded_send(Ok(Bytes::from_static(b"be"))).unwrap();
    tokio::task::yield_now().await;
    app.delete_artifacts("1/old.txt", "ann").await.unwrap();
    put(&app, "1/new.txt", "new").await;
    assert_eq!(app.purge_deleted(0, "ann").await.unwrap().n_files, 0);
    assert_eq!(app.collect_contents().await.unwrap(), 0);
    assert!(!slow.is_finished());
    piece
        .unbounded_send(Ok(Bytes::from_static(b"gun")))
        .unwrap();
    drop(piece);
    slow.await.unwrap().unwrap();
    assert_eq!(read(&app, "1/slow.bin").await.unwrap(), b"begun");
    assert_eq!(read(&app, "1/new.txt").await.unwrap(), b"new");
    assert!(read(&app, "1/old.txt").await.is_err());
}

#[tokio::test]
async fn contents_that_nothing_names_are_collected_and_no_others() {
    let world = World::new();
    let app = app_of(&world);
    put(&app, "1/a.txt", "first").await;
    put(&app, "1/b.txt", "first").await;
    put(&app, "1/c.txt", "only").await;
    let registration = Registration {
        model: "delays".to_owned(),
        files: vec![LocalFile {
            path: "model.onnx".to_owned(),
            contents: Bytes::from_static(b"onnx"),
        }],
        ..Registration::default()
    };
    let version = app.register_version(registration, "ann", "").await.unwrap();
    assert_eq!(world.artifacts.n_files(), 3);

    // A newer upload replaces `only`, and one of the two names of `first`.
    put(&app, "1/c.txt", "newer").await;
    put(&app, "1/a.txt", "newer").await;
    assert_eq!(app.collect_contents().await.unwrap(), 1);
    assert_eq!(app.collect_contents().await.unwrap(), 0);
    assert_eq!(read(&app, "1/b.txt").await.unwrap(), b"first");
    assert_eq!(read(&app, "1/c.txt").await.unwrap(), b"newer");

    // What a version was registered with outlives its name, and goes with the version.
    app.delete_artifacts(&version.folder.unwrap(), "ann")
        .await
        .unwrap();
    assert_eq!(app.collect_contents().await.unwrap(), 0);
    assert_eq!(
        app.model_file("delays", "1").await.unwrap().contents,
        "onnx"
    );
    app.delete_registered_model("delays", "ann").await.unwrap();
    assert_eq!(app.collect_contents().await.unwrap(), 1);
    assert_eq!(world.artifacts.n_files(), 2);
}
