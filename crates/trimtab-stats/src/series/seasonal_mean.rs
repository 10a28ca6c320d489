//! What the time of day and of the week has taught about a series.

use super::rolling::median;
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

/// Most places in a day: five minutes each.
const MAX_DAY_SLOTS: i64 = 288;
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Least gain of a place's mean: about the last eight visits count.
const MIN_GAIN: f64 = 0.12;
/// Gain of the level: slow, the season is to be seen against it.
const LEVEL_GAIN: f64 = 0.004;
/// Errors move the means by at most this many spreads.
const CLIP: f64 = 3.0;
/// Deviations kept to see whether the level has moved.
const N_RECENT: usize = 31;
/// Share of them that must lie on one side.
const ONE_SIDED: f64 = 0.8;
/// Rows before which errors are not clipped: their size is not known yet.
const UNCLIPPED_ROWS: f64 = 16.0;
/// Mean absolute deviation of a normal law to its standard deviation.
pub(super) const MEAN_TO_SD: f64 = 1.253_314_137_315_500_3;
/// Gain of the moments from which the autocorrelation and the spread are taken.
const MOMENT_GAIN: f64 = 0.002;

/// Which rhythm a mean knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rhythm {
    None,
    Day,
    Week,
}

/// Level, mean by time of day or week, and autocorrelation of the rest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SeasonalMean {
    /// Places in the season; none without rhythm.
    places: Vec<Place>,
    slot_micros: i64,
    pub(super) level: f64,
    n_rows: f64,
    /// Deviation of the last row.
    pub(super) last: f64,
    lag_product: f64,
    lag_square: f64,
    /// Mean absolute innovation, clipped.
    pub(super) error: f64,
    /// Mean absolute deviation from level and season, clipped.
    pub(super) deviation: f64,
    n_errors: f64,
    /// The last deviations, newest at `n_recent − 1` modulo their number.
    recent: Vec<f64>,
    n_recent: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Place {
    mean: f64,
    visits: f64,
}

/// What a mean expects of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    /// Level and season.
    pub(super) base: f64,
    /// With what the last rows left over.
    pub(super) value: f64,
    /// Whether this time of the season has been seen.
    pub(super) known: bool,
}

impl SeasonalMean {
    pub(super) fn new(rhythm: Rhythm, step_micros: i64) -> Self {
        let per_day = (MICROS_PER_DAY / step_micros.max(1)).clamp(1, MAX_DAY_SLOTS);
        let slot_micros = MICROS_PER_DAY / per_day;
        let n_places = match rhythm {
            Rhythm::None => 0,
            Rhythm::Day => per_day,
            Rhythm::Week => 7 * per_day,
        };
        Self {
            places: vec![Place::default(); n_places as usize],
            slot_micros,
            level: 0.0,
            n_rows: 0.0,
            last: 0.0,
            lag_product: 0.0,
            lag_square: 0.0,
            error: 0.0,
            deviation: 0.0,
            n_errors: 0.0,
            recent: Vec::new(),
            n_recent: 0,
        }
    }

    fn place(&self, time: i64) -> Option<usize> {
        let n = self.places.len();
        (n > 0).then(|| (time.div_euclid(self.slot_micros)).rem_euclid(n as i64) as usize)
    }

    pub(super) fn autocorrelation(&self) -> f64 {
        if self.lag_square > 0.0 {
            (self.lag_product / self.lag_square).clamp(0.0, 0.99)
        } else {
            0.0
        }
    }

    /// Rows with which it has been compared while knowing the time.
    pub(super) fn n_errors(&self) -> f64 {
        self.n_errors
    }

    /// Whether it has been compared with a whole season.
    pub(super) fn is_tried(&self) -> bool {
        self.n_errors >= self.places.len() as f64
    }

    /// What is left over of the series, before and after what the last row says.
    pub(super) fn misfit(&self) -> f64 {
        self.error + self.deviation
    }

    pub(super) fn expect(&self, time: i64) -> Expected {
        let place = self.place(time).map(|i| self.places[i]);
        let season = place.map_or(0.0, |p| p.mean);
        let base = self.level + season;
        Expected {
            base,
            value: base + self.autocorrelation() * self.last,
            known: place.is_none_or(|p| p.visits > 0.0) && self.n_rows > 0.0,
        }
    }

    /// Lets rows pass unseen: what the last one left over fades.
    pub(super) fn pause(&mut self, n_rows: f64) {
        self.last *= self.autocorrelation().powf(n_rows);
    }

    /// Takes a row in.
    pub(super) fn learn(&mut self, time: i64, value: f64) {
        if self.n_rows == 0.0 {
            self.level = value;
        }
        self.n_rows += 1.0;
        let expected = self.expect(time);
        let deviation = value - expected.base;
        if expected.known {
            self.learn_spread(value - expected.value, deviation);
        }
        let reach = CLIP * MEAN_TO_SD * self.deviation;
        let step = if expected.known && self.n_errors > UNCLIPPED_ROWS {
            deviation.max(-reach).min(reach)
        } else {
            deviation
        };
        match self.place(time) {
            None => self.level += LEVEL_GAIN.max(1.0 / self.n_rows) * step,
            Some(i) => {
                let place = &mut self.places[i];
                place.visits += 1.0;
                if place.visits > 1.0 {
                    place.mean += (1.0 / place.visits).max(MIN_GAIN) * step;
                    self.level += LEVEL_GAIN * step;
                } else {
                    place.mean += deviation;
                }
            }
        }
        self.last = deviation;
        self.remember(deviation);
    }

    fn learn_spread(&mut self, innovation: f64, deviation: f64) {
        self.n_errors += 1.0;
        let gain = MOMENT_GAIN.max(1.0 / self.n_errors);
        let clip = |x: f64, unit: f64| {
            if self.n_errors < UNCLIPPED_ROWS {
                x.abs()
            } else {
                x.abs().min(2.0 * CLIP * unit.max(f64::MIN_POSITIVE))
            }
        };
        let (error_size, deviation_size) = (
            clip(innovation, self.error),
            clip(deviation, self.deviation),
        );
        self.error += gain * (error_size - self.error);
        self.deviation += gain * (deviation_size - self.deviation);
        let bounded = |x: f64| x.max(-CLIP * self.deviation).min(CLIP * self.deviation);
        let (now, before) = (bounded(deviation), bounded(self.last));
        self.lag_product += gain * (now * before - self.lag_product);
        self.lag_square += gain * (before * before - self.lag_square);
    }

    fn remember(&mut self, deviation: f64) {
        if self.recent.len() < N_RECENT {
            self.recent.push(deviation);
        } else {
            self.recent[self.n_recent % N_RECENT] = deviation;
        }
        self.n_recent = self.n_recent % N_RECENT + 1;
    }

    /// How far the level has moved, if nearly all of the last rows lie on one side.
    pub(super) fn moved(&self) -> Option<f64> {
        let above = self.recent.iter().filter(|&&x| x > 0.0).count() as f64;
        let below = self.recent.iter().filter(|&&x| x < 0.0).count() as f64;
        let one_sided = above.max(below) >= ONE_SIDED * N_RECENT as f64;
        median(&self.recent).filter(|_| one_sided)
    }

    /// Moves the level.
    pub(super) fn shift(&mut self, shift: f64) {
        self.level += shift;
        self.last -= shift;
        self.recent.clear();
        self.n_recent = 0;
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.length(self.places.len());
        for place in &self.places {
            out.float(place.mean);
            out.float(place.visits);
        }
        for value in self.numbers() {
            out.float(value);
        }
        out.length(self.n_recent);
        out.length(self.recent.len());
        self.recent.iter().for_each(|&x| out.float(x));
    }

    fn numbers(&self) -> [f64; 8] {
        [
            self.level,
            self.n_rows,
            self.last,
            self.lag_product,
            self.lag_square,
            self.error,
            self.deviation,
            self.n_errors,
        ]
    }

    /// Reads into a fresh mean of the same rhythm and step.
    pub(super) fn read(mut self, input: &mut Reader<'_>) -> Result<Self, StatsError> {
        if input.length(16)? != self.places.len() {
            return Err(input.foreign());
        }
        for place in &mut self.places {
            place.mean = input.finite()?;
            place.visits = input.finite()?;
        }
        self.level = input.finite()?;
        self.n_rows = input.finite()?;
        self.last = input.finite()?;
        self.lag_product = input.finite()?;
        self.lag_square = input.finite()?;
        self.error = input.finite()?;
        self.deviation = input.finite()?;
        self.n_errors = input.finite()?;
        self.n_recent = usize::try_from(input.varint()?).map_err(|_| input.foreign())?;
        let n_recent = input.length(8)?;
        if n_recent > N_RECENT || self.n_recent > N_RECENT {
            return Err(input.foreign());
        }
        for _ in 0..n_recent {
            self.recent.push(input.finite()?);
        }
        Ok(self)
    }
}
