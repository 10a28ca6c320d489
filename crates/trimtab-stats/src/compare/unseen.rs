//! Cells in which two profiles can be tested, though the reference chose the categories.

use crate::error::StatsError;
use crate::grid::CategoricalGrid;
use crate::profile::CategoricalProfile;
use crate::special::binomial_sf;
use std::collections::BTreeMap;

/// Probability with which a category of the same share on both sides may be missing from the
/// reference's categories and still count as one that both sides chose.
const MISSING_BY_CHANCE: f64 = 1e-3;

/// Counts of both sides, cell by cell, in the order of names.
pub(super) struct Cells {
    pub(super) reference: Vec<u64>,
    pub(super) current: Vec<u64>,
    /// How they were made, for people.
    pub(super) how: String,
}

impl Cells {
    /// Cells of two profiles with unseen values; `None` where neither has any, and the grid's
    /// categories are all there are.
    ///
    /// "Not among the reference's categories" is no cell that χ² can use: the reference has none
    /// of it because it chose, and of a long tail the current sample always has some. So:
    ///
    /// * Where both profiles still know all their unseen values by name, each is a cell, as if
    ///   the rows themselves were compared.
    /// * Else a category stands alone only if both sides have it so often together that, with
    ///   equal shares, the reference would hardly have missed it; all others, those of the grid
    ///   included, are one cell with what is unseen.
    ///
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if a profile is of another grid.
    pub(super) fn of_profiles(
        grid: &CategoricalGrid,
        reference: &CategoricalProfile,
        current: &CategoricalProfile,
    ) -> Result<Option<Self>, StatsError> {
        let (in_reference, in_current) = (reference.counts(), current.counts());
        let n_categories = grid.categories().len();
        if in_reference.len() != n_categories || in_current.len() != n_categories {
            return Err(StatsError::GridMismatch);
        }
        if reference.n_unseen() + current.n_unseen() == 0 {
            return Ok(None);
        }
        let named = [Unseen::of(reference), Unseen::of(current)];
        let mut cells: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        for (place, category) in grid.categories().iter().enumerate() {
            cells.insert(category, [in_reference[place], in_current[place]]);
        }
        for (side, unseen) in named.iter().enumerate() {
            for &(name, count) in &unseen.names {
                // What the other side may have forgotten has no cell of its own.
                if named[1 - side].knows(name) {
                    cells.entry(name).or_default()[side] += count;
                }
            }
        }
        if named.iter().all(|unseen| unseen.is_complete) {
            return Ok(Some(Self::new(
                &cells,
                [0, 0],
                "unseen values by name".to_owned(),
            )));
        }
        let largest_missing = match reference.n_unseen() {
            0 => 0,
            _ => in_reference.iter().copied().min().unwrap_or(0),
        };
        let fewest = fewest_rows(largest_missing, reference.n(), current.n());
        let before = cells.len();
        cells.retain(|_, cell| cell[0] + cell[1] >= fewest);
        let apart = cells
            .values()
            .fold([0, 0], |sum, cell| [sum[0] + cell[0], sum[1] + cell[1]]);
        let rest = [
            reference.n().saturating_sub(apart[0]),
            current.n().saturating_sub(apart[1]),
        ];
        let how = format!(
            "{} categories with fewer than {fewest} rows and unseen values as one",
            before - cells.len()
        );
        Ok(Some(Self::new(&cells, rest, how)))
    }

    fn new(cells: &BTreeMap<&str, [u64; 2]>, rest: [u64; 2], how: String) -> Self {
        let all = || cells.values().chain([&rest]);
        Self {
            reference: all().map(|cell| cell[0]).collect(),
            current: all().map(|cell| cell[1]).collect(),
            how,
        }
    }
}

/// What a profile knows of its unseen values.
struct Unseen<'a> {
    names: Vec<(&'a str, u64)>,
    is_complete: bool,
}

impl<'a> Unseen<'a> {
    fn of(profile: &'a CategoricalProfile) -> Self {
        let names = profile.unseen_values();
        let n_named: u64 = names.iter().map(|(_, count)| count).sum();
        Self {
            is_complete: n_named == profile.n_unseen(),
            names,
        }
    }

    /// Whether the count of a value is known, 0 included.
    fn knows(&self, name: &str) -> bool {
        self.is_complete || self.names.iter().any(|(known, _)| *known == name)
    }
}

/// The fewest rows on both sides together of which, with equal shares, more than `missing` are the
/// reference's in all but one of a thousand cases.
fn fewest_rows(missing: u64, n: u64, m: u64) -> u64 {
    let share = n as f64 / (n + m) as f64;
    let is_enough = |rows: u64| 1.0 - binomial_sf(missing + 1, rows, share) <= MISSING_BY_CHANCE;
    let mut high = missing + 1;
    while !is_enough(high) && high < n + m {
        high *= 2;
    }
    let mut low = missing;
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
