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
    let [distance] = integrate(reference, current, |f, g| [(f - g).abs()])?;
    Ok(distance)
}

/// Expected distance of the two samples without drift, in the column's unit: the
/// integral of `√(2/π · H(1−H) · (1/n + 1/m))` over the pooled distribution
/// function `H`.
///
/// # Errors
///
/// As [`wasserstein_distance`].
pub fn wasserstein_noise_floor(reference: &[f64], current: &[f64]) -> Result<f64, StatsError> {
    Ok(wasserstein_with_noise_floor(reference, current)?.1)
}

/// [`wasserstein_distance`] and [`wasserstein_noise_floor`] in one pass.
///
/// # Errors
///
/// As [`wasserstein_distance`].
pub(crate) fn wasserstein_with_noise_floor(
    reference: &[f64],
    current: &[f64],
) -> Result<(f64, f64), StatsError> {
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let share = n / (n + m);
    let [distance, spread] = integrate(reference, current, |f, g| {
        let pooled = share * f + (1.0 - share) * g;
        [(f - g).abs(), (pooled * (1.0 - pooled)).max(0.0).sqrt()]
    })?;
    Ok((distance, spread * noise_factor(n, m)))
}

/// Integrates functions of both distribution functions over the pooled range.
///
/// Takes value by value without looking for ties (between equal values there is no width) and
/// without a branch on which side is next, which no processor could foretell.
fn integrate<const N: usize>(
    reference: &[f64],
    current: &[f64],
    height: impl Fn(f64, f64) -> [f64; N],
) -> Result<[f64; N], StatsError> {
    check_sorted(reference, current)?;
    let per_reference = 1.0 / reference.len() as f64;
    let per_current = 1.0 / current.len() as f64;
    let mut areas = [0.0; N];
    let mut previous = reference[0].min(current[0]);
    let mut step = |i: usize, j: usize, value: f64| {
        let heights = height(i as f64 * per_reference, j as f64 * per_current);
        for (area, height) in areas.iter_mut().zip(heights) {
            *area += height * (value - previous);
        }
        previous = value;
    };
    let (mut i, mut j) = (0, 0);
    while let (Some(&r), Some(&c)) = (reference.get(i), current.get(j)) {
        step(i, j, r.min(c));
        let is_reference = usize::from(r <= c);
        i += is_reference;
        j += 1 - is_reference;
    }
    for (taken, &value) in reference[i..].iter().enumerate() {
        step(i + taken, j, value);
    }
    for (taken, &value) in current[j..].iter().enumerate() {
        step(i, j + taken, value);
    }
    Ok(areas)
}

fn noise_factor(n: f64, m: f64) -> f64 {
    (2.0 / std::f64::consts::PI * (1.0 / n + 1.0 / m)).sqrt()
}

/// Computes the Wasserstein-1 distance of two profiles on one grid.
///
/// Inside a bin the values of both samples are taken as spread evenly (a bin of one
/// distinct value has no width); those of an open outer bin stand at their own mean, so
/// the distance keeps growing outside the reference's range. The error is at most half
/// the mean width of the bins in use, and usually far less.
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
    integrate_binned(grid, reference, current, |(f0, g0), (f1, g1)| {
        let (before, after) = (f0 - g0, f1 - g1);
        if before * after >= 0.0 {
            0.5 * (before + after).abs()
        } else {
            // The functions cross inside the bin.
            0.5 * (before * before + after * after) / (before.abs() + after.abs())
        }
    })
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
    let height = |(f, g): (f64, f64)| {
        let pooled = share * f + (1.0 - share) * g;
        (pooled * (1.0 - pooled)).max(0.0).sqrt()
    };
    let integral = integrate_binned(grid, reference, current, |before, after| {
        0.5 * (height(before) + height(after))
    })?;
    Ok(integral * noise_factor(n, m))
}

/// Integrates over the pooled range. `height` gets both distribution functions at the
/// start and at the end of a stretch on which they are linear.
pub(super) fn integrate_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
    height: impl Fn((f64, f64), (f64, f64)) -> f64,
) -> Result<f64, StatsError> {
    for profile in [reference, current] {
        if profile.n_bins() != grid.n_bins() {
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
    let mut walk = Walk {
        n: reference.n() as f64,
        m: current.n() as f64,
        i: 0,
        j: 0,
        position: None,
        area: 0.0,
        height,
    };
    let last = grid.n_bins() - 1;
    walk.outer(
        (reference.mean_below(), reference.count(0)),
        (current.mean_below(), current.count(0)),
    );
    let edges = grid.edges();
    let counts = (reference.counts(), current.counts());
    let bins = counts.0.iter().zip(counts.1.iter());
    for (bin, (&in_reference, &in_current)) in bins.enumerate().take(last).skip(1) {
        walk.stretch(edges[bin - 1], edges[bin], in_reference, in_current);
    }
    walk.outer(
        (reference.mean_above(), reference.count(last)),
        (current.mean_above(), current.count(last)),
    );
    Ok(walk.area)
}

/// A walk over positions in increasing order that sums up area.
struct Walk<H> {
    n: f64,
    m: f64,
    i: u64,
    j: u64,
    /// Where the walk stands; `None` before the first value.
    position: Option<f64>,
    area: f64,
    height: H,
}

impl<H: Fn((f64, f64), (f64, f64)) -> f64> Walk<H> {
    /// Values of both samples, evenly spread between two positions.
    fn stretch(&mut self, from: f64, to: f64, in_reference: u64, in_current: u64) {
        if in_reference == 0 && in_current == 0 {
            return;
        }
        let before = (self.i as f64 / self.n, self.j as f64 / self.m);
        self.i += in_reference;
        self.j += in_current;
        let after = (self.i as f64 / self.n, self.j as f64 / self.m);
        if let Some(position) = self.position {
            self.area += (self.height)(before, before) * (from - position).max(0.0);
        }
        if to > from {
            self.area += (self.height)(before, after) * (to - from);
        }
        self.position = Some(to);
    }

    /// An open outer bin: each sample stands at its own mean.
    fn outer(&mut self, reference: (Option<f64>, u64), current: (Option<f64>, u64)) {
        let ours = reference.0.unwrap_or(f64::INFINITY);
        let theirs = current.0.unwrap_or(f64::INFINITY);
        let [first, second] = [(ours, reference.1, 0), (theirs, 0, current.1)];
        let ordered = if ours <= theirs {
            [first, second]
        } else {
            [second, first]
        };
        for (position, in_reference, in_current) in ordered {
            self.stretch(position, position, in_reference, in_current);
        }
    }
}
