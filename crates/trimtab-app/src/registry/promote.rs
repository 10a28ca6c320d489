//! By hand to the front, and back: what the loop does on its own, when a person asks for it.

use super::changes::needs_reason;
use crate::app::App;
use trimtab_domain::registry::{
    CHAMPION, ModelVersion, RegisteredModel, Served, ServedHow, version_label,
};
use trimtab_domain::{Error, ModelName, Result};

/// A version that shall serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// The model.
    pub model: String,
    /// The version: label, number or alias.
    pub version: String,
    /// Why.
    pub reason: String,
    /// Past the gate; the log says so.
    pub without_validation: bool,
}

impl App {
    /// Lets a version serve: the alias `champion` points to it.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Invalid` without a reason, `Conflict` if it has not passed a
    /// validation (unless it is promoted without one), or serves already.
    pub async fn promote(&self, promotion: &Promotion, actor: &str) -> Result<ModelVersion> {
        needs_reason(&promotion.reason)?;
        let model = self.registered_model(&promotion.model).await?;
        let version = self
            .find_version(&promotion.model, &promotion.version)
            .await?;
        let label = version.label();
        if model.aliases.get(CHAMPION) == Some(&version.version) {
            return Err(Error::conflict(format!(
                "{label} of model `{}` serves already",
                model.name
            )));
        }
        let passed = self.has_passed(&model, &label).await?;
        if !passed && !promotion.without_validation {
            return Err(Error::conflict(format!(
                "{label} of model `{}` has not passed a validation",
                model.name
            ))
            .with_hint(
                "validate it (`trimtab validate`), or promote it without a validation, which is recorded",
            ));
        }
        let deed = self.deed(&model.name, actor, &promotion.reason).await?;
        let beside = model.aliases.get(CHAMPION).copied();
        self.commit_promotion(&model.name, (version.version, passed), beside, &deed)
            .await?;
        Ok(version)
    }

    /// Lets the version serve again that served before, where no rollout did the change.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model, `Conflict` if none served before, `Invalid` without a
    /// reason.
    pub async fn restore_champion(
        &self,
        model: &str,
        actor: &str,
        reason: &str,
    ) -> Result<ModelVersion> {
        needs_reason(reason)?;
        let found = self.registered_model(model).await?;
        let now = found.aliases.get(CHAMPION).copied();
        let times = self.served(model).await?;
        let versions = self.store().model_versions(Some(model)).await?;
        let is_there = |old: u32| versions.iter().any(|version| version.version == old);
        let before = before_the_last(&times)
            .into_iter()
            .rev()
            .find(|old| Some(*old) != now && is_there(*old));
        let Some(before) = before else {
            return Err(Error::conflict(format!(
                "no other version of model `{model}` has served before"
            )));
        };
        let label = version_label(before);
        let how = Some(ServedHow::RolledBack);
        self.point(model, CHAMPION, Some(&label), how, actor, reason)
            .await?;
        self.model_version(model, before).await
    }

    /// Whether a version passed its newest validation, beside the version that serves now.
    async fn has_passed(&self, model: &RegisteredModel, label: &str) -> Result<bool> {
        let Ok(name) = ModelName::new(&model.name) else {
            return Ok(false);
        };
        let champion = model.aliases.get(CHAMPION).copied().map(version_label);
        let passed = self.passed_validation(&name, label).await?;
        Ok(passed.is_some_and(|validation| validation.champion == champion))
    }
}

/// The versions that served before the one that serves, oldest first. A rollback takes back what
/// came after the version it returned to, so that rolling back twice never goes forward again.
fn before_the_last(times: &[Served]) -> Vec<u32> {
    let mut stack: Vec<u32> = Vec::new();
    for served in times {
        if served.how == ServedHow::RolledBack
            && let Some(place) = stack.iter().rposition(|one| *one == served.version)
        {
            stack.truncate(place);
        }
        stack.push(served.version);
    }
    stack.pop();
    stack
}
