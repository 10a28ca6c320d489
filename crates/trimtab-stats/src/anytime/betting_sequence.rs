//! Confidence sequence for a bounded mean by betting on every candidate.

use super::confidence_sequence::PlugIn;
use crate::error::StatsError;
use crate::streams::parts;

const NAME: &str = "betting_sequence";

/// Largest wealth that is kept; a candidate falls long before.
const LARGEST: f64 = 1e300;

/// Largest share of the wealth that is staked.
const MAX_STAKE: f64 = 0.75;

/// Confidence sequence for the mean of values in `[0, 1]`, by betting.
///
/// On each candidate `m` of a grid two gamblers bet that the mean is higher and that it is
/// lower; their wealths are multiplied by `1 ± λ (x − m)`. If `m` is the mean, neither
/// can expect to win, and the chance that half the wealth of one ever reaches `1/α` is at
/// most `α`. The interval holds the candidates that are left, widened by one step of the
/// grid on either side. For values that vary little it is a third tighter
/// than [`super::EmpiricalBernsteinSequence`], otherwise about as wide. Time per value is
/// that of the grid, less as candidates fall.
///
/// # Source
///
/// I. Waudby-Smith and A. Ramdas, *Estimating means of bounded random variables by
/// betting* (2024), theorem 3 (hedged capital, predictable plug-in).
///
/// # Examples
///
/// ```
/// use trimtab_stats::anytime::BettingSequence;
///
/// let mut sequence = BettingSequence::new(0.05, 1_000)?;
/// for i in 0..2_000_u32 {
///     sequence.update(f64::from(u8::from(i % 20 == 0)));
/// }
/// let (low, high) = sequence.interval();
/// assert!(low < 0.05 && 0.05 < high && high - low < 0.05);
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BettingSequence {
    limit: f64,
    log: f64,
    step: f64,
    moments: PlugIn,
    /// Positions of the first and last candidate left; none when the first is larger.
    first: usize,
    last: usize,
    /// Wealths of the two gamblers, by candidate.
    wealth: Vec<[f64; 2]>,
}

impl BettingSequence {
    /// A sequence that has seen nothing.
    ///
    /// * `alpha`: in `(0, 1)`; `n_steps`: steps of the grid over `[0, 1]`, in
    ///   `10..=1,000,000`.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] outside these ranges.
    pub fn new(alpha: f64, n_steps: usize) -> Result<Self, StatsError> {
        parts::probability("alpha", alpha)?;
        parts::check(
            "n_steps",
            "in 10..=1,000,000",
            n_steps as f64,
            (10..=1_000_000).contains(&n_steps),
        )?;
        Ok(Self {
            limit: 1.0 / alpha,
            log: (2.0 / alpha).ln(),
            step: 1.0 / n_steps as f64,
            moments: PlugIn::START,
            first: 0,
            last: n_steps,
            wealth: vec![[1.0; 2]; n_steps + 1],
        })
    }

    /// Takes one value in `[0, 1]` (clamped); values that are not finite are left out.
    pub fn update(&mut self, value: f64) {
        let Some(value) = parts::bounded_of(value) else {
            return;
        };
        if self.first > self.last {
            return;
        }
        let stake = self.moments.stake(self.log);
        self.moments.add(value);
        let candidates = self.wealth[self.first..=self.last].iter_mut();
        for (i, [up, down]) in candidates.enumerate() {
            let m = (self.first + i) as f64 * self.step;
            *up = (*up * (1.0 + stake.min(MAX_STAKE / m) * (value - m))).min(LARGEST);
            let lower = 1.0 - stake.min(MAX_STAKE / (1.0 - m)) * (value - m);
            *down = (*down * lower).min(LARGEST);
        }
        self.drop_refuted();
    }

    /// The candidates left always form an interval, so it shrinks from its ends.
    fn drop_refuted(&mut self) {
        let is_refuted = |[up, down]: [f64; 2]| 0.5 * up.max(down) >= self.limit;
        while self.first <= self.last && is_refuted(self.wealth[self.first]) {
            self.first += 1;
        }
        while self.last > self.first && is_refuted(self.wealth[self.last]) {
            self.last -= 1;
        }
    }

    /// Bounds on the mean, within `[0, 1]`.
    ///
    /// If the mean moves, no candidate may be left: then the lower bound exceeds the upper
    /// one, which is itself evidence (at level `alpha`) that it moved.
    pub fn interval(&self) -> (f64, f64) {
        if self.first > self.last {
            return (1.0, 0.0);
        }
        let low = (self.first as f64 - 1.0) * self.step;
        let high = (self.last as f64 + 1.0) * self.step;
        (low.max(0.0), high.min(1.0))
    }

    /// Settings and state as bytes, the first of them the format version.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(NAME);
        writer.float(1.0 / self.limit);
        self.moments.write(&mut writer);
        writer.length(self.first);
        writer.length(self.last);
        writer.length(self.wealth.len());
        for wealth in self.wealth.iter().flatten() {
            writer.float(*wealth);
        }
        writer.into_bytes()
    }

    /// The sequence that [`BettingSequence::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`StatsError::ForeignBytes`], [`StatsError::UnknownFormat`] or
    /// [`StatsError::ParameterOutOfDomain`] for bytes that are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, NAME)?;
        let alpha = reader.float()?;
        let moments = PlugIn::read(&mut reader)?;
        let (first, last) = (
            parts::read_size(&mut reader)?,
            parts::read_size(&mut reader)?,
        );
        let n_candidates = reader.length(16)?;
        let mut sequence = Self::new(alpha, n_candidates.saturating_sub(1))?;
        // One position may stand just outside when no candidate is left.
        if first > n_candidates || last >= n_candidates {
            return Err(reader.foreign());
        }
        for wealth in sequence.wealth.iter_mut().flatten() {
            *wealth = reader.finite()?;
        }
        reader.finish()?;
        Ok(Self {
            moments,
            first,
            last,
            ..sequence
        })
    }
}
