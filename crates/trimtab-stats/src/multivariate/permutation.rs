//! Rows, or blocks of rows, that change sides at random.

use super::cross_fit::shuffle;
use crate::random::Random;

/// `(1 + b) / (1 + B)`: the share of arrangements, the observed one included, whose statistic
/// is at least as large. Never 0, and exact where sides are exchangeable.
///
/// `statistic` gets the members of the second side, `n_second` of `0..n`. Values within
/// rounding of the observed one count as equal.
pub(super) fn permutation_p(
    observed: f64,
    (n, n_second): (usize, usize),
    n_permutations: u32,
    random: &mut Random,
    mut statistic: impl FnMut(&[u32]) -> f64,
) -> f64 {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let tolerance = 1e-12 * observed.abs();
    let mut n_at_least = 1.0;
    for _ in 0..n_permutations {
        shuffle(&mut order, random);
        if statistic(&order[..n_second]) >= observed - tolerance {
            n_at_least += 1.0;
        }
    }
    n_at_least / (f64::from(n_permutations) + 1.0)
}
