//! The row-level test of categories that are too rare for the χ² law.

use super::result;
use crate::evidence::MethodResult;
use crate::two_sample::{chi_squared_contingency, fisher_exact};

/// Expected rows in the smaller sample below which a category is too rare by itself.
const FEWEST_EXPECTED: f64 = 5.0;

/// Categories after the rare ones were put together.
pub(super) struct Pooled {
    /// Rows of each group: of the reference, of the current sample.
    pub(super) groups: Vec<[u64; 2]>,
    /// Whether less than two groups could be filled: then the commonest category stands
    /// against all others.
    pub(super) is_commonest_against_others: bool,
}

/// Puts rare categories together, the most frequent first, into groups of at least five
/// expected rows in the smaller sample; `None` where no category is rare. The groups are made
/// of the pooled sample, so no side chooses them.
pub(super) fn pool_rare(reference: &[u64], current: &[u64]) -> Option<Pooled> {
    if reference.len() != current.len() {
        return None;
    }
    let (n, m): (u64, u64) = (reference.iter().sum(), current.iter().sum());
    if n == 0 || m == 0 {
        return None;
    }
    let share_of_smaller = n.min(m) as f64 / (n + m) as f64;
    let mut cells: Vec<[u64; 2]> = reference
        .iter()
        .zip(current)
        .map(|(&r, &c)| [r, c])
        .filter(|cell| cell[0] + cell[1] > 0)
        .collect();
    let expected = |cell: &[u64; 2]| (cell[0] + cell[1]) as f64 * share_of_smaller;
    let is_sparse = cells.iter().any(|cell| expected(cell) < FEWEST_EXPECTED);
    if cells.len() < 2 || !is_sparse {
        return None;
    }
    // Stable: equal counts stay in the caller's order, which must not come from one side's counts.
    cells.sort_by_key(|cell| std::cmp::Reverse(cell[0] + cell[1]));
    let mut groups: Vec<[u64; 2]> = Vec::new();
    let mut open = [0, 0];
    for cell in &cells {
        open = [open[0] + cell[0], open[1] + cell[1]];
        if expected(&open) >= FEWEST_EXPECTED {
            groups.push(std::mem::take(&mut open));
        }
    }
    if let Some(last) = groups.last_mut() {
        *last = [last[0] + open[0], last[1] + open[1]];
    }
    let is_commonest_against_others = groups.len() < 2;
    if is_commonest_against_others {
        let [r, c] = cells[0];
        groups = vec![[r, c], [n - r, m - c]];
    }
    Some(Pooled {
        groups,
        is_commonest_against_others,
    })
}

impl Pooled {
    /// Counts of one side, 0 the reference.
    pub(super) fn side(&self, side: usize) -> Vec<u64> {
        self.groups.iter().map(|group| group[side]).collect()
    }
}

/// The test that decides where χ² on all categories has no law, `None` where it has one.
///
/// With fewer than five rows expected of a category in the smaller sample, the χ² law is
/// wrong in the tail where many columns are decided: fifty categories like 1/k, 10,000
/// rows against 50, exceed p = 0.0017 nine times too often (and far too seldom with equal
/// sizes). Rare categories are therefore put together ([`pool_rare`]); if that leaves a
/// single group, Fisher's exact test of the commonest category against all others decides.
pub(super) fn sparse_test(reference: &[u64], current: &[u64]) -> Option<MethodResult> {
    let pooled = pool_rare(reference, current)?;
    if pooled.is_commonest_against_others {
        let [[r, c], [other_r, other_c]] = [pooled.groups[0], pooled.groups[1]];
        let outcome = fisher_exact([r, other_r], [c, other_c]).ok()?;
        let share = |count: u64, others: u64| count as f64 / (count + others) as f64;
        let change = (share(c, other_c) - share(r, other_r)).abs();
        let variant = "two-sided, the commonest category against all others";
        return Some(result(
            "fisher_exact",
            variant,
            Ok(change),
            Some(outcome.p_value),
            None,
        ));
    }
    let outcome = chi_squared_contingency(&pooled.side(0), &pooled.side(1));
    let variant = format!(
        "rare categories put together until five rows are expected, {} groups",
        pooled.groups.len()
    );
    Some(result(
        "chi2_pooled",
        &variant,
        outcome.map(|chi| chi.statistic),
        outcome.ok().map(|chi| chi.p_value),
        outcome.ok().map(|chi| chi.degrees_of_freedom as f64),
    ))
}
