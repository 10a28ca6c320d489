//! Anytime-valid monitoring: equality with a second implementation, and guarantees that
//! hold over all looks, by simulation.

use crate::oracle::read;
use proptest::prelude::*;
use serde::Deserialize;
use trimtab_stats::Random;
use trimtab_stats::anytime::{
    BettingSequence, CategoryBetting, EDetectorRule, EmpiricalBernsteinSequence, MeanBetting,
    MeanEDetector, MeanEDetectorSettings, NormalMixtureSequence, PValueEDetector, e_from_p,
    e_from_p_mixed, p_from_e,
};
use trimtab_stats::streams::{
    Baseline, Cusum, CusumSettings, EDetector, EDetectorSettings, Ewma, EwmaSettings, Sides,
    StreamDetector, StreamState, cusum_arl, cusum_threshold, ewma_arl, ewma_limit,
};

#[derive(Deserialize)]
struct Oracle {
    cusum: Vec<CusumCase>,
    ewma: Vec<EwmaCase>,
    sequences: Vec<SequenceCase>,
    mixtures: Vec<MixtureCase>,
    mixed: Vec<MixedCase>,
}

#[derive(Deserialize)]
struct CusumCase {
    slack: f64,
    threshold: f64,
    arl: f64,
}

#[derive(Deserialize)]
struct EwmaCase {
    weight: f64,
    limit: f64,
    arl: f64,
}

#[derive(Deserialize)]
struct SequenceCase {
    name: String,
    alpha: f64,
    values: Vec<f64>,
    n_steps: usize,
    looks: Vec<usize>,
    empirical_bernstein: Vec<(f64, f64)>,
    betting: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct MixtureCase {
    n: u64,
    sigma: f64,
    tightest_at: u64,
    alpha: f64,
    radius: f64,
}

#[derive(Deserialize)]
struct MixedCase {
    p: f64,
    e: f64,
}

#[track_caller]
fn check(what: &str, found: f64, expected: f64, relative: f64) {
    let error = (found - expected).abs();
    assert!(
        error <= relative * expected.abs(),
        "{what}: found {found:e}, expected {expected:e}"
    );
}

#[test]
fn run_lengths_equal_those_of_markov_chains() {
    let oracle: Oracle = read("anytime.json");
    for case in &oracle.cusum {
        let found = cusum_arl(case.slack, case.threshold).unwrap();
        let what = format!("cusum {} {}", case.slack, case.threshold);
        // The chain's error at a thousand states, extrapolated.
        check(&what, found, case.arl, 1e-6);
        check(
            &what,
            cusum_threshold(found, case.slack).unwrap(),
            case.threshold,
            1e-7,
        );
    }
    for case in &oracle.ewma {
        let found = ewma_arl(case.weight, case.limit).unwrap();
        let what = format!("ewma {} {}", case.weight, case.limit);
        check(&what, found, case.arl, 1e-6);
        check(
            &what,
            ewma_limit(found, case.weight).unwrap(),
            case.limit,
            1e-7,
        );
    }
}

#[test]
fn run_lengths_reach_from_two_to_a_billion() {
    for arl in [2.0, 10.0, 1e4, 1e9] {
        for slack in [0.05, 0.5, 5.0] {
            let threshold = cusum_threshold(arl, slack).unwrap();
            let found = cusum_arl(slack, threshold).unwrap();
            // With a large slack even a threshold of zero is rarely passed.
            assert!(
                (found / arl - 1.0).abs() < 1e-5 || threshold < 1e-6,
                "{arl} {slack} {found}"
            );
        }
        for weight in [0.01, 0.2, 1.0] {
            let found = ewma_arl(weight, ewma_limit(arl, weight).unwrap()).unwrap();
            check(&format!("ewma {weight}"), found, arl, 1e-5);
        }
    }
    assert!(cusum_threshold(1e10, 0.5).is_err());
    assert!(ewma_limit(100.0, 0.001).is_err());
}

#[test]
fn confidence_sequences_equal_a_second_implementation() {
    let oracle: Oracle = read("anytime.json");
    for case in &oracle.sequences {
        let mut bernstein = EmpiricalBernsteinSequence::new(case.alpha).unwrap();
        let mut betting = BettingSequence::new(case.alpha, case.n_steps).unwrap();
        let mut looks = case
            .looks
            .iter()
            .zip(&case.empirical_bernstein)
            .zip(&case.betting);
        let mut next = looks.next();
        for (i, &value) in case.values.iter().enumerate() {
            bernstein.update(value);
            betting.update(value);
            if let Some(((&look, expected), expected_betting)) = next
                && look == i + 1
            {
                let (low, high) = bernstein.interval();
                assert!((low - expected.0).abs() < 1e-12, "{} at {look}", case.name);
                assert!((high - expected.1).abs() < 1e-12, "{} at {look}", case.name);
                // A candidate on the edge may fall to either side by rounding: one step.
                let step = 1.0 / case.n_steps as f64 + 1e-12;
                let (low, high) = betting.interval();
                assert!(
                    (low - expected_betting.0).abs() < step,
                    "{} at {look}",
                    case.name
                );
                assert!(
                    (high - expected_betting.1).abs() < step,
                    "{} at {look}",
                    case.name
                );
                next = looks.next();
            }
        }
        assert!(next.is_none());
    }
    for case in &oracle.mixtures {
        let mut sequence =
            NormalMixtureSequence::new(case.alpha, case.sigma, case.tightest_at).unwrap();
        for _ in 0..case.n {
            sequence.update(0.0);
        }
        let (low, high) = sequence.interval();
        check("mixture", high, case.radius, 1e-9);
        assert_eq!(low, -high);
    }
    for case in &oracle.mixed {
        check("mixed", e_from_p_mixed(case.p).unwrap(), case.e, 1e-9);
    }
}

/// Mean number of looks to a false alarm over many quiet runs, each cut at `longest`.
///
/// Cutting can only lower the mean, so a mean above the bound proves it.
fn mean_run(n_runs: u64, longest: u64, mut run: impl FnMut(&mut Random) -> Option<u64>) -> f64 {
    let total: u64 = (0..n_runs)
        .map(|i| run(&mut Random::from_seed(i)).unwrap_or(longest))
        .sum();
    total as f64 / n_runs as f64
}

fn first_drift<D: StreamDetector>(
    mut detector: D,
    longest: u64,
    mut draw: impl FnMut() -> f64,
) -> Option<u64> {
    (1..=longest).find(|_| detector.update(draw()) == StreamState::Drift)
}

/// A law by name.
type Law = (&'static str, fn(&mut Random) -> f64);

/// Laws of values in [0, 1] with a mean of 0.2: errors, heavy on zero, almost certain.
const BOUNDED: [Law; 3] = [
    ("errors", |random| {
        f64::from(u8::from(random.uniform() < 0.2))
    }),
    ("fourth power", |random| random.uniform().powi(4)),
    ("narrow", |random| 0.19 + 0.02 * random.uniform()),
];

#[test]
fn mean_e_detector_keeps_its_run_length_for_every_bounded_law() {
    let arl = 300.0;
    for rule in [EDetectorRule::ShiryaevRoberts, EDetectorRule::Cusum] {
        for sides in [Sides::Up, Sides::Down, Sides::Both] {
            for (name, draw) in BOUNDED {
                let settings = MeanEDetectorSettings {
                    baseline: 0.2,
                    sides,
                    arl,
                    rule,
                };
                let found = mean_run(300, 3_000, |random| {
                    let detector = MeanEDetector::new(settings).unwrap();
                    first_drift(detector, 3_000, || draw(random))
                });
                assert!(found >= arl, "{name}, {sides:?}, {rule:?}: {found}");
            }
        }
    }
}

#[test]
fn mean_e_detector_finds_a_doubled_error_rate() {
    let settings = MeanEDetectorSettings {
        baseline: 0.05,
        sides: Sides::Up,
        arl: 10_000.0,
        rule: EDetectorRule::ShiryaevRoberts,
    };
    let delay = mean_run(100, 5_000, |random| {
        let detector = MeanEDetector::new(settings).unwrap();
        first_drift(detector, 5_000, || {
            f64::from(u8::from(random.uniform() < 0.1))
        })
    });
    assert!(delay < 600.0, "{delay}");
}

/// Laws about which an e-detector for streams is told nothing.
const ANY: [Law; 4] = [
    ("normal", |random| 5.0 + 3.0 * random.normal()),
    // Without a mean.
    ("Pareto", |random| (1.0 - random.uniform()).powf(-1.2)),
    ("tied integers", |random| (random.uniform() * 4.0).floor()),
    ("two values", |random| {
        f64::from(u8::from(random.uniform() < 0.1))
    }),
];

#[test]
fn e_detector_keeps_its_run_length_for_every_law() {
    let arl = 400.0;
    for (name, draw) in ANY {
        for burn_in in [0, 50] {
            let found = mean_run(200, 4_000, |random| {
                let settings = EDetectorSettings {
                    arl,
                    burn_in,
                    seed: random.bits(),
                };
                first_drift(EDetector::new(settings).unwrap(), 4_000, || draw(random))
            });
            assert!(found >= arl, "{name}, burn-in {burn_in}: {found}");
        }
    }
}

#[test]
fn e_detector_finds_shifts_and_spreads() {
    let changes: [Law; 3] = [
        ("up", |random| 1.0 + random.normal()),
        ("down", |random| -1.0 + random.normal()),
        ("spread", |random| 3.0 * random.normal()),
    ];
    for (name, changed) in changes {
        let delay = mean_run(50, 2_000, |random| {
            let settings = EDetectorSettings::for_values(10_000.0, random.bits());
            let mut detector = EDetector::new(settings).unwrap();
            for _ in 0..1_200 {
                detector.update(random.normal());
            }
            first_drift(detector, 2_000, || changed(random))
        });
        assert!(delay < 120.0, "{name}: {delay}");
    }
}

#[test]
fn a_year_of_hourly_looks_keeps_its_rate() {
    const LOOKS: u64 = 8_760;
    let n_years = 120;
    let (mut n_alarms, mut n_alarms_per_look) = (0, 0);
    for year in 0..n_years {
        let mut random = Random::from_seed(year);
        let mut detector = PValueEDetector::new(LOOKS as f64).unwrap();
        for _ in 0..LOOKS {
            let p_value = random.uniform();
            n_alarms += u64::from(detector.update(p_value) == StreamState::Drift);
            n_alarms_per_look += u64::from(p_value < 0.05);
        }
    }
    // Once a year was promised; what a 5 % level per look does is four hundred times that.
    assert!(n_alarms <= n_years, "{n_alarms} alarms in {n_years} years");
    assert!(n_alarms_per_look > 400 * n_years);
}

#[test]
fn p_value_e_detector_keeps_its_run_length() {
    let arl = 200.0;
    for rule in [EDetectorRule::ShiryaevRoberts, EDetectorRule::Cusum] {
        // p-values of a test on few values come in steps and are larger than uniform.
        for (name, steps) in [("uniform", 0.0), ("in steps", 20.0)] {
            let found = mean_run(500, 4_000, |random| {
                let mut detector = PValueEDetector::with_rule(arl, rule).unwrap();
                (1..=4_000).find(|_| {
                    let p = random.uniform();
                    let p = if steps > 0.0 {
                        (p * steps).ceil() / steps
                    } else {
                        p
                    };
                    detector.update(p) == StreamState::Drift
                })
            });
            assert!(found >= arl, "{name}, {rule:?}: {found}");
        }
    }
}

#[test]
fn p_value_e_detector_sums_up_weak_evidence() {
    let mut detector = PValueEDetector::new(8_760.0).unwrap();
    for _ in 0..100 {
        assert_ne!(detector.update(0.5), StreamState::Drift);
    }
    assert_eq!(detector.update(1e-7), StreamState::Drift);
    // A drift is reported once, and a window without a p-value says nothing.
    assert_eq!(detector.update(f64::NAN), StreamState::Stable);
    assert_eq!(detector.update(0.5), StreamState::Stable);
    assert!(detector.evidence() < 1.0);
    let mut copy = PValueEDetector::from_bytes(&detector.to_bytes()).unwrap();
    for p in [0.2, 0.01, 0.003, 0.0, 1.0] {
        assert_eq!(copy.update(p), detector.update(p));
    }
    assert_eq!(copy, detector);
    let bytes = detector.to_bytes();
    for length in 0..bytes.len() {
        assert!(PValueEDetector::from_bytes(&bytes[..length]).is_err());
    }
}

#[test]
fn charts_keep_the_run_length_of_their_equation() {
    let arl = 500.0;
    let limit = 20_000;
    for baseline in [
        Baseline::Known {
            mean: -2.0,
            sd: 0.5,
        },
        Baseline::SelfStarting,
    ] {
        let cusum = CusumSettings::with_arl(arl, 1.0, baseline).unwrap();
        let found = mean_run(1_500, limit, |random| {
            first_drift(Cusum::new(cusum).unwrap(), limit, || {
                -2.0 + 0.5 * random.normal()
            })
        });
        // Run lengths are nearly exponential: a standard error of 2.6 %, three of them.
        assert!(
            (found / arl - 1.0).abs() < 0.08,
            "cusum {baseline:?}: {found}"
        );
        let ewma = EwmaSettings::with_arl(arl, 0.1, baseline).unwrap();
        let found = mean_run(1_500, limit, |random| {
            first_drift(Ewma::new(ewma).unwrap(), limit, || {
                -2.0 + 0.5 * random.normal()
            })
        });
        assert!(
            (found / arl - 1.0).abs() < 0.08,
            "ewma {baseline:?}: {found}"
        );
    }
}

/// How many of `n_runs` ever fail within `n` looks.
fn n_failures(n_runs: u64, mut fails: impl FnMut(&mut Random) -> bool) -> u64 {
    (0..n_runs)
        .filter(|&i| fails(&mut Random::from_seed(50_000 + i)))
        .count() as u64
}

/// α times the runs and three standard errors.
fn tolerated(n_runs: u64, alpha: f64) -> u64 {
    let expected = n_runs as f64 * alpha;
    (expected + 3.0 * (expected * (1.0 - alpha)).sqrt()) as u64
}

#[test]
fn confidence_sequences_hold_at_all_times_at_once() {
    let (alpha, n_runs, n) = (0.1, 300, 1_500);
    for (name, draw) in BOUNDED {
        let failed = n_failures(n_runs, |random| {
            let mut sequence = EmpiricalBernsteinSequence::new(alpha).unwrap();
            (0..n).for_each(|_| sequence.update(draw(random)));
            // The interval is an intersection over time: it fails if it ever failed.
            let (low, high) = sequence.interval();
            low > 0.2 || high < 0.2
        });
        assert!(
            failed <= tolerated(n_runs, alpha),
            "Bernstein, {name}: {failed}"
        );
        let failed = n_failures(n_runs, |random| {
            let mut sequence = BettingSequence::new(alpha, 100).unwrap();
            (0..n).for_each(|_| sequence.update(draw(random)));
            let (low, high) = sequence.interval();
            low > 0.2 || high < 0.2
        });
        assert!(
            failed <= tolerated(n_runs, alpha),
            "betting, {name}: {failed}"
        );
    }
    let failed = n_failures(n_runs, |random| {
        let mut sequence = NormalMixtureSequence::new(alpha, 2.0, 200).unwrap();
        (0..n).any(|_| {
            sequence.update(2.0 * random.normal());
            let (low, high) = sequence.interval();
            low > 0.0 || high < 0.0
        })
    });
    assert!(failed <= tolerated(n_runs, alpha), "mixture: {failed}");
}

#[test]
fn betting_and_bernstein_are_about_as_wide() {
    let laws: [fn(&mut Random) -> f64; 4] = [
        |random| f64::from(u8::from(random.uniform() < 0.1)),
        |random| random.uniform().powi(4),
        |random| 0.4 + 0.2 * random.uniform(),
        Random::uniform,
    ];
    for draw in laws {
        let mut random = Random::from_seed(9);
        let mut bernstein = EmpiricalBernsteinSequence::new(0.05).unwrap();
        let mut betting = BettingSequence::new(0.05, 10_000).unwrap();
        for _ in 0..1_000 {
            let value = draw(&mut random);
            bernstein.update(value);
            betting.update(value);
        }
        let width = |(low, high): (f64, f64)| high - low;
        let ratio = width(betting.interval()) / width(bernstein.interval());
        assert!((0.5..1.2).contains(&ratio), "{ratio}");
    }
}

#[test]
fn tests_by_betting_keep_their_level_at_every_look() {
    let (alpha, n_runs, n) = (0.05, 400, 1_000);
    for (name, draw) in BOUNDED {
        let failed = n_failures(n_runs, |random| {
            let mut test = MeanBetting::default();
            (0..n).for_each(|_| test.update(draw(random), draw(random)));
            test.p_value() <= alpha
        });
        assert!(failed <= tolerated(n_runs, alpha), "{name}: {failed}");
    }
    let failed = n_failures(n_runs, |random| {
        let mut test = CategoryBetting::new(5).unwrap();
        // A sixth category that was not announced is one of its own.
        (0..n).for_each(|_| {
            let mut draw = || (random.uniform().powi(2) * 6.0) as usize;
            test.update(draw(), draw());
        });
        test.p_value() <= alpha
    });
    assert!(failed <= tolerated(n_runs, alpha), "categories: {failed}");
}

#[test]
fn tests_by_betting_find_differences() {
    let mut random = Random::from_seed(4);
    let mut means = MeanBetting::default();
    let mut categories = CategoryBetting::new(3).unwrap();
    for _ in 0..600 {
        means.update(random.uniform(), random.uniform().sqrt());
        let other = usize::from(random.uniform() < 0.5) + usize::from(random.uniform() < 0.5);
        categories.update((random.uniform() * 3.0) as usize, other);
    }
    assert!(means.p_value() < 1e-4 && means.e_value() > 1e4);
    assert!(categories.p_value() < 0.01);
    assert!(CategoryBetting::new(0).is_err());
}

proptest! {
    #[test]
    fn calibrated_p_values_have_a_mean_of_at_most_one(kappa in 0.01..0.99_f64) {
        // The mean over uniform p-values, by cells on which the e-value only falls.
        let n = 20_000;
        let mean: f64 = (1..=n)
            .map(|i| e_from_p(f64::from(i) / f64::from(n), kappa).unwrap())
            .sum::<f64>() / f64::from(n);
        prop_assert!(mean <= 1.0);
    }

    #[test]
    fn more_surprising_is_more_evidence(a in 1e-12..1.0_f64, b in 1e-12..1.0_f64) {
        let (small, large) = (a.min(b), a.max(b));
        prop_assert!(e_from_p(small, 0.3).unwrap() >= e_from_p(large, 0.3).unwrap());
        prop_assert!(e_from_p_mixed(small).unwrap() >= e_from_p_mixed(large).unwrap() - 1e-12);
        // No calibrator gains on the way back.
        prop_assert!(p_from_e(e_from_p_mixed(a).unwrap()) >= a);
    }

    #[test]
    fn any_values_leave_sequences_in_order(values in prop::collection::vec(any::<f64>(), 0..200)) {
        let mut betting = BettingSequence::new(0.05, 50).unwrap();
        let mut bernstein = EmpiricalBernsteinSequence::new(0.05).unwrap();
        let mut mixture = NormalMixtureSequence::new(0.05, 1.0, 10).unwrap();
        let mut test = MeanBetting::default();
        for &value in &values {
            betting.update(value);
            bernstein.update(value);
            mixture.update(value);
            test.update(value, 0.5);
        }
        let (low, high) = mixture.interval();
        prop_assert!(low <= high);
        prop_assert!((0.0..=1.0).contains(&betting.interval().0));
        prop_assert!(!bernstein.interval().0.is_nan());
        prop_assert!(test.p_value() > 0.0 && test.p_value() <= 1.0);
    }
}

#[test]
fn what_cannot_be_promised_is_refused() {
    assert!(PValueEDetector::new(0.5).is_err());
    assert!(PValueEDetector::new(f64::NAN).is_err());
    assert!(e_from_p(1.5, 0.5).is_err() && e_from_p(0.5, 1.0).is_err());
    assert!(e_from_p_mixed(f64::NAN).is_err());
    assert!(BettingSequence::new(1.0, 100).is_err());
    assert!(NormalMixtureSequence::new(0.05, 0.0, 10).is_err());
    assert!(CusumSettings::with_arl(1e3, 1.0, Baseline::RunningMean).is_err());
    assert!(
        EDetector::new(EDetectorSettings {
            burn_in: 5,
            ..EDetectorSettings::for_values(100.0, 0)
        })
        .is_err()
    );
    assert_eq!(p_from_e(0.0), 1.0);
    assert_eq!(p_from_e(f64::INFINITY), 0.0);
}

/// Runs to half, through bytes, and on; the copy must agree with the original, and no
/// shorter bytes be accepted.
macro_rules! check_bytes {
    ($kind:ty, $start:expr, $update:expr) => {{
        let mut random = Random::from_seed(31);
        let mut original: $kind = $start;
        for _ in 0..300 {
            $update(&mut original, &mut random);
        }
        let bytes = original.to_bytes();
        let mut copy = <$kind>::from_bytes(&bytes).unwrap();
        assert_eq!(copy, original);
        let mut same = random.clone();
        for _ in 0..300 {
            $update(&mut original, &mut random);
            $update(&mut copy, &mut same);
        }
        assert_eq!(copy, original);
        for length in 0..bytes.len() {
            assert!(<$kind>::from_bytes(&bytes[..length]).is_err());
        }
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 0x55;
            // Whatever is accepted must also work.
            if let Ok(mut read) = <$kind>::from_bytes(&changed) {
                for _ in 0..20 {
                    $update(&mut read, &mut random);
                }
            }
        }
    }};
}

#[test]
fn states_live_on_in_bytes() {
    check_bytes!(
        EmpiricalBernsteinSequence,
        EmpiricalBernsteinSequence::new(0.05).unwrap(),
        |sequence: &mut EmpiricalBernsteinSequence, random: &mut Random| {
            sequence.update(random.uniform());
        }
    );
    check_bytes!(
        BettingSequence,
        BettingSequence::new(0.0625, 40).unwrap(),
        |sequence: &mut BettingSequence, random: &mut Random| sequence.update(random.uniform())
    );
    check_bytes!(
        NormalMixtureSequence,
        NormalMixtureSequence::new(0.05, 2.0, 100).unwrap(),
        |sequence: &mut NormalMixtureSequence, random: &mut Random| {
            sequence.update(random.normal());
        }
    );
    check_bytes!(
        MeanBetting,
        MeanBetting::default(),
        |test: &mut MeanBetting, random: &mut Random| {
            test.update(random.uniform(), random.uniform().sqrt());
        }
    );
    check_bytes!(
        CategoryBetting,
        CategoryBetting::new(3).unwrap(),
        |test: &mut CategoryBetting, random: &mut Random| {
            let mut draw = |power| (random.uniform().powi(power) * 4.0) as usize;
            test.update(draw(1), draw(2));
        }
    );
    check_bytes!(
        MeanEDetector,
        MeanEDetector::new(MeanEDetectorSettings {
            baseline: 0.3,
            sides: Sides::Both,
            arl: 1e4,
            rule: EDetectorRule::Cusum,
        })
        .unwrap(),
        |detector: &mut MeanEDetector, random: &mut Random| {
            detector.update(random.uniform());
        }
    );
}
