//! The change of a metric, split into what the columns' shifts explain and what they do not.

use super::mean_change::{ColumnShare, Moments};
use crate::error::StatsError;
use crate::random::Random;
use crate::trees::{
    BoostedTrees, BoostingSettings, CategorySplits, FeatureColumn, FeatureTable, Loss,
    MISSING_CATEGORY, TreeShap,
};

/// A change of a metric, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricChange {
    /// The metric of the reference.
    pub reference: f64,
    /// The metric of the current rows.
    pub current: f64,
    /// `current − reference`; the sum of `columns` and `rest`.
    pub change: f64,
    /// What each column's shift explains: rows moved to where the metric was better or worse
    /// already in the reference.
    pub columns: Vec<ColumnShare>,
    /// What is left: rows alike in all columns now have other terms (the relation between inputs
    /// and labels changed), and what the columns could not tell.
    pub rest: ColumnShare,
    /// Share of the variance of the reference's terms that the columns explain on rows held
    /// out. Near 0: the metric hardly depends on the columns there, and shifts can't explain much.
    pub explained_variance: f64,
}

/// How the terms are modelled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricChangeSettings {
    /// Trees per model.
    pub n_trees: u32,
    /// Leaves per tree.
    pub max_leaves: u32,
    /// Fewest rows in a leaf.
    pub min_rows_in_leaf: u32,
    /// Decides which rows of the reference are held out from which model.
    pub seed: u64,
}

impl Default for MetricChangeSettings {
    fn default() -> Self {
        Self {
            n_trees: 60,
            max_leaves: 15,
            min_rows_in_leaf: 40,
            seed: 1,
        }
    }
}

/// Explains the change of a metric that is a mean of terms, one per row.
///
/// A model `g` of the reference's terms given the columns says how large a row's term was before
/// anything changed. The change then splits exactly:
///
/// `mean_c t − mean_r t = [mean_c g − mean_r g] + [mean_c (t − g) − mean_r (t − g)]`
///
/// The first bracket is what the shift of the columns explains; it is shared out among them by
/// the change of their mean exact `TreeSHAP` attributions (path-dependent). The second is the
/// rest. `g` is fitted twice, each time on one random half of the reference, and judged on the
/// other half, so that it cannot explain noise.
///
/// A column that is constant in the reference (or that no tree finds useful) gets exactly 0: its
/// shift changed nothing that could be learnt.
///
/// # Arguments
///
/// * `reference`, `current`: the columns; the same number and kinds. Categories keep their codes
///   in both.
/// * `reference_terms`, `current_terms`: one per row, finite: squared error for the Brier score,
///   `1` or `0` for accuracy, and so on; [`auc_terms`] for the AUC.
///
/// # Errors
///
/// [`StatsError::EmptySample`] with fewer than two reference rows or no current row,
/// [`StatsError::ShapeMismatch`] if terms and rows differ in number,
/// [`StatsError::GridMismatch`] if the tables differ in columns,
/// [`StatsError::NotFinite`] if a term is not finite,
/// [`StatsError::ParameterOutOfDomain`] for settings out of range and for columns with more than
/// 253 categories.
///
/// # Numerics
///
/// Errors of shares take rows as independent and `g` as given. With a few hundred rows `g` learns
/// little, and more is left in the rest.
///
/// # Source
///
/// The split is that of R. Oaxaca and A. Blinder (1973) with trees in place of lines; H. Zhang
/// et al., *"Why did the model fail?": attributing model performance changes to distribution
/// shifts* (2023) reweight rows for the same end. Variant: ours.
pub fn metric_change(
    reference: &FeatureTable,
    reference_terms: &[f64],
    current: &FeatureTable,
    current_terms: &[f64],
    settings: MetricChangeSettings,
) -> Result<MetricChange, StatsError> {
    check(reference, reference_terms, 2, "reference")?;
    check(current, current_terms, 1, "current")?;
    check_columns(reference, current)?;
    let n_columns = reference.n_columns();
    let halves = halves(reference.n_rows(), settings.seed);
    let current_rows = rows_of(current);

    // Per current row the mean of both models, per reference row that of the other half.
    let mut explained_now = Explained::zeros(current.n_rows(), n_columns);
    let mut explained_before = Explained::zeros(reference.n_rows(), n_columns);
    for (held_out, fitted_on) in [(0, 1), (1, 0)] {
        let model = TermModel::fit(reference, reference_terms, &halves[fitted_on], settings)?;
        let weight = halves[held_out].len() as f64 / reference.n_rows() as f64;
        let all = (0..current.n_rows() as u32).collect::<Vec<u32>>();
        explained_now.add(&model, &current_rows, &all, weight)?;
        let rows = rows_of(&reference.select(&halves[held_out]));
        explained_before.add(&model, &rows, &halves[held_out], 1.0)?;
    }

    let before = Moments::of(reference_terms.iter().copied());
    let now = Moments::of(current_terms.iter().copied());
    let columns = (0..n_columns)
        .map(|column| {
            let now = explained_now.column(column);
            now.minus(&explained_before.column(column))
        })
        .collect();
    let rest_now = explained_now.rest(current_terms);
    let rest_before = explained_before.rest(reference_terms);
    Ok(MetricChange {
        reference: before.mean,
        current: now.mean,
        change: now.mean - before.mean,
        columns,
        rest: rest_now.minus(&rest_before),
        explained_variance: explained_before.explained_variance(reference_terms, before.mean),
    })
}

/// Terms whose mean is the AUC: what each row adds to it.
///
/// A positive row's placement is the share of negatives below it (ties count half), a negative
/// row's the share of positives above it. Both kinds average to the AUC; here each kind carries
/// half of the weight, so that the mean over all rows is the AUC whatever the classes' shares.
///
/// # Arguments
///
/// * `scores`, `labels`: one per row; higher scores mean the positive class.
///
/// # Errors
///
/// [`StatsError::ShapeMismatch`] if the lengths differ, [`StatsError::NotFinite`] if a score is
/// NaN, [`StatsError::EmptySample`] if a class has no rows.
///
/// # Source
///
/// E. `DeLong`, D. `DeLong`, D. Clarke-Pearson (1988), for placements.
pub fn auc_terms(scores: &[f64], labels: &[bool]) -> Result<Vec<f64>, StatsError> {
    if scores.len() != labels.len() {
        return Err(StatsError::ShapeMismatch {
            expected: scores.len(),
            found: labels.len(),
        });
    }
    if scores.iter().any(|score| score.is_nan()) {
        return Err(StatsError::NotFinite { sample: "scores" });
    }
    let n_positive = labels.iter().filter(|&&label| label).count();
    let n_negative = labels.len() - n_positive;
    if n_positive == 0 || n_negative == 0 {
        let sample = if n_positive == 0 {
            "positive"
        } else {
            "negative"
        };
        return Err(StatsError::EmptySample { sample });
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (positives, negatives) = (n_positive as f64, n_negative as f64);
    // Half of the weight to each class: a row's term is scaled by rows / (2 · rows of its class).
    let [scale_positive, scale_negative] =
        [positives, negatives].map(|n| scores.len() as f64 / (2.0 * n));
    let mut terms = vec![0.0; scores.len()];
    let (mut positives_below, mut negatives_below) = (0.0, 0.0);
    for ties in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let tied_positives = ties.iter().filter(|&&row| labels[row]).count() as f64;
        let tied_negatives = ties.len() as f64 - tied_positives;
        for &row in ties {
            terms[row] = if labels[row] {
                scale_positive * (negatives_below + 0.5 * tied_negatives) / negatives
            } else {
                let above = positives - positives_below - 0.5 * tied_positives;
                scale_negative * above / positives
            };
        }
        positives_below += tied_positives;
        negatives_below += tied_negatives;
    }
    Ok(terms)
}

/// A model of the terms.
struct TermModel {
    shap: TreeShap,
    expected: f64,
}

impl TermModel {
    fn fit(
        table: &FeatureTable,
        terms: &[f64],
        rows: &[u32],
        settings: MetricChangeSettings,
    ) -> Result<Self, StatsError> {
        let boosting = BoostingSettings {
            n_trees: settings.n_trees,
            max_leaves: settings.max_leaves,
            min_rows_in_leaf: settings.min_rows_in_leaf,
            // The only kind of split that the plain form of trees can say.
            categories: CategorySplits::OneVsRest,
            seed: settings.seed,
            ..BoostingSettings::hist_gradient_boosting(Loss::SquaredError)
        };
        let targets: Vec<f64> = rows.iter().map(|&row| terms[row as usize]).collect();
        let trees = BoostedTrees::fit(&table.select(rows), &targets, &boosting)?;
        let shap = TreeShap::path_dependent(&trees.to_ensemble()?)?;
        let expected = shap.expected_values()[0];
        Ok(Self { shap, expected })
    }
}

/// What models said about each row: attributions by column, and their sum with the expectation.
struct Explained {
    n_columns: usize,
    attributions: Vec<f64>,
    predictions: Vec<f64>,
}

impl Explained {
    fn zeros(n_rows: usize, n_columns: usize) -> Self {
        Self {
            n_columns,
            attributions: vec![0.0; n_rows * n_columns],
            predictions: vec![0.0; n_rows],
        }
    }

    /// Adds a model's word on some rows: `values` holds those rows, `positions` says which.
    fn add(
        &mut self,
        model: &TermModel,
        values: &[f32],
        positions: &[u32],
        weight: f64,
    ) -> Result<(), StatsError> {
        let attributions = model.shap.explain(values)?;
        let rows = attributions.chunks_exact(self.n_columns);
        for (row, &position) in rows.zip(positions) {
            let position = position as usize;
            let sums = &mut self.attributions[position * self.n_columns..][..self.n_columns];
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += weight * value;
            }
            self.predictions[position] += weight * (model.expected + row.iter().sum::<f64>());
        }
        Ok(())
    }

    fn column(&self, column: usize) -> Moments {
        let values = self.attributions.iter().skip(column);
        Moments::of(values.step_by(self.n_columns).copied())
    }

    /// What the models leave of each row's term, and the difference of the two halves' expected
    /// values, which no column can be blamed for.
    fn rest(&self, terms: &[f64]) -> Moments {
        let rows = terms
            .iter()
            .zip(self.attributions.chunks_exact(self.n_columns));
        Moments::of(rows.map(|(term, row)| term - row.iter().sum::<f64>()))
    }

    fn explained_variance(&self, terms: &[f64], mean: f64) -> f64 {
        let squares = |differences: &mut dyn Iterator<Item = f64>| -> f64 {
            differences.map(|difference| difference * difference).sum()
        };
        let left = squares(&mut terms.iter().zip(&self.predictions).map(|(t, g)| t - g));
        let all = squares(&mut terms.iter().map(|t| t - mean));
        if all > 0.0 { 1.0 - left / all } else { 0.0 }
    }
}

/// Two random halves of the rows, each in order.
fn halves(n_rows: usize, seed: u64) -> [Vec<u32>; 2] {
    let mut random = Random::from_seed(seed);
    let mut order: Vec<u32> = (0..n_rows as u32).collect();
    for last in (1..n_rows).rev() {
        let other = (random.uniform() * (last + 1) as f64) as usize;
        order.swap(last, other);
    }
    let mut second = order.split_off(n_rows / 2);
    order.sort_unstable();
    second.sort_unstable();
    [order, second]
}

/// The table as rows of `f32`: categories by their code, missing as NaN.
fn rows_of(table: &FeatureTable) -> Vec<f32> {
    let width = table.n_columns();
    let mut rows = vec![f32::NAN; table.n_rows() * width];
    for (position, column) in table.columns().iter().enumerate() {
        let targets = rows.iter_mut().skip(position).step_by(width);
        match column {
            FeatureColumn::Numeric(values) => {
                targets
                    .zip(values)
                    .for_each(|(target, &value)| *target = value as f32);
            }
            FeatureColumn::Categorical { codes, .. } => {
                targets.zip(codes).for_each(|(target, &code)| {
                    if code != MISSING_CATEGORY {
                        *target = code as f32;
                    }
                });
            }
        }
    }
    rows
}

fn check(
    table: &FeatureTable,
    terms: &[f64],
    n_rows_min: usize,
    sample: &'static str,
) -> Result<(), StatsError> {
    if table.n_rows() != terms.len() {
        return Err(StatsError::ShapeMismatch {
            expected: table.n_rows(),
            found: terms.len(),
        });
    }
    if terms.len() < n_rows_min {
        return Err(StatsError::EmptySample { sample });
    }
    if terms.iter().any(|term| !term.is_finite()) {
        return Err(StatsError::NotFinite { sample });
    }
    Ok(())
}

fn check_columns(reference: &FeatureTable, current: &FeatureTable) -> Result<(), StatsError> {
    let is_numeric = |column: &FeatureColumn| matches!(column, FeatureColumn::Numeric(_));
    let kinds =
        |table: &FeatureTable| -> Vec<bool> { table.columns().iter().map(is_numeric).collect() };
    if kinds(reference) == kinds(current) {
        Ok(())
    } else {
        Err(StatsError::GridMismatch)
    }
}
