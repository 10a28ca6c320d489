//! Ports to the data plane.

use crate::check::{CheckEvidence, CheckRequest};
use crate::documents::ModelSpec;
use crate::error::Result;
use crate::fold::{Fold, FoldModels, PerformanceProfile, ProfileDelta};
use crate::ids::{ModelName, SnapshotId};
use crate::intake::{EventKind, IngestMode, MediaType, Position, Receipt};
use crate::reference::ReferenceProfile;
use crate::retraining::{SnapshotRequest, StoredSnapshot};
use crate::time::{Granularity, Window};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::Arc;
use trimtab_stats::Grid;

/// One batch to append.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose rows.
    pub model: Arc<ModelSpec>,
    /// What kind of rows.
    pub kind: EventKind,
    /// How they are encoded.
    pub media_type: MediaType,
    /// The rows.
    pub body: Bytes,
    /// What happens to a batch with wrong rows.
    pub mode: IngestMode,
    /// When the batch arrived (wall clock): the default known-at time of labels.
    pub received_at: Timestamp,
}

/// Accepts rows: decodes, validates, deduplicates, joins labels, appends.
///
/// What a receipt counts as accepted is on disk. A refused batch leaves no trace.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Appends a batch.
    ///
    /// # Errors
    ///
    /// `Invalid` if the body cannot be read at all; wrong rows are in the receipt instead
    /// (then, in [`IngestMode::AllOrNothing`], nothing was accepted). `Unavailable` if the disk
    /// refuses.
    async fn append(&self, batch: Append) -> Result<Receipt>;

    /// Records the sender's word that all predictions before `until` have been sent.
    async fn complete(
        &self,
        model: &ModelName,
        until: Timestamp,
        received_at: Timestamp,
    ) -> Result<Position>;
}

/// The journal, as its consumers see it.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Folds a bounded run of the journal, beginning at `from`, into deltas. Pure: the same run
    /// with the same models gives the same fold. Events of unknown models are passed over.
    async fn fold(&self, from: Position, n_rows_max: u64, models: &FoldModels) -> Result<Fold>;

    /// Where the journal ends now.
    fn head(&self) -> Position;

    /// Waits until the journal has grown beyond `position`.
    async fn wait_beyond(&self, position: Position);

    /// Removes segments that every consumer has passed.
    async fn trim(&self, before: Position) -> Result<()>;

    /// Bytes on disk.
    fn size_bytes(&self) -> u64;
}

/// The raw events, in tables that other tools can read.
#[async_trait]
pub trait Lake: Send + Sync {
    /// Moves what the journal holds beyond the lake's own position into the tables, and returns
    /// the new position. Exactly once: the position is part of each table's commit.
    async fn write_pending(&self, models: &FoldModels) -> Result<Position>;

    /// The lake's own position.
    async fn position(&self) -> Result<Position>;

    /// Profiles all stored predictions of a model again, on `grid`.
    async fn profile_again(&self, model: &ModelSpec, grid: &Grid) -> Result<Vec<ProfileDelta>>;

    /// Performance by window with the labels known by `known_at`.
    async fn performance_as_known(&self, query: &AsKnown) -> Result<Vec<KnownPerformance>>;

    /// Removes a model's tables and its entries in every index.
    async fn delete_model(&self, model: &ModelName) -> Result<()>;
}

/// "What could we know on that evening?"
#[derive(Debug, Clone)]
pub struct AsKnown {
    /// The model.
    pub model: Arc<ModelSpec>,
    /// Which version; all live traffic where absent.
    pub version: Option<String>,
    /// Event time.
    pub range: Window,
    /// Length of the windows.
    pub granularity: Granularity,
    /// Labels known later don't count.
    pub known_at: Timestamp,
}

/// One window's performance at a known-at time.
#[derive(Debug, Clone)]
pub struct KnownPerformance {
    /// Which window.
    pub window: Window,
    /// Predictions in it.
    pub n_predictions: u64,
    /// From the labels known by then.
    pub performance: PerformanceProfile,
}

/// Makes references.
#[async_trait]
pub trait References: Send + Sync {
    /// Profiles a data set on `grid`, or, where there is none, on a grid made from it.
    ///
    /// # Errors
    ///
    /// `Invalid` if the data set cannot be read, is empty or lacks the model's columns.
    async fn profile_data(
        &self,
        model: &ModelSpec,
        media_type: MediaType,
        body: Bytes,
        grid: Option<Arc<Grid>>,
        next_grid_version: u32,
    ) -> Result<ReferenceProfile>;

    /// Profiles a period of the model's own stored traffic, as [`References::profile_data`].
    async fn profile_period(
        &self,
        model: &ModelSpec,
        period: Window,
        grid: Option<Arc<Grid>>,
        next_grid_version: u32,
    ) -> Result<ReferenceProfile>;
}

/// Writes what training jobs read: labelled rows of a period, as they were known at a moment.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// Writes a snapshot, or, where one of this identity is there, says what it holds: a crash
    /// half way leaves nothing, and the same request after it gives the same bytes.
    ///
    /// # Errors
    ///
    /// `Invalid` if the period holds no labelled row; `Unavailable` if the disk refuses.
    async fn write_snapshot(&self, request: &SnapshotRequest) -> Result<StoredSnapshot>;

    /// A snapshot that was written, its files checked against their hashes.
    ///
    /// # Errors
    ///
    /// `Conflict` if a file is not what was written.
    async fn snapshot(&self, id: &SnapshotId) -> Result<Option<StoredSnapshot>>;
}

/// Compares two data sets without any server.
#[async_trait]
pub trait DataSetComparison: Send + Sync {
    /// Reads both sides and returns the evidence column by column. A column that fails carries
    /// its error and does not spoil the others.
    ///
    /// # Errors
    ///
    /// `Invalid` naming the file and the place if a side cannot be read or is empty.
    async fn evidence(&self, request: &CheckRequest) -> Result<CheckEvidence>;
}
