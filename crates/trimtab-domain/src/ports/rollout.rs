//! Ports of rollouts: where they are kept, and where exposures go.

use crate::audit::AuditEntry;
use crate::error::Result;
use crate::ids::{ModelName, RolloutId};
use crate::rollout::{Rollout, RolloutNote};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Rollouts and their history.
#[async_trait]
pub trait RolloutStore: Send + Sync {
    /// Stores a rollout as it is now (its `revision` says which one), with new lines of its
    /// history and of the audit log, in one transaction. Revision 1 is new; any other replaces the one before it.
    ///
    /// # Errors
    ///
    /// `Conflict` if the stored revision is not the one before, or, for a new one, if the model
    /// has an active rollout already: somebody else was faster.
    async fn put_rollout(
        &self,
        rollout: &Rollout,
        notes: &[RolloutNote],
        audit: &[AuditEntry],
    ) -> Result<()>;

    /// One rollout.
    async fn rollout(&self, id: &RolloutId) -> Result<Option<Rollout>>;

    /// A model's rollouts, newest first, at most so many.
    async fn rollouts(&self, model: &ModelName, limit: u32) -> Result<Vec<Rollout>>;

    /// Every rollout in which something is still to happen.
    async fn active_rollouts(&self) -> Result<Vec<Rollout>>;

    /// A rollout's history, oldest first.
    async fn rollout_notes(&self, id: &RolloutId) -> Result<Vec<RolloutNote>>;
}

/// Evaluations of a flag within one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposureCount {
    /// The flag: `route.flights`.
    pub flag: String,
    /// The rollout that split the traffic.
    pub rollout: RolloutId,
    /// Which of its steps, position from 0: within a step the split is constant.
    pub step: u32,
    /// `champion` or `challenger`.
    pub variant: String,
    /// Label of the version.
    pub version: String,
    /// Start of the hour, wall clock.
    pub hour: Timestamp,
    /// Evaluations.
    pub n_evaluations: u64,
}

/// The first time a key fell on a side in a step of a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The flag.
    pub flag: String,
    /// The rollout that split the traffic.
    pub rollout: RolloutId,
    /// Which of its steps, position from 0: within a step the split is constant.
    pub step: u32,
    /// [`key_hash`](crate::rollout::split::key_hash) of the targeting key.
    pub key_hash: u64,
    /// `champion` or `challenger`.
    pub variant: String,
    /// Label of the version.
    pub version: String,
    /// Wall clock.
    pub first_at: Timestamp,
}

/// What was counted since the last batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExposureBatch {
    /// To be added to the counts.
    pub counts: Vec<ExposureCount>,
    /// Keys; what is there already for (flag, rollout, step, key, variant) stays as it is.
    pub exposures: Vec<Exposure>,
}

impl ExposureBatch {
    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.exposures.is_empty()
    }
}

/// Which exposures to read: those of one flag, first seen in `[since, until)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposureQuery {
    /// The flag.
    pub flag: String,
    /// One rollout, or all.
    pub rollout: Option<RolloutId>,
    /// One step of them, or all.
    pub step: Option<u32>,
    /// Not before, wall clock.
    pub since: Timestamp,
    /// Before.
    pub until: Timestamp,
}

/// Who saw which side. Only evaluations with the reason `SPLIT` are exposures: a key that was
/// absent, or a flag that says the same to everybody, puts nobody on a side.
#[async_trait]
pub trait ExposureSink: Send + Sync {
    /// Adds a batch, in one transaction.
    async fn record_exposures(&self, batch: &ExposureBatch) -> Result<()>;

    /// Evaluations by hour and variant, oldest first.
    async fn exposure_counts(&self, query: &ExposureQuery) -> Result<Vec<ExposureCount>>;

    /// Distinct keys by variant.
    async fn exposed_keys(&self, query: &ExposureQuery) -> Result<BTreeMap<String, u64>>;

    /// Exposures in order of the key's bits as a signed number, at most `limit`, beginning after
    /// key `after`.
    async fn exposures(
        &self,
        query: &ExposureQuery,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Exposure>>;
}
