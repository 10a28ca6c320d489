//! `estimate`: what the reference teaches, chunk by chunk of the other side.

mod classes;

use self::classes::Classified;
use super::outcomes::{OutcomeColumns, Outcomes, Read};
use super::{refused, unknown};
use crate::files::kinds::{self, Choice, Look};
use crate::files::{Dictionary, FileSet, windows};
use std::ops::Range;
use trimtab_domain::analysis::ANALYSIS_SCHEMA_VERSION;
use trimtab_domain::analysis::estimate::{
    Chunking, EstimateReport, EstimateRequest, EstimatedChunk, PastError,
};
use trimtab_domain::analysis::evaluate::Task;
use trimtab_domain::{Error, Result, Window};
use trimtab_stats::estimation::{
    CBPE_ASSUMES, CBPE_METRICS, Cbpe, DLE_ASSUMES, DLE_METRICS, DirectLoss, Estimate,
    LabelledScores,
};
use trimtab_stats::trees::{FeatureColumn, FeatureTable};

/// Chunks of the default cut, beside the rest.
const N_CHUNKS: usize = 10;
/// Categories of one feature that a model of the loss tells apart.
const CATEGORIES_MAX: usize = 250;

/// Some rows, and where they are.
struct Chunk {
    window: Option<Window>,
    first_row: Option<u64>,
    rows: Vec<u32>,
}

pub(super) fn estimate(request: &EstimateRequest) -> Result<EstimateReport> {
    check_metrics(request)?;
    let reference = FileSet::open("reference", &request.reference)?;
    let current = FileSet::open("current data", &request.current)?;
    let columns = OutcomeColumns {
        task: request.task,
        label: &request.label,
        prediction: request.prediction.as_ref(),
        scores: &request.scores,
        positive: request.positive.as_ref(),
        classes: None,
        query: None,
        labels: None,
        may_lack_labels: false,
    };
    let learnt = Read::of(&columns, &reference)?;
    let columns = OutcomeColumns {
        positive: learnt.positive.as_ref(),
        classes: Some(&learnt.classes),
        labels: request.labels.as_ref(),
        may_lack_labels: true,
        ..columns
    };
    let judged = Read::of(&columns, &current)?;
    let of_reference = chunks(&request.chunks, &reference)?;
    let of_current = chunks(&request.chunks, &current)?;
    let mut report = EstimateReport {
        schema_version: ANALYSIS_SCHEMA_VERSION,
        method: String::new(),
        variant: String::new(),
        assumes: String::new(),
        n_reference: reference.n_rows() as u64,
        n_current: current.n_rows() as u64,
        is_calibrated: None,
        chunks: Vec::new(),
        past_error: Vec::new(),
    };
    let sides = [of_reference.as_slice(), of_current.as_slice()];
    if let Some(outcomes) = Classified::of(&learnt.outcomes, learnt.classes.len())
        && let Some(judged) = Classified::of(&judged.outcomes, learnt.classes.len())
    {
        let learnt = (learnt.classes.as_slice(), &outcomes);
        classes::by_confidence(request, learnt, &judged, sides, &mut report)?;
    } else if let Some(learnt) = Scored::of(request, &learnt.outcomes)
        && let Some(judged) = Scored::of(request, &judged.outcomes)
    {
        by_confidence(request, [&learnt, &judged], sides, &mut report)?;
    } else if let Some(learnt) = Valued::of(learnt.outcomes)
        && let Some(judged) = Valued::of(judged.outcomes)
    {
        let tables = features(
            request,
            [&reference, &current],
            [&learnt.predictions, &judged.predictions],
        )?;
        by_loss(request, &tables, [&learnt, &judged], sides, &mut report)?;
    } else {
        return Err(Error::internal("both sides were read as different tasks"));
    }
    report.past_error = past_error(&report.chunks);
    Ok(report)
}

/// What is asked for can be estimated for the task.
fn check_metrics(request: &EstimateRequest) -> Result<()> {
    let known: &[&str] = match request.task {
        Task::Binary => &CBPE_METRICS,
        Task::Multiclass => &classes::METRICS,
        Task::Regression => &DLE_METRICS,
        Task::Ranking => {
            return Err(Error::invalid(
                "performance of a ranking model cannot be estimated without labels",
            )
            .with_hint("--task binary, multiclass or regression"));
        }
    };
    if request.task != Task::Regression && request.scores.is_empty() {
        return Err(Error::invalid("an estimate needs the model's scores")
            .with_hint("name the column: --score COLUMN"));
    }
    let is_known = |name: &&String| known.contains(&name.as_str());
    match request.metrics.iter().find(|name| !is_known(name)) {
        Some(name) => Err(unknown("--metric", name, known)),
        None => Ok(()),
    }
}

fn chunks(chunking: &Chunking, files: &FileSet) -> Result<Vec<Chunk>> {
    let n = files.n_rows();
    let length = match chunking {
        Chunking::Ten => n / N_CHUNKS,
        Chunking::Rows(length) => usize::try_from(*length).unwrap_or(usize::MAX),
        Chunking::Windows(settings) => {
            let cut = windows::cut(files, settings, windows::ShortLast::Keep)?;
            return Ok(cut
                .into_iter()
                .map(|(window, rows)| Chunk {
                    window: Some(window),
                    first_row: None,
                    rows,
                })
                .collect());
        }
    };
    if length == 0 {
        return Err(
            Error::invalid(format!("{n} rows are too few for {N_CHUNKS} chunks"))
                .with_hint("name the rows of a chunk: --chunk N"),
        );
    }
    let all: Vec<u32> = (0..u32::try_from(n).unwrap_or(u32::MAX)).collect();
    Ok(all
        .chunks(length)
        .enumerate()
        .map(|(i, rows)| Chunk {
            window: None,
            first_row: Some((i * length) as u64),
            rows: rows.to_vec(),
        })
        .collect())
}

/// Rows of a classifier.
struct Scored {
    scores: Vec<f64>,
    predictions: Vec<bool>,
    labels: Vec<Option<bool>>,
}

impl Scored {
    fn of(request: &EstimateRequest, outcomes: &Outcomes) -> Option<Self> {
        let Outcomes::Binary {
            labels,
            predictions,
            scores,
        } = outcomes
        else {
            return None;
        };
        let scores = scores.clone().unwrap_or_default();
        let predictions = predictions
            .clone()
            .unwrap_or_else(|| scores.iter().map(|s| *s >= request.threshold).collect());
        Some(Self {
            scores,
            predictions,
            labels: labels.clone(),
        })
    }

    /// The labelled rows among some, one after another.
    fn labelled(&self, rows: &[u32]) -> (Vec<f64>, Vec<bool>, Vec<bool>) {
        let mut found = (Vec::new(), Vec::new(), Vec::new());
        for &row in rows {
            let row = row as usize;
            if let (Some(label), false) = (self.labels[row], self.scores[row].is_nan()) {
                found.0.push(self.scores[row]);
                found.1.push(self.predictions[row]);
                found.2.push(label);
            }
        }
        found
    }
}

/// Rows of a regression; NaN is unknown.
struct Valued {
    labels: Vec<f64>,
    predictions: Vec<f64>,
}

impl Valued {
    fn of(outcomes: Outcomes) -> Option<Self> {
        match outcomes {
            Outcomes::Regression {
                labels,
                predictions,
            } => Some(Self {
                labels,
                predictions,
            }),
            _ => None,
        }
    }

    /// Those of some rows that have a label and a prediction.
    fn known(&self, rows: &[u32]) -> Vec<u32> {
        let is_known = |&row: &u32| {
            self.labels[row as usize].is_finite() && self.predictions[row as usize].is_finite()
        };
        rows.iter().copied().filter(is_known).collect()
    }
}

fn by_confidence(
    request: &EstimateRequest,
    [learnt, judged]: [&Scored; 2],
    [of_reference, of_current]: [&[Chunk]; 2],
    report: &mut EstimateReport,
) -> Result<()> {
    // Labelled rows, chunk after chunk.
    let (mut scores, mut predictions, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for chunk in of_reference {
        let start = scores.len();
        let part = learnt.labelled(&chunk.rows);
        scores.extend(part.0);
        predictions.extend(part.1);
        labels.extend(part.2);
        ranges.push(start..scores.len());
    }
    let reference = LabelledScores {
        scores: &scores,
        predictions: &predictions,
        labels: &labels,
    };
    let fitted = Cbpe::fit(&reference, &ranges, request.seed)
        .map_err(refused("the reference cannot be learnt"))?;
    "cbpe".clone_into(&mut report.method);
    "NannyML 0.13's definitions; limits are the mean of the reference's chunks ± 3 standard deviations"
        .clone_into(&mut report.variant);
    CBPE_ASSUMES.clone_into(&mut report.assumes);
    report.is_calibrated = Some(fitted.is_calibrated());
    for (i, chunk) in of_current.iter().enumerate() {
        let pick = |row: &u32| *row as usize;
        let scores: Vec<f64> = chunk
            .rows
            .iter()
            .map(|row| judged.scores[pick(row)])
            .collect();
        let decided: Vec<bool> = chunk
            .rows
            .iter()
            .map(|row| judged.predictions[pick(row)])
            .collect();
        let estimates = fitted
            .estimate(&scores, &decided)
            .map_err(refused("a chunk cannot be estimated"))?;
        let (scores, predictions, labels) = judged.labelled(&chunk.rows);
        let realised = (!labels.is_empty()).then(|| {
            Cbpe::realised(&LabelledScores {
                scores: &scores,
                predictions: &predictions,
                labels: &labels,
            })
        });
        let realised = realised.as_ref().map(<[f64; 7]>::as_slice);
        let judged = Judged {
            names: &CBPE_METRICS.map(str::to_owned),
            estimates: &estimates,
            realised,
        };
        push(request, report, (i, chunk), &judged);
    }
    Ok(())
}

/// Features of both sides, the prediction among them.
fn features(
    request: &EstimateRequest,
    [reference, current]: [&FileSet; 2],
    [predictions, predicted]: [&[f64]; 2],
) -> Result<[FeatureTable; 2]> {
    let choice = Choice {
        categorical: &[],
        numeric: &[],
        ignore: &request.ignore,
        timestamp: match &request.chunks {
            Chunking::Windows(settings) => Some(settings.timestamp.as_str()),
            _ => None,
        },
    };
    choice.check([reference, current])?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for name in reference.column_names() {
        let is_outcome = name == request.label || Some(&name) == request.prediction.as_ref();
        if is_outcome || !current.column_names().contains(&name) {
            continue;
        }
        match kinds::look(&choice, &name, [reference, current])? {
            Look::Numeric => {
                left.push(FeatureColumn::Numeric(reference.numbers(&name)?));
                right.push(FeatureColumn::Numeric(current.numbers(&name)?));
            }
            Look::Categorical { .. } | Look::Boolean => {
                let mut dictionary = Dictionary::default();
                let codes = [
                    reference.codes(&name, &mut dictionary)?,
                    current.codes(&name, &mut dictionary)?,
                ];
                let n = dictionary.words().len();
                if n > CATEGORIES_MAX {
                    continue;
                }
                let n_categories = u32::try_from(n).unwrap_or(u32::MAX);
                let [r, c] = codes.map(|codes| FeatureColumn::Categorical {
                    codes,
                    n_categories,
                });
                left.push(r);
                right.push(c);
            }
            Look::Skipped(_) | Look::Failed(_) => {}
        }
    }
    left.push(FeatureColumn::Numeric(predictions.to_vec()));
    right.push(FeatureColumn::Numeric(predicted.to_vec()));
    let table = |columns| FeatureTable::new(columns).map_err(refused("features cannot be read"));
    Ok([table(left)?, table(right)?])
}

fn by_loss(
    request: &EstimateRequest,
    tables: &[FeatureTable; 2],
    [learnt, judged]: [&Valued; 2],
    [of_reference, of_current]: [&[Chunk]; 2],
    report: &mut EstimateReport,
) -> Result<()> {
    let (mut rows, mut ranges) = (Vec::new(), Vec::new());
    for chunk in of_reference {
        let start = rows.len();
        rows.extend(learnt.known(&chunk.rows));
        ranges.push(start..rows.len());
    }
    let pick = |values: &[f64], rows: &[u32]| -> Vec<f64> {
        rows.iter().map(|&row| values[row as usize]).collect()
    };
    let fitted = DirectLoss::fit(
        &tables[0].select(&rows),
        &pick(&learnt.labels, &rows),
        &pick(&learnt.predictions, &rows),
        &ranges,
    )
    .map_err(refused("the reference cannot be learnt"))?;
    "dle".clone_into(&mut report.method);
    "NannyML 0.13's definitions with boosted trees of LightGBM's default settings; limits are the mean of the reference's chunks ± 3 standard deviations"
        .clone_into(&mut report.variant);
    DLE_ASSUMES.clone_into(&mut report.assumes);
    for (i, chunk) in of_current.iter().enumerate() {
        let estimates = fitted
            .estimate(&tables[1].select(&chunk.rows))
            .map_err(refused("a chunk cannot be estimated"))?;
        let known = judged.known(&chunk.rows);
        let realised = (!known.is_empty()).then(|| {
            DirectLoss::realised(
                &pick(&judged.labels, &known),
                &pick(&judged.predictions, &known),
            )
        });
        let judged = Judged {
            names: &DLE_METRICS.map(str::to_owned),
            estimates: &estimates,
            realised: realised.as_ref().map(<[f64; 6]>::as_slice),
        };
        push(request, report, (i, chunk), &judged);
    }
    Ok(())
}

/// What is said of a chunk, one entry a name.
struct Judged<'a> {
    names: &'a [String],
    estimates: &'a [Estimate],
    realised: Option<&'a [f64]>,
}

fn push(
    request: &EstimateRequest,
    report: &mut EstimateReport,
    (place, chunk): (usize, &Chunk),
    judged: &Judged<'_>,
) {
    let finite = |value: f64| value.is_finite().then_some(value);
    for (i, (name, estimate)) in judged.names.iter().zip(judged.estimates).enumerate() {
        let is_wanted = if request.metrics.is_empty() {
            estimate.metric != classes::CONFUSION
        } else {
            request.metrics.iter().any(|name| name == estimate.metric)
        };
        if !is_wanted {
            continue;
        }
        report.chunks.push(EstimatedChunk {
            chunk: place as u64,
            window: chunk.window,
            first_row: chunk.first_row,
            n: chunk.rows.len() as u64,
            metric: name.clone(),
            estimate: finite(estimate.value),
            sampling_error: finite(estimate.sampling_error),
            lower: finite(estimate.lower),
            upper: finite(estimate.upper),
            limit_low: estimate.limits.low.and_then(finite),
            limit_high: estimate.limits.high.and_then(finite),
            alarm: estimate.alarm,
            realised: judged.realised.and_then(|values| finite(values[i])),
        });
    }
}

fn past_error(chunks: &[EstimatedChunk]) -> Vec<PastError> {
    let mut metrics: Vec<&str> = Vec::new();
    for chunk in chunks {
        if !metrics.contains(&chunk.metric.as_str()) {
            metrics.push(&chunk.metric);
        }
    }
    metrics
        .iter()
        .filter_map(|metric| {
            let errors: Vec<(f64, bool)> = chunks
                .iter()
                .filter(|chunk| chunk.metric == *metric)
                .filter_map(|chunk| {
                    let (estimate, realised) = (chunk.estimate?, chunk.realised?);
                    let is_within = chunk.lower? <= realised && realised <= chunk.upper?;
                    Some(((estimate - realised).abs(), is_within))
                })
                .collect();
            (!errors.is_empty()).then(|| PastError {
                metric: (*metric).to_owned(),
                n_chunks: errors.len() as u64,
                mean_absolute_error: errors.iter().map(|(error, _)| error).sum::<f64>()
                    / errors.len() as f64,
                n_within: errors.iter().filter(|(_, is_within)| *is_within).count() as u64,
            })
        })
        .collect()
}
