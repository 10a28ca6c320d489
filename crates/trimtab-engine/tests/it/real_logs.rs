//! The flights log of the demo, whole.

use crate::world::{World, data, flights, models};
use bytes::Bytes;
use std::sync::Arc;
use trimtab_domain::documents::ModelSpec;
use trimtab_domain::fold::{PerformanceProfile, PredictionRole};
use trimtab_domain::intake::{EventKind, MediaType};
use trimtab_domain::ports::engine::{AsKnown, Lake, References};
use trimtab_domain::{Granularity, Window};
use trimtab_stats::BinaryPerformance;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_flights_log_gives_the_published_numbers() {
    let Some(data) = data() else { return };
    let read = |name: &str| std::fs::read(data.join("flights").join(name)).unwrap();
    let world = World::new();
    let spec = flights();
    let reference = world
        .engine()
        .profile_data(
            &spec,
            MediaType::Parquet,
            Bytes::from(read("flights_reference.parquet")),
            None,
            1,
        )
        .await
        .unwrap();
    assert_eq!(reference.total.n_rows, 20_152);
    let performance = reference
        .windows
        .iter()
        .filter_map(|window| window.performance.as_ref());
    assert_metrics(&merged(performance), 19_547, 0.738, 0.446, 0.784);

    for (name, kind, n) in [
        (
            "flights_production.parquet",
            EventKind::Predictions,
            175_404,
        ),
        ("flights_shadow_v2.parquet", EventKind::Predictions, 75_168),
        (
            "flights_production_labels.parquet",
            EventKind::Labels,
            171_456,
        ),
    ] {
        // Shadow scores say so.
        let body = read(name);
        let body = if name.contains("shadow") {
            with_role(&body)
        } else {
            body
        };
        let start = tokio::time::Instant::now();
        let receipt = world
            .try_send(&spec, kind, MediaType::Parquet, body)
            .await
            .unwrap();
        println!("{name}: {:?}", start.elapsed());
        assert_eq!(
            (receipt.accepted, receipt.n_rejected),
            (n, 0),
            "{:?}",
            receipt.rejected.first()
        );
    }
    let start = tokio::time::Instant::now();
    let folds = world
        .fold_all(&models(&spec, Some(Arc::clone(&reference.grid))))
        .await;
    println!("fold: {:?}, {} runs", start.elapsed(), folds.len());
    let start = tokio::time::Instant::now();
    world
        .engine()
        .write_pending(&models(&spec, None))
        .await
        .unwrap();
    println!("lake: {:?}", start.elapsed());
    let start = tokio::time::Instant::now();
    let again = world
        .engine()
        .profile_again(&spec, &reference.grid)
        .await
        .unwrap();
    println!(
        "profile again: {:?}, {} slices",
        start.elapsed(),
        again.len()
    );
    let start = tokio::time::Instant::now();
    assert_september(&world, &spec).await;
    println!("as known: {:?}", start.elapsed());
    let month = |version: &str, role: PredictionRole, month: i8| {
        let deltas = folds.iter().flat_map(|fold| &fold.performance);
        let profiles = deltas.filter(|delta| {
            delta.key.version == version
                && delta.key.role == role
                && delta.key.segment.is_empty()
                && delta
                    .key
                    .window
                    .start
                    .to_zoned_datetime(jiff::tz::TimeZone::UTC)
                    .month()
                    == month
        });
        merged(profiles.filter_map(|delta| delta.added.as_ref()))
    };
    assert_metrics(
        &month("v1", PredictionRole::Live, 4),
        19_257,
        0.686,
        0.375,
        0.751,
    );
    assert_metrics(
        &month("v1", PredictionRole::Live, 9),
        18_154,
        0.638,
        0.252,
        0.853,
    );
    let shadow = month("v2", PredictionRole::Shadow, 9).metrics();
    assert!((shadow.roc_auc.unwrap() - 0.731).abs() < 6e-4, "{shadow:?}");
    let n_rows: u64 = folds
        .iter()
        .flat_map(|fold| &fold.profiles)
        .filter(|delta| delta.key.segment.is_empty() && delta.key.role == PredictionRole::Live)
        .map(|delta| delta.profile.n_rows)
        .sum();
    assert_eq!(n_rows, 175_404);
}

/// Many clients at once: every row counts once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_at_once_are_counted_exactly() {
    for media_type in [MediaType::Ndjson, MediaType::ArrowStream] {
        send_at_once(media_type).await;
    }
}

async fn send_at_once(media_type: MediaType) {
    let Some(data) = data() else { return };
    let body = std::fs::read(data.join("flights/flights_production.parquet")).unwrap();
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(Bytes::from(body))
            .unwrap()
            .with_batch_size(1_000)
            .build()
            .unwrap();
    let mut bodies = Vec::new();
    for batch in reader.take(60) {
        let batch = batch.unwrap();
        bodies.push(if media_type == MediaType::Ndjson {
            let mut writer = arrow::json::LineDelimitedWriter::new(Vec::new());
            writer.write(&batch).unwrap();
            writer.into_inner()
        } else {
            let schema = batch.schema();
            let mut writer =
                arrow::ipc::writer::StreamWriter::try_new(Vec::new(), &schema).unwrap();
            writer.write(&batch).unwrap();
            writer.into_inner().unwrap()
        });
    }
    let world = Arc::new(World::new());
    let spec = flights();
    let start = tokio::time::Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..8 {
        let (world, spec) = (Arc::clone(&world), Arc::clone(&spec));
        let bodies: Vec<Vec<u8>> = bodies.iter().skip(client).step_by(8).cloned().collect();
        clients.spawn(async move {
            let mut accepted = 0;
            for body in bodies {
                let receipt = world
                    .try_send(&spec, EventKind::Predictions, media_type, body)
                    .await
                    .unwrap();
                assert_eq!(receipt.n_rejected, 0, "{:?}", receipt.rejected.first());
                accepted += receipt.accepted;
            }
            accepted
        });
    }
    let accepted: u64 = clients.join_all().await.into_iter().sum();
    assert_eq!(accepted, 60_000);
    println!(
        "{:.0} rows/s as {}, 8 clients of 1,000",
        60_000.0 / start.elapsed().as_secs_f64(),
        media_type.as_str()
    );
    let folds = world.fold_all(&models(&spec, None)).await;
    assert_eq!(folds.iter().map(|fold| fold.n_rows).sum::<u64>(), 60_000);
}

fn merged<'a>(profiles: impl Iterator<Item = &'a PerformanceProfile>) -> BinaryPerformance {
    let mut total = BinaryPerformance::default();
    for profile in profiles {
        let PerformanceProfile::Binary(profile) = profile else {
            panic!("not binary");
        };
        total.merge(profile).unwrap();
    }
    total
}

/// With all labels known, September is what the fold says; halfway through it is less.
async fn assert_september(world: &World, spec: &Arc<ModelSpec>) {
    let instant = |text: &str| text.parse().unwrap();
    let known = async |date: &str| {
        let query = AsKnown {
            model: Arc::clone(spec),
            version: None,
            range: Window::new(
                instant("2013-09-01T00:00:00Z"),
                instant("2013-10-01T00:00:00Z"),
            )
            .unwrap(),
            granularity: Granularity::Day,
            known_at: instant(date),
        };
        world.engine().performance_as_known(&query).await.unwrap()
    };
    let all = known("2013-12-01T00:00:00Z").await;
    assert_eq!(all.len(), 30);
    assert_metrics(
        &merged(all.iter().map(|day| &day.performance)),
        18_154,
        0.638,
        0.252,
        0.853,
    );
    let half = known("2013-09-15T00:00:00Z").await;
    let n = merged(half.iter().map(|day| &day.performance)).n();
    assert!((8_000..9_000).contains(&n), "{n}");
}

fn assert_metrics(performance: &BinaryPerformance, n: u64, auc: f64, f1: f64, accuracy: f64) {
    let metrics = performance.metrics();
    assert_eq!(metrics.n, n);
    for (found, expected) in [
        (metrics.roc_auc, auc),
        (metrics.f1, f1),
        (metrics.accuracy, accuracy),
    ] {
        assert!(
            (found.unwrap() - expected).abs() < 6e-4,
            "{found:?} {expected}"
        );
    }
}

/// The shadow log without and with a column that says what it is.
fn with_role(body: &[u8]) -> Vec<u8> {
    use arrow::array::{ArrayRef, RecordBatch, StringArray};
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(
        Bytes::from(body.to_vec()),
    )
    .unwrap()
    .with_batch_size(1 << 20)
    .build()
    .unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let batch = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
    let roles: ArrayRef = Arc::new(StringArray::from(vec!["shadow"; batch.num_rows()]));
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .zip(batch.columns().iter().cloned())
        .chain([("role".to_owned(), roles)]);
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut out = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut out, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    out
}
