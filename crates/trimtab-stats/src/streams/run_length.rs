//! Average run lengths of charts on standard normal values, by their integral equations.

use super::parts;
use crate::error::StatsError;
use crate::special::normal_sf;
use std::f64::consts::PI;

/// Average run length of a two-sided CUSUM chart on independent standard normal values.
///
/// From a sum `u` the one-sided chart lives `L(u) = 1 + L(0) Φ(k − u) + ∫₀ʰ L(x) φ(x + k − u) dx`
/// values on; the integral equation is solved at Gauss–Legendre nodes. Two sides together
/// live half as long as one.
///
/// * `slack`: `k` in `0.05..=5`; `threshold`: `h` in `(0, 180]`; both in standard
///   deviations.
///
/// Relative error below 1e-6 for run lengths up to 1e9.
///
/// # Errors
///
/// [`StatsError::ParameterOutOfDomain`] outside these ranges.
///
/// # Source
///
/// D. Goel and S. Wu, *Determination of A.R.L. and a contour nomogram for CUSUM charts to
/// control normal mean* (1971).
///
/// # Examples
///
/// ```
/// // The textbooks' 465 for k = 0.5, h = 5.
/// let arl = trimtab_stats::streams::cusum_arl(0.5, 5.0)?;
/// assert!((arl - 465.44).abs() < 0.01);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn cusum_arl(slack: f64, threshold: f64) -> Result<f64, StatsError> {
    check_slack(slack)?;
    parts::check(
        "threshold",
        "in (0, 180]",
        threshold,
        threshold > 0.0 && threshold <= 180.0,
    )?;
    Ok(cusum_run_length(slack, threshold))
}

fn check_slack(slack: f64) -> Result<(), StatsError> {
    parts::check("slack", "in 0.05..=5", slack, (0.05..=5.0).contains(&slack))
}

fn check_arl(arl: f64) -> Result<(), StatsError> {
    parts::check("arl", "in 2..=1e9", arl, (2.0..=1e9).contains(&arl))
}

/// The threshold at which [`cusum_arl`] is `arl`.
///
/// * `arl` in `2..=1e9` values; `slack` in `0.05..=5` standard deviations.
///
/// # Errors
///
/// [`StatsError::ParameterOutOfDomain`] outside these ranges.
pub fn cusum_threshold(arl: f64, slack: f64) -> Result<f64, StatsError> {
    check_slack(slack)?;
    check_arl(arl)?;
    // Siegmund's approximation is close; widen it until the answer lies between.
    let siegmund = |h: f64| {
        let b = h + 1.166;
        ((2.0 * slack * b).exp() - 1.0 - 2.0 * slack * b) / (4.0 * slack * slack)
    };
    let guess = root(0.0, 1.0, |h| siegmund(h) - arl);
    let solved = root((guess - 0.5).max(0.0), guess + 0.5, |h| {
        cusum_run_length(slack, h.max(1e-9)) - arl
    });
    Ok(solved.max(1e-9))
}

fn cusum_run_length(slack: f64, threshold: f64) -> f64 {
    let (nodes, weights) = gauss_legendre(n_nodes(threshold), 0.0, threshold);
    let n = nodes.len();
    // Unknowns: the run length from zero, then from each node.
    let start = |i: usize| if i == 0 { 0.0 } else { nodes[i - 1] };
    let lengths = solve(n + 1, |i, j| {
        let u = start(i);
        let kernel = if j == 0 {
            normal_sf(u - slack)
        } else {
            weights[j - 1] * density(nodes[j - 1] + slack - u)
        };
        f64::from(u8::from(i == j)) - kernel
    });
    lengths[0] / 2.0
}

/// Average run length of a two-sided EWMA chart on independent standard normal values.
///
/// From an average `z` the chart lives `L(z) = 1 + (1/w) ∫ L(y) φ((y − (1 − w) z)/w) dy`
/// values on, the integral over the limits; solved at Gauss–Legendre nodes.
///
/// * `weight`: `w` in `0.01..=1`; `limit` in `(0, 8]`, in standard deviations of the
///   average, `√(w/(2 − w))` each.
///
/// Relative error below 1e-6 for run lengths up to 1e9.
///
/// # Errors
///
/// [`StatsError::ParameterOutOfDomain`] outside these ranges.
///
/// # Source
///
/// S. Crowder, *A simple method for studying run-length distributions of exponentially
/// weighted moving average charts* (1987).
///
/// # Examples
///
/// ```
/// // Lucas and Saccucci's table: 500 for w = 0.1 at 2.814.
/// let arl = trimtab_stats::streams::ewma_arl(0.1, 2.814)?;
/// assert!((arl - 500.0).abs() < 1.5);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn ewma_arl(weight: f64, limit: f64) -> Result<f64, StatsError> {
    check_weight(weight)?;
    parts::check("limit", "in (0, 8]", limit, limit > 0.0 && limit <= 8.0)?;
    Ok(ewma_run_length(weight, limit))
}

fn check_weight(weight: f64) -> Result<(), StatsError> {
    parts::check(
        "weight",
        "in 0.01..=1",
        weight,
        (0.01..=1.0).contains(&weight),
    )
}

/// The limit at which [`ewma_arl`] is `arl`, in standard deviations of the average.
///
/// * `arl` in `2..=1e9` values; `weight` in `0.01..=1`.
///
/// # Errors
///
/// [`StatsError::ParameterOutOfDomain`] outside these ranges.
pub fn ewma_limit(arl: f64, weight: f64) -> Result<f64, StatsError> {
    check_weight(weight)?;
    check_arl(arl)?;
    Ok(root(0.01, 2.0, |limit| {
        ewma_run_length(weight, limit) - arl
    }))
}

fn ewma_run_length(weight: f64, limit: f64) -> f64 {
    let edge = limit * (weight / (2.0 - weight)).sqrt();
    if weight == 1.0 {
        // Each value is judged alone.
        return 0.5 / normal_sf(limit);
    }
    let (nodes, weights) = gauss_legendre(n_nodes(2.0 * edge / weight), -edge, edge);
    let n = nodes.len();
    let kernel = |from: f64, j: usize| {
        weights[j] / weight * density((nodes[j] - (1.0 - weight) * from) / weight)
    };
    let lengths = solve(n, |i, j| f64::from(u8::from(i == j)) - kernel(nodes[i], j));
    let from_zero: f64 = (0..n).map(|j| kernel(0.0, j) * lengths[j]).sum();
    1.0 + from_zero
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Nodes for an interval of so many standard deviations of the kernel.
fn n_nodes(width: f64) -> usize {
    // The kernel is a normal density: two nodes per standard deviation and a margin give
    // more digits than are asked for.
    (24.0 + 2.0 * width).min(400.0) as usize
}

/// A zero of an increasing function, between `low` and `high` or beyond either.
fn root(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (low, high);
    let mut step = high - low;
    while f(high) < 0.0 && step < 1e6 {
        low = high;
        high += step;
        step *= 2.0;
    }
    let mut step = high - low;
    while low > 0.0 && f(low) > 0.0 {
        high = low;
        low = (low - step).max(0.0);
        step *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if high - low <= 1e-9 * high.abs() || middle == low || middle == high {
            break;
        }
        if f(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Nodes and weights of Gauss–Legendre quadrature on `[from, to]`.
fn gauss_legendre(n: usize, from: f64, to: f64) -> (Vec<f64>, Vec<f64>) {
    let (centre, half) = (f64::midpoint(from, to), (to - from) / 2.0);
    (0..n)
        .map(|i| {
            let mut x = (PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (value, derivative) = legendre(n, x);
                slope = derivative;
                let step = value / derivative;
                x -= step;
                if step.abs() < 1e-15 {
                    break;
                }
            }
            let weight = 2.0 / ((1.0 - x * x) * slope * slope);
            (centre + half * x, half * weight)
        })
        .unzip()
}

/// The Legendre polynomial of degree `n` and its derivative.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for k in 2..=n {
        let k = k as f64;
        let next = ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k;
        before = value;
        value = next;
    }
    let derivative = n as f64 * (x * value - before) / (x * x - 1.0);
    (value, derivative)
}

/// Solves `A x = 1` by elimination with partial pivoting.
fn solve(n: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let mut row: Vec<f64> = (0..n).map(|j| entry(i, j)).collect();
            row.push(1.0);
            row
        })
        .collect();
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))
            .unwrap_or(column);
        rows.swap(column, pivot);
        let (done, below) = rows.split_at_mut(column + 1);
        let source = &done[column];
        for row in below {
            let factor = row[column] / source[column];
            if factor != 0.0 {
                for (target, value) in row[column..].iter_mut().zip(&source[column..]) {
                    *target -= factor * value;
                }
            }
        }
    }
    let mut solution = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| rows[i][j] * solution[j]).sum();
        solution[i] = (rows[i][n] - known) / rows[i][i];
    }
    solution
}
