//! Typed input: the framework's refusals become the same problem documents as ours.

use crate::problem::{ApiError, Code};
use crate::state::{MEMORY_UNIT_BYTES, Server};
use axum::body::{Body, BodyDataStream};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use trimtab_domain::intake::MediaType;

/// A body beyond the limit is still read so far, and thrown away, so that a client that is busy
/// sending gets to read the refusal.
const DRAINED_BYTES_MAX: u64 = 512 << 20;
const DRAINED_FOR_MAX: Duration = Duration::from_secs(20);

/// A sender that goes silent in the middle of a body is given up.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// A body waits so long for others to leave memory.
const WAIT_FOR_MEMORY_MAX: Duration = Duration::from_secs(20);

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
        let body = read(request, server).await?;
        parse(&body.bytes).map(Self)
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
        let body = read(request, server).await?;
        if body.bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        Err(ApiError::new(
            Code::UnsupportedMediaType,
            "the body has no content type: send application/json",
        ))
    }
}

pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::malformed(format!("the body cannot be read: {error}")))
}

/// A body in one of the row formats.
pub(crate) struct Rows {
    pub(crate) media_type: MediaType,
    pub(crate) body: Bytes,
    /// Gives the memory back once the rows have been dealt with.
    _memory: OwnedSemaphorePermit,
}

impl FromRequest<Server> for Rows {
    type Rejection = ApiError;

    async fn from_request(request: Request, server: &Server) -> Result<Self, ApiError> {
        let media_type = media_type(request.headers())?;
        let read = read(request, server).await?;
        if read.bytes.is_empty() {
            return Err(ApiError::new(
                Code::Invalid,
                "the body is empty: send at least one row",
            ));
        }
        Ok(Self {
            media_type,
            body: read.bytes,
            _memory: read.memory,
        })
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

/// A body of any content type that becomes a tree of values: at most `bytes_max` of it, and with
/// `factor` times as much memory put by. Whoever reads it keeps the permit as long as the tree.
pub(crate) async fn body_for_tree(
    request: Request,
    server: &Server,
    bytes_max: u64,
    factor: u64,
) -> Result<InMemory, ApiError> {
    let bytes_max = bytes_max.min(server.settings.body_bytes_max);
    read_up_to(request, server, bytes_max, factor).await
}

/// A body in memory, and the right to be there.
pub(crate) struct InMemory {
    pub(crate) bytes: Bytes,
    pub(crate) memory: OwnedSemaphorePermit,
}

/// Reads a body that is not larger than the settings allow, as soon as there is memory for it.
async fn read(request: Request, server: &Server) -> Result<InMemory, ApiError> {
    read_up_to(request, server, server.settings.body_bytes_max, 1).await
}

async fn read_up_to(
    request: Request,
    server: &Server,
    bytes_max: u64,
    factor: u64,
) -> Result<InMemory, ApiError> {
    let too_large = || {
        ApiError::new(
            Code::TooLarge,
            format!("the body is larger than {bytes_max} bytes: send smaller batches"),
        )
    };
    let declared = content_length(request.headers());
    let is_too_large = declared.is_some_and(|n_bytes| n_bytes > bytes_max);
    if is_too_large && request.headers().contains_key(header::EXPECT) {
        // The client asked before sending: nothing is on its way.
        return Err(too_large());
    }
    let mut stream = request.into_body().into_data_stream();
    if is_too_large {
        drain(&mut stream).await;
        return Err(too_large());
    }
    let n_needed = declared.unwrap_or(bytes_max).saturating_mul(factor);
    let memory = server.memory_for(n_needed).await?;
    let capacity = usize::try_from(declared.unwrap_or(0)).unwrap_or(0);
    let mut body = BytesMut::with_capacity(capacity);
    while let Some(chunk) = next(&mut stream).await? {
        if (body.len() + chunk.len()) as u64 > bytes_max {
            drop((body, memory));
            drain(&mut stream).await;
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(InMemory {
        bytes: body.freeze(),
        memory,
    })
}

/// A small body, whole and soon or not at all: for callers who are nobody yet, or who ask on a hot
/// path. It takes no turn among the large ones.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the body extractor, with a smaller limit"
)]
pub(crate) async fn small_body(body: Body, bytes_max: usize) -> Option<Bytes> {
    let whole = axum::body::to_bytes(body, bytes_max);
    tokio::time::timeout(SILENCE_MAX, whole).await.ok()?.ok()
}

async fn next(stream: &mut BodyDataStream) -> Result<Option<Bytes>, ApiError> {
    let Ok(chunk) = tokio::time::timeout(SILENCE_MAX, stream.next()).await else {
        return Err(ApiError::new(
            Code::Unavailable,
            "the body stopped arriving: send it again",
        ));
    };
    chunk.transpose().map_err(|error| {
        ApiError::malformed(format!("the body ended before it was complete: {error}"))
    })
}

/// Reads on and throws away what a client is busy sending.
async fn drain(stream: &mut BodyDataStream) {
    let deadline = tokio::time::Instant::now() + DRAINED_FOR_MAX;
    let mut n_bytes: u64 = 0;
    while n_bytes < DRAINED_BYTES_MAX {
        match tokio::time::timeout_at(deadline, stream.next()).await {
            Ok(Some(Ok(chunk))) => n_bytes += chunk.len() as u64,
            _ => return,
        }
    }
}

impl Server {
    /// Waits until bodies of so many bytes fit into memory beside the others.
    async fn memory_for(&self, n_bytes: u64) -> Result<OwnedSemaphorePermit, ApiError> {
        let n_units = u32::try_from(n_bytes.div_ceil(MEMORY_UNIT_BYTES)).unwrap_or(u32::MAX);
        let asking =
            Arc::clone(&self.memory).acquire_many_owned(n_units.min(self.n_memory_units()));
        match tokio::time::timeout(WAIT_FOR_MEMORY_MAX, asking).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(ApiError::new(
                Code::Unavailable,
                "too many large requests at once: retry later",
            )),
        }
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
