//! The face that the unmodified `mlflow` client sees: tracking, artifacts and the registry over
//! the same tables as everything else.
//!
//! Invariants:
//! * What a client of MLflow matches on is MLflow's: codes, statuses, the dozen messages, and
//!   JSON in which what is absent or empty is left out ([`error`], [`answer`]).
//! * An unknown path below MLflow's prefixes is refused with `ENDPOINT_NOT_FOUND`, by which the
//!   client knows that it must do without.
//! * No route without a permission: [`routes`] is the table.
//!
//! To add a route: a function in the file of its noun that takes an [`input::Input`], calls the
//! app and makes an [`answer::json`]; then a line in [`routes`].

pub(crate) mod answer;
mod artifacts;
pub(crate) mod error;
mod experiments;
mod info;
pub(crate) mod input;
mod logged_models;
mod logging;
mod model_versions;
mod registry;
pub(crate) mod routes;
mod runs;
mod views;

/// The version of MLflow whose interface this is, as `/version` says it.
pub(crate) const VERSION: &str = "3.17.2";

/// Whether a path belongs to MLflow's interface, so that its refusals are MLflow's too.
pub(crate) fn is_ours(path: &str) -> bool {
    path.starts_with("/api/2.0/")
        || path.starts_with("/api/3.0/")
        || path.starts_with("/ajax-api/")
        || path.starts_with("/v1/traces")
}
