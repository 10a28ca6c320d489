//! Experiments.

use crate::app::App;
use trimtab_domain::tracking::limits::{
    KEY_LENGTH_MAX, NAME_LENGTH_MAX, check_key, check_length, check_value,
};
use trimtab_domain::tracking::places::ARTIFACT_ROOT;
use trimtab_domain::tracking::{Experiment, ExperimentId, LifecycleStage, NewExperiment, Purged};
use trimtab_domain::{Error, Result};

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.contains('\0') {
        return Err(Error::invalid(format!("Invalid experiment name: '{name}'")));
    }
    check_length("name", name, NAME_LENGTH_MAX)
}

fn check_location(location: &str) -> Result<()> {
    let climbs = location.split(['/', '\\']).any(|part| part == "..");
    if climbs || location.contains(['#', '?', '\0']) {
        return Err(Error::invalid(format!(
            "Invalid artifact_location: '{location}'"
        )));
    }
    check_length("artifact_location", location, 1_000)
}

impl App {
    /// Makes an experiment.
    ///
    /// # Errors
    ///
    /// `Invalid` if a name or tag is wrong, `Conflict` if the name is taken.
    pub async fn create_experiment(&self, mut new: NewExperiment) -> Result<Experiment> {
        check_name(&new.name)?;
        new.artifact_location = new
            .artifact_location
            .map(|location| location.trim_end_matches('/').to_owned())
            .filter(|location| !location.is_empty());
        if let Some(location) = &new.artifact_location {
            check_location(location)?;
        }
        for (key, value) in &new.tags {
            check_key("tags.key", key)?;
            check_value("tags.value", value)?;
        }
        let root = ARTIFACT_ROOT.trim_end_matches('/');
        self.store()
            .create_experiment(&new, root, self.now_ms())
            .await
    }

    /// Gives an experiment another name.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Invalid` if it is deleted, `Conflict` if the name is taken.
    pub async fn rename_experiment(&self, id: ExperimentId, name: &str) -> Result<()> {
        check_name(name)?;
        self.store()
            .rename_experiment(id, name, self.now_ms())
            .await
    }

    /// Deletes or restores an experiment with its runs.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none in the other state, `Invalid` for the default one.
    pub async fn move_experiment(
        &self,
        id: ExperimentId,
        stage: LifecycleStage,
        actor: &str,
    ) -> Result<()> {
        if id == trimtab_domain::tracking::DEFAULT_EXPERIMENT {
            return Err(Error::invalid("the default experiment cannot be deleted"));
        }
        self.store()
            .move_experiment(id, stage, self.now_ms())
            .await?;
        let (action, verb) = match stage {
            LifecycleStage::Active => ("experiment_restored", "restored"),
            LifecycleStage::Deleted => ("experiment_deleted", "deleted"),
        };
        let text = format!("experiment {id} {verb} with its runs");
        self.audit(actor, action, None, format!("experiment/{id}"), text)
            .await
    }

    /// Sets a tag of an experiment.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Invalid` if it is deleted or the tag is too long.
    pub async fn set_experiment_tag(&self, id: ExperimentId, key: &str, value: &str) -> Result<()> {
        check_length("key", key, KEY_LENGTH_MAX)?;
        check_key("key", key)?;
        check_value("value", value)?;
        self.store()
            .set_experiment_tag(id, key, value, self.now_ms())
            .await
    }

    /// Removes a tag of an experiment.
    ///
    /// # Errors
    ///
    /// `NotFound` without experiment or tag.
    pub async fn delete_experiment_tag(&self, id: ExperimentId, key: &str) -> Result<()> {
        self.store()
            .delete_experiment_tag(id, key, self.now_ms())
            .await
    }

    /// Removes for good what was deleted at least so many days ago: experiments, runs, logged
    /// models and their artifacts. The names of experiments are free again.
    ///
    /// # Errors
    ///
    /// `Unavailable` if store or disk are away.
    pub async fn purge_deleted(&self, older_than_days: u32, actor: &str) -> Result<Purged> {
        const DAY_MS: i64 = 86_400_000;
        let before = self.now_ms() - i64::from(older_than_days) * DAY_MS + 1;
        let (purged, orphans) = self.store().purge(before).await?;
        self.collect(&orphans).await?;
        let text = format!(
            "{} experiments, {} runs, {} logged models and {} artifact files removed for good",
            purged.n_experiments, purged.n_runs, purged.n_logged_models, purged.n_files
        );
        self.audit(
            actor,
            "tracking_purged",
            None,
            "experiments".to_owned(),
            text,
        )
        .await?;
        Ok(purged)
    }
}
