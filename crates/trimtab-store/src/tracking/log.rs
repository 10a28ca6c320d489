//! Logging: many small writes in one transaction.
//!
//! Whoever logs puts the batch into a queue; one task takes all that waits, writes it in one
//! transaction and answers each. While it waits for the disk, the next ones gather. A batch that
//! is refused (no such run, a changed parameter) is refused before anything of it is written, so
//! the others do not notice.

use super::runs::{no_run, not_active};
use super::{among_numbers, among_texts, for_update, new_numbers};
use crate::codec::to_json;
use crate::db::{Arg, Db, Dialect, Tx, args, batches};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use trimtab_domain::tracking::points::rank;
use trimtab_domain::tracking::{
    LifecycleStage, LogBatch, LoggedModelId, Metric, RUN_NAME_TAG, RunId,
};
use trimtab_domain::{Error, Result};

/// Rows that one transaction writes at most, unless one batch alone has more.
const ROWS_MAX: usize = 20_000;

/// What waits to be written, and the numbers of metric names that are known.
#[derive(Debug, Default)]
pub(crate) struct LogQueue {
    waiting: Mutex<Waiting>,
    names: Mutex<HashMap<String, i64>>,
}

#[derive(Debug, Default)]
struct Waiting {
    items: Vec<Item>,
    /// Whether a task is at work.
    has_writer: bool,
}

#[derive(Debug)]
struct Item {
    run: RunId,
    batch: Arc<LogBatch>,
    answer: oneshot::Sender<Result<()>>,
}

impl Item {
    fn n_rows(&self) -> usize {
        1 + self.batch.metrics.len() + self.batch.params.len() + self.batch.tags.len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) async fn log_batch(
    db: &Db,
    queue: &Arc<LogQueue>,
    run: &RunId,
    batch: &LogBatch,
) -> Result<()> {
    let (answer, answered) = oneshot::channel();
    let item = Item {
        run: run.clone(),
        batch: Arc::new(batch.clone()),
        answer,
    };
    let must_start = {
        let mut waiting = lock(&queue.waiting);
        waiting.items.push(item);
        !std::mem::replace(&mut waiting.has_writer, true)
    };
    if must_start {
        let (db, queue) = (db.clone(), Arc::clone(queue));
        // A task of its own: a client that goes away must not take the others' writes along.
        tokio::spawn(async move { write_all(&db, &queue).await });
    }
    answered.await.unwrap_or_else(|_| {
        Err(
            Error::unavailable("the server stopped while it was writing")
                .with_hint("log the batch again: what is there already is passed over"),
        )
    })
}

async fn write_all(db: &Db, queue: &LogQueue) {
    loop {
        let items = {
            let mut waiting = lock(&queue.waiting);
            if waiting.items.is_empty() {
                waiting.has_writer = false;
                return;
            }
            let mut n_rows = 0;
            let n_taken = waiting
                .items
                .iter()
                .take_while(|item| {
                    let is_first = n_rows == 0;
                    n_rows += item.n_rows();
                    is_first || n_rows <= ROWS_MAX
                })
                .count();
            waiting.items.drain(..n_taken).collect::<Vec<_>>()
        };
        write_group(db, queue, items).await;
    }
}

async fn write_group(db: &Db, queue: &LogQueue, items: Vec<Item>) {
    let wanted: Vec<(RunId, Arc<LogBatch>)> = items
        .iter()
        .map(|item| (item.run.clone(), Arc::clone(&item.batch)))
        .collect();
    match write(db, queue, &wanted).await {
        Ok(verdicts) => {
            for (item, verdict) in items.into_iter().zip(verdicts) {
                // A client that went away is fine.
                drop(item.answer.send(verdict));
            }
        }
        Err(_) if items.len() > 1 => {
            // Whose fault it is shows when each is written alone.
            for (item, one) in items.into_iter().zip(wanted) {
                let verdict = write(db, queue, &[one])
                    .await
                    .and_then(|mut verdicts| verdicts.pop().unwrap_or(Ok(())));
                drop(item.answer.send(verdict));
            }
        }
        Err(error) => {
            if let Some(item) = items.into_iter().next() {
                drop(item.answer.send(Err(error)));
            }
        }
    }
}

/// What one transaction will write.
#[derive(Default)]
struct Work {
    params: BTreeMap<(i64, String), String>,
    tags: BTreeMap<(i64, String), String>,
    /// Run, number of the metric's name, and the point.
    points: Vec<(i64, i64, Arc<LogBatch>, usize)>,
}

async fn write(
    db: &Db,
    queue: &LogQueue,
    items: &[(RunId, Arc<LogBatch>)],
) -> Result<Vec<Result<()>>> {
    const WHAT: &str = "log to runs";
    let mut tx = db.begin(WHAT).await?;
    let runs = runs_of(&mut tx, db, items).await?;
    let mut params = params_of(&mut tx, db, items, &runs).await?;
    let names = names_of(&mut tx, db, queue, items).await?;
    let mut work = Work::default();
    let mut verdicts = Vec::with_capacity(items.len());
    for (id, batch) in items {
        let verdict = match runs.get(id.as_str()) {
            None => Err(no_run(id)),
            Some((_, LifecycleStage::Deleted)) => Err(not_active(id)),
            Some((run, LifecycleStage::Active)) => {
                check_params(id, *run, batch, &mut params).map(|()| *run)
            }
        };
        verdicts.push(match verdict {
            Ok(run) => {
                work.add(run, batch, &names.numbers)?;
                Ok(())
            }
            Err(error) => Err(error),
        });
    }
    put_params(&mut tx, &work).await?;
    put_tags(&mut tx, &work).await?;
    if !put_single(&mut tx, &work).await? {
        put_points(&mut tx, &work).await?;
        put_latest(&mut tx, &work).await?;
    }
    put_model_metrics(&mut tx, items, &verdicts).await?;
    tx.commit(WHAT).await?;
    lock(&queue.names).extend(names.new);
    Ok(verdicts)
}

impl Work {
    fn add(&mut self, run: i64, batch: &Arc<LogBatch>, names: &HashMap<String, i64>) -> Result<()> {
        for (key, value) in &batch.params {
            self.params.insert((run, key.clone()), value.clone());
        }
        for (key, value) in &batch.tags {
            self.tags.insert((run, key.clone()), value.clone());
        }
        for (at, point) in batch.metrics.iter().enumerate() {
            let name = names
                .get(&point.key)
                .ok_or_else(|| Error::internal("a metric's name has no number"))?;
            self.points.push((run, *name, Arc::clone(batch), at));
        }
        Ok(())
    }

    fn points(&self) -> impl Iterator<Item = (i64, i64, &Metric)> {
        self.points.iter().filter_map(|(run, name, batch, at)| {
            batch.metrics.get(*at).map(|point| (*run, *name, point))
        })
    }
}

/// The numbers and stages of the runs, which are held.
async fn runs_of(
    tx: &mut Tx,
    db: &Db,
    items: &[(RunId, Arc<LogBatch>)],
) -> Result<HashMap<String, (i64, LifecycleStage)>> {
    let mut ids: Vec<&str> = items.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let (sql, bound) = if let [id] = ids.as_slice() {
        let sql = "select run_id, number, stage from runs where run_id = $1".to_owned();
        (sql, (*id).to_owned())
    } else {
        let sql = format!(
            "select run_id, number, stage from runs where run_id {} order by number",
            among_texts(db.dialect(), "$1")
        );
        (sql, to_json("a list of runs", &ids)?)
    };
    let rows = tx
        .fetch(
            "read runs",
            format!("{sql}{}", for_update(db.dialect())),
            args![bound],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?, (row.int(1)?, row.text(2)?.parse()?))))
        .collect()
}

type Params = HashMap<(i64, String), String>;

/// The parameters that are there already, of the runs that log some.
async fn params_of(
    tx: &mut Tx,
    db: &Db,
    items: &[(RunId, Arc<LogBatch>)],
    runs: &HashMap<String, (i64, LifecycleStage)>,
) -> Result<Params> {
    let mut numbers = Vec::new();
    let mut keys = Vec::new();
    for (id, batch) in items.iter().filter(|(_, batch)| !batch.params.is_empty()) {
        numbers.extend(runs.get(id.as_str()).map(|(number, _)| *number));
        keys.extend(batch.params.iter().map(|(key, _)| key.as_str()));
    }
    if numbers.is_empty() {
        return Ok(Params::new());
    }
    let sql = format!(
        "select run, key, value from run_params where run {} and key {}",
        among_numbers(db.dialect(), "$1"),
        among_texts(db.dialect(), "$2")
    );
    let rows = tx
        .fetch(
            "read parameters",
            sql,
            args![
                to_json("a list of numbers", &numbers)?,
                to_json("a list of keys", &keys)?
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok(((row.int(0)?, row.text(1)?), row.text(2)?)))
        .collect()
}

/// Parameters never change: neither against what is stored, nor within what is written together.
fn check_params(id: &RunId, run: i64, batch: &LogBatch, known: &mut Params) -> Result<()> {
    for (key, value) in &batch.params {
        if let Some(stored) = known.get(&(run, key.clone()))
            && stored != value
        {
            return Err(Error::invalid(format!(
                "Changing param values is not allowed. Param with key='{key}' was already logged \
                 with value='{stored}' for run ID='{id}'. Attempted logging new value '{value}'."
            )));
        }
    }
    for (key, value) in &batch.params {
        known.insert((run, key.clone()), value.clone());
    }
    Ok(())
}

/// Numbers of metric names; the new ones may be remembered once they are committed.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, i64>,
    new: HashMap<String, i64>,
}

async fn names_of(
    tx: &mut Tx,
    db: &Db,
    queue: &LogQueue,
    items: &[(RunId, Arc<LogBatch>)],
) -> Result<Names> {
    let mut names = Names::default();
    let mut missing: HashSet<&str> = HashSet::new();
    {
        let known = lock(&queue.names);
        for point in items.iter().flat_map(|(_, batch)| &batch.metrics) {
            if names.numbers.contains_key(&point.key) {
                continue;
            }
            match known.get(&point.key) {
                Some(number) => {
                    names.numbers.insert(point.key.clone(), *number);
                }
                None => {
                    missing.insert(&point.key);
                }
            }
        }
    }
    if missing.is_empty() {
        return Ok(names);
    }
    let mut missing: Vec<&str> = missing.into_iter().collect();
    missing.sort_unstable();
    // Those that others have named first are passed over, and read with the rest.
    let n_missing = i64::try_from(missing.len()).unwrap_or(i64::MAX);
    let first = new_numbers(tx, "metric", n_missing).await?;
    let numbered: Vec<(i64, &str)> = (first..).zip(missing.iter().copied()).collect();
    for batch in batches(&numbered) {
        let sql = format!(
            "insert into metric_names (id, name) values {} on conflict (name) do nothing",
            tx.placeholders(batch.len(), 2)
        );
        let values = batch.iter().flat_map(|(id, name)| args![*id, *name]);
        tx.execute("name metrics", sql, values.collect()).await?;
    }
    let sql = format!(
        "select name, id from metric_names where name {}",
        among_texts(db.dialect(), "$1")
    );
    let rows = tx
        .fetch(
            "read names of metrics",
            sql,
            args![to_json("a list of names", &missing)?],
        )
        .await?;
    for row in &rows {
        names.new.insert(row.text(0)?, row.int(1)?);
    }
    names
        .numbers
        .extend(names.new.iter().map(|(name, id)| (name.clone(), *id)));
    Ok(names)
}

async fn put_params(tx: &mut Tx, work: &Work) -> Result<()> {
    let params: Vec<_> = work.params.iter().collect();
    for batch in batches(&params) {
        let sql = format!(
            "insert into run_params (run, key, value) values {} on conflict (run, key) do nothing",
            tx.placeholders(batch.len(), 3)
        );
        let values = batch
            .iter()
            .flat_map(|((run, key), value)| args![*run, key.as_str(), value.as_str()]);
        tx.execute("store parameters", sql, values.collect())
            .await?;
    }
    Ok(())
}

async fn put_tags(tx: &mut Tx, work: &Work) -> Result<()> {
    let tags: Vec<_> = work.tags.iter().collect();
    for batch in batches(&tags) {
        let sql = format!(
            "insert into run_tags (run, key, value) values {}
             on conflict (run, key) do update set value = excluded.value",
            tx.placeholders(batch.len(), 3)
        );
        let values = batch
            .iter()
            .flat_map(|((run, key), value)| args![*run, key.as_str(), value.as_str()]);
        tx.execute("store tags", sql, values.collect()).await?;
    }
    for ((run, _), name) in tags.iter().filter(|((_, key), _)| key == RUN_NAME_TAG) {
        tx.execute(
            "rename a run",
            "update runs set name = $2 where number = $1",
            args![*run, name.as_str()],
        )
        .await?;
    }
    Ok(())
}

/// A newer value takes the place of an older one.
const LATEST_WINS: &str = "on conflict (run, metric) do update
     set rank = excluded.rank, step = excluded.step, at_ms = excluded.at_ms
     where (excluded.step, excluded.at_ms, excluded.rank)
         > (run_metrics.step, run_metrics.at_ms, run_metrics.rank)";

/// One value of one metric, which is what most calls log: SQLite takes both statements at once,
/// and its thread is woken once. Whether it was so.
async fn put_single(tx: &mut Tx, work: &Work) -> Result<bool> {
    let mut points = work.points();
    let (Some((run, name, point)), None) = (points.next(), points.next()) else {
        return Ok(false);
    };
    if tx.dialect() != Dialect::Sqlite || point.model.is_some() || point.dataset.is_some() {
        return Ok(false);
    }
    let sql = format!(
        "insert into metric_points (run, metric, at_ms, step, rank) values (?, ?, ?, ?, ?)
         on conflict do nothing;
         insert into run_metrics (run, metric, at_ms, step, rank) values (?, ?, ?, ?, ?)
         {LATEST_WINS}"
    );
    let values = args![run, name, point.at_ms, point.step, rank(point.value)];
    let twice = [values.clone(), values].concat();
    tx.execute("store a value of a metric", sql, twice)
        .await
        .map(|_| true)
}

async fn put_points(tx: &mut Tx, work: &Work) -> Result<()> {
    const PLAIN: &str = "run, metric, at_ms, step, rank";
    const MEASURED: &str = "run, metric, at_ms, step, rank, model_id, dataset_name, dataset_digest";
    let (plain, measured): (Vec<_>, Vec<_>) = work
        .points()
        .partition(|(_, _, point)| point.model.is_none() && point.dataset.is_none());
    let base = |run: i64, name: i64, point: &Metric| -> Vec<Arg> {
        args![run, name, point.at_ms, point.step, rank(point.value)]
    };
    if tx.dialect() == Dialect::Postgres {
        put_columns(tx, PLAIN, &plain).await?;
    } else {
        for batch in batches(&plain) {
            let values = batch
                .iter()
                .flat_map(|(run, name, point)| base(*run, *name, point));
            insert_points(tx, PLAIN, batch.len(), 5, values.collect()).await?;
        }
    }
    for batch in batches(&measured) {
        let values = batch.iter().flat_map(|(run, name, point)| {
            let mut values = base(*run, *name, point);
            let dataset = point.dataset.as_ref();
            values.extend(args![
                point.model.as_ref().map(LoggedModelId::as_str),
                dataset.map(|(name, _)| name.as_str()),
                dataset.map(|(_, digest)| digest.as_str()),
            ]);
            values
        });
        insert_points(tx, MEASURED, batch.len(), 8, values.collect()).await?;
    }
    Ok(())
}

/// Points as one array a column: PostgreSQL plans and sends a thousand of them as quickly as one.
async fn put_columns(tx: &mut Tx, columns: &str, points: &[(i64, i64, &Metric)]) -> Result<()> {
    if points.is_empty() {
        return Ok(());
    }
    let array = |value: &dyn Fn(&(i64, i64, &Metric)) -> i64| {
        let values: Vec<String> = points.iter().map(|one| value(one).to_string()).collect();
        format!("{{{}}}", values.join(","))
    };
    let sql = format!(
        "insert into metric_points ({columns})
         select * from unnest(cast($1 as bigint[]), cast($2 as bigint[]), cast($3 as bigint[]),
                              cast($4 as bigint[]), cast($5 as bigint[]))
         on conflict do nothing"
    );
    let values = args![
        array(&|(run, _, _)| *run),
        array(&|(_, name, _)| *name),
        array(&|(_, _, point)| point.at_ms),
        array(&|(_, _, point)| point.step),
        array(&|(_, _, point)| rank(point.value)),
    ];
    tx.execute("store values of metrics", sql, values)
        .await
        .map(drop)
}

async fn insert_points(
    tx: &mut Tx,
    columns: &str,
    n_rows: usize,
    n_columns: usize,
    values: Vec<Arg>,
) -> Result<()> {
    let sql = format!(
        "insert into metric_points ({columns}) values {} on conflict do nothing",
        tx.placeholders(n_rows, n_columns)
    );
    tx.execute("store values of metrics", sql, values)
        .await
        .map(drop)
}

/// What decides which of a metric's points is the latest.
fn age(point: &Metric) -> (i64, i64, i64) {
    (point.step, point.at_ms, rank(point.value))
}

async fn put_latest(tx: &mut Tx, work: &Work) -> Result<()> {
    let mut latest: BTreeMap<(i64, i64), &Metric> = BTreeMap::new();
    for (run, name, point) in work.points() {
        let best = latest.entry((run, name)).or_insert(point);
        if age(best) < age(point) {
            *best = point;
        }
    }
    let latest: Vec<_> = latest.into_iter().collect();
    for batch in batches(&latest) {
        let sql = format!(
            "insert into run_metrics (run, metric, rank, step, at_ms) values {} {LATEST_WINS}",
            tx.placeholders(batch.len(), 5)
        );
        let values = batch.iter().flat_map(|((run, name), point)| {
            args![*run, *name, rank(point.value), point.step, point.at_ms]
        });
        tx.execute("store the latest values of metrics", sql, values.collect())
            .await?;
    }
    Ok(())
}

/// What was measured on a logged model is its metric too.
async fn put_model_metrics(
    tx: &mut Tx,
    items: &[(RunId, Arc<LogBatch>)],
    verdicts: &[Result<()>],
) -> Result<()> {
    let written = items
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| verdict.is_ok());
    for ((run, batch), _) in written {
        for point in &batch.metrics {
            let Some(model) = &point.model else { continue };
            let (name, digest) = point
                .dataset
                .as_ref()
                .map_or(("", ""), |(name, digest)| (name, digest));
            tx.execute(
                "store a metric of a logged model",
                "insert into logged_model_metrics
                 (model_id, key, dataset_name, dataset_digest, run_id, rank, step, at_ms)
                 select model_id, $2, $3, $4, $5, $6, $7, $8 from logged_models
                 where model_id = $1
                 on conflict (model_id, key, dataset_name, dataset_digest) do update
                 set run_id = excluded.run_id, rank = excluded.rank, step = excluded.step,
                     at_ms = excluded.at_ms
                 where (excluded.step, excluded.at_ms, excluded.rank)
                     >= (logged_model_metrics.step, logged_model_metrics.at_ms,
                         logged_model_metrics.rank)",
                args![
                    model.as_str(),
                    point.key.as_str(),
                    name,
                    digest,
                    run.as_str(),
                    rank(point.value),
                    point.step,
                    point.at_ms,
                ],
            )
            .await?;
        }
    }
    Ok(())
}
