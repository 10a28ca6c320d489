//! One way to expect a series, and what would be surprising under it.

use super::seasonal_mean::{MEAN_TO_SD, Rhythm, SeasonalMean};
use super::tail_law::TailLaw;
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;
use crate::special::ln_normal_sf;

/// Rows after which a value counts a third in the laws of tails.
const MEMORY: f64 = 20_000.0;
/// Rows of the short average, and of the surprises' average.
const SHORT_ROWS: f64 = 12.0;
/// Rows of the long average: half a day, within these.
const LONG_ROWS: (f64, f64) = (48.0, 144.0);
/// Deviations count at most this many spreads in an average.
const CLIP: f64 = 10.0;
/// A single surprise counts at most this many nats in their average.
const MOST_SURPRISE: f64 = 6.0;
/// Rows before the errors' size is believed, and before restlessness is.
const MIN_ERRORS: f64 = 16.0;
const MIN_SURPRISES: f64 = 100.0;
/// An average's own size is learned no faster than this.
const SIZE_GAIN: f64 = 0.001;
/// Smallest size of an average, in spreads of a row.
const MIN_SIZE: f64 = 0.02;
const MICROS_PER_DAY: f64 = 86_400e6;

/// Number of tests that every row undergoes.
pub(super) const N_TESTS: usize = 4;

/// A mean with its laws of what is left over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Track {
    pub(super) mean: SeasonalMean,
    point: TailLaw,
    averages: [Average; 2],
    /// Average surprise; 1 when the law holds.
    restlessness: f64,
    restless: TailLaw,
    n_surprises: f64,
}

/// What a track says of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Surprise {
    pub(super) expected: f64,
    /// Distance from what was expected, in spreads.
    pub(super) z: f64,
    /// Logarithms of the tails: the row, the two averages, the surprises' average.
    pub(super) ln_tails: [f64; N_TESTS],
    /// Whether the averages lie above.
    pub(super) upward: [bool; 2],
}

/// An exponential average of deviations, and the law of its size.
#[derive(Debug, Clone, PartialEq)]
struct Average {
    rows: f64,
    value: f64,
    size: f64,
    n: f64,
    law: TailLaw,
}

impl Track {
    pub(super) fn new(rhythm: Rhythm, step_micros: i64) -> Self {
        let half_day = 0.5 * MICROS_PER_DAY / step_micros as f64;
        Self {
            mean: SeasonalMean::new(rhythm, step_micros),
            point: TailLaw::new(1.0, MEMORY),
            averages: [
                Average::new(SHORT_ROWS),
                Average::new(half_day.clamp(LONG_ROWS.0, LONG_ROWS.1).round()),
            ],
            restlessness: 1.0,
            restless: TailLaw::new(SHORT_ROWS, MEMORY),
            n_surprises: 0.0,
        }
    }

    /// Lets rows pass unseen.
    pub(super) fn pause(&mut self, n_rows: f64) {
        self.mean.pause(n_rows);
        for average in &mut self.averages {
            average.value *= (1.0 - 1.0 / average.rows).powf(n_rows);
        }
    }

    /// Judges a row by what was known before, then learns from it.
    ///
    /// * `floor`: smallest spread believed.
    /// * `ln_alarm`: logarithm of the tail at which a test alarms. What lies beyond
    ///   counts as if it lay there: an anomaly does not become usual by happening once.
    pub(super) fn update(&mut self, time: i64, value: f64, floor: f64, ln_alarm: f64) -> Surprise {
        let expected = self.mean.expect(time);
        let mut surprise = Surprise {
            expected: expected.value,
            z: 0.0,
            ln_tails: [0.0; N_TESTS],
            upward: [false; 2],
        };
        if expected.known && self.mean.n_errors() > MIN_ERRORS {
            let unit = (MEAN_TO_SD * self.mean.error).max(floor);
            surprise.z = (value - expected.value) / unit;
            surprise.ln_tails[0] = judged(&mut self.point, nats(surprise.z), ln_alarm);
            let unit = (MEAN_TO_SD * self.mean.deviation).max(floor);
            let deviation = ((value - expected.base) / unit).clamp(-CLIP, CLIP);
            for (i, average) in self.averages.iter_mut().enumerate() {
                surprise.ln_tails[1 + i] = average.update(deviation, ln_alarm);
                surprise.upward[i] = average.value > 0.0;
            }
            surprise.ln_tails[3] = self.update_restlessness(surprise.ln_tails[0], ln_alarm);
        }
        self.mean.learn(time, value);
        surprise
    }

    fn update_restlessness(&mut self, ln_tail: f64, ln_alarm: f64) -> f64 {
        self.n_surprises += 1.0;
        self.restlessness += ((-ln_tail).min(MOST_SURPRISE) - self.restlessness) / SHORT_ROWS;
        let rest = self.restlessness;
        // The rate of large deviations of a mean of exponentials: nats again.
        let nats = if rest > 1.0 {
            (2.0 * SHORT_ROWS - 1.0) * (rest - 1.0 - rest.ln())
        } else {
            0.0
        };
        let ln_tail = judged(&mut self.restless, nats, ln_alarm);
        if self.n_surprises > MIN_SURPRISES {
            ln_tail
        } else {
            0.0
        }
    }

    /// How far out a value is at a time, without learning from it.
    pub(super) fn glance(&self, time: i64, value: f64, floor: f64) -> (f64, f64) {
        let base = self.mean.expect(time).base;
        let unit = (MEAN_TO_SD * self.mean.deviation).max(floor);
        (base, self.point.ln_tail(nats((value - base) / unit)))
    }

    /// Moves to a new level and forgets that the old one was left.
    pub(super) fn shift(&mut self, shift: f64) {
        self.mean.shift(shift);
        self.averages
            .iter_mut()
            .for_each(|average| average.value = 0.0);
        self.restlessness = 1.0;
    }

    pub(super) fn write(&self, out: &mut Writer) {
        self.mean.write(out);
        self.point.write(out);
        for average in &self.averages {
            for value in [average.rows, average.value, average.size, average.n] {
                out.float(value);
            }
            average.law.write(out);
        }
        out.float(self.restlessness);
        self.restless.write(out);
        out.float(self.n_surprises);
    }

    pub(super) fn read(
        rhythm: Rhythm,
        step_micros: i64,
        input: &mut Reader<'_>,
    ) -> Result<Self, StatsError> {
        let mut track = Self::new(rhythm, step_micros);
        track.mean = track.mean.read(input)?;
        track.point = TailLaw::read(input)?;
        for average in &mut track.averages {
            if input.finite()? != average.rows {
                return Err(input.foreign());
            }
            average.value = input.finite()?;
            average.size = input.finite()?;
            average.n = input.finite()?;
            average.law = TailLaw::read(input)?;
        }
        track.restlessness = input.finite()?;
        track.restless = TailLaw::read(input)?;
        track.n_surprises = input.finite()?;
        Ok(track)
    }
}

impl Average {
    fn new(rows: f64) -> Self {
        Self {
            rows,
            value: 0.0,
            size: 0.0,
            n: 0.0,
            law: TailLaw::new(rows, MEMORY),
        }
    }

    fn update(&mut self, deviation: f64, ln_alarm: f64) -> f64 {
        self.value += (deviation - self.value) / self.rows;
        let size = self.value.abs();
        let nats = nats(size / self.size.max(MIN_SIZE));
        let ln_tail = self.law.ln_tail(nats);
        if self.n > self.rows {
            self.law.push(nats.min(self.law.quantile(ln_alarm)));
        }
        self.n += 1.0;
        let limit = if self.n > MIN_SURPRISES {
            4.0 * self.size
        } else {
            f64::MAX
        };
        let gain = (1.0 / self.n).max(SIZE_GAIN);
        self.size += gain * ((MEAN_TO_SD * size).min(limit) - self.size);
        if self.n > 4.0 * self.rows {
            ln_tail
        } else {
            0.0
        }
    }
}

/// The tail of a statistic under the law of its past, which then takes it in.
fn judged(law: &mut TailLaw, nats: f64, ln_alarm: f64) -> f64 {
    let ln_tail = law.ln_tail(nats);
    law.push(nats.min(law.quantile(ln_alarm)));
    ln_tail
}

/// Minus the logarithm of the two-sided normal tail: exponential of mean 1 for normal
/// errors, so that laws of tails start from there.
fn nats(z: f64) -> f64 {
    -(std::f64::consts::LN_2 + ln_normal_sf(z.abs()))
}
