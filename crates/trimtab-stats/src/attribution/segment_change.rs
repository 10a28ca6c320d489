//! The change of a mean, split over segments into mix and rate.

use crate::error::StatsError;

/// One segment in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentPeriod {
    /// Rows, or weight, of the segment; at least 0.
    pub weight: f64,
    /// Mean of the metric over them; ignored where there are none.
    pub mean: f64,
}

/// What one segment contributes to the change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentChange {
    /// Its share of the rows moved while it was better or worse than the average.
    pub mix: f64,
    /// The metric moved within it.
    pub rate: f64,
}

/// Splits the change of a mean over segments.
///
/// With shares `p` and means `m` of each segment, and the averages of both periods `p̄`, `m̄` and
/// `M̄` of the whole:
///
/// `mix = (p_c − p_r)·(m̄ − M̄)`, `rate = p̄·(m_c − m_r)`
///
/// Their sum over all segments is the change exactly: nothing is left over. A segment that is
/// only on one side has no rate; its mean there counts for both.
///
/// # Arguments
///
/// * `segments`: `(reference, current)` for each segment; together they are all rows.
///
/// # Errors
///
/// [`StatsError::EmptySample`] if a side has no rows; [`StatsError::NotFinite`] if a weight is
/// negative or not finite, or the mean of a segment with rows is not finite.
///
/// # Source
///
/// E. Kitagawa, *Components of a difference between two rates* (1955).
///
/// # Examples
///
/// ```
/// use trimtab_stats::attribution::{SegmentPeriod, segment_change};
///
/// let period = |weight, mean| SegmentPeriod { weight, mean };
/// // Mobile users err more, and there are more of them now; nobody errs more than before.
/// let changes = segment_change(&[
///     (period(50.0, 0.1), period(20.0, 0.1)),
///     (period(50.0, 0.3), period(80.0, 0.3)),
/// ])?;
/// let mix: f64 = changes.iter().map(|change| change.mix).sum();
/// assert!((mix - 0.06).abs() < 1e-15);
/// assert!(changes.iter().all(|change| change.rate == 0.0));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn segment_change(
    segments: &[(SegmentPeriod, SegmentPeriod)],
) -> Result<Vec<SegmentChange>, StatsError> {
    let reference = Whole::of(segments.iter().map(|pair| pair.0), "reference")?;
    let current = Whole::of(segments.iter().map(|pair| pair.1), "current")?;
    let whole = f64::midpoint(reference.mean, current.mean);
    let changes = segments.iter().map(|&(before, now)| {
        let before_share = before.weight / reference.weight;
        let now_share = now.weight / current.weight;
        let (before_mean, now_mean) = match (before.weight > 0.0, now.weight > 0.0) {
            (true, true) => (before.mean, now.mean),
            (true, false) => (before.mean, before.mean),
            (false, true) => (now.mean, now.mean),
            (false, false) => (whole, whole),
        };
        SegmentChange {
            mix: (now_share - before_share) * (f64::midpoint(before_mean, now_mean) - whole),
            rate: f64::midpoint(before_share, now_share) * (now_mean - before_mean),
        }
    });
    Ok(changes.collect())
}

struct Whole {
    weight: f64,
    mean: f64,
}

impl Whole {
    fn of(
        segments: impl Iterator<Item = SegmentPeriod>,
        sample: &'static str,
    ) -> Result<Self, StatsError> {
        let (mut weight, mut sum) = (0.0, 0.0);
        for segment in segments {
            let is_fine = segment.weight.is_finite()
                && segment.weight >= 0.0
                && (segment.weight == 0.0 || segment.mean.is_finite());
            if !is_fine {
                return Err(StatsError::NotFinite { sample });
            }
            if segment.weight > 0.0 {
                weight += segment.weight;
                sum += segment.weight * segment.mean;
            }
        }
        if weight > 0.0 {
            Ok(Self {
                weight,
                mean: sum / weight,
            })
        } else {
            Err(StatsError::EmptySample { sample })
        }
    }
}
