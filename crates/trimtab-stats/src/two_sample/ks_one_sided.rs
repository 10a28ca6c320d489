//! Kolmogorov–Smirnov (KS) in one direction: did the values move up, or down?

use super::ks::{KolmogorovSmirnov, KsLaw, MAX_EXACT};
use super::ties::{Tie, ties, ties_of_bins};
use super::{check_sorted, totals};
use crate::error::StatsError;

/// A direction in which a sample may have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// Current values are larger: their distribution function lies below the
    /// reference's. `SciPy`'s `ks_2samp(reference, current, alternative="greater")`.
    Up,
    /// Current values are smaller; `SciPy`'s `"less"`.
    Down,
}

/// Computes the one-sided two-sample Kolmogorov–Smirnov (KS) statistic and its
/// p-value.
///
/// `D⁺ = max (F(x) − G(x))` over the empirical distribution functions of reference
/// and current sample for [`Shift::Up`], `D⁻ = max (G(x) − F(x))` for [`Shift::Down`].
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`.
/// * `shift`: the direction asked about.
///
/// # Returns
///
/// The statistic, in `[0, 1]`, and the probability of one at least as large if both
/// samples were independent draws from one continuous law. Ties make it conservative.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// # Numerics
///
/// Exact (lattice paths, at most `n m` steps) while both samples have at most 10,000
/// values, above that J. Hodges' corrected exponential. `SciPy` chooses the same but
/// where its count of paths overflows (beyond about 1,000 rows of unequal samples)
/// falls back to the exponential; ours stays exact.
///
/// # Source
///
/// J. Hodges, *The significance probability of the Smirnov two-sample test* (1958).
/// Golden values: `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::{Shift, two_sample_ks_one_sided};
///
/// let up = two_sample_ks_one_sided(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], Shift::Up)?;
/// assert_eq!(up.statistic, 1.0);
/// assert!((up.p_value - 0.05).abs() < 1e-15);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn two_sample_ks_one_sided(
    reference: &[f64],
    current: &[f64],
    shift: Shift,
) -> Result<KolmogorovSmirnov, StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as u64, current.len() as u64);
    Ok(judge(ties(reference, current), n, m, shift))
}

/// The one-sided statistic of two samples counted in the same bins; each bin is a tie.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
pub fn two_sample_ks_one_sided_binned(
    reference: &[u64],
    current: &[u64],
    shift: Shift,
) -> Result<KolmogorovSmirnov, StatsError> {
    totals(reference, current)?;
    let (n, m) = (reference.iter().sum(), current.iter().sum());
    Ok(judge(ties_of_bins(reference, current), n, m, shift))
}

fn judge(ties: impl Iterator<Item = Tie>, n: u64, m: u64, shift: Shift) -> KolmogorovSmirnov {
    let (mut i, mut j) = (0_u64, 0_u64);
    let mut largest = 0_i128;
    for tie in ties {
        i += tie.reference;
        j += tie.current;
        let ahead = i128::from(i) * i128::from(m) - i128::from(j) * i128::from(n);
        largest = largest.max(match shift {
            Shift::Up => ahead,
            Shift::Down => -ahead,
        });
    }
    let statistic = largest as f64 / (n as f64 * m as f64);
    let law = if n.max(m) <= MAX_EXACT {
        KsLaw::Exact
    } else {
        KsLaw::Asymptotic
    };
    let p_value = match law {
        KsLaw::Exact => exact_p_value(largest as u64, n, m),
        KsLaw::Asymptotic => hodges_p_value(statistic, n, m),
    };
    KolmogorovSmirnov {
        statistic,
        p_value,
        law,
    }
}

/// J. Hodges (1958), equation 5.3.
fn hodges_p_value(statistic: f64, n: u64, m: u64) -> f64 {
    let (large, small) = (n.max(m) as f64, n.min(m) as f64);
    let z = (large * small / (large + small)).sqrt() * statistic;
    let tilt = (large + 2.0 * small) / (large * small * (large + small)).sqrt();
    (-2.0 * z * z - 2.0 * z * tilt / 3.0).exp().min(1.0)
}

/// `P(max (i/n − j/m) ≥ h / (nm))` over all orders of the pooled sample, which does
/// not depend on which sample is which.
fn exact_p_value(h: u64, n: u64, m: u64) -> f64 {
    if h == 0 {
        return 1.0;
    }
    if n == m {
        // One reflection: C(2n, n − h) / C(2n, n).
        let gap = h / n;
        return (0..gap)
            .map(|j| (n - j) as f64 / (n + j + 1) as f64)
            .product();
    }
    let (n, m, h) = (n as usize, m as usize, h as usize);
    // touched[j]: probability that a path to (i, j) has touched the outside, where
    // i m − j n ≥ h.
    let mut touched = vec![0.0_f64; m + 1];
    for i in 1..=n {
        // Outside are the first columns, as long as j n ≤ i m − h.
        let n_outside = (i * m).checked_sub(h).map_or(0, |room| room / n + 1);
        let n_outside = n_outside.min(m + 1);
        touched[..n_outside].fill(1.0);
        for j in n_outside.max(1)..=m {
            let total = (i + j) as f64;
            touched[j] = (touched[j] * i as f64 + touched[j - 1] * j as f64) / total;
        }
    }
    touched[m].min(1.0)
}
