//! Welch's t: do the means differ?

use super::check_sorted;
use crate::error::StatsError;
use crate::special::student_t_sf;

/// Size, mean and spread of one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Values. Unit: rows.
    pub n: u64,
    /// Mean, in the column's unit.
    pub mean: f64,
    /// Standard deviation with divisor `n − 1`.
    pub sd: f64,
}

/// What Welch's comparison of means found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WelchT {
    /// Reference mean less current mean over its standard error (`SciPy`'s sign);
    /// infinite where neither sample varies and the means differ.
    pub statistic: f64,
    /// Welch and Satterthwaite's degrees of freedom; not a number where neither
    /// sample varies.
    pub degrees_of_freedom: f64,
    /// Two-sided p-value of Student's law.
    pub p_value: f64,
    /// Cohen's d with the root mean square of the two standard deviations as unit;
    /// above 0 where current values are larger.
    pub cohens_d: f64,
}

/// Computes Welch's t test of two samples, which need not vary alike.
///
/// `t = (x̄ − ȳ) / √(s²/n + r²/m)`, judged by Student's law at
/// `(a + b)² / (a²/(n−1) + b²/(m−1))` degrees of freedom with `a = s²/n`, `b = r²/m`.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`, at least
///   two each.
///
/// # Returns
///
/// Statistic, degrees of freedom, two-sided p-value and Cohen's d. It looks at means
/// only, and heavy tails make it slow to believe.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
/// * [`StatsError::TooFewValues`] if a slice has one value.
///
/// # Numerics
///
/// Two passes around each sample's middle, in units of a power of two near the largest
/// magnitude, so that neither large offsets nor values near 1e308 or 1e-308 lose
/// digits. Where neither sample varies, the p-value is 1 for equal means and 0 for
/// different ones.
///
/// # Source
///
/// B. Welch (1947); equal to `SciPy`'s `ttest_ind(equal_var=False)`. Golden values:
/// `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::welch_t;
///
/// let outcome = welch_t(&[1.0, 2.0, 3.0], &[2.0, 3.0, 4.0])?;
/// assert_eq!(outcome.cohens_d, 1.0);
/// assert!((outcome.degrees_of_freedom - 4.0).abs() < 1e-12);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn welch_t(reference: &[f64], current: &[f64]) -> Result<WelchT, StatsError> {
    check_sorted(reference, current)?;
    let magnitude = [reference, current]
        .iter()
        .flat_map(|sample| [sample[0].abs(), sample[sample.len() - 1].abs()])
        .fold(0.0, f64::max);
    let unit = power_of_two_near(magnitude);
    welch_t_of_moments(moments(reference, unit), moments(current, unit))
}

/// Welch's t from sizes, means and standard deviations in any unit, which is all that
/// it needs: a profile's exact moments give the same answer as its rows.
///
/// # Errors
///
/// * [`StatsError::TooFewValues`] if a sample has fewer than two values.
/// * [`StatsError::NotFinite`] if a mean or standard deviation is not finite.
pub fn welch_t_of_moments(reference: Moments, current: Moments) -> Result<WelchT, StatsError> {
    for (sample, moments) in [("reference", reference), ("current", current)] {
        if moments.n < 2 {
            return Err(StatsError::TooFewValues {
                sample,
                needed: 2,
                found: moments.n,
            });
        }
        if !(moments.mean.is_finite() && moments.sd.is_finite()) {
            return Err(StatsError::NotFinite { sample });
        }
    }
    let difference = reference.mean - current.mean;
    let spread = reference.sd.max(current.sd);
    if spread == 0.0 {
        let is_equal = difference == 0.0;
        let infinite = difference.signum() * f64::INFINITY;
        return Ok(WelchT {
            statistic: if is_equal { 0.0 } else { infinite },
            degrees_of_freedom: f64::NAN,
            p_value: if is_equal { 1.0 } else { 0.0 },
            cohens_d: if is_equal { 0.0 } else { -infinite },
        });
    }
    // In units of the larger spread no square can overflow or vanish.
    let difference = difference / spread;
    let share = |moments: Moments| (moments.sd / spread).powi(2) / moments.n as f64;
    let (a, b) = (share(reference), share(current));
    let statistic = difference / (a + b).sqrt();
    let degrees_of_freedom =
        (a + b).powi(2) / (a * a / (reference.n as f64 - 1.0) + b * b / (current.n as f64 - 1.0));
    let mean_square = 0.5 * ((reference.sd / spread).powi(2) + (current.sd / spread).powi(2));
    Ok(WelchT {
        statistic,
        degrees_of_freedom,
        p_value: (2.0 * student_t_sf(statistic.abs(), degrees_of_freedom)).min(1.0),
        cohens_d: -difference / mean_square.sqrt(),
    })
}

/// The power of two at or below a magnitude; multiplying by its inverse is exact.
fn power_of_two_near(magnitude: f64) -> f64 {
    if magnitude == 0.0 {
        return 1.0;
    }
    magnitude.log2().floor().clamp(-1_000.0, 1_000.0).exp2()
}

/// Moments of a sorted sample in units of `unit`.
fn moments(sorted: &[f64], unit: f64) -> Moments {
    let n = sorted.len() as f64;
    let centre = sorted[sorted.len() / 2] / unit;
    let offsets = sorted.iter().map(|value| value / unit - centre);
    let offset = offsets.clone().sum::<f64>() / n;
    let squares: f64 = offsets.map(|value| (value - offset).powi(2)).sum();
    let is_constant = sorted[0] == sorted[sorted.len() - 1];
    Moments {
        n: sorted.len() as u64,
        mean: centre + if is_constant { 0.0 } else { offset },
        sd: if is_constant || sorted.len() < 2 {
            0.0
        } else {
            (squares / (n - 1.0)).sqrt()
        },
    }
}
