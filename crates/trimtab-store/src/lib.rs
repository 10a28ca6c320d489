//! The metadata store: documents, progress, profiles, results, signals, alerts and the audit
//! log, in SQLite or PostgreSQL.
//!
//! Floor 2: it imports `trimtab-domain` and `trimtab-stats`. [`SqlStore`] implements every trait
//! of `trimtab_domain::ports::store`, and nothing else is public.
//!
//! Invariants:
//! * One SQL text serves both databases: `$1` placeholders, ids and JSON as text, instants as
//!   `bigint` microseconds, blobs as bytes. Where dialects differ (the public views) both texts
//!   lie side by side in `migrations/`.
//! * Each method of a port is one transaction: it happens whole or leaves no trace.
//! * The store decides nothing: what a blob, a result or a state means is said above.
//!
//! To add a table, add the next numbered file to `migrations/` and to the list in `migrate.rs`;
//! never edit one that was shipped. Its comments become the database's own. To add a query, add
//! the method to the port, then here, then to the contract suite in `tests/it`, which runs on
//! both databases.
//!
//! Deliberately absent: an object-relational mapper and compile-time query checks (they bind a
//! text to one database; the contract suite takes their place).

mod codec;
mod db;
mod migrate;
mod open;

mod ab_test;
mod access;
mod alerts;
mod audit;
mod documents;
mod fold;
mod models;
mod profiles;
mod registry;
mod results;
mod retraining;
mod rollout;
mod series;
mod signals;
mod tracking;
mod validation;

pub use open::SqlStore;
