//! Kuiper: the sum of the largest gaps above and below.

use super::tables::monte_carlo_p_value;
use super::ties::{Tie, ties, ties_of_bins};
use super::{check_sorted, totals};
use crate::error::StatsError;

/// What the two-sample Kuiper comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kuiper {
    /// `V = D⁺ + D⁻`, in `[0, 1]` for two samples.
    pub statistic: f64,
    /// Its p-value by the limit law with Stephens' first-order term.
    pub p_value: f64,
}

/// Computes the two-sample Kuiper statistic and its p-value.
///
/// `V = max (F(x) − G(x)) + max (G(x) − F(x))` over the two empirical distribution
/// functions. It sees changes of spread and of the tails as well as those of the
/// middle, and on a circle (hour of day, direction) does not depend on where the
/// circle is cut.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`.
///
/// # Returns
///
/// The statistic and its p-value. With `N = nm / (n + m)` and `z = √N V` it is
/// `Σ 2 (4k²z² − 1) exp(−2k²z²) − (8/3) V Σ k² (4k²z² − 3) exp(−2k²z²)`, the law of
/// one sample of `N` values. Ties make it conservative. By simulation it alarms in 7 % of
/// drift-free pairs at the 5 % level at 10 against 10 rows, in 5.7 % at 10 against 40,
/// in 5 % from `N = 20` on; for small samples there is [`two_sample_kuiper_permutation`].
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// # Source
///
/// N. Kuiper (1960); M. Stephens, *The goodness-of-fit statistic `V_N`* (1965) for the
/// first-order term; the large-sample branch of astropy's
/// `kuiper_false_positive_probability`. Golden values:
/// `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::two_sample_kuiper;
///
/// let outcome = two_sample_kuiper(&[1.0, 2.0, 3.0, 4.0], &[2.5, 2.6])?;
/// assert_eq!(outcome.statistic, 1.0);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn two_sample_kuiper(reference: &[f64], current: &[f64]) -> Result<Kuiper, StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as u64, current.len() as u64);
    Ok(judge(ties(reference, current), n, m))
}

/// The Kuiper statistic of two samples counted in the same bins; each bin is a tie, so
/// the statistic is at most twice the largest bin's share below that of the values.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
pub fn two_sample_kuiper_binned(reference: &[u64], current: &[u64]) -> Result<Kuiper, StatsError> {
    totals(reference, current)?;
    let (n, m) = (reference.iter().sum(), current.iter().sum());
    Ok(judge(ties_of_bins(reference, current), n, m))
}

/// The permutation p-value `(1 + b) / (1 + B)` of the Kuiper statistic, exact at any sizes
/// and with ties, never 0.
///
/// * `n_resamples`: the `B` above; each permutation costs a step per distinct value.
/// * `seed`: of the permutations.
///
/// # Errors
///
/// As [`two_sample_kuiper`].
pub fn two_sample_kuiper_permutation(
    reference: &[f64],
    current: &[f64],
    n_resamples: usize,
    seed: u64,
) -> Result<f64, StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as u64, current.len() as u64);
    let (columns, in_reference): (Vec<u64>, Vec<u64>) = ties(reference, current)
        .map(|tie| (tie.n(), tie.reference))
        .unzip();
    Ok(monte_carlo_p_value(
        &columns,
        &in_reference,
        n_resamples,
        seed,
        |drawn| {
            let dealt = columns.iter().zip(drawn).map(|(&column, &reference)| Tie {
                value: 0.0,
                reference,
                current: column - reference,
            });
            statistic(dealt, n, m)
        },
    ))
}

fn judge(ties: impl Iterator<Item = Tie>, n: u64, m: u64) -> Kuiper {
    let statistic = statistic(ties, n, m);
    Kuiper {
        statistic,
        p_value: kuiper_p_value(statistic, n, m),
    }
}

fn statistic(ties: impl Iterator<Item = Tie>, n: u64, m: u64) -> f64 {
    let (mut i, mut j) = (0_u64, 0_u64);
    let (mut above, mut below) = (0_i128, 0_i128);
    for tie in ties {
        i += tie.reference;
        j += tie.current;
        let ahead = i128::from(i) * i128::from(m) - i128::from(j) * i128::from(n);
        above = above.max(ahead);
        below = below.max(-ahead);
    }
    (above + below) as f64 / (n as f64 * m as f64)
}

/// p-value of a two-sample Kuiper statistic `v` at `n` and `m` rows; see
/// [`two_sample_kuiper`].
pub fn kuiper_p_value(v: f64, n: u64, m: u64) -> f64 {
    let effective = n as f64 * m as f64 / (n as f64 + m as f64);
    let z = v * effective.sqrt();
    if z < 0.4 {
        // The limit law is above 1 − 1e-12 here, and its sums no longer converge fast.
        return 1.0;
    }
    let (mut leading, mut first_order) = (0.0, 0.0);
    for k in 1..100 {
        let square = f64::from(k * k) * z * z;
        let decay = (-2.0 * square).exp();
        leading += 2.0 * (4.0 * square - 1.0) * decay;
        first_order += f64::from(k * k) * (4.0 * square - 3.0) * decay;
        if decay < 1e-20 * leading.abs() {
            break;
        }
    }
    (leading - 8.0 / 3.0 * v * first_order).clamp(0.0, 1.0)
}

/// Expected Kuiper statistic without drift at `n` and `m` independent rows:
/// `√(π/2) √(1/n + 1/m)`, the mean range of a Brownian bridge.
pub fn kuiper_noise_floor(n: u64, m: u64) -> f64 {
    (std::f64::consts::FRAC_PI_2 * (1.0 / n as f64 + 1.0 / m as f64))
        .sqrt()
        .min(1.0)
}
