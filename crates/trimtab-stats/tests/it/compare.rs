//! Comparing columns: samples against profiles, and the awkward cases.

use proptest::prelude::*;
use trimtab_stats::{
    CategoricalGrid, ColumnEvidence, ColumnGrid, ColumnProfile, Decision, DecisionPolicy,
    EffectMeasure, NumericGrid, Random, compare_categorical_counts, compare_column,
    compare_numeric_samples, decide,
};

fn samples(reference: &[f64], current: &[f64]) -> ColumnEvidence {
    compare_numeric_samples(
        "x",
        &mut reference.to_vec(),
        &mut current.to_vec(),
        0,
        0,
        None,
    )
}

fn profiles(reference: &[f64], current: &[f64], max_bins: usize) -> ColumnEvidence {
    let grid = NumericGrid::from_sample(&mut reference.to_vec(), max_bins).unwrap();
    let column = ColumnGrid::Numeric(grid.clone());
    let profile = |values: &[f64]| {
        let mut profile = ColumnProfile::empty(&column);
        if let ColumnProfile::Numeric(profile) = &mut profile {
            profile.add_values(&grid, values);
        }
        profile
    };
    compare_column("x", &column, &profile(reference), &profile(current), None)
}

fn statistic(evidence: &ColumnEvidence, method: &str) -> f64 {
    let results = &evidence.results;
    let found = results.iter().find(|result| result.method == method);
    found.unwrap().statistic.unwrap()
}

fn draws(seed: u64, n: usize, shape: impl Fn(&mut Random) -> f64) -> Vec<f64> {
    let mut random = Random::from_seed(seed);
    (0..n).map(|_| shape(&mut random)).collect()
}

type Shape = fn(&mut Random) -> f64;

#[test]
fn bins_are_near_the_exact_numbers() {
    let shapes: [(&str, Shape); 5] = [
        ("normal", |r| r.normal()),
        ("lognormal", |r| (1.5 * r.normal()).exp()),
        ("integers", |r| (r.gamma(2.0) * 5.0).floor()),
        ("zero inflated", |r| {
            if r.uniform() < 0.6 { 0.0 } else { r.gamma(2.0) }
        }),
        ("offset", |r| 1_000.0 + r.uniform()),
    ];
    for (name, shape) in shapes {
        let reference = draws(1, 30_000, shape);
        let mut current = draws(2, 20_000, shape);
        // Integers stay integers.
        for value in current.iter_mut().step_by(20) {
            *value *= 2.0;
        }
        let exact = samples(&reference, &current);
        let binned = profiles(&reference, &current, 1_024);
        let near = |method: &str, absolute: f64| {
            let (a, b) = (statistic(&exact, method), statistic(&binned, method));
            assert!((a - b).abs() < absolute, "{name}, {method}: {a} and {b}");
        };
        near("ks", 0.002);
        near("psi", 0.002);
        near("jensen_shannon", 0.002);
        near("wasserstein", 0.01);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn few_distinct_values_make_bins_exact(
        reference in prop::collection::vec(0_i32..30, 1..200),
        current in prop::collection::vec(-5_i32..40, 1..200),
    ) {
        let reference: Vec<f64> = reference.into_iter().map(f64::from).collect();
        let current: Vec<f64> = current.into_iter().map(|v| f64::from(v) / 2.0).collect();
        let exact = samples(&reference, &current);
        let binned = profiles(&reference, &current, 1_024);
        prop_assert_eq!(statistic(&exact, "ks"), statistic(&binned, "ks"));
        // Values that the reference does not hold share bins: only KS cannot see that.
        let ks_p = |evidence: &ColumnEvidence| {
            evidence.results.iter().find(|one| one.method == "ks").unwrap().p_value
        };
        prop_assert_eq!(ks_p(&exact), ks_p(&binned));
        prop_assert_eq!(statistic(&exact, "psi"), statistic(&binned, "psi"));
        prop_assert_eq!(exact.constant_reference, binned.constant_reference);
        // A value in a gap stands at the gap's middle.
        let (a, b) = (statistic(&exact, "wasserstein_raw"), statistic(&binned, "wasserstein_raw"));
        prop_assert!((a - b).abs() <= 16.0, "{} {}", a, b);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        mut reference in prop::collection::vec(-10.0..10.0_f64, 1..80),
        mut current in prop::collection::vec(-10.0..10.0_f64, 1..80),
    ) {
        let before = samples(&reference, &current);
        reference.reverse();
        let half = current.len() / 2;
        current.rotate_left(half);
        prop_assert_eq!(before, samples(&reference, &current));
    }

    #[test]
    fn swapping_samples_keeps_symmetric_statistics(
        a in prop::collection::vec(-10.0..10.0_f64, 2..80),
        b in prop::collection::vec(-10.0..10.0_f64, 2..80),
    ) {
        let (there, back) = (samples(&a, &b), samples(&b, &a));
        prop_assert_eq!(statistic(&there, "ks"), statistic(&back, "ks"));
        let (p, q) = (there.p_value_row.unwrap(), back.p_value_row.unwrap());
        prop_assert!((p - q).abs() < 1e-12);
        let (v, w) = (statistic(&there, "wasserstein_raw"), statistic(&back, "wasserstein_raw"));
        prop_assert!((v - w).abs() < 1e-12);
    }

    #[test]
    fn rank_statistics_ignore_monotone_maps(
        a in prop::collection::vec(-3.0..3.0_f64, 1..60),
        b in prop::collection::vec(-3.0..3.0_f64, 1..60),
    ) {
        let map = |values: &[f64]| values.iter().map(|v| v.exp() * 7.0 + 1.0).collect::<Vec<_>>();
        let (plain, mapped) = (samples(&a, &b), samples(&map(&a), &map(&b)));
        prop_assert_eq!(statistic(&plain, "ks"), statistic(&mapped, "ks"));
        prop_assert_eq!(plain.p_value_row, mapped.p_value_row);
    }

    #[test]
    fn numbers_lie_in_their_ranges(
        a in prop::collection::vec(any::<f64>().prop_filter("finite", |v| v.is_finite()), 1..40),
        b in prop::collection::vec(any::<f64>().prop_filter("finite", |v| v.is_finite()), 1..40),
    ) {
        for evidence in [samples(&a, &b), profiles(&a, &b, 8)] {
            prop_assert!(evidence.error.is_none());
            for result in &evidence.results {
                prop_assert!(result.statistic.is_none_or(|s| s.is_finite() && s >= -1e-15));
                prop_assert!(result.statistic.is_some() || result.reason.is_some());
                prop_assert!(result.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)));
                prop_assert!(result.noise_floor.is_none_or(|f| f.is_finite() && f >= 0.0));
            }
            decide(&[evidence], &DecisionPolicy::default());
        }
    }

    #[test]
    fn category_counts_and_profiles_agree(
        reference in prop::collection::vec(0_u64..50, 6),
        current in prop::collection::vec(0_u64..50, 6),
    ) {
        let named = |counts: &[u64]| -> Vec<(String, u64)> {
            counts.iter().enumerate().map(|(i, &n)| (format!("c{i}"), n)).collect()
        };
        let exact =
            compare_categorical_counts("k", &named(&reference), &named(&current), 3, 4, None);
        let grid = CategoricalGrid::from_counts(&named(&reference), 100);
        let column = ColumnGrid::Categorical(grid.clone());
        let profile = |counts: &[u64], missing: u64| {
            let mut profile = ColumnProfile::empty(&column);
            if let ColumnProfile::Categorical(profile) = &mut profile {
                profile.add_missing(missing);
                for (name, count) in named(counts) {
                    profile.add(&grid, &name, count);
                }
            }
            profile
        };
        let binned =
            compare_column("k", &column, &profile(&reference, 3), &profile(&current, 4), None);
        prop_assert_eq!(exact.p_value_missing, binned.p_value_missing);
        prop_assert_eq!(exact.null_share, binned.null_share);
        match (exact.p_value_row, binned.p_value_row) {
            (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12, "{a} {b}"),
            (a, b) => prop_assert_eq!(a, b),
        }
    }
}

#[test]
fn identical_samples_do_not_drift() {
    let values = draws(5, 500, Random::normal);
    let evidence = samples(&values, &values);
    assert_eq!(evidence.p_value_row, Some(1.0));
    for method in ["ks", "wasserstein", "psi", "jensen_shannon", "hellinger"] {
        assert_eq!(statistic(&evidence, method), 0.0, "{method}");
    }
    let few = decide(&[evidence], &DecisionPolicy::default());
    assert_eq!(few.decision, Decision::NotEnoughData);
}

#[test]
fn a_constant_reference_that_comes_alive_is_above_any_floor() {
    let alive: Vec<f64> = (0..100).map(|i| if i == 7 { 4.0 } else { 3.0 }).collect();
    for evidence in [
        samples(&[3.0; 500], &alive),
        profiles(&[3.0; 500], &alive, 64),
    ] {
        assert!(evidence.constant_reference);
        let effect = evidence.effect.unwrap();
        assert_eq!(effect.measure, EffectMeasure::ShareOffConstant);
        assert_eq!(effect.value, 0.01);
    }
    let moved = samples(&[3.0; 500], &[4.0; 50]);
    let decided = decide(&[moved], &DecisionPolicy::default());
    assert_eq!(decided.decision, Decision::Drift);
    let same = samples(&[3.0; 500], &[3.0; 50]);
    assert_eq!(
        decide(&[same], &DecisionPolicy::default()).decision,
        Decision::Ok
    );
    let category = compare_categorical_counts(
        "k",
        &[("a".to_owned(), 900)],
        &[("a".to_owned(), 80), ("b".to_owned(), 20)],
        0,
        0,
        None,
    );
    assert_eq!(
        category.effect.unwrap().measure,
        EffectMeasure::ShareOffConstant
    );
    assert_eq!(
        decide(&[category], &DecisionPolicy::default()).decision,
        Decision::Drift
    );
}

#[test]
fn a_zero_interquartile_range_falls_back_to_the_standard_deviation() {
    let reference: Vec<f64> = (0..1_000)
        .map(|i| if i % 10 == 0 { 5.0 } else { 0.0 })
        .collect();
    let evidence = samples(&reference, &[0.0, 5.0, 5.0]);
    assert_eq!(
        evidence.effect.unwrap().measure,
        EffectMeasure::WassersteinSd
    );
}

#[test]
fn empty_and_missing_samples_say_so() {
    for evidence in [
        samples(&[], &[1.0]),
        samples(&[1.0], &[]),
        samples(&[], &[]),
    ] {
        assert_eq!(evidence.p_value_row, None);
        assert!(
            evidence
                .results
                .iter()
                .all(|result| result.reason.is_some())
        );
        let decided = decide(&[evidence], &DecisionPolicy::default());
        assert_eq!(decided.decision, Decision::NotEnoughData);
    }
    let mut current = [];
    let all_missing =
        compare_numeric_samples("x", &mut [1.0, 2.0].repeat(200), &mut current, 0, 400, None);
    assert_eq!(all_missing.null_share, (Some(0.0), Some(1.0)));
    let decided = decide(&[all_missing], &DecisionPolicy::default());
    assert_eq!(decided.decision, Decision::Drift);
    assert!(decided.columns[0].about_missing);
}

#[test]
fn what_is_not_finite_or_of_another_grid_fails_alone() {
    let bad = samples(&[1.0, f64::NAN], &[1.0]);
    assert!(bad.error.is_some());
    let grid = ColumnGrid::Numeric(NumericGrid::from_sample(&mut [1.0, 2.0], 8).unwrap());
    let other = ColumnGrid::Categorical(CategoricalGrid::from_counts(&[], 8));
    let (a, b) = (ColumnProfile::empty(&grid), ColumnProfile::empty(&other));
    assert!(compare_column("x", &grid, &a, &b, None).error.is_some());
}

/// Noise floors are what the distances average without drift.
#[test]
fn noise_floors_are_met_on_average_without_drift() {
    let mut sums = std::collections::BTreeMap::<&str, (f64, f64)>::new();
    let n_runs: u32 = 60;
    for run in 0..u64::from(n_runs) {
        let reference = draws(1_000 + run, 3_000, Random::normal);
        let current = draws(5_000 + run, 1_000, Random::normal);
        for result in samples(&reference, &current).results {
            if let (Some(value), Some(floor)) = (result.statistic, result.noise_floor) {
                let sum = sums.entry(result.method).or_default();
                sum.0 += value;
                sum.1 += floor;
            }
        }
    }
    for (method, (value, floor)) in sums {
        assert!(
            (value / floor - 1.0).abs() < 0.2,
            "{method}: {value} and {floor}"
        );
    }
}

/// Independent rows: the row-level rule alarms about as often as it says.
#[test]
fn alarms_rarely_on_independent_rows_without_drift() {
    let n_runs = 400;
    let mut alarmed = 0;
    for run in 0..n_runs {
        let columns: Vec<ColumnEvidence> = (0..10)
            .map(|column| {
                let seed = run * 100 + column * 2;
                let reference = draws(seed, 600, Random::normal);
                let current = draws(seed + 1, 300, Random::normal);
                samples(&reference, &current)
            })
            .collect();
        let mut policy = DecisionPolicy::default();
        policy.floors.wasserstein_iqr = 0.0;
        alarmed += u32::from(decide(&columns, &policy).decision == Decision::Drift);
    }
    // 5 % of 400, three standard errors around it.
    assert!((7..=33).contains(&alarmed), "{alarmed} of 400");
}
