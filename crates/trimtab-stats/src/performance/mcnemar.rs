//! Two models right on different rows: the exact test.

use crate::special::binomial_sf;

/// Rows on which exactly one of two models is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Rows that only the first had right.
    pub only_first: u64,
    /// Rows that only the second had right.
    pub only_second: u64,
    /// Two-sided and exact; 1 where the models are right on the same rows.
    pub p_value: f64,
}

/// Compares two classifiers by the rows on which only one is right: `McNemar`'s test, exact.
///
/// Rows on which both are right, or both are wrong, say nothing about which is better. Of
/// the others, under equality, each is as likely one's as the other's: the p-value is
/// twice the smaller tail of a binomial law with share one half, at most 1.
///
/// It takes rows as independent. Where they come in days or users, read the block
/// interval of the difference of accuracies beside it.
///
/// * `only_first`, `only_second`: rows that only one had right.
///
/// # Source
///
/// Q. `McNemar`, *Note on the sampling error of the difference between correlated
/// proportions or percentages* (1947); `mcnemar(exact=True)` of statsmodels. Golden
/// values: `tests/oracle/stats/paired.json`.
///
/// # Examples
///
/// ```
/// use trimtab_stats::performance::mcnemar_exact;
///
/// assert!((mcnemar_exact(1, 5).p_value - 0.21875).abs() < 1e-12);
/// ```
pub fn mcnemar_exact(only_first: u64, only_second: u64) -> McNemar {
    let n = only_first + only_second;
    // P(X >= larger): by symmetry also the lower tail of the smaller.
    let tail = binomial_sf(only_first.max(only_second), n, 0.5);
    McNemar {
        only_first,
        only_second,
        p_value: (2.0 * tail).min(1.0),
    }
}
