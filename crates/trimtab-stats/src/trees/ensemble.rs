//! Tree ensembles: what they are made of, and the compact form they are kept in.

use super::Link;
use crate::error::StatsError;

/// How a branch compares a row's value `x` with its threshold `t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `x ≤ t`
    LessOrEqual,
    /// `x < t`
    Less,
    /// `x ≥ t`
    GreaterOrEqual,
    /// `x > t`
    Greater,
    /// `x = t`
    Equal,
    /// `x ≠ t`
    NotEqual,
}

/// How the trees' values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aggregation {
    /// Their sum: boosting, and forests whose leaves are already divided.
    #[default]
    Sum,
    /// Their mean over all trees of the ensemble.
    Average,
}

/// One node of a tree, as model files and fits know it.
#[derive(Debug, Clone, PartialEq)]
pub enum TreeNode {
    /// Compares one value and goes on.
    Branch {
        /// Which value of the row, from 0.
        feature: u32,
        /// How it is compared.
        comparison: Comparison,
        /// With what. Infinite is fine (`x ≤ ∞` separates the missing from the rest).
        threshold: f32,
        /// Whether a missing value (NaN) takes the branch `if_true`. Where a format says nothing
        /// about missing values, comparisons with NaN are false: `comparison == NotEqual`.
        missing_is_true: bool,
        /// Position of the next node in this tree where the comparison holds.
        if_true: u32,
        /// Position of the next node where it does not.
        if_false: u32,
    },
    /// Ends the path.
    Leaf {
        /// What it adds: `(output, value)`, any number of them.
        values: Vec<(u32, f64)>,
    },
}

impl TreeNode {
    /// A leaf of a model with one output.
    pub fn leaf(value: f64) -> Self {
        Self::Leaf {
            values: vec![(0, value)],
        }
    }

    /// The usual branch: `feature ≤ threshold` goes on at `if_true`.
    pub fn at_most(feature: u32, threshold: f32, missing_is_true: bool, to: (u32, u32)) -> Self {
        Self::Branch {
            feature,
            comparison: Comparison::LessOrEqual,
            threshold,
            missing_is_true,
            if_true: to.0,
            if_false: to.1,
        }
    }
}

/// One tree. Its root is the first node.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    /// Its nodes; children may stand anywhere.
    pub nodes: Vec<TreeNode>,
    /// How much weight of training rows reached each node, where known.
    pub covers: Option<Vec<f64>>,
}

/// A sum (or mean) of decision trees, and a link.
///
/// Prediction of row `x`: `link(base + Σ over trees of value(leaf that x reaches))`.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeEnsemble {
    pub(super) n_features: usize,
    pub(super) n_outputs: usize,
    /// All trees' nodes, tree by tree, each tree in order of a walk that visits the left child
    /// first, so that a path is short in memory.
    pub(super) nodes: Vec<Node>,
    /// Position of each tree's root.
    pub(super) roots: Vec<u32>,
    /// Per leaf where its values begin and end.
    pub(super) leaves: Vec<(u32, u32)>,
    /// `(output, value)`, already divided by the number of trees where the mean is wanted.
    pub(super) values: Vec<(u32, f64)>,
    pub(super) base_values: Vec<f64>,
    pub(super) link: Link,
    /// Weight of rows that reached each node.
    pub(super) covers: Option<Vec<f64>>,
    pub(super) has_equalities: bool,
}

/// A node in compact form. Every comparison is brought to `x ≤ t` (or `x = t`) by exchanging
/// the children and by moving the threshold to its neighbour among the `f32`: the same rows
/// take the same way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    /// Which value; in a leaf [`LEAF`].
    pub(super) feature: u32,
    pub(super) threshold: f32,
    /// Where `x ≤ t` goes on; in a leaf the number of the leaf.
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) missing_is_left: bool,
    pub(super) is_equality: bool,
}

/// The feature of a leaf.
pub(super) const LEAF: u32 = u32::MAX;

impl Node {
    pub(super) fn is_leaf(&self) -> bool {
        self.feature == LEAF
    }

    /// Whether the value goes on at the left child.
    #[inline]
    pub(super) fn goes_left(&self, x: f32) -> bool {
        let holds = if self.is_equality {
            x == self.threshold
        } else {
            x <= self.threshold
        };
        holds | (self.missing_is_left & x.is_nan())
    }
}

impl TreeEnsemble {
    /// Checks and compacts a model.
    ///
    /// # Arguments
    ///
    /// * `n_features`: values per row, at least 1.
    /// * `base_values`: what every prediction begins with, one per output; its length is the
    ///   number of outputs, at least 1.
    /// * `trees`: any number; none predicts the base values.
    /// * `aggregation`, `link`: how the leaves' values become a prediction.
    ///
    /// Covers are kept when every tree has them.
    ///
    /// # Errors
    ///
    /// * [`StatsError::ParameterOutOfDomain`] without features or outputs.
    /// * [`StatsError::MalformedModel`] if a tree has no nodes, a child or feature or output
    ///   does not exist, a node has two parents or none, a threshold is NaN, a value, base
    ///   value or cover is not finite (covers: negative too), or covers and nodes differ in
    ///   number. It names the tree, from 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use trimtab_stats::trees::{Aggregation, Link, Tree, TreeEnsemble, TreeNode};
    ///
    /// let stump = Tree {
    ///     nodes: vec![
    ///         TreeNode::at_most(0, 2.5, true, (1, 2)),
    ///         TreeNode::leaf(-1.0),
    ///         TreeNode::leaf(1.0),
    ///     ],
    ///     covers: None,
    /// };
    /// let model = TreeEnsemble::new(1, vec![0.5], &[stump], Aggregation::Sum, Link::Identity)?;
    /// let margins = model.margins(&[2.0, 3.0, f32::NAN])?;
    /// assert_eq!(margins, [-0.5, 1.5, -0.5]);
    /// # Ok::<(), trimtab_stats::StatsError>(())
    /// ```
    pub fn new(
        n_features: usize,
        base_values: Vec<f64>,
        trees: &[Tree],
        aggregation: Aggregation,
        link: Link,
    ) -> Result<Self, StatsError> {
        at_least_one("n_features", n_features)?;
        at_least_one("n_outputs", base_values.len())?;
        if base_values.iter().any(|value| !value.is_finite()) {
            return Err(malformed("a base value is not finite", 0));
        }
        let n_nodes: usize = trees.iter().map(|tree| tree.nodes.len()).sum();
        if n_nodes >= LEAF as usize {
            return Err(malformed("there are too many nodes", trees.len()));
        }
        let mut ensemble = Self {
            n_features,
            n_outputs: base_values.len(),
            nodes: Vec::with_capacity(n_nodes),
            roots: Vec::with_capacity(trees.len()),
            leaves: Vec::new(),
            values: Vec::new(),
            base_values,
            link,
            covers: trees
                .iter()
                .all(|tree| tree.covers.is_some())
                .then(|| Vec::with_capacity(n_nodes)),
            has_equalities: false,
        };
        let scale = match aggregation {
            Aggregation::Sum => 1.0,
            Aggregation::Average => 1.0 / trees.len().max(1) as f64,
        };
        for (tree_idx, tree) in trees.iter().enumerate() {
            ensemble.append(tree, tree_idx, scale)?;
        }
        Ok(ensemble)
    }

    /// Walks a tree from its root, left children first, and appends what it meets.
    fn append(&mut self, tree: &Tree, tree_idx: usize, scale: f64) -> Result<(), StatsError> {
        let fail = |what| malformed(what, tree_idx);
        if tree.nodes.is_empty() {
            return Err(fail("a tree has no nodes"));
        }
        check_covers(tree).map_err(fail)?;
        self.roots.push(self.nodes.len() as u32);
        let mut seen = vec![false; tree.nodes.len()];
        // What is still to be visited, and which child of which compact node it is.
        let mut to_visit = vec![(0_u32, None)];
        while let Some((node_idx, parent)) = to_visit.pop() {
            let position = node_idx as usize;
            let node = tree
                .nodes
                .get(position)
                .ok_or_else(|| fail("a child does not exist"))?;
            if std::mem::replace(&mut seen[position], true) {
                return Err(fail("a node has two parents"));
            }
            let compact_idx = self.nodes.len() as u32;
            match parent {
                Some((parent_idx, Side::Left)) => {
                    self.nodes[parent_idx as usize].left = compact_idx;
                }
                Some((parent_idx, Side::Right)) => {
                    self.nodes[parent_idx as usize].right = compact_idx;
                }
                None => {}
            }
            let compact = match node {
                TreeNode::Branch { .. } => {
                    let (compact, left, right) =
                        compact_branch(node, self.n_features).map_err(fail)?;
                    self.has_equalities |= compact.is_equality;
                    to_visit.push((right, Some((compact_idx, Side::Right))));
                    to_visit.push((left, Some((compact_idx, Side::Left))));
                    compact
                }
                TreeNode::Leaf { values } => self.compact_leaf(values, scale).map_err(fail)?,
            };
            self.nodes.push(compact);
            if let (Some(all), Some(covers)) = (&mut self.covers, &tree.covers) {
                all.push(covers[position]);
            }
        }
        if seen.contains(&false) {
            return Err(fail("a node is never reached"));
        }
        Ok(())
    }

    fn compact_leaf(&mut self, values: &[(u32, f64)], scale: f64) -> Result<Node, &'static str> {
        let begin = self.values.len() as u32;
        for &(output, value) in values {
            if output as usize >= self.n_outputs {
                return Err("an output does not exist");
            }
            if !value.is_finite() {
                return Err("a leaf's value is not finite");
            }
            self.values.push((output, value * scale));
        }
        let leaf_idx = self.leaves.len() as u32;
        self.leaves.push((begin, self.values.len() as u32));
        Ok(Node {
            feature: LEAF,
            threshold: 0.0,
            left: leaf_idx,
            right: leaf_idx,
            missing_is_left: false,
            is_equality: false,
        })
    }

    /// Values per row.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Predictions per row.
    pub fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    /// Number of trees.
    pub fn n_trees(&self) -> usize {
        self.roots.len()
    }

    /// Number of nodes, leaves included.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// What every prediction begins with, one per output.
    pub fn base_values(&self) -> &[f64] {
        &self.base_values
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

    /// Whether the weight of rows that reached each node is known.
    pub fn has_covers(&self) -> bool {
        self.covers.is_some()
    }

    /// Per feature, whether any branch looks at it: a feature that is never looked at can't
    /// change a prediction, whatever its values do.
    pub fn used_features(&self) -> Vec<bool> {
        let mut used = vec![false; self.n_features];
        for node in self.nodes.iter().filter(|node| !node.is_leaf()) {
            used[node.feature as usize] = true;
        }
        used
    }

    /// What a leaf adds.
    pub(super) fn leaf_values(&self, leaf_idx: u32) -> &[(u32, f64)] {
        let (begin, end) = self.leaves[leaf_idx as usize];
        &self.values[begin as usize..end as usize]
    }
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// The compact branch without its children, and which children (of the tree) they will be.
fn compact_branch(node: &TreeNode, n_features: usize) -> Result<(Node, u32, u32), &'static str> {
    let TreeNode::Branch {
        feature,
        comparison,
        threshold,
        missing_is_true,
        if_true,
        if_false,
    } = *node
    else {
        return Err("a leaf is no branch");
    };
    if feature as usize >= n_features {
        return Err("a feature does not exist");
    }
    if threshold.is_nan() {
        return Err("a threshold is NaN");
    }
    let (threshold, is_exchanged) = match comparison {
        Comparison::LessOrEqual | Comparison::Equal => (threshold, false),
        Comparison::Greater | Comparison::NotEqual => (threshold, true),
        Comparison::Less => (just_below(threshold), false),
        Comparison::GreaterOrEqual => (just_below(threshold), true),
    };
    let (left, right) = if is_exchanged {
        (if_false, if_true)
    } else {
        (if_true, if_false)
    };
    let compact = Node {
        feature,
        threshold,
        left: 0,
        right: 0,
        missing_is_left: missing_is_true != is_exchanged,
        is_equality: matches!(comparison, Comparison::Equal | Comparison::NotEqual),
    };
    Ok((compact, left, right))
}

/// The largest `f32` below `threshold`: `x < t` and `x ≤ just_below(t)` hold for the same `x`.
/// Nothing is below -∞, and nothing is at most NaN.
fn just_below(threshold: f32) -> f32 {
    if threshold == f32::NEG_INFINITY {
        f32::NAN
    } else {
        threshold.next_down()
    }
}

fn check_covers(tree: &Tree) -> Result<(), &'static str> {
    let Some(covers) = &tree.covers else {
        return Ok(());
    };
    if covers.len() != tree.nodes.len() {
        return Err("covers and nodes differ in number");
    }
    if covers.iter().any(|&c| !(c.is_finite() && c >= 0.0)) {
        return Err("a cover is not finite or is negative");
    }
    Ok(())
}

fn at_least_one(name: &'static str, found: usize) -> Result<(), StatsError> {
    if found == 0 {
        return Err(StatsError::ParameterOutOfDomain {
            name,
            domain: "at least 1",
            found: 0.0,
        });
    }
    Ok(())
}

fn malformed(what: &'static str, position: usize) -> StatsError {
    StatsError::MalformedModel { what, position }
}
