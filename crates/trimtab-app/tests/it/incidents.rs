//! From findings to incidents and messages.

use crate::bench::{Bench, at, days};
use jiff::SignedDuration;
use trimtab_domain::incident::IncidentState;
use trimtab_domain::outbox::{Delivery, MessageState};
use trimtab_domain::ports::AlertStore;
use trimtab_testkit::samples::{self, Day};

fn shifted() -> Day {
    Day {
        income_shift: 25.0,
        ..Day::default()
    }
}

fn quiet() -> Day {
    Day::default()
}

#[tokio::test]
async fn an_incident_opens_once_and_both_ends_are_told() {
    let bench = Bench::loans().await;
    let story = [days(5, quiet()), days(4, shifted()), days(6, quiet())].concat();
    bench.live_through(&story).await;
    let mut incidents = bench.incidents().await;
    incidents.retain(|incident| incident.monitor == "inputs");
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    let incident = &incidents[0];
    assert_eq!(incident.title, "income has drifted");
    assert_eq!(incident.opened_at, at("2013-04-06T00:00:00Z"));
    assert_eq!(incident.state, IncidentState::Resolved);
    assert_eq!(incident.resolved_at, Some(at("2013-04-11T00:00:00Z")));
    assert_eq!(incident.columns[0], "income");

    let mut messages = bench.world.store.messages();
    messages.retain(|message| message.incident == incident.id);
    let types: Vec<_> = messages
        .iter()
        .map(|message| message.event_type.as_str())
        .collect();
    assert_eq!(types, ["incident.opened", "incident.resolved"]);
    let opened = &messages[0].data;
    let link = format!("https://trimtab.example/incidents/{}", incident.id);
    assert_eq!(opened["link"], link.as_str());
    assert_eq!(opened["since"], "2013-04-06T00:00:00Z");
    let what = opened["what"].as_str().unwrap();
    assert!(
        what.contains("income") && what.contains("since 6 Apr 2013"),
        "{what}"
    );
    let how_sure = opened["how_sure"].as_str().unwrap();
    assert!(how_sure.contains("once in"), "{how_sure}");
    let kinds: Vec<String> = bench
        .world
        .store
        .incident_events(&incident.id)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(
        kinds,
        ["opened", "alert_fired", "alert_resolved", "resolved"]
    );
}

#[tokio::test]
async fn a_person_takes_and_closes_an_incident() {
    let bench = Bench::loans().await;
    bench
        .live_through(&[days(2, quiet()), days(4, shifted())].concat())
        .await;
    let open = bench.incidents().await.remove(0);
    let taken = bench
        .app
        .acknowledge(&open.id, "ada", Some("looking"))
        .await
        .unwrap();
    assert_eq!(taken.state, IncidentState::Acknowledged);
    assert_eq!(taken.acknowledged_by.as_deref(), Some("ada"));
    let closed = bench
        .app
        .resolve_incident(&open.id, "ada", None)
        .await
        .unwrap();
    assert_eq!(closed.state, IncidentState::Resolved);
    let late = bench.app.acknowledge(&open.id, "bob", None).await.unwrap();
    assert_eq!(
        late.state,
        IncidentState::Resolved,
        "a late click reopens nothing"
    );
    let messages = bench.world.store.messages();
    assert_eq!(messages.len(), 2, "the end is told once");
    let unknown = "inc_none".parse().unwrap();
    assert!(bench.app.acknowledge(&unknown, "ada", None).await.is_err());
}

#[tokio::test]
async fn messages_are_retried_until_the_receiver_says_yes() {
    let bench = Bench::loans().await;
    bench.world.notifier.answer_next(Delivery::Retry {
        error: "busy".to_owned(),
        after: Some(SignedDuration::from_secs(60)),
    });
    bench
        .live_through(&[days(2, quiet()), days(4, shifted())].concat())
        .await;
    bench.app.deliver_due().await.unwrap();
    let message = bench.world.store.messages().remove(0);
    assert_eq!(
        (message.state, message.attempts),
        (MessageState::Pending, 1)
    );
    bench.app.deliver_due().await.unwrap();
    assert_eq!(bench.world.notifier.sent().len(), 1, "not before it is due");
    bench.world.clock.advance(SignedDuration::from_secs(61));
    bench.app.deliver_due().await.unwrap();
    let message = bench.world.store.messages().remove(0);
    assert_eq!(
        (message.state, message.attempts),
        (MessageState::Delivered, 2)
    );
    let ids: Vec<_> = bench
        .world
        .notifier
        .sent()
        .into_iter()
        .map(|sent| sent.id)
        .collect();
    assert_eq!(ids[0], ids[1], "every attempt has the same identity");
}

#[tokio::test]
async fn a_new_rule_sees_only_what_is_judged_from_now_on() {
    let mut documents = samples::loans();
    let rules: Vec<_> = documents
        .extract_if(.., |document| {
            matches!(document, trimtab_domain::documents::Document::Rule(_))
        })
        .collect();
    let bench = Bench::bare(documents).await;
    bench.put_reference().await;
    bench.live_through(&days(4, shifted())).await;
    bench.app.apply_documents(rules, "local").await.unwrap();
    bench.app.catch_up().await.unwrap();
    assert_eq!(bench.incidents().await, [], "the past does not alarm");
    bench.live_from(4, &days(3, shifted())).await;
    let incidents = bench.incidents().await;
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].opened_at, at("2013-04-04T00:00:00Z"));
}

#[tokio::test]
async fn a_deleted_rule_ends_what_it_had_firing() {
    let bench = Bench::loans().await;
    bench
        .live_through(&[days(2, quiet()), days(4, shifted())].concat())
        .await;
    assert_eq!(bench.incidents().await[0].state, IncidentState::Open);
    bench
        .app
        .delete_document(
            trimtab_domain::documents::DocumentKind::Rule,
            Some(&crate::bench::model()),
            "inputs-drifted",
            "local",
        )
        .await
        .unwrap();
    assert_eq!(bench.incidents().await[0].state, IncidentState::Resolved);
    assert_eq!(bench.world.store.messages().len(), 2);
}

#[tokio::test]
async fn a_rule_on_a_signal_opens_an_incident_of_its_own() {
    let mut documents = samples::loans();
    documents.extend(samples::documents(serde_json::json!([
        {"kind": "rule", "model": "loans", "name": "too-slow", "channels": ["pager"],
         "when": {"signal": {"signal": "service.latency_ms_p95", "op": ">", "threshold": 120.0}}}
    ])));
    let bench = Bench::bare(documents).await;
    bench.put_reference().await;
    let slow = Day {
        latency_ms: 150.0,
        ..quiet()
    };
    bench
        .live_through(&[days(2, quiet()), days(2, slow), days(2, quiet())].concat())
        .await;
    let incidents = bench.incidents().await;
    assert_eq!(incidents.len(), 1);
    assert_eq!(
        (incidents[0].kind.as_str(), incidents[0].monitor.as_str()),
        ("signal", "too-slow")
    );
    assert_eq!(incidents[0].opened_at, at("2013-04-03T00:00:00Z"));
    assert_eq!(incidents[0].resolved_at, Some(at("2013-04-05T00:00:00Z")));
}

#[tokio::test]
async fn a_crash_between_results_and_alerts_loses_no_alert_and_doubles_none() {
    let mut bench = Bench::loans().await;
    bench
        .live_through(&[days(2, quiet()), days(2, shifted())].concat())
        .await;
    let rows = samples::day_rows(crate::bench::day_start(4), shifted(), 4);
    bench
        .send(
            trimtab_domain::intake::EventKind::Predictions,
            &samples::predictions(&rows),
        )
        .await;
    bench.world.store.refuse_next_alerts();
    assert!(bench.app.catch_up().await.is_err());
    assert_eq!(
        bench.story("inputs").await,
        "..DD",
        "the results were saved"
    );
    assert_eq!(bench.incidents().await, []);
    bench.app = crate::bench::app_of(&bench.world);
    bench.app.catch_up().await.unwrap();
    bench.app.catch_up().await.unwrap();
    assert_eq!(bench.incidents().await.len(), 1);
    assert_eq!(bench.world.store.messages().len(), 1);
}
