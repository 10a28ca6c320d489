//! Distances between the centres of two clouds of embeddings.

use super::cross_fit::shuffled;
use super::dense::{DenseRows, check_pair};
use super::permutation::permutation_p;
use crate::error::StatsError;
use crate::linear_algebra::dot;
use crate::random::Random;

/// How far apart two centres are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CentroidDistance {
    /// Root of the summed squares.
    Euclidean,
    /// One minus the cosine of the angle at the origin, in `[0, 2]`; 0 where a centre is the
    /// origin.
    Cosine,
    /// Sum of the absolute differences (city block).
    Manhattan,
    /// Largest absolute difference.
    Chebyshev,
}

impl CentroidDistance {
    fn between(self, left: &[f64], right: &[f64]) -> f64 {
        let gaps = left.iter().zip(right).map(|(a, b)| (a - b).abs());
        match self {
            Self::Euclidean => gaps.map(|gap| gap * gap).sum::<f64>().sqrt(),
            Self::Manhattan => gaps.sum(),
            Self::Chebyshev => gaps.fold(0.0, f64::max),
            Self::Cosine => {
                let lengths = (dot(left, left) * dot(right, right)).sqrt();
                if lengths > 0.0 {
                    (1.0 - dot(left, right) / lengths).clamp(0.0, 2.0)
                } else {
                    0.0
                }
            }
        }
    }
}

/// Settings of permutation tests on dense rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PermutationSettings {
    /// Arrangements drawn; p-values go down to `1 / (n_permutations + 1)`.
    pub n_permutations: u32,
    /// Rows of each sample that are used at most, drawn at random.
    pub max_rows: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for PermutationSettings {
    /// 199 arrangements of at most 1,000 rows a side.
    fn default() -> Self {
        Self {
            n_permutations: 199,
            max_rows: 1_000,
            seed: 1,
        }
    }
}

/// A distance and its p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CentroidShift {
    /// The distance between the mean rows, in the unit of the columns (cosine: none).
    pub distance: f64,
    /// Share of random arrangements of the rows with a distance at least as large.
    pub p_value: f64,
}

/// Computes the distance between the mean rows of two samples, with a permutation p-value.
///
/// Fixed limits on such distances mean nothing: without drift two samples of 300 rows in 16
/// columns have centres further apart than the usual 0.2. The p-value knows the sizes.
///
/// # Arguments
///
/// * `reference`, `current`: rows of finite numbers.
/// * `distance`: see [`CentroidDistance`].
/// * `settings`: rows beyond `max_rows` are left out, in the distance too.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if the numbers of columns differ.
/// * [`StatsError::EmptySample`] if a sample is empty.
///
/// # Numerics
///
/// `O(B · min(n, m) · d)`. The p-value is exact for rows that are exchangeable, whatever
/// their law.
///
/// # Source
///
/// P. Good, *Permutation, Parametric, and Bootstrap Tests of Hypotheses* (2005).
///
/// # Examples
///
/// ```
/// use trimtab_stats::multivariate::{
///     CentroidDistance, DenseRows, PermutationSettings, centroid_distance,
/// };
///
/// let reference = DenseRows::new((0..40).map(f64::from).collect(), 2)?;
/// let current = DenseRows::new((0..40).map(|i| f64::from(i) + 3.0).collect(), 2)?;
/// let settings = PermutationSettings::default();
/// let found = centroid_distance(&reference, &current, CentroidDistance::Manhattan, &settings)?;
/// assert_eq!(found.distance, 6.0);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn centroid_distance(
    reference: &DenseRows,
    current: &DenseRows,
    distance: CentroidDistance,
    settings: &PermutationSettings,
) -> Result<CentroidShift, StatsError> {
    check_pair(reference, current, 1)?;
    let mut random = Random::from_seed(settings.seed);
    let reference = drawn(reference, settings.max_rows, &mut random);
    let current = drawn(current, settings.max_rows, &mut random);
    let (n, m) = (reference.n_rows(), current.n_rows());
    let d = reference.n_columns();
    let scale = (n + m) as f64;
    let rows: Vec<&[f64]> = (0..n)
        .map(|row| reference.row(row))
        .chain((0..m).map(|row| current.row(row)))
        .collect();
    let sum = |rows: &mut dyn Iterator<Item = &[f64]>| {
        let mut sums = vec![0.0; d];
        for row in rows {
            // Divided first: sums of values near 1e308 would overflow.
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, x)| *sum += x / scale);
        }
        sums
    };
    let total = sum(&mut rows.iter().copied());
    // Only the smaller side is added up; the other is the rest.
    let n_small = n.min(m);
    let statistic = |small: Vec<f64>| {
        let rest = scale - n_small as f64;
        let other: Vec<f64> = total
            .iter()
            .zip(&small)
            .map(|(total, small)| (total - small) * (scale / rest))
            .collect();
        let small: Vec<f64> = small.iter().map(|s| s * (scale / n_small as f64)).collect();
        distance.between(&small, &other)
    };
    let observed = statistic(if m <= n {
        sum(&mut rows[n..].iter().copied())
    } else {
        sum(&mut rows[..n].iter().copied())
    });
    let sizes = (n + m, n_small);
    let p_value = permutation_p(
        observed,
        sizes,
        settings.n_permutations,
        &mut random,
        |side| statistic(sum(&mut side.iter().map(|&row| rows[row as usize]))),
    );
    Ok(CentroidShift {
        distance: observed,
        p_value,
    })
}

/// At most `max_rows` rows, drawn without replacement.
pub(super) fn drawn(rows: &DenseRows, max_rows: usize, random: &mut Random) -> DenseRows {
    if rows.n_rows() <= max_rows.max(1) {
        return rows.clone();
    }
    let mut order = shuffled(rows.n_rows(), random);
    order.truncate(max_rows.max(1));
    order.sort_unstable();
    rows.select(&order)
}
