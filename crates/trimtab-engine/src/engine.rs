//! The engine: one data directory, opened once.

use crate::failure::wrap;
use crate::fold::fold_run;
use crate::index::Index;
use crate::intake::Appender;
use crate::journal::Journal;
use crate::lake::{self, LakeTables, Snapshot};
use crate::snapshots::SnapshotFolder;
use crate::{blocking, references, replay};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::fold::{Fold, FoldModels, ProfileDelta};
use trimtab_domain::intake::{MediaType, Position, Receipt};
use trimtab_domain::ports::OutcomeLog;
use trimtab_domain::ports::ab_test::{AbEvidence, AbQuery};
use trimtab_domain::ports::engine::{
    Append, AsKnown, EventLog, Intake, KnownPerformance, Lake, References, Snapshots,
};
use trimtab_domain::reference::ReferenceProfile;
use trimtab_domain::retraining::{SnapshotRequest, StoredSnapshot};
use trimtab_domain::{Error, ModelName, Result, SnapshotId, Window};
use trimtab_stats::Grid;

/// Sizes of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    /// A journal segment is closed when it would grow beyond this.
    pub segment_bytes_max: u64,
    /// Memory for blocks of the index.
    pub index_cache_bytes: u64,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            segment_bytes_max: 64 << 20,
            index_cache_bytes: 128 << 20,
        }
    }
}

/// The data plane on one data directory.
#[derive(Debug)]
pub struct Engine {
    journal: Arc<Journal>,
    index: Index,
    appender: Appender,
    lake: LakeTables,
    snapshots: SnapshotFolder,
    /// Held while the engine lives: a second one on the same directory is refused.
    _lock: File,
}

impl Engine {
    /// Opens a data directory, making it if need be: locks it, cuts a torn tail of the journal
    /// and brings the index up to the journal's end.
    ///
    /// # Errors
    ///
    /// `Conflict` if another process has it open, `Unavailable` or `Internal` if the disk refuses.
    pub fn open(folder: &Path, settings: &EngineSettings) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .map_err(wrap(format!("cannot create `{}`", folder.display())))?;
        let lock = lock(folder)?;
        let journal = Arc::new(Journal::open(
            &folder.join("journal"),
            settings.segment_bytes_max,
        )?);
        let index = Index::open(&folder.join("index"), settings.index_cache_bytes)?;
        replay::catch_up(&journal, &index)?;
        let appender = Appender::start(Arc::clone(&journal), index.clone())?;
        Ok(Self {
            journal,
            index,
            appender,
            lake: LakeTables::open(folder.join("lake"))?,
            snapshots: SnapshotFolder::open(&folder.join("snapshots"))?,
            _lock: lock,
        })
    }

    /// What a reader of a model's tables sees now.
    pub(crate) async fn snapshot(&self, model: &ModelName) -> Result<Snapshot> {
        self.lake.snapshot(&self.journal, &self.index, model).await
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let failed = || wrap(format!("cannot open `{}`", path.display()));
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::conflict(format!(
            "the data directory `{}` is in use by another process",
            folder.display()
        ))
        .with_hint("stop the other server, or choose another directory with `data_dir`")),
        Err(TryLockError::Error(source)) => Err(failed()(source)),
    }
}

#[async_trait]
impl Intake for Engine {
    async fn append(&self, batch: Append) -> Result<Receipt> {
        self.appender.append(batch).await
    }

    async fn complete(
        &self,
        model: &ModelName,
        until: Timestamp,
        received_at: Timestamp,
    ) -> Result<Position> {
        self.appender.complete(model, until, received_at).await
    }
}

#[async_trait]
impl EventLog for Engine {
    async fn fold(&self, from: Position, n_rows_max: u64, models: &FoldModels) -> Result<Fold> {
        let reader = self.journal.read_from(from)?;
        let index = self.index.clone();
        let models = models.clone();
        blocking(move || fold_run(reader, &index, n_rows_max, &models)).await
    }

    fn head(&self) -> Position {
        self.journal.head()
    }

    async fn wait_beyond(&self, position: Position) {
        self.journal.wait_beyond(position).await;
    }

    async fn trim(&self, before: Position) -> Result<()> {
        let index = self.index.clone();
        let journal = Arc::clone(&self.journal);
        blocking(move || {
            // The index must not need what goes.
            index.persist()?;
            journal.trim(before)
        })
        .await
    }

    fn size_bytes(&self) -> u64 {
        self.journal.size_bytes()
    }
}

#[async_trait]
impl References for Engine {
    async fn profile_data(
        &self,
        model: &ModelSpec,
        media_type: MediaType,
        body: Bytes,
        grid: Option<Arc<Grid>>,
        next_grid_version: u32,
    ) -> Result<ReferenceProfile> {
        let model = model.clone();
        blocking(move || {
            references::profile_data(&model, media_type, &body, grid, next_grid_version)
        })
        .await
    }

    async fn profile_period(
        &self,
        model: &ModelSpec,
        period: Window,
        grid: Option<Arc<Grid>>,
        next_grid_version: u32,
    ) -> Result<ReferenceProfile> {
        let snapshot = self
            .lake
            .snapshot(&self.journal, &self.index, &model.name)
            .await?;
        let rows = Box::pin(lake::reference_rows(&snapshot, model, period)).await?;
        let model = model.clone();
        blocking(move || references::profile(&model, &rows, grid, next_grid_version)).await
    }
}

#[async_trait]
impl Lake for Engine {
    async fn write_pending(&self, models: &FoldModels) -> Result<Position> {
        Box::pin(self.lake.write_pending(&self.journal, &self.index, models)).await
    }

    async fn position(&self) -> Result<Position> {
        Ok(self.lake.position())
    }

    async fn profile_again(&self, model: &ModelSpec, grid: &Grid) -> Result<Vec<ProfileDelta>> {
        let snapshot = self
            .lake
            .snapshot(&self.journal, &self.index, &model.name)
            .await?;
        Box::pin(lake::profile_again(snapshot, model, grid)).await
    }

    async fn performance_as_known(&self, query: &AsKnown) -> Result<Vec<KnownPerformance>> {
        let snapshot = self
            .lake
            .snapshot(&self.journal, &self.index, &query.model.name)
            .await?;
        Box::pin(lake::performance_as_known(&snapshot, query)).await
    }

    async fn delete_model(&self, model: &ModelName) -> Result<()> {
        // First what decides which events count, then the tables: a crash in between leaves
        // files that nobody reads, and deleting again removes them.
        self.appender.forget(model).await?;
        self.lake.delete_model(model).await?;
        self.snapshots.delete_model(model).await
    }
}

#[async_trait]
impl Snapshots for Engine {
    async fn write_snapshot(&self, request: &SnapshotRequest) -> Result<StoredSnapshot> {
        if let Some(written) = self.snapshots.read(&request.id).await? {
            return Ok(written);
        }
        let model = &request.model.name;
        let tables = self
            .lake
            .snapshot(&self.journal, &self.index, model)
            .await?;
        let rows = Box::pin(lake::training_rows(&tables, request)).await?;
        let Some(rows) = rows else {
            return Err(Error::invalid(format!(
                "model `{model}` has no labelled rows from {} to {} whose labels were known at {}",
                request.period.start, request.period.end, request.known_at
            ))
            .with_hint("labels need a `label_timestamp` on the model's own clock"));
        };
        self.snapshots.write(request.clone(), rows).await
    }

    async fn snapshot(&self, id: &SnapshotId) -> Result<Option<StoredSnapshot>> {
        self.snapshots.read(id).await
    }
}

#[async_trait]
impl OutcomeLog for Engine {
    async fn ab_evidence(&self, query: &AbQuery) -> Result<Vec<AbEvidence>> {
        let snapshot = self
            .lake
            .snapshot(&self.journal, &self.index, &query.model.name)
            .await?;
        let outcomes = Box::pin(lake::ab_outcomes(&snapshot, query)).await?;
        let query = query.clone();
        blocking(move || outcomes.evidence(&query)).await
    }
}
