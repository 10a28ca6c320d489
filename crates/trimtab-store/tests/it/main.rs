//! The contract of the metadata store, run on both databases.

#[tokio::test]
async fn opens() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = trimtab_store::SqlStore::open(path.to_str().unwrap())
        .await
        .unwrap();
    store.close().await;
    trimtab_store::SqlStore::open(path.to_str().unwrap())
        .await
        .unwrap();
    trimtab_store::SqlStore::open("sqlite::memory:")
        .await
        .unwrap();
}
