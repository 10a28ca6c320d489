//! Findings in words: what, since when, how sure. Written once, the same on every surface.

use crate::report::numbers::significant;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use trimtab_domain::Window;
use trimtab_domain::documents::{Condition, Direction, ModelSpec, PerformanceMetric, RuleSpec};
use trimtab_domain::result::{
    CheckOutcome, ColumnOutcome, Decision, DriftDetail, MeanJudgement, MonitorResult,
    PerformanceDetail, ResultDetail,
};
use trimtab_domain::sentence::{RefKind, Sentence};
use trimtab_stats::{ColumnEvidence, Reason};

/// Columns named in one sentence.
const NAMED_MAX: usize = 3;

/// A day in a model's time zone: `1 Jun 2013`.
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%-d %b %Y")
        .to_string()
}

/// An instant in a model's time zone: `1 Jun 2013`, with the time where it is not midnight.
pub fn instant(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_zoned_datetime(zone.clone());
    if zoned.time() == jiff::civil::Time::midnight() {
        zoned.strftime("%-d %b %Y").to_string()
    } else {
        zoned.strftime("%-d %b %Y %H:%M").to_string()
    }
}

/// A number with three significant digits, without useless zeros.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size == 0.0 || size >= 100.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 1.0 => 2,
        _ if size >= 0.1 => 3,
        _ if size >= 0.001 => 4,
        _ => return format!("{value:.1e}"),
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A share as percent with one digit: `12.3%`, `100%`; never `0.0%` for something that happened.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if share.total_cmp(&1.0).is_eq() {
        "100%".to_owned()
    } else if value != 0.0 && value.abs() < 0.05 {
        format!("{}%", number(value))
    } else {
        format!("{value:.1}%")
    }
}

/// A p-value in a sentence: `p < 0.001`, `p = 0.012`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {}", significant(p, 2))
    }
}

/// How often chance alone would show as much: `about once in 2,000 times`.
pub fn odds(p_value: f64) -> String {
    const RAREST: f64 = 1e-6;
    if p_value < RAREST {
        return "less than once in 1,000,000 times".to_owned();
    }
    if p_value >= 0.5 {
        return "more often than not".to_owned();
    }
    let times = 1.0 / p_value;
    // One significant digit is as sure as a p-value gets.
    let unit = 10_f64.powf(times.log10().floor());
    let rounded = (times / unit).round() * unit;
    format!("about once in {} times", thousands(rounded))
}

/// A whole number with commas.
pub fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}

/// An effect in words: `0.42 interquartile ranges`.
pub fn effect(name: &str, value: f64) -> String {
    let value_text = number(value);
    match name {
        "wasserstein_iqr" => format!("{value_text} interquartile ranges"),
        "wasserstein_sd" => format!("{value_text} standard deviations"),
        "cramers_v" => format!("Cramér's V {value_text}"),
        "largest_share_change" => format!("{} points of share", number(value * 100.0)),
        "missing_share_change" => format!("{} points of missing share", number(value * 100.0)),
        "share_off_constant" => format!("{} no longer constant", percent(value)),
        _ => value_text,
    }
}

/// How far a column moved, as the end of a sentence that begins with its name.
pub fn evidence(column: &ColumnOutcome) -> String {
    let Some(value) = column.effect.value else {
        return "moved, by how much is unknown".to_owned();
    };
    let size = match column.effect.name.as_str() {
        "missing_share_change" => format!("is {}", missing(column)),
        "largest_share_change" => format!(
            "has a category whose share moved by {} points",
            number(value * 100.0)
        ),
        "cramers_v" => format!("is composed differently: Cramér's V {}", number(value)),
        "share_off_constant" => format!(
            "was constant in the reference and is not in {} of rows",
            percent(value)
        ),
        name => format!("moved {}", effect(name, value)),
    };
    match column.effect.floor.filter(|floor| *floor > 0.0) {
        Some(floor) if column.effect.name.contains("share") => {
            format!("{size}; {} points matter", number(floor * 100.0))
        }
        Some(floor) => format!("{size}; {} matters", number(floor)),
        None => size,
    }
}

/// `missing in 100% of rows (0.0% in the reference)`.
fn missing(column: &ColumnOutcome) -> String {
    let share = |share: Option<f64>| percent(share.unwrap_or(0.0));
    format!(
        "missing in {} of rows ({} in the reference)",
        share(column.null_share.current),
        share(column.null_share.reference)
    )
}

/// Why a column was decided so, and why not as the plain test would have it.
pub fn decision_reason(
    evidence: &ColumnEvidence,
    reason: &Reason,
    outcome: &ColumnOutcome,
) -> String {
    match reason {
        Reason::Drifted => drift_reason(outcome),
        Reason::Failed(error) => error.clone(),
        Reason::NoReference => "the reference has no values".to_owned(),
        Reason::NoCurrent => "the current sample has no values".to_owned(),
        Reason::NothingTested => "nothing could be tested".to_owned(),
        Reason::TooFewRows { smallest } => {
            let measure = evidence.effect.map_or("", |effect| effect.measure.name());
            format!(
                "too few rows: only {} or more would be seen",
                effect(measure, *smallest)
            )
        }
        Reason::TooFewWindows { n_effective } => format!(
            "a difference that matters, but the reference's windows resemble their neighbours so \
             much that they are worth only {n_effective:.1} independent ones: too few to say \
             whether it is usual"
        ),
        Reason::TooSmall => "a sure difference, too small to matter".to_owned(),
        Reason::WithinWindows {
            p_value_row,
            p_value_window,
        } => format!(
            "no larger than between the reference's own windows ({} among them; {} if rows were \
             independent)",
            p_value(*p_value_window),
            p_value(*p_value_row)
        ),
        Reason::AmongMany {
            p_value: plain,
            adjusted,
        } => format!(
            "no difference beyond what one of so many columns shows by chance ({} alone, {} \
             adjusted)",
            p_value(*plain),
            p_value(*adjusted)
        ),
        Reason::NoDifference => "no difference beyond chance".to_owned(),
    }
}

/// Why a column was found to have drifted.
pub fn drift_reason(column: &ColumnOutcome) -> String {
    let evidence = evidence(column);
    let evidence = evidence.strip_prefix("is ").unwrap_or(&evidence);
    match column.p_value_adjusted {
        Some(p) => format!("{evidence}; adjusted {}", p_value(p)),
        None => evidence.to_owned(),
    }
}

/// A finding with its headline and its certainty.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// A headline: `temp has drifted`.
    pub title: String,
    /// What was found, since when, with links.
    pub sentence: Sentence,
    /// How sure, in words.
    pub how_sure: String,
}

/// A monitor's finding on a window, restricted to the named columns where there are any.
pub fn finding(
    spec: &ModelSpec,
    result: &MonitorResult,
    columns: &[String],
    since: Timestamp,
) -> Finding {
    let zone = spec.zone().unwrap_or(TimeZone::UTC);
    match &result.detail {
        ResultDetail::Drift(detail) => drift(spec, detail, columns, since, &zone),
        ResultDetail::Performance(detail) => performance(spec, detail, since, &zone),
        ResultDetail::Checks(detail) => {
            checks(spec, &detail.checks, columns, since, &zone, result.window)
        }
        ResultDetail::Failed { reason } => Finding {
            title: format!("{} could not be judged", result.monitor),
            sentence: Sentence::new().text(format!("The look failed: {reason}.")),
            how_sure: "Nothing was measured.".to_owned(),
        },
    }
}

fn about_model(spec: &ModelSpec) -> Sentence {
    Sentence::new().reference(
        RefKind::Model,
        spec.name.as_str(),
        None,
        spec.title().to_owned(),
    )
}

fn drift(
    spec: &ModelSpec,
    detail: &DriftDetail,
    columns: &[String],
    since: Timestamp,
    zone: &TimeZone,
) -> Finding {
    let mut drifted: Vec<&ColumnOutcome> = detail
        .columns
        .iter()
        .filter(|column| column.decision == Decision::Drift)
        .filter(|column| columns.is_empty() || columns.contains(&column.name))
        .collect();
    // The loudest first; names break ties.
    drifted.sort_by(|a, b| {
        let size = |column: &ColumnOutcome| effect_ratio(column);
        size(b)
            .total_cmp(&size(a))
            .then_with(|| a.name.cmp(&b.name))
    });
    let names: Vec<_> = drifted.iter().map(|column| column.name.as_str()).collect();
    let title = match names.as_slice() {
        [] => "A column has drifted".to_owned(),
        [one] => format!("{one} has drifted"),
        many => format!("{} have drifted", listed(many)),
    };
    let mut sentence = about_model(spec).text(": ");
    for (i, column) in drifted.iter().take(NAMED_MAX).enumerate() {
        let joint = if i == 0 { "" } else { ", " };
        sentence = sentence.text(joint).reference(
            RefKind::Column,
            column.name.clone(),
            Some(spec.name.as_str()),
            column.name.clone(),
        );
        sentence = sentence.text(change(column, &detail.reference));
    }
    if drifted.len() > NAMED_MAX {
        sentence = sentence.text(format!(" and {} more", drifted.len() - NAMED_MAX));
    }
    sentence = sentence.text(format!(", since {}.", instant(since, zone)));
    Finding {
        title,
        sentence,
        how_sure: drift_certainty(&drifted, detail.assumes_independent_rows),
    }
}

/// What happened to a column, as the end of a sentence that begins with its name.
fn change(column: &ColumnOutcome, reference: &str) -> String {
    let Some(value) = column.effect.value else {
        return format!(" differs from {reference}");
    };
    match column.effect.name.as_str() {
        "missing_share_change" => format!(" is {}", missing(column)),
        "largest_share_change" => format!(
            " has a category whose share moved by {} points against {reference}",
            number(value * 100.0)
        ),
        "cramers_v" => format!(
            " is composed differently from {reference} (Cramér's V {})",
            number(value)
        ),
        "share_off_constant" => format!(
            " was constant in {reference} and is not in {} of rows",
            percent(value)
        ),
        name => format!(" is {} away from {reference}", effect(name, value)),
    }
}

/// How far above its floor an effect is; 0 where there is none.
pub fn effect_ratio(column: &ColumnOutcome) -> f64 {
    match (column.effect.value, column.effect.floor) {
        (Some(value), Some(floor)) if floor > 0.0 => value / floor,
        (Some(value), _) if value > 0.0 => f64::MAX,
        _ => 0.0,
    }
}

fn drift_certainty(drifted: &[&ColumnOutcome], assumes_independent_rows: bool) -> String {
    let smallest = drifted
        .iter()
        .filter_map(|column| column.p_value_adjusted)
        .min_by(f64::total_cmp);
    let windows = drifted
        .iter()
        .filter_map(|column| column.n_windows_effective)
        .min_by(f64::total_cmp);
    let Some(p) = smallest else {
        return "No test could be run; the size of the change decides.".to_owned();
    };
    match windows {
        Some(windows) if !assumes_independent_rows => format!(
            "If nothing had changed, a window would look like this {} (adjusted {}, judged by \
             how much the reference's own windows differ: worth {} independent ones).",
            odds(p),
            p_value(p),
            number(windows)
        ),
        _ => format!(
            "Chance alone would show this {} if rows were independent (adjusted {}); they may \
             not be, so the size of the change decides.",
            odds(p),
            p_value(p)
        ),
    }
}

fn performance(
    spec: &ModelSpec,
    detail: &PerformanceDetail,
    since: Timestamp,
    zone: &TimeZone,
) -> Finding {
    let metric = detail.metric;
    let worst = worst_judgement(&detail.judgements);
    let has_moved = moved(metric, worst, detail.reference_mean);
    let title = format!("{} {has_moved}", metric.title());
    let mut sentence = about_model(spec).text(": ").strong(metric.title());
    if let Some((judgement, mean)) = worst.and_then(|one| Some((one, one.mean?))) {
        sentence = sentence.text(format!(
            " averaged {} over the last {} windows",
            number(mean),
            judgement.n_windows
        ));
    } else if let Some(value) = detail.metrics.get(metric.as_str()).copied().flatten() {
        sentence = sentence.text(format!(" is {}", number(value)));
    }
    if let Some(reference) = detail.reference_mean {
        sentence = sentence.text(format!(", against {} in the reference", number(reference)));
    }
    sentence = sentence.text(format!(", since {}.", instant(since, zone)));
    let how_sure = match worst.and_then(|one| one.p_value) {
        Some(p) => format!(
            "If nothing had changed, the mean would be this bad {} ({}, judged by the spread \
             of the reference's {} windows).",
            odds(p),
            p_value(p),
            detail.n_reference_windows
        ),
        None => "A fixed limit was passed; no test stands behind it.".to_owned(),
    };
    Finding {
        title,
        sentence,
        how_sure,
    }
}

/// The judgement that speaks loudest: the smallest p-value among the breaches.
pub fn worst_judgement(judgements: &[MeanJudgement]) -> Option<&MeanJudgement> {
    judgements
        .iter()
        .filter(|judgement| judgement.decision == Decision::Breach)
        .min_by(|a, b| {
            let p = |judgement: &MeanJudgement| judgement.p_value.unwrap_or(f64::INFINITY);
            p(a).total_cmp(&p(b))
        })
}

fn moved(
    metric: PerformanceMetric,
    judgement: Option<&MeanJudgement>,
    reference: Option<f64>,
) -> &'static str {
    match (judgement.and_then(|one| one.mean), reference) {
        (Some(mean), Some(reference)) if mean < reference => "has fallen",
        (Some(_), Some(_)) => "has risen",
        _ => match metric.bad_direction() {
            Some(Direction::Down) => "is too low",
            Some(Direction::Up) => "is too high",
            Some(Direction::Both) | None => "is out of bounds",
        },
    }
}

fn checks(
    spec: &ModelSpec,
    checks: &[CheckOutcome],
    columns: &[String],
    since: Timestamp,
    zone: &TimeZone,
    window: Window,
) -> Finding {
    let breached: Vec<&CheckOutcome> = checks
        .iter()
        .filter(|check| check.decision == Decision::Breach)
        .filter(|check| match &check.column {
            Some(column) => columns.is_empty() || columns.contains(column),
            None => true,
        })
        .collect();
    let title = match breached.as_slice() {
        [] => "A check failed".to_owned(),
        [one] => check_title(one),
        [first, rest @ ..] => format!("{} and {} more", check_title(first), rest.len()),
    };
    let texts: Vec<_> = breached
        .iter()
        .take(NAMED_MAX)
        .map(|check| check.text.trim_end_matches('.').to_owned())
        .collect();
    let sentence = about_model(spec).text(format!(
        ": {}, in the window of {}; since {}.",
        texts.join("; "),
        instant(window.start, zone),
        instant(since, zone)
    ));
    let smallest = breached
        .iter()
        .filter_map(|check| check.p_value)
        .min_by(f64::total_cmp);
    let how_sure = match smallest {
        Some(p) => format!(
            "If nothing had changed, this would happen {} ({}).",
            odds(p),
            p_value(p)
        ),
        None => "A fixed limit was passed; no test stands behind it.".to_owned(),
    };
    Finding {
        title,
        sentence,
        how_sure,
    }
}

/// A check's headline.
pub fn check_title(check: &CheckOutcome) -> String {
    let column = check.column.as_deref().unwrap_or("a column");
    match check.check.as_str() {
        "missing" => format!("{column}: missing values"),
        "out_of_range" => format!("{column}: values out of range"),
        "unseen" => format!("{column}: unseen categories"),
        "volume" => "Unusual traffic".to_owned(),
        "freshness" => "Data is late".to_owned(),
        "latency" => "Slow predictions".to_owned(),
        "errors" => "Failing predictions".to_owned(),
        other => other.to_owned(),
    }
}

/// Names in a row: `a and b`, `a, b and 3 more`.
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, second] => format!("{first} and {second}"),
        [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
    }
}

/// A signal passed its limit.
pub(crate) fn signal_finding(
    spec: &ModelSpec,
    rule: &RuleSpec,
    value: Option<f64>,
    since: Timestamp,
) -> Finding {
    let zone = spec.zone().unwrap_or(TimeZone::UTC);
    let (signal, condition) = match &rule.when {
        Condition::Signal {
            signal,
            op,
            threshold,
        } => (
            signal.as_str(),
            format!("{} {}", op.as_str(), number(*threshold)),
        ),
        Condition::Monitor { monitor, .. } => (monitor.as_str(), String::new()),
    };
    let is = value.map_or_else(
        || "passed its limit".to_owned(),
        |value| format!("is {}", number(value)),
    );
    Finding {
        title: format!("{signal} {condition}"),
        sentence: Sentence::new()
            .reference(
                RefKind::Model,
                spec.name.as_str(),
                None,
                spec.title().to_owned(),
            )
            .text(": ")
            .strong(signal.to_owned())
            .text(format!(
                " {is} (rule `{}`: {condition}), since {}.",
                rule.name,
                instant(since, &zone)
            )),
        how_sure: "A fixed threshold was passed; no test stands behind it.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_domain::result::{EffectSize, SharePair};

    #[test]
    fn odds_read_like_odds() {
        assert_eq!(odds(0.012), "about once in 80 times");
        assert_eq!(odds(0.000_51), "about once in 2,000 times");
        assert_eq!(odds(1e-12), "less than once in 1,000,000 times");
        assert_eq!(odds(0.9), "more often than not");
    }

    #[test]
    fn p_values_and_shares_are_short() {
        assert_eq!(p_value(1.1e-137), "p < 0.001");
        assert_eq!(p_value(0.012_34), "p = 0.012");
        assert_eq!(p_value(0.5), "p = 0.50");
        assert_eq!(percent(0.031_2), "3.1%");
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.0), "0.0%");
        assert_eq!(percent(0.000_2), "0.02%");
    }

    fn column(name: &str, value: f64, floor: f64) -> ColumnOutcome {
        ColumnOutcome {
            name: "temp".to_owned(),
            column_type: "numeric".to_owned(),
            decision: Decision::Drift,
            severity: None,
            reason: String::new(),
            p_value_row: None,
            p_value_window: None,
            p_value_adjusted: Some(1.1e-137),
            inflation: None,
            n_windows_effective: None,
            effect: EffectSize {
                name: name.to_owned(),
                value: Some(value),
                floor: Some(floor),
            },
            detectable_effect: None,
            differs_because: None,
            n_reference: 100,
            n_current: 100,
            null_share: SharePair {
                reference: Some(0.0),
                current: Some(1.0),
            },
            error: None,
            results: Vec::new(),
        }
    }

    #[test]
    fn reasons_hold_no_raw_names() {
        for (name, value, floor, text) in [
            (
                "wasserstein_iqr",
                1.417,
                0.1,
                "moved 1.42 interquartile ranges; 0.1 matters; adjusted p < 0.001",
            ),
            (
                "missing_share_change",
                1.0,
                0.02,
                "missing in 100% of rows (0.0% in the reference); 2 points matter; adjusted \
                 p < 0.001",
            ),
            (
                "largest_share_change",
                0.12,
                0.05,
                "has a category whose share moved by 12 points; 5 points matter; adjusted \
                 p < 0.001",
            ),
        ] {
            assert_eq!(drift_reason(&column(name, value, floor)), text);
        }
        assert_eq!(
            change(&column("missing_share_change", 1.0, 0.02), "spring"),
            " is missing in 100% of rows (0.0% in the reference)"
        );
        assert_eq!(
            change(&column("wasserstein_iqr", 1.417, 0.1), "spring"),
            " is 1.42 interquartile ranges away from spring"
        );
    }

    #[test]
    fn numbers_keep_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.123_45, "0.123"),
            (12.34, "12.3"),
            (1_234.5, "1234"),
            (0.1, "0.1"),
            (1e-9, "1.0e-9"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(thousands(1_234_567.0), "1,234,567");
    }
}
