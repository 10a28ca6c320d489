//! The report of one model over a range: what moved, how good it was, what happened.

use super::marks::{DistributionBar, HeatRow, SeriesChart, bars, heat_map, histogram, series};
use super::numbers::{count, metric, percent};
use super::page::{Page, severity, table};
use super::svg::{escape, put};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Everything the report shows.
#[derive(Debug, Clone)]
pub struct ModelReport {
    /// The model, for people.
    pub title: String,
    /// The range, in words.
    pub range: String,
    /// The finding.
    pub sentence: String,
    /// Short facts: name and value.
    pub facts: Vec<(String, String)>,
    /// Where the dashboard shows the same; left out where nobody outside could follow it.
    pub link: Option<String>,
    /// In which zone windows begin.
    pub zone: TimeZone,
    /// Drift of the inputs.
    pub drift: Option<DriftSection>,
    /// How good the model was.
    pub performance: Option<PerformanceSection>,
    /// What people were told.
    pub incidents: Vec<IncidentRow>,
    /// When the report is written.
    pub generated_at: Timestamp,
    /// The same for machines.
    pub data: Value,
}

/// The heat map and the columns that moved most.
#[derive(Debug, Clone)]
pub struct DriftSection {
    /// The finding.
    pub sentence: String,
    /// Start of each window.
    pub windows: Vec<Timestamp>,
    /// Columns, the most often drifted first.
    pub rows: Vec<HeatRow>,
    /// Some of them drawn.
    pub distributions: Vec<ColumnDistribution>,
}

/// Both sides of one column in one window.
#[derive(Debug, Clone)]
pub struct ColumnDistribution {
    /// The column.
    pub name: String,
    /// Which window, and what was found.
    pub text: String,
    /// Whether bars are ranges.
    pub is_numeric: bool,
    /// The bars.
    pub bars: Vec<DistributionBar>,
}

/// The line and the months.
#[derive(Debug, Clone)]
pub struct PerformanceSection {
    /// The metric, for people.
    pub title: String,
    /// The finding.
    pub sentence: String,
    /// Each window.
    pub chart: SeriesChart,
    /// What the lines are.
    pub legend: String,
    /// Names of the months' columns of metrics.
    pub metrics: Vec<String>,
    /// Month by month.
    pub months: Vec<MonthRow>,
}

/// One month.
#[derive(Debug, Clone)]
pub struct MonthRow {
    /// Its name.
    pub name: String,
    /// Predictions.
    pub n: u64,
    /// Those with a label.
    pub n_labelled: u64,
    /// Share of labels arrived.
    pub maturity: Option<f64>,
    /// Values of the metrics.
    pub values: Vec<Option<f64>>,
}

/// One incident.
#[derive(Debug, Clone)]
pub struct IncidentRow {
    /// Its number.
    pub number: u64,
    /// What it is called.
    pub title: String,
    /// How bad.
    pub severity: String,
    /// Open, acknowledged, resolved.
    pub state: String,
    /// When it began (event time), in words.
    pub opened: String,
    /// When it ended, in words.
    pub resolved: String,
    /// The columns inside.
    pub columns: Vec<String>,
}

/// Paints the report.
pub fn model_report(report: &ModelReport) -> String {
    let mut page = Page::new(format!("{}: {}", report.title, report.range));
    page.sentence(
        &format!("{}, {}", report.title, report.range),
        &report.sentence,
    );
    page.facts(&report.facts);
    if let Some(drift) = &report.drift {
        let map = heat_map(&drift.windows, &report.zone, &drift.rows, &drift.sentence);
        page.section("Inputs, by how often they drifted", &drift.sentence, &map);
        if !drift.distributions.is_empty() {
            page.section(
                "What moved",
                "Grey is the reference, blue the window.",
                &distributions(&drift.distributions),
            );
        }
    }
    if let Some(performance) = &report.performance {
        let html = format!(
            "{}<p>{}</p>{}",
            series(&performance.chart, &report.zone),
            escape(&performance.legend),
            months(performance)
        );
        page.section(&performance.title, &performance.sentence, &html);
    }
    page.section("Incidents", &incidents_sentence(report), &incidents(report));
    if let Some(link) = &report.link {
        let html = format!("<p><a href=\"{0}\">{0}</a></p>", escape(link));
        page.section("In the dashboard", "The same, to explore.", &html);
    }
    page.finish(report.generated_at, &report.data, false)
}

fn distributions(columns: &[ColumnDistribution]) -> String {
    let mut html = String::from("<div class=\"pair\">");
    for column in columns {
        let drawing = if column.is_numeric {
            histogram(&column.bars, &column.text)
        } else {
            bars(&column.bars, &column.text)
        };
        put(
            &mut html,
            format_args!(
                "<div><h3>{}</h3><p>{}</p>{drawing}</div>",
                escape(&column.name),
                escape(&column.text)
            ),
        );
    }
    html.push_str("</div>");
    html
}

fn months(performance: &PerformanceSection) -> String {
    if performance.months.is_empty() {
        return String::new();
    }
    let mut header = vec!["Month", "Predictions", "Labelled", "Labels arrived"];
    header.extend(performance.metrics.iter().map(String::as_str));
    let numeric: Vec<usize> = (1..header.len()).collect();
    let rows: Vec<Vec<String>> = performance
        .months
        .iter()
        .map(|month| {
            let mut cells = vec![
                escape(&month.name),
                count(month.n),
                count(month.n_labelled),
                month.maturity.map_or_else(|| "–".to_owned(), percent),
            ];
            cells.extend(
                month
                    .values
                    .iter()
                    .map(|value| value.map_or_else(|| "–".to_owned(), metric)),
            );
            cells
        })
        .collect();
    table(&header, &numeric, &rows)
}

fn incidents_sentence(report: &ModelReport) -> String {
    let open = report
        .incidents
        .iter()
        .filter(|incident| incident.state != "resolved")
        .count();
    match (report.incidents.len(), open) {
        (0, _) => "None in this range.".to_owned(),
        (1, 0) => "One in this range, over.".to_owned(),
        (n, 0) => format!("{n} in this range, all over."),
        (n, open) => format!("{n} in this range, {open} not over."),
    }
}

fn incidents(report: &ModelReport) -> String {
    if report.incidents.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = report
        .incidents
        .iter()
        .map(|incident| {
            vec![
                format!("#{}", incident.number),
                severity(&incident.severity),
                escape(&incident.title),
                escape(&incident.columns.join(", ")),
                escape(&incident.opened),
                escape(&incident.resolved),
                escape(&incident.state),
            ]
        })
        .collect();
    table(
        &[
            "Incident", "Severity", "What", "Columns", "Since", "Until", "State",
        ],
        &[],
        &rows,
    )
}

#[cfg(test)]
mod tests {
    use super::super::marks::{HeatCell, HeatState, SeriesPoint};
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(1_364_774_400 + n * 86_400).unwrap()
    }

    /// Fifty inputs over 275 days, half of them loud.
    fn large() -> ModelReport {
        let rows = (0..50)
            .map(|row| HeatRow {
                name: format!("input_{row}"),
                note: "since 1 Jun 2013".to_owned(),
                cells: (0..275)
                    .map(|window| HeatCell {
                        ratio: Some(f64::from((row * 7 + window) % 40) / 10.0),
                        is_drift: row % 2 == 0 && (row + window) % 3 == 0,
                        state: HeatState::Scored,
                    })
                    .collect(),
            })
            .collect();
        let points = (0..275)
            .map(|n| SeriesPoint {
                at: day(n),
                value: Some(0.7),
                lo: Some(0.68),
                hi: Some(0.72),
                n: 640,
            })
            .collect();
        ModelReport {
            title: "Flight delays".to_owned(),
            range: "1 Apr to 31 Dec 2013".to_owned(),
            sentence: "temp moved most.".to_owned(),
            facts: vec![("Predictions".to_owned(), "175k".to_owned())],
            link: None,
            zone: TimeZone::UTC,
            drift: Some(DriftSection {
                sentence: "25 of 50 inputs drifted.".to_owned(),
                windows: (0..275).map(day).collect(),
                rows,
                distributions: Vec::new(),
            }),
            performance: Some(PerformanceSection {
                title: "AUC".to_owned(),
                sentence: "Lowest in September.".to_owned(),
                chart: SeriesChart {
                    label: "AUC".to_owned(),
                    points,
                    smooth: Vec::new(),
                    challenger: Vec::new(),
                    reference: Some(0.738),
                    floor: None,
                },
                legend: String::new(),
                metrics: vec!["AUC".to_owned()],
                months: Vec::new(),
            }),
            incidents: Vec::new(),
            generated_at: day(300),
            data: Value::Null,
        }
    }

    #[test]
    fn a_large_report_stays_under_the_hard_limit() {
        let html = model_report(&large());
        assert!(html.len() < 2_000_000, "{} bytes", html.len());
        assert!(html.contains("None in this range."));
        assert_eq!(html.matches("<script").count(), 1);
    }
}
