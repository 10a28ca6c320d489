//! Bootstrap of independent rows and of whole blocks, with a seed.
//!
//! A replicate is a count for each unit (a row, or a block of rows that belong
//! together: a day, a user). Statistics are then computed with these counts as
//! weights, so nothing is copied or sorted again.

use crate::error::StatsError;
use crate::random::Random;
use crate::special::{normal_quantile, normal_sf, student_t_quantile};
use std::collections::BTreeMap;

/// Fewest units from which a bootstrap interval is drawn.
///
/// With fewer, the resamples cannot show how much the units differ: eight blocks
/// have some 6,400 distinct resamples, five have 126.
pub const MIN_BOOTSTRAP_UNITS: usize = 8;

/// Which block each row belongs to, with the ids numbered `0, 1, …` in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    of_row: Vec<u32>,
    n_blocks: usize,
}

impl Blocks {
    /// From one id per row, shape `(n,)`: equal ids are one block. Rows of a block
    /// need not stand together.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooManyRows`] beyond 2^32 blocks.
    pub fn from_ids(ids: &[u64]) -> Result<Self, StatsError> {
        let mut distinct = BTreeMap::new();
        // Rows mostly come block by block: look up only where the id changes.
        let mut previous = None;
        for &id in ids {
            if previous != Some(id) {
                distinct.insert(id, 0_u32);
                previous = Some(id);
            }
        }
        let n_blocks = u32::try_from(distinct.len()).map_err(|_| StatsError::TooManyRows)?;
        for (number, place) in (0..n_blocks).zip(distinct.values_mut()) {
            *place = number;
        }
        let mut last = (None, 0);
        let of_row = ids
            .iter()
            .map(|&id| {
                if last.0 != Some(id) {
                    last = (Some(id), distinct.get(&id).copied().unwrap_or(0));
                }
                last.1
            })
            .collect();
        Ok(Self {
            of_row,
            n_blocks: n_blocks as usize,
        })
    }

    /// Number of blocks.
    pub fn len(&self) -> usize {
        self.n_blocks
    }

    /// Whether there are no rows, hence no blocks.
    pub fn is_empty(&self) -> bool {
        self.n_blocks == 0
    }

    /// The block of each row, in `0..len()`, shape `(n,)`.
    pub fn of_row(&self) -> &[u32] {
        &self.of_row
    }
}

/// Draws bootstrap resamples: how often each unit was drawn.
///
/// # Source
///
/// B. Efron, *Bootstrap methods: another look at the jackknife* (1979). With blocks
/// as units it is the cluster bootstrap (A. Davison and D. Hinkley, *Bootstrap
/// Methods and their Application*, 1997, §3.8): it keeps whatever dependence there is
/// within a block and takes blocks as independent.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    counts: Vec<u32>,
    random: Random,
}

impl Bootstrap {
    /// A bootstrap of `n_units` units whose draws are determined by `seed`.
    pub fn new(n_units: usize, seed: u64) -> Self {
        Self {
            counts: vec![0; n_units],
            random: Random::from_seed(seed),
        }
    }

    /// The next resample: counts per unit that sum to the number of units.
    pub fn draw(&mut self) -> &[u32] {
        self.counts.fill(0);
        let n = self.counts.len();
        for _ in 0..n {
            let place = uniform_index(&mut self.random, n);
            self.counts[place] += 1;
        }
        &self.counts
    }
}

/// A uniform draw from `0..n`, for `n > 0`; the bias is below `n / 2^64`.
#[inline]
pub(crate) fn uniform_index(random: &mut Random, n: usize) -> usize {
    ((u128::from(random.bits()) * n as u128) >> 64) as usize
}

/// Sums of several quantities per unit, for statistics that are functions of sums: a
/// replicate costs one addition per unit and quantity, however many rows there are.
#[derive(Debug, Clone)]
pub(crate) struct UnitSums {
    n_columns: usize,
    sums: Vec<f64>,
}

impl UnitSums {
    pub(crate) fn new(n_units: usize, n_columns: usize) -> Self {
        Self {
            n_columns,
            sums: vec![0.0; n_units * n_columns],
        }
    }

    /// The sums of one unit.
    pub(crate) fn of(&mut self, unit: usize) -> &mut [f64] {
        &mut self.sums[unit * self.n_columns..(unit + 1) * self.n_columns]
    }

    /// The sums of a resample.
    pub(crate) fn weighted(&self, counts: &[u32], total: &mut [f64]) {
        total.fill(0.0);
        for (&count, sums) in counts.iter().zip(self.sums.chunks_exact(self.n_columns)) {
            if count > 0 {
                let times = f64::from(count);
                for (total, sum) in total.iter_mut().zip(sums) {
                    *total += times * sum;
                }
            }
        }
    }
}

/// Percentile interval of bootstrap replicates, widened for few units.
///
/// The plain percentile interval is too narrow by `√((n − 1) / n)` and uses normal
/// instead of Student quantiles. The *expanded* one reads the replicates at
/// `Φ(−√(n / (n − 1)) t(n − 1))` and its mirror, which cures both.
///
/// * `replicates`: values of the statistic, in any order; sorted in place. Values that
///   are not numbers (the statistic had no meaning in a resample) are left out.
/// * `n_units`: rows, or blocks, that were resampled.
/// * `confidence`: in `(0, 1)`.
///
/// `None` with fewer than [`MIN_BOOTSTRAP_UNITS`] units, or where more than a tenth of
/// the replicates have no value.
///
/// # Source
///
/// T. Hesterberg, *What teachers should know about the bootstrap* (2015), §4.
pub fn percentile_interval(
    replicates: &mut Vec<f64>,
    n_units: usize,
    confidence: f64,
) -> Option<(f64, f64)> {
    let tail = expanded_tail(n_units, confidence)?;
    sort_numbers(replicates)?;
    Some((quantile(replicates, tail), quantile(replicates, 1.0 - tail)))
}

/// Basic (reverse percentile) interval `[2θ − q(1 − α), 2θ − q(α)]`, widened as
/// [`percentile_interval`]: for statistics that resampling pushes to one side, such as
/// a maximum or a sum of absolute gaps.
///
/// # Source
///
/// A. Davison and D. Hinkley (1997), §5.2.1.
pub fn basic_interval(
    estimate: f64,
    replicates: &mut Vec<f64>,
    n_units: usize,
    confidence: f64,
) -> Option<(f64, f64)> {
    let (low, high) = percentile_interval(replicates, n_units, confidence)?;
    Some((2.0 * estimate - high, 2.0 * estimate - low))
}

/// Bias-corrected and accelerated (`BCa`) interval.
///
/// * `estimate`: the statistic of the data; `replicates` as in [`percentile_interval`].
/// * `jackknife`: the statistic with each unit (or each group of units) left out.
///
/// `None` as for [`percentile_interval`], or where all replicates lie on one side.
///
/// # Source
///
/// B. Efron, *Better bootstrap confidence intervals* (1987); equal to `SciPy`'s
/// `bootstrap(method="BCa")` given the same replicates.
pub fn bca_interval(
    estimate: f64,
    replicates: &mut Vec<f64>,
    jackknife: &[f64],
    confidence: f64,
) -> Option<(f64, f64)> {
    if jackknife.len() < MIN_BOOTSTRAP_UNITS {
        return None;
    }
    sort_numbers(replicates)?;
    let n = replicates.len() as f64;
    let below = replicates.partition_point(|&value| value < estimate);
    let not_above = replicates.partition_point(|&value| value <= estimate);
    let bias = normal_quantile((below + not_above) as f64 / (2.0 * n));
    let mean = jackknife.iter().sum::<f64>() / jackknife.len() as f64;
    let moment = |power: i32| -> f64 { jackknife.iter().map(|v| (mean - v).powi(power)).sum() };
    let spread = moment(2);
    let acceleration = if spread > 0.0 {
        moment(3) / (6.0 * spread.powf(1.5))
    } else {
        0.0
    };
    let place = |p: f64| {
        let z = bias + normal_quantile(p);
        let moved = bias + z / (1.0 - acceleration * z);
        (moved.is_finite()).then(|| 1.0 - normal_sf(moved))
    };
    let (low, high) = (
        place(0.5 - 0.5 * confidence)?,
        place(0.5 + 0.5 * confidence)?,
    );
    Some((quantile(replicates, low), quantile(replicates, high)))
}

/// Where the expanded interval reads the replicates.
fn expanded_tail(n_units: usize, confidence: f64) -> Option<f64> {
    if n_units < MIN_BOOTSTRAP_UNITS {
        return None;
    }
    let n = n_units as f64;
    let t = student_t_quantile(0.5 + 0.5 * confidence, n - 1.0);
    Some(normal_sf(t * (n / (n - 1.0)).sqrt()))
}

/// Sorts, without what is not a number; `None` if that is more than a tenth.
fn sort_numbers(replicates: &mut Vec<f64>) -> Option<()> {
    let drawn = replicates.len();
    replicates.retain(|value| !value.is_nan());
    replicates.sort_unstable_by(f64::total_cmp);
    (!replicates.is_empty() && 10 * replicates.len() >= 9 * drawn).then_some(())
}

/// Quantile of sorted values, linear between the order statistics.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let share = place - below as f64;
    if share == 0.0 || sorted[below] == sorted[above] {
        sorted[below]
    } else {
        sorted[below] * (1.0 - share) + sorted[above] * share
    }
}
