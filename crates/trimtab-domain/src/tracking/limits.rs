//! How long things may be. Where MLflow cuts, we keep: a value comes back as it was sent.

use crate::error::{Error, Result};

/// Longest key of a metric, parameter or tag.
pub const KEY_LENGTH_MAX: usize = 250;
/// Longest name of an experiment or run.
pub const NAME_LENGTH_MAX: usize = 500;
/// Longest value of a parameter or tag: beyond MLflow's, which cuts at 6,000 and 8,000.
pub const VALUE_LENGTH_MAX: usize = 1 << 20;
/// Most metrics in one batch.
pub const METRICS_PER_BATCH_MAX: usize = 1_000;
/// Most parameters, and most tags, in one batch.
pub const PARAMS_PER_BATCH_MAX: usize = 100;
/// Most of all together in one batch.
pub const ENTITIES_PER_BATCH_MAX: usize = 1_000;
/// Longest name of a data set.
pub const DATASET_NAME_LENGTH_MAX: usize = 500;
/// Longest digest of a data set.
pub const DATASET_DIGEST_LENGTH_MAX: usize = 36;
/// Largest source of a data set.
pub const DATASET_SOURCE_LENGTH_MAX: usize = 65_535;
/// Largest schema of a data set.
pub const DATASET_SCHEMA_LENGTH_MAX: usize = 1_048_575;
/// Largest profile of a data set.
pub const DATASET_PROFILE_LENGTH_MAX: usize = 16_777_215;

/// Checks a length in characters.
///
/// # Errors
///
/// `Invalid` if it is longer.
pub fn check_length(what: &str, text: &str, max: usize) -> Result<()> {
    // Bytes are never fewer than characters.
    if text.len() <= max || text.chars().count() <= max {
        return Ok(());
    }
    let shown: String = text.chars().take(40).collect();
    Err(Error::invalid(format!(
        "'{shown}…' for parameter '{what}' supplied exceeds the maximum length of {max} characters"
    )))
}

/// Checks the key of a metric, a parameter or a tag: it must be a path that stays inside.
///
/// # Errors
///
/// `Invalid` if it is empty, too long, or could be taken for another path.
pub fn check_key(what: &str, key: &str) -> Result<()> {
    check_length(what, key, KEY_LENGTH_MAX)?;
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | ':' | '/');
    if key.is_empty() || !key.chars().all(is_plain) {
        return Err(Error::invalid(format!(
            "Invalid value \"{key}\" for parameter '{what}' supplied: Names may only contain \
             alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and \
             slashes (/)."
        )));
    }
    let is_normal = !key.starts_with('/')
        && !key.ends_with('/')
        && key
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..");
    if !is_normal {
        return Err(Error::invalid(format!(
            "Invalid value \"{key}\" for parameter '{what}' supplied: Names may be treated as \
             files in certain cases, and must not resolve to other names when treated as such."
        )));
    }
    Ok(())
}

/// Checks a value of a parameter or a tag.
///
/// # Errors
///
/// `Invalid` if it is longer than [`VALUE_LENGTH_MAX`].
pub fn check_value(what: &str, value: &str) -> Result<()> {
    check_length(what, value, VALUE_LENGTH_MAX)?;
    if value.contains('\0') {
        return Err(Error::invalid(format!(
            "Invalid value for parameter '{what}' supplied: it contains a zero character"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_where_they_are() {
        for key in ["acc", "val/acc", "a b.c-d:e", "größe", "0"] {
            assert!(check_key("key", key).is_ok(), "{key}");
        }
        for key in [
            "",
            "/a",
            "a/",
            "a//b",
            "a/../b",
            "..",
            ".",
            "a\n",
            "a%",
            &"x".repeat(251),
        ] {
            assert!(check_key("key", key).is_err(), "{key}");
        }
        assert!(check_length("key", &"ß".repeat(250), 250).is_ok());
    }
}
