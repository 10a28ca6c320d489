//! A drift that comes and goes: one signed message each, to a receiver that refuses at first.

use crate::program::{Server, lines, row, shop};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const KEY: &[u8; 32] = b"thirty-two bytes for a test key!";
const DAY: u32 = 24 * 60;

#[derive(Clone, Default)]
struct Receiver {
    taken: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    refused: Arc<Mutex<u32>>,
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut refused = receiver.refused.lock().unwrap();
    if *refused == 0 {
        *refused += 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    receiver.taken.lock().unwrap().push((headers, body));
    StatusCode::NO_CONTENT
}

fn is_signed(headers: &HeaderMap, body: &Bytes) -> bool {
    let of = |name: &str| headers[name].to_str().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
    mac.update(format!("{}.{}.", of("webhook-id"), of("webhook-timestamp")).as_bytes());
    mac.update(body);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    of("webhook-signature")
        .split(' ')
        .any(|given| given == signature)
}

fn documents(port: u16) -> Vec<Value> {
    vec![
        shop(),
        json!({"kind": "reference", "model": "shop", "name": "first",
               "data": {"file": "reference.ndjson"}}),
        json!({"kind": "channel", "name": "hook", "to": {"webhook": {
               "url": format!("http://127.0.0.1:{port}/hook"), "secret": {"env": "HOOK"}}}}),
        json!({"kind": "monitor", "model": "shop", "name": "inputs",
               "monitors": {"data_drift": {}}}),
        json!({"kind": "rule", "model": "shop", "name": "inputs-drifted",
               "when": {"monitor": {"monitor": "inputs"}}, "channels": ["hook"]}),
    ]
}

/// Two weeks as the reference, then two days of high prices between quiet ones.
fn days() -> (String, String) {
    let reference: Vec<Value> = (0..14 * DAY).step_by(3).map(row).collect();
    let traffic: Vec<Value> = (14 * DAY..20 * DAY)
        .step_by(3)
        .map(|n| {
            let mut row = row(n);
            if (16 * DAY..18 * DAY).contains(&n) {
                row["price"] = json!(row["price"].as_f64().unwrap() * 3.0);
            }
            row
        })
        .collect();
    (lines(&reference), lines(&traffic))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_channel_is_told_of_the_beginning_and_of_the_end() {
    let receiver = Receiver::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new()
        .route("/hook", post(take))
        .with_state(receiver.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });

    let server = Server::start_with(vec![
        ("HOOK", format!("whsec_{}", STANDARD.encode(KEY))),
        ("TRIMTAB_NOTIFY__ALLOW_TARGETS", format!("127.0.0.1:{port}")),
        ("TRIMTAB_WORK__DELIVERER_INTERVAL_MS", "200".to_owned()),
    ])
    .await;
    let folder = server.folder.path();
    let (reference, traffic) = days();
    std::fs::write(folder.join("reference.ndjson"), reference).unwrap();
    std::fs::write(folder.join("traffic.ndjson"), traffic).unwrap();
    let text: Vec<String> = documents(port).iter().map(Value::to_string).collect();
    std::fs::write(folder.join("shop.yaml"), text.join("\n---\n")).unwrap();
    server.client(&["apply", "shop.yaml"]).fine();
    server
        .client(&["replay", "shop", "--predictions", "traffic.ndjson"])
        .fine();

    let begun = Instant::now();
    while receiver.taken.lock().unwrap().len() < 2 {
        assert!(begun.elapsed() < Duration::from_mins(2), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let taken = receiver.taken.lock().unwrap().clone();
    let mut messages: Vec<Value> = Vec::new();
    for (headers, body) in &taken {
        assert!(is_signed(headers, body), "{headers:?}");
        messages.push(serde_json::from_slice(body).unwrap());
    }
    // The refused one comes again later, so the order of arrival says nothing.
    messages.sort_by_key(|message| message["type"].to_string());
    let types: Vec<&str> = messages
        .iter()
        .map(|message| message["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["incident.opened", "incident.resolved"]);
    let [opened, resolved] = [&messages[0]["data"], &messages[1]["data"]];
    assert_eq!(opened["incident_id"], resolved["incident_id"]);
    assert_eq!(opened["columns"], json!(["price"]));
    assert_eq!(opened["since"], json!("2026-03-17T00:00:00Z"));
    let link = opened["link"].as_str().unwrap();
    assert!(
        link.starts_with(&format!("http://localhost:{}/incidents/", server.port)),
        "{link}"
    );
    assert_eq!(*receiver.refused.lock().unwrap(), 1);
    serving.abort();
}
