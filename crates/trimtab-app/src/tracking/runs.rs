//! Runs: their life, and what they read and made.

use crate::app::App;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use trimtab_domain::tracking::limits::{
    DATASET_DIGEST_LENGTH_MAX, DATASET_NAME_LENGTH_MAX, DATASET_PROFILE_LENGTH_MAX,
    DATASET_SCHEMA_LENGTH_MAX, DATASET_SOURCE_LENGTH_MAX, NAME_LENGTH_MAX, check_key, check_length,
    check_value,
};
use trimtab_domain::tracking::{
    DEFAULT_EXPERIMENT, DatasetInput, ExperimentId, LifecycleStage, LoggedModelId, RUN_NAME_TAG,
    Run, RunChange, RunId, RunInfo, RunStatus, USER_TAG, names,
};
use trimtab_domain::{Error, ErrorKind, Result};

/// A run that is to be made.
#[derive(Debug, Clone, Default)]
pub struct NewRun {
    /// Where; the default experiment where absent.
    pub experiment: Option<ExperimentId>,
    /// Who starts it.
    pub user_id: Option<String>,
    /// Its name; one is made up where absent.
    pub name: Option<String>,
    /// When it began, milliseconds; now where absent.
    pub start_ms: Option<i64>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

pub(super) fn no_run(id: &RunId) -> Error {
    Error::new(ErrorKind::NotFound, format!("Run with id={id} not found"))
}

impl App {
    /// Starts a run.
    ///
    /// # Errors
    ///
    /// `NotFound` without the experiment, `Invalid` if it is deleted, or name and tag differ.
    pub async fn create_run(&self, new: NewRun) -> Result<Run> {
        let experiment_id = new.experiment.unwrap_or(DEFAULT_EXPERIMENT);
        let experiment = self.store().experiment(experiment_id).await?;
        let experiment = experiment.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("No Experiment with id={experiment_id} exists"),
            )
        })?;
        let id = self.hex_id();
        let mut tags = new.tags;
        let named = new.name.filter(|name| !name.is_empty());
        let tagged = tags.get(RUN_NAME_TAG).cloned();
        let name = match (named, tagged) {
            (Some(name), Some(tag)) if name != tag => {
                return Err(Error::invalid(format!(
                    "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with \
                     different values (run_name='{name}', mlflow.runName='{tag}')."
                )));
            }
            (Some(name), _) => name,
            (None, Some(tag)) if !tag.is_empty() => tag,
            _ => made_up_name(&id),
        };
        check_length("run_name", &name, NAME_LENGTH_MAX)?;
        tags.insert(RUN_NAME_TAG.to_owned(), name.clone());
        for (key, value) in &tags {
            check_key("tags.key", key)?;
            check_value("tags.value", value)?;
        }
        let user_id = new
            .user_id
            .filter(|user| !user.is_empty())
            .or_else(|| tags.get(USER_TAG).cloned())
            .unwrap_or_default();
        let info = RunInfo {
            artifact_uri: format!("{}/{id}/artifacts", experiment.artifact_location),
            id: RunId::new(id),
            experiment: experiment.id,
            name,
            user_id,
            status: RunStatus::Running,
            start_ms: new.start_ms.unwrap_or_else(|| self.now_ms()),
            end_ms: None,
            stage: LifecycleStage::Active,
        };
        self.store().create_run(&info, &tags).await?;
        Ok(Run {
            info,
            metrics: Vec::new(),
            params: BTreeMap::new(),
            tags,
            datasets: Vec::new(),
            model_inputs: Vec::new(),
            model_outputs: Vec::new(),
        })
    }

    /// A run with everything.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn run(&self, id: &RunId) -> Result<Run> {
        self.store().run(id).await?.ok_or_else(|| no_run(id))
    }

    /// A run without what was logged to it.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn run_info(&self, id: &RunId) -> Result<RunInfo> {
        self.store().run_info(id).await?.ok_or_else(|| no_run(id))
    }

    /// Changes a run.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Invalid` if it is deleted.
    pub async fn update_run(&self, id: &RunId, mut change: RunChange) -> Result<RunInfo> {
        change.name = change.name.filter(|name| !name.is_empty());
        if let Some(name) = &change.name {
            check_length("run_name", name, NAME_LENGTH_MAX)?;
        }
        self.store().update_run(id, &change).await
    }

    /// Deletes or restores a run.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn move_run(&self, id: &RunId, stage: LifecycleStage, actor: &str) -> Result<()> {
        self.store().move_run(id, stage, self.now_ms()).await?;
        let (action, verb) = match stage {
            LifecycleStage::Active => ("run_restored", "restored"),
            LifecycleStage::Deleted => ("run_deleted", "deleted"),
        };
        let text = format!("run {id} {verb}");
        self.audit(actor, action, None, format!("run/{id}"), text)
            .await
    }

    /// Notes data sets and logged models that a run read.
    ///
    /// # Errors
    ///
    /// `NotFound` without the run, `Invalid` if it is deleted or something is too long.
    pub async fn log_inputs(
        &self,
        id: &RunId,
        datasets: &[DatasetInput],
        models: &[LoggedModelId],
    ) -> Result<()> {
        for dataset in datasets {
            check_length("dataset.name", &dataset.name, DATASET_NAME_LENGTH_MAX)?;
            check_length("dataset.digest", &dataset.digest, DATASET_DIGEST_LENGTH_MAX)?;
            check_length("dataset.source", &dataset.source, DATASET_SOURCE_LENGTH_MAX)?;
            let schema = dataset.schema.as_deref().unwrap_or_default();
            check_length("dataset.schema", schema, DATASET_SCHEMA_LENGTH_MAX)?;
            let profile = dataset.profile.as_deref().unwrap_or_default();
            check_length("dataset.profile", profile, DATASET_PROFILE_LENGTH_MAX)?;
            for (key, value) in &dataset.tags {
                check_length("dataset.tags.key", key, 255)?;
                check_length("dataset.tags.value", value, 500)?;
            }
        }
        self.store().log_inputs(id, datasets, models).await
    }
}

/// A name made of the identifier, so that it needs no randomness of its own.
fn made_up_name(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    let random = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    names::run_name(random)
}
