//! Out-of-fold scores of two samples, and what their ranks say.

use crate::random::Random;
use crate::special::normal_sf;

/// How far the folds of a cross-fit hang together, as a factor on the variance of their mean.
///
/// Each fold's area has mean one half and the Mann–Whitney variance given its model, but the
/// models share training rows: the pair of rows `i, j` speaks twice, once when `j` helps to
/// score `i` and once the other way round. For a learner that is a symmetric kernel the two
/// are equal and the variance of the mean is exactly twice that of independent folds, for any
/// number of folds. Trees lie below; the calibration test measures how far.
const SHARED_TRAINING: f64 = 2.0;

/// Normal quantile of the 95 % intervals.
const Z_95: f64 = 1.959_963_984_540_054;

/// The rows of each fold, ascending; rows `0..n_reference` are the reference, then come those
/// of the current sample. Both samples are spread evenly.
pub(super) fn stratified_folds(
    n_reference: usize,
    n_current: usize,
    n_folds: usize,
    random: &mut Random,
) -> Vec<Vec<u32>> {
    let mut folds = vec![Vec::new(); n_folds];
    for (start, n) in [(0, n_reference), (n_reference, n_current)] {
        for (place, row) in shuffled(n, random).into_iter().enumerate() {
            folds[place % n_folds].push(row + start as u32);
        }
    }
    for fold in &mut folds {
        fold.sort_unstable();
    }
    folds
}

/// `0..n` in random order.
pub(super) fn shuffled(n: usize, random: &mut Random) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    shuffle(&mut order, random);
    order
}

/// Brings `items` into random order (R. Fisher and F. Yates).
pub(super) fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for i in (1..items.len()).rev() {
        let other = (random.uniform() * (i + 1) as f64) as usize;
        items.swap(i, other);
    }
}

/// All rows but those of one fold, ascending.
pub(super) fn all_but(fold: &[u32], n_rows: usize) -> Vec<u32> {
    let mut is_in = vec![false; n_rows];
    for &row in fold {
        is_in[row as usize] = true;
    }
    let rows = 0..n_rows as u32;
    rows.filter(|&row| !is_in[row as usize]).collect()
}

/// Area under the ROC curve of some scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ScoreArea {
    /// Probability that a current row scores higher than a reference row, ties half.
    pub(super) auc: f64,
    /// Its variance if scores say nothing (Mann–Whitney, ties taken into account).
    pub(super) null_variance: f64,
    /// Its variance as found (`DeLong`).
    pub(super) variance: f64,
}

/// Ranks `(score, is_current)`; the order of the slice is lost. One half where a side is empty.
pub(super) fn score_area(scored: &mut [(f64, bool)]) -> ScoreArea {
    scored.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total = scored.len() as f64;
    let n_current = scored.iter().filter(|pair| pair.1).count() as f64;
    let n_reference = total - n_current;
    let nothing = ScoreArea {
        auc: 0.5,
        null_variance: 0.0,
        variance: 0.0,
    };
    if n_current == 0.0 || n_reference == 0.0 {
        return nothing;
    }
    let (mut below_reference, mut below_current, mut ties) = (0.0, 0.0, 0.0);
    // First and second moments of the placements of each side among the other.
    let (mut of_current, mut of_reference) = ([0.0; 2], [0.0; 2]);
    for group in scored.chunk_by(|a, b| a.0 == b.0) {
        let current = group.iter().filter(|pair| pair.1).count() as f64;
        let reference = group.len() as f64 - current;
        let place_of_current = (below_reference + 0.5 * reference) / n_reference;
        let place_of_reference = 1.0 - (below_current + 0.5 * current) / n_current;
        of_current[0] += current * place_of_current;
        of_current[1] += current * place_of_current * place_of_current;
        of_reference[0] += reference * place_of_reference;
        of_reference[1] += reference * place_of_reference * place_of_reference;
        let size = group.len() as f64;
        ties += size * (size * size - 1.0);
        below_reference += reference;
        below_current += current;
    }
    let auc = of_current[0] / n_current;
    let spread = |[sum, squares]: [f64; 2], n: f64| {
        let mean = sum / n;
        (squares / n - mean * mean).max(0.0) / (n - 1.0).max(1.0)
    };
    let pairs = n_current * n_reference;
    ScoreArea {
        auc,
        null_variance: (total + 1.0 - ties / (total * (total - 1.0))) / (12.0 * pairs),
        variance: spread(of_current, n_current) + spread(of_reference, n_reference),
    }
}

/// The folds together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FoldsJudged {
    pub(super) auc: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// One-sided: scores that separate.
    pub(super) p_value: f64,
}

/// The mean area and how sure it is above one half.
pub(super) fn judge_folds(folds: &[ScoreArea]) -> FoldsJudged {
    let n = folds.len() as f64;
    let mean = |of: fn(&ScoreArea) -> f64| folds.iter().map(of).sum::<f64>() / n;
    let auc = mean(|fold| fold.auc);
    let deviation = |variance: f64| (SHARED_TRAINING * variance / n).sqrt();
    let null_deviation = deviation(mean(|fold| fold.null_variance));
    let p_value = if null_deviation > 0.0 {
        normal_sf((auc - 0.5) / null_deviation)
    } else {
        1.0
    };
    let half = Z_95 * deviation(mean(|fold| fold.variance));
    FoldsJudged {
        auc,
        low: (auc - half).max(0.0),
        high: (auc + half).min(1.0),
        p_value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_count_ties_half_and_know_their_null_variance() {
        let mut scored = [(1.0, false), (2.0, true), (2.0, false), (3.0, true)];
        let area = score_area(&mut scored);
        assert_eq!(area.auc, 0.875);
        // Over all six splits of the scores.
        let scores = [1.0, 2.0, 2.0, 3.0];
        let mut sum = 0.0;
        for i in 0..4 {
            for j in i + 1..4 {
                let mut split: Vec<(f64, bool)> =
                    (0..4).map(|k| (scores[k], k == i || k == j)).collect();
                sum += (score_area(&mut split).auc - 0.5).powi(2) / 6.0;
            }
        }
        assert!(
            (area.null_variance - sum).abs() < 1e-15,
            "{} {sum}",
            area.null_variance
        );
    }

    #[test]
    fn constant_scores_and_empty_sides_say_nothing() {
        let constant = score_area(&mut [(0.3, true), (0.3, false), (0.3, false)]);
        assert_eq!((constant.auc, constant.null_variance), (0.5, 0.0));
        assert_eq!(judge_folds(&[constant; 3]).p_value, 1.0);
        assert_eq!(score_area(&mut [(0.3, true)]).auc, 0.5);
    }

    #[test]
    fn folds_hold_every_row_once_and_both_samples_evenly() {
        let folds = stratified_folds(23, 11, 5, &mut Random::from_seed(3));
        let mut all: Vec<u32> = folds.concat();
        all.sort_unstable();
        assert_eq!(all, (0..34).collect::<Vec<u32>>());
        for fold in &folds {
            let n_current = fold.iter().filter(|&&row| row >= 23).count();
            assert!((2..=3).contains(&n_current), "{fold:?}");
        }
    }
}
