//! The combined row-level test and its parts: equality with SciPy and mpmath, and their laws.

use crate::oracle::{check, read};
use proptest::prelude::*;
use serde::Deserialize;
use trimtab_stats::two_sample::{
    CramerVonMisesLaw, brown_forsythe, brown_forsythe_binned, brown_forsythe_ranked,
    brown_forsythe_ranked_binned, cauchy_combination, combined_row_test, combined_row_test_binned,
    cramer_von_mises_scipy, cramer_von_mises_sf, two_sample_cramer_von_mises,
    two_sample_cramer_von_mises_binned,
};
use trimtab_stats::{DEFAULT_MAX_BINS, NumericGrid, NumericProfile, Random, StatsError};

#[derive(Deserialize)]
struct Oracle {
    pairs: Vec<Pair>,
    limits: Vec<Limit>,
    ties: Vec<Ties>,
    cauchy: Vec<Combined>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    reference: Vec<f64>,
    current: Vec<f64>,
    tied_statistic: f64,
    scipy_statistic: f64,
    scipy_p_value: f64,
    has_ties: bool,
    levene_statistic: f64,
    levene_p_value: f64,
    ranked_statistic: f64,
    ranked_p_value: f64,
}

#[derive(Deserialize)]
struct Limit {
    x: f64,
    sf: f64,
}

#[derive(Deserialize)]
struct Ties {
    name: String,
    shares: Vec<f64>,
    x: f64,
    sf: f64,
}

#[derive(Deserialize)]
struct Combined {
    p: Vec<f64>,
    combined: f64,
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn statistics_equal_scipy() {
    for pair in read::<Oracle>("row_test.json").pairs {
        let (reference, current) = (sorted(&pair.reference), sorted(&pair.current));
        let name = |what: &str| format!("{}: {what}", pair.name);
        let scipy = cramer_von_mises_scipy(&reference, &current).unwrap();
        check(
            &name("SciPy's T"),
            scipy.statistic,
            pair.scipy_statistic,
            1e-9,
            1e-12,
        );
        // SciPy computes 1 - cdf by a series that it cuts short: its tail has absolute
        // digits only. The law itself is held against mpmath below.
        check(
            &name("SciPy's p"),
            scipy.p_value,
            pair.scipy_p_value,
            1e-9,
            2e-9,
        );
        let safe = two_sample_cramer_von_mises(&reference, &current).unwrap();
        check(&name("T"), safe.statistic, pair.tied_statistic, 1e-9, 1e-15);
        if !pair.has_ties {
            check(
                &name("both T"),
                safe.statistic,
                pair.scipy_statistic,
                1e-9,
                1e-12,
            );
            check(
                &name("both p"),
                safe.p_value,
                pair.scipy_p_value,
                1e-9,
                2e-9,
            );
        }
        let levene = brown_forsythe(&reference, &current).unwrap();
        check(
            &name("F"),
            levene.statistic,
            pair.levene_statistic,
            1e-9,
            0.0,
        );
        check(
            &name("its p"),
            levene.p_value,
            pair.levene_p_value,
            1e-9,
            0.0,
        );
        let ranked = brown_forsythe_ranked(&reference, &current).unwrap();
        check(
            &name("F of ranks"),
            ranked.statistic,
            pair.ranked_statistic,
            1e-9,
            0.0,
        );
        check(
            &name("its p"),
            ranked.p_value,
            pair.ranked_p_value,
            1e-9,
            0.0,
        );
    }
}

#[test]
fn the_limit_law_keeps_its_digits_in_the_tail() {
    for limit in read::<Oracle>("row_test.json").limits {
        let what = format!("P(W > {})", limit.x);
        check(&what, cramer_von_mises_sf(limit.x), limit.sf, 1e-9, 0.0);
    }
    // Far out the tail is that of the largest weight: halving in ln by π²/2 per unit.
    let slope = (cramer_von_mises_sf(100.0) / cramer_von_mises_sf(101.0)).ln();
    check(
        "slope",
        slope,
        std::f64::consts::PI.powi(2) / 2.0,
        2e-3,
        0.0,
    );
    assert!(cramer_von_mises_sf(f64::NAN).is_nan());
}

#[test]
fn ties_have_a_law_of_their_own() {
    for ties in read::<Oracle>("row_test.json").ties {
        // Counts with these shares and exactly the gap that gives the statistic.
        let per_share = 1_500_000_000.0;
        let counts: Vec<u64> = ties.shares.iter().map(|p| (p * per_share) as u64).collect();
        let p_value = tail_at(&counts, ties.x);
        let name = format!("{}, x = {}", ties.name, ties.x);
        // A saddlepoint of lowest order; the oracle itself counts a million draws.
        check(&name, p_value, ties.sf, 0.05, 4.0 * (ties.sf / 1e6).sqrt());
    }
}

/// The p-value of two large samples with such pooled counts and statistic `x`: the gap is
/// put where rows move from the lower to the upper values.
fn tail_at(counts: &[u64], x: f64) -> f64 {
    // Moving a share δ of every lower value up changes T continuously: find it by halving.
    let moved = |delta: f64| {
        let k = counts.len();
        let current: Vec<u64> = (0..k)
            .map(|i| {
                let tilt = 1.0 + delta * (2.0 * (i as f64 + 0.5) / k as f64 - 1.0);
                (counts[i] as f64 * tilt) as u64
            })
            .collect();
        let reference: Vec<u64> = counts
            .iter()
            .zip(&current)
            .map(|(&count, &now)| (2 * count).saturating_sub(now))
            .collect();
        two_sample_cramer_von_mises_binned(&reference, &current).unwrap()
    };
    let (mut low, mut high) = (0.0, 0.01);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if moved(middle).statistic < x {
            low = middle;
        } else {
            high = middle;
        }
    }
    let found = moved(low);
    check("T", found.statistic, x, 1e-3, 0.0);
    assert_eq!(found.law, CramerVonMisesLaw::TiedLimit);
    found.p_value
}

#[test]
fn cauchy_equals_mpmath() {
    for case in read::<Oracle>("row_test.json").cauchy {
        let what = format!("{:?}", case.p);
        check(&what, cauchy_combination(&case.p), case.combined, 1e-9, 0.0);
    }
    assert!(cauchy_combination(&[]).is_nan());
    assert!(cauchy_combination(&[f64::NAN]).is_nan());
    assert_eq!(cauchy_combination(&[0.0, 1.0]), 0.0);
    check(
        "tiny",
        cauchy_combination(&[1e-280, 0.7]),
        2e-280,
        1e-6,
        0.0,
    );
}

/// The trap of `bench_peers`: SciPy's form alarms on every pair of tied, unequal samples.
#[test]
fn tied_and_unequal_samples_without_drift_are_quiet() {
    let mut random = Random::from_seed(4);
    let mut draw = |n: usize| {
        let values: Vec<f64> = (0..n).map(|_| (6.0 * random.uniform()).floor()).collect();
        sorted(&values)
    };
    let (mut safe_alarms, mut scipy_alarms) = (0, 0);
    for _ in 0..200 {
        let (reference, current) = (draw(3_000), draw(300));
        let safe = two_sample_cramer_von_mises(&reference, &current).unwrap();
        safe_alarms += u32::from(safe.p_value <= 0.05);
        let scipy = cramer_von_mises_scipy(&reference, &current).unwrap();
        scipy_alarms += u32::from(scipy.p_value <= 0.05);
    }
    assert!(safe_alarms <= 20, "{safe_alarms} of 200");
    assert_eq!(scipy_alarms, 200);
}

/// Far tails are where many columns are decided.
#[test]
fn the_combined_test_holds_its_rate_at_small_levels() {
    type Law = (&'static str, fn(&mut Random) -> f64);
    let laws: [Law; 4] = [
        ("normal", Random::normal),
        ("lognormal", |random| random.normal().exp()),
        ("zero inflated", |random| {
            if random.uniform() < 0.7 {
                0.0
            } else {
                random.gamma(2.0)
            }
        }),
        ("integers", |random| random.gamma(2.0).floor()),
    ];
    for (name, law) in laws {
        let mut random = Random::from_seed(9);
        let mut alarms = [0_u32; 2];
        for _ in 0..3_000 {
            let mut draw = |n: usize| {
                let values: Vec<f64> = (0..n).map(|_| law(&mut random)).collect();
                sorted(&values)
            };
            let (reference, current) = (draw(1_500), draw(60));
            let p_value = combined_row_test(&reference, &current).unwrap().p_value;
            alarms[0] += u32::from(p_value <= 0.05);
            alarms[1] += u32::from(p_value <= 0.005);
        }
        // Nominal 150 and 15; three standard errors above.
        assert!(alarms[0] <= 186, "{name}: {alarms:?}");
        assert!(alarms[1] <= 27, "{name}: {alarms:?}");
    }
}

#[test]
fn profiles_agree_with_rows() {
    let mut random = Random::from_seed(5);
    let mut reference: Vec<f64> = (0..4_000).map(|_| random.normal()).collect();
    let mut current: Vec<f64> = (0..1_500).map(|_| 0.1 + 1.2 * random.normal()).collect();
    let grid = NumericGrid::from_sample(&mut reference, DEFAULT_MAX_BINS).unwrap();
    let profile = |values: &[f64]| {
        let mut profile = NumericProfile::empty(&grid);
        profile.add_values(&grid, values);
        profile
    };
    let profiles = (profile(&reference), profile(&current));
    current.sort_by(f64::total_cmp);
    let rows = combined_row_test(&reference, &current).unwrap();
    let binned = combined_row_test_binned(&profiles.0.counts(), &profiles.1.counts()).unwrap();
    let (of_rows, of_bins) = (rows.cramer_von_mises, binned.cramer_von_mises);
    check("T", of_bins.statistic, of_rows.statistic, 0.02, 0.0);
    let spread = (rows.brown_forsythe.unwrap(), binned.brown_forsythe.unwrap());
    check(
        "F of ranks",
        spread.1.statistic,
        spread.0.statistic,
        0.02,
        0.0,
    );
    let raw = brown_forsythe(&reference, &current).unwrap();
    let binned = brown_forsythe_binned(&grid, &profiles.0, &profiles.1).unwrap();
    check("F", binned.statistic, raw.statistic, 0.02, 0.0);
}

#[test]
fn constants_and_few_values_are_no_drift_and_no_accident() {
    let same = combined_row_test(&[2.0; 12], &[2.0; 30]).unwrap();
    assert_eq!((same.p_value, same.cramer_von_mises.statistic), (1.0, 0.0));
    let other = combined_row_test(&[2.0; 40], &[3.0; 40]).unwrap();
    assert!(other.p_value < 1e-12);
    // Two values: spread has nothing to add.
    let two = combined_row_test(&[0.0, 0.0, 1.0, 1.0], &[0.0, 1.0, 1.0, 1.0]).unwrap();
    assert!(two.brown_forsythe.is_none() && two.p_value > 0.5);
    // Two deviations are one number: no spread from so few rows.
    let few = combined_row_test(&[1.0, 2.0], &[3.0, 7.0]).unwrap();
    assert!(few.brown_forsythe.is_none() && few.p_value > 0.2);
    let one = combined_row_test(&[1.0], &[2.0]).unwrap();
    assert!(one.p_value > 0.5);
    assert_eq!(
        combined_row_test(&[], &[1.0]),
        Err(StatsError::EmptySample {
            sample: "reference"
        })
    );
    assert!(combined_row_test(&[1.0, f64::NAN], &[1.0]).is_err());
    assert!(combined_row_test_binned(&[1, 2], &[1]).is_err());
}

#[test]
fn huge_and_tiny_values_keep_their_digits() {
    let base: Vec<f64> = (0..40).map(|i| f64::from(i) / 40.0 - 0.5).collect();
    let wide: Vec<f64> = base.iter().map(|value| 1.5 * value + 0.1).collect();
    let expected = brown_forsythe(&base, &wide).unwrap();
    for unit in [1e308, 1e-308, 2_f64.powi(60)] {
        let scaled = |values: &[f64]| values.iter().map(|v| v * unit).collect::<Vec<_>>();
        let found = brown_forsythe(&scaled(&base), &scaled(&wide)).unwrap();
        check("F", found.statistic, expected.statistic, 1e-9, 0.0);
    }
    // Integers above 2^53 are what their floats are.
    let big: Vec<f64> = (0..20)
        .map(|i| 2_f64.powi(53) + 2.0 * f64::from(i))
        .collect();
    assert_eq!(combined_row_test(&big, &big).unwrap().ks.statistic, 0.0);
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-40_i32..40).prop_map(|v| f64::from(v) / 4.0), 1..60)
}

proptest! {
    #[test]
    fn laws_of_the_combined_test(reference in values(), current in values(), shift in -3_i32..3) {
        let (reference, current) = (sorted(&reference), sorted(&current));
        let found = combined_row_test(&reference, &current).unwrap();
        prop_assert!((0.0..=1.0).contains(&found.p_value));
        prop_assert!((0.0..=1.0).contains(&found.cramer_von_mises.p_value));
        // Both sides are alike.
        let swapped = combined_row_test(&current, &reference).unwrap();
        prop_assert!((swapped.p_value - found.p_value).abs() <= 1e-9 * found.p_value);
        // A rising map changes nothing.
        let map = |values: &[f64]| {
            values.iter().map(|v| (0.3 * v).exp() + f64::from(shift)).collect::<Vec<_>>()
        };
        let mapped = combined_row_test(&map(&reference), &map(&current)).unwrap();
        prop_assert_eq!(mapped.p_value, found.p_value);
        // Equal samples are no drift.
        prop_assert!(combined_row_test(&current, &current).unwrap().p_value > 0.5);
    }

    #[test]
    fn empty_bins_say_nothing(counts in prop::collection::vec((0_u64..50, 0_u64..50), 2..20)) {
        let (mut reference, mut current): (Vec<u64>, Vec<u64>) = counts.into_iter().unzip();
        reference[0] += 1;
        current[1] += 1;
        let found = brown_forsythe_ranked_binned(&reference, &current).unwrap();
        let tests = combined_row_test_binned(&reference, &current).unwrap();
        for side in [&mut reference, &mut current] {
            side.insert(1, 0);
            side.push(0);
        }
        let padded = brown_forsythe_ranked_binned(&reference, &current).unwrap();
        prop_assert!((padded.p_value - found.p_value).abs() < 1e-12);
        let padded = combined_row_test_binned(&reference, &current).unwrap();
        prop_assert_eq!(padded.p_value, tests.p_value);
    }
}
