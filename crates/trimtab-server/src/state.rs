//! What every handler can reach, and the numbers the server runs with.

use crate::telemetry::Telemetry;
use axum::extract::FromRef;
use std::sync::Arc;
use trimtab_app::App;

/// How the server behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Who may ask.
    pub access: Access,
    /// Names, beside the loopback ones, under which people reach the server (`host` or
    /// `host:port`): matters only with [`Access::TrustedLocal`].
    pub hosts: Vec<String>,
    /// Largest body of a request.
    pub body_bytes_max: u64,
    /// How long open requests may take to end at shutdown, in milliseconds.
    pub shutdown_ms_max: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            access: Access::TrustedLocal,
            hosts: Vec::new(),
            body_bytes_max: 64 << 20,
            shutdown_ms_max: 10_000,
        }
    }
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever is on this machine, as long as the request was not made by a foreign web page.
    TrustedLocal,
    /// Whoever sends a token.
    Tokens,
}

/// The state behind the router.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) settings: Arc<ServerSettings>,
    pub(crate) telemetry: Arc<Telemetry>,
}

impl FromRef<Server> for App {
    fn from_ref(server: &Server) -> Self {
        server.app.clone()
    }
}
