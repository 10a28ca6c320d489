//! The declared documents and grids, read once and kept until something changes them.

use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;
use trimtab_domain::documents::{
    AbTestSpec, ChannelSpec, Document, ModelSpec, MonitorSpec, ReferenceSpec, RetrainingPolicySpec,
    RolloutPolicySpec, RuleSpec, StoredDocument, ValidationPolicySpec,
};
use trimtab_domain::fold::{FoldModel, FoldModels};
use trimtab_domain::ports::Store;
use trimtab_domain::{DocumentName, ModelName, Result};
use trimtab_stats::Grid;

/// Everything declared, by model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    pub(crate) models: BTreeMap<ModelName, ModelEntry>,
    pub(crate) channels: BTreeMap<DocumentName, ChannelSpec>,
}

/// What is declared about one model.
#[derive(Debug, Clone)]
pub(crate) struct ModelEntry {
    pub(crate) spec: Arc<ModelSpec>,
    pub(crate) grid: Option<Arc<Grid>>,
    pub(crate) references: BTreeMap<DocumentName, ReferenceSpec>,
    pub(crate) monitors: BTreeMap<DocumentName, MonitorSpec>,
    pub(crate) rules: BTreeMap<DocumentName, RuleSpec>,
    pub(crate) retraining: BTreeMap<DocumentName, PolicyEntry>,
    pub(crate) validation_policies: BTreeMap<DocumentName, ValidationPolicySpec>,
    pub(crate) ab_tests: BTreeMap<DocumentName, AbTestSpec>,
    pub(crate) rollout_policies: BTreeMap<DocumentName, RolloutPolicySpec>,
}

/// A retraining policy, and which version of its document it is.
#[derive(Debug, Clone)]
pub(crate) struct PolicyEntry {
    pub(crate) spec: RetrainingPolicySpec,
    pub(crate) version: u64,
}

impl ModelEntry {
    pub(crate) fn new(spec: ModelSpec) -> Self {
        Self {
            spec: Arc::new(spec),
            grid: None,
            references: BTreeMap::new(),
            monitors: BTreeMap::new(),
            rules: BTreeMap::new(),
            retraining: BTreeMap::new(),
            validation_policies: BTreeMap::new(),
            ab_tests: BTreeMap::new(),
            rollout_policies: BTreeMap::new(),
        }
    }
}

impl Catalog {
    /// What the engine needs to know to fold events.
    pub(crate) fn fold_models(&self) -> FoldModels {
        self.models
            .iter()
            .map(|(name, entry)| {
                let model = FoldModel {
                    spec: Arc::clone(&entry.spec),
                    grid: entry.grid.clone(),
                };
                (name.clone(), model)
            })
            .collect()
    }

    /// Puts a document in, replacing one of the same name. Documents of models that are not
    /// there are left out: the store returns models first.
    pub(crate) fn insert(&mut self, document: Document, version: u64) {
        match document {
            Document::Model(spec) => {
                if let Some(entry) = self.models.get_mut(&spec.name) {
                    entry.spec = Arc::new(spec);
                } else {
                    let name = spec.name.clone();
                    self.models.insert(name, ModelEntry::new(spec));
                }
            }
            Document::Reference(spec) => {
                if let Some(entry) = self.models.get_mut(&spec.model) {
                    entry.references.insert(spec.name.clone(), spec);
                }
            }
            Document::Monitor(spec) => {
                if let Some(entry) = self.models.get_mut(&spec.model) {
                    entry.monitors.insert(spec.name.clone(), spec);
                }
            }
            Document::Rule(spec) => {
                if let Some(entry) = self.models.get_mut(&spec.model) {
                    entry.rules.insert(spec.name.clone(), spec);
                }
            }
            Document::RetrainingPolicy(spec) => {
                if let Some(entry) = self.models.get_mut(&spec.model) {
                    let name = spec.name.clone();
                    entry.retraining.insert(name, PolicyEntry { spec, version });
                }
            }
            Document::ValidationPolicy(spec) => {
                if let Some(entry) = self.models.get_mut(&spec.model) {
                    let policies = &mut entry.validation_policies;
                    policies.insert(spec.name.clone(), spec);
                }
            }
            Document::AbTest(spec) => {
                if let Some(entry) = self.models.get_mut(&spec.model) {
                    entry.ab_tests.insert(spec.name.clone(), spec);
                }
            }
            Document::RolloutPolicy(spec) => {
                if let Some(entry) = self.models.get_mut(&spec.model) {
                    entry.rollout_policies.insert(spec.name.clone(), spec);
                }
            }
            Document::Channel(spec) => {
                self.channels.insert(spec.name.clone(), spec);
            }
        }
    }
}

/// A catalog that is read from the store when it is asked for after a change.
#[derive(Debug, Default)]
pub(crate) struct CatalogCache {
    cached: Mutex<Option<Arc<Catalog>>>,
}

impl CatalogCache {
    pub(crate) async fn get(&self, store: &dyn Store) -> Result<Arc<Catalog>> {
        // The lock is held while reading: whoever invalidates waits for a reading that began
        // before the change, and drops what it found.
        let mut cached = self.cached.lock().await;
        if let Some(catalog) = &*cached {
            return Ok(Arc::clone(catalog));
        }
        let mut catalog = Catalog::default();
        for StoredDocument {
            document, version, ..
        } in store.documents(None, None).await?
        {
            catalog.insert(document, version);
        }
        for (name, entry) in &mut catalog.models {
            entry.grid = store.grid(name).await?;
        }
        let catalog = Arc::new(catalog);
        *cached = Some(Arc::clone(&catalog));
        Ok(catalog)
    }

    pub(crate) async fn invalidate(&self) {
        *self.cached.lock().await = None;
    }
}
