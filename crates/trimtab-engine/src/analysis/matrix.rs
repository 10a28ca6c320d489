//! Columns of several kinds as one matrix of numbers.

use crate::files::{Dictionary, FileSet, MISSING};
use trimtab_domain::Result;

/// A column of both sides as numbers.
pub(super) struct Pair {
    pub(super) reference: Vec<f64>,
    pub(super) current: Vec<f64>,
    /// The current side's values as text, where they are words.
    pub(super) words: Option<(Vec<String>, Vec<u32>)>,
}

/// Numbers as they are: NaN where missing.
pub(super) fn numbers(reference: &FileSet, current: &FileSet, name: &str) -> Result<Pair> {
    Ok(Pair {
        reference: reference.numbers(name)?,
        current: current.numbers(name)?,
        words: None,
    })
}

/// Categories by how common they are in the reference: the logarithm of their share, half a row
/// for those it does not hold. NaN where missing.
pub(super) fn commonness(reference: &FileSet, current: &FileSet, name: &str) -> Result<Pair> {
    let mut dictionary = Dictionary::default();
    let of_reference = reference.codes(name, &mut dictionary)?;
    let of_current = current.codes(name, &mut dictionary)?;
    let words = dictionary.into_words();
    let mut counts = vec![0_u32; words.len()];
    for &code in &of_reference {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    let total = of_reference.iter().filter(|&&code| code != MISSING).count() as f64;
    let logarithms: Vec<f64> = counts
        .iter()
        .map(|&count| (f64::from(count).max(0.5) / total.max(1.0)).ln())
        .collect();
    let encoded = |codes: &[u32]| {
        codes
            .iter()
            .map(|&code| logarithms.get(code as usize).copied().unwrap_or(f64::NAN))
            .collect()
    };
    Ok(Pair {
        reference: encoded(&of_reference),
        current: encoded(&of_current),
        words: Some((words, of_current)),
    })
}

/// Rows of one side, one after another.
pub(super) fn row_major(columns: &[&[f64]]) -> Vec<f64> {
    let n_rows = columns.first().map_or(0, |column| column.len());
    let mut rows = Vec::with_capacity(n_rows * columns.len());
    for row in 0..n_rows {
        rows.extend(columns.iter().map(|column| column[row]));
    }
    rows
}
