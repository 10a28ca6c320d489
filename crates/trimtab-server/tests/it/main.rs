//! The real router over fake ports.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod openapi;
