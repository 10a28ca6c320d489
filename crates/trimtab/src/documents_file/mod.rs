//! Documents from YAML files: every mistake names file, line, column and the fix.
//!
//! The parser is told nothing of our types. It builds a tree that remembers its places; the
//! tree is checked against the JSON Schema that the domain types derive (so the two cannot
//! disagree about names), and only a tree without findings becomes a [`Document`].

mod node;
mod schema;

use anyhow::{Context, Result, bail};
use node::{Node, Place};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use trimtab_domain::documents::Document;

/// A document and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct LoadedDocument {
    pub(crate) file: PathBuf,
    pub(crate) line: u64,
    pub(crate) document: Document,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// Reads files and folders (their `.yaml` and `.yml` files), all or nothing.
pub(crate) fn load(paths: &[PathBuf]) -> Result<Vec<LoadedDocument>> {
    let files = expand(paths)?;
    let mut documents = Vec::new();
    let mut report = String::new();
    let mut n_findings = 0;
    for file in files {
        let text = read(&file)?;
        match parse(&text) {
            Ok(found) => {
                documents.extend(found.into_iter().map(|(line, document)| LoadedDocument {
                    file: file.clone(),
                    line,
                    document,
                }));
            }
            Err(findings) => {
                for finding in findings {
                    n_findings += 1;
                    write!(
                        report,
                        "\n{}:{}:{}: {}",
                        file.display(),
                        finding.line,
                        finding.column,
                        finding.message
                    )?;
                    if let Some(hint) = finding.hint {
                        write!(report, "\n  hint: {hint}")?;
                    }
                }
            }
        }
    }
    if n_findings > 0 {
        let what = if n_findings == 1 {
            "mistake"
        } else {
            "mistakes"
        };
        bail!("{n_findings} {what} in the documents; nothing was changed{report}");
    }
    if documents.is_empty() {
        bail!("no documents in the given files");
    }
    refuse_twins(&documents)?;
    Ok(documents)
}

fn read(file: &Path) -> Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(err) => {
            let place = err.utf8_error().valid_up_to();
            let line = err.as_bytes()[..place].split(|&byte| byte == b'\n').count();
            bail!(
                "{}:{line}: not UTF-8 text\n  hint: save the file as UTF-8",
                file.display()
            )
        }
    }
}

fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside: Vec<_> = std::fs::read_dir(path)
                .with_context(|| format!("cannot list {}", path.display()))?
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .filter(|path| {
                    path.extension()
                        .is_some_and(|extension| extension == "yaml" || extension == "yml")
                })
                .collect();
            inside.sort();
            if inside.is_empty() {
                bail!("{} holds no .yaml file", path.display());
            }
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn refuse_twins(documents: &[LoadedDocument]) -> Result<()> {
    let mut seen = std::collections::BTreeMap::new();
    for loaded in documents {
        let document = &loaded.document;
        let key = (
            document.kind(),
            document.model().map(ToString::to_string),
            document.name().to_owned(),
        );
        if let Some(first) = seen.insert(key, loaded) {
            bail!(
                "{} `{}` is declared twice: {}:{} and {}:{}\n  hint: remove one, or rename it",
                document.kind().as_str(),
                document.name(),
                first.file.display(),
                first.line,
                loaded.file.display(),
                loaded.line
            );
        }
    }
    Ok(())
}

/// The documents of one text with the line each begins on.
fn parse(text: &str) -> std::result::Result<Vec<(u64, Document)>, Vec<Finding>> {
    let options = serde_saphyr::options! { strict_booleans: true };
    let places: Vec<Place<Node>> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|err| vec![syntax(&err)])?;
    let rules = schema::Rules::of_documents();
    let mut documents = Vec::new();
    let mut findings = Vec::new();
    for place in places {
        if place.value == Node::Null {
            continue;
        }
        let found = rules.check(&place);
        if !found.is_empty() {
            findings.extend(found);
            continue;
        }
        let line = place.referenced.line().max(1);
        match typed(&place) {
            Ok(document) => documents.push((line, document)),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() {
        Ok(documents)
    } else {
        Err(findings)
    }
}

fn syntax(err: &serde_saphyr::Error) -> Finding {
    let place = err.location();
    let text = err.without_snippet().to_string();
    let message = text.lines().next().unwrap_or_default();
    Finding {
        line: place.map_or(1, |place| place.line().max(1)),
        column: place.map_or(1, |place| place.column().max(1)),
        message: format!("not valid YAML: {message}"),
        hint: None,
    }
}

/// The tree as a document: what the schema cannot say is checked here.
fn typed(place: &Place<Node>) -> std::result::Result<Document, Finding> {
    let at = |message: String, hint: Option<String>| Finding {
        line: place.referenced.line().max(1),
        column: place.referenced.column().max(1),
        message,
        hint,
    };
    let document: Document =
        serde_json::from_value(place.value.to_json()).map_err(|err| at(err.to_string(), None))?;
    document
        .validate()
        .map_err(|err| at(err.message().to_owned(), err.hint().map(str::to_owned)))?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "\
kind: model
name: m
task: binary_classification
columns:
  - name: amount
    data_type: float
  - name: p
    data_type: float
    role: score
";

    fn check(text: &str, line: u64, words: &[&str]) {
        let findings = parse(text).unwrap_err();
        let first = &findings[0];
        let whole = format!(
            "{} {}",
            first.message,
            first.hint.clone().unwrap_or_default()
        );
        assert_eq!(first.line, line, "{whole}");
        for word in words {
            assert!(whole.contains(word), "{word:?} is not in {whole:?}");
        }
    }

    #[test]
    fn a_file_may_hold_several_documents() {
        let text = format!(
            "{MODEL}---\nkind: monitor\nmodel: m\nname: drift\nmonitors:\n  data_drift: {{alpha: 0.01}}\n\
             ---\nkind: rule\nmodel: m\nname: r\nwhen:\n  monitor:\n    monitor: drift\n\
             ---\nkind: channel\nname: hook\nto:\n  webhook:\n    url: https://example.com/x\n\
             \x20   secret: {{ env: HOOK }}\n\
             ---\nkind: reference\nmodel: m\nname: march\ndata: {{ file: march.parquet }}\n"
        );
        let documents = parse(&text).unwrap();
        assert_eq!(documents.len(), 5);
        assert_eq!(documents[1].0, 11);
    }

    #[test]
    fn unknown_fields_are_named_with_their_place_and_the_near_name() {
        check(
            &MODEL.replace("task:", "taks:"),
            3,
            &["`taks`", "did you mean `task`"],
        );
        check(
            &MODEL.replace(
                "    data_type: float\n    role",
                "    datatype: float\n    role",
            ),
            8,
            &["`datatype`", "did you mean `data_type`"],
        );
        let rule = "kind: rule\nmodel: m\nname: r\nwhen:\n  monitr:\n    monitor: drift\n";
        check(rule, 5, &["`monitr`", "did you mean `monitor`"]);
        let monitor = "kind: monitor\nmodel: m\nname: d\nmonitors:\n  data_drift:\n    alfa: 0.1\n";
        check(monitor, 6, &["`alfa`", "did you mean `alpha`"]);
    }

    #[test]
    fn parameters_of_a_job_have_names_of_their_own() {
        let policy = "kind: retraining_policy\nmodel: m\nname: r\n\
                      job: {orchestrator: process, job: train}\nparameters: {candidate: april}\n";
        assert_eq!(parse(policy).unwrap().len(), 1);
        let number = policy.replace("april", "4");
        check(&number, 5, &["`candidate`", "put it in quotes"]);
    }

    #[test]
    fn wrong_values_say_what_is_expected() {
        check(
            &MODEL.replace("kind: model", "kind: modle"),
            1,
            &["`modle`", "`model`"],
        );
        check(
            &MODEL.replace("data_type: float\n    role", "data_type: flaot\n    role"),
            8,
            &["`flaot`", "`float`"],
        );
        check(
            &format!("{MODEL}positive_label: 1\n"),
            10,
            &["positive_label", "text", "quotes"],
        );
        check(
            &format!("{MODEL}label_delay_seconds: soon\n"),
            10,
            &["label_delay_seconds", "whole number"],
        );
        check(
            &MODEL.replace("task: binary_classification\n", ""),
            1,
            &["`task`"],
        );
        check("- 1\n", 1, &["fields"]);
        check("kind: model\n  name: [\n", 2, &["YAML"]);
    }

    #[test]
    fn what_only_the_domain_knows_is_said_too() {
        let text = MODEL.replace("name: p\n", "name: amount\n");
        check(&text, 1, &["listed twice"]);
    }
}
