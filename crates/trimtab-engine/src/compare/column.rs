//! One column of both sides: what it is, and then the comparison that fits.

use super::asked::add_methods;
use super::{choice, numeric, words};
use crate::files::FileSet;
use crate::files::kinds::{self, Look};
use trimtab_domain::check::{CheckRequest, ColumnSketch};
use trimtab_domain::{Error, Result};
use trimtab_stats::{ColumnEvidence, ColumnGrid, ColumnKind, ColumnProfile, WeeklyRhythm};

/// Above so many rows a side's numbers are compared on a grid.
pub(super) const EXACT_ROWS_MAX: usize = 1_000_000;

/// The two sides of a comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) reference: &'a FileSet,
    pub(super) current: &'a FileSet,
}

impl Sides<'_> {
    /// Whether both sides are small enough for tests on the values themselves.
    pub(super) fn are_exact(self) -> bool {
        self.reference.n_rows().max(self.current.n_rows()) <= EXACT_ROWS_MAX
    }
}

/// Which rows belong together.
pub(super) struct Cut {
    /// Rows of each reference window, in time order; empty without windows.
    pub(super) reference: Vec<Vec<u32>>,
    /// Rows of each current window; one list of all rows where `None`.
    pub(super) current: Option<Vec<Vec<u32>>>,
    /// The weekdays of the reference's and the current windows, where those are compared like with
    /// like.
    pub(super) weekdays: Option<[Vec<u8>; 2]>,
    pub(super) seed: u64,
}

impl Cut {
    /// Whether rows are told apart at all.
    pub(super) fn is_whole(&self) -> bool {
        self.reference.is_empty() && self.current.is_none()
    }

    /// The weekly rhythm of the reference's windows, if it was asked for and they show one.
    pub(super) fn rhythm(
        &self,
        grid: &ColumnGrid,
        windows: &[ColumnProfile],
        total: &ColumnProfile,
    ) -> Option<WeeklyRhythm> {
        let [of_reference, _] = self.weekdays.as_ref()?;
        WeeklyRhythm::find(grid, windows, of_reference, total, self.seed)
    }

    /// Judges each current window by its own weekday.
    pub(super) fn like_with_like(
        &self,
        rhythm: &WeeklyRhythm,
        grid: &ColumnGrid,
        windows: &mut [ColumnEvidence],
        profile: impl Fn(&[u32]) -> ColumnProfile,
    ) {
        if let (Some([_, weekdays]), Some(rows)) = (&self.weekdays, &self.current) {
            for ((evidence, &weekday), rows) in windows.iter_mut().zip(weekdays).zip(rows) {
                rhythm.judge(evidence, grid, weekday, &profile(rows));
            }
        }
    }

    fn n_windows(&self) -> usize {
        self.current.as_ref().map_or(1, Vec::len)
    }
}

/// What became of a column.
pub(super) enum Outcome {
    Compared(Compared),
    /// Left out, for this reason.
    Skipped(String),
}

/// Evidence on every current window, and both sides drawn.
pub(super) struct Compared {
    pub(super) windows: Vec<ColumnEvidence>,
    pub(super) sketch: Option<ColumnSketch>,
}

/// Why a comparison ended early.
pub(super) enum Stop {
    /// The column cannot be compared: the others can.
    Column(Error),
    /// A file cannot be read: there is no answer.
    File(Error),
    /// The column is better left out.
    Skip(String),
}

/// Compares a column; what is wrong with it stays with it.
///
/// # Errors
///
/// `Invalid` if a file cannot be read.
pub(super) fn compare(
    request: &CheckRequest,
    name: &str,
    sides: Sides<'_>,
    cut: &Cut,
) -> Result<Outcome> {
    if request.texts.iter().any(|text| text == name) {
        let reason = "text: compared by its form and its words, apart";
        return Ok(Outcome::Skipped(reason.to_owned()));
    }
    let look = kinds::look(&choice(request), name, [sides.reference, sides.current])?;
    let (kind, result) = match &look {
        Look::Skipped(reason) => return Ok(Outcome::Skipped(reason.clone())),
        Look::Failed(reason) => (
            ColumnKind::Categorical,
            Err(Stop::Column(Error::invalid(reason.clone()))),
        ),
        Look::Numeric => (ColumnKind::Numeric, numeric::compare(name, sides, cut)),
        Look::Boolean => {
            let kind = ColumnKind::Boolean;
            (kind, words::compare(name, kind, sides, cut, false))
        }
        Look::Categorical { if_few } => {
            let kind = ColumnKind::Categorical;
            (kind, words::compare(name, kind, sides, cut, *if_few))
        }
    };
    match result {
        Ok(mut compared) => {
            add_methods(request, name, &look, sides, cut, &mut compared.windows)?;
            Ok(Outcome::Compared(compared))
        }
        Err(Stop::File(error)) => Err(error),
        Err(Stop::Skip(reason)) => Ok(Outcome::Skipped(reason)),
        Err(Stop::Column(error)) => Ok(Outcome::Compared(Compared {
            windows: vec![ColumnEvidence::failed(name, kind, error.to_string()); cut.n_windows()],
            sketch: None,
        })),
    }
}
