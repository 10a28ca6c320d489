//! The answer of `evaluate`: records are measures.

use super::{Answer, Body, Cell, Section, Table};
use crate::report::numbers::{chosen, full_count, significant};
use crate::report::{SeriesChart, SeriesPoint};
use serde_json::{Value, json};
use trimtab_domain::analysis::evaluate::{EvaluateReport, EvaluatedSlice, MetricValue, Task};

impl Answer for EvaluateReport {
    fn title(&self) -> String {
        format!("Performance, {}", self.task.as_str())
    }

    fn sentence(&self) -> String {
        let Some(all) = self.slices.first() else {
            return "There was nothing to evaluate.".to_owned();
        };
        let Some(leading) = leading(all, self.task) else {
            let why = all
                .error
                .clone()
                .unwrap_or_else(|| "no measure has a value".to_owned());
            return format!("Nothing could be evaluated: {why}.");
        };
        let value = leading
            .value
            .map_or_else(|| "–".to_owned(), |value| significant(value, 3));
        let interval = match (leading.lower, leading.upper) {
            (Some(low), Some(high)) => format!(
                " ({}: {} to {})",
                format_args!("{} %", chosen(self.confidence * 100.0)),
                significant(low, 3),
                significant(high, 3)
            ),
            _ => String::new(),
        };
        format!(
            "{} is {value}{interval} over {} labelled rows.",
            leading.metric,
            full_count(self.n_rows - self.n_unlabelled)
        )
    }

    fn facts(&self) -> Vec<(String, String)> {
        let mut facts = vec![
            ("Rows".to_owned(), full_count(self.n_rows)),
            ("Without a label".to_owned(), full_count(self.n_unlabelled)),
        ];
        if let Some(positive) = &self.positive {
            facts.push(("Positive".to_owned(), positive.clone()));
        }
        if let Some(all) = self.slices.first() {
            let rows = match all.n_blocks {
                Some(blocks) => format!("{} blocks resampled", full_count(blocks)),
                None => "rows taken as independent".to_owned(),
            };
            facts.push(("Intervals".to_owned(), rows));
        }
        facts
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        if let Some(all) = self.slices.first() {
            sections.push(measures("All rows", all));
            sections.extend(confusion(all, &self.classes));
        }
        sections.extend(self.windows());
        sections.extend(self.groups());
        if !self.fairness.is_empty() {
            sections.push(fairness(self));
        }
        sections
    }

    fn records(&self) -> Vec<Value> {
        self.slices
            .iter()
            .flat_map(|slice| {
                slice.metrics.iter().map(|metric| {
                    let mut record = json!({
                        "window_start": slice.window.map(|window| window.start),
                        "window_end": slice.window.map(|window| window.end),
                        "group_column": slice.group_column,
                        "group": slice.group,
                    });
                    if let (Some(record), Ok(Value::Object(metric))) =
                        (record.as_object_mut(), serde_json::to_value(metric))
                    {
                        record.extend(metric);
                    }
                    record
                })
            })
            .collect()
    }

    fn has_findings(&self) -> bool {
        false
    }
}

/// Measures that sum a task up, the best first.
fn summary_names(task: Task) -> &'static [&'static str] {
    match task {
        Task::Binary => &["roc_auc", "f1", "accuracy", "brier", "ece"],
        Task::Multiclass => &["roc_auc_ovr_macro", "f1_macro", "accuracy", "log_loss"],
        Task::Regression => &["mae", "rmse", "r2", "mean_error"],
        Task::Ranking => &["ndcg_at_10", "map_at_10", "mrr", "hit_rate_at_10"],
    }
}

fn named<'a>(slice: &'a EvaluatedSlice, name: &str) -> Option<&'a MetricValue> {
    slice
        .metrics
        .iter()
        .find(|metric| metric.class.is_none() && metric.metric == name)
}

fn leading(slice: &EvaluatedSlice, task: Task) -> Option<&MetricValue> {
    summary_names(task)
        .iter()
        .filter_map(|name| named(slice, name))
        .find(|metric| metric.value.is_some())
        .or_else(|| slice.metrics.iter().find(|metric| metric.value.is_some()))
}

fn interval(metric: &MetricValue) -> Cell {
    Cell::Interval(metric.value, metric.lower.zip(metric.upper))
}

fn measures(heading: &str, slice: &EvaluatedSlice) -> Section {
    let mut table = Table::new(&["measure", "class", "value", "rows", "interval", "note"]);
    for metric in &slice.metrics {
        table.rows.push(vec![
            Cell::Text(metric.metric.clone()),
            Cell::Text(metric.class.clone().unwrap_or_default()),
            interval(metric),
            Cell::Count(metric.n),
            Cell::Text(metric.interval.clone().unwrap_or_default()),
            Cell::Text(metric.reason.clone().unwrap_or_default()),
        ]);
    }
    Section {
        heading: heading.to_owned(),
        note: String::new(),
        body: Body::Table(table),
    }
}

fn confusion(slice: &EvaluatedSlice, classes: &[String]) -> Option<Section> {
    let counts = slice.confusion.as_ref()?;
    let mut header = vec!["label".to_owned()];
    header.extend(classes.iter().map(|class| format!("predicted {class}")));
    let rows = counts
        .iter()
        .zip(classes)
        .map(|(row, class)| {
            let mut cells = vec![Cell::Text(class.clone())];
            cells.extend(row.iter().map(|count| Cell::Number(Some(*count))));
            cells
        })
        .collect();
    Some(Section {
        heading: "Labels and predictions".to_owned(),
        note: "Rows by label (down) and prediction (across).".to_owned(),
        body: Body::Table(Table { header, rows }),
    })
}

trait Sliced {
    fn windows(&self) -> Vec<Section>;
    fn groups(&self) -> Vec<Section>;
}

impl Sliced for EvaluateReport {
    fn windows(&self) -> Vec<Section> {
        let slices: Vec<&EvaluatedSlice> = self
            .slices
            .iter()
            .filter(|slice| slice.window.is_some() && slice.group.is_none())
            .collect();
        if slices.is_empty() {
            return Vec::new();
        }
        let mut sections = vec![by("By window", "window", &slices, self.task, |slice| {
            Cell::Time(slice.window.map(|window| window.start))
        })];
        if let Some(name) = summary_names(self.task).first() {
            let points = slices
                .iter()
                .filter_map(|slice| {
                    let metric = named(slice, name)?;
                    Some(SeriesPoint {
                        at: slice.window?.start,
                        value: metric.value,
                        lo: metric.lower,
                        hi: metric.upper,
                        n: metric.n,
                    })
                })
                .collect();
            sections.push(Section {
                heading: name.replace('_', " "),
                note: "With its interval, window by window.".to_owned(),
                body: Body::Series(SeriesChart {
                    label: (*name).to_owned(),
                    points,
                    smooth: Vec::new(),
                    challenger: Vec::new(),
                    reference: self.slices.first().and_then(|all| named(all, name)?.value),
                    floor: None,
                }),
            });
        }
        sections
    }

    fn groups(&self) -> Vec<Section> {
        let mut columns: Vec<&String> = Vec::new();
        for slice in &self.slices {
            if let Some(column) = &slice.group_column
                && !columns.contains(&column)
            {
                columns.push(column);
            }
        }
        columns
            .into_iter()
            .map(|column| {
                let slices: Vec<&EvaluatedSlice> = self
                    .slices
                    .iter()
                    .filter(|slice| {
                        slice.window.is_none() && slice.group_column.as_ref() == Some(column)
                    })
                    .collect();
                by(
                    &format!("By {column}"),
                    column,
                    &slices,
                    self.task,
                    |slice| Cell::Text(slice.group.clone().unwrap_or_default()),
                )
            })
            .collect()
    }
}

fn by(
    heading: &str,
    first: &str,
    slices: &[&EvaluatedSlice],
    task: Task,
    name: impl Fn(&EvaluatedSlice) -> Cell,
) -> Section {
    let measures: Vec<&str> = summary_names(task)
        .iter()
        .copied()
        .filter(|name| slices.iter().any(|slice| named(slice, name).is_some()))
        .collect();
    let mut table = Table::new(&[&[first, "rows"][..], &measures].concat());
    for slice in slices {
        let mut row = vec![name(slice), Cell::Count(slice.n)];
        row.extend(measures.iter().map(|measure| match named(slice, measure) {
            Some(metric) => interval(metric),
            None => Cell::Number(None),
        }));
        table.rows.push(row);
    }
    Section {
        heading: heading.to_owned(),
        note: String::new(),
        body: Body::Table(table),
    }
}

fn fairness(report: &EvaluateReport) -> Section {
    let mut table = Table::new(&["column", "group", "against", "measure", "value", "note"]);
    for measure in &report.fairness {
        table.rows.push(vec![
            Cell::Text(measure.column.clone()),
            Cell::Text(measure.group.clone()),
            Cell::Text(measure.other.clone()),
            Cell::Text(measure.measure.clone()),
            Cell::Interval(measure.value, measure.lower.zip(measure.upper)),
            Cell::Text(measure.reason.clone().unwrap_or_default()),
        ]);
    }
    Section {
        heading: "Between groups".to_owned(),
        note:
            "A difference whose interval holds 0, or a ratio whose interval holds 1, may be chance."
                .to_owned(),
        body: Body::Table(table),
    }
}
