//! A/B statistics against oracles and laws.

use crate::oracle::read;
use serde::Deserialize;
use trimtab_stats::Random;
use trimtab_stats::ab_test::{
    Adjusted, AdjustedMoments, ArmQuantile, Estimate, SampleRatio, SampleRatioSettings,
    SequentialPlan, ShareBounds, Sizing, UnitMoments,
};

#[derive(Deserialize)]
struct Oracle {
    ratios: Vec<Ratio>,
    splits: Vec<Split>,
    plans: Vec<Plan>,
    sizes: Vec<Size>,
    bounds: Vec<Bounds>,
    adjusted: Vec<AdjustedCase>,
}

#[derive(Deserialize)]
struct Ratio {
    sums: Vec<f64>,
    rows: Vec<f64>,
    value: f64,
    standard_error: f64,
}

#[derive(Deserialize)]
struct Split {
    shares: Vec<f64>,
    concentration: f64,
    counts: Vec<u64>,
    ln_e: f64,
    chi_squared: f64,
}

#[derive(Deserialize)]
struct Plan {
    alpha: f64,
    power: f64,
    minimum_effect: f64,
    value: f64,
    standard_error: f64,
    information_max: f64,
    low: f64,
    high: f64,
    p_value: f64,
}

#[derive(Deserialize)]
struct Size {
    champion: f64,
    challenger: f64,
    share: f64,
    alpha: f64,
    power: f64,
    fixed: f64,
    sequential_max: f64,
    sequential_median: f64,
    sequential_mean: f64,
}

#[derive(Deserialize)]
struct Bounds {
    sum: f64,
    n: f64,
    alpha: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct AdjustedCase {
    outcomes: [Vec<f64>; 2],
    covariates: [Vec<f64>; 2],
    slope: f64,
    value: f64,
    standard_error: f64,
}

fn close(found: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1e-12);
    assert!(
        (found - expected).abs() <= tolerance * scale,
        "{found} where {expected} was expected"
    );
}

#[test]
fn numbers_are_those_of_the_oracle() {
    let oracle: Oracle = read("ab_test.json");
    for case in &oracle.ratios {
        let mut moments = UnitMoments::default();
        for (sum, rows) in case.sums.iter().zip(&case.rows) {
            moments.add(*sum, *rows);
        }
        let mean = moments.mean().unwrap();
        close(mean.value, case.value, 1e-12);
        close(mean.standard_error, case.standard_error, 1e-9);
    }
    for case in &oracle.splits {
        let settings = SampleRatioSettings {
            shares: case.shares.clone(),
            concentration: case.concentration,
        };
        let found = SampleRatio::test(&settings, &case.counts).unwrap();
        close(found.e_value.ln(), case.ln_e, 1e-7);
        close(found.chi_squared_p_value, case.chi_squared, 1e-9);
    }
    for case in &oracle.plans {
        let plan = SequentialPlan::new(case.alpha, case.power, case.minimum_effect).unwrap();
        let estimate = Estimate {
            value: case.value,
            standard_error: case.standard_error,
        };
        close(plan.information_max(), case.information_max, 1e-7);
        let (low, high) = plan.interval(estimate);
        close(low, case.low, 1e-7);
        close(high, case.high, 1e-7);
        close(plan.p_value(estimate, 0.0), case.p_value, 1e-6);
        let leaves_zero_out = low > 0.0 || high < 0.0;
        assert_eq!(leaves_zero_out, plan.p_value(estimate, 0.0) < case.alpha);
    }
    for case in &oracle.sizes {
        let sizes = Sizing {
            variance_champion: case.champion * (1.0 - case.champion),
            variance_challenger: case.challenger * (1.0 - case.challenger),
            challenger_share: case.share,
            minimum_effect: case.challenger - case.champion,
            alpha: case.alpha,
            power: case.power,
        }
        .sizes()
        .unwrap();
        close(sizes.fixed, case.fixed, 1e-8);
        close(sizes.sequential_max, case.sequential_max, 1e-7);
        close(sizes.sequential_median, case.sequential_median, 1e-7);
        close(sizes.sequential_mean, case.sequential_mean, 1e-5);
    }
    for case in &oracle.bounds {
        let found = ShareBounds::of(case.sum, case.n, case.alpha).unwrap();
        assert!((found.low - case.low).abs() < 1e-9, "{found:?}");
        assert!((found.high - case.high).abs() < 1e-9, "{found:?}");
    }
    for case in &oracle.adjusted {
        let sides = [0, 1].map(|side| {
            let mut moments = AdjustedMoments::default();
            for (y, x) in case.outcomes[side].iter().zip(&case.covariates[side]) {
                moments.add(*y, *x);
            }
            moments
        });
        let found = Adjusted::difference(&sides[0], &sides[1]).unwrap();
        close(found.slope, case.slope, 1e-9);
        close(found.estimate.value, case.value, 1e-9);
        close(found.estimate.standard_error, case.standard_error, 1e-9);
    }
}

#[test]
fn parts_merge_and_units_can_be_taken_out() {
    let mut random = Random::from_seed(3);
    let mut units: Vec<(f64, f64)> = Vec::new();
    for _ in 0..500 {
        units.push((random.uniform() * 8.0, 1.0 + random.below(9) as f64));
    }
    let mut whole = UnitMoments::default();
    let (mut left, mut right) = (UnitMoments::default(), UnitMoments::default());
    for (i, (y, n)) in units.iter().enumerate() {
        whole.add(*y, *n);
        if i % 3 == 0 { &mut left } else { &mut right }.add(*y, *n);
    }
    left.merge(&right);
    let (whole, merged) = (whole.mean().unwrap(), left.mean().unwrap());
    close(merged.value, whole.value, 1e-12);
    close(merged.standard_error, whole.standard_error, 1e-9);
    left.add(1_000.0, 1.0);
    left.remove(1_000.0, 1.0);
    close(
        left.mean().unwrap().standard_error,
        whole.standard_error,
        1e-8,
    );
    assert!(UnitMoments::default().mean().is_none());
    let mut same = UnitMoments::default();
    (0..10).for_each(|_| same.add(2.0, 1.0));
    assert!(same.mean().is_none(), "no spread");
}

#[test]
fn the_interval_narrows_with_what_is_known_and_never_expires() {
    let plan = SequentialPlan::new(0.05, 0.8, 0.1).unwrap();
    let mut before = f64::INFINITY;
    for i in 1..200 {
        let share = f64::from(i) / 100.0;
        let estimate = Estimate {
            value: 0.0,
            standard_error: 1.0 / (share * plan.information_max()).sqrt(),
        };
        let (low, high) = plan.interval(estimate);
        assert_eq!(low, -high);
        close(plan.progress(estimate), share, 1e-9);
        if share <= 1.0 {
            assert!(high < before, "{share}");
            before = high;
        }
        assert!(plan.p_value(estimate, 0.0) > 0.99);
    }
    assert!(SequentialPlan::new(0.05, 0.04, 0.1).is_err());
    assert!(SequentialPlan::new(0.05, 0.8, 0.0).is_err());
}

#[test]
fn shares_and_counts_are_checked() {
    let half = SampleRatioSettings::of_shares(&[0.5, 0.5]);
    assert!(SampleRatio::test(&half, &[1, 2, 3]).is_err());
    assert!(SampleRatio::test(&SampleRatioSettings::of_shares(&[0.5, 0.4]), &[1, 2]).is_err());
    assert_eq!(SampleRatio::test(&half, &[0, 0]).unwrap().p_value, 1.0);
}

/// Bounds on a p99 of requests by users with speeds of their own, looked at ten times.
#[test]
fn quantile_bounds_hold_at_every_look() {
    let mut n_missed = 0;
    let n = 60;
    for seed in 0..n {
        let mut random = Random::from_seed(seed);
        let mut rows: Vec<(u32, f64)> = Vec::new();
        let mut is_missed = false;
        for user in 0..2_000_u32 {
            // Latency = user's own factor times an exponential; the law of the product is known.
            let slow = if random.uniform() < 0.5 { 1.0 } else { 2.0 };
            for _ in 0..5 {
                rows.push((user, -slow * (1.0 - random.uniform()).ln()));
            }
            if user % 200 == 199 {
                let found = ArmQuantile::of(&rows, 0.95, 0.05).unwrap().unwrap();
                // 0.5 e^{-t} + 0.5 e^{-t/2} = 0.05.
                let truth = 4.780_473_8;
                is_missed |= found.low > truth || found.high < truth;
            }
        }
        n_missed += u64::from(is_missed);
    }
    assert!(n_missed <= 7, "{n_missed} of {n}");
    assert!(ArmQuantile::of(&[(0, 1.0)], 0.5, 0.05).unwrap().is_none());
}
