//! The law of the one-sample Kolmogorov–Smirnov statistic, both sided and one sided.

use crate::special::ln_gamma;
use std::f64::consts::PI;

/// Upper tail `P(D_n ≥ d)` of the two-sided Kolmogorov–Smirnov statistic of `n`
/// observations.
///
/// # Arguments
///
/// * `d`: the statistic, in `[0, 1]`.
/// * `n`: observations, `≥ 1`.
///
/// # Returns
///
/// A probability. Relative error below 1e-9 down to 1e-290, against `SciPy`'s
/// `kstwo.sf`.
///
/// # Numerics
///
/// * `n d² > 2.2` (or 4 below 140 observations): twice the one-sided tail, whose
///   error is below that of the float there.
/// * small `n`: the matrix power of G. Marsaglia, W. Tsang and J. Wang.
/// * else the expansion of W. Pelz and I. Good, error `O(n^-2)`.
///
/// # Source
///
/// R. Simard and P. L'Ecuyer, *Computing the two-sided Kolmogorov–Smirnov
/// distribution* (2011), for the regions.
pub fn kolmogorov_sf(d: f64, n: u64) -> f64 {
    if d.is_nan() || n == 0 {
        return f64::NAN;
    }
    let size = n as f64;
    if d * size <= 0.5 {
        return 1.0;
    }
    if d >= 1.0 {
        return 0.0;
    }
    let effect = size * d * d;
    let far = if n <= 140 { 4.0 } else { 2.2 };
    if d >= 0.5 || effect >= far {
        return (2.0 * smirnov_ln_sf(d, n).exp()).min(1.0);
    }
    if n <= 140 || size * d.powf(1.5) <= 1.4 {
        return (1.0 - matrix_cdf(d, n)).clamp(0.0, 1.0);
    }
    (1.0 - pelz_good_cdf(d, size)).clamp(0.0, 1.0)
}

/// Logarithm of the upper tail `P(D_n^+ ≥ d)` of the one-sided statistic.
///
/// The finite sum of N. Smirnov (1944) and Z. Birnbaum and F. Tingey (1951), all
/// of whose terms are positive, added outwards from its largest term.
pub fn smirnov_ln_sf(d: f64, n: u64) -> f64 {
    if d.is_nan() || n == 0 {
        return f64::NAN;
    }
    if d <= 0.0 {
        return 0.0;
    }
    if d >= 1.0 {
        return f64::NEG_INFINITY;
    }
    let size = n as f64;
    let last = (size * (1.0 - d)).floor();
    let ln_factorial = ln_gamma(size + 1.0);
    // ln of C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j), factor d left out.
    let ln_term = |j: f64| {
        let rest = 1.0 - d - j / size;
        let power = if size - j == 0.0 {
            0.0
        } else if rest <= 0.0 {
            return f64::NEG_INFINITY;
        } else {
            (size - j) * rest.ln()
        };
        ln_factorial - ln_gamma(j + 1.0) - ln_gamma(size - j + 1.0)
            + (j - 1.0) * (d + j / size).ln()
            + power
    };
    let peak = largest_term(&ln_term, last);
    let ln_peak = ln_term(peak);
    let mut sum = 0.0;
    for direction in [1.0, -1.0] {
        let mut j = if direction > 0.0 { peak } else { peak - 1.0 };
        while (0.0..=last).contains(&j) {
            let term = (ln_term(j) - ln_peak).exp();
            sum += term;
            if term < 1e-18 * sum {
                break;
            }
            j += direction;
        }
    }
    (d.ln() + ln_peak + sum.ln()).min(0.0)
}

/// Where the terms are largest: they rise and fall once.
fn largest_term(ln_term: &impl Fn(f64) -> f64, last: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, last);
    while high - low > 2.0 {
        let middle = f64::midpoint(low, high).floor();
        if ln_term(middle) < ln_term(middle + 1.0) {
            low = middle;
        } else {
            high = middle + 1.0;
        }
    }
    let mut best = low;
    let mut j = low;
    while j <= high {
        if ln_term(j) > ln_term(best) {
            best = j;
        }
        j += 1.0;
    }
    best
}

/// `P(D_n < d)` by the `n`-th power of a small matrix.
fn matrix_cdf(d: f64, n: u64) -> f64 {
    let size = n as f64;
    let k = (size * d).floor() as usize + 1;
    let m = 2 * k - 1;
    let h = k as f64 - size * d;
    let mut matrix = vec![0.0; m * m];
    for i in 0..m {
        for j in 0..m {
            if i + 1 >= j {
                matrix[i * m + j] = 1.0;
            }
        }
    }
    for i in 0..m {
        matrix[i * m] -= h.powi(i as i32 + 1);
        matrix[(m - 1) * m + i] -= h.powi((m - i) as i32);
    }
    if 2.0 * h > 1.0 {
        matrix[(m - 1) * m] += (2.0 * h - 1.0).powi(m as i32);
    }
    for i in 0..m {
        for j in 0..m {
            if i + 1 > j {
                matrix[i * m + j] *= (-ln_gamma((i + 2 - j) as f64)).exp();
            }
        }
    }
    let (power, exponent) = matrix_power(&matrix, m, n);
    let mut value = power[(k - 1) * m + k - 1];
    let mut ten = exponent;
    for i in 1..=n {
        value *= i as f64 / size;
        if value < 1e-140 {
            value *= 1e140;
            ten -= 140;
        }
    }
    value * 10_f64.powi(ten)
}

/// The power of a square matrix, as a matrix and a decimal exponent.
fn matrix_power(matrix: &[f64], m: usize, n: u64) -> (Vec<f64>, i32) {
    let mut result: Option<(Vec<f64>, i32)> = None;
    let mut base = matrix.to_vec();
    let mut base_exponent = 0;
    let mut left = n;
    while left > 0 {
        if left & 1 == 1 {
            result = Some(match result {
                None => (base.clone(), base_exponent),
                Some((value, exponent)) => {
                    rescaled(multiply(&value, &base, m), exponent + base_exponent, m)
                }
            });
        }
        left >>= 1;
        if left > 0 {
            (base, base_exponent) = rescaled(multiply(&base, &base, m), 2 * base_exponent, m);
        }
    }
    result.unwrap_or_else(|| (matrix.to_vec(), 0))
}

fn rescaled(mut matrix: Vec<f64>, exponent: i32, m: usize) -> (Vec<f64>, i32) {
    if matrix[(m / 2) * m + m / 2] > 1e140 {
        for value in &mut matrix {
            *value *= 1e-140;
        }
        return (matrix, exponent + 140);
    }
    (matrix, exponent)
}

fn multiply(a: &[f64], b: &[f64], m: usize) -> Vec<f64> {
    let mut product = vec![0.0; m * m];
    for i in 0..m {
        for k in 0..m {
            let factor = a[i * m + k];
            for j in 0..m {
                product[i * m + j] += factor * b[k * m + j];
            }
        }
    }
    product
}

/// The expansion of Pelz and Good in powers of `n^-1/2`, to the third.
fn pelz_good_cdf(d: f64, n: f64) -> f64 {
    let z = n.sqrt() * d;
    let z2 = z * z;
    let z4 = z2 * z2;
    let z6 = z4 * z2;
    let pi2 = PI * PI;
    let pi4 = pi2 * pi2;
    let pi6 = pi4 * pi2;
    let (mut k0, mut k1, mut k2, mut k3) = (0.0, 0.0, 0.0, 0.0);
    for k in 0..60 {
        // Odd half-integers.
        let q = (f64::from(k) + 0.5).powi(2);
        let weight = (-pi2 * q / (2.0 * z2)).exp();
        k0 += weight;
        k1 += (pi2 * q - z2) * weight;
        k2 += (6.0 * z6
            + 2.0 * z4
            + pi2 * (2.0 * z4 - 5.0 * z2) * q
            + pi4 * (1.0 - 2.0 * z2) * q * q)
            * weight;
        k3 += (pi6 * q.powi(3) * (5.0 - 30.0 * z2)
            + pi4 * q * q * (-60.0 * z2 + 212.0 * z4)
            + pi2 * q * (135.0 * z4 - 96.0 * z6)
            - 30.0 * z6
            - 90.0 * z4 * z4)
            * weight;
        if weight < 1e-18 * k0 {
            break;
        }
    }
    let (mut e2, mut e3) = (0.0, 0.0);
    for k in 1..60 {
        let square = f64::from(k * k);
        let weight = (-pi2 * square / (2.0 * z2)).exp();
        e2 += pi2 * square * weight;
        e3 += (3.0 * pi2 * square * z2 - pi4 * square * square) * weight;
        if weight < 1e-18 {
            break;
        }
    }
    let root = (PI / 2.0).sqrt();
    // Sums over all integers are twice those over the positive ones.
    let term0 = 2.0 * root / z * k0;
    let term1 = 2.0 * root / (6.0 * z4) * k1;
    let term2 = root / (72.0 * z6 * z) * 2.0 * k2 - root / (36.0 * z2 * z) * 2.0 * e2;
    let term3 = root / (6_480.0 * z6 * z4) * 2.0 * k3 + root / (216.0 * z6) * 2.0 * e3;
    term0 + term1 / n.sqrt() + term2 / n + term3 / n.powf(1.5)
}
