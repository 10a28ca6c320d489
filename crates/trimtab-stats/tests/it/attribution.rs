//! Drift attribution and permutation importance: what is blamed, and that nothing is lost.

use proptest::prelude::*;
use trimtab_stats::attribution::{
    MetricChange, MetricChangeSettings, PermutationSettings, SegmentPeriod, auc_terms, mean_change,
    metric_change, permutation_importance, rescale_to_predictions, segment_change,
};
use trimtab_stats::trees::{FeatureColumn, FeatureTable, LinearModel, Link};
use trimtab_stats::{Random, StatsError};

/// Rows with two numbers, a category and a column that is constant in the reference; their terms
/// are `0.1 + 0.5·[a > 1] + 0.2·[c = 2]` and noise.
fn period(n: usize, a: f64, c: f64, term: f64, d: f64, seed: u64) -> (FeatureTable, Vec<f64>) {
    let mut random = Random::from_seed(seed);
    let mut columns: [Vec<f64>; 3] = Default::default();
    let (mut codes, mut terms) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let first = random.normal() + a;
        let code = if random.uniform() < c {
            2
        } else {
            u32::from(random.uniform() < 0.5)
        };
        columns[0].push(first);
        columns[1].push(random.normal());
        columns[2].push(if d == 0.0 {
            7.0
        } else {
            7.0 + d * random.normal()
        });
        codes.push(code);
        let base = 0.1 + f64::from(u8::from(first > 1.0)) * 0.5 + if code == 2 { 0.2 } else { 0.0 };
        terms.push(base + term + 0.1 * random.normal());
    }
    let [first, second, third] = columns.map(FeatureColumn::Numeric);
    let codes = FeatureColumn::Categorical {
        codes,
        n_categories: 3,
    };
    (
        FeatureTable::new(vec![first, second, third, codes]).unwrap(),
        terms,
    )
}

fn change(now: &(FeatureTable, Vec<f64>)) -> MetricChange {
    let before = period(4000, 0.0, 0.2, 0.0, 0.0, 1);
    let settings = MetricChangeSettings::default();
    metric_change(&before.0, &before.1, &now.0, &now.1, settings).unwrap()
}

fn sum(change: &MetricChange) -> f64 {
    change.columns.iter().map(|share| share.value).sum::<f64>() + change.rest.value
}

#[test]
fn the_column_that_moved_is_blamed() {
    let found = change(&period(3000, 1.0, 0.2, 0.0, 3.0, 2));
    // P(a > 1) goes from 0.159 to 0.5: half of that is the change.
    assert!((found.change - 0.171).abs() < 0.02, "{found:?}");
    assert!(
        (found.columns[0].value / found.change - 1.0).abs() < 0.1,
        "{found:?}"
    );
    // Noise alone drove the others, and the third was constant when there was something to learn.
    assert!(found.columns[1].value.abs() < 0.005, "{found:?}");
    assert_eq!(found.columns[2].value, 0.0);
    assert!(found.rest.value.abs() < 0.015, "{found:?}");
    assert!(found.explained_variance > 0.7, "{found:?}");
}

#[test]
fn a_category_that_grew_is_blamed() {
    let found = change(&period(3000, 0.0, 0.8, 0.0, 0.0, 3));
    assert!((found.change - 0.12).abs() < 0.02, "{found:?}");
    assert!(
        (found.columns[3].value / found.change - 1.0).abs() < 0.12,
        "{found:?}"
    );
}

#[test]
fn a_changed_relation_is_left_over() {
    let found = change(&period(3000, 0.0, 0.2, 0.3, 0.0, 4));
    assert!((found.change - 0.3).abs() < 0.02, "{found:?}");
    assert!(
        (found.rest.value / found.change - 1.0).abs() < 0.05,
        "{found:?}"
    );
}

#[test]
fn nothing_is_blamed_where_nothing_changed() {
    let settings = MetricChangeSettings::default();
    let mut n_far = 0;
    for seed in 0..10 {
        let before = period(1500, 0.0, 0.2, 0.0, 0.0, 2 * seed + 10);
        let now = period(1500, 0.0, 0.2, 0.0, 0.0, 2 * seed + 11);
        let found = metric_change(&before.0, &before.1, &now.0, &now.1, settings).unwrap();
        let shares = found.columns.iter().chain([&found.rest]);
        n_far += shares
            .filter(|s| s.value.abs() > 1.96 * s.standard_error)
            .count();
    }
    // Fifty shares, of which 5 % may look far; ten of them are exactly zero.
    assert!(n_far <= 6, "{n_far}");
}

#[test]
fn shares_and_rest_add_up_to_the_change() {
    let before = period(301, 0.0, 0.2, 0.0, 0.0, 5);
    let now = period(97, 0.5, 0.5, 0.1, 1.0, 6);
    let settings = MetricChangeSettings::default();
    let found = metric_change(&before.0, &before.1, &now.0, &now.1, settings).unwrap();
    assert!((sum(&found) - found.change).abs() < 1e-12, "{found:?}");
}

#[test]
fn auc_terms_average_to_the_auc_of_each_class() {
    let scores = [0.1, 0.4, 0.4, 0.8, 0.9];
    let labels = [false, false, true, true, false];
    let terms = auc_terms(&scores, &labels).unwrap();
    // Pairs: (0.4 beats 0.1, ties 0.4, loses to 0.9), (0.8 beats two, loses to 0.9).
    let auc = (1.0 + 0.5 + 2.0) / 6.0;
    assert!((terms.iter().sum::<f64>() / 5.0 - auc).abs() < 1e-15);
    let one_class = auc_terms(&[0.5], &[true]);
    assert_eq!(
        one_class,
        Err(StatsError::EmptySample { sample: "negative" })
    );
}

#[test]
fn a_model_needs_the_columns_that_it_uses() {
    // y = 2·x0 + block(x1, x2), squared error: shuffling x0 costs 2·4·var.
    let mut random = Random::from_seed(7);
    let model = LinearModel::new(vec![2.0, 0.0, 1.0, 0.0], vec![0.0], Link::Identity).unwrap();
    let mut rows = Vec::new();
    for _ in 0..4000 {
        let is_second = random.uniform() < 0.5;
        rows.extend([random.normal() as f32, f32::from(u8::from(!is_second))]);
        rows.extend([f32::from(u8::from(is_second)), random.normal() as f32]);
    }
    let labels = model.margins(&rows).unwrap();
    let before = rows.clone();
    let settings = PermutationSettings {
        n_repeats: 5,
        seed: 3,
        confidence: 0.95,
        higher_is_better: false,
    };
    let (whole, found) = permutation_importance(&mut rows, &[0, 1, 1, 2], settings, |rows| {
        let predictions = model.margins(rows)?;
        let squares = predictions
            .iter()
            .zip(&labels)
            .map(|(p, y)| (p - y).powi(2));
        Ok::<_, StatsError>(squares.sum::<f64>() / 4000.0)
    })
    .unwrap();
    assert_eq!(rows, before);
    assert_eq!(whole, 0.0);
    assert!((found[0].importance / 8.0 - 1.0).abs() < 0.1, "{found:?}");
    // A coin of variance 1/4, shuffled: twice that.
    assert!((found[1].importance / 0.5 - 1.0).abs() < 0.1, "{found:?}");
    assert_eq!((found[2].importance, found[2].interval), (0.0, (0.0, 0.0)));
    assert!(found[0].interval.0 < found[0].importance && found[0].importance < found[0].interval.1);
}

proptest! {
    #[test]
    fn segments_add_up_to_the_change(
        segments in prop::collection::vec(
            ((0_u32..50, -5.0_f64..5.0), (0_u32..50, -5.0_f64..5.0)), 1..12),
    ) {
        let period = |(weight, mean): (u32, f64)| SegmentPeriod { weight: f64::from(weight), mean };
        let segments: Vec<_> =
            segments.into_iter().map(|(r, c)| (period(r), period(c))).collect();
        let whole = |side: &dyn Fn(&(SegmentPeriod, SegmentPeriod)) -> SegmentPeriod| {
            let n: f64 = segments.iter().map(|s| side(s).weight).sum();
            segments.iter().map(|s| side(s).weight * side(s).mean).sum::<f64>() / n
        };
        let (before, now) = (whole(&|s| s.0), whole(&|s| s.1));
        match segment_change(&segments) {
            Ok(changes) => {
                let sum: f64 = changes.iter().map(|change| change.mix + change.rate).sum();
                prop_assert!((sum - (now - before)).abs() < 1e-12);
            }
            Err(err) => {
                prop_assert!(before.is_nan() || now.is_nan());
                let is_empty = matches!(err, StatsError::EmptySample { .. });
                prop_assert!(is_empty);
            }
        }
    }

    #[test]
    fn rescaled_attributions_add_up_to_predictions(
        mut attributions in prop::collection::vec(-3.0_f64..3.0, 9), expected in -2.0_f64..2.0,
    ) {
        let logistic = |margin: f64| 1.0 / (1.0 + (-margin).exp());
        let sums: Vec<f64> = attributions.chunks(3).map(|row| row.iter().sum()).collect();
        rescale_to_predictions(&mut attributions, 3, expected, Link::Logistic).unwrap();
        for (row, sum) in attributions.chunks(3).zip(sums) {
            let found = row.iter().sum::<f64>() + logistic(expected);
            prop_assert!((found - logistic(expected + sum)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_mean_change_is_the_sum_of_its_shares(
        reference in prop::collection::vec(-3.0_f64..3.0, 12),
        current in prop::collection::vec(-3.0_f64..3.0, 8),
    ) {
        let outputs = |rows: &[f64]| -> Vec<f64> {
            rows.chunks(4).map(|row| 0.5 + row.iter().sum::<f64>()).collect()
        };
        let found =
            mean_change(&reference, &current, &outputs(&reference), &outputs(&current)).unwrap();
        prop_assert!(found.rest.abs() < 1e-12);
        let swapped =
            mean_change(&current, &reference, &outputs(&current), &outputs(&reference)).unwrap();
        for (one, other) in found.columns.iter().zip(&swapped.columns) {
            prop_assert!((one.value + other.value).abs() < 1e-12);
        }
    }
}

#[test]
fn refuses_what_does_not_fit() {
    let before = period(50, 0.0, 0.2, 0.0, 0.0, 5);
    let settings = MetricChangeSettings::default();
    let short = metric_change(&before.0, &before.1[1..], &before.0, &before.1, settings);
    assert!(matches!(short, Err(StatsError::ShapeMismatch { .. })));
    let other = FeatureTable::new(vec![FeatureColumn::Numeric(vec![1.0])]).unwrap();
    let other = metric_change(&before.0, &before.1, &other, &[1.0], settings);
    assert_eq!(other, Err(StatsError::GridMismatch));
    assert!(matches!(
        mean_change(&[], &[1.0], &[], &[1.0]),
        Err(StatsError::EmptySample { .. })
    ));
    let softmax = rescale_to_predictions(&mut [1.0], 1, 0.0, Link::Softmax);
    assert!(matches!(
        softmax,
        Err(StatsError::ParameterOutOfDomain { .. })
    ));
}
