//! The answer of `detect`: records are rows, events or change points.

use super::{Answer, Body, Cell, Section, Table, records};
use crate::report::{SeriesChart, SeriesPoint};
use jiff::Timestamp;
use serde_json::Value;
use trimtab_domain::analysis::detect::{DetectReport, DetectedRow};

/// Series drawn on the page at most.
const DRAWN_MAX: usize = 6;
/// Points of one drawing at most: a longer series is thinned.
const POINTS_MAX: usize = 2_000;

impl Answer for DetectReport {
    fn title(&self) -> String {
        match self.task.as_str() {
            "points" => format!("Rows of {} that stand out", self.column),
            "stream" => format!("Changes of {}", self.column),
            _ => format!("Where {} changed", self.column),
        }
    }

    fn sentence(&self) -> String {
        let found: u64 = self.series.iter().map(|one| one.n_alarms).sum();
        let n_series = self
            .series
            .iter()
            .map(|one| &one.series)
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        let over = if n_series > 1 {
            format!(" in {n_series} series")
        } else {
            String::new()
        };
        let (one, many) = match self.task.as_str() {
            "points" => ("event begins", "events begin"),
            "stream" => ("change was reported", "changes were reported"),
            _ => ("change of level was found", "changes of level were found"),
        };
        match found {
            0 => format!("Nothing was found{over}."),
            1 => format!("1 {one}{over}."),
            n => format!("{n} {many}{over}."),
        }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let rows: u64 = match self.series.first() {
            // Detectors share their rows.
            Some(first) => self
                .series
                .iter()
                .filter(|one| one.method == first.method)
                .map(|one| one.n_rows)
                .sum(),
            None => 0,
        };
        vec![("Rows".to_owned(), crate::report::numbers::full_count(rows))]
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![summary(self)];
        if !self.rows.is_empty() {
            sections.push(alarms(&self.rows));
            sections.extend(charts(self));
        }
        if !self.events.is_empty() {
            sections.push(events(self));
        }
        if !self.change_points.is_empty() {
            sections.push(change_points(self));
        }
        sections
    }

    fn records(&self) -> Vec<Value> {
        match self.task.as_str() {
            "points" => records(&self.rows),
            "stream" => records(&self.events),
            _ => records(&self.change_points),
        }
    }

    fn page_data(&self) -> Value {
        let mut data = self.clone();
        data.rows.retain(|row| row.alarm);
        serde_json::to_value(&data).unwrap_or_default()
    }

    fn tells_rows(&self) -> bool {
        true
    }

    fn has_findings(&self) -> bool {
        self.series.iter().any(|one| one.n_alarms > 0)
    }
}

fn summary(report: &DetectReport) -> Section {
    let mut table = Table::new(&["series", "method", "rows", "missing", "warnings", "found"]);
    for one in &report.series {
        table.rows.push(vec![
            Cell::Text(one.series.clone().unwrap_or_else(|| report.column.clone())),
            Cell::Text(one.method.clone()),
            Cell::Count(one.n_rows),
            Cell::Count(one.n_missing),
            Cell::Count(one.n_warnings),
            Cell::Count(one.n_alarms),
        ]);
    }
    let variants: std::collections::BTreeSet<String> = report
        .series
        .iter()
        .map(|one| format!("{}: {}.", one.method, one.variant))
        .collect();
    Section {
        heading: "What was looked for".to_owned(),
        note: variants.into_iter().collect::<Vec<_>>().join(" "),
        body: Body::Table(table),
    }
}

fn alarms(rows: &[DetectedRow]) -> Section {
    let mut table = Table::new(&["series", "time", "value", "expected", "score", "reason"]);
    for row in rows.iter().filter(|row| row.alarm) {
        table.rows.push(vec![
            Cell::Text(row.series.clone().unwrap_or_default()),
            Cell::Time(row.timestamp),
            Cell::Number(row.value),
            Cell::Number(row.expected),
            Cell::Metric(Some(row.score)),
            Cell::Text(row.reason.replace('_', " ")),
        ]);
    }
    Section {
        heading: "Where events begin".to_owned(),
        note: "A row is judged by rows before it; a score of one half is where alarms start."
            .to_owned(),
        body: Body::Table(table),
    }
}

fn events(report: &DetectReport) -> Section {
    let mut table = Table::new(&["series", "detector", "row", "time", "state"]);
    for event in &report.events {
        table.rows.push(vec![
            Cell::Text(event.series.clone().unwrap_or_default()),
            Cell::Text(event.detector.clone()),
            Cell::Count(event.row),
            Cell::Time(event.timestamp),
            Cell::Text(event.state.clone()),
        ]);
    }
    Section {
        heading: "Where detectors warned and fired".to_owned(),
        note: "After a drift a detector starts afresh.".to_owned(),
        body: Body::Table(table),
    }
}

fn change_points(report: &DetectReport) -> Section {
    let mut table = Table::new(&["series", "row", "time", "mean before", "mean after", "rows"]);
    for change in &report.change_points {
        table.rows.push(vec![
            Cell::Text(change.series.clone().unwrap_or_default()),
            Cell::Count(change.row),
            Cell::Time(change.timestamp),
            Cell::Number(Some(change.mean_before)),
            Cell::Number(Some(change.mean_after)),
            Cell::Count(change.n_rows),
        ]);
    }
    Section {
        heading: "Change points".to_owned(),
        note: "Found looking back over the whole series.".to_owned(),
        body: Body::Table(table),
    }
}

/// The values of the first series, as lines; each alarm is a point of its own colour.
fn charts(report: &DetectReport) -> Vec<Section> {
    let mut names: Vec<&Option<String>> = Vec::new();
    for row in &report.rows {
        if !names.contains(&&row.series) {
            names.push(&row.series);
        }
        if names.len() > DRAWN_MAX {
            break;
        }
    }
    names
        .into_iter()
        .take(DRAWN_MAX)
        .filter_map(|name| {
            let rows: Vec<&DetectedRow> = report
                .rows
                .iter()
                .filter(|row| row.series == *name && row.timestamp.is_some())
                .collect();
            if rows.is_empty() {
                return None;
            }
            let step = rows.len().div_ceil(POINTS_MAX).max(1);
            let point = |row: &DetectedRow, value: Option<f64>| SeriesPoint {
                at: row.timestamp.unwrap_or(Timestamp::UNIX_EPOCH),
                value,
                lo: None,
                hi: None,
                n: 1,
            };
            let label = name.clone().unwrap_or_else(|| report.column.clone());
            Some(Section {
                heading: label.clone(),
                note: "Values, and where events begin.".to_owned(),
                body: Body::Series(SeriesChart {
                    label,
                    points: rows
                        .iter()
                        .step_by(step)
                        .map(|row| point(row, row.value))
                        .collect(),
                    smooth: Vec::new(),
                    challenger: rows
                        .iter()
                        .filter(|row| row.alarm)
                        .map(|row| point(row, row.value))
                        .collect(),
                    reference: None,
                    floor: None,
                }),
            })
        })
        .collect()
}
