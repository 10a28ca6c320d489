//! Change points of a whole series, exactly and in nearly linear time.

use super::rolling::{MAD_TO_SD, median};
use crate::error::StatsError;

/// What a segment costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SegmentCost {
    /// `Σ (x − x̄)²`: the mean changes, the noise does not.
    Mean,
    /// `n ln σ̂²` with `σ̂²` the mean square about the segment's mean: mean and variance
    /// of a normal law change.
    MeanAndVariance,
}

impl SegmentCost {
    /// Shortest segment on which the cost has a meaning.
    pub fn shortest(self) -> usize {
        match self {
            Self::Mean => 1,
            Self::MeanAndVariance => 2,
        }
    }
}

/// Smallest variance of a segment, relative to that of the whole series.
///
/// A run of equal values would otherwise cost `−∞`.
const MIN_VARIANCE: f64 = 1e-6;

/// Finds the change points of a series: the segmentation that minimises the sum of the
/// segments' costs plus `penalty` per segment.
///
/// # Arguments
///
/// * `values`: the series in order of time, shape `(n,)`, all finite.
/// * `cost`: see [`SegmentCost`].
/// * `penalty`: `≥ 0`, in the unit of the cost; see [`bic_penalty`].
/// * `min_size`: shortest segment, raised to [`SegmentCost::shortest`].
///
/// # Returns
///
/// The first row of each segment but the first, increasing. The optimum is exact; equal
/// costs prefer the earlier start of the last segment. Looks at the whole series: a
/// change point may depend on later rows. Time is linear where changes keep coming and
/// quadratic where none does.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if there are no values.
/// * [`StatsError::NotFinite`] if one is not finite.
/// * [`StatsError::ParameterOutOfDomain`] if the penalty is negative or not a number.
///
/// # Source
///
/// R. Killick, P. Fearnhead, I. Eckley, *Optimal detection of changepoints with a linear
/// computational cost*, JASA 107 (2012). A candidate that is beaten stays for `min_size`
/// rows more, because the winner cannot be used before.
///
/// # Examples
///
/// ```
/// use trimtab_stats::series::{SegmentCost, pelt};
///
/// let values = [0.0, 0.1, -0.1, 0.0, 5.0, 5.1, 4.9, 5.0];
/// assert_eq!(pelt(&values, SegmentCost::Mean, 1.0, 2)?, [4]);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn pelt(
    values: &[f64],
    cost: SegmentCost,
    penalty: f64,
    min_size: usize,
) -> Result<Vec<usize>, StatsError> {
    check(values)?;
    if penalty.is_nan() || penalty < 0.0 {
        return Err(StatsError::ParameterOutOfDomain {
            name: "penalty",
            domain: "at least 0",
            found: penalty,
        });
    }
    let n = values.len();
    let min_size = min_size.max(cost.shortest());
    let sums = PrefixSums::new(values, cost);
    // best[t]: least cost of the first t rows; unreachable where t < min_size.
    let mut best = vec![f64::INFINITY; n + 1];
    let mut previous = vec![0_usize; n + 1];
    best[0] = 0.0;
    // Candidates for the start of the last segment, and the row from which each is out.
    let mut candidates: Vec<(usize, usize)> = Vec::new();
    for end in min_size..=n {
        let start = end - min_size;
        if best[start].is_finite() {
            candidates.push((start, usize::MAX));
        }
        for &(start, _) in &candidates {
            let total = best[start] + sums.cost(start, end) + sums.scaled_penalty(penalty);
            if total < best[end] {
                best[end] = total;
                previous[end] = start;
            }
        }
        candidates.retain_mut(|(start, out)| {
            if *out == usize::MAX && best[*start] + sums.cost(*start, end) > best[end] {
                *out = end + min_size;
            }
            *out > end
        });
    }
    let mut changes = Vec::new();
    let mut end = n;
    while end > 0 && previous[end] > 0 {
        end = previous[end];
        changes.push(end);
    }
    changes.reverse();
    Ok(changes)
}

/// The penalty of the Bayesian information criterion for [`pelt`].
///
/// A change adds a place and the segment's parameters: `2 σ² ln n` for
/// [`SegmentCost::Mean`], with `σ` from the median absolute first difference (which
/// changes do not inflate), and `3 ln n` for [`SegmentCost::MeanAndVariance`]. Rows that
/// depend on each other need more: noise with autocorrelation looks like changes.
///
/// # Errors
///
/// As [`pelt`].
pub fn bic_penalty(values: &[f64], cost: SegmentCost) -> Result<f64, StatsError> {
    check(values)?;
    let ln_n = (values.len() as f64).ln();
    Ok(match cost {
        SegmentCost::Mean => {
            let steps: Vec<f64> = values
                .windows(2)
                .map(|pair| 0.5 * pair[1] - 0.5 * pair[0])
                .map(f64::abs)
                .collect();
            // The difference of two rows has √2 of their spread; the halves above take 2 away.
            let sd = MAD_TO_SD * median(&steps).unwrap_or(0.0) * std::f64::consts::SQRT_2;
            2.0 * sd * sd * ln_n
        }
        SegmentCost::MeanAndVariance => 3.0 * ln_n,
    })
}

fn check(values: &[f64]) -> Result<(), StatsError> {
    if values.is_empty() {
        return Err(StatsError::EmptySample { sample: "series" });
    }
    if values.iter().any(|x| !x.is_finite()) {
        return Err(StatsError::NotFinite { sample: "series" });
    }
    Ok(())
}

/// Sums of the first rows and of their squares, about the series' median and in units
/// that keep squares finite.
struct PrefixSums {
    cost: SegmentCost,
    sums: Vec<f64>,
    squares: Vec<f64>,
    unit: f64,
    min_variance: f64,
}

impl PrefixSums {
    fn new(values: &[f64], cost: SegmentCost) -> Self {
        let center = median(values).unwrap_or(0.0);
        let largest = values
            .iter()
            .fold(0.0_f64, |a, x| a.max((0.5 * x - 0.5 * center).abs()));
        // A power of two, so that scaling is exact.
        let unit = if largest > 0.0 {
            2_f64.powi(largest.log2().floor().clamp(-1000.0, 1000.0) as i32)
        } else {
            1.0
        };
        let (mut sum, mut square) = (0.0, 0.0);
        let mut sums = vec![0.0];
        let mut squares = vec![0.0];
        for &value in values {
            let x = value / unit - center / unit;
            sum += x;
            square += x * x;
            sums.push(sum);
            squares.push(square);
        }
        let n = values.len() as f64;
        let variance = (square / n - (sum / n).powi(2)).max(0.0);
        Self {
            cost,
            sums,
            squares,
            unit,
            min_variance: (variance * MIN_VARIANCE).max(f64::MIN_POSITIVE),
        }
    }

    fn cost(&self, start: usize, end: usize) -> f64 {
        let n = (end - start) as f64;
        let sum = self.sums[end] - self.sums[start];
        let square = self.squares[end] - self.squares[start];
        let deviance = (square - sum * sum / n).max(0.0);
        match self.cost {
            SegmentCost::Mean => deviance,
            SegmentCost::MeanAndVariance => n * (deviance / n).max(self.min_variance).ln(),
        }
    }

    fn scaled_penalty(&self, penalty: f64) -> f64 {
        match self.cost {
            SegmentCost::Mean => penalty / self.unit / self.unit,
            SegmentCost::MeanAndVariance => penalty,
        }
    }
}
