//! Rollouts and exposures of the store in memory.

use crate::{MemoryStore, lock, store_audit};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::ports::rollout::{Exposure, ExposureBatch, ExposureCount, ExposureQuery};
use trimtab_domain::ports::{ExposureSink, RolloutStore};
use trimtab_domain::rollout::{Rollout, RolloutNote};
use trimtab_domain::{Error, ModelName, Result, RolloutId};

type CountKey = (String, RolloutId, u32, String, String, Timestamp);

#[derive(Default)]
pub(crate) struct Rollouts {
    all: Vec<Rollout>,
    notes: Vec<(RolloutId, RolloutNote)>,
    counts: BTreeMap<CountKey, u64>,
    exposures: BTreeMap<(u64, String, RolloutId, u32, String), Exposure>,
}

#[async_trait]
impl RolloutStore for MemoryStore {
    async fn put_rollout(
        &self,
        rollout: &Rollout,
        notes: &[RolloutNote],
        audit: &[AuditEntry],
    ) -> Result<()> {
        let mut state = lock(&self.rollouts);
        let place = state.all.iter().position(|one| one.id == rollout.id);
        match place {
            None if rollout.revision == 1 => {
                let is_taken = state
                    .all
                    .iter()
                    .any(|one| one.model == rollout.model && one.phase.is_active());
                if is_taken {
                    return Err(Error::conflict(format!(
                        "model `{}` has an active rollout already",
                        rollout.model
                    )));
                }
                state.all.push(rollout.clone());
            }
            Some(place) if state.all[place].revision + 1 == rollout.revision => {
                state.all[place] = rollout.clone();
            }
            _ => {
                return Err(Error::conflict(format!(
                    "rollout `{}` was changed meanwhile",
                    rollout.id
                )));
            }
        }
        let lines = notes.iter().cloned();
        state
            .notes
            .extend(lines.map(|note| (rollout.id.clone(), note)));
        store_audit::append(&mut lock(&self.state).audit, audit);
        Ok(())
    }

    async fn rollout(&self, id: &RolloutId) -> Result<Option<Rollout>> {
        let state = lock(&self.rollouts);
        Ok(state.all.iter().find(|one| one.id == *id).cloned())
    }

    async fn rollouts(&self, model: &ModelName, limit: u32) -> Result<Vec<Rollout>> {
        let state = lock(&self.rollouts);
        let newest_first = state.all.iter().rev();
        let of_model = newest_first.filter(|one| one.model == *model);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(of_model.take(limit).cloned().collect())
    }

    async fn active_rollouts(&self) -> Result<Vec<Rollout>> {
        let state = lock(&self.rollouts);
        let active = state.all.iter().filter(|one| one.phase.is_active());
        Ok(active.cloned().collect())
    }

    async fn rollout_notes(&self, id: &RolloutId) -> Result<Vec<RolloutNote>> {
        let state = lock(&self.rollouts);
        let of_rollout = state.notes.iter().filter(|(whose, _)| whose == id);
        Ok(of_rollout.map(|(_, note)| note.clone()).collect())
    }
}

fn is_asked(
    query: &ExposureQuery,
    flag: &str,
    (rollout, step): (&RolloutId, u32),
    at: Timestamp,
) -> bool {
    flag == query.flag
        && query.rollout.as_ref().is_none_or(|asked| asked == rollout)
        && query.step.is_none_or(|asked| asked == step)
        && query.since <= at
        && at < query.until
}

#[async_trait]
impl ExposureSink for MemoryStore {
    async fn record_exposures(&self, batch: &ExposureBatch) -> Result<()> {
        let mut state = lock(&self.rollouts);
        for count in batch.counts.iter().cloned() {
            let key = (
                count.flag,
                count.rollout,
                count.step,
                count.variant,
                count.version,
                count.hour,
            );
            *state.counts.entry(key).or_default() += count.n_evaluations;
        }
        for one in &batch.exposures {
            let key = (
                one.key_hash,
                one.flag.clone(),
                one.rollout.clone(),
                one.step,
                one.variant.clone(),
            );
            state.exposures.entry(key).or_insert_with(|| one.clone());
        }
        Ok(())
    }

    async fn exposure_counts(&self, query: &ExposureQuery) -> Result<Vec<ExposureCount>> {
        let state = lock(&self.rollouts);
        let mut counts: Vec<_> = state
            .counts
            .iter()
            .filter(|((flag, rollout, step, _, _, hour), _)| {
                is_asked(query, flag, (rollout, *step), *hour)
            })
            .map(
                |((flag, rollout, step, variant, version, hour), n)| ExposureCount {
                    flag: flag.clone(),
                    rollout: rollout.clone(),
                    step: *step,
                    variant: variant.clone(),
                    version: version.clone(),
                    hour: *hour,
                    n_evaluations: *n,
                },
            )
            .collect();
        counts.sort_by_key(|count| count.hour);
        Ok(counts)
    }

    async fn exposed_keys(&self, query: &ExposureQuery) -> Result<BTreeMap<String, u64>> {
        let state = lock(&self.rollouts);
        let mut keys: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for one in state.exposures.values() {
            if is_asked(query, &one.flag, (&one.rollout, one.step), one.first_at) {
                let of_variant = keys.entry(one.variant.clone()).or_default();
                of_variant.insert(one.key_hash);
            }
        }
        Ok(keys
            .into_iter()
            .map(|(variant, keys)| (variant, keys.len() as u64))
            .collect())
    }

    async fn exposures(
        &self,
        query: &ExposureQuery,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Exposure>> {
        let state = lock(&self.rollouts);
        let mut found: Vec<_> = state
            .exposures
            .values()
            .filter(|one| is_asked(query, &one.flag, (&one.rollout, one.step), one.first_at))
            .filter(|one| {
                after.is_none_or(|after| one.key_hash.cast_signed() > after.cast_signed())
            })
            .cloned()
            .collect();
        found.sort_by_key(|one| one.key_hash.cast_signed());
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }
}
