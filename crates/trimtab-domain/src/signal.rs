//! Signals: every number that comes out, as a named time series with labels.

use crate::ids::ModelName;
use crate::time::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The identity of a signal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SignalKey {
    /// The model.
    pub model: ModelName,
    /// Dotted name: `performance.roc_auc`, `drift.psi`, `volume.rows`, `metric.revenue`.
    pub name: String,
    /// `column`, `version`, `monitor`…
    pub labels: BTreeMap<String, String>,
}

/// Whether a value was observed or inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointKind {
    /// Observed.
    Measured,
    /// Inferred without labels.
    Estimated,
}

/// One point of a signal; a later one for the same window replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalPoint {
    /// Whose.
    pub key: SignalKey,
    /// Which window.
    pub window: Window,
    /// The value; `None` is a gap that was looked at.
    pub value: Option<f64>,
    /// Rows behind it.
    pub n: u64,
    /// Observed or inferred.
    pub kind: PointKind,
}
