//! A registered model as pages show it: versions with where they come from, and what differs.

use super::files::ModelFile;
use crate::app::App;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use trimtab_domain::registry::{
    CHALLENGER, CHAMPION, CODE_TAGS, ENCODING_TAG, HistoryEntry, HistoryKind, ModelVersion,
    RegisteredModel, SNAPSHOT_TAG, Served, Stage, VersionFile, served, version_label,
};
use trimtab_domain::tracking::{LoggedModelId, Run, RunId};
use trimtab_domain::{ModelName, Result};

/// A document or a signature that is looked into is at most so large.
const LOOKED_INTO_MAX: u64 = 4 << 20;

/// A registered model in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSummary {
    /// Its name.
    pub model: String,
    /// The version that serves.
    pub champion: Option<String>,
    /// The candidate on its way.
    pub challenger: Option<String>,
    /// Its versions.
    pub n_versions: usize,
    /// When something last happened to it.
    pub changed_at: Option<Timestamp>,
    /// What that was.
    pub changed_text: Option<String>,
    /// Who served when, oldest first, on the model's own clock.
    pub served: Vec<Served>,
}

/// A registered model with everything.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelShown {
    /// The model.
    pub model: RegisteredModel,
    /// Its versions, newest first.
    pub versions: Vec<VersionShown>,
    /// Who served when, oldest first.
    pub served: Vec<Served>,
    /// What happened, newest first.
    pub history: Vec<HistoryEntry>,
}

/// A version with where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionShown {
    /// The version.
    pub version: ModelVersion,
    /// The aliases that point to it.
    pub aliases: Vec<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// The run's name.
    pub run_name: Option<String>,
    /// The run's experiment.
    pub experiment_id: Option<String>,
    /// Where it comes from.
    pub lineage: Lineage,
    /// The file that is scored: the ONNX file, else the largest one.
    pub artifact: Option<VersionFile>,
    /// Whether its files are still those that were registered; absent where they lie elsewhere.
    pub is_unchanged: Option<bool>,
    /// What it takes and gives.
    pub signature: Option<SignatureShown>,
    /// The latest metrics of its run or logged model.
    pub metrics: BTreeMap<String, f64>,
    /// The parameters of its run.
    pub params: BTreeMap<String, String>,
    /// Who approved it.
    pub approvals: Vec<Approval>,
    /// Its newest validation, and the verdict where there is one.
    pub validation: Option<(String, Option<String>)>,
}

/// Where a version comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    /// The data it was trained on: `snap_…`.
    pub snapshot: Option<String>,
    /// The revision of the code.
    pub code_revision: Option<String>,
    /// The run.
    pub run_id: Option<String>,
    /// The logged model.
    pub logged_model_id: Option<String>,
}

/// What a model takes and gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignatureShown {
    /// What it takes.
    pub inputs: Vec<NamedType>,
    /// What it gives.
    pub outputs: Vec<NamedType>,
}

/// A column or tensor of a signature.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedType {
    /// Its name; empty for the only one.
    pub name: String,
    /// Its type.
    pub kind: String,
}

/// Somebody's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
}

/// A value that differs between two versions; absent on the side that lacks it.
#[derive(Debug, Clone, PartialEq)]
pub struct Differs<T> {
    /// Which value.
    pub name: String,
    /// In the first version.
    pub before: Option<T>,
    /// In the second.
    pub after: Option<T>,
}

/// What differs between two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionDiff {
    /// The first one's label.
    pub from: String,
    /// The second one's label.
    pub to: String,
    /// Parameters that differ.
    pub params: Vec<Differs<String>>,
    /// Parameters that do not.
    pub n_same_params: usize,
    /// Metrics that differ.
    pub metrics: Vec<Differs<f64>>,
    /// Inputs and outputs that differ.
    pub signature: Vec<Differs<String>>,
    /// Where they come from, where that differs.
    pub lineage: Vec<Differs<String>>,
    /// Tags that differ.
    pub tags: Vec<Differs<String>>,
}

impl App {
    /// Every registered model, by name.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn registered_models_shown(&self) -> Result<Vec<ModelSummary>> {
        let versions = self.store().model_versions(None).await?;
        let mut shown = Vec::new();
        for model in self.store().registered_models().await? {
            let history = self.store().registry_history(&model.name).await?;
            let last = history.last();
            let clock = self.registry_clock(&model.name).await?;
            let label = |alias: &str| model.aliases.get(alias).copied().map(version_label);
            shown.push(ModelSummary {
                champion: label(CHAMPION),
                challenger: label(CHALLENGER),
                n_versions: versions
                    .iter()
                    .filter(|version| version.model == model.name)
                    .count(),
                changed_at: last.map(|last| last.at),
                changed_text: last.map(HistoryEntry::text),
                served: served(&history, clock.data_from, clock.is_event),
                model: model.name,
            });
        }
        Ok(shown)
    }

    /// A registered model with its versions, its history and who served when.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn registered_model_shown(&self, model: &str) -> Result<ModelShown> {
        let found = self.registered_model(model).await?;
        let mut history = self.store().registry_history(model).await?;
        let mut versions = Vec::new();
        for version in self.store().model_versions(Some(model)).await? {
            versions.push(self.shown(&found, version, &history).await?);
        }
        versions.reverse();
        history.reverse();
        Ok(ModelShown {
            served: self.served(model).await?,
            model: found,
            versions,
            history,
        })
    }

    /// One version with where it comes from; by label, number or alias.
    ///
    /// # Errors
    ///
    /// `NotFound` without it.
    pub async fn version_shown(&self, model: &str, version: &str) -> Result<VersionShown> {
        let found = self.registered_model(model).await?;
        let version = self.find_version(model, version).await?;
        let history = self.store().registry_history(model).await?;
        self.shown(&found, version, &history).await
    }

    /// What differs between two versions; by label, number or alias.
    ///
    /// # Errors
    ///
    /// `NotFound` without one of them.
    pub async fn version_diff(&self, model: &str, from: &str, to: &str) -> Result<VersionDiff> {
        let from = self.version_shown(model, from).await?;
        let to = self.version_shown(model, to).await?;
        let n_same_params = from
            .params
            .iter()
            .filter(|(name, value)| to.params.get(*name) == Some(*value))
            .count();
        Ok(VersionDiff {
            params: differing(&from.params, &to.params),
            n_same_params,
            metrics: differing(&from.metrics, &to.metrics),
            signature: differing(&types(&from), &types(&to)),
            lineage: differing(&origins(&from), &origins(&to)),
            tags: differing(&short_tags(&from), &short_tags(&to)),
            from: from.version.label(),
            to: to.version.label(),
        })
    }

    async fn shown(
        &self,
        model: &RegisteredModel,
        version: ModelVersion,
        history: &[HistoryEntry],
    ) -> Result<VersionShown> {
        let run = match &version.run_id {
            Some(id) => self.store().run(&RunId::new(id)).await?,
            None => None,
        };
        let tag = |name: &str| {
            let of_run = || run.as_ref().and_then(|run| run.tags.get(name));
            version.tags.get(name).or_else(of_run).cloned()
        };
        let lineage = Lineage {
            snapshot: tag(SNAPSHOT_TAG),
            code_revision: CODE_TAGS.into_iter().find_map(tag),
            run_id: version.run_id.clone(),
            logged_model_id: version.logged_model_id.clone(),
        };
        let largest = || version.files.iter().max_by_key(|file| file.n_bytes);
        let approvals = history
            .iter()
            .filter(|entry| {
                entry.kind == HistoryKind::Approved && entry.version == Some(version.version)
            })
            .map(|entry| Approval {
                actor: entry.actor.clone(),
                at: entry.at,
                reason: entry.reason.clone(),
            })
            .collect();
        Ok(VersionShown {
            created_at: Timestamp::from_millisecond(version.created_ms).unwrap_or_default(),
            validation: self.newest_validation(&version).await?,
            aliases: model.aliases_of(version.version),
            run_name: run.as_ref().map(|run| run.info.name.clone()),
            experiment_id: run.as_ref().map(|run| run.info.experiment.to_string()),
            lineage,
            artifact: version.onnx_file().or_else(largest).cloned(),
            is_unchanged: self.is_version_unchanged(&version).await?,
            signature: self.signature(&version).await?,
            metrics: self.metrics_of(&version, run.as_ref()).await?,
            params: run.map(|run| run.params).unwrap_or_default(),
            approvals,
            version,
        })
    }

    /// The newest validation of a version, and its verdict.
    async fn newest_validation(
        &self,
        version: &ModelVersion,
    ) -> Result<Option<(String, Option<String>)>> {
        let Ok(model) = ModelName::new(&version.model) else {
            return Ok(None);
        };
        let label = version.label();
        let found = self.store().validations(&model, Some(&label), 1).await?;
        Ok(found.into_iter().next().map(|validation| {
            let verdict = validation
                .verdict
                .map(|verdict| verdict.as_str().to_owned());
            (validation.id.to_string(), verdict)
        }))
    }

    /// The metrics of a version's logged model, and where it has none those of its run.
    async fn metrics_of(
        &self,
        version: &ModelVersion,
        run: Option<&Run>,
    ) -> Result<BTreeMap<String, f64>> {
        let mut metrics = BTreeMap::new();
        for metric in run.map(|run| run.metrics.as_slice()).unwrap_or_default() {
            metrics.insert(metric.key.clone(), metric.value);
        }
        if let Some(id) = &version.logged_model_id
            && let Some(logged) = self.store().logged_model(&LoggedModelId::new(id)).await?
        {
            for (_, metric) in logged.metrics {
                metrics.insert(metric.key, metric.value);
            }
        }
        metrics.retain(|_, value| value.is_finite());
        Ok(metrics)
    }

    /// What a version takes and gives: as MLflow's description of it says, else as its encoding
    /// document does.
    async fn signature(&self, version: &ModelVersion) -> Result<Option<SignatureShown>> {
        let description = version.files.iter().find(|file| file.path == "MLmodel");
        if let Some(file) = description
            && let Ok(contents) = self.contents(file, LOOKED_INTO_MAX).await
            && let Some(signature) = signature_of_mlmodel(&String::from_utf8_lossy(&contents))
        {
            return Ok(Some(signature));
        }
        let encoding = match version.onnx_file() {
            Some(onnx) => version.encoding_file(onnx),
            None => None,
        };
        let encoding = match encoding {
            Some(file) => self.contents(file, LOOKED_INTO_MAX).await.ok(),
            None => version.tags.get(ENCODING_TAG).map(|tag| tag.clone().into()),
        };
        Ok(encoding.and_then(|encoding| signature_of_encoding(&encoding)))
    }
}

impl ModelFile {
    /// The data snapshot it was trained on, where a tag names one.
    pub fn snapshot(&self) -> Option<&str> {
        self.tags.get(SNAPSHOT_TAG).map(String::as_str)
    }
}

/// The signature in MLflow's own description of a model. Of that YAML only two lines matter, and
/// they hold JSON in single quotes, folded where they are long.
fn signature_of_mlmodel(text: &str) -> Option<SignatureShown> {
    let (_, section) = text.split_once("\nsignature:")?;
    let side = |name: &str| -> Vec<NamedType> {
        quoted(section, name)
            .and_then(|json| serde_json::from_str::<Value>(&json).ok())
            .map(|value| named_types(&value))
            .unwrap_or_default()
    };
    let signature = SignatureShown {
        inputs: side("inputs"),
        outputs: side("outputs"),
    };
    (signature != SignatureShown::default()).then_some(signature)
}

/// The single-quoted value of a key two spaces in.
fn quoted(section: &str, key: &str) -> Option<String> {
    let (_, rest) = section.split_once(&format!("\n  {key}: '"))?;
    let mut value = String::new();
    let mut characters = rest.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\'' if characters.peek() == Some(&'\'') => {
                characters.next();
                value.push('\'');
            }
            '\'' => return Some(value),
            '\n' => {
                // A folded line: its indentation stands for one space.
                while characters.peek().is_some_and(|c| *c == ' ') {
                    characters.next();
                }
                value.push(' ');
            }
            c => value.push(c),
        }
    }
    None
}

fn named_types(value: &Value) -> Vec<NamedType> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .map(|item| {
            let text = |name: &str| item[name].as_str().unwrap_or_default();
            let tensor = &item["tensor-spec"];
            let kind = match tensor["dtype"].as_str() {
                Some(dtype) => format!("{dtype}{}", tensor["shape"]),
                None => text("type").to_owned(),
            };
            NamedType {
                name: text("name").to_owned(),
                kind,
            }
        })
        .collect()
}

fn signature_of_encoding(document: &[u8]) -> Option<SignatureShown> {
    let document: Value = serde_json::from_slice(document).ok()?;
    let items = |name: &str| document[name].as_array().cloned().unwrap_or_default();
    let named = |name: &str, kind: &str| NamedType {
        name: name.to_owned(),
        kind: kind.to_owned(),
    };
    let numeric = items("numeric");
    let categorical = items("one_hot");
    let inputs: Vec<NamedType> = numeric
        .iter()
        .filter_map(|column| Some(named(column.as_str()?, "number")))
        .chain(categorical.iter().filter_map(|block| {
            let n = block["categories"].as_array().map_or(0, Vec::len);
            Some(named(block["column"].as_str()?, &format!("category ({n})")))
        }))
        .collect();
    let outputs = document["outputs"]
        .as_object()
        .map(|outputs| {
            outputs
                .iter()
                .map(|(name, kind)| named(name, kind.as_str().unwrap_or_default()))
                .collect()
        })
        .unwrap_or_default();
    (!inputs.is_empty()).then_some(SignatureShown { inputs, outputs })
}

/// What differs between two maps, by name.
fn differing<T: Clone + PartialEq>(
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
) -> Vec<Differs<T>> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| Differs {
            name: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

fn types(shown: &VersionShown) -> BTreeMap<String, String> {
    let Some(signature) = &shown.signature else {
        return BTreeMap::new();
    };
    let side = |side: &'static str, types: &[NamedType]| -> Vec<(String, String)> {
        types
            .iter()
            .map(|one| (format!("{side} {}", one.name), one.kind.clone()))
            .collect()
    };
    let mut all = side("input", &signature.inputs);
    all.extend(side("output", &signature.outputs));
    all.into_iter().collect()
}

fn origins(shown: &VersionShown) -> BTreeMap<String, String> {
    let lineage = &shown.lineage;
    [
        ("snapshot", &lineage.snapshot),
        ("code_revision", &lineage.code_revision),
        ("run_id", &lineage.run_id),
        ("logged_model_id", &lineage.logged_model_id),
        (
            "artifact_sha256",
            &shown.artifact.as_ref().map(|file| file.sha256.clone()),
        ),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
    .collect()
}

/// Tags without the documents that some of them hold.
fn short_tags(shown: &VersionShown) -> BTreeMap<String, String> {
    let mut tags = shown.version.tags.clone();
    tags.remove(ENCODING_TAG);
    tags
}

/// A stage as answers show it: `None` is none.
pub fn stage_shown(stage: Stage) -> Option<String> {
    (stage != Stage::None).then(|| stage.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MLMODEL: &str = "artifact_path: model
flavors:
  sklearn:
    code: null
signature:
  inputs: '[{\"type\": \"double\", \"name\": \"temp\", \"required\": true}, {\"type\": \"string\",
    \"name\": \"it''s\", \"required\": true}]'
  outputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"int64\", \"shape\": [-1]}}]'
  params: null
utc_time_created: '2026-01-01'
";

    #[test]
    fn signatures_are_read_from_mlflows_description() {
        let signature = signature_of_mlmodel(MLMODEL).unwrap();
        let names: Vec<_> = signature
            .inputs
            .iter()
            .map(|one| (one.name.as_str(), one.kind.as_str()))
            .collect();
        assert_eq!(names, [("temp", "double"), ("it's", "string")]);
        assert_eq!(signature.outputs[0].kind, "int64[-1]");
        assert_eq!(signature_of_mlmodel("flavors: {}\n"), None);
        assert_eq!(signature_of_mlmodel("a: 1\nsignature:\n  inputs: 'x"), None);
    }

    #[test]
    fn only_what_differs_is_shown() {
        let map = |pairs: &[(&str, i32)]| -> BTreeMap<String, i32> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect()
        };
        let found = differing(
            &map(&[("a", 1), ("b", 2), ("c", 3)]),
            &map(&[("b", 2), ("c", 4), ("d", 5)]),
        );
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.name.as_str(), one.before, one.after))
            .collect();
        assert_eq!(
            found,
            [
                ("a", Some(1), None),
                ("c", Some(3), Some(4)),
                ("d", None, Some(5))
            ]
        );
    }
}
