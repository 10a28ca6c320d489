//! Performance: means of the last windows, judged by the spread of the reference's windows.

use super::data::{CutReference, WindowPerformance, n_labelled};
use super::{Judged, point};
use std::collections::BTreeMap;
use trimtab_domain::Window;
use trimtab_domain::documents::{
    Direction, ModelSpec, MonitorSpec, Performance, PerformanceMetric,
};
use trimtab_domain::fold::PerformanceProfile;
use trimtab_domain::result::{Decision, MeanJudgement, PerformanceDetail, ResultDetail, Severity};
use trimtab_domain::signal::SignalPoint;
use trimtab_stats::SignalNull;

/// A mean of the last windows is judged when at least this share of them has a value.
const WINDOWS_WITH_VALUE_MIN: f64 = 0.75;

/// A window and those before it, as far as the longest mean reaches.
pub(crate) struct History<'a> {
    /// In time order; the last one is judged. Windows before the model's data are absent.
    pub(crate) windows: &'a [WindowPerformance],
    /// Predictions in each of them.
    pub(crate) n_predictions: &'a [u64],
}

/// Every metric of a performance profile, by name; `None` where it is undefined.
pub fn metrics_of(performance: &PerformanceProfile) -> BTreeMap<String, Option<f64>> {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let named: Vec<(&str, Option<f64>)> = match performance {
        PerformanceProfile::Binary(binary) => {
            let metrics = binary.metrics();
            vec![
                ("roc_auc", metrics.roc_auc),
                ("average_precision", metrics.average_precision),
                ("f1", metrics.f1),
                ("accuracy", metrics.accuracy),
                ("precision", metrics.precision),
                ("recall", metrics.recall),
                ("brier", metrics.brier),
                ("log_loss", metrics.log_loss),
                ("ece", metrics.ece),
                ("positive_rate", metrics.positive_rate),
                ("predicted_positive_rate", metrics.predicted_positive_rate),
                ("mean_score", metrics.mean_score),
            ]
        }
        PerformanceProfile::Regression(regression) => {
            let metrics = regression.metrics();
            vec![
                ("mae", metrics.mae),
                ("rmse", metrics.rmse),
                ("mean_error", metrics.bias),
                ("r2", metrics.r2),
                ("mean_label", metrics.mean_label),
                ("mean_prediction", metrics.mean_prediction),
            ]
        }
    };
    named
        .into_iter()
        .map(|(name, value)| (name.to_owned(), finite(value)))
        .collect()
}

/// One metric of a performance profile.
pub fn metric_of(performance: &PerformanceProfile, metric: PerformanceMetric) -> Option<f64> {
    metrics_of(performance).remove(metric.as_str()).flatten()
}

/// The law of a metric over the windows of a reference; `None` with fewer than three.
pub(crate) fn law(reference: &CutReference, metric: PerformanceMetric) -> Option<SignalNull> {
    let values: Vec<f64> = reference
        .windows
        .iter()
        .filter_map(|window| window.performance.as_ref())
        .filter_map(|performance| metric_of(performance, metric))
        .collect();
    SignalNull::fit(&values).ok()
}

/// Judges the last window of `history`.
pub(crate) fn judge(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    settings: &Performance,
    law: Option<&SignalNull>,
    window: Window,
    history: &History<'_>,
) -> Judged {
    let metric = settings.metric;
    let now = history.windows.last();
    let n_predictions = history.n_predictions.last().copied().unwrap_or(0);
    let live = now.and_then(|window| window.live.as_ref());
    let n_known = live.map_or(0, n_labelled);
    let judgements: Vec<MeanJudgement> = settings
        .over_windows
        .iter()
        .map(|&w| mean_of_last(monitor, settings, law, history, w))
        .collect();
    let metrics = live.map(metrics_of).unwrap_or_default();
    let value = metrics.get(metric.as_str()).copied().flatten();
    let floor = floor(settings, law);
    let passes = |value: f64| {
        settings
            .limit
            .is_some_and(|limit| is_beyond(direction(settings), value, (limit, limit)))
    };
    // A limit is judged on the shortest mean that exists, else on the window itself.
    let judged_value = judgements.iter().find_map(|one| one.mean).or(value);
    let limit_passed = judged_value.is_some_and(passes);
    let breached = judgements
        .iter()
        .any(|one| one.decision == Decision::Breach);
    let has_judgement = judgements
        .iter()
        .any(|one| one.decision != Decision::NotEnoughData);
    let decision = if n_known < monitor.rows_min.max(1) {
        Decision::NotEnoughData
    } else if breached || limit_passed {
        Decision::Breach
    } else if has_judgement || settings.limit.is_some() {
        Decision::Ok
    } else {
        Decision::NotEnoughData
    };
    let is_lost = judgements
        .iter()
        .filter(|one| one.decision == Decision::Breach)
        .filter_map(|one| one.mean)
        .chain(judged_value.filter(|_| limit_passed))
        .any(|mean| floor.is_some_and(|floor| is_beyond(direction(settings), mean, floor)));
    let severity = (decision == Decision::Breach).then_some(if is_lost {
        Severity::Critical
    } else {
        Severity::High
    });
    let points = points(spec, monitor, now, window, &judgements);
    Judged {
        window,
        decision,
        severity,
        n_rows: n_predictions,
        points,
        detail: ResultDetail::Performance(PerformanceDetail {
            metric,
            n_predictions,
            n_labelled: n_known,
            maturity: share(n_known, n_predictions),
            usual_maturity: usual_maturity(history),
            metrics,
            reference_mean: law.map(SignalNull::mean),
            reference_sd: law.map(SignalNull::sd),
            n_reference_windows: law
                .and_then(|law| u32::try_from(law.n_windows()).ok())
                .unwrap_or(0),
            judgements,
        }),
    }
}

fn direction(settings: &Performance) -> Direction {
    settings
        .direction
        .or(settings.metric.bad_direction())
        .unwrap_or(Direction::Both)
}

/// Beyond which values quality counts as lost: the declared limit, else one standard deviation
/// of the reference's windows from their mean. `(lower, upper)`.
pub(crate) fn floor(settings: &Performance, law: Option<&SignalNull>) -> Option<(f64, f64)> {
    match (settings.limit, law) {
        (Some(limit), _) => Some((limit, limit)),
        (None, Some(law)) => Some((law.mean() - law.sd(), law.mean() + law.sd())),
        (None, None) => None,
    }
}

fn is_beyond(direction: Direction, value: f64, (lower, upper): (f64, f64)) -> bool {
    match direction {
        Direction::Down => value < lower,
        Direction::Up => value > upper,
        Direction::Both => value < lower || value > upper,
    }
}

fn mean_of_last(
    monitor: &MonitorSpec,
    settings: &Performance,
    law: Option<&SignalNull>,
    history: &History<'_>,
    w: u32,
) -> MeanJudgement {
    let length = usize::try_from(w).unwrap_or(usize::MAX);
    let nothing = |n_windows: usize| MeanJudgement {
        over_windows: w,
        n_windows: u32::try_from(n_windows).unwrap_or(u32::MAX),
        mean: None,
        z: None,
        p_value: None,
        decision: Decision::NotEnoughData,
    };
    let Some(first) = history.windows.len().checked_sub(length) else {
        return nothing(0);
    };
    let values: Vec<f64> = history.windows[first..]
        .iter()
        .filter_map(|window| window.live.as_ref())
        .filter(|live| n_labelled(live) >= monitor.rows_min.max(1))
        .filter_map(|live| metric_of(live, settings.metric))
        .collect();
    let n_needed = (f64::from(w) * WINDOWS_WITH_VALUE_MIN).ceil();
    if values.is_empty() || (values.len() as f64) < n_needed {
        return nothing(values.len());
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let towards = match direction(settings) {
        Direction::Down => trimtab_stats::Direction::Down,
        Direction::Up => trimtab_stats::Direction::Up,
        Direction::Both => trimtab_stats::Direction::Both,
    };
    let evidence = law.and_then(|law| law.judge_mean_of_last(values.len(), mean, towards));
    MeanJudgement {
        mean: Some(mean),
        z: evidence.map(|one| one.z),
        p_value: evidence.map(|one| one.p_value),
        decision: match evidence {
            None => Decision::NotEnoughData,
            Some(one) if one.p_value <= settings.alpha => Decision::Breach,
            Some(_) => Decision::Ok,
        },
        ..nothing(values.len())
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The share of labels that earlier windows had from labels of the same age.
fn usual_maturity(history: &History<'_>) -> Option<f64> {
    let n_before = history.windows.len().saturating_sub(1);
    let known = history.windows[..n_before]
        .iter()
        .filter_map(|window| window.live.as_ref())
        .map(n_labelled)
        .sum();
    let all = history.n_predictions.iter().take(n_before).sum();
    share(known, all)
}

fn points(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    now: Option<&WindowPerformance>,
    window: Window,
    judgements: &[MeanJudgement],
) -> Vec<SignalPoint> {
    let mut points = Vec::new();
    for ((version, role), performance) in now.iter().flat_map(|now| &now.versions) {
        let labels = BTreeMap::from([
            ("role".to_owned(), role.as_str().to_owned()),
            ("version".to_owned(), version.clone()),
        ]);
        for (name, value) in metrics_of(performance) {
            points.push(point(
                &spec.name,
                &format!("performance.{name}"),
                labels.clone(),
                window,
                value,
                n_labelled(performance),
            ));
        }
    }
    for judgement in judgements {
        let labels = BTreeMap::from([
            ("monitor".to_owned(), monitor.name.to_string()),
            ("over".to_owned(), judgement.over_windows.to_string()),
        ]);
        for (name, value) in [
            ("performance.mean_of_last", judgement.mean),
            ("performance.p_value", judgement.p_value),
        ] {
            let n = u64::from(judgement.n_windows);
            points.push(point(&spec.name, name, labels.clone(), window, value, n));
        }
    }
    points
}
