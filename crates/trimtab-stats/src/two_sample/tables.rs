//! Random tables with the margins of the observed one: the exact law of any statistic
//! of two samples when rows are exchangeable, by Monte Carlo.
//!
//! Permuting rows, and drawing a two-row table with both margins fixed, are the same
//! thing; drawing the table costs a step per tie instead of one per row.

use crate::random::Random;
use crate::special::ln_gamma;

/// Columns of fewer rows are drawn row by row, which is quicker there.
const MAX_ROW_BY_ROW: u64 = 48;

/// How far from the observed statistic a drawn one still counts as equal, relative:
/// sums in another order differ in their last bits.
const SLACK: f64 = 1e-10;

/// The Monte-Carlo p-value `(1 + b) / (1 + B)` of an observed statistic, where `b` of
/// `B` random tables with its margins have one as large.
///
/// * `columns`: rows of both samples at each tie or category.
/// * `reference`: those of the reference.
/// * `statistic`: of the counts of the reference in those columns.
pub(crate) fn monte_carlo_p_value(
    columns: &[u64],
    reference: &[u64],
    n_resamples: usize,
    seed: u64,
    statistic: impl Fn(&[u64]) -> f64,
) -> f64 {
    let n_reference: u64 = reference.iter().sum();
    let observed = statistic(reference);
    let limit = observed - SLACK * observed.abs();
    let mut random = Random::from_seed(seed);
    let mut drawn = vec![0; columns.len()];
    let mut n_as_large = 0_usize;
    for _ in 0..n_resamples {
        draw_table(&mut random, columns, n_reference, &mut drawn);
        n_as_large += usize::from(statistic(&drawn) >= limit);
    }
    (1 + n_as_large) as f64 / (1 + n_resamples) as f64
}

/// Deals `n_reference` of all rows to the reference at random.
fn draw_table(random: &mut Random, columns: &[u64], n_reference: u64, drawn: &mut [u64]) {
    let mut n_left: u64 = columns.iter().sum();
    let mut wanted = n_reference;
    for (slot, &column) in drawn.iter_mut().zip(columns) {
        *slot = hypergeometric(random, n_left, wanted, column);
        wanted -= *slot;
        n_left -= column;
    }
}

/// How many of `drawn` rows are marked, when `marked` of `total` are.
fn hypergeometric(random: &mut Random, total: u64, marked: u64, drawn: u64) -> u64 {
    if marked == 0 || drawn == 0 {
        return 0;
    }
    if drawn == total {
        return marked;
    }
    if drawn > MAX_ROW_BY_ROW {
        return hypergeometric_from_mode(random, total, marked, drawn);
    }
    let mut found = 0;
    for i in 0..drawn {
        let is_marked = random.uniform() * ((total - i) as f64) < (marked - found) as f64;
        found += u64::from(is_marked);
    }
    found
}

/// Inversion that starts at the likeliest number and walks outwards: a few standard
/// deviations of steps.
fn hypergeometric_from_mode(random: &mut Random, total: u64, marked: u64, drawn: u64) -> u64 {
    let (all, m, d) = (total as f64, marked as f64, drawn as f64);
    let lowest = (marked + drawn).saturating_sub(total);
    let highest = marked.min(drawn);
    let mode = ((m + 1.0) * (d + 1.0) / (all + 2.0)).floor() as u64;
    let mode = mode.clamp(lowest, highest);
    let weight = ln_hypergeometric(all, m, d, mode as f64).exp();
    let mut left = random.uniform() - weight;
    let (mut below, mut above) = (mode, mode);
    let (mut weight_below, mut weight_above) = (weight, weight);
    while left >= 0.0 && (below > lowest || above < highest) {
        if above < highest {
            let x = above as f64;
            weight_above *= (m - x) * (d - x) / ((x + 1.0) * (all - m - d + x + 1.0));
            above += 1;
            left -= weight_above;
            if left < 0.0 {
                return above;
            }
        }
        if below > lowest {
            let x = below as f64;
            weight_below *= x * (all - m - d + x) / ((m - x + 1.0) * (d - x + 1.0));
            below -= 1;
            left -= weight_below;
            if left < 0.0 {
                return below;
            }
        }
        if weight_above.max(weight_below) < 1e-300 {
            // What is left of the draw is the rounding of the weights.
            break;
        }
    }
    mode
}

/// Logarithm of the hypergeometric probability of `x`.
fn ln_hypergeometric(total: f64, marked: f64, drawn: f64, x: f64) -> f64 {
    let ln_choose = |n: f64, k: f64| ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
    ln_choose(marked, x) + ln_choose(total - marked, drawn - x) - ln_choose(total, drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_keep_their_margins_and_the_mean_and_variance_of_the_law() {
        let columns = [3, 900, 60, 0, 1, 4_000];
        let n_reference = 2_000;
        let total: u64 = columns.iter().sum();
        let share = n_reference as f64 / total as f64;
        let mut random = Random::from_seed(3);
        let mut drawn = [0; 6];
        let n_draws = 20_000;
        let (mut sums, mut squares) = ([0.0; 6], [0.0; 6]);
        for _ in 0..n_draws {
            draw_table(&mut random, &columns, n_reference, &mut drawn);
            assert_eq!(drawn.iter().sum::<u64>(), n_reference);
            for (i, (&x, &column)) in drawn.iter().zip(&columns).enumerate() {
                assert!(x <= column);
                sums[i] += x as f64;
                squares[i] += (x as f64 - share * column as f64).powi(2);
            }
        }
        for (i, &column) in columns.iter().enumerate() {
            let column = column as f64;
            let all = total as f64;
            let variance = column * share * (1.0 - share) * (all - column) / (all - 1.0);
            let mean = sums[i] / f64::from(n_draws);
            let error = (variance / f64::from(n_draws)).sqrt();
            assert!((mean - share * column).abs() <= 4.0 * error, "column {i}");
            let found = squares[i] / f64::from(n_draws);
            assert!((found - variance).abs() <= 0.05 * variance, "column {i}");
        }
    }
}
