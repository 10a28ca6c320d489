//! All columns together: can a model tell the sides apart?

use super::super::choice;
use super::super::column::Sides;
use super::Pair;
use crate::files::kinds;
use trimtab_domain::Result;
use trimtab_domain::check::{CheckRequest, MultivariateReport, SeparatingColumn};
use trimtab_stats::StatsError;
use trimtab_stats::multivariate::{DomainClassifierSettings, domain_classifier};
use trimtab_stats::trees::{FeatureColumn, FeatureTable};

/// Categories of one column that a model tells apart.
const CATEGORIES_MAX: usize = 250;

pub(in crate::compare) fn multivariate(
    request: &CheckRequest,
    names: &[&String],
    sides: Sides<'_>,
) -> Result<MultivariateReport> {
    let settings = DomainClassifierSettings {
        seed: request.seed,
        ..DomainClassifierSettings::default()
    };
    let mut report = MultivariateReport {
        method: "domain_classifier".to_owned(),
        variant: format!(
            "boosted trees, scores of {} folds, at most {} rows a side, rows independent",
            settings.n_folds, settings.max_rows
        ),
        auc: None,
        auc_low: None,
        auc_high: None,
        p_value: None,
        is_drift: None,
        columns: Vec::new(),
        error: None,
    };
    let (used, tables) = tables(request, names, sides)?;
    let found =
        tables.and_then(|[reference, current]| domain_classifier(&reference, &current, &settings));
    match found {
        Err(error) => report.error = Some(error.to_string()),
        Ok(found) => {
            report.auc = Some(found.auc);
            report.auc_low = Some(found.auc_low);
            report.auc_high = Some(found.auc_high);
            report.p_value = Some(found.p_value);
            report.columns = used
                .into_iter()
                .zip(&found.columns)
                .map(|(name, column)| SeparatingColumn {
                    name,
                    auc_drop: column.auc_drop,
                })
                .collect();
            report
                .columns
                .sort_by(|a, b| b.auc_drop.total_cmp(&a.auc_drop));
        }
    }
    Ok(report)
}

/// Both sides as a model reads them, or why there is nothing to read.
type Tables = std::result::Result<[FeatureTable; 2], StatsError>;

/// The columns a model can read, and both sides' tables of them.
fn tables(
    request: &CheckRequest,
    names: &[&String],
    sides: Sides<'_>,
) -> Result<(Vec<String>, Tables)> {
    let mut used = Vec::new();
    let (mut reference, mut current) = (Vec::new(), Vec::new());
    for name in names {
        let look = kinds::look(&choice(request), name, [sides.reference, sides.current])?;
        let Some((_, pair)) = Pair::read(name, &look, sides)? else {
            continue;
        };
        match pair {
            Pair::Numbers {
                reference: r,
                current: c,
            } => {
                reference.push(FeatureColumn::Numeric(r));
                current.push(FeatureColumn::Numeric(c));
            }
            Pair::Words {
                words,
                reference: r,
                current: c,
            } => {
                if words.len() > CATEGORIES_MAX {
                    continue;
                }
                let n_categories = u32::try_from(words.len()).unwrap_or(u32::MAX);
                let column = |codes| FeatureColumn::Categorical {
                    codes,
                    n_categories,
                };
                reference.push(column(r));
                current.push(column(c));
            }
        }
        used.push((*name).clone());
    }
    let tables = FeatureTable::new(reference)
        .and_then(|reference| Ok([reference, FeatureTable::new(current)?]));
    Ok((used, tables))
}
