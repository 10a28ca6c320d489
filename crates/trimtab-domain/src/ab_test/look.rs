//! What one look shows.

use super::outcomes::EXACT_SHARE;
use super::{
    AbDesign, AbLook, AbTest, AbVerdict, Comparison, GuardrailLook, Progress, RatioCheck,
    SegmentLook, judge,
};
use crate::documents::ab_test::{AbMetric, AbTestSpec, Effect};
use crate::ports::ab_test::{AbEvidence, MetricEvidence};
use trimtab_stats::ab_test::{SampleRatio, SampleRatioSettings, SequentialPlan};
use trimtab_stats::multiplicity::adjust_e_values;

/// Rows of the rarer kind that a share needs before its spread is known well enough.
const RARER_MIN: u64 = 10;
/// A bound beyond is none: infinities have no place in stored JSON.
const UNBOUNDED: f64 = 1e300;
/// Windows that a comparison needs whose units they are: days of a shadow, points of a signal.
const WINDOWS_MIN: u64 = 14;

/// The promised shares, champion first.
pub fn exposure_shares(challenger_share: f64) -> [f64; 2] {
    [1.0 - challenger_share, challenger_share]
}

/// Looks at a test: what the log shows (and, for a split, how many keys the flag's evaluator put
/// on either side), with what earlier looks carried on.
///
/// Returns the look and what the next one carries on.
pub fn look(test: &AbTest, evidence: &AbEvidence, exposed: Option<[u64; 2]>) -> (AbLook, Progress) {
    let spec = &test.spec;
    let n_metrics = 1 + spec.guardrails.len();
    let mut progress = test.progress.clone();
    progress.scales.resize(n_metrics, None);
    progress.bounds.resize(n_metrics, None);
    progress.n_looks += 1;
    progress.looked_until = Some(evidence.at);
    let sample_ratio = ratio(test, evidence, exposed, &mut progress);
    let nothing = MetricEvidence::default();
    let found = |i: usize| evidence.metrics.get(i).unwrap_or(&nothing);
    let primary = Asked {
        metric: &spec.primary,
        size: spec.minimum_effect,
        alpha: spec.alpha,
        place: 0,
    };
    let (mut comparison, share_of_plan) = compare(test, primary, found(0), &mut progress);
    if let Some(p_value) = comparison.p_value {
        let smallest = progress
            .p_value
            .map_or(p_value, |before| before.min(p_value));
        progress.p_value = Some(smallest);
        comparison.p_value = Some(smallest);
    }
    let guardrails: Vec<GuardrailLook> = spec
        .guardrails
        .iter()
        .enumerate()
        .map(|(i, guardrail)| {
            let asked = Asked {
                metric: &guardrail.metric,
                size: guardrail.worse_by_max,
                // None of them may cry wolf, together.
                alpha: spec.alpha / spec.guardrails.len() as f64,
                place: i + 1,
            };
            let (comparison, _) = compare(test, asked, found(i + 1), &mut progress);
            GuardrailLook {
                state: judge::guardrail(&comparison),
                comparison,
            }
        })
        .collect();
    let segments = segments(test, evidence, progress.scales[0]);
    let mut look = AbLook {
        at: evidence.at,
        n_units: evidence.n_units,
        n_rows: evidence.n_rows,
        n_crossed: evidence.n_crossed,
        sample_ratio,
        primary: comparison,
        guardrails,
        segments,
        share_of_plan,
        verdict: AbVerdict::Undecided,
        reason: String::new(),
    };
    let judgement = judge(test, &look);
    look.verdict = judgement.verdict;
    look.reason = judgement.reason;
    (look, progress)
}

/// Is the split as promised, both where it was made and where it was logged?
fn ratio(
    test: &AbTest,
    evidence: &AbEvidence,
    exposed: Option<[u64; 2]>,
    progress: &mut Progress,
) -> Option<RatioCheck> {
    let AbDesign::Split { challenger_share } = test.design else {
        return None;
    };
    let settings = SampleRatioSettings::of_shares(&exposure_shares(challenger_share));
    let mut chi_squared = 1.0_f64;
    for (place, counts) in [exposed, Some(evidence.n_units)].into_iter().enumerate() {
        let Some(counts) = counts else { continue };
        let Ok(found) = SampleRatio::test(&settings, &counts) else {
            continue;
        };
        let smallest = &mut progress.ratio_p_values[place];
        *smallest = Some(smallest.map_or(found.p_value, |before| before.min(found.p_value)));
        chi_squared = chi_squared.min(found.chi_squared_p_value);
    }
    // Two counts are tested: each gets half of the level.
    let n_tests = progress.ratio_p_values.iter().flatten().count().max(1);
    let smallest = progress
        .ratio_p_values
        .iter()
        .flatten()
        .copied()
        .fold(1.0_f64, f64::min);
    let p_value = (smallest * n_tests as f64).min(1.0);
    Some(RatioCheck {
        promised: challenger_share,
        n_exposed: exposed,
        p_value,
        chi_squared_p_value: chi_squared,
        holds: p_value > test.spec.sample_ratio_alpha,
    })
}

/// A metric of a test.
#[derive(Clone, Copy)]
struct Asked<'a> {
    metric: &'a AbMetric,
    size: Effect,
    alpha: f64,
    place: usize,
}

/// Compares by one metric, and says how much of the planned information there is.
fn compare(
    test: &AbTest,
    asked: Asked<'_>,
    evidence: &MetricEvidence,
    progress: &mut Progress,
) -> (Comparison, Option<f64>) {
    let mut comparison = blank(asked.metric, evidence);
    let has_units = has_units(test, asked.metric, evidence);
    let is_enough = has_units && is_spread_known(evidence);
    let scale = &mut progress.scales[asked.place];
    let can_scale = is_enough || (has_units && matches!(asked.size, Effect::Absolute(_)));
    if can_scale
        && scale.is_none()
        && let Some(champion) = evidence.values[0]
    {
        *scale = Some(asked.size.absolute(champion)).filter(|size| *size > 0.0);
    }
    comparison.scale = *scale;
    let Some(size) = *scale else {
        return (comparison, None);
    };
    let mut share_of_plan = None;
    let mut bounds = evidence.bounds.filter(|_| has_units);
    // What brings bounds of its own where little was met has spent its part of the level.
    let alpha = asked.alpha * evidence.bounds.map_or(1.0, |_| 1.0 - EXACT_SHARE);
    if let Some(estimate) = evidence.estimate
        && is_enough
        && let Ok(plan) = SequentialPlan::new(alpha, test.spec.power, size)
    {
        bounds = Some(plan.interval(estimate));
        share_of_plan = Some(plan.progress(estimate));
        comparison.p_value = Some(plan.p_value(estimate, 0.0));
    }
    // A difference lies in the interval of every look at once.
    let so_far = &mut progress.bounds[asked.place];
    *so_far = match (*so_far, bounds) {
        (Some((low, high)), Some((new_low, new_high))) => {
            Some((low.max(new_low), high.min(new_high)))
        }
        (before, now) => before.or(now),
    }
    .map(|(low, high)| (low.max(-UNBOUNDED), high.min(UNBOUNDED)));
    comparison.low = so_far.map(|(low, _)| low).filter(|low| *low > -UNBOUNDED);
    comparison.high = so_far
        .map(|(_, high)| high)
        .filter(|high| *high < UNBOUNDED);
    (comparison, share_of_plan)
}

fn blank(metric: &AbMetric, evidence: &MetricEvidence) -> Comparison {
    let [champion, challenger] = evidence.values;
    let of_values = champion
        .zip(challenger)
        .map(|(champion, challenger)| challenger - champion);
    Comparison {
        metric: metric.name(),
        sign: metric.better().sign(),
        values: evidence.values,
        n_rows: evidence.n_rows,
        n_units: evidence.n_units,
        difference: evidence.estimate.map(|one| one.value).or(of_values),
        low: None,
        high: None,
        scale: None,
        p_value: None,
        variance_removed: evidence.variance_removed,
    }
}

/// Whether enough units have a metric for anything to be said of it.
fn has_units(test: &AbTest, metric: &AbMetric, evidence: &MetricEvidence) -> bool {
    let units_min = units_min(test.design, &test.spec, metric);
    evidence.n_units.iter().all(|n| *n >= units_min)
}

/// Whether the spread between units is known well enough for a normal law.
fn is_spread_known(evidence: &MetricEvidence) -> bool {
    evidence.n_rarer.is_none_or(|n| n >= RARER_MIN)
}

/// The primary metric apart: e-values, adjusted so that at most the level's share of what is
/// said to differ does not.
fn segments(test: &AbTest, evidence: &AbEvidence, scale: Option<f64>) -> Vec<SegmentLook> {
    let spec = &test.spec;
    let Some(plan) = scale.and_then(|size| SequentialPlan::new(spec.alpha, spec.power, size).ok())
    else {
        return Vec::new();
    };
    let e_values: Vec<f64> = evidence
        .segments
        .iter()
        .map(|segment| {
            segment
                .evidence
                .estimate
                .filter(|_| {
                    has_units(test, &spec.primary, &segment.evidence)
                        && is_spread_known(&segment.evidence)
                })
                .map_or(f64::NAN, |estimate| plan.e_value(estimate, 0.0))
        })
        .collect();
    let adjusted = adjust_e_values(&e_values);
    evidence
        .segments
        .iter()
        .zip(adjusted)
        .map(|(segment, p_value)| {
            let mut comparison = blank(&spec.primary, &segment.evidence);
            comparison.scale = scale;
            if !p_value.is_nan() {
                comparison.p_value = Some(p_value);
                if let Some(estimate) = segment.evidence.estimate {
                    let (low, high) = plan.interval(estimate);
                    (comparison.low, comparison.high) = (Some(low), Some(high));
                }
            }
            SegmentLook {
                segment: segment.segment.clone(),
                differs: p_value <= spec.alpha,
                comparison,
            }
        })
        .collect()
}

/// Units of either side that a metric needs. Of a shadow and of a signal they are windows.
pub(super) fn units_min(design: AbDesign, spec: &AbTestSpec, metric: &AbMetric) -> u64 {
    match (design, metric) {
        (AbDesign::Shadow, _) | (_, AbMetric::Signal { .. }) => WINDOWS_MIN,
        (AbDesign::Split { .. }, _) => spec.units_min,
    }
}
