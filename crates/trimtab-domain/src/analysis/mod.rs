//! Analyses of data sets without a server: what is asked, and what is answered.
//!
//! Each answer is a public, versioned interface. Columns are read by the engine and never leave
//! it: an answer carries findings, one record a row at most.
//!
//! To add an analysis: a file here with its request and report, a method of
//! [`DataSetAnalysis`](crate::ports::DataSetAnalysis), an `Answer` in `trimtab-app`.

pub mod detect;
pub mod estimate;
pub mod evaluate;
pub mod explain;
pub mod outliers;
pub mod profile;

/// The version of the shape of every report under this module.
pub const ANALYSIS_SCHEMA_VERSION: u32 = 1;
