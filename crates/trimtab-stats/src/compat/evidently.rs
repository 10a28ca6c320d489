//! Evidently 0.7: a method by type and reference size, one limit for each method.

use super::histogram::{histogram, sturges_edges};
use super::{
    Column, Counted, PeerResult, jensen_shannon, mean_and_sd, n_distinct, sorted, stability_index,
};
use crate::special::{ln_chi_squared_sf, normal_sf};
use crate::two_sample::{two_sample_ks, wasserstein_distance};

/// Reference values up to which it tests, and from which it measures distances.
const SMALL: usize = 1_000;
/// Distinct values up to which numbers are taken as categories.
const FEW_VALUES: usize = 5;
/// Distinct reference values from which numbers are binned.
const BINNED_ABOVE: usize = 20;
const DISTANCE: f64 = 0.1;
const LEVEL: f64 = 0.05;

const NUMERIC: &[&str] = &[
    "ks",
    "wasserstein",
    "jensen_shannon",
    "kl",
    "psi",
    "hellinger",
    "chi2",
    "two_proportion_z",
];
const CATEGORICAL: &[&str] = &[
    "chi2",
    "two_proportion_z",
    "jensen_shannon",
    "kl",
    "psi",
    "hellinger",
];

pub(super) fn numeric(
    column: &Column<'_, f64>,
    method: Option<&str>,
) -> Result<PeerResult, &'static [&'static str]> {
    let (reference, current) = (sorted(column.reference), sorted(column.current));
    let pooled = sorted(&[reference.as_slice(), current.as_slice()].concat());
    let distinct = n_distinct(&pooled);
    let method = method.unwrap_or(match (reference.len() <= SMALL, distinct <= FEW_VALUES) {
        (true, true) if distinct > 2 => "chi2",
        (true, true) => "two_proportion_z",
        (true, false) => "ks",
        (false, true) => "jensen_shannon",
        (false, false) => "wasserstein",
    });
    let Some(&name) = NUMERIC.iter().find(|name| **name == method) else {
        return Err(NUMERIC);
    };
    if reference.is_empty() || current.is_empty() {
        return Ok(PeerResult::silent(name, "an empty column"));
    }
    Ok(match name {
        "ks" => match two_sample_ks(&reference, &current) {
            Ok(found) => PeerResult::of_p(
                "ks",
                "SciPy's two-sided test, drift up to p 0.05",
                found.statistic,
                found.p_value,
                LEVEL,
                found.p_value <= LEVEL,
            ),
            Err(_) => PeerResult::silent("ks", "SciPy's two-sided test"),
        },
        "wasserstein" => {
            let (_, sd) = mean_and_sd(&reference);
            let distance =
                wasserstein_distance(&reference, &current).unwrap_or(f64::NAN) / sd.max(0.001);
            PeerResult::of_distance(
                "wasserstein",
                "over the reference's standard deviation (at least 0.001), limit 0.1",
                distance,
                DISTANCE,
                distance >= DISTANCE,
            )
        }
        "hellinger" => hellinger_numeric(&reference, &current, &pooled),
        _ if n_distinct(&reference) > BINNED_ABOVE
            && !matches!(name, "chi2" | "two_proportion_z") =>
        {
            let edges = sturges_edges(&reference, &current);
            let shares = |values: &[f64]| -> Vec<f64> {
                histogram(values, &edges)
                    .iter()
                    .map(|count| count / values.len() as f64)
                    .collect()
            };
            of_shares(
                name,
                "Sturges bins over both sides together, natural logarithms, limit 0.1",
                shares(&reference),
                shares(&current),
            )
        }
        _ => of_counts(name, &value_counts(&reference, &current, &pooled)),
    })
}

pub(super) fn categorical(
    categories: &[String],
    counted: &Counted,
    method: Option<&str>,
) -> Result<PeerResult, &'static [&'static str]> {
    // In the order of their names: the z test is about the first.
    let mut order: Vec<usize> = (0..categories.len())
        .filter(|&i| counted.reference[i] + counted.current[i] > 0.0)
        .collect();
    order.sort_by(|&a, &b| categories[a].cmp(&categories[b]));
    let counted = Counted {
        reference: order.iter().map(|&i| counted.reference[i]).collect(),
        current: order.iter().map(|&i| counted.current[i]).collect(),
    };
    let is_small = counted.n_reference() as usize <= SMALL;
    let method = method.unwrap_or(match is_small {
        true if order.len() > 2 => "chi2",
        true => "two_proportion_z",
        false => "jensen_shannon",
    });
    let Some(&name) = CATEGORICAL.iter().find(|name| **name == method) else {
        return Err(CATEGORICAL);
    };
    if counted.n_reference() == 0.0 || counted.n_current() == 0.0 {
        return Ok(PeerResult::silent(name, "an empty column"));
    }
    Ok(of_counts(name, &counted))
}

/// Counts of each distinct number, in order.
fn value_counts(reference: &[f64], current: &[f64], pooled: &[f64]) -> Counted {
    let count = |values: &[f64], at: f64| {
        (values.partition_point(|v| *v <= at) - values.partition_point(|v| *v < at)) as f64
    };
    let distinct: Vec<f64> = pooled.chunk_by(|a, b| a == b).map(|run| run[0]).collect();
    Counted {
        reference: distinct.iter().map(|&at| count(reference, at)).collect(),
        current: distinct.iter().map(|&at| count(current, at)).collect(),
    }
}

fn of_counts(name: &'static str, counted: &Counted) -> PeerResult {
    match name {
        "chi2" => one_sample_chi2(counted),
        "two_proportion_z" => z(counted),
        "hellinger" => {
            let (p, q) = counted.shares();
            let affinity: f64 = p.iter().zip(&q).map(|(p, q)| (p * q).sqrt()).sum();
            let distance = (1.0 - affinity.clamp(0.0, 1.0)).sqrt();
            PeerResult::of_distance(
                "hellinger",
                "of shares, limit 0.1",
                distance,
                DISTANCE,
                distance >= DISTANCE,
            )
        }
        _ => {
            let (p, q) = counted.shares();
            of_shares(
                name,
                "of shares by value, natural logarithms, limit 0.1",
                p,
                q,
            )
        }
    }
}

fn of_shares(name: &'static str, variant: &'static str, p: Vec<f64>, q: Vec<f64>) -> PeerResult {
    let distance = match name {
        "psi" => stability_index(&filled(p), &filled(q)),
        "kl" => {
            let (p, q) = (filled(p), filled(q));
            let (sum_p, sum_q) = (p.iter().sum::<f64>(), q.iter().sum::<f64>());
            p.iter()
                .zip(&q)
                .map(|(p, q)| p / sum_p * ((p / sum_p) / (q / sum_q)).ln())
                .sum()
        }
        _ => jensen_shannon(&p, &q, 1.0),
    };
    PeerResult::of_distance(name, variant, distance, DISTANCE, distance >= DISTANCE)
}

/// Zeros become 0.0001, or a millionth of the smallest share where one is as small as that.
fn filled(mut shares: Vec<f64>) -> Vec<f64> {
    let smallest = shares
        .iter()
        .copied()
        .filter(|share| *share > 0.0)
        .fold(f64::INFINITY, f64::min);
    let fill = if smallest <= 0.0001 {
        smallest / 1e6
    } else {
        0.0001
    };
    for share in &mut shares {
        if *share == 0.0 {
            *share = fill;
        }
    }
    shares
}

fn one_sample_chi2(counted: &Counted) -> PeerResult {
    let variant = "one sample: expected are the reference's counts scaled to the current size, drift below p 0.05";
    let scale = counted.n_current() / counted.n_reference();
    let statistic: f64 = counted
        .reference
        .iter()
        .zip(&counted.current)
        .map(|(reference, found)| {
            let expected = reference * scale;
            (found - expected).powi(2) / expected
        })
        .sum();
    let df = counted.reference.len() as f64 - 1.0;
    let p = if statistic.is_infinite() {
        0.0
    } else if df > 0.0 {
        ln_chi_squared_sf(statistic, df).exp()
    } else {
        f64::NAN
    };
    PeerResult::of_p("chi2", variant, statistic, p, LEVEL, p < LEVEL)
}

/// One against the rest of the first value.
fn z(counted: &Counted) -> PeerResult {
    let variant = "share of all but the first value, pooled, two-sided, drift below p 0.05";
    let (n, m) = (counted.n_reference(), counted.n_current());
    if counted.reference.len() == 1 {
        return PeerResult::of_p("two_proportion_z", variant, 0.0, 1.0, LEVEL, false);
    }
    let (p, q) = (1.0 - counted.reference[0] / n, 1.0 - counted.current[0] / m);
    let pooled = (p * n + q * m) / (n + m);
    let statistic = (p - q) / (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let p_value = 2.0 * normal_sf(statistic.abs());
    PeerResult::of_p(
        "two_proportion_z",
        variant,
        statistic,
        p_value,
        LEVEL,
        p_value < LEVEL,
    )
}

/// Bins by Sturges on the *distinct* values of both sides.
fn hellinger_numeric(reference: &[f64], current: &[f64], pooled: &[f64]) -> PeerResult {
    let distinct: Vec<f64> = pooled.chunk_by(|a, b| a == b).map(|run| run[0]).collect();
    let edges = sturges_edges(&distinct, &[]);
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let affinity: f64 = histogram(reference, &edges)
        .iter()
        .zip(histogram(current, &edges))
        .map(|(r, c)| (r / n * (c / m)).sqrt())
        .sum();
    let distance = (1.0 - affinity.clamp(0.0, 1.0)).sqrt();
    PeerResult::of_distance(
        "hellinger",
        "Sturges bins of the distinct values, limit 0.1",
        distance,
        DISTANCE,
        distance >= DISTANCE,
    )
}
