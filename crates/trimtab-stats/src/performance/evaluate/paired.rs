//! Two models on the same rows: every measure's difference with its interval.

use super::binary::{self, Replicate, Slot};
use super::{n_replicates, regression};
use crate::error::StatsError;
use crate::performance::calibration::{BinSums, expected_calibration_error};
use crate::performance::mcnemar::{McNemar, mcnemar_exact};
use crate::performance::metric::{IntervalMethod, reason};
use crate::performance::paired_auc::clustered_delong_test;
use crate::performance::paired_gap::{replicate_error, replicate_interval};
use crate::performance::rows::{
    BinaryRows, EvaluationSettings, RegressionRows, check_blocks, check_length, check_weights,
};
use crate::resampling::{Bootstrap, MIN_BOOTSTRAP_UNITS};
use crate::special::{student_t_quantile, student_t_sf};

/// Scores of one classifier, and from where on it says yes.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScoredBy<'a> {
    /// Higher means more positive; measures of calibration and loss need probabilities.
    pub scores: &'a [f64],
    /// From this score on a row is predicted positive.
    pub threshold: f64,
}

/// Labelled rows that two classifiers scored. All slices have one entry per row.
#[derive(Debug, Clone, Copy, Default)]
pub struct PairedBinaryRows<'a> {
    /// Whether the row is positive.
    pub labels: &'a [bool],
    /// The first model, which serves.
    pub first: ScoredBy<'a>,
    /// The second model, which wants to.
    pub second: ScoredBy<'a>,
    /// Sample weights, finite and at least 0.
    pub weights: Option<&'a [f64]>,
    /// Rows with one id belong together (a day, a user) and are resampled together;
    /// without, each row stands alone.
    pub blocks: Option<&'a [u64]>,
}

/// Labelled rows that two regression models predicted.
#[derive(Debug, Clone, Copy, Default)]
pub struct PairedRegressionRows<'a> {
    /// What happened.
    pub labels: &'a [f64],
    /// What the first predicted.
    pub first: &'a [f64],
    /// What the second predicted.
    pub second: &'a [f64],
    /// As in [`PairedBinaryRows`].
    pub weights: Option<&'a [f64]>,
    /// As in [`PairedBinaryRows`].
    pub blocks: Option<&'a [u64]>,
}

/// One measure of two models.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedMetric {
    /// Its name, as in [`Metric`](crate::performance::Metric).
    pub name: &'static str,
    /// Of the first; absent where the measure has no meaning, see `reason`.
    pub first: Option<f64>,
    /// Of the second.
    pub second: Option<f64>,
    /// `second − first`.
    pub difference: Option<f64>,
    /// Lower end of the interval of the difference.
    pub lower: Option<f64>,
    /// Upper end of it.
    pub upper: Option<f64>,
    /// Two-sided p-value of no difference, from the same standard error as the interval.
    pub p_value: Option<f64>,
    /// How the interval was made.
    pub interval_method: Option<IntervalMethod>,
    /// Why a value or the interval is absent.
    pub reason: Option<&'static str>,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedEvaluation {
    /// Rows that both models scored.
    pub n: u64,
    /// Rows that were left out: weight 0, or no number from one of the models.
    pub n_left_out: u64,
    /// Blocks; absent where rows count as independent.
    pub n_blocks: Option<u64>,
    /// The measures, in a fixed order.
    pub metrics: Vec<PairedMetric>,
    /// Classifiers: the exact test on decisions, which takes rows as independent.
    pub mcnemar: Option<McNemar>,
}

impl PairedEvaluation {
    /// The measure of this name.
    pub fn metric(&self, name: &str) -> Option<&PairedMetric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }
}

/// Slots of the measures that are compared; the calibration error has its own.
const COMPARED: [(&str, Slot); 13] = [
    ("roc_auc", Slot::RocAuc),
    ("average_precision", Slot::AveragePrecision),
    ("ks", Slot::Ks),
    ("log_loss", Slot::LogLoss),
    ("brier", Slot::Brier),
    ("accuracy", Slot::Accuracy),
    ("balanced_accuracy", Slot::BalancedAccuracy),
    ("precision", Slot::Precision),
    ("recall", Slot::Recall),
    ("specificity", Slot::Specificity),
    ("f1", Slot::F1),
    ("mcc", Slot::Mcc),
    ("mean_score", Slot::MeanScore),
];
const ECE: usize = COMPARED.len();
const N_VALUES: usize = COMPARED.len() + 1;

/// Compares two classifiers on the same rows.
///
/// # Measures
///
/// `roc_auc`, `average_precision`, `ks`, `log_loss`, `brier`, `accuracy`,
/// `balanced_accuracy`, `precision`, `recall`, `specificity`, `f1`, `mcc`, `mean_score`,
/// `ece`; each with both values, the difference `second − first`, its interval and
/// p-value; and the exact test of `McNemar` on the decisions.
///
/// # Intervals
///
/// Both models are measured on the same resamples of whole blocks, so what rows or days
/// have in common cancels. `roc_auc`: the clustered test of `DeLong`
/// ([`clustered_delong_test`]). The others: the difference ± Student's quantile (blocks
/// − 1 degrees of freedom) × the standard deviation of the differences of replicates.
/// Without blocks each row is one. With fewer than 8 blocks there is no interval.
///
/// # Errors
///
/// * [`StatsError::LengthMismatch`] if inputs differ in length.
/// * [`StatsError::NotFinite`] for weights that are not finite and at least 0.
/// * [`StatsError::ParameterOutOfDomain`] for a setting outside its range.
/// * [`StatsError::TooManyRows`] beyond 2^32 rows.
///
/// Never panics. Measures without meaning on these rows are absent and say why.
///
/// # Numerics
///
/// One sort a model; each replicate is one pass over both sorted sides. The threshold of
/// the settings is not used.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::{
///     EvaluationSettings, PairedBinaryRows, ScoredBy, compare_binary,
/// };
///
/// let labels: Vec<bool> = (0..400).map(|i| i % 3 == 0).collect();
/// let good: Vec<f64> = (0..400).map(|i| if i % 3 == 0 { 0.7 } else { 0.2 }).collect();
/// let poor: Vec<f64> = (0..400).map(|i| f64::from(i * 7 % 100) / 100.0).collect();
/// let days: Vec<u64> = (0..400).map(|i| i / 20).collect();
/// let rows = PairedBinaryRows {
///     labels: &labels,
///     first: ScoredBy { scores: &poor, threshold: 0.5 },
///     second: ScoredBy { scores: &good, threshold: 0.5 },
///     weights: None,
///     blocks: Some(&days),
/// };
/// let found = compare_binary(&rows, &EvaluationSettings::default())?;
/// let auc = found.metric("roc_auc").expect("it is always there");
/// assert!(auc.lower > Some(0.3) && auc.p_value < Some(0.001));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn compare_binary(
    rows: &PairedBinaryRows<'_>,
    settings: &EvaluationSettings,
) -> Result<PairedEvaluation, StatsError> {
    settings.check()?;
    let kept = Kept::of_binary(rows)?;
    let sides = [rows.first, rows.second]
        .map(|side| Side::new(&kept, side, settings))
        .into_iter()
        .collect::<Result<Vec<Side>, StatsError>>()?;
    let [first, second] = sides.as_slice() else {
        return Err(StatsError::EmptySample { sample: "sides" });
    };
    let once = vec![1; kept.n_units];
    let values = [first.values(&once), second.values(&once)];
    let replicates = kept.replicates(settings, |counts| {
        let (first, second) = (first.values(counts), second.values(counts));
        std::array::from_fn::<f64, N_VALUES, _>(|slot| second[slot] - first[slot])
    });
    let absent = first.table.without_order();
    let draw = Drawn {
        replicates: &replicates,
        n_units: kept.n_units,
        by_block: rows.blocks.is_some(),
        confidence: settings.confidence,
    };
    let mut metrics = Vec::with_capacity(N_VALUES);
    for (slot, name) in COMPARED
        .iter()
        .map(|(name, _)| *name)
        .chain(["ece"])
        .enumerate()
    {
        let pair = (values[0][slot], values[1][slot]);
        let metric = draw.metric(name, pair, slot, || missing(name, absent));
        metrics.push(metric);
    }
    if absent.is_none() {
        auc(&mut metrics[0], rows, &kept, settings.confidence)?;
    }
    Ok(PairedEvaluation {
        n: kept.rows.len() as u64,
        n_left_out: (rows.labels.len() - kept.rows.len()) as u64,
        n_blocks: rows.blocks.map(|_| kept.n_units as u64),
        metrics,
        mcnemar: Some(kept.mcnemar(rows)),
    })
}

/// Why a measure has no value on these rows.
fn missing(name: &str, absent: Option<&'static str>) -> &'static str {
    match name {
        "log_loss" | "brier" | "ece" | "mean_score" => absent
            .filter(|why| *why == reason::NO_ROWS)
            .unwrap_or(reason::NOT_PROBABILITIES),
        "precision" => reason::NONE_PREDICTED,
        "recall" => reason::NO_POSITIVES,
        "specificity" => reason::NO_NEGATIVES,
        "f1" => reason::NEITHER,
        "balanced_accuracy" => reason::ONE_CLASS,
        "mcc" => reason::ONE_CLASS_OR_PREDICTION,
        _ => absent.unwrap_or(reason::NO_ROWS),
    }
}

/// The interval of the AUC from the clustered variance in place of replicates.
fn auc(
    metric: &mut PairedMetric,
    rows: &PairedBinaryRows<'_>,
    kept: &Kept,
    confidence: f64,
) -> Result<(), StatsError> {
    if kept.n_units < MIN_BOOTSTRAP_UNITS {
        return Ok(());
    }
    let pick = |scores: &[f64]| -> Vec<f64> { kept.rows.iter().map(|&row| scores[row]).collect() };
    let labels: Vec<bool> = kept.rows.iter().map(|&row| rows.labels[row]).collect();
    let found = clustered_delong_test(
        &pick(rows.first.scores),
        &pick(rows.second.scores),
        &labels,
        kept.weights.as_deref(),
        &kept.blocks,
    )?;
    let t = student_t_quantile(0.5 + 0.5 * confidence, (found.n_blocks - 1) as f64);
    let half = t * found.standard_error;
    metric.lower = Some(found.difference - half);
    metric.upper = Some(found.difference + half);
    metric.p_value = Some(found.p_value);
    metric.interval_method = Some(IntervalMethod::DeLong);
    metric.reason = None;
    Ok(())
}

/// The rows that are compared, and the units that are resampled.
struct Kept {
    rows: Vec<usize>,
    labels: Vec<bool>,
    weights: Option<Vec<f64>>,
    /// One id per kept row.
    blocks: Vec<u64>,
    n_units: usize,
}

impl Kept {
    fn of_binary(rows: &PairedBinaryRows<'_>) -> Result<Self, StatsError> {
        let n = rows.labels.len();
        check_length("first", rows.first.scores.len(), n)?;
        check_length("second", rows.second.scores.len(), n)?;
        let numbers =
            |row: usize| !rows.first.scores[row].is_nan() && !rows.second.scores[row].is_nan();
        let mut kept = Self::new(n, rows.weights, rows.blocks, numbers)?;
        kept.labels = kept.rows.iter().map(|&row| rows.labels[row]).collect();
        Ok(kept)
    }

    fn new(
        n: usize,
        weights: Option<&[f64]>,
        blocks: Option<&[u64]>,
        numbers: impl Fn(usize) -> bool,
    ) -> Result<Self, StatsError> {
        check_weights(weights, n)?;
        check_blocks(blocks, n)?;
        let rows: Vec<usize> = (0..n)
            .filter(|&row| numbers(row) && weights.is_none_or(|weights| weights[row] > 0.0))
            .collect();
        let ids: Vec<u64> = rows
            .iter()
            .map(|&row| blocks.map_or(row as u64, |blocks| blocks[row]))
            .collect();
        let mut distinct = ids.clone();
        distinct.sort_unstable();
        distinct.dedup();
        Ok(Self {
            weights: weights.map(|weights| rows.iter().map(|&row| weights[row]).collect()),
            labels: Vec::new(),
            n_units: distinct.len(),
            blocks: ids,
            rows,
        })
    }

    /// Differences of every replicate, per measure.
    fn replicates<const N: usize>(
        &self,
        settings: &EvaluationSettings,
        mut measure: impl FnMut(&[u32]) -> [f64; N],
    ) -> Vec<Vec<f64>> {
        let mut found = vec![Vec::new(); N];
        if self.n_units < MIN_BOOTSTRAP_UNITS {
            return found;
        }
        let mut bootstrap = Bootstrap::new(self.n_units, settings.seed);
        for _ in 0..n_replicates(settings, 2 * self.rows.len()) {
            let values = measure(bootstrap.draw());
            for (column, value) in found.iter_mut().zip(values) {
                column.push(value);
            }
        }
        found
    }

    fn mcnemar(&self, rows: &PairedBinaryRows<'_>) -> McNemar {
        let right = |side: &ScoredBy<'_>, row: usize| {
            (side.scores[row] >= side.threshold) == rows.labels[row]
        };
        let (mut only_first, mut only_second) = (0, 0);
        for &row in &self.rows {
            match (right(&rows.first, row), right(&rows.second, row)) {
                (true, false) => only_first += 1,
                (false, true) => only_second += 1,
                _ => {}
            }
        }
        mcnemar_exact(only_first, only_second)
    }
}

/// One model, sorted by its scores.
struct Side {
    table: binary::Table,
    n_bins: usize,
}

impl Side {
    fn new(
        kept: &Kept,
        side: ScoredBy<'_>,
        settings: &EvaluationSettings,
    ) -> Result<Self, StatsError> {
        let scores: Vec<f64> = kept.rows.iter().map(|&row| side.scores[row]).collect();
        let rows = BinaryRows {
            labels: &kept.labels,
            predictions: None,
            scores: Some(&scores),
            weights: kept.weights.as_deref(),
            blocks: Some(&kept.blocks),
        };
        let settings = EvaluationSettings {
            threshold: side.threshold,
            ..settings.clone()
        };
        Ok(Self {
            table: binary::Table::new(&rows, &settings)?,
            n_bins: settings.n_calibration_bins.into(),
        })
    }

    /// Every measure with units counted as they were drawn; NaN where it has no meaning.
    fn values(&self, counts: &[u32]) -> [f64; N_VALUES] {
        let mut replicate = Replicate::new(&self.table);
        let mut out = vec![f64::NAN; Slot::FirstShare as usize];
        replicate.measure(&self.table, counts, true, &[], 1.0, &mut out);
        let mut values = [f64::NAN; N_VALUES];
        for (value, (_, slot)) in values.iter_mut().zip(COMPARED) {
            *value = out[slot as usize];
        }
        values[ECE] = self.calibration_error(&replicate.mass);
        values
    }

    fn calibration_error(&self, mass: &[f64]) -> f64 {
        let Some(losses) = &self.table.probability else {
            return f64::NAN;
        };
        let mut bins = vec![BinSums::default(); self.n_bins];
        let ranked = &self.table.ranked;
        for (place, &bin) in losses.bin.iter().enumerate() {
            let sums = &mut bins[usize::from(bin)];
            sums.weight += mass[place];
            sums.score += mass[place] * ranked.score[place];
            if ranked.positive[place] {
                sums.positive += mass[place];
            }
        }
        expected_calibration_error(&bins)
    }
}

/// Replicates and what turns them into intervals.
struct Drawn<'a> {
    replicates: &'a [Vec<f64>],
    n_units: usize,
    by_block: bool,
    confidence: f64,
}

impl Drawn<'_> {
    fn metric(
        &self,
        name: &'static str,
        (first, second): (f64, f64),
        slot: usize,
        missing: impl FnOnce() -> &'static str,
    ) -> PairedMetric {
        let some = |value: f64| value.is_finite().then_some(value);
        let difference = some(second - first);
        let mut metric = PairedMetric {
            name,
            first: some(first),
            second: some(second),
            difference,
            lower: None,
            upper: None,
            p_value: None,
            interval_method: None,
            reason: None,
        };
        let Some(estimate) = difference else {
            metric.reason = Some(missing());
            return metric;
        };
        let replicates = &self.replicates[slot];
        let error = replicate_error(replicates, self.n_units);
        let interval = replicate_interval(estimate, replicates, self.n_units, self.confidence);
        let (Some(error), Some((lower, upper))) = (error, interval) else {
            metric.reason = Some(self.without_interval(replicates));
            return metric;
        };
        metric.lower = Some(lower);
        metric.upper = Some(upper);
        metric.interval_method = Some(if self.by_block {
            IntervalMethod::BlockBootstrapT
        } else {
            IntervalMethod::StudentT
        });
        metric.p_value = Some(if estimate == 0.0 {
            1.0
        } else {
            let t = (estimate / error).abs();
            (2.0 * student_t_sf(t, self.n_units as f64 - 1.0)).min(1.0)
        });
        metric
    }

    fn without_interval(&self, replicates: &[f64]) -> &'static str {
        if self.n_units < MIN_BOOTSTRAP_UNITS {
            if self.by_block {
                reason::FEW_BLOCKS
            } else {
                reason::FEW_ROWS
            }
        } else if replicates.is_empty() {
            "no interval: no bootstrap replicates"
        } else {
            reason::NOT_IN_RESAMPLES
        }
    }
}

/// Names of the regression measures, in the order of their slots.
const REGRESSION: [&str; regression::N_SLOTS] = [
    "mean_error",
    "mae",
    "mse",
    "rmse",
    "r2",
    "quantile_loss",
    "mape",
    "smape",
    "rmsle",
    "mean_label",
    "mean_prediction",
];

/// Compares two regression models on the same rows.
///
/// The measures of [`evaluate_regression`](super::evaluate_regression), each with both
/// values, the difference `second − first`, its interval and p-value, as
/// [`compare_binary`].
///
/// # Errors
///
/// As [`compare_binary`].
///
/// # Numerics
///
/// Rows whose label or one of the predictions is not finite are left out. Each replicate
/// is one addition per block and model.
pub fn compare_regression(
    rows: &PairedRegressionRows<'_>,
    settings: &EvaluationSettings,
) -> Result<PairedEvaluation, StatsError> {
    settings.check()?;
    let n = rows.labels.len();
    check_length("first", rows.first.len(), n)?;
    check_length("second", rows.second.len(), n)?;
    let finite = |row: usize| {
        [rows.labels, rows.first, rows.second].map(|of| of[row].is_finite()) == [true; 3]
    };
    let kept = Kept::new(n, rows.weights, rows.blocks, finite)?;
    let labels: Vec<f64> = kept.rows.iter().map(|&row| rows.labels[row]).collect();
    let sums = [rows.first, rows.second].map(|predictions| {
        let predictions: Vec<f64> = kept.rows.iter().map(|&row| predictions[row]).collect();
        let side = RegressionRows {
            labels: &labels,
            predictions: &predictions,
            weights: kept.weights.as_deref(),
            blocks: Some(&kept.blocks),
        };
        Ok(regression::Table::new(&side)?.sums_by_block(settings))
    });
    let [first, second] = sums;
    let (first, second) = (first?, second?);
    let values = |counts: &[u32]| {
        [&first, &second].map(|sums| {
            let mut total = [0.0; regression::N_COLUMNS];
            let mut out = [f64::NAN; regression::N_SLOTS];
            sums.weighted(counts, &mut total);
            regression::measure(&total, &mut out);
            out
        })
    };
    let [of_first, of_second] = values(&vec![1; kept.n_units]);
    let replicates = kept.replicates(settings, |counts| {
        let [first, second] = values(counts);
        std::array::from_fn::<f64, { regression::N_SLOTS }, _>(|slot| second[slot] - first[slot])
    });
    let draw = Drawn {
        replicates: &replicates,
        n_units: kept.n_units,
        by_block: rows.blocks.is_some(),
        confidence: settings.confidence,
    };
    let metrics = (0..)
        .zip(REGRESSION)
        .map(|(slot, name)| {
            let pair = (of_first[slot], of_second[slot]);
            draw.metric(name, pair, slot, || match name {
                "r2" => reason::LABELS_CONSTANT,
                _ => reason::OVERFLOW,
            })
        })
        .collect();
    Ok(PairedEvaluation {
        n: kept.rows.len() as u64,
        n_left_out: (n - kept.rows.len()) as u64,
        n_blocks: rows.blocks.map(|_| kept.n_units as u64),
        metrics,
        mcnemar: None,
    })
}
