//! Exact Shapley values of tree ensembles (`TreeSHAP`).
//!
//! The usual algorithm walks every tree with every row. Here the work is turned round: leaf by
//! leaf, over a block of rows. What a leaf adds to the attributions depends on a row only
//! through *which of the path's conditions it meets*, at most one bit per feature of the path
//! (the tests of one feature are merged into an interval). So each leaf's contributions are
//! computed once per pattern that occurs in the block, and looked up for its rows.

mod background;
mod paths;
mod shares;

use super::ensemble::TreeEnsemble;
use crate::error::StatsError;
use background::Background;
use paths::{Leaf, Paths};
use shares::Shares;

/// Rows that are explained together: their values, and their attributions, stay in the cache.
const BLOCK_ROWS: usize = 512;

/// Paths of at most so many features keep a table of all patterns.
const NARROW: usize = 8;

/// Explains the margins of a tree ensemble.
///
/// Attribution `φ[j]` of a row is the Shapley value of feature `j` in the game whose value for a
/// set `S` of features is the margin's expectation when the features of `S` have the row's
/// values. The two constructors differ in what the other features do. Either way the row's
/// attributions and the [`expected_values`](Self::expected_values) add up to its margin, and a
/// feature that no branch looks at has exactly 0.
///
/// # Numerics
///
/// Rows × leaves × path length; about a dozen patterns per leaf and block are computed, the rest
/// is looked up. Sums are `f64`; attributions add up to the margin within about 1e-12 of the
/// margin's size.
///
/// # Source
///
/// S. Lundberg et al., *From local explanations to global understanding with explainable AI for
/// trees* (2020), for both games. J. Yang, *Fast `TreeSHAP`* (2021), for tables of patterns.
/// G. Owen, *Multilinear extensions of games* (1972), for the integral that replaces the sum over
/// subsets: see `shares.rs`.
#[derive(Debug, Clone)]
pub struct TreeShap {
    n_features: usize,
    n_outputs: usize,
    paths: Paths,
    game: Game,
    expected_values: Vec<f64>,
}

#[derive(Debug, Clone)]
enum Game {
    PathDependent(Shares),
    Interventional(Background),
}

impl TreeShap {
    /// An absent feature's split is averaged over, by the share of rows that took each side
    /// (`tree_path_dependent` of the Python package `shap`).
    ///
    /// Fast, and stays near the data, but features that the reference correlates share credit by
    /// the order of the splits. The shares are the ensemble's covers: see
    /// [`TreeEnsemble::with_covers_from`]. Below a branch that no reference row reached both
    /// sides count alike.
    ///
    /// # Errors
    ///
    /// [`StatsError::EmptySample`] without covers, [`StatsError::MalformedModel`] if a path looks
    /// at more than 64 different features.
    pub fn path_dependent(ensemble: &TreeEnsemble) -> Result<Self, StatsError> {
        let covers = ensemble.covers.as_deref().ok_or(StatsError::EmptySample {
            sample: "reference",
        })?;
        let paths = Paths::new(ensemble, Some(covers))?;
        let mut expected_values = ensemble.base_values.clone();
        for leaf in &paths.leaves {
            let conditions = paths.conditions_of(leaf);
            let share: f64 = conditions.iter().map(|condition| condition.share).product();
            for &(output, value) in paths.values_of(leaf) {
                expected_values[output as usize] += share * value;
            }
        }
        let shares = Shares::new(paths.n_conditions_most);
        Ok(Self::new(
            ensemble,
            paths,
            Game::PathDependent(shares),
            expected_values,
        ))
    }

    /// Absent features take the values of a background row, and the games of all background rows
    /// are averaged (`interventional` of the Python package `shap`).
    ///
    /// True to the model: only features that it uses get credit. The cost grows with the number
    /// of different ways in which background rows meet a path; a few hundred rows are enough.
    ///
    /// # Arguments
    ///
    /// * `background`: shape `(n_rows, n_features)`, at least one row, missing = NaN.
    ///
    /// # Errors
    ///
    /// [`StatsError::EmptySample`] without rows, [`StatsError::ShapeMismatch`] if they are not
    /// whole, [`StatsError::MalformedModel`] if a path looks at more than 64 different features.
    pub fn interventional(ensemble: &TreeEnsemble, background: &[f32]) -> Result<Self, StatsError> {
        let n_rows = ensemble.n_rows_of(background)?;
        if n_rows == 0 {
            return Err(StatsError::EmptySample {
                sample: "background",
            });
        }
        let paths = Paths::new(ensemble, None)?;
        let game = Background::new(&paths, background, ensemble.n_features);
        let margins = ensemble.margins(background)?;
        let mut expected_values = vec![0.0; ensemble.n_outputs];
        for row in margins.chunks_exact(ensemble.n_outputs) {
            for (sum, margin) in expected_values.iter_mut().zip(row) {
                *sum += margin;
            }
        }
        for sum in &mut expected_values {
            *sum /= n_rows as f64;
        }
        Ok(Self::new(
            ensemble,
            paths,
            Game::Interventional(game),
            expected_values,
        ))
    }

    fn new(ensemble: &TreeEnsemble, paths: Paths, game: Game, expected_values: Vec<f64>) -> Self {
        Self {
            n_features: ensemble.n_features,
            n_outputs: ensemble.n_outputs,
            paths,
            game,
            expected_values,
        }
    }

    /// The margin's expectation when nothing is known of a row: what attributions are measured
    /// from, one per output.
    pub fn expected_values(&self) -> &[f64] {
        &self.expected_values
    }

    /// Explains rows.
    ///
    /// # Arguments
    ///
    /// * `rows`: shape `(n_rows, n_features)`, row-major, missing = NaN.
    ///
    /// # Returns
    ///
    /// Shape `(n_rows, n_outputs, n_features)`, row-major, in units of the margin.
    ///
    /// # Errors
    ///
    /// [`StatsError::ShapeMismatch`] if `rows` does not hold whole rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use trimtab_stats::trees::{Aggregation, Link, Tree, TreeEnsemble, TreeNode, TreeShap};
    ///
    /// let stump = Tree {
    ///     nodes: vec![
    ///         TreeNode::at_most(1, 0.0, false, (1, 2)),
    ///         TreeNode::leaf(0.0),
    ///         TreeNode::leaf(4.0),
    ///     ],
    ///     covers: Some(vec![4.0, 3.0, 1.0]),
    /// };
    /// let model = TreeEnsemble::new(2, vec![0.5], &[stump], Aggregation::Sum, Link::Identity)?;
    /// let shap = TreeShap::path_dependent(&model)?;
    /// assert_eq!(shap.expected_values(), [1.5]);
    /// assert_eq!(shap.explain(&[9.0, 1.0])?, [0.0, 3.0]);
    /// # Ok::<(), trimtab_stats::StatsError>(())
    /// ```
    pub fn explain(&self, rows: &[f32]) -> Result<Vec<f64>, StatsError> {
        let n_rows = super::predict::whole_rows(rows, self.n_features)?;
        let mut attributions = vec![0.0; n_rows * self.n_outputs * self.n_features];
        let mut block = Block::new(self);
        let targets = attributions.chunks_mut(BLOCK_ROWS * self.n_outputs * self.n_features);
        for (rows, target) in rows.chunks(BLOCK_ROWS * self.n_features).zip(targets) {
            block.explain(self, rows, target);
        }
        Ok(attributions)
    }

    /// What each condition of the leaf contributes, for a leaf value of 1, to rows that meet
    /// exactly the conditions of `pattern`.
    fn contributions(&self, leaf: &Leaf, pattern: u64, into: &mut [f64]) {
        match &self.game {
            Game::PathDependent(shares) => {
                shares.contributions(self.paths.conditions_of(leaf), pattern, into);
            }
            Game::Interventional(background) => background.contributions(leaf, pattern, into),
        }
    }
}

/// Buffers for a block of rows, reused from block to block.
struct Block {
    /// Values by feature: shape `(n_features, n_rows)`.
    columns: Vec<f32>,
    /// Attributions by output and feature: shape `(n_outputs, n_features, n_rows)`.
    sums: Vec<f64>,
    narrow_patterns: Vec<u8>,
    wide_patterns: Vec<u64>,
    /// Per row where its contributions stand in `table`.
    offsets: Vec<u32>,
    table: Vec<f64>,
    /// Hash table: pattern and where its contributions stand; `u32::MAX` is free.
    known: Vec<(u64, u32)>,
}

impl Block {
    fn new(shap: &TreeShap) -> Self {
        Self {
            columns: vec![0.0; shap.n_features * BLOCK_ROWS],
            sums: vec![0.0; shap.n_outputs * shap.n_features * BLOCK_ROWS],
            narrow_patterns: Vec::with_capacity(BLOCK_ROWS),
            wide_patterns: Vec::with_capacity(BLOCK_ROWS),
            offsets: Vec::with_capacity(BLOCK_ROWS),
            table: Vec::new(),
            known: Vec::new(),
        }
    }

    fn explain(&mut self, shap: &TreeShap, rows: &[f32], target: &mut [f64]) {
        let n_rows = rows.len() / shap.n_features;
        paths::transpose(rows, shap.n_features, &mut self.columns);
        self.sums.fill(0.0);
        for leaf in &shap.paths.leaves {
            if leaf.n_conditions() == 0 {
                continue;
            }
            if leaf.n_conditions() <= NARROW {
                self.look_up_narrow(shap, leaf, n_rows);
            } else {
                self.look_up_wide(shap, leaf, n_rows);
            }
            self.add(shap, leaf, n_rows);
        }
        let n_values = shap.n_outputs * shap.n_features;
        for (row_idx, row) in target.chunks_exact_mut(n_values).enumerate() {
            for (value, sums) in row.iter_mut().zip(self.sums.chunks_exact(n_rows)) {
                *value = sums[row_idx];
            }
        }
    }

    /// One table entry for every possible pattern, filled when it first occurs.
    fn look_up_narrow(&mut self, shap: &TreeShap, leaf: &Leaf, n_rows: usize) {
        let n_conditions = leaf.n_conditions();
        let conditions = shap.paths.conditions_of(leaf);
        self.narrow_patterns.clear();
        self.narrow_patterns.resize(n_rows, 0);
        paths::meet_narrow(conditions, &self.columns, &mut self.narrow_patterns);
        let mut is_known = [false; 1 << NARROW];
        self.table.clear();
        self.table.resize(n_conditions << n_conditions, 0.0);
        self.offsets.clear();
        for &pattern in &self.narrow_patterns {
            let position = usize::from(pattern);
            let offset = position * n_conditions;
            if !std::mem::replace(&mut is_known[position], true) {
                let entry = &mut self.table[offset..offset + n_conditions];
                shap.contributions(leaf, u64::from(pattern), entry);
            }
            self.offsets.push(offset as u32);
        }
    }

    /// One table entry for every pattern that occurs, found by hashing.
    fn look_up_wide(&mut self, shap: &TreeShap, leaf: &Leaf, n_rows: usize) {
        const SLOTS: usize = 4 * BLOCK_ROWS;
        let n_conditions = leaf.n_conditions();
        let conditions = shap.paths.conditions_of(leaf);
        self.wide_patterns.clear();
        self.wide_patterns.resize(n_rows, 0);
        paths::meet_wide(conditions, &self.columns, &mut self.wide_patterns);
        self.known.clear();
        self.known.resize(SLOTS, (0, u32::MAX));
        let known = &mut self.known;
        self.table.clear();
        self.offsets.clear();
        for &pattern in &self.wide_patterns {
            let mut slot = crate::random::mix(pattern) as usize % SLOTS;
            while known[slot].1 != u32::MAX && known[slot].0 != pattern {
                slot = (slot + 1) % SLOTS;
            }
            if known[slot].1 == u32::MAX {
                let offset = self.table.len();
                self.table.resize(offset + n_conditions, 0.0);
                shap.contributions(leaf, pattern, &mut self.table[offset..]);
                known[slot] = (pattern, offset as u32);
            }
            self.offsets.push(known[slot].1);
        }
    }

    /// Adds what was looked up to the attributions.
    fn add(&mut self, shap: &TreeShap, leaf: &Leaf, n_rows: usize) {
        for &(output, value) in shap.paths.values_of(leaf) {
            for (position, condition) in shap.paths.conditions_of(leaf).iter().enumerate() {
                let column = output as usize * shap.n_features + condition.feature as usize;
                let sums = &mut self.sums[column * n_rows..][..n_rows];
                let table = &self.table[position..];
                for (sum, &offset) in sums.iter_mut().zip(&self.offsets) {
                    *sum += value * table[offset as usize];
                }
            }
        }
    }
}
