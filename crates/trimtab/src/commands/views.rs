//! Answers of the API, as far as the commands read them.

use crate::client::{Client, escape};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use trimtab_domain::documents::{Document, ModelSpec};

/// `GET /api/v1/models/{model}`.
#[derive(Debug, Deserialize)]
pub(super) struct ModelPage {
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) time_zone: Option<String>,
    #[serde(default)]
    pub(super) data_from: Option<Timestamp>,
    #[serde(default)]
    pub(super) data_through: Option<Timestamp>,
    #[serde(default)]
    pub(super) versions: Vec<Version>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Version {
    #[serde(rename = "version")]
    pub(super) name: String,
    pub(super) role: String,
    pub(super) n_predictions: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sentence {
    pub(super) plain: String,
}

/// `GET …/drift`.
#[derive(Debug, Deserialize)]
pub(super) struct DriftMap {
    pub(super) monitor: String,
    pub(super) window: String,
    pub(super) windows: Vec<DriftWindow>,
    pub(super) columns: Vec<DriftColumn>,
    #[serde(default)]
    pub(super) assumes_independent_rows: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct DriftWindow {
    pub(super) start: Timestamp,
    #[serde(default)]
    pub(super) decision: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DriftColumn {
    pub(super) name: String,
    pub(super) role: String,
    #[serde(default)]
    pub(super) cells: Vec<DriftCell>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DriftCell {
    pub(super) v: Option<f64>,
    pub(super) decision: Option<String>,
}

impl DriftCell {
    pub(super) fn is_drift(&self) -> bool {
        self.decision.as_deref() == Some("drift")
    }
}

/// How one column moved over a range.
pub(super) struct Moved<'a> {
    pub(super) column: &'a DriftColumn,
    /// Window of the largest effect in the longest run.
    pub(super) peak_idx: usize,
    pub(super) peak_over_floor: f64,
    pub(super) n_drifted: usize,
    pub(super) n_judged: usize,
    /// The longest run of drifted windows.
    pub(super) run: (usize, usize),
    /// Where the run that reaches the newest window began.
    pub(super) since_idx: Option<usize>,
}

impl DriftMap {
    /// Columns that drifted: the one that did so in most windows first, then by their peak.
    pub(super) fn moved(&self) -> Vec<Moved<'_>> {
        let mut moved: Vec<_> = self.columns.iter().filter_map(moved).collect();
        moved.sort_by(|a, b| {
            let peak = b.peak_over_floor.total_cmp(&a.peak_over_floor);
            b.n_drifted.cmp(&a.n_drifted).then(peak)
        });
        moved
    }
}

fn moved(column: &DriftColumn) -> Option<Moved<'_>> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (idx, cell) in column.cells.iter().enumerate() {
        if !cell.is_drift() {
            continue;
        }
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == idx => *end = idx,
            _ => runs.push((idx, idx)),
        }
    }
    // The first of the longest.
    let run = runs
        .iter()
        .copied()
        .rev()
        .max_by_key(|(start, end)| end - start)?;
    let (peak_idx, peak_over_floor) = (run.0..=run.1)
        .filter_map(|idx| Some((idx, column.cells[idx].v?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let newest = column.cells.len() - 1;
    Some(Moved {
        column,
        peak_idx,
        peak_over_floor,
        n_drifted: runs.iter().map(|(start, end)| end - start + 1).sum(),
        n_judged: column
            .cells
            .iter()
            .filter(|cell| cell.decision.is_some())
            .count(),
        run,
        since_idx: runs
            .last()
            .filter(|(_, end)| *end == newest)
            .map(|(start, _)| *start),
    })
}

/// `GET …/drift/columns/{column}`.
#[derive(Debug, Deserialize)]
pub(super) struct ColumnDetail {
    pub(super) reason: String,
    #[serde(default)]
    pub(super) distribution: Option<Distribution>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Distribution {
    Numeric { bins: Vec<Bin> },
    Categorical { bars: Vec<Bar> },
}

#[derive(Debug, Deserialize)]
pub(super) struct Bin {
    pub(super) from: Option<f64>,
    pub(super) to: Option<f64>,
    pub(super) reference: f64,
    pub(super) current: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Bar {
    pub(super) category: String,
    pub(super) reference: f64,
    pub(super) current: f64,
}

/// `GET …/performance`.
#[derive(Debug, Deserialize)]
pub(super) struct Performance {
    pub(super) metric: String,
    #[serde(default)]
    pub(super) metrics: Vec<String>,
    pub(super) series: Series,
    #[serde(default)]
    pub(super) compare: Vec<VersionSeries>,
    #[serde(default)]
    pub(super) slow: Option<Series>,
    #[serde(default)]
    pub(super) reference: ReferenceSpread,
    #[serde(default)]
    pub(super) months: Vec<Month>,
    #[serde(default)]
    pub(super) sentence: Option<Sentence>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Series {
    #[serde(default)]
    pub(super) floor: Option<f64>,
    #[serde(default)]
    pub(super) points: Vec<Point>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Point {
    pub(super) window_start: Timestamp,
    pub(super) v: Option<f64>,
    #[serde(default)]
    pub(super) lo: Option<f64>,
    #[serde(default)]
    pub(super) hi: Option<f64>,
    #[serde(default)]
    pub(super) n: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct VersionSeries {
    pub(super) version: String,
    pub(super) series: Series,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ReferenceSpread {
    #[serde(default)]
    pub(super) value: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Month {
    pub(super) start: Timestamp,
    pub(super) n: u64,
    pub(super) n_labelled: u64,
    #[serde(default)]
    pub(super) maturity: Option<f64>,
    pub(super) values: BTreeMap<String, Option<f64>>,
}

/// `GET /api/v1/incidents`.
#[derive(Debug, Deserialize)]
pub(super) struct Incidents {
    pub(super) items: Vec<Incident>,
    #[serde(default)]
    pub(super) next: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Incident {
    pub(super) id: String,
    pub(super) number: u64,
    #[serde(default)]
    pub(super) title: String,
    pub(super) severity: String,
    pub(super) state: String,
    pub(super) opened_at: Timestamp,
    pub(super) resolved_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) columns: Vec<String>,
}

/// `GET /api/v1/incidents/{id}`, its messages.
#[derive(Debug, Deserialize)]
pub(super) struct IncidentPage {
    #[serde(default)]
    pub(super) notifications: Vec<Notification>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Notification {
    pub(super) channel: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) attempts: u32,
    pub(super) at: Timestamp,
}

/// `GET /api/v1/status`, the part that says how far behind the work is.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Status {
    #[serde(default)]
    pub(super) consumers: Vec<Consumer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Consumer {
    pub(super) name: String,
    #[serde(default)]
    pub(super) lag_bytes: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Documents {
    items: Vec<StoredDocument>,
}

#[derive(Debug, Deserialize)]
struct StoredDocument {
    document: Value,
}

/// The model's own document.
pub(super) async fn model_spec(client: &Client, model: &str) -> Result<ModelSpec> {
    let path = format!("/api/v1/documents?kind=model&model={}", escape(model));
    let found: Documents = client.get(&path).await?;
    let Some(item) = found.items.into_iter().next() else {
        bail!(
            "no model `{model}` on {}\n  hint: apply its documents first: trimtab apply FILES",
            client.base()
        );
    };
    let mut document = item.document;
    if let Value::Object(fields) = &mut document {
        fields.entry("kind").or_insert_with(|| "model".into());
    }
    match serde_json::from_value(document).context("the model is of another version")? {
        Document::Model(spec) => Ok(spec),
        _ => bail!("the server answered with another kind of document"),
    }
}

/// A model and all its data's range, as a query.
pub(super) async fn model_page(client: &Client, model: &str) -> Result<ModelPage> {
    client
        .find(&format!("/api/v1/models/{}", escape(model)))
        .await?
        .with_context(|| format!("no model `{model}` on {}", client.base()))
}

/// All incidents of a model, newest first.
pub(super) async fn incidents(client: &Client, model: &str) -> Result<Vec<Incident>> {
    let base = format!("/api/v1/incidents?state=all&model={}", escape(model));
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Incidents = client.get(&format!("{base}{cursor}")).await?;
        found.extend(page.items);
        let next = match page.next {
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            _ => return Ok(found),
        };
        cursor = format!("&cursor={}", escape(&next));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[(f64, bool)]) -> DriftColumn {
        DriftColumn {
            name: "x".to_owned(),
            role: "feature".to_owned(),
            cells: cells
                .iter()
                .map(|&(v, is_drift)| DriftCell {
                    v: Some(v),
                    decision: Some(if is_drift { "drift" } else { "ok" }.to_owned()),
                })
                .collect(),
        }
    }

    #[test]
    fn the_longest_run_and_the_peak_are_found() {
        let column = column(&[
            (9.0, false),
            (2.0, true),
            (1.0, false),
            (1.5, true),
            (3.0, true),
            (1.2, true),
        ]);
        let moved = moved(&column);
        let found = moved.map(|moved| {
            (
                moved.peak_idx,
                moved.run,
                moved.n_drifted,
                moved.n_judged,
                moved.since_idx,
            )
        });
        assert_eq!(found, Some((4, (3, 5), 4, 6, Some(3))));
    }
}
