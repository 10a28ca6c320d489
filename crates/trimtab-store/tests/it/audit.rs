//! The audit log: append only, and one chain whoever writes.

use crate::Database;
use crate::sample::at;
use serde_json::json;
use trimtab_domain::audit::{AuditEntry, AuditHead, ChainReport, Verifier};
use trimtab_domain::ports::AuditStore as _;
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_store::SqlStore;

fn entry(n: usize) -> AuditEntry {
    // Clocks jump; the order of entry is what counts.
    let when = if n.is_multiple_of(2) {
        "2026-11-28T10:00:00.000001Z"
    } else {
        "2026-11-28T09:00:00Z"
    };
    let mut entry = AuditEntry::new(
        at(when),
        "local",
        if n.is_multiple_of(5) {
            "document_deleted"
        } else {
            "document_put"
        },
        format!("monitor/{n}"),
        "it's done",
    )
    .with_change(
        (n > 3).then(|| json!({"version": n - 1, "share": 0.1})),
        Some(json!({"version": n, "share": 1e-7, "list": [null, "é"]})),
    );
    if n.is_multiple_of(3) {
        entry = entry
            .of_model("any name, as MLflow allows")
            .because("because");
    }
    entry
}

fn entries(n: std::ops::Range<usize>) -> Vec<AuditEntry> {
    n.map(entry).collect()
}

async fn verify(store: &SqlStore) -> ChainReport {
    let mut verifier = Verifier::new();
    let mut seen = 0;
    loop {
        let page = store.audit_chain(seen, 40).await.unwrap();
        let Some(last) = page.last() else { break };
        seen = last.number;
        for entry in &page {
            verifier.take(entry);
        }
    }
    verifier.finish(store.audit_head().await.unwrap())
}

pub(crate) async fn the_audit_log_only_grows(database: Database) {
    let store = database.open().await;
    store.audit(&entries(0..149)).await.unwrap();
    store.audit(&entries(149..150)).await.unwrap();
    let newest = store.audit_entries(&AuditQuery::newest(3)).await.unwrap();
    let found: Vec<_> = newest.iter().map(|one| one.entry.clone()).collect();
    assert_eq!(found, [entry(149), entry(148), entry(147)]);
    assert_eq!(newest[0].number, 150);
    let report = verify(&store).await;
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.head, store.audit_head().await.unwrap());
    store.close().await;
    for tampering in [
        "update audit_log set actor = 'mallory' where number = 7",
        "delete from audit_log where number = 7",
    ] {
        let refusal = run(&database, tampering).await.unwrap_err().to_string();
        assert!(refusal.contains("append-only"), "{refusal}");
    }
}

/// Runs statements behind the store's back.
async fn run(database: &Database, sql: &'static str) -> Result<(), sqlx::Error> {
    if database.is_postgres() {
        let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
        let done = sqlx::raw_sql(sql).execute(&pool).await;
        pool.close().await;
        done.map(drop)
    } else {
        let pool = sqlx::SqlitePool::connect(&database.url).await.unwrap();
        let done = sqlx::raw_sql(sql).execute(&pool).await;
        pool.close().await;
        done.map(drop)
    }
}

pub(crate) async fn entries_are_found_by_what_they_say(database: Database) {
    let store = database.open().await;
    store.audit(&entries(0..40)).await.unwrap();
    store
        .audit(&[AuditEntry::new(
            at("2026-11-29T00:00:00Z"),
            "system",
            "incident_opened",
            "inc_1",
            "#1",
        )])
        .await
        .unwrap();
    let all = store.audit_chain(0, 1_000).await.unwrap();
    assert_eq!(all.len(), 41);
    let none = AuditQuery::default;
    let queries = [
        none(),
        AuditQuery::newest(5),
        none().of_model("any name, as MLflow allows"),
        AuditQuery {
            actor: Some("system".to_owned()),
            ..none()
        },
        AuditQuery {
            actions: vec!["document_deleted".to_owned(), "incident_opened".to_owned()],
            from: Some(at("2026-11-28T10:00:00Z")),
            until: Some(at("2026-11-30T00:00:00Z")),
            below_number: Some(41),
            limit: Some(3),
            ..none()
        },
        AuditQuery {
            object: Some("monitor/7".to_owned()),
            actor: Some("local".to_owned()),
            ..none()
        },
    ];
    for query in queries {
        let limit = usize::try_from(query.limit.unwrap_or(1_000)).unwrap();
        let expected: Vec<_> = all
            .iter()
            .rev()
            .filter(|entry| query.wants(entry))
            .take(limit)
            .cloned()
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(
            store.audit_entries(&query).await.unwrap(),
            expected,
            "{query:?}"
        );
    }
}

pub(crate) async fn two_writers_never_fork_the_chain(database: Database) {
    // Two servers, several requests each.
    let (one, other) = (database.open().await, database.open().await);
    let writers = (0..8).map(|writer| {
        let store = if writer % 2 == 0 { &one } else { &other };
        async move {
            for n in 0..10 {
                let from = writer * 100 + n * 3;
                store.audit(&entries(from..from + 3)).await.unwrap();
            }
        }
    });
    futures::future::join_all(writers).await;
    let report = verify(&one).await;
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.head.number, 240);
}

pub(crate) async fn what_was_tampered_with_is_found(database: Database) {
    let store = database.open().await;
    store.audit(&entries(0..20)).await.unwrap();
    let unlock = if database.is_postgres() {
        "drop trigger audit_log_append_only on audit_log"
    } else {
        "drop trigger audit_log_not_updated; drop trigger audit_log_not_deleted"
    };
    run(&database, unlock).await.unwrap();
    run(
        &database,
        "update audit_log set after_json = '{\"version\":2}' where number = 9",
    )
    .await
    .unwrap();
    let broken = verify(&store).await.broken.unwrap();
    assert_eq!(broken.number, 9, "{}", broken.reason);
    run(&database, "delete from audit_log where number = 5")
        .await
        .unwrap();
    let broken = verify(&store).await.broken.unwrap();
    assert_eq!(broken.number, 5, "{}", broken.reason);
    // A tail that is cut off is missed by the head.
    run(&database, "delete from audit_log where number > 4")
        .await
        .unwrap();
    let broken = verify(&store).await.broken.unwrap();
    assert_eq!(broken.number, 5, "{}", broken.reason);
    assert!(broken.reason.contains("20"), "{}", broken.reason);
}

pub(crate) async fn a_log_of_an_older_program_is_taken_over(database: Database) {
    database.open().await.close().await;
    let back = if database.is_postgres() {
        "drop table audit_log; drop table audit_head; drop function audit_log_is_append_only();
         create table audit_log (
             sequence bigint generated always as identity primary key, at bigint not null,
             actor text not null, action text not null, model text, object text not null,
             text text not null);
         create index audit_log_by_model on audit_log (model, sequence);
         delete from schema_migrations where version = 15;
         insert into audit_log (at, actor, action, model, object, text)
         select 1000000 + n, 'local', 'document_put', 'm', 'rule/' || n, 'done'
         from generate_series(1, 2500) as n;"
    } else {
        "drop table audit_log; drop table audit_head;
         create table audit_log (
             sequence integer primary key, at bigint not null,
             actor text not null, action text not null, model text, object text not null,
             text text not null);
         create index audit_log_by_model on audit_log (model, sequence);
         delete from schema_migrations where version = 15;
         with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 2500)
         insert into audit_log (at, actor, action, model, object, text)
         select 1000000 + n, 'local', 'document_put', 'm', 'rule/' || n, 'done' from numbers;"
    };
    run(&database, back).await.unwrap();
    let store = database.open().await;
    let report = verify(&store).await;
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.head.number, 2_500);
    let oldest = store.audit_chain(0, 1).await.unwrap();
    assert_eq!(oldest[0].entry.object, "rule/1");
    assert_ne!(report.head, AuditHead::EMPTY);
    store.audit(&entries(0..3)).await.unwrap();
    assert!(verify(&store).await.is_intact());
}
