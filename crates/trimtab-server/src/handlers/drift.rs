//! Drift: the map of columns by windows, and one cell in full.

use crate::extract::{InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{DriftDetailView, DriftMapView, IntoView};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use trimtab_app::App;
use trimtab_app::read::{self, AskedRange, drift_shape::DriftBy};
use trimtab_domain::{DocumentName, ModelName};
use utoipa::{IntoParams, ToSchema};

/// What to draw.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MapParams {
    /// First instant, event time; the data's own last 30 windows where absent.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// First instant after.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// A drift monitor; the model's first data drift monitor where absent, with score and
    /// prediction above its inputs.
    #[param(value_type = Option<String>)]
    monitor: Option<DocumentName>,
    /// What the cells show.
    #[serde(default)]
    #[param(inline)]
    by: By,
}

/// What the cells of a drift map show.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// Effect over its floor.
    #[default]
    Decision,
    /// Population stability index.
    Psi,
    /// Wasserstein distance in interquartile ranges of the reference.
    Wasserstein,
    /// Jensen–Shannon distance.
    JensenShannon,
    /// Kolmogorov–Smirnov statistic.
    Ks,
}

impl From<By> for DriftBy {
    fn from(by: By) -> Self {
        match by {
            By::Decision => Self::Decision,
            By::Psi => Self::Psi,
            By::Wasserstein => Self::Wasserstein,
            By::JensenShannon => Self::JensenShannon,
            By::Ks => Self::Ks,
        }
    }
}

/// Read a drift map
///
/// Columns by windows, from stored results.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/drift",
    operation_id = "get_drift_map",
    tag = "drift",
    params(("model" = String, Path, description = "Name of the model"), MapParams),
    responses((status = 200, description = "The map", body = DriftMapView)),
)]
pub(crate) async fn map(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<MapParams>,
) -> Result<Json<DriftMapView>, ApiError> {
    let range = AskedRange {
        from: params.from,
        to: params.to,
    };
    let map = read::drift::map(&app, &model, range, params.monitor, params.by.into()).await?;
    Ok(Json(map.into_view()))
}

/// Which cell to open.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CellParams {
    /// An instant inside the window; the newest judged window where absent.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// A drift monitor; the model's first that looks at the column where absent.
    #[param(value_type = Option<String>)]
    monitor: Option<DocumentName>,
}

/// Read one column in one window
///
/// Every number behind a cell of the map, and both distributions to draw.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/drift/columns/{column}",
    operation_id = "get_drift_column",
    tag = "drift",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("column" = String, Path, description = "Name of the column"),
        CellParams,
    ),
    responses((status = 200, description = "The cell in full", body = DriftDetailView)),
)]
pub(crate) async fn column(
    State(app): State<App>,
    InPath((model, column)): InPath<(ModelName, String)>,
    InQuery(params): InQuery<CellParams>,
) -> Result<Json<DriftDetailView>, ApiError> {
    let detail =
        read::drift_column::detail(&app, &model, &column, params.at, params.monitor).await?;
    Ok(Json(detail.into_view()))
}
