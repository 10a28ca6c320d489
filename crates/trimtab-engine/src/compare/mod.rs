//! File comparison: two data sets in, evidence out, no server.
//!
//! Exact up to a million rows a side and column; beyond that on the reference's grid, which the
//! evidence says. Columns are read and compared one by one, on all cores: a column is in memory
//! while it is looked at, a table never (but for encodings that have no columns to pick from).
//!
//! [`column`] decides what a column is and hands it to [`numeric`] or [`words`].

mod asked;
mod column;
mod numeric;
mod saved;
mod sketch;
mod words;

use crate::files::FileSet;
use crate::files::kinds::{self, Choice};
use crate::files::windows::{self, ShortLast};
use crate::parallel;
use async_trait::async_trait;
use column::{Cut, Outcome, Sides};
use trimtab_domain::check::{CheckEvidence, CheckRequest, CheckWindowEvidence};
use trimtab_domain::ports::engine::DataSetComparison;
use trimtab_domain::result::SkippedColumn;
use trimtab_domain::{Error, Result, Window};

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
    if let Some(path) = request.reference.first()
        && crate::analysis::profile::is_saved(&request.reference)
    {
        return saved::evidence(request, path);
    }
    let reference = FileSet::open("reference", &request.reference)?;
    let current = FileSet::open("other side", &request.current)?;
    let sides = Sides {
        reference: &reference,
        current: &current,
    };
    let in_reference = reference.column_names();
    let in_current = current.column_names();
    choice(request).check([&reference, &current])?;
    let (cut, windows) = cut(request, sides)?;

    let shared: Vec<&String> = in_reference
        .iter()
        .filter(|name| in_current.contains(name))
        .collect();
    let peer_columns = match request.compat {
        Some(peer) => asked::peers(request, peer, &shared, sides)?,
        None => Vec::new(),
    };
    let outcomes = parallel::map(shared.len(), |i| {
        column::compare(request, shared[i], sides, &cut)
    })?;
    let n_current = current.n_rows() as u64;
    let mut window_evidence = empty_windows(&cut, windows, n_current);
    let mut sketches = Vec::new();
    let mut skipped = Vec::new();
    let mut compared = Vec::new();
    for (name, outcome) in shared.into_iter().zip(outcomes) {
        match outcome {
            Outcome::Skipped(reason) => skipped.push(SkippedColumn {
                name: name.clone(),
                reason,
            }),
            Outcome::Compared(found) => {
                compared.push(name);
                for (window, evidence) in window_evidence.iter_mut().zip(found.windows) {
                    window.columns.push(evidence);
                }
                sketches.extend(found.sketch);
            }
        }
    }
    let mut lacking = |names, others, side| one_sided(request, names, others, side, &mut skipped);
    let removed = lacking(&in_reference, &in_current, "reference");
    let added = lacking(&in_current, &in_reference, "other side");
    Ok(CheckEvidence {
        n_reference: reference.n_rows() as u64,
        n_current,
        windows: window_evidence,
        added,
        removed,
        skipped,
        sketches,
        segments: asked::segments(request, &compared, sides)?,
        texts: asked::texts(request, sides)?,
        peer_columns,
        multivariate: request
            .multivariate
            .then(|| asked::multivariate(request, &compared, sides))
            .transpose()?,
        performance: asked::performance(request, sides)?,
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

/// What the user says about columns.
fn choice(request: &CheckRequest) -> Choice<'_> {
    Choice {
        categorical: &request.categorical,
        numeric: &request.numeric,
        ignore: &request.ignore,
        timestamp: request
            .windows
            .as_ref()
            .map(|windows| windows.timestamp.as_str()),
    }
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

/// Cuts both sides into windows, where a timestamp was named.
fn cut(request: &CheckRequest, sides: Sides<'_>) -> Result<(Cut, Option<Vec<Window>>)> {
    let Some(windows) = &request.windows else {
        let cut = Cut {
            reference: Vec::new(),
            current: None,
            weekdays: None,
            seed: request.seed,
        };
        return Ok((cut, None));
    };
    let of_reference = windows::cut(sides.reference, windows, ShortLast::Drop)?;
    let of_current = windows::cut(sides.current, windows, ShortLast::Keep)?;
    let weekdays = if request.weekly {
        let of = |cut: &[_]| windows::weekdays(cut, windows);
        Some([of(&of_reference)?, of(&of_current)?])
    } else {
        None
    };
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
        weekdays,
        seed: request.seed,
    };
    Ok((cut, Some(names)))
}
