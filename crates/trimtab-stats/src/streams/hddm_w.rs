//! HDDM-W: `McDiarmid`'s bound on the difference of two weighted averages.

use super::calibration;
use super::parts::{self, bounded_of, read_flag, read_number, write_flag};
use super::{Input, StreamDetector, StreamState};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// Settings of [`HddmW`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HddmWSettings {
    /// Significance at which it fires, in `(0, 1)`.
    pub drift_confidence: f64,
    /// Significance at which it warns, in `[drift_confidence, 1)`.
    pub warning_confidence: f64,
    /// Weight of the newest value in the averages, in `(0, 1)`.
    pub lambda: f64,
    /// Whether falls of the mean count too.
    pub two_sided: bool,
}

impl HddmWSettings {
    /// The defaults of River 0.26 and of Frouros: 0.001, 0.005, λ 0.05, one-sided.
    pub fn river() -> Self {
        Self {
            drift_confidence: 0.001,
            warning_confidence: 0.005,
            lambda: 0.05,
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
        let drift_confidence = calibration::HDDM_W.threshold(arl, error_rate)?;
        Ok(Self {
            drift_confidence,
            warning_confidence: (5.0 * drift_confidence)
                .clamp(drift_confidence, 0.5_f64.max(drift_confidence)),
            ..Self::river()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::probability("lambda", self.lambda)?;
        parts::probability("drift_confidence", self.drift_confidence)?;
        parts::check(
            "warning_confidence",
            "between drift_confidence and 1",
            self.warning_confidence,
            self.warning_confidence >= self.drift_confidence && self.warning_confidence < 1.0,
        )
    }
}

/// An exponentially weighted mean and the sum of its squared weights.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Weighted {
    /// `None` before the first value.
    mean: Option<f64>,
    squared_weights: f64,
}

impl Weighted {
    const EMPTY: Self = Self {
        mean: None,
        squared_weights: 1.0,
    };

    #[inline]
    fn add(&mut self, value: f64, lambda: f64) {
        self.mean = Some(match self.mean {
            None => value,
            Some(mean) => lambda * value + (1.0 - lambda) * mean,
        });
        let kept = 1.0 - lambda;
        self.squared_weights = lambda * lambda + kept * kept * self.squared_weights;
    }

    fn write(&self, writer: &mut Writer) {
        write_flag(writer, self.mean.is_some());
        writer.float(self.mean.unwrap_or(0.0));
        writer.float(self.squared_weights);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        let is_begun = read_flag(reader)?;
        let mean = reader.finite()?;
        Ok(Self {
            mean: is_begun.then_some(mean),
            squared_weights: reader.finite()?,
        })
    }
}

/// The stream cut in two where its mean was most extreme.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cut {
    before: Weighted,
    after: Weighted,
    /// Mean plus (or minus) its bound at the cut.
    level: f64,
}

impl Cut {
    fn at(level: f64) -> Self {
        Self {
            before: Weighted::EMPTY,
            after: Weighted::EMPTY,
            level,
        }
    }

    fn write(&self, writer: &mut Writer) {
        self.before.write(writer);
        self.after.write(writer);
        writer.float(self.level);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, StatsError> {
        Ok(Self {
            before: Weighted::read(reader)?,
            after: Weighted::read(reader)?,
            level: read_number(reader)?,
        })
    }
}

/// HDDM with exponentially weighted averages.
///
/// Cuts the stream where the weighted mean plus its `McDiarmid` bound was lowest, and fires
/// when the weighted mean since the cut exceeds the one before it by
/// `√((v₁ + v₂)/2 · ln(1/α))`, `v` the sums of squared weights. Reads values in `[0, 1]`.
/// Recent values weigh more than in HDDM-A: quicker on slow drifts, more false alarms.
///
/// # Source
///
/// I. Frías-Blanco and others, *Online and non-parametric drift detection methods based
/// on Hoeffding's bounds* (2015). Warnings and drifts fall on the same rows as River's
/// 0.26.1.
#[derive(Debug, Clone, PartialEq)]
pub struct HddmW {
    settings: HddmWSettings,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Run {
    all: Weighted,
    rise: Cut,
    fall: Cut,
    state: StreamState,
}

impl Run {
    fn start() -> Self {
        Self {
            all: Weighted::EMPTY,
            rise: Cut::at(f64::INFINITY),
            fall: Cut::at(f64::NEG_INFINITY),
            state: StreamState::Stable,
        }
    }
}

fn bound(squared_weights: f64, confidence: f64) -> f64 {
    (squared_weights * (1.0 / confidence).ln() / 2.0).sqrt()
}

/// Whether the mean of `high` exceeds that of `low` at a significance.
fn exceeds(high: &Weighted, low: &Weighted, confidence: f64) -> bool {
    match (high.mean, low.mean) {
        (Some(above), Some(below)) => {
            above - below > bound(high.squared_weights + low.squared_weights, confidence)
        }
        _ => false,
    }
}

impl HddmW {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] unless `0 < drift_confidence ≤
    /// warning_confidence < 1` and `0 < lambda < 1`.
    pub fn new(settings: HddmWSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            settings,
            run: Run::start(),
        })
    }

    fn move_cuts(&mut self, value: f64) {
        let lambda = self.settings.lambda;
        let Run {
            all, rise, fall, ..
        } = &mut self.run;
        let mean = all.mean.unwrap_or(0.0);
        let bound = bound(all.squared_weights, self.settings.drift_confidence);
        if mean + bound < rise.level {
            *rise = Cut::at(mean + bound);
            rise.before = *all;
        } else {
            rise.after.add(value, lambda);
        }
        if mean - bound > fall.level {
            *fall = Cut::at(mean - bound);
            fall.before = *all;
        } else {
            fall.after.add(value, lambda);
        }
    }

    fn judge(&self) -> StreamState {
        let Run { rise, fall, .. } = &self.run;
        let at = |confidence: f64| {
            exceeds(&rise.after, &rise.before, confidence)
                || self.settings.two_sided && exceeds(&fall.before, &fall.after, confidence)
        };
        StreamState::of(
            at(self.settings.drift_confidence),
            at(self.settings.warning_confidence),
        )
    }
}

impl StreamDetector for HddmW {
    const NAME: &'static str = "hddm_w";
    const INPUT: Input = Input::Bounded;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(value) = bounded_of(value) else {
            return self.run.state.repeated();
        };
        if self.run.state == StreamState::Drift {
            self.reset();
        }
        self.run.all.add(value, self.settings.lambda);
        self.move_cuts(value);
        self.run.state = self.judge();
        self.run.state
    }

    fn state(&self) -> StreamState {
        self.run.state
    }

    fn reset(&mut self) {
        self.run = Run::start();
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        let Self { settings, run } = self;
        writer.float(settings.drift_confidence);
        writer.float(settings.warning_confidence);
        writer.float(settings.lambda);
        write_flag(&mut writer, settings.two_sided);
        run.all.write(&mut writer);
        run.rise.write(&mut writer);
        run.fall.write(&mut writer);
        run.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = HddmWSettings {
            drift_confidence: reader.float()?,
            warning_confidence: reader.float()?,
            lambda: reader.float()?,
            two_sided: read_flag(&mut reader)?,
        };
        settings.check()?;
        let run = Run {
            all: Weighted::read(&mut reader)?,
            rise: Cut::read(&mut reader)?,
            fall: Cut::read(&mut reader)?,
            state: StreamState::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(Self { settings, run })
    }
}
