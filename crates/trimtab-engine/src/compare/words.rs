//! Categories: counts of words on both sides.

use super::column::{Compared, Cut, Sides, Stop};
use super::sketch;
use crate::files::{Dictionary, FileSet, count_codes, words};
use arrow::array::{Array, AsArray};
use arrow::datatypes::Int32Type;
use trimtab_stats::{
    CategoricalGrid, CategoricalProfile, ColumnEvidence, ColumnGrid, ColumnKind, ColumnProfile,
    WeeklyRhythm, WindowNull, compare_categorical_counts, fit_window_null,
};

/// Categories that are told apart when windows are compared.
const CATEGORIES_MAX: usize = 100_000;
/// Rows looked at to tell an identifier from a category.
const LOOKED_AT_ROWS: usize = 200_000;
/// Fewer different values than this are never an identifier.
const IDENTIFIER_VALUES_MIN: usize = 100;

/// Compares counts. With `if_few`, a column of nearly as many words as rows is left out.
pub(super) fn compare(
    name: &str,
    kind: ColumnKind,
    sides: Sides<'_>,
    cut: &Cut,
    if_few: bool,
) -> Result<Compared, Stop> {
    if if_few {
        refuse_identifiers(sides.reference, name)?;
    }
    let mut compared = if cut.is_whole() {
        whole(name, sides)?
    } else {
        by_windows(name, sides, cut)?
    };
    for evidence in &mut compared.windows {
        evidence.kind = kind;
    }
    Ok(compared)
}

/// Rows of each word, and rows without one.
#[derive(Default)]
struct Counts {
    of_codes: Vec<u64>,
    n_missing: u64,
}

impl Counts {
    fn named(&self, dictionary: &Dictionary) -> Vec<(String, u64)> {
        dictionary
            .words()
            .iter()
            .zip(&self.of_codes)
            .filter(|(_, count)| **count > 0)
            .map(|(word, count)| (word.clone(), *count))
            .collect()
    }
}

/// Stops at a column of identifiers or free text before all of it is read.
fn refuse_identifiers(files: &FileSet, name: &str) -> Result<(), Stop> {
    let mut dictionary = Dictionary::default();
    let mut counts = Counts::default();
    let mut n_rows = 0;
    for chunk in files.chunks(name) {
        let chunk = chunk.map_err(Stop::File)?;
        n_rows += chunk.len();
        let chunk = words(&chunk).map_err(Stop::Column)?;
        counts.n_missing += dictionary.count(chunk.as_dictionary(), &mut counts.of_codes);
        if n_rows >= LOOKED_AT_ROWS {
            break;
        }
    }
    let n_words = counts.of_codes.iter().filter(|count| **count > 0).count();
    let n_values: u64 = counts.of_codes.iter().sum();
    if n_words >= IDENTIFIER_VALUES_MIN && n_words as u64 * 2 > n_values {
        return Err(Stop::Skip(format!(
            "identifier or free text: {n_words} different values in {n_values} rows; \
             name it with --categorical or --text to compare it"
        )));
    }
    Ok(())
}

fn count(files: &FileSet, name: &str, dictionary: &mut Dictionary) -> Result<Counts, Stop> {
    let mut counts = Counts::default();
    for chunk in files.chunks(name) {
        let chunk = words(&chunk.map_err(Stop::File)?).map_err(Stop::Column)?;
        let chunk = chunk.as_dictionary::<Int32Type>();
        counts.n_missing += dictionary.count(chunk, &mut counts.of_codes);
    }
    Ok(counts)
}

fn whole(name: &str, sides: Sides<'_>) -> Result<Compared, Stop> {
    let mut dictionary = Dictionary::default();
    let reference = count(sides.reference, name, &mut dictionary)?;
    let current = count(sides.current, name, &mut dictionary)?;
    let named = (reference.named(&dictionary), current.named(&dictionary));
    let evidence = compare_categorical_counts(
        name,
        &named.0,
        &named.1,
        reference.n_missing,
        current.n_missing,
        None,
    );
    Ok(Compared {
        windows: vec![evidence],
        sketch: sketch::of_words(name, &named.0, &named.1),
    })
}

/// A side in row order, as codes.
fn codes(files: &FileSet, name: &str, dictionary: &mut Dictionary) -> Result<Vec<u32>, Stop> {
    let mut codes = Vec::with_capacity(files.n_rows());
    for chunk in files.chunks(name) {
        let chunk = words(&chunk.map_err(Stop::File)?).map_err(Stop::Column)?;
        dictionary.read(chunk.as_dictionary(), &mut codes);
    }
    Ok(codes)
}

fn by_windows(name: &str, sides: Sides<'_>, cut: &Cut) -> Result<Compared, Stop> {
    let mut dictionary = Dictionary::default();
    let reference = codes(sides.reference, name, &mut dictionary)?;
    let current = codes(sides.current, name, &mut dictionary)?;
    let dictionary = dictionary;
    let counted = |codes: &[u32], rows: Option<&[u32]>| {
        let (of_codes, n_missing) = count_codes(dictionary.words().len(), codes, rows);
        let counts = Counts {
            of_codes,
            n_missing,
        };
        (counts.named(&dictionary), n_missing)
    };
    let total = counted(&reference, None);
    let law = (!cut.reference.is_empty()).then(|| {
        let rows = cut.reference.iter();
        let windows: Vec<Named> = rows.map(|rows| counted(&reference, Some(rows))).collect();
        Law::of(&total, &windows, cut)
    });
    let one = |rows: Option<&[u32]>| -> ColumnEvidence {
        let current = counted(&current, rows);
        compare_categorical_counts(
            name,
            &total.0,
            &current.0,
            total.1,
            current.1,
            law.as_ref().map(|law| &law.windows),
        )
    };
    let mut windows: Vec<ColumnEvidence> = match &cut.current {
        None => vec![one(None)],
        Some(windows) => windows.iter().map(|rows| one(Some(rows))).collect(),
    };
    if let Some(law) = &law
        && let Some(rhythm) = &law.rhythm
    {
        let profile = |rows: &[u32]| profile(&law.grid, &counted(&current, Some(rows)));
        let grid = ColumnGrid::Categorical(law.grid.clone());
        cut.like_with_like(rhythm, &grid, &mut windows, profile);
    }
    let shown = cut.current.as_ref().and_then(|windows| windows.last());
    let shown = counted(&current, shown.map(Vec::as_slice));
    Ok(Compared {
        windows,
        sketch: sketch::of_words(name, &total.0, &shown.0),
    })
}

/// Rows of each word, by name, and rows without one.
type Named = (Vec<(String, u64)>, u64);

/// What the reference's own windows say.
struct Law {
    grid: CategoricalGrid,
    windows: WindowNull,
    rhythm: Option<WeeklyRhythm>,
}

impl Law {
    fn of(total: &Named, windows: &[Named], cut: &Cut) -> Self {
        let grid = CategoricalGrid::from_counts(&total.0, CATEGORIES_MAX);
        let total = profile(&grid, total);
        let profiles: Vec<ColumnProfile> = windows
            .iter()
            .map(|window| profile(&grid, window))
            .collect();
        let column_grid = ColumnGrid::Categorical(grid.clone());
        Self {
            windows: fit_window_null(&column_grid, &profiles, &total, cut.seed),
            rhythm: cut.rhythm(&column_grid, &profiles, &total),
            grid,
        }
    }
}

fn profile(grid: &CategoricalGrid, (counts, n_missing): &Named) -> ColumnProfile {
    let mut profile = CategoricalProfile::empty(grid);
    for (word, count) in counts {
        profile.add(grid, word, *count);
    }
    profile.add_missing(*n_missing);
    ColumnProfile::Categorical(profile)
}
