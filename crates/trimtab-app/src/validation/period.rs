//! Which rows decide: those behind both models' training data whose labels can be known.

use crate::app::App;
use crate::evaluate::{Reach, label_wait};
use jiff::{SignedDuration, Timestamp};
use trimtab_domain::documents::{ModelSpec, ValidationRules};
use trimtab_domain::validation::TrainedUntil;
use trimtab_domain::{Result, Window};

/// The period, and until when labels were known.
pub(super) async fn rows(
    app: &App,
    spec: &ModelSpec,
    rules: &ValidationRules,
    trained: TrainedUntil,
) -> Result<(Window, Timestamp)> {
    let progress = app.store().progress().await?.remove(&spec.name);
    let now = progress
        .and_then(|progress| Reach::of(spec, &progress, app.now()))
        .map_or_else(|| app.now(), |reach| reach.clock_at);
    // The newest rows wait for their labels: the early ones would be another kind of rows.
    let end = now.checked_sub(label_wait(spec)).unwrap_or(now);
    let days = SignedDuration::from_secs(86_400 * i64::from(rules.rows.max_days));
    let oldest = end.checked_sub(days).unwrap_or(Timestamp::MIN);
    let start = [trained.candidate, trained.champion]
        .into_iter()
        .flatten()
        .fold(oldest, Timestamp::max)
        .min(end);
    Ok((Window { start, end }, now))
}
