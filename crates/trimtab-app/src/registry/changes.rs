//! Deeds: read, decide, commit; again where somebody else was faster.

use super::{no_model, no_version};
use crate::app::{App, ChangeKind};
use std::collections::BTreeMap;
use trimtab_domain::registry::moves::{self, AliasMove, Deed};
use trimtab_domain::registry::{
    CHAMPION, HistoryEntry, HistoryKind, ModelVersion, RegisteredModel, RegistryChange,
    RegistryCommit, ServedHow, Stage, check_alias, version_of_label,
};
use trimtab_domain::{Error, ErrorKind, ModelName, Result};

/// So often a deed is decided again before it is given up.
const TRIES_MAX: u32 = 20;

/// A model that is to be registered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewRegisteredModel {
    /// Its name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What a deed needs to see besides the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Version(u32),
    Versions,
    History,
}

/// What a deed sees.
struct Seen {
    model: RegisteredModel,
    versions: Vec<ModelVersion>,
    history: Vec<HistoryEntry>,
}

impl Seen {
    fn version(&self, version: u32) -> Result<&ModelVersion> {
        self.versions
            .iter()
            .find(|one| one.version == version)
            .ok_or_else(|| no_version(&self.model.name, version))
    }

    fn has_been_champion(&self, version: u32) -> bool {
        self.history.iter().any(|entry| {
            entry.kind == HistoryKind::AliasSet
                && entry.alias.as_deref() == Some(CHAMPION)
                && entry.version == Some(version)
        })
    }
}

impl App {
    pub(crate) async fn deed(&self, model: &str, actor: &str, reason: &str) -> Result<Deed> {
        let reason = reason.trim();
        Ok(Deed {
            at: self.now(),
            event_at: self.registry_clock(model).await?.event_at,
            actor: actor.to_owned(),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
        })
    }

    async fn look(&self, model: &str, needs: Needs) -> Result<Seen> {
        let store = self.store();
        // The model first: what is read after it is at least as new, and its revision guards it.
        let found = store.registered_model(model).await?;
        let mut seen = Seen {
            model: found.ok_or_else(|| no_model(model))?,
            versions: Vec::new(),
            history: Vec::new(),
        };
        match needs {
            Needs::Nothing => {}
            Needs::Version(version) => {
                let found = store.model_version(model, version).await?;
                seen.versions
                    .push(found.ok_or_else(|| no_version(model, version))?);
            }
            Needs::Versions => seen.versions = store.model_versions(Some(model)).await?,
            Needs::History => {
                seen.versions = store.model_versions(Some(model)).await?;
                seen.history = store.registry_history(model).await?;
            }
        }
        Ok(seen)
    }

    /// Reads, decides and commits; `decide` answers `None` where there is nothing to change.
    async fn change(
        &self,
        model: &str,
        needs: Needs,
        decide: impl Fn(&Seen) -> Result<Option<RegistryCommit>> + Send + Sync,
    ) -> Result<Seen> {
        let mut n_tries = 0;
        loop {
            let seen = self.look(model, needs).await?;
            let Some(commit) = decide(&seen)? else {
                return Ok(seen);
            };
            match self.store().commit_registry(&commit).await {
                Ok(()) => {
                    self.told_of_registry(model);
                    self.obey_registry(&commit).await;
                    return Ok(seen);
                }
                Err(error) if error.kind() == ErrorKind::Conflict && n_tries < TRIES_MAX => {
                    let now = self.store().registered_model(model).await?;
                    if now.is_some_and(|now| now.revision == seen.model.revision) {
                        // Nobody was faster: it is the change itself that does not fit.
                        return Err(error);
                    }
                    n_tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Flags follow a new champion at once. What is stored holds: where they cannot be read now,
    /// the background reads them in a moment.
    async fn obey_registry(&self, commit: &RegistryCommit) {
        let decides_traffic = commit.changes.iter().any(|change| match change {
            RegistryChange::Alias(alias, _) => alias == CHAMPION,
            RegistryChange::RenameModel(_)
            | RegistryChange::DeleteModel
            | RegistryChange::DeleteVersion(_) => true,
            _ => false,
        });
        if decides_traffic && let Err(error) = self.refresh_flags().await {
            tracing::warn!(%error, model = commit.model, "flags could not be refreshed");
        }
    }

    /// Who shows or serves it should ask again.
    fn told_of_registry(&self, model: &str) {
        match ModelName::new(model) {
            Ok(name) => self.announce(ChangeKind::Model, Some(&name)),
            Err(_) => self.announce(ChangeKind::Fleet, None),
        }
    }

    /// Registers a model.
    ///
    /// # Errors
    ///
    /// `Invalid` if its name or a tag is not allowed, `Conflict` if the name is taken.
    pub async fn create_registered_model(
        &self,
        new: NewRegisteredModel,
        actor: &str,
    ) -> Result<RegisteredModel> {
        let deed = self.deed(&new.name, actor, "").await?;
        let name = new.name.clone();
        let model = RegisteredModel {
            name: new.name,
            description: new.description,
            tags: new.tags,
            ..RegisteredModel::default()
        };
        let commit = moves::create_model(model, &deed)?;
        self.store().commit_registry(&commit).await?;
        self.told_of_registry(&name);
        self.registered_model(&name).await
    }

    /// Gives a model another name.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Conflict` if the name is taken, `Invalid` if it is not allowed.
    pub async fn rename_registered_model(
        &self,
        model: &str,
        name: &str,
        actor: &str,
    ) -> Result<RegisteredModel> {
        let deed = self.deed(model, actor, "").await?;
        self.change(model, Needs::Nothing, |seen| {
            moves::rename_model(&seen.model, name, &deed).map(Some)
        })
        .await?;
        self.registered_model(name).await
    }

    /// Describes a model.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn describe_registered_model(
        &self,
        model: &str,
        description: &str,
        actor: &str,
    ) -> Result<RegisteredModel> {
        let deed = self.deed(model, actor, "").await?;
        self.change(model, Needs::Nothing, |seen| {
            let is_same = seen.model.description.as_deref() == Some(description);
            let described = Some(description.to_owned());
            Ok((!is_same).then(|| moves::describe_model(&seen.model, described, &deed)))
        })
        .await?;
        self.registered_model(model).await
    }

    /// Deletes a model with its versions; its history stays.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn delete_registered_model(&self, model: &str, actor: &str) -> Result<()> {
        let deed = self.deed(model, actor, "").await?;
        self.change(model, Needs::Nothing, |seen| {
            Ok(Some(moves::delete_model(&seen.model, &deed)))
        })
        .await
        .map(drop)
    }

    /// Sets a tag of a model, or removes it where there is no value. Nothing changes where it is
    /// so already: clients repeat what they got no answer to.
    ///
    /// # Errors
    ///
    /// `NotFound` without the model, `Invalid` if the tag is not allowed.
    pub async fn tag_registered_model(
        &self,
        model: &str,
        key: &str,
        value: Option<&str>,
        actor: &str,
    ) -> Result<()> {
        let deed = self.deed(model, actor, "").await?;
        self.change(model, Needs::Nothing, |seen| {
            if seen.model.tags.get(key).map(String::as_str) == value {
                return Ok(None);
            }
            moves::tag_model(&seen.model, key, value, &deed).map(Some)
        })
        .await
        .map(drop)
    }

    /// Stores a new version, which gets the next number.
    pub(super) async fn add_version(
        &self,
        version: ModelVersion,
        actor: &str,
        reason: &str,
    ) -> Result<ModelVersion> {
        let model = version.model.clone();
        let deed = self.deed(&model, actor, reason).await?;
        let seen = self
            .change(&model, Needs::Nothing, |seen| {
                moves::create_version(&seen.model, version.clone(), &deed)
                    .map(|(_, commit)| Some(commit))
            })
            .await?;
        self.model_version(&model, seen.model.last_version + 1)
            .await
    }

    /// Describes a version.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn describe_model_version(
        &self,
        model: &str,
        version: u32,
        description: &str,
        actor: &str,
    ) -> Result<ModelVersion> {
        let deed = self.deed(model, actor, "").await?;
        self.change(model, Needs::Version(version), |seen| {
            let old = seen.version(version)?;
            let is_same = old.description.as_deref() == Some(description);
            let described = Some(description.to_owned());
            Ok((!is_same).then(|| moves::describe_version(&seen.model, old, described, &deed)))
        })
        .await?;
        self.model_version(model, version).await
    }

    /// Sets a tag of a version, or removes it where there is no value. Nothing changes where it is
    /// so already.
    ///
    /// # Errors
    ///
    /// `NotFound` without the version, `Invalid` if the tag is not allowed.
    pub async fn tag_model_version(
        &self,
        model: &str,
        version: u32,
        key: &str,
        value: Option<&str>,
        actor: &str,
    ) -> Result<()> {
        let deed = self.deed(model, actor, "").await?;
        self.change(model, Needs::Version(version), |seen| {
            let old = seen.version(version)?;
            if old.tags.get(key).map(String::as_str) == value {
                return Ok(None);
            }
            moves::tag_version(&seen.model, old, key, value, &deed).map(Some)
        })
        .await
        .map(drop)
    }

    /// Deletes a version, and the aliases that point to it.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn delete_model_version(&self, model: &str, version: u32, actor: &str) -> Result<()> {
        let deed = self.deed(model, actor, "").await?;
        self.change(model, Needs::Version(version), |seen| {
            let old = seen.version(version)?;
            Ok(Some(moves::delete_version(&seen.model, old, &deed)))
        })
        .await
        .map(drop)
    }

    /// Moves a version to a stage; with `archive`, whatever is in that stage leaves it.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Invalid` if others shall leave a stage that is not in use.
    pub async fn move_stage(
        &self,
        model: &str,
        version: u32,
        stage: Stage,
        archive: bool,
        actor: &str,
    ) -> Result<ModelVersion> {
        let deed = self.deed(model, actor, "").await?;
        self.change(model, Needs::Versions, |seen| {
            let old = seen.version(version)?;
            let commit =
                moves::move_stage(&seen.model, old, &seen.versions, stage, archive, &deed)?;
            Ok((!commit.changes.is_empty()).then_some(commit))
        })
        .await?;
        self.model_version(model, version).await
    }

    /// Lets an alias point to a version (by label or number), or to none, as a step of the loop:
    /// a rollout, a promotion, a way back.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model or version, `Invalid` if the alias is not allowed.
    pub async fn set_alias(
        &self,
        model: &str,
        alias: &str,
        version: Option<&str>,
        actor: &str,
        reason: &str,
    ) -> Result<()> {
        self.point(model, alias, version, None, actor, reason).await
    }

    /// As [`App::set_alias`], by somebody's own hand and past every gate: what MLflow's clients
    /// do.
    ///
    /// # Errors
    ///
    /// As [`App::set_alias`].
    pub async fn set_alias_by_hand(
        &self,
        model: &str,
        alias: &str,
        version: Option<&str>,
        actor: &str,
    ) -> Result<()> {
        let how = Some(ServedHow::SetByHand);
        self.point(model, alias, version, how, actor, "").await
    }

    pub(super) async fn point(
        &self,
        model: &str,
        alias: &str,
        version: Option<&str>,
        how: Option<ServedHow>,
        actor: &str,
        reason: &str,
    ) -> Result<()> {
        check_alias(alias)?;
        let number = match version {
            Some(label) => Some(version_of_label(label).ok_or_else(|| no_version(model, label))?),
            None => None,
        };
        let deed = self.deed(model, actor, reason).await?;
        self.move_aliases(model, how, &deed, |_| vec![(alias, number)])
            .await
    }

    /// Moves aliases of a model in one deed: which, `wanted` says from the model as it is. Where
    /// nobody says how, a champion that served before is a way back.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model or version, `Invalid` if an alias is not allowed.
    pub(crate) async fn move_aliases<'a>(
        &self,
        model: &str,
        how: Option<ServedHow>,
        deed: &Deed,
        wanted: impl Fn(&RegisteredModel) -> Vec<AliasMove<'a>> + Send + Sync,
    ) -> Result<()> {
        self.change(model, Needs::History, |seen| {
            let wanted = wanted(&seen.model);
            let mut has_served = false;
            for (alias, version) in &wanted {
                let Some(version) = *version else { continue };
                seen.version(version)?;
                has_served |= *alias == CHAMPION && seen.has_been_champion(version);
            }
            let how = how.unwrap_or(if has_served {
                ServedHow::RolledBack
            } else {
                ServedHow::Promoted
            });
            moves::move_aliases(&seen.model, &wanted, how, deed)
        })
        .await
        .map(drop)
    }

    /// Lets a version serve, in one deed with all that follows from it. Whether it passed was
    /// asked beside the champion `beside`.
    pub(super) async fn commit_promotion(
        &self,
        model: &str,
        (version, has_passed): (u32, bool),
        beside: Option<u32>,
        deed: &Deed,
    ) -> Result<()> {
        self.change(model, Needs::Version(version), |seen| {
            seen.version(version)?;
            if seen.model.aliases.get(CHAMPION).copied() != beside {
                return Err(Error::conflict(format!(
                    "another version of model `{model}` was made its champion meanwhile"
                ))
                .with_hint("look at it, and promote again if it is still right"));
            }
            moves::promote(&seen.model, version, has_passed, deed)
        })
        .await
        .map(drop)
    }

    /// A person approves a version.
    ///
    /// # Errors
    ///
    /// `NotFound` without it, `Conflict` if the same person did so before.
    pub async fn approve_version(
        &self,
        model: &str,
        version: u32,
        actor: &str,
        reason: &str,
    ) -> Result<()> {
        let deed = self.deed(model, actor, reason).await?;
        self.change(model, Needs::History, |seen| {
            let old = seen.version(version)?;
            moves::approve_version(&seen.model, old, &seen.history, &deed).map(Some)
        })
        .await
        .map(drop)
    }
}

/// `Invalid`: a deed that changes what serves says why.
pub(super) fn needs_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Error::invalid("a reason is missing").with_hint("say why, in a few words"));
    }
    Ok(())
}
