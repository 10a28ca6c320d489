//! The clock, identity and outgoing messages.

use crate::documents::ChannelSpec;
use crate::outbox::{Delivery, OutboxMessage};
use async_trait::async_trait;
use jiff::Timestamp;

/// The wall clock.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Unique suffixes for identifiers.
pub trait Identity: Send + Sync {
    /// A suffix of letters and digits that was never given before.
    fn suffix(&self) -> String;

    /// At least 32 letters and digits that nobody can guess: the private half of a token.
    fn secret(&self) -> String;
}

/// Sends messages to people and machines.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Tries once. The message's identifier is the idempotency key of every attempt.
    async fn send(
        &self,
        channel: &ChannelSpec,
        message: &OutboxMessage,
        now: Timestamp,
    ) -> Delivery;
}
