//! The default detector.

use super::scored::{Reason, Scored, score_from_ln_tail};
use super::seasonal_mean::{Rhythm, SeasonalMean};
use super::tail_law::TailLaw;
use crate::error::StatsError;

/// Settings of [`SeriesDetector`]. There is one that matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorOptions {
    /// Rate of false alarms per row in a series that does not change, in `(0, 0.5)`.
    pub alarm_rate: f64,
}

impl Default for DetectorOptions {
    /// One false alarm in 10,000 rows.
    fn default() -> Self {
        Self { alarm_rate: 1e-4 }
    }
}

/// The default detector: causal, aware of the time of day and week and of level shifts,
/// with nothing to tune.
#[derive(Debug, Clone)]
pub struct SeriesDetector {
    options: DetectorOptions,
    clock: Clock,
    means: Vec<SeasonalMean>,
    point: TailLaw,
    averages: Vec<Average>,
    restless: f64,
    restless_law: TailLaw,
    n_rows: u64,
    quiet_left: u64,
    event_rows: u64,
    spread: f64,
}

#[derive(Debug, Clone)]
struct Average {
    rows: f64,
    value: f64,
    size: f64,
    n: f64,
    law: TailLaw,
}

#[derive(Debug, Clone)]
struct Clock {
    steps: Vec<i64>,
    step: Option<i64>,
    last: Option<i64>,
    held: Vec<(i64, f64)>,
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
            clock: Clock {
                steps: Vec::new(),
                step: None,
                last: None,
                held: Vec::new(),
            },
            means: Vec::new(),
            point: TailLaw::new(1.0, 20_000.0),
            averages: Vec::new(),
            restless: 1.0,
            restless_law: TailLaw::new(1.0, 20_000.0),
            n_rows: 0,
            quiet_left: 0,
            event_rows: 0,
            spread: 0.0,
        })
    }

    fn start(&mut self, step: i64) {
        self.clock.step = Some(step);
        self.means = vec![SeasonalMean::new(Rhythm::None, step)];
        let per_day = 86_400_000_000 / step;
        if per_day >= 4 {
            self.means.push(SeasonalMean::new(Rhythm::Day, step));
        }
        if per_day >= 1 {
            self.means.push(SeasonalMean::new(Rhythm::Week, step));
        }
        let short = 12.0;
        let long = 72.0;
        for rows in [short, long] {
            self.averages.push(Average {
                rows,
                value: 0.0,
                size: 0.0,
                n: 0.0,
                law: TailLaw::new(rows, 20_000.0),
            });
        }
        self.restless_law = TailLaw::new(24.0, 20_000.0);
        for (t, x) in std::mem::take(&mut self.clock.held) {
            for m in &mut self.means {
                m.learn(t, x, 1.0);
            }
        }
    }

    /// Scores a row, then learns from it.
    ///
    /// * `timestamp_micros`: microseconds since the epoch.
    /// * `value`: not a number is missing.
    pub fn update(&mut self, timestamp_micros: i64, value: f64) -> Scored {
        let quiet = |expected: f64, reason| Scored {
            score: 0.0,
            alarm: false,
            expected,
            reason,
        };
        if value.is_nan() {
            return quiet(f64::NAN, Reason::Missing);
        }
        let gap = self.clock.last.map_or(0, |l| timestamp_micros - l);
        let Some(step) = self.clock.step else {
            if gap > 0 {
                self.clock.steps.push(gap);
            }
            self.clock.last = Some(
                self.clock
                    .last
                    .map_or(timestamp_micros, |l| l.max(timestamp_micros)),
            );
            self.clock.held.push((timestamp_micros, value));
            if self.clock.steps.len() >= 16 || self.clock.held.len() >= 64 {
                let mut s = self.clock.steps.clone();
                s.sort_unstable();
                let step = s.get(s.len() / 2).copied().unwrap_or(1_000_000);
                self.start(step);
            }
            return quiet(f64::NAN, Reason::WarmingUp);
        };
        self.n_rows += 1;
        self.clock.last = Some(
            self.clock
                .last
                .map_or(timestamp_micros, |l| l.max(timestamp_micros)),
        );
        // best mean
        let best = self.best();
        let mean = &self.means[best];
        let e = mean.expect(timestamp_micros);
        let unit = (1.2533 * mean.error).max(self.floor());
        let z = (value - e.value) / unit;
        let dev_unit = (1.2533 * mean.deviation).max(self.floor());
        let d = (value - e.base) / dev_unit;
        let ln_alpha = self.options.alarm_rate.ln();
        let tests = 2.0 + self.averages.len() as f64;
        let ln_a = self.point.ln_tail(z.abs());
        let mut ln_best = ln_a;
        let clip = 6.0;
        for a in &mut self.averages {
            let g = 1.0 / a.rows;
            a.value += g * (d.clamp(-clip, clip) - a.value);
            let size = a.value.abs();
            let s = size / a.size.max(0.02);
            let ln = if a.n > 4.0 * a.rows {
                a.law.ln_tail(s)
            } else {
                0.0
            };
            if ln < ln_best {
                ln_best = ln;
            }
            let cap = a.law.quantile(ln_alpha - tests.ln());
            if a.n > a.rows {
                a.law.push(s.min(cap));
            }
            a.n += 1.0;
            let g2 = (1.0 / a.n).max(0.001);
            a.size += g2
                * ((1.2533 * size).min(if a.n > 100.0 { 4.0 * a.size } else { f64::MAX }) - a.size);
        }
        // restless
        let g = 1.0 / 24.0;
        let surprise = (-ln_a).min(6.0);
        self.restless += g * (surprise - self.restless);
        let r = self.restless * 1.0;
        let ln_r = if self.n_rows > 200 {
            self.restless_law.ln_tail(r)
        } else {
            0.0
        };
        if ln_r < ln_best {
            ln_best = ln_r;
        }
        let cap = self.restless_law.quantile(ln_alpha - tests.ln());
        self.restless_law.push(r.min(cap));
        let cap = self.point.quantile(ln_alpha - tests.ln());
        self.point.push(z.abs().min(cap));
        let ln_p = (ln_best + tests.ln()).min(0.0);
        let score = score_from_ln_tail(ln_p, self.options.alarm_rate);
        // learn
        let _ = step;
        for m in &mut self.means {
            m.learn(timestamp_micros, value, 1.0);
        }
        let dev = (value - self.means[0].level).abs();
        let g = (1.0 / self.n_rows as f64).max(0.001);
        self.spread += g
            * (dev.min(if self.n_rows > 50 {
                5.0 * self.spread
            } else {
                f64::MAX
            }) - self.spread);
        let out = score >= 0.5 && self.n_rows > 64;
        let alarm = out && self.quiet_left == 0;
        if out {
            self.event_rows += 1;
            self.quiet_left = 48.0 as u64;
            if self.event_rows as f64 > 96.0 {
                // level shift: move
                for m in &mut self.means {
                    let s = self.averages[1].value * 1.2533 * m.deviation;
                    m.shift(s);
                }
                for a in &mut self.averages {
                    a.value = 0.0;
                }
                self.restless = 1.0;
                self.event_rows = 0;
            }
        } else {
            self.quiet_left = self.quiet_left.saturating_sub(1);
            if self.quiet_left == 0 {
                self.event_rows = 0;
            }
        }
        let reason = if alarm {
            if z > 0.0 { Reason::High } else { Reason::Low }
        } else if out {
            Reason::Ongoing
        } else {
            Reason::Quiet
        };
        Scored {
            score,
            alarm,
            expected: e.value,
            reason,
        }
    }

    fn floor(&self) -> f64 {
        (0.01 * self.spread)
            .max(self.means[0].level.abs() * 1e-9)
            .max(1e-300)
    }

    fn best(&self) -> usize {
        let mut best = 0;
        for i in 1..self.means.len() {
            let m = &self.means[i];
            if m.n_errors() >= m.n_places() as f64 * 1.0
                && m.error + m.deviation < self.means[best].error + self.means[best].deviation
            {
                best = i;
            }
        }
        best
    }
}
