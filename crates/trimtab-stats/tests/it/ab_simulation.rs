//! Simulated A/B tests, looked at after every event.
//!
//! `RUN_SLOW_TESTS=1` runs 2,000 of each kind, else a slice. What they gave is recorded in
//! `docs/statistics/ab_test/simulations.md`.

use trimtab_stats::Random;
use trimtab_stats::ab_test::{
    BoundedDifference, SampleRatio, SampleRatioSettings, SequentialPlan, Sizing, UnitMoments,
};

/// How many tests of a kind: all of them, or a slice.
#[expect(clippy::disallowed_methods, reason = "the one switch of the slow part")]
fn n_tests() -> u64 {
    if std::env::var_os("RUN_SLOW_TESTS").is_some() {
        2_000
    } else {
        150
    }
}

/// The most rejections that a level allows with luck of one in a thousand.
fn allowed(level: f64, n: u64) -> f64 {
    let n = n as f64;
    level * n + 3.1 * (level * (1.0 - level) * n).sqrt()
}

const ALPHA: f64 = 0.05;
const UNITS_MIN: u64 = 100;
const RARER_MIN: f64 = 10.0;

/// When a test of two shares, looked at after every unit, first leaves zero out.
fn first_rejection(
    random: &mut Random,
    plan: &SequentialPlan,
    shares: [f64; 2],
    challenger_share: f64,
    n_units: u64,
) -> Option<u64> {
    let mut sides = [UnitMoments::default(); 2];
    for unit in 1..=n_units {
        let side = usize::from(random.uniform() < challenger_share);
        let outcome = f64::from(u8::from(random.uniform() < shares[side]));
        sides[side].add(outcome, 1.0);
        let successes = sides[0].y + sides[1].y;
        let rarer = successes.min(unit as f64 - successes);
        let is_enough = sides.iter().all(|side| side.n_units >= UNITS_MIN) && rarer >= RARER_MIN;
        if is_enough && let Some(estimate) = UnitMoments::difference(&sides[0], &sides[1]) {
            let (low, high) = plan.interval(estimate);
            if low > 0.0 || high < 0.0 {
                return Some(unit);
            }
        }
    }
    None
}

fn sizing(from: f64, effect: f64, challenger_share: f64) -> Sizing {
    let to = from + effect;
    Sizing {
        variance_champion: from * (1.0 - from),
        variance_challenger: to * (1.0 - to),
        challenger_share,
        minimum_effect: effect,
        alpha: ALPHA,
        power: 0.8,
    }
}

#[test]
fn without_an_effect_a_look_after_every_unit_alarms_at_most_as_often_as_promised() {
    for (share, effect, challenger_share) in [(0.1, 0.02, 0.5), (0.02, 0.01, 0.5), (0.3, 0.03, 0.1)]
    {
        let plan = SequentialPlan::new(ALPHA, 0.8, effect).unwrap();
        let sizes = sizing(share, effect, challenger_share).sizes().unwrap();
        // Half as long again as planned.
        let n_units = (1.5 * sizes.sequential_max) as u64;
        let n = n_tests();
        let n_false = (0..n)
            .filter(|seed| {
                let mut random = Random::from_seed(1_000 + seed);
                first_rejection(&mut random, &plan, [share; 2], challenger_share, n_units).is_some()
            })
            .count();
        println!(
            "no effect, share {share}, challenger {challenger_share}: {n_false} of {n} rejected over {n_units} looks each"
        );
        let limit = if n == 2_000 {
            ALPHA * 2_000.0
        } else {
            allowed(ALPHA, n)
        };
        assert!(n_false as f64 <= limit, "{n_false} of {n}");
    }
}

#[test]
fn with_an_effect_it_stops_earlier_than_one_look_at_the_end() {
    for (share, effect, challenger_share) in [(0.1, 0.02, 0.5), (0.3, 0.03, 0.1)] {
        let plan = SequentialPlan::new(ALPHA, 0.8, effect).unwrap();
        let sizes = sizing(share, effect, challenger_share).sizes().unwrap();
        let n_units = sizes.sequential_max.ceil() as u64;
        let n = n_tests();
        let mut stops: Vec<u64> = (0..n)
            .map(|seed| {
                let mut random = Random::from_seed(9_000 + seed);
                let shares = [share, share + effect];
                first_rejection(&mut random, &plan, shares, challenger_share, n_units)
                    .unwrap_or(u64::MAX)
            })
            .collect();
        stops.sort_unstable();
        let median = stops[stops.len() / 2] as f64;
        let power = stops.iter().filter(|stop| **stop != u64::MAX).count() as f64 / n as f64;
        println!(
            "effect {effect} on {share}, challenger {challenger_share}: power {power:.3}, median {median}, one look {:.0}, planned {:.0}, expected median {:.0}",
            sizes.fixed, sizes.sequential_max, sizes.sequential_median
        );
        let slack = 3.1 * (0.16 / n as f64).sqrt();
        assert!(power > 0.8 - slack - 0.01, "{power}");
        assert!(median < 0.93 * sizes.fixed, "{median} of {}", sizes.fixed);
        assert!((median / sizes.sequential_median - 1.0).abs() < 0.12);
    }
}

/// Users come back, each with a habit of its own, and new ones join; a look after every visit.
#[test]
fn users_that_come_back_do_not_raise_the_level() {
    let n = n_tests() / 2;
    let plan = SequentialPlan::new(ALPHA, 0.8, 0.03).unwrap();
    let mut n_false = 0;
    let mut n_false_by_rows = 0;
    for seed in 0..n {
        let mut random = Random::from_seed(77_000 + seed);
        let mut users: Vec<(usize, f64, f64, f64)> = Vec::new();
        let mut sides = [UnitMoments::default(); 2];
        let mut rows = [UnitMoments::default(); 2];
        let (mut is_false, mut is_false_by_rows) = (false, false);
        for _ in 0..12_000 {
            if users.len() < 200 || random.uniform() < 0.1 {
                let side = usize::from(random.uniform() < 0.5);
                // Some buy often, most hardly ever.
                let habit = random.uniform().powi(3);
                users.push((side, habit, 0.0, 0.0));
            }
            let i = random.below(users.len() as u64) as usize;
            let (side, habit, sum, visits) = users[i];
            let outcome = f64::from(u8::from(random.uniform() < habit));
            if visits > 0.0 {
                sides[side].remove(sum, visits);
            }
            sides[side].add(sum + outcome, visits + 1.0);
            rows[side].add(outcome, 1.0);
            users[i] = (side, habit, sum + outcome, visits + 1.0);
            let rejects = |moments: &[UnitMoments; 2]| {
                moments.iter().all(|side| side.n_units >= UNITS_MIN)
                    && UnitMoments::difference(&moments[0], &moments[1]).is_some_and(|estimate| {
                        let (low, high) = plan.interval(estimate);
                        low > 0.0 || high < 0.0
                    })
            };
            is_false |= rejects(&sides);
            is_false_by_rows |= rejects(&rows);
        }
        n_false += u64::from(is_false);
        n_false_by_rows += u64::from(is_false_by_rows);
    }
    println!(
        "users that come back: {n_false} of {n} rejected, {n_false_by_rows} if rows were taken as independent"
    );
    assert!(n_false as f64 <= allowed(ALPHA, n), "{n_false} of {n}");
    assert!(
        n_false_by_rows as f64 > allowed(ALPHA, n),
        "{n_false_by_rows}"
    );
}

#[test]
fn a_fair_split_is_seldom_blocked_and_a_bad_one_is() {
    let n = n_tests();
    let settings = SampleRatioSettings::of_shares(&[0.5, 0.5]);
    let run = |share: f64, first_seed: u64| {
        (0..n)
            .filter(|seed| {
                let mut random = Random::from_seed(first_seed + seed);
                let mut counts = [0_u64; 2];
                (0..20_000).any(|_| {
                    counts[usize::from(random.uniform() < share)] += 1;
                    SampleRatio::test(&settings, &counts).unwrap().p_value <= 0.01
                })
            })
            .count() as f64
    };
    let (fair, bad) = (run(0.5, 50_000), run(0.53, 60_000));
    println!("split of 0.5: {fair} of {n} blocked over 20,000 looks each; of 0.53: {bad}");
    assert!(fair <= allowed(0.01, n));
    assert!(bad >= 0.98 * n as f64);
}

#[test]
fn the_bounded_sequence_holds_from_the_first_unit_on() {
    let n = n_tests() / 5;
    let mut n_missed = 0;
    for seed in 0..n {
        let mut random = Random::from_seed(30_000 + seed);
        let mut sequence = BoundedDifference::new(ALPHA, 0.5).unwrap();
        let is_missed = (0..1_500).any(|_| {
            let is_challenger = random.uniform() < 0.5;
            sequence.update(is_challenger, f64::from(u8::from(random.uniform() < 0.05)));
            let (low, high) = sequence.interval();
            low > 0.0 || high < 0.0
        });
        n_missed += u64::from(is_missed);
    }
    println!("bounded sequence: {n_missed} of {n} left the truth out");
    assert!(n_missed as f64 <= allowed(ALPHA, n));
}
