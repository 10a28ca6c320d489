//! Every refusal, as one kind of document: RFC 9457 with a stable code and the request's id.
//!
//! Handlers and extractors return [`ApiError`]; [`render`] turns it, and every refusal that the
//! framework makes by itself, into a [`Problem`]. What went wrong inside goes to the log under
//! the request's id, never to the caller.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::error::Error as StdError;
use trimtab_domain::intake::Rejection;
use trimtab_domain::{Error, ErrorKind};
use utoipa::ToSchema;

/// What went wrong, and what the caller can do about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A page about this code.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What failed for which input, and how to mend it.
    detail: String,
    /// A stable word to decide by.
    code: Code,
    /// Names this request in the server's log.
    request_id: String,
    /// Row by row, where a batch was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ProblemRow>,
}

/// One reason among several.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ProblemRow {
    /// Zero-based row of the batch.
    #[schema(required = true)]
    row: Option<u64>,
    /// Which field.
    #[schema(required = true)]
    field: Option<String>,
    /// Why.
    reason: String,
    /// What to do.
    #[schema(required = true)]
    fix: Option<String>,
}

/// A stable word for each kind of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    /// It does not exist.
    NotFound,
    /// The request is wrong: change it.
    Invalid,
    /// It collides with what is stored: read again.
    Conflict,
    /// The caller may not: ask someone who may.
    Denied,
    /// Nobody knows the caller: send a token.
    Unauthenticated,
    /// The body is larger than the server accepts.
    TooLarge,
    /// The body is written in a form that the server doesn't read.
    UnsupportedMediaType,
    /// The path exists, the method doesn't.
    MethodNotAllowed,
    /// What was read before has changed since.
    PreconditionFailed,
    /// Something is away: retry later.
    Unavailable,
    /// The server's fault: report it with the request's id.
    Internal,
}

impl Code {
    /// Every code, for the reference page.
    pub(crate) const ALL: [Self; 11] = [
        Self::NotFound,
        Self::Invalid,
        Self::Conflict,
        Self::Denied,
        Self::Unauthenticated,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::MethodNotAllowed,
        Self::PreconditionFailed,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::Denied => "denied",
            Self::Unauthenticated => "unauthenticated",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::PreconditionFailed => "precondition_failed",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// What the caller can do about it.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::NotFound => "check the name; nothing by it exists",
            Self::Invalid => "change the request as `detail` and `errors` say",
            Self::Conflict => "read what is stored and decide again",
            Self::Denied => "ask for a token with the permission that `detail` names",
            Self::Unauthenticated => "send `Authorization: Bearer tok_…`",
            Self::TooLarge => "send smaller batches",
            Self::UnsupportedMediaType => "use a content type that `detail` names",
            Self::MethodNotAllowed => "use a method that the `Allow` header names",
            Self::PreconditionFailed => "read again and repeat the change on what you find",
            Self::Unavailable => "retry later",
            Self::Internal => "report it with `request_id`",
        }
    }

    /// The status it usually comes with.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Denied => StatusCode::FORBIDDEN,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::UNAUTHORIZED => Self::Unauthenticated,
            StatusCode::FORBIDDEN => Self::Denied,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PRECONDITION_FAILED => Self::PreconditionFailed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => Self::Unavailable,
            status if status.is_client_error() => Self::Invalid,
            _ => Self::Internal,
        }
    }
}

/// A refusal on its way to the caller.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: Code,
    detail: String,
    errors: Vec<ProblemRow>,
    /// For the log only.
    cause: Option<String>,
}

impl ApiError {
    /// With the code's usual status. The detail is a sentence without its final period.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            status: code.status(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            cause: None,
        }
    }

    /// A request that cannot be read at all: 400.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            ..Self::new(Code::Invalid, detail)
        }
    }

    /// Code, detail, and the cause for the log: what another form of refusal is made of.
    pub(crate) fn into_words(self) -> (Code, String, Option<String>) {
        (self.code, self.detail, self.cause)
    }

    /// Adds the refused rows of a batch.
    pub(crate) fn with_rejections(mut self, rejections: Vec<Rejection>) -> Self {
        self.errors = rejections
            .into_iter()
            .map(|rejection| ProblemRow {
                row: Some(rejection.row),
                field: rejection.field,
                reason: rejection.reason,
                fix: Some(rejection.fix),
            })
            .collect();
        self
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::Invalid => Code::Invalid,
            ErrorKind::Denied => Code::Denied,
            ErrorKind::NotFound => Code::NotFound,
            ErrorKind::Conflict => Code::Conflict,
            ErrorKind::Unavailable => Code::Unavailable,
            ErrorKind::Internal => Code::Internal,
        };
        let detail = match code {
            Code::Internal => "the server failed".to_owned(),
            Code::Unavailable => match error.hint() {
                Some(hint) => format!("something the server needs is away: {hint}"),
                None => "something the server needs is away".to_owned(),
            },
            _ => match error.hint() {
                Some(hint) => format!("{}: {hint}", error.message()),
                None => error.message().to_owned(),
            },
        };
        let mut cause = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            cause.push_str(": ");
            cause.push_str(&source.to_string());
            next = source.source();
        }
        Self {
            cause: Some(cause),
            ..Self::new(code, detail)
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns a refusal into its document; other answers pass unchanged.
pub(crate) fn render(response: Response, request_id: &str) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let error = parts.extensions.remove::<ApiError>().unwrap_or_else(|| {
        let code = Code::of_status(status);
        ApiError {
            status,
            ..ApiError::new(code, usual_detail(code))
        }
    });
    if status.is_server_error() {
        tracing::error!(
            request_id,
            code = error.code.as_str(),
            cause = error.cause.as_deref().unwrap_or(&error.detail),
            "a request failed"
        );
    }
    let problem = Problem {
        kind: format!("/api/docs#{}", error.code.as_str()),
        title: title(error.status),
        status: error.status.as_u16(),
        detail: sentence(&error.detail),
        code: error.code,
        request_id: request_id.to_owned(),
        errors: error.errors,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if error.code == Code::Unauthenticated {
        parts
            .headers
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if error.code == Code::Unavailable {
        parts
            .headers
            .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    Response::from_parts(parts, Body::from(body))
}

fn usual_detail(code: Code) -> String {
    format!("the request was refused: {}", code.remedy())
}

fn title(status: StatusCode) -> String {
    status
        .canonical_reason()
        .map_or_else(|| status.as_str().to_owned(), str::to_owned)
}

/// Errors are written lower case without a final period; a problem's detail is a sentence.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let mut sentence: String = match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => return String::new(),
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_causes_stay_inside() {
        let error = ApiError::from(
            Error::internal("cannot read table `secret`").with_source(std::io::Error::other("x")),
        );
        assert_eq!(error.detail, "the server failed");
        assert_eq!(
            error.cause.as_deref(),
            Some("cannot read table `secret`: x")
        );
    }

    #[test]
    fn details_are_sentences() {
        assert_eq!(sentence("no model `x`"), "No model `x`.");
        assert_eq!(sentence(""), "");
    }
}
