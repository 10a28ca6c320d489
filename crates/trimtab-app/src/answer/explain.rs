//! The answer of `explain`: records are rows, or columns where no row was asked for.

use super::{Answer, Body, Cell, Section, Table, records};
use crate::report::numbers::{full_count, significant};
use serde_json::Value;
use trimtab_domain::analysis::explain::{ExplainReport, ExplainedChange};

/// Columns named in the sentence.
const NAMED_MAX: usize = 3;

impl Answer for ExplainReport {
    fn title(&self) -> String {
        format!("What moves {}", self.model)
    }

    fn sentence(&self) -> String {
        let names: Vec<&str> = self
            .columns
            .iter()
            .take(NAMED_MAX)
            .map(|column| column.name.as_str())
            .collect();
        let mut sentence = format!("The model looks most of all at {}.", names.join(", "));
        if let Some(change) = &self.margin_change {
            let by: Vec<&str> = change
                .columns
                .iter()
                .take(NAMED_MAX)
                .map(|share| share.name.as_str())
                .collect();
            sentence = format!(
                "{sentence} Its mean margin moved by {}, most of all by {}.",
                significant(change.change, 3),
                by.join(", ")
            );
        }
        sentence
    }

    fn facts(&self) -> Vec<(String, String)> {
        let mut facts = vec![("Rows".to_owned(), full_count(self.n_rows))];
        if let Some(score) = self.mean_score {
            facts.push(("Mean score".to_owned(), significant(score, 4)));
        }
        if let Some(margin) = self.expected_margin {
            facts.push(("Expected margin".to_owned(), significant(margin, 4)));
        }
        facts
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![columns(self)];
        let changes = [&self.margin_change, &self.metric_change];
        sections.extend(changes.into_iter().flatten().map(change));
        sections
    }

    fn records(&self) -> Vec<Value> {
        if self.rows.is_empty() {
            records(&self.columns)
        } else {
            records(&self.rows)
        }
    }

    fn page_data(&self) -> Value {
        let mut data = self.clone();
        data.rows.clear();
        serde_json::to_value(&data).unwrap_or_default()
    }

    fn has_findings(&self) -> bool {
        false
    }
}

fn columns(report: &ExplainReport) -> Section {
    let mut table = Table::new(&["column", "importance", "mean", "used"]);
    for column in &report.columns {
        table.rows.push(vec![
            Cell::Text(column.name.clone()),
            Cell::Interval(Some(column.importance), column.low.zip(column.high)),
            Cell::Number(column.mean),
            Cell::Text(
                match column.is_used {
                    Some(true) => "yes",
                    Some(false) => "never",
                    None => "",
                }
                .to_owned(),
            ),
        ]);
    }
    Section {
        heading: "Columns".to_owned(),
        note: format!("{}: {}.", report.method, report.variant),
        body: Body::Table(table),
    }
}

fn change(change: &ExplainedChange) -> Section {
    let mut table = Table::new(&["column", "part", "standard error"]);
    for share in &change.columns {
        table.rows.push(vec![
            Cell::Text(share.name.clone()),
            Cell::Number(Some(share.value)),
            Cell::Number(share.standard_error),
        ]);
    }
    table.rows.push(vec![
        Cell::Text("(not explained by columns)".to_owned()),
        Cell::Number(Some(change.rest)),
        Cell::Number(change.rest_standard_error),
    ]);
    Section {
        heading: format!("The change of {}", change.of.replace('_', " ")),
        note: format!(
            "From {} in the reference to {}: {}.",
            significant(change.reference, 4),
            significant(change.current, 4),
            significant(change.change, 3)
        ),
        body: Body::Table(table),
    }
}
