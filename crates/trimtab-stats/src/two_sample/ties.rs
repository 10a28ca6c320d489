//! What rank statistics see of two samples: how many of each stand at every distinct
//! value, in increasing order.

/// The rows of both samples that share one value, or one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tie {
    /// The value, or where the bin's values stand.
    pub(crate) value: f64,
    /// Rows of the reference.
    pub(crate) reference: u64,
    /// Rows of the current sample.
    pub(crate) current: u64,
}

impl Tie {
    /// Rows of both samples.
    pub(crate) fn n(self) -> u64 {
        self.reference + self.current
    }
}

/// Walks two sorted samples at once.
#[derive(Debug, Clone)]
pub(crate) struct Ties<'a> {
    reference: &'a [f64],
    current: &'a [f64],
    i: usize,
    j: usize,
}

/// The ties of two sorted samples of finite values.
pub(crate) fn ties<'a>(reference: &'a [f64], current: &'a [f64]) -> Ties<'a> {
    Ties {
        reference,
        current,
        i: 0,
        j: 0,
    }
}

impl Iterator for Ties<'_> {
    type Item = Tie;

    fn next(&mut self) -> Option<Tie> {
        let value = match (self.reference.get(self.i), self.current.get(self.j)) {
            (Some(&r), Some(&c)) => r.min(c),
            (Some(&r), None) => r,
            (None, Some(&c)) => c,
            (None, None) => return None,
        };
        let (i, j) = (self.i, self.j);
        while self.i < self.reference.len() && self.reference[self.i] <= value {
            self.i += 1;
        }
        while self.j < self.current.len() && self.current[self.j] <= value {
            self.j += 1;
        }
        Some(Tie {
            value,
            reference: (self.i - i) as u64,
            current: (self.j - j) as u64,
        })
    }
}

/// The ties of two samples counted in the same bins, in the order of their values:
/// each bin in use is one, at the number of its place.
pub(crate) fn ties_of_bins<'a>(
    reference: &'a [u64],
    current: &'a [u64],
) -> impl Iterator<Item = Tie> + Clone + 'a {
    reference
        .iter()
        .zip(current)
        .enumerate()
        .map(|(bin, (&reference, &current))| Tie {
            value: bin as f64,
            reference,
            current,
        })
        .filter(|tie| tie.n() > 0)
}

/// Joins neighbouring ties until there are about `n_groups` equally full ones, so that
/// the cost of a permutation does not grow with the rows. A group stands at the mean of
/// its values.
pub(crate) fn joined(ties: impl Iterator<Item = Tie>, n_rows: u64, n_groups: u64) -> Vec<Tie> {
    let full = n_rows.div_ceil(n_groups).max(1);
    let mut groups: Vec<Tie> = Vec::new();
    let mut is_open = false;
    for tie in ties {
        match groups.last_mut() {
            Some(group) if is_open => {
                let share = tie.n() as f64 / (group.n() + tie.n()) as f64;
                group.value = group.value * (1.0 - share) + tie.value * share;
                group.reference += tie.reference;
                group.current += tie.current;
            }
            _ => groups.push(tie),
        }
        is_open = groups.last().is_some_and(|group| group.n() < full);
    }
    groups
}
