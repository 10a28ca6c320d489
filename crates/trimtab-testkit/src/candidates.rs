//! Registered versions and validations to play with.

use std::collections::BTreeMap;
use trimtab_domain::registry::{
    ModelVersion, RegisteredModel, RegistryChange, RegistryCommit, Stage, VersionStatus,
};
use trimtab_domain::validation::{Validation, ValidationState, Verdict};
use trimtab_domain::{ModelName, ValidationId};

/// A registered model with versions 1 to `n_versions`, of which one is the champion.
pub fn registered(model: &str, champion: u32, n_versions: u32) -> RegistryCommit {
    let mut changes = vec![RegistryChange::CreateModel(RegisteredModel {
        name: model.to_owned(),
        ..RegisteredModel::default()
    })];
    for version in 1..=n_versions {
        changes.push(RegistryChange::CreateVersion(ModelVersion {
            model: model.to_owned(),
            version,
            source: String::new(),
            folder: None,
            files: Vec::new(),
            run_id: None,
            run_link: None,
            logged_model_id: None,
            status: VersionStatus::Ready,
            description: None,
            stage: Stage::None,
            tags: BTreeMap::new(),
            created_by: "local".to_owned(),
            created_ms: 0,
            updated_ms: 0,
        }));
    }
    changes.push(RegistryChange::Alias("champion".to_owned(), Some(champion)));
    RegistryCommit {
        model: model.to_owned(),
        expected: None,
        at_ms: 0,
        changes,
        history: Vec::new(),
        audit: Vec::new(),
    }
}

/// A finished validation `val_…` of a version, asked for so many seconds after the new year.
///
/// # Panics
///
/// If the name is none of a model: a test may fail loudly.
pub fn validation(model: &str, version: &str, verdict: Verdict, number: u32) -> Validation {
    #[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    let model: ModelName = model.parse().unwrap();
    let seconds = 1_767_254_400 + i64::from(number);
    let now = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let asked = Validation::requested(
        ValidationId::from_suffix(number),
        model,
        (version.to_owned(), Some("v2".to_owned())),
        "default".to_owned(),
        "local",
        now,
    );
    Validation {
        state: ValidationState::Finished,
        verdict: Some(verdict),
        finished_at: Some(now),
        ..asked
    }
}
