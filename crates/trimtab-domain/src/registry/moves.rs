//! What a deed changes about a registered model: pure, from what was read.

use super::names::{Stage, check_alias, check_model_name, check_tag, version_label};
use super::{
    CHALLENGER, CHAMPION, ENCODING_TAG, HistoryEntry, HistoryKind, ModelVersion, RegisteredModel,
    RegistryChange, RegistryCommit, ServedHow,
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
    if key == ENCODING_TAG && before.is_some() {
        return Err(Error::conflict(format!(
            "tag `{key}` of {} is a part of the model, and stays",
            version.label()
        ))
        .with_hint("register a new version"));
    }
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

/// An alias, and the version it shall point to, or none.
pub type AliasMove<'a> = (&'a str, Option<u32>);

/// Lets aliases point to versions, or to none, all together. Nothing changes where they do so
/// already.
///
/// # Errors
///
/// `Invalid` if an alias is not allowed.
pub fn move_aliases(
    model: &RegisteredModel,
    moves: &[AliasMove<'_>],
    how: ServedHow,
    deed: &Deed,
) -> Result<Option<RegistryCommit>> {
    let mut changes = Vec::new();
    let mut history = Vec::new();
    for (alias, version) in moves {
        check_alias(alias)?;
        let before = model.aliases.get(*alias).copied();
        if before != *version {
            changes.push(RegistryChange::Alias((*alias).to_owned(), *version));
            history.push(alias_entry(alias, before, *version, how, deed));
        }
    }
    let revision = Some(model.revision);
    Ok((!changes.is_empty()).then(|| deed.commit(&model.name, revision, changes, history)))
}

/// Lets a version serve, and be a candidate no longer; without a passed validation the log says
/// so. `None` where it serves already.
///
/// # Errors
///
/// As [`move_aliases`].
pub fn promote(
    model: &RegisteredModel,
    version: u32,
    has_passed: bool,
    deed: &Deed,
) -> Result<Option<RegistryCommit>> {
    if model.aliases.get(CHAMPION) == Some(&version) {
        return Ok(None);
    }
    let mut moves = vec![(CHAMPION, Some(version))];
    if model.aliases.get(CHALLENGER) == Some(&version) {
        moves.push((CHALLENGER, None));
    }
    let how = if has_passed {
        ServedHow::Promoted
    } else {
        ServedHow::SetByHand
    };
    let mut commit = move_aliases(model, &moves, how, deed)?;
    if let Some(commit) = commit.as_mut().filter(|_| !has_passed) {
        let label = version_label(version);
        let entry = AuditEntry::new(
            deed.at,
            &deed.actor,
            "promoted_without_validation",
            format!("version/{version}"),
            format!("{label} promoted without a validation"),
        )
        .of_model(&model.name)
        .because(deed.reason.as_deref().unwrap_or_default());
        commit.audit.push(entry);
    }
    Ok(commit)
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

#[cfg(test)]
mod tests {
    use super::super::{VersionStatus, served, serving_at};
    use super::*;
    use crate::registry::version_of_label;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone)]
    enum Step {
        Create,
        Point(u8, u32),
        Unpoint(u8),
        Stage(u32, usize, bool),
        Delete(u32),
    }

    const ALIASES: [&str; 3] = [CHAMPION, "challenger", "other"];

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => Just(Step::Create),
            4 => (0..3_u8, 1..8_u32).prop_map(|(alias, version)| Step::Point(alias, version)),
            1 => (0..3_u8).prop_map(Step::Unpoint),
            2 => (1..8_u32, 0..4_usize, any::<bool>())
                .prop_map(|(version, stage, archive)| Step::Stage(version, stage, archive)),
            1 => (1..8_u32).prop_map(Step::Delete),
        ];
        prop::collection::vec(step, 0..40)
    }

    fn deed(second: i64) -> Deed {
        Deed {
            at: Timestamp::from_second(second).unwrap(),
            event_at: None,
            actor: "ann".to_owned(),
            reason: None,
        }
    }

    fn empty() -> ModelVersion {
        ModelVersion {
            model: String::new(),
            version: 0,
            source: "s3://b/k".to_owned(),
            folder: None,
            files: Vec::new(),
            run_id: None,
            run_link: None,
            logged_model_id: None,
            status: VersionStatus::Ready,
            description: None,
            stage: Stage::None,
            tags: BTreeMap::new(),
            created_by: String::new(),
            created_ms: 0,
            updated_ms: 0,
        }
    }

    /// What a store does with a commit.
    fn apply(
        model: &mut RegisteredModel,
        versions: &mut BTreeMap<u32, ModelVersion>,
        history: &mut Vec<HistoryEntry>,
        commit: RegistryCommit,
    ) {
        assert_eq!(commit.expected, Some(model.revision));
        assert_eq!(commit.audit.len(), commit.history.len());
        model.revision += 1;
        for change in commit.changes {
            match change {
                RegistryChange::Alias(alias, Some(version)) => {
                    model.aliases.insert(alias, version);
                }
                RegistryChange::Alias(alias, None) => {
                    model.aliases.remove(&alias);
                }
                RegistryChange::CreateVersion(version) => {
                    model.last_version = version.version;
                    assert!(versions.insert(version.version, version).is_none());
                }
                RegistryChange::Stage(version, stage) => {
                    versions.get_mut(&version).unwrap().stage = stage;
                }
                RegistryChange::DeleteVersion(version) => {
                    versions.remove(&version).unwrap();
                }
                other => panic!("{other:?}"),
            }
        }
        history.extend(commit.history);
    }

    #[test]
    fn a_promotion_is_one_commit() {
        let aliases = [(CHAMPION, 1), (CHALLENGER, 2), ("other", 2)];
        let model = RegisteredModel {
            name: "m".to_owned(),
            aliases: aliases
                .into_iter()
                .map(|(alias, version)| (alias.to_owned(), version))
                .collect(),
            ..RegisteredModel::default()
        };
        let commit = promote(&model, 2, false, &deed(1)).unwrap().unwrap();
        assert_eq!(
            commit.changes,
            [
                RegistryChange::Alias(CHAMPION.to_owned(), Some(2)),
                RegistryChange::Alias(CHALLENGER.to_owned(), None),
            ]
        );
        let actions: Vec<_> = commit.audit.iter().map(|one| &*one.action).collect();
        assert_eq!(actions.last(), Some(&"promoted_without_validation"));
        assert_eq!(commit.history[0].how, Some(ServedHow::SetByHand));
        let passed = promote(&model, 2, true, &deed(1)).unwrap().unwrap();
        assert_eq!(passed.audit.len(), 2);
        assert_eq!(passed.history[0].how, Some(ServedHow::Promoted));
        assert!(promote(&model, 1, true, &deed(1)).unwrap().is_none());
    }

    proptest! {
        /// The history is the reason for the state: played again it gives the same aliases and
        /// stages, no alias points to nothing, and no number is given twice.
        #[test]
        fn the_history_gives_the_state(steps in steps()) {
            let mut model = RegisteredModel { name: "m".to_owned(), ..RegisteredModel::default() };
            let mut versions = BTreeMap::new();
            let mut history = Vec::new();
            for (second, step) in steps.into_iter().enumerate() {
                let deed = deed(i64::try_from(second).unwrap());
                let commit = match step {
                    Step::Create => Some(create_version(&model, empty(), &deed).unwrap().1),
                    Step::Point(alias, version) if versions.contains_key(&version) => {
                        let alias = ALIASES[usize::from(alias)];
                        let moves = [(alias, Some(version))];
                        move_aliases(&model, &moves, ServedHow::Promoted, &deed).unwrap()
                    }
                    Step::Unpoint(alias) => {
                        let alias = ALIASES[usize::from(alias)];
                        let moves = [(alias, None)];
                        move_aliases(&model, &moves, ServedHow::SetByHand, &deed).unwrap()
                    }
                    Step::Stage(version, stage, archive) => {
                        let stage = Stage::ALL[stage];
                        let others: Vec<_> = versions.values().cloned().collect();
                        versions.get(&version).and_then(|version| {
                            move_stage(&model, version, &others, stage, archive, &deed).ok()
                        })
                    }
                    Step::Delete(version) => versions
                        .get(&version)
                        .map(|version| delete_version(&model, version, &deed)),
                    Step::Point(..) => None,
                };
                if let Some(commit) = commit {
                    apply(&mut model, &mut versions, &mut history, commit);
                }
                for version in model.aliases.values() {
                    prop_assert!(versions.contains_key(version));
                }
            }
            let mut aliases = BTreeMap::new();
            let mut stages = BTreeMap::new();
            for entry in &history {
                match entry.kind {
                    HistoryKind::AliasSet => {
                        let after = entry.after.as_deref().and_then(version_of_label);
                        aliases.insert(entry.alias.clone().unwrap(), after.unwrap());
                    }
                    HistoryKind::AliasRemoved => {
                        aliases.remove(entry.alias.as_deref().unwrap());
                    }
                    HistoryKind::VersionCreated => {
                        stages.insert(entry.version.unwrap(), Stage::None);
                    }
                    HistoryKind::VersionDeleted => {
                        stages.remove(&entry.version.unwrap());
                    }
                    HistoryKind::Stage => {
                        let stage = entry.after.as_deref().unwrap().parse().unwrap();
                        stages.insert(entry.version.unwrap(), stage);
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(&aliases, &model.aliases);
            let now: BTreeMap<u32, Stage> =
                versions.iter().map(|(number, version)| (*number, version.stage)).collect();
            prop_assert_eq!(stages, now);
            let times = served(&history, None, false);
            let serving = serving_at(&times, Timestamp::from_second(1_000).unwrap());
            prop_assert_eq!(
                serving.map(|one| one.version),
                model.aliases.get(CHAMPION).copied()
            );
        }
    }
}
