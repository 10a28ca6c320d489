//! Registered models. A deed is committed where the model's revision is still the one it was
//! decided on; its audit entries are part of the same transaction.

use crate::audit;
use crate::db::{Arg, Row, Tx, args, batches};
use crate::open::SqlStore;
use async_trait::async_trait;
use std::collections::BTreeMap;
use trimtab_domain::ports::RegistryStore;
use trimtab_domain::registry::{
    HistoryEntry, ModelVersion, RegisteredModel, RegistryChange, RegistryCommit, VersionFile,
};
use trimtab_domain::{Error, ErrorKind, Result};

const READ: &str = "read registered models";
const WRITE: &str = "change a registered model";

const MODEL_COLUMNS: &str = "name, description, last_version, revision, created_ms, updated_ms";
const VERSION_COLUMNS: &str = "model, version, source, folder, run_id, run_link, logged_model_id, \
                               status, description, stage, created_by, created_ms, updated_ms";

fn number(value: i64) -> Result<u32> {
    u32::try_from(value)
        .map_err(|_| Error::internal(format!("{value} is not the number of a version")))
}

fn model(row: &Row) -> Result<RegisteredModel> {
    Ok(RegisteredModel {
        name: row.text(0)?,
        description: row.text_or_null(1)?,
        last_version: number(row.int(2)?)?,
        revision: row.int(3)?,
        created_ms: row.int(4)?,
        updated_ms: row.int(5)?,
        tags: BTreeMap::new(),
        aliases: BTreeMap::new(),
    })
}

fn version(row: &Row) -> Result<ModelVersion> {
    Ok(ModelVersion {
        model: row.text(0)?,
        version: number(row.int(1)?)?,
        source: row.text(2)?,
        folder: row.text_or_null(3)?,
        run_id: row.text_or_null(4)?,
        run_link: row.text_or_null(5)?,
        logged_model_id: row.text_or_null(6)?,
        status: row.text(7)?.parse()?,
        description: row.text_or_null(8)?,
        stage: row.text(9)?.parse()?,
        created_by: row.text(10)?,
        created_ms: row.int(11)?,
        updated_ms: row.int(12)?,
        files: Vec::new(),
        tags: BTreeMap::new(),
    })
}

fn history(row: &Row) -> Result<HistoryEntry> {
    Ok(HistoryEntry {
        kind: row.text(0)?.parse()?,
        at: row.instant(1)?,
        event_at: row.instant_or_null(2)?,
        version: row.int_or_null(3)?.map(number).transpose()?,
        alias: row.text_or_null(4)?,
        before: row.text_or_null(5)?,
        after: row.text_or_null(6)?,
        how: row.text_or_null(7)?.map(|how| how.parse()).transpose()?,
        actor: row.text(8)?,
        reason: row.text_or_null(9)?,
    })
}

/// Models with their tags and aliases, in one state of the database.
async fn models(tx: &mut Tx, name: Option<&str>) -> Result<Vec<RegisteredModel>> {
    let select = |columns: &str, table: &str, key: &str, order: &str| match name {
        Some(_) => format!("select {columns} from {table} where {key} = $1 order by {order}"),
        None => format!("select {columns} from {table} order by {order}"),
    };
    let which = || name.map(Arg::from).into_iter().collect::<Vec<_>>();
    let sql = select(MODEL_COLUMNS, "registered_models", "name", "name");
    let rows = tx.fetch(READ, sql, which()).await?;
    let mut found: BTreeMap<String, RegisteredModel> = BTreeMap::new();
    for row in &rows {
        let model = model(row)?;
        found.insert(model.name.clone(), model);
    }
    let sql = select("model, key, value", "registered_model_tags", "model", "key");
    for row in tx.fetch(READ, sql, which()).await? {
        if let Some(model) = found.get_mut(&row.text(0)?) {
            model.tags.insert(row.text(1)?, row.text(2)?);
        }
    }
    let sql = select(
        "model, alias, version",
        "registered_model_aliases",
        "model",
        "alias",
    );
    for row in tx.fetch(READ, sql, which()).await? {
        if let Some(model) = found.get_mut(&row.text(0)?) {
            model.aliases.insert(row.text(1)?, number(row.int(2)?)?);
        }
    }
    Ok(found.into_values().collect())
}

/// Versions with their files and tags, in one state of the database.
async fn versions(
    tx: &mut Tx,
    model: Option<&str>,
    wanted: Option<u32>,
) -> Result<Vec<ModelVersion>> {
    let condition = match (model, wanted) {
        (Some(_), Some(_)) => "where model = $1 and version = $2",
        (Some(_), None) => "where model = $1",
        (None, _) => "",
    };
    let which = || {
        let mut values: Vec<Arg> = model.map(Arg::from).into_iter().collect();
        values.extend(wanted.filter(|_| model.is_some()).map(Arg::from));
        values
    };
    let sql = format!("select {VERSION_COLUMNS} from model_versions {condition}");
    let mut found: BTreeMap<(String, u32), ModelVersion> = BTreeMap::new();
    for row in tx.fetch(READ, sql, which()).await? {
        let version = version(&row)?;
        found.insert((version.model.clone(), version.version), version);
    }
    let sql = format!(
        "select model, version, path, sha256, n_bytes from model_version_files {condition} \
         order by path"
    );
    for row in tx.fetch(READ, sql, which()).await? {
        if let Some(version) = found.get_mut(&(row.text(0)?, number(row.int(1)?)?)) {
            version.files.push(VersionFile {
                path: row.text(2)?,
                sha256: row.text(3)?,
                n_bytes: row.count(4)?,
            });
        }
    }
    let sql = format!("select model, version, key, value from model_version_tags {condition}");
    for row in tx.fetch(READ, sql, which()).await? {
        if let Some(version) = found.get_mut(&(row.text(0)?, number(row.int(1)?)?)) {
            version.tags.insert(row.text(2)?, row.text(3)?);
        }
    }
    Ok(found.into_values().collect())
}

#[async_trait]
impl RegistryStore for SqlStore {
    async fn registered_model(&self, name: &str) -> Result<Option<RegisteredModel>> {
        let mut tx = self.db.begin_reading(READ).await?;
        Ok(models(&mut tx, Some(name)).await?.pop())
    }

    async fn registered_models(&self) -> Result<Vec<RegisteredModel>> {
        let mut tx = self.db.begin_reading(READ).await?;
        models(&mut tx, None).await
    }

    async fn model_version(&self, model: &str, version: u32) -> Result<Option<ModelVersion>> {
        let mut tx = self.db.begin_reading(READ).await?;
        Ok(versions(&mut tx, Some(model), Some(version)).await?.pop())
    }

    async fn model_versions(&self, model: Option<&str>) -> Result<Vec<ModelVersion>> {
        let mut tx = self.db.begin_reading(READ).await?;
        versions(&mut tx, model, None).await
    }

    async fn registry_history(&self, model: &str) -> Result<Vec<HistoryEntry>> {
        let rows = self
            .db
            .fetch(
                READ,
                "select kind, at, event_at, version, alias, before_text, after_text, how, actor, \
                 reason from registry_history where model = $1 order by sequence",
                args![model],
            )
            .await?;
        rows.iter().map(history).collect()
    }

    async fn commit_registry(&self, commit: &RegistryCommit) -> Result<()> {
        let mut tx = self.db.begin(WRITE).await?;
        if let Some(expected) = commit.expected {
            // The row is the lock of everything below it.
            let n_found = tx
                .execute(
                    WRITE,
                    "update registered_models set revision = revision + 1, updated_ms = $3
                     where name = $1 and revision = $2",
                    args![commit.model.as_str(), expected, commit.at_ms],
                )
                .await?;
            if n_found == 0 {
                return Err(Error::conflict(format!(
                    "registered model `{}` was changed meanwhile",
                    commit.model
                )));
            }
        }
        for change in &commit.changes {
            check_name_is_new(&mut tx, change).await?;
            apply(&mut tx, commit, change)
                .await
                .map_err(|error| taken(error, change))?;
        }
        write_history(&mut tx, commit).await?;
        audit::append(&mut tx, &commit.audit).await?;
        tx.commit(WRITE).await
    }
}

/// The last version on record that any model of the name `$1` had, whatever it is called now.
const LAST_ON_RECORD: &str = "coalesce((select max(version) from registry_history
    where model = $1 or model in (select model from registry_history
                                  where kind = 'model_renamed' and before_text = $1)), 0)";

/// A model that takes over a name takes over what is said of the versions of that name.
async fn check_name_is_new(tx: &mut Tx, change: &RegistryChange) -> Result<()> {
    let RegistryChange::RenameModel(name) = change else {
        return Ok(());
    };
    let sql = "select max(version) from registry_history where model = $1";
    let rows = tx.fetch(READ, sql, args![name.as_str()]).await?;
    let last = rows.first().map(|row| row.int_or_null(0)).transpose()?;
    match last.flatten() {
        None => Ok(()),
        Some(last) => Err(Error::conflict(format!(
            "versions up to {last} of an earlier model `{name}` are on record"
        ))
        .with_hint("choose a name that no model had before")),
    }
}

/// What a unique key that is there already means.
fn taken(error: Error, change: &RegistryChange) -> Error {
    if error.kind() != ErrorKind::Conflict {
        return error;
    }
    let name = match change {
        RegistryChange::CreateModel(model) => &model.name,
        RegistryChange::RenameModel(name) => name,
        _ => return error,
    };
    Error::conflict(format!("Registered Model (name={name}) already exists."))
}

async fn apply(tx: &mut Tx, commit: &RegistryCommit, change: &RegistryChange) -> Result<()> {
    let model = commit.model.as_str();
    match change {
        RegistryChange::CreateModel(new) => create_model(tx, new).await,
        RegistryChange::DescribeModel(text) => {
            let sql = "update registered_models set description = $2 where name = $1";
            run(tx, sql, args![model, text.as_deref()]).await
        }
        RegistryChange::RenameModel(name) => {
            let sql = "update registered_models set name = $2 where name = $1";
            run(tx, sql, args![model, name.as_str()]).await?;
            let sql = "update registry_history set model = $2 where model = $1";
            run(tx, sql, args![model, name.as_str()]).await
        }
        RegistryChange::DeleteModel => {
            let sql = "delete from registered_models where name = $1";
            run(tx, sql, args![model]).await
        }
        RegistryChange::TagModel(key, Some(value)) => {
            let sql = "insert into registered_model_tags (model, key, value) values ($1, $2, $3)
                       on conflict (model, key) do update set value = excluded.value";
            run(tx, sql, args![model, key.as_str(), value.as_str()]).await
        }
        RegistryChange::TagModel(key, None) => {
            let sql = "delete from registered_model_tags where model = $1 and key = $2";
            run(tx, sql, args![model, key.as_str()]).await
        }
        RegistryChange::Alias(alias, Some(version)) => {
            let sql = "insert into registered_model_aliases (model, alias, version)
                       values ($1, $2, $3)
                       on conflict (model, alias) do update set version = excluded.version";
            run(tx, sql, args![model, alias.as_str(), *version]).await
        }
        RegistryChange::Alias(alias, None) => {
            let sql = "delete from registered_model_aliases where model = $1 and alias = $2";
            run(tx, sql, args![model, alias.as_str()]).await
        }
        RegistryChange::CreateVersion(version) => create_version(tx, model, version).await,
        change => apply_to_version(tx, commit, change).await,
    }
}

async fn apply_to_version(
    tx: &mut Tx,
    commit: &RegistryCommit,
    change: &RegistryChange,
) -> Result<()> {
    let model = commit.model.as_str();
    match change {
        RegistryChange::DescribeVersion(version, text) => {
            let sql = "update model_versions set description = $3, updated_ms = $4
                       where model = $1 and version = $2";
            let values = args![model, *version, text.as_deref(), commit.at_ms];
            run(tx, sql, values).await
        }
        RegistryChange::Stage(version, stage) => {
            let sql = "update model_versions set stage = $3, updated_ms = $4
                       where model = $1 and version = $2";
            let values = args![model, *version, stage.as_str(), commit.at_ms];
            run(tx, sql, values).await
        }
        RegistryChange::TagVersion(version, key, Some(value)) => {
            let sql = "insert into model_version_tags (model, version, key, value)
                       values ($1, $2, $3, $4)
                       on conflict (model, version, key) do update set value = excluded.value";
            let values = args![model, *version, key.as_str(), value.as_str()];
            run(tx, sql, values).await
        }
        RegistryChange::TagVersion(version, key, None) => {
            let sql = "delete from model_version_tags
                       where model = $1 and version = $2 and key = $3";
            run(tx, sql, args![model, *version, key.as_str()]).await
        }
        RegistryChange::DeleteVersion(version) => {
            let sql = "delete from model_versions where model = $1 and version = $2";
            run(tx, sql, args![model, *version]).await
        }
        _ => Err(Error::internal("a change of a model is none of a version")),
    }
}

async fn run(tx: &mut Tx, sql: &'static str, values: Vec<Arg>) -> Result<()> {
    tx.execute(WRITE, sql, values).await.map(drop)
}

async fn create_model(tx: &mut Tx, model: &RegisteredModel) -> Result<()> {
    let sql = format!(
        "insert into registered_models
         (name, description, last_version, revision, created_ms, updated_ms)
         values ($1, $2, {LAST_ON_RECORD}, 1, $3, $4)"
    );
    let values = args![
        model.name.as_str(),
        model.description.as_deref(),
        model.created_ms,
        model.updated_ms,
    ];
    tx.execute(WRITE, sql, values).await?;
    for (key, value) in &model.tags {
        let sql = "insert into registered_model_tags (model, key, value) values ($1, $2, $3)";
        let values = args![model.name.as_str(), key.as_str(), value.as_str()];
        run(tx, sql, values).await?;
    }
    Ok(())
}

async fn create_version(tx: &mut Tx, model: &str, version: &ModelVersion) -> Result<()> {
    let sql = "update registered_models set last_version = $2 where name = $1";
    run(tx, sql, args![model, version.version]).await?;
    let sql = "insert into model_versions
               (model, version, source, folder, run_id, run_link, logged_model_id, status,
                description, stage, created_by, created_ms, updated_ms)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values = args![
        model,
        version.version,
        version.source.as_str(),
        version.folder.as_deref(),
        version.run_id.as_deref(),
        version.run_link.as_deref(),
        version.logged_model_id.as_deref(),
        version.status.as_str(),
        version.description.as_deref(),
        version.stage.as_str(),
        version.created_by.as_str(),
        version.created_ms,
        version.updated_ms,
    ];
    run(tx, sql, values).await?;
    for batch in batches(&version.files) {
        let mut values = Vec::with_capacity(batch.len() * 5);
        for file in batch {
            values.extend(args![
                model,
                version.version,
                file.path.as_str(),
                file.sha256.as_str(),
                crate::codec::signed(file.n_bytes)?,
            ]);
        }
        let sql = format!(
            "insert into model_version_files (model, version, path, sha256, n_bytes) values {}",
            tx.placeholders(batch.len(), 5)
        );
        tx.execute(WRITE, sql, values).await?;
    }
    for (key, value) in &version.tags {
        let sql = "insert into model_version_tags (model, version, key, value)
                   values ($1, $2, $3, $4)";
        let values = args![model, version.version, key.as_str(), value.as_str()];
        run(tx, sql, values).await?;
    }
    Ok(())
}

async fn write_history(tx: &mut Tx, commit: &RegistryCommit) -> Result<()> {
    // A model that was renamed a moment ago has its new name here too.
    let renamed = commit.changes.iter().find_map(|change| match change {
        RegistryChange::RenameModel(name) => Some(name.as_str()),
        _ => None,
    });
    for entry in &commit.history {
        let sql = "insert into registry_history
                   (model, kind, at, event_at, version, alias, before_text, after_text, how,
                    actor, reason)
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let values = args![
            renamed.unwrap_or(&commit.model),
            entry.kind.as_str(),
            entry.at,
            entry.event_at,
            entry.version.map(i64::from),
            entry.alias.as_deref(),
            entry.before.as_deref(),
            entry.after.as_deref(),
            entry.how.map(trimtab_domain::registry::ServedHow::as_str),
            entry.actor.as_str(),
            entry.reason.as_deref(),
        ];
        run(tx, sql, values).await?;
    }
    Ok(())
}
