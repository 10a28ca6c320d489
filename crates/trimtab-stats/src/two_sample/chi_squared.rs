//! χ² on a table of counts, and Cramér's V.

use super::tables::monte_carlo_p_value;
use super::{chi_mean, totals};
use crate::error::StatsError;
use crate::special::ln_chi_squared_sf;

/// What the χ² comparison of two columns of counts found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    /// Pearson's χ², `≥ 0`.
    pub statistic: f64,
    /// Degrees of freedom: categories in use less one.
    pub degrees_of_freedom: u64,
    /// Upper tail of the χ² law.
    pub p_value: f64,
    /// Cramér's V, in `[0, 1]`.
    pub cramers_v: f64,
    /// Share of cells whose expected count is below 5; where it is large the
    /// p-value is an approximation on the conservative side.
    pub small_expected_share: f64,
    /// The smallest expected count of a cell. Unit: rows.
    pub smallest_expected: f64,
}

impl ChiSquared {
    /// Whether the χ² law can be trusted: no expected count below 1, at most a fifth
    /// of them below 5 (W. Cochran, 1954). Where not, take
    /// [`chi_squared_monte_carlo`].
    pub fn has_enough_rows(&self) -> bool {
        self.smallest_expected >= 1.0 && self.small_expected_share <= 0.2
    }
}

/// Computes Pearson's χ² of a two-row contingency table: were two samples of
/// categories drawn from one law?
///
/// `χ² = Σ (observed − expected)² / expected` over both rows and all categories in
/// use, with `expected = row total · column total / total`, without continuity
/// correction.
///
/// # Arguments
///
/// * `reference`, `current`: observations per category, shape `(k,)`, unit: rows.
///   Give unseen values a place of their own.
///
/// # Returns
///
/// The statistic, its degrees of freedom and p-value, and Cramér's V. With one
/// category in use there is nothing to compare: χ² 0, p-value 1. With very many
/// sparse categories the p-value is conservative: see `small_expected_share`.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// Never panics.
///
/// # Numerics
///
/// `O(k)`; the tail is computed as a logarithm, relative error of the p-value below
/// 1e-9 down to 1e-290.
///
/// # Source
///
/// K. Pearson (1900); equal to `SciPy`'s `chi2_contingency(correction=False)`.
/// Golden values: `tests/oracle/stats/two_sample.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::chi_squared_contingency;
///
/// let outcome = chi_squared_contingency(&[10, 20, 30], &[20, 20, 20])?;
/// assert_eq!(outcome.degrees_of_freedom, 2);
/// assert!((outcome.statistic - 5.333_333_333_333_333).abs() < 1e-12);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn chi_squared_contingency(
    reference: &[u64],
    current: &[u64],
) -> Result<ChiSquared, StatsError> {
    let (n, m) = totals(reference, current)?;
    let total = n + m;
    let mut statistic = 0.0;
    let mut n_used = 0_u64;
    let mut n_small = 0_u64;
    let mut smallest_expected = f64::INFINITY;
    for (&in_reference, &in_current) in reference.iter().zip(current) {
        let column = in_reference as f64 + in_current as f64;
        if column == 0.0 {
            continue;
        }
        n_used += 1;
        for (row, observed) in [(n, in_reference as f64), (m, in_current as f64)] {
            let expected = row * column / total;
            let difference = observed - expected;
            statistic += difference * difference / expected;
            n_small += u64::from(expected < 5.0);
            smallest_expected = smallest_expected.min(expected);
        }
    }
    let degrees_of_freedom = n_used - 1;
    if degrees_of_freedom == 0 {
        // Rounding alone would leave a trace here.
        statistic = 0.0;
    }
    let p_value = if degrees_of_freedom == 0 {
        1.0
    } else {
        ln_chi_squared_sf(statistic, degrees_of_freedom as f64).exp()
    };
    Ok(ChiSquared {
        statistic,
        degrees_of_freedom,
        p_value,
        cramers_v: (statistic / total).sqrt().min(1.0),
        small_expected_share: n_small as f64 / (2 * n_used) as f64,
        smallest_expected,
    })
}

/// The exact p-value of Pearson's χ² by Monte Carlo: `(1 + b) / (1 + B)`, where `b` of
/// `B` random tables with the same margins have a χ² at least as large.
///
/// With many sparse categories the χ² law is conservative: at 1,000 categories of one
/// or two rows it hardly ever alarms. This holds its level there; it is never 0, and
/// its resolution is `1 / (1 + B)`.
///
/// # Arguments
///
/// * `reference`, `current`: observations per category, shape `(k,)`, unit: rows.
/// * `n_resamples`: the `B` above.
/// * `seed`: of the tables.
///
/// # Errors
///
/// As [`chi_squared_contingency`].
///
/// # Source
///
/// A. Hope, *A simplified Monte Carlo significance test procedure* (1968); the law is
/// that of R's `chisq.test(simulate.p.value = TRUE)`.
pub fn chi_squared_monte_carlo(
    reference: &[u64],
    current: &[u64],
    n_resamples: usize,
    seed: u64,
) -> Result<f64, StatsError> {
    totals(reference, current)?;
    let (columns, in_reference) = columns_in_use(reference, current);
    // With fixed margins χ² is, up to a factor and a term that do not change, the sum
    // of squares of one row over the columns.
    let share = in_reference.iter().sum::<u64>() as f64 / columns.iter().sum::<u64>() as f64;
    Ok(monte_carlo_p_value(
        &columns,
        &in_reference,
        n_resamples,
        seed,
        |drawn| {
            let terms = drawn.iter().zip(&columns).map(|(&x, &column)| {
                let expected = share * column as f64;
                (x as f64 - expected).powi(2) / column as f64
            });
            terms.sum()
        },
    ))
}

/// Rows of both samples, and of the reference, in the categories in use.
pub(super) fn columns_in_use(reference: &[u64], current: &[u64]) -> (Vec<u64>, Vec<u64>) {
    reference
        .iter()
        .zip(current)
        .filter(|&(&r, &c)| r > 0 || c > 0)
        .map(|(&r, &c)| (r + c, r))
        .unzip()
}

/// Joins sparse categories into one, so that the χ² law holds: those whose expected
/// count in the smaller sample is below `expected_min`.
///
/// Gives the counts of reference and current sample, the joined category last where
/// there is one. What happens among the joined categories is no longer seen; a
/// category that is new in the current sample is joined only if it is rare.
///
/// * `expected_min`: unit: rows; usual: 5.
///
/// # Errors
///
/// As [`chi_squared_contingency`].
pub fn pool_sparse(
    reference: &[u64],
    current: &[u64],
    expected_min: f64,
) -> Result<(Vec<u64>, Vec<u64>), StatsError> {
    let (n, m) = totals(reference, current)?;
    let share = n.min(m) / (n + m);
    let mut kept = (Vec::new(), Vec::new());
    let mut rest = (0, 0);
    for (&r, &c) in reference.iter().zip(current) {
        if (r as f64 + c as f64) * share < expected_min {
            rest.0 += r;
            rest.1 += c;
        } else {
            kept.0.push(r);
            kept.1.push(c);
        }
    }
    if rest.0 + rest.1 > 0 {
        kept.0.push(rest.0);
        kept.1.push(rest.1);
    }
    Ok(kept)
}

/// Computes Cramér's V of a two-row table: `√(χ² / (n + m))`, in `[0, 1]`.
///
/// 0 means equal shares, 1 that no category occurs in both samples. It depends on
/// the balance of the samples: with a small current sample even a large change of
/// shares gives a small V, so read it beside the largest share change.
///
/// # Errors
///
/// As [`chi_squared_contingency`].
///
/// # Source
///
/// H. Cramér (1946), without bias correction.
pub fn cramers_v(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    Ok(chi_squared_contingency(reference, current)?.cramers_v)
}

/// Expected Cramér's V without drift at `n` and `m` independent rows.
pub fn cramers_v_noise_floor(degrees_of_freedom: u64, n: u64, m: u64) -> f64 {
    chi_mean(degrees_of_freedom as f64) / (n as f64 + m as f64).sqrt()
}

/// Computes Cramér's V with the bias taken off, in `[0, 1]`.
///
/// Without drift plain V is above 0 and grows with the number of categories. With
/// `φ² = χ²/N` this is `√(max(0, φ² − (k−1)/(N−1)) / min(k̃ − 1, r̃ − 1))` for `k`
/// categories and `r = 2` samples, `k̃ = k − (k−1)²/(N−1)`, `r̃ = 2 − 1/(N−1)`: 0 for
/// about half of the drift-free tables.
///
/// # Errors
///
/// As [`chi_squared_contingency`].
///
/// # Source
///
/// W. Bergsma, *A bias-correction for Cramér's V and Tschuprow's T* (2013).
pub fn cramers_v_bias_corrected(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let (n, m) = totals(reference, current)?;
    let chi = chi_squared_contingency(reference, current)?;
    let df = chi.degrees_of_freedom as f64;
    let last = n + m - 1.0;
    let excess = chi.statistic / (n + m) - df / last;
    let (columns, rows) = (df + 1.0 - df * df / last, 2.0 - 1.0 / last);
    let most = (columns - 1.0).min(rows - 1.0);
    Ok(if excess > 0.0 && most > 0.0 {
        (excess / most).sqrt().min(1.0)
    } else {
        0.0
    })
}

/// Expected bias-corrected V without drift: `E √(max(0, X − df)) / √N` for `X` of the
/// χ² law at `df` degrees.
pub fn cramers_v_bias_corrected_noise_floor(degrees_of_freedom: u64, n: u64, m: u64) -> f64 {
    const N_STEPS: u32 = 2_000;
    let df = degrees_of_freedom as f64;
    if df == 0.0 {
        return 0.0;
    }
    // E √(X − df)⁺ = ∫ P(X > df + y²) dy.
    let step = (12.0 + 2.0 * df.powf(0.25) * 3.0) / f64::from(N_STEPS);
    let tails = (0..N_STEPS).map(|i| {
        let y = (f64::from(i) + 0.5) * step;
        ln_chi_squared_sf(df + y * y, df).exp()
    });
    tails.sum::<f64>() * step / (n as f64 + m as f64).sqrt()
}
