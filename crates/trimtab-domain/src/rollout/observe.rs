//! What a look at a rollout sees: numbers, already judged where judging needs rows or profiles.

use crate::documents::rollout_policy::{EntryCondition, Guardrail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A look.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// The step that was looked at: what another replica has led on meanwhile is looked at again.
    pub step: usize,
    /// The model's event time; absent before its first event.
    pub event_now: Option<Timestamp>,
    /// All predictions there ever were.
    pub totals: Totals,
    /// Whether the validation still stands as passed.
    pub is_validated: bool,
    /// The guardrails, in the policy's order.
    pub guardrails: Vec<Reading>,
    /// The entry conditions of the next step, in the policy's order.
    pub conditions: Vec<Reading>,
    /// The registry's champion; absent where there is none.
    pub champion: Option<String>,
}

/// All predictions there ever were of the two versions: what a step saw is the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// The candidate's, where users got them.
    pub challenger_live: u64,
    /// The candidate's beside the champion.
    pub challenger_shadow: u64,
    /// The champion's, where users got them.
    pub champion_live: u64,
}

impl Totals {
    /// What came since an earlier count; nothing where a count went back.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            challenger_live: self.challenger_live.saturating_sub(earlier.challenger_live),
            challenger_shadow: self
                .challenger_shadow
                .saturating_sub(earlier.challenger_shadow),
            champion_live: self.champion_live.saturating_sub(earlier.champion_live),
        }
    }
}

/// A guardrail or a condition, as it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Its name: `latency_p99`, `errors`, `quality roc_auc`, `ab_test`.
    pub name: String,
    /// What was found.
    pub state: ReadingState,
    /// The candidate's value.
    pub challenger: Option<f64>,
    /// The champion's value.
    pub champion: Option<f64>,
    /// What the value is held against.
    pub limit: Option<f64>,
    /// Rows, labels or windows behind it.
    pub n: u64,
    /// In words.
    pub text: String,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingState {
    /// It holds.
    Holds,
    /// It does not.
    Breached,
    /// Too little to say.
    NotEnoughData,
    /// It cannot be seen here at all, and the text says why: a model without such a column.
    NotMeasured,
}

impl ReadingState {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Breached => "breached",
            Self::NotEnoughData => "not_enough_data",
            Self::NotMeasured => "not_measured",
        }
    }
}

impl Reading {
    /// A reading without numbers.
    pub fn plain(name: impl Into<String>, state: ReadingState, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            state,
            challenger: None,
            champion: None,
            limit: None,
            n: 0,
            text: text.into(),
        }
    }

    /// What nobody has looked at yet.
    pub fn unseen(guardrail: &Guardrail) -> Self {
        Self::plain(
            guardrail.name(),
            ReadingState::NotEnoughData,
            "not looked at yet",
        )
    }
}

impl EntryCondition {
    /// Its name in answers.
    pub fn name(&self) -> String {
        match self {
            Self::Quality { metric, .. } => format!("quality {}", metric.as_str()),
            Self::AbTest { .. } => "ab_test".to_owned(),
        }
    }
}
