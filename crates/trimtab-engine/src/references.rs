//! References: a data set, or a period of stored traffic, counted on the model's grid.

use crate::decode::{Kind, Shape, columnar};
use crate::fold;
use crate::fold::columns::{GridColumns, Scratch, numbers, words_of};
use crate::fold::windows::Windows;
use crate::tables;
use crate::truth;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Int32Type, Schema, TimestampMicrosecondType};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use trimtab_domain::documents::{ColumnRole, ColumnSpec, ModelSpec, SemanticType};
use trimtab_domain::fold::PerformanceProfile;
use trimtab_domain::intake::MediaType;
use trimtab_domain::reference::{ReferenceProfile, ReferenceWindow};
use trimtab_domain::{Error, Result, Window};
use trimtab_stats::{
    CategoricalGrid, ColumnGrid, DEFAULT_MAX_BINS, DEFAULT_MAX_CATEGORIES, DatasetProfile, Grid,
    NumericGrid,
};

/// Edges come from at most so many values; counts are exact in any case.
const GRID_ROWS_MAX: usize = 1_000_000;
/// Bins of the grid that a latency gets where the reference has none.
const LATENCY_BINS: u32 = 512;

/// A reference's rows, under the model's names.
pub(crate) struct ReferenceRows {
    /// The profiled columns that were there.
    pub(crate) batch: RecordBatch,
    pub(crate) times: Option<ArrayRef>,
    /// Score, decision and truth of every row.
    pub(crate) outcomes: Vec<Outcome>,
}

/// What quality is computed from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) score: Option<f64>,
    pub(crate) predicted: Option<f64>,
    pub(crate) label: Option<f64>,
}

/// Profiles a data set in any encoding.
pub(crate) fn profile_data(
    spec: &ModelSpec,
    media_type: MediaType,
    body: &Bytes,
    grid: Option<Arc<Grid>>,
    next_grid_version: u32,
) -> Result<ReferenceProfile> {
    let table = tables::read("the reference", media_type, body)?;
    let rows = rows_of(spec, &table)?;
    profile(spec, &rows, grid, next_grid_version)
}

/// Picks and casts the model's columns of a table.
fn rows_of(spec: &ModelSpec, table: &RecordBatch) -> Result<ReferenceRows> {
    let shape = Shape::predictions(spec);
    let mut found: BTreeMap<usize, ArrayRef> = BTreeMap::new();
    for (field, array) in table.schema_ref().fields().iter().zip(table.columns()) {
        let Some(position) = shape.position(field.name()) else {
            continue;
        };
        let kind = lenient(shape.fields[position].kind);
        found.insert(position, cast(field.name(), array, kind)?);
    }
    let missing: Vec<&str> = spec
        .columns
        .iter()
        .filter(|column| must_be_there(column))
        .map(|column| column.name.as_str())
        .filter(|name| {
            shape
                .position(name)
                .is_none_or(|position| !found.contains_key(&position))
        })
        .collect();
    if !missing.is_empty() {
        return Err(Error::invalid(format!(
            "the reference lacks columns of model `{}`: {}",
            spec.name,
            missing.join(", ")
        ))
        .with_hint("add them to the data set, or remove them from the model"));
    }
    let times = shape
        .position("timestamp")
        .and_then(|position| found.get(&position).cloned())
        .filter(|times| times.null_count() < times.len());
    let label = spec
        .column_of_role(ColumnRole::Label)
        .and_then(|column| table.column_by_name(&column.name))
        .or_else(|| table.column_by_name("label"))
        .map(|array| cast("label", array, Kind::TextOfAny))
        .transpose()?;
    let column = |role| {
        spec.column_of_role(role)
            .and_then(|column| shape.position(&column.name))
            .and_then(|position| found.get(&position))
    };
    let outcomes = outcomes(
        spec,
        table.num_rows(),
        column(ColumnRole::Score),
        column(ColumnRole::Prediction),
        label.as_ref(),
    )?;
    let (fields, columns): (Vec<_>, Vec<_>) = found
        .iter()
        .map(|(position, array)| {
            let field = Field::new(
                &shape.fields[*position].name,
                array.data_type().clone(),
                true,
            );
            (field, Arc::clone(array))
        })
        .unzip();
    let options = RecordBatchOptions::new().with_row_count(Some(table.num_rows()));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .map_err(crate::failure::wrap("cannot assemble the reference"))?;
    Ok(ReferenceRows {
        batch,
        times,
        outcomes,
    })
}

/// Files write classes as numbers where a model says text: the words are the same.
fn lenient(kind: Kind) -> Kind {
    match kind {
        Kind::Category => Kind::CategoryOfAny,
        other => other,
    }
}

/// Inputs and outputs must be there; what a service adds while serving need not.
fn must_be_there(column: &ColumnSpec) -> bool {
    column.is_profiled()
        && matches!(
            column.role,
            ColumnRole::Feature | ColumnRole::Segment | ColumnRole::Prediction | ColumnRole::Score
        )
}

fn cast(name: &str, array: &ArrayRef, kind: Kind) -> Result<ArrayRef> {
    let conformed = columnar::conform(array, kind);
    match conformed.problems.into_iter().next() {
        None => Ok(conformed.array),
        Some((row, problem)) => Err(Error::invalid(format!(
            "column `{name}` of the reference, row {}: {}",
            row + 1,
            problem.reason
        ))
        .with_hint(problem.fix)),
    }
}

fn outcomes(
    spec: &ModelSpec,
    n_rows: usize,
    score: Option<&ArrayRef>,
    prediction: Option<&ArrayRef>,
    label: Option<&ArrayRef>,
) -> Result<Vec<Outcome>> {
    let scores = score.and_then(numbers);
    let words = match prediction {
        Some(prediction) => words_of(prediction)?,
        None => None,
    };
    Ok((0..n_rows)
        .map(|row| {
            let score = scores
                .as_ref()
                .filter(|scores| scores.is_valid(row))
                .map(|scores| scores.value(row));
            let word = words.as_ref().and_then(|words| {
                let words = words.as_dictionary::<Int32Type>();
                words
                    .key(row)
                    .map(|key| words.values().as_string::<i32>().value(key))
            });
            let label = label.and_then(|label| {
                let label = label.as_string::<i32>();
                label
                    .is_valid(row)
                    .then(|| truth::outcome(spec, label.value(row)))
                    .flatten()
            });
            Outcome {
                score,
                predicted: truth::predicted(spec, word, score),
                label,
            }
        })
        .collect())
}

/// Counts rows on a grid, which is made from them where there is none.
pub(crate) fn profile(
    spec: &ModelSpec,
    rows: &ReferenceRows,
    grid: Option<Arc<Grid>>,
    next_grid_version: u32,
) -> Result<ReferenceProfile> {
    let grid = match grid {
        Some(grid) => grid,
        None => Arc::new(grid_of(spec, &rows.batch, next_grid_version)?),
    };
    let columns = GridColumns::of(spec, &grid, &rows.batch)?;
    let n_rows = u32::try_from(rows.batch.num_rows()).map_err(|_| {
        Error::invalid("the reference has more than four billion rows")
            .with_hint("take a sample of it")
    })?;
    let mut scratch = Scratch::default();
    let mut total = DatasetProfile::empty(&grid);
    let all: Vec<u32> = (0..n_rows).collect();
    for chunk in all.chunks(65_536) {
        columns.add(&mut total, chunk, false, &mut scratch)?;
    }
    let mut by_window: BTreeMap<Window, Vec<u32>> = BTreeMap::new();
    if let Some(times) = &rows.times {
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let mut windows = Windows::new(spec.granularity, spec.zone()?);
        for row in 0..n_rows {
            if times.is_valid(row as usize) {
                let window = windows.of(times.value(row as usize))?;
                by_window.entry(window).or_default().push(row);
            }
        }
    }
    let windows = by_window
        .into_iter()
        .map(|(window, of_window)| {
            let mut profile = DatasetProfile::empty(&grid);
            columns.add(&mut profile, &of_window, false, &mut scratch)?;
            Ok(ReferenceWindow {
                window,
                profile,
                performance: quality(spec, rows, &of_window),
            })
        })
        .collect::<Result<_>>()?;
    Ok(ReferenceProfile {
        grid,
        total,
        windows,
    })
}

fn quality(
    spec: &ModelSpec,
    rows: &ReferenceRows,
    of_window: &[u32],
) -> Option<PerformanceProfile> {
    let mut profile = None;
    for &row in of_window {
        let outcome = rows.outcomes[row as usize];
        if let (Some(label), Some(_)) = (outcome.label, outcome.predicted) {
            fold::count(
                profile.get_or_insert_with(|| fold::empty(spec.task)),
                outcome.score,
                outcome.predicted,
                label,
            );
        }
    }
    profile
}

/// The grid of a data set.
fn grid_of(spec: &ModelSpec, batch: &RecordBatch, version: u32) -> Result<Grid> {
    let columns = spec
        .profiled_columns()
        .map(|column| {
            let array = batch.column_by_name(&column.name);
            let grid = match column.semantic() {
                Some(SemanticType::Numeric) => ColumnGrid::Numeric(numeric_grid(column, array)?),
                _ => ColumnGrid::Categorical(categorical_grid(column, array)?),
            };
            Ok((column.name.clone(), grid))
        })
        .collect::<Result<_>>()?;
    Ok(Grid { version, columns })
}

fn numeric_grid(column: &ColumnSpec, array: Option<&ArrayRef>) -> Result<NumericGrid> {
    let mut values: Vec<f64> = array
        .and_then(numbers)
        .map(|numbers| sample(&numbers.iter().collect::<Vec<_>>()))
        .unwrap_or_default();
    if values.is_empty() {
        // Nothing to learn from. A latency has a usual range; anything else starts at zero.
        values = match column.role {
            ColumnRole::Latency => usual_latencies(),
            _ => vec![0.0],
        };
    }
    NumericGrid::from_sample(&mut values, DEFAULT_MAX_BINS).map_err(Error::from)
}

/// The finite values, or, of very many, every n-th: rows have no order that edges could follow.
fn sample(values: &[Option<f64>]) -> Vec<f64> {
    let step = values.len().div_ceil(GRID_ROWS_MAX).max(1);
    values
        .iter()
        .enumerate()
        // A stride that moves within each block does not lock onto a rhythm in the data.
        .filter(|(i, _)| step == 1 || i % step == (i / step).wrapping_mul(0x9e37_79b1) % step)
        .filter_map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .collect()
}

/// 0.1 ms to ten minutes, evenly on a logarithmic scale.
fn usual_latencies() -> Vec<f64> {
    let (low, high) = (0.1_f64.ln(), 600_000_f64.ln());
    (0..LATENCY_BINS)
        .map(|i| {
            let share = f64::from(i) / f64::from(LATENCY_BINS - 1);
            (low + share * (high - low)).exp()
        })
        .collect()
}

fn categorical_grid(column: &ColumnSpec, array: Option<&ArrayRef>) -> Result<CategoricalGrid> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    let words = match array {
        Some(array) => words_of(array)?,
        None => None,
    };
    if let Some(words) = words {
        let words = words.as_dictionary::<Int32Type>();
        let mut by_key = vec![0_u64; words.values().len()];
        for key in words.keys().iter().flatten() {
            if let Ok(key) = usize::try_from(key) {
                by_key[key] += 1;
            }
        }
        let names = words.values().as_string::<i32>();
        counts = names
            .iter()
            .zip(by_key)
            .filter_map(|(name, count)| Some((name?.to_owned(), count)))
            .collect();
    }
    if column.semantic() == Some(SemanticType::Boolean) {
        // Both values have a place, even if the reference knows one only.
        for word in ["false", "true"] {
            if !counts
                .iter()
                .any(|(name, count)| name == word && *count > 0)
            {
                counts.push((word.to_owned(), 1));
            }
        }
    }
    Ok(CategoricalGrid::from_counts(
        &counts,
        DEFAULT_MAX_CATEGORIES,
    ))
}
