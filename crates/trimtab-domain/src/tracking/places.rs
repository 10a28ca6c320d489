//! Where artifacts lie.

/// Where artifacts lie that are kept here: the unmodified client sends them through us.
pub const ARTIFACT_ROOT: &str = "mlflow-artifacts:/";

/// The place of an artifact location below our own root; `None` if it lies elsewhere. An empty
/// place is the root itself.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_locations_are_known() {
        for (uri, path) in [
            ("mlflow-artifacts:/1/r/artifacts", Some("1/r/artifacts")),
            ("mlflow-artifacts://host:5000/1/r", Some("1/r")),
            ("mlflow-artifacts://host", Some("")),
            ("mlflow-artifacts:///1/r", Some("1/r")),
            ("s3://bucket/1", None),
            ("file:///tmp", None),
        ] {
            assert_eq!(own_artifact_path(uri), path, "{uri}");
        }
    }
}
