//! File comparison: two data sets in, evidence out, no server.
//!
//! Exact up to a million rows a side and column; beyond that on the reference's grid, which the
//! evidence says. Columns are compared side by side on all cores.

mod column;
mod kinds;
mod sketch;
mod sources;

use crate::decode::{Kind, columnar};
use crate::failure::wrap;
use crate::fold::windows::{Windows, instant};
use crate::tables::Table;
use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use async_trait::async_trait;
use column::{Compared, Cut};
use jiff::tz::TimeZone;
use kinds::{Column, Look};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use trimtab_domain::check::{
    CheckEvidence, CheckRequest, CheckWindowEvidence, CheckWindows, WindowLength,
};
use trimtab_domain::ports::engine::DataSetComparison;
use trimtab_domain::result::SkippedColumn;
use trimtab_domain::{Error, Result, Window};

/// Windows that one comparison may have.
const WINDOWS_MAX: usize = 10_000;

/// Compares files, folders and standard input.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileComparison;

#[async_trait]
impl DataSetComparison for FileComparison {
    async fn evidence(&self, request: &CheckRequest) -> Result<CheckEvidence> {
        let request = request.clone();
        crate::blocking(move || evidence(&request)).await
    }
}

fn evidence(request: &CheckRequest) -> Result<CheckEvidence> {
    let is_stdin = |sources: &[String]| sources.iter().filter(|source| *source == "-").count();
    if is_stdin(&request.reference) + is_stdin(&request.current) > 1 {
        return Err(Error::invalid("standard input can be one side only, once"));
    }
    let reference = sources::read("reference", &request.reference)?;
    let current = sources::read("current data", &request.current)?;
    check_names(request, &reference, &current)?;
    let (cut, windows) = cut(request, &reference, &current)?;
    let in_reference = column_names(&reference);
    let in_current = column_names(&current);

    let mut skipped = Vec::new();
    let mut looked = Vec::new();
    for name in in_reference.iter().filter(|name| in_current.contains(name)) {
        let sides = (Column::of(&reference, name), Column::of(&current, name));
        match kinds::look(request, name, &sides.0, &sides.1) {
            Look::Skipped(reason) => skipped.push(SkippedColumn {
                name: name.clone(),
                reason,
            }),
            look => looked.push((name.as_str(), look, sides)),
        }
    }
    let removed = one_sided(
        request,
        &in_reference,
        &in_current,
        "reference",
        &mut skipped,
    );
    let added = one_sided(
        request,
        &in_current,
        &in_reference,
        "other side",
        &mut skipped,
    );
    let compared = compare_all(&looked, &cut)?;

    let n_current = n_rows(&current);
    let mut window_evidence = empty_windows(&cut, windows, n_current);
    let mut sketches = Vec::new();
    for compared in compared {
        for (window, evidence) in window_evidence.iter_mut().zip(compared.windows) {
            window.columns.push(evidence);
        }
        sketches.extend(compared.sketch);
    }
    Ok(CheckEvidence {
        n_reference: n_rows(&reference),
        n_current,
        windows: window_evidence,
        added,
        removed,
        skipped,
        sketches,
    })
}

/// The other side's windows, before there is evidence.
fn empty_windows(
    cut: &Cut,
    windows: Option<Vec<Window>>,
    n_current: u64,
) -> Vec<CheckWindowEvidence> {
    let of = |window, n_rows| CheckWindowEvidence {
        window,
        n_rows,
        columns: Vec::new(),
    };
    match (&cut.current, windows) {
        (Some(rows), Some(windows)) => windows
            .into_iter()
            .zip(rows)
            .map(|(window, rows)| of(Some(window), rows.len() as u64))
            .collect(),
        _ => vec![of(None, n_current)],
    }
}

/// A name on the command line that neither side has is a typing error.
fn check_names(request: &CheckRequest, reference: &[Table], current: &[Table]) -> Result<()> {
    let known = [column_names(reference), column_names(current)].concat();
    let wanted = request
        .categorical
        .iter()
        .map(|name| ("--categorical", name))
        .chain(request.numeric.iter().map(|name| ("--numeric", name)))
        .chain(request.ignore.iter().map(|name| ("--ignore", name)));
    for (option, name) in wanted {
        if !known.contains(name) {
            let mut names = known.clone();
            names.sort_unstable();
            names.dedup();
            return Err(
                Error::invalid(format!("{option}: neither side has a column `{name}`"))
                    .with_hint(format!("columns: {}", names.join(", "))),
            );
        }
    }
    if let Some(name) = request
        .numeric
        .iter()
        .find(|name| request.categorical.contains(name))
    {
        return Err(Error::invalid(format!(
            "column `{name}` cannot be both --numeric and --categorical"
        )));
    }
    Ok(())
}

fn n_rows(tables: &[Table]) -> u64 {
    tables
        .iter()
        .flat_map(|table| &table.batches)
        .map(|batch| batch.num_rows() as u64)
        .sum()
}

/// All names of a side, in order of first appearance.
fn column_names(tables: &[Table]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for table in tables {
        for field in table.schema.fields() {
            if !names.contains(field.name()) {
                names.push(field.name().clone());
            }
        }
    }
    names
}

/// Columns that one side lacks; those that are never compared are skipped instead.
fn one_sided(
    request: &CheckRequest,
    names: &[String],
    others: &[String],
    side: &str,
    skipped: &mut Vec<SkippedColumn>,
) -> Vec<String> {
    let mut missing = Vec::new();
    for name in names.iter().filter(|name| !others.contains(name)) {
        if request.ignore.contains(name) {
            skipped.push(SkippedColumn {
                name: name.clone(),
                reason: "ignored on request".to_owned(),
            });
        } else if kinds::by_name(name).is_some() {
            skipped.push(SkippedColumn {
                name: name.clone(),
                reason: format!("never compared, by its name; only in the {side}"),
            });
        } else {
            missing.push(name.clone());
        }
    }
    missing
}

fn compare_all(looked: &[(&str, Look, (Column, Column))], cut: &Cut) -> Result<Vec<Compared>> {
    let n_threads = std::thread::available_parallelism()
        .map_or(1, std::num::NonZero::get)
        .min(looked.len().max(1));
    let next = AtomicUsize::new(0);
    let mut done: BTreeMap<usize, Compared> = BTreeMap::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        let Some((name, look, (reference, current))) = looked.get(i) else {
                            break;
                        };
                        mine.push((i, column::compare(name, look, reference, current, cut)));
                    }
                    mine
                })
            })
            .collect();
        for worker in workers {
            let part = worker
                .join()
                .map_err(|_| Error::internal("comparing a column failed"))?;
            done.extend(part);
        }
        Ok(done.into_values().collect())
    })
}

/// Cuts both sides into windows, where a timestamp was named.
fn cut(
    request: &CheckRequest,
    reference: &[Table],
    current: &[Table],
) -> Result<(Cut, Option<Vec<Window>>)> {
    let Some(windows) = &request.windows else {
        let cut = Cut {
            reference: Vec::new(),
            current: None,
            seed: request.seed,
        };
        return Ok((cut, None));
    };
    let of_reference = window_rows(windows, "reference", reference)?;
    let of_current = window_rows(windows, "other side", current)?;
    let (names, rows): (Vec<Window>, Vec<Vec<u32>>) = of_current.into_iter().unzip();
    if rows.is_empty() {
        return Err(Error::invalid(format!(
            "column `{}` of the other side holds no instant",
            windows.timestamp
        )));
    }
    let cut = Cut {
        reference: of_reference.into_iter().map(|(_, rows)| rows).collect(),
        current: Some(rows),
        seed: request.seed,
    };
    Ok((cut, Some(names)))
}

/// The windows of a side with their rows, in time order. Rows without a time are in none.
fn window_rows(
    windows: &CheckWindows,
    side: &str,
    tables: &[Table],
) -> Result<Vec<(Window, Vec<u32>)>> {
    let times = times(windows, side, tables)?;
    let zone = TimeZone::get(&windows.time_zone).map_err(|source| {
        Error::invalid(format!("`{}` is not a time zone", windows.time_zone))
            .with_hint("use an IANA name such as `UTC` or `Europe/Paris`")
            .with_source(source)
    })?;
    let mut found: BTreeMap<Window, Vec<u32>> = BTreeMap::new();
    match windows.length {
        WindowLength::Calendar(granularity) => {
            let mut finder = Windows::new(granularity, zone);
            for (time, row) in times {
                found.entry(finder.of(time)?).or_default().push(row);
            }
        }
        WindowLength::Rows(length) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX).max(1);
            let mut times = times;
            times.sort_unstable();
            for chunk in times.chunks(length) {
                // A short last window of the reference would look unlike the others.
                if chunk.len() < length && side == "reference" {
                    continue;
                }
                let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
                    continue;
                };
                let window = Window {
                    start: instant(first.0)?,
                    end: instant(last.0.saturating_add(1))?,
                };
                let rows = found.entry(window).or_default();
                rows.extend(chunk.iter().map(|(_, row)| *row));
            }
        }
    }
    if found.len() > WINDOWS_MAX {
        return Err(Error::invalid(format!(
            "the {side} would be cut into {} windows, more than {WINDOWS_MAX}",
            found.len()
        ))
        .with_hint("choose longer windows"));
    }
    Ok(found.into_iter().collect())
}

/// The event time of every row that has one.
fn times(windows: &CheckWindows, side: &str, tables: &[Table]) -> Result<Vec<(i64, u32)>> {
    let name = &windows.timestamp;
    if !column_names(tables).contains(name) {
        return Err(Error::invalid(format!(
            "the {side} has no column `{name}` to cut windows by"
        ))
        .with_hint(format!("columns: {}", column_names(tables).join(", "))));
    }
    let mut times = Vec::new();
    let mut first_row = 0;
    for part in &Column::of(tables, name).parts {
        let conformed = columnar::conform(part, Kind::Time);
        if let Some((row, problem)) = conformed.problems.into_iter().next() {
            return Err(Error::invalid(format!(
                "column `{name}` of the {side}, row {}: {}",
                first_row + row + 1,
                problem.reason
            ))
            .with_hint(problem.fix));
        }
        let part = conformed.array.as_primitive::<TimestampMicrosecondType>();
        for (row, time) in part.iter().enumerate() {
            if let Some(time) = time {
                let row = u32::try_from(first_row + row)
                    .map_err(wrap("a side has more than four billion rows"))?;
                times.push((time, row));
            }
        }
        first_row += part.len();
    }
    Ok(times)
}
