//! What the candidate was trained on, beside the rows that decide.

use super::rows::{Column, Gathered, Table};
use super::strength::strength;
use crate::files::{Categories, MISSING};
use std::collections::BTreeSet;
use trimtab_domain::Result;
use trimtab_domain::ports::validation::TrialRequest;
use trimtab_domain::validation::{
    ColumnCoverage, ColumnStrength, StrengthOn, TrainingEvidence, TrialEvidence,
};
use trimtab_stats::{cramers_v, wasserstein_distance};

/// Training's share on each side that counts as rare.
const OUTER: f64 = 0.005;
/// Present values that are missing count as uncovered where training had fewer than this share.
const MISSING_MIN: f64 = 0.001;
/// Rows of the training data that are looked at.
const ROWS_MAX: usize = 100_000;

/// Compares column by column, and looks for columns that give the label away.
pub(super) fn look(
    request: &TrialRequest,
    training: &Gathered,
    present: &Table,
    evidence: &mut TrialEvidence,
) -> Result<()> {
    let inside = training.rows();
    let step = inside.len().div_ceil(ROWS_MAX).max(1);
    let rows: Vec<usize> = inside.iter().copied().step_by(step).collect();
    if rows.is_empty() {
        evidence.training = Some(TrainingEvidence {
            reason: Some("there are no rows in the training period".to_owned()),
            ..TrainingEvidence::default()
        });
        return Ok(());
    }
    let labels: Vec<f64> = rows.iter().map(|&row| training.labels[row]).collect();
    let mut columns = Vec::new();
    for name in evidence.candidate.columns.clone() {
        let Some(then) = training.column(&name, &rows)? else {
            continue;
        };
        if let Some(strength) = strength(&then, &labels, request.task) {
            evidence.strengths.push(ColumnStrength {
                column: name.clone(),
                on: StrengthOn::Training,
                strength,
            });
        }
        let Some(now) = present.columns.get(&name) else {
            continue;
        };
        let importance = evidence
            .candidate
            .importances
            .iter()
            .find(|one| one.column == name)
            .map(|one| one.share);
        if let Some((uncovered, effect)) = coverage(&then, now, present.n_rows()) {
            columns.push(ColumnCoverage {
                column: name,
                uncovered,
                effect,
                importance,
            });
        }
    }
    columns.sort_by(|a, b| b.uncovered.total_cmp(&a.uncovered));
    evidence.training = Some(TrainingEvidence {
        n_rows: inside.len() as u64,
        period: training.period(),
        reason: columns
            .is_empty()
            .then(|| "the training data share no column with the rows".to_owned()),
        columns,
    });
    Ok(())
}

/// Uncovered share and distance.
fn coverage(then: &Column, now: &Column, n_rows: usize) -> Option<(f64, Option<f64>)> {
    match (then, now) {
        (Column::Numbers(then), Column::Numbers(now)) => numbers(then, now),
        (Column::Words(then), Column::Words(now)) => words(then, now, n_rows),
        _ => None,
    }
}

fn numbers(then: &[f64], now: &[f64]) -> Option<(f64, Option<f64>)> {
    let sorted = |values: &[f64]| {
        let mut known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        known.sort_by(f64::total_cmp);
        known
    };
    let (then_known, now_known) = (sorted(then), sorted(now));
    let last = then_known.len().checked_sub(1)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length"
    )]
    let at = |share: f64| then_known[(share * last as f64).round() as usize];
    let (low, high) = (at(OUTER), at(1.0 - OUTER));
    let had_missing = then.iter().filter(|v| v.is_nan()).count() as f64;
    let had_missing = had_missing / then.len() as f64 >= MISSING_MIN;
    let n_out = now
        .iter()
        .filter(|value| {
            if value.is_nan() {
                !had_missing
            } else {
                **value < low || **value > high
            }
        })
        .count();
    let spread = at(0.75) - at(0.25);
    let effect = wasserstein_distance(&then_known, &now_known)
        .ok()
        .filter(|_| spread > 0.0)
        .map(|distance| distance / spread);
    Some((n_out as f64 / now.len().max(1) as f64, effect))
}

fn words(then: &Categories, now: &Categories, n_rows: usize) -> Option<(f64, Option<f64>)> {
    // Words of rows outside the training period do not count.
    let known: BTreeSet<&str> = then
        .codes
        .iter()
        .filter_map(|&code| then.words.get(code as usize).map(String::as_str))
        .collect();
    let had_missing = then.codes.contains(&MISSING);
    let is_out = |code: &&u32| match now.words.get(**code as usize) {
        Some(word) => !known.contains(word.as_str()),
        None => !had_missing,
    };
    let n_out = now.codes.iter().filter(is_out).count();
    let all: Vec<&str> = known
        .iter()
        .copied()
        .chain(
            now.words
                .iter()
                .map(String::as_str)
                .filter(|word| !known.contains(word)),
        )
        .collect();
    let counts = |side: &Categories| -> Vec<u64> {
        let place: Vec<Option<usize>> = side
            .words
            .iter()
            .map(|word| all.iter().position(|known| *known == word.as_str()))
            .collect();
        let mut counts = vec![0; all.len()];
        for &code in &side.codes {
            if let Some(Some(place)) = place.get(code as usize) {
                counts[*place] += 1;
            }
        }
        counts
    };
    let effect = cramers_v(&counts(then), &counts(now)).ok();
    (n_rows > 0).then(|| (n_out as f64 / n_rows as f64, effect))
}
