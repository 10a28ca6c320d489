//! A notifier that keeps what it was given to send.

use crate::lock;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Mutex;
use trimtab_domain::documents::ChannelSpec;
use trimtab_domain::outbox::{Delivery, OutboxMessage};
use trimtab_domain::ports::Notifier;

/// Says yes to everything, unless told what to answer next.
#[derive(Debug, Default)]
pub struct RecordingNotifier {
    sent: Mutex<Vec<OutboxMessage>>,
    answers: Mutex<VecDeque<Delivery>>,
}

impl RecordingNotifier {
    /// Every attempt so far, in order.
    pub fn sent(&self) -> Vec<OutboxMessage> {
        lock(&self.sent).clone()
    }

    /// What the next attempt (not answered yet) will be told.
    pub fn answer_next(&self, delivery: Delivery) {
        lock(&self.answers).push_back(delivery);
    }
}

#[async_trait]
impl Notifier for RecordingNotifier {
    async fn send(
        &self,
        _channel: &ChannelSpec,
        message: &OutboxMessage,
        _now: Timestamp,
    ) -> Delivery {
        lock(&self.sent).push(message.clone());
        lock(&self.answers)
            .pop_front()
            .unwrap_or(Delivery::Delivered)
    }
}
