//! Tree ensembles and linear models as plain structs: prediction, fitting, exact attributions.
//!
//! A model here is arrays of numbers, whoever fitted it: [`TreeEnsemble`] and [`LinearModel`]
//! are read from model files elsewhere, or filled by the fits of this module. Rows are `f32`,
//! row-major, missing values are NaN. Sums are taken in `f64`.

mod binned_tree;
mod binning;
mod boosting;
mod conversion;
mod ensemble;
mod features;
mod forest;
mod grower;
mod linear;
mod linear_fit;
mod predict;
mod sparse;
mod split;
mod tree_shap;

pub(crate) use binning::{BinnedTable, ColumnBins, fit_bins};
pub use boosting::{BoostedTrees, BoostingSettings, CategorySplits, Loss, RowCounts};
pub use ensemble::{Aggregation, Comparison, Tree, TreeEnsemble, TreeNode};
pub use features::{FeatureColumn, FeatureTable, MISSING_CATEGORY};
pub use forest::{ColumnsPerNode, ForestSettings, ForestTarget, RandomForest};
pub use linear::LinearModel;
pub use linear_fit::{LogisticRegression, LogisticSettings};
pub use sparse::SparseRows;
pub use tree_shap::TreeShap;

/// From a model's raw sum (its margin) to what it promises: applied to all outputs of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// The sum itself.
    #[default]
    Identity,
    /// `1 / (1 + exp(-m))` of each output: log-odds to probability.
    Logistic,
    /// `exp(m)` of each output: logarithm of an expected count to the count.
    Exponential,
    /// `exp(m[k]) / Σ exp(m[j])` over the outputs of the row.
    Softmax,
    /// As [`Link::Softmax`], but outputs that are exactly zero stay zero and take no part.
    SoftmaxZero,
}

impl Link {
    /// Turns margins into predictions, in place.
    ///
    /// `margins` has shape `(n_rows, n_outputs)`, row-major. NaN stays NaN. An `n_outputs` of
    /// zero changes nothing.
    pub fn apply(self, margins: &mut [f64], n_outputs: usize) {
        match self {
            Self::Identity => {}
            Self::Logistic => margins.iter_mut().for_each(|m| *m = logistic(*m)),
            Self::Exponential => margins.iter_mut().for_each(|m| *m = m.exp()),
            Self::Softmax | Self::SoftmaxZero if n_outputs == 0 => {}
            Self::Softmax => margins
                .chunks_exact_mut(n_outputs)
                .for_each(|row| softmax(row, |_| true)),
            Self::SoftmaxZero => margins
                .chunks_exact_mut(n_outputs)
                .for_each(|row| softmax(row, |m| m != 0.0)),
        }
    }
}

/// Without overflow on either side.
fn logistic(margin: f64) -> f64 {
    if margin >= 0.0 {
        1.0 / (1.0 + (-margin).exp())
    } else {
        let odds = margin.exp();
        odds / (1.0 + odds)
    }
}

/// Over those entries of the row that take part; the largest is subtracted first.
fn softmax(row: &mut [f64], takes_part: impl Fn(f64) -> bool) {
    let largest = row
        .iter()
        .copied()
        .filter(|&m| takes_part(m))
        .fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for m in row.iter_mut().filter(|m| takes_part(**m)) {
        *m = (*m - largest).exp();
        sum += *m;
    }
    // Entries that took part are above zero, or underflowed to zero, which the division keeps.
    if sum > 0.0 {
        for m in row {
            *m /= sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_neither_overflow_nor_lose_their_sum() {
        let mut margins = [1000.0, 0.0, -1000.0];
        Link::Softmax.apply(&mut margins, 3);
        assert_eq!(margins, [1.0, 0.0, 0.0]);

        let mut margins = [-1000.0, 1000.0, 0.0, f64::NAN];
        Link::Logistic.apply(&mut margins, 1);
        assert_eq!(margins[..3], [0.0, 1.0, 0.5]);
        assert!(margins[3].is_nan());

        let mut margins = [0.0, 1.0, 1.0];
        Link::SoftmaxZero.apply(&mut margins, 3);
        assert_eq!(margins, [0.0, 0.5, 0.5]);
    }
}
