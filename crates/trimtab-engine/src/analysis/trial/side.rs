//! One of the two models: whether it fits the rows, what it scores, how long it takes, and what
//! it looks at.

use super::rows::{Column, Table};
use crate::failure::wrap;
use crate::files::{FileSet, MISSING};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tokio::time::Instant;
use trimtab_domain::documents::{EncodingSpec, Task};
use trimtab_domain::encoding::{Encoder, InputColumn};
use trimtab_domain::ports::scoring::{ModelForm, ModelOutput, RowBatch, ScoringModel, ShapMethod};
use trimtab_domain::ports::validation::{ContenderModel, Scorer, TrialRequest};
use trimtab_domain::validation::{ColumnShare, Contender, Latency, UnseenShare};
use trimtab_domain::{Error, Result};

/// Rows in one batch.
const BATCH_ROWS: usize = 8_192;
/// Single rows that are timed, each the best of so many tries: a machine that does something
/// else for a moment is not the model's fault.
const TIMED_ROWS: usize = 300;
const TIMED_TRIES: usize = 3;
/// Rows that attention is measured on, and the rows that paths are weighted by.
const EXPLAINED_ROWS: usize = 1_000;
const COVER_ROWS: usize = 2_000;
/// Categories that are named in a misfit.
const UNSEEN_MIN: f64 = 1e-9;

/// One score a row: the probability of the positive class, or the prediction.
pub(super) type Scored = Vec<f64>;

/// A model's facts, with why it does not fit the rows.
pub(super) fn contender(model: &ContenderModel, task: Task, table: &Table) -> Contender {
    let mut found = Contender {
        version: model.version.clone(),
        sha256: model.sha256.clone(),
        expected_sha256: model.expected_sha256.clone(),
        size_bytes: model.size_bytes,
        threshold: (task == Task::BinaryClassification).then(|| threshold(model)),
        ..Contender::default()
    };
    match &model.scorer {
        Scorer::Constant => "constant".clone_into(&mut found.form),
        Scorer::Command { columns, .. } => {
            "command".clone_into(&mut found.form);
            found.columns.clone_from(columns);
            let known = |name: &&String| !table.columns.contains_key(*name);
            found.misfits = columns
                .iter()
                .filter(known)
                .map(|name| absent(name))
                .collect();
        }
        Scorer::Model { model, encoding } => {
            let description = model.description();
            let form = match description.form {
                ModelForm::Trees => "trees",
                ModelForm::Linear => "linear",
                ModelForm::Graph => "graph",
            };
            form.clone_into(&mut found.form);
            found.columns = encoding.columns();
            found.misfits = misfits(model.as_ref(), encoding, task, table);
            if found.misfits.is_empty() {
                found.unseen = unseen(encoding, table);
            }
        }
    }
    found
}

/// From which score on it says yes.
pub(super) fn threshold(model: &ContenderModel) -> f64 {
    let of_document = match &model.scorer {
        Scorer::Model { encoding, .. } => encoding.threshold,
        _ => None,
    };
    model.threshold.or(of_document).unwrap_or(0.5)
}

fn absent(column: &str) -> String {
    format!("it wants column `{column}`, which the events do not have")
}

fn misfits(
    model: &dyn ScoringModel,
    encoding: &EncodingSpec,
    task: Task,
    table: &Table,
) -> Vec<String> {
    let mut found = Vec::new();
    if let Err(error) = encoding.validate() {
        found.push(error.message().to_owned());
    }
    let description = model.description();
    if let Some(n) = description.n_features
        && n != encoding.row_width()
    {
        found.push(format!(
            "it takes rows of {n} values, but its encoding document makes {}",
            encoding.row_width()
        ));
    }
    match (task, &description.output) {
        (Task::BinaryClassification, ModelOutput::Probabilities { classes })
            if classes.len() == 2 => {}
        (Task::Regression, ModelOutput::Values { n_targets: 1 }) => {}
        (Task::BinaryClassification, ModelOutput::Probabilities { classes }) => {
            found.push(format!(
                "it tells {} classes apart, but the labels are two",
                classes.len()
            ));
        }
        (Task::BinaryClassification, ModelOutput::Values { .. }) => {
            found.push("it predicts a number, but the labels are two classes".to_owned());
        }
        (Task::Regression, ModelOutput::Probabilities { .. }) => {
            found.push("it predicts classes, but the labels are numbers".to_owned());
        }
        (Task::Regression, ModelOutput::Values { n_targets }) => {
            found.push(format!(
                "it predicts {n_targets} numbers, but the label is one"
            ));
        }
    }
    for name in encoding.columns() {
        match table.columns.get(&name) {
            None => found.push(absent(&name)),
            Some(Column::Words(_)) if encoding.numeric.contains(&name) => found.push(format!(
                "it wants numbers in column `{name}`, but the events have words"
            )),
            Some(_) => {}
        }
    }
    found
}

/// Categories that the model does not know.
fn unseen(encoding: &EncodingSpec, table: &Table) -> Vec<UnseenShare> {
    let mut found: Vec<UnseenShare> = encoding
        .one_hot
        .iter()
        .filter_map(|block| {
            let Some(Column::Words(words)) = table.columns.get(&block.column) else {
                return None;
            };
            let known: Vec<bool> = words
                .words
                .iter()
                .map(|word| block.categories.contains(word))
                .collect();
            let is_unseen = |code: &&u32| {
                **code != MISSING && !known.get(**code as usize).copied().unwrap_or(false)
            };
            let n = words.codes.iter().filter(is_unseen).count();
            let share = n as f64 / words.codes.len().max(1) as f64;
            (share > UNSEEN_MIN).then(|| UnseenShare {
                column: block.column.clone(),
                share,
            })
        })
        .collect();
    found.sort_by(|a, b| b.share.total_cmp(&a.share));
    found
}

/// Rows as the model takes them.
fn encoded(encoding: &EncodingSpec, table: &Table) -> Result<RowBatch> {
    let dictionaries: std::collections::BTreeMap<&str, Vec<&str>> = table
        .columns
        .iter()
        .filter_map(|(name, column)| match column {
            Column::Words(found) => Some((
                name.as_str(),
                found.words.iter().map(String::as_str).collect(),
            )),
            Column::Numbers(_) => None,
        })
        .collect();
    Encoder::new(encoding)?.encode(table.n_rows(), |name| match table.columns.get(name)? {
        Column::Numbers(values) => Some(InputColumn::Numbers(values)),
        Column::Words(found) => Some(InputColumn::Codes {
            codes: &found.codes,
            dictionary: dictionaries.get(name)?,
        }),
    })
}

/// One score a row.
pub(super) fn scores(contender: &ContenderModel, table: &Table) -> Result<Scored> {
    match &contender.scorer {
        Scorer::Constant => {
            let n = table.n_rows().max(1) as f64;
            let mean = table.labels.iter().sum::<f64>() / n;
            Ok(vec![mean; table.n_rows()])
        }
        Scorer::Model { model, encoding } => {
            let rows = encoded(encoding, table)?;
            let mut scores = Vec::with_capacity(rows.n_rows());
            for part in rows.values().chunks(BATCH_ROWS * rows.width()) {
                let batch = RowBatch::new(rows.width(), part.to_vec())?;
                let part = model.score(&batch)?.single().ok_or_else(|| {
                    Error::invalid(format!("{} has no single score", contender.version))
                })?;
                scores.extend(part);
            }
            Ok(scores)
        }
        Scorer::Command { .. } => Err(Error::internal("a command is run elsewhere")),
    }
}

/// Adds latency and attention: champion and candidate take turns, so that a busy machine hurts
/// both.
pub(super) fn looked_at(
    request: &TrialRequest,
    table: &Table,
    (mut champion, mut candidate): (Contender, Contender),
) -> Result<(Contender, Contender)> {
    let runs = [&request.champion, &request.candidate]
        .map(|contender| match &contender.scorer {
            Scorer::Model { model, encoding } => encoded(encoding, table)
                .map(|rows| Some((Arc::clone(model), Arc::clone(encoding), rows))),
            _ => Ok(None),
        })
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); runs.len()];
    let step = (table.n_rows() / TIMED_ROWS).max(1);
    for row in (0..table.n_rows()).step_by(step).take(TIMED_ROWS) {
        for (run, times) in runs.iter().zip(&mut times) {
            if let Some((model, _, rows)) = run {
                times.push(timed_row(model.as_ref(), rows, row)?);
            }
        }
    }
    for ((run, times), found) in runs.iter().zip(times).zip([&mut champion, &mut candidate]) {
        if let Some((model, encoding, rows)) = run {
            found.latency = latency(model.as_ref(), rows, times)?;
            found.importances = importances(model.as_ref(), encoding, rows);
        }
    }
    Ok((champion, candidate))
}

/// Milliseconds of one row alone.
fn timed_row(model: &dyn ScoringModel, rows: &RowBatch, row: usize) -> Result<f64> {
    let start = row * rows.width();
    let one = RowBatch::new(
        rows.width(),
        rows.values()[start..start + rows.width()].to_vec(),
    )?;
    let mut best = f64::INFINITY;
    for _ in 0..TIMED_TRIES {
        let begun = Instant::now();
        model.score(&one)?;
        best = best.min(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

fn latency(
    model: &dyn ScoringModel,
    rows: &RowBatch,
    mut times: Vec<f64>,
) -> Result<Option<Latency>> {
    times.sort_by(f64::total_cmp);
    let Some(last) = times.len().checked_sub(1) else {
        return Ok(None);
    };
    let n = rows.n_rows().min(BATCH_ROWS);
    let batch = RowBatch::new(rows.width(), rows.values()[..n * rows.width()].to_vec())?;
    let begun = Instant::now();
    model.score(&batch)?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Some(Latency {
        n: times.len() as u64,
        p50_ms: times[last / 2],
        p99_ms: times[last * 99 / 100],
        batch_us_per_row: seconds * 1e6 / n.max(1) as f64,
    }))
}

/// Each column's share of the mean absolute attribution, largest first; nothing for graphs.
fn importances(
    model: &dyn ScoringModel,
    encoding: &EncodingSpec,
    rows: &RowBatch,
) -> Vec<ColumnShare> {
    let thinned = |n: usize| {
        let step = rows.n_rows().div_ceil(n).max(1);
        let values = rows.rows().step_by(step).flatten().copied().collect();
        RowBatch::new(rows.width(), values)
    };
    let found = thinned(COVER_ROWS)
        .and_then(|cover| model.explainer(&cover, ShapMethod::PathDependent))
        .and_then(|explainer| explainer.explain(&thinned(EXPLAINED_ROWS)?))
        .and_then(|found| found.summed_to_columns(&encoding.column_of_value()));
    let Ok(found) = found else {
        return Vec::new();
    };
    let names = encoding.columns();
    let mut sums = vec![0.0; names.len()];
    for row in found.values.chunks_exact(found.n_features.max(1)) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value.abs();
        }
    }
    let all: f64 = sums.iter().sum();
    if all <= 0.0 {
        return Vec::new();
    }
    let mut shares: Vec<ColumnShare> = names
        .into_iter()
        .zip(sums)
        .map(|(column, sum)| ColumnShare {
            column,
            share: sum / all,
        })
        .collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share));
    shares
}

/// Writes rows for a command; all columns where none are named.
pub(super) fn write_rows(path: &Path, table: &Table, columns: &[String]) -> Result<()> {
    let failed = || format!("cannot write `{}`", path.display());
    let mut named: Vec<(&str, ArrayRef)> = Vec::new();
    for (name, column) in &table.columns {
        // What is read as words a second time is for segments.
        if name.starts_with('\u{1f}') || !(columns.is_empty() || columns.contains(name)) {
            continue;
        }
        let array: ArrayRef = match column {
            Column::Numbers(values) => Arc::new(
                values
                    .iter()
                    .map(|value| (!value.is_nan()).then_some(*value))
                    .collect::<Float64Array>(),
            ),
            Column::Words(found) => Arc::new(
                found
                    .codes
                    .iter()
                    .map(|&code| found.words.get(code as usize).map(String::as_str))
                    .collect::<StringArray>(),
            ),
        };
        named.push((name, array));
    }
    let batch = RecordBatch::try_from_iter(named).map_err(wrap(failed()))?;
    let file = File::create(path).map_err(wrap(failed()))?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).map_err(wrap(failed()))?;
    writer.write(&batch).map_err(wrap(failed()))?;
    writer.close().map_err(wrap(failed()))?;
    Ok(())
}

/// Reads what a command scored.
pub(super) fn read_scores(path: &Path, n_rows: usize, task: Task) -> Result<Scored> {
    let files = FileSet::open("scores", &[path.to_string_lossy().into_owned()])?;
    files.require("score")?;
    let scores = files.numbers("score")?;
    if scores.len() != n_rows {
        return Err(Error::invalid(format!(
            "the scoring command wrote {} scores for {n_rows} rows",
            scores.len()
        ))
        .with_hint("write one `score` for each row, in the same order"));
    }
    let is_probability = |score: &f64| score.is_nan() || (0.0..=1.0).contains(score);
    if task == Task::BinaryClassification && !scores.iter().all(is_probability) {
        return Err(
            Error::invalid("the scoring command wrote scores outside 0 to 1")
                .with_hint("write the probability of the positive class"),
        );
    }
    Ok(scores)
}
