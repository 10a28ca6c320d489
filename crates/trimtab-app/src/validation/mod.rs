//! The gate: a candidate meets the champion on rows that neither was trained on.
//!
//! A validation is stored when it is asked for and again when it ends; what a crash cut off is
//! closed at the next start, so that none runs for ever. The verdict is
//! [`trimtab_domain::validation::judge`]'s; this module fetches what it needs.

mod answer;
mod period;
mod registered;

pub use answer::ValidationAnswer;
pub use registered::Meeting;

use crate::app::{App, ChangeKind};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use trimtab_domain::documents::{EncodingSpec, ModelSpec, ValidationPolicySpec, ValidationRules};
use trimtab_domain::ports::ModelReader;
use trimtab_domain::ports::validation::{
    ContenderModel, Scorer, TrainingRows, TrialRequest, TrialRows,
};
use trimtab_domain::registry::{ModelVersion, version_of_label};
use trimtab_domain::validation::{
    TrainedUntil, Validation, ValidationState, judge, training_period,
};
use trimtab_domain::{DocumentName, Error, ModelName, Result, ValidationId, Window};

/// Validations that a list shows at most.
const LIST_MAX: u32 = 200;

/// A version's model file with what stands beside it.
#[derive(Debug, Clone)]
pub struct VersionFile {
    /// Its label: `v3`.
    pub version: String,
    /// The model, as ONNX.
    pub file: Bytes,
    /// The encoding document, as JSON.
    pub encoding: Bytes,
    /// What the registry says the file's SHA-256 is.
    pub expected_sha256: Option<String>,
    /// The event times of the data snapshot that its training was given, where lineage names one.
    pub snapshot: Option<Window>,
    /// What its training run says of its quality, by metric.
    pub claimed: BTreeMap<String, f64>,
}

/// A contender that was read, and until when it was trained.
#[derive(Debug)]
pub struct ReadContender {
    /// The contender.
    pub model: ContenderModel,
    /// The event times of its training data: as the encoding document says, else the snapshot's.
    pub trained_on: Option<Window>,
    /// No row from here on was seen in training, whichever of the two says so later: a job that
    /// used a part of its snapshot still had the whole.
    pub seen_until: Option<Timestamp>,
}

impl VersionFile {
    /// Reads the model: what is no model is refused here, before anything is stored.
    ///
    /// # Errors
    ///
    /// `Invalid` if the file is no model that can be run, or the encoding document is wrong.
    pub fn read(&self, reader: &dyn ModelReader) -> Result<ReadContender> {
        let named = |error: Error| {
            let message = format!("version {}: {}", self.version, error.message());
            let hint = error
                .hint()
                .unwrap_or("the gate scores ONNX files")
                .to_owned();
            Error::invalid(message).with_hint(hint).with_source(error)
        };
        let model = reader.read(&self.file).map_err(named)?;
        let encoding = EncodingSpec::from_json(&self.encoding).map_err(named)?;
        let declared = training_period(&self.encoding);
        let ends = [declared, self.snapshot].into_iter().flatten();
        Ok(ReadContender {
            model: ContenderModel {
                version: self.version.clone(),
                threshold: encoding.threshold,
                scorer: Scorer::Model {
                    model,
                    encoding: Arc::new(encoding),
                },
                sha256: sha256(&self.file),
                expected_sha256: self.expected_sha256.clone(),
                size_bytes: self.file.len() as u64,
            },
            trained_on: declared.or(self.snapshot),
            seen_until: ends.map(|period| period.end).max(),
        })
    }
}

/// What a first version is compared with.
pub fn constant() -> ContenderModel {
    ContenderModel {
        version: "constant".to_owned(),
        scorer: Scorer::Constant,
        threshold: None,
        sha256: String::new(),
        expected_sha256: None,
        size_bytes: 0,
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// A validation that is about to run.
struct Planned {
    validation: Validation,
    request: TrialRequest,
    trained_until: TrainedUntil,
    claimed: BTreeMap<String, f64>,
    rules: ValidationRules,
    spec: Arc<ModelSpec>,
}

impl App {
    /// Lets a candidate meet the champion, waits for the end, and returns it.
    ///
    /// The rows are live predictions with labels from the end of both models' training data on.
    /// What cannot be looked at ends as `could_not_decide`, stored, and is no error.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model or policy; `Invalid` if a model file cannot be read (then
    /// nothing is stored).
    pub async fn validate_files(
        &self,
        model: &ModelName,
        champion: Option<&VersionFile>,
        candidate: &VersionFile,
        policy: Option<&DocumentName>,
        actor: &str,
    ) -> Result<Validation> {
        let planned = self
            .plan_validation(model, champion, candidate, policy, actor)
            .await?;
        self.store().put_validation(&planned.validation).await?;
        self.announce(ChangeKind::Model, Some(model));
        self.finish_validation(planned).await
    }

    /// As [`App::validate_files`], but returns at once: the validation runs on by itself.
    ///
    /// # Errors
    ///
    /// As [`App::validate_files`].
    pub async fn start_validation_of_files(
        &self,
        model: &ModelName,
        champion: Option<&VersionFile>,
        candidate: &VersionFile,
        policy: Option<&DocumentName>,
        actor: &str,
    ) -> Result<Validation> {
        let planned = self
            .plan_validation(model, champion, candidate, policy, actor)
            .await?;
        let started = planned.validation.clone();
        self.store().put_validation(&started).await?;
        self.announce(ChangeKind::Model, Some(model));
        let app = self.clone();
        tokio::spawn(async move {
            let id = planned.validation.id.clone();
            if let Err(error) = app.finish_validation(planned).await {
                tracing::error!(validation = %id, %error, "cannot finish a validation");
            }
        });
        Ok(started)
    }

    async fn plan_validation(
        &self,
        model: &ModelName,
        champion: Option<&VersionFile>,
        candidate: &VersionFile,
        policy: Option<&DocumentName>,
        actor: &str,
    ) -> Result<Planned> {
        let spec = self.model(model).await?;
        let (policy, rules) = self.validation_rules(model, policy).await?;
        let reader = Arc::clone(&self.inner.parts.models);
        let (first, second) = (champion.cloned(), candidate.clone());
        // Reading a large model computes for a while.
        let read = tokio::task::spawn_blocking(move || {
            let first = first.map(|file| file.read(reader.as_ref())).transpose()?;
            Ok::<_, Error>((first, second.read(reader.as_ref())?))
        });
        let (first, second) = read.await.map_err(|source| {
            Error::internal("reading a model was cut off").with_source(source)
        })??;
        let trained_until = TrainedUntil {
            candidate: second.seen_until,
            champion: first.as_ref().and_then(|read| read.seen_until),
        };
        let rows = period::rows(self, &spec, &rules, trained_until).await?;
        let training = second.trained_on.map(|period| TrainingRows::Lake {
            model: Arc::clone(&spec),
            period,
            known_at: rows.1,
        });
        let segments = if rules.segments.columns.is_empty() {
            spec.segments.clone()
        } else {
            rules.segments.columns.clone()
        };
        let id = ValidationId::from_suffix(self.suffix());
        let request = TrialRequest {
            rows: TrialRows::Lake {
                model: Arc::clone(&spec),
                period: rows.0,
                known_at: rows.1,
            },
            task: spec.task,
            champion: first.map_or_else(constant, |read| read.model),
            candidate: second.model,
            training,
            segment_metric: rules.segment_metric(spec.task),
            segments,
            rules: rules.clone(),
            seed: seed_of(&id),
            scratch: PathBuf::new(),
        };
        let validation = Validation::requested(
            id,
            model.clone(),
            (
                candidate.version.clone(),
                champion.map(|file| file.version.clone()),
            ),
            policy,
            actor,
            self.now(),
        );
        Ok(Planned {
            validation,
            request,
            trained_until,
            claimed: candidate.claimed.clone(),
            rules,
            spec,
        })
    }

    async fn finish_validation(&self, planned: Planned) -> Result<Validation> {
        // One at a time: each reads weeks of rows.
        let _turn = self.inner.validating.lock().await;
        let Planned {
            validation,
            request,
            trained_until,
            claimed,
            rules,
            spec,
        } = planned;
        let ended = match self.inner.parts.trials.run(request).await {
            Ok(mut evidence) => {
                evidence.trained_until = Some(trained_until);
                evidence.claimed = claimed;
                let checks = judge(&rules, spec.task, &evidence);
                validation.finished(checks, evidence, self.now())
            }
            Err(error) => {
                tracing::warn!(validation = %validation.id, %error, "a validation could not look");
                let sentence = format!("It could not look: {error}.");
                validation.ended(ValidationState::Failed, sentence, self.now())
            }
        };
        self.end_validation(&ended).await?;
        Ok(ended)
    }

    async fn end_validation(&self, ended: &Validation) -> Result<()> {
        self.store().put_validation(ended).await?;
        let verdict = ended.verdict.map_or("", |verdict| verdict.as_str());
        let object = format!("version/{} {}", ended.candidate, ended.id);
        let text = format!("validation {verdict}: {}", ended.sentence);
        let found = json!({
            "validation": ended.id,
            "verdict": ended.verdict,
            "champion": ended.champion,
            "policy": ended.policy,
            "stopped_by": ended.stopped_by(),
        });
        let entry = self
            .entry(&ended.requested_by, "validation_ended", object, text)
            .of_model(&ended.model)
            .with_change(None, Some(found));
        self.record(entry).await?;
        self.announce(ChangeKind::Model, Some(&ended.model));
        // A training may wait for the verdict.
        self.inner.retrainer_nudge.notify_one();
        Ok(())
    }

    /// The policy that holds: the one of this name; else the model's `default`, else the shipped
    /// one.
    async fn validation_rules(
        &self,
        model: &ModelName,
        policy: Option<&DocumentName>,
    ) -> Result<(String, ValidationRules)> {
        let catalog = self.catalog().await?;
        let entry = catalog.models.get(model);
        let find = |name: &str| {
            let found = entry?.validation_policies.values();
            found.into_iter().find(|spec| spec.name.as_str() == name)
        };
        let named = |spec: &ValidationPolicySpec| (spec.name.to_string(), spec.rules.clone());
        match policy {
            Some(name) => find(name.as_str())
                .map(named)
                .or_else(|| {
                    (name.as_str() == ValidationPolicySpec::SHIPPED)
                        .then(|| (name.to_string(), ValidationRules::default()))
                })
                .ok_or_else(|| Error::not_found("validation policy", name)),
            None => Ok(find(ValidationPolicySpec::SHIPPED).map_or_else(
                || {
                    let shipped = ValidationPolicySpec::SHIPPED.to_owned();
                    (shipped, ValidationRules::default())
                },
                named,
            )),
        }
    }

    /// One validation.
    ///
    /// # Errors
    ///
    /// `NotFound` if the model has none of this id.
    pub async fn validation(&self, model: &ModelName, id: &ValidationId) -> Result<Validation> {
        self.store()
            .validation(id)
            .await?
            .filter(|validation| validation.model == *model)
            .ok_or_else(|| Error::not_found("validation", id))
    }

    /// A model's validations, newest first.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model.
    pub async fn validations(
        &self,
        model: &ModelName,
        candidate: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Validation>> {
        self.model(model).await?;
        let limit = limit.min(LIST_MAX);
        self.store().validations(model, candidate, limit).await
    }

    /// The newest validation of a candidate, if it passed: what a rollout may begin on. One of
    /// other contents (a version of the same number that was deleted since) does not count.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn passed_validation(
        &self,
        model: &ModelName,
        candidate: &str,
    ) -> Result<Option<Validation>> {
        let newest = self
            .store()
            .validations(model, Some(candidate), LIST_MAX)
            .await?;
        let passed = newest
            .into_iter()
            .find(|validation| validation.state != ValidationState::Running)
            .filter(Validation::has_passed);
        let version = match version_of_label(candidate) {
            Some(number) => self.store().model_version(model.as_str(), number).await?,
            None => None,
        };
        let noted = version.as_ref().and_then(ModelVersion::onnx_file);
        Ok(passed.filter(|validation| {
            let judged = validation.evidence.as_ref().map(|it| &it.candidate.sha256);
            match (judged, noted) {
                (Some(judged), Some(noted)) => *judged == noted.sha256,
                _ => true,
            }
        }))
    }
}

/// Closes what an earlier process left running.
pub(crate) async fn close_interrupted(app: &App) -> Result<()> {
    for validation in app.store().running_validations().await? {
        let sentence = "The server stopped while it ran; ask for it again.".to_owned();
        let now = app.now();
        let ended = validation.ended(ValidationState::Interrupted, sentence, now);
        app.end_validation(&ended).await?;
    }
    Ok(())
}

/// Draws that the id determines: the same validation again gives the same numbers.
fn seed_of(id: &ValidationId) -> u64 {
    let digest = Sha256::digest(id.as_str().as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}
