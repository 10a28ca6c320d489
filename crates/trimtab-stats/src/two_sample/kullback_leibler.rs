//! The Kullback–Leibler divergence (KL).

use super::{degrees, excess_entropy, totals};
use crate::error::StatsError;

/// The two directions of the divergence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KullbackLeibler {
    /// `Σ q ln(q/p)`: how much the current rows surprise one who believes in the
    /// reference. The one Trimtab calls `kl`.
    pub current_from_reference: f64,
    /// `Σ p ln(p/q)`: the other direction, which Evidently's `entropy(ref, cur)` uses.
    pub reference_from_current: f64,
}

/// Computes the Kullback–Leibler (KL) divergences of two binned samples, in nats.
///
/// With smoothed shares `p[i] = (reference[i] + a) / (n + a k)` and
/// `q[i] = (current[i] + a) / (m + a k)`, the divergence of the current sample from the
/// reference is `Σ q ln(q/p)`. It is not symmetric; the sum of both directions is the
/// population stability index of the same shares.
///
/// # Arguments
///
/// * `reference`, `current`: observations per bin, shape `(k,)`, unit: rows, cut with
///   the same edges.
/// * `pseudocount`: the `a` above, rows added to every bin, `a > 0`; recommended `0.5`
///   (Jeffreys). Without it one empty bin makes the divergence infinite.
///
/// # Returns
///
/// Both directions, `≥ 0`, 0 if and only if the shares are equal.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
/// * [`StatsError::ParameterOutOfDomain`] if `pseudocount` is not finite and positive.
///
/// # Numerics
///
/// `O(k)`, no allocation. Each term is taken as `p h(q/p)` with
/// `h(r) = r ln r − r + 1 ≥ 0`, so that nearly equal shares do not cancel.
///
/// # Source
///
/// S. Kullback and R. Leibler (1951). Golden values:
/// `tests/oracle/stats/two_sample_methods.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::kullback_leibler_divergence;
///
/// let kl = kullback_leibler_divergence(&[50, 50], &[90, 10], 0.5)?;
/// assert!(kl.current_from_reference < kl.reference_from_current);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn kullback_leibler_divergence(
    reference: &[u64],
    current: &[u64],
    pseudocount: f64,
) -> Result<KullbackLeibler, StatsError> {
    let (n, m) = totals(reference, current)?;
    if !(pseudocount.is_finite() && 0.0 < pseudocount) {
        return Err(StatsError::ParameterOutOfDomain {
            name: "pseudocount",
            domain: "finite and positive",
            found: pseudocount,
        });
    }
    let n_bins = reference.len() as f64;
    let share =
        |count: u64, n_rows: f64| (count as f64 + pseudocount) / (n_rows + pseudocount * n_bins);
    let mut found = KullbackLeibler {
        current_from_reference: 0.0,
        reference_from_current: 0.0,
    };
    for (&in_reference, &in_current) in reference.iter().zip(current) {
        let p = share(in_reference, n);
        let q = share(in_current, m);
        found.current_from_reference += p * excess_entropy((q - p) / p);
        found.reference_from_current += q * excess_entropy((p - q) / q);
    }
    Ok(found)
}

/// Expected divergence, in either direction, without drift at these samples' sizes:
/// `½ (k − 1) (1/n + 1/m)` with `k` the bins in use (first order in `1/n`).
///
/// # Errors
///
/// As [`kullback_leibler_divergence`].
pub fn kullback_leibler_noise_floor(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    Ok(0.5 * degrees(reference, current) * (1.0 / n + 1.0 / m))
}
