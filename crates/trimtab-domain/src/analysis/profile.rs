//! `profile`: a data set as counts on a grid, to look at, keep, merge and compare with.
//!
//! [`SavedProfile`] is what is kept: raw rows are not needed any more.

use crate::check::CheckWindows;
use crate::error::{Error, Result};
use crate::result::SkippedColumn;
use crate::time::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trimtab_stats::{ColumnGrid, ColumnProfile, DatasetProfile, Grid, NumericGrid, NumericProfile};

/// How a saved profile begins.
pub const MAGIC: &[u8] = b"trimtab profile 1\n";
/// Categories named in a report.
const TOP_MAX: usize = 10;

/// What to profile.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileRequest {
    /// Files, globs, folders, or `-` for standard input.
    pub source: Vec<String>,
    /// A saved profile whose grid is used, so that both can be merged and compared.
    pub grid: Option<String>,
    /// Columns to take as categorical.
    pub categorical: Vec<String>,
    /// Columns to take as numeric.
    pub numeric: Vec<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Keeps one profile for each window too, so that a comparison can be window-aware.
    pub windows: Option<CheckWindows>,
}

/// A profiled data set.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedProfile {
    /// The bins of every column.
    pub grid: Grid,
    /// How many rows have values where.
    pub total: DatasetProfile,
    /// The column by which windows were cut, where they were.
    pub windowed_by: Option<String>,
    /// The same window by window, in time order.
    pub windows: Vec<(Window, DatasetProfile)>,
    /// Columns without a look, and why.
    pub skipped: Vec<SkippedColumn>,
}

/// What of a saved profile is not counts.
#[derive(Serialize, Deserialize)]
struct Header {
    windowed_by: Option<String>,
    windows: Vec<Window>,
    skipped: Vec<SkippedColumn>,
}

impl SavedProfile {
    /// Whether bytes are those of a saved profile.
    pub fn is_saved(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// The bytes to keep: [`MAGIC`], then a header, the grid and the profiles, each after its
    /// length (64 bits, little endian).
    ///
    /// # Errors
    ///
    /// `Internal` if the header cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let header = Header {
            windowed_by: self.windowed_by.clone(),
            windows: self.windows.iter().map(|(window, _)| *window).collect(),
            skipped: self.skipped.clone(),
        };
        let header = serde_json::to_vec(&header)
            .map_err(|error| Error::internal("cannot write a profile").with_source(error))?;
        let mut bytes = MAGIC.to_vec();
        let mut push = |part: &[u8]| {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        };
        push(&header);
        push(&self.grid.to_bytes());
        push(&self.total.to_bytes());
        for (_, profile) in &self.windows {
            push(&profile.to_bytes());
        }
        Ok(bytes)
    }

    /// Reads what [`SavedProfile::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// `Invalid` if the bytes are no saved profile, or were cut off.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
            return Err(Error::invalid("this is no saved profile")
                .with_hint("make one with `trimtab profile FILE -o PROFILE`"));
        };
        let mut part = || -> Result<&[u8]> {
            let cut_off = || Error::invalid("the saved profile was cut off");
            let (length, after) = rest.split_first_chunk::<8>().ok_or_else(cut_off)?;
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut_off())?;
            let (part, after) = after.split_at_checked(length).ok_or_else(cut_off)?;
            rest = after;
            Ok(part)
        };
        let header: Header = serde_json::from_slice(part()?).map_err(|error| {
            Error::invalid("the saved profile's header cannot be read").with_source(error)
        })?;
        let grid = Grid::from_bytes(part()?)?;
        let total = DatasetProfile::from_bytes(part()?)?;
        let mut windows = Vec::with_capacity(header.windows.len());
        for window in header.windows {
            windows.push((window, DatasetProfile::from_bytes(part()?)?));
        }
        Ok(Self {
            grid,
            total,
            windowed_by: header.windowed_by,
            windows,
            skipped: header.skipped,
        })
    }

    /// Adds another profile on the same grid.
    ///
    /// # Errors
    ///
    /// `Invalid`, with a hint to `--grid`, if the grids differ.
    pub fn merge(mut self, other: Self) -> Result<Self> {
        if self.grid.to_bytes() != other.grid.to_bytes() {
            return Err(
                Error::invalid("the profiles were cut on different grids").with_hint(
                    "profile the second data set on the first one's grid: \
                 trimtab profile FILE --grid FIRST -o SECOND",
                ),
            );
        }
        self.total.merge(&other.total)?;
        for (window, profile) in other.windows {
            match self.windows.iter_mut().find(|(known, _)| *known == window) {
                Some((_, known)) => known.merge(&profile)?,
                None => self.windows.push((window, profile)),
            }
        }
        self.windows.sort_by_key(|(window, _)| *window);
        if self.windowed_by != other.windowed_by {
            // Some rows would be in no window.
            self.windowed_by = None;
            self.windows.clear();
        }
        Ok(self)
    }

    /// What the profile says, for people and programs.
    pub fn report(&self) -> ProfileReport {
        let columns = self
            .grid
            .columns
            .iter()
            .zip(&self.total.columns)
            .map(|((name, grid), profile)| column_report(name, grid, profile))
            .collect();
        ProfileReport {
            schema_version: super::ANALYSIS_SCHEMA_VERSION,
            n_rows: self.total.n_rows,
            n_windows: self.windows.len() as u64,
            windowed_by: self.windowed_by.clone(),
            columns,
            skipped: self.skipped.clone(),
        }
    }
}

/// What a profile says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileReport {
    /// Shape of this document; grows when a field changes its meaning.
    pub schema_version: u32,
    /// Rows.
    pub n_rows: u64,
    /// Windows that are kept apart.
    pub n_windows: u64,
    /// The column by which they were cut.
    pub windowed_by: Option<String>,
    /// Column by column.
    pub columns: Vec<ProfiledColumn>,
    /// Columns without a look, and why.
    pub skipped: Vec<SkippedColumn>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfiledColumn {
    /// Its name.
    pub name: String,
    /// `numeric` or `categorical`.
    pub column_type: String,
    /// Values.
    pub n: u64,
    /// Share of rows without a value.
    pub missing_share: Option<f64>,
    /// Different values: exact while few, else an estimate.
    pub n_distinct: u64,
    /// Numbers: their mean.
    pub mean: Option<f64>,
    /// Numbers: their standard deviation.
    pub sd: Option<f64>,
    /// Numbers: the smallest.
    pub min: Option<f64>,
    /// Numbers: quantiles at 5, 25, 50, 75 and 95 %, read off the bins.
    pub quantiles: Vec<f64>,
    /// Numbers: the largest.
    pub max: Option<f64>,
    /// Numbers: bins they are counted in.
    pub n_bins: Option<u64>,
    /// Categories: the most frequent, with their shares.
    pub top: Vec<CategoryShare>,
    /// Categories: share of values that the grid does not know.
    pub unseen_share: Option<f64>,
}

/// A category and how common it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryShare {
    /// The category.
    pub value: String,
    /// Its share of the values.
    pub share: f64,
}

fn column_report(name: &str, grid: &ColumnGrid, profile: &ColumnProfile) -> ProfiledColumn {
    let mut report = ProfiledColumn {
        name: name.to_owned(),
        column_type: String::new(),
        n: profile.n(),
        missing_share: profile.missing_share(),
        n_distinct: profile.n_distinct(),
        mean: None,
        sd: None,
        min: None,
        quantiles: Vec::new(),
        max: None,
        n_bins: None,
        top: Vec::new(),
        unseen_share: None,
    };
    match (grid, profile) {
        (ColumnGrid::Numeric(grid), ColumnProfile::Numeric(profile)) => {
            add_numbers(&mut report, grid, profile);
        }
        (ColumnGrid::Categorical(grid), ColumnProfile::Categorical(profile)) => {
            "categorical".clone_into(&mut report.column_type);
            let share = |count: u64| ratio(count, profile.n());
            report.top = profile
                .top(grid, TOP_MAX)
                .into_iter()
                .map(|(value, count)| CategoryShare {
                    value: value.to_owned(),
                    share: share(count),
                })
                .collect();
            report.unseen_share = (profile.n() > 0).then(|| share(profile.n_unseen()));
        }
        _ => {}
    }
    report
}

#[expect(clippy::cast_precision_loss, reason = "a share is reported")]
fn ratio(count: u64, n: u64) -> f64 {
    count as f64 / n as f64
}

fn add_numbers(report: &mut ProfiledColumn, grid: &NumericGrid, profile: &NumericProfile) {
    "numeric".clone_into(&mut report.column_type);
    report.mean = profile.mean();
    report.sd = profile.sd();
    report.min = profile.min();
    report.max = profile.max();
    report.n_bins = Some(grid.n_bins() as u64);
    report.quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
        .into_iter()
        .filter_map(|level| profile.quantile(grid, level))
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_stats::{DEFAULT_MAX_BINS, NumericGrid};

    fn saved(values: &[f64], grid: &NumericGrid) -> SavedProfile {
        let mut profile = NumericProfile::empty(grid);
        profile.add_values(grid, values);
        profile.add_missing(1);
        SavedProfile {
            grid: Grid {
                version: 1,
                columns: vec![("x".to_owned(), ColumnGrid::Numeric(grid.clone()))],
            },
            total: DatasetProfile {
                n_rows: values.len() as u64 + 1,
                columns: vec![ColumnProfile::Numeric(profile)],
            },
            windowed_by: None,
            windows: Vec::new(),
            skipped: Vec::new(),
        }
    }

    fn grid(values: &[f64]) -> NumericGrid {
        NumericGrid::from_sample(&mut values.to_vec(), DEFAULT_MAX_BINS).unwrap()
    }

    #[test]
    fn what_is_kept_is_what_was_counted() {
        let grid = grid(&[1.0, 2.0, 3.0]);
        let kept = saved(&[1.0, 2.0, 9.0], &grid);
        let read = SavedProfile::from_bytes(&kept.to_bytes().unwrap()).unwrap();
        assert_eq!(read, kept);
        assert_eq!(read.report().columns[0].mean, Some(4.0));
    }

    #[test]
    fn merged_profiles_count_both() {
        let grid = grid(&[1.0, 2.0, 3.0]);
        let both = saved(&[1.0, 2.0], &grid)
            .merge(saved(&[3.0], &grid))
            .unwrap();
        assert_eq!(both.total.n_rows, 5);
        assert_eq!(both.report().columns[0].mean, Some(2.0));
    }

    #[test]
    fn another_grid_is_refused_with_the_way_out() {
        let one = saved(&[1.0], &grid(&[1.0, 2.0]));
        let other = saved(&[1.0], &grid(&[1.0, 3.0]));
        let error = one.merge(other).unwrap_err();
        assert!(error.hint().is_some_and(|hint| hint.contains("--grid")));
    }

    #[test]
    fn foreign_and_shortened_bytes_are_refused() {
        assert!(SavedProfile::from_bytes(b"PAR1").is_err());
        let bytes = saved(&[1.0], &grid(&[1.0, 2.0])).to_bytes().unwrap();
        for length in 0..bytes.len() {
            assert!(
                SavedProfile::from_bytes(&bytes[..length]).is_err(),
                "{length}"
            );
        }
    }
}
