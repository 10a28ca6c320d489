//! The real binary, end to end: a folder and a port of its own for every test.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail loudly, and says what it skips"
)]

mod analyses;
mod bad_input;
mod check;
mod crash;
mod flow;
mod newcomer;
mod program;
mod reference_pages;
mod retraining;
mod starting;
mod telling;
mod validate;
