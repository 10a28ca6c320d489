//! Whether the candidate is better, equal or worse than the champion.

use super::{Check, check, listed, shown};
use crate::documents::validation_policy::{Goal, MetricRule};
use crate::documents::{Task, ValidationRules};
use crate::validation::evidence::{
    FairnessEvidence, MetricEvidence, SegmentEvidence, TrialEvidence,
};
use crate::validation::{CheckOutcome, CheckState, Wanted};
use trimtab_stats::performance::is_better_when_higher;

/// The name of a metric for people.
fn title(metric: &str) -> String {
    match metric {
        "roc_auc" => "AUC".to_owned(),
        "brier" => "Brier score".to_owned(),
        "mae" | "rmse" | "mse" | "mape" | "smape" | "rmsle" | "mcc" => metric.to_uppercase(),
        "r2" => "R²".to_owned(),
        "f1" => "F1".to_owned(),
        "ece" => "calibration error".to_owned(),
        other => other.replace('_', " "),
    }
}

/// +1 where higher is better, −1 where lower is.
fn direction(metric: &str) -> f64 {
    if is_better_when_higher(metric).unwrap_or(true) {
        1.0
    } else {
        -1.0
    }
}

/// The metrics that decide.
pub(super) fn metrics(rules: &ValidationRules, task: Task, evidence: &TrialEvidence) -> Vec<Check> {
    rules
        .metrics_for(task)
        .iter()
        .map(|rule| {
            let found = evidence
                .metrics
                .iter()
                .find(|one| one.metric == rule.metric);
            metric(rule, found, check(&rule.metric, &title(&rule.metric)))
        })
        .collect()
}

/// One metric: no loss beyond the margin possible, or shown to be better.
fn metric(rule: &MetricRule, evidence: Option<&MetricEvidence>, mut found: Check) -> Check {
    let sign = direction(&rule.metric);
    let Some(evidence) = evidence else {
        return found.without("it was not measured");
    };
    found.champion = evidence.champion;
    found.candidate = evidence.candidate;
    let (Some(champion), Some(difference)) = (evidence.champion, evidence.difference) else {
        return found.without(because(evidence, "it has no value on these rows"));
    };
    let margin = rule.margin_at(champion);
    let (wanted, limit) = match (rule.goal, sign > 0.0) {
        (Goal::Better, true) => (Wanted::AtLeast, 0.0),
        (Goal::Better, false) => (Wanted::AtMost, 0.0),
        (Goal::NotWorse, true) => (Wanted::AtLeast, -margin),
        (Goal::NotWorse, false) => (Wanted::AtMost, margin),
    };
    found = found.held(difference, wanted, limit, "");
    let (Some(low), Some(high)) = (evidence.low, evidence.high) else {
        return found.without(because(evidence, "its difference has no interval"));
    };
    (found.low, found.high) = (Some(low), Some(high));
    // Gain: above 0 is better, whichever way the metric points.
    let (gain_low, gain_high) = if sign > 0.0 {
        (low, high)
    } else {
        (-high, -low)
    };
    let span = format!(
        "{} → {}: {} ({} to {})",
        shown(champion),
        shown(evidence.candidate.unwrap_or(f64::NAN)),
        signed(difference),
        signed(low),
        signed(high)
    );
    let (state, outcome, what) = decided(rule.goal, (gain_low, gain_high), margin);
    (found.state, found.outcome) = (state, outcome);
    found.reason = format!("{span}, {what}");
    found
}

/// What an interval of the gain (above 0 is better) says.
fn decided(
    goal: Goal,
    (gain_low, gain_high): (f64, f64),
    margin: f64,
) -> (CheckState, CheckOutcome, String) {
    let margin_text = shown(margin);
    match goal {
        _ if gain_low > 0.0 => (CheckState::Better, CheckOutcome::Pass, "better".to_owned()),
        Goal::Better if gain_high < 0.0 => {
            (CheckState::Worse, CheckOutcome::Fail, "worse".to_owned())
        }
        Goal::Better => (
            CheckState::Equal,
            CheckOutcome::Fail,
            "not shown to be better, which the policy asks for".to_owned(),
        ),
        Goal::NotWorse if gain_high < 0.0 && gain_low >= -margin => (
            CheckState::Worse,
            CheckOutcome::Pass,
            format!("worse, but by no more than the margin of {margin_text}"),
        ),
        Goal::NotWorse if gain_high < 0.0 => (
            CheckState::Worse,
            CheckOutcome::Fail,
            format!("worse, perhaps by more than the margin of {margin_text}"),
        ),
        Goal::NotWorse if gain_low >= -margin => (
            CheckState::Equal,
            CheckOutcome::Pass,
            format!("no significant difference, and no loss beyond {margin_text} is possible"),
        ),
        Goal::NotWorse => (
            CheckState::CouldNotDecide,
            CheckOutcome::Undecided,
            format!(
                "no significant difference, but a loss beyond {margin_text} is possible: more days are needed"
            ),
        ),
    }
}

fn because(evidence: &MetricEvidence, otherwise: &str) -> String {
    evidence
        .reason
        .clone()
        .unwrap_or_else(|| otherwise.to_owned())
}

fn signed(value: f64) -> String {
    if value > 0.0 {
        format!("+{}", shown(value))
    } else {
        shown(value).replace('-', "−")
    }
}

/// No segment is shown to lose more than its margin. It looks for harm: a small segment cannot
/// prove the absence of any.
pub(super) fn worst_segment(
    rules: &ValidationRules,
    task: Task,
    evidence: &TrialEvidence,
) -> Option<Check> {
    let rule = rules.segment_metric(task);
    let name = &rule.metric;
    let found = check("worst_segment", "worst segment");
    if evidence.segments.is_empty() {
        return Some(found.idle("the model has no segments that are large enough"));
    }
    let sign = direction(name);
    let gain = |segment: &SegmentEvidence| segment.metric.difference.map(|d| sign * d);
    let measured: Vec<&SegmentEvidence> = evidence
        .segments
        .iter()
        .filter(|segment| gain(segment).is_some() && segment.metric.low.is_some())
        .collect();
    let worst = measured
        .iter()
        .min_by(|a, b| gain(a).unwrap_or(0.0).total_cmp(&gain(b).unwrap_or(0.0)))?;
    let overall = evidence.metrics.iter().find(|one| one.metric == *name);
    let champion = overall.and_then(|one| one.champion).unwrap_or(0.0);
    let margin = rules
        .segments
        .margin
        .unwrap_or_else(|| 3.0 * rule.margin_at(champion));
    let metric = &worst.metric;
    let difference = metric.difference.unwrap_or(0.0);
    let (wanted, limit) = if sign > 0.0 {
        (Wanted::AtLeast, -margin)
    } else {
        (Wanted::AtMost, margin)
    };
    let mut found = found.held(difference, wanted, limit, "");
    (found.low, found.high) = (metric.low, metric.high);
    (found.champion, found.candidate) = (metric.champion, metric.candidate);
    let harmed: Vec<String> = measured
        .iter()
        .filter(|segment| is_harmed(segment, sign, margin))
        .map(|segment| format!("`{}={}`", segment.column, segment.value))
        .collect();
    let place = format!(
        "`{}={}` ({} rows): {} {}",
        worst.column,
        worst.value,
        worst.n_rows,
        title(name),
        signed(difference)
    );
    Some(if harmed.is_empty() {
        let n = measured.len();
        found.decided(
            true,
            format!(
                "of {n} segments the least favourable is {place}; none is shown to lose more than {}",
                shown(margin)
            ),
        )
    } else {
        let names: Vec<&str> = harmed.iter().map(String::as_str).collect();
        let mut found = found.decided(
            false,
            format!(
                "{} lose more than {}; the worst is {place}",
                listed(&names),
                shown(margin)
            ),
        );
        found.state = CheckState::Worse;
        found
    })
}

/// Whether a segment is shown to lose, and more than the margin.
fn is_harmed(segment: &SegmentEvidence, sign: f64, margin: f64) -> bool {
    let edge = if sign > 0.0 {
        segment.metric.high
    } else {
        segment.metric.low
    };
    let is_shown = edge.is_some_and(|edge| sign * edge < 0.0);
    let gain = segment.metric.difference.map(|change| sign * change);
    is_shown && gain.is_some_and(|gain| gain < -margin)
}

/// Each column of groups.
pub(super) fn fairness(rules: &ValidationRules, evidence: &TrialEvidence) -> Vec<Check> {
    evidence
        .fairness
        .iter()
        .map(|column| fairness_of(rules, column))
        .collect()
}

fn fairness_of(rules: &ValidationRules, evidence: &FairnessEvidence) -> Check {
    let rules = &rules.fairness;
    let name = format!("fairness:{}", evidence.column);
    let title = format!("fairness by {}", evidence.column);
    let mut found = check(&name, &title);
    let (Some(champion), Some(candidate), Some(difference)) =
        (evidence.champion, evidence.candidate, evidence.difference)
    else {
        let reason = evidence.reason.clone();
        return found
            .idle(reason.unwrap_or_else(|| "fewer than two groups have enough rows".into()));
    };
    (found.champion, found.candidate) = (Some(champion), Some(candidate));
    found = found.held(difference, Wanted::AtMost, rules.max_increase, "share");
    (found.low, found.high) = (evidence.low, evidence.high);
    let (Some(low), Some(_)) = (evidence.low, evidence.high) else {
        return found.without("the gap has no interval: fewer than 8 days");
    };
    let gaps = format!(
        "largest gap of true positive rates between {} groups {} → {}: {}",
        evidence.n_groups,
        shown(champion),
        shown(candidate),
        signed(difference)
    );
    let grows = low > 0.0 && difference > rules.max_increase;
    // Beyond the absolute limit only where it is not the champion's gap all the same.
    let too_wide = candidate > rules.max_gap && candidate > champion + rules.max_increase;
    let mut found = found.decided(
        !(grows || too_wide),
        if grows {
            format!(
                "{gaps}, a shown increase beyond {}",
                shown(rules.max_increase)
            )
        } else if too_wide {
            format!("{gaps}, beyond the limit of {}", shown(rules.max_gap))
        } else {
            format!(
                "{gaps}, no shown increase beyond {}",
                shown(rules.max_increase)
            )
        },
    );
    if grows {
        found.state = CheckState::Worse;
    }
    found
}

/// The expected calibration error.
pub(super) fn calibration(
    rules: &ValidationRules,
    task: Task,
    evidence: &TrialEvidence,
) -> Option<Check> {
    if task != Task::BinaryClassification {
        return None;
    }
    let limits = &rules.calibration;
    let rule = MetricRule {
        metric: "ece".to_owned(),
        goal: Goal::NotWorse,
        margin: Some(limits.max_increase),
        relative_margin: None,
    };
    let evidence = evidence.metrics.iter().find(|one| one.metric == "ece");
    let found = metric(&rule, evidence, check("calibration", "calibration"));
    let own = found.candidate;
    Some(match (limits.max_error, own) {
        (Some(most), Some(own)) if own > most => found.decided(
            false,
            format!(
                "expected calibration error {}, limit {}",
                shown(own),
                shown(most)
            ),
        ),
        _ => found,
    })
}
