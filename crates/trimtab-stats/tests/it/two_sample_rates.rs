//! The promises of the two-sample methods, by simulation: false alarms at the stated
//! level, noise floors at the averages, detectable effects at the stated power.

use trimtab_stats::Random;
use trimtab_stats::power::{
    DEFAULT, detectable_chi_squared, detectable_ks_distance, detectable_mean_shift,
    detectable_proportion_change,
};
use trimtab_stats::two_sample::{
    Method, MethodSettings, chi_squared_contingency, epps_singleton, epps_singleton_pooled,
    run_on_counts, run_on_samples, two_proportion_z, two_sample_ks, welch_t,
};
use trimtab_stats::{ColumnKind, normal_quantile};

const SETTINGS: MethodSettings = MethodSettings {
    n_resamples: 199,
    seed: 1,
    pseudocount: 0.5,
};

fn sample(n: u64, mut draw: impl FnMut() -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = (0..n).map(|_| draw()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Share of `n_runs` in which something happens.
fn rate(n_runs: u32, mut happens: impl FnMut() -> bool) -> f64 {
    let n = (0..n_runs).filter(|_| happens()).count();
    n as f64 / f64::from(n_runs)
}

type Draw = fn(&mut Random) -> f64;

const POPULATIONS: [(&str, Draw); 4] = [
    ("normal", |random| random.normal()),
    ("lognormal", |random| random.normal().exp()),
    ("few whole numbers", |random| {
        (random.uniform() * 7.0).floor()
    }),
    ("zero-inflated", |random| {
        if random.uniform() < 0.6 {
            0.0
        } else {
            random.gamma(2.0)
        }
    }),
];

#[test]
fn tests_of_numbers_keep_their_level_with_and_without_ties() {
    let n_runs = 500;
    // Four standard errors of a rate of 5 % above it.
    let most = 0.05 + 4.0 * (0.05 * 0.95 / f64::from(n_runs)).sqrt();
    for (population, draw) in POPULATIONS {
        for (n, m) in [(60, 45), (300, 40), (10, 12)] {
            let mut random = Random::from_seed(n);
            let methods: Vec<Method> = Method::ALL
                .into_iter()
                .filter(|one| one.applies_to(ColumnKind::Numeric) && one.has_p_value())
                .collect();
            let mut n_alarms = vec![0_u32; methods.len()];
            for _ in 0..n_runs {
                let r = sample(n, || draw(&mut random));
                let c = sample(m, || draw(&mut random));
                for (method, n_alarms) in methods.iter().zip(&mut n_alarms) {
                    let p_value = run_on_samples(*method, &r, &c, &SETTINGS).p_value;
                    *n_alarms += u32::from(p_value.is_some_and(|p| p <= 0.05));
                }
            }
            for (method, n_alarms) in methods.iter().zip(n_alarms) {
                let rate = f64::from(n_alarms) / f64::from(n_runs);
                assert!(
                    rate <= most,
                    "{} on {population}, {n}/{m}: {rate}",
                    method.name()
                );
            }
        }
    }
}

#[test]
fn epps_singleton_as_in_scipy_alarms_too_often_at_unequal_sizes_and_pooled_does_not() {
    let mut random = Random::from_seed(12);
    let (mut separate, mut pooled) = (0, 0);
    let n_runs = 400;
    for _ in 0..n_runs {
        let r = sample(1_000, || random.normal());
        let c = sample(50, || random.normal());
        separate += u32::from(epps_singleton(&r, &c).unwrap().p_value <= 0.05);
        pooled += u32::from(epps_singleton_pooled(&r, &c).unwrap().p_value <= 0.05);
    }
    let [separate, pooled] = [separate, pooled].map(|n| f64::from(n) / f64::from(n_runs));
    assert!(separate > 0.15 && pooled < 0.09, "{separate} {pooled}");
}

#[test]
fn tests_of_categories_keep_their_level_and_drawn_ones_use_it() {
    let mut random = Random::from_seed(4);
    let n_categories = 300;
    let mut draw = |n: usize| {
        let mut counts = vec![0_u64; n_categories];
        for _ in 0..n {
            let u = random.uniform();
            counts[(u * u * n_categories as f64) as usize] += 1;
        }
        counts
    };
    let n_runs = 400;
    let mut n_alarms = [0_u32; 3];
    for _ in 0..n_runs {
        let (r, c) = (draw(400), draw(150));
        let by_law = chi_squared_contingency(&r, &c).unwrap();
        assert!(!by_law.has_enough_rows());
        let drawn = run_on_counts(Method::ChiSquared, &r, &c, "every value", &SETTINGS);
        assert!(drawn.variant.contains("random tables"));
        let fisher = run_on_counts(Method::FisherExact, &r, &c, "every value", &SETTINGS);
        for (n_alarms, p_value) in n_alarms.iter_mut().zip([
            by_law.p_value,
            drawn.p_value.unwrap(),
            fisher.p_value.unwrap(),
        ]) {
            *n_alarms += u32::from(p_value <= 0.05);
        }
    }
    let [by_law, drawn, fisher] = n_alarms.map(|n| f64::from(n) / f64::from(n_runs));
    assert!(by_law < 0.04, "the law is conservative here: {by_law}");
    assert!((0.02..=0.09).contains(&drawn), "{drawn}");
    assert!((0.02..=0.09).contains(&fisher), "{fisher}");
}

#[test]
fn noise_floors_are_the_averages_without_drift() {
    let n_runs = 400;
    let (n, m) = (800, 500);
    let quick = MethodSettings {
        n_resamples: 1,
        ..SETTINGS
    };
    for method in Method::ALL {
        // Signed statistics have no floor; that of Fisher's odds is 1.
        if matches!(
            method,
            Method::MannWhitneyU | Method::WelchT | Method::TwoProportionZ | Method::FisherExact
        ) {
            continue;
        }
        let mut random = Random::from_seed(6);
        let (mut sum, mut floors) = (0.0, 0.0);
        for _ in 0..n_runs {
            let result = if method.applies_to(ColumnKind::Numeric) {
                let r = sample(n, || random.normal());
                let c = sample(m, || random.normal());
                run_on_samples(method, &r, &c, &quick)
            } else {
                let mut draw = |n: u64| {
                    let mut counts = [0_u64; 12];
                    for _ in 0..n {
                        let u = random.uniform();
                        counts[(u * u * 12.0) as usize] += 1;
                    }
                    counts
                };
                run_on_counts(method, &draw(n), &draw(m), "every value", &quick)
            };
            sum += result.statistic.unwrap();
            floors += result.noise_floor.unwrap();
        }
        let (mean, floor) = (sum / f64::from(n_runs), floors / f64::from(n_runs));
        if method == Method::AndersonDarling {
            assert!((mean - floor).abs() < 0.2, "{mean}");
            continue;
        }
        // Formulas are of first order, and the floor of the energy distance the root of
        // a mean square.
        let ratio = mean / floor;
        assert!(
            (0.85..=1.1).contains(&ratio),
            "{}: {mean} {floor}",
            method.name()
        );
    }
}

#[test]
fn detectable_shifts_are_found_with_the_stated_power() {
    for (n, m) in [(20, 20), (200, 60)] {
        let mut random = Random::from_seed(n + m);
        let shift = detectable_mean_shift(n, m, DEFAULT).unwrap();
        let power = rate(2_000, || {
            let r = sample(n, || random.normal());
            let c = sample(m, || random.normal() + shift);
            welch_t(&r, &c).unwrap().p_value <= 0.05
        });
        assert!((power - 0.8).abs() < 0.04, "{n} {m}: {power}");
    }
    for (n, m) in [(400, 400), (2_000, 300)] {
        let mut random = Random::from_seed(n + m);
        let distance = detectable_ks_distance(n, m, DEFAULT).unwrap();
        // The largest gap of two normal laws `shift` apart is 2 Φ(shift/2) − 1.
        let shift = 2.0 * normal_quantile(0.5 + 0.5 * distance);
        let power = rate(600, || {
            let r = sample(n, || random.normal());
            let c = sample(m, || random.normal() + shift);
            two_sample_ks(&r, &c).unwrap().p_value <= 0.05
        });
        assert!((power - 0.8).abs() < 0.07, "{n} {m}: {power}");
    }
}

#[test]
fn detectable_changes_of_shares_are_found_with_the_stated_power() {
    let mut random = Random::from_seed(9);
    let mut successes = |n: u64, p: f64| (0..n).filter(|_| random.uniform() < p).count() as u64;
    for (p, n, m) in [(0.1, 500, 300), (0.5, 200, 200), (0.02, 3_000, 1_000)] {
        let (up, down) = detectable_proportion_change(p, n, m, DEFAULT).unwrap();
        for change in [up, down.map(|change| -change)].into_iter().flatten() {
            let power = rate(1_500, || {
                let (r, c) = (successes(n, p), successes(m, p + change));
                two_proportion_z((r, n), (c, m)).unwrap().p_value <= 0.05
            });
            assert!((power - 0.8).abs() < 0.05, "{p} {change}: {power}");
        }
    }
    assert_eq!(
        detectable_proportion_change(0.001, 50, 50, DEFAULT)
            .unwrap()
            .1,
        None
    );

    // Six equal shares of which three rise and three fall by `step`: w² = Σ (2·step)²/p.
    let (n, m, k) = (900, 600, 6.0);
    let wanted = detectable_chi_squared(5, n, m, DEFAULT).unwrap();
    let step = wanted / k;
    let mut random = Random::from_seed(10);
    let power = rate(1_500, || {
        let mut draw = |n: u64, step: f64| {
            let mut counts = [0_u64; 6];
            for _ in 0..n {
                let half = if random.uniform() < 0.5 + 3.0 * step {
                    0
                } else {
                    3
                };
                counts[half + (random.uniform() * 3.0) as usize] += 1;
            }
            counts
        };
        let (r, c) = (draw(n, -0.5 * step), draw(m, 0.5 * step));
        chi_squared_contingency(&r, &c).unwrap().p_value <= 0.05
    });
    assert!((power - 0.8).abs() < 0.05, "{power}");
}

#[test]
fn impossible_wishes_are_refused() {
    assert!(detectable_mean_shift(0, 5, DEFAULT).is_err());
    assert!(detectable_chi_squared(0, 5, 5, DEFAULT).is_err());
    assert!(detectable_proportion_change(1.5, 5, 5, DEFAULT).is_err());
    let dull = trimtab_stats::power::Sensitivity {
        alpha: 0.05,
        power: 0.01,
    };
    assert!(detectable_ks_distance(5, 5, dull).is_err());
}
