//! e-detector for streams whose law is unknown: the one run length that needs no model.

use super::parts::{self, read_count, read_flag, read_size, value_of, write_flag};
use super::{Input, StreamDetector, StreamState};
use crate::anytime::{Bank, EDetectorRule};
use crate::error::StatsError;
use crate::random::mix;

/// Powers of the bets `κ p^(κ − 1)` on small and on large ranks.
const POWERS: [f64; 2] = [0.4, 0.7];

/// Slopes of the bets `1 + λ (1 − 2p)` on small and on large ranks.
const SLOPES: [f64; 3] = [0.25, 0.5, 1.0];

/// Bets: each power and slope in both directions, each power on both ends together.
const N_BETS: usize = 2 * SLOPES.len() + 3 * POWERS.len();

/// Most bins of the values.
const MAX_BINS: usize = 64;

/// Settings of [`EDetector`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EDetectorSettings {
    /// Guaranteed average number of values to a false alarm, in `1..=1e12`.
    pub arl: f64,
    /// Values that place the bins and are judged no further, at least 20; 0 for errors,
    /// which need no bins.
    pub burn_in: usize,
    /// Ties are broken at random: determines how.
    pub seed: u64,
}

impl EDetectorSettings {
    /// For errors: 0 where the model was right, 1 where it was wrong.
    pub fn for_errors(arl: f64, seed: u64) -> Self {
        Self {
            arl,
            burn_in: 0,
            seed,
        }
    }

    /// For any values: bins from the first 200.
    pub fn for_values(arl: f64, seed: u64) -> Self {
        Self {
            arl,
            burn_in: 200,
            seed,
        }
    }

    fn check(&self) -> Result<(), StatsError> {
        parts::check(
            "burn_in",
            "0 or in 20..=1,000,000",
            self.burn_in as f64,
            self.burn_in == 0 || (20..=parts::MAX_WINDOW).contains(&self.burn_in),
        )
    }
}

/// Conformal e-detector.
///
/// Ranks each value among all since the start (by bins, ties broken at random). While the
/// order of the values means nothing (independent and alike, with *any* law) these ranks
/// are independent and uniform, so bets on them cannot win on average, and the mean number
/// of values to a false alarm is at least `arl`: exactly, with nothing known or estimated.
/// Bets on high, low and extreme ranks find changes of the mean in either direction and
/// of the spread. Reads any values.
///
/// The price: a change is noticed against the past of this stream only, so a young stream
/// can hide much, and an old alarm must come before the change has become the past.
/// Values that depend on each other in time break the guarantee.
///
/// # Source
///
/// V. Vovk, *Testing randomness online* (2021), for conformal martingales; J. Shin,
/// A. Ramdas, A. Rinaldo (2024) for e-detectors.
///
/// # Examples
///
/// ```
/// use trimtab_stats::streams::{EDetector, EDetectorSettings, StreamDetector, StreamState};
///
/// let mut detector = EDetector::new(EDetectorSettings::for_errors(10_000.0, 7))?;
/// let mut random = trimtab_stats::Random::from_seed(1);
/// let fired_at = (0..3_000_u32).find(|i| {
///     // One error in ten, from row 1,000 on one in three.
///     let rate = if *i < 1_000 { 0.1 } else { 0.33 };
///     let is_error = random.uniform() < rate;
///     detector.update(f64::from(u8::from(is_error))) == StreamState::Drift
/// });
/// assert!(matches!(fired_at, Some(1_000..=1_200)));
/// # Ok::<(), trimtab_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EDetector {
    settings: EDetectorSettings,
    /// Values of the burn-in, empty once it is over.
    first: Vec<f64>,
    /// Upper edges of all bins but the last; `None` during the burn-in.
    edges: Option<Vec<f64>>,
    /// Values per bin.
    counts: Vec<u64>,
    n: u64,
    bank: Bank,
}

impl EDetector {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    ///
    /// [`StatsError::ParameterOutOfDomain`] for `arl` outside `1..=1e12` or a burn-in that
    /// is neither 0 nor in `20..=1,000,000`.
    pub fn new(settings: EDetectorSettings) -> Result<Self, StatsError> {
        settings.check()?;
        let bank = Bank::new(N_BETS, EDetectorRule::ShiryaevRoberts, settings.arl)?;
        let mut detector = Self {
            settings,
            first: Vec::new(),
            edges: None,
            counts: Vec::new(),
            n: 0,
            bank,
        };
        detector.reset();
        Ok(detector)
    }

    /// The evidence so far; it alarms at `arl` and warns at a tenth of it.
    pub fn evidence(&self) -> f64 {
        self.bank.evidence()
    }

    /// Places the bins at quantiles of the burn-in.
    fn end_burn_in(&mut self) {
        self.first.sort_unstable_by(f64::total_cmp);
        let n = self.first.len();
        let n_bins = MAX_BINS.min(n);
        let mut edges: Vec<f64> = (1..n_bins)
            .map(|i| self.first[i * n / n_bins - 1])
            .collect();
        edges.dedup();
        self.first.clear();
        self.counts.clear();
        self.counts.resize(edges.len() + 1, 0);
        self.edges = Some(edges);
    }

    /// The value's rank among all so far, itself included: uniform in `(0, 1)`, small for
    /// large values.
    fn rank(&mut self, bin: usize) -> f64 {
        self.counts[bin] += 1;
        self.n += 1;
        let above: u64 = self.counts[bin + 1..].iter().sum();
        let bits = mix(self.settings.seed.wrapping_add(mix(self.n)));
        let uniform = ((bits >> 11) as f64 + 0.5) * 2.0_f64.powi(-53);
        (above as f64 + uniform * self.counts[bin] as f64) / self.n as f64
    }
}

/// The e-values of all bets on a rank. Each has a mean of one over uniform ranks.
fn bets(rank: f64) -> [f64; N_BETS] {
    let mut e_values = [0.0; N_BETS];
    let tilt = 1.0 - 2.0 * rank;
    for (i, slope) in SLOPES.iter().enumerate() {
        e_values[2 * i] = 1.0 + slope * tilt;
        e_values[2 * i + 1] = 1.0 - slope * tilt;
    }
    let (ln_low, ln_high) = (rank.ln(), (-rank).ln_1p());
    for (i, &kappa) in POWERS.iter().enumerate() {
        let low = kappa * ((kappa - 1.0) * ln_low).exp();
        let high = kappa * ((kappa - 1.0) * ln_high).exp();
        let at = 2 * SLOPES.len() + 3 * i;
        e_values[at] = low;
        e_values[at + 1] = high;
        e_values[at + 2] = 0.5 * (low + high);
    }
    e_values
}

impl StreamDetector for EDetector {
    const NAME: &'static str = "e_detector";
    const INPUT: Input = Input::Values;

    fn update(&mut self, value: f64) -> StreamState {
        let Some(value) = value_of(value) else {
            return self.bank.state().repeated();
        };
        if self.bank.state() == StreamState::Drift {
            self.reset();
        }
        let Some(edges) = &self.edges else {
            self.first.push(value);
            if self.first.len() == self.settings.burn_in {
                self.end_burn_in();
            }
            return StreamState::Stable;
        };
        let bin = edges.partition_point(|&edge| edge < value);
        let rank = self.rank(bin);
        self.bank.step(bets(rank))
    }

    fn state(&self) -> StreamState {
        self.bank.state()
    }

    fn reset(&mut self) {
        self.bank.reset();
        self.first.clear();
        self.counts.clear();
        self.n = 0;
        self.edges = None;
        if self.settings.burn_in == 0 {
            // Zero or one, whatever is below one half being zero.
            self.edges = Some(vec![0.5_f64.next_down()]);
            self.counts.resize(2, 0);
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = parts::begin(Self::NAME);
        writer.length(self.settings.burn_in);
        writer.varint(self.settings.seed);
        self.bank.write(&mut writer);
        writer.length(self.first.len());
        for &value in &self.first {
            writer.float(value);
        }
        write_flag(&mut writer, self.edges.is_some());
        if let Some(edges) = &self.edges {
            writer.length(edges.len());
            for &edge in edges {
                writer.float(edge);
            }
            for &count in &self.counts {
                writer.varint(count);
            }
        }
        writer.into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StatsError> {
        let mut reader = parts::open(bytes, Self::NAME)?;
        let burn_in = read_size(&mut reader)?;
        let seed = reader.varint()?;
        let bank = Bank::read(&mut reader, N_BETS)?;
        let mut detector = Self::new(EDetectorSettings {
            arl: bank.arl(),
            burn_in,
            seed,
        })?;
        detector.bank = bank;
        let n_first = reader.length(8)?;
        for _ in 0..n_first {
            detector.first.push(reader.finite()?);
        }
        let is_judging = read_flag(&mut reader)?;
        if is_judging {
            let n_edges = reader.length(8)?;
            let edges: Result<Vec<f64>, _> = (0..n_edges).map(|_| reader.finite()).collect();
            let counts: Result<Vec<u64>, _> =
                (0..=n_edges).map(|_| read_count(&mut reader)).collect();
            detector.edges = Some(edges?);
            detector.counts = counts?;
            let total = detector
                .counts
                .iter()
                .try_fold(0_u64, |sum, &n| sum.checked_add(n));
            detector.n = total
                .filter(|&n| n < 1 << 62)
                .ok_or_else(|| reader.foreign())?;
        } else if n_first >= burn_in {
            return Err(reader.foreign());
        }
        reader.finish()?;
        Ok(detector)
    }
}
