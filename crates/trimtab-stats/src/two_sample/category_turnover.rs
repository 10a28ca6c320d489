//! Categories that came and went, apart from those that only changed their share.

use super::totals;
use crate::error::StatsError;

/// New and vanished categories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CategoryTurnover {
    /// Categories of the current sample that the reference does not have.
    pub n_new: u64,
    /// Share of current rows in them, in `[0, 1]`.
    pub new_share: f64,
    /// Share of current rows that would be in new categories without drift: the share
    /// of the reference's rows whose category occurs once there (I. Good, 1953).
    pub new_share_expected: f64,
    /// Categories of the reference that the current sample does not have.
    pub n_vanished: u64,
    /// Share of reference rows in them, in `[0, 1]`.
    pub vanished_share: f64,
    /// Share of reference rows that would vanish without drift: `Σ p (1 − p)^m` over
    /// the reference's shares `p`.
    pub vanished_share_expected: f64,
}

/// Counts the categories that came and went between two samples.
///
/// A test on all shares at once sees neither apart: a code that is new, or a branch
/// that no longer reports, is a finding of its own however small its share. With many
/// rare categories both happen without any drift; the expected shares say how much.
///
/// # Arguments
///
/// * `reference`, `current`: observations per category, shape `(k,)`, unit: rows, each
///   category in a place of its own.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::category_turnover;
///
/// let turnover = category_turnover(&[60, 40, 0], &[75, 0, 25])?;
/// assert_eq!((turnover.n_new, turnover.new_share), (1, 0.25));
/// assert_eq!((turnover.n_vanished, turnover.vanished_share), (1, 0.4));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn category_turnover(
    reference: &[u64],
    current: &[u64],
) -> Result<CategoryTurnover, StatsError> {
    let (n, m) = totals(reference, current)?;
    let mut found = CategoryTurnover {
        n_new: 0,
        new_share: 0.0,
        new_share_expected: 0.0,
        n_vanished: 0,
        vanished_share: 0.0,
        vanished_share_expected: 0.0,
    };
    let (mut new_rows, mut vanished_rows) = (0, 0);
    for (&in_reference, &in_current) in reference.iter().zip(current) {
        match (in_reference, in_current) {
            (0, 0) => {}
            (0, rows) => {
                found.n_new += 1;
                new_rows += rows;
            }
            (rows, 0) => {
                found.n_vanished += 1;
                vanished_rows += rows;
            }
            _ => {}
        }
        if in_reference == 1 {
            found.new_share_expected += 1.0 / n;
        }
        let share = in_reference as f64 / n;
        found.vanished_share_expected += share * (m * (-share).ln_1p()).exp();
    }
    found.new_share = new_rows as f64 / m;
    found.vanished_share = vanished_rows as f64 / n;
    Ok(found)
}
