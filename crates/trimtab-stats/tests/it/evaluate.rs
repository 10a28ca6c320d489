//! Measures with intervals equal scikit-learn, statsmodels and independent programs.

use crate::oracle::read;
use serde::Deserialize;
use std::collections::BTreeMap;
use trimtab_stats::performance::{
    BinaryRows, Evaluation, EvaluationSettings, IntervalMethod, MulticlassRows, RankingRows,
    RegressionRows, delong_test, evaluate_binary, evaluate_multiclass, evaluate_ranking,
    evaluate_regression, log_ratio_interval, newcombe_interval, wilson_interval,
};
use trimtab_stats::student_t_quantile;

type Values = BTreeMap<String, f64>;

#[derive(Deserialize)]
struct Oracle {
    binary: Vec<Binary>,
    paired: Paired,
    multiclass: Vec<Multiclass>,
    regression: Vec<Regression>,
    ranking: Vec<Ranking>,
    intervals: Intervals,
}

#[derive(Deserialize)]
struct Binary {
    name: String,
    labels: Vec<u8>,
    scores: Vec<f64>,
    weights: Option<Vec<f64>>,
    values: Values,
    standard_errors: Values,
    #[serde(default)]
    intervals: BTreeMap<String, [f64; 2]>,
    #[serde(default)]
    delta: Values,
}

#[derive(Deserialize)]
struct Paired {
    labels: Vec<u8>,
    first: Vec<f64>,
    second: Vec<f64>,
    difference: f64,
    z: f64,
    p_value: f64,
}

#[derive(Deserialize)]
struct Multiclass {
    name: String,
    n_classes: u32,
    labels: Vec<u32>,
    scores: Vec<f64>,
    weights: Option<Vec<f64>>,
    values: Values,
    classes: BTreeMap<String, Vec<f64>>,
    #[serde(default)]
    delta: Values,
    #[serde(default)]
    jackknife: Values,
}

#[derive(Deserialize)]
struct Regression {
    name: String,
    labels: Vec<f64>,
    predictions: Vec<f64>,
    weights: Option<Vec<f64>>,
    values: Values,
}

#[derive(Deserialize)]
struct Ranking {
    name: String,
    queries: Vec<u64>,
    labels: Vec<f64>,
    scores: Vec<f64>,
    values: Values,
}

#[derive(Deserialize)]
struct Intervals {
    wilson: Vec<[f64; 5]>,
    newcombe: Vec<[f64; 6]>,
    log_ratio: Vec<[f64; 6]>,
    student: Vec<[f64; 3]>,
}

#[track_caller]
fn close(what: &str, found: f64, expected: f64, relative: f64) {
    let error = (found - expected).abs();
    assert!(
        error <= relative * expected.abs().max(1e-3),
        "{what}: found {found:e}, expected {expected:e}"
    );
}

#[track_caller]
fn check_values(case: &str, found: &Evaluation, expected: &Values) {
    for (name, &expected) in expected {
        let metric = found.metric(name).unwrap();
        let what = format!("{case}: {name} {metric:?}");
        close(&what, metric.value.unwrap(), expected, 1e-9);
        let (lower, upper) = (metric.lower.unwrap(), metric.upper.unwrap());
        // NDCG and others can be 1e-16 off their interval's end at 0 and 1.
        assert!(
            lower <= expected + 1e-12 && expected <= upper + 1e-12,
            "{what}"
        );
        assert!(
            metric.interval_method.is_some() && metric.reason.is_none(),
            "{what}"
        );
    }
}

/// The standard error behind a Wilson interval at the effective number of rows.
fn wilson_of(value: f64, standard_error: f64, (low, high): (f64, f64)) -> (f64, f64) {
    let share = (value - low) / (high - low);
    let scaled = standard_error / (high - low);
    let n = share * (1.0 - share) / (scaled * scaled);
    let (lower, upper) = wilson_interval(share, n, 0.95);
    (low + (high - low) * lower, low + (high - low) * upper)
}

#[test]
fn binary_measures_equal_scikit_learn() {
    let settings = EvaluationSettings {
        beta: 2.0,
        lift_shares: vec![0.25, 0.1],
        replicates: 200,
        ..EvaluationSettings::default()
    };
    for case in read::<Oracle>("evaluate.json").binary {
        let labels: Vec<bool> = case.labels.iter().map(|&label| label == 1).collect();
        let rows = BinaryRows {
            labels: &labels,
            scores: Some(&case.scores),
            weights: case.weights.as_deref(),
            ..BinaryRows::default()
        };
        let found = evaluate_binary(&rows, &settings).unwrap();
        check_values(&case.name, &found, &case.values);
        for (name, &expected) in &case.standard_errors {
            let metric = found.metric(name).unwrap();
            let width = metric.upper.unwrap() - metric.lower.unwrap();
            let t = student_t_quantile(0.975, 238.0);
            let what = format!("{}: error of {name}", case.name);
            close(&what, width / (2.0 * t), expected, 1e-9);
        }
        for (name, expected) in &case.intervals {
            let metric = found.metric(name).unwrap();
            close(name, metric.lower.unwrap(), expected[0], 1e-9);
            close(name, metric.upper.unwrap(), expected[1], 1e-9);
        }
        for (name, &standard_error) in &case.delta {
            let metric = found.metric(name).unwrap();
            let range = if name == "mcc" {
                (-1.0, 1.0)
            } else {
                (0.0, 1.0)
            };
            let expected = wilson_of(metric.value.unwrap(), standard_error, range);
            // The oracle's derivatives are differences of floats.
            close(name, metric.lower.unwrap(), expected.0, 1e-5);
            close(name, metric.upper.unwrap(), expected.1, 1e-5);
        }
    }
}

#[test]
fn the_paired_test_equals_the_full_kernel() {
    let case = read::<Oracle>("evaluate.json").paired;
    let labels: Vec<bool> = case.labels.iter().map(|&label| label == 1).collect();
    let found = delong_test(&case.first, &case.second, &labels, None).unwrap();
    close("difference", found.difference, case.difference, 1e-9);
    close("z", found.z, case.z, 1e-9);
    close("p", found.p_value, case.p_value, 1e-9);
    let weights = vec![3.0; labels.len()];
    let weighted = delong_test(&case.first, &case.second, &labels, Some(&weights)).unwrap();
    close("z with equal weights", weighted.z, case.z, 1e-9);
    let same = delong_test(&case.first, &case.first, &labels, None).unwrap();
    assert_eq!((same.z, same.p_value), (0.0, 1.0));
}

#[test]
fn multiclass_measures_equal_scikit_learn() {
    let settings = EvaluationSettings {
        beta: 2.0,
        replicates: 200,
        ..EvaluationSettings::default()
    };
    for case in read::<Oracle>("evaluate.json").multiclass {
        let rows = MulticlassRows {
            n_classes: case.n_classes,
            labels: &case.labels,
            scores: Some(&case.scores),
            weights: case.weights.as_deref(),
            ..MulticlassRows::default()
        };
        let found = evaluate_multiclass(&rows, &settings).unwrap();
        check_values(&case.name, &found, &case.values);
        for (name, values) in &case.classes {
            for (class, &expected) in (0..).zip(values) {
                let metric = found.class_metric(name, class).unwrap();
                let what = format!("{}: {name} of {class}", case.name);
                close(&what, metric.value.unwrap(), expected, 1e-9);
                assert!(metric.lower.unwrap() <= expected && expected <= metric.upper.unwrap());
            }
        }
        for (name, &standard_error) in &case.delta {
            let metric = found.metric(name).unwrap();
            let range = if name == "mcc" {
                (-1.0, 1.0)
            } else {
                (0.0, 1.0)
            };
            let expected = wilson_of(metric.value.unwrap(), standard_error, range);
            // The oracle's derivatives are differences of floats.
            close(name, metric.lower.unwrap(), expected.0, 1e-5);
            close(name, metric.upper.unwrap(), expected.1, 1e-5);
        }
        for (name, &variance) in &case.jackknife {
            let metric = found.metric(name).unwrap();
            let half = 0.5 * (metric.upper.unwrap() - metric.lower.unwrap());
            // The oracle's derivatives are differences of floats.
            close(name, half, 1.959_963_984_540_054 * variance.sqrt(), 1e-5);
        }
    }
}

#[test]
fn two_classes_are_a_binary_task() {
    let case = &read::<Oracle>("evaluate.json").binary[0];
    let labels: Vec<bool> = case.labels.iter().map(|&label| label == 1).collect();
    let classes: Vec<u32> = case.labels.iter().map(|&label| label.into()).collect();
    let both: Vec<f64> = case.scores.iter().flat_map(|&s| [1.0 - s, s]).collect();
    let settings = EvaluationSettings::default();
    let binary = BinaryRows {
        labels: &labels,
        scores: Some(&case.scores),
        ..BinaryRows::default()
    };
    let binary = evaluate_binary(&binary, &settings).unwrap();
    let two = MulticlassRows {
        n_classes: 2,
        labels: &classes,
        scores: Some(&both),
        ..MulticlassRows::default()
    };
    let two = evaluate_multiclass(&two, &settings).unwrap();
    let expected = binary.metric("roc_auc").unwrap();
    for name in [
        "roc_auc_ovr_macro",
        "roc_auc_ovo_macro",
        "roc_auc_ovr_weighted",
    ] {
        let found = two.metric(name).unwrap();
        assert_eq!(found.interval_method, Some(IntervalMethod::DeLong));
        close(name, found.value.unwrap(), expected.value.unwrap(), 1e-12);
        close(name, found.lower.unwrap(), expected.lower.unwrap(), 1e-9);
        close(name, found.upper.unwrap(), expected.upper.unwrap(), 1e-9);
    }
    for name in ["accuracy", "mcc", "balanced_accuracy", "log_loss"] {
        let (found, expected) = (two.metric(name).unwrap(), binary.metric(name).unwrap());
        close(name, found.value.unwrap(), expected.value.unwrap(), 1e-12);
        close(name, found.lower.unwrap(), expected.lower.unwrap(), 1e-12);
    }
    for name in ["precision", "recall", "specificity", "f1"] {
        let found = two.class_metric(name, 1).unwrap();
        assert_eq!(found.lower, binary.metric(name).unwrap().lower, "{name}");
    }
}

#[test]
fn regression_measures_equal_scikit_learn() {
    let settings = EvaluationSettings {
        quantile: 0.9,
        ..EvaluationSettings::default()
    };
    for case in read::<Oracle>("evaluate.json").regression {
        let rows = RegressionRows {
            labels: &case.labels,
            predictions: &case.predictions,
            weights: case.weights.as_deref(),
            blocks: None,
        };
        let found = evaluate_regression(&rows, &settings).unwrap();
        check_values(&case.name, &found, &case.values);
    }
}

#[test]
fn ranking_measures_equal_scikit_learn_and_the_mean_over_orders() {
    let settings = EvaluationSettings {
        ks: vec![1, 3, 5],
        ..EvaluationSettings::default()
    };
    for case in read::<Oracle>("evaluate.json").ranking {
        let rows = RankingRows {
            queries: &case.queries,
            labels: &case.labels,
            scores: &case.scores,
            ..RankingRows::default()
        };
        let found = evaluate_ranking(&rows, &settings).unwrap();
        assert_eq!(found.n, 25);
        check_values(&case.name, &found, &case.values);
    }
}

#[test]
fn intervals_equal_statsmodels() {
    let oracle = read::<Oracle>("evaluate.json").intervals;
    let pair = |what: &str, found: (f64, f64), lower: f64, upper: f64| {
        close(what, found.0, lower, 1e-9);
        close(what, found.1, upper, 1e-9);
    };
    for [hits, n, level, lower, upper] in oracle.wilson {
        pair("wilson", wilson_interval(hits / n, n, level), lower, upper);
    }
    for [a, n, b, m, lower, upper] in oracle.newcombe {
        pair(
            "newcombe",
            newcombe_interval((a / n, n), (b / m, m), 0.95),
            lower,
            upper,
        );
    }
    for [a, n, b, m, lower, upper] in oracle.log_ratio {
        pair(
            "ratio",
            log_ratio_interval((a / n, n), (b / m, m), 0.95),
            lower,
            upper,
        );
    }
    for [p, df, expected] in oracle.student {
        close("student", student_t_quantile(p, df), expected, 1e-9);
    }
}
