//! Rows that stand out: equality with other people's programs, and the stated shares.

use proptest::prelude::*;
use serde::Deserialize;
use trimtab_stats::outliers::{
    Ecod, Hbos, HistogramHeight, IsolationForest, IsolationForestOptions, LocalOutlierFactor,
    Mahalanobis, OutlierDetector, OutlierMethod,
};
use trimtab_stats::{Random, StatsError};

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
    robust: Robust,
}

#[derive(Deserialize)]
struct Case {
    n_columns: usize,
    k: usize,
    reference: Vec<f64>,
    current: Vec<f64>,
    lof: Vec<f64>,
    hbos: Vec<f64>,
    ecod: Vec<f64>,
    mahalanobis: Vec<f64>,
    isolation_forest: Vec<f64>,
}

#[derive(Deserialize)]
struct Robust {
    n_columns: usize,
    reference: Vec<f64>,
    current: Vec<f64>,
    mahalanobis: Vec<f64>,
}

/// Scores all rows and checks that contributions add up to the score, where they do.
#[track_caller]
fn check(
    n_columns: usize,
    current: &[f64],
    expected: &[f64],
    tolerance: f64,
    score: impl Fn(&[f64], &mut [f64]) -> Result<f64, StatsError>,
) {
    let mut contributions = vec![0.0; n_columns];
    for (row, expected) in current.chunks(n_columns).zip(expected) {
        let found = score(row, &mut contributions).unwrap();
        let scale = expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= tolerance * scale,
            "{found} against {expected}"
        );
        let sum: f64 = contributions.iter().sum();
        assert!(
            (sum - found).abs() <= 1e-9 * scale,
            "contributions {sum}, score {found}"
        );
    }
}

#[test]
fn scores_equal_scikit_learn_and_pyod() {
    for case in crate::oracle::read::<Oracle>("outliers.json").cases {
        let (d, reference, current) = (case.n_columns, &case.reference, &case.current);
        let model = LocalOutlierFactor::fit(reference, d, case.k).unwrap();
        check(d, current, &case.lof, 1e-9, |row, out| {
            model.score(row, out)
        });
        let model = Hbos::fit(reference, d, 10, HistogramHeight::Density).unwrap();
        check(d, current, &case.hbos, 1e-9, |row, out| {
            model.score(row, out)
        });
        let model = Ecod::fit(reference, d).unwrap();
        check(d, current, &case.ecod, 1e-9, |row, out| {
            model.score(row, out)
        });
        let model = Mahalanobis::fit(reference, d).unwrap();
        check(d, current, &case.mahalanobis, 1e-9, |row, out| {
            model.score(row, out)
        });
    }
}

#[test]
fn isolation_forests_agree_with_scikit_learn_up_to_their_draws() {
    for case in crate::oracle::read::<Oracle>("outliers.json").cases {
        let mut contributions = vec![0.0; case.n_columns];
        let options = IsolationForestOptions {
            n_trees: 2000,
            sample_size: 64,
            seed: 3,
        };
        let forest = IsolationForest::fit(&case.reference, case.n_columns, options).unwrap();
        for (row, expected) in case
            .current
            .chunks(case.n_columns)
            .zip(&case.isolation_forest)
        {
            let found = forest.score(row, &mut contributions).unwrap();
            // Both average 2,000 random trees. Two such runs of scikit-learn differ by up to
            // 0.008 here, a plain re-implementation in Python from it by up to 0.014.
            let error = (found - expected).abs();
            assert!(error < 0.02, "{found} against {expected}");
        }
    }
}

#[test]
fn a_robust_distance_does_not_notice_a_wild_fifth() {
    let case = crate::oracle::read::<Oracle>("outliers.json").robust;
    let model = Mahalanobis::fit_robust(&case.reference, case.n_columns, 1).unwrap();
    let plain = Mahalanobis::fit(&case.reference, case.n_columns).unwrap();
    let mut contributions = vec![0.0; case.n_columns];
    for (row, expected) in case.current.chunks(case.n_columns).zip(&case.mahalanobis) {
        let found = model.score(row, &mut contributions).unwrap();
        // Two random searches for one minimum end on neighbouring halves.
        let error = (found - expected).abs();
        assert!(error < 0.12 * expected + 0.05, "{found} against {expected}");
    }
    let wild = &case.reference[..case.n_columns];
    let found = model.score(wild, &mut contributions).unwrap();
    assert!(found > 10.0 * plain.score(wild, &mut contributions).unwrap());
}

fn rows(n: usize, n_columns: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::from_seed(seed);
    let mut rows = Vec::new();
    for _ in 0..n {
        let common = random.normal();
        rows.extend((0..n_columns).map(|j| common + (j as f64 + 0.5) * random.normal()));
    }
    rows
}

#[test]
fn the_share_of_alarms_is_the_stated_one() {
    let (n_columns, share) = (4, 0.05);
    for method in OutlierMethod::ALL {
        let mut called = 0;
        for seed in 0..6 {
            let reference = rows(900, n_columns, seed);
            let detector = OutlierDetector::fit(method, &reference, n_columns, seed).unwrap();
            let threshold = detector.threshold(share).unwrap();
            let mut contributions = vec![0.0; n_columns];
            for row in rows(500, n_columns, 1000 + seed).chunks(n_columns) {
                let found = detector.score(row, &mut contributions).unwrap();
                called += usize::from(found.tail <= share);
                assert_eq!(found.tail <= share, found.score >= threshold);
            }
        }
        let found = called as f64 / 3000.0;
        // The calibration sets' own chance has a standard deviation of about 0.006.
        assert!((found - share).abs() < 0.02, "{}: {found}", method.as_str());
    }
}

#[test]
fn the_column_that_made_a_row_stand_out_is_named() {
    let n_columns = 5;
    let reference = rows(900, n_columns, 1);
    for method in OutlierMethod::ALL {
        let detector = OutlierDetector::fit(method, &reference, n_columns, 2).unwrap();
        for wrong in 0..n_columns {
            let mut row = vec![0.1; n_columns];
            row[wrong] = 60.0;
            let mut contributions = vec![0.0; n_columns];
            let found = detector.score(&row, &mut contributions).unwrap();
            // A forest sees that a value is the largest, not by how much; one column's bins
            // or ranks can say no more than that, which many small oddities add up to.
            let limit = match method {
                OutlierMethod::IsolationForest => 0.3,
                OutlierMethod::Hbos | OutlierMethod::Ecod => 0.6,
                _ => 0.02,
            };
            assert!(found.tail < limit, "{}: {found:?}", method.as_str());
            let largest = (0..n_columns)
                .max_by(|&a, &b| contributions[a].total_cmp(&contributions[b]))
                .unwrap();
            assert_eq!(largest, wrong, "{}: {contributions:?}", method.as_str());
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_scores() {
    let reference = rows(300, 3, 1);
    for method in OutlierMethod::ALL {
        let a = OutlierDetector::fit(method, &reference, 3, 9).unwrap();
        let b = OutlierDetector::fit(method, &reference, 3, 9).unwrap();
        assert_eq!(a, b);
    }
}

#[test]
fn refuses_what_has_no_meaning() {
    for method in OutlierMethod::ALL {
        assert!(OutlierDetector::fit(method, &[], 2, 0).is_err());
        assert!(OutlierDetector::fit(method, &[1.0, 2.0, 3.0], 2, 0).is_err());
        assert!(OutlierDetector::fit(method, &[1.0, 2.0, 3.0], 0, 0).is_err());
        let detector = OutlierDetector::fit(method, &rows(60, 2, 0), 2, 0).unwrap();
        assert!(detector.score(&[1.0], &mut [0.0]).is_err());
        assert_eq!(OutlierMethod::from_name(method.as_str()), Some(method));
    }
    assert!(Hbos::fit(&[1.0], 1, 1, HistogramHeight::Relative).is_err());
    assert!(LocalOutlierFactor::fit(&[1.0, 2.0], 1, 0).is_err());
}

#[test]
fn a_value_never_seen_in_a_constant_column_stands_out() {
    let mut reference = rows(300, 2, 3);
    for row in reference.chunks_mut(2) {
        row[1] = 7.0;
    }
    for method in [
        OutlierMethod::Hbos,
        OutlierMethod::Ecod,
        OutlierMethod::LocalOutlierFactor,
        OutlierMethod::Mahalanobis,
        OutlierMethod::RobustMahalanobis,
    ] {
        let detector = OutlierDetector::fit(method, &reference, 2, 0).unwrap();
        let mut contributions = [0.0; 2];
        let usual = detector.score(&[0.0, 7.0], &mut contributions).unwrap();
        let odd = detector.score(&[0.0, 9.0], &mut contributions).unwrap();
        assert!(odd.score > usual.score, "{}", method.as_str());
        assert!(contributions[1] > contributions[0], "{}", method.as_str());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_values_give_a_score_and_a_tail(
        values in prop::collection::vec(any::<f64>(), 12..90),
        method in prop::sample::select(OutlierMethod::ALL.to_vec()),
    ) {
        let n_columns = 2;
        let values = &values[..values.len() / 2 * 2];
        // Too few rows for a robust fit is an answer, too.
        if let Ok(detector) = OutlierDetector::fit(method, values, n_columns, 0) {
            let mut contributions = [0.0; 2];
            for row in values.chunks(n_columns) {
                let found = detector.score(row, &mut contributions).unwrap();
                prop_assert!(!found.score.is_nan(), "{:?} {:?}", method, row);
                prop_assert!(found.tail > 0.0 && found.tail <= 1.0);
            }
        }
    }

    #[test]
    fn the_order_of_reference_rows_does_not_matter(seed in any::<u64>()) {
        let reference = rows(80, 3, seed);
        let mut reversed = Vec::new();
        for row in reference.rchunks(3) {
            reversed.extend_from_slice(row);
        }
        let row = [0.3, -1.0, 4.0];
        let (mut a, mut b) = ([0.0; 3], [0.0; 3]);
        let x = Ecod::fit(&reference, 3).unwrap().score(&row, &mut a).unwrap();
        let y = Ecod::fit(&reversed, 3).unwrap().score(&row, &mut b).unwrap();
        prop_assert_eq!(x, y);
        let x = LocalOutlierFactor::fit(&reference, 3, 5).unwrap().score(&row, &mut a).unwrap();
        let y = LocalOutlierFactor::fit(&reversed, 3, 5).unwrap().score(&row, &mut b).unwrap();
        prop_assert!((x - y).abs() <= 1e-9 * x);
        let x = Mahalanobis::fit(&reference, 3).unwrap().score(&row, &mut a).unwrap();
        let y = Mahalanobis::fit(&reversed, 3).unwrap().score(&row, &mut b).unwrap();
        prop_assert!((x - y).abs() <= 1e-9 * x);
    }
}
