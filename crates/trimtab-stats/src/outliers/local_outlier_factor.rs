//! Local outlier factor.

use super::filling::Filling;
use super::{check_width, count_rows};
use crate::error::StatsError;

/// Keeps the density of rows that repeat each other finite, as scikit-learn does.
const MIN_REACH: f64 = 1e-10;

/// Local outlier factor: how much thinner the reference is around a row than around the
/// row's neighbours.
///
/// With `d_k(o)` the distance of the reference row `o` from its `k`-th neighbour, a row's
/// density is `1 / mean(max(d(x, o), d_k(o)) + 1e-10)` over its `k` nearest reference
/// rows, and the factor the mean of their densities over its own. About 1 inside, larger
/// outside.
///
/// Neighbours are found exactly by comparing with every row of the reference, giving up
/// on a row as soon as its distance is too large: time per row is at most
/// `n × n_columns`. Distances are Euclidean in the units given.
///
/// # Source
///
/// M. Breunig, H. Kriegel, R. Ng, J. Sander, *LOF: identifying density-based local
/// outliers*, SIGMOD (2000); as scikit-learn's with `novelty=True` (negated).
#[derive(Debug, Clone, PartialEq)]
pub struct LocalOutlierFactor {
    filling: Filling,
    values: Vec<f64>,
    n_columns: usize,
    n_neighbours: usize,
    k_distances: Vec<f64>,
    densities: Vec<f64>,
}

/// Distance squared and row.
type Neighbour = (f64, u32);

impl LocalOutlierFactor {
    /// Finds every reference row's neighbours and density.
    ///
    /// * `reference`: row-major, shape `(n, n_columns)`, at least 2 rows. Missing values
    ///   stand at their column's median, infinities a million ranges beyond the others. Give
    ///   columns of one scale.
    /// * `n_neighbours`: at least 1, lowered to `n − 1`; usual: 20.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] with fewer than 2 rows.
    /// * [`StatsError::ParameterOutOfDomain`] if `n_columns` does not divide the number of
    ///   values, or without neighbours.
    pub fn fit(
        reference: &[f64],
        n_columns: usize,
        n_neighbours: usize,
    ) -> Result<Self, StatsError> {
        let n_rows = count_rows(reference, n_columns)?;
        if n_rows < 2 {
            return Err(StatsError::EmptySample {
                sample: "reference",
            });
        }
        if n_neighbours == 0 {
            return Err(StatsError::ParameterOutOfDomain {
                name: "n_neighbours",
                domain: "at least 1",
                found: 0.0,
            });
        }
        let filling = Filling::fit(reference, n_columns);
        let mut model = Self {
            values: filling.fill_all(reference),
            filling,
            n_columns,
            n_neighbours: n_neighbours.min(n_rows - 1),
            k_distances: vec![0.0; n_rows],
            densities: vec![0.0; n_rows],
        };
        let k = model.n_neighbours;
        let mut all: Vec<Neighbour> = Vec::with_capacity(n_rows * k);
        let mut nearest = Vec::with_capacity(k);
        for row in 0..n_rows {
            let point = &model.values[row * n_columns..(row + 1) * n_columns];
            model.neighbours(point, Some(row), &mut nearest);
            model.k_distances[row] = nearest[k - 1].0.sqrt();
            all.extend_from_slice(&nearest);
        }
        model.densities = all
            .chunks(k)
            .map(|nearest| model.density(nearest))
            .collect();
        Ok(model)
    }

    /// The `k` nearest reference rows, nearest first.
    fn neighbours(&self, point: &[f64], itself: Option<usize>, nearest: &mut Vec<Neighbour>) {
        nearest.clear();
        let mut limit = f64::INFINITY;
        for (row, other) in self.values.chunks_exact(self.n_columns).enumerate() {
            let distance = squared_distance(point, other, limit);
            let full = nearest.len() == self.n_neighbours;
            if full && distance >= limit || itself == Some(row) {
                continue;
            }
            let place = nearest.partition_point(|found| found.0 <= distance);
            if full {
                nearest.pop();
            }
            nearest.insert(place, (distance, row as u32));
            if nearest.len() == self.n_neighbours {
                limit = nearest[self.n_neighbours - 1].0;
            }
        }
    }

    fn density(&self, nearest: &[Neighbour]) -> f64 {
        let reach: f64 = nearest
            .iter()
            .map(|&(squared, row)| squared.sqrt().max(self.k_distances[row as usize]))
            .sum();
        // Distances that overflow are as far as can be.
        1.0 / (reach / nearest.len() as f64 + MIN_REACH).min(f64::MAX)
    }

    /// Scores a row; larger is farther out.
    ///
    /// * `contributions`: filled with the score times each column's share of the squared
    ///   distances to the neighbours; their sum is the score (all 0 if the row equals all
    ///   its neighbours, or if the distances overflow).
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if a slice has another number of columns.
    pub fn score(&self, row: &[f64], contributions: &mut [f64]) -> Result<f64, StatsError> {
        check_width(self.n_columns, row, contributions)?;
        let mut point = vec![0.0; row.len()];
        self.filling.fill(row, &mut point);
        let mut nearest = Vec::with_capacity(self.n_neighbours);
        self.neighbours(&point, None, &mut nearest);
        let density = self.density(&nearest);
        let around: f64 = nearest.iter().map(|n| self.densities[n.1 as usize]).sum();
        let score = around / nearest.len() as f64 / density;
        contributions.fill(0.0);
        for &(_, other) in &nearest {
            let start = other as usize * self.n_columns;
            let other = &self.values[start..start + self.n_columns];
            for ((out, x), y) in contributions.iter_mut().zip(&point).zip(other) {
                *out += (x - y) * (x - y);
            }
        }
        let total: f64 = contributions.iter().sum();
        if total.is_infinite() {
            contributions.fill(0.0);
        } else if total > 0.0 {
            for contribution in contributions {
                *contribution *= score / total;
            }
        }
        Ok(score)
    }
}

/// The squared distance, or some number of at least `limit` once that is passed.
fn squared_distance(a: &[f64], b: &[f64], limit: f64) -> f64 {
    const BLOCK: usize = 8;
    let mut sum = 0.0;
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        for (x, y) in a.iter().zip(b) {
            sum += (x - y) * (x - y);
        }
        if sum >= limit {
            return sum;
        }
    }
    sum
}
