//! Many columns at once: has their joint distribution moved?
//!
//! | question | function |
//! |---|---|
//! | can a model tell the samples apart, and by which columns? | [`domain_classifier()`] |
//! | the same of texts | [`sparse_domain_classifier`] |
//! | do columns still hang together as they did? | [`reconstruction_drift`] |
//! | have the laws of rows of numbers moved at all? | [`maximum_mean_discrepancy`] |
//! | have the means moved together? | [`hotelling_t_squared`] |
//! | have the centres of two clouds of embeddings moved? | [`centroid_distance`] |
//! | does the target hang on other columns than it did? | [`importance_shift`] |
//!
//! All take rows as independent unless they are told blocks.

mod centroid;
mod cross_fit;
mod dense;
mod domain_classifier;
mod domain_compat;
mod domain_text;
mod hotelling;
mod importance_shift;
mod mmd;
mod pca;
mod permutation;

pub use centroid::{CentroidDistance, CentroidShift, PermutationSettings, centroid_distance};
pub use dense::{DenseRows, RowEncoder};
pub use domain_classifier::{
    ColumnSeparation, DomainClassifier, DomainClassifierSettings, DomainNull, domain_classifier,
};
pub use domain_compat::{
    DEEPCHECKS_DOMAIN_LIMIT, NANNYML_DOMAIN_LIMITS, deepchecks_domain_drift, nannyml_domain_auc,
};
pub use domain_text::{SparseDomainClassifier, SparseDomainSettings, sparse_domain_classifier};
pub use hotelling::{HotellingTSquared, hotelling_t_squared};
pub use importance_shift::{
    ColumnImportanceShift, ImportanceShift, ImportanceShiftSettings, importance_shift,
};
pub use mmd::{
    MaximumMeanDiscrepancy, MmdBlockSettings, maximum_mean_discrepancy,
    maximum_mean_discrepancy_by_blocks,
};
pub use pca::{
    Blocks, PrincipalComponents, ReconstructionDrift, ReconstructionSettings,
    nannyml_reconstruction_limits, reconstruction_drift,
};
