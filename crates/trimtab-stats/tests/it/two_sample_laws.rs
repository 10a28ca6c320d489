//! Laws that the two-sample methods keep, and traps that they avoid.

use proptest::prelude::*;
use trimtab_stats::two_sample::{
    Method, MethodSettings, Moments, Shift, anderson_darling, anderson_darling_binned,
    category_turnover, category_turnover_results, chi_squared_contingency, chi_squared_monte_carlo,
    cramers_v_bias_corrected, energy_distance, epps_singleton, fisher_exact,
    fisher_exact_monte_carlo, g_test, hellinger_distance, jensen_shannon_distance,
    kullback_leibler_divergence, mann_whitney_u, mann_whitney_u_binned, pool_sparse,
    population_stability_index, run_on_counts, run_on_profiles, run_on_samples, two_sample_ks,
    two_sample_ks_one_sided, two_sample_kuiper, two_sample_kuiper_binned, welch_t,
    welch_t_of_moments,
};
use trimtab_stats::{ColumnKind, MethodResult, NumericGrid, NumericProfile, Random, StatsError};

const SETTINGS: MethodSettings = MethodSettings {
    n_resamples: 99,
    seed: 7,
    pseudocount: 0.5,
};

const RANK_METHODS: [Method; 5] = [
    Method::KolmogorovSmirnov,
    Method::CramerVonMises,
    Method::AndersonDarling,
    Method::MannWhitneyU,
    Method::Kuiper,
];

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// Counts of small whole numbers, one bin each.
fn counts(values: &[f64]) -> Vec<u64> {
    let mut counts = vec![0; 41];
    for value in values {
        counts[(value + 20.0) as usize] += 1;
    }
    counts
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs()) + 1e-12
}

fn small_sample() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-20..=20_i32).prop_map(f64::from), 5..60).prop_map(sorted)
}

/// Results say a number or a reason, and probabilities are probabilities.
fn check_result(result: &MethodResult) {
    assert!(
        result.statistic.is_some() || result.reason.is_some(),
        "{result:?}"
    );
    for number in [result.statistic, result.noise_floor, result.effect_size] {
        assert!(number.is_none_or(f64::is_finite), "{result:?}");
    }
    assert!(
        result.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)),
        "{result:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn swapping_samples_mirrors_or_keeps(r in small_sample(), c in small_sample()) {
        for (one, other) in [
            (two_sample_kuiper(&r, &c).unwrap().statistic, two_sample_kuiper(&c, &r).unwrap().statistic),
            (energy_distance(&r, &c).unwrap(), energy_distance(&c, &r).unwrap()),
            (anderson_darling(&r, &c).unwrap().a_squared, anderson_darling(&c, &r).unwrap().a_squared),
        ] {
            prop_assert!(close(one, other, 1e-12), "{} {}", one, other);
        }
        let (u, v) = (mann_whitney_u(&r, &c).unwrap(), mann_whitney_u(&c, &r).unwrap());
        prop_assert_eq!(u.statistic + v.statistic, (r.len() * c.len()) as f64);
        prop_assert!(close(u.rank_biserial, -v.rank_biserial, 1e-12));
        prop_assert!(close(u.p_value, v.p_value, 1e-12));
        let (t, s) = (welch_t(&r, &c).unwrap(), welch_t(&c, &r).unwrap());
        prop_assert!(close(t.statistic, -s.statistic, 1e-9));
        let up = two_sample_ks_one_sided(&r, &c, Shift::Up).unwrap();
        let down = two_sample_ks_one_sided(&c, &r, Shift::Down).unwrap();
        prop_assert_eq!(up.statistic, down.statistic);
        prop_assert!(close(up.p_value, down.p_value, 1e-9));
        let both = two_sample_ks(&r, &c).unwrap().statistic;
        let back = two_sample_ks_one_sided(&r, &c, Shift::Down).unwrap().statistic;
        prop_assert_eq!(both, up.statistic.max(back));
    }

    #[test]
    fn rank_methods_see_order_only(r in small_sample(), c in small_sample()) {
        let map = |values: &[f64]| -> Vec<f64> {
            values.iter().map(|x| (0.5 * x).exp() * 1e-3 - 7.0).collect()
        };
        for method in RANK_METHODS {
            let plain = run_on_samples(method, &r, &c, &SETTINGS);
            let mapped = run_on_samples(method, &map(&r), &map(&c), &SETTINGS);
            prop_assert_eq!(plain, mapped);
        }
    }

    #[test]
    fn scale_and_offset_leave_standardised_methods_as_they_are(
        r in small_sample(), c in small_sample(), exponent in -200..200_i32, offset in -1e3..1e3_f64,
    ) {
        let scale = 2_f64.powi(exponent);
        let scaled = |values: &[f64]| -> Vec<f64> { values.iter().map(|x| x * scale).collect() };
        let moved = |values: &[f64]| -> Vec<f64> { values.iter().map(|x| x + offset).collect() };
        let before = welch_t(&r, &c).unwrap();
        let after = welch_t(&scaled(&r), &scaled(&c)).unwrap();
        prop_assert!(before.statistic == after.statistic || close(before.statistic, after.statistic, 1e-12));
        prop_assert!(close(before.cohens_d, after.cohens_d, 1e-12) || before.cohens_d == after.cohens_d);
        let after = welch_t(&moved(&r), &moved(&c)).unwrap();
        prop_assert!(before.statistic == after.statistic || close(before.statistic, after.statistic, 1e-8));
        if let Ok(before) = epps_singleton(&r, &c) {
            let after = epps_singleton(&scaled(&r), &scaled(&c)).unwrap();
            prop_assert!(close(before.statistic, after.statistic, 1e-6));
        }
        let before = energy_distance(&r, &c).unwrap();
        let after = energy_distance(&scaled(&r), &scaled(&c)).unwrap();
        prop_assert!((after / scale.sqrt() - before).abs() <= 1e-9 * before);
    }

    #[test]
    fn identical_samples_show_nothing(r in small_sample()) {
        for method in Method::ALL.into_iter().filter(|one| one.applies_to(ColumnKind::Numeric)) {
            let result = run_on_samples(method, &r, &r, &SETTINGS);
            check_result(&result);
            if method == Method::EppsSingleton && result.statistic.is_none() {
                continue;
            }
            prop_assert!(result.p_value.is_none_or(|p| p > 0.99), "{:?}", result);
            let effect = result.effect_size.unwrap_or(0.0);
            // Ties leave the midrank statistic its terms but no deviation.
            prop_assert!(effect.abs() < 1e-7, "{:?}", result);
        }
    }

    #[test]
    fn a_bin_per_value_equals_the_values(r in small_sample(), c in small_sample()) {
        let (rb, cb) = (counts(&r), counts(&c));
        prop_assert_eq!(two_sample_kuiper(&r, &c), two_sample_kuiper_binned(&rb, &cb));
        prop_assert_eq!(mann_whitney_u(&r, &c), mann_whitney_u_binned(&rb, &cb));
        prop_assert_eq!(anderson_darling(&r, &c), anderson_darling_binned(&rb, &cb));
    }

    #[test]
    fn profiles_of_few_values_equal_the_samples(mut r in small_sample(), c in small_sample()) {
        let grid = NumericGrid::from_sample(&mut r, 64).unwrap();
        let profile = |values: &[f64]| {
            let mut profile = NumericProfile::empty(&grid);
            profile.add_values(&grid, values);
            profile
        };
        let (rp, cp) = (profile(&r), profile(&c));
        for method in Method::ALL {
            let binned = run_on_profiles(method, &grid, &rp, &cp, &SETTINGS);
            check_result(&binned);
            let exact = run_on_samples(method, &r, &c, &SETTINGS);
            // Values between the reference's share a bin, where the order is lost: only
            // what looks at the reference's own places, or at moments, is exact.
            if matches!(method, Method::KolmogorovSmirnov | Method::WelchT | Method::PopulationStabilityIndex) {
                match (exact.statistic, binned.statistic) {
                    (Some(a), Some(b)) => prop_assert!(close(a, b, 1e-9), "{:?} {:?}", exact, binned),
                    (a, b) => prop_assert_eq!(a, b),
                }
            }
        }
    }

    #[test]
    fn tables_do_not_depend_on_the_order_of_categories(
        rows in prop::collection::vec((0..50_u64, 0..50_u64), 1..12),
    ) {
        prop_assume!(rows.iter().any(|row| row.0 > 0) && rows.iter().any(|row| row.1 > 0));
        let (r, c): (Vec<u64>, Vec<u64>) = rows.iter().copied().unzip();
        let (rr, cr): (Vec<u64>, Vec<u64>) = rows.iter().rev().copied().unzip();
        for method in Method::ALL.into_iter().filter(|one| one.applies_to(ColumnKind::Categorical)) {
            let one = run_on_counts(method, &r, &c, "every value", &SETTINGS);
            let other = run_on_counts(method, &rr, &cr, "every value", &SETTINGS);
            check_result(&one);
            match (one.statistic, other.statistic) {
                (Some(a), Some(b)) if method == Method::TwoProportionZ => prop_assert!(close(a, -b, 1e-9)),
                (Some(a), Some(b)) if method == Method::FisherExact && one.variant.starts_with("two") => {
                    prop_assert!(close(a * b, 1.0, 1e-9) || a == 0.0 || b == 0.0);
                }
                (Some(a), Some(b)) => prop_assert!(close(a, b, 1e-9), "{:?} {:?}", one, other),
                // An infinite odds ratio is 0 the other way round.
                _ => prop_assert!(method == Method::FisherExact || one.statistic == other.statistic),
            }
        }
        let kl = kullback_leibler_divergence(&r, &c, 0.5).unwrap();
        let psi = population_stability_index(&r, &c, 0.5).unwrap();
        prop_assert!(close(kl.current_from_reference + kl.reference_from_current, psi, 1e-9));
        prop_assert!(kl.current_from_reference >= 0.0 && kl.reference_from_current >= 0.0);
    }

    #[test]
    fn no_input_makes_a_method_panic(
        r in prop::collection::vec(prop::num::f64::ANY, 0..12),
        c in prop::collection::vec(prop::num::f64::ANY, 0..12),
    ) {
        let clean = |values: Vec<f64>| sorted(values.into_iter().filter(|x| x.is_finite()).collect());
        let (r, c) = (clean(r), clean(c));
        for method in Method::ALL {
            check_result(&run_on_samples(method, &r, &c, &SETTINGS));
        }
    }
}

#[test]
fn names_go_both_ways_and_each_kind_has_its_methods() {
    for method in Method::ALL {
        assert_eq!(Method::from_name(method.name()), Some(method));
        assert!(!method.effect_unit().is_empty());
        let numeric = method.applies_to(ColumnKind::Numeric);
        assert!(numeric || method.applies_to(ColumnKind::Boolean));
        assert_eq!(
            method.applies_to(ColumnKind::Text),
            method.applies_to(ColumnKind::Categorical)
        );
    }
    assert_eq!(Method::from_name("kolmogorov"), None);
    for kind in [ColumnKind::Numeric, ColumnKind::Text] {
        assert!(
            Method::defaults(kind)
                .iter()
                .all(|one| one.applies_to(kind))
        );
    }
}

#[test]
fn every_applicable_method_says_a_number_with_effect_and_variant() {
    let mut random = Random::from_seed(2);
    let r = sorted((0..300).map(|_| random.normal()).collect());
    let c = sorted((0..200).map(|_| random.normal() + 0.5).collect());
    for method in Method::ALL {
        let result = if method.applies_to(ColumnKind::Numeric) {
            run_on_samples(method, &r, &c, &SETTINGS)
        } else {
            run_on_counts(method, &[30, 70], &[60, 45], "every value", &SETTINGS)
        };
        assert!(result.statistic.is_some(), "{result:?}");
        assert!(
            result.effect_size.is_some_and(|effect| effect.abs() > 0.01),
            "{result:?}"
        );
        assert!(!result.variant.is_empty(), "{result:?}");
        assert_eq!(result.p_value.is_some(), method.has_p_value(), "{result:?}");
        if let Some(p_value) = result.p_value {
            assert!(p_value <= 0.01, "{result:?}");
        }
        if !method.has_p_value() {
            let (statistic, floor) = (result.statistic.unwrap(), result.noise_floor.unwrap());
            assert!(floor > 0.0 && floor < statistic, "{result:?}");
        }
    }
}

#[test]
fn what_does_not_apply_says_so() {
    let none = run_on_samples(Method::ChiSquared, &[1.0], &[2.0], &SETTINGS);
    assert_eq!(none.reason.as_deref(), Some("it compares categories"));
    let none = run_on_counts(Method::KolmogorovSmirnov, &[1], &[2], "", &SETTINGS);
    assert_eq!(none.reason.as_deref(), Some("it compares numbers"));
    let none = run_on_counts(
        Method::TwoProportionZ,
        &[1, 2, 3],
        &[2, 2, 2],
        "",
        &SETTINGS,
    );
    assert_eq!(
        none.reason.as_deref(),
        Some("two categories are needed, 3 are in use")
    );
}

#[test]
fn empty_and_not_finite_samples_are_refused() {
    let settings = MethodSettings::default();
    for method in Method::ALL
        .into_iter()
        .filter(|one| one.applies_to(ColumnKind::Numeric))
    {
        for (r, c) in [
            (&[][..], &[1.0, 2.0][..]),
            (&[1.0, 2.0], &[]),
            (&[1.0, f64::NAN], &[1.0, 2.0]),
            (&[1.0, 2.0], &[1.0, f64::INFINITY]),
            (&[f64::NEG_INFINITY, 1.0], &[1.0, 2.0]),
        ] {
            let result = run_on_samples(method, r, c, &settings);
            assert!(
                result.statistic.is_none() && result.p_value.is_none(),
                "{result:?}"
            );
            assert!(result.reason.is_some());
        }
    }
    for method in Method::ALL
        .into_iter()
        .filter(|one| one.applies_to(ColumnKind::Text))
    {
        let result = run_on_counts(method, &[0, 0], &[3, 4], "", &settings);
        assert_eq!(
            result.reason.as_deref(),
            Some("the reference sample is empty")
        );
    }
    assert_eq!(
        epps_singleton(&[1.0; 4], &[2.0; 9]),
        Err(StatsError::TooFewValues {
            sample: "reference",
            needed: 5,
            found: 4
        })
    );
    assert_eq!(
        epps_singleton(&[1.0; 9], &[1.0; 9]),
        Err(StatsError::NoSpread { sample: "pooled" })
    );
}

#[test]
fn one_value_against_one_is_answered() {
    for method in Method::ALL
        .into_iter()
        .filter(|one| one.applies_to(ColumnKind::Numeric))
    {
        check_result(&run_on_samples(method, &[1.0], &[2.0], &SETTINGS));
    }
    assert_eq!(mann_whitney_u(&[1.0], &[2.0]).unwrap().p_value, 1.0);
}

#[test]
fn constants_are_told_apart_or_called_equal() {
    let same = welch_t(&[2.0; 9], &[2.0; 5]).unwrap();
    assert_eq!(
        (same.statistic, same.p_value, same.cohens_d),
        (0.0, 1.0, 0.0)
    );
    let other = run_on_samples(Method::WelchT, &[2.0; 9], &[3.0; 5], &SETTINGS);
    assert_eq!((other.statistic, other.p_value), (None, Some(0.0)));
    assert!(other.reason.is_some());
    let equal = anderson_darling(&[2.0; 9], &[2.0; 5]).unwrap();
    assert_eq!((equal.statistic, equal.p_value), (0.0, 1.0));
    assert_eq!(mann_whitney_u(&[2.0; 9], &[2.0; 5]).unwrap().p_value, 1.0);
    assert!(mann_whitney_u(&[2.0; 9], &[3.0; 9]).unwrap().p_value < 1e-4);
    // A constant category is no evidence of anything (Evidently's issue 1929: NaN).
    for method in Method::ALL
        .into_iter()
        .filter(|one| one.applies_to(ColumnKind::Text))
    {
        let result = run_on_counts(method, &[10], &[20], "every value", &SETTINGS);
        assert!(result.p_value.is_none_or(|p| p == 1.0), "{result:?}");
    }
}

#[test]
fn huge_tiny_and_large_whole_numbers_keep_their_differences() {
    for scale in [1e307, 1e-307, 5e-324] {
        let r: Vec<f64> = (0..40).map(|i| f64::from(i % 16) * scale).collect();
        let c: Vec<f64> = (0..40).map(|i| f64::from(i % 13) * scale).collect();
        let (r, c) = (sorted(r), sorted(c));
        for method in Method::ALL
            .into_iter()
            .filter(|one| one.applies_to(ColumnKind::Numeric))
        {
            check_result(&run_on_samples(method, &r, &c, &SETTINGS));
        }
        let plain = |values: &[f64]| -> Vec<f64> { values.iter().map(|x| x / scale).collect() };
        let (t, s) = (
            welch_t(&r, &c).unwrap(),
            welch_t(&plain(&r), &plain(&c)).unwrap(),
        );
        assert!(
            close(t.statistic, s.statistic, 1e-9),
            "{scale}: {t:?} {s:?}"
        );
    }
    // Neighbours above 2^53 are two apart, and told apart.
    let base = 2_f64.powi(53);
    let r = vec![base, base, base + 2.0, base + 2.0, base + 2.0];
    let c = vec![base + 4.0; 5];
    assert_eq!(mann_whitney_u(&r, &c).unwrap().statistic, 0.0);
    assert_eq!(two_sample_kuiper(&r, &c).unwrap().statistic, 1.0);
    assert_eq!(energy_distance(&[base], &[base + 2.0]).unwrap(), 2.0);
}

#[test]
fn moments_that_mean_nothing_are_refused() {
    let good = Moments {
        n: 5,
        mean: 1.0,
        sd: 1.0,
    };
    let one = Moments { n: 1, ..good };
    assert!(welch_t_of_moments(one, good).is_err());
    let infinite = Moments {
        mean: f64::INFINITY,
        ..good
    };
    assert!(welch_t_of_moments(good, infinite).is_err());
}

#[test]
fn chi_squared_takes_counts_and_both_samples_as_random() {
    // Trap 1: shares instead of counts never alarm; a reference taken as exact alarms far
    // too often. The same shares with more rows must be surer.
    let few = chi_squared_contingency(&[50, 50], &[60, 40]).unwrap();
    let many = chi_squared_contingency(&[5_000, 5_000], &[6_000, 4_000]).unwrap();
    assert!(few.p_value > 0.1 && many.p_value < 1e-40);
    let one_sample: f64 = [(60.0_f64 - 50.0), (40.0 - 50.0)]
        .iter()
        .map(|d| d * d / 50.0)
        .sum();
    assert!(
        (few.statistic - one_sample / 2.0).abs() < 0.1,
        "{}",
        few.statistic
    );
}

#[test]
fn an_empty_bin_speaks_as_loudly_as_the_pseudocount_says() {
    // Trap 4: one empty decile is 2.07 with 1e-10 added to every share.
    let reference = [10; 10];
    let current = [0, 11, 11, 11, 11, 11, 11, 11, 11, 12];
    let usual = population_stability_index(&reference, &current, 0.5).unwrap();
    let loud = population_stability_index(&reference, &current, 1e-8).unwrap();
    assert!(usual < 0.4 && loud > 2.0, "{usual} {loud}");
}

#[test]
fn conventions_are_the_stated_ones() {
    // Trap 5: distance, not divergence, base 2; both sides; unequal variances; never 0.
    assert_eq!(jensen_shannon_distance(&[1, 0], &[0, 1]), Ok(1.0));
    assert_eq!(hellinger_distance(&[1, 0], &[0, 1]), Ok(1.0));
    let values: Vec<f64> = (0..30).map(f64::from).collect();
    let far: Vec<f64> = (100..130).map(f64::from).collect();
    let up = mann_whitney_u(&values, &far).unwrap();
    let down = mann_whitney_u(&far, &values).unwrap();
    assert_eq!(up.p_value, down.p_value);
    for method in [Method::Energy, Method::AndersonDarling] {
        let found = run_on_samples(method, &values, &far, &SETTINGS);
        assert_eq!(found.p_value, Some(0.01), "{found:?}");
    }
    let tight = vec![0.0, 0.01, 0.02];
    let wide: Vec<f64> = (0..40).map(|i| f64::from(i) - 10.0).collect();
    let welch = welch_t(&tight, &wide).unwrap();
    assert!(welch.degrees_of_freedom > 38.0 && welch.degrees_of_freedom < 40.0);
    assert_eq!(chi_squared_monte_carlo(&[90, 0], &[0, 90], 99, 1), Ok(0.01));
    assert_eq!(
        fisher_exact_monte_carlo(&[90, 0], &[0, 90], 99, 1),
        Ok(0.01)
    );
}

#[test]
fn the_seed_decides_every_draw() {
    let (r, c) = ([5, 9, 0, 3, 2, 2], [2, 1, 4, 4, 1, 0]);
    let draw = |seed| chi_squared_monte_carlo(&r, &c, 999, seed).unwrap();
    assert_eq!(draw(3), draw(3));
    assert!(draw(3) != draw(4) && (draw(3) - draw(4)).abs() < 0.05);
}

#[test]
fn drawn_tables_agree_with_the_exact_law() {
    for (r, c) in [
        ([8, 2], [1, 5]),
        ([30, 12], [18, 20]),
        ([400, 20], [390, 38]),
    ] {
        let exact = fisher_exact(r, c).unwrap().p_value;
        let drawn = fisher_exact_monte_carlo(&r, &c, 20_000, 1).unwrap();
        let error = (exact * (1.0 - exact) / 20_000.0).sqrt();
        assert!(
            (drawn - exact).abs() < 4.0 * error + 1e-4,
            "{exact} {drawn}"
        );
    }
}

#[test]
fn sparse_categories_are_pooled_and_new_ones_reported_apart() {
    let (r, c) = pool_sparse(&[100, 2, 1, 0], &[80, 1, 0, 3], 5.0).unwrap();
    assert_eq!((r, c), (vec![100, 3], vec![80, 4]));
    let (r, c) = pool_sparse(&[100, 0], &[80, 50], 5.0).unwrap();
    assert_eq!((r, c), (vec![100, 0], vec![80, 50]));
    let turnover = category_turnover(&[1, 1, 98, 0], &[0, 3, 90, 7]).unwrap();
    assert_eq!((turnover.n_new, turnover.n_vanished), (1, 1));
    assert_eq!((turnover.new_share, turnover.vanished_share), (0.07, 0.01));
    assert_eq!(turnover.new_share_expected, 0.02);
    let [new, vanished] = category_turnover_results(&[1, 1, 98, 0], &[0, 3, 90, 7], "every value");
    assert_eq!(
        (new.method, new.statistic),
        ("new_category_share", Some(0.07))
    );
    assert_eq!(vanished.statistic, Some(0.01));
    check_result(&category_turnover_results(&[0], &[4], "every value")[0]);
    assert!((turnover.vanished_share_expected - 0.02 * 0.99_f64.powi(100)).abs() < 1e-12);
}

#[test]
fn the_corrected_v_is_small_without_drift_where_the_plain_one_is_not() {
    let mut random = Random::from_seed(8);
    let n_categories = 40;
    let draw = |random: &mut Random| {
        let mut counts = vec![0_u64; n_categories];
        for _ in 0..400 {
            counts[(random.uniform() * n_categories as f64) as usize] += 1;
        }
        counts
    };
    let (r, c) = (draw(&mut random), draw(&mut random));
    let plain = g_test(&r, &c).unwrap().chi_squared.cramers_v;
    let corrected = cramers_v_bias_corrected(&r, &c).unwrap();
    assert!(plain > 0.15 && corrected < 0.1, "{plain} {corrected}");
}

#[test]
fn counts_above_two_to_the_53_are_compared_and_those_beyond_counting_refused() {
    let (r, c) = ([1_u64 << 60, (1 << 60) + 1], [1_u64 << 54, 1 << 54]);
    for method in Method::ALL
        .into_iter()
        .filter(|one| one.applies_to(ColumnKind::Text))
    {
        let result = run_on_counts(method, &r, &c, "every value", &SETTINGS);
        check_result(&result);
        assert!(result.p_value.is_none_or(|p| p > 0.4), "{result:?}");
    }
    at_least(anderson_darling_binned(&r, &c).unwrap().p_value, 0.9);
    at_least(mann_whitney_u_binned(&r, &c).unwrap().p_value, 0.9);
    at_least(two_sample_kuiper_binned(&r, &c).unwrap().p_value, 0.9);
    let all = [u64::MAX, u64::MAX];
    for method in Method::ALL
        .into_iter()
        .filter(|one| one.applies_to(ColumnKind::Text))
    {
        let result = run_on_counts(method, &all, &all, "every value", &SETTINGS);
        assert_eq!(
            result.reason.as_deref(),
            Some("more rows than can be counted")
        );
    }
}

fn at_least(p_value: f64, least: f64) {
    assert!(p_value > least && p_value <= 1.0, "{p_value}");
}
