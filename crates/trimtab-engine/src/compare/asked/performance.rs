//! Has the model become worse? Only where both sides have labels.

use super::super::column::Sides;
use crate::files::FileSet;
use trimtab_domain::Result;
use trimtab_domain::check::{CheckRequest, PerformanceChange};
use trimtab_stats::normal_quantile;
use trimtab_stats::performance::{
    BinaryRows, EvaluationSettings, Metric, RegressionRows, evaluate_binary, evaluate_regression,
};

/// A loss of AUC, or of accuracy, that matters.
const SHARE_FLOOR: f64 = 0.02;
/// A rise of the mean absolute error that matters, as a share of the reference's.
const ERROR_FLOOR: f64 = 0.1;
/// Probability of a loss seen without one.
const LEVEL: f64 = 0.01;
/// Level of the intervals that standard errors are read off.
const CONFIDENCE: f64 = 0.95;

pub(in crate::compare) fn performance(
    request: &CheckRequest,
    sides: Sides<'_>,
) -> Result<Option<PerformanceChange>> {
    let Some(label) = &request.roles.label else {
        return Ok(None);
    };
    let outcome = request
        .roles
        .score
        .as_ref()
        .or(request.roles.prediction.as_ref());
    let Some(outcome) = outcome else {
        return Ok(None);
    };
    for side in [sides.reference, sides.current] {
        side.require(outcome)?;
    }
    sides.reference.require(label)?;
    if sides.current.require(label).is_err() {
        return Ok(Some(unknown("the other side has no labels")));
    }
    let is_score = request.roles.score.is_some();
    let reference = measured(sides.reference, label, outcome, is_score, request.seed);
    let current = measured(sides.current, label, outcome, is_score, request.seed);
    Ok(Some(match (reference, current) {
        (Some(reference), Some(current)) if reference.name == current.name => {
            change(&reference, &current)
        }
        _ => unknown("labels are neither 0 and 1 nor numbers with a prediction"),
    }))
}

fn unknown(reason: &str) -> PerformanceChange {
    PerformanceChange {
        metric: String::new(),
        reference: None,
        current: None,
        loss_low: None,
        loss: None,
        loss_high: None,
        floor: SHARE_FLOOR,
        is_lost: false,
        reason: Some(reason.to_owned()),
    }
}

/// AUC of scores, accuracy of 0/1 predictions, else the mean absolute error.
fn measured(
    files: &FileSet,
    label: &str,
    outcome: &str,
    is_score: bool,
    seed: u64,
) -> Option<Metric> {
    let labels = files.numbers(label).ok()?;
    let outcomes = files.numbers(outcome).ok()?;
    let settings = EvaluationSettings {
        confidence: CONFIDENCE,
        replicates: 200,
        seed,
        ..EvaluationSettings::default()
    };
    let rows: Vec<(f64, f64)> = labels
        .into_iter()
        .zip(outcomes)
        .filter(|(label, outcome)| !label.is_nan() && !outcome.is_nan())
        .collect();
    let is_binary = rows.iter().all(|(label, _)| *label == 0.0 || *label == 1.0);
    let (found, name) = if is_binary {
        let labels: Vec<bool> = rows.iter().map(|(label, _)| *label == 1.0).collect();
        let scores: Vec<f64> = rows.iter().map(|(_, score)| *score).collect();
        let predictions: Vec<bool> = scores.iter().map(|score| *score == 1.0).collect();
        let rows = BinaryRows {
            labels: &labels,
            predictions: (!is_score).then_some(predictions.as_slice()),
            scores: is_score.then_some(scores.as_slice()),
            ..BinaryRows::default()
        };
        let name = if is_score { "roc_auc" } else { "accuracy" };
        (evaluate_binary(&rows, &settings), name)
    } else {
        let (labels, predictions): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let rows = RegressionRows {
            labels: &labels,
            predictions: &predictions,
            ..RegressionRows::default()
        };
        (evaluate_regression(&rows, &settings), "mae")
    };
    found.ok()?.metric(name).cloned()
}

fn change(reference: &Metric, current: &Metric) -> PerformanceChange {
    let is_error = reference.name == "mae";
    let mut change = PerformanceChange {
        metric: reference.name.clone(),
        reference: reference.value,
        current: current.value,
        ..unknown("a side has too few labelled rows")
    };
    let (Some(before), Some(after)) = (reference.value, current.value) else {
        return change;
    };
    let (Some(error_before), Some(error_after)) =
        (standard_error(reference), standard_error(current))
    else {
        return change;
    };
    if is_error {
        change.floor = ERROR_FLOOR * before;
    }
    let loss = if is_error {
        after - before
    } else {
        before - after
    };
    let error = error_before.hypot(error_after);
    let width = normal_quantile(f64::midpoint(1.0, CONFIDENCE)) * error;
    change.loss = Some(loss);
    change.loss_low = Some(loss - width);
    change.loss_high = Some(loss + width);
    change.is_lost = loss > change.floor && loss > normal_quantile(1.0 - LEVEL) * error;
    change.reason = None;
    change
}

/// Read off the width of the interval, as if the estimate were normal.
fn standard_error(metric: &Metric) -> Option<f64> {
    let width = metric.upper? - metric.lower?;
    Some(width / (2.0 * normal_quantile(f64::midpoint(1.0, CONFIDENCE))))
}
