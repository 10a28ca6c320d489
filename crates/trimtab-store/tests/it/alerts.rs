//! Alert states, incidents and the outbox.

use crate::Database;
use crate::sample::{at, event, incident, message, model};
use trimtab_domain::ErrorKind;
use trimtab_domain::alert::{AlertState, Phase};
use trimtab_domain::incident::{Incident, IncidentState};
use trimtab_domain::outbox::MessageState;
use trimtab_domain::ports::AlertStore as _;
use trimtab_domain::ports::store::{AlertCommit, IncidentCounts, IncidentQuery};
use trimtab_domain::result::Severity;

fn state(n_windows: u32) -> AlertState {
    AlertState {
        phase: Phase::Pending {
            since: at("2013-06-01T00:00:00Z"),
            n_windows,
        },
        seen_until: Some(at("2013-06-02T00:00:00Z")),
    }
}

pub(crate) async fn a_step_of_alerting_is_stored_whole(database: Database) {
    let store = database.open().await;
    let (m, rule) = (model("m"), "temp".parse().unwrap());
    assert_eq!(store.next_incident_number().await.unwrap(), 1);
    let opened = incident(1, "m", "drift");
    let commit = AlertCommit {
        states: vec![
            (m.clone(), rule, state(1)),
            (m.clone(), "b".parse().unwrap(), state(2)),
        ],
        incidents: vec![opened.clone()],
        events: vec![
            (opened.id.clone(), event("opened", "first")),
            (opened.id.clone(), event("alert_fired", "second")),
        ],
        messages: vec![message(1, 1, "2026-11-28T10:00:00Z")],
        history: Vec::new(),
    };
    store.commit_alerts(&commit).await.unwrap();
    let states = store.alert_states(&m).await.unwrap();
    assert_eq!(states.len(), 2);
    assert_eq!(states[&"temp".parse().unwrap()], state(1));
    assert!(store.alert_states(&model("n")).await.unwrap().is_empty());
    assert_eq!(
        store.incident(&opened.id).await.unwrap().as_ref(),
        Some(&opened)
    );
    assert_eq!(
        store.open_incident(&m, "drift").await.unwrap().as_ref(),
        Some(&opened)
    );
    assert_eq!(store.open_incident(&m, "other").await.unwrap(), None);
    assert_eq!(store.next_incident_number().await.unwrap(), 2);
    let timeline = store.incident_events(&opened.id).await.unwrap();
    assert_eq!(
        timeline,
        [event("opened", "first"), event("alert_fired", "second")]
    );
    assert_eq!(
        store.incident_messages(&opened.id).await.unwrap(),
        commit.messages
    );

    let resolved = Incident {
        state: IncidentState::Resolved,
        resolved_at: Some(at("2013-06-09T00:00:00Z")),
        severity: Severity::Critical,
        acknowledged_by: Some("ann".to_owned()),
        ..opened
    };
    let mut later = event("resolved", "third");
    later.actor = Some("ann".to_owned());
    let commit = AlertCommit {
        states: vec![(m.clone(), "temp".parse().unwrap(), AlertState::default())],
        incidents: vec![resolved.clone()],
        events: vec![(resolved.id.clone(), later.clone())],
        ..AlertCommit::default()
    };
    store.commit_alerts(&commit).await.unwrap();
    let states = store.alert_states(&m).await.unwrap();
    assert_eq!(states[&"temp".parse().unwrap()], AlertState::default());
    assert_eq!(
        store.incident(&resolved.id).await.unwrap().as_ref(),
        Some(&resolved)
    );
    assert_eq!(store.open_incident(&m, "drift").await.unwrap(), None);
    assert_eq!(store.incident_events(&resolved.id).await.unwrap()[2], later);
}

pub(crate) async fn a_step_that_fails_leaves_no_trace(database: Database) {
    let store = database.open().await;
    let m = model("m");
    let step = |n: u64| AlertCommit {
        states: vec![(
            m.clone(),
            "r".parse().unwrap(),
            state(u32::try_from(n).unwrap()),
        )],
        incidents: vec![incident(n, "m", &format!("monitor{n}"))],
        events: vec![(incident(n, "m", "").id, event("opened", "x"))],
        messages: vec![message(1, n, "2026-11-28T10:00:00Z")],
        history: Vec::new(),
    };
    store.commit_alerts(&step(1)).await.unwrap();
    let error = store.commit_alerts(&step(2)).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Conflict,
        "the message was there already"
    );
    assert_eq!(
        store.alert_states(&m).await.unwrap()[&"r".parse().unwrap()],
        state(1)
    );
    assert_eq!(
        store.incident(&incident(2, "m", "").id).await.unwrap(),
        None
    );
    assert_eq!(store.next_incident_number().await.unwrap(), 2);
    let orphan = AlertCommit {
        messages: vec![message(9, 9, "2026-11-28T10:00:00Z")],
        ..AlertCommit::default()
    };
    let error = store.commit_alerts(&orphan).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Conflict,
        "no message without its incident"
    );
}

pub(crate) async fn a_monitor_has_one_unresolved_incident(database: Database) {
    let store = database.open().await;
    let commit = |incidents: Vec<Incident>| AlertCommit {
        incidents,
        ..AlertCommit::default()
    };
    let first = incident(1, "m", "drift");
    store
        .commit_alerts(&commit(vec![first.clone()]))
        .await
        .unwrap();
    let second = incident(2, "m", "drift");
    let error = store
        .commit_alerts(&commit(vec![second.clone()]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    // The end of one and the beginning of the next in one step, in either order.
    let over = Incident {
        state: IncidentState::Resolved,
        ..first
    };
    store
        .commit_alerts(&commit(vec![second.clone(), over]))
        .await
        .unwrap();
    let found = store.open_incident(&model("m"), "drift").await.unwrap();
    assert_eq!(found, Some(second));
    store
        .commit_alerts(&commit(vec![incident(3, "n", "drift")]))
        .await
        .unwrap();
}

pub(crate) async fn incident_numbers_are_never_given_twice(database: Database) {
    let store = database.open().await;
    let commit = |incidents: Vec<Incident>| AlertCommit {
        incidents,
        ..AlertCommit::default()
    };
    let both = vec![incident(7, "m", "a"), incident(5, "m", "b")];
    store.commit_alerts(&commit(both)).await.unwrap();
    assert_eq!(store.next_incident_number().await.unwrap(), 8);
    let mut thief = incident(9, "m", "c");
    thief.number = 7;
    let error = store.commit_alerts(&commit(vec![thief])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

pub(crate) async fn incidents_are_listed_newest_first(database: Database) {
    let store = database.open().await;
    let states = [
        IncidentState::Open,
        IncidentState::Acknowledged,
        IncidentState::Resolved,
    ];
    let severities = [Severity::Low, Severity::Critical];
    let incidents = (1..=12_u64)
        .map(|n| Incident {
            state: states[(n % 3) as usize],
            severity: severities[(n % 2) as usize],
            ..incident(n, if n <= 8 { "m" } else { "n" }, &format!("monitor{n}"))
        })
        .collect();
    store
        .commit_alerts(&AlertCommit {
            incidents,
            ..AlertCommit::default()
        })
        .await
        .unwrap();
    let list = async |query: IncidentQuery| -> Vec<u64> {
        let found = store.incidents(&query).await.unwrap();
        found.iter().map(|incident| incident.number).collect()
    };
    let all = IncidentQuery::default();
    assert_eq!(
        list(all.clone()).await,
        [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    );
    let page = IncidentQuery {
        limit: Some(3),
        below_number: Some(10),
        ..all.clone()
    };
    assert_eq!(list(page).await, [9, 8, 7]);
    let of_n = IncidentQuery {
        model: Some(model("n")),
        ..all.clone()
    };
    assert_eq!(list(of_n).await, [12, 11, 10, 9]);
    let unresolved = IncidentQuery {
        states: vec![IncidentState::Open, IncidentState::Acknowledged],
        severities: vec![Severity::Critical],
        ..all
    };
    assert_eq!(list(unresolved).await, [9, 7, 3, 1]);
    let counts = |open, acknowledged, resolved| IncidentCounts {
        open,
        acknowledged,
        resolved,
    };
    assert_eq!(store.incident_counts(None).await.unwrap(), counts(4, 4, 4));
    assert_eq!(
        store.incident_counts(Some(&model("n"))).await.unwrap(),
        counts(2, 1, 1)
    );
    assert_eq!(
        store.incident_counts(Some(&model("x"))).await.unwrap(),
        counts(0, 0, 0)
    );
}

pub(crate) async fn messages_wait_until_they_are_due(database: Database) {
    let store = database.open().await;
    let commit = AlertCommit {
        incidents: vec![incident(1, "m", "drift")],
        messages: vec![
            message(1, 1, "2026-11-28T12:00:00Z"),
            message(2, 1, "2026-11-28T10:00:00Z"),
            message(3, 1, "2026-11-28T11:00:00Z"),
        ],
        ..AlertCommit::default()
    };
    store.commit_alerts(&commit).await.unwrap();
    assert_eq!(
        store.next_message_at().await.unwrap(),
        Some(at("2026-11-28T10:00:00Z"))
    );
    let due = async |now: &str, limit: u32| -> Vec<String> {
        let due = store.due_messages(at(now), limit).await.unwrap();
        due.iter().map(|message| message.id.to_string()).collect()
    };
    assert!(due("2026-11-28T09:59:59Z", 9).await.is_empty());
    assert_eq!(due("2026-11-28T11:30:00Z", 9).await, ["msg_2", "msg_3"]);
    assert_eq!(
        due("2026-11-28T13:00:00Z", 2).await,
        ["msg_1", "msg_2"],
        "oldest first"
    );

    let mut retried = commit.messages[1].clone();
    retried.attempts = 1;
    retried.next_attempt_at = at("2026-11-28T10:00:05.000001Z");
    retried.last_error = Some("server: `h` failed".to_owned());
    store.update_message(&retried).await.unwrap();
    let mut delivered = commit.messages[2].clone();
    delivered.state = MessageState::Delivered;
    store.update_message(&delivered).await.unwrap();
    assert_eq!(
        store.next_message_at().await.unwrap(),
        Some(retried.next_attempt_at)
    );
    assert_eq!(due("2026-11-28T13:00:00Z", 9).await, ["msg_1", "msg_2"]);
    let of_incident = store
        .incident_messages(&commit.incidents[0].id)
        .await
        .unwrap();
    assert_eq!(
        of_incident,
        [commit.messages[0].clone(), retried, delivered]
    );
    let error = store
        .update_message(&message(9, 1, "2026-11-28T10:00:00Z"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
