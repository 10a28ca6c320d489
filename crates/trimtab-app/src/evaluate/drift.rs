//! Drift: the decision rule over the columns of one window.

use super::data::{CutReference, WindowRows};
use super::{Judged, point};
use crate::sentences::decision_reason;
use std::collections::BTreeMap;
use trimtab_domain::documents::{
    ColumnRole, ColumnSpec, Correction, ModelSpec, MonitorKind, MonitorSpec, SemanticType,
    monitor::Drift,
};
use trimtab_domain::result::{
    ColumnOutcome, Decision, DriftDetail, EffectSize, MethodOutcome, ResultDetail, Severity,
    SharePair, SkippedColumn,
};
use trimtab_domain::signal::SignalPoint;
use trimtab_stats::{
    ColumnDecision, ColumnEvidence, ColumnKind, DecisionPolicy, EffectFloors, compare_column,
    decide,
};

/// Judges one window. `performance_lost` says whether measured quality was lost at that time.
pub(crate) fn judge(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    settings: &Drift,
    reference: &CutReference,
    rows: &WindowRows,
    performance_lost: bool,
) -> Judged {
    let (columns, skipped) = choose(spec, &monitor.monitor, settings, reference);
    let mut detail = DriftDetail {
        reference: reference.info.name.to_string(),
        assumes_independent_rows: false,
        columns: Vec::new(),
        skipped,
    };
    let profile = rows
        .profile
        .as_ref()
        .filter(|_| rows.n_rows >= monitor.rows_min.max(1));
    let Some(profile) = profile else {
        return Judged {
            window: rows.window,
            decision: Decision::NotEnoughData,
            severity: None,
            n_rows: rows.n_rows,
            detail: ResultDetail::Drift(detail),
            points: Vec::new(),
        };
    };
    let evidence: Vec<ColumnEvidence> = columns
        .iter()
        .map(|&(place, column)| evidence_on(reference, place, column, profile))
        .collect();
    let decided = decide(&evidence, &policy(settings, performance_lost));
    detail.assumes_independent_rows = decided.assumes_independent_rows;
    detail.columns = evidence
        .iter()
        .zip(&decided.columns)
        .map(|(evidence, decision)| outcome(evidence, decision))
        .collect();
    let severity = detail
        .columns
        .iter()
        .filter(|column| column.decision == Decision::Drift)
        .filter_map(|column| column.severity)
        .max();
    Judged {
        window: rows.window,
        decision: decision_word(decided.decision),
        severity,
        n_rows: rows.n_rows,
        points: points(spec, monitor, rows, &detail),
        detail: ResultDetail::Drift(detail),
    }
}

fn evidence_on(
    reference: &CutReference,
    place: usize,
    column: &ColumnSpec,
    profile: &trimtab_stats::DatasetProfile,
) -> ColumnEvidence {
    let (_, grid) = &reference.grid.columns[place];
    let mut evidence = match (
        reference.total.columns.get(place),
        profile.columns.get(place),
    ) {
        (Some(total), Some(current)) => {
            compare_column(&column.name, grid, total, current, reference.law(place))
        }
        _ => ColumnEvidence::failed(
            &column.name,
            ColumnKind::Numeric,
            "the profile does not hold this column".to_owned(),
        ),
    };
    evidence.importance = column.importance;
    if column.semantic() == Some(SemanticType::Boolean) {
        evidence.kind = ColumnKind::Boolean;
    }
    evidence
}

/// The columns a monitor looks at, with their place in the grid, and those it passes over.
fn choose<'a>(
    spec: &'a ModelSpec,
    kind: &MonitorKind,
    settings: &Drift,
    reference: &CutReference,
) -> (Vec<(usize, &'a ColumnSpec)>, Vec<SkippedColumn>) {
    let mut chosen = Vec::new();
    let mut skipped = Vec::new();
    for column in &spec.columns {
        let is_wanted = if settings.columns.is_empty() {
            match kind {
                MonitorKind::PredictionDrift(_) => {
                    matches!(column.role, ColumnRole::Score | ColumnRole::Prediction)
                }
                _ => column.role == ColumnRole::Feature,
            }
        } else {
            settings.columns.contains(&column.name)
        };
        if !is_wanted {
            if let Some(reason) = why_never(kind, column).filter(|_| settings.columns.is_empty()) {
                skipped.push(skip(column, reason));
            }
            continue;
        }
        if settings.ignore.contains(&column.name) {
            skipped.push(skip(column, "left out by the monitor"));
        } else if !column.is_profiled() {
            skipped.push(skip(column, "instants are not compared"));
        } else if let Some(place) = reference.grid.position(&column.name) {
            chosen.push((place, column));
        } else {
            skipped.push(skip(column, "the reference does not hold it"));
        }
    }
    (chosen, skipped)
}

fn skip(column: &ColumnSpec, reason: &str) -> SkippedColumn {
    SkippedColumn {
        name: column.name.clone(),
        reason: reason.to_owned(),
    }
}

/// Why a column that is no input is not compared, where that is worth saying.
fn why_never(kind: &MonitorKind, column: &ColumnSpec) -> Option<&'static str> {
    if !matches!(kind, MonitorKind::DataDrift(_)) {
        return None;
    }
    match column.role {
        ColumnRole::Id => Some("an identifier"),
        ColumnRole::Timestamp => Some("an instant"),
        ColumnRole::Label => Some("the label: watched by performance monitors"),
        ColumnRole::Segment => Some("a segment, no input of the model"),
        ColumnRole::Metadata => Some("metadata, no input of the model"),
        _ => None,
    }
}

/// The decision rule with a monitor's settings.
fn policy(settings: &Drift, performance_lost: bool) -> DecisionPolicy {
    DecisionPolicy {
        alpha: settings.alpha,
        correction: correction(settings.correction),
        floors: EffectFloors {
            wasserstein_iqr: settings.floor_wasserstein_iqr,
            cramers_v: settings.floor_cramers_v,
            largest_share_change: settings.floor_share_change,
            ..EffectFloors::default()
        },
        performance_lost,
    }
}

pub(crate) fn correction(correction: Correction) -> trimtab_stats::Correction {
    match correction {
        Correction::BenjaminiHochberg => trimtab_stats::Correction::BenjaminiHochberg,
        Correction::Holm => trimtab_stats::Correction::Holm,
        Correction::Bonferroni => trimtab_stats::Correction::Bonferroni,
        Correction::None => trimtab_stats::Correction::None,
    }
}

pub(crate) fn decision_word(decision: trimtab_stats::Decision) -> Decision {
    match decision {
        trimtab_stats::Decision::Ok => Decision::Ok,
        trimtab_stats::Decision::Drift => Decision::Drift,
        trimtab_stats::Decision::NotEnoughData => Decision::NotEnoughData,
        trimtab_stats::Decision::Failed => Decision::Failed,
    }
}

pub(crate) fn severity_word(severity: trimtab_stats::Severity) -> Severity {
    match severity {
        trimtab_stats::Severity::Low => Severity::Low,
        trimtab_stats::Severity::Medium => Severity::Medium,
        trimtab_stats::Severity::High => Severity::High,
        trimtab_stats::Severity::Critical => Severity::Critical,
    }
}

/// A column's evidence and decision as they are stored and answered. Numbers that are not
/// finite become absent.
pub(crate) fn outcome(evidence: &ColumnEvidence, decision: &ColumnDecision) -> ColumnOutcome {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let size = decision.effect.or(evidence.effect);
    let mut outcome = ColumnOutcome {
        name: evidence.name.clone(),
        column_type: evidence.kind.name().to_owned(),
        decision: decision_word(decision.decision),
        severity: decision.severity.map(severity_word),
        reason: String::new(),
        p_value_row: finite(evidence.p_value_row),
        p_value_window: finite(evidence.p_value_window),
        p_value_adjusted: finite(decision.p_value_adjusted),
        inflation: finite(evidence.inflation),
        n_windows_effective: finite(evidence.n_windows_effective),
        effect: EffectSize {
            name: size.map_or_else(|| "none".to_owned(), |one| one.measure.name().to_owned()),
            value: finite(size.map(|one| one.value)),
            floor: finite(decision.effect_floor),
        },
        detectable_effect: finite(evidence.detectable_effect),
        differs_because: None,
        n_reference: evidence.n_reference,
        n_current: evidence.n_current,
        null_share: SharePair {
            reference: finite(evidence.null_share.0),
            current: finite(evidence.null_share.1),
        },
        error: evidence.error.clone(),
        results: evidence
            .results
            .iter()
            .map(|result| MethodOutcome {
                method: result.method.to_owned(),
                variant: result.variant.clone(),
                statistic: finite(result.statistic),
                p_value: finite(result.p_value),
                effect_size: finite(result.effect_size),
                threshold: finite(result.threshold),
                noise_floor: finite(result.noise_floor),
                reason: result.reason.clone(),
            })
            .collect(),
    };
    outcome.reason = decision_reason(evidence, &decision.reason, &outcome);
    outcome
}

/// The distances that are signals beside the effect.
const DISTANCES: [&str; 3] = ["psi", "wasserstein", "jensen_shannon"];

fn points(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    rows: &WindowRows,
    detail: &DriftDetail,
) -> Vec<SignalPoint> {
    let mut points = Vec::new();
    let labelled = |column: &str| {
        BTreeMap::from([
            ("column".to_owned(), column.to_owned()),
            ("monitor".to_owned(), monitor.name.to_string()),
        ])
    };
    for column in &detail.columns {
        let mut add = |name: &str, value: Option<f64>| {
            points.push(point(
                &spec.name,
                name,
                labelled(&column.name),
                rows.window,
                value,
                column.n_current,
            ));
        };
        add("drift.effect", column.effect.value);
        add("drift.p_value", column.p_value_adjusted);
        for method in DISTANCES {
            if let Some(result) = column.results.iter().find(|one| one.method == method) {
                add(&format!("drift.{method}"), result.statistic);
            }
        }
    }
    let n_drifted = detail
        .columns
        .iter()
        .filter(|column| column.decision == Decision::Drift)
        .count();
    let share =
        (!detail.columns.is_empty()).then(|| n_drifted as f64 / detail.columns.len() as f64);
    points.push(point(
        &spec.name,
        "drift.share_of_columns",
        BTreeMap::from([("monitor".to_owned(), monitor.name.to_string())]),
        rows.window,
        share,
        rows.n_rows,
    ));
    points
}
