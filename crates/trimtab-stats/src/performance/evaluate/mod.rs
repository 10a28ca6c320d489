//! Every measure of a task with its confidence interval, from rows.
//!
//! Intervals are in closed form where one exists, and from the bootstrap otherwise.
//! Where blocks are given, rows in a block are not taken as independent: every interval
//! then comes from resampling whole blocks (or from variances clustered by them).

pub(crate) mod binary;
pub(crate) mod decisions;
pub(crate) mod multiclass;
mod paired;
pub(crate) mod ranking;
mod regression;

pub use binary::evaluate_binary;
pub use multiclass::evaluate_multiclass;
pub use paired::{
    PairedBinaryRows, PairedEvaluation, PairedMetric, PairedRegressionRows, ScoredBy,
    compare_binary, compare_regression,
};
pub use ranking::evaluate_ranking;
pub use regression::evaluate_regression;

use super::confusion::{ConfusionMatrix, Measured};
use super::intervals::{bounded_interval, student_interval, wilson_interval};
use super::metric::{IntervalMethod, Metric, reason};
use super::rows::EvaluationSettings;
use crate::resampling::{Blocks, Bootstrap, MIN_BOOTSTRAP_UNITS, percentile_interval};
use crate::special::student_t_quantile;

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Rows (queries, for ranking) that were evaluated.
    pub n: u64,
    /// Rows (queries) that were left out: weight 0, or nothing to evaluate.
    pub n_left_out: u64,
    /// Blocks that the intervals resample; absent where rows count as independent.
    pub n_blocks: Option<u64>,
    /// The measures, in a fixed order.
    pub metrics: Vec<Metric>,
    /// Rows by label and prediction, for classifiers; class 1 is the positive one of
    /// two.
    pub confusion: Option<ConfusionMatrix>,
}

impl Evaluation {
    /// The measure of this name, of no class in particular.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics
            .iter()
            .find(|metric| metric.class.is_none() && metric.name == name)
    }

    /// The measure of this name and class.
    pub fn class_metric(&self, name: &str, class: u32) -> Option<&Metric> {
        self.metrics
            .iter()
            .find(|metric| metric.class == Some(class) && metric.name == name)
    }
}

/// A measure whose interval may have to come from resampling.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) metric: Metric,
    /// Where replicates hold its value.
    slot: Option<usize>,
    /// Chance pushes it upwards within this range: replicates show by how much.
    pushed: Option<(f64, f64)>,
    /// The interval exists already and holds for independent rows.
    closed: bool,
}

impl Draft {
    /// Complete as it is, with blocks too.
    pub(crate) fn complete(metric: Metric) -> Self {
        Self {
            metric,
            slot: None,
            pushed: None,
            closed: true,
        }
    }

    /// Complete for independent rows; with blocks from replicates in `slot`.
    pub(crate) fn closed_form(metric: Metric, slot: usize) -> Self {
        Self {
            metric,
            slot: Some(slot),
            pushed: None,
            closed: true,
        }
    }

    /// From percentiles of replicates.
    pub(crate) fn percentile(metric: Metric, slot: usize) -> Self {
        Self {
            closed: false,
            ..Self::closed_form(metric, slot)
        }
    }

    /// Complete for independent rows; with blocks from replicates that chance pushes
    /// upwards, in a range.
    pub(crate) fn pushed(metric: Metric, slot: usize, range: (f64, f64)) -> Self {
        Self {
            pushed: Some(range),
            ..Self::closed_form(metric, slot)
        }
    }

    fn needs_replicates(&self, by_block: bool) -> bool {
        self.metric.value.is_some() && self.slot.is_some() && (by_block || !self.closed)
    }
}

/// What is resampled: rows one by one, or blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resampling<'a> {
    pub(crate) n_rows: usize,
    pub(crate) blocks: Option<&'a Blocks>,
}

impl Resampling<'_> {
    fn n_units(&self) -> usize {
        self.blocks.map_or(self.n_rows, Blocks::len)
    }
}

/// Draws replicates and completes the measures.
///
/// * `measure`: fills one value per slot from the counts per unit; its second argument
///   says whether all slots are wanted or only those without a closed form.
pub(crate) fn complete(
    drafts: Vec<Draft>,
    n_slots: usize,
    resampling: Resampling<'_>,
    settings: &EvaluationSettings,
    mut measure: impl FnMut(&[u32], bool, &mut [f64]),
) -> Vec<Metric> {
    let by_block = resampling.blocks.is_some();
    let n_units = resampling.n_units();
    let wanted = drafts.iter().any(|draft| draft.needs_replicates(by_block));
    let mut replicates = vec![Vec::new(); n_slots];
    if wanted && n_units >= MIN_BOOTSTRAP_UNITS {
        let mut bootstrap = Bootstrap::new(n_units, settings.seed);
        let mut values = vec![f64::NAN; n_slots];
        for _ in 0..n_replicates(settings, resampling.n_rows) {
            values.fill(f64::NAN);
            measure(bootstrap.draw(), by_block, &mut values);
            for (column, &value) in replicates.iter_mut().zip(&values) {
                column.push(value);
            }
        }
    }
    let finish = |draft: Draft| {
        if !draft.needs_replicates(by_block) {
            return draft.metric;
        }
        let mut column = draft
            .slot
            .and_then(|slot| replicates.get(slot).cloned())
            .unwrap_or_default();
        resampled(draft, &mut column, n_units, by_block, settings)
    };
    drafts.into_iter().map(finish).collect()
}

/// Most rows times replicates, and the replicates that are drawn nonetheless.
const MAX_WORK: usize = 200_000_000;
const MIN_REPLICATES: usize = 200;

pub(super) fn n_replicates(settings: &EvaluationSettings, n_rows: usize) -> usize {
    let affordable = (MAX_WORK / n_rows.max(1)).max(MIN_REPLICATES);
    affordable.min(settings.replicates as usize)
}

/// One measure with the interval of its replicates, or the reason for none.
fn resampled(
    draft: Draft,
    replicates: &mut Vec<f64>,
    n_units: usize,
    by_block: bool,
    settings: &EvaluationSettings,
) -> Metric {
    let metric = draft.metric;
    let Some(value) = metric.value else {
        return metric;
    };
    if n_units < MIN_BOOTSTRAP_UNITS {
        let few = if by_block {
            reason::FEW_BLOCKS
        } else {
            reason::FEW_ROWS
        };
        return metric.without_interval(few);
    }
    if settings.replicates == 0 {
        return metric.without_interval("no interval: no bootstrap replicates");
    }
    let found = match draft.pushed {
        Some(range) => pushed_interval(value, replicates, n_units, range, settings.confidence)
            .map(|interval| (interval, IntervalMethod::BlockBootstrapT)),
        None => percentile_interval(replicates, n_units, settings.confidence)
            .map(|interval| (interval, percentile_method(by_block))),
    };
    match found {
        Some((interval, method)) => metric.within(interval, method),
        None => metric.without_interval(reason::NOT_IN_RESAMPLES),
    }
}

fn percentile_method(by_block: bool) -> IntervalMethod {
    if by_block {
        IntervalMethod::BlockBootstrapPercentile
    } else {
        IntervalMethod::BootstrapPercentile
    }
}

/// Student's interval with the standard deviation of the replicates. They lie above the
/// estimate by about as much as it lies above the truth; the lower end allows for twice
/// that.
fn pushed_interval(
    value: f64,
    replicates: &[f64],
    n_units: usize,
    (low, high): (f64, f64),
    confidence: f64,
) -> Option<(f64, f64)> {
    let values = || replicates.iter().filter(|value| value.is_finite());
    let n = values().count();
    if n < 2 || 10 * n < 9 * replicates.len() {
        return None;
    }
    let mean = values().sum::<f64>() / n as f64;
    let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    let units = n_units as f64;
    let error = (variance * units / (units - 1.0)).sqrt();
    let half = error * student_t_quantile(0.5 + 0.5 * confidence, units - 1.0);
    let push = (mean - value).max(0.0);
    Some((
        (value - 2.0 * push - half).max(low),
        (value + half).min(high),
    ))
}

/// A share with Wilson's interval.
pub(crate) fn share_metric(name: &str, measured: Measured, confidence: f64) -> Metric {
    match measured {
        Ok(found) => {
            let interval = wilson_interval(found.value, found.n_effective, confidence);
            Metric::bare(name, found.value, found.n, None).within(interval, IntervalMethod::Wilson)
        }
        Err((n, reason)) => Metric::absent(name, n, reason),
    }
}

/// A function of several cells, on a range, with the interval of its linearisation.
pub(crate) fn delta_metric(
    name: &str,
    measured: Measured,
    range: (f64, f64),
    confidence: f64,
) -> Metric {
    match measured {
        Ok(found) => {
            let interval = bounded_interval(
                found.value,
                found.variance,
                found.n_effective,
                range,
                confidence,
            );
            Metric::bare(name, found.value, found.n, None).within(interval, IntervalMethod::Delta)
        }
        Err((n, reason)) => Metric::absent(name, n, reason),
    }
}

/// F1 of one class: it grows with the share `tp / (tp + fn + fp)`, whose Wilson
/// interval carries over.
pub(crate) fn f1_metric(name: &str, measured: Measured, confidence: f64) -> Metric {
    match measured {
        Ok(found) => {
            let share = found.value / (2.0 - found.value);
            let (lower, upper) = wilson_interval(share, found.n_effective, confidence);
            let f1 = |share: f64| 2.0 * share / (1.0 + share);
            Metric::bare(name, found.value, found.n, None)
                .within((f1(lower), f1(upper)), IntervalMethod::Wilson)
        }
        Err((n, reason)) => Metric::absent(name, n, reason),
    }
}

/// A weighted mean of row values, and what its standard error needs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MeanSums {
    pub(crate) weight: f64,
    pub(crate) square: f64,
    pub(crate) sum: f64,
    /// `Σ w² (v − mean)²`.
    pub(crate) spread: f64,
    pub(crate) n: u64,
}

impl MeanSums {
    /// Sums over rows `(value, weight)`.
    pub(crate) fn of(rows: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let mut sums = Self::default();
        for (value, weight) in rows.clone() {
            sums.weight += weight;
            sums.square += weight * weight;
            sums.sum += weight * value;
            sums.n += 1;
        }
        // Second moments around the mean, so that an offset costs no digits.
        let mean = sums.sum / sums.weight;
        for (value, weight) in rows {
            let gap = weight * (value - mean);
            sums.spread += gap * gap;
        }
        sums
    }

    pub(crate) fn mean(&self) -> f64 {
        self.sum / self.weight
    }

    pub(crate) fn n_effective(&self) -> f64 {
        self.weight * self.weight / self.square
    }

    /// Variance of the mean.
    pub(crate) fn variance(&self) -> f64 {
        let n = self.n_effective();
        self.spread / (self.weight * self.weight) * n / (n - 1.0)
    }

    /// The mean with Student's interval, its ends mapped by a rising function and kept
    /// at or above `floor`.
    pub(crate) fn metric(
        &self,
        name: &str,
        floor: f64,
        map: fn(f64) -> f64,
        confidence: f64,
    ) -> Metric {
        if self.n == 0 {
            return Metric::absent(name, 0, reason::NO_ROWS);
        }
        let mean = self.mean();
        if !mean.is_finite() {
            return Metric::absent(name, self.n, reason::OVERFLOW);
        }
        let n = self.n_effective();
        let bare = Metric::bare(name, map(mean), self.n, None);
        let variance = self.variance();
        if self.n < 2 || n <= 1.0 {
            return bare.without_interval(reason::ONE_ROW);
        }
        if !variance.is_finite() {
            return bare.without_interval("no interval: its variance is too large for a float");
        }
        let (lower, upper) = student_interval(mean, variance, n, confidence);
        bare.within(
            (map(lower.max(floor)), map(upper)),
            IntervalMethod::StudentT,
        )
    }
}
