//! Gradient boosting of trees over histograms.

use super::binned_tree::{BinnedNode, BinnedTree};
use super::binning::{BinnedTable, ColumnBins, fit_bins};
use super::conversion::convert;
use super::features::FeatureTable;
use super::grower::{Derivatives, Draw, Grower, Grown, Scratch};
use super::{Aggregation, Link, TreeEnsemble, logistic};
use crate::error::StatsError;
use crate::random::Random;

/// What boosted trees minimise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Log loss of two classes; targets in `[0, 1]`, predictions are probabilities.
    LogLoss,
    /// Squared error; predictions are means.
    SquaredError,
    /// Absolute error; predictions are medians. Each leaf takes the median of its residuals.
    AbsoluteError,
}

/// How trees split columns of categories. A missing category is a category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CategorySplits {
    /// One category against all others: weak for many categories, but expressible in any tree
    /// format.
    OneVsRest,
    /// Categories in the order of their smoothed mean gradient, cut as if they were numbers.
    Ordered {
        /// Nodes with at most this many categories split one against the rest.
        one_vs_rest_up_to: u32,
        /// Added to the second derivatives before ordering; categories with fewer rows are
        /// never in the set.
        smoothing: f64,
        /// Ridge of such splits, on top of the usual one.
        l2: f64,
        /// A set and what it leaves have at least this many rows.
        min_rows_in_group: u32,
        /// Longest set.
        max_in_set: u32,
    },
}

/// How the rows on either side of a cut are counted, for [`BoostingSettings::min_rows_in_leaf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCounts {
    /// One by one.
    Exact,
    /// As `LightGBM` does: a bin's share of the second derivatives times the rows of the node,
    /// rounded. With log loss, sure rows hardly count.
    FromHessian,
}

/// How boosted trees are fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostingSettings {
    /// What is minimised.
    pub loss: Loss,
    /// Trees.
    pub n_trees: u32,
    /// Share of each tree's step that is taken, in `(0, 1]`.
    pub learning_rate: f64,
    /// Leaves per tree, at least 2; the leaf that gains most is cut next.
    pub max_leaves: u32,
    /// Cuts from root to leaf; `None` for no limit.
    pub max_depth: Option<u32>,
    /// Rows in a leaf.
    pub min_rows_in_leaf: u32,
    /// How they are counted.
    pub row_counts: RowCounts,
    /// Sum of second derivatives in a leaf.
    pub min_hessian_in_leaf: f64,
    /// Ridge on the values of leaves.
    pub l2: f64,
    /// Least gain of a cut, in units of twice the loss.
    pub min_gain: f64,
    /// Bins per column, in `4..=255`, the one of missing values included.
    pub max_bins: usize,
    /// How columns of categories are split.
    pub categories: CategorySplits,
    /// Share of the rows drawn for each tree, in `(0, 1]`.
    pub row_share: f64,
    /// Share of the columns drawn for each tree, in `(0, 1]`.
    pub column_share: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl BoostingSettings {
    /// The defaults of `LightGBM` 4: 100 trees of at most 31 leaves, grown leaf by leaf,
    /// learning rate 0.1, at least 20 rows a leaf.
    ///
    /// `LightGBM` keeps gradients in single precision, here they are doubles: where two cuts are
    /// about equally good it may take the other, so models are near its models, not equal. The
    /// page of boosting gives the measured difference.
    pub fn lightgbm(loss: Loss) -> Self {
        Self {
            loss,
            n_trees: 100,
            learning_rate: 0.1,
            max_leaves: 31,
            max_depth: None,
            min_rows_in_leaf: 20,
            row_counts: RowCounts::FromHessian,
            min_hessian_in_leaf: 1e-3,
            l2: 0.0,
            min_gain: 0.0,
            max_bins: 255,
            categories: CategorySplits::Ordered {
                one_vs_rest_up_to: 4,
                smoothing: 10.0,
                l2: 10.0,
                min_rows_in_group: 100,
                max_in_set: 32,
            },
            row_share: 1.0,
            column_share: 1.0,
            seed: 13,
        }
    }

    /// The defaults of scikit-learn's `HistGradientBoosting…`, without early stopping.
    pub fn hist_gradient_boosting(loss: Loss) -> Self {
        Self {
            row_counts: RowCounts::Exact,
            categories: CategorySplits::Ordered {
                one_vs_rest_up_to: 0,
                smoothing: 10.0,
                l2: 0.0,
                min_rows_in_group: 0,
                max_in_set: 255,
            },
            ..Self::lightgbm(loss)
        }
    }

    pub(crate) fn check(&self) -> Result<(), StatsError> {
        let share = "above 0 and at most 1";
        let in_share = |x: f64| x > 0.0 && x <= 1.0;
        let floor = |x: f64| x >= 0.0 && x.is_finite();
        let refuse = |name, domain, found| {
            Err(StatsError::ParameterOutOfDomain {
                name,
                domain,
                found,
            })
        };
        if !in_share(self.learning_rate) {
            refuse("learning_rate", share, self.learning_rate)
        } else if self.max_leaves < 2 {
            refuse("max_leaves", "at least 2", f64::from(self.max_leaves))
        } else if !floor(self.min_hessian_in_leaf) {
            refuse(
                "min_hessian_in_leaf",
                "finite and not negative",
                self.min_hessian_in_leaf,
            )
        } else if !floor(self.l2) {
            refuse("l2", "finite and not negative", self.l2)
        } else if !floor(self.min_gain) {
            refuse("min_gain", "finite and not negative", self.min_gain)
        } else if !(4..=255).contains(&self.max_bins) {
            refuse("max_bins", "from 4 to 255", self.max_bins as f64)
        } else if !in_share(self.row_share) {
            refuse("row_share", share, self.row_share)
        } else if !in_share(self.column_share) {
            refuse("column_share", share, self.column_share)
        } else {
            Ok(())
        }
    }
}

/// Boosted trees, fitted.
///
/// # Examples
///
/// ```
/// use trimtab_stats::trees::{BoostedTrees, BoostingSettings, FeatureColumn, FeatureTable, Loss};
///
/// let x: Vec<f64> = (0..400).map(|i| f64::from(i) / 100.0).collect();
/// let y: Vec<f64> = x.iter().map(|x| if *x < 2.0 { 1.0 } else { 5.0 }).collect();
/// let table = FeatureTable::new(vec![FeatureColumn::Numeric(x)])?;
/// let model = BoostedTrees::fit(&table, &y, &BoostingSettings::lightgbm(Loss::SquaredError))?;
/// let predicted = model.predict(&table)?;
/// assert!((predicted[0] - 1.0).abs() < 1e-3 && (predicted[399] - 5.0).abs() < 1e-3);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BoostedTrees {
    loss: Loss,
    base: f64,
    bins: Vec<ColumnBins>,
    trees: Vec<BinnedTree>,
}

impl BoostedTrees {
    /// Fits trees to `target`, one value per row of `table`.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without rows.
    /// * [`StatsError::ParameterOutOfDomain`] if the target has another length than the table,
    ///   lies outside `[0, 1]` with [`Loss::LogLoss`], or a setting is out of its range.
    /// * [`StatsError::NotFinite`] if a target is not finite. Features may be anything.
    ///
    /// # Numerics
    ///
    /// `O(rows · columns)` per level of a tree, in one thread; the same input gives the same
    /// bits.
    ///
    /// # Source
    ///
    /// J. Friedman, *Greedy function approximation: a gradient boosting machine* (2001), with
    /// second-order steps; histograms and growth by leaves as in G. Ke and others, *LightGBM*
    /// (2017).
    pub fn fit(
        table: &FeatureTable,
        target: &[f64],
        settings: &BoostingSettings,
    ) -> Result<Self, StatsError> {
        settings.check()?;
        check_target(table.n_rows(), target, settings.loss)?;
        let bins = fit_bins(table, None, settings.max_bins, settings.seed);
        let binned = BinnedTable::new(table, &bins)?;
        let rows: Vec<u32> = (0..table.n_rows() as u32).collect();
        Ok(Self::fit_binned(bins, &binned, &rows, target, settings))
    }

    /// Fits on some rows of a table that is cut already; settings and targets were checked.
    pub(crate) fn fit_binned(
        bins: Vec<ColumnBins>,
        table: &BinnedTable,
        rows: &[u32],
        target: &[f64],
        settings: &BoostingSettings,
    ) -> Self {
        let base = base_margin(settings.loss, rows, target);
        let mut trees = Vec::with_capacity(settings.n_trees as usize);
        let mut margins = vec![base; table.n_rows];
        let mut derivatives: Vec<Derivatives> = vec![[0.0, 1.0]; table.n_rows];
        let mut random = Random::from_seed(settings.seed);
        let mut scratch = Scratch::default();
        let grower = Grower {
            table,
            bins: &bins,
            settings,
        };
        for _ in 0..settings.n_trees {
            derive(settings.loss, rows, target, &margins, &mut derivatives);
            let drawn = draw(rows.len(), settings.row_share, &mut random);
            let drawn: Vec<u32> = match &drawn {
                Some(positions) => positions.iter().map(|&i| rows[i as usize]).collect(),
                None => rows.to_vec(),
            };
            let all_drawn = drawn.len() == rows.len();
            let columns = draw(bins.len(), settings.column_share, &mut random)
                .unwrap_or_else(|| (0..bins.len() as u32).collect());
            let mut grown = grower.grow(
                drawn,
                Draw {
                    columns: &columns,
                    derivatives: &derivatives,
                },
                &mut scratch,
            );
            let found_nothing = grown.tree.nodes.len() == 1;
            if found_nothing && all_drawn && columns.len() == bins.len() {
                // Every further tree would find the same.
                break;
            }
            settle_leaves(&mut grown, settings, target, &margins);
            if all_drawn {
                for (node, range) in &grown.leaves {
                    let value = grown.tree.nodes[*node as usize].value;
                    for &row in &grown.rows[range.clone()] {
                        margins[row as usize] += value;
                    }
                }
            } else {
                for &row in rows {
                    margins[row as usize] += grown.tree.leaf_of(table, row as usize).value;
                }
            }
            trees.push(grown.tree);
        }
        Self {
            loss: settings.loss,
            base,
            bins,
            trees,
        }
    }

    /// One prediction per row: a probability with [`Loss::LogLoss`], else a value in the unit
    /// of the target.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if the columns differ in number or kind from those of the
    /// fit. Categories never seen count as rare ones.
    pub fn predict(&self, table: &FeatureTable) -> Result<Vec<f64>, StatsError> {
        let mut margins = self.margins(table)?;
        if self.loss == Loss::LogLoss {
            for margin in &mut margins {
                *margin = logistic(*margin);
            }
        }
        Ok(margins)
    }

    /// The sum of the trees per row: log-odds with [`Loss::LogLoss`].
    ///
    /// # Errors
    ///
    /// As [`Self::predict`].
    pub fn margins(&self, table: &FeatureTable) -> Result<Vec<f64>, StatsError> {
        let binned = BinnedTable::new(table, &self.bins)?;
        let rows: Vec<u32> = (0..table.n_rows() as u32).collect();
        Ok(self.margins_binned(&binned, &rows))
    }

    pub(crate) fn margins_binned(&self, table: &BinnedTable, rows: &[u32]) -> Vec<f64> {
        let mut margins = vec![self.base; rows.len()];
        for tree in &self.trees {
            tree.add_to(table, rows, &mut margins);
        }
        margins
    }

    /// The trees in the form of models that were read from files. Thresholds are rounded down
    /// to `f32`, so rows of `f32` take the same way.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] if a cut has several categories on either side, or
    /// the rare ones of a column with more than 253: that form knows single categories only.
    /// Fit with [`CategorySplits::OneVsRest`].
    pub fn to_ensemble(&self) -> Result<TreeEnsemble, StatsError> {
        let trees = self
            .trees
            .iter()
            .map(|tree| convert(tree, &self.bins, |node| vec![(0, tree.nodes[node].value)]));
        let link = match self.loss {
            Loss::LogLoss => Link::Logistic,
            Loss::SquaredError | Loss::AbsoluteError => Link::Identity,
        };
        TreeEnsemble::new(
            self.bins.len(),
            vec![self.base],
            &trees.collect::<Result<Vec<_>, _>>()?,
            Aggregation::Sum,
            link,
        )
    }

    /// What is minimised.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// Trees grown: fewer than asked for when no cut was left.
    pub fn n_trees(&self) -> usize {
        self.trees.len()
    }

    /// Share of the gain that each column's cuts brought, shape `(columns,)`; sums to 1, or all
    /// zeros without any cut. It favours columns with many values: on pure noise they get
    /// most.
    pub fn gain_importance(&self) -> Vec<f64> {
        self.importance(true)
    }

    /// Share of the cuts made on each column.
    pub fn split_importance(&self) -> Vec<f64> {
        self.importance(false)
    }

    fn importance(&self, by_gain: bool) -> Vec<f64> {
        let mut sums = vec![0.0; self.bins.len()];
        for tree in &self.trees {
            tree.add_importance(by_gain, &mut sums);
        }
        normalise(&mut sums);
        sums
    }
}

/// Divides by the sum, where there is one.
pub(super) fn normalise(shares: &mut [f64]) {
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        for share in shares {
            *share /= total;
        }
    }
}

pub(crate) fn check_target(n_rows: usize, target: &[f64], loss: Loss) -> Result<(), StatsError> {
    if n_rows == 0 {
        return Err(StatsError::EmptySample { sample: "training" });
    }
    if target.len() != n_rows {
        return Err(StatsError::ParameterOutOfDomain {
            name: "target",
            domain: "one value per row",
            found: target.len() as f64,
        });
    }
    if target.iter().any(|y| !y.is_finite()) {
        return Err(StatsError::NotFinite { sample: "target" });
    }
    match target.iter().find(|y| !(0.0..=1.0).contains(*y)) {
        Some(&found) if loss == Loss::LogLoss => Err(StatsError::ParameterOutOfDomain {
            name: "target",
            domain: "from 0 to 1",
            found,
        }),
        _ => Ok(()),
    }
}

/// The best constant.
fn base_margin(loss: Loss, rows: &[u32], target: &[f64]) -> f64 {
    if rows.is_empty() {
        return 0.0;
    }
    let n = rows.len() as f64;
    let mean = || {
        rows.iter()
            .map(|&row| target[row as usize] / n)
            .sum::<f64>()
    };
    match loss {
        Loss::LogLoss => {
            let share = mean().clamp(1e-15, 1.0 - 1e-15);
            (share / (1.0 - share)).ln()
        }
        Loss::SquaredError => mean(),
        Loss::AbsoluteError => {
            let mut values: Vec<f64> = rows.iter().map(|&row| target[row as usize]).collect();
            median(&mut values)
        }
    }
}

/// The median of finite values; the order is lost.
fn median(values: &mut [f64]) -> f64 {
    let n = values.len();
    let (below, &mut upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    if n % 2 == 1 {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lower.midpoint(upper)
}

fn derive(
    loss: Loss,
    rows: &[u32],
    target: &[f64],
    margins: &[f64],
    derivatives: &mut [Derivatives],
) {
    for &row in rows {
        let row = row as usize;
        derivatives[row] = match loss {
            Loss::LogLoss => {
                let p = logistic(margins[row]);
                [p - target[row], p * (1.0 - p)]
            }
            Loss::SquaredError => [margins[row] - target[row], 1.0],
            Loss::AbsoluteError => {
                let residual = margins[row] - target[row];
                [
                    if residual == 0.0 {
                        0.0
                    } else {
                        residual.signum()
                    },
                    1.0,
                ]
            }
        };
    }
}

/// Gives leaves their final values: medians for the absolute error, and the learning rate.
fn settle_leaves(grown: &mut Grown, settings: &BoostingSettings, target: &[f64], margins: &[f64]) {
    if settings.loss == Loss::AbsoluteError {
        for (node, range) in &grown.leaves {
            let rows = &grown.rows[range.clone()];
            let mut residuals: Vec<f64> = rows
                .iter()
                .map(|&row| target[row as usize] - margins[row as usize])
                .collect();
            if !residuals.is_empty() {
                grown.tree.nodes[*node as usize].value = median(&mut residuals);
            }
        }
    }
    for node in grown
        .tree
        .nodes
        .iter_mut()
        .filter(|node: &&mut BinnedNode| node.is_leaf())
    {
        node.value *= settings.learning_rate;
    }
}

/// The given share of `0..n`, ascending, at least one; `None` for all.
fn draw(n: usize, share: f64, random: &mut Random) -> Option<Vec<u32>> {
    if share >= 1.0 {
        return None;
    }
    let wanted = ((n as f64 * share).round() as usize).clamp(1, n);
    let mut all: Vec<u32> = (0..n as u32).collect();
    for i in 0..wanted {
        let other = i + (random.uniform() * (n - i) as f64) as usize;
        all.swap(i, other);
    }
    all.truncate(wanted);
    all.sort_unstable();
    Some(all)
}
