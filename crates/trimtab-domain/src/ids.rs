//! Names people choose and identifiers we make: a function cannot be given the wrong one.

use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest name of a model or document.
pub const NAME_LENGTH_MAX: usize = 100;

fn check_name(what: &str, name: &str) -> Result<()> {
    let fits = !name.is_empty()
        && name.len() <= NAME_LENGTH_MAX
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fits {
        return Ok(());
    }
    Err(Error::invalid(format!("`{name}` is not a {what} name")).with_hint(format!(
        "use 1 to {NAME_LENGTH_MAX} of a-z, A-Z, 0-9, `-`, `_`, `.`, starting with a letter or a digit"
    )))
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the name.
            ///
            /// # Errors
            ///
            /// `Invalid` if it is empty, too long, or holds other characters than letters,
            /// digits, `-`, `_` and `.`.
            pub fn new(name: impl Into<String>) -> Result<Self> {
                let name = name.into();
                check_name($what, &name)?;
                Ok(Self(name))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(name: String) -> Result<Self> {
                Self::new(name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;
            fn from_str(name: &str) -> Result<Self> {
                Self::new(name)
            }
        }
    };
}

name_type!(
    /// The name of a model, as its users chose it: `flights-delay`.
    ModelName,
    "model"
);
name_type!(
    /// The name of a document other than a model: a monitor, a rule, a channel, a reference.
    DocumentName,
    "document"
);

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What every identifier of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an identifier from a unique suffix (the caller's source of identity).
            pub fn from_suffix(suffix: impl fmt::Display) -> Self {
                Self(format!(concat!($prefix, "_{}"), suffix))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(id: String) -> Result<Self> {
                let fits = id.len() <= 64
                    && id.strip_prefix(concat!($prefix, "_")).is_some_and(|suffix| {
                        !suffix.is_empty() && suffix.chars().all(|c| c.is_ascii_alphanumeric())
                    });
                if fits {
                    Ok(Self(id))
                } else {
                    Err(Error::invalid(format!(
                        concat!("`{}` is not an identifier of the form `", $prefix, "_…`"),
                        id
                    )))
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;
            fn from_str(id: &str) -> Result<Self> {
                Self::try_from(id.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id_type!(
    /// One A/B test.
    AbTestId,
    "abt"
);
id_type!(
    /// One firing instance of a rule.
    AlertId,
    "alr"
);
id_type!(
    /// One thing people work on.
    IncidentId,
    "inc"
);
id_type!(
    /// One outcome of one monitor on one window.
    ResultId,
    "res"
);
id_type!(
    /// One message in the outbox.
    MessageId,
    "msg"
);
id_type!(
    /// One rollout of a candidate.
    RolloutId,
    "rol"
);
id_type!(
    /// One API token (its public half).
    TokenId,
    "tok"
);
id_type!(
    /// One execution of a retraining, from its cause to its end.
    RetrainingId,
    "ret"
);
id_type!(
    /// One data snapshot that a training job reads.
    SnapshotId,
    "snap"
);
id_type!(
    /// One look of the gate at a candidate.
    ValidationId,
    "val"
);
