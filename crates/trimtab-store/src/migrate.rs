//! Migrations: embedded, forward only, all in one transaction when the database is opened.

use crate::db::{Db, Dialect, Tx, args};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use trimtab_domain::{Error, Result};

struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! both {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/", $name, ".sql")),
        }
    };
}
macro_rules! each {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("../migrations/", $name, ".postgres.sql")),
        }
    };
}

/// In the order of their numbers, with which their names begin.
const MIGRATIONS: &[Migration] = &[
    both!("0001_documents"),
    both!("0002_models"),
    both!("0003_profiles"),
    both!("0004_results"),
    both!("0005_signals"),
    both!("0006_alerts"),
    both!("0007_access"),
    each!("0008_views"),
    both!("0009_tracking"),
    both!("0010_registry"),
    both!("0011_retraining"),
    both!("0012_validation"),
    both!("0013_rollout"),
    both!("0014_ab_tests"),
    both!("0015_audit"),
];

/// Any number that no other program uses for its advisory locks.
const LOCK: i64 = 0x7472_696d_7461_6200;

/// Applies what is missing.
pub(crate) async fn run(db: &Db) -> Result<()> {
    const WHAT: &str = "bring the metadata database up to date";
    let dialect = db.dialect();
    let mut tx = db.begin(WHAT).await?;
    if dialect == Dialect::Postgres {
        // Two servers that start together must not migrate together.
        tx.fetch(WHAT, "select pg_advisory_xact_lock($1)", args![LOCK])
            .await?;
    }
    tx.execute_script(WHAT, LEDGER.to_owned()).await?;
    let applied = tx
        .fetch(
            WHAT,
            "select version, checksum from schema_migrations order by version",
            Vec::new(),
        )
        .await?;
    let mut done = BTreeSet::new();
    for row in &applied {
        let version = row.int(0)?;
        let known = MIGRATIONS.iter().find(|known| known.version() == version);
        let Some(migration) = known else {
            return Err(Error::conflict(format!(
                "the metadata database is newer than this program: it has migration {version}, the newest known here is {}",
                MIGRATIONS.iter().map(Migration::version).max().unwrap_or_default()
            ))
            .with_hint("start the version of trimtab that wrote it, or a newer one"));
        };
        if row.text(1)? != checksum(migration.text(dialect)) {
            return Err(Error::conflict(format!(
                "the metadata database was made by another text of migration `{}`",
                migration.name
            ))
            .with_hint("restore a backup, or start the version of trimtab that wrote it"));
        }
        done.insert(version);
    }
    for migration in MIGRATIONS {
        if !done.contains(&migration.version()) {
            apply(&mut tx, dialect, migration).await?;
        }
    }
    tx.commit(WHAT).await
}

const LEDGER: &str = "create table if not exists schema_migrations (
    version bigint not null primary key,
    name text not null,
    checksum text not null
)";

async fn apply(tx: &mut Tx, dialect: Dialect, migration: &Migration) -> Result<()> {
    let text = migration.text(dialect);
    tx.execute_script("change the metadata database", script(text, dialect))
        .await?;
    if migration.name == "0015_audit" {
        crate::audit::chain_existing(tx).await?;
    }
    tx.execute(
        "note a migration",
        "insert into schema_migrations (version, name, checksum) values ($1, $2, $3)",
        args![migration.version(), migration.name, checksum(text)],
    )
    .await?;
    tracing::info!(migration = migration.name, "changed the metadata database");
    Ok(())
}

impl Migration {
    /// The number its name begins with.
    fn version(&self) -> i64 {
        let digits = self.name.split('_').next().unwrap_or_default();
        digits.parse().unwrap_or_default()
    }

    fn text(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

fn checksum(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// The text for one database: types filled in, lines that begin with `--sqlite ` or `--postgres `
/// brought to life where they belong and, on PostgreSQL, comments carried over.
fn script(text: &str, dialect: Dialect) -> String {
    let (identity, bytes) = match dialect {
        Dialect::Sqlite => ("integer primary key", "blob"),
        Dialect::Postgres => ("bigint generated always as identity primary key", "bytea"),
    };
    // Texts in the order of their bytes, which SQLite has by nature; and tables that lie in their
    // primary key, which PostgreSQL has not.
    let (bytewise, clustered) = match dialect {
        Dialect::Sqlite => ("", "without rowid"),
        Dialect::Postgres => ("collate \"C\"", ""),
    };
    let mut script = text
        .replace("{identity}", identity)
        .replace("{bytes}", bytes)
        .replace("{bytewise}", bytewise)
        .replace("{clustered}", clustered);
    match dialect {
        Dialect::Sqlite => script.replace("\n--sqlite ", "\n"),
        Dialect::Postgres => {
            script = script.replace("\n--postgres ", "\n");
            script.push_str(&comments(text));
            script
        }
    }
}

/// `comment on` for every table that has a comment line right above it and every column that
/// has one at the end of its line.
fn comments(text: &str) -> String {
    let mut statements = Vec::new();
    let mut table = None;
    let mut above: Option<&str> = None;
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("-- ") {
            above = Some(comment);
            continue;
        }
        if let Some(name) = line
            .strip_prefix("create table ")
            .and_then(|rest| rest.strip_suffix(" ("))
        {
            if let Some(comment) = above {
                statements.push(comment_on("table", name, comment));
            }
            table = Some(name);
        } else if let Some((column, comment)) = line
            .strip_prefix("alter table ")
            .and_then(|rest| rest.split_once("; -- "))
            && let Some((name, column)) = column.split_once(" add column ")
        {
            let column = column.split(' ').next().unwrap_or_default();
            statements.push(comment_on("column", &format!("{name}.{column}"), comment));
        } else if line.starts_with(");") {
        } else if line.starts_with(')') {
            table = None;
        } else if let (Some(table), Some((column, comment))) = (table, line.split_once(" -- ")) {
            let name = column.trim_start().split(' ').next().unwrap_or_default();
            statements.push(comment_on("column", &format!("{table}.{name}"), comment));
        }
        above = None;
    }
    statements.concat()
}

fn comment_on(kind: &str, name: &str, comment: &str) -> String {
    let comment = comment.replace('\'', "''");
    format!("comment on {kind} {name} is '{comment}';\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_column_has_a_comment() {
        for migration in MIGRATIONS {
            let commented = comments(migration.postgres);
            let mut table = "";
            for line in migration.postgres.lines() {
                if let Some(rest) = line.strip_prefix("create table ") {
                    table = rest.trim_end_matches(" (");
                    assert!(
                        commented.contains(&format!("comment on table {table} is")),
                        "{table}"
                    );
                } else if line.starts_with("    ") && !table.is_empty() {
                    let name = line.trim_start().split(' ').next().unwrap_or_default();
                    let is_constraint = matches!(name, "primary" | "foreign" | "unique" | "values");
                    assert!(
                        is_constraint
                            || commented.contains(&format!("comment on column {table}.{name} is")),
                        "{table}.{name}"
                    );
                } else {
                    table = "";
                }
            }
        }
    }

    #[test]
    fn migrations_are_numbered_in_their_order() {
        let numbers: Vec<i64> = MIGRATIONS.iter().map(Migration::version).collect();
        assert_eq!(numbers.first(), Some(&1));
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }

    #[test]
    fn types_are_filled_in() {
        for migration in MIGRATIONS {
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                let script = script(migration.text(dialect), dialect);
                assert!(
                    !["{i", "{b", "{c"].iter().any(|mark| script.contains(mark)),
                    "{}",
                    migration.name
                );
            }
        }
    }
}
