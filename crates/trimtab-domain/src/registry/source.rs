//! Where a version says its files lie, and what that means here.
//!
//! Sources come from clients, and what they point to is later opened by the server: they are
//! resolved to folders of our own artifacts, and never to a path of this machine.

use crate::error::{Error, Result};

/// What a source points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder of our own artifacts.
    Artifacts(String),
    /// A folder among a run's artifacts.
    Run {
        /// The run.
        run_id: String,
        /// Below its artifacts; empty for all of them.
        path: String,
    },
    /// A logged model.
    LoggedModel {
        /// `m-…`.
        model_id: String,
        /// Below its artifacts; empty for all of them.
        path: String,
    },
    /// A version of a registered model.
    Version {
        /// The model.
        model: String,
        /// Its version, as text: a number, an alias behind `@`, or `latest`.
        version: String,
        /// Below its artifacts; empty for all of them.
        path: String,
    },
    /// In a store that clients reach and we don't.
    Elsewhere,
}

impl Source {
    /// Reads a source.
    ///
    /// # Errors
    ///
    /// `Invalid` if it is empty, leaves its folder, or names a path of this machine.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid(format!(
                "Invalid model version source: '{}'.",
                text.chars().take(200).collect::<String>()
            ))
        };
        if text.trim().is_empty() {
            return Err(wrong().with_hint("say where the model's files lie"));
        }
        if leaves_its_folder(text) {
            return Err(wrong().with_hint("a source must not contain `..`"));
        }
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(local(text));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "mlflow-artifacts" => Ok(Self::Artifacts(after_authority(rest).to_owned())),
            "runs" => {
                let (run_id, path) = head(rest.trim_start_matches('/'));
                if run_id.is_empty() {
                    return Err(wrong());
                }
                Ok(Self::Run {
                    run_id: run_id.to_owned(),
                    path: path.to_owned(),
                })
            }
            "models" => model_source(rest.trim_start_matches('/')).ok_or_else(wrong),
            "file" => Err(local(text)),
            // One letter is a drive of Windows.
            scheme if scheme.len() > 1 && rest.starts_with("//") => Ok(Self::Elsewhere),
            "dbfs" | "hdfs" => Ok(Self::Elsewhere),
            _ => Err(local(text)),
        }
    }
}

fn model_source(rest: &str) -> Option<Source> {
    let (first, path) = head(rest);
    if let Some((model, alias)) = first.split_once('@') {
        return (!model.is_empty() && !alias.is_empty()).then(|| Source::Version {
            model: model.to_owned(),
            version: format!("@{alias}"),
            path: path.to_owned(),
        });
    }
    if is_logged_model_id(first) {
        return Some(Source::LoggedModel {
            model_id: first.to_owned(),
            path: path.to_owned(),
        });
    }
    let (version, path) = head(path);
    (!first.is_empty() && !version.is_empty()).then(|| Source::Version {
        model: first.to_owned(),
        version: version.to_owned(),
        path: path.to_owned(),
    })
}

/// `m-` and 32 hexadecimal digits.
pub fn is_logged_model_id(text: &str) -> bool {
    text.strip_prefix("m-").is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn head(path: &str) -> (&str, &str) {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    (first, rest.trim_matches('/'))
}

/// `//host/path` and `/path` are the same path.
fn after_authority(rest: &str) -> &str {
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
        None => rest,
    };
    path.trim_matches('/')
}

fn local(text: &str) -> Error {
    Error::invalid(format!(
        "Invalid model version source: '{}'. To use a local path as a model version source, the \
         files have to be uploaded first.",
        text.chars().take(200).collect::<String>()
    ))
    .with_hint("log the model to a run, or use `trimtab model register`")
}

/// Whether a path has `..` in it, encoded (also twice) or not.
fn leaves_its_folder(text: &str) -> bool {
    let mut text = text.to_ascii_lowercase().replace('\\', "/");
    for _ in 0..3 {
        if text.split(['/', ':', '?', '#']).any(|part| part == "..") || text.contains('\0') {
            return true;
        }
        text = text
            .replace("%2e", ".")
            .replace("%2f", "/")
            .replace("%5c", "/")
            .replace("%00", "\0")
            .replace("%25", "%");
    }
    false
}

/// Whether a folder lies in another one (or is it).
pub fn is_within(folder: &str, root: &str) -> bool {
    let (folder, root) = (folder.trim_matches('/'), root.trim_matches('/'));
    folder == root
        || folder
            .strip_prefix(root)
            .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Source {
        Source::parse(text).unwrap()
    }

    #[test]
    fn sources_are_resolved() {
        let id = format!("m-{}", "a1".repeat(16));
        for text in [
            "mlflow-artifacts:/0/r/artifacts/model/",
            "mlflow-artifacts://host:5000/0/r/artifacts/model",
        ] {
            assert_eq!(
                read(text),
                Source::Artifacts("0/r/artifacts/model".to_owned())
            );
        }
        assert_eq!(
            read("runs:/abc/a/model"),
            Source::Run {
                run_id: "abc".to_owned(),
                path: "a/model".to_owned()
            }
        );
        assert_eq!(
            read(&format!("models:/{id}")),
            Source::LoggedModel {
                model_id: id,
                path: String::new()
            }
        );
        for (text, version) in [
            ("models:/my model/3", "3"),
            ("models:/my model@champion", "@champion"),
            ("models:/my model/latest", "latest"),
        ] {
            assert_eq!(
                read(text),
                Source::Version {
                    model: "my model".to_owned(),
                    version: version.to_owned(),
                    path: String::new()
                }
            );
        }
        for text in [
            "s3://bucket/key",
            "gs://b/k",
            "https://host/x",
            "dbfs:/x",
            "wasbs://a@b/c",
        ] {
            assert_eq!(read(text), Source::Elsewhere, "{text}");
        }
    }

    #[test]
    fn what_leaves_its_folder_or_is_local_is_refused() {
        for text in [
            "",
            "  ",
            "/etc/passwd",
            "file:///etc",
            "file:/etc",
            "FILE:///etc",
            "./model",
            "C:\\model",
            "model",
            "mlflow-artifacts:/0/../1",
            "mlflow-artifacts:/0/%2e%2e/1",
            "mlflow-artifacts:/0/%252e%252e/1",
            "runs:/abc/../../x",
            "runs:/",
            "models:/",
            "models:/only",
            "s3://bucket/../x",
            "models:/..",
            "mlflow-artifacts:/0\\..\\1",
        ] {
            assert!(Source::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn folders_contain_themselves_and_what_is_below() {
        assert!(is_within("0/r/artifacts/model", "0/r/artifacts"));
        assert!(is_within("0/r/artifacts", "/0/r/artifacts/"));
        assert!(!is_within("0/r/artifacts2", "0/r/artifacts"));
    }
}
