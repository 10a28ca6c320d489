//! The profile of a categorical column.

use super::counts::Counts;
use super::subtract_counts;
use crate::bytes::{Reader, Writer};
use crate::distinct::{DistinctSketch, hash_text};
use crate::error::StatsError;
use crate::grid::CategoricalGrid;
use std::borrow::Cow;
use std::collections::BTreeMap;

const MAX_CATEGORIES: usize = 1 << 16;
/// Names of unseen values that are kept.
const N_UNSEEN_NAMES: usize = 64;
/// Bytes of a name that are kept.
const NAME_BYTES: usize = 128;

/// Counts of a categorical column: one per category of its grid, and unseen values.
///
/// Unseen values are counted exactly in total. Up to 64 of them are named with
/// their exact counts; beyond that the 64 with the smallest hashes stay, which is
/// the one choice that does not depend on the order of merging.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoricalProfile {
    counts: Counts,
    n: u64,
    missing: u64,
    unseen: u64,
    /// By hash, then name.
    unseen_names: BTreeMap<(u32, String), u64>,
    unseen_distinct: DistinctSketch,
}

impl CategoricalProfile {
    /// The profile of no rows on a grid.
    pub fn empty(grid: &CategoricalGrid) -> Self {
        Self {
            counts: Counts::zeros(grid.categories().len()),
            n: 0,
            missing: 0,
            unseen: 0,
            unseen_names: BTreeMap::new(),
            unseen_distinct: DistinctSketch::default(),
        }
    }

    /// Counts `count` rows of one value.
    pub fn add(&mut self, grid: &CategoricalGrid, value: &str, count: u64) {
        if count == 0 {
            return;
        }
        self.n += count;
        if let Some(place) = grid.position(value).filter(|&i| i < self.counts.len()) {
            self.counts.add(place, count);
            return;
        }
        self.unseen += count;
        let name = shorten(value);
        let hash = hash_text(name);
        self.unseen_distinct.add_hash(hash);
        let key = (hash, name.to_owned());
        *self.unseen_names.entry(key).or_default() += count;
        self.forget_names();
    }

    /// Counts rows per category of the grid at once (the fast path of dictionary
    /// columns).
    ///
    /// # Errors
    ///
    /// [`StatsError::BinCountMismatch`] if there are more counts than categories.
    pub fn add_index_counts(&mut self, counts: &[u64]) -> Result<(), StatsError> {
        if counts.len() > self.counts.len() {
            return Err(StatsError::BinCountMismatch {
                reference: self.counts.len(),
                current: counts.len(),
            });
        }
        self.counts.add_all(counts);
        self.n += counts.iter().sum::<u64>();
        Ok(())
    }

    /// Counts missing values.
    pub fn add_missing(&mut self, n: u64) {
        self.missing += n;
    }

    /// Values, unseen ones included. Unit: rows.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Missing values. Unit: rows.
    pub fn n_missing(&self) -> u64 {
        self.missing
    }

    /// All rows seen.
    pub fn n_rows(&self) -> u64 {
        self.n + self.missing
    }

    /// Rows whose value is not in the grid.
    pub fn n_unseen(&self) -> u64 {
        self.unseen
    }

    /// Counts per category of the grid.
    ///
    /// Kept as a list where few categories are in use; taking them all then costs a
    /// table, so take them once.
    pub fn counts(&self) -> Cow<'_, [u64]> {
        self.counts.all()
    }

    /// Counts per category of the grid, then the unseen values.
    pub fn counts_with_unseen(&self) -> Vec<u64> {
        let mut counts = self.counts().into_owned();
        counts.push(self.unseen);
        counts
    }

    /// Estimated number of distinct values.
    pub fn n_distinct(&self) -> u64 {
        let seen = self.counts.used().count() as u64;
        if self.unseen == 0 {
            seen
        } else {
            seen + self.unseen_distinct.estimate()
        }
    }

    /// Named unseen values and their rows, most frequent first.
    pub fn unseen_values(&self) -> Vec<(&str, u64)> {
        let names = self.unseen_names.iter();
        let mut values: Vec<(&str, u64)> = names
            .map(|((_, name), &count)| (name.as_str(), count))
            .collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        values
    }

    /// The `n` most frequent values, unseen ones among them, and their rows.
    pub fn top<'a>(&'a self, grid: &'a CategoricalGrid, n: usize) -> Vec<(&'a str, u64)> {
        let categories = grid.categories();
        let mut values: Vec<(&str, u64)> = self
            .counts
            .used()
            .filter_map(|(place, count)| Some((categories.get(place)?.as_str(), count)))
            .chain(self.unseen_values())
            .collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        values.truncate(n);
        values
    }

    fn forget_names(&mut self) {
        while self.unseen_names.len() > N_UNSEEN_NAMES {
            self.unseen_names.pop_last();
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.counts.len() != other.counts.len() {
            return Err(StatsError::GridMismatch);
        }
        if self.n_rows().checked_add(other.n_rows()).is_none() {
            return Err(StatsError::TooManyRows);
        }
        self.counts.merge(&other.counts);
        self.n += other.n;
        self.missing += other.missing;
        self.unseen += other.unseen;
        for (key, count) in &other.unseen_names {
            *self.unseen_names.entry(key.clone()).or_default() += count;
        }
        self.forget_names();
        self.unseen_distinct.merge(&other.unseen_distinct);
        Ok(())
    }

    pub(crate) fn subtract(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.counts.len() != other.counts.len() {
            return Err(StatsError::GridMismatch);
        }
        let counts = self.counts.subtract(&other.counts)?;
        let rest = subtract_counts(&[self.missing, self.unseen], &[other.missing, other.unseen])?;
        self.counts = counts;
        self.n -= other.n;
        self.missing = rest[0];
        self.unseen = rest[1];
        for (key, count) in &other.unseen_names {
            if let Some(ours) = self.unseen_names.get_mut(key) {
                *ours = ours.saturating_sub(*count);
                if *ours == 0 {
                    self.unseen_names.remove(key);
                }
            }
        }
        if self.unseen == 0 {
            self.unseen_names.clear();
            self.unseen_distinct = DistinctSketch::default();
        }
        Ok(())
    }

    pub(super) fn write(&self, out: &mut Writer) {
        self.counts.write(out);
        out.varint(self.missing);
        out.varint(self.unseen);
        if self.unseen > 0 {
            out.length(self.unseen_names.len());
            for ((_, name), &count) in &self.unseen_names {
                out.text(name);
                out.varint(count);
            }
            self.unseen_distinct.write(out);
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        let (counts, seen) = Counts::read(input, MAX_CATEGORIES)?;
        let missing = input.varint()?;
        let unseen = input.varint()?;
        let n = seen.checked_add(unseen).ok_or_else(|| input.foreign())?;
        if n.checked_add(missing).is_none() {
            return Err(input.foreign());
        }
        let mut unseen_names = BTreeMap::new();
        let mut unseen_distinct = DistinctSketch::default();
        if unseen > 0 {
            let n_names = input.length(2)?;
            if n_names > N_UNSEEN_NAMES {
                return Err(input.foreign());
            }
            let mut named = 0_u64;
            for _ in 0..n_names {
                let name = input.text()?;
                let count = input.varint()?;
                named = named.checked_add(count).ok_or_else(|| input.foreign())?;
                let key = (hash_text(&name), name);
                let in_order = unseen_names
                    .last_key_value()
                    .is_none_or(|(last, _)| last < &key);
                if !in_order || count == 0 || named > unseen || key.1.len() > NAME_BYTES {
                    return Err(input.foreign());
                }
                unseen_names.insert(key, count);
            }
            unseen_distinct = DistinctSketch::read(input)?;
        }
        Ok(Self {
            counts,
            n,
            missing,
            unseen,
            unseen_names,
            unseen_distinct,
        })
    }
}

/// The name, cut to a bounded number of bytes at a character's end.
fn shorten(value: &str) -> &str {
    if value.len() <= NAME_BYTES {
        return value;
    }
    let mut end = NAME_BYTES;
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}
