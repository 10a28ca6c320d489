//! One column of both sides: exact where it fits, on the grid of the reference where it doesn't.

use super::kinds::{Column, Look};
use super::sketch;
use crate::fold::columns::{numbers, words_of};
use arrow::array::{Array, AsArray};
use arrow::datatypes::Int32Type;
use std::collections::HashMap;
use trimtab_domain::check::ColumnSketch;
use trimtab_domain::{Error, Result};
use trimtab_stats::{
    CategoricalGrid, CategoricalProfile, ColumnEvidence, ColumnGrid, ColumnKind, ColumnProfile,
    DEFAULT_MAX_BINS, NumericGrid, NumericProfile, WindowNull, compare_categorical_counts,
    compare_column, compare_numeric_samples, fit_window_null,
};

/// Above so many rows a side's numbers are compared on a grid.
const EXACT_ROWS_MAX: usize = 1_000_000;
/// Categories that are told apart when windows are compared.
const CATEGORIES_MAX: usize = 100_000;

/// Which rows belong together.
pub(super) struct Cut {
    /// Rows of each reference window, in time order; empty without windows.
    pub(super) reference: Vec<Vec<u32>>,
    /// Rows of each current window; one list of all rows where `None`.
    pub(super) current: Option<Vec<Vec<u32>>>,
    pub(super) seed: u64,
}

/// Evidence on every current window, and both sides drawn.
pub(super) struct Compared {
    pub(super) windows: Vec<ColumnEvidence>,
    pub(super) sketch: Option<ColumnSketch>,
}

/// Compares a column; what goes wrong stays with it.
pub(super) fn compare(
    name: &str,
    look: &Look,
    reference: &Column,
    current: &Column,
    cut: &Cut,
) -> Compared {
    let result = match look {
        Look::Numeric => compare_numbers(name, reference, current, cut),
        Look::Categorical => compare_words(name, ColumnKind::Categorical, reference, current, cut),
        Look::Boolean => compare_words(name, ColumnKind::Boolean, reference, current, cut),
        Look::Failed(reason) | Look::Skipped(reason) => Err(Error::invalid(reason.clone())),
    };
    result.unwrap_or_else(|error| {
        let kind = match look {
            Look::Numeric => ColumnKind::Numeric,
            Look::Boolean => ColumnKind::Boolean,
            _ => ColumnKind::Categorical,
        };
        let n_windows = cut.current.as_ref().map_or(1, Vec::len);
        Compared {
            windows: vec![ColumnEvidence::failed(name, kind, error.to_string()); n_windows],
            sketch: None,
        }
    })
}

/// All values of a column in row order; missing and not finite ones are `None`.
fn all_numbers(column: &Column) -> Result<Vec<Option<f64>>> {
    let mut values = Vec::new();
    for part in &column.parts {
        let array = words_as_numbers(part)?;
        values.extend(
            array
                .iter()
                .map(|value| value.filter(|value| value.is_finite())),
        );
    }
    Ok(values)
}

fn words_as_numbers(part: &arrow::array::ArrayRef) -> Result<arrow::array::Float64Array> {
    let floats = numbers(part)
        .ok_or_else(|| Error::invalid(format!("{} is not a number type", part.data_type())))?;
    if floats.null_count() > part.null_count() {
        let row = (0..part.len()).find(|row| floats.is_null(*row) && part.is_valid(*row));
        return Err(Error::invalid(format!(
            "the value in row {} is not a number",
            row.unwrap_or_default() + 1
        )));
    }
    Ok(floats)
}

fn compare_numbers(
    name: &str,
    reference: &Column,
    current: &Column,
    cut: &Cut,
) -> Result<Compared> {
    let reference = all_numbers(reference)?;
    let current = all_numbers(current)?;
    let mut sample: Vec<f64> = reference.iter().copied().flatten().collect();
    let n_missing = (reference.len() - sample.len()) as u64;
    let needs_grid = !cut.reference.is_empty()
        || reference.len() > EXACT_ROWS_MAX
        || current.len() > EXACT_ROWS_MAX;
    let grid = if needs_grid && !sample.is_empty() {
        let step = sample.len().div_ceil(EXACT_ROWS_MAX);
        let mut edges: Vec<f64> = sample.iter().copied().step_by(step).collect();
        Some(NumericGrid::from_sample(&mut edges, DEFAULT_MAX_BINS)?)
    } else {
        None
    };
    let total = grid
        .as_ref()
        .map(|grid| profile_numbers(grid, &reference, None));
    let law = match (&grid, &total) {
        (Some(grid), Some(total)) if !cut.reference.is_empty() => {
            let windows: Vec<ColumnProfile> = cut
                .reference
                .iter()
                .map(|rows| profile_numbers(grid, &reference, Some(rows)))
                .collect();
            let grid = ColumnGrid::Numeric(grid.clone());
            Some(fit_window_null(&grid, &windows, total, cut.seed))
        }
        _ => None,
    };
    let is_exact = reference.len() <= EXACT_ROWS_MAX && current.len() <= EXACT_ROWS_MAX;
    let mut one = |rows: Option<&[u32]>| match (&grid, &total) {
        (Some(grid), Some(total)) if !is_exact => {
            let profile = profile_numbers(grid, &current, rows);
            let grid = ColumnGrid::Numeric(grid.clone());
            compare_column(name, &grid, total, &profile, law.as_ref())
        }
        _ => {
            let mut values = pick(&current, rows);
            let n_rows = rows.map_or(current.len(), <[u32]>::len);
            let n_missing_current = (n_rows - values.len()) as u64;
            compare_numeric_samples(
                name,
                &mut sample,
                &mut values,
                n_missing,
                n_missing_current,
                law.as_ref(),
            )
        }
    };
    let windows = match &cut.current {
        None => vec![one(None)],
        Some(windows) => windows.iter().map(|rows| one(Some(rows))).collect(),
    };
    let shown = cut.current.as_ref().and_then(|windows| windows.last());
    let sketch = sketch::of_numbers(name, &sample, &pick(&current, shown.map(Vec::as_slice)));
    Ok(Compared { windows, sketch })
}

fn pick(values: &[Option<f64>], rows: Option<&[u32]>) -> Vec<f64> {
    match rows {
        None => values.iter().copied().flatten().collect(),
        Some(rows) => rows
            .iter()
            .filter_map(|row| values[*row as usize])
            .collect(),
    }
}

fn profile_numbers(
    grid: &NumericGrid,
    values: &[Option<f64>],
    rows: Option<&[u32]>,
) -> ColumnProfile {
    let picked = pick(values, rows);
    let n_rows = rows.map_or(values.len(), <[u32]>::len);
    let mut profile = NumericProfile::empty(grid);
    profile.add_values(grid, &picked);
    profile.add_missing((n_rows - picked.len()) as u64);
    ColumnProfile::Numeric(profile)
}

/// A column of words as numbers of a common list.
#[derive(Default)]
struct Words {
    list: Vec<String>,
    positions: HashMap<String, u32>,
}

impl Words {
    /// Position of every row's word; `None` where missing.
    fn read(&mut self, column: &Column) -> Result<Vec<Option<u32>>> {
        let mut rows = Vec::new();
        for part in &column.parts {
            let words = words_of(part)?
                .ok_or_else(|| Error::invalid(format!("{} cannot be counted", part.data_type())))?;
            let words = words.as_dictionary::<Int32Type>();
            let names = words.values().as_string::<i32>();
            let positions: Vec<u32> = names
                .iter()
                .map(|name| self.position(name.unwrap_or_default()))
                .collect();
            rows.extend((0..words.len()).map(|row| words.key(row).map(|key| positions[key])));
        }
        Ok(rows)
    }

    fn position(&mut self, word: &str) -> u32 {
        if let Some(position) = self.positions.get(word) {
            return *position;
        }
        let position = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(word.to_owned());
        self.positions.insert(word.to_owned(), position);
        position
    }

    /// Rows per word, and rows without one.
    fn counts(&self, rows: &[Option<u32>], picked: Option<&[u32]>) -> (Vec<(String, u64)>, u64) {
        let mut counts = vec![0_u64; self.list.len()];
        let mut n_missing = 0;
        let mut add = |word: Option<u32>| match word {
            Some(word) => counts[word as usize] += 1,
            None => n_missing += 1,
        };
        match picked {
            None => rows.iter().for_each(|word| add(*word)),
            Some(picked) => picked.iter().for_each(|row| add(rows[*row as usize])),
        }
        let counts = self
            .list
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(word, count)| (word.clone(), count))
            .collect();
        (counts, n_missing)
    }
}

fn compare_words(
    name: &str,
    kind: ColumnKind,
    reference: &Column,
    current: &Column,
    cut: &Cut,
) -> Result<Compared> {
    let mut words = Words::default();
    let reference = words.read(reference)?;
    let current = words.read(current)?;
    let (total, n_missing) = words.counts(&reference, None);
    let law = (!cut.reference.is_empty())
        .then(|| law_of_words(&words, &reference, &total, n_missing, cut));
    let one = |rows: Option<&[u32]>| {
        let (counts, n_missing_current) = words.counts(&current, rows);
        let mut evidence = compare_categorical_counts(
            name,
            &total,
            &counts,
            n_missing,
            n_missing_current,
            law.as_ref(),
        );
        evidence.kind = kind;
        evidence
    };
    let windows = match &cut.current {
        None => vec![one(None)],
        Some(windows) => windows.iter().map(|rows| one(Some(rows))).collect(),
    };
    let shown = cut.current.as_ref().and_then(|windows| windows.last());
    let (shown, _) = words.counts(&current, shown.map(Vec::as_slice));
    Ok(Compared {
        windows,
        sketch: sketch::of_words(name, &total, &shown),
    })
}

fn law_of_words(
    words: &Words,
    reference: &[Option<u32>],
    total: &[(String, u64)],
    n_missing: u64,
    cut: &Cut,
) -> WindowNull {
    let grid = CategoricalGrid::from_counts(total, CATEGORIES_MAX);
    let profile = |counts: &[(String, u64)], n_missing| {
        let mut profile = CategoricalProfile::empty(&grid);
        for (word, count) in counts {
            profile.add(&grid, word, *count);
        }
        profile.add_missing(n_missing);
        ColumnProfile::Categorical(profile)
    };
    let total = profile(total, n_missing);
    let windows: Vec<ColumnProfile> = cut
        .reference
        .iter()
        .map(|rows| {
            let (counts, n_missing) = words.counts(reference, Some(rows));
            profile(&counts, n_missing)
        })
        .collect();
    let grid = ColumnGrid::Categorical(grid.clone());
    fit_window_null(&grid, &windows, &total, cut.seed)
}
