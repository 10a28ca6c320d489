//! Performance of a model, mergeable: classification from counts of scores per
//! class, regression from exact sums.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::exact_sum::ExactSum;
use std::collections::BTreeMap;

const FORMAT: u8 = 1;
/// Score bins on `[0, 1]`: as fine as the 24-bit mantissa of the `f32` that models return, so
/// that two scores share a bin only where they are ties. With 2^20 a day of 650 rows was off by
/// up to 1e-5 for each pair that shared one.
const N_SCORE_BINS: u32 = 1 << 24;
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
    scores: BTreeMap<u32, [u64; 2]>,
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
        self.scores.entry(score_bin(score)).or_default()[usize::from(label)] += 1;
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
        for (bin, theirs) in &other.scores {
            let ours = self.scores.entry(*bin).or_default();
            ours[0] += theirs[0];
            ours[1] += theirs[1];
        }
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
        for (bin, theirs) in &other.scores {
            let ours = rest.scores.get_mut(bin).ok_or(StatsError::NotContained)?;
            *ours = [less(ours[0], theirs[0])?, less(ours[1], theirs[1])?];
            if *ours == [0, 0] {
                rest.scores.remove(bin);
            }
        }
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
            roc_auc: self.roc_auc(),
            average_precision: self.average_precision(),
            brier: mean(&self.squared_error),
            log_loss: mean(&self.log_loss),
            ece: self.expected_calibration_error(n_scored),
            positive_rate: ratio(positives as f64, n),
            predicted_positive_rate: ratio(predicted as f64, n),
            mean_score: mean(&self.score_sum),
            confusion: c,
        }
    }

    fn class_totals(&self) -> (u64, u64) {
        self.scores
            .values()
            .fold((0, 0), |(negatives, positives), bin| {
                (negatives + bin[0], positives + bin[1])
            })
    }

    fn roc_auc(&self) -> Option<f64> {
        let (negatives, positives) = self.class_totals();
        let mut below = 0_u64;
        // Twice the number of pairs in the right order: integers, hence exact.
        let mut twice_pairs = 0_u128;
        for bin in self.scores.values() {
            twice_pairs += u128::from(bin[1]) * (2 * u128::from(below) + u128::from(bin[0]));
            below += bin[0];
        }
        ratio(
            twice_pairs as f64,
            2.0 * negatives as f64 * positives as f64,
        )
    }

    fn average_precision(&self) -> Option<f64> {
        let (_, positives) = self.class_totals();
        let mut true_positive = 0_u64;
        let mut predicted = 0_u64;
        let mut sum = 0.0;
        for bin in self.scores.values().rev() {
            true_positive += bin[1];
            predicted += bin[0] + bin[1];
            sum += bin[1] as f64 * true_positive as f64 / predicted as f64;
        }
        ratio(sum, positives as f64)
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
        out.length(self.scores.len());
        let mut next = 0;
        for (&bin, &[negatives, positives]) in &self.scores {
            out.varint(u64::from(bin - next));
            out.varint(negatives);
            out.varint(positives);
            next = bin + 1;
        }
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
        let n_bins = input.length(3)?;
        let mut next = 0_u64;
        for _ in 0..n_bins {
            let gap = input.varint()?;
            let place = next.checked_add(gap).ok_or_else(|| input.foreign())?;
            let bin = u32::try_from(place).map_err(|_| input.foreign())?;
            let counts = [input.varint()?, input.varint()?];
            if bin >= N_SCORE_BINS || counts == [0, 0] {
                return Err(input.foreign());
            }
            result.scores.insert(bin, counts);
            next = place + 1;
        }
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
        let negatives = total(self.scores.values().map(|bin| bin[0]));
        let positives = total(self.scores.values().map(|bin| bin[1]));
        let in_bins = total(self.calibration.iter().map(|bin| bin.n));
        let positive_in_bins = total(self.calibration.iter().map(|bin| bin.n_positive));
        let (Some(n), Some(negatives), Some(positives)) = (n, negatives, positives) else {
            return false;
        };
        let Some(scored) = negatives.checked_add(positives) else {
            return false;
        };
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

fn score_bin(score: f64) -> u32 {
    ((score * f64::from(N_SCORE_BINS)) as u32).min(N_SCORE_BINS - 1)
}

/// scikit-learn's edges, closed on the right: `i * 0.1`.
fn calibration_bin(score: f64) -> usize {
    (1..N_CALIBRATION_BINS)
        .take_while(|&i| i as f64 * 0.1 < score)
        .count()
}

fn squared_error(score: f64, label: bool) -> f64 {
    let difference = score - f64::from(u8::from(label));
    difference * difference
}

fn log_loss(score: f64, label: bool) -> f64 {
    let clipped = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    if label {
        -clipped.ln()
    } else {
        // As the reference implementation does: one minus the clipped score first.
        -(1.0 - clipped).ln()
    }
}

/// A sum of counts, `None` beyond 64 bits.
fn total(mut counts: impl Iterator<Item = u64>) -> Option<u64> {
    counts.try_fold(0, u64::checked_add)
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Performance of a regression model over labelled rows.
///
/// Exact sums, mergeable in any order. Rows whose prediction or label is not
/// finite are counted apart and enter no measure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RegressionPerformance {
    n: u64,
    n_invalid: u64,
    error: ExactSum,
    absolute_error: ExactSum,
    squared_error: ExactSum,
    label: ExactSum,
    /// Squares of labels, exact: the rounded square and its rounding error.
    squared_label: ExactSum,
    prediction: ExactSum,
}

/// What [`RegressionPerformance`] knows, as numbers, in the label's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegressionMetrics {
    /// Labelled rows with finite prediction and label.
    pub n: u64,
    /// Mean absolute error.
    pub mae: Option<f64>,
    /// Mean squared error.
    pub mse: Option<f64>,
    /// Its square root.
    pub rmse: Option<f64>,
    /// Mean of prediction minus label: above 0 the model predicts too high.
    pub bias: Option<f64>,
    /// Coefficient of determination; `None` where the labels do not vary.
    pub r2: Option<f64>,
    /// Mean label.
    pub mean_label: Option<f64>,
    /// Mean prediction.
    pub mean_prediction: Option<f64>,
}

impl RegressionPerformance {
    /// Counts one labelled row.
    pub fn add(&mut self, prediction: f64, label: f64) {
        if !(prediction.is_finite() && label.is_finite()) {
            self.n_invalid += 1;
            return;
        }
        self.n += 1;
        let error = (prediction - label).clamp(-f64::MAX, f64::MAX);
        self.error.add(error);
        self.absolute_error.add(error.abs());
        self.squared_error.add((error * error).min(f64::MAX));
        self.label.add(label);
        let square = (label * label).min(f64::MAX);
        self.squared_label.add(square);
        self.squared_label.add(label.mul_add(label, -square));
        self.prediction.add(prediction);
    }

    /// Takes one row away that was added before.
    ///
    /// # Errors
    ///
    /// [`StatsError::NotContained`] if there are no rows left to take.
    pub fn remove(&mut self, prediction: f64, label: f64) -> Result<(), StatsError> {
        let mut part = Self::default();
        part.add(prediction, label);
        self.subtract(&part)
    }

    /// Labelled rows with finite prediction and label.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Rows whose prediction or label was not finite.
    pub fn n_invalid(&self) -> u64 {
        self.n_invalid
    }

    /// Adds the rows of another.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooManyRows`] beyond 64 bits; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        let n = self.n.checked_add(other.n);
        let n_invalid = self.n_invalid.checked_add(other.n_invalid);
        let (Some(n), Some(n_invalid)) = (n, n_invalid) else {
            return Err(StatsError::TooManyRows);
        };
        self.n = n;
        self.n_invalid = n_invalid;
        for (ours, theirs) in self.sums_mut().into_iter().zip(other.sums()) {
            ours.merge(theirs);
        }
        Ok(())
    }

    /// Takes away the rows of a part that was merged before.
    ///
    /// # Errors
    ///
    /// [`StatsError::NotContained`] if the part has more rows; nothing is changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        let n = self.n.checked_sub(other.n);
        let n_invalid = self.n_invalid.checked_sub(other.n_invalid);
        let (Some(n), Some(n_invalid)) = (n, n_invalid) else {
            return Err(StatsError::NotContained);
        };
        self.n = n;
        self.n_invalid = n_invalid;
        for (ours, theirs) in self.sums_mut().into_iter().zip(other.sums()) {
            ours.subtract(theirs);
        }
        Ok(())
    }

    fn sums(&self) -> [&ExactSum; 6] {
        [
            &self.error,
            &self.absolute_error,
            &self.squared_error,
            &self.label,
            &self.squared_label,
            &self.prediction,
        ]
    }

    fn sums_mut(&mut self) -> [&mut ExactSum; 6] {
        [
            &mut self.error,
            &mut self.absolute_error,
            &mut self.squared_error,
            &mut self.label,
            &mut self.squared_label,
            &mut self.prediction,
        ]
    }

    /// The measures.
    pub fn metrics(&self) -> RegressionMetrics {
        let n = self.n as f64;
        let mean = |sum: &ExactSum| ratio(sum.value(), n);
        let mse = mean(&self.squared_error);
        RegressionMetrics {
            n: self.n,
            mae: mean(&self.absolute_error),
            mse,
            rmse: mse.map(f64::sqrt),
            bias: mean(&self.error),
            r2: self.r2(),
            mean_label: mean(&self.label),
            mean_prediction: mean(&self.prediction),
        }
    }

    fn r2(&self) -> Option<f64> {
        let n = self.n as f64;
        let centre = ratio(self.label.value(), n)?;
        // Σ(y − c)² = Σy² − 2cΣy + nc² in exact sums, so that an offset of the
        // labels costs no digits; `c` need not be the mean to the last bit.
        let mut total = self.squared_label.clone();
        add_product(&mut total, -2.0 * centre, &self.label);
        let square = centre * centre;
        total.add_times(square, self.n);
        total.add_times(centre.mul_add(centre, -square), self.n);
        let total = total.value();
        (total > 0.0 && total.is_finite()).then(|| 1.0 - self.squared_error.value() / total)
    }

    /// Versioned bytes, a function of the rows counted alone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        out.varint(self.n);
        out.varint(self.n_invalid);
        for sum in self.sums() {
            sum.write(&mut out);
        }
        out.into_bytes()
    }

    /// Reads what [`RegressionPerformance::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`]; never panics.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, "a performance profile", FORMAT)?;
        let mut result = Self {
            n: input.varint()?,
            n_invalid: input.varint()?,
            ..Self::default()
        };
        for sum in result.sums_mut() {
            *sum = ExactSum::read(&mut input)?;
        }
        input.finish()?;
        Ok(result)
    }
}

/// Adds `factor` times the value of a sum, to about 32 digits: the sum as two
/// floats, each product as two.
fn add_product(total: &mut ExactSum, factor: f64, sum: &ExactSum) {
    let high = sum.value();
    let mut rest = sum.clone();
    rest.remove(high);
    for part in [high, rest.value()] {
        let product = factor * part;
        total.add(product);
        total.add(factor.mul_add(part, -product));
    }
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

    #[test]
    fn an_offset_costs_r2_no_digits() {
        let mut plain = RegressionPerformance::default();
        let mut offset = RegressionPerformance::default();
        for i in 0..100_u32 {
            let label = f64::from(i % 7);
            let prediction = label + 0.25 * f64::from(i % 3);
            plain.add(prediction, label);
            offset.add(prediction + 1e9, label + 1e9);
        }
        let (a, b) = (plain.metrics().r2.unwrap(), offset.metrics().r2.unwrap());
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}
