//! The answer of `profile`: records are columns.

use super::{Answer, Body, Cell, Section, Table, records};
use crate::report::numbers::{full_count, percent, significant};
use serde_json::Value;
use trimtab_domain::analysis::profile::{ProfileReport, ProfiledColumn};

/// Categories named in the table.
const NAMED_MAX: usize = 3;

impl Answer for ProfileReport {
    fn title(&self) -> String {
        "Profile".to_owned()
    }

    fn sentence(&self) -> String {
        format!(
            "{} rows, {} columns.",
            full_count(self.n_rows),
            self.columns.len()
        )
    }

    fn facts(&self) -> Vec<(String, String)> {
        match &self.windowed_by {
            Some(column) => vec![(
                "Windows".to_owned(),
                format!("{} by {column}", full_count(self.n_windows)),
            )],
            None => Vec::new(),
        }
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![numbers(self), categories(self)];
        sections.retain(|section| match &section.body {
            Body::Table(table) => !table.rows.is_empty(),
            Body::Series(_) => true,
        });
        if !self.skipped.is_empty() {
            let mut table = Table::new(&["column", "why"]);
            for skipped in &self.skipped {
                table.rows.push(vec![
                    Cell::Text(skipped.name.clone()),
                    Cell::Text(skipped.reason.clone()),
                ]);
            }
            sections.push(Section {
                heading: "Not profiled".to_owned(),
                note: String::new(),
                body: Body::Table(table),
            });
        }
        sections
    }

    fn records(&self) -> Vec<Value> {
        records(&self.columns)
    }

    fn has_findings(&self) -> bool {
        false
    }
}

fn numbers(report: &ProfileReport) -> Section {
    let mut table = Table::new(&[
        "column", "values", "missing", "distinct", "mean", "sd", "min", "5 %", "median", "95 %",
        "max",
    ]);
    let is_numeric = |column: &&ProfiledColumn| column.column_type == "numeric";
    for column in report.columns.iter().filter(is_numeric) {
        let quantile = |i: usize| Cell::Number(column.quantiles.get(i).copied());
        table.rows.push(vec![
            Cell::Text(column.name.clone()),
            Cell::Count(column.n),
            Cell::Share(column.missing_share),
            Cell::Count(column.n_distinct),
            Cell::Number(column.mean),
            Cell::Number(column.sd),
            Cell::Number(column.min),
            quantile(0),
            quantile(2),
            quantile(4),
            Cell::Number(column.max),
        ]);
    }
    Section {
        heading: "Numbers".to_owned(),
        note: "Quantiles are read off the bins.".to_owned(),
        body: Body::Table(table),
    }
}

fn categories(report: &ProfileReport) -> Section {
    let mut table = Table::new(&["column", "values", "missing", "distinct", "most frequent"]);
    let is_numeric = |column: &&ProfiledColumn| column.column_type != "numeric";
    for column in report.columns.iter().filter(is_numeric) {
        let top: Vec<String> = column
            .top
            .iter()
            .take(NAMED_MAX)
            .map(|one| format!("{} {}", one.value, percent(one.share)))
            .collect();
        table.rows.push(vec![
            Cell::Text(column.name.clone()),
            Cell::Count(column.n),
            Cell::Share(column.missing_share),
            Cell::Count(column.n_distinct),
            Cell::Text(top.join(", ")),
        ]);
    }
    let unseen: Vec<String> = report
        .columns
        .iter()
        .filter_map(|column| {
            Some((
                &column.name,
                column.unseen_share.filter(|share| *share > 0.0)?,
            ))
        })
        .map(|(name, share)| {
            format!(
                "{name}: {} of values are not on the grid",
                significant(share, 2)
            )
        })
        .collect();
    Section {
        heading: "Categories".to_owned(),
        note: unseen.join("; "),
        body: Body::Table(table),
    }
}
