//! The last rows in order of size: their median and spread at any time.

use std::collections::VecDeque;

/// Makes the median absolute deviation estimate a normal law's standard deviation.
pub(crate) const MAD_TO_SD: f64 = 1.482_602_218_505_602;

/// The last `capacity` finite values, kept sorted.
///
/// Adding moves at most `capacity` values in memory; the median is at hand and the
/// median absolute deviation costs a binary search.
#[derive(Debug, Clone, PartialEq)]
pub struct RollingWindow {
    capacity: usize,
    arrivals: VecDeque<f64>,
    sorted: Vec<f64>,
}

impl RollingWindow {
    /// An empty window for at most `capacity` values (at least one).
    pub fn with_capacity(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            capacity,
            arrivals: VecDeque::with_capacity(capacity),
            sorted: Vec::with_capacity(capacity),
        }
    }

    /// Adds a value, dropping the oldest if the window is full. Values that are not
    /// finite are left out.
    pub fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        if self.arrivals.len() == self.capacity
            && let Some(oldest) = self.arrivals.pop_front()
        {
            let position = self.sorted.partition_point(|&x| x < oldest);
            self.sorted.remove(position);
        }
        self.arrivals.push_back(value);
        let position = self.sorted.partition_point(|&x| x < value);
        self.sorted.insert(position, value);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.arrivals.clear();
        self.sorted.clear();
    }

    /// Number of values held.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The values, smallest first.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// The values, oldest first.
    pub fn arrivals(&self) -> impl DoubleEndedIterator<Item = f64> + '_ {
        self.arrivals.iter().copied()
    }

    /// The median; `None` if nothing is held.
    pub fn median(&self) -> Option<f64> {
        median_of_sorted(&self.sorted)
    }

    /// The median absolute deviation from the median, not rescaled; `None` if nothing
    /// is held.
    pub fn mad(&self) -> Option<f64> {
        mad_of_sorted(&self.sorted)
    }
}

/// The midpoint that does not overflow.
fn midpoint(a: f64, b: f64) -> f64 {
    0.5 * a + 0.5 * b
}

/// The median of sorted values.
pub(crate) fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len();
    let upper = *sorted.get(n / 2)?;
    if n % 2 == 1 {
        return Some(upper);
    }
    Some(midpoint(sorted[n / 2 - 1], upper))
}

/// The median of values in any order; `None` without a finite one.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    finite.sort_unstable_by(f64::total_cmp);
    median_of_sorted(&finite)
}

/// The median absolute deviation of sorted values.
///
/// The deviations left and right of the median are two sorted lists; the middle of
/// their union is found without building it.
pub(crate) fn mad_of_sorted(sorted: &[f64]) -> Option<f64> {
    let center = median_of_sorted(sorted)?;
    let split = sorted.partition_point(|&x| x < center);
    let below = |i: usize| center - sorted[split - 1 - i];
    let above = |i: usize| sorted[split + i] - center;
    let (n_below, n_above) = (split, sorted.len() - split);
    let n = sorted.len();
    let select = |rank: usize| -> f64 {
        // How many of the `rank + 1` smallest come from below.
        let mut low = (rank + 1).saturating_sub(n_above);
        let mut high = (rank + 1).min(n_below);
        while low < high {
            let i = usize::midpoint(low, high);
            let j = rank + 1 - i;
            // Too few from below while its next deviation is smaller than the last taken above.
            if j > 0 && below(i) < above(j - 1) {
                low = i + 1;
            } else {
                high = i;
            }
        }
        let j = rank + 1 - low;
        let from_below = if low > 0 { below(low - 1) } else { 0.0 };
        let from_above = if j > 0 { above(j - 1) } else { 0.0 };
        from_below.max(from_above)
    };
    let upper = select(n / 2);
    if n % 2 == 1 {
        return Some(upper);
    }
    Some(midpoint(select(n / 2 - 1), upper))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn median_and_mad_equal_the_plain_definitions_at_every_row() {
        let mut random = Random::from_seed(3);
        for capacity in [1, 2, 3, 10, 31] {
            let mut window = RollingWindow::with_capacity(capacity);
            let mut kept: Vec<f64> = Vec::new();
            for _ in 0..200 {
                // Few distinct values: ties must not confuse the search.
                let value = (random.normal() * 2.0).round();
                window.push(value);
                kept.push(value);
                if kept.len() > capacity {
                    kept.remove(0);
                }
                let center = median(&kept).unwrap();
                let deviations: Vec<f64> = kept.iter().map(|x| (x - center).abs()).collect();
                assert_eq!(window.median(), Some(center));
                assert_eq!(window.mad(), median(&deviations));
            }
        }
    }
}
