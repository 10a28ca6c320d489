//! How well one column alone tells the label: what gives it away needs no model.

use super::rows::{Column, Table};
use crate::files::MISSING;
use std::collections::BTreeMap;
use trimtab_domain::documents::Task;
use trimtab_domain::ports::validation::TrialRequest;
use trimtab_domain::validation::{ColumnStrength, StrengthOn, TrialEvidence};
use trimtab_stats::performance::delong;

/// Rows that are looked at; of more, evenly spaced ones.
const ROWS_MAX: usize = 50_000;
/// Bins of a number, each with as many rows.
const BINS: usize = 64;
/// Half of the rows learns the bins' means, the other half is predicted: each mean is drawn
/// towards the overall mean by so many rows.
const PRIOR_ROWS: f64 = 5.0;

/// Looks at every column of the candidate on the rows that decide.
pub(super) fn on_rows(request: &TrialRequest, table: &Table, evidence: &mut TrialEvidence) {
    for name in evidence.candidate.columns.clone() {
        if let Some(column) = table.columns.get(&name)
            && let Some(strength) = strength(column, &table.labels, request.task)
        {
            evidence.strengths.push(ColumnStrength {
                column: name,
                on: StrengthOn::Rows,
                strength,
            });
        }
    }
}

/// Cross-fitted strength of one column: AUC of a classifier's label, R² of a regression's.
/// `None` where labels do not vary.
pub(super) fn strength(column: &Column, labels: &[f64], task: Task) -> Option<f64> {
    let step = labels.len().div_ceil(ROWS_MAX).max(1);
    let rows: Vec<usize> = (0..labels.len())
        .step_by(step)
        .filter(|&row| !labels[row].is_nan())
        .collect();
    let bins = bins(column, &rows);
    let labels: Vec<f64> = rows.iter().map(|&row| labels[row]).collect();
    let n = labels.len() as f64;
    let mean = labels.iter().sum::<f64>() / n;
    // Rows by turns, two at a time: what alternates in the data does not line up with halves.
    let half = |position: usize| (position / 2) % 2;
    let mut sums: BTreeMap<(usize, u32), (f64, f64)> = BTreeMap::new();
    for (position, (&bin, &label)) in bins.iter().zip(&labels).enumerate() {
        let of = sums.entry((half(position), bin)).or_default();
        of.0 += 1.0;
        of.1 += label;
    }
    let predicted: Vec<f64> = bins
        .iter()
        .enumerate()
        .map(|(position, &bin)| {
            let (n, sum) = sums
                .get(&(1 - half(position), bin))
                .copied()
                .unwrap_or_default();
            (sum + PRIOR_ROWS * mean) / (n + PRIOR_ROWS)
        })
        .collect();
    match task {
        Task::BinaryClassification => {
            let positive: Vec<bool> = labels.iter().map(|&label| label > 0.5).collect();
            let by_bins = delong(&predicted, &positive, None).ok()?.auc;
            let by_order = match column {
                Column::Numbers(values) => ordered(values, &rows, &positive),
                Column::Words(_) => None,
            };
            Some(by_order.map_or(by_bins, |auc| by_bins.max(auc)))
        }
        Task::Regression => {
            let total: f64 = labels.iter().map(|y| (y - mean).powi(2)).sum();
            let rest: f64 = labels
                .iter()
                .zip(&predicted)
                .map(|(y, p)| (y - p).powi(2))
                .sum();
            (total > 0.0).then(|| 1.0 - rest / total)
        }
    }
}

/// The AUC of the values themselves, whichever way they point; missing ones in the middle.
fn ordered(values: &[f64], rows: &[usize], positive: &[bool]) -> Option<f64> {
    let mut known: Vec<f64> = rows
        .iter()
        .map(|&row| values[row])
        .filter(|value| !value.is_nan())
        .collect();
    known.sort_by(f64::total_cmp);
    let middle = *known.get(known.len() / 2)?;
    let scores: Vec<f64> = rows
        .iter()
        .map(|&row| {
            if values[row].is_nan() {
                middle
            } else {
                values[row]
            }
        })
        .collect();
    let auc = delong(&scores, positive, None).ok()?.auc;
    Some(auc.max(1.0 - auc))
}

/// The bin or category of each row; missing values are a bin of their own.
fn bins(column: &Column, rows: &[usize]) -> Vec<u32> {
    match column {
        Column::Words(found) => rows.iter().map(|&row| found.codes[row]).collect(),
        Column::Numbers(values) => {
            let mut known: Vec<f64> = rows
                .iter()
                .map(|&row| values[row])
                .filter(|value| !value.is_nan())
                .collect();
            known.sort_by(f64::total_cmp);
            let mut edges: Vec<f64> = (1..BINS)
                .filter_map(|bin| known.get(bin * known.len() / BINS).copied())
                .collect();
            edges.dedup();
            rows.iter()
                .map(|&row| {
                    let value = values[row];
                    if value.is_nan() {
                        return MISSING;
                    }
                    let bin = edges.partition_point(|edge| *edge <= value);
                    u32::try_from(bin).unwrap_or(MISSING)
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Categories;
    use trimtab_stats::Random;

    fn labels(n: usize) -> Vec<f64> {
        let mut random = Random::from_seed(1);
        (0..n)
            .map(|_| f64::from(u8::from(random.uniform() < 0.2)))
            .collect()
    }

    #[test]
    fn a_column_made_from_the_label_tells_it() {
        let labels = labels(5_000);
        let mut random = Random::from_seed(2);
        let leak = labels.iter().map(|y| 30.0 * y + random.normal()).collect();
        let found = strength(&Column::Numbers(leak), &labels, Task::BinaryClassification);
        assert!(found.unwrap() > 0.999, "{found:?}");
        // In the middle of its range, where no order shows it.
        let inside = labels
            .iter()
            .map(|y| if *y > 0.5 { 0.5 } else { random.uniform() });
        let found = strength(
            &Column::Numbers(inside.collect()),
            &labels,
            Task::BinaryClassification,
        );
        assert!(found.unwrap() > 0.98, "{found:?}");
    }

    #[test]
    fn a_column_of_noise_tells_nothing_however_many_words_it_has() {
        let labels = labels(5_000);
        let mut random = Random::from_seed(3);
        let codes: Vec<u32> = (0..5_000)
            .map(|_| u32::try_from(random.below(2_000)).unwrap())
            .collect();
        let words = (0..2_000).map(|word| format!("w{word}")).collect();
        let noise = Column::Words(Categories { words, codes });
        let found = strength(&noise, &labels, Task::BinaryClassification).unwrap();
        assert!((0.4..0.6).contains(&found), "{found}");
        let found = strength(&noise, &labels, Task::Regression).unwrap();
        assert!(found < 0.05, "{found}");
    }
}
