//! Several p-values of one hypothesis as one: the Cauchy combination.

use std::f64::consts::PI;

/// p-values nearer to 1 than this count as this far from it.
const FARTHEST: f64 = 0.01;

/// Combines p-values of the same hypothesis that may depend on each other.
///
/// The mean of `cot(π p)` over the p-values is compared with the Cauchy law, which it
/// follows in its tail whatever the dependence.
///
/// # Arguments
///
/// * `p_values`: in `[0, 1]`; NaN entries are left out. Values above 0.99 count as 0.99:
///   at 1 the cotangent is −∞, and one test that sees nothing at all (a discrete one)
///   would silence the others.
///
/// # Returns
///
/// The combined p-value in `[0, 1]`; NaN if there is none to combine. It is valid where
/// it matters, in the tail (at 5 % and below within a few percent of nominal), and no
/// more than three times the smallest of three.
///
/// # Source
///
/// Y. Liu and J. Xie, *Cauchy combination test* (2020).
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::cauchy_combination;
///
/// assert!((cauchy_combination(&[0.02, 0.02]) - 0.02).abs() < 1e-12);
/// assert!(cauchy_combination(&[1e-12, 0.8, 0.5]) < 3.1e-12);
/// ```
pub fn cauchy_combination(p_values: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut n = 0.0;
    for &p_value in p_values.iter().filter(|p_value| !p_value.is_nan()) {
        let p_value = p_value.clamp(0.0, 1.0 - FARTHEST);
        sum += if p_value == 0.0 {
            f64::INFINITY
        } else {
            1.0 / (PI * p_value).tan()
        };
        n += 1.0;
    }
    if n == 0.0 {
        return f64::NAN;
    }
    let mean: f64 = sum / n;
    if mean > 0.0 {
        // Not ½ − atan(x)/π, which loses the digits of small p-values.
        (1.0 / mean).atan() / PI
    } else {
        0.5 - mean.atan() / PI
    }
}
