//! e-detector for the mean of bounded values with a known baseline.

use super::bank::{Bank, EDetectorRule};
use crate::error::StatsError;
use crate::streams::parts;
use crate::streams::{Input, Sides, StreamDetector, StreamState};

/// Factors on the odds of the baseline that the bets aim at.
const ODDS: [f64; 6] = [1.25, 1.6, 2.2, 3.5, 7.0, 20.0];

/// Settings of [`MeanEDetector`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanEDetectorSettings {
    /// The mean that was promised, in `(0, 1)`.
    pub baseline: f64,
    /// Which changes count.
    pub sides: Sides,
    /// Guaranteed average number of values to a false alarm, in `1..=1e12`.
    pub arl: f64,
    /// How evidence is added up.
    pub rule: EDetectorRule,
}

/// Says when the mean of values in `[0, 1]` has left its baseline.
///
/// If the conditional mean of every value is the baseline (for [`Sides::Up`]: at most the
/// baseline; for [`Sides::Down`]: at least), the average number of values to a false alarm
/// is at least `arl`, whatever the law of the values.
///
/// Bet `k` multiplies by `1 + λ_k (x − baseline)`, where `λ_k` is the best for errors
/// whose odds are a factor above the baseline's: 1.25, 1.6, 2.2, 3.5, 7 or 20 (below it,
/// for falls). Their evidence is averaged.
///
/// The baseline must be known: a contract, a validated error rate. For one that must be
/// learned from the stream itself, use [`crate::streams::EDetector`].
///
/// # Source
///
/// J. Shin, A. Ramdas, A. Rinaldo, *E-detectors: a nonparametric framework for sequential
/// change detection* (2024), sections 2 to 4.
///
/// # Examples
///
/// ```
/// use trimtab_stats::anytime::{EDetectorRule, MeanEDetector, MeanEDetectorSettings};
/// use trimtab_stats::streams::{Sides, StreamDetector, StreamState};
///
/// let mut detector = MeanEDetector::new(MeanEDetectorSettings {
///     baseline: 0.05,
///     sides: Sides::Up,
///     arl: 100_000.0,
///     rule: EDetectorRule::ShiryaevRoberts,
/// })?;
/// // One error in five instead of one in twenty.
/// let n_rows = (1..).find(|i| {
///     let is_error = f64::from(u8::from(i % 5 == 0));
///     detector.update(is_error) == StreamState::Drift
/// });
/// assert!(matches!(n_rows, Some(50..=120)));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MeanEDetector {
    settings: MeanEDetectorSettings,
    /// Derived from the settings.
    bets: Vec<f64>,
    bank: Bank,
}

/// The growth-optimal stake against errors with these odds.
fn stake(baseline: f64, factor: f64) -> f64 {
    let odds = baseline / (1.0 - baseline) * factor;
    let mean = odds / (1.0 + odds);
    (mean - baseline) / (baseline * (1.0 - baseline))
}

fn bets(baseline: f64, sides: Sides) -> Vec<f64> {
    let up = ODDS.iter().map(|&factor| stake(baseline, factor));
    let down = ODDS.iter().map(|&factor| stake(baseline, 1.0 / factor));
    match sides {
        Sides::Up => up.collect(),
        Sides::Down => down.collect(),
        Sides::Both => up.chain(down).collect(),
    }
}

impl MeanEDetector {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a baseline outside `[1e-9, 1 − 1e-9]` or
    /// an `arl` outside `1..=1e12`.
    pub fn new(settings: MeanEDetectorSettings) -> Result<Self, StatsError> {
        parts::check(
            "baseline",
            "in [1e-9, 1 - 1e-9]",
            settings.baseline,
            (1e-9..=1.0 - 1e-9).contains(&settings.baseline),
        )?;
        let bets = bets(settings.baseline, settings.sides);
        Ok(Self {
            bank: Bank::new(bets.len(), settings.rule, settings.arl)?,
            settings,
            bets,
        })
    }

    /// The evidence so far; it alarms at `arl` and warns at a tenth of it.
    pub fn evidence(&self) -> f64 {
        self.bank.evidence()
    }
}

impl StreamDetector for MeanEDetector {
    const NAME: &'static str = "mean_e_detector";
    const INPUT: Input = Input::Bounded;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(value) = parts::bounded_of(value) else {
            return self.bank.state().repeated();
        };
        if self.bank.state() == StreamState::Drift {
            self.bank.reset();
        }
        let difference = value - self.settings.baseline;
        // Rounding may take a stake at its limit a hair below zero.
        let e_values = self
            .bets
            .iter()
            .map(|bet| (1.0 + bet * difference).max(0.0));
        self.bank.step(e_values)
    }

    fn state(&self) -> StreamState {
        self.bank.state()
    }

    fn reset(&mut self) {
        self.bank.reset();
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        writer.float(self.settings.baseline);
        self.settings.sides.write(&mut writer);
        self.bank.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let baseline = reader.float()?;
        let sides = Sides::read(&mut reader)?;
        let n_bets = if sides == Sides::Both { 2 } else { 1 } * ODDS.len();
        let bank = Bank::read(&mut reader, n_bets)?;
        reader.finish()?;
        let mut detector = Self::new(MeanEDetectorSettings {
            baseline,
            sides,
            arl: bank.arl(),
            rule: bank.rule(),
        })?;
        detector.bank = bank;
        Ok(detector)
    }
}
