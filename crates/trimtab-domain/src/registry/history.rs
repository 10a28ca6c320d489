//! What happened to a registered model, and what follows from it: who served when.

use super::names::{CHAMPION, version_label};
use crate::audit::AuditEntry;
use crate::error::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::str::FromStr;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// The model was registered.
    ModelCreated,
    /// It got another name.
    ModelRenamed,
    /// It was deleted with its versions.
    ModelDeleted,
    /// A version was registered.
    VersionCreated,
    /// A version was deleted.
    VersionDeleted,
    /// An alias points to a version (from another one, or from none).
    AliasSet,
    /// An alias points nowhere any more.
    AliasRemoved,
    /// A version is in another stage.
    Stage,
    /// A person approved a version.
    Approved,
}

impl HistoryKind {
    /// Each of them.
    pub const ALL: [Self; 9] = [
        Self::ModelCreated,
        Self::ModelRenamed,
        Self::ModelDeleted,
        Self::VersionCreated,
        Self::VersionDeleted,
        Self::AliasSet,
        Self::AliasRemoved,
        Self::Stage,
        Self::Approved,
    ];

    /// The word in answers and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ModelCreated => "model_created",
            Self::ModelRenamed => "model_renamed",
            Self::ModelDeleted => "model_deleted",
            Self::VersionCreated => "version_created",
            Self::VersionDeleted => "version_deleted",
            Self::AliasSet => "alias_set",
            Self::AliasRemoved => "alias_removed",
            Self::Stage => "stage",
            Self::Approved => "approved",
        }
    }
}

impl FromStr for HistoryKind {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| Error::internal(format!("`{word}` is no kind of history")))
    }
}

/// How a version came to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServedHow {
    /// It was promoted.
    Promoted,
    /// It had served before.
    RolledBack,
    /// Somebody set the alias, past every gate.
    SetByHand,
}

impl ServedHow {
    /// The word in answers and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled_back",
            Self::SetByHand => "set_by_hand",
        }
    }
}

impl FromStr for ServedHow {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        [Self::Promoted, Self::RolledBack, Self::SetByHand]
            .into_iter()
            .find(|how| how.as_str() == word)
            .ok_or_else(|| Error::internal(format!("`{word}` is no way to come to serve")))
    }
}

/// One thing that happened to a registered model.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// What kind of thing.
    pub kind: HistoryKind,
    /// When (wall clock).
    pub at: Timestamp,
    /// How far the model's events had come then, where it lives on an event clock.
    pub event_at: Option<Timestamp>,
    /// The version it is about.
    pub version: Option<u32>,
    /// The alias it is about.
    pub alias: Option<String>,
    /// What it was before: a version's label, a stage, a name.
    pub before: Option<String>,
    /// What it is from then on.
    pub after: Option<String>,
    /// How an alias came to point there.
    pub how: Option<ServedHow>,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

impl HistoryEntry {
    /// In words.
    pub fn text(&self) -> String {
        let version = self.version.map(version_label).unwrap_or_default();
        let alias = self.alias.as_deref().unwrap_or_default();
        let before = self.before.as_deref().unwrap_or_default();
        let after = self.after.as_deref().unwrap_or_default();
        match self.kind {
            HistoryKind::ModelCreated => "model registered".to_owned(),
            HistoryKind::ModelRenamed => format!("renamed from `{before}` to `{after}`"),
            HistoryKind::ModelDeleted => "model deleted with its versions".to_owned(),
            HistoryKind::VersionCreated => format!("{version} registered"),
            HistoryKind::VersionDeleted => format!("{version} deleted"),
            HistoryKind::AliasSet if before.is_empty() => {
                format!("alias `{alias}` set to {after}")
            }
            HistoryKind::AliasSet => format!("alias `{alias}` moved from {before} to {after}"),
            HistoryKind::AliasRemoved => format!("alias `{alias}` removed from {before}"),
            HistoryKind::Stage => format!("{version} moved from stage {before} to {after}"),
            HistoryKind::Approved => format!("{version} approved"),
        }
    }

    /// The same, as an entry of the audit log.
    pub fn in_log(&self, model: &str) -> AuditEntry {
        let action = match self.kind {
            HistoryKind::ModelCreated => "registered_model_created",
            HistoryKind::ModelRenamed => "registered_model_renamed",
            HistoryKind::ModelDeleted => "registered_model_deleted",
            HistoryKind::VersionCreated => "version_created",
            HistoryKind::VersionDeleted => "version_deleted",
            HistoryKind::AliasSet => "alias_set",
            HistoryKind::AliasRemoved => "alias_removed",
            HistoryKind::Stage => "stage_changed",
            HistoryKind::Approved => "version_approved",
        };
        let object = match (&self.alias, self.version) {
            (Some(alias), _) => format!("alias/{alias}"),
            (None, Some(version)) => format!("version/{version}"),
            (None, None) => format!("registered_model/{model}"),
        };
        let side = |value: &Option<String>| -> Option<Value> {
            value.as_ref().map(|value| match self.kind {
                HistoryKind::AliasSet | HistoryKind::AliasRemoved => {
                    json!({"version": value, "how": self.how.map(ServedHow::as_str)})
                }
                HistoryKind::Stage => json!({ "stage": value }),
                HistoryKind::ModelRenamed => json!({ "name": value }),
                _ => json!({ "value": value }),
            })
        };
        AuditEntry::new(self.at, &self.actor, action, object, self.text())
            .of_model(model)
            .with_change(side(&self.before), side(&self.after))
            .because(self.reason.as_deref().unwrap_or_default())
    }

    /// When it took effect on the model's own clock.
    fn effective_at(&self, data_from: Option<Timestamp>, is_event_clock: bool) -> Timestamp {
        if !is_event_clock {
            return self.at;
        }
        // What was set before there was any event holds from the first one.
        self.event_at.or(data_from).unwrap_or(self.at)
    }
}

/// A time in which one version served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The version.
    pub version: u32,
    /// Since when, on the model's own clock.
    pub from: Timestamp,
    /// Until when; still, where absent.
    pub to: Option<Timestamp>,
    /// When it was decided (wall clock).
    pub decided_at: Timestamp,
    /// Who decided it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// How it came to serve.
    pub how: ServedHow,
}

/// Which version was champion when, oldest first, on the model's own clock.
///
/// `history` is in the order in which it happened. Events of a model on an event clock begin at
/// `data_from`, where there are any.
pub fn served(
    history: &[HistoryEntry],
    data_from: Option<Timestamp>,
    is_event_clock: bool,
) -> Vec<Served> {
    let mut times: Vec<Served> = Vec::new();
    for entry in history {
        let is_end = matches!(entry.kind, HistoryKind::ModelDeleted);
        let is_champion = entry.alias.as_deref() == Some(CHAMPION);
        if !is_end && !is_champion {
            continue;
        }
        // Clocks jump; what happened later did not take effect earlier.
        let earliest = times.last().map(|last| last.to.unwrap_or(last.from));
        let at = entry.effective_at(data_from, is_event_clock);
        let at = earliest.map_or(at, |earliest| at.max(earliest));
        if let Some(last) = times.last_mut()
            && last.to.is_none()
        {
            last.to = Some(at);
        }
        if entry.kind == HistoryKind::AliasSet
            && let Some(version) = entry.version
        {
            times.push(Served {
                version,
                from: at,
                to: None,
                decided_at: entry.at,
                actor: entry.actor.clone(),
                reason: entry.reason.clone(),
                how: entry.how.unwrap_or(ServedHow::SetByHand),
            });
        }
    }
    times
}

/// Which version was champion at an instant of the model's own clock.
pub fn serving_at(times: &[Served], at: Timestamp) -> Option<&Served> {
    times
        .iter()
        .rev()
        .find(|served| served.from <= at && served.to.is_none_or(|to| at < to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn alias(kind: HistoryKind, version: u32, second: i64, event: Option<i64>) -> HistoryEntry {
        HistoryEntry {
            kind,
            at: at(second),
            event_at: event.map(at),
            version: Some(version),
            alias: Some(CHAMPION.to_owned()),
            before: None,
            after: Some(version_label(version)),
            how: Some(ServedHow::Promoted),
            actor: "ann".to_owned(),
            reason: None,
        }
    }

    fn versions(times: &[Served]) -> Vec<(u32, i64, Option<i64>)> {
        let second = |at: Timestamp| at.as_second();
        times
            .iter()
            .map(|one| (one.version, second(one.from), one.to.map(second)))
            .collect()
    }

    #[test]
    fn the_question_who_served_has_an_answer() {
        use HistoryKind::{AliasRemoved, AliasSet};
        let history = [
            alias(AliasSet, 1, 100, None),
            alias(AliasSet, 2, 200, None),
            alias(AliasRemoved, 2, 300, None),
            alias(AliasSet, 1, 400, None),
        ];
        let times = served(&history, None, false);
        assert_eq!(
            versions(&times),
            [(1, 100, Some(200)), (2, 200, Some(300)), (1, 400, None)]
        );
        let who = |second| serving_at(&times, at(second)).map(|one| one.version);
        assert_eq!(
            [99, 100, 199, 200, 299, 300, 399, 400, 9_999].map(who),
            [
                None,
                Some(1),
                Some(1),
                Some(2),
                Some(2),
                None,
                None,
                Some(1),
                Some(1)
            ]
        );
    }

    #[test]
    fn a_model_on_an_event_clock_is_asked_in_event_time() {
        let history = [
            alias(HistoryKind::AliasSet, 1, 9_000, None),
            alias(HistoryKind::AliasSet, 2, 9_001, Some(50)),
            alias(HistoryKind::AliasSet, 3, 9_002, Some(50)),
        ];
        let times = served(&history, Some(at(10)), true);
        assert_eq!(
            versions(&times),
            [(1, 10, Some(50)), (2, 50, Some(50)), (3, 50, None)]
        );
        assert_eq!(serving_at(&times, at(50)).unwrap().version, 3);
    }

    proptest! {
        #[test]
        fn at_most_one_version_serves(
            moves in prop::collection::vec((any::<bool>(), 1_u32..5, 0_i64..100), 0..30),
            asked in 0_i64..110,
        ) {
            let history: Vec<_> = moves.iter().map(|(is_set, version, second)| {
                let kind = if *is_set { HistoryKind::AliasSet } else { HistoryKind::AliasRemoved };
                alias(kind, *version, *second, None)
            }).collect();
            let times = served(&history, None, false);
            for pair in times.windows(2) {
                prop_assert!(pair[0].to.is_some_and(|to| to <= pair[1].from));
                prop_assert!(pair[0].from <= pair[1].from);
            }
            let holding = times.iter().filter(|one| {
                one.from <= at(asked) && one.to.is_none_or(|to| at(asked) < to)
            });
            prop_assert!(holding.count() <= 1);
            // Whoever was set last and not taken away serves now.
            let last = history.last().filter(|last| last.kind == HistoryKind::AliasSet);
            let now = serving_at(&times, at(1_000)).map(|one| one.version);
            prop_assert_eq!(now, last.and_then(|last| last.version));
        }
    }
}
