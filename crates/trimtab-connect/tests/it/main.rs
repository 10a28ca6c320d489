//! Webhooks against a real receiver on loopback, jobs as real processes and as somebody else's.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod airflow;
mod hooks;
mod jobs;
mod process;
mod receiver;

use jiff::{SignedDuration, Timestamp};
use receiver::{Answer, Receiver};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use trimtab_connect::{AllowList, FailureClass, WebhookNotifier};
use trimtab_domain::documents::{ChannelSpec, ChannelType, SecretRef};
use trimtab_domain::outbox::{Delivery, MessageState, OutboxMessage};
use trimtab_domain::ports::Notifier as _;
use trimtab_domain::{Error, IncidentId, MessageId};

/// 32 bytes, base64 behind the prefix.
const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn now() -> Timestamp {
    "2026-11-28T10:00:00Z".parse().unwrap()
}

fn notifier(allowed: &[&str]) -> WebhookNotifier {
    let secrets = |reference: &SecretRef| match reference {
        SecretRef::Env(name) if name == "HOOK_SECRET" => Ok(SECRET.to_owned()),
        SecretRef::Env(name) => Err(Error::invalid(format!("`{name}` is not set"))),
        SecretRef::File(path) => Err(Error::invalid(format!("no file `{path}`"))),
    };
    WebhookNotifier::new(AllowList::new(allowed).unwrap(), Arc::new(secrets)).unwrap()
}

fn channel(url: &str, secret: Option<&str>) -> ChannelSpec {
    ChannelSpec {
        name: "ops".parse().unwrap(),
        channel: ChannelType::Webhook {
            url: url.to_owned(),
            secret: secret.map(|name| SecretRef::Env(name.to_owned())),
        },
    }
}

fn message() -> OutboxMessage {
    OutboxMessage {
        id: MessageId::from_suffix("01"),
        channel: "ops".parse().unwrap(),
        incident: IncidentId::from_suffix("7"),
        event_type: "incident.opened".to_owned(),
        data: serde_json::json!({"title": "temp drifts", "number": 318}),
        created_at: "2026-11-28T09:59:00Z".parse().unwrap(),
        state: MessageState::Pending,
        attempts: 0,
        next_attempt_at: now(),
        last_error: None,
    }
}

/// HMAC by its definition (RFC 2104), so that the product's library does not check itself.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| -> Vec<u8> {
        (0..64)
            .map(|i| key.get(i).copied().unwrap_or(0) ^ pad)
            .collect()
    };
    let inner = Sha256::digest([padded(0x36), message.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for (i, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            if i <= chunk.len() {
                text.push(char::from(LETTERS[(bits >> shift) as usize & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[tokio::test]
async fn a_message_arrives_signed_and_whole() {
    let receiver = Receiver::start(Answer::Status(204)).await;
    let notifier = notifier(&[&receiver.authority()]);
    let channel = channel(&receiver.url("/hook?key=k"), Some("HOOK_SECRET"));
    let delivery = notifier.send(&channel, &message(), now()).await;
    assert_eq!(delivery, Delivery::Delivered);

    let seen = receiver.requests();
    assert_eq!(seen.len(), 1);
    let request = &seen[0];
    assert_eq!(request.target, "/hook?key=k");
    assert_eq!(request.header("webhook-id"), "msg_01");
    assert_eq!(request.header("webhook-timestamp"), "1795860000");
    assert_eq!(request.header("content-type"), "application/json");
    assert!(request.header("user-agent").starts_with("trimtab/"));
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "type": "incident.opened",
            "timestamp": "2026-11-28T09:59:00Z",
            "data": {"title": "temp drifts", "number": 318},
        })
    );
    let key: Vec<u8> = (0..32).collect();
    let signed = [b"msg_01.1795860000.".as_slice(), &request.body].concat();
    let expected = format!("v1,{}", base64(&hmac_sha256(&key, &signed)));
    assert_eq!(request.header("webhook-signature"), expected);
}

#[tokio::test]
async fn a_retry_carries_the_same_identity_and_body_but_its_own_time() {
    let receiver = Receiver::start(Answer::Status(200)).await;
    let notifier = notifier(&[&receiver.authority()]);
    let channel = channel(&receiver.url("/"), None);
    for wait in [0, 300] {
        let at = now() + SignedDuration::from_secs(wait);
        let delivery = notifier.send(&channel, &message(), at).await;
        assert_eq!(delivery, Delivery::Delivered);
    }
    let seen = receiver.requests();
    assert_eq!(seen[0].body, seen[1].body);
    assert_eq!(seen[0].header("webhook-id"), seen[1].header("webhook-id"));
    assert_eq!(seen[1].header("webhook-timestamp"), "1795860300");
    assert_eq!(
        seen[0].header("webhook-signature"),
        "",
        "unsigned without a secret"
    );
}

#[tokio::test]
async fn private_targets_are_refused_before_anything_is_sent() {
    let receiver = Receiver::start(Answer::Status(200)).await;
    let port = receiver.port();
    for (url, allowed) in [
        (format!("http://127.0.0.1:{port}/"), vec![]),
        (format!("http://localhost:{port}/"), vec![]),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), vec![]),
        (format!("http://127.0.0.1:{port}/"), vec!["127.0.0.1:1"]),
        (
            format!("http://127.0.0.1:{port}/"),
            vec!["10.0.0.0/8", "localhost"],
        ),
        (
            "https://169.254.169.254/latest/meta-data/".to_owned(),
            vec!["127.0.0.0/8"],
        ),
    ] {
        let failure = notifier(&allowed)
            .attempt(&channel(&url, None), &message(), now())
            .await
            .unwrap_err();
        assert_eq!(failure.class, FailureClass::BlockedByPolicy, "{url}");
        assert!(!failure.is_temporary, "{url}");
        let delivery = Delivery::from(failure);
        assert!(
            matches!(delivery, Delivery::Permanent { error } if error.starts_with("blocked_by_policy: "))
        );
    }
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn the_allow_list_opens_hosts_networks_and_single_ports() {
    let receiver = Receiver::start(Answer::Status(200)).await;
    let port = receiver.port();
    for (host, allowed) in [
        ("127.0.0.1", "127.0.0.0/8".to_owned()),
        ("127.0.0.1", format!("127.0.0.1:{port}")),
        ("localhost", "localhost".to_owned()),
        ("localhost", format!("LOCALHOST:{port}")),
        ("localhost", "127.0.0.1".to_owned()),
    ] {
        let url = format!("http://{host}:{port}/");
        let delivery = notifier(&[&allowed])
            .send(&channel(&url, None), &message(), now())
            .await;
        assert_eq!(delivery, Delivery::Delivered, "{url} with {allowed}");
    }
    assert_eq!(receiver.requests().len(), 5);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let elsewhere = Receiver::start(Answer::Status(200)).await;
    let receiver = Receiver::start(Answer::Redirect(elsewhere.url("/stolen"))).await;
    let failure = notifier(&["127.0.0.1"])
        .attempt(&channel(&receiver.url("/"), None), &message(), now())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Client);
    assert!(!failure.is_temporary);
    assert_eq!(receiver.requests().len(), 1);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn what_the_receiver_asks_for_is_honoured() {
    for (retry_after, seconds) in [
        ("17", 17),
        ("Sat, 28 Nov 2026 10:02:00 GMT", 120),
        ("999999", 3_600),
    ] {
        let receiver = Receiver::start(Answer::Busy(retry_after)).await;
        let delivery = notifier(&["127.0.0.1"])
            .send(&channel(&receiver.url("/"), None), &message(), now())
            .await;
        let Delivery::Retry { error, after } = delivery else {
            panic!("{delivery:?}");
        };
        assert!(error.starts_with("rate_limited: "), "{error}");
        assert_eq!(
            after,
            Some(SignedDuration::from_secs(seconds)),
            "{retry_after}"
        );
    }
}

#[tokio::test]
async fn failures_name_a_host_and_never_the_rest_of_the_address() {
    let receiver = Receiver::start(Answer::Status(500)).await;
    let closed = {
        let gone = Receiver::start(Answer::Status(200)).await;
        gone.url("/services/T0/hush")
    };
    let notifier = notifier(&["127.0.0.1"]);
    for (url, class) in [
        (receiver.url("/services/T0/hush"), FailureClass::Server),
        (closed, FailureClass::Network),
        (
            format!("https://127.0.0.1:{}/services/T0/hush", receiver.port()),
            FailureClass::Tls,
        ),
    ] {
        let failure = notifier
            .attempt(&channel(&url, None), &message(), now())
            .await
            .unwrap_err();
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.is_temporary, "{failure}");
        assert!(failure.message.contains("127.0.0.1"), "{failure}");
        assert!(!failure.message.contains("hush"), "{failure}");
    }
}

#[tokio::test]
async fn a_missing_secret_waits_for_the_operator_and_sends_nothing_unsigned() {
    let receiver = Receiver::start(Answer::Status(200)).await;
    let channel = channel(&receiver.url("/"), Some("NOT_SET"));
    let failure = notifier(&["127.0.0.1"])
        .attempt(&channel, &message(), now())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Settings);
    assert!(failure.is_temporary);
    assert!(failure.message.contains("NOT_SET"), "{failure}");
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let receiver = Receiver::start(Answer::Endless).await;
    let delivery = notifier(&["127.0.0.1"])
        .send(&channel(&receiver.url("/"), None), &message(), now())
        .await;
    assert_eq!(delivery, Delivery::Delivered, "the status has been said");
}

/// The receiver stays silent; time is the runtime's own and jumps to the timeout.
#[tokio::test]
async fn a_silent_receiver_is_a_timeout() {
    let receiver = Receiver::start(Answer::Silence).await;
    let notifier = notifier(&["127.0.0.1"]);
    let channel = channel(&receiver.url("/"), None);
    let attempt = tokio::spawn(async move { notifier.attempt(&channel, &message(), now()).await });
    receiver.first_request().await;
    tokio::time::pause();
    let failure = attempt.await.unwrap().unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
    assert!(failure.is_temporary);
}
