//! What the time of day and of the week has taught about a series.

/// Most places in a day: five minutes each.
const MAX_DAY_SLOTS: i64 = 288;
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Least gain of a place's mean: about the last eight visits count.
const MIN_GAIN: f64 = 0.12;
/// Gain of the level: slow, the season is to be seen against it.
const LEVEL_GAIN: f64 = 0.004;
/// Errors move the means by at most this many spreads.
const CLIP: f64 = 3.0;
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
    pub(super) rhythm: Rhythm,
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
            rhythm,
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

    pub(super) fn n_places(&self) -> usize {
        self.places.len()
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

    /// Takes a row in.
    ///
    /// * `carry`: share of the last deviation that still counts (less after a gap).
    pub(super) fn learn(&mut self, time: i64, value: f64, carry: f64) {
        if self.n_rows == 0.0 {
            self.level = value;
        }
        self.last *= carry;
        let expected = self.expect(time);
        let innovation = value - expected.value;
        let deviation = value - expected.base;
        if expected.known {
            self.n_errors += 1.0;
            let gain = MOMENT_GAIN.max(1.0 / self.n_errors);
            let clip = |x: f64, unit: f64| {
                if self.n_errors < 16.0 {
                    x
                } else {
                    x.abs().min(2.0 * CLIP * unit.max(f64::MIN_POSITIVE))
                }
            };
            self.error += gain * (clip(innovation, self.error).abs() - self.error);
            self.deviation += gain * (clip(deviation, self.deviation).abs() - self.deviation);
            let bounded = |x: f64| x.max(-CLIP * self.deviation).min(CLIP * self.deviation);
            let (now, before) = (bounded(deviation), bounded(self.last));
            self.lag_product += gain * (now * before - self.lag_product);
            self.lag_square += gain * (before * before - self.lag_square);
        }
        self.n_rows += 1.0;
        let reach = CLIP * 1.25 * self.deviation;
        let step = if expected.known && self.n_errors > 16.0 {
            deviation.max(-reach).min(reach)
        } else {
            deviation
        };
        let level_gain = LEVEL_GAIN.max(1.0 / self.n_rows);
        if let Some(i) = self.place(time) {
            let place = &mut self.places[i];
            place.visits += 1.0;
            let gain = (1.0 / place.visits).max(MIN_GAIN);
            let step = if place.visits <= 1.0 { deviation } else { step };
            place.mean += gain * step;
            if place.visits > 1.0 {
                self.level += level_gain.min(LEVEL_GAIN) * step;
            }
        } else {
            self.level += level_gain * step;
        }
        self.last = deviation;
    }

    /// Moves the level by `shift`.
    pub(super) fn shift(&mut self, shift: f64) {
        self.level += shift;
        self.last -= shift;
    }
}
