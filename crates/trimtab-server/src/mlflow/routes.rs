//! The table of MLflow's routes: method, path, and what it takes to reach it.
//!
//! A training job logs with the permission to ingest; deleting and renaming need the one to edit.

use crate::mlflow::{
    artifacts, experiments, info, logged_models, logging, model_versions, registry, runs,
};
use crate::routes::{ADMIN, EDIT, INGEST, PlainRoutes, READ, Requires};
use crate::state::Server;
use axum::routing::{MethodRouter, delete, get, patch, post, put};

/// Where MLflow's interface of version 2.0 lies: for programs, and for its own pages.
const PREFIXES: [&str; 2] = ["/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/"];
const PREFIXES_3: [&str; 2] = ["/api/3.0/mlflow/", "/ajax-api/3.0/mlflow/"];
const PREFIXES_ARTIFACTS: [&str; 2] = [
    "/api/2.0/mlflow-artifacts/",
    "/ajax-api/2.0/mlflow-artifacts/",
];

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
    let routes = experiment_routes(routes);
    let routes = run_routes(routes);
    let routes = logged_model_routes(routes);
    let routes = registry_routes(routes);
    let routes = version_routes(routes);
    artifact_routes(routes).0
}

fn experiment_routes(routes: MlflowRoutes) -> MlflowRoutes {
    use experiments as of;
    routes
        .add(INGEST, "experiments/create", &post(of::create))
        .add(READ, "experiments/get", &get(of::get))
        .add(READ, "experiments/get-by-name", &get(of::get_by_name))
        .add(
            READ,
            "experiments/search",
            &post(of::search).get(of::search),
        )
        .add(READ, "experiments/list", &get(of::search))
        .add(EDIT, "experiments/update", &post(of::update))
        .add(EDIT, "experiments/delete", &post(of::delete))
        .add(EDIT, "experiments/restore", &post(of::restore))
        // MLflow has a command on the server's machine for this, and no route.
        .add(ADMIN, "experiments/purge", &post(of::purge))
        .add(INGEST, "experiments/set-experiment-tag", &post(of::set_tag))
        .add(
            INGEST,
            "experiments/delete-experiment-tag",
            &post(of::delete_tag).delete(of::delete_tag),
        )
        .add(
            READ,
            "experiments/search-datasets",
            &post(of::search_datasets),
        )
}

fn run_routes(routes: MlflowRoutes) -> MlflowRoutes {
    use logging as log;
    use runs as of;
    routes
        .add(INGEST, "runs/create", &post(of::create))
        .add(INGEST, "runs/update", &post(of::update))
        .add(READ, "runs/get", &get(of::get))
        .add(READ, "runs/search", &post(of::search))
        .add(EDIT, "runs/delete", &post(of::delete))
        .add(EDIT, "runs/restore", &post(of::restore))
        .add(INGEST, "runs/log-metric", &post(log::log_metric))
        .add(INGEST, "runs/log-parameter", &post(log::log_parameter))
        .add(INGEST, "runs/log-batch", &post(log::log_batch))
        .add(INGEST, "runs/log-model", &post(log::log_model))
        .add(INGEST, "runs/set-tag", &post(log::set_tag))
        .add(INGEST, "runs/delete-tag", &post(log::delete_tag))
        .add(INGEST, "runs/log-inputs", &post(of::log_inputs))
        .add(INGEST, "runs/outputs", &post(of::outputs))
        .add(READ, "metrics/get-history", &get(log::history))
        .add(READ, "metrics/get-history-bulk", &get(log::history_bulk))
        .add(
            READ,
            "metrics/get-history-bulk-interval",
            &get(log::history_bulk_interval),
        )
        .add(READ, "artifacts/list", &get(artifacts::list))
        .add(
            READ,
            "artifacts/presigned-download-url",
            &post(artifacts::no_presigned),
        )
        .add(
            INGEST,
            "artifacts/presigned-upload-url",
            &post(artifacts::no_presigned),
        )
}

fn logged_model_routes(routes: MlflowRoutes) -> MlflowRoutes {
    use logged_models as of;
    routes
        .add(INGEST, "logged-models", &post(of::create))
        .add(READ, "logged-models/search", &post(of::search))
        .add(READ, "logged-models/{id}", &get(of::get))
        .add(INGEST, "logged-models/{id}", &patch(of::finish))
        .add(EDIT, "logged-models/{id}", &delete(of::delete))
        .add(INGEST, "logged-models/{id}/tags", &patch(of::set_tags))
        .add(
            INGEST,
            "logged-models/{id}/tags/{key}",
            &delete(of::delete_tag),
        )
        .add(INGEST, "logged-models/{id}/params", &post(of::add_params))
        .add(
            READ,
            "logged-models/{id}/artifacts/directories",
            &get(of::directories),
        )
}

fn registry_routes(routes: MlflowRoutes) -> MlflowRoutes {
    use registry as of;
    routes
        .add(INGEST, "registered-models/create", &post(of::create))
        .add(READ, "registered-models/get", &get(of::get))
        .add(EDIT, "registered-models/update", &patch(of::update))
        .add(EDIT, "registered-models/rename", &post(of::rename))
        .add(EDIT, "registered-models/delete", &delete(of::delete))
        .add(
            READ,
            "registered-models/search",
            &get(of::search).post(of::search),
        )
        .add(
            READ,
            "registered-models/get-latest-versions",
            &get(model_versions::latest).post(model_versions::latest),
        )
        .add(INGEST, "registered-models/set-tag", &post(of::set_tag))
        .add(
            INGEST,
            "registered-models/delete-tag",
            &delete(of::delete_tag),
        )
        .add(READ, "registered-models/alias", &get(of::get_by_alias))
        .add(EDIT, "registered-models/alias", &post(of::set_alias))
        .add(EDIT, "registered-models/alias", &delete(of::delete_alias))
}

fn version_routes(routes: MlflowRoutes) -> MlflowRoutes {
    use model_versions as of;
    routes
        .add(INGEST, "model-versions/create", &post(of::create))
        .add(READ, "model-versions/get", &get(of::get))
        .add(EDIT, "model-versions/update", &patch(of::update))
        .add(EDIT, "model-versions/delete", &delete(of::delete))
        .add(
            EDIT,
            "model-versions/transition-stage",
            &post(of::transition),
        )
        .add(INGEST, "model-versions/set-tag", &post(of::set_tag))
        .add(INGEST, "model-versions/delete-tag", &delete(of::delete_tag))
        .add(
            READ,
            "model-versions/get-download-uri",
            &get(of::download_uri),
        )
        .add(
            READ,
            "model-versions/search",
            &get(of::search).post(of::search),
        )
}

fn artifact_routes(routes: MlflowRoutes) -> MlflowRoutes {
    use artifacts as of;
    let below = |routes: MlflowRoutes, requires, path, methods| {
        routes.below(&PREFIXES_ARTIFACTS, requires, path, &methods)
    };
    let routes = below(routes, READ, "artifacts", get(of::list_all));
    let routes = below(routes, READ, "artifacts/{*path}", get(of::download));
    let routes = below(routes, INGEST, "artifacts/{*path}", put(of::upload));
    let routes = below(routes, EDIT, "artifacts/{*path}", delete(of::delete));
    let routes = below(routes, INGEST, "mpu/create/{*path}", post(of::no_multipart));
    let routes = below(
        routes,
        INGEST,
        "mpu/complete/{*path}",
        post(of::no_multipart),
    );
    let routes = below(routes, INGEST, "mpu/abort/{*path}", post(of::no_multipart));
    below(routes, READ, "presigned/{*path}", get(of::no_presigned))
}
