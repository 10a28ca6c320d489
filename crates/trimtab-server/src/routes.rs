//! The table of routes: nothing is reachable that does not say here what it takes to reach it.

use crate::access::Caller;
use crate::handlers;
use crate::mlflow;
use crate::ofrep;
use crate::problem::{ApiError, Problem};
use crate::state::Server;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use trimtab_app::Permission;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContactBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref,
    RefOr, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requires {
    /// This permission.
    Permission(Permission),
    /// Any known caller.
    Login,
    /// A token that belongs to one training job: the use case asks for it.
    JobToken,
    /// Nothing: probes of supervisors, which have no token.
    Nothing,
}

impl Requires {
    fn word(self) -> &'static str {
        match self {
            Self::Permission(permission) => permission.as_str(),
            Self::Login => "login",
            Self::JobToken => "job_token",
            Self::Nothing => "nothing",
        }
    }

    fn check(self, caller: &Caller) -> Result<(), ApiError> {
        match self {
            Self::Permission(permission) => caller.check(permission),
            Self::Login if caller.actor.is_none() => caller.check(Permission::Read),
            Self::Login | Self::JobToken | Self::Nothing => Ok(()),
        }
    }
}

/// A router whose routes can't be added without saying what they require.
struct Routes(OpenApiRouter<Server>);

impl Routes {
    fn new() -> Self {
        Self(OpenApiRouter::with_openapi(
            OpenApiBuilder::new()
                .info(
                    InfoBuilder::new()
                        .title("Trimtab")
                        .version("1")
                        .description(Some(include_str!("api.md")))
                        .contact(Some(ContactBuilder::new().name(Some("Trimtab")).build()))
                        .license(Some(
                            LicenseBuilder::new()
                                .name("Apache-2.0")
                                .identifier(Some("Apache-2.0"))
                                .build(),
                        ))
                        .build(),
                )
                .build(),
        ))
    }

    fn add(
        self,
        requires: Requires,
        (schemas, mut paths, methods): UtoipaMethodRouter<Server>,
    ) -> Self {
        for item in paths.paths.values_mut() {
            for operation in operations(item) {
                describe(operation, requires);
            }
        }
        let guard = middleware::from_fn(move |request: Request, next: Next| {
            permit(requires, request, next)
        });
        let guarded: UtoipaMethodRouter<Server> = (schemas, paths, methods).layer(guard);
        Self(self.0.routes(guarded))
    }
}

/// Routes of foreign interfaces, which have descriptions of their own: the same rule, outside of
/// our OpenAPI document.
#[derive(Default)]
pub(crate) struct PlainRoutes {
    router: Router<Server>,
    table: Vec<(String, Requires)>,
}

impl PlainRoutes {
    /// Adds a path, in the syntax of the framework, with its methods.
    #[must_use]
    pub(crate) fn add(
        mut self,
        requires: Requires,
        path: &str,
        methods: MethodRouter<Server>,
    ) -> Self {
        let guard = middleware::from_fn(move |request: Request, next: Next| {
            permit(requires, request, next)
        });
        self.table.push((path.to_owned(), requires));
        self.router = self.router.route(path, methods.layer(guard));
        self
    }
}

/// Lets a request through to its handler if its caller may.
async fn permit(requires: Requires, request: Request, next: Next) -> Response {
    let Some(caller) = request.extensions().get::<Caller>() else {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Err(error) = requires.check(caller) {
        tracing::warn!(
            actor = caller.actor(),
            permission = requires.word(),
            path = request.uri().path(),
            "a request was denied"
        );
        return error.into_response();
    }
    next.run(request).await
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}

/// Says what the operation requires, and that any refusal is a problem document.
fn describe(operation: &mut Operation, requires: Requires) {
    operation.security = Some(match requires {
        Requires::Nothing => Vec::new(),
        Requires::Permission(_) | Requires::Login | Requires::JobToken => {
            vec![SecurityRequirement::new("token", Vec::<String>::new())]
        }
    });
    operation.extensions = Some(
        ExtensionsBuilder::new()
            .add("x-requires", requires.word())
            .build(),
    );
    let refusal = ResponseBuilder::new()
        .description("Refused: `code` says what the caller can do about it")
        .content(
            "application/problem+json",
            ContentBuilder::new()
                .schema(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))
                .build(),
        )
        .build();
    operation
        .responses
        .responses
        .entry("default".to_owned())
        .or_insert(RefOr::T(refusal));
}

pub(crate) const READ: Requires = Requires::Permission(Permission::Read);
pub(crate) const INGEST: Requires = Requires::Permission(Permission::Ingest);
pub(crate) const RESPOND: Requires = Requires::Permission(Permission::Respond);
pub(crate) const EDIT: Requires = Requires::Permission(Permission::Edit);
pub(crate) const ADMIN: Requires = Requires::Permission(Permission::Admin);

fn all() -> Routes {
    the_loop(watching(Routes::new()))
}

/// What watches: models, drift, quality, incidents, documents and the server itself.
fn watching(routes: Routes) -> Routes {
    use handlers::{
        audit, documents, drift, events, fleet, incidents, ingest, models, monitoring, performance,
        results, server,
    };
    routes
        .add(READ, routes!(fleet::get))
        .add(READ, routes!(models::list))
        .add(READ, routes!(models::get))
        .add(ADMIN, routes!(models::delete))
        .add(READ, routes!(models::overview))
        .add(READ, routes!(drift::map))
        .add(READ, routes!(drift::column))
        .add(READ, routes!(performance::get))
        .add(READ, routes!(results::list))
        .add(READ, routes!(results::signals))
        .add(EDIT, routes!(results::create))
        .add(READ, routes!(incidents::list))
        .add(READ, routes!(incidents::get))
        .add(RESPOND, routes!(incidents::acknowledge))
        .add(RESPOND, routes!(incidents::resolve))
        .add(INGEST, routes!(ingest::predictions))
        .add(INGEST, routes!(ingest::labels))
        .add(INGEST, routes!(ingest::metrics))
        .add(INGEST, routes!(ingest::watermark))
        .add(INGEST, routes!(ingest::settle))
        .add(READ, routes!(documents::list))
        .add(EDIT, routes!(documents::apply))
        .add(EDIT, routes!(documents::delete))
        .add(EDIT, routes!(documents::put_reference_data))
        .add(READ, routes!(audit::list))
        .add(READ, routes!(audit::verify))
        .add(READ, routes!(events::stream))
        .add(Requires::Login, routes!(server::session))
        .add(READ, routes!(server::status))
        .add(READ, routes!(server::openapi))
        .add(READ, routes!(server::docs))
        .add(READ, routes!(server::metrics))
        .add(Requires::Nothing, routes!(server::healthz))
        .add(Requires::Nothing, routes!(server::readyz))
        .add(READ, routes!(monitoring::drift_status))
        .add(READ, routes!(monitoring::drift_history))
        .add(READ, routes!(monitoring::drift_of_model))
        .add(READ, routes!(monitoring::performance_of_model))
        .add(READ, routes!(monitoring::alerts))
        .add(RESPOND, routes!(monitoring::acknowledge_alert))
        .add(EDIT, routes!(monitoring::check_drift))
}

/// What acts: from a retraining to all traffic, and the registry beside it.
fn the_loop(routes: Routes) -> Routes {
    use handlers::{ab_tests, pipelines, registry, retraining, rollouts, validations};
    routes
        .add(READ, routes!(pipelines::list))
        .add(READ, routes!(pipelines::get))
        .add(READ, routes!(validations::list))
        .add(EDIT, routes!(validations::create))
        .add(READ, routes!(validations::get))
        .add(READ, routes!(validations::report))
        .add(READ, routes!(rollouts::list))
        .add(READ, routes!(rollouts::get))
        .add(EDIT, routes!(rollouts::start))
        .add(EDIT, routes!(rollouts::approve))
        .add(EDIT, routes!(rollouts::pause))
        .add(EDIT, routes!(rollouts::resume))
        .add(RESPOND, routes!(rollouts::rollback))
        .add(READ, routes!(ofrep::evaluate))
        .add(READ, routes!(ofrep::evaluate_all))
        .add(READ, routes!(ofrep::flagd))
        .add(READ, routes!(ofrep::events))
        .add(READ, routes!(ab_tests::list_all))
        .add(READ, routes!(ab_tests::list))
        .add(READ, routes!(ab_tests::get))
        .add(EDIT, routes!(ab_tests::create))
        .add(EDIT, routes!(ab_tests::stop))
        .add(READ, routes!(ab_tests::plan))
        .add(READ, routes!(registry::list))
        .add(READ, routes!(registry::get))
        .add(READ, routes!(registry::version))
        .add(READ, routes!(registry::history))
        .add(READ, routes!(registry::diff))
        .add(READ, routes!(registry::serving))
        .add(INGEST, routes!(registry::register))
        .add(EDIT, routes!(registry::promote))
        .add(RESPOND, routes!(registry::rollback))
        .add(EDIT, routes!(registry::approve))
        .add(READ, routes!(retraining::list))
        .add(EDIT, routes!(retraining::create))
        .add(READ, routes!(retraining::decisions))
        .add(READ, routes!(retraining::dry_run))
        .add(READ, routes!(retraining::get))
        .add(EDIT, routes!(retraining::approve))
        .add(EDIT, routes!(retraining::reject))
        .add(EDIT, routes!(retraining::cancel))
        .add(Requires::JobToken, routes!(retraining::report))
}

/// The routes, ready for a state.
pub(crate) fn router() -> Router<Server> {
    let (router, _) = all().0.split_for_parts();
    router.merge(mlflow::routes::all().router)
}

/// Every path of the foreign interfaces, and what it requires.
pub fn foreign_paths_required() -> Vec<(String, String)> {
    mlflow::routes::all()
        .table
        .into_iter()
        .map(|(path, requires)| (path, requires.word().to_owned()))
        .collect()
}

/// The OpenAPI document of every route.
pub fn openapi() -> OpenApi {
    let mut api = all().0.into_openapi();
    let components = api.components.get_or_insert_default();
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(
                    "A token made with `trimtab token create`. On loopback, the embedded default \
                     trusts the local user and needs none.",
                ))
                .build(),
        ),
    );
    api
}

/// Every operation: method, path, and what it requires.
pub fn operations_required() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (path, item) in openapi().paths.paths {
        for (method, operation) in [
            ("GET", item.get),
            ("PUT", item.put),
            ("POST", item.post),
            ("DELETE", item.delete),
            ("PATCH", item.patch),
        ] {
            let Some(operation) = operation else { continue };
            let requires = requires(&operation).to_owned();
            found.push((method.to_owned(), path.clone(), requires));
        }
    }
    found
}

/// What an operation requires, as a word.
pub(crate) fn requires(operation: &Operation) -> &str {
    operation
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.get("x-requires"))
        .and_then(|word| word.as_str())
        .unwrap_or_default()
}
