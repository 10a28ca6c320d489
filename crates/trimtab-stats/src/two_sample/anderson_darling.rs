//! Anderson–Darling: the gap between distribution functions, the tails weighted up.

use super::tables::monte_carlo_p_value;
use super::ties::{Tie, joined, ties, ties_of_bins};
use super::{check_sorted, totals};
use crate::error::StatsError;

/// Rows beyond which permutations deal out groups of neighbouring values.
const MAX_PERMUTED: u64 = 10_000;
/// Groups they deal out then.
const N_GROUPS: u64 = 1_000;

/// What the Anderson–Darling comparison of two samples found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AndersonDarling {
    /// `(A² − 1) / σ` with the midrank `A²` and its standard deviation without drift:
    /// `SciPy`'s `anderson_ksamp(midrank=True).statistic`. Around 0 without drift.
    pub statistic: f64,
    /// The midrank `A²` of F. Scholz and M. Stephens, its mean 1 without drift.
    pub a_squared: f64,
    /// Share of all rows at the commonest value. Where it is above a half percent or so
    /// the limit law, made for values without ties, alarms too often, and
    /// [`anderson_darling_permutation`] is right.
    pub largest_tie_share: f64,
    /// p-value of the limit law at the standardised statistic.
    pub p_value: f64,
    /// `SciPy`'s p-value: a parabola through seven tabulated levels, never below 0.001
    /// nor above 0.25.
    pub p_value_interpolated: f64,
}

/// Computes the two-sample Anderson–Darling test (`k = 2` of the k-sample test), in the
/// midrank form, which is made for ties.
///
/// `A² = (N−1)/N Σ_i 1/n_i Σ_j (l_j / N) (N M_ij − n_i B_j)² / (B_j (N − B_j) − N l_j/4)`
/// over samples `i` and distinct values `j`, `l_j` the rows at the value, `M_ij` and
/// `B_j` the rows of the sample and of both below it, those at it counting one half.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`.
///
/// # Returns
///
/// The statistic in both forms and two p-values. `p_value` is that of the limit law
/// `Σ χ²_j / (j (j+1))` at `1 + σ_∞ (A² − 1)/σ` (F. Scholz and M. Stephens' way of
/// using the law at finite sizes) and has all its digits in the tail, where
/// the interpolated one stops at 0.001. For ties and small samples there is
/// [`anderson_darling_permutation`]. Where all values are equal: 0 and 1.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
/// * [`StatsError::TooFewValues`] if there are fewer than four values in all.
///
/// # Source
///
/// F. Scholz and M. Stephens, *K-sample Anderson–Darling tests* (1987). Golden values:
/// `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::anderson_darling;
///
/// let same = anderson_darling(&[1.0, 3.0, 5.0, 7.0], &[2.0, 4.0, 6.0, 8.0])?;
/// assert!(same.p_value > 0.5);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn anderson_darling(reference: &[f64], current: &[f64]) -> Result<AndersonDarling, StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as u64, current.len() as u64);
    judge(ties(reference, current), n, m)
}

/// The Anderson–Darling test of two samples counted in the same bins; each bin is a
/// tie.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
/// * [`StatsError::TooFewValues`] if there are fewer than four values in all.
pub fn anderson_darling_binned(
    reference: &[u64],
    current: &[u64],
) -> Result<AndersonDarling, StatsError> {
    totals(reference, current)?;
    let (n, m) = (reference.iter().sum(), current.iter().sum());
    judge(ties_of_bins(reference, current), n, m)
}

/// The permutation p-value `(1 + b) / (1 + B)` of the Anderson–Darling statistic: exact
/// for any ties and sizes, never 0.
///
/// * `n_resamples`: the `B` above; the p-value is a multiple of `1 / (1 + B)`.
/// * `seed`: of the permutations.
///
/// Above 10,000 rows neighbouring values are joined to 1,000 groups first, and the
/// statistic of the groups is tested.
///
/// # Errors
///
/// As [`anderson_darling`].
pub fn anderson_darling_permutation(
    reference: &[f64],
    current: &[f64],
    n_resamples: usize,
    seed: u64,
) -> Result<f64, StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as u64, current.len() as u64);
    let n_groups = if n + m > MAX_PERMUTED {
        N_GROUPS
    } else {
        n + m
    };
    let groups = joined(ties(reference, current), n + m, n_groups);
    Ok(permute(&groups, n, m, n_resamples, seed))
}

/// The permutation p-value of two samples counted in the same bins; the bins' rows are
/// dealt out.
///
/// # Errors
///
/// As [`anderson_darling_binned`].
pub fn anderson_darling_permutation_binned(
    reference: &[u64],
    current: &[u64],
    n_resamples: usize,
    seed: u64,
) -> Result<f64, StatsError> {
    totals(reference, current)?;
    let (n, m) = (reference.iter().sum(), current.iter().sum());
    let groups: Vec<Tie> = ties_of_bins(reference, current).collect();
    Ok(permute(&groups, n, m, n_resamples, seed))
}

fn permute(groups: &[Tie], n: u64, m: u64, n_resamples: usize, seed: u64) -> f64 {
    let columns: Vec<u64> = groups.iter().map(|tie| tie.n()).collect();
    let in_reference: Vec<u64> = groups.iter().map(|tie| tie.reference).collect();
    monte_carlo_p_value(&columns, &in_reference, n_resamples, seed, |drawn| {
        let ties = columns.iter().zip(drawn).map(|(&column, &reference)| Tie {
            value: 0.0,
            reference,
            current: column - reference,
        });
        a_squared(ties, n, m).unwrap_or(0.0)
    })
}

fn judge(ties: impl Iterator<Item = Tie>, n: u64, m: u64) -> Result<AndersonDarling, StatsError> {
    if n + m < 4 {
        return Err(StatsError::TooFewValues {
            sample: "pooled",
            needed: 4,
            found: n + m,
        });
    }
    let mut largest_tie = 0;
    let ties = ties.inspect(|tie| largest_tie = largest_tie.max(tie.n()));
    let a_squared = a_squared(ties, n, m);
    let largest_tie_share = largest_tie as f64 / (n + m) as f64;
    let Some(a_squared) = a_squared else {
        return Ok(AndersonDarling {
            statistic: 0.0,
            a_squared: 0.0,
            largest_tie_share,
            p_value: 1.0,
            p_value_interpolated: 0.25,
        });
    };
    let statistic = (a_squared - 1.0) / variance(n as f64, m as f64).sqrt();
    Ok(AndersonDarling {
        statistic,
        a_squared,
        largest_tie_share,
        p_value: anderson_darling_sf(1.0 + statistic * LIMIT_SD),
        p_value_interpolated: interpolated_p_value(statistic),
    })
}

/// The midrank `A²` of two samples; `None` where all values are equal, for then it has
/// no terms.
fn a_squared(ties: impl Iterator<Item = Tie>, n: u64, m: u64) -> Option<f64> {
    let (n, m) = (n as f64, m as f64);
    let all = n + m;
    let (mut i, mut j) = (0_u64, 0_u64);
    let mut sum = 0.0;
    let mut has_terms = false;
    for tie in ties {
        let size = tie.n() as f64;
        // With two samples the deviations are equal and opposite: N M_1 − n B and
        // N M_2 − m B, so one term carries both, weighted 1/n + 1/m.
        let half_reference = i as f64 + 0.5 * tie.reference as f64;
        let half_current = j as f64 + 0.5 * tie.current as f64;
        let below = half_reference + half_current;
        let deviation = m * half_reference - n * half_current;
        let weight = below * (all - below) - 0.25 * all * size;
        if weight > 0.0 {
            has_terms = true;
            sum += size / all * deviation * deviation / weight;
        }
        i += tie.reference;
        j += tie.current;
    }
    has_terms.then(|| sum * (1.0 / n + 1.0 / m) * (all - 1.0) / all)
}

/// Variance of `A²` without drift and ties (Scholz and Stephens' equation 4, `k = 2`).
fn variance(n: f64, m: f64) -> f64 {
    let all = n + m;
    // h = Σ_{i<N} 1/i; g = Σ_{i<N−1} Σ_{i<j<N} 1 / ((N − i) j), which is
    // H_{N−1}² − H_N² + H_N⁽²⁾ in harmonic numbers.
    let (h, squares) = harmonic_numbers(all);
    let g = squares - (2.0 * h + 1.0 / all) / all;
    let inverse = 1.0 / n + 1.0 / m;
    let a = (4.0 * g - 6.0) + (10.0 - 6.0 * g) * inverse;
    let b = (2.0 * g - 4.0) * 4.0 + 16.0 * h + (2.0 * g - 14.0 * h - 4.0) * inverse - 8.0 * h
        + 4.0 * g
        - 6.0;
    let c = (6.0 * h + 2.0 * g - 2.0) * 4.0
        + (4.0 * h - 4.0 * g + 6.0) * 2.0
        + (2.0 * h - 6.0) * inverse
        + 4.0 * h;
    let d = (2.0 * h + 6.0) * 4.0 - 8.0 * h;
    (((a * all + b) * all + c) * all + d) / ((all - 1.0) * (all - 2.0) * (all - 3.0))
}

/// `Σ_{i<n} 1/i` and `Σ_{i≤n} 1/i²`: by summing, then by Euler and Maclaurin's series.
fn harmonic_numbers(n: f64) -> (f64, f64) {
    const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
    if n < 200.0 {
        let whole = n as u32;
        let first: f64 = (1..whole).map(|i| 1.0 / f64::from(i)).sum();
        let second: f64 = (1..=whole).map(|i| f64::from(i).powi(-2)).sum();
        return (first, second);
    }
    let inverse = 1.0 / n;
    let square = inverse * inverse;
    let first = n.ln() + EULER_GAMMA - 0.5 * inverse - square / 12.0 + square * square / 120.0;
    let limit = std::f64::consts::PI.powi(2) / 6.0;
    let second =
        limit - inverse + 0.5 * square - square * inverse / 6.0 + square * square * inverse / 30.0;
    (first, second)
}

/// `SciPy`'s p-value: `ln α` as a parabola in the critical value, fitted by least
/// squares to Scholz and Stephens' table 2 at one degree of freedom.
fn interpolated_p_value(statistic: f64) -> f64 {
    // The critical value b0 + b1/√m + b2/m at m = 1 degree of freedom.
    const CRITICAL: [f64; 7] = [
        0.675 - 0.245 - 0.105,
        1.281 + 0.25 - 0.305,
        1.645 + 0.678 - 0.362,
        1.96 + 1.149 - 0.391,
        2.326 + 1.822 - 0.396,
        2.573 + 2.364 - 0.345,
        3.085 + 3.615 - 0.154,
    ];
    const LEVELS: [f64; 7] = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];
    if statistic < CRITICAL[0] {
        return LEVELS[0];
    }
    if statistic > CRITICAL[6] {
        return LEVELS[6];
    }
    // Orthogonal polynomials on the seven points solve the least squares stably.
    let mean = CRITICAL.iter().sum::<f64>() / 7.0;
    let centred = CRITICAL.map(|x| x - mean);
    let squares: f64 = centred.iter().map(|x| x * x).sum();
    let slope = centred.iter().map(|x| x.powi(3)).sum::<f64>() / squares;
    let quadratic = |x: f64| x * x - slope * x - squares / 7.0;
    let levels = LEVELS.map(f64::ln);
    let project = |basis: &dyn Fn(f64) -> f64| {
        let dot: f64 = centred
            .iter()
            .zip(&levels)
            .map(|(&x, y)| basis(x) * y)
            .sum();
        let norm: f64 = centred.iter().map(|&x| basis(x).powi(2)).sum();
        dot / norm
    };
    let x = statistic - mean;
    (project(&|_| 1.0) + project(&|x| x) * x + project(&quadratic) * quadratic(x)).exp()
}

/// Standard deviation of the limit law: `√(2 (π² − 9) / 3)`.
const LIMIT_SD: f64 = 0.761_397_440_521_985_5;

/// Upper tail of the limit law of `A²`: that of `Σ χ²_j / (j (j + 1))` over independent
/// χ² variables of one degree of freedom.
///
/// N. Smirnov's inversion for such sums, an alternating sum of integrals between
/// neighbouring poles `j (j+1) / 2` of the squared moment generating function
/// `2πs / −cos(½π √(1 + 8s))`. Positive integrands keep the relative error near 1e-12
/// however far the tail.
pub fn anderson_darling_sf(a_squared: f64) -> f64 {
    if a_squared.is_nan() {
        return f64::NAN;
    }
    if a_squared < 0.05 {
        // The lower tail is below 1e-9 here.
        return 1.0;
    }
    let mut sum = 0.0;
    let mut sign = 1.0;
    for interval in 1..40 {
        let centre = 4.0 * f64::from(interval);
        let term = interval_integral(centre, a_squared);
        sum += sign * term;
        sign = -sign;
        if term < 1e-17 * sum {
            break;
        }
    }
    (sum / std::f64::consts::PI).clamp(0.0, 1.0)
}

/// `∫ e^(−sx) / s √(2πs / cos(½πv)) ds` with `s = (r² − 1) / 8`, `r = centre + v`, over
/// `v` in `(−1, 1)`; `v = cos φ` takes the roots off the ends.
fn interval_integral(centre: f64, x: f64) -> f64 {
    use std::f64::consts::PI;
    const N_POINTS: u32 = 200;
    let step = PI / f64::from(N_POINTS);
    let heights = (0..N_POINTS).map(|i| {
        let phi = (f64::from(i) + 0.5) * step;
        let (sine, v) = phi.sin_cos();
        let r = centre + v;
        let s = (r * r - 1.0) / 8.0;
        // cos(½π cos φ) = sin(½π (1 − |cos φ|)), with all its digits near the ends.
        let near = (0.5 * phi).sin().min((0.5 * phi).cos());
        let cosine = (PI * near * near).sin();
        (-s * x).exp() / s * (2.0 * PI * s / cosine).sqrt() * r / 4.0 * sine
    });
    heights.sum::<f64>() * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmonic_numbers_meet_where_the_series_takes_over() {
        let (first, second) = harmonic_numbers(199.0);
        let (next, next_second) = harmonic_numbers(200.0);
        assert!((first + 1.0 / 199.0 - next).abs() < 1e-14);
        assert!((second + 1.0 / 40_000.0 - next_second).abs() < 1e-14);
    }
}
