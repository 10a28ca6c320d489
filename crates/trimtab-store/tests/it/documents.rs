//! Declared documents.

use crate::Database;
use crate::sample::{at, model};
use trimtab_domain::ErrorKind;
use trimtab_domain::documents::{Document, DocumentKind};
use trimtab_domain::ports::DocumentStore as _;

fn document(json: serde_json::Value) -> Document {
    serde_json::from_value(json).unwrap()
}

fn a_model(name: &str, owner: &str) -> Document {
    document(serde_json::json!({
        "kind": "model", "name": name, "owner": owner, "task": "binary_classification",
        "columns": [{"name": "temp", "data_type": "float"}],
    }))
}

fn a_reference(model: &str, name: &str) -> Document {
    document(serde_json::json!({
        "kind": "reference", "model": model, "name": name, "data": {"file": "march.parquet"},
    }))
}

fn a_channel(name: &str, url: &str) -> Document {
    document(serde_json::json!({
        "kind": "channel", "name": name, "to": {"webhook": {"url": url}},
    }))
}

pub(crate) async fn every_change_is_a_new_version(database: Database) {
    let store = database.open().await;
    let first = at("2026-11-28T10:00:00.000001Z");
    let put = store
        .put_documents(&[a_model("m", "ann")], "local", first)
        .await
        .unwrap();
    assert_eq!(put.len(), 1);
    assert_eq!((put[0].version, put[0].changed_at), (1, first));
    let second = at("2026-11-28T11:00:00Z");
    let put = store
        .put_documents(&[a_model("m", "bob")], "token:tok_1", second)
        .await
        .unwrap();
    assert_eq!(put[0].version, 2);
    let m = model("m");
    for asked in [None, Some(&m)] {
        let found = store
            .document(DocumentKind::Model, asked, "m")
            .await
            .unwrap();
        assert_eq!(found.as_ref(), Some(&put[0]));
        assert_eq!(found.unwrap().changed_by, "token:tok_1");
    }
    let all = store.documents(None, None).await.unwrap();
    assert_eq!(all, put, "only the newest version is listed");
}

pub(crate) async fn documents_come_in_apply_order(database: Database) {
    let store = database.open().await;
    let now = at("2026-11-28T10:00:00Z");
    let shuffled = [
        a_channel("ops", "https://example.org/a"),
        a_reference("m2", "march"),
        a_reference("m1", "march"),
        a_reference("m1", "april"),
        a_model("m2", "ann"),
        a_model("m1", "ann"),
    ];
    store.put_documents(&shuffled, "local", now).await.unwrap();
    let names = |documents: Vec<trimtab_domain::documents::StoredDocument>| -> Vec<String> {
        documents
            .iter()
            .map(|stored| {
                let document = &stored.document;
                let model = document.model().map_or("", |model| model.as_str());
                format!("{} {model} {}", document.kind().as_str(), document.name())
            })
            .collect()
    };
    assert_eq!(
        names(store.documents(None, None).await.unwrap()),
        [
            "model m1 m1",
            "model m2 m2",
            "reference m1 april",
            "reference m1 march",
            "reference m2 march",
            "channel  ops",
        ]
    );
    let m1 = model("m1");
    assert_eq!(
        names(
            store
                .documents(Some(DocumentKind::Reference), Some(&m1))
                .await
                .unwrap()
        ),
        ["reference m1 april", "reference m1 march"]
    );
    assert_eq!(
        names(store.documents(None, Some(&m1)).await.unwrap()),
        ["model m1 m1", "reference m1 april", "reference m1 march"]
    );
}

pub(crate) async fn a_deleted_document_is_gone_and_may_come_back(database: Database) {
    let store = database.open().await;
    let now = at("2026-11-28T10:00:00Z");
    let channel = a_channel("ops", "https://example.org/a");
    store
        .put_documents(std::slice::from_ref(&channel), "local", now)
        .await
        .unwrap();
    let delete = || store.delete_document(DocumentKind::Channel, None, "ops", "local", now);
    assert!(delete().await.unwrap());
    assert!(!delete().await.unwrap(), "it is gone already");
    assert_eq!(
        store
            .document(DocumentKind::Channel, None, "ops")
            .await
            .unwrap(),
        None
    );
    assert!(store.documents(None, None).await.unwrap().is_empty());
    let back = store.put_documents(&[channel], "local", now).await.unwrap();
    assert_eq!(back[0].version, 3, "the deletion was a version too");
    let m = model("m");
    let never = store.delete_document(DocumentKind::Monitor, Some(&m), "x", "local", now);
    assert!(!never.await.unwrap());
}

pub(crate) async fn documents_are_stored_together_or_not_at_all(database: Database) {
    let store = database.open().await;
    let now = at("2026-11-28T10:00:00Z");
    assert_eq!(store.put_documents(&[], "local", now).await.unwrap(), []);
    let both = [a_model("m", "ann"), a_model("m", "bob")];
    let put = store.put_documents(&both, "local", now).await.unwrap();
    assert_eq!(
        [put[0].version, put[1].version],
        [1, 2],
        "the later one counts"
    );
    let found = store
        .document(DocumentKind::Model, None, "m")
        .await
        .unwrap();
    assert_eq!(found.unwrap(), put[1]);
}

pub(crate) async fn one_writer_of_a_document_wins(database: Database) {
    let store = database.open().await;
    let now = at("2026-11-28T10:00:00Z");
    let document = [a_model("m", "ann")];
    store.put_documents(&document, "local", now).await.unwrap();
    let writers = (0..8).map(|_| store.put_documents(&document, "local", now));
    let outcomes = futures::future::join_all(writers).await;
    let n_stored = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    for outcome in outcomes {
        if let Err(error) = outcome {
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        }
    }
    let found = store
        .document(DocumentKind::Model, None, "m")
        .await
        .unwrap();
    assert_eq!(found.unwrap().version, 1 + n_stored as u64);
    assert_eq!(store.documents(None, None).await.unwrap().len(), 1);
}
