//! Counts of bins or categories: few of them as a list, many as a table.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use std::borrow::Cow;

/// A list may fill at most this part of the table it stands for.
const SPARSE_SHARE: usize = 4;

/// Counts by position. A window of few rows uses few bins, and takes little room then.
#[derive(Debug, Clone)]
pub(super) enum Counts {
    /// Positions in ascending order, with their counts.
    Sparse { n: usize, used: Vec<(u16, u32)> },
    /// One count per position.
    Dense(Vec<u64>),
}

impl Counts {
    /// `n` zeros; 65,536 at most fit the short form.
    pub(super) fn zeros(n: usize) -> Self {
        if n <= 1 << 16 {
            let used = Vec::new();
            Self::Sparse { n, used }
        } else {
            Self::Dense(vec![0; n])
        }
    }

    /// All counts; those of a list are written out.
    pub(super) fn all(&self) -> Cow<'_, [u64]> {
        match self {
            Self::Dense(counts) => Cow::Borrowed(counts),
            Self::Sparse { n, used } => {
                let mut counts = vec![0; *n];
                for &(place, count) in used {
                    counts[usize::from(place)] = u64::from(count);
                }
                Cow::Owned(counts)
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Dense(counts) => counts.len(),
            Self::Sparse { n, .. } => *n,
        }
    }

    /// The count at a position; 0 beyond the end.
    pub(super) fn get(&self, place: usize) -> u64 {
        match self {
            Self::Dense(counts) => counts.get(place).copied().unwrap_or(0),
            Self::Sparse { used, .. } => used
                .binary_search_by_key(&place, |&(place, _)| usize::from(place))
                .map_or(0, |found| u64::from(used[found].1)),
        }
    }

    /// Positions in ascending order whose count is not 0, with their counts.
    pub(super) fn used(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let (dense, sparse) = match self {
            Self::Dense(counts) => (counts.as_slice(), [].as_slice()),
            Self::Sparse { used, .. } => ([].as_slice(), used.as_slice()),
        };
        let dense = dense.iter().copied().enumerate();
        let sparse = sparse.iter();
        dense
            .filter(|&(_, count)| count > 0)
            .chain(sparse.map(|&(place, count)| (usize::from(place), u64::from(count))))
    }

    /// Adds to one count; positions beyond the end are ignored.
    #[inline]
    pub(super) fn add(&mut self, place: usize, count: u64) {
        match self {
            Self::Dense(counts) => {
                if let Some(slot) = counts.get_mut(place) {
                    *slot += count;
                }
            }
            Self::Sparse { .. } => self.add_to_list(place, count),
        }
    }

    fn add_to_list(&mut self, place: usize, count: u64) {
        let Self::Sparse { n, used } = self else {
            return;
        };
        if place >= *n || count == 0 {
            return;
        }
        let is_full = used.len() >= *n / SPARSE_SHARE;
        let (Ok(short_place), Ok(short_count)) = (u16::try_from(place), u32::try_from(count))
        else {
            self.table().add(place, count);
            return;
        };
        match used.binary_search_by_key(&short_place, |&(place, _)| place) {
            Ok(found) => match used[found].1.checked_add(short_count) {
                Some(sum) => used[found].1 = sum,
                None => self.table().add(place, count),
            },
            Err(_) if is_full => self.table().add(place, count),
            Err(next) => used.insert(next, (short_place, short_count)),
        }
    }

    /// Turns a list into a table.
    fn table(&mut self) -> &mut Self {
        if let Self::Sparse { .. } = self {
            *self = Self::Dense(self.all().into_owned());
        }
        self
    }

    /// Adds counts position by position; surplus ones are ignored.
    pub(super) fn add_all(&mut self, others: &[u64]) {
        let n_used = others.iter().filter(|&&count| count > 0).count();
        if n_used > self.len() / SPARSE_SHARE {
            self.table();
        }
        for (place, &count) in others.iter().enumerate() {
            if count > 0 {
                self.add(place, count);
            }
        }
    }

    /// Adds the counts of another of the same length.
    pub(super) fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Dense(ours), Self::Dense(theirs)) => {
                for (our, their) in ours.iter_mut().zip(theirs) {
                    *our += their;
                }
            }
            (_, Self::Dense(counts)) => self.add_all(counts),
            (_, Self::Sparse { .. }) => {
                for (place, count) in other.used() {
                    self.add(place, count);
                }
            }
        }
    }

    /// Takes away the counts of another of the same length.
    ///
    /// # Errors
    ///
    /// [`StatsError::NotContained`] if one is larger than ours; nothing is changed then.
    pub(super) fn subtract(&self, other: &Self) -> Result<Self, StatsError> {
        let mut rest = self.clone();
        for (place, count) in other.used() {
            let left = rest
                .get(place)
                .checked_sub(count)
                .ok_or(StatsError::NotContained)?;
            rest.set(place, left);
        }
        Ok(rest)
    }

    /// Lowers a count.
    fn set(&mut self, place: usize, count: u64) {
        match self {
            Self::Dense(counts) => {
                if let Some(slot) = counts.get_mut(place) {
                    *slot = count;
                }
            }
            Self::Sparse { used, .. } => {
                let found = used.binary_search_by_key(&place, |&(place, _)| usize::from(place));
                if let (Ok(found), Ok(count)) = (found, u32::try_from(count)) {
                    used[found].1 = count;
                    if count == 0 {
                        used.remove(found);
                    }
                }
            }
        }
    }

    /// Pairs of gap and count, zeros left out.
    pub(super) fn write(&self, out: &mut Writer) {
        out.length(self.len());
        out.length(self.used().count());
        let mut next = 0;
        for (place, count) in self.used() {
            out.length(place - next);
            out.varint(count);
            next = place + 1;
        }
    }

    /// Reads what [`Counts::write`] wrote; refuses sums beyond 64 bits. Returns the sum
    /// with the counts.
    pub(super) fn read(input: &mut Reader<'_>, n_max: usize) -> Result<(Self, u64), StatsError> {
        let n = usize::try_from(input.varint()?).map_err(|_| input.foreign())?;
        if n > n_max {
            return Err(input.foreign());
        }
        let n_used = input.length(2)?;
        let mut counts = Self::zeros(n);
        if n_used > n / SPARSE_SHARE {
            counts.table();
        }
        let mut next = 0_usize;
        let mut total = 0_u64;
        for _ in 0..n_used {
            let gap = usize::try_from(input.varint()?).map_err(|_| input.foreign())?;
            let count = input.varint()?;
            let place = next.checked_add(gap).ok_or_else(|| input.foreign())?;
            total = total.checked_add(count).ok_or_else(|| input.foreign())?;
            if place >= n || count == 0 {
                return Err(input.foreign());
            }
            counts.add(place, count);
            next = place + 1;
        }
        Ok((counts, total))
    }
}

impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.used().eq(other.used())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[u64]) -> Counts {
        let mut made = Counts::zeros(counts.len());
        made.add_all(counts);
        made
    }

    fn is_list(counts: &Counts) -> bool {
        matches!(counts, Counts::Sparse { .. })
    }

    #[test]
    fn few_are_a_list_and_many_a_table() {
        let mut counts = Counts::zeros(40);
        for place in 0..10 {
            counts.add(place * 3, 2);
            assert!(is_list(&counts));
        }
        counts.add(0, 5);
        assert!(is_list(&counts));
        counts.add(1, 1);
        assert!(!is_list(&counts));
        assert_eq!(counts.all()[..4], [7, 1, 0, 2]);
        assert_eq!(counts.used().count(), 11);
    }

    #[test]
    fn a_count_beyond_32_bits_makes_a_table() {
        let mut counts = Counts::zeros(1_000);
        counts.add(7, u64::from(u32::MAX));
        assert!(is_list(&counts));
        counts.add(7, 1);
        assert_eq!(counts.get(7), 1 << 32);
        let mut large = Counts::zeros(1_000);
        large.add(3, 1 << 40);
        assert_eq!(large.get(3), 1 << 40);
    }

    #[test]
    fn lists_and_tables_with_the_same_counts_are_equal() {
        let list = of(&[0, 0, 0, 0, 0, 0, 0, 3]);
        let mut table = list.clone();
        table.table();
        assert!(is_list(&list) && !is_list(&table));
        assert_eq!(list, table);
        assert_ne!(list, of(&[0, 0, 0, 0, 0, 0, 0, 4]));
    }

    #[test]
    fn what_was_merged_can_be_subtracted() {
        let parts = [of(&[0, 2, 0, 0, 0, 0, 0, 0]), of(&[1, 1, 1, 1, 1, 1, 1, 1])];
        for (a, b) in [(0, 1), (1, 0), (0, 0)] {
            let mut whole = parts[a].clone();
            whole.merge(&parts[b]);
            assert_eq!(whole.subtract(&parts[b]), Ok(parts[a].clone()));
        }
        assert_eq!(parts[0].subtract(&parts[1]), Err(StatsError::NotContained));
    }
}
