//! The life of a database, who may use it, and what others see of it.

use crate::Database;
use crate::sample::{
    at, everything, fold, grid, hour, incident, model, position, reference, result,
};
use sqlx::Row as _;
use std::collections::BTreeMap;
use trimtab_domain::audit::AuditHead;
use trimtab_domain::documents::PerformanceMetric;
use trimtab_domain::intake::Position;
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::ports::store::{
    AlertCommit, IncidentCounts, IncidentQuery, ResultQuery, SignalQuery, Token,
};
use trimtab_domain::ports::{
    AlertStore as _, AuditStore as _, ModelStore as _, ProfileStore as _, ResultStore as _, Store,
    TokenStore as _,
};
use trimtab_domain::result::{Decision, MonitorResult, PerformanceDetail, ResultDetail, Severity};
use trimtab_domain::{ErrorKind, IncidentId, TokenId};
use trimtab_store::SqlStore;

#[expect(clippy::too_many_lines, reason = "one list of every question there is")]
pub(crate) async fn an_empty_database_answers_everything_with_nothing(database: Database) {
    let store = database.open().await;
    let store: &dyn Store = &store;
    let (m, name) = (model("m"), "x".parse().unwrap());
    store.ping().await.unwrap();
    assert!(store.documents(None, None).await.unwrap().is_empty());
    assert!(store.progress().await.unwrap().is_empty());
    assert!(store.versions(&m).await.unwrap().is_empty());
    assert!(store.grid(&m).await.unwrap().is_none());
    assert!(store.reference(&m, &name).await.unwrap().is_none());
    assert!(store.references(&m).await.unwrap().is_empty());
    assert_eq!(
        store.position("profiler").await.unwrap(),
        Position::default()
    );
    assert!(store.profiles(&everything("m")).await.unwrap().is_empty());
    assert!(store.volumes(&everything("m")).await.unwrap().is_empty());
    assert!(
        store
            .performance(&everything("m"))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.touched_windows(&m).await.unwrap().is_empty());
    assert_eq!(store.unmatched_labels(&m).await.unwrap(), 0);
    let query = ResultQuery {
        model: m.clone(),
        monitor: None,
        range: None,
        with_superseded: true,
        limit: Some(5),
    };
    assert!(store.results(&query).await.unwrap().is_empty());
    for newest_only in [false, true] {
        let query = SignalQuery {
            newest_only,
            ..SignalQuery::default()
        };
        assert!(store.signals(&query).await.unwrap().is_empty());
    }
    assert!(store.alert_states(&m).await.unwrap().is_empty());
    assert_eq!(store.next_incident_number().await.unwrap(), 1);
    assert!(
        store
            .incidents(&IncidentQuery::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store.incident_counts(None).await.unwrap(),
        IncidentCounts::default()
    );
    let nobody = IncidentId::from_suffix(1);
    assert!(store.incident(&nobody).await.unwrap().is_none());
    assert!(store.incident_events(&nobody).await.unwrap().is_empty());
    assert!(store.incident_messages(&nobody).await.unwrap().is_empty());
    assert!(
        store
            .due_messages(at("2026-11-28T10:00:00Z"), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.next_message_at().await.unwrap(), None);
    assert!(store.tokens().await.unwrap().is_empty());
    let newest = AuditQuery::newest(9);
    assert!(store.audit_entries(&newest).await.unwrap().is_empty());
    assert!(store.audit_chain(0, 9).await.unwrap().is_empty());
    assert_eq!(store.audit_head().await.unwrap(), AuditHead::EMPTY);
    store.delete_model(&m).await.unwrap();
    store.save_results(&[], &[], &[]).await.unwrap();
    store.commit_alerts(&AlertCommit::default()).await.unwrap();
    store.audit(&[]).await.unwrap();
    store.replace_profiles(&m, &[]).await.unwrap();
}

pub(crate) async fn what_was_stored_is_there_after_a_restart(database: Database) {
    let now = at("2026-11-28T10:00:00Z");
    let (m, march) = (model("m"), "march".parse().unwrap());
    let first = database.open().await;
    first
        .put_reference(&m, &march, &reference(&grid(1), 3), now)
        .await
        .unwrap();
    first
        .commit_fold("profiler", Position::default(), &fold("m", &[0, 1], 10, 1))
        .await
        .unwrap();
    let before = first.profiles(&everything("m")).await.unwrap();
    first.close().await;
    let gone = first.ping().await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Unavailable);

    let second = database.open().await;
    assert_eq!(second.position("profiler").await.unwrap(), position(1));
    let after = second.profiles(&everything("m")).await.unwrap();
    assert_eq!(after.len(), 2);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before.key, &before.profile), (&after.key, &after.profile));
    }
    second
        .commit_fold("profiler", position(1), &fold("m", &[1, 2], 10, 2))
        .await
        .unwrap();
    assert_eq!(second.volumes(&everything("m")).await.unwrap().len(), 3);
}

pub(crate) async fn several_servers_may_open_an_empty_database_at_once(database: Database) {
    let opened = futures::future::join_all((0..4).map(|_| SqlStore::open(&database.url))).await;
    let mut from = Position::default();
    for (store, next) in opened.into_iter().zip(1..) {
        let fold = fold("m", &[0], 10, next);
        store
            .unwrap()
            .commit_fold("profiler", from, &fold)
            .await
            .unwrap();
        from = fold.next;
    }
}

async fn execute(database: &Database, sql: &'static str) {
    if database.is_postgres() {
        let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    } else {
        let pool = sqlx::SqlitePool::connect(&database.url).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

pub(crate) async fn a_database_of_a_newer_program_is_refused(database: Database) {
    database.open().await.close().await;
    execute(
        &database,
        "insert into schema_migrations (version, name, checksum) values (9999, 'later', 'x')",
    )
    .await;
    let error = SqlStore::open(&database.url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("newer"), "{error}");
}

pub(crate) async fn a_database_of_other_migrations_is_refused(database: Database) {
    database.open().await.close().await;
    execute(
        &database,
        "update schema_migrations set checksum = 'x' where version = 2",
    )
    .await;
    let error = SqlStore::open(&database.url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("0002_models"), "{error}");
}

pub(crate) async fn tokens_are_kept_and_revoked_once(database: Database) {
    let store = database.open().await;
    let token = |n: u32, made: &str| Token {
        id: TokenId::from_suffix(n),
        name: format!("ci {n}"),
        person: (n == 1).then(|| "ann".to_owned()),
        permissions: vec!["read".to_owned(), "ingest".to_owned()],
        hash: "ab".repeat(32),
        created_at: at(made),
        expires_at: (n == 2).then(|| at("2027-01-01T00:00:00Z")),
        revoked_at: None,
    };
    let (young, old) = (
        token(1, "2026-11-28T11:00:00Z"),
        token(2, "2026-11-28T10:00:00Z"),
    );
    store.put_token(&young).await.unwrap();
    store.put_token(&old).await.unwrap();
    assert_eq!(
        store.put_token(&old).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    assert_eq!(store.token(&old.id).await.unwrap().as_ref(), Some(&old));
    assert_eq!(store.tokens().await.unwrap(), [old.clone(), young]);
    let first = at("2026-11-28T12:00:00Z");
    assert!(store.revoke_token(&old.id, first).await.unwrap());
    assert!(
        store
            .revoke_token(&old.id, at("2026-11-28T13:00:00Z"))
            .await
            .unwrap()
    );
    let found = store.token(&old.id).await.unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(first), "the first revocation counts");
    let nobody = TokenId::from_suffix(9);
    assert!(!store.revoke_token(&nobody, first).await.unwrap());
    assert_eq!(store.token(&nobody).await.unwrap(), None);
}

fn judged_performance() -> MonitorResult {
    let metrics = [("roc_auc", Some(0.71)), ("f1", None)];
    MonitorResult {
        monitor_kind: "performance".to_owned(),
        decision: Decision::Breach,
        detail: ResultDetail::Performance(PerformanceDetail {
            metric: PerformanceMetric::RocAuc,
            n_predictions: 100,
            n_labelled: 80,
            maturity: Some(0.8),
            usual_maturity: None,
            metrics: BTreeMap::from(metrics.map(|(name, value)| (name.to_owned(), value))),
            reference_mean: Some(0.75),
            reference_sd: None,
            n_reference_windows: 31,
            judgements: Vec::new(),
        }),
        ..result(9, "m", "quality", hour(1))
    }
}

#[expect(clippy::too_many_lines, reason = "one check of three views, twice")]
pub(crate) async fn the_public_views_show_the_newest_looks(database: Database) {
    let store = database.open().await;
    let again = MonitorResult {
        revision: 2,
        ..result(2, "m", "drift", hour(0))
    };
    store
        .save_results(&[result(1, "m", "drift", hour(0))], &[], &[])
        .await
        .unwrap();
    store
        .save_results(&[again, judged_performance()], &[], &[])
        .await
        .unwrap();
    let mut medium = incident(4, "m", "drift");
    medium.severity = Severity::Medium;
    let commit = AlertCommit {
        incidents: vec![medium],
        ..AlertCommit::default()
    };
    store.commit_alerts(&commit).await.unwrap();

    macro_rules! rows {
        ($pool:expr, $sql:literal) => {{
            let rows = sqlx::query($sql).fetch_all(&$pool).await.unwrap();
            rows.iter()
                .map(|row| {
                    (0..row.len())
                        .map(|i| row.get::<Option<String>, _>(i).unwrap_or("-".to_owned()))
                        .collect::<Vec<_>>()
                        .join(" | ")
                })
                .collect::<Vec<_>>()
        }};
    }
    macro_rules! check {
        ($pool:expr, $time:literal) => {{
            let pool = $pool;
            assert_eq!(
                rows!(pool, "select column_name, decision, severity, cast(effect as text), cast(psi as text), cast(revision as text) from ml_drift_history order by column_name desc"),
                ["temp | drift | warning | 0.31 | 0.21 | 2", "humid | ok | - | 0.31 | 0.21 | 2"]
            );
            assert_eq!(
                rows!(pool, "select metric, cast(value as text), decision, cast(n_labelled as text), cast(maturity as text) from ml_performance_metrics order by metric"),
                ["f1 | - | breach | 80 | 0.8", "roc_auc | 0.71 | breach | 80 | 0.8"]
            );
            assert_eq!(
                rows!(pool, "select metric from ml_performance_metrics where is_judged"),
                ["roc_auc"]
            );
            assert_eq!(
                rows!(pool, "select alert_id, severity, state, columns, cast(resolved_at as text) from ml_monitoring_alerts"),
                ["inc_4 | warning | open | temp, humid | -"]
            );
            let starts = rows!(pool, "select distinct cast(window_start as text) from ml_drift_history");
            assert_eq!(starts, [$time]);
            pool.close().await;
        }};
    }
    if database.is_postgres() {
        let options: sqlx::postgres::PgConnectOptions = database.url.parse().unwrap();
        let options = options.options([("TimeZone", "UTC")]);
        check!(
            sqlx::PgPool::connect_with(options).await.unwrap(),
            "2013-04-01 00:00:00+00"
        );
    } else {
        check!(
            sqlx::SqlitePool::connect(&database.url).await.unwrap(),
            "2013-04-01T00:00:00Z"
        );
    }
}

pub(crate) async fn tables_and_columns_carry_comments(database: Database) {
    database.open().await.close().await;
    if !database.is_postgres() {
        return;
    }
    let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
    let rows = sqlx::query(
        "select c.relname::text || coalesce('.' || a.attname::text, '')
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where c.relkind = 'r' and c.relname <> 'schema_migrations'
           and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let bare: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(bare, Vec::<String>::new());
    let views = sqlx::query("select obj_description('ml_drift_history'::regclass)")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(views.get::<Option<String>, _>(0).is_some());
    pool.close().await;
}
