//! Rows into profiles: the columns of a batch, seen as a grid counts them.

use crate::decode::{Kind, columnar};
use crate::failure::wrap;
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int32Type};
use trimtab_domain::Result;
use trimtab_domain::documents::{ColumnRole, ModelSpec};
use trimtab_stats::{CategoricalGrid, ColumnGrid, ColumnProfile, DatasetProfile, Grid};

/// The columns of one batch, ready to be counted on a grid.
pub(crate) struct GridColumns<'g> {
    columns: Vec<(&'g ColumnGrid, View, bool)>,
}

/// One column as its grid wants it.
enum View {
    Numbers(Float64Array),
    Categories {
        /// Key of every row; negative where missing.
        keys: Vec<i32>,
        words: StringArray,
        /// Position of every word in the grid.
        positions: Vec<Option<usize>>,
    },
    Absent,
}

/// Reused from group to group.
#[derive(Default)]
pub(crate) struct Scratch {
    numbers: Vec<f64>,
    counts: Vec<u64>,
    index_counts: Vec<u64>,
}

impl<'g> GridColumns<'g> {
    /// Finds and converts the columns of a grid in a batch.
    pub(crate) fn of(spec: &ModelSpec, grid: &'g Grid, batch: &RecordBatch) -> Result<Self> {
        let columns = grid
            .columns
            .iter()
            .map(|(name, column_grid)| {
                let view = match batch.column_by_name(name) {
                    Some(array) => View::of(array, column_grid)?,
                    None => View::Absent,
                };
                let is_output = spec.column(name).is_some_and(|column| {
                    matches!(
                        column.role,
                        ColumnRole::Prediction
                            | ColumnRole::Score
                            | ColumnRole::Latency
                            | ColumnRole::Error
                    )
                });
                Ok((column_grid, view, is_output))
            })
            .collect::<Result<_>>()?;
        Ok(Self { columns })
    }

    /// Counts rows. Of shadow predictions only what they put out is counted.
    pub(crate) fn add(
        &self,
        profile: &mut DatasetProfile,
        rows: &[u32],
        is_shadow: bool,
        scratch: &mut Scratch,
    ) -> Result<()> {
        profile.n_rows += rows.len() as u64;
        for ((grid, view, is_output), column) in self.columns.iter().zip(&mut profile.columns) {
            if is_shadow && !is_output {
                continue;
            }
            view.add(grid, column, rows, scratch)?;
        }
        Ok(())
    }
}

impl View {
    fn of(array: &ArrayRef, grid: &ColumnGrid) -> Result<Self> {
        match grid {
            ColumnGrid::Numeric(_) => Ok(numbers(array).map_or(Self::Absent, Self::Numbers)),
            ColumnGrid::Categorical(grid) => categories(array, grid),
        }
    }

    fn add(
        &self,
        grid: &ColumnGrid,
        profile: &mut ColumnProfile,
        rows: &[u32],
        scratch: &mut Scratch,
    ) -> Result<()> {
        match (self, grid, profile) {
            (
                Self::Numbers(numbers),
                ColumnGrid::Numeric(grid),
                ColumnProfile::Numeric(profile),
            ) => {
                scratch.numbers.clear();
                if numbers.null_count() == 0 {
                    let values = numbers.values();
                    scratch
                        .numbers
                        .extend(rows.iter().map(|row| values[*row as usize]));
                } else {
                    for &row in rows {
                        if numbers.is_valid(row as usize) {
                            scratch.numbers.push(numbers.value(row as usize));
                        }
                    }
                    profile.add_missing((rows.len() - scratch.numbers.len()) as u64);
                }
                profile.add_values(grid, &scratch.numbers);
            }
            (
                Self::Categories {
                    keys,
                    words,
                    positions,
                },
                ColumnGrid::Categorical(grid),
                ColumnProfile::Categorical(profile),
            ) => {
                scratch.counts.clear();
                scratch.counts.resize(words.len(), 0);
                let mut n_missing = 0;
                for &row in rows {
                    match usize::try_from(keys[row as usize]) {
                        Ok(key) => scratch.counts[key] += 1,
                        Err(_) => n_missing += 1,
                    }
                }
                profile.add_missing(n_missing);
                scratch.index_counts.clear();
                scratch.index_counts.resize(grid.categories().len(), 0);
                for (key, &count) in scratch.counts.iter().enumerate() {
                    match positions[key] {
                        Some(position) => scratch.index_counts[position] += count,
                        None => profile.add(grid, words.value(key), count),
                    }
                }
                profile.add_index_counts(&scratch.index_counts)?;
            }
            (_, _, ColumnProfile::Numeric(profile)) => profile.add_missing(rows.len() as u64),
            (_, _, ColumnProfile::Categorical(profile)) => profile.add_missing(rows.len() as u64),
        }
        Ok(())
    }
}

/// Any column as numbers, `None` where it can't be: text that is declared numeric is parsed.
pub(crate) fn numbers(array: &ArrayRef) -> Option<Float64Array> {
    let array = match array.data_type() {
        DataType::Float64 => return Some(array.as_primitive::<Float64Type>().clone()),
        DataType::Boolean => cast(array, &DataType::Int8).ok()?,
        _ => std::sync::Arc::clone(array),
    };
    let floats = cast(&array, &DataType::Float64).ok()?;
    Some(floats.as_primitive::<Float64Type>().clone())
}

/// Any column of scalars as a dictionary of words.
pub(crate) fn words_of(array: &ArrayRef) -> Result<Option<ArrayRef>> {
    if matches!(array.data_type(), DataType::Dictionary(key, value)
        if **key == DataType::Int32 && **value == DataType::Utf8)
    {
        return Ok(Some(std::sync::Arc::clone(array)));
    }
    let plain = match array.data_type() {
        DataType::Dictionary(_, _) | DataType::LargeUtf8 | DataType::Utf8View => {
            cast(array, &DataType::Utf8).map_err(wrap("cannot read a column of texts"))?
        }
        _ => std::sync::Arc::clone(array),
    };
    match columnar::scalar_texts(&plain) {
        Some(texts) => cast(&texts, &Kind::Category.arrow_type())
            .map(Some)
            .map_err(wrap("cannot encode a column of texts")),
        None => Ok(None),
    }
}

fn categories(array: &ArrayRef, grid: &CategoricalGrid) -> Result<View> {
    let Some(words) = words_of(array)? else {
        return Ok(View::Absent);
    };
    let dictionary = words.as_dictionary::<Int32Type>();
    let words = dictionary.values().as_string::<i32>().clone();
    let positions = words
        .iter()
        .map(|word| word.and_then(|word| grid.position(word)))
        .collect();
    let keys = dictionary
        .keys()
        .iter()
        .map(|key| key.unwrap_or(-1))
        .collect();
    Ok(View::Categories {
        keys,
        words,
        positions,
    })
}
