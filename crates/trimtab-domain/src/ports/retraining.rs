//! Port to what the metadata database keeps of retraining.

use crate::audit::AuditEntry;
use crate::error::Result;
use crate::ids::{DocumentName, ModelName, RetrainingId};
use crate::retraining::{AlertRecord, Decision, RetrainingRun, RunState};
use async_trait::async_trait;
use jiff::Timestamp;

/// Which runs to read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RetrainingQuery {
    /// One model, or all.
    pub model: Option<ModelName>,
    /// Only those that are not over.
    pub open_only: bool,
    /// At most so many, newest first.
    pub limit: Option<u32>,
    /// Only those asked for before this one (the cursor).
    pub before: Option<RetrainingId>,
}

/// One entry of a run's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrainingEntry {
    /// Wall clock.
    pub at: Timestamp,
    /// Where the run stood after it.
    pub state: RunState,
    /// Who: `system`, `local`, `token:tok_…`.
    pub actor: String,
    /// For people.
    pub text: String,
}

/// How far a policy has looked.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyState {
    /// The newest moment it has looked at, on the model's clock.
    pub looked_until: Timestamp,
    /// What it decided then.
    pub decision: Option<Decision>,
}

/// Everything one look of a policy changes, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyCommit {
    /// The model.
    pub model: ModelName,
    /// The policy.
    pub policy: DocumentName,
    /// How far it had looked; `None` before its first look.
    pub looked_before: Option<Timestamp>,
    /// How far it has looked now.
    pub looked_until: Timestamp,
    /// What it decided at its newest moment.
    pub decision: Option<Decision>,
    /// Decisions that say something new: for the record.
    pub decisions: Vec<Decision>,
    /// The run that fired, with the first entry of its timeline.
    pub run: Option<(RetrainingRun, RetrainingEntry)>,
    /// Entries of the audit log.
    pub audit: Vec<AuditEntry>,
    /// When (wall clock).
    pub now: Timestamp,
}

/// A decision, as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    /// The policy.
    pub policy: DocumentName,
    /// When it was recorded (wall clock).
    pub known_at: Timestamp,
    /// What was decided.
    pub decision: Decision,
    /// The run it began.
    pub run: Option<RetrainingId>,
}

/// Retraining runs, how far policies have looked, and what happened to alerts.
#[async_trait]
pub trait RetrainingStore: Send + Sync {
    /// Stores a run that a person asked for, with its entries of the audit log.
    ///
    /// # Errors
    ///
    /// `Conflict` if its cause has a run already.
    async fn insert_retraining(
        &self,
        run: &RetrainingRun,
        entry: &RetrainingEntry,
        audit: &[AuditEntry],
    ) -> Result<()>;

    /// Stores what a step made of a run (its `revision` as it was read), what to tell of it and its
    /// entries of the audit log, all in one, and returns it with its next revision.
    ///
    /// # Errors
    ///
    /// `Conflict` if somebody else has stepped it meanwhile.
    async fn update_retraining(
        &self,
        run: &RetrainingRun,
        entries: &[RetrainingEntry],
        audit: &[AuditEntry],
    ) -> Result<RetrainingRun>;

    /// One run.
    async fn retraining(&self, id: &RetrainingId) -> Result<Option<RetrainingRun>>;

    /// Runs, newest first.
    async fn retrainings(&self, query: &RetrainingQuery) -> Result<Vec<RetrainingRun>>;

    /// A run's timeline, oldest first.
    async fn retraining_entries(&self, id: &RetrainingId) -> Result<Vec<RetrainingEntry>>;

    /// How far a policy has looked.
    async fn policy_state(
        &self,
        model: &ModelName,
        policy: &DocumentName,
    ) -> Result<Option<PolicyState>>;

    /// Commits a look of a policy.
    ///
    /// # Errors
    ///
    /// `Conflict` if somebody else has looked meanwhile, or the run's cause has a run already;
    /// then nothing is stored.
    async fn commit_policy(&self, commit: &PolicyCommit) -> Result<()>;

    /// Recorded decisions of a model's policies, newest first.
    async fn policy_decisions(&self, model: &ModelName, limit: u32) -> Result<Vec<StoredDecision>>;

    /// What happened to a model's alerts, oldest first.
    async fn alert_history(&self, model: &ModelName) -> Result<Vec<AlertRecord>>;
}
