//! The `Notifier` of the house: a channel's kind decides who carries the message.

use crate::client::GuardedClient;
use crate::failure::Failure;
use crate::guard::AllowList;
use crate::webhook;
use async_trait::async_trait;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use trimtab_domain::Result;
use trimtab_domain::documents::{ChannelSpec, ChannelType, SecretRef};
use trimtab_domain::outbox::{Delivery, OutboxMessage};
use trimtab_domain::ports::Notifier;

/// Turns a reference into the secret, at every attempt: a secret that was mended works at once.
pub type SecretResolver = Arc<dyn Fn(&SecretRef) -> Result<String> + Send + Sync>;

/// Sends messages to every kind of channel there is.
#[derive(Clone)]
pub struct WebhookNotifier {
    client: GuardedClient,
    secrets: SecretResolver,
}

impl fmt::Debug for WebhookNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookNotifier").finish_non_exhaustive()
    }
}

impl WebhookNotifier {
    /// A notifier that reaches public addresses over TLS, and what `allowed` lists.
    ///
    /// # Errors
    ///
    /// `Internal` if TLS cannot be prepared at all.
    pub fn new(allowed: AllowList, secrets: SecretResolver) -> Result<Self> {
        Ok(Self {
            client: GuardedClient::new(allowed)?,
            secrets,
        })
    }

    /// Tries once.
    ///
    /// # Errors
    ///
    /// What kind of failure it was, and whether another attempt may help.
    pub async fn attempt(
        &self,
        channel: &ChannelSpec,
        message: &OutboxMessage,
        now: Timestamp,
    ) -> std::result::Result<(), Failure> {
        match &channel.channel {
            ChannelType::Webhook { url, secret } => {
                let secret = secret.as_ref().map(|secret| (self.secrets)(secret));
                webhook::post(&self.client, url, secret, message, now).await
            }
        }
    }
}

#[async_trait]
impl Notifier for WebhookNotifier {
    async fn send(
        &self,
        channel: &ChannelSpec,
        message: &OutboxMessage,
        now: Timestamp,
    ) -> Delivery {
        match self.attempt(channel, message, now).await {
            Ok(()) => Delivery::Delivered,
            Err(failure) => {
                tracing::info!(
                    message_id = %message.id,
                    channel = %channel.name,
                    class = failure.class.as_str(),
                    is_temporary = failure.is_temporary,
                    "a message was not delivered"
                );
                failure.into()
            }
        }
    }
}
