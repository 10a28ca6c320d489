//! Laws that measures keep on any rows, and that merging keeps in any order.

use proptest::prelude::*;
use trimtab_stats::performance::{
    BinaryPerformance, BinaryRows, Evaluation, EvaluationSettings, FairnessRows, FairnessSettings,
    Metric, MulticlassPerformance, MulticlassRows, RankingPerformance, RankingRows,
    RegressionPerformance, RegressionRows, delong, delong_test, evaluate_binary, evaluate_fairness,
    evaluate_multiclass, evaluate_ranking, evaluate_regression,
};
use trimtab_stats::resampling::{Blocks, bca_interval, percentile_interval};
use trimtab_stats::{Random, StatsError};

fn quick() -> EvaluationSettings {
    EvaluationSettings {
        beta: 0.5,
        replicates: 40,
        lift_shares: vec![0.1, 0.5, 1.0],
        ..EvaluationSettings::default()
    }
}

/// A value is finite and inside its interval, or absent with a reason.
#[track_caller]
fn assert_sound(metric: &Metric) {
    match metric.value {
        None => assert!(
            metric.reason.is_some() && metric.lower.is_none(),
            "{metric:?}"
        ),
        Some(value) => {
            assert!(value.is_finite(), "{metric:?}");
            match metric.lower.zip(metric.upper) {
                None => assert!(metric.reason.is_some(), "{metric:?}"),
                Some((lower, upper)) => {
                    assert!(metric.interval_method.is_some() && metric.reason.is_none());
                    assert!(
                        !lower.is_nan() && !upper.is_nan() && lower <= upper,
                        "{metric:?}"
                    );
                }
            }
        }
    }
}

#[track_caller]
fn assert_all_sound(found: &Evaluation) {
    found.metrics.iter().for_each(assert_sound);
}

/// The same values and closed-form intervals, to rounding.
#[track_caller]
fn assert_alike(first: &Evaluation, second: &Evaluation, tolerance: f64) {
    assert_eq!(first.metrics.len(), second.metrics.len());
    for (a, b) in first.metrics.iter().zip(&second.metrics) {
        assert_eq!((&a.name, a.class), (&b.name, b.class));
        let is_closed = |metric: &Metric| {
            metric
                .interval_method
                .is_some_and(|method| !method.as_str().contains("bootstrap"))
        };
        // Which rows a bootstrap draws depends on their places.
        let ends = if is_closed(a) || is_closed(b) {
            vec![(a.value, b.value), (a.lower, b.lower), (a.upper, b.upper)]
        } else {
            vec![(a.value, b.value)]
        };
        for (x, y) in ends {
            assert_eq!(x.is_some(), y.is_some(), "{a:?} {b:?}");
            let (x, y) = (x.unwrap_or(0.0), y.unwrap_or(0.0));
            let close = (x - y).abs() <= tolerance * x.abs().max(1.0) || x == y;
            assert!(close, "{a:?} {b:?}");
        }
    }
}

/// Numbers that break careless arithmetic.
fn nasty() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -3.0..3.0_f64,
        2 => (0..4_u8).prop_map(f64::from),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
        1 => Just(1.7e308),
        1 => Just(-1.7e308),
        1 => Just(1e-308),
        1 => Just(9_007_199_254_740_993.0),
        1 => Just(-0.0),
    ]
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.1..5.0_f64,
        1 => Just(0.0),
        1 => Just(1e-300),
        1 => Just(1e300),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn binary_measures_are_sound_on_any_rows(
        rows in prop::collection::vec((any::<bool>(), nasty(), weight(), 0_u64..12), 0..40),
        probabilities in any::<bool>(),
        weighted in any::<bool>(),
        by_block in any::<bool>(),
    ) {
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows
            .iter()
            .map(|row| if probabilities { row.1.abs().min(1.0) } else { row.1 })
            .collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let blocks: Vec<u64> = rows.iter().map(|row| row.3).collect();
        let predictions: Vec<bool> = rows.iter().map(|row| row.1 > 0.0).collect();
        let rows = BinaryRows {
            labels: &labels,
            scores: Some(&scores),
            predictions: Some(&predictions),
            weights: weighted.then_some(&weights),
            blocks: by_block.then_some(&blocks),
        };
        assert_all_sound(&evaluate_binary(&rows, &quick()).unwrap());
    }

    #[test]
    fn multiclass_measures_are_sound_on_any_rows(
        rows in prop::collection::vec((0_u32..4, [nasty(), nasty(), nasty(), nasty()], weight()), 0..30),
        weighted in any::<bool>(),
        by_block in any::<bool>(),
    ) {
        let labels: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows.iter().flat_map(|row| row.1).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let blocks: Vec<u64> = (0..rows.len() as u64).map(|row| row / 2).collect();
        let rows = MulticlassRows {
            n_classes: 4,
            labels: &labels,
            scores: Some(&scores),
            predictions: None,
            weights: weighted.then_some(&weights),
            blocks: by_block.then_some(&blocks),
        };
        assert_all_sound(&evaluate_multiclass(&rows, &quick()).unwrap());
    }

    #[test]
    fn regression_measures_are_sound_on_any_rows(
        rows in prop::collection::vec((nasty(), nasty(), weight()), 0..30),
        weighted in any::<bool>(),
        by_block in any::<bool>(),
    ) {
        let labels: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let predictions: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let blocks: Vec<u64> = (0..rows.len() as u64).map(|row| row / 2).collect();
        let given = RegressionRows {
            labels: &labels,
            predictions: &predictions,
            weights: weighted.then_some(&weights),
            blocks: by_block.then_some(&blocks),
        };
        assert_all_sound(&evaluate_regression(&given, &quick()).unwrap());
        let mut merged = RegressionPerformance::default();
        for row in &rows {
            merged.add(row.1, row.0);
        }
        assert_all_sound(&merged.evaluate(&quick()).unwrap());
    }

    #[test]
    fn ranking_measures_are_sound_on_any_rows(
        rows in prop::collection::vec((0_u64..6, 0_u8..3, nasty(), weight()), 0..40),
        weighted in any::<bool>(),
        by_block in any::<bool>(),
    ) {
        let queries: Vec<u64> = rows.iter().map(|row| row.0).collect();
        let labels: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        let scores: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.3).collect();
        let rows = RankingRows {
            queries: &queries,
            labels: &labels,
            scores: &scores,
            weights: weighted.then_some(&weights),
            blocks: by_block.then_some(&queries),
        };
        let found = evaluate_ranking(&rows, &quick()).unwrap();
        assert_all_sound(&found);
        for metric in &found.metrics {
            assert!(metric.value.is_none_or(|value| (0.0..=1.0).contains(&value)), "{metric:?}");
        }
    }

    #[test]
    fn fairness_never_gives_a_number_without_an_interval(
        rows in prop::collection::vec((0_u32..4, any::<bool>(), any::<bool>(), weight()), 1..150),
        min_rows in 0_u64..20,
        weighted in any::<bool>(),
        by_block in any::<bool>(),
    ) {
        let groups: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let predictions: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.3).collect();
        let blocks: Vec<u64> = (0..rows.len() as u64).map(|row| row / 6).collect();
        let rows = FairnessRows {
            groups: &groups,
            n_groups: 4,
            labels: &labels,
            predictions: &predictions,
            weights: weighted.then_some(&weights),
            blocks: by_block.then_some(&blocks),
        };
        let settings = FairnessSettings { min_rows, replicates: 60, ..FairnessSettings::default() };
        let Ok(found) = evaluate_fairness(&rows, &settings) else {
            // Every weight was 0.
            return Ok(());
        };
        let groups = found.groups.iter().flat_map(|group| &group.rates);
        let pairs = found.comparisons.iter().flat_map(|pair| &pair.metrics);
        for metric in groups.chain(pairs).chain(&found.overall) {
            assert_sound(metric);
            assert_eq!(metric.value.is_some(), metric.lower.is_some(), "{metric:?}");
        }
    }

    #[test]
    fn the_order_of_rows_and_the_scale_of_weights_do_not_matter(
        rows in prop::collection::vec((any::<bool>(), 0_u8..20, 0.1..5.0_f64), 2..60),
        factor in prop_oneof![Just(1e-200), Just(3.0), Just(1e200)],
    ) {
        let evaluate = |rows: &[(bool, u8, f64)], factor: f64| {
            let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 19.0).collect();
            let weights: Vec<f64> = rows.iter().map(|row| row.2 * factor).collect();
            let rows = BinaryRows {
                labels: &labels,
                scores: Some(&scores),
                weights: Some(&weights),
                ..BinaryRows::default()
            };
            evaluate_binary(&rows, &quick()).unwrap()
        };
        let mut other = rows.clone();
        other.reverse();
        let rotation = other.len() / 3;
        other.rotate_left(rotation);
        assert_alike(&evaluate(&rows, 1.0), &evaluate(&other, factor), 1e-6);
    }

    #[test]
    fn a_weight_is_a_number_of_rows_to_every_value(
        rows in prop::collection::vec((any::<bool>(), 0_u8..10, 1_u8..4), 1..30),
    ) {
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 9.0).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let repeated: Vec<(bool, f64)> = rows
            .iter()
            .flat_map(|row| vec![(row.0, f64::from(row.1) / 9.0); row.2.into()])
            .collect();
        let (many_labels, many_scores): (Vec<bool>, Vec<f64>) = repeated.into_iter().unzip();
        let weighted = BinaryRows {
            labels: &labels,
            scores: Some(&scores),
            weights: Some(&weights),
            ..BinaryRows::default()
        };
        let plain = BinaryRows {
            labels: &many_labels,
            scores: Some(&many_scores),
            ..BinaryRows::default()
        };
        let weighted = evaluate_binary(&weighted, &quick()).unwrap();
        let plain = evaluate_binary(&plain, &quick()).unwrap();
        for (a, b) in weighted.metrics.iter().zip(&plain.metrics) {
            match a.value.zip(b.value) {
                Some((x, y)) => assert!((x - y).abs() <= 1e-6 * x.abs().max(1.0), "{a:?} {b:?}"),
                None => assert_eq!(a.value.is_some(), b.value.is_some(), "{a:?} {b:?}"),
            }
        }
    }

    #[test]
    fn auc_knows_order_only_and_turns_with_it(
        rows in prop::collection::vec((any::<bool>(), -5.0..5.0_f64), 4..60),
    ) {
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows.iter().map(|row| row.1).collect();
        prop_assume!(labels.contains(&true) && labels.contains(&false));
        let found = delong(&scores, &labels, None).unwrap();
        let stretched: Vec<f64> = scores.iter().map(|score| score.exp()).collect();
        let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
        let by_order = delong(&stretched, &labels, None).unwrap();
        assert_eq!((by_order.auc, by_order.variance), (found.auc, found.variance));
        let other = delong(&turned, &labels, None).unwrap();
        assert!((other.auc + found.auc - 1.0).abs() < 1e-12);
        assert!((other.variance - found.variance).abs() < 1e-12);
        let paired = delong_test(&scores, &turned, &labels, None).unwrap();
        let swapped = delong_test(&turned, &scores, &labels, None).unwrap();
        // Without any variance z is infinite, or the noise of its last digits.
        if paired.standard_error > 1e-6 {
            assert!((paired.z + swapped.z).abs() < 1e-9 * paired.z.abs().max(1.0));
        }
    }

    #[test]
    fn multiclass_merges_in_any_order(
        rows in prop::collection::vec((0_u32..3, 0_u32..3, [0_u8..5, 0_u8..5, 0_u8..5]), 1..40),
        split in 0_usize..40,
    ) {
        let scores = |parts: [u8; 3]| {
            let total: f64 = parts.iter().map(|&part| f64::from(part) + 1.0).sum();
            parts.map(|part| (f64::from(part) + 1.0) / total)
        };
        let mut whole = MulticlassPerformance::new(3).unwrap();
        let mut parts = [whole.clone(), whole.clone()];
        for (i, &(label, prediction, score)) in rows.iter().enumerate() {
            let score = scores(score);
            whole.add(Some(&score), prediction, label).unwrap();
            parts[usize::from(i < split)].add(Some(&score), prediction, label).unwrap();
        }
        let mut merged = parts[1].clone();
        merged.merge(&parts[0]).unwrap();
        assert_eq!(merged.to_bytes(), whole.to_bytes());
        assert_eq!(MulticlassPerformance::from_bytes(&whole.to_bytes()).unwrap(), whole);
        merged.subtract(&parts[1]).unwrap();
        assert_eq!(merged, parts[0]);
        // The same as from rows, but for what needs rows.
        let labels: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let predictions: Vec<u32> = rows.iter().map(|row| row.1).collect();
        let all: Vec<f64> = rows.iter().flat_map(|row| scores(row.2)).collect();
        let from_rows = MulticlassRows {
            n_classes: 3,
            labels: &labels,
            predictions: Some(&predictions),
            scores: Some(&all),
            ..MulticlassRows::default()
        };
        let from_rows = evaluate_multiclass(&from_rows, &quick()).unwrap();
        same_values(&whole.evaluate(&quick()).unwrap(), &from_rows, 1e-6);
    }

    #[test]
    fn binary_counts_say_what_rows_say(
        // Counts know scores to 3e-8. Beside 0 and 1 that is much in a logarithm, and so in the
        // slope of calibration and the spread of log loss.
        rows in prop::collection::vec((any::<bool>(), 0.01..0.99_f64), 2..60),
    ) {
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let mut counted = BinaryPerformance::default();
        for &(label, score) in &rows {
            counted.add(Some(score), score >= 0.5, label);
        }
        let from_rows = BinaryRows {
            labels: &labels,
            scores: Some(&scores),
            ..BinaryRows::default()
        };
        let from_rows = evaluate_binary(&from_rows, &quick()).unwrap();
        let counted = counted.evaluate(&quick()).unwrap();
        assert_all_sound(&counted);
        // Slopes of nearly separated labels multiply it too.
        same_values(&counted, &from_rows, 1e-4);
    }

    #[test]
    fn regression_merges_in_any_order(
        rows in prop::collection::vec((-0.9..50.0_f64, -0.9..50.0_f64), 2..40),
        split in 0_usize..40,
    ) {
        let mut whole = RegressionPerformance::default();
        let mut parts = [whole.clone(), whole.clone()];
        for (i, &(label, prediction)) in rows.iter().enumerate() {
            whole.add(prediction, label);
            parts[usize::from(i < split)].add(prediction, label);
        }
        let mut merged = parts[1].clone();
        merged.merge(&parts[0]).unwrap();
        assert_eq!(merged.to_bytes(), whole.to_bytes());
        assert_eq!(RegressionPerformance::from_bytes(&whole.to_bytes()).unwrap(), whole);
        merged.subtract(&parts[1]).unwrap();
        assert_eq!(merged, parts[0]);
        let labels: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let predictions: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let from_rows = RegressionRows {
            labels: &labels,
            predictions: &predictions,
            ..RegressionRows::default()
        };
        let from_rows = evaluate_regression(&from_rows, &quick()).unwrap();
        same_values(&whole.evaluate(&quick()).unwrap(), &from_rows, 1e-9);
    }

    #[test]
    fn rankings_merge_in_any_order(
        queries in prop::collection::vec(prop::collection::vec((0_u8..3, 0_u8..6), 1..8), 2..20),
        split in 0_usize..20,
    ) {
        let mut whole = RankingPerformance::new(&[5, 1]).unwrap();
        let mut parts = [whole.clone(), whole.clone()];
        let (mut ids, mut all_labels, mut all_scores) = (vec![], vec![], vec![]);
        for (i, rows) in queries.iter().enumerate() {
            let labels: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            whole.add(&scores, &labels).unwrap();
            parts[usize::from(i < split)].add(&scores, &labels).unwrap();
            ids.extend(vec![i as u64; rows.len()]);
            all_labels.extend(labels);
            all_scores.extend(scores);
        }
        let mut merged = parts[1].clone();
        merged.merge(&parts[0]).unwrap();
        assert_eq!(merged.to_bytes(), whole.to_bytes());
        assert_eq!(RankingPerformance::from_bytes(&whole.to_bytes()).unwrap(), whole);
        merged.subtract(&parts[1]).unwrap();
        assert_eq!(merged, parts[0]);
        let rows = RankingRows {
            queries: &ids,
            labels: &all_labels,
            scores: &all_scores,
            ..RankingRows::default()
        };
        let settings = EvaluationSettings { ks: vec![1, 5], ..quick() };
        let from_rows = evaluate_ranking(&rows, &settings).unwrap();
        same_values(&whole.evaluate(&settings).unwrap(), &from_rows, 1e-9);
    }

    #[test]
    fn no_bytes_make_the_new_profiles_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        if let Ok(found) = MulticlassPerformance::from_bytes(&bytes) {
            found.evaluate(&quick()).unwrap();
        }
        if let Ok(found) = RankingPerformance::from_bytes(&bytes) {
            found.evaluate(&quick()).unwrap();
        }
        if let Some(first) = bytes.first_mut() {
            *first = 2;
        }
        if let Ok(found) = RegressionPerformance::from_bytes(&bytes) {
            found.evaluate(&quick()).unwrap();
        }
    }
}

/// Values, and intervals where both have one that is not random.
#[track_caller]
fn same_values(merged: &Evaluation, from_rows: &Evaluation, tolerance: f64) {
    assert_eq!(merged.metrics.len(), from_rows.metrics.len());
    for (a, b) in merged.metrics.iter().zip(&from_rows.metrics) {
        assert_eq!((&a.name, a.class, a.n), (&b.name, b.class, b.n));
        if a.name.contains("ovo") || (a.name.starts_with("calibration") && b.value.is_none()) {
            continue;
        }
        let close = |x: f64, y: f64| (x - y).abs() <= tolerance * x.abs().max(1.0);
        let Some((x, y)) = a.value.zip(b.value) else {
            assert_eq!(a.value.is_some(), b.value.is_some(), "{a:?} {b:?}");
            continue;
        };
        assert!(close(x, y) || x.abs() > 50.0, "{a:?} {b:?}");
        // A slope that is nearly infinite, or an edge of a calibration bin, may differ.
        let is_exact = !a.name.starts_with("calib") && a.name != "ece";
        let ends = a.lower.zip(b.lower);
        if let Some((x, y)) = ends.filter(|_| is_exact && a.interval_method == b.interval_method) {
            assert!(close(x, y), "{a:?} {b:?}");
        }
    }
}

#[test]
fn one_row_and_no_row_have_reasons() {
    let empty = evaluate_binary(
        &BinaryRows {
            scores: Some(&[]),
            ..BinaryRows::default()
        },
        &quick(),
    )
    .unwrap();
    assert_eq!(empty.n, 0);
    assert!(empty.metrics.iter().all(|metric| metric.value.is_none()));
    assert_all_sound(&empty);
    let one = BinaryRows {
        labels: &[true],
        scores: Some(&[0.7]),
        ..BinaryRows::default()
    };
    let one = evaluate_binary(&one, &quick()).unwrap();
    assert_eq!(one.metric("recall").unwrap().value, Some(1.0));
    assert_eq!(
        one.metric("roc_auc").unwrap().reason,
        Some("no negative rows")
    );
    let one = RegressionRows {
        labels: &[2.0],
        predictions: &[3.0],
        ..RegressionRows::default()
    };
    let one = evaluate_regression(&one, &quick()).unwrap();
    let mae = one.metric("mae").unwrap();
    assert_eq!(
        (mae.value, mae.reason),
        (Some(1.0), Some("no interval from one row"))
    );
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let scores = [0.5, 0.2];
    let mut rows = BinaryRows {
        labels: &[true],
        scores: Some(&scores),
        ..BinaryRows::default()
    };
    assert!(matches!(
        evaluate_binary(&rows, &quick()),
        Err(StatsError::LengthMismatch {
            sample: "scores",
            expected: 1,
            found: 2
        })
    ));
    rows.labels = &[true, false];
    rows.weights = Some(&[1.0, -1.0]);
    assert_eq!(
        evaluate_binary(&rows, &quick()),
        Err(StatsError::NotFinite { sample: "weights" })
    );
    rows.weights = None;
    let settings = EvaluationSettings {
        confidence: 1.0,
        ..quick()
    };
    assert!(matches!(
        evaluate_binary(&rows, &settings),
        Err(StatsError::ParameterOutOfDomain {
            name: "confidence",
            ..
        })
    ));
    let rows = MulticlassRows {
        n_classes: 2,
        labels: &[0, 2],
        predictions: Some(&[0, 1]),
        ..MulticlassRows::default()
    };
    assert!(matches!(
        evaluate_multiclass(&rows, &quick()),
        Err(StatsError::ParameterOutOfDomain { name: "class", .. })
    ));
    assert!(MulticlassPerformance::new(1).is_err());
    assert!(RankingPerformance::new(&[0]).is_err());
}

#[test]
fn perfect_and_constant_scores_keep_intervals_of_some_width() {
    let labels: Vec<bool> = (0..40).map(|i| i < 15).collect();
    let perfect: Vec<f64> = (0..40).map(|i| 1.0 - f64::from(i) / 40.0).collect();
    let constant = vec![0.4; 40];
    for (scores, auc) in [(&perfect, 1.0), (&constant, 0.5)] {
        let rows = BinaryRows {
            labels: &labels,
            scores: Some(scores),
            ..BinaryRows::default()
        };
        let found = evaluate_binary(&rows, &quick()).unwrap();
        assert_all_sound(&found);
        let metric = found.metric("roc_auc").unwrap();
        assert_eq!(metric.value, Some(auc));
        assert!(
            metric.upper.unwrap() - metric.lower.unwrap() > 0.05,
            "{metric:?}"
        );
    }
    let rows = BinaryRows {
        labels: &labels,
        scores: Some(&perfect),
        ..BinaryRows::default()
    };
    let found = evaluate_binary(&rows, &quick()).unwrap();
    assert!(
        found
            .metric("calibration_slope")
            .unwrap()
            .reason
            .unwrap()
            .contains("separates")
    );
}

#[test]
fn the_same_seed_gives_the_same_intervals() {
    let mut random = Random::from_seed(3);
    let scores: Vec<f64> = (0..200).map(|_| random.uniform()).collect();
    let labels: Vec<bool> = scores.iter().map(|&s| random.uniform() < s).collect();
    let rows = BinaryRows {
        labels: &labels,
        scores: Some(&scores),
        ..BinaryRows::default()
    };
    let first = evaluate_binary(&rows, &quick()).unwrap();
    assert_eq!(first, evaluate_binary(&rows, &quick()).unwrap());
    let other = EvaluationSettings { seed: 9, ..quick() };
    assert_ne!(first, evaluate_binary(&rows, &other).unwrap());
}

#[test]
fn few_blocks_give_no_interval_and_say_so() {
    let labels: Vec<bool> = (0..70).map(|i| i % 3 == 0).collect();
    let scores: Vec<f64> = (0..70).map(|i| f64::from(i * 7 % 70) / 70.0).collect();
    let blocks: Vec<u64> = (0..70).map(|i| i / 10).collect();
    let rows = BinaryRows {
        labels: &labels,
        scores: Some(&scores),
        blocks: Some(&blocks),
        ..BinaryRows::default()
    };
    let found = evaluate_binary(&rows, &quick()).unwrap();
    assert_eq!(found.n_blocks, Some(7));
    for metric in &found.metrics {
        assert_eq!(
            (metric.lower, metric.reason),
            (None, Some("no interval from fewer than 8 blocks"))
        );
    }
}

#[test]
fn regression_of_the_first_format_stays_readable() {
    let stored = include_bytes!("format_1_regression.bin");
    let old = RegressionPerformance::from_bytes(stored).unwrap();
    let mut new = RegressionPerformance::default();
    for i in 0..50_u32 {
        new.add(f64::from(i % 7) * 3.0, f64::from(i));
    }
    assert_eq!(old.metrics(), new.metrics());
    assert!(
        new.evaluate(&quick())
            .unwrap()
            .metric("smape")
            .unwrap()
            .value
            .is_some()
    );
    let mut both = old.clone();
    both.merge(&new).unwrap();
    let found = both.evaluate(&quick()).unwrap();
    assert_eq!(found.n, 100);
    assert_eq!(found.metric("mae").unwrap().value, new.metrics().mae);
    let smape = found.metric("smape").unwrap();
    assert_eq!(smape.value, None);
    assert!(
        smape
            .reason
            .unwrap()
            .contains("before their sums were kept")
    );
    both.subtract(&old).unwrap();
    assert_eq!(both, new);
}

#[test]
fn blocks_are_numbered_in_the_order_of_their_ids() {
    let blocks = Blocks::from_ids(&[9, 9, 2, 9, 5, 2]).unwrap();
    assert_eq!(blocks.of_row(), [2, 2, 0, 2, 1, 0]);
    assert_eq!(blocks.len(), 3);
    assert!(Blocks::from_ids(&[]).unwrap().is_empty());
}

#[test]
fn bootstrap_intervals_read_the_replicates_where_they_say() {
    let mut replicates: Vec<f64> = (0..=1000).rev().map(|i| f64::from(i) / 1000.0).collect();
    // Many units: the plain percentiles.
    let (lower, upper) = percentile_interval(&mut replicates, 10_000_000, 0.9).unwrap();
    assert!((lower - 0.05).abs() < 1e-6 && (upper - 0.95).abs() < 1e-6);
    // Few units: wider.
    let (lower, upper) = percentile_interval(&mut replicates, 10, 0.9).unwrap();
    assert!(lower < 0.03 && upper > 0.97);
    assert_eq!(percentile_interval(&mut replicates, 7, 0.9), None);
    // Without bias and skewness BCa is the percentile interval.
    let jackknife: Vec<f64> = (0..21).map(|i| 0.4 + f64::from(i) / 100.0).collect();
    let (lower, upper) = bca_interval(0.5, &mut replicates, &jackknife, 0.9).unwrap();
    assert!((lower - 0.05).abs() < 1e-9 && (upper - 0.95).abs() < 1e-9);
}
