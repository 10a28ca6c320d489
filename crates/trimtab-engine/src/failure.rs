//! The one place where errors of the libraries below become ours.

use std::error::Error as StdError;
use std::io::ErrorKind as IoErrorKind;
use std::panic::AssertUnwindSafe;
use trimtab_domain::{Error, ErrorKind, Result};

type Source = Box<dyn StdError + Send + Sync>;

/// Turns a library's error into ours: what a full or absent disk causes can be retried later,
/// everything else is ours to mend.
pub(crate) fn wrap<E: Into<Source>>(message: impl Into<String>) -> impl FnOnce(E) -> Error {
    move |source| {
        let source = source.into();
        let kind = match io_kind(source.as_ref()) {
            Some(
                IoErrorKind::StorageFull
                | IoErrorKind::QuotaExceeded
                | IoErrorKind::ReadOnlyFilesystem,
            ) => ErrorKind::Unavailable,
            _ => ErrorKind::Internal,
        };
        let error = Error::new(kind, message);
        match kind {
            ErrorKind::Unavailable => error.with_hint("free space on the disk, then retry"),
            _ => error,
        }
        .with_source(source)
    }
}

/// Turns a reader's error about somebody's data into `Invalid`, and says where it stumbled.
pub(crate) fn unreadable<E: Into<Source>>(what: impl Into<String>) -> impl FnOnce(E) -> Error {
    move |source| {
        let source = source.into();
        Error::invalid(format!(
            "{}: {}",
            what.into(),
            one_line(&source.to_string())
        ))
        .with_source(source)
    }
}

/// Runs a reader of foreign bytes. The readers below check less than they should: where one of
/// them panics on damaged bytes, the bytes are refused.
pub(crate) fn guarded<T>(what: &str, read: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Error::invalid(format!("{what}: the bytes are damaged"))))
}

/// The first line of a message, of bounded length: libraries like to quote whole buffers.
pub(crate) fn one_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(200).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

fn io_kind(error: &(dyn StdError + 'static)) -> Option<IoErrorKind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        next = error.source();
    }
    None
}
