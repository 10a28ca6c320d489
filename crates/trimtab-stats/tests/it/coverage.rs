//! How often intervals hold the value of the law that the rows were drawn from.

use std::collections::BTreeMap;
use trimtab_stats::Random;
use trimtab_stats::performance::{
    BinaryRows, Evaluation, EvaluationSettings, MulticlassRows, RankingRows, RegressionRows,
    evaluate_binary, evaluate_multiclass, evaluate_ranking, evaluate_regression,
};

/// Runs that held the truth, per measure.
#[derive(Default)]
struct Coverage {
    held: BTreeMap<String, (u32, u32)>,
}

impl Coverage {
    fn count(&mut self, truth: &Evaluation, found: &Evaluation) {
        for metric in &found.metrics {
            let same = |other: &&trimtab_stats::performance::Metric| {
                other.name == metric.name && other.class == metric.class
            };
            let truth = truth.metrics.iter().find(same).unwrap().value.unwrap();
            let entry = self.held.entry(name(metric)).or_default();
            if let Some((lower, upper)) = metric.lower.zip(metric.upper) {
                entry.0 += u32::from(lower <= truth && truth <= upper);
            }
            entry.1 += 1;
        }
    }

    /// Every measure within `[low, high]` of all runs.
    fn check(&self, low: f64, high: f64, except: &[(&str, f64)]) {
        for (name, &(held, runs)) in &self.held {
            let share = f64::from(held) / f64::from(runs);
            let other = except.iter().find(|(other, _)| other == name);
            let low = other.map_or(low, |&(_, low)| low);
            assert!(
                (low..=high).contains(&share),
                "{name}: {share} of {runs} runs"
            );
        }
    }
}

fn name(metric: &trimtab_stats::performance::Metric) -> String {
    match metric.class {
        Some(class) => format!("{} of {class}", metric.name),
        None => metric.name.clone(),
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Scores that are too extreme, days that differ by `day_effect`.
fn classified(random: &mut Random, n: usize, per_day: usize, day_effect: f64) -> Binary {
    let mut rows = Binary::default();
    let mut shift = 0.0;
    for row in 0..n {
        if row % per_day == 0 {
            shift = day_effect * random.normal();
        }
        let x = random.normal() - 0.4;
        rows.labels.push(random.uniform() < logistic(x + shift));
        rows.scores.push(logistic(1.4 * x + 0.2));
        rows.blocks.push((row / per_day) as u64);
    }
    rows
}

#[derive(Default)]
struct Binary {
    labels: Vec<bool>,
    scores: Vec<f64>,
    blocks: Vec<u64>,
}

impl Binary {
    fn evaluate(&self, by_block: bool, settings: &EvaluationSettings) -> Evaluation {
        let rows = BinaryRows {
            labels: &self.labels,
            scores: Some(&self.scores),
            blocks: by_block.then_some(self.blocks.as_slice()),
            ..BinaryRows::default()
        };
        evaluate_binary(&rows, settings).unwrap()
    }
}

/// Lowest share of 95 % intervals that may hold: three standard errors of the study
/// below 93.5 %, what small samples are known to cost.
const LOWEST: f64 = 0.895;
/// The standard error of a share of 0.95 is then 0.013.
const RUNS: u64 = 300;

fn settings(replicates: u32, seed: u64) -> EvaluationSettings {
    EvaluationSettings {
        beta: 2.0,
        replicates,
        seed,
        ks: vec![3],
        ..EvaluationSettings::default()
    }
}

#[test]
fn binary_intervals_hold_their_level() {
    let mut random = Random::from_seed(1);
    let truth = classified(&mut random, 400_000, 1, 0.0).evaluate(false, &settings(0, 0));
    for n in [100, 400] {
        let mut coverage = Coverage::default();
        for run in 0..RUNS {
            let rows = classified(&mut random, n, 1, 0.0);
            coverage.count(&truth, &rows.evaluate(false, &settings(300, run)));
        }
        coverage.check(LOWEST, 1.0, &[]);
    }
}

#[test]
fn block_intervals_hold_their_level_where_days_differ() {
    let mut random = Random::from_seed(2);
    let truth = classified(&mut random, 400_000, 20, 0.8).evaluate(false, &settings(0, 0));
    let (mut by_block, mut by_row) = (Coverage::default(), Coverage::default());
    for run in 0..RUNS {
        let rows = classified(&mut random, 600, 20, 0.8);
        by_block.count(&truth, &rows.evaluate(true, &settings(300, run)));
        by_row.count(&truth, &rows.evaluate(false, &settings(300, run)));
    }
    by_block.check(LOWEST, 1.0, &[]);
    // What a shift of the whole day moves most, as if rows were independent.
    for name in ["positive_rate", "calibration_in_the_large"] {
        let (held, runs) = by_row.held[name];
        assert!(f64::from(held) < 0.87 * f64::from(runs), "{name}: {held}");
    }
}

#[test]
fn multiclass_intervals_hold_their_level() {
    let mut random = Random::from_seed(3);
    let mut draw = |n: usize, seed: u64| {
        let (mut labels, mut scores) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let u = random.uniform();
            let label = u32::from(u > 0.5) + u32::from(u > 0.8);
            let logits =
                [0, 1, 2].map(|class| random.normal() + if class == label { 1.0 } else { 0.0 });
            let total: f64 = logits.iter().map(|x| x.exp()).sum();
            labels.push(label);
            scores.extend(logits.map(|x| x.exp() / total));
        }
        let rows = MulticlassRows {
            n_classes: 3,
            labels: &labels,
            scores: Some(&scores),
            ..MulticlassRows::default()
        };
        let replicates = if n > 1_000 { 0 } else { 300 };
        evaluate_multiclass(&rows, &settings(replicates, seed)).unwrap()
    };
    let truth = draw(400_000, 0);
    let mut coverage = Coverage::default();
    for run in 0..RUNS {
        let found = draw(200, run);
        coverage.count(&truth, &found);
    }
    coverage.check(LOWEST, 1.0, &[]);
}

#[test]
fn regression_intervals_hold_their_level() {
    let mut random = Random::from_seed(4);
    let mut draw = |n: usize| {
        let (mut labels, mut predictions) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let label = (20.0 + 5.0 * random.normal()).max(1.0);
            labels.push(label);
            predictions.push((0.8 * label + 5.0 + 2.0 * random.normal()).max(1.0));
        }
        let rows = RegressionRows {
            labels: &labels,
            predictions: &predictions,
            ..RegressionRows::default()
        };
        evaluate_regression(&rows, &settings(0, 0)).unwrap()
    };
    let truth = draw(400_000);
    let mut coverage = Coverage::default();
    for _ in 0..RUNS {
        let found = draw(100);
        coverage.count(&truth, &found);
    }
    // Squared relative errors have a heavy tail: a hundred rows are few for it.
    coverage.check(LOWEST, 1.0, &[("rmsle", 0.83)]);
}

#[test]
fn ranking_intervals_hold_their_level() {
    let mut random = Random::from_seed(5);
    let mut draw = |n: usize| {
        let (mut queries, mut labels, mut scores) = (Vec::new(), Vec::new(), Vec::new());
        for query in 0..n as u64 {
            for item in 0..8 {
                let relevant = item == 0 || random.uniform() < 0.2;
                queries.push(query);
                labels.push(f64::from(u8::from(relevant)));
                scores.push(random.normal() + f64::from(u8::from(relevant)));
            }
        }
        let rows = RankingRows {
            queries: &queries,
            labels: &labels,
            scores: &scores,
            ..RankingRows::default()
        };
        evaluate_ranking(&rows, &settings(0, 0)).unwrap()
    };
    let truth = draw(100_000);
    let mut coverage = Coverage::default();
    for _ in 0..RUNS {
        let found = draw(60);
        coverage.count(&truth, &found);
    }
    coverage.check(LOWEST, 1.0, &[]);
}

/// Above 100,000 rows replicates come from a part of the rows: their spread must be that
/// of all.
#[test]
fn many_rows_have_the_interval_that_their_number_earns() {
    let mut random = Random::from_seed(6);
    let width = |n: usize, random: &mut Random| {
        let found = classified(random, n, 1, 0.0).evaluate(false, &settings(200, 1));
        let metric = found.metric("average_precision").unwrap();
        assert!(
            metric.lower < metric.value && metric.value < metric.upper,
            "{metric:?}"
        );
        metric.upper.unwrap() - metric.lower.unwrap()
    };
    let ratio = width(90_000, &mut random) / width(360_000, &mut random);
    assert!(
        (1.6..2.5).contains(&ratio),
        "{ratio}: four times the rows, half the width"
    );
}
