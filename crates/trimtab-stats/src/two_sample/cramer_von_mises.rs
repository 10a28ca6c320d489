//! Cramér–von Mises: the mean squared gap between two distribution functions.

use super::bridge::bridge_square_sf;
use super::{check_sorted, tied_counts, totals};
use crate::error::StatsError;
use std::f64::consts::PI;

/// Largest sample size for which the exact law is used, as in `SciPy`.
const MAX_EXACT: usize = 20;
/// Largest share of one value up to which values count as untied.
const MAX_UNTIED_SHARE: f64 = 0.005;

/// What the two-sample Cramér–von Mises comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CramerVonMises {
    /// `T ≥ 0`; about 1/6 without drift where values are not tied.
    pub statistic: f64,
    /// Probability of a statistic at least as large without drift.
    pub p_value: f64,
    /// The law it was taken from.
    pub law: CramerVonMisesLaw,
    /// The value it shows on average without drift, for these sizes and ties.
    pub mean: f64,
}

/// A law of the statistic without drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CramerVonMisesLaw {
    /// All orders of the pooled sample counted.
    Exact,
    /// The limit for values without ties, after matching mean and variance.
    Limit,
    /// The limit for these very ties, by a saddlepoint.
    TiedLimit,
}

impl CramerVonMisesLaw {
    /// The name used in variants.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Limit => "limit law",
            Self::TiedLimit => "limit law of the ties",
        }
    }
}

/// Computes the two-sample Cramér–von Mises statistic in a form that is safe with
/// ties, and its p-value.
///
/// `T = nm/N² · Σ c(v) · (F(v) − G(v))²` over the distinct values `v` of the pooled
/// sample, with `c(v)` the number of pooled rows of that value, `F` and `G` the two
/// distribution functions and `N = n + m`. Without ties it is `SciPy`'s statistic.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`; any
///   unit, the same for both. Missing values must be left out by the caller.
///
/// # Returns
///
/// Statistic and p-value. It sees differences in the middle of the distribution
/// better than Kolmogorov–Smirnov, and is as blind as that one to the far tails. It
/// says how sure a difference is, not how large. Two equal constants give 0 and 1.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// # Numerics
///
/// Without ties and up to 20 values a side the law is exact; with more, the limit law
/// after matching mean and variance, as `SciPy` does. If one value holds more than half
/// a percent of the rows, the limit law is that of a Brownian bridge seen at the ties
/// (a sum of weighted χ² variables), taken at `T (N−1)/N` so that the mean is exact;
/// its tail is a saddlepoint approximation, within 5 % of the true one. The law for
/// untied values would alarm twice to six times too often on zero-inflated columns.
///
/// # Source
///
/// T. Anderson, *On the distribution of the two-sample Cramér–von Mises criterion*
/// (1962); R. Lugannani and S. Rice (1980) for the tail. `SciPy`'s
/// `cramervonmises_2samp` subtracts positions from averaged ranks, and with ties and
/// unequal sizes always alarms: see [`cramer_von_mises_scipy`]. Golden values:
/// `tests/oracle/stats/row_test.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::two_sample_cramer_von_mises;
///
/// let found = two_sample_cramer_von_mises(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0])?;
/// assert!((found.p_value - 0.1).abs() < 1e-12);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn two_sample_cramer_von_mises(
    reference: &[f64],
    current: &[f64],
) -> Result<CramerVonMises, StatsError> {
    check_sorted(reference, current)?;
    Ok(judge(&tied_counts(reference, current)))
}

/// The statistic and p-value of [`two_sample_cramer_von_mises`] for two samples counted
/// in the same bins, in the order of their values; each bin is a tie.
///
/// * `reference`, `current`: observations per bin, shape `(k,)`, unit: rows.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
pub fn two_sample_cramer_von_mises_binned(
    reference: &[u64],
    current: &[u64],
) -> Result<CramerVonMises, StatsError> {
    totals(reference, current)?;
    let ties: Vec<[u64; 2]> = reference
        .iter()
        .zip(current)
        .map(|(&r, &c)| [r, c])
        .filter(|tie| tie[0] + tie[1] > 0)
        .collect();
    Ok(judge(&ties))
}

/// Judges pooled counts per distinct value; both sides have rows.
pub(crate) fn judge(ties: &[[u64; 2]]) -> CramerVonMises {
    let sum = |side: usize| ties.iter().map(|tie| tie[side]).sum::<u64>();
    let (n, m) = (sum(0), sum(1));
    let total = (n + m) as f64;
    let (mut i, mut j) = (0_u64, 0_u64);
    let (mut squares, mut mean) = (0.0, 0.0);
    let mut largest = 0;
    for tie in ties {
        i += tie[0];
        j += tie[1];
        let gap = i as f64 / n as f64 - j as f64 / m as f64;
        let count = tie[0] + tie[1];
        squares += count as f64 * gap * gap;
        let below = (i + j) as f64 / total;
        mean += count as f64 * below * (1.0 - below) / (total - 1.0);
        largest = largest.max(count);
    }
    let statistic = n as f64 * m as f64 / (total * total) * squares;
    let is_untied = largest <= 1;
    let (p_value, law) = if is_untied && n.max(m) <= MAX_EXACT as u64 {
        let twice_rank_sum = rank_sum_of(ties);
        let p_value = exact_p_value(4 * twice_rank_sum, n, m);
        (p_value, CramerVonMisesLaw::Exact)
    } else if largest as f64 <= (MAX_UNTIED_SHARE * total).max(1.0) {
        let p_value = limit_p_value(statistic, n as f64, m as f64);
        (p_value, CramerVonMisesLaw::Limit)
    } else {
        let counts = ties.iter().map(|tie| tie[0] + tie[1]);
        let shares = grouped_shares(counts, total);
        let p_value = bridge_square_sf(&shares, statistic * (total - 1.0) / total);
        (p_value, CramerVonMisesLaw::TiedLimit)
    };
    CramerVonMises {
        statistic,
        p_value,
        law,
        mean,
    }
}

/// Shares of the pooled sample per value, with neighbours of less than a thousandth
/// put together: the law depends on the heavy ones.
fn grouped_shares(counts: impl Iterator<Item = u64>, total: f64) -> Vec<f64> {
    const SMALLEST: f64 = 1e-3;
    let mut shares = Vec::new();
    let mut open = 0.0;
    for count in counts {
        let share = count as f64 / total;
        if share >= SMALLEST && open > 0.0 {
            shares.push(std::mem::take(&mut open));
        }
        open += share;
        if open >= SMALLEST {
            shares.push(std::mem::take(&mut open));
        }
    }
    if open > 0.0 {
        shares.push(open);
    }
    shares
}

/// `SciPy`'s U of an untied pooled sample.
fn rank_sum_of(ties: &[[u64; 2]]) -> u64 {
    let n: u64 = ties.iter().map(|tie| tie[0]).sum();
    let m = ties.len() as u64 - n;
    let (mut i, mut j, mut of_reference, mut of_current) = (0, 0, 0, 0);
    for tie in ties {
        if tie[0] == 1 {
            // Rank less position: how many of the other side lie below.
            of_reference += j * j;
            i += 1;
        } else {
            of_current += i * i;
            j += 1;
        }
    }
    n * of_reference + m * of_current
}

/// `SciPy`'s `cramervonmises_2samp(method="auto")`, for those who compare with it.
///
/// Do not decide by it: averaged ranks less positions add up where values are tied, and
/// with ties and unequal sizes it alarms on every pair of samples.
///
/// # Errors
///
/// As [`two_sample_cramer_von_mises`], and [`StatsError::EmptySample`] with fewer than
/// two values on a side.
pub fn cramer_von_mises_scipy(
    reference: &[f64],
    current: &[f64],
) -> Result<CramerVonMises, StatsError> {
    check_sorted(reference, current)?;
    for (sample, values) in [("reference", reference), ("current", current)] {
        if values.len() < 2 {
            return Err(StatsError::EmptySample { sample });
        }
    }
    let (n, m) = (reference.len() as u64, current.len() as u64);
    // Twice the averaged rank less twice the position, squared: four times SciPy's terms.
    let (mut below, mut i, mut j) = (0_u64, 0_u64, 0_u64);
    let (mut of_reference, mut of_current) = (0_u128, 0_u128);
    for [in_reference, in_current] in tied_counts(reference, current) {
        let twice_rank = 2 * below + in_reference + in_current + 1;
        for _ in 0..in_reference {
            i += 1;
            of_reference += u128::from(twice_rank.abs_diff(2 * i)).pow(2);
        }
        for _ in 0..in_current {
            j += 1;
            of_current += u128::from(twice_rank.abs_diff(2 * j)).pow(2);
        }
        below += in_reference + in_current;
    }
    let four_u = u128::from(n) * of_reference + u128::from(m) * of_current;
    let (nf, mf) = (n as f64, m as f64);
    let total = nf + mf;
    let statistic = four_u as f64 / 4.0 / (nf * mf * total) - (4.0 * nf * mf - 1.0) / (6.0 * total);
    let (p_value, law) = if n.max(m) <= MAX_EXACT as u64 {
        (exact_p_value(four_u as u64, n, m), CramerVonMisesLaw::Exact)
    } else {
        (limit_p_value(statistic, nf, mf), CramerVonMisesLaw::Limit)
    };
    Ok(CramerVonMises {
        statistic,
        p_value,
        law,
        mean: (1.0 + 1.0 / total) / 6.0,
    })
}

/// The limit law at the statistic moved to the limit's mean and variance.
fn limit_p_value(statistic: f64, n: f64, m: f64) -> f64 {
    let total = n + m;
    let product = n * m;
    let mean = (1.0 + 1.0 / total) / 6.0;
    let variance = (total + 1.0) * (4.0 * product * total - 3.0 * (n * n + m * m) - 2.0 * product)
        / (180.0 * total * total * product);
    cramer_von_mises_sf(1.0 / 6.0 + (statistic - mean) / (45.0 * variance).sqrt())
}

/// Probability that the limit `∫ B(u)² du` (B a Brownian bridge) exceeds `x`.
///
/// Relative error below 1e-10 down to 1e-290. N. Smirnov's integral in the upper part,
/// whose terms all have one sign next to the first, and the series of T. Anderson and
/// D. Darling (1952) in the lower part.
pub fn cramer_von_mises_sf(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.003 {
        return 1.0;
    }
    if x < 0.3 {
        return 1.0 - lower_series(x);
    }
    smirnov_integral(x).clamp(0.0, 1.0)
}

/// `(2/π) Σ (−1)^(k+1) ∫ exp(−x u²/2) / √(−u sin u) du` over `((2k−1)π, 2kπ)`. With
/// `u = (2k − ½)π + v` the ends are inverse square roots, which Chebyshev's nodes take up.
fn smirnov_integral(x: f64) -> f64 {
    const N_NODES: u32 = 160;
    let mut sum = 0.0;
    for k in 1..60 {
        let middle = (2.0 * f64::from(k) - 0.5) * PI;
        let mut term = 0.0;
        for node in 0..N_NODES {
            let angle = PI * (f64::from(node) + 0.5) / f64::from(N_NODES);
            let v = -0.5 * PI * angle.cos();
            let u = middle + v;
            // cos v, and the distance to the ends, without cancellation near them.
            let to_end = 0.5 * PI * angle.sin();
            let half = (0.5 * angle).sin().powi(2).min((0.5 * angle).cos().powi(2));
            let cosine = (PI * half).sin();
            term += (-0.5 * x * u * u).exp() * to_end / (u * cosine).sqrt();
        }
        term *= PI / f64::from(N_NODES);
        sum += if k % 2 == 1 { term } else { -term };
        if term < 1e-17 * sum {
            break;
        }
    }
    2.0 / PI * sum
}

/// The distribution function for small `x`, by Bessel functions of order ¼.
fn lower_series(x: f64) -> f64 {
    let mut sum = 0.0;
    let mut coefficient = 1.0;
    for j in 0..40 {
        let jf = f64::from(j);
        let odd = 4.0 * jf + 1.0;
        let z = odd * odd / (16.0 * x);
        let term = coefficient * odd.sqrt() * scaled_bessel(z);
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
        coefficient *= (jf + 0.5) / (jf + 1.0);
    }
    sum / (PI * x.sqrt())
}

/// `exp(−z) K_¼(z) = ∫ exp(−z (1 + cosh t)) cosh(t/4) dt` over `t > 0`, by the trapezoidal
/// rule, which converges exponentially here.
fn scaled_bessel(z: f64) -> f64 {
    const STEP: f64 = 0.05;
    let mut sum = 0.5 * (-2.0 * z).exp();
    for i in 1..400 {
        let t = STEP * f64::from(i);
        let term = (-z * (1.0 + t.cosh())).exp() * (0.25 * t).cosh();
        sum += term;
        if term < 1e-18 * sum {
            break;
        }
    }
    STEP * sum
}

/// The exact law: how many of all orders of the pooled sample have a statistic at least as
/// large. `four_u` is four times `SciPy`'s U.
///
/// Paths on the lattice of `n` by `m` steps, each point adding the square of its distance
/// from the diagonal (Y. Xiao, A. Gordon, A. Yakovlev 2006).
fn exact_p_value(four_u: u64, n: u64, m: u64) -> f64 {
    let common = n * m / gcd(n, m);
    let (a, b) = (common / n, common / m);
    let product = i128::from(n * m);
    let squared = i128::from(common).pow(2) * i128::from(n + m);
    let excess = 6 * i128::from(four_u) - 4 * product * (4 * product - 1);
    let zeta = (squared * excess).div_euclid(24 * product * product);
    // Per point of a row: sums of squares and how many paths have them, sorted by sum.
    let mut row: Vec<Vec<(u64, f64)>> = Vec::new();
    for u in 0..=m {
        let mut next: Vec<Vec<(u64, f64)>> = Vec::new();
        for v in 0..=n {
            let gap = (a * v).abs_diff(b * u).pow(2);
            let from_left = next.last().map_or(&[][..], Vec::as_slice);
            let from_above = row.get(v as usize).map_or(&[][..], Vec::as_slice);
            let mut here = if u == 0 && v == 0 {
                vec![(0, 1.0)]
            } else {
                merged(from_left, from_above)
            };
            for entry in &mut here {
                entry.0 += gap;
            }
            next.push(here);
        }
        row = next;
    }
    let (mut above, mut all) = (0.0, 0.0);
    for &(sum, paths) in row.last().map_or(&[][..], Vec::as_slice) {
        all += paths;
        if i128::from(sum) >= zeta {
            above += paths;
        }
    }
    above / all
}

fn merged(left: &[(u64, f64)], right: &[(u64, f64)]) -> Vec<(u64, f64)> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        let key = |side: &[(u64, f64)], at: usize| side.get(at).map_or(u64::MAX, |entry| entry.0);
        let (a, b) = (key(left, i), key(right, j));
        let mut paths = 0.0;
        if a <= b {
            paths += left[i].1;
            i += 1;
        }
        if b <= a {
            paths += right[j].1;
            j += 1;
        }
        all.push((a.min(b), paths));
    }
    all
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The value that the statistic shows on average without drift on such bins:
/// `N/(N−1) Σ p(v) H(v) (1 − H(v))` over the pooled sample, 1/6 where values are not tied.
pub fn cramer_von_mises_noise_floor(reference: &[u64], current: &[u64]) -> f64 {
    let total: u64 = reference.iter().chain(current).sum();
    let total = total as f64;
    let (mut below, mut sum) = (0, 0.0);
    for (&r, &c) in reference.iter().zip(current) {
        below += r + c;
        let share = below as f64 / total;
        sum += (r + c) as f64 * share * (1.0 - share);
    }
    sum / (total - 1.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_the_limit_law_meet() {
        for x in [0.2, 0.3, 0.5] {
            let difference = smirnov_integral(x) - (1.0 - lower_series(x));
            assert!(difference.abs() < 1e-13, "{x}: {difference:e}");
        }
    }
}
