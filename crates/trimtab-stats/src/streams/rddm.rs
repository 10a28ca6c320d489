//! Reactive drift detection method (RDDM): DDM that forgets old rows.

use super::calibration;
use super::ddm::{read_minimum, write_minimum};
use super::parts::{
    self, RunningMean, Window, error_of, read_count, read_flag, read_size, write_flag,
};
use super::{Input, StreamDetector, StreamState};
use crate::error::StatsError;

/// Settings of [`Rddm`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RddmSettings {
    /// Rows before it may speak.
    pub warm_start: u64,
    /// Standard deviations above the best level for a warning, `> 0`.
    pub warning_level: f64,
    /// Standard deviations above the best level for a drift, `≥ warning_level`.
    pub drift_level: f64,
    /// Rows of a stable concept after which it starts again from the last ones.
    pub max_concept: u64,
    /// Rows it remembers to start again from.
    pub min_concept: usize,
    /// Warnings in a row that make a drift.
    pub warning_limit: u64,
    /// What it starts again from after a drift.
    pub variant: RddmVariant,
}

/// What RDDM starts again from after a drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RddmVariant {
    /// The rows since the warning began.
    SinceWarning,
    /// All rows it remembers, the row on which it starts not counted (Frouros). The old
    /// concept is among them, so it often fires again at once.
    Everything,
}

impl RddmSettings {
    /// The defaults of Frouros 0.9: the published ones, but starting again from everything.
    pub fn frouros() -> Self {
        Self {
            warm_start: 129,
            warning_level: 1.773,
            drift_level: 2.258,
            max_concept: 40_000,
            min_concept: 7_000,
            warning_limit: 1_400,
            variant: RddmVariant::Everything,
        }
    }

    /// The level at which an error stream of this rate alarms falsely once in `arl` rows
    /// on average; the warning stands at 0.785 of it, as published.
    ///
    /// * `arl` in `100..=100,000` rows; `error_rate` in `0.01..=0.5`. It is silent for 129
    ///   rows after each alarm: where that is most of `arl`, alarms come less often.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl(arl: f64, error_rate: f64) -> Result<Self, StatsError> {
        let drift_level = calibration::RDDM.threshold(arl, error_rate)?;
        Ok(Self {
            warm_start: calibration::warm_start(129, error_rate),
            warning_level: drift_level * (1.773 / 2.258),
            drift_level,
            variant: RddmVariant::SinceWarning,
            ..Self::frouros()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::positive("warning_level", self.warning_level)?;
        parts::check(
            "drift_level",
            "finite and at least warning_level",
            self.drift_level,
            self.drift_level.is_finite() && self.drift_level >= self.warning_level,
        )?;
        parts::window_size("min_concept", self.min_concept)
    }
}

/// Reactive drift detection method.
///
/// DDM whose memory is bounded: after `max_concept` stable rows it starts again from the
/// last `min_concept`, so that it does not grow deaf; a warning that lasts
/// `warning_limit` rows becomes a drift. Reads errors.
///
/// # Source
///
/// R. Barros and others, *RDDM: reactive drift detection method* (2017). Warnings and
/// drifts fall on the same rows as Frouros' 0.9.
#[derive(Debug, Clone, PartialEq)]
pub struct Rddm {
    settings: RddmSettings,
    /// Errors to start again from, oldest first.
    recent: Window<bool>,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    n: u64,
    errors: RunningMean,
    p_min: f64,
    s_min: f64,
    n_warnings: u64,
    starts_again: bool,
    state: StreamState,
}

impl Run {
    const START: Self = Self {
        n: 0,
        errors: RunningMean { n: 0, mean: 0.0 },
        p_min: f64::INFINITY,
        s_min: f64::INFINITY,
        n_warnings: 0,
        starts_again: false,
        state: StreamState::Stable,
    };

    #[inline]
    fn add(&mut self, is_error: bool) -> (f64, f64) {
        self.errors.add(f64::from(u8::from(is_error)));
        let p = self.errors.mean;
        let s = (p * (1.0 - p) / self.n as f64).max(0.0).sqrt();
        (p, s)
    }

    #[inline]
    fn keep_minimum(&mut self, p: f64, s: f64) {
        if p + s < self.p_min + self.s_min {
            self.p_min = p;
            self.s_min = s;
        }
    }
}

impl Rddm {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for levels that are not positive, finite and
    /// in order, or a memory that is empty or above a million rows.
    pub fn new(settings: RddmSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            recent: Window::new(settings.min_concept),
            run: Run::START,
        })
    }

    /// Learns the level anew from the remembered rows.
    fn start_again(&mut self) {
        let after_drift = self.run.state == StreamState::Drift;
        let state = self.run.state.repeated();
        self.run = Run::START;
        self.run.state = state;
        for is_error in self.recent.iter() {
            self.run.n += 1;
            let (p, s) = self.run.add(is_error);
            if after_drift && self.run.n >= self.settings.warm_start {
                self.run.keep_minimum(p, s);
            }
        }
        if self.settings.variant == RddmVariant::SinceWarning {
            self.run.n += 1;
        }
    }

    fn judge(&mut self, p: f64, s: f64) {
        let Self {
            settings,
            recent,
            run,
        } = self;
        run.keep_minimum(p, s);
        let is_drift = p + s > run.p_min + settings.drift_level * run.s_min;
        let is_warning = p + s > run.p_min + settings.warning_level * run.s_min;
        if is_drift {
            run.state = StreamState::Drift;
            run.starts_again = true;
            if settings.variant == RddmVariant::SinceWarning || run.n_warnings == 0 {
                recent.keep_newest(run.n_warnings as usize + 1);
            }
        } else if is_warning && run.n_warnings >= settings.warning_limit {
            run.state = StreamState::Drift;
            run.starts_again = true;
            recent.keep_newest(1);
        } else if is_warning {
            run.state = StreamState::Warning;
            run.n_warnings += 1;
        } else {
            run.state = StreamState::Stable;
            run.n_warnings = 0;
            run.starts_again = run.n >= settings.max_concept;
        }
    }
}

impl StreamDetector for Rddm {
    const NAME: &'static str = "rddm";
    const INPUT: Input = Input::Errors;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(is_error) = error_of(value) else {
            return self.run.state.repeated();
        };
        if self.run.starts_again {
            self.start_again();
        } else {
            self.run.n += 1;
        }
        self.recent.push(is_error);
        let (p, s) = self.run.add(is_error);
        if self.run.n >= self.settings.warm_start {
            self.judge(p, s);
        } else {
            self.run.state = StreamState::Stable;
        }
        self.run.state
    }

    fn state(&self) -> StreamState {
        self.run.state
    }

    fn reset(&mut self) {
        self.recent.clear();
        self.run = Run::START;
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        let Self {
            settings,
            recent,
            run,
        } = self;
        writer.varint(settings.warm_start);
        writer.float(settings.warning_level);
        writer.float(settings.drift_level);
        writer.varint(settings.max_concept);
        writer.length(settings.min_concept);
        writer.varint(settings.warning_limit);
        write_flag(&mut writer, settings.variant == RddmVariant::Everything);
        recent.write(&mut writer);
        writer.varint(run.n);
        run.errors.write(&mut writer);
        write_minimum(&mut writer, run.p_min, run.s_min);
        writer.varint(run.n_warnings);
        write_flag(&mut writer, run.starts_again);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = RddmSettings {
            warm_start: reader.varint()?,
            warning_level: reader.float()?,
            drift_level: reader.float()?,
            max_concept: reader.varint()?,
            min_concept: read_size(&mut reader)?,
            warning_limit: reader.varint()?,
            variant: if read_flag(&mut reader)? {
                RddmVariant::Everything
            } else {
                RddmVariant::SinceWarning
            },
        };
        settings.check()?;
        let recent = Window::<bool>::read(&mut reader, settings.min_concept)?;
        let n = read_count(&mut reader)?;
        let errors = RunningMean::read(&mut reader)?;
        let (p_min, s_min) = read_minimum(&mut reader)?;
        let run = Run {
            n,
            errors,
            p_min,
            s_min,
            n_warnings: read_count(&mut reader)?,
            starts_again: read_flag(&mut reader)?,
            state: StreamState::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(Self {
            settings,
            recent,
            run,
        })
    }
}
