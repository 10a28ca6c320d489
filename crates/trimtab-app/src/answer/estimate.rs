//! The answer of `estimate`: records are metrics of chunks.

use super::{Answer, Body, Cell, Section, Table, records};
use crate::report::numbers::{full_count, significant};
use crate::report::{SeriesChart, SeriesPoint};
use serde_json::Value;
use std::collections::BTreeSet;
use trimtab_domain::analysis::estimate::{EstimateReport, EstimatedChunk};

impl Answer for EstimateReport {
    fn title(&self) -> String {
        "Estimated performance".to_owned()
    }

    fn sentence(&self) -> String {
        let chunks: BTreeSet<u64> = self.chunks.iter().map(|chunk| chunk.chunk).collect();
        let alarms: BTreeSet<u64> = self
            .chunks
            .iter()
            .filter(|chunk| chunk.alarm)
            .map(|chunk| chunk.chunk)
            .collect();
        format!(
            "{} of {} chunks lie outside what the reference shows. It assumes {}.",
            alarms.len(),
            chunks.len(),
            self.assumes
        )
    }

    fn facts(&self) -> Vec<(String, String)> {
        let mut facts = vec![
            ("Reference rows".to_owned(), full_count(self.n_reference)),
            ("Rows".to_owned(), full_count(self.n_current)),
            ("Method".to_owned(), self.method.to_uppercase()),
        ];
        if let Some(is_calibrated) = self.is_calibrated {
            let word = if is_calibrated {
                "calibrated"
            } else {
                "as they are"
            };
            facts.push(("Scores".to_owned(), word.to_owned()));
        }
        facts
    }

    fn sections(&self) -> Vec<Section> {
        let mut metrics: Vec<&str> = Vec::new();
        for chunk in &self.chunks {
            if !metrics.contains(&chunk.metric.as_str()) {
                metrics.push(&chunk.metric);
            }
        }
        let mut sections: Vec<Section> = Vec::new();
        for metric in metrics {
            let chunks: Vec<&EstimatedChunk> = self
                .chunks
                .iter()
                .filter(|chunk| chunk.metric == metric)
                .collect();
            sections.push(table(metric, &chunks));
            sections.extend(chart(metric, &chunks));
        }
        if !self.past_error.is_empty() {
            sections.push(past_error(self));
        }
        sections
    }

    fn records(&self) -> Vec<Value> {
        records(&self.chunks)
    }

    fn has_findings(&self) -> bool {
        self.chunks.iter().any(|chunk| chunk.alarm)
    }
}

fn table(metric: &str, chunks: &[&EstimatedChunk]) -> Section {
    let mut table = Table::new(&["chunk", "rows", "estimate", "realised", "limits", "verdict"]);
    for chunk in chunks {
        let limit =
            |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| significant(v, 4));
        let name = match chunk.window {
            Some(window) => Cell::Time(Some(window.start)),
            None => Cell::Text(chunk.chunk.to_string()),
        };
        table.rows.push(vec![
            name,
            Cell::Count(chunk.n),
            Cell::Interval(chunk.estimate, chunk.lower.zip(chunk.upper)),
            Cell::Number(chunk.realised),
            Cell::Text(format!(
                "{} to {}",
                limit(chunk.limit_low),
                limit(chunk.limit_high)
            )),
            Cell::Word(if chunk.alarm { "breach" } else { "ok" }.to_owned()),
        ]);
    }
    Section {
        heading: metric.to_owned(),
        note: "The interval is three sampling errors.".to_owned(),
        body: Body::Table(table),
    }
}

/// Drawn over time, where chunks have one.
fn chart(metric: &str, chunks: &[&EstimatedChunk]) -> Option<Section> {
    let points = |value: fn(&EstimatedChunk) -> Option<f64>, has_interval: bool| {
        chunks
            .iter()
            .map(|chunk| {
                Some(SeriesPoint {
                    at: chunk.window?.start,
                    value: value(chunk),
                    lo: chunk.lower.filter(|_| has_interval),
                    hi: chunk.upper.filter(|_| has_interval),
                    n: chunk.n,
                })
            })
            .collect::<Option<Vec<_>>>()
    };
    Some(Section {
        heading: format!("{metric} over time"),
        note: "The estimate with its interval; the second line is what labels gave.".to_owned(),
        body: Body::Series(SeriesChart {
            label: metric.to_owned(),
            points: points(|chunk| chunk.estimate, true)?,
            smooth: Vec::new(),
            challenger: points(|chunk| chunk.realised, false)?,
            reference: None,
            floor: chunks.first().and_then(|chunk| chunk.limit_low),
        }),
    })
}

fn past_error(report: &EstimateReport) -> Section {
    let mut table = Table::new(&[
        "metric",
        "chunks",
        "mean absolute error",
        "within the interval",
    ]);
    for one in &report.past_error {
        table.rows.push(vec![
            Cell::Text(one.metric.clone()),
            Cell::Count(one.n_chunks),
            Cell::Number(Some(one.mean_absolute_error)),
            Cell::Count(one.n_within),
        ]);
    }
    Section {
        heading: "How far off the estimates were".to_owned(),
        note: "Where labels are known.".to_owned(),
        body: Body::Table(table),
    }
}
