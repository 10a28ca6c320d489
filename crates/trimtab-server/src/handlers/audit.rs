//! The audit log.

use crate::extract::InQuery;
use crate::problem::ApiError;
use crate::views::{AuditListView, AuditVerificationView, IntoView};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use trimtab_app::App;
use trimtab_domain::Error;
use trimtab_domain::audit::AuditHash;
use trimtab_domain::ports::audit::AuditQuery;
use utoipa::IntoParams;

const PAGE_LENGTH: u32 = 100;
const PAGE_LENGTH_MAX: u32 = 1_000;

/// Which entries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Only about this model.
    model: Option<String>,
    /// Only by this actor: `local`, `token:tok_…`, `command line`, `system`.
    actor: Option<String>,
    /// Only these actions, separated by commas.
    action: Option<String>,
    /// Only about this thing: `monitor/drift`, `inc_…`.
    object: Option<String>,
    /// Not before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// At most so many (100, up to 1,000).
    limit: Option<u32>,
    /// Where to go on: `next` of the answer before.
    cursor: Option<String>,
}

/// What is asked about the chain.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyParams {
    /// A hash somebody noted earlier: it must still be there.
    expect: Option<String>,
}

/// Read the audit log
///
/// Every decision with who, when, why, before and after. Entries are only ever added.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "list_audit_entries",
    tag = "audit",
    params(AuditParams),
    responses((status = 200, description = "Entries, newest first", body = AuditListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InQuery(params): InQuery<AuditParams>,
) -> Result<Json<AuditListView>, ApiError> {
    let below_number = params.cursor.map(|cursor| number(&cursor)).transpose()?;
    let actions = params.action.unwrap_or_default();
    let query = AuditQuery {
        model: params.model,
        actor: params.actor,
        actions: actions
            .split(',')
            .map(str::trim)
            .filter(|action| !action.is_empty())
            .map(str::to_owned)
            .collect(),
        object: params.object,
        from: params.from,
        until: params.to,
        below_number,
        limit: None,
    };
    let limit = params
        .limit
        .unwrap_or(PAGE_LENGTH)
        .clamp(1, PAGE_LENGTH_MAX);
    let page = app.audit_log(query, limit).await?;
    let head = app.store().audit_head().await?;
    Ok(Json(AuditListView::new(page, head)))
}

fn number(cursor: &str) -> Result<u64, Error> {
    cursor.parse().map_err(|_| {
        Error::invalid(format!("`{cursor}` is not a cursor"))
            .with_hint("use `next` of the answer before")
    })
}

/// Check the audit log
///
/// Reads the whole chain: an entry that was changed, removed or put in later breaks it.
#[utoipa::path(
    get,
    path = "/api/v1/audit/verify",
    operation_id = "verify_audit",
    tag = "audit",
    params(VerifyParams),
    responses((status = 200, description = "What was found", body = AuditVerificationView)),
)]
pub(crate) async fn verify(
    State(app): State<App>,
    InQuery(params): InQuery<VerifyParams>,
) -> Result<Json<AuditVerificationView>, ApiError> {
    let expected = params
        .expect
        .map(|hash| hash.parse::<AuditHash>())
        .transpose()?;
    Ok(Json(app.verify_audit(expected).await?.into_view()))
}
