//! The same events give the same results, alerts and incidents, however they are batched and
//! whenever the background looks.

use crate::bench::{Bench, Row, app_of, day_start, days, model};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::AlertStore;
use trimtab_testkit::samples::{self, Day};

/// Twenty-four days in which most things happen.
fn eventful_days() -> Vec<Day> {
    let quiet = Day::default();
    let shifted = Day {
        income_shift: 25.0,
        ..quiet
    };
    let lost = Day {
        skill: 0.0,
        ..quiet
    };
    let holes = Day {
        missing: 0.3,
        ..quiet
    };
    [
        days(6, quiet),
        days(4, shifted),
        days(2, quiet),
        days(5, lost),
        days(2, holes),
        days(5, quiet),
    ]
    .concat()
}

/// Predictions and labels in the order in which they become known. Every tenth label is three
/// days late.
fn stream() -> Vec<(Timestamp, EventKind, Row)> {
    let mut events = Vec::new();
    for (number, day) in (0..).zip(eventful_days()) {
        let rows = samples::day_rows(day_start(number), day, 3_000 + number);
        for row in samples::predictions(&rows) {
            let known = row["timestamp"].as_str().unwrap().parse().unwrap();
            events.push((known, EventKind::Predictions, row));
        }
        for (i, row) in rows.iter().enumerate() {
            let hours = if i % 10 == 0 { 72 } else { 3 };
            let label =
                samples::labels(std::slice::from_ref(row), SignedDuration::from_hours(hours))
                    .remove(0);
            let known = label["label_timestamp"].as_str().unwrap().parse().unwrap();
            events.push((known, EventKind::Labels, label));
        }
    }
    events.sort_by_key(|(known, kind, _)| (*known, *kind == EventKind::Labels));
    events
}

/// Sends the stream in batches of `batch` events, looking after every `tick` batches, and tells
/// what came of it without identities and wall clock times.
async fn outcome(
    stream: &[(Timestamp, EventKind, Row)],
    batch: usize,
    tick: usize,
    restarts: bool,
) -> Value {
    let mut bench = Bench::loans().await;
    for (i, events) in stream.chunks(batch).enumerate() {
        for kind in [EventKind::Predictions, EventKind::Labels] {
            let rows: Vec<Row> = events
                .iter()
                .filter(|(_, of, _)| *of == kind)
                .map(|(_, _, row)| row.clone())
                .collect();
            if !rows.is_empty() {
                bench.send(kind, &rows).await;
            }
        }
        if i % tick == tick - 1 {
            bench.app.catch_up().await.unwrap();
        }
        if restarts {
            bench.app = app_of(&bench.world);
        }
    }
    bench.complete(24 + 8).await;
    let mut results = Vec::new();
    for monitor in ["auc", "inputs", "outputs", "quality", "service"] {
        for result in bench.results(monitor).await {
            let mut value = serde_json::to_value(&result).unwrap();
            let fields = value.as_object_mut().unwrap();
            for volatile in ["id", "evaluated_at", "watermark", "revision"] {
                fields.remove(volatile);
            }
            results.push(value);
        }
    }
    let incidents = told(&bench).await;
    assert_eq!(
        bench.app.model(&model()).await.unwrap().name,
        model(),
        "the model is still there"
    );
    json!({"results": results, "incidents": incidents})
}

/// Every incident with its timeline and its messages.
async fn told(bench: &Bench) -> Vec<Value> {
    let mut incidents = Vec::new();
    for incident in bench.incidents().await {
        let events = bench
            .world
            .store
            .incident_events(&incident.id)
            .await
            .unwrap();
        let events: Vec<_> = events
            .into_iter()
            .map(|event| json!([event.at, event.kind, event.text]))
            .collect();
        let messages = bench
            .world
            .store
            .incident_messages(&incident.id)
            .await
            .unwrap();
        let messages: Vec<_> = messages
            .into_iter()
            .map(|message| json!([message.event_type, message.channel, message.data["what"]]))
            .collect();
        incidents.push(json!({
            "number": incident.number,
            "monitor": incident.monitor,
            "title": incident.title,
            "severity": incident.severity,
            "state": incident.state,
            "opened_at": incident.opened_at,
            "resolved_at": incident.resolved_at,
            "columns": incident.columns,
            "events": events,
            "messages": messages,
        }));
    }
    incidents
}

#[tokio::test]
async fn batching_ticks_and_restarts_change_nothing() {
    let stream = stream();
    let as_they_came = outcome(&stream, 97, 1, false).await;
    let incidents = as_they_came["incidents"].as_array().unwrap();
    assert!(incidents.len() >= 3, "{incidents:#?}");
    let others = [
        ("in large batches", outcome(&stream, 1_500, 1, false).await),
        ("rarely looked at", outcome(&stream, 97, 29, false).await),
        ("all at once", outcome(&stream, 1_000_000, 1, false).await),
        ("with restarts", outcome(&stream, 211, 2, true).await),
    ];
    for (how, other) in others {
        let mine = as_they_came["incidents"].as_array().unwrap();
        let theirs = other["incidents"].as_array().unwrap();
        assert_eq!(mine, theirs, "incidents, {how}");
        let mine = as_they_came["results"].as_array().unwrap();
        let theirs = other["results"].as_array().unwrap();
        assert_eq!(mine.len(), theirs.len(), "results, {how}");
        for (mine, theirs) in mine.iter().zip(theirs) {
            assert_eq!(mine, theirs, "{how}");
        }
    }
}
