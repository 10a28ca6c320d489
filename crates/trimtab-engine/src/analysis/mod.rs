//! Analyses of data sets without a server: columns from files, mathematics from
//! `trimtab-stats`, findings out.
//!
//! One file an analysis; each reads the columns it needs through [`crate::files`] and holds no
//! others in memory.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts of rows become floats all over"
)]

mod detect;
mod estimate;
mod evaluate;
mod explain;
mod fairness;
mod matrix;
mod outcomes;
mod outliers;
pub(crate) mod profile;
pub(crate) mod trial;

pub use trial::FileTrials;

use async_trait::async_trait;
use std::sync::Arc;
use trimtab_domain::analysis::detect::{DetectReport, DetectRequest};
use trimtab_domain::analysis::estimate::{EstimateReport, EstimateRequest};
use trimtab_domain::analysis::evaluate::{EvaluateReport, EvaluateRequest};
use trimtab_domain::analysis::explain::{ExplainReport, ExplainRequest};
use trimtab_domain::analysis::outliers::{OutliersReport, OutliersRequest};
use trimtab_domain::analysis::profile::{ProfileRequest, SavedProfile};
use trimtab_domain::ports::DataSetAnalysis;
use trimtab_domain::ports::scoring::ScoringModel;
use trimtab_domain::{Error, Result};
use trimtab_stats::StatsError;

/// Analyses files, folders and standard input.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileAnalysis;

#[async_trait]
impl DataSetAnalysis for FileAnalysis {
    async fn profile(&self, request: &ProfileRequest) -> Result<SavedProfile> {
        let request = request.clone();
        crate::blocking(move || profile::profile(&request)).await
    }

    async fn detect(&self, request: &DetectRequest) -> Result<DetectReport> {
        let request = request.clone();
        crate::blocking(move || detect::detect(&request)).await
    }

    async fn evaluate(&self, request: &EvaluateRequest) -> Result<EvaluateReport> {
        let request = request.clone();
        crate::blocking(move || evaluate::evaluate(&request)).await
    }

    async fn estimate(&self, request: &EstimateRequest) -> Result<EstimateReport> {
        let request = request.clone();
        crate::blocking(move || estimate::estimate(&request)).await
    }

    async fn explain(
        &self,
        request: &ExplainRequest,
        model: Arc<dyn ScoringModel>,
    ) -> Result<ExplainReport> {
        let request = request.clone();
        crate::blocking(move || explain::explain(&request, model.as_ref())).await
    }

    async fn outliers(&self, request: &OutliersRequest) -> Result<OutliersReport> {
        let request = request.clone();
        crate::blocking(move || outliers::outliers(&request)).await
    }
}

/// Says what statistics refuse in the words of the command.
fn refused(what: &str) -> impl FnOnce(StatsError) -> Error {
    let what = what.to_owned();
    move |error| Error::invalid(format!("{what}: {error}"))
}

/// Refuses a name that is none of those known.
fn unknown(option: &str, name: &str, known: &[&str]) -> Error {
    Error::invalid(format!("{option} cannot be `{name}`"))
        .with_hint(format!("one of: {}", known.join(", ")))
}
