//! Grids, references, and the end of a model.

use crate::Database;
use crate::retraining::{self, record};
use crate::sample::{
    at, event, everything, fold, grid, hour, incident, key, labelled, message, model, point,
    position, reference, result,
};
use crate::validations::asked;
use sqlx::{AssertSqlSafe, Row as _};
use trimtab_domain::ErrorKind;
use trimtab_domain::alert::AlertState;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::Document;
use trimtab_domain::fold::LabelAge;
use trimtab_domain::intake::Position;
use trimtab_domain::ports::store::AlertCommit;
use trimtab_domain::ports::{
    AlertStore as _, AuditStore as _, DocumentStore as _, ModelStore as _, ProfileStore as _,
    ResultStore as _, ValidationStore as _,
};
use trimtab_domain::retraining::AlertRecordChange;
use trimtab_store::SqlStore;

pub(crate) async fn references_keep_their_profiles_to_the_byte(database: Database) {
    let store = database.open().await;
    let (m, march) = (model("m"), "march".parse().unwrap());
    let grid = grid(1);
    // More windows than fit one statement.
    let stored = reference(&grid, 170);
    let now = at("2026-11-28T10:00:00Z");
    store.put_reference(&m, &march, &stored, now).await.unwrap();
    let found = store.reference(&m, &march).await.unwrap().unwrap();
    assert_eq!(*found.grid, grid);
    assert_eq!(found.total.to_bytes(), stored.total.to_bytes());
    assert_eq!(found.windows.len(), 170);
    for (found, stored) in found.windows.iter().zip(&stored.windows) {
        assert_eq!(found.window, stored.window);
        assert_eq!(found.profile, stored.profile);
        assert_eq!(found.performance, stored.performance);
    }
    assert_eq!(store.grid(&m).await.unwrap().as_deref(), Some(&grid));
    let listed = store.references(&m).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].n_rows, 170 * 20);
    assert_eq!(listed[0].period, stored.period());
    assert_eq!((listed[0].grid_version, listed[0].stored_at), (1, now));
    assert!(
        store
            .reference(&model("other"), &march)
            .await
            .unwrap()
            .is_none()
    );
}

pub(crate) async fn a_reference_replaces_one_of_the_same_name(database: Database) {
    let store = database.open().await;
    let (m, march, april) = (
        model("m"),
        "march".parse().unwrap(),
        "april".parse().unwrap(),
    );
    let early = at("2026-11-28T10:00:00Z");
    let late = at("2026-11-28T11:00:00Z");
    store
        .put_reference(&m, &march, &reference(&grid(1), 9), early)
        .await
        .unwrap();
    store
        .put_reference(&m, &april, &reference(&grid(1), 0), late)
        .await
        .unwrap();
    store
        .put_reference(&m, &march, &reference(&grid(2), 3), late)
        .await
        .unwrap();
    let found = store.reference(&m, &march).await.unwrap().unwrap();
    assert_eq!((found.windows.len(), found.grid.version), (3, 2));
    let names: Vec<String> = store
        .references(&m)
        .await
        .unwrap()
        .iter()
        .map(|info| info.name.to_string())
        .collect();
    assert_eq!(names, ["april", "march"]);
    let april = store.reference(&m, &april).await.unwrap().unwrap();
    assert_eq!(april.grid.version, 1, "an older reference keeps its grid");
    assert_eq!(april.period(), None);
    assert_eq!(store.grid(&m).await.unwrap().unwrap().version, 2);
}

pub(crate) async fn a_grid_never_changes_under_its_version(database: Database) {
    let store = database.open().await;
    let (m, march) = (model("m"), "march".parse().unwrap());
    let now = at("2026-11-28T10:00:00Z");
    store
        .put_reference(&m, &march, &reference(&grid(1), 2), now)
        .await
        .unwrap();
    let mut other = grid(1);
    other.columns.truncate(1);
    let refused = store
        .put_reference(&m, &march, &reference(&other, 0), now)
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
    let found = store.reference(&m, &march).await.unwrap().unwrap();
    assert_eq!(
        found.windows.len(),
        2,
        "the refused reference changed nothing"
    );
}

async fn fill(store: &SqlStore, name: &str, first: u64) {
    let now = at("2026-11-28T10:00:00Z");
    let m = model(name);
    let document: Document = serde_json::from_value(serde_json::json!({
        "kind": "reference", "model": name, "name": "march", "data": {"file": "march.parquet"},
    }))
    .unwrap();
    store
        .put_documents(&[document], "local", now)
        .await
        .unwrap();
    let march = "march".parse().unwrap();
    store
        .put_reference(&m, &march, &reference(&grid(1), 3), now)
        .await
        .unwrap();
    let mut fold = fold(name, &[0, 1], 10, first + 1);
    fold.performance
        .push(labelled(key(name, hour(0)), LabelAge::Day, 3));
    fold.points
        .push(point(name, "metric.revenue", "all", 0, Some(1.5)));
    let from = if first == 0 {
        Position::default()
    } else {
        position(first)
    };
    store.commit_fold("profiler", from, &fold).await.unwrap();
    let number = first + 1;
    let looked = result(u32::try_from(number).unwrap(), name, "drift", hour(0));
    store.save_results(&[looked], &[], &[]).await.unwrap();
    let commit = AlertCommit {
        states: vec![(m.clone(), "rule".parse().unwrap(), AlertState::default())],
        incidents: vec![incident(number, name, "drift")],
        events: vec![(incident(number, name, "drift").id, event("opened", "x"))],
        messages: vec![message(
            u32::try_from(number).unwrap(),
            number,
            "2026-11-28T10:00:00Z",
        )],
        history: vec![record(name, AlertRecordChange::Fired)],
    };
    store.commit_alerts(&commit).await.unwrap();
    retraining::fill(store, name).await;
    crate::ab_tests::fill(store, name).await;
    crate::rollouts::fill(store, name, u32::try_from(number).unwrap()).await;
    let entry =
        AuditEntry::new(now, "local", "document_put", "reference/march", "stored").of_model(m);
    store.audit(&[entry]).await.unwrap();
    let validation = asked(u32::try_from(number).unwrap(), name, "v3");
    store.put_validation(&validation).await.unwrap();
}

/// Tables and how many rows they hold.
async fn row_counts(database: &Database) -> Vec<(String, i64)> {
    let tables = if database.is_postgres() {
        "select table_name::text from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE' order by 1"
    } else {
        "select name from sqlite_master where type = 'table' order by 1"
    };
    let mut counts = Vec::new();
    macro_rules! count {
        ($pool:expr) => {{
            let pool = $pool;
            for row in sqlx::query(tables).fetch_all(&pool).await.unwrap() {
                let table: String = row.get(0);
                let sql = AssertSqlSafe(format!("select count(*) from {table}"));
                let row = sqlx::query(sql).fetch_one(&pool).await.unwrap();
                counts.push((table, row.get(0)));
            }
            pool.close().await;
        }};
    }
    if database.is_postgres() {
        count!(sqlx::PgPool::connect(&database.url).await.unwrap());
    } else {
        count!(sqlx::SqlitePool::connect(&database.url).await.unwrap());
    }
    counts
}

pub(crate) async fn a_deleted_model_leaves_nothing_but_the_audit_log(database: Database) {
    let store = database.open().await;
    let now = at("2026-11-28T10:00:00Z");
    fill(&store, "kept", 0).await;
    let before = row_counts(&database).await;
    fill(&store, "gone", 1).await;
    let between = row_counts(&database).await;
    store.delete_model(&model("gone")).await.unwrap();
    let after = row_counts(&database).await;
    for (((table, before), (_, between)), (_, after)) in before.iter().zip(&between).zip(&after) {
        let is_log = table == "audit_log";
        // Registered models, and what training jobs logged, outlive the monitoring of the name.
        let is_fixed = matches!(
            table.as_str(),
            "audit_head" | "counters" | "consumer_positions" | "schema_migrations" | "tokens"
        ) || [
            "registered_model",
            "model_version",
            "registry_history",
            "tracking_",
            "experiment",
            "run",
            "metric_",
            "logged_model",
            "artifact_",
        ]
        .iter()
        .any(|kept| table.starts_with(kept));
        assert!(
            is_fixed || between > before,
            "{table} holds something of every model"
        );
        let expected = if is_log { between } else { before };
        assert_eq!(after, expected, "{table}");
    }
    // Deleting what is not there is no error, and a new model of that name begins from nothing.
    store.delete_model(&model("gone")).await.unwrap();
    assert!(!store.progress().await.unwrap().contains_key(&model("gone")));
    assert!(
        store
            .profiles(&everything("gone"))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.profiles(&everything("kept")).await.unwrap().len(), 2);
    assert_eq!(
        store.next_incident_number().await.unwrap(),
        3,
        "numbers are not given twice"
    );
    let due = store.due_messages(now, 10).await.unwrap();
    assert_eq!(due.len(), 1);
}
