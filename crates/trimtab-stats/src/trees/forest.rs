//! Random forests over binned columns.

use super::binned_tree::{BinSet, BinnedNode, BinnedTree, Rule};
use super::binning::{BinnedTable, ColumnBins, MISSING_BIN, STRIDE, fit_bins};
use super::boosting::{check_target, normalise};
use super::features::FeatureTable;
use super::{Loss, TreeEnsemble};
use crate::error::StatsError;
use crate::random::Random;

/// How many columns a node may choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnsPerNode {
    /// All.
    All,
    /// The root of their number, rounded down.
    SquareRoot,
}

/// How a random forest is grown. The defaults are scikit-learn's.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestSettings {
    /// Trees.
    pub n_trees: u32,
    /// Columns drawn at each node. scikit-learn: the root for classes, all for numbers.
    pub columns: ColumnsPerNode,
    /// Cuts from root to leaf; `None` grows until leaves are pure.
    pub max_depth: Option<u32>,
    /// Nodes with fewer rows are leaves.
    pub min_rows_to_cut: u32,
    /// Rows on either side of a cut.
    pub min_rows_in_leaf: u32,
    /// Seed of the draws of rows and columns.
    pub seed: u64,
}

impl Default for ForestSettings {
    /// 100 trees, grown out, the root of the columns at each node.
    fn default() -> Self {
        Self {
            n_trees: 100,
            columns: ColumnsPerNode::SquareRoot,
            max_depth: None,
            min_rows_to_cut: 2,
            min_rows_in_leaf: 1,
            seed: 1,
        }
    }
}

/// A random forest: trees on bootstrap draws of the rows, each node cut by the best of a few
/// random columns.
///
/// Columns are cut into at most 255 bins first; categories are split one against the rest,
/// missing values go to the side where they help more.
///
/// # Source
///
/// L. Breiman, *Random forests* (2001). Importances are those of scikit-learn: the decrease of
/// Gini impurity or variance, normalised per tree.
///
/// # Examples
///
/// ```
/// use trimtab_stats::trees::{
///     FeatureColumn, FeatureTable, ForestSettings, ForestTarget, RandomForest,
/// };
///
/// let x: Vec<f64> = (0..200).map(|i| f64::from(i % 50)).collect();
/// let noise: Vec<f64> = (0..200).map(|i| f64::from(i * 7 % 13)).collect();
/// let classes: Vec<u32> = x.iter().map(|x| u32::from(*x > 25.0)).collect();
/// let table = FeatureTable::new(vec![FeatureColumn::Numeric(x), FeatureColumn::Numeric(noise)])?;
/// let target = ForestTarget::Classes { classes: &classes, n_classes: 2 };
/// let forest = RandomForest::fit(&table, target, &ForestSettings::default())?;
/// assert!(forest.importances()[0] > 0.8);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RandomForest {
    bins: Vec<ColumnBins>,
    trees: Vec<ForestTree>,
    n_outputs: usize,
    importances: Vec<f64>,
}

/// A tree whose leaves hold a place in `outputs`.
#[derive(Debug, Clone, Default, PartialEq)]
struct ForestTree {
    tree: BinnedTree,
    /// Shares of the classes or the mean, per node; `value` of a node is not used.
    outputs: Vec<f64>,
}

impl RandomForest {
    /// Fits to a table.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without rows.
    /// * [`StatsError::ParameterOutOfDomain`] if the target has another length than the table,
    ///   a class does not exist, or there are fewer than two.
    /// * [`StatsError::NotFinite`] if a value of the target is not finite.
    pub fn fit(
        table: &FeatureTable,
        target: ForestTarget<'_>,
        settings: &ForestSettings,
    ) -> Result<Self, StatsError> {
        target.check(table.n_rows())?;
        let bins = fit_bins(table, None, 255, settings.seed);
        let binned = BinnedTable::new(table, &bins)?;
        let rows: Vec<u32> = (0..table.n_rows() as u32).collect();
        Ok(Self::fit_binned(
            bins, &binned, &rows, target, settings, true,
        ))
    }

    /// Fits on some rows of a table that is cut already. Without `keep_trees` only the
    /// importances are left.
    pub(crate) fn fit_binned(
        bins: Vec<ColumnBins>,
        table: &BinnedTable,
        rows: &[u32],
        target: ForestTarget<'_>,
        settings: &ForestSettings,
        keep_trees: bool,
    ) -> Self {
        let mut random = Random::from_seed(settings.seed);
        let n_columns = bins.len();
        let n_drawn = match settings.columns {
            ColumnsPerNode::All => n_columns,
            ColumnsPerNode::SquareRoot => ((n_columns as f64).sqrt() as usize).max(1),
        };
        let mut planter = Planter {
            table,
            bins: &bins,
            target,
            settings,
            n_drawn,
            weights: vec![0.0; table.n_rows],
            histogram: vec![0.0; STRIDE * (target.n_channels() + 2)],
            present: Vec::with_capacity(STRIDE),
            gains: vec![0.0; n_columns],
        };
        let mut importances = vec![0.0; n_columns];
        let mut trees = Vec::new();
        for _ in 0..settings.n_trees {
            let tree = planter.plant(rows, &mut random);
            normalise(&mut planter.gains);
            importances
                .iter_mut()
                .zip(&planter.gains)
                .for_each(|(sum, gain)| *sum += gain);
            if keep_trees {
                trees.push(tree);
            }
        }
        normalise(&mut importances);
        Self {
            bins,
            trees,
            n_outputs: target.n_outputs(),
            importances,
        }
    }

    /// Share of the decrease of impurity that each column brought, shape `(columns,)`; sums to
    /// 1, or all zeros where nothing could be cut. It favours columns with many values.
    pub fn importances(&self) -> &[f64] {
        &self.importances
    }

    /// Means over the trees, shape `(rows, outputs)`, row by row: a share per class, or one
    /// value.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if the columns differ in number or kind.
    pub fn predict(&self, table: &FeatureTable) -> Result<Vec<f64>, StatsError> {
        let binned = BinnedTable::new(table, &self.bins)?;
        let k = self.n_outputs;
        let mut sums = vec![0.0; table.n_rows() * k];
        for tree in &self.trees {
            for (row, slots) in sums.chunks_exact_mut(k).enumerate() {
                let leaf = tree.tree.leaf_position(&binned, row);
                let outputs = &tree.outputs[leaf * k..(leaf + 1) * k];
                slots
                    .iter_mut()
                    .zip(outputs)
                    .for_each(|(slot, output)| *slot += output);
            }
        }
        let n_trees = self.trees.len().max(1) as f64;
        for sum in &mut sums {
            *sum /= n_trees;
        }
        Ok(sums)
    }

    /// The forest in the form of models that were read from files: one output per class, or
    /// one. Thresholds are rounded down to `f32`, so rows of `f32` take the same way.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] if a node asks for the rare categories of a column
    /// with more than 253, which that form cannot say.
    pub fn to_ensemble(&self) -> Result<TreeEnsemble, StatsError> {
        let k = self.n_outputs;
        let trees = self.trees.iter().map(|tree| {
            super::conversion::convert(&tree.tree, &self.bins, |node| {
                let outputs = tree.outputs[node * k..(node + 1) * k].iter();
                outputs
                    .enumerate()
                    .map(|(idx, &value)| (idx as u32, value))
                    .collect()
            })
        });
        TreeEnsemble::new(
            self.bins.len(),
            vec![0.0; k],
            &trees.collect::<Result<Vec<_>, _>>()?,
            super::Aggregation::Average,
            super::Link::Identity,
        )
    }
}

/// What a forest learns: one value per row.
#[derive(Debug, Clone, Copy)]
pub enum ForestTarget<'a> {
    /// Classes, each below `n_classes`.
    Classes {
        /// One per row.
        classes: &'a [u32],
        /// At least 2.
        n_classes: u32,
    },
    /// Finite numbers.
    Values(&'a [f64]),
}

impl ForestTarget<'_> {
    /// Refuses targets that do not fit a table.
    pub(crate) fn check(self, n_rows: usize) -> Result<(), StatsError> {
        match self {
            Self::Values(values) => check_target(n_rows, values, Loss::SquaredError),
            Self::Classes { classes, n_classes } => {
                let numbers: Vec<f64> = classes.iter().map(|&class| f64::from(class)).collect();
                check_target(n_rows, &numbers, Loss::SquaredError)?;
                let largest = classes.iter().copied().max().unwrap_or(0);
                if n_classes < 2 || largest >= n_classes {
                    return Err(StatsError::ParameterOutOfDomain {
                        name: "n_classes",
                        domain: "at least 2, and above every class",
                        found: f64::from(n_classes),
                    });
                }
                Ok(())
            }
        }
    }

    /// Sums kept per bin. Of two classes the second is enough: Gini's impurity is then twice
    /// the variance.
    fn n_channels(self) -> usize {
        match self {
            Self::Classes { n_classes: 2, .. } | Self::Values(_) => 1,
            Self::Classes { n_classes, .. } => n_classes as usize,
        }
    }

    fn n_outputs(self) -> usize {
        match self {
            Self::Classes { n_classes, .. } => n_classes as usize,
            Self::Values(_) => 1,
        }
    }

    /// Adds a row of some weight to the sums.
    #[inline]
    fn add(self, row: usize, weight: f64, sums: &mut [f64]) {
        match self {
            Self::Values(values) => sums[0] += weight * values[row],
            Self::Classes {
                classes,
                n_classes: 2,
            } => sums[0] += weight * f64::from(classes[row]),
            Self::Classes { classes, .. } => sums[classes[row] as usize] += weight,
        }
    }

    fn outputs(self, sums: &[f64], weight: f64, outputs: &mut Vec<f64>) {
        match self {
            Self::Classes { n_classes: 2, .. } => {
                outputs.extend([1.0 - sums[0] / weight, sums[0] / weight]);
            }
            _ => outputs.extend(sums.iter().map(|sum| sum / weight)),
        }
    }
}

/// Squared sums by weight of a set of rows, given as `[rows, weight, sums…]`: what it takes off
/// the impurity.
fn score(cell: &[f64]) -> f64 {
    let squares: f64 = cell[2..].iter().map(|sum| sum * sum).sum();
    if cell[1] > 0.0 {
        squares / cell[1]
    } else {
        0.0
    }
}

/// The [`score`] of the rows of `total` that are not in `part`.
fn score_of_rest(total: &[f64], part: &[f64]) -> f64 {
    let sums = total[2..].iter().zip(&part[2..]);
    let squares: f64 = sums
        .map(|(total, part)| (total - part) * (total - part))
        .sum();
    let weight = total[1] - part[1];
    if weight > 0.0 { squares / weight } else { 0.0 }
}

/// Grows trees one after the other.
struct Planter<'a> {
    table: &'a BinnedTable,
    bins: &'a [ColumnBins],
    target: ForestTarget<'a>,
    settings: &'a ForestSettings,
    n_drawn: usize,
    /// How often each row was drawn.
    weights: Vec<f64>,
    /// Per bin `[rows, weight, sums…]`; all zeros between uses.
    histogram: Vec<f64>,
    /// Bins with rows; memory used again.
    present: Vec<u8>,
    /// What the columns brought in this tree.
    gains: Vec<f64>,
}

/// The best cut of a node so far.
struct Cut {
    column: u32,
    rule: Rule,
    set: BinSet,
    missing_left: bool,
    gain: f64,
}

impl Planter<'_> {
    fn plant(&mut self, rows: &[u32], random: &mut Random) -> ForestTree {
        self.gains.fill(0.0);
        for &row in rows {
            self.weights[row as usize] = 0.0;
        }
        for _ in rows {
            let drawn = rows[(random.uniform() * rows.len() as f64) as usize];
            self.weights[drawn as usize] += 1.0;
        }
        let drawn = rows.iter().copied();
        let mut bag: Vec<u32> = drawn
            .filter(|&row| self.weights[row as usize] > 0.0)
            .collect();
        let mut forest_tree = ForestTree::default();
        self.add_node(&bag, &mut forest_tree);
        let mut columns: Vec<u32> = (0..self.bins.len() as u32).collect();
        let mut buffer = Vec::new();
        let mut open = vec![(0_usize, 0..bag.len(), 0_u32)];
        while let Some((node, range, depth)) = open.pop() {
            let here = &mut bag[range.clone()];
            let Some(cut) = self.best_cut(here, depth, &mut columns, random) else {
                continue;
            };
            self.gains[cut.column as usize] += cut.gain;
            let ForestTree { tree, .. } = &mut forest_tree;
            let first_child = tree.nodes.len();
            let inner = &mut tree.nodes[node];
            inner.rule = cut.rule;
            inner.column = cut.column;
            inner.missing_left = cut.missing_left;
            inner.gain = cut.gain;
            inner.left = first_child as u32;
            inner.right = first_child as u32 + 1;
            if let Rule::OneOf(set) = &mut inner.rule {
                *set = tree.sets.len() as u32;
                tree.sets.push(cut.set);
            }
            let inner = *inner;
            let bytes = &self.table.columns[cut.column as usize];
            let n_left = super::grower::partition(here, bytes, &inner, &tree.sets, &mut buffer);
            let middle = range.start + n_left;
            self.add_node(&bag[range.start..middle], &mut forest_tree);
            self.add_node(&bag[middle..range.end], &mut forest_tree);
            open.push((first_child + 1, middle..range.end, depth + 1));
            open.push((first_child, range.start..middle, depth + 1));
        }
        forest_tree
    }

    /// Appends a leaf for these rows.
    fn add_node(&self, rows: &[u32], tree: &mut ForestTree) {
        let total = self.total(rows);
        tree.tree
            .nodes
            .push(BinnedNode::leaf(0.0, rows.len() as u32));
        self.target
            .outputs(&total[2..], total[1], &mut tree.outputs);
    }

    fn total(&self, rows: &[u32]) -> Vec<f64> {
        let mut total = vec![0.0; self.target.n_channels() + 2];
        for &row in rows {
            let weight = self.weights[row as usize];
            total[0] += 1.0;
            total[1] += weight;
            self.target.add(row as usize, weight, &mut total[2..]);
        }
        total
    }

    /// The best cut by a few random columns; more are tried only while all were constant.
    fn best_cut(
        &mut self,
        rows: &[u32],
        depth: u32,
        columns: &mut [u32],
        random: &mut Random,
    ) -> Option<Cut> {
        let settings = self.settings;
        let n_rows = rows.len() as u32;
        if n_rows < settings.min_rows_to_cut.max(2)
            || n_rows < 2 * settings.min_rows_in_leaf
            || settings.max_depth.is_some_and(|most| depth >= most)
            || self.is_pure(rows)
        {
            return None;
        }
        let total = self.total(rows);
        let mut best = None;
        let (mut n_visited, mut found_any) = (0, false);
        for i in 0..columns.len() {
            if n_visited >= self.n_drawn && found_any {
                break;
            }
            let other = i + (random.uniform() * (columns.len() - i) as f64) as usize;
            columns.swap(i, other);
            found_any |= self.search(columns[i], rows, &total, &mut best);
            n_visited += 1;
        }
        best
    }

    fn is_pure(&self, rows: &[u32]) -> bool {
        let first = rows[0] as usize;
        match self.target {
            ForestTarget::Classes { classes, .. } => rows
                .iter()
                .all(|&row| classes[row as usize] == classes[first]),
            ForestTarget::Values(values) => rows
                .iter()
                .all(|&row| values[row as usize] == values[first]),
        }
    }

    /// Looks for a better cut by one column; `false` if it is constant here.
    fn search(&mut self, column: u32, rows: &[u32], total: &[f64], best: &mut Option<Cut>) -> bool {
        let size = total.len();
        let bytes = &self.table.columns[column as usize];
        let mut present = std::mem::take(&mut self.present);
        present.clear();
        for &row in rows {
            let bin = bytes[row as usize];
            let start = usize::from(bin) * size;
            let cell = &mut self.histogram[start..start + size];
            if cell[0] == 0.0 {
                present.push(bin);
            }
            let weight = self.weights[row as usize];
            cell[0] += 1.0;
            cell[1] += weight;
            self.target.add(row as usize, weight, &mut cell[2..]);
        }
        present.sort_unstable();
        if present.len() > 1 {
            let view = View {
                histogram: &self.histogram,
                present: &present,
                total,
                least: f64::from(self.settings.min_rows_in_leaf).max(1.0),
                before: score(total),
                column,
            };
            if self.bins[column as usize].is_categorical() {
                view.one_against_rest(best);
            } else {
                view.ordered(best);
            }
        }
        for &bin in &present {
            self.histogram[usize::from(bin) * size..(usize::from(bin) + 1) * size].fill(0.0);
        }
        let varies = present.len() > 1;
        self.present = present;
        varies
    }
}

/// One column's histogram in a node.
struct View<'a> {
    histogram: &'a [f64],
    /// Bins with rows, ascending.
    present: &'a [u8],
    total: &'a [f64],
    /// Rows on either side, at least 1.
    least: f64,
    /// [`score`] of the whole node.
    before: f64,
    column: u32,
}

impl View<'_> {
    fn cell(&self, bin: u8) -> &[f64] {
        let size = self.total.len();
        &self.histogram[usize::from(bin) * size..(usize::from(bin) + 1) * size]
    }

    fn consider(&self, left: &[f64], best: &mut Option<Cut>, rule: Rule, missing_left: bool) {
        if left[0] < self.least || self.total[0] - left[0] < self.least {
            return;
        }
        let gain = (score(left) + score_of_rest(self.total, left) - self.before).max(0.0);
        if best.as_ref().is_none_or(|best| gain > best.gain) {
            *best = Some(Cut {
                column: self.column,
                rule,
                set: BinSet::default(),
                missing_left,
                gain,
            });
        }
    }

    fn ordered(&self, best: &mut Option<Cut>) {
        let has_missing = self.present.last() == Some(&MISSING_BIN);
        let n_values = self.present.len() - usize::from(has_missing);
        let values = &self.present[..n_values];
        let missing = self.cell(MISSING_BIN);
        let mut left = vec![0.0; self.total.len()];
        let mut with = left.clone();
        for (place, &bin) in values.iter().enumerate() {
            left.iter_mut()
                .zip(self.cell(bin))
                .for_each(|(l, c)| *l += c);
            // Halfway to the next bin that has rows here.
            let edge = match values.get(place + 1) {
                Some(&next) => bin + (next - bin - 1) / 2,
                None if has_missing => bin,
                None => break,
            };
            let follow_larger = left[0] * 2.0 > self.total[0];
            let rule = Rule::AtMost(edge);
            self.consider(&left, best, rule, !has_missing && follow_larger);
            if has_missing && place + 1 < n_values {
                for ((with, left), missing) in with.iter_mut().zip(&left).zip(missing) {
                    *with = left + missing;
                }
                self.consider(&with, best, rule, true);
            }
        }
    }

    fn one_against_rest(&self, best: &mut Option<Cut>) {
        for &bin in self.present {
            let before = best.as_ref().map_or(-1.0, |best| best.gain);
            self.consider(self.cell(bin), best, Rule::OneOf(0), false);
            if let Some(cut) = best
                && cut.gain > before
            {
                cut.set.insert(bin);
            }
        }
    }
}
