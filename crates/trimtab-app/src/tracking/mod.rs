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
}
