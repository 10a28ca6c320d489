//! Fitted trees against `LightGBM` and scikit-learn, and the laws they must keep.

use crate::oracle::read;
use serde::Deserialize;
use trimtab_stats::trees::{BoostedTrees, BoostingSettings, FeatureColumn, FeatureTable, Loss};

#[derive(Deserialize)]
struct Oracle {
    n_train: usize,
    columns: Vec<Vec<Option<f64>>>,
    label: Vec<f64>,
    value: Vec<f64>,
    boosting: Vec<BoostingCase>,
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
