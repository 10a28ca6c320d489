//! A job's folder: what is known about it, on disk.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use trimtab_domain::{Error, Result};

/// Files that this process has written.
static N_WRITTEN: AtomicU64 = AtomicU64::new(0);

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct JobSpec {
    /// The program and its arguments.
    pub(super) argv: Vec<String>,
    /// Where it runs.
    pub(super) directory: PathBuf,
    /// It is stopped at this time.
    pub(super) deadline: Timestamp,
    /// And after so long.
    pub(super) seconds_max: u64,
    /// Between the request to stop and the end by force.
    pub(super) grace_milliseconds: u64,
    /// It is stopped when it writes more than this.
    pub(super) output_bytes_max: u64,
}

/// A process that leads a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pid {
    pub(super) pid: i32,
    /// When it began, as its system counts; a number is given out again some day.
    pub(super) began: Option<String>,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    #[serde(flatten)]
    pub(super) how: How,
    /// Whether it wrote more than its log holds.
    pub(super) output_cut: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub(super) enum How {
    /// By itself.
    Exited { code: i32 },
    /// Somebody else's signal.
    Signalled { signal: i32 },
    /// There is no such program, or it may not be run.
    NotStarted { why: String },
    /// Its time was over.
    TimedOut { seconds: u64 },
    /// It wrote too much.
    TooMuchOutput { bytes_max: u64 },
    /// On request.
    Cancelled,
    /// Its supervisor went without a word.
    Unsupervised,
}

/// The lock of a folder, for as long as it lives.
#[derive(Debug)]
pub(super) struct Charge(#[expect(dead_code, reason = "the lock ends with the file")] File);

#[derive(Debug, Clone)]
pub(super) struct JobFolder(PathBuf);

impl JobFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn result(&self) -> PathBuf {
        self.0.join("result.json")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("output.log")
    }

    /// What the job's `TMPDIR` names; it goes with the job.
    pub(super) fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    pub(super) fn exists(&self) -> bool {
        self.0.is_dir()
    }

    pub(super) fn create(&self) -> Result<()> {
        std::fs::create_dir_all(self.temporary()).map_err(|error| self.failed(error))
    }

    pub(super) fn was_started(&self) -> bool {
        self.0.join("started").exists()
    }

    /// From here on the job counts as started, also after a power cut.
    pub(super) fn mark_started(&self) -> Result<()> {
        self.mark("started")
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.0.join("cancel").exists()
    }

    pub(super) fn mark_cancelled(&self) -> Result<()> {
        self.mark("cancel")
    }

    pub(super) fn spec(&self) -> Result<Option<JobSpec>> {
        self.read_json("job.json")
    }

    pub(super) fn write_spec(&self, spec: &JobSpec) -> Result<()> {
        self.write_json("job.json", spec)
    }

    pub(super) fn pid(&self) -> Result<Option<Pid>> {
        self.read_json("pid.json")
    }

    pub(super) fn write_pid(&self, pid: &Pid) -> Result<()> {
        self.write_json("pid.json", pid)
    }

    pub(super) fn ended(&self) -> Result<Option<Ended>> {
        self.read_json("ended.json")
    }

    pub(super) fn write_ended(&self, ended: &Ended) -> Result<()> {
        self.write_json("ended.json", ended)
    }

    /// Whether a supervisor lives.
    pub(super) fn is_supervised(&self) -> Result<bool> {
        let Some(file) = self.lock_file()? else {
            return Ok(false);
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(self.failed(error)),
        }
    }

    /// The folder's lock, unless somebody has it.
    pub(super) fn take_charge(&self) -> Result<Option<Charge>> {
        let Some(file) = self.lock_file()? else {
            return Ok(None);
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(Charge(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.failed(error)),
        }
    }

    fn lock_file(&self) -> Result<Option<File>> {
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(self.0.join("lock"));
        match opened {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The result file; what is wrong with it is said as text.
    pub(super) fn read_result(
        &self,
        bytes_max: u64,
    ) -> std::result::Result<Option<Vec<u8>>, String> {
        let mut text = Vec::new();
        match File::open(self.result()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
            Ok(file) => file
                .take(bytes_max + 1)
                .read_to_end(&mut text)
                .map_err(|error| error.to_string())?,
        };
        if text.len() as u64 > bytes_max {
            return Err(format!("it is longer than {bytes_max} bytes"));
        }
        Ok(Some(text))
    }

    /// The last bytes of the output, and whether there were more.
    pub(super) fn output(&self, bytes_max: u64) -> Result<(String, bool)> {
        let mut file = match File::open(self.log()) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok((String::new(), false));
            }
            Err(error) => return Err(self.failed(error)),
        };
        let read = |file: &mut File| {
            let length = file.metadata()?.len();
            let from = length.saturating_sub(bytes_max);
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.take(bytes_max).read_to_end(&mut bytes)?;
            Ok((String::from_utf8_lossy(&bytes).into_owned(), from > 0))
        };
        read(&mut file).map_err(|error| self.failed(error))
    }

    fn mark(&self, name: &str) -> Result<()> {
        let write = || {
            File::create(self.0.join(name))?.sync_all()?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(|error| self.failed(error))
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        match std::fs::read(self.0.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|source| {
                Error::internal(format!("cannot read `{name}` of a job")).with_source(source)
            }),
        }
    }

    /// Whole or not at all.
    fn write_json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        // Two who write the same at once do not take each other's file away.
        let number = N_WRITTEN.fetch_add(1, Ordering::Relaxed);
        let beside = format!("{name}.{}-{number}.part", std::process::id());
        let beside = self.0.join(beside);
        let write = || {
            let mut file = File::create(&beside)?;
            serde_json::to_writer(&mut file, value)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&beside, self.0.join(name))?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(|error| self.failed(error))
    }

    fn failed(&self, source: std::io::Error) -> Error {
        unavailable(format!("cannot use the job's folder {}", self.0.display())).with_source(source)
    }
}

pub(super) fn unavailable(message: String) -> Error {
    Error::unavailable(message)
}

/// Files are read and written where waiting for a disk holds nobody up.
pub(super) async fn blocking<T, F>(work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|source| Error::internal("looking after a job failed").with_source(source))?
}
