//! Measures of a classifier of several classes.

use super::binary::{auc_interval, calibration_metric};
use super::decisions::decision_measures;
use super::{Draft, Evaluation, MeanSums, Resampling, complete};
use crate::error::StatsError;
use crate::performance::calibration::{BinSums, CalibrationRow, calibration_bin};
use crate::performance::confusion::ConfusionMatrix;
use crate::performance::intervals::{bounded_interval, critical_value};
use crate::performance::losses::{log_loss, squared_error};
use crate::performance::metric::{IntervalMethod, Metric, reason};
use crate::performance::multiclass_auc::{ClassOrders, PairAucs, SCHEMES};
use crate::performance::roc::Ranked;
use crate::performance::rows::{
    EvaluationSettings, MulticlassRows, Weights, check_blocks, check_length, check_weights,
};
use crate::resampling::Blocks;

/// Largest distance from 1 of a row of probabilities: what 32-bit floats round to.
pub(crate) const MAX_SUM_ERROR: f64 = 1e-3;
/// Most classes: the confusion matrix has the square of it.
pub(crate) const MAX_CLASSES: usize = 2_000;
const AUC_NAMES: [&str; 4] = [
    "roc_auc_ovr_macro",
    "roc_auc_ovr_weighted",
    "roc_auc_ovo_macro",
    "roc_auc_ovo_weighted",
];

/// Evaluates a classifier of several classes: every measure with its interval.
///
/// # Measures
///
/// From decisions: `accuracy`, `balanced_accuracy`, `mcc`, `precision_*`, `recall_*`,
/// `f1_*` (and `f_beta_*` where `β` is not 1) with `micro`, `macro` and `weighted`; per
/// class `precision`, `recall`, `specificity`, `f1`, `f_beta`, `positive_rate`,
/// `predicted_positive_rate`. Macro averages run over the classes that occur in labels
/// or predictions, and a class that is never predicted (never a label) adds a precision
/// (recall) of 0, as in scikit-learn. From scores: `roc_auc_ovr_macro` (each class
/// against the rest), `roc_auc_ovo_macro` (each pair), both also `_weighted`, over the
/// classes that have rows; per class `roc_auc` against the rest. From scores as
/// probabilities: `log_loss`, `brier` (summed over classes, in `[0, 2]`), `ece` (of the
/// highest score of a row).
///
/// # Intervals
///
/// Shares: Wilson. Averages, `f_beta`, `mcc`: linearised variance. AUC: the variance of
/// what each row adds to all placements, which for two classes is `DeLong`'s. Means:
/// Student. `ece`, which chance pushes upwards: the push taken away. With blocks: the bootstrap of whole blocks.
///
/// # Errors
///
/// As [`evaluate_binary`](super::evaluate_binary);
/// [`StatsError::ParameterOutOfDomain`] also for fewer than 2 or more than 2,000
/// classes, or a label or prediction that is no class.
///
/// # Numerics
///
/// One sort per class, `O(k n log n)` for `k` classes.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::{EvaluationSettings, MulticlassRows, evaluate_multiclass};
///
/// let rows = MulticlassRows {
///     n_classes: 3,
///     labels: &[0, 1, 2, 2],
///     predictions: Some(&[0, 1, 2, 1]),
///     ..MulticlassRows::default()
/// };
/// let found = evaluate_multiclass(&rows, &EvaluationSettings::default())?;
/// assert_eq!(found.metric("accuracy").and_then(|m| m.value), Some(0.75));
/// assert_eq!(found.class_metric("recall", 2).and_then(|m| m.value), Some(0.5));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn evaluate_multiclass(
    rows: &MulticlassRows<'_>,
    settings: &EvaluationSettings,
) -> Result<Evaluation, StatsError> {
    settings.check()?;
    let table = Table::new(rows, settings)?;
    let mut confusion = ConfusionMatrix::new(table.n_classes);
    table.count(&table.mass, &mut confusion);
    let measures = decision_measures(table.n_classes, settings.beta);
    let mut drafts = Vec::with_capacity(measures.len());
    for (slot, measure) in measures.iter().enumerate() {
        let metric = measure.metric(&confusion, settings.confidence);
        drafts.push(Draft::closed_form(metric, slot));
    }
    let first_slot = drafts.len();
    drafts.extend(table.score_drafts(first_slot, settings));
    let n_slots = first_slot + table.n_classes + AUC_NAMES.len() + N_PROBABILITY;
    let resampling = Resampling {
        n_rows: table.n(),
        blocks: table.blocks.as_ref(),
    };
    let mut mass = table.mass.clone();
    let mut resampled = ConfusionMatrix::new(table.n_classes);
    let metrics = complete(drafts, n_slots, resampling, settings, |counts, _, out| {
        table.resample(counts, &mut mass);
        table.count(&mass, &mut resampled);
        for (value, measure) in out.iter_mut().zip(&measures) {
            let found = measure.measure(&resampled);
            *value = found.map_or(f64::NAN, |found| found.value);
        }
        table.measure_scores(&mass, &mut out[first_slot..]);
    });
    Ok(Evaluation {
        n: table.n() as u64,
        n_left_out: (rows.labels.len() - table.n()) as u64,
        n_blocks: table.blocks.as_ref().map(|blocks| blocks.len() as u64),
        metrics,
        confusion: Some(confusion),
    })
}

/// Log loss, Brier, calibration error.
const N_PROBABILITY: usize = 3;

/// Rows that are evaluated.
struct Table {
    n_classes: usize,
    label: Vec<u32>,
    prediction: Vec<u32>,
    mass: Vec<f64>,
    blocks: Option<Blocks>,
    scored: Option<Scored>,
    has_scores: bool,
}

/// Rows whose scores are all numbers.
struct Scored {
    /// Places in the table.
    place: Vec<u32>,
    /// Row-major.
    scores: Vec<f64>,
    orders: ClassOrders,
    mass: Vec<f64>,
    losses: Option<Losses>,
}

/// Per scored row, where scores are probabilities.
struct Losses {
    log_loss: Vec<f64>,
    brier: Vec<f64>,
    /// Highest score, its bin, and whether it is the label's.
    top: Vec<(f64, u16, bool)>,
}

impl Table {
    fn new(rows: &MulticlassRows<'_>, settings: &EvaluationSettings) -> Result<Self, StatsError> {
        let n = rows.labels.len();
        let k = check_rows(rows)?;
        let weights = Weights::new(rows.weights);
        let weight = |row: usize| weights.of(row);
        let of_row = |row: usize| rows.scores.map(|scores| &scores[row * k..(row + 1) * k]);
        let is_scored =
            |row: usize| of_row(row).is_some_and(|scores| !scores.iter().any(|s| s.is_nan()));
        let used: Vec<usize> = (0..n)
            .filter(|&row| weight(row) > 0.0 && (rows.predictions.is_some() || is_scored(row)))
            .collect();
        let prediction = used.iter().map(|&row| match rows.predictions {
            Some(given) => given[row],
            None => highest(of_row(row).unwrap_or_default()).0 as u32,
        });
        let blocks = rows.blocks.map(|ids| {
            let of_rows: Vec<u64> = used.iter().map(|&row| ids[row]).collect();
            Blocks::from_ids(&of_rows)
        });
        let mut table = Self {
            n_classes: k,
            label: used.iter().map(|&row| rows.labels[row]).collect(),
            prediction: prediction.collect(),
            mass: used.iter().map(|&row| weight(row)).collect(),
            blocks: blocks.transpose()?,
            scored: None,
            has_scores: rows.scores.is_some(),
        };
        if rows.scores.is_some() {
            let place: Vec<u32> = (0..used.len() as u32)
                .filter(|&place| is_scored(used[place as usize]))
                .collect();
            let scores: Vec<f64> = place
                .iter()
                .flat_map(|&place| of_row(used[place as usize]).unwrap_or_default())
                .copied()
                .collect();
            table.scored = Some(table.scored(place, scores, settings));
        }
        Ok(table)
    }

    fn scored(&self, place: Vec<u32>, scores: Vec<f64>, settings: &EvaluationSettings) -> Scored {
        let label: Vec<u32> = place.iter().map(|&p| self.label[p as usize]).collect();
        Scored {
            mass: place.iter().map(|&p| self.mass[p as usize]).collect(),
            losses: Losses::new(self.n_classes, &label, &scores, settings),
            orders: ClassOrders::new(self.n_classes, label, &scores),
            place,
            scores,
        }
    }

    fn n(&self) -> usize {
        self.label.len()
    }

    fn count(&self, mass: &[f64], confusion: &mut ConfusionMatrix) {
        confusion.clear();
        for ((&label, &prediction), &mass) in self.label.iter().zip(&self.prediction).zip(mass) {
            confusion.add(label as usize, prediction as usize, (mass, mass * mass, 1));
        }
    }

    /// Weights of the rows as they were drawn.
    fn resample(&self, counts: &[u32], mass: &mut [f64]) {
        for (row, (mass, &weight)) in mass.iter_mut().zip(&self.mass).enumerate() {
            let unit = self
                .blocks
                .as_ref()
                .map_or(row, |blocks| blocks.of_row()[row] as usize);
            *mass = weight * f64::from(counts[unit]);
        }
    }

    /// AUC per class, its averages, and the losses.
    fn score_drafts(&self, first_slot: usize, settings: &EvaluationSettings) -> Vec<Draft> {
        let n = self.scored.as_ref().map_or(0, |scored| scored.place.len()) as u64;
        let mut metrics = Vec::new();
        let losses_at = self.n_classes + AUC_NAMES.len();
        if let Some(scored) = self.scored.as_ref().filter(|_| n > 0) {
            metrics.extend(scored.auc_of_classes(settings.confidence));
            metrics.extend(scored.averages(settings.confidence));
            metrics.extend(scored.loss_metrics(self.blocks.as_ref(), settings));
        } else {
            let why = if self.has_scores {
                reason::NO_ROWS
            } else {
                reason::NO_SCORES
            };
            let classes = 0..self.n_classes as u32;
            metrics.extend(classes.map(|c| Metric::absent("roc_auc", n, why).of_class(c)));
            let names = AUC_NAMES.iter().chain(&["log_loss", "brier", "ece"]);
            metrics.extend(names.map(|&name| Metric::absent(name, n, why)));
        }
        let numbered = metrics.into_iter().enumerate();
        numbered
            .map(|(i, metric)| {
                if i == losses_at + 2 {
                    Draft::complete(metric)
                } else {
                    Draft::closed_form(metric, first_slot + i)
                }
            })
            .collect()
    }

    /// The values of [`Table::score_drafts`] with other weights.
    fn measure_scores(&self, mass: &[f64], out: &mut [f64]) {
        let Some(scored) = &self.scored else { return };
        let mass: Vec<f64> = scored.place.iter().map(|&p| mass[p as usize]).collect();
        let losses_at = self.n_classes + AUC_NAMES.len();
        let pairs = scored.orders.pairs(&mass);
        for (class, value) in out[..self.n_classes].iter_mut().enumerate() {
            *value = pairs.against_rest(class);
        }
        if pairs.n_present() >= 2 {
            for (value, scheme) in out[self.n_classes..losses_at].iter_mut().zip(SCHEMES) {
                *value = pairs.average(scheme);
            }
        }
        if let Some(losses) = &scored.losses {
            let total: f64 = mass.iter().sum();
            let mean = |values: &[f64]| {
                let terms = values.iter().zip(&mass).map(|(v, m)| v * m);
                terms.sum::<f64>() / total
            };
            out[losses_at] = mean(&losses.log_loss);
            out[losses_at + 1] = mean(&losses.brier);
        }
    }
}

impl Scored {
    fn auc_of_classes(&self, confidence: f64) -> Vec<Metric> {
        let k = self.orders.n_classes();
        let classes = 0..k;
        classes
            .map(|class| {
                let ranked = Ranked::new(
                    |row| self.scores[row * k + class],
                    |row| self.orders.label(row) == class,
                    |row| self.mass[row],
                    0..self.mass.len(),
                );
                let n = self.mass.len() as u64;
                let metric = match ranked.delong() {
                    Some(found) => {
                        let (interval, method) = auc_interval(&found, confidence);
                        Metric::bare("roc_auc", found.auc, n, None).within(interval, method)
                    }
                    None => Metric::absent("roc_auc", n, reason::ONE_CLASS),
                };
                metric.of_class(class as u32)
            })
            .collect()
    }

    fn averages(&self, confidence: f64) -> Vec<Metric> {
        let n = self.mass.len() as u64;
        let pairs: PairAucs = self.orders.pairs(&self.mass);
        if pairs.n_present() < 2 {
            let absent = |&name: &&'static str| Metric::absent(name, n, reason::ONE_CLASS);
            return AUC_NAMES.iter().map(absent).collect();
        }
        let variances = self.orders.variances(&pairs, &self.mass);
        let weight: f64 = self.mass.iter().sum();
        let square: f64 = self.mass.iter().map(|mass| mass * mass).sum();
        let named = AUC_NAMES.iter().zip(SCHEMES).zip(variances);
        named
            .map(|((&name, scheme), variance)| {
                let value = pairs.average(scheme).clamp(0.0, 1.0);
                let half = critical_value(confidence) * variance.sqrt();
                let (lower, upper) = (value - half, value + half);
                let bare = Metric::bare(name, value, n, None);
                if half > 0.0 && lower >= 0.0 && upper <= 1.0 {
                    bare.within((lower, upper), IntervalMethod::DeLong)
                } else {
                    let rows = weight * weight / square;
                    let interval = bounded_interval(value, variance, rows, (0.0, 1.0), confidence);
                    bare.within(interval, IntervalMethod::Delta)
                }
            })
            .collect()
    }

    fn loss_metrics(
        &self,
        blocks: Option<&Blocks>,
        settings: &EvaluationSettings,
    ) -> [Metric; N_PROBABILITY] {
        let n = self.mass.len() as u64;
        let Some(losses) = &self.losses else {
            return ["log_loss", "brier", "ece"]
                .map(|name| Metric::absent(name, n, reason::NOT_PROBABILITIES));
        };
        let mean = |name: &str, values: &[f64]| {
            let rows = values.iter().copied().zip(self.mass.iter().copied());
            MeanSums::of(rows).metric(name, 0.0, |mean| mean, settings.confidence)
        };
        let mut brier = mean("brier", &losses.brier);
        brier.upper = brier.upper.map(|upper| upper.min(2.0));
        let log_loss = mean("log_loss", &losses.log_loss);
        [
            log_loss,
            brier,
            self.calibration_error(losses, blocks, settings),
        ]
    }

    fn calibration_error(
        &self,
        losses: &Losses,
        blocks: Option<&Blocks>,
        settings: &EvaluationSettings,
    ) -> Metric {
        let mut bins = vec![BinSums::default(); settings.n_calibration_bins.into()];
        for (&(score, bin, right), &mass) in losses.top.iter().zip(&self.mass) {
            let sums = &mut bins[usize::from(bin)];
            sums.weight += mass;
            sums.score += mass * score;
            sums.positive += if right { mass } else { 0.0 };
        }
        let rows = losses
            .top
            .iter()
            .enumerate()
            .map(|(row, &(score, bin, right))| {
                let mass = self.mass[row];
                let place = self.place[row] as usize;
                CalibrationRow {
                    bin: bin.into(),
                    error: score - f64::from(u8::from(right)),
                    mass,
                    square: mass * mass,
                    block: blocks.map_or(0, |blocks| blocks.of_row()[place] as usize),
                }
            });
        let n = self.mass.len() as u64;
        let n_blocks = blocks.map(Blocks::len);
        calibration_metric(&bins, rows, n, n_blocks, settings.confidence)
    }
}

impl Losses {
    /// `None` where scores are not probabilities that sum to 1.
    fn new(
        k: usize,
        labels: &[u32],
        scores: &[f64],
        settings: &EvaluationSettings,
    ) -> Option<Self> {
        let rows = || scores.chunks_exact(k).zip(labels);
        let are_probabilities = rows().all(|(scores, _)| {
            let sum: f64 = scores.iter().sum();
            scores.iter().all(|s| (0.0..=1.0).contains(s)) && (sum - 1.0).abs() <= MAX_SUM_ERROR
        });
        if !are_probabilities {
            return None;
        }
        let brier = rows().map(|(scores, &label)| {
            let classes = scores.iter().enumerate();
            classes
                .map(|(class, &score)| squared_error(score, class == label as usize))
                .sum()
        });
        let top = rows().map(|(scores, &label)| {
            let (class, score) = highest(scores);
            let bin = calibration_bin(score, settings.n_calibration_bins.into());
            (score, bin as u16, class == label as usize)
        });
        Some(Self {
            log_loss: rows()
                .map(|(scores, &label)| log_loss(scores[label as usize], true))
                .collect(),
            brier: brier.collect(),
            top: top.collect(),
        })
    }
}

/// The first class of the highest score, and that score.
pub(crate) fn highest(scores: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, &score) in scores.iter().enumerate() {
        if score > best.1 {
            best = (class, score);
        }
    }
    best
}

/// Refuses what cannot be evaluated; returns the number of classes.
fn check_rows(rows: &MulticlassRows<'_>) -> Result<usize, StatsError> {
    let n = rows.labels.len();
    let k = rows.n_classes as usize;
    let outside = |name, domain, found: f64| StatsError::ParameterOutOfDomain {
        name,
        domain,
        found,
    };
    if !(2..=MAX_CLASSES).contains(&k) {
        return Err(outside("n_classes", "from 2 to 2000", k as f64));
    }
    if let Some(predictions) = rows.predictions {
        check_length("predictions", predictions.len(), n)?;
    }
    if let Some(scores) = rows.scores {
        check_length("scores", scores.len(), n.saturating_mul(k))?;
    }
    if rows.predictions.is_none() && rows.scores.is_none() {
        return Err(StatsError::EmptySample {
            sample: "predictions",
        });
    }
    check_weights(rows.weights, n)?;
    check_blocks(rows.blocks, n)?;
    let classes = rows
        .labels
        .iter()
        .chain(rows.predictions.unwrap_or_default());
    for &class in classes {
        if class >= rows.n_classes {
            return Err(outside("class", "below n_classes", f64::from(class)));
        }
    }
    Ok(k)
}
