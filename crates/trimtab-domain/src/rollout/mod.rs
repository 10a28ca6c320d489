//! Rollouts: how a candidate takes the traffic, and how it gives it back.
//!
//! [`step`] is pure: the state, what happened and the wall clock in, the next state and what is
//! to be told out. What a state asks of the registry ([`Rollout::wanted`]) is a function of the
//! state, so that whoever resumes after a crash does what was about to be done. What a state
//! gives to whom ([`flag`]) is one too.

pub mod flag;
pub mod observe;
pub mod split;
mod step;

pub use observe::{Observation, Reading, ReadingState, Totals};
pub use step::step;

use crate::documents::rollout_policy::{RolloutPolicySpec, RolloutStep, Stage};
use crate::ids::{ModelName, RolloutId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One candidate on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// Identifier.
    pub id: RolloutId,
    /// The model.
    pub model: ModelName,
    /// Label of the version that served when it began: `v2`.
    pub champion: String,
    /// Label of the candidate: `v3`.
    pub challenger: String,
    /// The validation that let it begin.
    pub validation: String,
    /// The policy as it was when it began: a later change touches later rollouts only.
    pub policy: RolloutPolicySpec,
    /// Where it stands.
    pub phase: Phase,
    /// Which of the policy's steps: position from 0.
    pub step: usize,
    /// Since when it is in this step.
    pub entered: Mark,
    /// What had been predicted by then.
    pub baseline: Totals,
    /// Wall clock that was seen to pass in this step (and, while paused, in the pause), seconds.
    /// A clock that jumps does not count.
    pub waited_seconds: u64,
    /// Wall clock of the last look.
    pub looked_at: Timestamp,
    /// Whether a person said that the next step may begin.
    pub is_approved: bool,
    /// Wall clock of its beginning.
    pub started_at: Timestamp,
    /// Event time of its beginning.
    pub started_event_at: Option<Timestamp>,
    /// Who began it.
    pub started_by: String,
    /// Why.
    pub reason: String,
    /// How it ended.
    pub ending: Option<Ending>,
    /// What the last look found.
    pub findings: Findings,
    /// Counts up from 1 with every stored change.
    pub revision: u64,
}

/// A moment on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Wall clock.
    pub at: Timestamp,
    /// The model's event time; absent before its first event.
    pub event_at: Option<Timestamp>,
}

/// Where a rollout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// In one of its steps.
    Running,
    /// Its step's shares stay until a person decides.
    Paused,
    /// Everybody gets the candidate; the registry is about to call it the champion.
    Promoting,
    /// Nobody gets the candidate any more; the registry is about to know.
    RollingBack,
    /// The candidate is the champion, and the last step is over.
    Completed,
    /// The champion of before serves again.
    RolledBack,
    /// The champion was changed by hand meanwhile; the rollout has nothing more to say.
    Superseded,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Paused,
        Self::Promoting,
        Self::RollingBack,
        Self::Completed,
        Self::RolledBack,
        Self::Superseded,
    ];

    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Promoting => "promoting",
            Self::RollingBack => "rolling_back",
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Superseded => "superseded",
        }
    }

    /// Whether something is still to happen.
    pub fn is_active(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Paused | Self::Promoting | Self::RollingBack
        )
    }
}

/// How a rollout ended, or is about to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Wall clock.
    pub at: Timestamp,
    /// Who: a person, a token, or `system`.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The guardrail that was breached, where one was.
    pub guardrail: Option<String>,
    /// The version that somebody made the champion by hand, where that ended it.
    #[serde(default)]
    pub champion: Option<String>,
}

/// What a look found, for people.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Findings {
    /// The candidate's predictions in this step.
    pub n_challenger: u64,
    /// The champion's in the same time.
    pub n_champion: u64,
    /// Event time that passed in this step, hours.
    pub hours: f64,
    /// What the next step waits for.
    pub waits_for: Vec<String>,
    /// The guardrails.
    pub guardrails: Vec<Reading>,
    /// What must hold before the next step.
    pub conditions: Vec<Reading>,
}

/// What happens to a rollout.
#[derive(Debug, Clone, PartialEq)]
pub enum RolloutEvent {
    /// Somebody looked at the numbers.
    Looked(Box<Observation>),
    /// A person lets the next step begin as soon as the rest holds.
    Approved(Said),
    /// A person stops it where it is.
    Paused(Said),
    /// A person lets it go on.
    Resumed(Said),
    /// A person takes the traffic back.
    RollBack(Said),
    /// The registry names this version the champion, and the aliases are as the state wants them.
    Settled {
        /// The champion's label.
        champion: String,
    },
}

/// A person's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
}

/// One line of a rollout's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutNote {
    /// Wall clock.
    pub at: Timestamp,
    /// Event time, where the model has one.
    pub event_at: Option<Timestamp>,
    /// What happened.
    pub kind: NoteKind,
    /// The step it happened in: position from 0.
    pub step: usize,
    /// Who.
    pub actor: String,
    /// Why, where somebody or a rule said so.
    pub reason: Option<String>,
    /// For people.
    pub text: String,
}

/// What a line of the history tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// It began.
    Started,
    /// A step began.
    StepEntered,
    /// A person let the next step begin.
    Approved,
    /// It was stopped where it is.
    Paused,
    /// It goes on.
    Resumed,
    /// Everybody is to get the candidate.
    Promoting,
    /// The registry calls it the champion.
    Promoted,
    /// The traffic is taken back.
    RollingBack,
    /// The registry knows.
    RolledBack,
    /// The last step is over.
    Completed,
    /// The champion was changed by hand.
    Superseded,
}

impl NoteKind {
    /// The word in answers and, after `rollout_`, in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::StepEntered => "step_entered",
            Self::Approved => "approved",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Promoting => "promoting",
            Self::Promoted => "promoted",
            Self::RollingBack => "rolling_back",
            Self::RolledBack => "rolled_back",
            Self::Completed => "completed",
            Self::Superseded => "superseded",
        }
    }
}

/// What a state asks of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The version that must be the champion; the registry is asked only where it is not.
    pub champion: &'a str,
    /// The version that must be called the challenger; nobody where absent.
    pub challenger: Option<&'a str>,
}

/// What is needed to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct Beginning {
    /// Its identifier.
    pub id: RolloutId,
    /// Label of the version that serves.
    pub champion: String,
    /// Label of the candidate.
    pub challenger: String,
    /// The validation it passed.
    pub validation: String,
    /// The policy.
    pub policy: RolloutPolicySpec,
    /// Who begins it, and why.
    pub said: Said,
    /// Now.
    pub now: Mark,
    /// What was predicted so far.
    pub totals: Totals,
}

impl Rollout {
    /// A rollout in its first step, and the first lines of its history.
    pub fn begin(beginning: Beginning) -> (Self, Vec<RolloutNote>) {
        let Beginning {
            id,
            champion,
            challenger,
            validation,
            policy,
            said,
            now,
            totals,
        } = beginning;
        let rollout = Self {
            id,
            model: policy.model.clone(),
            champion,
            challenger,
            validation,
            policy,
            phase: Phase::Running,
            step: 0,
            entered: now,
            baseline: totals,
            waited_seconds: 0,
            looked_at: now.at,
            is_approved: false,
            started_at: now.at,
            started_event_at: now.event_at,
            started_by: said.actor.clone(),
            reason: said.reason.clone(),
            ending: None,
            findings: Findings::default(),
            revision: 1,
        };
        let note = RolloutNote {
            at: now.at,
            event_at: now.event_at,
            kind: NoteKind::Started,
            step: 0,
            actor: said.actor,
            reason: Some(rollout.reason.clone()),
            text: format!(
                "{} begins beside {} in {}: {}",
                rollout.challenger,
                rollout.champion,
                rollout.stage_in_words(),
                said.reason
            ),
        };
        (rollout, vec![note])
    }

    /// The step it is in.
    pub fn current(&self) -> Option<&RolloutStep> {
        self.policy.steps.get(self.step)
    }

    /// What kind of step that is.
    pub fn stage(&self) -> Stage {
        self.current().map_or(Stage::Shadow, |step| step.stage)
    }

    /// `canary 5 %`, `shadow`, `full`.
    pub fn stage_in_words(&self) -> String {
        match self.current() {
            Some(step) => match step.share_percent {
                Some(share) => format!("{} {share} %", step.stage.as_str()),
                None => step.stage.as_str().to_owned(),
            },
            None => "no step".to_owned(),
        }
    }

    /// The candidate's share of the traffic now, in hundredths of a percent.
    pub fn share(&self) -> u32 {
        use crate::documents::rollout_policy::FULL_SHARE;
        match self.phase {
            Phase::Running | Phase::Paused => self.current().map_or(0, RolloutStep::share),
            Phase::Promoting | Phase::Completed => FULL_SHARE,
            Phase::RollingBack | Phase::RolledBack | Phase::Superseded => 0,
        }
    }

    /// Whether the registry calls (or should call) the candidate the champion.
    pub fn is_promoted(&self) -> bool {
        match self.phase {
            Phase::Promoting | Phase::Completed => true,
            Phase::Running | Phase::Paused => self.stage() == Stage::Full,
            Phase::RollingBack | Phase::RolledBack | Phase::Superseded => false,
        }
    }

    /// Whether a champion of the registry's can only be another's hand's work: this rollout would
    /// not have made it so in this state. Whoever moves the alias by hand is obeyed.
    pub fn is_overruled(&self, champion: &str) -> bool {
        match self.phase {
            Phase::Running | Phase::Paused if self.is_promoted() => champion != self.challenger,
            Phase::Running | Phase::Paused => champion != self.champion,
            // The registry is being told: both may be read.
            Phase::Promoting | Phase::RollingBack => {
                champion != self.champion && champion != self.challenger
            }
            Phase::Completed | Phase::RolledBack | Phase::Superseded => false,
        }
    }

    /// Whether it ended because somebody made the candidate the champion by hand.
    pub fn is_promoted_by_hand(&self) -> bool {
        let champion = self.ending.as_ref().and_then(|one| one.champion.as_ref());
        self.phase == Phase::Superseded && champion == Some(&self.challenger)
    }

    /// What the registry must say in this state; `None` where it is not asked.
    pub fn wanted(&self) -> Option<Wanted<'_>> {
        match self.phase {
            Phase::Running | Phase::Paused if self.stage() == Stage::Full => None,
            Phase::Running | Phase::Paused => Some(Wanted {
                champion: &self.champion,
                challenger: Some(&self.challenger),
            }),
            Phase::Promoting => Some(Wanted {
                champion: &self.challenger,
                challenger: None,
            }),
            Phase::RollingBack => Some(Wanted {
                champion: &self.champion,
                challenger: None,
            }),
            Phase::Completed | Phase::RolledBack | Phase::Superseded => None,
        }
    }
}

#[cfg(test)]
mod tests;
