//! The energy distance.

use super::check_sorted;
use super::tables::monte_carlo_p_value;
use super::ties::{Tie, joined, ties};
use super::wasserstein::integrate_binned;
use crate::error::StatsError;
use crate::grid::NumericGrid;
use crate::profile::NumericProfile;

/// Rows beyond which permutations deal out groups of neighbouring values.
const MAX_PERMUTED: u64 = 10_000;
/// Groups they deal out then.
const N_GROUPS: u64 = 1_000;

/// Computes the energy distance of two samples.
///
/// `√(2 ∫ (F(x) − G(x))² dx)` over the two empirical distribution functions, which is
/// `√(2 E|X − Y| − E|X − X'| − E|Y − Y'|)`. In the square root of the column's unit,
/// `≥ 0`, 0 only for equal distributions.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`.
///
/// # Returns
///
/// The distance. Divide it by the root of the reference's
/// [`Spread::scale`](crate::Spread::scale) to compare columns; beyond that, like
/// Wasserstein-1 it keeps growing as samples move apart, only slower.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// # Source
///
/// G. Székely and M. Rizzo, *Energy statistics* (2013); equal to `SciPy`'s
/// `energy_distance`. Golden values: `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::energy_distance;
///
/// assert_eq!(energy_distance(&[0.0], &[2.0])?, 2.0);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn energy_distance(reference: &[f64], current: &[f64]) -> Result<f64, StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let square = integral(ties(reference, current), |i, j| {
        let gap = i as f64 / n - j as f64 / m;
        gap * gap
    });
    Ok((2.0 * square).sqrt())
}

/// Root of the expected squared energy distance without drift:
/// `√(2 (1/n + 1/m) ∫ H (1 − H) dx)` over the pooled distribution function `H`. The
/// expected distance itself is a little smaller.
///
/// # Errors
///
/// As [`energy_distance`].
pub fn energy_noise_floor(reference: &[f64], current: &[f64]) -> Result<f64, StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let spread = integral(ties(reference, current), |i, j| {
        let pooled = (i + j) as f64 / (n + m);
        (pooled * (1.0 - pooled)).max(0.0)
    });
    Ok((2.0 * (1.0 / n + 1.0 / m) * spread).sqrt())
}

/// The permutation p-value `(1 + b) / (1 + B)` of the energy distance, exact at any
/// sizes and with ties, never 0.
///
/// * `n_resamples`: the `B` above; the p-value is a multiple of `1 / (1 + B)`.
/// * `seed`: of the permutations.
///
/// Above 10,000 rows neighbouring values are joined to 1,000 groups first, and the
/// distance of the groups' means is tested.
///
/// # Errors
///
/// As [`energy_distance`].
pub fn energy_permutation(
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

/// Computes the energy distance of two profiles on one grid.
///
/// Values are taken to stand as for
/// [`wasserstein_distance_binned`](super::wasserstein_distance_binned): spread evenly
/// inside a bin, at their own mean in an open outer one.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if a profile does not belong to the grid.
/// * [`StatsError::EmptySample`] if a profile has no values.
pub fn energy_distance_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Result<f64, StatsError> {
    let square = integrate_binned(grid, reference, current, |(f0, g0), (f1, g1)| {
        let (before, after) = (f0 - g0, f1 - g1);
        (before * before + before * after + after * after) / 3.0
    })?;
    Ok((2.0 * square).sqrt())
}

/// Root of the expected squared energy distance of two profiles without drift; see
/// [`energy_noise_floor`].
///
/// # Errors
///
/// As [`energy_distance_binned`].
pub fn energy_noise_floor_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Result<f64, StatsError> {
    let (n, m) = (reference.n() as f64, current.n() as f64);
    let spread = integrate_binned(grid, reference, current, |(f0, g0), (f1, g1)| {
        let pooled = |f: f64, g: f64| (n * f + m * g) / (n + m);
        let (before, after) = (pooled(f0, g0), pooled(f1, g1));
        let squares = (before * before + before * after + after * after) / 3.0;
        (0.5 * (before + after) - squares).max(0.0)
    })?;
    Ok((2.0 * (1.0 / n + 1.0 / m) * spread).sqrt())
}

/// The permutation p-value of two profiles on one grid: the bins are dealt out, each
/// standing at its representative.
///
/// # Errors
///
/// As [`energy_distance_binned`].
pub fn energy_permutation_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
    n_resamples: usize,
    seed: u64,
) -> Result<f64, StatsError> {
    // Refuses what cannot be compared.
    energy_distance_binned(grid, reference, current)?;
    let counts = (reference.counts(), current.counts());
    let bins = counts.0.iter().zip(counts.1.iter());
    let groups: Vec<Tie> = bins
        .zip(grid.representatives())
        .map(|((&reference, &current), &value)| Tie {
            value,
            reference,
            current,
        })
        .filter(|tie| tie.n() > 0)
        .collect();
    Ok(permute(
        &groups,
        reference.n(),
        current.n(),
        n_resamples,
        seed,
    ))
}

fn permute(groups: &[Tie], n: u64, m: u64, n_resamples: usize, seed: u64) -> f64 {
    let columns: Vec<u64> = groups.iter().map(|tie| tie.n()).collect();
    let in_reference: Vec<u64> = groups.iter().map(|tie| tie.reference).collect();
    let (n, m) = (n as f64, m as f64);
    monte_carlo_p_value(&columns, &in_reference, n_resamples, seed, |drawn| {
        let dealt = groups.iter().zip(drawn).map(|(tie, &reference)| Tie {
            value: tie.value,
            reference,
            current: tie.n() - reference,
        });
        integral(dealt, |i, j| {
            let gap = i as f64 / n - j as f64 / m;
            gap * gap
        })
    })
}

/// Integrates a function of the rows passed in each sample over the pooled range.
fn integral(ties: impl Iterator<Item = Tie>, height: impl Fn(u64, u64) -> f64) -> f64 {
    let (mut i, mut j) = (0, 0);
    let mut area = 0.0;
    let mut previous: Option<f64> = None;
    for tie in ties {
        if let Some(previous) = previous {
            area += height(i, j) * (tie.value - previous);
        }
        previous = Some(tie.value);
        i += tie.reference;
        j += tie.current;
    }
    area
}
