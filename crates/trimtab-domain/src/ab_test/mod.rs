//! A/B tests: two versions side by side, looked at as often as one likes.
//!
//! [`look`] is pure: what the log shows at a moment, and how far the test had come, in; what is
//! known, and what it means, out. Its intervals hold at all looks at once, so a verdict may be
//! taken at any of them ([`judge`]), and none is while the split is not as promised.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts of rows and units stay far below 2^53"
)]

mod judge;
mod look;
mod outcomes;
#[cfg(test)]
mod tests;

pub use judge::{Judgement, judge};
pub use look::{exposure_shares, look};
pub use outcomes::{LabelOutcome, Outcome, Outcomes};

use crate::documents::ab_test::AbTestSpec;
use crate::ids::{AbTestId, ModelName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One comparison of two versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AbTest {
    /// Identifier.
    pub id: AbTestId,
    /// The model.
    pub model: ModelName,
    /// Label of the version that served.
    pub champion: String,
    /// Label of the candidate.
    pub challenger: String,
    /// The document as it was when the test began: a later change touches later tests only.
    pub spec: AbTestSpec,
    /// How the two get their rows.
    pub design: AbDesign,
    /// The rollout and the step it belongs to: `rol_… step 3`.
    pub rollout: Option<String>,
    /// Rows from then on count, event time.
    pub since: Timestamp,
    /// Wall clock of its beginning.
    pub started_at: Timestamp,
    /// Who began it.
    pub started_by: String,
    /// Where it stands.
    pub state: AbState,
    /// How far it has come.
    pub progress: Progress,
    /// The newest look.
    pub newest: Option<Box<AbLook>>,
    /// What was decided, by whom and why; absent while it runs.
    pub decision: Option<Decision>,
    /// Counts up from 1 with every change.
    pub revision: u64,
}

/// How two versions get their rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbDesign {
    /// Each unit gets one of them by chance.
    Split {
        /// The challenger's share, between 0 and 1.
        challenger_share: f64,
    },
    /// The challenger scores the champion's rows, and nobody gets its answer. Rows are compared
    /// one by one; days are what is independent.
    Shadow,
}

/// Where a test stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbState {
    /// It is looked at.
    Running,
    /// It has a verdict.
    Decided,
    /// Its time was up without one.
    Expired,
    /// Somebody stopped it.
    Stopped,
}

/// What a test says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbVerdict {
    /// The challenger should serve.
    Ship,
    /// The champion should.
    Keep,
    /// Neither is better by as much as matters.
    NoDifference,
    /// The split is not as promised: nothing measured on it counts.
    BlockedBySampleRatio,
    /// Not enough is known.
    Undecided,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The verdict.
    pub verdict: AbVerdict,
    /// Why, for people.
    pub reason: String,
    /// Event time of the look that showed it.
    pub at: Timestamp,
    /// Wall clock.
    pub decided_at: Timestamp,
    /// Who: `system`, or a person that stopped it.
    pub actor: String,
}

/// What successive looks carry on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The newest look, event time.
    pub looked_until: Option<Timestamp>,
    /// How many looks.
    pub n_looks: u64,
    /// The smallest difference that matters and the margins of the guardrails in their units,
    /// fixed at the first look that had enough; the primary metric first.
    pub scales: Vec<Option<f64>>,
    /// The bounds so far, in the same order: the intersection of all looks.
    pub bounds: Vec<Option<(f64, f64)>>,
    /// The smallest p-value of the primary metric so far.
    pub p_value: Option<f64>,
    /// The smallest p-values of the split so far: by exposures, by logged rows.
    pub ratio_p_values: [Option<f64>; 2],
}

/// One look at a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AbLook {
    /// The moment, event time.
    pub at: Timestamp,
    /// Units of either side (of a shadow: days), champion first.
    pub n_units: [u64; 2],
    /// Predictions of either side.
    pub n_rows: [u64; 2],
    /// Units that were met on both sides, and left out.
    pub n_crossed: u64,
    /// Is the split as promised? Absent for a shadow.
    pub sample_ratio: Option<RatioCheck>,
    /// What decides.
    pub primary: Comparison,
    /// What must not get worse.
    pub guardrails: Vec<GuardrailLook>,
    /// The primary metric apart.
    pub segments: Vec<SegmentLook>,
    /// Share of the planned information that has come in.
    pub share_of_plan: Option<f64>,
    /// What it says.
    pub verdict: AbVerdict,
    /// Why, for people.
    pub reason: String,
}

/// Is the split as promised?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatioCheck {
    /// The challenger's promised share.
    pub promised: f64,
    /// Keys by side that the flag's evaluator put there, where it has any.
    pub n_exposed: Option<[u64; 2]>,
    /// The smallest sequential p-value of all looks so far; at or below the document's level the
    /// test is blocked.
    pub p_value: f64,
    /// The p-value of χ² at this look alone.
    pub chi_squared_p_value: f64,
    /// Whether it is as promised.
    pub holds: bool,
}

/// Two versions by one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The metric.
    pub metric: String,
    /// 1 where more is good, −1 where less is.
    pub sign: f64,
    /// Its value on either side, champion first.
    pub values: [Option<f64>; 2],
    /// Rows of either side that have it.
    pub n_rows: [u64; 2],
    /// Units of either side that have it.
    pub n_units: [u64; 2],
    /// Challenger less champion, in the metric's unit.
    pub difference: Option<f64>,
    /// Always-valid bounds on it: of all looks so far together.
    pub low: Option<f64>,
    /// The upper one.
    pub high: Option<f64>,
    /// The size that matters (or may be lost), in the metric's unit.
    pub scale: Option<f64>,
    /// Always-valid p-value of "no difference": the smallest so far.
    pub p_value: Option<f64>,
    /// Share of the variance that the units' past explained.
    pub variance_removed: Option<f64>,
}

/// A metric that must not get worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardrailLook {
    /// How it compares.
    pub comparison: Comparison,
    /// Where it stands.
    pub state: GuardrailState,
}

/// Where a guardrail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardrailState {
    /// It is not worse by more than it may be.
    Holds,
    /// It is.
    Breached,
    /// Not enough is known.
    Open,
}

/// The primary metric within one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentLook {
    /// `column=value`.
    pub segment: String,
    /// How it compares; its p-value is adjusted over the segments of the look.
    pub comparison: Comparison,
    /// Whether it differs, with multiplicity controlled.
    pub differs: bool,
}

impl AbVerdict {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ship => "ship",
            Self::Keep => "keep",
            Self::NoDifference => "no_difference",
            Self::BlockedBySampleRatio => "blocked_by_sample_ratio",
            Self::Undecided => "undecided",
        }
    }

    /// Whether it ends a test.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Ship | Self::Keep | Self::NoDifference)
    }
}

impl AbState {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Decided => "decided",
            Self::Expired => "expired",
            Self::Stopped => "stopped",
        }
    }
}

impl GuardrailState {
    /// The word in documents and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Breached => "breached",
            Self::Open => "open",
        }
    }
}

impl AbTest {
    /// What it says now.
    pub fn verdict(&self) -> AbVerdict {
        let decided = self.decision.as_ref().map(|decision| decision.verdict);
        decided
            .or(self.newest.as_ref().map(|look| look.verdict))
            .unwrap_or(AbVerdict::Undecided)
    }

    /// Moves it to its state after a look: what was carried on, and whether it ends.
    #[must_use]
    pub fn after(mut self, look: &AbLook, progress: Progress, now: Timestamp) -> Self {
        self.progress = progress;
        self.newest = Some(Box::new(look.clone()));
        self.revision += 1;
        let days = look.at.duration_since(self.since).as_secs_f64() / 86_400.0;
        let is_over = days >= f64::from(self.spec.days_max);
        let (state, reason) = if look.verdict.is_final() {
            (AbState::Decided, look.reason.clone())
        } else if is_over {
            let reason = format!(
                "{} days are over without a verdict; {}",
                self.spec.days_max, look.reason
            );
            (AbState::Expired, reason)
        } else {
            return self;
        };
        self.state = state;
        self.decision = Some(Decision {
            verdict: look.verdict,
            reason,
            at: look.at,
            decided_at: now,
            actor: "system".to_owned(),
        });
        self
    }

    /// Ends it by hand.
    #[must_use]
    pub fn stopped(mut self, actor: &str, reason: &str, now: Timestamp) -> Self {
        self.revision += 1;
        self.state = AbState::Stopped;
        self.decision = Some(Decision {
            verdict: AbVerdict::Undecided,
            reason: reason.to_owned(),
            at: self.progress.looked_until.unwrap_or(self.since),
            decided_at: now,
            actor: actor.to_owned(),
        });
        self
    }
}
