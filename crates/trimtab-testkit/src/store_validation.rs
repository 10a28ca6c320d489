//! Validations in memory.

use crate::{MemoryStore, lock};
use async_trait::async_trait;
use trimtab_domain::ports::ValidationStore;
use trimtab_domain::validation::{Validation, ValidationState};
use trimtab_domain::{Error, ModelName, Result, ValidationId};

#[async_trait]
impl ValidationStore for MemoryStore {
    async fn put_validation(&self, validation: &Validation) -> Result<()> {
        let mut kept = lock(&self.validations);
        match kept.iter_mut().find(|one| one.id == validation.id) {
            Some(one) if one.state == ValidationState::Running => *one = validation.clone(),
            Some(_) => {
                return Err(Error::conflict(format!(
                    "validation `{}` has ended before",
                    validation.id
                )));
            }
            None => kept.push(validation.clone()),
        }
        Ok(())
    }

    async fn validation(&self, id: &ValidationId) -> Result<Option<Validation>> {
        let kept = lock(&self.validations);
        Ok(kept.iter().find(|one| one.id == *id).cloned())
    }

    async fn validations(
        &self,
        model: &ModelName,
        candidate: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Validation>> {
        Ok(lock(&self.validations)
            .iter()
            .rev()
            .filter(|one| one.model == *model)
            .filter(|one| candidate.is_none_or(|candidate| one.candidate == candidate))
            .take(limit as usize)
            .cloned()
            .collect())
    }

    async fn running_validations(&self) -> Result<Vec<Validation>> {
        Ok(lock(&self.validations)
            .iter()
            .filter(|one| one.state == ValidationState::Running)
            .cloned()
            .collect())
    }
}
