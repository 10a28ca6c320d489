//! Rows per second that a server acknowledges (so: on disk), as JSON and as Arrow, sent by two
//! clients on the same machine in batches of 5,000 rows of 30 columns.

#![expect(clippy::print_stdout, reason = "a benchmark talks to its terminal")]
#![expect(clippy::cast_precision_loss, reason = "sizes are small")]

use anyhow::{Result, bail};
use serde_json::json;
use std::thread;
use trimtab_benches::server::{Client, Server};
use trimtab_benches::{median, print_header, rows, seconds};

const N_CLIENTS: usize = 2;
const N_BATCHES: usize = 40;
const ROWS_PER_BATCH: usize = 5_000;

fn main() -> Result<()> {
    print_header("intake");
    let n_rows = N_CLIENTS * N_BATCHES * ROWS_PER_BATCH;
    let mut rates = Vec::new();
    for (name, content_type) in [
        ("JSON", "application/json"),
        ("Arrow", "application/vnd.apache.arrow.stream"),
    ] {
        let batches = encode(name)?;
        let n_bytes: usize = batches.iter().flatten().map(Vec::len).sum();
        let server = Server::start()?;
        let documents = json!({"documents": [rows::model("bench")]}).to_string();
        let mut client = server.client()?;
        let (status, body) = client.post(
            "/api/v1/documents",
            "application/json",
            documents.as_bytes(),
        )?;
        if status != 200 {
            bail!("documents: {status} {}", String::from_utf8_lossy(&body));
        }
        let mut result = Ok(());
        let took = seconds(1, || {
            result = send(&server, &batches, content_type);
        });
        result?;
        let rate = n_rows as f64 / median(&took);
        println!(
            "{name:<6} {:>9.0} rows/s acknowledged ({n_rows} rows, {} MiB)",
            rate,
            n_bytes >> 20
        );
        rates.push(rate);
    }
    if let [json, arrow] = rates[..] {
        println!("Arrow over JSON: {:.2}", arrow / json);
    }
    Ok(())
}

/// The bodies of each client, made before the clock starts.
fn encode(name: &str) -> Result<Vec<Vec<Vec<u8>>>> {
    (0..N_CLIENTS)
        .map(|client| {
            (0..N_BATCHES)
                .map(|batch| {
                    let number = client * N_BATCHES + batch;
                    let seed = u64::try_from(number)?;
                    let rows = rows::predictions(ROWS_PER_BATCH, number * ROWS_PER_BATCH, seed)?;
                    if name == "JSON" {
                        rows::to_json(&rows)
                    } else {
                        rows::to_arrow(&rows)
                    }
                })
                .collect()
        })
        .collect()
}

fn send(server: &Server, batches: &[Vec<Vec<u8>>], content_type: &str) -> Result<()> {
    let clients: Vec<Client> = (0..batches.len())
        .map(|_| server.client())
        .collect::<Result<_>>()?;
    thread::scope(|scope| {
        let running: Vec<_> = clients
            .into_iter()
            .zip(batches)
            .map(|(mut client, bodies)| {
                scope.spawn(move || -> Result<()> {
                    for body in bodies {
                        let path = "/api/v1/models/bench/predictions";
                        let (status, answer) = client.post(path, content_type, body)?;
                        if status != 200 {
                            bail!("{status}: {}", String::from_utf8_lossy(&answer));
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        for client in running {
            match client.join() {
                Ok(result) => result?,
                Err(_) => bail!("a client panicked"),
            }
        }
        Ok(())
    })
}
