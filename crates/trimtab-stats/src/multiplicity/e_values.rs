//! e-BH: the Benjamini–Hochberg procedure for e-values.

/// Adjusts e-values of several hypotheses by the e-BH procedure: hypothesis `i` is
/// rejected at level `α` when its adjusted value is at most `α`.
///
/// With the e-values in falling order `e₍₁₎ ≥ e₍₂₎ ≥ …`, e-BH rejects the `k*` largest,
/// `k* = max { k : k e₍ₖ₎ / K ≥ 1/α }`; the adjusted value of rank `k` is the smallest
/// `K / (j e₍ⱼ₎)` over `j ≥ k`, at most 1.
///
/// # Arguments
///
/// * `e_values`: `≥ 0`, shape `(k,)`, each with expectation at most 1 under its
///   hypothesis. `∞` is an e-value like another. Not-a-number values stay what they are
///   and do not count as hypotheses.
///
/// # Returns
///
/// Adjusted values in `[0, 1]`, in the order given. The expected share of false entries
/// among the rejected is at most `α` whatever the dependence between the hypotheses, and
/// at whatever moment one looks.
///
/// # Source
///
/// R. Wang and A. Ramdas, *False discovery rate control with e-values* (2022).
///
/// # Examples
///
/// ```
/// use trimtab_stats::multiplicity::adjust_e_values;
///
/// assert_eq!(adjust_e_values(&[100.0, 0.5, 40.0, 1.0]), [0.04, 1.0, 0.05, 1.0]);
/// ```
pub fn adjust_e_values(e_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..e_values.len())
        .filter(|&i| !e_values[i].is_nan())
        .collect();
    order.sort_by(|&a, &b| e_values[b].total_cmp(&e_values[a]));
    let n = order.len() as f64;
    let mut adjusted = e_values.to_vec();
    let mut smallest = 1.0_f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        let scaled = (rank as f64 + 1.0) * e_values[i].max(0.0);
        smallest = smallest.min(n / scaled);
        adjusted[i] = smallest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_procedure_with_ties_infinities_and_what_is_no_hypothesis() {
        let adjusted = adjust_e_values(&[f64::INFINITY, f64::NAN, 0.0, 30.0, 30.0]);
        assert_eq!(adjusted[0], 0.0);
        assert!(adjusted[1].is_nan());
        assert_eq!(adjusted[2], 1.0);
        // Four hypotheses; the second and third rank share the better bound.
        assert!((adjusted[3] - 4.0 / 90.0).abs() < 1e-15);
        assert_eq!(adjusted[3], adjusted[4]);
        assert!(adjust_e_values(&[]).is_empty());
    }
}
