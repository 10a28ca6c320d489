//! `/metrics`: our own counters and the newest point of every signal.
//!
//! Names and label sets are bounded: routes are templates, models are those that exist, and at
//! most [`SIGNALS_MAX`] signals are shown (the rest is counted). Two dialects of one text: to
//! those who ask, OpenMetrics; to the others, the Prometheus format, in which a counter's own
//! name ends in `_total`.

#![expect(
    clippy::cast_precision_loss,
    reason = "both formats write numbers as floats"
)]

use crate::problem::ApiError;
use crate::state::Server;
use axum::http::{HeaderMap, header};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use trimtab_domain::intake::{EventKind, Receipt};
use trimtab_domain::ports::store::SignalQuery;
use trimtab_domain::signal::SignalPoint;
use trimtab_domain::{ErrorKind, ModelName, Result};

/// More signals than this are counted, not shown.
const SIGNALS_MAX: usize = 10_000;

/// Upper ends of the buckets of request durations, in seconds.
const DURATION_BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// Counts since the process started.
#[derive(Debug, Default)]
pub(crate) struct Telemetry(Mutex<Counts>);

#[derive(Debug, Default, Clone)]
struct Counts {
    requests: BTreeMap<(String, String, &'static str), u64>,
    durations: BTreeMap<String, Durations>,
    rows: BTreeMap<(String, &'static str, &'static str), u64>,
    batches: BTreeMap<(String, &'static str, &'static str), u64>,
}

#[derive(Debug, Default, Clone)]
struct Durations {
    buckets: [u64; DURATION_BUCKETS.len()],
    n: u64,
    sum_seconds: f64,
}

impl Telemetry {
    /// Counts an answered request. `route` is the template, not the path.
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let class = match status {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts
            .requests
            .entry((method.to_owned(), route.to_owned(), class))
            .or_default() += 1;
        let durations = counts.durations.entry(route.to_owned()).or_default();
        let seconds = took.as_secs_f64();
        durations.n += 1;
        durations.sum_seconds += seconds;
        for (bucket, end) in durations.buckets.iter_mut().zip(DURATION_BUCKETS) {
            *bucket += u64::from(seconds <= end);
        }
    }

    /// Counts a batch. Batches for models that don't exist are not counted by model.
    pub(crate) fn ingested(&self, model: &ModelName, kind: EventKind, answer: &Result<Receipt>) {
        if matches!(answer, Err(error) if error.kind() == ErrorKind::NotFound) {
            return;
        }
        let kind = match kind {
            EventKind::Predictions => "predictions",
            EventKind::Labels => "labels",
            EventKind::MetricPoints => "metric_points",
        };
        let outcome = match answer {
            Ok(receipt) if receipt.n_rejected == 0 => "accepted",
            Ok(receipt) if receipt.accepted > 0 => "partly_accepted",
            Ok(_) => "refused",
            Err(error) if error.kind() == ErrorKind::Invalid => "refused",
            Err(_) => "failed",
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts
            .batches
            .entry((model.to_string(), kind, outcome))
            .or_default() += 1;
        if let Ok(receipt) = answer {
            for (outcome, n_rows) in [
                ("accepted", receipt.accepted),
                ("duplicate", receipt.duplicates),
                ("rejected", receipt.n_rejected),
            ] {
                *counts
                    .rows
                    .entry((model.to_string(), kind, outcome))
                    .or_default() += n_rows;
            }
        }
    }

    fn snapshot(&self) -> Counts {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// How the text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    OpenMetrics,
    Prometheus,
}

impl Dialect {
    pub(crate) fn asked_for(headers: &HeaderMap) -> Self {
        let accepts = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if accepts.contains("application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Writes everything there is to know now.
pub(crate) async fn scrape(
    server: &Server,
    dialect: Dialect,
) -> std::result::Result<String, ApiError> {
    let app = &server.app;
    let mut page = Page::new(dialect);
    page.gauge("trimtab_build_info", "Version of this program.");
    page.sample("", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    own_counts(&mut page, &server.telemetry.snapshot());

    page.gauge("trimtab_journal_bytes", "Bytes of the journal on disk.");
    page.sample("", &[], app.log().size_bytes() as f64);
    let due = app.store().due_messages(app.now(), 1_000).await?.len();
    page.gauge(
        "trimtab_messages_due",
        "Messages due to be sent, counted to 1000.",
    );
    page.sample("", &[], due as f64);
    let counts = app.store().incident_counts(None).await?;
    page.gauge("trimtab_incidents", "Incidents by state.");
    for (state, n) in [
        ("open", counts.open),
        ("acknowledged", counts.acknowledged),
        ("resolved", counts.resolved),
    ] {
        page.sample("", &[("state", state)], n as f64);
    }
    page.gauge(
        "trimtab_model_data_through_timestamp_seconds",
        "Newest event time that enough rows support.",
    );
    for (model, progress) in app.store().progress().await? {
        if let Some(watermark) = progress.watermark {
            page.sample(
                "",
                &[("model", model.as_str())],
                watermark.as_second() as f64,
            );
        }
    }
    let points = app
        .store()
        .signals(&SignalQuery {
            newest_only: true,
            ..SignalQuery::default()
        })
        .await?;
    signals(&mut page, &points);
    Ok(page.finish())
}

fn own_counts(page: &mut Page, counts: &Counts) {
    page.counter("trimtab_http_requests", "Requests answered.");
    for ((method, route, class), n) in &counts.requests {
        page.sample(
            "_total",
            &[("method", method), ("route", route), ("status", class)],
            *n as f64,
        );
    }
    page.family(
        "trimtab_http_request_duration_seconds",
        "histogram",
        "Time from request to answer.",
    );
    for (route, durations) in &counts.durations {
        for (n, end) in durations.buckets.iter().zip(DURATION_BUCKETS) {
            let end = number(end);
            page.sample("_bucket", &[("route", route), ("le", &end)], *n as f64);
        }
        page.sample(
            "_bucket",
            &[("route", route), ("le", "+Inf")],
            durations.n as f64,
        );
        page.sample("_sum", &[("route", route)], durations.sum_seconds);
        page.sample("_count", &[("route", route)], durations.n as f64);
    }
    page.counter(
        "trimtab_ingest_rows",
        "Rows received, by what became of them.",
    );
    for ((model, kind, outcome), n) in &counts.rows {
        page.sample(
            "_total",
            &[("model", model), ("kind", kind), ("outcome", outcome)],
            *n as f64,
        );
    }
    page.counter(
        "trimtab_ingest_batches",
        "Batches received, by what became of them.",
    );
    for ((model, kind, outcome), n) in &counts.batches {
        page.sample(
            "_total",
            &[("model", model), ("kind", kind), ("outcome", outcome)],
            *n as f64,
        );
    }
}

fn signals(page: &mut Page, points: &[SignalPoint]) {
    page.gauge(
        "trimtab_signal",
        "Newest value of a signal: performance, drift, quality, service, or a metric point.",
    );
    let mut seen = BTreeSet::new();
    let mut n_hidden = 0_u64;
    for point in points {
        let Some(value) = point.value else { continue };
        let mut labels = vec![
            ("model".to_owned(), point.key.model.to_string()),
            ("signal".to_owned(), point.key.name.clone()),
        ];
        labels.extend(
            point
                .key
                .labels
                .iter()
                .map(|(name, value)| (label_name(name), value.clone())),
        );
        if seen.len() >= SIGNALS_MAX || !seen.insert(labels.clone()) {
            n_hidden += 1;
            continue;
        }
        let labels: Vec<_> = labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        page.sample("", &labels, value);
    }
    page.gauge(
        "trimtab_signals_hidden",
        "Signals left out because there are too many or their labels read alike.",
    );
    page.sample("", &[], n_hidden as f64);
}

/// A label's name in letters that Prometheus knows, apart from our own two.
fn label_name(name: &str) -> String {
    let mut clean: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let is_taken = matches!(clean.as_str(), "model" | "signal" | "le" | "quantile")
        || clean.starts_with("__")
        || !clean.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if is_taken {
        clean.insert_str(0, "label_");
    }
    clean
}

/// The text, family by family.
struct Page {
    dialect: Dialect,
    text: String,
    family: &'static str,
}

impl Page {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            text: String::new(),
            family: "",
        }
    }

    fn gauge(&mut self, name: &'static str, help: &str) {
        self.family(name, "gauge", help);
    }

    fn counter(&mut self, name: &'static str, help: &str) {
        self.family(name, "counter", help);
    }

    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.family = name;
        let total = if kind == "counter" && self.dialect == Dialect::Prometheus {
            "_total"
        } else {
            ""
        };
        self.line(format_args!("# HELP {name}{total} {help}\n"));
        self.line(format_args!("# TYPE {name}{total} {kind}\n"));
    }

    fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64) {
        let family = self.family;
        self.line(format_args!("{family}{suffix}"));
        for (idx, (name, value)) in labels.iter().enumerate() {
            let opening = if idx == 0 { '{' } else { ',' };
            self.line(format_args!("{opening}{name}=\"{}\"", escape(value)));
        }
        let closing = if labels.is_empty() { "" } else { "}" };
        self.line(format_args!("{closing} {}\n", number(value)));
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        self.text.write_fmt(text).unwrap_or_default();
    }

    fn finish(mut self) -> String {
        if self.dialect == Dialect::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

fn escape(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_values_are_written_as_the_formats_ask() {
        let mut page = Page::new(Dialect::OpenMetrics);
        page.counter("c", "Help.");
        page.sample("_total", &[("a", "x\"y\\z\n")], 3.0);
        assert_eq!(
            page.finish(),
            "# HELP c Help.\n# TYPE c counter\nc_total{a=\"x\\\"y\\\\z\\n\"} 3\n# EOF\n"
        );
        assert_eq!(label_name("model"), "label_model");
        assert_eq!(label_name("9 lives"), "label_9_lives");
        assert_eq!(number(f64::INFINITY), "+Inf");
    }
}
