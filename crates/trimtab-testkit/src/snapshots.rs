//! Data snapshots that are remembered, not written.

use crate::lock;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Mutex;
use trimtab_domain::ports::Snapshots;
use trimtab_domain::retraining::{
    LabelMaturity, SnapshotManifest, SnapshotRequest, StoredSnapshot,
};
use trimtab_domain::{Error, Result, SnapshotId};

#[derive(Default)]
struct State {
    written: BTreeMap<SnapshotId, StoredSnapshot>,
    requests: Vec<SnapshotRequest>,
    n_failures: u32,
    refusal: Option<String>,
}

/// Remembers what it was asked to write.
#[derive(Default)]
pub struct MemorySnapshots {
    state: Mutex<State>,
}

impl MemorySnapshots {
    /// The next so many requests find the disk full.
    pub fn fail(&self, times: u32) {
        lock(&self.state).n_failures = times;
    }

    /// Every request from here on is refused.
    pub fn refuse(&self, reason: &str) {
        lock(&self.state).refusal = Some(reason.to_owned());
    }

    /// What it was asked to write.
    pub fn requests(&self) -> Vec<SnapshotRequest> {
        lock(&self.state).requests.clone()
    }
}

#[async_trait]
impl Snapshots for MemorySnapshots {
    async fn write_snapshot(&self, request: &SnapshotRequest) -> Result<StoredSnapshot> {
        let mut state = lock(&self.state);
        state.requests.push(request.clone());
        if state.n_failures > 0 {
            state.n_failures -= 1;
            return Err(Error::unavailable("the disk is full"));
        }
        if let Some(reason) = &state.refusal {
            return Err(Error::invalid(reason.clone()));
        }
        if let Some(stored) = state.written.get(&request.id) {
            return Ok(stored.clone());
        }
        let stored = StoredSnapshot {
            manifest: SnapshotManifest {
                format: 1,
                id: request.id.clone(),
                model: request.model.name.clone(),
                period: request.period,
                known_at: request.known_at,
                files: Vec::new(),
                sha256: format!("hash of {}", request.id),
                n_rows: 1_000,
                n_unlabelled: 10,
                n_excluded: 0,
                maturity: LabelMaturity::default(),
                exclusions: request.exclusions.clone(),
                columns: Vec::new(),
            },
            folder: format!("/snapshots/{}", request.id),
            manifest_sha256: format!("hash of the manifest of {}", request.id),
        };
        state.written.insert(request.id.clone(), stored.clone());
        Ok(stored)
    }

    async fn snapshot(&self, id: &SnapshotId) -> Result<Option<StoredSnapshot>> {
        Ok(lock(&self.state).written.get(id).cloned())
    }
}
