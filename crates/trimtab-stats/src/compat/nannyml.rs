//! NannyML 0.13: distances of ten chunks, judged by mean + 3 sd of the reference's own ten.
//!
//! The reference's chunks are compared with the reference that holds them, so its limits are
//! in-sample.

use super::histogram::{doane_edges, histogram, range_edges};
use super::{
    Column, PeerResult, chi_squared_with_yates, counts, jensen_shannon, mean_and_sd, only, sorted,
};
use crate::two_sample::{two_sample_ks, wasserstein_distance};
use std::ops::Range;

/// Standard deviations above the mean that alarm.
const DEVIATIONS: f64 = 3.0;
/// Reference values from which KS and Wasserstein are read off a histogram.
const ESTIMATED_FROM: usize = 10_000;
/// Its bins.
const N_BINS: usize = 10_000;
const LEVEL: f64 = 0.05;

const NUMERIC: &[&str] = &["jensen_shannon", "ks", "wasserstein", "hellinger"];
const CATEGORICAL: &[&str] = &["jensen_shannon", "chi2", "hellinger", "l_infinity"];

pub(super) fn numeric(
    column: &Column<'_, f64>,
    method: Option<&str>,
) -> Result<Vec<PeerResult>, &'static [&'static str]> {
    only(method, NUMERIC)?;
    let (name, variant, limit) = match method {
        Some("ks") => (
            "ks",
            "D of a chunk, exact below 10,000 reference values, else on 10,000 bins; limit mean + 3 sd of the reference's chunks",
            1.0,
        ),
        Some("wasserstein") => (
            "wasserstein",
            "raw units, exact below 10,000 reference values, else on 10,000 bins; limit mean + 3 sd of the reference's chunks",
            f64::INFINITY,
        ),
        Some("hellinger") => (
            "hellinger",
            "Doane bins of the reference, the rest in one; limit mean + 3 sd of the reference's chunks",
            f64::INFINITY,
        ),
        _ => (
            "jensen_shannon",
            "base 2, Doane bins of the reference, the rest in one; limit mean + 3 sd of the reference's chunks",
            f64::INFINITY,
        ),
    };
    if column.reference.is_empty() {
        return Ok(vec![PeerResult::silent(name, variant)]);
    }
    let fitted = Numeric::fit(column.reference, name);
    let distance = |values: &[f64]| fitted.distance(values);
    Ok(judged(name, variant, limit, column, &distance))
}

pub(super) fn categorical(
    n_categories: usize,
    column: &Column<'_, u32>,
    method: Option<&str>,
) -> Result<Vec<PeerResult>, &'static [&'static str]> {
    only(method, CATEGORICAL)?;
    let reference = counts(n_categories, column.reference);
    let n = column.reference.len() as f64;
    if method == Some("chi2") {
        let variant = "contingency statistic, Yates' correction at one degree of freedom; a chunk alarms below p 0.05";
        return Ok(pieces(column.current, &column.current_chunks)
            .map(|chunk| {
                if chunk.is_empty() || n == 0.0 {
                    return PeerResult::silent("chi2", variant);
                }
                let (statistic, p) =
                    chi_squared_with_yates(&reference, &counts(n_categories, chunk));
                PeerResult::of_p("chi2", variant, statistic, p, LEVEL, p < LEVEL)
            })
            .collect());
    }
    let (name, variant): (&'static str, &'static str) = match method {
        Some("hellinger") => (
            "hellinger",
            "unseen categories in one; limit mean + 3 sd of the reference's chunks",
        ),
        Some("l_infinity") => (
            "l_infinity",
            "largest change of a share; limit mean + 3 sd of the reference's chunks",
        ),
        _ => (
            "jensen_shannon",
            "base 2, unseen categories in one; limit mean + 3 sd of the reference's chunks",
        ),
    };
    if n == 0.0 {
        return Ok(vec![PeerResult::silent(name, variant)]);
    }
    let distance = |codes: &[u32]| {
        if codes.is_empty() {
            return f64::NAN;
        }
        let found = counts(n_categories, codes);
        let total = codes.len() as f64;
        if name == "l_infinity" {
            return reference
                .iter()
                .zip(&found)
                .map(|(r, c)| (r / n - c / total).abs())
                .fold(0.0, f64::max);
        }
        let (p, q): (Vec<f64>, Vec<f64>) = reference
            .iter()
            .zip(&found)
            .filter(|(r, _)| **r > 0.0)
            .map(|(r, c)| (r / n, c / total))
            .unzip();
        of_shares(name, p, q)
    };
    Ok(judged(name, variant, f64::INFINITY, column, &distance))
}

/// The chunks of a side; the side itself where it is too short for ten.
fn pieces<'a, T>(values: &'a [T], chunks: &'a [Range<usize>]) -> impl Iterator<Item = &'a [T]> {
    let whole = 0..values.len();
    let ranges = if chunks.is_empty() {
        vec![whole]
    } else {
        chunks.to_vec()
    };
    ranges
        .into_iter()
        .map(|range| values.get(range).unwrap_or_default())
}

fn judged<T>(
    name: &'static str,
    variant: &'static str,
    limit: f64,
    column: &Column<'_, T>,
    distance: &dyn Fn(&[T]) -> f64,
) -> Vec<PeerResult> {
    let of_reference: Vec<f64> = pieces(column.reference, &column.reference_chunks)
        .map(distance)
        .filter(|value| !value.is_nan())
        .collect();
    let (mean, sd) = mean_and_sd(&of_reference);
    let threshold = (mean + DEVIATIONS * sd).min(limit);
    pieces(column.current, &column.current_chunks)
        .map(distance)
        .map(|value| PeerResult::of_distance(name, variant, value, threshold, value > threshold))
        .collect()
}

/// Distance of shares in the reference's bins; what lies outside them is one more bin.
fn of_shares(name: &str, mut p: Vec<f64>, mut q: Vec<f64>) -> f64 {
    let rest = 1.0 - q.iter().sum::<f64>();
    if rest > 0.0 {
        p.push(0.0);
        q.push(rest);
    }
    if name == "hellinger" {
        let squares: f64 = p
            .iter()
            .zip(&q)
            .map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2))
            .sum();
        squares.sqrt() / std::f64::consts::SQRT_2
    } else {
        jensen_shannon(&p, &q, std::f64::consts::LN_2)
    }
}

/// A reference, ready to be compared with.
enum Numeric {
    Bins {
        name: &'static str,
        edges: Vec<f64>,
        shares: Vec<f64>,
    },
    Exact {
        name: &'static str,
        sorted: Vec<f64>,
    },
    Estimated {
        name: &'static str,
        edges: Vec<f64>,
        cumulated: Vec<f64>,
    },
}

impl Numeric {
    fn fit(reference: &[f64], name: &'static str) -> Self {
        let n = reference.len() as f64;
        if matches!(name, "jensen_shannon" | "hellinger") {
            let edges = doane_edges(reference);
            let shares = histogram(reference, &edges)
                .iter()
                .map(|count| count / n)
                .collect();
            Self::Bins {
                name,
                edges,
                shares,
            }
        } else if reference.len() < ESTIMATED_FROM {
            Self::Exact {
                name,
                sorted: sorted(reference),
            }
        } else {
            let edges = range_edges(reference, N_BINS);
            let cumulated = cumulated(&histogram(reference, &edges), n);
            Self::Estimated {
                name,
                edges,
                cumulated,
            }
        }
    }

    fn distance(&self, chunk: &[f64]) -> f64 {
        if chunk.is_empty() {
            return f64::NAN;
        }
        let n = chunk.len() as f64;
        match self {
            Self::Bins {
                name,
                edges,
                shares,
            } => {
                let found = histogram(chunk, edges)
                    .iter()
                    .map(|count| count / n)
                    .collect();
                of_shares(name, shares.clone(), found)
            }
            Self::Exact {
                name: "ks",
                sorted: reference,
            } => two_sample_ks(reference, &sorted(chunk)).map_or(f64::NAN, |found| found.statistic),
            Self::Exact {
                sorted: reference, ..
            } => wasserstein_distance(reference, &sorted(chunk)).unwrap_or(f64::NAN),
            Self::Estimated {
                name: "ks",
                edges,
                cumulated: reference,
            } => {
                let below = chunk.iter().filter(|v| **v < edges[0]).count() as f64 / n;
                cumulated(&histogram(chunk, edges), n)
                    .iter()
                    .zip(reference)
                    .map(|(found, reference)| (reference - (found + below)).abs())
                    .fold(0.0, f64::max)
            }
            Self::Estimated {
                edges,
                cumulated: reference,
                ..
            } => estimated_wasserstein(chunk, edges, reference),
        }
    }
}

fn cumulated(counts: &[f64], n: f64) -> Vec<f64> {
    let mut sum = 0.0;
    counts
        .iter()
        .map(|count| {
            sum += count / n;
            sum
        })
        .collect()
}

/// The 10,000-bin estimate, with its own treatment of values outside the reference's range: they
/// are joined by the range's end, which is counted among them.
fn estimated_wasserstein(chunk: &[f64], edges: &[f64], reference: &[f64]) -> f64 {
    let (low, high) = (edges[0], edges[edges.len() - 1]);
    let n = chunk.len() as f64;
    let mut below: Vec<f64> = chunk.iter().copied().filter(|v| *v < low).collect();
    let mut above: Vec<f64> = chunk.iter().copied().filter(|v| *v > high).collect();
    let (mut outside, mut amount_below) = (0.0, 0.0);
    if !below.is_empty() {
        amount_below = (below.len() + 1) as f64 / n;
        below.push(low);
        outside += amount_below * area(&sorted(&below), |share| share);
    }
    if !above.is_empty() {
        let amount = (above.len() + 1) as f64 / n;
        above.push(high);
        outside += amount * area(&sorted(&above), |share| 1.0 - share);
    }
    let width = edges[1] - edges[0];
    let inside: f64 = cumulated(&histogram(chunk, edges), n)
        .iter()
        .zip(reference)
        .map(|(found, reference)| (reference - (found + amount_below)).abs() * width)
        .sum();
    inside + outside
}

/// Integral of a function of the empirical distribution over the sample's range.
fn area(sorted: &[f64], height: impl Fn(f64) -> f64) -> f64 {
    let n = sorted.len() as f64;
    sorted
        .windows(2)
        .enumerate()
        .map(|(i, pair)| height((i + 1) as f64 / n) * (pair[1] - pair[0]))
        .sum()
}
