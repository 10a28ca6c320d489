//! Typed input: the framework's refusals become the same problem documents as ours.

use crate::problem::{ApiError, Code};
use crate::state::Server;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use std::time::Duration;
use trimtab_domain::intake::MediaType;

/// A body beyond the limit is still read so far, and thrown away, so that a client that is busy
/// sending gets to read the refusal.
const DRAINED_BYTES_MAX: u64 = 512 << 20;
const DRAINED_FOR_MAX: Duration = Duration::from_secs(20);

/// Parameters of the path.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for InPath<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::malformed(format!(
                "the path cannot be read: {}",
                tail(&rejection.body_text())
            ))),
        }
    }
}

/// Parameters of the query string; unknown ones are refused where the type says so.
pub(crate) struct InQuery<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for InQuery<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::malformed(format!(
                "the query cannot be read: {}",
                tail(&rejection.body_text())
            ))),
        }
    }
}

/// The framework's words after its own preamble.
fn tail(text: &str) -> String {
    let text = text
        .strip_prefix("Failed to deserialize query string: ")
        .or_else(|| text.strip_prefix("Invalid URL: "))
        .unwrap_or(text);
    text.trim_end_matches('.').to_owned()
}

/// A JSON body.
pub(crate) struct InBody<T>(pub(crate) T);

impl<T> FromRequest<Server> for InBody<T>
where
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, server: &Server) -> Result<Self, ApiError> {
        let media_type = media_type(request.headers())?;
        if media_type != MediaType::Json {
            return Err(ApiError::new(
                Code::UnsupportedMediaType,
                format!(
                    "content type `{}` is not understood here: send application/json",
                    media_type.as_str()
                ),
            ));
        }
        let body = read(request, server.settings.body_bytes_max).await?;
        parse(&body).map(Self)
    }
}

/// A JSON body that may be absent.
pub(crate) struct InOptionalBody<T>(pub(crate) T);

impl<T> FromRequest<Server> for InOptionalBody<T>
where
    T: DeserializeOwned + Default,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, server: &Server) -> Result<Self, ApiError> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            let InBody(value) = InBody::from_request(request, server).await?;
            return Ok(Self(value));
        }
        let body = read(request, server.settings.body_bytes_max).await?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        Err(ApiError::new(
            Code::UnsupportedMediaType,
            "the body has no content type: send application/json",
        ))
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::malformed(format!("the body cannot be read: {error}")))
}

/// A body in one of the row formats.
pub(crate) struct Rows {
    pub(crate) media_type: MediaType,
    pub(crate) body: Bytes,
}

impl FromRequest<Server> for Rows {
    type Rejection = ApiError;

    async fn from_request(request: Request, server: &Server) -> Result<Self, ApiError> {
        let media_type = media_type(request.headers())?;
        let body = read(request, server.settings.body_bytes_max).await?;
        if body.is_empty() {
            return Err(ApiError::new(
                Code::Invalid,
                "the body is empty: send at least one row",
            ));
        }
        Ok(Self { media_type, body })
    }
}

fn media_type(headers: &HeaderMap) -> Result<MediaType, ApiError> {
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
        && encoding != "identity"
    {
        return Err(ApiError::new(
            Code::UnsupportedMediaType,
            "content encodings are not understood: send the body as it is",
        ));
    }
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    MediaType::from_content_type(content_type).map_err(|error| {
        let detail = match error.hint() {
            Some(hint) => format!("{}: {hint}", error.message()),
            None => error.message().to_owned(),
        };
        ApiError::new(Code::UnsupportedMediaType, detail)
    })
}

/// Reads a body of at most `bytes_max`.
async fn read(request: Request, bytes_max: u64) -> Result<Bytes, ApiError> {
    let too_large = || {
        ApiError::new(
            Code::TooLarge,
            format!("the body is larger than {bytes_max} bytes: send smaller batches"),
        )
    };
    let declared = header_number(request.headers());
    if declared.is_some_and(|n_bytes| n_bytes > bytes_max)
        && request.headers().contains_key(header::EXPECT)
    {
        // The client asked before sending: nothing is on its way.
        return Err(too_large());
    }
    let mut stream = request.into_body().into_data_stream();
    let capacity = declared.unwrap_or(0).min(bytes_max);
    let mut body = BytesMut::with_capacity(usize::try_from(capacity).unwrap_or(0));
    let mut n_bytes: u64 = 0;
    let deadline = tokio::time::Instant::now() + DRAINED_FOR_MAX;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::malformed(format!("the body ended before it was complete: {error}"))
        })?;
        n_bytes += chunk.len() as u64;
        if n_bytes <= bytes_max {
            body.extend_from_slice(&chunk);
        } else if body.capacity() > 0 {
            body = BytesMut::new();
        }
        let is_patience_over =
            n_bytes > DRAINED_BYTES_MAX || tokio::time::Instant::now() > deadline;
        if n_bytes > bytes_max && is_patience_over {
            break;
        }
    }
    if n_bytes > bytes_max {
        return Err(too_large());
    }
    Ok(body.freeze())
}

fn header_number(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
