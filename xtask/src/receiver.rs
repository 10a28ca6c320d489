//! The demo's other side of a webhook: takes every message, answers 204, writes it down.
//!
//! It verifies no signature: the tests do that, with the messages it wrote.

use crate::http;
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

/// Listens on loopback until the process ends; one line of JSON per message in `file`.
pub(crate) fn start(port: u16, file: &Path) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
        format!("port {port} is taken: the demo's receiver of messages wants it (see --port)")
    })?;
    let mut log = OpenOptions::new().create(true).append(true).open(file)?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A sender that breaks off has lost its message; it will try again.
            if let Err(error) = take(stream, &mut log) {
                eprintln!("receiver: {error:#}");
            }
        }
    });
    Ok(())
}

fn take(mut stream: TcpStream, log: &mut File) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let request = http::read_request(&stream)?;
    let headers: Map<String, Value> = request
        .headers
        .into_iter()
        .filter(|(name, _)| name.starts_with("webhook-") || name == "content-type")
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    writeln!(log, "{}", json!({"headers": headers, "body": request.body}))?;
    write!(
        stream,
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    Ok(())
}

/// The messages written so far, oldest first.
pub(crate) fn messages(file: &Path) -> Vec<Value> {
    std::fs::read_to_string(file)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}
