//! The server as a child process, and where everything of one demo is.

use crate::{http, receiver, run};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

/// The secret that signs the demo's messages. It is in the repository, so it guards nothing.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_dHJpbXRhYi1kZW1vLXNlY3JldC1mb3ItbG9vcGJhY2s=";
const RECEIVER_IN_DOCUMENTS: &str = "127.0.0.1:3001";

/// The binary that `build` made.
pub(crate) fn trimtab() -> PathBuf {
    run::target_dir().join("demo/trimtab")
}

/// Port and folder of one demo.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) port: u16,
    pub(crate) data_dir: PathBuf,
}

impl Place {
    /// What belongs to the demo and not to the product.
    pub(crate) fn own_dir(&self) -> PathBuf {
        self.data_dir.with_extension("demo")
    }

    pub(crate) fn messages_file(&self) -> PathBuf {
        self.own_dir().join("messages.ndjson")
    }

    fn receiver_port(&self) -> u16 {
        self.port + 1
    }

    /// The command line as a client of this server.
    pub(crate) fn client(&self) -> Command {
        let mut client = run::command(trimtab(), &[]);
        client.env(
            "TRIMTAB_SERVER_URL",
            format!("http://localhost:{}", self.port),
        );
        client
    }

    /// On another port than the documents name, the channel's document is replaced by a copy
    /// with the right one.
    pub(crate) fn with_own_receiver(&self, documents: &mut [PathBuf]) -> Result<()> {
        let receiver = format!("127.0.0.1:{}", self.receiver_port());
        if receiver == RECEIVER_IN_DOCUMENTS {
            return Ok(());
        }
        for path in documents {
            if path.file_name().is_some_and(|name| name == "channel.yaml") {
                let text = std::fs::read_to_string(&path)?;
                *path = self.own_dir().join("channel.yaml");
                std::fs::write(&path, text.replace(RECEIVER_IN_DOCUMENTS, &receiver))?;
            }
        }
        Ok(())
    }
}

/// A running server; it is stopped when this is dropped.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts the receiver and the server, and waits until it is ready.
    pub(crate) fn start(place: &Place) -> Result<Self> {
        std::fs::create_dir_all(place.own_dir())?;
        receiver::start(place.receiver_port(), &place.messages_file())?;
        let log = place.own_dir().join("server.log");
        let output = OpenOptions::new().create(true).append(true).open(&log)?;
        let mut serve = Command::new(trimtab());
        if let Some(job) = super::story::job() {
            serve.env("TRIMTAB_ORCHESTRATORS__PROCESS_COMMANDS", job);
        }
        let child = serve
            .arg("serve")
            .current_dir(place.own_dir())
            .env("TRIMTAB_DATA_DIR", &place.data_dir)
            .env(
                "TRIMTAB_SERVER__LISTEN",
                format!("127.0.0.1:{}", place.port),
            )
            .env(
                "TRIMTAB_SERVER__PUBLIC_URL",
                format!("http://localhost:{}", place.port),
            )
            .env(
                "TRIMTAB_NOTIFY__ALLOW_TARGETS",
                format!("127.0.0.1:{}", place.receiver_port()),
            )
            .env("DEMO_WEBHOOK_SECRET", WEBHOOK_SECRET)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start {}", trimtab().display()))?;
        let mut server = Self { child, log };
        let started = Instant::now();
        while !http::get(place.port, "/readyz").is_ok_and(|(status, _)| status == 200) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended with {status}:\n{}", server.last_words());
            }
            if Duration::from_mins(1) < started.elapsed() {
                bail!(
                    "the server is not ready after a minute:\n{}",
                    server.last_words()
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    /// The end of what it wrote.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            let id = self.child.id().to_string();
            run::succeed(&mut run::command("kill", &["-TERM", &id]))?;
        }
        self.ended()
    }

    /// Waits for Ctrl-C (which the terminal sends to the server too), then for its end.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let is_over = interrupted();
        while !is_over.load(Ordering::Relaxed) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}:\n{}", self.last_words());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        println!("\nstopping");
        self.stop()
    }

    fn ended(&mut self) -> Result<()> {
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server ended with {status}:\n{}", self.last_words());
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The last resort: an error is on its way out, and the child must not outlive us.
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// Set by Ctrl-C or SIGTERM from the first call on.
fn interrupted() -> Arc<AtomicBool> {
    static SET: Once = Once::new();
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    SET.call_once(|| {
        let result = ctrlc::set_handler(move || seen.store(true, Ordering::Relaxed));
        if let Err(error) = result {
            eprintln!("Ctrl-C will end this at once: {error}");
        }
    });
    flag
}

/// Waits until everything that was sent is counted, written and judged, and every message is out.
pub(crate) fn settle(place: &Place) -> Result<()> {
    let started = Instant::now();
    let (mut last, mut unchanged_since) = (None, Instant::now());
    loop {
        let now = Waiting::ask(place)?;
        if last.as_ref() != Some(&now) {
            unchanged_since = Instant::now();
        }
        // A monitor may owe a window that it cannot judge yet: the last of them wait for labels.
        let patience = Duration::from_secs(if now.windows_due == 0 { 1 } else { 10 });
        if now.readers_behind == 0 && now.messages_due == 0 && patience < unchanged_since.elapsed()
        {
            println!("\reverything is judged{:40}", "");
            return Ok(());
        }
        if std::io::stdout().is_terminal() {
            print!(
                "\rto be judged: {} windows; to be sent: {} messages; {} readers behind   ",
                now.windows_due, now.messages_due, now.readers_behind
            );
            std::io::stdout().flush()?;
        }
        if Duration::from_mins(5) < started.elapsed() {
            bail!("still busy after five minutes: {now:?}");
        }
        last = Some(now);
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// What a server still has to do.
#[derive(Debug, PartialEq)]
struct Waiting {
    readers_behind: usize,
    messages_due: u64,
    windows_due: u64,
}

impl Waiting {
    fn ask(place: &Place) -> Result<Self> {
        let status = http::get_json(place.port, "/api/v1/status")?;
        let fleet = http::get_json(place.port, "/api/v1/fleet")?;
        let consumers = status["consumers"].as_array();
        let checks = &fleet["facts"]["checks_on_time"];
        let count = |value: &Value| value.as_u64().unwrap_or(0);
        Ok(Self {
            readers_behind: consumers
                .into_iter()
                .flatten()
                .filter(|consumer| consumer["lag_bytes"].as_u64() != Some(0))
                .count(),
            messages_due: count(&status["queue"]["n_due"]),
            windows_due: count(&checks["due"]).saturating_sub(count(&checks["done"])),
        })
    }
}
