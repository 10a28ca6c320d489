//! Measures of a binary classifier.

use super::{
    Draft, Evaluation, MeanSums, Resampling, complete, delta_metric, f1_metric, share_metric,
};
use crate::error::StatsError;
use crate::performance::calibration::{
    BinSums, CalibrationRow, Coefficient, Recalibration, RecalibrationRows, calibration_bin,
    calibration_interval, expected_calibration_error,
};
use crate::performance::confusion::{ConfusionMatrix, Measured};
use crate::performance::intervals::{auc_score_interval, critical_value, student_interval};
use crate::performance::losses::{log_loss, squared_error};
use crate::performance::metric::{IntervalMethod, Metric, reason};
use crate::performance::rank_measures::RankMeasures;
use crate::performance::roc::{DeLong, Ranked};
use crate::performance::rows::{
    BinaryRows, EvaluationSettings, Weights, check_blocks, check_length, check_weights,
};
use crate::random::Random;
use crate::resampling::{Blocks, MIN_BOOTSTRAP_UNITS};

/// Evaluates a binary classifier: every measure with its confidence interval.
///
/// # Measures
///
/// From decisions: `accuracy`, `balanced_accuracy`, `precision`, `recall`,
/// `specificity`, `f1`, `f_beta` (where `β` is not 1), `mcc`, `positive_rate`,
/// `predicted_positive_rate`. From the order of scores: `roc_auc`, `gini`,
/// `average_precision`, `ks`, `lift_at_10_percent`, `gain_at_10_percent` (or other
/// shares). From scores as probabilities: `log_loss`, `brier`, `ece`,
/// `calibration_slope`, `calibration_intercept`, `calibration_in_the_large`,
/// `mean_score`.
///
/// # Intervals
///
/// Shares: Wilson. `f1`: Wilson's interval of `tp / (tp + fp + fn)`, carried over.
/// `balanced_accuracy`, `f_beta`, `mcc`: linearised variance. `roc_auc`, `gini`:
/// `DeLong`, and R. Newcombe's score interval where that would leave `[0, 1]`. Means:
/// Student. Recalibration: sandwich. `average_precision`, lift and gain: bootstrap
/// percentiles. `ks` and `ece`, which chance pushes upwards: the push taken away. With
/// blocks: the bootstrap of whole blocks for all but the recalibration and `ece`, whose
/// standard errors are clustered.
///
/// # Errors
///
/// * [`StatsError::LengthMismatch`] if inputs differ in length.
/// * [`StatsError::EmptySample`] if there are neither predictions nor scores.
/// * [`StatsError::NotFinite`] for weights that are not finite and at least 0.
/// * [`StatsError::ParameterOutOfDomain`] for a setting outside its range.
/// * [`StatsError::TooManyRows`] beyond 2^32 rows.
///
/// Never panics. Measures without meaning on these rows are absent and say why.
///
/// # Numerics
///
/// One sort; each bootstrap replicate is one pass over the sorted rows. Above 100,000
/// independent rows replicates are drawn from a random part of about that size, and
/// their deviations scaled by `√(m / n)`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::{BinaryRows, EvaluationSettings, evaluate_binary};
///
/// let rows = BinaryRows {
///     labels: &[true, false, true, false],
///     scores: Some(&[0.9, 0.2, 0.6, 0.7]),
///     ..BinaryRows::default()
/// };
/// let found = evaluate_binary(&rows, &EvaluationSettings::default())?;
/// assert_eq!(found.metric("recall").and_then(|m| m.value), Some(1.0));
/// assert_eq!(found.metric("roc_auc").and_then(|m| m.value), Some(0.75));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn evaluate_binary(
    rows: &BinaryRows<'_>,
    settings: &EvaluationSettings,
) -> Result<Evaluation, StatsError> {
    settings.check()?;
    let table = Table::new(rows, settings)?;
    let confusion = table.confusion();
    let mut drafts = from_decisions(&confusion, settings);
    let shares = sorted_shares(settings);
    drafts.extend(table.order_drafts(&shares, settings));
    drafts.extend(table.probability_drafts(settings));
    let n_slots = Slot::FirstShare as usize + 2 * shares.len();
    let part = Part::of(rows, &table, &shares, n_slots, settings)?;
    let drawn = part.as_ref().map_or(&table, |part| &part.table);
    let resampling = Resampling {
        n_rows: drawn.n(),
        blocks: drawn.blocks.as_ref(),
    };
    let mut replicate = Replicate::new(drawn);
    let metrics = complete(drafts, n_slots, resampling, settings, |counts, all, out| {
        replicate.measure(drawn, counts, all, &shares, settings.beta, out);
        if let Some(part) = &part {
            part.scale(out);
        }
    });
    Ok(Evaluation {
        n: table.n() as u64,
        n_left_out: (rows.labels.len() - table.n()) as u64,
        n_blocks: table.blocks.as_ref().map(|blocks| blocks.len() as u64),
        metrics,
        confusion: Some(confusion),
    })
}

/// Where replicates keep the value of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Accuracy,
    BalancedAccuracy,
    Precision,
    Recall,
    Specificity,
    F1,
    FBeta,
    Mcc,
    PositiveRate,
    PredictedRate,
    RocAuc,
    Gini,
    AveragePrecision,
    Ks,
    LogLoss,
    Brier,
    MeanScore,
    /// Lift and gain of each share follow.
    FirstShare,
}

/// Rows in the order of evaluation: first those with a score, by falling score, then
/// the others.
pub(super) struct Table {
    pub(super) ranked: Ranked,
    /// Row numbers of all, in this order.
    pub(super) row: Vec<u32>,
    /// Label and prediction of each, as classes.
    pub(super) cell: Vec<(u8, u8)>,
    mass: Vec<f64>,
    /// Losses and calibration bins of scored rows, where scores are probabilities.
    pub(super) probability: Option<Losses>,
    has_scores: bool,
    pub(super) blocks: Option<Blocks>,
}

pub(super) struct Losses {
    log_loss: Vec<f64>,
    brier: Vec<f64>,
    pub(super) bin: Vec<u16>,
}

impl Table {
    pub(super) fn new(
        rows: &BinaryRows<'_>,
        settings: &EvaluationSettings,
    ) -> Result<Self, StatsError> {
        let n = rows.labels.len();
        if let Some(predictions) = rows.predictions {
            check_length("predictions", predictions.len(), n)?;
        }
        if let Some(scores) = rows.scores {
            check_length("scores", scores.len(), n)?;
        }
        if rows.predictions.is_none() && rows.scores.is_none() {
            return Err(StatsError::EmptySample {
                sample: "predictions",
            });
        }
        check_weights(rows.weights, n)?;
        check_blocks(rows.blocks, n)?;
        let weights = Weights::new(rows.weights);
        let weight = |row: usize| weights.of(row);
        let score = |row: usize| rows.scores.map_or(f64::NAN, |scores| scores[row]);
        let used = (0..n).filter(|&row| weight(row) > 0.0);
        let scored = used.clone().filter(|&row| !score(row).is_nan());
        let ranked = Ranked::new(score, |row| rows.labels[row], weight, scored);
        let mut order = ranked.row.clone();
        if rows.predictions.is_some() {
            order.extend(used.filter(|&r| score(r).is_nan()).map(|row| row as u32));
        }
        let predicted = |row: usize| {
            rows.predictions
                .map_or_else(|| score(row) >= settings.threshold, |given| given[row])
        };
        let cell = order.iter().map(|&row| {
            let row = row as usize;
            (u8::from(rows.labels[row]), u8::from(predicted(row)))
        });
        let blocks = rows.blocks.map(|ids| {
            let of_rows: Vec<u64> = order.iter().map(|&row| ids[row as usize]).collect();
            Blocks::from_ids(&of_rows)
        });
        Ok(Self {
            cell: cell.collect(),
            mass: order.iter().map(|&row| weight(row as usize)).collect(),
            probability: Losses::new(&ranked, settings),
            has_scores: rows.scores.is_some(),
            blocks: blocks.transpose()?,
            row: order,
            ranked,
        })
    }

    pub(super) fn n(&self) -> usize {
        self.row.len()
    }

    fn n_scored(&self) -> u64 {
        self.ranked.len() as u64
    }

    fn confusion(&self) -> ConfusionMatrix {
        let mut confusion = ConfusionMatrix::new(2);
        for (&(label, predicted), &mass) in self.cell.iter().zip(&self.mass) {
            confusion.add(label.into(), predicted.into(), (mass, mass * mass, 1));
        }
        confusion
    }

    /// Why measures of order are absent, if they are.
    pub(super) fn without_order(&self) -> Option<&'static str> {
        let [negatives, positives] = self.ranked.totals(&self.ranked.mass);
        if !self.has_scores {
            Some(reason::NO_SCORES)
        } else if self.ranked.len() == 0 {
            Some(reason::NO_ROWS)
        } else if positives == 0.0 {
            Some(reason::NO_POSITIVES)
        } else if negatives == 0.0 {
            Some(reason::NO_NEGATIVES)
        } else {
            None
        }
    }

    fn order_drafts(&self, shares: &[f64], settings: &EvaluationSettings) -> Vec<Draft> {
        let n = self.n_scored();
        let absent = self.without_order();
        let draft = |name: String, value: f64| match absent {
            // Precision among the positives, lift and gain need positives only.
            Some(why) if why != reason::NO_NEGATIVES || value.is_nan() => {
                Metric::absent(name, n, why)
            }
            _ => Metric::bare(name, value, n, None),
        };
        let mut found = RankMeasures::default();
        found.walk(&self.ranked, &self.ranked.mass, shares);
        let [auc, gini] = auc_metrics(self.ranked.delong(), n, absent, settings.confidence);
        let average = draft("average_precision".to_owned(), found.average_precision);
        let ks = ks_metric(&self.ranked, &found, n, absent, settings.confidence);
        let mut drafts = vec![
            Draft::closed_form(auc, Slot::RocAuc as usize),
            Draft::closed_form(gini, Slot::Gini as usize),
            Draft::percentile(average, Slot::AveragePrecision as usize),
            Draft::pushed(ks, Slot::Ks as usize, (0.0, 1.0)),
        ];
        for (i, (&share, &gain)) in shares.iter().zip(&found.gains).enumerate() {
            let slot = Slot::FirstShare as usize + 2 * i;
            let lift = draft(share_name("lift", share), gain / share);
            let gain = draft(share_name("gain", share), gain);
            drafts.push(Draft::percentile(lift, slot));
            drafts.push(Draft::percentile(gain, slot + 1));
        }
        drafts
    }

    fn probability_drafts(&self, settings: &EvaluationSettings) -> Vec<Draft> {
        const NAMES: [&str; 7] = [
            "log_loss",
            "brier",
            "ece",
            "calibration_slope",
            "calibration_intercept",
            "calibration_in_the_large",
            "mean_score",
        ];
        let n = self.n_scored();
        let absent = if !self.has_scores {
            Some(reason::NO_SCORES)
        } else if n == 0 {
            Some(reason::NO_ROWS)
        } else {
            None
        };
        let Some(losses) = self.probability.as_ref().filter(|_| absent.is_none()) else {
            let why = absent.unwrap_or(reason::NOT_PROBABILITIES);
            return NAMES
                .iter()
                .map(|&name| Draft::complete(Metric::absent(name, n, why)))
                .collect();
        };
        let mean = |name: &str, values: &[f64]| {
            let rows = values.iter().copied().zip(self.ranked.mass.iter().copied());
            MeanSums::of(rows).metric(name, 0.0, |mean| mean, settings.confidence)
        };
        let ece = losses.calibration_error(&self.ranked, self.blocks.as_ref(), settings);
        let mut score = mean("mean_score", &self.ranked.score);
        score.upper = score.upper.map(|upper| upper.min(1.0));
        let mut brier = mean("brier", &losses.brier);
        brier.upper = brier.upper.map(|upper| upper.min(1.0));
        let mut drafts = vec![
            Draft::closed_form(mean("log_loss", &losses.log_loss), Slot::LogLoss as usize),
            Draft::closed_form(brier, Slot::Brier as usize),
            Draft::complete(ece),
        ];
        drafts.extend(self.recalibration(settings));
        drafts.push(Draft::closed_form(score, Slot::MeanScore as usize));
        drafts
    }

    /// Slope and intercept of a logistic recalibration.
    fn recalibration(&self, settings: &EvaluationSettings) -> Vec<Draft> {
        let blocks = self.blocks.as_ref();
        let fitted = match self.without_order() {
            Some(_) => Err(reason::ONE_CLASS),
            None => RecalibrationRows {
                score: &self.ranked.score,
                positive: &self.ranked.positive,
                mass: &self.ranked.mass,
                square: &self.ranked.square,
                blocks: blocks.map(|blocks| (&blocks.of_row()[..self.ranked.len()], blocks.len())),
            }
            .fit(),
        };
        let n_blocks = blocks.map(Blocks::len);
        let metrics = recalibration(fitted, self.n_scored(), n_blocks, settings);
        metrics.into_iter().map(Draft::complete).collect()
    }
}

/// The measures of a recalibration, or the reason why there is none.
pub(crate) fn recalibration(
    fitted: Result<Recalibration, &'static str>,
    n: u64,
    n_blocks: Option<usize>,
    settings: &EvaluationSettings,
) -> Vec<Metric> {
    const NAMES: [&str; 3] = [
        "calibration_slope",
        "calibration_intercept",
        "calibration_in_the_large",
    ];
    match fitted {
        Err(why) => NAMES.map(|name| Metric::absent(name, n, why)).into(),
        Ok(fit) => NAMES
            .iter()
            .zip([fit.slope, fit.intercept, fit.in_the_large])
            .map(|(&name, found)| coefficient_metric(name, found, n, n_blocks, settings))
            .collect(),
    }
}

impl Losses {
    /// `None` where a score is not a probability.
    fn new(ranked: &Ranked, settings: &EvaluationSettings) -> Option<Self> {
        let highest = ranked.score.first().copied().unwrap_or(0.0);
        let lowest = ranked.score.last().copied().unwrap_or(0.0);
        if highest > 1.0 || lowest < 0.0 {
            return None;
        }
        let n_bins = usize::from(settings.n_calibration_bins);
        let rows = || ranked.score.iter().zip(&ranked.positive);
        Some(Self {
            log_loss: rows()
                .map(|(&s, &positive)| log_loss(s, positive))
                .collect(),
            brier: rows()
                .map(|(&s, &positive)| squared_error(s, positive))
                .collect(),
            bin: rows()
                .map(|(&s, _)| calibration_bin(s, n_bins) as u16)
                .collect(),
        })
    }

    fn calibration_error(
        &self,
        ranked: &Ranked,
        blocks: Option<&Blocks>,
        settings: &EvaluationSettings,
    ) -> Metric {
        let rows = self
            .bin
            .iter()
            .enumerate()
            .map(|(place, &bin)| CalibrationRow {
                bin: bin.into(),
                error: ranked.score[place] - f64::from(u8::from(ranked.positive[place])),
                mass: ranked.mass[place],
                square: ranked.square[place],
                block: blocks.map_or(0, |blocks| blocks.of_row()[place] as usize),
            });
        let mut bins = vec![BinSums::default(); settings.n_calibration_bins.into()];
        for (row, (&score, &positive)) in
            rows.clone().zip(ranked.score.iter().zip(&ranked.positive))
        {
            let sums = &mut bins[row.bin];
            sums.weight += row.mass;
            sums.score += row.mass * score;
            sums.positive += if positive { row.mass } else { 0.0 };
        }
        let n_blocks = blocks.map(Blocks::len);
        calibration_metric(
            &bins,
            rows,
            ranked.len() as u64,
            n_blocks,
            settings.confidence,
        )
    }
}

/// The calibration error with its interval.
pub(crate) fn calibration_metric(
    bins: &[BinSums],
    rows: impl Iterator<Item = CalibrationRow>,
    n: u64,
    n_blocks: Option<usize>,
    confidence: f64,
) -> Metric {
    let metric = Metric::bare("ece", expected_calibration_error(bins), n, None);
    if n_blocks.is_some_and(|n| n < MIN_BOOTSTRAP_UNITS) {
        return metric.without_interval(reason::FEW_BLOCKS);
    }
    match calibration_interval(bins, rows, n_blocks, confidence) {
        Some(interval) => metric.within(interval, IntervalMethod::BiasAware),
        None => metric.without_interval(reason::ONE_ROW),
    }
}

/// Most rows that a bootstrap of rows draws from.
const MAX_BOOTSTRAP_ROWS: usize = 100_000;

/// A random part of many rows, drawn from in place of all: what replicates of it deviate
/// from its own value is scaled by `√(m / n)`, since standard errors fall that way.
struct Part {
    table: Table,
    all: Vec<f64>,
    own: Vec<f64>,
    shrink: f64,
}

impl Part {
    /// `None` where all rows are drawn: few rows, or blocks.
    fn of(
        rows: &BinaryRows<'_>,
        table: &Table,
        shares: &[f64],
        n_slots: usize,
        settings: &EvaluationSettings,
    ) -> Result<Option<Self>, StatsError> {
        let n = rows.labels.len();
        if table.blocks.is_some() || table.n() <= MAX_BOOTSTRAP_ROWS || settings.replicates == 0 {
            return Ok(None);
        }
        let mut random = Random::from_seed(settings.seed);
        // Each row with the same probability, in one pass.
        let share = MAX_BOOTSTRAP_ROWS as f64 / n as f64;
        let chosen: Vec<usize> = (0..n).filter(|_| random.uniform() < share).collect();
        let labels = choose(rows.labels, &chosen);
        let scores = rows.scores.map(|scores| choose(scores, &chosen));
        let predictions = rows.predictions.map(|given| choose(given, &chosen));
        let weights = rows.weights.map(|weights| choose(weights, &chosen));
        let part = BinaryRows {
            labels: &labels,
            scores: scores.as_deref(),
            predictions: predictions.as_deref(),
            weights: weights.as_deref(),
            blocks: None,
        };
        let part = Table::new(&part, settings)?;
        let values = |table: &Table| {
            let mut values = vec![f64::NAN; n_slots];
            let once = vec![1; table.n()];
            Replicate::new(table).measure(table, &once, false, shares, settings.beta, &mut values);
            values
        };
        Ok(Some(Self {
            all: values(table),
            own: values(&part),
            shrink: (part.n() as f64 / table.n() as f64).sqrt(),
            table: part,
        }))
    }

    /// Turns values of a replicate of the part into values of one of all rows.
    fn scale(&self, values: &mut [f64]) {
        for ((value, all), part) in values.iter_mut().zip(&self.all).zip(&self.own) {
            *value = all + (*value - part) * self.shrink;
        }
    }
}

fn choose<T: Copy>(values: &[T], chosen: &[usize]) -> Vec<T> {
    chosen.iter().map(|&row| values[row]).collect()
}

/// Buffers of a bootstrap replicate.
pub(super) struct Replicate {
    pub(super) mass: Vec<f64>,
    order: RankMeasures,
    confusion: ConfusionMatrix,
}

impl Replicate {
    pub(super) fn new(table: &Table) -> Self {
        Self {
            mass: vec![0.0; table.n()],
            order: RankMeasures::default(),
            confusion: ConfusionMatrix::new(2),
        }
    }

    /// All measures with rows counted as they were drawn.
    pub(super) fn measure(
        &mut self,
        table: &Table,
        counts: &[u32],
        all: bool,
        shares: &[f64],
        beta: f64,
        out: &mut [f64],
    ) {
        let rows = self.mass.iter_mut().zip(&table.mass);
        if let Some(blocks) = &table.blocks {
            for ((mass, &weight), &block) in rows.zip(blocks.of_row()) {
                *mass = weight * f64::from(counts[block as usize]);
            }
        } else {
            for ((mass, &weight), &count) in rows.zip(counts) {
                *mass = weight * f64::from(count);
            }
        }
        self.order.walk(&table.ranked, &self.mass, shares);
        out[Slot::RocAuc as usize] = self.order.roc_auc;
        out[Slot::Gini as usize] = 2.0 * self.order.roc_auc - 1.0;
        out[Slot::AveragePrecision as usize] = self.order.average_precision;
        out[Slot::Ks as usize] = self.order.kolmogorov_smirnov;
        for (i, (&share, &gain)) in shares.iter().zip(&self.order.gains).enumerate() {
            let slot = Slot::FirstShare as usize + 2 * i;
            out[slot] = gain / share;
            out[slot + 1] = gain;
        }
        if let Some(losses) = table.probability.as_ref().filter(|_| all) {
            let scored = &self.mass[..table.ranked.len()];
            let weight: f64 = scored.iter().sum();
            let mean = |values: &[f64]| dot(values, scored) / weight;
            out[Slot::LogLoss as usize] = mean(&losses.log_loss);
            out[Slot::Brier as usize] = mean(&losses.brier);
            out[Slot::MeanScore as usize] = mean(&table.ranked.score);
        }
        if all {
            self.measure_decisions(table, beta, out);
        }
    }

    fn measure_decisions(&mut self, table: &Table, beta: f64, out: &mut [f64]) {
        let mut cells = [[0.0; 2]; 2];
        for (&(label, predicted), mass) in table.cell.iter().zip(&self.mass) {
            cells[usize::from(label)][usize::from(predicted)] += mass;
        }
        self.confusion.clear();
        for (label, by_prediction) in cells.iter().enumerate() {
            for (predicted, &mass) in by_prediction.iter().enumerate() {
                self.confusion.add(label, predicted, (mass, mass, 1));
            }
        }
        for (slot, measured) in decision_measures(&self.confusion, beta) {
            out[slot as usize] = measured.map_or(f64::NAN, |found| found.value);
        }
    }
}

fn dot(values: &[f64], mass: &[f64]) -> f64 {
    values.iter().zip(mass).map(|(v, m)| v * m).sum()
}

/// Rising shares without repetitions.
pub(crate) fn sorted_shares(settings: &EvaluationSettings) -> Vec<f64> {
    let mut shares = settings.lift_shares.clone();
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    shares
}

/// `lift_at_10_percent`: a share in percent, without the noise of its last digits.
pub(crate) fn share_name(measure: &str, share: f64) -> String {
    format!("{measure}_at_{}_percent", (share * 1e10).round() / 1e8)
}

/// Everything that is a function of the confusion matrix.
fn decision_measures(confusion: &ConfusionMatrix, beta: f64) -> [(Slot, Measured); 10] {
    [
        (Slot::Accuracy, confusion.accuracy()),
        (Slot::BalancedAccuracy, confusion.balanced_accuracy()),
        (Slot::Precision, confusion.precision(1)),
        (Slot::Recall, confusion.recall(1)),
        (Slot::Specificity, confusion.specificity(1)),
        (Slot::F1, confusion.f_beta(1, 1.0)),
        (Slot::FBeta, confusion.f_beta(1, beta)),
        (Slot::Mcc, confusion.matthews_correlation()),
        (Slot::PositiveRate, confusion.label_rate(1)),
        (Slot::PredictedRate, confusion.prediction_rate(1)),
    ]
}

pub(crate) fn from_decisions(
    confusion: &ConfusionMatrix,
    settings: &EvaluationSettings,
) -> Vec<Draft> {
    let confidence = settings.confidence;
    let drafts = decision_measures(confusion, settings.beta)
        .into_iter()
        .filter(|&(slot, _)| slot != Slot::FBeta || settings.beta != 1.0)
        .map(|(slot, measured)| {
            let metric = match slot {
                Slot::Accuracy => share_metric("accuracy", measured, confidence),
                Slot::Precision => share_metric("precision", measured, confidence),
                Slot::Recall => share_metric("recall", measured, confidence),
                Slot::Specificity => share_metric("specificity", measured, confidence),
                Slot::PositiveRate => share_metric("positive_rate", measured, confidence),
                Slot::PredictedRate => {
                    share_metric("predicted_positive_rate", measured, confidence)
                }
                Slot::F1 => f1_metric("f1", measured, confidence),
                Slot::FBeta => delta_metric("f_beta", measured, (0.0, 1.0), confidence),
                Slot::Mcc => delta_metric("mcc", measured, (-1.0, 1.0), confidence),
                _ => delta_metric("balanced_accuracy", measured, (0.0, 1.0), confidence),
            };
            Draft::closed_form(metric, slot as usize)
        });
    drafts.collect()
}

/// AUC and Gini with their intervals.
pub(crate) fn auc_metrics(
    found: Option<DeLong>,
    n: u64,
    absent: Option<&'static str>,
    confidence: f64,
) -> [Metric; 2] {
    let Some(found) = found else {
        let why = absent.unwrap_or(reason::ONE_CLASS);
        return [
            Metric::absent("roc_auc", n, why),
            Metric::absent("gini", n, why),
        ];
    };
    let (interval, method) = auc_interval(&found, confidence);
    let auc = Metric::bare("roc_auc", found.auc, n, None).within(interval, method);
    let gini = |auc: f64| 2.0 * auc - 1.0;
    [
        auc,
        Metric::bare("gini", gini(found.auc), n, None)
            .within((gini(interval.0), gini(interval.1)), method),
    ]
}

/// The largest gap between the scores of positives and negatives.
pub(crate) fn ks_metric(
    ranked: &Ranked,
    found: &RankMeasures,
    n: u64,
    absent: Option<&'static str>,
    confidence: f64,
) -> Metric {
    if let Some(why) = absent {
        return Metric::absent("ks", n, why);
    }
    let totals = ranked.totals(&ranked.mass);
    let squares = ranked.totals(&ranked.square);
    let [negatives, positives] = [0, 1].map(|class| totals[class] * totals[class] / squares[class]);
    Metric::bare("ks", found.kolmogorov_smirnov, n, None).within(
        found.gap_interval(positives, negatives, confidence),
        IntervalMethod::BiasAware,
    )
}

/// `DeLong`'s interval, or the score interval where that would leave `[0, 1]`.
pub(crate) fn auc_interval(found: &DeLong, confidence: f64) -> ((f64, f64), IntervalMethod) {
    let half = critical_value(confidence) * found.variance.sqrt();
    let (lower, upper) = (found.auc - half, found.auc + half);
    let few = found.n_positive < 2.0 || found.n_negative < 2.0;
    if half > 0.0 && lower >= 0.0 && upper <= 1.0 && !few {
        return ((lower, upper), IntervalMethod::DeLong);
    }
    let interval = auc_score_interval(found.auc, found.n_positive, found.n_negative, confidence);
    (interval, IntervalMethod::AucScore)
}

fn coefficient_metric(
    name: &str,
    found: Coefficient,
    n: u64,
    n_blocks: Option<usize>,
    settings: &EvaluationSettings,
) -> Metric {
    let metric = Metric::bare(name, found.value, n, None);
    if n_blocks.is_some_and(|n| n < MIN_BOOTSTRAP_UNITS) {
        return metric.without_interval(reason::FEW_BLOCKS);
    }
    if n < 3 || !found.variance.is_finite() {
        return metric.without_interval(reason::FEW_ROWS);
    }
    // Two coefficients were fitted; blocks have one mean to be taken from.
    let n_free = n_blocks.map_or((n - 1) as f64, |n| n as f64);
    let interval = student_interval(found.value, found.variance, n_free, settings.confidence);
    metric.within(interval, IntervalMethod::Sandwich)
}
