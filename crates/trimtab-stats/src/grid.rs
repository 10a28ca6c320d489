//! The grid: bin edges and category lists, made once from the reference.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::sort::sort_numbers;
use std::collections::HashMap;

/// Bins of a numeric column unless told otherwise; where each distinct value has one
/// the gaps between them come on top.
pub const DEFAULT_MAX_BINS: usize = 1_024;
/// Categories of a categorical column unless told otherwise.
pub const DEFAULT_MAX_CATEGORIES: usize = 1_000;

const FORMAT: u8 = 1;
/// Table entries are 16 bits wide, and a distinct value may need two edges.
const MAX_BINS: usize = 20_000;
/// Cells of the look-up table.
const N_CELLS: usize = 8_192;

/// The bins of one numeric column.
///
/// With edges `e[0] < e[1] < … < e[k-1]` there are `k + 1` bins; bin `i` holds the
/// values with `e[i-1] < x <= e[i]`. The first edge lies just below the smallest
/// value of the sample and the last at its largest, so the two open outer bins
/// hold only what lies outside the sample's range.
///
/// Three quarters of the inner edges are quantiles of the sample. Where the sample has
/// no more distinct values than bins each is a bin of its own instead, and so are the
/// gaps between them: the Kolmogorov–Smirnov statistic is then that of the values
/// themselves, whatever the other sample holds. The other quarter of the edges divides
/// the widest bins.
#[derive(Debug, Clone)]
pub struct NumericGrid {
    edges: Vec<f64>,
    representatives: Vec<f64>,
    is_exact: bool,
    spread: Spread,
    table: BinTable,
}

/// Location and spread of the sample a grid was made from, in the column's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Values in the sample.
    pub n: u64,
    /// Smallest value.
    pub min: f64,
    /// 1st percentile.
    pub p01: f64,
    /// Median.
    pub median: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Largest value.
    pub max: f64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation (divisor `n - 1`); 0 for a single value.
    pub sd: f64,
    /// Interquartile range, quartiles by linear interpolation.
    pub iqr: f64,
}

impl Spread {
    /// The unit in which distances are expressed: the interquartile range, the
    /// standard deviation where that is 0, `None` for a constant sample.
    pub fn scale(&self) -> Option<f64> {
        if self.iqr > 0.0 {
            Some(self.iqr)
        } else if self.sd > 0.0 {
            Some(self.sd)
        } else {
            None
        }
    }

    /// The spread of a sorted sample of finite values.
    ///
    /// # Errors
    ///
    /// [`StatsError::EmptySample`] when it is empty.
    pub fn from_sorted(sorted: &[f64]) -> Result<Self, StatsError> {
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
            return Err(StatsError::EmptySample {
                sample: "reference",
            });
        };
        let n = sorted.len() as f64;
        // Deviations from a central value keep the sums well conditioned.
        let median = quantile_sorted(sorted, 0.5);
        let mut sum = 0.0;
        let mut squares = 0.0;
        for value in sorted {
            let deviation = value - median;
            sum += deviation;
            squares += deviation * deviation;
        }
        let variance = if sorted.len() > 1 {
            ((squares - sum * sum / n) / (n - 1.0)).max(0.0)
        } else {
            0.0
        };
        Ok(Self {
            n: sorted.len() as u64,
            min,
            p01: quantile_sorted(sorted, 0.01),
            median,
            p99: quantile_sorted(sorted, 0.99),
            max,
            mean: if min == max { min } else { median + sum / n },
            sd: if min == max { 0.0 } else { variance.sqrt() },
            iqr: quantile_sorted(sorted, 0.75) - quantile_sorted(sorted, 0.25),
        })
    }
}

/// Quantile of a sorted, non-empty slice by linear interpolation (type 7).
pub(crate) fn quantile_sorted(sorted: &[f64], p: f64) -> f64 {
    let position = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let weight = position - below as f64;
    if weight == 0.0 || sorted[below] == sorted[above] {
        sorted[below]
    } else {
        sorted[below] * (1.0 - weight) + sorted[above] * weight
    }
}

impl NumericGrid {
    /// Makes the grid of a sample.
    ///
    /// # Arguments
    ///
    /// * `values`: the reference sample, finite, in any order; it is sorted in place.
    /// * `max_bins`: inner bins at most, `≥ 2`, or distinct values that have a bin each;
    ///   recommended [`DEFAULT_MAX_BINS`]. Two open outer bins come on top, and the gaps
    ///   between distinct values.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] if there are no values.
    /// * [`StatsError::NotFinite`] if one is not finite.
    /// * [`StatsError::ParameterOutOfDomain`] if `max_bins` is below 2 or above 20,000.
    pub fn from_sample(values: &mut [f64], max_bins: usize) -> Result<Self, StatsError> {
        if !(2..=MAX_BINS).contains(&max_bins) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "max_bins",
                domain: "between 2 and 20000",
                found: max_bins as f64,
            });
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(StatsError::NotFinite {
                sample: "reference",
            });
        }
        for value in values.iter_mut() {
            // Both zeros are one value.
            *value += 0.0;
        }
        sort_numbers(values);
        let spread = Spread::from_sorted(values)?;
        let (edges, is_exact) = edges_of(values, max_bins);
        let representatives = representatives_of(values, &edges);
        Ok(Self::assemble(edges, representatives, is_exact, spread))
    }

    fn assemble(
        edges: Vec<f64>,
        representatives: Vec<f64>,
        is_exact: bool,
        spread: Spread,
    ) -> Self {
        let table = BinTable::new(&edges);
        Self {
            edges,
            representatives,
            is_exact,
            spread,
            table,
        }
    }

    /// The interior edges, strictly increasing, in the column's unit.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Number of bins, the open outer ones included.
    pub fn n_bins(&self) -> usize {
        self.edges.len() + 1
    }

    /// One value per bin: the mean of the reference sample in it, the middle where
    /// the sample has none, the sample's extreme for an outer bin.
    pub fn representatives(&self) -> &[f64] {
        &self.representatives
    }

    /// Whether every distinct value of the sample has a bin of its own.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Location and spread of the sample.
    pub fn spread(&self) -> &Spread {
        &self.spread
    }

    /// Whether the reference sample had one distinct value only.
    pub fn is_constant(&self) -> bool {
        self.spread.min == self.spread.max
    }

    /// The bin of a finite value.
    #[inline]
    pub fn bin(&self, value: f64) -> usize {
        self.table.bin(value)
    }

    /// Counts finite values by bin; `counts` has one entry per bin. Values take turns
    /// between two counts, since adding to what was just written would wait for it.
    #[inline]
    pub(crate) fn count(&self, values: &[f64], counts: &mut [[u64; 2]]) {
        self.table.count(values, counts);
    }

    fn write(&self, out: &mut Writer) {
        out.length(self.edges.len());
        for &edge in &self.edges {
            out.float(edge);
        }
        for &representative in &self.representatives {
            out.float(representative);
        }
        out.byte(u8::from(self.is_exact));
        let Spread {
            n,
            min,
            p01,
            median,
            p99,
            max,
            mean,
            sd,
            iqr,
        } = self.spread;
        out.varint(n);
        for value in [min, p01, median, p99, max, mean, sd, iqr] {
            out.float(value);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        let n_edges = input.length(16)?;
        if n_edges > 3 * MAX_BINS {
            return Err(input.foreign());
        }
        let mut edges = Vec::with_capacity(n_edges);
        for _ in 0..n_edges {
            let edge = input.finite()?;
            if edges.last().is_some_and(|&last| edge <= last) {
                return Err(input.foreign());
            }
            edges.push(edge);
        }
        if edges.is_empty() {
            return Err(input.foreign());
        }
        let mut representatives = Vec::with_capacity(n_edges + 1);
        for _ in 0..=n_edges {
            representatives.push(input.finite()?);
        }
        let is_exact = match input.byte()? {
            0 => false,
            1 => true,
            _ => return Err(input.foreign()),
        };
        let n = input.varint()?;
        let mut next = || input.finite();
        let spread = Spread {
            n,
            min: next()?,
            p01: next()?,
            median: next()?,
            p99: next()?,
            max: next()?,
            mean: next()?,
            sd: next()?,
            iqr: next()?,
        };
        Ok(Self::assemble(edges, representatives, is_exact, spread))
    }
}

impl PartialEq for NumericGrid {
    fn eq(&self, other: &Self) -> bool {
        self.edges == other.edges
            && self.representatives == other.representatives
            && self.is_exact == other.is_exact
            && self.spread == other.spread
    }
}

/// Edges of a sorted sample, and whether each distinct value stands alone.
fn edges_of(sorted: &[f64], max_bins: usize) -> (Vec<f64>, bool) {
    let mut distinct: Vec<f64> = Vec::new();
    for &value in sorted {
        if distinct.last() != Some(&value) {
            if distinct.len() == max_bins {
                return (quantile_edges(sorted, max_bins), false);
            }
            distinct.push(value);
        }
    }
    let mut edges = Vec::with_capacity(2 * distinct.len());
    let width_max = width_max(sorted, max_bins / 4);
    let mut previous = distinct[0];
    for &value in &distinct {
        divide(&mut edges, previous, value, width_max);
        push_edge(&mut edges, value.next_down());
        push_edge(&mut edges, value);
        previous = value;
    }
    (edges, true)
}

fn quantile_edges(sorted: &[f64], max_bins: usize) -> Vec<f64> {
    let n = sorted.len();
    let n_extra = max_bins / 4;
    let n_quantiles = max_bins - n_extra;
    let width_max = width_max(sorted, n_extra);
    let rank = |i: usize| (n * i).div_ceil(n_quantiles) - 1;
    let mut edges = Vec::with_capacity(max_bins + 2);
    let mut previous = sorted[0];
    push_edge(&mut edges, previous.next_down());
    for i in 1..=n_quantiles {
        let value = sorted[rank(i)];
        divide(&mut edges, previous, value, width_max);
        // A value that fills two bins is common: cut it off from its left
        // neighbours. The quantiles it swallows leave room for the extra edge.
        if i < n_quantiles && sorted[rank(i + 1)] == value {
            push_edge(&mut edges, value.next_down());
        }
        push_edge(&mut edges, value);
        previous = value;
    }
    edges
}

/// The width beyond which a bin is divided, such that this takes at most `n_extra`
/// edges.
fn width_max(sorted: &[f64], n_extra: usize) -> f64 {
    let n_parts = (n_extra + 1) as f64;
    sorted[sorted.len() - 1] / n_parts - sorted[0] / n_parts
}

/// Edges inside a wide bin. Few values of the sample are there, but drift may put many.
fn divide(edges: &mut Vec<f64>, from: f64, to: f64, width_max: f64) {
    let n_parts = ((to - from) / width_max).floor();
    if !n_parts.is_finite() {
        return;
    }
    for part in 1..n_parts as usize {
        let share = part as f64 / n_parts;
        push_edge(edges, from * (1.0 - share) + to * share);
    }
}

fn push_edge(edges: &mut Vec<f64>, edge: f64) {
    if edge.is_finite() && edges.last().is_none_or(|&last| last < edge) {
        edges.push(edge);
    }
}

fn representatives_of(sorted: &[f64], edges: &[f64]) -> Vec<f64> {
    let mut representatives = Vec::with_capacity(edges.len() + 1);
    let mut start = 0;
    for (i, &edge) in edges.iter().enumerate() {
        let end = start + sorted[start..].partition_point(|&value| value <= edge);
        representatives.push(match (sorted.get(start), i) {
            (Some(&first), _) if end > start => {
                let n = (end - start) as f64;
                let offsets: f64 = sorted[start..end]
                    .iter()
                    .map(|value| (value - first) / n)
                    .sum();
                // Rounding must not carry the mean out of its bin.
                (first + offsets).clamp(first, sorted[end - 1])
            }
            (_, 0) => sorted[0],
            _ => 0.5 * edges[i - 1] + 0.5 * edge,
        });
        start = end;
    }
    representatives.push(sorted[sorted.len() - 1]);
    representatives
}

/// Finds the bin of a value: a table narrows the search to the few edges that share a
/// cell, usually one or none, and comparisons do the rest.
#[derive(Debug, Clone)]
struct BinTable {
    cells: Cells,
    /// Edges that lie in cells before this one; one more entry at the end.
    starts: Vec<u16>,
    /// The edges, then infinities for the comparisons.
    edges: Vec<f64>,
}

/// How values are assigned to cells: never decreasing with the value, which is all
/// that the search needs.
#[derive(Debug, Clone, Copy)]
enum Cells {
    /// Equally wide.
    Linear(LinearCells),
    /// Equally wide in the logarithm, nearly.
    Logarithmic(LogarithmicCells),
}

trait Cell: Copy {
    fn cell(self, value: f64) -> usize;
}

#[derive(Debug, Clone, Copy)]
struct LinearCells {
    origin: f64,
    per_unit: f64,
}

impl Cell for LinearCells {
    /// The first and last cells take what lies outside.
    #[inline]
    fn cell(self, value: f64) -> usize {
        const LAST: f64 = (N_CELLS - 1) as f64;
        // A number of this size has no room for a fraction: its last bits are the
        // nearest integer.
        const ROUNDING: f64 = (1_u64 << 52) as f64;
        let position = (value - self.origin) * self.per_unit + 1.0;
        let position = if position > 0.0 { position } else { 0.0 };
        let position = if position < LAST { position } else { LAST };
        (position + ROUNDING).to_bits() as usize % N_CELLS
    }
}

/// Cells by the leading bits of the float. Values that are not positive share the first.
#[derive(Debug, Clone, Copy)]
struct LogarithmicCells {
    origin: u64,
    shift: u32,
}

impl Cell for LogarithmicCells {
    #[inline]
    fn cell(self, value: f64) -> usize {
        let positive = if value > 0.0 { value } else { 0.0 };
        let position = positive.to_bits().saturating_sub(self.origin) >> self.shift;
        position.min(N_CELLS as u64 - 1) as usize
    }
}

impl Cells {
    fn cell(self, value: f64) -> usize {
        match self {
            Self::Linear(cells) => cells.cell(value),
            Self::Logarithmic(cells) => cells.cell(value),
        }
    }

    /// Both ways of covering the central 98 % of the edges, where they exist.
    fn candidates(edges: &[f64]) -> Vec<Self> {
        // Outliers must not stretch the table: leave out a hundredth at each end.
        let margin = edges.len() / 100;
        let (low, high) = (edges[margin], edges[edges.len() - 1 - margin]);
        let mut candidates = Vec::new();
        let per_unit = (N_CELLS - 2) as f64 / (high - low);
        if per_unit.is_finite() && per_unit > 0.0 {
            candidates.push(Self::Linear(LinearCells {
                origin: low,
                per_unit,
            }));
        }
        let positive = edges.iter().find(|&&edge| edge > 0.0);
        if let Some(&smallest) = positive
            && high > smallest
        {
            let origin = low.max(smallest).to_bits();
            let span = high.to_bits().saturating_sub(origin) / (N_CELLS as u64 - 1);
            candidates.push(Self::Logarithmic(LogarithmicCells {
                origin,
                shift: u64::BITS - span.leading_zeros(),
            }));
        }
        candidates
    }
}

impl BinTable {
    fn new(edges: &[f64]) -> Self {
        // With nothing to tell values apart one cell holds all edges.
        let mut cells = Cells::Linear(LinearCells {
            origin: 0.0,
            per_unit: 0.0,
        });
        let mut least = u64::MAX;
        for candidate in Cells::candidates(edges) {
            // A value compares itself with the edges of its cell, and edges are where
            // the values are.
            let comparisons = occupancy(candidate, edges)
                .iter()
                .map(|&n_edges| u64::from(n_edges).pow(2))
                .sum();
            if comparisons < least {
                least = comparisons;
                cells = candidate;
            }
        }
        let mut starts = vec![0; N_CELLS + 1];
        for (cell, n_edges) in occupancy(cells, edges).into_iter().enumerate() {
            starts[cell + 1] = starts[cell] + n_edges;
        }
        let mut padded = edges.to_vec();
        padded.extend([f64::INFINITY; 2]);
        Self {
            cells,
            starts,
            edges: padded,
        }
    }

    /// The number of edges below `value`.
    #[inline]
    fn bin(&self, value: f64) -> usize {
        let cell = self.cells.cell(value);
        // Edges of earlier cells are below the value and those of later cells above.
        let start = usize::from(self.starts[cell]);
        let bin = start + usize::from(self.edges[start] < value);
        if self.edges[bin] < value {
            self.bin_beyond(cell, bin, value)
        } else {
            bin
        }
    }

    /// In a cell of several edges.
    #[cold]
    fn bin_beyond(&self, cell: usize, bin: usize, value: f64) -> usize {
        let end = usize::from(self.starts[cell + 1]);
        bin + self.edges[bin..end].partition_point(|&edge| edge < value)
    }

    fn count(&self, values: &[f64], counts: &mut [[u64; 2]]) {
        match self.cells {
            Cells::Linear(cells) => self.count_by(cells, values, counts),
            Cells::Logarithmic(cells) => self.count_by(cells, values, counts),
        }
    }

    fn count_by(&self, cells: impl Cell, values: &[f64], counts: &mut [[u64; 2]]) {
        let Ok(starts) = <&[u16; N_CELLS + 1]>::try_from(self.starts.as_slice()) else {
            return;
        };
        let mut count = |value: f64, turn: usize| {
            let cell = cells.cell(value);
            let start = usize::from(starts[cell]);
            let mut bin = start + usize::from(self.edges[start] < value);
            if self.edges[bin] < value {
                bin = self.bin_beyond(cell, bin, value);
            }
            counts[bin][turn] += 1;
        };
        let (pairs, rest) = values.as_chunks::<2>();
        for &[first, second] in pairs {
            count(first, 0);
            count(second, 1);
        }
        for &value in rest {
            count(value, 0);
        }
    }
}

/// Edges per cell.
fn occupancy(cells: Cells, edges: &[f64]) -> Vec<u16> {
    let mut occupancy = vec![0; N_CELLS];
    for &edge in edges {
        occupancy[cells.cell(edge)] += 1;
    }
    occupancy
}

/// The categories of one categorical column.
///
/// The most frequent of the reference come first, ties in alphabetical order;
/// every other value is "unseen".
#[derive(Debug, Clone)]
pub struct CategoricalGrid {
    categories: Vec<String>,
    index: HashMap<String, u32>,
}

impl CategoricalGrid {
    /// Makes the grid of counted values.
    ///
    /// * `counts`: value and number of rows; a value may occur more than once.
    /// * `max_categories`: the most frequent that are kept; recommended
    ///   [`DEFAULT_MAX_CATEGORIES`].
    pub fn from_counts(counts: &[(String, u64)], max_categories: usize) -> Self {
        let mut totals: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
        for (value, count) in counts {
            *totals.entry(value).or_default() += count;
        }
        let mut ranked: Vec<(&str, u64)> =
            totals.into_iter().filter(|&(_, count)| count > 0).collect();
        // A stable sort keeps the alphabetical order of ties.
        ranked.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        ranked.truncate(max_categories);
        Self::from_categories(
            ranked
                .into_iter()
                .map(|(value, _)| value.to_owned())
                .collect(),
        )
    }

    fn from_categories(categories: Vec<String>) -> Self {
        let index = categories
            .iter()
            .zip(0..)
            .map(|(category, i)| (category.clone(), i))
            .collect();
        Self { categories, index }
    }

    /// The categories, most frequent first.
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// The position of a value, `None` where it is unseen.
    #[inline]
    pub fn position(&self, value: &str) -> Option<usize> {
        self.index.get(value).map(|&position| position as usize)
    }

    fn write(&self, out: &mut Writer) {
        out.length(self.categories.len());
        for category in &self.categories {
            out.text(category);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, StatsError> {
        let n_categories = input.length(1)?;
        let mut categories = Vec::with_capacity(n_categories);
        for _ in 0..n_categories {
            categories.push(input.text()?);
        }
        let grid = Self::from_categories(categories);
        if grid.index.len() == grid.categories.len() {
            Ok(grid)
        } else {
            Err(input.foreign())
        }
    }
}

impl PartialEq for CategoricalGrid {
    fn eq(&self, other: &Self) -> bool {
        self.categories == other.categories
    }
}

/// The grid of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnGrid {
    /// Bins of numbers.
    Numeric(NumericGrid),
    /// A list of categories.
    Categorical(CategoricalGrid),
}

/// The grids of a model's columns: what makes any two of its profiles comparable.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Which grid of the model this is, counting from 1.
    pub version: u32,
    /// Column names and their grids, in the order of every profile's columns.
    pub columns: Vec<(String, ColumnGrid)>,
}

impl Grid {
    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| column == name)
    }

    /// Versioned bytes, the same for equal grids.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        out.varint(u64::from(self.version));
        out.length(self.columns.len());
        for (name, column) in &self.columns {
            out.text(name);
            match column {
                ColumnGrid::Numeric(grid) => {
                    out.byte(1);
                    grid.write(&mut out);
                }
                ColumnGrid::Categorical(grid) => {
                    out.byte(2);
                    grid.write(&mut out);
                }
            }
        }
        out.into_bytes()
    }

    /// Reads what [`Grid::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`]; never panics.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, "a grid", FORMAT)?;
        let version = u32::try_from(input.varint()?).map_err(|_| input.foreign())?;
        let n_columns = input.length(3)?;
        let mut columns = Vec::with_capacity(n_columns);
        for _ in 0..n_columns {
            let name = input.text()?;
            let column = match input.byte()? {
                1 => ColumnGrid::Numeric(NumericGrid::read(&mut input)?),
                2 => ColumnGrid::Categorical(CategoricalGrid::read(&mut input)?),
                _ => return Err(input.foreign()),
            };
            columns.push((name, column));
        }
        input.finish()?;
        Ok(Self { version, columns })
    }
}
