//! Special functions with good tails: gamma, normal, Student t, noncentral χ².
//!
//! Tail probabilities are computed as logarithms, so that a p-value of 1e-290, or
//! one too small for a float, still has its digits.

use std::f64::consts::{LN_2, PI};

const MAX_TERMS: usize = 100_000;
const TINY: f64 = 1e-300;

/// Natural logarithm of the gamma function for `x > 0`.
///
/// Stirling's series above 15, recurrence below; relative error about 1e-15 away
/// from the zeros at 1 and 2, absolute error about 1e-15 near them.
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let mut shifted = x;
    let mut product = 1.0;
    while shifted < 15.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square
                        * (1.0 / 1_260.0
                            - square
                                * (1.0 / 1_680.0
                                    - square * (1.0 / 1_188.0 - square * 691.0 / 360_360.0)))));
    let stirling = (shifted - 0.5) * shifted.ln() - shifted + 0.5 * (2.0 * PI).ln() + series;
    stirling - f64::ln(product)
}

/// Logarithm of the regularised upper incomplete gamma function `Q(a, x)`: the
/// probability that a gamma variable of shape `a` and scale 1 exceeds `x`.
///
/// Domain `a > 0`, `x ≥ 0`; result `≤ 0`, NaN outside the domain. Series below
/// `a + 1`, Lentz's continued fraction above.
pub fn ln_gamma_q(a: f64, x: f64) -> f64 {
    if a.is_nan() || x.is_nan() || a <= 0.0 || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return 0.0;
    }
    if x.is_infinite() {
        return f64::NEG_INFINITY;
    }
    let ln_front = a * x.ln() - x - ln_gamma(a);
    if x < a + 1.0 {
        let lower = (ln_front + series(a, x).ln()).exp();
        (-lower.min(1.0)).ln_1p()
    } else {
        (ln_front + continued_fraction(a, x).ln()).min(0.0)
    }
}

/// `Σ x^k / (a (a+1) … (a+k))`.
fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut denominator = a;
    for _ in 0..MAX_TERMS {
        denominator += 1.0;
        term *= x / denominator;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

fn continued_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..MAX_TERMS {
        let i = i as f64;
        let an = -i * (i - a);
        b += 2.0;
        d = an.mul_add(d, b);
        if d.abs() < TINY {
            d = TINY;
        }
        c = b + an / c;
        if c.abs() < TINY {
            c = TINY;
        }
        d = 1.0 / d;
        let delta = d * c;
        h *= delta;
        if (delta - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}

/// Upper tail of the χ² law with `df` degrees of freedom, as a logarithm.
pub fn ln_chi_squared_sf(statistic: f64, df: f64) -> f64 {
    ln_gamma_q(df / 2.0, statistic / 2.0)
}

/// The `x` at which `ln Q(a, x)` equals `ln_tail`: the quantile of the gamma law of
/// shape `a` and scale 1 that leaves the given probability above.
///
/// Newton's method on the logarithm inside a bracket; relative error about 1e-10.
pub fn gamma_quantile_upper(a: f64, ln_tail: f64) -> f64 {
    if a.is_nan() || ln_tail.is_nan() || a <= 0.0 || ln_tail > 0.0 {
        return f64::NAN;
    }
    if ln_tail == 0.0 {
        return 0.0;
    }
    // Work in y = ln x, where both tails are tame.
    let mut y = starting_point(a, ln_tail).ln();
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for _ in 0..200 {
        let x = y.exp();
        let ln_q = ln_gamma_q(a, x);
        let error = ln_q - ln_tail;
        if error > 0.0 {
            low = y;
        } else {
            high = y;
        }
        // d ln Q / d ln x = -x * density / Q.
        let ln_slope = a * y - x - ln_gamma(a) - ln_q;
        let step = error / ln_slope.exp();
        let mut next = y + step.clamp(-2.0, 2.0);
        if !(next > low && next < high) {
            next = match (low.is_finite(), high.is_finite()) {
                (true, true) => 0.5 * (low + high),
                (true, false) => low + 1.0,
                _ => high - 1.0,
            };
        }
        if (next - y).abs() < 1e-11 {
            return next.exp();
        }
        y = next;
        if y < -700.0 {
            return 0.0;
        }
    }
    y.exp()
}

fn starting_point(a: f64, ln_tail: f64) -> f64 {
    // Wilson and Hilferty's cube in the middle, the exponential tail far out.
    let tail = ln_tail.exp();
    if tail > 1e-12 {
        let z = normal_quantile(1.0 - tail.min(1.0 - 1e-16));
        let cube = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
        if cube > 0.1 {
            return a * cube.powi(3);
        }
        // Near zero P(a, x) is about x^a / Γ(a + 1).
        return (((-tail).ln_1p() + ln_gamma(a + 1.0)) / a)
            .exp()
            .max(1e-290);
    }
    let far = -ln_tail - ln_gamma(a);
    (far + (a - 1.0) * far.max(1.0).ln()).max(a)
}

/// Upper tail of the standard normal law, as a logarithm.
pub fn ln_normal_sf(z: f64) -> f64 {
    let ln_half_tail = ln_gamma_q(0.5, 0.5 * z * z) - LN_2;
    if z >= 0.0 {
        ln_half_tail
    } else {
        (-ln_half_tail.exp()).ln_1p()
    }
}

/// Upper tail of the standard normal law.
pub fn normal_sf(z: f64) -> f64 {
    ln_normal_sf(z).exp()
}

/// Quantile of the standard normal law for `0 < p < 1`; infinite at the ends.
///
/// P. Acklam's rational approximation, refined by one step of Halley's method.
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    if p > 0.5 {
        return -lower_quantile(1.0 - p);
    }
    lower_quantile(p)
}

fn lower_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_5,
        -275.928_510_446_968_7,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_293,
        -0.322_396_458_041_136_5,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        0.007_784_695_709_041_462,
        0.322_467_129_070_039_8,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    let polynomial = |coefficients: &[f64], x: f64| {
        coefficients
            .iter()
            .fold(0.0, |sum, coefficient| sum * x + coefficient)
    };
    let z = if p < 0.024_25 {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / (polynomial(&D, q) * q + 1.0)
    } else {
        let q = p - 0.5;
        let r = q * q;
        polynomial(&A, r) * q / (polynomial(&B, r) * r + 1.0)
    };
    let error = normal_sf(-z) - p;
    let u = error * (2.0 * PI).sqrt() * (0.5 * z * z).exp();
    z - u / (1.0 + 0.5 * z * u)
}

/// Upper tail of Student's t law with `df > 0` degrees of freedom.
pub fn student_t_sf(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let tail = 0.5 * beta_regularised(df / (df + t * t), df / 2.0, 0.5);
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// Quantile of Student's t law with `df > 0` degrees of freedom, for `0 < p < 1`.
///
/// Newton's method inside a bracket; above 10^5 degrees of freedom the expansion of
/// R. Cornish and E. Fisher around the normal quantile. Relative error below 1e-10.
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    if p.is_nan() || df.is_nan() || df <= 0.0 || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p < 0.5 {
        return -student_t_quantile(1.0 - p, df);
    }
    let z = normal_quantile(p);
    if p == 0.5 || z.is_infinite() {
        return z;
    }
    if df > 1e5 {
        let z2 = z * z;
        let first = z * (z2 + 1.0) / (4.0 * df);
        let second = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / (96.0 * df * df);
        return z + first + second;
    }
    let tail = 1.0 - p;
    let (mut low, mut high) = (z, 2.0 * z);
    while student_t_sf(high, df) > tail && high < f64::MAX {
        (low, high) = (high, high * 2.0);
    }
    let ln_front = ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df) - 0.5 * (df * PI).ln();
    let mut t = low;
    for _ in 0..200 {
        let error = student_t_sf(t, df) - tail;
        if error > 0.0 {
            low = t;
        } else {
            high = t;
        }
        let ln_density = ln_front - 0.5 * (df + 1.0) * (t * t / df).ln_1p();
        let step = error / ln_density.exp();
        let newton = t + step;
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if (next - t).abs() <= 1e-14 * t.abs() {
            return next;
        }
        t = next;
    }
    t
}

/// Probability of `k` or more successes in `n` independent trials that succeed with
/// probability `p`: the regularised incomplete beta function `I_p(k, n − k + 1)`.
///
/// 1 for `k = 0`, 0 for `k > n`. `p` in `[0, 1]`.
pub fn binomial_sf(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 {
        1.0
    } else if k > n {
        0.0
    } else {
        beta_regularised(p, k as f64, (n - k) as f64 + 1.0)
    }
}

/// Regularised incomplete beta function `I_x(a, b)`.
pub(crate) fn beta_regularised(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let ln_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    if x < (a + 1.0) / (a + b + 2.0) {
        ln_front.exp() * beta_fraction(x, a, b) / a
    } else {
        1.0 - ln_front.exp() * beta_fraction(1.0 - x, b, a) / b
    }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..MAX_TERMS {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let delta = d * c;
        h *= delta;
        if (delta - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}

/// The noncentrality at which a χ² test of `df` degrees and level `alpha` has the
/// given power.
///
/// From the normal approximation of M. Sankaran (1963) to the noncentral law,
/// solved by bisection; within about 2 % of the exact value.
pub fn chi_squared_noncentrality(df: f64, alpha: f64, power: f64) -> f64 {
    let critical = 2.0 * gamma_quantile_upper(df / 2.0, alpha.ln());
    let power_at = |lambda: f64| {
        let r1 = df + lambda;
        let r2 = df + 2.0 * lambda;
        let r3 = df + 3.0 * lambda;
        let h = 1.0 - 2.0 * r1 * r3 / (3.0 * r2 * r2);
        let p = r2 / (r1 * r1);
        let m = (h - 1.0) * (1.0 - 3.0 * h);
        let mean = 1.0 + h * p * (h - 1.0 - 0.5 * (2.0 - h) * m * p);
        let sd = h * (2.0 * p).sqrt() * (1.0 + 0.5 * m * p);
        normal_sf(((critical / r1).powf(h) - mean) / sd)
    };
    let mut low = 0.0;
    let mut high = 10.0 + df;
    while power_at(high) < power && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if power_at(middle) < power {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
