//! Background tasks: one loop each, without input, woken by an interval or a nudge.

use crate::app::App;
use crate::profiler::{self, Ran};
use crate::{deliver, evaluate, lake_writer, references, retraining, validation};
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use trimtab_domain::{Error, ErrorKind, Result};

/// After a failure a task rests so long before it tries again.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// A flag that was moved elsewhere is seen here after so long at the latest.
const FLAGS_INTERVAL: Duration = Duration::from_millis(500);
/// A rollout is looked at so often where nothing else says that there is news.
const ROLLOUTS_INTERVAL: Duration = Duration::from_millis(500);
/// Contents of artifacts that nothing names are looked for so often, and a first time so long
/// after the start.
const COLLECTION_INTERVAL: Duration = Duration::from_hours(1);
const FIRST_COLLECTION: Duration = Duration::from_mins(2);
/// Exposures are written down so often.
const EXPOSURES_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) async fn run(app: &App, shutdown: CancellationToken) {
    if let Err(error) = validation::close_interrupted(app).await {
        tracing::warn!(error = %chain(&error), "cannot close what was left running");
    }
    tokio::join!(
        until(&shutdown, profile(app)),
        until(&shutdown, write_lake(app, &shutdown)),
        until(&shutdown, evaluate_on_schedule(app)),
        until(&shutdown, deliver_messages(app)),
        until(&shutdown, look_at_ab_tests(app)),
        until(&shutdown, retrain(app)),
        until(&shutdown, watch_flags(app)),
        until(&shutdown, lead_rollouts(app)),
        until(&shutdown, write_exposures(app)),
        until(&shutdown, collect_contents(app)),
    );
    // What was counted since the last second is worth a last attempt.
    if let Err(error) = app.flush_exposures().await {
        tracing::warn!(error = %chain(&error), "exposures of the last second are lost");
    }
}

/// Runs a task that never ends until shutdown. Every task is idempotent and commits in
/// transactions, so being dropped between two awaits loses nothing.
async fn until(shutdown: &CancellationToken, task: impl Future<Output = ()>) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = task => {}
    }
}

async fn profile(app: &App) {
    let interval = Duration::from_millis(app.inner.settings.profiler_interval_ms);
    loop {
        let started = Instant::now();
        match profiler::step(app).await {
            Ok(Ran::Full) => {}
            Ok(Ran::Some) => tokio::time::sleep_until(started + interval).await,
            Ok(Ran::Idle) => match app.store().position(profiler::CONSUMER).await {
                Ok(position) if position >= app.log().head() => {
                    app.log().wait_beyond(position).await;
                }
                Ok(_) => sleep(interval).await,
                Err(error) => rest("profiler", &error).await,
            },
            Err(error) => rest("profiler", &error).await,
        }
    }
}

async fn write_lake(app: &App, shutdown: &CancellationToken) {
    let interval = Duration::from_millis(app.inner.settings.lake_interval_ms);
    while !shutdown.is_cancelled() {
        sleep(interval).await;
        if let Err(error) = lake_writer::step(app).await {
            rest("lake writer", &error).await;
        }
    }
}

async fn evaluate_on_schedule(app: &App) {
    let interval = Duration::from_millis(app.inner.settings.evaluator_interval_ms);
    while let Err(error) = references::repair_profiles(app).await {
        rest("repair of profiles", &error).await;
    }
    loop {
        // Every model now and then, because clocks move too; those with news in between.
        if let Err(error) = evaluate::tick(app).await {
            rest("evaluator", &error).await;
        }
        let next = Instant::now() + interval;
        while Instant::now() < next {
            tokio::select! {
                () = app.inner.evaluator_nudge.notified() => {}
                () = tokio::time::sleep_until(next) => break,
            }
            if let Err(error) = evaluate::tick_some(app, &app.take_restless()).await {
                rest("evaluator", &error).await;
            }
        }
    }
}

async fn collect_contents(app: &App) {
    sleep(FIRST_COLLECTION).await;
    loop {
        match app.collect_contents().await {
            Ok(0) => {}
            Ok(n_removed) => tracing::info!(n_removed, "removed contents that nothing names"),
            Err(error) => rest("collection of artifacts", &error).await,
        }
        sleep(COLLECTION_INTERVAL).await;
    }
}

async fn deliver_messages(app: &App) {
    let interval = Duration::from_millis(app.inner.settings.deliverer_interval_ms);
    loop {
        if let Err(error) = deliver::step(app).await {
            rest("deliverer", &error).await;
        }
        tokio::select! {
            () = app.inner.deliverer_nudge.notified() => {}
            () = sleep(interval) => {}
        }
    }
}

async fn look_at_ab_tests(app: &App) {
    let interval = Duration::from_millis(app.inner.settings.evaluator_interval_ms);
    loop {
        if let Err(error) = app.advance_ab_tests().await {
            rest("A/B tests", &error).await;
        }
        sleep(interval).await;
    }
}

async fn retrain(app: &App) {
    let interval = Duration::from_millis(app.inner.settings.retrainer_interval_ms);
    loop {
        if let Err(error) = retraining::step_all(app).await {
            rest("retrainer", &error).await;
        }
        tokio::select! {
            () = app.inner.retrainer_nudge.notified() => {}
            () = sleep(interval) => {}
        }
    }
}

/// Reads the flags again and again: another replica, or another program, may have moved one.
async fn watch_flags(app: &App) {
    loop {
        if let Err(error) = app.refresh_flags().await {
            rest("watch over flags", &error).await;
        }
        sleep(FLAGS_INTERVAL).await;
    }
}

async fn lead_rollouts(app: &App) {
    loop {
        if let Err(error) = app.advance_rollouts().await {
            rest("rollouts", &error).await;
        }
        tokio::select! {
            () = app.inner.rollout_nudge.notified() => {}
            () = sleep(ROLLOUTS_INTERVAL) => {}
        }
    }
}

async fn write_exposures(app: &App) {
    loop {
        sleep(EXPOSURES_INTERVAL).await;
        if let Err(error) = app.flush_exposures().await {
            rest("exposures", &error).await;
        }
    }
}

async fn rest(task: &str, error: &Error) {
    let chain = chain(error);
    if error.kind() == ErrorKind::Unavailable {
        tracing::warn!(task, error = %chain, "background task waits");
    } else {
        tracing::error!(task, error = %chain, "background task failed");
    }
    sleep(REST_AFTER_FAILURE).await;
}

/// The error with its causes, for the log.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

pub(crate) async fn catch_up(app: &App) -> Result<()> {
    references::repair_profiles(app).await?;
    loop {
        profiler::run_to_head(app).await?;
        evaluate::tick(app).await?;
        while app.advance_ab_tests().await? > 0 {}
        if app.store().position(profiler::CONSUMER).await? >= app.log().head() {
            return Ok(());
        }
    }
}
