//! Kolmogorov–Smirnov (KS): the largest gap between two distribution functions.

use super::kolmogorov::kolmogorov_sf;
use super::{check_sorted, totals};
use crate::error::StatsError;

/// Largest sample size for which the exact law is used.
pub(super) const MAX_EXACT: u64 = 10_000;
/// Largest number of lattice points for which binned comparisons use the exact law.
const MAX_EXACT_CELLS: u64 = 100_000;

/// What the two-sample Kolmogorov–Smirnov comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KolmogorovSmirnov {
    /// Largest absolute gap between the two distribution functions, in `[0, 1]`.
    pub statistic: f64,
    /// Two-sided p-value; conservative where values are tied.
    pub p_value: f64,
    /// The law it was taken from.
    pub law: KsLaw,
}

/// A law of the statistic without drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KsLaw {
    /// All orders of the pooled sample counted.
    Exact,
    /// The one-sample law at `nm / (n + m)` observations.
    Asymptotic,
}

/// Computes the two-sample Kolmogorov–Smirnov (KS) statistic and its p-value.
///
/// The statistic is `D = max |F(x) − G(x)|` over the two empirical distribution
/// functions.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`; any
///   unit, the same for both. Missing values must be left out by the caller.
///
/// # Returns
///
/// The statistic and its two-sided p-value: the probability of a gap at least as
/// large if both samples were independent draws from one continuous law. Ties make
/// it conservative. It says how sure a difference is, not how large: at 10^6 rows a
/// gap of 0.002 is "significant".
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// Never panics on sorted input.
///
/// # Numerics
///
/// `O(n + m)` for the statistic, which is a ratio of integers. The p-value is exact
/// (lattice paths, at most `n m` steps) while both samples have at most 10,000
/// values; above, the one-sample law at `round(nm / (n + m))`. Relative error of the
/// p-value below 1e-6 down to 1e-290.
///
/// # Source
///
/// J. Hodges, *The significance probability of the Smirnov two-sample test* (1958);
/// the choice of law is that of `SciPy`'s `ks_2samp` with `method="auto"`. Golden
/// values: `tests/oracle/stats/two_sample.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample_ks;
///
/// let outcome = two_sample_ks(&[1.0, 2.0, 3.0, 4.0], &[3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(outcome.statistic, 0.5);
/// assert!((outcome.p_value - 0.771_428_571_428_571_4).abs() < 1e-15);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn two_sample_ks(reference: &[f64], current: &[f64]) -> Result<KolmogorovSmirnov, StatsError> {
    check_sorted(reference, current)?;
    let largest = largest_gap(reference, current);
    let (n, m) = (reference.len() as u64, current.len() as u64);
    Ok(judge(largest, n, m, n.max(m) <= MAX_EXACT))
}

/// The largest gap in units of `1/(nm)`.
///
/// Milestones first: the gap at every so manieth value. Between two of them it cannot be
/// larger than if all values of one sample came before those of the other, so most
/// stretches need no closer look.
fn largest_gap(reference: &[f64], current: &[f64]) -> u128 {
    let (n, m) = (reference.len(), current.len());
    let gap = |i: usize, j: usize| gap(i as u64, j as u64, n as u64, m as u64);
    // The gap of like samples is about the root of their size.
    let stride = ((n as f64).sqrt() / 4.0) as usize + 8;
    let mut milestones = Vec::with_capacity(n / stride + 2);
    let (mut i, mut j) = (0, 0);
    let mut largest = 0;
    milestones.push((i, j));
    while i < n {
        let value = reference[(i + stride).min(n) - 1];
        i = end_of(reference, i, value);
        j = end_of(current, j, value);
        largest = largest.max(gap(i, j));
        milestones.push((i, j));
    }
    for pair in milestones.windows(2) {
        let ((mut i, mut j), (i_end, j_end)) = (pair[0], pair[1]);
        if gap(i_end, j).max(gap(i, j_end)) <= largest {
            continue;
        }
        while i < i_end && j < j_end {
            let value = reference[i].min(current[j]);
            while i < i_end && reference[i] <= value {
                i += 1;
            }
            while j < j_end && current[j] <= value {
                j += 1;
            }
            largest = largest.max(gap(i, j));
        }
    }
    largest
}

/// The first position from `from` on whose value is above `value`, which is not far.
fn end_of(sorted: &[f64], from: usize, value: f64) -> usize {
    let mut width = 16;
    loop {
        let end = (from + width).min(sorted.len());
        if end == sorted.len() || sorted[end - 1] > value {
            return from + sorted[from..end].partition_point(|&other| other <= value);
        }
        width *= 2;
    }
}

/// Computes the Kolmogorov–Smirnov statistic of two samples counted in the same
/// bins, in the order of their values.
///
/// Each bin is treated as a tie, so `D` is at most the largest bin's share below
/// that of the values themselves, and the p-value errs on the quiet side.
///
/// * `reference`, `current`: observations per bin, shape `(k,)`, unit: rows.
///
/// The exact law is used while both samples have at most 10,000 values and their
/// product is at most 10^5, so that a comparison takes well under a millisecond.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
pub fn two_sample_ks_binned(
    reference: &[u64],
    current: &[u64],
) -> Result<KolmogorovSmirnov, StatsError> {
    let (largest, n, m) = largest_gap_binned(reference, current)?;
    let exact = n.max(m) <= MAX_EXACT && n * m <= MAX_EXACT_CELLS;
    Ok(judge(largest, n, m, exact))
}

/// The statistic of [`two_sample_ks_binned`] alone.
pub(crate) fn ks_statistic_binned(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (largest, n, m) = largest_gap_binned(reference, current)?;
    Ok(largest as f64 / (n as f64 * m as f64))
}

/// The largest gap in units of `1/(nm)`, `n` and `m`.
fn largest_gap_binned(reference: &[u64], current: &[u64]) -> Result<(u128, u64, u64), StatsError> {
    totals(reference, current)?;
    let n: u64 = reference.iter().sum();
    let m: u64 = current.iter().sum();
    let (mut i, mut j) = (0, 0);
    let mut largest = 0;
    for (in_reference, in_current) in reference.iter().zip(current) {
        i += in_reference;
        j += in_current;
        largest = largest.max(gap(i, j, n, m));
    }
    Ok((largest, n, m))
}

/// `|i/n − j/m|` in units of `1/(nm)`.
fn gap(i: u64, j: u64, n: u64, m: u64) -> u128 {
    let left = u128::from(i) * u128::from(m);
    left.abs_diff(u128::from(j) * u128::from(n))
}

fn judge(largest: u128, n: u64, m: u64, exact: bool) -> KolmogorovSmirnov {
    let statistic = largest as f64 / (n as f64 * m as f64);
    if exact {
        KolmogorovSmirnov {
            statistic,
            p_value: exact_p_value(largest as u64, n, m),
            law: KsLaw::Exact,
        }
    } else {
        KolmogorovSmirnov {
            statistic,
            p_value: ks_p_value(statistic, n, m),
            law: KsLaw::Asymptotic,
        }
    }
}

/// Asymptotic two-sided p-value of a two-sample statistic: the one-sample law at
/// `round(nm / (n + m))` observations.
pub fn ks_p_value(statistic: f64, n: u64, m: u64) -> f64 {
    let (larger, smaller) = (n.max(m) as f64, n.min(m) as f64);
    let effective = (larger * smaller / (larger + smaller)).round_ties_even();
    kolmogorov_sf(statistic, effective.max(1.0) as u64)
}

/// `P(max |i/n − j/m| ≥ h / (nm))` over all orders of the pooled sample.
fn exact_p_value(h: u64, n: u64, m: u64) -> f64 {
    if h == 0 {
        return 1.0;
    }
    if n == m {
        return equal_sizes_p_value(h / n, n);
    }
    let effective = n as f64 * m as f64 / (n + m) as f64;
    let statistic = h as f64 / (n as f64 * m as f64);
    if 2.0 * effective * statistic * statistic > 800.0 {
        // Below the smallest float: the exact tail is lighter than this bound.
        return 0.0;
    }
    let (n, m) = (n.min(m) as usize, n.max(m) as usize);
    let h = h as usize;
    let reciprocals: Vec<f64> = (0..=n + m).map(|paths| 1.0 / paths as f64).collect();
    let is_outside = |i: usize, j: usize| (i * m).abs_diff(j * n) >= h;
    // touched[j]: probability that a path to (i, j) has touched the outside.
    let mut touched = vec![0.0_f64; m + 1];
    for j in 1..=m {
        touched[j] = if is_outside(0, j) {
            1.0
        } else {
            touched[j - 1]
        };
    }
    for i in 1..=n {
        // Columns outside the band to the left are certain; so are those to the right.
        let first = (i * m).saturating_sub(h) / n;
        let last = ((i * m + h) / n + 1).min(m);
        for j in first..=last {
            touched[j] = if is_outside(i, j) {
                1.0
            } else if j == 0 {
                touched[0]
            } else {
                let share = i as f64 * reciprocals[i + j];
                touched[j] * share + touched[j - 1] * (j as f64 * reciprocals[i + j])
            };
        }
    }
    touched[m].min(1.0)
}

/// Both samples of size `n`, the gap in units of `1/n`: the reflection principle.
fn equal_sizes_p_value(h: u64, n: u64) -> f64 {
    let n_multiples = n / h;
    // P = 2 Σ (−1)^(k−1) C(2n, n − kh) / C(2n, n), nested from the far end.
    let mut p_value = 0.0;
    for k in (1..=n_multiples).rev() {
        let mut ratio = 1.0;
        let far = k * h;
        for j in 0..h {
            ratio *= (n - far + h - j) as f64 / (n + far - j) as f64;
        }
        p_value = ratio * (1.0 - p_value);
    }
    (2.0 * p_value).clamp(0.0, 1.0)
}

/// Expected Kolmogorov–Smirnov statistic without drift at `n` and `m` independent
/// rows: `0.8687 √(1/n + 1/m)`, the mean of the limit law.
pub fn ks_noise_floor(n: u64, m: u64) -> f64 {
    // √(π/2) ln 2.
    let mean = (std::f64::consts::FRAC_PI_2).sqrt() * std::f64::consts::LN_2;
    (mean * (1.0 / n as f64 + 1.0 / m as f64).sqrt()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Looks at every value.
    fn largest_gap_of_all(reference: &[f64], current: &[f64]) -> u128 {
        let up_to = |sorted: &[f64], value: f64| sorted.partition_point(|&other| other <= value);
        let all = reference.iter().chain(current);
        let gaps = all.map(|&value| {
            let (i, j) = (up_to(reference, value), up_to(current, value));
            gap(
                i as u64,
                j as u64,
                reference.len() as u64,
                current.len() as u64,
            )
        });
        gaps.max().unwrap_or(0)
    }

    #[test]
    fn milestones_miss_no_gap() {
        let mut random = Random::from_seed(3);
        for round in 0..300 {
            let size = |random: &mut Random| 1 + (random.uniform().powi(2) * 900.0) as usize;
            let (n, m) = (size(&mut random), size(&mut random));
            let steps = [1.0, 4.0, 1e9][round % 3];
            let shift = [0.0, 0.3, 5.0][round / 3 % 3];
            let mut sample = |n: usize, shift: f64| {
                let draw = |_| ((random.normal() + shift) * steps).round();
                let mut values: Vec<f64> = (0..n).map(draw).collect();
                values.sort_unstable_by(f64::total_cmp);
                values
            };
            let (reference, current) = (sample(n, 0.0), sample(m, shift));
            let expected = largest_gap_of_all(&reference, &current);
            assert_eq!(
                largest_gap(&reference, &current),
                expected,
                "{n} {m} {steps} {shift}"
            );
        }
    }
}
