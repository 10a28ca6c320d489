//! The replay as the serving system: the flag says which version serves each prediction, the
//! registry gives its file, our own scoring answers, and event time stands still while something
//! is under way that the rows of before brought about.

use crate::client::{Client, escape};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use trimtab_app::report::numbers;
use trimtab_domain::documents::{EncodingSpec, ModelSpec};
use trimtab_domain::fold::PredictionRole;
use trimtab_domain::intake::EventKind;
use trimtab_domain::ports::scoring::ModelReader;
use trimtab_domain::registry::ENCODING_TAG;
use trimtab_engine::replay_source::{Answering, ReplayBatch, ReplayRows};
use trimtab_scoring::OnnxReader;

/// Questions to the flag that are under way at once.
const ASKED_AT_ONCE: usize = 8;
/// Event time stands still for so long at most.
const STILL_MAX: Duration = Duration::from_mins(30);
/// So often it is asked whether time may go on.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// A version's tag: so many milliseconds later it answers, a fault to be found.
const LATE_TAG: &str = "demo.late_ms";

/// What the flag says to one key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Answer {
    value: String,
    reason: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Metadata {
    /// A version to ask beside, whose answer nobody gets.
    #[serde(default)]
    shadow: Option<String>,
}

/// Where a model stands after what was sent.
#[derive(Debug, Deserialize)]
struct Settled {
    under_way: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct FileList {
    #[serde(default)]
    files: Vec<ListedFile>,
}

#[derive(Debug, Deserialize)]
struct ListedFile {
    path: String,
    #[serde(default)]
    is_dir: bool,
}

/// The serving system.
pub(super) struct Serving<'a> {
    client: &'a Client,
    model: String,
    spec: Arc<ModelSpec>,
    versions: BTreeMap<String, Arc<Answering>>,
    /// Predictions by version and role.
    served: BTreeMap<(String, PredictionRole), u64>,
}

impl<'a> Serving<'a> {
    pub(super) fn new(client: &'a Client, model: &str, spec: Arc<ModelSpec>) -> Self {
        Self {
            client,
            model: model.to_owned(),
            spec,
            versions: BTreeMap::new(),
            served: BTreeMap::new(),
        }
    }

    /// The batch as today's versions answer it: one batch for each of them.
    pub(super) async fn answer(&mut self, batch: ReplayBatch) -> Result<Vec<ReplayBatch>> {
        if batch.kind == EventKind::Labels {
            return Ok(vec![batch]);
        }
        let ids = batch.rows.ids().map_err(|err| super::super::told(&err))?;
        let answers = self.ask_for(&ids).await?;
        let mut asked: BTreeMap<(String, PredictionRole), Vec<u32>> = BTreeMap::new();
        for (row, answer) in (0_u32..).zip(answers) {
            let live = (answer.value, PredictionRole::Live);
            asked.entry(live).or_default().push(row);
            if let Some(version) = answer.metadata.shadow {
                let shadow = (version, PredictionRole::Shadow);
                asked.entry(shadow).or_default().push(row);
            }
        }
        let mut batches = Vec::new();
        for ((version, role), rows) in asked {
            let by = self.version(&version).await?;
            let n_rows = rows.len() as u64;
            let body = self.body(&batch.rows, by, rows, role).await?;
            *self.served.entry((version, role)).or_default() += n_rows;
            batches.push(ReplayBatch {
                n_rows,
                body,
                ..batch.clone()
            });
        }
        Ok(batches)
    }

    async fn body(
        &self,
        rows: &ReplayRows,
        by: Arc<Answering>,
        chosen: Vec<u32>,
        role: PredictionRole,
    ) -> Result<Bytes> {
        let (rows, spec) = (rows.clone(), Arc::clone(&self.spec));
        // Scoring computes.
        tokio::task::spawn_blocking(move || rows.answered(&spec, &by, &chosen, role))
            .await?
            .map_err(|err| super::super::told(&err))
    }

    /// What the flag says to each key; one question where everybody gets the same.
    async fn ask_for(&self, ids: &[String]) -> Result<Vec<Answer>> {
        let Some(first) = ids.first() else {
            return Ok(Vec::new());
        };
        let answer = ask(self.client, &self.model, first).await?;
        if answer.reason == "STATIC" {
            return Ok(vec![answer; ids.len()]);
        }
        let share = ids.len().div_ceil(ASKED_AT_ONCE);
        let mut asking = JoinSet::new();
        for (part, keys) in ids.chunks(share).enumerate() {
            let (client, model, keys) = (self.client.clone(), self.model.clone(), keys.to_vec());
            asking.spawn(async move {
                let mut answers = Vec::with_capacity(keys.len());
                for key in &keys {
                    answers.push(ask(&client, &model, key).await?);
                }
                Ok::<_, anyhow::Error>((part, answers))
            });
        }
        let mut parts = BTreeMap::new();
        while let Some(answered) = asking.join_next().await {
            let (part, answers) = answered??;
            parts.insert(part, answers);
        }
        Ok(parts.into_values().flatten().collect())
    }

    /// A version with its file from the registry, read once.
    async fn version(&mut self, label: &str) -> Result<Arc<Answering>> {
        if let Some(known) = self.versions.get(label) {
            return Ok(Arc::clone(known));
        }
        let read = read_version(self.client, &self.model, label)
            .await
            .with_context(|| format!("{label} of {} cannot serve", self.model))?;
        let read = Arc::new(read);
        self.versions.insert(label.to_owned(), Arc::clone(&read));
        Ok(read)
    }

    /// Lets event time stand still until nothing is under way that was brought about so far.
    pub(super) async fn stand_still(&self, at: Timestamp, tell: impl Fn(&str)) -> Result<()> {
        let begun = Instant::now();
        let path = format!("/api/v1/models/{}/settle", escape(&self.model));
        loop {
            let settled: Settled = self.client.post(&path, &json!({})).await?;
            let Some(first) = settled.under_way.first() else {
                return Ok(());
            };
            tell(first);
            if begun.elapsed() > STILL_MAX {
                bail!(
                    "event time stood still at {at} for {} minutes: {}",
                    STILL_MAX.as_secs() / 60,
                    settled.under_way.join("; ")
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Who served how many.
    pub(super) fn told(&self) -> String {
        let parts: Vec<String> = self
            .served
            .iter()
            .map(|((version, role), n)| {
                let n = numbers::full_count(*n);
                format!("{n} by {version} ({})", role.as_str())
            })
            .collect();
        format!("Served: {}.", parts.join(", "))
    }
}

async fn ask(client: &Client, model: &str, key: &str) -> Result<Answer> {
    let path = format!("/ofrep/v1/evaluate/flags/route.{}", escape(model));
    client
        .post(&path, &json!({"context": {"targetingKey": key}}))
        .await
        .with_context(|| {
            format!("the flag `route.{model}` does not say who serves: a model is served by its champion (`trimtab model promote`)")
        })
}

/// A version's ONNX file and encoding document, through the interface that MLflow's client has.
async fn read_version(client: &Client, model: &str, label: &str) -> Result<Answering> {
    let number = label.trim_start_matches('v');
    let query = format!("name={}&version={number}", escape(model));
    let found: Value = client
        .get(&format!("/api/2.0/mlflow/model-versions/get?{query}"))
        .await?;
    let tags = found["model_version"]["tags"].as_array();
    let tag = |key: &str| {
        let mut tags = tags.into_iter().flatten();
        let found = tags.find(|tag| tag["key"] == key)?;
        found["value"].as_str().map(str::to_owned)
    };
    let place: Value = client
        .get(&format!(
            "/api/2.0/mlflow/model-versions/get-download-uri?{query}"
        ))
        .await?;
    let folder = place["artifact_uri"]
        .as_str()
        .and_then(|uri| uri.strip_prefix("mlflow-artifacts:"))
        .map(|path| path.trim_matches('/').to_owned())
        .context("its files are not in this registry")?;
    let files = files_below(client, folder).await?;
    let onnx = files
        .iter()
        .find(|path| {
            let end = Path::new(path).extension();
            end.is_some_and(|end| end.eq_ignore_ascii_case("onnx"))
        })
        .context("it holds no ONNX file")?;
    let document = files.iter().find(|path| path.ends_with("encoding.json"));
    let encoding = match (document, tag(ENCODING_TAG)) {
        (Some(path), _) => client.download(&file_path(path)).await?,
        (None, Some(text)) => Bytes::from(text),
        (None, None) => bail!("it holds no encoding document"),
    };
    let told = |err: trimtab_domain::Error| super::super::told(&err);
    Ok(Answering {
        version: label.to_owned(),
        encoding: EncodingSpec::from_json(&encoding).map_err(told)?,
        model: OnnxReader
            .read(&client.download(&file_path(onnx)).await?)
            .map_err(told)?,
        late_ms: tag(LATE_TAG).and_then(|ms| ms.parse().ok()).unwrap_or(0.0),
    })
}

fn file_path(path: &str) -> String {
    format!("/api/2.0/mlflow-artifacts/artifacts/{path}")
}

async fn files_below(client: &Client, folder: String) -> Result<Vec<String>> {
    let mut folders = vec![folder];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let path = format!(
            "/api/2.0/mlflow-artifacts/artifacts?path={}",
            escape(&folder)
        );
        let listed: FileList = client.get(&path).await?;
        for file in listed.files {
            let path = format!("{folder}/{}", file.path);
            if file.is_dir {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    // The one nearest to the root is the model itself.
    files.sort_by_key(|path| (path.matches('/').count(), path.clone()));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_says_who_serves_and_who_is_asked_beside() {
        let answer: Answer = serde_json::from_value(json!({
            "key": "route.m", "value": "v1", "variant": "champion", "reason": "STATIC",
            "metadata": {"model": "m", "rollout": "rol_1", "stage": "shadow", "shadow": "v3"}
        }))
        .unwrap();
        assert_eq!(answer.value, "v1");
        assert_eq!(answer.metadata.shadow.as_deref(), Some("v3"));
        let split: Answer =
            serde_json::from_value(json!({"value": "v3", "reason": "SPLIT"})).unwrap();
        assert_eq!(split.metadata, Metadata::default());
    }
}
