//! `outliers`: rows of one side, judged by the rows of the other.

use super::matrix::{Pair, commonness, numbers, row_major};
use super::{refused, unknown};
use crate::files::kinds::{self, Choice, Look};
use crate::files::{FileSet, MISSING};
use trimtab_domain::analysis::ANALYSIS_SCHEMA_VERSION;
use trimtab_domain::analysis::outliers::{
    OutlierColumn, OutlierRow, OutliersReport, OutliersRequest, RowColumn,
};
use trimtab_domain::result::SkippedColumn;
use trimtab_domain::{Error, Result};
use trimtab_stats::binomial_sf;
use trimtab_stats::outliers::{OutlierDetector, OutlierMethod};

/// Columns with the kind they were taken as.
struct Columns {
    names: Vec<String>,
    pairs: Vec<Pair>,
    skipped: Vec<SkippedColumn>,
}

pub(super) fn outliers(request: &OutliersRequest) -> Result<OutliersReport> {
    let method = asked(request)?;
    let reference = FileSet::open("reference", &request.reference)?;
    let current = FileSet::open("current data", &request.current)?;
    let ids = request
        .id
        .as_ref()
        .map(|name| {
            current.require(name)?;
            current.categories(name)
        })
        .transpose()?;
    let columns = read(request, &reference, &current)?;
    let width = columns.names.len();
    let side = |of: fn(&Pair) -> &Vec<f64>| {
        row_major(
            &columns
                .pairs
                .iter()
                .map(|pair| of(pair).as_slice())
                .collect::<Vec<_>>(),
        )
    };
    let detector = OutlierDetector::fit(method, &side(|pair| &pair.reference), width, request.seed)
        .map_err(refused("the reference cannot be learnt"))?;
    let threshold = detector
        .threshold(request.share)
        .ok_or_else(|| too_few(request, reference.n_rows()))?;
    let rows = side(|pair| &pair.current);
    let mut judge = Judge {
        columns: &columns,
        detector: &detector,
        threshold,
        n_named: request.n_columns,
        parts: vec![0.0; width],
        totals: vec![0.0; width],
        n_first: vec![0; width],
    };
    let mut found = Vec::with_capacity(current.n_rows());
    for (row, values) in rows.chunks_exact(width).enumerate() {
        let id = ids.as_ref().and_then(|ids| {
            let code = ids.codes[row];
            (code != MISSING).then(|| ids.words[code as usize].clone())
        });
        found.push(judge.row(row, id, values)?);
    }
    let by_column = parts_of(&columns.names, &judge.totals, &judge.n_first);
    let n_outliers = found.iter().filter(|row| row.is_outlier).count() as u64;
    Ok(OutliersReport {
        schema_version: ANALYSIS_SCHEMA_VERSION,
        method: method.as_str().to_owned(),
        variant: format!(
            "Fitted on two thirds of the reference; the threshold is the {} quantile of the {} rows kept back; categories enter by the logarithm of their share",
            1.0 - request.share,
            detector.n_calibration_rows()
        ),
        n_reference: reference.n_rows() as u64,
        n_current: current.n_rows() as u64,
        share: request.share,
        n_outliers,
        p_value: binomial_sf(n_outliers, current.n_rows() as u64, request.share),
        columns: by_column,
        skipped: columns.skipped,
        rows: found,
    })
}

/// The method; the share lies where a share can.
fn asked(request: &OutliersRequest) -> Result<OutlierMethod> {
    if !(request.share > 0.0 && request.share < 1.0) {
        return Err(Error::invalid(format!(
            "--share must lie between 0 and 1, found {}",
            request.share
        )));
    }
    OutlierMethod::from_name(&request.method).ok_or_else(|| {
        let known: Vec<&str> = OutlierMethod::ALL.iter().map(|one| one.as_str()).collect();
        unknown("--method", &request.method, &known)
    })
}

fn too_few(request: &OutliersRequest, n: usize) -> Error {
    Error::invalid(format!(
        "{n} reference rows are too few to allow a share of {}",
        request.share
    ))
    .with_hint("allow a larger --share, or give more reference rows")
}

/// Judges rows one after another, and counts what made them outliers.
struct Judge<'a> {
    columns: &'a Columns,
    detector: &'a OutlierDetector,
    threshold: f64,
    /// Columns named for an outlier, at most.
    n_named: usize,
    /// Contribution of each column to the last row's score.
    parts: Vec<f64>,
    totals: Vec<f64>,
    n_first: Vec<u64>,
}

impl Judge<'_> {
    fn row(&mut self, row: usize, id: Option<String>, values: &[f64]) -> Result<OutlierRow> {
        let scored = self
            .detector
            .score(values, &mut self.parts)
            .map_err(refused("a row cannot be judged"))?;
        let is_outlier = scored.score >= self.threshold;
        Ok(OutlierRow {
            row: row as u64,
            id,
            score: scored.score,
            tail: scored.tail,
            is_outlier,
            columns: if is_outlier {
                self.made_by(row)
            } else {
                Vec::new()
            },
        })
    }

    fn made_by(&mut self, row: usize) -> Vec<RowColumn> {
        let shares = shares_of(&self.parts);
        for (total, share) in self.totals.iter_mut().zip(&shares) {
            *total += share;
        }
        let order = largest(&shares, self.n_named);
        if let Some(&first) = order.first() {
            self.n_first[first] += 1;
        }
        order
            .into_iter()
            .map(|column| RowColumn {
                name: self.columns.names[column].clone(),
                value: text_of(&self.columns.pairs[column], row),
                share: shares[column],
            })
            .collect()
    }
}

fn read(request: &OutliersRequest, reference: &FileSet, current: &FileSet) -> Result<Columns> {
    let choice = Choice {
        categorical: &request.categorical,
        numeric: &request.numeric,
        ignore: &request.ignore,
        timestamp: None,
    };
    choice.check([reference, current])?;
    let mut columns = Columns {
        names: Vec::new(),
        pairs: Vec::new(),
        skipped: Vec::new(),
    };
    for name in reference.column_names() {
        if !current.column_names().contains(&name) {
            columns.skip(&name, "only in the reference");
            continue;
        }
        if request.id.as_ref() == Some(&name) {
            columns.skip(&name, "names the rows");
            continue;
        }
        let pair = match kinds::look(&choice, &name, [reference, current])? {
            Look::Numeric => numbers(reference, current, &name)?,
            Look::Categorical { .. } | Look::Boolean => commonness(reference, current, &name)?,
            Look::Skipped(reason) | Look::Failed(reason) => {
                columns.skip(&name, &reason);
                continue;
            }
        };
        columns.names.push(name);
        columns.pairs.push(pair);
    }
    if columns.names.is_empty() {
        return Err(Error::invalid("no column can be compared")
            .with_hint("name columns with --numeric or --categorical"));
    }
    Ok(columns)
}

impl Columns {
    fn skip(&mut self, name: &str, reason: &str) {
        self.skipped.push(SkippedColumn {
            name: name.to_owned(),
            reason: reason.to_owned(),
        });
    }
}

/// Contributions as shares of their sum; nothing below zero counts.
fn shares_of(parts: &[f64]) -> Vec<f64> {
    let total: f64 = parts.iter().map(|part| part.max(0.0)).sum();
    parts
        .iter()
        .map(|part| {
            if total > 0.0 {
                part.max(0.0) / total
            } else {
                0.0
            }
        })
        .collect()
}

/// Places of the largest shares, the largest first.
fn largest(shares: &[f64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..shares.len()).filter(|&i| shares[i] > 0.0).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));
    order.truncate(n);
    order
}

fn text_of(pair: &Pair, row: usize) -> Option<String> {
    if let Some((words, codes)) = &pair.words {
        return words.get(codes[row] as usize).cloned();
    }
    let value = pair.current[row];
    (!value.is_nan()).then(|| value.to_string())
}

fn parts_of(names: &[String], totals: &[f64], n_first: &[u64]) -> Vec<OutlierColumn> {
    let shares = shares_of(totals);
    largest(&shares, names.len())
        .into_iter()
        .map(|column| OutlierColumn {
            name: names[column].clone(),
            share: shares[column],
            n_first: n_first[column],
        })
        .collect()
}
