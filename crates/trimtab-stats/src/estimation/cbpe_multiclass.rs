//! Confidence-based performance estimation of classifiers with several classes.

use super::calibration::{auc, needs_calibration};
use super::cbpe::{
    CBPE_METRICS, LabelledScores, Row, Sampling, average_precision, average_precision_sampling,
    expected, roc_sampling,
};
use super::isotonic::Isotonic;
use super::limits::{Estimate, Limits};
use crate::error::StatsError;
use std::ops::Range;

/// The place of the accuracy in [`CBPE_METRICS`].
const ACCURACY: usize = 5;
/// By how much the macro ROC-AUC's sampling error is raised: `NannyML` found that the sum of the
/// classes' variances is a fifth too small.
const AUC_RAISED: f64 = 1.2;

/// Scores of every class and the model's decisions.
#[derive(Debug, Clone, Copy)]
pub struct ClassScores<'a> {
    /// One score a class, shape `(n, k)`, row by row.
    pub scores: &'a [f64],
    /// The model's decisions, classes from 0.
    pub predictions: &'a [u32],
}

/// Scored rows with decisions and labels.
#[derive(Debug, Clone, Copy)]
pub struct MulticlassRows<'a> {
    /// What the model said; scores finite.
    pub said: ClassScores<'a>,
    /// What happened, classes from 0.
    pub labels: &'a [u32],
}

/// What the cells of the confusion matrix are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfusionUnit {
    /// Rows.
    Rows,
    /// Shares of the rows of the true class.
    OfTrue,
    /// Shares of the rows of the predicted class.
    OfPredicted,
    /// Shares of all rows.
    OfAll,
}

/// What is said of one chunk.
#[derive(Debug, Clone, PartialEq)]
pub struct MulticlassEstimates {
    /// In the order of [`CBPE_METRICS`].
    pub metrics: Vec<Estimate>,
    /// The cells of the confusion matrix, true class by true class, shape `(k, k)`.
    pub confusion: Vec<Estimate>,
}

/// A reference of several classes learnt, ready to estimate chunks.
///
/// Each class is calibrated against the rest, where that helps; the calibrated scores of a row are
/// divided by their sum. Then each class is estimated against the rest as two classes are (see
/// [`Cbpe`](super::Cbpe)) and the metrics are means over the classes. The accuracy is the mean
/// calibrated score of the predicted class; a cell of the confusion matrix the mean calibrated
/// score of its true class over the rows predicted as its other.
///
/// # Source
///
/// Definitions, sampling errors and limits as `NannyML` 0.13, the factor 1.2 on the ROC-AUC's
/// sampling error included. A class whose decisions never occur counts with a metric of 0.
#[derive(Debug, Clone, PartialEq)]
pub struct MulticlassCbpe {
    n_classes: usize,
    unit: ConfusionUnit,
    calibrators: Vec<Option<Isotonic>>,
    limits: [Limits; 7],
    /// Of the metrics, per class; of the accuracy once.
    sampling: [Vec<Sampling>; 7],
    confusion_limits: Vec<Limits>,
    confusion_sampling: Vec<Sampling>,
}

impl MulticlassCbpe {
    /// Learns a reference.
    ///
    /// # Arguments
    ///
    /// * `reference`: labelled rows, in row order.
    /// * `n_classes`: how many classes there are, each with a score.
    /// * `chunks`: ranges of its rows whose realised values give the limits.
    /// * `unit`: of the confusion matrix.
    /// * `seed`: of the splits that decide on calibration, and of draws.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if slices differ in length, or a class is not below
    ///   `n_classes`.
    /// * [`StatsError::EmptySample`], [`StatsError::NotFinite`] for rows that cannot be learnt.
    pub fn fit(
        reference: &MulticlassRows<'_>,
        n_classes: usize,
        chunks: &[Range<usize>],
        unit: ConfusionUnit,
        seed: u64,
    ) -> Result<Self, StatsError> {
        check(&reference.said, n_classes)?;
        check_classes(
            reference.labels,
            reference.said.predictions.len(),
            n_classes,
        )?;
        let mut calibrators = Vec::with_capacity(n_classes);
        let mut sampling: [Vec<Sampling>; 7] = Default::default();
        for class in 0..n_classes {
            let one = OneVersusRest::of(reference, class, n_classes);
            let targets: Vec<f64> = one.labels.iter().map(|l| f64::from(u8::from(*l))).collect();
            let fitted = Isotonic::fit(&one.scores, &targets)?;
            let is_needed = needs_calibration(&one.scores, &one.labels, seed)?;
            calibrators.push(is_needed.then_some(fitted));
            for (all, found) in sampling.iter_mut().zip(one.sampling(seed)) {
                all.push(found);
            }
        }
        let n = reference.labels.len() as f64;
        let right = reference.said.predictions.iter().zip(reference.labels);
        let right = right
            .filter(|(predicted, label)| predicted == label)
            .count() as f64;
        sampling[ACCURACY] = vec![Sampling::of_share(right, n - right, n)];
        let mut values: [Vec<f64>; 7] = Default::default();
        let mut cells = vec![Vec::new(); n_classes * n_classes];
        for chunk in chunks {
            let part = part(reference, chunk, n_classes);
            for (values, value) in values.iter_mut().zip(Self::realised(&part, n_classes)) {
                values.push(value);
            }
            let found = Self::realised_confusion(&part, n_classes, unit);
            for (cells, value) in cells.iter_mut().zip(found) {
                cells.push(value);
            }
        }
        Ok(Self {
            n_classes,
            unit,
            calibrators,
            limits: values.map(|values| Limits::of(&values, (0.0, 1.0))),
            sampling,
            confusion_limits: cells
                .iter()
                .map(|values| Limits::of(values, range(unit)))
                .collect(),
            confusion_sampling: confusion_sampling(reference, n_classes, unit),
        })
    }

    /// Whether the scores of any class are calibrated before they count as probabilities.
    pub fn is_calibrated(&self) -> bool {
        self.calibrators.iter().any(Option::is_some)
    }

    /// The values that labels give, in the order of [`CBPE_METRICS`], means over the classes.
    ///
    /// Not a number where labels or decisions are all alike; the ROC-AUC also where a class does
    /// not occur.
    pub fn realised(rows: &MulticlassRows<'_>, n_classes: usize) -> [f64; 7] {
        let is_one = |classes: &[u32]| classes.windows(2).all(|pair| pair[0] == pair[1]);
        if check(&rows.said, n_classes).is_err() || is_one(rows.labels) {
            return [f64::NAN; 7];
        }
        let mut sums = [0.0; 7];
        for class in 0..n_classes {
            let one = OneVersusRest::of(rows, class, n_classes);
            for (sum, value) in sums.iter_mut().zip(one.realised()) {
                *sum += value / n_classes as f64;
            }
        }
        let n = rows.labels.len() as f64;
        let right = rows.said.predictions.iter().zip(rows.labels);
        sums[ACCURACY] = right
            .filter(|(predicted, label)| predicted == label)
            .count() as f64
            / n;
        if is_one(rows.said.predictions) {
            for decided in &mut sums[1..=ACCURACY] {
                *decided = f64::NAN;
            }
        }
        sums
    }

    /// The confusion matrix that labels give, true class by true class.
    ///
    /// Not a number where labels or decisions are all alike.
    pub fn realised_confusion(
        rows: &MulticlassRows<'_>,
        n_classes: usize,
        unit: ConfusionUnit,
    ) -> Vec<f64> {
        let is_one = |classes: &[u32]| classes.windows(2).all(|pair| pair[0] == pair[1]);
        if is_one(rows.labels) || is_one(rows.said.predictions) {
            return vec![f64::NAN; n_classes * n_classes];
        }
        let mut cells = vec![0.0; n_classes * n_classes];
        for (&label, &predicted) in rows.labels.iter().zip(rows.said.predictions) {
            if let Some(cell) = cells.get_mut(label as usize * n_classes + predicted as usize) {
                *cell += 1.0;
            }
        }
        // As scikit-learn: the share of nothing is 0.
        in_unit(&mut cells, n_classes, unit, 0.0);
        cells
    }

    /// Estimates a chunk without labels.
    ///
    /// Rows with a score that is not a number are left out.
    ///
    /// # Errors
    ///
    /// [`StatsError::BinCountMismatch`] if the slices differ in length, or a class is unknown.
    pub fn estimate(&self, chunk: &ClassScores<'_>) -> Result<MulticlassEstimates, StatsError> {
        let k = self.n_classes;
        check(chunk, k)?;
        let known: Vec<usize> = (0..chunk.predictions.len())
            .filter(|row| !chunk.scores[row * k..][..k].iter().any(|s| s.is_nan()))
            .collect();
        let probabilities: Vec<f64> = known
            .iter()
            .flat_map(|row| self.probabilities(&chunk.scores[row * k..][..k]))
            .collect();
        let n = known.len() as f64;
        let mut values = [0.0; 7];
        for class in 0..k {
            let mut rows: Vec<Row> = known
                .iter()
                .enumerate()
                .map(|(place, row)| Row {
                    score: chunk.scores[row * k + class],
                    probability: probabilities[place * k + class],
                    is_predicted: chunk.predictions[*row] as usize == class,
                })
                .collect();
            rows.sort_by(|a, b| b.score.total_cmp(&a.score));
            for (value, found) in values.iter_mut().zip(expected(&rows)) {
                *value += found / k as f64;
            }
        }
        let mut cells = vec![0.0; k * k];
        for (place, row) in known.iter().enumerate() {
            for class in 0..k {
                cells[class * k + chunk.predictions[*row] as usize] +=
                    probabilities[place * k + class];
            }
        }
        values[ACCURACY] = (0..k).map(|class| cells[class * k + class]).sum::<f64>() / n;
        in_unit(&mut cells, k, self.unit, f64::NAN);
        Ok(MulticlassEstimates {
            metrics: self.metrics(values, n),
            confusion: self.confusion(&cells, n),
        })
    }

    fn metrics(&self, values: [f64; 7], n: f64) -> Vec<Estimate> {
        let mut found = Vec::with_capacity(values.len());
        for (place, (metric, value)) in CBPE_METRICS.iter().zip(values).enumerate() {
            let variances = self.sampling[place].iter().map(|one| one.variance(n));
            let count = self.sampling[place].len() as f64;
            let error = match *metric {
                // NannyML takes the mean variance of the classes here, not that of their mean.
                "average_precision" => (variances.sum::<f64>() / count).sqrt(),
                "roc_auc" => AUC_RAISED * variances.sum::<f64>().sqrt() / count,
                _ => variances.sum::<f64>().sqrt() / count,
            };
            found.push(Estimate::new(
                metric,
                value,
                error,
                (0.0, 1.0),
                self.limits[place],
            ));
        }
        found
    }

    fn confusion(&self, cells: &[f64], n: f64) -> Vec<Estimate> {
        let mut found = Vec::with_capacity(cells.len());
        let of_cells = self.confusion_limits.iter().zip(&self.confusion_sampling);
        for (&value, (limits, sampling)) in cells.iter().zip(of_cells) {
            let scale = if self.unit == ConfusionUnit::Rows {
                n
            } else {
                1.0
            };
            let error = scale * sampling.variance(n).sqrt();
            let range = range(self.unit);
            found.push(Estimate::new(
                "confusion_matrix",
                value,
                error,
                range,
                *limits,
            ));
        }
        found
    }

    /// Calibrated scores of one row, that sum to 1.
    fn probabilities(&self, scores: &[f64]) -> Vec<f64> {
        let mut found: Vec<f64> = scores
            .iter()
            .zip(&self.calibrators)
            .map(|(&score, calibrator)| match calibrator {
                Some(calibrator) => calibrator.predict(score),
                None => score,
            })
            .collect();
        let sum: f64 = found.iter().sum();
        let even = 1.0 / self.n_classes as f64;
        for one in &mut found {
            *one = if sum == 0.0 { even } else { *one / sum };
        }
        found
    }
}

/// One class against the rest.
struct OneVersusRest {
    scores: Vec<f64>,
    predictions: Vec<bool>,
    labels: Vec<bool>,
}

impl OneVersusRest {
    fn of(rows: &MulticlassRows<'_>, class: usize, n_classes: usize) -> Self {
        let is_class = |classes: &[u32]| classes.iter().map(|c| *c as usize == class).collect();
        Self {
            scores: rows
                .said
                .scores
                .iter()
                .skip(class)
                .step_by(n_classes)
                .copied()
                .collect(),
            predictions: is_class(rows.said.predictions),
            labels: is_class(rows.labels),
        }
    }

    fn rows(&self) -> LabelledScores<'_> {
        LabelledScores {
            scores: &self.scores,
            predictions: &self.predictions,
            labels: &self.labels,
        }
    }

    /// Rows that are true and false positives, false and true negatives.
    fn counts(&self) -> [f64; 4] {
        let mut counts = [0.0; 4];
        for (&predicted, &label) in self.predictions.iter().zip(&self.labels) {
            counts[2 * usize::from(!predicted) + usize::from(predicted != label)] += 1.0;
        }
        let [tp, fp, tn, fn_] = counts;
        [tp, fp, fn_, tn]
    }

    /// In the order of [`CBPE_METRICS`]; that of the accuracy is not used.
    fn sampling(&self, seed: u64) -> [Sampling; 7] {
        let [tp, fp, fn_, tn] = self.counts();
        let of_share = |right, wrong| Sampling::of_share(right, wrong, self.labels.len() as f64);
        [
            roc_sampling(&self.rows()),
            of_share(tp, fp + fn_),
            of_share(tp, fp),
            of_share(tp, fn_),
            of_share(tn, fp),
            of_share(tp + tn, fp + fn_),
            average_precision_sampling(&self.rows(), seed),
        ]
    }

    fn realised(&self) -> [f64; 7] {
        let [tp, fp, fn_, tn] = self.counts();
        let share = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
        let mut order: Vec<u32> =
            (0..u32::try_from(self.scores.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by(|&a, &b| self.scores[b as usize].total_cmp(&self.scores[a as usize]));
        let once = vec![1; order.len()];
        [
            auc(&self.scores, &self.labels),
            share(tp, tp + 0.5 * (fp + fn_)),
            share(tp, tp + fp),
            share(tp, tp + fn_),
            share(tn, tn + fp),
            (tp + tn) / self.labels.len() as f64,
            if tp + fn_ == 0.0 {
                0.0
            } else {
                average_precision(&self.rows(), &order, &once)
            },
        ]
    }
}

fn check(said: &ClassScores<'_>, n_classes: usize) -> Result<(), StatsError> {
    let n = said.scores.len().checked_div(n_classes).unwrap_or(0);
    check_classes(said.predictions, n, n_classes)?;
    if n * n_classes == said.scores.len() {
        Ok(())
    } else {
        Err(StatsError::BinCountMismatch {
            reference: n * n_classes,
            current: said.scores.len(),
        })
    }
}

fn check_classes(classes: &[u32], n: usize, n_classes: usize) -> Result<(), StatsError> {
    let mismatch = |reference, current| Err(StatsError::BinCountMismatch { reference, current });
    if classes.len() != n {
        return mismatch(n, classes.len());
    }
    match classes.iter().find(|class| **class as usize >= n_classes) {
        Some(class) => mismatch(n_classes, *class as usize),
        None => Ok(()),
    }
}

fn part<'a>(
    rows: &MulticlassRows<'a>,
    chunk: &Range<usize>,
    n_classes: usize,
) -> MulticlassRows<'a> {
    let scores = chunk.start * n_classes..chunk.end * n_classes;
    MulticlassRows {
        said: ClassScores {
            scores: rows.said.scores.get(scores).unwrap_or_default(),
            predictions: rows.said.predictions.get(chunk.clone()).unwrap_or_default(),
        },
        labels: rows.labels.get(chunk.clone()).unwrap_or_default(),
    }
}

fn range(unit: ConfusionUnit) -> (f64, f64) {
    match unit {
        ConfusionUnit::Rows => (0.0, f64::INFINITY),
        _ => (0.0, 1.0),
    }
}

/// Sums over the predicted classes of each true class, and over the true ones of each predicted.
fn margins(cells: &[f64], k: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut of_true, mut of_predicted) = (vec![0.0; k], vec![0.0; k]);
    for (place, cell) in cells.iter().enumerate() {
        of_true[place / k] += cell;
        of_predicted[place % k] += cell;
    }
    (of_true, of_predicted)
}

fn in_unit(cells: &mut [f64], k: usize, unit: ConfusionUnit, of_nothing: f64) {
    let (of_true, of_predicted) = margins(cells, k);
    let all: f64 = of_true.iter().sum();
    for (place, cell) in cells.iter_mut().enumerate() {
        let whole = match unit {
            ConfusionUnit::Rows => continue,
            ConfusionUnit::OfTrue => of_true[place / k],
            ConfusionUnit::OfPredicted => of_predicted[place % k],
            ConfusionUnit::OfAll => all,
        };
        *cell = if whole == 0.0 {
            of_nothing
        } else {
            *cell / whole
        };
    }
}

fn confusion_sampling(rows: &MulticlassRows<'_>, k: usize, unit: ConfusionUnit) -> Vec<Sampling> {
    let n = rows.labels.len() as f64;
    let mut cells = vec![0.0; k * k];
    for (&label, &predicted) in rows.labels.iter().zip(rows.said.predictions) {
        cells[label as usize * k + predicted as usize] += 1.0;
    }
    let (of_true, of_predicted) = margins(&cells, k);
    let of_cell = |(place, &cell): (usize, &f64)| {
        let whole = match unit {
            ConfusionUnit::OfTrue => of_true[place / k],
            ConfusionUnit::OfPredicted => of_predicted[place % k],
            ConfusionUnit::Rows | ConfusionUnit::OfAll => n,
        };
        Sampling::of_share(cell, whole - cell, n)
    };
    cells.iter().enumerate().map(of_cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const K: usize = 3;

    struct Sample {
        scores: Vec<f64>,
        predictions: Vec<u32>,
        labels: Vec<u32>,
    }

    impl Sample {
        /// Scores that are true probabilities; the larger `spread`, the surer.
        fn honest(n: usize, spread: f64, seed: u64) -> Self {
            let mut random = Random::from_seed(seed);
            let mut made = Self {
                scores: Vec::new(),
                predictions: Vec::new(),
                labels: Vec::new(),
            };
            for _ in 0..n {
                let weights: Vec<f64> = (0..K).map(|_| (spread * random.uniform()).exp()).collect();
                let sum: f64 = weights.iter().sum();
                let scores: Vec<f64> = weights.iter().map(|w| w / sum).collect();
                let best = (0..K).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
                let u = random.uniform();
                let label = usize::from(u >= scores[0]) + usize::from(u >= scores[0] + scores[1]);
                made.predictions.push(best.unwrap() as u32);
                made.labels.push(label as u32);
                made.scores.extend(scores);
            }
            made
        }

        fn rows(&self) -> MulticlassRows<'_> {
            MulticlassRows {
                said: ClassScores {
                    scores: &self.scores,
                    predictions: &self.predictions,
                },
                labels: &self.labels,
            }
        }

        fn learnt(&self, unit: ConfusionUnit) -> MulticlassCbpe {
            let n = self.labels.len() / 10;
            let chunks: Vec<Range<usize>> = (0..10).map(|i| i * n..(i + 1) * n).collect();
            MulticlassCbpe::fit(&self.rows(), K, &chunks, unit, 7).unwrap()
        }
    }

    #[test]
    fn estimates_of_honest_scores_lie_within_their_sampling_error() {
        let fitted = Sample::honest(20_000, 4.0, 1).learnt(ConfusionUnit::OfTrue);
        let chunk = Sample::honest(4_000, 4.0, 2);
        let found = fitted.estimate(&chunk.rows().said).unwrap();
        let mut truth = MulticlassCbpe::realised(&chunk.rows(), K).to_vec();
        truth.extend(MulticlassCbpe::realised_confusion(
            &chunk.rows(),
            K,
            ConfusionUnit::OfTrue,
        ));
        let all = found.metrics.iter().chain(&found.confusion);
        for (estimate, truth) in all.zip(truth) {
            let gap = (estimate.value - truth).abs();
            assert!(
                gap < 4.0 * estimate.sampling_error,
                "{estimate:?} against {truth}"
            );
            assert!(!estimate.alarm, "{estimate:?}");
        }
    }

    #[test]
    fn a_chunk_that_is_harder_alarms_without_a_label() {
        let fitted = Sample::honest(20_000, 4.0, 3).learnt(ConfusionUnit::OfAll);
        let hard = Sample::honest(2_000, 1.0, 4);
        let found = fitted.estimate(&hard.rows().said).unwrap();
        assert!(found.metrics.iter().all(|one| one.alarm), "{found:?}");
    }

    #[test]
    fn cells_add_up_to_what_they_are_counted_in() {
        let reference = Sample::honest(5_000, 3.0, 5);
        let chunk = Sample::honest(500, 3.0, 6);
        let cells = |unit| -> Vec<f64> {
            let found = reference.learnt(unit).estimate(&chunk.rows().said).unwrap();
            found.confusion.iter().map(|cell| cell.value).collect()
        };
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} against {b}");
        near(cells(ConfusionUnit::Rows).iter().sum(), 500.0);
        near(cells(ConfusionUnit::OfAll).iter().sum(), 1.0);
        let of_true = cells(ConfusionUnit::OfTrue);
        let of_predicted = cells(ConfusionUnit::OfPredicted);
        for class in 0..K {
            near(of_true[class * K..][..K].iter().sum(), 1.0);
            near(
                (0..K).map(|label| of_predicted[label * K + class]).sum(),
                1.0,
            );
        }
    }

    #[test]
    fn what_cannot_be_estimated_is_refused_or_says_nothing() {
        let fitted = Sample::honest(1_000, 3.0, 8).learnt(ConfusionUnit::OfAll);
        let empty = ClassScores {
            scores: &[],
            predictions: &[],
        };
        let found = fitted.estimate(&empty).unwrap();
        assert!(
            found
                .metrics
                .iter()
                .all(|one| one.value.is_nan() && !one.alarm)
        );
        let foreign = ClassScores {
            scores: &[0.2, 0.3, 0.5],
            predictions: &[3],
        };
        assert!(fitted.estimate(&foreign).is_err());
        let short = ClassScores {
            scores: &[0.2, 0.8],
            predictions: &[1],
        };
        assert!(fitted.estimate(&short).is_err());
    }
}
