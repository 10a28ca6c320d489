//! Retraining runs, how far policies have looked, and what happened to alerts.

use crate::Database;
use crate::sample::{at, hour, model};
use serde_json::json;
use trimtab_domain::audit::AuditEntry;
use trimtab_domain::documents::RetrainingPolicySpec;
use trimtab_domain::ports::audit::AuditQuery;
use trimtab_domain::ports::retraining::{
    PolicyCommit, PolicyState, RetrainingEntry, RetrainingQuery,
};
use trimtab_domain::ports::store::AlertCommit;
use trimtab_domain::ports::{AlertStore as _, AuditStore as _, RetrainingStore as _};
use trimtab_domain::result::Severity;
use trimtab_domain::retraining::{
    AlertRecord, AlertRecordChange, Cause, Decision, Outcome, Priority, RetrainingRun, RunRequest,
    RunState,
};
use trimtab_domain::{AlertId, ErrorKind, RetrainingId};
use trimtab_store::SqlStore;

const NOW: &str = "2026-11-28T10:00:00Z";

pub(crate) fn run(name: &str, number: u32, key: &str) -> RetrainingRun {
    let policy: RetrainingPolicySpec = serde_json::from_value(json!({
        "model": name, "name": "usual", "job": {"orchestrator": "process", "job": "train"}
    }))
    .unwrap();
    let request = RunRequest {
        id: RetrainingId::from_suffix(format!("{name}{number}")),
        cause: Cause {
            key: key.to_owned(),
            trigger: None,
            text: "because".to_owned(),
        },
        priority: Priority::Normal,
        requested_by: "local".to_owned(),
        requester: None,
        now: at(NOW),
        event_at: at("2013-04-02T00:00:00Z"),
        period: hour(0),
        is_suggestion: false,
    };
    RetrainingRun::requested(&policy, 1, request)
}

fn entry(run: &RetrainingRun, text: &str) -> RetrainingEntry {
    RetrainingEntry {
        at: at(NOW),
        state: run.state,
        actor: "system".to_owned(),
        text: text.to_owned(),
    }
}

fn decision(run: Option<&RetrainingRun>, when: &str) -> Decision {
    Decision {
        at: at(when),
        outcome: if run.is_some() {
            Outcome::Fires
        } else {
            Outcome::Quiet
        },
        cause: run.map(|run| run.cause.clone()),
        priority: Priority::Normal,
        triggers: Vec::new(),
        guards: Vec::new(),
    }
}

fn look(
    name: &str,
    before: Option<&str>,
    until: &str,
    run: Option<&RetrainingRun>,
) -> PolicyCommit {
    let decided = decision(run, until);
    PolicyCommit {
        model: model(name),
        policy: "usual".parse().unwrap(),
        looked_before: before.map(at),
        looked_until: at(until),
        decision: Some(decided.clone()),
        decisions: vec![decided],
        run: run.map(|run| (run.clone(), entry(run, "it fired"))),
        audit: vec![AuditEntry::new(
            at(NOW),
            "system",
            "looked",
            "usual",
            "it looked",
        )],
        now: at(NOW),
    }
}

pub(crate) fn record(name: &str, change: AlertRecordChange) -> AlertRecord {
    AlertRecord {
        model: model(name),
        rule: "rule".parse().unwrap(),
        alert: AlertId::from_suffix("1"),
        subject: "drift".to_owned(),
        kind: "data_drift".to_owned(),
        at: at("2013-04-01T02:00:00Z"),
        since: at("2013-04-01T00:00:00Z"),
        change,
        severity: Severity::High,
        columns: vec!["temp".to_owned()],
    }
}

/// One of everything of a model.
pub(crate) async fn fill(store: &SqlStore, name: &str) {
    let begun = run(name, 1, "manual:1");
    let mut commit = look(name, None, "2013-04-02T00:00:00Z", Some(&begun));
    if let Some((run, _)) = &mut commit.run {
        run.event_at = at("2013-04-02T00:00:00Z");
    }
    store.commit_policy(&commit).await.unwrap();
}

pub(crate) async fn a_cause_has_one_run_for_ever(database: Database) {
    let store = database.open().await;
    let first = run("m", 1, "manual:1");
    store
        .insert_retraining(&first, &entry(&first, "asked"), &[])
        .await
        .unwrap();
    let again = run("m", 2, "manual:1");
    let error = store
        .insert_retraining(&again, &entry(&again, "asked"), &[])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    // The same cause of another model is another cause.
    let other = run("n", 3, "manual:1");
    store
        .insert_retraining(&other, &entry(&other, "asked"), &[])
        .await
        .unwrap();
    let error = store
        .commit_policy(&look("m", None, "2013-04-02T00:00:00Z", Some(&again)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let untouched = store
        .policy_state(&model("m"), &"usual".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(untouched, None, "a look that failed leaves nothing");
    let audit = store.audit_entries(&AuditQuery::newest(9)).await.unwrap();
    assert!(audit.is_empty(), "not even in the log");
    assert!(
        store
            .policy_decisions(&model("m"), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.retraining(&first.id).await.unwrap(), Some(first));
    assert_eq!(store.retraining(&again.id).await.unwrap(), None);
}

pub(crate) async fn of_two_steps_of_a_run_one_wins(database: Database) {
    let store = database.open().await;
    let first = run("m", 1, "a");
    store
        .insert_retraining(&first, &entry(&first, "asked"), &[])
        .await
        .unwrap();
    let mut ours = first.clone();
    ours.state = RunState::Snapshot;
    let ours = store
        .update_retraining(&ours, &[entry(&ours, "it begins")], &[])
        .await
        .unwrap();
    assert_eq!(ours.revision, 1);
    let mut theirs = first.clone();
    theirs.state = RunState::Cancelled;
    theirs.ended_at = Some(at(NOW));
    let error = store
        .update_retraining(&theirs, &[entry(&theirs, "stopped")], &[])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let timeline = store.retraining_entries(&first.id).await.unwrap();
    let texts: Vec<&str> = timeline.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["asked", "it begins"]);
    theirs.revision = 1;
    store.update_retraining(&theirs, &[], &[]).await.unwrap();

    let second = run("m", 2, "b");
    let third = run("n", 3, "c");
    for run in [&second, &third] {
        store
            .insert_retraining(run, &entry(run, "asked"), &[])
            .await
            .unwrap();
    }
    let ids = async |query: RetrainingQuery| -> Vec<RetrainingId> {
        let runs = store.retrainings(&query).await.unwrap();
        runs.into_iter().map(|run| run.id).collect()
    };
    let (one, two, three) = (first.id, second.id, third.id);
    assert_eq!(
        ids(RetrainingQuery::default()).await,
        [three.clone(), two.clone(), one.clone()]
    );
    let open = RetrainingQuery {
        open_only: true,
        ..RetrainingQuery::default()
    };
    assert_eq!(ids(open).await, [three.clone(), two.clone()]);
    let of_model = RetrainingQuery {
        model: Some(model("m")),
        limit: Some(1),
        ..RetrainingQuery::default()
    };
    assert_eq!(ids(of_model).await, std::slice::from_ref(&two));
    let older = RetrainingQuery {
        before: Some(two),
        ..RetrainingQuery::default()
    };
    assert_eq!(ids(older).await, [one]);
}

pub(crate) async fn of_two_looks_of_a_policy_one_wins(database: Database) {
    let store = database.open().await;
    let begun = run("m", 1, "manual:1");
    let mut begun = begun;
    begun.event_at = at("2013-04-03T00:00:00Z");
    store
        .commit_policy(&look("m", None, "2013-04-02T00:00:00Z", None))
        .await
        .unwrap();
    for before in [None, Some("2013-04-01T00:00:00Z")] {
        let late = look("m", before, "2013-04-03T00:00:00Z", Some(&begun));
        let error = store.commit_policy(&late).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    assert_eq!(store.retraining(&begun.id).await.unwrap(), None);
    let next = look(
        "m",
        Some("2013-04-02T00:00:00Z"),
        "2013-04-03T00:00:00Z",
        Some(&begun),
    );
    store.commit_policy(&next).await.unwrap();
    let state = store
        .policy_state(&model("m"), &"usual".parse().unwrap())
        .await
        .unwrap();
    let expected = PolicyState {
        looked_until: at("2013-04-03T00:00:00Z"),
        decision: next.decision.clone(),
    };
    assert_eq!(state, Some(expected));
    let decisions = store.policy_decisions(&model("m"), 9).await.unwrap();
    let runs: Vec<_> = decisions.iter().map(|one| one.run.clone()).collect();
    assert_eq!(runs, [Some(begun.id.clone()), None], "newest first");
    assert_eq!(store.retraining(&begun.id).await.unwrap(), Some(begun));
}

pub(crate) async fn what_happened_to_alerts_is_kept_in_order(database: Database) {
    let store = database.open().await;
    let fired = record("m", AlertRecordChange::Fired);
    let resolved = record("m", AlertRecordChange::Resolved);
    for one in [&fired, &record("n", AlertRecordChange::Fired), &resolved] {
        let commit = AlertCommit {
            history: vec![one.clone()],
            ..AlertCommit::default()
        };
        store.commit_alerts(&commit).await.unwrap();
    }
    assert_eq!(
        store.alert_history(&model("m")).await.unwrap(),
        [fired, resolved]
    );
}
