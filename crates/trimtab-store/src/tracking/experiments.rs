//! Experiments and their tags.

use super::filter::{Metrics, Noun, Query, number, text};
use super::order::{Order, cut, limit_of};
use super::{among_numbers, for_update, new_numbers, object_of};
use crate::codec::{from_json, to_json};
use crate::db::{Db, Row, Tx, args};
use trimtab_domain::tracking::{
    Experiment, ExperimentId, LifecycleStage, NewExperiment, Page, Search, ViewType,
};
use trimtab_domain::{Error, ErrorKind, Result};

const NOUN: Noun = Noun {
    table: "experiments e",
    owner: "e.id",
    columns: &[
        ("name", text("e.name")),
        ("experiment_id", number("e.id")),
        ("creation_time", number("e.created_ms")),
        ("last_update_time", number("e.updated_ms")),
    ],
    params: None,
    tags: ("experiment_tags", "experiment"),
    metrics: Metrics::None,
    has_datasets: false,
};

/// `and` with the stages a view shows.
pub(super) fn stages(view: ViewType, alias: &str) -> String {
    match view {
        ViewType::ActiveOnly => format!(" and {alias}.stage = 'active'"),
        ViewType::DeletedOnly => format!(" and {alias}.stage = 'deleted'"),
        ViewType::All => String::new(),
    }
}

pub(super) fn no_experiment(id: ExperimentId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("No Experiment with id={id} exists"),
    )
}

fn name_taken(name: &str) -> Error {
    Error::conflict(format!("Experiment(name={name}) already exists."))
}

const COLUMNS: &str = "e.id, e.name, e.artifact_location, e.stage, e.created_ms, e.updated_ms";

fn experiment(row: &Row) -> Result<Experiment> {
    Ok(Experiment {
        id: ExperimentId(row.int(0)?),
        name: row.text(1)?,
        artifact_location: row.text(2)?,
        stage: row.text(3)?.parse()?,
        created_ms: row.int(4)?,
        updated_ms: row.int(5)?,
        tags: std::collections::BTreeMap::new(),
    })
}

async fn with_tags(tx: &mut Tx, db: &Db, mut found: Vec<Experiment>) -> Result<Vec<Experiment>> {
    if found.is_empty() {
        return Ok(found);
    }
    let ids: Vec<i64> = found.iter().map(|one| one.id.0).collect();
    let sql = format!(
        "select experiment, {} from experiment_tags where experiment {} group by experiment",
        object_of(db.dialect(), "key", "value"),
        among_numbers(db.dialect(), "$1")
    );
    let rows = tx
        .fetch(
            "read experiments",
            sql,
            args![to_json("a list of numbers", &ids)?],
        )
        .await?;
    for row in &rows {
        let id = row.int(0)?;
        if let Some(one) = found.iter_mut().find(|one| one.id.0 == id) {
            one.tags = from_json("tags", &row.text(1)?)?;
        }
    }
    Ok(found)
}

pub(super) async fn by(
    db: &Db,
    condition: &'static str,
    value: crate::db::Arg,
) -> Result<Option<Experiment>> {
    let mut tx = db.begin_reading("read an experiment").await?;
    let sql = format!("select {COLUMNS} from experiments e where {condition}");
    let rows = tx.fetch("read an experiment", sql, vec![value]).await?;
    let found = rows.iter().map(experiment).collect::<Result<Vec<_>>>()?;
    Ok(with_tags(&mut tx, db, found).await?.pop())
}

pub(super) async fn create(
    db: &Db,
    new: &NewExperiment,
    artifact_root: &str,
    now_ms: i64,
) -> Result<Experiment> {
    const WHAT: &str = "store an experiment";
    let mut tx = db.begin(WHAT).await?;
    let id = ExperimentId(new_numbers(&mut tx, "experiment", 1).await?);
    let location = match &new.artifact_location {
        Some(location) => location.clone(),
        None => format!("{artifact_root}/{id}"),
    };
    let n_stored = tx
        .execute(
            WHAT,
            "insert into experiments (id, name, artifact_location, stage, created_ms, updated_ms)
             values ($1, $2, $3, 'active', $4, $4) on conflict (name) do nothing",
            args![id.0, new.name.as_str(), location.as_str(), now_ms],
        )
        .await?;
    if n_stored == 0 {
        return Err(name_taken(&new.name));
    }
    for (key, value) in &new.tags {
        set_tag_in(&mut tx, id, key, value).await?;
    }
    tx.commit(WHAT).await?;
    Ok(Experiment {
        id,
        name: new.name.clone(),
        artifact_location: location,
        stage: LifecycleStage::Active,
        created_ms: now_ms,
        updated_ms: now_ms,
        tags: new.tags.clone(),
    })
}

async fn set_tag_in(tx: &mut Tx, id: ExperimentId, key: &str, value: &str) -> Result<()> {
    tx.execute(
        "store a tag of an experiment",
        "insert into experiment_tags (experiment, key, value) values ($1, $2, $3)
         on conflict (experiment, key) do update set value = excluded.value",
        args![id.0, key, value],
    )
    .await
    .map(drop)
}

pub(super) async fn search(db: &Db, search: &Search) -> Result<Page<Experiment>> {
    const WHAT: &str = "search experiments";
    let mut query = Query {
        noun: &NOUN,
        dialect: db.dialect(),
        args: Vec::new(),
    };
    // Newest first, and by number among equals.
    let ties = [(number("e.created_ms"), true), (number("e.id"), true)];
    let order = Order::new(&mut query, &search.order, &ties)?;
    let filter = query.filter(&search.filter)?;
    let after = match &search.after {
        Some(token) => format!(" and {}", order.after(&mut query, token)?),
        None => String::new(),
    };
    query.args.push(limit_of(search.limit));
    let sql = format!(
        "select {COLUMNS}{} from {}{} where {filter}{}{after} {} limit ${}",
        order.columns(),
        NOUN.table,
        order.joins,
        stages(search.view, "e"),
        order.clause(),
        query.args.len()
    );
    let mut tx = db.begin_reading(WHAT).await?;
    let mut rows = tx.fetch(WHAT, sql, query.args).await?;
    let next = cut(&order, &mut rows, search.limit, 6)?;
    let found = rows.iter().map(experiment).collect::<Result<Vec<_>>>()?;
    Ok(Page {
        items: with_tags(&mut tx, db, found).await?,
        next,
    })
}

/// Checks that an experiment may be written to, and holds it so.
pub(super) async fn check_active(tx: &mut Tx, db: &Db, id: ExperimentId) -> Result<()> {
    let sql = format!(
        "select stage from experiments where id = $1{}",
        for_update(db.dialect())
    );
    let rows = tx.fetch("read an experiment", sql, args![id.0]).await?;
    let Some(row) = rows.first() else {
        return Err(no_experiment(id));
    };
    match row.text(0)?.parse()? {
        LifecycleStage::Active => Ok(()),
        LifecycleStage::Deleted => Err(Error::invalid(format!(
            "The experiment {id} must be in the 'active' state. Current state is deleted."
        ))),
    }
}

pub(super) async fn rename(db: &Db, id: ExperimentId, name: &str, now_ms: i64) -> Result<()> {
    const WHAT: &str = "rename an experiment";
    let mut tx = db.begin(WHAT).await?;
    check_active(&mut tx, db, id).await?;
    let taken = tx
        .fetch(
            WHAT,
            "select id from experiments where name = $1 and id <> $2",
            args![name, id.0],
        )
        .await?;
    if !taken.is_empty() {
        return Err(name_taken(name));
    }
    tx.execute(
        WHAT,
        "update experiments set name = $2, updated_ms = $3 where id = $1",
        args![id.0, name, now_ms],
    )
    .await?;
    tx.commit(WHAT).await
}

pub(super) async fn move_to(
    db: &Db,
    id: ExperimentId,
    stage: LifecycleStage,
    now_ms: i64,
) -> Result<()> {
    const WHAT: &str = "delete or restore an experiment";
    let mut tx = db.begin(WHAT).await?;
    let n_found = tx
        .execute(
            WHAT,
            "update experiments set stage = $2, updated_ms = $3 where id = $1 and stage <> $2",
            args![id.0, stage.as_str(), now_ms],
        )
        .await?;
    if n_found == 0 {
        return Err(no_experiment(id));
    }
    let deleted_ms = (stage == LifecycleStage::Deleted).then_some(now_ms);
    for sql in [
        "update runs set stage = $2, deleted_ms = $3 where experiment = $1",
        "update logged_models set stage = $2, updated_ms = coalesce($3, updated_ms)
         where experiment = $1",
    ] {
        tx.execute(WHAT, sql, args![id.0, stage.as_str(), deleted_ms])
            .await?;
    }
    tx.commit(WHAT).await
}

pub(super) async fn set_tag(
    db: &Db,
    id: ExperimentId,
    key: &str,
    value: &str,
    now_ms: i64,
) -> Result<()> {
    const WHAT: &str = "store a tag of an experiment";
    let mut tx = db.begin(WHAT).await?;
    check_active(&mut tx, db, id).await?;
    set_tag_in(&mut tx, id, key, value).await?;
    touch(&mut tx, id, now_ms).await?;
    tx.commit(WHAT).await
}

pub(super) async fn delete_tag(db: &Db, id: ExperimentId, key: &str, now_ms: i64) -> Result<()> {
    const WHAT: &str = "delete a tag of an experiment";
    let mut tx = db.begin(WHAT).await?;
    check_active(&mut tx, db, id).await?;
    let n_found = tx
        .execute(
            WHAT,
            "delete from experiment_tags where experiment = $1 and key = $2",
            args![id.0, key],
        )
        .await?;
    if n_found == 0 {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("No tag with name: {key} in experiment with id {id}"),
        ));
    }
    touch(&mut tx, id, now_ms).await?;
    tx.commit(WHAT).await
}

async fn touch(tx: &mut Tx, id: ExperimentId, now_ms: i64) -> Result<()> {
    tx.execute(
        "note a change of an experiment",
        "update experiments set updated_ms = $2 where id = $1",
        args![id.0, now_ms],
    )
    .await
    .map(drop)
}
