//! Epps–Singleton: the gap between characteristic functions at two points.

use super::check_sorted;
use super::ties::ties;
use crate::error::StatsError;
use crate::grid::NumericGrid;
use crate::profile::NumericProfile;
use crate::special::ln_chi_squared_sf;

/// Where the characteristic functions are compared, in units of half the pooled
/// interquartile range; the second point is twice the first.
const FIRST_POINT: f64 = 0.4;
/// Sample size below which the small-sample correction applies.
const SMALL: f64 = 25.0;
const MIN_VALUES: u64 = 5;
/// Real and imaginary part at two points.
const SIZE: usize = 4;

type Matrix = [[f64; SIZE]; SIZE];

/// What the Epps–Singleton comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EppsSingleton {
    /// The quadratic form `W`, corrected where both samples are small.
    pub statistic: f64,
    /// Rank of the covariance, at most 4.
    pub degrees_of_freedom: u64,
    /// Upper tail of the χ² law.
    pub p_value: f64,
}

/// Computes the Epps–Singleton test of two samples.
///
/// With `g(x) = (cos t₁x, cos t₂x, sin t₁x, sin t₂x)`, `t = (0.4, 0.8) / σ` and `σ` half
/// the interquartile range of both samples together, `W = N d' S⁻ d` where `d` is the
/// difference of the samples' means of `g` and `S = N/n cov(g, reference) + N/m cov(g,
/// current)`. `W` is judged by the χ² law at the rank of `S`.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`, at least
///   five each.
///
/// # Returns
///
/// Statistic, degrees of freedom, p-value. It makes use of its level with ties, where
/// Kolmogorov–Smirnov is conservative, and sees spread and shape; with few distinct
/// values the rank drops, and a change may fall outside what is left.
///
/// **At unequal sizes it alarms too often**: `S` is then the covariance of the smaller
/// sample alone, four-dimensional and nearly singular. At 300 against 40 normal rows
/// `SciPy`'s and this one alarm in 20 % of drift-free pairs, at 5,000 against 50 in 35 %.
/// [`epps_singleton_pooled`] does not, and is what Trimtab runs by name.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
/// * [`StatsError::TooFewValues`] below five values.
/// * [`StatsError::NoSpread`] if the pooled interquartile range is 0.
///
/// # Numerics
///
/// One sine and cosine per value. Values are taken around the pooled median, which
/// rotates `g` and leaves `W` as it is but keeps digits at large offsets. Below 25
/// rows a side `W` is multiplied by `1 / (1 + N^-0.45 + 10.1 (n^-1.7 + m^-1.7))`.
///
/// # Source
///
/// T. Epps and K. Singleton (1986); S. Goerg and J. Kaiser (2009) for the defaults,
/// which are those of `SciPy`'s `epps_singleton_2samp`. Golden values:
/// `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::epps_singleton;
///
/// let values: Vec<f64> = (0..40).map(f64::from).collect();
/// let narrow: Vec<f64> = (0..40).map(|i| 15.0 + 0.2 * f64::from(i)).collect();
/// assert!(epps_singleton(&values, &values)?.p_value > 0.999);
/// assert!(epps_singleton(&values, &narrow)?.p_value < 1e-6);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn epps_singleton(reference: &[f64], current: &[f64]) -> Result<EppsSingleton, StatsError> {
    let [one, other] = transforms(reference, current)?;
    Ok(judge(&one, &other, Covariance::Separate))
}

fn transforms(reference: &[f64], current: &[f64]) -> Result<[Transform; 2], StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len() as u64, current.len() as u64);
    check_sizes(n, m)?;
    let [lower, median, upper] = pooled_quartiles(reference, current);
    let scale = scale_of(lower, upper)?;
    Ok([reference, current].map(|sample| {
        let rows = sample.iter().map(|&value| (value, 1.0));
        Transform::of(rows, median, scale, sample.len() as f64)
    }))
}

/// Computes the Epps–Singleton test with the covariance of both samples together:
/// `S = (N/n + N/m) cov(g, both)`.
///
/// Without drift both samples have one covariance, and the larger sample knows it; so
/// the level holds at unequal sizes, where [`epps_singleton`] loses it. All else is as
/// there.
///
/// # Errors
///
/// As [`epps_singleton`].
pub fn epps_singleton_pooled(
    reference: &[f64],
    current: &[f64],
) -> Result<EppsSingleton, StatsError> {
    let [one, other] = transforms(reference, current)?;
    Ok(judge(&one, &other, Covariance::Pooled))
}

/// The Epps–Singleton test of two profiles on one grid, with the covariance of both
/// together (see [`epps_singleton_pooled`]): every value stands at its
/// bin's representative, those of an open outer bin at their own mean.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if a profile does not belong to the grid.
/// * [`StatsError::EmptySample`] and [`StatsError::TooFewValues`] below five values.
/// * [`StatsError::NoSpread`] if the pooled interquartile range is 0.
pub fn epps_singleton_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Result<EppsSingleton, StatsError> {
    let places = places(grid, reference, current)?;
    let (n, m) = (reference.n(), current.n());
    check_sizes(n, m)?;
    let mut pooled: Vec<(f64, u64)> = places
        .iter()
        .flat_map(|&(r, c, in_reference, in_current)| [(r, in_reference), (c, in_current)])
        .filter(|&(_, count)| count > 0)
        .collect();
    pooled.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [lower, median, upper] = weighted_quartiles(&pooled, n + m);
    let scale = scale_of(lower, upper)?;
    let in_reference = places.iter().map(|&(r, _, count, _)| (r, count as f64));
    let in_current = places.iter().map(|&(_, c, _, count)| (c, count as f64));
    Ok(judge(
        &Transform::of(in_reference, median, scale, n as f64),
        &Transform::of(in_current, median, scale, m as f64),
        Covariance::Pooled,
    ))
}

/// Where the values of each bin stand in each sample, and how many they are.
fn places(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Result<Vec<(f64, f64, u64, u64)>, StatsError> {
    let n_bins = grid.n_bins();
    if reference.n_bins() != n_bins || current.n_bins() != n_bins {
        return Err(StatsError::GridMismatch);
    }
    let place = |profile: &NumericProfile, bin: usize| {
        let own = match bin {
            0 => profile.mean_below(),
            _ if bin == n_bins - 1 => profile.mean_above(),
            _ => None,
        };
        own.unwrap_or(grid.representatives()[bin])
    };
    let counts = (reference.counts(), current.counts());
    Ok((0..n_bins)
        .map(|bin| {
            (
                place(reference, bin),
                place(current, bin),
                counts.0[bin],
                counts.1[bin],
            )
        })
        .collect())
}

fn check_sizes(n: u64, m: u64) -> Result<(), StatsError> {
    for (sample, found) in [("reference", n), ("current", m)] {
        if found == 0 {
            return Err(StatsError::EmptySample { sample });
        }
        if found < MIN_VALUES {
            return Err(StatsError::TooFewValues {
                sample,
                needed: MIN_VALUES,
                found,
            });
        }
    }
    Ok(())
}

/// Half the interquartile range.
fn scale_of(lower: f64, upper: f64) -> Result<f64, StatsError> {
    let scale = 0.5 * upper - 0.5 * lower;
    if scale > 0.0 {
        Ok(scale)
    } else {
        Err(StatsError::NoSpread { sample: "pooled" })
    }
}

/// Quartiles and median of both samples together, by linear interpolation (type 7).
fn pooled_quartiles(reference: &[f64], current: &[f64]) -> [f64; 3] {
    quartiles(
        ties(reference, current).map(|tie| (tie.value, tie.n())),
        (reference.len() + current.len()) as u64,
    )
}

fn weighted_quartiles(sorted: &[(f64, u64)], n: u64) -> [f64; 3] {
    quartiles(sorted.iter().copied(), n)
}

fn quartiles(sorted: impl Iterator<Item = (f64, u64)>, n: u64) -> [f64; 3] {
    let positions = [0.25, 0.5, 0.75].map(|p| p * (n - 1) as f64);
    let mut found = [0.0; 3];
    let mut seen = 0_u64;
    for (value, count) in sorted {
        let (first, last) = (seen as f64, (seen + count - 1) as f64);
        for (position, slot) in positions.iter().zip(&mut found) {
            let (below, above) = (position.floor(), position.ceil());
            let weight = position - below;
            if first <= below && below <= last {
                *slot += (1.0 - weight) * value;
            }
            if weight > 0.0 && first <= above && above <= last {
                *slot += weight * value;
            }
        }
        seen += count;
    }
    found
}

/// Which covariance the quadratic form is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Covariance {
    Separate,
    Pooled,
}

/// Size, mean and biased covariance of `g` over one sample.
struct Transform {
    n: f64,
    mean: [f64; SIZE],
    covariance: Matrix,
}

impl Transform {
    /// Over weighted values.
    fn of(values: impl Iterator<Item = (f64, f64)>, centre: f64, scale: f64, n: f64) -> Self {
        let mut sums = [0.0; SIZE];
        let mut products = [[0.0; SIZE]; SIZE];
        for (value, weight) in values {
            if weight == 0.0 {
                continue;
            }
            let angle = FIRST_POINT * (value / scale - centre / scale);
            let (sine, cosine) = angle.sin_cos();
            // The second point by doubling; the cosines less one, which keeps digits where
            // all angles are small and changes no covariance.
            let versine = -2.0 * (0.5 * angle).sin().powi(2);
            let g = [versine, -2.0 * sine * sine, sine, 2.0 * sine * cosine];
            for (i, (&left, sum)) in g.iter().zip(&mut sums).enumerate() {
                *sum += weight * left;
                for (&right, product) in g[..=i].iter().zip(&mut products[i]) {
                    *product += weight * left * right;
                }
            }
        }
        let mean = sums.map(|sum| sum / n);
        let mut covariance = [[0.0; SIZE]; SIZE];
        for i in 0..SIZE {
            for j in 0..=i {
                covariance[i][j] = products[i][j] / n - mean[i] * mean[j];
                covariance[j][i] = covariance[i][j];
            }
        }
        Self {
            n,
            mean,
            covariance,
        }
    }
}

/// `S`, the covariance of `√N` times the difference of the means.
fn covariance_of_difference(
    reference: &Transform,
    current: &Transform,
    choice: Covariance,
) -> Matrix {
    let (n, m) = (reference.n, current.n);
    let all = n + m;
    let apart = |i: usize| reference.mean[i] - current.mean[i];
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let (one, other) = (reference.covariance[i][j], current.covariance[i][j]);
            match choice {
                Covariance::Separate => all / n * one + all / m * other,
                Covariance::Pooled => {
                    let between = n / all * (m / all) * apart(i) * apart(j);
                    (all / n + all / m) * (n / all * one + m / all * other + between)
                }
            }
        })
    })
}

fn judge(reference: &Transform, current: &Transform, choice: Covariance) -> EppsSingleton {
    let (n, m) = (reference.n, current.n);
    let all = n + m;
    let covariance = covariance_of_difference(reference, current, choice);
    let (eigenvalues, eigenvectors) = eigen(covariance);
    let largest = eigenvalues.iter().copied().fold(0.0, f64::max);
    let limit = largest * SIZE as f64 * f64::EPSILON;
    let mut rank = 0_u32;
    let mut form = 0.0;
    for (k, &eigenvalue) in eigenvalues.iter().enumerate() {
        if eigenvalue > limit {
            let along: f64 = (0..SIZE)
                .map(|i| eigenvectors[i][k] * (reference.mean[i] - current.mean[i]))
                .sum();
            form += along * along / eigenvalue;
            rank += 1;
        }
    }
    let mut statistic = all * form;
    if n.max(m) < SMALL {
        statistic /= 1.0 + all.powf(-0.45) + 10.1 * (n.powf(-1.7) + m.powf(-1.7));
    }
    let p_value = if rank == 0 {
        1.0
    } else {
        ln_chi_squared_sf(statistic, f64::from(rank)).exp()
    };
    EppsSingleton {
        statistic,
        degrees_of_freedom: u64::from(rank),
        p_value,
    }
}

/// Eigenvalues and eigenvectors (in columns) of a symmetric matrix, by cyclic Jacobi
/// rotations.
fn eigen(mut matrix: Matrix) -> ([f64; SIZE], Matrix) {
    let mut vectors = [[0.0; SIZE]; SIZE];
    for (i, row) in vectors.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for _ in 0..30 {
        let mut largest = 0.0_f64;
        for p in 0..SIZE {
            for q in p + 1..SIZE {
                largest = largest.max(matrix[p][q].abs());
                rotate(&mut matrix, &mut vectors, p, q);
            }
        }
        if largest < 1e-300 {
            break;
        }
    }
    (std::array::from_fn(|i| matrix[i][i]), vectors)
}

/// One rotation that makes the entry at `(p, q)` vanish.
fn rotate(matrix: &mut Matrix, vectors: &mut Matrix, p: usize, q: usize) {
    if matrix[p][q] == 0.0 {
        return;
    }
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for row in matrix.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    let (first, second) = (matrix[p], matrix[q]);
    for k in 0..SIZE {
        matrix[p][k] = c * first[k] - s * second[k];
        matrix[q][k] = s * first[k] + c * second[k];
    }
    matrix[p][q] = 0.0;
    matrix[q][p] = 0.0;
    for row in vectors.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
}
