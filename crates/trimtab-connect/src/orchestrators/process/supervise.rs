//! The supervisor: one small process per job, which outlives the server.

use super::folder::{Charge, Ended, How, JobFolder, JobSpec};
use super::{group, remaining};
use std::fs::File;
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use trimtab_domain::ports::Clock;
use trimtab_domain::{Error, Result};

/// How often it looks whether the job has ended, or must.
const STEP: Duration = Duration::from_millis(20);
/// Somebody who only looks may hold the lock for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// What a job's descendants may still have to say after its end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs the job of a folder to its end, keeps it to its limits, and writes down how it ended.
///
/// The job gets the environment of the calling process. A job that was ever started is not
/// started again, and of two supervisors of one folder the second goes away.
///
/// # Errors
///
/// `Unavailable` if the folder cannot be used, `Invalid` if it holds no job.
pub fn supervise(folder: &Path, clock: &dyn Clock) -> Result<()> {
    let folder = JobFolder::new(folder.to_owned());
    if !folder.exists() {
        return Err(Error::not_found("job", folder.path().display()));
    }
    let Some(_charge) = wait_for_lock(&folder)? else {
        return Ok(());
    };
    if folder.was_started() || folder.ended()?.is_some() {
        return Ok(());
    }
    let Some(spec) = folder.spec()? else {
        return Err(Error::invalid(format!(
            "{} holds no job",
            folder.path().display()
        )));
    };
    let limit = remaining(spec.deadline, clock.now(), spec.seconds_max);
    let ended = if folder.is_cancelled() {
        Ended {
            how: How::Cancelled,
            output_cut: false,
        }
    } else {
        run(&folder, &spec, limit)?
    };
    drop(std::fs::remove_dir_all(folder.temporary()));
    folder.write_ended(&ended)
}

fn wait_for_lock(folder: &JobFolder) -> Result<Option<Charge>> {
    let begun = Instant::now();
    loop {
        let charge = folder.take_charge()?;
        if charge.is_some() || begun.elapsed() > LOCK_PATIENCE {
            return Ok(charge);
        }
        std::thread::sleep(STEP);
    }
}

fn run(folder: &JobFolder, spec: &JobSpec, limit: Duration) -> Result<Ended> {
    let log = File::create(folder.log()).map_err(|source| {
        Error::unavailable("cannot write the job's output").with_source(source)
    })?;
    folder.mark_started()?;
    let mut child = match spawn(spec) {
        Ok(child) => child,
        Err(why) => {
            return Ok(Ended {
                how: How::NotStarted { why },
                output_cut: false,
            });
        }
    };
    let pid = i32::try_from(child.id()).unwrap_or(0);
    if let Err(error) = folder.write_pid(&group::describe(pid)) {
        // Without it a job could be left alone: better none than one nobody can stop.
        group::kill(pid);
        drop(child.wait());
        return Err(error);
    }
    begin(&mut child);
    let output = Output::new(log, spec.output_bytes_max);
    output.read(child.stdout.take());
    output.read(child.stderr.take());
    let (stopped, status) = attend(folder, spec, limit, &mut child, &output);
    output.finish();
    let how = match (stopped, status) {
        (Some(how), _) => how,
        (None, Ok(status)) => how_it_ended(status),
        (None, Err(error)) => How::NotStarted {
            why: error.to_string(),
        },
    };
    Ok(Ended {
        how,
        output_cut: output.is_over(),
    })
}

/// Makes the process of a job, which waits for [`begin`]: were it to run at once, a supervisor
/// killed before the process's number is on disk would leave behind a job that nobody can end.
fn spawn(spec: &JobSpec) -> std::result::Result<Child, String> {
    /// Without the word to begin (its writer is gone) the job's command is never run.
    const WAIT: &str = r#"read -r word && exec "$@" < /dev/null"#;
    let (program, _) = spec.argv.split_first().ok_or("the command is empty")?;
    let failed =
        |error: std::io::Error| format!("`{program}` in {}: {error}", spec.directory.display());
    // Found out before, because a job may end with the code that stands for it too.
    let is_there = Command::new("/bin/sh")
        .args(["-c", r#"command -v -- "$0""#, program])
        .current_dir(&spec.directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(failed)?;
    if !is_there.success() {
        return Err(format!("`{program}` is not there, or no program"));
    }
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", WAIT, "sh"])
        .args(&spec.argv)
        .current_dir(&spec.directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    group::of_its_own(&mut command);
    command.spawn().map_err(failed)
}

/// Lets a job begin. If it is gone already, its end says so.
fn begin(child: &mut Child) {
    if let Some(mut input) = child.stdin.take()
        && let Err(error) = input.write_all(b"begin\n")
    {
        tracing::debug!(%error, "a job ended before it began");
    }
}

/// Waits for the end, or brings it about; why, if it had to, and the job's status.
fn attend(
    folder: &JobFolder,
    spec: &JobSpec,
    limit: Duration,
    child: &mut Child,
    output: &Output,
) -> (Option<How>, std::io::Result<ExitStatus>) {
    let pid = i32::try_from(child.id()).unwrap_or(0);
    let begun = Instant::now();
    let mut stopped = None;
    while !has_ended(child, pid) {
        if output.is_over() {
            stopped = Some(How::TooMuchOutput {
                bytes_max: spec.output_bytes_max,
            });
        } else if folder.is_cancelled() {
            stopped = Some(How::Cancelled);
        } else if begun.elapsed() >= limit {
            stopped = Some(How::TimedOut {
                seconds: limit.as_secs(),
            });
        }
        if stopped.is_some() {
            stop(child, pid, Duration::from_millis(spec.grace_milliseconds));
            break;
        }
        std::thread::sleep(STEP);
    }
    // The leader is not taken note of yet, so its number is still its own: whatever it left
    // behind goes with it.
    group::kill(pid);
    let status = child.wait();
    // A flood can end by itself before it is noticed.
    if stopped.is_none() && output.is_over() {
        stopped = Some(How::TooMuchOutput {
            bytes_max: spec.output_bytes_max,
        });
    }
    (stopped, status)
}

/// Asks first, then insists.
fn stop(child: &mut Child, pid: i32, grace: Duration) {
    group::terminate(pid);
    let begun = Instant::now();
    while !has_ended(child, pid) && begun.elapsed() < grace {
        std::thread::sleep(STEP);
    }
}

/// Whether the child has ended, without taking note of it where that is possible: until then its
/// number is nobody else's.
fn has_ended(child: &mut Child, pid: i32) -> bool {
    group::has_ended(pid).unwrap_or_else(|| !matches!(child.try_wait(), Ok(None)))
}

fn how_it_ended(status: ExitStatus) -> How {
    match (status.code(), status.signal()) {
        (Some(code), _) => How::Exited { code },
        (None, signal) => How::Signalled {
            signal: signal.unwrap_or(0),
        },
    }
}

/// The job's output: one file, so much and no more.
#[derive(Clone)]
struct Output {
    shared: Arc<Shared>,
}

struct Shared {
    log: Mutex<Log>,
    is_over: AtomicBool,
    n_readers: AtomicUsize,
}

struct Log {
    file: File,
    room: u64,
}

impl Output {
    fn new(file: File, bytes_max: u64) -> Self {
        let log = Log {
            file,
            room: bytes_max,
        };
        Self {
            shared: Arc::new(Shared {
                log: Mutex::new(log),
                is_over: AtomicBool::new(false),
                n_readers: AtomicUsize::new(0),
            }),
        }
    }

    fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Acquire)
    }

    /// Reads one of the job's pipes in a thread, until its end or until the log is full.
    fn read(&self, pipe: Option<impl Read + Send + 'static>) {
        let Some(mut pipe) = pipe else { return };
        let shared = Arc::clone(&self.shared);
        shared.n_readers.fetch_add(1, Ordering::AcqRel);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(n) = pipe.read(&mut buffer) {
                if n == 0 || !shared.keep(&buffer[..n]) {
                    break;
                }
            }
            shared.n_readers.fetch_sub(1, Ordering::AcqRel);
        });
    }

    /// Waits for what is still in the pipes. A descendant that left the group may hold one open
    /// for ever: nobody waits for it.
    fn finish(&self) {
        let begun = Instant::now();
        while self.shared.n_readers.load(Ordering::Acquire) > 0 && begun.elapsed() < LAST_WORDS {
            std::thread::sleep(STEP);
        }
        if self.is_over() {
            let mut log = self.shared.lock();
            drop(
                log.file
                    .write_all(b"\n[cut off: the limit of the output was reached]\n"),
            );
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what fits; whether there is room for more.
    fn keep(&self, bytes: &[u8]) -> bool {
        let mut log = self.lock();
        if self.is_over.load(Ordering::Acquire) {
            return false;
        }
        let fits = usize::try_from(log.room)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        // A full disk takes the log, not the job.
        drop(log.file.write_all(&bytes[..fits]));
        log.room -= fits as u64;
        if fits < bytes.len() {
            self.is_over.store(true, Ordering::Release);
            return false;
        }
        true
    }
}
