//! The mathematics of Trimtab: profiles on a grid, statistics, the decision rule.
//! Numbers in, numbers out.
//!
//! Floor 0: it imports nothing outside the standard library.
//!
//! # Invariants
//!
//! * No input, output, clock, logging, threads or hidden randomness: seeds are
//!   parameters, and the same input gives the same bits.
//! * Kernels never panic on data. Only inputs on which a statistic has no meaning are
//!   [`StatsError`]s.
//! * Profiles merge and subtract exactly: a day is the sum of its hours, in any order,
//!   to the last bit of its bytes.
//! * Stored bytes begin with a format version; foreign bytes are refused.
//! * Missing values are left out of value tests and tested apart.
//!
//! # How to add a two-sample method
//!
//! One file in `two_sample/` with the function, its docs (formula, shapes, range, how
//! to read it, errors, source, example) and its noise floor; export it there and here;
//! a case in `tests/oracle/stats`; a result in `compare/`.
//!
//! # Deliberately absent
//!
//! Serialisation of evidence and decisions (each boundary writes its own view), Arrow,
//! sketches of quantiles (counts on a grid are exact and merge).

#![warn(missing_docs, clippy::missing_errors_doc)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "counts become floats and positions become indices all over; ranges are checked where they can matter"
)]
#![expect(
    clippy::float_cmp,
    reason = "ties, constants and zeros are meant to the last bit"
)]

// Topics: each a module with its own page of contents.
pub mod ab_test;
pub mod anytime;
pub mod attribution;
pub mod compat;
pub mod estimation;
pub mod multiplicity;
pub mod multivariate;
pub mod outliers;
pub mod performance;
pub mod power;
pub mod resampling;
pub mod series;
pub mod streams;
pub mod text;
pub mod trees;
pub mod two_sample;

mod bytes;
mod compare;
mod decide;
mod distinct;
mod error;
mod evidence;
mod exact_sum;
mod grid;
mod linear_algebra;
mod profile;
mod random;
mod sort;
mod special;
mod window_null;

// What the decision rule and its callers need is at the root.

pub use compare::{
    WeeklyRhythm, compare_categorical_counts, compare_column, compare_numeric_samples,
    fit_window_null, window_distance, window_location,
};
pub use decide::{
    ColumnDecision, DatasetDecision, Decision, DecisionPolicy, EffectFloors, Reason, Severity,
    decide,
};
pub use distinct::DistinctSketch;
pub use error::StatsError;
pub use evidence::{
    ColumnEvidence, ColumnKind, Effect, EffectMeasure, MethodResult, RowLevelTest, WindowLaw,
};
pub use exact_sum::ExactSum;
pub use grid::{
    CategoricalGrid, ColumnGrid, DEFAULT_MAX_BINS, DEFAULT_MAX_CATEGORIES, Grid, NumericGrid,
    Spread,
};
pub use multiplicity::Correction;
pub use performance::{
    BinaryMetrics, BinaryPerformance, CalibrationBin, Confusion, RegressionMetrics,
    RegressionPerformance,
};
pub use profile::{CategoricalProfile, ColumnProfile, DatasetProfile, NumericProfile};
pub use random::Random;
pub use sort::sort_numbers;
pub use special::{
    binomial_sf, chi_squared_noncentrality, gamma_quantile_upper, ln_chi_squared_sf, ln_gamma,
    ln_gamma_q, ln_normal_sf, normal_quantile, normal_sf, student_t_quantile, student_t_sf,
};
pub use two_sample::{
    ChiSquared, KolmogorovSmirnov, KsLaw, TwoProportionZ, chi_squared_contingency, cramers_v,
    cramers_v_noise_floor, hellinger_distance, hellinger_noise_floor, jensen_shannon_distance,
    jensen_shannon_noise_floor, kolmogorov_sf, ks_noise_floor, ks_p_value,
    population_stability_index, population_stability_index_noise_floor, smirnov_ln_sf,
    total_variation_distance, total_variation_noise_floor, two_proportion_z, two_sample_ks,
    two_sample_ks_binned, wasserstein_distance, wasserstein_distance_binned,
    wasserstein_noise_floor, wasserstein_noise_floor_binned,
};
pub use window_null::{
    Direction, MissingNull, SignalEvidence, SignalNull, WindowNull, effective_windows,
};
