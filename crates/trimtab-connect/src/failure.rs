//! Why an attempt failed, sorted by who can mend it.

use jiff::{SignedDuration, Timestamp};
use std::error::Error as StdError;
use std::fmt;
use trimtab_domain::outbox::Delivery;

/// The longest wait that a receiver may ask for.
const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Classes of failure, few enough to count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// 401 or 403: the receiver does not know us.
    Auth,
    /// 429: we are too many.
    RateLimited,
    /// Any other refusal of the request itself, redirects included.
    Client,
    /// 5xx: the receiver is ill.
    Server,
    /// No answer in time.
    Timeout,
    /// No connection.
    Network,
    /// No connection that can be trusted.
    Tls,
    /// We do not send there.
    BlockedByPolicy,
    /// Our own settings: a secret is missing or malformed.
    Settings,
}

impl FailureClass {
    /// The word in messages and telemetry.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::RateLimited => "rate_limited",
            Self::Client => "client",
            Self::Server => "server",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Tls => "tls",
            Self::BlockedByPolicy => "blocked_by_policy",
            Self::Settings => "settings",
        }
    }
}

/// One failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub class: FailureClass,
    /// Whether another attempt may succeed.
    pub is_temporary: bool,
    /// How long the receiver asked us to wait.
    pub retry_after: Option<SignedDuration>,
    /// For people; names a host, never a whole address.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.as_str(), self.message)
    }
}

impl StdError for Failure {}

impl Failure {
    pub(crate) fn temporary(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            is_temporary: true,
            retry_after: None,
            message: message.into(),
        }
    }

    pub(crate) fn permanent(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            is_temporary: false,
            retry_after: None,
            message: message.into(),
        }
    }

    /// What an answer's status means; `None` is success.
    pub(crate) fn of_status(
        host: &str,
        status: u16,
        retry_after: Option<&str>,
        now: Timestamp,
    ) -> Option<Self> {
        let (class, is_temporary, what) = match status {
            200..=299 => return None,
            300..=399 => (
                FailureClass::Client,
                false,
                "redirects, which are never followed: give the final address",
            ),
            401 | 403 => (FailureClass::Auth, false, "refuses us"),
            408 => (
                FailureClass::Timeout,
                true,
                "gave up waiting for the request",
            ),
            410 => (
                FailureClass::Client,
                false,
                "says that the address is gone for good",
            ),
            429 => (FailureClass::RateLimited, true, "asks for fewer requests"),
            500..=599 => (FailureClass::Server, true, "failed"),
            _ => (FailureClass::Client, false, "refuses the request"),
        };
        let retry_after = retry_after
            .filter(|_| is_temporary)
            .and_then(|value| parse_retry_after(value, now));
        Some(Self {
            class,
            is_temporary,
            retry_after,
            message: format!("`{host}` {what} (status {status})"),
        })
    }

    /// What an error of the HTTP library means.
    pub(crate) fn of_transport(host: &str, error: &reqwest::Error) -> Self {
        let causes = || chain(error);
        if error.is_timeout() || causes().any(is_timeout) {
            return Self::temporary(
                FailureClass::Timeout,
                format!("`{host}` did not answer in time"),
            );
        }
        let root = causes().last().map(ToString::to_string).unwrap_or_default();
        if causes().any(is_tls) {
            return Self::temporary(
                FailureClass::Tls,
                format!("no trusted connection to `{host}`: {root}"),
            );
        }
        if error.is_builder() {
            return Self::permanent(
                FailureClass::Client,
                format!("no request can be made for `{host}`: {root}"),
            );
        }
        Self::temporary(
            FailureClass::Network,
            format!("no connection to `{host}`: {root}"),
        )
    }
}

/// An error, its cause, the cause's cause…
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

/// An `io::Error` hides what it carries from `source`, and may carry another one.
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let carried = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    match carried {
        Some(carried) => is_tls(carried),
        None => false,
    }
}

/// Seconds or an HTTP date, at most an hour; anything else is as if absent.
fn parse_retry_after(value: &str, now: Timestamp) -> Option<SignedDuration> {
    let value = value.trim();
    let wait = if let Ok(seconds) = value.parse::<f64>() {
        SignedDuration::try_from_secs_f64(seconds).ok()?
    } else {
        let date = jiff::fmt::rfc2822::parse(value).ok()?;
        date.timestamp().duration_since(now)
    };
    Some(wait.clamp(SignedDuration::ZERO, RETRY_AFTER_MAX))
}

impl From<Failure> for Delivery {
    fn from(failure: Failure) -> Self {
        let error = failure.to_string();
        if failure.is_temporary {
            Self::Retry {
                error,
                after: failure.retry_after,
            }
        } else {
            Self::Permanent { error }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "1994-11-06T08:49:07Z".parse().unwrap()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_an_hour() {
        let check = |value: &str, seconds: Option<i64>| {
            let wait = parse_retry_after(value, now());
            assert_eq!(wait, seconds.map(SignedDuration::from_secs), "{value}");
        };
        check("120", Some(120));
        check(" 7 ", Some(7));
        check("86400", Some(3_600));
        check("-5", Some(0));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(30));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(0));
        check("Mon, 07 Nov 1994 08:00:00 GMT", Some(3_600));
        check("soon", None);
        check("NaN", None);
        check("inf", None);
        check("", None);
        let half = parse_retry_after("0.5", now()).unwrap();
        assert_eq!(half, SignedDuration::from_millis(500));
    }

    #[test]
    fn statuses_are_sorted_by_whether_a_repetition_helps() {
        let check = |status: u16, expected: Option<(FailureClass, bool)>| {
            let failure = Failure::of_status("h", status, None, now());
            let found = failure.map(|failure| (failure.class, failure.is_temporary));
            assert_eq!(found, expected, "{status}");
        };
        check(200, None);
        check(204, None);
        check(301, Some((FailureClass::Client, false)));
        check(400, Some((FailureClass::Client, false)));
        check(401, Some((FailureClass::Auth, false)));
        check(403, Some((FailureClass::Auth, false)));
        check(404, Some((FailureClass::Client, false)));
        check(408, Some((FailureClass::Timeout, true)));
        check(410, Some((FailureClass::Client, false)));
        check(429, Some((FailureClass::RateLimited, true)));
        check(500, Some((FailureClass::Server, true)));
        check(503, Some((FailureClass::Server, true)));
        let waiting = Failure::of_status("h", 503, Some("9"), now()).unwrap();
        assert_eq!(waiting.retry_after, Some(SignedDuration::from_secs(9)));
        let hopeless = Failure::of_status("h", 404, Some("9"), now()).unwrap();
        assert_eq!(hopeless.retry_after, None);
    }
}
