//! An alert rule: which results or signals open an incident, after how long, and whom to tell.

use crate::error::{Error, Result};
use crate::ids::{DocumentName, ModelName};
use crate::result::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An alert rule of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// The model.
    pub model: ModelName,
    /// Unique among the model's rules.
    pub name: DocumentName,
    /// What must hold.
    pub when: Condition,
    /// For how many windows in a row it must hold before the alert fires (1 fires at once).
    #[serde(default = "one")]
    pub for_windows: u32,
    /// For how many windows in a row it must not hold before the alert resolves.
    #[serde(default = "one")]
    pub resolve_after_windows: u32,
    /// The incident's severity; the results' own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Channels to tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<DocumentName>,
    /// Link to what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

fn one() -> u32 {
    1
}

/// What an alert rule watches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// A monitor's result is `drift` or `breach`, at least this severe.
    Monitor {
        /// The monitor's name.
        monitor: DocumentName,
        /// Lesser severities don't count.
        #[serde(default = "low")]
        severity_min: Severity,
        /// Only these columns count; all where empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<String>,
    },
    /// A signal's value passes a threshold.
    Signal {
        /// The signal's name.
        signal: String,
        /// How it is compared.
        op: Comparison,
        /// With what.
        threshold: f64,
    },
}

fn low() -> Severity {
    Severity::Low
}

/// How a signal is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Comparison {
    /// Greater.
    #[serde(rename = ">")]
    Greater,
    /// Greater or equal.
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// Less.
    #[serde(rename = "<")]
    Less,
    /// Less or equal.
    #[serde(rename = "<=")]
    LessOrEqual,
}

impl Comparison {
    /// Whether `value` stands in this relation to `threshold`.
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }

    /// The sign.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

impl RuleSpec {
    pub(crate) fn validate(&self) -> Result<()> {
        let field = |text: &str| Error::invalid(format!("rule `{}`: {text}", self.name));
        if self.for_windows == 0 || self.resolve_after_windows == 0 {
            return Err(field(
                "`for_windows` and `resolve_after_windows` must be 1 or more",
            ));
        }
        if let Condition::Signal { threshold, .. } = &self.when
            && !threshold.is_finite()
        {
            return Err(field("`threshold` must be a number"));
        }
        Ok(())
    }
}
