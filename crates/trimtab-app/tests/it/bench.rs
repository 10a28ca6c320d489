//! An app in a world of memory, with a month of reference behind it.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use std::sync::{Arc, OnceLock};
use trimtab_app::{App, AppSettings, Parts};
use trimtab_domain::documents::Document;
use trimtab_domain::incident::Incident;
use trimtab_domain::intake::{EventKind, IngestMode, MediaType, Receipt};
use trimtab_domain::ports::AlertStore;
use trimtab_domain::ports::store::{IncidentQuery, ResultQuery, ResultStore, StoredResult};
use trimtab_domain::result::MonitorResult;
use trimtab_domain::{ModelName, Result};
use trimtab_testkit::World;
use trimtab_testkit::samples::{self, Day, MODEL};

pub(crate) type Row = Map<String, Value>;

/// Days of the reference.
const REFERENCE_DAYS: u64 = 31;

pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) app: App,
}

pub(crate) fn model() -> ModelName {
    MODEL.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Midnight of a production day: 0 is 1 April 2013.
pub(crate) fn day_start(day: u64) -> Timestamp {
    let seconds = i64::try_from(day).unwrap() * 86_400;
    at("2013-04-01T00:00:00Z")
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap()
}

pub(crate) fn app_of(world: &World) -> App {
    let parts = Parts {
        store: Arc::clone(&world.store) as _,
        intake: Arc::clone(&world.engine) as _,
        log: Arc::clone(&world.engine) as _,
        lake: Arc::clone(&world.engine) as _,
        outcomes: Arc::clone(&world.engine) as _,
        references: Arc::clone(&world.engine) as _,
        models: Arc::clone(&world.models) as _,
        trials: Arc::clone(&world.trials) as _,
        snapshots: Arc::clone(&world.snapshots) as _,
        orchestrator: Arc::clone(&world.orchestrator) as _,
        artifacts: Arc::clone(&world.artifacts) as _,
        notifier: Arc::clone(&world.notifier) as _,
        clock: Arc::clone(&world.clock) as _,
        identity: Arc::clone(&world.identity) as _,
    };
    App::new(parts, AppSettings::new("https://trimtab.example/"))
}

/// The rows of March 2013, with labels.
pub(crate) fn reference_rows() -> Vec<Row> {
    let first = at("2013-03-01T00:00:00Z");
    (0..REFERENCE_DAYS)
        .flat_map(|day| {
            let seconds = i64::try_from(day).unwrap() * 86_400;
            let start = first
                .checked_add(SignedDuration::from_secs(seconds))
                .unwrap();
            samples::day_rows(start, Day::default(), day + 1)
        })
        .collect()
}

/// The same as a body, written once.
fn reference_body() -> Bytes {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    BODY.get_or_init(|| samples::ndjson(&reference_rows()).into())
        .clone()
}

impl Bench {
    /// With documents applied, and no reference yet.
    pub(crate) async fn bare(documents: Vec<Document>) -> Self {
        let world = World::new();
        let app = app_of(&world);
        app.apply_documents(documents, "local").await.unwrap();
        Self { world, app }
    }

    /// With the sample documents and their reference.
    pub(crate) async fn loans() -> Self {
        let bench = Self::bare(samples::loans()).await;
        bench.put_reference().await;
        bench
    }

    pub(crate) async fn put_reference(&self) {
        let stored = self
            .app
            .put_reference_data(
                &model(),
                &"first".parse().unwrap(),
                MediaType::Ndjson,
                reference_body(),
                "local",
            )
            .await
            .unwrap();
        assert_eq!(stored.n_rows, Day::default().n_rows * REFERENCE_DAYS);
    }

    pub(crate) async fn send(&self, kind: EventKind, rows: &[Row]) -> Receipt {
        let receipt = self.try_send(kind, rows).await.unwrap();
        assert_eq!(receipt.n_rejected, 0, "{:?}", receipt.rejected);
        receipt
    }

    pub(crate) async fn try_send(&self, kind: EventKind, rows: &[Row]) -> Result<Receipt> {
        let body = Bytes::from(samples::ndjson(rows));
        self.app
            .ingest(
                &model(),
                kind,
                MediaType::Ndjson,
                body,
                IngestMode::AllOrNothing,
            )
            .await
    }

    /// Sends whole days (with labels known three hours later) and lets the app catch up after
    /// each of them.
    pub(crate) async fn live_through(&self, days: &[Day]) {
        self.live_from(0, days).await;
    }

    pub(crate) async fn live_from(&self, first: u64, days: &[Day]) {
        for (number, day) in (first..).zip(days) {
            let rows = samples::day_rows(day_start(number), *day, 3_000 + number);
            self.send(EventKind::Predictions, &samples::predictions(&rows))
                .await;
            self.send(
                EventKind::Labels,
                &samples::labels(&rows, SignedDuration::from_hours(3)),
            )
            .await;
            self.app.catch_up().await.unwrap();
        }
    }

    /// Says that everything before a day has been sent.
    pub(crate) async fn complete(&self, day: u64) {
        self.app.complete(&model(), day_start(day)).await.unwrap();
        self.app.catch_up().await.unwrap();
    }

    pub(crate) async fn results(&self, monitor: &str) -> Vec<MonitorResult> {
        let stored = self.stored_results(monitor, false).await;
        stored.into_iter().map(|stored| stored.result).collect()
    }

    pub(crate) async fn stored_results(
        &self,
        monitor: &str,
        with_superseded: bool,
    ) -> Vec<StoredResult> {
        self.world
            .store
            .results(&ResultQuery {
                model: model(),
                monitor: Some(monitor.parse().unwrap()),
                range: None,
                with_superseded,
                limit: None,
            })
            .await
            .unwrap()
    }

    /// One letter a window: `.` ok, `D`rift, `B`reach, `-` not enough data, `!` failed.
    pub(crate) async fn story(&self, monitor: &str) -> String {
        use trimtab_domain::result::Decision;
        self.results(monitor)
            .await
            .iter()
            .map(|result| match result.decision {
                Decision::Ok => '.',
                Decision::Drift => 'D',
                Decision::Breach => 'B',
                Decision::NotEnoughData => '-',
                Decision::Failed => '!',
            })
            .collect()
    }

    /// All incidents, oldest first.
    pub(crate) async fn incidents(&self) -> Vec<Incident> {
        let mut incidents = self
            .world
            .store
            .incidents(&IncidentQuery::default())
            .await
            .unwrap();
        incidents.reverse();
        incidents
    }
}

/// The same day so many times.
pub(crate) fn days(n: usize, day: Day) -> Vec<Day> {
    vec![day; n]
}
