//! A server of its own for one benchmark, and a client that keeps its connection.

use crate::sibling;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

/// A running server; it and its folder go when this is dropped.
pub struct Server {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts the binary beside this program on a free port.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or is not ready within a minute.
    pub fn start() -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let folder = std::env::temp_dir().join(format!("trimtab-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let log = File::create(folder.join("log"))?;
        let child = Command::new(sibling("trimtab"))
            .arg("serve")
            .current_dir(&folder)
            .env("TRIMTAB_DATA_DIR", folder.join("data"))
            .env("TRIMTAB_SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start trimtab")?;
        let server = Self {
            child,
            folder,
            port,
        };
        for _ in 0..600 {
            let ready = Client::new(port).and_then(|mut client| client.get("/readyz"));
            if ready.is_ok_and(|(status, _)| status == 200) {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("the server is not ready after a minute")
    }

    /// A new connection.
    ///
    /// # Errors
    ///
    /// If it is refused.
    pub fn client(&self) -> Result<Client> {
        Client::new(self.port)
    }

    /// The command line as a client of this server.
    pub fn command(&self) -> Command {
        let mut command = Command::new(sibling("trimtab"));
        command.env(
            "TRIMTAB_SERVER_URL",
            format!("http://127.0.0.1:{}", self.port),
        );
        command
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// One kept connection.
pub struct Client {
    reader: BufReader<TcpStream>,
    port: u16,
}

impl Client {
    /// Connects to whatever listens on this machine.
    ///
    /// # Errors
    ///
    /// If nothing does.
    pub fn new(port: u16) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(2)))?;
        Ok(Self {
            reader: BufReader::new(stream),
            port,
        })
    }

    /// Status and body of a GET.
    ///
    /// # Errors
    ///
    /// If the connection breaks.
    pub fn get(&mut self, path: &str) -> Result<(u16, Vec<u8>)> {
        self.send("GET", path, "text/plain", &[])
    }

    /// Status and body of a POST.
    ///
    /// # Errors
    ///
    /// If the connection breaks.
    pub fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.send("POST", path, content_type, body)
    }

    fn send(&mut self, verb: &str, path: &str, kind: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        let head = format!(
            "{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        let stream = self.reader.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        self.answer()
    }

    fn answer(&mut self) -> Result<(u16, Vec<u8>)> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line
            .split_whitespace()
            .nth(1)
            .and_then(|text| text.parse().ok())
            .with_context(|| format!("no status in `{line}`"))?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let mut header = String::new();
            self.reader.read_line(&mut header)?;
            let header = header.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(text) = header.strip_prefix("content-length:") {
                length = text.trim().parse()?;
            }
            is_chunked |= header.starts_with("transfer-encoding:") && header.ends_with("chunked");
        }
        if is_chunked {
            return Ok((status, self.chunks()?));
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok((status, body))
    }

    fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim_end(), 16).context("length of a chunk")?;
            let start = body.len();
            body.resize(start + length, 0);
            self.reader.read_exact(&mut body[start..])?;
            self.reader.read_line(&mut String::new())?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}
