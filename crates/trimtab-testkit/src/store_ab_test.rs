//! A/B tests in memory.

use crate::lock;
use crate::store::MemoryStore;
use async_trait::async_trait;
use trimtab_domain::ab_test::{AbLook, AbState, AbTest};
use trimtab_domain::ports::AbTestStore;
use trimtab_domain::{AbTestId, Error, ModelName, Result};

/// Tests in order of entry, each with its looks.
pub(crate) type AbTests = Vec<(AbTest, Vec<AbLook>)>;

#[async_trait]
impl AbTestStore for MemoryStore {
    async fn put_ab_test(&self, test: &AbTest, looks: &[AbLook]) -> Result<()> {
        let mut tests = lock(&self.ab_tests);
        let known = tests.iter_mut().find(|(one, _)| one.id == test.id);
        match known {
            None if test.revision == 1 => tests.push((test.clone(), looks.to_vec())),
            Some((stored, seen)) if stored.revision + 1 == test.revision => {
                *stored = test.clone();
                seen.extend_from_slice(looks);
            }
            _ => {
                return Err(Error::conflict(format!(
                    "A/B test `{}` has changed meanwhile",
                    test.id
                )));
            }
        }
        Ok(())
    }

    async fn ab_test(&self, id: &AbTestId) -> Result<Option<AbTest>> {
        let tests = lock(&self.ab_tests);
        let found = tests.iter().find(|(test, _)| test.id == *id);
        Ok(found.map(|(test, _)| test.clone()))
    }

    async fn ab_tests(&self, model: &ModelName, limit: u32) -> Result<Vec<AbTest>> {
        let tests = lock(&self.ab_tests);
        let of_model = tests.iter().rev().filter(|(test, _)| test.model == *model);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(of_model.take(limit).map(|(test, _)| test.clone()).collect())
    }

    async fn running_ab_tests(&self) -> Result<Vec<AbTest>> {
        let tests = lock(&self.ab_tests);
        let running = tests
            .iter()
            .filter(|(test, _)| test.state == AbState::Running);
        Ok(running.map(|(test, _)| test.clone()).collect())
    }

    async fn ab_looks(&self, id: &AbTestId) -> Result<Vec<AbLook>> {
        let tests = lock(&self.ab_tests);
        let found = tests.iter().find(|(test, _)| test.id == *id);
        Ok(found.map(|(_, looks)| looks.clone()).unwrap_or_default())
    }
}
