//! Messages on their way out: durable, retried, idempotent.

use crate::ids::{DocumentName, IncidentId, MessageId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A message to one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutboxMessage {
    /// The same on every attempt.
    pub id: MessageId,
    /// Where to.
    pub channel: DocumentName,
    /// About what.
    pub incident: IncidentId,
    /// `incident.opened` or `incident.resolved`.
    pub event_type: String,
    /// The body's `data`.
    pub data: serde_json::Value,
    /// When it was written.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: MessageState,
    /// Attempts so far.
    pub attempts: u32,
    /// Not to be tried before.
    pub next_attempt_at: Timestamp,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// To be tried (again).
    Pending,
    /// The receiver said yes.
    Delivered,
    /// Given up.
    Failed,
}

impl MessageState {
    /// The word in answers and storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// The outcome of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver said yes.
    Delivered,
    /// Worth another try, not before the given wait where the receiver named one.
    Retry {
        /// Why.
        error: String,
        /// What the receiver asked for.
        after: Option<SignedDuration>,
    },
    /// Pointless to repeat.
    Permanent {
        /// Why.
        error: String,
    },
}

/// Waits between attempts, in seconds: the example schedule of Standard Webhooks.
pub const RETRY_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// What an attempt makes of a message. `jitter` in `[-0.2, 0.2]` spreads the retries.
#[must_use]
pub fn after_attempt(
    mut message: OutboxMessage,
    delivery: Delivery,
    now: Timestamp,
    jitter: f64,
) -> OutboxMessage {
    message.attempts += 1;
    match delivery {
        Delivery::Delivered => {
            message.state = MessageState::Delivered;
            message.last_error = None;
        }
        Delivery::Permanent { error } => {
            message.state = MessageState::Failed;
            message.last_error = Some(error);
        }
        Delivery::Retry { error, after } => {
            message.last_error = Some(error);
            let step = usize::try_from(message.attempts - 1).unwrap_or(usize::MAX);
            match RETRY_SECONDS.get(step) {
                None => message.state = MessageState::Failed,
                Some(&seconds) => {
                    let own = SignedDuration::from_secs(seconds).mul_f64(1.0 + jitter);
                    let wait = own.max(after.unwrap_or(SignedDuration::ZERO));
                    message.next_attempt_at = now.saturating_add(wait).unwrap_or(now);
                }
            }
        }
    }
    message
}
