//! The profile: the mergeable summary of columns on their grids.
//!
//! Counts are integers and sums are exact, so merging hours into days, segments
//! into totals and replicas into one is exact, associative and commutative, and
//! subtracting a part leaves the rest.

mod batch;
mod categorical;
mod counts;
mod numeric;

pub use categorical::CategoricalProfile;
pub use numeric::NumericProfile;

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::grid::{ColumnGrid, Grid};

const FORMAT: u8 = 1;

/// The profile of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnProfile {
    /// Counts in the bins of a numeric grid.
    Numeric(NumericProfile),
    /// Counts of the categories of a categorical grid.
    Categorical(CategoricalProfile),
}

impl ColumnProfile {
    /// The profile of no rows on a grid.
    pub fn empty(grid: &ColumnGrid) -> Self {
        match grid {
            ColumnGrid::Numeric(grid) => Self::Numeric(NumericProfile::empty(grid)),
            ColumnGrid::Categorical(grid) => Self::Categorical(CategoricalProfile::empty(grid)),
        }
    }

    /// Values that count: finite numbers, or texts. Unit: rows.
    pub fn n(&self) -> u64 {
        match self {
            Self::Numeric(profile) => profile.n(),
            Self::Categorical(profile) => profile.n(),
        }
    }

    /// Missing values, not-a-number included. Unit: rows.
    pub fn n_missing(&self) -> u64 {
        match self {
            Self::Numeric(profile) => profile.n_missing(),
            Self::Categorical(profile) => profile.n_missing(),
        }
    }

    /// All rows seen: values, missing ones and infinities.
    pub fn n_rows(&self) -> u64 {
        match self {
            Self::Numeric(profile) => profile.n_rows(),
            Self::Categorical(profile) => profile.n_rows(),
        }
    }

    /// Share of missing values among all rows, in `[0, 1]`; `None` without rows.
    pub fn missing_share(&self) -> Option<f64> {
        share(self.n_missing(), self.n_rows())
    }

    /// Counts per bin or category; for categories one more entry for unseen values.
    pub fn counts(&self) -> Vec<u64> {
        match self {
            Self::Numeric(profile) => profile.counts().into_owned(),
            Self::Categorical(profile) => profile.counts_with_unseen(),
        }
    }

    /// Estimated number of distinct values.
    pub fn n_distinct(&self) -> u64 {
        match self {
            Self::Numeric(profile) => profile.n_distinct(),
            Self::Categorical(profile) => profile.n_distinct(),
        }
    }

    /// Adds the rows of another profile on the same grid.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if the shapes differ, [`StatsError::TooManyRows`]
    /// beyond 64 bits; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        match (self, other) {
            (Self::Numeric(ours), Self::Numeric(theirs)) => ours.merge(theirs),
            (Self::Categorical(ours), Self::Categorical(theirs)) => ours.merge(theirs),
            _ => Err(StatsError::GridMismatch),
        }
    }

    /// Takes away the rows of a part that was merged before.
    ///
    /// Counts and sums become those of the rest. Minimum, maximum, the distinct
    /// estimate and the names of unseen values cannot be undone and stay bounds.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if the shapes differ, [`StatsError::NotContained`]
    /// if the part has more rows somewhere; nothing is changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        match (self, other) {
            (Self::Numeric(ours), Self::Numeric(theirs)) => ours.subtract(theirs),
            (Self::Categorical(ours), Self::Categorical(theirs)) => ours.subtract(theirs),
            _ => Err(StatsError::GridMismatch),
        }
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Numeric(profile) => {
                out.byte(1);
                profile.write(out);
            }
            Self::Categorical(profile) => {
                out.byte(2);
                profile.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        match input.byte()? {
            1 => Ok(Self::Numeric(NumericProfile::read(input)?)),
            2 => Ok(Self::Categorical(CategoricalProfile::read(input)?)),
            _ => Err(input.foreign()),
        }
    }
}

/// The profiles of all columns of a grid over the same rows.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetProfile {
    /// Rows counted.
    pub n_rows: u64,
    /// One profile per column of the grid, in its order.
    pub columns: Vec<ColumnProfile>,
}

impl DatasetProfile {
    /// The profile of no rows.
    pub fn empty(grid: &Grid) -> Self {
        let columns = grid.columns.iter();
        Self {
            n_rows: 0,
            columns: columns
                .map(|(_, column)| ColumnProfile::empty(column))
                .collect(),
        }
    }

    /// Adds the rows of another profile on the same grid.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if the shapes differ, [`StatsError::TooManyRows`]
    /// beyond 64 bits; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        let n_rows = self
            .n_rows
            .checked_add(other.n_rows)
            .ok_or(StatsError::TooManyRows)?;
        self.combine(other, ColumnProfile::merge)?;
        self.n_rows = n_rows;
        Ok(())
    }

    /// Takes away the rows of a part; see [`ColumnProfile::subtract`].
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] or [`StatsError::NotContained`]; nothing is
    /// changed then.
    pub fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        let n_rows = self
            .n_rows
            .checked_sub(other.n_rows)
            .ok_or(StatsError::NotContained)?;
        self.combine(other, ColumnProfile::subtract)?;
        self.n_rows = n_rows;
        Ok(())
    }

    fn combine(
        &mut self,
        other: &Self,
        operation: impl Fn(&mut ColumnProfile, &ColumnProfile) -> Result<(), StatsError>,
    ) -> Result<(), StatsError> {
        if self.columns.len() != other.columns.len() {
            return Err(StatsError::GridMismatch);
        }
        let mut combined = self.columns.clone();
        for (ours, theirs) in combined.iter_mut().zip(&other.columns) {
            operation(ours, theirs)?;
        }
        self.columns = combined;
        Ok(())
    }

    /// Versioned bytes: sparse bins, varints. A function of the rows counted alone,
    /// not of their order or grouping.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        out.varint(self.n_rows);
        out.length(self.columns.len());
        for column in &self.columns {
            column.write(&mut out);
        }
        out.into_bytes()
    }

    /// Reads what [`DatasetProfile::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`]; never panics.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, "a profile", FORMAT)?;
        let n_rows = input.varint()?;
        let n_columns = input.length(2)?;
        let mut columns = Vec::with_capacity(n_columns);
        for _ in 0..n_columns {
            columns.push(ColumnProfile::read(&mut input)?);
        }
        input.finish()?;
        Ok(Self { n_rows, columns })
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Subtracts count by count, or says that the part is not contained.
fn subtract_counts(whole: &[u64], part: &[u64]) -> Result<Vec<u64>, StatsError> {
    whole
        .iter()
        .zip(part)
        .map(|(whole, part)| whole.checked_sub(*part).ok_or(StatsError::NotContained))
        .collect()
}
