//! What a sender waits for that lets event time stand still: a replay that is its own serving
//! system sends the next day when nothing is under way that the day before brought about.

use crate::app::App;
use crate::{evaluate, profiler};
use std::collections::BTreeSet;
use trimtab_domain::ports::retraining::RetrainingQuery;
use trimtab_domain::retraining::RunState;
use trimtab_domain::rollout::{Phase, Rollout};
use trimtab_domain::{ModelName, Result};

impl App {
    /// Counts and judges what was sent of a model, as the background does in a moment anyway, and
    /// says what is under way about it: a training, a validation, a change of champion. Empty
    /// when all that is left waits for people or for more of the model's own time.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model; what stops the background stops this.
    pub async fn settle_model(&self, model: &ModelName) -> Result<Vec<String>> {
        self.model(model).await?;
        profiler::run_to_head(self).await?;
        evaluate::tick_some(self, &BTreeSet::from([model.clone()])).await?;
        self.advance_rollouts().await?;
        while self.advance_ab_tests().await? > 0 {}
        let under_way = under_way(self, model).await?;
        if !under_way.is_empty() {
            self.inner.retrainer_nudge.notify_one();
        }
        Ok(under_way)
    }
}

async fn under_way(app: &App, model: &ModelName) -> Result<Vec<String>> {
    let query = RetrainingQuery {
        model: Some(model.clone()),
        open_only: true,
        ..RetrainingQuery::default()
    };
    let runs = app.store().retrainings(&query).await?;
    let mut rollouts = app.store().active_rollouts().await?;
    rollouts.retain(|rollout| rollout.model == *model);
    let is_active = |id: Option<&str>| {
        let is_it = |rollout: &Rollout| id == Some(rollout.id.as_str());
        rollouts.iter().any(is_it)
    };
    // Who waits behind a rollout waits for traffic.
    let is_held = runs.iter().any(|run| run.state == RunState::RollingOut);
    let mut found = Vec::new();
    for run in &runs {
        let is_busy = match run.state {
            RunState::Requested => false,
            RunState::Approved => !is_held,
            RunState::RollingOut => !is_active(run.rollout.as_deref()),
            _ => true,
        };
        if is_busy {
            found.push(format!(
                "{} is {}",
                run.id,
                run.state.as_str().replace('_', " ")
            ));
        }
    }
    let deciding = rollouts
        .iter()
        .filter(|rollout| matches!(rollout.phase, Phase::Promoting | Phase::RollingBack));
    found.extend(deciding.map(|rollout| {
        let phase = rollout.phase.as_str().replace('_', " ");
        format!("{} of {} is {phase}", rollout.id, rollout.challenger)
    }));
    let running = app.store().running_validations().await?;
    let ours = running
        .iter()
        .filter(|validation| validation.model == *model);
    found.extend(
        ours.map(|validation| format!("{} of {} is running", validation.id, validation.candidate)),
    );
    Ok(found)
}
