//! The tail of a Brownian bridge's mean square at given points: the limit law of
//! Cramér–von Mises where values are tied.

use crate::special::normal_sf;
use std::f64::consts::PI;

/// Probability that `Σ p(v) B(H(v))²` exceeds `x`, with `B` a Brownian bridge, `p` the
/// shares and `H` their running sum.
///
/// * `shares`: of the pooled sample per value, in order, each above 0, summing to 1.
///
/// The sum is one of χ² variables weighted by the eigenvalues of a covariance whose
/// inverse is tridiagonal: its generating function costs one pass over the shares. The
/// tail is R. Lugannani and S. Rice's saddlepoint approximation (1980), within 5 % of
/// the true one, and better far out. 1 where there is one share only.
pub(crate) fn bridge_square_sf(shares: &[f64], x: f64) -> f64 {
    if shares.len() < 2 || x <= 0.0 {
        return 1.0;
    }
    if let [first, second] = shares {
        // One χ² variable of one degree of freedom.
        let weight = first * first * second;
        return (2.0 * normal_sf((x / weight).sqrt())).min(1.0);
    }
    let at_zero = Generating::at(shares, 0.0);
    let Some(at_zero) = at_zero else { return 1.0 };
    let mean = at_zero.slope;
    let near = 1e-3 * mean;
    if (x - mean).abs() < near {
        // The formula is 0/0 at the mean; the tail is smooth there.
        let low = tail(shares, mean - near, &at_zero);
        let high = tail(shares, mean + near, &at_zero);
        return low + (high - low) * (x - mean + near) / (2.0 * near);
    }
    tail(shares, x, &at_zero)
}

/// The cumulant generating function `K(t/2)` and its first two derivatives.
struct Generating {
    value: f64,
    slope: f64,
    curvature: f64,
}

impl Generating {
    /// At `t = 2s`; `None` beyond the pole. `value` is not yet 0 at 0.
    ///
    /// `K(s) = −½ ln det(I − 2sA)`, and with the tridiagonal inverse of `A` the
    /// determinant is a product of pivots, differentiated along with them.
    fn at(shares: &[f64], t: f64) -> Option<Self> {
        let (mut log, mut first, mut second) = (0.0, 0.0, 0.0);
        // The previous pivot with its derivatives.
        let (mut d, mut d1, mut d2) = (f64::INFINITY, 0.0, 0.0);
        let mut off_squared = 0.0;
        for pair in shares.windows(2) {
            let (p, next) = (pair[0], pair[1]);
            let diagonal = (1.0 / p + 1.0 / next) / p;
            let ratio = off_squared / d;
            let (log1, log2) = (d1 / d, d2 / d);
            let pivot = diagonal - t - ratio;
            let pivot1 = -1.0 + ratio * log1;
            let pivot2 = ratio * (log2 - 2.0 * log1 * log1);
            (d, d1, d2) = (pivot, pivot1, pivot2);
            if d.is_nan() || d <= 0.0 {
                return None;
            }
            let relative = d1 / d;
            log += d.ln();
            first += relative;
            second += d2 / d - relative * relative;
            off_squared = 1.0 / (p * next.powi(3));
        }
        // dt = 2 ds.
        Some(Self {
            value: -0.5 * log,
            slope: -first,
            curvature: -2.0 * second,
        })
    }
}

fn tail(shares: &[f64], x: f64, at_zero: &Generating) -> f64 {
    let Some((t, found)) = saddlepoint(shares, x) else {
        return if x > at_zero.slope { 0.0 } else { 1.0 };
    };
    let s = 0.5 * t;
    let exponent = s * x - (found.value - at_zero.value);
    let r = (2.0 * exponent.max(0.0)).sqrt() * s.signum();
    let q = s * found.curvature.sqrt();
    let density = (-0.5 * r * r).exp() / (2.0 * PI).sqrt();
    (normal_sf(r) + density * (1.0 / q - 1.0 / r)).clamp(0.0, 1.0)
}

/// The `t` at which the slope is `x`, by Newton's method inside a bracket.
fn saddlepoint(shares: &[f64], x: f64) -> Option<(f64, Generating)> {
    // `low` has a slope below x, `high` one above or lies beyond the pole.
    let (mut low, mut high) = (-1.0, 1.0);
    while Generating::at(shares, low).is_some_and(|found| found.slope > x) {
        low *= 4.0;
        if low < -1e12 {
            return None;
        }
    }
    while Generating::at(shares, high).is_some_and(|found| found.slope < x) {
        high *= 2.0;
        if high > 1e12 {
            return None;
        }
    }
    let mut t = 0.5 * (low + high);
    let mut best = None;
    for _ in 0..100 {
        let step = match Generating::at(shares, t) {
            None => {
                high = t;
                None
            }
            Some(found) => {
                if found.slope > x {
                    high = t;
                } else {
                    low = t;
                }
                // The slope has a pole: its reciprocal is nearly straight.
                let step = 2.0 * found.slope * (x - found.slope) / (found.curvature * x);
                best = Some((t, found));
                Some(step)
            }
        };
        let next = step
            .map(|step| t + step)
            .filter(|next| *next > low && *next < high);
        let next = next.unwrap_or(0.5 * (low + high));
        if (next - t).abs() <= 1e-12 * (1.0 + t.abs()) {
            break;
        }
        t = next;
    }
    best
}
