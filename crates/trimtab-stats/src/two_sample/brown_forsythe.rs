//! Brown–Forsythe: do two samples scatter equally around their medians?

use super::{check_sorted, tied_counts, totals};
use crate::error::StatsError;
use crate::grid::NumericGrid;
use crate::profile::NumericProfile;
use crate::special::student_t_sf;

/// What a comparison of spreads found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrownForsythe {
    /// The F statistic with 1 and `n + m − 2` degrees of freedom, `≥ 0`.
    pub statistic: f64,
    /// Its p-value.
    pub p_value: f64,
    /// Mean absolute deviation from the own median: of the reference, of the current
    /// sample; in the column's unit (or in shares of the pooled sample, on ranks).
    pub spread: (f64, f64),
}

/// Computes the Brown–Forsythe test of two samples: Levene's test around the medians.
///
/// An analysis of variance of `|x − median of its own sample|`.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`.
///
/// # Returns
///
/// F statistic and p-value; small where the samples scatter differently, whatever
/// their location. Two constants give 0 and 1.
///
/// It compares means of deviations, and with heavy tails and very unequal sizes those
/// are far from normal: on lognormal values, 50 against 100,000, it alarms several
/// times too often. The default decision therefore uses [`brown_forsythe_ranked`].
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// # Numerics
///
/// Values are scaled by the largest first where they are huge or tiny. `O(n + m)`.
///
/// # Source
///
/// M. Brown and A. Forsythe, *Robust tests for the equality of variances* (1974); equal
/// to `SciPy`'s `levene(center="median")`. Golden values:
/// `tests/oracle/stats/row_test.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::brown_forsythe;
///
/// let narrow = [-1.0, -0.5, 0.0, 0.5, 1.0];
/// let wide = [-30.0, -15.0, 0.0, 15.0, 30.0];
/// assert!(brown_forsythe(&narrow, &wide)?.p_value < 0.05);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn brown_forsythe(reference: &[f64], current: &[f64]) -> Result<BrownForsythe, StatsError> {
    check_sorted(reference, current)?;
    let ends = [reference, current].map(|side| (side[0], side[side.len() - 1]));
    let unit = unit_of(ends.iter().flat_map(|&(low, high)| [low, high]));
    let side = |values: &[f64]| {
        let n = values.len();
        // Halves first, so that the sum of two huge values stays a number.
        let median = 0.5 * values[(n - 1) / 2] / unit + 0.5 * values[n / 2] / unit;
        Deviations::of(
            values
                .iter()
                .map(|value| ((value / unit - median).abs(), 1.0)),
        )
    };
    let found = judge(&side(reference), &side(current));
    Ok(BrownForsythe {
        spread: (found.spread.0 * unit, found.spread.1 * unit),
        ..found
    })
}

/// A divisor that keeps squares of the values inside the range of floats.
fn unit_of(values: impl Iterator<Item = f64>) -> f64 {
    let largest = values.fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || (1e-100..1e100).contains(&largest) {
        1.0
    } else {
        largest
    }
}

/// The test of [`brown_forsythe`] on two profiles of one grid: every value stands at the
/// representative of its bin, and the median is that of the bins (a named variant). Open
/// outer bins stand at their own mean.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if a profile does not belong to the grid.
/// * [`StatsError::EmptySample`] if a profile has no values.
pub fn brown_forsythe_binned(
    grid: &NumericGrid,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Result<BrownForsythe, StatsError> {
    let representatives = grid.representatives();
    for profile in [reference, current] {
        if profile.n_bins() != representatives.len() {
            return Err(StatsError::GridMismatch);
        }
    }
    totals(&reference.counts(), &current.counts())?;
    let places = [reference, current].map(|profile| places_of(representatives, profile));
    let unit = unit_of(places.iter().flatten().copied());
    let side = |profile: &NumericProfile, places: &[f64]| {
        let counts = profile.counts();
        let median = places[median_bin(&counts)] / unit;
        let deviation = |place: &f64| (place / unit - median).abs();
        let counts = counts.iter().map(|&count| count as f64);
        Deviations::of(places.iter().map(deviation).zip(counts))
    };
    let found = judge(&side(reference, &places[0]), &side(current, &places[1]));
    Ok(BrownForsythe {
        spread: (found.spread.0 * unit, found.spread.1 * unit),
        ..found
    })
}

/// Where the values of each bin stand.
fn places_of(representatives: &[f64], profile: &NumericProfile) -> Vec<f64> {
    let mut places = representatives.to_vec();
    if let (Some(place), Some(mean)) = (places.first_mut(), profile.mean_below()) {
        *place = mean;
    }
    if let (Some(place), Some(mean)) = (places.last_mut(), profile.mean_above()) {
        *place = mean;
    }
    places
}

fn median_bin(counts: &[u64]) -> usize {
    let total: u64 = counts.iter().sum();
    let mut seen = 0;
    let reached = |&count: &u64| {
        seen += count;
        2 * seen >= total
    };
    counts.iter().position(reached).unwrap_or(0)
}

/// The test of [`brown_forsythe`] on pooled ranks: every value is replaced by the share of
/// the pooled sample that lies below it (ties by half), so that no tail, however heavy,
/// can disturb the law.
///
/// Rising maps of the values change nothing. Spreads that differ are seen nearly as well
/// as by the raw values where those are normal, and better where they are not. This is
/// the form in the default decision.
///
/// # Errors
///
/// As [`brown_forsythe`].
pub fn brown_forsythe_ranked(
    reference: &[f64],
    current: &[f64],
) -> Result<BrownForsythe, StatsError> {
    check_sorted(reference, current)?;
    Ok(judge_ranks(&tied_counts(reference, current)))
}

/// [`brown_forsythe_ranked`] of two samples counted in the same bins, in the order of their
/// values; each bin is a tie.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
pub fn brown_forsythe_ranked_binned(
    reference: &[u64],
    current: &[u64],
) -> Result<BrownForsythe, StatsError> {
    totals(reference, current)?;
    let ties: Vec<[u64; 2]> = reference
        .iter()
        .zip(current)
        .map(|(&r, &c)| [r, c])
        .collect();
    Ok(judge_ranks(&ties))
}

/// Judges pooled counts per value; both sides have rows.
pub(crate) fn judge_ranks(ties: &[[u64; 2]]) -> BrownForsythe {
    let total: u64 = ties.iter().map(|tie| tie[0] + tie[1]).sum();
    let rank = move |below: u64, tie: &[u64; 2]| {
        (below as f64 + 0.5 * (tie[0] + tie[1]) as f64) / total as f64
    };
    let side = |side: usize| {
        let median = median_rank(ties, side, rank);
        let mut below = 0;
        Deviations::of(ties.iter().map(move |tie| {
            let deviation = (rank(below, tie) - median).abs();
            below += tie[0] + tie[1];
            (deviation, tie[side] as f64)
        }))
    };
    let found = judge(&side(0), &side(1));
    if found.statistic.is_infinite() {
        // Every deviation of a side is the same: there is no spread to judge by, and
        // Kolmogorov–Smirnov says all there is to say.
        return BrownForsythe {
            p_value: 1.0,
            ..found
        };
    }
    found
}

/// The median of a side's ranks, the mean of the two middle ones where there are two.
fn median_rank(ties: &[[u64; 2]], side: usize, rank: impl Fn(u64, &[u64; 2]) -> f64) -> f64 {
    let n: u64 = ties.iter().map(|tie| tie[side]).sum();
    let (lower, upper) = (n.div_ceil(2), n / 2 + 1);
    let (mut below, mut seen, mut low) = (0, 0, None);
    for tie in ties {
        seen += tie[side];
        if low.is_none() && seen >= lower {
            low = Some(rank(below, tie));
        }
        if seen >= upper {
            let high = rank(below, tie);
            return 0.5 * (low.unwrap_or(high) + high);
        }
        below += tie[0] + tie[1];
    }
    low.unwrap_or(0.5)
}

/// Number, mean and sum of squares around it of absolute deviations.
struct Deviations {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Deviations {
    /// From deviations and how often each occurs; two passes, so that no digits cancel.
    fn of(deviations: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let (mut n, mut sum) = (0.0, 0.0);
        for (deviation, count) in deviations.clone() {
            n += count;
            sum += deviation * count;
        }
        let mean = if n > 0.0 { sum / n } else { 0.0 };
        let squares = deviations
            .map(|(deviation, count)| count * (deviation - mean) * (deviation - mean))
            .sum();
        Self { n, mean, squares }
    }
}

fn judge(reference: &Deviations, current: &Deviations) -> BrownForsythe {
    let (n, m) = (reference.n, current.n);
    let df = n + m - 2.0;
    let within = reference.squares + current.squares;
    let between = n * m / (n + m) * (reference.mean - current.mean).powi(2);
    let spread = (reference.mean, current.mean);
    if df <= 0.0 || between == 0.0 {
        return BrownForsythe {
            statistic: 0.0,
            p_value: 1.0,
            spread,
        };
    }
    let statistic = df * between / within;
    let p_value = (2.0 * student_t_sf(statistic.sqrt(), df)).min(1.0);
    BrownForsythe {
        statistic,
        p_value,
        spread,
    }
}
