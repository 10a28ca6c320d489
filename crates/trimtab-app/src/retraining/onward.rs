//! The way of a candidate after its training: validation, then rollout.

use super::look::SYSTEM;
use crate::app::App;
use trimtab_domain::documents::ValidationPolicySpec;
use trimtab_domain::registry::CHAMPION;
use trimtab_domain::retraining::{GateVerdict, RetrainingRun};
use trimtab_domain::rollout::Phase;
use trimtab_domain::validation::{ValidationState, Verdict};
use trimtab_domain::{DocumentName, Error, ModelName, Result};

/// Validations and rollouts of a model that are looked through.
const LOOKED_MAX: u32 = 200;

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

/// The label of the version that the job made.
fn candidate(run: &RetrainingRun) -> Result<String> {
    run.result
        .as_ref()
        .and_then(|result| result.registered_version)
        .map(|version| format!("v{version}"))
        .ok_or_else(|| Error::conflict("the job named no registered version"))
}

/// Whether the model's traffic is moving to a candidate.
pub(super) async fn is_rolling_out(app: &App, model: &ModelName) -> Result<bool> {
    let active = app.store().active_rollouts().await?;
    Ok(active.iter().any(|rollout| rollout.model == *model))
}

/// What the gate says of the candidate beside the champion, `None` while it is looking. Asked for
/// the first time it begins to look; what a person asked for since the training was requested
/// counts if it is by the same policy and beside the same champion, and what a crash cut off is
/// asked for again.
pub(super) async fn validate(app: &App, run: &RetrainingRun) -> Result<Option<Gate>> {
    let candidate = candidate(run)?;
    let known = app
        .validations(&run.model, Some(&candidate), LOOKED_MAX)
        .await?;
    let champion = app.alias_label(run.model.as_str(), CHAMPION).await?;
    let policy = run.validation_policy.as_ref();
    let policy = policy.map_or(ValidationPolicySpec::SHIPPED, DocumentName::as_str);
    let counts = known.into_iter().find(|validation| {
        validation.requested_at >= run.requested_at
            && validation.state != ValidationState::Interrupted
            && validation.champion == champion
            && validation.policy == policy
    });
    let Some(validation) = counts else {
        begin_to_look(app, run, &candidate, champion.as_deref()).await?;
        return Ok(None);
    };
    if validation.state == ValidationState::Running {
        return Ok(None);
    }
    Ok(Some(Gate {
        validation: Some(validation.id.to_string()),
        verdict: match validation.verdict {
            Some(Verdict::Passed) => GateVerdict::Passed,
            Some(Verdict::Failed) => GateVerdict::Failed,
            Some(Verdict::CouldNotDecide) | None => GateVerdict::CouldNotDecide,
        },
        reason: validation.sentence,
    }))
}

async fn begin_to_look(
    app: &App,
    run: &RetrainingRun,
    candidate: &str,
    champion: Option<&str>,
) -> Result<()> {
    let model = &run.model;
    let mut candidate = app.version_file(model, candidate).await?;
    // What the job was given holds, whatever it wrote down.
    candidate.snapshot = Some(run.snapshot.as_ref().map_or(run.period, |one| one.period));
    let champion = match champion {
        Some(version) => Some(app.version_file(model, version).await?),
        None => None,
    };
    let policy = run.validation_policy.as_ref();
    app.start_validation_of_files(model, champion.as_ref(), &candidate, policy, SYSTEM)
        .await
        .map(drop)
}

/// Begins the candidate's rollout, or finds the one that began before a crash.
pub(super) async fn start_rollout(app: &App, run: &RetrainingRun) -> Result<String> {
    let candidate = candidate(run)?;
    let validation = run
        .validation
        .as_deref()
        .ok_or_else(|| Error::conflict(format!("{candidate} has no validation")))?;
    let known = app.store().rollouts(&run.model, LOOKED_MAX).await?;
    let begun = known
        .iter()
        .find(|rollout| rollout.challenger == candidate && rollout.validation == validation);
    if let Some(rollout) = begun {
        return Ok(rollout.id.to_string());
    }
    let reason = format!("{}: {}", run.id, run.cause.text);
    let rollout = app
        .start_rollout(&run.model, &candidate, validation, SYSTEM, &reason)
        .await?;
    Ok(rollout.id.to_string())
}

/// How the run's rollout stands.
pub(super) async fn rollout(app: &App, run: &RetrainingRun) -> Result<Standing> {
    let id = run.rollout.as_deref().unwrap_or_default().parse()?;
    let Some(rollout) = app.store().rollout(&id).await? else {
        return Ok(Standing::Over {
            is_promoted: false,
            reason: format!("its rollout {id} is gone"),
        });
    };
    let told = |what: &str| match &rollout.ending {
        Some(ending) => ending.reason.clone(),
        None => format!("{} {what}", rollout.challenger),
    };
    Ok(match rollout.phase {
        Phase::Running | Phase::Paused | Phase::Promoting | Phase::RollingBack => {
            Standing::UnderWay
        }
        Phase::Completed => Standing::Over {
            is_promoted: true,
            reason: told("serves"),
        },
        Phase::RolledBack | Phase::Superseded => Standing::Over {
            // A person who could not wait made it the champion: it serves.
            is_promoted: rollout.is_promoted_by_hand(),
            reason: told("serves no longer"),
        },
    })
}
