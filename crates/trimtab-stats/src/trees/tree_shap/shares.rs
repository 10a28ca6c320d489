//! The path-dependent game: absent features follow both sides of their branches.
//!
//! For one leaf with value 1 and path conditions `k`, let `o[k]` be 1 where the row meets the
//! condition, else 0, and `z[k]` the share of reference rows that do. The game's value for a set
//! `S` is `Π over k in S of o[k] · Π over the others of z[k]`. Its Shapley value is the integral
//! over the diagonal of the multilinear extension's derivative (Owen 1972):
//!
//! `φ[j] = (o[j] - z[j]) · ∫₀¹ Π over k ≠ j of (z[k]·(1-t) + o[k]·t) dt`
//!
//! The integrand is a polynomial of degree `d - 1` for `d` conditions, so Gauss–Legendre with
//! `⌈d/2⌉` nodes is exact. All factors are non-negative: nothing cancels, unlike in the usual
//! unwinding of permutation weights.

use super::paths::Condition;

/// Gauss–Legendre nodes and weights on [0, 1], by number of nodes.
#[derive(Debug, Clone)]
pub(super) struct Shares {
    rules: Vec<Vec<(f64, f64)>>,
}

impl Shares {
    /// For paths of up to so many conditions.
    pub(super) fn new(n_conditions_most: usize) -> Self {
        Self {
            rules: (0..=n_conditions_most.div_ceil(2))
                .map(gauss_legendre)
                .collect(),
        }
    }

    pub(super) fn contributions(&self, conditions: &[Condition], pattern: u64, into: &mut [f64]) {
        into.fill(0.0);
        let is_met = |k: usize| pattern >> k & 1 == 1;
        // Neither the row nor the reference comes here.
        let is_beyond = |(k, condition): (usize, &Condition)| condition.share == 0.0 && !is_met(k);
        if conditions.iter().enumerate().any(is_beyond) {
            return;
        }
        for &(t, weight) in &self.rules[conditions.len().div_ceil(2)] {
            let factor = |k: usize| {
                let absent = conditions[k].share * (1.0 - t);
                if is_met(k) { absent + t } else { absent }
            };
            let product: f64 = (0..conditions.len()).map(factor).product();
            for (k, sum) in into.iter_mut().enumerate() {
                *sum += weight * product / factor(k);
            }
        }
        for (k, (sum, condition)) in into.iter_mut().zip(conditions).enumerate() {
            *sum *= f64::from(u8::from(is_met(k))) - condition.share;
        }
    }
}

/// Nodes and weights on [0, 1]: roots of the Legendre polynomial by Newton's method.
fn gauss_legendre(n_nodes: usize) -> Vec<(f64, f64)> {
    let n = n_nodes as f64;
    (0..n_nodes)
        .map(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            // Newton doubles its digits; six steps from this guess reach the last bit.
            for _ in 0..6 {
                let (mut before, mut value) = (1.0, x);
                for k in 2..=n_nodes {
                    let k = k as f64;
                    let next = ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k;
                    (before, value) = (value, next);
                }
                slope = n * (x * value - before) / (x * x - 1.0);
                x -= value / slope;
            }
            let weight = 2.0 / ((1.0 - x * x) * slope * slope);
            (0.5 * (1.0 + x), 0.5 * weight)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadrature_is_exact_for_polynomials() {
        for n_nodes in 1..=32 {
            for degree in 0..2 * n_nodes {
                let rule = gauss_legendre(n_nodes);
                let integral: f64 = rule.iter().map(|(t, w)| w * t.powi(degree as i32)).sum();
                let expected = 1.0 / (degree as f64 + 1.0);
                assert!(
                    (integral / expected - 1.0).abs() < 1e-13,
                    "{n_nodes} {degree}"
                );
            }
        }
    }
}
