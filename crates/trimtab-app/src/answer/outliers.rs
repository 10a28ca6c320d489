//! The answer of `outliers`: records are rows.

use super::{Answer, Body, Cell, Section, Table, records};
use crate::report::numbers::{full_count, p_value, percent};
use serde_json::Value;
use trimtab_domain::analysis::outliers::OutliersReport;

/// More outliers than the stated share explains, at this level, are a finding.
const LEVEL: f64 = 0.01;
/// Rows listed at most.
const ROWS_MAX: usize = 200;

impl Answer for OutliersReport {
    fn title(&self) -> String {
        "Rows that stand out".to_owned()
    }

    fn sentence(&self) -> String {
        let share = share(self);
        let verdict = if self.has_findings() {
            "more than ordinary rows would have"
        } else {
            "no more than ordinary rows would have"
        };
        format!(
            "{} of {} rows ({}) stand out, {verdict}: up to {} is the share that was allowed.",
            full_count(self.n_outliers),
            full_count(self.n_current),
            percent(share),
            percent(self.share)
        )
    }

    fn facts(&self) -> Vec<(String, String)> {
        vec![
            ("Reference rows".to_owned(), full_count(self.n_reference)),
            ("Method".to_owned(), self.method.replace('_', " ")),
            ("p".to_owned(), p_value(self.p_value)),
        ]
    }

    fn sections(&self) -> Vec<Section> {
        vec![columns(self), rows(self)]
    }

    fn records(&self) -> Vec<Value> {
        records(&self.rows)
    }

    fn page_data(&self) -> Value {
        let mut data = self.clone();
        data.rows.retain(|row| row.is_outlier);
        serde_json::to_value(&data).unwrap_or_default()
    }

    fn tells_rows(&self) -> bool {
        true
    }

    fn has_findings(&self) -> bool {
        self.p_value <= LEVEL && share(self) > self.share
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown")]
fn share(report: &OutliersReport) -> f64 {
    if report.n_current == 0 {
        return 0.0;
    }
    report.n_outliers as f64 / report.n_current as f64
}

fn columns(report: &OutliersReport) -> Section {
    let mut table = Table::new(&["column", "share of contributions", "first column of"]);
    for column in &report.columns {
        table.rows.push(vec![
            Cell::Text(column.name.clone()),
            Cell::Share(Some(column.share)),
            Cell::Count(column.n_first),
        ]);
    }
    Section {
        heading: "Columns that made the outliers".to_owned(),
        note: format!("{}.", report.variant),
        body: Body::Table(table),
    }
}

fn rows(report: &OutliersReport) -> Section {
    let mut table = Table::new(&["row", "score", "tail", "columns"]);
    let mut found: Vec<_> = report.rows.iter().filter(|row| row.is_outlier).collect();
    found.sort_by(|a, b| a.tail.total_cmp(&b.tail).then(b.score.total_cmp(&a.score)));
    for row in found.into_iter().take(ROWS_MAX) {
        let made_by: Vec<String> = row
            .columns
            .iter()
            .map(|column| match &column.value {
                Some(value) => format!("{} = {value}", column.name),
                None => format!("{} missing", column.name),
            })
            .collect();
        table.rows.push(vec![
            Cell::Text(row.id.clone().unwrap_or_else(|| row.row.to_string())),
            Cell::Number(Some(row.score)),
            Cell::PValue(Some(row.tail)),
            Cell::Text(made_by.join(", ")),
        ]);
    }
    Section {
        heading: "The rows farthest out".to_owned(),
        note: "`tail` is the share of ordinary rows that score at least as high.".to_owned(),
        body: Body::Table(table),
    }
}
