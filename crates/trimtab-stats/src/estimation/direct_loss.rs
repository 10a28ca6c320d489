//! Direct loss estimation of regression models.

use super::limits::{Estimate, Limits};
use crate::error::StatsError;
use crate::trees::{BoostedTrees, BoostingSettings, FeatureTable, Loss};
use std::ops::Range;

/// What the estimate rests on.
pub const DLE_ASSUMES: &str = "that the same features still lead to the same errors (no concept drift), as a model of the loss learnt them on the reference";

/// The metrics that are estimated.
pub const DLE_METRICS: [&str; 6] = ["mae", "mape", "mse", "rmse", "msle", "rmsle"];

/// The loss of one row that a metric averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowLoss {
    Absolute,
    Relative,
    Squared,
    SquaredLog,
}

impl RowLoss {
    const ALL: [Self; 4] = [
        Self::Absolute,
        Self::Relative,
        Self::Squared,
        Self::SquaredLog,
    ];

    fn of(self, label: f64, prediction: f64) -> f64 {
        match self {
            Self::Absolute => (label - prediction).abs(),
            Self::Relative => (label - prediction).abs() / label.abs().max(f64::EPSILON),
            Self::Squared => (label - prediction).powi(2),
            Self::SquaredLog => (label.ln_1p() - prediction.ln_1p()).powi(2),
        }
    }
}

/// Which loss a metric averages, and whether its root is taken.
fn loss_of(metric: usize) -> (usize, bool) {
    [
        (0, false),
        (1, false),
        (2, false),
        (2, true),
        (3, false),
        (3, true),
    ][metric]
}

/// A reference learnt, ready to estimate chunks.
///
/// For each loss of a row (absolute, relative, squared, squared logarithmic) boosted trees learn
/// it from the features and the prediction; a chunk's estimate is the mean of what they predict.
///
/// # Source
///
/// `NannyML` 0.13's `DLE` with `LightGBM`'s default settings. Our trees are grown by the same rules
/// but are not bit-equal; see the page of the method for how near they come.
#[derive(Debug, Clone)]
pub struct DirectLoss {
    /// By [`RowLoss::ALL`]; absent where the loss has no meaning on the reference.
    models: [Option<BoostedTrees>; 4],
    /// In the order of [`DLE_METRICS`].
    limits: [Limits; 6],
    /// Deviation of a row's loss, in the order of [`DLE_METRICS`].
    deviations: [f64; 6],
}

impl DirectLoss {
    /// Learns a reference.
    ///
    /// # Arguments
    ///
    /// * `table`: features and, as one more column, the prediction.
    /// * `labels`, `predictions`: finite, one for each row of the table.
    /// * `chunks`: ranges of rows whose realised values give the limits.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if the lengths differ.
    /// * Those of [`BoostedTrees::fit`].
    pub fn fit(
        table: &FeatureTable,
        labels: &[f64],
        predictions: &[f64],
        chunks: &[Range<usize>],
    ) -> Result<Self, StatsError> {
        for found in [labels.len(), predictions.len()] {
            if found != table.n_rows() {
                return Err(StatsError::BinCountMismatch {
                    reference: table.n_rows(),
                    current: found,
                });
            }
        }
        let settings = BoostingSettings::lightgbm(Loss::SquaredError);
        let mut models: [Option<BoostedTrees>; 4] = Default::default();
        let mut deviations = [f64::NAN; 6];
        for (i, loss) in RowLoss::ALL.into_iter().enumerate() {
            let losses: Vec<f64> = labels
                .iter()
                .zip(predictions)
                .map(|(&label, &prediction)| loss.of(label, prediction))
                .collect();
            // A logarithm of a value below −1 has no meaning, for the whole column.
            if losses.iter().all(|loss| loss.is_finite()) {
                models[i] = Some(BoostedTrees::fit(table, &losses, &settings)?);
                let (mean, deviation) = spread(&losses);
                for (metric, place) in deviations.iter_mut().enumerate() {
                    *place = match loss_of(metric) {
                        (j, false) if j == i => deviation,
                        // The root's by its slope at the mean.
                        (j, true) if j == i => deviation / (2.0 * mean.sqrt()),
                        _ => *place,
                    };
                }
            }
        }
        let mut values: [Vec<f64>; 6] = Default::default();
        for chunk in chunks {
            let (labels, predictions) = (
                labels.get(chunk.clone()).unwrap_or_default(),
                predictions.get(chunk.clone()).unwrap_or_default(),
            );
            for (values, value) in values.iter_mut().zip(Self::realised(labels, predictions)) {
                values.push(value);
            }
        }
        Ok(Self {
            models,
            limits: values.map(|values| Limits::of(&values, (0.0, f64::INFINITY))),
            deviations,
        })
    }

    /// The values that labels give, in the order of [`DLE_METRICS`].
    pub fn realised(labels: &[f64], predictions: &[f64]) -> [f64; 6] {
        let means = RowLoss::ALL.map(|loss| {
            let sum: f64 = labels
                .iter()
                .zip(predictions)
                .map(|(&label, &prediction)| loss.of(label, prediction))
                .sum();
            sum / labels.len() as f64
        });
        metrics(means)
    }

    /// Estimates a chunk without labels, in the order of [`DLE_METRICS`].
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if the table's columns are not the reference's.
    pub fn estimate(&self, table: &FeatureTable) -> Result<Vec<Estimate>, StatsError> {
        let n = table.n_rows() as f64;
        let mut means = [f64::NAN; 4];
        for (mean, model) in means.iter_mut().zip(&self.models) {
            if let Some(model) = model {
                let losses = model.predict(table)?;
                *mean = losses.iter().sum::<f64>() / n;
            }
        }
        let values = metrics(means);
        Ok((0..DLE_METRICS.len())
            .map(|i| {
                Estimate::new(
                    DLE_METRICS[i],
                    values[i],
                    self.deviations[i] / n.sqrt(),
                    (0.0, f64::INFINITY),
                    self.limits[i],
                )
            })
            .collect())
    }
}

/// Metrics of mean losses; a mean below 0 has no root.
fn metrics(means: [f64; 4]) -> [f64; 6] {
    let mut values = [f64::NAN; 6];
    for (metric, value) in values.iter_mut().enumerate() {
        let (loss, is_root) = loss_of(metric);
        *value = if is_root {
            means[loss].sqrt()
        } else {
            means[loss]
        };
    }
    values
}

fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::trees::FeatureColumn;

    /// Errors grow with the feature; the prediction is its double.
    fn rows(n: usize, low: f64, high: f64, seed: u64) -> (FeatureTable, Vec<f64>, Vec<f64>) {
        let mut random = Random::from_seed(seed);
        let x: Vec<f64> = (0..n)
            .map(|_| low + (high - low) * random.uniform())
            .collect();
        let predictions: Vec<f64> = x.iter().map(|x| 10.0 + 2.0 * x).collect();
        let labels = x
            .iter()
            .zip(&predictions)
            .map(|(x, prediction)| prediction + x * random.normal())
            .collect();
        let columns = vec![
            FeatureColumn::Numeric(x),
            FeatureColumn::Numeric(predictions.clone()),
        ];
        (FeatureTable::new(columns).unwrap(), labels, predictions)
    }

    #[test]
    fn a_harder_chunk_is_estimated_worse_and_alarms() {
        let (table, labels, predictions) = rows(6_000, 0.0, 2.0, 1);
        let chunks: Vec<Range<usize>> = (0..10).map(|i| i * 600..(i + 1) * 600).collect();
        let fitted = DirectLoss::fit(&table, &labels, &predictions, &chunks).unwrap();
        let (table, labels, predictions) = rows(2_000, 1.5, 2.0, 2);
        let truth = DirectLoss::realised(&labels, &predictions);
        let found = fitted.estimate(&table).unwrap();
        for i in [0, 2, 3] {
            let one = found[i];
            assert!(
                (one.value / truth[i] - 1.0).abs() < 0.1,
                "{one:?} against {}",
                truth[i]
            );
            assert!(one.alarm, "{one:?}");
        }
    }

    #[test]
    fn logarithms_without_meaning_are_absent() {
        let (table, mut labels, predictions) = rows(500, 0.0, 2.0, 3);
        labels[0] = -5.0;
        let fitted = DirectLoss::fit(
            &table,
            &labels,
            &predictions,
            std::slice::from_ref(&(0..500)),
        )
        .unwrap();
        let found = fitted.estimate(&table).unwrap();
        assert!(found[4].value.is_nan() && found[5].value.is_nan());
        assert!(found[0].value.is_finite());
    }
}
