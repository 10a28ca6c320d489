//! `serve`: reads like its own table of contents.

use crate::cli::ServeArgs;
use crate::settings::{self, Flags, LogFormat, Settings};
use crate::terminal;
use crate::wiring::{self, House};
use crate::world::WallClock;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use trimtab_domain::ports::{Clock, TokenStore};
use trimtab_server::{Access, ServerSettings};
use trimtab_store::SqlStore;

pub(crate) async fn run(args: ServeArgs, variables: &BTreeMap<String, String>) -> Result<()> {
    let flags = Flags {
        config: args.config,
        listen: args.listen,
        data_dir: args.data_dir,
    };
    let settings = settings::load(&flags, variables)?.settings;
    start_log(&settings)?;
    let listener = listen(&settings.server.listen).await?;
    let address = listener.local_addr()?;
    let url = public_url(&settings, address);
    let house = Box::pin(wiring::open(&settings, &url, variables)).await?;
    let access = access(&house.store, address).await?;
    announce(&settings, address, access);
    serve(house, settings, access, &url, listener).await
}

async fn serve(
    house: House,
    settings: Settings,
    access: Access,
    url: &str,
    listener: TcpListener,
) -> Result<()> {
    // Nobody is told "no such flag" because the server has only just begun.
    let flags = house.app.refresh_flags().await;
    flags.map_err(|err| super::told(&err))?;
    let shutdown = CancellationToken::new();
    let work = tokio::spawn({
        let (app, shutdown) = (house.app.clone(), shutdown.clone());
        async move { app.run_background(shutdown).await }
    });
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let stop = tokio::spawn({
        let shutdown = shutdown.clone();
        async move {
            tokio::select! {
                _ = interrupts.recv() => {}
                _ = terminations.recv() => {}
            }
            tracing::info!("stopping: open requests may end, then everything is written");
            shutdown.cancel();
        }
    });
    let served = trimtab_server::serve(
        house.app,
        server_settings(&settings, access, url),
        listener,
        shutdown.clone(),
    )
    .await;
    shutdown.cancel();
    stop.abort();
    work.await?;
    house.store.close().await;
    tracing::info!("stopped");
    served.context("the listener failed")
}

/// Logs go to standard error.
fn start_log(settings: &Settings) -> Result<()> {
    let filter = EnvFilter::try_new(&settings.log.level).with_context(|| {
        format!(
            "setting `log.level` cannot be `{}`\n  hint: write error, warn, info, debug or trace",
            settings.log.level
        )
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match settings.log.format {
        LogFormat::Text => builder.with_ansi(terminal::is_log_terminal()).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

async fn listen(address: &str) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(err) if err.kind() == ErrorKind::AddrInUse => bail!(
            "port busy: another program listens on {address} (stop it, or choose another port: \
             trimtab serve --listen 127.0.0.1:3001)"
        ),
        Err(err) if err.kind() == ErrorKind::PermissionDenied => bail!(
            "not allowed to listen on {address} (ports below 1024 need rights; choose a higher \
             one)"
        ),
        Err(err) => Err(anyhow::Error::new(err).context(format!(
            "cannot listen on `{address}`\n  hint: write address and port: 127.0.0.1:3000"
        ))),
    }
}

/// On loopback the local user is trusted; everywhere else tokens are, and one must exist.
async fn access(store: &SqlStore, address: SocketAddr) -> Result<Access> {
    if address.ip().is_loopback() {
        return Ok(Access::TrustedLocal);
    }
    let now = WallClock.now();
    let tokens = store.tokens().await.map_err(|err| super::told(&err))?;
    let is_usable = tokens
        .iter()
        .any(|token| token.revoked_at.is_none() && token.expires_at.is_none_or(|end| now < end));
    if !is_usable {
        bail!(
            "refusing to listen on {address} without API tokens: other machines could reach it\n  \
             hint: make one first: trimtab token create admin --allow \
             read,ingest,respond,edit,admin"
        );
    }
    Ok(Access::Tokens)
}

fn public_url(settings: &Settings, address: SocketAddr) -> String {
    let named = settings.server.public_url.trim_end_matches('/');
    if !named.is_empty() {
        return named.to_owned();
    }
    local_url(address)
}

/// The address as people on this machine reach it.
fn local_url(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() || ip.octets() == [127, 0, 0, 1] => {
            format!("http://localhost:{}", address.port())
        }
        IpAddr::V6(ip) if ip.is_unspecified() || ip.is_loopback() => {
            format!("http://localhost:{}", address.port())
        }
        _ => format!("http://{address}"),
    }
}

fn server_settings(settings: &Settings, access: Access, url: &str) -> ServerSettings {
    let mut hosts = settings.server.hosts.clone();
    if let Some((_, authority)) = url.split_once("://") {
        hosts.push(authority.split('/').next().unwrap_or(authority).to_owned());
    }
    ServerSettings {
        access,
        hosts,
        body_bytes_max: u64::from(settings.server.body_limit_mib) << 20,
        shutdown_ms_max: u64::from(settings.server.shutdown_seconds) * 1_000,
    }
}

/// The address, where people and scripts look for it. Nobody reading is fine.
fn announce(settings: &Settings, address: SocketAddr, access: Access) {
    let who = match access {
        Access::TrustedLocal => "this machine only",
        Access::Tokens => "with API tokens",
    };
    let text = format!(
        "Trimtab {} serves {} ({who}); data in {}",
        env!("CARGO_PKG_VERSION"),
        local_url(address),
        settings.data_dir
    );
    if let Err(err) = terminal::line(&text) {
        tracing::debug!(%err, "nobody reads standard output");
    }
    if !trimtab_server::is_dashboard_embedded() {
        tracing::warn!("built without the dashboard: the API is complete");
    }
    tracing::info!(%address, data_dir = settings.data_dir, "serving");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_given_an_address_they_can_open() {
        for (address, url) in [
            ("127.0.0.1:3000", "http://localhost:3000"),
            ("0.0.0.0:80", "http://localhost:80"),
            ("[::1]:3000", "http://localhost:3000"),
            ("10.1.2.3:3000", "http://10.1.2.3:3000"),
        ] {
            assert_eq!(local_url(address.parse().unwrap()), url);
        }
    }
}
