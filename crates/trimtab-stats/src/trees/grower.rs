//! Grows one tree leaf by leaf: always the leaf whose cut helps most.

use super::binned_tree::{BinSet, BinnedNode, BinnedTree, Rule};
use super::binning::{BinnedTable, ColumnBins, MISSING_BIN, STRIDE};
use super::boosting::BoostingSettings;
use super::split::{Candidate, Search, Sums};

/// First and second derivative of the loss at one row.
pub(super) type Derivatives = [f64; 2];

/// What all trees of a fit share.
pub(super) struct Grower<'a> {
    pub(super) table: &'a BinnedTable,
    pub(super) bins: &'a [ColumnBins],
    pub(super) settings: &'a BoostingSettings,
}

/// What one tree is grown on.
#[derive(Clone, Copy)]
pub(super) struct Draw<'a> {
    /// Columns it may ask, ascending.
    pub(super) columns: &'a [u32],
    /// One per row of the table.
    pub(super) derivatives: &'a [Derivatives],
}

/// A grown tree and, for each leaf, the rows in it.
pub(super) struct Grown {
    pub(super) tree: BinnedTree,
    /// Rows of the tree, those of a leaf side by side.
    pub(super) rows: Vec<u32>,
    /// Node and its range in `rows`.
    pub(super) leaves: Vec<(u32, std::ops::Range<usize>)>,
}

/// A leaf that may still be cut.
struct OpenLeaf {
    node: u32,
    range: std::ops::Range<usize>,
    depth: u32,
    histogram: Vec<Sums>,
    best: Option<Candidate>,
}

/// Memory used again from leaf to leaf and from tree to tree.
#[derive(Default)]
pub(super) struct Scratch {
    ordered: Vec<Derivatives>,
    right: Vec<u32>,
    free: Vec<Vec<Sums>>,
}

impl Grower<'_> {
    /// Grows a tree on `rows`, ascending.
    pub(super) fn grow(&self, mut rows: Vec<u32>, draw: Draw<'_>, scratch: &mut Scratch) -> Grown {
        let total = total_of(&rows, draw.derivatives);
        let mut tree = BinnedTree::default();
        let n_rows = rows.len() as u32;
        let value = total.step(self.settings.l2);
        tree.nodes.push(BinnedNode::leaf(value, n_rows));
        let mut root = OpenLeaf {
            node: 0,
            range: 0..rows.len(),
            depth: 0,
            histogram: self.empty_histogram(scratch),
            best: None,
        };
        self.fill(&mut root.histogram, &rows, draw, scratch);
        root.best = self.best_cut(&root, total, draw.columns);
        let mut leaves = vec![root];
        while leaves.len() < self.settings.max_leaves as usize {
            let Some(position) = most_promising(&leaves) else {
                break;
            };
            let parent = leaves.swap_remove(position);
            let is_last = leaves.len() + 2 == self.settings.max_leaves as usize;
            let (left, right) = self.cut(parent, &mut tree, &mut rows, (draw, is_last), scratch);
            leaves.push(left);
            leaves.push(right);
        }
        leaves.sort_by_key(|leaf| leaf.node);
        for leaf in &mut leaves {
            if !leaf.histogram.is_empty() {
                scratch.free.push(std::mem::take(&mut leaf.histogram));
            }
        }
        Grown {
            tree,
            rows,
            leaves: leaves
                .into_iter()
                .map(|leaf| (leaf.node, leaf.range))
                .collect(),
        }
    }

    fn cut(
        &self,
        parent: OpenLeaf,
        tree: &mut BinnedTree,
        rows: &mut [u32],
        (draw, is_last): (Draw<'_>, bool),
        scratch: &mut Scratch,
    ) -> (OpenLeaf, OpenLeaf) {
        let OpenLeaf {
            node,
            range,
            depth,
            histogram,
            best,
        } = parent;
        // Only leaves with a cut are chosen; a stump without one would be an empty split.
        let Some(cut) = best else {
            let leaf = |range| OpenLeaf {
                node,
                range,
                depth,
                histogram: Vec::new(),
                best: None,
            };
            return (leaf(range.clone()), leaf(range.end..range.end));
        };
        let first_child = tree.nodes.len() as u32;
        let mut rule = cut.rule;
        if let Rule::OneOf(set) = &mut rule {
            *set = tree.sets.len() as u32;
            tree.sets.push(cut.set);
        }
        let inner = &mut tree.nodes[node as usize];
        inner.rule = rule;
        inner.column = cut.column;
        inner.left = first_child;
        inner.right = first_child + 1;
        inner.missing_left = cut.missing_left;
        inner.gain = cut.gain;
        let inner = *inner;
        let bytes = &self.table.columns[cut.column as usize];
        let here = &mut rows[range.clone()];
        let n_left = partition(here, bytes, &inner, &tree.sets, &mut scratch.right);
        let middle = range.start + n_left;
        // The cut may have been judged by estimated counts; from here on they are exact.
        let (mut of_left, mut of_right) = (cut.left, cut.right);
        of_left.n_rows = n_left as u32;
        of_right.n_rows = (range.len() - n_left) as u32;
        for side in [&of_left, &of_right] {
            tree.nodes
                .push(BinnedNode::leaf(side.step(cut.l2), side.n_rows));
        }
        let child = |node, range| OpenLeaf {
            node,
            range,
            depth: depth + 1,
            histogram: Vec::new(),
            best: None,
        };
        let mut left = child(first_child, range.start..middle);
        let mut right = child(first_child + 1, middle..range.end);
        if is_last {
            scratch.free.push(histogram);
            return (left, right);
        }
        self.examine_children(
            (&mut left, of_left),
            (&mut right, of_right),
            histogram,
            (rows, draw),
            scratch,
        );
        (left, right)
    }

    /// Histograms of the smaller child by counting, of the larger by subtraction; then the
    /// best cuts of both.
    fn examine_children(
        &self,
        left: (&mut OpenLeaf, Sums),
        right: (&mut OpenLeaf, Sums),
        mut of_parent: Vec<Sums>,
        (rows, draw): (&[u32], Draw<'_>),
        scratch: &mut Scratch,
    ) {
        let ((small, of_small), (large, of_large)) = if left.1.n_rows <= right.1.n_rows {
            (left, right)
        } else {
            (right, left)
        };
        if self.may_be_cut(large, &of_large) {
            let mut counted = self.empty_histogram(scratch);
            let small_rows = &rows[small.range.clone()];
            self.fill(&mut counted, small_rows, draw, scratch);
            self.subtract(&mut of_parent, &counted, draw.columns);
            small.histogram = counted;
            large.histogram = of_parent;
            large.best = self.best_cut(large, of_large, draw.columns);
            if self.may_be_cut(small, &of_small) {
                small.best = self.best_cut(small, of_small, draw.columns);
            }
        } else {
            scratch.free.push(of_parent);
        }
        for leaf in [small, large] {
            if leaf.best.is_none() && !leaf.histogram.is_empty() {
                scratch.free.push(std::mem::take(&mut leaf.histogram));
            }
        }
    }

    fn may_be_cut(&self, leaf: &OpenLeaf, sums: &Sums) -> bool {
        let settings = self.settings;
        settings.max_depth.is_none_or(|depth| leaf.depth < depth)
            && u64::from(sums.n_rows) >= 2 * u64::from(settings.min_rows_in_leaf).max(1)
    }

    fn best_cut(&self, leaf: &OpenLeaf, total: Sums, columns: &[u32]) -> Option<Candidate> {
        if !self.may_be_cut(leaf, &total) {
            return None;
        }
        let mut search = Search {
            settings: self.settings,
            total,
            best: None,
        };
        let (histograms, _) = leaf.histogram.as_chunks::<STRIDE>();
        for &column in columns {
            let bins = &self.bins[column as usize];
            let histogram = &histograms[column as usize];
            if bins.is_categorical() {
                search.categorical(column, histogram, bins.n_bins());
            } else {
                search.numeric(column, histogram, bins.n_bins());
            }
        }
        search.best
    }

    fn empty_histogram(&self, scratch: &mut Scratch) -> Vec<Sums> {
        let Some(mut used) = scratch.free.pop() else {
            return vec![Sums::default(); self.bins.len() * STRIDE];
        };
        let (histograms, _) = used.as_chunks_mut::<STRIDE>();
        for (histogram, bins) in histograms.iter_mut().zip(self.bins) {
            histogram[..bins.n_bins()].fill(Sums::default());
            histogram[usize::from(MISSING_BIN)] = Sums::default();
        }
        used
    }

    fn subtract(&self, from: &mut [Sums], part: &[Sums], columns: &[u32]) {
        for &column in columns {
            let start = column as usize * STRIDE;
            let n_bins = self.bins[column as usize].n_bins();
            // The last place of the stride is that of missing values.
            for place in (start..start + n_bins).chain([start + STRIDE - 1]) {
                from[place] = from[place].minus(&part[place]);
            }
        }
    }

    fn fill(&self, histogram: &mut [Sums], rows: &[u32], draw: Draw<'_>, scratch: &mut Scratch) {
        let ordered = &mut scratch.ordered;
        ordered.clear();
        ordered.extend(rows.iter().map(|&row| draw.derivatives[row as usize]));
        let all_rows = rows.len() == self.table.n_rows;
        let (histograms, _) = histogram.as_chunks_mut::<STRIDE>();
        for &column in draw.columns {
            let bytes = &self.table.columns[column as usize];
            let histogram = &mut histograms[column as usize];
            if all_rows {
                count(histogram, bytes.iter().copied(), ordered);
            } else {
                count(
                    histogram,
                    rows.iter().map(|&row| bytes[row as usize]),
                    ordered,
                );
            }
        }
    }
}

#[inline]
fn count(histogram: &mut [Sums; STRIDE], bytes: impl Iterator<Item = u8>, ordered: &[Derivatives]) {
    for (byte, [gradient, hessian]) in bytes.zip(ordered) {
        let cell = &mut histogram[usize::from(byte)];
        cell.gradient += gradient;
        cell.hessian += hessian;
        cell.n_rows += 1;
    }
}

fn total_of(rows: &[u32], derivatives: &[Derivatives]) -> Sums {
    let mut total = Sums::default();
    for &row in rows {
        let [gradient, hessian] = derivatives[row as usize];
        total.gradient += gradient;
        total.hessian += hessian;
        total.n_rows += 1;
    }
    total
}

/// The first leaf with the largest gain.
fn most_promising(leaves: &[OpenLeaf]) -> Option<usize> {
    let mut best: Option<(usize, f64, u32)> = None;
    for (position, leaf) in leaves.iter().enumerate() {
        let Some(cut) = &leaf.best else { continue };
        let is_better = best.is_none_or(|(_, gain, node)| {
            cut.gain > gain || (cut.gain == gain && leaf.node < node)
        });
        if is_better {
            best = Some((position, cut.gain, leaf.node));
        }
    }
    best.map(|(position, ..)| position)
}

/// Puts the rows that go left first, both sides in their old order; returns how many.
pub(super) fn partition(
    rows: &mut [u32],
    bytes: &[u8],
    node: &BinnedNode,
    sets: &[BinSet],
    right: &mut Vec<u32>,
) -> usize {
    right.clear();
    let mut n_left = 0;
    for i in 0..rows.len() {
        let row = rows[i];
        if node.goes_left(bytes[row as usize], sets) {
            rows[n_left] = row;
            n_left += 1;
        } else {
            right.push(row);
        }
    }
    rows[n_left..].copy_from_slice(right);
    n_left
}
