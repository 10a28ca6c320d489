//! Points of a time series that stand out, and where its level changes.
//!
//! [`SeriesDetector`] is the default: it needs no tuning, and a row's score uses no
//! later row. [`detect_series`] runs it or any other causal method by name.
//! [`pelt`] looks back over a whole series and says where it changed; [`Bocpd`] says so
//! as the rows arrive. The decompositions ([`stl`], [`mstl`]), the smoothing model
//! ([`EtsModel`]), the saliency map ([`spectral_residual`]) and the test
//! ([`seasonal_esd`]) on which the other methods stand can be used alone.
//!
//! # How to add a method
//!
//! One file with the causal scorer, a name in [`SeriesMethod`], a page in
//! `docs/statistics/series`, and a row in its table on the NAB series.

mod bocpd;
mod detector;
mod ets;
mod fourier;
mod methods;
mod mstl;
mod pelt;
mod rolling;
mod scored;
mod seasonal_esd;
mod seasonal_forecast;
mod seasonal_mean;
mod spectral_residual;
mod stl;
mod tail_law;
mod track;

pub use bocpd::{Bocpd, BocpdStep, NormalGamma};
pub use detector::{DetectorOptions, SeriesDetector};
pub use ets::{EtsModel, EtsParameters, EtsShape, EtsState, fit_ets};
pub use methods::{SeriesMethod, SeriesOptions, detect_series};
pub use mstl::{MultipleDecomposition, mstl};
pub use pelt::{SegmentCost, bic_penalty, pelt};
pub use rolling::RollingWindow;
pub use scored::{Reason, Scored, score_from_ln_tail};
pub use seasonal_esd::{generalised_esd, seasonal_esd};
pub use spectral_residual::{spectral_residual, spectral_residual_scores};
pub use stl::{Decomposition, StlOptions, stl};
