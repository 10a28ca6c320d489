//! From trees to paths: one list of conditions per leaf, one condition per feature.

use super::super::ensemble::{Node, TreeEnsemble};
use crate::error::StatsError;
use std::ops::Range;

/// Patterns are kept in 64 bits.
const CONDITIONS_MOST: usize = 64;

/// What a row's value must be for the row to stay on a path: all tests of one feature, merged.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) feature: u32,
    /// `x ≤ high`; NaN is met by no number.
    high: f32,
    /// `x ≥ low`; NaN is met by no number.
    low: f32,
    missing_is_met: bool,
    /// Tests for equality: `(x = value) = expected`. Nearly always none.
    equalities: Vec<(f32, bool)>,
    /// Product of the shares of rows that took the path's sides at this feature's branches.
    pub(super) share: f64,
}

impl Condition {
    fn new(feature: u32) -> Self {
        Self {
            feature,
            high: f32::INFINITY,
            low: f32::NEG_INFINITY,
            missing_is_met: true,
            equalities: Vec::new(),
            share: 1.0,
        }
    }

    /// Adds one branch's test.
    fn narrow(&mut self, node: &Node, is_left: bool, share: f64) {
        self.missing_is_met &= node.missing_is_left == is_left;
        self.share *= share;
        if node.is_equality {
            self.equalities.push((node.threshold, is_left));
        } else if is_left {
            self.high = smaller(self.high, node.threshold);
        } else if !node.threshold.is_nan() {
            // (No number is at most NaN: all go right, and nothing is narrowed.)
            self.low = -smaller(-self.low, -just_above(node.threshold));
        }
    }

    #[inline]
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "without branches a column is tested many values at a time"
    )]
    fn is_in_interval(&self, x: f32) -> bool {
        ((x >= self.low) & (x <= self.high)) | (x.is_nan() & self.missing_is_met)
    }

    fn is_met(&self, x: f32) -> bool {
        self.is_in_interval(x)
            && (x.is_nan()
                || self
                    .equalities
                    .iter()
                    .all(|&(value, expected)| (x == value) == expected))
    }
}

/// The smaller bound, where NaN, which no number meets, is the smallest.
fn smaller(a: f32, b: f32) -> f32 {
    if a.is_nan() || b.is_nan() {
        f32::NAN
    } else {
        a.min(b)
    }
}

/// The smallest `f32` above `threshold`; nothing is above ∞.
fn just_above(threshold: f32) -> f32 {
    if threshold == f32::INFINITY {
        f32::NAN
    } else {
        threshold.next_up()
    }
}

/// One leaf: where its conditions and its values stand.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    conditions: Range<usize>,
    values: Range<usize>,
    /// Its position among the leaves.
    pub(super) position: usize,
}

impl Leaf {
    pub(super) fn n_conditions(&self) -> usize {
        self.conditions.len()
    }
}

/// All leaves of an ensemble.
#[derive(Debug, Clone)]
pub(super) struct Paths {
    pub(super) leaves: Vec<Leaf>,
    conditions: Vec<Condition>,
    values: Vec<(u32, f64)>,
    pub(super) n_conditions_most: usize,
}

impl Paths {
    pub(super) fn new(ensemble: &TreeEnsemble, covers: Option<&[f64]>) -> Result<Self, StatsError> {
        let mut paths = Self {
            leaves: Vec::with_capacity(ensemble.leaves.len()),
            conditions: Vec::new(),
            values: ensemble.values.clone(),
            n_conditions_most: 0,
        };
        for (tree_idx, &root) in ensemble.roots.iter().enumerate() {
            paths
                .append(ensemble, covers, root)
                .map_err(|what| StatsError::MalformedModel {
                    what,
                    position: tree_idx,
                })?;
        }
        Ok(paths)
    }

    /// Walks one tree. A stack of our own: a model file may hold a tree of any depth.
    fn append(
        &mut self,
        ensemble: &TreeEnsemble,
        covers: Option<&[f64]>,
        root: u32,
    ) -> Result<(), &'static str> {
        let mut to_visit: Vec<(u32, Vec<Condition>)> = vec![(root, Vec::new())];
        while let Some((position, conditions)) = to_visit.pop() {
            let node = &ensemble.nodes[position as usize];
            if node.is_leaf() {
                self.append_leaf(ensemble, node, conditions);
                continue;
            }
            let known = conditions
                .iter()
                .position(|known| known.feature == node.feature);
            if known.is_none() && conditions.len() == CONDITIONS_MOST {
                return Err("a path looks at more than 64 different features");
            }
            for (child, is_left) in [(node.right, false), (node.left, true)] {
                let share = covers.map_or(1.0, |covers| share(covers, position, node, child));
                let mut conditions = conditions.clone();
                let condition = match known {
                    Some(known) => &mut conditions[known],
                    None => conditions.push_mut(Condition::new(node.feature)),
                };
                condition.narrow(node, is_left, share);
                to_visit.push((child, conditions));
            }
        }
        Ok(())
    }

    fn append_leaf(&mut self, ensemble: &TreeEnsemble, node: &Node, conditions: Vec<Condition>) {
        let (begin, end) = ensemble.leaves[node.left as usize];
        let first = self.conditions.len();
        self.n_conditions_most = self.n_conditions_most.max(conditions.len());
        self.conditions.extend(conditions);
        self.leaves.push(Leaf {
            conditions: first..self.conditions.len(),
            values: begin as usize..end as usize,
            position: self.leaves.len(),
        });
    }

    pub(super) fn conditions_of(&self, leaf: &Leaf) -> &[Condition] {
        &self.conditions[leaf.conditions.clone()]
    }

    pub(super) fn values_of(&self, leaf: &Leaf) -> &[(u32, f64)] {
        &self.values[leaf.values.clone()]
    }
}

/// The share of the branch's rows that went on at the child. Where none came, both sides alike.
fn share(covers: &[f64], position: u32, node: &Node, child: u32) -> f64 {
    let [of_child, left, right] = [child, node.left, node.right].map(|n| covers[n as usize]);
    let whole = if covers[position as usize] > 0.0 {
        covers[position as usize]
    } else {
        left + right
    };
    if whole > 0.0 { of_child / whole } else { 0.5 }
}

/// Rows to columns: shape `(n_rows, width)` to `(width, n_rows)`.
pub(super) fn transpose(rows: &[f32], width: usize, columns: &mut [f32]) {
    let n_rows = rows.len() / width;
    for (row_idx, row) in rows.chunks_exact(width).enumerate() {
        for (feature, &x) in row.iter().enumerate() {
            columns[feature * n_rows + row_idx] = x;
        }
    }
}

/// Which conditions each row meets, as bits. `columns` has shape `(_, patterns.len())`.
pub(super) fn meet_narrow(conditions: &[Condition], columns: &[f32], patterns: &mut [u8]) {
    let n_rows = patterns.len();
    for (bit, condition) in conditions.iter().enumerate() {
        let column = &columns[condition.feature as usize * n_rows..][..n_rows];
        if condition.equalities.is_empty() {
            for (pattern, &x) in patterns.iter_mut().zip(column) {
                *pattern |= u8::from(condition.is_in_interval(x)) << bit;
            }
        } else {
            for (pattern, &x) in patterns.iter_mut().zip(column) {
                *pattern |= u8::from(condition.is_met(x)) << bit;
            }
        }
    }
}

/// As [`meet_narrow`], for up to 64 conditions.
pub(super) fn meet_wide(conditions: &[Condition], columns: &[f32], patterns: &mut [u64]) {
    let n_rows = patterns.len();
    for (bit, condition) in conditions.iter().enumerate() {
        let column = &columns[condition.feature as usize * n_rows..][..n_rows];
        for (pattern, &x) in patterns.iter_mut().zip(column) {
            *pattern |= u64::from(condition.is_met(x)) << bit;
        }
    }
}
