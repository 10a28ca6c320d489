//! How every command without a server answers: printed, and as a page.

use crate::cli::{AnswerArgs, AnswerFormat};
use crate::terminal;
use crate::world::WallClock;
use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;
use trimtab_app::answer::{Answer, Body, Cell, Table, csv};
use trimtab_app::report::answer_report;
use trimtab_domain::ports::Clock;

/// Rows of one table that a terminal shows; the other formats have them all.
const ROWS_MAX: usize = 60;
/// Exit code of a command that found what a build should stop for.
const FOUND: u8 = 1;

/// Prints an answer and writes its page; the exit code says whether something was found.
pub(crate) fn tell(answer: &impl Answer, args: &AnswerArgs, zone: &TimeZone) -> Result<ExitCode> {
    if let Some(path) = &args.report {
        write_report(path, &answer_report(answer, WallClock.now(), zone))?;
    }
    let printed = match args.output {
        AnswerFormat::Table => print(answer),
        format => print_data(format, answer, || answer.records()),
    };
    unless_nobody_reads(printed)?;
    Ok(if answer.has_findings() {
        ExitCode::from(FOUND)
    } else {
        ExitCode::SUCCESS
    })
}

/// Prints a document or its list of records, for programs.
pub(crate) fn print_data(
    format: AnswerFormat,
    document: &impl Serialize,
    records: impl FnOnce() -> Vec<Value>,
) -> Result<()> {
    match format {
        AnswerFormat::Table | AnswerFormat::Json => {
            terminal::line(&serde_json::to_string_pretty(document)?)
        }
        AnswerFormat::Ndjson => records()
            .iter()
            .try_for_each(|record| terminal::line(&record.to_string())),
        AnswerFormat::Csv => terminal::line(csv(&records()).trim_end_matches('\n')),
    }
}

/// Writes a page and says where.
pub(crate) fn write_report(path: &Path, html: &str) -> Result<()> {
    std::fs::write(path, html)
        .with_context(|| format!("cannot write the report {}", path.display()))?;
    terminal::note(&format!("Report: {}", path.display()));
    Ok(())
}

/// What was found stays found when nobody reads on.
pub(crate) fn unless_nobody_reads(printed: Result<()>) -> Result<()> {
    match printed {
        Err(err) if !terminal::is_closed_pipe(&err) => Err(err),
        _ => Ok(()),
    }
}

fn print(answer: &impl Answer) -> Result<()> {
    terminal::line(&answer.sentence())?;
    let facts: Vec<String> = answer
        .facts()
        .into_iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if !facts.is_empty() {
        terminal::line(&facts.join(" · "))?;
    }
    for section in answer.sections() {
        if let Body::Table(table) = &section.body {
            terminal::line(&format!("\n{}", section.heading))?;
            if !section.note.is_empty() {
                terminal::line(&section.note)?;
            }
            print_table(&table.without_empty_columns())?;
        }
    }
    Ok(())
}

fn print_table(table: &Table) -> Result<()> {
    let header: Vec<&str> = table.header.iter().map(String::as_str).collect();
    let mut printed = terminal::table(&header);
    for column in (0..header.len()).filter(|&column| table.is_numeric(column)) {
        terminal::align_right(&mut printed, column);
    }
    for row in table.rows.iter().take(ROWS_MAX) {
        printed.add_row(row.iter().map(|cell| match cell {
            Cell::Word(word) => word.replace('_', " "),
            other => other.text(),
        }));
    }
    terminal::line(&terminal::rendered(&printed))?;
    if table.rows.len() > ROWS_MAX {
        let hidden = table.rows.len() - ROWS_MAX;
        terminal::line(&format!("({hidden} more rows are in --output json)"))?;
    }
    Ok(())
}
