//! Kolmogorov–Smirnov windowing (KSWIN): the newest values against a sample of older ones.

use super::calibration;
use super::parts::{self, Window, read_count, read_size, value_of};
use super::{Input, StreamDetector, StreamState};
use crate::error::StatsError;
use crate::random::{Random, mix};

/// Settings of [`Kswin`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KswinSettings {
    /// p-value at or below which it fires, in `(0, 1)`.
    pub alpha: f64,
    /// Values in the window, at least twice `stat_size`.
    pub window: usize,
    /// The newest values that are tested, and as many older ones drawn at random.
    pub stat_size: usize,
    /// The Kolmogorov–Smirnov statistic must exceed this too, in `[0, 1)`.
    pub min_statistic: f64,
    /// Determines the draws.
    pub seed: u64,
}

impl KswinSettings {
    /// The defaults of River 0.26: 0.005, 100, 30, statistic above 0.1.
    pub fn river(seed: u64) -> Self {
        Self {
            alpha: 0.005,
            window: 100,
            stat_size: 30,
            min_statistic: 0.1,
            seed,
        }
    }

    /// The defaults of Frouros 0.9: 0.0001, 100, 30.
    pub fn frouros(seed: u64) -> Self {
        Self {
            alpha: 0.0001,
            min_statistic: 0.0,
            ..Self::river(seed)
        }
    }

    /// The p-value at which independent values of any continuous law alarm falsely once
    /// in `arl` values on average, or less often: the statistic comes in steps of 1/30,
    /// so the run length does too.
    ///
    /// * `arl` in `100..=30,000` values.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside this range.
    pub fn with_arl(arl: f64, seed: u64) -> Result<Self, StatsError> {
        let base = Self {
            min_statistic: 0.0,
            ..Self::river(seed)
        };
        let gap = calibration::kswin_gap(arl)?;
        // Halfway to the next gap, so that rounding does not decide.
        let n = base.stat_size as u64;
        Ok(Self {
            alpha: (p_value(gap, n) * p_value(gap - 1, n)).sqrt(),
            ..base
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::probability("alpha", self.alpha)?;
        parts::window_size("window", self.window)?;
        parts::check(
            "stat_size",
            "in 1..=window/2",
            self.stat_size as f64,
            self.stat_size >= 1 && self.stat_size <= self.window / 2,
        )?;
        parts::check(
            "min_statistic",
            "in [0, 1)",
            self.min_statistic,
            (0.0..1.0).contains(&self.min_statistic),
        )
    }
}

/// Probability that two samples of `n` differ by `gap / n` or more: the reflection
/// principle.
fn p_value(gap: u64, n: u64) -> f64 {
    if gap == 0 {
        return 1.0;
    }
    // P = 2 Σ (−1)^(k−1) C(2n, n − k·gap) / C(2n, n), nested from the far end.
    let mut p_value = 0.0;
    for k in (1..=n / gap).rev() {
        let far = k * gap;
        let ratio: f64 = (0..gap)
            .map(|j| (n - far + gap - j) as f64 / (n + far - j) as f64)
            .product();
        p_value = ratio * (1.0 - p_value);
    }
    (2.0 * p_value).clamp(0.0, 1.0)
}

/// Kolmogorov–Smirnov windowing.
///
/// Keeps the last `window` values; each time tests the newest `stat_size` of them against
/// as many drawn from the older ones without replacement. Reads any values; finds changes
/// of shape and spread, not only of the mean.
///
/// One test per value makes many: with River's defaults some twelve false alarms in
/// 10,000 values. The draws make the answer depend on the seed.
///
/// # Source
///
/// C. Raab, M. Heusinger, F.-M. Schleif, *Reactive soft prototype computing for concept
/// drift streams* (2020). Drifts fall on the same values as River's 0.26.1 when it draws
/// the same samples.
#[derive(Debug, Clone)]
pub struct Kswin {
    settings: KswinSettings,
    /// Derived: smallest difference of counts that fires.
    critical_gap: usize,
    window: Window<f64>,
    /// Values since the start; with the seed it determines the next draw.
    n: u64,
    /// The newest `stat_size` values in order.
    newest: Vec<f64>,
    /// Scratch: positions of older values, and a sample of them.
    positions: Vec<usize>,
    sample: Vec<f64>,
    state: StreamState,
}

impl PartialEq for Kswin {
    fn eq(&self, other: &Self) -> bool {
        // Scratch does not count.
        self.settings == other.settings
            && self.window.iter().eq(other.window.iter())
            && self.n == other.n
            && self.state == other.state
    }
}

impl Kswin {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for `alpha` outside `(0, 1)`, a window that is
    /// empty or above a million values, or a test size above half of it.
    pub fn new(settings: KswinSettings) -> Result<Self, StatsError> {
        settings.check()?;
        let n = settings.stat_size;
        let critical_gap = (1..=n)
            .find(|&gap| {
                p_value(gap as u64, n as u64) <= settings.alpha
                    && gap as f64 / n as f64 > settings.min_statistic
            })
            .unwrap_or(n + 1);
        Ok(Self {
            critical_gap,
            window: Window::new(settings.window),
            settings,
            n: 0,
            newest: Vec::new(),
            positions: Vec::new(),
            sample: Vec::new(),
            state: StreamState::Stable,
        })
    }

    fn push(&mut self, value: f64) {
        let n = self.window.len();
        let size = self.settings.stat_size;
        if n >= size {
            let leaves = self.window.get(n - size);
            let at = self.newest.partition_point(|&other| other < leaves);
            self.newest.remove(at);
        }
        let at = self.newest.partition_point(|&other| other < value);
        self.newest.insert(at, value);
        self.window.push(value);
    }

    /// Draws older values without replacement (a shuffle that stops early) and sorts them.
    fn draw(&mut self) {
        let size = self.settings.stat_size;
        let n_older = self.settings.window - size;
        let mut random = Random::from_seed(self.settings.seed.wrapping_add(mix(self.n)));
        self.positions.clear();
        self.positions.extend(0..n_older);
        self.sample.clear();
        for i in 0..size {
            let left = (n_older - i) as f64;
            let chosen = i + (random.uniform() * left) as usize;
            self.positions.swap(i, chosen);
            self.sample.push(self.window.get(self.positions[i]));
        }
        self.sample.sort_unstable_by(f64::total_cmp);
    }

    /// The largest difference between the two counts, over all values.
    fn gap(&self) -> usize {
        let (a, b) = (&self.newest, &self.sample);
        let (mut i, mut j, mut largest) = (0, 0, 0);
        while i < a.len() && j < b.len() {
            let value = a[i].min(b[j]);
            while i < a.len() && a[i] == value {
                i += 1;
            }
            while j < b.len() && b[j] == value {
                j += 1;
            }
            largest = largest.max(i.abs_diff(j));
        }
        largest
    }
}

impl StreamDetector for Kswin {
    const NAME: &'static str = "kswin";
    const INPUT: Input = Input::Values;

    fn update(&mut self, value: f64) -> StreamState {
        // Zero has two signs that compare equal and sort apart.
        let Some(value) = value_of(value).map(|value| value + 0.0) else {
            return self.state.repeated();
        };
        if self.state == StreamState::Drift {
            self.reset();
        }
        self.n += 1;
        self.push(value);
        if self.window.is_full() {
            self.draw();
            self.state = StreamState::of(self.gap() >= self.critical_gap, false);
        }
        self.state
    }

    fn state(&self) -> StreamState {
        self.state
    }

    fn reset(&mut self) {
        self.window.clear();
        self.newest.clear();
        self.n = 0;
        self.state = StreamState::Stable;
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        writer.float(self.settings.alpha);
        writer.length(self.settings.window);
        writer.length(self.settings.stat_size);
        writer.float(self.settings.min_statistic);
        writer.varint(self.settings.seed);
        writer.varint(self.n);
        self.window.write(&mut writer);
        self.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let settings = KswinSettings {
            alpha: reader.float()?,
            window: read_size(&mut reader)?,
            stat_size: read_size(&mut reader)?,
            min_statistic: reader.float()?,
            seed: reader.varint()?,
        };
        let mut detector = Self::new(settings)?;
        let n = read_count(&mut reader)?;
        for value in Window::<f64>::read(&mut reader, settings.window)?.iter() {
            detector.push(value);
        }
        detector.n = n;
        detector.state = StreamState::read(&mut reader)?;
        reader.finish()?;
        Ok(detector)
    }
}
