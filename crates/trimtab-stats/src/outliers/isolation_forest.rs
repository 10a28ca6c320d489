//! Isolation forest.

use super::filling::Filling;
use super::{check_width, count_rows};
use crate::error::StatsError;
use crate::random::Random;

const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// Settings of [`IsolationForest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsolationForestOptions {
    /// Trees.
    pub n_trees: usize,
    /// Rows drawn (without replacement) for each tree; at most all.
    pub sample_size: usize,
    /// Of the draws.
    pub seed: u64,
}

impl Default for IsolationForestOptions {
    /// 100 trees of 256 rows, as in the paper; seed 0.
    fn default() -> Self {
        Self {
            n_trees: 100,
            sample_size: 256,
            seed: 0,
        }
    }
}

/// Isolation forest: rows that few random cuts separate from the rest stand out.
///
/// A row's score is `2^(−E h / c(ψ))`: `h` is the number of cuts down to its leaf plus
/// `c(rows in the leaf)`, averaged over the trees, and
/// `c(m) = 2 (ln(m − 1) + γ) − 2 (m − 1) / m` the mean depth of a random search tree. It
/// lies in `(0, 1)`; one half is ordinary.
///
/// # Source
///
/// F. Liu, K. Ting, Z. Zhou, *Isolation forest*, ICDM (2008). Columns are drawn among
/// those that vary in the node, cuts uniformly between its extremes, depth at most
/// `⌈log₂ ψ⌉`: scores have the law of scikit-learn's (negated).
#[derive(Debug, Clone, PartialEq)]
pub struct IsolationForest {
    filling: Filling,
    n_columns: usize,
    trees: Vec<Vec<Node>>,
    unit: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    /// Column of the cut; not used in a leaf.
    column: u32,
    /// Place of the left child; the right one follows it. 0 marks a leaf.
    left: u32,
    cut: f64,
    /// Expected cuts from here down.
    depth_below: f64,
}

impl IsolationForest {
    /// Grows the forest.
    ///
    /// * `reference`: row-major, shape `(n, n_columns)`. Missing values stand at their
    ///   column's median, infinities a million ranges beyond the others.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without rows.
    /// * [`StatsError::ParameterOutOfDomain`] if `n_columns` does not divide the number of
    ///   values, or without trees, or with fewer than 2 rows per tree.
    pub fn fit(
        reference: &[f64],
        n_columns: usize,
        options: IsolationForestOptions,
    ) -> Result<Self, StatsError> {
        let n_rows = count_rows(reference, n_columns)?;
        for (name, found, least) in [
            ("n_trees", options.n_trees, 1),
            ("sample_size", options.sample_size, 2),
        ] {
            if found < least {
                return Err(StatsError::ParameterOutOfDomain {
                    name,
                    domain: "at least 1 tree and 2 rows",
                    found: found as f64,
                });
            }
        }
        let filling = Filling::fit(reference, n_columns);
        let values = filling.fill_all(reference);
        let sample_size = options.sample_size.min(n_rows);
        let max_depth = (sample_size.max(2) as f64).log2().ceil() as u32;
        let mut random = Random::from_seed(options.seed);
        let mut rows: Vec<usize> = (0..n_rows).collect();
        let trees = (0..options.n_trees)
            .map(|_| {
                // The first places of a shuffle are a sample without replacement.
                for i in 0..sample_size {
                    let other = i + below(&mut random, n_rows - i);
                    rows.swap(i, other);
                }
                let mut grower = Grower {
                    values: &values,
                    n_columns,
                    max_depth,
                    random: &mut random,
                    nodes: Vec::new(),
                };
                grower.grow(&mut rows[..sample_size])
            })
            .collect();
        Ok(Self {
            filling,
            n_columns,
            trees,
            unit: mean_depth(sample_size).max(f64::MIN_POSITIVE),
        })
    }

    /// Scores a row, in `(0, 1)`; larger is farther out.
    ///
    /// * `contributions`: filled with the depth that the cuts through each column saved
    ///   (or cost, if negative) against what was expected above them, as a share of
    ///   `c(ψ)`, averaged over the trees. With `a` the mean depth expected at the roots
    ///   (near `c(ψ)`), `log₂ score = Σ contributions − a / c(ψ)`.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if a slice has another number of columns.
    pub fn score(&self, row: &[f64], contributions: &mut [f64]) -> Result<f64, StatsError> {
        check_width(self.n_columns, row, contributions)?;
        contributions.fill(0.0);
        let mut depth = 0.0;
        for tree in &self.trees {
            let mut node = tree[0];
            let mut cuts = 0.0;
            while node.left != 0 {
                let column = node.column as usize;
                let right = u32::from(self.filling.value(column, row[column]) > node.cut);
                let child = tree[(node.left + right) as usize];
                contributions[column] += node.depth_below - (1.0 + child.depth_below);
                cuts += 1.0;
                node = child;
            }
            depth += cuts + node.depth_below;
        }
        let n_trees = self.trees.len() as f64;
        for contribution in contributions {
            *contribution /= n_trees * self.unit;
        }
        Ok((-depth / n_trees / self.unit).exp2())
    }
}

struct Grower<'a> {
    values: &'a [f64],
    n_columns: usize,
    max_depth: u32,
    random: &'a mut Random,
    nodes: Vec<Node>,
}

impl Grower<'_> {
    fn grow(&mut self, rows: &mut [usize]) -> Vec<Node> {
        self.nodes.push(leaf(rows.len()));
        let mut varying: Vec<(u32, f64, f64)> = Vec::with_capacity(self.n_columns);
        // Depth is at most a dozen: the pending halves are few.
        let mut pending = vec![(0_usize, 0_usize, rows.len(), 0_u32)];
        while let Some((place, start, end, depth)) = pending.pop() {
            if depth >= self.max_depth || end - start < 2 {
                continue;
            }
            self.find_varying(&rows[start..end], &mut varying);
            if varying.is_empty() {
                continue;
            }
            let (column, low, high) = varying[below(self.random, varying.len())];
            let share = self.random.uniform();
            // Never at the upper end: both sides keep a row.
            let cut = (low * (1.0 - share) + high * share).max(low);
            let cut = if cut >= high { low } else { cut };
            let middle = start
                + partition(&mut rows[start..end], |row| {
                    self.values[row * self.n_columns + column as usize] <= cut
                });
            let left = self.nodes.len();
            self.nodes.push(leaf(middle - start));
            self.nodes.push(leaf(end - middle));
            self.nodes[place] = Node {
                column,
                left: left as u32,
                cut,
                depth_below: 0.0,
            };
            pending.push((left, start, middle, depth + 1));
            pending.push((left + 1, middle, end, depth + 1));
        }
        self.expect_depths(rows.len());
        std::mem::take(&mut self.nodes)
    }

    fn find_varying(&self, rows: &[usize], varying: &mut Vec<(u32, f64, f64)>) {
        varying.clear();
        for column in 0..self.n_columns {
            let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
            for &row in rows {
                let x = self.values[row * self.n_columns + column];
                low = low.min(x);
                high = high.max(x);
            }
            if low < high {
                varying.push((column as u32, low, high));
            }
        }
    }

    /// From the leaves up: the mean over the rows that go through a node.
    fn expect_depths(&mut self, n_rows: usize) {
        let mut sizes = vec![0.0; self.nodes.len()];
        for i in (0..self.nodes.len()).rev() {
            let node = self.nodes[i];
            if node.left == 0 {
                // A leaf's `cut` carries its number of rows.
                sizes[i] = node.cut;
                continue;
            }
            let left = node.left as usize;
            let (a, b) = (sizes[left], sizes[left + 1]);
            let below = a * self.nodes[left].depth_below + b * self.nodes[left + 1].depth_below;
            sizes[i] = a + b;
            self.nodes[i].depth_below = 1.0 + below / (a + b);
        }
        debug_assert!(sizes.first().is_none_or(|&s| s == n_rows as f64));
    }
}

fn leaf(n_rows: usize) -> Node {
    Node {
        column: 0,
        left: 0,
        cut: n_rows as f64,
        depth_below: mean_depth(n_rows),
    }
}

/// Moves the rows that satisfy the condition to the front and counts them.
fn partition(rows: &mut [usize], condition: impl Fn(usize) -> bool) -> usize {
    let mut n = 0;
    for i in 0..rows.len() {
        if condition(rows[i]) {
            rows.swap(i, n);
            n += 1;
        }
    }
    n
}

/// Mean depth of an unsuccessful search in a random binary tree of `n` rows.
fn mean_depth(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let n = n as f64;
            2.0 * ((n - 1.0).ln() + EULER_GAMMA) - 2.0 * (n - 1.0) / n
        }
    }
}

fn below(random: &mut Random, n: usize) -> usize {
    ((random.uniform() * n as f64) as usize).min(n - 1)
}
