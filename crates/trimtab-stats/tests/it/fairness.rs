//! Fairness equals fairlearn, and never gives a number without an interval.

use crate::oracle::read;
use serde::Deserialize;
use std::collections::BTreeMap;
use trimtab_stats::Random;
use trimtab_stats::performance::{
    Fairness, FairnessRows, FairnessSettings, IntervalMethod, Metric, evaluate_fairness,
    newcombe_interval,
};

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    n_groups: u32,
    groups: Vec<u32>,
    labels: Vec<u8>,
    predictions: Vec<u8>,
    weights: Option<Vec<f64>>,
    by_group: Vec<BTreeMap<String, f64>>,
    average_odds_difference: Vec<f64>,
    overall: BTreeMap<String, f64>,
}

#[track_caller]
fn find<'a>(metrics: &'a [Metric], name: &str) -> &'a Metric {
    metrics.iter().find(|metric| metric.name == name).unwrap()
}

#[track_caller]
fn check(what: &str, metric: &Metric, expected: f64) {
    let value = metric.value.unwrap();
    assert!(
        (value - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
        "{what}: {metric:?}"
    );
    let (lower, upper) = (metric.lower.unwrap(), metric.upper.unwrap());
    assert!(lower <= value && value <= upper, "{what}: {metric:?}");
}

fn every_metric(found: &Fairness) -> impl Iterator<Item = &Metric> {
    let groups = found.groups.iter().flat_map(|group| &group.rates);
    let pairs = found.comparisons.iter().flat_map(|pair| &pair.metrics);
    groups.chain(pairs).chain(&found.overall)
}

fn flags(values: &[u8]) -> Vec<bool> {
    values.iter().map(|&value| value == 1).collect()
}

#[test]
fn measures_equal_fairlearn() {
    for case in read::<Oracle>("fairness.json").cases {
        let (labels, predictions) = (flags(&case.labels), flags(&case.predictions));
        let rows = FairnessRows {
            groups: &case.groups,
            n_groups: case.n_groups,
            labels: &labels,
            predictions: &predictions,
            weights: case.weights.as_deref(),
            blocks: None,
        };
        let settings = FairnessSettings {
            reference: Some(0),
            ..FairnessSettings::default()
        };
        let found = evaluate_fairness(&rows, &settings).unwrap();
        for (group, expected) in found.groups.iter().zip(&case.by_group) {
            for (name, &value) in expected {
                check(
                    &format!("{} {name}", case.name),
                    find(&group.rates, name),
                    value,
                );
            }
        }
        for comparison in &found.comparisons {
            let group = comparison.group as usize;
            let of = |name: &str| case.by_group[group][name] - case.by_group[0][name];
            let ratio = case.by_group[group]["selection_rate"] / case.by_group[0]["selection_rate"];
            for (name, expected) in [
                (
                    "average_odds_difference",
                    case.average_odds_difference[group],
                ),
                ("demographic_parity_difference", of("selection_rate")),
                ("demographic_parity_ratio", ratio),
                ("equal_opportunity_difference", of("true_positive_rate")),
                ("base_rate_difference", of("base_rate")),
            ] {
                check(&case.name, find(&comparison.metrics, name), expected);
            }
        }
        for (name, &expected) in &case.overall {
            check(
                &format!("{} {name}", case.name),
                find(&found.overall, name),
                expected,
            );
        }
    }
}

#[test]
fn a_difference_has_newcombes_interval() {
    let case = &read::<Oracle>("fairness.json").cases[0];
    let (labels, predictions) = (flags(&case.labels), flags(&case.predictions));
    let rows = FairnessRows {
        groups: &case.groups,
        n_groups: 2,
        labels: &labels,
        predictions: &predictions,
        ..FairnessRows::default()
    };
    let found = evaluate_fairness(&rows, &FairnessSettings::default()).unwrap();
    assert_eq!(found.reference, 0, "the larger group");
    let share = |group: usize| {
        let rate = find(&found.groups[group].rates, "selection_rate");
        (rate.value.unwrap(), rate.n as f64)
    };
    let (lower, upper) = newcombe_interval(share(1), share(0), 0.95);
    let parity = find(
        &found.comparisons[0].metrics,
        "demographic_parity_difference",
    );
    assert_eq!((parity.lower, parity.upper), (Some(lower), Some(upper)));
    assert_eq!(parity.interval_method, Some(IntervalMethod::Newcombe));
}

#[test]
fn small_groups_are_not_enough_data() {
    let groups: Vec<u32> = (0..120).map(|i| u32::from(i >= 100)).collect();
    let labels: Vec<bool> = (0..120).map(|i| i % 2 == 0).collect();
    let predictions: Vec<bool> = (0..120).map(|i| i % 3 == 0).collect();
    let blocks: Vec<u64> = (0..120).map(|i| i % 5).collect();
    for blocks in [None, Some(blocks.as_slice())] {
        let rows = FairnessRows {
            groups: &groups,
            n_groups: 3,
            labels: &labels,
            predictions: &predictions,
            weights: None,
            blocks,
        };
        let found = evaluate_fairness(&rows, &FairnessSettings::default()).unwrap();
        for metric in every_metric(&found) {
            assert_eq!(metric.value.is_some(), metric.lower.is_some(), "{metric:?}");
            assert_eq!(
                metric.value.is_none(),
                metric.reason.is_some(),
                "{metric:?}"
            );
        }
        assert_eq!(found.groups[1].rates[0].reason, Some("not enough data"));
        assert_eq!(found.groups[2].n, 0);
        assert!(
            found
                .comparisons
                .iter()
                .all(|c| c.metrics[0].value.is_none())
        );
        assert!(found.overall.iter().all(|metric| metric.value.is_none()));
    }
}

/// Rows come in days whose selection rate differs: the pooled interval is too narrow,
/// that of blocks is not.
#[test]
fn blocks_widen_intervals_where_days_differ() {
    let mut random = Random::from_seed(11);
    let mut covered = [0, 0];
    let n_runs = 200;
    for run in 0..n_runs {
        let (mut groups, mut predictions, mut blocks) = (vec![], vec![], vec![]);
        for day in 0..30 {
            // Each day treats the groups differently; on average alike.
            let shift = 0.12 * random.normal();
            for row in 0..80_u32 {
                let group = row % 2;
                let p = 0.5 + if group == 1 { shift } else { -shift };
                groups.push(group);
                predictions.push(random.uniform() < p);
                blocks.push(day);
            }
        }
        let labels = predictions.clone();
        for (which, blocks) in [(0, None), (1, Some(blocks.as_slice()))] {
            let rows = FairnessRows {
                groups: &groups,
                n_groups: 2,
                labels: &labels,
                predictions: &predictions,
                weights: None,
                blocks,
            };
            let settings = FairnessSettings {
                replicates: 300,
                seed: run,
                ..FairnessSettings::default()
            };
            let found = evaluate_fairness(&rows, &settings).unwrap();
            let parity = find(
                &found.comparisons[0].metrics,
                "demographic_parity_difference",
            );
            covered[which] +=
                usize::from(parity.lower.unwrap() <= 0.0 && parity.upper.unwrap() >= 0.0);
        }
    }
    // 95 % ± 3.3 standard errors; rows as if independent cover far too rarely.
    assert!(covered[0] < 150, "{covered:?}");
    assert!((180..=199).contains(&covered[1]), "{covered:?}");
}
