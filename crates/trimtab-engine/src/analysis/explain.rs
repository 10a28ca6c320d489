//! `explain`: rows as the model takes them, batch by batch; attributions summed back to columns.

use super::outcomes::{OutcomeColumns, Outcomes, Read};
use super::refused;
use crate::files::{Dictionary, FileSet};
use std::collections::HashMap;
use trimtab_domain::analysis::ANALYSIS_SCHEMA_VERSION;
use trimtab_domain::analysis::evaluate::Task;
use trimtab_domain::analysis::explain::{
    ChangeShare, ExplainMethod, ExplainReport, ExplainRequest, ExplainedChange, ExplainedColumn,
    ExplainedRow,
};
use trimtab_domain::encoding::{Encoder, InputColumn};
use trimtab_domain::ports::scoring::{Explainer, ModelOutput, RowBatch, ScoringModel, ShapMethod};
use trimtab_domain::{Error, Result};
use trimtab_stats::attribution::{
    ColumnShare, MetricChangeSettings, PermutationSettings, mean_change, metric_change,
    permutation_importance,
};
use trimtab_stats::trees::{FeatureColumn, FeatureTable};

/// Rows in one batch.
const BATCH_ROWS: usize = 8_192;
/// Reference rows that paths are weighted by.
const COVER_ROWS: usize = 20_000;
/// Reference rows that are put in one by one.
const BACKGROUND_ROWS: usize = 200;
/// Rows that permutation importance shuffles at most.
const PERMUTED_ROWS: usize = 20_000;

pub(super) fn explain(request: &ExplainRequest, model: &dyn ScoringModel) -> Result<ExplainReport> {
    let files = FileSet::open("data set", &request.source)?;
    let rows = Rows::read(request, &files)?;
    let scores = rows.scores(model)?;
    let mut report = ExplainReport {
        schema_version: ANALYSIS_SCHEMA_VERSION,
        model: request.model.clone(),
        method: String::new(),
        variant: String::new(),
        n_rows: files.n_rows() as u64,
        mean_score: scores.as_deref().map(mean),
        expected_margin: None,
        columns: Vec::new(),
        margin_change: None,
        metric_change: None,
        rows: Vec::new(),
    };
    if request.method == ExplainMethod::Permutation {
        let outcome =
            labels(request, &files, model, request.labels.is_some())?.ok_or_else(|| {
                Error::invalid("permutation importance needs labels")
                    .with_hint("name them: --label COLUMN [--labels FILE --id COLUMN]")
            })?;
        permute(request, model, &rows, &outcome, &mut report)?;
        return Ok(report);
    }
    let reference = if request.reference.is_empty() {
        None
    } else {
        let files = FileSet::open("reference", &request.reference)?;
        let rows = Rows::read(request, &files)?;
        Some((files, rows))
    };
    let background = reference.as_ref().map_or(&rows, |(_, rows)| rows);
    let explainer = explainer(request, model, background, &mut report)?;
    let column_of_value = request.encoding.column_of_value();
    if explainer.expected_values().len() == 1 {
        report.expected_margin = explainer.expected_values().first().copied();
    }
    let found = rows.attributions(explainer.as_ref(), &column_of_value)?;
    report.columns = importances(request, model, &found);
    report.rows = single_rows(request, &found, scores.as_deref());
    if let Some((reference_files, reference_rows)) = &reference {
        let before = reference_rows.attributions(explainer.as_ref(), &column_of_value)?;
        report.margin_change = margin_change(request, explainer.as_ref(), &before, &found)?;
        let outcomes = (
            labels(request, reference_files, model, false)?,
            labels(request, &files, model, request.labels.is_some())?,
        );
        if let (Some(before), Some(now)) = outcomes {
            let sides = ((reference_files, reference_rows), (&files, &rows));
            report.metric_change = explained_metric(request, model, sides, (&before, &now))?;
        }
    }
    Ok(report)
}

/// What attributes scores, taught by background rows; the report says how.
fn explainer(
    request: &ExplainRequest,
    model: &dyn ScoringModel,
    background: &Rows,
    report: &mut ExplainReport,
) -> Result<Box<dyn Explainer>> {
    let (method, n, name, how) = match request.method {
        ExplainMethod::Interventional => (
            ShapMethod::Interventional,
            BACKGROUND_ROWS,
            "interventional",
            "against",
        ),
        _ => (
            ShapMethod::PathDependent,
            COVER_ROWS,
            "tree_shap",
            "paths weighted by",
        ),
    };
    let sample = background.thinned(n)?;
    name.clone_into(&mut report.method);
    report.variant = format!(
        "exact, {how} {} reference rows, in the unit of the margin, one-hot blocks summed to columns",
        sample.n_rows()
    );
    model.explainer(&sample, method)
}

/// Rows as the model takes them.
struct Rows {
    batch: RowBatch,
}

/// Attributions of columns: one per row, output and column.
struct Found {
    n_outputs: usize,
    n_columns: usize,
    values: Vec<f64>,
}

impl Rows {
    fn read(request: &ExplainRequest, files: &FileSet) -> Result<Self> {
        let spec = &request.encoding;
        let mut numbers: HashMap<&str, Vec<f64>> = HashMap::new();
        for name in &spec.numeric {
            files.require(name)?;
            numbers.insert(name, files.numbers(name)?);
        }
        let mut words: HashMap<&str, (Vec<String>, Vec<u32>)> = HashMap::new();
        for block in &spec.one_hot {
            files.require(&block.column)?;
            let found = files.categories(&block.column)?;
            words.insert(&block.column, (found.words, found.codes));
        }
        let texts: HashMap<&str, (Vec<&str>, &[u32])> = words
            .iter()
            .map(|(name, (words, codes))| {
                let dictionary = words.iter().map(String::as_str).collect();
                (*name, (dictionary, codes.as_slice()))
            })
            .collect();
        let find = |name: &str| match (numbers.get(name), texts.get(name)) {
            (Some(numbers), _) => Some(InputColumn::Numbers(numbers)),
            (None, Some((dictionary, codes))) => Some(InputColumn::Codes { codes, dictionary }),
            (None, None) => None,
        };
        let batch = Encoder::new(spec)?.encode(files.n_rows(), find)?;
        Ok(Self { batch })
    }

    fn batches(&self) -> impl Iterator<Item = Result<RowBatch>> + '_ {
        let width = self.batch.width();
        self.batch
            .values()
            .chunks(BATCH_ROWS * width)
            .map(move |part| RowBatch::new(width, part.to_vec()))
    }

    /// At most `n` rows, evenly spaced.
    fn thinned(&self, n: usize) -> Result<RowBatch> {
        let step = self.batch.n_rows().div_ceil(n).max(1);
        let values = self.batch.rows().step_by(step).flatten().copied().collect();
        RowBatch::new(self.batch.width(), values)
    }

    /// One score a row, where the model has one.
    fn scores(&self, model: &dyn ScoringModel) -> Result<Option<Vec<f64>>> {
        let mut scores = Vec::with_capacity(self.batch.n_rows());
        for batch in self.batches() {
            match model.score(&batch?)?.single() {
                Some(part) => scores.extend(part),
                None => return Ok(None),
            }
        }
        Ok(Some(scores))
    }

    /// Attributions of input columns.
    fn attributions(&self, explainer: &dyn Explainer, column_of_value: &[usize]) -> Result<Found> {
        let mut found = Found {
            n_outputs: 1,
            n_columns: 0,
            values: Vec::new(),
        };
        for batch in self.batches() {
            let part = explainer
                .explain(&batch?)?
                .summed_to_columns(column_of_value)?;
            found.n_outputs = part.n_outputs;
            found.n_columns = part.n_features;
            found.values.extend(part.values);
        }
        Ok(found)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Whether the model looks at each input column, where that is known.
fn used_columns(request: &ExplainRequest, model: &dyn ScoringModel) -> Option<Vec<bool>> {
    let used = model.description().used_features.as_ref()?;
    let column_of_value = request.encoding.column_of_value();
    let mut columns = vec![false; request.encoding.columns().len()];
    for (&column, &is_used) in column_of_value.iter().zip(used) {
        columns[column] |= is_used;
    }
    Some(columns)
}

fn importances(
    request: &ExplainRequest,
    model: &dyn ScoringModel,
    found: &Found,
) -> Vec<ExplainedColumn> {
    let names = request.encoding.columns();
    let used = used_columns(request, model);
    let n = (found.values.len() / found.n_columns.max(1)) as f64;
    let mut columns: Vec<ExplainedColumn> = names
        .into_iter()
        .enumerate()
        .map(|(column, name)| {
            let of = || {
                found
                    .values
                    .iter()
                    .skip(column)
                    .step_by(found.n_columns.max(1))
            };
            ExplainedColumn {
                name,
                importance: of().map(|value| value.abs()).sum::<f64>() / n,
                low: None,
                high: None,
                mean: (found.n_outputs == 1).then(|| of().sum::<f64>() / n),
                is_used: used.as_ref().map(|used| used[column]),
            }
        })
        .collect();
    columns.sort_by(|a, b| b.importance.total_cmp(&a.importance));
    columns
}

fn single_rows(
    request: &ExplainRequest,
    found: &Found,
    scores: Option<&[f64]>,
) -> Vec<ExplainedRow> {
    if found.n_outputs != 1 {
        return Vec::new();
    }
    let names = request.encoding.columns();
    found
        .values
        .chunks_exact(found.n_columns.max(1))
        .take(request.n_rows)
        .enumerate()
        .map(|(row, values)| ExplainedRow {
            row: row as u64,
            score: scores.map(|scores| scores[row]),
            attributions: names.iter().cloned().zip(values.iter().copied()).collect(),
        })
        .collect()
}

/// Margins of rows: the expected one and the row's attributions.
fn margins(found: &Found, expected: f64) -> Vec<f64> {
    found
        .values
        .chunks_exact(found.n_columns.max(1))
        .map(|values| expected + values.iter().sum::<f64>())
        .collect()
}

fn margin_change(
    request: &ExplainRequest,
    explainer: &dyn Explainer,
    before: &Found,
    now: &Found,
) -> Result<Option<ExplainedChange>> {
    let &[expected] = explainer.expected_values() else {
        return Ok(None);
    };
    let change = mean_change(
        &before.values,
        &now.values,
        &margins(before, expected),
        &margins(now, expected),
    )
    .map_err(refused("the change of the margin cannot be split"))?;
    Ok(Some(ExplainedChange {
        of: "margin".to_owned(),
        reference: change.reference,
        current: change.current,
        change: change.change,
        columns: shares(request.encoding.columns(), &change.columns),
        rest: change.rest,
        rest_standard_error: None,
    }))
}

fn shares(names: Vec<String>, columns: &[ColumnShare]) -> Vec<ChangeShare> {
    let mut shares: Vec<ChangeShare> = names
        .into_iter()
        .zip(columns)
        .map(|(name, share)| ChangeShare {
            name,
            value: share.value,
            standard_error: share
                .standard_error
                .is_finite()
                .then_some(share.standard_error),
        })
        .collect();
    shares.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    shares
}

/// What happened, as numbers: 0 and 1 for a classifier; NaN where unknown.
fn labels(
    request: &ExplainRequest,
    files: &FileSet,
    model: &dyn ScoringModel,
    is_apart: bool,
) -> Result<Option<Vec<f64>>> {
    let Some(label) = &request.label else {
        return Ok(None);
    };
    let labels = request.labels.as_ref().filter(|_| is_apart);
    if labels.is_none() && files.require(label).is_err() {
        return Ok(None);
    }
    let positive = match &model.description().output {
        ModelOutput::Probabilities { classes } => classes.get(1),
        ModelOutput::Values { .. } => None,
    };
    // Any column serves as prediction: only labels are read.
    let any = request.encoding.numeric.first().or(Some(label));
    let columns = OutcomeColumns {
        task: if positive.is_some() {
            Task::Binary
        } else {
            Task::Regression
        },
        label,
        prediction: if positive.is_some() { None } else { any },
        scores: any.map(std::slice::from_ref).unwrap_or_default(),
        positive: None,
        query: None,
        labels,
        may_lack_labels: false,
        classes: None,
    };
    Ok(match Read::of(&columns, files)?.outcomes {
        Outcomes::Binary { labels, .. } => Some(
            labels
                .into_iter()
                .map(|label| label.map_or(f64::NAN, |label| f64::from(u8::from(label))))
                .collect(),
        ),
        Outcomes::Regression { labels, .. } => Some(labels),
        _ => None,
    })
}

/// Squared differences between labels and scores: Brier for a classifier.
fn squared_errors(labels: &[f64], scores: &[f64]) -> Vec<f64> {
    labels
        .iter()
        .zip(scores)
        .map(|(label, score)| (label - score).powi(2))
        .collect()
}

type Side<'a> = (&'a FileSet, &'a Rows);

fn explained_metric(
    request: &ExplainRequest,
    model: &dyn ScoringModel,
    sides: (Side<'_>, Side<'_>),
    labels: (&[f64], &[f64]),
) -> Result<Option<ExplainedChange>> {
    let ((reference_files, reference_rows), (files, rows)) = sides;
    let (Some(before), Some(now)) = (reference_rows.scores(model)?, rows.scores(model)?) else {
        return Ok(None);
    };
    let tables = features(request, reference_files, files)?;
    let known = |terms: Vec<f64>, table: &FeatureTable| {
        let kept: Vec<u32> = (0_u32..)
            .zip(&terms)
            .filter(|(_, term)| term.is_finite())
            .map(|(row, _)| row)
            .collect();
        let terms: Vec<f64> = terms.into_iter().filter(|term| term.is_finite()).collect();
        (table.select(&kept), terms)
    };
    let (before_table, before_terms) = known(squared_errors(labels.0, &before), &tables[0]);
    let (now_table, now_terms) = known(squared_errors(labels.1, &now), &tables[1]);
    if before_terms.len() < 2 || now_terms.is_empty() {
        return Ok(None);
    }
    let settings = MetricChangeSettings {
        seed: request.seed,
        ..MetricChangeSettings::default()
    };
    let change = metric_change(
        &before_table,
        &before_terms,
        &now_table,
        &now_terms,
        settings,
    )
    .map_err(refused("the change of the metric cannot be split"))?;
    let of = match &model.description().output {
        ModelOutput::Probabilities { .. } => "brier",
        ModelOutput::Values { .. } => "squared_error",
    };
    Ok(Some(ExplainedChange {
        of: of.to_owned(),
        reference: change.reference,
        current: change.current,
        change: change.change,
        columns: shares(request.encoding.columns(), &change.columns),
        rest: change.rest.value,
        rest_standard_error: Some(change.rest.standard_error).filter(|error| error.is_finite()),
    }))
}

/// The input columns of both sides, categories by common codes.
fn features(
    request: &ExplainRequest,
    reference: &FileSet,
    current: &FileSet,
) -> Result<[FeatureTable; 2]> {
    let spec = &request.encoding;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for name in &spec.numeric {
        left.push(FeatureColumn::Numeric(reference.numbers(name)?));
        right.push(FeatureColumn::Numeric(current.numbers(name)?));
    }
    for block in &spec.one_hot {
        let mut dictionary = Dictionary::default();
        let codes = [
            reference.codes(&block.column, &mut dictionary)?,
            current.codes(&block.column, &mut dictionary)?,
        ];
        let n_categories = u32::try_from(dictionary.words().len()).unwrap_or(u32::MAX);
        let [r, c] = codes.map(|codes| FeatureColumn::Categorical {
            codes,
            n_categories,
        });
        left.push(r);
        right.push(c);
    }
    let table = |columns| FeatureTable::new(columns).map_err(refused("the columns cannot be read"));
    Ok([table(left)?, table(right)?])
}

fn permute(
    request: &ExplainRequest,
    model: &dyn ScoringModel,
    rows: &Rows,
    labels: &[f64],
    report: &mut ExplainReport,
) -> Result<()> {
    let width = rows.batch.width();
    let step = rows.batch.n_rows().div_ceil(PERMUTED_ROWS).max(1);
    let kept: Vec<usize> = (0..rows.batch.n_rows())
        .step_by(step)
        .filter(|&row| labels[row].is_finite())
        .collect();
    let mut values: Vec<f32> = kept
        .iter()
        .flat_map(|&row| {
            rows.batch.values()[row * width..(row + 1) * width]
                .iter()
                .copied()
        })
        .collect();
    let labels: Vec<f64> = kept.iter().map(|&row| labels[row]).collect();
    let settings = PermutationSettings {
        n_repeats: 5,
        seed: request.seed,
        confidence: 0.95,
        higher_is_better: false,
    };
    let column_of_value = request.encoding.column_of_value();
    let (whole, columns) =
        permutation_importance::<Error>(&mut values, &column_of_value, settings, |values| {
            let mut scores = Vec::with_capacity(labels.len());
            for part in values.chunks(BATCH_ROWS * width) {
                let batch = RowBatch::new(width, part.to_vec())?;
                let part = model
                    .score(&batch)?
                    .single()
                    .ok_or_else(|| Error::invalid("the model has no single score to measure"))?;
                scores.extend(part);
            }
            Ok(mean(&squared_errors(&labels, &scores)))
        })?;
    "permutation".clone_into(&mut report.method);
    report.variant = format!(
        "rise of the mean squared error ({whole:.6}) when a column is shuffled, {} shuffles of {} rows",
        settings.n_repeats,
        labels.len()
    );
    let used = used_columns(request, model);
    let finite = |value: f64| value.is_finite().then_some(value);
    report.columns = request
        .encoding
        .columns()
        .into_iter()
        .zip(columns)
        .enumerate()
        .map(|(i, (name, found))| ExplainedColumn {
            name,
            importance: found.importance,
            low: finite(found.interval.0),
            high: finite(found.interval.1),
            mean: None,
            is_used: used.as_ref().map(|used| used[i]),
        })
        .collect();
    report
        .columns
        .sort_by(|a, b| b.importance.total_cmp(&a.importance));
    Ok(())
}
