//! Fairness: error rates by group, and their differences and ratios.

use super::confusion::{ConfusionMatrix, Estimate, Measured};
use super::intervals::{log_ratio_interval, newcombe_interval, wilson_interval};
use super::metric::{IntervalMethod, Metric, reason};
use super::rows::{Weights, check_blocks, check_length, check_weights};
use crate::error::StatsError;
use crate::resampling::{Blocks, Bootstrap, MIN_BOOTSTRAP_UNITS, UnitSums};
use crate::special::student_t_quantile;

/// Labelled decisions about rows of several groups.
#[derive(Debug, Clone, Copy, Default)]
pub struct FairnessRows<'a> {
    /// Group of each row, in `0..n_groups`.
    pub groups: &'a [u32],
    /// Number of groups.
    pub n_groups: u32,
    /// Whether the row is positive.
    pub labels: &'a [bool],
    /// The decision.
    pub predictions: &'a [bool],
    /// Sample weights, finite and at least 0; rows of weight 0 are left out.
    pub weights: Option<&'a [f64]>,
    /// Rows with one id belong together and are resampled together.
    pub blocks: Option<&'a [u64]>,
}

/// How to compare groups.
#[derive(Debug, Clone, PartialEq)]
pub struct FairnessSettings {
    /// The group that others are compared with; by default the largest.
    pub reference: Option<u32>,
    /// A rate from fewer rows than this is "not enough data": no number at all.
    pub min_rows: u64,
    /// Level of the intervals, in `(0, 1)`.
    pub confidence: f64,
    /// Replicates of the block bootstrap, where blocks are given.
    pub replicates: u32,
    /// Its seed.
    pub seed: u64,
}

impl Default for FairnessSettings {
    fn default() -> Self {
        Self {
            reference: None,
            min_rows: 30,
            confidence: 0.95,
            replicates: 1_000,
            seed: 0,
        }
    }
}

/// Rates of the groups and how far they lie apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Fairness {
    /// The group that others are compared with.
    pub reference: u32,
    /// Rates of each group, in the order of the groups.
    pub groups: Vec<GroupRates>,
    /// Each other group against the reference: differences (group − reference) and
    /// ratios (group / reference).
    pub comparisons: Vec<GroupComparison>,
    /// Over all groups that have enough rows: the largest difference, the smallest
    /// ratio.
    pub overall: Vec<Metric>,
}

/// Rates of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRates {
    /// Which group.
    pub group: u32,
    /// Its rows.
    pub n: u64,
    /// `base_rate`, `selection_rate`, `true_positive_rate`, `false_positive_rate`,
    /// `false_negative_rate`, `positive_predictive_value`, `accuracy`.
    pub rates: Vec<Metric>,
}

/// One group against the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupComparison {
    /// Which group.
    pub group: u32,
    /// `demographic_parity_difference`, `demographic_parity_ratio`,
    /// `equal_opportunity_difference`, `average_odds_difference`, and the differences of
    /// the other rates by their names with `_difference`.
    pub metrics: Vec<Metric>,
}

/// Most groups: all pairs are compared.
const MAX_GROUPS: u32 = 1_000;
const NOT_ENOUGH: &str = "not enough data";
const NO_COMPARISON: &str = "not enough data in two groups";

/// A rate of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rate {
    Base,
    Selection,
    TruePositive,
    FalsePositive,
    FalseNegative,
    Predictive,
    Accuracy,
}

const RATES: [Rate; 7] = [
    Rate::Base,
    Rate::Selection,
    Rate::TruePositive,
    Rate::FalsePositive,
    Rate::FalseNegative,
    Rate::Predictive,
    Rate::Accuracy,
];

impl Rate {
    fn name(self) -> &'static str {
        match self {
            Self::Base => "base_rate",
            Self::Selection => "selection_rate",
            Self::TruePositive => "true_positive_rate",
            Self::FalsePositive => "false_positive_rate",
            Self::FalseNegative => "false_negative_rate",
            Self::Predictive => "positive_predictive_value",
            Self::Accuracy => "accuracy",
        }
    }

    /// The usual name of its difference.
    fn difference(self) -> &'static str {
        match self {
            Self::Base => "base_rate_difference",
            Self::Selection => "demographic_parity_difference",
            Self::TruePositive => "equal_opportunity_difference",
            Self::FalsePositive => "false_positive_rate_difference",
            Self::FalseNegative => "false_negative_rate_difference",
            Self::Predictive => "predictive_parity_difference",
            Self::Accuracy => "accuracy_difference",
        }
    }

    fn of(self, confusion: &ConfusionMatrix) -> Measured {
        match self {
            Self::Base => confusion.label_rate(1),
            Self::Selection => confusion.prediction_rate(1),
            Self::TruePositive => confusion.recall(1),
            Self::FalsePositive => confusion.false_positive_rate(1),
            Self::FalseNegative => confusion.false_negative_rate(1),
            Self::Predictive => confusion.precision(1),
            Self::Accuracy => confusion.accuracy(),
        }
    }
}

/// How two groups are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contrast {
    Difference(Rate),
    SelectionRatio,
    AverageOdds,
}

impl Contrast {
    fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Difference(Rate::Selection),
            Self::SelectionRatio,
            Self::Difference(Rate::TruePositive),
            Self::AverageOdds,
        ];
        let named = [Rate::Selection, Rate::TruePositive];
        let rest = RATES.into_iter().filter(|rate| !named.contains(rate));
        all.extend(rest.map(Self::Difference));
        all
    }

    fn name(self) -> &'static str {
        match self {
            Self::Difference(rate) => rate.difference(),
            Self::SelectionRatio => "demographic_parity_ratio",
            Self::AverageOdds => "average_odds_difference",
        }
    }

    /// The value, group against reference; not a number where a rate has none.
    fn value(self, group: &ConfusionMatrix, reference: &ConfusionMatrix) -> f64 {
        let rate =
            |rate: Rate, of: &ConfusionMatrix| rate.of(of).map_or(f64::NAN, |found| found.value);
        let gap = |which: Rate| rate(which, group) - rate(which, reference);
        match self {
            Self::Difference(which) => gap(which),
            Self::SelectionRatio => rate(Rate::Selection, group) / rate(Rate::Selection, reference),
            Self::AverageOdds => 0.5 * (gap(Rate::TruePositive) + gap(Rate::FalsePositive)),
        }
    }
}

/// Compares the decisions of a model between groups.
///
/// # Measures
///
/// Per group: the rates of [`GroupRates`]. Per pair with the reference group: their
/// differences, of which `demographic_parity_difference` is that of the selection rates,
/// `equal_opportunity_difference` that of the true positive rates and
/// `average_odds_difference` the mean of the differences of true and false positive
/// rates (AIF360's); `demographic_parity_ratio` is the ratio of the selection rates
/// (the four-fifths rule asks for 0.8). Overall, as fairlearn: the largest difference
/// between any two groups and the smallest ratio, and `equalized_odds_difference`, the
/// larger of those of true and false positive rates.
///
/// # Intervals
///
/// Rates: Wilson. Differences: Newcombe from the two Wilson intervals; the mean of two
/// differences combines theirs the same way, which the independence of positive and
/// negative rows allows. Ratios: on the log scale. Overall, over two groups: from the
/// signed difference; over more: from intervals of all pairs that hold together
/// (Bonferroni), which covers at least at its level. With blocks: Student's interval
/// with the standard deviation of replicates of whole blocks, ratios on the log scale.
///
/// A rate from fewer than `min_rows` rows, and whatever depends on it, is absent with
/// the reason "not enough data": never a number without an interval.
///
/// # Errors
///
/// * [`StatsError::LengthMismatch`], [`StatsError::NotFinite`] for inputs that do not
///   fit together.
/// * [`StatsError::EmptySample`] if there are no rows, or no group.
/// * [`StatsError::ParameterOutOfDomain`] for a group outside `0..n_groups`, more than
///   1,000 groups, or a confidence outside `(0, 1)`.
///
/// # Numerics
///
/// `O(n)`, and with blocks one addition per block, group and replicate.
///
/// # Source
///
/// M. Hardt, E. Price and N. Srebro, *Equality of opportunity in supervised learning*
/// (2016); the definitions of fairlearn 0.15 and AIF360. Golden values:
/// `tests/oracle/stats/fairness.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::{FairnessRows, FairnessSettings, evaluate_fairness};
///
/// let groups: Vec<u32> = (0..200).map(|i| i % 2).collect();
/// let predictions: Vec<bool> = (0..200).map(|i| i % 4 < 2 || i % 6 == 0).collect();
/// let labels: Vec<bool> = (0..200).map(|i| i % 3 == 0).collect();
/// let rows = FairnessRows {
///     groups: &groups,
///     n_groups: 2,
///     labels: &labels,
///     predictions: &predictions,
///     ..FairnessRows::default()
/// };
/// let found = evaluate_fairness(&rows, &FairnessSettings::default())?;
/// let parity = &found.comparisons[0].metrics[0];
/// assert_eq!(parity.name, "demographic_parity_difference");
/// assert!(parity.lower < parity.value && parity.value < parity.upper);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn evaluate_fairness(
    rows: &FairnessRows<'_>,
    settings: &FairnessSettings,
) -> Result<Fairness, StatsError> {
    check(rows, settings)?;
    let weights = Weights::new(rows.weights);
    let weight = |row: usize| weights.of(row);
    let mut by_group = vec![ConfusionMatrix::new(2); rows.n_groups as usize];
    for (row, &group) in rows.groups.iter().enumerate() {
        let mass = weight(row);
        if mass > 0.0 {
            let (label, predicted) = (rows.labels[row].into(), rows.predictions[row].into());
            by_group[group as usize].add(label, predicted, (mass, mass * mass, 1));
        }
    }
    // The largest group; the first of equals.
    let largest = (0..rows.n_groups)
        .zip(&by_group)
        .rev()
        .max_by_key(|(_, m)| m.n());
    let reference = match (settings.reference, largest) {
        (Some(group), _) => group,
        (None, Some((group, matrix))) if matrix.n() > 0 => group,
        _ => return Err(StatsError::EmptySample { sample: "groups" }),
    };
    let replicates = rows
        .blocks
        .map(|ids| Replicates::draw(rows, ids, &weight, settings))
        .transpose()?;
    let study = Study {
        by_group: &by_group,
        settings,
        replicates,
    };
    let groups = (0..).zip(&by_group).map(|(group, confusion)| GroupRates {
        group,
        n: confusion.n(),
        rates: RATES.map(|rate| study.rate(group, rate)).into(),
    });
    let others = (0..rows.n_groups).filter(|&group| group != reference);
    let comparisons = others.map(|group| GroupComparison {
        group,
        metrics: Contrast::all()
            .into_iter()
            .map(|contrast| study.comparison(contrast, group, reference))
            .collect(),
    });
    Ok(Fairness {
        reference,
        groups: groups.collect(),
        comparisons: comparisons.collect(),
        overall: study.overall(),
    })
}

fn check(rows: &FairnessRows<'_>, settings: &FairnessSettings) -> Result<(), StatsError> {
    let n = rows.groups.len();
    check_length("labels", rows.labels.len(), n)?;
    check_length("predictions", rows.predictions.len(), n)?;
    check_weights(rows.weights, n)?;
    check_blocks(rows.blocks, n)?;
    let outside = |name, domain, found: f64| StatsError::ParameterOutOfDomain {
        name,
        domain,
        found,
    };
    if rows.n_groups > MAX_GROUPS {
        let found = f64::from(rows.n_groups);
        return Err(outside("n_groups", "at most 1000", found));
    }
    let mut groups = rows.groups.iter().copied().chain(settings.reference);
    if let Some(group) = groups.find(|&group| group >= rows.n_groups) {
        return Err(outside("group", "below n_groups", f64::from(group)));
    }
    if !(settings.confidence > 0.0 && settings.confidence < 1.0) {
        return Err(outside("confidence", "in (0, 1)", settings.confidence));
    }
    Ok(())
}

/// Everything the measures are made from.
struct Study<'a> {
    by_group: &'a [ConfusionMatrix],
    settings: &'a FairnessSettings,
    replicates: Option<Replicates>,
}

impl Study<'_> {
    /// A rate with enough rows behind it.
    fn enough(&self, group: u32, rate: Rate) -> Result<Estimate, (u64, &'static str)> {
        let found = rate.of(&self.by_group[group as usize])?;
        if found.n < self.settings.min_rows.max(1) {
            Err((found.n, NOT_ENOUGH))
        } else {
            Ok(found)
        }
    }

    fn rate(&self, group: u32, rate: Rate) -> Metric {
        let found = match self.enough(group, rate) {
            Ok(found) => found,
            Err((n, _)) => return Metric::absent(rate.name(), n, NOT_ENOUGH),
        };
        let metric = Metric::bare(rate.name(), found.value, found.n, None);
        match &self.replicates {
            None => {
                let confidence = self.settings.confidence;
                let interval = wilson_interval(found.value, found.n_effective, confidence);
                metric.within(interval, IntervalMethod::Wilson)
            }
            Some(replicates) => replicates.interval(
                metric,
                |groups| {
                    rate.of(&groups[group as usize])
                        .map_or(f64::NAN, |r| r.value)
                },
                Scale::Plain(0.0, 1.0),
                self.settings.confidence,
            ),
        }
    }

    /// A contrast of two groups with its interval.
    fn comparison(&self, contrast: Contrast, group: u32, reference: u32) -> Metric {
        self.contrast(contrast, group, reference, self.settings.confidence)
    }

    fn contrast(&self, contrast: Contrast, group: u32, other: u32, confidence: f64) -> Metric {
        let rates: &[Rate] = match &contrast {
            Contrast::Difference(rate) => std::slice::from_ref(rate),
            Contrast::SelectionRatio => &[Rate::Selection],
            Contrast::AverageOdds => &[Rate::TruePositive, Rate::FalsePositive],
        };
        let mut pairs = Vec::with_capacity(2);
        for &rate in rates {
            match (self.enough(group, rate), self.enough(other, rate)) {
                (Ok(first), Ok(second)) => pairs.push((first, second)),
                (first, second) => {
                    let rows = |found: Measured| found.map_or_else(|(n, _)| n, |found| found.n);
                    let n = rows(first).min(rows(second));
                    return Metric::absent(contrast.name(), n, NOT_ENOUGH);
                }
            }
        }
        let n = pairs.iter().map(|(a, b)| a.n + b.n).sum();
        let matrix = |group: u32| &self.by_group[group as usize];
        let value = contrast.value(matrix(group), matrix(other));
        if !value.is_finite() {
            let why = "the reference selects nobody";
            return Metric::absent(contrast.name(), n, why);
        }
        let metric = Metric::bare(contrast.name(), value, n, None);
        if let Some(replicates) = &self.replicates {
            let scale = match contrast {
                Contrast::SelectionRatio => Scale::Log,
                _ => Scale::Plain(-1.0, 1.0),
            };
            let of_groups = |groups: &[ConfusionMatrix]| {
                contrast.value(&groups[group as usize], &groups[other as usize])
            };
            return replicates.interval(metric, of_groups, scale, confidence);
        }
        let (interval, method) = closed_form(contrast, value, &pairs, confidence);
        metric.within(interval, method)
    }

    /// The largest differences and the smallest ratio between any two groups.
    fn overall(&self) -> Vec<Metric> {
        let range = |name: &str, contrast: Contrast| self.range(name, contrast);
        let parity = Contrast::Difference(Rate::Selection);
        let opportunity = Contrast::Difference(Rate::TruePositive);
        let of_negatives = Contrast::Difference(Rate::FalsePositive);
        let true_positive = range("equal_opportunity_difference", opportunity);
        let false_positive = range("false_positive_rate_difference", of_negatives);
        let odds = larger("equalized_odds_difference", &true_positive, &false_positive);
        vec![
            range("demographic_parity_difference", parity),
            self.smallest_ratio(),
            true_positive,
            odds,
            range("base_rate_difference", Contrast::Difference(Rate::Base)),
            range("accuracy_difference", Contrast::Difference(Rate::Accuracy)),
        ]
    }

    /// Pairs of groups that both have enough rows, each once, and the level at which
    /// all their intervals hold together.
    fn pairs(&self, rate: Rate) -> (Vec<(u32, u32)>, f64) {
        let enough: Vec<u32> = (0..self.by_group.len() as u32)
            .filter(|&group| self.enough(group, rate).is_ok())
            .collect();
        let mut pairs = Vec::new();
        for (i, &first) in enough.iter().enumerate() {
            pairs.extend(enough[i + 1..].iter().map(|&second| (first, second)));
        }
        let n_pairs = pairs.len().max(1) as f64;
        (pairs, 1.0 - (1.0 - self.settings.confidence) / n_pairs)
    }

    /// The largest absolute contrast over all pairs.
    fn range(&self, name: &str, contrast: Contrast) -> Metric {
        let Contrast::Difference(rate) = contrast else {
            return Metric::absent(name, 0, NO_COMPARISON);
        };
        let (pairs, confidence) = self.pairs(rate);
        if pairs.is_empty() {
            return Metric::absent(name, 0, NO_COMPARISON);
        }
        let absolute = pairs.iter().map(|&(a, b)| {
            let found = self.contrast(contrast, a, b, confidence);
            let value = found.value.unwrap_or(0.0).abs();
            let ends = found.lower.zip(found.upper).map(|(lower, upper)| {
                let least = lower.max(-upper).max(0.0);
                (least, lower.abs().max(upper.abs()))
            });
            (value, ends, found)
        });
        let n = self.rows_behind(rate);
        fold_pairs(name, n, pairs.len(), absolute, f64::max)
    }

    /// The smallest ratio of selection rates over all pairs, in `[0, 1]`.
    fn smallest_ratio(&self) -> Metric {
        const NAME: &str = "demographic_parity_ratio";
        let (pairs, confidence) = self.pairs(Rate::Selection);
        if pairs.is_empty() {
            return Metric::absent(NAME, 0, NO_COMPARISON);
        }
        let n = self.rows_behind(Rate::Selection);
        let mut folded = Vec::with_capacity(pairs.len());
        for &(a, b) in &pairs {
            let rate = |group: u32| {
                let measured = Rate::Selection.of(&self.by_group[group as usize]);
                measured.map_or(0.0, |found| found.value)
            };
            // The smaller over the larger, whichever way round.
            let (small, large) = if rate(a) <= rate(b) { (a, b) } else { (b, a) };
            let found = self.contrast(Contrast::SelectionRatio, small, large, confidence);
            let Some(value) = found.value else {
                return Metric::absent(NAME, n, "no group selects anybody");
            };
            let ends = found.lower.zip(found.upper).map(|(lower, upper)| {
                let most = if lower <= 1.0 && upper >= 1.0 {
                    1.0
                } else {
                    upper
                };
                (lower.min(1.0 / upper), most)
            });
            folded.push((value, ends, found));
        }
        fold_pairs(NAME, n, pairs.len(), folded.into_iter(), f64::min)
    }

    /// Rows behind a rate in all groups that have enough.
    fn rows_behind(&self, rate: Rate) -> u64 {
        let groups = 0..self.by_group.len() as u32;
        groups
            .filter_map(|group| self.enough(group, rate).ok())
            .map(|found| found.n)
            .sum()
    }
}

/// The extreme of the pairs, with the extremes of their ends.
fn fold_pairs(
    name: &str,
    n: u64,
    n_pairs: usize,
    mut pairs: impl Iterator<Item = (f64, Option<(f64, f64)>, Metric)>,
    extreme: fn(f64, f64) -> f64,
) -> Metric {
    let Some((mut value, mut ends, first)) = pairs.next() else {
        return Metric::absent(name, n, NO_COMPARISON);
    };
    for (next, of_next, _) in pairs {
        value = extreme(value, next);
        ends = ends
            .zip(of_next)
            .map(|((lower, upper), (low, high))| (extreme(lower, low), extreme(upper, high)));
    }
    let metric = Metric::bare(name, value, n, None);
    let method = if n_pairs == 1 {
        first.interval_method
    } else {
        Some(IntervalMethod::AllPairs)
    };
    match (ends, method) {
        (Some(interval), Some(method)) => metric.within(interval, method),
        _ => Metric::absent(name, n, first.reason.unwrap_or(NOT_ENOUGH)),
    }
}

/// The larger of two ranges; its interval covers if theirs do.
fn larger(name: &str, first: &Metric, second: &Metric) -> Metric {
    let (Some(a), Some(b)) = (first.value, second.value) else {
        let reason = first.reason.or(second.reason).unwrap_or(NOT_ENOUGH);
        return Metric::absent(name, first.n + second.n, reason);
    };
    let ends = |metric: &Metric| metric.lower.zip(metric.upper);
    let metric = Metric::bare(name, a.max(b), first.n + second.n, None);
    match ends(first).zip(ends(second)) {
        Some(((low_1, high_1), (low_2, high_2))) => {
            let interval = (low_1.max(low_2), high_1.max(high_2));
            metric.within(interval, IntervalMethod::AllPairs)
        }
        None => Metric::absent(name, first.n + second.n, NOT_ENOUGH),
    }
}

fn closed_form(
    contrast: Contrast,
    value: f64,
    pairs: &[(Estimate, Estimate)],
    confidence: f64,
) -> ((f64, f64), IntervalMethod) {
    let share = |found: &Estimate| (found.value, found.n_effective);
    if contrast == Contrast::SelectionRatio {
        let ratios = pairs.iter().map(|(a, b)| (share(a), share(b)));
        let interval = ratios
            .map(|(a, b)| log_ratio_interval(a, b, confidence))
            .next();
        return (
            interval.unwrap_or((0.0, f64::INFINITY)),
            IntervalMethod::LogRatio,
        );
    }
    // Distances from the value to the ends of each difference, combined as the ends of
    // two independent estimates.
    let (mut down, mut up) = (0.0_f64, 0.0_f64);
    for (a, b) in pairs {
        let (lower, upper) = newcombe_interval(share(a), share(b), confidence);
        let difference = a.value - b.value;
        down = down.hypot(difference - lower);
        up = up.hypot(upper - difference);
    }
    let n = pairs.len() as f64;
    let interval = ((value - down / n).max(-1.0), (value + up / n).min(1.0));
    (interval, IntervalMethod::Newcombe)
}

/// Block replicates of the groups' confusion matrices.
struct Replicates {
    n_blocks: usize,
    draws: Vec<Vec<ConfusionMatrix>>,
}

/// On which scale an interval is symmetric.
#[derive(Debug, Clone, Copy)]
enum Scale {
    /// As it is, kept in a range.
    Plain(f64, f64),
    /// Its logarithm.
    Log,
}

impl Replicates {
    fn draw(
        rows: &FairnessRows<'_>,
        ids: &[u64],
        weight: &impl Fn(usize) -> f64,
        settings: &FairnessSettings,
    ) -> Result<Self, StatsError> {
        let blocks = Blocks::from_ids(ids)?;
        let n_groups = rows.n_groups as usize;
        let mut sums = UnitSums::new(blocks.len(), 4 * n_groups);
        for (row, &block) in blocks.of_row().iter().enumerate() {
            let cell = 2 * usize::from(rows.labels[row]) + usize::from(rows.predictions[row]);
            sums.of(block as usize)[4 * rows.groups[row] as usize + cell] += weight(row);
        }
        let mut draws = Vec::new();
        if blocks.len() >= MIN_BOOTSTRAP_UNITS {
            let mut bootstrap = Bootstrap::new(blocks.len(), settings.seed);
            let mut total = vec![0.0; 4 * n_groups];
            for _ in 0..settings.replicates {
                sums.weighted(bootstrap.draw(), &mut total);
                let groups = total.chunks_exact(4).map(|cells| {
                    let mut confusion = ConfusionMatrix::new(2);
                    for (cell, &mass) in cells.iter().enumerate() {
                        confusion.add(cell / 2, cell % 2, (mass, mass, 1));
                    }
                    confusion
                });
                draws.push(groups.collect());
            }
        }
        Ok(Self {
            n_blocks: blocks.len(),
            draws,
        })
    }

    /// Student's interval with the standard deviation of the replicates. A value that
    /// has none is taken back: no number without an interval.
    fn interval(
        &self,
        metric: Metric,
        of_groups: impl Fn(&[ConfusionMatrix]) -> f64,
        scale: Scale,
        confidence: f64,
    ) -> Metric {
        if self.draws.is_empty() {
            return Metric::absent(
                metric.name,
                metric.n,
                "not enough data: fewer than 8 blocks",
            );
        }
        let map = |value: f64| match scale {
            Scale::Plain(..) => value,
            Scale::Log => value.ln(),
        };
        let values: Vec<f64> = self
            .draws
            .iter()
            .map(|groups| map(of_groups(groups)))
            .filter(|value| value.is_finite())
            .collect();
        let centre = map(metric.value.unwrap_or(f64::NAN));
        if 10 * values.len() < 9 * self.draws.len() || !centre.is_finite() {
            return Metric::absent(metric.name, metric.n, reason::NOT_IN_RESAMPLES);
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        if variance == 0.0 {
            return Metric::absent(
                metric.name,
                metric.n,
                "not enough data: blocks do not differ",
            );
        }
        let blocks = self.n_blocks as f64;
        // A bootstrap variance lacks the factor n / (n − 1).
        let error = (variance * blocks / (blocks - 1.0)).sqrt();
        let half = error * student_t_quantile(0.5 + 0.5 * confidence, blocks - 1.0);
        let interval = match scale {
            Scale::Plain(low, high) => ((centre - half).max(low), (centre + half).min(high)),
            Scale::Log => ((centre - half).exp(), (centre + half).exp()),
        };
        metric.within(interval, IntervalMethod::BlockBootstrapT)
    }
}
