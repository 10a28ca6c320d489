//! A tree over binned columns.

use super::binning::{BinnedTable, MISSING_BIN};

/// What an inner node asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    /// Does the value lie in this bin or below it?
    AtMost(u8),
    /// Is the category in this set? (Index into [`BinnedTree::sets`].)
    OneOf(u32),
}

/// A set of bins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BinSet([u64; 4]);

impl BinSet {
    pub(super) fn insert(&mut self, bin: u8) {
        self.0[usize::from(bin >> 6)] |= 1 << (bin & 63);
    }

    #[inline]
    pub(super) fn contains(&self, bin: u8) -> bool {
        self.0[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1
    }
}

/// A node; a leaf where `left` is zero, since the root is nobody's child.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BinnedNode {
    pub(super) rule: Rule,
    pub(super) column: u32,
    pub(super) left: u32,
    pub(super) right: u32,
    /// Where rows without a value go, for [`Rule::AtMost`].
    pub(super) missing_left: bool,
    /// By how much the split lowers the loss.
    pub(super) gain: f64,
    pub(super) value: f64,
    pub(super) n_rows: u32,
}

impl BinnedNode {
    pub(super) fn leaf(value: f64, n_rows: u32) -> Self {
        Self {
            rule: Rule::AtMost(0),
            column: 0,
            left: 0,
            right: 0,
            missing_left: false,
            gain: 0.0,
            value,
            n_rows,
        }
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.left == 0
    }

    /// Whether a row whose byte in the node's column is `bin` goes left.
    #[inline]
    pub(super) fn goes_left(&self, bin: u8, sets: &[BinSet]) -> bool {
        match self.rule {
            Rule::AtMost(last) => {
                if bin == MISSING_BIN {
                    self.missing_left
                } else {
                    bin <= last
                }
            }
            Rule::OneOf(set) => sets[set as usize].contains(bin),
        }
    }
}

/// A grown tree; node 0 is the root.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct BinnedTree {
    pub(super) nodes: Vec<BinnedNode>,
    pub(super) sets: Vec<BinSet>,
}

impl BinnedTree {
    /// The leaf that a row falls into.
    #[inline]
    pub(super) fn leaf_of(&self, table: &BinnedTable, row: usize) -> &BinnedNode {
        &self.nodes[self.leaf_position(table, row)]
    }

    /// The position of that leaf.
    #[inline]
    pub(super) fn leaf_position(&self, table: &BinnedTable, row: usize) -> usize {
        let mut position = 0;
        loop {
            let node = &self.nodes[position];
            if node.is_leaf() {
                return position;
            }
            let bin = table.columns[node.column as usize][row];
            position = if node.goes_left(bin, &self.sets) {
                node.left
            } else {
                node.right
            } as usize;
        }
    }

    /// Adds the value of each row's leaf to `sums`; `rows[i]` belongs to `sums[i]`.
    pub(super) fn add_to(&self, table: &BinnedTable, rows: &[u32], sums: &mut [f64]) {
        for (&row, sum) in rows.iter().zip(sums) {
            *sum += self.leaf_of(table, row as usize).value;
        }
    }

    /// Adds `gain` (or 1 for each split) to the columns that were asked.
    pub(super) fn add_importance(&self, by_gain: bool, sums: &mut [f64]) {
        for node in self.nodes.iter().filter(|node| !node.is_leaf()) {
            sums[node.column as usize] += if by_gain { node.gain } else { 1.0 };
        }
    }
}
