//! Reconstruction by principal components: do columns still hang together as they did?

use super::cross_fit::shuffled;
use super::dense::{DenseRows, RowEncoder, mean_of};
use super::domain_classifier::at_most;
use super::permutation::permutation_p;
use crate::error::StatsError;
use crate::linear_algebra::{covariance, dot, symmetric_eigen};
use crate::random::Random;
use crate::trees::FeatureTable;

/// Share of the variance that the components explain, as in `NannyML`.
const EXPLAINED: f64 = 0.65;

/// Principal components of a reference table, and the rows' distances from their plane.
///
/// # Examples
///
/// ```
/// use trimtab_stats::multivariate::PrincipalComponents;
/// use trimtab_stats::trees::{FeatureColumn, FeatureTable};
///
/// let x: Vec<f64> = (0..50).map(f64::from).collect();
/// let y: Vec<f64> = x.iter().map(|x| 3.0 * x + 1.0).collect();
/// let table = FeatureTable::new(vec![FeatureColumn::Numeric(x), FeatureColumn::Numeric(y)])?;
/// let components = PrincipalComponents::fit(&table, 0.65)?;
/// assert_eq!(components.n_components(), 1);
/// assert!(components.mean_reconstruction_error(&table)? < 1e-12);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalComponents {
    encoder: RowEncoder,
    means: Vec<f64>,
    /// Unit vectors, one after the other.
    vectors: Vec<f64>,
    explained: Vec<f64>,
}

impl PrincipalComponents {
    /// Learns how to encode the table and its components.
    ///
    /// * `explained`: share of the variance in `(0, 1)`; the fewest components that explain
    ///   more are kept, as scikit-learn does. `NannyML` takes 0.65.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] without rows.
    /// * [`StatsError::ParameterOutOfDomain`] for another share.
    /// * As [`RowEncoder::encode`].
    ///
    /// # Numerics
    ///
    /// By the covariance matrix, `O(n d² + d³)`; equal to a singular value decomposition to
    /// about 1e-9 of the largest component.
    ///
    /// # Source
    ///
    /// K. Pearson (1901); the recipe is `NannyML`'s data reconstruction. Golden values:
    /// `tests/oracle/stats/multivariate.json`.
    pub fn fit(reference: &FeatureTable, explained: f64) -> Result<Self, StatsError> {
        if !(explained > 0.0 && explained < 1.0) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "explained",
                domain: "above 0 and below 1",
                found: explained,
            });
        }
        let encoder = RowEncoder::fit(reference)?;
        let rows = encoder.encode(reference)?;
        let d = rows.n_columns();
        let (means, matrix) = covariance(rows.values(), d);
        let eigen = symmetric_eigen(&matrix, d);
        let total: f64 = eigen.values.iter().map(|v| v.max(0.0)).sum();
        let mut sum = 0.0;
        let mut n_components = 0;
        for value in &eigen.values {
            n_components += 1;
            sum += value.max(0.0);
            if sum > explained * total {
                break;
            }
        }
        let share = |value: &f64| {
            if total > 0.0 {
                value.max(0.0) / total
            } else {
                0.0
            }
        };
        Ok(Self {
            encoder,
            means,
            vectors: eigen.vectors[..n_components * d].to_vec(),
            explained: eigen.values[..n_components].iter().map(share).collect(),
        })
    }

    /// Components kept.
    pub fn n_components(&self) -> usize {
        self.explained.len()
    }

    /// Share of the variance that each component explains, descending.
    pub fn explained(&self) -> &[f64] {
        &self.explained
    }

    /// Each row's Euclidean distance from its projection on the components, in standard
    /// deviations of the columns.
    ///
    /// # Errors
    ///
    /// As [`RowEncoder::encode`].
    pub fn reconstruction_errors(&self, table: &FeatureTable) -> Result<Vec<f64>, StatsError> {
        let rows = self.encoder.encode(table)?;
        let errors = (0..rows.n_rows()).map(|row| self.error(&rows, row));
        Ok(errors.collect())
    }

    fn error(&self, rows: &DenseRows, row: usize) -> f64 {
        let centred = rows
            .row(row)
            .iter()
            .zip(&self.means)
            .map(|(x, mean)| x - mean);
        let mut rest: Vec<f64> = centred.collect();
        for vector in self.vectors.chunks_exact(rest.len()) {
            let along = dot(vector, &rest);
            rest.iter_mut()
                .zip(vector)
                .for_each(|(x, v)| *x -= along * v);
        }
        dot(&rest, &rest).sqrt()
    }

    /// The mean of [`Self::reconstruction_errors`]: `NannyML`'s value of a chunk.
    ///
    /// # Errors
    ///
    /// As [`Self::reconstruction_errors`], and [`StatsError::EmptySample`] without rows.
    pub fn mean_reconstruction_error(&self, table: &FeatureTable) -> Result<f64, StatsError> {
        if table.n_rows() == 0 {
            return Err(StatsError::EmptySample { sample: "current" });
        }
        Ok(mean_of(self.reconstruction_errors(table)?.into_iter()))
    }
}

/// `NannyML`'s alert limits from the reference chunks' errors: mean ± 3 standard deviations
/// (denominator `n`), the lower one at least 0.
///
/// The chunks are those the components were fitted on, and usually ten: the true false-alarm
/// rate is well above the 0.3 % that three standard deviations suggest.
///
/// # Errors
///
/// [`StatsError::EmptySample`] without chunks.
pub fn nannyml_reconstruction_limits(errors: &[f64]) -> Result<[f64; 2], StatsError> {
    if errors.is_empty() {
        return Err(StatsError::EmptySample { sample: "windows" });
    }
    let mean = mean_of(errors.iter().copied());
    let deviation = mean_of(errors.iter().map(|e| (e - mean).powi(2))).sqrt();
    Ok([(mean - 3.0 * deviation).max(0.0), mean + 3.0 * deviation])
}

/// Settings of [`reconstruction_drift`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReconstructionSettings {
    /// Share of the variance that the components explain.
    pub explained: f64,
    /// Arrangements drawn for the p-value.
    pub n_permutations: u32,
    /// Rows of each sample that are used at most, drawn at random; with blocks all are used.
    pub max_rows: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for ReconstructionSettings {
    /// 65 % of the variance, 999 arrangements, at most 20,000 rows a side.
    fn default() -> Self {
        Self {
            explained: EXPLAINED,
            n_permutations: 999,
            max_rows: 20_000,
            seed: 1,
        }
    }
}

/// What a comparison by reconstruction errors found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReconstructionDrift {
    /// Mean error of reference rows that the components have not seen.
    pub reference_error: f64,
    /// Mean error of the current rows.
    pub current_error: f64,
    /// Share of random arrangements with a difference of means at least as large, either way.
    pub p_value: f64,
    /// Components kept.
    pub n_components: usize,
}

/// Which block (day, user, …) each row belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'a> {
    /// Of the reference rows.
    pub reference: &'a [u32],
    /// Of the current rows.
    pub current: &'a [u32],
}

/// Compares how well the components of one half of the reference rebuild its other half and
/// the current rows.
///
/// The half keeps the test honest: rows that the components were fitted on are always rebuilt
/// a little better than new ones, so a comparison with them alarms by itself. Without
/// `blocks`, rows are exchanged; with them whole blocks, which holds the level when the rows of
/// a block are alike. A changed correlation raises the error; less noise lowers it, and is
/// found too.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if the columns differ in number or kind.
/// * [`StatsError::EmptySample`] if the reference has fewer than four rows or blocks, or the
///   current sample none.
/// * [`StatsError::ParameterOutOfDomain`] if a list of blocks has another length than its
///   sample, or a setting is out of its range.
///
/// # Source
///
/// The errors are `NannyML`'s; the split and the permutations are ours.
pub fn reconstruction_drift(
    reference: &FeatureTable,
    current: &FeatureTable,
    blocks: Option<Blocks<'_>>,
    settings: &ReconstructionSettings,
) -> Result<ReconstructionDrift, StatsError> {
    let mut random = Random::from_seed(settings.seed);
    let (reference, current, units) = match blocks {
        None => {
            let reference = at_most(reference, settings.max_rows, &mut random);
            let current = at_most(current, settings.max_rows, &mut random);
            let units = [reference.n_rows(), current.n_rows()];
            let units = units.map(|n| (0..n as u32).collect::<Vec<u32>>());
            (reference, current, units)
        }
        Some(blocks) => {
            check_blocks(reference, blocks.reference)?;
            check_blocks(current, blocks.current)?;
            let units = [blocks.reference, blocks.current].map(numbered);
            (reference.clone(), current.clone(), units)
        }
    };
    let [of_reference, of_current] = units;
    let n_units = n_units(&of_reference);
    if n_units < 4 {
        return Err(StatsError::EmptySample {
            sample: "reference",
        });
    }
    if current.n_rows() == 0 {
        return Err(StatsError::EmptySample { sample: "current" });
    }
    let mut is_fitted = vec![false; n_units];
    for &unit in &shuffled(n_units, &mut random)[..n_units / 2] {
        is_fitted[unit as usize] = true;
    }
    let rows = 0..reference.n_rows() as u32;
    let (fitted, held): (Vec<u32>, Vec<u32>) =
        rows.partition(|&row| is_fitted[of_reference[row as usize] as usize]);
    let components = PrincipalComponents::fit(&reference.select(&fitted), settings.explained)?;
    let held_errors = components.reconstruction_errors(&reference.select(&held))?;
    let current_errors = components.reconstruction_errors(&current)?;
    let held_units: Vec<u32> = held.iter().map(|&row| of_reference[row as usize]).collect();
    let reference_sums = sums_of(&numbered(&held_units), &held_errors);
    let current_sums = sums_of(&of_current, &current_errors);
    Ok(ReconstructionDrift {
        reference_error: mean_of(held_errors.into_iter()),
        current_error: mean_of(current_errors.into_iter()),
        p_value: p_of_units(reference_sums, current_sums, settings, &mut random),
        n_components: components.n_components(),
    })
}

fn check_blocks(table: &FeatureTable, blocks: &[u32]) -> Result<(), StatsError> {
    if blocks.len() == table.n_rows() {
        return Ok(());
    }
    Err(StatsError::ParameterOutOfDomain {
        name: "blocks",
        domain: "one per row",
        found: blocks.len() as f64,
    })
}

/// Block names as numbers from 0, in the order of their names.
fn numbered(blocks: &[u32]) -> Vec<u32> {
    let mut names = blocks.to_vec();
    names.sort_unstable();
    names.dedup();
    let number = |name: &u32| names.partition_point(|other| other < name) as u32;
    blocks.iter().map(number).collect()
}

fn n_units(units: &[u32]) -> usize {
    units.iter().max().map_or(0, |&last| last as usize + 1)
}

/// Sum of the errors and number of rows, per unit.
fn sums_of(units: &[u32], errors: &[f64]) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); n_units(units)];
    for (&unit, error) in units.iter().zip(errors) {
        let (sum, n) = &mut sums[unit as usize];
        *sum += error;
        *n += 1.0;
    }
    sums
}

/// Two-sided permutation p-value of the difference of means, units changing sides whole.
fn p_of_units(
    reference: Vec<(f64, f64)>,
    current: Vec<(f64, f64)>,
    settings: &ReconstructionSettings,
    random: &mut Random,
) -> f64 {
    let n_current = current.len();
    let all = [reference, current].concat();
    let add = |sums: &mut dyn Iterator<Item = &(f64, f64)>| {
        sums.fold((0.0, 0.0), |total, part| {
            (total.0 + part.0, total.1 + part.1)
        })
    };
    let total = add(&mut all.iter());
    let gap = |(sum, n): (f64, f64)| (sum / n - (total.0 - sum) / (total.1 - n)).abs();
    let observed = gap(add(&mut all[all.len() - n_current..].iter()));
    let sizes = (all.len(), n_current);
    permutation_p(observed, sizes, settings.n_permutations, random, |side| {
        gap(add(&mut side.iter().map(|&unit| &all[unit as usize])))
    })
}
