//! Performance of a binary classifier, mergeable: counts of scores per class and
//! exact sums.

use super::score_counts::ScoreCounts;
use super::{ratio, total};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::exact_sum::ExactSum;
use crate::performance::calibration::{BinSums, CalibrationRow, RecalibrationRows};
use crate::performance::confusion::ConfusionMatrix;
use crate::performance::evaluate::binary::{
    auc_metrics, calibration_metric, from_decisions, ks_metric, recalibration, share_name,
    sorted_shares,
};
use crate::performance::evaluate::{Evaluation, MeanSums};
use crate::performance::losses::{log_loss, squared_error};
use crate::performance::metric::{Metric, reason};
use crate::performance::rank_measures::RankMeasures;
use crate::performance::roc::Ranked;
use crate::performance::rows::EvaluationSettings;

const FORMAT: u8 = 1;
/// Calibration bins on `[0, 1]`.
const N_CALIBRATION_BINS: usize = 10;

/// Performance of a binary classifier over labelled rows.
///
/// Everything is a count or an exact sum, so merging hours gives the same numbers
/// as one pass, in any order, and a corrected label is a [`BinaryPerformance::remove`]
/// and an [`BinaryPerformance::add`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BinaryPerformance {
    confusion: Confusion,
    /// Rows per score bin: negatives, positives.
    scores: ScoreCounts,
    /// Scores outside `[0, 1]`, left out of everything that needs scores.
    invalid_scores: u64,
    score_sum: ExactSum,
    squared_error: ExactSum,
    log_loss: ExactSum,
    calibration: [CalibrationBin; N_CALIBRATION_BINS],
}

/// Rows by label and prediction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Positive, predicted positive.
    pub true_positive: u64,
    /// Negative, predicted positive.
    pub false_positive: u64,
    /// Negative, predicted negative.
    pub true_negative: u64,
    /// Positive, predicted negative.
    pub false_negative: u64,
}

/// One of ten equally wide bins of the score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CalibrationBin {
    n: u64,
    n_positive: u64,
    score_sum: ExactSum,
}

impl CalibrationBin {
    /// Rows.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Mean score; `None` without rows.
    pub fn mean_score(&self) -> Option<f64> {
        ratio(self.score_sum.value(), self.n as f64)
    }

    /// Share of positives; `None` without rows.
    pub fn positive_rate(&self) -> Option<f64> {
        ratio(self.n_positive as f64, self.n as f64)
    }
}

/// What [`BinaryPerformance`] knows, as numbers. `None` where a measure has no
/// meaning (no scores, one class only, nothing predicted positive, …).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryMetrics {
    /// Labelled rows.
    pub n: u64,
    /// Rows with a usable score.
    pub n_scored: u64,
    /// Positive rows.
    pub n_positive: u64,
    /// Share of right predictions.
    pub accuracy: Option<f64>,
    /// Share of positives among the predicted positives.
    pub precision: Option<f64>,
    /// Share of predicted positives among the positives.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall, `2tp / (2tp + fp + fn)`.
    pub f1: Option<f64>,
    /// Area under the ROC curve, ties counted half; within 1e-6 while scores are
    /// spread over the 2^24 bins.
    pub roc_auc: Option<f64>,
    /// Average precision: `Σ (R_i − R_{i−1}) P_i` over the score bins.
    pub average_precision: Option<f64>,
    /// Mean squared difference of score and label.
    pub brier: Option<f64>,
    /// Mean of `−ln` of the probability given to what happened, in nats; scores
    /// are kept one float step of 1 away from 0 and 1.
    pub log_loss: Option<f64>,
    /// Expected calibration error over ten equally wide bins.
    pub ece: Option<f64>,
    /// Share of positives.
    pub positive_rate: Option<f64>,
    /// Share of predicted positives.
    pub predicted_positive_rate: Option<f64>,
    /// Mean score.
    pub mean_score: Option<f64>,
    /// Rows by label and prediction.
    pub confusion: Confusion,
}

impl BinaryPerformance {
    /// Counts one labelled row.
    ///
    /// * `score`: probability of the positive class, in `[0, 1]`; anything else is
    ///   counted as an invalid score and used for the confusion counts only.
    /// * `predicted_positive`: the model's decision at its threshold.
    /// * `label`: whether the row is positive.
    pub fn add(&mut self, score: Option<f64>, predicted_positive: bool, label: bool) {
        let cell = self.confusion.cell(predicted_positive, label);
        *cell += 1;
        let Some(score) = score else { return };
        if !(0.0..=1.0).contains(&score) {
            self.invalid_scores += 1;
            return;
        }
        self.scores.add(score, label);
        self.score_sum.add(score);
        self.squared_error.add(squared_error(score, label));
        self.log_loss.add(log_loss(score, label));
        let bin = &mut self.calibration[calibration_bin(score)];
        bin.n += 1;
        bin.n_positive += u64::from(label);
        bin.score_sum.add(score);
    }

    /// Takes one row away that was added before (for a corrected label).
    ///
    /// # Errors
    ///
    /// [`StatsError::NotContained`] if no such row was added; nothing is changed then.
    pub fn remove(
        &mut self,
        score: Option<f64>,
        predicted_positive: bool,
        label: bool,
    ) -> Result<(), StatsError> {
        let mut part = Self::default();
        part.add(score, predicted_positive, label);
        self.subtract(&part)
    }

    /// Labelled rows.
    pub fn n(&self) -> u64 {
        self.confusion.n()
    }

    /// Rows whose score was not a probability.
    pub fn n_invalid_scores(&self) -> u64 {
        self.invalid_scores
    }

    /// The ten calibration bins; bin `i` holds scores in `(i/10, (i+1)/10]`, the
    /// first also 0.
    pub fn calibration(&self) -> &[CalibrationBin] {
        &self.calibration
    }

    /// Adds the rows of another.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooManyRows`] beyond 64 bits; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.n().checked_add(other.n()).is_none() {
            return Err(StatsError::TooManyRows);
        }
        self.confusion = self
            .confusion
            .zip(&other.confusion, u64::checked_add)
            .ok_or(StatsError::TooManyRows)?;
        self.scores.merge(&other.scores);
        self.invalid_scores += other.invalid_scores;
        self.score_sum.merge(&other.score_sum);
        self.squared_error.merge(&other.squared_error);
        self.log_loss.merge(&other.log_loss);
        for (ours, theirs) in self.calibration.iter_mut().zip(&other.calibration) {
            ours.n += theirs.n;
            ours.n_positive += theirs.n_positive;
            ours.score_sum.merge(&theirs.score_sum);
        }
        Ok(())
    }

    /// Takes away the rows of a part that was merged before.
    ///
    /// # Errors
    ///
    /// [`StatsError::NotContained`] if the part has more rows somewhere; nothing is
    /// changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        let mut rest = self.clone();
        let less =
            |ours: u64, theirs: u64| ours.checked_sub(theirs).ok_or(StatsError::NotContained);
        rest.confusion = self
            .confusion
            .zip(&other.confusion, u64::checked_sub)
            .ok_or(StatsError::NotContained)?;
        rest.scores.subtract(&other.scores)?;
        rest.invalid_scores = less(self.invalid_scores, other.invalid_scores)?;
        for (ours, theirs) in rest.calibration.iter_mut().zip(&other.calibration) {
            ours.n = less(ours.n, theirs.n)?;
            ours.n_positive = less(ours.n_positive, theirs.n_positive)?;
            ours.score_sum.subtract(&theirs.score_sum);
        }
        rest.score_sum.subtract(&other.score_sum);
        rest.squared_error.subtract(&other.squared_error);
        rest.log_loss.subtract(&other.log_loss);
        *self = rest;
        Ok(())
    }

    /// The measures.
    pub fn metrics(&self) -> BinaryMetrics {
        let c = self.confusion;
        let n = c.n() as f64;
        let positives = c.true_positive + c.false_negative;
        let predicted = c.true_positive + c.false_positive;
        let n_scored: u64 = self.calibration.iter().map(|bin| bin.n).sum();
        let mean = |sum: &ExactSum| ratio(sum.value(), n_scored as f64);
        BinaryMetrics {
            n: c.n(),
            n_scored,
            n_positive: positives,
            accuracy: ratio((c.true_positive + c.true_negative) as f64, n),
            precision: ratio(c.true_positive as f64, predicted as f64),
            recall: ratio(c.true_positive as f64, positives as f64),
            f1: ratio(2.0 * c.true_positive as f64, (positives + predicted) as f64),
            roc_auc: self.scores.roc_auc(),
            average_precision: self.scores.average_precision(),
            brier: mean(&self.squared_error),
            log_loss: mean(&self.log_loss),
            ece: self.expected_calibration_error(n_scored),
            positive_rate: ratio(positives as f64, n),
            predicted_positive_rate: ratio(predicted as f64, n),
            mean_score: mean(&self.score_sum),
            confusion: c,
        }
    }

    /// All measures with intervals where merged counts allow one; the names are those of
    /// [`evaluate_binary`](crate::performance::evaluate_binary).
    ///
    /// Rows in one of the 2^24 score bins count as ties. Intervals that need a bootstrap
    /// (`average_precision`, lift and gain) are absent: they need rows. The spread of
    /// `brier`, `log_loss`, `mean_score` and `ece` is that of the middles of the bins,
    /// within 1e-7; `ece` has ten bins, whatever the settings say.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a setting outside its range.
    pub fn evaluate(&self, settings: &EvaluationSettings) -> Result<Evaluation, StatsError> {
        settings.check()?;
        let c = self.confusion;
        let mut confusion = ConfusionMatrix::new(2);
        for (label, predicted, count) in [
            (0, 0, c.true_negative),
            (0, 1, c.false_positive),
            (1, 0, c.false_negative),
            (1, 1, c.true_positive),
        ] {
            let mass = count as f64;
            confusion.add(label, predicted, (mass, mass, count));
        }
        let decisions = from_decisions(&confusion, settings).into_iter();
        let mut metrics: Vec<Metric> = decisions.map(|draft| draft.metric).collect();
        let ranked = self.scores.ranked();
        metrics.extend(order_metrics(&ranked, self.scores.class_totals(), settings));
        metrics.extend(self.probability_metrics(&ranked, settings));
        Ok(Evaluation {
            n: self.n(),
            n_left_out: 0,
            n_blocks: None,
            metrics,
            confusion: Some(confusion),
        })
    }

    fn probability_metrics(&self, ranked: &Ranked, settings: &EvaluationSettings) -> Vec<Metric> {
        let n: u64 = self.calibration.iter().map(|bin| bin.n).sum();
        let mean = |name: &str, sum: &ExactSum, value: fn(f64, bool) -> f64| {
            let spread = spread_of(ranked, sum.value() / n as f64, value);
            let sums = MeanSums {
                weight: n as f64,
                square: n as f64,
                sum: sum.value(),
                spread,
                n,
            };
            sums.metric(name, 0.0, |mean| mean, settings.confidence)
        };
        let mut brier = mean("brier", &self.squared_error, squared_error);
        brier.upper = brier.upper.map(|upper| upper.min(1.0));
        let mut score = mean("mean_score", &self.score_sum, |score, _| score);
        score.upper = score.upper.map(|upper| upper.min(1.0));
        let ece = if n == 0 {
            Metric::absent("ece", 0, reason::NO_ROWS)
        } else {
            self.calibration_metric(ranked, n, settings.confidence)
        };
        let mut metrics = vec![mean("log_loss", &self.log_loss, log_loss), brier, ece];
        metrics.extend(recalibration_metrics(ranked, n, settings));
        metrics.push(score);
        metrics
    }

    /// The calibration error, with the spread of the middles of the score bins.
    fn calibration_metric(&self, ranked: &Ranked, n: u64, confidence: f64) -> Metric {
        let bins: Vec<BinSums> = self
            .calibration
            .iter()
            .map(|bin| BinSums {
                weight: bin.n as f64,
                score: bin.score_sum.value(),
                positive: bin.n_positive as f64,
            })
            .collect();
        let rows = (0..ranked.len()).map(|place| CalibrationRow {
            bin: calibration_bin(ranked.score[place]),
            error: ranked.score[place] - f64::from(u8::from(ranked.positive[place])),
            mass: ranked.mass[place],
            square: ranked.square[place],
            block: 0,
        });
        calibration_metric(&bins, rows, n, None, confidence)
    }

    fn expected_calibration_error(&self, n_scored: u64) -> Option<f64> {
        let gaps = self.calibration.iter().filter_map(|bin| {
            let gap = bin.mean_score()? - bin.positive_rate()?;
            Some(bin.n as f64 * gap.abs())
        });
        ratio(gaps.sum(), n_scored as f64)
    }

    /// Versioned bytes, a function of the rows counted alone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        let c = self.confusion;
        for count in [
            c.true_positive,
            c.false_positive,
            c.true_negative,
            c.false_negative,
            self.invalid_scores,
        ] {
            out.varint(count);
        }
        self.scores.write(&mut out);
        self.score_sum.write(&mut out);
        self.squared_error.write(&mut out);
        self.log_loss.write(&mut out);
        for bin in &self.calibration {
            out.varint(bin.n);
            out.varint(bin.n_positive);
            bin.score_sum.write(&mut out);
        }
        out.into_bytes()
    }

    /// Reads what [`BinaryPerformance::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`]; never panics.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, "a performance profile", FORMAT)?;
        let mut result = Self {
            confusion: Confusion {
                true_positive: input.varint()?,
                false_positive: input.varint()?,
                true_negative: input.varint()?,
                false_negative: input.varint()?,
            },
            invalid_scores: input.varint()?,
            ..Self::default()
        };
        result.scores = ScoreCounts::read(&mut input)?;
        result.score_sum = ExactSum::read(&mut input)?;
        result.squared_error = ExactSum::read(&mut input)?;
        result.log_loss = ExactSum::read(&mut input)?;
        for bin in &mut result.calibration {
            bin.n = input.varint()?;
            bin.n_positive = input.varint()?;
            bin.score_sum = ExactSum::read(&mut input)?;
        }
        if !result.is_consistent() {
            return Err(input.foreign());
        }
        input.finish()?;
        Ok(result)
    }

    /// Whether the counts agree with each other, so that no sum can overflow later.
    fn is_consistent(&self) -> bool {
        let c = self.confusion;
        let rows = [
            c.true_positive,
            c.false_positive,
            c.true_negative,
            c.false_negative,
        ];
        let n = total(rows.into_iter());
        let in_bins = total(self.calibration.iter().map(|bin| bin.n));
        let positive_in_bins = total(self.calibration.iter().map(|bin| bin.n_positive));
        let (Some(n), Some((negatives, positives))) = (n, self.scores.checked_totals()) else {
            return false;
        };
        let scored = negatives + positives;
        in_bins == Some(scored)
            && positive_in_bins == Some(positives)
            && scored
                .checked_add(self.invalid_scores)
                .is_some_and(|with_score| with_score <= n)
            && self.calibration.iter().all(|bin| bin.n_positive <= bin.n)
    }
}

impl Confusion {
    /// All rows.
    pub fn n(&self) -> u64 {
        self.true_positive + self.false_positive + self.true_negative + self.false_negative
    }

    fn cell(&mut self, predicted_positive: bool, label: bool) -> &mut u64 {
        match (predicted_positive, label) {
            (true, true) => &mut self.true_positive,
            (true, false) => &mut self.false_positive,
            (false, false) => &mut self.true_negative,
            (false, true) => &mut self.false_negative,
        }
    }

    fn zip(&self, other: &Self, operation: fn(u64, u64) -> Option<u64>) -> Option<Self> {
        Some(Self {
            true_positive: operation(self.true_positive, other.true_positive)?,
            false_positive: operation(self.false_positive, other.false_positive)?,
            true_negative: operation(self.true_negative, other.true_negative)?,
            false_negative: operation(self.false_negative, other.false_negative)?,
        })
    }
}

/// AUC, Gini, average precision, KS, lift and gain.
fn order_metrics(
    ranked: &Ranked,
    (negatives, positives): (u64, u64),
    settings: &EvaluationSettings,
) -> Vec<Metric> {
    let n = negatives + positives;
    let shares = sorted_shares(settings);
    let mut found = RankMeasures::default();
    found.walk(ranked, &ranked.mass, &shares);
    let absent = match (negatives, positives) {
        (0, 0) => Some(reason::NO_ROWS),
        (_, 0) => Some(reason::NO_POSITIVES),
        (0, _) => Some(reason::NO_NEGATIVES),
        _ => None,
    };
    let metric = |name: String, value: f64| {
        if value.is_finite() {
            Metric::bare(name, value, n, Some(reason::NEEDS_ROWS))
        } else {
            Metric::absent(name, n, absent.unwrap_or(reason::NO_ROWS))
        }
    };
    let mut metrics = Vec::from(auc_metrics(ranked.delong(), n, absent, settings.confidence));
    metrics.push(metric(
        "average_precision".to_owned(),
        found.average_precision,
    ));
    metrics.push(ks_metric(ranked, &found, n, absent, settings.confidence));
    for (&share, &gain) in shares.iter().zip(&found.gains) {
        metrics.push(metric(share_name("lift", share), gain / share));
        metrics.push(metric(share_name("gain", share), gain));
    }
    metrics
}

fn recalibration_metrics(ranked: &Ranked, n: u64, settings: &EvaluationSettings) -> Vec<Metric> {
    let [negatives, positives] = ranked.totals(&ranked.mass);
    let fitted = if negatives == 0.0 || positives == 0.0 {
        Err(reason::ONE_CLASS)
    } else {
        RecalibrationRows {
            score: &ranked.score,
            positive: &ranked.positive,
            mass: &ranked.mass,
            square: &ranked.square,
            blocks: None,
        }
        .fit()
    };
    recalibration(fitted, n, None, settings)
}

/// `Σ (value − mean)²` with the middles of the score bins.
fn spread_of(ranked: &Ranked, mean: f64, value: fn(f64, bool) -> f64) -> f64 {
    let bins = ranked.score.iter().zip(&ranked.positive).zip(&ranked.mass);
    bins.map(|((&score, &positive), &mass)| mass * (value(score, positive) - mean).powi(2))
        .sum()
}

/// scikit-learn's edges, closed on the right: `i * 0.1`.
fn calibration_bin(score: f64) -> usize {
    (1..N_CALIBRATION_BINS)
        .take_while(|&i| i as f64 * 0.1 < score)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_a_row_leaves_the_others() {
        let mut all = BinaryPerformance::default();
        all.add(Some(0.3), false, true);
        let before = all.clone();
        all.add(Some(0.7), true, false);
        all.remove(Some(0.7), true, false).unwrap();
        assert_eq!(all, before);
        assert_eq!(
            all.remove(Some(0.9), true, true),
            Err(StatsError::NotContained)
        );
    }

    #[test]
    fn says_nothing_where_nothing_is_known() {
        let metrics = BinaryPerformance::default().metrics();
        assert_eq!(metrics.accuracy, None);
        assert_eq!(metrics.roc_auc, None);
        let mut one_class = BinaryPerformance::default();
        one_class.add(Some(f64::NAN), true, true);
        one_class.add(Some(0.9), true, true);
        assert_eq!(one_class.metrics().roc_auc, None);
        assert_eq!(one_class.n_invalid_scores(), 1);
        assert_eq!(one_class.metrics().recall, Some(1.0));
    }
}
