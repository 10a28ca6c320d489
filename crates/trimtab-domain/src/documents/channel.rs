//! A channel: where messages go. Secrets are references, never values.

use crate::error::{Error, Result};
use crate::ids::DocumentName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A notification channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelSpec {
    /// Unique name.
    pub name: DocumentName,
    /// What kind, with its settings: `to: {webhook: {url: …}}`.
    #[serde(rename = "to")]
    pub channel: ChannelType,
}

/// The kinds of channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChannelType {
    /// A signed HTTP request (Standard Webhooks 1.0).
    Webhook {
        /// Where to.
        url: String,
        /// Signing secret, `whsec_` + base64; unsigned where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<SecretRef>,
    },
}

/// Where a secret is, never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// An environment variable of the server.
    Env(String),
    /// A file on the server.
    File(String),
}

impl ChannelSpec {
    pub(crate) fn validate(&self) -> Result<()> {
        let ChannelType::Webhook { url, .. } = &self.channel;
        if url.starts_with("https://") || url.starts_with("http://") {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "channel `{}`: `url` is not an http(s) address",
            self.name
        )))
    }
}
