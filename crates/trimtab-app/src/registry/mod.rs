//! Registered models: which version serves, which did, and how a version came to be.
//!
//! A deed reads, decides (`trimtab_domain::registry::moves`) and commits on the revision it read;
//! if somebody else was faster, it reads and decides again.

mod changes;
mod files;
mod promote;
mod search;
mod show;

pub use changes::NewRegisteredModel;
pub use files::{LocalFile, ModelFile, NewVersion, Registration};
pub use promote::Promotion;
pub use search::{ModelPage, VersionPage};
pub use show::{
    Approval, Differs, Lineage, ModelShown, ModelSummary, NamedType, SignatureShown, VersionDiff,
    VersionShown, stage_shown,
};

use crate::app::App;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Display;
use trimtab_domain::documents::Clock;
use trimtab_domain::registry::{
    CHAMPION, HistoryEntry, LATEST, ModelVersion, RegisteredModel, Served, served, serving_at,
    version_label, version_of_label,
};
use trimtab_domain::{Error, ErrorKind, ModelName, Result};

/// `NotFound` in MLflow's words.
pub(crate) fn no_model(name: impl Display) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("Registered Model with name={name} not found"),
    )
}

/// `NotFound` in MLflow's words.
pub(crate) fn no_version(name: impl Display, version: impl Display) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("Model Version (name={name}, version={version}) not found"),
    )
}

/// A model's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ModelClock {
    /// Whether it lives on the time of its events.
    pub(crate) is_event: bool,
    /// The oldest event.
    pub(crate) data_from: Option<Timestamp>,
    /// How far its events have come, where that is its clock.
    pub(crate) event_at: Option<Timestamp>,
}

impl App {
    /// A registered model.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn registered_model(&self, name: &str) -> Result<RegisteredModel> {
        let found = self.store().registered_model(name).await?;
        found.ok_or_else(|| no_model(name))
    }

    /// A version of a registered model.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn model_version(&self, model: &str, version: u32) -> Result<ModelVersion> {
        let found = self.store().model_version(model, version).await?;
        found.ok_or_else(|| no_version(model, version))
    }

    /// A version by its label (`v3`), number, alias (`champion`, with or without `@`) or `latest`.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model, version or alias.
    pub async fn find_version(&self, model: &str, version: &str) -> Result<ModelVersion> {
        let number = match version_of_label(version) {
            Some(number) => number,
            None => self.version_of_alias(model, version).await?,
        };
        self.model_version(model, number).await
    }

    async fn version_of_alias(&self, model: &str, alias: &str) -> Result<u32> {
        let found = self.registered_model(model).await?;
        if alias.eq_ignore_ascii_case(LATEST) {
            let versions = self.store().model_versions(Some(model)).await?;
            return versions
                .last()
                .map(|version| version.version)
                .ok_or_else(|| no_version(model, LATEST));
        }
        let alias = alias.strip_prefix('@').unwrap_or(alias);
        found.aliases.get(alias).copied().ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("Registered model alias {alias} of model {model} not found."),
            )
        })
    }

    /// The label of the version an alias of a model points to.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn alias_label(&self, model: &str, alias: &str) -> Result<Option<String>> {
        let found = self.store().registered_model(model).await?;
        Ok(found.and_then(|found| found.aliases.get(alias).copied().map(version_label)))
    }

    /// The labels of the versions that serve, by model, where its name can be one of a monitored
    /// model.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn champions(&self) -> Result<BTreeMap<ModelName, String>> {
        let models = self.store().registered_models().await?;
        let named = |model: RegisteredModel| {
            let version = model.aliases.get(CHAMPION).copied()?;
            Some((ModelName::new(model.name).ok()?, version_label(version)))
        };
        Ok(models.into_iter().filter_map(named).collect())
    }

    /// What happened to a model, oldest first. It outlives the model.
    ///
    /// # Errors
    ///
    /// `NotFound` if nothing of that name ever was.
    pub async fn registry_history(&self, model: &str) -> Result<Vec<HistoryEntry>> {
        let history = self.store().registry_history(model).await?;
        if history.is_empty() {
            self.registered_model(model).await?;
        }
        Ok(history)
    }

    /// Which version was champion when, oldest first, on the model's own clock.
    ///
    /// # Errors
    ///
    /// `NotFound` if nothing of that name ever was.
    pub async fn served(&self, model: &str) -> Result<Vec<Served>> {
        let history = self.registry_history(model).await?;
        let clock = self.registry_clock(model).await?;
        Ok(served(&history, clock.data_from, clock.is_event))
    }

    /// Which version served at an instant of the model's own clock.
    ///
    /// # Errors
    ///
    /// `NotFound` if nothing of that name ever was.
    pub async fn serving_at(&self, model: &str, at: Timestamp) -> Result<Option<Served>> {
        let times = self.served(model).await?;
        Ok(serving_at(&times, at).cloned())
    }

    /// The clock of the monitored model of that name; the wall clock where there is none.
    pub(crate) async fn registry_clock(&self, model: &str) -> Result<ModelClock> {
        let Ok(name) = ModelName::new(model) else {
            return Ok(ModelClock::default());
        };
        let catalog = self.catalog().await?;
        let Some(entry) = catalog.models.get(&name) else {
            return Ok(ModelClock::default());
        };
        let is_event = entry.spec.clock == Clock::Event;
        let progress = self.store().progress().await?;
        let progress = progress.get(&name);
        Ok(ModelClock {
            is_event,
            data_from: progress.and_then(|progress| progress.data_from),
            event_at: progress
                .filter(|_| is_event)
                .and_then(|progress| progress.watermark.max(progress.complete_until)),
        })
    }
}
