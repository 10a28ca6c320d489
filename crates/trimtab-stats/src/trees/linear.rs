//! Linear models: prediction and exact attributions.

use super::Link;
use super::predict::whole_rows;
use crate::error::StatsError;

/// `link(intercept + Σ coefficient · value)` for each output.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    n_features: usize,
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
    link: Link,
}

impl LinearModel {
    /// Checks a model.
    ///
    /// # Arguments
    ///
    /// * `coefficients`: shape `(n_outputs, n_features)`, row-major.
    /// * `intercepts`: one per output, at least one.
    ///
    /// # Errors
    ///
    /// [`StatsError::MalformedModel`] if the shapes do not fit together, there is no output or
    /// no feature, or a number is not finite.
    pub fn new(
        coefficients: Vec<f64>,
        intercepts: Vec<f64>,
        link: Link,
    ) -> Result<Self, StatsError> {
        let fail = |what| StatsError::MalformedModel { what, position: 0 };
        let n_outputs = intercepts.len();
        if n_outputs == 0 || coefficients.is_empty() {
            return Err(fail("a linear model has no coefficients or no intercept"));
        }
        if !coefficients.len().is_multiple_of(n_outputs) {
            return Err(fail("coefficients and intercepts don't fit together"));
        }
        if coefficients
            .iter()
            .chain(&intercepts)
            .any(|c| !c.is_finite())
        {
            return Err(fail("a coefficient or intercept is not finite"));
        }
        Ok(Self {
            n_features: coefficients.len() / n_outputs,
            coefficients,
            intercepts,
            link,
        })
    }

    /// Values per row.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Predictions per row.
    pub fn n_outputs(&self) -> usize {
        self.intercepts.len()
    }

    /// Shape `(n_outputs, n_features)`, row-major.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// One per output.
    pub fn intercepts(&self) -> &[f64] {
        &self.intercepts
    }

    /// From margin to prediction.
    pub fn link(&self) -> Link {
        self.link
    }

    /// The same model with another link.
    #[must_use]
    pub fn with_link(mut self, link: Link) -> Self {
        self.link = link;
        self
    }

    /// The raw sums, before the link: shape `(n_rows, n_outputs)`, row-major.
    ///
    /// A missing value (NaN) makes a row's sums NaN, unless its coefficient is zero: a column
    /// that the model ignores can't spoil it.
    ///
    /// # Errors
    ///
    /// [`StatsError::ShapeMismatch`] if `rows` does not hold whole rows.
    pub fn margins(&self, rows: &[f32]) -> Result<Vec<f64>, StatsError> {
        let n_rows = whole_rows(rows, self.n_features)?;
        let mut margins = Vec::with_capacity(n_rows * self.n_outputs());
        for row in rows.chunks_exact(self.n_features) {
            let outputs = self.coefficients.chunks_exact(self.n_features);
            margins.extend(
                outputs
                    .zip(&self.intercepts)
                    .map(|(coefficients, intercept)| {
                        let terms = coefficients.iter().zip(row);
                        intercept + terms.map(|(&c, &x)| product(c, f64::from(x))).sum::<f64>()
                    }),
            );
        }
        Ok(margins)
    }

    /// The model's predictions: the [link](Self::link) of the [`margins`](Self::margins).
    ///
    /// # Errors
    ///
    /// As [`margins`](Self::margins).
    pub fn predict(&self, rows: &[f32]) -> Result<Vec<f64>, StatsError> {
        let mut margins = self.margins(rows)?;
        self.link.apply(&mut margins, self.n_outputs());
        Ok(margins)
    }

    /// Exact Shapley values of the margin with respect to reference means:
    /// `coefficient · (value − mean)`.
    ///
    /// They are the Shapley values of the game in which an absent feature takes its mean over
    /// the reference (for a linear model the same as averaging over all reference rows).
    ///
    /// # Arguments
    ///
    /// * `means`: of each feature over the reference, length `n_features`.
    /// * `rows`: shape `(n_rows, n_features)`.
    ///
    /// # Returns
    ///
    /// Shape `(n_rows, n_outputs, n_features)`. A row's attributions and
    /// [`expected_values`](Self::expected_values) add up to its margin.
    ///
    /// # Errors
    ///
    /// [`StatsError::ShapeMismatch`] if `means` or `rows` do not fit.
    ///
    /// # Source
    ///
    /// S. Lundberg, S.-I. Lee, *A unified approach to interpreting model predictions* (2017),
    /// corollary 1.
    pub fn shap(&self, means: &[f64], rows: &[f32]) -> Result<Vec<f64>, StatsError> {
        self.check_means(means)?;
        let n_rows = whole_rows(rows, self.n_features)?;
        let mut attributions = Vec::with_capacity(n_rows * self.coefficients.len());
        for row in rows.chunks_exact(self.n_features) {
            for coefficients in self.coefficients.chunks_exact(self.n_features) {
                let terms = coefficients.iter().zip(row).zip(means);
                attributions.extend(terms.map(|((&c, &x), &mean)| product(c, f64::from(x) - mean)));
            }
        }
        Ok(attributions)
    }

    /// The margin at the means, one per output: what attributions are measured from.
    ///
    /// # Errors
    ///
    /// [`StatsError::ShapeMismatch`] if `means` does not fit.
    pub fn expected_values(&self, means: &[f64]) -> Result<Vec<f64>, StatsError> {
        self.check_means(means)?;
        let outputs = self.coefficients.chunks_exact(self.n_features);
        Ok(outputs
            .zip(&self.intercepts)
            .map(|(coefficients, intercept)| {
                let terms = coefficients.iter().zip(means);
                intercept + terms.map(|(&c, &mean)| product(c, mean)).sum::<f64>()
            })
            .collect())
    }

    fn check_means(&self, means: &[f64]) -> Result<(), StatsError> {
        if means.len() == self.n_features {
            Ok(())
        } else {
            Err(StatsError::ShapeMismatch {
                expected: self.n_features,
                found: means.len(),
            })
        }
    }
}

/// Zero times anything is zero here, even times NaN and ∞.
fn product(coefficient: f64, value: f64) -> f64 {
    if coefficient == 0.0 {
        0.0
    } else {
        coefficient * value
    }
}
