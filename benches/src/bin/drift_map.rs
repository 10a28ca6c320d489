//! The drift map of nine months of flights (275 days, 15 columns), as the dashboard asks for it,
//! beside a request that does nothing.

#![expect(clippy::print_stdout, reason = "a benchmark talks to its terminal")]

use anyhow::{Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};
use trimtab_benches::server::{Client, Server};
use trimtab_benches::{median, print_header, seconds};

const N_RUNS: usize = 50;
const MAP: &str = "/api/v1/models/flights/drift?monitor=inputs&by=decision\
                   &from=2013-04-01T00:00:00Z&to=2014-01-01T00:00:00Z";

fn main() -> Result<()> {
    print_header("drift_map");
    let server = Server::start()?;
    fill(&server)?;
    let mut client = server.client()?;
    settle(&mut client)?;
    let nothing = timed(&mut client, "/healthz")?;
    let map = timed(&mut client, MAP)?;
    let (_, body) = client.get(MAP)?;
    println!("healthz:   {:.2} ms", median(&nothing) * 1e3);
    println!(
        "drift map: {:.2} ms, {} KiB of JSON, {:.0} times healthz",
        median(&map) * 1e3,
        body.len() >> 10,
        median(&map) / median(&nothing)
    );
    Ok(())
}

fn fill(server: &Server) -> Result<()> {
    let flights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/flights");
    let apply = ["model.yaml", "reference.yaml", "monitors.yaml"].map(|name| flights.join(name));
    quietly(server.command().arg("apply").args(apply))?;
    let mut replay = server.command();
    replay.args(["replay", "flights", "--predictions"]);
    replay.arg(flights.join("data/flights_production.parquet"));
    replay
        .arg("--labels")
        .arg(flights.join("data/flights_production_labels.parquet"));
    quietly(&mut replay)
}

fn quietly(command: &mut Command) -> Result<()> {
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// Waits until no window of those due is left to judge.
fn settle(client: &mut Client) -> Result<()> {
    let mut n_quiet = 0;
    while n_quiet < 5 {
        let (_, body) = client.get("/api/v1/fleet")?;
        let fleet: serde_json::Value = serde_json::from_slice(&body)?;
        let checks = &fleet["facts"]["checks_on_time"];
        n_quiet = if checks["due"] == checks["done"] {
            n_quiet + 1
        } else {
            0
        };
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    Ok(())
}

fn timed(client: &mut Client, path: &str) -> Result<Vec<f64>> {
    let (status, body) = client.get(path)?;
    if status != 200 {
        bail!("{path}: {status} {}", String::from_utf8_lossy(&body));
    }
    let mut failed = None;
    let all = seconds(N_RUNS, || {
        if let Err(error) = client.get(path) {
            failed = Some(error);
        }
    });
    failed.map_or(Ok(all), Err)
}
