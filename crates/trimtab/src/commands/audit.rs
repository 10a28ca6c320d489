//! `audit`: the log of decisions, read from the metadata database itself.

use crate::cli::{AuditArgs, AuditCommand, Output};
use crate::commands::{settings_of, told};
use crate::terminal;
use crate::wiring::open_existing_store;
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;
use trimtab_domain::audit::{AuditHash, ChainReport, ChainedEntry};
use trimtab_domain::ports::AuditStore as _;
use trimtab_domain::ports::audit::AuditQuery;

/// Exit code where the chain does not hold.
const BROKEN: u8 = 1;

pub(crate) async fn run(args: AuditArgs, variables: &BTreeMap<String, String>) -> Result<ExitCode> {
    match args.command {
        AuditCommand::Verify { expect, place } => {
            let expected = expect
                .map(|hash| hash.parse::<AuditHash>())
                .transpose()
                .map_err(|err| told(&err))?;
            let store = open_existing_store(&settings_of(place, variables)?).await?;
            let report = trimtab_app::audit::verify(&store, expected)
                .await
                .map_err(|err| told(&err))?;
            store.close().await;
            terminal::line(&in_words(&report))?;
            Ok(if report.is_intact() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(BROKEN)
            })
        }
        AuditCommand::List {
            model,
            actor,
            action,
            limit,
            output,
            place,
        } => {
            let query = AuditQuery {
                model,
                actor,
                actions: action,
                ..AuditQuery::newest(limit)
            };
            let store = open_existing_store(&settings_of(place, variables)?).await?;
            let entries = store
                .audit_entries(&query)
                .await
                .map_err(|err| told(&err))?;
            store.close().await;
            list(&entries, output)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn in_words(report: &ChainReport) -> String {
    let mut lines = Vec::new();
    match &report.broken {
        None => lines.push(format!("The chain holds: {} entries.", report.head.number)),
        Some(broken) => {
            lines.push(format!(
                "BROKEN at entry {}: {}.",
                broken.number, broken.reason
            ));
            lines.push(format!("It holds up to entry {}.", report.head.number));
        }
    }
    lines.push(format!(
        "Hash of entry {}: {}",
        report.head.number, report.head.hash
    ));
    match &report.expected {
        None => {}
        Some((_, Some(number))) => {
            lines.push(format!("The expected hash is that of entry {number}."));
        }
        Some((hash, None)) => lines.push(format!(
            "NOT FOUND: no entry has the hash {hash}. The log was rewritten, or is another one."
        )),
    }
    lines.join("\n")
}

fn list(entries: &[ChainedEntry], output: Output) -> Result<()> {
    if output == Output::Json {
        for chained in entries {
            let entry = &chained.entry;
            let line = json!({
                "number": chained.number, "at": entry.at, "actor": entry.actor,
                "action": entry.action, "model": entry.model, "object": entry.object,
                "text": entry.text, "before": entry.before, "after": entry.after,
                "reason": entry.reason, "previous_hash": chained.previous.to_string(),
                "hash": chained.hash.to_string(),
            });
            terminal::line(&line.to_string())?;
        }
        return Ok(());
    }
    if entries.is_empty() {
        return terminal::line("No entries.");
    }
    let mut table = terminal::table(&["no", "at (UTC)", "who", "model", "what", "why"]);
    terminal::align_right(&mut table, 0);
    for chained in entries {
        let entry = &chained.entry;
        table.add_row([
            chained.number.to_string(),
            entry.at.strftime("%F %T").to_string(),
            entry.actor.clone(),
            entry.model.clone().unwrap_or_else(|| "–".to_owned()),
            entry.text.clone(),
            entry.reason.clone().unwrap_or_else(|| "–".to_owned()),
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}
