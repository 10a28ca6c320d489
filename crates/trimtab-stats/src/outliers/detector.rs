//! One way to fit, score and read all methods, with a stated share of alarms.

use super::ecod::Ecod;
use super::hbos::{Hbos, HistogramHeight};
use super::isolation_forest::{IsolationForest, IsolationForestOptions};
use super::local_outlier_factor::LocalOutlierFactor;
use super::mahalanobis::Mahalanobis;
use super::{check_width, count_rows};
use crate::error::StatsError;
use crate::random::Random;

/// Share of the reference, and most rows of it, kept back to say what is usual.
const CALIBRATION_SHARE: f64 = 1.0 / 3.0;
const MAX_CALIBRATION_ROWS: usize = 10_000;
/// Most rows with which the local outlier factor compares.
const MAX_NEIGHBOUR_ROWS: usize = 5_000;
const N_NEIGHBOURS: usize = 20;
const N_BINS: usize = 10;

/// A method for rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutlierMethod {
    /// [`IsolationForest`], the default.
    IsolationForest,
    /// [`Hbos`] with relative heights and ten bins.
    Hbos,
    /// [`Ecod`].
    Ecod,
    /// [`LocalOutlierFactor`] with 20 neighbours, columns divided by their spread, at most
    /// 5,000 rows of the reference.
    LocalOutlierFactor,
    /// [`Mahalanobis`] with the plain covariance.
    Mahalanobis,
    /// [`Mahalanobis`] with the minimum covariance determinant.
    RobustMahalanobis,
}

impl OutlierMethod {
    /// All of them, the default first.
    pub const ALL: [Self; 6] = [
        Self::IsolationForest,
        Self::Hbos,
        Self::Ecod,
        Self::LocalOutlierFactor,
        Self::Mahalanobis,
        Self::RobustMahalanobis,
    ];

    /// The name used in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IsolationForest => "isolation_forest",
            Self::Hbos => "hbos",
            Self::Ecod => "ecod",
            Self::LocalOutlierFactor => "lof",
            Self::Mahalanobis => "mahalanobis",
            Self::RobustMahalanobis => "robust_mahalanobis",
        }
    }

    /// The method of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// What [`OutlierDetector::score`] says of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowScore {
    /// The method's score; larger is farther out.
    pub score: f64,
    /// Share of rows like the reference's that would score at least as high, in
    /// `(0, 1]`. Calling rows with `tail ≤ a` outliers calls at most a share `a` of rows
    /// from the reference's own law outliers, whatever the law and the method.
    pub tail: f64,
}

/// A fitted method with the scores of reference rows that it was not fitted to.
///
/// One third of the reference (at most 10,000 rows, drawn by the seed) is kept back. A
/// row's tail is `(1 + number of these that score at least as high) / (1 + their
/// number)`: the split conformal p-value, exact in finite samples if rows are
/// exchangeable. The smallest tail is therefore one in about a third of the reference's
/// rows: for a share of alarms of 1 % at least 300 rows are needed.
///
/// # Source
///
/// V. Vovk, A. Gammerman, G. Shafer, *Algorithmic learning in a random world* (2005);
/// S. Bates et al., *Testing for outliers with conformal p-values* (2023).
#[derive(Debug, Clone, PartialEq)]
pub struct OutlierDetector {
    model: Model,
    /// What each column is divided by.
    scales: Vec<f64>,
    calibration: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq)]
enum Model {
    IsolationForest(IsolationForest),
    Hbos(Hbos),
    Ecod(Ecod),
    LocalOutlierFactor(LocalOutlierFactor),
    Mahalanobis(Mahalanobis),
}

impl OutlierDetector {
    /// Fits a method.
    ///
    /// # Arguments
    ///
    /// * `method`: which one.
    /// * `reference`: row-major, shape `(n, n_columns)`, at least 3 rows. Missing and
    ///   infinite values are taken as the method says.
    /// * `n_columns`: at least 1.
    /// * `seed`: of the split and of the method's own draws.
    ///
    /// # Errors
    ///
    /// * [`StatsError::EmptySample`] with fewer than 3 rows, or with too few for the
    ///   method.
    /// * [`StatsError::ParameterOutOfDomain`] if `n_columns` does not divide the number of
    ///   values.
    pub fn fit(
        method: OutlierMethod,
        reference: &[f64],
        n_columns: usize,
        seed: u64,
    ) -> Result<Self, StatsError> {
        let n_rows = count_rows(reference, n_columns)?;
        if n_rows < 3 {
            return Err(StatsError::EmptySample {
                sample: "reference",
            });
        }
        let kept_back = (n_rows as f64 * CALIBRATION_SHARE) as usize;
        let kept_back = kept_back.clamp(1, MAX_CALIBRATION_ROWS);
        let order = shuffled(n_rows, seed);
        let (calibration_rows, mut fitting_rows) = order.split_at(kept_back);
        if method == OutlierMethod::LocalOutlierFactor {
            fitting_rows = &fitting_rows[..fitting_rows.len().min(MAX_NEIGHBOUR_ROWS)];
        }
        let mut fitting = gather(reference, n_columns, fitting_rows);
        let scales = if method == OutlierMethod::LocalOutlierFactor {
            spreads(&fitting, n_columns)
        } else {
            vec![1.0; n_columns]
        };
        for row in fitting.chunks_mut(n_columns) {
            row.iter_mut()
                .zip(&scales)
                .for_each(|(x, scale)| *x /= scale);
        }
        let mut detector = Self {
            model: Model::fit(method, &fitting, n_columns, seed)?,
            scales,
            calibration: Vec::new(),
        };
        let mut unused = vec![0.0; n_columns];
        let mut scores = Vec::with_capacity(kept_back);
        for &row in calibration_rows {
            let row = &reference[row * n_columns..(row + 1) * n_columns];
            scores.push(detector.raw_score(row, &mut unused)?);
        }
        scores.sort_unstable_by(f64::total_cmp);
        detector.calibration = scores;
        Ok(detector)
    }

    /// Scores a row.
    ///
    /// * `row`: shape `(n_columns,)`.
    /// * `contributions`: shape `(n_columns,)`, filled with what each column adds, as the
    ///   method defines it; the largest made the score.
    ///
    /// # Errors
    ///
    /// * [`StatsError::BinCountMismatch`] if a slice has another number of columns.
    pub fn score(&self, row: &[f64], contributions: &mut [f64]) -> Result<RowScore, StatsError> {
        let score = self.raw_score(row, contributions)?;
        let n = self.calibration.len();
        let above = n - self.calibration.partition_point(|&x| x < score);
        Ok(RowScore {
            score,
            tail: (above as f64 + 1.0) / (n as f64 + 1.0),
        })
    }

    /// The score from which on at most the share `alarm_share` of reference-like rows is
    /// called an outlier; `None` if the reference is too small for such a share.
    pub fn threshold(&self, alarm_share: f64) -> Option<f64> {
        let n = self.calibration.len();
        let allowed = (alarm_share * (n as f64 + 1.0)).floor();
        if allowed < 1.0 {
            return None;
        }
        // Just above the score of which `allowed` rows, itself among them, are at least as high.
        let place = n.checked_sub(allowed as usize)?;
        self.calibration.get(place).map(|score| score.next_up())
    }

    /// Number of reference rows kept back to say what is usual.
    pub fn n_calibration_rows(&self) -> usize {
        self.calibration.len()
    }

    fn raw_score(&self, row: &[f64], contributions: &mut [f64]) -> Result<f64, StatsError> {
        check_width(self.scales.len(), row, contributions)?;
        match &self.model {
            Model::IsolationForest(model) => model.score(row, contributions),
            Model::Hbos(model) => model.score(row, contributions),
            Model::Ecod(model) => model.score(row, contributions),
            Model::Mahalanobis(model) => model.score(row, contributions),
            Model::LocalOutlierFactor(model) => {
                let scaled: Vec<f64> = row.iter().zip(&self.scales).map(|(x, s)| x / s).collect();
                model.score(&scaled, contributions)
            }
        }
    }
}

impl Model {
    fn fit(
        method: OutlierMethod,
        rows: &[f64],
        n_columns: usize,
        seed: u64,
    ) -> Result<Self, StatsError> {
        Ok(match method {
            OutlierMethod::IsolationForest => {
                let options = IsolationForestOptions {
                    seed,
                    ..IsolationForestOptions::default()
                };
                Self::IsolationForest(IsolationForest::fit(rows, n_columns, options)?)
            }
            OutlierMethod::Hbos => Self::Hbos(Hbos::fit(
                rows,
                n_columns,
                N_BINS,
                HistogramHeight::Relative,
            )?),
            OutlierMethod::Ecod => Self::Ecod(Ecod::fit(rows, n_columns)?),
            OutlierMethod::LocalOutlierFactor => {
                Self::LocalOutlierFactor(LocalOutlierFactor::fit(rows, n_columns, N_NEIGHBOURS)?)
            }
            OutlierMethod::Mahalanobis => Self::Mahalanobis(Mahalanobis::fit(rows, n_columns)?),
            OutlierMethod::RobustMahalanobis => {
                Self::Mahalanobis(Mahalanobis::fit_robust(rows, n_columns, seed)?)
            }
        })
    }
}

fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::from_seed(seed);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        let other = ((random.uniform() * (i as f64 + 1.0)) as usize).min(i);
        order.swap(i, other);
    }
    order
}

fn gather(values: &[f64], n_columns: usize, rows: &[usize]) -> Vec<f64> {
    rows.iter()
        .flat_map(|&row| {
            values[row * n_columns..(row + 1) * n_columns]
                .iter()
                .copied()
        })
        .collect()
}

/// Interquartile range of every column, or its range, or 1: what is not 0.
fn spreads(values: &[f64], n_columns: usize) -> Vec<f64> {
    let spread = |j: usize| {
        let column = values.iter().skip(j).step_by(n_columns).copied();
        let mut column: Vec<f64> = column.filter(|x| x.is_finite()).collect();
        column.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * (column.len() as f64 - 1.0)) as usize;
            column.get(place).copied().unwrap_or(0.0)
        };
        [at(0.75) - at(0.25), at(1.0) - at(0.0)]
            .into_iter()
            .find(|spread| *spread > 0.0 && spread.is_finite())
            .unwrap_or(1.0)
    };
    (0..n_columns).map(spread).collect()
}
