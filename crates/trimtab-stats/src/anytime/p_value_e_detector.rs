//! e-detector over the p-values of successive windows.

use super::bank::{Bank, EDetectorRule};
use super::calibrators::power_bet;
use crate::error::StatsError;
use crate::streams::StreamState;
use crate::streams::parts;

const NAME: &str = "p_value_e_detector";

/// Powers of the bets `κ p^(κ − 1)`: from one very small p-value to many smallish ones.
const POWERS: [f64; 5] = [0.1, 0.25, 0.45, 0.65, 0.85];

/// Smallest p-value that is told from zero.
const SMALLEST_P: f64 = 1e-300;

/// Watches the p-values of window after window and says when they are too small too often.
///
/// This is the anytime-valid mode of a monitor: hand it the p-value of each window as it
/// closes. If every p-value is valid given the windows before it (`P(p ≤ u | past) ≤ u`),
/// the average number of windows to a false alarm is at least `arl`: hourly looks with an
/// `arl` of 8,760 alarm falsely at most once a year on average, whatever the test, the
/// data and their law.
///
/// Each p-value becomes an e-value by `κ p^(κ − 1)` for five `κ`; their Shiryaev–Roberts
/// sums are averaged and compared with `arl`. A single p-value of about `1/(10 arl)`
/// alarms at once; weaker ones add up.
///
/// Windows must not overlap, or the same rows would count as new evidence. A reference
/// that all windows share makes their p-values slightly dependent; the window-aware
/// p-value allows for it.
///
/// # Source
///
/// J. Shin, A. Ramdas, A. Rinaldo, *E-detectors: a nonparametric framework for sequential
/// change detection* (2024); calibrators of V. Vovk and R. Wang (2021).
///
/// # Examples
///
/// ```
/// use trimtab_stats::anytime::PValueEDetector;
/// use trimtab_stats::streams::StreamState;
///
/// let mut detector = PValueEDetector::new(8_760.0)?;
/// // 0.02 in a row: each window alone would be no alarm at this rate.
/// let n_windows = (1..).find(|_| detector.update(0.02) == StreamState::Drift);
/// assert!(matches!(n_windows, Some(5..=10)));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PValueEDetector {
    bank: Bank,
}

impl PValueEDetector {
    /// A detector that alarms falsely at most once in `arl` windows on average.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for `arl` outside `1..=1e12`.
    pub fn new(arl: f64) -> Result<Self, StatsError> {
        Self::with_rule(arl, EDetectorRule::ShiryaevRoberts)
    }

    /// The same with a choice of rule.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for `arl` outside `1..=1e12`.
    pub fn with_rule(arl: f64, rule: EDetectorRule) -> Result<Self, StatsError> {
        Ok(Self {
            bank: Bank::new(POWERS.len(), rule, arl)?,
        })
    }

    /// Takes the p-value of one window. After a drift the next one starts afresh.
    ///
    /// A window without a p-value (not a number, or outside `[0, 1]`) is left out.
    pub fn update(&mut self, p_value: f64) -> StreamState {
        if !(0.0..=1.0).contains(&p_value) {
            return self.bank.state().repeated();
        }
        if self.bank.state() == StreamState::Drift {
            self.bank.reset();
        }
        let ln_p = p_value.max(SMALLEST_P).ln();
        self.bank
            .step(POWERS.iter().map(|&kappa| power_bet(ln_p, kappa)))
    }

    /// The evidence so far; it alarms at `arl` and warns at a tenth of it.
    pub fn evidence(&self) -> f64 {
        self.bank.evidence()
    }

    /// The guaranteed average number of windows to a false alarm.
    pub fn arl(&self) -> f64 {
        self.bank.arl()
    }

    /// What it said last.
    pub fn state(&self) -> StreamState {
        self.bank.state()
    }

    /// Forgets everything but the settings.
    pub fn reset(&mut self) {
        self.bank.reset();
    }

    /// Settings and state as bytes, the first of them the format version.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(NAME);
        self.bank.write(&mut writer);
        writer.into_bytes()
    }

    /// The detector that [`PValueEDetector::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`], [`StatsError::UnknownFormat`] or
    /// [`StatsError::ParameterOutOfDomain`] for bytes that are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, NAME)?;
        let bank = Bank::read(&mut reader, POWERS.len())?;
        reader.finish()?;
        Ok(Self { bank })
    }
}
