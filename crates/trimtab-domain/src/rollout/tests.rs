//! Laws of rollouts, over random histories.

use super::flag::{CHAMPION, EvaluationReason, Flag};
use super::*;
use crate::documents::rollout_policy::{
    AbDecision, EntryCondition, FULL_SHARE, Remedy, RolloutStep, Stage,
};
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

fn event_at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_380_585_600 + 3_600 * hours).unwrap()
}

fn said(reason: &str) -> Said {
    Said {
        actor: "ines".to_owned(),
        reason: reason.to_owned(),
    }
}

fn policy() -> RolloutPolicySpec {
    let model = "m".parse().unwrap();
    let mut policy = RolloutPolicySpec::shipped(&model).unwrap();
    policy.validate().unwrap();
    let full = policy.steps.last_mut().unwrap();
    full.entry = vec![EntryCondition::AbTest {
        accept: vec![AbDecision::Ship],
    }];
    policy
}

fn begin(policy: RolloutPolicySpec) -> Rollout {
    let (rollout, notes) = Rollout::begin(Beginning {
        id: RolloutId::from_suffix(1),
        champion: "v2".to_owned(),
        challenger: "v3".to_owned(),
        validation: "val_1".to_owned(),
        policy,
        said: said("autumn"),
        now: Mark {
            at: at(0),
            event_at: Some(event_at(0)),
        },
        totals: Totals {
            challenger_shadow: 30,
            ..Totals::default()
        },
    });
    assert_eq!(notes.len(), 1);
    rollout
}

/// So many predictions of each in the present step.
fn rows(rollout: &Rollout, n: u64) -> Totals {
    Totals {
        challenger_live: rollout.baseline.challenger_live + n,
        challenger_shadow: rollout.baseline.challenger_shadow + n,
        champion_live: rollout.baseline.champion_live + n,
    }
}

/// A look that finds everything as the rollout would like it.
fn fine(rollout: &Rollout, hours: i64) -> Observation {
    let holds = |name: String| Reading::plain(name, ReadingState::Holds, "fine");
    let next = rollout.policy.steps.get(rollout.step + 1);
    Observation {
        step: rollout.step,
        event_now: Some(event_at(hours)),
        totals: rows(rollout, 100_000),
        is_validated: true,
        guardrails: rollout
            .policy
            .guardrails
            .iter()
            .map(|one| holds(one.name()))
            .collect(),
        conditions: next
            .map(|next| next.entry.iter().map(|one| holds(one.name())).collect())
            .unwrap_or_default(),
        champion: Some(registry(rollout).to_owned()),
    }
}

/// What the registry says as long as it does what it is asked.
fn registry(rollout: &Rollout) -> &str {
    match rollout.wanted() {
        Some(wanted) => wanted.champion,
        None if rollout.is_promoted() => &rollout.challenger,
        None => &rollout.champion,
    }
}

fn looked(seen: Observation) -> RolloutEvent {
    RolloutEvent::Looked(Box::new(seen))
}

fn settled(champion: &str) -> RolloutEvent {
    RolloutEvent::Settled {
        champion: champion.to_owned(),
    }
}

#[test]
fn walks_from_shadow_to_full() {
    let mut rollout = begin(policy());
    let mut stages = vec![rollout.stage_in_words()];
    let (mut hours, mut seconds) = (0, 0);
    while rollout.phase.is_active() {
        (hours, seconds) = (hours + 24, seconds + 1);
        let seen = fine(&rollout, hours);
        (rollout, _) = step(rollout, looked(seen), at(seconds)).unwrap();
        if rollout.phase == Phase::Promoting {
            assert_eq!(rollout.share(), FULL_SHARE, "nobody waits for the registry");
            (rollout, _) = step(rollout, settled("v3"), at(seconds)).unwrap();
        }
        if stages.last() != Some(&rollout.stage_in_words()) {
            stages.push(rollout.stage_in_words());
        }
        assert!(hours < 1_000);
    }
    assert_eq!(rollout.phase, Phase::Completed);
    assert_eq!(
        stages,
        ["shadow", "canary 5 %", "canary 25 %", "ab 50 %", "full"]
    );
    // A week of shadow, a day, a day, a week, a day.
    assert_eq!(hours / 24, 7 + 1 + 1 + 7 + 1);
}

#[test]
fn waits_and_says_for_what() {
    let rollout = begin(policy());
    let mut seen = fine(&rollout, 6);
    seen.totals = rows(&rollout, 40);
    let (rollout, notes) = step(rollout, looked(seen), at(60)).unwrap();
    assert!(notes.is_empty());
    assert_eq!(
        rollout.findings.waits_for,
        [
            "40 of 1000 predictions of v3",
            "6.0 of 168 hours of traffic"
        ]
    );
}

#[test]
fn a_breached_guardrail_takes_the_traffic_back_at_once() {
    let rollout = begin(policy());
    let seen = fine(&rollout, 200);
    let (rollout, _) = step(rollout, looked(seen), at(1)).unwrap();
    assert_eq!(rollout.share(), 500);
    let mut seen = fine(&rollout, 201);
    seen.guardrails[0] = Reading::plain("latency_p99", ReadingState::Breached, "p99 is 900 ms");
    let (rollout, notes) = step(rollout, looked(seen), at(2)).unwrap();
    assert_eq!((rollout.phase, rollout.share()), (Phase::RollingBack, 0));
    let ending = rollout.ending.clone().unwrap();
    assert_eq!(ending.guardrail.as_deref(), Some("latency_p99"));
    assert_eq!(notes.len(), 1);
    let flag = Flag::of(&rollout.model, Some("v2"), Some(&rollout)).unwrap();
    for key in 0..200 {
        let key = format!("user-{key}");
        let found = flag.evaluate(Some(&key));
        assert_eq!(
            (found.value, found.reason),
            ("v2", EvaluationReason::Static)
        );
    }
    let (rollout, _) = step(rollout, settled("v2"), at(3)).unwrap();
    assert_eq!(rollout.phase, Phase::RolledBack);
}

#[test]
fn a_pause_keeps_the_shares_and_ends() {
    let mut policy = policy();
    policy.on_breach = Remedy::Pause;
    let rollout = begin(policy);
    let seen = fine(&rollout, 200);
    let (rollout, _) = step(rollout, looked(seen), at(1)).unwrap();
    let mut seen = fine(&rollout, 201);
    seen.guardrails[1].state = ReadingState::Breached;
    let (mut rollout, _) = step(rollout, looked(seen), at(2)).unwrap();
    assert_eq!((rollout.phase, rollout.share()), (Phase::Paused, 500));
    let mut seconds = 2;
    while rollout.phase == Phase::Paused {
        seconds += 600;
        let seen = fine(&rollout, 202);
        (rollout, _) = step(rollout, looked(seen), at(seconds)).unwrap();
    }
    assert_eq!(rollout.phase, Phase::RollingBack);
    assert_eq!(seconds - 2, 7 * 86_400);
}

#[test]
fn a_clock_that_jumps_ends_nothing() {
    let rollout = begin(policy());
    let mut seen = fine(&rollout, 1);
    seen.totals = rows(&rollout, 0);
    let (rollout, _) = step(rollout, looked(seen.clone()), at(400 * 86_400)).unwrap();
    let (rollout, _) = step(rollout, looked(seen.clone()), at(-86_400)).unwrap();
    let (rollout, _) = step(rollout, looked(seen), at(10)).unwrap();
    assert_eq!(rollout.phase, Phase::Running);
    assert!(rollout.waited_seconds <= 1_800);
}

#[test]
fn an_approval_is_for_one_step_and_replaces_no_gate() {
    let mut policy = policy();
    policy.steps[1].approval = true;
    let rollout = begin(policy);
    let seen = fine(&rollout, 200);
    let (rollout, _) = step(rollout, looked(seen), at(1)).unwrap();
    assert_eq!(rollout.findings.waits_for, ["a person's approval"]);
    let approved = RolloutEvent::Approved(said("looks right"));
    let (rollout, notes) = step(rollout, approved, at(2)).unwrap();
    assert_eq!(notes[0].actor, "ines");
    let mut seen = fine(&rollout, 200);
    seen.totals = rows(&rollout, 10);
    let (rollout, _) = step(rollout, looked(seen), at(3)).unwrap();
    assert_eq!(rollout.step, 0, "too few rows, approved or not");
    let seen = fine(&rollout, 200);
    let (rollout, _) = step(rollout, looked(seen), at(4)).unwrap();
    assert_eq!((rollout.step, rollout.is_approved), (1, false));
}

#[test]
fn a_champion_changed_by_hand_is_obeyed() {
    let rollout = begin(policy());
    let seen = fine(&rollout, 200);
    let (rollout, _) = step(rollout, looked(seen), at(1)).unwrap();
    let flag = Flag::of(&rollout.model, Some("v7"), Some(&rollout)).unwrap();
    assert_eq!(flag.evaluate(Some("anybody")).value, "v7");
    let mut seen = fine(&rollout, 201);
    seen.champion = Some("v7".to_owned());
    let (rollout, _) = step(rollout, looked(seen), at(2)).unwrap();
    assert_eq!(rollout.phase, Phase::Superseded);
    let refused = step(rollout, RolloutEvent::RollBack(said("oops")), at(3));
    assert!(refused.is_err());
}

#[test]
fn a_candidate_promoted_by_hand_serves_everybody_at_once() {
    let rollout = begin(policy());
    let seen = fine(&rollout, 200);
    let (canary, _) = step(rollout, looked(seen), at(1)).unwrap();
    assert_eq!(canary.stage_in_words(), "canary 5 %");
    let flag = Flag::of(&canary.model, Some("v3"), Some(&canary)).unwrap();
    let found = flag.evaluate(Some("anybody"));
    assert_eq!(
        (found.value, found.reason),
        ("v3", EvaluationReason::Static)
    );
    let mut seen = fine(&canary, 201);
    seen.champion = Some("v3".to_owned());
    let (ended, notes) = step(canary.clone(), looked(seen), at(2)).unwrap();
    assert_eq!(ended.phase, Phase::Superseded);
    assert!(ended.is_promoted_by_hand(), "{notes:?}");
    let mut seen = fine(&canary, 201);
    seen.champion = Some("v7".to_owned());
    let (ended, _) = step(canary, looked(seen), at(2)).unwrap();
    assert!(!ended.is_promoted_by_hand());
}

#[test]
fn a_way_back_by_hand_is_obeyed_after_the_promotion_too() {
    let mut full = begin(policy());
    full.step = full.policy.steps.len() - 1;
    assert!(!full.is_overruled("v3") && full.is_overruled("v2"));
    let flag = Flag::of(&full.model, Some("v2"), Some(&full)).unwrap();
    assert_eq!(flag.evaluate(Some("anybody")).value, "v2");
    for phase in [Phase::Promoting, Phase::RollingBack] {
        // The registry is being told; whichever of the two is read is no other hand's.
        full.phase = phase;
        assert!(!full.is_overruled("v2") && !full.is_overruled("v3") && full.is_overruled("v7"));
    }
}

#[test]
fn who_has_no_key_is_on_no_side() {
    let rollout = begin(policy());
    let seen = fine(&rollout, 200);
    let (rollout, _) = step(rollout, looked(seen), at(1)).unwrap();
    let flag = Flag::of(&rollout.model, Some("v2"), Some(&rollout)).unwrap();
    for nobody in [None, Some("")] {
        let found = flag.evaluate(nobody);
        assert_eq!(
            (found.value, found.variant, found.reason),
            ("v2", CHAMPION, EvaluationReason::Default)
        );
    }
    assert!(Flag::of(&rollout.model, None, None).is_none());
}

/// What happens to a rollout in a random history.
#[derive(Debug, Clone)]
enum Happening {
    Look {
        hours: i64,
        n_challenger: u64,
        is_validated: bool,
        guardrail: Option<ReadingState>,
        condition: Option<ReadingState>,
        by_hand: bool,
    },
    Settle,
    Person(u8),
    /// The process died: what was decided since the last commit is lost, and the next one resumes.
    Crash,
}

fn reading_state() -> impl Strategy<Value = ReadingState> {
    prop_oneof![
        6 => Just(ReadingState::Holds),
        1 => Just(ReadingState::Breached),
        2 => Just(ReadingState::NotEnoughData),
        1 => Just(ReadingState::NotMeasured),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => (
            0_i64..72,
            prop_oneof![Just(0_u64), Just(150), Just(5_000)],
            prop::bool::weighted(0.98),
            prop::option::weighted(0.9, reading_state()),
            prop::option::weighted(0.9, reading_state()),
            prop::bool::weighted(0.01),
        ).prop_map(|(hours, n_challenger, is_validated, guardrail, condition, by_hand)| {
            Happening::Look { hours, n_challenger, is_validated, guardrail, condition, by_hand }
        }),
        4 => Just(Happening::Settle),
        3 => (0_u8..4).prop_map(Happening::Person),
        2 => Just(Happening::Crash),
    ]
}

fn random_policy() -> impl Strategy<Value = RolloutPolicySpec> {
    let step = (
        0.01_f64..99.99,
        any::<bool>(),
        0_u64..300,
        0_u32..48,
        any::<bool>(),
    );
    (
        prop::collection::vec(step, 0..4),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(mut shares, has_shadow, pauses, is_gated)| {
            shares.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut policy = policy();
            let full = policy.steps.pop().unwrap();
            policy.steps = Vec::new();
            if has_shadow {
                policy.steps.push(RolloutStep {
                    stage: Stage::Shadow,
                    share_percent: None,
                    entry: Vec::new(),
                    approval: false,
                    rows_min: 100,
                    hours_min: 24,
                    hours_max: Some(100),
                });
            }
            for (share, approval, rows_min, hours_min, is_limited) in shares {
                policy.steps.push(RolloutStep {
                    stage: Stage::Canary,
                    share_percent: Some((share * 100.0).round() / 100.0),
                    entry: Vec::new(),
                    approval,
                    rows_min,
                    hours_min,
                    hours_max: is_limited.then_some(hours_min + 48),
                });
            }
            policy.steps.push(full);
            if !is_gated {
                policy.steps.last_mut().unwrap().entry.clear();
            }
            let remedy = if pauses {
                Remedy::Pause
            } else {
                Remedy::RollBack
            };
            policy.on_breach = remedy;
            policy.on_timeout = remedy;
            policy.validate().unwrap();
            policy
        })
}

/// A rollout as a program keeps it: the stored state is all that survives.
struct Life {
    rollout: Rollout,
    registry: String,
    hours: i64,
    clock: i64,
}

impl Life {
    fn observation(&self, happening: &Happening) -> Observation {
        let Happening::Look {
            n_challenger,
            is_validated,
            guardrail,
            condition,
            by_hand,
            ..
        } = happening
        else {
            return fine(&self.rollout, self.hours);
        };
        let mut seen = fine(&self.rollout, self.hours);
        seen.totals = rows(&self.rollout, *n_challenger);
        seen.is_validated = *is_validated;
        match guardrail {
            Some(state) => seen.guardrails[0].state = *state,
            None => seen.guardrails.clear(),
        }
        match condition {
            Some(state) => {
                for one in &mut seen.conditions {
                    one.state = *state;
                }
            }
            None => seen.conditions.clear(),
        }
        seen.champion = Some(if *by_hand {
            "v9".to_owned()
        } else {
            self.registry.clone()
        });
        seen
    }

    /// The registry does what the state asks, as the program would after any crash.
    fn settle(&mut self) {
        if let Some(wanted) = self.rollout.wanted() {
            self.registry = wanted.champion.to_owned();
        }
        let event = settled(&self.registry);
        self.take(&event);
    }

    fn take(&mut self, event: &RolloutEvent) {
        let before = self.rollout.clone();
        let now = at(self.clock);
        let Ok((after, _)) = step(before.clone(), event.clone(), now) else {
            return;
        };
        check_gate(&before, event, &after);
        self.rollout = after;
        check_way_back(&self.rollout, now);
    }
}

/// Nobody gets more of the candidate than before unless the step was satisfied.
fn check_gate(before: &Rollout, event: &RolloutEvent, after: &Rollout) {
    let is_more = after.share() > before.share();
    let is_promotion = !before.is_promoted() && after.is_promoted();
    if !is_more && !is_promotion {
        return;
    }
    let RolloutEvent::Looked(seen) = event else {
        panic!("{event:?} gave more traffic");
    };
    let current = before.current().unwrap();
    let next = &before.policy.steps[before.step + 1];
    assert_eq!(before.phase, Phase::Running);
    assert!(seen.is_validated, "without a validation");
    let since = seen.totals.since(before.baseline);
    assert!(
        since.challenger_live >= current.rows_min,
        "without its rows"
    );
    let from = before.entered.event_at.unwrap();
    let hours = seen.event_now.unwrap().duration_since(from).as_hours();
    assert!(hours >= i64::from(current.hours_min), "before its time");
    assert!(
        seen.guardrails
            .iter()
            .all(|one| one.state != ReadingState::Breached)
    );
    assert_eq!(seen.conditions.len(), next.entry.len());
    assert!(
        seen.conditions
            .iter()
            .all(|one| one.state == ReadingState::Holds)
    );
    assert!(!next.approval || before.is_approved, "without approval");
    assert!(!is_promotion || next.stage == Stage::Full);
}

/// From wherever it is, one word gives the champion everybody.
fn check_way_back(rollout: &Rollout, now: Timestamp) {
    if rollout.phase == Phase::Superseded {
        return;
    }
    let back = RolloutEvent::RollBack(said("enough"));
    let (after, _) = step(rollout.clone(), back, now).unwrap();
    assert_eq!(after.share(), 0);
    let flag = Flag::of(&after.model, Some("v2"), Some(&after)).unwrap();
    assert_eq!(flag.evaluate(Some("anybody")).value, "v2");
    let (after, _) = step(after, settled("v2"), now).unwrap();
    assert_eq!(after.phase, Phase::RolledBack);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn never_more_traffic_without_its_gate_and_always_a_way_back(
        policy in random_policy(),
        happenings in prop::collection::vec((happening(), -200_000_i64..400_000), 0..60),
    ) {
        let mut life = Life { rollout: begin(policy), registry: "v2".to_owned(), hours: 0, clock: 0 };
        for (happening, clock_jump) in &happenings {
            life.clock += clock_jump;
            if let Happening::Look { hours, .. } = happening {
                life.hours += hours;
            }
            match happening {
                Happening::Look { .. } => {
                    let seen = life.observation(happening);
                    life.take(&looked(seen));
                }
                Happening::Settle => life.settle(),
                Happening::Person(0) => life.take(&RolloutEvent::Approved(said("yes"))),
                Happening::Person(1) => life.take(&RolloutEvent::Paused(said("wait"))),
                Happening::Person(2) => life.take(&RolloutEvent::Resumed(said("go"))),
                Happening::Person(_) => life.take(&RolloutEvent::RollBack(said("no"))),
                // Decided but not stored: nothing happened. The registry may have been told
                // already, and is told again.
                Happening::Crash => {
                    let stored = serde_json::to_string(&life.rollout).unwrap();
                    if let Some(wanted) = life.rollout.wanted() {
                        life.registry = wanted.champion.to_owned();
                    }
                    life.rollout = serde_json::from_str(&stored).unwrap();
                }
            }
        }
    }

    #[test]
    fn every_state_is_left(
        policy in random_policy(),
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        let mut life = Life { rollout: begin(policy), registry: "v2".to_owned(), hours: 0, clock: 0 };
        for happening in &happenings {
            if let Happening::Look { hours, .. } = happening {
                life.hours += hours;
            }
            life.clock += 60;
            match happening {
                Happening::Settle => life.settle(),
                Happening::Person(1) => life.take(&RolloutEvent::Paused(said("wait"))),
                _ => {
                    let seen = life.observation(happening);
                    life.take(&looked(seen));
                }
            }
        }
        // From here on nobody does anything, no event arrives, and only the clock goes on.
        let mut n_looks = 0;
        while life.rollout.phase.is_active() {
            life.clock += 600;
            let mut seen = fine(&life.rollout, life.hours);
            seen.totals = rows(&life.rollout, 0);
            life.take(&looked(seen));
            life.settle();
            n_looks += 1;
            prop_assert!(n_looks < 12_000, "{:?} for ever", life.rollout.phase);
        }
    }
}
