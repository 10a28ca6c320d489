//! Registered models in memory.

use crate::lock;
use crate::store::MemoryStore;
use crate::store_audit;
use async_trait::async_trait;
use std::collections::BTreeMap;
use trimtab_domain::ports::RegistryStore;
use trimtab_domain::registry::{
    HistoryEntry, HistoryKind, ModelVersion, RegisteredModel, RegistryChange, RegistryCommit,
};
use trimtab_domain::{Error, Result};

/// What is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    models: BTreeMap<String, RegisteredModel>,
    versions: BTreeMap<(String, u32), ModelVersion>,
    history: Vec<(String, HistoryEntry)>,
}

impl Registry {
    fn check_free(&self, name: &str) -> Result<()> {
        if self.models.contains_key(name) {
            return Err(Error::conflict(format!(
                "Registered Model (name={name}) already exists."
            )));
        }
        Ok(())
    }

    /// The last version that any model of this name had, whatever it is called now.
    fn last_on_record(&self, name: &str) -> u32 {
        let was_renamed = |of: &str| {
            self.history.iter().any(|(model, entry)| {
                model == of
                    && entry.kind == HistoryKind::ModelRenamed
                    && entry.before.as_deref() == Some(name)
            })
        };
        let of_this_name = self
            .history
            .iter()
            .filter(|(model, _)| model == name || was_renamed(model));
        of_this_name
            .filter_map(|(_, entry)| entry.version)
            .max()
            .unwrap_or(0)
    }

    fn model(&mut self, name: &str) -> Result<&mut RegisteredModel> {
        self.models
            .get_mut(name)
            .ok_or_else(|| Error::not_found("registered model", name))
    }

    fn version(&mut self, model: &str, version: u32, at_ms: i64) -> Result<&mut ModelVersion> {
        let found = self
            .versions
            .get_mut(&(model.to_owned(), version))
            .ok_or_else(|| Error::not_found("version", version))?;
        found.updated_ms = at_ms;
        Ok(found)
    }

    fn apply(&mut self, commit: &RegistryCommit, change: &RegistryChange) -> Result<()> {
        let name = commit.model.as_str();
        match change.clone() {
            RegistryChange::CreateModel(model) => {
                self.check_free(name)?;
                let model = RegisteredModel {
                    revision: 1,
                    last_version: self.last_on_record(name),
                    aliases: BTreeMap::new(),
                    ..model
                };
                self.models.insert(name.to_owned(), model);
            }
            RegistryChange::DescribeModel(text) => self.model(name)?.description = text,
            RegistryChange::RenameModel(to) => {
                self.check_free(&to)?;
                if self.last_on_record(&to) > 0 {
                    return Err(Error::conflict(format!(
                        "versions of an earlier model `{to}` are on record"
                    )));
                }
                if let Some(mut model) = self.models.remove(name) {
                    model.name.clone_from(&to);
                    self.models.insert(to.clone(), model);
                }
                self.versions = std::mem::take(&mut self.versions)
                    .into_iter()
                    .map(|((model, number), mut version)| {
                        let model = if model == name { to.clone() } else { model };
                        version.model.clone_from(&model);
                        ((model, number), version)
                    })
                    .collect();
                for (of, _) in self.history.iter_mut().filter(|(of, _)| of == name) {
                    of.clone_from(&to);
                }
            }
            RegistryChange::DeleteModel => {
                self.models.remove(name);
                self.versions.retain(|(model, _), _| model != name);
            }
            RegistryChange::TagModel(key, value) => {
                put(&mut self.model(name)?.tags, key, value);
            }
            RegistryChange::Alias(alias, version) => {
                put(&mut self.model(name)?.aliases, alias, version);
            }
            RegistryChange::CreateVersion(version) => {
                self.model(name)?.last_version = version.version;
                self.versions
                    .insert((name.to_owned(), version.version), version);
            }
            RegistryChange::DescribeVersion(version, text) => {
                self.version(name, version, commit.at_ms)?.description = text;
            }
            RegistryChange::Stage(version, stage) => {
                self.version(name, version, commit.at_ms)?.stage = stage;
            }
            RegistryChange::TagVersion(version, key, value) => {
                let at_ms = self.version(name, version, commit.at_ms)?.updated_ms;
                put(&mut self.version(name, version, at_ms)?.tags, key, value);
            }
            RegistryChange::DeleteVersion(version) => {
                self.versions.remove(&(name.to_owned(), version));
            }
        }
        Ok(())
    }
}

fn put<V>(map: &mut BTreeMap<String, V>, key: String, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

impl MemoryStore {
    /// The contents that versions hold.
    pub(crate) fn registered_contents(&self) -> Vec<String> {
        let state = lock(&self.state);
        let files = state
            .registry
            .versions
            .values()
            .flat_map(|version| &version.files);
        files.map(|file| file.sha256.clone()).collect()
    }
}

#[async_trait]
impl RegistryStore for MemoryStore {
    async fn registered_model(&self, name: &str) -> Result<Option<RegisteredModel>> {
        Ok(lock(&self.state).registry.models.get(name).cloned())
    }

    async fn registered_models(&self) -> Result<Vec<RegisteredModel>> {
        let state = lock(&self.state);
        Ok(state.registry.models.values().cloned().collect())
    }

    async fn model_version(&self, model: &str, version: u32) -> Result<Option<ModelVersion>> {
        let state = lock(&self.state);
        let key = (model.to_owned(), version);
        Ok(state.registry.versions.get(&key).cloned())
    }

    async fn model_versions(&self, model: Option<&str>) -> Result<Vec<ModelVersion>> {
        let state = lock(&self.state);
        let versions = state.registry.versions.values();
        Ok(versions
            .filter(|version| model.is_none_or(|model| version.model == model))
            .cloned()
            .collect())
    }

    async fn registry_history(&self, model: &str) -> Result<Vec<HistoryEntry>> {
        let state = lock(&self.state);
        let entries = state.registry.history.iter();
        Ok(entries
            .filter(|(of, _)| of == model)
            .map(|(_, entry)| entry.clone())
            .collect())
    }

    async fn commit_registry(&self, commit: &RegistryCommit) -> Result<()> {
        let mut state = lock(&self.state);
        // On a copy: a change that fails leaves no trace of those before it.
        let mut registry = state.registry.clone();
        if let Some(expected) = commit.expected {
            let changed = || {
                Error::conflict(format!(
                    "registered model `{}` was changed meanwhile",
                    commit.model
                ))
            };
            let model = registry.models.get_mut(&commit.model).ok_or_else(changed)?;
            if model.revision != expected {
                return Err(changed());
            }
            model.revision += 1;
            model.updated_ms = commit.at_ms;
        }
        for change in &commit.changes {
            registry.apply(commit, change)?;
        }
        let renamed = commit.changes.iter().find_map(|change| match change {
            RegistryChange::RenameModel(name) => Some(name),
            _ => None,
        });
        let name = renamed.unwrap_or(&commit.model);
        let entries = commit.history.iter().cloned();
        registry
            .history
            .extend(entries.map(|entry| (name.clone(), entry)));
        state.registry = registry;
        store_audit::append(&mut state.audit, &commit.audit);
        Ok(())
    }
}
