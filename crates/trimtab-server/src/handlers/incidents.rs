//! Incidents: what people work on.

use super::word;
use crate::access::Caller;
use crate::extract::{InOptionalBody, InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{IncidentListView, IncidentSummaryView, IncidentView, IntoView, NoteRequest};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use trimtab_app::read::incident_shape::AskedIncidents;
use trimtab_app::{App, read};
use trimtab_domain::incident::IncidentState;
use trimtab_domain::result::Severity;
use trimtab_domain::{Error, IncidentId, ModelName};
use utoipa::{IntoParams, ToSchema};

const PAGE_LENGTH: u32 = 100;
const PAGE_LENGTH_MAX: u32 = 1_000;
const SEVERITIES: [Severity; 4] = [
    Severity::Critical,
    Severity::High,
    Severity::Medium,
    Severity::Low,
];

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncidentParams {
    /// Which states.
    #[serde(default)]
    #[param(inline)]
    state: StateParam,
    /// Only this model's.
    #[param(value_type = Option<String>)]
    model: Option<ModelName>,
    /// Only this severity: `critical`, `high`, `medium` or `low`.
    severity: Option<String>,
    /// At most so many (100, up to 1,000).
    limit: Option<u32>,
    /// Where to go on: `next` of the answer before.
    cursor: Option<String>,
}

/// Which states to list.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateParam {
    /// Open and acknowledged.
    #[default]
    Open,
    /// Acknowledged only.
    Acknowledged,
    /// Over.
    Resolved,
    /// All.
    All,
}

impl StateParam {
    fn states(self) -> Vec<IncidentState> {
        match self {
            Self::Open => vec![IncidentState::Open, IncidentState::Acknowledged],
            Self::Acknowledged => vec![IncidentState::Acknowledged],
            Self::Resolved => vec![IncidentState::Resolved],
            Self::All => Vec::new(),
        }
    }
}

/// List incidents
#[utoipa::path(
    get,
    path = "/api/v1/incidents",
    operation_id = "list_incidents",
    tag = "incidents",
    params(IncidentParams),
    responses((status = 200, description = "Incidents, newest first", body = IncidentListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InQuery(params): InQuery<IncidentParams>,
) -> Result<Json<IncidentListView>, ApiError> {
    let severity = params
        .severity
        .map(|sent| word("severity", &sent, &SEVERITIES, |one| one.as_str()))
        .transpose()?;
    let below_number = params.cursor.map(|cursor| number(&cursor)).transpose()?;
    let asked = AskedIncidents {
        model: params.model,
        states: params.state.states(),
        severity,
        limit: params
            .limit
            .unwrap_or(PAGE_LENGTH)
            .clamp(1, PAGE_LENGTH_MAX),
        below_number,
    };
    Ok(Json(read::incidents::list(&app, asked).await?.into_view()))
}

fn number(cursor: &str) -> Result<u64, Error> {
    cursor.parse().map_err(|_| {
        Error::invalid(format!("`{cursor}` is not a cursor"))
            .with_hint("use `next` of the answer before")
    })
}

/// Read an incident
#[utoipa::path(
    get,
    path = "/api/v1/incidents/{incident}",
    operation_id = "get_incident",
    tag = "incidents",
    params(("incident" = String, Path, description = "Identifier, `inc_…`, or number")),
    responses((status = 200, description = "The incident in full", body = IncidentView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath(incident): InPath<String>,
) -> Result<Json<IncidentView>, ApiError> {
    let id = identify(&app, &incident).await?;
    Ok(Json(read::incidents::page(&app, &id).await?.into_view()))
}

/// Acknowledge an incident
///
/// Says that somebody has it. On one that is over, the word is kept as a note.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{incident}/acknowledge",
    operation_id = "acknowledge_incident",
    tag = "incidents",
    params(("incident" = String, Path, description = "Identifier, `inc_…`, or number")),
    request_body(content = NoteRequest, description = "A note for the timeline"),
    responses((status = 200, description = "The incident as it is now", body = IncidentSummaryView)),
)]
pub(crate) async fn acknowledge(
    State(app): State<App>,
    caller: Caller,
    InPath(incident): InPath<String>,
    InOptionalBody(request): InOptionalBody<NoteRequest>,
) -> Result<Json<IncidentSummaryView>, ApiError> {
    let id = identify(&app, &incident).await?;
    let incident = app
        .acknowledge(&id, caller.actor(), request.note.as_deref())
        .await?;
    Ok(Json(
        read::incidents::summary(&app, incident).await?.into_view(),
    ))
}

/// Resolve an incident
///
/// Says that it is over, before its monitor says so.
#[utoipa::path(
    post,
    path = "/api/v1/incidents/{incident}/resolve",
    operation_id = "resolve_incident",
    tag = "incidents",
    params(("incident" = String, Path, description = "Identifier, `inc_…`, or number")),
    request_body(content = NoteRequest, description = "A note for the timeline"),
    responses((status = 200, description = "The incident as it is now", body = IncidentSummaryView)),
)]
pub(crate) async fn resolve(
    State(app): State<App>,
    caller: Caller,
    InPath(incident): InPath<String>,
    InOptionalBody(request): InOptionalBody<NoteRequest>,
) -> Result<Json<IncidentSummaryView>, ApiError> {
    let id = identify(&app, &incident).await?;
    let incident = app
        .resolve_incident(&id, caller.actor(), request.note.as_deref())
        .await?;
    Ok(Json(
        read::incidents::summary(&app, incident).await?.into_view(),
    ))
}

/// People say `#3`, links say `inc_…`.
pub(super) async fn identify(app: &App, sent: &str) -> Result<IncidentId, ApiError> {
    Ok(match sent.trim_start_matches('#').parse::<u64>() {
        Ok(number) => read::incidents::id_of_number(app, number).await?,
        Err(_) => sent
            .parse::<IncidentId>()
            .map_err(|_| Error::not_found("incident", sent))?,
    })
}
