//! Maximum mean discrepancy: do two clouds of rows have the same law?

use super::centroid::{PermutationSettings, drawn};
use super::cross_fit::shuffled;
use super::dense::{DenseRows, check_pair};
use super::permutation::permutation_p;
use crate::error::StatsError;
use crate::random::Random;
use crate::special::student_t_sf;

/// What a comparison by maximum mean discrepancy found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaximumMeanDiscrepancy {
    /// Unbiased estimate of the squared discrepancy, below 2; without drift about 0 and as
    /// often negative.
    pub statistic: f64,
    /// The `σ` of the kernel.
    pub bandwidth: f64,
    /// Probability of a statistic at least as large without drift.
    pub p_value: f64,
}

/// Computes the maximum mean discrepancy (MMD) of two samples with a Gaussian kernel and a
/// permutation p-value.
///
/// `MMD² = mean k(x, x′) + mean k(y, y′) − 2 mean k(x, y)` over pairs of different rows, with
/// `k(x, y) = exp(−|x − y|² / (2σ²))`. With enough rows it sees every difference of laws.
///
/// # Arguments
///
/// * `reference`, `current`: rows of finite numbers, in comparable units: the kernel knows
///   only distances, so a column in large units drowns the others. [`RowEncoder`] scales.
/// * `bandwidth`: `σ > 0`, or `None` for the median distance of all pairs (the usual
///   heuristic).
/// * `settings`: rows beyond `max_rows` are left out; time grows with their square.
///
/// # Errors
///
/// * [`StatsError::GridMismatch`] if the numbers of columns differ.
/// * [`StatsError::EmptySample`] if a sample has fewer than two rows.
/// * [`StatsError::ParameterOutOfDomain`] if the bandwidth is not finite and positive.
///
/// # Numerics
///
/// `O(N² (d + B/8))` time and `8 N²` bytes for `N` rows in both samples. All arrangements
/// share one kernel matrix. The p-value is exact for exchangeable rows.
///
/// # Source
///
/// A. Gretton and others, *A kernel two-sample test* (2012). Golden values:
/// `tests/oracle/stats/multivariate.json`.
///
/// [`RowEncoder`]: super::RowEncoder
///
/// # Examples
///
/// ```
/// use trimtab_stats::multivariate::{DenseRows, PermutationSettings, maximum_mean_discrepancy};
///
/// let reference = DenseRows::new((0..40).map(|i| f64::from(i % 7)).collect(), 1)?;
/// let current = DenseRows::new((0..40).map(|i| f64::from(i % 7) + 4.0).collect(), 1)?;
/// let settings = PermutationSettings::default();
/// let found = maximum_mean_discrepancy(&reference, &current, None, &settings)?;
/// assert_eq!(found.p_value, 0.005);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
pub fn maximum_mean_discrepancy(
    reference: &DenseRows,
    current: &DenseRows,
    bandwidth: Option<f64>,
    settings: &PermutationSettings,
) -> Result<MaximumMeanDiscrepancy, StatsError> {
    check_pair(reference, current, 2)?;
    check_bandwidth(bandwidth)?;
    let mut random = Random::from_seed(settings.seed);
    let reference = drawn(reference, settings.max_rows.max(2), &mut random);
    let current = drawn(current, settings.max_rows.max(2), &mut random);
    let (n, m) = (reference.n_rows(), current.n_rows());
    let rows: Vec<&[f64]> = (0..n)
        .map(|row| reference.row(row))
        .chain((0..m).map(|row| current.row(row)))
        .collect();
    let mut kernel = squared_distances(&rows);
    let bandwidth = bandwidth.unwrap_or_else(|| median_distance(&kernel, n + m));
    for square in &mut kernel {
        *square = gaussian(*square, bandwidth);
    }
    let sums = KernelSums::new(&kernel, n + m);
    // The inner sum of the smaller side is the only one that must be taken anew.
    let n_small = n.min(m);
    let mut small: Vec<u32> = (0..n_small as u32).collect();
    if m <= n {
        for row in &mut small {
            *row += n as u32;
        }
    }
    let statistic = sums.discrepancy(&kernel, &small);
    let sizes = (n + m, n_small);
    let p_value = permutation_p(
        statistic,
        sizes,
        settings.n_permutations,
        &mut random,
        |side| sums.discrepancy(&kernel, side),
    );
    Ok(MaximumMeanDiscrepancy {
        statistic,
        bandwidth,
        p_value,
    })
}

fn check_bandwidth(bandwidth: Option<f64>) -> Result<(), StatsError> {
    match bandwidth {
        Some(found) if !(found.is_finite() && found > 0.0) => {
            Err(StatsError::ParameterOutOfDomain {
                name: "bandwidth",
                domain: "finite and positive",
                found,
            })
        }
        _ => Ok(()),
    }
}

fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    let squares = left.iter().zip(right).map(|(a, b)| (a - b) * (a - b));
    squares.sum()
}

/// Equal rows are alike at any bandwidth, even where the median distance is 0.
fn gaussian(square: f64, bandwidth: f64) -> f64 {
    if square == 0.0 {
        1.0
    } else {
        (-0.5 * (square / bandwidth) / bandwidth).exp()
    }
}

/// All of them, as a full symmetric matrix.
fn squared_distances(rows: &[&[f64]]) -> Vec<f64> {
    let n = rows.len();
    let mut squares = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..i {
            let square = squared_distance(rows[i], rows[j]);
            squares[i * n + j] = square;
            squares[j * n + i] = square;
        }
    }
    squares
}

/// The median distance of different rows; for an even number of pairs the mean of the middle
/// two, as `NumPy`.
fn median_distance(squares: &[f64], n: usize) -> f64 {
    let mut pairs: Vec<f64> = (0..n)
        .flat_map(|i| squares[i * n..i * n + i].iter().copied())
        .collect();
    median_root(&mut pairs)
}

fn median_root(squares: &mut [f64]) -> f64 {
    let n = squares.len();
    if n == 0 {
        return 1.0;
    }
    let (below, &mut upper, _) = squares.select_nth_unstable_by(n / 2, f64::total_cmp);
    let lower = if n.is_multiple_of(2) {
        below.iter().copied().fold(0.0, f64::max)
    } else {
        upper
    };
    lower.sqrt().midpoint(upper.sqrt())
}

/// What all arrangements share: the sums of the kernel over each row, the diagonal left out.
struct KernelSums {
    of_row: Vec<f64>,
    total: f64,
}

impl KernelSums {
    fn new(kernel: &[f64], n: usize) -> Self {
        let of_row: Vec<f64> = kernel
            .chunks_exact(n)
            .enumerate()
            .map(|(i, line)| line.iter().sum::<f64>() - line[i])
            .collect();
        let total = of_row.iter().sum();
        Self { of_row, total }
    }

    /// The unbiased estimate where `side` is one sample and the other rows are the other.
    fn discrepancy(&self, kernel: &[f64], side: &[u32]) -> f64 {
        let n = self.of_row.len();
        let (mut inner, mut touching) = (0.0, 0.0);
        for (place, &row) in side.iter().enumerate() {
            let line = &kernel[row as usize * n..(row as usize + 1) * n];
            let before = side[..place].iter();
            inner += 2.0 * before.map(|&other| line[other as usize]).sum::<f64>();
            touching += self.of_row[row as usize];
        }
        let across = touching - inner;
        let rest = self.total - inner - 2.0 * across;
        let (k, l) = (side.len() as f64, (n - side.len()) as f64);
        inner / (k * (k - 1.0)) + rest / (l * (l - 1.0)) - 2.0 * across / (k * l)
    }
}

/// Settings of [`maximum_mean_discrepancy_by_blocks`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MmdBlockSettings {
    /// Rows of each sample in a block, at least 2. With 2 it is the linear-time statistic of
    /// Gretton and others; larger blocks cost more and see more.
    pub block_rows: usize,
    /// Seed of the order of rows, and of the pairs for the bandwidth.
    pub seed: u64,
}

impl Default for MmdBlockSettings {
    /// Blocks of 50 rows.
    fn default() -> Self {
        Self {
            block_rows: 50,
            seed: 1,
        }
    }
}

/// Computes the maximum mean discrepancy (MMD) in time linear in the rows: the mean of unbiased
/// estimates over blocks, judged by their spread.
///
/// All rows of the smaller sample are used (up to an incomplete block), so it suits samples
/// for which the kernel matrix of [`maximum_mean_discrepancy`] is too large.
///
/// # Arguments
///
/// * `reference`, `current`: rows of finite numbers, in comparable units.
/// * `bandwidth`: `σ > 0`, or `None` for the median distance among 1,000 rows drawn from both.
///
/// # Returns
///
/// The mean over the blocks. The p-value is that of Student's t over the blocks, which are
/// independent and of mean 0 without drift; it is good from about 20 blocks on.
///
/// # Errors
///
/// As [`maximum_mean_discrepancy`], and [`StatsError::EmptySample`] if a sample does not fill
/// two blocks.
///
/// # Source
///
/// W. Zaremba, A. Gretton, M. Blaschko, *B-test: a non-parametric, low variance kernel
/// two-sample test* (2013).
pub fn maximum_mean_discrepancy_by_blocks(
    reference: &DenseRows,
    current: &DenseRows,
    bandwidth: Option<f64>,
    settings: &MmdBlockSettings,
) -> Result<MaximumMeanDiscrepancy, StatsError> {
    let size = settings.block_rows;
    if size < 2 {
        return Err(StatsError::ParameterOutOfDomain {
            name: "block_rows",
            domain: "at least 2",
            found: size as f64,
        });
    }
    check_pair(reference, current, size.saturating_mul(2))?;
    check_bandwidth(bandwidth)?;
    let mut random = Random::from_seed(settings.seed);
    let bandwidth = bandwidth.unwrap_or_else(|| {
        let some = [reference, current].map(|rows| drawn(rows, 500, &mut random));
        let rows: Vec<&[f64]> = some
            .iter()
            .flat_map(|rows| (0..rows.n_rows()).map(|row| rows.row(row)))
            .collect();
        median_distance(&squared_distances(&rows), rows.len())
    });
    let orders = [reference, current].map(|rows| shuffled(rows.n_rows(), &mut random));
    let blocks = orders[0]
        .chunks_exact(size)
        .zip(orders[1].chunks_exact(size));
    let estimates: Vec<f64> = blocks
        .map(|(x, y)| block_estimate((reference, x), (current, y), bandwidth))
        .collect();
    let n = estimates.len() as f64;
    let mean = estimates.iter().sum::<f64>() / n;
    let squares = estimates.iter().map(|e| (e - mean).powi(2)).sum::<f64>();
    let error = (squares / (n - 1.0) / n).sqrt();
    let p_value = if error > 0.0 {
        student_t_sf(mean / error, n - 1.0)
    } else if mean > 1e-12 {
        0.0
    } else {
        1.0
    };
    Ok(MaximumMeanDiscrepancy {
        statistic: mean,
        bandwidth,
        p_value,
    })
}

/// Unbiased estimate from equally many rows of both samples; pairs of a row and its partner
/// are left out, which keeps the estimate unbiased and the formula short.
fn block_estimate(
    (reference, x): (&DenseRows, &[u32]),
    (current, y): (&DenseRows, &[u32]),
    bandwidth: f64,
) -> f64 {
    let size = x.len();
    let kernel = |a: &[f64], b: &[f64]| gaussian(squared_distance(a, b), bandwidth);
    let mut sum = 0.0;
    for i in 0..size {
        let (xi, yi) = (reference.row(x[i] as usize), current.row(y[i] as usize));
        for j in 0..i {
            let (xj, yj) = (reference.row(x[j] as usize), current.row(y[j] as usize));
            sum += kernel(xi, xj) + kernel(yi, yj) - kernel(xi, yj) - kernel(xj, yi);
        }
    }
    2.0 * sum / (size as f64 * (size as f64 - 1.0))
}
