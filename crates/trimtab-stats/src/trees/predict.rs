//! Predictions of tree ensembles over batches of rows.

use super::ensemble::{Node, TreeEnsemble};
use crate::error::StatsError;

/// Rows that walk down a tree together: their loads don't wait for one another.
const LANES: usize = 8;

/// Rows for which all trees are walked before the next ones: they stay in the first-level cache.
const BLOCK_ROWS: usize = 64;

impl TreeEnsemble {
    /// The raw sums, before the link.
    ///
    /// # Arguments
    ///
    /// * `rows`: shape `(n_rows, n_features)`, row-major, missing = NaN. ±∞ are values.
    ///
    /// # Returns
    ///
    /// Shape `(n_rows, n_outputs)`, row-major. Summed in `f64` in the order of the trees.
    ///
    /// # Errors
    ///
    /// [`StatsError::ShapeMismatch`] if `rows` does not hold whole rows.
    pub fn margins(&self, rows: &[f32]) -> Result<Vec<f64>, StatsError> {
        let n_rows = self.n_rows_of(rows)?;
        let mut margins = self.base_values.repeat(n_rows);
        let row_blocks = rows.chunks(BLOCK_ROWS * self.n_features);
        let margin_blocks = margins.chunks_mut(BLOCK_ROWS * self.n_outputs);
        for (row_block, margin_block) in row_blocks.zip(margin_blocks) {
            for &root in &self.roots {
                self.add_tree(root, row_block, margin_block);
            }
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
        self.link.apply(&mut margins, self.n_outputs);
        Ok(margins)
    }

    /// The same model with covers counted from reference rows: how many of them reach each node.
    ///
    /// Model files keep no covers; path-dependent attributions need them.
    ///
    /// # Errors
    ///
    /// [`StatsError::EmptySample`] without rows, [`StatsError::ShapeMismatch`] if `rows` does
    /// not hold whole rows.
    pub fn with_covers_from(mut self, rows: &[f32]) -> Result<Self, StatsError> {
        if self.n_rows_of(rows)? == 0 {
            return Err(StatsError::EmptySample {
                sample: "reference",
            });
        }
        let mut covers = vec![0.0; self.nodes.len()];
        for &root in &self.roots {
            for row in rows.chunks_exact(self.n_features) {
                let mut position = root as usize;
                covers[position] += 1.0;
                while !self.nodes[position].is_leaf() {
                    position = step(&self.nodes[position], row) as usize;
                    covers[position] += 1.0;
                }
            }
        }
        self.covers = Some(covers);
        Ok(self)
    }

    /// How many rows the values are.
    pub(super) fn n_rows_of(&self, rows: &[f32]) -> Result<usize, StatsError> {
        whole_rows(rows, self.n_features)
    }

    fn add_tree(&self, root: u32, rows: &[f32], margins: &mut [f64]) {
        let row_lanes = rows.chunks(LANES * self.n_features);
        let margin_lanes = margins.chunks_mut(LANES * self.n_outputs);
        for (rows, margins) in row_lanes.zip(margin_lanes) {
            if rows.len() == LANES * self.n_features {
                self.add_lanes(root, rows, margins);
            } else {
                let rows = rows.chunks_exact(self.n_features);
                for (row, margins) in rows.zip(margins.chunks_mut(self.n_outputs)) {
                    let mut position = root as usize;
                    while !self.nodes[position].is_leaf() {
                        position = step(&self.nodes[position], row) as usize;
                    }
                    self.add_leaf(self.nodes[position].left, margins);
                }
            }
        }
    }

    /// Eight rows at once.
    fn add_lanes(&self, root: u32, rows: &[f32], margins: &mut [f64]) {
        let mut positions = [root; LANES];
        let mut leaves = [0_u32; LANES];
        let mut is_walking = true;
        while is_walking {
            is_walking = false;
            for lane in 0..LANES {
                let node = &self.nodes[positions[lane] as usize];
                if node.is_leaf() {
                    leaves[lane] = node.left;
                } else {
                    let row = &rows[lane * self.n_features..][..self.n_features];
                    positions[lane] = step(node, row);
                    is_walking = true;
                }
            }
        }
        for (leaf, margins) in leaves.into_iter().zip(margins.chunks_mut(self.n_outputs)) {
            self.add_leaf(leaf, margins);
        }
    }

    fn add_leaf(&self, leaf: u32, margins: &mut [f64]) {
        for &(output, value) in self.leaf_values(leaf) {
            margins[output as usize] += value;
        }
    }
}

#[inline]
fn step(node: &Node, row: &[f32]) -> u32 {
    if node.goes_left(row[node.feature as usize]) {
        node.left
    } else {
        node.right
    }
}

/// How many rows of `width` the values are.
pub(super) fn whole_rows(rows: &[f32], width: usize) -> Result<usize, StatsError> {
    if rows.len().is_multiple_of(width) {
        Ok(rows.len() / width)
    } else {
        Err(StatsError::ShapeMismatch {
            expected: width,
            found: rows.len() % width,
        })
    }
}
