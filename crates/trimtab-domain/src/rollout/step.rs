//! The rule by which a rollout advances.

use super::{
    Ending, Findings, Mark, NoteKind, Observation, Phase, Reading, ReadingState, Rollout,
    RolloutEvent, RolloutNote, Said,
};
use crate::documents::rollout_policy::{Remedy, RolloutStep, Stage};
use crate::error::{Error, Result};
use jiff::Timestamp;

/// A look may count at most so much of the wall clock as waited: a clock that jumps ahead, or a
/// server that was away, is no reason to end a rollout.
const LOOK_SECONDS_MAX: i64 = 600;
const SYSTEM: &str = "system";

/// Advances a rollout and says what is to be told.
///
/// # Errors
///
/// `Conflict` if a person asks for what this state does not allow, and says which state it is.
pub fn step(
    mut rollout: Rollout,
    event: RolloutEvent,
    now: Timestamp,
) -> Result<(Rollout, Vec<RolloutNote>)> {
    let mut notes = Vec::new();
    match event {
        RolloutEvent::Looked(seen) => look(&mut rollout, &seen, now, &mut notes),
        RolloutEvent::Settled { champion } => settle(&mut rollout, &champion, now, &mut notes),
        RolloutEvent::Approved(said) => approve(&mut rollout, &said, now, &mut notes)?,
        RolloutEvent::Paused(said) => pause(&mut rollout, &said, now, &mut notes)?,
        RolloutEvent::Resumed(said) => resume(&mut rollout, &said, now, &mut notes)?,
        RolloutEvent::RollBack(said) => take_back(&mut rollout, &said, now, &mut notes)?,
    }
    Ok((rollout, notes))
}

fn refuse(rollout: &Rollout, what: &str, hint: &str) -> Error {
    Error::conflict(format!(
        "rollout `{}` of {} is {}: {what}",
        rollout.id,
        rollout.challenger,
        rollout.phase.as_str().replace('_', " ")
    ))
    .with_hint(hint)
}

fn approve(
    rollout: &mut Rollout,
    said: &Said,
    now: Timestamp,
    notes: &mut Vec<RolloutNote>,
) -> Result<()> {
    if rollout.phase != Phase::Running {
        return Err(refuse(
            rollout,
            "there is no step to approve",
            "resume it first",
        ));
    }
    if next(rollout).is_none() {
        return Err(refuse(
            rollout,
            "it is in its last step",
            "nothing is left to approve",
        ));
    }
    if !rollout.is_approved {
        rollout.is_approved = true;
        let text = format!(
            "the step after {} may begin: {}",
            rollout.stage_in_words(),
            said.reason
        );
        tell(rollout, NoteKind::Approved, by(said), text, now, notes);
    }
    Ok(())
}

fn pause(
    rollout: &mut Rollout,
    said: &Said,
    now: Timestamp,
    notes: &mut Vec<RolloutNote>,
) -> Result<()> {
    match rollout.phase {
        Phase::Paused => Ok(()),
        Phase::Running => {
            halt(rollout, said, now, notes);
            Ok(())
        }
        _ => Err(refuse(
            rollout,
            "it cannot be paused",
            "only a running rollout can be paused",
        )),
    }
}

fn halt(rollout: &mut Rollout, said: &Said, now: Timestamp, notes: &mut Vec<RolloutNote>) {
    rollout.phase = Phase::Paused;
    rollout.waited_seconds = 0;
    rollout.looked_at = now;
    let text = format!("stays in {}: {}", rollout.stage_in_words(), said.reason);
    tell(rollout, NoteKind::Paused, by(said), text, now, notes);
}

fn resume(
    rollout: &mut Rollout,
    said: &Said,
    now: Timestamp,
    notes: &mut Vec<RolloutNote>,
) -> Result<()> {
    match rollout.phase {
        Phase::Running => Ok(()),
        Phase::Paused => {
            rollout.phase = Phase::Running;
            rollout.waited_seconds = 0;
            rollout.looked_at = now;
            let text = format!("goes on in {}: {}", rollout.stage_in_words(), said.reason);
            tell(rollout, NoteKind::Resumed, by(said), text, now, notes);
            Ok(())
        }
        _ => Err(refuse(
            rollout,
            "there is nothing to resume",
            "only a paused rollout can go on",
        )),
    }
}

fn take_back(
    rollout: &mut Rollout,
    said: &Said,
    now: Timestamp,
    notes: &mut Vec<RolloutNote>,
) -> Result<()> {
    match rollout.phase {
        Phase::RollingBack | Phase::RolledBack => Ok(()),
        Phase::Superseded => Err(refuse(
            rollout,
            "the champion was changed by hand since",
            "move the alias `champion` in the registry",
        )),
        Phase::Running | Phase::Paused | Phase::Promoting | Phase::Completed => {
            roll_back(rollout, said, None, now, notes);
            Ok(())
        }
    }
}

fn roll_back(
    rollout: &mut Rollout,
    said: &Said,
    guardrail: Option<String>,
    now: Timestamp,
    notes: &mut Vec<RolloutNote>,
) {
    let text = format!(
        "{} gets all traffic back from {} in {}: {}",
        rollout.champion,
        rollout.challenger,
        rollout.stage_in_words(),
        said.reason
    );
    rollout.phase = Phase::RollingBack;
    rollout.ending = Some(Ending {
        at: now,
        by: said.actor.clone(),
        reason: said.reason.clone(),
        guardrail,
        champion: None,
    });
    tell(rollout, NoteKind::RollingBack, by(said), text, now, notes);
}

fn settle(rollout: &mut Rollout, champion: &str, now: Timestamp, notes: &mut Vec<RolloutNote>) {
    match rollout.phase {
        Phase::Promoting if champion == rollout.challenger => {
            let text = format!(
                "{} is the champion, {} was",
                rollout.challenger, rollout.champion
            );
            tell(
                rollout,
                NoteKind::Promoted,
                (SYSTEM, None),
                text,
                now,
                notes,
            );
            rollout.phase = Phase::Running;
            enter(
                rollout,
                rollout.policy.steps.len().saturating_sub(1),
                now,
                notes,
            );
        }
        Phase::RollingBack if champion == rollout.champion => {
            rollout.phase = Phase::RolledBack;
            let text = format!("{} serves alone", rollout.champion);
            tell(
                rollout,
                NoteKind::RolledBack,
                (SYSTEM, None),
                text,
                now,
                notes,
            );
        }
        Phase::Promoting | Phase::RollingBack if rollout.is_overruled(champion) => {
            supersede(rollout, champion, now, notes);
        }
        _ => {}
    }
}

fn supersede(rollout: &mut Rollout, champion: &str, now: Timestamp, notes: &mut Vec<RolloutNote>) {
    let reason = if champion.is_empty() {
        "the registry has no version to go back to".to_owned()
    } else {
        format!("the champion is {champion} by another's hand")
    };
    rollout.phase = Phase::Superseded;
    rollout.ending = Some(Ending {
        at: now,
        by: SYSTEM.to_owned(),
        reason: reason.clone(),
        guardrail: None,
        champion: (!champion.is_empty()).then(|| champion.to_owned()),
    });
    tell(
        rollout,
        NoteKind::Superseded,
        (SYSTEM, Some(reason.clone().as_str())),
        reason,
        now,
        notes,
    );
}

fn enter(rollout: &mut Rollout, step: usize, now: Timestamp, notes: &mut Vec<RolloutNote>) {
    rollout.step = step;
    rollout.is_approved = false;
    rollout.waited_seconds = 0;
    rollout.looked_at = now;
    rollout.entered = Mark {
        at: now,
        event_at: rollout.entered.event_at,
    };
    let text = format!("{} is in {}", rollout.challenger, rollout.stage_in_words());
    tell(
        rollout,
        NoteKind::StepEntered,
        (SYSTEM, None),
        text,
        now,
        notes,
    );
}

fn by(said: &Said) -> (&str, Option<&str>) {
    (&said.actor, Some(&said.reason))
}

fn tell(
    rollout: &Rollout,
    kind: NoteKind,
    (actor, reason): (&str, Option<&str>),
    text: String,
    now: Timestamp,
    notes: &mut Vec<RolloutNote>,
) {
    notes.push(RolloutNote {
        at: now,
        event_at: rollout.findings_event(),
        kind,
        step: rollout.step,
        actor: actor.to_owned(),
        reason: reason.map(str::to_owned),
        text,
    });
}

fn next(rollout: &Rollout) -> Option<&RolloutStep> {
    rollout.policy.steps.get(rollout.step + 1)
}

fn look(rollout: &mut Rollout, seen: &Observation, now: Timestamp, notes: &mut Vec<RolloutNote>) {
    if !matches!(rollout.phase, Phase::Running | Phase::Paused) {
        // Only the registry's answer leads out of the others.
        return;
    }
    if seen.step != rollout.step {
        // Conditions of another step open no gate of this one.
        return;
    }
    let passed = now.as_second() - rollout.looked_at.as_second();
    rollout.waited_seconds += passed.clamp(0, LOOK_SECONDS_MAX).unsigned_abs();
    rollout.looked_at = now;
    if rollout.entered.event_at.is_none() {
        // The first event since it began starts the clock of the events.
        rollout.entered.event_at = seen.event_now;
        rollout.started_event_at = rollout.started_event_at.or(seen.event_now);
    }
    let since = seen.totals.since(rollout.baseline);
    let n_challenger = if rollout.stage() == Stage::Shadow {
        since.challenger_shadow
    } else {
        since.challenger_live
    };
    rollout.findings = Findings {
        n_challenger,
        n_champion: since.champion_live,
        hours: hours_passed(rollout, seen),
        waits_for: Vec::new(),
        guardrails: seen.guardrails.clone(),
        conditions: seen.conditions.clone(),
    };
    let by_hand = seen.champion.as_deref();
    if let Some(champion) = by_hand.filter(|champion| rollout.is_overruled(champion)) {
        supersede(rollout, champion, now, notes);
        return;
    }
    if let Some(breach) = breach(rollout, seen) {
        let Breach { reason, guardrail } = breach;
        let is_pausing = rollout.policy.on_breach == Remedy::Pause && guardrail.is_some();
        remedy(rollout, is_pausing, reason, guardrail, now, notes);
        return;
    }
    if rollout.phase == Phase::Paused {
        if rollout.waited_seconds >= 3_600 * u64::from(rollout.policy.paused_hours_max) {
            let reason = format!(
                "nobody decided within {} hours of the pause",
                rollout.policy.paused_hours_max
            );
            remedy(rollout, false, reason, None, now, notes);
        } else {
            rollout.findings.waits_for =
                vec!["a person to resume it or to roll it back".to_owned()];
        }
        return;
    }
    advance(rollout, seen, now, notes);
}

struct Breach {
    reason: String,
    guardrail: Option<String>,
}

fn breach(rollout: &Rollout, seen: &Observation) -> Option<Breach> {
    if !seen.is_validated {
        return Some(Breach {
            reason: format!("validation `{}` no longer stands", rollout.validation),
            guardrail: None,
        });
    }
    seen.guardrails
        .iter()
        .chain(&seen.conditions)
        .find(|reading| reading.state == ReadingState::Breached)
        .map(|reading| Breach {
            reason: reading.text.clone(),
            guardrail: Some(reading.name.clone()),
        })
}

fn remedy(
    rollout: &mut Rollout,
    is_pausing: bool,
    reason: String,
    guardrail: Option<String>,
    now: Timestamp,
    notes: &mut Vec<RolloutNote>,
) {
    let said = Said {
        actor: SYSTEM.to_owned(),
        reason,
    };
    if !is_pausing {
        roll_back(rollout, &said, guardrail, now, notes);
    } else if rollout.phase == Phase::Running {
        halt(rollout, &said, now, notes);
    }
}

fn hours_passed(rollout: &Rollout, seen: &Observation) -> f64 {
    match (rollout.entered.event_at, seen.event_now) {
        (Some(from), Some(to)) => to.duration_since(from).as_secs_f64().max(0.0) / 3_600.0,
        _ => 0.0,
    }
}

fn advance(
    rollout: &mut Rollout,
    seen: &Observation,
    now: Timestamp,
    notes: &mut Vec<RolloutNote>,
) {
    let waits_for = waits_for(rollout, seen);
    let is_last = next(rollout).is_none();
    if waits_for.is_empty() {
        if is_last {
            complete(rollout, "the last step is over", now, notes);
            return;
        }
        let is_full = next(rollout).is_some_and(|step| step.stage == Stage::Full);
        // The clock of the next step starts at this moment of the events.
        rollout.entered.event_at = seen.event_now.or(rollout.entered.event_at);
        rollout.baseline = seen.totals;
        rollout.findings.hours = 0.0;
        if is_full {
            rollout.phase = Phase::Promoting;
            let text = format!(
                "everybody gets {}; the registry is told",
                rollout.challenger
            );
            tell(
                rollout,
                NoteKind::Promoting,
                (SYSTEM, None),
                text,
                now,
                notes,
            );
        } else {
            enter(rollout, rollout.step + 1, now, notes);
        }
        return;
    }
    rollout.findings.waits_for = waits_for;
    if let Some(reason) = timeout(rollout) {
        if is_last {
            complete(
                rollout,
                &format!("{reason}, and no guardrail spoke"),
                now,
                notes,
            );
        } else {
            let is_pausing = rollout.policy.on_timeout == Remedy::Pause;
            remedy(rollout, is_pausing, reason, None, now, notes);
        }
    }
}

fn complete(rollout: &mut Rollout, why: &str, now: Timestamp, notes: &mut Vec<RolloutNote>) {
    rollout.phase = Phase::Completed;
    rollout.ending = Some(Ending {
        at: now,
        by: SYSTEM.to_owned(),
        reason: why.to_owned(),
        guardrail: None,
        champion: None,
    });
    let text = format!("{} serves everybody: {why}", rollout.challenger);
    tell(
        rollout,
        NoteKind::Completed,
        (SYSTEM, Some(why)),
        text,
        now,
        notes,
    );
}

/// Why the next step cannot begin yet; empty when it can.
fn waits_for(rollout: &Rollout, seen: &Observation) -> Vec<String> {
    let mut waits = Vec::new();
    let Some(current) = rollout.current() else {
        return waits;
    };
    let n_challenger = rollout.findings.n_challenger;
    if n_challenger < current.rows_min {
        waits.push(format!(
            "{n_challenger} of {} predictions of {}",
            current.rows_min, rollout.challenger
        ));
    }
    if rollout.findings.hours < f64::from(current.hours_min) {
        waits.push(format!(
            "{:.1} of {} hours of traffic",
            rollout.findings.hours, current.hours_min
        ));
    }
    let Some(next) = next(rollout) else {
        return waits;
    };
    // A condition that nobody looked at does not hold.
    for (i, condition) in next.entry.iter().enumerate() {
        match seen.conditions.get(i) {
            Some(reading) if reading.state == ReadingState::Holds => {}
            Some(Reading { text, .. }) => waits.push(text.clone()),
            None => waits.push(format!("{}: not looked at yet", condition.name())),
        }
    }
    if next.approval && !rollout.is_approved {
        waits.push("a person's approval".to_owned());
    }
    waits
}

/// Why the step has had its time, if it has.
fn timeout(rollout: &Rollout) -> Option<String> {
    let current = rollout.current()?;
    if let Some(most) = current.hours_max
        && rollout.findings.hours >= f64::from(most)
    {
        return Some(format!(
            "{} was not satisfied within {most} hours of traffic (it waits for {})",
            rollout.stage_in_words(),
            rollout.findings.waits_for.join("; ")
        ));
    }
    let wall_most = rollout.policy.wall_hours_max;
    (rollout.waited_seconds >= 3_600 * u64::from(wall_most)).then(|| {
        format!(
            "{} was not satisfied within {wall_most} hours (it waits for {})",
            rollout.stage_in_words(),
            rollout.findings.waits_for.join("; ")
        )
    })
}

impl Rollout {
    /// The newest event time that is known of.
    fn findings_event(&self) -> Option<Timestamp> {
        let from = self.entered.event_at?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "hours of a rollout are far below 2^63 seconds"
        )]
        let seconds = (self.findings.hours * 3_600.0) as i64;
        from.checked_add(jiff::SignedDuration::from_secs(seconds))
            .ok()
            .or(Some(from))
    }
}
