//! Measures of a regression model.

use super::{Draft, Evaluation, MeanSums, Resampling, complete};
use crate::error::StatsError;
use crate::performance::intervals::critical_value;
use crate::performance::losses::{
    absolute_percentage_error, log_error, pinball_loss, symmetric_percentage_error,
};
use crate::performance::metric::{IntervalMethod, Metric, reason};
use crate::performance::rows::{
    EvaluationSettings, RegressionRows, Weights, check_blocks, check_length, check_weights,
};
use crate::resampling::{Blocks, UnitSums};

/// Evaluates a regression model: every measure with its confidence interval.
///
/// # Measures
///
/// With the error `e = prediction − label`: `mae` (mean `|e|`), `mse`, `rmse`,
/// `mean_error` (above 0 the model predicts too high), `r2`, `quantile_loss` (pinball
/// loss at the quantile of the settings), `mape` (mean `|e| / |label|`; rows whose label
/// is 0 are left out, see its `n`), `smape` (mean `2|e| / (|label| + |prediction|)`, 0
/// where both are 0, in `[0, 2]`), `rmsle` (root mean squared difference of `ln(1 + x)`;
/// absent where a label or a prediction is −1 or below), `mean_label`,
/// `mean_prediction`. Units are the label's, squared for `mse`; `mape`, `smape`, `r2`
/// and `rmsle` have none.
///
/// # Intervals
///
/// Means: Student; roots carry the interval of what they are the root of. `r2`: the
/// linearised variance of `ln(1 − r2)`. With blocks: the bootstrap of whole blocks.
///
/// # Errors
///
/// As [`evaluate_binary`](super::evaluate_binary).
///
/// # Numerics
///
/// Rows whose label or prediction is not finite are left out. Errors near the largest
/// float leave the squared measures absent. `O(n)`, and each replicate is one addition
/// per block.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::{EvaluationSettings, RegressionRows, evaluate_regression};
///
/// let rows = RegressionRows {
///     labels: &[1.0, 2.0, 4.0],
///     predictions: &[1.5, 2.0, 3.0],
///     ..RegressionRows::default()
/// };
/// let found = evaluate_regression(&rows, &EvaluationSettings::default())?;
/// assert_eq!(found.metric("mae").and_then(|m| m.value), Some(0.5));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn evaluate_regression(
    rows: &RegressionRows<'_>,
    settings: &EvaluationSettings,
) -> Result<Evaluation, StatsError> {
    settings.check()?;
    let table = Table::new(rows)?;
    let n = table.label.len();
    let drafts = table.drafts(settings);
    let sums = table.sums_by_block(settings);
    let mut total = [0.0; N_COLUMNS];
    let resampling = Resampling {
        n_rows: n,
        blocks: table.blocks.as_ref(),
    };
    let metrics = complete(drafts, N_SLOTS, resampling, settings, |counts, _, out| {
        sums.weighted(counts, &mut total);
        measure(&total, out);
    });
    Ok(Evaluation {
        n: n as u64,
        n_left_out: (rows.labels.len() - n) as u64,
        n_blocks: table.blocks.as_ref().map(|blocks| blocks.len() as u64),
        metrics,
        confusion: None,
    })
}

/// Rows that are evaluated.
pub(super) struct Table {
    label: Vec<f64>,
    prediction: Vec<f64>,
    weight: Vec<f64>,
    pub(super) blocks: Option<Blocks>,
}

pub(super) const N_COLUMNS: usize = 13;
pub(super) const N_SLOTS: usize = 11;

impl Table {
    pub(super) fn new(rows: &RegressionRows<'_>) -> Result<Self, StatsError> {
        let n = rows.labels.len();
        check_length("predictions", rows.predictions.len(), n)?;
        check_weights(rows.weights, n)?;
        check_blocks(rows.blocks, n)?;
        let weights = Weights::new(rows.weights);
        let weight = |row: usize| weights.of(row);
        let used: Vec<usize> = (0..n)
            .filter(|&row| {
                rows.labels[row].is_finite()
                    && rows.predictions[row].is_finite()
                    && weight(row) > 0.0
            })
            .collect();
        let blocks = rows.blocks.map(|ids| {
            let of_rows: Vec<u64> = used.iter().map(|&row| ids[row]).collect();
            Blocks::from_ids(&of_rows)
        });
        Ok(Self {
            label: used.iter().map(|&row| rows.labels[row]).collect(),
            prediction: used.iter().map(|&row| rows.predictions[row]).collect(),
            weight: used.iter().map(|&row| weight(row)).collect(),
            blocks: blocks.transpose()?,
        })
    }

    /// `(label, prediction, weight)` of each row.
    fn rows(&self) -> impl Iterator<Item = (f64, f64, f64)> + Clone + '_ {
        let pairs = self.label.iter().zip(&self.prediction);
        pairs
            .zip(&self.weight)
            .map(|((&label, &prediction), &weight)| (label, prediction, weight))
    }

    /// Sums of a value over all rows.
    fn sums(&self, value: impl Fn(f64, f64) -> f64 + Copy) -> MeanSums {
        MeanSums::of(self.rows().map(|(y, p, w)| (value(y, p), w)))
    }

    fn drafts(&self, settings: &EvaluationSettings) -> Vec<Draft> {
        let confidence = settings.confidence;
        let same: fn(f64) -> f64 = |x| x;
        let all = f64::NEG_INFINITY;
        let squared = self.sums(|y, p| (p - y) * (p - y));
        let quantile = settings.quantile;
        let metrics = [
            self.sums(|y, p| p - y)
                .metric("mean_error", all, same, confidence),
            self.sums(|y, p| (p - y).abs())
                .metric("mae", 0.0, same, confidence),
            squared.metric("mse", 0.0, same, confidence),
            squared.metric("rmse", 0.0, f64::sqrt, confidence),
            self.r2(confidence),
            self.sums(|y, p| pinball_loss(p, y, quantile)).metric(
                "quantile_loss",
                0.0,
                same,
                confidence,
            ),
            self.mape(confidence),
            self.sums(|y, p| symmetric_percentage_error(p, y))
                .metric("smape", 0.0, same, confidence),
            self.rmsle(confidence),
            self.sums(|y, _| y)
                .metric("mean_label", all, same, confidence),
            self.sums(|_, p| p)
                .metric("mean_prediction", all, same, confidence),
        ];
        let numbered = metrics.into_iter().enumerate();
        numbered
            .map(|(slot, metric)| Draft::closed_form(metric, slot))
            .collect()
    }

    fn mape(&self, confidence: f64) -> Metric {
        let rows = self.rows().filter(|&(y, _, _)| y != 0.0);
        let sums = MeanSums::of(rows.map(|(y, p, w)| (absolute_percentage_error(p, y), w)));
        if sums.n == 0 && !self.label.is_empty() {
            return Metric::absent("mape", 0, "every label is 0");
        }
        sums.metric("mape", 0.0, |x| x, confidence)
    }

    fn rmsle(&self, confidence: f64) -> Metric {
        let n = self.label.len() as u64;
        if self.rows().any(|(y, p, _)| y <= -1.0 || p <= -1.0) {
            return Metric::absent("rmsle", n, "a label or a prediction is -1 or below");
        }
        let sums = self.sums(|y, p| log_error(p, y).powi(2));
        sums.metric("rmsle", 0.0, f64::sqrt, confidence)
    }

    /// The weighted mean label; the centre of the sums of squares.
    fn mean_label(&self) -> f64 {
        self.sums(|y, _| y).mean()
    }

    fn r2(&self, confidence: f64) -> Metric {
        let n = self.label.len() as u64;
        let centre = self.mean_label();
        let (mut residual, mut total) = (0.0, 0.0);
        for (y, p, w) in self.rows() {
            residual += w * (p - y) * (p - y);
            total += w * (y - centre) * (y - centre);
        }
        if self.label.is_empty() {
            return Metric::absent("r2", 0, reason::NO_ROWS);
        }
        if self.label.iter().all(|&y| y == self.label[0]) {
            return Metric::absent("r2", n, reason::LABELS_CONSTANT);
        }
        let share = residual / total;
        if !(share.is_finite() && total.is_finite()) {
            return Metric::absent("r2", n, reason::OVERFLOW);
        }
        let bare = Metric::bare("r2", 1.0 - share, n, None);
        if share == 0.0 {
            return bare.without_interval("no interval: every prediction is right");
        }
        // One more row moves ln(residual / total) by this much.
        let variance: f64 = self
            .rows()
            .map(|(y, p, w)| {
                let of_residual = w * (p - y) * (p - y) / residual;
                let of_total = w * (y - centre) * (y - centre) / total;
                (of_residual - of_total).powi(2)
            })
            .sum();
        let half = critical_value(confidence) * variance.sqrt();
        bare.within(
            (1.0 - share * half.exp(), 1.0 - share * (-half).exp()),
            IntervalMethod::Delta,
        )
    }

    /// What the measures are functions of, summed per block.
    pub(super) fn sums_by_block(&self, settings: &EvaluationSettings) -> UnitSums {
        let Some(blocks) = &self.blocks else {
            return UnitSums::new(0, N_COLUMNS);
        };
        let centre = self.mean_label();
        let mut sums = UnitSums::new(blocks.len(), N_COLUMNS);
        for ((y, p, w), &block) in self.rows().zip(blocks.of_row()) {
            let error = p - y;
            let relative = if y == 0.0 {
                [0.0, 0.0]
            } else {
                [1.0, absolute_percentage_error(p, y)]
            };
            let terms: [f64; N_COLUMNS] = [
                1.0,
                error,
                error.abs(),
                error * error,
                y - centre,
                (y - centre) * (y - centre),
                pinball_loss(p, y, settings.quantile),
                relative[0],
                relative[1],
                symmetric_percentage_error(p, y),
                log_error(p, y).powi(2),
                y,
                p,
            ];
            for (sum, term) in sums.of(block as usize).iter_mut().zip(terms) {
                *sum += w * term;
            }
        }
        sums
    }
}

/// The measures from the sums of a resample, in the order of the drafts.
pub(super) fn measure(sums: &[f64; N_COLUMNS], out: &mut [f64]) {
    let [
        n,
        error,
        absolute,
        squared,
        centred,
        centred_2,
        pinball,
        n_relative,
        relative,
        symmetric,
        log,
        label,
        prediction,
    ] = *sums;
    let mean = |sum: f64| sum / n;
    let total = centred_2 - centred * centred / n;
    let values: [f64; N_SLOTS] = [
        mean(error),
        mean(absolute),
        mean(squared),
        mean(squared).sqrt(),
        if total > 0.0 {
            1.0 - squared / total
        } else {
            f64::NAN
        },
        mean(pinball),
        relative / n_relative,
        mean(symmetric),
        mean(log).sqrt(),
        mean(label),
        mean(prediction),
    ];
    out.copy_from_slice(&values);
}
