//! Versions of the registry as contenders.

use super::VersionFile;
use crate::app::App;
use trimtab_domain::registry::{CHAMPION, version_label};
use trimtab_domain::validation::Validation;
use trimtab_domain::{DocumentName, Error, ErrorKind, ModelName, Result, SnapshotId, Window};

/// Which versions meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The version that wants to serve: `3`, `v3` or an alias.
    pub candidate: String,
    /// The version to compare with; the alias `champion` where absent.
    pub champion: Option<String>,
    /// The policy; the model's `default`, else the shipped one, where absent.
    pub policy: Option<DocumentName>,
}

impl Meeting {
    /// A candidate beside whatever serves, by the policy that holds.
    pub fn of(candidate: impl Into<String>) -> Self {
        Self {
            candidate: candidate.into(),
            champion: None,
            policy: None,
        }
    }
}

impl App {
    /// Lets a registered candidate meet the registered champion, waits for the end, and returns
    /// it.
    ///
    /// # Errors
    ///
    /// `NotFound` without such a model, version or policy; `Invalid` if the candidate is the
    /// champion, or holds no ONNX file with an encoding document (then nothing is stored).
    pub async fn validate(
        &self,
        model: &ModelName,
        candidate: &str,
        policy: Option<&DocumentName>,
        actor: &str,
    ) -> Result<Validation> {
        let meeting = Meeting {
            policy: policy.cloned(),
            ..Meeting::of(candidate)
        };
        let (champion, candidate) = self.contenders(model, &meeting).await?;
        self.validate_files(model, champion.as_ref(), &candidate, policy, actor)
            .await
    }

    /// As [`App::validate`], but returns at once: the validation runs on by itself.
    ///
    /// # Errors
    ///
    /// As [`App::validate`].
    pub async fn start_validation(
        &self,
        model: &ModelName,
        meeting: &Meeting,
        actor: &str,
    ) -> Result<Validation> {
        let (champion, candidate) = self.contenders(model, meeting).await?;
        let policy = meeting.policy.as_ref();
        self.start_validation_of_files(model, champion.as_ref(), &candidate, policy, actor)
            .await
    }

    async fn contenders(
        &self,
        model: &ModelName,
        meeting: &Meeting,
    ) -> Result<(Option<VersionFile>, VersionFile)> {
        // What is not monitored has no rows, whatever the registry knows.
        self.model(model).await?;
        let candidate = self.version_file(model, &meeting.candidate).await?;
        let champion = match &meeting.champion {
            Some(version) => Some(version.clone()),
            None => self.alias_label(model.as_str(), CHAMPION).await?,
        };
        let Some(champion) = champion else {
            return Ok((None, candidate));
        };
        let champion = self.version_file(model, &champion).await?;
        if champion.version == candidate.version {
            return Err(Error::invalid(format!(
                "{} of `{model}` is the champion itself",
                candidate.version
            ))
            .with_hint(
                "name another candidate, or with `champion` another version to compare with",
            ));
        }
        Ok((Some(champion), candidate))
    }

    /// A registered version as a contender, with what was claimed for it.
    pub(crate) async fn version_file(
        &self,
        model: &ModelName,
        version: &str,
    ) -> Result<VersionFile> {
        let found = self.model_file(model.as_str(), version).await?;
        let encoding = found.encoding.ok_or_else(|| {
            Error::invalid(format!(
                "{} of `{model}` holds no encoding document",
                found.version
            ))
            .with_hint("log `encoding.json` beside the ONNX file: how columns become its row")
        })?;
        let shown = self.version_shown(model.as_str(), &found.version).await?;
        Ok(VersionFile {
            version: found.version,
            file: found.contents,
            encoding,
            expected_sha256: Some(found.sha256),
            snapshot: self.snapshot_period(model, shown.lineage.snapshot).await?,
            claimed: shown.metrics,
        })
    }

    /// The event times of the snapshot that a version names in its lineage, if it still exists.
    pub(crate) async fn trained_on(
        &self,
        model: &ModelName,
        version: u32,
    ) -> Result<Option<Window>> {
        let label = version_label(version);
        match self.version_shown(model.as_str(), &label).await {
            Ok(shown) => self.snapshot_period(model, shown.lineage.snapshot).await,
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The event times of a version's snapshot, if it names one of its own model's.
    async fn snapshot_period(
        &self,
        model: &ModelName,
        snapshot: Option<String>,
    ) -> Result<Option<Window>> {
        let Some(Ok(id)) = snapshot.map(SnapshotId::try_from) else {
            return Ok(None);
        };
        let found = self.inner.parts.snapshots.snapshot(&id).await?;
        Ok(found
            .filter(|found| found.manifest.model == *model)
            .map(|found| found.manifest.period))
    }
}
