//! The interventional game: absent features take a background row's values.
//!
//! For one leaf with value 1, the row meets the conditions of a set `A`, a background row those
//! of `B`. A mixture of both reaches the leaf only if every condition is met by one of them; then
//! the features met by the row alone share the gain, those met by the background alone the loss.
//! With `a = |A \ B|` and `b = |B \ A|` the Shapley values are `(a-1)!·b!/(a+b)!` for each of the
//! first and `-a!·(b-1)!/(a+b)!` for each of the second. Background rows with the same `B` count
//! together.

use super::paths::{Leaf, Paths, meet_wide, transpose};

/// Rows that are matched with all paths at a time.
const BLOCK_ROWS: usize = 512;

#[derive(Debug, Clone)]
pub(super) struct Background {
    /// Per leaf, in order: the different sets `B` as bits, and the share of background rows
    /// with each.
    patterns: Vec<Vec<(u64, f64)>>,
    /// `n!·m! / (n+m+1)!` at `n * side + m`.
    weights: Vec<f64>,
    side: usize,
}

impl Background {
    pub(super) fn new(paths: &Paths, rows: &[f32], width: usize) -> Self {
        let side = paths.n_conditions_most + 1;
        let mut background = Self {
            patterns: vec![Vec::new(); paths.leaves.len()],
            weights: weights(side),
            side,
        };
        let one = 1.0 / (rows.len() / width) as f64;
        let mut columns = vec![0.0; BLOCK_ROWS * width];
        let mut patterns = Vec::with_capacity(BLOCK_ROWS);
        for block in rows.chunks(BLOCK_ROWS * width) {
            transpose(block, width, &mut columns);
            for leaf in &paths.leaves {
                patterns.clear();
                patterns.resize(block.len() / width, 0);
                meet_wide(paths.conditions_of(leaf), &columns, &mut patterns);
                patterns.sort_unstable();
                let known = &mut background.patterns[leaf.position];
                for same in patterns.chunk_by(|a, b| a == b) {
                    let share = one * same.len() as f64;
                    match known.iter_mut().find(|(pattern, _)| *pattern == same[0]) {
                        Some((_, sum)) => *sum += share,
                        None => known.push((same[0], share)),
                    }
                }
            }
        }
        background
    }

    pub(super) fn contributions(&self, leaf: &Leaf, pattern: u64, into: &mut [f64]) {
        into.fill(0.0);
        let all = u64::MAX >> (64 - leaf.n_conditions());
        for &(background, share) in &self.patterns[leaf.position] {
            if pattern | background != all {
                continue;
            }
            let row_alone = pattern & !background;
            let background_alone = background & !pattern;
            let (a, b) = (
                row_alone.count_ones() as usize,
                background_alone.count_ones() as usize,
            );
            if a > 0 {
                let gain = share * self.weights[(a - 1) * self.side + b];
                add(row_alone, gain, into);
            }
            if b > 0 {
                let loss = -share * self.weights[a * self.side + b - 1];
                add(background_alone, loss, into);
            }
        }
    }
}

/// Adds to every position whose bit is set.
fn add(mut bits: u64, amount: f64, into: &mut [f64]) {
    while bits != 0 {
        into[bits.trailing_zeros() as usize] += amount;
        bits &= bits - 1;
    }
}

/// The beta function `B(n+1, m+1)`, by its recurrences.
fn weights(side: usize) -> Vec<f64> {
    let mut weights = vec![0.0; side * side];
    for n in 0..side {
        for m in 0..side {
            weights[n * side + m] = match (n, m) {
                (0, m) => 1.0 / (m as f64 + 1.0),
                (n, m) => weights[(n - 1) * side + m] * n as f64 / (n + m + 1) as f64,
            };
        }
    }
    weights
}
