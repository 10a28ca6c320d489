//! What a deed changes about a registered model: pure, from what was read.

use super::names::{Stage, check_alias, check_model_name, check_tag, version_label};
use super::{
    HistoryEntry, HistoryKind, ModelVersion, RegisteredModel, RegistryChange, RegistryCommit,
    ServedHow,
};
use crate::audit::AuditEntry;
use crate::error::{Error, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Who does something, when and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// When (wall clock).
    pub at: Timestamp,
    /// How far the model's events have come, where it lives on an event clock.
    pub event_at: Option<Timestamp>,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

impl Deed {
    fn entry(&self, kind: HistoryKind) -> HistoryEntry {
        HistoryEntry {
            kind,
            at: self.at,
            event_at: self.event_at,
            version: None,
            alias: None,
            before: None,
            after: None,
            how: None,
            actor: self.actor.clone(),
            reason: self.reason.clone(),
        }
    }

    fn commit(
        &self,
        model: &str,
        expected: Option<i64>,
        changes: Vec<RegistryChange>,
        history: Vec<HistoryEntry>,
    ) -> RegistryCommit {
        let audit = history.iter().map(|entry| entry.in_log(model)).collect();
        RegistryCommit {
            model: model.to_owned(),
            expected,
            at_ms: self.at.as_millisecond(),
            changes,
            history,
            audit,
        }
    }

    /// A change that is an entry of the audit log and no history of versions.
    fn noted(
        &self,
        model: &RegisteredModel,
        change: RegistryChange,
        action: &str,
        object: String,
        text: String,
        sides: (Option<Value>, Option<Value>),
    ) -> RegistryCommit {
        let entry = AuditEntry::new(self.at, &self.actor, action, object, text)
            .of_model(&model.name)
            .with_change(sides.0, sides.1)
            .because(self.reason.as_deref().unwrap_or_default());
        RegistryCommit {
            audit: vec![entry],
            ..self.commit(&model.name, Some(model.revision), vec![change], Vec::new())
        }
    }
}

/// Registers a model.
///
/// # Errors
///
/// `Invalid` if its name or a tag is not allowed.
pub fn create_model(mut model: RegisteredModel, deed: &Deed) -> Result<RegistryCommit> {
    check_model_name(&model.name)?;
    for (key, value) in &model.tags {
        check_tag(key, value)?;
    }
    model.created_ms = deed.at.as_millisecond();
    model.updated_ms = model.created_ms;
    let name = model.name.clone();
    let history = vec![HistoryEntry {
        after: Some(name.clone()),
        ..deed.entry(HistoryKind::ModelCreated)
    }];
    Ok(deed.commit(
        &name,
        None,
        vec![RegistryChange::CreateModel(model)],
        history,
    ))
}

/// Gives a model another name.
///
/// # Errors
///
/// `Invalid` if the name is not allowed.
pub fn rename_model(model: &RegisteredModel, name: &str, deed: &Deed) -> Result<RegistryCommit> {
    check_model_name(name)?;
    let history = vec![HistoryEntry {
        before: Some(model.name.clone()),
        after: Some(name.to_owned()),
        ..deed.entry(HistoryKind::ModelRenamed)
    }];
    Ok(deed.commit(
        &model.name,
        Some(model.revision),
        vec![RegistryChange::RenameModel(name.to_owned())],
        history,
    ))
}

/// Deletes a model with its versions. Its history stays.
pub fn delete_model(model: &RegisteredModel, deed: &Deed) -> RegistryCommit {
    let history = vec![HistoryEntry {
        before: Some(model.name.clone()),
        ..deed.entry(HistoryKind::ModelDeleted)
    }];
    deed.commit(
        &model.name,
        Some(model.revision),
        vec![RegistryChange::DeleteModel],
        history,
    )
}

/// Describes a model.
pub fn describe_model(
    model: &RegisteredModel,
    description: Option<String>,
    deed: &Deed,
) -> RegistryCommit {
    deed.noted(
        model,
        RegistryChange::DescribeModel(description.clone()),
        "registered_model_described",
        format!("registered_model/{}", model.name),
        format!("description of model `{}` changed", model.name),
        (
            model.description.clone().map(Value::String),
            description.map(Value::String),
        ),
    )
}

/// Sets a tag of a model, or removes it.
///
/// # Errors
///
/// `Invalid` if the tag is not allowed, `NotFound` if there is none to remove.
pub fn tag_model(
    model: &RegisteredModel,
    key: &str,
    value: Option<&str>,
    deed: &Deed,
) -> Result<RegistryCommit> {
    let before = model.tags.get(key).map(String::as_str);
    check_tag_change(key, before, value)?;
    Ok(deed.noted(
        model,
        RegistryChange::TagModel(key.to_owned(), value.map(str::to_owned)),
        if value.is_some() {
            "tag_set"
        } else {
            "tag_removed"
        },
        format!("registered_model/{}", model.name),
        tag_text(key, &format!("model `{}`", model.name), value),
        (tag_side(key, before), tag_side(key, value)),
    ))
}

/// Registers a version. It gets the next number, whatever it says.
///
/// # Errors
///
/// `Invalid` if a tag is not allowed.
pub fn create_version(
    model: &RegisteredModel,
    version: ModelVersion,
    deed: &Deed,
) -> Result<(ModelVersion, RegistryCommit)> {
    for (key, value) in &version.tags {
        check_tag(key, value)?;
    }
    let version = ModelVersion {
        model: model.name.clone(),
        version: model.last_version + 1,
        created_by: deed.actor.clone(),
        created_ms: deed.at.as_millisecond(),
        updated_ms: deed.at.as_millisecond(),
        ..version
    };
    let history = HistoryEntry {
        version: Some(version.version),
        after: Some(version.label()),
        ..deed.entry(HistoryKind::VersionCreated)
    };
    let mut commit = deed.commit(
        &model.name,
        Some(model.revision),
        vec![RegistryChange::CreateVersion(version.clone())],
        vec![history],
    );
    // The log also says what was registered.
    if let Some(entry) = commit.audit.first_mut() {
        entry.after = Some(json!({
            "version": version.label(),
            "source": version.source,
            "run_id": version.run_id,
            "model_id": version.logged_model_id,
            "files": version.files,
        }));
    }
    Ok((version, commit))
}

/// Describes a version.
pub fn describe_version(
    model: &RegisteredModel,
    version: &ModelVersion,
    description: Option<String>,
    deed: &Deed,
) -> RegistryCommit {
    deed.noted(
        model,
        RegistryChange::DescribeVersion(version.version, description.clone()),
        "version_described",
        format!("version/{}", version.version),
        format!("description of {} changed", version.label()),
        (
            version.description.clone().map(Value::String),
            description.map(Value::String),
        ),
    )
}

/// Sets a tag of a version, or removes it.
///
/// # Errors
///
/// As [`tag_model`].
pub fn tag_version(
    model: &RegisteredModel,
    version: &ModelVersion,
    key: &str,
    value: Option<&str>,
    deed: &Deed,
) -> Result<RegistryCommit> {
    let before = version.tags.get(key).map(String::as_str);
    check_tag_change(key, before, value)?;
    Ok(deed.noted(
        model,
        RegistryChange::TagVersion(version.version, key.to_owned(), value.map(str::to_owned)),
        if value.is_some() {
            "tag_set"
        } else {
            "tag_removed"
        },
        format!("version/{}", version.version),
        tag_text(key, &version.label(), value),
        (tag_side(key, before), tag_side(key, value)),
    ))
}

fn check_tag_change(key: &str, before: Option<&str>, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => check_tag(key, value),
        None if before.is_none() => Err(Error::not_found("tag", key)),
        None => Ok(()),
    }
}

fn tag_text(key: &str, whose: &str, value: Option<&str>) -> String {
    match value {
        Some(_) => format!("tag `{key}` of {whose} set"),
        None => format!("tag `{key}` of {whose} removed"),
    }
}

fn tag_side(key: &str, value: Option<&str>) -> Option<Value> {
    value.map(|value| json!({ key: value }))
}

/// Lets an alias point to a version, or to none. Nothing changes where it does so already.
///
/// # Errors
///
/// `Invalid` if the alias is not allowed.
pub fn move_alias(
    model: &RegisteredModel,
    alias: &str,
    version: Option<u32>,
    how: ServedHow,
    deed: &Deed,
) -> Result<Option<RegistryCommit>> {
    check_alias(alias)?;
    let before = model.aliases.get(alias).copied();
    if before == version {
        return Ok(None);
    }
    let change = RegistryChange::Alias(alias.to_owned(), version);
    let history = alias_entry(alias, before, version, how, deed);
    Ok(Some(deed.commit(
        &model.name,
        Some(model.revision),
        vec![change],
        vec![history],
    )))
}

fn alias_entry(
    alias: &str,
    before: Option<u32>,
    after: Option<u32>,
    how: ServedHow,
    deed: &Deed,
) -> HistoryEntry {
    let kind = if after.is_some() {
        HistoryKind::AliasSet
    } else {
        HistoryKind::AliasRemoved
    };
    HistoryEntry {
        version: after.or(before),
        alias: Some(alias.to_owned()),
        before: before.map(version_label),
        after: after.map(version_label),
        how: after.map(|_| how),
        ..deed.entry(kind)
    }
}

/// Moves a version to a stage; with `archive`, whatever is in that stage leaves it.
///
/// # Errors
///
/// `Invalid` if others shall be archived from a stage that is not in use.
pub fn move_stage(
    model: &RegisteredModel,
    version: &ModelVersion,
    others: &[ModelVersion],
    stage: Stage,
    archive: bool,
    deed: &Deed,
) -> Result<RegistryCommit> {
    if archive && !stage.is_active() {
        return Err(Error::invalid(format!(
            "Model version transition cannot archive existing model versions because '{stage}' is not an Active stage. Valid stages are Staging, Production."
        )));
    }
    let mut changes = Vec::new();
    let mut history = Vec::new();
    let mut one = |moved: &ModelVersion, to: Stage| {
        if moved.stage == to {
            return;
        }
        changes.push(RegistryChange::Stage(moved.version, to));
        history.push(HistoryEntry {
            version: Some(moved.version),
            before: Some(moved.stage.as_str().to_owned()),
            after: Some(to.as_str().to_owned()),
            ..deed.entry(HistoryKind::Stage)
        });
    };
    if archive {
        for other in others {
            if other.stage == stage && other.version != version.version {
                one(other, Stage::Archived);
            }
        }
    }
    one(version, stage);
    Ok(deed.commit(&model.name, Some(model.revision), changes, history))
}

/// Deletes a version; aliases that point to it go with it. Its number is never given again.
pub fn delete_version(
    model: &RegisteredModel,
    version: &ModelVersion,
    deed: &Deed,
) -> RegistryCommit {
    let mut changes = Vec::new();
    let mut history = Vec::new();
    for alias in model.aliases_of(version.version) {
        history.push(alias_entry(
            &alias,
            Some(version.version),
            None,
            ServedHow::SetByHand,
            deed,
        ));
        changes.push(RegistryChange::Alias(alias, None));
    }
    changes.push(RegistryChange::DeleteVersion(version.version));
    history.push(HistoryEntry {
        version: Some(version.version),
        before: Some(version.label()),
        ..deed.entry(HistoryKind::VersionDeleted)
    });
    deed.commit(&model.name, Some(model.revision), changes, history)
}

/// Notes that a person approves a version.
///
/// # Errors
///
/// `Conflict` if the same person did so before.
pub fn approve_version(
    model: &RegisteredModel,
    version: &ModelVersion,
    history: &[HistoryEntry],
    deed: &Deed,
) -> Result<RegistryCommit> {
    let has_approved = history.iter().any(|entry| {
        entry.kind == HistoryKind::Approved
            && entry.version == Some(version.version)
            && entry.actor == deed.actor
    });
    if has_approved {
        return Err(Error::conflict(format!(
            "{} has approved {} before",
            deed.actor,
            version.label()
        ))
        .with_hint("a second approval must come from somebody else"));
    }
    let entry = HistoryEntry {
        version: Some(version.version),
        after: Some("approved".to_owned()),
        ..deed.entry(HistoryKind::Approved)
    };
    Ok(deed.commit(&model.name, Some(model.revision), Vec::new(), vec![entry]))
}
