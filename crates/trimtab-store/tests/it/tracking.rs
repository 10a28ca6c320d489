//! Experiments, runs, logged models and artifacts.

#![expect(clippy::float_cmp, reason = "what is stored comes back to the bit")]
#![expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
#![expect(clippy::too_many_lines, reason = "one story of a purge")]

use crate::Database;
use std::collections::BTreeMap;
use trimtab_domain::ErrorKind;
use trimtab_domain::ports::TrackingStore;
use trimtab_domain::ports::artifacts::{ContentHash, StoredContent};
use trimtab_domain::ports::tracking::{ArtifactFile, HistoryQuery};
use trimtab_domain::tracking::matching::passes;
use trimtab_domain::tracking::search::{EXPERIMENTS, LOGGED_MODELS, RUNS, parse, parse_order};
use trimtab_domain::tracking::{
    DATASET_CONTEXT_TAG, DEFAULT_EXPERIMENT, DatasetInput, Experiment, ExperimentId,
    LifecycleStage, LogBatch, LoggedModel, LoggedModelId, LoggedModelStatus, Metric, NewExperiment,
    RUN_NAME_TAG, Run, RunChange, RunId, RunInfo, RunStatus, Search, ViewType,
};
use trimtab_store::SqlStore;

const ROOT: &str = "mlflow-artifacts:";

async fn experiment(store: &SqlStore, name: &str) -> Experiment {
    let new = NewExperiment {
        name: name.to_owned(),
        ..NewExperiment::default()
    };
    store.create_experiment(&new, ROOT, 1_000).await.unwrap()
}

fn info(experiment: ExperimentId, id: &str, start_ms: i64) -> RunInfo {
    RunInfo {
        id: RunId::new(id),
        experiment,
        name: format!("run {id}"),
        user_id: "ann".to_owned(),
        status: RunStatus::Running,
        start_ms,
        end_ms: None,
        artifact_uri: format!("{ROOT}/{experiment}/{id}/artifacts"),
        stage: LifecycleStage::Active,
    }
}

async fn run(store: &SqlStore, experiment: ExperimentId, id: &str, start_ms: i64) -> RunId {
    let info = info(experiment, id, start_ms);
    let tags = [(RUN_NAME_TAG.to_owned(), info.name.clone())].into();
    store.create_run(&info, &tags).await.unwrap();
    info.id
}

fn point(key: &str, value: f64, step: i64) -> Metric {
    Metric {
        key: key.to_owned(),
        value,
        at_ms: 1_000 + step,
        step,
        model: None,
        dataset: None,
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn metrics(points: Vec<Metric>) -> LogBatch {
    LogBatch {
        metrics: points,
        ..LogBatch::default()
    }
}

fn search(experiments: &[ExperimentId], filter: &str, order: &[&str]) -> Search {
    Search {
        experiments: experiments.to_vec(),
        filter: parse(&RUNS, filter).unwrap(),
        order: parse_order(&RUNS, order).unwrap(),
        view: ViewType::ActiveOnly,
        limit: 1_000,
        after: None,
    }
}

fn ids(runs: &[Run]) -> Vec<&str> {
    runs.iter().map(|run| run.info.id.as_str()).collect()
}

pub(crate) async fn experiments_live_die_and_come_back(database: Database) {
    let store = database.open().await;
    let default = store.experiment(DEFAULT_EXPERIMENT).await.unwrap().unwrap();
    assert_eq!(default.name, "Default");
    let new = NewExperiment {
        name: "flights".to_owned(),
        artifact_location: None,
        tags: pairs(&[("team", "risk")]).into_iter().collect(),
    };
    let made = store.create_experiment(&new, ROOT, 5).await.unwrap();
    assert_eq!(made.artifact_location, format!("{ROOT}/{}", made.id));
    assert_eq!(
        store.experiment_by_name("flights").await.unwrap(),
        Some(made.clone())
    );
    let taken = store.create_experiment(&new, ROOT, 6).await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::Conflict);
    assert_eq!(taken.message(), "Experiment(name=flights) already exists.");
    let one = run(&store, made.id, "r1", 1).await;
    store
        .set_experiment_tag(made.id, "team", "ops", 7)
        .await
        .unwrap();
    store.rename_experiment(made.id, "trips", 8).await.unwrap();
    let changed = store.experiment(made.id).await.unwrap().unwrap();
    assert_eq!((changed.name.as_str(), changed.updated_ms), ("trips", 8));
    assert_eq!(changed.tags["team"], "ops");
    store
        .delete_experiment_tag(made.id, "team", 9)
        .await
        .unwrap();
    let again = store.delete_experiment_tag(made.id, "team", 9).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::NotFound);

    let to = |stage| store.move_experiment(made.id, stage, 10);
    to(LifecycleStage::Deleted).await.unwrap();
    assert_eq!(
        to(LifecycleStage::Deleted).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let gone = store.experiment(made.id).await.unwrap().unwrap();
    assert_eq!(gone.stage, LifecycleStage::Deleted);
    let its_run = store.run_info(&one).await.unwrap().unwrap();
    assert_eq!(its_run.stage, LifecycleStage::Deleted);
    let refused = store.rename_experiment(made.id, "x", 11).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    let refused = store
        .create_run(&info(made.id, "r2", 1), &BTreeMap::new())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    to(LifecycleStage::Active).await.unwrap();
    let its_run = store.run_info(&one).await.unwrap().unwrap();
    assert_eq!(its_run.stage, LifecycleStage::Active);
}

pub(crate) async fn experiments_are_searched_and_paged(database: Database) {
    let store = database.open().await;
    for at in 0..7 {
        let new = NewExperiment {
            name: format!("e{at}"),
            artifact_location: Some(format!("s3://b/{at}")),
            tags: pairs(&[("odd", if at % 2 == 1 { "yes" } else { "no" })])
                .into_iter()
                .collect(),
        };
        store
            .create_experiment(&new, ROOT, 100 + at % 3)
            .await
            .unwrap();
    }
    let mut asked = Search {
        experiments: Vec::new(),
        filter: parse(&EXPERIMENTS, "name LIKE 'e%'").unwrap(),
        order: Vec::new(),
        view: ViewType::ActiveOnly,
        limit: 3,
        after: None,
    };
    let mut names = Vec::new();
    loop {
        let page = store.search_experiments(&asked).await.unwrap();
        names.extend(page.items.into_iter().map(|one| one.name));
        match page.next {
            Some(next) => asked.after = Some(next),
            None => break,
        }
    }
    assert_eq!(names, ["e5", "e2", "e4", "e1", "e6", "e3", "e0"]);
    asked.after = None;
    asked.filter = parse(&EXPERIMENTS, "tags.odd = 'yes' and creation_time < 102").unwrap();
    asked.order = parse_order(&EXPERIMENTS, &["name DESC"]).unwrap();
    let page = store.search_experiments(&asked).await.unwrap();
    let names: Vec<_> = page.items.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["e3", "e1"]);
}

pub(crate) async fn a_run_keeps_what_is_logged(database: Database) {
    let store = database.open().await;
    let experiment = experiment(&store, "e").await;
    let id = run(&store, experiment.id, "r", 1).await;
    let batch = LogBatch {
        metrics: vec![
            point("loss", 3.0, 0),
            point("loss", 1.0, 2),
            point("loss", 2.0, 1),
            point("odd", f64::NAN, 0),
            point("top", f64::INFINITY, 0),
            point("low", f64::NEG_INFINITY, 0),
        ],
        params: pairs(&[
            ("depth", "6"),
            ("empty", ""),
            ("long", &"x".repeat(100_000)),
        ]),
        tags: pairs(&[("a", "1"), ("a", "2"), (RUN_NAME_TAG, "renamed")]),
    };
    // A client that repeats its request changes nothing.
    for _ in 0..2 {
        store.log_batch(&id, &batch).await.unwrap();
    }
    let found = store.run(&id).await.unwrap().unwrap();
    assert_eq!(found.info.name, "renamed");
    assert_eq!(found.params["long"].len(), 100_000);
    assert_eq!(found.params["empty"], "");
    assert_eq!(found.tags["a"], "2");
    let latest: BTreeMap<_, _> = found
        .metrics
        .iter()
        .map(|metric| (metric.key.as_str(), metric.value))
        .collect();
    assert_eq!(latest["loss"], 1.0);
    assert!(latest["odd"].is_nan());
    assert_eq!(latest["top"], f64::INFINITY);
    assert_eq!(latest["low"], f64::NEG_INFINITY);

    let mut asked = HistoryQuery {
        run: id.clone(),
        key: "loss".to_owned(),
        limit: Some(2),
        after: None,
    };
    let first = store.metric_history(&asked).await.unwrap();
    let values: Vec<_> = first.items.iter().map(|point| point.value).collect();
    assert_eq!(values, [3.0, 2.0]);
    asked.after = first.next;
    let second = store.metric_history(&asked).await.unwrap();
    assert_eq!(second.items.len(), 1);
    assert_eq!(second.next, None);
    asked = HistoryQuery {
        key: "unknown".to_owned(),
        limit: None,
        after: None,
        ..asked
    };
    assert!(store.metric_history(&asked).await.unwrap().items.is_empty());

    let change = RunChange {
        status: Some(RunStatus::Finished),
        end_ms: Some(99),
        name: Some("last".to_owned()),
    };
    let info = store.update_run(&id, &change).await.unwrap();
    assert_eq!((info.end_ms, info.status), (Some(99), RunStatus::Finished));
    let found = store.run(&id).await.unwrap().unwrap();
    assert_eq!(found.tags[RUN_NAME_TAG], "last");
    store.delete_run_tag(&id, "a").await.unwrap();
    assert!(store.delete_run_tag(&id, "a").await.is_err());
}

pub(crate) async fn a_batch_is_logged_whole_or_not_at_all(database: Database) {
    let store = database.open().await;
    let experiment = experiment(&store, "e").await;
    let id = run(&store, experiment.id, "r", 1).await;
    let batch = |value: &str| LogBatch {
        metrics: vec![point("m", 1.0, 0)],
        params: pairs(&[("p", value), ("q", value)]),
        tags: pairs(&[("t", value)]),
    };
    store.log_batch(&id, &batch("1")).await.unwrap();
    let before = store.run(&id).await.unwrap();
    let mut changed = batch("2");
    changed.params = pairs(&[("new", "1"), ("p", "2")]);
    changed.metrics = vec![point("m", 5.0, 5)];
    let refused = store.log_batch(&id, &changed).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(
        refused
            .message()
            .starts_with("Changing param values is not allowed. Param with key='p'"),
        "{refused}"
    );
    assert_eq!(store.run(&id).await.unwrap(), before);
    let nobody = store.log_batch(&RunId::new("x"), &batch("1")).await;
    assert_eq!(nobody.unwrap_err().message(), "Run with id=x not found");
    store
        .move_run(&id, LifecycleStage::Deleted, 5)
        .await
        .unwrap();
    let refused = store.log_batch(&id, &batch("1")).await.unwrap_err();
    assert!(refused.message().contains("must be in the 'active' state"));
}

pub(crate) async fn many_may_log_at_once(database: Database) {
    let store = database.open().await;
    let experiment = experiment(&store, "e").await;
    let mut runs = Vec::new();
    for at in 0..4 {
        runs.push(run(&store, experiment.id, &format!("r{at}"), at).await);
    }
    let writers = (0..8_i64).map(|writer| {
        let (store, runs) = (store.clone(), runs.clone());
        async move {
            for step in 0..25 {
                let id = &runs[usize::try_from(writer + step).unwrap() % runs.len()];
                let mut batch = metrics(vec![point("m", 1.0, writer * 100 + step)]);
                // All write the same tag first, and one of them always the wrong parameter.
                batch.tags = pairs(&[("same", "value")]);
                let value = if writer == 0 && step > 3 {
                    "wrong"
                } else {
                    "right"
                };
                batch.params = pairs(&[("same", value)]);
                let logged = store.log_batch(id, &batch).await;
                assert_eq!(logged.is_ok(), value == "right", "{logged:?}");
            }
        }
    });
    futures::future::join_all(writers).await;
    let mut n_points = 0;
    for id in &runs {
        let query = HistoryQuery {
            run: id.clone(),
            key: "m".to_owned(),
            limit: None,
            after: None,
        };
        n_points += store.metric_history(&query).await.unwrap().items.len();
    }
    assert_eq!(n_points, 7 * 25 + 4);
}

/// Runs that differ in everything a filter can ask about.
async fn zoo(store: &SqlStore) -> ExperimentId {
    let experiment = experiment(store, "zoo").await.id;
    for at in 0..24_i64 {
        let id = run(store, experiment, &format!("r{at:02}"), at / 3).await;
        let mut batch = LogBatch::default();
        if at % 3 != 0 {
            let value = match at % 8 {
                1 => f64::NAN,
                2 => f64::INFINITY,
                3 => f64::NEG_INFINITY,
                _ => (at as f64 - 12.0) / 4.0,
            };
            batch.metrics.push(point("acc", value, 0));
        }
        if at % 4 != 1 {
            let value = ["Deep", "deep*", "de_p", "%"][usize::try_from(at % 4).unwrap()];
            batch.params.push(("kind of".to_owned(), value.to_owned()));
        }
        if at % 5 == 0 {
            batch.tags.push(("team".to_owned(), format!("t{}", at % 2)));
        }
        store.log_batch(&id, &batch).await.unwrap();
        if at % 2 == 0 {
            let change = RunChange {
                status: Some(RunStatus::Finished),
                end_ms: Some(at * 10),
                name: None,
            };
            store.update_run(&id, &change).await.unwrap();
        }
        if at % 6 == 0 {
            let mut tags = BTreeMap::new();
            if at % 12 == 0 {
                tags.insert(DATASET_CONTEXT_TAG.to_owned(), "train".to_owned());
            }
            let dataset = DatasetInput {
                name: format!("d{}", at % 4),
                digest: "abc".to_owned(),
                source_type: "local".to_owned(),
                source: "{}".to_owned(),
                schema: None,
                profile: None,
                tags,
            };
            store.log_inputs(&id, &[dataset], &[]).await.unwrap();
        }
    }
    experiment
}

const FILTERS: &[&str] = &[
    "",
    "metrics.acc > 0",
    "metrics.acc >= -1.25 and metrics.acc <= 1",
    "metrics.acc != 1",
    "metric.acc = 1 OR metrics.acc < -2",
    "NOT metrics.acc > 0",
    "metrics.acc IS NULL",
    "metrics.acc between -1 and 1",
    "metrics.acc not between -1 and 1",
    "metrics.acc in (1, 0.25, 2)",
    "params.`kind of` = 'Deep'",
    "params.\"kind of\" != 'Deep'",
    "params.`kind of` LIKE 'de%'",
    "params.`kind of` LIKE 'de*%'",
    "params.`kind of` LIKE 'de_p%'",
    "params.`kind of` ILIKE 'DE_P'",
    "params.`kind of` not like '%p'",
    "params.`kind of` IN ('Deep', '%')",
    "params.`kind of` NOT IN ('Deep', '%')",
    "params.`kind of` IS NULL",
    "tags.team = 't1'",
    "tags.team IS NOT NULL and not (tags.team = 't1' or start_time > 3)",
    "tag.team != 't1'",
    "attributes.status = 'FINISHED'",
    "status != 'FINISHED'",
    "run_id IN ('r01', 'r02', 'zz')",
    "attributes.`Run name` = 'run r03'",
    "run_name ILIKE 'RUN R1%'",
    "end_time > 100",
    "not end_time > 100",
    "end_time IS NULL",
    "start_time >= 2 and start_time < 5",
    "dataset.name = 'd0'",
    "datasets.context = 'train'",
    "dataset.context IS NULL",
    "dataset.digest LIKE 'a%' and not dataset.name IN ('d0')",
    "user_id = 'ann' and artifact_uri LIKE '%/r0_/%'",
    "(metrics.acc > 0 or tags.team = 't0') and (params.`kind of` = '%' or status = 'RUNNING')",
];

pub(crate) async fn searches_mean_what_filters_say(database: Database) {
    let store = database.open().await;
    let experiment = zoo(&store).await;
    let everything = search(&[experiment], "", &[]);
    let all = store.search_runs(&everything).await.unwrap().items;
    assert_eq!(all.len(), 24);
    for text in FILTERS {
        let asked = search(&[experiment], text, &[]);
        let found = store.search_runs(&asked).await.unwrap().items;
        let meant: Vec<&str> = all
            .iter()
            .filter(|run| passes(&asked.filter, *run))
            .map(|run| run.info.id.as_str())
            .collect();
        assert_eq!(ids(&found), meant, "{text}");
    }
    let elsewhere = search(&[DEFAULT_EXPERIMENT], "", &[]);
    assert!(
        store
            .search_runs(&elsewhere)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let nowhere = search(&[], "", &[]);
    assert!(store.search_runs(&nowhere).await.unwrap().items.is_empty());
}

pub(crate) async fn missing_values_come_last_both_ways(database: Database) {
    let store = database.open().await;
    let experiment = zoo(&store).await;
    for order in ["metrics.acc ASC", "metrics.acc DESC"] {
        let asked = search(&[experiment], "", &[order]);
        let found = store.search_runs(&asked).await.unwrap().items;
        let values: Vec<Option<f64>> = found
            .iter()
            .map(|run| run.metrics.first().map(|metric| metric.value))
            .collect();
        let n_numbers = values
            .iter()
            .take_while(|value| value.is_some_and(|value| !value.is_nan()))
            .count();
        let numbers: Vec<f64> = values[..n_numbers].iter().copied().flatten().collect();
        if order.ends_with("DESC") {
            assert!(numbers.is_sorted_by(|a, b| a >= b), "{numbers:?}");
        } else {
            assert!(numbers.is_sorted(), "{numbers:?}");
        }
        let n_nan = values
            .iter()
            .filter(|value| value.is_some_and(f64::is_nan))
            .count();
        assert!(n_nan > 0);
        assert!(
            values[n_numbers..n_numbers + n_nan]
                .iter()
                .all(Option::is_some)
        );
        assert!(values[n_numbers + n_nan..].iter().all(Option::is_none));
    }
}

pub(crate) async fn pages_neither_repeat_nor_skip(database: Database) {
    let store = database.open().await;
    let experiment = zoo(&store).await;
    let orders: [&[&str]; 5] = [
        &[],
        &["metrics.acc DESC"],
        &["params.`kind of`", "tags.team DESC"],
        &["end_time DESC"],
        &["status", "metrics.acc"],
    ];
    for (number, order) in orders.into_iter().enumerate() {
        let mut asked = search(&[experiment], "run_id LIKE 'r%'", order);
        let whole = store.search_runs(&asked).await.unwrap().items;
        asked.limit = 5;
        let mut paged = Vec::new();
        loop {
            let page = store.search_runs(&asked).await.unwrap();
            paged.extend(page.items);
            // What is written meanwhile disturbs nothing.
            let name = format!("late{number}-{}", paged.len());
            run(&store, experiment, &name, 1_000).await;
            match page.next {
                Some(next) => asked.after = Some(next),
                None => break,
            }
        }
        assert_eq!(ids(&paged), ids(&whole), "{order:?}");
        asked.after = Some("zz".to_owned());
        assert!(store.search_runs(&asked).await.is_err());
        asked.after = Some("5b5d".to_owned());
        assert!(store.search_runs(&asked).await.is_err());
    }
}

fn model(experiment: ExperimentId, id: &str, created_ms: i64) -> LoggedModel {
    LoggedModel {
        id: LoggedModelId::new(id),
        experiment,
        name: format!("model {id}"),
        artifact_uri: format!("{ROOT}/{experiment}/models/{id}/artifacts"),
        created_ms,
        updated_ms: created_ms,
        status: LoggedModelStatus::Pending,
        model_type: (created_ms > 1).then(|| "agent".to_owned()),
        source_run: None,
        stage: LifecycleStage::Active,
        params: pairs(&[("depth", "6")]).into_iter().collect(),
        tags: BTreeMap::new(),
        metrics: Vec::new(),
    }
}

pub(crate) async fn logged_models_are_kept_and_found(database: Database) {
    let store = database.open().await;
    let experiment = experiment(&store, "e").await.id;
    let id = run(&store, experiment, "r", 1).await;
    for (at, name) in ["m-a", "m-b", "m-c"].into_iter().enumerate() {
        let made = model(experiment, name, i64::try_from(at).unwrap());
        store.create_logged_model(&made).await.unwrap();
        assert_eq!(store.logged_model(&made.id).await.unwrap(), Some(made));
    }
    let (a, b) = (LoggedModelId::new("m-a"), LoggedModelId::new("m-b"));
    let mut measured = point("acc", 0.5, 0);
    measured.model = Some(a.clone());
    let mut on_data = point("acc", 0.9, 0);
    on_data.at_ms += 1;
    on_data.model = Some(b.clone());
    on_data.dataset = Some(("d".to_owned(), "1".to_owned()));
    store
        .log_batch(&id, &metrics(vec![measured, on_data]))
        .await
        .unwrap();
    store
        .log_inputs(&id, &[], std::slice::from_ref(&a))
        .await
        .unwrap();
    store.log_outputs(&id, &[(b.clone(), 3)]).await.unwrap();
    let found = store.run(&id).await.unwrap().unwrap();
    assert_eq!(found.model_inputs, std::slice::from_ref(&a));
    assert_eq!(found.model_outputs, [(b.clone(), 3)]);

    store
        .set_logged_model_status(&a, LoggedModelStatus::Ready, 10)
        .await
        .unwrap();
    let tags = pairs(&[("t", "1")]).into_iter().collect();
    store.set_logged_model_tags(&a, &tags, 11).await.unwrap();
    let params = pairs(&[("depth", "7")]).into_iter().collect();
    let refused = store.add_logged_model_params(&a, &params, 11).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    let found = store.logged_model(&a).await.unwrap().unwrap();
    assert_eq!(
        (found.status, found.updated_ms),
        (LoggedModelStatus::Ready, 11)
    );
    assert_eq!(found.metrics.len(), 1);
    assert_eq!(found.metrics[0].0, id);

    let asked = |filter: &str, order: &str| Search {
        filter: parse(&LOGGED_MODELS, filter).unwrap(),
        order: parse_order(&LOGGED_MODELS, &[order]).unwrap(),
        ..search(&[experiment], "", &[])
    };
    for (filter, order, expected) in [
        ("", "metrics.acc DESC", vec!["m-b", "m-a", "m-c"]),
        ("metrics.acc > 0.6", "name", vec!["m-b"]),
        ("status = 'READY'", "name", vec!["m-a"]),
        ("model_type IS NULL and tags.t = '1'", "name", vec!["m-a"]),
        (
            "params.depth = '6'",
            "creation_time DESC",
            vec!["m-c", "m-b", "m-a"],
        ),
    ] {
        let found = store
            .search_logged_models(&asked(filter, order))
            .await
            .unwrap();
        let found: Vec<_> = found.items.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(found, expected, "{filter}");
    }
    store.delete_logged_model_tag(&a, "t", 12).await.unwrap();
    store.delete_logged_model(&a, 13).await.unwrap();
    assert_eq!(store.logged_model(&a).await.unwrap(), None);
    assert!(store.delete_logged_model(&a, 14).await.is_err());
}

fn file(path: &str, contents: u8) -> ArtifactFile {
    ArtifactFile {
        path: path.to_owned(),
        content: StoredContent {
            hash: ContentHash::from_digest(&[contents; 32]),
            n_bytes: u64::from(contents),
        },
    }
}

pub(crate) async fn artifacts_lie_in_folders(database: Database) {
    let store = database.open().await;
    let paths = [
        "1/r/a",
        "1/r/b/c",
        "1/r/b/d/e",
        "1/r/b-",
        "1/r/b0",
        "1/rr/x",
        "2/y",
        "top",
    ];
    for (at, path) in paths.into_iter().enumerate() {
        let contents = u8::try_from(at / 2).unwrap();
        store.put_artifact(&file(path, contents), 1).await.unwrap();
    }
    // Many files in one folder must not hide what comes after it.
    for at in 0..1_500 {
        store
            .put_artifact(&file(&format!("1/r/b/many/{at:05}"), 99), 1)
            .await
            .unwrap();
    }
    let names = async |folder: &str| -> Vec<String> {
        let entries = store.list_artifacts(folder, 100).await.unwrap();
        entries
            .into_iter()
            .map(|entry| match entry.n_bytes {
                Some(_) => entry.name,
                None => format!("{}/", entry.name),
            })
            .collect()
    };
    assert_eq!(names("").await, ["1/", "2/", "top"]);
    assert_eq!(names("1/r").await, ["a", "b/", "b-", "b0"]);
    assert_eq!(names("1/r/b").await, ["c", "d/", "many/"]);
    assert!(names("1/r/nothing").await.is_empty());
    assert_eq!(store.artifacts_below("1/r/b/d", 9).await.unwrap().len(), 1);
    let found = store.artifact("1/r/b/c").await.unwrap();
    assert_eq!(found, Some(file("1/r/b/c", 0)));
    // `1/r/a` has the same contents as `1/r/b/c`.
    assert!(store.delete_artifacts("1/r/a").await.unwrap().is_empty());
    let orphans = store.delete_artifacts("1/r/b").await.unwrap();
    assert_eq!(orphans.len(), 2);
    assert_eq!(names("1/r").await, ["b-", "b0"]);
    let named = file("1/r/b-", 1).content.hash;
    let asked = [orphans[0].clone(), named, orphans[1].clone()];
    assert_eq!(store.unnamed_contents(&asked).await.unwrap(), orphans);
    assert_eq!(store.unnamed_contents(&[]).await.unwrap(), []);
}

pub(crate) async fn a_purge_removes_what_was_deleted_long_ago(database: Database) {
    let store = database.open().await;
    let old = experiment(&store, "old").await.id;
    let young = experiment(&store, "young").await.id;
    for (experiment, name) in [(old, "r1"), (young, "r2"), (young, "r3")] {
        let id = run(&store, experiment, name, 1).await;
        store
            .log_batch(&id, &metrics(vec![point("m", 1.0, 0)]))
            .await
            .unwrap();
        let path = format!("{experiment}/{name}/artifacts/f");
        let contents = u8::try_from(experiment.0).unwrap();
        store.put_artifact(&file(&path, contents), 1).await.unwrap();
    }
    store
        .move_experiment(old, LifecycleStage::Deleted, 100)
        .await
        .unwrap();
    store
        .move_run(&RunId::new("r2"), LifecycleStage::Deleted, 200)
        .await
        .unwrap();
    let (purged, orphans) = store.purge(150).await.unwrap();
    assert_eq!(
        (purged.n_experiments, purged.n_runs, purged.n_files),
        (1, 1, 1)
    );
    assert_eq!(orphans.len(), 1);
    assert_eq!(store.run(&RunId::new("r1")).await.unwrap(), None);
    assert!(store.run(&RunId::new("r2")).await.unwrap().is_some());
    // The name is free again, the number is not.
    assert!(experiment(&store, "old").await.id > young);
    // Another run names the same contents.
    let (purged, orphans) = store.purge(300).await.unwrap();
    assert_eq!(
        (purged.n_experiments, purged.n_runs, purged.n_files),
        (0, 1, 1)
    );
    assert!(orphans.is_empty());
}
