//! Performance of a regression model, mergeable: exact sums.

use super::ratio;
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::exact_sum::ExactSum;

const FORMAT: u8 = 1;

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
