//! The profile of a numeric column.

use super::batch::{BLOCK, Block};
use super::counts::Counts;
use super::subtract_counts;
use crate::bytes::{Reader, Writer};
use crate::distinct::{DistinctBatch, DistinctSketch, hash_number};
use crate::error::StatsError;
use crate::exact_sum::{ExactSum, SumTable};
use crate::grid::NumericGrid;
use std::borrow::Cow;

const MAX_BINS: usize = 65_536;
/// From so many values on they are counted in blocks.
const N_BATCH: usize = 1_024;

/// Counts of a numeric column on its grid, with exact moments.
///
/// Missing values, not-a-number values and infinities are counted apart and enter
/// neither bins nor moments.
#[derive(Debug, Clone, PartialEq)]
pub struct NumericProfile {
    counts: Counts,
    n: u64,
    missing: u64,
    nan: u64,
    positive_infinite: u64,
    negative_infinite: u64,
    min: f64,
    max: f64,
    /// Squares are taken around this value, the median of the grid's sample, so
    /// that a large offset does not drown the spread.
    centre: f64,
    sum: ExactSum,
    squares: ExactSum,
    below: ExactSum,
    above: ExactSum,
    distinct: DistinctSketch,
}

impl NumericProfile {
    /// The profile of no rows on a grid.
    pub fn empty(grid: &NumericGrid) -> Self {
        Self {
            counts: Counts::zeros(grid.n_bins()),
            n: 0,
            missing: 0,
            nan: 0,
            positive_infinite: 0,
            negative_infinite: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            centre: grid.spread().median,
            sum: ExactSum::default(),
            squares: ExactSum::default(),
            below: ExactSum::default(),
            above: ExactSum::default(),
            distinct: DistinctSketch::default(),
        }
    }

    /// Counts values. The grid must be the one the profile was made with; a value
    /// of a bin the profile does not have is counted in the last one.
    ///
    /// A few nanoseconds per value; allocates nothing per value.
    pub fn add_values(&mut self, grid: &NumericGrid, values: &[f64]) {
        if values.len() < N_BATCH || grid.n_bins() != self.counts.len() {
            self.add_one_by_one(grid, values);
            return;
        }
        let mut block = Block::new();
        let (mut sums, mut squares) = (SumTable::new(), SumTable::new());
        let mut distinct = DistinctBatch::new();
        let mut counts = vec![[0; 2]; self.counts.len()];
        let (first, last) = (grid.edges()[0], grid.edges()[grid.edges().len() - 1]);
        for values in values.chunks(BLOCK) {
            block.fill(values, self.centre, |value| self.add_not_finite(value));
            let values = block.values();
            if values.is_empty() {
                continue;
            }
            self.n += values.len() as u64;
            self.min = self.min.min(block.min);
            self.max = self.max.max(block.max);
            let most = block.max.max(-block.min);
            sums.add(values, block.least, most, &mut self.sum);
            let (low, high) = (block.square_min, block.square_max);
            squares.add(block.squares(), low, high, &mut self.squares);
            grid.count(values, &mut counts);
            if block.min <= first || block.max > last {
                self.add_outside(values, first, last);
            }
            self.distinct.add_numbers(values, &mut distinct);
        }
        let counts: Vec<u64> = counts
            .iter()
            .map(|[first, second]| first + second)
            .collect();
        self.counts.add_all(&counts);
        sums.flush(&mut self.sum);
        squares.flush(&mut self.squares);
    }

    fn add_one_by_one(&mut self, grid: &NumericGrid, values: &[f64]) {
        let last = self.counts.len() - 1;
        for &value in values {
            if !value.is_finite() {
                self.add_not_finite(value);
                continue;
            }
            // Both zeros are one value.
            let value = value + 0.0;
            let bin = grid.bin(value).min(last);
            self.counts.add(bin, 1);
            if bin == 0 {
                self.below.add(value);
            } else if bin == last {
                self.above.add(value);
            }
            self.n += 1;
            self.sum.add(value);
            self.squares.add(square(value - self.centre));
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            self.distinct.add_hash(hash_number(value));
        }
    }

    /// Adds up those values that lie in the open outer bins.
    fn add_outside(&mut self, values: &[f64], first: f64, last: f64) {
        for &value in values {
            if value <= first {
                self.below.add(value);
            } else if value > last {
                self.above.add(value);
            }
        }
    }

    #[cold]
    fn add_not_finite(&mut self, value: f64) {
        if value.is_nan() {
            self.nan += 1;
        } else if value > 0.0 {
            self.positive_infinite += 1;
        } else {
            self.negative_infinite += 1;
        }
    }

    /// Counts missing values.
    pub fn add_missing(&mut self, n: u64) {
        self.missing += n;
    }

    /// Finite values. Unit: rows.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Missing values, not-a-number included. Unit: rows.
    pub fn n_missing(&self) -> u64 {
        self.missing + self.nan
    }

    /// Not-a-number values among the missing ones.
    pub fn n_nan(&self) -> u64 {
        self.nan
    }

    /// Infinite values: positive, negative.
    pub fn n_infinite(&self) -> (u64, u64) {
        (self.positive_infinite, self.negative_infinite)
    }

    /// All rows seen.
    pub fn n_rows(&self) -> u64 {
        self.n + self.missing + self.nan + self.positive_infinite + self.negative_infinite
    }

    /// Counts per bin of the grid, open outer bins first and last.
    ///
    /// Kept as a list where few bins are in use; taking them all then costs a table, so
    /// take them once.
    pub fn counts(&self) -> Cow<'_, [u64]> {
        self.counts.all()
    }

    /// Bins of the grid.
    pub fn n_bins(&self) -> usize {
        self.counts.len()
    }

    /// The count of one bin; 0 where there is no such bin.
    pub fn count(&self, bin: usize) -> u64 {
        self.counts.get(bin)
    }

    /// Smallest finite value; after a subtraction a lower bound of it.
    pub fn min(&self) -> Option<f64> {
        (self.n > 0).then_some(self.min)
    }

    /// Largest finite value; after a subtraction an upper bound of it.
    pub fn max(&self) -> Option<f64> {
        (self.n > 0).then_some(self.max)
    }

    /// Sum of the finite values, correctly rounded.
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// Mean of the finite values.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum.value() / self.n as f64)
    }

    /// Standard deviation with divisor `n - 1`; `None` below two values.
    pub fn sd(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        let n = self.n as f64;
        let mut deviations = self.sum.clone();
        deviations.add_times(-self.centre, self.n);
        let shift = deviations.value() / n;
        let variance = (self.squares.value() - n * shift * shift) / (n - 1.0);
        Some(variance.max(0.0).sqrt())
    }

    /// Estimated number of distinct finite values; after a subtraction an upper bound.
    pub fn n_distinct(&self) -> u64 {
        if self.n == 0 {
            0
        } else {
            self.distinct.estimate()
        }
    }

    /// Mean of the values below the grid's range, `None` where there are none.
    pub fn mean_below(&self) -> Option<f64> {
        let n = self.counts.get(0);
        (n > 0).then(|| self.below.value() / n as f64)
    }

    /// Mean of the values above the grid's range, `None` where there are none.
    pub fn mean_above(&self) -> Option<f64> {
        let n = self.counts.get(self.counts.len() - 1);
        (n > 0).then(|| self.above.value() / n as f64)
    }

    /// Values outside the range of the grid's sample. Unit: rows.
    pub fn n_outside(&self) -> u64 {
        self.counts.get(0) + self.counts.get(self.counts.len() - 1)
    }

    /// The value below which a share `p` of the finite values lies, interpolated
    /// inside its bin; exact to the width of that bin. `None` without values.
    pub fn quantile(&self, grid: &NumericGrid, p: f64) -> Option<f64> {
        if self.n == 0 || !(0.0..=1.0).contains(&p) {
            return None;
        }
        let wanted = p * self.n as f64;
        let edges = grid.edges();
        let mut seen = 0.0;
        for (bin, count) in self.counts.used() {
            let count = count as f64;
            if seen + count >= wanted {
                let low = if bin == 0 { self.min } else { edges[bin - 1] };
                let high = edges.get(bin).copied().unwrap_or(self.max);
                let (low, high) = (low.max(self.min), high.min(self.max));
                let weight = ((wanted - seen) / count).clamp(0.0, 1.0);
                let value = if weight == 1.0 {
                    high
                } else {
                    low * (1.0 - weight) + high * weight
                };
                return Some(value.clamp(self.min, self.max));
            }
            seen += count;
        }
        Some(self.max)
    }

    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        self.check(other)?;
        if self.n_rows().checked_add(other.n_rows()).is_none() {
            return Err(StatsError::TooManyRows);
        }
        self.counts.merge(&other.counts);
        self.n += other.n;
        self.missing += other.missing;
        self.nan += other.nan;
        self.positive_infinite += other.positive_infinite;
        self.negative_infinite += other.negative_infinite;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        self.below.merge(&other.below);
        self.above.merge(&other.above);
        self.distinct.merge(&other.distinct);
        Ok(())
    }

    pub(crate) fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        self.check(other)?;
        let counts = self.counts.subtract(&other.counts)?;
        let rest = subtract_counts(
            &[
                self.missing,
                self.nan,
                self.positive_infinite,
                self.negative_infinite,
            ],
            &[
                other.missing,
                other.nan,
                other.positive_infinite,
                other.negative_infinite,
            ],
        )?;
        self.counts = counts;
        self.n -= other.n;
        self.missing = rest[0];
        self.nan = rest[1];
        self.positive_infinite = rest[2];
        self.negative_infinite = rest[3];
        self.sum.subtract(&other.sum);
        self.squares.subtract(&other.squares);
        self.below.subtract(&other.below);
        self.above.subtract(&other.above);
        if self.n == 0 {
            self.min = f64::INFINITY;
            self.max = f64::NEG_INFINITY;
            self.distinct = DistinctSketch::default();
        }
        Ok(())
    }

    fn check(&self, other: &Self) -> Result<(), StatsError> {
        if self.counts.len() == other.counts.len()
            && self.centre.to_bits() == other.centre.to_bits()
        {
            Ok(())
        } else {
            Err(StatsError::GridMismatch)
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        self.counts.write(out);
        out.varint(self.missing);
        out.varint(self.nan);
        out.varint(self.positive_infinite);
        out.varint(self.negative_infinite);
        out.float(self.centre);
        if self.n > 0 {
            out.float(self.min);
            out.float(self.max);
        }
        self.sum.write(out);
        self.squares.write(out);
        self.below.write(out);
        self.above.write(out);
        self.distinct.write(out);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        let (counts, n) = Counts::read(input, MAX_BINS)?;
        if counts.len() == 0 {
            return Err(input.foreign());
        }
        let missing = input.varint()?;
        let nan = input.varint()?;
        let positive_infinite = input.varint()?;
        let negative_infinite = input.varint()?;
        let parts = [n, missing, nan, positive_infinite, negative_infinite];
        if parts
            .iter()
            .try_fold(0_u64, |sum, &part| sum.checked_add(part))
            .is_none()
        {
            return Err(input.foreign());
        }
        let centre = input.finite()?;
        let (min, max) = if n > 0 {
            (input.finite()?, input.finite()?)
        } else {
            (f64::INFINITY, f64::NEG_INFINITY)
        };
        if n > 0 && min > max {
            return Err(input.foreign());
        }
        Ok(Self {
            counts,
            n,
            missing,
            nan,
            positive_infinite,
            negative_infinite,
            min,
            max,
            centre,
            sum: ExactSum::read(input)?,
            squares: ExactSum::read(input)?,
            below: ExactSum::read(input)?,
            above: ExactSum::read(input)?,
            distinct: DistinctSketch::read(input)?,
        })
    }
}

/// A square that saturates instead of becoming infinite.
#[inline]
pub(super) fn square(value: f64) -> f64 {
    (value * value).min(f64::MAX)
}
