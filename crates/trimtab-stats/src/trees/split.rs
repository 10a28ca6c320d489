//! The best place to cut a node, from histograms of gradients.

use super::binned_tree::{BinSet, Rule};
use super::binning::{MISSING_BIN, STRIDE};
use super::boosting::{BoostingSettings, CategorySplits, RowCounts};

/// Sums over rows: first and second derivatives of the loss, and how many rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) gradient: f64,
    pub(super) hessian: f64,
    pub(super) n_rows: u32,
}

impl Sums {
    #[inline]
    pub(super) fn add(&mut self, other: &Self) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
        self.n_rows += other.n_rows;
    }

    #[inline]
    pub(super) fn minus(&self, other: &Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            // Estimated rows may add up to more than the whole.
            n_rows: self.n_rows.saturating_sub(other.n_rows),
        }
    }

    /// What the best constant takes off the loss, doubled.
    #[inline]
    fn score(&self, l2: f64) -> f64 {
        self.gradient * self.gradient / (self.hessian + l2)
    }

    /// The best constant.
    pub(super) fn step(&self, l2: f64) -> f64 {
        let denominator = self.hessian + l2;
        if denominator > 0.0 {
            -self.gradient / denominator
        } else {
            0.0
        }
    }
}

/// A cut that a node could make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) column: u32,
    pub(super) rule: Rule,
    pub(super) set: BinSet,
    pub(super) missing_left: bool,
    pub(super) gain: f64,
    pub(super) left: Sums,
    pub(super) right: Sums,
    /// The ridge that the children's values were judged with.
    pub(super) l2: f64,
}

/// The column under examination, with its histogram and the node's sums.
pub(super) struct Search<'a> {
    pub(super) settings: &'a BoostingSettings,
    pub(super) total: Sums,
    pub(super) best: Option<Candidate>,
}

impl Search<'_> {
    fn allows(&self, side: &Sums) -> bool {
        side.n_rows >= self.settings.min_rows_in_leaf
            && side.hessian >= self.settings.min_hessian_in_leaf
            && side.n_rows > 0
    }

    /// Keeps the cut if it is the best so far. Equal gains keep the first.
    fn consider(&mut self, left: Sums, l2: f64, make: impl FnOnce() -> (u32, Rule, BinSet, bool)) {
        let right = self.total.minus(&left);
        if !(self.allows(&left) && self.allows(&right)) {
            return;
        }
        let before = self.total.score(self.settings.l2);
        let gain = left.score(l2) + right.score(l2) - before;
        // A gain of rounding size would split constants for ever.
        let least = self.settings.min_gain.max(before * 1e-13);
        if gain > least && self.best.is_none_or(|best| gain > best.gain) {
            let (column, rule, set, missing_left) = make();
            self.best = Some(Candidate {
                column,
                rule,
                set,
                missing_left,
                gain,
                left,
                right,
                l2,
            });
        }
    }

    /// Cuts `value ≤ edge`, with missing values on either side where there are any.
    pub(super) fn numeric(&mut self, column: u32, histogram: &[Sums; STRIDE], n_bins: usize) {
        let l2 = self.settings.l2;
        let missing = self.rows_of(&histogram[usize::from(MISSING_BIN)]);
        // From above: missing values go left; without any, rows unseen in training follow the
        // larger side.
        let mut right = Sums::default();
        for bin in (1..n_bins).rev() {
            right.add(&self.rows_of(&histogram[bin]));
            if right.n_rows < self.settings.min_rows_in_leaf {
                continue;
            }
            let left = self.total.minus(&right);
            if left.n_rows < self.settings.min_rows_in_leaf {
                break;
            }
            let missing_left = missing.n_rows > 0 || left.n_rows > right.n_rows;
            self.consider(left, l2, || {
                let rule = Rule::AtMost((bin - 1) as u8);
                (column, rule, BinSet::default(), missing_left)
            });
        }
        if missing.n_rows == 0 {
            return;
        }
        // From below: missing values go right, in the end alone.
        let mut left = Sums::default();
        for (bin, sums) in histogram[..n_bins].iter().enumerate() {
            left.add(&self.rows_of(sums));
            if sums.n_rows > 0 {
                self.consider(left, l2, || {
                    (column, Rule::AtMost(bin as u8), BinSet::default(), false)
                });
            }
        }
    }

    /// Sets of categories, missing being one of them.
    pub(super) fn categorical(&mut self, column: u32, histogram: &[Sums; STRIDE], n_bins: usize) {
        let bins = (0..n_bins).chain([usize::from(MISSING_BIN)]);
        let present: Vec<u8> = bins
            .filter(|&bin| histogram[bin].n_rows > 0)
            .map(|bin| bin as u8)
            .collect();
        let settings = self.settings;
        match settings.categories {
            CategorySplits::Ordered {
                one_vs_rest_up_to,
                smoothing,
                l2,
                min_rows_in_group,
                max_in_set,
            } if present.len() > one_vs_rest_up_to as usize => {
                let order = self.ordered(&present, histogram, smoothing);
                let l2 = l2 + settings.l2;
                let limits = (min_rows_in_group, max_in_set as usize, l2);
                self.ordered_sets(column, histogram, order.iter().copied(), limits);
                self.ordered_sets(column, histogram, order.iter().rev().copied(), limits);
            }
            _ => {
                for &bin in &present {
                    let sums = self.rows_of(&histogram[usize::from(bin)]);
                    self.consider(sums, settings.l2, || {
                        let mut set = BinSet::default();
                        set.insert(bin);
                        (column, Rule::OneOf(0), set, false)
                    });
                }
            }
        }
    }

    /// Grows a set along `order`; for a convex loss the best set is such a prefix
    /// (W. Fisher, *On grouping for maximum homogeneity*, 1958).
    fn ordered_sets(
        &mut self,
        column: u32,
        histogram: &[Sums; STRIDE],
        order: impl ExactSizeIterator<Item = u8>,
        (min_rows_in_group, max_in_set, l2): (u32, usize, f64),
    ) {
        let longest = max_in_set.min(order.len().div_ceil(2));
        let (mut left, mut set, mut n_in_group) = (Sums::default(), BinSet::default(), 0);
        for bin in order.take(longest) {
            let sums = self.rows_of(&histogram[usize::from(bin)]);
            left.add(&sums);
            set.insert(bin);
            n_in_group += sums.n_rows;
            if self.total.n_rows.saturating_sub(left.n_rows) < min_rows_in_group {
                break;
            }
            if n_in_group < min_rows_in_group || !self.allows(&left) {
                continue;
            }
            n_in_group = 0;
            self.consider(left, l2, || (column, Rule::OneOf(0), set, false));
        }
    }

    /// Bins with enough rows, by their smoothed mean gradient.
    fn ordered(&self, present: &[u8], histogram: &[Sums; STRIDE], smoothing: f64) -> Vec<u8> {
        let sums = |bin: u8| self.rows_of(&histogram[usize::from(bin)]);
        let mut order: Vec<u8> = present
            .iter()
            .copied()
            .filter(|&bin| f64::from(sums(bin).n_rows) >= smoothing)
            .collect();
        let key = |bin: u8| sums(bin).gradient / (sums(bin).hessian + smoothing);
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
        order
    }

    /// The sums of a bin with the number of rows that the settings count by.
    #[inline]
    fn rows_of(&self, sums: &Sums) -> Sums {
        match self.settings.row_counts {
            RowCounts::Exact => *sums,
            RowCounts::FromHessian => {
                let share = sums.hessian / self.total.hessian;
                let n_rows = (share * f64::from(self.total.n_rows) + 0.5) as u32;
                Sums { n_rows, ..*sums }
            }
        }
    }
}
