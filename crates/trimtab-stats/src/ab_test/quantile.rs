//! Bounds on a quantile of rows that come in units, at all looks at once.

use crate::error::StatsError;
use crate::streams::parts;

/// Units of equal rows at which the bounds are tightest; they hold at any number.
const TIGHTEST_AT: f64 = 5_000.0;

/// A quantile of one variant's rows, with bounds that hold at all looks at once.
///
/// The share of rows at or below a value is a mean per row, whose spread between units gives a
/// standard error; the bounds are the values at which that share is as far from the level as a
/// normal mixture allows. Two variants differ by at least `low − high` of the other and at most
/// `high − low`: with each at half of `α` the difference has the level `α`.
///
/// # Source
///
/// S. Howard and A. Ramdas, *Sequential estimation of quantiles with applications to A/B testing
/// and best-arm identification* (2022), with the spread between units in place of
/// independent rows; the mixture is Robbins' (1970).
///
/// # Examples
///
/// ```
/// use trimtab_stats::ab_test::ArmQuantile;
///
/// // A thousand users with ten requests each.
/// let rows: Vec<(u32, f64)> = (0..10_000).map(|i| (i / 10, f64::from(i * 7_919 % 10_000))).collect();
/// let p90 = ArmQuantile::of(&rows, 0.9, 0.025)?.unwrap();
/// assert_eq!(p90.value, 8_999.0);
/// assert!(p90.low > 8_800.0 && p90.high < 9_200.0);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArmQuantile {
    /// The quantile: the smallest value that at least its level's share of rows do not exceed.
    pub value: f64,
    /// Lower bound; minus infinity where the rows do not reach.
    pub low: f64,
    /// Upper bound; infinity where the rows do not reach.
    pub high: f64,
    /// Rows.
    pub n_rows: u64,
    /// Units.
    pub n_units: u64,
}

impl ArmQuantile {
    /// The quantile of rows, each given with its unit; values that are not finite are left out.
    /// `None` below ten rows beyond the level on either side, or below thirty units.
    ///
    /// * `level`: in `(0, 1)`; `alpha`: in `(0, 1)`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn of(rows: &[(u32, f64)], level: f64, alpha: f64) -> Result<Option<Self>, StatsError> {
        parts::probability("level", level)?;
        parts::probability("alpha", alpha)?;
        let mut rows: Vec<(u32, f64)> = rows
            .iter()
            .copied()
            .filter(|(_, value)| value.is_finite())
            .collect();
        let n = rows.len() as f64;
        if n * level.min(1.0 - level) < 10.0 {
            return Ok(None);
        }
        rows.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
        let at = |share: f64| -> Option<f64> {
            let rank = (share * n).ceil();
            (rank >= 1.0 && rank <= n).then(|| rows[rank as usize - 1].1)
        };
        let Some(value) = at(level) else {
            return Ok(None);
        };
        let Some((error, n_units)) = error_of_share(&rows, value, level) else {
            return Ok(None);
        };
        let radius = mixture_radius(error, level, alpha);
        Ok(Some(Self {
            value,
            low: at(level - radius).unwrap_or(f64::NEG_INFINITY),
            high: at(level + radius + 1.0 / n).unwrap_or(f64::INFINITY),
            n_rows: rows.len() as u64,
            n_units,
        }))
    }

    /// Bounds on the challenger's quantile less the champion's.
    pub fn difference(champion: &Self, challenger: &Self) -> (f64, f64) {
        (
            challenger.low - champion.high,
            challenger.high - champion.low,
        )
    }
}

/// The standard error of the share of rows at or below a value, and the number of units. Where
/// that share does not vary (all rows tie there), as if each unit were one row of the level.
fn error_of_share(rows: &[(u32, f64)], value: f64, level: f64) -> Option<(f64, u64)> {
    let n_slots = rows.iter().map(|(unit, _)| *unit as usize + 1).max()?;
    let mut of_unit = vec![(0.0_f64, 0.0_f64); n_slots];
    for (unit, row) in rows {
        let (below, n) = &mut of_unit[*unit as usize];
        *n += 1.0;
        if *row <= value {
            *below += 1.0;
        }
    }
    let mut moments = super::UnitMoments::default();
    for (below, n) in of_unit.into_iter().filter(|(_, n)| *n > 0.0) {
        moments.add(below, n);
    }
    let n_units = moments.n_units;
    let alone = (level * (1.0 - level) / n_units as f64).sqrt();
    let error = moments.mean().map_or(alone, |mean| mean.standard_error);
    (n_units >= 30).then_some((error, n_units))
}

/// `s √((1 + 1/x)(ln(1 + x) − 2 ln α))`, with `x` in independent rows over those at which it is
/// tightest.
fn mixture_radius(error: f64, level: f64, alpha: f64) -> f64 {
    let log = -2.0 * alpha.ln();
    let n_effective = level * (1.0 - level) / (error * error);
    let x = n_effective / TIGHTEST_AT * (log + log.ln_1p());
    error * ((1.0 + 1.0 / x) * (x.ln_1p() + log)).sqrt()
}
