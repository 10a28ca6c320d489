//! `validate`: a candidate meets the champion, on a server or on files.

use super::{answer, instant, told};
use crate::cli::ValidateArgs;
use crate::client::{Client, escape};
use crate::documents_file;
use crate::world::{RandomIdentity, WallClock};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use jiff::tz::TimeZone;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use trimtab_app::validation::{ValidationAnswer, VersionFile, constant};
use trimtab_domain::analysis::evaluate::LabelFiles;
use trimtab_domain::documents::{Document, Task, ValidationPolicySpec, ValidationRules};
use trimtab_domain::ports::validation::{FileRows, TrainingRows, TrialRequest, TrialRows};
use trimtab_domain::ports::{Clock, Identity, ModelTrials};
use trimtab_domain::validation::{TrainedUntil, Validation, ValidationState, judge};
use trimtab_domain::{ModelName, ValidationId};
use trimtab_engine::FileTrials;
use trimtab_scoring::OnnxReader;

/// How often a server is asked whether it is done.
const POLL: Duration = Duration::from_millis(500);

pub(crate) async fn run(args: ValidateArgs, token: Option<String>) -> Result<ExitCode> {
    let validation = match (&args.candidate, &args.candidate_onnx) {
        (Some(candidate), None) => on_server(&args, candidate, token).await?,
        (None, Some(candidate)) => on_files(&args, candidate).await?,
        _ => bail!(
            "there is no candidate\n  hint: name a version of the server's model with \
             --candidate, or a file with --candidate-onnx"
        ),
    };
    answer::tell(&ValidationAnswer(validation), &args.answer, &TimeZone::UTC)
}

/// Asks a server and waits for the end.
async fn on_server(
    args: &ValidateArgs,
    candidate: &str,
    token: Option<String>,
) -> Result<Validation> {
    let [model] = args.subjects.as_slice() else {
        bail!("name one model");
    };
    let client = Client::new(&args.server.server, token)?;
    let path = format!("/api/v1/models/{}/validations", escape(model));
    let body = json!({
        "candidate": candidate,
        "champion": args.champion,
        "policy": args.policy,
    });
    let mut validation: Validation = client.post(&path, &body).await?;
    while validation.state == ValidationState::Running {
        tokio::time::sleep(POLL).await;
        let one = format!("{path}/{}", escape(validation.id.as_str()));
        validation = client.get(&one).await?;
    }
    Ok(validation)
}

async fn on_files(args: &ValidateArgs, candidate: &Path) -> Result<Validation> {
    let label = args
        .label
        .clone()
        .context("rows need labels\n  hint: name the column with --label")?;
    let task: Task = args.task.into();
    let (policy, mut rules) = policy(args.policy.as_deref())?;
    rules.fairness.columns.extend(args.protected.clone());
    let candidate = version_file(candidate, args.candidate_encoding.as_deref())?;
    let champion = args
        .champion_onnx
        .as_deref()
        .map(|path| version_file(path, args.champion_encoding.as_deref()))
        .transpose()?;
    let read = |file: &VersionFile| file.read(&OnnxReader).map_err(|err| told(&err));
    let first = champion.as_ref().map(read).transpose()?;
    let second = read(&candidate)?;
    // Rows without times cannot be told from the training data.
    let trained_until = second
        .trained_on
        .filter(|_| args.timestamp.is_some())
        .map(|period| TrainedUntil {
            candidate: Some(period.end),
            champion: first
                .as_ref()
                .and_then(|read| read.trained_on)
                .map(|period| period.end),
        });
    let segments = if args.segment.is_empty() {
        rules.segments.columns.clone()
    } else {
        args.segment.clone()
    };
    let request = TrialRequest {
        rows: TrialRows::Files(rows(args, label.clone())?),
        task,
        champion: first.map_or_else(constant, |read| read.model),
        candidate: second.model,
        training: training(args, label),
        segment_metric: rules.segment_metric(task),
        segments,
        rules: rules.clone(),
        seed: args.answer.seed,
        scratch: PathBuf::new(),
    };
    let requested = Validation::requested(
        ValidationId::from_suffix(RandomIdentity.suffix()),
        ModelName::new("files").map_err(|err| told(&err))?,
        (
            candidate.version.clone(),
            champion.map(|champion| champion.version),
        ),
        policy,
        "local",
        WallClock.now(),
    );
    let mut evidence = FileTrials.run(request).await.map_err(|err| told(&err))?;
    evidence.trained_until = trained_until;
    let checks = judge(&rules, task, &evidence);
    Ok(requested.finished(checks, evidence, WallClock.now()))
}

fn rows(args: &ValidateArgs, label: String) -> Result<FileRows> {
    let time = |text: &Option<String>| text.as_deref().map(instant).transpose();
    Ok(FileRows {
        source: args.subjects.clone(),
        label,
        labels: args
            .labels
            .as_ref()
            .zip(args.id.as_ref())
            .map(|(file, id)| LabelFiles {
                files: vec![file.clone()],
                id: id.clone(),
            }),
        positive: args.positive.clone(),
        timestamp: args.timestamp.clone(),
        label_timestamp: args.label_timestamp.clone(),
        from: time(&args.from)?,
        until: time(&args.until)?,
    })
}

fn training(args: &ValidateArgs, label: String) -> Option<TrainingRows> {
    let source = args.training.clone()?;
    Some(TrainingRows::Files(FileRows {
        source: vec![source],
        label: args.training_label.clone().unwrap_or(label),
        labels: None,
        positive: args.positive.clone(),
        timestamp: None,
        label_timestamp: None,
        from: None,
        until: None,
    }))
}

/// The rules of a policy document, or the shipped ones.
fn policy(file: Option<&str>) -> Result<(String, ValidationRules)> {
    let Some(file) = file else {
        let shipped = ValidationPolicySpec::SHIPPED.to_owned();
        return Ok((shipped, ValidationRules::default()));
    };
    let loaded = documents_file::load(&[PathBuf::from(file)])?;
    let mut policies = loaded.into_iter().filter_map(|one| match one.document {
        Document::ValidationPolicy(spec) => Some(spec),
        _ => None,
    });
    match (policies.next(), policies.next()) {
        (Some(spec), None) => {
            let document = Document::ValidationPolicy(spec.clone());
            document.validate().map_err(|err| told(&err))?;
            Ok((spec.name.to_string(), spec.rules))
        }
        (None, _) => bail!("{file} holds no document of kind `validation_policy`"),
        (Some(_), Some(_)) => bail!("{file} holds more than one validation policy"),
    }
}

/// A model file with the encoding document beside it.
fn version_file(model: &Path, encoding: Option<&Path>) -> Result<VersionFile> {
    let file = std::fs::read(model)
        .with_context(|| format!("cannot read the model {}", model.display()))?;
    let path = encoding.map_or_else(|| model.with_extension("json"), Path::to_path_buf);
    let text = std::fs::read(&path).with_context(|| {
        format!(
            "cannot read the encoding document {}\n  hint: name it with --candidate-encoding or \
             --champion-encoding",
            path.display()
        )
    })?;
    Ok(VersionFile {
        version: model.file_stem().map_or_else(
            || model.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        ),
        file: Bytes::from(file),
        encoding: Bytes::from(text),
        expected_sha256: None,
        snapshot: None,
        claimed: std::collections::BTreeMap::new(),
    })
}
