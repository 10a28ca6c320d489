//! Between p-values and e-values.

use crate::error::StatsError;
use crate::streams::parts;

/// Smallest p-value that is told from zero.
const SMALLEST_P: f64 = 1e-300;

/// An e-value from a p-value: `κ p^(κ − 1)`.
///
/// Its mean is at most one if `p` is a p-value (`P(p ≤ u) ≤ u`). A small `κ` bets on very
/// small p-values, a large one on moderately small ones.
///
/// * `p`: in `[0, 1]`; below 1e-300 taken as that. Not-a-number gives not-a-number.
/// * `kappa`: in `(0, 1)`.
///
/// # Errors
///
/// [`StatsError::ParameterOutOfDomain`] for `p` or `kappa` outside its range.
///
/// # Source
///
/// G. Shafer and others, *Test martingales, Bayes factors and p-values* (2011); V. Vovk
/// and R. Wang, *E-values: calibration, combination and applications* (2021).
pub fn e_from_p(p: f64, kappa: f64) -> Result<f64, StatsError> {
    parts::probability("kappa", kappa)?;
    check_p(p)?;
    Ok(power_bet(p.max(SMALLEST_P).ln(), kappa))
}

/// `κ p^(κ − 1)` from `ln p`.
#[inline]
pub(crate) fn power_bet(ln_p: f64, kappa: f64) -> f64 {
    kappa * ((kappa - 1.0) * ln_p).exp()
}

/// An e-value from a p-value without a parameter: the mean of `κ p^(κ − 1)` over all `κ`,
/// `(1 − p + p ln p) / (p ln² p)`.
///
/// * `p`: in `[0, 1]`; below 1e-300 taken as that.
///
/// # Returns
///
/// One half at `p = 1`; about `1 / (p ln² p)` for small `p`.
///
/// # Errors
///
/// [`StatsError::ParameterOutOfDomain`] for `p` outside `[0, 1]`.
///
/// # Source
///
/// V. Vovk and R. Wang, *E-values: calibration, combination and applications* (2021).
///
/// # Examples
///
/// ```
/// let e = trimtab_stats::anytime::e_from_p_mixed(0.001)?;
/// assert!((e - 20.79).abs() < 0.01);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn e_from_p_mixed(p: f64) -> Result<f64, StatsError> {
    check_p(p)?;
    let a = -p.max(SMALLEST_P).ln();
    if a < 0.1 {
        // Numerator and denominator vanish together: Σ aʲ / (j + 2)!.
        let nested = (3..=12)
            .rev()
            .fold(0.0, |sum, k| a * (1.0 + sum) / f64::from(k));
        return Ok(0.5 * (1.0 + nested));
    }
    Ok((a.exp_m1() - a) / (a * a))
}

/// A p-value from an e-value: `min(1, 1/e)`. Valid whenever the looking stopped, if `e`
/// is the value of an e-process.
pub fn p_from_e(e_value: f64) -> f64 {
    if e_value <= 1.0 { 1.0 } else { 1.0 / e_value }
}

fn check_p(p: f64) -> Result<(), StatsError> {
    parts::check("p", "in [0, 1]", p, (0.0..=1.0).contains(&p))
}
