//! The combined row-level test of numbers: one p-value that sees location, shape and
//! spread.

use super::brown_forsythe::{self, BrownForsythe};
use super::cauchy::cauchy_combination;
use super::cramer_von_mises::{self, CramerVonMises};
use super::ks::{KolmogorovSmirnov, two_sample_ks, two_sample_ks_binned};
use super::{check_sorted, tied_counts};
use crate::error::StatsError;

/// Fewest rows a side with which spreads are compared: the deviations of two values from
/// their median are one number, those of ten are nearly ten.
const MIN_ROWS_OF_SPREAD: u64 = 10;
/// Fewest distinct values with which spreads are compared: two hold nothing that
/// Kolmogorov–Smirnov does not see.
const MIN_VALUES_OF_SPREAD: usize = 3;

/// What the combined row-level test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowTest {
    /// The Cauchy combination of the tests below.
    pub p_value: f64,
    /// Kolmogorov–Smirnov.
    pub ks: KolmogorovSmirnov,
    /// Cramér–von Mises, safe with ties.
    pub cramer_von_mises: CramerVonMises,
    /// Brown–Forsythe on pooled ranks; `None` with fewer than ten rows a side or three
    /// values, where it has no law.
    pub brown_forsythe: Option<BrownForsythe>,
}

/// Compares two samples of numbers by the Cauchy combination of Kolmogorov–Smirnov, a
/// tie-safe Cramér–von Mises and Brown–Forsythe on pooled ranks.
///
/// # Arguments
///
/// * `reference`, `current`: sorted, finite values, shapes `(n,)` and `(m,)`; any unit,
///   the same for both.
///
/// # Returns
///
/// The combined p-value and the parts. All parts depend on pooled ranks only: a rising
/// map of the values changes nothing, and heavy tails cannot disturb the law. Two equal
/// constants give 1. Rows are taken as independent.
///
/// # Errors
///
/// * [`StatsError::EmptySample`] if a slice is empty.
/// * [`StatsError::NotFinite`] if a slice begins or ends with a value that is not
///   finite.
///
/// # Examples
///
/// ```
/// use trimtab_stats::two_sample::combined_row_test;
///
/// let narrow: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0 - 0.5).collect();
/// let wide: Vec<f64> = narrow.iter().map(|value| 1.5 * value).collect();
/// let found = combined_row_test(&narrow, &wide)?;
/// // A pure change of spread, which Kolmogorov–Smirnov hardly sees.
/// assert!(found.ks.p_value > 5e-3 && found.p_value < 1e-4);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn combined_row_test(reference: &[f64], current: &[f64]) -> Result<RowTest, StatsError> {
    check_sorted(reference, current)?;
    let ks = two_sample_ks(reference, current)?;
    Ok(combine(ks, &tied_counts(reference, current)))
}

/// [`combined_row_test`] of two samples counted in the same bins, in the order of their
/// values; each bin is a tie.
///
/// # Errors
///
/// * [`StatsError::BinCountMismatch`] if the slices differ in length.
/// * [`StatsError::EmptySample`] if a slice is empty or sums to zero.
pub fn combined_row_test_binned(reference: &[u64], current: &[u64]) -> Result<RowTest, StatsError> {
    let ks = two_sample_ks_binned(reference, current)?;
    let ties: Vec<[u64; 2]> = reference
        .iter()
        .zip(current)
        .map(|(&r, &c)| [r, c])
        .filter(|tie| tie[0] + tie[1] > 0)
        .collect();
    Ok(combine(ks, &ties))
}

fn combine(ks: KolmogorovSmirnov, ties: &[[u64; 2]]) -> RowTest {
    let rows = |side: usize| ties.iter().map(|tie| tie[side]).sum::<u64>();
    let cramer_von_mises = cramer_von_mises::judge(ties);
    let enough = rows(0).min(rows(1)) >= MIN_ROWS_OF_SPREAD && ties.len() >= MIN_VALUES_OF_SPREAD;
    let brown_forsythe = enough.then(|| brown_forsythe::judge_ranks(ties));
    let p_values = [
        ks.p_value,
        cramer_von_mises.p_value,
        brown_forsythe.map_or(f64::NAN, |found| found.p_value),
    ];
    let is_seen = p_values.iter().any(|&p_value| p_value < 1.0);
    let p_value = if is_seen {
        cauchy_combination(&p_values)
    } else {
        1.0
    };
    RowTest {
        p_value,
        ks,
        cramer_von_mises,
        brown_forsythe,
    }
}
