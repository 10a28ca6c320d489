//! Shapes of the answers: what the wire shows, named field by field.
//!
//! A read model of `trimtab-app` becomes a view here, so that either can change alone. [`view!`]
//! writes the struct and the conversion from one list of fields; a field that has another name or
//! form inside is converted by hand.

mod ab_tests;
mod audit;
mod drift;
mod fleet;
mod incidents;
mod models;
mod monitoring;
mod performance;
mod pipelines;
mod registry;
mod results;
mod retraining;
mod rollouts;
mod shared;
mod validations;
mod writing;

pub(crate) use ab_tests::*;
pub(crate) use audit::*;
pub(crate) use drift::*;
pub(crate) use fleet::*;
pub(crate) use incidents::*;
pub(crate) use models::*;
pub(crate) use monitoring::*;
pub(crate) use performance::*;
pub(crate) use pipelines::*;
pub(crate) use registry::*;
pub(crate) use results::*;
pub(crate) use retraining::*;
pub(crate) use rollouts::*;
pub(crate) use shared::*;
pub(crate) use validations::*;
pub(crate) use writing::*;

use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use trimtab_domain::intake::Position;
use trimtab_domain::{DocumentName, IncidentId, ModelName, ResultId};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Becomes what the wire shows.
pub(crate) trait IntoView<V> {
    fn into_view(self) -> V;
}

/// Declares a view and its conversion from a read model with the same field names.
macro_rules! view {
    (
        $(#[$meta:meta])*
        $view:ident as $name:ident from $from:ty {
            $( $(#[$field_meta:meta])* $field:ident: $kind:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[schema(as = $name)]
        pub(crate) struct $view {
            $( $(#[$field_meta])* #[schema(required = true)] pub(crate) $field: $kind, )*
        }

        impl $crate::views::IntoView<$view> for $from {
            fn into_view(self) -> $view {
                let source = self;
                $view { $( $field: source.$field.into_view(), )* }
            }
        }
    };
}
pub(crate) use view;

/// Declares an enum of words and its conversion from one with the same variants.
macro_rules! words {
    (
        $(#[$meta:meta])*
        $view:ident as $name:ident from $from:ty {
            $( $(#[$variant_meta:meta])* $variant:ident, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = $name)]
        pub(crate) enum $view {
            $( $(#[$variant_meta])* $variant, )*
        }

        impl $crate::views::IntoView<$view> for $from {
            fn into_view(self) -> $view {
                match self {
                    $( <$from>::$variant => $view::$variant, )*
                }
            }
        }
    };
}
pub(crate) use words;

macro_rules! same {
    ($($kind:ty),*) => {
        $(impl IntoView<$kind> for $kind {
            fn into_view(self) -> $kind {
                self
            }
        })*
    };
}
same!(String, bool, f64, u64, u32);

macro_rules! as_text {
    ($($kind:ty),*) => {
        $(impl IntoView<String> for $kind {
            fn into_view(self) -> String {
                self.to_string()
            }
        })*
    };
}
as_text!(
    ModelName,
    DocumentName,
    IncidentId,
    ResultId,
    Position,
    &'static str
);

impl IntoView<u64> for usize {
    fn into_view(self) -> u64 {
        self as u64
    }
}

impl<T: IntoView<V>, V> IntoView<Option<V>> for Option<T> {
    fn into_view(self) -> Option<V> {
        self.map(IntoView::into_view)
    }
}

impl<T: IntoView<V>, V> IntoView<Vec<V>> for Vec<T> {
    fn into_view(self) -> Vec<V> {
        self.into_iter().map(IntoView::into_view).collect()
    }
}

impl<T: IntoView<V>, V> IntoView<BTreeMap<String, V>> for BTreeMap<String, T> {
    fn into_view(self) -> BTreeMap<String, V> {
        self.into_iter()
            .map(|(key, value)| (key, value.into_view()))
            .collect()
    }
}

/// An instant on the wire: RFC 3339, UTC.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(transparent)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl IntoView<Instant> for Timestamp {
    fn into_view(self) -> Instant {
        Instant(self)
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Instant {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Instant")
    }
}
