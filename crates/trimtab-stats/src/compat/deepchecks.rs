//! deepchecks 0.19: KS distance for numbers, bias-corrected Cramér's V for categories.

use super::{Column, Counted, PeerResult, chi_squared_with_yates, only, sorted, stability_index};
use crate::two_sample::{two_sample_ks, wasserstein_distance};

const THRESHOLD: f64 = 0.2;
/// Values a side must have.
const N_MIN: usize = 10;
/// Categories rarer than this in the reference are one.
const RARE_SHARE: f64 = 0.01;
/// Smallest share that enters its PSI.
const SHARE_MIN: f64 = 0.01;
/// Share cut off at each end for the earth mover's distance.
const MARGIN: f64 = 0.025;

const KS: &str = "distance without a p-value, limit 0.2";
const EMD: &str = "2.5 % cut off at each end, both sides scaled to [0, 1] together, limit 0.2";
const CRAMERS_V: &str = "bias-corrected, sides scaled down to equal sizes and rounded, categories below 1 % of the reference in one, Yates' correction at one degree of freedom, limit 0.2";
const PSI: &str =
    "shares of at least 0.01, categories below 1 % of the reference in one, limit 0.2";

pub(super) fn numeric(
    column: &Column<'_, f64>,
    method: Option<&str>,
) -> Result<PeerResult, &'static [&'static str]> {
    only(method, &["ks", "wasserstein"])?;
    let is_emd = method == Some("wasserstein");
    let (name, variant) = if is_emd {
        ("wasserstein", EMD)
    } else {
        ("ks", KS)
    };
    if column.reference.len() < N_MIN || column.current.len() < N_MIN {
        return Ok(PeerResult::silent(name, variant));
    }
    let (reference, current) = (sorted(column.reference), sorted(column.current));
    let distance = if is_emd {
        earth_movers(&reference, &current)
    } else {
        two_sample_ks(&reference, &current).map_or(f64::NAN, |found| found.statistic)
    };
    Ok(PeerResult::of_distance(
        name,
        variant,
        distance,
        THRESHOLD,
        distance >= THRESHOLD,
    ))
}

fn earth_movers(reference: &[f64], current: &[f64]) -> f64 {
    let (reference, current) = (without_margins(reference), without_margins(current));
    let (Some((r0, r1)), Some((c0, c1))) = (ends(&reference), ends(&current)) else {
        return f64::NAN;
    };
    let (min, max) = (r0.min(c0), r1.max(c1));
    if min == max {
        return 0.0;
    }
    let scaled = |values: &[f64]| {
        values
            .iter()
            .map(|v| (v - min) / (max - min))
            .collect::<Vec<f64>>()
    };
    wasserstein_distance(&scaled(&reference), &scaled(&current)).unwrap_or(f64::NAN)
}

fn ends(values: &[f64]) -> Option<(f64, f64)> {
    Some((*values.first()?, *values.last()?))
}

/// Values from one margin quantile to the other.
fn without_margins(sorted: &[f64]) -> Vec<f64> {
    let quantile = |level: f64| {
        let position = level * (sorted.len() - 1) as f64;
        let below = position.floor() as usize;
        let (low, high) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
        low + (high - low) * (position - below as f64)
    };
    let (low, high) = (quantile(MARGIN), quantile(1.0 - MARGIN));
    sorted
        .iter()
        .copied()
        .filter(|v| low <= *v && *v <= high)
        .collect()
}

pub(super) fn categorical(
    counted: &Counted,
    method: Option<&str>,
) -> Result<PeerResult, &'static [&'static str]> {
    only(method, &["cramers_v", "psi"])?;
    let is_psi = method == Some("psi");
    let (name, variant) = if is_psi {
        ("psi", PSI)
    } else {
        ("cramers_v", CRAMERS_V)
    };
    let (n, m) = (counted.n_reference(), counted.n_current());
    if (n as usize) < N_MIN || (m as usize) < N_MIN {
        return Ok(PeerResult::silent(name, variant));
    }
    let (reference, current) = pooled(counted);
    let distance = if is_psi {
        let shares = |counts: &[f64]| {
            let total: f64 = counts.iter().sum();
            counts
                .iter()
                .map(|count| (count / total).max(SHARE_MIN))
                .collect::<Vec<f64>>()
        };
        stability_index(&shares(&reference), &shares(&current))
    } else if reference.len() == 1 {
        0.0
    } else {
        corrected_v(&reference, &current)
    };
    Ok(PeerResult::of_distance(
        name,
        variant,
        distance,
        THRESHOLD,
        distance >= THRESHOLD,
    ))
}

/// Counts with the reference's rare categories in one, which is left out where it is rare itself.
fn pooled(counted: &Counted) -> (Vec<f64>, Vec<f64>) {
    let (n, m) = (counted.n_reference(), counted.n_current());
    let (mut reference, mut current) = (Vec::new(), Vec::new());
    let mut other = (0.0, 0.0);
    for (&r, &c) in counted.reference.iter().zip(&counted.current) {
        if r + c == 0.0 {
            continue;
        }
        if r < n * RARE_SHARE {
            other.0 += r;
            other.1 += c;
        } else {
            reference.push(r);
            current.push(c);
        }
    }
    if other.0 > RARE_SHARE * n || other.1 > RARE_SHARE * m {
        reference.push(other.0);
        current.push(other.1);
    }
    (reference, current)
}

/// Bias-corrected Cramér's V (Bergsma) of the table after both sides were made equally large.
fn corrected_v(reference: &[f64], current: &[f64]) -> f64 {
    let (n, m) = (reference.iter().sum::<f64>(), current.iter().sum::<f64>());
    let smaller = n.min(m);
    let scaled = |counts: &[f64], total: f64| {
        counts
            .iter()
            .map(|count| {
                let count = if total > smaller {
                    count * (smaller / total)
                } else {
                    *count
                };
                count.round_ties_even()
            })
            .collect::<Vec<f64>>()
    };
    let (reference, current) = (scaled(reference, n), scaled(current, m));
    let (statistic, _) = chi_squared_with_yates(&reference, &current);
    let total: f64 = reference.iter().chain(&current).sum();
    let columns = reference
        .iter()
        .zip(&current)
        .filter(|(r, c)| **r + **c > 0.0)
        .count() as f64;
    let phi = (statistic / total - (columns - 1.0) / (total - 1.0)).max(0.0);
    let rows = 2.0 - 1.0 / (total - 1.0);
    let columns = columns - (columns - 1.0).powi(2) / (total - 1.0);
    (phi / (columns - 1.0).min(rows - 1.0)).sqrt()
}
