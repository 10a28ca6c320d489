//! What every handler can reach, and the numbers the server runs with.

use crate::telemetry::Telemetry;
use axum::extract::FromRef;
use std::sync::Arc;
use tokio::sync::Semaphore;
use trimtab_app::App;

/// How the server behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Who may ask.
    pub access: Access,
    /// Names, beside the loopback ones, under which people reach the server (`host` or
    /// `host:port`): matters only with [`Access::TrustedLocal`].
    pub hosts: Vec<String>,
    /// Largest body of a request. Bodies of four times as much may be in memory together; others
    /// wait.
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
    /// Memory for bodies, in units.
    pub(crate) memory: Arc<Semaphore>,
}

/// Memory for bodies is counted in pages of so many bytes.
pub(crate) const MEMORY_UNIT_BYTES: u64 = 4_096;
/// So many bodies of the largest size may be in memory together.
const LARGEST_BODIES_MAX: u64 = 4;

impl Server {
    pub(crate) fn new(app: App, settings: ServerSettings) -> Self {
        let memory = Semaphore::new(n_units(&settings) as usize);
        Self {
            app,
            settings: Arc::new(settings),
            telemetry: Arc::default(),
            memory: Arc::new(memory),
        }
    }

    /// All the memory there is for bodies.
    pub(crate) fn n_memory_units(&self) -> u32 {
        n_units(&self.settings)
    }
}

fn n_units(settings: &ServerSettings) -> u32 {
    let n_bytes = settings.body_bytes_max.saturating_mul(LARGEST_BODIES_MAX);
    u32::try_from(n_bytes.div_ceil(MEMORY_UNIT_BYTES)).unwrap_or(u32::MAX >> 3)
}

impl FromRef<Server> for App {
    fn from_ref(server: &Server) -> Self {
        server.app.clone()
    }
}
