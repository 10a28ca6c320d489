//! A data set against a saved profile: the raw rows of the reference are not needed.

use super::choice;
use crate::analysis::profile::{Counted, Plan, count, open};
use crate::files::{FileSet, windows};
use crate::parallel;
use trimtab_domain::analysis::profile::SavedProfile;
use trimtab_domain::check::{CheckEvidence, CheckRequest, CheckWindowEvidence};
use trimtab_domain::result::SkippedColumn;
use trimtab_domain::{Error, Result, Window};
use trimtab_stats::{
    ColumnEvidence, ColumnGrid, ColumnKind, ColumnProfile, compare_column, fit_window_null,
};

/// Compares the current side with the saved profile that the reference names.
pub(super) fn evidence(request: &CheckRequest, path: &str) -> Result<CheckEvidence> {
    refuse_what_needs_rows(request)?;
    let saved = open(path)?;
    let current = FileSet::open("other side", &request.current)?;
    choice(request).check([&current, &current])?;
    let rows = cut(request, &saved, &current)?;
    let outcomes = parallel::map(saved.grid.columns.len(), |i| {
        let (name, grid) = &saved.grid.columns[i];
        let plan = Plan::On(grid.clone());
        let counted = count(&current, name, &plan, rows.as_deref().unwrap_or_default());
        Ok(compared(request, &saved, i, counted))
    })?;
    let n_current = current.n_rows() as u64;
    let mut found = CheckEvidence {
        n_reference: saved.total.n_rows,
        n_current,
        windows: match &rows {
            Some(rows) => rows
                .iter()
                .map(|(window, rows)| CheckWindowEvidence {
                    window: Some(*window),
                    n_rows: rows.len() as u64,
                    columns: Vec::new(),
                })
                .collect(),
            None => vec![CheckWindowEvidence {
                window: None,
                n_rows: n_current,
                columns: Vec::new(),
            }],
        },
        added: Vec::new(),
        removed: Vec::new(),
        skipped: Vec::new(),
        sketches: Vec::new(),
        segments: Vec::new(),
        texts: Vec::new(),
        peer_columns: Vec::new(),
        multivariate: None,
        performance: None,
    };
    let names = current.column_names();
    for ((name, _), evidence) in saved.grid.columns.iter().zip(outcomes) {
        if request.ignore.contains(name) {
            found.skipped.push(SkippedColumn {
                name: name.clone(),
                reason: "ignored on request".to_owned(),
            });
        } else if names.contains(name) {
            for (window, evidence) in found.windows.iter_mut().zip(evidence) {
                window.columns.push(evidence);
            }
        } else {
            found.removed.push(name.clone());
        }
    }
    let known = |name: &String| saved.grid.columns.iter().any(|(column, _)| column == name);
    for name in names.iter().filter(|name| !known(name)) {
        match saved.skipped.iter().find(|skipped| skipped.name == *name) {
            Some(skipped) => found.skipped.push(skipped.clone()),
            None => found.added.push(name.clone()),
        }
    }
    Ok(found)
}

/// A profile has no rows: some questions cannot be put to it.
fn refuse_what_needs_rows(request: &CheckRequest) -> Result<()> {
    let asked = [
        ("--method", !request.methods.is_empty()),
        ("--compat", request.compat.is_some()),
        ("--segment", !request.segments.is_empty()),
        ("--weekly", request.weekly),
        ("--text", !request.texts.is_empty()),
        ("--multivariate", request.multivariate),
        ("--label", request.roles.label.is_some()),
    ];
    match asked.into_iter().find(|(_, is_asked)| *is_asked) {
        None => Ok(()),
        Some((option, _)) => Err(Error::invalid(format!(
            "{option} needs the rows of the reference, which a saved profile does not hold"
        ))
        .with_hint("give the reference's files instead of its profile")),
    }
}

/// Windows, each with its rows.
type Cut = Vec<(Window, Vec<u32>)>;

fn cut(request: &CheckRequest, saved: &SavedProfile, current: &FileSet) -> Result<Option<Cut>> {
    let Some(settings) = &request.windows else {
        return Ok(None);
    };
    if saved.windows.is_empty() {
        return Err(
            Error::invalid("the saved profile holds no windows to judge others by").with_hint(
                format!(
                    "profile it with --timestamp {} --window, or leave --timestamp out here",
                    settings.timestamp
                ),
            ),
        );
    }
    let rows = windows::cut(current, settings, windows::ShortLast::Keep)?;
    if rows.is_empty() {
        return Err(Error::invalid(format!(
            "column `{}` of the other side holds no instant",
            settings.timestamp
        )));
    }
    Ok(Some(rows))
}

/// Evidence on one column: on every window, or on the whole side.
fn compared(
    request: &CheckRequest,
    saved: &SavedProfile,
    column: usize,
    counted: std::result::Result<Counted, String>,
) -> Vec<ColumnEvidence> {
    let (name, grid) = &saved.grid.columns[column];
    let total = &saved.total.columns[column];
    let counted = match counted {
        Ok(counted) => counted,
        Err(reason) => {
            let kind = match grid {
                ColumnGrid::Numeric(_) => ColumnKind::Numeric,
                ColumnGrid::Categorical(_) => ColumnKind::Categorical,
            };
            return vec![ColumnEvidence::failed(name, kind, reason)];
        }
    };
    if request.windows.is_none() {
        return vec![compare_column(name, grid, total, &counted.total, None)];
    }
    let windows: Vec<ColumnProfile> = saved
        .windows
        .iter()
        .map(|(_, profile)| profile.columns[column].clone())
        .collect();
    let law = fit_window_null(grid, &windows, total, request.seed);
    counted
        .windows
        .iter()
        .map(|window| compare_column(name, grid, total, window, Some(&law)))
        .collect()
}
