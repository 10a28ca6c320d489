//! Two areas under the ROC curve on the same rows, which come in blocks.

use super::roc::Ranked;
use super::rows::{check_blocks, check_length, check_weights};
use crate::error::StatsError;
use crate::resampling::Blocks;
use crate::special::student_t_sf;

/// Two models on the same rows, compared by AUC with rows in blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredDeLong {
    /// AUC of the first scores.
    pub first: f64,
    /// AUC of the second scores.
    pub second: f64,
    /// `second − first`.
    pub difference: f64,
    /// Standard error of the difference; 0 where both order every pair alike.
    pub standard_error: f64,
    /// Blocks with rows.
    pub n_blocks: u64,
    /// Two-sided, from Student's law with `n_blocks − 1` degrees of freedom; 1 where both
    /// score alike.
    pub p_value: f64,
}

/// Compares two models on the same rows by AUC, with rows of one block not independent.
///
/// The paired test of `DeLong` takes the placements of each row: the share of the other
/// class on the right side of it. Their differences between the models are summed per
/// block, and the variance of the difference of the AUCs is that of those sums: N.
/// Obuchowski's for clustered data, with the covariance of positive and negative rows of
/// one block. With one row a block it is exactly the test of `DeLong`
/// ([`delong_test`](super::delong_test), whose difference has the other sign).
///
/// # Arguments
///
/// * `first`, `second`: scores, shape `(n,)`; higher means more positive.
/// * `labels`: shape `(n,)`, whether the row is positive.
/// * `weights`: shape `(n,)`, finite and not negative, or `None`.
/// * `blocks`: shape `(n,)`; equal ids are one block (a day, a user).
///
/// # Returns
///
/// Read the difference with its standard error; a small p-value does not say by how much.
/// With fewer than some ten blocks the standard error is itself uncertain: Student's law
/// allows for part of that.
///
/// # Errors
///
/// * [`StatsError::LengthMismatch`] if the slices differ in length.
/// * [`StatsError::NotFinite`] for scores that are not numbers, or bad weights.
/// * [`StatsError::EmptySample`] if there are no positive or no negative rows.
/// * [`StatsError::TooFewValues`] with fewer than 2 blocks.
/// * [`StatsError::TooManyRows`] beyond 2^32 rows.
///
/// # Numerics
///
/// Two sorts; `O(n log n)`.
///
/// # Source
///
/// N. Obuchowski, *Nonparametric analysis of clustered ROC curve data* (1997). Golden
/// values, from the definition by all pairs: `tests/oracle/stats/paired.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::clustered_delong_test;
///
/// let labels = [true, false, true, false, true, false];
/// let (old, new) = ([0.5, 0.6, 0.7, 0.2, 0.4, 0.3], [0.8, 0.3, 0.7, 0.2, 0.6, 0.1]);
/// let found = clustered_delong_test(&old, &new, &labels, None, &[1, 1, 2, 2, 3, 3])?;
/// assert_eq!(found.second, 1.0);
/// assert!(found.difference > 0.0 && found.p_value > 0.05);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn clustered_delong_test(
    first: &[f64],
    second: &[f64],
    labels: &[bool],
    weights: Option<&[f64]>,
    blocks: &[u64],
) -> Result<ClusteredDeLong, StatsError> {
    let n = labels.len();
    check_length("first", first.len(), n)?;
    check_length("second", second.len(), n)?;
    check_weights(weights, n)?;
    check_blocks(Some(blocks), n)?;
    if first.iter().chain(second).any(|score| score.is_nan()) {
        return Err(StatsError::NotFinite { sample: "scores" });
    }
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let used: Vec<usize> = (0..n).filter(|&row| weight(row) > 0.0).collect();
    let ids: Vec<u64> = used.iter().map(|&row| blocks[row]).collect();
    let blocks = Blocks::from_ids(&ids)?;
    if blocks.len() < 2 {
        return Err(StatsError::TooFewValues {
            sample: "blocks",
            needed: 2,
            found: blocks.len() as u64,
        });
    }
    let side = |scores: &[f64]| placements(scores, labels, &weight, &used);
    let (first_auc, of_first) = side(first)?;
    let (second_auc, of_second) = side(second)?;
    let difference = second_auc - first_auc;
    let mut totals = [0.0; 2];
    let mut sums = vec![BlockSums::default(); blocks.len()];
    for (&row, &block) in used.iter().zip(blocks.of_row()) {
        let class = usize::from(labels[row]);
        totals[class] += weight(row);
        let block = &mut sums[block as usize];
        block.has[class] = true;
        block.gap[class] += weight(row) * (of_second[row] - of_first[row] - difference);
    }
    let standard_error = variance(&sums, totals).max(0.0).sqrt();
    let p_value = if difference == 0.0 {
        1.0
    } else {
        let t = (difference / standard_error).abs();
        (2.0 * student_t_sf(t, (blocks.len() - 1) as f64)).min(1.0)
    };
    Ok(ClusteredDeLong {
        first: first_auc,
        second: second_auc,
        difference,
        standard_error,
        n_blocks: blocks.len() as u64,
        p_value,
    })
}

/// What one block adds, by class.
#[derive(Debug, Clone, Copy, Default)]
struct BlockSums {
    gap: [f64; 2],
    has: [bool; 2],
}

/// The AUC and the placement of each row, by row number.
fn placements(
    scores: &[f64],
    labels: &[bool],
    weight: &impl Fn(usize) -> f64,
    used: &[usize],
) -> Result<(f64, Vec<f64>), StatsError> {
    let ranked = Ranked::new(
        |row| scores[row],
        |row| labels[row],
        weight,
        used.iter().copied(),
    );
    let Some(found) = ranked.delong() else {
        let has_positive = used.iter().any(|&row| labels[row]);
        let sample = if has_positive { "negative" } else { "positive" };
        return Err(StatsError::EmptySample { sample });
    };
    let mut placements = vec![0.0; labels.len()];
    for (&row, placement) in ranked.row.iter().zip(ranked.placements()) {
        placements[row as usize] = placement;
    }
    Ok((found.auc, placements))
}

/// `S10 / m + S01 / n + 2 S11 / (m n)`, each from the sums per block.
fn variance(sums: &[BlockSums], totals: [f64; 2]) -> f64 {
    let unbiased = |n: usize| {
        let n = n as f64;
        if n > 1.0 { n / (n - 1.0) } else { 1.0 }
    };
    let own = |class: usize| {
        let n = sums.iter().filter(|block| block.has[class]).count();
        let squares: f64 = sums.iter().map(|block| block.gap[class].powi(2)).sum();
        unbiased(n) * squares / (totals[class] * totals[class])
    };
    let products: f64 = sums.iter().map(|block| block.gap[0] * block.gap[1]).sum();
    let shared = unbiased(sums.len()) * products / (totals[0] * totals[1]);
    own(0) + own(1) + 2.0 * shared
}
