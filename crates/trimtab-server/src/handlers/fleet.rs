//! The fleet: every model at a glance.

use crate::problem::ApiError;
use crate::views::{FleetView, IntoView};
use axum::Json;
use axum::extract::State;
use trimtab_app::{App, read};

/// Every model at a glance
///
/// A sentence, the few numbers on top, what needs attention, what changed lately, and one row a
/// model.
#[utoipa::path(
    get,
    path = "/api/v1/fleet",
    operation_id = "get_fleet",
    tag = "models",
    responses((status = 200, description = "The fleet as it is now", body = FleetView)),
)]
pub(crate) async fn get(State(app): State<App>) -> Result<Json<FleetView>, ApiError> {
    Ok(Json(read::fleet::fleet(&app).await?.into_view()))
}
