//! `plan`, `apply`, `export`: the server's documents as files.

use crate::cli::{ApplyArgs, ExportArgs, Output, PlanArgs};
use crate::client::{Client, escape};
use crate::documents_file::{self, LoadedDocument};
use crate::terminal;
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use trimtab_app::report::numbers;
use trimtab_domain::documents::{Document, ReferenceData};
use trimtab_domain::intake::MediaType;

/// The answer to documents that were sent.
#[derive(Debug, Serialize, Deserialize)]
struct Changes {
    changes: Vec<Change>,
    applied: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Change {
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    action: String,
    #[serde(default)]
    diff: Vec<FieldChange>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FieldChange {
    path: String,
    before: Value,
    after: Value,
}

/// What a reference's rows became.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    n_rows: u64,
    n_windows: u64,
    grid_version: u32,
}

/// A reference's rows, read and ready to be sent.
struct Upload<'a> {
    loaded: &'a LoadedDocument,
    file: PathBuf,
    media_type: MediaType,
    body: Bytes,
}

pub(crate) async fn plan(args: PlanArgs, token: Option<String>) -> Result<()> {
    let documents = documents_file::load(&args.files)?;
    // A missing file is better known before `apply`.
    let _uploads = uploads(&documents)?;
    let client = Client::new(&args.server.server, token)?;
    let changes = send(&client, &documents, true).await?;
    if args.output == Output::Json {
        return terminal::line(&serde_json::to_string_pretty(&changes)?);
    }
    terminal::line(&described(&changes.changes))?;
    let n = changes
        .changes
        .iter()
        .filter(|change| change.action != "unchanged")
        .count();
    match n {
        0 => terminal::line("Nothing to change."),
        1 => terminal::line("1 document would change."),
        n => terminal::line(&format!("{n} documents would change.")),
    }
}

pub(crate) async fn apply(args: ApplyArgs, token: Option<String>) -> Result<()> {
    let documents = documents_file::load(&args.files)?;
    let uploads = uploads(&documents)?;
    let client = Client::new(&args.server.server, token)?;
    let changes = send(&client, &documents, false).await?;
    if args.output == Output::Table {
        terminal::line(&described(&changes.changes))?;
    }
    let mut stored = Vec::new();
    for upload in uploads {
        let Document::Reference(spec) = &upload.loaded.document else {
            continue;
        };
        let path = format!(
            "/api/v1/models/{}/references/{}/data",
            escape(spec.model.as_str()),
            escape(spec.name.as_str())
        );
        let answer: Stored = client
            .upload(Method::PUT, &path, upload.media_type.as_str(), upload.body)
            .await
            .with_context(|| {
                format!(
                    "{}:{}: the documents are applied, but the rows of reference `{}` ({}) were \
                     refused",
                    upload.loaded.file.display(),
                    upload.loaded.line,
                    spec.name,
                    upload.file.display()
                )
            })?;
        if args.output == Output::Table {
            terminal::line(&format!(
                "Reference {}/{}: {} rows in {} windows, grid {}.",
                spec.model,
                spec.name,
                numbers::full_count(answer.n_rows),
                numbers::full_count(answer.n_windows),
                answer.grid_version
            ))?;
        }
        stored.push(json!({"model": spec.model, "reference": spec.name, "stored": answer}));
    }
    if args.output == Output::Json {
        let answer = json!({"changes": changes.changes, "applied": changes.applied,
                            "references": stored});
        terminal::line(&serde_json::to_string_pretty(&answer)?)?;
    }
    Ok(())
}

async fn send(client: &Client, documents: &[LoadedDocument], dry_run: bool) -> Result<Changes> {
    let bodies: Vec<_> = documents.iter().map(|loaded| &loaded.document).collect();
    client
        .post(
            &format!("/api/v1/documents?dry_run={dry_run}"),
            &json!({"documents": bodies}),
        )
        .await
        .map_err(|err| placed(err, documents))
}

/// A refusal that names a document, with the place where that document was written.
fn placed(err: anyhow::Error, documents: &[LoadedDocument]) -> anyhow::Error {
    let text = err.to_string();
    let named = documents.iter().find(|loaded| {
        let document = &loaded.document;
        // The sentence may begin with it: `Rule …`.
        let (kind, rest) = document.kind().as_str().split_at(1);
        let name = document.name();
        [kind.to_owned(), kind.to_uppercase()]
            .iter()
            .any(|first| text.contains(&format!("{first}{rest} `{name}`")))
    });
    match named {
        Some(loaded) => anyhow::anyhow!("{}:{}: {text}", loaded.file.display(), loaded.line),
        None => err,
    }
}

/// The files that references name, relative to their document.
fn uploads(documents: &[LoadedDocument]) -> Result<Vec<Upload<'_>>> {
    let mut uploads = Vec::new();
    for loaded in documents {
        let Document::Reference(spec) = &loaded.document else {
            continue;
        };
        let ReferenceData::File(name) = &spec.data else {
            continue;
        };
        let folder = loaded.file.parent().unwrap_or(Path::new("."));
        let file = folder.join(name);
        let body = std::fs::read(&file).with_context(|| {
            format!(
                "{}:{}: cannot read `data.file` of reference `{}`: {}\n  hint: the path is \
                 relative to the document",
                loaded.file.display(),
                loaded.line,
                spec.name,
                file.display()
            )
        })?;
        if body.is_empty() {
            bail!("{} is empty", file.display());
        }
        let (media_type, body) = trimtab_engine::inspect::for_upload(&file, body.into())
            .map_err(|err| crate::commands::told(&err))?;
        uploads.push(Upload {
            loaded,
            file,
            media_type,
            body,
        });
    }
    Ok(uploads)
}

fn described(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let sign = match change.action.as_str() {
            "create" => '+',
            "update" => '~',
            "delete" => '-',
            _ => ' ',
        };
        let whose = match &change.model {
            Some(model) if change.kind != "model" => format!("{model}/"),
            _ => String::new(),
        };
        let _written = writeln!(
            text,
            "{sign} {:<9} {whose}{} ({})",
            change.kind, change.name, change.action
        );
        if change.action == "update" {
            for field in &change.diff {
                let _written = writeln!(
                    text,
                    "    {}: {} → {}",
                    field.path,
                    short(&field.before),
                    short(&field.after)
                );
            }
        }
    }
    text.trim_end().to_owned()
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    };
    if text.chars().count() <= 60 {
        return text;
    }
    let begin: String = text.chars().take(57).collect();
    format!("{begin}…")
}

#[derive(Debug, Deserialize)]
struct Exported {
    kind: String,
    name: String,
    document: Value,
}

#[derive(Debug, Deserialize)]
struct Listed {
    items: Vec<Exported>,
}

pub(crate) async fn export(args: ExportArgs, token: Option<String>) -> Result<()> {
    let client = Client::new(&args.server.server, token)?;
    let query = match &args.model {
        Some(model) => format!("?model={}", escape(model)),
        None => String::new(),
    };
    let listed: Listed = client.get(&format!("/api/v1/documents{query}")).await?;
    if listed.items.is_empty() {
        bail!("the server holds no such documents");
    }
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for item in listed.items {
        let document: Document = serde_json::from_value(with_kind(&item))
            .with_context(|| format!("{} `{}` is of another version", item.kind, item.name))?;
        let name = match document.model() {
            Some(model) => format!("{model}.{}s.yaml", item.kind),
            None => format!("{}s.yaml", item.kind),
        };
        let yaml = serde_saphyr::to_string(&document)?;
        let text = files.entry(name).or_default();
        if !text.is_empty() {
            text.push_str("---\n");
        }
        text.push_str(yaml.trim_end());
        text.push('\n');
    }
    let Some(folder) = args.output else {
        let text: Vec<_> = files.into_values().collect();
        return terminal::line(text.join("---\n").trim_end());
    };
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        terminal::line(&path.display().to_string())?;
    }
    Ok(())
}

fn with_kind(item: &Exported) -> Value {
    let mut document = item.document.clone();
    if let Value::Object(fields) = &mut document {
        fields
            .entry("kind")
            .or_insert_with(|| Value::String(item.kind.clone()));
    }
    document
}
