//! State machines of the domain, over histories that nobody wrote down.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod policy;
mod retraining_run;
