//! The data plane from outside: what a caller of the ports sees.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::too_many_lines,
    reason = "a test may fail loudly, and tells a story from start to end"
)]

mod compare;
mod crash;
mod hostile;
mod intake;
mod lake;
mod outcomes;
mod real_logs;
mod snapshots;
mod world;
