//! Retraining runs, policies and the history of alerts, in memory.

use crate::MemoryStore;
use crate::lock;
use async_trait::async_trait;
use std::collections::BTreeMap;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::ports::retraining::{
    PolicyCommit, PolicyState, RetrainingEntry, RetrainingQuery, StoredDecision,
};
use trimtab_domain::ports::{AuditStore as _, RetrainingStore};
use trimtab_domain::retraining::{AlertRecord, RetrainingRun};
use trimtab_domain::{DocumentName, Error, ModelName, Result, RetrainingId};

/// What the memory store keeps of retraining.
#[derive(Default)]
pub(crate) struct RetrainingState {
    pub(crate) alerts: Vec<AlertRecord>,
    /// In order of entry.
    runs: Vec<RetrainingRun>,
    entries: Vec<(RetrainingId, RetrainingEntry)>,
    policies: BTreeMap<(ModelName, DocumentName), PolicyState>,
    decisions: Vec<(ModelName, StoredDecision)>,
}

impl RetrainingState {
    fn check_cause(&self, run: &RetrainingRun) -> Result<()> {
        let is_known = self
            .runs
            .iter()
            .any(|one| one.model == run.model && one.cause.key == run.cause.key);
        if is_known {
            return Err(Error::conflict(format!(
                "model `{}` has a retraining for the cause `{}` already",
                run.model, run.cause.key
            )));
        }
        Ok(())
    }

    fn insert(&mut self, run: &RetrainingRun, entry: &RetrainingEntry) {
        self.runs.push(run.clone());
        self.entries.push((run.id.clone(), entry.clone()));
    }

    fn update(
        &mut self,
        run: &RetrainingRun,
        entries: &[RetrainingEntry],
    ) -> Result<RetrainingRun> {
        let known = self
            .runs
            .iter_mut()
            .find(|one| one.id == run.id && one.revision == run.revision);
        let Some(known) = known else {
            return Err(Error::conflict(format!(
                "retraining `{}` was stepped by somebody else",
                run.id
            )));
        };
        let mut next = run.clone();
        next.revision += 1;
        *known = next.clone();
        let entries = entries.iter().map(|entry| (run.id.clone(), entry.clone()));
        self.entries.extend(entries);
        Ok(next)
    }

    fn commit(&mut self, commit: &PolicyCommit) -> Result<()> {
        let key = (commit.model.clone(), commit.policy.clone());
        let stands = self.policies.get(&key).map(|one| one.looked_until);
        if stands != commit.looked_before {
            return Err(Error::conflict("the policy has been looked at meanwhile"));
        }
        if let Some((run, entry)) = &commit.run {
            self.check_cause(run)?;
            self.insert(run, entry);
        }
        for decision in &commit.decisions {
            let began = commit
                .run
                .as_ref()
                .map(|(run, _)| run)
                .filter(|run| decision.cause.as_ref() == Some(&run.cause))
                .filter(|run| run.event_at == decision.at);
            let stored = StoredDecision {
                policy: commit.policy.clone(),
                known_at: commit.now,
                decision: decision.clone(),
                run: began.map(|run| run.id.clone()),
            };
            self.decisions.push((commit.model.clone(), stored));
        }
        let policy = PolicyState {
            looked_until: commit.looked_until,
            decision: commit.decision.clone(),
        };
        self.policies.insert(key, policy);
        Ok(())
    }

    /// Forgets a model.
    pub(crate) fn delete_model(&mut self, model: &ModelName) {
        let gone: Vec<RetrainingId> = self
            .runs
            .iter()
            .filter(|run| run.model == *model)
            .map(|run| run.id.clone())
            .collect();
        self.alerts.retain(|record| record.model != *model);
        self.runs.retain(|run| run.model != *model);
        self.entries.retain(|(id, _)| !gone.contains(id));
        self.policies.retain(|(of, _), _| of != model);
        self.decisions.retain(|(of, _)| of != model);
    }
}

#[async_trait]
impl RetrainingStore for MemoryStore {
    async fn insert_retraining(
        &self,
        run: &RetrainingRun,
        entry: &RetrainingEntry,
        audit: &[AuditEntry],
    ) -> Result<()> {
        {
            let mut state = lock(&self.retraining);
            state.check_cause(run)?;
            state.insert(run, entry);
        }
        self.audit(audit).await
    }

    async fn update_retraining(
        &self,
        run: &RetrainingRun,
        entries: &[RetrainingEntry],
        audit: &[AuditEntry],
    ) -> Result<RetrainingRun> {
        let next = lock(&self.retraining).update(run, entries)?;
        self.audit(audit).await?;
        Ok(next)
    }

    async fn retraining(&self, id: &RetrainingId) -> Result<Option<RetrainingRun>> {
        let state = lock(&self.retraining);
        Ok(state.runs.iter().find(|run| run.id == *id).cloned())
    }

    async fn retrainings(&self, query: &RetrainingQuery) -> Result<Vec<RetrainingRun>> {
        let state = lock(&self.retraining);
        let before = match &query.before {
            Some(id) => state.runs.iter().position(|run| run.id == *id).unwrap_or(0),
            None => state.runs.len(),
        };
        let limit = query.limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        });
        Ok(state.runs[..before]
            .iter()
            .rev()
            .filter(|run| query.model.as_ref().is_none_or(|model| *model == run.model))
            .filter(|run| !query.open_only || run.ended_at.is_none())
            .take(limit)
            .cloned()
            .collect())
    }

    async fn retraining_entries(&self, id: &RetrainingId) -> Result<Vec<RetrainingEntry>> {
        let state = lock(&self.retraining);
        let of_run = state.entries.iter().filter(|(of, _)| of == id);
        Ok(of_run.map(|(_, entry)| entry.clone()).collect())
    }

    async fn policy_state(
        &self,
        model: &ModelName,
        policy: &DocumentName,
    ) -> Result<Option<PolicyState>> {
        let state = lock(&self.retraining);
        let key = (model.clone(), policy.clone());
        Ok(state.policies.get(&key).cloned())
    }

    async fn commit_policy(&self, commit: &PolicyCommit) -> Result<()> {
        lock(&self.retraining).commit(commit)?;
        self.audit(&commit.audit).await
    }

    async fn policy_decisions(&self, model: &ModelName, limit: u32) -> Result<Vec<StoredDecision>> {
        let state = lock(&self.retraining);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let of_model = state.decisions.iter().rev().filter(|(of, _)| of == model);
        Ok(of_model
            .take(limit)
            .map(|(_, stored)| stored.clone())
            .collect())
    }

    async fn alert_history(&self, model: &ModelName) -> Result<Vec<AlertRecord>> {
        let state = lock(&self.retraining);
        let of_model = state.alerts.iter().filter(|record| record.model == *model);
        Ok(of_model.cloned().collect())
    }
}
