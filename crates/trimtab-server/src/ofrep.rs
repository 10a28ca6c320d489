//! `OpenFeature`'s remote evaluation protocol (OFREP 0.3): which version serves this key.
//!
//! Answers come from memory. Refusals have OFREP's own form, and every answer carries all the
//! fields that the official providers read: `variant` and `reason` with each success,
//! `errorCode` and `errorDetails` with each refusal.

use crate::extract::{InPath, small_body};
use crate::handlers::events::Shutdown;
use crate::problem::ApiError;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use futures::stream::unfold;
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch::Receiver;
use trimtab_app::{App, FlagAnswer};
use trimtab_domain::rollout::flag::{CHALLENGER, CHAMPION, Flag};
use trimtab_domain::rollout::split::murmur3;

/// A context is a few words about one request.
const CONTEXT_BYTES_MAX: usize = 64 << 10;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After so long without a word on the stream a client may take it for closed.
const INACTIVITY_SECONDS: u32 = 60;

/// Whether a path is OFREP's, whose refusals have another form.
pub(crate) fn is_ours(path: &str) -> bool {
    path.starts_with("/ofrep/")
}

/// A refusal in OFREP's form.
struct Refusal {
    status: StatusCode,
    key: Option<String>,
    code: &'static str,
    details: String,
}

impl Refusal {
    fn bad(code: &'static str, details: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            key: None,
            code,
            details: details.into(),
        }
    }

    fn about(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        if let Some(key) = self.key {
            body.insert("key".to_owned(), key.into());
        }
        body.insert("errorCode".to_owned(), self.code.into());
        body.insert("errorDetails".to_owned(), self.details.into());
        (self.status, axum::Json(Value::Object(body))).into_response()
    }
}

/// Turns refusals that were made before a handler ran (no token, a foreign page) into OFREP's
/// form.
pub(crate) fn render(response: Response, request_id: &str) -> Response {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    let has_form = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json");
    if !is_refusal || has_form {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let (details, cause) = match parts.extensions.remove::<ApiError>() {
        Some(error) => {
            let (_, details, cause) = error.into_words();
            (details, cause)
        }
        None => ("the request was refused".to_owned(), None),
    };
    if status.is_server_error() {
        tracing::error!(request_id, cause, "a request failed");
    }
    let refusal = Refusal {
        status,
        key: None,
        code: "GENERAL",
        details,
    };
    let mut answer = refusal.into_response();
    if status == StatusCode::UNAUTHORIZED {
        answer
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// Evaluate a flag
///
/// Which version of a model serves this key: flag `route.MODEL`, value `v3`, variant `champion`
/// or `challenger`. The reason is `STATIC` where everybody gets the same, `SPLIT` where the key
/// decides, and `DEFAULT` where traffic is split and there is no `targetingKey`: then it is the
/// champion, and counts on no side.
#[utoipa::path(
    post,
    path = "/ofrep/v1/evaluate/flags/{key}",
    operation_id = "evaluate_flag",
    tag = "flags",
    params(("key" = String, Path, description = "`route.` and the name of a model")),
    request_body(content = serde_json::Value, description = "`{\"context\": {\"targetingKey\": \"user-1\"}}`"),
    responses(
        (status = 200, description = "The value, its variant and the reason", body = serde_json::Value),
        (status = 400, description = "The context cannot be read", body = serde_json::Value),
        (status = 404, description = "No such flag", body = serde_json::Value),
    ),
)]
pub(crate) async fn evaluate(
    State(app): State<App>,
    InPath(key): InPath<String>,
    request: Request,
) -> Response {
    let targeting_key = match read(request.into_body()).await {
        Ok(targeting_key) => targeting_key,
        Err(refusal) => return refusal.about(&key).into_response(),
    };
    match app.evaluate_flag(&key, targeting_key.as_deref()) {
        Some(answer) => axum::Json(success(&answer)).into_response(),
        None => Refusal {
            status: StatusCode::NOT_FOUND,
            details: format!("there is no flag `{key}`: flags are called `route.MODEL`, for models with a champion"),
            code: "FLAG_NOT_FOUND",
            key: Some(key),
        }
        .into_response(),
    }
}

/// Evaluate all flags
///
/// For clients that keep the answers: the `ETag` changes when an answer can have changed, and
/// `If-None-Match` is answered with 304 until then. `eventStreams` names a stream that tells when
/// to ask again.
#[utoipa::path(
    post,
    path = "/ofrep/v1/evaluate/flags",
    operation_id = "evaluate_flags",
    tag = "flags",
    request_body(content = serde_json::Value, description = "`{\"context\": {\"targetingKey\": \"user-1\"}}`"),
    responses(
        (status = 200, description = "Every flag", body = serde_json::Value),
        (status = 304, description = "As before"),
        (status = 400, description = "The context cannot be read", body = serde_json::Value),
    ),
)]
pub(crate) async fn evaluate_all(
    State(app): State<App>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let targeting_key = match read(request.into_body()).await {
        Ok(targeting_key) => targeting_key,
        Err(refusal) => return refusal.into_response(),
    };
    let flags = app.flags();
    let of_key = targeting_key.as_deref().unwrap_or_default();
    let etag = format!("\"{}{:08x}\"", flags.etag, murmur3(of_key.as_bytes(), 2));
    let mut answer = if is_known(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let answers = flags.flags.keys();
        let answers = answers.filter_map(|key| app.evaluate_flag(key, targeting_key.as_deref()));
        let stream = format!("{}/ofrep/v1/events", app.settings().public_url);
        axum::Json(json!({
            "flags": answers.map(|answer| success(&answer)).collect::<Vec<_>>(),
            "eventStreams": [{
                "type": "sse",
                "url": stream,
                "inactivityDelaySec": INACTIVITY_SECONDS,
            }],
        }))
        .into_response()
    };
    tag(&mut answer, &etag);
    answer
}

/// Read the flags as a flagd definition
///
/// For flagd and for evaluators inside of a serving process: the same keys fall on the same
/// sides there.
#[utoipa::path(
    get,
    path = "/ofrep/v1/flagd.json",
    operation_id = "export_flags",
    tag = "flags",
    responses(
        (status = 200, description = "A flagd definition of every flag", body = serde_json::Value),
        (status = 304, description = "As before"),
    ),
)]
pub(crate) async fn flagd(State(app): State<App>, headers: HeaderMap) -> Response {
    let flags = app.flags();
    let etag = format!("\"{}\"", flags.etag);
    let mut answer = if is_known(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let definitions: Map<String, Value> = flags
            .flags
            .iter()
            .map(|(key, flag)| (key.clone(), definition(flag)))
            .collect();
        axum::Json(json!({
            "$schema": "https://flagd.dev/schema/v0/flags.json",
            "flags": definitions,
        }))
        .into_response()
    };
    tag(&mut answer, &etag);
    answer
}

/// Listen to changes of flags
///
/// Server-sent events `{"type": "refetchEvaluation", "etag": …}`: ask again.
#[utoipa::path(
    get,
    path = "/ofrep/v1/events",
    operation_id = "listen_to_flags",
    tag = "flags",
    responses((status = 200, description = "A stream of events", body = String, content_type = "text/event-stream")),
)]
pub(crate) async fn events(
    State(app): State<App>,
    Extension(shutdown): Extension<Shutdown>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = app.flag_changes();
    changes.mark_unchanged();
    let stream = unfold((changes, shutdown), next);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

async fn next(
    (mut changes, shutdown): (Receiver<String>, Shutdown),
) -> Option<(Result<Event, Infallible>, (Receiver<String>, Shutdown))> {
    let changed = tokio::select! {
        () = shutdown.0.cancelled() => return None,
        changed = changes.changed() => changed,
    };
    changed.ok()?;
    let etag = changes.borrow_and_update().clone();
    let data = json!({ "type": "refetchEvaluation", "etag": etag });
    let event = Event::default().data(data.to_string());
    Some((Ok(event), (changes, shutdown)))
}

/// The targeting key of a body `{"context": {"targetingKey": …}}`.
async fn read(body: Body) -> Result<Option<String>, Refusal> {
    let bytes = small_body(body, CONTEXT_BYTES_MAX).await.ok_or_else(|| {
        Refusal::bad(
            "INVALID_CONTEXT",
            format!("the body is larger than {CONTEXT_BYTES_MAX} bytes, or broke off"),
        )
    })?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let sent: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::bad("PARSE_ERROR", format!("the body is not JSON: {error}")))?;
    let Value::Object(mut sent) = sent else {
        return Err(Refusal::bad(
            "PARSE_ERROR",
            "the body is not an object: send {\"context\": {…}}",
        ));
    };
    let mut context = match sent.remove("context") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(context)) => context,
        Some(_) => {
            return Err(Refusal::bad(
                "INVALID_CONTEXT",
                "`context` is not an object",
            ));
        }
    };
    match context.remove("targetingKey") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(key)) => Ok(Some(key)),
        Some(_) => Err(Refusal::bad(
            "INVALID_CONTEXT",
            "`targetingKey` is not a text",
        )),
    }
}

fn success(answer: &FlagAnswer) -> Value {
    json!({
        "key": answer.flag.key,
        "value": answer.value,
        "variant": answer.variant,
        "reason": answer.reason.as_str(),
        "metadata": metadata(&answer.flag),
    })
}

/// What a serving system can use beside the value: `shadow` names a version that is to be asked
/// too, its answer logged and not used.
fn metadata(flag: &Flag) -> Value {
    let mut metadata = Map::new();
    metadata.insert("model".to_owned(), flag.model.as_str().into());
    if let Some(challenger) = &flag.challenger {
        metadata.insert("rollout".to_owned(), challenger.rollout.as_str().into());
        metadata.insert("stage".to_owned(), challenger.stage.as_str().into());
        metadata.insert(
            "share_percent".to_owned(),
            (f64::from(challenger.share) / 100.0).into(),
        );
        if challenger.is_shadow {
            metadata.insert("shadow".to_owned(), challenger.version.as_str().into());
        }
    }
    Value::Object(metadata)
}

fn definition(flag: &Flag) -> Value {
    let mut variants = Map::new();
    variants.insert(CHAMPION.to_owned(), flag.champion.as_str().into());
    let mut definition = json!({
        "state": "ENABLED",
        "defaultVariant": CHAMPION,
        "metadata": metadata(flag),
    });
    if let Some(challenger) = &flag.challenger {
        variants.insert(CHALLENGER.to_owned(), challenger.version.as_str().into());
        if challenger.share > 0 {
            let [champion, challenger] = flag.weights();
            definition["targeting"] = json!({
                "fractional": [[CHAMPION, champion], [CHALLENGER, challenger]],
            });
        }
    }
    definition["variants"] = Value::Object(variants);
    definition
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|sent| {
            sent.split(',')
                .map(|one| one.trim().trim_start_matches("W/"))
                .any(|one| one == etag || one == "*")
        })
}

fn tag(answer: &mut Response, etag: &str) {
    if let Ok(value) = HeaderValue::from_str(etag) {
        answer.headers_mut().insert(header::ETAG, value);
    }
}
