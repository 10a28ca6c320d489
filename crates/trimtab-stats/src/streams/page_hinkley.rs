//! Page–Hinkley test: a cumulative sum of deviations from the running mean.

use super::calibration;
use super::parts::{self, RunningMean, read_number, value_of};
use super::{Input, Sides, StreamDetector, StreamState};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// Which of the procedures that go by this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageHinkleyVariant {
    /// The sum against its own extreme so far (River, and the literature).
    SinceExtreme,
    /// The sum itself, increases only (Frouros).
    PlainSum,
    /// The sum against its extreme, the threshold times the running mean (Menelaus). It
    /// depends on where zero is and means nothing for values around zero.
    TimesMean,
}

/// Settings of [`PageHinkley`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageHinkleySettings {
    /// Values before it may speak.
    pub min_instances: u64,
    /// Change of the mean that is tolerated, in units of the values, `≥ 0`.
    pub delta: f64,
    /// Sum at which it fires, in units of the values, `> 0`.
    pub threshold: f64,
    /// How much of the sum stays from value to value, in `(0, 1]`.
    pub alpha: f64,
    /// Which changes count.
    pub sides: Sides,
    /// Which procedure.
    pub variant: PageHinkleyVariant,
}

impl PageHinkleySettings {
    /// The defaults of River 0.26: 30, 0.005, 50, 0.9999, both sides.
    pub fn river() -> Self {
        Self {
            min_instances: 30,
            delta: 0.005,
            threshold: 50.0,
            alpha: 1.0 - 0.0001,
            sides: Sides::Both,
            variant: PageHinkleyVariant::SinceExtreme,
        }
    }

    /// The defaults of Frouros 0.9: as River's, on the plain sum.
    pub fn frouros() -> Self {
        Self {
            alpha: 0.9999,
            sides: Sides::Up,
            variant: PageHinkleyVariant::PlainSum,
            ..Self::river()
        }
    }

    /// The defaults of Menelaus 0.2: 30, 0.01, 20 times the mean, increases.
    pub fn menelaus() -> Self {
        Self {
            // It speaks after more than thirty values, not at the thirtieth.
            min_instances: 31,
            delta: 0.01,
            threshold: 20.0,
            alpha: 1.0,
            sides: Sides::Up,
            variant: PageHinkleyVariant::TimesMean,
        }
    }

    /// The threshold at which independent normal values of standard deviation `sd` alarm
    /// falsely once in `arl` values on average, on either side, with a tolerance of a
    /// quarter of `sd` (best for shifts of half of it).
    ///
    /// * `arl` in `100..=100,000` values; `sd > 0`, in units of the values.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl(arl: f64, sd: f64) -> Result<Self, StatsError> {
        parts::positive("sd", sd)?;
        Ok(Self {
            delta: 0.25 * sd,
            threshold: calibration::PAGE_HINKLEY.threshold(arl)? * sd,
            // A sum that forgets wanders about a level of its own, further than any
            // threshold: with 0.9999 a run length of 100,000 needs one above 100.
            alpha: 1.0,
            ..Self::river()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::check(
            "delta",
            "finite and not negative",
            self.delta,
            self.delta.is_finite() && self.delta >= 0.0,
        )?;
        parts::positive("threshold", self.threshold)?;
        parts::check(
            "alpha",
            "in (0, 1]",
            self.alpha,
            self.alpha > 0.0 && self.alpha <= 1.0,
        )
    }
}

/// Page–Hinkley test.
///
/// Sums the deviations of the values from their running mean, less a tolerance `delta`,
/// and fires when the sum stands more than `threshold` above its minimum (below its
/// maximum, for falls). Reads any values.
///
/// The threshold is in units of the values: River's 50 alarms about seven times in 10,000
/// standard normal values and never on errors. Use [`PageHinkleySettings::with_arl`].
///
/// # Source
///
/// E. Page, *Continuous inspection schemes* (1954); D. Hinkley (1971). Drifts fall on the
/// same values as River's 0.26.1 and, in its variant, Frouros' 0.9.
#[derive(Debug, Clone, PartialEq)]
pub struct PageHinkley {
    settings: PageHinkleySettings,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    values: RunningMean,
    /// Deviations less the tolerance: for increases.
    up: f64,
    /// Deviations plus the tolerance: for decreases.
    down: f64,
    lowest: f64,
    highest: f64,
    state: StreamState,
}

impl Run {
    fn start(variant: PageHinkleyVariant) -> Self {
        // Menelaus counts the sum before the first value, which is zero.
        let (lowest, highest) = if variant == PageHinkleyVariant::TimesMean {
            (0.0, 0.0)
        } else {
            (f64::INFINITY, f64::NEG_INFINITY)
        };
        Self {
            values: RunningMean::default(),
            up: 0.0,
            down: 0.0,
            lowest,
            highest,
            state: StreamState::Stable,
        }
    }
}

impl PageHinkley {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for a negative tolerance, a threshold that is
    /// not positive, or `alpha` outside `(0, 1]`.
    pub fn new(settings: PageHinkleySettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            run: Run::start(settings.variant),
        })
    }

    #[inline]
    fn since_extreme(&mut self, value: f64) -> bool {
        let Self { settings, run } = self;
        run.values.add_weighted(value);
        let deviation = value - run.values.mean;
        run.up = settings.alpha * run.up + deviation - settings.delta;
        run.down = settings.alpha * run.down + deviation + settings.delta;
        run.lowest = run.lowest.min(run.up);
        run.highest = run.highest.max(run.down);
        let (up, down) = (run.up - run.lowest, run.highest - run.down);
        settings.sides.exceeds(up, down, settings.threshold)
    }

    fn plain_sum(&mut self, value: f64) -> bool {
        let Self { settings, run } = self;
        run.values.add(value);
        let deviation = value - run.values.mean;
        run.up = settings.alpha * run.up + (deviation - settings.delta);
        run.down = settings.alpha * run.down + (deviation + settings.delta);
        settings
            .sides
            .exceeds(run.up, -run.down, settings.threshold)
    }

    fn times_mean(&mut self, value: f64) -> bool {
        let Self { settings, run } = self;
        run.values.add(value);
        run.up = settings.alpha * run.up + value - run.values.mean - settings.delta;
        run.lowest = run.lowest.min(run.up);
        run.highest = run.highest.max(run.up);
        let (up, down) = (run.up - run.lowest, run.highest - run.up);
        let threshold = settings.threshold * run.values.mean;
        settings.sides.exceeds(up, down, threshold)
    }
}

impl StreamDetector for PageHinkley {
    const NAME: &'static str = "page_hinkley";
    const INPUT: Input = Input::Values;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(value) = value_of(value) else {
            return self.run.state.repeated();
        };
        if self.run.state == StreamState::Drift {
            self.reset();
        }
        let is_beyond = match self.settings.variant {
            PageHinkleyVariant::SinceExtreme => self.since_extreme(value),
            PageHinkleyVariant::PlainSum => self.plain_sum(value),
            PageHinkleyVariant::TimesMean => self.times_mean(value),
        };
        let may_speak = self.run.values.n >= self.settings.min_instances;
        self.run.state = StreamState::of(is_beyond && may_speak, false);
        self.run.state
    }

    fn state(&self) -> StreamState {
        self.run.state
    }

    fn reset(&mut self) {
        self.run = Run::start(self.settings.variant);
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        let Self { settings, run } = self;
        writer.varint(settings.min_instances);
        writer.float(settings.delta);
        writer.float(settings.threshold);
        writer.float(settings.alpha);
        settings.sides.write(&mut writer);
        settings.variant.write(&mut writer);
        run.values.write(&mut writer);
        writer.float(run.up);
        writer.float(run.down);
        writer.float(run.lowest);
        writer.float(run.highest);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = PageHinkleySettings {
            min_instances: reader.varint()?,
            delta: reader.float()?,
            threshold: reader.float()?,
            alpha: reader.float()?,
            sides: Sides::read(&mut reader)?,
            variant: PageHinkleyVariant::read(&mut reader)?,
        };
        settings.check()?;
        let run = Run {
            values: RunningMean::read(&mut reader)?,
            up: reader.finite()?,
            down: reader.finite()?,
            lowest: read_number(&mut reader)?,
            highest: read_number(&mut reader)?,
            state: StreamState::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(Self { settings, run })
    }
}

impl PageHinkleyVariant {
    fn write(self, writer: &mut Writer) {
        writer.byte(self as u8);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        match reader.byte()? {
            0 => Ok(Self::SinceExtreme),
            1 => Ok(Self::PlainSum),
            2 => Ok(Self::TimesMean),
            _ => Err(reader.foreign()),
        }
    }
}
