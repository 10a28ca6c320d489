//! The only door to the two databases: one set of calls, one set of values, one error map.
//!
//! Everything above speaks SQL with `$1` placeholders and five types of values (integer, float,
//! text, bytes, boolean). It is compiled once and knows no driver.

use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction};
use trimtab_domain::{Error, ErrorKind, Result};

/// A value on its way into the database. `None` is `NULL`, but still has a type: PostgreSQL
/// wants to know.
#[derive(Debug, Clone)]
pub(crate) enum Arg {
    Int(Option<i64>),
    Float(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Bool(bool),
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}
impl From<u32> for Arg {
    fn from(value: u32) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}
impl From<Timestamp> for Arg {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.as_microsecond()))
    }
}
impl From<Option<Timestamp>> for Arg {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Int(value.map(Timestamp::as_microsecond))
    }
}
impl From<Option<i64>> for Arg {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}
impl From<Option<f64>> for Arg {
    fn from(value: Option<f64>) -> Self {
        // Neither infinities nor NaN have a place in a chart; SQLite would turn NaN into NULL
        // and PostgreSQL would not.
        Self::Float(value.filter(|value| value.is_finite()))
    }
}
impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}
impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}
impl From<Option<&str>> for Arg {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}
impl From<Vec<u8>> for Arg {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}
impl From<Option<Vec<u8>>> for Arg {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}
impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// `args![model.as_str(), window.start]`
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::db::Arg::from($value)),*]
    };
}
pub(crate) use args;

/// A row on its way out; columns by position.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! optional_getter {
    ($optional:ident, $type:ty) => {
        pub(crate) fn $optional(&self, column: usize) -> Result<Option<$type>> {
            match self {
                Self::Sqlite(row) => row.try_get(column),
                Self::Postgres(row) => row.try_get(column),
            }
            .map_err(wrap("read a row"))
        }
    };
}
macro_rules! getter {
    ($name:ident, $optional:ident, $type:ty) => {
        optional_getter!($optional, $type);
        pub(crate) fn $name(&self, column: usize) -> Result<$type> {
            self.$optional(column)?
                .ok_or_else(|| Error::internal(format!("column {column} of a row is empty")))
        }
    };
}

impl Row {
    getter!(int, int_or_null, i64);
    optional_getter!(float_or_null, f64);
    getter!(text, text_or_null, String);
    getter!(bytes, bytes_or_null, Vec<u8>);
    getter!(bool, bool_or_null, bool);

    pub(crate) fn count(&self, column: usize) -> Result<u64> {
        let value = self.int(column)?;
        u64::try_from(value)
            .map_err(|_| Error::internal(format!("{value} in column {column} is not a count")))
    }

    pub(crate) fn instant_or_null(&self, column: usize) -> Result<Option<Timestamp>> {
        self.int_or_null(column)?.map(instant).transpose()
    }

    pub(crate) fn instant(&self, column: usize) -> Result<Timestamp> {
        instant(self.int(column)?)
    }
}

fn instant(microseconds: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(microseconds).map_err(|source| {
        Error::internal(format!("{microseconds} is not an instant")).with_source(source)
    })
}

/// SQL text. What is put together at run time consists of our own literals and placeholders
/// only; values are always bound.
#[derive(Debug, Clone)]
pub(crate) enum Sql {
    Fixed(&'static str),
    Built(String),
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}
impl From<String> for Sql {
    fn from(text: String) -> Self {
        Self::Built(text)
    }
}

/// Which database it is, where the two truly differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Connections to one of the two databases.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    /// SQLite has one writer at a time: ours wait for it in a queue of their own instead of in
    /// the busy handler. Readers see the last committed state meanwhile (WAL).
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// An open transaction; dropped without [`Tx::commit`] it leaves no trace.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

macro_rules! run {
    ($database:ty, $arguments:ty, $executor:expr, $sql:expr, $args:expr, $method:ident) => {{
        let arguments = bind::<$arguments>($args).map_err(sqlx::Error::Encode);
        match (arguments, $sql) {
            (Err(error), _) => Err(error),
            (Ok(arguments), Sql::Fixed(text)) => {
                sqlx::query_with::<$database, _>(text, arguments)
                    .$method($executor)
                    .await
            }
            (Ok(arguments), Sql::Built(text)) => {
                sqlx::query_with::<$database, _>(AssertSqlSafe(text), arguments)
                    .$method($executor)
                    .await
            }
        }
    }};
}

impl Db {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self, what: &'static str) -> Result<Tx> {
        match self {
            Self::Sqlite { writer, .. } => {
                writer.begin_with("begin immediate").await.map(Tx::Sqlite)
            }
            Self::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
        }
        .map_err(wrap(what))
    }

    /// Begins a transaction that reads one unchanging state.
    pub(crate) async fn begin_reading(&self, what: &'static str) -> Result<Tx> {
        match self {
            Self::Sqlite { readers, .. } => readers.begin().await.map(Tx::Sqlite),
            Self::Postgres(pool) => pool
                .begin_with("begin isolation level repeatable read read only")
                .await
                .map(Tx::Postgres),
        }
        .map_err(wrap(what))
    }

    /// One query outside of any transaction.
    pub(crate) async fn fetch(
        &self,
        what: &'static str,
        sql: impl Into<Sql>,
        args: Vec<Arg>,
    ) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite { readers, .. } => run!(
                Sqlite,
                SqliteArguments,
                readers,
                sql.into(),
                args,
                fetch_all
            )
            .map(|rows| rows.into_iter().map(Row::Sqlite).collect()),
            Self::Postgres(pool) => run!(Postgres, PgArguments, pool, sql.into(), args, fetch_all)
                .map(|rows| rows.into_iter().map(Row::Postgres).collect()),
        }
        .map_err(wrap(what))
    }

    /// One statement in a transaction of its own; returns the number of rows it touched.
    pub(crate) async fn execute(
        &self,
        what: &'static str,
        sql: impl Into<Sql>,
        args: Vec<Arg>,
    ) -> Result<u64> {
        match self {
            Self::Sqlite { writer, .. } => {
                run!(Sqlite, SqliteArguments, writer, sql.into(), args, execute)
                    .map(|done| done.rows_affected())
            }
            Self::Postgres(pool) => run!(Postgres, PgArguments, pool, sql.into(), args, execute)
                .map(|done| done.rows_affected()),
        }
        .map_err(wrap(what))
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(crate) async fn fetch(
        &mut self,
        what: &'static str,
        sql: impl Into<Sql>,
        args: Vec<Arg>,
    ) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite(tx) => run!(
                Sqlite,
                SqliteArguments,
                &mut **tx,
                sql.into(),
                args,
                fetch_all
            )
            .map(|rows| rows.into_iter().map(Row::Sqlite).collect()),
            Self::Postgres(tx) => run!(
                Postgres,
                PgArguments,
                &mut **tx,
                sql.into(),
                args,
                fetch_all
            )
            .map(|rows| rows.into_iter().map(Row::Postgres).collect()),
        }
        .map_err(wrap(what))
    }

    pub(crate) async fn execute(
        &mut self,
        what: &'static str,
        sql: impl Into<Sql>,
        args: Vec<Arg>,
    ) -> Result<u64> {
        match self {
            Self::Sqlite(tx) => run!(
                Sqlite,
                SqliteArguments,
                &mut **tx,
                sql.into(),
                args,
                execute
            )
            .map(|done| done.rows_affected()),
            Self::Postgres(tx) => run!(Postgres, PgArguments, &mut **tx, sql.into(), args, execute)
                .map(|done| done.rows_affected()),
        }
        .map_err(wrap(what))
    }

    /// Several statements without values, as migrations are.
    pub(crate) async fn execute_script(&mut self, what: &'static str, text: String) -> Result<()> {
        match self {
            Self::Sqlite(tx) => sqlx::raw_sql(AssertSqlSafe(text))
                .execute(&mut **tx)
                .await
                .map(drop),
            Self::Postgres(tx) => sqlx::raw_sql(AssertSqlSafe(text))
                .execute(&mut **tx)
                .await
                .map(drop),
        }
        .map_err(wrap(what))
    }

    pub(crate) async fn commit(self, what: &'static str) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
        .map_err(wrap(what))
    }
}

fn bind<A: BindAll>(args: Vec<Arg>) -> std::result::Result<A, sqlx::error::BoxDynError> {
    A::bind_all(args)
}

trait BindAll: Sized {
    fn bind_all(args: Vec<Arg>) -> std::result::Result<Self, sqlx::error::BoxDynError>;
}

macro_rules! bind_all {
    ($arguments:ty) => {
        impl BindAll for $arguments {
            fn bind_all(args: Vec<Arg>) -> std::result::Result<Self, sqlx::error::BoxDynError> {
                let mut arguments = Self::default();
                Arguments::reserve(&mut arguments, args.len(), 16 * args.len());
                for arg in args {
                    match arg {
                        Arg::Int(value) => Arguments::add(&mut arguments, value)?,
                        Arg::Float(value) => Arguments::add(&mut arguments, value)?,
                        Arg::Text(value) => Arguments::add(&mut arguments, value)?,
                        Arg::Bytes(value) => Arguments::add(&mut arguments, value)?,
                        Arg::Bool(value) => Arguments::add(&mut arguments, value)?,
                    }
                }
                Ok(arguments)
            }
        }
    };
}
bind_all!(SqliteArguments);
bind_all!(PgArguments);

/// The one place that decides what a database's refusal means to the caller.
pub(crate) fn wrap(what: &'static str) -> impl Fn(sqlx::Error) -> Error {
    move |source| {
        let (kind, hint) = classify(&source);
        let error = Error::new(kind, format!("cannot {what}")).with_source(source);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

fn classify(error: &sqlx::Error) -> (ErrorKind, Option<&'static str>) {
    const AWAY: Option<&str> = Some("the metadata database does not answer");
    const LOCKED: Option<&str> = Some("another process holds the metadata database");
    const DISK: Option<&str> = Some("the disk is full or refuses to work");
    match error {
        sqlx::Error::Database(refusal)
            if refusal.is_unique_violation() || refusal.is_foreign_key_violation() =>
        {
            (ErrorKind::Conflict, None)
        }
        sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
            // PostgreSQL speaks in five letters: could not serialise, deadlock (the same again
            // will do); no disk; connection lost, shutting down, too many connections.
            Some("40001" | "40P01") => (ErrorKind::Conflict, None),
            Some("53100") => (ErrorKind::Unavailable, DISK),
            Some(state) if state.len() == 5 => match &state[..2] {
                "08" | "53" | "57" => (ErrorKind::Unavailable, AWAY),
                _ => (ErrorKind::Internal, None),
            },
            // SQLite speaks in numbers; extended ones keep the primary one in their low byte.
            Some(number) => match number.parse::<u32>().unwrap_or_default() & 0xff {
                5 | 6 => (ErrorKind::Unavailable, LOCKED),
                10 | 13 => (ErrorKind::Unavailable, DISK),
                _ => (ErrorKind::Internal, None),
            },
            None => (ErrorKind::Internal, None),
        },
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => (ErrorKind::Unavailable, AWAY),
        sqlx::Error::Configuration(_) => (ErrorKind::Invalid, None),
        _ => (ErrorKind::Internal, None),
    }
}

impl Tx {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Places for the values of several rows, of a statement that takes no other values.
    pub(crate) fn placeholders(&self, n_rows: usize, n_columns: usize) -> String {
        placeholders(self.dialect(), n_rows, n_columns)
    }
}

/// `($1, $2), ($3, $4), …`; for SQLite `(?, ?), (?, ?), …`: it looks names up one after the other,
/// which takes the square of their number.
fn placeholders(dialect: Dialect, n_rows: usize, n_columns: usize) -> String {
    let mut text = String::with_capacity(n_rows * (n_columns * 6 + 4));
    let mut number = 1;
    for row in 0..n_rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..n_columns {
            if column > 0 {
                text.push(',');
            }
            match dialect {
                Dialect::Sqlite => text.push('?'),
                Dialect::Postgres => {
                    text.push('$');
                    text.push_str(&number.to_string());
                }
            }
            number += 1;
        }
        text.push(')');
    }
    text
}

/// `(a = $1 and b = $2) or (a = $3 and b = $4) …`: both databases look each key up in an index,
/// which SQLite does not do for `(a, b) in (values …)`.
pub(crate) fn any_of(n_rows: usize, columns: &[&str]) -> String {
    let mut number = 0;
    let keys: Vec<String> = (0..n_rows)
        .map(|_| {
            let pairs: Vec<String> = columns
                .iter()
                .map(|column| {
                    number += 1;
                    format!("{column} = ${number}")
                })
                .collect();
            format!("({})", pairs.join(" and "))
        })
        .collect();
    keys.join(" or ")
}

/// Sizes in which rows are sent, so that few statement texts exist and stay prepared.
const BATCH_SIZES: [usize; 4] = [128, 32, 8, 1];

/// Cuts a slice into pieces of [`BATCH_SIZES`].
pub(crate) fn batches<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = BATCH_SIZES.into_iter().find(|&size| size <= rows.len())?;
        let (batch, rest) = rows.split_at(size);
        rows = rest;
        Some(batch)
    })
}
