//! Documents and rows to play with: a model of two inputs, a month of reference, traffic whose
//! drift and loss of quality the caller chooses. Everything is a function of its arguments.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use trimtab_domain::documents::Document;
use trimtab_stats::Random;

/// The model of the samples.
pub const MODEL: &str = "loans";

/// Documents from JSON.
///
/// # Panics
///
/// If they are none: a test may fail loudly.
pub fn documents(values: Value) -> Vec<Document> {
    match serde_json::from_value(values) {
        Ok(documents) => documents,
        #[expect(clippy::panic, reason = "a test may fail loudly")]
        Err(error) => panic!("not documents: {error}"),
    }
}

/// A binary classifier on an event clock, with a reference, four kinds of monitors by day, their
/// rules and a channel.
pub fn loans() -> Vec<Document> {
    documents(json!([
        {
            "kind": "model", "name": MODEL, "task": "binary_classification", "clock": "event",
            "time_zone": "UTC", "label_delay_seconds": 86400,
            "columns": [
                {"name": "income", "data_type": "float", "importance": 0.7, "min": 0.0},
                {"name": "region", "data_type": "string", "importance": 0.3},
                {"name": "score", "data_type": "float", "role": "score", "min": 0.0, "max": 1.0},
                {"name": "prediction", "data_type": "integer", "role": "prediction",
                 "semantic": "categorical"},
                {"name": "latency_ms", "data_type": "float", "role": "latency"},
                {"name": "label", "data_type": "integer", "role": "label"}
            ]
        },
        {"kind": "reference", "model": MODEL, "name": "first", "data": {"file": "first.ndjson"}},
        {"kind": "channel", "name": "pager",
         "to": {"webhook": {"url": "https://pager.example/hook"}}},
        {"kind": "monitor", "model": MODEL, "name": "inputs", "window": "day",
         "monitors": {"data_drift": {}}},
        {"kind": "monitor", "model": MODEL, "name": "outputs", "window": "day",
         "monitors": {"prediction_drift": {}}},
        {"kind": "monitor", "model": MODEL, "name": "auc", "window": "day",
         "monitors": {"performance": {"metric": "roc_auc", "over_windows": [3, 7]}}},
        {"kind": "monitor", "model": MODEL, "name": "quality", "window": "day",
         "monitors": {"data_quality": {}}},
        {"kind": "monitor", "model": MODEL, "name": "service", "window": "day",
         "monitors": {"service": {"latency_ms_max": 100.0}}},
        {"kind": "rule", "model": MODEL, "name": "inputs-drifted",
         "when": {"monitor": {"monitor": "inputs"}}, "for_windows": 2,
         "resolve_after_windows": 2, "channels": ["pager"]},
        {"kind": "rule", "model": MODEL, "name": "auc-lost",
         "when": {"monitor": {"monitor": "auc"}}, "for_windows": 1,
         "resolve_after_windows": 2, "channels": ["pager"]},
        {"kind": "rule", "model": MODEL, "name": "data-broken",
         "when": {"monitor": {"monitor": "quality"}}, "channels": ["pager"]}
    ]))
}

/// What one day of traffic is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// Rows.
    pub n_rows: u64,
    /// Added to every income (its standard deviation is 10).
    pub income_shift: f64,
    /// How much of the label the score knows: 1 is a good model, 0 guesses.
    pub skill: f64,
    /// Share of incomes that are missing.
    pub missing: f64,
    /// Milliseconds.
    pub latency_ms: f64,
}

impl Default for Day {
    fn default() -> Self {
        Self {
            n_rows: 500,
            income_shift: 0.0,
            skill: 1.0,
            missing: 0.0,
            latency_ms: 20.0,
        }
    }
}

/// The rows of one day, each with its prediction and its label, in the order of time.
///
/// Days differ a little from each other, as real days do: incomes share a shift of their day.
pub fn day_rows(start: Timestamp, day: Day, seed: u64) -> Vec<Map<String, Value>> {
    let mut random = Random::from_seed(seed);
    let own_shift = 2.0 * (random.uniform() - 0.5) * 2.0;
    let step = SignedDuration::from_secs(86_400).as_millis() / i128::from(day.n_rows.max(1));
    let step = i64::try_from(step).unwrap_or(1);
    let mut at = start;
    let mut rows = Vec::new();
    for i in 0..day.n_rows {
        let income = 50.0 + own_shift + day.income_shift + 10.0 * random.normal();
        let region = match random.uniform() {
            share if share < 0.5 => "north",
            share if share < 0.8 => "south",
            _ => "east",
        };
        let label = u8::from(random.uniform() < 0.3);
        let signal = f64::from(label) * day.skill * 1.5 + random.normal();
        let score = 1.0 / (1.0 + (1.0 - signal).exp());
        let mut row = Map::new();
        row.insert("prediction_id".to_owned(), format!("{start}-{i}").into());
        row.insert("timestamp".to_owned(), at.to_string().into());
        let is_missing = random.uniform() < day.missing;
        let income = if is_missing {
            Value::Null
        } else {
            json!(income)
        };
        row.insert("income".to_owned(), income);
        row.insert("region".to_owned(), region.into());
        row.insert("score".to_owned(), json!(score));
        row.insert("prediction".to_owned(), json!(u8::from(score >= 0.5)));
        row.insert("latency_ms".to_owned(), json!(day.latency_ms));
        row.insert("label".to_owned(), json!(label));
        rows.push(row);
        at = at
            .checked_add(SignedDuration::from_millis(step))
            .unwrap_or(at);
    }
    rows
}

/// Rows as NDJSON.
pub fn ndjson(rows: &[Map<String, Value>]) -> String {
    let mut text = String::new();
    for row in rows {
        text.push_str(&Value::Object(row.clone()).to_string());
        text.push('\n');
    }
    text
}

/// The predictions among rows: all fields but the label.
pub fn predictions(rows: &[Map<String, Value>]) -> Vec<Map<String, Value>> {
    rows.iter()
        .map(|row| {
            let mut row = row.clone();
            row.remove("label");
            row
        })
        .collect()
}

/// The labels of rows, each known so long after its prediction.
pub fn labels(rows: &[Map<String, Value>], after: SignedDuration) -> Vec<Map<String, Value>> {
    rows.iter()
        .filter_map(|row| {
            let at: Timestamp = row.get("timestamp")?.as_str()?.parse().ok()?;
            let known_at = at.checked_add(after).ok()?;
            let mut label = Map::new();
            label.insert(
                "prediction_id".to_owned(),
                row.get("prediction_id")?.clone(),
            );
            label.insert("label".to_owned(), row.get("label")?.clone());
            label.insert("label_timestamp".to_owned(), known_at.to_string().into());
            Some(label)
        })
        .collect()
}
