//! Webhooks by the rules of Standard Webhooks 1.0: signed, with an identity that every attempt
//! repeats.

use crate::client::GuardedClient;
use crate::failure::{Failure, FailureClass};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use sha2::Sha256;
use trimtab_domain::outbox::OutboxMessage;

/// What every symmetric secret begins with.
const SECRET_PREFIX: &str = "whsec_";
/// Key sizes of the standard, in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Secrets are pasted by people: the `=` at the end gets lost.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The body of a request; the same bytes on every attempt.
#[derive(Debug, Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    timestamp: Timestamp,
    data: &'a serde_json::Value,
}

pub(crate) async fn post(
    client: &GuardedClient,
    url: &str,
    secret: Option<trimtab_domain::Result<String>>,
    message: &OutboxMessage,
    now: Timestamp,
) -> Result<(), Failure> {
    let unusable = |what: String| Failure::permanent(FailureClass::Settings, what);
    let url: Url = url
        .parse()
        .map_err(|error| unusable(format!("the channel's address cannot be read: {error}")))?;
    let body = Body {
        event_type: &message.event_type,
        timestamp: message.created_at,
        data: &message.data,
    };
    let body = serde_json::to_vec(&body)
        .map_err(|error| unusable(format!("the message cannot be written: {error}")))?;
    let mut headers = vec![
        (CONTENT_TYPE, "application/json".to_owned()),
        (
            HeaderName::from_static("webhook-id"),
            message.id.as_str().to_owned(),
        ),
        (
            HeaderName::from_static("webhook-timestamp"),
            now.as_second().to_string(),
        ),
    ];
    if let Some(secret) = secret {
        // The operator can mend a secret while the message waits.
        let refused = |what: String| Failure::temporary(FailureClass::Settings, what);
        let secret = secret.map_err(|error| refused(error.to_string()))?;
        let signature = sign(&secret, message.id.as_str(), now.as_second(), &body)
            .map_err(|why| refused(format!("the channel's secret {why}")))?;
        headers.push((HeaderName::from_static("webhook-signature"), signature));
    }
    let headers = headers
        .into_iter()
        .map(|(name, value)| Ok((name, HeaderValue::from_str(&value)?)))
        .collect::<Result<HeaderMap, reqwest::header::InvalidHeaderValue>>()
        .map_err(|error| unusable(format!("a header cannot be written: {error}")))?;
    client.post(&url, headers, body, now).await
}

/// Signatures over `id.timestamp.body`, one for each key of the secret: while a key is replaced,
/// the secret holds the new and the old one with a space between, and receivers take either.
///
/// # Errors
///
/// What is wrong with the secret, without repeating it.
pub fn sign(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<String, &'static str> {
    let mut signatures = Vec::new();
    for key in secret.split_ascii_whitespace() {
        let key = key
            .strip_prefix(SECRET_PREFIX)
            .ok_or("does not begin with `whsec_`")?;
        let key = LENIENT
            .decode(key)
            .map_err(|_| "is not base64 behind `whsec_`")?;
        if !KEY_BYTES.contains(&key.len()) {
            return Err("must hold 24 to 64 bytes");
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| "has an unusable length")?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        signatures.push(format!("v1,{signature}"));
    }
    if signatures.is_empty() {
        return Err("is empty");
    }
    Ok(signatures.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the standard; Python's `hmac` gives the same.
    #[test]
    fn signs_as_the_standard_shows() {
        let signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signature.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn two_keys_make_two_signatures() {
        let old = format!("whsec_{}", STANDARD.encode([1_u8; 24]));
        let new = format!("whsec_{}", STANDARD.encode([2_u8; 32]));
        let both = sign(&format!("{new} {old}"), "msg_1", 1, b"{}").unwrap();
        let alone = |secret: &str| sign(secret, "msg_1", 1, b"{}").unwrap();
        assert_eq!(both, format!("{} {}", alone(&new), alone(&old)));
        let unpadded = new.trim_end_matches('=');
        assert_eq!(alone(unpadded), alone(&new));
    }

    #[test]
    fn a_weak_or_malformed_secret_is_refused_without_being_repeated() {
        for secret in ["", "hush", "whsec_***", "whsec_c2hvcnQ="] {
            let error = sign(secret, "msg_1", 1, b"{}").unwrap_err();
            assert!(secret.is_empty() || !error.contains(secret), "{error}");
        }
    }
}
