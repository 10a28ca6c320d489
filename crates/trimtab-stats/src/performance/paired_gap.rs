//! Two models' gaps between groups, on the same rows.

use super::rows::check_length;
use crate::error::StatsError;
use crate::resampling::{Blocks, Bootstrap, MIN_BOOTSTRAP_UNITS, UnitSums};
use crate::special::student_t_quantile;

/// Decisions of two models about the same rows of several groups.
#[derive(Debug, Clone, Copy, Default)]
pub struct PairedGapRows<'a> {
    /// Group of each row, in `0..n_groups`.
    pub groups: &'a [u32],
    /// Number of groups.
    pub n_groups: u32,
    /// Whether the row is positive.
    pub labels: &'a [bool],
    /// What the first decided.
    pub first: &'a [bool],
    /// What the second decided.
    pub second: &'a [bool],
    /// Rows with one id belong together; without, each row stands alone.
    pub blocks: Option<&'a [u64]>,
}

/// The largest gap between groups, of two models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedGap {
    /// Of the first.
    pub first: f64,
    /// Of the second.
    pub second: f64,
    /// `second − first`: above 0 the second treats groups less alike.
    pub difference: f64,
    /// Interval of the difference; absent with fewer than 8 blocks.
    pub interval: Option<(f64, f64)>,
    /// Groups that have enough rows.
    pub n_groups: u32,
}

/// Numbers per block and group: positives, and those of them that each model found.
const N_COLUMNS: usize = 3;

/// Compares the largest gap of the true positive rate between any two groups.
///
/// `equal_opportunity_difference` of two models on the same rows: by how much the second
/// treats positive rows of different groups less alike than the first. Groups with fewer
/// than `min_rows` positive rows are left out.
///
/// # Returns
///
/// `None` where fewer than two groups have enough positive rows. The interval is the
/// difference ± Student's quantile × the standard deviation of replicates of whole blocks:
/// both gaps are pushed upwards by chance by about as much, which the difference cancels.
///
/// # Errors
///
/// * [`StatsError::LengthMismatch`] if the slices differ in length.
/// * [`StatsError::ParameterOutOfDomain`] for a group outside `0..n_groups`.
/// * [`StatsError::TooManyRows`] beyond 2^32 blocks.
///
/// # Source
///
/// M. Hardt, E. Price and N. Srebro, *Equality of opportunity in supervised learning*
/// (2016); the gap as fairlearn's `equal_opportunity_difference`.
pub fn compare_gaps(
    rows: &PairedGapRows<'_>,
    min_rows: u64,
    confidence: f64,
    replicates: u32,
    seed: u64,
) -> Result<Option<PairedGap>, StatsError> {
    let n = rows.labels.len();
    check_length("groups", rows.groups.len(), n)?;
    check_length("first", rows.first.len(), n)?;
    check_length("second", rows.second.len(), n)?;
    if let Some(&group) = rows.groups.iter().find(|&&group| group >= rows.n_groups) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "groups",
            domain: "in 0..n_groups",
            found: f64::from(group),
        });
    }
    let own: Vec<u64> = match rows.blocks {
        Some(blocks) => {
            check_length("blocks", blocks.len(), n)?;
            blocks.to_vec()
        }
        None => (0..n as u64).collect(),
    };
    let blocks = Blocks::from_ids(&own)?;
    let mut positives = vec![0_u64; rows.n_groups as usize];
    for (&group, &label) in rows.groups.iter().zip(rows.labels) {
        positives[group as usize] += u64::from(label);
    }
    let kept: Vec<usize> = (0..positives.len())
        .filter(|&group| positives[group] >= min_rows.max(1))
        .collect();
    if kept.len() < 2 {
        return Ok(None);
    }
    let sums = sums_by_block(rows, &blocks);
    let width = rows.n_groups as usize * N_COLUMNS;
    let mut total = vec![0.0; width];
    sums.weighted(&vec![1; blocks.len()], &mut total);
    let [first, second] = gaps(&total, &kept);
    let mut differences = Vec::new();
    if blocks.len() >= MIN_BOOTSTRAP_UNITS {
        let mut bootstrap = Bootstrap::new(blocks.len(), seed);
        for _ in 0..replicates {
            sums.weighted(bootstrap.draw(), &mut total);
            let [first, second] = gaps(&total, &kept);
            differences.push(second - first);
        }
    }
    Ok(Some(PairedGap {
        first,
        second,
        difference: second - first,
        interval: replicate_interval(second - first, &differences, blocks.len(), confidence),
        n_groups: kept.len() as u32,
    }))
}

/// Estimate ± Student's quantile × the standard deviation of replicates, for few units.
///
/// `None` with fewer than two replicates, fewer than eight units, or where more than a
/// tenth of the replicates have no value.
pub(crate) fn replicate_interval(
    estimate: f64,
    replicates: &[f64],
    n_units: usize,
    confidence: f64,
) -> Option<(f64, f64)> {
    let error = replicate_error(replicates, n_units)?;
    let half = error * student_t_quantile(0.5 + 0.5 * confidence, n_units as f64 - 1.0);
    Some((estimate - half, estimate + half))
}

/// The standard error that replicates of `n_units` units show.
pub(crate) fn replicate_error(replicates: &[f64], n_units: usize) -> Option<f64> {
    let values = || replicates.iter().filter(|value| value.is_finite());
    let n = values().count();
    if n_units < MIN_BOOTSTRAP_UNITS || n < 2 || 10 * n < 9 * replicates.len() {
        return None;
    }
    let mean = values().sum::<f64>() / n as f64;
    let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    let units = n_units as f64;
    Some((variance * units / (units - 1.0)).sqrt())
}

/// Per block and group: positives, and those that each model found.
fn sums_by_block(rows: &PairedGapRows<'_>, blocks: &Blocks) -> UnitSums {
    let mut sums = UnitSums::new(blocks.len(), rows.n_groups as usize * N_COLUMNS);
    for (row, &block) in blocks.of_row().iter().enumerate() {
        if !rows.labels[row] {
            continue;
        }
        let of = sums.of(block as usize);
        let start = rows.groups[row] as usize * N_COLUMNS;
        of[start] += 1.0;
        of[start + 1] += f64::from(u8::from(rows.first[row]));
        of[start + 2] += f64::from(u8::from(rows.second[row]));
    }
    sums
}

/// The largest difference of rates between groups, of both models.
fn gaps(total: &[f64], kept: &[usize]) -> [f64; 2] {
    [1, 2].map(|side| {
        let rates = kept.iter().map(|&group| {
            let of = &total[group * N_COLUMNS..(group + 1) * N_COLUMNS];
            of[side] / of[0]
        });
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for rate in rates {
            if rate.is_nan() {
                return f64::NAN;
            }
            low = low.min(rate);
            high = high.max(rate);
        }
        high - low
    })
}
