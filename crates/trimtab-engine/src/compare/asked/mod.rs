//! What is looked at only when asked for: methods by name, peers, segments, texts, all columns
//! together, performance.
//!
//! These read columns of both sides whole, one by one.

#![expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "counts become shares, and labels are meant to the last bit"
)]

mod methods;
mod multivariate;
mod peers;
mod performance;
mod segments;
mod texts;

pub(super) use methods::add_methods;
pub(super) use multivariate::multivariate;
pub(super) use peers::peers;
pub(super) use performance::performance;
pub(super) use segments::segments;
pub(super) use texts::texts;

use super::column::Sides;
use crate::files::kinds::Look;
use crate::files::{Dictionary, count_codes};
use trimtab_domain::Result;
use trimtab_stats::{
    ColumnEvidence, ColumnKind, compare_categorical_counts, compare_numeric_samples,
};

/// A column of both sides in row order.
enum Pair {
    /// NaN where a value is missing or not finite.
    Numbers {
        reference: Vec<f64>,
        current: Vec<f64>,
    },
    /// Codes of common words; [`MISSING`](crate::files::MISSING) where there is none.
    Words {
        words: Vec<String>,
        reference: Vec<u32>,
        current: Vec<u32>,
    },
}

impl Pair {
    /// Reads a column as it is looked at; nothing where it is not.
    fn read(name: &str, look: &Look, sides: Sides<'_>) -> Result<Option<(ColumnKind, Self)>> {
        let kind = match look {
            Look::Numeric => ColumnKind::Numeric,
            Look::Boolean => ColumnKind::Boolean,
            Look::Categorical { .. } => ColumnKind::Categorical,
            Look::Skipped(_) | Look::Failed(_) => return Ok(None),
        };
        if kind == ColumnKind::Numeric {
            let finite = |mut values: Vec<f64>| {
                for value in &mut values {
                    if !value.is_finite() {
                        *value = f64::NAN;
                    }
                }
                values
            };
            let pair = Self::Numbers {
                reference: finite(sides.reference.numbers(name)?),
                current: finite(sides.current.numbers(name)?),
            };
            return Ok(Some((kind, pair)));
        }
        let mut dictionary = Dictionary::default();
        let reference = sides.reference.codes(name, &mut dictionary)?;
        let current = sides.current.codes(name, &mut dictionary)?;
        let pair = Self::Words {
            words: dictionary.into_words(),
            reference,
            current,
        };
        Ok(Some((kind, pair)))
    }

    /// Row-level evidence on some rows of both sides.
    fn evidence(&self, name: &str, kind: ColumnKind, rows: [&[u32]; 2]) -> ColumnEvidence {
        let mut evidence = match self {
            Self::Numbers { reference, current } => {
                let (mut r, mut c) = (numbers(reference, rows[0]), numbers(current, rows[1]));
                let missing = [rows[0].len() - r.len(), rows[1].len() - c.len()];
                let [n_r, n_c] = missing.map(|n| n as u64);
                compare_numeric_samples(name, &mut r, &mut c, n_r, n_c, None)
            }
            Self::Words {
                words,
                reference,
                current,
            } => {
                let counted = |codes: &[u32], rows: &[u32]| {
                    let (counts, n_missing) = count_codes(words.len(), codes, Some(rows));
                    let named: Vec<(String, u64)> = words
                        .iter()
                        .zip(counts)
                        .filter(|(_, count)| *count > 0)
                        .map(|(word, count)| (word.clone(), count))
                        .collect();
                    (named, n_missing)
                };
                let (r, c) = (counted(reference, rows[0]), counted(current, rows[1]));
                compare_categorical_counts(name, &r.0, &c.0, r.1, c.1, None)
            }
        };
        evidence.kind = kind;
        evidence
    }
}

/// The present values of some rows.
fn numbers(values: &[f64], rows: &[u32]) -> Vec<f64> {
    rows.iter()
        .map(|&row| values[row as usize])
        .filter(|value| !value.is_nan())
        .collect()
}
