//! Performance without labels.
//!
//! * [`Cbpe`]: classifiers of two classes, from the model's own probabilities after calibration.
//! * [`MulticlassCbpe`]: classifiers of several classes, one against the rest, with the confusion
//!   matrix.
//! * [`DirectLoss`]: regression, from a model of the loss.
//!
//! Both follow `NannyML` 0.13's definitions, sampling errors and limits. What they assume is
//! printed with every answer ([`CBPE_ASSUMES`], [`DLE_ASSUMES`]): neither sees a change of what
//! follows from the features (concept drift).
//!
//! To add an estimator: a file with `fit` on a labelled reference and `estimate` on a chunk, its
//! sampling error, and a fixture in `tests/oracle/estimation`.

mod calibration;
mod cbpe;
mod cbpe_multiclass;
mod direct_loss;
mod isotonic;
mod limits;

pub use calibration::needs_calibration;
pub use cbpe::{CBPE_ASSUMES, CBPE_METRICS, Cbpe, LabelledScores};
pub use cbpe_multiclass::{
    ClassScores, ConfusionUnit, MulticlassCbpe, MulticlassEstimates, MulticlassRows,
};
pub use direct_loss::{DLE_ASSUMES, DLE_METRICS, DirectLoss};
pub use isotonic::Isotonic;
pub use limits::{Estimate, Limits};
