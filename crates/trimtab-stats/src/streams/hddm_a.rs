//! HDDM-A: Hoeffding's bound on the difference of two averages.

use super::calibration;
use super::parts::{self, RunningMean, bounded_of, read_flag, write_flag};
use super::{Input, StreamDetector, StreamState};
use crate::error::StatsError;

/// Settings of [`HddmA`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HddmASettings {
    /// Significance at which it fires, in `(0, 1)`.
    pub drift_confidence: f64,
    /// Significance at which it warns, in `[drift_confidence, 1)`.
    pub warning_confidence: f64,
    /// Whether falls of the mean count too.
    pub two_sided: bool,
}

impl HddmASettings {
    /// The defaults of River 0.26 and of Frouros: 0.001, 0.005, one-sided.
    pub fn river() -> Self {
        Self {
            drift_confidence: 0.001,
            warning_confidence: 0.005,
            two_sided: false,
        }
    }

    /// The significance at which an error stream of this rate alarms falsely once in
    /// `arl` rows on average; it warns at five times that, at most at 0.5.
    ///
    /// * `error_rate` in `0.01..=0.5`; `arl` in `100..=100,000` rows and at least three
    ///   times as long as one error takes.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl(arl: f64, error_rate: f64) -> Result<Self, StatsError> {
        let drift_confidence = calibration::HDDM_A.threshold(arl, error_rate)?;
        Ok(Self {
            drift_confidence,
            warning_confidence: (5.0 * drift_confidence)
                .clamp(drift_confidence, 0.5_f64.max(drift_confidence)),
            ..Self::river()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::probability("drift_confidence", self.drift_confidence)?;
        parts::check(
            "warning_confidence",
            "between drift_confidence and 1",
            self.warning_confidence,
            self.warning_confidence >= self.drift_confidence && self.warning_confidence < 1.0,
        )
    }
}

/// HDDM with averages.
///
/// Cuts the stream where the mean plus its Hoeffding bound was lowest, and fires when the
/// mean of all exceeds the mean up to the cut by `√(m/2 · ln(2/α))`, where
/// `m = (n − c)/(c n)`. Reads values in `[0, 1]`. Assumes nothing but independence and
/// the bounds, so it is conservative for rates far from one half.
///
/// # Source
///
/// I. Frías-Blanco and others, *Online and non-parametric drift detection methods based
/// on Hoeffding's bounds* (2015). Warnings and drifts fall on the same rows as River's
/// 0.26.1.
#[derive(Debug, Clone, PartialEq)]
pub struct HddmA {
    settings: HddmASettings,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Run {
    all: RunningMean,
    /// Up to the cut from which the mean may have risen.
    lowest: RunningMean,
    /// Up to the cut from which the mean may have fallen.
    highest: RunningMean,
    state: StreamState,
}

impl HddmA {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] unless
    /// `0 < drift_confidence ≤ warning_confidence < 1`.
    pub fn new(settings: HddmASettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            run: Run::default(),
        })
    }

    fn move_cuts(&mut self) {
        let run = &mut self.run;
        if run.lowest.n == 0 {
            run.lowest = run.all;
        }
        if run.highest.n == 0 {
            run.highest = run.all;
        }
        let ln_inverse = (1.0 / self.settings.drift_confidence).ln();
        let bound = |n: u64| (1.0 / (2.0 * n as f64) * ln_inverse).sqrt();
        let bound_all = bound(run.all.n);
        if run.lowest.mean + bound(run.lowest.n) >= run.all.mean + bound_all {
            run.lowest = run.all;
        }
        if run.highest.mean - bound(run.highest.n) <= run.all.mean - bound_all {
            run.highest = run.all;
        }
    }

    /// Whether the mean has changed by `difference` since the cut, at a significance.
    fn is_change(&self, cut: RunningMean, difference: f64, confidence: f64) -> bool {
        let (n, n_cut) = (self.run.all.n as f64, cut.n as f64);
        if cut.n == self.run.all.n {
            return false;
        }
        let m = (n - n_cut) / n_cut * (1.0 / n);
        difference >= (m / 2.0 * (2.0 / confidence).ln()).sqrt()
    }

    fn judge(&self) -> StreamState {
        let run = &self.run;
        let at = |confidence: f64| {
            let up = run.all.mean - run.lowest.mean;
            let down = run.highest.mean - run.all.mean;
            self.is_change(run.lowest, up, confidence)
                || self.settings.two_sided && self.is_change(run.highest, down, confidence)
        };
        StreamState::of(
            at(self.settings.drift_confidence),
            at(self.settings.warning_confidence),
        )
    }
}

impl StreamDetector for HddmA {
    const NAME: &'static str = "hddm_a";
    const INPUT: Input = Input::Bounded;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(value) = bounded_of(value) else {
            return self.run.state.repeated();
        };
        if self.run.state == StreamState::Drift {
            self.reset();
        }
        self.run.all.add_weighted(value);
        self.move_cuts();
        self.run.state = self.judge();
        self.run.state
    }

    fn state(&self) -> StreamState {
        self.run.state
    }

    fn reset(&mut self) {
        self.run = Run::default();
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        let Self { settings, run } = self;
        writer.float(settings.drift_confidence);
        writer.float(settings.warning_confidence);
        write_flag(&mut writer, settings.two_sided);
        run.all.write(&mut writer);
        run.lowest.write(&mut writer);
        run.highest.write(&mut writer);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = HddmASettings {
            drift_confidence: reader.float()?,
            warning_confidence: reader.float()?,
            two_sided: read_flag(&mut reader)?,
        };
        settings.check()?;
        let run = Run {
            all: RunningMean::read(&mut reader)?,
            lowest: RunningMean::read(&mut reader)?,
            highest: RunningMean::read(&mut reader)?,
            state: StreamState::read(&mut reader)?,
        };
        if run.lowest.n > run.all.n || run.highest.n > run.all.n {
            return Err(reader.foreign());
        }
        reader.finish()?;
        Ok(Self { settings, run })
    }
}
