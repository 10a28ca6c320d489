//! Experiments, runs, metrics, logged models and the names of artifacts.

mod artifacts;
mod experiments;
mod filter;
mod log;
mod logged_models;
mod order;
mod port;
mod purge;
mod runs;

pub(crate) use log::LogQueue;

use crate::db::{Dialect, Tx, args};
use trimtab_domain::{Error, Result};

/// `in (…)` over a list that is bound as one JSON array of numbers, so that few statement texts
/// exist and stay prepared.
fn among_numbers(dialect: Dialect, placeholder: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("in (select value from json_each({placeholder}))"),
        Dialect::Postgres => format!(
            "in (select cast(jsonb_array_elements_text(cast({placeholder} as jsonb)) as bigint))"
        ),
    }
}

/// The same for texts.
fn among_texts(dialect: Dialect, placeholder: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("in (select value from json_each({placeholder}))"),
        Dialect::Postgres => {
            format!("in (select jsonb_array_elements_text(cast({placeholder} as jsonb)))")
        }
    }
}

/// All pairs of a group as one JSON object.
fn object_of(dialect: Dialect, key: &str, value: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("json_group_object({key}, {value})"),
        Dialect::Postgres => format!("cast(json_object_agg({key}, {value}) as text)"),
    }
}

/// All rows of a group as one JSON array of arrays.
fn arrays_of(dialect: Dialect, columns: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("json_group_array(json_array({columns}))"),
        Dialect::Postgres => format!("cast(json_agg(json_build_array({columns})) as text)"),
    }
}

/// Whether a row is held while the transaction looks at it: SQLite has one writer anyway.
fn for_update(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres => " for update",
    }
}

/// So many new numbers: the first of them.
async fn new_numbers(tx: &mut Tx, what: &str, n: i64) -> Result<i64> {
    let rows = tx
        .fetch(
            "give a number",
            "update tracking_counters set value = value + $2 where name = $1 returning value",
            args![what, n],
        )
        .await?;
    match rows.first() {
        Some(row) => Ok(row.int(0)? - n + 1),
        None => Err(Error::internal(format!("nothing counts `{what}`"))),
    }
}
