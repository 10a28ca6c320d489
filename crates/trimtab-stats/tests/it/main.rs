//! Tests from outside: oracles, laws, and the decision rule on real traffic.

#![expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may fail loudly, and exact values are meant exactly"
)]

mod ab_simulation;
mod ab_test;
mod anytime;
mod attribution;
mod bytes;
mod compare;
mod coverage;
mod decide;
mod evaluate;
mod fairness;
mod grid;
mod long_tail;
mod multiplicity;
mod multivariate;
mod oracle;
mod outliers;
mod paired;
mod performance_laws;
mod profile;
mod rhythm;
mod row_test;
mod series;
mod sort;
mod streams;
mod tree_ensemble;
mod tree_shap;
mod trees;
mod two_sample_laws;
mod two_sample_methods;
mod two_sample_rates;
mod windows;
