//! Numbers: exact where they fit, on the grid of the reference where they don't.

use super::column::{Compared, Cut, EXACT_ROWS_MAX, Sides, Stop};
use super::sketch;
use crate::files::{FileSet, append_with_nan, finite, floats};
use arrow::array::Float64Array;
use trimtab_stats::{
    ColumnEvidence, ColumnGrid, ColumnProfile, DEFAULT_MAX_BINS, NumericGrid, NumericProfile,
    compare_column, compare_numeric_samples, fit_window_null, sort_numbers,
};

/// Up to so many rows a reference column is held while it is looked at twice; a longer one is
/// read twice.
const HELD_ROWS_MAX: usize = 16_000_000;

pub(super) fn compare(name: &str, sides: Sides<'_>, cut: &Cut) -> Result<Compared, Stop> {
    if !cut.is_whole() {
        by_windows(name, sides, cut)
    } else if sides.are_exact() {
        exactly(name, sides)
    } else {
        on_a_grid(name, sides)
    }
}

/// The arrays of a column, with the number of rows before each.
fn arrays<'a>(
    files: &'a FileSet,
    name: &'a str,
) -> impl Iterator<Item = Result<Float64Array, Stop>> + 'a {
    let mut n_before = 0;
    files.chunks(name).map(move |chunk| {
        let array = floats(&chunk.map_err(Stop::File)?, n_before).map_err(Stop::Column)?;
        n_before += array.len();
        Ok(array)
    })
}

/// The finite values of a side in ascending order.
fn sorted(files: &FileSet, name: &str) -> Result<Vec<f64>, Stop> {
    let mut values = Vec::with_capacity(files.n_rows());
    let mut scratch = Vec::new();
    for array in arrays(files, name) {
        values.extend_from_slice(finite(&array?, &mut scratch));
    }
    sort_numbers(&mut values);
    Ok(values)
}

fn n_missing(files: &FileSet, n_values: usize) -> u64 {
    (files.n_rows() - n_values) as u64
}

fn exactly(name: &str, sides: Sides<'_>) -> Result<Compared, Stop> {
    let mut reference = sorted(sides.reference, name)?;
    let mut current = sorted(sides.current, name)?;
    let missing = (
        n_missing(sides.reference, reference.len()),
        n_missing(sides.current, current.len()),
    );
    let evidence = compare_numeric_samples(
        name,
        &mut reference,
        &mut current,
        missing.0,
        missing.1,
        None,
    );
    Ok(Compared {
        windows: vec![evidence],
        sketch: sketch::of_numbers(name, &reference, &current),
    })
}

/// Every so manieth value, to make a grid or a drawing of.
struct Sample {
    step: usize,
    /// Position of the next value to take, in the array to come.
    next: usize,
    values: Vec<f64>,
}

impl Sample {
    fn of(n_rows: usize) -> Self {
        Self {
            step: n_rows.div_ceil(EXACT_ROWS_MAX).max(1),
            next: 0,
            values: Vec::new(),
        }
    }

    fn add(&mut self, values: &[f64]) {
        while let Some(value) = values.get(self.next) {
            self.values.push(*value);
            self.next += self.step;
        }
        self.next -= values.len();
    }
}

fn on_a_grid(name: &str, sides: Sides<'_>) -> Result<Compared, Stop> {
    let mut scratch = Vec::new();
    let mut sample = Sample::of(sides.reference.n_rows());
    let mut held = (sides.reference.n_rows() <= HELD_ROWS_MAX).then(Vec::new);
    for array in arrays(sides.reference, name) {
        let array = array?;
        sample.add(finite(&array, &mut scratch));
        if let Some(held) = &mut held {
            held.push(array);
        }
    }
    let mut sample = sample.values;
    if sample.is_empty() {
        // There is nothing to make a grid of, and little to compare.
        return exactly(name, sides);
    }
    let grid = grid_of(&mut sample)?;
    let mut reference = NumericProfile::empty(&grid);
    let mut count = |profile: &mut NumericProfile, array: &Float64Array| {
        let values = finite(array, &mut scratch);
        profile.add_values(&grid, values);
        profile.add_missing((array.len() - values.len()) as u64);
    };
    match held {
        // Whatever has been counted is let go of.
        Some(held) => held
            .into_iter()
            .for_each(|array| count(&mut reference, &array)),
        None => {
            for array in arrays(sides.reference, name) {
                count(&mut reference, &array?);
            }
        }
    }
    let mut current = NumericProfile::empty(&grid);
    let mut drawn = Sample::of(sides.current.n_rows());
    for array in arrays(sides.current, name) {
        let array = array?;
        let values = finite(&array, &mut scratch);
        current.add_values(&grid, values);
        current.add_missing((array.len() - values.len()) as u64);
        drawn.add(values);
    }
    let mut drawn = drawn.values;
    sort_numbers(&mut drawn);
    let evidence = compare_column(
        name,
        &ColumnGrid::Numeric(grid),
        &ColumnProfile::Numeric(reference),
        &ColumnProfile::Numeric(current),
        None,
    );
    Ok(Compared {
        windows: vec![evidence],
        sketch: sketch::of_numbers(name, &sample, &drawn),
    })
}

fn grid_of(sample: &mut [f64]) -> Result<NumericGrid, Stop> {
    sort_numbers(sample);
    NumericGrid::from_sample(sample, DEFAULT_MAX_BINS).map_err(|error| Stop::Column(error.into()))
}

/// A side in row order; NaN where a value is missing or not finite.
fn rows(files: &FileSet, name: &str) -> Result<Vec<f64>, Stop> {
    let mut values = Vec::with_capacity(files.n_rows());
    for array in arrays(files, name) {
        append_with_nan(&array?, &mut values);
    }
    for value in &mut values {
        if !value.is_finite() {
            *value = f64::NAN;
        }
    }
    Ok(values)
}

/// The values of some rows, or of all.
fn pick(values: &[f64], rows: Option<&[u32]>) -> Vec<f64> {
    let is_there = |value: &f64| !value.is_nan();
    match rows {
        None => values.iter().copied().filter(is_there).collect(),
        Some(rows) => rows
            .iter()
            .map(|row| values[*row as usize])
            .filter(is_there)
            .collect(),
    }
}

fn profile(grid: &NumericGrid, values: &[f64], rows: Option<&[u32]>) -> ColumnProfile {
    let picked = pick(values, rows);
    let n_rows = rows.map_or(values.len(), <[u32]>::len);
    let mut profile = NumericProfile::empty(grid);
    profile.add_values(grid, &picked);
    profile.add_missing((n_rows - picked.len()) as u64);
    ColumnProfile::Numeric(profile)
}

/// Windows are judged by the law of the reference's own windows, on its grid.
fn by_windows(name: &str, sides: Sides<'_>, cut: &Cut) -> Result<Compared, Stop> {
    let reference = rows(sides.reference, name)?;
    let current = rows(sides.current, name)?;
    let mut sample = pick(&reference, None);
    let n_missing = (reference.len() - sample.len()) as u64;
    let is_exact = sides.are_exact();
    let grid = if sample.is_empty() || (is_exact && cut.reference.is_empty()) {
        None
    } else {
        let step = sample.len().div_ceil(EXACT_ROWS_MAX);
        let mut edges: Vec<f64> = sample.iter().copied().step_by(step).collect();
        let grid = grid_of(&mut edges)?;
        let total = profile(&grid, &reference, None);
        Some((ColumnGrid::Numeric(grid.clone()), grid, total))
    };
    let (law, rhythm) = match &grid {
        Some((column_grid, grid, total)) if !cut.reference.is_empty() => {
            let windows: Vec<ColumnProfile> = cut
                .reference
                .iter()
                .map(|rows| profile(grid, &reference, Some(rows)))
                .collect();
            let law = fit_window_null(column_grid, &windows, total, cut.seed);
            (Some(law), cut.rhythm(column_grid, &windows, total))
        }
        _ => (None, None),
    };
    sort_numbers(&mut sample);
    let mut one = |rows: Option<&[u32]>| match &grid {
        Some((column_grid, grid, total)) if !is_exact => {
            let profile = profile(grid, &current, rows);
            compare_column(name, column_grid, total, &profile, law.as_ref())
        }
        _ => {
            let mut values = pick(&current, rows);
            let n_rows = rows.map_or(current.len(), <[u32]>::len);
            let n_missing_current = (n_rows - values.len()) as u64;
            sort_numbers(&mut values);
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
    let mut windows: Vec<ColumnEvidence> = match &cut.current {
        None => vec![one(None)],
        Some(windows) => windows.iter().map(|rows| one(Some(rows))).collect(),
    };
    if let (Some(rhythm), Some((column_grid, grid, _))) = (&rhythm, &grid) {
        let profile = |rows: &[u32]| profile(grid, &current, Some(rows));
        cut.like_with_like(rhythm, column_grid, &mut windows, profile);
    }
    let shown = cut.current.as_ref().and_then(|windows| windows.last());
    let mut shown = pick(&current, shown.map(Vec::as_slice));
    sort_numbers(&mut shown);
    Ok(Compared {
        windows,
        sketch: sketch::of_numbers(name, &sample, &shown),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_does_not_depend_on_where_arrays_end() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        for step in [1, 3, 7, 40, 200] {
            let expected: Vec<f64> = values.iter().copied().step_by(step).collect();
            for length in [1, 2, 5, 33, 100] {
                let mut sample = Sample {
                    step,
                    next: 0,
                    values: Vec::new(),
                };
                values.chunks(length).for_each(|chunk| sample.add(chunk));
                assert_eq!(sample.values, expected, "step {step}, arrays of {length}");
            }
        }
    }
}
