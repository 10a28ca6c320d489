//! Confidence-based performance estimation of binary classifiers.

use super::calibration::needs_calibration;
use super::isotonic::Isotonic;
use super::limits::{Estimate, Limits};
use crate::error::StatsError;
use crate::performance::{BinaryRows, EvaluationSettings, evaluate_binary};
use crate::random::Random;
use std::ops::Range;

/// What the estimate rests on.
pub const CBPE_ASSUMES: &str = "that the same features still lead to the same outcomes (no concept drift), and that the scores, calibrated on the reference, are probabilities";

/// The metrics that are estimated.
pub const CBPE_METRICS: [&str; 7] = [
    "roc_auc",
    "f1",
    "precision",
    "recall",
    "specificity",
    "accuracy",
    "average_precision",
];

/// Draws of the average precision's sampling error.
const N_DRAWS: usize = 50;
/// Rows of one draw at most.
const DRAW_MAX: usize = 50_000;

/// Scored rows with decisions, and labels where they are known.
#[derive(Debug, Clone, Copy)]
pub struct LabelledScores<'a> {
    /// Score of the positive class, finite.
    pub scores: &'a [f64],
    /// The model's decisions.
    pub predictions: &'a [bool],
    /// What happened.
    pub labels: &'a [bool],
}

/// A reference learnt, ready to estimate chunks.
///
/// The estimate counts each row as positive with its calibrated score: expected confusion counts
/// give the metrics of decisions, and the ROC and precision–recall curves are drawn with
/// fractional rows, in the order of the raw scores.
///
/// # Source
///
/// J. Białek, W. Kuberski, N. Perrakis, *Estimating model performance under covariate shift
/// without labels* (2023); definitions, sampling errors and limits as `NannyML` 0.13. Its curves
/// are rounded to five digits and its average precision's sampling error is drawn; ours is drawn
/// from `seed`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cbpe {
    calibrator: Option<Isotonic>,
    /// In the order of [`CBPE_METRICS`].
    limits: [Limits; 7],
    sampling: [Sampling; 7],
}

/// The sampling error of a metric is `deviation / √(rows · share)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sampling {
    pub(super) deviation: f64,
    pub(super) share: f64,
}

impl Sampling {
    /// Deviation of a share of right rows among some of `n`: each is 1 where it is right.
    pub(super) fn of_share(right: f64, wrong: f64, n: f64) -> Self {
        let p = right / (right + wrong);
        Self {
            deviation: (p * (1.0 - p)).sqrt(),
            share: (right + wrong) / n,
        }
    }

    /// Variance in a chunk of `n` rows.
    pub(super) fn variance(self, n: f64) -> f64 {
        self.deviation * self.deviation / (n * self.share)
    }
}

impl Cbpe {
    /// Learns a reference.
    ///
    /// # Arguments
    ///
    /// * `reference`: labelled rows, in row order.
    /// * `chunks`: ranges of its rows whose realised values give the limits.
    /// * `seed`: of the splits that decide on calibration, and of draws.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if slices differ in length.
    /// * [`StatsError::EmptySample`], [`StatsError::NotFinite`] for rows that cannot be learnt.
    pub fn fit(
        reference: &LabelledScores<'_>,
        chunks: &[Range<usize>],
        seed: u64,
    ) -> Result<Self, StatsError> {
        let n = reference.scores.len();
        for found in [reference.predictions.len(), reference.labels.len()] {
            if found != n {
                return Err(StatsError::BinCountMismatch {
                    reference: n,
                    current: found,
                });
            }
        }
        let targets: Vec<f64> = reference
            .labels
            .iter()
            .map(|label| f64::from(u8::from(*label)))
            .collect();
        let fitted = Isotonic::fit(reference.scores, &targets)?;
        let calibrator =
            needs_calibration(reference.scores, reference.labels, seed)?.then_some(fitted);
        let mut values: [Vec<f64>; 7] = Default::default();
        for chunk in chunks {
            let part = LabelledScores {
                scores: reference.scores.get(chunk.clone()).unwrap_or_default(),
                predictions: reference.predictions.get(chunk.clone()).unwrap_or_default(),
                labels: reference.labels.get(chunk.clone()).unwrap_or_default(),
            };
            for (values, value) in values.iter_mut().zip(Self::realised(&part)) {
                values.push(value);
            }
        }
        Ok(Self {
            calibrator,
            limits: values.map(|values| Limits::of(&values, (0.0, 1.0))),
            sampling: sampling(reference, seed),
        })
    }

    /// Whether scores are calibrated before they count as probabilities.
    pub fn is_calibrated(&self) -> bool {
        self.calibrator.is_some()
    }

    /// The values that labels give, in the order of [`CBPE_METRICS`]; not a number where a metric
    /// has no meaning.
    pub fn realised(rows: &LabelledScores<'_>) -> [f64; 7] {
        let settings = EvaluationSettings {
            replicates: 0,
            ..EvaluationSettings::default()
        };
        let rows = BinaryRows {
            labels: rows.labels,
            predictions: Some(rows.predictions),
            scores: Some(rows.scores),
            ..BinaryRows::default()
        };
        let found = evaluate_binary(&rows, &settings).ok();
        CBPE_METRICS.map(|name| {
            let metric = found.as_ref().and_then(|found| found.metric(name));
            metric.and_then(|metric| metric.value).unwrap_or(f64::NAN)
        })
    }

    /// Estimates a chunk without labels, in the order of [`CBPE_METRICS`].
    ///
    /// Rows whose score is not a number are left out.
    ///
    /// # Errors
    ///
    /// [`StatsError::BinCountMismatch`] if the slices differ in length.
    pub fn estimate(
        &self,
        scores: &[f64],
        predictions: &[bool],
    ) -> Result<Vec<Estimate>, StatsError> {
        if scores.len() != predictions.len() {
            return Err(StatsError::BinCountMismatch {
                reference: scores.len(),
                current: predictions.len(),
            });
        }
        let mut rows: Vec<Row> = scores
            .iter()
            .zip(predictions)
            .filter(|(score, _)| !score.is_nan())
            .map(|(&score, &is_predicted)| Row {
                score,
                probability: match &self.calibrator {
                    Some(calibrator) => calibrator.predict(score),
                    None => score,
                },
                is_predicted,
            })
            .collect();
        rows.sort_by(|a, b| b.score.total_cmp(&a.score));
        let values = expected(&rows);
        let n = rows.len() as f64;
        Ok(CBPE_METRICS
            .iter()
            .zip(values)
            .zip(self.limits.iter().zip(&self.sampling))
            .map(|((metric, value), (limits, sampling))| {
                let error = sampling.deviation / (n * sampling.share).sqrt();
                Estimate::new(metric, value, error, (0.0, 1.0), *limits)
            })
            .collect())
    }
}

pub(super) struct Row {
    pub(super) score: f64,
    pub(super) probability: f64,
    pub(super) is_predicted: bool,
}

/// Expected metrics of rows in falling order of score.
pub(super) fn expected(rows: &[Row]) -> [f64; 7] {
    if rows.is_empty() {
        return [f64::NAN; 7];
    }
    let (mut tp, mut fp, mut fn_, mut tn) = (0.0, 0.0, 0.0, 0.0);
    for row in rows {
        let p = row.probability;
        if row.is_predicted {
            tp += p;
            fp += 1.0 - p;
        } else {
            fn_ += p;
            tn += 1.0 - p;
        }
    }
    let share = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
    let (auc, average_precision) = curves(rows);
    [
        auc,
        share(tp, tp + 0.5 * (fp + fn_)),
        share(tp, tp + fp),
        share(tp, tp + fn_),
        share(tn, tn + fp),
        (tp + tn) / rows.len() as f64,
        average_precision,
    ]
}

/// Areas under the ROC and the precision–recall curve of fractional rows.
fn curves(rows: &[Row]) -> (f64, f64) {
    let round = |value: f64| (value * 1e5).round_ties_even() / 1e5;
    let total: f64 = rows.iter().map(|row| row.probability).sum();
    let (positives, negatives) = (round(total), round(rows.len() as f64 - total));
    let (mut sum, mut area, mut average_precision) = (0.0, 0.0, 0.0);
    let (mut tpr, mut fpr) = (0.0, 0.0);
    for (i, row) in rows.iter().enumerate() {
        sum += row.probability;
        let n = (i + 1) as f64;
        let (tps, fps) = (round(sum), round(n - sum));
        let (next_tpr, next_fpr) = (tps / positives, fps / negatives);
        area += (next_fpr - fpr) * f64::midpoint(tpr, next_tpr);
        average_precision += (next_tpr - tpr) * (tps / n);
        (tpr, fpr) = (next_tpr, next_fpr);
    }
    (area, average_precision)
}

/// Sampling errors that the reference's rows show, in the order of [`CBPE_METRICS`].
fn sampling(reference: &LabelledScores<'_>, seed: u64) -> [Sampling; 7] {
    let n = reference.scores.len() as f64;
    let (mut tp, mut fp, mut fn_, mut tn) = (0.0, 0.0, 0.0, 0.0);
    for (&is_predicted, &label) in reference.predictions.iter().zip(reference.labels) {
        match (is_predicted, label) {
            (true, true) => tp += 1.0,
            (true, false) => fp += 1.0,
            (false, true) => fn_ += 1.0,
            (false, false) => tn += 1.0,
        }
    }
    let of_share = |right: f64, wrong: f64| Sampling::of_share(right, wrong, n);
    let relevant = of_share(tp, fp + fn_);
    let f1 = Sampling {
        deviation: relevant.deviation * (tp + fp + fn_) / (tp + 0.5 * (fp + fn_)),
        ..relevant
    };
    [
        roc_sampling(reference),
        f1,
        of_share(tp, fp),
        of_share(tp, fn_),
        of_share(tn, fp),
        Sampling {
            share: 1.0,
            ..of_share(tp + tn, fp + fn_)
        },
        average_precision_sampling(reference, seed),
    ]
}

/// Deviation of the shares of negatives below each row of the rarer class.
pub(super) fn roc_sampling(reference: &LabelledScores<'_>) -> Sampling {
    let n_positive = reference.labels.iter().filter(|label| **label).count();
    let n = reference.labels.len();
    let is_flipped = 2 * n_positive > n;
    let mut rows: Vec<(f64, bool)> = reference
        .scores
        .iter()
        .zip(reference.labels)
        .map(|(&score, &label)| {
            if is_flipped {
                (1.0 - score, !label)
            } else {
                (score, label)
            }
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rare = if is_flipped {
        n - n_positive
    } else {
        n_positive
    } as f64;
    let common = n as f64 - rare;
    let mut below = 0.0;
    let mut shares = Vec::new();
    for (_, is_rare) in rows {
        if is_rare {
            shares.push(below / common);
        } else {
            below += 1.0;
        }
    }
    Sampling {
        deviation: deviation(&shares),
        share: rare / n as f64,
    }
}

/// Deviation over resamples of half the reference.
pub(super) fn average_precision_sampling(reference: &LabelledScores<'_>, seed: u64) -> Sampling {
    let n = reference.scores.len();
    let size = (n / 2).min(DRAW_MAX);
    let mut order: Vec<u32> = (0..u32::try_from(n).unwrap_or(u32::MAX)).collect();
    order.sort_by(|&a, &b| reference.scores[b as usize].total_cmp(&reference.scores[a as usize]));
    let mut random = Random::from_seed(seed);
    let mut drawn = vec![0_u32; n];
    let values: Vec<f64> = (0..N_DRAWS)
        .map(|_| {
            drawn.fill(0);
            for _ in 0..size {
                drawn[random.below(n as u64) as usize] += 1;
            }
            average_precision(reference, &order, &drawn)
        })
        .filter(|value| value.is_finite())
        .collect();
    Sampling {
        // The error at `size` rows; it falls with the root of the rows.
        deviation: deviation(&values) * (size as f64).sqrt(),
        share: 1.0,
    }
}

/// Average precision of rows drawn so many times each, in falling order of score.
pub(super) fn average_precision(
    reference: &LabelledScores<'_>,
    order: &[u32],
    drawn: &[u32],
) -> f64 {
    let score = |row: u32| reference.scores[row as usize];
    let (mut n, mut positives, mut sum) = (0.0, 0.0, 0.0);
    for ties in order.chunk_by(|&a, &b| score(a) == score(b)) {
        let mut here = 0.0;
        for &row in ties {
            let times = f64::from(drawn[row as usize]);
            n += times;
            if reference.labels[row as usize] {
                here += times;
            }
        }
        positives += here;
        if n > 0.0 {
            sum += here * positives / n;
        }
    }
    sum / positives
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores that are true probabilities.
    fn honest(n: usize, seed: u64) -> (Vec<f64>, Vec<bool>, Vec<bool>) {
        let mut random = Random::from_seed(seed);
        let (mut scores, mut predictions, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..n {
            let p = random.uniform();
            scores.push(p);
            predictions.push(p >= 0.5);
            labels.push(random.uniform() < p);
        }
        (scores, predictions, labels)
    }

    #[test]
    fn estimates_of_honest_scores_lie_within_their_sampling_error() {
        let (scores, predictions, labels) = honest(20_000, 1);
        let reference = LabelledScores {
            scores: &scores,
            predictions: &predictions,
            labels: &labels,
        };
        let chunks: Vec<Range<usize>> = (0..10).map(|i| i * 2_000..(i + 1) * 2_000).collect();
        let fitted = Cbpe::fit(&reference, &chunks, 7).unwrap();
        let (scores, predictions, labels) = honest(5_000, 2);
        let truth = Cbpe::realised(&LabelledScores {
            scores: &scores,
            predictions: &predictions,
            labels: &labels,
        });
        for (estimate, truth) in fitted
            .estimate(&scores, &predictions)
            .unwrap()
            .iter()
            .zip(truth)
        {
            assert!(
                (estimate.value - truth).abs() < 4.0 * estimate.sampling_error,
                "{}: {} against {truth}, error {}",
                estimate.metric,
                estimate.value,
                estimate.sampling_error
            );
            assert!(!estimate.alarm, "{estimate:?}");
        }
    }

    #[test]
    fn a_chunk_that_is_harder_alarms_without_a_label() {
        let (scores, predictions, labels) = honest(20_000, 3);
        let reference = LabelledScores {
            scores: &scores,
            predictions: &predictions,
            labels: &labels,
        };
        let chunks: Vec<Range<usize>> = (0..10).map(|i| i * 2_000..(i + 1) * 2_000).collect();
        let fitted = Cbpe::fit(&reference, &chunks, 7).unwrap();
        let hard: Vec<f64> = (0..2_000)
            .map(|i| 0.4 + 0.2 * f64::from(i) / 2_000.0)
            .collect();
        let predictions: Vec<bool> = hard.iter().map(|p| *p >= 0.5).collect();
        let found = fitted.estimate(&hard, &predictions).unwrap();
        assert!(
            found
                .iter()
                .find(|one| one.metric == "accuracy")
                .unwrap()
                .alarm
        );
    }

    #[test]
    fn an_empty_chunk_has_no_numbers_and_no_panic() {
        let (scores, predictions, labels) = honest(100, 4);
        let reference = LabelledScores {
            scores: &scores,
            predictions: &predictions,
            labels: &labels,
        };
        let fitted = Cbpe::fit(&reference, std::slice::from_ref(&(0..100)), 7).unwrap();
        let found = fitted.estimate(&[], &[]).unwrap();
        assert!(found.iter().all(|one| one.value.is_nan() && !one.alarm));
    }
}
