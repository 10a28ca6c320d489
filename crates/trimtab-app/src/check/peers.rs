//! A check by a peer's own rule.

use super::{CHECK_SCHEMA_VERSION, CorrectionReport, SideReport, drifted};
use crate::sentences::listed;
use trimtab_domain::check::{CheckEvidence, CheckReport, PeerColumn};
use trimtab_domain::result::{ColumnOutcome, Decision, EffectSize, MethodOutcome};
use trimtab_stats::DecisionPolicy;
use trimtab_stats::compat::{Peer, PeerResult, dataset_drifted};

pub(super) fn report(peer: Peer, evidence: CheckEvidence, policy: &DecisionPolicy) -> CheckReport {
    let columns: Vec<ColumnOutcome> = evidence
        .peer_columns
        .iter()
        .map(|column| outcome(peer, column))
        .collect();
    let verdicts: Vec<Option<bool>> = columns
        .iter()
        .map(|column| match column.decision {
            Decision::Drift => Some(true),
            Decision::Ok => Some(false),
            _ => None,
        })
        .collect();
    let decision = if columns
        .iter()
        .all(|column| column.decision == Decision::Failed)
    {
        Decision::Failed
    } else if dataset_drifted(peer, &verdicts) {
        Decision::Drift
    } else {
        Decision::Ok
    };
    let names = drifted(&columns);
    let listed = listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let verdict = match (decision, names.is_empty()) {
        (Decision::Drift, _) => format!("drift, in {listed}"),
        (Decision::Failed, _) => "nothing".to_owned(),
        (_, true) => "no drift".to_owned(),
        (_, false) => format!("no drift of the data set, but of {listed}"),
    };
    CheckReport {
        schema_version: CHECK_SCHEMA_VERSION,
        decision,
        reason: format!(
            "By the rule of {} ({} columns): {verdict}. It states no false-alarm rate.",
            peer.name(),
            columns.len()
        ),
        assumes_independent_rows: true,
        correction: CorrectionReport {
            method: "none".to_owned(),
            alpha: policy.alpha,
        },
        reference: SideReport {
            n_rows: evidence.n_reference,
        },
        current: SideReport {
            n_rows: evidence.n_current,
        },
        columns,
        windows: Vec::new(),
        added: evidence.added,
        removed: evidence.removed,
        skipped: evidence.skipped,
        sketches: evidence.sketches,
        compat: Some(peer.name().to_owned()),
        segments: Vec::new(),
        texts: Vec::new(),
        multivariate: None,
        performance: evidence.performance,
        drifted_importance: None,
    }
}

/// A column's verdict: drift where one of its chunks has drifted.
fn outcome(peer: Peer, column: &PeerColumn) -> ColumnOutcome {
    let alarms = column
        .results
        .iter()
        .filter(|result| result.is_drift == Some(true))
        .count();
    let is_said = column
        .results
        .iter()
        .any(|result| result.is_drift.is_some());
    let decision = match (&column.error, is_said) {
        (Some(_), _) => Decision::Failed,
        (None, false) => Decision::NotEnoughData,
        (None, true) if alarms > 0 => Decision::Drift,
        (None, true) => Decision::Ok,
    };
    let n = column.results.len();
    let reason = match (n, decision) {
        (_, Decision::Failed) => "the peer has no such method here".to_owned(),
        (_, Decision::NotEnoughData) => format!("{} says nothing on this column", peer.name()),
        (0 | 1, Decision::Drift) => format!("{} would alarm", peer.name()),
        (0 | 1, _) => format!("{} would not alarm", peer.name()),
        _ => format!("{} would alarm on {alarms} of {n} chunks", peer.name()),
    };
    let leading = column
        .results
        .iter()
        .find(|result| result.is_drift == Some(true))
        .or_else(|| column.results.first());
    ColumnOutcome {
        name: column.name.clone(),
        column_type: column.column_type.clone(),
        decision,
        severity: None,
        reason,
        p_value_row: leading.and_then(|result| finite(result.p_value)),
        p_value_window: None,
        p_value_adjusted: None,
        inflation: None,
        n_windows_effective: None,
        effect: EffectSize {
            name: leading.map_or_else(|| "none".to_owned(), |result| result.method.to_owned()),
            value: leading.and_then(|result| finite(result.statistic)),
            floor: leading
                .filter(|result| result.p_value.is_none())
                .and_then(|result| finite(result.threshold)),
        },
        detectable_effect: None,
        differs_because: None,
        n_reference: column.n_reference,
        n_current: column.n_current,
        null_share: column.null_share,
        error: column.error.clone(),
        results: column
            .results
            .iter()
            .enumerate()
            .map(|(chunk, result)| method(result, (n > 1).then_some(chunk)))
            .collect(),
    }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

fn method(result: &PeerResult, chunk: Option<usize>) -> MethodOutcome {
    let verdict = match result.is_drift {
        Some(true) => "drift",
        Some(false) => "no drift",
        None => "no verdict",
    };
    let place = chunk.map_or_else(String::new, |chunk| format!("chunk {}, ", chunk + 1));
    MethodOutcome {
        method: result.method.to_owned(),
        variant: format!("{place}{verdict}: {}", result.variant),
        statistic: finite(result.statistic),
        p_value: finite(result.p_value),
        effect_size: None,
        threshold: finite(result.threshold),
        noise_floor: None,
        reason: result
            .statistic
            .is_some_and(f64::is_infinite)
            .then(|| "infinite".to_owned()),
    }
}
