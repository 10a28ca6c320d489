//! Answers of commands without a server, in the shapes that people and programs read.
//!
//! A report is one typed document ([`serde::Serialize`]: `--output json`). [`Answer`] says what of
//! it is a list of records (`ndjson`, `csv`), what a reader sees first, and which tables follow
//! (the terminal, and the HTML page of [`crate::report::answer_report`]).
//!
//! To add a command's answer: a file here with `impl Answer for …Report`.

mod csv;
mod detect;
mod estimate;
mod evaluate;
mod explain;
mod outliers;
mod profile;

pub use csv::csv;

use crate::report::SeriesChart;
use crate::report::numbers;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Numbers closer to zero are shown as such.
const NEARLY_ZERO: f64 = 1e-9;

/// What a command found.
pub trait Answer: Serialize {
    /// What was looked at, in a few words.
    fn title(&self) -> String;
    /// The finding, in one sentence.
    fn sentence(&self) -> String;
    /// Short facts: name and value.
    fn facts(&self) -> Vec<(String, String)>;
    /// What follows, the most important first.
    fn sections(&self) -> Vec<Section>;
    /// The list that `ndjson` and `csv` carry, one object a record.
    fn records(&self) -> Vec<Value>;
    /// What a page carries for machines; by default the whole document. Answers about single rows
    /// leave ordinary rows out: a page is for people.
    fn page_data(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
    /// Whether the page tells of single rows of the data set.
    fn tells_rows(&self) -> bool {
        false
    }
    /// Whether something was found that a build should stop for: exit code 1.
    fn has_findings(&self) -> bool;
}

/// A heading with what is below it.
#[derive(Debug, Clone)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// One sentence, or nothing.
    pub note: String,
    /// What is shown.
    pub body: Body,
}

/// What a section shows.
#[derive(Debug, Clone)]
pub enum Body {
    /// A table.
    Table(Table),
    /// A time series; the terminal leaves it out.
    Series(SeriesChart),
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Names of its columns.
    pub header: Vec<String>,
    /// Its rows, each as long as the header.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new(header: &[&str]) -> Self {
        Self {
            header: header.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// The table without columns in which no cell says anything.
    #[must_use]
    pub fn without_empty_columns(&self) -> Self {
        let kept: Vec<usize> = (0..self.header.len())
            .filter(|&column| {
                let mut cells = self.rows.iter().filter_map(|row| row.get(column));
                self.rows.is_empty() || cells.any(|cell| !cell.text().is_empty())
            })
            .collect();
        Self {
            header: kept
                .iter()
                .map(|&column| self.header[column].clone())
                .collect(),
            rows: self
                .rows
                .iter()
                .map(|row| {
                    kept.iter()
                        .filter_map(|&column| row.get(column).cloned())
                        .collect()
                })
                .collect(),
        }
    }

    /// Whether all of a column's cells are numbers, or absent.
    pub fn is_numeric(&self, column: usize) -> bool {
        self.rows
            .iter()
            .filter_map(|row| row.get(column))
            .all(|cell| !matches!(cell, Cell::Text(_) | Cell::Word(_) | Cell::Time(_)))
    }
}

/// One cell: a value with the way it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text as it is.
    Text(String),
    /// A decision or severity: coloured where colours are.
    Word(String),
    /// A count, in full.
    Count(u64),
    /// A number with four significant digits.
    Number(Option<f64>),
    /// A metric between 0 and 1, with three digits.
    Metric(Option<f64>),
    /// A share of 1, as percent.
    Share(Option<f64>),
    /// An instant: the date alone where it is midnight (UTC).
    Time(Option<Timestamp>),
    /// A p-value.
    PValue(Option<f64>),
    /// A value with its interval.
    Interval(Option<f64>, Option<(f64, f64)>),
}

impl Cell {
    /// The cell as people read it.
    pub fn text(&self) -> String {
        let or_dash = |value: Option<f64>, write: fn(f64) -> String| {
            value.map_or_else(|| "–".to_owned(), write)
        };
        let four = |value: f64| {
            if value != 0.0 && value.abs() < NEARLY_ZERO {
                "≈ 0".to_owned()
            } else {
                numbers::significant(value, 4)
            }
        };
        match self {
            Self::Text(text) | Self::Word(text) => text.clone(),
            Self::Count(n) => numbers::full_count(*n),
            Self::Number(value) => value.map_or_else(|| "–".to_owned(), four),
            Self::Metric(value) => or_dash(*value, numbers::metric),
            Self::Share(value) => or_dash(*value, numbers::percent),
            Self::Time(at) => at.map_or_else(|| "–".to_owned(), time),
            Self::PValue(value) => or_dash(*value, numbers::p_value),
            Self::Interval(value, interval) => match interval {
                Some((low, high)) => format!(
                    "{} ({} to {})",
                    value.map_or_else(|| "–".to_owned(), four),
                    four(*low),
                    four(*high)
                ),
                None => value.map_or_else(|| "–".to_owned(), four),
            },
        }
    }
}

fn time(at: Timestamp) -> String {
    let text = at.to_string();
    match text.strip_suffix("T00:00:00Z") {
        Some(date) => date.to_owned(),
        None => text,
    }
}

/// Records of a list, each as an object.
pub fn records<T: Serialize>(list: &[T]) -> Vec<Value> {
    list.iter()
        .filter_map(|record| serde_json::to_value(record).ok())
        .collect()
}
