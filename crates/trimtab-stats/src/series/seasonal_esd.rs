//! Seasonal hybrid ESD: many outliers at once, with the season taken out.

use super::rolling::{MAD_TO_SD, mad_of_sorted, median, median_of_sorted};
use super::stl::{StlOptions, stl};
use crate::error::StatsError;
use crate::special::student_t_sf;

/// Finds the outliers of a sample by the generalised extreme Studentised deviate test
/// with median and median absolute deviation.
///
/// Round `i` takes the value farthest from the median of what is left, in units of the
/// rescaled median absolute deviation, and compares it with
/// `λ = (n−i) t / √((n−i−1+t²)(n−i+1))`, `t` the upper `α / (2(n−i+1))` quantile of
/// Student's law with `n−i−1` degrees of freedom. The outliers are all values up to the
/// last round that exceeded its limit.
///
/// # Arguments
///
/// * `values`: shape `(n,)`; values that are not finite are left out.
/// * `max_share`: share of the values that may be outliers, in `(0, 0.5)`.
/// * `alpha`: level of the test, in `(0, 1)`. It holds for normal values; the median
///   absolute deviation makes it a little liberal in small samples.
///
/// # Returns
///
/// Positions in `values`, most extreme first. If more than half of the values are equal,
/// the spread is 0 and every other value is farther than any limit.
///
/// # Errors
///
/// * [`StatsError::ParameterOutOfDomain`] for a share or level outside its range.
///
/// # Source
///
/// B. Rosner, *Percentage points for a generalized ESD many-outlier procedure*,
/// Technometrics 25 (1983); O. Vallis, J. Hochenbaum, A. Kejariwal, *A novel technique
/// for long-term anomaly detection in the cloud*, `HotCloud` (2014), from the paper.
pub fn generalised_esd(
    values: &[f64],
    max_share: f64,
    alpha: f64,
) -> Result<Vec<usize>, StatsError> {
    if !(max_share > 0.0 && max_share < 0.5) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "max_share",
            domain: "between 0 and 0.5",
            found: max_share,
        });
    }
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "alpha",
            domain: "between 0 and 1",
            found: alpha,
        });
    }
    let mut order: Vec<usize> = (0..values.len())
        .filter(|&i| values[i].is_finite())
        .collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let sorted: Vec<f64> = order.iter().map(|&i| values[i]).collect();
    let n = sorted.len();
    let n_rounds = (max_share * n as f64).floor() as usize;
    let (mut left, mut right) = (0, n);
    let mut taken = Vec::new();
    let mut n_outliers = 0;
    for round in 1..=n_rounds {
        let rest = &sorted[left..right];
        let (Some(center), Some(mad)) = (median_of_sorted(rest), mad_of_sorted(rest)) else {
            break;
        };
        let (below, above) = (center - sorted[left], sorted[right - 1] - center);
        let farthest = below.max(above);
        if farthest <= 0.0 || right - left < 3 {
            break;
        }
        taken.push(if above >= below {
            order[right - 1]
        } else {
            order[left]
        });
        if farthest > limit(n - round + 1, alpha) * MAD_TO_SD * mad {
            n_outliers = round;
        }
        if above >= below {
            right -= 1;
        } else {
            left += 1;
        }
    }
    taken.truncate(n_outliers);
    Ok(taken)
}

/// Finds outliers as [`generalised_esd`] does after taking the season out.
///
/// With a period, the values become `x − season − median(x)`, the season being the one
/// of a robust STL that does not change over time.
///
/// Looks at the whole series: for alarms see
/// [`detect_series`](super::detect_series) with `seasonal_esd`.
///
/// # Errors
///
/// As [`generalised_esd`], and as [`stl`] if there is a period.
pub fn seasonal_esd(
    values: &[f64],
    period: Option<usize>,
    max_share: f64,
    alpha: f64,
) -> Result<Vec<usize>, StatsError> {
    let Some(period) = period else {
        return generalised_esd(values, max_share, alpha);
    };
    let options = StlOptions {
        robust: true,
        ..StlOptions::periodic(period, values.len())
    };
    let season = stl(values, &options)?.seasonal;
    let center = median(values).unwrap_or(0.0);
    let rest: Vec<f64> = values
        .iter()
        .zip(&season)
        .map(|(x, s)| x - s - center)
        .collect();
    generalised_esd(&rest, max_share, alpha)
}

/// The critical value with `n` values left.
pub(super) fn limit(n: usize, alpha: f64) -> f64 {
    let n = n as f64;
    let df = (n - 2.0).max(1.0);
    let t = student_t_quantile_upper(alpha / (2.0 * n), df);
    (n - 1.0) * t / ((df + t * t) * n).sqrt()
}

/// The `t` beyond which Student's law has the mass `tail` (below one half).
fn student_t_quantile_upper(tail: f64, df: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0);
    while student_t_sf(high, df) > tail && high < 1e150 {
        low = high;
        high *= 2.0;
    }
    // Bisection to the last bits: the tail is monotone and cheap.
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if student_t_sf(middle, df) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
