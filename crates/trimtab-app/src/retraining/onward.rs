//! The way of a candidate after its training: validation, then rollout.

use crate::app::App;
use trimtab_domain::retraining::{GateVerdict, RetrainingRun};
use trimtab_domain::{Error, ModelName, Result};

/// What the gate said.
pub(super) struct Gate {
    pub(super) validation: Option<String>,
    pub(super) verdict: GateVerdict,
    pub(super) reason: String,
}

/// How a rollout stands.
pub(super) enum Standing {
    /// Under way.
    UnderWay,
    /// Over.
    Over { is_promoted: bool, reason: String },
}

/// Whether the model's traffic is moving to a candidate.
#[expect(clippy::unused_async, reason = "rollouts are read from the store")]
pub(super) async fn is_rolling_out(_app: &App, _model: &ModelName) -> Result<bool> {
    Ok(false)
}

/// Lets the candidate meet the champion.
#[expect(clippy::unused_async, reason = "a gate takes its time")]
pub(super) async fn validate(_app: &App, run: &RetrainingRun) -> Result<Gate> {
    Err(Error::unavailable(format!(
        "model `{}` has no validation gate on this server",
        run.model
    )))
}

/// Begins the candidate's rollout, or finds the one that began before a crash.
#[expect(clippy::unused_async, reason = "a rollout is stored")]
pub(super) async fn start_rollout(_app: &App, run: &RetrainingRun) -> Result<String> {
    Err(Error::unavailable(format!(
        "model `{}` has no rollouts on this server",
        run.model
    )))
}

/// How the run's rollout stands.
#[expect(clippy::unused_async, reason = "rollouts are read from the store")]
pub(super) async fn rollout(_app: &App, run: &RetrainingRun) -> Result<Standing> {
    match &run.rollout {
        Some(_) => Ok(Standing::UnderWay),
        None => Ok(Standing::Over {
            is_promoted: false,
            reason: "it has no rollout".to_owned(),
        }),
    }
}
