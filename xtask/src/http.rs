//! Just enough HTTP for loopback: a GET, a POST, and reading one request.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const BODY_SIZE_MAX: u64 = 64 << 20;

/// The status and body of a GET on our own server.
pub(crate) fn get(port: u16, path: &str) -> Result<(u16, String)> {
    let (status, body) = ask(port, path)?;
    let body = String::from_utf8(body).with_context(|| format!("GET {path}: no text"))?;
    Ok((status, body))
}

/// The body of a GET that must succeed, whatever it holds.
pub(crate) fn get_bytes(port: u16, path: &str) -> Result<Vec<u8>> {
    let (status, body) = ask(port, path)?;
    if status != 200 {
        bail!("GET {path} answered {status}");
    }
    Ok(body)
}

/// HTTP/1.0 keeps the answer in one piece.
fn ask(port: u16, path: &str) -> Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: localhost:{port}\r\nAccept: application/json\r\n\r\n"
    )?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line
        .split_whitespace()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .with_context(|| format!("GET {path}: no status in `{}`", line.trim_end()))?;
    skip_headers(&mut reader)?;
    let mut body = Vec::new();
    reader.take(BODY_SIZE_MAX).read_to_end(&mut body)?;
    Ok((status, body))
}

/// The JSON of a GET that must succeed.
pub(crate) fn get_json(port: u16, path: &str) -> Result<Value> {
    let (status, body) = get(port, path)?;
    if status != 200 {
        bail!("GET {path} answered {status}: {body}");
    }
    serde_json::from_str(&body).with_context(|| format!("GET {path}"))
}

fn skip_headers(reader: &mut impl BufRead) -> Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            return Ok(headers);
        }
        if let Some((name, value)) = line.trim_end().split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

/// A request as a receiver sees it.
pub(crate) struct Request {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Reads one request with a `Content-Length`, which is what our own client sends.
pub(crate) fn read_request(stream: impl Read) -> Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let headers = skip_headers(&mut reader)?;
    let length: u64 = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    if BODY_SIZE_MAX < length {
        bail!("a body of {length} bytes");
    }
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body)?;
    Ok(Request { headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_request_with_its_body() {
        let text = "POST /hook HTTP/1.1\r\nWebhook-Id: msg_1\r\nContent-Length: 2\r\n\r\n{}rest";
        let request = read_request(text.as_bytes()).unwrap();
        assert_eq!(request.body, "{}");
        assert_eq!(request.headers[0], ("webhook-id".into(), "msg_1".into()));
    }

    #[test]
    fn a_request_without_a_body_is_fine() {
        let request = read_request("GET / HTTP/1.1\r\n\r\n".as_bytes()).unwrap();
        assert_eq!(request.body, "");
        assert!(request.headers.is_empty());
    }
}
