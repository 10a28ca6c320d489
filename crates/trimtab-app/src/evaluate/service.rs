//! Service: latency, failures and throughput of one window.

use super::data::{CutReference, WindowRows};
use super::{Judged, point};
use std::collections::BTreeMap;
use trimtab_domain::documents::{ColumnRole, ModelSpec, MonitorSpec, monitor::Service};
use trimtab_domain::result::{CheckOutcome, ChecksDetail, Decision, ResultDetail, Severity};
use trimtab_stats::{ColumnGrid, ColumnProfile, DatasetProfile};

/// Latency this many times its limit is `high`.
const LATENCY_HIGH: f64 = 3.0;
/// A share of failures this many times its limit is `high`.
const ERRORS_HIGH: f64 = 5.0;

pub(crate) fn judge(
    spec: &ModelSpec,
    monitor: &MonitorSpec,
    settings: &Service,
    reference: &CutReference,
    rows: &WindowRows,
) -> Judged {
    let mut checks = Vec::new();
    let mut points = Vec::new();
    let mut add_point = |name: &str, value: Option<f64>| {
        let labels = BTreeMap::new();
        points.push(point(
            &spec.name,
            name,
            labels,
            rows.window,
            value,
            rows.n_rows,
        ));
    };
    let seconds = rows
        .window
        .end
        .duration_since(rows.window.start)
        .as_secs_f64();
    add_point(
        "service.requests_per_second",
        Some(rows.n_rows as f64 / seconds),
    );
    let is_enough = rows.n_rows >= monitor.rows_min.max(1);
    if let Some((value, usual)) = latency(spec, settings, reference, rows) {
        add_point(&latency_name(settings.latency_quantile), value);
        checks.push(latency_check(settings, value, usual, is_enough));
    }
    if let Some((value, usual)) = errors(spec, reference, rows) {
        add_point("service.error_share", value);
        checks.push(errors_check(settings, value, usual, is_enough));
    }
    let severity = checks.iter().filter_map(|check| check.severity).max();
    let decision = if checks.iter().any(|one| one.decision == Decision::Breach) {
        Decision::Breach
    } else if is_enough && checks.iter().any(|one| one.decision == Decision::Ok) {
        Decision::Ok
    } else {
        Decision::NotEnoughData
    };
    Judged {
        window: rows.window,
        decision,
        severity,
        n_rows: rows.n_rows,
        detail: ResultDetail::Checks(ChecksDetail { checks }),
        points,
    }
}

/// `service.latency_ms_p95`, `service.latency_ms_p99_9`.
pub fn latency_name(quantile: f64) -> String {
    let percent = format!("{:.4}", quantile * 100.0);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    format!("service.latency_ms_p{}", percent.replace('.', "_"))
}

/// The latency's quantile in this window and in the reference, where the model has one.
fn latency(
    spec: &ModelSpec,
    settings: &Service,
    reference: &CutReference,
    rows: &WindowRows,
) -> Option<(Option<f64>, Option<f64>)> {
    let column = spec.column_of_role(ColumnRole::Latency)?;
    let place = reference.grid.position(&column.name)?;
    let (_, ColumnGrid::Numeric(grid)) = reference.grid.columns.get(place)? else {
        return None;
    };
    let quantile = |profile: &DatasetProfile| match profile.columns.get(place) {
        Some(ColumnProfile::Numeric(numbers)) => numbers.quantile(grid, settings.latency_quantile),
        _ => None,
    };
    Some((
        rows.profile.as_ref().and_then(quantile),
        quantile(&reference.total),
    ))
}

/// The share of failed predictions in this window and in the reference: values that are not
/// missing, `false`, empty or 0.
fn errors(
    spec: &ModelSpec,
    reference: &CutReference,
    rows: &WindowRows,
) -> Option<(Option<f64>, Option<f64>)> {
    let column = spec.column_of_role(ColumnRole::Error)?;
    let place = reference.grid.position(&column.name)?;
    let (_, grid) = reference.grid.columns.get(place)?;
    let share = |profile: &DatasetProfile| {
        let found = profile.columns.get(place)?;
        let n_rows = found.n_rows();
        if n_rows == 0 {
            return None;
        }
        Some(n_failed(grid, found) as f64 / n_rows as f64)
    };
    Some((
        rows.profile.as_ref().and_then(share),
        share(&reference.total),
    ))
}

/// Predictions that failed: those whose value is not missing, `false`, empty or 0.
pub(crate) fn n_failed(grid: &ColumnGrid, found: &ColumnProfile) -> u64 {
    let n_fine: u64 = match (grid, found) {
        (ColumnGrid::Categorical(grid), ColumnProfile::Categorical(words)) => grid
            .categories()
            .iter()
            .zip(words.counts().iter())
            .filter(|(word, _)| matches!(word.as_str(), "" | "false" | "0"))
            .map(|(_, count)| *count)
            .sum(),
        (ColumnGrid::Numeric(grid), ColumnProfile::Numeric(numbers)) => {
            numbers.count(grid.bin(0.0))
        }
        _ => 0,
    };
    found.n().saturating_sub(n_fine)
}

fn latency_check(
    settings: &Service,
    value: Option<f64>,
    usual: Option<f64>,
    is_enough: bool,
) -> CheckOutcome {
    let quantile = crate::sentences::number(settings.latency_quantile * 100.0);
    let milliseconds = |value: f64| format!("{} ms", crate::sentences::number(value));
    let text = match (value, settings.latency_ms_max) {
        (None, _) => "No latency was reported".to_owned(),
        (Some(value), Some(limit)) if value > limit => format!(
            "{quantile}% of predictions took up to {}, above the limit of {}",
            milliseconds(value),
            milliseconds(limit)
        ),
        (Some(value), _) => {
            format!(
                "{quantile}% of predictions took up to {}",
                milliseconds(value)
            )
        }
    };
    limit_check(
        "latency",
        value,
        usual,
        settings.latency_ms_max,
        is_enough,
        LATENCY_HIGH,
        text,
    )
}

fn errors_check(
    settings: &Service,
    value: Option<f64>,
    usual: Option<f64>,
    is_enough: bool,
) -> CheckOutcome {
    let text = match (value, settings.error_share_max) {
        (None, _) => "No predictions".to_owned(),
        (Some(value), Some(limit)) if value > limit => format!(
            "{} of predictions failed, above the limit of {}",
            crate::sentences::percent(value),
            crate::sentences::percent(limit)
        ),
        (Some(value), _) => format!("{} of predictions failed", crate::sentences::percent(value)),
    };
    limit_check(
        "errors",
        value,
        usual,
        settings.error_share_max,
        is_enough,
        ERRORS_HIGH,
        text,
    )
}

fn limit_check(
    check: &str,
    value: Option<f64>,
    reference: Option<f64>,
    limit: Option<f64>,
    is_enough: bool,
    high_at: f64,
    text: String,
) -> CheckOutcome {
    let value = value.filter(|value| value.is_finite());
    let decision = match (value, limit) {
        (None, _) => Decision::NotEnoughData,
        _ if !is_enough => Decision::NotEnoughData,
        (Some(value), Some(limit)) if value > limit => Decision::Breach,
        _ => Decision::Ok,
    };
    let severity = match (decision, value, limit) {
        (Decision::Breach, Some(value), Some(limit)) if value >= limit * high_at => {
            Some(Severity::High)
        }
        (Decision::Breach, ..) => Some(Severity::Medium),
        _ => None,
    };
    CheckOutcome {
        check: check.to_owned(),
        column: None,
        decision,
        severity,
        value,
        reference,
        limit,
        p_value: None,
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_names_its_signal() {
        assert_eq!(latency_name(0.95), "service.latency_ms_p95");
        assert_eq!(latency_name(0.999), "service.latency_ms_p99_9");
        assert_eq!(latency_name(0.5), "service.latency_ms_p50");
    }
}
