//! Form: rustfmt, clippy, sizes of files, links in Markdown, the dashboard's linter.

use crate::needs;
use crate::run::{self, Steps};
use anyhow::{Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 800;

/// Files that may be longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[(
    "web/src/api/schema.ts",
    "generated from the OpenAPI document",
)];

pub(crate) fn command(_: &[String]) -> Result<()> {
    let mut steps = Steps::default();
    form_steps(&mut steps);
    steps.step("clippy", || clippy(&["--workspace", "--profile", "demo"]));
    let web = run::root().join("web");
    if needs::has_node() && web.join("node_modules/oxlint").is_dir() {
        steps.step("oxlint", || {
            run::succeed(run::command("npx", &["--no-install", "oxlint"]).current_dir(&web))
        });
    }
    steps.finish()
}

/// The steps that compile nothing.
pub(crate) fn form_steps(steps: &mut Steps) {
    steps.step("rustfmt", || {
        run::succeed(&mut run::cargo(&["fmt", "--all", "--check"]))
    });
    steps.step("sizes", sizes);
    steps.step("links", links);
}

pub(crate) fn clippy(selection: &[&str]) -> Result<()> {
    let mut arguments = vec!["clippy", "--all-targets"];
    arguments.extend(selection);
    arguments.extend(["--", "-D", "warnings"]);
    run::succeed(&mut run::cargo(&arguments))
}

fn sizes() -> Result<()> {
    let mut findings = 0;
    for path in run::files()? {
        let name = path.to_string_lossy();
        let is_source = path.extension().is_some_and(|end| {
            ["rs", "ts", "tsx", "py", "css"]
                .iter()
                .any(|known| end == *known)
        });
        if !is_source || LONG_FILES.iter().any(|(long, _)| *long == name) {
            continue;
        }
        let lines = std::fs::read_to_string(run::root().join(&path))?
            .lines()
            .count();
        if FILE_LINES_MAX < lines {
            println!("{name} has {lines} lines, more than {FILE_LINES_MAX}: split it by subject");
            findings += 1;
        }
    }
    if findings > 0 {
        bail!("{findings} files are too long");
    }
    Ok(())
}

fn links() -> Result<()> {
    let mut findings = 0;
    for path in run::files()? {
        if path.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let text = std::fs::read_to_string(run::root().join(&path))?;
        for link in targets(&text) {
            if let Some(reason) = broken(&path, &link) {
                println!("{}: `{link}` {reason}", path.display());
                findings += 1;
            }
        }
    }
    if findings > 0 {
        bail!("{findings} links lead nowhere");
    }
    Ok(())
}

/// The targets of inline links and images, code aside.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        // Every second piece between backticks is code.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
        for piece in prose.split("](").skip(1) {
            if let Some((target, _)) = piece.split_once(')') {
                let target = target.split_whitespace().next().unwrap_or_default();
                found.push(target.to_owned());
            }
        }
    }
    found
}

fn broken(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target: PathBuf = if file.is_empty() {
        page.to_owned()
    } else {
        page.parent().unwrap_or(Path::new("")).join(file)
    };
    let target = run::root().join(target);
    if !target.exists() {
        return Some("does not exist".to_owned());
    }
    if anchor.is_empty() || target.extension().is_none_or(|end| end != "md") {
        return None;
    }
    let text = std::fs::read_to_string(&target).ok()?;
    (!anchors(&text).contains(anchor)).then(|| format!("has no heading `{anchor}`"))
}

/// The names that a page's headings get on the usual hosts.
fn anchors(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_links_outside_code() {
        let text =
            "[a](b.md) and ![c](d.png \"title\")\n```\n[no](no.md)\n```\n`[no](no.md)` [e](#f)";
        assert_eq!(targets(text), ["b.md", "d.png", "#f"]);
    }

    #[test]
    fn headings_become_anchors() {
        let found = anchors("# One idea\n## What's `new`?\ntext");
        assert!(found.contains("one-idea"));
        assert!(found.contains("whats-new"));
    }

    #[test]
    fn a_link_to_nothing_is_broken() {
        let page = Path::new("README.md");
        assert!(broken(page, "no-such-file.md").is_some());
        assert!(broken(page, "https://example.org/x").is_none());
        assert!(broken(page, "Cargo.toml").is_none());
    }
}
