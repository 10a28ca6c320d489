//! One file a noun, one function a route. A handler takes typed input, calls `trimtab-app` and
//! makes a view; if it needs a rule, the rule lives on the wrong floor.

#![expect(
    unused_qualifications,
    reason = "the macro that documents a route names its parameters by their full path"
)]

pub(crate) mod ab_tests;
pub(crate) mod audit;
pub(crate) mod documents;
pub(crate) mod drift;
pub(crate) mod events;
pub(crate) mod fleet;
pub(crate) mod incidents;
pub(crate) mod ingest;
pub(crate) mod models;
pub(crate) mod monitoring;
pub(crate) mod performance;
pub(crate) mod pipelines;
pub(crate) mod registry;
pub(crate) mod results;
pub(crate) mod retraining;
pub(crate) mod rollouts;
pub(crate) mod server;
pub(crate) mod validations;

use jiff::Timestamp;
use serde::Deserialize;
use trimtab_app::read::AskedRange;
use trimtab_domain::{Error, Result, Window};
use utoipa::IntoParams;

/// The period asked for, where nothing else is.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RangeParams {
    /// First instant, event time; the data's own last 30 windows where absent.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// First instant after.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// A period of which either end may be open.
fn window(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Option<Window>> {
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    Window::new(
        from.unwrap_or(Timestamp::UNIX_EPOCH),
        to.unwrap_or(Timestamp::MAX),
    )
    .map(Some)
}

/// Reads a word of a query: `severity=high`.
fn word<T>(name: &str, sent: &str, all: &[T], as_str: impl Fn(&T) -> &'static str) -> Result<T>
where
    T: Copy,
{
    all.iter()
        .find(|value| as_str(value) == sent)
        .copied()
        .ok_or_else(|| {
            let words: Vec<_> = all.iter().map(as_str).collect();
            Error::invalid(format!("`{name}` cannot be `{sent}`"))
                .with_hint(format!("use {}", words.join(", ")))
        })
}

impl From<RangeParams> for AskedRange {
    fn from(params: RangeParams) -> Self {
        Self {
            from: params.from,
            to: params.to,
        }
    }
}
