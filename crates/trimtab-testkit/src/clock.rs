//! A clock that stands still until it is moved.

use crate::lock;
use jiff::{SignedDuration, Timestamp};
use std::sync::Mutex;
use trimtab_domain::ports::Clock;

/// The virtual wall clock.
#[derive(Debug)]
pub struct VirtualClock {
    now: Mutex<Timestamp>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        // 2026-01-01T08:00:00Z.
        let start = Timestamp::from_second(1_767_254_400).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            now: Mutex::new(start),
        }
    }
}

impl VirtualClock {
    /// Moves it to an instant.
    pub fn set(&self, now: Timestamp) {
        *lock(&self.now) = now;
    }

    /// Moves it forward.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = lock(&self.now);
        *now = now.checked_add(by).unwrap_or(Timestamp::MAX);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.now)
    }
}
