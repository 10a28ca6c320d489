//! Logistic regression with a ridge.

use super::boosting::check_target;
use super::sparse::SparseRows;
use super::{LinearModel, Link, Loss, logistic};
use crate::error::StatsError;
use crate::linear_algebra::dot;

/// Newton steps; each squares the error once near the solution.
const MAX_STEPS: u32 = 100;
/// The fit ends when no derivative of the mean loss exceeds this.
const TOLERANCE: f64 = 1e-10;

/// How logistic regression is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticSettings {
    /// Weight of the log loss against the ridge, `> 0`: the fit minimises
    /// `c Σ loss + ½ |coefficients|²`. The intercept is free. As in scikit-learn.
    pub c: f64,
}

impl Default for LogisticSettings {
    /// `c = 1`.
    fn default() -> Self {
        Self { c: 1.0 }
    }
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    /// Log-odds of the row of zeros.
    pub intercept: f64,
    /// Change of the log-odds per unit of each column.
    pub coefficients: Vec<f64>,
    /// Whether the derivatives became small enough; not so only on columns of wildly
    /// different scale.
    pub converged: bool,
}

impl LogisticRegression {
    /// Fits to dense rows.
    ///
    /// # Arguments
    ///
    /// * `values`: finite numbers, row by row, `n_columns` each. Columns of like scale
    ///   converge in a few steps and share the ridge fairly.
    /// * `target`: one per row, in `[0, 1]`.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without rows.
    /// * [`StatsError::NotFinite`] if a value or target is not finite.
    /// * [`StatsError::ParameterOutOfDomain`] if the shapes do not fit, a target lies outside
    ///   `[0, 1]`, or `c` is not finite and positive.
    ///
    /// # Numerics
    ///
    /// Newton's method, each step solved by conjugate gradients: no matrix of the columns is
    /// ever formed. Coefficients equal scikit-learn's to 1e-6.
    ///
    /// # Source
    ///
    /// C. Lin, R. Weng, S. Keerthi, *Trust region Newton method for large-scale logistic
    /// regression* (2008).
    ///
    /// # Examples
    ///
    /// ```
    /// use trimtab_stats::trees::{LogisticRegression, LogisticSettings};
    ///
    /// let values = [0.0, 1.0, 2.0, 3.0];
    /// let target = [0.0, 0.0, 1.0, 1.0];
    /// let model = LogisticRegression::fit(&values, 1, &target, LogisticSettings::default())?;
    /// assert!(model.coefficients[0] > 0.0 && (model.intercept / model.coefficients[0] + 1.5).abs() < 1e-6);
    /// # Ok::<(), trimtab_stats::StatsError>(())
    /// ```
    pub fn fit(
        values: &[f64],
        n_columns: usize,
        target: &[f64],
        settings: LogisticSettings,
    ) -> Result<Self, StatsError> {
        if n_columns == 0 || !values.len().is_multiple_of(n_columns) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "n_columns",
                domain: "at least 1, and a divisor of the number of values",
                found: n_columns as f64,
            });
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(StatsError::NotFinite { sample: "training" });
        }
        let design = Dense { values, n_columns };
        fit(&design, target, settings)
    }

    /// Fits to sparse rows.
    ///
    /// # Errors
    ///
    /// As [`Self::fit`].
    pub fn fit_sparse(
        rows: &SparseRows,
        target: &[f64],
        settings: LogisticSettings,
    ) -> Result<Self, StatsError> {
        let all: Vec<u32> = (0..rows.n_rows() as u32).collect();
        fit(&SparseSelection { rows, chosen: &all }, target, settings)
    }

    /// Fits to some of the rows; `target` has one value for each of them.
    pub(crate) fn fit_selection(
        rows: &SparseRows,
        chosen: &[u32],
        target: &[f64],
        settings: LogisticSettings,
    ) -> Result<Self, StatsError> {
        fit(&SparseSelection { rows, chosen }, target, settings)
    }

    /// Log-odds of one sparse row; columns beyond the fitted ones count nothing.
    pub fn margin_sparse(&self, row: &[(u32, f64)]) -> f64 {
        let terms = row.iter().map(|&(column, value)| {
            let coefficient = self.coefficients.get(column as usize);
            coefficient.map_or(0.0, |coefficient| coefficient * value)
        });
        self.intercept + terms.sum::<f64>()
    }

    /// The model in the form of models that were read from files.
    ///
    /// # Errors
    ///
    /// As [`LinearModel::new`].
    pub fn to_linear_model(&self) -> Result<LinearModel, StatsError> {
        LinearModel::new(
            self.coefficients.clone(),
            vec![self.intercept],
            Link::Logistic,
        )
    }
}

/// Rows that can be multiplied with.
trait Design {
    fn n_rows(&self) -> usize;
    fn n_columns(&self) -> usize;
    /// Intercept and coefficients (the intercept last) times a row.
    fn product(&self, row: usize, weights: &[f64]) -> f64;
    /// `sums += factor · row`, the intercept last.
    fn add(&self, row: usize, factor: f64, sums: &mut [f64]);
    /// `sums += factor · row²`, element by element.
    fn add_squares(&self, row: usize, factor: f64, sums: &mut [f64]);
}

struct Dense<'a> {
    values: &'a [f64],
    n_columns: usize,
}

impl Dense<'_> {
    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_columns..(row + 1) * self.n_columns]
    }
}

impl Design for Dense<'_> {
    fn n_rows(&self) -> usize {
        self.values.len() / self.n_columns
    }

    fn n_columns(&self) -> usize {
        self.n_columns
    }

    fn product(&self, row: usize, weights: &[f64]) -> f64 {
        dot(self.row(row), weights) + weights[self.n_columns]
    }

    fn add(&self, row: usize, factor: f64, sums: &mut [f64]) {
        let values = self.row(row).iter();
        sums.iter_mut()
            .zip(values)
            .for_each(|(sum, x)| *sum += factor * x);
        sums[self.n_columns] += factor;
    }

    fn add_squares(&self, row: usize, factor: f64, sums: &mut [f64]) {
        let values = self.row(row).iter();
        sums.iter_mut()
            .zip(values)
            .for_each(|(sum, x)| *sum += factor * x * x);
        sums[self.n_columns] += factor;
    }
}

struct SparseSelection<'a> {
    rows: &'a SparseRows,
    chosen: &'a [u32],
}

impl Design for SparseSelection<'_> {
    fn n_rows(&self) -> usize {
        self.chosen.len()
    }

    fn n_columns(&self) -> usize {
        self.rows.n_columns()
    }

    fn product(&self, row: usize, weights: &[f64]) -> f64 {
        let entries = self.rows.row(self.chosen[row] as usize).iter();
        let sum: f64 = entries
            .map(|&(column, x)| weights[column as usize] * x)
            .sum();
        sum + weights[self.n_columns()]
    }

    fn add(&self, row: usize, factor: f64, sums: &mut [f64]) {
        for &(column, x) in self.rows.row(self.chosen[row] as usize) {
            sums[column as usize] += factor * x;
        }
        sums[self.n_columns()] += factor;
    }

    fn add_squares(&self, row: usize, factor: f64, sums: &mut [f64]) {
        for &(column, x) in self.rows.row(self.chosen[row] as usize) {
            sums[column as usize] += factor * x * x;
        }
        sums[self.n_columns()] += factor;
    }
}

fn fit(
    design: &impl Design,
    target: &[f64],
    settings: LogisticSettings,
) -> Result<LogisticRegression, StatsError> {
    check_target(design.n_rows(), target, Loss::LogLoss)?;
    if !(settings.c.is_finite() && settings.c > 0.0) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "c",
            domain: "finite and positive",
            found: settings.c,
        });
    }
    let problem = Problem {
        design,
        target,
        // Everything divided by c n: the mean loss plus a small ridge.
        ridge: 1.0 / (settings.c * target.len() as f64),
    };
    let mut weights = vec![0.0; design.n_columns() + 1];
    let mut converged = false;
    for _ in 0..MAX_STEPS {
        let point = problem.at(&weights);
        if point.gradient.iter().all(|g| g.abs() <= TOLERANCE) {
            converged = true;
            break;
        }
        let step = problem.newton_step(&point);
        if !problem.move_along(&mut weights, &point, &step) {
            // No step lowers the loss any more: rounding is all that is left.
            converged = point.gradient.iter().all(|g| g.abs() <= 1e4 * TOLERANCE);
            break;
        }
    }
    let intercept = weights.pop().unwrap_or(0.0);
    Ok(LogisticRegression {
        intercept,
        coefficients: weights,
        converged,
    })
}

struct Problem<'a, D> {
    design: &'a D,
    target: &'a [f64],
    ridge: f64,
}

/// The loss around some weights.
struct Point {
    loss: f64,
    gradient: Vec<f64>,
    /// `p (1 − p) / n` per row.
    curvature: Vec<f64>,
    /// Diagonal of the second derivatives.
    diagonal: Vec<f64>,
}

/// `ln(1 + exp(−m))` of the right sign, without overflow.
fn log_loss(margin: f64, target: f64) -> f64 {
    margin.max(0.0) - margin * target + (-margin.abs()).exp().ln_1p()
}

impl<D: Design> Problem<'_, D> {
    fn loss(&self, weights: &[f64]) -> f64 {
        let n = self.target.len() as f64;
        let losses = self.target.iter().enumerate();
        let sum: f64 = losses
            .map(|(row, &y)| log_loss(self.design.product(row, weights), y))
            .sum();
        let coefficients = &weights[..weights.len() - 1];
        sum / n + 0.5 * self.ridge * dot(coefficients, coefficients)
    }

    fn at(&self, weights: &[f64]) -> Point {
        let n = self.target.len() as f64;
        let last = weights.len() - 1;
        let mut gradient: Vec<f64> = weights.iter().map(|w| self.ridge * w).collect();
        let mut diagonal = vec![self.ridge; weights.len()];
        gradient[last] = 0.0;
        diagonal[last] = 0.0;
        let mut curvature = Vec::with_capacity(self.target.len());
        for (row, &y) in self.target.iter().enumerate() {
            let p = logistic(self.design.product(row, weights));
            let weight = p * (1.0 - p) / n;
            self.design.add(row, (p - y) / n, &mut gradient);
            self.design.add_squares(row, weight, &mut diagonal);
            curvature.push(weight);
        }
        Point {
            loss: self.loss(weights),
            gradient,
            curvature,
            diagonal,
        }
    }

    /// Second derivatives times a direction.
    fn curve(&self, point: &Point, direction: &[f64]) -> Vec<f64> {
        let last = direction.len() - 1;
        let mut sums: Vec<f64> = direction.iter().map(|d| self.ridge * d).collect();
        sums[last] = 0.0;
        for (row, weight) in point.curvature.iter().enumerate() {
            let along = weight * self.design.product(row, direction);
            self.design.add(row, along, &mut sums);
        }
        sums
    }

    /// Solves for Newton's step by conjugate gradients, scaled by the diagonal.
    fn newton_step(&self, point: &Point) -> Vec<f64> {
        let scale = |vector: &[f64]| -> Vec<f64> {
            let pairs = vector.iter().zip(&point.diagonal);
            pairs.map(|(v, d)| v / d.max(1e-300)).collect()
        };
        let mut step = vec![0.0; point.gradient.len()];
        let mut rest: Vec<f64> = point.gradient.iter().map(|g| -g).collect();
        let mut scaled = scale(&rest);
        let mut direction = scaled.clone();
        let mut size = dot(&rest, &scaled);
        // Loose far away, tight near the solution, as the theory of inexact Newton asks.
        let enough = size * (size.sqrt().min(0.1)).powi(2);
        for _ in 0..2 * step.len() + 20 {
            if size <= enough || size == 0.0 {
                break;
            }
            let curved = self.curve(point, &direction);
            let bend = dot(&direction, &curved);
            if bend.is_nan() || bend <= 0.0 {
                break;
            }
            let length = size / bend;
            for (((s, r), d), c) in step.iter_mut().zip(&mut rest).zip(&direction).zip(&curved) {
                *s += length * d;
                *r -= length * c;
            }
            scaled = scale(&rest);
            let next = dot(&rest, &scaled);
            for (d, s) in direction.iter_mut().zip(&scaled) {
                *d = s + next / size * *d;
            }
            size = next;
        }
        step
    }

    /// Halves the step until the loss falls; `false` if it never does.
    fn move_along(&self, weights: &mut Vec<f64>, point: &Point, step: &[f64]) -> bool {
        let slope = dot(&point.gradient, step);
        let mut length = 1.0;
        for _ in 0..40 {
            let moved: Vec<f64> = weights
                .iter()
                .zip(step)
                .map(|(w, s)| w + length * s)
                .collect();
            let rounding = 1e-15 * point.loss;
            if self.loss(&moved) <= point.loss + 1e-4 * length * slope + rounding {
                let is_there = moved == *weights;
                *weights = moved;
                return !is_there;
            }
            length *= 0.5;
        }
        false
    }
}
