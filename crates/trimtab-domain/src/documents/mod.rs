//! Documents: what people declare. YAML at the edge, these types inside.
//!
//! A document says `kind`, `name` and, except for channels, `model`. Unknown fields are
//! refused, so that a typo is an error and not a silent default.

pub mod ab_test;
pub mod channel;
pub mod encoding;
pub mod model;
pub mod monitor;
pub mod reference;
pub mod retraining_policy;
pub mod rollout_policy;
pub mod rule;
pub mod validation_policy;

pub use ab_test::AbTestSpec;
pub use channel::{ChannelSpec, ChannelType, SecretRef};
pub use encoding::{EncodingSpec, OneHotSpec};
pub use model::{Clock, ColumnRole, ColumnSpec, DataType, ModelSpec, SemanticType, Task};
pub use monitor::{
    Correction, Direction, MonitorKind, MonitorSpec, Performance, PerformanceMetric, QualityCheck,
};
pub use reference::{ReferenceData, ReferenceSpec};
pub use retraining_policy::{PolicyMode, RetrainingPolicySpec, TriggerCondition, TriggerSpec};
pub use rollout_policy::RolloutPolicySpec;
pub use rule::{Condition, RuleSpec};
pub use validation_policy::{ValidationPolicySpec, ValidationRules};

use crate::error::{Error, Result};
use crate::ids::ModelName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One declared thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Document {
    /// A model: schema, task, clock, time zone.
    Model(ModelSpec),
    /// What current windows are compared with.
    Reference(ReferenceSpec),
    /// A scheduled comparison.
    Monitor(MonitorSpec),
    /// When to open an incident and whom to tell.
    Rule(RuleSpec),
    /// Where messages go.
    Channel(ChannelSpec),
    /// When a model is trained again.
    RetrainingPolicy(RetrainingPolicySpec),
    /// What a candidate must show before it may take traffic.
    ValidationPolicy(ValidationPolicySpec),
    /// How two versions are compared.
    AbTest(AbTestSpec),
    /// On which steps a candidate takes traffic.
    RolloutPolicy(RolloutPolicySpec),
}

/// The kinds of documents, in the order in which they are applied.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// [`Document::Model`].
    Model,
    /// [`Document::Reference`].
    Reference,
    /// [`Document::Channel`].
    Channel,
    /// [`Document::Monitor`].
    Monitor,
    /// [`Document::Rule`].
    Rule,
    /// [`Document::RetrainingPolicy`].
    RetrainingPolicy,
    /// [`Document::ValidationPolicy`].
    ValidationPolicy,
    /// [`Document::AbTest`].
    AbTest,
    /// [`Document::RolloutPolicy`].
    RolloutPolicy,
}

impl DocumentKind {
    /// Every kind, in the order in which documents are applied.
    pub const ALL: [Self; 9] = [
        Self::Model,
        Self::Reference,
        Self::Channel,
        Self::Monitor,
        Self::Rule,
        Self::RetrainingPolicy,
        Self::ValidationPolicy,
        Self::AbTest,
        Self::RolloutPolicy,
    ];

    /// The word in documents and URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Reference => "reference",
            Self::Channel => "channel",
            Self::Monitor => "monitor",
            Self::Rule => "rule",
            Self::RetrainingPolicy => "retraining_policy",
            Self::ValidationPolicy => "validation_policy",
            Self::AbTest => "ab_test",
            Self::RolloutPolicy => "rollout_policy",
        }
    }
}

impl std::str::FromStr for DocumentKind {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| Error::not_found("document kind", word))
    }
}

impl Document {
    /// Which kind it is.
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Model(_) => DocumentKind::Model,
            Self::Reference(_) => DocumentKind::Reference,
            Self::Monitor(_) => DocumentKind::Monitor,
            Self::Rule(_) => DocumentKind::Rule,
            Self::Channel(_) => DocumentKind::Channel,
            Self::RetrainingPolicy(_) => DocumentKind::RetrainingPolicy,
            Self::ValidationPolicy(_) => DocumentKind::ValidationPolicy,
            Self::AbTest(_) => DocumentKind::AbTest,
            Self::RolloutPolicy(_) => DocumentKind::RolloutPolicy,
        }
    }

    /// Its name, unique within its kind and model.
    pub fn name(&self) -> &str {
        match self {
            Self::Model(spec) => spec.name.as_str(),
            Self::Reference(spec) => spec.name.as_str(),
            Self::Monitor(spec) => spec.name.as_str(),
            Self::Rule(spec) => spec.name.as_str(),
            Self::Channel(spec) => spec.name.as_str(),
            Self::RetrainingPolicy(spec) => spec.name.as_str(),
            Self::ValidationPolicy(spec) => spec.name.as_str(),
            Self::AbTest(spec) => spec.name.as_str(),
            Self::RolloutPolicy(spec) => spec.name.as_str(),
        }
    }

    /// The model it belongs to; channels belong to none.
    pub fn model(&self) -> Option<&ModelName> {
        match self {
            Self::Model(spec) => Some(&spec.name),
            Self::Reference(spec) => Some(&spec.model),
            Self::Monitor(spec) => Some(&spec.model),
            Self::Rule(spec) => Some(&spec.model),
            Self::RetrainingPolicy(spec) => Some(&spec.model),
            Self::AbTest(spec) => Some(&spec.model),
            Self::RolloutPolicy(spec) => Some(&spec.model),
            Self::Channel(_) => None,
            Self::ValidationPolicy(spec) => Some(&spec.model),
        }
    }

    /// Checks what one document alone can say.
    ///
    /// # Errors
    ///
    /// `Invalid`, naming the field and the fix.
    pub fn validate(&self) -> Result<()> {
        match self {
            Self::Model(spec) => spec.validate(),
            Self::Reference(spec) => spec.validate(),
            Self::Monitor(spec) => spec.validate(),
            Self::Rule(spec) => spec.validate(),
            Self::Channel(spec) => spec.validate(),
            Self::RetrainingPolicy(spec) => spec.validate(),
            Self::ValidationPolicy(spec) => spec.validate(),
            Self::AbTest(spec) => spec.validate(),
            Self::RolloutPolicy(spec) => spec.validate(),
        }
    }
}

/// A stored document.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDocument {
    /// What was declared.
    pub document: Document,
    /// Counts up from 1 with every change.
    pub version: u64,
    /// When this version was applied.
    pub changed_at: jiff::Timestamp,
    /// Who applied it.
    pub changed_by: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(document: Value) -> std::result::Result<Document, String> {
        let document: Document = serde_json::from_value(document).map_err(|err| err.to_string())?;
        document.validate().map_err(|err| err.to_string())?;
        Ok(document)
    }

    fn model() -> Value {
        json!({
            "kind": "model", "name": "flights-delay", "task": "binary_classification",
            "segments": ["origin"],
            "columns": [
                {"name": "origin", "data_type": "string", "role": "segment"},
                {"name": "temp", "data_type": "float", "unit": "F"},
                {"name": "score", "data_type": "float", "role": "score"},
            ],
        })
    }

    fn with(mut document: Value, pointer: &str, value: Value) -> Value {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap();
        match parent {
            Value::Object(map) => drop(map.insert(key.to_owned(), value)),
            _ => unreachable!("not an object"),
        }
        document
    }

    #[test]
    fn every_kind_survives_a_round_trip() {
        let documents = [
            model(),
            json!({"kind": "reference", "model": "m", "name": "march",
                   "data": {"file": "flights_reference.parquet"}}),
            json!({"kind": "reference", "model": "m", "name": "april",
                   "data": {"period": {"start": "2013-04-01T00:00:00Z", "end": "2013-05-01T00:00:00Z"}}}),
            json!({"kind": "monitor", "model": "m", "name": "inputs",
                   "monitors": {"data_drift": {"alpha": 0.01, "ignore": ["dow"]}}}),
            json!({"kind": "monitor", "model": "m", "name": "auc",
                   "monitors": {"performance": {"metric": "roc_auc"}}}),
            json!({"kind": "rule", "model": "m", "name": "r", "for_windows": 3,
                   "when": {"monitor": {"monitor": "inputs", "severity_min": "medium"}},
                   "channels": ["hook"]}),
            json!({"kind": "rule", "model": "m", "name": "s",
                   "when": {"signal": {"signal": "metric.revenue", "op": "<", "threshold": 10.0}}}),
            json!({"kind": "channel", "name": "hook",
                   "to": {"webhook": {"url": "http://127.0.0.1:9/x", "secret": {"env": "S"}}}}),
            json!({"kind": "validation_policy", "model": "m", "name": "strict",
                   "rules": {"metrics": [{"metric": "roc_auc", "goal": "better"}],
                             "rows": {"min_days": 14}}}),
        ];
        for document in documents {
            let read_once = read(document).unwrap();
            let written = serde_json::to_value(&read_once).unwrap();
            assert_eq!(read(written).unwrap(), read_once);
        }
    }

    #[test]
    fn refuses_what_it_does_not_know_and_says_where() {
        let cases = [
            (with(model(), "/time_zoen", json!("UTC")), "time_zoen"),
            (
                with(model(), "/time_zone", json!("Mars/Olympus")),
                "Mars/Olympus",
            ),
            (with(model(), "/columns", json!([])), "columns"),
            (with(model(), "/segments", json!(["nowhere"])), "nowhere"),
            (with(model(), "/name", json!("a b")), "a b"),
            (with(model(), "/columns/0/nmae", json!("x")), "nmae"),
            (
                json!({"kind": "monitor", "model": "m", "name": "x",
                       "monitors": {"data_drift": {"alhpa": 0.05}}}),
                "alhpa",
            ),
            (
                json!({"kind": "monitor", "model": "m", "name": "x",
                       "monitors": {"data_drift": {"alpha": 5.0}}}),
                "alpha",
            ),
            (
                json!({"kind": "channel", "name": "x", "to": {"webhook": {"url": "ftp://x"}}}),
                "url",
            ),
            (json!({"kind": "moddel", "name": "x"}), "moddel"),
            (
                json!({"kind": "validation_policy", "model": "m", "name": "x",
                       "rules": {"rows": {"min_days": 3}}}),
                "rows.min_days",
            ),
            (
                json!({"kind": "validation_policy", "model": "m", "name": "x",
                       "rules": {"metrics": [{"metric": "mean_score"}]}}),
                "mean_score",
            ),
            (
                json!({"kind": "validation_policy", "model": "m", "name": "x",
                       "rules": {"leakage": {"max_imporance": 0.5}}}),
                "max_imporance",
            ),
        ];
        for (document, named) in cases {
            let message = read(document).unwrap_err();
            assert!(
                message.contains(named),
                "`{named}` is not named in: {message}"
            );
        }
    }
}
