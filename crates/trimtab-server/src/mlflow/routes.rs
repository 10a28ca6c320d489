//! The table of MLflow's routes: method, path, and what it takes to reach it.

use crate::mlflow::info;
use crate::routes::{PlainRoutes, Requires};
use crate::state::Server;
use axum::routing::{MethodRouter, get};

/// Where MLflow's interface of version 2.0 lies: for programs, and for its own pages.
const PREFIXES: [&str; 2] = ["/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/"];
const PREFIXES_3: [&str; 2] = ["/api/3.0/mlflow/", "/ajax-api/3.0/mlflow/"];

/// A table under MLflow's prefixes.
pub(crate) struct MlflowRoutes(PlainRoutes);

impl MlflowRoutes {
    /// Adds a path below `…/2.0/mlflow/`.
    #[must_use]
    pub(crate) fn add(
        self,
        requires: Requires,
        path: &str,
        methods: &MethodRouter<Server>,
    ) -> Self {
        self.below(&PREFIXES, requires, path, methods)
    }

    fn below(
        mut self,
        prefixes: &[&str],
        requires: Requires,
        path: &str,
        methods: &MethodRouter<Server>,
    ) -> Self {
        for prefix in prefixes {
            self.0 = self
                .0
                .add(requires, &format!("{prefix}{path}"), methods.clone());
        }
        self
    }

    /// Adds a path as it stands.
    #[must_use]
    pub(crate) fn add_at(
        mut self,
        requires: Requires,
        path: &str,
        methods: MethodRouter<Server>,
    ) -> Self {
        self.0 = self.0.add(requires, path, methods);
        self
    }
}

/// Every route of MLflow's interface.
pub(crate) fn all() -> PlainRoutes {
    let routes = MlflowRoutes(PlainRoutes::default())
        .add_at(Requires::Nothing, "/version", get(info::version))
        .add_at(Requires::Nothing, "/health", get(info::health))
        .below(
            &PREFIXES_3,
            Requires::Login,
            "server-info",
            &get(info::server_info),
        );
    routes.0
}
