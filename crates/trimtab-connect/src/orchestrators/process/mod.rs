//! Jobs as processes on the server's own machine.
//!
//! A job is a command of the allow-list in a process group of its own; no shell ever reads its words.
//! Between it and the server stands a **supervisor**: a small process that outlives the server,
//! keeps the job to its limits, and writes down how it ended. What anybody needs to know lies in
//! the job's folder, so a server that was killed finds its jobs again:
//!
//! | file | says |
//! |---|---|
//! | `job.json` | what is to be run, and its limits |
//! | `lock` | locked as long as the supervisor lives |
//! | `started` | the job was started: it never is a second time |
//! | `pid.json` | its process group, and when it began (a number can be given out again) |
//! | `cancel` | it is to be stopped |
//! | `output.log` | what it wrote, up to the limit |
//! | `result.json` | what it says about itself: the file that `TRIMTAB_RESULT_FILE` names |
//! | `ended.json` | how it ended |

mod folder;
mod group;
mod supervise;

pub use supervise::supervise;

use super::{external_id, tail};
use folder::{Ended, How, JobFolder, JobSpec, blocking, unavailable};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use trimtab_domain::ports::orchestrator::{
    JobLogs, JobReport, JobReportStatus, JobStatus, SubmittedJob, TrainingJob,
};
use trimtab_domain::{Error, Result, RetrainingId};

/// How long a supervisor may take to take charge of its job.
const TAKE_CHARGE: Duration = Duration::from_secs(10);
/// A result is a few numbers.
const RESULT_BYTES_MAX: u64 = 64 * 1024;

/// What the operator allows.
#[derive(Debug, Clone)]
pub struct ProcessSettings {
    /// Where the folders of jobs lie.
    pub folder: PathBuf,
    /// The allow-list: a name, and the program with its arguments.
    pub commands: BTreeMap<String, Vec<String>>,
    /// Where commands run; paths in them are relative to it.
    pub directory: PathBuf,
    /// The whole environment of a job, besides what this module adds.
    pub environment: BTreeMap<String, String>,
    /// The program (with its first arguments) that calls [`supervise`] with the folder that
    /// comes as its last argument.
    pub supervisor: Vec<String>,
    /// Where the tracking server answers: `MLFLOW_TRACKING_URI`.
    pub tracking_url: String,
    /// A job is stopped after this long, whatever its policy says.
    pub time_max: Duration,
    /// Between the request to stop and the end by force.
    pub grace: Duration,
    /// A job that writes more to its output than this is stopped.
    pub output_bytes_max: u64,
}

/// Runs jobs as processes.
#[derive(Debug, Clone)]
pub struct ProcessJobs {
    settings: ProcessSettings,
}

impl ProcessJobs {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// `Invalid` if a command of the allow-list is empty.
    pub fn new(settings: ProcessSettings) -> Result<Self> {
        for (name, argv) in &settings.commands {
            if argv.first().is_none_or(String::is_empty) {
                return Err(Error::invalid(format!(
                    "the command `{name}` names no program"
                )));
            }
        }
        if settings.supervisor.is_empty() {
            return Err(Error::internal("no supervisor for jobs is known"));
        }
        Ok(Self { settings })
    }

    pub(super) fn check(&self, job: &str) -> Result<()> {
        self.argv(job).map(drop)
    }

    fn argv(&self, job: &str) -> Result<&[String]> {
        self.settings
            .commands
            .get(job)
            .map(Vec::as_slice)
            .ok_or_else(|| {
                let known: Vec<&str> = self.settings.commands.keys().map(String::as_str).collect();
                Error::invalid(format!("`{job}` is not a command of the allow-list")).with_hint(
                    format!(
                        "`orchestrators.process_commands` of the server's settings lists {}",
                        known.join(", ")
                    ),
                )
            })
    }

    fn folder(&self, run: &RetrainingId) -> JobFolder {
        JobFolder::new(self.settings.folder.join(run.as_str()))
    }

    pub(super) async fn submit(&self, job: &TrainingJob) -> Result<SubmittedJob> {
        let argv = self.argv(&job.target.job)?.to_vec();
        let submitted = SubmittedJob {
            external_id: external_id(&job.run),
            url: None,
        };
        let spec = JobSpec {
            argv,
            directory: self.settings.directory.clone(),
            deadline: job.deadline,
            seconds_max: self.settings.time_max.as_secs(),
            grace_milliseconds: u64::try_from(self.settings.grace.as_millis()).unwrap_or(u64::MAX),
            output_bytes_max: self.settings.output_bytes_max,
        };
        let folder = self.folder(&job.run);
        let command = self.supervisor(job, &folder);
        blocking(move || start(&folder, &spec, command)).await?;
        Ok(submitted)
    }

    pub(super) async fn status(&self, run: &RetrainingId) -> Result<JobStatus> {
        let folder = self.folder(run);
        blocking(move || status(&folder)).await
    }

    pub(super) async fn cancel(&self, run: &RetrainingId) -> Result<()> {
        let folder = self.folder(run);
        blocking(move || {
            // A job that was never submitted must not run when its submission comes late.
            folder.create()?;
            folder.mark_cancelled()?;
            settle(&folder)
        })
        .await
    }

    pub(super) async fn logs(&self, run: &RetrainingId, bytes_max: u64) -> Result<JobLogs> {
        let folder = self.folder(run);
        blocking(move || {
            let (text, is_cut) = folder.output(bytes_max.saturating_add(1))?;
            Ok(tail(&text, bytes_max, is_cut))
        })
        .await
    }

    /// The supervisor, with exactly the environment that the job shall have: it hands on its
    /// own, so that no secret is ever written down.
    fn supervisor(&self, job: &TrainingJob, folder: &JobFolder) -> Command {
        let (program, arguments) = self
            .settings
            .supervisor
            .split_first()
            .map_or(("", &[][..]), |(program, rest)| (program.as_str(), rest));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env_clear()
            .envs(&self.settings.environment)
            .env("MLFLOW_TRACKING_URI", &self.settings.tracking_url)
            .env("PYTHONUNBUFFERED", "1")
            .env("TMPDIR", folder.temporary())
            .env("TRIMTAB_RETRAINING", job.run.as_str())
            .env("TRIMTAB_MODEL", job.model.as_str())
            .env("TRIMTAB_REASON", &job.reason)
            .env("TRIMTAB_SNAPSHOT", &job.snapshot.folder)
            .env("TRIMTAB_SNAPSHOT_ID", job.snapshot.id.as_str())
            .env("TRIMTAB_RESULT_FILE", folder.result());
        for (name, value) in &job.parameters {
            command.env(parameter_variable(name), value.replace('\0', ""));
        }
        group::of_its_own(&mut command);
        command
    }
}

/// `learning-rate` is `TRIMTAB_PARAM_LEARNING_RATE`: behind the prefix a parameter can't be
/// taken for a variable that means something to anybody else.
fn parameter_variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    format!("TRIMTAB_PARAM_{}", name.to_ascii_uppercase())
}

/// Starts the job, unless it was ever started.
fn start(folder: &JobFolder, spec: &JobSpec, mut supervisor: Command) -> Result<()> {
    folder.create()?;
    if folder.was_started() || folder.ended()?.is_some() || folder.is_supervised()? {
        return Ok(());
    }
    folder.write_spec(spec)?;
    let mut child = supervisor.spawn().map_err(|source| {
        Error::internal("cannot start the supervisor of jobs").with_source(source)
    })?;
    let in_charge = wait_for_charge(folder, &mut child);
    // Whoever starts a process must take note of its end; nobody waits for this thread.
    std::thread::spawn(move || child.wait());
    in_charge
}

fn wait_for_charge(folder: &JobFolder, child: &mut Child) -> Result<()> {
    let step = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    while waited < TAKE_CHARGE {
        if folder.was_started() || folder.ended()?.is_some() {
            return Ok(());
        }
        let gone = child.try_wait().map_err(|source| {
            Error::internal("cannot watch the supervisor of jobs").with_source(source)
        })?;
        if let Some(status) = gone {
            // It may have written something on its last breath.
            if folder.was_started() || folder.ended()?.is_some() {
                return Ok(());
            }
            return Err(unavailable(format!(
                "the supervisor of the job ended at once ({status})"
            )));
        }
        std::thread::sleep(step);
        waited += step;
    }
    Err(unavailable(
        "the supervisor of the job did not take charge in time".to_owned(),
    ))
}

fn status(folder: &JobFolder) -> Result<JobStatus> {
    if !folder.exists() {
        return Ok(JobStatus::Lost {
            reason: "no such job was ever started on this machine".to_owned(),
        });
    }
    settle(folder)?;
    if let Some(ended) = folder.ended()? {
        return Ok(outcome(folder, &ended));
    }
    if !folder.is_supervised()? {
        // The end may have come between the two questions.
        return Ok(match folder.ended()? {
            Some(ended) => outcome(folder, &ended),
            None => JobStatus::Lost {
                reason: "the job was handed over, and never started".to_owned(),
            },
        });
    }
    Ok(if folder.was_started() {
        JobStatus::Running
    } else {
        JobStatus::Queued
    })
}

/// A job whose supervisor is gone without a word is brought to an end, and so is one that was
/// cancelled before it began.
fn settle(folder: &JobFolder) -> Result<()> {
    if folder.ended()?.is_some() {
        return Ok(());
    }
    let Some(_charge) = folder.take_charge()? else {
        return Ok(());
    };
    // With the lock in hand nobody else writes.
    if folder.ended()?.is_some() {
        return Ok(());
    }
    let how = if folder.was_started() {
        if let Some(pid) = folder.pid()? {
            group::kill_if_same(&pid);
        }
        How::Unsupervised
    } else if folder.is_cancelled() {
        How::Cancelled
    } else {
        return Ok(());
    };
    folder.write_ended(&Ended {
        how,
        output_cut: false,
    })
}

/// What the end and the result file say together.
fn outcome(folder: &JobFolder, ended: &Ended) -> JobStatus {
    let failed = |reason: String| JobStatus::Failed { reason };
    let said = read_result(folder);
    let said_why = match &said {
        Ok(Some(report)) => report.reason.clone(),
        _ => None,
    };
    let because = |what: String| match &said_why {
        Some(why) => failed(format!("{what}: {why}")),
        None => failed(what),
    };
    match &ended.how {
        How::Exited { code: 0 } => match said {
            Ok(Some(report)) => report.into(),
            Ok(None) => failed(
                "the job ended well, but wrote no result into the file that TRIMTAB_RESULT_FILE names"
                    .to_owned(),
            ),
            Err(why) => failed(format!("the job ended well, but its result cannot be read: {why}")),
        },
        How::Exited { code } => because(format!("the job ended with exit code {code}")),
        How::Signalled { signal } => because(format!("the job was ended by signal {signal}")),
        How::NotStarted { why } => failed(format!("the job could not be started: {why}")),
        How::TimedOut { seconds } => {
            failed(format!("the job was stopped after its limit of {seconds} s"))
        }
        How::TooMuchOutput { bytes_max } => failed(format!(
            "the job was stopped because it wrote more than {bytes_max} bytes to its output; the log is cut off there"
        )),
        How::Cancelled => JobStatus::Cancelled,
        // Its last deed may have been done all the same.
        How::Unsupervised => match said {
            Ok(Some(report)) if report.status == JobReportStatus::Succeeded => report.into(),
            _ => because(
                "the job's supervisor was killed, and the job with it".to_owned(),
            ),
        },
    }
}

fn read_result(folder: &JobFolder) -> std::result::Result<Option<JobReport>, String> {
    let Some(text) = folder.read_result(RESULT_BYTES_MAX)? else {
        return Ok(None);
    };
    let report: JobReport = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    if report.status == JobReportStatus::Running {
        return Err("it says that the job is still running".to_owned());
    }
    Ok(Some(report))
}

/// How long a job may still run.
fn remaining(deadline: Timestamp, now: Timestamp, seconds_max: u64) -> Duration {
    let left = Duration::try_from(deadline.duration_since(now)).unwrap_or(Duration::ZERO);
    left.min(Duration::from_secs(seconds_max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_variables_that_mean_nothing_else() {
        assert_eq!(parameter_variable("seed"), "TRIMTAB_PARAM_SEED");
        assert_eq!(parameter_variable("LD_PRELOAD"), "TRIMTAB_PARAM_LD_PRELOAD");
        assert_eq!(parameter_variable("a=b\0é"), "TRIMTAB_PARAM_A_B__");
    }

    #[test]
    fn the_nearer_of_two_limits_counts() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-01-01T00:00:00Z");
        let check = |deadline: &str, seconds: u64| {
            assert_eq!(
                remaining(at(deadline), now, 60),
                Duration::from_secs(seconds)
            );
        };
        check("2026-01-01T00:00:10Z", 10);
        check("2026-01-01T01:00:00Z", 60);
        check("2025-12-31T00:00:00Z", 0);
    }
}
