//! A throw-away data directory and the shortest way to use it.

use bytes::Bytes;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trimtab_domain::Result;
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::fold::{Fold, FoldModel, FoldModels};
use trimtab_domain::intake::{EventKind, IngestMode, MediaType, Position, Receipt};
use trimtab_domain::ports::engine::{Append, EventLog, Intake};
use trimtab_engine::{Engine, EngineSettings};
use trimtab_stats::Grid;

pub(crate) struct World {
    pub(crate) engine: Option<Engine>,
    pub(crate) folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(folder.path(), &EngineSettings::default()).unwrap();
        Self {
            engine: Some(engine),
            folder,
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// Closes the engine, lets `between` change the directory, and opens it again.
    pub(crate) fn restart(&mut self, between: impl FnOnce(&Path)) {
        self.engine = None;
        between(self.folder.path());
        let engine = Engine::open(self.folder.path(), &EngineSettings::default()).unwrap();
        self.engine = Some(engine);
    }

    pub(crate) async fn send(&self, spec: &Arc<ModelSpec>, kind: EventKind, body: &str) -> Receipt {
        self.try_send(spec, kind, MediaType::Json, body.as_bytes().to_vec())
            .await
            .unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        spec: &Arc<ModelSpec>,
        kind: EventKind,
        media_type: MediaType,
        body: Vec<u8>,
    ) -> Result<Receipt> {
        self.send_as(spec, kind, media_type, body, IngestMode::AllOrNothing)
            .await
    }

    pub(crate) async fn send_as(
        &self,
        spec: &Arc<ModelSpec>,
        kind: EventKind,
        media_type: MediaType,
        body: Vec<u8>,
        mode: IngestMode,
    ) -> Result<Receipt> {
        self.engine()
            .append(Append {
                model: Arc::clone(spec),
                kind,
                media_type,
                body: Bytes::from(body),
                mode,
                received_at: now(),
            })
            .await
    }

    pub(crate) async fn fold_all(&self, models: &FoldModels) -> Vec<Fold> {
        self.fold_in_runs(models, 50_000).await
    }

    pub(crate) async fn fold_in_runs(&self, models: &FoldModels, n_rows: u64) -> Vec<Fold> {
        let mut folds = Vec::new();
        let mut position = Position::default();
        while position < self.engine().head() {
            let fold = self.engine().fold(position, n_rows, models).await.unwrap();
            position = fold.next;
            folds.push(fold);
        }
        folds
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn models(spec: &Arc<ModelSpec>, grid: Option<Arc<Grid>>) -> FoldModels {
    BTreeMap::from([(
        spec.name.clone(),
        FoldModel {
            spec: Arc::clone(spec),
            grid,
        },
    )])
}

/// A small model: two inputs, a score, a segment.
pub(crate) fn shop() -> Arc<ModelSpec> {
    Arc::new(
        serde_json::from_value(serde_json::json!({
            "name": "shop", "task": "binary_classification", "segments": ["country"],
            "columns": [
                {"name": "basket", "data_type": "float", "required": true},
                {"name": "device", "data_type": "string"},
                {"name": "visits", "data_type": "integer"},
                {"name": "is_new", "data_type": "boolean"},
                {"name": "country", "data_type": "string", "role": "segment"},
                {"name": "score", "data_type": "float", "role": "score"},
                {"name": "prediction", "data_type": "integer", "role": "prediction"},
                {"name": "bought", "data_type": "integer", "role": "label"},
                {"name": "latency_ms", "data_type": "float", "role": "latency"},
            ],
        }))
        .unwrap(),
    )
}

/// The flight-delay model of the demo.
pub(crate) fn flights() -> Arc<ModelSpec> {
    let feature =
        |name: &str, data_type: &str| serde_json::json!({"name": name, "data_type": data_type});
    let mut columns: Vec<serde_json::Value> = ["carrier", "dest", "dow"]
        .into_iter()
        .map(|name| feature(name, "string"))
        .collect();
    columns.push(feature("distance", "integer"));
    for name in [
        "sched_dep_hour",
        "sched_block_min",
        "origin_delay_2h",
        "origin_departures_2h",
        "temp",
        "humid",
        "wind_speed",
        "precip",
        "pressure",
        "visib",
        "plane_age",
        "plane_seats",
    ] {
        columns.push(feature(name, "float"));
    }
    columns.extend([
        serde_json::json!({"name": "origin", "data_type": "string", "role": "segment"}),
        serde_json::json!({"name": "score", "data_type": "float", "role": "score"}),
        serde_json::json!({"name": "prediction", "data_type": "integer", "role": "prediction"}),
        serde_json::json!({"name": "label", "data_type": "integer", "role": "label"}),
        serde_json::json!({"name": "latency_ms", "data_type": "float", "role": "latency"}),
    ]);
    Arc::new(
        serde_json::from_value(serde_json::json!({
            "name": "flights-delay", "task": "binary_classification", "clock": "event",
            "segments": ["origin"], "decision_threshold": 0.4, "default_version": "v1",
            "columns": columns,
        }))
        .unwrap(),
    )
}

/// The folder of real logs, where this checkout has it beside it.
pub(crate) fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared/data is not here");
    None
}
