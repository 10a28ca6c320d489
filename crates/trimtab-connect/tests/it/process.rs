//! Jobs as real processes.

use crate::jobs::{WallClock, handle, is_over, job, wait_for};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use trimtab_connect::Orchestrators;
use trimtab_connect::orchestrators::process::{ProcessJobs, ProcessSettings, supervise};
use trimtab_domain::ErrorKind;
use trimtab_domain::ports::orchestrator::{JobHandle, JobStatus, Orchestrator as _};

/// The supervisor of these tests is this test program, asked for [`supervisor`] alone.
const SUPERVISOR: &str = "process::supervisor";

/// Not a test of anything: with a job's folder as last argument it supervises that job.
#[test]
fn supervisor() {
    let Some(folder) = std::env::args().next_back().map(PathBuf::from) else {
        return;
    };
    if folder.join("job.json").is_file() {
        supervise(&folder, &WallClock).unwrap();
    }
}

struct Machine {
    folder: TempDir,
    settings: ProcessSettings,
    jobs: Orchestrators,
}

impl Machine {
    /// A machine whose allow-list holds one script of a shell.
    fn with(script: &str) -> Self {
        Self::tuned(script, |_| {})
    }

    fn tuned(script: &str, tune: impl FnOnce(&mut ProcessSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        let this = std::env::current_exe().unwrap().display().to_string();
        let mut settings = ProcessSettings {
            folder: folder.path().join("jobs"),
            commands: BTreeMap::from([("train".to_owned(), argv)]),
            directory: folder.path().to_owned(),
            environment: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
            supervisor: [&this, "--exact", SUPERVISOR].map(str::to_owned).to_vec(),
            tracking_url: "http://localhost:3000".to_owned(),
            time_max: Duration::from_mins(1),
            grace: Duration::from_secs(5),
            output_bytes_max: 1 << 20,
        };
        tune(&mut settings);
        let jobs = Self::jobs(&settings);
        Self {
            folder,
            settings,
            jobs,
        }
    }

    fn jobs(settings: &ProcessSettings) -> Orchestrators {
        Orchestrators {
            process: Some(ProcessJobs::new(settings.clone()).unwrap()),
            ..Orchestrators::default()
        }
    }

    /// The server died and came again: nothing is remembered but what is on disk.
    fn forget(&mut self) {
        self.jobs = Self::jobs(&self.settings);
    }

    async fn submit(&self) -> JobHandle {
        let job = job("process", "train", "1");
        let submitted = self.jobs.submit(&job).await.unwrap();
        assert_eq!(submitted.external_id, "trimtab-ret_1");
        handle(&job, Some(&submitted.external_id))
    }

    async fn run(&self) -> JobStatus {
        let handle = self.submit().await;
        wait_for(&self.jobs, &handle, is_over).await
    }

    fn job_folder(&self) -> PathBuf {
        self.settings.folder.join("ret_1")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    async fn logs(&self, bytes_max: u64) -> (String, bool) {
        let job = handle(&job("process", "train", "1"), None);
        let logs = self.jobs.logs(&job, bytes_max).await.unwrap();
        (logs.text, logs.is_cut)
    }
}

#[track_caller]
fn assert_failed(status: &JobStatus, words: &str) {
    match status {
        JobStatus::Failed { reason } => assert!(reason.contains(words), "{reason}"),
        other => panic!("not failed with `{words}`: {other:?}"),
    }
}

/// Waits for a file that a job writes.
async fn appears(path: &Path) {
    for _ in 0..3_000 {
        if path.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} never appeared", path.display());
}

/// Whether a process lives, other than as a name that nobody has taken note of yet.
fn is_alive(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|stat| {
        stat.rsplit_once(')')
            .is_none_or(|(_, rest)| !rest.starts_with(" Z"))
    })
}

async fn ends(pid: &str) {
    for _ in 0..3_000 {
        if !is_alive(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("process {pid} still lives");
}

#[tokio::test]
async fn a_job_gets_what_it_was_given_and_nothing_else_and_its_result_is_read() {
    let machine = Machine::with(
        r#"env | sort > env; cat > stdin; echo hello; echo trouble >&2
        echo '{"status": "succeeded", "registered_version": "3", "metrics": {"roc_auc": 0.71},
               "run_url": "http://localhost:3000/r/1"}' > "$TRIMTAB_RESULT_FILE""#,
    );
    let JobStatus::Succeeded(result) = machine.run().await else {
        panic!("the job did not succeed");
    };
    assert_eq!(result.registered_version, Some(3));
    assert_eq!(result.metrics.get("roc_auc"), Some(&0.71));
    assert_eq!(result.run_url.as_deref(), Some("http://localhost:3000/r/1"));
    assert_eq!(machine.read("stdin"), "", "the input is closed");
    let (text, is_cut) = machine.logs(1_000).await;
    assert!(
        text.contains("hello\n") && text.contains("trouble\n"),
        "{text}"
    );
    assert!(!is_cut);
    assert!(machine.logs(7).await.1, "only the end was asked for");

    let environment = machine.read("env");
    let names: Vec<&str> = environment
        .lines()
        .filter_map(|line| line.split_once('=').map(|(name, _)| name))
        // What the shell itself adds.
        .filter(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name))
        .collect();
    let expected = [
        "MLFLOW_TRACKING_URI",
        "PATH",
        "PYTHONUNBUFFERED",
        "TMPDIR",
        "TRIMTAB_MODEL",
        "TRIMTAB_PARAM_SEED",
        "TRIMTAB_REASON",
        "TRIMTAB_RESULT_FILE",
        "TRIMTAB_RETRAINING",
        "TRIMTAB_SNAPSHOT",
        "TRIMTAB_SNAPSHOT_ID",
    ];
    assert_eq!(names, expected, "{environment}");
    assert!(environment.contains("TRIMTAB_SNAPSHOT=/data/snapshots/snap_1\n"));
}

#[tokio::test]
async fn only_what_is_on_the_allow_list_runs() {
    let machine = Machine::with("true");
    for target in ["rm", "", "../train", "/bin/sh"] {
        let job = job("process", target, "1");
        let error = machine.jobs.submit(&job).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(machine.jobs.check(&job.target).is_err());
    }
    for orchestrator in ["airflow", "webhook", "cron"] {
        let job = job(orchestrator, "train", "1");
        let error = machine.jobs.submit(&job).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert!(!machine.settings.folder.exists(), "no trace is left");
}

#[tokio::test]
async fn a_parameter_is_never_a_command() {
    let machine =
        Machine::with(r#"printf '%s' "$TRIMTAB_PARAM_NOTE" > note; : > "$TRIMTAB_RESULT_FILE""#);
    let mut job = job("process", "train", "1");
    let hostile = "$(touch stolen); `touch stolen` | touch stolen";
    job.parameters = [("note".to_owned(), hostile.to_owned())].into();
    machine.jobs.submit(&job).await.unwrap();
    let status = wait_for(&machine.jobs, &handle(&job, None), is_over).await;
    assert_failed(&status, "its result cannot be read");
    assert_eq!(machine.read("note"), hostile);
    assert!(!machine.folder.path().join("stolen").exists());
}

#[tokio::test]
async fn every_way_to_fail_is_told_apart() {
    let cases = [
        ("exit 3", "exit code 3"),
        ("kill -9 $$", "signal 9"),
        ("true", "wrote no result"),
        (
            r#"echo '{"status": "running"}' > "$TRIMTAB_RESULT_FILE""#,
            "still running",
        ),
        (
            r#"echo '{"status": "succeeded", "registered_version": "latest"}' > "$TRIMTAB_RESULT_FILE""#,
            "cannot be read",
        ),
        (
            r#"head -c 100000 /dev/zero > "$TRIMTAB_RESULT_FILE""#,
            "longer than",
        ),
        (
            r#"echo '{"status": "failed", "reason": "no rows"}' > "$TRIMTAB_RESULT_FILE"; exit 1"#,
            "exit code 1: no rows",
        ),
    ];
    for (script, words) in cases {
        assert_failed(&Machine::with(script).run().await, words);
    }
    let missing = Machine::tuned("", |settings| {
        let argv = vec!["no-such-program".to_owned()];
        settings.commands.insert("train".to_owned(), argv);
    });
    assert_failed(&missing.run().await, "could not be started");
}

#[tokio::test]
async fn a_job_that_floods_its_output_is_cut_off_and_told() {
    let machine = Machine::with("echo $$ > pid; yes 'a line of a job that prints a gigabyte'");
    let status = machine.run().await;
    assert_failed(&status, "wrote more than 1048576 bytes");
    let size = std::fs::metadata(machine.job_folder().join("output.log"))
        .unwrap()
        .len();
    assert!(size < (1 << 20) + 200, "{size} bytes were kept");
    let (text, is_cut) = machine.logs(500).await;
    assert!(
        text.ends_with("[cut off: the limit of the output was reached]\n"),
        "{text}"
    );
    assert!(is_cut);
    ends(&machine.read("pid")).await;
}

#[tokio::test]
async fn a_job_is_stopped_at_its_limit_with_all_it_started_even_if_it_will_not_listen() {
    let script = "trap '' TERM; sleep 600 & echo $! > child; echo $$ > pid; wait; sleep 600";
    let machine = Machine::tuned(script, |settings| {
        settings.time_max = Duration::from_secs(1);
        settings.grace = Duration::from_millis(300);
    });
    assert_failed(&machine.run().await, "after its limit of 1 s");
    ends(&machine.read("pid")).await;
    ends(&machine.read("child")).await;
}

#[tokio::test]
async fn a_job_that_is_asked_to_stop_may_clear_up_first() {
    let machine = Machine::with(
        "trap 'echo tidy > tidy; exit 0' TERM; : > ready; while :; do sleep 0.05; done",
    );
    let handle = machine.submit().await;
    appears(&machine.folder.path().join("ready")).await;
    machine.jobs.cancel(&handle).await.unwrap();
    let status = wait_for(&machine.jobs, &handle, is_over).await;
    assert_eq!(status, JobStatus::Cancelled);
    assert_eq!(machine.read("tidy"), "tidy\n");
    // Stopping what is over is no error.
    machine.jobs.cancel(&handle).await.unwrap();
}

#[tokio::test]
async fn what_was_cancelled_before_it_came_does_not_run() {
    let machine = Machine::with("echo ran > ran");
    let job = job("process", "train", "1");
    let handle = handle(&job, None);
    machine.jobs.cancel(&handle).await.unwrap();
    machine.jobs.submit(&job).await.unwrap();
    let status = wait_for(&machine.jobs, &handle, is_over).await;
    assert_eq!(status, JobStatus::Cancelled);
    assert!(!machine.folder.path().join("ran").exists());
}

#[tokio::test]
async fn submitted_many_times_at_once_and_again_later_it_runs_once() {
    let mut machine = Machine::with(
        r#"echo run >> runs; sleep 0.3; echo '{"status": "succeeded"}' > "$TRIMTAB_RESULT_FILE""#,
    );
    let job = job("process", "train", "1");
    let submissions = (0..6).map(|_| machine.jobs.submit(&job));
    for submitted in futures::future::join_all(submissions).await {
        assert_eq!(submitted.unwrap().external_id, "trimtab-ret_1");
    }
    machine.forget();
    machine.jobs.submit(&job).await.unwrap();
    let status = wait_for(&machine.jobs, &handle(&job, None), is_over).await;
    assert!(matches!(status, JobStatus::Succeeded(_)), "{status:?}");
    machine.forget();
    machine.jobs.submit(&job).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(machine.read("runs"), "run\n");
}

#[tokio::test]
async fn a_job_goes_on_without_the_server_and_is_found_again() {
    let mut machine = Machine::with(
        r#": > ready; while [ ! -e go ]; do sleep 0.02; done
        echo '{"status": "succeeded", "registered_version": 4}' > "$TRIMTAB_RESULT_FILE""#,
    );
    let handle = machine.submit().await;
    appears(&machine.folder.path().join("ready")).await;
    machine.forget();
    assert_eq!(
        machine.jobs.status(&handle).await.unwrap(),
        JobStatus::Running
    );
    std::fs::write(machine.folder.path().join("go"), "").unwrap();
    let status = wait_for(&machine.jobs, &handle, is_over).await;
    assert!(matches!(status, JobStatus::Succeeded(_)), "{status:?}");
}

#[tokio::test]
async fn a_job_whose_supervisor_is_killed_ends_and_is_not_started_again() {
    let mut machine =
        Machine::with("echo $PPID > supervisor; echo $$ > pid; echo run >> runs; sleep 600");
    let handle = machine.submit().await;
    appears(&machine.folder.path().join("runs")).await;
    let supervisor = machine.read("supervisor");
    let killed = Command::new("kill")
        .args(["-9", supervisor.trim()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(killed.success());
    ends(&supervisor).await;
    machine.forget();
    let status = wait_for(&machine.jobs, &handle, is_over).await;
    assert_failed(&status, "supervisor was killed");
    ends(&machine.read("pid")).await;
    machine
        .jobs
        .submit(&job("process", "train", "1"))
        .await
        .unwrap();
    assert_failed(&machine.jobs.status(&handle).await.unwrap(), "supervisor");
    assert_eq!(machine.read("runs"), "run\n");
}

#[tokio::test]
async fn a_job_nobody_knows_is_lost() {
    let machine = Machine::with("true");
    let handle = handle(&job("process", "train", "9"), None);
    let status = machine.jobs.status(&handle).await.unwrap();
    assert!(matches!(status, JobStatus::Lost { .. }), "{status:?}");
    assert_eq!(machine.logs(100).await, (String::new(), false));
}
