//! The decision: whether a model is trained again now, and why (not).

use crate::documents::retraining_policy::{
    Guards, PolicyMode, RetrainingPolicySpec, SignalCondition, Slot, TriggerCondition, TriggerSpec,
    TriggerStart,
};
use crate::ids::DocumentName;
use crate::retraining::facts::{Facts, PastRun};
use crate::retraining::{Cause, Priority};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The moment a policy looks, and the moment it looked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// What was looked at before; a time of the schedule after it is due.
    pub previous: Timestamp,
    /// Now, on the model's clock.
    pub now: Timestamp,
}

/// What a policy decided, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When, on the model's clock.
    pub at: Timestamp,
    /// What.
    pub outcome: Outcome,
    /// The cause that fires, or would.
    pub cause: Option<Cause>,
    /// The priority of its run.
    pub priority: Priority,
    /// Every trigger, in the order of the policy.
    pub triggers: Vec<TriggerVerdict>,
    /// Every guard, where a trigger asked for a training.
    pub guards: Vec<GuardVerdict>,
}

/// What a policy decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A training begins, or waits for people.
    Fires,
    /// A training is suggested to people.
    Suggests,
    /// A trigger fired, and something held it.
    Held,
    /// A trigger holds, and waits for the schedule.
    Waiting,
    /// Nothing asks for a training.
    Quiet,
}

impl Outcome {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fires => "fires",
            Self::Suggests => "suggests",
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Quiet => "quiet",
        }
    }
}

/// What a trigger says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerVerdict {
    /// Which.
    pub trigger: DocumentName,
    /// The kind of its condition.
    pub condition: String,
    /// Where it stands.
    pub state: TriggerState,
    /// Why, one sentence.
    pub reason: String,
}

/// Where a trigger stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerState {
    /// It asks for a training.
    Fired,
    /// It would, and its cause has had its training.
    Held,
    /// It holds, and waits for the schedule.
    Waiting,
    /// It does not hold.
    Quiet,
}

/// What a guard says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardVerdict {
    /// `concurrency`, `rollout`, `cooldown`, `budget`, `new_labels`.
    pub guard: String,
    /// Whether it holds the training back.
    pub holds_back: bool,
    /// Why, one sentence.
    pub reason: String,
}

/// A condition that holds: what about, since when.
struct Holding {
    /// What it is about: one subject has one episode at a time.
    subject: String,
    /// Since when.
    since: Timestamp,
    text: String,
}

/// Decides. The same facts at the same moment give the same decision, whenever it is asked.
pub fn decide(
    policy: &RetrainingPolicySpec,
    facts: &Facts,
    turn: Turn,
    zone: &TimeZone,
) -> Decision {
    let mut winner: Option<(Cause, Priority)> = None;
    let mut triggers = Vec::with_capacity(policy.triggers.len());
    for trigger in &policy.triggers {
        let (verdict, cause) = look(policy, trigger, facts, turn, zone);
        if let Some(cause) = cause
            && winner
                .as_ref()
                .is_none_or(|(_, priority)| *priority < trigger.priority)
        {
            winner = Some((cause, trigger.priority));
        }
        triggers.push(verdict);
    }
    let guards = if winner.is_some() {
        guards(policy, facts, turn.now, zone)
    } else {
        Vec::new()
    };
    let is_in = |state| triggers.iter().any(|one| one.state == state);
    let outcome = if policy.mode == PolicyMode::Off {
        Outcome::Quiet
    } else if winner.is_some() {
        if guards.iter().any(|guard| guard.holds_back) {
            Outcome::Held
        } else if policy.mode == PolicyMode::Suggestion {
            Outcome::Suggests
        } else {
            Outcome::Fires
        }
    } else if is_in(TriggerState::Held) {
        Outcome::Held
    } else if is_in(TriggerState::Waiting) {
        Outcome::Waiting
    } else {
        Outcome::Quiet
    };
    let (cause, priority) = winner.map_or((None, Priority::default()), |(cause, priority)| {
        (Some(cause), priority)
    });
    Decision {
        at: turn.now,
        outcome,
        cause,
        priority,
        triggers,
        guards,
    }
}

/// What one trigger says, and the cause it asks a training for.
fn look(
    policy: &RetrainingPolicySpec,
    trigger: &TriggerSpec,
    facts: &Facts,
    turn: Turn,
    zone: &TimeZone,
) -> (TriggerVerdict, Option<Cause>) {
    let verdict = |state, reason| TriggerVerdict {
        trigger: trigger.name.clone(),
        condition: trigger.when.as_str().to_owned(),
        state,
        reason,
    };
    let holdings = match holdings(trigger, facts, turn, zone) {
        Ok(holdings) => holdings,
        Err(reason) => return (verdict(TriggerState::Quiet, reason), None),
    };
    let mut held = None;
    for holding in holdings {
        match same_cause(policy, facts, &holding, turn.now, zone) {
            Err(reason) => {
                let text = format!("{}; {reason}", holding.text);
                held.get_or_insert(text);
            }
            Ok(key) => {
                let is_calendar = matches!(trigger.when, TriggerCondition::Calendar(_));
                let is_due = trigger.start == TriggerStart::AtOnce
                    || is_calendar
                    || policy.schedule.is_between(turn.previous, turn.now, zone);
                if !is_due {
                    let next = policy.schedule.next(turn.now, zone);
                    let when =
                        next.map_or_else(|| "its time".to_owned(), |next| instant(next, zone));
                    let reason = format!("{}; it waits for {when}", holding.text);
                    return (verdict(TriggerState::Waiting, reason), None);
                }
                let cause = Cause {
                    key,
                    trigger: Some(trigger.name.clone()),
                    text: holding.text.clone(),
                };
                return (verdict(TriggerState::Fired, holding.text), Some(cause));
            }
        }
    }
    let reason = held.unwrap_or_else(|| "nothing holds".to_owned());
    (verdict(TriggerState::Held, reason), None)
}

/// Everything that makes a trigger's condition hold, the most telling first; or why it does not.
fn holdings(
    trigger: &TriggerSpec,
    facts: &Facts,
    turn: Turn,
    zone: &TimeZone,
) -> Result<Vec<Holding>, String> {
    let now = turn.now;
    match &trigger.when {
        TriggerCondition::Alert(wanted) => alerts(wanted, facts, now, zone),
        TriggerCondition::PerformanceLoss(wanted) => losses(wanted, facts, zone),
        TriggerCondition::Signal(wanted) => signal(trigger, wanted, facts, zone),
        TriggerCondition::Age { days } => age(*days, facts, now, zone),
        TriggerCondition::NewLabels { rows } => new_labels(*rows, facts, now),
        TriggerCondition::Calendar(slot) => calendar(trigger, slot, turn, zone),
    }
}

fn signal(
    trigger: &TriggerSpec,
    wanted: &SignalCondition,
    facts: &Facts,
    zone: &TimeZone,
) -> Result<Vec<Holding>, String> {
    let condition = format!(
        "{} {} {}",
        wanted.signal,
        wanted.op.as_str(),
        wanted.threshold
    );
    match facts.streaks.get(&trigger.name) {
        Some(streak) if streak.n_windows >= wanted.for_windows => Ok(vec![Holding {
            subject: format!("signal:{}", wanted.signal),
            since: streak.since,
            text: format!(
                "{condition} since {} ({} windows, now {:.4})",
                instant(streak.since, zone),
                streak.n_windows,
                streak.value
            ),
        }]),
        Some(streak) => Err(format!(
            "{condition} in {} of {} windows",
            streak.n_windows, wanted.for_windows
        )),
        None => Err(format!("not {condition}")),
    }
}

fn age(days: u32, facts: &Facts, now: Timestamp, zone: &TimeZone) -> Result<Vec<Holding>, String> {
    let Some(through) = facts.serving_trained_through else {
        return Err("the model has no data yet".to_owned());
    };
    let age = now.duration_since(through).as_hours() / 24;
    let ended = format!("the serving version's training data end {age} days ago");
    if age < i64::from(days) {
        return Err(format!("{ended}, the limit is {days}"));
    }
    // Where a training did not lead to another version, it is asked for again after as long.
    let n_times = age / i64::from(days).max(1);
    let since = SignedDuration::from_hours(24 * i64::from(days) * n_times);
    Ok(vec![Holding {
        subject: "age".to_owned(),
        since: through.checked_add(since).unwrap_or(through),
        text: format!("{ended} ({}), the limit is {days}", instant(through, zone)),
    }])
}

fn new_labels(rows: u64, facts: &Facts, now: Timestamp) -> Result<Vec<Holding>, String> {
    let n = facts.n_new_labels;
    if n < rows {
        return Err(format!("{n} labelled rows are new, {rows} are asked for"));
    }
    let since = facts.last_training_through().or(facts.data_from);
    Ok(vec![Holding {
        subject: "new_labels".to_owned(),
        since: since.unwrap_or(now),
        text: format!("{n} labelled rows are new, {rows} were asked for"),
    }])
}

fn calendar(
    trigger: &TriggerSpec,
    slot: &Slot,
    turn: Turn,
    zone: &TimeZone,
) -> Result<Vec<Holding>, String> {
    if !slot.is_between(turn.previous, turn.now, zone) {
        let next = slot.next(turn.now, zone);
        return Err(next.map_or_else(
            || "the calendar names no time".to_owned(),
            |next| format!("next on {}", instant(next, zone)),
        ));
    }
    let at = slot.newest(turn.now, zone).unwrap_or(turn.now);
    Ok(vec![Holding {
        subject: format!("calendar:{}", trigger.name),
        since: at,
        text: format!("the calendar says {}", instant(at, zone)),
    }])
}

fn alerts(
    wanted: &crate::documents::retraining_policy::AlertCondition,
    facts: &Facts,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Vec<Holding>, String> {
    let counts = |kind: &str, rule: &DocumentName| {
        (wanted.kinds.is_empty() || wanted.kinds.iter().any(|one| one == kind))
            && (wanted.rules.is_empty() || wanted.rules.contains(rule))
    };
    let severity = wanted.severity_min;
    let lasting = SignedDuration::from_hours(i64::from(wanted.lasting_hours));
    let mut found = Vec::new();
    let mut quiet = format!("no alert of severity {} or worse fires", severity.as_str());
    for alert in &facts.alerts {
        if !counts(&alert.kind, &alert.rule) {
            continue;
        }
        let Some(since) = alert.severe_since(severity) else {
            quiet = format!(
                "alert `{}` fires with severity {}, {} is asked for",
                alert.rule,
                alert.severity().as_str(),
                severity.as_str()
            );
            continue;
        };
        let lasted = now.duration_since(since);
        if lasted <= lasting && wanted.lasting_hours > 0 {
            quiet = format!(
                "alert `{}` has lasted for {} of {} hours",
                alert.rule,
                lasted.as_hours(),
                wanted.lasting_hours
            );
            continue;
        }
        let columns = match alert.columns.as_slice() {
            [] => String::new(),
            some => format!(" ({})", some.join(", ")),
        };
        found.push((
            alert.severity(),
            Holding {
                subject: format!("monitor:{}", alert.subject),
                since: alert.since,
                text: format!(
                    "alert `{}`{columns} fires with severity {} since {}",
                    alert.rule,
                    alert.severity().as_str(),
                    instant(alert.since, zone)
                ),
            },
        ));
    }
    if found.is_empty() {
        return Err(quiet);
    }
    found.sort_by(|(a, one), (b, other)| b.cmp(a).then(one.since.cmp(&other.since)));
    Ok(found.into_iter().map(|(_, holding)| holding).collect())
}

fn losses(
    wanted: &crate::documents::retraining_policy::LossCondition,
    facts: &Facts,
    zone: &TimeZone,
) -> Result<Vec<Holding>, String> {
    let mut found = Vec::new();
    let mut quiet = "no performance monitor finds a breach".to_owned();
    for loss in &facts.losses {
        let newest = &loss.newest;
        if wanted
            .monitor
            .as_ref()
            .is_some_and(|name| *name != newest.monitor)
        {
            continue;
        }
        let Some(percent) = newest.loss_percent else {
            continue;
        };
        if percent < wanted.loss_percent_min {
            quiet = format!(
                "monitor `{}` finds a loss of {percent:.1} %, {} % are asked for",
                newest.monitor, wanted.loss_percent_min
            );
            continue;
        }
        let mean = newest.mean.unwrap_or(f64::NAN);
        let reference = newest.reference_mean.unwrap_or(f64::NAN);
        let sure = newest
            .p_value
            .map_or_else(String::new, |p| format!(", p = {}", Short(p)));
        found.push((
            percent,
            Holding {
                subject: format!("monitor:{}", newest.monitor),
                since: loss.since,
                text: format!(
                    "monitor `{}`: {} over {} windows is {mean:.4}, the reference's is \
                     {reference:.4}: {percent:.1} % worse{sure}, since {}",
                    newest.monitor,
                    newest.metric,
                    newest.over_windows,
                    instant(loss.since, zone)
                ),
            },
        ));
    }
    if found.is_empty() {
        return Err(quiet);
    }
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    Ok(found.into_iter().map(|(_, holding)| holding).collect())
}

/// The key of a holding's cause, unless that cause has had its training.
fn same_cause(
    policy: &RetrainingPolicySpec,
    facts: &Facts,
    holding: &Holding,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<String, String> {
    let subject_of = |run: &PastRun| {
        let key = run.cause.split('@').next().unwrap_or_default();
        key == holding.subject
    };
    let guards = &policy.guards;
    let mut n_before = 0_u32;
    for run in facts.runs.iter().rev() {
        let was_under_way = holding.since <= run.requested_at;
        let when = instant(run.requested_at, zone);
        let days = SignedDuration::from_hours;
        if was_under_way && (run.is_promoted || subject_of(run)) {
            let may_repeat = guards.repeat_after_days.is_some_and(|after| {
                now.duration_since(run.requested_at) >= days(24 * i64::from(after))
            });
            if !may_repeat {
                return Err(format!("{} of {when} was its training", run.id));
            }
            n_before += 1;
        } else if subject_of(run)
            && run.has_trained
            && now.duration_since(run.requested_at) < days(24 * i64::from(guards.same_cause_days))
        {
            return Err(format!(
                "the same cause had {} on {when}, less than {} days ago: it needs a person",
                run.id, guards.same_cause_days
            ));
        }
    }
    let again = if n_before > 0 {
        format!("#{}", n_before + 1)
    } else {
        String::new()
    };
    Ok(format!("{}@{}{again}", holding.subject, holding.since))
}

fn verdict(guard: &str, holds_back: bool, reason: String) -> GuardVerdict {
    GuardVerdict {
        guard: guard.to_owned(),
        holds_back,
        reason,
    }
}

fn cooldown(
    guards: &Guards,
    last: Option<Timestamp>,
    now: Timestamp,
    zone: &TimeZone,
) -> GuardVerdict {
    let rest = SignedDuration::from_hours(i64::from(guards.cooldown_hours));
    let Some(last) = last else {
        return verdict("cooldown", false, "there was no training yet".to_owned());
    };
    let told = format!("the last training was on {}", instant(last, zone));
    if now.duration_since(last) >= rest {
        return verdict("cooldown", false, told);
    }
    let until = last.checked_add(rest).unwrap_or(Timestamp::MAX);
    let until = instant(until, zone);
    verdict(
        "cooldown",
        true,
        format!("{told}: the next one not before {until}"),
    )
}

/// The guards that every trigger must pass.
fn guards(
    policy: &RetrainingPolicySpec,
    facts: &Facts,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<GuardVerdict> {
    let guards = &policy.guards;
    let under_way: Vec<&PastRun> = facts.runs.iter().filter(|run| !run.is_over).collect();
    let n_under_way = u32::try_from(under_way.len()).unwrap_or(u32::MAX);
    let concurrency = verdict(
        "concurrency",
        n_under_way >= guards.concurrent_max,
        match under_way.first() {
            Some(run) => format!(
                "{n_under_way} of {} runs are on their way, {} first",
                guards.concurrent_max, run.id
            ),
            None => "no other run is on its way".to_owned(),
        },
    );
    let rollout = verdict(
        "rollout",
        facts.is_rolling_out,
        if facts.is_rolling_out {
            "a rollout of the model is under way".to_owned()
        } else {
            "no rollout is under way".to_owned()
        },
    );
    let trained = || {
        facts
            .runs
            .iter()
            .filter(|run| run.has_trained || !run.is_over)
    };
    let cooldown = cooldown(
        guards,
        trained().map(|run| run.requested_at).max(),
        now,
        zone,
    );
    let week = SignedDuration::from_hours(7 * 24);
    let n_week = trained()
        .filter(|run| now.duration_since(run.requested_at) < week)
        .count();
    let n_week = u32::try_from(n_week).unwrap_or(u32::MAX);
    let budget = verdict(
        "budget",
        n_week >= guards.per_week_max,
        format!(
            "{n_week} of {} trainings in the last seven days",
            guards.per_week_max
        ),
    );
    let n = facts.n_new_labels;
    let labels = verdict(
        "new_labels",
        n < guards.new_labelled_rows_min,
        format!(
            "{n} labelled rows are new, {} are needed",
            guards.new_labelled_rows_min
        ),
    );
    vec![concurrency, rollout, cooldown, budget, labels]
}

/// An instant for people, in the model's zone.
pub fn instant(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%-d %b %Y, %H:%M")
        .to_string()
}

/// A p-value in few digits.
struct Short(f64);

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 >= 0.001 {
            write!(f, "{:.3}", self.0)
        } else {
            write!(f, "{:.0e}", self.0)
        }
    }
}
