//! `evaluate`: labels and predictions of all rows, slice by slice.

use super::fairness::fairness;
use super::outcomes::{OutcomeColumns, Outcomes, Read, days};
use super::refused;
use crate::files::{FileSet, MISSING, windows};
use crate::parallel;
use std::collections::BTreeSet;
use trimtab_domain::analysis::ANALYSIS_SCHEMA_VERSION;
use trimtab_domain::analysis::evaluate::{
    BlockChoice, EvaluateReport, EvaluateRequest, EvaluatedSlice, MetricValue,
};
use trimtab_domain::{Error, Result, Window};
use trimtab_stats::StatsError;
use trimtab_stats::performance::{
    BinaryRows, ConfusionMatrix, Evaluation, EvaluationSettings, Metric, MulticlassRows,
    RankingRows, RegressionRows, evaluate_binary, evaluate_multiclass, evaluate_ranking,
    evaluate_regression,
};
use trimtab_stats::resampling::MIN_BOOTSTRAP_UNITS;

/// Labels, predicted classes and scores (row after row, class beside class) of some rows.
type ClassColumns<'a> = (&'a [Option<u32>], Option<&'a [u32]>, Option<&'a [f64]>);

/// Groups of one column at most: more is no grouping.
const GROUPS_MAX: usize = 200;

/// Rows that are evaluated together.
struct Slice {
    window: Option<Window>,
    group: Option<(String, String)>,
    rows: Vec<u32>,
}

pub(super) fn evaluate(request: &EvaluateRequest) -> Result<EvaluateReport> {
    let files = FileSet::open("data set", &request.source)?;
    let outcomes = OutcomeColumns {
        task: request.task,
        label: &request.label,
        prediction: request.prediction.as_ref(),
        scores: &request.scores,
        positive: request.positive.as_ref(),
        query: request.query.as_ref(),
        labels: request.labels.as_ref(),
        may_lack_labels: false,
        classes: None,
    };
    let read = Read::of(&outcomes, &files)?;
    let n_rows = files.n_rows();
    let labelled = labelled(&read.outcomes);
    let weights = match &request.weight {
        Some(name) => {
            files.require(name)?;
            Some(files.numbers(name)?)
        }
        None => None,
    };
    let blocks = blocks(request, &files)?;
    let settings = EvaluationSettings {
        threshold: request.threshold,
        beta: request.beta,
        ks: request.depths.clone(),
        quantile: request.quantile,
        confidence: request.confidence,
        replicates: request.replicates,
        seed: request.seed,
        ..EvaluationSettings::default()
    };
    let columns = Columns {
        outcomes: &read.outcomes,
        classes: &read.classes,
        weights: weights.as_deref(),
        blocks: blocks.as_deref(),
    };
    let slices = slices(request, &files, &labelled)?;
    let slices = parallel::map(slices.len(), |i| {
        Ok(columns.evaluated(&slices[i], &settings))
    })?;
    Ok(EvaluateReport {
        schema_version: ANALYSIS_SCHEMA_VERSION,
        task: request.task,
        n_rows: n_rows as u64,
        n_unlabelled: (n_rows - labelled.len()) as u64,
        positive: read.positive.clone(),
        classes: read.classes.clone(),
        confidence: request.confidence,
        slices,
        fairness: fairness(request, &files, &read.outcomes, blocks.as_deref())?,
    })
}

/// Rows that have a label.
fn labelled(outcomes: &Outcomes) -> Vec<u32> {
    fn rows(is_labelled: impl Iterator<Item = bool>) -> Vec<u32> {
        (0_u32..)
            .zip(is_labelled)
            .filter_map(|(row, is)| is.then_some(row))
            .collect()
    }
    match outcomes {
        Outcomes::Binary { labels, .. } => rows(labels.iter().map(Option::is_some)),
        Outcomes::Multiclass { labels, .. } => rows(labels.iter().map(Option::is_some)),
        Outcomes::Regression { labels, .. } | Outcomes::Ranking { labels, .. } => {
            rows(labels.iter().map(|label| !label.is_nan()))
        }
    }
}

fn blocks(request: &EvaluateRequest, files: &FileSet) -> Result<Option<Vec<u64>>> {
    match (&request.blocks, &request.timestamp) {
        (BlockChoice::Auto, Some(timestamp)) => Ok(Some(days(&files.times(timestamp)?))),
        (BlockChoice::Auto, None) | (BlockChoice::None, _) => Ok(None),
        (BlockChoice::Column(name), _) => {
            files.require(name)?;
            let codes = files.categories(name)?.codes;
            Ok(Some(codes.into_iter().map(u64::from).collect()))
        }
    }
}

/// All rows; then windows, groups, and groups of windows.
fn slices(request: &EvaluateRequest, files: &FileSet, labelled: &[u32]) -> Result<Vec<Slice>> {
    let mut slices = vec![Slice {
        window: None,
        group: None,
        rows: labelled.to_vec(),
    }];
    let is_labelled: BTreeSet<u32> = labelled.iter().copied().collect();
    let windows = match &request.windows {
        Some(windows) => windows::cut(files, windows, windows::ShortLast::Keep)?,
        None => Vec::new(),
    };
    let windows: Vec<(Window, Vec<u32>)> = windows
        .into_iter()
        .map(|(window, mut rows)| {
            rows.retain(|row| is_labelled.contains(row));
            (window, rows)
        })
        .collect();
    slices.extend(windows.iter().map(|(window, rows)| Slice {
        window: Some(*window),
        group: None,
        rows: rows.clone(),
    }));
    for name in &request.groups {
        files.require(name)?;
        let found = files.categories(name)?;
        if found.words.len() > GROUPS_MAX {
            return Err(Error::invalid(format!(
                "column `{name}` has {} values, more than {GROUPS_MAX} groups",
                found.words.len()
            ))
            .with_hint("group by a column with fewer values"));
        }
        let mut order: Vec<usize> = (0..found.words.len()).collect();
        order.sort_by(|&a, &b| found.words[a].cmp(&found.words[b]));
        let of = |rows: &[u32], code: usize| -> Vec<u32> {
            rows.iter()
                .copied()
                .filter(|&row| {
                    let found = found.codes[row as usize];
                    found != MISSING && found as usize == code
                })
                .collect()
        };
        for &code in &order {
            let group = Some((name.clone(), found.words[code].clone()));
            slices.push(Slice {
                window: None,
                group: group.clone(),
                rows: of(labelled, code),
            });
            slices.extend(windows.iter().map(|(window, rows)| Slice {
                window: Some(*window),
                group: group.clone(),
                rows: of(rows, code),
            }));
        }
    }
    Ok(slices)
}

/// All rows, column by column.
struct Columns<'a> {
    outcomes: &'a Outcomes,
    classes: &'a [String],
    weights: Option<&'a [f64]>,
    blocks: Option<&'a [u64]>,
}

fn pick<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

impl Columns<'_> {
    fn evaluated(&self, slice: &Slice, settings: &EvaluationSettings) -> EvaluatedSlice {
        let (group_column, group) = slice.group.clone().unzip();
        let rows = &slice.rows;
        let weights = self.weights.map(|weights| pick(weights, rows));
        let blocks = self
            .blocks
            .map(|blocks| pick(blocks, rows))
            .filter(|blocks| blocks.iter().collect::<BTreeSet<_>>().len() >= MIN_BOOTSTRAP_UNITS);
        let found = self.evaluation(rows, weights.as_deref(), blocks.as_deref(), settings);
        let mut evaluated = EvaluatedSlice {
            window: slice.window,
            group_column,
            group,
            n: rows.len() as u64,
            n_blocks: None,
            assumes_independent_rows: blocks.is_none(),
            metrics: Vec::new(),
            confusion: None,
            error: None,
        };
        match found {
            Ok(found) => {
                evaluated.n = found.n;
                evaluated.n_blocks = found.n_blocks;
                evaluated.metrics = found.metrics.iter().map(|one| self.metric(one)).collect();
                evaluated.confusion = found.confusion.as_ref().map(confusion);
            }
            Err(error) => {
                let refusal = refused("it cannot be evaluated")(error);
                evaluated.error = Some(refusal.message().to_owned());
            }
        }
        evaluated
    }

    fn evaluation(
        &self,
        rows: &[u32],
        weights: Option<&[f64]>,
        blocks: Option<&[u64]>,
        settings: &EvaluationSettings,
    ) -> std::result::Result<Evaluation, StatsError> {
        match self.outcomes {
            Outcomes::Binary {
                labels,
                predictions,
                scores,
            } => {
                let labels: Vec<bool> = pick(labels, rows).into_iter().flatten().collect();
                let predictions = predictions.as_ref().map(|all| pick(all, rows));
                let scores = scores.as_ref().map(|all| pick(all, rows));
                let rows = BinaryRows {
                    labels: &labels,
                    predictions: predictions.as_deref(),
                    scores: scores.as_deref(),
                    weights,
                    blocks,
                };
                evaluate_binary(&rows, settings)
            }
            Outcomes::Multiclass {
                labels,
                predictions,
                scores,
            } => {
                let found = (labels.as_slice(), predictions.as_deref(), scores.as_deref());
                self.of_classes(found, rows, weights, blocks, settings)
            }
            Outcomes::Regression {
                labels,
                predictions,
            } => {
                let (labels, predictions) = (pick(labels, rows), pick(predictions, rows));
                let rows = RegressionRows {
                    labels: &labels,
                    predictions: &predictions,
                    weights,
                    blocks,
                };
                evaluate_regression(&rows, settings)
            }
            Outcomes::Ranking {
                queries,
                labels,
                scores,
            } => {
                let queries = pick(queries, rows);
                let (labels, scores) = (pick(labels, rows), pick(scores, rows));
                let rows = RankingRows {
                    queries: &queries,
                    labels: &labels,
                    scores: &scores,
                    weights,
                    blocks,
                };
                evaluate_ranking(&rows, settings)
            }
        }
    }

    fn of_classes(
        &self,
        (labels, predictions, scores): ClassColumns<'_>,
        rows: &[u32],
        weights: Option<&[f64]>,
        blocks: Option<&[u64]>,
        settings: &EvaluationSettings,
    ) -> std::result::Result<Evaluation, StatsError> {
        let n_classes = self.classes.len();
        let labels: Vec<u32> = pick(labels, rows).into_iter().flatten().collect();
        let predictions = predictions.map(|all| pick(all, rows));
        let scores: Option<Vec<f64>> = scores.map(|all| {
            rows.iter()
                .flat_map(|&row| {
                    let start = row as usize * n_classes;
                    all[start..start + n_classes].iter().copied()
                })
                .collect()
        });
        let rows = MulticlassRows {
            n_classes: u32::try_from(n_classes).unwrap_or(u32::MAX),
            labels: &labels,
            predictions: predictions.as_deref(),
            scores: scores.as_deref(),
            weights,
            blocks,
        };
        evaluate_multiclass(&rows, settings)
    }

    fn metric(&self, metric: &Metric) -> MetricValue {
        MetricValue {
            metric: metric.name.clone(),
            class: metric
                .class
                .and_then(|class| self.classes.get(class as usize).cloned()),
            value: metric.value,
            lower: metric.lower,
            upper: metric.upper,
            interval: metric
                .interval_method
                .map(|method| method.as_str().to_owned()),
            n: metric.n,
            reason: metric.reason.map(str::to_owned),
        }
    }
}

fn confusion(matrix: &ConfusionMatrix) -> Vec<Vec<f64>> {
    let n = matrix.n_classes();
    (0..n)
        .map(|label| {
            (0..n)
                .map(|prediction| matrix.weight(label, prediction))
                .collect()
        })
        .collect()
}
