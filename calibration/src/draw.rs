//! Rows without drift: shapes of columns, and what ties rows and columns together.

use trimtab_stats::{Random, normal_quantile};

/// The shape of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Normal,
    Lognormal,
    /// Fifty categories, the share of the k-th proportional to 1/k.
    Zipf,
    /// Integers 0–9, as of a Poisson law of mean 3: ties everywhere.
    Integers,
}

impl Shape {
    pub(crate) const ALL: [Self; 4] = [Self::Normal, Self::Lognormal, Self::Zipf, Self::Integers];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lognormal => "lognormal",
            Self::Zipf => "Zipf-50",
            Self::Integers => "tied integers",
        }
    }

    pub(crate) fn is_numeric(self) -> bool {
        self != Self::Zipf
    }
}

/// Turns standard normal values into values of a shape.
#[derive(Debug, Clone)]
pub(crate) struct Marginal {
    shape: Shape,
    /// Where a normal value becomes the next category.
    limits: Vec<f64>,
}

/// Categories of the Zipf shape.
const N_CATEGORIES: usize = 50;

impl Marginal {
    pub(crate) fn new(shape: Shape) -> Self {
        let weights: Vec<f64> = match shape {
            Shape::Normal | Shape::Lognormal => Vec::new(),
            Shape::Zipf => (1..=N_CATEGORIES).map(|k| 1.0 / k as f64).collect(),
            Shape::Integers => {
                let mut weight = 1.0;
                (0..10)
                    .map(|k| {
                        weight *= if k == 0 { 1.0 } else { 3.0 / f64::from(k) };
                        weight
                    })
                    .collect()
            }
        };
        let total: f64 = weights.iter().sum();
        let mut below = 0.0;
        let mut limits: Vec<f64> = weights
            .iter()
            .map(|weight| {
                below += weight / total;
                normal_quantile(below.min(1.0))
            })
            .collect();
        limits.pop();
        Self { shape, limits }
    }

    pub(crate) fn is_category(&self) -> bool {
        !self.shape.is_numeric()
    }

    pub(crate) fn of(&self, normal: f64) -> f64 {
        match self.shape {
            Shape::Normal => normal,
            Shape::Lognormal => normal.exp(),
            Shape::Zipf | Shape::Integers => self.category(normal) as f64,
        }
    }

    /// The position of a category, in `0..` of [`Marginal::n_categories`].
    pub(crate) fn category(&self, normal: f64) -> usize {
        self.limits.partition_point(|&limit| limit <= normal)
    }

    pub(crate) fn n_categories(&self) -> usize {
        self.limits.len() + 1
    }
}

/// Independent standard normal values; with a common factor, the rows of all columns made with
/// the same factor resemble each other (correlation ½).
pub(crate) fn rows(random: &mut Random, factor: Option<&[f64]>, n: usize, into: &mut Vec<f64>) {
    into.clear();
    match factor {
        None => into.extend((0..n).map(|_| random.normal())),
        Some(factor) => into.extend(
            factor[..n]
                .iter()
                .map(|common| (common + random.normal()) * std::f64::consts::FRAC_1_SQRT_2),
        ),
    }
}

/// Why rows of a window are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocks {
    /// Each window has a level of its own (a third of a standard deviation), half inherited
    /// from the window before.
    Days,
    /// Each user has ten rows that are nearly the same; windows have other users.
    Users,
}

impl Blocks {
    pub(crate) const ALL: [Self; 2] = [Self::Days, Self::Users];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Days => "days that differ",
            Self::Users => "users that repeat",
        }
    }
}

/// The state from which windows of dependent rows are drawn, one after the other.
pub(crate) struct Traffic {
    blocks: Blocks,
    level: f64,
}

/// Correlation of a window's level with the level before.
const INHERITED: f64 = 0.5;
const LEVEL_SD: f64 = 1.0 / 3.0;
const ROWS_PER_USER: usize = 10;

impl Traffic {
    pub(crate) fn start(blocks: Blocks, random: &mut Random) -> Self {
        Self {
            blocks,
            level: random.normal(),
        }
    }

    /// The next window's values, standard normal over all windows.
    pub(crate) fn window(&mut self, random: &mut Random, n: usize, into: &mut Vec<f64>) {
        into.clear();
        match self.blocks {
            Blocks::Days => {
                let fresh = (1.0 - INHERITED * INHERITED).sqrt();
                self.level = INHERITED * self.level + fresh * random.normal();
                let within = (1.0 - LEVEL_SD * LEVEL_SD).sqrt();
                let level = LEVEL_SD * self.level;
                into.extend((0..n).map(|_| level + within * random.normal()));
            }
            Blocks::Users => {
                let mut user = 0.0;
                into.extend((0..n).map(|i| {
                    if i % ROWS_PER_USER == 0 {
                        user = random.normal();
                    }
                    0.95 * user + (1.0_f64 - 0.95 * 0.95).sqrt() * random.normal()
                }));
            }
        }
    }
}
