//! Confidence sequences in closed form: intervals that hold at all times at once.

use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::streams::parts;

const MIXTURE: &str = "normal_mixture_sequence";
const BERNSTEIN: &str = "empirical_bernstein_sequence";

/// Confidence sequence for the mean of sub-Gaussian values, by a normal mixture.
///
/// With a known bound `σ` on the standard deviation (normal values with that standard
/// deviation, or bounded ones with half their range), the mean lies within
/// `√((V + ρ) ln((V + ρ) / (ρ α²))) / n` of the running mean, `V = n σ²`, at all times
/// at once with probability `1 − α`. `ρ` is chosen so that the interval is tightest at a
/// given number of values; it stays within a few per cent of that over a wide range.
///
/// # Source
///
/// H. Robbins (1970); S. Howard, A. Ramdas, J. `McAuliffe`, J. Sekhon, *Time-uniform,
/// nonparametric, nonasymptotic confidence sequences* (2021), proposition 5.
///
/// # Examples
///
/// ```
/// use trimtab_stats::anytime::NormalMixtureSequence;
///
/// let mut sequence = NormalMixtureSequence::new(0.05, 1.0, 1_000)?;
/// for i in 0..1_000_u32 {
///     sequence.update(if i % 2 == 0 { 0.5 } else { 1.5 });
/// }
/// let (low, high) = sequence.interval();
/// assert!(low < 1.0 && 1.0 < high && high - low < 0.21);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NormalMixtureSequence {
    alpha: f64,
    sigma: f64,
    rho: f64,
    n: u64,
    mean: f64,
}

impl NormalMixtureSequence {
    /// A sequence that has seen nothing.
    ///
    /// * `alpha`: in `(0, 1)`; `sigma > 0`, in units of the values.
    /// * `tightest_at`: number of values at which it should be tightest, `≥ 1`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn new(alpha: f64, sigma: f64, tightest_at: u64) -> Result<Self, StatsError> {
        parts::probability("alpha", alpha)?;
        parts::positive("sigma", sigma)?;
        let is_some = tightest_at >= 1;
        parts::check("tightest_at", "at least 1", tightest_at as f64, is_some)?;
        // Howard et al., section 3.5: the optimum up to a few per cent.
        let log = 2.0 * (1.0 / alpha).ln();
        let rho = tightest_at as f64 * sigma * sigma / (log + log.ln_1p());
        Ok(Self {
            alpha,
            sigma,
            rho,
            n: 0,
            mean: 0.0,
        })
    }

    /// Takes one value; values that are not finite are left out.
    pub fn update(&mut self, value: f64) {
        if let Some(value) = parts::value_of(value) {
            self.n += 1;
            self.mean += (value - self.mean) / self.n as f64;
        }
    }

    /// Bounds on the mean; the whole line before the first value.
    pub fn interval(&self) -> (f64, f64) {
        if self.n == 0 {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let n = self.n as f64;
        let level = n * self.sigma * self.sigma + self.rho;
        let log = (level / self.rho).ln() - 2.0 * self.alpha.ln();
        let radius = (level * log).sqrt() / n;
        (self.mean - radius, self.mean + radius)
    }

    /// Settings and state as bytes, the first of them the format version.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(MIXTURE);
        writer.float(self.alpha);
        writer.float(self.sigma);
        writer.float(self.rho);
        writer.varint(self.n);
        writer.float(self.mean);
        writer.into_bytes()
    }

    /// The sequence that [`NormalMixtureSequence::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`], [`StatsError::UnknownFormat`] or
    /// [`StatsError::ParameterOutOfDomain`] for bytes that are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, MIXTURE)?;
        let (alpha, sigma) = (reader.float()?, reader.float()?);
        let mut sequence = Self::new(alpha, sigma, 1)?;
        sequence.rho = reader.float()?;
        parts::positive("rho", sequence.rho)?;
        sequence.n = parts::read_count(&mut reader)?;
        sequence.mean = reader.finite()?;
        reader.finish()?;
        Ok(sequence)
    }
}

/// Confidence sequence for the mean of values in `[0, 1]`, adapting to their variance.
///
/// Weighs value `t` by `λ_t = min(1/2, √(2 ln(2/α) / (σ̂² t ln(1 + t))))`, with the
/// variance estimated from the values before it. The mean lies within
/// `(ln(2/α) + Σ v_t ψ(λ_t)) / Σ λ_t` of the weighted mean, where
/// `v_t = 4 (x_t − μ̂_{t−1})²` and `ψ(λ) = (−ln(1 − λ) − λ)/4`. The interval shown is the
/// intersection of all so far. Constant time per value; [`super::BettingSequence`] is
/// tighter for values that vary little and costs a grid.
///
/// # Source
///
/// I. Waudby-Smith and A. Ramdas, *Estimating means of bounded random variables by
/// betting* (2024), theorem 2.
#[derive(Debug, Clone, PartialEq)]
pub struct EmpiricalBernsteinSequence {
    log: f64,
    moments: PlugIn,
    weights: f64,
    weighted: f64,
    penalty: f64,
    low: f64,
    high: f64,
}

/// Mean and variance of the values so far, drawn towards one half and one quarter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PlugIn {
    /// Number of the next value.
    pub(super) t: f64,
    sum: f64,
    squares: f64,
}

impl PlugIn {
    pub(super) const START: Self = Self {
        t: 1.0,
        sum: 0.5,
        squares: 0.25,
    };

    /// Mean before the next value.
    pub(super) fn mean(&self) -> f64 {
        self.sum / self.t
    }

    /// Variance before the next value.
    pub(super) fn variance(&self) -> f64 {
        self.squares / self.t
    }

    pub(super) fn add(&mut self, value: f64) {
        self.t += 1.0;
        self.sum += value;
        let difference = value - self.mean();
        self.squares += difference * difference;
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.float(self.t);
        writer.float(self.sum);
        writer.float(self.squares);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        let (t, sum, squares) = (reader.finite()?, reader.finite()?, reader.finite()?);
        // What any number of values in [0, 1] can make of them.
        let is_possible = t >= 1.0 && (0.5..=t).contains(&sum) && (0.25..=t).contains(&squares);
        if is_possible {
            Ok(Self { t, sum, squares })
        } else {
            Err(reader.foreign())
        }
    }

    /// The stake on the next value, before it is bounded.
    pub(super) fn stake(&self, log: f64) -> f64 {
        (2.0 * log / (self.variance() * self.t * self.t.ln_1p())).sqrt()
    }
}

impl EmpiricalBernsteinSequence {
    /// A sequence that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for `alpha` outside `(0, 1)`.
    pub fn new(alpha: f64) -> Result<Self, StatsError> {
        parts::probability("alpha", alpha)?;
        Ok(Self {
            log: (2.0 / alpha).ln(),
            moments: PlugIn::START,
            weights: 0.0,
            weighted: 0.0,
            penalty: 0.0,
            low: 0.0,
            high: 1.0,
        })
    }

    /// Takes one value in `[0, 1]` (clamped); values that are not finite are left out.
    pub fn update(&mut self, value: f64) {
        let Some(value) = parts::bounded_of(value) else {
            return;
        };
        let stake = self.moments.stake(self.log).min(0.5);
        let surprise = value - self.moments.mean();
        self.weights += stake;
        self.weighted += stake * value;
        // 4 (x − μ)² times (−ln(1 − λ) − λ)/4.
        self.penalty += surprise * surprise * (-(-stake).ln_1p() - stake);
        self.moments.add(value);
        let centre = self.weighted / self.weights;
        let radius = (self.log + self.penalty) / self.weights;
        self.low = self.low.max(centre - radius);
        self.high = self.high.min(centre + radius);
    }

    /// Bounds on the mean, within `[0, 1]`.
    ///
    /// If the mean moves, the intersection may become empty: then the lower bound exceeds
    /// the upper one, which is itself evidence (at level `alpha`) that it moved.
    pub fn interval(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Settings and state as bytes, the first of them the format version.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(BERNSTEIN);
        writer.float(self.log);
        self.moments.write(&mut writer);
        for value in [
            self.weights,
            self.weighted,
            self.penalty,
            self.low,
            self.high,
        ] {
            writer.float(value);
        }
        writer.into_bytes()
    }

    /// The sequence that [`EmpiricalBernsteinSequence::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`], [`StatsError::UnknownFormat`] or
    /// [`StatsError::ParameterOutOfDomain`] for bytes that are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, BERNSTEIN)?;
        let log = reader.finite()?;
        // ln(2/α) of some α below one.
        if log <= std::f64::consts::LN_2 {
            return Err(reader.foreign());
        }
        let sequence = Self {
            log,
            moments: PlugIn::read(&mut reader)?,
            weights: reader.finite()?,
            weighted: reader.finite()?,
            penalty: reader.finite()?,
            low: reader.finite()?,
            high: reader.finite()?,
        };
        reader.finish()?;
        Ok(sequence)
    }
}
