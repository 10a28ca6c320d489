//! Concept drift by the importances of columns: does the target hang on other columns than it
//! did?

use super::cross_fit::{shuffle, shuffled};
use crate::error::StatsError;
use crate::random::Random;
use crate::trees::{
    BinnedTable, ColumnBins, FeatureTable, ForestSettings, ForestTarget, RandomForest, fit_bins,
};

/// How importances of two periods are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportanceShiftSettings {
    /// The forest of each period.
    pub forest: ForestSettings,
    /// How often rows change periods at random; each costs two forests.
    pub n_permutations: u32,
    /// Rows of each period that are used at most. Both periods are cut to the same number,
    /// since importances depend on it.
    pub max_rows: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for ImportanceShiftSettings {
    /// 30 trees of at least 10 rows a leaf, 99 arrangements, at most 1,000 rows a period.
    fn default() -> Self {
        Self {
            forest: ForestSettings {
                n_trees: 30,
                min_rows_in_leaf: 10,
                ..ForestSettings::default()
            },
            n_permutations: 99,
            max_rows: 1_000,
            seed: 1,
        }
    }
}

/// What a comparison of importances found.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportanceShift {
    /// Share of the importance that moved to other columns: half the sum of the absolute
    /// differences, in `[0, 1]`.
    pub moved: f64,
    /// Share of random arrangements in which at least as much moved.
    pub p_value: f64,
    /// Rows used of each period.
    pub n_rows: usize,
    /// In the order of the table.
    pub columns: Vec<ColumnImportanceShift>,
}

/// One column in both periods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnImportanceShift {
    /// Its share of the importance in the reference period.
    pub reference: f64,
    /// In the current period.
    pub current: f64,
    /// `current − reference`.
    pub difference: f64,
    /// 95 % of the arrangements have a difference no larger than this, either way: the noise
    /// floor.
    pub noise: f64,
    /// Share of arrangements with a difference at least as large, either way. Of this column
    /// alone: correct it for their number.
    pub p_value: f64,
}

/// Fits a random forest to each period and compares how much each column matters.
///
/// # Arguments
///
/// * `reference`, `current`: the columns, with one target each, both of the same kind.
/// * `settings`: see [`ImportanceShiftSettings`].
///
/// # Returns
///
/// Differences of the normalised impurity importances, judged by rows that change periods at
/// random with their target. Exact for exchangeable rows. It answers whether the *joint* law
/// of columns and target is the same: a column that varies more also matters more, without any
/// change of what it means. Read it beside the drift of the columns.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if columns or targets differ in number or kind.
/// * [`StatsError::EmptySample`] if a period has fewer than ten rows.
/// * [`StatsError::NotFinite`], [`StatsError::ParameterOutOfDomain`] as
///   [`RandomForest::fit`].
///
/// # Source
///
/// Importances: L. Breiman, *Random forests* (2001), as scikit-learn computes them. The
/// comparison with a permutation null is ours.
pub fn importance_shift(
    (reference, reference_target): (&FeatureTable, ForestTarget<'_>),
    (current, current_target): (&FeatureTable, ForestTarget<'_>),
    settings: &ImportanceShiftSettings,
) -> Result<ImportanceShift, StatsError> {
    reference_target.check(reference.n_rows())?;
    current_target.check(current.n_rows())?;
    let n_rows = reference
        .n_rows()
        .min(current.n_rows())
        .min(settings.max_rows);
    if n_rows < 10 {
        let sample = if reference.n_rows() < 10 {
            "reference"
        } else {
            "current"
        };
        return Err(StatsError::EmptySample { sample });
    }
    let target = Pooled::new(reference_target, current_target)?;
    let table = reference.stack(current)?;
    let bins = fit_bins(&table, None, 255, settings.forest.seed);
    let forests = Forests {
        table: BinnedTable::new(&table, &bins)?,
        bins,
        target,
        settings: &settings.forest,
    };
    let mut random = Random::from_seed(settings.seed);
    let offset = reference.n_rows() as u32;
    let mut rows = shuffled(reference.n_rows(), &mut random);
    rows.truncate(n_rows);
    let drawn = shuffled(current.n_rows(), &mut random);
    rows.extend(drawn[..n_rows].iter().map(|row| row + offset));
    let (before, after) = forests.importances(&mut rows);
    let permuted = (0..settings.n_permutations).map(|_| {
        shuffle(&mut rows, &mut random);
        let (first, second) = forests.importances(&mut rows);
        differences(&first, &second)
    });
    let permuted: Vec<Vec<f64>> = permuted.collect();
    Ok(judge(&before, &after, &permuted, n_rows))
}

fn differences(before: &[f64], after: &[f64]) -> Vec<f64> {
    before.iter().zip(after).map(|(b, a)| a - b).collect()
}

fn moved(differences: &[f64]) -> f64 {
    0.5 * differences.iter().map(|d| d.abs()).sum::<f64>()
}

fn judge(before: &[f64], after: &[f64], permuted: &[Vec<f64>], n_rows: usize) -> ImportanceShift {
    let observed = differences(before, after);
    let n = permuted.len() as f64;
    let share = |is_at_least: &dyn Fn(&[f64]) -> bool| {
        let hits = permuted
            .iter()
            .filter(|differences| is_at_least(differences));
        (1.0 + hits.count() as f64) / (n + 1.0)
    };
    let of_column = |idx: usize| {
        let mut sizes: Vec<f64> = permuted.iter().map(|d| d[idx].abs()).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let place = (0.95 * n).ceil() as usize;
        ColumnImportanceShift {
            reference: before[idx],
            current: after[idx],
            difference: observed[idx],
            noise: sizes
                .get(place.saturating_sub(1))
                .copied()
                .unwrap_or(f64::NAN),
            p_value: share(&|d| d[idx].abs() >= observed[idx].abs()),
        }
    };
    ImportanceShift {
        moved: moved(&observed),
        p_value: share(&|d| moved(d) >= moved(&observed)),
        n_rows,
        columns: (0..before.len()).map(of_column).collect(),
    }
}

/// Both targets, one after the other.
enum Pooled {
    Classes(Vec<u32>, u32),
    Values(Vec<f64>),
}

impl Pooled {
    fn new(reference: ForestTarget<'_>, current: ForestTarget<'_>) -> Result<Self, StatsError> {
        match (reference, current) {
            (ForestTarget::Values(above), ForestTarget::Values(below)) => {
                Ok(Self::Values([above, below].concat()))
            }
            (
                ForestTarget::Classes {
                    classes: above,
                    n_classes: n_above,
                },
                ForestTarget::Classes {
                    classes: below,
                    n_classes: n_below,
                },
            ) => Ok(Self::Classes([above, below].concat(), n_above.max(n_below))),
            _ => Err(StatsError::GridMismatch),
        }
    }

    fn target(&self) -> ForestTarget<'_> {
        match self {
            Self::Values(values) => ForestTarget::Values(values),
            Self::Classes(classes, n_classes) => ForestTarget::Classes {
                classes,
                n_classes: *n_classes,
            },
        }
    }
}

struct Forests<'a> {
    table: BinnedTable,
    bins: Vec<ColumnBins>,
    target: Pooled,
    settings: &'a ForestSettings,
}

impl Forests<'_> {
    /// Importances on the first and on the second half of `rows`.
    fn importances(&self, rows: &mut [u32]) -> (Vec<f64>, Vec<f64>) {
        let (first, second) = rows.split_at_mut(rows.len() / 2);
        let fit = |half: &mut [u32]| {
            // In the order of the table, which memory likes better.
            half.sort_unstable();
            let (bins, target) = (self.bins.clone(), self.target.target());
            RandomForest::fit_binned(bins, &self.table, half, target, self.settings, false)
                .importances()
                .to_vec()
        };
        (fit(first), fit(second))
    }
}
