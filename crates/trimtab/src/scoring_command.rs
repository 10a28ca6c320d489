//! A program that scores rows: for models that are no ONNX files.
//!
//! It is started without a shell, with the path of a Parquet file of rows and the path for its
//! scores as last arguments. However much it prints, only the last lines are kept.

use async_trait::async_trait;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::time::Instant;
use trimtab_domain::ports::validation::ScoringCommand;
use trimtab_domain::{Error, Result};

/// How much of what it prints is kept.
const KEPT_BYTES: usize = 2_000;
/// How often it is asked whether it is done.
const POLL: Duration = Duration::from_millis(20);

/// Program and arguments.
#[derive(Debug)]
pub(crate) struct LocalScoring {
    argv: Vec<String>,
    time_limit: Duration,
}

impl LocalScoring {
    /// From words separated by spaces.
    ///
    /// # Errors
    ///
    /// `Invalid` without a word.
    pub(crate) fn new(words: &str, time_limit: Duration) -> Result<Self> {
        let argv: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        if argv.is_empty() {
            return Err(Error::invalid("the scoring command is empty")
                .with_hint("for instance `python score.py`"));
        }
        Ok(Self { argv, time_limit })
    }

    fn run(&self, rows: &Path, scores: &Path) -> Result<()> {
        let failed = |what: String, said: &str| {
            Err(Error::invalid(format!(
                "the scoring command `{}` {what}",
                self.argv.join(" ")
            ))
            .with_hint(if said.trim().is_empty() {
                "it said nothing".to_owned()
            } else {
                format!("it said: {}", said.trim())
            }))
        };
        let started = Command::new(&self.argv[0])
            .args(&self.argv[1..])
            .args([rows, scores])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => return failed(format!("cannot be started: {error}"), ""),
        };
        let said = child.stderr.take().map(last_bytes);
        let ended = self.wait(&mut child);
        // What outlives a killed program may hold its output open for ever.
        let said = said
            .filter(|_| !matches!(ended, Ok(None)))
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default();
        match ended {
            Ok(Some(status)) if status.success() && scores.is_file() => Ok(()),
            Ok(Some(status)) if status.success() => failed("wrote no scores".to_owned(), &said),
            Ok(Some(status)) => failed(format!("failed ({status})"), &said),
            Ok(None) => failed(
                format!("did not end within {} s", self.time_limit.as_secs()),
                &said,
            ),
            Err(error) => failed(format!("was lost: {error}"), &said),
        }
    }

    /// Waits for the end; a program that takes too long is killed.
    fn wait(&self, child: &mut Child) -> std::io::Result<Option<std::process::ExitStatus>> {
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if begun.elapsed() > self.time_limit {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            std::thread::sleep(POLL);
        }
    }
}

/// Reads to the end and keeps the last bytes.
fn last_bytes(mut source: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut kept: Vec<u8> = Vec::new();
        let mut buffer = [0; 4_096];
        while let Ok(n) = source.read(&mut buffer)
            && n > 0
        {
            kept.extend_from_slice(&buffer[..n]);
            let excess = kept.len().saturating_sub(KEPT_BYTES);
            kept.drain(..excess);
        }
        String::from_utf8_lossy(&kept).into_owned()
    })
}

#[async_trait]
impl ScoringCommand for LocalScoring {
    async fn score(&self, rows: &Path, scores: &Path) -> Result<()> {
        let this = Self {
            argv: self.argv.clone(),
            time_limit: self.time_limit,
        };
        let (rows, scores): (PathBuf, PathBuf) = (rows.to_owned(), scores.to_owned());
        tokio::task::spawn_blocking(move || this.run(&rows, &scores))
            .await
            .map_err(|source| {
                Error::internal("a scoring command was cut off").with_source(source)
            })?
    }
}
