//! Registered models: what a deed changes is there whole, with its history and its audit entries,
//! or not at all.

use crate::Database;
use crate::sample::at;
use std::collections::BTreeMap;
use trimtab_domain::ErrorKind;
use trimtab_domain::ports::artifacts::{ContentHash, StoredContent};
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::ports::tracking::ArtifactFile;
use trimtab_domain::ports::{AuditStore as _, RegistryStore as _, TrackingStore as _};
use trimtab_domain::registry::moves::{self, Deed};
use trimtab_domain::registry::{
    CHAMPION, HistoryKind, ModelVersion, RegisteredModel, ServedHow, Stage, VersionFile,
    VersionStatus, served,
};
use trimtab_store::SqlStore;

const MODEL: &str = "any name, as MLflow allows (é)";

fn deed(second: u32) -> Deed {
    Deed {
        at: at(&format!("2026-11-28T10:00:{second:02}.000001Z")),
        event_at: (second > 20).then(|| at("2013-02-01T00:00:00Z")),
        actor: "token:tok_1".to_owned(),
        reason: (second > 10).then(|| "it's better".to_owned()),
    }
}

fn named(name: &str) -> RegisteredModel {
    RegisteredModel {
        name: name.to_owned(),
        description: Some("for people".to_owned()),
        tags: BTreeMap::from([("team".to_owned(), "flights".to_owned())]),
        ..RegisteredModel::default()
    }
}

fn version(n_files: usize) -> ModelVersion {
    ModelVersion {
        model: String::new(),
        version: 0,
        source: "mlflow-artifacts:/1/r/artifacts/model".to_owned(),
        folder: Some("1/r/artifacts/model".to_owned()),
        files: (0..n_files)
            .map(|n| VersionFile {
                path: format!("data/{n:05}"),
                sha256: format!("{n:064x}"),
                n_bytes: 1 << 40,
            })
            .collect(),
        run_id: Some("r".to_owned()),
        run_link: None,
        logged_model_id: Some("m-1".to_owned()),
        status: VersionStatus::Ready,
        description: None,
        stage: Stage::None,
        tags: BTreeMap::from([("trimtab.snapshot".to_owned(), "snap_1".to_owned())]),
        created_by: String::new(),
        created_ms: 0,
        updated_ms: 0,
    }
}

async fn create(store: &SqlStore, name: &str) -> RegisteredModel {
    let commit = moves::create_model(named(name), &deed(0)).unwrap();
    store.commit_registry(&commit).await.unwrap();
    now(store, name).await
}

async fn now(store: &SqlStore, name: &str) -> RegisteredModel {
    store.registered_model(name).await.unwrap().unwrap()
}

async fn add(store: &SqlStore, name: &str, n_files: usize) -> ModelVersion {
    let model = now(store, name).await;
    let (added, commit) = moves::create_version(&model, version(n_files), &deed(11)).unwrap();
    store.commit_registry(&commit).await.unwrap();
    added
}

async fn point(store: &SqlStore, alias: &str, version: Option<u32>, second: u32) {
    let model = now(store, MODEL).await;
    let how = ServedHow::Promoted;
    let commit = moves::move_aliases(&model, &[(alias, version)], how, &deed(second)).unwrap();
    store.commit_registry(&commit.unwrap()).await.unwrap();
}

pub(crate) async fn what_a_version_was_made_of_keeps_its_contents(database: Database) {
    let store = database.open().await;
    create(&store, MODEL).await;
    let put = async |path: &str, contents: u64| {
        let file = ArtifactFile {
            path: path.to_owned(),
            content: StoredContent {
                hash: ContentHash::try_from(format!("{contents:064x}")).unwrap(),
                n_bytes: 1,
            },
        };
        store.put_artifact(&file, 0).await
    };
    let path = "1/r/artifacts/model/data/00001";
    put(path, 7).await.unwrap();
    put(path, 1).await.unwrap();
    add(&store, MODEL, 3).await;
    // Another file of the folder, and the same contents once more, are nobody's loss.
    put("1/r/artifacts/model/notes.txt", 1).await.unwrap();
    put("1/r/artifacts/model/notes.txt", 9).await.unwrap();
    put(path, 1).await.unwrap();
    let refused = put(path, 7).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    let kept = store.artifact(path).await.unwrap().unwrap();
    assert_eq!(kept.content.hash.as_str(), format!("{:064x}", 1));
}

pub(crate) async fn a_version_comes_back_as_it_was_registered(database: Database) {
    let store = database.open().await;
    create(&store, "another").await;
    create(&store, MODEL).await;
    let first = add(&store, MODEL, 3).await;
    // More files than one statement takes.
    let second = add(&store, MODEL, 20_000).await;
    assert_eq!((first.version, second.version), (1, 2));
    assert_eq!(
        store.model_version(MODEL, 2).await.unwrap(),
        Some(second.clone())
    );
    assert_eq!(store.model_version(MODEL, 3).await.unwrap(), None);
    assert_eq!(store.model_versions(Some("another")).await.unwrap(), []);
    let all = store.model_versions(None).await.unwrap();
    assert_eq!(all, [first.clone(), second]);
    let model = now(&store, MODEL).await;
    assert_eq!(model.tags, named(MODEL).tags);
    assert_eq!((model.last_version, model.revision), (2, 3));
    let names: Vec<_> = store.registered_models().await.unwrap();
    let names: Vec<_> = names.into_iter().map(|model| model.name).collect();
    assert_eq!(names, ["another", MODEL]);
    let held = ContentHash::try_from(first.files[2].sha256.clone()).unwrap();
    let lost = ContentHash::try_from("f".repeat(64)).unwrap();
    let unnamed = store.unnamed_contents(&[held, lost.clone()]).await.unwrap();
    assert_eq!(unnamed, [lost]);
}

pub(crate) async fn every_move_is_history_and_an_audit_entry(database: Database) {
    let store = database.open().await;
    create(&store, MODEL).await;
    let first = add(&store, MODEL, 1).await;
    add(&store, MODEL, 1).await;
    point(&store, CHAMPION, Some(1), 12).await;
    point(&store, CHAMPION, Some(2), 13).await;
    point(&store, CHAMPION, Some(1), 21).await;
    let model = now(&store, MODEL).await;
    assert_eq!(model.aliases, BTreeMap::from([(CHAMPION.to_owned(), 1)]));
    let staged = moves::move_stage(&model, &first, &[], Stage::Production, false, &deed(14));
    store.commit_registry(&staged.unwrap()).await.unwrap();
    let first = store.model_version(MODEL, 1).await.unwrap().unwrap();
    assert_eq!(first.stage, Stage::Production);
    assert_eq!(first.updated_ms, deed(14).at.as_millisecond());

    let history = store.registry_history(MODEL).await.unwrap();
    let kinds: Vec<_> = history.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        kinds,
        [
            HistoryKind::ModelCreated,
            HistoryKind::VersionCreated,
            HistoryKind::VersionCreated,
            HistoryKind::AliasSet,
            HistoryKind::AliasSet,
            HistoryKind::AliasSet,
            HistoryKind::Stage
        ]
    );
    let last = &history[5];
    assert_eq!((last.at, last.event_at), (deed(21).at, deed(21).event_at));
    assert_eq!(last.before.as_deref(), Some("v2"));
    assert_eq!(last.after.as_deref(), Some("v1"));
    assert_eq!(last.how, Some(ServedHow::Promoted));
    assert_eq!(last.reason.as_deref(), Some("it's better"));
    let times = served(&history, None, false);
    let times: Vec<_> = times.iter().map(|one| one.version).collect();
    assert_eq!(times, [1, 2, 1]);

    let query = AuditQuery {
        model: Some(MODEL.to_owned()),
        actions: vec!["alias_set".to_owned()],
        ..AuditQuery::newest(10)
    };
    let entries = store.audit_entries(&query).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[0].entry, last.in_log(MODEL));
}

pub(crate) async fn what_was_decided_on_an_older_state_is_refused(database: Database) {
    let store = database.open().await;
    let model = create(&store, MODEL).await;
    add(&store, MODEL, 1).await;
    let head = store.audit_head().await.unwrap();
    let (_, late) = moves::create_version(&model, version(1), &deed(1)).unwrap();
    let error = store.commit_registry(&late).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let again = moves::create_model(named(MODEL), &deed(1)).unwrap();
    let error = store.commit_registry(&again).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("already exists"), "{error}");
    assert_eq!(store.audit_head().await.unwrap(), head);
    assert_eq!(store.registry_history(MODEL).await.unwrap().len(), 2);
    assert_eq!(store.model_versions(None).await.unwrap().len(), 1);
}

pub(crate) async fn of_many_who_register_at_once_each_gets_a_number(database: Database) {
    let store = std::sync::Arc::new(database.open().await);
    create(&store, MODEL).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = std::sync::Arc::clone(&store);
            tokio::spawn(async move {
                loop {
                    let model = now(&store, MODEL).await;
                    let (added, commit) =
                        moves::create_version(&model, version(1), &deed(2)).unwrap();
                    match store.commit_registry(&commit).await {
                        Ok(()) => return added.version,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                    }
                }
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
}

pub(crate) async fn a_renamed_model_keeps_everything(database: Database) {
    let store = database.open().await;
    create(&store, MODEL).await;
    let taken = create(&store, "taken").await;
    let added = add(&store, MODEL, 2).await;
    point(&store, CHAMPION, Some(1), 12).await;
    let model = now(&store, MODEL).await;
    let clash = moves::rename_model(&model, &taken.name, &deed(3)).unwrap();
    let error = store.commit_registry(&clash).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let commit = moves::rename_model(&model, "renamed", &deed(3)).unwrap();
    store.commit_registry(&commit).await.unwrap();
    assert_eq!(store.registered_model(MODEL).await.unwrap(), None);
    let renamed = now(&store, "renamed").await;
    assert_eq!(renamed.aliases, BTreeMap::from([(CHAMPION.to_owned(), 1)]));
    assert_eq!(renamed.tags, model.tags);
    let found = store.model_version("renamed", 1).await.unwrap().unwrap();
    assert_eq!((found.files, found.tags), (added.files, added.tags));
    let history = store.registry_history("renamed").await.unwrap();
    assert_eq!(history.len(), 4);
    // There was a first version of the old name, whatever it is called now.
    create(&store, MODEL).await;
    assert_eq!(add(&store, MODEL, 1).await.version, 2);
}

pub(crate) async fn a_deleted_model_leaves_its_history(database: Database) {
    let store = database.open().await;
    create(&store, MODEL).await;
    let added = add(&store, MODEL, 2).await;
    add(&store, MODEL, 1).await;
    point(&store, CHAMPION, Some(1), 12).await;
    let model = now(&store, MODEL).await;
    let commit = moves::delete_version(&model, &added, &deed(13));
    store.commit_registry(&commit).await.unwrap();
    let model = now(&store, MODEL).await;
    assert_eq!(model.aliases, BTreeMap::new());
    assert_eq!(add(&store, MODEL, 1).await.version, 3);
    let commit = moves::delete_model(&now(&store, MODEL).await, &deed(14));
    store.commit_registry(&commit).await.unwrap();
    assert_eq!(store.registered_model(MODEL).await.unwrap(), None);
    assert_eq!(store.model_versions(None).await.unwrap(), []);
    let history = store.registry_history(MODEL).await.unwrap();
    assert_eq!(history.last().unwrap().kind, HistoryKind::ModelDeleted);
    let times = served(&history, None, false);
    assert_eq!(times.len(), 1);
    assert!(times[0].to.is_some());
    // No other model slips under what is on record of it.
    let other = create(&store, "other").await;
    let onto = moves::rename_model(&other, MODEL, &deed(15)).unwrap();
    let error = store.commit_registry(&onto).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    // The name is free again for a new one, whose versions count on: no flag, approval or copy of
    // an old version may mean a new one.
    create(&store, MODEL).await;
    assert_eq!(add(&store, MODEL, 1).await.version, 4);
}
