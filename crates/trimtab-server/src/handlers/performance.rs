//! Performance: how good a model is, and how sure that is.

use crate::extract::{InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{IntoView, PerformanceView};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use trimtab_app::App;
use trimtab_app::read::performance::{AskedPerformance, Every};
use trimtab_app::read::{self, AskedRange};
use trimtab_domain::ModelName;
use trimtab_domain::documents::PerformanceMetric;
use utoipa::{IntoParams, ToSchema};

/// What to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PerformanceParams {
    /// First instant, event time; the data's own last 30 windows where absent.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// First instant after.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// `roc_auc`, `f1`, `accuracy`…; the performance monitor's where absent.
    #[param(value_type = Option<String>)]
    metric: Option<PerformanceMetric>,
    /// Only labels known by then count: "what could we know on that evening?"
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
    /// One version; all live traffic where absent.
    version: Option<String>,
    /// Length of the windows of the series; the performance monitor's where absent.
    #[param(inline)]
    every: Option<EveryParam>,
}

/// Length of the windows of a series.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EveryParam {
    /// Local midnight to local midnight.
    Day,
    /// Monday to Monday.
    Week,
    /// First to first.
    Month,
}

/// Read a model's performance
///
/// Every window of the period, the monitor's judgement of their means, months, maturity of the
/// labels.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/performance",
    operation_id = "get_performance",
    tag = "performance",
    params(("model" = String, Path, description = "Name of the model"), PerformanceParams),
    responses((status = 200, description = "The performance", body = PerformanceView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<PerformanceParams>,
) -> Result<Json<PerformanceView>, ApiError> {
    let asked = AskedPerformance {
        range: AskedRange {
            from: params.from,
            to: params.to,
        },
        metric: params.metric,
        known_at: params.known_at,
        version: params.version,
        every: params.every.map(|every| match every {
            EveryParam::Day => Every::Day,
            EveryParam::Week => Every::Week,
            EveryParam::Month => Every::Month,
        }),
    };
    let page = read::performance::page(&app, &model, asked).await?;
    Ok(Json(page.into_view()))
}
