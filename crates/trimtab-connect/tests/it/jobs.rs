//! Jobs for the tests of orchestrators.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use trimtab_connect::Orchestrators;
use trimtab_domain::ports::Clock;
use trimtab_domain::ports::orchestrator::{
    JobCallback, JobHandle, JobSnapshot, JobStatus, JobTarget, Orchestrator as _, SubmittedJob,
    TrainingJob,
};
use trimtab_domain::retraining::Priority;
use trimtab_domain::time::Window;
use trimtab_domain::{ErrorKind, RetrainingId, SnapshotId};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(5);

/// The wall clock: processes know no other.
#[derive(Debug)]
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "a process that really runs ends by the real clock"
        )]
        Timestamp::now()
    }
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(WallClock)
}

/// A job of an orchestrator, with an hour to run.
pub(crate) fn job(orchestrator: &str, name: &str, run: &str) -> TrainingJob {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    TrainingJob {
        run: RetrainingId::from_suffix(run),
        model: "flights".parse().unwrap(),
        target: JobTarget {
            orchestrator: orchestrator.to_owned(),
            job: name.to_owned(),
        },
        parameters: [("seed".to_owned(), "7".to_owned())].into(),
        reason: "the AUC is below what March's days allow".to_owned(),
        requested_by: "system".to_owned(),
        priority: Priority::High,
        snapshot: JobSnapshot {
            id: SnapshotId::from_suffix("1"),
            folder: "/data/snapshots/snap_1".to_owned(),
            manifest_sha256: "ab".repeat(32),
            period: Window::new(at("2013-04-01T00:00:00Z"), at("2013-09-20T00:00:00Z")).unwrap(),
            n_rows: 109_081,
        },
        callback: Some(JobCallback {
            url: "http://localhost:3000/api/v1/retraining/ret_1/events".to_owned(),
            token: "hush-token".to_owned(),
        }),
        deadline: WallClock.now() + SignedDuration::from_hours(1),
    }
}

pub(crate) fn handle(job: &TrainingJob, external_id: Option<&str>) -> JobHandle {
    JobHandle {
        run: job.run.clone(),
        target: job.target.clone(),
        external_id: external_id.map(str::to_owned),
    }
}

/// Asks until the status is as wanted. Somebody who is away is asked again, as the server does.
pub(crate) async fn wait_for(
    orchestrators: &Orchestrators,
    handle: &JobHandle,
    is_wanted: impl Fn(&JobStatus) -> bool,
) -> JobStatus {
    let begun = tokio::time::Instant::now();
    let mut step = Duration::from_millis(20);
    loop {
        let status = orchestrators.status(handle).await;
        match &status {
            Ok(found) if is_wanted(found) => return found.clone(),
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
        assert!(begun.elapsed() < PATIENCE, "still {status:?}");
        tokio::time::sleep(step).await;
        step = (step * 2).min(Duration::from_secs(1));
    }
}

/// Submits until somebody answers: a reply that was lost is asked for again.
pub(crate) async fn submit(orchestrators: &Orchestrators, job: &TrainingJob) -> SubmittedJob {
    let begun = tokio::time::Instant::now();
    loop {
        match orchestrators.submit(job).await {
            Ok(submitted) => return submitted,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                assert!(begun.elapsed() < PATIENCE, "{error}");
            }
        }
    }
}

pub(crate) fn is_over(status: &JobStatus) -> bool {
    !matches!(status, JobStatus::Queued | JobStatus::Running)
}
