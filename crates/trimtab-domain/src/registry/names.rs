//! What registered models, their aliases and their stages may be called: MLflow's rules and words.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The alias of the version that serves.
pub const CHAMPION: &str = "champion";
/// The alias of the candidate on its way.
pub const CHALLENGER: &str = "challenger";
/// Stands for the highest version; no alias of that name can be set.
pub const LATEST: &str = "latest";

/// Longest name of a registered model.
pub const MODEL_NAME_LENGTH_MAX: usize = 256;
/// Longest alias.
pub const ALIAS_LENGTH_MAX: usize = 255;
/// Longest key of a tag.
pub const TAG_KEY_LENGTH_MAX: usize = 250;
/// Longest value of a tag.
pub const TAG_VALUE_LENGTH_MAX: usize = 100_000;

/// Checks the name of a registered model: any text without `/` and `:`.
///
/// # Errors
///
/// `Invalid` if it is empty, too long, or could be taken for a part of an address.
pub fn check_model_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid("Registered model name cannot be empty."));
    }
    check_length("name", name, MODEL_NAME_LENGTH_MAX)?;
    let is_forbidden = |c: char| matches!(c, '/' | ':') || c.is_control();
    if name.contains(is_forbidden) || matches!(name, "." | "..") {
        return Err(Error::invalid(format!(
            "Invalid model name: '{name}'. Names cannot contain '/' or ':' or control characters."
        )));
    }
    Ok(())
}

/// Checks an alias: letters, digits, `_` and `-`; `latest` and names of versions are reserved.
///
/// # Errors
///
/// `Invalid` if it is none.
pub fn check_alias(alias: &str) -> Result<()> {
    if alias.is_empty() {
        return Err(Error::invalid(
            "Registered model alias name cannot be empty.",
        ));
    }
    check_length("alias", alias, ALIAS_LENGTH_MAX)?;
    if !alias
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    {
        return Err(Error::invalid(format!(
            "Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )));
    }
    if alias.eq_ignore_ascii_case(LATEST) {
        return Err(Error::invalid(
            "'latest' alias name (case insensitive) is reserved.",
        ));
    }
    let digits = alias.strip_prefix(['v', 'V']).unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid(format!(
            "Version alias name '{alias}' is reserved."
        )));
    }
    Ok(())
}

/// Checks a tag of a registered model or a version.
///
/// # Errors
///
/// `Invalid` if its key is empty or either is too long.
pub fn check_tag(key: &str, value: &str) -> Result<()> {
    if key.is_empty() {
        return Err(Error::invalid("Tag name cannot be empty."));
    }
    check_length("key", key, TAG_KEY_LENGTH_MAX)?;
    check_length("value", value, TAG_VALUE_LENGTH_MAX)?;
    if key.contains('\0') || value.contains('\0') {
        return Err(Error::invalid(format!(
            "Invalid value for tag '{}': it contains a zero character",
            key.replace('\0', "")
        )));
    }
    Ok(())
}

fn check_length(what: &str, text: &str, max: usize) -> Result<()> {
    if text.chars().count() <= max {
        return Ok(());
    }
    let shown: String = text.chars().take(40).collect();
    Err(Error::invalid(format!(
        "'{shown}…' for parameter '{what}' supplied exceeds the maximum length of {max} characters"
    )))
}

/// The word that events and flags carry for a version: `v3` for 3.
pub fn version_label(version: u32) -> String {
    format!("v{version}")
}

/// The version a label stands for: 3 for `v3`, and for a bare `3`.
pub fn version_of_label(label: &str) -> Option<u32> {
    let digits = label.strip_prefix(['v', 'V']).unwrap_or(label);
    // Neither `+3` nor `03`: one version has one name.
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    is_plain.then(|| digits.parse().ok()).flatten()
}

/// MLflow's stages: deprecated there, still asked for by older code.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Stage {
    /// In none.
    #[default]
    None,
    /// Being tried.
    Staging,
    /// Serving.
    Production,
    /// Put away.
    Archived,
}

impl Stage {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Staging, Self::Production, Self::Archived];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Staging => "Staging",
            Self::Production => "Production",
            Self::Archived => "Archived",
        }
    }

    /// Whether only what is in use is in it, so that others can be asked to leave.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Staging | Self::Production)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Stage {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| {
                Error::invalid(format!(
                    "Invalid Model Version stage: {word}. Value must be one of None, Staging, Production, Archived."
                ))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_mlflow() {
        for name in ["flights", "My Model 1", "größe", "a.b-c_d", "..."] {
            assert!(check_model_name(name).is_ok(), "{name}");
        }
        for name in ["", " ", "a/b", "a:b", "..", "a\nb", &"x".repeat(257)] {
            assert!(check_model_name(name).is_err(), "{name}");
        }
        for alias in ["champion", "Prod-EU_1", "v", "v3a", "ß"] {
            assert!(check_alias(alias).is_ok(), "{alias}");
        }
        for alias in [
            "",
            "latest",
            "LATEST",
            "v3",
            "V12",
            "a b",
            "a.b",
            &"x".repeat(256),
        ] {
            assert!(check_alias(alias).is_err(), "{alias}");
        }
    }

    #[test]
    fn labels_and_versions_stand_for_each_other() {
        assert_eq!(version_label(3), "v3");
        assert_eq!(version_of_label("v3"), Some(3));
        assert_eq!(version_of_label("12"), Some(12));
        for wrong in [
            "",
            "v",
            "v0",
            "v03",
            "+3",
            "3.0",
            "champion",
            "v99999999999",
        ] {
            assert_eq!(version_of_label(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn stages_are_read_in_any_case() {
        assert_eq!("production".parse::<Stage>().unwrap(), Stage::Production);
        assert_eq!("NONE".parse::<Stage>().unwrap(), Stage::None);
        assert!("Live".parse::<Stage>().is_err());
    }
}
