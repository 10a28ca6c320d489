//! Many hypotheses and many looks: equality with statsmodels and with sequential
//! boundaries computed another way, and the rates that are promised.

use crate::oracle::{check, read};
use proptest::prelude::*;
use serde::Deserialize;
use trimtab_stats::multiplicity::{AlphaSpending, Correction, OnlineFdr, adjust_e_values};
use trimtab_stats::{Random, StatsError, normal_sf};

#[derive(Deserialize)]
struct Oracle {
    adjusted: Vec<AdjustedCase>,
    looks: Vec<LooksCase>,
    online: OnlineCase,
}

#[derive(Deserialize)]
struct AdjustedCase {
    p_values: Vec<f64>,
    benjamini_hochberg: Vec<f64>,
    benjamini_yekutieli: Vec<f64>,
    holm: Vec<f64>,
    bonferroni: Vec<f64>,
}

#[derive(Deserialize)]
struct LooksCase {
    kind: String,
    alpha: f64,
    information: Vec<f64>,
    boundaries: Vec<f64>,
}

#[derive(Deserialize)]
struct OnlineCase {
    p_values: Vec<f64>,
    levels: Vec<f64>,
    alarms: Vec<u64>,
}

const SPENDINGS: [AlphaSpending; 2] = [AlphaSpending::OBrienFleming, AlphaSpending::Pocock];

#[test]
fn adjusted_p_values_equal_statsmodels() {
    for case in read::<Oracle>("multiplicity.json").adjusted {
        for (correction, expected) in [
            (Correction::BenjaminiHochberg, &case.benjamini_hochberg),
            (Correction::BenjaminiYekutieli, &case.benjamini_yekutieli),
            (Correction::Holm, &case.holm),
            (Correction::Bonferroni, &case.bonferroni),
        ] {
            let found = correction.adjust(&case.p_values);
            for (found, expected) in found.iter().zip(expected) {
                check(correction.name(), *found, *expected, 1e-12, 0.0);
            }
        }
    }
}

#[test]
fn boundaries_equal_multivariate_normal_rectangles() {
    for case in read::<Oracle>("multiplicity.json").looks {
        let spending = SPENDINGS.into_iter().find(|one| one.name() == case.kind);
        let found = spending
            .unwrap()
            .boundaries(case.alpha, &case.information)
            .unwrap();
        for (found, expected) in found.iter().zip(&case.boundaries) {
            // The error of the rectangles.
            check(&case.kind, *found, *expected, 1e-4, 0.0);
        }
    }
}

#[test]
fn online_levels_equal_a_second_implementation() {
    let case = read::<Oracle>("multiplicity.json").online;
    let mut looks = OnlineFdr::new(0.05, 0.025).unwrap();
    let mut alarms = Vec::new();
    for (&p_value, &level) in case.p_values.iter().zip(&case.levels) {
        check("level", looks.level(), level, 1e-9, 0.0);
        if looks.observe(p_value) {
            alarms.push(looks.n_looks());
        }
    }
    assert_eq!(alarms, case.alarms);
    assert_eq!(looks.n_alarms(), alarms.len());
    let bytes = looks.to_bytes();
    assert_eq!(OnlineFdr::from_bytes(&bytes), Ok(looks));
    assert!(OnlineFdr::from_bytes(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn accumulating_looks_alarm_as_often_as_was_spent() {
    let information: Vec<f64> = (1..=12).map(|month| f64::from(month) / 12.0).collect();
    for spending in SPENDINGS {
        let limits = spending.boundaries(0.05, &information).unwrap();
        let mut random = Random::from_seed(5);
        let n_years = 40_000;
        let n_alarms = (0..n_years)
            .filter(|_| {
                let mut sum = 0.0;
                let mut is_alarm = false;
                for (month, limit) in (1..=12).zip(&limits) {
                    sum += random.normal();
                    is_alarm |= f64::abs(sum) / f64::from(month).sqrt() >= *limit;
                }
                is_alarm
            })
            .count();
        let rate = n_alarms as f64 / f64::from(n_years);
        assert!((rate - 0.05).abs() < 0.004, "{}: {rate}", spending.name());
    }
}

#[test]
fn a_year_of_daily_looks_can_be_planned() {
    let information: Vec<f64> = (1..=365).map(|day| f64::from(day) / 365.0).collect();
    for spending in SPENDINGS {
        let limits = spending.boundaries(0.05, &information).unwrap();
        assert!(limits.iter().all(|limit| limit.is_finite() && *limit > 1.9));
        let levels = spending.levels(0.05, &information).unwrap();
        assert!((levels.iter().sum::<f64>() - 0.05).abs() < 1e-12);
        // Correlated looks may each use more than separate ones.
        let last = 2.0 * normal_sf(limits[364]);
        assert!(last > levels[364], "{}: {last}", spending.name());
    }
}

#[test]
fn looks_that_cannot_be_planned_are_refused() {
    let plan = |alpha, information: &[f64]| AlphaSpending::Pocock.boundaries(alpha, information);
    assert_eq!(
        plan(0.05, &[]),
        Err(StatsError::EmptySample { sample: "looks" })
    );
    for (alpha, information) in [
        (0.0, &[1.0][..]),
        (f64::NAN, &[1.0]),
        (0.05, &[0.5, 0.5]),
        (0.05, &[0.0, 0.5]),
        (0.05, &[0.5, 1.1]),
        (0.05, &[f64::NAN]),
    ] {
        assert!(plan(alpha, information).is_err(), "{alpha} {information:?}");
    }
    assert!(OnlineFdr::new(0.05, 0.05).is_err());
    assert!(OnlineFdr::new(f64::NAN, 0.01).is_err());
}

#[test]
fn online_alarms_keep_the_false_discovery_rate() {
    let mut random = Random::from_seed(11);
    let n_runs = 400;
    let mut share = 0.0;
    for _ in 0..n_runs {
        let mut looks = OnlineFdr::new(0.05, 0.025).unwrap();
        let (mut n_false, mut n_true) = (0, 0);
        for _ in 0..500 {
            let is_drift = random.uniform() < 0.1;
            let z = random.normal() + if is_drift { 3.5 } else { 0.0 };
            if looks.observe(normal_sf(z)) {
                n_false += u32::from(!is_drift);
                n_true += u32::from(is_drift);
            }
        }
        assert!(n_true > 0);
        share += f64::from(n_false) / f64::from((n_false + n_true).max(1));
    }
    let rate = share / f64::from(n_runs);
    assert!(rate <= 0.05, "{rate}");
}

proptest! {
    #[test]
    fn adjustment_keeps_order_and_never_helps(
        p_values in prop::collection::vec(0.0..=1.0_f64, 1..40),
    ) {
        for correction in [
            Correction::BenjaminiHochberg,
            Correction::BenjaminiYekutieli,
            Correction::Holm,
            Correction::Bonferroni,
        ] {
            let adjusted = correction.adjust(&p_values);
            for (i, &p) in p_values.iter().enumerate() {
                prop_assert!(adjusted[i] >= p * (1.0 - 1e-12) && adjusted[i] <= 1.0);
                for (j, &q) in p_values.iter().enumerate() {
                    prop_assert!(p > q || adjusted[i] <= adjusted[j]);
                }
            }
        }
        let strict = Correction::BenjaminiYekutieli.adjust(&p_values);
        let usual = Correction::BenjaminiHochberg.adjust(&p_values);
        prop_assert!(strict.iter().zip(&usual).all(|(s, u)| s >= u));
    }

    #[test]
    fn e_values_are_judged_as_p_values_of_their_inverse(
        e_values in prop::collection::vec(0.0..500.0_f64, 1..40),
    ) {
        let inverse: Vec<f64> = e_values.iter().map(|e| (1.0 / e).min(1.0)).collect();
        let expected = Correction::BenjaminiHochberg.adjust(&inverse);
        for (found, expected) in adjust_e_values(&e_values).iter().zip(&expected) {
            prop_assert!((found - expected).abs() <= 1e-12 * expected.abs());
        }
    }

    #[test]
    fn foreign_bytes_are_refused_without_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        if let Ok(looks) = OnlineFdr::from_bytes(&bytes) {
            prop_assert_eq!(looks.to_bytes(), bytes);
        }
    }
}
