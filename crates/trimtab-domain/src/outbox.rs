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

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> OutboxMessage {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        OutboxMessage {
            id: MessageId::from_suffix(1),
            channel: "hook".parse().unwrap(),
            incident: IncidentId::from_suffix(1),
            event_type: "incident.opened".to_owned(),
            data: serde_json::Value::Null,
            created_at: now,
            state: MessageState::Pending,
            attempts: 0,
            next_attempt_at: now,
            last_error: None,
        }
    }

    fn retry(after: Option<SignedDuration>) -> Delivery {
        Delivery::Retry {
            error: "503".to_owned(),
            after,
        }
    }

    #[test]
    fn waits_longer_each_time_and_gives_up_after_the_schedule() {
        let mut message = message();
        let now = message.created_at;
        let mut waited = SignedDuration::ZERO;
        for _ in RETRY_SECONDS {
            message = after_attempt(message, retry(None), now, 0.0);
            assert_eq!(message.state, MessageState::Pending);
            let wait = message.next_attempt_at.duration_since(now);
            assert!(wait > waited, "{wait} after {waited}");
            waited = wait;
        }
        message = after_attempt(message, retry(None), now, 0.0);
        assert_eq!(message.state, MessageState::Failed);
        assert_eq!(message.last_error.as_deref(), Some("503"));
    }

    #[test]
    fn a_receiver_may_ask_for_more_patience_but_not_for_less() {
        let now = message().created_at;
        let patient = after_attempt(
            message(),
            retry(Some(SignedDuration::from_secs(90))),
            now,
            0.0,
        );
        assert_eq!(patient.next_attempt_at.duration_since(now).as_secs(), 90);
        let hasty = after_attempt(
            message(),
            retry(Some(SignedDuration::from_secs(1))),
            now,
            0.0,
        );
        assert_eq!(hasty.next_attempt_at.duration_since(now).as_secs(), 5);
    }

    #[test]
    fn a_yes_and_a_final_no_are_final() {
        let now = message().created_at;
        let yes = after_attempt(message(), Delivery::Delivered, now, 0.0);
        assert_eq!((yes.state, yes.attempts), (MessageState::Delivered, 1));
        let no = after_attempt(
            message(),
            Delivery::Permanent {
                error: "410".to_owned(),
            },
            now,
            0.0,
        );
        assert_eq!(no.state, MessageState::Failed);
    }
}
