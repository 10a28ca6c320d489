//! What is evaluated: labelled rows as slices, and how.

use crate::error::StatsError;

/// Labelled rows of a binary classifier. All slices have one entry per row.
#[derive(Debug, Clone, Copy, Default)]
pub struct BinaryRows<'a> {
    /// Whether the row is positive.
    pub labels: &'a [bool],
    /// The model's decisions. Without them, `score >= threshold`.
    pub predictions: Option<&'a [bool]>,
    /// Higher means more positive. Measures of calibration and loss need probabilities
    /// in `[0, 1]`; the others only an order. A row whose score is not a number is left
    /// out of what needs scores.
    pub scores: Option<&'a [f64]>,
    /// Sample weights, finite and at least 0; rows of weight 0 (or below 1e-100 of the
    /// largest) are left out.
    pub weights: Option<&'a [f64]>,
    /// Rows with one id belong together (a day, a user) and are resampled together.
    pub blocks: Option<&'a [u64]>,
}

/// Labelled rows of a classifier of several classes `0..n_classes`.
#[derive(Debug, Clone, Copy, Default)]
pub struct MulticlassRows<'a> {
    /// Number of classes, at least 2.
    pub n_classes: u32,
    /// Class of each row.
    pub labels: &'a [u32],
    /// Predicted class. Without it, the class of the highest score (the first of ties).
    pub predictions: Option<&'a [u32]>,
    /// Score of each class, row-major, shape `(n, n_classes)`. Rows with a score that is
    /// not a number are left out of what needs scores.
    pub scores: Option<&'a [f64]>,
    /// As in [`BinaryRows`].
    pub weights: Option<&'a [f64]>,
    /// As in [`BinaryRows`].
    pub blocks: Option<&'a [u64]>,
}

/// Labelled rows of a regression model.
#[derive(Debug, Clone, Copy, Default)]
pub struct RegressionRows<'a> {
    /// What happened.
    pub labels: &'a [f64],
    /// What was predicted, in the unit of the label. Rows where either is not finite
    /// are left out.
    pub predictions: &'a [f64],
    /// As in [`BinaryRows`].
    pub weights: Option<&'a [f64]>,
    /// As in [`BinaryRows`].
    pub blocks: Option<&'a [u64]>,
}

/// Rows of rankings: each belongs to a query (a user, a session, a search).
#[derive(Debug, Clone, Copy, Default)]
pub struct RankingRows<'a> {
    /// Query of each row; rows of a query need not stand together.
    pub queries: &'a [u64],
    /// Relevance of each row, finite and at least 0; above 0 it counts as relevant.
    pub labels: &'a [f64],
    /// The row with the highest score stands first. A score that is not a number stands
    /// last.
    pub scores: &'a [f64],
    /// Weights of rows; a query weighs the mean of its rows.
    pub weights: Option<&'a [f64]>,
    /// Blocks of rows; a query belongs to the block of its first row.
    pub blocks: Option<&'a [u64]>,
}

/// How to evaluate.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationSettings {
    /// From this score on a row is predicted positive, where there are no predictions.
    pub threshold: f64,
    /// The `β` of F-β, `> 0`; 1 weighs precision and recall the same and is always
    /// reported.
    pub beta: f64,
    /// Depths of ranking measures, each at least 1.
    pub ks: Vec<u32>,
    /// Shares of the highest scores for lift and gain, each in `(0, 1]`.
    pub lift_shares: Vec<f64>,
    /// The quantile that a regression model predicts, in `(0, 1)`, for its pinball loss.
    pub quantile: f64,
    /// Level of the intervals, in `(0, 1)`.
    pub confidence: f64,
    /// Bootstrap replicates; 0 for none, which leaves intervals that need them absent.
    /// Fewer are drawn where rows times replicates exceed 2 × 10^8, but not below 200.
    pub replicates: u32,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Equally wide bins of the expected calibration error, at least 1.
    pub n_calibration_bins: u16,
}

impl Default for EvaluationSettings {
    fn default() -> Self {
        Self {
            threshold: 0.5,
            beta: 1.0,
            ks: vec![1, 5, 10],
            lift_shares: vec![0.1],
            quantile: 0.5,
            confidence: 0.95,
            replicates: 1_000,
            seed: 0,
            n_calibration_bins: 10,
        }
    }
}

impl EvaluationSettings {
    /// Refuses what has no meaning.
    pub(crate) fn check(&self) -> Result<(), StatsError> {
        let check = |name, domain, found: f64, fits: bool| {
            if fits {
                Ok(())
            } else {
                Err(StatsError::ParameterOutOfDomain {
                    name,
                    domain,
                    found,
                })
            }
        };
        let inside = |value: f64| value > 0.0 && value < 1.0;
        check(
            "threshold",
            "a number",
            self.threshold,
            !self.threshold.is_nan(),
        )?;
        let beta = self.beta;
        check(
            "beta",
            "finite and above 0",
            beta,
            beta.is_finite() && beta > 0.0,
        )?;
        check(
            "quantile",
            "in (0, 1)",
            self.quantile,
            inside(self.quantile),
        )?;
        check(
            "confidence",
            "in (0, 1)",
            self.confidence,
            inside(self.confidence),
        )?;
        let bins = self.n_calibration_bins;
        check(
            "n_calibration_bins",
            "at least 1",
            f64::from(bins),
            bins > 0,
        )?;
        for &k in &self.ks {
            check("ks", "at least 1", f64::from(k), k > 0)?;
        }
        for &share in &self.lift_shares {
            check(
                "lift_shares",
                "in (0, 1]",
                share,
                inside(share) || share == 1.0,
            )?;
        }
        Ok(())
    }
}

/// Refuses an input whose length is not that of the others.
pub(crate) fn check_length(
    sample: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), StatsError> {
    if found == expected {
        Ok(())
    } else {
        Err(StatsError::LengthMismatch {
            sample,
            expected,
            found,
        })
    }
}

/// Refuses weights that are not finite and at least 0.
pub(crate) fn check_weights(weights: Option<&[f64]>, n_rows: usize) -> Result<(), StatsError> {
    let Some(weights) = weights else {
        return Ok(());
    };
    check_length("weights", weights.len(), n_rows)?;
    if weights.iter().all(|&w| w.is_finite() && w >= 0.0) {
        Ok(())
    } else {
        Err(StatsError::NotFinite { sample: "weights" })
    }
}

/// Refuses blocks of another length, and more rows than 32 bits can number.
pub(crate) fn check_blocks(blocks: Option<&[u64]>, n_rows: usize) -> Result<(), StatsError> {
    if u32::try_from(n_rows).is_err() {
        return Err(StatsError::TooManyRows);
    }
    blocks.map_or(Ok(()), |blocks| {
        check_length("blocks", blocks.len(), n_rows)
    })
}

/// Sample weights as they enter the sums: of a size whose squares are floats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights<'a> {
    given: Option<&'a [f64]>,
    scale: f64,
    smallest: f64,
}

/// Weights below this share of the largest count as 0: they could change nothing, and
/// their squares would not be floats.
const SMALLEST_WEIGHT: f64 = 1e-100;

impl<'a> Weights<'a> {
    pub(crate) fn new(given: Option<&'a [f64]>) -> Self {
        let largest = given.map_or(1.0, |weights| weights.iter().copied().fold(0.0, f64::max));
        let scale = if largest > 0.0 && !(1e-100..=1e100).contains(&largest) {
            largest
        } else {
            1.0
        };
        Self {
            given,
            scale,
            smallest: largest / scale * SMALLEST_WEIGHT,
        }
    }

    /// The weight of a row; 0 leaves it out.
    #[inline]
    pub(crate) fn of(&self, row: usize) -> f64 {
        let weight = self.given.map_or(1.0, |weights| weights[row] / self.scale);
        if weight >= self.smallest { weight } else { 0.0 }
    }
}
