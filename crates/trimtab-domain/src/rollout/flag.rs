//! Flags: which version serves a key. A flag is a pure function of the champion and the rollout,
//! an evaluation one of the flag and the key.

use super::split::fractional;
use super::{Phase, Rollout};
use crate::documents::rollout_policy::{FULL_SHARE, Stage};
use crate::ids::{ModelName, RolloutId};
use serde::{Deserialize, Serialize};

/// What every flag of a model begins with.
pub const FLAG_PREFIX: &str = "route.";
/// The variant that serves unless a rollout says otherwise.
pub const CHAMPION: &str = "champion";
/// The variant on its way.
pub const CHALLENGER: &str = "challenger";

/// The flag of a model: `route.flights`.
pub fn flag_key(model: &ModelName) -> String {
    format!("{FLAG_PREFIX}{model}")
}

/// A model's flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its key: `route.flights`.
    pub key: String,
    /// The model.
    pub model: ModelName,
    /// Label of the version that serves who is on no side.
    pub champion: String,
    /// The candidate, while a rollout runs.
    pub challenger: Option<Challenger>,
}

/// The candidate's part in a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenger {
    /// Label of the version.
    pub version: String,
    /// The rollout.
    pub rollout: RolloutId,
    /// Which of its steps: position from 0.
    pub step: u32,
    /// Its stage.
    pub stage: Stage,
    /// Its share, in hundredths of a percent.
    pub share: u32,
    /// Whether it is to be asked beside the champion, without its answer being used.
    pub is_shadow: bool,
}

/// Why a flag has the value it has, in the words of `OpenFeature`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EvaluationReason {
    /// Everybody gets it.
    Static,
    /// The key falls on this side.
    Split,
    /// There was no key to split by.
    Default,
}

impl EvaluationReason {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "STATIC",
            Self::Split => "SPLIT",
            Self::Default => "DEFAULT",
        }
    }
}

/// What a flag says to one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evaluated<'a> {
    /// Label of the version.
    pub value: &'a str,
    /// `champion` or `challenger`.
    pub variant: &'static str,
    /// Why.
    pub reason: EvaluationReason,
}

impl Flag {
    /// The flag of a model whose registry names a champion, under the rollout that is active, if
    /// one is.
    pub fn of(
        model: &ModelName,
        champion: Option<&str>,
        rollout: Option<&Rollout>,
    ) -> Option<Self> {
        // Whoever moves the alias by hand is obeyed at once; the rollout learns it at its next look.
        let is_overruled = |one: &&Rollout| champion.is_some_and(|it| one.is_overruled(it));
        let active = rollout.filter(|one| one.phase.is_active() && !is_overruled(one));
        let Some(rollout) = active else {
            return champion.map(|champion| Self {
                key: flag_key(model),
                model: model.clone(),
                champion: champion.to_owned(),
                challenger: None,
            });
        };
        let flag = |serving: &str, challenger| Self {
            key: flag_key(model),
            model: model.clone(),
            champion: serving.to_owned(),
            challenger,
        };
        Some(match rollout.phase {
            // The registry follows in a moment; nobody waits for it.
            Phase::RollingBack => flag(&rollout.champion, None),
            _ if rollout.is_promoted() => flag(&rollout.challenger, None),
            _ => {
                let share = rollout.share();
                let challenger = Challenger {
                    version: rollout.challenger.clone(),
                    rollout: rollout.id.clone(),
                    step: u32::try_from(rollout.step).unwrap_or(u32::MAX),
                    stage: rollout.stage(),
                    share,
                    is_shadow: share == 0,
                };
                flag(&rollout.champion, Some(challenger))
            }
        })
    }

    /// The weights of champion and challenger: the challenger's stands last, so that raising it
    /// keeps everybody who has the challenger already.
    pub fn weights(&self) -> [u32; 2] {
        let share = self.challenger.as_ref().map_or(0, |one| one.share);
        [FULL_SHARE.saturating_sub(share), share]
    }

    /// Which version serves this key. Without a key it is the champion, and that counts on no
    /// side of the split.
    pub fn evaluate(&self, targeting_key: Option<&str>) -> Evaluated<'_> {
        let champion = |reason| Evaluated {
            value: &self.champion,
            variant: CHAMPION,
            reason,
        };
        let Some(challenger) = self.challenger.as_ref().filter(|one| one.share > 0) else {
            return champion(EvaluationReason::Static);
        };
        let Some(targeting_key) = targeting_key.filter(|key| !key.is_empty()) else {
            return champion(EvaluationReason::Default);
        };
        match fractional(&self.key, targeting_key, &self.weights()) {
            Some(1) => Evaluated {
                value: &challenger.version,
                variant: CHALLENGER,
                reason: EvaluationReason::Split,
            },
            _ => champion(EvaluationReason::Split),
        }
    }
}
