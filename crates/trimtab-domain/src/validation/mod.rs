//! The gate: what a candidate showed beside the champion, and whether that suffices.
//!
//! Evidence ([`TrialEvidence`]) is numbers that the engine found on rows; [`judge`] is a pure
//! function from evidence and rules to [`Check`]s; [`verdict`] gathers them. So a stored
//! validation can be judged again, and every number behind a decision is kept with it.
//!
//! To add a check, write one function in `judge/` and name it in [`judge`].

mod evidence;
mod judge;
mod trained;

pub use evidence::{
    ColumnCoverage, ColumnShare, ColumnStrength, Contender, FairnessEvidence, KnownBefore, Latency,
    MetricEvidence, SegmentEvidence, StrengthOn, TrainedUntil, TrainingEvidence, TrialEvidence,
    UnseenShare,
};
pub use judge::{judge, sentence, verdict};
pub use trained::training_period;

use crate::ids::{ModelName, ValidationId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shape of a stored validation; grows when a field changes its meaning.
pub const VALIDATION_SCHEMA_VERSION: u32 = 1;

/// One look of the gate at one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Validation {
    /// Shape of this document.
    pub schema_version: u32,
    /// Which.
    #[schemars(with = "String")]
    pub id: ValidationId,
    /// The model.
    pub model: ModelName,
    /// The version that wants to serve: `v3`.
    pub candidate: String,
    /// The version that serves; absent where none does, and the candidate is compared with a
    /// constant prediction.
    pub champion: Option<String>,
    /// The policy's name.
    pub policy: String,
    /// How far it has come.
    pub state: ValidationState,
    /// What came of it, once finished.
    pub verdict: Option<Verdict>,
    /// That in one sentence.
    pub sentence: String,
    /// Every check, required ones that stop the candidate first.
    pub checks: Vec<Check>,
    /// The numbers behind the checks.
    pub evidence: Option<TrialEvidence>,
    /// Who asked: `local`, `token:tok_…`, `system`.
    pub requested_by: String,
    /// When.
    #[schemars(with = "String")]
    pub requested_at: Timestamp,
    /// When it was finished, or found to have been interrupted.
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Timestamp>,
}

/// How far a validation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValidationState {
    /// Rows are being scored.
    Running,
    /// It has a verdict.
    Finished,
    /// It could not look: the sentence says why. Its verdict is `could_not_decide`.
    Failed,
    /// The server stopped while it ran. Its verdict is `could_not_decide`.
    Interrupted,
}

impl ValidationState {
    /// The word in answers and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What came of a validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every required check passed: a rollout may begin.
    Passed,
    /// A required check stopped the candidate.
    Failed,
    /// A required check could not be decided or computed. No rollout.
    CouldNotDecide,
}

impl Verdict {
    /// The word in answers and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::CouldNotDecide => "could_not_decide",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Its name, stable: `roc_auc`, `worst_segment`, `leakage_single_column`, …
    pub name: String,
    /// What it asks, in a few words.
    pub title: String,
    /// What was found.
    pub state: CheckState,
    /// What that means for the candidate.
    pub outcome: CheckOutcome,
    /// Whether it decides; an advisory check is only shown.
    pub required: bool,
    /// The champion's number.
    pub champion: Option<f64>,
    /// The candidate's number.
    pub candidate: Option<f64>,
    /// What is held against the limit: a difference (candidate − champion) or the candidate's
    /// own number.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
    /// The limit.
    pub limit: Option<f64>,
    /// Which side of the limit is wanted.
    pub wanted: Option<Wanted>,
    /// The unit of these numbers: empty, `ms`, `MB`, `share`, …
    pub unit: String,
    /// One sentence.
    pub reason: String,
}

/// Which side of a limit is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// At or above the limit: higher is better.
    AtLeast,
    /// At or below the limit: lower is better.
    AtMost,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// The interval lies on the better side of no difference.
    Better,
    /// No difference is shown, and none beyond the margin is possible.
    Equal,
    /// The interval lies on the worse side of no difference.
    Worse,
    /// The condition holds.
    Passed,
    /// The condition does not hold.
    Failed,
    /// The interval is too wide: a loss beyond the margin is possible, and none is shown.
    CouldNotDecide,
    /// There is no number.
    CouldNotCompute,
}

impl CheckState {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Equal => "equal",
            Self::Worse => "worse",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::CouldNotDecide => "could_not_decide",
            Self::CouldNotCompute => "could_not_compute",
        }
    }
}

/// What a check means for the candidate.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// It stops the candidate.
    Fail,
    /// It neither stops nor clears it.
    Undecided,
    /// It has nothing against it.
    Pass,
}

impl CheckOutcome {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Undecided => "undecided",
            Self::Pass => "pass",
        }
    }
}

impl Validation {
    /// A validation that was asked for, before anything was looked at.
    pub fn requested(
        id: ValidationId,
        model: ModelName,
        (candidate, champion): (String, Option<String>),
        policy: String,
        requested_by: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            schema_version: VALIDATION_SCHEMA_VERSION,
            id,
            model,
            candidate,
            champion,
            policy,
            state: ValidationState::Running,
            verdict: None,
            sentence: "Rows are being scored.".to_owned(),
            checks: Vec::new(),
            evidence: None,
            requested_by: requested_by.to_owned(),
            requested_at: now,
            finished_at: None,
        }
    }

    /// The same, finished with these checks.
    #[must_use]
    pub fn finished(mut self, checks: Vec<Check>, evidence: TrialEvidence, now: Timestamp) -> Self {
        let verdict = verdict(&checks);
        self.sentence = sentence(&self.candidate, self.champion.as_deref(), &checks);
        self.state = ValidationState::Finished;
        self.verdict = Some(verdict);
        self.checks = checks;
        self.evidence = Some(evidence);
        self.finished_at = Some(now);
        self
    }

    /// The same, ended without a look: nobody may roll out on it.
    #[must_use]
    pub fn ended(mut self, state: ValidationState, sentence: String, now: Timestamp) -> Self {
        self.state = state;
        self.verdict = Some(Verdict::CouldNotDecide);
        self.sentence = sentence;
        self.finished_at = Some(now);
        self
    }

    /// Whether a rollout may begin on it.
    pub fn has_passed(&self) -> bool {
        self.verdict == Some(Verdict::Passed)
    }

    /// Required checks that stop the candidate, by name.
    pub fn stopped_by(&self) -> Vec<&str> {
        self.checks
            .iter()
            .filter(|check| check.required && check.outcome == CheckOutcome::Fail)
            .map(|check| check.name.as_str())
            .collect()
    }
}
