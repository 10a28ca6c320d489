//! Registered models: how versions come in, what serves, and what is remembered of it.

use crate::bench::{app_of, at};
use bytes::Bytes;
use std::collections::BTreeMap;
use trimtab_app::App;
use trimtab_app::registry::{LocalFile, NewRegisteredModel, NewVersion, Promotion, Registration};
use trimtab_app::tracking::NewRun;
use trimtab_domain::ErrorKind;
use trimtab_domain::ports::AuditStore as _;
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::registry::{CHAMPION, ENCODING_TAG, ModelVersion, ServedHow, Stage};
use trimtab_testkit::World;

const MODEL: &str = "delays in the evening";

fn file(path: &str, contents: &'static str) -> LocalFile {
    LocalFile {
        path: path.to_owned(),
        contents: Bytes::from_static(contents.as_bytes()),
    }
}

async fn register(app: &App, contents: &'static str) -> ModelVersion {
    let registration = Registration {
        model: MODEL.to_owned(),
        files: vec![
            file("model.onnx", contents),
            file(
                "encoding.json",
                r#"{"numeric": ["temp"], "outputs": {"score": "float"}}"#,
            ),
        ],
        tags: BTreeMap::from([("trimtab.snapshot".to_owned(), "snap_1".to_owned())]),
        ..Registration::default()
    };
    app.register_version(registration, "ann", "first try")
        .await
        .unwrap()
}

fn promotion(version: &str, reason: &str, without_validation: bool) -> Promotion {
    Promotion {
        model: MODEL.to_owned(),
        version: version.to_owned(),
        reason: reason.to_owned(),
        without_validation,
    }
}

async fn actions(world: &World) -> Vec<String> {
    let entries = world
        .store
        .audit_entries(&AuditQuery::newest(100))
        .await
        .unwrap();
    entries
        .into_iter()
        .rev()
        .map(|one| one.entry.action)
        .collect()
}

#[tokio::test]
async fn a_version_registered_from_files_is_served_as_it_was() {
    let world = World::new();
    let app = app_of(&world);
    let version = register(&app, "onnx 1").await;
    assert_eq!(version.label(), "v1");
    assert_eq!(register(&app, "onnx 2").await.label(), "v2");
    let found = app.model_file(MODEL, "v1").await.unwrap();
    assert_eq!(found.contents, "onnx 1");
    assert!(found.encoding.is_some());
    assert_eq!(found.snapshot(), Some("snap_1"));
    assert_eq!(
        app.is_version_unchanged(&version).await.unwrap(),
        Some(true)
    );

    // Somebody writes another file over it: what was registered is still what is served.
    let path = format!("{}/model.onnx", version.folder.clone().unwrap());
    let other = Box::pin(futures::stream::iter([Ok(Bytes::from_static(b"other"))]));
    app.put_artifact(&path, other).await.unwrap();
    assert_eq!(app.model_file(MODEL, "1").await.unwrap().contents, "onnx 1");
    assert_eq!(
        app.is_version_unchanged(&version).await.unwrap(),
        Some(false)
    );
    let error = app.model_file(MODEL, "v9").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_version_without_a_model_file_says_so() {
    let world = World::new();
    let app = app_of(&world);
    let registration = Registration {
        model: MODEL.to_owned(),
        files: vec![file("model.pkl", "pickle")],
        tags: BTreeMap::from([(ENCODING_TAG.to_owned(), "{}".to_owned())]),
        ..Registration::default()
    };
    app.register_version(registration, "ann", "").await.unwrap();
    let error = app.model_file(MODEL, "latest").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("ONNX"), "{error}");
    for model in ["a/b", "", "a:b"] {
        let registration = Registration {
            model: model.to_owned(),
            files: vec![file("model.onnx", "x")],
            ..Registration::default()
        };
        let error = app.register_version(registration, "ann", "").await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Invalid, "{model}");
    }
    assert_eq!(world.artifacts.n_files(), 1, "a refusal leaves no trace");
}

#[tokio::test]
async fn promotion_needs_a_validation_or_says_that_it_had_none() {
    let world = World::new();
    let app = app_of(&world);
    register(&app, "onnx 1").await;
    register(&app, "onnx 2").await;
    let refused = app
        .promote(&promotion("v1", "it is time", false), "ann")
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
    let refused = app.promote(&promotion("v1", "  ", true), "ann").await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(app.alias_label(MODEL, CHAMPION).await.unwrap(), None);
    let refused = app.restore_champion(MODEL, "ann", "back").await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);

    app.promote(&promotion("v1", "it is time", true), "ann")
        .await
        .unwrap();
    world.clock.advance(jiff::SignedDuration::from_hours(1));
    app.promote(&promotion("v2", "better", true), "bob")
        .await
        .unwrap();
    world.clock.advance(jiff::SignedDuration::from_hours(1));
    let back = app
        .restore_champion(MODEL, "ann", "worse after all")
        .await
        .unwrap();
    assert_eq!(back.label(), "v1");
    // The same key pressed twice does not bring the worse one back.
    let twice = app.restore_champion(MODEL, "ann", "again").await;
    assert_eq!(twice.unwrap_err().kind(), ErrorKind::Conflict);
    let served = app.served(MODEL).await.unwrap();
    let times: Vec<_> = served.iter().map(|one| (one.version, one.how)).collect();
    assert_eq!(
        times,
        [
            (1, ServedHow::SetByHand),
            (2, ServedHow::SetByHand),
            (1, ServedHow::RolledBack)
        ]
    );
    let between = served[1].from;
    let then = app.serving_at(MODEL, between).await.unwrap().unwrap();
    assert_eq!((then.version, then.actor.as_str()), (2, "bob"));
    assert_eq!(then.reason.as_deref(), Some("better"));
    let before = app
        .serving_at(MODEL, at("2000-01-01T00:00:00Z"))
        .await
        .unwrap();
    assert_eq!(before, None);
    let actions = actions(&world).await;
    let n_without = actions
        .iter()
        .filter(|action| *action == "promoted_without_validation")
        .count();
    assert_eq!(n_without, 2, "{actions:?}");
    assert!(app.verify_audit(None).await.unwrap().is_intact());
}

#[tokio::test]
async fn a_source_must_lie_where_its_run_does() {
    let world = World::new();
    let app = app_of(&world);
    let new = NewRegisteredModel {
        name: MODEL.to_owned(),
        ..NewRegisteredModel::default()
    };
    app.create_registered_model(new, "ann").await.unwrap();
    let mine = app.create_run(NewRun::default()).await.unwrap();
    let other = app.create_run(NewRun::default()).await.unwrap();
    let root = |uri: &str| uri.trim_start_matches("mlflow-artifacts:/").to_owned();
    let path = format!("{}/model/model.onnx", root(&mine.info.artifact_uri));
    let contents = Box::pin(futures::stream::iter([Ok(Bytes::from_static(b"onnx"))]));
    app.put_artifact(&path, contents).await.unwrap();
    let create = async |source: String, run_id: &str| {
        let new = NewVersion {
            model: MODEL.to_owned(),
            source,
            run_id: Some(run_id.to_owned()),
            ..NewVersion::default()
        };
        app.create_model_version(new, "ann", "").await
    };
    let mine_id = mine.info.id.to_string();
    let at_run = format!("{}/model", mine.info.artifact_uri);
    for source in [
        format!("runs:/{}/model", other.info.id),
        format!("{}/model", other.info.artifact_uri),
        format!("{}/../x", mine.info.artifact_uri),
        "/etc/passwd".to_owned(),
        "file:///etc".to_owned(),
    ] {
        let error = create(source.clone(), &mine_id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{source}");
    }
    let first = create(at_run, &mine_id).await.unwrap();
    let second = create(format!("runs:/{mine_id}/model"), &mine_id)
        .await
        .unwrap();
    assert_eq!((first.version, second.version), (1, 2));
    assert_eq!(first.files, second.files);
    assert_eq!(app.model_file(MODEL, "v2").await.unwrap().contents, "onnx");
    // A copy of a version keeps its files and its run.
    let copy = NewVersion {
        model: MODEL.to_owned(),
        source: format!("models:/{MODEL}/1"),
        ..NewVersion::default()
    };
    let copy = app.create_model_version(copy, "ann", "").await.unwrap();
    assert_eq!((copy.files, copy.run_id), (first.files, Some(mine_id)));
}

#[tokio::test]
async fn stages_and_approvals_are_remembered() {
    let world = World::new();
    let app = app_of(&world);
    register(&app, "onnx 1").await;
    register(&app, "onnx 2").await;
    app.move_stage(MODEL, 1, Stage::Production, false, "ann")
        .await
        .unwrap();
    app.move_stage(MODEL, 2, Stage::Production, true, "ann")
        .await
        .unwrap();
    let first = app.model_version(MODEL, 1).await.unwrap();
    assert_eq!(first.stage, Stage::Archived);
    app.approve_version(MODEL, 2, "ann", "looks right")
        .await
        .unwrap();
    let again = app.approve_version(MODEL, 2, "ann", "twice").await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
    app.approve_version(MODEL, 2, "bob", "").await.unwrap();
    let shown = app.version_shown(MODEL, "v2").await.unwrap();
    let who: Vec<_> = shown
        .approvals
        .iter()
        .map(|one| one.actor.as_str())
        .collect();
    assert_eq!(who, ["ann", "bob"]);
    assert_eq!(shown.signature.unwrap().inputs[0].name, "temp");
    let diff = app.version_diff(MODEL, "v1", "v2").await.unwrap();
    let lineage: Vec<_> = diff.lineage.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(lineage, ["artifact_sha256"]);
    let history = app.registry_history(MODEL).await.unwrap();
    assert_eq!(history.len(), 8);
    app.delete_registered_model(MODEL, "ann").await.unwrap();
    assert_eq!(app.registry_history(MODEL).await.unwrap().len(), 9);
    let gone = app.registered_model_shown(MODEL).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let never = app.registry_history("never").await.unwrap_err();
    assert_eq!(never.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn models_and_versions_are_found_in_mlflows_language() {
    let world = World::new();
    let app = app_of(&world);
    register(&app, "onnx 1").await;
    register(&app, "onnx 2").await;
    for (name, is_prompt) in [("alpha", false), ("prompt", true)] {
        let mut tags = BTreeMap::from([("team".to_owned(), "x".to_owned())]);
        if is_prompt {
            tags.insert("mlflow.prompt.is_prompt".to_owned(), "true".to_owned());
        }
        let new = NewRegisteredModel {
            name: name.to_owned(),
            description: None,
            tags,
        };
        app.create_registered_model(new, "ann").await.unwrap();
    }
    let names = async |filter: &str| -> Vec<String> {
        let page = app.search_registered_models(filter, &[], 10, None).await;
        page.unwrap()
            .items
            .into_iter()
            .map(|model| model.name)
            .collect()
    };
    assert_eq!(names("").await, ["alpha", MODEL]);
    // What MLflow's client always asks.
    assert_eq!(
        names("tag.`mlflow.prompt.is_prompt` != 'true'").await,
        ["alpha", MODEL]
    );
    assert_eq!(
        names("tags.`mlflow.prompt.is_prompt` = 'true'").await,
        ["prompt"]
    );
    assert_eq!(names("name ILIKE '%EVENING%'").await, [MODEL]);
    assert_eq!(names("tags.team = 'x'").await, ["alpha"]);
    let page = app
        .search_registered_models("", &["name DESC"], 1, None)
        .await
        .unwrap();
    assert_eq!(page.items[0].name, MODEL);
    let rest = app
        .search_registered_models("", &["name DESC"], 1, page.next.as_deref())
        .await
        .unwrap();
    assert_eq!((rest.items[0].name.as_str(), rest.next), ("alpha", None));
    let versions = async |filter: &str| -> Vec<u32> {
        let page = app.search_model_versions(filter, &[], 10, None).await;
        page.unwrap()
            .items
            .into_iter()
            .map(|one| one.version)
            .collect()
    };
    assert_eq!(versions(&format!("name = '{MODEL}'")).await, [2, 1]);
    assert_eq!(versions("version_number > 1").await, [2]);
    assert_eq!(versions("tags.`trimtab.snapshot` = 'snap_1'").await, [2, 1]);
    let wrong = app.search_model_versions("nonsense !", &[], 10, None).await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::Invalid);
}
