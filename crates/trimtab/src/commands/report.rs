//! `report`: a model's range as one HTML file.

use super::summary::{
    date, drift, drift_sentence, month_name, performance, performance_sentence, range_query,
    zone_of,
};
use super::views::{self, DriftMap, Incident, ModelPage, Performance};
use crate::cli::ReportArgs;
use crate::client::{Client, escape};
use crate::terminal;
use crate::world::WallClock;
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use std::path::PathBuf;
use trimtab_app::report::{
    ColumnDistribution, DistributionBar, DriftSection, HeatCell, HeatRow, HeatState, IncidentRow,
    ModelReport, MonthRow, PerformanceSection, SeriesChart, SeriesPoint, model_report, numbers,
};
use trimtab_domain::documents::PerformanceMetric;
use trimtab_domain::ports::Clock;

/// Inputs drawn at their peak.
const DRAWN_MAX: usize = 4;

pub(crate) async fn run(args: ReportArgs, token: Option<String>) -> Result<()> {
    let client = Client::new(&args.server.server, token)?;
    let model = args.model.as_str();
    let page = views::model_page(&client, model).await?;
    let (from, to) = range(&args, &page)?;
    let report = gather(&client, model, &page, (from, to)).await?;
    let html = model_report(&report);
    let path = args
        .output
        .unwrap_or_else(|| PathBuf::from(format!("{model}-report.html")));
    std::fs::write(&path, &html).with_context(|| format!("cannot write {}", path.display()))?;
    terminal::line(&format!(
        "{} ({} kB): {}",
        path.display(),
        html.len().div_ceil(1_000),
        report.sentence
    ))
}

fn range(args: &ReportArgs, page: &ModelPage) -> Result<(Timestamp, Timestamp)> {
    let asked = |text: &Option<String>| text.as_deref().map(super::instant).transpose();
    let Some((data_from, data_through)) = page.data_from.zip(page.data_through) else {
        bail!("model `{}` has no predictions yet", args.model);
    };
    let from = asked(&args.from)?.unwrap_or(data_from);
    let to = asked(&args.to)?.unwrap_or(data_through);
    if from >= to {
        bail!("the range from {from} to {to} is empty\n  hint: --to must be after --from");
    }
    Ok((from, to))
}

async fn gather(
    client: &Client,
    model: &str,
    page: &ModelPage,
    (from, to): (Timestamp, Timestamp),
) -> Result<ModelReport> {
    let zone = zone_of(page.time_zone.as_deref());
    let range = range_query(from, to);
    let map = drift(client, model, &range).await?;
    let quality = performance(client, model, &range).await?;
    let incidents: Vec<Incident> = views::incidents(client, model)
        .await?
        .into_iter()
        .filter(|incident| {
            incident.opened_at < to && incident.resolved_at.is_none_or(|end| from < end)
        })
        .collect();
    let mut sentences = Vec::new();
    if let Some(map) = &map {
        sentences.push(drift_sentence(map, &zone));
    }
    if let Some(sentence) = quality
        .as_ref()
        .and_then(|quality| performance_sentence(quality, &zone))
    {
        sentences.push(sentence);
    }
    let mut drift_section = map.as_ref().map(|map| drift_section(map, &zone));
    if let (Some(section), Some(map)) = (&mut drift_section, &map) {
        section.distributions = distributions(client, model, map, &zone).await?;
    }
    Ok(ModelReport {
        title: page
            .display_name
            .clone()
            .unwrap_or_else(|| model.to_owned()),
        range: format!("{} to {}", date(from, &zone), date(to, &zone)),
        sentence: headline(map.as_ref(), &sentences),
        facts: facts(page, &incidents),
        link: Some(format!(
            "{}/models/{}?{range}",
            client.base(),
            escape(model)
        )),
        data: data(
            model,
            (from, to),
            &sentences,
            map.as_ref(),
            quality.as_ref(),
            &incidents,
        ),
        drift: drift_section,
        performance: quality
            .as_ref()
            .map(|quality| performance_section(quality, &zone)),
        incidents: incidents
            .iter()
            .map(|incident| incident_row(incident, &zone))
            .collect(),
        zone,
        generated_at: WallClock.now(),
    })
}

/// The finding in one short sentence.
fn headline(map: Option<&DriftMap>, sentences: &[String]) -> String {
    let most = map.and_then(|map| {
        let moved = map.moved();
        let most = moved.iter().find(|moved| moved.column.role == "feature")?;
        Some(format!(
            "{} moved most: it drifted in {} of {} {}s.",
            most.column.name, most.n_drifted, most.n_judged, map.window
        ))
    });
    let first = most
        .or_else(|| sentences.first().cloned())
        .unwrap_or_else(|| "No monitor has looked at this range.".to_owned());
    // The first sentence on quality says when it was worst.
    match sentences.get(1).and_then(|text| text.split_once(". ")) {
        Some((worst, _)) => format!("{first} {worst}."),
        None => first,
    }
}

fn facts(page: &ModelPage, incidents: &[Incident]) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = page
        .versions
        .iter()
        .map(|version| {
            (
                format!(
                    "Predictions of {} ({}), all time",
                    version.name, version.role
                ),
                numbers::count(version.n_predictions),
            )
        })
        .collect();
    facts.push(("Incidents".to_owned(), incidents.len().to_string()));
    facts
}

fn drift_section(map: &DriftMap, zone: &TimeZone) -> DriftSection {
    let moved = map.moved();
    let n_drifted = |column: &views::DriftColumn| {
        let found = moved.iter().find(|moved| moved.column.name == column.name);
        found.map_or((0, String::new()), |moved| {
            let note = format!("{} of {} {}s", moved.n_drifted, moved.n_judged, map.window);
            (moved.n_drifted, note)
        })
    };
    let mut columns: Vec<_> = map
        .columns
        .iter()
        .map(|column| (n_drifted(column), column))
        .collect();
    columns.sort_by_key(|((n, _), column)| (column.role == "feature", std::cmp::Reverse(*n)));
    let rows = columns
        .into_iter()
        .map(|((_, note), column)| HeatRow {
            name: column.name.clone(),
            note,
            cells: column.cells.iter().map(heat_cell).collect(),
        })
        .collect();
    let mut sentence = drift_sentence(map, zone);
    if map.assumes_independent_rows {
        sentence.push_str(" Rows are treated as independent; the floor guards the decision.");
    }
    DriftSection {
        sentence,
        windows: map.windows.iter().map(|window| window.start).collect(),
        rows,
        distributions: Vec::new(),
    }
}

fn heat_cell(cell: &views::DriftCell) -> HeatCell {
    HeatCell {
        ratio: cell.v,
        is_drift: cell.is_drift(),
        state: match cell.decision.as_deref() {
            None | Some("not_comparable") => HeatState::Absent,
            Some("not_enough_data" | "failed") => HeatState::FewRows,
            Some(_) => HeatState::Scored,
        },
    }
}

async fn distributions(
    client: &Client,
    model: &str,
    map: &DriftMap,
    zone: &TimeZone,
) -> Result<Vec<ColumnDistribution>> {
    let mut drawn = Vec::new();
    for moved in map.moved().into_iter().take(DRAWN_MAX) {
        let Some(window) = map.windows.get(moved.peak_idx) else {
            continue;
        };
        let path = format!(
            "/api/v1/models/{}/drift/columns/{}?at={}&monitor={}",
            escape(model),
            escape(&moved.column.name),
            escape(&window.start.to_string()),
            escape(&map.monitor)
        );
        let Some(detail) = client.find::<views::ColumnDetail>(&path).await? else {
            continue;
        };
        let Some(distribution) = detail.distribution else {
            continue;
        };
        let (is_numeric, bars) = bars_of(distribution);
        drawn.push(ColumnDistribution {
            name: moved.column.name.clone(),
            text: format!(
                "At its peak, {}: {}",
                date(window.start, zone),
                detail.reason
            ),
            is_numeric,
            bars,
        });
    }
    Ok(drawn)
}

fn bars_of(distribution: views::Distribution) -> (bool, Vec<DistributionBar>) {
    match distribution {
        views::Distribution::Numeric { bins } => {
            let end = |value: f64| numbers::significant(value, 3);
            let bars = bins
                .into_iter()
                .map(|bin| DistributionBar {
                    label: match (bin.from, bin.to) {
                        (Some(from), Some(to)) => format!("{} to {}", end(from), end(to)),
                        (None, Some(to)) => format!("up to {}", end(to)),
                        (Some(from), None) => format!("over {}", end(from)),
                        (None, None) => "all".to_owned(),
                    },
                    reference: bin.reference,
                    current: bin.current,
                })
                .collect();
            (true, bars)
        }
        views::Distribution::Categorical { bars } => {
            let bars = bars
                .into_iter()
                .map(|bar| DistributionBar {
                    label: bar.category,
                    reference: bar.reference,
                    current: bar.current,
                })
                .collect();
            (false, bars)
        }
    }
}

fn performance_section(quality: &Performance, zone: &TimeZone) -> PerformanceSection {
    let metric = quality.metric.parse::<PerformanceMetric>();
    let title = metric.map_or_else(|_| quality.metric.clone(), |it| it.title().to_owned());
    let sentence = performance_sentence(quality, zone)
        .or_else(|| {
            quality
                .sentence
                .as_ref()
                .map(|sentence| sentence.plain.clone())
        })
        .unwrap_or_default();
    let mut legend = vec!["Grey: each window.".to_owned()];
    if quality.slow.is_some() {
        legend.push("Blue: mean of the last 14 windows.".to_owned());
    } else {
        legend = vec!["Blue: each window.".to_owned()];
    }
    let challenger = quality.compare.first();
    if let Some(challenger) = challenger {
        legend.push(format!(
            "Orange: the same mean of shadow version {}.",
            challenger.version
        ));
    }
    let metrics: Vec<&String> = quality.metrics.iter().collect();
    PerformanceSection {
        title,
        chart: SeriesChart {
            label: sentence.clone(),
            points: points(&quality.series),
            smooth: quality.slow.as_ref().map(points).unwrap_or_default(),
            challenger: challenger
                .map(|challenger| smoothed(&points(&challenger.series)))
                .unwrap_or_default(),
            reference: quality.reference.value,
            floor: quality.series.floor,
        },
        sentence,
        legend: legend.join(" "),
        months: quality
            .months
            .iter()
            .map(|month| MonthRow {
                name: month_name(month.start, zone),
                n: month.n,
                n_labelled: month.n_labelled,
                maturity: month.maturity,
                values: metrics
                    .iter()
                    .map(|name| month.values.get(name.as_str()).copied().flatten())
                    .collect(),
            })
            .collect(),
        metrics: metrics
            .iter()
            .map(|name| {
                name.parse::<PerformanceMetric>()
                    .map_or_else(|_| (*name).clone(), |metric| metric.title().to_owned())
            })
            .collect(),
    }
}

fn points(series: &views::Series) -> Vec<SeriesPoint> {
    series
        .points
        .iter()
        .map(|point| SeriesPoint {
            at: point.window_start,
            value: point.v,
            lo: point.lo,
            hi: point.hi,
            n: point.n,
        })
        .collect()
}

/// The mean of the last windows, where at least half of them have a value.
fn smoothed(points: &[SeriesPoint]) -> Vec<SeriesPoint> {
    const OVER: usize = 14;
    let mean = |idx: usize| {
        let values: Vec<f64> = points[(idx + 1).saturating_sub(OVER)..=idx]
            .iter()
            .filter_map(|point| point.value)
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "a handful of windows")]
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (values.len() * 2 >= OVER && points[idx].value.is_some()).then_some(mean)
    };
    (0..points.len())
        .map(|idx| SeriesPoint {
            value: mean(idx),
            lo: None,
            hi: None,
            ..points[idx]
        })
        .collect()
}

fn incident_row(incident: &Incident, zone: &TimeZone) -> IncidentRow {
    IncidentRow {
        number: incident.number,
        title: incident.title.clone(),
        severity: incident.severity.clone(),
        state: incident.state.clone(),
        opened: date(incident.opened_at, zone),
        resolved: incident
            .resolved_at
            .map_or_else(|| "–".to_owned(), |at| date(at, zone)),
        columns: incident.columns.clone(),
    }
}

fn data(
    model: &str,
    (from, to): (Timestamp, Timestamp),
    sentences: &[String],
    map: Option<&DriftMap>,
    quality: Option<&Performance>,
    incidents: &[Incident],
) -> serde_json::Value {
    let columns: Vec<_> = map
        .map(DriftMap::moved)
        .unwrap_or_default()
        .iter()
        .map(|moved| {
            json!({"column": moved.column.name, "peak_over_floor": moved.peak_over_floor,
                   "n_windows_drifted": moved.n_drifted, "n_windows_judged": moved.n_judged})
        })
        .collect();
    let months: Vec<_> = quality
        .map(|quality| quality.months.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|month| {
            json!({"start": month.start, "n": month.n, "n_labelled": month.n_labelled,
                   "maturity": month.maturity, "values": month.values})
        })
        .collect();
    let incidents: Vec<_> = incidents
        .iter()
        .map(|incident| {
            json!({"number": incident.number, "title": incident.title,
                   "severity": incident.severity, "state": incident.state,
                   "opened_at": incident.opened_at, "resolved_at": incident.resolved_at,
                   "columns": incident.columns})
        })
        .collect();
    json!({"schema_version": 1, "model": model, "from": from, "to": to, "findings": sentences,
           "drifted_columns": columns, "months": months, "incidents": incidents})
}
