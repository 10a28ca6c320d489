//! What rollouts ask of the registry, the gate and A/B tests, and what they leave in the audit
//! log.

use crate::app::App;
use serde_json::{Value, json};
use trimtab_domain::ab_test::AbVerdict;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::rollout_policy::AbDecision;
use trimtab_domain::registry::moves::AliasMove;
use trimtab_domain::registry::{
    CHALLENGER, CHAMPION, RegisteredModel, ServedHow, version_label, version_of_label,
};
use trimtab_domain::rollout::{Phase, Reading, ReadingState, Rollout, RolloutNote};
use trimtab_domain::validation::{Validation, Verdict};
use trimtab_domain::{Error, ModelName, Result, ValidationId};

/// Validations of a candidate that are looked through.
const VALIDATIONS_MAX: u32 = 100;

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

/// Lets the aliases say what this state wants, in one deed, and returns the champion they name.
///
/// # Errors
///
/// `NotFound` if a version that is wanted is gone.
pub(crate) async fn obey(app: &App, rollout: &Rollout) -> Result<Option<String>> {
    let name = rollout.model.as_str();
    let Some(model) = app.store().registered_model(name).await? else {
        return Ok(None);
    };
    if moves(rollout, &model).is_empty() {
        return Ok(model.aliases.get(CHAMPION).copied().map(version_label));
    }
    let (actor, reason) = match (rollout.phase, &rollout.ending) {
        (Phase::RollingBack, Some(ending)) => (&*ending.by, &*ending.reason),
        (Phase::Promoting, _) => (&*rollout.started_by, &*rollout.reason),
        _ => (super::SYSTEM, &*rollout.reason),
    };
    let how = if rollout.phase == Phase::RollingBack {
        ServedHow::RolledBack
    } else {
        ServedHow::Promoted
    };
    let reason = format!("rollout {}: {reason}", rollout.id);
    let deed = app.deed(name, actor, &reason).await?;
    app.move_aliases(name, Some(how), &deed, |model| moves(rollout, model))
        .await?;
    app.alias_label(name, CHAMPION).await
}

/// What is still to be moved. A champion of another's hand stays, and is no reason to keep a
/// challenger.
fn moves(rollout: &Rollout, model: &RegisteredModel) -> Vec<AliasMove<'static>> {
    let Some(wanted) = rollout.wanted() else {
        return Vec::new();
    };
    let label = |alias: &str| model.aliases.get(alias).copied().map(version_label);
    // No version has the number 0: a label that is none is not found.
    let number = |label: &str| Some(version_of_label(label).unwrap_or_default());
    let champion = label(CHAMPION);
    let is_overruled = champion
        .as_deref()
        .is_some_and(|champion| rollout.is_overruled(champion));
    let mut moves = Vec::new();
    let is_deciding = matches!(rollout.phase, Phase::Promoting | Phase::RollingBack);
    let is_ours = champion.is_some() && !is_overruled;
    if is_deciding && is_ours && champion.as_deref() != Some(wanted.champion) {
        moves.push((CHAMPION, number(wanted.champion)));
    }
    let challenger = label(CHALLENGER);
    match wanted.challenger.filter(|_| !is_overruled) {
        Some(wanted) if challenger.as_deref() != Some(wanted) => {
            moves.push((CHALLENGER, number(wanted)));
        }
        None if challenger.as_deref() == Some(&*rollout.challenger) => {
            moves.push((CHALLENGER, None));
        }
        _ => {}
    }
    moves
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
