//! Logged models.

use super::experiments::{check_active, stages};
use super::filter::{Column, Metrics, Noun, Query, nullable, number, text};
use super::order::{Order, cut, limit_of};
use super::{among_numbers, among_texts, arrays_of, object_of};
use crate::codec::{from_json, to_json};
use crate::db::{Db, Row, Tx, args};
use std::collections::{BTreeMap, HashMap};
use trimtab_domain::tracking::points::value;
use trimtab_domain::tracking::{
    ExperimentId, LoggedModel, LoggedModelId, LoggedModelStatus, Metric, Page, RunId, Search,
};
use trimtab_domain::{Error, ErrorKind, Result};

const STATUS: Column = text(
    "case l.status when 'LOGGED_MODEL_PENDING' then 'PENDING'
     when 'LOGGED_MODEL_READY' then 'READY'
     when 'LOGGED_MODEL_UPLOAD_FAILED' then 'FAILED' else 'UNSPECIFIED' end",
);

const NOUN: Noun = Noun {
    table: "logged_models l",
    owner: "l.model_id",
    columns: &[
        ("name", text("l.name")),
        ("model_id", text("l.model_id")),
        ("model_type", nullable(text("l.model_type"))),
        ("status", STATUS),
        ("source_run_id", nullable(text("l.source_run"))),
        ("creation_timestamp", number("l.created_ms")),
        ("last_updated_timestamp", number("l.updated_ms")),
    ],
    params: Some(("logged_model_params", "model_id")),
    tags: ("logged_model_tags", "model_id"),
    metrics: Metrics::OfModels,
    has_datasets: false,
};

const COLUMNS: &str = "l.model_id, l.experiment, l.name, l.artifact_uri, l.created_ms, \
                       l.updated_ms, l.status, l.model_type, l.source_run, l.stage";
const N_COLUMNS: usize = 10;

pub(super) fn no_model(id: &LoggedModelId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("Logged model with ID '{id}' not found."),
    )
}

fn plain(row: &Row) -> Result<LoggedModel> {
    Ok(LoggedModel {
        id: LoggedModelId::new(row.text(0)?),
        experiment: ExperimentId(row.int(1)?),
        name: row.text(2)?,
        artifact_uri: row.text(3)?,
        created_ms: row.int(4)?,
        updated_ms: row.int(5)?,
        status: row.text(6)?.parse()?,
        model_type: row.text_or_null(7)?,
        source_run: row.text_or_null(8)?.map(RunId::new),
        stage: row.text(9)?.parse()?,
        params: BTreeMap::new(),
        tags: BTreeMap::new(),
        metrics: Vec::new(),
    })
}

pub(super) async fn create(db: &Db, model: &LoggedModel) -> Result<()> {
    const WHAT: &str = "store a logged model";
    let mut tx = db.begin(WHAT).await?;
    check_active(&mut tx, db, model.experiment).await?;
    tx.execute(
        WHAT,
        "insert into logged_models (model_id, experiment, name, artifact_uri, created_ms,
                                    updated_ms, status, model_type, source_run, stage)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            model.id.as_str(),
            model.experiment.0,
            model.name.as_str(),
            model.artifact_uri.as_str(),
            model.created_ms,
            model.updated_ms,
            model.status.as_str(),
            model.model_type.as_deref(),
            model.source_run.as_ref().map(RunId::as_str),
            model.stage.as_str(),
        ],
    )
    .await?;
    for (key, value) in &model.params {
        put_param(&mut tx, &model.id, key, value).await?;
    }
    for (key, value) in &model.tags {
        put_tag(&mut tx, &model.id, key, value).await?;
    }
    tx.commit(WHAT).await
}

async fn put_param(tx: &mut Tx, id: &LoggedModelId, key: &str, value: &str) -> Result<()> {
    const WHAT: &str = "store a parameter of a logged model";
    let rows = tx
        .fetch(
            WHAT,
            "select value from logged_model_params where model_id = $1 and key = $2",
            args![id.as_str(), key],
        )
        .await?;
    if let Some(row) = rows.first() {
        let stored = row.text(0)?;
        if stored == value {
            return Ok(());
        }
        return Err(Error::invalid(format!(
            "Changing param values is not allowed. Param with key='{key}' was already logged with \
             value='{stored}' for logged model '{id}'. Attempted logging new value '{value}'."
        )));
    }
    tx.execute(
        WHAT,
        "insert into logged_model_params (model_id, key, value) values ($1, $2, $3)",
        args![id.as_str(), key, value],
    )
    .await
    .map(drop)
}

async fn put_tag(tx: &mut Tx, id: &LoggedModelId, key: &str, value: &str) -> Result<()> {
    tx.execute(
        "store a tag of a logged model",
        "insert into logged_model_tags (model_id, key, value) values ($1, $2, $3)
         on conflict (model_id, key) do update set value = excluded.value",
        args![id.as_str(), key, value],
    )
    .await
    .map(drop)
}

/// Notes a change of a logged model that must be there.
async fn touch(tx: &mut Tx, id: &LoggedModelId, now_ms: i64) -> Result<()> {
    let n_found = tx
        .execute(
            "note a change of a logged model",
            "update logged_models set updated_ms = $2 where model_id = $1 and stage = 'active'",
            args![id.as_str(), now_ms],
        )
        .await?;
    if n_found == 0 {
        return Err(no_model(id));
    }
    Ok(())
}

pub(super) async fn one(db: &Db, id: &LoggedModelId) -> Result<Option<LoggedModel>> {
    const WHAT: &str = "read a logged model";
    let mut tx = db.begin_reading(WHAT).await?;
    let sql = format!(
        "select {COLUMNS} from logged_models l where l.model_id = $1 and l.stage = 'active'"
    );
    let rows = tx.fetch(WHAT, sql, args![id.as_str()]).await?;
    Ok(whole(&mut tx, db, &rows).await?.pop())
}

pub(super) async fn set_status(
    db: &Db,
    id: &LoggedModelId,
    status: LoggedModelStatus,
    now_ms: i64,
) -> Result<()> {
    const WHAT: &str = "change a logged model";
    let mut tx = db.begin(WHAT).await?;
    touch(&mut tx, id, now_ms).await?;
    tx.execute(
        WHAT,
        "update logged_models set status = $2 where model_id = $1",
        args![id.as_str(), status.as_str()],
    )
    .await?;
    tx.commit(WHAT).await
}

pub(super) async fn set_tags(
    db: &Db,
    id: &LoggedModelId,
    tags: &BTreeMap<String, String>,
    now_ms: i64,
) -> Result<()> {
    const WHAT: &str = "store tags of a logged model";
    let mut tx = db.begin(WHAT).await?;
    touch(&mut tx, id, now_ms).await?;
    for (key, value) in tags {
        put_tag(&mut tx, id, key, value).await?;
    }
    tx.commit(WHAT).await
}

pub(super) async fn delete_tag(db: &Db, id: &LoggedModelId, key: &str, now_ms: i64) -> Result<()> {
    const WHAT: &str = "delete a tag of a logged model";
    let mut tx = db.begin(WHAT).await?;
    touch(&mut tx, id, now_ms).await?;
    let n_found = tx
        .execute(
            WHAT,
            "delete from logged_model_tags where model_id = $1 and key = $2",
            args![id.as_str(), key],
        )
        .await?;
    if n_found == 0 {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("No tag with key '{key}' found for model with ID '{id}'."),
        ));
    }
    tx.commit(WHAT).await
}

pub(super) async fn add_params(
    db: &Db,
    id: &LoggedModelId,
    params: &BTreeMap<String, String>,
    now_ms: i64,
) -> Result<()> {
    const WHAT: &str = "store parameters of a logged model";
    let mut tx = db.begin(WHAT).await?;
    touch(&mut tx, id, now_ms).await?;
    for (key, value) in params {
        put_param(&mut tx, id, key, value).await?;
    }
    tx.commit(WHAT).await
}

pub(super) async fn delete(db: &Db, id: &LoggedModelId, now_ms: i64) -> Result<()> {
    const WHAT: &str = "delete a logged model";
    let mut tx = db.begin(WHAT).await?;
    touch(&mut tx, id, now_ms).await?;
    tx.execute(
        WHAT,
        "update logged_models set stage = 'deleted' where model_id = $1",
        args![id.as_str()],
    )
    .await?;
    tx.commit(WHAT).await
}

pub(super) async fn search(db: &Db, search: &Search) -> Result<Page<LoggedModel>> {
    const WHAT: &str = "search logged models";
    let mut query = Query {
        noun: &NOUN,
        dialect: db.dialect(),
        args: Vec::new(),
    };
    let ties = [(number("l.created_ms"), true), (text("l.model_id"), false)];
    let order = Order::new(&mut query, &search.order, &ties)?;
    let ids: Vec<i64> = search.experiments.iter().map(|id| id.0).collect();
    let ids = query.bind(to_json("a list of numbers", &ids)?);
    let experiments = among_numbers(db.dialect(), &ids);
    let filter = query.filter(&search.filter)?;
    let after = match &search.after {
        Some(token) => format!(" and {}", order.after(&mut query, token)?),
        None => String::new(),
    };
    query.args.push(limit_of(search.limit));
    let sql = format!(
        "select {COLUMNS}{} from {}{} where l.experiment {experiments}{} and {filter}{after} {} \
         limit ${}",
        order.columns(),
        NOUN.table,
        order.joins,
        stages(search.view, "l"),
        order.clause(),
        query.args.len()
    );
    let mut tx = db.begin_reading(WHAT).await?;
    let mut rows = tx.fetch(WHAT, sql, query.args).await?;
    let next = cut(&order, &mut rows, search.limit, N_COLUMNS)?;
    Ok(Page {
        items: whole(&mut tx, db, &rows).await?,
        next,
    })
}

/// Completes models with parameters, tags and metrics.
async fn whole(tx: &mut Tx, db: &Db, rows: &[Row]) -> Result<Vec<LoggedModel>> {
    const WHAT: &str = "read logged models";
    let mut models = rows.iter().map(plain).collect::<Result<Vec<_>>>()?;
    if models.is_empty() {
        return Ok(models);
    }
    let places: HashMap<String, usize> = models
        .iter()
        .enumerate()
        .map(|(place, model)| (model.id.as_str().to_owned(), place))
        .collect();
    let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
    let ids = to_json("a list of models", &ids)?;
    let dialect = db.dialect();
    let among = among_texts(dialect, "$1");
    let pairs = object_of(dialect, "key", "value");
    let metrics = arrays_of(
        dialect,
        "key, rank, step, at_ms, run_id, dataset_name, dataset_digest",
    );
    for (table, columns) in [
        ("logged_model_params", &pairs),
        ("logged_model_tags", &pairs),
        ("logged_model_metrics", &metrics),
    ] {
        let sql = format!(
            "select model_id, {columns} from {table} where model_id {among} group by model_id"
        );
        for row in &tx.fetch(WHAT, sql, args![ids.as_str()]).await? {
            let place = places.get(row.text(0)?.as_str());
            let Some(model) = place.and_then(|place| models.get_mut(*place)) else {
                continue;
            };
            let json = row.text(1)?;
            match table {
                "logged_model_params" => model.params = from_json("parameters", &json)?,
                "logged_model_tags" => model.tags = from_json("tags", &json)?,
                _ => {
                    let rows: Vec<MetricRow> = from_json("metrics", &json)?;
                    model.metrics = rows.into_iter().map(MetricRow::into_metric).collect();
                    model
                        .metrics
                        .sort_by(|(_, a), (_, b)| (&a.key, &a.dataset).cmp(&(&b.key, &b.dataset)));
                }
            }
        }
    }
    Ok(models)
}

/// Key, rank, step, time, run, name and digest of the data set.
#[derive(serde::Deserialize)]
struct MetricRow(String, i64, i64, i64, String, String, String);

impl MetricRow {
    fn into_metric(self) -> (RunId, Metric) {
        let metric = Metric {
            key: self.0,
            value: value(self.1),
            step: self.2,
            at_ms: self.3,
            model: None,
            dataset: (!self.5.is_empty()).then_some((self.5, self.6)),
        };
        (RunId::new(self.4), metric)
    }
}
