//! Identities that count up.

use std::sync::atomic::{AtomicU64, Ordering};
use trimtab_domain::ports::Identity;

/// `000001`, `000002`…: the same in every run.
#[derive(Debug, Default)]
pub struct CountingIdentity {
    given: AtomicU64,
}

impl CountingIdentity {
    fn next(&self) -> u64 {
        self.given.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Identity for CountingIdentity {
    fn suffix(&self) -> String {
        format!("{:06}", self.next())
    }

    fn secret(&self) -> String {
        format!("{:0>40}", self.next())
    }
}
