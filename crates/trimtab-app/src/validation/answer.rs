//! A validation as people read it: on the terminal, and as a page that can be sent.

use crate::answer::{Answer, Body, Cell, Section, Table, records};
use crate::report::numbers::full_count;
use serde::Serialize;
use serde_json::Value;
use trimtab_domain::validation::{
    Check, CheckOutcome, MetricEvidence, TrialEvidence, Validation, Wanted,
};

/// Rows of the tables of columns.
const COLUMNS_MAX: usize = 12;

/// A validation with its tables.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct ValidationAnswer(pub Validation);

impl Answer for ValidationAnswer {
    fn title(&self) -> String {
        format!("Validation of {} {}", self.0.model, self.0.candidate)
    }

    fn sentence(&self) -> String {
        self.0.sentence.clone()
    }

    fn facts(&self) -> Vec<(String, String)> {
        let validation = &self.0;
        let champion = validation.champion.clone();
        let verdict = validation.verdict.map_or("running", |it| it.as_str());
        let mut facts = vec![
            ("Verdict".to_owned(), verdict.replace('_', " ")),
            (
                "Champion".to_owned(),
                champion.unwrap_or_else(|| "none".to_owned()),
            ),
        ];
        if let Some(evidence) = &validation.evidence {
            facts.push(("Rows".to_owned(), full_count(evidence.n_rows)));
            if let Some(days) = evidence.n_days {
                facts.push(("Days".to_owned(), full_count(days)));
            }
            if let Some(period) = evidence.period {
                let day = |at: jiff::Timestamp| at.to_string().chars().take(10).collect::<String>();
                let span = format!("{} to {}", day(period.start), day(period.end));
                facts.push(("Period".to_owned(), span));
            }
        }
        facts.push(("Policy".to_owned(), validation.policy.clone()));
        facts
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![checks(&self.0.checks)];
        if let Some(evidence) = &self.0.evidence {
            sections.extend(of_evidence(evidence));
        }
        sections
    }

    fn records(&self) -> Vec<Value> {
        records(&self.0.checks)
    }

    fn has_findings(&self) -> bool {
        !self.0.has_passed()
    }
}

/// The name of an outcome: an advisory check decides nothing.
fn outcome(check: &Check) -> String {
    match (check.required, check.outcome) {
        (true, CheckOutcome::Fail) => "stops it",
        (true, CheckOutcome::Undecided) => "undecided",
        (true, CheckOutcome::Pass) => "passes",
        (false, CheckOutcome::Fail) => "advisory: against it",
        (false, _) => "advisory",
    }
    .to_owned()
}

fn checks(checks: &[Check]) -> Section {
    let mut table = Table::new(&["check", "outcome", "state", "value", "limit", "why"]);
    for check in checks {
        let sign = match check.wanted {
            Some(Wanted::AtLeast) => "≥ ",
            Some(Wanted::AtMost) => "≤ ",
            None => "",
        };
        let limit = check
            .limit
            .map(|limit| format!("{sign}{}", Cell::Number(Some(limit)).text()))
            .unwrap_or_default();
        table.rows.push(vec![
            Cell::Text(check.title.clone()),
            Cell::Word(outcome(check)),
            Cell::Word(check.state.as_str().to_owned()),
            Cell::Interval(check.value, check.low.zip(check.high)),
            Cell::Text(limit),
            Cell::Text(check.reason.clone()),
        ]);
    }
    Section {
        heading: "Checks".to_owned(),
        note: "What stops the candidate stands first. A difference is candidate minus champion."
            .to_owned(),
        body: Body::Table(table),
    }
}

fn of_evidence(evidence: &TrialEvidence) -> Vec<Section> {
    let mut sections = Vec::new();
    if !evidence.metrics.is_empty() {
        sections.push(metrics(evidence));
    }
    if !evidence.segments.is_empty() {
        sections.push(segments(evidence));
    }
    sections.push(contenders(evidence));
    sections.extend(training(evidence));
    sections
}

fn metric_cells(metric: &MetricEvidence) -> Vec<Cell> {
    vec![
        Cell::Number(metric.champion),
        Cell::Number(metric.candidate),
        Cell::Interval(metric.difference, metric.low.zip(metric.high)),
        Cell::PValue(metric.p_value),
        Cell::Text(metric.reason.clone().unwrap_or_default()),
    ]
}

fn metrics(evidence: &TrialEvidence) -> Section {
    let mut table = Table::new(&["metric", "champion", "candidate", "difference", "p", "note"]);
    for metric in &evidence.metrics {
        let mut row = vec![Cell::Text(metric.metric.replace('_', " "))];
        row.extend(metric_cells(metric));
        table.rows.push(row);
    }
    let level = 100.0 * evidence.confidence;
    let rows = match evidence.n_days {
        Some(days) => format!("Rows of one day belong together: {days} days were resampled"),
        None => "Rows have no time, so each counts as independent".to_owned(),
    };
    let decided = evidence.mcnemar.map_or_else(String::new, |(first, second, p)| {
        format!(
            " Only the champion decided {first} rows right, only the candidate {second} (McNemar, exact, rows as independent: p = {}).",
            Cell::PValue(Some(p)).text()
        )
    });
    Section {
        heading: "Metrics on the same rows".to_owned(),
        note: format!("{rows}; {level} % intervals.{decided}"),
        body: Body::Table(table),
    }
}

fn segments(evidence: &TrialEvidence) -> Section {
    let name = evidence
        .segments
        .first()
        .map(|segment| segment.metric.metric.replace('_', " "))
        .unwrap_or_default();
    let mut table = Table::new(&[
        "segment",
        "rows",
        "champion",
        "candidate",
        "difference",
        "p",
        "note",
    ]);
    for segment in &evidence.segments {
        let mut row = vec![
            Cell::Text(format!("{}={}", segment.column, segment.value)),
            Cell::Count(segment.n_rows),
        ];
        row.extend(metric_cells(&segment.metric));
        table.rows.push(row);
    }
    Section {
        heading: format!("Segments: {name}"),
        note: "The intervals hold for all segments together.".to_owned(),
        body: Body::Table(table),
    }
}

fn contenders(evidence: &TrialEvidence) -> Section {
    let mut table = Table::new(&[
        "model",
        "form",
        "KB",
        "one row, median ms",
        "99th percentile",
        "in batches, µs a row",
        "looks most at",
        "SHA-256",
    ]);
    for side in evidence.champion.iter().chain([&evidence.candidate]) {
        let attention: Vec<String> = side
            .importances
            .iter()
            .take(3)
            .map(|one| format!("{} {:.0} %", one.column, 100.0 * one.share))
            .collect();
        table.rows.push(vec![
            Cell::Text(side.version.clone()),
            Cell::Text(side.form.clone()),
            Cell::Count(side.size_bytes.div_ceil(1_000)),
            Cell::Number(side.latency.map(|it| it.p50_ms)),
            Cell::Number(side.latency.map(|it| it.p99_ms)),
            Cell::Number(side.latency.map(|it| it.batch_us_per_row)),
            Cell::Text(attention.join(", ")),
            Cell::Text(side.sha256.chars().take(12).collect()),
        ]);
    }
    Section {
        heading: "The models".to_owned(),
        note: "Timed on this machine, both in turns.".to_owned(),
        body: Body::Table(table),
    }
}

fn training(evidence: &TrialEvidence) -> Option<Section> {
    let training = evidence.training.as_ref()?;
    if training.columns.is_empty() {
        return None;
    }
    let mut table = Table::new(&["column", "not covered", "distance", "attention"]);
    for column in training.columns.iter().take(COLUMNS_MAX) {
        table.rows.push(vec![
            Cell::Text(column.column.clone()),
            Cell::Share(Some(column.uncovered)),
            Cell::Number(column.effect),
            Cell::Share(column.importance),
        ]);
    }
    Some(Section {
        heading: "Training data beside present traffic".to_owned(),
        note: "Not covered: present rows beyond training's outer half percents, or in a category \
               it had not. Distance: Wasserstein in interquartile ranges, or Cramér's V."
            .to_owned(),
        body: Body::Table(table),
    })
}
