//! Domain classifier on sparse rows: can a linear model tell current texts from reference
//! texts?

use super::cross_fit::{all_but, judge_folds, score_area, shuffled, stratified_folds};
use crate::error::StatsError;
use crate::random::Random;
use crate::trees::{LogisticRegression, LogisticSettings, SparseRows};

/// Columns named in the result.
const N_NAMED: usize = 20;

/// How a domain classifier on sparse rows works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SparseDomainSettings {
    /// Folds, at least 2.
    pub n_folds: u32,
    /// The model.
    pub logistic: LogisticSettings,
    /// Rows of each sample that are used at most, drawn at random.
    pub max_rows: usize,
    /// Seed of draws and folds.
    pub seed: u64,
}

impl Default for SparseDomainSettings {
    /// Five folds, `c = 1`, at most 5,000 rows a side.
    fn default() -> Self {
        Self {
            n_folds: 5,
            logistic: LogisticSettings::default(),
            max_rows: 5_000,
            seed: 1,
        }
    }
}

/// What a domain classifier on sparse rows found.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseDomainClassifier {
    /// Probability that a current row scores higher than a reference row, out of fold.
    pub auc: f64,
    /// Lower end of its 95 % interval.
    pub auc_low: f64,
    /// Upper end.
    pub auc_high: f64,
    /// Probability of an area at least as large if all rows came from one law.
    pub p_value: f64,
    /// Reference rows used.
    pub n_reference: usize,
    /// Current rows used.
    pub n_current: usize,
    /// The 20 columns with the largest coefficients, `(column, mean coefficient over the
    /// folds)`: positive ones point to the current sample.
    pub columns: Vec<(u32, f64)>,
}

/// Fits a logistic regression that guesses from a sparse row, such as hashed n-grams of a text,
/// whether it is a reference or a current row.
///
/// # Arguments
///
/// * `reference`, `current`: rows with the same number of columns. For texts append counts by
///   [`SparseRows::push_counts`].
///
/// # Returns
///
/// As [`domain_classifier`](super::domain_classifier()): the area out of fold, with the
/// variance of the folds' mean doubled; here the learner is nearly linear in its training rows
/// and the factor nearly exact.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if the numbers of columns differ.
/// * [`StatsError::ParameterOutOfDomain`] if a sample has fewer than two rows per fold, there
///   are fewer than two folds, or `c` is not finite and positive.
pub fn sparse_domain_classifier(
    reference: &SparseRows,
    current: &SparseRows,
    settings: &SparseDomainSettings,
) -> Result<SparseDomainClassifier, StatsError> {
    if reference.n_columns() != current.n_columns() {
        return Err(StatsError::GridMismatch);
    }
    let n_folds = settings.n_folds as usize;
    for (name, n) in [
        ("n_folds", n_folds),
        ("reference", reference.n_rows() / n_folds.max(1)),
        ("current", current.n_rows() / n_folds.max(1)),
        ("max_rows", settings.max_rows / n_folds.max(1)),
    ] {
        if n < 2 {
            return Err(StatsError::ParameterOutOfDomain {
                name,
                domain: "two folds, and two rows per fold, at least",
                found: n as f64,
            });
        }
    }
    let mut random = Random::from_seed(settings.seed);
    let (pooled, n_reference) = pool(reference, current, settings.max_rows, &mut random)?;
    let n = pooled.n_rows();
    let folds = stratified_folds(n_reference, n - n_reference, n_folds, &mut random);
    let mut coefficients = vec![0.0; pooled.n_columns()];
    let mut areas = Vec::with_capacity(n_folds);
    for fold in &folds {
        let train = all_but(fold, n);
        let is_current = |&row: &u32| f64::from(u8::from(row as usize >= n_reference));
        let side: Vec<f64> = train.iter().map(is_current).collect();
        let model = LogisticRegression::fit_selection(&pooled, &train, &side, settings.logistic)?;
        let score = |&row: &u32| {
            let margin = model.margin_sparse(pooled.row(row as usize));
            (margin, row as usize >= n_reference)
        };
        areas.push(score_area(&mut fold.iter().map(score).collect::<Vec<_>>()));
        let share = 1.0 / n_folds as f64;
        let pairs = coefficients.iter_mut().zip(&model.coefficients);
        pairs.for_each(|(mean, found)| *mean += share * found);
    }
    let judged = judge_folds(&areas);
    Ok(SparseDomainClassifier {
        auc: judged.auc,
        auc_low: judged.low,
        auc_high: judged.high,
        p_value: judged.p_value,
        n_reference,
        n_current: n - n_reference,
        columns: largest(&coefficients),
    })
}

/// Both samples, reference first, each cut to at most `max_rows`.
fn pool(
    reference: &SparseRows,
    current: &SparseRows,
    max_rows: usize,
    random: &mut Random,
) -> Result<(SparseRows, usize), StatsError> {
    let mut pooled = SparseRows::new(reference.n_columns())?;
    for rows in [reference, current] {
        let mut order = shuffled(rows.n_rows(), random);
        order.truncate(max_rows);
        order.sort_unstable();
        for row in order {
            pooled.push(rows.row(row as usize))?;
        }
    }
    Ok((pooled, reference.n_rows().min(max_rows)))
}

fn largest(coefficients: &[f64]) -> Vec<(u32, f64)> {
    let all = coefficients.iter().enumerate();
    let mut all: Vec<(u32, f64)> = all
        .filter(|(_, value)| **value != 0.0)
        .map(|(column, &value)| (column as u32, value))
        .collect();
    all.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    all.truncate(N_NAMED);
    all
}
