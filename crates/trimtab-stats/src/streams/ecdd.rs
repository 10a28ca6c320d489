//! EWMA for concept drift detection (ECDD): a chart whose target is learned.

use super::calibration;
use super::parts::{self, RunningMean, error_of};
use super::{Input, StreamDetector, StreamState};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// How many standard deviations of the moving average are too many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ControlLimit {
    /// The published polynomial in the error rate for a run length of 100 at weight 0.2.
    Published100,
    /// The same for 400.
    Published400,
    /// The same for 1,000.
    Published1000,
    /// This many, whatever the rate.
    Fixed(f64),
}

impl ControlLimit {
    /// The limit at an error rate.
    #[inline]
    fn at(self, p: f64) -> f64 {
        // Coefficients of 1, p, p³, p⁵, p⁷.
        let polynomial =
            |c: [f64; 5]| c[0] + c[1] * p + c[2] * p.powi(3) + c[3] * p.powi(5) + c[4] * p.powi(7);
        match self {
            Self::Published100 => polynomial([2.76, -6.23, 18.12, -312.45, 1_002.18]),
            Self::Published400 => polynomial([3.97, -6.56, 48.73, -330.13, 848.18]),
            Self::Published1000 => polynomial([1.17, 7.56, -21.24, 112.12, -987.23]),
            Self::Fixed(limit) => limit,
        }
    }

    fn write(self, writer: &mut Writer) {
        match self {
            Self::Published100 => writer.byte(0),
            Self::Published400 => writer.byte(1),
            Self::Published1000 => writer.byte(2),
            Self::Fixed(limit) => {
                writer.byte(3);
                writer.float(limit);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        match reader.byte()? {
            0 => Ok(Self::Published100),
            1 => Ok(Self::Published400),
            2 => Ok(Self::Published1000),
            3 => Ok(Self::Fixed(reader.float()?)),
            _ => Err(reader.foreign()),
        }
    }
}

/// Settings of [`Ecdd`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EcddSettings {
    /// Weight of the newest row in the moving average, in `(0, 1)`.
    pub lambda: f64,
    /// Where it fires.
    pub limit: ControlLimit,
    /// Share of the limit at which it warns, in `(0, 1]`.
    pub warning_level: f64,
    /// Rows before it may speak.
    pub warm_start: u64,
}

impl EcddSettings {
    /// The defaults of Frouros 0.9, the published ones: weight 0.2, run length 400,
    /// warning at half the limit, 30 rows.
    pub fn frouros() -> Self {
        Self {
            lambda: 0.2,
            limit: ControlLimit::Published400,
            warning_level: 0.5,
            warm_start: 30,
        }
    }

    /// The limit at which an error stream of this rate alarms falsely once in `arl` rows
    /// on average.
    ///
    /// * `error_rate` in `0.01..=0.5`; `arl` in `100..=100,000` rows and at least three
    ///   times the thirty rows, or ten expected errors, before it may speak.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl(arl: f64, error_rate: f64) -> Result<Self, StatsError> {
        Ok(Self {
            limit: ControlLimit::Fixed(calibration::ECDD.threshold(arl, error_rate)?),
            warm_start: calibration::warm_start(30, error_rate),
            ..Self::frouros()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::probability("lambda", self.lambda)?;
        if let ControlLimit::Fixed(limit) = self.limit {
            parts::positive("limit", limit)?;
        }
        parts::check(
            "warning_level",
            "in (0, 1]",
            self.warning_level,
            self.warning_level > 0.0 && self.warning_level <= 1.0,
        )
    }
}

/// EWMA for concept drift detection.
///
/// A moving average `z` of the errors fires when it exceeds the mean `p` of all of them
/// by `limit · √(p (1 − p) · λ/(2 − λ) · (1 − (1 − λ)^2t))`. Reads errors.
///
/// The published polynomials give the limit for three run lengths and rates up to about
/// 0.3; beyond, and for other run lengths, use [`EcddSettings::with_arl`].
///
/// # Source
///
/// G. Ross, N. Adams, D. Tasoulis, D. Hand, *Exponentially weighted moving average charts
/// for detecting concept drift* (2012). Warnings and drifts fall on the same rows as
/// `ECDDWT` of Frouros 0.9.
#[derive(Debug, Clone, PartialEq)]
pub struct Ecdd {
    settings: EcddSettings,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    errors: RunningMean,
    average: f64,
    /// `(1 − λ)^2t`.
    forgotten: f64,
    state: StreamState,
}

impl Run {
    const START: Self = Self {
        errors: RunningMean { n: 0, mean: 0.0 },
        average: 0.0,
        forgotten: 1.0,
        state: StreamState::Stable,
    };
}

impl Ecdd {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a weight outside `(0, 1)`, a fixed limit
    /// that is not positive, or a warning level outside `(0, 1]`.
    pub fn new(settings: EcddSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            run: Run::START,
        })
    }
}

impl StreamDetector for Ecdd {
    const NAME: &'static str = "ecdd";
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
        let (lambda, kept) = (settings.lambda, 1.0 - settings.lambda);
        let error = f64::from(u8::from(is_error));
        run.errors.add(error);
        run.average = lambda * error + kept * run.average;
        run.forgotten *= kept * kept;
        if run.errors.n >= settings.warm_start {
            let p = run.errors.mean;
            let variance = lambda / (2.0 - lambda) * (1.0 - run.forgotten) * (p * (1.0 - p));
            let distance = settings.limit.at(p) * variance.max(0.0).sqrt();
            run.state = StreamState::of(
                run.average > p + distance,
                run.average > p + settings.warning_level * distance,
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
        writer.float(settings.lambda);
        settings.limit.write(&mut writer);
        writer.float(settings.warning_level);
        writer.varint(settings.warm_start);
        run.errors.write(&mut writer);
        writer.float(run.average);
        writer.float(run.forgotten);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = EcddSettings {
            lambda: reader.float()?,
            limit: ControlLimit::read(&mut reader)?,
            warning_level: reader.float()?,
            warm_start: reader.varint()?,
        };
        settings.check()?;
        let run = Run {
            errors: RunningMean::read(&mut reader)?,
            average: reader.finite()?,
            forgotten: reader.finite()?,
            state: StreamState::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(Self { settings, run })
    }
}
