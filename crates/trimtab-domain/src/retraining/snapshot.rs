//! The data snapshot a training job reads: labelled rows of a period, as they were known.

use crate::documents::ModelSpec;
use crate::ids::{IncidentId, ModelName, SnapshotId};
use crate::time::Window;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What to write.
#[derive(Debug, Clone)]
pub struct SnapshotRequest {
    /// Its identity: writing the same one again gives what was written.
    pub id: SnapshotId,
    /// Whose rows.
    pub model: Arc<ModelSpec>,
    /// Event time of the rows.
    pub period: Window,
    /// Labels that became known later don't count.
    pub known_at: Timestamp,
    /// What is left out.
    pub exclusions: Vec<Exclusion>,
}

/// A stretch of time whose rows are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Event time.
    pub window: Window,
    /// Why, one sentence.
    pub reason: String,
    /// The incident that says so, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
}

/// What `manifest.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotManifest {
    /// The form of this file: 1.
    pub format: u32,
    /// Which snapshot.
    pub id: SnapshotId,
    /// Whose rows.
    pub model: ModelName,
    /// Event time of the rows: what a validation must lie after.
    pub period: Window,
    /// Labels that became known later don't count.
    pub known_at: Timestamp,
    /// The Parquet files beside it.
    pub files: Vec<SnapshotFile>,
    /// SHA-256 over names and hashes of the files, hex: what lineage points at.
    pub sha256: String,
    /// Rows written: predictions with a label.
    pub n_rows: u64,
    /// Rows of the period that have no label yet: not written.
    pub n_unlabelled: u64,
    /// Rows of the period inside exclusions: not written.
    pub n_excluded: u64,
    /// How complete and how old the labels are.
    pub maturity: LabelMaturity,
    /// What was left out, and why.
    pub exclusions: Vec<Exclusion>,
    /// The columns of the files.
    pub columns: Vec<SnapshotColumn>,
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFile {
    /// Its name, beside the manifest.
    pub name: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Rows.
    pub n_rows: u64,
}

/// How complete and how old the labels are.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct LabelMaturity {
    /// Share of the period's rows (outside exclusions) that have a label.
    pub share_labelled: Option<f64>,
    /// Event time of the newest labelled row.
    pub newest_row: Option<Timestamp>,
    /// When the newest label became known.
    pub newest_label: Option<Timestamp>,
    /// Median time from a prediction to its label, seconds.
    pub delay_median_seconds: Option<f64>,
    /// The delay that nine of ten labels don't exceed, seconds.
    pub delay_p90_seconds: Option<f64>,
}

/// One column of a snapshot's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotColumn {
    /// Its name.
    pub name: String,
    /// `float`, `integer`, `string`, `boolean`, `timestamp`.
    pub data_type: String,
    /// `feature`, `label`, `score`, `segment`, `id`, `timestamp`…
    pub role: String,
    /// Rows without a value.
    pub n_missing: u64,
}

/// A snapshot on the server's disk.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSnapshot {
    /// What it holds.
    pub manifest: SnapshotManifest,
    /// Folder with `manifest.json` and the files.
    pub folder: String,
    /// SHA-256 of `manifest.json`, hex.
    pub manifest_sha256: String,
}
