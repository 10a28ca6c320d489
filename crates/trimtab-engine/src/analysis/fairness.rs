//! Differences between groups of a binary classifier's rows.

use super::outcomes::Outcomes;
use super::refused;
use crate::files::{FileSet, MISSING};
use trimtab_domain::Result;
use trimtab_domain::analysis::evaluate::{EvaluateRequest, FairnessMeasure};
use trimtab_stats::performance::{FairnessRows, FairnessSettings, Metric, evaluate_fairness};

/// Each group of each column against the largest one; nothing for other tasks.
pub(super) fn fairness(
    request: &EvaluateRequest,
    files: &FileSet,
    outcomes: &Outcomes,
    blocks: Option<&[u64]>,
) -> Result<Vec<FairnessMeasure>> {
    let Outcomes::Binary {
        labels,
        predictions,
        scores,
    } = outcomes
    else {
        return Ok(Vec::new());
    };
    let decided = |row: usize| match (predictions, scores) {
        (Some(predictions), _) => Some(predictions[row]),
        (None, Some(scores)) if !scores[row].is_nan() => Some(scores[row] >= request.threshold),
        _ => None,
    };
    let mut measures = Vec::new();
    for column in &request.groups {
        let found = files.categories(column)?;
        let (mut groups, mut known, mut decisions) = (Vec::new(), Vec::new(), Vec::new());
        let mut of_blocks = Vec::new();
        for (row, &code) in found.codes.iter().enumerate() {
            if let (true, Some(label), Some(decision)) =
                (code != MISSING, labels[row], decided(row))
            {
                groups.push(code);
                known.push(label);
                decisions.push(decision);
                of_blocks.extend(blocks.map(|blocks| blocks[row]));
            }
        }
        let rows = FairnessRows {
            groups: &groups,
            n_groups: u32::try_from(found.words.len()).unwrap_or(u32::MAX),
            labels: &known,
            predictions: &decisions,
            weights: None,
            blocks: blocks.is_some().then_some(of_blocks.as_slice()),
        };
        let settings = FairnessSettings {
            confidence: request.confidence,
            replicates: request.replicates,
            seed: request.seed,
            ..FairnessSettings::default()
        };
        let compared = evaluate_fairness(&rows, &settings)
            .map_err(refused(&format!("groups of `{column}` cannot be compared")))?;
        let name = |group: u32| found.words[group as usize].clone();
        let other = name(compared.reference);
        for group in &compared.comparisons {
            measures.extend(
                group
                    .metrics
                    .iter()
                    .map(|metric| measure(column, &name(group.group), &other, metric)),
            );
        }
        if compared.comparisons.len() > 1 {
            measures.extend(
                compared
                    .overall
                    .iter()
                    .map(|metric| measure(column, "any group", "any other", metric)),
            );
        }
    }
    Ok(measures)
}

fn measure(column: &str, group: &str, other: &str, metric: &Metric) -> FairnessMeasure {
    FairnessMeasure {
        column: column.to_owned(),
        measure: metric.name.clone(),
        group: group.to_owned(),
        other: other.to_owned(),
        value: metric.value,
        lower: metric.lower,
        upper: metric.upper,
        interval: metric
            .interval_method
            .map(|method| method.as_str().to_owned()),
        reason: metric.reason.map(str::to_owned),
    }
}
