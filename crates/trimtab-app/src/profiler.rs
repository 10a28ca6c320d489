//! The profiler: folds a run of the journal and merges it into the store.

use crate::app::{App, ChangeKind};
use std::collections::BTreeSet;
use trimtab_domain::Result;

/// The name under which its position is kept.
pub(crate) const CONSUMER: &str = "profiler";

/// What one run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    /// There was nothing new.
    Idle,
    /// Some rows; the journal's end was reached.
    Some,
    /// As many rows as one run may take: there is more.
    Full,
}

/// Folds and merges one bounded run.
pub(crate) async fn step(app: &App) -> Result<Ran> {
    let _profiling = app.inner.profiling.lock().await;
    let parts = &app.inner.parts;
    let from = parts.store.position(CONSUMER).await?;
    if from >= parts.log.head() {
        return Ok(Ran::Idle);
    }
    let models = app.catalog().await?.fold_models();
    let n_rows_max = app.inner.settings.fold_rows_max;
    let fold = parts.log.fold(from, n_rows_max, &models).await?;
    if fold.next == from {
        return Ok(Ran::Idle);
    }
    parts.store.commit_fold(CONSUMER, from, &fold).await?;
    app.inner.recent.add(&models, &fold.profiles, app.now())?;
    app.inner.rollout_nudge.notify_one();
    let touched: BTreeSet<_> = fold
        .progress
        .keys()
        .chain(fold.profiles.iter().map(|delta| &delta.key.model))
        .chain(fold.performance.iter().map(|delta| &delta.key.model))
        .collect();
    for model in &touched {
        app.announce(ChangeKind::Model, Some(model));
    }
    app.nudge_evaluator(touched);
    Ok(if fold.next < parts.log.head() {
        Ran::Full
    } else {
        Ran::Some
    })
}

/// Runs until the journal's end, as it is now or later.
pub(crate) async fn run_to_head(app: &App) -> Result<()> {
    while step(app).await? != Ran::Idle {}
    Ok(())
}
