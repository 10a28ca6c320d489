//! Domain classifiers of two peers, for those who compare numbers.

use super::cross_fit::{all_but, score_area, shuffled};
use super::domain_classifier::at_most;
use crate::error::StatsError;
use crate::random::Random;
use crate::trees::{
    BinnedTable, BoostedTrees, BoostingSettings, FeatureColumn, FeatureTable, Loss, fit_bins,
};

/// Between these areas `NannyML` raises no alert.
pub const NANNYML_DOMAIN_LIMITS: [f64; 2] = [0.45, 0.65];
/// Above this drift value deepchecks' condition fails.
pub const DEEPCHECKS_DOMAIN_LIMIT: f64 = 0.25;
/// Rows a side that deepchecks draws.
const DEEPCHECKS_ROWS: usize = 10_000;
const NANNYML_FOLDS: usize = 5;

/// Area under the ROC curve as `NannyML` 0.13 computes it per chunk.
///
/// Five folds cut in the order of the rows, `LightGBM`'s defaults, one area over all
/// out-of-fold scores. It has no p-value: an alert is an area outside
/// [`NANNYML_DOMAIN_LIMITS`].
///
/// * `table`: all rows, reference first where a monitored chunk is judged; for a chunk of the
///   reference itself the whole reference in its order.
/// * `is_chunk`: which rows are the chunk's, shape `(rows,)`.
///
/// # Errors
///
/// [`StatsError::ParameterOutOfDomain`] if the lengths differ, [`StatsError::EmptySample`] if
/// there are fewer than five rows on either side.
///
/// # Numerics
///
/// `NannyML` fits with `LightGBM`; see [`BoostingSettings::lightgbm`] for how near our trees
/// are. The page of the method gives the measured difference of the area.
pub fn nannyml_domain_auc(table: &FeatureTable, is_chunk: &[bool]) -> Result<f64, StatsError> {
    if is_chunk.len() != table.n_rows() {
        return Err(StatsError::ParameterOutOfDomain {
            name: "is_chunk",
            domain: "one value per row",
            found: is_chunk.len() as f64,
        });
    }
    let n_chunk = is_chunk.iter().filter(|&&inside| inside).count();
    if n_chunk < NANNYML_FOLDS {
        return Err(StatsError::EmptySample { sample: "current" });
    }
    if table.n_rows() - n_chunk < NANNYML_FOLDS {
        return Err(StatsError::EmptySample {
            sample: "reference",
        });
    }
    let table = categories_first(table)?;
    let settings = BoostingSettings::lightgbm(Loss::LogLoss);
    let side: Vec<f64> = is_chunk.iter().map(|&c| f64::from(u8::from(c))).collect();
    let mut scored = Vec::with_capacity(side.len());
    for fold in ordered_folds(is_chunk) {
        let train = all_but(&fold, side.len());
        let scores = scores_of(&table, &train, &fold, &side, &settings)?;
        let pairs = scores.into_iter().zip(&fold);
        scored.extend(pairs.map(|(score, &row)| (score, is_chunk[row as usize])));
    }
    Ok(score_area(&mut scored).auc)
}

/// Drift value as deepchecks 0.19 computes it: `2 AUC − 1`, at least 0, on 30 % of the rows of a
/// boosted classifier of depth 2 with 10 trees, fitted on the rest.
///
/// Both sides are first cut to the same number of rows, at most 10,000, at random. Which rows
/// are drawn differs from deepchecks, so values agree within the error of a split only. The
/// condition fails above [`DEEPCHECKS_DOMAIN_LIMIT`].
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if the columns differ in number or kind.
/// * [`StatsError::EmptySample`] if a side has fewer than four rows.
pub fn deepchecks_domain_drift(
    reference: &FeatureTable,
    current: &FeatureTable,
    seed: u64,
) -> Result<f64, StatsError> {
    let n = reference
        .n_rows()
        .min(current.n_rows())
        .min(DEEPCHECKS_ROWS);
    if n < 4 {
        let sample = if reference.n_rows() < 4 {
            "reference"
        } else {
            "current"
        };
        return Err(StatsError::EmptySample { sample });
    }
    let mut random = Random::from_seed(seed);
    let drawn = at_most(reference, n, &mut random);
    let pooled = drawn.stack(&at_most(current, n, &mut random))?;
    let n_test = (0.3 * n as f64).ceil() as usize;
    let mut test = Vec::new();
    for start in [0, n as u32] {
        let order = shuffled(n, &mut random);
        test.extend(order[..n_test].iter().map(|row| row + start));
    }
    test.sort_unstable();
    let side: Vec<f64> = (0..2 * n)
        .map(|row| f64::from(u8::from(row >= n)))
        .collect();
    let settings = BoostingSettings {
        n_trees: 10,
        max_depth: Some(2),
        ..BoostingSettings::hist_gradient_boosting(Loss::LogLoss)
    };
    let train = all_but(&test, 2 * n);
    let scores = scores_of(&pooled, &train, &test, &side, &settings)?;
    let pairs = scores.into_iter().zip(&test);
    let mut scored: Vec<(f64, bool)> = pairs.map(|(s, &row)| (s, row as usize >= n)).collect();
    Ok((2.0 * score_area(&mut scored).auc - 1.0).max(0.0))
}

/// Fits on some rows, bins included, and scores others.
fn scores_of(
    table: &FeatureTable,
    train: &[u32],
    test: &[u32],
    side: &[f64],
    settings: &BoostingSettings,
) -> Result<Vec<f64>, StatsError> {
    let bins = fit_bins(table, Some(train), settings.max_bins, settings.seed);
    let binned = BinnedTable::new(table, &bins)?;
    let model = BoostedTrees::fit_binned(bins, &binned, train, side, settings);
    Ok(model.margins_binned(&binned, test))
}

/// `NannyML` hands its columns over in this order, which decides between cuts of equal gain.
fn categories_first(table: &FeatureTable) -> Result<FeatureTable, StatsError> {
    let mut columns = table.columns().to_vec();
    columns.sort_by_key(|column| matches!(column, FeatureColumn::Numeric(_)));
    FeatureTable::new(columns)
}

/// The test rows of scikit-learn's `StratifiedKFold(5)` without shuffling: each class is cut in
/// the order of its rows, into parts whose sizes come from dealing out the sorted classes.
fn ordered_folds(is_chunk: &[bool]) -> Vec<Vec<u32>> {
    // The class of the first row is dealt first.
    let first = is_chunk.first().copied().unwrap_or(false);
    let n_first = is_chunk.iter().filter(|&&c| c == first).count();
    let mut folds = vec![Vec::new(); NANNYML_FOLDS];
    for (class, range) in [(first, 0..n_first), (!first, n_first..is_chunk.len())] {
        let mut rows = (0..is_chunk.len() as u32).filter(|&row| is_chunk[row as usize] == class);
        for (fold_idx, fold) in folds.iter_mut().enumerate() {
            let size = range
                .clone()
                .filter(|place| place % NANNYML_FOLDS == fold_idx)
                .count();
            fold.extend(rows.by_ref().take(size));
        }
    }
    for fold in &mut folds {
        fold.sort_unstable();
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_follow_the_order_of_rows_as_scikit_learn_cuts_them() {
        // StratifiedKFold(5).split on seven zeros and six ones.
        let is_chunk: Vec<bool> = (0..13).map(|row| row >= 7).collect();
        let folds = ordered_folds(&is_chunk);
        let expected: [&[u32]; 5] = [&[0, 1, 7], &[2, 3, 8], &[4, 9, 10], &[5, 11], &[6, 12]];
        assert_eq!(folds, expected);
    }
}
