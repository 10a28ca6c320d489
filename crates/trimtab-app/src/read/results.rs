//! Stored results and signals, as they are.

use crate::app::App;
use jiff::Timestamp;
use std::collections::BTreeMap;
use trimtab_domain::ports::store::{ResultQuery, SignalQuery, StoredResult};
use trimtab_domain::signal::PointKind;
use trimtab_domain::{DocumentName, ModelName, Result, Window};

/// A signal with its points.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalLine {
    /// Dotted name.
    pub name: String,
    /// `column`, `version`, `monitor`…
    pub labels: BTreeMap<String, String>,
    /// In time order.
    pub points: Vec<SignalValue>,
}

/// One point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalValue {
    /// The window's start.
    pub start: Timestamp,
    /// The window's end.
    pub end: Timestamp,
    /// The value; absent where it was looked for in vain.
    pub value: Option<f64>,
    /// Rows behind it.
    pub n: u64,
    /// Observed or inferred.
    pub kind: PointKind,
}

/// Results of one monitor, or of all, newest windows first.
///
/// # Errors
///
/// `NotFound` without such a model.
pub async fn results(
    app: &App,
    model: &ModelName,
    monitor: Option<DocumentName>,
    range: Option<Window>,
    with_superseded: bool,
    limit: u32,
) -> Result<Vec<StoredResult>> {
    app.model(model).await?;
    app.store()
        .results(&ResultQuery {
            model: model.clone(),
            monitor,
            range,
            with_superseded,
            limit: Some(limit),
        })
        .await
}

/// Signals of a model, by name where given.
///
/// # Errors
///
/// `NotFound` without such a model.
pub async fn signals(
    app: &App,
    model: &ModelName,
    name: Option<String>,
    range: Option<Window>,
) -> Result<Vec<SignalLine>> {
    app.model(model).await?;
    let points = app
        .store()
        .signals(&SignalQuery {
            model: Some(model.clone()),
            name,
            range,
            newest_only: false,
        })
        .await?;
    let mut lines: Vec<SignalLine> = Vec::new();
    for point in points {
        let value = SignalValue {
            start: point.window.start,
            end: point.window.end,
            value: point.value,
            n: point.n,
            kind: point.kind,
        };
        match lines.last_mut() {
            Some(line) if line.name == point.key.name && line.labels == point.key.labels => {
                line.points.push(value);
            }
            _ => lines.push(SignalLine {
                name: point.key.name,
                labels: point.key.labels,
                points: vec![value],
            }),
        }
    }
    Ok(lines)
}

/// Where to go on after a full page: the `to` that leaves out what it showed.
pub fn next_page(results: &[StoredResult], limit: u32) -> Option<Timestamp> {
    let is_full = u32::try_from(results.len()).is_ok_and(|n_results| n_results >= limit);
    results
        .iter()
        .map(|stored| stored.result.window.start)
        .min()
        .filter(|_| is_full)
}
