//! Hotelling's T²: have the means of many columns moved together?

use super::dense::{DenseRows, check_pair};
use crate::error::StatsError;
use crate::linear_algebra::{column_means, covariance, dot, symmetric_eigen};
use crate::special::beta_regularised;

/// Directions with less than this share of the largest variance are noise of rounding.
const LEAST_VARIANCE: f64 = 1e-12;

/// What Hotelling's comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HotellingTSquared {
    /// `T² = nm / (n + m) · D²`.
    pub statistic: f64,
    /// `T²` scaled to follow the F law.
    pub f: f64,
    /// Upper tail of the F law with `rank` and `n + m − 1 − rank` degrees of freedom.
    pub p_value: f64,
    /// Mahalanobis distance `D` of the two means in the pooled covariance: standard deviations
    /// along the direction in which the samples differ most. The effect: it does not grow with
    /// the number of rows.
    pub mahalanobis: f64,
    /// Directions in which the rows vary at all: below the number of columns where some are
    /// constant or sums of others.
    pub rank: usize,
}

/// Compares the mean rows of two samples by Hotelling's `T²`.
///
/// `T² = nm/(n+m) · (x̄ − ȳ)ᵀ S⁻¹ (x̄ − ȳ)` with the pooled covariance `S`; where `S` has no
/// inverse, in the directions that vary. A difference of means in a direction that never
/// varies (a constant column with another constant) gives an infinite `T²` and p-value 0.
///
/// # Arguments
///
/// * `reference`, `current`: rows of finite numbers, `n` and `m` of them, `d` columns.
///
/// # Returns
///
/// Statistic, p-value, distance. The law is exact for normal rows with equal covariances, and
/// good for others when `n + m` is well above `10 d`. Scale and rotation of the columns change
/// nothing.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if the numbers of columns differ.
/// * [`StatsError::EmptySample`] if a sample is empty.
/// * [`StatsError::ParameterOutOfDomain`] unless `n + m > rank + 1`.
///
/// # Numerics
///
/// `O((n + m) d² + d³)`; columns are scaled to unit variance first.
///
/// # Source
///
/// H. Hotelling, *The generalization of Student's ratio* (1931). Golden values:
/// `tests/oracle/stats/multivariate.json`, from statsmodels.
///
/// # Examples
///
/// ```
/// use trimtab_stats::multivariate::{DenseRows, hotelling_t_squared};
///
/// let reference = DenseRows::new(vec![1.0, 2.0, 2.0, 1.0, 3.0, 4.0, 4.0, 3.0], 2)?;
/// let current = DenseRows::new(vec![5.0, 2.0, 6.0, 1.0, 7.0, 3.5], 2)?;
/// let found = hotelling_t_squared(&reference, &current)?;
/// assert!((found.statistic - 25.846_501_128_668_17).abs() < 1e-9 && found.p_value < 0.03);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn hotelling_t_squared(
    reference: &DenseRows,
    current: &DenseRows,
) -> Result<HotellingTSquared, StatsError> {
    check_pair(reference, current, 1)?;
    let d = reference.n_columns();
    let (n, m) = (reference.n_rows() as f64, current.n_rows() as f64);
    let (scaled_reference, scaled_current) = scaled(reference, current);
    let difference: Vec<f64> = column_means(&scaled_reference, d)
        .iter()
        .zip(column_means(&scaled_current, d))
        .map(|(a, b)| a - b)
        .collect();
    let (_, of_reference) = covariance(&scaled_reference, d);
    let (_, of_current) = covariance(&scaled_current, d);
    let freedom = n + m - 2.0;
    let weight = |part: f64| if freedom > 0.0 { part / freedom } else { 0.0 };
    let pooled: Vec<f64> = of_reference
        .iter()
        .zip(&of_current)
        .map(|(a, b)| a * weight(n - 1.0) + b * weight(m - 1.0))
        .collect();
    let eigen = symmetric_eigen(&pooled, d);
    let least = LEAST_VARIANCE * eigen.values[0];
    let rank = eigen.values.iter().filter(|&&v| v > least).count();
    if n + m <= rank as f64 + 1.0 || freedom <= 0.0 {
        return Err(StatsError::ParameterOutOfDomain {
            name: "rows",
            domain: "more than columns, in both samples together",
            found: n + m,
        });
    }
    let (mut squared, mut outside) = (0.0, 0.0_f64);
    for (k, &variance) in eigen.values.iter().enumerate() {
        let along = dot(eigen.vector(k), &difference);
        if k < rank {
            squared += along * along / variance;
        } else {
            outside = outside.max(along.abs());
        }
    }
    // Columns were scaled to about 1, so rounding stays far below this.
    if outside > 1e-6 {
        squared = f64::INFINITY;
    }
    let statistic = squared * (n * m / (n + m));
    let (first, second) = (rank as f64, n + m - 1.0 - rank as f64);
    let f = if rank == 0 {
        statistic
    } else {
        statistic * second / (first * freedom)
    };
    Ok(HotellingTSquared {
        statistic,
        f,
        p_value: f_upper_tail(f, first, second),
        mahalanobis: squared.sqrt(),
        rank,
    })
}

/// Upper tail of the F law.
fn f_upper_tail(f: f64, first: f64, second: f64) -> f64 {
    if f.is_infinite() {
        0.0
    } else if first == 0.0 {
        1.0
    } else {
        beta_regularised(second / (second + first * f), second / 2.0, first / 2.0)
    }
}

/// Both samples with each column centred on the pooled mean and divided by its pooled spread.
fn scaled(reference: &DenseRows, current: &DenseRows) -> (Vec<f64>, Vec<f64>) {
    let d = reference.n_columns();
    let (n, m) = (reference.n_rows() as f64, current.n_rows() as f64);
    let share = n / (n + m);
    let centre: Vec<f64> = column_means(reference.values(), d)
        .iter()
        .zip(column_means(current.values(), d))
        .map(|(a, b)| a * share + b * (1.0 - share))
        .collect();
    let mut largest = vec![0.0_f64; d];
    for rows in [reference, current] {
        for row in rows.values().chunks_exact(d) {
            for ((largest, x), centre) in largest.iter_mut().zip(row).zip(&centre) {
                *largest = largest.max((x / 2.0 - centre / 2.0).abs());
            }
        }
    }
    let scale = |rows: &DenseRows| {
        let mut values = rows.values().to_vec();
        for row in values.chunks_exact_mut(d) {
            for ((x, largest), centre) in row.iter_mut().zip(&largest).zip(&centre) {
                // Halves: the distance of two values near 1e308 overflows.
                let distance = *x / 2.0 - centre / 2.0;
                *x = if *largest > 0.0 {
                    distance / largest
                } else {
                    0.0
                };
            }
        }
        values
    };
    (scale(reference), scale(current))
}
