//! Histogram-based outlier score.

use super::{check_width, count_rows};
use crate::error::StatsError;

/// Added to heights before the logarithm, so that empty bins stay finite.
const ALPHA: f64 = 0.1;
/// Bin widths beyond the ends within which the last bin still counts.
const TOLERANCE: f64 = 0.5;

/// How the bars of a column's histogram are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistogramHeight {
    /// The tallest bar is 1, as in the paper: every column has the same say.
    Relative,
    /// Probability per unit of the column, as in `pyod`: a column in small units counts
    /// more than the same column in large ones.
    Density,
}

/// Histogram-based outlier score: how empty the bins are in which a row falls, over the
/// columns one by one.
///
/// `Σ_j −log₂(height_j + 0.1)`, with ten bins of equal width per column. Columns are
/// taken to be independent: a row that is unusual only as a combination is not seen.
///
/// # Source
///
/// M. Goldstein, A. Dengel, *Histogram-based outlier score (HBOS)*, KI (2012), with the
/// regulariser and the tolerance at the ends of `pyod`.
#[derive(Debug, Clone, PartialEq)]
pub struct Hbos {
    columns: Vec<Histogram>,
}

#[derive(Debug, Clone, PartialEq)]
struct Histogram {
    low: f64,
    high: f64,
    /// `−log₂(height + 0.1)` of every bin; empty for a column without finite values.
    surprise: Vec<f64>,
    most: f64,
    /// Whether scored rows fall into the bin below an edge, as in `pyod`.
    upper_closed: bool,
}

impl Hbos {
    /// Fits the histograms.
    ///
    /// * `reference`: row-major, shape `(n, n_columns)`. Values that are not finite are
    ///   left out of their column's histogram.
    /// * `n_bins`: per column, at least 2; usual: 10.
    /// * `height`: see [`HistogramHeight`].
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without rows.
    /// * [`StatsError::ParameterOutOfDomain`] if `n_columns` does not divide the number of
    ///   values or `n_bins` is below 2.
    pub fn fit(
        reference: &[f64],
        n_columns: usize,
        n_bins: usize,
        height: HistogramHeight,
    ) -> Result<Self, StatsError> {
        count_rows(reference, n_columns)?;
        if n_bins < 2 {
            return Err(StatsError::ParameterOutOfDomain {
                name: "n_bins",
                domain: "at least 2",
                found: n_bins as f64,
            });
        }
        let columns = (0..n_columns)
            .map(|j| {
                let column = reference.iter().skip(j).step_by(n_columns).copied();
                Histogram::fit(column.filter(|x| x.is_finite()), n_bins, height)
            })
            .collect();
        Ok(Self { columns })
    }

    /// Scores a row; larger is farther out.
    ///
    /// * `contributions`: filled with each column's summand; their sum is the score. A
    ///   missing value adds 0, an infinite one as much as the emptiest bin.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if a slice has another number of columns.
    pub fn score(&self, row: &[f64], contributions: &mut [f64]) -> Result<f64, StatsError> {
        check_width(self.columns.len(), row, contributions)?;
        let mut total = 0.0;
        for ((&value, column), out) in row.iter().zip(&self.columns).zip(contributions) {
            *out = column.surprise(value);
            total += *out;
        }
        Ok(total)
    }
}

impl Histogram {
    fn fit(
        column: impl Iterator<Item = f64> + Clone,
        n_bins: usize,
        height: HistogramHeight,
    ) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for x in column.clone() {
            low = low.min(x);
            high = high.max(x);
        }
        let mut histogram = Self {
            low,
            high,
            surprise: Vec::new(),
            most: 0.0,
            upper_closed: height == HistogramHeight::Density,
        };
        if low > high {
            return histogram;
        }
        if low == high {
            histogram.low -= 0.5;
            histogram.high += 0.5;
        }
        let mut counts = vec![0_u64; n_bins];
        histogram.surprise = vec![0.0; n_bins];
        let mut n = 0_u64;
        for x in column {
            counts[histogram.counting_bin(x)] += 1;
            n += 1;
        }
        let unit = match height {
            HistogramHeight::Relative => counts.iter().copied().max().unwrap_or(1) as f64,
            HistogramHeight::Density => (n as f64 * histogram.width()).max(f64::MIN_POSITIVE),
        };
        for (surprise, &count) in histogram.surprise.iter_mut().zip(&counts) {
            *surprise = -(count as f64 / unit + ALPHA).log2();
        }
        histogram.most = histogram
            .surprise
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        histogram
    }

    fn width(&self) -> f64 {
        // Halves first: the range of values near the largest float does not fit in one.
        (0.5 * self.high - 0.5 * self.low) / self.surprise.len() as f64 * 2.0
    }

    fn edge(&self, i: usize) -> f64 {
        if i == self.surprise.len() {
            self.high
        } else {
            self.low + i as f64 * self.width()
        }
    }

    /// A first guess, then moved until `keep` holds of the bin's edges.
    fn guess(&self, x: f64) -> usize {
        let place = (0.5 * x - 0.5 * self.low) / (0.5 * self.width());
        (place as usize).min(self.surprise.len() - 1)
    }

    /// Bins hold their lower edge when rows are counted; the last one both.
    fn counting_bin(&self, x: f64) -> usize {
        let mut i = self.guess(x);
        while i > 0 && x < self.edge(i) {
            i -= 1;
        }
        while i + 1 < self.surprise.len() && x >= self.edge(i + 1) {
            i += 1;
        }
        i
    }

    fn surprise(&self, x: f64) -> f64 {
        let (Some(first), Some(last)) = (self.surprise.first(), self.surprise.last()) else {
            return 0.0;
        };
        if x.is_nan() {
            return 0.0;
        }
        let reach = TOLERANCE * self.width();
        if x <= self.low {
            return if self.low - x <= reach {
                *first
            } else {
                self.most
            };
        }
        if x > self.high {
            return if x - self.high <= reach {
                *last
            } else {
                self.most
            };
        }
        if !self.upper_closed {
            return self.surprise[self.counting_bin(x)];
        }
        // `pyod` counts with the lower edge in the bin and scores with the upper one.
        let mut i = self.guess(x);
        while i > 0 && x <= self.edge(i) {
            i -= 1;
        }
        while i + 1 < self.surprise.len() && x > self.edge(i + 1) {
            i += 1;
        }
        self.surprise[i]
    }
}
