//! Rollouts: beginning one, leading it on, taking it back; and the flags that say who gets what.
//!
//! The rule is `trimtab_domain::rollout::step`. This module looks ([`look`]), asks the rule,
//! stores what it says, shows it on the board ([`board`]), and tells the registry what the state
//! wants. Each of these can be the last thing a process does: the next look goes on from what is
//! stored.

pub(crate) mod board;
mod look;
mod quality;
pub(crate) mod recent;
mod registry;

pub use board::{FlagAnswer, FlagSet};

use crate::app::{App, ChangeKind};
use std::sync::Arc;
use tokio::sync::watch;
use trimtab_domain::documents::RolloutPolicySpec;
use trimtab_domain::registry::CHAMPION;
use trimtab_domain::rollout::{
    Beginning, Mark, NoteKind, Phase, Rollout, RolloutEvent, RolloutNote, Said, step,
};
use trimtab_domain::{DocumentName, Error, ErrorKind, ModelName, Result, RolloutId};

/// Listed at most.
const LISTED_MAX: u32 = 200;
/// What a look found is stored once in so many seconds while nothing happens.
const LOOK_STORED_SECONDS: i64 = 10;
/// So often somebody else may be faster before it is an error.
const ATTEMPTS_MAX: usize = 5;
/// The policy that is used where none is named.
const DEFAULT_POLICY: &str = "default";
/// Who acts where no person does.
const SYSTEM: &str = "system";

/// What a person says, and to which of a model's rollouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutOrder {
    /// The next step may begin as soon as the rest holds.
    Approve,
    /// It stays where it is.
    Pause,
    /// It goes on.
    Resume,
    /// The champion gets all traffic back.
    RollBack,
}

impl App {
    /// Begins a rollout of a candidate, which must have passed a validation, in the first step of
    /// the model's policy named `default` (the shipped one where it declares none).
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model, version or validation; `Invalid` without a reason, or if
    /// the candidate is the champion; `Conflict` if the validation was not passed or is of another
    /// version, if there is no champion to compare with, or if a rollout is active already.
    pub async fn start_rollout(
        &self,
        model: &ModelName,
        candidate: &str,
        validation: &str,
        actor: &str,
        reason: &str,
    ) -> Result<Rollout> {
        self.start_rollout_by(model, candidate, validation, None, actor, reason)
            .await
    }

    /// As [`App::start_rollout`], by a policy of the caller's choice.
    ///
    /// # Errors
    ///
    /// As [`App::start_rollout`]; `NotFound` without such a policy.
    pub async fn start_rollout_by(
        &self,
        model: &ModelName,
        candidate: &str,
        validation: &str,
        policy: Option<&DocumentName>,
        actor: &str,
        reason: &str,
    ) -> Result<Rollout> {
        let said = said(actor, reason)?;
        let policy = self.rollout_policy(model, policy).await?;
        let _rolling = self.inner.rolling.lock().await;
        let spec = self.model(model).await?;
        let champion = self.alias_label(model.as_str(), CHAMPION).await?;
        let champion = champion.ok_or_else(|| {
            Error::conflict(format!("model `{model}` has no champion to compare with"))
                .with_hint("promote its first version: `trimtab model promote`")
        })?;
        if champion == candidate {
            return Err(Error::invalid(format!(
                "{candidate} is the champion of `{model}` already"
            )));
        }
        registry::check_candidate(self, model, (candidate, &champion), validation).await?;
        let now = Mark {
            at: self.now(),
            event_at: look::event_now(self, &spec).await?,
        };
        let totals = look::totals(self, model, &champion, candidate).await?;
        let (rollout, notes) = Rollout::begin(Beginning {
            id: RolloutId::from_suffix(self.suffix()),
            champion,
            challenger: candidate.to_owned(),
            validation: validation.to_owned(),
            policy,
            said,
            now,
            totals,
        });
        let audit = registry::entries(&rollout, None, &notes);
        self.store().put_rollout(&rollout, &notes, &audit).await?;
        self.tell(&rollout, &notes).await;
        self.settle(rollout).await
    }

    /// The policy of that name, or the model's default.
    async fn rollout_policy(
        &self,
        model: &ModelName,
        name: Option<&DocumentName>,
    ) -> Result<RolloutPolicySpec> {
        let catalog = self.catalog().await?;
        let entry = catalog
            .models
            .get(model)
            .ok_or_else(|| Error::not_found("model", model))?;
        let wanted = name.map_or(DEFAULT_POLICY, DocumentName::as_str);
        match entry.rollout_policies.get(&DocumentName::new(wanted)?) {
            Some(policy) => Ok(policy.clone()),
            None if wanted == DEFAULT_POLICY => RolloutPolicySpec::shipped(model),
            None => Err(Error::not_found("rollout policy", wanted)),
        }
    }

    /// Does what a person says to the model's active rollout; a rollback also reaches the newest
    /// completed one.
    ///
    /// # Errors
    ///
    /// `NotFound` if the model has no such rollout, `Invalid` without a reason, `Conflict` if its
    /// state does not allow it.
    pub async fn order_rollout(
        &self,
        model: &ModelName,
        order: RolloutOrder,
        actor: &str,
        reason: &str,
    ) -> Result<Rollout> {
        let said = said(actor, reason)?;
        self.model(model).await?;
        let _rolling = self.inner.rolling.lock().await;
        let newest = self.store().rollouts(model, LISTED_MAX).await?;
        let is_meant = |one: &&Rollout| {
            one.phase.is_active()
                || (order == RolloutOrder::RollBack && one.phase == Phase::Completed)
        };
        let found = newest.iter().find(is_meant).ok_or_else(|| {
            Error::not_found("active rollout of model", model)
                .with_hint("`trimtab rollout status` lists those there were")
        })?;
        if found.phase == Phase::Completed {
            let champion = self.alias_label(model.as_str(), CHAMPION).await?;
            if champion.as_deref() != Some(&*found.challenger) {
                return Err(Error::conflict(format!(
                    "{} is no longer the champion of `{model}`",
                    found.challenger
                ))
                .with_hint("`trimtab model rollback` goes back in the registry's own history"));
            }
        }
        let event = match order {
            RolloutOrder::Approve => RolloutEvent::Approved(said),
            RolloutOrder::Pause => RolloutEvent::Paused(said),
            RolloutOrder::Resume => RolloutEvent::Resumed(said),
            RolloutOrder::RollBack => RolloutEvent::RollBack(said),
        };
        let rollout = self.step_rollout(&found.id, event).await?;
        self.settle(rollout).await
    }

    /// Takes all traffic back from the model's candidate: the champion of before serves everybody
    /// from the next evaluation on.
    ///
    /// # Errors
    ///
    /// As [`App::order_rollout`].
    pub async fn rollback(&self, model: &ModelName, actor: &str, reason: &str) -> Result<Rollout> {
        self.order_rollout(model, RolloutOrder::RollBack, actor, reason)
            .await
    }

    /// One rollout with its history.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a rollout.
    pub async fn rollout(&self, id: &RolloutId) -> Result<(Rollout, Vec<RolloutNote>)> {
        let found = self.store().rollout(id).await?;
        let rollout = found.ok_or_else(|| Error::not_found("rollout", id))?;
        Ok((rollout, self.store().rollout_notes(id).await?))
    }

    /// A model's rollouts, newest first.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model.
    pub async fn rollouts(&self, model: &ModelName) -> Result<Vec<Rollout>> {
        self.model(model).await?;
        self.store().rollouts(model, LISTED_MAX).await
    }

    /// Looks at every active rollout once; the background does so twice a second, and when events
    /// were counted.
    ///
    /// # Errors
    ///
    /// The first error of any of them, after all were looked at.
    pub async fn advance_rollouts(&self) -> Result<()> {
        let mut first = Ok(());
        for active in self.store().active_rollouts().await? {
            let advanced = self.advance_rollout(&active.id).await;
            if first.is_ok() {
                first = advanced;
            }
        }
        first
    }

    async fn advance_rollout(&self, id: &RolloutId) -> Result<()> {
        let _rolling = self.inner.rolling.lock().await;
        let Some(rollout) = self.store().rollout(id).await? else {
            return Ok(());
        };
        // Whatever was about to be told when the process died is told first.
        let rollout = self.settle(rollout).await?;
        if !matches!(rollout.phase, Phase::Running | Phase::Paused) {
            return Ok(());
        }
        let seen = look::observe(self, &rollout).await?;
        let champion = seen.champion.as_deref();
        if champion.is_some_and(|champion| rollout.is_overruled(champion)) {
            // A hand was faster than this look. It ends the rollout, and no candidate stays
            // behind: an ended rollout is never settled again.
            self.settle(rollout).await?;
        }
        let event = RolloutEvent::Looked(Box::new(seen));
        let rollout = self.step_rollout(id, event).await?;
        self.settle(rollout).await.map(drop)
    }

    /// Asks the rule, stores what it says, and tells it. The caller holds the lock.
    async fn step_rollout(&self, id: &RolloutId, event: RolloutEvent) -> Result<Rollout> {
        for _ in 0..ATTEMPTS_MAX {
            let found = self.store().rollout(id).await?;
            let before = found.ok_or_else(|| Error::not_found("rollout", id))?;
            let now = self.now();
            let (mut after, notes) = step(before.clone(), event.clone(), now)?;
            let is_old = now.as_second() - before.looked_at.as_second() >= LOOK_STORED_SECONDS;
            let has_news = after.findings.waits_for.len() != before.findings.waits_for.len()
                || after.phase != before.phase
                || after.entered != before.entered;
            if notes.is_empty() && !is_old && !has_news {
                return Ok(before);
            }
            after.revision += 1;
            let audit = registry::entries(&after, Some(&before), &notes);
            match self.store().put_rollout(&after, &notes, &audit).await {
                Ok(()) => {
                    self.tell(&after, &notes).await;
                    return Ok(after);
                }
                // Another replica was faster: what it decided is looked at.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::conflict(format!("rollout `{id}` changes all the time")).with_hint("try again"))
    }

    /// Makes the registry say what the state wants, and lets the state know.
    async fn settle(&self, rollout: Rollout) -> Result<Rollout> {
        if rollout.wanted().is_none() {
            return Ok(rollout);
        }
        let is_deciding = matches!(rollout.phase, Phase::Promoting | Phase::RollingBack);
        let champion = match registry::obey(self, &rollout).await {
            Err(error) if error.kind() == ErrorKind::NotFound && is_deciding => {
                return self.end_without(rollout).await;
            }
            // A version that was deleted meanwhile: the next look ends the rollout.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(rollout),
            other => other?,
        };
        if !is_deciding {
            return Ok(rollout);
        }
        let event = RolloutEvent::Settled {
            champion: champion.unwrap_or_default(),
        };
        self.step_rollout(&rollout.id, event).await
    }

    /// Ends a rollout whose next champion was deleted from the registry.
    async fn end_without(&self, rollout: Rollout) -> Result<Rollout> {
        let event = if rollout.phase == Phase::Promoting {
            RolloutEvent::RollBack(Said {
                actor: SYSTEM.to_owned(),
                reason: format!("{} is no longer registered", rollout.challenger),
            })
        } else {
            // There is nothing to go back to: what the registry says holds.
            RolloutEvent::Settled {
                champion: String::new(),
            }
        };
        self.step_rollout(&rollout.id, event).await
    }

    /// Shows a stored change: flags first, for somebody waits for them.
    async fn tell(&self, after: &Rollout, notes: &[RolloutNote]) {
        if let Err(error) = self.refresh_flags().await {
            // What is stored holds; the background reads it again in a moment.
            tracing::warn!(error = %error, rollout = %after.id, "flags could not be refreshed");
        }
        for note in notes {
            tracing::info!(
                rollout = %after.id,
                model = %after.model,
                kind = note.kind.as_str(),
                "{}",
                note.text
            );
        }
        if notes.iter().any(|note| note.kind != NoteKind::Approved) {
            self.announce(ChangeKind::Fleet, None);
        }
        self.announce(ChangeKind::Model, Some(&after.model));
    }

    /// Reads the flags again, after an alias or a rollout changed.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away: the flags stay as they were.
    pub async fn refresh_flags(&self) -> Result<()> {
        // One at a time: who reads later shows later.
        let _refreshing = self.inner.refreshing_flags.lock().await;
        // The rollouts first: a champion that is newer than they are is obeyed, which is what they
        // are about to say too. The other way round it would be taken for another's hand.
        let rollouts = self.store().active_rollouts().await?;
        let champions = self.champions().await?;
        self.inner
            .board
            .show(board::flags_of(&champions, &rollouts));
        Ok(())
    }

    /// Every flag, as evaluations see them now.
    pub fn flags(&self) -> Arc<FlagSet> {
        self.inner.board.flags()
    }

    /// Listens to changes of flags; the value is the newest set's tag.
    pub fn flag_changes(&self) -> watch::Receiver<String> {
        self.inner.board.changes()
    }

    /// What a flag says to a key, from memory; the answer counts as an exposure where the flag
    /// splits. `None` without such a flag.
    pub fn evaluate_flag(&self, key: &str, targeting_key: Option<&str>) -> Option<FlagAnswer> {
        let flags = self.inner.board.flags();
        let answer = FlagAnswer::of(flags.flags.get(key)?, targeting_key);
        self.inner.board.note(&answer, targeting_key, self.now());
        Some(answer)
    }

    /// Writes down who saw what since the last time; the background does so once a second.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away: what was counted waits.
    pub async fn flush_exposures(&self) -> Result<()> {
        let batch = self.inner.board.take_exposures();
        if batch.is_empty() {
            return Ok(());
        }
        let stored = self.store().record_exposures(&batch).await;
        if stored.is_err() {
            self.inner.board.put_back(batch);
        }
        stored
    }
}

fn said(actor: &str, reason: &str) -> Result<Said> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("a rollout's step needs a reason")
            .with_hint("say in a few words why: it is kept in the record"));
    }
    Ok(Said {
        actor: actor.to_owned(),
        reason: reason.to_owned(),
    })
}
