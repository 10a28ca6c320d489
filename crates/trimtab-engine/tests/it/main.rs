//! The data plane from outside: what a caller of the ports sees.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod compare;
mod crash;
mod intake;
mod lake;
mod real_logs;
mod world;
