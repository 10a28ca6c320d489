//! The names of artifact files.

use crate::codec::{signed, to_json};
use crate::db::{Db, Dialect, Row, Tx, args};
use trimtab_domain::ports::artifacts::{ContentHash, StoredContent};
use trimtab_domain::ports::tracking::{ArtifactEntry, ArtifactFile};
use trimtab_domain::{Error, Result};

/// Rows that are looked at in one go while a folder is listed.
const CHUNK: u32 = 1_000;

/// Everything below a folder sorts between `folder/` and `folder0`: `0` follows `/`.
fn bounds(folder: &str) -> (String, String) {
    if folder.is_empty() {
        return (String::new(), "\u{10ffff}".to_owned());
    }
    (format!("{folder}/"), format!("{folder}0"))
}

fn file(row: &Row) -> Result<ArtifactFile> {
    Ok(ArtifactFile {
        path: row.text(0)?,
        content: StoredContent {
            hash: ContentHash::try_from(row.text(1)?)?,
            n_bytes: row.count(2)?,
        },
    })
}

/// A file that a registered version was made of keeps its contents; the same again is welcome.
pub(super) async fn put(db: &Db, file: &ArtifactFile, now_ms: i64) -> Result<()> {
    const WHAT: &str = "name an artifact";
    let mut tx = db.begin(WHAT).await?;
    let of_versions = tx
        .fetch(
            WHAT,
            "select v.model, v.version from artifact_files a
             join model_version_files f on f.sha256 = a.sha256
             join model_versions v on v.model = f.model and v.version = f.version
             where a.path = $1 and a.sha256 <> $2 and v.folder || '/' || f.path = $1 limit 1",
            args![file.path.as_str(), file.content.hash.as_str()],
        )
        .await?;
    if let Some(row) = of_versions.first() {
        let (model, version) = (row.text(0)?, row.int(1)?);
        return Err(Error::conflict(format!(
            "`{}` belongs to version {version} of registered model `{model}`",
            file.path
        ))
        .with_hint("log it under another path, and register a new version"));
    }
    tx.execute(
        WHAT,
        "insert into artifact_files (path, sha256, n_bytes, stored_ms) values ($1, $2, $3, $4)
         on conflict (path) do update
         set sha256 = excluded.sha256, n_bytes = excluded.n_bytes, stored_ms = excluded.stored_ms",
        args![
            file.path.as_str(),
            file.content.hash.as_str(),
            signed(file.content.n_bytes)?,
            now_ms
        ],
    )
    .await?;
    tx.commit(WHAT).await
}

pub(super) async fn one(db: &Db, path: &str) -> Result<Option<ArtifactFile>> {
    let rows = db
        .fetch(
            "read an artifact's name",
            "select path, sha256, n_bytes from artifact_files where path = $1",
            args![path],
        )
        .await?;
    rows.first().map(file).transpose()
}

pub(super) async fn below(db: &Db, folder: &str, limit: u32) -> Result<Vec<ArtifactFile>> {
    let (from, to) = bounds(folder);
    let rows = db
        .fetch(
            "list artifacts",
            "select path, sha256, n_bytes from artifact_files
             where path >= $1 and path < $2 order by path limit $3",
            args![from, to, limit],
        )
        .await?;
    rows.iter().map(file).collect()
}

/// Folders are not stored: they are what lies before the next slash. Once one is found, the rest
/// of it is leapt over.
pub(super) async fn list(db: &Db, folder: &str, limit: u32) -> Result<Vec<ArtifactEntry>> {
    const WHAT: &str = "list artifacts";
    let (mut from, to) = bounds(folder);
    let n_prefix = from.len();
    let mut entries: Vec<ArtifactEntry> = Vec::new();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut tx = db.begin_reading(WHAT).await?;
    loop {
        let rows = tx
            .fetch(
                WHAT,
                "select path, n_bytes from artifact_files
                 where path >= $1 and path < $2 order by path limit $3",
                args![from.as_str(), to.as_str(), CHUNK],
            )
            .await?;
        let is_last = rows.len() < CHUNK as usize;
        for row in &rows {
            let path = row.text(0)?;
            let Some(rest) = path.get(n_prefix..) else {
                continue;
            };
            let entry = match rest.split_once('/') {
                Some((name, _)) => ArtifactEntry {
                    name: name.to_owned(),
                    n_bytes: None,
                },
                None => ArtifactEntry {
                    name: rest.to_owned(),
                    n_bytes: Some(row.count(1)?),
                },
            };
            if entries.last() != Some(&entry) {
                if entries.len() >= limit {
                    return Ok(entries);
                }
                entries.push(entry);
            }
            from = format!("{path}\u{0}");
        }
        if is_last {
            entries.sort();
            return Ok(entries);
        }
        if let Some(entry) = entries.last().filter(|entry| entry.n_bytes.is_none()) {
            let (_, end) = bounds(&format!("{folder}/{}", entry.name));
            end.trim_start_matches('/').clone_into(&mut from);
        }
    }
}

/// Which of these contents neither a file nor a registered version names.
pub(super) async fn unnamed(db: &Db, hashes: &[ContentHash]) -> Result<Vec<ContentHash>> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let asked = match db.dialect() {
        Dialect::Sqlite => "(select value as hash from json_each($1))",
        Dialect::Postgres => "(select jsonb_array_elements_text(cast($1 as jsonb)) as hash)",
    };
    let sql = format!(
        "select asked.hash from {asked} asked
         where not exists (select 1 from artifact_files a where a.sha256 = asked.hash)
           and not exists (select 1 from model_version_files v where v.sha256 = asked.hash)"
    );
    let hashes: Vec<&str> = hashes.iter().map(ContentHash::as_str).collect();
    let rows = db
        .fetch(
            "look for names of artifacts",
            sql,
            args![to_json("a list of contents", &hashes)?],
        )
        .await?;
    rows.iter()
        .map(|row| ContentHash::try_from(row.text(0)?))
        .collect()
}

/// Which of these contents no file names any more.
async fn orphans(tx: &mut Tx, mut hashes: Vec<String>) -> Result<Vec<ContentHash>> {
    hashes.sort();
    hashes.dedup();
    let mut orphans = Vec::new();
    for hash in hashes {
        let named = tx
            .fetch(
                "look for names of an artifact",
                "select 1 from artifact_files where sha256 = $1
                 union all select 1 from model_version_files where sha256 = $1 limit 1",
                args![hash.as_str()],
            )
            .await?;
        if named.is_empty() {
            orphans.push(ContentHash::try_from(hash)?);
        }
    }
    Ok(orphans)
}

pub(super) async fn delete(db: &Db, path: &str) -> Result<Vec<ContentHash>> {
    const WHAT: &str = "delete artifacts";
    let mut tx = db.begin(WHAT).await?;
    let hashes = delete_in(&mut tx, path).await?;
    let orphans = orphans(&mut tx, hashes).await?;
    tx.commit(WHAT).await?;
    Ok(orphans)
}

async fn delete_in(tx: &mut Tx, path: &str) -> Result<Vec<String>> {
    let (from, to) = bounds(path);
    let rows = tx
        .fetch(
            "delete artifacts",
            "delete from artifact_files where path = $1 or (path >= $2 and path < $3)
             returning sha256",
            args![path, from, to],
        )
        .await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// Removes several folders; how many files, and which contents no file names any more.
pub(super) async fn delete_folders(
    tx: &mut Tx,
    folders: &[String],
) -> Result<(u64, Vec<ContentHash>)> {
    let mut hashes = Vec::new();
    for folder in folders {
        hashes.extend(delete_in(tx, folder).await?);
    }
    let n_files = hashes.len() as u64;
    Ok((n_files, orphans(tx, hashes).await?))
}
