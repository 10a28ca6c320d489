//! What rollouts ask of the registry, the gate and A/B tests, and what they leave in the audit
//! log.

use crate::app::App;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trimtab_domain::ab_test::AbVerdict;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::Clock;
use trimtab_domain::documents::rollout_policy::AbDecision;
use trimtab_domain::registry::moves::{self, Deed};
use trimtab_domain::registry::{
    CHALLENGER, CHAMPION, RegisteredModel, ServedHow, version_label, version_of_label,
};
use trimtab_domain::rollout::{Phase, Reading, ReadingState, Rollout, RolloutNote};
use trimtab_domain::validation::{Validation, Verdict};
use trimtab_domain::{Error, ErrorKind, ModelName, Result, ValidationId};

/// Validations of a candidate that are looked through.
const VALIDATIONS_MAX: u32 = 100;
/// So often somebody else may be faster before it is an error.
const ATTEMPTS_MAX: usize = 5;

/// Label of the version that serves.
pub(crate) async fn champion(app: &App, model: &ModelName) -> Result<Option<String>> {
    alias(app, model, CHAMPION).await
}

/// The champions of all models whose name can be one of a flag.
pub(crate) async fn champions(app: &App) -> Result<BTreeMap<ModelName, String>> {
    let all = app.store().registered_models().await?;
    let named = |model: RegisteredModel| {
        let version = model.aliases.get(CHAMPION).copied()?;
        Some((ModelName::new(model.name).ok()?, version_label(version)))
    };
    Ok(all.into_iter().filter_map(named).collect())
}

async fn alias(app: &App, model: &ModelName, alias: &str) -> Result<Option<String>> {
    let found = app.store().registered_model(model.as_str()).await?;
    Ok(found.and_then(|found| found.aliases.get(alias).copied().map(version_label)))
}

/// Refuses a candidate that does not exist, or whose newest validation is not this one, passed,
/// beside the version that serves.
pub(crate) async fn check_candidate(
    app: &App,
    model: &ModelName,
    (candidate, champion): (&str, &str),
    validation: &str,
) -> Result<()> {
    if !is_registered(app, model, candidate).await? {
        return Err(Error::not_found(
            "version",
            format!("{candidate} of {model}"),
        ));
    }
    let id = ValidationId::try_from(validation.to_owned())
        .map_err(|_| Error::not_found("validation", validation))?;
    let found = app.validation(model, &id).await?;
    let refuse = |why: String| {
        Err(Error::conflict(why).with_hint(format!(
            "validate it: `trimtab validate {model} --candidate {candidate}`"
        )))
    };
    if found.candidate != candidate {
        let other = &found.candidate;
        return refuse(format!(
            "validation `{id}` is of {other}, not of {candidate}"
        ));
    }
    if !found.has_passed() {
        return refuse(format!("{candidate} did not pass validation `{id}`"));
    }
    if found.champion.as_deref() != Some(champion) {
        let beside = found.champion.as_deref().unwrap_or("a constant");
        return refuse(format!(
            "{candidate} was validated beside {beside}, and {champion} serves now"
        ));
    }
    match app.passed_validation(model, candidate).await? {
        Some(_) => Ok(()),
        None => refuse(format!("{candidate} did not pass its newest validation")),
    }
}

/// Whether the validation that let a rollout begin still stands: nobody found the candidate
/// worse since, and the version is still there.
pub(crate) async fn is_validated(app: &App, rollout: &Rollout) -> Result<bool> {
    if !is_registered(app, &rollout.model, &rollout.challenger).await? {
        return Ok(false);
    }
    let newest_first = app
        .store()
        .validations(&rollout.model, Some(&rollout.challenger), VALIDATIONS_MAX)
        .await?;
    let since = newest_first
        .iter()
        .take_while(|one| one.id.as_str() != rollout.validation);
    let is_worse = |one: &Validation| one.verdict == Some(Verdict::Failed);
    if since.clone().any(is_worse) {
        return Ok(false);
    }
    let id = ValidationId::try_from(rollout.validation.clone())?;
    let own = app.store().validation(&id).await?;
    Ok(own.is_some_and(|own| own.has_passed()))
}

/// Whether the registry has this version.
pub(crate) async fn is_registered(app: &App, model: &ModelName, label: &str) -> Result<bool> {
    let Some(number) = version_of_label(label) else {
        return Ok(false);
    };
    let found = app.store().model_version(model.as_str(), number).await?;
    Ok(found.is_some())
}

/// Moves the alias `champion`.
///
/// # Errors
///
/// `NotFound` if the version is gone.
pub(crate) async fn set_champion(app: &App, rollout: &Rollout, version: &str) -> Result<()> {
    let (actor, reason) = match &rollout.ending {
        Some(ending) => (ending.by.as_str(), ending.reason.as_str()),
        None => (rollout.started_by.as_str(), rollout.reason.as_str()),
    };
    let reason = format!("rollout {}: {reason}", rollout.id);
    point(app, rollout, (CHAMPION, Some(version)), actor, reason).await
}

/// Moves the alias `challenger`; takes it away only from this rollout's candidate.
pub(crate) async fn set_challenger(
    app: &App,
    rollout: &Rollout,
    version: Option<&str>,
) -> Result<()> {
    let now = alias(app, &rollout.model, CHALLENGER).await?;
    let is_settled = match version {
        Some(_) => now.as_deref() == version,
        None => now.as_ref() != Some(&rollout.challenger),
    };
    if is_settled {
        return Ok(());
    }
    let reason = format!("rollout {}", rollout.id);
    match point(app, rollout, (CHALLENGER, version), super::SYSTEM, reason).await {
        // A version that was deleted meanwhile: the next look ends the rollout.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Lets an alias point to a version, with its history and its entry in the audit log.
async fn point(
    app: &App,
    rollout: &Rollout,
    (alias, label): (&str, Option<&str>),
    actor: &str,
    reason: String,
) -> Result<()> {
    let name = rollout.model.as_str();
    let spec = app.model(&rollout.model).await?;
    let deed = Deed {
        at: app.now(),
        event_at: match spec.clock {
            Clock::Event => super::look::event_now(app, &spec).await?,
            Clock::Live => None,
        },
        actor: actor.to_owned(),
        reason: Some(reason),
    };
    let how = if rollout.phase == Phase::RollingBack {
        ServedHow::RolledBack
    } else {
        ServedHow::Promoted
    };
    let mut attempts = 0;
    loop {
        attempts += 1;
        let gone = |what: &str| Error::not_found("version", format!("{what} of {name}"));
        let model = app.store().registered_model(name).await?;
        let model = model.ok_or_else(|| Error::not_found("registered model", name))?;
        let version = match label {
            Some(label) => {
                let number = version_of_label(label).ok_or_else(|| gone(label))?;
                let found = app.store().model_version(name, number).await?;
                Some(found.ok_or_else(|| gone(label))?.version)
            }
            None => None,
        };
        let Some(commit) = moves::move_alias(&model, alias, version, how, &deed)? else {
            return Ok(());
        };
        match app.store().commit_registry(&commit).await {
            // Somebody else changed the model meanwhile: it is read again.
            Err(error) if error.kind() == ErrorKind::Conflict && attempts < ATTEMPTS_MAX => {}
            other => return other,
        }
    }
}

/// What the A/B test of the two versions decided, if it did.
pub(crate) async fn ab_decision(app: &App, rollout: &Rollout) -> Result<Option<AbDecision>> {
    Ok(match app.ab_verdict_of_step(rollout).await? {
        Some(AbVerdict::Ship) => Some(AbDecision::Ship),
        Some(AbVerdict::Keep) => Some(AbDecision::Keep),
        Some(AbVerdict::NoDifference) => Some(AbDecision::NoDifference),
        Some(AbVerdict::BlockedBySampleRatio | AbVerdict::Undecided) | None => None,
    })
}

/// The decision beside what is accepted.
pub(crate) fn ab_reading(accept: &[AbDecision], decided: Option<AbDecision>) -> Reading {
    let name = "ab_test";
    match decided {
        None => Reading::plain(
            name,
            ReadingState::NotEnoughData,
            "the A/B test has not decided yet",
        ),
        Some(decided) if accept.contains(&decided) => Reading::plain(
            name,
            ReadingState::Holds,
            format!("the A/B test says: {}", decided.in_words()),
        ),
        Some(AbDecision::NoDifference) => Reading::plain(
            name,
            ReadingState::NotEnoughData,
            "the A/B test finds no difference, and only a better candidate is accepted",
        ),
        Some(decided) => Reading::plain(
            name,
            ReadingState::Breached,
            format!("the A/B test says: {}", decided.in_words()),
        ),
    }
}

/// The entries of a step for the audit log, which are stored with it.
pub(crate) fn entries(
    after: &Rollout,
    before: Option<&Rollout>,
    notes: &[RolloutNote],
) -> Vec<AuditEntry> {
    notes
        .iter()
        .map(|note| {
            let action = format!("rollout_{}", note.kind.as_str());
            AuditEntry::new(note.at, &note.actor, action, after.id.as_str(), &note.text)
                .of_model(&after.model)
                .with_change(before.map(in_short), Some(in_short(after)))
                .because(note.reason.as_deref().unwrap_or_default())
        })
        .collect()
}

fn in_short(rollout: &Rollout) -> Value {
    json!({
        "phase": rollout.phase.as_str(),
        "step": rollout.step,
        "stage": rollout.stage_in_words(),
        "champion": rollout.champion,
        "challenger": rollout.challenger,
        "challenger_share_percent": f64::from(rollout.share()) / 100.0,
        "validation": rollout.validation,
    })
}
