//! The public HTTP API, as the commands use it: what any user has, no back door.

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::{self, Write};
use std::time::Duration;

/// A server's address and, where it needs one, a token.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
}

/// The body of every refusal (RFC 9457).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: String,
    detail: Option<String>,
    /// What MLflow's interface says instead of the two before.
    message: Option<String>,
    code: String,
    request_id: Option<String>,
    errors: Vec<RowError>,
}

/// One refused row.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RowError {
    row: Option<u64>,
    field: Option<String>,
    reason: String,
    fix: Option<String>,
}

/// The answer to a batch of rows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Receipt {
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) n_rejected: u64,
    pub(crate) rejected: Vec<RowError>,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "`{field}`: ")?;
        }
        f.write_str(&self.reason)?;
        match self.fix.as_deref() {
            Some(fix) if !fix.is_empty() => write!(f, " ({fix})"),
            _ => Ok(()),
        }
    }
}

/// Refused rows shown at most.
const ROWS_SHOWN_MAX: usize = 5;

impl Client {
    /// A client of the server at `base`.
    pub(crate) fn new(base: &str, token: Option<String>) -> Result<Self> {
        let base = base.trim_end_matches('/').to_owned();
        if !(base.starts_with("http://") || base.starts_with("https://")) {
            bail!("`{base}` is not the address of a server\n  hint: write it as http://host:port");
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "this client goes to the one address its user typed; the guard is for targets that documents name"
        )]
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_mins(5))
            .user_agent(concat!("trimtab/", env!("CARGO_PKG_VERSION")))
            // The server on loopback is never behind a proxy.
            .no_proxy()
            .build()
            .context("cannot set up the HTTP client")?;
        Ok(Self { base, token, http })
    }

    /// The server's address.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let bytes = self.send(self.request(Method::GET, path)).await?;
        self.read(path, &bytes)
    }

    /// As [`Client::get`]; `None` where there is no such thing.
    pub(crate) async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let response = self.answer(self.request(Method::GET, path)).await?;
        if response.0 == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let bytes = self.accepted(response)?;
        self.read(path, &bytes).map(Some)
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T> {
        let bytes = self
            .send(self.request(Method::POST, path).json(body))
            .await?;
        self.read(path, &bytes)
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<()> {
        self.send(self.request(Method::DELETE, path)).await?;
        Ok(())
    }

    /// A file, as it is.
    pub(crate) async fn download(&self, path: &str) -> Result<Bytes> {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends bytes of a media type.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<T> {
        let request = self
            .request(method, path)
            .header("content-type", media_type)
            .body(body);
        let bytes = self.send(request).await?;
        self.read(path, &bytes)
    }

    /// Whether a server answers there at all.
    pub(crate) async fn is_up(&self) -> bool {
        self.answer(self.request(Method::GET, "/healthz"))
            .await
            .is_ok_and(|(status, _)| status.is_success())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Bytes> {
        let response = self.answer(request).await?;
        self.accepted(response)
    }

    async fn answer(&self, request: RequestBuilder) -> Result<(StatusCode, Bytes)> {
        let response = request.send().await.map_err(|err| self.unreachable(&err))?;
        let status = response.status();
        let bytes = response
            .bytes()
            .await
            .with_context(|| format!("the answer of {} broke off", self.base))?;
        Ok((status, bytes))
    }

    fn accepted(&self, (status, bytes): (StatusCode, Bytes)) -> Result<Bytes> {
        if status.is_success() {
            return Ok(bytes);
        }
        Err(refusal(status, &bytes, self.token.is_some()))
    }

    fn read<T: DeserializeOwned>(&self, path: &str, bytes: &Bytes) -> Result<T> {
        let bytes: &[u8] = if bytes.is_empty() { b"null" } else { bytes };
        serde_json::from_slice(bytes).with_context(|| {
            format!(
                "the answer of {}{path} is not what this version of trimtab understands",
                self.base
            )
        })
    }

    fn unreachable(&self, err: &reqwest::Error) -> anyhow::Error {
        if err.is_connect() {
            return anyhow!(
                "no server answers at {}\n  hint: start one with `trimtab serve`, or name another \
                 with --server or TRIMTAB_SERVER_URL",
                self.base
            );
        }
        if err.is_timeout() {
            return anyhow!("the server at {} did not answer in time", self.base);
        }
        let mut text = format!("cannot reach {}: {err}", self.base);
        let mut cause = std::error::Error::source(err);
        while let Some(inner) = cause {
            let _written = write!(text, ": {inner}");
            cause = inner.source();
        }
        anyhow!(text)
    }
}

/// A refusal in words.
fn refusal(status: StatusCode, bytes: &[u8], has_token: bool) -> anyhow::Error {
    let Ok(problem) = serde_json::from_slice::<Problem>(bytes) else {
        return anyhow!("the server answered {status}");
    };
    let detail = problem.detail.as_ref().or(problem.message.as_ref());
    let mut text = match (detail, problem.title.as_str()) {
        (Some(detail), _) if !detail.is_empty() => detail.clone(),
        (_, "") => format!("the server answered {status}"),
        (_, title) => title.to_owned(),
    };
    for error in problem.errors.iter().take(ROWS_SHOWN_MAX) {
        let _written = write!(text, "\n  {error}");
    }
    if problem.errors.len() > ROWS_SHOWN_MAX {
        let _written = write!(
            text,
            "\n  … and {} more",
            problem.errors.len() - ROWS_SHOWN_MAX
        );
    }
    if status == StatusCode::UNAUTHORIZED && !has_token {
        text.push_str(
            "\n  hint: put a token into TRIMTAB_TOKEN (`trimtab token create` makes one)",
        );
    }
    if status.is_server_error()
        && let Some(id) = problem.request_id
    {
        let _written = write!(text, " (request {id}; the server's log says more)");
    }
    anyhow!(text)
}

/// Percent-encodes one path segment or query value.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            let _written = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_rows_fields_and_fixes() {
        let body = r#"{"type":"about:blank","title":"Invalid","status":422,"code":"invalid",
            "detail":"2 of 3 rows were refused; nothing was stored",
            "errors":[{"row":1,"field":"temp","reason":"wrong type","fix":"send a number"}]}"#;
        let text = refusal(StatusCode::UNPROCESSABLE_ENTITY, body.as_bytes(), false).to_string();
        assert_eq!(
            text,
            "2 of 3 rows were refused; nothing was stored\n  row 1: `temp`: wrong type (send a number)"
        );
        let text = refusal(StatusCode::BAD_GATEWAY, b"<html>", false).to_string();
        assert!(text.contains("502"), "{text}");
    }
}
