//! Registered models, their versions, aliases and stages, with the history that MLflow lacks.
//!
//! A change is decided here from what was read ([`moves`]) and committed whole, with its history
//! and its audit entries, if nobody else changed the model meanwhile ([`RegistryCommit`]). So the
//! history is always the reason for the state: played again it gives the same aliases and stages.

mod history;
pub mod moves;
mod names;
mod source;

pub use history::{HistoryEntry, HistoryKind, Served, ServedHow, served, serving_at};
pub use names::{
    ALIAS_LENGTH_MAX, CHALLENGER, CHAMPION, LATEST, MODEL_NAME_LENGTH_MAX, Stage,
    TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX, check_alias, check_model_name, check_tag,
    version_label, version_of_label,
};
pub use source::{Source, is_logged_model_id, is_within};

use crate::audit::AuditEntry;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The tag of a version that holds its encoding document, where no file does.
pub const ENCODING_TAG: &str = "trimtab.encoding";
/// The tag of a version that names the data snapshot it was trained on: `snap_…`.
pub const SNAPSHOT_TAG: &str = "trimtab.snapshot";
/// The tag of a version that names the validation it passed: `val_…`.
pub const VALIDATION_TAG: &str = "trimtab.validation";
/// The tags that name the revision of the code, in the order in which they are looked at.
pub const CODE_TAGS: [&str; 2] = ["trimtab.code_revision", "mlflow.source.git.commit"];

/// A registered model, without its versions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RegisteredModel {
    /// Its name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Where its aliases point.
    pub aliases: BTreeMap<String, u32>,
    /// The last version number that was given; deleted ones are never given again.
    pub last_version: u32,
    /// When it was made, milliseconds since 1970.
    pub created_ms: i64,
    /// When it last changed, milliseconds since 1970.
    pub updated_ms: i64,
    /// Counts its changes: what was decided on another revision is not committed.
    pub revision: i64,
}

impl RegisteredModel {
    /// The aliases of one of its versions.
    pub fn aliases_of(&self, version: u32) -> Vec<String> {
        let of_it = self.aliases.iter().filter(|(_, at)| **at == version);
        of_it.map(|(alias, _)| alias.clone()).collect()
    }
}

/// Whether a version can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VersionStatus {
    /// Its files are on the way.
    #[serde(rename = "PENDING_REGISTRATION")]
    Pending,
    /// Its files did not arrive.
    #[serde(rename = "FAILED_REGISTRATION")]
    Failed,
    /// It can.
    #[serde(rename = "READY")]
    Ready,
}

impl VersionStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING_REGISTRATION",
            Self::Failed => "FAILED_REGISTRATION",
            Self::Ready => "READY",
        }
    }
}

impl FromStr for VersionStatus {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self> {
        [Self::Pending, Self::Failed, Self::Ready]
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| Error::invalid(format!("`{word}` is not a status of a version")))
    }
}

/// A file of a version, as it was when the version was registered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VersionFile {
    /// Below the version's folder.
    pub path: String,
    /// Of its contents, hex.
    pub sha256: String,
    /// Length of its contents.
    pub n_bytes: u64,
}

/// One version of a registered model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelVersion {
    /// The model.
    pub model: String,
    /// Its number, from 1.
    pub version: u32,
    /// Where its files lie, as the client said it.
    pub source: String,
    /// The folder of our own artifacts that this means; absent where the files lie elsewhere.
    pub folder: Option<String>,
    /// The files in it when it was registered.
    pub files: Vec<VersionFile>,
    /// The run it comes from.
    pub run_id: Option<String>,
    /// A link to the run, for people.
    pub run_link: Option<String>,
    /// The logged model it comes from.
    pub logged_model_id: Option<String>,
    /// Whether it can be used.
    pub status: VersionStatus,
    /// For people.
    pub description: Option<String>,
    /// MLflow's stage.
    pub stage: Stage,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Who registered it.
    pub created_by: String,
    /// When, milliseconds since 1970.
    pub created_ms: i64,
    /// When it last changed, milliseconds since 1970.
    pub updated_ms: i64,
}

impl ModelVersion {
    /// The word that events and flags carry for it.
    pub fn label(&self) -> String {
        version_label(self.version)
    }

    /// The file that holds the model as ONNX: `model.onnx` before others, nearer to the top
    /// before deeper ones.
    pub fn onnx_file(&self) -> Option<&VersionFile> {
        let depth = |file: &VersionFile| file.path.matches('/').count();
        self.files
            .iter()
            .filter(|file| has_extension(&file.path, "onnx"))
            .min_by_key(|file| (name_of(&file.path) != "model.onnx", depth(file), &file.path))
    }

    /// The file with the encoding document of an ONNX file: `encoding.json` beside it, or in a
    /// folder above.
    pub fn encoding_file(&self, onnx: &VersionFile) -> Option<&VersionFile> {
        let mut folder = folder_of(&onnx.path);
        loop {
            let wanted = match folder {
                "" => "encoding.json".to_owned(),
                folder => format!("{folder}/encoding.json"),
            };
            if let Some(file) = self.files.iter().find(|file| file.path == wanted) {
                return Some(file);
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder_of(folder);
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn has_extension(path: &str, extension: &str) -> bool {
    name_of(path)
        .rsplit_once('.')
        .is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

/// One change of what is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum RegistryChange {
    /// The model is new.
    CreateModel(RegisteredModel),
    /// Its description is another one.
    DescribeModel(Option<String>),
    /// Its name is another one.
    RenameModel(String),
    /// It goes away with its versions.
    DeleteModel,
    /// A tag of the model; gone without a value.
    TagModel(String, Option<String>),
    /// An alias points to this version; gone without one.
    Alias(String, Option<u32>),
    /// A version is new.
    CreateVersion(ModelVersion),
    /// A version's description is another one.
    DescribeVersion(u32, Option<String>),
    /// A version's stage is another one.
    Stage(u32, Stage),
    /// A tag of a version; gone without a value.
    TagVersion(u32, String, Option<String>),
    /// A version goes away.
    DeleteVersion(u32),
}

/// Everything one deed changes, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistryCommit {
    /// The model.
    pub model: String,
    /// The revision it was decided on; absent where the model must not exist yet.
    pub expected: Option<i64>,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What changes, in this order.
    pub changes: Vec<RegistryChange>,
    /// What is added to the model's history.
    pub history: Vec<HistoryEntry>,
    /// What is added to the audit log.
    pub audit: Vec<AuditEntry>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(paths: &[&str]) -> ModelVersion {
        ModelVersion {
            model: "m".to_owned(),
            version: 1,
            source: "mlflow-artifacts:/x".to_owned(),
            folder: Some("x".to_owned()),
            files: paths
                .iter()
                .map(|path| VersionFile {
                    path: (*path).to_owned(),
                    sha256: "0".repeat(64),
                    n_bytes: 1,
                })
                .collect(),
            run_id: None,
            run_link: None,
            logged_model_id: None,
            status: VersionStatus::Ready,
            description: None,
            stage: Stage::None,
            tags: BTreeMap::new(),
            created_by: "local".to_owned(),
            created_ms: 0,
            updated_ms: 0,
        }
    }

    #[test]
    fn the_onnx_file_is_found_wherever_it_lies() {
        for (paths, onnx, encoding) in [
            (
                &["MLmodel", "model.onnx", "encoding.json"][..],
                Some("model.onnx"),
                Some("encoding.json"),
            ),
            (
                &["data/model.onnx", "a.onnx", "encoding.json"],
                Some("data/model.onnx"),
                Some("encoding.json"),
            ),
            (
                &["b/x.ONNX", "a/deep/y.onnx", "b/encoding.json"],
                Some("b/x.ONNX"),
                Some("b/encoding.json"),
            ),
            (&["model.pkl", "encoding.json"], None, None),
            (
                &["onnx", "x/encoding.json", "model.onnx"],
                Some("model.onnx"),
                None,
            ),
        ] {
            let version = version(paths);
            let found = version.onnx_file();
            assert_eq!(found.map(|file| file.path.as_str()), onnx);
            let found = found.and_then(|file| version.encoding_file(file));
            assert_eq!(found.map(|file| file.path.as_str()), encoding);
        }
    }
}
