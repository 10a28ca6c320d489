//! The one error of this crate.

use std::fmt;

/// An input on which a statistic has no meaning, or bytes that are not ours.
///
/// The set is closed in spirit (only such inputs) and open in form: new kinds may
/// be added. Every variant carries the offending sizes, never data.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum StatsError {
    /// A sample that must hold at least one value holds none.
    EmptySample {
        /// Which one: `"reference"`, `"current"`, `"windows"`, …
        sample: &'static str,
    },
    /// Two count vectors that must describe the same bins have different lengths.
    BinCountMismatch {
        /// Bins of the first.
        reference: usize,
        /// Bins of the second.
        current: usize,
    },
    /// Two inputs that must describe the same rows have different lengths.
    LengthMismatch {
        /// Which input.
        sample: &'static str,
        /// Rows it should have.
        expected: usize,
        /// Rows it has.
        found: usize,
    },
    /// Two profiles, or a profile and a grid, describe different kinds or numbers of columns.
    GridMismatch,
    /// A parameter lies outside its domain.
    ParameterOutOfDomain {
        /// Its name.
        name: &'static str,
        /// What would have been accepted, in words.
        domain: &'static str,
        /// What came.
        found: f64,
    },
    /// A sample that must be finite holds a not-a-number value or an infinity.
    NotFinite {
        /// Which one.
        sample: &'static str,
    },
    /// Values that must form rows of one width do not.
    ShapeMismatch {
        /// The width, or the length, that was needed.
        expected: usize,
        /// What came, or what was left over.
        found: usize,
    },
    /// A model's parts do not fit together.
    MalformedModel {
        /// What is wrong, in words.
        what: &'static str,
        /// In which part, from 0: the tree of an ensemble.
        position: usize,
    },
    /// A sample holds fewer values than the statistic needs.
    TooFewValues {
        /// Which one.
        sample: &'static str,
        /// Values needed at least.
        needed: u64,
        /// Values found.
        found: u64,
    },
    /// A statistic that is measured in units of a spread met a sample without one.
    NoSpread {
        /// Which sample, or `"pooled"` for both together.
        sample: &'static str,
    },
    /// A comparison of two categories met another number of them.
    NotTwoCategories {
        /// Categories in use.
        found: usize,
    },
    /// More rows than 64 bits can count.
    TooManyRows,
    /// A part to be subtracted is not contained in the whole.
    NotContained,
    /// Bytes that this crate did not write, or that were cut off.
    ForeignBytes {
        /// What was being read.
        what: &'static str,
        /// Where reading stopped, in bytes from the start.
        offset: usize,
    },
    /// Bytes of a format newer than this program.
    UnknownFormat {
        /// The version found.
        found: u8,
        /// The newest version that can be read.
        newest: u8,
    },
}

impl fmt::Display for StatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::EmptySample { sample } => write!(f, "the {sample} sample is empty"),
            Self::BinCountMismatch { reference, current } => write!(
                f,
                "bins differ: {reference} in the reference, {current} in the current sample"
            ),
            Self::LengthMismatch {
                sample,
                expected,
                found,
            } => write!(f, "{sample}: {found} rows where {expected} were expected"),
            Self::GridMismatch => write!(f, "the profiles were cut on different grids"),
            Self::ParameterOutOfDomain {
                name,
                domain,
                found,
            } => write!(f, "`{name}` must be {domain}, found {found}"),
            Self::NotFinite { sample } => {
                write!(f, "the {sample} sample holds values that are not finite")
            }
            Self::ShapeMismatch { expected, found } => {
                write!(
                    f,
                    "values don't fit together: needed {expected}, found {found}"
                )
            }
            Self::MalformedModel { what, position } => {
                write!(f, "the model is malformed: {what} (tree {position})")
            }
            Self::TooFewValues {
                sample,
                needed,
                found,
            } => write!(
                f,
                "the {sample} sample has {found} values, {needed} are needed"
            ),
            Self::NoSpread { sample } => {
                write!(f, "the {sample} sample has no spread to measure in")
            }
            Self::NotTwoCategories { found } => {
                write!(f, "two categories are needed, {found} are in use")
            }
            Self::TooManyRows => write!(f, "more rows than can be counted"),
            Self::NotContained => write!(f, "the part is not contained in the whole"),
            Self::ForeignBytes { what, offset } => {
                write!(f, "cannot read {what}: unexpected bytes at offset {offset}")
            }
            Self::UnknownFormat { found, newest } => write!(
                f,
                "format {found} is newer than this program, which reads up to {newest}"
            ),
        }
    }
}

impl std::error::Error for StatsError {}
