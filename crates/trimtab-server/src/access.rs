//! Who asks, and what they may do.
//!
//! With [`Access::Tokens`] a caller is whom the bearer token says. With
//! [`Access::TrustedLocal`] it is the person at this machine, so a request that a foreign web
//! page made behind their back is refused: its `Host` (after DNS rebinding) or its `Origin` (a
//! cross-site POST) gives it away.

use crate::ofrep;
use crate::problem::{ApiError, Code};
use crate::state::{Access, Server};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::net::IpAddr;
use trimtab_app::Permission;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// `local`, `token:tok_…`; absent for nobody we know.
    pub(crate) actor: Option<String>,
    /// What they may do.
    pub(crate) permissions: Vec<Permission>,
    /// Whether they are trusted because they are here.
    pub(crate) is_trusted_local: bool,
}

impl Caller {
    /// The word for the audit log.
    pub(crate) fn actor(&self) -> &str {
        self.actor.as_deref().unwrap_or("nobody")
    }

    /// Whether they may.
    ///
    /// # Errors
    ///
    /// `unauthenticated` for nobody we know, `denied` for somebody without the permission.
    pub(crate) fn check(&self, permission: Permission) -> Result<(), ApiError> {
        if self.permissions.contains(&permission) {
            return Ok(());
        }
        Err(match &self.actor {
            None => ApiError::new(
                Code::Unauthenticated,
                "this server answers only with a token: send `Authorization: Bearer tok_…`",
            ),
            Some(actor) => ApiError::new(
                Code::Denied,
                format!(
                    "{actor} lacks the permission `{}` for this",
                    permission.as_str()
                ),
            ),
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::new(Code::Internal, "the caller was not looked up"))
    }
}

/// Looks up the caller, after refusing requests of foreign pages.
pub(crate) async fn identify(
    State(server): State<Server>,
    mut request: Request,
    next: Next,
) -> Response {
    match caller(&server, request.uri(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

async fn caller(server: &Server, uri: &Uri, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let is_trusted_local = server.settings.access == Access::TrustedLocal;
    if is_trusted_local {
        check_origin(uri, headers, &server.settings.hosts)?;
    }
    let carries_job_token = is_job_report(uri.path());
    let sent = headers
        .get(header::AUTHORIZATION)
        .filter(|_| !carries_job_token);
    // OpenFeature's clients may send a bare key instead.
    let key = headers.get("x-api-key").filter(|_| !carries_job_token);
    if sent.is_none() && key.is_none() {
        return Ok(if is_trusted_local {
            Caller {
                actor: Some("local".to_owned()),
                permissions: Permission::ALL.to_vec(),
                is_trusted_local,
            }
        } else {
            Caller {
                actor: None,
                permissions: Vec::new(),
                is_trusted_local,
            }
        });
    }
    let text = |value: Option<&HeaderValue>| value?.to_str().ok().map(str::to_owned);
    let secret = text(sent).as_deref().map_or_else(|| text(key), secret);
    let token = match secret {
        // Evaluations come with every request that somebody's model serves.
        Some(secret) if ofrep::is_ours(uri.path()) => {
            server.app.authenticate_often(&secret).await?
        }
        Some(secret) => server.app.authenticate(&secret).await?,
        None => None,
    };
    let Some(token) = token else {
        return Err(ApiError::new(
            Code::Unauthenticated,
            "the token is unknown, revoked or expired: make one with `trimtab token create`",
        ));
    };
    Ok(Caller {
        actor: Some(format!("token:{}", token.id)),
        permissions: token
            .permissions
            .iter()
            .filter_map(|word| word.parse().ok())
            .collect(),
        is_trusted_local: false,
    })
}

/// Whether a path is where training jobs report: they carry a token of their own, which the use
/// case asks for.
fn is_job_report(path: &str) -> bool {
    path.strip_prefix("/api/v1/retraining/")
        .and_then(|rest| rest.strip_suffix("/events"))
        .is_some_and(|run| !run.contains('/'))
}

/// The token in an `Authorization` header: `Bearer`, or for clients that know user and password
/// only, `Basic` with the token as password (or as user, without one).
fn secret(header: &str) -> Option<String> {
    let (scheme, credentials) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = BASE64.decode(credentials.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(if password.is_empty() { user } else { password }.to_owned())
}

/// Refuses what a page of another site made the person's browser send.
fn check_origin(uri: &Uri, headers: &HeaderMap, hosts: &[String]) -> Result<(), ApiError> {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| uri.authority().map(axum::http::uri::Authority::as_str))
        .unwrap_or_default();
    if !is_own(host, hosts) {
        return Err(ApiError::new(
            Code::Denied,
            format!(
                "host `{host}` is not this server's: use http://localhost, \
                 or add the name to `server.hosts`"
            ),
        ));
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let authority = origin.to_str().ok().and_then(|origin| {
        origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
    });
    let is_same = authority.is_some_and(|it| it.eq_ignore_ascii_case(host) || is_listed(it, hosts));
    if is_same {
        return Ok(());
    }
    Err(ApiError::new(
        Code::Denied,
        format!(
            "a page of `{}` may not call this server",
            origin.to_str().unwrap_or("?")
        ),
    ))
}

/// Whether a `Host` names this machine's loopback, or is listed.
fn is_own(host: &str, hosts: &[String]) -> bool {
    if is_listed(host, hosts) {
        return true;
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_listed(host: &str, hosts: &[String]) -> bool {
    hosts.iter().any(|listed| listed.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        let hosts = ["trimtab.example:8080".to_owned()];
        check_origin(&Uri::from_static("/"), &headers, &hosts).is_ok()
    }

    #[test]
    fn a_token_comes_as_bearer_or_as_password() {
        assert_eq!(secret("Bearer tok_1.x").as_deref(), Some("tok_1.x"));
        for pair in ["ann:tok_1.x", "tok_1.x:"] {
            let header = format!("Basic {}", BASE64.encode(pair));
            assert_eq!(secret(&header).as_deref(), Some("tok_1.x"));
        }
        for header in ["tok_1.x", "Digest tok_1.x", "Basic ?", "Basic dG9r"] {
            assert_eq!(secret(header), None, "{header}");
        }
    }

    #[test]
    fn own_names_pass() {
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
            "127.9.9.9",
        ] {
            assert!(answer(host, None), "{host}");
        }
        assert!(answer("localhost:3000", Some("http://localhost:3000")));
        assert!(answer(
            "trimtab.example:8080",
            Some("https://trimtab.example:8080")
        ));
    }

    #[test]
    fn foreign_names_and_pages_do_not() {
        for host in [
            "evil.example",
            "localhost.evil.example:3000",
            "10.0.0.1",
            "127.0.0.1.x",
            "",
        ] {
            assert!(!answer(host, None), "{host}");
        }
        for origin in [
            "http://evil.example",
            "null",
            "http://localhost:4000",
            "file://localhost",
        ] {
            assert!(!answer("localhost:3000", Some(origin)), "{origin}");
        }
    }
}
