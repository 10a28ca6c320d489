//! Whatever comes in, nothing panics and nothing is half done.

use crate::world::{World, models, shop};
use proptest::prelude::*;
use std::sync::Arc;
use trimtab_domain::fold::{Fold, PerformanceProfile, ProfileKey};
use trimtab_domain::intake::{EventKind, IngestMode, MediaType};
use trimtab_domain::ports::engine::References;
use trimtab_stats::{DatasetProfile, Grid};

/// An Arrow stream and a Parquet file with one good row.
fn good_bodies() -> Vec<(MediaType, Vec<u8>)> {
    use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
    let columns: [(&str, ArrayRef); 3] = [
        ("prediction_id", Arc::new(StringArray::from(vec!["x"]))),
        (
            "timestamp",
            Arc::new(Int64Array::from(vec![1_748_775_900_000_000])),
        ),
        ("basket", Arc::new(Float64Array::from(vec![1.0]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut stream = Vec::new();
    let mut writer =
        arrow::ipc::writer::StreamWriter::try_new(&mut stream, batch.schema_ref()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    let mut file = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let json = br#"[{"prediction_id":"x","timestamp":"2025-06-01T10:05:00Z","basket":1,"device":"\u00e9"}]"#;
    vec![
        (MediaType::ArrowStream, stream),
        (MediaType::Parquet, file),
        (MediaType::Json, json.to_vec()),
        (MediaType::Ndjson, json[1..json.len() - 1].to_vec()),
    ]
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn spoiled_bodies_are_refused_or_read_but_never_panic() {
    let runtime = runtime();
    let world = World::new();
    let spec = shop();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (
        0_usize..4,
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        proptest::option::of(any::<prop::sample::Index>()),
        any::<bool>(),
    );
    let bodies = good_bodies();
    runner
        .run(&strategy, |(which, changes, cut, valid_only)| {
            let (media_type, mut body) = bodies[which].clone();
            for (place, value) in changes {
                let place = place.index(body.len());
                body[place] = value;
            }
            if let Some(cut) = cut {
                body.truncate(cut.index(body.len()));
            }
            let mode = if valid_only {
                IngestMode::AcceptValid
            } else {
                IngestMode::AllOrNothing
            };
            for kind in [
                EventKind::Predictions,
                EventKind::Labels,
                EventKind::MetricPoints,
            ] {
                let sent = world.send_as(&spec, kind, media_type, body.clone(), mode);
                match runtime.block_on(sent) {
                    Ok(receipt) => {
                        let n_listed = receipt.rejected.len() as u64;
                        prop_assert!(n_listed == receipt.n_rejected.min(100));
                    }
                    Err(error) => {
                        prop_assert_eq!(error.kind(), trimtab_domain::ErrorKind::Invalid);
                    }
                }
            }
            let made = world
                .engine()
                .profile_data(&spec, media_type, body.into(), None, 1);
            drop(runtime.block_on(made));
            Ok(())
        })
        .unwrap();
    // What was kept can be read again.
    runtime.block_on(world.fold_all(&models(&spec, None)));
}

fn total(folds: &[Fold]) -> (Vec<(ProfileKey, Vec<u8>)>, Vec<String>) {
    let mut profiles: std::collections::BTreeMap<ProfileKey, DatasetProfile> =
        std::collections::BTreeMap::new();
    let mut performance: std::collections::BTreeMap<String, PerformanceProfile> =
        std::collections::BTreeMap::new();
    for fold in folds {
        for delta in &fold.profiles {
            match profiles.get_mut(&delta.key) {
                Some(profile) => profile.merge(&delta.profile).unwrap(),
                None => {
                    profiles.insert(delta.key.clone(), delta.profile.clone());
                }
            }
        }
        for delta in &fold.performance {
            let key = format!("{:?} {:?}", delta.key, delta.age);
            for (part, is_added) in [(&delta.added, true), (&delta.removed, false)] {
                let Some(PerformanceProfile::Binary(part)) = part else {
                    continue;
                };
                let entry = performance.entry(key.clone()).or_insert_with(|| {
                    PerformanceProfile::Binary(trimtab_stats::BinaryPerformance::default())
                });
                let PerformanceProfile::Binary(entry) = entry else {
                    panic!("not binary");
                };
                if is_added {
                    entry.merge(part).unwrap();
                } else {
                    entry.subtract(part).unwrap();
                }
            }
        }
    }
    let profiles = profiles
        .into_iter()
        .map(|(key, profile)| (key, profile.to_bytes()))
        .collect();
    let performance = performance
        .into_iter()
        .filter(|(_, profile)| match profile {
            PerformanceProfile::Binary(profile) => profile.n() > 0,
            PerformanceProfile::Regression(_) => true,
        })
        .map(|(key, profile)| match profile {
            PerformanceProfile::Binary(profile) => format!("{key} {:?}", profile.metrics()),
            PerformanceProfile::Regression(_) => key,
        })
        .collect();
    (profiles, performance)
}

#[derive(Debug, Clone)]
struct Row {
    id: u8,
    minute: u16,
    basket: Option<f64>,
    device: u8,
    label: Option<bool>,
    label_first: bool,
    corrected: bool,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        any::<u8>(),
        0_u16..3_000,
        proptest::option::weighted(0.8, -50.0..50.0),
        0_u8..4,
        proptest::option::of(any::<bool>()),
        any::<bool>(),
        any::<bool>(),
    );
    proptest::collection::vec(row, 1..60).prop_map(|rows| {
        rows.into_iter()
            .map(
                |(id, minute, basket, device, label, label_first, corrected)| Row {
                    id,
                    minute,
                    basket,
                    device,
                    label,
                    label_first,
                    corrected,
                },
            )
            .collect()
    })
}

fn prediction(row: &Row) -> String {
    let time = jiff::Timestamp::from_second(1_748_736_000 + i64::from(row.minute) * 60).unwrap();
    let basket = row.basket.map_or(0.5, |basket| basket);
    let device = ["\"phone\"", "\"desk\"", "\"tv\"", "null"][usize::from(row.device)];
    format!(
        r#"{{"prediction_id":"p{}","timestamp":"{time}","basket":{basket:?},"device":{device},"country":"de","score":0.{}}}"#,
        row.id,
        row.id % 10
    )
}

fn label(row: &Row, value: bool, hours: i64) -> String {
    let seconds = 1_748_736_000 + i64::from(row.minute) * 60 + hours * 3_600;
    let time = jiff::Timestamp::from_second(seconds).unwrap();
    format!(
        r#"{{"prediction_id":"p{}","label":{value},"label_timestamp":"{time}"}}"#,
        row.id
    )
}

/// Everything that happens, in order.
fn events(rows: &[Row]) -> Vec<(EventKind, String)> {
    let mut events = Vec::new();
    for row in rows {
        if let (Some(value), true) = (row.label, row.label_first) {
            events.push((EventKind::Labels, label(row, value, 2)));
        }
        events.push((EventKind::Predictions, prediction(row)));
        if let (Some(value), false) = (row.label, row.label_first) {
            events.push((EventKind::Labels, label(row, value, 2)));
        }
        if let (Some(value), true) = (row.label, row.corrected) {
            events.push((EventKind::Labels, label(row, !value, 30)));
        }
    }
    events
}

fn grid(runtime: &tokio::runtime::Runtime, world: &World) -> Arc<Grid> {
    let rows = r#"[{"basket":-3.5,"device":"phone","visits":1,"is_new":true,"country":"de","score":0.5,"prediction":1},
                   {"basket":20,"device":"desk","visits":2,"is_new":false,"country":"fr","score":0.4,"prediction":0}]"#;
    let spec = shop();
    let made = world
        .engine()
        .profile_data(&spec, MediaType::Json, rows.into(), None, 1);
    runtime.block_on(made).unwrap().grid
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// How rows are batched, resent and folded changes nothing: the profiles have the same bytes.
    #[test]
    fn batching_retries_and_run_lengths_do_not_matter(
        rows in rows(), size in 1_usize..9, run in 1_u64..20,
    ) {
        let runtime = runtime();
        let spec = shop();
        let events = events(&rows);
        let mut totals = Vec::new();
        for (size, run, resend) in [(1, 1_000_000, false), (size, run, true)] {
            let world = World::new();
            let models = models(&spec, Some(grid(&runtime, &world)));
            let mut start = 0;
            while start < events.len() {
                let kind = events[start].0;
                let mut end = start + 1;
                while end < events.len() && end - start < size && events[end].0 == kind {
                    end += 1;
                }
                let bodies: Vec<&str> =
                    events[start..end].iter().map(|(_, row)| row.as_str()).collect();
                let body = format!("[{}]", bodies.join(",")).into_bytes();
                for _ in 0..=usize::from(resend) {
                    let mode = IngestMode::AcceptValid;
                    let sent =
                        world.send_as(&spec, kind, MediaType::Json, body.clone(), mode);
                    runtime.block_on(sent).unwrap();
                }
                start = end;
            }
            totals.push(total(&runtime.block_on(world.fold_in_runs(&models, run))));
        }
        prop_assert_eq!(&totals[0], &totals[1]);
    }
}
