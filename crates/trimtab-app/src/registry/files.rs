//! Where a version's files lie, and what is in them.

use super::NewRegisteredModel;
use super::search::PROMPT_TAG;
use crate::app::App;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use std::collections::BTreeMap;
use trimtab_domain::ports::artifacts::ContentHash;
use trimtab_domain::registry::{
    ENCODING_TAG, ModelVersion, Source, Stage, VersionFile, VersionStatus, check_model_name,
    is_within,
};
use trimtab_domain::tracking::places::{ARTIFACT_ROOT, own_artifact_path};
use trimtab_domain::tracking::{LoggedModel, LoggedModelId, RunId, RunInfo};
use trimtab_domain::{Error, ErrorKind, Result};

/// Files of one version that are looked at.
const FILES_MAX: u32 = 100_000;
/// A model file that is read into memory is at most so large.
const MODEL_BYTES_MAX: u64 = 1 << 30;
/// A document beside it is at most so large.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// A version that is to be registered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewVersion {
    /// The model.
    pub model: String,
    /// Where its files lie: `runs:/…`, `models:/…`, `mlflow-artifacts:/…` or another store.
    pub source: String,
    /// The run it comes from.
    pub run_id: Option<String>,
    /// A link to the run, for people.
    pub run_link: Option<String>,
    /// The logged model it comes from.
    pub logged_model_id: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A file that is registered from where the caller has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// What it is called among the version's files: `model.onnx`, `encoding.json`.
    pub path: String,
    /// Its contents.
    pub contents: Bytes,
}

/// A version that is registered from files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Registration {
    /// The model; it is registered too where it is not yet.
    pub model: String,
    /// The files.
    pub files: Vec<LocalFile>,
    /// The run it comes from.
    pub run_id: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A version's model as ONNX, with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// The version's label: `v3`.
    pub version: String,
    /// The file's path below the version's folder.
    pub path: String,
    /// The model, as ONNX; its hash has been checked.
    pub contents: Bytes,
    /// SHA-256 of the file as it was registered, hex.
    pub sha256: String,
    /// The encoding document, as JSON, where there is one.
    pub encoding: Option<Bytes>,
    /// The version's tags.
    pub tags: BTreeMap<String, String>,
}

/// What a source was found to mean.
#[derive(Debug, Default)]
struct Resolved {
    folder: Option<String>,
    run_id: Option<String>,
    logged_model_id: Option<String>,
    /// Of a version that is copied.
    files: Option<Vec<VersionFile>>,
}

impl App {
    /// Registers a version of a model. Its files are noted with their hashes.
    ///
    /// # Errors
    ///
    /// `NotFound` without the model, run, logged model or version that is named; `Invalid` if the
    /// source lies elsewhere than what is named with it, or on the disk of this machine.
    pub async fn create_model_version(
        &self,
        new: NewVersion,
        actor: &str,
        reason: &str,
    ) -> Result<ModelVersion> {
        self.registered_model(&new.model).await?;
        let resolved = self.resolve(&new).await?;
        self.register_resolved(new, resolved, actor, reason).await
    }

    async fn register_resolved(
        &self,
        new: NewVersion,
        resolved: Resolved,
        actor: &str,
        reason: &str,
    ) -> Result<ModelVersion> {
        // What is noted now must not be collected before the version that holds it is stored.
        let naming = self.inner.artifact_naming.read().await;
        let files = match (&resolved.files, &resolved.folder) {
            (Some(files), _) => {
                self.check_held(files).await?;
                files.clone()
            }
            (None, Some(folder)) => self.files_in(folder).await?,
            (None, None) => Vec::new(),
        };
        let version = ModelVersion {
            model: new.model,
            version: 0,
            source: new.source,
            folder: resolved.folder,
            files,
            run_id: resolved.run_id,
            run_link: new.run_link,
            logged_model_id: resolved.logged_model_id,
            status: VersionStatus::Ready,
            description: new.description,
            stage: Stage::None,
            tags: new.tags,
            created_by: actor.to_owned(),
            created_ms: 0,
            updated_ms: 0,
        };
        let added = self.add_version(version, actor, reason).await?;
        drop(naming);
        if let Some(id) = &added.logged_model_id {
            self.note_on_logged_model(&LoggedModelId::new(id), &added)
                .await?;
        }
        Ok(added)
    }

    /// `Conflict` if a version whose files are to be shared was deleted meanwhile, and its files
    /// with it.
    async fn check_held(&self, files: &[VersionFile]) -> Result<()> {
        let hashes = files
            .iter()
            .map(|file| ContentHash::try_from(file.sha256.clone()))
            .collect::<Result<Vec<_>>>()?;
        if self.store().unnamed_contents(&hashes).await?.is_empty() {
            return Ok(());
        }
        Err(Error::conflict(
            "the version that is copied was deleted meanwhile",
        ))
    }

    /// MLflow's pages find the versions of a logged model by this tag.
    async fn note_on_logged_model(&self, id: &LoggedModelId, version: &ModelVersion) -> Result<()> {
        const TAG: &str = "mlflow.modelVersions";
        let logged = self.logged_model(id).await?;
        let mut versions: Vec<serde_json::Value> = logged
            .tags
            .get(TAG)
            .and_then(|tag| serde_json::from_str(tag).ok())
            .unwrap_or_default();
        versions.push(serde_json::json!({
            "name": version.model,
            "version": version.version.to_string(),
        }));
        let tag = serde_json::Value::Array(versions).to_string();
        let tags = BTreeMap::from([(TAG.to_owned(), tag)]);
        self.set_logged_model_tags(id, &tags).await.map(drop)
    }

    /// As [`App::create_model_version`]; the model is registered too where it is new.
    ///
    /// # Errors
    ///
    /// As [`App::create_model_version`]; the model is registered only if its name is allowed and
    /// its source can be found.
    pub async fn register_from_source(
        &self,
        new: NewVersion,
        actor: &str,
        reason: &str,
    ) -> Result<ModelVersion> {
        check_model_name(&new.model)?;
        let resolved = self.resolve(&new).await?;
        if let Some(folder) = &resolved.folder
            && resolved.files.is_none()
            && self.files_in(folder).await?.is_empty()
        {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("there are no files at `{}`", new.source),
            ));
        }
        self.register_new_model(&new.model, actor).await?;
        self.register_resolved(new, resolved, actor, reason).await
    }

    /// Registers a model unless it is.
    async fn register_new_model(&self, model: &str, actor: &str) -> Result<()> {
        if self.store().registered_model(model).await?.is_some() {
            return Ok(());
        }
        let new = NewRegisteredModel {
            name: model.to_owned(),
            ..NewRegisteredModel::default()
        };
        match self.create_registered_model(new, actor).await {
            // Somebody else did so meanwhile.
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            made => made.map(drop),
        }
    }

    /// Registers a version from files the caller has, and the model with it where it is new.
    ///
    /// # Errors
    ///
    /// `Invalid` without files, or if a name or path is not allowed: nothing is stored then.
    pub async fn register_version(
        &self,
        registration: Registration,
        actor: &str,
        reason: &str,
    ) -> Result<ModelVersion> {
        check_model_name(&registration.model)?;
        if registration.files.is_empty() {
            return Err(Error::invalid("a version needs at least one file"));
        }
        if let Some(run_id) = &registration.run_id {
            self.run_info(&RunId::new(run_id)).await?;
        }
        self.register_new_model(&registration.model, actor).await?;
        let folder = format!("registry/{}", self.suffix());
        for file in registration.files {
            let path = format!("{folder}/{}", file.path);
            let stream = futures::stream::iter([Ok(file.contents)]).boxed();
            self.put_artifact(&path, stream).await?;
        }
        let new = NewVersion {
            model: registration.model,
            source: format!("{ARTIFACT_ROOT}{folder}"),
            description: registration.description,
            tags: registration.tags,
            ..NewVersion::default()
        };
        let resolved = Resolved {
            folder: Some(folder),
            run_id: registration.run_id,
            ..Resolved::default()
        };
        self.register_resolved(new, resolved, actor, reason).await
    }

    /// A version's model as ONNX with its encoding document; the version by label (`v3`), number
    /// or alias. What is answered is what was registered: the contents are found by their hash,
    /// which is checked while they are read.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a version, `Invalid` if it holds no ONNX file.
    pub async fn model_file(&self, model: &str, version: &str) -> Result<ModelFile> {
        let mut version = self.find_version(model, version).await?;
        if version.files.is_empty()
            && let Some(folder) = &version.folder
        {
            // It was registered before its files had arrived.
            version.files = self.files_in(folder).await?;
        }
        let label = version.label();
        let onnx = version.onnx_file().ok_or_else(|| {
            Error::invalid(format!("{label} of model `{model}` holds no ONNX file"))
                .with_hint("log the model as ONNX, or register it with `trimtab model register`")
        })?;
        let contents = self.contents(onnx, MODEL_BYTES_MAX).await?;
        let encoding = match (version.encoding_file(onnx), version.tags.get(ENCODING_TAG)) {
            (Some(file), _) => Some(self.contents(file, DOCUMENT_BYTES_MAX).await?),
            (None, Some(tag)) => Some(Bytes::from(tag.clone())),
            (None, None) => None,
        };
        Ok(ModelFile {
            version: label,
            path: onnx.path.clone(),
            contents,
            sha256: onnx.sha256.clone(),
            encoding,
            tags: version.tags,
        })
    }

    /// Whether a version's files are still there, under their names, as they were registered;
    /// `None` where they lie elsewhere.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store is away.
    pub async fn is_version_unchanged(&self, version: &ModelVersion) -> Result<Option<bool>> {
        let Some(folder) = version
            .folder
            .as_deref()
            .filter(|_| !version.files.is_empty())
        else {
            return Ok(None);
        };
        let now = self.files_in(folder).await?;
        let is_there = |file: &VersionFile| now.contains(file);
        Ok(Some(version.files.iter().all(is_there)))
    }

    /// One of a version's files, whole.
    ///
    /// # Errors
    ///
    /// `Invalid` if it is too large, `NotFound` if its contents are gone.
    pub(super) async fn contents(&self, file: &VersionFile, bytes_max: u64) -> Result<Bytes> {
        if file.n_bytes > bytes_max {
            return Err(Error::invalid(format!(
                "`{}` has {} bytes: more than {bytes_max} are not read",
                file.path, file.n_bytes
            )));
        }
        let hash = ContentHash::try_from(file.sha256.clone())?;
        let mut stream = self.inner.parts.artifacts.open(&hash).await?;
        let mut contents = BytesMut::new();
        while let Some(piece) = stream.next().await {
            contents.extend_from_slice(&piece?);
        }
        Ok(contents.freeze())
    }

    async fn files_in(&self, folder: &str) -> Result<Vec<VersionFile>> {
        let prefix = format!("{}/", folder.trim_matches('/'));
        let files = self.store().artifacts_below(folder, FILES_MAX).await?;
        let mut files: Vec<VersionFile> = files
            .into_iter()
            .filter_map(|file| {
                Some(VersionFile {
                    path: file.path.strip_prefix(&prefix)?.to_owned(),
                    sha256: file.content.hash.as_str().to_owned(),
                    n_bytes: file.content.n_bytes,
                })
            })
            .collect();
        files.sort();
        Ok(files)
    }

    async fn resolve(&self, new: &NewVersion) -> Result<Resolved> {
        let is_prompt = new.tags.get(PROMPT_TAG).is_some_and(|tag| tag == "true");
        let source = if is_prompt {
            // A prompt is its tags; its source is a word that fills the field.
            Source::Elsewhere
        } else {
            Source::parse(&new.source)?
        };
        let run = match &new.run_id {
            Some(id) => Some(self.run_info(&RunId::new(id)).await?),
            None => None,
        };
        let logged = match &new.logged_model_id {
            Some(id) => Some(self.logged_model(&LoggedModelId::new(id)).await?),
            None => None,
        };
        let named = Named {
            source: &new.source,
            run,
            logged,
        };
        match source {
            Source::Elsewhere => Ok(named.resolved(None)),
            Source::Artifacts(path) => {
                self.check_place(&named, &path).await?;
                Ok(named.resolved(Some(path)))
            }
            Source::Run { run_id, path } => self.resolve_run(&named, &run_id, &path).await,
            Source::LoggedModel { model_id, path } => {
                named.check_logged(&model_id)?;
                let logged = self.logged_model(&LoggedModelId::new(model_id)).await?;
                let folder = below(&logged.artifact_uri, &path);
                Ok(of_logged(logged, folder, named.run))
            }
            Source::Version {
                model,
                version,
                path,
            } => {
                let copied = self.find_version(&model, &version).await?;
                Ok(copy_of(copied, &path, &named))
            }
        }
    }

    /// A folder among a run's artifacts, or of the model that the run logged under that name.
    async fn resolve_run(&self, named: &Named<'_>, run_id: &str, path: &str) -> Result<Resolved> {
        named.check_run(run_id)?;
        let run = self.run(&RunId::new(run_id)).await?;
        let folder = below(&run.info.artifact_uri, path);
        let has_files = match &folder {
            Some(folder) => !self.store().artifacts_below(folder, 1).await?.is_empty(),
            None => true,
        };
        if !has_files {
            for (id, _) in &run.model_outputs {
                let logged = self.store().logged_model(id).await?;
                if let Some(logged) = logged.filter(|logged| logged.name == path) {
                    let folder = below(&logged.artifact_uri, "");
                    return Ok(of_logged(logged, folder, Some(run.info)));
                }
            }
        }
        let logged = named.logged.as_ref().map(|logged| logged.id.to_string());
        Ok(Resolved {
            folder,
            run_id: Some(run_id.to_owned()),
            logged_model_id: logged,
            files: None,
        })
    }

    /// Refuses a folder that is not among the artifacts of what is named with it: a version must
    /// not pass off somebody else's files as those of a run.
    async fn check_place(&self, named: &Named<'_>, path: &str) -> Result<()> {
        let is_below = |uri: &str| own_artifact_path(uri).is_some_and(|root| is_within(path, root));
        let Some(run) = &named.run else {
            return match &named.logged {
                Some(logged) if !is_below(&logged.artifact_uri) => Err(named.elsewhere()),
                _ => Ok(()),
            };
        };
        if is_below(&run.artifact_uri) {
            return Ok(());
        }
        if let Some(logged) = &named.logged {
            return if is_below(&logged.artifact_uri) {
                Ok(())
            } else {
                Err(named.elsewhere())
            };
        }
        // A model that the run logged lies beside the run's own artifacts.
        for part in path.split('/') {
            if !trimtab_domain::registry::is_logged_model_id(part) {
                continue;
            }
            let logged = self.store().logged_model(&LoggedModelId::new(part)).await?;
            let is_its_own = logged.is_some_and(|logged| {
                is_below(&logged.artifact_uri) && logged.source_run.as_ref() == Some(&run.id)
            });
            if is_its_own {
                return Ok(());
            }
        }
        Err(named.elsewhere())
    }
}

/// What a request names beside its source.
struct Named<'a> {
    source: &'a str,
    run: Option<RunInfo>,
    logged: Option<LoggedModel>,
}

impl Named<'_> {
    fn resolved(&self, folder: Option<String>) -> Resolved {
        Resolved {
            folder,
            run_id: self.run.as_ref().map(|run| run.id.to_string()),
            logged_model_id: self.logged.as_ref().map(|logged| logged.id.to_string()),
            files: None,
        }
    }

    fn elsewhere(&self) -> Error {
        Error::invalid(format!(
            "Invalid model version source: '{}'. It is not among the artifacts of the run or the \
             logged model that is named with it.",
            self.source
        ))
    }

    fn check_run(&self, run_id: &str) -> Result<()> {
        match &self.run {
            Some(run) if run.id.as_str() != run_id => Err(self.elsewhere()),
            _ => Ok(()),
        }
    }

    fn check_logged(&self, model_id: &str) -> Result<()> {
        match &self.logged {
            Some(logged) if logged.id.as_str() != model_id => Err(self.elsewhere()),
            _ => Ok(()),
        }
    }
}

fn of_logged(logged: LoggedModel, folder: Option<String>, run: Option<RunInfo>) -> Resolved {
    let run_id = run.map(|run| run.id).or(logged.source_run);
    Resolved {
        folder,
        run_id: run_id.map(|id| id.to_string()),
        logged_model_id: Some(logged.id.to_string()),
        files: None,
    }
}

fn copy_of(copied: ModelVersion, path: &str, named: &Named<'_>) -> Resolved {
    let own = named.resolved(None);
    let files = path.is_empty().then_some(copied.files);
    Resolved {
        folder: copied.folder.map(|folder| joined(&folder, path)),
        run_id: own.run_id.or(copied.run_id),
        logged_model_id: own.logged_model_id.or(copied.logged_model_id),
        files,
    }
}

/// The folder of our own artifacts at a path below a location.
fn below(uri: &str, path: &str) -> Option<String> {
    own_artifact_path(uri).map(|root| joined(root, path))
}

fn joined(root: &str, path: &str) -> String {
    let path = path.trim_matches('/');
    if path.is_empty() {
        root.to_owned()
    } else {
        format!("{root}/{path}")
    }
}
