//! `profile`: every column counted on a grid of its own, or on a saved one.

use crate::files::kinds::{self, Choice, Look};
use crate::files::{Dictionary, FileSet, count_codes, windows};
use crate::parallel;
use std::path::Path;
use trimtab_domain::analysis::profile::{ProfileRequest, SavedProfile};
use trimtab_domain::result::SkippedColumn;
use trimtab_domain::{Error, Result, Window};
use trimtab_stats::{
    CategoricalGrid, CategoricalProfile, ColumnGrid, ColumnProfile, DEFAULT_MAX_BINS,
    DEFAULT_MAX_CATEGORIES, DatasetProfile, Grid, NumericGrid, NumericProfile, sort_numbers,
};

/// Values a grid is made of at most; counts are of all values.
const SAMPLE_MAX: usize = 1_000_000;

/// One column counted: all rows, then window by window.
pub(crate) struct Counted {
    pub(crate) grid: ColumnGrid,
    pub(crate) total: ColumnProfile,
    pub(crate) windows: Vec<ColumnProfile>,
}

/// Reads a saved profile.
///
/// # Errors
///
/// `Invalid`, naming the file, if it cannot be read or is none.
pub(crate) fn open(path: &str) -> Result<SavedProfile> {
    let bytes = std::fs::read(path).map_err(|source| {
        Error::invalid(format!("cannot read `{path}`: {source}"))
            .with_hint("check the path and its permissions")
    })?;
    SavedProfile::from_bytes(&bytes)
}

/// Whether a source is one file that holds a saved profile.
pub(crate) fn is_saved(sources: &[String]) -> bool {
    use std::io::Read;
    let [path] = sources else { return false };
    let mut start = Vec::new();
    std::fs::File::open(Path::new(path))
        .and_then(|file| file.take(64).read_to_end(&mut start))
        .is_ok_and(|_| SavedProfile::is_saved(&start))
}

pub(super) fn profile(request: &ProfileRequest) -> Result<SavedProfile> {
    let files = FileSet::open("data set", &request.source)?;
    let rows = match &request.windows {
        Some(settings) => windows::cut(&files, settings, windows::ShortLast::Drop)?,
        None => Vec::new(),
    };
    let (grid, mut skipped) = match &request.grid {
        Some(path) => (Some(open(path)?.grid), Vec::new()),
        None => (None, Vec::new()),
    };
    let columns: Vec<(String, Plan)> = match &grid {
        Some(grid) => grid
            .columns
            .iter()
            .map(|(name, grid)| (name.clone(), Plan::On(grid.clone())))
            .collect(),
        None => planned(request, &files, &mut skipped)?,
    };
    if columns.is_empty() {
        return Err(Error::invalid("no column can be profiled")
            .with_hint("name columns with --numeric or --categorical"));
    }
    let counted = parallel::map(columns.len(), |i| {
        let (name, plan) = &columns[i];
        Ok(count(&files, name, plan, &rows))
    })?;
    let mut saved = SavedProfile {
        grid: Grid {
            version: grid.map_or(1, |grid| grid.version),
            columns: Vec::new(),
        },
        total: DatasetProfile {
            n_rows: files.n_rows() as u64,
            columns: Vec::new(),
        },
        windowed_by: request
            .windows
            .as_ref()
            .map(|windows| windows.timestamp.clone()),
        windows: rows
            .iter()
            .map(|(window, rows)| (*window, empty(rows.len())))
            .collect(),
        skipped,
    };
    for ((name, _), counted) in columns.into_iter().zip(counted) {
        match counted {
            Ok(counted) => {
                saved.grid.columns.push((name, counted.grid));
                saved.total.columns.push(counted.total);
                for ((_, window), profile) in saved.windows.iter_mut().zip(counted.windows) {
                    window.columns.push(profile);
                }
            }
            Err(reason) => saved.skipped.push(SkippedColumn { name, reason }),
        }
    }
    Ok(saved)
}

fn empty(n_rows: usize) -> DatasetProfile {
    DatasetProfile {
        n_rows: n_rows as u64,
        columns: Vec::new(),
    }
}

/// How a column is counted.
pub(crate) enum Plan {
    Numbers,
    Words,
    On(ColumnGrid),
}

fn planned(
    request: &ProfileRequest,
    files: &FileSet,
    skipped: &mut Vec<SkippedColumn>,
) -> Result<Vec<(String, Plan)>> {
    let choice = Choice {
        categorical: &request.categorical,
        numeric: &request.numeric,
        ignore: &request.ignore,
        timestamp: request
            .windows
            .as_ref()
            .map(|windows| windows.timestamp.as_str()),
    };
    choice.check([files, files])?;
    let mut columns = Vec::new();
    for name in files.column_names() {
        match kinds::look(&choice, &name, [files, files])? {
            Look::Numeric => columns.push((name, Plan::Numbers)),
            Look::Categorical { .. } | Look::Boolean => columns.push((name, Plan::Words)),
            Look::Skipped(reason) | Look::Failed(reason) => {
                skipped.push(SkippedColumn { name, reason });
            }
        }
    }
    Ok(columns)
}

/// Counts a column.
///
/// # Errors
///
/// Why the column is left out.
pub(crate) fn count(
    files: &FileSet,
    name: &str,
    plan: &Plan,
    windows: &[(Window, Vec<u32>)],
) -> std::result::Result<Counted, String> {
    let why = |error: Error| error.message().to_owned();
    if files.types(name).is_empty() {
        return Err("the data set has no such column".to_owned());
    }
    match plan {
        Plan::Numbers | Plan::On(ColumnGrid::Numeric(_)) => {
            let values = files.numbers(name).map_err(why)?;
            let grid = match plan {
                Plan::On(ColumnGrid::Numeric(grid)) => grid.clone(),
                _ => grid_of(&values)?,
            };
            let of = |rows: Option<&[u32]>| numbers(&grid, &values, rows);
            Ok(Counted {
                total: of(None),
                windows: windows.iter().map(|(_, rows)| of(Some(rows))).collect(),
                grid: ColumnGrid::Numeric(grid),
            })
        }
        Plan::Words | Plan::On(ColumnGrid::Categorical(_)) => {
            let mut dictionary = Dictionary::default();
            let codes = files.codes(name, &mut dictionary).map_err(why)?;
            let words = dictionary.into_words();
            let grid = match plan {
                Plan::On(ColumnGrid::Categorical(grid)) => grid.clone(),
                _ => CategoricalGrid::from_counts(
                    &word_counts(&words, &codes, None).0,
                    DEFAULT_MAX_CATEGORIES,
                ),
            };
            let of = |rows: Option<&[u32]>| categories(&grid, &words, &codes, rows);
            Ok(Counted {
                total: of(None),
                windows: windows.iter().map(|(_, rows)| of(Some(rows))).collect(),
                grid: ColumnGrid::Categorical(grid),
            })
        }
    }
}

fn grid_of(values: &[f64]) -> std::result::Result<NumericGrid, String> {
    let step = values.len().div_ceil(SAMPLE_MAX).max(1);
    let mut sample: Vec<f64> = values
        .iter()
        .copied()
        .step_by(step)
        .filter(|value| value.is_finite())
        .collect();
    sort_numbers(&mut sample);
    NumericGrid::from_sample(&mut sample, DEFAULT_MAX_BINS).map_err(|error| error.to_string())
}

fn numbers(grid: &NumericGrid, values: &[f64], rows: Option<&[u32]>) -> ColumnProfile {
    let present: Vec<f64> = match rows {
        None => values.iter().copied().filter(|v| !v.is_nan()).collect(),
        Some(rows) => rows
            .iter()
            .map(|&row| values[row as usize])
            .filter(|v| !v.is_nan())
            .collect(),
    };
    let mut profile = NumericProfile::empty(grid);
    profile.add_values(grid, &present);
    let n_rows = rows.map_or(values.len(), <[u32]>::len);
    profile.add_missing((n_rows - present.len()) as u64);
    ColumnProfile::Numeric(profile)
}

/// Rows of each word that occurs, and rows without one.
fn word_counts(words: &[String], codes: &[u32], rows: Option<&[u32]>) -> (Vec<(String, u64)>, u64) {
    let (counts, n_missing) = count_codes(words.len(), codes, rows);
    let named = words
        .iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| (word.clone(), count))
        .collect();
    (named, n_missing)
}

fn categories(
    grid: &CategoricalGrid,
    words: &[String],
    codes: &[u32],
    rows: Option<&[u32]>,
) -> ColumnProfile {
    let (counts, n_missing) = word_counts(words, codes, rows);
    let mut profile = CategoricalProfile::empty(grid);
    for (word, count) in counts {
        profile.add(grid, &word, count);
    }
    profile.add_missing(n_missing);
    ColumnProfile::Categorical(profile)
}
