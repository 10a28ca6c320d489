//! Two streams side by side: tests by betting that they differ.

use super::calibrators::p_from_e;
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::streams::parts;

const MEANS: &str = "mean_betting";
const CATEGORIES: &str = "category_betting";

/// Largest wealth that is kept.
const LARGEST: f64 = 1e300;

/// Wealth of a gambler on payoffs in `[−1, 1]` whose mean is zero under the hypothesis,
/// with stakes by the online Newton step.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Gambler {
    wealth: f64,
    best: f64,
    stake: f64,
    curvature: f64,
}

impl Gambler {
    const START: Self = Self {
        wealth: 1.0,
        best: 1.0,
        stake: 0.0,
        curvature: 1.0,
    };

    fn write(&self, writer: &mut Writer) {
        for value in [self.wealth, self.best, self.stake, self.curvature] {
            writer.float(value);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        let gambler = Self {
            wealth: reader.finite()?,
            best: reader.finite()?,
            stake: reader.finite()?,
            curvature: reader.finite()?,
        };
        let is_possible = gambler.wealth >= 0.0
            && gambler.best >= 1.0
            && gambler.stake.abs() <= 0.5
            && gambler.curvature >= 1.0;
        if is_possible {
            Ok(gambler)
        } else {
            Err(reader.foreign())
        }
    }

    fn bet(&mut self, payoff: f64) {
        let factor = 1.0 + self.stake * payoff;
        self.wealth = (self.wealth * factor).min(LARGEST);
        self.best = self.best.max(self.wealth);
        // Newton step on −ln(1 + λ g), stakes within one half: A. Cutkosky and
        // F. Orabona (2018).
        let gradient = -payoff / factor;
        self.curvature += gradient * gradient;
        let rate = 2.0 / (2.0 - 3.0_f64.ln());
        self.stake = (self.stake - rate * gradient / self.curvature).clamp(-0.5, 0.5);
    }
}

/// Sequential two-sample test of means by betting.
///
/// Pairs of values in `[0, 1]`, one from each stream; the payoff is their difference. If
/// both streams have the same mean at every time, given the past, the wealth is a
/// martingale from 1: the chance that it ever reaches `1/α` is at most `α`, so one may
/// look after every pair and stop at will.
///
/// # Source
///
/// S. Shekhar and A. Ramdas, *Nonparametric two-sample testing by betting* (2023).
///
/// # Examples
///
/// ```
/// use trimtab_stats::anytime::MeanBetting;
///
/// let mut test = MeanBetting::default();
/// for i in 0..300_u32 {
///     test.update(f64::from(u8::from(i % 10 == 0)), f64::from(u8::from(i % 3 == 0)));
/// }
/// assert!(test.p_value() < 0.01);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MeanBetting {
    gambler: Gambler,
}

impl Default for MeanBetting {
    fn default() -> Self {
        Self {
            gambler: Gambler::START,
        }
    }
}

impl MeanBetting {
    /// Takes a pair of values in `[0, 1]` (clamped); pairs with a value that is not finite
    /// are left out.
    pub fn update(&mut self, reference: f64, current: f64) {
        let pair = parts::bounded_of(reference).zip(parts::bounded_of(current));
        if let Some((reference, current)) = pair {
            self.gambler.bet(current - reference);
        }
    }

    /// Evidence that the means differ: the wealth now, an e-value at every time.
    pub fn e_value(&self) -> f64 {
        self.gambler.wealth
    }

    /// Anytime-valid p-value: one over the largest wealth so far.
    pub fn p_value(&self) -> f64 {
        p_from_e(self.gambler.best)
    }

    /// The state as bytes, the first of them the format version.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(MEANS);
        self.gambler.write(&mut writer);
        writer.into_bytes()
    }

    /// The test that [`MeanBetting::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`], [`StatsError::UnknownFormat`] or
    /// [`StatsError::ParameterOutOfDomain`] for bytes that are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, MEANS)?;
        let gambler = Gambler::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { gambler })
    }
}

/// Sequential two-sample test of categories by betting.
///
/// Pairs of categories, one from each stream. The counts so far say which categories seem
/// more frequent in the current stream; the payoff of the next pair is one for each of its
/// two that lies on the side expected, less one for each on the other, halved. If both
/// streams have the same law, its mean is zero whatever was expected, and the wealth is a
/// martingale from 1.
///
/// # Source
///
/// S. Shekhar and A. Ramdas, *Nonparametric two-sample testing by betting* (2023), with
/// the total variation distance.
///
/// # Examples
///
/// ```
/// use trimtab_stats::anytime::CategoryBetting;
///
/// let mut test = CategoryBetting::new(4)?;
/// for i in 0..400 {
///     // The last category has vanished from the current stream.
///     test.update(i % 4, i % 3);
/// }
/// assert!(test.p_value() < 0.01);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryBetting {
    gambler: Gambler,
    /// Rows in the current stream less rows in the reference, by category.
    excess: Vec<i64>,
}

impl CategoryBetting {
    /// A test over categories `0..n_categories`, all others taken as one more.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for no category or above a million.
    pub fn new(n_categories: usize) -> Result<Self, StatsError> {
        parts::check(
            "n_categories",
            "in 1..=1,000,000",
            n_categories as f64,
            (1..=1_000_000).contains(&n_categories),
        )?;
        Ok(Self {
            gambler: Gambler::START,
            excess: vec![0; n_categories + 1],
        })
    }

    /// Takes a pair of categories by position.
    pub fn update(&mut self, reference: usize, current: usize) {
        let other = self.excess.len() - 1;
        let (reference, current) = (reference.min(other), current.min(other));
        let side = |category: usize| self.excess[category].signum() as f64;
        self.gambler.bet(0.5 * (side(current) - side(reference)));
        self.excess[current] += 1;
        self.excess[reference] -= 1;
    }

    /// Evidence that the laws differ: the wealth now, an e-value at every time.
    pub fn e_value(&self) -> f64 {
        self.gambler.wealth
    }

    /// Anytime-valid p-value: one over the largest wealth so far.
    pub fn p_value(&self) -> f64 {
        p_from_e(self.gambler.best)
    }

    /// The state as bytes, the first of them the format version.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(CATEGORIES);
        self.gambler.write(&mut writer);
        writer.length(self.excess.len());
        for &excess in &self.excess {
            writer.signed(i128::from(excess));
        }
        writer.into_bytes()
    }

    /// The test that [`CategoryBetting::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`], [`StatsError::UnknownFormat`] or
    /// [`StatsError::ParameterOutOfDomain`] for bytes that are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, CATEGORIES)?;
        let gambler = Gambler::read(&mut reader)?;
        let n = reader.length(1)?;
        let mut test = Self::new(n.saturating_sub(1))?;
        test.gambler = gambler;
        for excess in &mut test.excess {
            // Far enough from overflow to go on counting.
            *excess = i64::try_from(reader.signed()?)
                .ok()
                .filter(|excess| excess.unsigned_abs() < 1 << 62)
                .ok_or_else(|| reader.foreign())?;
        }
        reader.finish()?;
        Ok(test)
    }
}
