//! The deliverer: takes due messages from the outbox to their channels.

use crate::app::{App, ChangeKind};
use trimtab_domain::Result;
use trimtab_domain::outbox::{Delivery, OutboxMessage, after_attempt};

/// Messages taken in one go.
const MESSAGES_MAX: u32 = 50;

/// Tries every due message once, in the order in which they were written.
pub(crate) async fn step(app: &App) -> Result<()> {
    loop {
        let due = app.store().due_messages(app.now(), MESSAGES_MAX).await?;
        if due.is_empty() {
            return Ok(());
        }
        for message in due {
            attempt(app, message).await?;
        }
    }
}

async fn attempt(app: &App, message: OutboxMessage) -> Result<()> {
    let catalog = app.catalog().await?;
    let delivery = match catalog.channels.get(&message.channel) {
        Some(channel) => {
            app.inner
                .parts
                .notifier
                .send(channel, &message, app.now())
                .await
        }
        None => Delivery::Permanent {
            error: format!("channel `{}` is no longer declared", message.channel),
        },
    };
    if let Delivery::Retry { error, .. } | Delivery::Permanent { error } = &delivery {
        tracing::warn!(message.id = %message.id, message.channel = %message.channel, error,
            "message not delivered");
    }
    let jitter = jitter(message.id.as_str(), message.attempts);
    let message = after_attempt(message, delivery, app.now(), jitter);
    app.store().update_message(&message).await?;
    app.announce(ChangeKind::Incident, None);
    Ok(())
}

/// Spreads retries in `[-0.2, 0.2]`, the same for the same message and attempt.
fn jitter(id: &str, attempt: u32) -> f64 {
    let seed = id.bytes().chain(attempt.to_le_bytes());
    // FNV-1a.
    let hash = seed.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let per_mille = u32::try_from(hash % 401).unwrap_or(200);
    (f64::from(per_mille) - 200.0) / 1_000.0
}
