//! Ports of A/B tests: where they are kept, and what the logged rows say.

use crate::ab_test::{AbDesign, AbLook, AbTest};
use crate::documents::ModelSpec;
use crate::documents::ab_test::{AbMetric, AbUnit};
use crate::error::Result;
use crate::ids::{AbTestId, ModelName};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use trimtab_stats::ab_test::Estimate;

/// A/B tests and their looks.
#[async_trait]
pub trait AbTestStore: Send + Sync {
    /// Stores a test as it is now (its `revision` says which one) with new looks, in one
    /// transaction. Revision 1 is new; any other replaces the one before it.
    ///
    /// # Errors
    ///
    /// `Conflict` if the stored revision is not the one before: somebody else was faster.
    async fn put_ab_test(&self, test: &AbTest, looks: &[AbLook]) -> Result<()>;

    /// One test.
    async fn ab_test(&self, id: &AbTestId) -> Result<Option<AbTest>>;

    /// A model's tests, newest first, at most so many.
    async fn ab_tests(&self, model: &ModelName, limit: u32) -> Result<Vec<AbTest>>;

    /// Every test that still runs.
    async fn running_ab_tests(&self) -> Result<Vec<AbTest>>;

    /// A test's looks, oldest first.
    async fn ab_looks(&self, id: &AbTestId) -> Result<Vec<AbLook>>;
}

/// What to read from the log for a test.
#[derive(Debug, Clone)]
pub struct AbQuery {
    /// The model.
    pub model: Arc<ModelSpec>,
    /// Label of the version that served.
    pub champion: String,
    /// Label of the candidate.
    pub challenger: String,
    /// How the two get their rows.
    pub design: AbDesign,
    /// What is independent.
    pub unit: AbUnit,
    /// Rows from then on count, event time.
    pub since: Timestamp,
    /// The moments to look at, oldest first: rows before a moment, with labels known before it.
    pub looks: Vec<Timestamp>,
    /// What to compare. Signals are not in the log and give no evidence here.
    pub metrics: Vec<AbMetric>,
    /// Columns to cut the first metric by.
    pub segments: Vec<String>,
    /// Two-sided level of the bounds on quantiles.
    pub alpha: f64,
    /// Rows of units before `since`, so far back, take noise out of the first metric.
    pub baseline_days: Option<u32>,
}

/// What one moment shows.
#[derive(Debug, Clone, PartialEq)]
pub struct AbEvidence {
    /// The moment.
    pub at: Timestamp,
    /// Units of either side (of a shadow: days), champion first.
    pub n_units: [u64; 2],
    /// Predictions of either side.
    pub n_rows: [u64; 2],
    /// Units that were met on both sides, and left out.
    pub n_crossed: u64,
    /// By metric, in the query's order.
    pub metrics: Vec<MetricEvidence>,
    /// The first metric by segment.
    pub segments: Vec<SegmentEvidence>,
}

/// What one moment shows of one metric.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetricEvidence {
    /// Rows of either side that have it.
    pub n_rows: [u64; 2],
    /// Units of either side that have it.
    pub n_units: [u64; 2],
    /// Its value on either side.
    pub values: [Option<f64>; 2],
    /// Challenger less champion.
    pub estimate: Option<Estimate>,
    /// Always-valid bounds on that difference, for metrics that bring their own: quantiles, and
    /// guardrails that are either 0 or 1, which hold where hardly anything was met.
    pub bounds: Option<(f64, f64)>,
    /// For what is either 0 or 1: rows of the rarer kind, both sides together.
    pub n_rarer: Option<u64>,
    /// Share of the variance that the units' past explained.
    pub variance_removed: Option<f64>,
}

/// A metric within one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentEvidence {
    /// `column=value`.
    pub segment: String,
    /// What is shown there.
    pub evidence: MetricEvidence,
}

/// Reads the outcomes of two versions, unit by unit.
#[async_trait]
pub trait OutcomeLog: Send + Sync {
    /// The evidence at every moment asked for.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the log cannot be read, `Invalid` if it holds more rows than fit into
    /// memory.
    async fn ab_evidence(&self, query: &AbQuery) -> Result<Vec<AbEvidence>>;
}
