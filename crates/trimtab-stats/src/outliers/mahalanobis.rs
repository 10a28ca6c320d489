//! Mahalanobis distance, plain or robust.

use super::filling::Filling;
use super::{check_width, count_rows};
use crate::error::StatsError;
use crate::linear_algebra::{covariance, dot, symmetric_eigen};
use crate::random::Random;
use crate::special::gamma_quantile_upper;

/// Smallest eigenvalue of the correlation matrix: columns that depend on each other give
/// large, not infinite, distances to rows that break the dependence.
const MIN_EIGENVALUE: f64 = 1e-10;
/// Starts of the robust fit, steps in each, and how many are followed to the end.
const N_STARTS: usize = 30;
const N_FOLLOWED: usize = 5;
const MAX_STEPS: usize = 50;
/// Rows on which the starts are tried.
const MAX_START_ROWS: usize = 2000;
/// Tail beyond which a row has no part in the reweighted fit.
const REWEIGHT_TAIL: f64 = 0.025;

/// Squared Mahalanobis distance from the middle of the reference.
///
/// `(x − μ)ᵀ Σ⁻¹ (x − μ)`, with mean and covariance (denominator `n`) of the reference or
/// of its most concentrated half: the minimum covariance determinant (MCD), which a
/// minority of outliers in the reference does not move.
///
/// # Source
///
/// P. Mahalanobis (1936). P. Rousseeuw, K. Van Driessen, *A fast algorithm for the minimum
/// covariance determinant estimator*, Technometrics 41 (1999), with the correction at the
/// median and the reweighting of scikit-learn. Contributions: P. Garthwaite, I. Koch,
/// *Evaluating the contributions of individual variables to a quadratic form* (2016).
#[derive(Debug, Clone, PartialEq)]
pub struct Mahalanobis {
    filling: Filling,
    units: Vec<Unit>,
    shape: Shape,
}

/// Where a column is put so that its squares are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Unit {
    center: f64,
    size: f64,
}

impl Mahalanobis {
    /// Fits mean and covariance.
    ///
    /// * `reference`: row-major, shape `(n, n_columns)`. Missing values stand at their
    ///   column's median, infinities a million ranges beyond the others. A column without any
    ///   spread is given one of a millionth of its values, so that a row that differs
    ///   stands out.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without rows.
    /// * [`StatsError::ParameterOutOfDomain`] if `n_columns` does not divide the number of
    ///   values.
    pub fn fit(reference: &[f64], n_columns: usize) -> Result<Self, StatsError> {
        let (mut model, rows) = Self::prepare(reference, n_columns)?;
        model.shape = Shape::of_rows(&rows, n_columns);
        Ok(model)
    }

    /// Fits the minimum covariance determinant.
    ///
    /// * `reference`: as in [`Mahalanobis::fit`].
    /// * `seed`: of the starting samples. The same seed gives the same fit.
    ///
    /// # Errors
    ///
    /// * As [`Mahalanobis::fit`], and [`StatsError::EmptySample`] with no more rows than
    ///   columns.
    pub fn fit_robust(reference: &[f64], n_columns: usize, seed: u64) -> Result<Self, StatsError> {
        let (mut model, rows) = Self::prepare(reference, n_columns)?;
        if rows.len() / n_columns <= n_columns + 1 {
            return Err(StatsError::EmptySample {
                sample: "reference",
            });
        }
        model.shape = minimum_determinant(&rows, n_columns, seed);
        Ok(model)
    }

    fn prepare(reference: &[f64], n_columns: usize) -> Result<(Self, Vec<f64>), StatsError> {
        count_rows(reference, n_columns)?;
        let filling = Filling::fit(reference, n_columns);
        let mut rows = filling.fill_all(reference);
        let units: Vec<Unit> = (0..n_columns)
            .map(|j| Unit::of_column(&rows, j, n_columns))
            .collect();
        for row in rows.chunks_mut(n_columns) {
            for (x, unit) in row.iter_mut().zip(&units) {
                *x = unit.scaled(*x);
            }
        }
        let shape = Shape {
            center: Vec::new(),
            whitening: Vec::new(),
            ln_determinant: 0.0,
        };
        let model = Self {
            filling,
            units,
            shape,
        };
        Ok((model, rows))
    }

    /// Scores a row: the squared distance. For normal rows it follows χ² with as many
    /// degrees of freedom as there are columns.
    ///
    /// * `contributions`: filled with the squares of the entries of
    ///   `R^(−1/2) D⁻¹ (x − μ)`, with `R` the correlation matrix and `D` the standard
    ///   deviations: the parts that, while uncorrelated, stay nearest to the columns.
    ///   Their sum is the score.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if a slice has another number of columns.
    pub fn score(&self, row: &[f64], contributions: &mut [f64]) -> Result<f64, StatsError> {
        let n = self.units.len();
        check_width(n, row, contributions)?;
        let difference =
            |j: usize| self.units[j].scaled(self.filling.value(j, row[j])) - self.shape.center[j];
        let mut total = 0.0;
        for (out, line) in contributions.iter_mut().zip(self.shape.whitening.chunks(n)) {
            let part: f64 = line
                .iter()
                .enumerate()
                .map(|(j, w)| w * difference(j))
                .sum();
            *out = part * part;
            total += *out;
        }
        Ok(total)
    }
}

impl Unit {
    fn of_column(rows: &[f64], column: usize, n_columns: usize) -> Self {
        let values = || rows.iter().skip(column).step_by(n_columns).copied();
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        });
        let reach = 0.5 * high - 0.5 * low;
        Self {
            center: 0.5 * high + 0.5 * low,
            size: if reach > 0.0 {
                reach
            } else {
                (high.abs() * 1e-6).max(1e-6)
            },
        }
    }

    fn scaled(self, x: f64) -> f64 {
        x / self.size - self.center / self.size
    }
}

/// An ellipsoid: its center and the matrix that makes it a ball.
#[derive(Debug, Clone, PartialEq)]
struct Shape {
    center: Vec<f64>,
    /// `R^(−1/2) D⁻¹`, row-major.
    whitening: Vec<f64>,
    ln_determinant: f64,
}

impl Shape {
    fn of_rows(rows: &[f64], n: usize) -> Self {
        let (center, mut matrix) = covariance(rows, n);
        let n_rows = (rows.len() / n) as f64;
        for x in &mut matrix {
            *x *= (n_rows - 1.0).max(0.0) / n_rows;
        }
        let sds: Vec<f64> = (0..n)
            .map(|j| matrix[j * n + j].sqrt())
            .map(|sd| if sd > 0.0 { sd } else { 1.0 })
            .collect();
        for i in 0..n {
            for j in 0..n {
                let same = if i == j {
                    1.0
                } else {
                    matrix[i * n + j] / sds[i] / sds[j]
                };
                matrix[i * n + j] = same;
            }
        }
        let eigen = symmetric_eigen(&matrix, n);
        let mut whitening = vec![0.0; n * n];
        let mut ln_determinant = 2.0 * sds.iter().map(|sd| sd.ln()).sum::<f64>();
        for (k, &value) in eigen.values.iter().enumerate() {
            let value = value.max(MIN_EIGENVALUE);
            ln_determinant += value.ln();
            let vector = eigen.vector(k);
            for i in 0..n {
                for j in 0..n {
                    whitening[i * n + j] += vector[i] * vector[j] / value.sqrt() / sds[j];
                }
            }
        }
        Self {
            center,
            whitening,
            ln_determinant,
        }
    }

    fn of_some(rows: &[f64], n: usize, chosen: &[usize]) -> Self {
        let picked: Vec<f64> = chosen
            .iter()
            .flat_map(|&row| rows[row * n..(row + 1) * n].iter().copied())
            .collect();
        Self::of_rows(&picked, n)
    }

    fn squared_distances(&self, rows: &[f64]) -> Vec<f64> {
        let n = self.center.len();
        let mut difference = vec![0.0; n];
        rows.chunks_exact(n)
            .map(|row| {
                for ((d, x), c) in difference.iter_mut().zip(row).zip(&self.center) {
                    *d = x - c;
                }
                let parts = self.whitening.chunks_exact(n);
                parts.map(|line| dot(line, &difference).powi(2)).sum()
            })
            .collect()
    }

    /// The rows nearest to this ellipsoid, and the ellipsoid of these.
    fn concentrated(&self, rows: &[f64], n_kept: usize) -> Self {
        let n = self.center.len();
        let distances = self.squared_distances(rows);
        let mut order: Vec<usize> = (0..distances.len()).collect();
        order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
        Self::of_some(rows, n, &order[..n_kept])
    }

    fn concentrated_to_the_end(mut self, rows: &[f64], n_kept: usize) -> Self {
        for _ in 0..MAX_STEPS {
            let next = self.concentrated(rows, n_kept);
            let settled = self.ln_determinant - next.ln_determinant < 1e-9;
            self = next;
            if settled {
                break;
            }
        }
        self
    }
}

fn minimum_determinant(rows: &[f64], n: usize, seed: u64) -> Shape {
    let n_rows = rows.len() / n;
    let mut random = Random::from_seed(seed);
    let mut shuffled: Vec<usize> = (0..n_rows).collect();
    let mut draw = |shuffled: &mut Vec<usize>, n_drawn: usize| {
        for i in 0..n_drawn {
            let other = i + ((random.uniform() * (n_rows - i) as f64) as usize).min(n_rows - i - 1);
            shuffled.swap(i, other);
        }
    };
    let n_start_rows = n_rows.min(MAX_START_ROWS);
    draw(&mut shuffled, n_start_rows);
    let start_rows: Vec<f64> = shuffled[..n_start_rows]
        .iter()
        .flat_map(|&row| rows[row * n..(row + 1) * n].iter().copied())
        .collect();
    let half = |n_rows: usize| (n_rows + n + 2) / 2;
    let mut starts: Vec<Shape> = (0..N_STARTS)
        .map(|_| {
            draw(&mut shuffled, n + 1);
            let start = Shape::of_some(rows, n, &shuffled[..=n]);
            let kept = half(n_start_rows);
            start
                .concentrated(&start_rows, kept)
                .concentrated(&start_rows, kept)
        })
        .collect();
    starts.sort_by(|a, b| a.ln_determinant.total_cmp(&b.ln_determinant));
    starts.truncate(N_FOLLOWED);
    let mut best = starts
        .into_iter()
        .map(|start| start.concentrated_to_the_end(rows, half(n_rows)))
        .collect::<Vec<_>>();
    best.sort_by(|a, b| a.ln_determinant.total_cmp(&b.ln_determinant));
    reweighted(&best[0], rows, n)
}

/// The fit to all rows that lie within the ellipsoid, once its size has been corrected.
fn reweighted(raw: &Shape, rows: &[f64], n: usize) -> Shape {
    let distances = raw.squared_distances(rows);
    let mut sorted = distances.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted[sorted.len() / 2];
    let chi_squared = |tail: f64| 2.0 * gamma_quantile_upper(0.5 * n as f64, tail.ln());
    let correction = (middle / chi_squared(0.5)).max(f64::MIN_POSITIVE);
    let limit = correction * chi_squared(REWEIGHT_TAIL);
    let inside: Vec<usize> = (0..distances.len())
        .filter(|&i| distances[i] < limit)
        .collect();
    if inside.len() <= n {
        return raw.clone();
    }
    Shape::of_some(rows, n, &inside)
}
