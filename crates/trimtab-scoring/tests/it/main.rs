//! Model files as converters write them, against the libraries that wrote them.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod files;
mod refusals;
