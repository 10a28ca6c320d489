//! Performance of a classifier of several classes, mergeable.

use super::score_counts::ScoreCounts;
use super::total;
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::exact_sum::ExactSum;
use crate::performance::calibration::{BinSums, CalibrationRow, calibration_bin};
use crate::performance::confusion::ConfusionMatrix;
use crate::performance::evaluate::binary::{auc_interval, calibration_metric};
use crate::performance::evaluate::decisions::decision_measures;
use crate::performance::evaluate::multiclass::{MAX_CLASSES, MAX_SUM_ERROR, highest};
use crate::performance::evaluate::{Evaluation, MeanSums};
use crate::performance::losses::{log_loss, squared_error};
use crate::performance::metric::{Metric, reason};
use crate::performance::rows::EvaluationSettings;

const FORMAT: u8 = 1;
const WHAT: &str = "a multiclass performance profile";
const N_CALIBRATION_BINS: usize = 10;

/// Performance of a classifier of `k` classes over labelled rows.
///
/// Counts and exact sums, so that merging hours gives the same numbers as one pass, in
/// any order. Scores must be probabilities of the classes; other scores are counted
/// apart and enter the confusion counts only.
#[derive(Debug, Clone, PartialEq)]
pub struct MulticlassPerformance {
    n_classes: usize,
    /// Row-major: label, then prediction.
    confusion: Vec<u64>,
    invalid_scores: u64,
    /// Scores of each class: rows of other classes, rows of the class.
    scores: Vec<ScoreCounts>,
    /// Log loss, its square, Brier score, its square.
    losses: [ExactSum; 4],
    /// Rows, rows predicted right and highest scores per bin of the highest score.
    top: [(u64, u64, ExactSum); N_CALIBRATION_BINS],
}

impl MulticlassPerformance {
    /// No rows yet, of `n_classes` classes `0..n_classes`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] unless there are from 2 to 2,000 classes.
    pub fn new(n_classes: u32) -> Result<Self, StatsError> {
        let k = n_classes as usize;
        if !(2..=MAX_CLASSES).contains(&k) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "n_classes",
                domain: "from 2 to 2000",
                found: f64::from(n_classes),
            });
        }
        Ok(Self {
            n_classes: k,
            confusion: vec![0; k * k],
            invalid_scores: 0,
            scores: vec![ScoreCounts::default(); k],
            losses: Default::default(),
            top: Default::default(),
        })
    }

    /// Counts one labelled row.
    ///
    /// * `scores`: a probability for each class, with sum 1 (to 1e-3, as 32-bit floats
    ///   round); anything else is counted as invalid.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] if label or prediction is no class; nothing
    /// is counted then.
    pub fn add(
        &mut self,
        scores: Option<&[f64]>,
        prediction: u32,
        label: u32,
    ) -> Result<(), StatsError> {
        for class in [label, prediction] {
            if class as usize >= self.n_classes {
                return Err(StatsError::ParameterOutOfDomain {
                    name: "class",
                    domain: "below n_classes",
                    found: f64::from(class),
                });
            }
        }
        let label = label as usize;
        self.confusion[label * self.n_classes + prediction as usize] += 1;
        let Some(scores) = scores else { return Ok(()) };
        if !self.are_probabilities(scores) {
            self.invalid_scores += 1;
            return Ok(());
        }
        let mut brier = 0.0;
        for (class, (counts, &score)) in self.scores.iter_mut().zip(scores).enumerate() {
            counts.add(score, class == label);
            brier += squared_error(score, class == label);
        }
        let loss = log_loss(scores[label], true);
        for (sum, value) in self
            .losses
            .iter_mut()
            .zip([loss, loss * loss, brier, brier * brier])
        {
            sum.add(value);
        }
        let (class, score) = highest(scores);
        let bin = &mut self.top[calibration_bin(score, N_CALIBRATION_BINS)];
        bin.0 += 1;
        bin.1 += u64::from(class == label);
        bin.2.add(score);
        Ok(())
    }

    fn are_probabilities(&self, scores: &[f64]) -> bool {
        let sum: f64 = scores.iter().sum();
        scores.len() == self.n_classes
            && scores.iter().all(|score| (0.0..=1.0).contains(score))
            && (sum - 1.0).abs() <= MAX_SUM_ERROR
    }

    /// Takes one row away that was added before (for a corrected label).
    ///
    /// # Errors
    ///
    /// [`StatsError::NotContained`] if no such row was added, and those of
    /// [`MulticlassPerformance::add`]; nothing is changed then.
    pub fn remove(
        &mut self,
        scores: Option<&[f64]>,
        prediction: u32,
        label: u32,
    ) -> Result<(), StatsError> {
        let mut part = Self::new(self.n_classes as u32)?;
        part.add(scores, prediction, label)?;
        self.subtract(&part)
    }

    /// Number of classes.
    pub fn n_classes(&self) -> u32 {
        self.n_classes as u32
    }

    /// Labelled rows.
    pub fn n(&self) -> u64 {
        self.confusion.iter().sum()
    }

    /// Rows whose scores were not probabilities.
    pub fn n_invalid_scores(&self) -> u64 {
        self.invalid_scores
    }

    fn n_scored(&self) -> u64 {
        self.top.iter().map(|bin| bin.0).sum()
    }

    /// Adds the rows of another.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] for another number of classes,
    /// [`StatsError::TooManyRows`] beyond 64 bits; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.n_classes != other.n_classes {
            return Err(StatsError::GridMismatch);
        }
        if self.n().checked_add(other.n()).is_none() {
            return Err(StatsError::TooManyRows);
        }
        for (ours, theirs) in self.confusion.iter_mut().zip(&other.confusion) {
            *ours += theirs;
        }
        self.invalid_scores += other.invalid_scores;
        for (ours, theirs) in self.scores.iter_mut().zip(&other.scores) {
            ours.merge(theirs);
        }
        for (ours, theirs) in self.losses.iter_mut().zip(&other.losses) {
            ours.merge(theirs);
        }
        for (ours, theirs) in self.top.iter_mut().zip(&other.top) {
            ours.0 += theirs.0;
            ours.1 += theirs.1;
            ours.2.merge(&theirs.2);
        }
        Ok(())
    }

    /// Takes away the rows of a part that was merged before.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] for another number of classes,
    /// [`StatsError::NotContained`] if the part has more rows somewhere; nothing is
    /// changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.n_classes != other.n_classes {
            return Err(StatsError::GridMismatch);
        }
        let less =
            |ours: u64, theirs: u64| ours.checked_sub(theirs).ok_or(StatsError::NotContained);
        let mut rest = self.clone();
        for (ours, &theirs) in rest.confusion.iter_mut().zip(&other.confusion) {
            *ours = less(*ours, theirs)?;
        }
        rest.invalid_scores = less(self.invalid_scores, other.invalid_scores)?;
        for (ours, theirs) in rest.scores.iter_mut().zip(&other.scores) {
            ours.subtract(theirs)?;
        }
        for (ours, theirs) in rest.losses.iter_mut().zip(&other.losses) {
            ours.subtract(theirs);
        }
        for (ours, theirs) in rest.top.iter_mut().zip(&other.top) {
            ours.0 = less(ours.0, theirs.0)?;
            ours.1 = less(ours.1, theirs.1)?;
            ours.2.subtract(&theirs.2);
        }
        *self = rest;
        Ok(())
    }

    /// All measures with intervals where merged counts allow one; the names are those of
    /// [`evaluate_multiclass`](crate::performance::evaluate_multiclass).
    ///
    /// Rows in one of the 2^24 score bins count as ties. The averages of AUC over
    /// classes have no interval, and pairs of classes no AUC: both need rows.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a setting outside its range.
    pub fn evaluate(&self, settings: &EvaluationSettings) -> Result<Evaluation, StatsError> {
        settings.check()?;
        let k = self.n_classes;
        let mut confusion = ConfusionMatrix::new(k);
        for (cell, &count) in self.confusion.iter().enumerate() {
            if count > 0 {
                let mass = count as f64;
                confusion.add(cell / k, cell % k, (mass, mass, count));
            }
        }
        let mut metrics: Vec<Metric> = decision_measures(k, settings.beta)
            .iter()
            .map(|measure| measure.metric(&confusion, settings.confidence))
            .collect();
        metrics.extend(self.auc_metrics(settings.confidence));
        metrics.extend(self.loss_metrics(settings.confidence));
        Ok(Evaluation {
            n: self.n(),
            n_left_out: 0,
            n_blocks: None,
            metrics,
            confusion: Some(confusion),
        })
    }

    fn auc_metrics(&self, confidence: f64) -> Vec<Metric> {
        let n = self.n_scored();
        let absent = if n == 0 {
            reason::NO_ROWS
        } else {
            reason::ONE_CLASS
        };
        let (mut sum, mut n_classes, mut weighted) = (0.0, 0.0, 0.0);
        let mut metrics = Vec::new();
        for (class, counts) in (0..).zip(&self.scores) {
            let metric = match counts.ranked().delong() {
                Some(found) => {
                    sum += found.auc;
                    n_classes += 1.0;
                    weighted += found.auc * counts.class_totals().1 as f64 / n as f64;
                    let (interval, method) = auc_interval(&found, confidence);
                    Metric::bare("roc_auc", found.auc, n, None).within(interval, method)
                }
                None => Metric::absent("roc_auc", n, absent),
            };
            metrics.push(metric.of_class(class));
        }
        if n_classes > 1.0 {
            let needs = Some(reason::NEEDS_ROWS);
            metrics.push(Metric::bare("roc_auc_ovr_macro", sum / n_classes, n, needs));
            metrics.push(Metric::bare("roc_auc_ovr_weighted", weighted, n, needs));
        } else {
            metrics.push(Metric::absent("roc_auc_ovr_macro", n, absent));
            metrics.push(Metric::absent("roc_auc_ovr_weighted", n, absent));
        }
        for name in ["roc_auc_ovo_macro", "roc_auc_ovo_weighted"] {
            metrics.push(Metric::absent(
                name,
                n,
                "merged counts do not hold pairs of classes",
            ));
        }
        metrics
    }

    fn loss_metrics(&self, confidence: f64) -> [Metric; 3] {
        let n = self.n_scored();
        let rows = n as f64;
        let mean = |name: &str, sum: &ExactSum, squares: &ExactSum| {
            let sum = sum.value();
            let sums = MeanSums {
                weight: rows,
                square: rows,
                sum,
                spread: (squares.value() - sum * (sum / rows)).max(0.0),
                n,
            };
            sums.metric(name, 0.0, |mean| mean, confidence)
        };
        let [log, log_2, brier, brier_2] = &self.losses;
        let mut brier = mean("brier", brier, brier_2);
        brier.upper = brier.upper.map(|upper| upper.min(2.0));
        let ece = if n == 0 {
            Metric::absent("ece", 0, reason::NO_ROWS)
        } else {
            self.calibration_metric(n, confidence)
        };
        [mean("log_loss", log, log_2), brier, ece]
    }

    /// The calibration error; within a bin, scores count as their mean.
    fn calibration_metric(&self, n: u64, confidence: f64) -> Metric {
        let sums = self.top.iter().map(|(n, right, score)| BinSums {
            weight: *n as f64,
            score: score.value(),
            positive: *right as f64,
        });
        let bins: Vec<BinSums> = sums.collect();
        let rows = bins.iter().enumerate().flat_map(|(bin, sums)| {
            let mean = sums.score / sums.weight;
            let rows = [
                (mean - 1.0, sums.positive),
                (mean, sums.weight - sums.positive),
            ];
            rows.map(|(error, mass)| CalibrationRow {
                bin,
                error,
                mass,
                square: mass,
                block: 0,
            })
        });
        calibration_metric(&bins, rows, n, None, confidence)
    }

    /// Versioned bytes, a function of the rows counted alone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        out.length(self.n_classes);
        for &count in &self.confusion {
            out.varint(count);
        }
        out.varint(self.invalid_scores);
        for counts in &self.scores {
            counts.write(&mut out);
        }
        for sum in &self.losses {
            sum.write(&mut out);
        }
        for (n, right, score) in &self.top {
            out.varint(*n);
            out.varint(*right);
            score.write(&mut out);
        }
        out.into_bytes()
    }

    /// Reads what [`MulticlassPerformance::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`]; never panics.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, WHAT, FORMAT)?;
        // A class takes at least a count for itself and one for its scores.
        let n_classes = input.length(2)?;
        let n_classes = u32::try_from(n_classes).map_err(|_| input.foreign())?;
        let mut result = Self::new(n_classes).map_err(|_| input.foreign())?;
        for count in &mut result.confusion {
            *count = input.varint()?;
        }
        result.invalid_scores = input.varint()?;
        for counts in &mut result.scores {
            *counts = ScoreCounts::read(&mut input)?;
        }
        for sum in &mut result.losses {
            *sum = ExactSum::read(&mut input)?;
        }
        for bin in &mut result.top {
            *bin = (
                input.varint()?,
                input.varint()?,
                ExactSum::read(&mut input)?,
            );
        }
        if !result.is_consistent() {
            return Err(input.foreign());
        }
        input.finish()?;
        Ok(result)
    }

    /// Whether the counts agree with each other, so that no sum can overflow later.
    fn is_consistent(&self) -> bool {
        let n = total(self.confusion.iter().copied());
        let scored = total(self.top.iter().map(|bin| bin.0));
        let (Some(n), Some(scored)) = (n, scored) else {
            return false;
        };
        let of_classes = self.scores.iter().all(|counts| {
            let totals = counts.checked_totals();
            totals.is_some_and(|(others, own)| others + own == scored)
        });
        let own = self.scores.iter().map(|counts| counts.class_totals().1);
        of_classes
            && total(own) == Some(scored)
            && self.top.iter().all(|bin| bin.1 <= bin.0)
            && scored
                .checked_add(self.invalid_scores)
                .is_some_and(|with_scores| with_scores <= n)
    }
}
