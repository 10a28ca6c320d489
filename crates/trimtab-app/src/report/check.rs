//! The report of `trimtab check`.

use super::marks::{DistributionBar, bars, histogram, sketch, strip};
use super::numbers::{chosen, count, p_value, percent, significant};
use super::page::{Page, severity, table};
use super::svg::{escape, put};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use trimtab_domain::check::{
    CheckReport, ColumnSketch, MultivariateReport, PerformanceChange, TextReport,
};
use trimtab_domain::result::{ColumnOutcome, Decision};

/// Columns drawn large at most.
const DRAWN_MAX: usize = 6;

/// What the report's own numbers don't say.
#[derive(Debug, Clone)]
pub struct CheckReportFacts {
    /// What the reference is called: a path.
    pub reference: String,
    /// What the other side is called.
    pub current: String,
    /// When the report is written.
    pub generated_at: Timestamp,
    /// In which zone windows begin.
    pub zone: TimeZone,
}

/// Paints a comparison.
pub fn check_report(report: &CheckReport, facts: &CheckReportFacts) -> String {
    let mut page = Page::new(format!(
        "Drift: {} against {}",
        facts.current, facts.reference
    ));
    page.sentence(
        &format!("{} against {}", facts.current, facts.reference),
        &report.reason,
    );
    page.facts(&facts_of(report));
    if report.windows.len() > 1 {
        page.section(
            "Windows",
            "How many columns drifted in each window of the current side.",
            &windows(report, &facts.zone),
        );
    }
    let guard = if report.assumes_independent_rows {
        "Rows are treated as independent; the floor on the effect guards the decision."
    } else {
        "Each window is judged by how much the reference's own windows differ."
    };
    page.section("Columns, by effect over its floor", guard, &columns(report));
    let drawn = distributions(report);
    if !drawn.is_empty() {
        page.section(
            "What moved",
            "Grey is the reference, blue the current side.",
            &drawn,
        );
    }
    page.section(
        "Every statistic",
        "Distances are shown with what they read at these sizes when nothing has moved.",
        &statistics(report),
    );
    if !report.segments.is_empty() {
        page.section(
            "Segments",
            "Rows of one value against the same rows of the reference.",
            &segments(report),
        );
    }
    for text in &report.texts {
        page.section(
            &format!("Texts of {}", text.column),
            "Its form, and how well a model tells the sides apart by words and runs of characters.",
            &texts(text),
        );
    }
    if let Some(found) = &report.multivariate {
        page.section(
            "All columns together",
            "How well a model tells the sides apart: 0.5 is not at all.",
            &together(found),
        );
    }
    if let Some(change) = &report.performance {
        page.section(
            "Performance",
            "On the labelled rows of both sides.",
            &performance(change),
        );
    }
    if !(report.skipped.is_empty() && report.added.is_empty() && report.removed.is_empty()) {
        page.section("Not compared", "", &not_compared(report));
    }
    let data = serde_json::to_value(report).unwrap_or_default();
    page.finish(facts.generated_at, &data, false)
}

fn facts_of(report: &CheckReport) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![
        fact("Reference rows", count(report.reference.n_rows)),
        fact("Current rows", count(report.current.n_rows)),
        fact("Columns compared", report.columns.len().to_string()),
    ];
    if !report.windows.is_empty() {
        let drifted = report
            .windows
            .iter()
            .filter(|window| window.decision == Decision::Drift)
            .count();
        facts.push(fact(
            "Windows drifted",
            format!("{drifted} of {}", report.windows.len()),
        ));
    }
    facts.push(fact(
        "Correction",
        format!(
            "{}, α {}",
            report.correction.method.replace('_', " "),
            chosen(report.correction.alpha)
        ),
    ));
    facts
}

fn windows(report: &CheckReport, zone: &TimeZone) -> String {
    let windows: Vec<_> = report
        .windows
        .iter()
        .map(|window| {
            let has_data = window.decision != Decision::NotEnoughData;
            (
                window.window.start,
                window.n_rows,
                window.drifted.len(),
                has_data,
            )
        })
        .collect();
    strip(&windows, zone, "Drifted columns by window")
}

fn segments(report: &CheckReport) -> String {
    let rows: Vec<Vec<String>> = report
        .segments
        .iter()
        .map(|segment| {
            vec![
                escape(&format!("{} = {}", segment.column, segment.value)),
                count(segment.n_reference),
                count(segment.n_current),
                severity(segment.decision.as_str()),
                escape(&segment.drifted.join(", ")),
            ]
        })
        .collect();
    table(
        &["Segment", "Reference", "Current", "Decision", "Drifted"],
        &[1, 2],
        &rows,
    )
}

fn texts(text: &TextReport) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| significant(v, 3));
    let words = &text.words;
    let mut rows = vec![vec![
        escape(&words.variant),
        number(words.auc),
        words.p_value.map_or_else(|| "–".to_owned(), p_value),
        escape(words.error.as_deref().unwrap_or_default()),
    ]];
    rows.extend(text.features.iter().map(|feature| {
        vec![
            escape(&feature.name),
            String::new(),
            feature
                .p_value_adjusted
                .map_or_else(|| "–".to_owned(), p_value),
            severity(feature.decision.as_str()),
        ]
    }));
    rows.extend(words.pieces.iter().map(|piece| {
        let side = if piece.weight > 0.0 {
            "current"
        } else {
            "reference"
        };
        vec![
            format!("“{}”", escape(&piece.text)),
            String::new(),
            String::new(),
            format!("more in the {side}"),
        ]
    }));
    table(&["", "AUC", "p", ""], &[1, 2], &rows)
}

fn together(found: &MultivariateReport) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| significant(v, 3));
    let mut rows = vec![vec![
        escape(&found.variant),
        number(found.auc),
        format!("{} to {}", number(found.auc_low), number(found.auc_high)),
        found.p_value.map_or_else(|| "–".to_owned(), p_value),
    ]];
    rows.extend(
        found
            .columns
            .iter()
            .filter(|column| column.auc_drop > 0.0)
            .take(10)
            .map(|column| {
                vec![
                    escape(&format!("without {}", column.name)),
                    format!("− {}", significant(column.auc_drop, 2)),
                    String::new(),
                    String::new(),
                ]
            }),
    );
    let mut html = table(&["Model", "AUC", "95 %", "p"], &[1, 2, 3], &rows);
    if let Some(error) = &found.error {
        put(&mut html, format_args!("<p>{}</p>", escape(error)));
    }
    html
}

fn performance(change: &PerformanceChange) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| significant(v, 3));
    let verdict = match (&change.reason, change.is_lost) {
        (Some(reason), _) => escape(reason),
        (None, true) => severity("drift"),
        (None, false) => severity("ok"),
    };
    table(
        &[
            "Metric",
            "Reference",
            "Current",
            "Loss",
            "95 %",
            "Floor",
            "Verdict",
        ],
        &[1, 2, 3, 4, 5],
        &[vec![
            escape(&change.metric.replace('_', " ")),
            number(change.reference),
            number(change.current),
            number(change.loss),
            format!(
                "{} to {}",
                number(change.loss_low),
                number(change.loss_high)
            ),
            chosen(change.floor),
            verdict,
        ]],
    )
}

/// Columns in the order of what they show: effect over its floor, largest first.
fn by_effect(report: &CheckReport) -> Vec<&ColumnOutcome> {
    let mut columns: Vec<_> = report.columns.iter().collect();
    columns.sort_by(|a, b| {
        let rank = |column: &ColumnOutcome| {
            (
                column.decision == Decision::Drift,
                over_floor(column).unwrap_or(-1.0),
            )
        };
        let (left, right) = (rank(a), rank(b));
        right.0.cmp(&left.0).then(right.1.total_cmp(&left.1))
    });
    columns
}

fn over_floor(column: &ColumnOutcome) -> Option<f64> {
    match (column.effect.value, column.effect.floor) {
        (Some(value), Some(floor)) if floor > 0.0 => Some(value / floor),
        (value, _) => value,
    }
}

fn columns(report: &CheckReport) -> String {
    let rows: Vec<Vec<String>> = by_effect(report)
        .into_iter()
        .map(|column| {
            let decision = severity(column.decision.as_str());
            let decision = match column.severity {
                Some(word) => format!("{decision}, {}", word.as_str()),
                None => decision,
            };
            let effect = column.effect.value.map_or_else(
                || "–".to_owned(),
                |value| {
                    let floor = column.effect.floor.unwrap_or(0.0);
                    format!("{} (floor {})", significant(value, 3), chosen(floor))
                },
            );
            let drawing = report
                .sketches
                .iter()
                .find(|one| one.name == column.name)
                .map(|one| {
                    sketch(
                        &one.reference,
                        &one.current,
                        &format!("Both sides of {}", one.name),
                    )
                });
            vec![
                escape(&column.name),
                escape(&column.column_type),
                drawing.unwrap_or_default(),
                effect,
                column
                    .p_value_adjusted
                    .map_or_else(|| "–".to_owned(), |p| escape(&p_value(p))),
                column
                    .inflation
                    .map_or_else(|| "–".to_owned(), |value| significant(value, 2)),
                missing(column),
                decision,
                escape(column.error.as_deref().unwrap_or(&column.reason)),
            ]
        })
        .collect();
    table(
        &[
            "Column",
            "Type",
            "Both sides",
            "Effect",
            "p, adjusted",
            "Inflation",
            "Missing",
            "Decision",
            "Why",
        ],
        &[3, 4, 5, 6],
        &rows,
    )
}

fn missing(column: &ColumnOutcome) -> String {
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
    let (before, now) = (column.null_share.reference, column.null_share.current);
    if before == now {
        return share(now);
    }
    format!("{} → {}", share(before), share(now))
}

fn distributions(report: &CheckReport) -> String {
    let mut html = String::new();
    let drifted = by_effect(report)
        .into_iter()
        .filter(|column| column.decision == Decision::Drift)
        .take(DRAWN_MAX);
    for column in drifted {
        let Some(both) = report.sketches.iter().find(|one| one.name == column.name) else {
            continue;
        };
        let label = format!("{}: reference and current", column.name);
        let drawing = if column.column_type == "numeric" {
            histogram(&rows_of(both), &label)
        } else {
            bars(&rows_of(both), &label)
        };
        put(
            &mut html,
            format_args!(
                "<div><h3>{}</h3><p>{}</p>{drawing}</div>",
                escape(&column.name),
                escape(&column.reason)
            ),
        );
    }
    if html.is_empty() {
        return html;
    }
    format!("<div class=\"pair\">{html}</div>")
}

fn rows_of(both: &ColumnSketch) -> Vec<DistributionBar> {
    both.labels
        .iter()
        .zip(&both.reference)
        .zip(&both.current)
        .map(|((label, &reference), &current)| DistributionBar {
            label: label.clone(),
            reference,
            current,
        })
        .collect()
}

fn statistics(report: &CheckReport) -> String {
    let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| significant(v, 4));
    let rows: Vec<Vec<String>> = report
        .columns
        .iter()
        .flat_map(|column| {
            column.results.iter().map(move |result| {
                vec![
                    escape(&column.name),
                    escape(&result.method),
                    escape(&result.variant),
                    value(result.statistic),
                    result
                        .p_value
                        .map_or_else(|| "–".to_owned(), |p| escape(&p_value(p))),
                    value(result.noise_floor),
                    escape(result.reason.as_deref().unwrap_or_default()),
                ]
            })
        })
        .collect();
    let inner = table(
        &[
            "Column",
            "Method",
            "Variant",
            "Statistic",
            "p",
            "Without drift",
            "Note",
        ],
        &[3, 4, 5],
        &rows,
    );
    format!(
        "<details><summary>{} statistics</summary>{inner}</details>",
        rows.len()
    )
}

fn not_compared(report: &CheckReport) -> String {
    let mut rows: Vec<Vec<String>> = report
        .skipped
        .iter()
        .map(|skipped| vec![escape(&skipped.name), escape(&skipped.reason)])
        .collect();
    rows.extend(
        report
            .added
            .iter()
            .map(|name| vec![escape(name), "only on the current side".to_owned()]),
    );
    rows.extend(
        report
            .removed
            .iter()
            .map(|name| vec![escape(name), "only in the reference".to_owned()]),
    );
    table(&["Column", "Why"], &[], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trimtab_domain::check::{CHECK_SCHEMA_VERSION, CorrectionReport, SideReport};
    use trimtab_domain::result::{EffectSize, MethodOutcome, Severity, SharePair};

    pub(super) fn outcome(name: &str, decision: Decision, effect: f64) -> ColumnOutcome {
        ColumnOutcome {
            name: name.to_owned(),
            column_type: "numeric".to_owned(),
            decision,
            severity: (decision == Decision::Drift).then_some(Severity::High),
            reason: format!("{name} moved"),
            p_value_row: Some(1e-9),
            p_value_window: None,
            p_value_adjusted: Some(1e-8),
            inflation: None,
            n_windows_effective: None,
            effect: EffectSize {
                name: "wasserstein_iqr".to_owned(),
                value: Some(effect),
                floor: Some(0.1),
            },
            detectable_effect: None,
            differs_because: None,
            n_reference: 100,
            n_current: 90,
            null_share: SharePair {
                reference: Some(0.0),
                current: Some(0.1),
            },
            error: None,
            results: vec![MethodOutcome {
                method: "ks".to_owned(),
                variant: "exact".to_owned(),
                statistic: Some(0.4),
                p_value: Some(1e-9),
                effect_size: None,
                threshold: None,
                noise_floor: None,
                reason: None,
            }],
        }
    }

    fn report(columns: Vec<ColumnOutcome>) -> CheckReport {
        let sketches = columns
            .iter()
            .map(|column| ColumnSketch {
                name: column.name.clone(),
                labels: (0..20).map(|bin| bin.to_string()).collect(),
                reference: vec![0.05; 20],
                current: vec![0.05; 20],
            })
            .collect();
        CheckReport {
            schema_version: CHECK_SCHEMA_VERSION,
            decision: Decision::Drift,
            reason: "1 of 2 columns drifted.".to_owned(),
            assumes_independent_rows: true,
            correction: CorrectionReport {
                method: "benjamini_hochberg".to_owned(),
                alpha: 0.05,
            },
            reference: SideReport { n_rows: 100 },
            current: SideReport { n_rows: 100 },
            columns,
            windows: Vec::new(),
            added: vec!["new".to_owned()],
            removed: Vec::new(),
            skipped: Vec::new(),
            sketches,
            compat: None,
            segments: Vec::new(),
            texts: Vec::new(),
            multivariate: None,
            performance: None,
            drifted_importance: None,
        }
    }

    fn painted(report: &CheckReport) -> String {
        check_report(
            report,
            &CheckReportFacts {
                reference: "march.parquet".to_owned(),
                current: "<april>.parquet".to_owned(),
                generated_at: Timestamp::from_second(1_400_000_000).unwrap(),
                zone: TimeZone::UTC,
            },
        )
    }

    #[test]
    fn the_page_needs_no_script_and_no_network() {
        let html = painted(&report(vec![
            outcome("quiet", Decision::Ok, 0.01),
            outcome("loud", Decision::Drift, 0.9),
        ]));
        assert_eq!(html.matches("<script").count(), 1);
        assert!(html.contains("<script type=\"application/json\""));
        assert!(
            !html.contains("http://")
                || !html
                    .replace("http://www.w3.org/2000/svg", "")
                    .contains("http://")
        );
        assert!(!html.contains("<april>"));
        assert!(
            html.find("loud").unwrap() < html.find("quiet").unwrap(),
            "largest effect first"
        );
    }

    #[test]
    fn fifty_columns_stay_small() {
        let columns = (0..50)
            .map(|idx| outcome(&format!("column_{idx}"), Decision::Drift, 0.5))
            .collect();
        let html = painted(&report(columns));
        assert!(html.len() < 300_000, "{} bytes", html.len());
    }
}
