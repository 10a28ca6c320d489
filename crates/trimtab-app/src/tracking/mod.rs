//! Experiments, runs, logged models and artifacts: the rules before the store.

mod artifacts;
mod experiments;
mod logged_models;
mod logging;
mod runs;

pub use artifacts::OpenArtifact;
pub use logged_models::NewLoggedModel;
pub use runs::NewRun;

use crate::app::App;
use sha2::{Digest, Sha256};
use trimtab_domain::ports::artifacts::ContentHash;
use trimtab_domain::{Error, Result};

/// Where artifacts lie that are kept here: the unmodified client sends them through us.
pub const ARTIFACT_ROOT: &str = "mlflow-artifacts:/";

/// The place of an artifact location below our own root; `None` if it lies elsewhere.
pub fn own_artifact_path(uri: &str) -> Option<&str> {
    let path = uri.strip_prefix("mlflow-artifacts:")?;
    // `mlflow-artifacts:/a` and `mlflow-artifacts://host/a` name the same place.
    let path = match path.strip_prefix("//") {
        Some(rest) if !rest.starts_with('/') => rest.split_once('/').map_or("", |(_, path)| path),
        Some(rest) => rest,
        None => path,
    };
    Some(path.trim_matches('/'))
}

impl App {
    fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// 32 hexadecimal digits that were never given before.
    fn hex_id(&self) -> String {
        let suffix = self.inner.parts.identity.suffix();
        let digest = Sha256::digest(suffix.as_bytes());
        let mut hex = String::from(ContentHash::from_digest(&digest));
        hex.truncate(32);
        hex
    }
}

/// Checks a path of an artifact: it names something below where it is put, and nothing else.
fn check_artifact_path(path: &str) -> Result<()> {
    const LENGTH_MAX: usize = 2_000;
    let is_plain = |path: &str| {
        !path.is_empty()
            && !path.contains(['\\', '\0', '\n', '\r'])
            && !path.starts_with('/')
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
    };
    let lower = path.to_ascii_lowercase();
    // Whatever is decoded once more somewhere must not climb either.
    let hides = ["%2e", "%2f", "%5c", "%00", "%25"]
        .iter()
        .any(|code| lower.contains(code));
    if path.len() > LENGTH_MAX || hides || !is_plain(path) {
        let shown: String = path.chars().take(100).collect();
        return Err(Error::invalid(format!("Invalid path: {shown}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below() {
        for path in ["a", "a/b.txt", "model/MLmodel", "a b/ü%.bin", "1/..a/b"] {
            assert!(check_artifact_path(path).is_ok(), "{path}");
        }
        for path in [
            "", "/a", "a/", "a//b", "..", "a/../b", "a/./b", "a\\..\\b", "%2e%2e/a", "a%2Fb",
            "%252e", "a\0",
        ] {
            assert!(check_artifact_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn our_own_locations_are_known() {
        for (uri, path) in [
            ("mlflow-artifacts:/1/r/artifacts", Some("1/r/artifacts")),
            ("mlflow-artifacts://host:5000/1/r", Some("1/r")),
            ("mlflow-artifacts:///1/r", Some("1/r")),
            ("s3://bucket/1", None),
            ("file:///tmp", None),
        ] {
            assert_eq!(own_artifact_path(uri), path, "{uri}");
        }
    }
}
