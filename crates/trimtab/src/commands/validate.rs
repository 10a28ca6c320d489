//! `validate`: a candidate meets the champion, on a server or on files.

use super::{answer, instant, told};
use crate::cli::{ValidateArgs, ValidateTask};
use crate::client::{Client, escape};
use crate::documents_file;
use crate::scoring_command::LocalScoring;
use crate::world::{RandomIdentity, WallClock};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use jiff::tz::TimeZone;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use trimtab_app::validation::{ReadContender, ValidationAnswer, VersionFile, constant};
use trimtab_domain::analysis::evaluate::LabelFiles;
use trimtab_domain::documents::{Document, Task, ValidationPolicySpec, ValidationRules};
use trimtab_domain::ports::validation::{
    ContenderModel, FileRows, Scorer, TrainingRows, TrialRequest, TrialRows,
};
use trimtab_domain::ports::{Clock, Identity, ModelTrials};
use trimtab_domain::validation::{TrainedUntil, Validation, ValidationState, judge};
use trimtab_domain::{ModelName, ValidationId};
use trimtab_engine::FileTrials;
use trimtab_scoring::OnnxReader;

/// How often a server is asked whether it is done.
const POLL: Duration = Duration::from_millis(500);
/// How long a scoring command may take.
const COMMAND_LIMIT: Duration = Duration::from_mins(10);

pub(crate) async fn run(args: ValidateArgs, token: Option<String>) -> Result<ExitCode> {
    let validation = match &args.candidate {
        Some(candidate) => on_server(&args, candidate, token).await?,
        None => on_files(&args).await?,
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

async fn on_files(args: &ValidateArgs) -> Result<Validation> {
    let scratch = scratch();
    let label = args
        .label
        .clone()
        .context("rows need labels\n  hint: name the column with --label")?;
    let task: Task = args.task.into();
    let (policy, mut rules) = policy(args.policy.as_deref())?;
    rules.fairness.columns.extend(args.protected.clone());
    let candidate = contender(
        args,
        (&args.candidate_onnx, &args.candidate_encoding),
        args.candidate_command.as_deref(),
        "candidate",
    )?
    .context(
        "there is no candidate\n  hint: name a version of the server's model with --candidate, \
         or a file with --candidate-onnx",
    )?;
    let champion = contender(
        args,
        (&args.champion_onnx, &args.champion_encoding),
        args.champion_command.as_deref(),
        "champion",
    )?;
    // Rows without times cannot be told from the training data.
    let trained_until = candidate
        .seen_until
        .filter(|_| args.timestamp.is_some())
        .map(|seen_until| TrainedUntil {
            candidate: Some(seen_until),
            champion: champion.as_ref().and_then(|read| read.seen_until),
        });
    let segments = if args.segment.is_empty() {
        rules.segments.columns.clone()
    } else {
        args.segment.clone()
    };
    let requested = Validation::requested(
        ValidationId::from_suffix(RandomIdentity.suffix()),
        ModelName::new("files").map_err(|err| told(&err))?,
        (
            candidate.model.version.clone(),
            champion.as_ref().map(|read| read.model.version.clone()),
        ),
        policy,
        "local",
        WallClock.now(),
    );
    let request = TrialRequest {
        rows: TrialRows::Files(rows(args, label.clone())?),
        task,
        champion: champion.map_or_else(constant, |read| read.model),
        candidate: candidate.model,
        training: training(args, label),
        segment_metric: rules.segment_metric(task),
        segments,
        rules: rules.clone(),
        seed: args.answer.seed,
        scratch: scratch.clone(),
    };
    let evidence = FileTrials.run(request).await;
    // Absent unless a command was run.
    drop(std::fs::remove_dir_all(&scratch));
    let mut evidence = evidence.map_err(|err| told(&err))?;
    evidence.trained_until = trained_until;
    let checks = judge(&rules, task, &evidence);
    Ok(requested.finished(checks, evidence, WallClock.now()))
}

/// A folder of our own for the files of commands.
fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("trimtab-validate-{}", RandomIdentity.suffix()))
}

/// One of the two models: a file or a command.
fn contender(
    args: &ValidateArgs,
    (model, encoding): (&Option<PathBuf>, &Option<PathBuf>),
    command: Option<&str>,
    version: &str,
) -> Result<Option<ReadContender>> {
    if let Some(words) = command {
        let command = LocalScoring::new(words, COMMAND_LIMIT).map_err(|err| told(&err))?;
        let is_binary = args.task == ValidateTask::Binary;
        if args.command_columns.is_empty() {
            bail!("the scoring command needs columns\n  hint: name them with --command-columns");
        }
        return Ok(Some(ReadContender {
            model: ContenderModel {
                version: version.to_owned(),
                scorer: Scorer::Command {
                    command: Arc::new(command),
                    columns: args.command_columns.clone(),
                },
                threshold: is_binary.then_some(args.command_threshold),
                ..constant()
            },
            trained_on: None,
            seen_until: None,
        }));
    }
    let Some(model) = model else {
        return Ok(None);
    };
    let file = version_file(model, encoding.as_deref())?;
    let read = file.read(&OnnxReader).map_err(|err| told(&err))?;
    Ok(Some(read))
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
