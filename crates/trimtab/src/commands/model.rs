//! `model`: registered models, their versions, and what serves.

use crate::cli::{ConsentArgs, ModelArgs, ModelCommand, Output, RegisterArgs};
use crate::client::{Client, escape};
use crate::commands::{instant, told};
use crate::terminal;
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use trimtab_domain::documents::EncodingSpec;
use trimtab_domain::ports::ModelReader as _;
use trimtab_scoring::OnnxReader;

#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct Row {
    model: String,
    champion: Option<String>,
    challenger: Option<String>,
    n_versions: u64,
    changed_text: Option<String>,
    changed_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "as the server spells them")]
struct Version {
    version: String,
    stage: Option<String>,
    aliases: Vec<String>,
    created_at: Timestamp,
    created_by: String,
    description: Option<String>,
    source: String,
    lineage: Lineage,
    artifact: Option<Artifact>,
    metrics: BTreeMap<String, f64>,
    params: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    approvals: Vec<Approval>,
    validation: Option<Validation>,
}

#[derive(Deserialize)]
struct Lineage {
    snapshot: Option<Snapshot>,
    code_revision: Option<String>,
    run_id: Option<String>,
}

#[derive(Deserialize)]
struct Snapshot {
    id: String,
}

#[derive(Deserialize)]
struct Artifact {
    path: String,
    sha256: String,
    size_bytes: u64,
    verified: Option<bool>,
}

#[derive(Deserialize)]
struct Approval {
    actor: String,
    at: Timestamp,
}

#[derive(Deserialize)]
struct Validation {
    id: String,
    verdict: Option<String>,
}

#[derive(Deserialize)]
struct Shown {
    versions: Vec<Version>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "as the server spells them")]
struct Event {
    at: Timestamp,
    event_at: Option<Timestamp>,
    actor: String,
    reason: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct Serving {
    version: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    actor: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Diff {
    from: String,
    to: String,
    n_same_params: u64,
    params: Vec<Changed>,
    metrics: Vec<Changed>,
    signature: Vec<Changed>,
    lineage: Vec<Changed>,
    tags: Vec<Changed>,
}

#[derive(Deserialize)]
struct Changed {
    name: String,
    before: Option<Value>,
    after: Option<Value>,
}

#[expect(clippy::too_many_lines, reason = "one arm per command")]
pub(crate) async fn run(args: ModelArgs, token: Option<String>) -> Result<()> {
    match args.command {
        ModelCommand::List { output, server } => {
            list(&Client::new(&server.server, token)?, output).await
        }
        ModelCommand::Show {
            model,
            version,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            match version {
                None => show(&client, &model, output).await,
                Some(version) => show_version(&client, &model, &version, output).await,
            }
        }
        ModelCommand::Register(args) => {
            let client = Client::new(&args.server.server, token)?;
            register(&client, args).await
        }
        ModelCommand::Promote {
            model,
            version,
            without_validation,
            consent,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            let reason = consented(&model, &format!("promote {version} of {model}"), consent)?;
            let body = json!({"version": version, "reason": reason,
                              "without_validation": without_validation});
            now_serves(&client, &model, "promote", &body).await
        }
        ModelCommand::Rollback {
            model,
            consent,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            let reason = consented(&model, &format!("roll {model} back"), consent)?;
            now_serves(&client, &model, "rollback", &json!({ "reason": reason })).await
        }
        ModelCommand::History {
            model,
            at,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            match at {
                None => history(&client, &model, output).await,
                Some(at) => serving(&client, &model, instant(&at)?, output).await,
            }
        }
        ModelCommand::Diff {
            model,
            from,
            to,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            diff(&client, &model, (&from, &to), output).await
        }
        ModelCommand::Delete {
            name,
            confirm,
            server,
        } => delete(&Client::new(&server.server, token)?, &name, &confirm).await,
    }
}

async fn delete(client: &Client, name: &str, confirm: &str) -> Result<()> {
    if name != confirm {
        bail!(
            "`--confirm {confirm}` is not the model's name; nothing was deleted\n  hint: repeat \
             the name: --confirm {name}"
        );
    }
    client
        .delete(&format!("/api/v1/models/{}", escape(name)))
        .await?;
    terminal::line(&format!("Deleted model {name} with its data."))
}

fn of(model: &str) -> String {
    format!("/api/v1/registry/models/{}", escape(model))
}

fn minute(at: Timestamp) -> String {
    at.strftime("%F %H:%M").to_string()
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// Prints an answer as it came.
async fn raw(client: &Client, path: &str) -> Result<()> {
    let answer: Value = client.get(path).await?;
    terminal::line(&serde_json::to_string_pretty(&answer)?)
}

async fn list(client: &Client, output: Output) -> Result<()> {
    let path = "/api/v1/registry/models";
    if output == Output::Json {
        return raw(client, path).await;
    }
    let found: Items<Row> = client.get(path).await?;
    if found.items.is_empty() {
        return terminal::line("No registered models.");
    }
    let head = [
        "model",
        "champion",
        "challenger",
        "versions",
        "last change",
        "at (UTC)",
    ];
    let mut table = terminal::table(&head);
    terminal::align_right(&mut table, 3);
    for row in found.items {
        table.add_row([
            row.model,
            or_dash(row.champion),
            or_dash(row.challenger),
            row.n_versions.to_string(),
            or_dash(row.changed_text),
            or_dash(row.changed_at.map(minute)),
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}

async fn show(client: &Client, model: &str, output: Output) -> Result<()> {
    if output == Output::Json {
        return raw(client, &of(model)).await;
    }
    let found: Shown = client.get(&of(model)).await?;
    if found.versions.is_empty() {
        return terminal::line(&format!("{model} has no versions."));
    }
    let head = [
        "version",
        "aliases",
        "stage",
        "validation",
        "made (UTC)",
        "by",
        "file",
    ];
    let mut table = terminal::table(&head);
    for version in found.versions {
        let validation = version.validation.and_then(|one| one.verdict);
        table.add_row([
            version.version,
            or_dash((!version.aliases.is_empty()).then(|| version.aliases.join(", "))),
            or_dash(version.stage),
            or_dash(validation),
            minute(version.created_at),
            version.created_by,
            or_dash(version.artifact.map(|file| file.path)),
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}

async fn show_version(client: &Client, model: &str, version: &str, output: Output) -> Result<()> {
    let path = format!("{}/versions/{}", of(model), escape(version));
    if output == Output::Json {
        return raw(client, &path).await;
    }
    let found: Version = client.get(&path).await?;
    let mut rows = vec![
        ("version", format!("{model} {}", found.version)),
        ("aliases", found.aliases.join(", ")),
        ("stage", found.stage.unwrap_or_default()),
        (
            "made",
            format!("{} UTC by {}", minute(found.created_at), found.created_by),
        ),
        ("description", found.description.unwrap_or_default()),
        ("source", found.source),
        ("run", found.lineage.run_id.unwrap_or_default()),
        (
            "snapshot",
            found.lineage.snapshot.map(|one| one.id).unwrap_or_default(),
        ),
        ("code", found.lineage.code_revision.unwrap_or_default()),
    ];
    if let Some(file) = found.artifact {
        let state = match file.verified {
            Some(true) => "unchanged",
            Some(false) => "CHANGED since it was registered",
            None => "kept elsewhere",
        };
        rows.push((
            "file",
            format!("{} ({} bytes, {state})", file.path, file.size_bytes),
        ));
        rows.push(("sha256", file.sha256));
    }
    if let Some(validation) = found.validation {
        let verdict = validation.verdict.unwrap_or_else(|| "running".to_owned());
        rows.push(("validation", format!("{} {verdict}", validation.id)));
    }
    for approval in found.approvals {
        rows.push((
            "approved",
            format!("{} UTC by {}", minute(approval.at), approval.actor),
        ));
    }
    for (name, value) in found.metrics {
        rows.push(("metric", format!("{name} = {value}")));
    }
    for (name, value) in found.params {
        rows.push(("param", format!("{name} = {value}")));
    }
    for (name, value) in found.tags {
        rows.push(("tag", format!("{name} = {}", shortened(&value))));
    }
    rows.retain(|(_, value)| !value.is_empty());
    for (name, value) in rows {
        terminal::line(&format!("{name:<12} {value}"))?;
    }
    Ok(())
}

/// The first line of a long text.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= CHARS_MAX && line.len() == text.len() {
        return text.to_owned();
    }
    line.chars().take(CHARS_MAX).chain(['…']).collect()
}

async fn history(client: &Client, model: &str, output: Output) -> Result<()> {
    let path = format!("{}/history", of(model));
    if output == Output::Json {
        return raw(client, &path).await;
    }
    let found: Items<Event> = client.get(&path).await?;
    let mut table = terminal::table(&["at (UTC)", "event time", "what", "who", "why"]);
    for event in found.items {
        table.add_row([
            minute(event.at),
            or_dash(event.event_at.map(minute)),
            event.text,
            event.actor,
            or_dash(event.reason),
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}

async fn serving(client: &Client, model: &str, at: Timestamp, output: Output) -> Result<()> {
    let path = format!("{}/serving?at={}", of(model), escape(&at.to_string()));
    if output == Output::Json {
        return raw(client, &path).await;
    }
    let found: Serving = client.get(&path).await?;
    let Some(version) = found.version else {
        return terminal::line(&format!("At {at} no version of {model} served."));
    };
    let mut text = format!("At {at} {version} of {model} served");
    if let Some(since) = found.since {
        text = format!("{text}, since {since}");
    }
    if let Some(until) = found.until {
        text = format!("{text} until {until}");
    }
    if let Some(actor) = found.actor {
        text = format!("{text}, by {actor}");
    }
    match found.reason {
        Some(reason) => terminal::line(&format!("{text}: {reason}")),
        None => terminal::line(&format!("{text}.")),
    }
}

async fn diff(
    client: &Client,
    model: &str,
    (from, to): (&str, &str),
    output: Output,
) -> Result<()> {
    let path = format!("{}/diff?from={}&to={}", of(model), escape(from), escape(to));
    if output == Output::Json {
        return raw(client, &path).await;
    }
    let found: Diff = client.get(&path).await?;
    let mut table = terminal::table(&["", "name", &found.from, &found.to]);
    let text = |value: Option<Value>| match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => shortened(&text),
        Some(other) => other.to_string(),
    };
    let mut n_rows = 0;
    for (kind, changes) in [
        ("param", found.params),
        ("metric", found.metrics),
        ("signature", found.signature),
        ("lineage", found.lineage),
        ("tag", found.tags),
    ] {
        for change in changes {
            n_rows += 1;
            table.add_row([
                kind.to_owned(),
                change.name,
                text(change.before),
                text(change.after),
            ]);
        }
    }
    if n_rows > 0 {
        terminal::line(&terminal::rendered(&table))?;
    } else {
        terminal::line("Nothing differs.")?;
    }
    terminal::line(&format!("{} parameters are the same.", found.n_same_params))
}

/// Asks for what was not given: the model's name, so that it is no accident, and why.
fn consented(model: &str, deed: &str, consent: ConsentArgs) -> Result<String> {
    if !consent.yes {
        if !terminal::is_terminal() {
            bail!("nobody is here to ask\n  hint: give --yes --reason TEXT");
        }
        let typed = asked(&format!("To {deed}, type the model's name: "))?;
        if typed != model {
            bail!("`{typed}` is not the model's name; nothing was changed");
        }
    }
    let reason = match consent.reason {
        Some(reason) => reason,
        None => asked("Why? ")?,
    };
    if reason.trim().is_empty() {
        bail!("a reason is missing; nothing was changed");
    }
    Ok(reason)
}

fn asked(question: &str) -> Result<String> {
    let mut errors = std::io::stderr().lock();
    write!(errors, "{question}")?;
    errors.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

async fn now_serves(client: &Client, model: &str, deed: &str, body: &Value) -> Result<()> {
    let version: Version = client.post(&format!("{}/{deed}", of(model)), body).await?;
    terminal::line(&format!("{} of {model} serves now.", version.version))
}

async fn register(client: &Client, args: RegisterArgs) -> Result<()> {
    let onnx = read(&args.onnx)?;
    let refused = |err: trimtab_domain::Error, file: &Path| {
        told(&err).context(format!("{} cannot be registered", file.display()))
    };
    OnnxReader
        .read(&onnx)
        .map_err(|err| refused(err, &args.onnx))?;
    let mut files = vec![("model.onnx", onnx)];
    if let Some(path) = &args.encoding {
        let encoding = read(path)?;
        EncodingSpec::from_json(&encoding).map_err(|err| refused(err, path))?;
        files.push(("encoding.json", encoding));
    }
    let mut tags = BTreeMap::new();
    for tag in &args.tags {
        let (key, value) = tag
            .split_once('=')
            .with_context(|| format!("`{tag}` is no tag\n  hint: write --tag key=value"))?;
        tags.insert(key, value);
    }
    // By their contents: the same files registered twice are kept once.
    let folder = format!("registry/{}", digest(&files));
    for (name, contents) in files {
        let path = format!("/api/2.0/mlflow-artifacts/artifacts/{folder}/{name}");
        let kind = "application/octet-stream";
        let _empty: Value = client.upload(Method::PUT, &path, kind, contents).await?;
    }
    let body = json!({
        "source": format!("mlflow-artifacts:/{folder}"),
        "run_id": args.run,
        "description": args.description,
        "tags": tags,
        "reason": args.reason,
    });
    let path = format!("{}/versions", of(&args.model));
    let version: Version = client.post(&path, &body).await?;
    terminal::line(&format!(
        "Registered {} of {}.",
        version.version, args.model
    ))
}

fn read(path: &Path) -> Result<Bytes> {
    let contents =
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(contents.into())
}

fn digest(files: &[(&str, Bytes)]) -> String {
    let mut hasher = Sha256::new();
    for (name, contents) in files {
        hasher.update(name.as_bytes());
        hasher.update((contents.len() as u64).to_be_bytes());
        hasher.update(contents);
    }
    let digest = hasher.finalize();
    digest
        .iter()
        .take(16)
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
