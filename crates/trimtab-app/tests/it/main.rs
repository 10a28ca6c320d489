//! The use cases, on the world in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod ab_tests;
mod artifacts;
mod bench;
mod checking;
mod documents;
mod incidents;
mod monitors;
mod registry;
mod replay;
mod retraining;
mod rollouts;
mod tokens;
mod validations;
