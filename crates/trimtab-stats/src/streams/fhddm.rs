//! Fast Hoeffding drift detection method (FHDDM): is the last window worse than the best?

use super::calibration;
use super::parts::{self, Window, error_of, read_size};
use super::{Input, StreamDetector, StreamState};
use crate::error::StatsError;

/// Settings of [`Fhddm`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FhddmSettings {
    /// Rows in the sliding window.
    pub window: usize,
    /// Probability that Hoeffding's bound is passed by chance, in `(0, 1)`.
    pub confidence: f64,
    /// Rows in a second, shorter window at the end of the first, where one is wanted
    /// (stacked FHDDM).
    pub short_window: Option<usize>,
}

impl FhddmSettings {
    /// The defaults of River 0.26: 100 rows, 1e-6, no short window.
    pub fn river() -> Self {
        Self {
            window: 100,
            confidence: 1e-6,
            short_window: None,
        }
    }

    /// The confidence at which an error stream of this rate alarms falsely once in `arl`
    /// rows on average, never much more often: shares of 100 rows come in steps of 0.01,
    /// so the run length does too.
    ///
    /// * `error_rate` in `0.01..=0.5`; `arl` in `100..=100,000` rows and at least three
    ///   times the hundred rows before it may speak.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn with_arl(arl: f64, error_rate: f64) -> Result<Self, StatsError> {
        Ok(Self {
            confidence: calibration::FHDDM.threshold(arl, error_rate)?,
            ..Self::river()
        })
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::window_size("window", self.window)?;
        parts::probability("confidence", self.confidence)?;
        if let Some(short) = self.short_window {
            parts::check(
                "short_window",
                "in 1..=window",
                short as f64,
                (1..=self.window).contains(&short),
            )?;
        }
        Ok(())
    }
}

/// Fast Hoeffding drift detection method.
///
/// Fires when the share of hits in the last `window` rows has fallen below the best such
/// share by more than `√(ln(1/confidence) / (2 · window))`. Reads errors; has no warning.
///
/// River's takes hits: what it calls 1 is an error of 0 here. Fed with errors it would
/// fire when a model improves.
///
/// # Source
///
/// A. Pesaranghader and H. Viktor, *Fast Hoeffding drift detection method for evolving
/// data streams* (2016). Drifts fall on the same rows as River's 0.26.1 fed with hits.
#[derive(Debug, Clone, PartialEq)]
pub struct Fhddm {
    settings: FhddmSettings,
    /// Derived: how far the share must fall, long and short.
    bound: f64,
    short_bound: f64,
    /// Hits, oldest first.
    hits: Window<bool>,
    n_hits: u64,
    n_short_hits: u64,
    best: f64,
    best_short: f64,
    state: StreamState,
}

fn bound(confidence: f64, n: usize) -> f64 {
    ((1.0 / confidence).ln() / (2.0 * n as f64)).sqrt()
}

impl Fhddm {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for an empty window, one above a million rows,
    /// a short window longer than the long one, or a confidence outside `(0, 1)`.
    pub fn new(settings: FhddmSettings) -> Result<Self, StatsError> {
        settings.check()?;
        Ok(Self {
            bound: bound(settings.confidence, settings.window),
            short_bound: bound(settings.confidence, settings.short_window.unwrap_or(1)),
            hits: Window::new(settings.window),
            settings,
            n_hits: 0,
            n_short_hits: 0,
            best: 0.0,
            best_short: 0.0,
            state: StreamState::Stable,
        })
    }

    /// Moves both windows by one row.
    #[inline]
    fn push(&mut self, is_hit: bool) {
        if let Some(short) = self.settings.short_window {
            let leaves = self.hits.len() >= short && self.hits.get(self.hits.len() - short);
            self.n_short_hits = self.n_short_hits + u64::from(is_hit) - u64::from(leaves);
        }
        self.n_hits += u64::from(is_hit);
        if self.hits.push(is_hit) == Some(true) {
            self.n_hits -= 1;
        }
    }

    #[inline]
    fn judge(&mut self) -> bool {
        let share = self.n_hits as f64 / self.settings.window as f64;
        self.best = self.best.max(share);
        let mut is_drift = self.best - share > self.bound;
        if let Some(short) = self.settings.short_window {
            let share = self.n_short_hits as f64 / short as f64;
            self.best_short = self.best_short.max(share);
            is_drift |= self.best_short - share > self.short_bound;
        }
        is_drift
    }
}

impl StreamDetector for Fhddm {
    const NAME: &'static str = "fhddm";
    const INPUT: Input = Input::Errors;

    #[inline]
    fn update(&mut self, value: f64) -> StreamState {
        let Some(is_error) = error_of(value) else {
            return self.state.repeated();
        };
        if self.state == StreamState::Drift {
            self.reset();
        }
        self.push(!is_error);
        if self.hits.is_full() {
            self.state = StreamState::of(self.judge(), false);
        }
        self.state
    }

    fn state(&self) -> StreamState {
        self.state
    }

    fn reset(&mut self) {
        self.hits.clear();
        self.n_hits = 0;
        self.n_short_hits = 0;
        self.best = 0.0;
        self.best_short = 0.0;
        self.state = StreamState::Stable;
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        writer.length(self.settings.window);
        writer.float(self.settings.confidence);
        writer.length(self.settings.short_window.unwrap_or(0));
        self.hits.write(&mut writer);
        writer.float(self.best);
        writer.float(self.best_short);
        self.state.write(&mut writer);
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let window = read_size(&mut reader)?;
        let confidence = reader.float()?;
        let short = read_size(&mut reader)?;
        let mut detector = Self::new(FhddmSettings {
            window,
            confidence,
            short_window: (short > 0).then_some(short),
        })?;
        let hits = Window::<bool>::read(&mut reader, window)?;
        for is_hit in hits.iter() {
            detector.push(is_hit);
        }
        detector.best = reader.finite()?;
        detector.best_short = reader.finite()?;
        detector.state = StreamState::read(&mut reader)?;
        reader.finish()?;
        Ok(detector)
    }
}
