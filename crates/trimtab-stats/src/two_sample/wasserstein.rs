//! The Wasserstein-1 distance (earth mover's distance).

use super::check_sorted;
use crate::error::StatsError;
use crate::grid::NumericGrid;
use crate::profile::NumericProfile;

/// Computes the Wasserstein-1 (earth mover's) distance of two samples.
///
/// `∫ |F(x) − G(x)| dx`: how far, on average, the values of one sample must move to
/// become the other. In the column's unit, `≥ 0`; it keeps growing as samples move
/// apart, unlike the Kolmogorov–Smirnov statistic. Divide by the reference's
/// [`Spread::scale`](crate::Spread::scale) to compare columns.
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// # Numerics
///
/// One merge of the two slices, `O(n + m)`, no allocation.
///
/// # Source
///
/// L. Vaserstein (1969); equal to `SciPy`'s `wasserstein_distance`. Golden values:
/// `tests/oracle/stats/two_sample.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::wasserstein_distance;
///
/// assert_eq!(wasserstein_distance(&[0.0, 1.0], &[2.0, 3.0])?, 2.0);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn wasserstein_distance(reference: &[f64], current: &[f64]) -> Result<f64, StatsError> {
    Ok(integrate(reference, current, |f, g| (f - g).abs())?.0)
}

/// Expected distance of the two samples without drift, in the column's unit: the
/// integral of `√(2/π · H(1−H) · (1/n + 1/m))` over the pooled distribution
/// function `H`.
///
/// # Errors
///
/// As [`wasserstein_distance`].
pub fn wasserstein_noise_floor(reference: &[f64], current: &[f64]) -> Result<f64, StatsError> {
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let share = n / (n + m);
    let (integral, _) = integrate(reference, current, |f, g| {
        let pooled = share * f + (1.0 - share) * g;
        (pooled * (1.0 - pooled)).max(0.0).sqrt()
    })?;
    Ok(integral * noise_factor(n, m))
}

/// Integrates a function of both distribution functions over the pooled range.
fn integrate(
    reference: &[f64],
    current: &[f64],
    height: impl Fn(f64, f64) -> f64,
) -> Result<(f64, f64), StatsError> {
    check_sorted(reference, current)?;
    let (n, m) = (reference.len(), current.len());
    let (mut i, mut j) = (0, 0);
    let mut area = 0.0;
    let mut previous = reference[0].min(current[0]);
    while i < n || j < m {
        let value = match (reference.get(i), current.get(j)) {
            (Some(&r), Some(&c)) => r.min(c),
            (Some(&r), None) => r,
            (None, Some(&c)) => c,
            (None, None) => break,
        };
        area += height(i as f64 / n as f64, j as f64 / m as f64) * (value - previous);
        previous = value;
        while i < n && reference[i] <= value {
            i += 1;
        }
        while j < m && current[j] <= value {
            j += 1;
        }
    }
    Ok((area, previous))
}

fn noise_factor(n: f64, m: f64) -> f64 {
    (2.0 / std::f64::consts::PI * (1.0 / n + 1.0 / m)).sqrt()
}

/// Computes the Wasserstein-1 distance of two profiles on one grid.
///
/// The values of an inner bin stand at its representative (the mean of the
/// reference in it), those of an open outer bin at their own mean, so the distance
/// keeps growing outside the reference's range. Exact where the grid is; else the
/// error is at most the mean width of the bins in use.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if a profile does not belong to the grid.
/// * [`StatsError::EmptySample`] if a profile has no values.
pub fn wasserstein_distance_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Result<f64, StatsError> {
    integrate_binned(grid, reference, current, |f, g| (f - g).abs())
}

/// Expected distance of the two profiles without drift, in the column's unit.
///
/// # Errors
///
/// As [`wasserstein_distance_binned`].
pub fn wasserstein_noise_floor_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Result<f64, StatsError> {
    let (n, m) = (reference.n() as f64, current.n() as f64);
    let share = n / (n + m);
    let integral = integrate_binned(grid, reference, current, |f, g| {
        let pooled = share * f + (1.0 - share) * g;
        (pooled * (1.0 - pooled)).max(0.0).sqrt()
    })?;
    Ok(integral * noise_factor(n, m))
}

fn integrate_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
    height: impl Fn(f64, f64) -> f64,
) -> Result<f64, StatsError> {
    for profile in [reference, current] {
        if profile.counts().len() != grid.n_bins() {
            return Err(StatsError::GridMismatch);
        }
    }
    if reference.n() == 0 {
        return Err(StatsError::EmptySample {
            sample: "reference",
        });
    }
    if current.n() == 0 {
        return Err(StatsError::EmptySample { sample: "current" });
    }
    let last = grid.n_bins() - 1;
    let mut walk = Walk {
        n: reference.n() as f64,
        m: current.n() as f64,
        i: 0,
        j: 0,
        previous: None,
        area: 0.0,
        height,
    };
    walk.outer(
        (reference.mean_below(), reference.counts()[0]),
        (current.mean_below(), current.counts()[0]),
    );
    let inner = grid.representatives().iter().enumerate().take(last).skip(1);
    for (bin, &position) in inner {
        walk.step(position, reference.counts()[bin], current.counts()[bin]);
    }
    walk.outer(
        (reference.mean_above(), reference.counts()[last]),
        (current.mean_above(), current.counts()[last]),
    );
    Ok(walk.area)
}

/// A walk over positions in increasing order that sums up area.
struct Walk<H> {
    n: f64,
    m: f64,
    i: u64,
    j: u64,
    previous: Option<f64>,
    area: f64,
    height: H,
}

impl<H: Fn(f64, f64) -> f64> Walk<H> {
    fn step(&mut self, position: f64, in_reference: u64, in_current: u64) {
        if in_reference == 0 && in_current == 0 {
            return;
        }
        if let Some(previous) = self.previous {
            let (f, g) = (self.i as f64 / self.n, self.j as f64 / self.m);
            self.area += (self.height)(f, g) * (position - previous).max(0.0);
        }
        self.previous = Some(position);
        self.i += in_reference;
        self.j += in_current;
    }

    /// An open outer bin: each sample stands at its own mean.
    fn outer(&mut self, reference: (Option<f64>, u64), current: (Option<f64>, u64)) {
        let ours = reference.0.unwrap_or(f64::INFINITY);
        let theirs = current.0.unwrap_or(f64::INFINITY);
        let steps = [(ours, reference.1, 0), (theirs, 0, current.1)];
        let [first, second] = steps;
        let ordered = if ours <= theirs {
            [first, second]
        } else {
            [second, first]
        };
        for (position, in_reference, in_current) in ordered {
            self.step(position, in_reference, in_current);
        }
    }
}
