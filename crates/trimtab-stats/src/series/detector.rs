//! The default detector.

use super::scored::{Reason, Scored, score_from_ln_tail};
use super::seasonal_mean::Rhythm;
use super::track::{N_TESTS, Surprise, Track};
use crate::bytes::{Reader, Writer};
use crate::error::StatsError;

const FORMAT: u8 = 1;
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Time steps from which the step is taken, and rows waited for them at most.
const N_STEPS: usize = 16;
const MAX_HELD: usize = 64;
/// Rows before the first verdict.
const WARM_UP: u64 = 64;
/// Rows over the threshold after which the series is asked whether its level has moved.
const SHIFT_ROWS: u64 = 96;
/// Quiet rows that end an event: half a day, within these.
const QUIET_ROWS: (i64, i64) = (24, 144);
/// Smallest spread believed, as a share of the values' own spread.
const FLOOR_SHARE: f64 = 0.01;
/// Gain of the values' own spread, and how much of it one row counts at most.
const SPREAD_GAIN: f64 = 0.001;
const SPREAD_CLIP: f64 = 100.0;
/// Larger values count as this: their squares must be finite.
const LARGEST: f64 = 1e150;

/// Settings of [`SeriesDetector`]. There is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorOptions {
    /// Most false alarms per row in a series that does not change, in `(0, 0.5)`.
    pub alarm_rate: f64,
}

impl Default for DetectorOptions {
    /// One in 1,000 rows at most: less than one in three days for a row every five
    /// minutes. What simulated series show lies below it, see the page of this method.
    fn default() -> Self {
        Self { alarm_rate: 1e-3 }
    }
}

/// The default detector for a series: causal, aware of the time of day and of the week
/// and of level shifts, with nothing to tune.
///
/// Three ways to expect the next row run side by side: by level, by level and time of
/// day, by level and time of the week, each with the share of the last row's deviation
/// that usually stays. The one with the smallest errors so far judges the row. Four
/// things can be unlikely: the row itself; the average deviation of the last 12 rows; of
/// the last half day; and how unlikely the last 12 rows were on average. Each is judged by
/// the tail of its own past (a generalised Pareto law, never lighter than a normal
/// tail); the smallest of the four tails, times four, is the row's tail.
///
/// An alarm opens an event, which lasts until half a day (24 to 144 rows) has been quiet;
/// rows in it say [`Reason::Ongoing`]. If 96 rows of it stand out on one side, the level
/// has moved: the detector moves along and says [`Reason::LevelShift`] once. Neither the
/// row under test nor what exceeded the alarm's limit enters the baseline at full size:
/// errors move means and spreads by at most three spreads, and count in the tails as if
/// they lay at the limit.
///
/// Costs a few microseconds per row, and memory for about 55 kB at most, whatever the
/// length of the series.
///
/// # Examples
///
/// ```
/// use trimtab_stats::Random;
/// use trimtab_stats::series::{DetectorOptions, SeriesDetector};
///
/// let mut detector = SeriesDetector::new(DetectorOptions::default())?;
/// let mut random = Random::from_seed(1);
/// for minute in 0..600 {
///     detector.update(minute * 60_000_000, 20.0 + random.normal());
/// }
/// let scored = detector.update(600 * 60_000_000, 45.0);
/// assert!(scored.alarm && scored.score > 0.5);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesDetector {
    options: DetectorOptions,
    /// Microseconds from row to row; `None` until it is known.
    step: Option<i64>,
    /// The newest time seen.
    newest: Option<i64>,
    /// Rows that wait for the step to be known.
    held: Vec<(i64, f64)>,
    tracks: Vec<Track>,
    n_rows: u64,
    /// Quiet rows that are still missing to the end of the event.
    quiet_left: u64,
    /// Rows of the event that stood out.
    event_rows: u64,
    /// Mean absolute deviation of the values from their level.
    spread: f64,
}

impl SeriesDetector {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// * [`StatsError::ParameterOutOfDomain`] if the alarm rate is outside `(0, 0.5)`.
    pub fn new(options: DetectorOptions) -> Result<Self, StatsError> {
        if !(options.alarm_rate > 0.0 && options.alarm_rate < 0.5) {
            return Err(StatsError::ParameterOutOfDomain {
                name: "alarm_rate",
                domain: "between 0 and 0.5",
                found: options.alarm_rate,
            });
        }
        Ok(Self {
            options,
            step: None,
            newest: None,
            held: Vec::new(),
            tracks: Vec::new(),
            n_rows: 0,
            quiet_left: 0,
            event_rows: 0,
            spread: 0.0,
        })
    }

    /// Scores a row by the rows before it, then learns from it.
    ///
    /// # Arguments
    ///
    /// * `timestamp_micros`: microseconds since the epoch (UTC), in order. Gaps are
    ///   allowed. A row that repeats the newest time, or lies before it, is scored alone,
    ///   opens no event and teaches nothing.
    /// * `value`: not a number is missing: nothing is learned. An infinite value scores 1
    ///   and teaches nothing.
    ///
    /// # Returns
    ///
    /// See [`Scored`]. The first 64 rows warm up and score 0.
    pub fn update(&mut self, timestamp_micros: i64, value: f64) -> Scored {
        if value.is_nan() {
            return unscored(f64::NAN, Reason::Missing);
        }
        let Some(step) = self.step else {
            self.hold(timestamp_micros, value);
            return unscored(f64::NAN, Reason::WarmingUp);
        };
        let newest = self.newest.unwrap_or(timestamp_micros);
        if timestamp_micros <= newest {
            return self.score_alone(timestamp_micros, value, newest);
        }
        if value.is_infinite() {
            return self.score_infinite(timestamp_micros, value, step);
        }
        let value = value.clamp(-LARGEST, LARGEST);
        self.n_rows += 1;
        self.newest = Some(timestamp_micros);
        let gap = (timestamp_micros.saturating_sub(newest) as f64 / step as f64).round();
        if gap > 1.0 {
            self.tracks
                .iter_mut()
                .for_each(|track| track.pause(gap - 1.0));
        }
        let surprise = self.judge(timestamp_micros, value);
        self.learn_spread(value);
        if self.n_rows <= WARM_UP {
            return unscored(surprise.expected, Reason::WarmingUp);
        }
        self.verdict(&surprise, step)
    }

    /// Lets the best track judge and all of them learn.
    fn judge(&mut self, time: i64, value: f64) -> Surprise {
        let ln_alarm = self.options.alarm_rate.ln() - (N_TESTS as f64).ln();
        let floor = self.floor();
        let best = self.best();
        let mut judged = None;
        for (i, track) in self.tracks.iter_mut().enumerate() {
            let surprise = track.update(time, value, floor, ln_alarm);
            if i == best {
                judged = Some(surprise);
            }
        }
        judged.unwrap_or(Surprise {
            expected: value,
            z: 0.0,
            ln_tails: [0.0; N_TESTS],
            upward: [false; 2],
        })
    }

    fn verdict(&mut self, surprise: &Surprise, step: i64) -> Scored {
        let (test, ln_least) =
            surprise
                .ln_tails
                .iter()
                .copied()
                .enumerate()
                .fold(
                    (0, 0.0),
                    |least, (i, ln)| if ln < least.1 { (i, ln) } else { least },
                );
        let ln_tail = (ln_least + (N_TESTS as f64).ln()).min(0.0);
        let score = score_from_ln_tail(ln_tail, self.options.alarm_rate);
        let stands_out = score >= 0.5;
        let alarm = self.extend_event(stands_out, step);
        let reason = if !stands_out {
            Reason::Quiet
        } else if self.event_rows > SHIFT_ROWS && self.follow_level() {
            Reason::LevelShift
        } else if !alarm {
            Reason::Ongoing
        } else {
            reason_of(test, surprise)
        };
        Scored {
            score,
            alarm,
            expected: surprise.expected,
            reason,
        }
    }

    /// Counts the event's rows and says whether one begins here.
    fn extend_event(&mut self, stands_out: bool, step: i64) -> bool {
        if stands_out {
            let begins = self.quiet_left == 0;
            let half_day = MICROS_PER_DAY / 2 / step;
            self.quiet_left = half_day.clamp(QUIET_ROWS.0, QUIET_ROWS.1).unsigned_abs();
            self.event_rows += 1;
            return begins;
        }
        self.quiet_left = self.quiet_left.saturating_sub(1);
        if self.quiet_left == 0 {
            self.event_rows = 0;
        }
        false
    }

    /// Moves to the new level if there is one.
    fn follow_level(&mut self) -> bool {
        self.event_rows = 0;
        let best = self.best();
        if self
            .tracks
            .get(best)
            .and_then(|track| track.mean.moved())
            .is_none()
        {
            return false;
        }
        for track in &mut self.tracks {
            if let Some(shift) = track.mean.moved() {
                track.shift(shift);
            }
        }
        true
    }

    /// The row of a time that is over.
    fn score_alone(&self, time: i64, value: f64, newest: i64) -> Scored {
        let reason = if time == newest {
            Reason::Repeated
        } else {
            Reason::OutOfOrder
        };
        let Some(track) = self
            .tracks
            .get(self.best())
            .filter(|_| self.n_rows > WARM_UP)
        else {
            return unscored(f64::NAN, reason);
        };
        let (expected, ln_tail) = track.glance(time, value, self.floor());
        Scored {
            score: score_from_ln_tail(ln_tail, self.options.alarm_rate),
            alarm: false,
            expected,
            reason,
        }
    }

    fn score_infinite(&mut self, time: i64, value: f64, step: i64) -> Scored {
        self.newest = Some(time);
        let alarm = self.extend_event(true, step);
        let expected = self
            .tracks
            .get(self.best())
            .map_or(f64::NAN, |t| t.mean.expect(time).value);
        Scored {
            score: 1.0,
            alarm,
            expected,
            reason: match (alarm, value > 0.0) {
                (false, _) => Reason::Ongoing,
                (true, true) => Reason::High,
                (true, false) => Reason::Low,
            },
        }
    }

    /// Keeps a row until the time step is known.
    fn hold(&mut self, time: i64, value: f64) {
        self.newest = Some(self.newest.map_or(time, |newest| newest.max(time)));
        if value.is_finite() {
            self.held.push((time, value.clamp(-LARGEST, LARGEST)));
        }
        let mut steps: Vec<i64> = self
            .held
            .windows(2)
            .map(|pair| pair[1].0.saturating_sub(pair[0].0))
            .filter(|&step| step > 0)
            .collect();
        if steps.len() < N_STEPS && self.held.len() < MAX_HELD {
            return;
        }
        steps.sort_unstable();
        // Without a single step forward time says nothing: a second is as good as any.
        let step = steps.get(steps.len() / 2).copied().unwrap_or(1_000_000);
        self.step = Some(step);
        self.tracks = rhythms(step)
            .map(|rhythm| Track::new(rhythm, step))
            .collect();
        for (time, value) in std::mem::take(&mut self.held) {
            self.n_rows += 1;
            self.tracks
                .iter_mut()
                .for_each(|track| track.mean.learn(time, value));
            self.learn_spread(value);
        }
    }

    fn learn_spread(&mut self, value: f64) {
        let level = self.tracks.first().map_or(value, |track| track.mean.level);
        let limit = if self.n_rows > WARM_UP {
            SPREAD_CLIP * self.spread
        } else {
            f64::MAX
        };
        let gain = (1.0 / self.n_rows as f64).max(SPREAD_GAIN);
        self.spread += gain * ((value - level).abs().min(limit) - self.spread);
    }

    /// The smallest spread believed: a hundredth of the values' own, and their rounding.
    fn floor(&self) -> f64 {
        let level = self
            .tracks
            .first()
            .map_or(0.0, |track| track.mean.level.abs());
        (FLOOR_SHARE * self.spread).max(level * 1e-9).max(1e-300)
    }

    /// The track with the smallest errors among those that have seen a whole season.
    fn best(&self) -> usize {
        let misfit = |i: usize| self.tracks[i].mean.misfit();
        (1..self.tracks.len())
            .filter(|&i| self.tracks[i].mean.is_tried())
            .fold(0, |best, i| if misfit(i) < misfit(best) { i } else { best })
    }

    /// The state as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::with_format(FORMAT);
        out.float(self.options.alarm_rate);
        for time in [self.step, self.newest] {
            out.byte(u8::from(time.is_some()));
            out.signed(i128::from(time.unwrap_or(0)));
        }
        out.length(self.held.len());
        for &(time, value) in &self.held {
            out.signed(i128::from(time));
            out.float(value);
        }
        for count in [self.n_rows, self.quiet_left, self.event_rows] {
            out.varint(count);
        }
        out.float(self.spread);
        self.tracks.iter().for_each(|track| track.write(&mut out));
        out.into_bytes()
    }

    /// Reads what [`SeriesDetector::to_bytes`] wrote: the detector goes on as if nothing
    /// had happened.
    ///
    /// # Errors
    ///
    /// * [`StatsError::ForeignBytes`] or [`StatsError::UnknownFormat`] for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut input = Reader::open(bytes, "a series detector", FORMAT)?;
        let alarm_rate = input.finite()?;
        let mut detector =
            Self::new(DetectorOptions { alarm_rate }).map_err(|_| input.foreign())?;
        detector.step = read_time(&mut input)?;
        detector.newest = read_time(&mut input)?;
        if detector.step.is_some_and(|step| step <= 0) {
            return Err(input.foreign());
        }
        for _ in 0..input.length(9)? {
            let time = i64::try_from(input.signed()?).map_err(|_| input.foreign())?;
            detector.held.push((time, input.finite()?));
        }
        detector.n_rows = input.varint()?;
        detector.quiet_left = input.varint()?;
        detector.event_rows = input.varint()?;
        detector.spread = input.finite()?;
        if let Some(step) = detector.step {
            for rhythm in rhythms(step) {
                detector.tracks.push(Track::read(rhythm, step, &mut input)?);
            }
        }
        input.finish()?;
        Ok(detector)
    }
}

fn read_time(input: &mut Reader<'_>) -> Result<Option<i64>, StatsError> {
    let known = input.byte()?;
    let time = i64::try_from(input.signed()?).map_err(|_| input.foreign())?;
    match known {
        0 => Ok(None),
        1 => Ok(Some(time)),
        _ => Err(input.foreign()),
    }
}

/// The rhythms that a time step can show.
fn rhythms(step: i64) -> impl Iterator<Item = Rhythm> {
    let per_day = MICROS_PER_DAY / step;
    [(Rhythm::None, 0), (Rhythm::Day, 4), (Rhythm::Week, 1)]
        .into_iter()
        .filter(move |(_, least)| per_day >= *least)
        .map(|(rhythm, _)| rhythm)
}

fn reason_of(test: usize, surprise: &Surprise) -> Reason {
    match test {
        0 if surprise.z > 0.0 => Reason::High,
        0 => Reason::Low,
        1 | 2 if surprise.upward[test - 1] => Reason::DriftUp,
        1 | 2 => Reason::DriftDown,
        _ => Reason::Restless,
    }
}

fn unscored(expected: f64, reason: Reason) -> Scored {
    Scored {
        score: 0.0,
        alarm: false,
        expected,
        reason,
    }
}
