//! The page of any command's answer: its sentence, facts and sections.

use super::marks::series;
use super::page::{Page, severity, table};
use super::svg::{escape, put};
use crate::answer::{Answer, Body, Cell, Table};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Rows of one table that a page shows; the data block has them all.
const ROWS_MAX: usize = 500;

/// Paints an answer.
pub fn answer_report(answer: &impl Answer, generated_at: Timestamp, zone: &TimeZone) -> String {
    let mut page = Page::new(answer.title());
    page.sentence(&answer.title(), &answer.sentence());
    page.facts(&answer.facts());
    for section in answer.sections() {
        let html = match &section.body {
            Body::Table(rows) => rows_of(&rows.without_empty_columns()),
            Body::Series(chart) => series(chart, zone),
        };
        page.section(&section.heading, &section.note, &html);
    }
    page.finish(generated_at, &answer.page_data(), answer.tells_rows())
}

fn rows_of(rows: &Table) -> String {
    let header: Vec<&str> = rows.header.iter().map(String::as_str).collect();
    let numeric: Vec<usize> = (0..header.len())
        .filter(|&column| rows.is_numeric(column))
        .collect();
    let cells: Vec<Vec<String>> = rows
        .rows
        .iter()
        .take(ROWS_MAX)
        .map(|row| row.iter().map(cell).collect())
        .collect();
    let mut html = table(&header, &numeric, &cells);
    if rows.rows.len() > ROWS_MAX {
        put(
            &mut html,
            format_args!(
                "<p>{} more are in the answer itself.</p>",
                rows.rows.len() - ROWS_MAX
            ),
        );
    }
    html
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Word(word) => severity(word),
        other => escape(&other.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Section;
    use serde_json::{Value, json};

    #[derive(serde::Serialize)]
    struct Found {
        share: f64,
    }

    impl Answer for Found {
        fn title(&self) -> String {
            "Rows that stand out".to_owned()
        }
        fn sentence(&self) -> String {
            "One <row> stands out.".to_owned()
        }
        fn facts(&self) -> Vec<(String, String)> {
            vec![("Rows".to_owned(), "10".to_owned())]
        }
        fn sections(&self) -> Vec<Section> {
            let mut rows = Table::new(&["row", "score"]);
            rows.rows.push(vec![
                Cell::Text("a & b".to_owned()),
                Cell::Number(Some(self.share)),
            ]);
            vec![Section {
                heading: "Rows".to_owned(),
                note: String::new(),
                body: Body::Table(rows),
            }]
        }
        fn records(&self) -> Vec<Value> {
            vec![json!({ "share": self.share })]
        }
        fn has_findings(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_page_shows_tables_and_carries_the_data() {
        let page = answer_report(
            &Found { share: 0.25 },
            Timestamp::UNIX_EPOCH,
            &TimeZone::UTC,
        );
        assert!(page.contains("One &lt;row&gt; stands out."));
        assert!(page.contains("a &amp; b"));
        assert!(page.contains("0.2500"));
        assert!(page.contains("{\"share\":0.25}"));
    }
}
