//! Columns cut into at most 255 bins, one byte a value.
//!
//! Trees only ask on which side of an edge a value lies, so a byte that counts the edges below
//! it is all they need; histograms of gradients over bytes are what makes boosting fast
//! (G. Ke and others, *LightGBM*, 2017).

use super::features::{FeatureColumn, FeatureTable, MISSING_CATEGORY};
use crate::error::StatsError;
use crate::random::Random;

/// The byte of a missing value.
pub(super) const MISSING_BIN: u8 = u8::MAX;
/// Room for every byte, so that indexing by a byte needs no check.
pub(super) const STRIDE: usize = 256;
/// Values of a bin have at least this many rows: finer edges separate noise.
const MIN_ROWS_IN_BIN: usize = 3;
/// Edges are taken from at most this many rows.
const MAX_ROWS_FOR_EDGES: usize = 200_000;

/// How one column is cut.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ColumnBins {
    /// Bin `b` holds values in `(edges[b − 1], edges[b]]`; the last is open.
    Numeric { edges: Vec<f64> },
    /// `bin_of[code]`; the last bin also takes rare codes and those never seen.
    Categorical { bin_of: Vec<u8>, n_bins: usize },
}

impl ColumnBins {
    /// Bins of values, the one for missing values apart.
    pub(super) fn n_bins(&self) -> usize {
        match self {
            Self::Numeric { edges } => edges.len() + 1,
            Self::Categorical { n_bins, .. } => *n_bins,
        }
    }

    pub(super) fn is_categorical(&self) -> bool {
        matches!(self, Self::Categorical { .. })
    }

    fn fit(column: &FeatureColumn, rows: Option<&[u32]>, max_bins: usize, seed: u64) -> Self {
        match column {
            FeatureColumn::Numeric(values) => Self::Numeric {
                edges: numeric_edges(values, rows, max_bins, seed),
            },
            FeatureColumn::Categorical {
                codes,
                n_categories,
            } => {
                let mut counts = vec![0_u32; *n_categories as usize];
                for_each_row(codes.len(), rows, |row| {
                    if codes[row] != MISSING_CATEGORY {
                        counts[codes[row] as usize] += 1;
                    }
                });
                categorical_bins(&counts, max_bins)
            }
        }
    }

    fn apply(&self, column: &FeatureColumn) -> Result<Vec<u8>, StatsError> {
        match (self, column) {
            (Self::Numeric { edges }, FeatureColumn::Numeric(values)) => {
                Ok(values.iter().map(|&x| numeric_bin(edges, x)).collect())
            }
            (Self::Categorical { bin_of, n_bins }, FeatureColumn::Categorical { codes, .. }) => {
                let rest = n_bins.saturating_sub(1) as u8;
                let bin = |&code: &u32| match bin_of.get(code as usize) {
                    Some(&bin) => bin,
                    None if code == MISSING_CATEGORY => MISSING_BIN,
                    None => rest,
                };
                Ok(codes.iter().map(bin).collect())
            }
            _ => Err(StatsError::GridMismatch),
        }
    }
}

fn for_each_row(n_rows: usize, rows: Option<&[u32]>, mut act: impl FnMut(usize)) {
    match rows {
        Some(rows) => rows.iter().for_each(|&row| act(row as usize)),
        None => (0..n_rows).for_each(act),
    }
}

#[inline]
fn numeric_bin(edges: &[f64], x: f64) -> u8 {
    if x.is_nan() {
        MISSING_BIN
    } else {
        edges.partition_point(|&edge| edge < x) as u8
    }
}

fn numeric_edges(values: &[f64], rows: Option<&[u32]>, max_bins: usize, seed: u64) -> Vec<f64> {
    let mut sample = Vec::with_capacity(rows.map_or(values.len(), <[u32]>::len));
    for_each_row(values.len(), rows, |row| sample.push(values[row]));
    if sample.len() > MAX_ROWS_FOR_EDGES {
        let mut random = Random::from_seed(seed);
        for i in 0..MAX_ROWS_FOR_EDGES {
            let left = sample.len() - i;
            let other = i + (random.uniform() * left as f64) as usize;
            sample.swap(i, other);
        }
        sample.truncate(MAX_ROWS_FOR_EDGES);
    }
    let n_all = sample.len();
    sample.retain(|x| !x.is_nan());
    sample.sort_unstable_by(f64::total_cmp);
    // One byte is for missing values where there are any.
    let max_bins = max_bins - usize::from(sample.len() < n_all).min(max_bins - 2);
    let runs = runs_of(&sample);
    edges_around_zero(&runs, sample.len(), max_bins)
}

/// A value and how often it occurs.
type Run = (f64, usize);

fn runs_of(sorted: &[f64]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &value in sorted {
        match runs.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => runs.push((value, 1)),
        }
    }
    runs
}

/// Cuts negative and positive values apart, so that zero (often "nothing happened") has a bin
/// of its own.
fn edges_around_zero(runs: &[Run], n_values: usize, max_bins: usize) -> Vec<f64> {
    let n_negative_runs = runs.partition_point(|run| run.0 < 0.0);
    let n_until_zero = runs.partition_point(|run| run.0 <= 0.0);
    let (negative, rest) = runs.split_at(n_negative_runs);
    let (zero, positive) = rest.split_at(n_until_zero - n_negative_runs);
    let count = |runs: &[Run]| runs.iter().map(|run| run.1).sum::<usize>();
    let n_nonzero = n_values - count(zero);
    let mut edges = Vec::new();
    if !negative.is_empty() {
        let share = count(negative) as f64 / n_nonzero as f64;
        let room = ((share * (max_bins - 1) as f64) as usize).max(1);
        edges = greedy_edges(negative, room);
        if !rest.is_empty() {
            edges.push(edge_between(negative[negative.len() - 1].0, 0.0));
        }
    }
    let room = (max_bins - 1).saturating_sub(edges.len());
    if !positive.is_empty() && room > 0 {
        if !zero.is_empty() {
            edges.push(edge_between(0.0, positive[0].0));
        }
        edges.extend(greedy_edges(positive, room));
    }
    edges
}

/// Edges between runs such that bins hold about equally many rows; a frequent value has a bin
/// of its own.
fn greedy_edges(runs: &[Run], max_bins: usize) -> Vec<f64> {
    let total: usize = runs.iter().map(|run| run.1).sum();
    let one_bin_each = runs.len() <= max_bins;
    let max_bins = if one_bin_each {
        max_bins
    } else {
        max_bins.min(total / MIN_ROWS_IN_BIN).max(1)
    };
    let mean = total as f64 / max_bins as f64;
    let is_frequent = |run: &Run| !one_bin_each && run.1 as f64 >= mean;
    let frequent = runs.iter().filter(|run| is_frequent(run));
    let (n_frequent, n_in_frequent) = frequent.fold((0, 0), |(n, rows), run| (n + 1, rows + run.1));
    let mut bins_left = max_bins.saturating_sub(n_frequent) as f64;
    let mut rows_left = (total - n_in_frequent) as f64;
    let mut wanted = if one_bin_each {
        MIN_ROWS_IN_BIN as f64
    } else {
        rows_left / bins_left.max(1.0)
    };
    let (mut edges, mut filled) = (Vec::new(), 0.0);
    for pair in runs.windows(2) {
        let (this, next) = (&pair[0], &pair[1]);
        filled += this.1 as f64;
        if !is_frequent(this) {
            rows_left -= this.1 as f64;
        }
        let is_full = is_frequent(this)
            || filled >= wanted
            || (is_frequent(next) && filled >= (0.5 * wanted).max(1.0));
        if !is_full {
            continue;
        }
        edges.push(edge_between(this.0, next.0));
        filled = 0.0;
        if edges.len() + 1 >= max_bins {
            break;
        }
        if !is_frequent(this) && !one_bin_each {
            bins_left -= 1.0;
            wanted = rows_left / bins_left.max(1.0);
        }
    }
    edges
}

/// A number that separates `below` from `above`: `below ≤ edge < above`.
///
/// One step above the midpoint, so that a decimal that is the midpoint falls below in spite
/// of its rounding; `LightGBM` does the same.
fn edge_between(below: f64, above: f64) -> f64 {
    let middle = below.midpoint(above).next_up();
    if below <= middle && middle < above {
        middle
    } else {
        below
    }
}

/// The most frequent codes have bins of their own; the rest shares the last one.
fn categorical_bins(counts: &[u32], max_bins: usize) -> ColumnBins {
    let mut order: Vec<usize> = (0..counts.len()).filter(|&code| counts[code] > 0).collect();
    order.sort_by_key(|&code| std::cmp::Reverse(counts[code]));
    let n_own = order.len().min(max_bins - 2);
    let mut bin_of = vec![n_own as u8; counts.len()];
    for (bin, &code) in order.iter().take(n_own).enumerate() {
        bin_of[code] = bin as u8;
    }
    ColumnBins::Categorical {
        bin_of,
        n_bins: n_own + 1,
    }
}

/// How all columns are cut.
pub(crate) fn fit_bins(
    table: &FeatureTable,
    rows: Option<&[u32]>,
    max_bins: usize,
    seed: u64,
) -> Vec<ColumnBins> {
    let columns = table.columns().iter();
    columns
        .map(|column| ColumnBins::fit(column, rows, max_bins, seed))
        .collect()
}

/// A table as bytes, column by column.
#[derive(Debug, Clone)]
pub(crate) struct BinnedTable {
    pub(super) columns: Vec<Vec<u8>>,
    pub(super) n_rows: usize,
}

impl BinnedTable {
    /// # Errors
    ///
    /// [`StatsError::GridMismatch`] if columns differ in number or kind from those that were cut.
    pub(crate) fn new(table: &FeatureTable, bins: &[ColumnBins]) -> Result<Self, StatsError> {
        if bins.len() != table.n_columns() {
            return Err(StatsError::GridMismatch);
        }
        let columns = bins.iter().zip(table.columns());
        let columns: Result<_, _> = columns.map(|(bins, column)| bins.apply(column)).collect();
        Ok(Self {
            columns: columns?,
            n_rows: table.n_rows(),
        })
    }

    /// Replaces one column by its values in another order of rows.
    pub(crate) fn replace_column(&mut self, column: usize, bytes: Vec<u8>) -> Vec<u8> {
        std::mem::replace(&mut self.columns[column], bytes)
    }

    pub(crate) fn column(&self, column: usize) -> &[u8] {
        &self.columns[column]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(values: &[f64], max_bins: usize) -> Vec<f64> {
        numeric_edges(values, None, max_bins, 1)
    }

    #[test]
    fn few_distinct_values_get_an_edge_between_each_pair() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i % 4) - 1.0).collect();
        let expected = [-0.5, 0.5, 1.5].map(f64::next_up);
        assert_eq!(edges(&values, 255), expected);
    }

    #[test]
    fn many_values_fill_bins_evenly() {
        let values: Vec<f64> = (1..=10_000).map(f64::from).collect();
        let edges = edges(&values, 100);
        assert!(edges.len() <= 99 && edges.len() > 95, "{}", edges.len());
        let mut counts = vec![0; edges.len() + 1];
        for &x in &values {
            counts[usize::from(numeric_bin(&edges, x))] += 1;
        }
        assert!(
            counts.iter().all(|&n| (90..=120).contains(&n)),
            "{counts:?}"
        );
    }

    #[test]
    fn infinities_huge_and_tiny_values_are_separated() {
        let distinct = [
            f64::NEG_INFINITY,
            -1e308,
            -1e-308,
            0.0,
            1e-308,
            1e308,
            f64::INFINITY,
        ];
        let values: Vec<f64> = distinct.iter().flat_map(|&x| [x; 5]).collect();
        let edges = edges(&values, 255);
        let bins: Vec<u8> = distinct.iter().map(|&x| numeric_bin(&edges, x)).collect();
        assert_eq!(bins, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(numeric_bin(&edges, f64::NAN), MISSING_BIN);
    }

    #[test]
    fn constants_and_empty_columns_have_one_bin() {
        assert!(edges(&[2.0; 9], 255).is_empty());
        assert!(edges(&[], 255).is_empty());
        assert!(edges(&[f64::NAN; 4], 255).is_empty());
    }

    #[test]
    fn rare_and_unseen_categories_share_the_last_bin() {
        let mut codes: Vec<u32> = (0..300).collect();
        codes.extend([7, 7, 7, MISSING_CATEGORY]);
        let column = FeatureColumn::Categorical {
            codes,
            n_categories: 400,
        };
        let bins = ColumnBins::fit(&column, None, 255, 0);
        assert_eq!(bins.n_bins(), 254);
        let asked = FeatureColumn::Categorical {
            codes: vec![7, 299, 399, MISSING_CATEGORY],
            n_categories: 400,
        };
        assert_eq!(bins.apply(&asked).unwrap(), [0, 253, 253, MISSING_BIN]);
    }
}
