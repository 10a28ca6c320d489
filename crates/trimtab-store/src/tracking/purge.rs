//! Removing for good what was deleted.

use super::among_numbers;
use super::artifacts::delete_folders;
use crate::codec::to_json;
use crate::db::{Db, args};
use trimtab_domain::Result;
use trimtab_domain::ports::artifacts::ContentHash;
use trimtab_domain::tracking::Purged;
use trimtab_domain::tracking::places::own_artifact_path;

/// The folder of our own that a location means; the root of all is nobody's.
fn folder_of(uri: &str) -> Option<String> {
    own_artifact_path(uri)
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
}

pub(super) async fn purge(db: &Db, before_ms: i64) -> Result<(Purged, Vec<ContentHash>)> {
    const WHAT: &str = "purge what was deleted";
    let mut tx = db.begin(WHAT).await?;
    let mut folders = Vec::new();
    let mut purged = Purged::default();
    let runs = tx
        .fetch(
            WHAT,
            "select number, artifact_uri from runs
             where stage = 'deleted' and coalesce(deleted_ms, 0) < $1",
            args![before_ms],
        )
        .await?;
    let mut numbers = Vec::with_capacity(runs.len());
    for row in &runs {
        numbers.push(row.int(0)?);
        folders.extend(folder_of(&row.text(1)?));
    }
    purged.n_runs = numbers.len() as u64;
    let numbers = to_json("a list of numbers", &numbers)?;
    let among = among_numbers(db.dialect(), "$1");
    for table in [
        "run_params",
        "run_tags",
        "run_metrics",
        "metric_points",
        "run_inputs",
        "run_models",
    ] {
        let sql = format!("delete from {table} where run {among}");
        tx.execute(WHAT, sql, args![numbers.as_str()]).await?;
    }
    let sql = format!("delete from runs where number {among}");
    tx.execute(WHAT, sql, args![numbers.as_str()]).await?;
    let models = tx
        .fetch(
            WHAT,
            "delete from logged_models where stage = 'deleted' and updated_ms < $1
             returning artifact_uri",
            args![before_ms],
        )
        .await?;
    purged.n_logged_models = models.len() as u64;
    for row in &models {
        folders.extend(folder_of(&row.text(0)?));
    }
    tx.execute(
        WHAT,
        "delete from run_datasets where not exists
         (select 1 from run_inputs i where i.dataset = run_datasets.id)",
        Vec::new(),
    )
    .await?;
    // What still has something younger in it stays for now.
    purged.n_experiments = tx
        .execute(
            WHAT,
            "delete from experiments where stage = 'deleted' and updated_ms < $1 and id <> 0
             and not exists (select 1 from runs r where r.experiment = experiments.id)
             and not exists (select 1 from logged_models l where l.experiment = experiments.id)",
            args![before_ms],
        )
        .await?;
    let (n_files, orphans) = delete_folders(&mut tx, &folders).await?;
    purged.n_files = n_files;
    tx.commit(WHAT).await?;
    Ok((purged, orphans))
}
