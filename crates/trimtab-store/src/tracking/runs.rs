//! Runs, what they read and made, their search and their histories.

use super::experiments::{check_active, stages};
use super::filter::{Metrics, Noun, Query, nullable, number, text};
use super::order::{Order, cut, limit_of, read_token, write_token};
use super::{among_numbers, arrays_of, for_update, new_numbers, object_of};
use crate::codec::{from_json, to_json};
use crate::db::{Db, Dialect, Row, Tx, args};
use std::collections::{BTreeMap, HashMap};
use trimtab_domain::ports::tracking::HistoryQuery;
use trimtab_domain::tracking::points::value;
use trimtab_domain::tracking::{
    DatasetInput, DatasetSummary, ExperimentId, LifecycleStage, LoggedModelId, Metric, Page,
    RUN_NAME_TAG, Run, RunChange, RunId, RunInfo, RunStatus, Search,
};
use trimtab_domain::{Error, ErrorKind, Result};

const NOUN: Noun = Noun {
    table: "runs r",
    owner: "r.number",
    columns: &[
        ("run_id", text("r.run_id")),
        ("run_name", text("r.name")),
        ("status", text("r.status")),
        ("artifact_uri", text("r.artifact_uri")),
        ("user_id", text("r.user_id")),
        ("experiment_id", text("cast(r.experiment as text)")),
        ("start_time", number("r.start_ms")),
        ("end_time", nullable(number("r.end_ms"))),
    ],
    params: Some(("run_params", "run")),
    tags: ("run_tags", "run"),
    metrics: Metrics::OfRuns,
    has_datasets: true,
};

const COLUMNS: &str = "r.number, r.run_id, r.experiment, r.name, r.user_id, r.status, r.start_ms, \
                       r.end_ms, r.artifact_uri, r.stage";
const N_COLUMNS: usize = 10;

pub(super) fn no_run(id: &RunId) -> Error {
    Error::new(ErrorKind::NotFound, format!("Run with id={id} not found"))
}

pub(super) fn not_active(id: &RunId) -> Error {
    Error::invalid(format!(
        "The run {id} must be in the 'active' state. Current state is deleted."
    ))
}

fn info(row: &Row) -> Result<RunInfo> {
    Ok(RunInfo {
        id: RunId::new(row.text(1)?),
        experiment: ExperimentId(row.int(2)?),
        name: row.text(3)?,
        user_id: row.text(4)?,
        status: row.text(5)?.parse()?,
        start_ms: row.int(6)?,
        end_ms: row.int_or_null(7)?,
        artifact_uri: row.text(8)?,
        stage: row.text(9)?.parse()?,
    })
}

/// An active run's number and experiment, held for writing.
pub(super) async fn active(tx: &mut Tx, db: &Db, id: &RunId) -> Result<(i64, ExperimentId)> {
    let sql = format!(
        "select number, experiment, stage from runs where run_id = $1{}",
        for_update(db.dialect())
    );
    let rows = tx.fetch("read a run", sql, args![id.as_str()]).await?;
    let Some(row) = rows.first() else {
        return Err(no_run(id));
    };
    match row.text(2)?.parse()? {
        LifecycleStage::Active => Ok((row.int(0)?, ExperimentId(row.int(1)?))),
        LifecycleStage::Deleted => Err(not_active(id)),
    }
}

pub(super) async fn create(db: &Db, run: &RunInfo, tags: &BTreeMap<String, String>) -> Result<()> {
    const WHAT: &str = "store a run";
    let mut tx = db.begin(WHAT).await?;
    check_active(&mut tx, db, run.experiment).await?;
    let number = new_numbers(&mut tx, "run", 1).await?;
    let n_stored = tx
        .execute(
            WHAT,
            "insert into runs (number, run_id, experiment, name, user_id, status, start_ms,
                               end_ms, artifact_uri, stage)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (run_id) do nothing",
            args![
                number,
                run.id.as_str(),
                run.experiment.0,
                run.name.as_str(),
                run.user_id.as_str(),
                run.status.as_str(),
                run.start_ms,
                run.end_ms,
                run.artifact_uri.as_str(),
                run.stage.as_str(),
            ],
        )
        .await?;
    if n_stored == 0 {
        return Ok(());
    }
    for (key, value) in tags {
        set_tag(&mut tx, number, key, value).await?;
    }
    tx.commit(WHAT).await
}

async fn set_tag(tx: &mut Tx, run: i64, key: &str, value: &str) -> Result<()> {
    tx.execute(
        "store a tag of a run",
        "insert into run_tags (run, key, value) values ($1, $2, $3)
         on conflict (run, key) do update set value = excluded.value",
        args![run, key, value],
    )
    .await
    .map(drop)
}

pub(super) async fn run_info(db: &Db, id: &RunId) -> Result<Option<RunInfo>> {
    let sql = format!("select {COLUMNS} from runs r where r.run_id = $1");
    let rows = db.fetch("read a run", sql, args![id.as_str()]).await?;
    rows.first().map(info).transpose()
}

pub(super) async fn run(db: &Db, id: &RunId) -> Result<Option<Run>> {
    let mut tx = db.begin_reading("read a run").await?;
    let sql = format!("select {COLUMNS} from runs r where r.run_id = $1");
    let rows = tx.fetch("read a run", sql, args![id.as_str()]).await?;
    Ok(whole(&mut tx, db, &rows).await?.pop())
}

pub(super) async fn update(db: &Db, id: &RunId, change: &RunChange) -> Result<RunInfo> {
    const WHAT: &str = "change a run";
    let mut tx = db.begin(WHAT).await?;
    let (number, _) = active(&mut tx, db, id).await?;
    tx.execute(
        WHAT,
        "update runs set status = coalesce($2, status), end_ms = coalesce($3, end_ms),
                         name = coalesce($4, name)
         where number = $1",
        args![
            number,
            change.status.map(RunStatus::as_str),
            change.end_ms,
            change.name.as_deref(),
        ],
    )
    .await?;
    if let Some(name) = &change.name {
        set_tag(&mut tx, number, RUN_NAME_TAG, name).await?;
    }
    let sql = format!("select {COLUMNS} from runs r where r.number = $1");
    let rows = tx.fetch(WHAT, sql, args![number]).await?;
    let changed = rows.first().map(info).transpose()?;
    tx.commit(WHAT).await?;
    changed.ok_or_else(|| no_run(id))
}

pub(super) async fn move_to(db: &Db, id: &RunId, stage: LifecycleStage, now_ms: i64) -> Result<()> {
    let deleted_ms = (stage == LifecycleStage::Deleted).then_some(now_ms);
    let n_found = db
        .execute(
            "delete or restore a run",
            "update runs set stage = $2, deleted_ms = $3 where run_id = $1",
            args![id.as_str(), stage.as_str(), deleted_ms],
        )
        .await?;
    if n_found == 0 {
        return Err(no_run(id));
    }
    Ok(())
}

pub(super) async fn delete_tag(db: &Db, id: &RunId, key: &str) -> Result<()> {
    const WHAT: &str = "delete a tag of a run";
    let mut tx = db.begin(WHAT).await?;
    let (number, _) = active(&mut tx, db, id).await?;
    let n_found = tx
        .execute(
            WHAT,
            "delete from run_tags where run = $1 and key = $2",
            args![number, key],
        )
        .await?;
    if n_found == 0 {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("No tag with name: {key} in run with id {id}"),
        ));
    }
    tx.commit(WHAT).await
}

pub(super) async fn log_inputs(
    db: &Db,
    id: &RunId,
    datasets: &[DatasetInput],
    models: &[LoggedModelId],
) -> Result<()> {
    const WHAT: &str = "store the inputs of a run";
    let mut tx = db.begin(WHAT).await?;
    let (run, experiment) = active(&mut tx, db, id).await?;
    for dataset in datasets {
        let number = dataset_number(&mut tx, experiment, dataset).await?;
        let context = dataset
            .tags
            .get(trimtab_domain::tracking::DATASET_CONTEXT_TAG);
        tx.execute(
            WHAT,
            "insert into run_inputs (run, dataset, context, tags) values ($1, $2, $3, $4)
             on conflict (run, dataset) do nothing",
            args![
                run,
                number,
                context.map(String::as_str),
                to_json("tags of a data set", &dataset.tags)?,
            ],
        )
        .await?;
    }
    for model in models {
        note_model(&mut tx, run, model, false, 0).await?;
    }
    tx.commit(WHAT).await
}

/// A data set is its experiment, name and digest.
async fn dataset_number(
    tx: &mut Tx,
    experiment: ExperimentId,
    dataset: &DatasetInput,
) -> Result<i64> {
    const WHAT: &str = "store a data set";
    let number = new_numbers(tx, "dataset", 1).await?;
    tx.execute(
        WHAT,
        "insert into run_datasets
         (id, experiment, name, digest, source_type, source, schema, profile)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (experiment, name, digest) do nothing",
        args![
            number,
            experiment.0,
            dataset.name.as_str(),
            dataset.digest.as_str(),
            dataset.source_type.as_str(),
            dataset.source.as_str(),
            dataset.schema.as_deref(),
            dataset.profile.as_deref(),
        ],
    )
    .await?;
    let rows = tx
        .fetch(
            WHAT,
            "select id from run_datasets where experiment = $1 and name = $2 and digest = $3",
            args![experiment.0, dataset.name.as_str(), dataset.digest.as_str()],
        )
        .await?;
    match rows.first() {
        Some(row) => row.int(0),
        None => Err(Error::internal("a data set that was stored is not there")),
    }
}

async fn note_model(
    tx: &mut Tx,
    run: i64,
    model: &LoggedModelId,
    is_output: bool,
    step: i64,
) -> Result<()> {
    tx.execute(
        "note a logged model of a run",
        "insert into run_models (run, model_id, is_output, step) values ($1, $2, $3, $4)
         on conflict (run, model_id, is_output) do nothing",
        args![run, model.as_str(), is_output, step],
    )
    .await
    .map(drop)
}

pub(super) async fn log_outputs(
    db: &Db,
    id: &RunId,
    models: &[(LoggedModelId, i64)],
) -> Result<()> {
    const WHAT: &str = "store the outputs of a run";
    let mut tx = db.begin(WHAT).await?;
    let (run, _) = active(&mut tx, db, id).await?;
    for (model, step) in models {
        note_model(&mut tx, run, model, true, *step).await?;
    }
    tx.commit(WHAT).await
}

pub(super) async fn search(db: &Db, search: &Search) -> Result<Page<Run>> {
    const WHAT: &str = "search runs";
    let mut query = Query {
        noun: &NOUN,
        dialect: db.dialect(),
        args: Vec::new(),
    };
    let ties = [(number("r.start_ms"), true), (text("r.run_id"), false)];
    let order = Order::new(&mut query, &search.order, &ties)?;
    // One experiment is the rule: its index is in the order that is usually asked for.
    let experiments = if let [experiment] = search.experiments.as_slice() {
        format!("r.experiment = {}", query.bind(experiment.0))
    } else {
        let ids: Vec<i64> = search.experiments.iter().map(|id| id.0).collect();
        let ids = query.bind(to_json("a list of numbers", &ids)?);
        format!("r.experiment {}", among_numbers(db.dialect(), &ids))
    };
    let filter = query.filter(&search.filter)?;
    let after = match &search.after {
        Some(token) => format!(" and {}", order.after(&mut query, token)?),
        None => String::new(),
    };
    query.args.push(limit_of(search.limit));
    // Which runs first, from indices alone; only those of the page are read whole.
    let (keys, names, named_order) = order.named();
    let sql = format!(
        "select {COLUMNS}{names} from (
             select r.number{keys} from {}{} where {experiments}{} and {filter}{after} {} limit ${}
         ) k join runs r on r.number = k.number {named_order}",
        NOUN.table,
        order.joins,
        stages(search.view, "r"),
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

/// Runs on their way to being whole.
struct Assembly {
    runs: Vec<Run>,
    places: HashMap<i64, usize>,
}

impl Assembly {
    fn run(&mut self, number: i64) -> Option<&mut Run> {
        let place = *self.places.get(&number)?;
        self.runs.get_mut(place)
    }
}

/// Completes runs with what was logged to them: one row a run and table.
async fn whole(tx: &mut Tx, db: &Db, rows: &[Row]) -> Result<Vec<Run>> {
    let mut all = Assembly {
        runs: Vec::with_capacity(rows.len()),
        places: HashMap::with_capacity(rows.len()),
    };
    let mut numbers = Vec::with_capacity(rows.len());
    for row in rows {
        let number = row.int(0)?;
        all.places.insert(number, all.runs.len());
        numbers.push(number);
        all.runs.push(Run {
            info: info(row)?,
            metrics: Vec::new(),
            params: BTreeMap::new(),
            tags: BTreeMap::new(),
            datasets: Vec::new(),
            model_inputs: Vec::new(),
            model_outputs: Vec::new(),
        });
    }
    if numbers.is_empty() {
        return Ok(all.runs);
    }
    let numbers = to_json("a list of numbers", &numbers)?;
    values(tx, db.dialect(), &numbers, &mut all).await?;
    relations(tx, db.dialect(), &numbers, &mut all).await?;
    Ok(all.runs)
}

async fn grouped(tx: &mut Tx, sql: String, numbers: &str) -> Result<Vec<(i64, String)>> {
    let rows = tx.fetch("read runs", sql, args![numbers]).await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.text(1)?)))
        .collect()
}

/// Parameters, tags and newest metrics.
async fn values(tx: &mut Tx, dialect: Dialect, numbers: &str, all: &mut Assembly) -> Result<()> {
    let among = among_numbers(dialect, "$1");
    let pairs = object_of(dialect, "key", "value");
    let sql = format!("select run, {pairs} from run_params where run {among} group by run");
    for (number, json) in grouped(tx, sql, numbers).await? {
        if let Some(run) = all.run(number) {
            run.params = from_json("parameters", &json)?;
        }
    }
    let sql = format!("select run, {pairs} from run_tags where run {among} group by run");
    for (number, json) in grouped(tx, sql, numbers).await? {
        if let Some(run) = all.run(number) {
            run.tags = from_json("tags", &json)?;
        }
    }
    let columns = arrays_of(dialect, "n.name, m.rank, m.step, m.at_ms");
    let sql = format!(
        "select m.run, {columns} from run_metrics m join metric_names n on n.id = m.metric
         where m.run {among} group by m.run"
    );
    for (number, json) in grouped(tx, sql, numbers).await? {
        if let Some(run) = all.run(number) {
            let latest: Vec<(String, i64, i64, i64)> = from_json("metrics", &json)?;
            run.metrics = latest.into_iter().map(metric).collect();
            run.metrics.sort_by(|a, b| a.key.cmp(&b.key));
        }
    }
    Ok(())
}

/// Data sets and logged models.
async fn relations(tx: &mut Tx, dialect: Dialect, numbers: &str, all: &mut Assembly) -> Result<()> {
    let among = among_numbers(dialect, "$1");
    let columns = arrays_of(
        dialect,
        "d.name, d.digest, d.source_type, d.source, d.schema, d.profile, i.tags",
    );
    let sql = format!(
        "select i.run, {columns} from run_inputs i join run_datasets d on d.id = i.dataset
         where i.run {among} group by i.run"
    );
    for (number, json) in grouped(tx, sql, numbers).await? {
        if let Some(run) = all.run(number) {
            for row in from_json::<Vec<DatasetRow>>("data sets", &json)? {
                run.datasets.push(row.into_input()?);
            }
            run.datasets
                .sort_by(|a, b| (&a.name, &a.digest).cmp(&(&b.name, &b.digest)));
        }
    }
    let columns = arrays_of(
        dialect,
        "model_id, case when is_output then 1 else 0 end, step",
    );
    let sql = format!("select run, {columns} from run_models where run {among} group by run");
    for (number, json) in grouped(tx, sql, numbers).await? {
        if let Some(run) = all.run(number) {
            for (id, is_output, step) in from_json::<Vec<(String, i64, i64)>>("models", &json)? {
                let id = LoggedModelId::new(id);
                if is_output == 0 {
                    run.model_inputs.push(id);
                } else {
                    run.model_outputs.push((id, step));
                }
            }
            run.model_inputs.sort();
            run.model_outputs.sort();
        }
    }
    Ok(())
}

#[derive(serde::Deserialize)]
struct DatasetRow(
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    String,
);

impl DatasetRow {
    fn into_input(self) -> Result<DatasetInput> {
        Ok(DatasetInput {
            name: self.0,
            digest: self.1,
            source_type: self.2,
            source: self.3,
            schema: self.4,
            profile: self.5,
            tags: from_json("tags of a data set", &self.6)?,
        })
    }
}

fn metric((key, rank, step, at_ms): (String, i64, i64, i64)) -> Metric {
    Metric {
        key,
        value: value(rank),
        at_ms,
        step,
        model: None,
        dataset: None,
    }
}

pub(super) async fn history(db: &Db, query: &HistoryQuery) -> Result<Page<Metric>> {
    const WHAT: &str = "read the history of a metric";
    let (at_ms, step, rank): (i64, i64, i64) = match &query.after {
        Some(token) => read_token(token)?,
        None => (i64::MIN, i64::MIN, i64::MIN),
    };
    let limit = query.limit.map_or(i64::MAX, |limit| i64::from(limit) + 1);
    let rows = db
        .fetch(
            WHAT,
            "select p.at_ms, p.step, p.rank, p.model_id, p.dataset_name, p.dataset_digest
             from metric_points p
             where p.run = (select number from runs where run_id = $1)
               and p.metric = (select id from metric_names where name = $2)
               and (p.at_ms, p.step, p.rank) > ($3, $4, $5)
             order by p.at_ms, p.step, p.rank limit $6",
            args![
                query.run.as_str(),
                query.key.as_str(),
                at_ms,
                step,
                rank,
                limit
            ],
        )
        .await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        items.push(Metric {
            key: query.key.clone(),
            value: value(row.int(2)?),
            at_ms: row.int(0)?,
            step: row.int(1)?,
            model: row.text_or_null(3)?.map(LoggedModelId::new),
            dataset: row.text_or_null(4)?.zip(row.text_or_null(5)?),
        });
    }
    let mut next = None;
    if let Some(limit) = query.limit.and_then(|limit| usize::try_from(limit).ok())
        && items.len() > limit
    {
        items.truncate(limit);
        if let Some(row) = rows.get(limit.saturating_sub(1)) {
            next = Some(write_token(&(row.int(0)?, row.int(1)?, row.int(2)?))?);
        }
    }
    Ok(Page { items, next })
}

pub(super) async fn dataset_summaries(
    db: &Db,
    experiments: &[ExperimentId],
    limit: u32,
) -> Result<Vec<DatasetSummary>> {
    let ids: Vec<i64> = experiments.iter().map(|id| id.0).collect();
    let sql = format!(
        "select distinct d.experiment, d.name, d.digest, i.context
         from run_datasets d join run_inputs i on i.dataset = d.id
         join runs r on r.number = i.run
         where d.experiment {} and r.stage = 'active'
         order by d.experiment, d.name, d.digest, i.context limit $2",
        among_numbers(db.dialect(), "$1")
    );
    let rows = db
        .fetch(
            "read data sets",
            sql,
            args![to_json("a list of numbers", &ids)?, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(DatasetSummary {
                experiment: ExperimentId(row.int(0)?),
                name: row.text(1)?,
                digest: row.text(2)?,
                context: row.text_or_null(3)?,
            })
        })
        .collect()
}
