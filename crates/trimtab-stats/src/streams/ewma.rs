//! Exponentially weighted moving average chart (EWMA), also called geometric.

use super::cusum::{Baseline, Deviation};
use super::parts::{self, value_of};
use super::run_length::ewma_limit;
use super::{Input, Sides, StreamDetector, StreamState};
use crate::error::StatsError;

/// Where the chart fires.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EwmaLimit {
    /// At this average deviation, in the unit of the deviations.
    Absolute(f64),
    /// At this many of the average's own standard deviations, `√(w/(2 − w))` each.
    Sigmas(f64),
}

/// Settings of [`Ewma`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EwmaSettings {
    /// What deviations are measured from.
    pub baseline: Baseline,
    /// Weight of the newest value, in `(0, 1]`: small for small shifts.
    pub weight: f64,
    /// Where it fires.
    pub limit: EwmaLimit,
    /// Values before it may speak.
    pub min_instances: u64,
    /// Which changes count.
    pub sides: Sides,
}

impl EwmaSettings {
    /// The defaults of Frouros 0.9 (`GeometricMovingAverage`): weight 0.01, limit 1 in
    /// units of the values, 30 values, increases.
    pub fn frouros() -> Self {
        Self {
            baseline: Baseline::RunningMean,
            weight: 1.0 - 0.99,
            limit: EwmaLimit::Absolute(1.0),
            min_instances: 30,
            sides: Sides::Up,
        }
    }

    /// A two-sided chart whose run length to a false alarm is `arl` when the values are
    /// independent and normal.
    ///
    /// The limit solves the chart's integral equation ([`ewma_limit`]), so the run length
    /// is exact for [`Baseline::Known`] and, but for the first two values, for
    /// [`Baseline::SelfStarting`].
    ///
    /// * `arl` in `2..=1e9` values; `weight` in `0.01..=1`; `baseline` one of the two.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges, or for a baseline whose
    /// run length cannot be stated.
    pub fn with_arl(arl: f64, weight: f64, baseline: Baseline) -> Result<Self, StatsError> {
        let is_exact = matches!(baseline, Baseline::Known { .. } | Baseline::SelfStarting);
        parts::check(
            "baseline",
            "known or self-starting where a run length is wanted",
            f64::NAN,
            is_exact,
        )?;
        Ok(Self {
            baseline,
            weight,
            limit: EwmaLimit::Sigmas(ewma_limit(arl, weight)?),
            min_instances: 1,
            sides: Sides::Both,
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        self.baseline.check()?;
        parts::check(
            "weight",
            "in (0, 1]",
            self.weight,
            self.weight > 0.0 && self.weight <= 1.0,
        )?;
        let (EwmaLimit::Absolute(limit) | EwmaLimit::Sigmas(limit)) = self.limit;
        parts::positive("limit", limit)
    }

    /// The average deviation at which it fires.
    fn threshold(&self) -> f64 {
        match self.limit {
            EwmaLimit::Absolute(limit) => limit,
            EwmaLimit::Sigmas(limit) => limit * (self.weight / (2.0 - self.weight)).sqrt(),
        }
    }
}

/// Exponentially weighted moving average chart.
///
/// `Z ← (1 − w) Z + w · deviation`, from 0; fires when `Z` passes the limit. Reads any
/// values.
///
/// # Source
///
/// S. Roberts, *Control chart tests based on geometric moving averages* (1959); run
/// lengths: J. Lucas and M. Saccucci (1990). With [`EwmaSettings::frouros`], drifts fall
/// on the same values as `GeometricMovingAverage` of Frouros 0.9.
#[derive(Debug, Clone, PartialEq)]
pub struct Ewma {
    settings: EwmaSettings,
    /// Derived from the settings.
    threshold: f64,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Run {
    deviation: Deviation,
    average: f64,
    state: StreamState,
}

impl Ewma {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a baseline without scale, a weight outside
    /// `(0, 1]`, or a limit that is not positive.
    pub fn new(settings: EwmaSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            threshold: settings.threshold(),
            run: Run::default(),
        })
    }
}

impl StreamDetector for Ewma {
    const NAME: &'static str = "ewma";
    const INPUT: Input = Input::Values;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(value) = value_of(value) else {
            return self.run.state.repeated();
        };
        if self.run.state == StreamState::Drift {
            self.reset();
        }
        let Self {
            settings,
            threshold,
            run,
        } = self;
        if let Some(deviation) = run.deviation.of(settings.baseline, value) {
            run.average = (1.0 - settings.weight) * run.average + settings.weight * deviation;
        }
        let may_speak = run.deviation.n() >= settings.min_instances;
        let is_beyond = settings
            .sides
            .exceeds(run.average, -run.average, *threshold);
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
        let Self { settings, run, .. } = self;
        settings.baseline.write(&mut writer);
        writer.float(settings.weight);
        let (kind, limit) = match settings.limit {
            EwmaLimit::Absolute(limit) => (0, limit),
            EwmaLimit::Sigmas(limit) => (1, limit),
        };
        writer.byte(kind);
        writer.float(limit);
        writer.varint(settings.min_instances);
        settings.sides.write(&mut writer);
        run.deviation.write(&mut writer);
        writer.float(run.average);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let baseline = Baseline::read(&mut reader)?;
        let weight = reader.float()?;
        let kind = reader.byte()?;
        let limit = reader.float()?;
        let limit = match kind {
            0 => EwmaLimit::Absolute(limit),
            1 => EwmaLimit::Sigmas(limit),
            _ => return Err(reader.foreign()),
        };
        let mut detector = Self::new(EwmaSettings {
            baseline,
            weight,
            limit,
            min_instances: reader.varint()?,
            sides: Sides::read(&mut reader)?,
        })?;
        detector.run = Run {
            deviation: Deviation::read(&mut reader)?,
            average: reader.finite()?,
            state: StreamState::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(detector)
    }
}
