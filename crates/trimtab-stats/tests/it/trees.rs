//! Fitted trees against `LightGBM` and scikit-learn, and the laws they must keep.

use crate::oracle::read;
use proptest::prelude::*;
use serde::Deserialize;
use trimtab_stats::trees::{
    BoostedTrees, BoostingSettings, CategorySplits, ColumnsPerNode, FeatureColumn, FeatureTable,
    ForestSettings, ForestTarget, LogisticRegression, LogisticSettings, Loss, MISSING_CATEGORY,
    RandomForest, SparseRows,
};
use trimtab_stats::{Random, StatsError};

#[derive(Deserialize)]
struct Oracle {
    n_train: usize,
    columns: Vec<Vec<Option<f64>>>,
    label: Vec<f64>,
    value: Vec<f64>,
    three: Vec<u32>,
    boosting: Vec<BoostingCase>,
    forests: Vec<ForestCase>,
    logistic: LogisticCases,
}

#[derive(Deserialize)]
struct ForestCase {
    name: String,
    target: String,
    mean: Vec<f64>,
    sd: Vec<f64>,
    score_mean: f64,
    score_sd: f64,
}

#[derive(Deserialize)]
struct LogisticCases {
    dense: Vec<LogisticCase>,
    counts: Vec<Vec<(u32, f64)>>,
    count_label: Vec<f64>,
    sparse: Vec<LogisticCase>,
}

#[derive(Deserialize)]
struct LogisticCase {
    c: f64,
    intercept: f64,
    coefficients: Vec<f64>,
}

#[derive(Deserialize)]
struct BoostingCase {
    name: String,
    preset: String,
    loss: String,
    categorical: bool,
    n_trees: u32,
    margins: Vec<f64>,
}

impl Oracle {
    /// Training and test rows; the fifth column holds categories.
    fn tables(&self, categorical: bool) -> (FeatureTable, FeatureTable) {
        let numeric = |column: &Vec<Option<f64>>| {
            FeatureColumn::Numeric(column.iter().map(|v| v.unwrap_or(f64::NAN)).collect())
        };
        let mut columns: Vec<_> = self.columns[..4].iter().map(numeric).collect();
        if categorical {
            columns.push(FeatureColumn::Categorical {
                codes: self.columns[4].iter().map(|v| v.unwrap() as u32).collect(),
                n_categories: 9,
            });
        }
        let all = FeatureTable::new(columns).unwrap();
        let rows = |range: std::ops::Range<usize>| range.map(|i| i as u32).collect::<Vec<_>>();
        (
            all.select(&rows(0..self.n_train)),
            all.select(&rows(self.n_train..all.n_rows())),
        )
    }
}

fn settings(case: &BoostingCase) -> BoostingSettings {
    let loss = match case.loss.as_str() {
        "log_loss" => Loss::LogLoss,
        "squared_error" => Loss::SquaredError,
        _ => Loss::AbsoluteError,
    };
    match case.preset.as_str() {
        "lightgbm" => BoostingSettings::lightgbm(loss),
        _ => BoostingSettings::hist_gradient_boosting(loss),
    }
}

#[test]
fn boosting_is_near_lightgbm_and_scikit_learn() {
    let oracle: Oracle = read("trees.json");
    for case in &oracle.boosting {
        let mut settings = settings(case);
        settings.n_trees = case.n_trees;
        let (train, test) = oracle.tables(case.categorical);
        let target = match settings.loss {
            Loss::LogLoss => &oracle.label,
            _ => &oracle.value,
        };
        let model = BoostedTrees::fit(&train, &target[..oracle.n_train], &settings).unwrap();
        let found = model.margins(&test).unwrap();
        let n = found.len() as f64;
        let mean = case.margins.iter().sum::<f64>() / n;
        let spread = case.margins.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / n;
        let errors = found.iter().zip(&case.margins).map(|(f, e)| (f - e).abs());
        let worst = errors.clone().fold(0.0, f64::max);
        let rms = (errors.map(|e| e * e).sum::<f64>() / n / spread).sqrt();
        let bound = match (case.preset.as_str(), case.loss.as_str(), case.categorical) {
            // `LightGBM` prints and adds in single precision.
            ("lightgbm", "absolute_error", false) => 1e-6,
            ("lightgbm", "squared_error" | "absolute_error", true) if case.n_trees == 1 => 1e-6,
            // One cut of equal gain taken elsewhere moves the few rows between the two edges.
            ("lightgbm", "squared_error" | "absolute_error", _) => 0.08,
            // With log loss ties are frequent, and 100 trees on 600 rows follow them far; the
            // bins of scikit-learn are quantiles, ours are not.
            _ => 0.25,
        };
        let worst = worst / spread.sqrt();
        assert!(
            rms <= bound,
            "{}: rms {rms:.2e} of the spread, worst {worst:.2e}",
            case.name
        );
    }
}

/// Area under the ROC curve by its definition.
fn roc_auc(scores: &[f64], labels: &[f64]) -> f64 {
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (i, _) in labels.iter().enumerate().filter(|(_, y)| **y == 1.0) {
        for (j, _) in labels.iter().enumerate().filter(|(_, y)| **y == 0.0) {
            pairs += 1.0;
            wins += if scores[i] > scores[j] {
                1.0
            } else if scores[i] == scores[j] {
                0.5
            } else {
                0.0
            };
        }
    }
    wins / pairs
}

#[test]
fn boosting_ranks_as_well_as_lightgbm_and_scikit_learn() {
    let oracle: Oracle = read("trees.json");
    let labels = &oracle.label[oracle.n_train..];
    for case in oracle
        .boosting
        .iter()
        .filter(|case| case.loss == "log_loss" && case.n_trees == 100)
    {
        let (train, test) = oracle.tables(case.categorical);
        let model =
            BoostedTrees::fit(&train, &oracle.label[..oracle.n_train], &settings(case)).unwrap();
        let ours = roc_auc(&model.margins(&test).unwrap(), labels);
        let theirs = roc_auc(&case.margins, labels);
        // 300 test rows: the standard error of either AUC is about 0.02.
        assert!(
            (ours - theirs).abs() < 0.015,
            "{}: {ours} against {theirs}",
            case.name
        );
    }
}

impl Oracle {
    /// All five columns as numbers, gaps filled with 0.
    fn filled(&self) -> FeatureTable {
        let column = |c: &Vec<Option<f64>>| {
            FeatureColumn::Numeric(c.iter().map(|v| v.unwrap_or(0.0)).collect())
        };
        FeatureTable::new(self.columns.iter().map(column).collect()).unwrap()
    }
}

fn of_classes(classes: &[u32], n_classes: u32) -> ForestTarget<'_> {
    ForestTarget::Classes { classes, n_classes }
}

#[test]
fn forests_weigh_columns_and_predict_as_scikit_learns() {
    let oracle: Oracle = read("trees.json");
    let all = oracle.filled();
    let n = oracle.n_train;
    let train = all.select(&(0..n as u32).collect::<Vec<_>>());
    let test = all.select(&(n as u32..all.n_rows() as u32).collect::<Vec<_>>());
    let labels: Vec<u32> = oracle.label.iter().map(|&y| y as u32).collect();
    for case in &oracle.forests {
        let mut settings = ForestSettings::default();
        let (forest, score) = match case.target.as_str() {
            "label" | "three" => {
                let two = case.target == "label";
                let (classes, k) = if two {
                    (&labels, 2)
                } else {
                    (&oracle.three, 3)
                };
                let forest =
                    RandomForest::fit(&train, of_classes(&classes[..n], k), &settings).unwrap();
                let shares = forest.predict(&test).unwrap();
                let hits = shares.chunks_exact(k as usize).zip(&classes[n..]);
                let hits = hits
                    .filter(|(row, class)| row.iter().all(|share| *share <= row[**class as usize]));
                let score = hits.count() as f64 / test.n_rows() as f64;
                (forest, score)
            }
            other => {
                if other == "value" {
                    settings.columns = ColumnsPerNode::All;
                }
                let target = &oracle.value;
                let forest =
                    RandomForest::fit(&train, ForestTarget::Values(&target[..n]), &settings)
                        .unwrap();
                let found = forest.predict(&test).unwrap();
                let truth = &target[n..];
                let mean = truth.iter().sum::<f64>() / truth.len() as f64;
                let spread: f64 = truth.iter().map(|y| (y - mean).powi(2)).sum();
                let rest: f64 = found.iter().zip(truth).map(|(f, y)| (f - y).powi(2)).sum();
                (forest, 1.0 - rest / spread)
            }
        };
        for (idx, found) in forest.importances().iter().enumerate() {
            // Both forests are random draws: within five of scikit-learn's spreads over seeds,
            // and half a percent for the bins.
            let bound = 5.0 * case.sd[idx] + 0.005;
            let error = (found - case.mean[idx]).abs();
            assert!(
                error < bound,
                "{}: {idx}: {found} against {}",
                case.name,
                case.mean[idx]
            );
        }
        let bound = 5.0 * case.score_sd + 0.01;
        let error = (score - case.score_mean).abs();
        assert!(
            error < bound,
            "{}: {score} against {}",
            case.name,
            case.score_mean
        );
    }
}

#[test]
fn logistic_regression_equals_scikit_learn() {
    let oracle: Oracle = read("trees.json");
    let n = oracle.n_train;
    let rows: Vec<f64> = (0..n)
        .flat_map(|row| {
            oracle.columns[..4]
                .iter()
                .map(move |c| c[row].unwrap_or(0.0))
        })
        .collect();
    let check = |found: &LogisticRegression, expected: &LogisticCase| {
        assert!(found.converged);
        let pairs = found.coefficients.iter().zip(&expected.coefficients);
        for (found, expected) in pairs.chain([(&found.intercept, &expected.intercept)]) {
            // scikit-learn stops at a gradient of 1e-12 per fit; its coefficients are good to
            // about 1e-8.
            assert!(
                (found - expected).abs() < 1e-6 * expected.abs() + 1e-8,
                "{found} {expected}"
            );
        }
    };
    for case in &oracle.logistic.dense {
        let settings = LogisticSettings { c: case.c };
        let target = &oracle.label[..n];
        check(
            &LogisticRegression::fit(&rows, 4, target, settings).unwrap(),
            case,
        );
    }
    let mut counts = SparseRows::new(64).unwrap();
    for row in &oracle.logistic.counts {
        counts.push(row).unwrap();
    }
    for case in &oracle.logistic.sparse {
        let settings = LogisticSettings { c: case.c };
        let target = &oracle.logistic.count_label;
        check(
            &LogisticRegression::fit_sparse(&counts, target, settings).unwrap(),
            case,
        );
    }
}

/// Rows of the ensemble form: categories as their codes, all as `f32`.
fn f32_rows(table: &FeatureTable) -> Vec<f32> {
    let value = |column: &FeatureColumn, row: usize| match column {
        FeatureColumn::Numeric(values) => values[row] as f32,
        FeatureColumn::Categorical { codes, .. } if codes[row] == MISSING_CATEGORY => f32::NAN,
        FeatureColumn::Categorical { codes, .. } => codes[row] as f32,
    };
    let rows = 0..table.n_rows();
    rows.flat_map(|row| table.columns().iter().map(move |column| value(column, row)))
        .collect()
}

/// Numbers that are `f32`, some of them missing, and categories, some of them missing.
fn table_of_f32(n: usize, seed: u64) -> (FeatureTable, Vec<f64>) {
    let mut random = Random::from_seed(seed);
    let mut numbers = || -> Vec<f64> {
        (0..n)
            .map(|_| {
                if random.uniform() < 0.1 {
                    f64::NAN
                } else {
                    f64::from(random.normal() as f32)
                }
            })
            .collect()
    };
    let (x, y) = (numbers(), numbers());
    let codes: Vec<u32> = (0..n)
        .map(|_| match (random.uniform() * 6.0) as u32 {
            5 => MISSING_CATEGORY,
            code => code,
        })
        .collect();
    let target = (0..n)
        .map(|i| {
            let number = if x[i].is_nan() { 2.0 } else { x[i] };
            let category = if codes[i] == 2 { 1.5 } else { 0.0 };
            number + category + 0.3 * random.normal()
        })
        .collect();
    let columns = vec![
        FeatureColumn::Numeric(x),
        FeatureColumn::Numeric(y),
        FeatureColumn::Categorical {
            codes,
            n_categories: 5,
        },
    ];
    (FeatureTable::new(columns).unwrap(), target)
}

#[test]
fn converted_models_predict_the_same() {
    let (table, target) = table_of_f32(500, 8);
    let settings = BoostingSettings {
        categories: CategorySplits::OneVsRest,
        ..BoostingSettings::lightgbm(Loss::SquaredError)
    };
    let model = BoostedTrees::fit(&table, &target, &settings).unwrap();
    let rows = f32_rows(&table);
    let margins = model.to_ensemble().unwrap().margins(&rows).unwrap();
    for (found, expected) in margins.iter().zip(model.margins(&table).unwrap()) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
    let classes: Vec<u32> = target
        .iter()
        .map(|y| u32::from(*y > 0.0) + u32::from(*y > 1.0))
        .collect();
    let forest =
        RandomForest::fit(&table, of_classes(&classes, 3), &ForestSettings::default()).unwrap();
    let margins = forest.to_ensemble().unwrap().margins(&rows).unwrap();
    for (found, expected) in margins.iter().zip(forest.predict(&table).unwrap()) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}

#[test]
fn sets_of_categories_have_no_ensemble_form() {
    let (table, target) = table_of_f32(3_000, 9);
    let settings = BoostingSettings::hist_gradient_boosting(Loss::SquaredError);
    let model = BoostedTrees::fit(&table, &target, &settings).unwrap();
    assert!(matches!(
        model.to_ensemble(),
        Err(StatsError::ParameterOutOfDomain {
            name: "categories",
            ..
        })
    ));
}

#[test]
fn unfit_inputs_are_refused() {
    let column = |n: usize| FeatureColumn::Numeric(vec![1.0; n]);
    let table = FeatureTable::new(vec![column(3)]).unwrap();
    let fit = |target: &[f64], settings: &BoostingSettings| {
        BoostedTrees::fit(&table, target, settings).unwrap_err()
    };
    let settings = BoostingSettings::lightgbm(Loss::LogLoss);
    assert!(matches!(
        fit(&[0.0], &settings),
        StatsError::ParameterOutOfDomain { name: "target", .. }
    ));
    assert!(matches!(
        fit(&[0.0, 2.0, 1.0], &settings),
        StatsError::ParameterOutOfDomain { .. }
    ));
    assert!(matches!(
        fit(&[0.0, f64::NAN, 1.0], &settings),
        StatsError::NotFinite { .. }
    ));
    let unfit = BoostingSettings {
        max_bins: 3,
        ..settings.clone()
    };
    assert!(matches!(
        fit(&[0.0, 1.0, 1.0], &unfit),
        StatsError::ParameterOutOfDomain {
            name: "max_bins",
            ..
        }
    ));
    let empty = FeatureTable::new(vec![column(0)]).unwrap();
    assert!(matches!(
        BoostedTrees::fit(&empty, &[], &settings),
        Err(StatsError::EmptySample { .. })
    ));
    assert!(FeatureTable::new(vec![]).is_err());
    assert!(FeatureTable::new(vec![column(2), column(3)]).is_err());
    let codes = FeatureColumn::Categorical {
        codes: vec![0, 5],
        n_categories: 5,
    };
    assert!(FeatureTable::new(vec![codes]).is_err());
    let model = BoostedTrees::fit(&table, &[0.0, 1.0, 1.0], &settings).unwrap();
    let other = FeatureTable::new(vec![column(1), column(1)]).unwrap();
    assert!(matches!(
        model.predict(&other),
        Err(StatsError::GridMismatch)
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn boosting_survives_any_numbers(
        values in prop::collection::vec(prop::num::f64::ANY, 1..120),
        n_leaves in 2_u32..8,
    ) {
        let target: Vec<f64> = (0..values.len()).map(|i| (i % 3) as f64).collect();
        let table = FeatureTable::new(vec![FeatureColumn::Numeric(values)]).unwrap();
        for loss in [Loss::SquaredError, Loss::AbsoluteError] {
            let settings = BoostingSettings {
                n_trees: 5,
                max_leaves: n_leaves,
                min_rows_in_leaf: 1,
                ..BoostingSettings::lightgbm(loss)
            };
            let model = BoostedTrees::fit(&table, &target, &settings).unwrap();
            for value in model.predict(&table).unwrap() {
                // Steps never leave the range of the target.
                prop_assert!((-1e-9..=2.0 + 1e-9).contains(&value), "{value}");
            }
        }
        let forest = RandomForest::fit(&table, ForestTarget::Values(&target), &ForestSettings { n_trees: 3, ..ForestSettings::default() }).unwrap();
        for value in forest.predict(&table).unwrap() {
            prop_assert!((-1e-9..=2.0 + 1e-9).contains(&value), "{value}");
        }
    }

    #[test]
    fn monotone_maps_of_a_column_leave_predictions_alone(seed in 0_u64..1_000, power in 1_i32..4) {
        let mut random = Random::from_seed(seed);
        let x: Vec<f64> = (0..150).map(|_| (random.uniform() * 40.0).floor()).collect();
        let target: Vec<f64> = x.iter().map(|x| (x / 7.0).sin()).collect();
        let settings = BoostingSettings { n_trees: 10, ..BoostingSettings::lightgbm(Loss::SquaredError) };
        let predict = |values: Vec<f64>| {
            let table = FeatureTable::new(vec![FeatureColumn::Numeric(values)]).unwrap();
            BoostedTrees::fit(&table, &target, &settings).unwrap().predict(&table).unwrap()
        };
        let mapped = x.iter().map(|x| x.powi(power) * 1e300 / 40_f64.powi(power)).collect();
        prop_assert_eq!(predict(x), predict(mapped));
    }
}
