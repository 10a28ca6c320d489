//! Refusals as MLflow writes them: `{"error_code": …, "message": …}`.

use crate::problem::{ApiError, Code as ApiCode};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use trimtab_domain::{Error, ErrorKind};

/// MLflow's words for what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The request cannot be read.
    BadRequest,
    /// A parameter is missing or wrong.
    InvalidParameterValue,
    /// The name is taken.
    ResourceAlreadyExists,
    /// Nothing by this name or identifier exists.
    ResourceDoesNotExist,
    /// No such path here.
    EndpointNotFound,
    /// The caller may not.
    PermissionDenied,
    /// Nobody knows the caller.
    Unauthenticated,
    /// Written meanwhile by somebody else.
    ResourceConflict,
    /// Larger than the server accepts.
    RequestLimitExceeded,
    /// Something is away.
    TemporarilyUnavailable,
    /// Not by this server.
    NotImplemented,
    /// The server's fault.
    InternalError,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::InvalidParameterValue => "INVALID_PARAMETER_VALUE",
            Self::ResourceAlreadyExists => "RESOURCE_ALREADY_EXISTS",
            Self::ResourceDoesNotExist => "RESOURCE_DOES_NOT_EXIST",
            Self::EndpointNotFound => "ENDPOINT_NOT_FOUND",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::ResourceConflict => "RESOURCE_CONFLICT",
            Self::RequestLimitExceeded => "REQUEST_LIMIT_EXCEEDED",
            Self::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
            Self::NotImplemented => "NOT_IMPLEMENTED",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            // A wrong state is one of these: MLflow says 500, and its client then repeats for four
            // minutes what cannot succeed.
            Self::BadRequest | Self::InvalidParameterValue | Self::ResourceAlreadyExists => {
                StatusCode::BAD_REQUEST
            }
            Self::ResourceDoesNotExist | Self::EndpointNotFound => StatusCode::NOT_FOUND,
            Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::ResourceConflict => StatusCode::CONFLICT,
            // Not 429: its client would repeat the same too large body.
            Self::RequestLimitExceeded => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn of(code: ApiCode) -> Self {
        match code {
            ApiCode::NotFound => Self::ResourceDoesNotExist,
            ApiCode::Invalid | ApiCode::PreconditionFailed => Self::InvalidParameterValue,
            ApiCode::Conflict => Self::ResourceConflict,
            ApiCode::Denied => Self::PermissionDenied,
            ApiCode::Unauthenticated => Self::Unauthenticated,
            ApiCode::TooLarge => Self::RequestLimitExceeded,
            ApiCode::UnsupportedMediaType => Self::BadRequest,
            ApiCode::MethodNotAllowed => Self::EndpointNotFound,
            ApiCode::Unavailable => Self::TemporarilyUnavailable,
            ApiCode::Internal => Self::InternalError,
        }
    }
}

/// A refusal on its way to an MLflow client.
#[derive(Debug, Clone)]
pub(crate) struct MlflowError {
    code: Code,
    message: String,
    /// For the log only.
    cause: Option<String>,
}

/// What a handler of MLflow's interface answers.
pub(crate) type MlflowResult = Result<Response, MlflowError>;

impl MlflowError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: None,
        }
    }

    /// `INVALID_PARAMETER_VALUE`.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidParameterValue, message)
    }

    /// A parameter that must be there is not.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::invalid(format!(
            "Missing value for required parameter '{parameter}'. See the API docs for more \
             information about request parameters."
        ))
    }

    /// A parameter has a value that it cannot have.
    pub(crate) fn invalid_value(parameter: &str, found: &serde_json::Value) -> Self {
        Self::invalid(format!(
            "Invalid value {} for parameter '{parameter}' supplied.",
            shortened(&found.to_string())
        ))
    }

    /// `RESOURCE_DOES_NOT_EXIST`.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::ResourceDoesNotExist, message)
    }

    /// No such path here.
    pub(crate) fn endpoint_not_found() -> Self {
        Self::new(
            Code::EndpointNotFound,
            "this server does not have this part of MLflow's interface",
        )
    }
}

/// A value in a message, so that a wrong megabyte is not sent back.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl From<Error> for MlflowError {
    /// A name that is taken is MLflow's `RESOURCE_ALREADY_EXISTS`, which its client knows how to
    /// deal with.
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let refusal = Self::from(ApiError::from(error));
        match kind {
            ErrorKind::Conflict => Self {
                code: Code::ResourceAlreadyExists,
                ..refusal
            },
            _ => refusal,
        }
    }
}

impl From<ApiError> for MlflowError {
    fn from(error: ApiError) -> Self {
        let (code, message, cause) = error.into_words();
        Self {
            code: Code::of(code),
            message,
            cause,
        }
    }
}

impl IntoResponse for MlflowError {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error_code: &'a str,
    message: &'a str,
}

/// Turns a refusal into its body; other answers pass unchanged.
pub(crate) fn render(response: Response, request_id: &str) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let error = match parts.extensions.remove::<MlflowError>() {
        Some(error) => error,
        None => match parts.extensions.remove::<ApiError>() {
            // The page's fallback knows no such path.
            Some(error) if status != StatusCode::NOT_FOUND => error.into(),
            _ if matches!(
                status,
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
            ) =>
            {
                MlflowError::endpoint_not_found()
            }
            _ if status.is_client_error() => {
                MlflowError::new(Code::BadRequest, "the request cannot be read")
            }
            _ => MlflowError::new(Code::InternalError, "the server failed"),
        },
    };
    parts.status = error.code.status();
    if parts.status.is_server_error() {
        tracing::error!(
            request_id,
            code = error.code.as_str(),
            cause = error.cause.as_deref().unwrap_or(&error.message),
            "a request failed"
        );
    }
    let body = ErrorBody {
        error_code: error.code.as_str(),
        message: &error.message,
    };
    let body = serde_json::to_vec(&body).unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    match error.code {
        Code::Unauthenticated => parts.headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Basic realm=\"mlflow\""),
        ),
        Code::TemporarilyUnavailable => parts
            .headers
            .insert(header::RETRY_AFTER, HeaderValue::from_static("5")),
        _ => None,
    };
    Response::from_parts(parts, Body::from(body))
}
