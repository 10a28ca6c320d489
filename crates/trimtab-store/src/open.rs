//! Opening a database by its address.

use crate::db::{Db, wrap};
use crate::migrate;
use crate::tracking::LogQueue;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlitePool};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use trimtab_domain::{Error, ErrorKind, Result};

/// How long a connection may be waited for before the database counts as away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long another process may hold SQLite's write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How often, and after what pause, opening a file that others are opening is tried again.
const OPEN_TRIES: u32 = 50;
const OPEN_PAUSE: Duration = Duration::from_millis(20);
const SQLITE_READERS: u32 = 4;
const ROW_BUFFER: usize = 1_024;
const POSTGRES_CONNECTIONS: u32 = 10;

/// The metadata store on SQLite or PostgreSQL. Cheap to clone: clones share connections.
#[derive(Debug, Clone)]
pub struct SqlStore {
    pub(crate) db: Db,
    pub(crate) log_queue: Arc<LogQueue>,
}

impl SqlStore {
    /// Opens a database and brings its tables up to date.
    ///
    /// `url` is the path of an SQLite file (made if it does not exist; `sqlite://` in front is
    /// understood), `sqlite::memory:` for a database that ends with the store, or a
    /// `postgres://` address.
    ///
    /// # Errors
    ///
    /// `Invalid` if the address cannot be read, `Unavailable` if the database does not answer,
    /// `Conflict` if a newer Trimtab wrote it or a shipped migration was altered.
    pub async fn open(url: &str) -> Result<Self> {
        let db = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url).await?
        } else {
            open_sqlite(url).await?
        };
        migrate::run(&db).await?;
        Ok(Self {
            db,
            log_queue: Arc::default(),
        })
    }

    /// Waits for running queries and closes every connection. SQLite folds its write-ahead log
    /// into the file.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

async fn open_postgres(url: &str) -> Result<Db> {
    // The address may hold a password: it is never repeated in an error.
    let options = PgConnectOptions::from_str(url)
        .map_err(|source| {
            Error::invalid("the address of the metadata database cannot be read")
                .with_hint("write it as postgres://user:password@host:5432/database")
                .with_source(source)
        })?
        .application_name("trimtab")
        .disable_statement_logging();
    PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map(Db::Postgres)
        .map_err(wrap("open the PostgreSQL database"))
}

async fn open_sqlite(url: &str) -> Result<Db> {
    if url == "sqlite::memory:" || url == ":memory:" {
        return open_memory().await;
    }
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .unwrap_or(url);
    if path.is_empty() || path.contains("://") {
        return Err(
            Error::invalid("the address of the metadata database cannot be read")
                .with_hint("give a file path, or postgres://user:password@host:5432/database"),
        );
    }
    let options = sqlite_options().filename(path);
    let writer = connect_writer(options.clone().create_if_missing(true)).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // What a reader does not remember the system does: each of them keeps little.
        .connect_lazy_with(options.pragma("cache_size", "-2048"));
    Ok(Db::Sqlite { writer, readers })
}

/// The one connection that writes.
///
/// Turning a new file into one with a write-ahead log needs it for a moment alone, and SQLite
/// refuses at once instead of waiting for that: of several processes that open an empty database
/// together, the others try again.
async fn connect_writer(options: SqliteConnectOptions) -> Result<SqlitePool> {
    let mut n_tries = 0;
    loop {
        let opened = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.clone())
            .await
            .map_err(wrap("open the SQLite database"));
        match opened {
            Err(error) if error.kind() == ErrorKind::Unavailable && n_tries < OPEN_TRIES => {
                n_tries += 1;
                tokio::time::sleep(OPEN_PAUSE).await;
            }
            opened => return opened,
        }
    }
}

/// Every connection to `:memory:` is a database of its own, so there is only one, for ever.
async fn open_memory() -> Result<Db> {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(sqlite_options().in_memory(true))
        .await
        .map_err(wrap("open an SQLite database in memory"))?;
    Ok(Db::Sqlite {
        writer: pool.clone(),
        readers: pool,
    })
}

fn sqlite_options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .journal_mode(SqliteJournalMode::Wal)
        // A consumer's position may only be believed when it is on disk: the journal behind it
        // is removed. NORMAL would lose the last commits with the power.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .page_size(8_192)
        // Rows on their way from the thread that steps to the one that asked: with few, the two
        // wake each other all the time.
        .row_buffer_size(ROW_BUFFER)
        // Negative: KiB.
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "memory")
        // Pages: a checkpoint every 32 MiB instead of in every other fold.
        .pragma("wal_autocheckpoint", "4000")
        .disable_statement_logging()
}
