//! A/B tests: two versions side by side, looked at as often as one likes.

use crate::access::Caller;
use crate::extract::{InBody, InPath, InQuery};
use crate::problem::ApiError;
use crate::views::{
    AbPlanView, AbTestListView, AbTestPageView, AbTestView, IntoView, StartAbTestRequest,
    StopAbTestRequest,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use trimtab_app::App;
use trimtab_app::ab_test::{AbPlanRequest, NewAbTest, plan_ab_test};
use trimtab_domain::ab_test::AbDesign;
use trimtab_domain::{AbTestId, DocumentName, Error, ModelName};
use utoipa::IntoParams;

const PAGE_LENGTH: u32 = 100;
const PAGE_LENGTH_MAX: u32 = 1_000;

/// How many to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AbTestParams {
    /// At most so many of a model (100, up to 1,000).
    limit: Option<u32>,
}

impl AbTestParams {
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(PAGE_LENGTH).clamp(1, PAGE_LENGTH_MAX)
    }
}

/// List A/B tests of all models
#[utoipa::path(
    get,
    path = "/api/v1/ab-tests",
    operation_id = "list_all_ab_tests",
    tag = "ab-tests",
    params(AbTestParams),
    responses((status = 200, description = "Tests, newest first", body = AbTestListView)),
)]
pub(crate) async fn list_all(
    State(app): State<App>,
    InQuery(params): InQuery<AbTestParams>,
) -> Result<Json<AbTestListView>, ApiError> {
    let items = app.all_ab_tests(params.limit()).await?.into_view();
    Ok(Json(AbTestListView { items }))
}

/// List A/B tests of a model
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/ab-tests",
    operation_id = "list_ab_tests",
    tag = "ab-tests",
    params(("model" = String, Path, description = "Name of the model"), AbTestParams),
    responses((status = 200, description = "Tests, newest first", body = AbTestListView)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    InPath(model): InPath<ModelName>,
    InQuery(params): InQuery<AbTestParams>,
) -> Result<Json<AbTestListView>, ApiError> {
    let items = app.ab_tests(&model, params.limit()).await?.into_view();
    Ok(Json(AbTestListView { items }))
}

/// Read an A/B test
///
/// With every look so far. The intervals hold at all looks at once, so looking often costs
/// nothing.
#[utoipa::path(
    get,
    path = "/api/v1/models/{model}/ab-tests/{test}",
    operation_id = "get_ab_test",
    tag = "ab-tests",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("test" = String, Path, description = "Identifier, `abt_…`"),
    ),
    responses((status = 200, description = "The test in full", body = AbTestPageView)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    InPath((model, test)): InPath<(ModelName, String)>,
) -> Result<Json<AbTestPageView>, ApiError> {
    let id = identify(&test)?;
    Ok(Json(app.ab_test_page(&model, &id).await?.into_view()))
}

/// Begin an A/B test
///
/// For versions that a rollout or anything else splits the traffic between, and for a shadow.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/ab-tests",
    operation_id = "start_ab_test",
    tag = "ab-tests",
    params(("model" = String, Path, description = "Name of the model")),
    request_body(content = StartAbTestRequest, description = "What to compare"),
    responses((status = 201, description = "The test", body = AbTestView)),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    InPath(model): InPath<ModelName>,
    InBody(request): InBody<StartAbTestRequest>,
) -> Result<(StatusCode, Json<AbTestView>), ApiError> {
    let new = NewAbTest {
        test: request.test.map(DocumentName::new).transpose()?,
        champion: request.champion,
        challenger: request.challenger,
        design: match request.challenger_share {
            Some(challenger_share) => AbDesign::Split { challenger_share },
            None => AbDesign::Shadow,
        },
        since: request.since,
        rollout: None,
    };
    let test = app.start_ab_test(&model, new, caller.actor()).await?;
    Ok((StatusCode::CREATED, Json(test.into_view())))
}

/// Stop an A/B test
///
/// Ends it without a verdict. What was looked at stays.
#[utoipa::path(
    post,
    path = "/api/v1/models/{model}/ab-tests/{test}/stop",
    operation_id = "stop_ab_test",
    tag = "ab-tests",
    params(
        ("model" = String, Path, description = "Name of the model"),
        ("test" = String, Path, description = "Identifier, `abt_…`"),
    ),
    request_body(content = StopAbTestRequest, description = "Why"),
    responses((status = 200, description = "The test as it is now", body = AbTestView)),
)]
pub(crate) async fn stop(
    State(app): State<App>,
    caller: Caller,
    InPath((model, test)): InPath<(ModelName, String)>,
    InBody(request): InBody<StopAbTestRequest>,
) -> Result<Json<AbTestView>, ApiError> {
    let id = identify(&test)?;
    let stopped = app
        .stop_ab_test(&model, &id, caller.actor(), &request.reason)
        .await?;
    Ok(Json(stopped.into_view()))
}

/// What one knows and wants before a test.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AbPlanParams {
    /// The champion's value: a share of units, or a mean.
    champion: f64,
    /// Standard deviation between units; absent where the value is a share of units.
    standard_deviation: Option<f64>,
    /// The smallest difference that matters.
    minimum_effect: f64,
    /// Whether that is a share of the champion's value.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    relative: bool,
    /// Share of the units that the challenger gets (0.5).
    challenger_share: Option<f64>,
    /// Two-sided level (0.05).
    alpha: Option<f64>,
    /// Chance to find that difference (0.8).
    power: Option<f64>,
    /// Units that come new in a day.
    units_per_day: Option<f64>,
}

/// Plan an A/B test
///
/// How many units and days a test takes, by one look at the end and by as many as one likes.
#[utoipa::path(
    get,
    path = "/api/v1/ab-tests/plan",
    operation_id = "plan_ab_test",
    tag = "ab-tests",
    params(AbPlanParams),
    responses((status = 200, description = "The plan", body = AbPlanView)),
)]
pub(crate) async fn plan(
    InQuery(params): InQuery<AbPlanParams>,
) -> Result<Json<AbPlanView>, ApiError> {
    let plan = plan_ab_test(&AbPlanRequest {
        champion: params.champion,
        standard_deviation: params.standard_deviation,
        minimum_effect: params.minimum_effect,
        is_relative: params.relative,
        challenger_share: params.challenger_share.unwrap_or(0.5),
        alpha: params.alpha.unwrap_or(0.05),
        power: params.power.unwrap_or(0.8),
        units_per_day: params.units_per_day,
    })?;
    Ok(Json(plan.into_view()))
}

fn identify(sent: &str) -> Result<AbTestId, ApiError> {
    Ok(sent
        .parse::<AbTestId>()
        .map_err(|_| Error::not_found("A/B test", sent))?)
}
