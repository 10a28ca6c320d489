//! Numbers that describe a text, so that text columns can be compared: a few that a
//! person understands ([`TextFeatures`]), compared as numeric columns, and sparse
//! counts of hashed n-grams ([`NgramHasher`]) for a classifier that tells two samples
//! apart.
//!
//! Nothing is tokenised by a language's rules: what changes in a text column is mostly
//! its form (a template, a language, an encoding, a bot), and that shows here.

mod features;
mod ngrams;

pub use features::TextFeatures;
pub use ngrams::{NgramHasher, NgramSettings};
