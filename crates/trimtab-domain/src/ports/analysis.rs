//! The port to analyses of data sets.

use super::scoring::ScoringModel;
use crate::analysis::detect::{DetectReport, DetectRequest};
use crate::analysis::estimate::{EstimateReport, EstimateRequest};
use crate::analysis::evaluate::{EvaluateReport, EvaluateRequest};
use crate::analysis::explain::{ExplainReport, ExplainRequest};
use crate::analysis::outliers::{OutliersReport, OutliersRequest};
use crate::analysis::profile::{ProfileRequest, SavedProfile};
use crate::error::Result;
use async_trait::async_trait;
use std::sync::Arc;

/// Analyses data sets without any server.
#[async_trait]
pub trait DataSetAnalysis: Send + Sync {
    /// Counts a data set on a grid.
    ///
    /// # Errors
    ///
    /// `Invalid` naming the file and the place if the data set, or the profile whose grid is
    /// asked for, cannot be read.
    async fn profile(&self, request: &ProfileRequest) -> Result<SavedProfile>;

    /// Looks for rows of a series that stand out, for changes of a stream, or of a level.
    ///
    /// # Errors
    ///
    /// `Invalid` naming the file and the place if the data set cannot be read or lacks a column,
    /// or the argument if a method or a setting is not known.
    async fn detect(&self, request: &DetectRequest) -> Result<DetectReport>;

    /// Says how good a model was.
    ///
    /// # Errors
    ///
    /// As [`DataSetAnalysis::detect`]; also if labels do not say which one is positive.
    async fn evaluate(&self, request: &EvaluateRequest) -> Result<EvaluateReport>;

    /// Says how good a model is without labels.
    ///
    /// # Errors
    ///
    /// As [`DataSetAnalysis::evaluate`]; also if the reference cannot be learnt from.
    async fn estimate(&self, request: &EstimateRequest) -> Result<EstimateReport>;

    /// Says what moves a model's scores.
    ///
    /// # Errors
    ///
    /// As [`DataSetAnalysis::detect`]; also if columns do not fit the model.
    async fn explain(
        &self,
        request: &ExplainRequest,
        model: Arc<dyn ScoringModel>,
    ) -> Result<ExplainReport>;

    /// Looks for rows unlike the reference's.
    ///
    /// # Errors
    ///
    /// As [`DataSetAnalysis::detect`]; also if the reference has too few rows for the share of
    /// alarms that was asked for.
    async fn outliers(&self, request: &OutliersRequest) -> Result<OutliersReport>;
}
