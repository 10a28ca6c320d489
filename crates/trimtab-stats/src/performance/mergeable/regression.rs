//! Performance of a regression model, mergeable: exact sums.

use super::ratio;
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::exact_sum::ExactSum;
use crate::performance::evaluate::{Evaluation, MeanSums};
use crate::performance::losses::{
    absolute_percentage_error, log_error, symmetric_percentage_error,
};
use crate::performance::metric::{Metric, reason};
use crate::performance::rows::EvaluationSettings;

/// Format 1 lacks [`Details`].
const FORMAT: u8 = 2;
const N_DETAILS: usize = 8;

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
    details: Details,
}

/// Sums that came with format 2: relative and logarithmic errors, and what intervals
/// need.
#[derive(Debug, Clone, Default, PartialEq)]
struct Details {
    /// Rows that are in these sums; fewer than all where some came from format 1.
    n: u64,
    /// Of them, rows whose label is not 0.
    n_relative: u64,
    /// Of them, rows whose label or prediction is −1 or below.
    n_without_log: u64,
    /// In the order of [`Detail`].
    sums: [ExactSum; N_DETAILS],
}

/// Which sum.
#[derive(Debug, Clone, Copy)]
enum Detail {
    /// `e⁴`.
    FourthPower,
    /// `e²` where the prediction is too low.
    SquaredLow,
    /// `(ln(1 + p) − ln(1 + y))²` and its square.
    SquaredLog,
    FourthLog,
    /// `|e| / |y|` and its square.
    Relative,
    SquaredRelative,
    /// `2|e| / (|p| + |y|)` and its square.
    Symmetric,
    SquaredSymmetric,
}

impl Details {
    fn add(&mut self, prediction: f64, label: f64) {
        let error = (prediction - label).clamp(-f64::MAX, f64::MAX);
        let squared = (error * error).min(f64::MAX);
        self.n += 1;
        self.sum(Detail::FourthPower, squared * squared);
        if error < 0.0 {
            self.sum(Detail::SquaredLow, squared);
        }
        if label > -1.0 && prediction > -1.0 {
            let log = log_error(prediction, label).powi(2);
            self.sum(Detail::SquaredLog, log);
            self.sum(Detail::FourthLog, log * log);
        } else {
            self.n_without_log += 1;
        }
        if label != 0.0 {
            let relative = absolute_percentage_error(prediction, label);
            self.n_relative += 1;
            self.sum(Detail::Relative, relative);
            self.sum(Detail::SquaredRelative, relative * relative);
        }
        let symmetric = symmetric_percentage_error(prediction, label);
        self.sum(Detail::Symmetric, symmetric);
        self.sum(Detail::SquaredSymmetric, symmetric * symmetric);
    }

    fn sum(&mut self, detail: Detail, value: f64) {
        self.sums[detail as usize].add(value.min(f64::MAX));
    }

    fn value(&self, detail: Detail) -> f64 {
        self.sums[detail as usize].value()
    }

    fn counts(&self) -> [u64; 3] {
        [self.n, self.n_relative, self.n_without_log]
    }

    /// Counts after an operation that must not go out of range.
    fn with_counts(
        &self,
        other: &Self,
        operation: fn(u64, u64) -> Option<u64>,
    ) -> Option<[u64; 3]> {
        let mut counts = self.counts();
        for (ours, theirs) in counts.iter_mut().zip(other.counts()) {
            *ours = operation(*ours, theirs)?;
        }
        Some(counts)
    }

    fn set_counts(&mut self, [n, n_relative, n_without_log]: [u64; 3]) {
        self.n = n;
        self.n_relative = n_relative;
        self.n_without_log = n_without_log;
    }
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
        self.details.add(prediction, label);
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
        let counts = self.details.with_counts(&other.details, u64::checked_add);
        let (Some(n), Some(n_invalid), Some(counts)) = (n, n_invalid, counts) else {
            return Err(StatsError::TooManyRows);
        };
        self.details.set_counts(counts);
        self.n = n;
        self.n_invalid = n_invalid;
        for (ours, theirs) in self.sums_mut().into_iter().zip(other.sums()) {
            ours.merge(theirs);
        }
        for (ours, theirs) in self.details.sums.iter_mut().zip(&other.details.sums) {
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
        let counts = self.details.with_counts(&other.details, u64::checked_sub);
        let (Some(n), Some(n_invalid), Some(counts)) = (n, n_invalid, counts) else {
            return Err(StatsError::NotContained);
        };
        self.details.set_counts(counts);
        self.n = n;
        self.n_invalid = n_invalid;
        for (ours, theirs) in self.sums_mut().into_iter().zip(other.sums()) {
            ours.subtract(theirs);
        }
        for (ours, theirs) in self.details.sums.iter_mut().zip(&other.details.sums) {
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

    /// All measures with intervals where merged sums allow one; the names are those of
    /// [`evaluate_regression`](crate::performance::evaluate_regression).
    ///
    /// `mape`, `smape` and `rmsle` are absent where a part was stored before they were
    /// kept.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a setting outside its range.
    pub fn evaluate(&self, settings: &EvaluationSettings) -> Result<Evaluation, StatsError> {
        settings.check()?;
        let confidence = settings.confidence;
        let same: fn(f64) -> f64 = |x| x;
        let all = f64::NEG_INFINITY;
        let detail = |detail| self.details.value(detail);
        let n = self.n;
        let (error, absolute) = (self.error.value(), self.absolute_error.value());
        let squared = self.squared_error.value();
        let squares = moments(n, squared, detail(Detail::FourthPower));
        let q = settings.quantile;
        // Rows that are too low cost q per unit, rows that are too high 1 − q.
        let low = 0.5 * (absolute - error);
        let low_squared = detail(Detail::SquaredLow);
        let pinball = q * low + (1.0 - q) * (absolute - low);
        let pinball_2 = q * q * low_squared + (1.0 - q) * (1.0 - q) * (squared - low_squared);
        let known = |metric: Metric| {
            if self.details.n == n || metric.value.is_none() {
                metric
            } else {
                metric.without_interval(BEFORE_DETAILS)
            }
        };
        let mean_prediction = moments(n, self.prediction.value(), f64::NAN);
        let metrics = vec![
            moments(n, error, squared).metric("mean_error", all, same, confidence),
            moments(n, absolute, squared).metric("mae", 0.0, same, confidence),
            known(squares.metric("mse", 0.0, same, confidence)),
            known(squares.metric("rmse", 0.0, f64::sqrt, confidence)),
            self.r2_metric(),
            known(moments(n, pinball, pinball_2).metric("quantile_loss", 0.0, same, confidence)),
            self.relative_metric(confidence),
            self.detailed(
                "smape",
                n,
                [Detail::Symmetric, Detail::SquaredSymmetric],
                same,
                confidence,
            ),
            self.log_metric(confidence),
            moments(n, self.label.value(), self.squared_label.value()).metric(
                "mean_label",
                all,
                same,
                confidence,
            ),
            without_spread(mean_prediction.metric("mean_prediction", all, same, confidence)),
        ];
        Ok(Evaluation {
            n,
            n_left_out: self.n_invalid,
            n_blocks: None,
            metrics,
            confusion: None,
        })
    }

    fn r2_metric(&self) -> Metric {
        match self.metrics().r2 {
            Some(r2) => Metric::bare("r2", r2, self.n, Some(reason::NEEDS_ROWS)),
            None if self.n == 0 => Metric::absent("r2", 0, reason::NO_ROWS),
            None if self.squared_label.value() >= f64::MAX => {
                Metric::absent("r2", self.n, reason::OVERFLOW)
            }
            None => Metric::absent("r2", self.n, reason::LABELS_CONSTANT),
        }
    }

    fn relative_metric(&self, confidence: f64) -> Metric {
        let n = self.details.n_relative;
        if self.details.n == self.n && n == 0 && self.n > 0 {
            return Metric::absent("mape", 0, "every label is 0");
        }
        let which = [Detail::Relative, Detail::SquaredRelative];
        self.detailed("mape", n, which, |x| x, confidence)
    }

    fn log_metric(&self, confidence: f64) -> Metric {
        if self.details.n_without_log > 0 {
            let why = "a label or a prediction is -1 or below";
            return Metric::absent("rmsle", self.n, why);
        }
        let which = [Detail::SquaredLog, Detail::FourthLog];
        self.detailed("rmsle", self.n, which, f64::sqrt, confidence)
    }

    fn detailed(
        &self,
        name: &str,
        n: u64,
        [sum, squares]: [Detail; 2],
        map: fn(f64) -> f64,
        confidence: f64,
    ) -> Metric {
        if self.details.n != self.n {
            return Metric::absent(name, self.n, BEFORE_DETAILS);
        }
        let sums = moments(n, self.details.value(sum), self.details.value(squares));
        sums.metric(name, 0.0, map, confidence)
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
        let r2 = 1.0 - self.squared_error.value() / total;
        (total > 0.0 && r2.is_finite()).then_some(r2)
    }

    /// Versioned bytes, a function of the rows counted alone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        out.varint(self.n);
        out.varint(self.n_invalid);
        for sum in self.sums() {
            sum.write(&mut out);
        }
        for count in self.details.counts() {
            out.varint(count);
        }
        for sum in &self.details.sums {
            sum.write(&mut out);
        }
        out.into_bytes()
    }

    /// Reads what [`RegressionPerformance::to_bytes`] wrote, in this format or an
    /// earlier one.
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
        if bytes.first() != Some(&1) {
            let counts = [input.varint()?, input.varint()?, input.varint()?];
            let [n, n_relative, n_without_log] = counts;
            if n > result.n || n_relative > n || n_without_log > n {
                return Err(input.foreign());
            }
            result.details.set_counts(counts);
            for sum in &mut result.details.sums {
                *sum = ExactSum::read(&mut input)?;
            }
        }
        input.finish()?;
        Ok(result)
    }
}

const BEFORE_DETAILS: &str = "some rows were stored before their sums were kept";

/// A mean of `n` rows from the sums of values and of their squares.
fn moments(n: u64, sum: f64, squares: f64) -> MeanSums {
    let rows = n as f64;
    MeanSums {
        weight: rows,
        square: rows,
        sum,
        // Rounding must not make a spread negative.
        spread: (squares - sum * (sum / rows)).max(0.0),
        n,
    }
}

/// The mean alone: its spread is not kept.
fn without_spread(metric: Metric) -> Metric {
    if metric.value.is_some() {
        metric.without_interval(reason::NEEDS_ROWS)
    } else {
        metric
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
