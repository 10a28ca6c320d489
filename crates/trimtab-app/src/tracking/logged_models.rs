//! Logged models.

use crate::app::App;
use std::collections::BTreeMap;
use trimtab_domain::tracking::limits::{NAME_LENGTH_MAX, check_key, check_length, check_value};
use trimtab_domain::tracking::{
    ExperimentId, LifecycleStage, LoggedModel, LoggedModelId, LoggedModelStatus, RunId,
};
use trimtab_domain::{Error, ErrorKind, Result};

/// A logged model that is to be made.
#[derive(Debug, Clone)]
pub struct NewLoggedModel {
    /// Where it belongs.
    pub experiment: ExperimentId,
    /// Its name; one is made up where absent.
    pub name: Option<String>,
    /// What kind of model.
    pub model_type: Option<String>,
    /// The run that writes it.
    pub source_run: Option<RunId>,
    /// Its parameters.
    pub params: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl App {
    /// Makes a logged model, whose files are still to come.
    ///
    /// # Errors
    ///
    /// `NotFound` without the experiment, `Invalid` if it is deleted or a name is wrong.
    pub async fn create_logged_model(&self, new: NewLoggedModel) -> Result<LoggedModel> {
        let experiment = self.store().experiment(new.experiment).await?;
        let experiment = experiment.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("No Experiment with id={} exists", new.experiment),
            )
        })?;
        let id = format!("m-{}", self.hex_id());
        let name = new.name.filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| id.clone());
        check_length("name", &name, NAME_LENGTH_MAX)?;
        if name.contains(['/', ':', '.', '%', '"', '\'']) {
            return Err(Error::invalid(format!(
                "Invalid model name ({name}) provided. Model name must be a non-empty string and \
                 cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")"
            )));
        }
        check_pairs("params", &new.params)?;
        check_pairs("tags", &new.tags)?;
        let now = self.now_ms();
        let model = LoggedModel {
            artifact_uri: format!("{}/models/{id}/artifacts", experiment.artifact_location),
            id: LoggedModelId::new(id),
            experiment: experiment.id,
            name,
            created_ms: now,
            updated_ms: now,
            status: LoggedModelStatus::Pending,
            model_type: new.model_type.filter(|kind| !kind.is_empty()),
            source_run: new.source_run,
            stage: LifecycleStage::Active,
            params: new.params,
            tags: new.tags,
            metrics: Vec::new(),
        };
        self.store().create_logged_model(&model).await?;
        Ok(model)
    }

    /// One logged model.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn logged_model(&self, id: &LoggedModelId) -> Result<LoggedModel> {
        self.store().logged_model(id).await?.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("Logged model with ID '{id}' not found."),
            )
        })
    }

    /// Says how a logged model is doing.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn finish_logged_model(
        &self,
        id: &LoggedModelId,
        status: LoggedModelStatus,
    ) -> Result<LoggedModel> {
        self.store()
            .set_logged_model_status(id, status, self.now_ms())
            .await?;
        self.logged_model(id).await
    }

    /// Sets tags of a logged model.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Invalid` for a wrong tag.
    pub async fn set_logged_model_tags(
        &self,
        id: &LoggedModelId,
        tags: &BTreeMap<String, String>,
    ) -> Result<LoggedModel> {
        check_pairs("tags", tags)?;
        self.store()
            .set_logged_model_tags(id, tags, self.now_ms())
            .await?;
        self.logged_model(id).await
    }

    /// Removes a tag of a logged model.
    ///
    /// # Errors
    ///
    /// `NotFound` without model or tag.
    pub async fn delete_logged_model_tag(&self, id: &LoggedModelId, key: &str) -> Result<()> {
        self.store()
            .delete_logged_model_tag(id, key, self.now_ms())
            .await
    }

    /// Adds parameters to a logged model.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Invalid` if one has another value already.
    pub async fn add_logged_model_params(
        &self,
        id: &LoggedModelId,
        params: &BTreeMap<String, String>,
    ) -> Result<()> {
        check_pairs("params", params)?;
        self.store()
            .add_logged_model_params(id, params, self.now_ms())
            .await
    }

    /// Deletes a logged model; a purge removes it.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn delete_logged_model(&self, id: &LoggedModelId, actor: &str) -> Result<()> {
        self.store().delete_logged_model(id, self.now_ms()).await?;
        let text = format!("logged model {id} deleted");
        self.audit(
            actor,
            "logged_model_deleted",
            None,
            format!("logged_model/{id}"),
            text,
        )
        .await
    }
}

fn check_pairs(what: &str, pairs: &BTreeMap<String, String>) -> Result<()> {
    for (key, value) in pairs {
        check_key(&format!("{what}.key"), key)?;
        check_value(&format!("{what}.value"), value)?;
    }
    Ok(())
}
