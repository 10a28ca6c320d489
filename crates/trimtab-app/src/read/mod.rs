//! Read models: what pages and the API show, composed from the store.
//!
//! Plain structs (`*_shape`, [`shapes`]) and functions that fill them. Nothing is judged here:
//! decisions come from stored results, numbers from stored profiles.

pub(crate) mod cache;
mod display_bins;
pub mod drift;
pub mod drift_column;
pub mod drift_shape;
pub mod fleet;
pub mod fleet_shape;
pub mod incident_shape;
pub mod incidents;
mod merged;
pub mod model_shape;
pub mod models;
pub mod monitoring;
pub mod overview;
pub mod performance;
pub mod performance_shape;
mod period;
pub mod pipeline_shape;
pub mod pipelines;
mod reference_quality;
pub mod results;
mod sentences;
pub mod shapes;
pub mod status;

pub use shapes::AskedRange;
