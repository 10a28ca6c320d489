//! Power beside the peers' rules at equal false alarms.
//!
//! One threshold per rule is tuned on data without drift so that 5 % of the data sets alarm;
//! then six of thirty columns drift by `d`. Peers' scores are those of `trimtab_stats::compat`.

use crate::rate::Rate;
use crate::work::{Piece, Store};
use trimtab_stats::compat::{self, Column, Peer, PeerResult};
use trimtab_stats::{
    ColumnEvidence, Correction, Decision, DecisionPolicy, Random, RowLevelTest,
    compare_categorical_counts, compare_numeric_samples, decide,
};

/// How far the planted columns move.
pub(crate) const STEPS: [f64; 5] = [0.02, 0.05, 0.1, 0.2, 0.4];
const N_NUMERIC: usize = 20;
const N_CATEGORICAL: usize = 10;
const N_COLUMNS: usize = N_NUMERIC + N_CATEGORICAL;
/// mean, spread, log-mean, rate, two masses.
const PLANTED: [usize; 6] = [0, 3, 4, 11, N_NUMERIC + 3, N_NUMERIC + 5];
pub(crate) const PLANTED_TEXT: &str = "six columns drift by d: mean + d sd, sd × (1 + d), \
    log-mean + d, Poisson rate × (1 + d/2), and mass d/5 moved between two categories, twice";
const CATEGORIES: [usize; N_CATEGORICAL] = [3, 4, 5, 8, 10, 12, 20, 40, 80, 150];
const PEERS: [Peer; 4] = [Peer::Evidently, Peer::NannyMl, Peer::Whylogs, Peer::Scouter];
/// Score columns: the combined test, KS, and the peers.
pub(crate) const RULES: [&str; 6] = [
    "trimtab",
    "trimtab, ks",
    "evidently",
    "nannyml",
    "whylogs",
    "scouter",
];

/// Data sets of one size.
pub(crate) struct Study {
    pub(crate) n: usize,
    pub(crate) rules: Vec<Rule>,
    /// The default decision, floors included: data sets called drifted without drift.
    pub(crate) decision_null: Rate,
    /// Per step: planted columns found by the default decision, and the false share of its list.
    pub(crate) decision: Vec<(Rate, f64)>,
}

/// A rule at the tuned threshold.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    /// Data sets without drift in which it alarms as it comes.
    pub(crate) untuned: Rate,
    /// Per step, share of planted columns found.
    pub(crate) found: Vec<Rate>,
    /// Per step, data sets in which it alarms.
    pub(crate) data_sets: Vec<Rate>,
    /// Per step, mean share of false entries in its list.
    pub(crate) false_share: Vec<f64>,
}

/// Numbers kept per data set: a score per rule and column, and the default decision per column.
const KEPT: usize = N_COLUMNS * (RULES.len() + 1);

pub(crate) fn run(store: &Store, is_slice: bool) -> Vec<Study> {
    let sizes: &[(usize, usize, usize)] = if is_slice {
        &[(1_500, 60, 15)]
    } else {
        // Rows, data sets without drift, data sets per step.
        &[(1_500, 400, 100), (5_000, 400, 100), (50_000, 200, 40)]
    };
    let mut plans = Vec::new();
    for &(n, n_null, n_drifted) in sizes {
        // Pieces of ten data sets, so that both cores have work.
        for (step, times) in
            std::iter::once((None, n_null)).chain(STEPS.map(|step| (Some(step), n_drifted)))
        {
            for first in (0..times).step_by(10) {
                plans.push((n, step, first, (times - first).min(10)));
            }
        }
    }
    let pieces: Vec<Piece<'_>> = plans
        .iter()
        .map(|&(n, step, first, times)| Piece {
            name: format!("power {n} {} {first}", step.unwrap_or(0.0)),
            cost: (n * times * 3) as f64,
            run: Box::new(move |_| {
                // The same draws for every step.
                (first..first + times)
                    .flat_map(|i| data_set(n, step.unwrap_or(0.0), i as u64 + 1))
                    .collect()
            }),
        })
        .collect();
    let results = store.run("power", &pieces);
    sizes
        .iter()
        .map(|&(n, ..)| {
            let of_step = |wanted: Option<f64>| -> Vec<&[f64]> {
                plans
                    .iter()
                    .zip(&results)
                    .filter(|(plan, _)| plan.0 == n && plan.1 == wanted)
                    .flat_map(|(_, numbers)| numbers.chunks_exact(KEPT))
                    .collect()
            };
            let drifted: Vec<Vec<&[f64]>> = STEPS.iter().map(|&step| of_step(Some(step))).collect();
            study(n, &of_step(None), &drifted)
        })
        .collect()
}

fn study(n: usize, null: &[&[f64]], drifted: &[Vec<&[f64]>]) -> Study {
    let rules = (0..RULES.len())
        .map(|rule| {
            let scores = |set: &[f64]| set[rule * N_COLUMNS..(rule + 1) * N_COLUMNS].to_vec();
            let loudest = |set: &&[f64]| scores(set).into_iter().fold(f64::NEG_INFINITY, f64::max);
            let mut largest: Vec<f64> = null.iter().map(loudest).collect();
            let mut untuned = Rate::default();
            for &score in &largest {
                untuned.add(score >= 0.0);
            }
            largest.sort_by(f64::total_cmp);
            // The smallest limit above which at most 5 % lie.
            let limit = largest[(largest.len() * 95 / 100).min(largest.len() - 1)];
            let mut found = Rule {
                name: RULES[rule],
                untuned,
                found: Vec::new(),
                data_sets: Vec::new(),
                false_share: Vec::new(),
            };
            for sets in drifted {
                let lists = sets.iter().map(|set| {
                    scores(set)
                        .into_iter()
                        .map(|score| score > limit)
                        .collect::<Vec<_>>()
                });
                let (planted, data_sets, false_share) = counted(lists);
                found.found.push(planted);
                found.data_sets.push(data_sets);
                found.false_share.push(false_share);
            }
            found
        })
        .collect();
    let decided = |set: &&[f64]| -> Vec<bool> {
        set[RULES.len() * N_COLUMNS..]
            .iter()
            .map(|&drift| drift > 0.0)
            .collect()
    };
    let (_, decision_null, _) = counted(null.iter().map(decided));
    let decision = drifted
        .iter()
        .map(|sets| {
            let (planted, _, false_share) = counted(sets.iter().map(decided));
            (planted, false_share)
        })
        .collect();
    Study {
        n,
        rules,
        decision_null,
        decision,
    }
}

/// Planted columns found, data sets with any alarm, mean share of false entries.
fn counted(lists: impl Iterator<Item = Vec<bool>>) -> (Rate, Rate, f64) {
    let (mut planted, mut data_sets) = (Rate::default(), Rate::default());
    let (mut false_shares, mut n) = (0.0, 0.0_f64);
    for alarms in lists {
        let n_alarms = alarms.iter().filter(|&&alarm| alarm).count();
        let n_true = PLANTED.iter().filter(|&&column| alarms[column]).count();
        for column in PLANTED {
            planted.add(alarms[column]);
        }
        data_sets.add(n_alarms > 0);
        false_shares += (n_alarms - n_true) as f64 / n_alarms.max(1) as f64;
        n += 1.0;
    }
    (planted, data_sets, false_shares / n.max(1.0))
}

/// Scores of all rules on one data set; above 0 is an alarm of the rule as it comes.
fn data_set(n: usize, d: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::from_seed(seed);
    let mut evidence = Vec::with_capacity(N_COLUMNS);
    let mut peers = vec![Vec::with_capacity(N_COLUMNS); PEERS.len()];
    for column in 0..N_COLUMNS {
        let moved = if PLANTED.contains(&column) { d } else { 0.0 };
        if column < N_NUMERIC {
            let mut draw =
                |d: f64| -> Vec<f64> { (0..n).map(|_| number(&mut random, column, d)).collect() };
            let (mut reference, mut current) = (draw(0.0), draw(moved));
            let pair = pair(&reference, &current);
            for (scores, peer) in peers.iter_mut().zip(PEERS) {
                scores.push(score(compat::compare_numeric(peer, &pair, None).ok()));
            }
            evidence.push(compare_numeric_samples(
                "x",
                &mut reference,
                &mut current,
                0,
                0,
                None,
            ));
        } else {
            let k = CATEGORIES[column - N_NUMERIC];
            let mut draw =
                |d: f64| -> Vec<u32> { (0..n).map(|_| category(&mut random, k, d)).collect() };
            let (reference, current) = (draw(0.0), draw(moved));
            let names: Vec<String> = (0..k).map(|i| format!("c{i}")).collect();
            let pair = pair(&reference, &current);
            for (scores, peer) in peers.iter_mut().zip(PEERS) {
                scores.push(score(
                    compat::compare_categories(peer, &names, &pair, None).ok(),
                ));
            }
            let counted = |values: &[u32]| {
                let mut counts = vec![0_u64; k];
                for &value in values {
                    counts[value as usize] += 1;
                }
                names.iter().cloned().zip(counts).collect::<Vec<_>>()
            };
            evidence.push(compare_categorical_counts(
                "x",
                &counted(&reference),
                &counted(&current),
                0,
                0,
                None,
            ));
        }
    }
    let mut kept = Vec::with_capacity(KEPT);
    kept.extend(adjusted_scores(&evidence));
    let mut by_ks = evidence.clone();
    for column in &mut by_ks {
        column.choose_row_test(RowLevelTest::Ks);
    }
    kept.extend(adjusted_scores(&by_ks));
    kept.extend(peers.into_iter().flatten());
    let decided = decide(&evidence, &DecisionPolicy::default());
    kept.extend(
        decided
            .columns
            .iter()
            .map(|column| f64::from(u8::from(column.decision == Decision::Drift))),
    );
    kept
}

/// `ln 0.05 − ln p`, adjusted over the columns.
fn adjusted_scores(evidence: &[ColumnEvidence]) -> Vec<f64> {
    let p_values: Vec<f64> = evidence
        .iter()
        .map(|column| column.p_value().unwrap_or(1.0))
        .collect();
    let adjusted = Correction::BenjaminiHochberg.adjust(&p_values);
    adjusted.into_iter().map(|p| ln_ratio(0.05, p)).collect()
}

fn ln_ratio(above: f64, below: f64) -> f64 {
    (above.max(1e-300) / below.max(1e-300)).ln()
}

/// How far a peer's loudest result is beyond its own threshold, as a logarithm.
fn score(results: Option<Vec<PeerResult>>) -> f64 {
    let results = results.unwrap_or_default();
    let one = |result: &PeerResult| match (result.p_value, result.statistic, result.threshold) {
        (Some(p), _, Some(threshold)) => ln_ratio(threshold, p),
        (None, Some(value), Some(threshold)) => ln_ratio(value, threshold),
        _ => f64::NEG_INFINITY,
    };
    results
        .iter()
        .map(one)
        .fold(f64::NEG_INFINITY, f64::max)
        .max(-700.0)
}

fn pair<'a, T>(reference: &'a [T], current: &'a [T]) -> Column<'a, T> {
    let chunks = |values: &[T]| compat::chunks(&vec![true; values.len()]);
    Column {
        reference,
        current,
        reference_chunks: chunks(reference),
        current_chunks: chunks(current),
    }
}

/// A value of a numeric column that has drifted by `d`.
fn number(random: &mut Random, column: usize, d: f64) -> f64 {
    match column {
        0..=2 => d + random.normal(),
        3 => (1.0 + d) * random.normal(),
        4..=6 => (d + random.normal()).exp(),
        7 | 8 => random.normal() / (random.gamma(1.5) / 1.5).sqrt(),
        9 | 10 => random.uniform(),
        11..=13 => poisson(random, 4.0 * (1.0 + 0.5 * d)),
        14 => random.gamma(1.0),
        15 | 16 => {
            if random.uniform() < 0.6 {
                0.0
            } else {
                random.gamma(2.0)
            }
        }
        17 => random.normal() + if random.uniform() < 0.5 { 4.0 } else { 0.0 },
        _ => (100.0 * random.normal()).round() / 100.0,
    }
}

fn poisson(random: &mut Random, rate: f64) -> f64 {
    let limit = (-rate).exp();
    let (mut product, mut k) = (random.uniform(), 0.0);
    while product > limit {
        product *= random.uniform();
        k += 1.0;
    }
    k
}

/// A category of `k` with shares like 1/i; `d / 5` of all mass moves from the first to the
/// second.
fn category(random: &mut Random, k: usize, d: f64) -> u32 {
    let total: f64 = (1..=k).map(|i| 1.0 / i as f64).sum();
    let first = 1.0 / total;
    let mut u = random.uniform();
    if u < first - 0.2 * d {
        return 0;
    }
    if u < first {
        return 1;
    }
    for i in 1..=k {
        let share = 1.0 / i as f64 / total;
        if u < share {
            return i as u32 - 1;
        }
        u -= share;
    }
    k as u32 - 1
}
